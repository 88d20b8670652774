//! Views move towards the leaves, through elementwise work, where they meet, compose and cancel.
//!
//! One backward walk collects for every node the views under which its users read it. If all users agree, the node is
//! computed under that view and passes it on to its operands; a view composes and passes on whatever its users ask. One
//! forward walk then builds. So a chain of rolls costs no more than its length. Broadcasts stay where they are: work is
//! never made larger.

use crate::Licence;
use crate::pass::Cx;
use ondine_ir::{Affine, Error, Graph, NodeId, Op, Pad, Shape, Type, Value, View, Window};
use smallvec::SmallVec;
use std::collections::HashMap;

/// Views to apply one after the other; neighbours of a kind are composed. Empty is the value itself.
type Chain = SmallVec<[View; 1]>;

/// A chain that got longer than this stops moving, so that no program makes the walks slow.
const LONGEST: usize = 4;

/// Moves all views as far towards the leaves as they go.
pub(crate) fn sink_views(graph: &Graph, cx: &mut Cx) -> Result<Graph, Error> {
    let origins = origins(graph);
    let demands = demands(graph, &origins, cx);
    let mut walk = Walk { graph, origins, new: graph.like(), built: HashMap::new() };
    for id in graph.ids() {
        let node = graph.node(id);
        match demands[id.index()].agreed() {
            // Its users read through it.
            _ if walk.origins[id.index()].is_some() => {}
            Some(chain) if can_pass(&node.op, &node.outputs[0], chain) => {
                let value = walk.build_under(id, chain)?;
                walk.built.insert((id.into(), chain.clone()), value);
            }
            _ => {
                let mut operands: SmallVec<[Value; 3]> = SmallVec::new();
                for &value in &node.inputs {
                    operands.push(walk.read(value, Chain::new())?);
                }
                let moved = walk.new.add(node.op.clone(), operands)?;
                for output in 0..node.outputs.len() as u8 {
                    walk.built.insert((Value { node: id, output }, Chain::new()), Value { node: moved, output });
                }
            }
        }
    }
    let mut results = Vec::new();
    for &value in graph.results() {
        results.push(walk.read(value, Chain::new())?);
    }
    walk.new.set_results(results);
    Ok(walk.new)
}

/// For every view that its users can read through: what it views, and how.
fn origins(graph: &Graph) -> Vec<Option<(Value, Chain)>> {
    let mut origins: Vec<Option<(Value, Chain)>> = Vec::with_capacity(graph.len());
    for id in graph.ids() {
        let node = graph.node(id);
        let origin = match &node.op {
            Op::View(view) => {
                let source = node.inputs[0];
                let (base, chain) = origins[source.node.index()].clone().unwrap_or((source, Chain::new()));
                let chain = compose(&graph.ty(base).shape, chain.iter().chain([view]));
                (chain.len() <= LONGEST).then_some((base, chain))
            }
            _ => None,
        };
        origins.push(origin);
    }
    origins
}

/// The views under which the users of a node read it.
#[derive(Default)]
struct Demand {
    chains: SmallVec<[Chain; 1]>,
}

impl Demand {
    fn add(&mut self, chain: Chain) {
        // More than a few different readers will not come to agree; the list stays short.
        const MANY: usize = 4;
        if self.chains.len() < MANY && !self.chains.contains(&chain) {
            self.chains.push(chain);
        }
    }

    /// The chain that all users ask for.
    fn agreed(&self) -> Option<&Chain> {
        match &self.chains[..] {
            [chain] => Some(chain),
            _ => None,
        }
    }
}

fn demands(graph: &Graph, origins: &[Option<(Value, Chain)>], cx: &mut Cx) -> Vec<Demand> {
    let mut demands: Vec<Demand> = (0..graph.len()).map(|_| Demand::default()).collect();
    for result in graph.results() {
        demands[result.node.index()].add(Chain::new());
    }
    for id in graph.ids().rev() {
        let node = graph.node(id);
        let demand = std::mem::take(&mut demands[id.index()]);
        match &node.op {
            Op::View(view) if origins[id.index()].is_some() => {
                let source = graph.ty(node.inputs[0]);
                for chain in &demand.chains {
                    let composed = compose(&source.shape, [view].into_iter().chain(chain));
                    if composed.is_empty() && !chain.is_empty() {
                        cx.apply(cancelled(view), Licence::Exact);
                    }
                    demands[node.inputs[0].node.index()].add(composed);
                }
            }
            op => {
                let passed = demand.agreed().filter(|chain| can_pass(op, &node.outputs[0], chain)).cloned();
                if let Some(chain) = &passed {
                    cx.apply(sunk(chain), Licence::Exact);
                }
                let chain = passed.unwrap_or_default();
                for (place, operand) in node.inputs.iter().enumerate() {
                    let own = if keeps_order(graph, op, place, *operand) { Chain::new() } else { chain.clone() };
                    demands[operand.node.index()].add(own);
                }
            }
        }
        demands[id.index()] = demand;
    }
    demands
}

/// Names of rules, by what moved.
fn cancelled(view: &View) -> &'static str {
    match view {
        View::Roll(_) => "cancel_rolls",
        View::Reshape(_) => "cancel_reshapes",
        View::Affine(_) => "cancel_views",
    }
}

