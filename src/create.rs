//! Arrays from numbers: filled shapes, ranges, and host data of every form.

use crate::element::{Operand, convert};
use crate::elementwise::constant;
use crate::error::{Failure, argument};
use crate::lazy::{Built, Lazy, Source};
use crate::{Array, DType, Element};
use num_complex::Complex64;
use ondine_ir::{Binary, Error as IrError, Kind, Op, Scalar, Shape, Type};

impl<T: Element> From<T> for Array {
    /// An array of rank 0: a parameter of the graphs it takes part in, so that another value compiles nothing anew.
    fn from(value: T) -> Array {
        Lazy::scalar(value.to_scalar()).into()
    }
}

impl<T: Element> From<Vec<T>> for Array {
    /// An array of one axis; the vector is adopted, not copied.
    fn from(values: Vec<T>) -> Array {
        let extent = values.len();
        Array::from_vec(values, [extent])
    }
}

impl<T: Element> From<&[T]> for Array {
    fn from(values: &[T]) -> Array {
        Array::from(values.to_vec())
    }
}

impl<T: Element, const N: usize> From<[T; N]> for Array {
    fn from(values: [T; N]) -> Array {
        Array::from(values.to_vec())
    }
}

impl<T: Element, const M: usize, const N: usize> From<[[T; N]; M]> for Array {
    fn from(rows: [[T; N]; M]) -> Array {
        Array::from_vec(rows.as_flattened().to_vec(), [M, N])
    }
}

impl<T: Element, const L: usize, const M: usize, const N: usize> From<[[[T; N]; M]; L]> for Array {
    fn from(planes: [[[T; N]; M]; L]) -> Array {
        Array::from_vec(planes.as_flattened().as_flattened().to_vec(), [L, M, N])
    }
}

fn filled(op: &'static str, shape: Shape, value: Scalar) -> Built {
    let ty = Type::new(value.dtype(), shape);
    match ty.is_addressable() {
        true => constant(&ty.shape, value),
        false => Err(IrError::TooLarge { op, dtype: ty.dtype, shape: ty.shape }.into()),
    }
}

/// An array filled with one number.
///
/// - result: dtype of the number, shape as given, unplaced; takes no memory until something stores it
/// - lazy: adds nodes, evaluates nothing
///
/// ```
/// assert_eq!(ondine::full([2, 2], 7u8).to_vec::<u8>()?, [7; 4]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `TooLarge` if its bytes cannot be addressed.
///
/// Source: array API standard 2025.12, `full`.
#[track_caller]
pub fn full<T: Element>(shape: impl Into<Shape>, value: T) -> Array {
    Array::settle(filled("full", shape.into(), value.to_scalar()))
}

/// An array of a given dtype filled with one number, or with the value of an array of rank 0.
///
/// ```
/// assert_eq!(ondine::full_with([2], 7, ondine::DType::F32).to_vec::<f32>()?, [7.0; 2]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Number` or `Complex` if the dtype cannot hold the number; `Argument` if the array has axes;
/// `TooLarge`.
///
/// Source: array API standard 2025.12, `full`.
#[track_caller]
pub fn full_with(shape: impl Into<Shape>, value: impl Into<Operand>, dtype: DType) -> Array {
    let (shape, value) = (shape.into(), value.into().0);
    let build = || match value.to_dtype("full", dtype)? {
        Source::Scalar(value) => filled("full", shape, value),
        Source::Lazy(value) if value.rank() > 0 => {
            Err(argument("full", format!("{} is not a number; broadcast_to() repeats arrays", value.ty())))
        }
        Source::Lazy(value) => match Type::new(dtype, shape.clone()).is_addressable() {
            true => value.broadcast(shape),
            false => Err(IrError::TooLarge { op: "full", dtype, shape }.into()),
        },
    };
    Array::settle(build())
}

/// An array of zeros in `f64`; [`zeros_with`] for another dtype.
///
/// - result: `f64`, shape as given, unplaced; takes no memory until something stores it
///
/// ```
/// assert_eq!(ondine::zeros([2]).to_vec::<f64>()?, [0.0, 0.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `TooLarge` if its bytes cannot be addressed.
///
/// Source: array API standard 2025.12, `zeros`.
#[track_caller]
pub fn zeros(shape: impl Into<Shape>) -> Array {
    Array::settle(filled("zeros", shape.into(), Scalar::zero(DType::F64)))
}

