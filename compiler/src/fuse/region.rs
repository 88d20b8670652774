//! Builds the regions of kernels: from a value down to what is in memory, each op at the index where it is read.
//!
//! An item is a value at an index, within a domain. Items are expanded from the last node to the first and emitted from the
//! first to the last, so no walk recurses. When the budget runs out, the values still to be expanded are written to memory
//! by kernels of their own.

use crate::fuse::cluster::Cluster;
use crate::fuse::{is_inlined, is_reshape};
use crate::target::Budget;
use ondine_ir::{
    Binary, Bound, DType, Domain, Graph, Index, Inst, NodeId, Op, ReduceKind, Region, RegionBuilder, Scalar, Shape,
    Type, Value, Var, Window,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// All regions of a graph, and which values are in memory.
pub(crate) struct Regions<'a> {
    graph: &'a Graph,
    budget: &'a Budget,
    stored: Vec<bool>,
    clusters: HashMap<NodeId, Cluster>,
    /// The last exit of the cluster that a node belongs to.
    exits: HashMap<NodeId, NodeId>,
    /// Views of what is in memory, which lies in their order.
    turned: BTreeSet<NodeId>,
    /// Nodes stored because a region was full.
    overflowed: Vec<NodeId>,
}

/// What a region is asked for.
pub(crate) struct Root {
    /// The value.
    pub(crate) value: Value,
    /// The cluster, by its last exit, whose members the region computes.
    pub(crate) cluster: Option<NodeId>,
    /// The nodes whose values are there already, and how they are had.
    pub(crate) given: Vec<(NodeId, Inst)>,
    /// True to compute the value although it is in memory for others.
    pub(crate) computed: bool,
}

/// A value at an index, within a domain.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Item {
    value: Value,
    index: Rc<Vec<Index>>,
    within: Rc<Domain>,
}

/// How an item is computed.
enum Expansion {
    /// An instruction without operands.
    Leaf(Inst),
    /// An elementwise op on other items.
    Apply(Vec<Item>),
    /// The first of these whose domain holds; the last holds where no other does.
    Choose(Vec<(Domain, Item)>),
}

