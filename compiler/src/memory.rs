//! Where every value lives: lifetimes, donation, and offsets in the arena.
//!
//! Values share one block of memory when a step may write over its operand element by element. A block that ends as a
//! result is a result buffer, every other lives in the arena while some of its values are still read.

use crate::layout::{Layout, permutation};
use crate::plan::{Place, Step};
use crate::schedule::runs;
use ondine_ir::{Anchor, Graph, Index, Inst, Kernel, NodeId, Op, Region, Shape, Value, View};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Places, steps with frees and donations, arena size, results with their sizes.
pub(crate) struct Memory {
    pub(crate) places: HashMap<Value, Place>,
    pub(crate) steps: Vec<Step>,
    pub(crate) arena: usize,
    pub(crate) results: Vec<Place>,
    pub(crate) result_bytes: Vec<usize>,
}

/// Memory that one or several values in a row occupy.
struct Block {
    bytes: usize,
    /// The first step that writes it and the last that reads it.
    first: usize,
    last: usize,
    is_result: bool,
}

/// The memory of a schedule. `holds_lines` says that sweeps may write over what they read.
pub(crate) fn memory(
    graph: &Graph,
    order: &[NodeId],
    layouts: &HashMap<Value, Layout>,
    holds_lines: bool,
    alignment: usize,
) -> Memory {
    let last_read = last_reads(graph, order);
    let result_values: Vec<Value> = graph.results().iter().map(|&result| origin(graph, result)).collect();
    let results: HashSet<Value> = result_values.iter().copied().collect();
    let mut blocks: Vec<Block> = Vec::new();
    let mut block_of: HashMap<Value, usize> = HashMap::new();
    let mut steps: Vec<Step> = Vec::new();
    for (at, &id) in order.iter().enumerate() {
        let node = graph.node(id);
        let dies = |value: Value| last_read.get(&value) == Some(&at) && !results.contains(&value);
        let mut donated = None;
        for (output, ty) in node.outputs.iter().enumerate() {
            let value = Value { node: id, output: output as u8 };
            let reads = last_read.get(&value).copied().unwrap_or(at);
            let free = |other: Value| {
                block_of.contains_key(&other) && dies(other) && layouts.get(&other) == layouts.get(&value)
            };
            let is_sweep = matches!(&node.op, Op::Kernel(kernel) if matches!(kernel.anchor, Anchor::Lines(_)));
            let reused = if output == 0 && (holds_lines || !is_sweep) { donor(graph, id, free) } else { None };
            let block = match reused {
                Some(place) => {
                    donated = Some(place);
                    block_of[&origin(graph, node.inputs[place])]
                }
                None => {
                    let bytes = layouts.get(&value).map_or(ty.bytes(), |layout| layout.elements * ty.dtype.bytes());
                    blocks.push(Block { bytes, first: at, last: at, is_result: false });
                    blocks.len() - 1
                }
            };
            blocks[block].last = blocks[block].last.max(reads);
            blocks[block].is_result |= results.contains(&value);
            block_of.insert(value, block);
        }
        steps.push(Step { node: id, frees: Vec::new(), donated });
    }
    for (value, &at) in &last_read {
        if block_of.contains_key(value) && !results.contains(value) {
            steps[at].frees.push(*value);
        }
    }
    for step in &mut steps {
        step.frees.sort_unstable();
    }
    place(graph, blocks, block_of, steps, result_values, alignment)
}

fn place(
    graph: &Graph,
    blocks: Vec<Block>,
    block_of: HashMap<Value, usize>,
    steps: Vec<Step>,
    result_values: Vec<Value>,
    alignment: usize,
) -> Memory {
    let (offsets, arena) = offsets(&blocks, alignment);
    let mut result_bytes = Vec::new();
    let mut result_of: BTreeMap<usize, u32> = BTreeMap::new();
    for value in &result_values {
        if let Some(&block) = block_of.get(value) {
            result_of.entry(block).or_insert_with(|| {
                result_bytes.push(blocks[block].bytes);
                result_bytes.len() as u32 - 1
            });
        }
    }
    let place = |value: Value| match (graph.op(value), block_of.get(&value)) {
        (Op::Input { slot, .. }, _) => Some(Place::Input(*slot)),
        (_, Some(block)) => Some(match result_of.get(block) {
            Some(&result) => Place::Result(result),
            None => Place::Temp { offset: offsets[*block] },
        }),
        _ => None,
    };
    let mut places = HashMap::new();
    for id in graph.ids() {
        for output in 0..graph.node(id).outputs.len() as u8 {
            let value = Value { node: id, output };
            if let Some(found) = place(origin(graph, value)) {
                places.insert(value, found);
            }
        }
    }
    let results = result_values.iter().map(|value| places[value]).collect();
    Memory { places, steps, arena, results, result_bytes }
}

