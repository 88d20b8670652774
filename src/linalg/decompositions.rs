//! A matrix as a product of simpler ones.

use super::{adjoint, part};
use crate::Array;
use ondine_ir::LinalgKind;

/// `A = Q R`: what [`qr`] gives.
#[derive(Clone, Debug)]
pub struct Qr {
    /// Orthonormal columns, `[.., m, k]`.
    pub q: Array,
    /// Zeros below the diagonal, `[.., k, n]`; the diagonal is real and not negative.
    pub r: Array,
}

/// `A = U diag(S) V^H`: what [`svd`] gives.
#[derive(Clone, Debug)]
pub struct Svd {
    /// Left singular vectors in columns.
    pub u: Array,
    /// Singular values, real, descending.
    pub s: Array,
    /// Right singular vectors in rows, conjugated.
    pub vh: Array,
}

/// `A V = V diag(W)`: what [`eigh`] and [`eig`] give.
#[derive(Clone, Debug)]
pub struct Eigen {
    /// The eigenvalues, `[.., n]`.
    pub values: Array,
    /// The eigenvectors in columns, `[.., n, n]`, each of length 1.
    pub vectors: Array,
}

/// Cholesky's factor `L` of a Hermitian, positive definite matrix: `A = L L^H`.
///
/// - `x`: `[.., n, n]`, real or complex; only its lower triangle is read
/// - result: same shape, zeros above the diagonal, which is real and positive
/// - lazy: adds nodes, evaluates nothing
///
/// ```
/// let l = ondine::linalg::cholesky(&ondine::Array::from([[4.0, 2.0], [2.0, 5.0]]));
/// assert_eq!(l.to_vec::<f64>()?, [2.0, 0.0, 1.0, 2.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Shape`. While running: `Matrix` if it is not positive definite.
///
/// Source: array API standard 2025.12, `linalg.cholesky`.
#[track_caller]
pub fn cholesky(x: &Array) -> Array {
    x.then(|x| part(LinalgKind::Cholesky, 0, x))
}

/// Cholesky's factor `U = L^H`: `A = U^H U`, from the upper triangle of `A`.
///
/// ```
/// let u = ondine::linalg::cholesky_upper(&ondine::Array::from([[4.0, 2.0], [2.0, 5.0]]));
/// assert_eq!(u.to_vec::<f64>()?, [2.0, 1.0, 0.0, 2.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// As [`cholesky`].
///
/// Source: array API standard 2025.12, `linalg.cholesky` with `upper=True`.
#[track_caller]
pub fn cholesky_upper(x: &Array) -> Array {
    adjoint(&cholesky(&adjoint(x)))
}

/// Orthonormal columns `Q` and a triangular `R` with `A = Q R`.
///
/// - `x`: `[.., m, n]`, real or complex
/// - result: `q` of `[.., m, k]` and `r` of `[.., k, n]` with `k = min(m, n)`
/// - lazy: adds nodes, evaluates nothing; a part that nobody reads is not computed
///
/// ```
/// let x = ondine::Array::from([[0.0, 2.0], [3.0, 4.0]]);
/// let factors = ondine::linalg::qr(&x);
/// assert_eq!(factors.r.abs().round().to_vec::<f64>()?, [3.0, 4.0, 0.0, 2.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the results: `Shape`.
///
/// Source: array API standard 2025.12, `linalg.qr`.
#[track_caller]
pub fn qr(x: &Array) -> Qr {
    qr_parts(x, LinalgKind::Qr { complete: false })
}

/// [`qr`] with a square `Q`: `k = m`.
///
/// ```
/// let factors = ondine::linalg::qr_complete(&ondine::ones([3, 1]));
/// assert_eq!(factors.q.shape()?, [3, 3].into());
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// As [`qr`].
///
/// Source: array API standard 2025.12, `linalg.qr` with `mode="complete"`.
#[track_caller]
pub fn qr_complete(x: &Array) -> Qr {
    qr_parts(x, LinalgKind::Qr { complete: true })
}

#[track_caller]
fn qr_parts(x: &Array, kind: LinalgKind) -> Qr {
    Qr { q: x.then(|x| part(kind, 0, x)), r: x.then(|x| part(kind, 1, x)) }
}

/// Singular values and vectors: `A = U diag(S) V^H`, with as many vectors as there are singular values.
///
/// - `x`: `[.., m, n]`, real or complex
/// - result: `u` of `[.., m, k]`, `s` of `[.., k]`, real and descending, `vh` of `[.., k, n]`, with `k = min(m, n)`
/// - lazy: adds nodes, evaluates nothing; a part that nobody reads is not computed
///
/// ```
/// let x = ondine::Array::from([[0.0, 2.0], [1.0, 0.0]]);
/// assert_eq!(ondine::linalg::svd(&x).s.to_vec::<f64>()?, [2.0, 1.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the results: `Shape`. While running: `Matrix` if an element is infinite or NaN.
///
/// Source: array API standard 2025.12, `linalg.svd` with `full_matrices=False`.
#[track_caller]
pub fn svd(x: &Array) -> Svd {
    svd_parts(x, LinalgKind::Svd { full: false })
}

