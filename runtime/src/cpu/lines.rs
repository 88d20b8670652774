//! Sweeps: tiles of neighbouring lines pass through load region, transforms and store regions without leaving the cache.
//!
//! A sweep has a phase for every axis. A phase takes tiles of lines through its transforms, from operands or the slab that
//! the phase before left in the cache, to the results or the next slab. This file says what a sweep is, from shapes and
//! layouts alone; `lowering` chooses the ways of a phase, and `sweep` runs it.

use super::Cpu;
use super::abreast;
use super::ahead::Read;
use super::lowering::Lowering;
use super::picked::Picked;
use super::storage::Code;
use super::transform::Transform;
use super::turned::Turned;
use super::watch::Watch;
use crate::Error;
use ondine_codegen::nest::{Frame, Layout};
use ondine_compiler::Licences;
use ondine_ir::{DType, Kernel, Line, Type, Window};
use smallvec::{SmallVec, smallvec};

/// Bytes by which buffers are staggered inside a page, so that they do not begin in the same cache sets.
const STAGGER: usize = 1408;

/// A kernel of transforms, lowered.
pub(super) struct Lines {
    pub(super) phases: Vec<Phase>,
    /// What a task takes: a slab, or a tile of the only phase.
    pub(super) tasks: Grid,
    pub(super) buffers: Buffers,
    /// What is worth fetching before a task begins, and how often the task before can do so.
    pub(super) reads: Vec<Read>,
    pub(super) turns: usize,
    /// A test of an operand on the way.
    pub(super) watch: Option<Box<Watch>>,
    /// Nanoseconds of all of it on one thread, predicted.
    pub(super) time: f64,
}

/// The transforms along one axis that follow each other.
pub(super) struct Phase {
    pub(super) axis: usize,
    /// The axis along which tiles hold several lines.
    pub(super) across: Option<usize>,
    /// Lines of a tile.
    pub(super) width: usize,
    /// Where lines run abreast: elements of scratch memory from one position of the lines to the next. Else 0.
    pub(super) step: usize,
    /// The tiles of a slab; one if tasks are tiles.
    pub(super) tiles: Grid,
    pub(super) source: Source,
    /// What is turned before the first region reads it.
    pub(super) turned: SmallVec<[Turned; 1]>,
    /// Where the rows are that the first transform takes, if its region only moves them.
    pub(super) picked: Option<Picked>,
    pub(super) stages: Vec<Stage>,
    pub(super) sink: Sink,
}

/// Where the first stage of a phase finds its lines.
pub(super) enum Source {
    /// Its region computes them.
    Computed,
    /// Its region reads columns: it computes them crosswise, element by element of neighbouring lines, and they are
    /// transposed into lines. A power-of-two stride would otherwise fall into few cache sets.
    Crosswise,
    /// They lie in memory as they are wanted.
    Lines(Strided),
    /// They are columns in memory.
    Columns(Strided),
}

/// Where the lines of the last stage of a phase go.
pub(super) enum Sink {
    /// To the next phase.
    Slab(Strided),
    /// They are computed in the memory of the result, which is large, or read from elsewhere in one go, which is small.
    Home { result: usize, strided: Strided, store: Option<Code>, is_large: bool },
    /// To results.
    Stores(Vec<Store>),
}

/// Store regions that share a nest.
pub(super) struct Store {
    pub(super) code: Code,
    /// True if a region reads the lines at other places than its own, or not at all: its extents are not those of the window.
    pub(super) is_reordering: bool,
    pub(super) outputs: Vec<usize>,
    pub(super) way: Way,
}

impl Store {
    /// Runs of the store regions, as [`Side::pieces`] of what they read.
    pub(super) fn pieces(&self, side: &Side, axis: usize) -> SmallVec<[(usize, usize, i64); 2]> {
        match self.is_reordering {
            true => smallvec![(0, self.code.nest.extents[axis], side.window.start as i64)],
            false => side.pieces(),
        }
    }
}

/// How a store region reaches memory.
pub(super) enum Way {
    /// By its own stores.
    Direct,
    /// Into lines in scratch memory, unless it changes nothing; they are copied from there.
    Staged { is_computed: bool, pitch: usize, to: Strided, past_cache: bool },
    /// The lines are transposed in scratch memory, and the region computes there what is copied in rows of neighbours.
    Crosswise { pitch: usize, to: Strided, past_cache: bool },
}

