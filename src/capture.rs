//! From pending nodes to one typed graph: a walk in topological order, and the graph it builds.
//!
//! Ready nodes become inputs, numbers become parameters (0, 1 and -1 literals). Nothing here recurses.

use crate::element::is_literal;
use crate::error::Failure;
use crate::lazy::{Body, Lazy, Source, Sources};
use ondine_ir::{Graph, NodeId, Op, Scalar, Type, Value};
use ondine_runtime::Device;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// Hashes addresses of nodes, which nobody outside chooses.
#[derive(Default)]
pub(crate) struct Address(u64);

/// Makes hashers of addresses.
pub(crate) type Addresses = BuildHasherDefault<Address>;

impl Hasher for Address {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_usize(*byte as usize));
    }
    fn write_usize(&mut self, value: usize) {
        // Nodes lie on multiples of 16; the high half of the product mixes all other bits.
        let product = (self.0 ^ value as u64) as u128 * 0x9e37_79b9_7f4a_7c15;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
}

/// The pending nodes that some results need, operands first.
#[derive(Default)]
pub(crate) struct Walk {
    /// Nodes with an op.
    pub(crate) order: Vec<Lazy>,
    /// Nodes that wait for a copy.
    pub(crate) transfers: Vec<Lazy>,
    /// An argument of a function being compiled, if one was met.
    pub(crate) placeholder: Option<Lazy>,
    /// Where a node that was met is placed.
    pub(crate) placed: Option<Device>,
}

enum Visit {
    Enter(Lazy),
    Leave(Lazy),
    LeaveTransfer(Lazy),
}

impl Walk {
    /// Walks from the results to whatever is known. What lies behind a transfer is walked only if `through_transfers`.
    pub(crate) fn from(roots: &[Lazy], through_transfers: bool) -> Walk {
        let mut walk = Walk::default();
        let mut seen: HashSet<usize, Addresses> = HashSet::with_capacity_and_hasher(28, Addresses::default());
        let mut stack: Vec<Visit> = Vec::with_capacity(16);
        stack.extend(roots.iter().rev().cloned().map(Visit::Enter));
        while let Some(visit) = stack.pop() {
            let lazy = match visit {
                Visit::Enter(lazy) => lazy,
                Visit::Leave(lazy) => {
                    walk.order.push(lazy);
                    continue;
                }
                Visit::LeaveTransfer(lazy) => {
                    walk.transfers.push(lazy);
                    continue;
                }
            };
            if !seen.insert(lazy.address()) {
                continue;
            }
            if walk.placed.is_none() {
                walk.placed = lazy.placed().cloned();
            }
            lazy.read(|body| match body {
                Body::Pending { sources, .. } => {
                    stack.push(Visit::Leave(lazy.clone()));
                    stack.extend(sources.iter().rev().filter_map(Source::as_lazy).cloned().map(Visit::Enter));
                }
                Body::Transfer(source) => {
                    stack.push(Visit::LeaveTransfer(lazy.clone()));
                    if through_transfers {
                        stack.push(Visit::Enter(source.clone()));
                    }
                }
                Body::Placeholder => walk.placeholder = Some(lazy.clone()),
                Body::Scalar(_) | Body::Ready(_) => {}
            });
        }
        walk
    }
}

/// A graph, and what it has to be given.
pub(crate) struct Capture {
    pub(crate) graph: Graph,
    /// One node per input, after the declared ones.
    pub(crate) inputs: Vec<Lazy>,
    pub(crate) params: Vec<Scalar>,
    /// Handles on all nodes that `values` names, which keep the addresses from being used again.
    kept: Vec<Lazy>,
    values: HashMap<usize, Value, Addresses>,
}

impl Capture {
    pub(crate) fn new(name: &str) -> Capture {
        let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
        let graph = Graph::new(if name.is_empty() { "main".to_string() } else { name });
        Capture { graph, inputs: Vec::new(), params: Vec::new(), kept: Vec::new(), values: HashMap::default() }
    }

    /// Declares an argument of a function being compiled.
    pub(crate) fn argument(&mut self, placeholder: &Lazy, name: Option<String>) {
        let node = self.graph.input(name.unwrap_or_default(), placeholder.ty().clone());
        self.keep(placeholder, node.into());
    }

    /// Adds nodes that come in topological order.
    pub(crate) fn extend(&mut self, order: &[Lazy]) -> Result<(), Failure> {
        for lazy in order {
            self.value(lazy)?;
        }
        Ok(())
    }

