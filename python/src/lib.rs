//! The Python module: a thin door to the `ondine` crate, which it calls and nothing else. It computes nothing itself.
//!
//! A function of the standard is one entry of a table (`functions!`): docstring, name, signature, and the call. Everything that
//! cannot be built raises at once; the interpreter is free for other threads while something is evaluated.

mod array;
mod compile;
mod convert;
mod creation;
mod device;
mod dlpack;
mod dtype;
mod dtypes;
mod elementwise;
mod error;
mod fft;
mod functions;
mod index;
mod inspect;
mod linalg;
mod manipulation;
mod memory;
mod operand;
mod operators;
mod products;
mod progress;
mod searching;
mod sorting;
mod special;
mod statistics;
mod trigonometric;

use pyo3::prelude::*;

/// The compiled half of the package `ondine`.
#[pymodule(gil_used = true)]
fn _native(module: &Bound<PyModule>) -> PyResult<()> {
    module.add_class::<array::PyArray>()?;
    module.add_class::<compile::PyCompiled>()?;
    module.add_class::<device::PyDevice>()?;
    module.add_class::<dtype::PyDType>()?;
    module.add_class::<inspect::PyExplanation>()?;
    module.add_class::<inspect::PyNoEvaluation>()?;
    module.add_class::<progress::PyProgress>()?;
    module.add_class::<dtypes::PyFloatInfo>()?;
    module.add_class::<dtypes::PyIntInfo>()?;
    dtype::register(module)?;
    dtypes::register(module)?;
    dlpack::register(module)?;
    creation::register(module)?;
    elementwise::register(module)?;
    manipulation::register(module)?;
    products::register(module)?;
    searching::register(module)?;
    sorting::register(module)?;
    statistics::register(module)?;
    compile::register(module)?;
    device::register(module)?;
    inspect::register(module)?;
    submodule(module, "fft", |inner| {
        fft::register(inner)?;
        trigonometric::register(inner)
    })?;
    submodule(module, "linalg", linalg::register)?;
    submodule(module, "special", special::register)
}

fn submodule(module: &Bound<PyModule>, name: &str, register: fn(&Bound<PyModule>) -> PyResult<()>) -> PyResult<()> {
    let inner = PyModule::new(module.py(), name)?;
    register(&inner)?;
    module.add_submodule(&inner)
}