fn sunk(chain: &Chain) -> &'static str {
    match &chain[..] {
        [View::Roll(_)] => "sink_roll",
        [View::Reshape(_)] => "sink_reshape",
        _ => "sink_view",
    }
}

/// True if reading the op's result through the chain equals computing it from operands read through the chain, without
/// more work.
fn can_pass(op: &Op, ty: &Type, chain: &Chain) -> bool {
    let grows = chain.iter().any(|view| matches!(view, View::Affine(affine) if affine.repeats()));
    match op {
        _ if chain.is_empty() || chain.len() > LONGEST / 2 => false,
        // Operands of rank 0 have no axes to read differently.
        op if op.is_elementwise() => !grows && ty.shape.rank() > 0,
        // Cyclic windows turn with a roll; the values keep their order.
        Op::Update(_) | Op::Pad(_) => matches!(&chain[..], [View::Roll(_)]),
        _ => false,
    }
}

/// The views one after the other, from a source of the given shape.
fn compose<'a>(source: &Shape, views: impl IntoIterator<Item = &'a View>) -> Chain {
    let mut composed: Chain = SmallVec::new();
    // The shape before each view of the chain, and after the last.
    let mut shapes: SmallVec<[Shape; 2]> = SmallVec::from_elem(source.clone(), 1);
    for view in views {
        let result = view.shape(&shapes[composed.len()]);
        let merged = match composed.last() {
            Some(last) => merge(last, view, &shapes[composed.len() - 1]),
            None => None,
        };
        if merged.is_some() {
            composed.pop();
            shapes.pop();
        }
        let view = merged.unwrap_or_else(|| view.clone());
        if !view.is_identity(&shapes[composed.len()]) {
            composed.push(view);
            shapes.push(result);
        }
    }
    composed
}

/// One view for two, if they are of a kind; `first` reads a source of shape `source`.
fn merge(first: &View, second: &View, source: &Shape) -> Option<View> {
    match (first, second) {
        (View::Roll(a), View::Roll(b)) => {
            let sum = a.iter().zip(b).map(|(&a, &b)| (a + b) as i64);
            Some(View::roll(source, sum).unwrap_or(View::Roll(SmallVec::from_elem(0, source.rank()))))
        }
        (View::Reshape(_), View::Reshape(shape)) => Some(View::Reshape(shape.clone())),
        (View::Affine(a), View::Affine(b)) => {
            let source = a.source.iter().map(|index| index.substitute(&b.source, &b.shape));
            Some(View::Affine(Affine::new(b.shape.clone(), source)))
        }
        _ => None,
    }
}

/// The forward walk.
struct Walk<'a> {
    graph: &'a Graph,
    origins: Vec<Option<(Value, Chain)>>,
    new: Graph,
    /// New values by old value and the chain under which it was computed.
    built: HashMap<(Value, Chain), Value>,
}

impl Walk<'_> {
    /// The new value of an old one, read through a chain.
    fn read(&mut self, value: Value, chain: Chain) -> Result<Value, Error> {
        let (base, chain) = match &self.origins[value.node.index()] {
            Some((base, origin)) => (*base, compose(&self.graph.ty(*base).shape, origin.iter().chain(&chain))),
            None => (value, chain),
        };
        if let Some(&found) = self.built.get(&(base, chain.clone())) {
            return Ok(found);
        }
        let plain = self.built.get(&(base, Chain::new()));
        let mut found = *plain.ok_or_else(|| Error::Internal {
            what: "sink_views: a node is read otherwise than it was computed".to_string(),
            dump: self.graph.dump_around(base.node),
        })?;
        for view in chain {
            found = self.new.view(view, found)?;
        }
        Ok(found)
    }

    /// The node computed from operands read through the chain.
    fn build_under(&mut self, id: NodeId, chain: &Chain) -> Result<Value, Error> {
        let node = self.graph.node(id);
        let mut operands: SmallVec<[Value; 3]> = SmallVec::new();
        for (place, &operand) in node.inputs.iter().enumerate() {
            let through = if keeps_order(self.graph, &node.op, place, operand) { Chain::new() } else { chain.clone() };
            operands.push(self.read(operand, through)?);
        }
        let op = match (&node.op, &chain[..]) {
            (Op::Update(windows), [View::Roll(shifts)]) => Op::Update(rolled(windows, shifts, &node.outputs[0].shape)),
            (Op::Pad(pad), [View::Roll(shifts)]) => {
                Op::Pad(Pad { shape: pad.shape.clone(), windows: rolled(&pad.windows, shifts, &pad.shape) })
            }
            (op, _) => op.clone(),
        };
        Ok(self.new.add(op, operands)?.into())
    }
}

/// True for operands that are read as they are when their node is read through a chain: scalars, and what windows hold.
fn keeps_order(graph: &Graph, op: &Op, place: usize, operand: Value) -> bool {
    graph.ty(operand).shape.rank() == 0
        || match op {
            Op::Update(_) => place == 1,
            Op::Pad(_) => true,
            _ => false,
        }
}

fn rolled(windows: &[Window], shifts: &[usize], shape: &Shape) -> Vec<Window> {
    (0..windows.len()).map(|axis| windows[axis].rolled(shifts[axis], shape[axis])).collect()
}
