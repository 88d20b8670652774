//! Reductions: folds of blocks whose elements are computed where they are folded, folds of what these leave, and the store
//! regions after it. A load region of several boxes goes to memory first.

use super::driver::Address;
use super::map::{At, Kernels, Map, Scratch, Spot};
use super::step::Step;
use crate::Error;
use ondine_codegen::cuda::{self, Kernel, Routine};
use ondine_codegen::nest::{self, BLOCK, Layout, Layouts, lower};
use ondine_ir::{self as ir, Inst, ReduceKind, Shape, Type};
use smallvec::SmallVec;

/// Partial results that one block of threads combines.
const COMBINED: usize = 512;

/// Reductions of fewer elements than this take neighbouring outputs side by side, whatever the layout.
const SHORT: usize = 64;

/// A reduction kernel, lowered.
pub(super) struct Reduction {
    elements: Elements,
    fold: At,
    /// Threads that work on one block of one output.
    lanes: usize,
    combine: At,
    is_arg: bool,
    outputs: usize,
    /// Elements of one output.
    count: usize,
    /// Partial results and, of the best, their positions; one level of folds goes from the first to the second and back.
    partials: [Spot; 2],
    /// The values, where the store regions make results of them.
    values: Option<Spot>,
    stores: Map,
}

/// Where the elements come from.
enum Elements {
    /// They are computed by the fold.
    Computed(Box<cuda::Launch>),
    /// They are written first.
    Written(Map, Spot),
}

impl Reduction {
    pub(super) fn new(
        kernel: &ir::Kernel,
        reduce: &ir::Reduce,
        operands: &[Type],
        kernels: &mut Kernels,
        scratch: &mut Scratch,
    ) -> Reduction {
        let region = &kernel.loads[0];
        let rank = region.extents.rank();
        let kept: SmallVec<[usize; 4]> = (0..rank).filter(|axis| !reduce.axes.contains(axis)).collect();
        let shape = |axes: &[usize]| Shape::new(axes.iter().map(|&axis| region.extents[axis]));
        let (outputs, count) = (shape(&kept).elements(), shape(&reduce.axes).elements());
        // Written elements of one output lie together.
        let mut strides: SmallVec<[i64; 4]> = SmallVec::from_elem(0, rank);
        for (axis, stride) in kept.iter().zip(shape(&kept).strides()) {
            strides[*axis] = stride * count as i64;
        }
        for (axis, stride) in reduce.axes.iter().zip(shape(&reduce.axes).strides()) {
            strides[*axis] = stride;
        }
        let (dtype, kind) = (region.dtype(), reduce.kind);
        let is_arg = matches!(kind, ReduceKind::ArgMin | ReduceKind::ArgMax);
        let layouts: Vec<Layout> = operands.iter().map(|ty| Layout::dense(&ty.shape)).collect();
        let results = [Layout { strides }];
        let nest = lower(&[region], &Layouts { operands: &layouts, anchor: None, results: &results });
        let size = dtype.bytes();
        let mut lanes = if is_arg { 32 } else { (128 / size).min(32) };
        let (elements, fold) = match cuda::fold(&nest, &kept, &reduce.axes) {
            Some((launch, loops)) => {
                let is_short = count < SHORT && outputs >= 32 * SHORT;
                // Small elements have more accumulators than a thread has registers.
                let is_across = !is_arg && outputs > 1 && size >= 4 && (is_short || launch.is_contiguous_across(loops));
                if is_across {
                    lanes = 1;
                }
                let fold = cuda::Fold { key: launch.key.clone(), outputs: loops, kind, dtype, is_across };
                (Elements::Computed(Box::new(launch)), kernels.add(Kernel::Fold(fold)))
            }
            None => {
                let [result] = results;
                let map = Map::single(region, operands, result, kernels);
                let routine = if is_arg { Routine::ArgFold(dtype, kind) } else { Routine::Fold(dtype, kind) };
                let spot = scratch.take(outputs * count * size);
                (Elements::Written(map, spot), kernels.add(Kernel::Routine(routine)))
            }
        };
        let combine = if is_arg { Routine::ArgCombine(dtype, kind) } else { Routine::Combine(dtype, kind) };
        let anchor = Layout::dense(&kernel.stores[0].extents);
        let is_plain = kernel.stores.len() == 1 && matches!(kernel.stores[0].body[..], [(Inst::Anchor, _)]);
        let blocks = count.div_ceil(BLOCK).max(1);
        let second = if is_arg { outputs * blocks * 8 } else { outputs * blocks.div_ceil(COMBINED) * size };
        Reduction {
            elements,
            fold,
            lanes,
            combine: kernels.add(Kernel::Routine(combine)),
            is_arg,
            outputs,
            count,
            partials: [scratch.take(outputs * blocks * size), scratch.take(second)],
            values: (!is_plain).then(|| scratch.take(outputs * if is_arg { 8 } else { size })),
            stores: Map::new(&kernel.stores, operands, Some(&anchor), false, kernels),
        }
    }

