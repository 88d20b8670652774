//! Clusters of several reductions along the same axes, with what lies between them and behind them: rows that stay in the
//! cache while each stage runs over them.
//!
//! `x - mean(x)`, its squares and their mean are one sweep over memory; so is a softmax. A cluster grows from a reduction
//! through the values of its rows and the elementwise ops that read them at their own row. It may have several exits, so
//! that contracting it could close a cycle: that is looked at in the end, and the parts stay apart if it does.

use crate::fuse::cluster::{Cluster, RowStages};
use crate::fuse::share::{COPIED, costs};
use crate::fuse::{is_anchor, is_inlined};
use crate::pass::{Cx, Remark};
use crate::target::BESIDE;
use ondine_ir::{Graph, Index, NodeId, Op, Reduce, Rows, Shape, Value};
use smallvec::SmallVec;
use std::collections::BTreeSet;

/// Elementwise ops over the whole space that one cluster may hold.
const MOST: usize = 64;

/// Joins clusters of reductions whose rows fit the cache.
pub(crate) fn join_rows(graph: &Graph, cx: &mut Cx, clusters: Vec<Cluster>) -> Vec<Cluster> {
    let costs = costs(graph);
    let mut clusters: Vec<Option<Cluster>> = clusters.into_iter().map(Some).collect();
    let mut owner: Vec<Option<usize>> = vec![None; graph.len()];
    let claim = |owner: &mut Vec<Option<usize>>, cluster: &Cluster, at: usize| {
        cluster.members.iter().for_each(|member| owner[member.index()] = Some(at));
    };
    for (at, cluster) in clusters.iter().enumerate() {
        claim(&mut owner, cluster.as_ref().expect("nothing is joined yet"), at);
    }
    for id in graph.ids() {
        let Op::Reduce(reduce) = &graph.node(id).op else { continue };
        // Those that are computed within another have no cluster.
        let Some(first) = owner[id.index()] else { continue };
        if clusters[first].as_ref().is_none_or(|cluster| cluster.rows.is_some()) {
            continue;
        }
        let Some(growth) = Growth::new(graph, cx, reduce, id, &clusters, &owner) else { continue };
        let Some((joined, cluster)) = growth.finish(&costs) else { continue };
        if closes_cycle(graph, &cluster, &joined, &clusters, &owner) {
            let why = "its row's other stages need what is computed outside from it".to_string();
            cx.remarks.push(Remark { node: id, why });
            continue;
        }
        joined.iter().for_each(|&at| clusters[at] = None);
        claim(&mut owner, &cluster, clusters.len());
        clusters.push(Some(cluster));
    }
    clusters.into_iter().flatten().collect()
}

/// A cluster while it grows.
struct Growth<'a> {
    graph: &'a Graph,
    clusters: &'a [Option<Cluster>],
    owner: &'a [Option<usize>],
    rows: Rows,
    of_rows: [Shape; 2],
    joined: Vec<usize>,
    reductions: BTreeSet<NodeId>,
    /// Members over the whole space.
    whole: BTreeSet<NodeId>,
    /// Members with one element per row.
    row: BTreeSet<NodeId>,
    /// What depends on members and is none itself.
    outside: BTreeSet<NodeId>,
}