/// An array of zeros of any dtype; otherwise as [`zeros`].
///
/// ```
/// assert_eq!(ondine::zeros_with([2], ondine::DType::Bool).to_vec::<bool>()?, [false, false]);
/// # Ok::<(), ondine::Error>(())
/// ```
#[track_caller]
pub fn zeros_with(shape: impl Into<Shape>, dtype: DType) -> Array {
    Array::settle(filled("zeros", shape.into(), Scalar::zero(dtype)))
}

/// An array of ones in `f64`; [`ones_with`] for another dtype.
///
/// - result: `f64`, shape as given, unplaced; takes no memory until something stores it
///
/// ```
/// assert_eq!(ondine::ones([2]).to_vec::<f64>()?, [1.0, 1.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `TooLarge` if its bytes cannot be addressed.
///
/// Source: array API standard 2025.12, `ones`.
#[track_caller]
pub fn ones(shape: impl Into<Shape>) -> Array {
    Array::settle(filled("ones", shape.into(), Scalar::one(DType::F64)))
}

/// An array of ones of any dtype; otherwise as [`ones`].
///
/// ```
/// assert_eq!(ondine::ones_with([2], ondine::DType::I8).to_vec::<i8>()?, [1, 1]);
/// # Ok::<(), ondine::Error>(())
/// ```
#[track_caller]
pub fn ones_with(shape: impl Into<Shape>, dtype: DType) -> Array {
    Array::settle(filled("ones", shape.into(), Scalar::one(dtype)))
}

/// An array whose values do not matter: [`zeros`], because nothing is stored before it is needed.
///
/// ```
/// assert_eq!(ondine::empty([2]).size()?, 2);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// Source: array API standard 2025.12, `empty`.
#[track_caller]
pub fn empty(shape: impl Into<Shape>) -> Array {
    Array::settle(filled("empty", shape.into(), Scalar::zero(DType::F64)))
}

/// Zeros with the shape and dtype of another array.
///
/// ```
/// assert_eq!(ondine::zeros_like(&ondine::arange(2)).to_vec::<i64>()?, [0, 0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// Source: array API standard 2025.12, `zeros_like`.
#[track_caller]
pub fn zeros_like(x: &Array) -> Array {
    x.then(|x| constant(x.shape(), Scalar::zero(x.ty().dtype)))
}

/// Ones with the shape and dtype of another array.
///
/// ```
/// assert_eq!(ondine::ones_like(&ondine::arange(2)).to_vec::<i64>()?, [1, 1]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// Source: array API standard 2025.12, `ones_like`.
#[track_caller]
pub fn ones_like(x: &Array) -> Array {
    x.then(|x| constant(x.shape(), Scalar::one(x.ty().dtype)))
}

/// One number with the shape and dtype of another array.
///
/// ```
/// assert_eq!(ondine::full_like(&ondine::arange(2), 5).to_vec::<i64>()?, [5, 5]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Number` or `Complex` if the dtype cannot hold the number.
///
/// Source: array API standard 2025.12, `full_like`.
#[track_caller]
pub fn full_like<T: Element>(x: &Array, value: T) -> Array {
    x.then(|x| constant(x.shape(), convert("full_like", value.to_scalar(), x.ty().dtype)?))
}

/// `0, 1, ..` below `stop`; [`arange_with`] for another start or step.
///
/// - result: dtype of the number (integers give `i64` whatever their width), shape `[ceil(stop)]`, unplaced
///
/// ```
/// assert_eq!(ondine::arange(3).to_vec::<i64>()?, [0, 1, 2]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// Source: array API standard 2025.12, `arange`.
#[track_caller]
pub fn arange<T: Element>(stop: T) -> Array {
    let dtype = stop.to_scalar().dtype();
    Array::settle(range(Scalar::zero(dtype), stop.to_scalar(), Scalar::one(dtype)))
}

