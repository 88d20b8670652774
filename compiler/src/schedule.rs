//! The order of steps: among those that are ready, the one that leaves the least memory in use; in doubt the earlier node.

use ondine_ir::{Graph, NodeId, Op};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The nodes that run, in order.
pub(crate) fn schedule(graph: &Graph) -> Vec<NodeId> {
    let mut waits: Vec<usize> = graph.ids().map(|id| distinct_operands(graph, id)).collect();
    let mut ready: BinaryHeap<Reverse<(i64, NodeId)>> = BinaryHeap::new();
    for id in graph.ids().filter(|id| waits[id.index()] == 0) {
        ready.push(Reverse((growth(graph, id), id)));
    }
    let mut order = Vec::new();
    while let Some(Reverse((_, id))) = ready.pop() {
        if runs(&graph.node(id).op) {
            order.push(id);
        }
        for user in graph.users(id) {
            waits[user.index()] -= 1;
            if waits[user.index()] == 0 {
                ready.push(Reverse((growth(graph, user), user)));
            }
        }
    }
    order
}

/// True for nodes that do something: inputs, parameters, literals and views of memory do not.
pub(crate) fn runs(op: &Op) -> bool {
    !matches!(op, Op::Input { .. } | Op::Param { .. } | Op::Literal(_) | Op::View(_))
}

/// The bytes that a step adds: its outputs, less the operands that nobody else reads.
fn growth(graph: &Graph, id: NodeId) -> i64 {
    let node = graph.node(id);
    if !runs(&node.op) {
        return i64::MIN;
    }
    let added: i64 = node.outputs.iter().map(|ty| ty.bytes() as i64).sum();
    let mut operands = node.inputs.clone();
    operands.sort_unstable();
    operands.dedup();
    let last = |value: &&ondine_ir::Value| runs(graph.op(**value)) && graph.users(value.node).len() == 1;
    let freed: i64 = operands.iter().filter(last).map(|value| graph.ty(*value).bytes() as i64).sum();
    added - freed
}

fn distinct_operands(graph: &Graph, id: NodeId) -> usize {
    let mut nodes: Vec<NodeId> = graph.node(id).inputs.iter().map(|value| value.node).collect();
    nodes.sort_unstable();
    nodes.dedup();
    nodes.len()
}
