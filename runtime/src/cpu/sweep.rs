//! Runs sweeps: tasks dealt to threads, tiles through their stages, in scratch memory that belongs to the run.

use super::ahead;
use super::lines::{Lines, Phase, Side, Sink, Source, Stage, Store, Strided, Way};
use super::memory::HostMemory;
use super::program::Launch;
use super::storage::{Code, Raw, Recent, Slot};
use super::stream::{self, Rows};
use super::transform::{Batch, How, Place};
use crate::Error;
use ondine_codegen::nest::Frame;
use ondine_compiler::Target;
use smallvec::{SmallVec, smallvec};
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Bytes between the scratch memories of two threads, beside what they hold.
const APART: usize = 4096;

impl Lines {
    /// Bytes of scratch memory that so many threads take.
    pub(super) fn scratch_bytes(&self, threads: usize) -> usize {
        let threads = threads.min(self.tasks.count());
        self.buffers.bytes.next_multiple_of(APART).saturating_add(APART).saturating_mul(threads)
    }

    /// This thread fetches what a task reads while it works on another, between transforms of ours.
    fn look_ahead(&self, launch: &Launch, task: Option<usize>) {
        let reads = self.reads.iter().filter_map(|read| {
            let operand = launch.operands[read.from.operand? as usize];
            Some((read, operand.start().cast_const()))
        });
        ahead::want(reads, &self.tasks, task, self.turns);
    }

    /// # Safety
    /// The slots of the launch are valid for the kernel, as [`Raw::new`] says.
    pub(super) unsafe fn run(&self, launch: &Launch) -> Result<(), Error> {
        let tasks = self.tasks.count();
        if tasks == 0 {
            if let Some(watch) = &self.watch {
                // SAFETY: the caller's promise.
                unsafe { watch.finish(launch, AtomicBool::new(true)) };
            }
            return Ok(());
        }
        let crew = launch.cpu.threads.crew(tasks, self.time);
        let bytes = self.scratch_bytes(crew.count());
        // SAFETY: every stage writes its buffer before the next reads it.
        let scratch = unsafe { HostMemory::unwritten(bytes) };
        let lacking = || Error::OutOfMemory { device: Target::CPU.name.into(), bytes, what: "the lines of a sweep" };
        let scratch = scratch.ok_or_else(lacking)?;
        let apart = self.scratch_bytes(1);
        let (start, worker) = (Slot::new(scratch.start()), AtomicUsize::new(0));
        let own = || {
            let start = start.start().wrapping_add(worker.fetch_add(1, Ordering::Relaxed) * apart);
            let test = self.watch.as_ref().map(|watch| watch.scratch()).transpose()?;
            Ok::<_, Error>((Scratch { start, recent: RefCell::default() }, test))
        };
        let extents = &self.phases[0].stages[0].region.nest.extents;
        let holds = AtomicBool::new(true);
        crew.try_deal_ahead(tasks, own, |(scratch, test), at, following| {
            self.look_ahead(launch, following);
            let mut frame = Frame::whole(extents);
            self.tasks.place(at, &mut frame);
            for (turn, phase) in self.phases.iter().enumerate() {
                let slab = |turn: usize| scratch.at(self.buffers.slabs[turn % 2]);
                let run = Tile { lines: self, launch, phase, scratch, from: slab(turn + 1), to: slab(turn) };
                let whole = phase.stages[0].region.nest.extents[phase.axis];
                (frame.origin[phase.axis], frame.extents[phase.axis]) = (0, whole);
                for tile in 0..phase.tiles.count() {
                    phase.tiles.place(tile, &mut frame);
                    // SAFETY: the caller's promise; tasks and tiles are disjoint sets of lines, and no two threads
                    // share scratch memory.
                    unsafe {
                        if let (0, Some(watch), Some(test)) = (turn, &self.watch, &mut *test) {
                            watch.test(launch, &frame, test, &holds);
                        }
                        run.run(&frame);
                    }
                }
            }
            stream::fence();
        })?;
        if let Some(watch) = &self.watch {
            // SAFETY: the caller's promise.
            unsafe { watch.finish(launch, holds) };
        }
        Ok(())
    }
}

/// What one thread works with.
pub(super) struct Scratch {
    /// Its scratch memory.
    start: *mut u8,
    /// The codes that it has run, by their address, with what they ran on: tiles have few sizes.
    recent: RefCell<SmallVec<[(*const Code, Recent); 4]>>,
}

