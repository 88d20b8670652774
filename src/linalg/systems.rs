//! Linear systems, inverses and determinants.

use super::{adjoint, part, svd, svdvals};
use crate::element::Argument;
use crate::elementwise::zip;
use crate::error::Failure;
use crate::lazy::{Built, Lazy};
use crate::products::shape_error;
use crate::{Array, DType, Operand, ReduceOptions, Shape};
use ondine_ir::{Binary, Error as IrError, Linalg, LinalgKind, Op, Reduce, ReduceKind, Unary};
use smallvec::smallvec;

/// `X` with `A X = B`, by elimination with partial pivoting.
///
/// - `a`: `[.., n, n]`; `b`: `[n]`, or matrices `[.., n, k]`; the stacks broadcast
/// - result: the promoted dtype, `[.., n]` for a vector, else `[.., n, k]`
/// - lazy: adds nodes, evaluates nothing
///
/// ```
/// let a = ondine::Array::from([[2.0, 0.0], [0.0, 4.0]]);
/// let x = ondine::linalg::solve(&a, &ondine::Array::from([2.0, 2.0]));
/// assert_eq!(x.to_vec::<f64>()?, [1.0, 0.5]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Shape`. While running: `Matrix` if a pivot is exactly zero.
///
/// Source: array API standard 2025.12, `linalg.solve`.
#[track_caller]
pub fn solve(a: &Array, b: &Array) -> Array {
    a.then(|a| solution(a, b.lazy()?))
}

fn solution(a: &Lazy, b: &Lazy) -> Built {
    let shape = |reason: &str| shape_error("solve", [a, b], reason);
    if a.rank() < 2 || b.rank() == 0 {
        return Err(shape("need matrices [.., n, n] and a vector [n] or matrices [.., n, k]"));
    }
    let dtype = a.ty().dtype.promote(b.ty().dtype).to_floating();
    let is_vector = b.rank() == 1;
    let sides = if is_vector { b.expand(&[1])? } else { b.clone() };
    let extents = |x: &Lazy| x.shape()[x.rank() - 2..].to_vec();
    if extents(a)[0] != extents(&sides)[0] {
        return Err(shape("differ in the number of rows"));
    }
    let stack = Shape::from(&a.shape()[..a.rank() - 2]).broadcast(&Shape::from(&sides.shape()[..sides.rank() - 2]));
    let stack = stack.ok_or_else(|| shape("are stacks of matrices that do not broadcast"))?;
    let whole = |x: &Lazy| x.cast(dtype)?.broadcast([&stack[..], &extents(x)].concat().into());
    let (a, sides) = (whole(a)?, whole(&sides)?);
    let x = Lazy::apply(Op::Linalg(Linalg::one(LinalgKind::Solve, 0)), [a.into(), sides.into()])?;
    if is_vector { x.reshape(x.shape().without(&[x.rank() - 1])) } else { Ok(x) }
}

/// Identity matrices of the dtype and shape of these.
fn identities(op: &'static str, x: &Lazy) -> Built {
    let extent = x.shape().last().copied().unwrap_or(0);
    if x.rank() < 2 || x.shape()[x.rank() - 2] != extent {
        let reason = "need square matrices [.., n, n]".to_string();
        return Err(IrError::Shape { op, operands: vec![x.ty().clone()], reason }.into());
    }
    crate::eye(extent).lazy()?.cast(x.ty().dtype)?.broadcast(x.shape().clone())
}

/// The inverse of a square matrix: the solution of `A X = I`.
///
/// - `x`: `[.., n, n]`, real or complex
/// - result: same shape
/// - lazy: adds nodes, evaluates nothing
///
/// ```
/// let x = ondine::linalg::inv(&ondine::Array::from([[2.0, 0.0], [0.0, 4.0]]));
/// assert_eq!(x.to_vec::<f64>()?, [0.5, 0.0, 0.0, 0.25]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Shape`. While running: `Matrix` if a pivot is exactly zero.
///
/// Source: array API standard 2025.12, `linalg.inv`.
#[track_caller]
pub fn inv(x: &Array) -> Array {
    x.then(inverse)
}

fn inverse(x: &Lazy) -> Built {
    let x = x.cast(x.ty().dtype.to_floating())?;
    solution(&x, &identities("inv", &x)?)
}

