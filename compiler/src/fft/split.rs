//! Transforms over several axes become transforms along one axis each.
//!
//! By definition the last axis is transformed first. Another order differs within the transform's own error bound. The
//! cheapest one is taken: a narrow output window leaves fewer lines for the axes after it, a narrow input window for those
//! before it; and a transform that follows another through elementwise work shares a sweep with it if it starts with the
//! axis where the other ended.

use crate::Licence;
use crate::pass::{Cx, rebuild};
use ondine_ir::{Error, Fft, FftAxis, FftKind, Graph, Op, Type, Value};
use std::collections::BTreeSet;

/// Splits every transform over several axes.
pub(crate) fn split_fft(graph: &Graph, cx: &mut Cx) -> Result<Graph, Error> {
    rebuild(graph, |new, _, node, operands| {
        let Op::Fft(fft) = &node.op else { return Ok(None) };
        if fft.axes.len() == 1 {
            return Ok(None);
        }
        let mut value = operands[0];
        let defined = defined_order(fft);
        let chosen = match cx.allowed.allows(Licence::Fft) {
            true => cheapest_order(fft, new.ty(value), last_axis_before(new, value)),
            false => defined.clone(),
        };
        cx.apply("split_axes", Licence::Exact);
        if chosen != defined {
            cx.apply("order_axes", Licence::Fft);
        }
        for (kind, axis) in chosen {
            value = new.add(Op::Fft(Fft { kind, axes: vec![axis] }), [value])?.into();
        }
        Ok(Some(value))
    })
}

/// One transform along one axis.
type Turn = (FftKind, FftAxis);

/// The axes from last to first; the halved axis of a real transform first (forward) or last (inverse), because only there
/// the line is real.
fn defined_order(fft: &Fft) -> Vec<Turn> {
    let mut turns: Vec<Turn> = (0..fft.axes.len()).map(|at| (fft.axis_kind(at), fft.axes[at])).collect();
    turns.sort_by_key(|(kind, axis)| (rank_of(*kind), std::cmp::Reverse(axis.axis)));
    turns
}

fn rank_of(kind: FftKind) -> u8 {
    match kind {
        FftKind::RealForward => 0,
        FftKind::Forward | FftKind::Inverse => 1,
        FftKind::RealInverse => 2,
    }
}

/// More axes than this keep the defined order.
const MOST_ORDERED: usize = 5;

/// The order with the least cost; the defined one and its neighbours first where several cost the same.
fn cheapest_order(fft: &Fft, operand: &Type, shared: Option<usize>) -> Vec<Turn> {
    let defined = defined_order(fft);
    if defined.len() > MOST_ORDERED {
        return defined;
    }
    let mut best = (cost(&defined, operand, shared), defined.clone());
    let mut open = vec![(Vec::new(), defined)];
    while let Some((taken, left)) = open.pop() {
        if left.is_empty() {
            let cost = cost(&taken, operand, shared);
            if cost < best.0 {
                best = (cost, taken);
            }
            continue;
        }
        let first = rank_of(left[0].0);
        for at in (0..left.len()).filter(|&at| rank_of(left[at].0) == first) {
            let (mut taken, mut left) = (taken.clone(), left.clone());
            taken.push(left.remove(at));
            open.push((taken, left));
        }
    }
    best.1
}

/// Nanoseconds, roughly, on one thread: bytes over memory and the operations of the transforms. Only ratios matter.
fn cost(turns: &[Turn], operand: &Type, shared: Option<usize>) -> f64 {
    const BYTE: f64 = 0.1;
    const OPERATION: f64 = 0.05;
    // A gather across lines reads as much, in smaller pieces.
    const STRIDED: f64 = 1.5;
    let mut shape = operand.shape.clone();
    let mut total = 0.0;
    let element = operand.dtype.to_complex().bytes() as f64;
    for (at, (_, along)) in turns.iter().enumerate() {
        let read = shape.elements() as f64 * element;
        let lines = shape.with(along.axis, 1).elements() as f64;
        shape = shape.with(along.axis, along.output.extent);
        let written = shape.elements() as f64 * element;
        let strided = if along.axis + 1 == shape.rank() { 1.0 } else { STRIDED };
        let len = along.len as f64;
        total += OPERATION * lines * 5.0 * len * len.log2().max(1.0);
        total += BYTE * written * strided;
        // In the sweep of the transform before, nothing is read, and nothing was written to be read.
        total += match at == 0 && shared == Some(along.axis) {
            true => -BYTE * read,
            false => BYTE * read * strided,
        };
    }
    total
}

/// The axis of the last transform that a value comes from through elementwise work.
fn last_axis_before(graph: &Graph, value: Value) -> Option<usize> {
    // Looking further than a kernel may hold finds nothing that could share its sweep.
    const REACH: usize = 256;
    let shape = &graph.ty(value).shape;
    // From the newest node on, so that every node is seen once.
    let mut open = BTreeSet::from([value.node]);
    for _ in 0..REACH {
        let node = graph.node(open.pop_last()?);
        match &node.op {
            Op::Fft(fft) => return fft.axes.last().map(|axis| axis.axis),
            op if op.is_elementwise() || matches!(op, Op::Update(_)) => {
                open.extend(node.inputs.iter().filter(|operand| graph.ty(**operand).shape == *shape).map(|o| o.node));
            }
            _ => {}
        }
    }
    None
}
