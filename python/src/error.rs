//! Errors as exceptions: the same text, in the family that Python users expect.

use ondine::ErrorKind;
use ondine::ir::Error as IrError;
use pyo3::exceptions::*;
use pyo3::prelude::*;
use pyo3::types::PyType;

/// An exception to be raised, from this crate's side or Python's.
#[derive(Debug)]
pub(crate) struct Raised(pub(crate) PyErr);

impl From<PyErr> for Raised {
    fn from(error: PyErr) -> Raised {
        Raised(error)
    }
}

impl From<Raised> for PyErr {
    fn from(raised: Raised) -> PyErr {
        raised.0
    }
}

impl From<ondine::Error> for Raised {
    fn from(error: ondine::Error) -> Raised {
        // Python's traceback says where; the place in this crate's source says nothing to its users.
        let text = error.kind().to_string();
        Raised(match error.kind() {
            ErrorKind::Op(error) => match error {
                IrError::DType { .. } => PyTypeError::new_err(text),
                IrError::Axis { .. } | IrError::RepeatedAxis { .. } => axis_error(text),
                IrError::TooLarge { .. } => PyMemoryError::new_err(text),
                IrError::Internal { .. } => PyRuntimeError::new_err(text),
                _ => PyValueError::new_err(text),
            },
            ErrorKind::Forbidden { .. } => PyRuntimeError::new_err(text),
            ErrorKind::Device(error) => device_error(error, text),
            ErrorKind::NewAxis { .. } => axis_error(text),
            ErrorKind::Index { .. } | ErrorKind::Indices { .. } => PyIndexError::new_err(text),
            ErrorKind::Number { .. } => PyOverflowError::new_err(text),
            ErrorKind::Complex { .. } | ErrorKind::RealTransform { .. } => PyTypeError::new_err(text),
            _ => PyValueError::new_err(text),
        })
    }
}

/// The exception of a device's error.
pub(crate) fn device_error(error: &ondine::DeviceError, text: String) -> PyErr {
    use ondine::DeviceError;
    match error {
        DeviceError::OutOfMemory { .. } | DeviceError::MemoryLimit { .. } => PyMemoryError::new_err(text),
        DeviceError::Position { .. } => PyIndexError::new_err(text),
        DeviceError::Matrix { .. } => own_error("LinAlgError", text),
        DeviceError::Unsupported { .. } => PyNotImplementedError::new_err(text),
        DeviceError::UnknownDevice { .. } | DeviceError::NoMemoryLimit { .. } | DeviceError::Threads { .. } => {
            PyValueError::new_err(text)
        }
        _ => PyRuntimeError::new_err(text),
    }
}

/// `ondine.AxisError`, which is a `ValueError` and an `IndexError`, because both are expected.
fn axis_error(text: String) -> PyErr {
    own_error("AxisError", text)
}

/// An exception of the package's own.
fn own_error(name: &str, text: String) -> PyErr {
    fn class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyType>> {
        Ok(PyModule::import(py, "ondine._errors")?.getattr(name)?.cast_into()?)
    }
    Python::attach(|py| class(py, name).map_or_else(|error| error, |class| PyErr::from_type(class, (text,))))
}

/// A wrong argument.
pub(crate) fn value_error(text: impl Into<String>) -> Raised {
    Raised(PyValueError::new_err(text.into()))
}

/// An argument of a wrong type.
pub(crate) fn type_error(text: impl Into<String>) -> Raised {
    Raised(PyTypeError::new_err(text.into()))
}
