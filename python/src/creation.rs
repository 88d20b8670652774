//! Creation functions of the standard.

use crate::array::PyArray;
use crate::convert::{self, dtype_of};
use crate::device::{At, placed};
use crate::dtype::PyDType;
use crate::error::{Raised, value_error};
use crate::functions::functions;
use crate::operand::{Either, Input, Inputs, Integers, Number, extents};
use ondine::{Array, Axes, DType};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

/// A number as a parameter.
struct Scalar(Number);

impl<'a, 'py> FromPyObject<'a, 'py> for Scalar {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Scalar> {
        if let Some(number) = Number::of(&object)? {
            return Ok(Scalar(number));
        }
        // Arrays without axes and NumPy's numbers are what Python converts them to.
        for convert in ["__index__", "__float__", "__complex__"] {
            if let Ok(value) = object.call_method0(convert)
                && let Some(number) = Number::of(&value)?
            {
                return Ok(Scalar(number));
            }
        }
        Err(PyTypeError::new_err(format!("{} is not a number", object.get_type())))
    }
}

fn float(number: Number) -> f64 {
    match number {
        Number::Bool(value) => value.into(),
        Number::Int(value) => value as f64,
        Number::Large(value) => value as f64,
        Number::Float(value) => value,
        Number::Complex(value) => value.re,
    }
}

fn range(start: Number, stop: Option<Number>, step: Number, dtype: Option<DType>) -> Result<Array, Raised> {
    let (start, stop) = match stop {
        Some(stop) => (start, stop),
        None => (Number::Int(0), start),
    };
    let numbers = [start, stop, step];
    if numbers.iter().any(|number| matches!(number, Number::Complex(_))) {
        return Err(value_error("arange: complex numbers have no range; use real ones"));
    }
    let integer = |number: Number| match number {
        Number::Bool(value) => Some(value.into()),
        Number::Int(value) => Some(value),
        _ => None,
    };
    let natural = |number: Number| match number {
        Number::Large(value) => Some(value),
        number => integer(number).and_then(|value| u64::try_from(value).ok()),
    };
    let array = match (numbers.map(integer), numbers.map(natural)) {
        ([Some(start), Some(stop), Some(step)], _) => ondine::arange_with(start, stop, step),
        (_, [Some(start), Some(stop), Some(step)]) => ondine::arange_with(start, stop, step),
        _ => {
            let [start, stop, step] = numbers.map(float);
            ondine::arange_with(start, stop, step)
        }
    };
    Ok(match dtype {
        Some(dtype) => array.astype(dtype),
        None => array,
    })
}

fn spaced(start: Number, stop: Number, num: i64, endpoint: bool, dtype: Option<DType>) -> Result<Array, Raised> {
    let num = usize::try_from(num).map_err(|_| value_error(format!("linspace: {num} is no number of elements")))?;
    let complex = |number: Number| match number {
        Number::Complex(value) => value,
        number => float(number).into(),
    };
    let array = match (start, stop) {
        (Number::Complex(_), _) | (_, Number::Complex(_)) => {
            ondine::linspace_with(complex(start), complex(stop), num, endpoint)
        }
        _ => ondine::linspace_with(float(start), float(stop), num, endpoint),
    };
    Ok(match dtype {
        Some(dtype) => array.astype(dtype),
        None => array,
    })
}

fn identity(rows: i64, columns: Option<i64>, k: i64, dtype: Option<DType>) -> Result<Array, Raised> {
    let shape = extents("eye", &Integers(vec![rows, columns.unwrap_or(rows)]))?;
    Ok(ondine::eye_with(shape[0], shape[1], k).astype(dtype.unwrap_or(DType::F64)))
}

/// An array of the shape of another, filled with a number.
fn like(x: &Array, value: impl Into<ondine::Operand>, dtype: Option<PyDType>) -> Result<Array, Raised> {
    let dtype = dtype_of(dtype).map_or_else(|| x.dtype(), Ok)?;
    Ok(ondine::full_with(x.shape()?, value, dtype))
}

fn filled(shape: &Integers, value: Number, dtype: Option<PyDType>) -> Result<Array, Raised> {
    Ok(convert::full(extents("full", shape)?, value, dtype_of(dtype)))
}

fn constant(op: &str, shape: &Integers, value: i64, dtype: Option<PyDType>) -> Result<Array, Raised> {
    Ok(convert::full(extents(op, shape)?, Number::Int(value), Some(dtype_of(dtype).unwrap_or(DType::F64))))
}

