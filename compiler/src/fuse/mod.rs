//! Fusion: every op that is not an anchor or a library call moves into the region of a kernel.
//!
//! An anchor takes into its store region the elementwise ops whose paths from it meet again (`cluster`). What is left is
//! computed where it is read, copied while it is cheap, or written by a map kernel of its own (`share`). Transforms along
//! one axis with nothing but a cluster between them become one sweep, and so do reductions of one row (`rows`). Regions are built last (`region`), from the last
//! kernel to the first, because a region that would outgrow its budget makes new kernels of what is left below it.

mod cluster;
mod region;
mod rows;
mod share;

use crate::Licence;
use crate::layout::permutation;
use crate::pass::{Cx, Remark};
use cluster::{Cluster, RowStages};
use ondine_ir::{
    Anchor, Error, Graph, Inst, Kernel, Kind, Line, NodeId, Op, Reduce, ReduceKind, Region, Stage, Value, View,
};
use region::{Regions, Root};
use smallvec::{SmallVec, smallvec};
use std::collections::{BTreeMap, BTreeSet};

/// Replaces everything but inputs, library calls and reshapes of what is in memory by kernels.
pub(crate) fn fuse(graph: &Graph, cx: &mut Cx) -> Result<Graph, Error> {
    let clusters = cluster::clusters(graph, cx);
    let clusters = rows::join_rows(graph, cx, clusters);
    let mut stored = share::stored(graph, &clusters, cx);
    let turned = turned(graph, &clusters, cx);
    turned.iter().for_each(|id| stored[id.index()] = true);
    let budget = &cx.target.budget;
    let mut regions = Regions::new(graph, budget, stored, clusters, turned);
    let mut planned: BTreeMap<NodeId, Planned> = BTreeMap::new();
    // Building a region may ask for more stored values, all of them earlier than the kernel that reads them.
    for id in graph.ids().rev() {
        if regions.needs_kernel(id) {
            planned.insert(id, plan(graph, &mut regions, id));
        }
    }
    cx.remarks.extend(regions.overflowed().iter().map(|&node| {
        let why = format!("a kernel holds at most {} operations and {} operands", budget.instructions, budget.operands);
        Remark { node, why }
    }));
    emit(graph, cx, &regions, planned)
}

/// Permuted views that alone read what a sweep writes: the sweep writes it in the order of the view.
fn turned(graph: &Graph, clusters: &[Cluster], cx: &Cx) -> BTreeSet<NodeId> {
    let swept = |cluster: &&Cluster| matches!(graph.node(cluster.anchors[0]).op, Op::Fft(_)) && cx.target.layouts;
    let view = |cluster: &Cluster| match graph.users(cluster.exit())[..] {
        [user] if !graph.is_result(cluster.exit()) && permutation(graph, user).is_some() => Some(user),
        _ => None,
    };
    clusters.iter().filter(swept).filter_map(view).collect()
}

/// A kernel, and the old values that it reads.
struct Planned {
    kernel: Kernel,
    operands: Vec<Value>,
}

