//! Decompositions of matrices and solutions of linear systems, over the last two axes; the axes before them are a stack.
//!
//! A node computes some *parts* of a decomposition. The interface asks for one part a node, so that what nobody reads is
//! never computed; the pass `join_parts` makes one node of those that share their operands.

use crate::{DType, Shape, Type};
use smallvec::{SmallVec, smallvec};

/// Some parts of a decomposition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Linalg {
    /// Which decomposition.
    pub kind: LinalgKind,
    /// Which of its parts, ascending: places in [`LinalgKind::parts`].
    pub parts: SmallVec<[u8; 4]>,
}

/// A decomposition of the matrix `A`, or the solution of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinalgKind {
    /// `A = L L^H` of a Hermitian, positive definite matrix, of which the lower triangle is read.
    Cholesky,
    /// `P A = L U` with partial pivoting: both factors in one matrix (the ones of `L` left out), and the determinant of
    /// `P` as `1` or `-1`. A zero pivot is left as it is.
    Lu,
    /// `X` with `A X = B`.
    Solve,
    /// `A = Q R`, the diagonal of `R` real and not negative.
    Qr {
        /// `Q` is square, instead of having as many columns as are needed.
        complete: bool,
    },
    /// `A = U diag(S) V^H`, `S` descending.
    Svd {
        /// `U` and `V^H` are square, instead of having as many vectors as there are singular values.
        full: bool,
    },
    /// `A V = V diag(W)` of a Hermitian matrix, of which the lower triangle is read; `W` ascending.
    Eigh,
    /// `A V = V diag(W)` with the columns of `V` of length 1; everything complex.
    Eig,
}

impl LinalgKind {
    /// The name in dumps and errors.
    pub fn name(self) -> &'static str {
        match self {
            LinalgKind::Cholesky => "cholesky",
            LinalgKind::Lu => "lu",
            LinalgKind::Solve => "solve",
            LinalgKind::Qr { .. } => "qr",
            LinalgKind::Svd { .. } => "svd",
            LinalgKind::Eigh => "eigh",
            LinalgKind::Eig => "eig",
        }
    }

    /// The names of its parts.
    pub fn parts(self) -> &'static [&'static str] {
        match self {
            LinalgKind::Cholesky => &["l"],
            LinalgKind::Lu => &["lu", "parity"],
            LinalgKind::Solve => &["x"],
            LinalgKind::Qr { .. } => &["q", "r"],
            LinalgKind::Svd { .. } => &["u", "s", "vh"],
            LinalgKind::Eigh | LinalgKind::Eig => &["w", "v"],
        }
    }

    /// True if the matrix has to be square.
    pub fn is_square(self) -> bool {
        !matches!(self, LinalgKind::Qr { .. } | LinalgKind::Svd { .. })
    }

    /// True if a square matrix is asked for where a narrow one would hold the decomposition.
    pub fn is_whole(self) -> bool {
        matches!(self, LinalgKind::Qr { complete: true } | LinalgKind::Svd { full: true })
    }

    /// The type of a part, for operands that inference has looked at.
    pub fn part(self, part: u8, operands: &[&Type]) -> Type {
        let matrix = operands[0];
        let rank = matrix.shape.rank();
        let (stack, rows, columns) = (&matrix.shape[..rank - 2], matrix.shape[rank - 2], matrix.shape[rank - 1]);
        let fewer = rows.min(columns);
        let (real, complex) = (matrix.dtype.component(), matrix.dtype.to_complex());
        let (dtype, extents): (DType, SmallVec<[usize; 2]>) = match (self, part) {
            (LinalgKind::Lu, 1) => (real, smallvec![]),
            (LinalgKind::Solve, _) => return operands[1].clone(),
            (LinalgKind::Cholesky | LinalgKind::Lu, _) => (matrix.dtype, smallvec![rows, columns]),
            (LinalgKind::Qr { complete }, 0) => (matrix.dtype, smallvec![rows, if complete { rows } else { fewer }]),
            (LinalgKind::Qr { complete }, _) => (matrix.dtype, smallvec![if complete { rows } else { fewer }, columns]),
            (LinalgKind::Svd { full }, 0) => (matrix.dtype, smallvec![rows, if full { rows } else { fewer }]),
            (LinalgKind::Svd { .. }, 1) => (real, smallvec![fewer]),
            (LinalgKind::Svd { full }, _) => (matrix.dtype, smallvec![if full { columns } else { fewer }, columns]),
            (LinalgKind::Eigh, 0) => (real, smallvec![rows]),
            (LinalgKind::Eigh, _) => (matrix.dtype, smallvec![rows, rows]),
            (LinalgKind::Eig, 0) => (complex, smallvec![rows]),
            (LinalgKind::Eig, _) => (complex, smallvec![rows, rows]),
        };
        Type::new(dtype, [stack, &extents].concat().into_iter().collect::<Shape>())
    }
}

impl Linalg {
    /// One part, by its place.
    pub fn one(kind: LinalgKind, part: u8) -> Linalg {
        Linalg { kind, parts: smallvec![part] }
    }

    /// The place of a part among the outputs of the node.
    pub fn output(&self, part: u8) -> Option<usize> {
        self.parts.iter().position(|&kept| kept == part)
    }
}
