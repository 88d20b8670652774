//! `Array`: a mutable handle on an array, which itself never changes. `x[...] = y` and `x += y` give the handle another.

use crate::convert;
use crate::device::{At, PyDevice, chosen, default};
use crate::dtype::{PyDType, name};
use crate::error::{Raised, type_error, value_error};
use crate::index::{assigned, selected};
use crate::inspect::PyExplanation;
use crate::progress::{detached, kept};
use ondine::ir::Scalar;
use ondine::{Array, Buffer, Complex64};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyTuple};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// A lazy array of any dtype and shape.
///
/// Calls build a graph; `eval`, `numpy.asarray`, `bool`, `int`, `float` and `complex` compute. `repr` never does.
#[pyclass(name = "Array", module = "ondine", frozen, weakref)]
pub(crate) struct PyArray(Mutex<Array>);

impl PyArray {
    /// A handle on an array; what could not be built raises.
    pub(crate) fn new(array: Array) -> Result<PyArray, Raised> {
        array.check()?;
        Ok(PyArray(Mutex::new(array)))
    }

    /// The array that the handle is on now.
    pub(crate) fn array(&self) -> Array {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts the handle on another array of the same dtype and shape.
    pub(crate) fn rebind(&self, op: &str, array: Array) -> Result<(), Raised> {
        let mut own = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (had, has) = (own.dtype()?, array.dtype()?);
        if had != has {
            return Err(type_error(format!("{op}: the result is {}, and {} stays what it is", name(has), name(had))));
        }
        let (had, has) = (own.shape()?, array.shape()?);
        if had != has {
            return Err(value_error(format!("{op}: the result has shape {has}, and {had} stays what it is")));
        }
        let old = std::mem::replace(&mut *own, array);
        drop(own);
        drop(old);
        Ok(())
    }

    /// The value in host memory. Other threads run while it is computed.
    pub(crate) fn host(&self, py: Python) -> Result<Buffer, Raised> {
        let array = self.array();
        match array.is_ready() {
            true => Ok(array.to_host()?),
            false => Ok(detached(py, || array.to_host())?),
        }
    }

    /// The value of an array without axes, for a conversion to one of Python's numbers.
    fn number(&self, py: Python, to: &str) -> Result<Scalar, Raised> {
        let array = self.array();
        let rank = array.ndim()?;
        if rank != 0 {
            return Err(type_error(format!("{to}: an array with {rank} axes is not a number")));
        }
        match array.is_ready() {
            true => Ok(array.scalar()?),
            false => Ok(detached(py, || array.scalar())?),
        }
    }

    fn real_number(&self, py: Python, to: &str) -> Result<Scalar, Raised> {
        let scalar = self.number(py, to)?;
        match scalar.dtype().is_complex() {
            true => Err(type_error(format!("{to}: a complex number is not real; take its real() or imag() first"))),
            false => Ok(scalar),
        }
    }
}

#[pymethods]
impl PyArray {
    /// Data type of the elements.
    #[getter]
    fn dtype(&self) -> Result<PyDType, Raised> {
        Ok(PyDType(self.array().dtype()?))
    }

    /// The device that holds the elements, or that will compute them.
    #[getter]
    fn device(&self) -> Result<PyDevice, Raised> {
        Ok(PyDevice(match self.array().device()? {
            Some(device) => device,
            None => default()?,
        }))
    }

    /// Number of axes.
    #[getter]
    fn ndim(&self) -> Result<usize, Raised> {
        Ok(self.array().ndim()?)
    }

    /// Extents of the axes.
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyTuple>, Raised> {
        Ok(PyTuple::new(py, self.array().shape()?.iter())?)
    }

    /// Number of elements.
    #[getter]
    fn size(&self) -> Result<usize, Raised> {
        Ok(self.array().size()?)
    }

    /// The transpose of a matrix.
    #[getter(T)]
    fn transpose(&self) -> Result<PyArray, Raised> {
        match self.array().ndim()? {
            2 => PyArray::new(self.array().matrix_transpose()),
            rank => {
                Err(value_error(format!("T: an array with {rank} axes is not a matrix; mT swaps the last two axes")))
            }
        }
    }