impl<'a> Growth<'a> {
    /// The cluster around a reduction, if the rows are worth keeping.
    fn new(
        graph: &'a Graph,
        cx: &Cx,
        reduce: &Reduce,
        id: NodeId,
        clusters: &'a [Option<Cluster>],
        owner: &'a [Option<usize>],
    ) -> Option<Growth<'a>> {
        let operand = graph.ty(graph.node(id).inputs[0]);
        let count: usize = reduce.axes.iter().map(|&axis| operand.shape[axis]).product();
        let rows = Rows { extents: operand.shape.clone(), axes: reduce.axes.clone(), stages: SmallVec::new() };
        // Rows that lie across memory are taken side by side.
        let beside = if rows.is_across() { BESIDE } else { 1 };
        let fits = count > 1 && count * operand.dtype.bytes() * beside <= cx.target.budget.row;
        if !fits || operand.shape.contains(&0) {
            return None;
        }
        let of_rows = rows.of_rows();
        let mut growth = Growth {
            graph,
            clusters,
            owner,
            rows,
            of_rows,
            joined: Vec::new(),
            reductions: BTreeSet::new(),
            whole: BTreeSet::new(),
            row: BTreeSet::new(),
            outside: BTreeSet::new(),
        };
        let mut open: BTreeSet<NodeId> = BTreeSet::new();
        growth.join(id, &mut open);
        // Other reductions of the same rows.
        for sibling in graph.users(graph.node(id).inputs[0].node) {
            if growth.accepts_reduction(sibling) && graph.node(sibling).inputs == graph.node(id).inputs {
                growth.join(sibling, &mut open);
            }
        }
        // What depends on nodes outside, as far as there is something before it that may join.
        let mut beyond: BTreeSet<NodeId> = BTreeSet::new();
        while let Some(&next) = open.first() {
            if let Some(before) = beyond.first().copied().filter(|&before| before < next) {
                beyond.pop_first();
                beyond.extend(graph.users(before));
                growth.outside.insert(before);
                continue;
            }
            open.pop_first();
            if growth.reductions.contains(&next) || growth.row.contains(&next) {
                continue;
            }
            if growth.accepts_reduction(next) {
                growth.join(next, &mut open);
                continue;
            }
            match growth.accepts(next) {
                true if growth.is_whole(next) => growth.whole.insert(next),
                true => growth.row.insert(next),
                false => {
                    growth.outside.insert(next);
                    // Views may still lead to a reader at its own row; past anything else nothing is in reach.
                    if !matches!(graph.node(next).op, Op::View(_)) {
                        beyond.extend(graph.users(next));
                        continue;
                    }
                    true
                }
            };
            open.extend(graph.users(next));
        }
        Some(growth)
    }

    fn is_whole(&self, id: NodeId) -> bool {
        self.rows.is_whole(&self.graph.node(id).outputs[0].shape)
    }

    fn join(&mut self, reduction: NodeId, open: &mut BTreeSet<NodeId>) {
        let at = self.owner[reduction.index()].expect("every reduction has a cluster");
        self.joined.push(at);
        self.reductions.insert(reduction);
        self.row.insert(reduction);
        open.extend(self.graph.users(reduction));
    }

    /// True for a reduction of the same space along the same axes whose operand is at hand. Its followers join, or not, as
    /// other ops do.
    fn accepts_reduction(&self, id: NodeId) -> bool {
        let node = self.graph.node(id);
        let Op::Reduce(reduce) = &node.op else { return false };
        let Some(at) = self.owner[id.index()].filter(|at| !self.joined.contains(at)) else { return false };
        let is_free = self.clusters[at].as_ref().is_some_and(|cluster| cluster.rows.is_none());
        let operand = node.inputs[0];
        is_free
            && reduce.axes == self.rows.axes
            && self.rows.is_whole(&self.graph.ty(operand).shape)
            && self.is_at_hand(operand)
    }

    /// True for a node that belongs to no other cluster.
    fn is_free(&self, id: NodeId) -> bool {
        self.owner[id.index()].is_none_or(|at| self.joined.contains(&at) || self.clusters[at].is_none())
    }

    /// True for an elementwise op over the space or its rows that reads members at its own row only.
    fn accepts(&self, id: NodeId) -> bool {
        let node = self.graph.node(id);
        let shape = &node.outputs[0].shape;
        let is_free = self.is_free(id);
        let fits = self.rows.is_whole(shape) && self.whole.len() < MOST || self.of_rows.contains(shape);
        node.op.is_elementwise() && is_free && fits && node.inputs.iter().all(|&value| self.is_at_hand(value))
    }

    /// True if the value is a member's at the reader's own row, or depends on no member.
    fn is_at_hand(&self, value: Value) -> bool {
        let id = value.node;
        self.whole.contains(&id) || self.spread(value).is_some() || !self.outside.contains(&id)
    }

    /// The views through which a value repeats that of a row, if each element has that of its own row; none for the value of
    /// a row itself.
    fn spread(&self, value: Value) -> Option<(NodeId, SmallVec<[NodeId; 2]>)> {
        let extents = &self.graph.ty(value).shape;
        let mut index = Index::identity(extents.rank());
        let (mut id, mut views) = (value.node, SmallVec::new());
        while !self.row.contains(&id) {
            let node = self.graph.node(id);
            let Op::View(view) = &node.op else { return None };
            let source = node.inputs[0];
            index = view.source(&self.graph.ty(source).shape, &index, extents);
            views.push(id);
            id = source.node;
        }
        let shape = &self.graph.node(id).outputs[0].shape;
        let own = self.row_of(extents, &Index::identity(extents.rank()))?;
        (self.row_of(shape, &index)? == own).then_some((id, views))
    }

    /// The number of the row that an index of the space, or of one element per row, belongs to.
    fn row_of(&self, shape: &Shape, index: &[Index]) -> Option<Index> {
        let kept = || (0..self.rows.extents.rank()).filter(|axis| !self.rows.axes.contains(axis));
        let places: SmallVec<[usize; 4]> = match () {
            () if self.rows.is_whole(shape) || *shape == self.of_rows[1] => kept().collect(),
            () if *shape == self.of_rows[0] => (0..shape.rank()).collect(),
            () => return None,
        };
        let terms = places.iter().zip(self.of_rows[0].strides());
        Some(terms.fold(Index::constant(0), |sum, (&axis, stride)| sum.add(&index[axis].times(stride))))
    }

    /// The clusters that join and what they become, if anything is gained.
    fn finish(mut self, costs: &[u32]) -> Option<(Vec<usize>, Cluster)> {
        let graph = self.graph;
        let results: BTreeSet<NodeId> = graph.results().iter().map(|value| value.node).collect();
        // Costly operands that several stages read are computed once per row.
        let readers = |growth: &Growth, id: NodeId| {
            let users = graph.users(id);
            let inside = users.iter().filter(|user| growth.whole.contains(user) || growth.reductions.contains(user));
            (inside.count(), users.len())
        };
        let operands: Vec<NodeId> = self
            .whole
            .iter()
            .chain(&self.reductions)
            .flat_map(|&id| graph.node(id).inputs.iter().map(|value| value.node))
            .filter(|&id| {
                let (inside, all) = readers(&self, id);
                let node = graph.node(id);
                let is_free = self.is_free(id) && !results.contains(&id) && !self.outside.contains(&id);
                is_free && node.op.is_elementwise() && self.is_whole(id) && inside > 1 && inside == all
            })
            .filter(|id| costs[id.index()] > COPIED)
            .collect();
        self.whole.extend(operands);
        // What leaves the cluster over the whole space leaves it through memory only if it would be written anyway.
        let stays = |growth: &Growth, user: &NodeId| growth.whole.contains(user) || growth.reductions.contains(user);
        let is_exit = |growth: &Growth, id: NodeId| {
            let library = |user: &NodeId| !stays(growth, user) && !is_inlined(graph, *user) && !is_anchor(graph, *user);
            let users = graph.users(id);
            let leaves = users.iter().any(|user| !stays(growth, user));
            results.contains(&id) || users.iter().any(library) || leaves && costs[id.index()] > COPIED
        };
        let ordered: Vec<NodeId> = self.whole.iter().rev().copied().collect();
        for id in ordered {
            if !is_exit(&self, id) && !graph.users(id).iter().any(|user| stays(&self, user)) {
                self.whole.remove(&id);
            }
        }
        if self.joined.len() < 2 && self.whole.is_empty() {
            return None;
        }
        let mut members: BTreeSet<NodeId> = self.whole.union(&self.row).copied().collect();
        let mut of_whole: BTreeSet<NodeId> = BTreeSet::new();
        for &id in self.whole.iter().chain(&self.row) {
            for &value in &graph.node(id).inputs {
                let Some((source, views)) = self.spread(value) else { continue };
                members.extend(views);
                if self.whole.contains(&id) || self.reductions.contains(&id) {
                    of_whole.insert(source);
                }
            }
        }
        // What outside readers compute again for themselves, from the values of rows.
        let mut repeated: BTreeSet<NodeId> = BTreeSet::new();
        for &id in self.whole.iter().rev() {
            let again = |user: &NodeId| !stays(&self, user) || repeated.contains(user);
            if !is_exit(&self, id) && graph.users(id).iter().any(again) {
                repeated.insert(id);
            }
        }
        let leaves = |id: NodeId| -> bool {
            let mut open: Vec<NodeId> = vec![id];
            while let Some(id) = open.pop() {
                if results.contains(&id) {
                    return true;
                }
                for user in graph.users(id) {
                    match members.contains(&user) && !repeated.contains(&user) {
                        true if matches!(graph.node(user).op, Op::View(_)) => open.push(user),
                        true => {}
                        false => return true,
                    }
                }
            }
            false
        };
        let exits: Vec<NodeId> = members
            .iter()
            .copied()
            .filter(|&id| match self.whole.contains(&id) {
                true => is_exit(&self, id),
                false => self.row.contains(&id) && leaves(id),
            })
            .collect();
        let stages: Vec<NodeId> = members
            .iter()
            .copied()
            .filter(|&id| match self.whole.contains(&id) {
                true => costs[id.index()] > COPIED && readers(&self, id).0 + is_exit(&self, id) as usize > 1,
                false => self.reductions.contains(&id) || of_whole.contains(&id),
            })
            .collect();
        let anchors = self.reductions.iter().copied().collect();
        let rows = Some(RowStages { rows: self.rows, nodes: stages });
        Some((self.joined, Cluster { anchors, exits, members, rows }))
    }
}