/// The value whose memory a value is: reshapes and permuted views of what is in memory are another type for it.
pub(crate) fn origin(graph: &Graph, mut value: Value) -> Value {
    while matches!(graph.op(value), Op::View(View::Reshape(_))) || permutation(graph, value.node).is_some() {
        value = graph.node(value.node).inputs[0];
    }
    value
}

/// The last step that reads each value, through reshapes.
fn last_reads(graph: &Graph, order: &[NodeId]) -> HashMap<Value, usize> {
    let mut last = HashMap::new();
    for (at, &id) in order.iter().enumerate() {
        for &operand in &graph.node(id).inputs {
            if runs(graph.op(origin(graph, operand))) {
                last.insert(origin(graph, operand), at);
            }
        }
    }
    last
}

/// The operand whose memory the node may overwrite: of the same size, read nowhere later, and read by every load exactly
/// at the element that is written. A sweep reads whole lines before it writes the same lines.
fn donor(graph: &Graph, id: NodeId, free: impl Fn(Value) -> bool) -> Option<usize> {
    let node = graph.node(id);
    let Op::Kernel(kernel) = &node.op else { return None };
    if matches!(kernel.anchor, Anchor::Reduce(_)) || kernel.stores.len() != 1 {
        return None;
    }
    let ty = &node.outputs[0];
    if let Anchor::Lines(lines) = &kernel.anchor
        && ty.bytes() >= FAR_APART
        && lines.iter().any(|line| ty.shape[line.axis.axis + 1..].iter().any(|extent| *extent > 1))
    {
        return None;
    }
    (0..node.inputs.len()).find(|&place| {
        let value = node.inputs[place];
        let same = graph.ty(value).dtype.bytes() == ty.dtype.bytes() && graph.ty(value).shape == ty.shape;
        // Under another name the same memory may be read elsewhere.
        let once = node.inputs.iter().filter(|&&other| origin(graph, other) == origin(graph, value)).count() == 1;
        same && once && free(origin(graph, value)) && reads_holds_lines(kernel, place as u32, &ty.shape)
    })
}

/// Bytes from which on a sweep of columns writes other memory than it reads: in place, stores past the cache meet lines
/// that were just read (256^3: 1.13 instead of 1.37 times the speed of FFTW).
const FAR_APART: usize = 2 << 20;

fn reads_holds_lines(kernel: &Kernel, place: u32, shape: &Shape) -> bool {
    let identity = Index::identity(shape.rank());
    let holds_lines = |region: &Region| {
        region.body.iter().all(|(inst, _)| match inst {
            Inst::Load { operand, index, within, .. } if *operand == place => *index == identity && within.is_empty(),
            _ => true,
        })
    };
    match kernel.anchor {
        Anchor::Map => holds_lines(&kernel.stores[0]),
        // A row is done with what it reads of itself before it writes, but no element may belong to another row.
        Anchor::Rows(_) => kernel.regions().all(|region| {
            holds_lines(region) && (region.extents == *shape || region.operands().all(|operand| operand != place))
        }),
        // Later regions run while other lines are already overwritten.
        _ => {
            let later = |region: &Region| region.operands().any(|operand| operand == place);
            holds_lines(&kernel.loads[0]) && !kernel.mids.iter().chain(&kernel.stores).any(later)
        }
    }
}

/// Offsets of the blocks that are no results: each at the first gap that is free while it lives.
fn offsets(blocks: &[Block], alignment: usize) -> (Vec<usize>, usize) {
    let mut offsets = vec![0; blocks.len()];
    // Taken ranges by their start, each with the last step that needs it.
    let mut taken: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    let mut arena = 0;
    let mut by_start: Vec<usize> = (0..blocks.len()).filter(|&block| !blocks[block].is_result).collect();
    by_start.sort_by_key(|&block| (blocks[block].first, block));
    for block in by_start {
        let Block { bytes, first, last, .. } = blocks[block];
        let bytes = bytes.next_multiple_of(alignment);
        taken.retain(|_, (_, until)| *until >= first);
        let mut offset = 0;
        for (&start, &(end, _)) in &taken {
            if offset + bytes <= start {
                break;
            }
            offset = offset.max(end);
        }
        offsets[block] = offset;
        if bytes > 0 {
            taken.insert(offset, (offset + bytes, last));
        }
        arena = arena.max(offset + bytes);
    }
    (offsets, arena)
}
