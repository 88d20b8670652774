//! Values of boxes: an array of which only a box is held, read at another box; and arrays that are zero outside a box.

use crate::fft::windows::{self, Along, Windows};
use ondine_ir::{Affine, Error, Graph, Index, Op, Pad, Scalar, Shape, Value, View, Window};
use smallvec::SmallVec;

/// The box `wanted` of an array of shape `shape`, of which `x` holds the box `held`; zero where that holds nothing.
pub(crate) fn cut(
    graph: &mut Graph,
    x: Value,
    held: &[Window],
    wanted: &[Window],
    shape: &Shape,
) -> Result<Value, Error> {
    if held == wanted {
        return Ok(x);
    }
    // Axes on which the two overlap in other than one run pass by all of the axis.
    let overlap = |axis: usize| {
        let (a, b, extent) = (held[axis], wanted[axis], shape[axis]);
        let both = windows::intersection(a, b, extent);
        windows::contains(a, both, extent) && windows::contains(b, both, extent)
    };
    if !(0..shape.rank()).all(overlap) {
        let all: Windows =
            (0..shape.rank()).map(|axis| if overlap(axis) { held[axis] } else { Window::whole(shape[axis]) }).collect();
        let x = padded(graph, x, held, &all, shape)?;
        return cut(graph, x, &all, wanted, shape);
    }
    let both: Windows =
        (0..shape.rank()).map(|axis| windows::intersection(held[axis], wanted[axis], shape[axis])).collect();
    if both.iter().zip(wanted).any(|(both, wanted)| both.extent == 0 && wanted.extent > 0) {
        let zero = graph.literal(Scalar::zero(graph.ty(x).dtype)).into();
        return graph.broadcast(zero, &wanted.iter().map(|window| window.extent).collect());
    }
    let x = sliced(graph, x, held, &both, shape)?;
    padded(graph, x, &both, wanted, shape)
}

/// A box inside the one that is held.
fn sliced(graph: &mut Graph, x: Value, held: &[Window], wanted: &[Window], shape: &Shape) -> Result<Value, Error> {
    let mut starts: SmallVec<[usize; 4]> =
        (0..shape.rank()).map(|axis| windows::offset(held[axis], wanted[axis].start, shape[axis])).collect();
    let wraps = |axis: usize| held[axis].is_whole(shape[axis]) && wanted[axis].wraps(shape[axis]);
    let shifts: SmallVec<[i64; 4]> =
        (0..shape.rank()).map(|axis| if wraps(axis) { -(starts[axis] as i64) } else { 0 }).collect();
    let mut x = x;
    let own = graph.ty(x).shape.clone();
    if let Some(view) = View::roll(&own, shifts.iter().copied()) {
        x = graph.view(view, x)?;
    }
    (0..shape.rank()).filter(|&axis| wraps(axis)).for_each(|axis| starts[axis] = 0);
    let index = (0..shape.rank()).map(|axis| Index::axis(axis).plus(starts[axis] as i64));
    let affine = Affine::new(wanted.iter().map(|window| window.extent).collect(), index);
    graph.view(View::Affine(affine), x)
}

/// A box around the one that is held, with zeros.
fn padded(graph: &mut Graph, x: Value, held: &[Window], wanted: &[Window], shape: &Shape) -> Result<Value, Error> {
    if held == wanted {
        return Ok(x);
    }
    let place = |axis: usize| {
        let start = windows::offset(wanted[axis], held[axis].start, shape[axis]);
        Window::run(if held[axis].extent == 0 { 0 } else { start }, held[axis].extent)
    };
    let pad = Pad {
        shape: wanted.iter().map(|window| window.extent).collect(),
        windows: (0..shape.rank()).map(place).collect(),
    };
    let zero = graph.literal(Scalar::zero(graph.ty(x).dtype)).into();
    Ok(graph.add(Op::Pad(pad), [x, zero])?.into())
}

/// The array where it lies in the windows, zero elsewhere.
pub(crate) fn restrict(graph: &mut Graph, x: Value, windows: &[Window]) -> Result<Value, Error> {
    let shape = graph.ty(x).shape.clone();
    let whole = windows::whole(&shape);
    let inner = cut(graph, x, &whole, windows, &shape)?;
    padded(graph, inner, windows, &whole, &shape)
}

/// The array that a padding keeps in its windows, each element in its place, with zeros elsewhere.
pub(crate) fn restriction(graph: &Graph, value: Value) -> Option<Value> {
    let Op::Pad(pad) = graph.op(value) else { return None };
    let [inner, fill] = graph.node(value.node).inputs[..] else { return None };
    if graph.as_literal(fill)?.to_complex().norm() != 0.0 || pad.windows.iter().any(|window| window.step != 1) {
        return None;
    }
    // A slice of the array, or of the array rolled so that the windows do not wrap.
    let sliced = match graph.op(inner) {
        Op::View(View::Affine(affine)) => {
            let starts =
                affine.source.iter().enumerate().map(|(axis, index)| match Along::of(index, affine.shape.rank()) {
                    Some(Along::Axis { axis: by, factor: 1, offset }) if by == axis => Some(offset as usize),
                    Some(Along::Fixed(offset)) if affine.shape.rank() > axis && affine.shape[axis] <= 1 => {
                        Some(offset as usize)
                    }
                    _ => None,
                });
            let starts: SmallVec<[usize; 4]> = starts.collect::<Option<_>>()?;
            Some((graph.node(inner.node).inputs[0], starts)).filter(|_| affine.shape.rank() == pad.shape.rank())
        }
        _ => Some((inner, SmallVec::from_elem(0, pad.shape.rank()))),
    }?;
    let (rolled, starts) = sliced;
    let (source, shifts) = match graph.op(rolled) {
        Op::View(View::Roll(shifts)) => (graph.node(rolled.node).inputs[0], shifts.clone()),
        _ => (rolled, SmallVec::from_elem(0, pad.shape.rank())),
    };
    let in_place = |axis: usize| {
        let extent = pad.shape[axis];
        extent == 0 || (pad.windows[axis].start + shifts[axis]) % extent == starts[axis] % extent
    };
    (graph.ty(source).shape == pad.shape && (0..pad.shape.rank()).all(in_place)).then_some(source)
}