/// The determinant and what it is made of.
#[derive(Clone, Debug)]
pub struct Slogdet {
    /// The sign, or the phase of a complex determinant; 0 of a singular matrix.
    pub sign: Array,
    /// The logarithm of the absolute value, real; minus infinity of a singular matrix.
    pub logabsdet: Array,
}

/// The pivots of `P A = L U` and the determinant of `P`.
fn pivots(x: &Lazy) -> Result<[Lazy; 2], Failure> {
    let diagonal = super::products::diagonal_of(&part(LinalgKind::Lu, 0, x)?, 0)?;
    Ok([diagonal, part(LinalgKind::Lu, 1, x)?])
}

fn along_last(kind: ReduceKind, x: Lazy) -> Built {
    let axes = smallvec![x.rank() - 1];
    Lazy::apply(Op::Reduce(Reduce { kind, axes }), [x.into()])
}

/// The determinant of a square matrix: the product of its pivots.
///
/// - `x`: `[.., n, n]`, real or complex
/// - result: `[..]`; 0 of a singular matrix, 1 of one without elements
/// - lazy: adds nodes, evaluates nothing
///
/// ```
/// let x = ondine::Array::from([[0.0, 2.0], [3.0, 4.0]]);
/// assert_eq!(ondine::linalg::det(&x).item::<f64>()?, -6.0);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Shape`.
///
/// Source: array API standard 2025.12, `linalg.det`.
#[track_caller]
pub fn det(x: &Array) -> Array {
    x.then(|x| {
        let [diagonal, parity] = pivots(x)?;
        zip(Binary::Mul, along_last(ReduceKind::Prod, diagonal)?, parity)
    })
}

/// Sign and logarithm of the absolute value of the determinant, which neither overflow nor vanish where that would.
///
/// - `x`: `[.., n, n]`, real or complex
/// - result: `sign` of `[..]`, `logabsdet` of `[..]`, real
/// - lazy: adds nodes, evaluates nothing
///
/// ```
/// let parts = ondine::linalg::slogdet(&ondine::Array::from([[0.0, 1.0], [1.0, 0.0]]));
/// assert_eq!(parts.sign.item::<f64>()?, -1.0);
/// assert_eq!(parts.logabsdet.item::<f64>()?, 0.0);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the results: `Shape`.
///
/// Source: array API standard 2025.12, `linalg.slogdet`.
#[track_caller]
pub fn slogdet(x: &Array) -> Slogdet {
    let sign = x.then(|x| {
        let [diagonal, parity] = pivots(x)?;
        zip(Binary::Mul, along_last(ReduceKind::Prod, diagonal.apply_unary(Unary::Sign)?)?, parity)
    });
    let logabsdet = x.then(|x| {
        let [diagonal, _] = pivots(x)?;
        along_last(ReduceKind::Sum, diagonal.apply_unary(Unary::Abs)?.apply_unary(Unary::Log)?)
    });
    Slogdet { sign, logabsdet }
}

/// A square matrix to an integer power; 0 gives the identity, negative ones are powers of the inverse.
///
/// - `x`: `[.., n, n]`
/// - result: same shape; integers stay integers where `n` is not negative, and wrap
/// - lazy: adds `2 log2 |n|` products at most, evaluates nothing
///
/// ```
/// let x = ondine::Array::from([[1, 1], [0, 1]]);
/// assert_eq!(ondine::linalg::matrix_power(&x, 5).to_vec::<i32>()?, [1, 5, 0, 1]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Shape`; `DType` of bool. While running: `Matrix` for negative powers of a singular matrix.
///
/// Source: array API standard 2025.12, `linalg.matrix_power`.
#[track_caller]
pub fn matrix_power(x: &Array, n: i64) -> Array {
    x.then(|x| {
        let identity = identities("matrix_power", x)?;
        let mut square = if n < 0 { inverse(x)? } else { x.clone() };
        let times = |a: &Lazy, b: &Lazy| Lazy::apply(Op::Matmul, [a.into(), b.into()]);
        let mut power: Option<Lazy> = None;
        let mut rest = n.unsigned_abs();
        while rest > 0 {
            if rest % 2 == 1 {
                power = Some(power.map_or(Ok(square.clone()), |power| times(&power, &square))?);
            }
            rest /= 2;
            if rest > 0 {
                square = times(&square, &square)?;
            }
        }
        Ok(power.unwrap_or(identity))
    })
}

