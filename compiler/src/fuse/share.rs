//! Which values are written to memory although a region could compute them.
//!
//! A value that several kernels need is computed in each of them while that is cheap, and written once when it is not. A
//! view counts as a reader of its own, because it asks for other elements: two views that ask for other halves of a value
//! repeat nothing, and neither do the real part here and the imaginary part there.

use crate::fuse::cluster::Cluster;
use crate::fuse::{combined, is_anchor, is_inlined, is_nested, is_reshape};
use crate::pass::{Cx, Remark};
use ondine_ir::{Graph, NodeId, Op, Unary, View};
use smallvec::{SmallVec, smallvec};

/// The cost, in additions, up to which work is repeated rather than written to memory and read back.
pub(crate) const COPIED: u32 = 8;

/// Kernels for which a view that turns an array is written once, so that they read neighbours.
const MANY: usize = 4;

/// Readers of one value that are told apart.
const MOST: usize = 16;

/// Who computes a value, and how many times all of it: kernels, and views that ask for elements of their own.
#[derive(Clone, Default)]
struct Readers(SmallVec<[(NodeId, f64); 2]>);

impl Readers {
    fn one(id: NodeId, times: f64) -> Readers {
        Readers(smallvec![(id, times)])
    }

    /// One reader computes an element once, however often it uses it.
    fn include(&mut self, id: NodeId, times: f64) {
        // More would not change a decision.
        let is_decided = self.times() >= 2.0 && self.0.len() >= MANY;
        let is_full = self.0.len() >= MOST;
        match self.0.iter_mut().find(|(own, _)| *own == id) {
            Some((_, own)) => *own = own.max(times).max((*own + times).min(1.0)),
            None if is_decided => {}
            None if is_full => self.0[0].1 += times,
            None => self.0.push((id, times)),
        }
    }

    fn times(&self) -> f64 {
        self.0.iter().map(|(_, times)| times).sum()
    }

    /// What all readers together compute again, in additions an element.
    fn repeated(&self, cost: u32) -> f64 {
        cost as f64 * (self.times() - 1.0).clamp(0.0, 1.0)
    }
}

/// For every node, true if its value is in memory.
pub(crate) fn stored(graph: &Graph, clusters: &[Cluster], cx: &mut Cx) -> Vec<bool> {
    let mut kernel_of: Vec<Option<NodeId>> = vec![None; graph.len()];
    let mut is_exit = vec![false; graph.len()];
    for cluster in clusters {
        for member in &cluster.members {
            kernel_of[member.index()] = Some(cluster.exit());
        }
        cluster.exits.iter().for_each(|exit| is_exit[exit.index()] = true);
    }
    let cost = costs_behind(graph, &is_exit);
    let mut stored = vec![false; graph.len()];
    for id in graph.ids() {
        // Members of a cluster stay inside, but for the exits; inputs and library calls are in memory by nature.
        stored[id.index()] = is_exit[id.index()] || !is_inlined(graph, id) && !is_anchor(graph, id);
    }
    for result in graph.results() {
        stored[result.node.index()] = true;
    }
    let mut readers = vec![Readers::default(); graph.len()];
    for id in graph.ids().rev() {
        let node = graph.node(id);
        let inlined = is_inlined(graph, id) && kernel_of[id.index()].is_none();
        let repeated = readers[id.index()].repeated(cost[id.index()]);
        if inlined && repeated > COPIED as f64 && !stored[id.index()] {
            stored[id.index()] = true;
            let why =
                format!("several kernels or views read it, and it costs {} additions an element", cost[id.index()]);
            cx.remarks.push(Remark { node: id, why });
        }
        if inlined && !stored[id.index()] && readers[id.index()].0.len() >= MANY && is_turned(graph, id) {
            stored[id.index()] = true;
            cx.remarks.push(Remark { node: id, why: "many kernels read it in this order".to_string() });
        }
        let own = match (stored[id.index()], kernel_of[id.index()]) {
            (_, Some(exit)) => Readers::one(exit, 1.0),
            (true, None) => Readers::one(id, 1.0),
            (false, None) => std::mem::take(&mut readers[id.index()]),
        };
        // So is a transform, on a target that cannot inline what it reads.
        let library = match node.op {
            Op::Fft(_) => !cx.target.fft_regions,
            _ => !is_inlined(graph, id) && !is_anchor(graph, id),
        };
        for (place, operand) in node.inputs.iter().enumerate() {
            let at = operand.node.index();
            let moves = match &node.op {
                Op::View(_) | Op::Pad(_) | Op::Concat { .. } | Op::Reduce(_) => true,
                Op::Update(_) => place == 1,
                _ => false,
            };
            // A reshape of what is in memory is free; of a result it needs the memory.
            if library || is_reshape(&node.op) && stored[id.index()] {
                stored[at] = stored[at] || kernel_of[at].is_none();
            }
            if let Op::View(View::Affine(affine)) = &node.op
                && affine.repeats()
                && cost[at] > COPIED
                && kernel_of[at].is_none()
            {
                stored[at] = true;
            }
            if moves {
                let elements = |value| graph.ty(value).shape.elements().max(1) as f64;
                let asked = match &node.op {
                    Op::View(_) => elements(id.into()) / elements(*operand),
                    _ => 1.0,
                };
                readers[at].include(id, own.times() * asked);
                continue;
            }
            // Of a complex number that is computed for one part the other costs nothing.
            let share = if matches!(node.op, Op::Unary(Unary::Real | Unary::Imag)) { 0.5 } else { 1.0 };
            own.0.iter().for_each(|&(reader, times)| readers[at].include(reader, times * share));
        }
    }
    stored
}

/// True for a view under which neighbours along the last axis are no neighbours of its source.
fn is_turned(graph: &Graph, id: NodeId) -> bool {
    let Op::View(View::Affine(affine)) = &graph.node(id).op else { return false };
    let (Some(last), Some(index)) = (affine.shape.rank().checked_sub(1), affine.source.last()) else { return false };
    !affine.repeats() && affine.shape[last] > 1 && !index.depends_on(last)
}

/// The cost of one element of every value from what is in memory by nature, in additions. Shared work counts once per
/// path, so this is an upper bound.
pub(crate) fn costs(graph: &Graph) -> Vec<u32> {
    costs_behind(graph, &vec![false; graph.len()])
}

/// The same, with some values in memory as well.
fn costs_behind(graph: &Graph, stored: &[bool]) -> Vec<u32> {
    let mut costs: Vec<u32> = Vec::with_capacity(graph.len());
    for id in graph.ids() {
        let node = graph.node(id);
        let operands = || node.inputs.iter().fold(0u32, |sum, value| sum.saturating_add(costs[value.node.index()]));
        let cost = match &node.op {
            // A load.
            _ if stored[id.index()] => 1,
            Op::Literal(_) | Op::Param { .. } | Op::Iota(_) => 0,
            Op::Unary(op) if op.is_cheap() => operands().saturating_add(1),
            Op::Binary(op) if op.is_cheap() => operands().saturating_add(1),
            Op::Unary(_) | Op::Binary(_) => operands().saturating_add(16),
            Op::Reduce(reduce) if is_nested(graph, id) => {
                operands().saturating_add(1).saturating_mul(combined(graph, id, reduce) as u32)
            }
            // What a broadcast repeats is in memory unless it is cheap.
            Op::View(View::Affine(affine)) if affine.repeats() && operands() > COPIED => 1,
            _ if is_inlined(graph, id) => operands().saturating_add(1),
            _ => 1,
        };
        costs.push(cost);
    }
    costs
}
