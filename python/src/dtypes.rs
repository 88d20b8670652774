//! Data type functions of the standard, but for `astype`.

use crate::array::PyArray;
use crate::dtype::{PyDType, name};
use crate::error::{Raised, type_error, value_error};
use crate::functions::functions;
use crate::operand::either;
use ondine::ir::Kind;
use ondine::{DType, FloatInfo, IntInfo, Operand};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

/// Limits of a floating dtype; of the component of a complex one.
#[pyclass(name = "FloatInfo", module = "ondine", frozen)]
pub(crate) struct PyFloatInfo(FloatInfo);

#[pymethods]
impl PyFloatInfo {
    /// Bits of one number.
    #[getter]
    fn bits(&self) -> u32 {
        self.0.bits
    }

    /// The real dtype.
    #[getter]
    fn dtype(&self) -> PyDType {
        PyDType(self.0.dtype)
    }

    /// The distance from 1 to the next number.
    #[getter]
    fn eps(&self) -> f64 {
        self.0.eps
    }

    /// The largest finite number.
    #[getter]
    fn max(&self) -> f64 {
        self.0.max
    }

    /// The smallest finite number.
    #[getter]
    fn min(&self) -> f64 {
        self.0.min
    }

    /// The smallest positive number of full precision.
    #[getter]
    fn smallest_normal(&self) -> f64 {
        self.0.smallest_normal
    }

    fn __repr__(&self) -> String {
        let FloatInfo { bits, eps, max, min, smallest_normal, dtype } = self.0;
        let dtype = name(dtype);
        format!(
            "finfo({dtype}: bits={bits}, eps={eps:e}, max={max:e}, min={min:e}, smallest_normal={smallest_normal:e})"
        )
    }
}

/// Limits of an integer dtype.
#[pyclass(name = "IntInfo", module = "ondine", frozen)]
pub(crate) struct PyIntInfo(IntInfo);

#[pymethods]
impl PyIntInfo {
    /// Bits of one number.
    #[getter]
    fn bits(&self) -> u32 {
        self.0.bits
    }

    /// The dtype.
    #[getter]
    fn dtype(&self) -> PyDType {
        PyDType(self.0.dtype)
    }

    /// The largest number.
    #[getter]
    fn max(&self) -> i128 {
        self.0.max
    }

    /// The smallest number.
    #[getter]
    fn min(&self) -> i128 {
        self.0.min
    }

    fn __repr__(&self) -> String {
        format!("iinfo({}: bits={}, max={}, min={})", name(self.0.dtype), self.0.bits, self.0.max, self.0.min)
    }
}

/// A parameter that is a dtype, or an array that has one.
struct Typed(DType);

impl<'a, 'py> FromPyObject<'a, 'py> for Typed {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Typed> {
        match object.cast::<PyArray>() {
            Ok(array) => Ok(Typed(array.get().array().dtype().map_err(Raised::from)?)),
            Err(_) => Ok(Typed(object.extract::<PyDType>()?.0)),
        }
    }
}

/// True if a dtype is of a kind of the standard: a name, another dtype, or several of them.
pub(crate) fn is_of(dtype: DType, kind: &Bound<PyAny>) -> Result<bool, Raised> {
    if let Ok(kinds) = kind.cast::<PyTuple>() {
        return kinds.iter().try_fold(false, |found, kind| Ok(is_of(dtype, &kind)? || found));
    }
    if let Ok(other) = kind.cast::<PyDType>() {
        return Ok(other.get().0 == dtype);
    }
    let Ok(kind) = kind.cast::<PyString>() else {
        return Err(type_error(format!("isdtype: {kind:?} is no kind; dtypes, names, and tuples of them are")));
    };
    let own = dtype.kind();
    match kind.to_string_lossy().as_ref() {
        "bool" => Ok(own == Kind::Bool),
        "signed integer" => Ok(own == Kind::Integer && dtype.is_signed()),
        "unsigned integer" => Ok(own == Kind::Integer && !dtype.is_signed()),
        "integral" => Ok(own == Kind::Integer),
        "real floating" => Ok(own == Kind::Real),
        "complex floating" => Ok(own == Kind::Complex),
        "numeric" => Ok(own != Kind::Bool),
        other => Err(value_error(format!("isdtype: {other:?} is no kind of dtype"))),
    }
}

fn common(arrays_and_dtypes: &Bound<PyTuple>) -> Result<DType, Raised> {
    let operand = |item: Bound<PyAny>| -> Result<Operand, Raised> {
        if let Ok(dtype) = item.cast::<PyDType>() {
            return Ok(ondine::zeros_with([], dtype.get().0).into());
        }
        match either(&item)? {
            Some(either) => Ok(either.into()),
            None => Err(type_error(format!("result_type: {} is no array, number or dtype", item.get_type()))),
        }
    };
    let operands = arrays_and_dtypes.iter().map(operand).collect::<Result<Vec<Operand>, Raised>>()?;
    Ok(ondine::result_type(&operands)?)
}

functions! {
    /// True if promotion takes one dtype, or that of an array, to another.
    can_cast(from_, to, /) |from_: Typed, to: PyDType| Python::attach(|py| ondine::can_cast(from_.0, to.0).into_py_any(py))?;

    /// Limits of a floating dtype, or of that of an array.
    finfo(r#type, /) |r#type: Typed| {
        let info = PyFloatInfo(ondine::finfo(r#type.0)?);
        Python::attach(|py| info.into_py_any(py))?
    };

    /// Limits of an integer dtype, or of that of an array.
    iinfo(r#type, /) |r#type: Typed| {
        let info = PyIntInfo(ondine::iinfo(r#type.0)?);
        Python::attach(|py| info.into_py_any(py))?
    };

    /// True if a dtype is of a kind: one of the standard's names, a dtype, or a tuple of them.
    isdtype(dtype, kind) |dtype: PyDType, kind: Bound<'py, PyAny>| {
        let found = is_of(dtype.0, &kind)?;
        found.into_py_any(kind.py())?
    };

    /// The dtype that arrays, dtypes and numbers have in common.
    result_type(*arrays_and_dtypes) |arrays_and_dtypes: &Bound<'py, PyTuple>| {
        let dtype = PyDType(common(arrays_and_dtypes)?);
        dtype.into_py_any(arrays_and_dtypes.py())?
    };
}
