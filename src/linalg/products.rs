//! Diagonals, and products of vectors.

use crate::elementwise::zip;
use crate::error::argument;
use crate::lazy::{Built, Lazy};
use crate::products::shape_error;
use crate::{Array, Shape};
use ondine_ir::{Affine, Binary, Index, Op, View};

/// The elements at `column - row = offset` as a new last axis.
pub(super) fn diagonal_of(x: &Lazy, offset: i64) -> Built {
    let rank = x.rank();
    if rank < 2 {
        return Err(argument("diagonal", format!("{} has fewer than two axes", x.ty())));
    }
    let [rows, columns] = [x.shape()[rank - 2], x.shape()[rank - 1]].map(|extent| extent as i64);
    // Beyond the corners there is nothing.
    let offset = offset.clamp(-rows, columns);
    let [first_row, first_column] = [(-offset).max(0), offset.max(0)];
    let extent = (rows - first_row).min(columns - first_column).max(0) as usize;
    let stack = &x.shape()[..rank - 2];
    let along = |first: i64| if extent == 0 { Index::constant(0) } else { Index::axis(rank - 2).plus(first) };
    let source = (0..rank - 2).map(Index::axis).chain([along(first_row), along(first_column)]);
    x.view(View::Affine(Affine::new([stack, &[extent]].concat().into(), source)))
}

/// The diagonals of matrices, as a new last axis.
///
/// - `x`: `[.., m, n]`, any dtype; `offset`: 0 is the main diagonal, positive ones lie above it
/// - result: `[.., k]`; no elements where the offset is beyond the corners
/// - lazy: a view
///
/// ```
/// let x = ondine::Array::from([[1, 2], [3, 4]]);
/// assert_eq!(ondine::linalg::diagonal(&x, 0).to_vec::<i32>()?, [1, 4]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Argument` if there are fewer than two axes.
///
/// Source: array API standard 2025.12, `linalg.diagonal`.
#[track_caller]
pub fn diagonal(x: &Array, offset: i64) -> Array {
    x.then(|x| diagonal_of(x, offset))
}

/// The sum of a diagonal: `sum over i of A[i, i + offset]`.
///
/// - `x`: `[.., m, n]`; `offset`: 0 is the main diagonal, positive ones lie above it
/// - result: `[..]`; narrow integers are widened as by `sum`
/// - lazy: adds nodes, evaluates nothing
///
/// ```
/// let x = ondine::Array::from([[1, 2], [3, 4]]);
/// assert_eq!(ondine::linalg::trace(&x, 0).item::<i64>()?, 5);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Argument` if there are fewer than two axes.
///
/// Source: array API standard 2025.12, `linalg.trace`.
#[track_caller]
pub fn trace(x: &Array, offset: i64) -> Array {
    diagonal(x, offset).sum_with(-1)
}

/// Products of all pairs: `A[i, j] = x[i] y[j]`.
///
/// - `x`: `[m]`, `y`: `[n]`; nothing is conjugated
/// - result: the promoted dtype, `[m, n]`
/// - lazy: adds nodes, evaluates nothing
///
/// ```
/// let x = ondine::Array::from([1, 2]);
/// assert_eq!(ondine::linalg::outer(&x, &x).to_vec::<i32>()?, [1, 2, 2, 4]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Shape` if an operand has not one axis.
///
/// Source: array API standard 2025.12, `linalg.outer`.
#[track_caller]
pub fn outer(x: &Array, y: &Array) -> Array {
    let column = x.then(|x| match (x.rank(), y.lazy()?) {
        (1, y) if y.rank() == 1 => x.expand(&[1]),
        (_, y) => Err(shape_error("outer", [x, y], "need one axis each")),
    });
    column * y
}

/// The vector product of vectors of three components along an axis.
///
/// - `x`, `y`: extent 3 along `axis`; negative axes count from the end of both; other axes broadcast
/// - result: the promoted dtype
/// - lazy: adds nodes, evaluates nothing
///
/// ```
/// let (x, y) = (ondine::Array::from([1, 0, 0]), ondine::Array::from([0, 1, 0]));
/// assert_eq!(ondine::linalg::cross(&x, &y, -1).to_vec::<i32>()?, [0, 0, 1]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Argument` if the axis is not one of both; `Shape` if the extent is not 3; `Broadcast`.
///
/// Source: array API standard 2025.12, `linalg.cross`.
#[track_caller]
pub fn cross(x: &Array, y: &Array, axis: i64) -> Array {
    const OP: &str = "cross";
    x.then(|x| {
        let y = y.lazy()?;
        let longer = x.rank().max(y.rank()) as i64;
        let from_end = if axis < 0 { axis } else { axis - longer };
        let shorter = x.rank().min(y.rank()) as i64;
        if !(-shorter..0).contains(&from_end) {
            return Err(argument(OP, format!("axis {axis} is not one of both {} and {}", x.ty(), y.ty())));
        }
        let at = |lazy: &Lazy| (lazy.rank() as i64 + from_end) as usize;
        if x.shape()[at(x)] != 3 || y.shape()[at(y)] != 3 {
            return Err(shape_error(OP, [x, y], &format!("need extent 3 along axis {axis}")));
        }
        let shape: Option<Shape> = x.shape().broadcast(y.shape());
        let shape = shape.ok_or_else(|| shape_error(OP, [x, y], "do not broadcast"))?;
        let dtype = x.ty().dtype.promote(y.ty().dtype);
        let (x, y) = (x.cast(dtype)?.broadcast(shape.clone())?, y.cast(dtype)?.broadcast(shape)?);
        let axis = at(&x);
        let component = |lazy: &Lazy, at: usize| lazy.part(axis, at % 3, at % 3 + 1);
        let difference = |at: usize| {
            let product = |i: usize, j: usize| zip(Binary::Mul, component(&x, i)?, component(&y, j)?);
            zip(Binary::Sub, product(at + 1, at + 2)?, product(at + 2, at + 1)?)
        };
        let parts = [difference(0)?, difference(1)?, difference(2)?];
        Lazy::apply(Op::Concat { axis }, parts.map(|part| part.into()))
    })
}