impl Scratch {
    pub(super) fn at(&self, offset: usize) -> *mut u8 {
        self.start.wrapping_add(offset)
    }
}

/// What the tiles of a phase share.
pub(super) struct Tile<'a> {
    pub(super) lines: &'a Lines,
    pub(super) launch: &'a Launch<'a>,
    pub(super) phase: &'a Phase,
    pub(super) scratch: &'a Scratch,
    /// The slab that the phase before left, and the one for the next.
    pub(super) from: *mut u8,
    pub(super) to: *mut u8,
}

impl Tile<'_> {
    /// Runs code on a frame of a tile.
    pub(super) fn compute_by(&self, code: &Code, frame: &Frame, raw: &mut Raw) {
        let mut recent = self.scratch.recent.borrow_mut();
        let known = recent.iter().position(|(of, _)| std::ptr::eq(*of, code)).unwrap_or_else(|| {
            recent.push((code, Recent::default()));
            recent.len() - 1
        });
        code.run_again(self.launch.cpu, frame, self.launch.params, raw, &mut recent[known].1);
    }

    /// Takes one tile through all stages.
    ///
    /// # Safety
    /// The launch is valid; nobody else writes these lines, or uses this scratch memory.
    unsafe fn run(&self, frame: &Frame) {
        let phase = self.phase;
        if phase.step > 0 {
            // SAFETY: the caller's promise.
            return unsafe { self.run_abreast(frame) };
        }
        let count = phase.across.map_or(1, |across| frame.extents[across]);
        let mut before: Option<Side> = None;
        let mut lines = Place { start: std::ptr::null_mut(), pitch: 0 };
        let mut is_home = false;
        for (at, stage) in phase.stages.iter().enumerate() {
            let mut past_cache = false;
            lines = self.buffer(1, stage.output.pitch);
            if at + 1 == phase.stages.len() {
                (lines, past_cache, is_home) = match self.rows_home(stage, frame) {
                    Some(lines) => (lines, true, true),
                    None => (self.destination(stage, frame), false, false),
                };
            }
            // SAFETY: the caller's promise.
            unsafe { self.stage(stage, before, frame, lines, past_cache) };
            before = Some(stage.output);
        }
        let side = before.expect("a sweep has a transform");
        // SAFETY: the caller's promise; the lines are there.
        unsafe {
            match &phase.sink {
                Sink::Slab(slab) if self.is_in_place(&side, slab) => {}
                Sink::Slab(slab) => self.leave(&side, frame, count, lines, slab, self.to, false),
                Sink::Home { result, store, .. } => {
                    if let Some(store) = store {
                        let there = self.launch.results[*result];
                        let mut raw = Raw::new(&self.launch.operands, Some(there), smallvec![there]);
                        self.compute_by(store, frame, &mut raw);
                    }
                }
                Sink::Stores(_) if is_home => {}
                Sink::Stores(stores) => stores.iter().for_each(|store| self.store(store, &side, frame, count)),
            }
        }
    }

    /// Where the lines of a sweep go if they do so as they are, to memory that nobody reads: how they lie there, where it
    /// begins, and whether it is written past the cache.
    pub(super) fn only_result<'a>(&self, stores: &'a [Store]) -> Option<(&'a Strided, *mut u8, bool)> {
        let [Store { way: Way::Staged { is_computed: false, to, past_cache, .. }, outputs, .. }] = stores else {
            return None;
        };
        let memory = self.launch.results[outputs[0]].start();
        let is_read = self.launch.operands.iter().any(|operand| operand.start() == memory);
        (!is_read).then_some((to, memory, *past_cache))
    }

    /// The rows of the only result, if a stage is all that is written there and can write them past the cache itself.
    fn rows_home(&self, stage: &Stage, frame: &Frame) -> Option<Place> {
        let Sink::Stores(stores) = &self.phase.sink else { return None };
        let (to, result, past_cache) = self.only_result(stores)?;
        let side = stage.output;
        let is_whole = to.strides[self.phase.axis] == 1 && side.window.is_whole(side.line);
        if !past_cache || !is_whole || !stage.plan.alone().is_windowed() {
            return None;
        }
        let place = self.lines_of(to, result, frame);
        Rows { start: place.start, step: place.pitch as i64 }.is_aligned(to.size).then_some(place)
    }

    fn buffer(&self, which: usize, pitch: usize) -> Place {
        Place { start: self.scratch.at(self.lines.buffers.lines[which]), pitch: pitch as isize }
    }

    /// True if the transform writes the slab itself.
    fn is_in_place(&self, side: &Side, slab: &Strided) -> bool {
        slab.strides[self.phase.axis] == 1 && side.window.is_whole(side.line)
    }

    /// Where the lines of a frame lie in strided memory.
    pub(super) fn lines_of(&self, strided: &Strided, start: *mut u8, frame: &Frame) -> Place {
        let start = start.wrapping_offset((strided.offset(frame) * strided.size as i64) as isize);
        Place { start, pitch: self.phase.across.map_or(0, |across| strided.strides[across]) as isize }
    }

    /// Where the last transform of a phase leaves its lines.
    fn destination(&self, stage: &Stage, frame: &Frame) -> Place {
        match &self.phase.sink {
            Sink::Slab(slab) if self.is_in_place(&stage.output, slab) => self.lines_of(slab, self.to, frame),
            Sink::Home { result, strided, .. } => self.lines_of(strided, self.launch.results[*result].start(), frame),
            _ => self.buffer(1, stage.output.pitch),
        }
    }

    /// The memory that a source reads.
    pub(super) fn memory(&self, source: &Strided) -> *mut u8 {
        source.operand.map_or(self.from, |operand| self.launch.operands[operand as usize].start())
    }

    /// True if the result lies where the source does.
    fn is_over(&self, source: &Strided) -> bool {
        match &self.phase.sink {
            Sink::Home { result, .. } => self.launch.results[*result].start() == self.memory(source),
            _ => false,
        }
    }

    /// Computes the input of a stage and transforms it.
    ///
    /// # Safety
    /// As for `run`.
    unsafe fn stage(&self, stage: &Stage, before: Option<Side>, frame: &Frame, to: Place, past_cache: bool) {
        let count = self.phase.across.map_or(1, |across| frame.extents[across]);
        let (phase, input) = (self.phase, &stage.input);
        let library = self.scratch.at(self.lines.buffers.library);
        let scratch = self.buffer(0, input.pitch);
        let size = input.dtype.bytes();
        let extents = [input.line, stage.output.line];
        let batch = Batch { how: How::Consuming, extents, count, past_cache };
        let home = match &phase.sink {
            Sink::Home { is_large, .. } => Some(*is_large),
            _ => None,
        };
        // SAFETY: the caller's promise; buffers hold `count` lines of every side.
        unsafe {
            match &phase.source {
                Source::Lines(source) if before.is_none() && home != Some(true) && !self.is_over(source) => {
                    let mut from = self.lines_of(source, self.memory(source), frame);
                    if !from.start.addr().is_multiple_of(size / 2) {
                        let rows = |place: Place| Rows { start: place.start, step: place.pitch as i64 };
                        stream::copy(size, rows(from), rows(scratch), [count, input.line], false);
                        from = scratch;
                    }
                    return stage.plan.alone().run(Batch { how: How::Keeping, ..batch }, from, to, library);
                }
                Source::Columns(source) if before.is_none() && home.is_none() => {
                    let from = self.memory(source).wrapping_offset((source.offset(frame) * size as i64) as isize);
                    let from = Rows { start: from, step: source.strides[phase.axis] };
                    let into = Rows { start: scratch.start, step: input.pitch as i64 };
                    stream::gather(size, from, into, [input.line, count]);
                }
                _ => {
                    // A donated operand is read at the elements that are written: the lines are in their place.
                    if !matches!(&phase.source, Source::Lines(source) if self.is_over(source)) {
                        self.compute(stage, before, frame, count);
                    }
                    if home.is_some() {
                        let batch = Batch { how: How::InPlace, extents: [input.line; 2], ..batch };
                        return stage.plan.alone().run(batch, to, to, library);
                    }
                }
            }
            stage.plan.alone().run(batch, scratch, to, library);
        }
    }

    /// Runs the region of a stage.
    ///
    /// # Safety
    /// As for `run`.
    unsafe fn compute(&self, stage: &Stage, before: Option<Side>, frame: &Frame, count: usize) {
        let (phase, input) = (self.phase, &stage.input);
        if let Sink::Home { result, .. } = phase.sink {
            let results = smallvec![self.launch.results[result]];
            // SAFETY: the caller's promise.
            let mut raw = unsafe { Raw::new(&self.launch.operands, None, results) };
            return self.compute_by(&stage.region, frame, &mut raw);
        }
        let begin = phase.across.map_or(0, |across| frame.origin[across]);
        let to = self.buffer(0, input.pitch);
        let is_crosswise = before.is_none() && matches!(phase.source, Source::Crosswise);
        if !stage.plan.alone().is_windowed() {
            // SAFETY: the buffer holds `count` lines.
            unsafe { clear(input, count, to) };
        }
        for (start, end, read, write) in pieces(before.as_ref(), input, stage.is_reordering) {
            let frame = frame.with(phase.axis, start as i64, end - start);
            let from = match &before {
                Some(side) => Slot::new(self.buffer(1, 0).start).shifted(read - begin * side.pitch as i64),
                None => Slot::new(self.from),
            };
            let into = match is_crosswise {
                true => Slot::new(self.buffer(1, 0).start).shifted(-begin),
                false => Slot::new(to.start).shifted(write - begin * input.pitch as i64),
            };
            // SAFETY: operands by the caller's promise; both buffers hold `count` lines, and shifts take the region's
            // positions to the lines of this tile.
            let mut raw = unsafe { Raw::new(&self.launch.operands, Some(from), smallvec![into]) };
            self.compute_by(&stage.region, &frame, &mut raw);
            if is_crosswise {
                let (size, step) = (input.dtype.bytes(), phase.width as i64);
                let from = self.buffer(1, 0).start.wrapping_add(start * phase.width * size);
                let lines = to.start.wrapping_offset((start as i64 + write) as isize * size as isize);
                let lines = Rows { start: lines, step: input.pitch as i64 };
                // SAFETY: both buffers hold `count` lines.
                unsafe { stream::gather(size, Rows { start: from, step }, lines, [end - start, count]) };
            }
        }
    }

    /// Runs a store region on the lines that the last transform left.
    ///
    /// # Safety
    /// As for `run`.
    unsafe fn store(&self, store: &Store, side: &Side, frame: &Frame, count: usize) {
        let (phase, launch) = (self.phase, self.launch);
        let begin = phase.across.map_or(0, |across| frame.origin[across]);
        let lines = self.buffer(1, side.pitch);
        let anchor = |read: i64| Some(Slot::new(lines.start).shifted(read - begin * side.pitch as i64));
        match &store.way {
            Way::Direct => {
                for (start, length, read) in store.pieces(side, phase.axis) {
                    let frame = frame.with(phase.axis, start as i64, length);
                    let results = store.outputs.iter().map(|&at| launch.results[at]).collect();
                    // SAFETY: as in `compute`; results by the caller's promise.
                    let mut raw = unsafe { Raw::new(&launch.operands, anchor(read), results) };
                    self.compute_by(&store.code, &frame, &mut raw);
                }
            }
            Way::Crosswise { to, past_cache, .. } => {
                let (turned, done) = (self.buffer(0, 0).start, lines.start);
                for (start, length, read) in side.pieces() {
                    let (size, width) = (side.dtype.bytes(), phase.width);
                    let from = lines.start.wrapping_offset((start as i64 + read) as isize * size as isize);
                    let from = Rows { start: from, step: lines.pitch as i64 };
                    let into = Rows { start: turned.wrapping_add(start * width * size), step: width as i64 };
                    // SAFETY: both buffers hold `count` lines.
                    unsafe { stream::scatter(size, from, into, [count, length], false) };
                }
                // All lines are out of their buffer before the region writes there. What they hold begins at its start.
                let found = Side { window: ondine_ir::Window::run(0, side.window.extent), ..*side };
                for (start, length, _) in store.pieces(&found, phase.axis) {
                    let frame = frame.with(phase.axis, start as i64, length);
                    let [anchor, result] = [turned, done].map(|buffer| Slot::new(buffer).shifted(-begin));
                    // SAFETY: as in `compute`.
                    let mut raw = unsafe { Raw::new(&launch.operands, Some(anchor), smallvec![result]) };
                    self.compute_by(&store.code, &frame, &mut raw);
                }
                let place = self.lines_of(to, launch.results[store.outputs[0]].start(), frame);
                let rows = Rows { start: place.start, step: to.strides[phase.axis] };
                let whole = rows.is_aligned(to.size) && (count * to.size).is_multiple_of(stream::LINE);
                let from = Rows { start: done, step: phase.width as i64 };
                let extents = [store.code.nest.extents[phase.axis], count];
                // SAFETY: the lines are there, the result by the caller's promise.
                unsafe { stream::copy(to.size, from, rows, extents, *past_cache && whole) };
            }
            Way::Staged { is_computed, pitch, to, past_cache } => {
                let mut lines = lines;
                let mut side = *side;
                if *is_computed {
                    let staged = self.buffer(0, *pitch);
                    for (start, length, read) in store.pieces(&side, phase.axis) {
                        let frame = frame.with(phase.axis, start as i64, length);
                        let result = Slot::new(staged.start).shifted(-begin * *pitch as i64);
                        // SAFETY: as above; the buffer holds `count` lines of the result.
                        let mut raw = unsafe { Raw::new(&launch.operands, anchor(read), smallvec![result]) };
                        self.compute_by(&store.code, &frame, &mut raw);
                    }
                    let extent = store.code.nest.extents[phase.axis];
                    side = Side { window: ondine_ir::Window::whole(extent), line: extent, ..side };
                    lines = staged;
                }
                let start = launch.results[store.outputs[0]].start();
                // SAFETY: the lines are there, the result by the caller's promise.
                unsafe { self.leave(&side, frame, count, lines, to, start, *past_cache) };
            }
        }
    }

    /// Copies the window of lines in scratch memory to strided memory.
    ///
    /// # Safety
    /// As for `run`.
    #[allow(clippy::too_many_arguments)]
    unsafe fn leave(
        &self,
        side: &Side,
        frame: &Frame,
        count: usize,
        lines: Place,
        to: &Strided,
        memory: *mut u8,
        past_cache: bool,
    ) {
        let axis = self.phase.axis;
        for (start, length, read) in side.pieces() {
            let frame = frame.with(axis, start as i64, length);
            let from = lines.start.wrapping_offset((start as i64 + read) as isize * to.size as isize);
            let from = Rows { start: from, step: lines.pitch as i64 };
            let place = self.lines_of(to, memory, &frame);
            let rows = Rows { start: place.start, step: place.pitch as i64 };
            // SAFETY: the caller's promise.
            unsafe {
                if to.strides[axis] == 1 {
                    let past_cache = past_cache && rows.is_aligned(to.size);
                    stream::copy(to.size, from, rows, [count, length], past_cache);
                } else if count > 1 && place.pitch != 1 {
                    // Neither lines nor their neighbours are contiguous there: one element at a time.
                    for line in 0..count as isize {
                        let size = to.size as isize;
                        let from = from.start.wrapping_offset(line * lines.pitch * size);
                        let start = place.start.wrapping_offset(line * place.pitch * size);
                        let columns = Rows { start, step: to.strides[axis] };
                        stream::scatter(to.size, Rows { start: from, step: 0 }, columns, [1, length], false);
                    }
                } else {
                    let columns = Rows { start: place.start, step: to.strides[axis] };
                    let whole = columns.is_aligned(to.size) && (count * to.size).is_multiple_of(stream::LINE);
                    stream::scatter(to.size, from, columns, [count, length], past_cache && whole);
                }
            }
        }
    }
}