/// The default tolerance of [`matrix_rank`] and [`pinv`]: `max(m, n) eps`.
fn tolerance(x: &Array) -> Operand {
    let tolerance = x.lazy().map_or(0.0, |x| {
        let largest = x.shape().iter().rev().take(2).copied().max().unwrap_or(0);
        let is_single = matches!(x.ty().dtype, DType::F32 | DType::C64);
        largest as f64 * if is_single { f32::EPSILON as f64 } else { f64::EPSILON }
    });
    tolerance.into()
}

/// The singular values that count: those above `rtol` times the largest.
#[track_caller]
fn counting(s: &Array, rtol: Operand) -> Array {
    match s.shape() {
        Ok(shape) if shape.last() == Some(&0) => s.greater(0.0),
        _ => {
            let largest = s.max_with(ReduceOptions { keepdims: true, ..(-1).into() });
            // One for every matrix stands beside all its singular values.
            let rtol = match rtol.0 {
                Argument::Array(array) if array.ndim().is_ok_and(|rank| rank > 0) => array.expand_dims(-1).into(),
                number => Operand(number),
            };
            s.greater(largest.with(Binary::Mul, rtol))
        }
    }
}

/// The number of singular values above `max(m, n) eps` times the largest.
///
/// - `x`: `[.., m, n]`, real or complex
/// - result: `i64`, `[..]`
/// - lazy: adds nodes, evaluates nothing
///
/// ```
/// assert_eq!(ondine::linalg::matrix_rank(&ondine::ones([3, 2])).item::<i64>()?, 1);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Shape`. While running: `Matrix` if an element is infinite or NaN.
///
/// Source: array API standard 2025.12, `linalg.matrix_rank`.
#[track_caller]
pub fn matrix_rank(x: &Array) -> Array {
    matrix_rank_with(x, tolerance(x))
}

/// [`matrix_rank`] with another relative tolerance, a number or one for every matrix of the stack.
///
/// ```
/// let x = ondine::Array::from([[1.0, 0.0], [0.0, 0.1]]);
/// assert_eq!(ondine::linalg::matrix_rank_with(&x, 0.5).item::<i64>()?, 1);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// As [`matrix_rank`]; `Broadcast`.
#[track_caller]
pub fn matrix_rank_with(x: &Array, rtol: impl Into<Operand>) -> Array {
    counting(&svdvals(x), rtol.into()).astype(DType::I64).sum_with(-1)
}

/// The pseudo-inverse of Moore and Penrose: `V diag(1/S) U^H` over the singular values above `max(m, n) eps` times the largest.
///
/// - `x`: `[.., m, n]`, real or complex
/// - result: `[.., n, m]`
/// - lazy: adds nodes, evaluates nothing
///
/// ```
/// let x = ondine::linalg::pinv(&ondine::Array::from([[2.0, 0.0], [0.0, 0.0]]));
/// assert_eq!(x.to_vec::<f64>()?, [0.5, 0.0, 0.0, 0.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Shape`. While running: `Matrix` if an element is infinite or NaN.
///
/// Source: array API standard 2025.12, `linalg.pinv`.
#[track_caller]
pub fn pinv(x: &Array) -> Array {
    pinv_with(x, tolerance(x))
}

/// [`pinv`] with another relative tolerance, a number or one for every matrix of the stack.
///
/// ```
/// let x = ondine::Array::from([[1.0, 0.0], [0.0, 0.1]]);
/// assert_eq!(ondine::linalg::pinv_with(&x, 0.5).to_vec::<f64>()?, [1.0, 0.0, 0.0, 0.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// As [`pinv`]; `Broadcast`.
#[track_caller]
pub fn pinv_with(x: &Array, rtol: impl Into<Operand>) -> Array {
    let parts = svd(x);
    let counts = counting(&parts.s, rtol.into());
    let one = crate::ones_like(&parts.s);
    let inverse = counts.where_(&one / counts.where_(&parts.s, &one), crate::zeros_like(&parts.s));
    (adjoint(&parts.vh) * inverse.expand_dims(-2)).matmul(&adjoint(&parts.u))
}