/// `asarray`, which gives an array back as it is, handle and all, unless something else is asked for.
fn converted(
    object: Bound<PyAny>,
    dtype: Option<PyDType>,
    device: Option<At>,
    copy: Option<bool>,
) -> Result<Py<PyAny>, Raised> {
    let py = object.py();
    let array = convert::asarray(&object, dtype_of(dtype), copy)?;
    if let Ok(own) = object.cast::<PyArray>()
        && copy != Some(true)
        && own.get().array().dtype()? == array.dtype()?
        && device
            .as_ref()
            .is_none_or(|At(device)| own.get().array().device().ok().flatten().is_none_or(|at| at == *device))
    {
        return Ok(object.unbind());
    }
    Ok(PyArray::new(placed(array, device)?)?.into_py_any(py)?)
}

fn grid(arrays: &Inputs, indexing: &str) -> Result<Vec<Array>, Raised> {
    let grid = ondine::meshgrid(&arrays.refs());
    match indexing {
        "xy" => Ok(grid),
        "ij" if grid.len() < 2 => Ok(grid),
        "ij" => Ok(grid.iter().map(|array| array.moveaxis(Axes::from(1), Axes::from(0))).collect()),
        _ => Err(value_error(format!("meshgrid: indexing is \"xy\" or \"ij\", not {indexing:?}"))),
    }
}

functions! {
    /// `start, start + step, ..` below `stop`; with one number that is `stop`.
    #[pyo3(text_signature = "(start, /, stop=None, step=1, *, dtype=None, device=None)")]
    arange(start, /, stop=None, step=Scalar(Number::Int(1)), *, dtype=None, device=None)
        |start: Scalar, stop: Option<Scalar>, step: Scalar, dtype: Option<PyDType>, device: Option<At>|
        placed(range(start.0, stop.map(|stop| stop.0), step.0, dtype_of(dtype))?, device)?;

    /// An array from an array, a number, nested sequences, or whatever shows its memory. `copy=False` uses the memory
    /// where it is, which nobody may write to then; `None` copies memory that can be written to.
    asarray(obj, /, *, dtype=None, device=None, copy=None)
        |obj: Bound<'py, PyAny>, dtype: Option<PyDType>, device: Option<At>, copy: Option<bool>|
        converted(obj, dtype, device, copy)?;

    /// An array whose values do not matter.
    empty(shape, *, dtype=None, device=None) |shape: Integers, dtype: Option<PyDType>, device: Option<At>|
        placed(constant("empty", &shape, 0, dtype)?, device)?;

    /// An array whose values do not matter, with the shape and dtype of another.
    empty_like(x, /, *, dtype=None, device=None) |x: Input, dtype: Option<PyDType>, device: Option<At>|
        placed(like(&x, 0, dtype)?, device)?;

    /// Ones where column minus row is `k`, else zeros.
    eye(n_rows, n_cols=None, /, *, k=0, dtype=None, device=None)
        |n_rows: i64, n_cols: Option<i64>, k: i64, dtype: Option<PyDType>, device: Option<At>|
        placed(identity(n_rows, n_cols, k, dtype_of(dtype))?, device)?;

    /// An array filled with one number.
    full(shape, fill_value, *, dtype=None, device=None)
        |shape: Integers, fill_value: Scalar, dtype: Option<PyDType>, device: Option<At>|
        placed(filled(&shape, fill_value.0, dtype)?, device)?;

    /// One number with the shape and dtype of another array.
    full_like(x, /, fill_value, *, dtype=None, device=None)
        |x: Input, fill_value: Either, dtype: Option<PyDType>, device: Option<At>|
        placed(like(&x, fill_value, dtype)?, device)?;

    /// `num` numbers at equal distances from `start` to `stop`.
    linspace(start, stop, /, num, *, dtype=None, device=None, endpoint=true)
        |start: Scalar, stop: Scalar, num: i64, dtype: Option<PyDType>, device: Option<At>, endpoint: bool|
        placed(spaced(start.0, stop.0, num, endpoint, dtype_of(dtype))?, device)?;

    /// Coordinates of a grid, from the coordinates along its axes.
    meshgrid(*arrays, indexing="xy") |arrays: Inputs, indexing: &str| grid(&arrays, indexing)?;

    /// An array of ones.
    ones(shape, *, dtype=None, device=None) |shape: Integers, dtype: Option<PyDType>, device: Option<At>|
        placed(constant("ones", &shape, 1, dtype)?, device)?;

    /// Ones with the shape and dtype of another array.
    ones_like(x, /, *, dtype=None, device=None) |x: Input, dtype: Option<PyDType>, device: Option<At>|
        placed(like(&x, 1, dtype)?, device)?;

    /// An array of zeros.
    zeros(shape, *, dtype=None, device=None) |shape: Integers, dtype: Option<PyDType>, device: Option<At>|
        placed(constant("zeros", &shape, 0, dtype)?, device)?;

    /// Zeros with the shape and dtype of another array.
    zeros_like(x, /, *, dtype=None, device=None) |x: Input, dtype: Option<PyDType>, device: Option<At>|
        placed(like(&x, 0, dtype)?, device)?;
}