impl<'a> Regions<'a> {
    pub(crate) fn new(
        graph: &'a Graph,
        budget: &'a Budget,
        stored: Vec<bool>,
        clusters: Vec<Cluster>,
        turned: BTreeSet<NodeId>,
    ) -> Regions<'a> {
        let exits = clusters.iter().flat_map(|c| c.members.iter().map(|&member| (member, c.exit()))).collect();
        let clusters = clusters.into_iter().map(|cluster| (cluster.exit(), cluster)).collect();
        Regions { graph, budget, stored, clusters, exits, turned, overflowed: Vec::new() }
    }

    /// True if the node's value is in memory.
    pub(crate) fn is_stored(&self, id: NodeId) -> bool {
        self.stored[id.index()]
    }

    /// True if a kernel writes the node's value.
    pub(crate) fn needs_kernel(&self, id: NodeId) -> bool {
        let computed = self.clusters.contains_key(&id) || is_inlined(self.graph, id);
        self.is_stored(id) && computed && !self.is_alias(id) && self.kernel_of(id) == id
    }

    /// The last exit of the cluster that a node is an exit of; the node itself if it is of none.
    pub(crate) fn kernel_of(&self, id: NodeId) -> NodeId {
        let exit = self.exits.get(&id).and_then(|exit| self.clusters.get(exit));
        exit.filter(|cluster| cluster.exits.contains(&id)).map_or(id, Cluster::exit)
    }

    /// The cluster that ends in a node.
    pub(crate) fn cluster(&self, exit: NodeId) -> Option<&Cluster> {
        self.clusters.get(&exit)
    }

    /// The nodes that were written to memory because a region was full.
    pub(crate) fn overflowed(&self) -> &[NodeId] {
        &self.overflowed
    }

    /// True if the value is another type for memory that holds its operand.
    fn is_alias(&self, id: NodeId) -> bool {
        let node = self.graph.node(id);
        is_reshape(&node.op) && self.is_stored(node.inputs[0].node) || self.turned.contains(&id)
    }

    /// The region whose element is `root`: read, where that is in memory, or computed. Where the anchor of a cluster stands,
    /// its value is used. What the region reads is added to `operands`.
    pub(crate) fn region(&mut self, root: Root, operands: &mut Vec<Value>) -> Region {
        let Root { value: root, cluster, given, computed } = root;
        let shape = self.graph.ty(root).shape.clone();
        let item = Item { value: root, index: Rc::new(Index::identity(shape.rank())), within: Rc::default() };
        let mut open = BTreeMap::from([(item.clone(), ())]);
        let mut expanded: BTreeMap<Item, Expansion> = BTreeMap::new();
        let mut loads = operands.clone();
        while let Some((item, ())) = open.pop_last() {
            let full = expanded.len() + open.len() >= self.budget.instructions
                || loads.len() + open.len() >= self.budget.operands;
            let own = computed && item.value == root;
            let expansion = self.expand(&item, own, (cluster, &given), full, &shape);
            if let Expansion::Leaf(Inst::Load { .. }) = &expansion
                && !loads.contains(&item.value)
            {
                loads.push(item.value);
            }
            for child in expansion.children() {
                open.insert(child.clone(), ());
            }
            expanded.insert(item, expansion);
        }
        let mut builder = RegionBuilder::new(shape);
        let mut vars: BTreeMap<&Item, Var> = BTreeMap::new();
        for (item, expansion) in &expanded {
            let var = self.push(&mut builder, &vars, item, expansion, operands);
            vars.insert(item, var);
        }
        let result = vars[&item];
        builder.finish(result)
    }

    fn expand(
        &mut self,
        item: &Item,
        own: bool,
        (cluster, given): (Option<NodeId>, &[(NodeId, Inst)]),
        full: bool,
        extents: &Shape,
    ) -> Expansion {
        let (value, graph) = (item.value, self.graph);
        let id = value.node;
        let node = graph.node(id);
        if let Some((_, inst)) = given.iter().find(|(given, _)| *given == id) {
            return Expansion::Leaf(self.given(item, inst, extents));
        }
        // What a cluster keeps to itself has no memory to be read from.
        let inside = cluster.is_some() && cluster.as_ref() == self.exits.get(&id);
        if !own && !inside {
            if self.is_alias(id) {
                self.stored[id.index()] = true;
            }
            let works = !matches!(node.op, Op::Literal(_) | Op::Param { .. } | Op::Iota(_));
            if full && works && !self.is_stored(id) && is_inlined(graph, id) {
                self.stored[id.index()] = true;
                self.overflowed.push(id);
            }
            if self.is_stored(id) {
                return Expansion::Leaf(self.load(item, extents));
            }
        }
        let child = |value: Value, index: Rc<Vec<Index>>, within: Rc<Domain>| {
            // A scalar is the same everywhere.
            match graph.ty(value).shape.rank() {
                0 => Item { value, index: Rc::default(), within: Rc::default() },
                _ => Item { value, index, within },
            }
        };
        match &node.op {
            Op::Literal(scalar) => Expansion::Leaf(Inst::Literal(*scalar)),
            Op::Param { slot, .. } => Expansion::Leaf(Inst::Param(*slot)),
            Op::Iota(_) => Expansion::Leaf(Inst::Index(item.index[0].clone())),
            Op::View(view) => {
                let source = node.inputs[0];
                let index = view.source(&graph.ty(source).shape, &item.index, extents);
                Expansion::Apply(vec![child(source, Rc::new(index), item.within.clone())])
            }
            Op::Concat { axis } => self.concat(item, *axis, extents, child),
            Op::Pad(pad) => {
                let placed = Placed::new(item, &pad.windows, &pad.shape, extents);
                let inner = child(node.inputs[0], placed.index, placed.within);
                let fill = child(node.inputs[1], item.index.clone(), item.within.clone());
                choose(placed.inside, inner, fill)
            }
            Op::Update(windows) => {
                let placed = Placed::new(item, windows, &node.outputs[0].shape, extents);
                let inner = child(node.inputs[1], placed.index, placed.within);
                let base = child(node.inputs[0], item.index.clone(), item.within.clone());
                choose(placed.inside, inner, base)
            }
            Op::Reduce(reduce) => Expansion::Apply(
                combined_indices(&graph.ty(node.inputs[0]).shape, &reduce.axes, &item.index)
                    .map(|index| child(node.inputs[0], Rc::new(index), item.within.clone()))
                    .collect(),
            ),
            _ => Expansion::Apply(
                node.inputs.iter().map(|&value| child(value, item.index.clone(), item.within.clone())).collect(),
            ),
        }
    }

    fn concat(
        &self,
        item: &Item,
        axis: usize,
        extents: &Shape,
        child: impl Fn(Value, Rc<Vec<Index>>, Rc<Domain>) -> Item,
    ) -> Expansion {
        let node = self.graph.node(item.value.node);
        let mut start = 0;
        let mut parts = Vec::new();
        for &operand in &node.inputs {
            let extent = self.graph.ty(operand).shape[axis] as i64;
            if extent == 0 {
                continue;
            }
            let bound = Bound::new(item.index[axis].clone(), start, start + extent);
            let mut index = (*item.index).clone();
            index[axis] = index[axis].plus(-start);
            let mut within = (*item.within).clone();
            restrict(&mut within, &bound, extents);
            parts.push((vec![bound], child(operand, Rc::new(index), Rc::new(within))));
            start += extent;
        }
        match parts.is_empty() {
            // Nothing to join: an empty space, of which no element is ever asked for.
            true => Expansion::Leaf(Inst::Literal(Scalar::zero(node.outputs[0].dtype))),
            false => Expansion::Choose(parts),
        }
    }

    /// A value that is there already: an anchor's is read at the place that is asked for.
    fn given(&self, item: &Item, inst: &Inst, extents: &Shape) -> Inst {
        let own = &self.graph.ty(item.value).shape;
        let is_here = own == extents && *item.index == Index::identity(extents.rank());
        match inst {
            Inst::Anchor if !is_here => Inst::Line {
                index: self.proved(item, extents),
                within: (*item.within).clone(),
                otherwise: Scalar::zero(self.graph.ty(item.value).dtype),
            },
            inst => inst.clone(),
        }
    }

    /// The index of an item that is read within its domain.
    fn proved(&self, item: &Item, extents: &Shape) -> Vec<Index> {
        let shape = &self.graph.ty(item.value).shape;
        // Where the domain holds every index is in range. Where that is too hard to see, a modulus that changes nothing
        // there shows it.
        let proved = |(axis, index): (usize, &Index)| {
            let (low, high) = index.range_within(extents, &item.within);
            let extent = shape[axis] as i64;
            if low >= 0 && high < extent || extent == 0 { index.clone() } else { index.rem(extent, extents) }
        };
        item.index.iter().enumerate().map(proved).collect()
    }

    fn load(&self, item: &Item, extents: &Shape) -> Inst {
        Inst::Load {
            // The place among the kernel's operands is known when the region is emitted.
            operand: u32::MAX,
            index: self.proved(item, extents),
            within: (*item.within).clone(),
            otherwise: Scalar::zero(self.graph.ty(item.value).dtype),
        }
    }

    fn push(
        &self,
        builder: &mut RegionBuilder,
        vars: &BTreeMap<&Item, Var>,
        item: &Item,
        expansion: &Expansion,
        operands: &mut Vec<Value>,
    ) -> Var {
        let ty: &Type = self.graph.ty(item.value);
        let dtype = ty.dtype;
        let var = |item: &Item| vars[item];
        match expansion {
            Expansion::Leaf(Inst::Load { index, within, otherwise, .. }) => {
                let place = operands.iter().position(|&value| value == item.value).unwrap_or_else(|| {
                    operands.push(item.value);
                    operands.len() - 1
                });
                let (index, within) = (index.clone(), within.clone());
                builder.push(Inst::Load { operand: place as u32, index, within, otherwise: *otherwise }, dtype)
            }
            Expansion::Leaf(inst) => builder.push(inst.clone(), dtype),
            Expansion::Apply(items) => match (&self.graph.op(item.value), &items[..]) {
                (Op::Cast(_), [a]) => builder.push(Inst::Cast(var(a)), dtype),
                (Op::Unary(op), [a]) => builder.push(Inst::Unary(*op, var(a)), dtype),
                (Op::Binary(op), [a, b]) => builder.push(Inst::Binary(*op, var(a), var(b)), dtype),
                (Op::Select, [c, a, b]) => builder.push(Inst::Select(var(c), var(a), var(b)), dtype),
                (Op::Reduce(reduce), items) => {
                    let op = match reduce.kind {
                        ReduceKind::Sum => Binary::Add,
                        ReduceKind::Prod => Binary::Mul,
                        ReduceKind::Min => Binary::Min,
                        _ => Binary::Max,
                    };
                    let mut vars: Vec<Var> = items.iter().map(var).collect();
                    // The tree of a reduction of so few elements: each half with the half above it.
                    let mut half = vars.len().next_power_of_two() / 2;
                    while half > 0 {
                        let high = vars.split_off(half.min(vars.len()));
                        for (low, high) in vars.iter_mut().zip(high) {
                            *low = builder.push(Inst::Binary(op, *low, high), dtype);
                        }
                        half /= 2;
                    }
                    vars[0]
                }
                (_, [a]) => var(a),
                _ => unreachable!("only elementwise ops and views apply to items"),
            },
            Expansion::Choose(parts) => {
                let (last, rest) = parts.split_last().expect("a choice has parts");
                rest.iter().rev().fold(var(&last.1), |otherwise, (domain, item)| {
                    let inside = builder.push(Inst::Inside(domain.clone()), DType::Bool);
                    builder.push(Inst::Select(inside, var(item), otherwise), dtype)
                })
            }
        }
    }
}

