//! Transforms over several axes become transforms along one axis each.
//!
//! By definition the last axis is transformed first. Another order differs within the transform's own error bound, and is
//! chosen where neighbours can share a sweep: a transform that follows another through elementwise work starts with the
//! axis where the other ended.

use crate::Licence;
use crate::pass::{Cx, rebuild};
use ondine_ir::{Error, Fft, FftAxis, FftKind, Graph, NodeId, Op, Value};

/// Splits every transform over several axes.
pub(crate) fn split_fft(graph: &Graph, cx: &mut Cx) -> Result<Graph, Error> {
    rebuild(graph, |new, _, node, operands| {
        let Op::Fft(fft) = &node.op else { return Ok(None) };
        if fft.axes.len() == 1 {
            return Ok(None);
        }
        let mut value = operands[0];
        let defined = order(fft, None);
        let chosen = match cx.allowed.allows(Licence::Fft) {
            true => order(fft, last_axis_before(new, value)),
            false => defined.clone(),
        };
        cx.apply("split_axes", Licence::Exact);
        if chosen != defined {
            cx.apply("start_with_shared_axis", Licence::Fft);
        }
        for (kind, axis) in chosen {
            value = new.add(Op::Fft(Fft { kind, axes: vec![axis] }), [value])?.into();
        }
        Ok(Some(value))
    })
}

/// The axes of a transform in the order of work: the shared one first if it may be, the others from last to first; the
/// halved axis of a real transform first (forward) or last (inverse), because only there the line is real.
fn order(fft: &Fft, shared: Option<usize>) -> Vec<(FftKind, FftAxis)> {
    let mut axes: Vec<(FftKind, FftAxis)> = (0..fft.axes.len()).map(|at| (fft.axis_kind(at), fft.axes[at])).collect();
    axes.sort_by_key(|(kind, axis)| {
        let turn = match kind {
            FftKind::RealForward => 0,
            FftKind::Forward | FftKind::Inverse if Some(axis.axis) == shared => 1,
            FftKind::Forward | FftKind::Inverse => 2,
            FftKind::RealInverse => 3,
        };
        (turn, std::cmp::Reverse(axis.axis))
    });
    axes
}

/// The axis of the transform that a value comes from, through elementwise work.
fn last_axis_before(graph: &Graph, mut value: Value) -> Option<usize> {
    // Looking further than a kernel may hold finds nothing that could share its sweep.
    const REACH: usize = 256;
    for _ in 0..REACH {
        let node = graph.node(value.node);
        match &node.op {
            Op::Fft(fft) => return fft.axes.last().map(|axis| axis.axis),
            op if op.is_elementwise() || matches!(op, Op::Update(_)) => value = anchored_operand(graph, &node.inputs)?,
            _ => return None,
        }
    }
    None
}

/// The operand that was computed last: the likeliest to come from a transform.
fn anchored_operand(graph: &Graph, operands: &[Value]) -> Option<Value> {
    let newest = |value: &&Value| -> NodeId { value.node };
    operands.iter().filter(|value| graph.ty(**value).shape.rank() > 0).max_by_key(newest).copied()
}