    /// The value of a node whose operands have one already.
    pub(crate) fn value(&mut self, lazy: &Lazy) -> Result<Value, Failure> {
        if let Some(value) = self.values.get(&lazy.address()) {
            return Ok(*value);
        }
        enum Found {
            Node(Op, Sources),
            Scalar(Scalar),
            Input,
        }
        let found = lazy.read(|body| match body {
            Body::Pending { op, sources } => Found::Node(op.clone(), sources.clone()),
            Body::Scalar(scalar) => Found::Scalar(*scalar),
            Body::Transfer(_) | Body::Placeholder | Body::Ready(_) => Found::Input,
        });
        let value = match found {
            Found::Node(op, sources) => {
                let mut operands = Vec::with_capacity(sources.len());
                for source in &sources {
                    operands.push(match source {
                        Source::Scalar(scalar) => self.scalar(*scalar),
                        // Operands precede their node, or they are known: this never goes deeper than one step.
                        Source::Lazy(operand) => self.operand(operand),
                    });
                }
                self.graph.add(op, operands)?.into()
            }
            Found::Scalar(scalar) => self.scalar(scalar),
            Found::Input => self.input(lazy),
        };
        self.keep(lazy, value);
        Ok(value)
    }

    /// The value of an operand: in the graph, a number, or an input.
    fn operand(&mut self, lazy: &Lazy) -> Value {
        if let Some(value) = self.values.get(&lazy.address()) {
            return *value;
        }
        let scalar = lazy.read(|body| match body {
            Body::Scalar(scalar) => Some(*scalar),
            _ => None,
        });
        let value = match scalar {
            Some(scalar) => self.scalar(scalar),
            None => self.input(lazy),
        };
        self.keep(lazy, value);
        value
    }

    fn keep(&mut self, lazy: &Lazy, value: Value) {
        self.values.insert(lazy.address(), value);
        self.kept.push(lazy.clone());
    }

    fn input(&mut self, lazy: &Lazy) -> Value {
        let node: NodeId = self.graph.input(lazy.label().unwrap_or_default(), lazy.ty().clone());
        self.inputs.push(lazy.clone());
        node.into()
    }

    fn scalar(&mut self, scalar: Scalar) -> Value {
        if is_literal(scalar) {
            return self.graph.literal(scalar).into();
        }
        self.params.push(scalar);
        self.graph.param(scalar.dtype()).into()
    }

    /// Declares the results.
    pub(crate) fn finish(&mut self, results: &[Lazy]) -> Result<(), Failure> {
        let values = results.iter().map(|lazy| self.value(lazy)).collect::<Result<Vec<Value>, Failure>>()?;
        self.graph.set_results(values);
        Ok(())
    }
}

/// Where to cut a long walk into parts: every part but the last ends at a narrow place, and its results are what later
/// parts read.
pub(crate) struct Part {
    /// The part is `order[start..end]`.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Positions of the nodes that later parts need.
    pub(crate) frontier: Vec<usize>,
}

/// The largest number of nodes that are captured as one graph.
pub(crate) const LIMIT: usize = 1 << 16;

/// Cuts a walk whose results are `roots` into parts of at most `limit` nodes.
pub(crate) fn parts(order: &[Lazy], roots: &[Lazy], limit: usize) -> Vec<Part> {
    if order.len() <= limit {
        return vec![Part { start: 0, end: order.len(), frontier: Vec::new() }];
    }
    let place: HashMap<usize, usize> = order.iter().enumerate().map(|(at, lazy)| (lazy.address(), at)).collect();
    // The position after which nobody reads a node.
    let mut last: Vec<usize> = (0..order.len()).collect();
    for (at, lazy) in order.iter().enumerate() {
        lazy.read(|body| {
            if let Body::Pending { sources, .. } = body {
                for operand in sources.iter().filter_map(Source::as_lazy) {
                    if let Some(&operand) = place.get(&operand.address()) {
                        last[operand] = at;
                    }
                }
            }
        });
    }
    for root in roots {
        if let Some(&at) = place.get(&root.address()) {
            last[at] = order.len();
        }
    }
    // `width[p]`: the bytes that a cut before position `p` has to keep.
    let bytes = |ty: &Type| ty.bytes().max(1) as u128;
    let mut change: Vec<i128> = vec![0; order.len() + 2];
    for (at, &last) in last.iter().enumerate().filter(|&(at, &last)| last > at) {
        change[at + 1] += bytes(order[at].ty()) as i128;
        change[(last + 1).min(order.len() + 1)] -= bytes(order[at].ty()) as i128;
    }
    let mut width = change;
    for at in 1..width.len() {
        width[at] += width[at - 1];
    }
    let mut found = Vec::new();
    let mut start = 0;
    while order.len() - start > limit {
        let end = (start + limit / 2 + 1..=start + limit)
            .min_by_key(|&cut| (width[cut], start + limit - cut))
            .expect("half a part is not empty");
        let frontier = (start..end).filter(|&at| last[at] >= end).collect();
        found.push(Part { start, end, frontier });
        start = end;
    }
    found.push(Part { start, end: order.len(), frontier: Vec::new() });
    found
}