impl Expansion {
    fn children(&self) -> Vec<&Item> {
        match self {
            Expansion::Leaf(_) => Vec::new(),
            Expansion::Apply(items) => items.iter().collect(),
            Expansion::Choose(parts) => parts.iter().map(|(_, item)| item).collect(),
        }
    }
}

/// The indices of the elements that a reduction combines, in row-major order of the reduced axes.
fn combined_indices(shape: &Shape, axes: &[usize], index: &[Index]) -> impl Iterator<Item = Vec<Index>> {
    let extents: Vec<usize> = axes.iter().map(|&axis| shape[axis]).collect();
    (0..extents.iter().product::<usize>()).map(move |at| {
        let mut all = index.to_vec();
        let mut inner: usize = extents.iter().product();
        // Ascending, so that each axis is in place before those behind it are.
        for (&axis, &extent) in axes.iter().zip(&extents) {
            inner /= extent;
            all.insert(axis, Index::constant((at / inner % extent) as i64));
        }
        all
    })
}

fn choose(inside: Option<Domain>, inner: Item, outer: Item) -> Expansion {
    match inside {
        // Nothing is inside.
        None => Expansion::Apply(vec![outer]),
        Some(domain) if domain.is_empty() => Expansion::Apply(vec![inner]),
        Some(domain) => Expansion::Choose(vec![(domain, inner), (Domain::new(), outer)]),
    }
}

