//! Lengths of vectors and sizes of matrices.

use super::svdvals;
use crate::{Array, Axes, ReduceOptions};

/// Which norm of a matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MatrixNorm {
    /// The root of the sum of all squared moduli.
    #[default]
    Frobenius,
    /// The sum of the singular values.
    Nuclear,
    /// The largest sum of moduli of a column.
    One,
    /// The smallest sum of moduli of a column.
    MinusOne,
    /// The largest singular value.
    Two,
    /// The smallest singular value.
    MinusTwo,
    /// The largest sum of moduli of a row.
    Infinity,
    /// The smallest sum of moduli of a row.
    MinusInfinity,
}

/// Options of norms.
#[derive(Clone, Debug)]
pub struct NormOptions {
    /// The axes of the vectors, taken together; all by default.
    pub axis: Axes,
    /// Keep the axes with extent 1.
    pub keepdims: bool,
    /// `p` of the norm: any number, 0 and the infinities included.
    pub ord: f64,
}

impl Default for NormOptions {
    fn default() -> NormOptions {
        NormOptions { axis: Axes::default(), keepdims: false, ord: 2.0 }
    }
}

/// The length of a vector: the root of the sum of squared moduli of all elements.
///
/// - `x`: real or complex; integers are computed in `f64`
/// - result: real, rank 0
/// - lazy: adds nodes, evaluates nothing
///
/// ```
/// let x = ondine::Array::from([3.0, 4.0]);
/// assert_eq!(ondine::linalg::vector_norm(&x).item::<f64>()?, 5.0);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// Source: array API standard 2025.12, `linalg.vector_norm`.
#[track_caller]
pub fn vector_norm(x: &Array) -> Array {
    vector_norm_with(x, NormOptions::default())
}

/// The `p`-norm over some axes: `(sum |x|^p)^(1/p)`; the largest modulus for infinity, the smallest for minus infinity, the
/// number of elements that are not zero for 0.
///
/// ```
/// use ondine::linalg::{NormOptions, vector_norm_with};
/// let options = NormOptions { ord: f64::INFINITY, ..Default::default() };
/// assert_eq!(vector_norm_with(&ondine::Array::from([3.0, -4.0]), options).item::<f64>()?, 4.0);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Axis`, `RepeatedAxis`; `Empty` of no elements for the infinities.
///
/// Source: array API standard 2025.12, `linalg.vector_norm`.
#[track_caller]
pub fn vector_norm_with(x: &Array, options: NormOptions) -> Array {
    let NormOptions { axis, keepdims, ord } = options;
    let over = ReduceOptions { keepdims, ..ReduceOptions::from(axis) };
    let x = x.then(|x| x.cast(x.ty().dtype.to_floating()));
    if ord == f64::INFINITY {
        x.abs().max_with(over)
    } else if ord == f64::NEG_INFINITY {
        x.abs().min_with(over)
    } else if ord == 0.0 {
        let size = x.abs();
        size.not_equal(0.0).where_(crate::ones_like(&size), crate::zeros_like(&size)).sum_with(over)
    } else if ord == 1.0 {
        x.abs().sum_with(over)
    } else if ord == 2.0 {
        squares(&x).sum_with(over).sqrt()
    } else {
        x.abs().pow(ord).sum_with(over).pow(1.0 / ord)
    }
}

/// `|x|^2` of floats, without a root.
#[track_caller]
fn squares(x: &Array) -> Array {
    match x.dtype() {
        Ok(dtype) if dtype.is_complex() => {
            let (re, im) = (x.real(), x.imag());
            &re * &re + &im * &im
        }
        _ => x * x,
    }
}

/// A norm of matrices.
///
/// - `x`: `[.., m, n]`, real or complex; integers are computed in `f64`
/// - result: real, `[..]`
/// - lazy: adds nodes, evaluates nothing
///
/// ```
/// use ondine::linalg::{MatrixNorm, matrix_norm};
/// let x = ondine::Array::from([[1.0, -2.0], [3.0, 4.0]]);
/// assert_eq!(matrix_norm(&x, MatrixNorm::One).item::<f64>()?, 6.0);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Axis` if there are fewer than two axes; `Empty` of no elements where a largest or smallest sum is
/// asked for. While running, for those of singular values: `Matrix` if an element is infinite or NaN.
///
/// Source: array API standard 2025.12, `linalg.matrix_norm`.
#[track_caller]
pub fn matrix_norm(x: &Array, ord: MatrixNorm) -> Array {
    let x = x.then(|x| x.cast(x.ty().dtype.to_floating()));
    match ord {
        MatrixNorm::Frobenius => squares(&x).sum_with([-2, -1]).sqrt(),
        MatrixNorm::Nuclear => svdvals(&x).sum_with(-1),
        MatrixNorm::Two => svdvals(&x).max_with(-1),
        MatrixNorm::MinusTwo => svdvals(&x).min_with(-1),
        MatrixNorm::One => x.abs().sum_with(-2).max_with(-1),
        MatrixNorm::MinusOne => x.abs().sum_with(-2).min_with(-1),
        MatrixNorm::Infinity => x.abs().sum_with(-1).max_with(-1),
        MatrixNorm::MinusInfinity => x.abs().sum_with(-1).min_with(-1),
    }
}
