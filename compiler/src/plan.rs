//! The plan: steps in order, with a place in memory for every value. Made after the last pass; not a graph.

use ondine_ir::{Graph, NodeId, Value};
use std::collections::HashMap;

/// What a device runs: a plan, and another one for when its assumptions turn out wrong.
#[derive(Clone, Debug)]
pub struct Program {
    /// The plan.
    pub main: Plan,
    /// The assumption under which the plan is right, if it needs one.
    pub guard: Option<Guard>,
}

/// An assumption that is tested while the main plan runs.
#[derive(Clone, Debug)]
pub struct Guard {
    /// Which result of the main plan is the flag: bool, rank 0, true if the results may be published. It is not one of the
    /// user's results and follows them.
    pub flag: usize,
    /// The graph to compile and run when the flag is false, with the user's inputs and results.
    pub fallback: Graph,
}

/// Steps in order, and where every value lives.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The optimised graph whose nodes the steps run.
    pub graph: Graph,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// Where each value that a step reads or writes lives; inputs included.
    pub places: HashMap<Value, Place>,
    /// Bytes of memory shared by all temporaries, each aligned to [`Plan::ALIGNMENT`].
    pub arena: usize,
    /// Where the results of the graph are found, in order. Results that name one value twice, or an input, repeat its place.
    pub results: Vec<Place>,
    /// Bytes of each `Place::Result`.
    pub result_bytes: Vec<usize>,
}

/// One node to run.
#[derive(Clone, Debug)]
pub struct Step {
    /// The node of the plan's graph: a kernel or a library call.
    pub node: NodeId,
    /// Values whose memory may be reused after this step.
    pub frees: Vec<Value>,
    /// The operand (by place among the node's inputs) whose memory the first output overwrites, element by element.
    pub donated: Option<usize>,
}

/// Where a value lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// In an input buffer.
    Input(u32),
    /// In the arena, from this byte on.
    Temp {
        /// First byte.
        offset: usize,
    },
    /// In a result buffer of its own.
    Result(u32),
}

impl Plan {
    /// Bytes to which places in the arena are aligned.
    pub const ALIGNMENT: usize = 64;
}
