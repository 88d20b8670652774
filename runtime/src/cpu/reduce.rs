//! Reductions: the load region computed slab by slab into scratch, folded, and the store regions after it.

use super::map::{Stores, cost};
use super::program::Launch;
use super::storage::{Code, Raw, Slot};
use super::{HostMemory, internal};
use crate::Error;
use ondine_codegen::nest::{BLOCK, Fold, Frame, Layout, Layouts, Slab, lower};
use ondine_ir::{Inst, Kernel, Reduce, ReduceKind, Region, Shape, Type};
use smallvec::{SmallVec, smallvec};

/// Reductions with fewer elements per output than this keep outputs side by side, whatever the layout.
const SHORT: usize = 64;

/// A reduction kernel, lowered.
pub(super) struct Reduction {
    fold: Fold,
    load: Code,
    kept: SmallVec<[usize; 4]>,
    reduced: SmallVec<[usize; 4]>,
    outputs: usize,
    /// Elements of one output.
    count: usize,
    /// Outputs of one slab.
    tile: usize,
    /// Distance between outputs, or elements, in scratch.
    pitch: usize,
    is_outer: bool,
    stores: Stores,
    /// True if the one store region is the reduction itself.
    is_plain: bool,
    result_bytes: usize,
}

impl Reduction {
    pub(super) fn new(kernel: &Kernel, reduce: &Reduce, operands: &[Type]) -> Reduction {
        let region = &kernel.loads[0];
        let rank = region.extents.rank();
        let reduced: SmallVec<[usize; 4]> = reduce.axes.clone();
        let kept: SmallVec<[usize; 4]> = (0..rank).filter(|axis| !reduced.contains(axis)).collect();
        let shape = |axes: &[usize]| Shape::new(axes.iter().map(|&axis| region.extents[axis]));
        let (outputs, count) = (shape(&kept).elements(), shape(&reduced).elements());
        let fold = Fold { kind: reduce.kind, dtype: region.dtype() };
        let is_outer = outputs > 1 && (count < SHORT || !reduced.contains(&contiguous_axis(region, operands)));
        let block = count.min(BLOCK);
        let tile = if is_outer { (65536 / block.max(1)).clamp(32, 1024) } else { (4096 / block.max(1)).max(1) };
        let tile = tile.min(outputs.max(1));
        let pitch = if is_outer { tile } else { block };
        let (per_output, per_element) = if is_outer { (1, pitch as i64) } else { (pitch as i64, 1) };
        let mut strides: SmallVec<[i64; 4]> = SmallVec::from_elem(0, rank);
        for (axis, stride) in kept.iter().zip(shape(&kept).strides()) {
            strides[*axis] = stride * per_output;
        }
        for (axis, stride) in reduced.iter().zip(shape(&reduced).strides()) {
            strides[*axis] = stride * per_element;
        }
        let layouts: Vec<Layout> = operands.iter().map(|ty| Layout::dense(&ty.shape)).collect();
        let results = [Layout { strides }];
        let load = lower(&[region], &Layouts { operands: &layouts, anchor: None, results: &results });
        let anchor = Layout::dense(&kernel.stores[0].extents);
        let is_plain = kernel.stores.len() == 1 && matches!(kernel.stores[0].body[..], [(Inst::Anchor, _)]);
        let is_arg = matches!(reduce.kind, ReduceKind::ArgMin | ReduceKind::ArgMax);
        Reduction {
            fold,
            load: Code::new(load),
            kept,
            reduced,
            outputs,
            count,
            tile,
            pitch,
            is_outer,
            stores: Stores::new(&kernel.stores, operands, Some(&anchor)),
            is_plain,
            result_bytes: if is_arg { 8 } else { fold.dtype.bytes() },
        }
    }

    /// Its nests, for people.
    pub(super) fn codes(&self) -> Vec<&Code> {
        std::iter::once(&self.load).chain(self.stores.nests().map(|(code, _)| code)).collect()
    }

