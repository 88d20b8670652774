//! Linear algebra: the `linalg` extension of the array API standard, on matrices that are the last two axes of an array.
//!
//! - **Stacks**: leading axes are a stack of matrices; functions of two arrays broadcast them.
//! - **Dtypes**: floats of both precisions, real and complex; integers and bool are computed in `f64`.
//! - **Laziness**: everything adds nodes and evaluates nothing. A decomposition has several parts, and what nobody reads is not
//!   computed: `svd(&x).s` alone takes no vectors. Parts that are read together are computed together.
//! - **Devices**: decompositions run on `cpu` and `reference`; elsewhere evaluation says `Unsupported`. They never move data.
//! - **Errors while running**: `Device(Matrix)` names the op, the matrix of the stack and what is wrong with it: a singular one
//!   in [`solve`] and [`inv`], one that is not positive definite in [`cholesky`], infinities or NaN in [`svd`], [`eigh`] and
//!   [`eig`]. [`det`], [`qr`] and [`solve`] let infinities and NaN through, as arithmetic does.
//! - **Choices where several answers are right**: singular values descend, eigenvalues of [`eigh`] ascend, those of [`eig`]
//!   are in no order. The diagonal of `R` in [`qr`] is real and not negative, so that a matrix of full rank has one answer.
//!   Singular and eigenvectors have length 1 and an arbitrary sign (or phase).
//! - **Without elements**: empty stacks and matrices work; `det` of 0 by 0 is 1.
//! - `matmul`, `matrix_transpose`, `tensordot` and `vecdot` are methods of [`Array`].

mod decompositions;
mod norms;
mod products;
mod systems;

pub use decompositions::*;
pub use norms::*;
pub use products::*;
pub use systems::*;

use crate::Array;
use crate::lazy::{Built, Lazy};
use ondine_ir::{Linalg, LinalgKind, Op};

/// A part of a decomposition.
fn part(kind: LinalgKind, part: u8, x: &Lazy) -> Built {
    let x = x.cast(x.ty().dtype.to_floating())?;
    Lazy::apply(Op::Linalg(Linalg::one(kind, part)), [x.into()])
}

/// The matrices transposed and conjugated.
#[track_caller]
fn adjoint(x: &Array) -> Array {
    x.matrix_transpose().conj()
}