    /// True if all parameters travel with the launches.
    pub(super) fn is_direct(&self) -> bool {
        let is_direct = match &self.elements {
            Elements::Computed(_) => true,
            Elements::Written(map, _) => map.is_direct(),
        };
        is_direct && self.stores.is_direct()
    }

    /// Queues the reduction.
    ///
    /// # Safety
    /// The addresses of the step are memory of the types that the kernel was lowered for.
    pub(super) unsafe fn run(&self, step: &Step) -> Result<(), Error> {
        if self.outputs == 0 {
            return Ok(());
        }
        let mut blocks = self.count.div_ceil(BLOCK).max(1);
        let target = self.values.map_or(step.results[0], |values| step.at(values));
        let [mut from, mut other] = self.partials.map(|spot| step.at(spot));
        // SAFETY: the caller's promise; scratch memory has room for every partial result, and for every element that is
        // written.
        unsafe {
            if self.is_arg {
                self.fold(step, &[from, other], blocks)?;
                step.routine(self.combine, self.outputs * 32, &[from, other, target], &[self.outputs, blocks])?;
            } else {
                self.fold(step, &[if blocks > 1 { from } else { target }], blocks)?;
                while blocks > 1 {
                    let left = blocks.div_ceil(COMBINED);
                    let to = if left > 1 { other } else { target };
                    let numbers = [self.outputs, blocks, left];
                    step.routine(self.combine, self.outputs * left * 256, &[from, to], &numbers)?;
                    (from, other) = (other, from);
                    blocks = left;
                }
            }
            match self.values {
                Some(_) => self.stores.run(step, &step.operands, Some(target), &step.results),
                None => Ok(()),
            }
        }
    }

    /// Queues the folds of blocks.
    ///
    /// # Safety
    /// As for `run`; the partial results have room for every block of every output.
    unsafe fn fold(&self, step: &Step, partials: &[Address], blocks: usize) -> Result<(), Error> {
        let threads = self.outputs * blocks * self.lanes;
        let numbers = [self.outputs, self.count, blocks];
        match &self.elements {
            Elements::Written(map, spot) => {
                let elements = step.at(*spot);
                let addresses: SmallVec<[Address; 4]> = [elements].iter().chain(partials).copied().collect();
                // SAFETY: the caller's promise.
                unsafe {
                    map.run(step, &step.operands, None, &[elements])?;
                    step.routine(self.fold, threads, &addresses, &numbers)
                }
            }
            Elements::Computed(launch) => {
                let reads = launch.pointers.iter().filter_map(|pointer| match pointer.memory {
                    nest::Memory::Operand(at) => Some(step.operands[at as usize].wrapping_add_signed(pointer.offset)),
                    _ => None,
                });
                let reads: SmallVec<[Address; 8]> = reads.collect();
                let data = step.data(launch);
                let numbers = numbers.map(|number| number as u64);
                let mut arguments: SmallVec<[&[u8]; 16]> = reads.iter().map(bytemuck::bytes_of).collect();
                arguments.push(&data);
                arguments.extend(partials.iter().chain(&numbers).map(bytemuck::bytes_of));
                // SAFETY: the caller's promise; these are the parameters of a fold.
                unsafe { step.launch_as(self.fold, threads, &arguments) }
            }
        }
    }
}
