//! The plan: steps in order, with a place in memory for every value. Made after the last pass; not a graph.

use crate::layout::{Layout, layouts};
use crate::memory::{Memory, memory};
use crate::schedule::schedule;
use crate::{Licences, Options, Target};
use ondine_ir::{Graph, Inst, NodeId, Op, Region, Value};
use std::collections::HashMap;
use std::fmt;

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
    /// How to compile it: without the assumption.
    pub options: Options,
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
    /// How values lie in their memory that are not dense and row-major.
    pub layouts: HashMap<Value, Layout>,
    /// Bytes of memory shared by all temporaries, each aligned to [`Plan::ALIGNMENT`].
    pub arena: usize,
    /// Where the results of the graph are found, in order. Results that name one value twice, or an input, repeat its place.
    pub results: Vec<Place>,
    /// Bytes of each `Place::Result`.
    pub result_bytes: Vec<usize>,
    /// A plan without inputs that runs once, before this one first does: its results are the last inputs of this one.
    pub setup: Option<Box<Plan>>,
    /// What the device may assume in turn where it has a choice: under `exact` alone a transform has the same bits whatever
    /// is fused around it.
    pub licences: Licences,
}

/// One node to run.
#[derive(Clone, Debug)]
pub struct Step {
    /// The node of the plan's graph: a kernel or a library call.
    pub node: NodeId,
    /// Values whose memory may be reused after this step.
    pub frees: Vec<Value>,
    /// The operand (by place among the node's inputs) whose memory the first output overwrites: element by element in a map,
    /// line by line in a sweep.
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

    /// The plan of a fused graph.
    pub(crate) fn new(graph: Graph, target: &Target, licences: Licences) -> Plan {
        let order = schedule(&graph);
        let layouts = layouts(&graph, target);
        let Memory { places, steps, arena, results, result_bytes } =
            memory(&graph, &order, &layouts, target.holds_lines, Plan::ALIGNMENT);
        Plan { graph, steps, places, layouts, arena, results, result_bytes, setup: None, licences }
    }

    /// Bytes of all memory in use while the plan runs: inputs, temporaries and results.
    pub fn peak_bytes(&self) -> usize {
        let inputs = self.graph.inputs().iter().map(|input| self.graph.ty(input.node.into()).bytes());
        inputs.chain(self.result_bytes.iter().copied()).fold(self.arena, usize::saturating_add)
    }

    /// Bytes that a step reads from and writes to memory, elements that several instructions read counted once.
    pub fn bytes_moved(&self, step: &Step) -> (usize, usize) {
        let node = self.graph.node(step.node);
        let written = node.outputs.iter().map(|ty| ty.bytes()).sum();
        let read = match &node.op {
            Op::Kernel(kernel) => (0..node.inputs.len() as u32)
                .map(|operand| {
                    let ty = self.graph.ty(node.inputs[operand as usize]);
                    let elements = kernel.regions().map(|region| elements_read(region, operand)).sum::<usize>();
                    elements.min(ty.shape.elements()) * ty.dtype.bytes()
                })
                .sum(),
            _ => node.inputs.iter().map(|&value| self.graph.ty(value).bytes()).sum(),
        };
        (read, written)
    }

    /// The number of kernels that touch a whole array of at least this many elements, for tests and people.
    pub fn kernels_over(&self, elements: usize) -> usize {
        let touches = |step: &&Step| match &self.graph.node(step.node).op {
            Op::Kernel(kernel) => kernel.regions().any(|region| region.extents.elements() >= elements),
            _ => true,
        };
        self.steps.iter().filter(touches).count()
    }
}

/// An upper bound of how many elements of an operand a region reads: no more than there are points where the load's bounds
/// on single axes hold.
fn elements_read(region: &Region, operand: u32) -> usize {
    let reads = |inst: &Inst| match inst {
        Inst::Load { operand: loaded, within, .. } if *loaded == operand => {
            let extent = |axis: usize| {
                let (low, high) = ondine_ir::Index::axis(axis).range_within(&region.extents, within);
                ((high - low + 1) as usize).min(region.extents[axis])
            };
            (0..region.extents.rank()).map(extent).product()
        }
        _ => 0,
    };
    region.body.iter().map(|(inst, _)| reads(inst)).sum()
}

impl fmt::Display for Plan {
    /// One line per step: what it runs, where the result lies, what it reads and writes, what it frees.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let names = self.graph.value_names();
        let name = |value: &Value| &names[value.node.index()][value.output as usize];
        let steps = if self.steps.len() == 1 { "step" } else { "steps" };
        let (count, arena, peak) = (self.steps.len(), self.arena, self.peak_bytes());
        writeln!(f, "plan {}: {count} {steps}, arena {arena} B, peak {peak} B", self.graph.name())?;
        let lines = self.graph.describe(self.steps.iter().map(|step| step.node));
        let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        for (at, (step, line)) in self.steps.iter().zip(&lines).enumerate() {
            let (read, written) = self.bytes_moved(step);
            let outputs = 0..self.graph.node(step.node).outputs.len() as u8;
            let places: Vec<String> = outputs.map(|output| self.place(Value { node: step.node, output })).collect();
            write!(f, "  {at}  {line:width$}  {}; reads {read} B, writes {written} B", places.join(", "))?;
            if let Some(place) = step.donated {
                write!(f, "; over {}", name(&self.graph.node(step.node).inputs[place]))?;
            }
            if !step.frees.is_empty() {
                write!(
                    f,
                    "; frees {}",
                    step.frees.iter().map(|value| name(value).as_str()).collect::<Vec<_>>().join(", ")
                )?;
            }
            writeln!(f)?;
        }
        if let Some(setup) = &self.setup {
            write!(f, "once before, {} B: {setup}", setup.result_bytes.iter().sum::<usize>())?;
        }
        Ok(())
    }
}

impl Plan {
    fn place(&self, value: Value) -> String {
        let layout = self.layouts.get(&value);
        let place = match self.places.get(&value) {
            Some(Place::Temp { offset }) => {
                let ty = self.graph.ty(value);
                let bytes = layout.map_or(ty.bytes(), |layout| layout.elements * ty.dtype.bytes());
                format!("temp {offset}..{}", offset + bytes)
            }
            Some(Place::Result(result)) => format!("result {result}"),
            Some(Place::Input(slot)) => format!("input {slot}"),
            None => "nowhere".to_string(),
        };
        match layout {
            Some(layout) => format!("{place}, strides {:?}", &layout.strides[..]),
            None => place,
        }
    }
}
