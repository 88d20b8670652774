//! Products of the standard's main namespace.

use crate::error::{Raised, value_error};
use crate::functions::functions;
use crate::operand::{Input, Integers};
use ondine::Contraction;
use pyo3::prelude::*;

/// A parameter `axes` of `tensordot`: a count, or the axes of both arrays.
#[derive(Default)]
struct Summed(Contraction);

fn summed(axes: &Bound<PyAny>) -> Result<Contraction, Raised> {
    match axes.extract::<i64>() {
        Ok(count) => match usize::try_from(count) {
            Ok(count) => Ok(Contraction::Adjoining(count)),
            Err(_) => Err(value_error(format!("tensordot: {count} is no number of axes"))),
        },
        Err(_) => {
            let (of_x1, of_x2): (Integers, Integers) = axes.extract()?;
            Ok(Contraction::Axes(of_x1.0, of_x2.0))
        }
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Summed {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Summed> {
        Ok(Summed(summed(&object)?))
    }
}

functions! {
    /// Product of matrices, batched over the leading axes; vectors count as a row on the left and a column on the right.
    matmul(x1, x2, /) |x1: Input, x2: Input| x1.matmul(&x2);

    /// Sum of products over some axes of both arrays: a number of adjoining ones, or two sequences.
    #[pyo3(text_signature = "(x1, x2, /, *, axes=2)")]
    tensordot(x1, x2, /, *, axes=Summed::default()) |x1: Input, x2: Input, axes: Summed| x1.tensordot(&x2, axes.0);

    /// Sum of products along an axis; the first array is conjugated.
    #[pyo3(text_signature = "(x1, x2, /, *, axis=-1)")]
    vecdot(x1, x2, /, *, axis=-1) |x1: Input, x2: Input, axis: i64| x1.vecdot(&x2, axis);
}
