//! Manipulation functions of the standard.

use crate::error::{Raised, type_error, value_error};
use crate::functions::functions;
use crate::operand::{Either, Input, Inputs, Integers, Number, axes, extents};
use crate::progress::detached;
use ondine::{Array, Axes, DiffOptions, Shape};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

fn joined(arrays: &Inputs, axis: Option<i64>) -> Array {
    match axis {
        Some(axis) => ondine::concat(&arrays.refs(), axis),
        None => {
            let flat: Vec<Array> = arrays.refs().iter().map(|array| array.reshape([-1])).collect();
            ondine::concat(&flat.iter().collect::<Vec<&Array>>(), 0)
        }
    }
}

fn common_shape(shapes: &Bound<PyTuple>) -> Result<Vec<usize>, Raised> {
    let mut common = Shape::default();
    for shape in shapes {
        let shape: Shape = extents("broadcast_shapes", &shape.extract()?)?.into();
        let joined = common.broadcast(&shape);
        common =
            joined.ok_or_else(|| value_error(format!("broadcast_shapes: {common} and {shape} do not broadcast")))?;
    }
    Ok(common.to_vec())
}

fn repeated(x: &Array, repeats: Either, axis: Option<i64>) -> Result<Array, Raised> {
    let flat = x.reshape([-1]);
    let (x, axis) = axis.map_or((&flat, 0), |axis| (x, axis));
    match repeats {
        Either::Array(counts) => Python::attach(|py| detached(py, || x.repeat_by(&counts, axis))),
        Either::Number(Number::Int(count)) => match usize::try_from(count) {
            Ok(count) => Ok(x.repeat(count, axis)),
            Err(_) => Err(value_error(format!("repeat: {count} is no count"))),
        },
        Either::Number(_) => Err(type_error("repeat: counts are integers")),
    }
}

/// `copy=False` asks for a view, which every reshape is.
fn reshaped(x: &Array, shape: Integers) -> Array {
    x.reshape(shape.0)
}

fn rolled(x: &Array, shift: Integers, axis: Option<Integers>) -> Array {
    x.roll(shift, axes(axis))
}

fn differences(x: &Array, axis: i64, n: i64, prepend: Option<Input>, append: Option<Input>) -> Result<Array, Raised> {
    let n = usize::try_from(n).map_err(|_| value_error(format!("diff: {n} is no number of times")))?;
    let [prepend, append] = [prepend, append].map(|array| array.map(|array| array.0));
    Ok(x.diff_with(DiffOptions { axis, n, prepend, append }))
}

functions! {
    /// The arrays repeated to their common shape.
    broadcast_arrays(*arrays) |arrays: Inputs| ondine::broadcast_arrays(&arrays.refs());

    /// The common shape of shapes.
    broadcast_shapes(*shapes) |shapes: &Bound<'py, PyTuple>| common_shape(shapes)?;

    /// The array repeated to a shape.
    broadcast_to(x, /, shape) |x: Input, shape: Integers| x.broadcast_to(extents("broadcast_to", &shape)?);

    /// The arrays one after the other along an axis; `None` takes them as one axis each.
    #[pyo3(text_signature = "(arrays, /, *, axis=0)")]
    concat(arrays, /, *, axis=Some(0)) |arrays: Inputs, axis: Option<i64>| joined(&arrays, axis);

    /// Differences of neighbours along an axis, `n` times over.
    #[pyo3(text_signature = "(x, /, *, axis=-1, n=1, prepend=None, append=None)")]
    diff(x, /, *, axis=-1, n=1, prepend=None, append=None)
        |x: Input, axis: i64, n: i64, prepend: Option<Input>, append: Option<Input>|
        differences(&x, axis, n, prepend, append)?;

    /// Axes of extent 1 inserted at positions of the result.
    expand_dims(x, /, axis) |x: Input, axis: Integers| x.expand_dims(axis);

    /// The elements backwards along some axes, or all.
    flip(x, /, *, axis=None) |x: Input, axis: Option<Integers>| x.flip(axes(axis));

    /// The last two axes swapped.
    matrix_transpose(x, /) |x: Input| x.matrix_transpose();

    /// Axes at other positions; the rest keep their order.
    moveaxis(x, source, destination, /) |x: Input, source: Integers, destination: Integers|
        x.moveaxis(source, Axes::from(destination));

    /// The axes in another order: axis `k` of the result is axis `axes[k]`.
    permute_dims(x, /, axes) |x: Input, axes: Integers| x.permute_dims(axes.0);

    /// Every element several times in a row along an axis; `None` takes the array as one axis. An array of counts has one for
    /// each position, and is evaluated.
    repeat(x, repeats, /, *, axis=None) |x: Input, repeats: Either, axis: Option<i64>| repeated(&x, repeats, axis)?;

    /// The same elements in row-major order under another shape; one extent may be -1 and follows from the others.
    reshape(x, /, shape, *, copy=None) |x: Input, shape: Integers, copy: Option<bool>| {
        let _ = copy;
        reshaped(&x, shape)
    };

    /// A cyclic shift along some axes; `None` shifts the array as if it had one axis.
    roll(x, /, shift, *, axis=None) |x: Input, shift: Integers, axis: Option<Integers>| rolled(&x, shift, axis);

    /// The array without some axes of extent 1.
    squeeze(x, /, axis) |x: Input, axis: Integers| x.squeeze(axis);

    /// Arrays of one shape along a new axis.
    stack(arrays, /, *, axis=0) |arrays: Inputs, axis: i64| ondine::stack(&arrays.refs(), axis);

    /// The array repeated along its axes; counts are aligned at the last axis.
    tile(x, repetitions, /) |x: Input, repetitions: Integers| x.tile(extents("tile", &repetitions)?);

    /// The matrices with zeros above diagonal `k`.
    tril(x, /, *, k=0) |x: Input, k: i64| x.tril(k);

    /// The matrices with zeros below diagonal `k`.
    triu(x, /, *, k=0) |x: Input, k: i64| x.triu(k);

    /// The parts of the array along an axis, without it.
    unstack(x, /, *, axis=0) |x: Input, axis: i64| x.unstack(axis)?;
}
