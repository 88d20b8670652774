//! CUDA C++ for bodies: text from structure, all kernels of a graph in one program, no header included.
//!
//! A [`Key`] is what a kernel's text is made from: a body, how its accesses move, and how many loops and lanes there are.
//! A [`Launch`] is the rest: extents, offsets, strides and scalars, packed as the kernel's last parameter. Transcendental
//! functions are those of the CUDA math library; everything else gives the bits that the interpreter gives.

mod arguments;
mod emit;
mod fold;
mod kernel;
mod launch;
mod program;
mod routine;

pub use fold::Fold;
pub use kernel::{Access, Key, Motion};
pub use launch::{Launch, Pointer, fold, launches};
pub use program::{Kernel, Program, THREADS};
pub use routine::Routine;

use ondine_ir::DType;

/// The name of a dtype in kernels.
fn name(dtype: DType) -> &'static str {
    match dtype {
        DType::Bool => "bool",
        _ => dtype.name(),
    }
}
