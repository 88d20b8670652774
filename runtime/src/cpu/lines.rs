//! Sweeps: tiles of neighbouring lines pass through load region, transforms and store regions without leaving the cache.
//!
//! A sweep has a phase for every axis. A phase takes tiles of lines through its transforms, from operands or the slab that
//! the phase before left in the cache, to the results or the next slab. This file says what a sweep is, from shapes and
//! layouts alone; `sweep` runs it.

use super::abreast;
use super::map::cost;
use super::storage::Code;
use super::transform::{Key, Transform};
use super::turned::Turned;
use super::watch::Watch;
use super::{Cpu, internal};
use crate::Error;
use ondine_codegen::nest::{Frame, Layout, Layouts, lower};
use ondine_compiler::Licences;
use ondine_ir::{DType, FftAxis, FftKind, Index, Inst, Kernel, Line, Region, Shape, Type, Window};
use smallvec::{SmallVec, smallvec};

/// Bytes of neighbouring elements that a tile reads or writes at one position of its lines. Below 128 the memory is not
/// kept busy; long strides want more.
const WRITTEN: usize = 128;
const READ: usize = 256;
const READ_OF_SHORT: usize = 512;
/// Lines up to this many elements are short.
const SHORT: usize = 512;
/// Rows that are copied into the result and transformed there at a time.
const ROWS: usize = 4;
/// Elements that a tile should have, so that its overhead does not show.
const TILE: usize = 4096;
/// Bytes that the lines of a tile may take, unless a few lines take more.
const MOST: usize = 1 << 20;
/// Elements between lines, so that lines of power-of-two lengths do not share cache sets.
const PADDING: usize = 4;
/// Bytes of a result from which on it is stored past the cache.
const LARGE: usize = 4 << 20;
/// Bytes by which buffers are staggered inside a page, so that they do not begin in the same cache sets.
const STAGGER: usize = 1408;

/// A kernel of transforms, lowered.
pub(super) struct Lines {
    pub(super) phases: Vec<Phase>,
    /// What a task takes: a slab, or a tile of the only phase.
    pub(super) tasks: Grid,
    pub(super) buffers: Buffers,
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

