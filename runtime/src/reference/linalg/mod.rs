//! Decompositions by their textbook algorithms, on complex numbers of double precision whatever the dtype.

mod eigen;
mod factor;
mod jacobi;
mod matrix;

use super::elements::{Array, Draft, for_each_index};
use crate::{Error, Flaw};
use matrix::Matrix;
use ondine_ir::{Kind, Linalg, LinalgKind, Scalar, Type};

/// One part of the decompositions of a stack of matrices.
pub(super) fn linalg(linalg: &Linalg, operands: &[&Array], ty: &Type) -> Result<Array, Error> {
    let [part] = linalg.parts[..] else {
        return Err(Error::Internal { what: "reference runs graphs as written".to_string() });
    };
    let kind = linalg.kind;
    let matrix = operands[0];
    let rank = matrix.shape().rank();
    let own = ty.shape.rank() - (rank - 2);
    let mut draft = Draft::new(ty.clone())?;
    let mut at = 0;
    for_each_index(&matrix.shape()[..rank - 2], |stack| {
        let read = |array: &Array| Matrix::read(array, stack);
        let flawed = |flaw| Error::Matrix { op: kind.name(), at, flaw };
        let value = decompose(kind, part, &read(matrix)?, || read(operands[1])).map_err(|flaw| match flaw {
            Failed::Flaw(flaw) => flawed(flaw),
            Failed::Error(error) => error,
        })?;
        at += 1;
        for_each_index(&ty.shape[ty.shape.rank() - own..], |inner| {
            let value = match *inner {
                [] => value[(0, 0)],
                [row] => value[(row as usize, 0)],
                [row, column] => value[(row as usize, column as usize)],
                _ => unreachable!("parts are numbers, vectors and matrices"),
            };
            let kept = match ty.dtype.kind() {
                Kind::Complex => Scalar::from_complex(ty.dtype, value),
                _ => Scalar::from_f64(ty.dtype, value.re),
            };
            draft.set(&[stack, inner].concat(), kept)
        })
    })?;
    Ok(draft.finish())
}

/// Why there is no decomposition.
enum Failed {
    Flaw(Flaw),
    Error(Error),
}

impl From<Flaw> for Failed {
    fn from(flaw: Flaw) -> Failed {
        Failed::Flaw(flaw)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Failed {
        Failed::Error(error)
    }
}

fn decompose(
    kind: LinalgKind,
    part: u8,
    a: &Matrix,
    other: impl Fn() -> Result<Matrix, Error>,
) -> Result<Matrix, Failed> {
    let chosen = |parts: [Matrix; 2]| parts.into_iter().nth(part as usize).expect("inference looked at the parts");
    Ok(match kind {
        LinalgKind::Cholesky => factor::cholesky(a)?,
        LinalgKind::Lu => {
            let factor::Lu { packed, parity, .. } = factor::lu(a);
            chosen([packed, Matrix::number(parity)])
        }
        LinalgKind::Solve => factor::solve(a, &other()?)?,
        LinalgKind::Qr { complete } => chosen(factor::qr(a, complete)),
        LinalgKind::Svd { full } => {
            let parts = jacobi::svd(a, full)?;
            parts.into_iter().nth(part as usize).expect("inference looked at the parts")
        }
        LinalgKind::Eigh => chosen(jacobi::eigh(a)?),
        LinalgKind::Eig => chosen(eigen::eig(a)?),
    })
}
