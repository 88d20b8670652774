//! What views pick out of joined, padded and updated arrays, and neighbouring slices that are joined again.
//!
//! Exact: elements move, or stay, and none is computed.

use crate::fft::windows::Along;
use ondine_ir::{Affine, Error, Graph, Index, Op, Shape, Value, View, Window};

/// Joins, paddings and updates that a view is followed through at most, so that no program makes the walk slow.
const DEEPEST: usize = 16;

/// The view of a part, if a view of joined, padded or updated arrays picks from one part of them alone.
pub(crate) fn picked(graph: &mut Graph, view: &Affine, operand: Value) -> Result<Option<Value>, Error> {
    let shape = &view.shape;
    let (mut source, mut from) = (view.source.clone(), operand);
    let mut found = None;
    for _ in 0..DEEPEST {
        let extents = graph.ty(from).shape.clone();
        let inputs = graph.node(from.node).inputs.clone();
        let read = |windows: &[Window]| Placed::of(&source, shape, windows, &extents);
        match graph.op(from) {
            Op::View(View::Affine(inner)) => {
                source = inner.source.iter().map(|index| index.substitute(&source, &shape[..])).collect();
                from = inputs[0];
                if found.is_none() {
                    continue;
                }
            }
            Op::Pad(pad) => match read(&pad.windows) {
                Placed::Inside(inside) => (source, from) = (inside, inputs[0]),
                Placed::Outside => return graph.broadcast(inputs[1], shape).map(Some),
                Placed::Across => break,
            },
            Op::Update(windows) => match read(windows) {
                Placed::Inside(_) if graph.ty(inputs[1]).shape.rank() < extents.rank() => {
                    return graph.broadcast(inputs[1], shape).map(Some);
                }
                Placed::Inside(inside) => (source, from) = (inside, inputs[1]),
                Placed::Outside => from = inputs[0],
                Placed::Across => break,
            },
            Op::Concat { axis } => {
                let axis = *axis;
                let mut start = 0;
                let mut parts = inputs.iter().map(|&part| {
                    let extent = graph.ty(part).shape[axis];
                    let mut windows: Vec<Window> = extents.iter().map(|&extent| Window::whole(extent)).collect();
                    windows[axis] = Window::run(start, extent);
                    start += extent;
                    (part, read(&windows))
                });
                let Some((part, Placed::Inside(inside))) = parts.find(|(_, read)| matches!(read, Placed::Inside(_)))
                else {
                    break;
                };
                drop(parts);
                (source, from) = (inside, part);
            }
            _ => break,
        }
        found = Some((source.clone(), from));
    }
    found.map(|(source, from)| graph.view(View::Affine(Affine::new(shape.clone(), source)), from)).transpose()
}

/// Where what a view reads lies, of a box.
enum Placed {
    /// All of it inside, at these indices of the box.
    Inside(Vec<Index>),
    /// Nothing inside.
    Outside,
    /// Anything else.
    Across,
}

impl Placed {
    fn of(source: &[Index], shape: &Shape, windows: &[Window], extents: &Shape) -> Placed {
        if shape.elements() == 0 {
            return Placed::Across;
        }
        let mut inside = Some(Vec::new());
        for ((index, &window), &extent) in source.iter().zip(windows).zip(extents.iter()) {
            let (axis, factor, offset, last) = match Along::of(index, shape.rank()) {
                Some(Along::Fixed(position)) => (0, 0, position, 0),
                Some(Along::Axis { axis, factor, offset }) => (axis, factor, offset, shape[axis] as i64 - 1),
                None => return Placed::Across,
            };
            if window.extent == 0 {
                return Placed::Outside;
            }
            if window.wraps(extent) {
                return Placed::Across;
            }
            let (start, step) = (window.start as i64, window.step as i64);
            let end = start + (window.extent as i64 - 1) * step;
            let (low, high) = (offset.min(offset + factor * last), offset.max(offset + factor * last));
            let is_stepwise = (offset - start) % step == 0 && factor % step == 0;
            if is_stepwise && start <= low && high <= end {
                let own = Index::axis(axis).times(factor / step).plus((offset - start) / step);
                if let Some(inside) = &mut inside {
                    inside.push(own);
                }
            } else if high < start || end < low || (offset - start) % gcd(factor, step) != 0 {
                return Placed::Outside;
            } else {
                inside = None;
            }
        }
        inside.map_or(Placed::Across, Placed::Inside)
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a.abs() } else { gcd(b, a % b) }
}

/// Views of one array, each the neighbour of the one before along the joined axis, as one view of all of them.
pub(crate) fn joined(graph: &mut Graph, axis: usize, operands: &[Value]) -> Result<Option<Value>, Error> {
    let mut parts: Vec<(Value, Option<Affine>)> = Vec::new();
    for &operand in operands {
        let view = match graph.op(operand) {
            Op::View(View::Affine(view)) => Some((graph.node(operand.node).inputs[0], view.clone())),
            _ => None,
        };
        let both = match (parts.last(), &view) {
            (Some((base, Some(before))), Some((own, view))) if base == own => continued(axis, before, view),
            _ => None,
        };
        match (both, view) {
            (Some(both), _) => parts.last_mut().expect("something was continued").1 = Some(both),
            (None, Some((base, view))) => parts.push((base, Some(view))),
            (None, None) => parts.push((operand, None)),
        }
    }
    if parts.len() == operands.len() {
        return Ok(None);
    }
    let mut values = Vec::new();
    for (value, view) in parts {
        values.push(match view {
            Some(view) => graph.view(View::Affine(view), value)?,
            None => value,
        });
    }
    match values[..] {
        [all] => Ok(Some(all)),
        _ => Ok(Some(graph.add(Op::Concat { axis }, values)?.into())),
    }
}

/// The two views as one, if the second reads on where the first ends.
fn continued(axis: usize, first: &Affine, second: &Affine) -> Option<Affine> {
    let (held, more) = (first.shape[axis], second.shape[axis]);
    let both = |(at, &extent): (usize, &usize)| if at == axis { extent + more } else { extent };
    let shape: Shape = first.shape.iter().enumerate().map(both).collect();
    // The distance between neighbours; an axis of one position does not say it.
    let along = |view: &Affine, index: &Index| Some(index.coefficients(view.shape.rank())?[axis]);
    let mut source = Vec::new();
    for (a, b) in first.source.iter().zip(&second.source) {
        let step = match (held, more) {
            (1, 1) => b.offset() - a.offset(),
            (1, _) => along(second, b)?,
            _ => along(first, a)?,
        };
        let whole = if held == 1 { a.add(&Index::axis(axis).times(step)) } else { a.clone() };
        let rest = Index::identity(shape.rank()).into_iter().enumerate();
        let rest: Vec<Index> = rest
            .map(|(at, index)| match at == axis {
                true if more == 1 => Index::constant(held as i64),
                true => index.plus(held as i64),
                false => index,
            })
            .collect();
        if whole.substitute(&rest, &shape[..]) != *b {
            return None;
        }
        source.push(whole);
    }
    Some(Affine::new(shape, source))
}
