//! Functions of arrays that are built and compiled once and called many times, and evaluation of several arrays at once.

use crate::array::PyArray;
use crate::convert;
use crate::device::{At, chosen, default};
use crate::error::{Raised, type_error};
use crate::functions::functions;
use crate::progress::detached;
use ondine::{Array, Device, Fixed};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use std::sync::{Arc, PoisonError, RwLock};

/// A function of arrays that is compiled once per dtypes and shapes of its arguments; made by `ondine.compile`.
#[pyclass(name = "Compiled", module = "ondine", frozen, dict)]
pub(crate) struct PyCompiled {
    function: Py<PyAny>,
    device: Option<Device>,
    /// Searched from the end; a function meets few types.
    made: RwLock<Vec<Arc<Made>>>,
}

struct Made {
    fixed: Fixed,
    form: Form,
}

/// What the function returns: an array, or a tuple or list of arrays.
#[derive(Clone, Copy)]
enum Form {
    One,
    Tuple,
    List,
}

impl PyCompiled {
    fn made(&self, py: Python, arguments: &[&Array], device: &Device) -> Result<Arc<Made>, Raised> {
        let find = |made: &[Arc<Made>]| made.iter().rev().find(|made| made.fixed.fits(arguments, device)).cloned();
        if let Some(made) = find(&self.made.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(made);
        }
        // Threads that meet here both compile; no lock is held while the function runs.
        let mut form = Form::One;
        let fixed = detached(py, || {
            ondine::compile_for(arguments, device, ondine::Options::default(), |arrays| {
                let (built, is) = Python::attach(|py| call(py, &self.function, arrays))?;
                form = is;
                Ok::<_, Raised>(built)
            })
        })?;
        let made = Arc::new(Made { fixed, form });
        self.made.write().unwrap_or_else(PoisonError::into_inner).push(made.clone());
        Ok(made)
    }
}

fn call(py: Python, function: &Py<PyAny>, arrays: Vec<Array>) -> Result<(Vec<Array>, Form), Raised> {
    let arguments = arrays.into_iter().map(PyArray::new).collect::<Result<Vec<PyArray>, Raised>>()?;
    let result = function.call1(py, PyTuple::new(py, arguments)?)?.into_bound(py);
    let form = match (result.is_instance_of::<PyTuple>(), result.is_instance_of::<PyList>()) {
        (true, _) => Form::Tuple,
        (_, true) => Form::List,
        _ => Form::One,
    };
    let array = |item: &Bound<PyAny>| match item.cast::<PyArray>() {
        Ok(array) => Ok(array.get().array()),
        Err(_) => Err(type_error(format!(
            "compile: the function returns {}; it must return arrays, or a tuple or list of them",
            item.get_type()
        ))),
    };
    let arrays = match form {
        Form::One => vec![array(&result)?],
        _ => result.try_iter()?.map(|item| array(&item?)).collect::<Result<_, Raised>>()?,
    };
    Ok((arrays, form))
}

#[pymethods]
impl PyCompiled {
    /// Runs the function. Numbers and NumPy's arrays are converted; results are evaluated.
    #[pyo3(signature = (*arguments))]
    fn __call__<'py>(&self, py: Python<'py>, arguments: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        let array = |item: Bound<PyAny>| convert::asarray(&item, None, None);
        let arrays = arguments.iter().map(array).collect::<Result<Vec<Array>, Raised>>()?;
        let refs: Vec<&Array> = arrays.iter().collect();
        let device = match &self.device {
            Some(device) => device.clone(),
            None => placed(&refs)?.map_or_else(default, Ok)?,
        };
        let made = self.made(py, &refs, &device)?;
        let results = detached(py, || made.fixed.call(&refs))?;
        let mut results = results.into_iter().map(PyArray::new).collect::<Result<Vec<PyArray>, Raised>>()?;
        match made.form {
            Form::One => results.remove(0).into_bound_py_any(py),
            Form::Tuple => PyTuple::new(py, results)?.into_bound_py_any(py),
            Form::List => PyList::new(py, results)?.into_bound_py_any(py),
        }
    }

    /// The function as it was.
    #[getter]
    fn __wrapped__(&self, py: Python) -> Py<PyAny> {
        self.function.clone_ref(py)
    }

    fn __repr__(&self, py: Python) -> PyResult<String> {
        Ok(format!("ondine.compile({})", self.function.bind(py).repr()?))
    }

    fn __traverse__(&self, visit: pyo3::gc::PyVisit) -> Result<(), pyo3::gc::PyTraverseError> {
        visit.call(&self.function)
    }
}

fn placed(arrays: &[&Array]) -> Result<Option<Device>, Raised> {
    for array in arrays {
        if let Some(device) = array.device()? {
            return Ok(Some(device));
        }
    }
    Ok(None)
}

fn compiled(function: Bound<PyAny>, device: Option<At>) -> Result<Py<PyAny>, Raised> {
    if !function.is_callable() {
        return Err(type_error(format!("compile: {} is no function", function.get_type())));
    }
    let py = function.py();
    let device = device.map(|at| at.0);
    let compiled = PyCompiled { function: function.unbind(), device, made: RwLock::default() };
    Ok(compiled.into_bound_py_any(py)?.unbind())
}

fn evaluated(arrays: &Bound<PyTuple>, device: Option<At>) -> Result<(), Raised> {
    let arrays = arrays.extract::<Vec<crate::operand::Input>>()?;
    let refs: Vec<&Array> = arrays.iter().map(|array| &array.0).collect();
    let device = match (device, placed(&refs)?) {
        (None, Some(device)) => device,
        (device, _) => chosen(device)?,
    };
    match refs.is_empty() {
        true => Ok(()),
        false => Python::attach(|py| detached(py, || ondine::eval_all(&refs, &device))),
    }
}

functions! {
    /// Evaluates arrays as one graph, so that what they share is computed once.
    eval_all(*arrays, device=None) |arrays: &Bound<'py, PyTuple>, device: Option<At>| evaluated(arrays, device)?;

    /// Fixes a function of arrays, to be called many times without building its graph again; also a decorator.
    ///
    /// The function runs once per dtypes and shapes of its arguments, on arrays without values: asking for those is an
    /// error. Arrays that it captures are inputs too, numbers keep the values they had then.
    compile(function, /, *, device=None) |function: Bound<'py, PyAny>, device: Option<At>| compiled(function, device)?;
}