    /// The array with its last two axes swapped.
    #[getter(mT)]
    fn matrix_transpose(&self) -> Result<PyArray, Raised> {
        PyArray::new(self.array().matrix_transpose())
    }

    /// True if the value is there, so that reading it computes nothing.
    #[getter]
    fn is_ready(&self) -> bool {
        self.array().is_ready()
    }

    /// Evaluates the array, on its device or the one given, and returns it. Other threads run meanwhile.
    #[pyo3(signature = (device = None))]
    fn eval(slf: Bound<'_, Self>, device: Option<At>) -> Result<Bound<'_, Self>, Raised> {
        let array = slf.get().array();
        let device = match (device, array.device()?) {
            (None, Some(device)) => device,
            (device, _) => chosen(device)?,
        };
        detached(slf.py(), || array.eval(&device))?;
        Ok(slf)
    }

    /// The array on another device: the only way from one to another.
    #[pyo3(signature = (device, /, *, stream = None))]
    fn to_device(&self, device: At, stream: Option<Bound<PyAny>>) -> Result<PyArray, Raised> {
        match stream {
            Some(stream) => Err(value_error(format!("to_device: stream {stream} means nothing to {}", device.0))),
            None => PyArray::new(self.array().to(&device.0)),
        }
    }

    /// Labels the array in dumps and pictures, and returns it.
    #[pyo3(signature = (name, /))]
    fn named<'py>(slf: Bound<'py, Self>, name: &str) -> Bound<'py, Self> {
        slf.get().array().named(name);
        slf
    }

    /// The graph of what is pending, as built, in text. Evaluates nothing.
    fn dump(&self) -> Result<String, Raised> {
        Ok(self.array().dump()?)
    }

    /// The graph of what is pending in Graphviz's language. Evaluates nothing.
    fn dot(&self) -> Result<String, Raised> {
        Ok(self.array().dot()?)
    }

    /// What a device makes of the pending graph. Compiles, but evaluates nothing.
    #[pyo3(signature = (device = None))]
    fn explain(&self, py: Python, device: Option<At>) -> Result<PyExplanation, Raised> {
        let (array, device) = (self.array(), chosen(device)?);
        Ok(PyExplanation(py.detach(|| array.explain(&device))?))
    }

