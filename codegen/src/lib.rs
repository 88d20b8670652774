//! The code generators of the Ondine array compiler.

pub mod cpu;
pub mod cuda;
pub mod nest;
