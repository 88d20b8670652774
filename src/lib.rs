//! A lazy array compiler: write array code once, run it fused on any device.
#![forbid(unsafe_code)]

mod array;
mod capture;
mod create;
mod display;
mod element;
mod elementwise;
mod error;
mod evaluate;
mod explain;
pub mod fft;
mod functions;
mod indexing;
mod join;
mod lazy;
mod manipulate;
mod operators;
mod reduce;
mod trace;

pub use array::{Array, eval_all};
pub use create::*;
pub use element::{Element, Int, Operand};
pub use error::{Error, ErrorKind, Result};
pub use explain::{Explanation, Stats, stats};
pub use indexing::{NewAxis, Pick, Side};
pub use join::{broadcast_arrays, concat, stack};
pub use manipulate::Axes;
pub use num_complex::{self, Complex, Complex32, Complex64};
pub use ondine_ir::{self as ir, DType, Shape};
pub use ondine_runtime::{Device, Options};
pub use reduce::{CumulativeOptions, ReduceOptions};
pub use trace::{Compiled, Results, compile};
