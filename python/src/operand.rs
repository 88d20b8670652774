//! Python objects as parameters: arrays, numbers, axes, shapes.

use crate::array::PyArray;
use crate::convert;
use crate::error::{Raised, type_error, value_error};
use ondine::{Array, Axes, Complex64, DType, Operand};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyComplex, PyFloat, PyInt, PyList, PyTuple};

/// A Python number, which takes the dtype of the array that it meets.
#[derive(Clone, Copy)]
pub(crate) enum Number {
    Bool(bool),
    Int(i64),
    /// An integer too large for `int64`.
    Large(u64),
    Float(f64),
    Complex(Complex64),
}

impl Number {
    /// The number that an object is, `None` if it is none.
    pub(crate) fn of(object: &Bound<PyAny>) -> PyResult<Option<Number>> {
        // Truth values are integers to Python, so they come first.
        Ok(if let Ok(value) = object.cast::<PyBool>() {
            Some(Number::Bool(value.is_true()))
        } else if let Ok(value) = object.cast::<PyFloat>() {
            Some(Number::Float(value.value()))
        } else if object.cast::<PyInt>().is_ok() {
            Some(match object.extract::<i64>() {
                Ok(value) => Number::Int(value),
                Err(error) => Number::Large(object.extract::<u64>().map_err(|_| error)?),
            })
        } else if let Ok(value) = object.cast::<PyComplex>() {
            Some(Number::Complex(value.extract()?))
        } else {
            None
        })
    }
}

impl From<Number> for Operand {
    fn from(number: Number) -> Operand {
        match number {
            Number::Bool(value) => value.into(),
            Number::Int(value) => value.into(),
            Number::Large(value) => value.into(),
            Number::Float(value) => value.into(),
            Number::Complex(value) => value.into(),
        }
    }
}

/// The operand that an object is: an array, a number, or NumPy's of either; `None` if it is something else.
pub(crate) fn either(object: &Bound<PyAny>) -> Result<Option<Either>, Raised> {
    if let Ok(array) = object.cast::<PyArray>() {
        return Ok(Some(Either::Array(array.get().array())));
    }
    if let Some(number) = Number::of(object)? {
        return Ok(Some(Either::Number(number)));
    }
    match convert::is_numpy(object)? {
        true => Ok(Some(Either::Array(convert::asarray(object, None, None)?))),
        false => Ok(None),
    }
}

/// A parameter that is an array.
pub(crate) struct Input(pub(crate) Array);

impl std::ops::Deref for Input {
    type Target = Array;
    fn deref(&self) -> &Array {
        &self.0
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Input {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Input> {
        if let Ok(array) = object.cast::<PyArray>() {
            return Ok(Input(array.get().array()));
        }
        match convert::is_numpy(&object)? {
            true => Ok(Input(convert::asarray(&object, None, None)?)),
            false => Err(type_error(format!("{} is not an array; asarray() makes one", object.get_type())).into()),
        }
    }
}

/// A parameter that is an array of ours, where others are not converted: transforms and special functions are called through
/// SciPy, too, and there a silent copy from and to NumPy is the mistake that namespaces are to prevent.
pub(crate) struct Own(pub(crate) Array);

impl std::ops::Deref for Own {
    type Target = Array;
    fn deref(&self) -> &Array {
        &self.0
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Own {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Own> {
        match object.cast::<PyArray>() {
            Ok(array) => Ok(Own(array.get().array())),
            Err(_) => Err(foreign(&object).into()),
        }
    }
}

/// A parameter that is an array of ours, or a number beside one.
pub(crate) struct OwnOrNumber(pub(crate) Either);

impl<'a, 'py> FromPyObject<'a, 'py> for OwnOrNumber {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<OwnOrNumber> {
        if let Ok(array) = object.cast::<PyArray>() {
            return Ok(OwnOrNumber(Either::Array(array.get().array())));
        }
        match Number::of(&object)? {
            Some(number) => Ok(OwnOrNumber(Either::Number(number))),
            None => Err(foreign(&object).into()),
        }
    }
}

fn foreign(object: &Bound<PyAny>) -> Raised {
    let name = object.get_type().fully_qualified_name().map_or("the object".to_string(), |name| name.to_string());
    type_error(format!("{name} is no array of Ondine, and nothing is converted silently; ondine.asarray() makes one"))
}

/// A parameter that is an array or a number.
pub(crate) enum Either {
    Array(Array),
    Number(Number),
}

impl Either {
    /// The operand as an array, a number in the dtype of its own.
    pub(crate) fn into_array(self) -> Array {
        match self {
            Either::Array(array) => array,
            Either::Number(number) => convert::full(Vec::new(), number, None),
        }
    }

    /// The operand in a dtype.
    pub(crate) fn in_dtype(self, dtype: DType) -> Array {
        match self {
            Either::Array(array) => array.astype(dtype),
            Either::Number(number) => ondine::full_with([], number, dtype),
        }
    }
}

impl From<Either> for Operand {
    fn from(either: Either) -> Operand {
        match either {
            Either::Array(array) => array.into(),
            Either::Number(number) => number.into(),
        }
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Either {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Either> {
        match either(&object)? {
            Some(either) => Ok(either),
            None => Err(type_error(format!("{} is neither an array nor a number", object.get_type())).into()),
        }
    }
}

/// A parameter that is several arrays.
pub(crate) struct Inputs(Vec<Input>);

impl Inputs {
    pub(crate) fn refs(&self) -> Vec<&Array> {
        self.0.iter().map(|input| &input.0).collect()
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Inputs {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Inputs> {
        if object.cast::<PyList>().is_err() && object.cast::<PyTuple>().is_err() {
            return Err(type_error(format!("{} is not a list or tuple of arrays", object.get_type())).into());
        }
        Ok(Inputs(object.try_iter()?.map(|item| item?.extract()).collect::<PyResult<_>>()?))
    }
}

/// A parameter that is one integer, or several.
pub(crate) struct Integers(pub(crate) Vec<i64>);

impl<'a, 'py> FromPyObject<'a, 'py> for Integers {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Integers> {
        match object.extract::<i64>() {
            Ok(one) => Ok(Integers(vec![one])),
            Err(error) if object.cast::<PyInt>().is_ok() => Err(error),
            Err(_) => Ok(Integers(object.extract()?)),
        }
    }
}

impl From<Integers> for Axes {
    fn from(integers: Integers) -> Axes {
        Axes::Some(integers.0)
    }
}

/// The axes of a parameter `axis=None`.
pub(crate) fn axes(axis: Option<Integers>) -> Axes {
    axis.map_or(Axes::All, Axes::from)
}

/// Extents that are given as integers.
pub(crate) fn extents(op: &str, shape: &Integers) -> Result<Vec<usize>, Raised> {
    let extent = |&extent: &i64| {
        usize::try_from(extent).map_err(|_| value_error(format!("{op}: {extent} is no extent of an axis")))
    };
    shape.0.iter().map(extent).collect()
}