    fn is_whole(&self) -> bool {
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
    fn layout(&self, rank: usize, axis: usize, across: Option<usize>) -> Layout {
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
    spans: SmallVec<[[usize; 3]; 4]>,
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
        Ok(Lines { phases, tasks, buffers: Buffers::new(sizes, slabs, library), watch: None, time })
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

/// How tiles lie whose neighbouring lines are contiguous, over the axes of a region.
fn crosswise(rank: usize, axis: usize, across: Option<usize>, width: usize) -> Layout {
    Layout::new((0..rank).map(|at| match at {
        _ if at == axis => width as i64,
        _ if Some(at) == across => 1,
        _ => 0,
    }))
}

/// What lowering a phase needs to know.
struct Lowering<'a> {
    cpu: &'a Cpu,
    kernel: &'a Kernel,
    operands: &'a [(Type, Layout)],
    layouts: Vec<Layout>,
    results: &'a [Layout],
    /// All axes that the sweep transforms.
    inside: &'a [usize],
    /// Whether the bits of a transform may depend on what is around it.
    is_free: bool,
}

impl Lowering<'_> {
    /// The region before a transform.
    fn region(&self, line: usize) -> &Region {
        if line == 0 { &self.kernel.loads[0] } else { &self.kernel.mids[line - 1] }
    }

    /// The space after so many transforms.
    fn shape_after(&self, lines: &[Line], done: usize) -> Shape {
        let FftAxis { axis, output, .. } = lines[done - 1].axis;
        self.region(done - 1).extents.with(axis, output.extent)
    }

    /// A phase of the transforms from `first` on, and its time.
    fn phase(
        &self,
        group: &[Line],
        first: usize,
        before: Option<Strided>,
        is_last: bool,
    ) -> Result<(Phase, f64), Error> {
        let region = self.region(first);
        let (axis, rank) = (group[0].axis.axis, region.extents.rank());
        let ends = group.last().ok_or_else(|| internal("a sweep without a transform"))?.axis;
        let after = &self.region(first + group.len() - 1).extents.with(axis, ends.output.extent);
        let read = before.clone().filter(|_| region.is_anchor()).or_else(|| self.largest(region));
        let is_bare = if before.is_some() { region.is_anchor() } else { region.body.len() == 1 && read.is_some() };
        let sides = self.sides(group, first);
        let last = sides.last().ok_or_else(|| internal("a sweep without a transform"))?.1;
        let slab = (!is_last).then(|| self.slab(after, last.dtype));
        let only_store = match &self.kernel.stores[..] {
            [store] if is_last && store.extents.without(&[axis]) == after.without(&[axis]) => Some(store),
            _ => None,
        };
        let write = slab.clone().or_else(|| {
            let store = only_store?;
            let strides = self.results[0].strides.clone();
            Some(Strided { operand: None, base: 0, strides, size: store.dtype().bytes() })
        });
        // Tiles hold several lines along the axis that is contiguous where they go, or else where they come from.
        let inside = |at: usize| (is_last && self.inside.len() == 1) || self.inside.contains(&at);
        let contiguous = |side: &Option<Strided>, shape: &Shape| {
            let side = side.as_ref()?;
            (0..rank).rev().find(|&at| at != axis && inside(at) && side.strides[at] == 1 && shape[at] > 1)
        };
        let (columns_out, columns_in) = (contiguous(&write, after), contiguous(&read, &region.extents));
        let across = columns_out
            .or(columns_in)
            .or_else(|| (0..rank).rev().find(|&at| at != axis && inside(at) && region.extents[at] > 1));
        let is_crosswise = across.is_some() && across == columns_out;
        let is_gathered = across.is_some() && across == columns_in;
        let steps = |side: &Option<Strided>| side.as_ref().map_or(0, |side| side.strides[axis]);
        let whole = sides.iter().all(|(input, output)| input.is_whole() && output.is_whole());
        let complex = group.iter().all(|line| matches!(line.kind, FftKind::Forward | FftKind::Inverse));
        let home = only_store.filter(|store| {
            self.inside.len() == 1
                && group.len() == 1
                && complex
                && whole
                && steps(&write) == 1
                // In its own place a line can not change its order, nor its length.
                && !store.is_reordering()
                && store.reads_anchor()
                && store.dtype() == last.dtype
        });

        // Turning rows twice pays in two cases. The library takes a real line of odd length for a complex one; and along a line
        // another order costs an instruction for every element, while in lines abreast all orders cost the same.
        let is_odd = !complex && group.iter().all(|line| line.axis.len % 2 == 1);
        let is_reordering = self.is_reordering(group, first, is_last);
        let is_turned = (is_odd || is_reordering) && across.is_some_and(|at| region.extents[at] >= ROWS);
        let plans = match self.is_free && (is_gathered || is_crosswise || is_turned) && home.is_none() {
            true => self.abreast(group, first),
            false => None,
        };
        let per_line = sides.iter().map(|(input, output)| input.bytes().max(output.bytes())).max().unwrap_or(1).max(1);
        let longest = sides.iter().map(|(input, output)| input.line.max(output.line)).max().unwrap_or(1).max(1);
        let piece = |bytes: usize, side: &Option<Strided>| bytes / side.as_ref().map_or(16, |side| side.size);
        let mut width = match (is_gathered, is_crosswise) {
            (true, _) if longest <= SHORT => piece(READ_OF_SHORT, &read),
            (true, _) => piece(READ, &read),
            _ if is_reordering && plans.is_some() => piece(READ, &read),
            (false, true) => piece(WRITTEN, &write),
            (false, false) => plans.as_ref().map_or(ROWS, |plans| plans[0].lanes()),
        };
        width = width.max((TILE / longest).next_multiple_of(width));
        let least = if is_gathered || is_crosswise || is_turned { ROWS } else { 1 };
        width = width.min((MOST / per_line).max(least));
        width = across.map_or(1, |at| width.min(region.extents[at]));

        let step = plans.as_ref().map_or(0, |plans| width.next_multiple_of(plans[0].lanes()));
        let source = match &read {
            Some(read) if is_bare && sides[0].0.is_whole() && read.size == region.dtype().bytes() => match step {
                0 if read.strides[axis] == 1 && self.plan(&group[0], region).can_keep() => Source::Lines(read.clone()),
                0 if is_gathered && !matches!(group[0].kind, FftKind::RealForward | FftKind::RealInverse) => {
                    Source::Columns(read.clone())
                }
                0 => Source::Computed,
                _ if is_gathered => Source::Columns(read.clone()),
                _ if read.strides[axis] == 1 => Source::Lines(read.clone()),
                _ => Source::Crosswise,
            },
            Some(read) if step == 0 && is_gathered && read.strides[axis] != 1 && home.is_none() => Source::Crosswise,
            _ if step > 0 && before.as_ref().or(read.as_ref()).is_none_or(|read| read.strides[axis] != 1) => {
                Source::Crosswise
            }
            _ => Source::Computed,
        };
        let turned = match (across, &source) {
            (Some(across), Source::Computed | Source::Crosswise) if step > 0 && before.is_none() => {
                Turned::of(region, self.operands, [axis, across], step)
            }
            _ => SmallVec::new(),
        };
        let source = if turned.is_empty() { source } else { Source::Crosswise };
        let mut stages: Vec<Stage> = Vec::new();
        let mut time = 0.0;
        for (at, (line, (input, output))) in group.iter().zip(&sides).enumerate() {
            let region = self.region(first + at);
            let anchor = match (at, &before) {
                (0, Some(slab)) => Some(Layout::new(slab.strides.iter().copied())),
                (0, None) => None,
                _ if step > 0 => Some(crosswise(rank, axis, across, step)),
                _ => Some(sides[at - 1].1.layout(rank, axis, across)),
            };
            let result = match home {
                Some(_) => self.results[0].clone(),
                None if step > 0 && (at > 0 || matches!(source, Source::Crosswise)) => {
                    crosswise(rank, axis, across, step)
                }
                None if at == 0 && matches!(source, Source::Crosswise) => crosswise(rank, axis, across, width),
                None => input.layout(rank, axis, across),
            };
            let mut operands = self.layouts.clone();
            for turned in turned.iter().filter(|_| at == 0) {
                operands[turned.operand()] = turned.layout().clone();
            }
            let layouts = Layouts { operands: &operands, anchor: anchor.as_ref(), results: &[result] };
            let nest = lower(&[region], &layouts);
            let n = line.axis.len as f64;
            time += cost(&nest) * region.extents[axis] as f64 + 0.3 * n * n.log2().max(1.0);
            let plan = match &plans {
                Some(plans) => Planned::Abreast(plans[at].clone()),
                None => Planned::Alone(self.plan(line, region)),
            };
            let is_reordering = region.is_reordering() || !region.reads_anchor();
            let is_passing = at > 0 && region.is_anchor() && sides[at - 1].1.is_whole() && input.is_whole();
            stages.push(Stage {
                region: Code::new(nest),
                is_reordering,
                is_passing,
                plan,
                input: *input,
                output: *output,
            });
        }
        let lines = region.extents.without(&[axis]).elements() as f64;
        let anchor = if step > 0 { crosswise(rank, axis, across, step) } else { last.layout(rank, axis, across) };
        let sink = match (slab, home) {
            (Some(slab), _) => Sink::Slab(slab),
            (None, Some(store)) => {
                let strided = write.expect("a single store has a place");
                let is_large = after.elements() * strided.size >= LARGE;
                let store = (!store.is_anchor()).then(|| {
                    let there = &self.results[..1];
                    let layouts = Layouts { operands: &self.layouts, anchor: Some(&there[0]), results: there };
                    Code::new(lower(&[store], &layouts))
                });
                Sink::Home { result: 0, strided, store, is_large }
            }
            (None, None) => Sink::Stores(self.stores(&anchor, axis, across, [width, step], last.dtype)),
        };
        let lines_of = |at: usize| if Some(at) == across { width } else { 1 };
        let shape = &region.extents;
        let spans = (0..rank).filter(|&at| at != axis && inside(at)).map(|at| [at, shape[at], lines_of(at)]).collect();
        let phase = Phase { axis, across, width, step, tiles: Grid { spans }, source, turned, stages, sink };
        Ok((phase, time * lines))
    }

    /// True if a region of a group reads a line in another order.
    fn is_reordering(&self, group: &[Line], first: usize, is_last: bool) -> bool {
        let axis = group[0].axis.axis;
        let is_other = |index: &Index| index.depends_on(axis) && index.as_axis() != Some(axis);
        let is_reading = |(inst, _): &(Inst, DType)| match inst {
            Inst::Load { index, .. } => index.iter().any(is_other),
            _ => false,
        };
        let regions = first..first + group.len();
        regions.into_iter().any(|at| self.region(at).is_reordering())
            || self.region(first).body.iter().any(is_reading)
            || (is_last && self.kernel.stores.iter().any(|store| store.is_reordering()))
    }

    /// What a line is planned by.
    fn key(&self, line: &Line, region: &Region) -> Key {
        let FftAxis { len, input, output, .. } = line.axis;
        let is_double = region.dtype().component() == DType::F64;
        match self.is_free {
            true => Key::new(line.kind, is_double, len, input, output),
            false => Key { len, kind: line.kind, is_double, few: None },
        }
    }

    /// The plan for a line alone.
    fn plan(&self, line: &Line, region: &Region) -> Transform {
        self.cpu.transforms.get(self.key(line, region), Transform::new)
    }

    /// Plans for lines abreast, if there are some for all transforms of a group, and one of them reads and gives so much of its
    /// line that it is not better off alone.
    fn abreast(&self, group: &[Line], first: usize) -> Option<SmallVec<[abreast::Plan; 2]>> {
        let key = |(at, line)| self.key(line, self.region(first + at));
        let keys: SmallVec<[Key; 2]> = group.iter().enumerate().map(key).collect();
        let is_few = |key: &Key| key.few.is_some() && self.cpu.transforms.get(*key, Transform::new).is_few();
        if keys.iter().all(is_few) {
            return None;
        }
        let plan = |key: Key| abreast::Plan::new(key.kind, key.len, key.is_double);
        keys.into_iter().map(|key| self.cpu.abreast.get(Key { few: None, ..key }, plan)).collect()
    }

    /// Input and output of every transform of a group, as they lie in scratch memory.
    fn sides(&self, group: &[Line], first: usize) -> Vec<(Side, Side)> {
        let side = |(at, line): (usize, &Line)| {
            let dtype = self.region(first + at).dtype();
            let FftAxis { len, input, output, .. } = line.axis;
            let (from, to) = FftAxis::line(line.kind, len);
            let transformed = match line.kind {
                FftKind::RealForward => dtype.to_complex(),
                FftKind::RealInverse => dtype.component(),
                _ => dtype,
            };
            let input = Side { dtype, window: input, line: from, pitch: from + PADDING };
            (input, Side { dtype: transformed, window: output, line: to, pitch: to + PADDING })
        };
        group.iter().enumerate().map(side).collect()
    }

    /// The slab that holds a space over the axes of the sweep, the others left out.
    fn slab(&self, shape: &Shape, dtype: DType) -> Strided {
        let mut strides: SmallVec<[i64; 4]> = smallvec![0; shape.rank()];
        let mut step = 1;
        for (turn, &axis) in self.inside.iter().rev().enumerate() {
            strides[axis] = step;
            step *= shape[axis] as i64 + if turn == 0 { PADDING as i64 } else { 0 };
        }
        Strided { operand: None, base: 0, strides, size: dtype.bytes() }
    }

    /// The largest operand that a region reads at an affine place, as it lies over the axes of the region.
    fn largest(&self, region: &Region) -> Option<Strided> {
        let rank = region.extents.rank();
        let place = |inst: &Inst| {
            let Inst::Load { operand, index, within, .. } = inst else { return None };
            let (ty, layout) = &self.operands[*operand as usize];
            let mut strides: SmallVec<[i64; 4]> = smallvec![0; rank];
            let mut base = 0;
            for (index, step) in index.iter().zip(&layout.strides) {
                base += index.offset() * step;
                for (stride, coefficient) in strides.iter_mut().zip(index.coefficients(rank)?) {
                    *stride += coefficient * step;
                }
            }
            let found = Strided { operand: Some(*operand), base, strides, size: ty.dtype.bytes() };
            Some((ty.bytes(), found, within.is_empty()))
        };
        let all = region.body.iter().filter_map(|(inst, _)| place(inst));
        let (_, found, is_everywhere) = all.max_by_key(|(bytes, ..)| *bytes)?;
        (is_everywhere || region.body.len() > 1).then_some(found)
    }

    /// The store regions, each with its way to memory.
    fn stores(
        &self,
        anchor: &Layout,
        axis: usize,
        across: Option<usize>,
        [width, step]: [usize; 2],
        dtype: DType,
    ) -> Vec<Store> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (at, store) in self.kernel.stores.iter().enumerate() {
            match groups.iter_mut().find(|group| self.kernel.stores[group[0]].extents == store.extents) {
                Some(group) => group.push(at),
                None => groups.push(vec![at]),
            }
        }
        let store = |outputs: Vec<usize>| {
            let regions: Vec<&Region> = outputs.iter().map(|&at| &self.kernel.stores[at]).collect();
            let mut results: Vec<Layout> = outputs.iter().map(|&at| self.results[at].clone()).collect();
            let way = match step {
                0 => self.way(&outputs, axis, across, dtype),
                _ => self.way_abreast(&outputs, axis, across, dtype),
            };
            let rank = regions[0].extents.rank();
            let mut anchor = anchor.clone();
            match way {
                Way::Direct => {}
                Way::Staged { .. } if step > 0 => results = vec![anchor.clone()],
                Way::Staged { pitch, .. } => {
                    let staged = Side { dtype, window: Window::whole(0), line: 0, pitch };
                    results = vec![staged.layout(rank, axis, across)];
                }
                Way::Crosswise { .. } => {
                    anchor = crosswise(rank, axis, across, width);
                    results = vec![anchor.clone()];
                }
            }
            let layouts = Layouts { operands: &self.layouts, anchor: Some(&anchor), results: &results };
            let is_reordering = regions.iter().any(|region| region.is_reordering())
                || !regions.iter().any(|region| region.reads_anchor());
            Store { code: Code::new(lower(&regions, &layouts)), is_reordering, outputs, way }
        };
        groups.into_iter().map(store).collect()
    }

