//! Clusters: an anchor with the elementwise ops that follow it, or several transforms of one sweep with what lies between.
//! Behind a transform, what moves elements along its lines follows too: they are in the cache as a whole.
//!
//! A cluster is convex and has one exit. All users of its other nodes are inside, so nothing that the cluster reads depends
//! on it, and contracting every cluster to one node keeps the graph acyclic. Reductions of rows are joined later (`rows`).

use crate::fuse::is_anchor;
use crate::pass::{Cx, Remark};
use ondine_ir::{FftAxis, Graph, Index, Node, NodeId, Op, Rows, Shape, View, Window};
use std::collections::BTreeSet;

/// An anchor, or the transforms of one sweep in order, with the elementwise ops behind it.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    /// The anchors in order.
    pub(crate) anchors: Vec<NodeId>,
    /// The nodes whose values leave the cluster, in order: one, unless it is of rows.
    pub(crate) exits: Vec<NodeId>,
    /// All nodes, anchors and exits included.
    pub(crate) members: BTreeSet<NodeId>,
    /// What is done with each row, where several reductions are joined.
    pub(crate) rows: Option<RowStages>,
}

/// The stages of a cluster of rows.
#[derive(Clone, Debug)]
pub(crate) struct RowStages {
    /// The space and its rows; the stages are in `nodes`.
    pub(crate) rows: Rows,
    /// The node whose value each stage leaves behind: a reduction, or an elementwise op.
    pub(crate) nodes: Vec<NodeId>,
}

impl Cluster {
    /// The last of its exits, which stands for the cluster.
    pub(crate) fn exit(&self) -> NodeId {
        *self.exits.last().expect("a cluster has an exit")
    }
}

/// Elementwise ops that one anchor may take along; more would not fit the budget of a kernel.
const FOLLOWERS: usize = 64;

/// The clusters of a graph, later ones first served where two could take the same op: its other operands are ready then.
pub(crate) fn clusters(graph: &Graph, cx: &mut Cx) -> Vec<Cluster> {
    let mut taken = vec![false; graph.len()];
    let mut is_result = vec![false; graph.len()];
    for result in graph.results() {
        is_result[result.node.index()] = true;
    }
    let mut clusters: Vec<Cluster> = Vec::new();
    let mut of_anchor: Vec<Option<usize>> = vec![None; graph.len()];
    for anchor in graph.ids().rev().filter(|&id| is_anchor(graph, id)) {
        let mut cluster = match cx.target.fft_regions || !matches!(graph.node(anchor).op, Op::Fft(_)) {
            true => follow(graph, anchor, &is_result, &taken),
            false => alone(anchor),
        };
        remark(graph, cx, &is_result, &cluster);
        let next = next_transform(graph, &is_result, &cluster).and_then(|next| of_anchor[next.index()]);
        let next = next.filter(|&slot| fits_sweep(graph, cx.target.slab, anchor, &clusters[slot]));
        let slot = match next.filter(|_| cx.target.fft_regions && cx.target.holds_lines) {
            // The later cluster grows towards the front: this sweep ends where that one starts.
            Some(slot) => {
                let later = &mut clusters[slot];
                later.members.append(&mut cluster.members);
                later.anchors.insert(0, anchor);
                slot
            }
            None => {
                clusters.push(cluster);
                clusters.len() - 1
            }
        };
        of_anchor[anchor.index()] = Some(slot);
        for member in &clusters[slot].members {
            taken[member.index()] = true;
        }
    }
    clusters
}

fn alone(anchor: NodeId) -> Cluster {
    Cluster { anchors: vec![anchor], exits: vec![anchor], members: BTreeSet::from([anchor]), rows: None }
}

/// The anchor with the elementwise ops behind it, as far as their paths meet again in one node.
fn follow(graph: &Graph, anchor: NodeId, is_result: &[bool], taken: &[bool]) -> Cluster {
    let ty = &graph.node(anchor).outputs[0];
    let lines = lines_of(graph, anchor);
    let axes: Vec<usize> = lines.into_iter().collect();
    let has_shape = |shape: &Shape| match lines {
        // What moved along the lines may have become longer, but not by more than a half spectrum that is completed.
        Some(axis) => {
            shape.rank() == ty.shape.rank()
                && shape.without(&axes) == ty.shape.without(&axes)
                && shape[axis] <= 2 * ty.shape[axis]
        }
        None => *shape == ty.shape,
    };
    let mut members = BTreeSet::from([anchor]);
    let mut best = alone(anchor);
    // Users of members that are not members yet, in topological order.
    let mut frontier: BTreeSet<NodeId> = graph.users(anchor).into_iter().collect();
    // Members with a user outside, or that are results.
    let leaves = |members: &BTreeSet<NodeId>| {
        let open = |id: &&NodeId| is_result[id.index()] || graph.users(**id).iter().any(|user| !members.contains(user));
        members.iter().filter(open).copied().collect::<Vec<_>>()
    };
    while let Some(next) = frontier.pop_first() {
        let node = graph.node(next);
        let moves = lines.is_some_and(|axis| moves_along(graph, next, axis));
        let fits = (moves || is_pointwise(node, &members)) && has_shape(&node.outputs[0].shape) && !taken[next.index()];
        if !fits || members.len() > FOLLOWERS {
            break;
        }
        members.insert(next);
        frontier.extend(graph.users(next).into_iter().filter(|user| !members.contains(user)));
        if let [exit] = leaves(&members)[..]
            && !is_read_as_well(graph, exit, is_result, lines)
        {
            best = Cluster { anchors: vec![anchor], exits: vec![exit], members: members.clone(), rows: None };
        }
    }
    best
}

