//! What lies behind transforms.

use ondine_ir::{Graph, Op};

/// For every node, true if it is a transform, or reads one through ops that `passes` names.
pub(super) fn behind_transforms(graph: &Graph, passes: impl Fn(&Op) -> bool) -> Vec<bool> {
    let mut behind = vec![false; graph.len()];
    for id in graph.ids() {
        let node = graph.node(id);
        let from = node.inputs.iter().any(|value| behind[value.node.index()]);
        behind[id.index()] = matches!(node.op, Op::Fft(_)) || from && passes(&node.op);
    }
    behind
}

/// Elementwise work, and views and windows of it.
pub(super) fn is_between(op: &Op) -> bool {
    op.is_elementwise() || matches!(op, Op::View(_) | Op::Pad(_) | Op::Update(_))
}
