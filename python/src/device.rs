//! Devices.

use crate::error::{Raised, device_error};
use crate::functions::functions;
use ondine::{Array, Device};
use pyo3::prelude::*;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A device that computes: `ondine.Device("cpu")`, `ondine.Device("reference")`.
#[pyclass(name = "Device", module = "ondine", frozen, eq, skip_from_py_object)]
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PyDevice(pub(crate) Device);

fn checked<T>(result: Result<T, ondine::DeviceError>) -> PyResult<T> {
    result.map_err(|error| device_error(&error, error.to_string()))
}

#[pymethods]
impl PyDevice {
    #[new]
    #[pyo3(signature = (name, /))]
    fn new(name: &str) -> PyResult<PyDevice> {
        Ok(PyDevice(checked(Device::from_name(name))?))
    }

    /// Its name.
    #[getter]
    fn name(&self) -> &str {
        self.0.name()
    }

    /// How many threads work on one graph, the caller included; `None` if the device has no choice of its own.
    #[getter]
    fn threads(&self) -> Option<usize> {
        self.0.threads()
    }

    /// Sets how many threads work on one graph, the caller included. Results do not depend on it.
    #[pyo3(signature = (count, /))]
    fn set_threads(&self, count: usize) -> PyResult<()> {
        checked(self.0.set_threads(count))
    }

    /// Sets how many bytes may be in use while a graph runs; a graph that would need more is refused before it runs.
    #[pyo3(signature = (count, /))]
    fn set_memory_limit(&self, count: usize) -> PyResult<()> {
        checked(self.0.set_memory_limit(count))
    }

    /// Gives memory that is kept for later runs back to the system.
    fn release(&self) {
        self.0.release();
    }

    fn __repr__(&self) -> String {
        format!("ondine.Device(\"{}\")", self.0.name())
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.name().hash(&mut hasher);
        hasher.finish()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, (String,)) {
        (slf.get_type().into_any(), (slf.get().0.name().to_string(),))
    }
}

/// The device that serves where none is named.
pub(crate) fn default() -> PyResult<Device> {
    checked(Device::default())
}

/// A parameter `device=`: a device, or its name.
pub(crate) struct At(pub(crate) Device);

impl<'a, 'py> FromPyObject<'a, 'py> for At {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<At> {
        match object.cast::<PyDevice>() {
            Ok(device) => Ok(At(device.get().0.clone())),
            Err(_) => Ok(At(checked(Device::from_name(object.extract::<&str>()?))?)),
        }
    }
}

/// The device of a call.
pub(crate) fn chosen(device: Option<At>) -> PyResult<Device> {
    device.map_or_else(default, |at| Ok(at.0))
}

/// What a creation function makes, on the device that is asked for. What is placed nowhere goes where it is needed, so
/// the default device asks for nothing.
pub(crate) fn placed(array: Array, device: Option<At>) -> Result<Array, Raised> {
    Ok(match device {
        Some(At(device)) if device != default()? => array.to(&device),
        _ => array,
    })
}

functions! {
    /// Sets how many threads of the default device work on one graph, the caller included. Results do not depend on it.
    set_threads(count, /) |count: usize| checked(default()?.set_threads(count))?;
}
