//! Manipulation functions of the standard.

use crate::error::{Raised, value_error};
use crate::functions::functions;
use crate::operand::{Input, Inputs, Integers, axes, extents};
use ondine::{Array, Axes, Shape};
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

fn repeated(x: &Array, repeats: i64, axis: Option<i64>) -> Result<Array, Raised> {
    let count = usize::try_from(repeats).map_err(|_| value_error(format!("repeat: {repeats} is no count")))?;
    Ok(match axis {
        Some(axis) => x.repeat(count, axis),
        None => x.reshape([-1]).repeat(count, 0),
    })
}

/// `copy=False` asks for a view, which every reshape is.
fn reshaped(x: &Array, shape: Integers) -> Array {
    x.reshape(shape.0)
}

fn rolled(x: &Array, shift: Integers, axis: Option<Integers>) -> Array {
    x.roll(shift, axes(axis))
}

/// The parts of an array along an axis, one per position.
fn parts(x: &Array, axis: i64) -> Result<Vec<Array>, Raised> {
    let first = x.moveaxis(axis, 0);
    let count = first.shape()?[0];
    Ok((0..count).map(|at| first.slice(ondine::s![at])).collect())
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

    /// Every element several times in a row along an axis; `None` takes the array as one axis.
    repeat(x, repeats, /, *, axis=None) |x: Input, repeats: i64, axis: Option<i64>| repeated(&x, repeats, axis)?;

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

    /// The parts of the array along an axis, without it.
    unstack(x, /, *, axis=0) |x: Input, axis: i64| parts(&x, axis)?;
}
