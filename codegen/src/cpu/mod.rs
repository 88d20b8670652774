//! Code for the host processor: bodies compiled to machine code, and the vector math that they call.
//!
//! With AVX-512 most bodies become instructions of 512 bits (`cpu::wide`); Cranelift compiles the others, 128 bits at a time.
//! A body becomes one function of rows by columns. Structure, dtypes and the stride class of every access are compiled in;
//! extents, addresses, strides and scalars are words that a launch hands over. Whatever cannot be compiled is interpreted
//! and gives the same bits.

mod arena;
mod build;
mod cache;
mod cast;
mod complex;
mod emit;
mod fold;
mod integer;
mod isa;
mod kernel;
mod memory;
mod plan;
mod real;
mod routine;
mod vector;
pub mod vmath;
mod wide;
mod words;

pub use arena::code_bytes;
pub use cache::{Cache, Classes, Kernels, Key, Stats};
pub use kernel::{Generator, Kernel, clif, listing, text};

/// True if kernels of this machine can write past the cache, most of them.
pub fn can_write_past_cache() -> bool {
    wide::is_host()
}

/// How an access moves in the inner loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// To the next element.
    Contiguous,
    /// Not at all.
    Broadcast,
    /// To the element before.
    Reversed,
    /// By a constant that is data.
    Strided,
}