/// The kernel that stores node `id`.
fn plan(graph: &Graph, regions: &mut Regions, id: NodeId) -> Planned {
    let mut operands = Vec::new();
    let cluster = regions.cluster(id).cloned();
    let mut build = |root: Root| regions.region(root, &mut operands);
    let kernel = match cluster {
        None => {
            let store = build(Root { value: id.into(), cluster: None, given: Vec::new(), computed: true });
            Kernel { anchor: Anchor::Map, loads: smallvec![], mids: smallvec![], stores: smallvec![store] }
        }
        Some(Cluster { rows: Some(RowStages { mut rows, nodes }), exits, .. }) => {
            let mut given: Vec<(NodeId, Inst)> = Vec::new();
            let mut loads = SmallVec::new();
            for (at, &node) in nodes.iter().enumerate() {
                let (stage, value) = match &graph.node(node).op {
                    Op::Reduce(reduce) => (Stage::Reduce(reduce.kind), graph.node(node).inputs[0]),
                    _ => (Stage::Each, node.into()),
                };
                let computed = stage == Stage::Each;
                loads.push(build(Root { value, cluster: Some(id), given: given.clone(), computed }));
                rows.stages.push(stage);
                given.push((node, Inst::Stage(at as u32)));
            }
            let store = |&exit: &NodeId| {
                build(Root { value: exit.into(), cluster: Some(id), given: given.clone(), computed: true })
            };
            let stores = exits.iter().map(store).collect();
            Kernel { anchor: Anchor::Rows(rows), loads, mids: smallvec![], stores }
        }
        Some(Cluster { anchors, exits, .. }) => {
            let first = graph.node(anchors[0]);
            let load = Root { value: first.inputs[0], cluster: None, given: Vec::new(), computed: false };
            let load = build(load);
            let behind = |anchor: NodeId, value: Value| Root {
                value,
                cluster: Some(id),
                given: vec![(anchor, Inst::Anchor)],
                computed: true,
            };
            let mut mids: Vec<Region> = Vec::new();
            for pair in anchors.windows(2) {
                mids.push(build(behind(pair[0], graph.node(pair[1]).inputs[0])));
            }
            let last = *anchors.last().expect("a cluster has an anchor");
            let store = build(behind(last, exits[0].into()));
            let anchor = match &first.op {
                Op::Reduce(reduce) => Anchor::Reduce(reduce.clone()),
                _ => Anchor::Lines(anchors.iter().map(|&anchor| line(graph, anchor)).collect()),
            };
            Kernel { anchor, loads: smallvec![load], mids: mids.into(), stores: smallvec![store] }
        }
    };
    Planned { kernel, operands }
}

fn line(graph: &Graph, anchor: NodeId) -> Line {
    match &graph.node(anchor).op {
        Op::Fft(fft) => Line { kind: fft.kind, axis: fft.axes[0] },
        _ => unreachable!("anchors of sweeps are transforms"),
    }
}

/// The new graph: kernels and library calls, each after what it reads, otherwise in the order of the old nodes.
fn emit(graph: &Graph, cx: &mut Cx, regions: &Regions, mut planned: BTreeMap<NodeId, Planned>) -> Result<Graph, Error> {
    let mut new = graph.like();
    let mut moved: Vec<Option<Value>> = vec![None; graph.len()];
    let find = |moved: &[Option<Value>], value: Value| {
        let found = moved[value.node.index()]?;
        Some(Value { node: found.node, output: found.output + value.output })
    };
    for id in graph.ids().filter(|&id| regions.is_stored(id)) {
        let mut open = vec![id];
        while let Some(&id) = open.last() {
            let kernel = regions.kernel_of(id);
            let operands = match planned.get(&kernel) {
                Some(planned) => &planned.operands,
                None => &graph.node(id).inputs[..],
            };
            if moved[id.index()].is_some() {
                open.pop();
                continue;
            }
            let found: Option<Vec<Value>> = operands.iter().map(|&value| find(&moved, value)).collect();
            let Some(found) = found else {
                open.extend(operands.iter().map(|value| value.node).filter(|node| moved[node.index()].is_none()));
                continue;
            };
            open.pop();
            let Some(Planned { kernel: op, .. }) = planned.remove(&kernel) else {
                moved[id.index()] = Some(new.add(graph.node(id).op.clone(), found)?.into());
                continue;
            };
            record(cx, graph, &op, regions, kernel);
            let node = new.add(Op::Kernel(Box::new(op)), found)?;
            let exits: &[NodeId] = regions.cluster(kernel).map_or(&[], |cluster| &cluster.exits);
            match exits {
                [] => moved[kernel.index()] = Some(node.into()),
                exits => exits.iter().enumerate().for_each(|(output, exit)| {
                    moved[exit.index()] = Some(Value { node, output: output as u8 });
                }),
            }
        }
    }
    let results = graph.results().iter().map(|&value| find(&moved, value).expect("results are stored"));
    new.set_results(results.collect::<Vec<_>>());
    Ok(new)
}