    fn way(&self, outputs: &[usize], axis: usize, across: Option<usize>, dtype: DType) -> Way {
        let [output] = outputs[..] else { return Way::Direct };
        let region = &self.kernel.stores[output];
        let (strides, size) = (self.results[output].strides.clone(), region.dtype().bytes());
        let past_cache = region.extents.elements() * size >= LARGE;
        let is_crosswise = across.is_some_and(|across| strides[across] == 1) && strides[axis] != 1;
        let is_computed = !(region.is_anchor() && region.dtype() == dtype);
        let past_cache = past_cache
            && (is_crosswise || strides[axis] == 1)
            && across.is_none_or(|across| {
                let step = if is_crosswise { strides[axis] } else { strides[across] };
                (step.unsigned_abs() as usize * size).is_multiple_of(super::stream::LINE)
            });
        if !is_crosswise && !past_cache {
            return Way::Direct;
        }
        let to = Strided { operand: None, base: 0, strides, size };
        if is_crosswise && is_computed && across.is_some() {
            return Way::Crosswise { pitch: region.extents[axis], to, past_cache };
        }
        Way::Staged { is_computed, pitch: region.extents[axis] + PADDING, to, past_cache }
    }

    /// As `way`, from lines abreast: rows of neighbours are written as they are, lines are turned.
    fn way_abreast(&self, outputs: &[usize], axis: usize, across: Option<usize>, dtype: DType) -> Way {
        let [output] = outputs[..] else { return Way::Direct };
        let region = &self.kernel.stores[output];
        let (strides, size) = (self.results[output].strides.clone(), region.dtype().bytes());
        let is_computed = !(region.is_anchor() && region.dtype() == dtype);
        let is_columns = across.is_some_and(|across| strides[across] == 1);
        let past_cache = region.extents.elements() * size >= LARGE;
        if (is_columns && is_computed && !past_cache) || (!is_columns && strides[axis] != 1) {
            return Way::Direct;
        }
        let pitch = region.extents[axis] + PADDING;
        Way::Staged { is_computed, pitch, to: Strided { operand: None, base: 0, strides, size }, past_cache }
    }
}