/// `start + k * step` for `k = 0, 1, ..` as long as it lies before `stop`.
///
/// - result: `i64` for integers, else the dtype of the numbers, shape `[max(0, ceil((stop - start) / step))]`, unplaced
///
/// ```
/// assert_eq!(ondine::arange_with(5, 0, -2).to_vec::<i64>()?, [5, 3, 1]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Argument` if the step is 0 or a number is bool, complex or not finite.
///
/// Source: array API standard 2025.12, `arange`.
#[track_caller]
pub fn arange_with<T: Element>(start: T, stop: T, step: T) -> Array {
    Array::settle(range(start.to_scalar(), stop.to_scalar(), step.to_scalar()))
}

fn range(start: Scalar, stop: Scalar, step: Scalar) -> Built {
    let dtype = match start.dtype().kind() {
        Kind::Integer if start.dtype() == DType::U64 => DType::U64,
        Kind::Integer => DType::I64,
        Kind::Real => start.dtype(),
        _ => return Err(argument("arange", format!("{} numbers have no range; use real ones", start.dtype()))),
    };
    let extent = match (start.to_i128(), stop.to_i128(), step.to_i128()) {
        (_, _, Some(0)) => return Err(argument("arange", "the step is 0")),
        (Some(start), Some(stop), Some(step)) => {
            let (distance, step) = if step > 0 { (stop - start, step) } else { (start - stop, -step) };
            if distance <= 0 { 0.0 } else { ((distance + step - 1) / step) as f64 }
        }
        _ => {
            let [start, stop, step] = [start, stop, step].map(|number| number.to_complex().re);
            if step == 0.0 {
                return Err(argument("arange", "the step is 0"));
            }
            ((stop - start) / step).ceil().max(0.0)
        }
    };
    // Also refuses NaN, which `max` turned into 0 only where the quotient was NaN.
    let finite = [start, stop, step].iter().all(|number| number.to_complex().re.is_finite());
    if !finite || extent >= (1u64 << 53) as f64 {
        return Err(argument("arange", format!("from {start} to {stop} by {step} has no addressable extent")));
    }
    let numbers = Lazy::apply(Op::Iota(extent as usize), [])?.cast(dtype)?;
    affine(numbers, convert("arange", step, dtype)?, convert("arange", start, dtype)?)
}

/// `x * factor + offset`, without what changes nothing.
fn affine(x: Lazy, factor: Scalar, offset: Scalar) -> Built {
    let dtype = x.ty().dtype;
    let scaled = match factor == Scalar::one(dtype) {
        true => x,
        false => Lazy::apply(Op::Binary(Binary::Mul), [x.into(), Source::Scalar(factor)])?,
    };
    match offset == Scalar::zero(dtype) {
        true => Ok(scaled),
        false => Lazy::apply(Op::Binary(Binary::Add), [scaled.into(), Source::Scalar(offset)]),
    }
}

/// `num` numbers at equal distances from `start` to `stop`, both included; [`linspace_with`] to leave out the last.
///
/// - result: floats and complex numbers keep their dtype, integers give `f64`; shape `[num]`, unplaced
///
/// ```
/// assert_eq!(ondine::linspace(0.0, 1.0, 3).to_vec::<f64>()?, [0.0, 0.5, 1.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// Source: array API standard 2025.12, `linspace`.
#[track_caller]
pub fn linspace<T: Element>(start: T, stop: T, num: usize) -> Array {
    Array::settle(spaced(start.to_scalar(), stop.to_scalar(), num, true))
}

/// As [`linspace`]; without `endpoint` the distance is `(stop - start) / num`.
///
/// ```
/// assert_eq!(ondine::linspace_with(0.0, 1.0, 2, false).to_vec::<f64>()?, [0.0, 0.5]);
/// # Ok::<(), ondine::Error>(())
/// ```
#[track_caller]
pub fn linspace_with<T: Element>(start: T, stop: T, num: usize, endpoint: bool) -> Array {
    Array::settle(spaced(start.to_scalar(), stop.to_scalar(), num, endpoint))
}