/// [`svd`] with square `U` and `V^H`.
///
/// ```
/// let parts = ondine::linalg::svd_full(&ondine::ones([3, 1]));
/// assert_eq!(parts.u.shape()?, [3, 3].into());
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// As [`svd`].
///
/// Source: array API standard 2025.12, `linalg.svd`.
#[track_caller]
pub fn svd_full(x: &Array) -> Svd {
    svd_parts(x, LinalgKind::Svd { full: true })
}

#[track_caller]
fn svd_parts(x: &Array, kind: LinalgKind) -> Svd {
    Svd { u: x.then(|x| part(kind, 0, x)), s: x.then(|x| part(kind, 1, x)), vh: x.then(|x| part(kind, 2, x)) }
}

/// Singular values, descending: the `s` of [`svd`].
///
/// ```
/// let x = ondine::Array::from([[3.0, 0.0], [0.0, -4.0]]);
/// assert_eq!(ondine::linalg::svdvals(&x).to_vec::<f64>()?, [4.0, 3.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// As [`svd`].
///
/// Source: array API standard 2025.12, `linalg.svdvals`.
#[track_caller]
pub fn svdvals(x: &Array) -> Array {
    x.then(|x| part(LinalgKind::Svd { full: false }, 1, x))
}

/// Eigenvalues and eigenvectors of a Hermitian matrix: `A V = V diag(W)`, `V` unitary.
///
/// - `x`: `[.., n, n]`, real or complex; only its lower triangle is read
/// - result: `values` of `[.., n]`, real and ascending, `vectors` of `[.., n, n]`, in columns
/// - lazy: adds nodes, evaluates nothing; a part that nobody reads is not computed
///
/// ```
/// let x = ondine::Array::from([[2.0, 0.0], [0.0, 1.0]]);
/// assert_eq!(ondine::linalg::eigh(&x).values.to_vec::<f64>()?, [1.0, 2.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the results: `Shape`. While running: `Matrix` if an element is infinite or NaN.
///
/// Source: array API standard 2025.12, `linalg.eigh`.
#[track_caller]
pub fn eigh(x: &Array) -> Eigen {
    let kind = LinalgKind::Eigh;
    Eigen { values: x.then(|x| part(kind, 0, x)), vectors: x.then(|x| part(kind, 1, x)) }
}

/// Eigenvalues of a Hermitian matrix, ascending: the `values` of [`eigh`].
///
/// ```
/// let x = ondine::Array::from([[2.0, 0.0], [0.0, 1.0]]);
/// assert_eq!(ondine::linalg::eigvalsh(&x).to_vec::<f64>()?, [1.0, 2.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// As [`eigh`].
///
/// Source: array API standard 2025.12, `linalg.eigvalsh`.
#[track_caller]
pub fn eigvalsh(x: &Array) -> Array {
    x.then(|x| part(LinalgKind::Eigh, 0, x))
}

/// Eigenvalues and eigenvectors of any square matrix: `A V = V diag(W)`.
///
/// - `x`: `[.., n, n]`, real or complex
/// - result: `values` of `[.., n]` in no order and `vectors` of `[.., n, n]`, in columns of length 1; both complex of the
///   precision of `x`
/// - lazy: adds nodes, evaluates nothing; a part that nobody reads is not computed
///
/// ```
/// let x = ondine::Array::from([[0.0, 1.0], [-1.0, 0.0]]);
/// let values = ondine::linalg::eig(&x).values;
/// assert_eq!(values.imag().abs().to_vec::<f64>()?, [1.0, 1.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the results: `Shape`. While running: `Matrix` if an element is infinite or NaN.
///
/// Source: array API standard 2025.12, `linalg.eig`.
#[track_caller]
pub fn eig(x: &Array) -> Eigen {
    let kind = LinalgKind::Eig;
    Eigen { values: x.then(|x| part(kind, 0, x)), vectors: x.then(|x| part(kind, 1, x)) }
}

/// Eigenvalues of any square matrix, complex and in no order: the `values` of [`eig`].
///
/// ```
/// let x = ondine::Array::from([[2.0, 1.0], [0.0, 2.0]]);
/// assert_eq!(ondine::linalg::eigvals(&x).real().to_vec::<f64>()?, [2.0, 2.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// As [`eig`].
///
/// Source: array API standard 2025.12, `linalg.eigvals`.
#[track_caller]
pub fn eigvals(x: &Array) -> Array {
    x.then(|x| part(LinalgKind::Eig, 0, x))
}
