//! Rows: all their stages in one kernel, where what is kept of a row fits a block's shared memory; otherwise one kernel after
//! the other over all rows.

use super::driver::Address;
use super::map::{At, Kernels, Map, Scratch, Spot};
use super::reduce::Reduction;
use super::step::Step;
use crate::Error;
use crate::stages::Stages;
use ondine_codegen::cuda::{self, Kernel, Left, Role, RowPart};
use ondine_codegen::nest::{self, Layout, Layouts, Memory, lower};
use ondine_ir::{self as ir, Anchor, DType, Inst, Op, Reduce, ReduceKind, Region, RegionBuilder, Stage, Type, infer};
use smallvec::{SmallVec, smallvec};

/// Rows of fewer elements leave threads of a warp without work.
const SHORTEST: usize = 32;

/// A kernel of rows, lowered.
pub(super) enum RowSweep {
    /// One launch.
    Together(Together),
    /// Stages with what they leave behind, and what is stored.
    Apart(Vec<(Work, Spot)>, Map),
}

/// All stages in one launch.
pub(super) struct Together {
    at: At,
    parts: Vec<Part>,
    rows: usize,
    /// Elements of one row.
    count: usize,
    /// Threads of one row.
    threads: usize,
    /// Bytes of shared memory of a block.
    shared: usize,
}

/// What a part of the kernel is given.
struct Part {
    launch: cuda::Launch,
    /// Pointers of the launch that are parameters.
    pointers: SmallVec<[cuda::Pointer; 4]>,
    /// The result that it stores.
    result: usize,
}

/// A stage over all rows.
pub(super) enum Work {
    Reduce(Box<Reduction>),
    Each(Map),
}

impl RowSweep {
    /// `is_aliased` says that the result may be an operand's memory.
    pub(super) fn new(
        kernel: &ir::Kernel,
        rows: &ir::Rows,
        operands: &[Type],
        is_aliased: bool,
        kernels: &mut Kernels,
        scratch: &mut Scratch,
    ) -> RowSweep {
        match Together::new(kernel, rows, operands, is_aliased, kernels) {
            Some(together) => RowSweep::Together(together),
            None => RowSweep::apart(kernel, rows, operands, is_aliased, kernels, scratch),
        }
    }

    fn apart(
        kernel: &ir::Kernel,
        rows: &ir::Rows,
        operands: &[Type],
        is_aliased: bool,
        kernels: &mut Kernels,
        scratch: &mut Scratch,
    ) -> RowSweep {
        let mut stages = Stages::new(rows, operands.len());
        let mut types = operands.to_vec();
        let mut works = Vec::new();
        for (load, stage) in kernel.loads.iter().zip(&rows.stages) {
            let region = stages.region(load);
            let (work, left) = match stage {
                Stage::Reduce(kind) => {
                    let (kernel, reduce, left) = alone(region, *kind, rows);
                    let reduction = Reduction::new(&kernel, &reduce, &types, kernels, scratch);
                    (Work::Reduce(Box::new(reduction)), left)
                }
                Stage::Each => {
                    let map = Map::new(std::slice::from_ref(&region), &types, None, false, kernels);
                    (Work::Each(map), region.dtype())
                }
            };
            let is_whole = stages.push(*stage, load);
            let shape = if is_whole { rows.extents.clone() } else { rows.of_rows()[0].clone() };
            let ty = Type::new(left, shape);
            works.push((work, scratch.take(ty.bytes())));
            types.push(ty);
        }
        let stores: Vec<Region> = kernel.stores.iter().map(|store| stages.region(store)).collect();
        RowSweep::Apart(works, Map::new(&stores, &types, None, is_aliased, kernels))
    }

    /// True if all parameters travel with the launches.
    pub(super) fn is_direct(&self) -> bool {
        let RowSweep::Apart(works, stores) = self else { return true };
        let is_direct = |work: &Work| match work {
            Work::Reduce(reduction) => reduction.is_direct(),
            Work::Each(map) => map.is_direct(),
        };
        stores.is_direct() && works.iter().all(|(work, _)| is_direct(work))
    }

    /// Queues it.
    ///
    /// # Safety
    /// The addresses of the step are memory of the types that the kernel was lowered for.
    pub(super) unsafe fn run(&self, step: &Step) -> Result<(), Error> {
        let (works, stores) = match self {
            // SAFETY: the caller's promise.
            RowSweep::Together(together) => return unsafe { together.run(step) },
            RowSweep::Apart(works, stores) => (works, stores),
        };
        let mut operands = step.operands.clone();
        for (work, spot) in works {
            let left = step.at(*spot);
            let stage = Step { operands: operands.clone(), results: smallvec![left], ..*step };
            // SAFETY: the caller's promise; scratch memory has room for what every stage leaves behind.
            unsafe {
                match work {
                    Work::Reduce(reduction) => reduction.run(&stage)?,
                    Work::Each(map) => map.run(&stage, &stage.operands, None, &stage.results)?,
                }
            }
            operands.push(left);
        }
        // SAFETY: as above.
        unsafe { stores.run(step, &operands, None, &step.results) }
    }
}

