//! The devices of the Ondine array compiler.
