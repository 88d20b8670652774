//! The extension `linalg` of the standard.

use crate::convert::{dtype_of, for_dtype};
use crate::dtype::PyDType;
use crate::error::{Raised, value_error};
use crate::functions::functions;
use crate::operand::{Either, Input, Integers, axes};
use crate::sorting::named;
use ondine::linalg::{self, Eigen, MatrixNorm, NormOptions, Qr};
use ondine::{Array, ReduceOptions};
use pyo3::prelude::*;

/// A parameter `ord` of `matrix_norm`.
#[derive(Default)]
struct Order(MatrixNorm);

fn order(object: &Bound<PyAny>) -> Result<MatrixNorm, Raised> {
    let known = match (object.extract::<f64>(), object.extract::<&str>()) {
        (Ok(1.0), _) => Some(MatrixNorm::One),
        (Ok(-1.0), _) => Some(MatrixNorm::MinusOne),
        (Ok(2.0), _) => Some(MatrixNorm::Two),
        (Ok(-2.0), _) => Some(MatrixNorm::MinusTwo),
        (Ok(f64::INFINITY), _) => Some(MatrixNorm::Infinity),
        (Ok(f64::NEG_INFINITY), _) => Some(MatrixNorm::MinusInfinity),
        (_, Ok("fro")) => Some(MatrixNorm::Frobenius),
        (_, Ok("nuc")) => Some(MatrixNorm::Nuclear),
        _ if object.is_none() => Some(MatrixNorm::Frobenius),
        _ => None,
    };
    let text = || format!("matrix_norm: ord {object} is none of 'fro', 'nuc', 1, -1, 2, -2, inf, -inf");
    known.ok_or_else(|| value_error(text()))
}

impl<'a, 'py> FromPyObject<'a, 'py> for Order {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Order> {
        Ok(Order(order(&object)?))
    }
}

fn norm(x: &Array, keepdims: bool, order: MatrixNorm) -> Array {
    let norm = linalg::matrix_norm(x, order);
    if keepdims { norm.expand_dims([-2, -1]) } else { norm }
}

fn factors(name: &str, parts: Vec<Array>) -> Result<Py<PyAny>, Raised> {
    Python::attach(|py| named(py, name, parts))
}

fn eigen(name: &str, Eigen { values, vectors }: Eigen) -> Result<Py<PyAny>, Raised> {
    factors(name, vec![values, vectors])
}

fn orthogonal(x: &Array, mode: &str) -> Result<Py<PyAny>, Raised> {
    let Qr { q, r } = match mode {
        "reduced" => linalg::qr(x),
        "complete" => linalg::qr_complete(x),
        _ => return Err(value_error(format!("qr: mode {mode:?} is neither 'reduced' nor 'complete'"))),
    };
    factors("QRResult", vec![q, r])
}

