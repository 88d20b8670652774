//! The typed graph of the Ondine array compiler.

mod dtype;
mod ops;
mod scalar;

pub use dtype::{DType, Kind};
pub use ops::{Binary, Unary};
pub use scalar::Scalar;