/// True if something outside depends on a member, and a member on it, with every other cluster taken as one node.
fn closes_cycle(
    graph: &Graph,
    cluster: &Cluster,
    joined: &[usize],
    clusters: &[Option<Cluster>],
    owner: &[Option<usize>],
) -> bool {
    let last = *cluster.members.last().expect("a cluster has members");
    let others = || clusters.iter().enumerate().filter(|(at, _)| !joined.contains(at)).flat_map(|(_, other)| other);
    // A later node leads back only through a cluster that begins before it.
    let leads_back = others().any(|other| other.members.first() < Some(&last) && other.members.last() > Some(&last));
    let mut seen: BTreeSet<NodeId> = BTreeSet::new();
    let mut open: Vec<NodeId> = cluster.members.iter().flat_map(|&member| graph.users(member)).collect();
    open.retain(|user| !cluster.members.contains(user));
    while let Some(id) = open.pop() {
        if cluster.members.contains(&id) {
            return true;
        }
        if id > last && !leads_back || !seen.insert(id) {
            continue;
        }
        let other = owner[id.index()].filter(|at| !joined.contains(at)).and_then(|at| clusters[at].as_ref());
        match other {
            None => open.extend(graph.users(id)),
            Some(other) => {
                seen.extend(&other.members);
                let users = other.members.iter().flat_map(|&member| graph.users(member));
                open.extend(users.filter(|user| !other.members.contains(user)));
            }
        }
    }
    false
}