functions! {
    /// The triangular factor of Hermitian, positive definite matrices: `L` with `L L^H`, or `U` with `U^H U`.
    #[pyo3(text_signature = "(x, /, *, upper=False)")]
    cholesky(x, /, *, upper=false) |x: Input, upper: bool|
        if upper { linalg::cholesky_upper(&x) } else { linalg::cholesky(&x) };

    /// The vector product of vectors of three components along an axis.
    #[pyo3(text_signature = "(x1, x2, /, *, axis=-1)")]
    cross(x1, x2, /, *, axis=-1) |x1: Input, x2: Input, axis: i64| linalg::cross(&x1, &x2, axis);

    /// The determinants of square matrices.
    det(x, /) |x: Input| linalg::det(&x);

    /// The diagonals of matrices as a new last axis; positive offsets lie above the main one.
    #[pyo3(text_signature = "(x, /, *, offset=0)")]
    diagonal(x, /, *, offset=0) |x: Input, offset: i64| linalg::diagonal(&x, offset);

    /// Eigenvalues, in no order, and eigenvectors, in columns, of square matrices; both complex.
    eig(x, /) |x: Input| eigen("EigResult", linalg::eig(&x))?;

    /// Eigenvalues, ascending, and eigenvectors, in columns, of Hermitian matrices.
    eigh(x, /) |x: Input| eigen("EighResult", linalg::eigh(&x))?;

    /// Eigenvalues of square matrices, complex and in no order.
    eigvals(x, /) |x: Input| linalg::eigvals(&x);

    /// Eigenvalues of Hermitian matrices, ascending.
    eigvalsh(x, /) |x: Input| linalg::eigvalsh(&x);

    /// The inverses of square matrices.
    inv(x, /) |x: Input| linalg::inv(&x);

    /// A norm of matrices: 'fro', 'nuc', 1, -1, 2, -2, inf or -inf.
    #[pyo3(text_signature = "(x, /, *, keepdims=False, ord='fro')")]
    matrix_norm(x, /, *, keepdims=false, ord=Order::default()) |x: Input, keepdims: bool, ord: Order| norm(&x, keepdims, ord.0);

    /// Square matrices to an integer power.
    matrix_power(x, n, /) |x: Input, n: i64| linalg::matrix_power(&x, n);

    /// The number of singular values above `rtol` times the largest.
    matrix_rank(x, /, *, rtol=None) |x: Input, rtol: Option<Either>| match rtol {
        None => linalg::matrix_rank(&x),
        Some(rtol) => linalg::matrix_rank_with(&x, rtol),
    };

    /// Products of all pairs of the elements of two vectors.
    outer(x1, x2, /) |x1: Input, x2: Input| linalg::outer(&x1, &x2);

    /// The pseudo-inverses of matrices, over the singular values above `rtol` times the largest.
    pinv(x, /, *, rtol=None) |x: Input, rtol: Option<Either>| match rtol {
        None => linalg::pinv(&x),
        Some(rtol) => linalg::pinv_with(&x, rtol),
    };

    /// Orthonormal columns and a triangular matrix whose product is `x`; the diagonal of `R` is real and not negative.
    #[pyo3(text_signature = "(x, /, *, mode='reduced')")]
    qr(x, /, *, mode="reduced") |x: Input, mode: &str| orthogonal(&x, mode)?;

    /// Sign and logarithm of the absolute value of the determinants of square matrices.
    slogdet(x, /) |x: Input| {
        let parts = linalg::slogdet(&x);
        factors("SlogdetResult", vec![parts.sign, parts.logabsdet])?
    };

    /// `X` with `x1 X = x2`; `x2` is a vector if it has one axis, else matrices.
    solve(x1, x2, /) |x1: Input, x2: Input| linalg::solve(&x1, &x2);

    /// Singular vectors in columns, singular values, descending, and singular vectors in rows, conjugated.
    #[pyo3(text_signature = "(x, /, *, full_matrices=True)")]
    svd(x, /, *, full_matrices=true) |x: Input, full_matrices: bool| {
        let parts = if full_matrices { linalg::svd_full(&x) } else { linalg::svd(&x) };
        factors("SVDResult", vec![parts.u, parts.s, parts.vh])?
    };

    /// Singular values, descending.
    svdvals(x, /) |x: Input| linalg::svdvals(&x);

    /// The sums of diagonals of matrices.
    #[pyo3(text_signature = "(x, /, *, offset=0, dtype=None)")]
    trace(x, /, *, offset=0, dtype=None) |x: Input, offset: i64, dtype: Option<PyDType>| {
        let dtype = dtype_of(dtype);
        for_dtype(&linalg::diagonal(&x, offset), dtype)?.sum_with(ReduceOptions { dtype, ..(-1).into() })
    };

    /// The `ord`-norm of vectors over some axes, all by default.
    #[pyo3(text_signature = "(x, /, *, axis=None, keepdims=False, ord=2)")]
    vector_norm(x, /, *, axis=None, keepdims=false, ord=2.0) |x: Input, axis: Option<Integers>, keepdims: bool, ord: f64|
        linalg::vector_norm_with(&x, NormOptions { axis: axes(axis), keepdims, ord });
}
