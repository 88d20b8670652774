//! The typed graph of the Ondine array compiler.
