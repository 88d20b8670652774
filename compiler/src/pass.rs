//! What a pass is, the list of all passes, and the walk that most of them are written with.

use crate::{Applied, Licence, Licences, Target};
use ondine_ir::{Error, Graph, Node, NodeId, Value};

/// A function from a graph to a graph.
pub struct Pass {
    /// Its name in traces: the file's subject.
    pub name: &'static str,
    /// What it does.
    pub run: fn(&Graph, &mut Cx) -> Result<Graph, Error>,
}

/// What a pass may know and use, and where it records what it did.
pub struct Cx<'a> {
    /// What the device can do.
    pub target: &'a Target,
    /// What rewrites may assume.
    pub allowed: Licences,
    /// The rules that were applied.
    pub applied: Vec<Applied>,
    /// Why values were written to memory instead of being fused with their neighbours.
    pub remarks: Vec<Remark>,
    /// The graph that computes the inputs which a pass added after those of its graph.
    pub setup: Option<Graph>,
}

/// Why a value of the old graph is written to memory.
pub struct Remark {
    /// Where the value comes from.
    pub node: NodeId,
    /// The reason.
    pub why: String,
}

impl Cx<'_> {
    /// Records that a rule was applied.
    pub fn apply(&mut self, rule: &'static str, licence: Licence) {
        debug_assert!(self.allowed.allows(licence), "{rule} needs {licence}");
        match self.applied.iter_mut().find(|applied| applied.rule == rule) {
            Some(applied) => applied.count += 1,
            None => self.applied.push(Applied { rule, licence, count: 1 }),
        }
    }
}

/// The passes in order; each line says why it stands where it does.
pub const PASSES: &[Pass] = &[
    // Fewer nodes for everything below.
    Pass { name: "simplify", run: crate::simplify::simplify },
    // Before views sink, so that blocks are cut from operands.
    Pass { name: "split_variance", run: crate::split_variance::split_variance },
    // Shifts meet and cancel; leaves plain arithmetic between anchors.
    Pass { name: "sink_views", run: crate::sink_views::sink_views },
    // Identities that the moved views uncovered.
    Pass { name: "simplify", run: crate::simplify::simplify },
    // Windows take the place of differences and masks; before halves, because a window says which symmetry is left.
    Pass { name: "assume_finite", run: crate::fft::finite::assume_finite },
    // Fewer transforms for the passes below.
    Pass { name: "merge_transforms", run: crate::fft::merge::merge_transforms },
    // Real data need half of a spectrum; on whole axes, where symmetry is easy to see.
    Pass { name: "halve_spectra", run: crate::fft::halve::halve_spectra },
    // Reads support and demand off plain arithmetic; before axes are ordered, because narrow ones go first.
    Pass { name: "narrow_transforms", run: crate::fft::narrow::narrow_transforms },
    // Reads off windows how much of a convolution is wanted.
    Pass { name: "shorten_convolutions", run: crate::fft::shorten::shorten_convolutions },
    // Behind what reads symmetry off plain magnitudes.
    Pass { name: "square_magnitudes", run: crate::fft::magnitude::square_magnitudes },
    // What undone transforms left next to each other; before constants are hoisted.
    Pass { name: "gather_factors", run: crate::fft::factors::gather_factors },
    // Constants are as large as they get, and what is left is all that fusion has to look at.
    Pass { name: "hoist", run: crate::hoist::hoist },
    // One axis each, in the order that lets neighbours share a sweep; after all rewrites that want whole transforms.
    Pass { name: "split_fft", run: crate::fft::split::split_fft },
    // On transforms along one axis, between which values are small or large.
    Pass { name: "place_scales", run: crate::fft::scale::place_scales },
    // Long lines in two passes; the passes are ordinary transforms, which share sweeps like others.
    Pass { name: "split_long", run: crate::fft::long::split_long },
    // Anchors, regions, sweeps: graph-level work ends here.
    Pass { name: "fuse", run: crate::fuse::fuse },
    // Nodes with several results; last, so that everything above sees one result a node.
    Pass { name: "join_parts", run: crate::join_parts::join_parts },
];

/// A new graph from an old one, node by node in order. `rule` sees a node, its place in the old graph and its already
/// rebuilt operands; it returns a replacement, or `None` to keep the op.
pub(crate) fn rebuild(
    graph: &Graph,
    mut rule: impl FnMut(&mut Graph, NodeId, &Node, &[Value]) -> Result<Option<Value>, Error>,
) -> Result<Graph, Error> {
    let mut new = graph.like();
    let mut moved: Vec<Value> = Vec::with_capacity(graph.len());
    let mut operands: Vec<Value> = Vec::new();
    for id in graph.ids() {
        let node = graph.node(id);
        operands.clear();
        operands.extend(node.inputs.iter().map(|&value| carried(graph, &moved, value)));
        let value = match rule(&mut new, id, node, &operands)? {
            Some(value) => value,
            None => new.add(node.op.clone(), operands.iter().copied())?.into(),
        };
        moved.push(value);
    }
    new.set_results(graph.results().iter().map(|&value| carried(graph, &moved, value)));
    Ok(new)
}

/// Where a value of the old graph is in the new one; row `node.index()` of `moved` is a node's first output. Only kernels and
/// library calls have several outputs, and no rule takes their order apart.
fn carried(graph: &Graph, moved: &[Value], value: Value) -> Value {
    let node = moved[value.node.index()];
    match graph.node(value.node).outputs.len() {
        1 => node,
        _ => Value { output: value.output, ..node },
    }
}
