//! Data types: `ondine.float64` and its twelve siblings.

use ondine::DType;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

/// A data type of arrays, such as `ondine.float64`.
#[pyclass(name = "DType", module = "ondine", frozen, eq, hash, skip_from_py_object)]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PyDType(pub(crate) DType);

#[pymethods]
impl PyDType {
    /// The name, as in the array API standard.
    #[getter]
    fn name(&self) -> &'static str {
        name(self.0)
    }

    /// Bytes of one element.
    #[getter]
    fn itemsize(&self) -> usize {
        self.0.bytes()
    }

    fn __repr__(&self) -> String {
        format!("ondine.{}", name(self.0))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (&'static str,))> {
        Ok((py.import("ondine._results")?.getattr("dtype")?, (name(self.0),)))
    }
}

/// The standard's name.
pub(crate) fn name(dtype: DType) -> &'static str {
    match dtype {
        DType::Bool => "bool",
        DType::I8 => "int8",
        DType::I16 => "int16",
        DType::I32 => "int32",
        DType::I64 => "int64",
        DType::U8 => "uint8",
        DType::U16 => "uint16",
        DType::U32 => "uint32",
        DType::U64 => "uint64",
        DType::F32 => "float32",
        DType::F64 => "float64",
        DType::C64 => "complex64",
        DType::C128 => "complex128",
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for PyDType {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<PyDType> {
        match object.cast::<PyDType>() {
            Ok(dtype) => Ok(*dtype.get()),
            Err(_) => {
                Err(PyTypeError::new_err(format!("dtype: {:?} is none of ondine's, such as ondine.float32", object)))
            }
        }
    }
}

pub(crate) fn register(module: &Bound<PyModule>) -> PyResult<()> {
    DType::ALL.iter().try_for_each(|&dtype| module.add(name(dtype), PyDType(dtype)))
}