fn spaced(start: Scalar, stop: Scalar, num: usize, endpoint: bool) -> Built {
    let dtype = start.dtype().to_floating();
    let gaps = if endpoint { num.saturating_sub(1).max(1) } else { num.max(1) };
    let step: Complex64 = (stop.to_complex() - start.to_complex()) / gaps as f64;
    let place = Lazy::apply(Op::Iota(num), [])?;
    let real = place.cast(dtype.component())?;
    let step = Scalar::from_complex(dtype, step);
    let scaled = Lazy::apply(Op::Binary(Binary::Mul), [real.into(), Source::Scalar(step)])?;
    let start = convert("linspace", start, dtype)?;
    let line = Lazy::apply(Op::Binary(Binary::Add), [scaled.into(), Source::Scalar(start)])?;
    if !endpoint || num < 2 {
        return Ok(line);
    }
    // The last is exactly `stop`, whatever the rounding of the step.
    let end = crate::elementwise::literal(Scalar::from_i128(DType::I64, num as i128 - 1))?;
    let is_last = Lazy::apply(Op::Binary(Binary::Eq), [place.into(), end.into()])?;
    let stop = convert("linspace", stop, dtype)?;
    Lazy::apply(Op::Select, [is_last.into(), Source::Scalar(stop), line.into()])
}

/// The identity matrix in `f64`; [`eye_with`] for other shapes and diagonals.
///
/// ```
/// assert_eq!(ondine::eye(2).to_vec::<f64>()?, [1.0, 0.0, 0.0, 1.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// Source: array API standard 2025.12, `eye`.
#[track_caller]
pub fn eye(extent: usize) -> Array {
    Array::settle(diagonal(extent, extent, 0))
}

/// Ones where `column - row = diagonal`, else zeros, in `f64`.
///
/// - result: `f64[rows, columns]`, unplaced
///
/// ```
/// assert_eq!(ondine::eye_with(2, 3, 1).to_vec::<f64>()?, [0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
#[track_caller]
pub fn eye_with(rows: usize, columns: usize, diagonal: i64) -> Array {
    Array::settle(self::diagonal(rows, columns, diagonal))
}

fn diagonal(rows: usize, columns: usize, diagonal: i64) -> Built {
    let row = affine(
        Lazy::apply(Op::Iota(rows), [])?,
        Scalar::one(DType::I64),
        Scalar::from_i128(DType::I64, diagonal.into()),
    )?;
    let row = row.view(ondine_ir::View::Reshape([rows, 1].into()))?;
    let column = Lazy::apply(Op::Iota(columns), [])?;
    let sources = crate::elementwise::broadcast("eye", [row.into(), column.into()])?;
    Lazy::apply(Op::Binary(Binary::Eq), sources)?.cast(DType::F64)
}

/// Coordinates of a grid: for arrays of one axis each, `N` arrays of rank `N`, the first two axes swapped (`xy` indexing).
///
/// - result: the dtypes of the arrays, shape `[N2, N1, N3, ..]`
///
/// ```
/// let grid = ondine::meshgrid(&[&ondine::arange(3), &ondine::arange(2)]);
/// assert_eq!(grid[0].to_vec::<i64>()?, [0, 1, 2, 0, 1, 2]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the results: `Argument` if an array has not exactly one axis.
///
/// Source: array API standard 2025.12, `meshgrid`.
#[track_caller]
pub fn meshgrid(arrays: &[&Array]) -> Vec<Array> {
    let extents: Result<Vec<usize>, Failure> = arrays
        .iter()
        .map(|array| match &array.lazy()?.shape()[..] {
            [extent] => Ok(*extent),
            shape => Err(argument("meshgrid", format!("an array of shape {shape:?} has not exactly one axis"))),
        })
        .collect();
    let swap = |axis: usize| if arrays.len() > 1 && axis < 2 { 1 - axis } else { axis };
    let mut grid = Vec::with_capacity(arrays.len());
    match extents {
        Err(failure) => grid.resize(arrays.len(), Array::settle(Err(failure))),
        Ok(extents) => {
            let shape: Shape = (0..extents.len()).map(|axis| extents[swap(axis)]).collect();
            for (axis, array) in arrays.iter().enumerate() {
                let line: Shape =
                    (0..shape.rank()).map(|at| if at == swap(axis) { extents[axis] } else { 1 }).collect();
                grid.push(array.then(|x| x.view(ondine_ir::View::Reshape(line))?.broadcast(shape.clone())));
            }
        }
    }
    grid
}
