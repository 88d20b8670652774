//! CUDA C++ for bodies: text from structure, all kernels of a graph in one program, no header included.
//!
//! A [`Key`] is what a kernel's text is made from: a body, how its accesses move, and how many loops and lanes there are.
//! A [`Launch`] is the rest: extents, offsets, strides and scalars, packed as the kernel's last parameter. Transcendental
//! functions are those of the CUDA math library; everything else gives the bits that the interpreter gives. A [`Callback`] is
//! a body that kernels of a library call.

mod arguments;
mod callback;
mod element;
mod emit;
mod fold;
mod kernel;
mod launch;
mod program;
mod routine;
mod rows;

pub use callback::{Callback, Function, Lines, Side};
pub use element::Left;
pub use fold::Fold;
pub use kernel::{Access, Key, Motion};
pub use launch::{Launch, MOST_PARAMETERS, Pointer, fold, launches};
pub use program::{Kernel, Program, THREADS};
pub use routine::Routine;
pub use rows::{Role, RowPart, Rows};

use ondine_ir::DType;

/// The name of a dtype in kernels.
fn name(dtype: DType) -> &'static str {
    match dtype {
        DType::Bool => "bool",
        _ => dtype.name(),
    }
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo): names that stay the same from one version to the next.
pub fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ *byte as u64).wrapping_mul(0x100_0000_01b3))
}
