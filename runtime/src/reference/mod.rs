//! The `reference` device: the strict, slow definition of every op.
//!
//! It runs a graph as written, one op at a time, with naive algorithms. It may be slow; it may not be clever.

pub mod math;
