//! Sorting and set functions of the standard.

use crate::array::PyArray;
use crate::error::Raised;
use crate::functions::functions;
use crate::operand::{Either, Input};
use crate::progress::detached;
use ondine::{Array, Operand, SortOptions};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;

/// What `stable=False` allows is not needed: every sort is stable.
fn order(axis: i64, descending: bool, stable: bool) -> SortOptions {
    let _ = stable;
    SortOptions { axis, descending }
}

fn member(x1: Either, x2: Either, invert: bool) -> Result<Array, Raised> {
    let x1 = match (x1, &x2) {
        (Either::Array(x1), _) => x1,
        // A number takes the dtype that it has next to the array.
        (Either::Number(number), Either::Array(x2)) => {
            ondine::full_with([], number, ondine::result_type(&[x2.into(), number.into()])?)
        }
        (number, Either::Number(_)) => number.into_array(),
    };
    let found = match x2 {
        Either::Array(x2) => x1.isin(&x2),
        Either::Number(number) => x1.isin(Operand::from(number)),
    };
    Ok(if invert { found.logical_not() } else { found })
}

/// A named tuple of the package.
pub(crate) fn named(py: Python, name: &str, fields: Vec<Array>) -> Result<Py<PyAny>, Raised> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let module = MODULE.get_or_try_init(py, || PyResult::Ok(py.import("ondine._results")?.unbind()))?.bind(py);
    let fields = fields.into_iter().map(PyArray::new).collect::<Result<Vec<PyArray>, Raised>>()?;
    Ok(module.getattr(name)?.call1(PyTuple::new(py, fields)?)?.unbind())
}

/// The distinct values, found while other threads run.
fn distinct(py: Python, x: &Array) -> Result<ondine::Unique, Raised> {
    detached(py, || x.unique())
}

/// Positions of what is not 0, found while other threads run.
fn positions(py: Python, x: &Array) -> Result<Vec<Array>, Raised> {
    detached(py, || x.nonzero())
}

/// One row of positions per element that is not 0. An array without axes has rows without positions.
fn rows(py: Python, x: &Array) -> Result<Array, Raised> {
    match x.ndim()? {
        0 => Ok(positions(py, &x.reshape([1]))?[0].reshape([-1, 1]).slice(ondine::s![.., 0..0])),
        _ => Ok(ondine::stack(&positions(py, x)?.iter().collect::<Vec<&Array>>(), 1)),
    }
}

functions! {
    /// Positions that put the elements in order along an axis. Equal elements keep their order, NaN counts as the largest.
    #[pyo3(text_signature = "(x, /, *, axis=-1, descending=False, stable=True)")]
    argsort(x, /, *, axis=-1, descending=false, stable=true) |x: Input, axis: i64, descending: bool, stable: bool|
        x.argsort_with(order(axis, descending, stable));

    /// Positions of the elements that are not 0, one row each. Evaluates its operand.
    argwhere(x, /) |x: Input| Python::attach(|py| rows(py, &x))?;

    /// True where an element of `x1` is among those of `x2`; NaN never is.
    isin(x1, x2, /, *, invert=false) |x1: Either, x2: Either, invert: bool| member(x1, x2, invert)?;

    /// Positions of the elements that are not 0 in row-major order, one array per axis. Evaluates its operand.
    nonzero(x, /) |x: Input| Python::attach(|py| positions(py, &x))?;

    /// The elements in order along an axis. Equal elements keep their order, NaN counts as the largest.
    #[pyo3(text_signature = "(x, /, *, axis=-1, descending=False, stable=True)")]
    sort(x, /, *, axis=-1, descending=false, stable=true) |x: Input, axis: i64, descending: bool, stable: bool|
        x.sort_with(order(axis, descending, stable));

    /// The distinct values in ascending order, where each is first, which one every element is, and how often each occurs.
    /// Evaluates its operand.
    unique_all(x, /) |x: Input| Python::attach(|py| {
        let found = distinct(py, &x)?;
        named(py, "UniqueAllResult", vec![found.values, found.indices, found.inverse_indices, found.counts])
    })?;

    /// The distinct values in ascending order, and how often each occurs. Evaluates its operand.
    unique_counts(x, /) |x: Input| Python::attach(|py| {
        let found = distinct(py, &x)?;
        named(py, "UniqueCountsResult", vec![found.values, found.counts])
    })?;

    /// The distinct values in ascending order, and which one every element is. Evaluates its operand.
    unique_inverse(x, /) |x: Input| Python::attach(|py| {
        let found = distinct(py, &x)?;
        named(py, "UniqueInverseResult", vec![found.values, found.inverse_indices])
    })?;

    /// The distinct values in ascending order; every NaN is one. Evaluates its operand.
    unique_values(x, /) |x: Input| Python::attach(|py| distinct(py, &x))?.values;
}