/// Cuts a region's line where either side wraps: start, end, and the shifts that take its positions to both lines.
pub(super) fn pieces(
    before: Option<&Side>,
    input: &Side,
    is_reordering: bool,
) -> SmallVec<[(usize, usize, i64, i64); 4]> {
    let read: SmallVec<[(usize, usize, i64); 2]> = match before {
        Some(side) if !is_reordering => side.pieces(),
        side => smallvec![(0, input.window.extent, side.map_or(0, |side| side.window.start as i64))],
    };
    let mut pieces = SmallVec::new();
    for (start, length, write) in input.pieces() {
        for (read_start, read_length, read) in &read {
            let (first, end) = (start.max(*read_start), (start + length).min(read_start + read_length));
            if first < end {
                pieces.push((first, end, *read, write));
            }
        }
    }
    pieces
}

/// Zeroes what lies outside the window on every line.
///
/// # Safety
/// The buffer holds `count` lines of the side.
unsafe fn clear(side: &Side, count: usize, to: Place) {
    if side.window.extent >= side.line {
        return;
    }
    let size = side.dtype.bytes();
    let end = side.window.start + side.window.extent;
    for line in 0..count {
        let start = to.start.wrapping_add(line * side.bytes());
        let zero = |from: usize, to: usize| {
            // SAFETY: the caller's promise; the window lies in the line.
            unsafe { start.add(from * size).write_bytes(0, (to - from) * size) };
        };
        if end > side.line {
            zero(end - side.line, side.window.start);
        } else {
            zero(0, side.window.start);
            zero(end, side.line);
        }
    }
}
