//! Reductions: the load region to memory, folds of blocks, folds of what these leave, and the store regions after it.

use super::memory::DeviceMemory;
use super::program::{At, Kernels, Map, Step};
use crate::Error;
use ondine_codegen::cuda::{Kernel, Routine};
use ondine_codegen::nest::{BLOCK, Layout};
use ondine_ir::{self as ir, DType, Inst, ReduceKind, Shape, Type};
use smallvec::SmallVec;

/// Partial results that one block of threads combines.
const COMBINED: usize = 512;

/// A reduction kernel, lowered.
pub(super) struct Reduction {
    load: Map,
    dtype: DType,
    is_arg: bool,
    fold: At,
    combine: At,
    outputs: usize,
    /// Elements of one output.
    count: usize,
    stores: Map,
    /// True if the one store region is the reduction itself.
    is_plain: bool,
}

impl Reduction {
    pub(super) fn new(kernel: &ir::Kernel, reduce: &ir::Reduce, operands: &[Type], kernels: &mut Kernels) -> Reduction {
        let region = &kernel.loads[0];
        let rank = region.extents.rank();
        let kept: SmallVec<[usize; 4]> = (0..rank).filter(|axis| !reduce.axes.contains(axis)).collect();
        let shape = |axes: &[usize]| Shape::new(axes.iter().map(|&axis| region.extents[axis]));
        let (outputs, count) = (shape(&kept).elements(), shape(&reduce.axes).elements());
        // The elements of one output lie together.
        let mut strides: SmallVec<[i64; 4]> = SmallVec::from_elem(0, rank);
        for (axis, stride) in kept.iter().zip(shape(&kept).strides()) {
            strides[*axis] = stride * count as i64;
        }
        for (axis, stride) in reduce.axes.iter().zip(shape(&reduce.axes).strides()) {
            strides[*axis] = stride;
        }
        let dtype = region.dtype();
        let is_arg = matches!(reduce.kind, ReduceKind::ArgMin | ReduceKind::ArgMax);
        let (fold, combine) = match is_arg {
            true => (Routine::ArgFold(dtype, reduce.kind), Routine::ArgCombine(dtype, reduce.kind)),
            false => (Routine::Fold(dtype, reduce.kind), Routine::Combine(dtype, reduce.kind)),
        };
        let anchor = Layout::dense(&kernel.stores[0].extents);
        Reduction {
            load: Map::single(region, operands, Layout { strides }, kernels),
            dtype,
            is_arg,
            fold: kernels.add(Kernel::Routine(fold)),
            combine: kernels.add(Kernel::Routine(combine)),
            outputs,
            count,
            stores: Map::new(&kernel.stores, operands, Some(&anchor), false, kernels),
            is_plain: kernel.stores.len() == 1 && matches!(kernel.stores[0].body[..], [(Inst::Anchor, _)]),
        }
    }

    /// Queues the reduction.
    ///
    /// # Safety
    /// The addresses of the step are memory of the types that the kernel was lowered for.
    pub(super) unsafe fn run(&self, step: &Step) -> Result<(), Error> {
        if self.outputs == 0 {
            return Ok(());
        }
        let take = |elements: usize, bytes: usize, what| DeviceMemory::new(step.context, elements * bytes, what);
        let size = self.dtype.bytes();
        let elements = take(self.outputs * self.count, size, "the elements of a reduction")?;
        // SAFETY: the caller's promise; the memory holds all elements.
        unsafe { self.load.run(step, None, &[elements.address()])? };
        let result_bytes = if self.is_arg { 8 } else { size };
        let values = if self.is_plain { None } else { Some(take(self.outputs, result_bytes, "a reduction")?) };
        let target = values.as_ref().map_or(step.results[0], DeviceMemory::address);
        // SAFETY: as above; the target holds a value for every output.
        unsafe {
            match self.is_arg {
                true => self.best(step, &elements, target)?,
                false => self.fold(step, &elements, target)?,
            }
        }
        if let Some(values) = &values {
            // SAFETY: as above.
            unsafe { self.stores.run(step, Some(values.address()), &step.results)? };
        }
        Ok(())
    }

    /// # Safety
    /// The elements are there and the target holds a value for every output.
    unsafe fn fold(&self, step: &Step, elements: &DeviceMemory, target: u64) -> Result<(), Error> {
        let size = self.dtype.bytes();
        let lanes = (128 / size).min(32);
        let mut blocks = self.count.div_ceil(BLOCK).max(1);
        let partials = |blocks: usize| DeviceMemory::new(step.context, self.outputs * blocks * size, "partial results");
        let mut from = if blocks > 1 { Some(partials(blocks)?) } else { None };
        let to = from.as_ref().map_or(target, DeviceMemory::address);
        let numbers = [self.outputs, self.count, blocks];
        // SAFETY: the caller's promise; partial results have room for every block.
        unsafe { step.routine(self.fold, self.outputs * blocks * lanes, &[elements.address(), to], &numbers)? };
        while let Some(partial) = from {
            let left = blocks.div_ceil(COMBINED);
            from = if left > 1 { Some(partials(left)?) } else { None };
            let to = from.as_ref().map_or(target, DeviceMemory::address);
            let numbers = [self.outputs, blocks, left];
            // SAFETY: as above.
            unsafe { step.routine(self.combine, self.outputs * left * 256, &[partial.address(), to], &numbers)? };
            blocks = left;
        }
        Ok(())
    }

    /// # Safety
    /// As for `fold`.
    unsafe fn best(&self, step: &Step, elements: &DeviceMemory, target: u64) -> Result<(), Error> {
        let blocks = self.count.div_ceil(BLOCK).max(1);
        let partials = |size: usize| DeviceMemory::new(step.context, self.outputs * blocks * size, "partial results");
        let (found, places) = (partials(self.dtype.bytes())?, partials(8)?);
        let addresses = [elements.address(), found.address(), places.address()];
        // SAFETY: the caller's promise; partial results have room for every block.
        unsafe {
            step.routine(self.fold, self.outputs * blocks * 32, &addresses, &[self.outputs, self.count, blocks])?;
            let addresses = [found.address(), places.address(), target];
            step.routine(self.combine, self.outputs * 32, &addresses, &[self.outputs, blocks])
        }
    }
}