/// Elements of memory by position.
#[derive(Clone)]
pub(super) struct Strided {
    /// The operand; slabs and results are known from where this stands.
    pub(super) operand: Option<u32>,
    /// The offset of position 0.
    pub(super) base: i64,
    pub(super) strides: SmallVec<[i64; 4]>,
    /// Bytes of an element.
    pub(super) size: usize,
}

impl Strided {
    /// The offset in elements of the first position of a frame.
    pub(super) fn offset(&self, frame: &Frame) -> i64 {
        self.base + self.strides.iter().zip(&frame.origin).map(|(stride, at)| stride * at).sum::<i64>()
    }
}

/// A transform and the region before it.
pub(super) struct Stage {
    pub(super) region: Code,
    /// True if the region reads the lines before it at other places than its own, or not at all.
    pub(super) is_reordering: bool,
    /// True if the region is the whole lines before it, so that lines abreast are transformed where they lie.
    pub(super) is_passing: bool,
    pub(super) plan: Planned,
    pub(super) input: Side,
    pub(super) output: Side,
}

/// How a transform takes its lines.
pub(super) enum Planned {
    /// One by one.
    Alone(Transform),
    /// Side by side.
    Abreast(abreast::Plan),
}

impl Planned {
    pub(super) fn alone(&self) -> &Transform {
        match self {
            Planned::Alone(plan) => plan,
            Planned::Abreast(_) => unreachable!("a phase takes its lines one way"),
        }
    }

    pub(super) fn abreast(&self) -> &abreast::Plan {
        match self {
            Planned::Abreast(plan) => plan,
            Planned::Alone(_) => unreachable!("a phase takes its lines one way"),
        }
    }

    /// How often so many lines fetch memory that is wanted later.
    pub(super) fn turns(&self, count: usize) -> usize {
        match self {
            Planned::Alone(plan) => plan.turns(count),
            Planned::Abreast(plan) => plan.turns(count),
        }
    }

    /// Bytes of scratch memory that a run takes.
    fn scratch_bytes(&self) -> usize {
        match self {
            Planned::Alone(plan) => plan.scratch_bytes(),
            Planned::Abreast(plan) => plan.scratch_bytes(),
        }
    }
}

/// One side of a transform.
#[derive(Clone, Copy)]
pub(super) struct Side {
    pub(super) dtype: DType,
    /// The part of the line that regions see.
    pub(super) window: Window,
    /// Elements of a whole line, and from one to the next.
    pub(super) line: usize,
    pub(super) pitch: usize,
}

impl Side {
    /// Bytes of a line with its padding.
    pub(super) fn bytes(&self) -> usize {
        self.pitch * self.dtype.bytes()
    }

    pub(super) fn is_whole(&self) -> bool {
        self.window.is_whole(self.line)
    }

    /// Runs of the window that do not wrap: first position, how many, and where on the line minus that position.
    pub(super) fn pieces(&self) -> SmallVec<[(usize, usize, i64); 2]> {
        let before = self.window.extent.min(self.line - self.window.start.min(self.line));
        let start = self.window.start as i64;
        let all = [(0, before, start), (before, self.window.extent - before, start - self.line as i64)];
        all.into_iter().filter(|(_, count, _)| *count > 0).collect()
    }

    /// How lines in scratch memory lie, over the axes of a region.
    pub(super) fn layout(&self, rank: usize, axis: usize, across: Option<usize>) -> Layout {
        Layout::new((0..rank).map(|at| match at {
            _ if at == axis => 1,
            _ if Some(at) == across => self.pitch as i64,
            _ => 0,
        }))
    }
}

/// Boxes of a space, dealt by number: the last axis turns fastest.
#[derive(Default)]
pub(super) struct Grid {
    /// Axis, extent, and how many positions a box has along it.
    pub(super) spans: SmallVec<[[usize; 3]; 4]>,
}

impl Grid {
    pub(super) fn count(&self) -> usize {
        self.spans.iter().map(|[_, extent, step]| extent.div_ceil(*step)).product()
    }

    /// Narrows a frame to box `at`.
    pub(super) fn place(&self, mut at: usize, frame: &mut Frame) {
        for &[axis, extent, step] in self.spans.iter().rev() {
            let boxes = extent.div_ceil(step);
            let start = at % boxes * step;
            at /= boxes;
            frame.origin[axis] = start as i64;
            frame.extents[axis] = step.min(extent - start);
        }
    }
}

/// Memory of one thread, in bytes from its start.
#[derive(Default)]
pub(super) struct Buffers {
    /// Two line buffers.
    pub(super) lines: [usize; 2],
    pub(super) slabs: [usize; 2],
    pub(super) library: usize,
    pub(super) bytes: usize,
}

