//! The devices of the Ondine array compiler.

pub mod reference;
