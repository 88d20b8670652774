//! Why a matrix has no decomposition.

use std::fmt;

/// What keeps a matrix from being decomposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// A pivot is exactly zero.
    Singular,
    /// A pivot of Cholesky's is not positive.
    NotPositiveDefinite,
    /// An element is infinite or NaN.
    NotFinite,
    /// The iteration did not end.
    NoConvergence,
}

/// Why there is no decomposition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// The matrix has none.
    Flaw(Flaw),
    /// Bytes of scratch memory that could not be had.
    Memory(usize),
}

impl From<Flaw> for Failed {
    fn from(flaw: Flaw) -> Failed {
        Failed::Flaw(flaw)
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Flaw::Singular => "is singular",
            Flaw::NotPositiveDefinite => "is not positive definite",
            Flaw::NotFinite => "holds an infinity or NaN",
            Flaw::NoConvergence => "does not converge",
        })
    }
}
