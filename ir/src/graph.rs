//! The graph: an append-only, interned DAG of typed nodes. Index order is a topological order.
//!
//! `add` is the only constructor. It infers the types or fails, then interns: every node is typed, no two nodes are equal,
//! and common subexpressions are never built twice. Nothing is removed or rewired; a pass builds a new graph.

use crate::infer::{Types, infer};
use crate::{Affine, DType, Error, Op, Scalar, Shape, Type, View};
use indexmap::IndexSet;
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use smallvec::SmallVec;
use std::collections::HashMap;
use std::fmt;

/// A node of a graph, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

impl NodeId {
    /// The position as an index into tables with one row per node.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One result of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value {
    /// The node.
    pub node: NodeId,
    /// Which of its outputs.
    pub output: u8,
}

impl From<NodeId> for Value {
    fn from(node: NodeId) -> Value {
        Value { node, output: 0 }
    }
}

/// An op on its operands, with the types of its results.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// What it computes.
    pub op: Op,
    /// From what.
    pub inputs: SmallVec<[Value; 3]>,
    /// The types of its results.
    pub outputs: Types,
}

/// An array that a graph is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name in dumps.
    pub name: String,
    /// Its node.
    pub node: NodeId,
}

/// A typed DAG with inputs, parameters and results.
#[derive(Clone)]
pub struct Graph {
    name: String,
    nodes: IndexSet<Node>,
    /// One edge per operand, from the operand to its user; the weight is the operand's place.
    edges: DiGraph<(), u32>,
    inputs: Vec<Input>,
    /// Names taken by inputs, each with the number of the last copy.
    names: HashMap<String, u32>,
    params: Vec<DType>,
    results: Vec<Value>,
}

impl Graph {
    /// An empty graph.
    pub fn new(name: impl Into<String>) -> Graph {
        Graph {
            name: name.into(),
            nodes: IndexSet::new(),
            edges: DiGraph::new(),
            inputs: Vec::new(),
            names: HashMap::new(),
            params: Vec::new(),
            results: Vec::new(),
        }
    }

    /// A graph with the name, inputs and parameters of this one, and nothing else.
    pub fn like(&self) -> Graph {
        let mut graph = Graph::new(self.name.clone());
        for input in &self.inputs {
            let node = graph.intern(self.node(input.node).clone());
            graph.inputs.push(Input { name: input.name.clone(), node });
        }
        graph.names = self.names.clone();
        graph.params = self.params.clone();
        graph
    }

    /// Its name in dumps.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Declares an array given at run time.
    pub fn input(&mut self, name: impl Into<String>, ty: Type) -> NodeId {
        let op = Op::Input { slot: self.inputs.len() as u32, ty: ty.clone() };
        let node = self.intern(Node { op, inputs: SmallVec::new(), outputs: SmallVec::from_elem(ty, 1) });
        let name = self.free_name(name.into());
        self.inputs.push(Input { name, node });
        node
    }

    /// Declares a number given at run time.
    pub fn param(&mut self, dtype: DType) -> NodeId {
        self.params.push(dtype);
        self.add(Op::Param { slot: self.params.len() as u32 - 1, dtype }, [])
            .expect("a parameter has no operands to fail on")
    }

    fn free_name(&mut self, name: String) -> String {
        let is_word = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let base = if is_word(&name) { name } else { format!("x{}", self.inputs.len()) };
        let mut name = base.clone();
        while self.names.contains_key(&name) {
            let copy = self.names.get_mut(&base).expect("the first of its name is taken");
            *copy += 1;
            name = format!("{base}_{copy}");
        }
        self.names.insert(name.clone(), 1);
        name
    }

    /// Adds a node, or finds the equal one.
    pub fn add(&mut self, op: Op, inputs: impl IntoIterator<Item = Value>) -> Result<NodeId, Error> {
        let inputs: SmallVec<[Value; 3]> = inputs.into_iter().collect();
        let outputs = {
            let operands: SmallVec<[&Type; 3]> = inputs.iter().map(|&value| self.ty(value)).collect();
            infer(&op, &operands)?
        };
        Ok(self.intern(Node { op, inputs, outputs }))
    }

    fn intern(&mut self, node: Node) -> NodeId {
        let (at, is_new) = self.nodes.insert_full(node);
        if is_new {
            let user = self.edges.add_node(());
            for (place, operand) in self.nodes[at].inputs.iter().enumerate() {
                self.edges.add_edge(NodeIndex::new(operand.node.index()), user, place as u32);
            }
        }
        NodeId(at as u32)
    }

    /// A constant of rank 0.
    pub fn literal(&mut self, scalar: Scalar) -> NodeId {
        self.add(Op::Literal(scalar), []).expect("a literal has no operands to fail on")
    }