fn record(cx: &mut Cx, graph: &Graph, kernel: &Kernel, regions: &Regions, id: NodeId) {
    let work = |region: &Region| region.body.iter().any(|(inst, _)| !inst.uses().is_empty());
    if let Anchor::Lines(lines) = &kernel.anchor
        && lines.len() > 1
    {
        cx.apply("share_sweep", Licence::Exact);
    }
    if let Anchor::Rows(_) = &kernel.anchor {
        cx.apply("keep_rows", Licence::Exact);
    }
    if kernel.anchor != Anchor::Map {
        if kernel.loads.iter().any(work) {
            cx.apply("fuse_prologue", Licence::Exact);
        }
        if kernel.stores.iter().any(work) {
            cx.apply("fuse_epilogue", Licence::Exact);
        }
    } else if regions.cluster(id).is_none() && !matches!(graph.node(id).op, Op::View(_)) {
        cx.apply("map_kernel", Licence::Exact);
    }
}

/// True for nodes that a region can compute.
pub(crate) fn is_inlined(graph: &Graph, id: NodeId) -> bool {
    let op = &graph.node(id).op;
    op.is_elementwise()
        || is_nested(graph, id)
        || matches!(
            op,
            Op::View(_)
                | Op::Concat { .. }
                | Op::Pad(_)
                | Op::Update(_)
                | Op::Iota(_)
                | Op::Literal(_)
                | Op::Param { .. }
        )
}

/// True for nodes that a kernel is built around.
pub(crate) fn is_anchor(graph: &Graph, id: NodeId) -> bool {
    matches!(graph.node(id).op, Op::Reduce(_) | Op::Fft(_)) && !is_nested(graph, id)
}

/// Elements that a reduction inside a region combines for one of its own, at most.
const NESTED: usize = 8;

/// Elementwise ops between a short reduction and the one that reads it, at most.
const BETWEEN: usize = 8;

/// How many elements a reduction combines for each of its own.
pub(crate) fn combined(graph: &Graph, id: NodeId, reduce: &Reduce) -> usize {
    let shape = &graph.ty(graph.node(id).inputs[0]).shape;
    reduce.axes.iter().map(|&axis| shape[axis]).product()
}

/// True for short reductions that nothing but another reduction reads, at every index once: they are written out in its
/// load region, element by element, so that they run side by side.
pub(crate) fn is_nested(graph: &Graph, id: NodeId) -> bool {
    let Op::Reduce(reduce) = &graph.node(id).op else { return false };
    let numbers = !matches!(graph.node(id).outputs[0].dtype.kind(), Kind::Bool | Kind::Complex);
    let combines = matches!(reduce.kind, ReduceKind::Sum | ReduceKind::Prod | ReduceKind::Min | ReduceKind::Max);
    if !(numbers && combines && (1..=NESTED).contains(&combined(graph, id, reduce))) {
        return false;
    }
    let is_result = |id: NodeId| graph.results().iter().any(|result| result.node == id);
    let mut at = id;
    for _ in 0..BETWEEN {
        let users = graph.users(at);
        let [user] = users[..] else { return false };
        if is_result(at) {
            return false;
        }
        match &graph.node(user).op {
            // Short ones that are read as short ones are would be written out within each other.
            Op::Reduce(outer) => return combined(graph, user, outer) > NESTED,
            op if op.is_elementwise() => at = user,
            _ => return false,
        }
    }
    false
}

/// True for reshapes, which are another type for the same memory where their source is in memory.
pub(crate) fn is_reshape(op: &Op) -> bool {
    matches!(op, Op::View(View::Reshape(_)))
}