/// The axis of a transform whose whole lines regions can see: what is kept of them is one run.
fn lines_of(graph: &Graph, anchor: NodeId) -> Option<usize> {
    let Op::Fft(fft) = &graph.node(anchor).op else { return None };
    let FftAxis { axis, len, output, .. } = fft.axes[0];
    let line = FftAxis::line(fft.axis_kind(0), len).1;
    (output.step == 1 && output.extent > 0 && !output.wraps(line)).then_some(axis)
}

/// True if the node reads its operands elsewhere, but on the same line.
fn moves_along(graph: &Graph, id: NodeId, axis: usize) -> bool {
    let node = graph.node(id);
    let elsewhere_whole = |windows: &[Window], shape: &Shape| {
        windows.iter().enumerate().all(|(at, window)| at == axis || window.is_whole(shape[at]))
    };
    match &node.op {
        Op::View(View::Affine(affine)) => {
            let rank = affine.shape.rank();
            let source = &graph.ty(node.inputs[0]).shape;
            let stays = |(at, index): (usize, &Index)| match at == axis {
                true => index.coefficients(rank).is_some_and(|coefficients| {
                    let along = |(at, &coefficient): (usize, &i64)| (at == axis) == (coefficient != 0);
                    affine.shape[axis] <= 1 || coefficients.iter().enumerate().all(along)
                }),
                false => *index == Index::axis(at),
            };
            source.rank() == rank && affine.source.iter().enumerate().all(stays)
        }
        Op::Concat { axis: own } => *own == axis,
        Op::Pad(pad) => elsewhere_whole(&pad.windows, &pad.shape),
        Op::Update(windows) => elsewhere_whole(windows, &node.outputs[0].shape),
        _ => false,
    }
}

/// True for a view that whoever reads it reads as well from memory: it need not be written in its order.
fn is_read_as_well(graph: &Graph, exit: NodeId, is_result: &[bool], lines: Option<usize>) -> bool {
    let goes_on = |user: &NodeId| match &graph.node(*user).op {
        Op::Fft(fft) => Some(fft.axes[0].axis) == lines,
        _ => false,
    };
    matches!(graph.node(exit).op, Op::View(_)) && !is_result[exit.index()] && !graph.users(exit).iter().all(goes_on)
}

/// True if the node reads the members at its own index only: an elementwise op, or an update of what a member computed.
fn is_pointwise(node: &Node, members: &BTreeSet<NodeId>) -> bool {
    match node.op {
        Op::Update(_) => !members.contains(&node.inputs[1].node),
        ref op => op.is_elementwise(),
    }
}

/// True if a transform may go before those of a sweep: along the same axis, or where the axes of all of them are the
/// innermost ones, a slab of them fits the cache, and there are slabs for several threads or little work in all.
fn fits_sweep(graph: &Graph, slab: usize, anchor: NodeId, later: &Cluster) -> bool {
    const SLABS: usize = 8;
    const LITTLE: usize = 4096;
    let axis_of = |id: NodeId| match &graph.node(id).op {
        Op::Fft(fft) => fft.axes[0].axis,
        _ => unreachable!("sweeps are made of transforms"),
    };
    let axes: BTreeSet<usize> = later.anchors.iter().map(|&id| axis_of(id)).chain([axis_of(anchor)]).collect();
    if axes.len() == 1 {
        return true;
    }
    let shapes = || {
        [anchor].into_iter().chain(later.anchors.iter().copied()).flat_map(|id| {
            let node = graph.node(id);
            [graph.ty(node.inputs[0]), &node.outputs[0]]
        })
    };
    let inside = shapes()
        .map(|ty| axes.iter().map(|&axis| ty.shape[axis]).product::<usize>() * 2 * ty.dtype.component().bytes());
    let shape = &graph.node(anchor).outputs[0].shape;
    let innermost = (0..shape.rank()).rev().filter(|axis| shape[*axis] > 1 || axes.contains(axis)).take(axes.len());
    let slabs: usize = (0..shape.rank()).filter(|axis| !axes.contains(axis)).map(|axis| shape[axis]).product();
    let fits = inside.max().is_some_and(|bytes| bytes <= slab);
    fits && innermost.collect::<BTreeSet<usize>>() == axes && (slabs >= SLABS || shape.elements() <= LITTLE)
}

/// The transform that alone reads the exit.
fn next_transform(graph: &Graph, is_result: &[bool], cluster: &Cluster) -> Option<NodeId> {
    if !matches!(graph.node(cluster.anchors[0]).op, Op::Fft(_)) {
        return None;
    }
    let users = graph.users(cluster.exit());
    let [next] = users[..] else { return None };
    match &graph.node(next).op {
        Op::Fft(_) if !is_result[cluster.exit().index()] => Some(next),
        _ => None,
    }
}

/// Says why the anchor's neighbours behind it stay outside.
fn remark(graph: &Graph, cx: &mut Cx, is_result: &[bool], cluster: &Cluster) {
    let users = graph.users(cluster.exit());
    let elementwise = users.iter().filter(|user| graph.node(**user).op.is_elementwise()).count();
    if elementwise == 0 {
        return;
    }
    let why = match () {
        () if is_result[cluster.exit().index()] => "it is a result itself".to_string(),
        () if users.len() > 1 => format!("its {} users do not meet again in one value of its shape", users.len()),
        () => "its user belongs to a later kernel or has another shape".to_string(),
    };
    cx.remarks.push(Remark { node: cluster.exit(), why });
}
