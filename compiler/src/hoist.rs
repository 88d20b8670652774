//! Constants: what depends on no input and no parameter is computed once per program, where reading it costs less than
//! computing it again.
//!
//! A literal, an index or an addition of them stays where it is used. A transcendental function of an index, a reduction
//! or a transform becomes an input of the graph, and a result of its set-up graph. Broadcasts stay: what is small is read
//! again and again rather than written out.

use crate::Licence;
use crate::pass::{Cx, rebuild};
use ondine_ir::{Binary, Error, Graph, Node, NodeId, Op, Unary, Value};

/// The cost of one element, in additions, from which it is read rather than computed.
const WORTH_READING: u32 = 16;

/// The work of a constant, in additions, below which nobody notices it.
const NOTICEABLE: usize = 1 << 14;

/// The most bytes of constants of one program.
const MOST_BYTES: usize = 16 << 20;

/// Replaces constants by inputs, and leaves the graph that computes them in `cx.setup`.
pub(crate) fn hoist(graph: &Graph, cx: &mut Cx) -> Result<Graph, Error> {
    let hoisted = chosen(graph);
    if hoisted.is_empty() {
        return Ok(graph.prune());
    }
    let mut setup = Graph::new(format!("{}_setup", graph.name()));
    let mut moved: Vec<Option<NodeId>> = vec![None; graph.len()];
    for id in ancestors(graph, &hoisted) {
        let node = graph.node(id);
        let find = |value: &Value| Value { node: moved[value.node.index()].expect("operands come first"), ..*value };
        let operands: Vec<Value> = node.inputs.iter().map(find).collect();
        moved[id.index()] = Some(setup.add(node.op.clone(), operands)?);
    }
    setup.set_results(hoisted.iter().map(|id| Value::from(moved[id.index()].expect("it is its own ancestor"))));
    cx.setup = Some(setup);
    rebuild(graph, |new, id, node, _| {
        let Ok(at) = hoisted.binary_search(&id) else { return Ok(None) };
        cx.apply("hoist_constant", Licence::Exact);
        Ok(Some(new.input(format!("constant{at}"), node.outputs[0].clone()).into()))
    })
}

/// For every node, true if it depends on no input and no parameter.
pub(crate) fn constants(graph: &Graph) -> Vec<bool> {
    let mut constant = vec![false; graph.len()];
    for id in graph.ids() {
        let node = graph.node(id);
        constant[id.index()] = !matches!(node.op, Op::Input { .. } | Op::Param { .. })
            && node.inputs.iter().all(|operand| constant[operand.node.index()]);
    }
    constant
}

/// The constants that are worth it, in order.
fn chosen(graph: &Graph) -> Vec<NodeId> {
    let (constant, mut costs) = (constants(graph), vec![0; graph.len()]);
    for id in graph.ids() {
        costs[id.index()] = cost(graph, graph.node(id), &costs);
    }
    // Constants that something else reads, directly or through constants that stay.
    let mut wanted = vec![false; graph.len()];
    let (mut left, mut hoisted) = (MOST_BYTES, Vec::new());
    for id in graph.ids().rev() {
        let node = graph.node(id);
        let is_constant = constant[id.index()];
        let bytes: usize = node.outputs.iter().map(|ty| ty.bytes()).sum();
        let work = node.outputs[0].shape.elements().saturating_mul(costs[id.index()] as usize);
        if is_constant && !wanted[id.index()] {
            continue;
        }
        let is_worth_it = costs[id.index()] >= WORTH_READING && work >= NOTICEABLE && node.outputs.len() == 1;
        if is_constant && is_worth_it && bytes <= left {
            left -= bytes;
            hoisted.push(id);
            continue;
        }
        node.inputs.iter().for_each(|operand| wanted[operand.node.index()] = true);
    }
    hoisted.reverse();
    hoisted
}

/// The cost of one element in additions, given those of its operands.
fn cost(graph: &Graph, node: &Node, costs: &[u32]) -> u32 {
    let operands = || node.inputs.iter().fold(0u32, |sum, value| sum.saturating_add(costs[value.node.index()]));
    let own = match &node.op {
        Op::Input { .. } | Op::Param { .. } | Op::Literal(_) | Op::Iota(_) => return 0,
        // What it repeats can be read.
        Op::View(_) if node.outputs[0].shape.elements() > graph.ty(node.inputs[0]).shape.elements() => {
            return operands().min(1);
        }
        Op::View(_) => 0,
        Op::Unary(op) if op.is_cheap() => 1,
        Op::Binary(op) if op.is_cheap() => 1,
        Op::Unary(Unary::Sqrt) | Op::Binary(Binary::Div) => 4,
        Op::Unary(_) | Op::Binary(_) => WORTH_READING,
        op if op.is_elementwise() => 1,
        Op::Pad(_) | Op::Concat { .. } | Op::Update(_) => 1,
        // In memory anyway.
        _ => return u32::MAX,
    };
    operands().saturating_add(own)
}

/// What some nodes are computed from, and themselves, in order.
fn ancestors(graph: &Graph, nodes: &[NodeId]) -> Vec<NodeId> {
    let mut needed = vec![false; graph.len()];
    nodes.iter().for_each(|id| needed[id.index()] = true);
    for id in graph.ids().rev() {
        if needed[id.index()] {
            graph.node(id).inputs.iter().for_each(|operand| needed[operand.node.index()] = true);
        }
    }
    graph.ids().filter(|id| needed[id.index()]).collect()
}
