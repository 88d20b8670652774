//! Searching functions of the standard.

use crate::error::{Raised, value_error};
use crate::functions::functions;
use crate::operand::{Either, Input};
use ondine::{Array, Axes, ReduceOptions, Side};

/// Options of `argmin` and `argmax`.
fn one(axis: Option<i64>, keepdims: bool) -> ReduceOptions {
    ReduceOptions { axis: axis.map_or(Axes::All, Axes::from), keepdims, ..ReduceOptions::default() }
}

fn places(x1: &Array, x2: Either, side: &str, sorter: Option<Input>) -> Result<Array, Raised> {
    let side = match side {
        "left" => Side::Left,
        "right" => Side::Right,
        _ => return Err(value_error(format!("searchsorted: side is \"left\" or \"right\", not {side:?}"))),
    };
    Ok(match sorter {
        Some(sorter) => x1.take(&sorter, 0).searchsorted(x2, side),
        None => x1.searchsorted(x2, side),
    })
}

fn taken(x: &Array, indices: &Array, axis: Option<i64>) -> Result<Array, Raised> {
    match (axis, x.ndim()?) {
        (Some(axis), _) => Ok(x.take(indices, axis)),
        (None, 1) => Ok(x.take(indices, 0)),
        (None, rank) => Err(value_error(format!("take: an array with {rank} axes needs an axis"))),
    }
}

functions! {
    /// Position of the first largest element, among all elements or along an axis; the first NaN wins.
    argmax(x, /, *, axis=None, keepdims=false) |x: Input, axis: Option<i64>, keepdims: bool|
        x.argmax_with(one(axis, keepdims));

    /// Position of the first smallest element, among all elements or along an axis; the first NaN wins.
    argmin(x, /, *, axis=None, keepdims=false) |x: Input, axis: Option<i64>, keepdims: bool|
        x.argmin_with(one(axis, keepdims));

    /// Where elements would be inserted into the sorted array `x1` to keep it sorted.
    searchsorted(x1, x2, /, *, side="left", sorter=None)
        |x1: Input, x2: Either, side: &str, sorter: Option<Input>| places(&x1, x2, side, sorter)?;

    /// Elements along an axis at positions, which count from the end where negative.
    take(x, indices, /, *, axis=None) |x: Input, indices: Input, axis: Option<i64>| taken(&x, &indices, axis)?;

    /// Elements along an axis at positions given for every line of it; other axes broadcast.
    #[pyo3(text_signature = "(x, indices, /, *, axis=-1)")]
    take_along_axis(x, indices, /, *, axis=-1) |x: Input, indices: Input, axis: i64| x.take_along_axis(&indices, axis);

    /// `x1` where the condition is true, `x2` elsewhere.
    r#where(condition, x1, x2, /) |condition: Input, x1: Either, x2: Either| condition.where_(x1, x2);
}