/// Adds a bound to a domain, unless it holds everywhere.
fn restrict(within: &mut Domain, bound: &Bound, extents: &Shape) {
    if bound.holds(extents) != Some(true) && !within.contains(bound) {
        within.push(bound.clone());
    }
}

/// An operand in the windows of a larger array: where an index is inside, and which element it means there.
struct Placed {
    /// `None` if it is never inside.
    inside: Option<Domain>,
    index: Rc<Vec<Index>>,
    within: Rc<Domain>,
}

impl Placed {
    fn new(item: &Item, windows: &[Window], shape: &Shape, extents: &Shape) -> Placed {
        let (mut inside, mut within) = (Domain::new(), (*item.within).clone());
        let mut index = Vec::with_capacity(windows.len());
        for (axis, window) in windows.iter().enumerate() {
            let (extent, step) = (shape[axis] as i64, window.step as i64);
            let mut position = item.index[axis].plus(-(window.start as i64));
            if window.wraps(shape[axis]) {
                position = position.rem(extent, extents);
            }
            let reach = (window.extent as i64 - 1) * step + 1;
            // In terms of the axis itself where that is what is asked: `i in 354..414`.
            let bound = match window.wraps(shape[axis]) {
                true => Bound::new(position.clone(), 0, reach),
                false => Bound::new(item.index[axis].clone(), window.start as i64, window.start as i64 + reach),
            };
            let mut bounds = vec![bound];
            if step > 1 {
                bounds.push(Bound::new(position.rem(step, extents), 0, 1));
                position = position.div(step, extents);
            }
            for bound in bounds {
                restrict(&mut inside, &bound, extents);
                restrict(&mut within, &bound, extents);
            }
            index.push(position);
        }
        let never = windows.iter().any(|window| window.extent == 0);
        Placed { inside: (!never).then_some(inside), index: Rc::new(index), within: Rc::new(within) }
    }
}
