//! For people: what the compiler made of a graph, and counters.

use crate::functions::functions;
use ondine::Explanation;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// The story of a compilation; prints as text.
#[pyclass(name = "Explanation", module = "ondine", frozen)]
pub(crate) struct PyExplanation(pub(crate) Explanation);

#[pymethods]
impl PyExplanation {
    /// The graph as built.
    #[getter]
    fn before(&self) -> &str {
        self.0.before()
    }

    /// The graph after the last pass.
    #[getter]
    fn after(&self) -> &str {
        self.0.after()
    }

    /// The plan: steps, buffers, bytes moved, predicted peak.
    #[getter]
    fn plan(&self) -> &str {
        self.0.plan()
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        self.0.to_string()
    }
}

/// A scope in which this thread may evaluate nothing: `with ondine.no_evaluation(): ..`. What forces a value there raises.
#[pyclass(name = "no_evaluation", module = "ondine", unsendable)]
pub(crate) struct PyNoEvaluation(Vec<ondine::EvaluationGuard>);

#[pymethods]
impl PyNoEvaluation {
    #[new]
    fn new() -> PyNoEvaluation {
        PyNoEvaluation(Vec::new())
    }

    fn __enter__(&mut self) {
        self.0.push(ondine::forbid_evaluation());
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&mut self, _exception: &Bound<PyTuple>) {
        self.0.pop();
    }
}

/// The counters by name.
fn counters() -> PyResult<Py<PyAny>> {
    let stats = ondine::stats();
    Python::attach(|py| {
        let counters = PyDict::new(py);
        counters.set_item("compilations", stats.compilations)?;
        counters.set_item("evaluations", stats.evaluations)?;
        counters.set_item("uploads", stats.uploads)?;
        counters.set_item("downloads", stats.downloads)?;
        counters.set_item("transfers", stats.transfers)?;
        counters.set_item("recomputed_nodes", stats.recomputed_nodes)?;
        Ok(counters.into_any().unbind())
    })
}

functions! {
    /// What the process has done so far: graphs compiled and run, copies between devices, nodes computed more than once.
    stats() | | counters()?;
}