/// A reduction of rows whose result is stored as it is, and the dtype of that.
fn alone(region: Region, kind: ReduceKind, rows: &ir::Rows) -> (ir::Kernel, Reduce, DType) {
    let reduce = Reduce { kind, axes: rows.axes.clone() };
    let operand = Type::new(region.dtype(), region.extents.clone());
    let result = infer(&Op::Reduce(reduce.clone()), &[&operand]).expect("kernels are verified");
    let (dtype, mut builder) = (result[0].dtype, RegionBuilder::new(result[0].shape.clone()));
    let value = builder.push(Inst::Anchor, dtype);
    let store = builder.finish(value);
    let anchor = Anchor::Reduce(reduce.clone());
    (ir::Kernel { anchor, loads: smallvec![region], mids: smallvec![], stores: smallvec![store] }, reduce, dtype)
}

impl Together {
    /// The kernel, if all can be one.
    fn new(
        kernel: &ir::Kernel,
        rows: &ir::Rows,
        operands: &[Type],
        is_aliased: bool,
        kernels: &mut Kernels,
    ) -> Option<Together> {
        let count: usize = rows.axes.iter().map(|&axis| rows.extents[axis]).product();
        // Threads of a warp would read rows that lie across memory far from each other.
        if count < SHORTEST || rows.is_across() {
            return None;
        }
        let mut stages = Stages::new(rows, operands.len());
        let mut layouts: Vec<Layout> = operands.iter().map(|ty| Layout::dense(&ty.shape)).collect();
        let mut parts: Vec<(RowPart, Part)> = Vec::new();
        for (load, stage) in kernel.loads.iter().zip(&rows.stages) {
            let role = match stage {
                Stage::Reduce(kind) => Role::Reduce(*kind),
                Stage::Each if rows.is_whole(&load.extents) => Role::Whole,
                Stage::Each => Role::Row,
            };
            parts.push(Part::new(&stages, &layouts, load, rows, role, 0)?);
            let rank = if stages.push(*stage, load) { rows.extents.rank() } else { stages.kept.len() };
            layouts.push(nowhere(rank));
        }
        for (result, store) in kernel.stores.iter().enumerate() {
            let role = if rows.is_whole(&store.extents) { Role::StoreWhole } else { Role::StoreRow };
            parts.push(Part::new(&stages, &layouts, store, rows, role, result)?);
        }
        let (keys, parts): (Vec<RowPart>, Vec<Part>) = parts.into_iter().unzip();
        let bytes = |part: &Part| 8 * part.pointers.len() + part.launch.bytes().next_multiple_of(16);
        if parts.iter().map(bytes).sum::<usize>() > cuda::MOST_PARAMETERS {
            return None;
        }
        let (kernel, shared) = cuda::Rows::new(keys, count, is_aliased)?;
        let threads = kernel.threads();
        let at = kernels.add(Kernel::Rows(kernel));
        Some(Together { at, parts, rows: rows.of_rows()[0].elements(), count, threads, shared })
    }

    /// # Safety
    /// As for [`RowSweep::run`].
    unsafe fn run(&self, step: &Step) -> Result<(), Error> {
        let given = self.parts.iter().map(|part| {
            let address = |pointer: &cuda::Pointer| {
                let start = match pointer.memory {
                    Memory::Operand(operand) => step.operands[operand as usize],
                    _ => step.results[part.result],
                };
                start.wrapping_add_signed(pointer.offset)
            };
            let addresses: SmallVec<[Address; 4]> = part.pointers.iter().map(address).collect();
            (addresses, step.data(&part.launch))
        });
        let given: Vec<_> = given.collect();
        let numbers = [self.rows, self.count].map(|number| number as u64);
        let mut arguments: SmallVec<[&[u8]; 32]> = SmallVec::new();
        for (addresses, data) in &given {
            arguments.extend(addresses.iter().map(bytemuck::bytes_of));
            arguments.push(data);
        }
        arguments.extend(numbers.iter().map(bytemuck::bytes_of));
        // SAFETY: the caller's promise; these are the parameters of the kernel, and a block has the shared memory it needs.
        unsafe { step.launch_shared(self.at, self.rows * self.threads, self.shared, &arguments) }
    }
}

/// The layout of what has no place that others see.
fn nowhere(rank: usize) -> Layout {
    Layout::new(std::iter::repeat_n(0, rank))
}

impl Part {
    /// The part of a region, if that is one box.
    fn new(
        stages: &Stages,
        operands: &[Layout],
        region: &Region,
        rows: &ir::Rows,
        role: Role,
        result: usize,
    ) -> Option<(RowPart, Part)> {
        let rank = region.extents.rank();
        let layout = if role.is_store() { Layout::dense(&region.extents) } else { nowhere(rank) };
        let nest = lower(&[&stages.region(region)], &Layouts { operands, anchor: None, results: &[layout] });
        let all: SmallVec<[usize; 4]> = (0..rank).collect();
        let (kept, reduced) = match rank == rows.extents.rank() {
            true => (&stages.kept[..], &rows.axes[..]),
            false => (&all[..], &[][..]),
        };
        let (launch, loops) = cuda::fold(&nest, kept, reduced)?;
        let left = nest.parts[0].accesses.iter().map(|access| match access {
            nest::Access::Read(Memory::Operand(operand), _) => {
                let (stage, is_whole) = stages.stage(*operand)?;
                Some(if is_whole { Left::Whole(stage) } else { Left::Row(stage) })
            }
            _ => None,
        });
        let part = RowPart { key: launch.key.clone(), rows: loops, left: left.collect(), role };
        let is_given = part.parameters();
        let given = launch.pointers.iter().zip(is_given).filter(|(_, is_given)| *is_given);
        let pointers = given.map(|(pointer, _)| *pointer).collect();
        Some((part, Part { launch, pointers, result }))
    }
}
