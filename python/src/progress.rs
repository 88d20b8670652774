//! Progress: how far evaluations are, told to a function of Python's, or drawn.

use crate::array::PyArray;
use crate::error::{Raised, type_error};
use ondine::{Progress, ProgressGuard};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::cell::RefCell;

thread_local! {
    /// What a callback raised while something was evaluated.
    static RAISED: RefCell<Option<PyErr>> = const { RefCell::new(None) };
    /// What was raised in the buffer protocol, and the address of the array.
    static KEPT: RefCell<Option<(usize, PyErr)>> = const { RefCell::new(None) };
}

/// Evaluates something while other threads run. What a callback raised meanwhile is raised now, when the value is there.
pub(crate) fn detached<T, E>(py: Python, evaluate: impl FnOnce() -> Result<T, E> + Send) -> Result<T, Raised>
where
    T: Send,
    E: Send,
    Raised: From<E>,
{
    let result = py.detach(evaluate);
    match RAISED.take() {
        Some(error) => Err(Raised(error)),
        None => Ok(result?),
    }
}

/// Keeps what a callback raised while the buffer protocol asked for the value of an array, which is there now. NumPy drops
/// it and asks again by `__array__`, where [`kept`] raises it.
pub(crate) fn keep(array: &Bound<PyArray>, raised: Option<&Raised>) {
    let raised = raised.filter(|_| array.get().array().is_ready());
    KEPT.set(raised.map(|raised| (array.as_ptr().addr(), raised.0.clone_ref(array.py()))));
}

/// Raises what was kept last, if it is this array's.
pub(crate) fn kept(array: &Bound<PyArray>) -> Result<(), Raised> {
    match KEPT.take() {
        Some((address, error)) if address == array.as_ptr().addr() => Err(Raised(error)),
        _ => Ok(()),
    }
}

/// A scope in which evaluations on this thread report how far they are: `with ondine.progress(): ..` draws a bar by tqdm.
///
/// With a function, `with ondine.progress(callback): ..` calls `callback(done, total, label)` instead: before each step of an
/// evaluation's plan, with the plan's line for it as label, and once when all steps have run (`done == total`), with the name
/// of the result. Whatever evaluates is reported, `numpy.asarray(x)` and `float(x)` too. The first call comes when the graph is
/// compiled. `total` is known then, but grows once if the graph was compiled for finite values and one is not, and is an estimate
/// where more than 65,536 ops run in parts. On a GPU steps are counted when they are queued.
///
/// The callback may evaluate nothing. What it raises, Ctrl-C included, is raised when the evaluation is over and its values are
/// there; until then it is not called again.
///
///     >>> x = ondine.asarray([1.0, 4.0], device="reference").named("x")
///     >>> with ondine.progress(print):
///     ...     total = float(ondine.sum(ondine.sqrt(x)).named("total"))
///     0 2 %0 = sqrt(%x)
///     1 2 %1 = sum(%0, axes=[0])
///     2 2 total
#[pyclass(name = "progress", module = "ondine", unsendable)]
pub(crate) struct PyProgress {
    callback: Option<Py<PyAny>>,
    entered: Vec<Entered>,
}

/// A scope that was entered, with the bar if it draws one.
struct Entered {
    _guard: ProgressGuard,
    bar: Option<Py<PyAny>>,
}

#[pymethods]
impl PyProgress {
    #[new]
    #[pyo3(signature = (callback = None))]
    fn new(callback: Option<Bound<PyAny>>) -> Result<PyProgress, Raised> {
        match callback {
            Some(callback) if !callback.is_callable() => {
                Err(type_error(format!("progress: {} is no function of done, total and label", callback.get_type())))
            }
            callback => Ok(PyProgress { callback: callback.map(Bound::unbind), entered: Vec::new() }),
        }
    }

    fn __enter__(&mut self, py: Python) -> PyResult<()> {
        let bar = match self.callback {
            Some(_) => None,
            None => Some(py.import("ondine._progress")?.getattr("Bar")?.call0()?.unbind()),
        };
        let callback =
            bar.as_ref().or(self.callback.as_ref()).expect("without a callback there is a bar").clone_ref(py);
        let _guard = ondine::report_progress(move |progress| tell(&callback, progress));
        self.entered.push(Entered { _guard, bar });
        Ok(())
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&mut self, py: Python, _exception: &Bound<PyTuple>) -> PyResult<()> {
        KEPT.take();
        match self.entered.pop() {
            Some(Entered { bar: Some(bar), .. }) => bar.call_method0(py, "close").map(|_| ()),
            _ => Ok(()),
        }
    }
}

fn tell(callback: &Py<PyAny>, progress: &Progress) {
    if RAISED.with_borrow(Option::is_none) {
        let called = Python::attach(|py| callback.call1(py, (progress.done, progress.total, progress.label)));
        RAISED.set(called.err());
    }
}
