//! What stands in brackets: integers, slices, `...`, `None`; an array of integers; and, to write, a mask.

use crate::array::PyArray;
use crate::convert;
use crate::error::Raised;
use crate::operand::{Either, either};
use ondine::{Array, DType, Pick};
use pyo3::exceptions::{PyIndexError, PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyEllipsis, PySlice, PyTuple};

/// What a key selects with.
enum Key {
    Picks(Vec<Pick>),
    /// Positions along the first axis.
    Positions(Array),
    Mask(Array),
}

/// `x[key]`.
pub(crate) fn selected(x: &Array, key: &Bound<PyAny>) -> Result<Array, Raised> {
    match parse(key)? {
        Key::Picks(picks) => Ok(x.slice(picks)),
        Key::Positions(positions) => Ok(x.take(&positions, 0)),
        Key::Mask(_) => Err(Raised(PyIndexError::new_err("getitem: masks select elements only to write so far"))),
    }
}

/// `x` after `x[key] = value`.
pub(crate) fn assigned(x: &Array, key: &Bound<PyAny>, value: &Bound<PyAny>) -> Result<Array, Raised> {
    let value = match either(value)? {
        Some(value) => value,
        None => Either::Array(convert::asarray(value, None, None)?),
    };
    match parse(key)? {
        Key::Picks(picks) => Ok(x.set(picks, value)),
        Key::Mask(mask) => {
            let (extents, own) = (mask.shape()?, x.shape()?);
            if extents != own {
                let text = format!("set: a mask of shape {extents} does not fit an array of shape {own}");
                return Err(Raised(PyIndexError::new_err(text)));
            }
            let number = ondine::full_with([], value, x.dtype()?);
            Ok(mask.where_(number, x))
        }
        Key::Positions(_) => Err(Raised(PyIndexError::new_err("set: arrays of positions only read so far"))),
    }
}

fn parse(key: &Bound<PyAny>) -> Result<Key, Raised> {
    if let Ok(tuple) = key.cast::<PyTuple>() {
        if tuple.len() == 1 && is_array(&tuple.get_item(0)?)? {
            return parse(&tuple.get_item(0)?);
        }
        return Ok(Key::Picks(tuple.iter().map(|item| pick(&item)).collect::<Result<_, _>>()?));
    }
    if !is_array(key)? {
        return Ok(Key::Picks(vec![pick(key)?]));
    }
    let array = convert::asarray(key, None, None)?;
    match (array.dtype()?, array.ndim()?) {
        (DType::Bool, _) => Ok(Key::Mask(array)),
        (dtype, 0) if dtype.is_integer() => Ok(Key::Picks(vec![pick(key)?])),
        (dtype, _) if dtype.is_integer() => Ok(Key::Positions(array)),
        (dtype, _) => {
            Err(Raised(PyIndexError::new_err(format!("getitem: {dtype} is no index; integers and bool are"))))
        }
    }
}

fn is_array(item: &Bound<PyAny>) -> PyResult<bool> {
    Ok(item.is_instance_of::<PyArray>() || item.is_instance_of::<PyBool>() || convert::is_numpy(item)?)
}

fn pick(item: &Bound<PyAny>) -> Result<Pick, Raised> {
    if item.is_none() {
        return Ok(Pick::NewAxis);
    }
    if item.is_instance_of::<PyEllipsis>() {
        return Ok(Pick::Ellipsis);
    }
    if let Ok(slice) = item.cast::<PySlice>() {
        let bound = |name: &str| -> PyResult<Option<i64>> {
            let bound = slice.getattr(name)?;
            if bound.is_none() { Ok(None) } else { Ok(Some(integer(&bound)?)) }
        };
        return Ok(Pick::Range { start: bound("start")?, stop: bound("stop")?, step: bound("step")?.unwrap_or(1) });
    }
    match integer(item) {
        Ok(at) => Ok(Pick::At(at)),
        Err(error) if error.is_instance_of::<PyTypeError>(item.py()) => Err(Raised(PyIndexError::new_err(format!(
            "getitem: {} stands in no tuple of indices; integers, slices, ... and None do",
            item.get_type()
        )))),
        Err(error) => Err(error.into()),
    }
}

/// An integer, clipped to where the ends of all axes are.
fn integer(item: &Bound<PyAny>) -> PyResult<i64> {
    match item.extract::<i64>() {
        Err(error) if error.is_instance_of::<PyOverflowError>(item.py()) => {
            Ok(if item.lt(0)? { i64::MIN } else { i64::MAX })
        }
        other => other,
    }
}