    /// # Safety
    /// The slots of the launch are valid for the kernel, as [`Raw::new`] says.
    pub(super) unsafe fn run(&self, launch: &Launch) -> Result<(), Error> {
        let blocks = self.count.div_ceil(BLOCK);
        let partial = self.fold.partial_bytes();
        let take = |bytes: usize| {
            let lacking = || Error::OutOfMemory { device: "cpu".into(), bytes, what: "partial results of a reduction" };
            HostMemory::zeroed(bytes).ok_or_else(lacking)
        };
        let partials = take((self.outputs * blocks).checked_mul(partial).ok_or_else(|| internal("too many outputs"))?)?;
        let tiles = self.outputs.div_ceil(self.tile);
        let time = (cost(&self.load.nest) + 0.5) * (self.outputs * self.count) as f64;
        let to = Slot::new(partials.start());
        let whole = Frame::whole(&self.load.nest.extents);
        let scratch = || {
            (
                vec![[0u64; 2]; (self.tile * self.count.min(BLOCK) * self.fold.dtype.bytes()).div_ceil(16)],
                vec![[0u64; 2]; self.tile],
            )
        };
        // Several small slabs are one task.
        let slab_elements = (self.tile * self.count.min(BLOCK)).max(1);
        let group = (16384 / slab_elements).max(1);
        let slabs = tiles * blocks;
        launch.cpu.threads.deal(slabs.div_ceil(group), time, scratch, |(scratch, found), task| {
            for at in task * group..slabs.min((task + 1) * group) {
                let (tile, block) = (at / blocks, at % blocks);
                let outputs = tile * self.tile..self.outputs.min((tile + 1) * self.tile);
                let elements = block * BLOCK..self.count.min((block + 1) * BLOCK);
                let (per_output, per_element) = if self.is_outer { (1, self.pitch) } else { (self.pitch, 1) };
                let shift = -((outputs.start * per_output + elements.start * per_element) as i64);
                let slot = Slot::new(scratch.as_mut_ptr().cast()).shifted(shift);
                // SAFETY: operands by the caller's promise; the scratch memory of this thread holds the slab.
                let mut raw = unsafe { Raw::new(&launch.operands, None, smallvec![slot]) };
                for frame in whole.runs(&self.kept, outputs.start, outputs.end) {
                    for frame in frame.runs(&self.reduced, elements.start, elements.end) {
                        self.load.run(launch.cpu, &frame, launch.params, &mut raw);
                    }
                }
                let slab =
                    Slab { outputs: outputs.len(), count: elements.len(), pitch: self.pitch, is_outer: self.is_outer };
                let found: &mut [u8] = &mut bytemuck::cast_slice_mut(found)[..outputs.len() * partial];
                self.fold.block(slab, elements.start, bytemuck::cast_slice(scratch), found);
                for (output, found) in outputs.clone().zip(found.chunks_exact(partial)) {
                    // SAFETY: the partial results of one slab are this task's alone, and inside `partials`.
                    unsafe {
                        let to = to.start().add((output * blocks + block) * partial);
                        std::ptr::copy_nonoverlapping(found.as_ptr(), to, partial);
                    }
                }
            }
        });
        let values = if self.is_plain { None } else { Some(take(self.outputs * self.result_bytes)?) };
        let anchor = values.as_ref().map_or_else(|| launch.results[0], |memory| Slot::new(memory.start()));
        let chunk = (16384 / blocks.max(1)).max(1);
        let tasks = self.outputs.div_ceil(chunk);
        launch.cpu.threads.deal(
            tasks,
            (self.outputs * blocks) as f64,
            || (),
            |_, at| {
                let outputs = at * chunk..self.outputs.min((at + 1) * chunk);
                let from = &partials.as_bytes()[outputs.start * blocks * partial..outputs.end * blocks * partial];
                // SAFETY: the anchor's memory holds all outputs and tasks are disjoint ranges of them.
                let out = unsafe {
                    let start = anchor.start().add(outputs.start * self.result_bytes);
                    std::slice::from_raw_parts_mut(start, outputs.len() * self.result_bytes)
                };
                self.fold.combine(blocks, from, out);
            },
        );
        if !self.is_plain {
            // SAFETY: the caller's promise; the anchor's memory holds a value for every output.
            unsafe { self.stores.run(launch, Some(anchor)) };
        }
        Ok(())
    }
}

/// The axis along which most operands are contiguous; the last one if none is.
fn contiguous_axis(region: &Region, operands: &[Type]) -> usize {
    let rank = region.extents.rank();
    let mut votes = vec![0; rank];
    for (inst, _) in &region.body {
        let Inst::Load { operand, index, .. } = inst else { continue };
        let strides = operands[*operand as usize].shape.strides();
        for (axis, votes) in votes.iter_mut().enumerate().filter(|(axis, _)| region.extents[*axis] > 1) {
            let step: i64 = index
                .iter()
                .zip(&strides)
                .filter_map(|(index, stride)| index.coefficients(rank).map(|steps| steps[axis] * stride))
                .sum();
            *votes += (step.abs() == 1) as usize;
        }
    }
    (0..rank).max_by_key(|&axis| (votes[axis], region.extents[axis] > 1, axis)).unwrap_or(0)
}