    /// A picture of what is pending, for notebooks; none of a value.
    fn _repr_svg_(&self) -> Result<Option<String>, Raised> {
        let array = self.array();
        Ok(if array.is_ready() { None } else { Some(array.svg()?) })
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.array())
    }

    fn __len__(&self) -> Result<usize, Raised> {
        self.array().shape()?.first().copied().ok_or_else(|| type_error("len: an array without axes has none"))
    }

    fn __iter__(slf: Bound<Self>) -> PyResult<PyRows> {
        let count = slf.get().__len__()?;
        Ok(PyRows { of: slf.unbind(), next: AtomicUsize::new(0), count })
    }

    fn __getitem__(&self, key: &Bound<PyAny>) -> Result<PyArray, Raised> {
        PyArray::new(selected(&self.array(), key)?)
    }

    fn __setitem__(&self, key: &Bound<PyAny>, value: &Bound<PyAny>) -> Result<(), Raised> {
        self.rebind("set", assigned(&self.array(), key, value)?)
    }

    fn __bool__(&self, py: Python) -> Result<bool, Raised> {
        let array = self.array();
        match array.ndim()? {
            0 => Ok(self.number(py, "bool")?.to_complex() != Complex64::ZERO),
            rank => Err(value_error(format!(
                "bool: an array with {rank} axes is neither true nor false; use any() or all()"
            ))),
        }
    }

    fn __int__<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>, Raised> {
        let scalar = self.real_number(py, "int")?;
        match scalar.to_i128() {
            Some(value) => Ok(value_of_integer(py, value)?),
            // Python's own errors for NaN and infinities.
            None => Ok(PyFloat::new(py, scalar.to_complex().re).call_method0("__int__")?),
        }
    }

    fn __index__<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>, Raised> {
        let array = self.array();
        match (array.dtype()?, array.ndim()?) {
            (dtype, 0) if dtype.is_integer() => {
                let value = self.number(py, "index")?.to_i128().expect("integers are integers");
                Ok(value_of_integer(py, value)?)
            }
            (dtype, _) => Err(type_error(format!("index: only a single integer is one, not {}", name(dtype)))),
        }
    }

    fn __float__(&self, py: Python) -> Result<f64, Raised> {
        Ok(self.real_number(py, "float")?.to_complex().re)
    }

    fn __complex__(&self, py: Python) -> Result<Complex64, Raised> {
        Ok(self.number(py, "complex")?.to_complex())
    }

    /// NumPy's view of the value: read only, not copied unless that is asked for.
    #[pyo3(signature = (dtype = None, copy = None))]
    fn __array__<'py>(
        slf: Bound<'py, Self>,
        dtype: Option<Bound<'py, PyAny>>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        kept(&slf)?;
        convert::to_numpy(&slf.into_any(), dtype, copy)
    }

    /// NumPy leaves operators with its arrays to this class.
    #[classattr]
    fn __array_ufunc__() -> Option<bool> {
        None
    }

    #[pyo3(signature = (*, api_version = None))]
    fn __array_namespace__<'py>(&self, py: Python<'py>, api_version: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        let module = py.import("ondine")?;
        let own: String = module.getattr("__array_api_version__")?.extract()?;
        match api_version {
            // Later versions only add to earlier ones.
            Some(version) if !VERSIONS.contains(&version) && version != own => {
                Err(value_error(format!("__array_namespace__: this is version {own}, not {version}")).into())
            }
            _ => Ok(module.into_any()),
        }
    }

    /// The handle itself has no copy: the array behind it never changes.
    fn __copy__(&self) -> Result<PyArray, Raised> {
        PyArray::new(self.array())
    }

    /// Pickling evaluates. The value comes back placed nowhere.
    fn __reduce__<'py>(&self, py: Python<'py>) -> Result<(Bound<'py, PyAny>, Bound<'py, PyTuple>), Raised> {
        let restore = py.import("ondine._results")?.getattr("restored")?;
        let host = self.host(py)?;
        let ty = host.ty();
        let shape = PyTuple::new(py, ty.shape.iter())?;
        Ok((restore, (PyBytes::new(py, host.bytes()), PyDType(ty.dtype), shape).into_pyobject(py)?))
    }

    #[staticmethod]
    fn _restored(data: &[u8], dtype: PyDType, shape: Vec<usize>) -> Result<PyArray, Raised> {
        PyArray::new(Array::from_bytes(data, dtype.0, shape))
    }

    #[pyo3(signature = (_memo, /))]
    fn __deepcopy__(&self, _memo: &Bound<PyDict>) -> Result<PyArray, Raised> {
        PyArray::new(self.array())
    }
}

/// Versions of the standard before the one that the module implements.
const VERSIONS: [&str; 4] = ["2021.12", "2022.12", "2023.12", "2024.12"];

fn value_of_integer(py: Python, value: i128) -> PyResult<Bound<PyAny>> {
    match i64::try_from(value) {
        Ok(value) => value.into_bound_py_any(py),
        Err(_) => (value as u64).into_bound_py_any(py),
    }
}

/// The arrays along the first axis, one after the other.
#[pyclass(frozen)]
pub(crate) struct PyRows {
    of: Py<PyArray>,
    next: AtomicUsize,
    count: usize,
}

#[pymethods]
impl PyRows {
    fn __iter__(slf: Bound<Self>) -> Bound<Self> {
        slf
    }

    fn __next__(&self) -> Result<Option<PyArray>, Raised> {
        let at = self.next.fetch_add(1, Ordering::Relaxed);
        match at < self.count {
            true => Ok(Some(PyArray::new(self.of.get().array().slice(ondine::s![at]))?)),
            false => Ok(None),
        }
    }
}
