//! How functions are written down: `functions!`, the crate's one macro, and what their expressions may give.

use crate::array::PyArray;
use crate::error::Raised;
use ondine::Array;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// Functions of a Python module and their registration. An entry is the docstring, the name, the signature as in Python,
/// and a closure over the parameters, whose types convert from Python; `?` raises in it.
///
/// ```text
/// /// Sine of an angle in radians.
/// sin(x, /) |x: Input| x.sin();
/// ```
macro_rules! functions {
    ($($(#[$attribute:meta])* $name:ident $signature:tt |$($parameter:ident: $type:ty),*| $build:expr;)*) => {
        $(
            #[pyo3::pyfunction]
            $(#[$attribute])*
            #[pyo3(signature = $signature)]
            // The parameters are those of the standard.
            #[allow(clippy::too_many_arguments)]
            fn $name<'py>(
                py: pyo3::Python<'py>,
                $($parameter: $type),*
            ) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::PyAny>> {
                let build = || -> Result<_, crate::error::Raised> { Ok($build) };
                crate::functions::Answer::answer(build()?, py)
            }
        )*

        pub(crate) fn register(module: &pyo3::Bound<pyo3::types::PyModule>) -> pyo3::PyResult<()> {
            use pyo3::types::PyModuleMethods;
            $(module.add_function(pyo3::wrap_pyfunction!($name, module)?)?;)*
            Ok(())
        }
    };
}

pub(crate) use functions;

/// What a function gives back.
pub(crate) trait Answer {
    fn answer(self, py: Python) -> PyResult<Bound<PyAny>>;
}

impl Answer for Array {
    /// A failed array raises here, where it is built.
    fn answer(self, py: Python) -> PyResult<Bound<PyAny>> {
        Ok(Bound::new(py, PyArray::new(self)?)?.into_any())
    }
}

impl Answer for Vec<Array> {
    fn answer(self, py: Python) -> PyResult<Bound<PyAny>> {
        let arrays = self.into_iter().map(PyArray::new).collect::<Result<Vec<PyArray>, Raised>>()?;
        Ok(PyTuple::new(py, arrays)?.into_any())
    }
}

impl Answer for Vec<usize> {
    fn answer(self, py: Python) -> PyResult<Bound<PyAny>> {
        Ok(PyTuple::new(py, self)?.into_any())
    }
}

impl Answer for Py<PyAny> {
    fn answer(self, py: Python) -> PyResult<Bound<PyAny>> {
        Ok(self.into_bound(py))
    }
}

impl Answer for () {
    fn answer(self, py: Python) -> PyResult<Bound<PyAny>> {
        Ok(py.None().into_bound(py))
    }
}
