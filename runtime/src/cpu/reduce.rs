//! Reductions: the load region folded block by block, the blocks of each output combined, and the store regions after it.

use super::fold::{Folded, Given};
use super::map::Stores;
use super::program::Launch;
use super::storage::{Code, Slot};
use super::{HostMemory, internal};
use crate::Error;
use ondine_codegen::nest::{BLOCK, Layout};
use ondine_ir::{Inst, Kernel, Reduce, ReduceKind, Type};

/// Tasks of a large reduction: enough to deal evenly.
const TASKS: usize = 256;

/// A reduction kernel, lowered.
pub(super) struct Reduction {
    folded: Folded,
    stores: Stores,
    /// True if the one store region is the reduction itself.
    is_plain: bool,
    result_bytes: usize,
}

impl Reduction {
    pub(super) fn new(kernel: &Kernel, reduce: &Reduce, operands: &[Type]) -> Reduction {
        let layouts: Vec<Layout> = operands.iter().map(|ty| Layout::dense(&ty.shape)).collect();
        let folded = Folded::new(reduce.kind, &reduce.axes, &kernel.loads[0], &layouts, None);
        let anchor = Layout::dense(&kernel.stores[0].extents);
        Reduction {
            stores: Stores::new(&kernel.stores, operands, Some(&anchor)),
            is_plain: kernel.stores.len() == 1 && matches!(kernel.stores[0].body[..], [(Inst::Anchor, _)]),
            result_bytes: result_bytes(reduce.kind, &folded),
            folded,
        }
    }

    /// Its nests, for people.
    pub(super) fn codes(&self) -> Vec<&Code> {
        std::iter::once(self.folded.code()).chain(self.stores.nests().map(|(code, _)| code)).collect()
    }

    /// # Safety
    /// The slots of the launch are valid for the kernel, as [`Raw::new`](super::storage::Raw::new) says.
    pub(super) unsafe fn run(&self, launch: &Launch) -> Result<(), Error> {
        let Folded { fold, outputs, count, tile, .. } = self.folded;
        let (blocks, partial) = (self.folded.blocks(), fold.partial_bytes());
        let take = |bytes: usize| {
            let lacking = || Error::OutOfMemory { device: "cpu".into(), bytes, what: "partial results of a reduction" };
            HostMemory::zeroed(bytes).ok_or_else(lacking)
        };
        let partials = take((outputs * blocks).checked_mul(partial).ok_or_else(|| internal("too many outputs"))?)?;
        let time = self.folded.cost() * (outputs * count) as f64;
        let to = Slot::new(partials.start());
        // Several small slabs are one task, and more of them where there are many: memory is fastest read in long runs.
        let slabs = outputs.div_ceil(tile) * blocks;
        let group = (16384 / (tile * count.min(BLOCK)).max(1)).max(slabs / TASKS).max(1);
        let given = Given { cpu: launch.cpu, operands: &launch.operands, params: launch.params };
        launch.cpu.threads.try_deal(
            slabs.div_ceil(group),
            time,
            || self.folded.scratch(),
            |scratch, task| {
                let (mut at, end) = (task * group, slabs.min((task + 1) * group));
                while at < end {
                    let (slab, block) = (at / blocks, at % blocks);
                    let outputs = slab * tile..outputs.min((slab + 1) * tile);
                    let together = block..block + self.folded.together(block, end - at);
                    at += together.len();
                    // SAFETY: the caller's promise.
                    let found = unsafe { self.folded.fold(given, outputs.clone(), together.clone(), scratch) };
                    let places = outputs.flat_map(|output| together.clone().map(move |block| output * blocks + block));
                    for (place, found) in places.zip(found.chunks_exact(partial)) {
                        // SAFETY: the partial results of one slab are this task's alone, and inside `partials`.
                        unsafe {
                            let to = to.start().add(place * partial);
                            std::ptr::copy_nonoverlapping(found.as_ptr(), to, partial);
                        }
                    }
                }
            },
        )?;
        let values = if self.is_plain { None } else { Some(take(outputs * self.result_bytes)?) };
        let anchor = values.as_ref().map_or_else(|| launch.results[0], |memory| Slot::new(memory.start()));
        let chunk = (16384 / blocks.max(1)).max(1);
        let tasks = outputs.div_ceil(chunk);
        launch.cpu.threads.deal(
            tasks,
            (outputs * blocks) as f64,
            || (),
            |_, at| {
                let outputs = at * chunk..outputs.min((at + 1) * chunk);
                let from = &partials.as_bytes()[outputs.start * blocks * partial..outputs.end * blocks * partial];
                // SAFETY: the anchor's memory holds all outputs and tasks are disjoint ranges of them.
                let out = unsafe {
                    let start = anchor.start().add(outputs.start * self.result_bytes);
                    std::slice::from_raw_parts_mut(start, outputs.len() * self.result_bytes)
                };
                fold.combine(blocks, from, out);
            },
        );
        if !self.is_plain {
            // SAFETY: the caller's promise; the anchor's memory holds a value for every output.
            unsafe { self.stores.run(launch, Some(anchor)) };
        }
        Ok(())
    }
}

/// Bytes of the value of one output.
pub(super) fn result_bytes(kind: ReduceKind, folded: &Folded) -> usize {
    let is_arg = matches!(kind, ReduceKind::ArgMin | ReduceKind::ArgMax);
    if is_arg { 8 } else { folded.fold.dtype.bytes() }
}
