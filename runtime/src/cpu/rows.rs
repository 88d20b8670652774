//! Rows: all stages of a group of rows, one after the other, while the rows are in the cache.
//!
//! What a stage leaves behind is an operand of the regions after it: one element per row, or the row itself in scratch.

use super::fold::{Folded, Given, Scratch};
use super::map::cost;
use super::program::Launch;
use super::reduce::result_bytes;
use super::storage::{Code, Raw, Recent, Slot, words};
use crate::Error;
use crate::stages::Stages;
use ondine_codegen::nest::{Frame, Layout, Layouts, lower};
use ondine_ir::{Kernel, Region, Rows, Shape, Stage, Type};
use smallvec::{SmallVec, smallvec};

/// Bytes of a group of rows, about: they stay in a core's cache, and starting a kernel costs little beside them.
const GROUP: usize = 256 << 10;

/// A kernel of rows, lowered.
pub(super) struct RowSweep {
    stages: Vec<Lowered>,
    stores: Vec<Run>,
    rows: usize,
    /// Elements of one row.
    count: usize,
    /// Rows of one group.
    group: usize,
}

struct Lowered {
    work: Work,
    /// Bytes that it leaves behind for each row.
    bytes: usize,
    /// How far apart the elements of neighbouring rows are in what it leaves behind.
    step: usize,
}

enum Work {
    Fold(Box<Folded>),
    Run(Run),
}

/// A region, and the axes that count rows.
struct Run {
    code: Code,
    kept: SmallVec<[usize; 4]>,
}

/// The memory of one thread.
struct Memory {
    folds: Vec<Option<Scratch>>,
    /// What each stage leaves behind, 16-byte words.
    values: Vec<Vec<[u64; 2]>>,
    partials: Vec<[u64; 2]>,
    /// What the other stages, and then the stores, were run on.
    recent: Vec<Recent>,
}

impl Lowered {
    fn code(&self) -> &Code {
        match &self.work {
            Work::Fold(folded) => folded.code(),
            Work::Run(run) => &run.code,
        }
    }
}

impl RowSweep {
    pub(super) fn new(kernel: &Kernel, rows: &Rows, operands: &[Type]) -> RowSweep {
        let [of_rows, _] = rows.of_rows();
        let count: usize = rows.axes.iter().map(|&axis| rows.extents[axis]).product();
        let number = of_rows.elements();
        let bytes = count * kernel.loads[0].dtype().bytes();
        let group = group_of(GROUP / bytes.max(1), rows).clamp(1, number.max(1));
        let mut layouts: Vec<Layout> = operands.iter().map(|ty| Layout::dense(&ty.shape)).collect();
        let (mut reads, mut stages) = (Stages::new(rows, operands.len()), Vec::new());
        let kept = reads.kept.clone();
        for (load, stage) in kernel.loads.iter().zip(&rows.stages) {
            let region = reads.region(load);
            let is_whole = reads.push(*stage, load);
            let step = if is_whole && !rows.is_across() { count } else { 1 };
            let left = match is_whole {
                true => scratch_layout(rows, &kept, step, if rows.is_across() { group } else { 1 }),
                false => Layout::dense(&of_rows),
            };
            let (work, bytes) = match stage {
                Stage::Reduce(kind) => {
                    let folded = Folded::new(*kind, &rows.axes, &region, &layouts, Some(group));
                    let bytes = result_bytes(*kind, &folded);
                    (Work::Fold(Box::new(folded)), bytes)
                }
                Stage::Each => {
                    let result = if is_whole { left.clone() } else { Layout::dense(&region.extents) };
                    let run = Run::new(&region, rows, &kept, &layouts, result);
                    (Work::Run(run), if is_whole { count } else { 1 } * region.dtype().bytes())
                }
            };
            stages.push(Lowered { work, bytes, step });
            layouts.push(left);
        }
        let stores = kernel.stores.iter().map(|store| {
            let region = reads.region(store);
            Run::new(&region, rows, &kept, &layouts, Layout::dense(&region.extents))
        });
        RowSweep { stores: stores.collect(), stages, rows: number, count, group }
    }

    /// Its nests, for people.
    pub(super) fn codes(&self) -> Vec<&Code> {
        self.stages.iter().map(Lowered::code).chain(self.stores.iter().map(|run| &run.code)).collect()
    }