    /// A view of a value; an identity is the value itself.
    pub fn view(&mut self, view: View, source: Value) -> Result<Value, Error> {
        match view.is_identity(&self.ty(source).shape) {
            true => Ok(source),
            false => Ok(self.add(Op::View(view), [source])?.into()),
        }
    }

    /// A value read under a larger shape that it broadcasts to.
    pub fn broadcast(&mut self, source: Value, shape: &Shape) -> Result<Value, Error> {
        let view = Affine::broadcast(&self.ty(source).shape, shape.clone());
        self.view(View::Affine(view), source)
    }

    /// Declares the results.
    pub fn set_results(&mut self, results: impl IntoIterator<Item = Value>) {
        self.results = results.into_iter().collect();
    }

    /// The values that the graph computes.
    pub fn results(&self) -> &[Value] {
        &self.results
    }

    /// The arrays that the graph is given.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The dtypes of the numbers that the graph is given.
    pub fn params(&self) -> &[DType] {
        &self.params
    }

    /// A node.
    pub fn node(&self, node: NodeId) -> &Node {
        &self.nodes[node.index()]
    }

    /// The op of the node that a value comes from.
    pub fn op(&self, value: Value) -> &Op {
        &self.node(value.node).op
    }

    /// The type of a value.
    pub fn ty(&self, value: Value) -> &Type {
        &self.node(value.node).outputs[value.output as usize]
    }

    /// The literal that a value is, if it is one.
    pub fn as_literal(&self, value: Value) -> Option<Scalar> {
        match self.op(value) {
            Op::Literal(scalar) => Some(*scalar),
            _ => None,
        }
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// True if the graph has no node.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// All nodes in topological order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + ExactSizeIterator + Clone + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    /// The users of a node in topological order; a user with two operands from the node appears once.
    pub fn users(&self, node: NodeId) -> SmallVec<[NodeId; 4]> {
        // petgraph lists edges in no promised order.
        let edges = self.edges.edges_directed(NodeIndex::new(node.index()), Direction::Outgoing);
        let mut users: SmallVec<[NodeId; 4]> = edges.map(|edge| NodeId(edge.target().index() as u32)).collect();
        users.sort_unstable();
        users.dedup();
        users
    }

    /// True if some result of the graph comes from the node.
    pub fn is_result(&self, node: NodeId) -> bool {
        self.results.iter().any(|value| value.node == node)
    }

    /// The edges into a node, as (operand, place), in the order of places.
    pub(crate) fn edges_into(&self, node: NodeId) -> Vec<(NodeId, u32)> {
        let edges = self.edges.edges_directed(NodeIndex::new(node.index()), Direction::Incoming);
        let mut edges: Vec<_> = edges.map(|edge| (NodeId(edge.source().index() as u32), *edge.weight())).collect();
        edges.sort_unstable_by_key(|(_, place)| *place);
        edges
    }

    /// The graph's skeleton for petgraph's algorithms and printers: node `k` is `NodeId(k)`, weights are operand places.
    pub fn edges(&self) -> &DiGraph<(), u32> {
        &self.edges
    }

    /// True if both graphs hold the same nodes in the same order and return the same values.
    pub fn is_same(&self, other: &Graph) -> bool {
        self.results == other.results && self.nodes.len() == other.nodes.len() && self.nodes.iter().eq(&other.nodes)
    }

    /// A new graph without the nodes that no result needs. Inputs and parameters stay.
    pub fn prune(&self) -> Graph {
        let mut live = vec![false; self.len()];
        for result in &self.results {
            live[result.node.index()] = true;
        }
        for node in self.ids().rev() {
            if live[node.index()] {
                for operand in &self.node(node).inputs {
                    live[operand.node.index()] = true;
                }
            }
        }
        let mut pruned = self.like();
        let mut moved: Vec<Option<NodeId>> = vec![None; self.len()];
        for (old, new) in self.inputs.iter().zip(pruned.inputs.clone()) {
            moved[old.node.index()] = Some(new.node);
        }
        for node in self.ids() {
            if live[node.index()] && moved[node.index()].is_none() {
                let mut copy = self.node(node).clone();
                for operand in &mut copy.inputs {
                    operand.node = moved[operand.node.index()].expect("operands precede their node");
                }
                moved[node.index()] = Some(pruned.intern(copy));
            }
        }
        pruned.results = self
            .results
            .iter()
            .map(|value| Value { node: moved[value.node.index()].expect("results are live"), ..*value })
            .collect();
        pruned
    }

    /// Puts a node in place without inference or interning; only for tests of `verify`.
    #[doc(hidden)]
    pub fn push_unchecked(&mut self, node: Node) -> NodeId {
        self.intern(node)
    }
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