impl Buffers {
    fn new(line: usize, slabs: [usize; 2], library: usize) -> Buffers {
        let (mut end, mut turn) = (0usize, 0);
        let mut take = |bytes: usize| {
            let start = if bytes < STAGGER { end } else { end.next_multiple_of(4096) + turn * STAGGER % 4096 };
            turn += 1;
            end = start + bytes.next_multiple_of(64);
            start
        };
        let lines = [take(line), take(line)];
        let slabs = slabs.map(&mut take);
        let library = take(library);
        Buffers { lines, slabs, library, bytes: end }
    }
}

impl Lines {
    pub(super) fn new(
        cpu: &Cpu,
        kernel: &Kernel,
        lines: &[Line],
        operands: &[(Type, Layout)],
        results: &[Layout],
        licences: Licences,
    ) -> Result<Lines, Error> {
        let groups: Vec<&[Line]> = lines.chunk_by(|a, b| a.axis.axis == b.axis.axis).collect();
        let mut axes: SmallVec<[usize; 4]> = lines.iter().map(|line| line.axis.axis).collect();
        axes.sort_unstable();
        axes.dedup();
        let shape = kernel.loads[0].extents.clone();
        let layouts: Vec<Layout> = operands.iter().map(|(_, layout)| layout.clone()).collect();
        let lowering = Lowering { cpu, kernel, operands, layouts, results, inside: &axes, is_free: licences.fft };
        let mut phases: Vec<Phase> = Vec::new();
        let (mut sizes, mut slabs, mut library, mut time) = (0, [0; 2], 0, 0.0);
        let mut done = 0;
        for (turn, group) in groups.iter().enumerate() {
            let before = phases.last().map(|phase| match &phase.sink {
                Sink::Slab(slab) => slab.clone(),
                _ => unreachable!("only the last phase stores"),
            });
            let is_last = turn + 1 == groups.len();
            let (phase, ns) = lowering.phase(group, done, before, is_last)?;
            done += group.len();
            let line = |stage: &Stage| stage.input.bytes().max(stage.output.bytes());
            let staged = |sink: &Sink| match sink {
                Sink::Stores(stores) => stores
                    .iter()
                    .map(|store| match &store.way {
                        Way::Staged { pitch, to, .. } | Way::Crosswise { pitch, to, .. } => pitch * to.size,
                        Way::Direct => 0,
                    })
                    .max(),
                _ => None,
            };
            let turned = phase.turned.iter().map(Turned::bytes).sum();
            let line = phase.stages.iter().map(line).max().max(staged(&phase.sink)).max(Some(turned)).unwrap_or(0);
            // Lines abreast are turned in the same buffers.
            sizes = sizes.max(line * phase.width.max(phase.step));
            library = phase.stages.iter().map(|stage| stage.plan.scratch_bytes()).fold(library, usize::max);
            if let Sink::Slab(slab) = &phase.sink {
                let shape = lowering.shape_after(lines, done);
                let elements: i64 = axes.iter().map(|&axis| slab.strides[axis] * shape[axis] as i64).max().unwrap_or(0);
                slabs[turn % 2] = slabs[turn % 2].max(elements as usize * slab.size);
            }
            time += ns;
            phases.push(phase);
        }
        let only = phases.len() == 1;
        let tasks = match only {
            true => std::mem::take(&mut phases[0].tiles),
            false => {
                Grid { spans: (0..shape.rank()).filter(|at| !axes.contains(at)).map(|at| [at, shape[at], 1]).collect() }
            }
        };
        let of_tile = |phase: &Phase| phase.stages.iter().map(|stage| stage.plan.turns(phase.width)).sum::<usize>();
        let turns = phases.iter().map(|phase| phase.tiles.count() * of_tile(phase)).sum();
        let buffers = Buffers::new(sizes, slabs, library);
        Ok(Lines { phases, tasks, buffers, reads: lowering.reads(), turns, watch: None, time })
    }

    /// Its nests, for people.
    pub(super) fn codes(&self) -> Vec<&Code> {
        let sinks = self.phases.iter().flat_map(|phase| match &phase.sink {
            Sink::Slab(_) => Vec::new(),
            Sink::Home { store, .. } => store.iter().collect(),
            Sink::Stores(stores) => stores.iter().map(|store| &store.code).collect(),
        });
        let stages = self.phases.iter().flat_map(|phase| &phase.stages);
        let watch = self.watch.iter().map(|watch| watch.code());
        watch.chain(stages.map(|stage| &stage.region)).chain(sinks).collect()
    }
}