    /// # Safety
    /// The slots of the launch are valid for the kernel, as [`Raw::new`] says.
    pub(super) unsafe fn run(&self, launch: &Launch) -> Result<(), Error> {
        let stage = |stage: &Lowered| match &stage.work {
            Work::Fold(folded) => folded.cost(),
            Work::Run(run) => run.cost(),
        };
        let each = self.stages.iter().map(stage).chain(self.stores.iter().map(Run::cost)).sum::<f64>();
        let time = each * (self.rows * self.count) as f64;
        launch.cpu.threads.try_deal(
            self.rows.div_ceil(self.group),
            time,
            || self.memory(),
            |memory, task| {
                let rows = task * self.group..self.rows.min((task + 1) * self.group);
                let mut operands = launch.operands.clone();
                for (at, stage) in self.stages.iter().enumerate() {
                    let slot =
                        Slot::new(memory.values[at].as_mut_ptr().cast()).shifted(-((rows.start * stage.step) as i64));
                    match &stage.work {
                        Work::Fold(folded) => {
                            let given = Given { cpu: launch.cpu, operands: &operands, params: launch.params };
                            let scratch = memory.folds[at].as_mut().expect("a fold has scratch memory");
                            let (blocks, partial) = (folded.blocks(), folded.fold.partial_bytes());
                            let partials: &mut [u8] = bytemuck::cast_slice_mut(&mut memory.partials);
                            let mut block = 0;
                            while block < blocks {
                                let together = folded.together(block, blocks - block);
                                let these = block..block + together;
                                // SAFETY: the caller's promise; earlier stages left their values for these rows.
                                let found = unsafe { folded.fold(given, rows.clone(), these, scratch) };
                                if together == blocks {
                                    partials[..found.len()].copy_from_slice(found);
                                    break;
                                }
                                for (row, found) in found.chunks_exact(together * partial).enumerate() {
                                    partials[(row * blocks + block) * partial..][..found.len()].copy_from_slice(found);
                                }
                                block += together;
                            }
                            let out = &mut bytemuck::cast_slice_mut(&mut memory.values[at])[..rows.len() * stage.bytes];
                            folded.fold.combine(blocks, &partials[..rows.len() * blocks * partial], out);
                        }
                        Work::Run(run) => {
                            // SAFETY: as above; the scratch memory of this thread holds the values of these rows.
                            let mut raw = unsafe { Raw::new(&operands, None, smallvec![slot]) };
                            run.run(launch, rows.clone(), &mut raw, &mut memory.recent[at]);
                        }
                    }
                    operands.push(slot);
                }
                let of_stores = &mut memory.recent[self.stages.len()..];
                for ((store, &result), recent) in self.stores.iter().zip(&launch.results).zip(of_stores) {
                    // SAFETY: as above; tasks are disjoint rows of the results.
                    let mut raw = unsafe { Raw::new(&operands, None, smallvec![result]) };
                    store.run(launch, rows.clone(), &mut raw, recent);
                }
            },
        )
    }

    fn memory(&self) -> Result<Memory, Error> {
        let partials =
            self.stages.iter().filter_map(Lowered::fold).map(|folded| folded.blocks() * folded.fold.partial_bytes());
        Ok(Memory {
            folds: self
                .stages
                .iter()
                .map(|stage| stage.fold().map(Folded::scratch).transpose())
                .collect::<Result<_, _>>()?,
            values: self.stages.iter().map(|stage| words(self.group * stage.bytes)).collect::<Result<_, _>>()?,
            partials: words(self.group * partials.max().unwrap_or(0))?,
            recent: (0..self.stages.len() + self.stores.len()).map(|_| Recent::default()).collect(),
        })
    }
}

impl Lowered {
    fn fold(&self) -> Option<&Folded> {
        match &self.work {
            Work::Fold(folded) => Some(folded),
            Work::Run(_) => None,
        }
    }
}

impl Run {
    fn new(region: &Region, rows: &Rows, kept: &[usize], operands: &[Layout], result: Layout) -> Run {
        let nest = lower(&[region], &Layouts { operands, anchor: None, results: &[result] });
        let is_short = region.extents.rank() != rows.extents.rank();
        let kept = if is_short { (0..region.extents.rank()).collect() } else { kept.into() };
        Run { code: Code::new(nest), kept }
    }

    fn cost(&self) -> f64 {
        cost(&self.code.nest)
    }

    fn run(&self, launch: &Launch, rows: std::ops::Range<usize>, raw: &mut Raw, recent: &mut Recent) {
        for frame in Frame::whole(&self.code.nest.extents).runs(&self.kept, rows.start, rows.end) {
            self.code.run_again(launch.cpu, &frame, launch.params, raw, recent);
        }
    }
}

/// About so many rows; across memory a whole number of groups makes up what lies side by side, or of these a group.
fn group_of(most: usize, rows: &Rows) -> usize {
    let beside = rows.extents.iter().rev().copied().find(|&extent| extent > 1).unwrap_or(1);
    match most.max(1) {
        most if !rows.is_across() => most,
        most if most < beside => beside.div_ceil(beside.div_ceil(most)),
        most => most - most % beside,
    }
}

/// Rows at a distance, and their elements at another.
fn scratch_layout(rows: &Rows, kept: &[usize], per_row: usize, per_element: usize) -> Layout {
    let mut strides: SmallVec<[i64; 4]> = SmallVec::from_elem(0, rows.extents.rank());
    for (axes, per) in [(kept, per_row as i64), (&rows.axes[..], per_element as i64)] {
        let shape: Shape = axes.iter().map(|&axis| rows.extents[axis]).collect();
        axes.iter().zip(shape.strides()).for_each(|(&axis, stride)| strides[axis] = stride * per);
    }
    Layout { strides }
}
