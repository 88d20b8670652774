//! Takes tiles through phases whose transforms run abreast: scratch memory holds element by element of neighbouring lines.

use super::abreast::Rows as Abreast;
use super::lines::{Side, Sink, Source, Stage, Store, Strided, Way};
use super::storage::{Raw, Slot};
use super::stream::{self, Rows};
use super::sweep::{Tile, pieces};
use ondine_codegen::nest::{Frame, Memory};
use smallvec::smallvec;

/// Rows at equal steps.
fn abreast(rows: Rows) -> Abreast<'static> {
    Abreast::new(rows.start, rows.step as isize)
}

impl Tile<'_> {
    /// Takes one tile through all stages.
    ///
    /// # Safety
    /// The launch is valid; nobody else writes these lines, or uses this scratch memory.
    pub(super) unsafe fn run_abreast(&self, frame: &Frame) {
        let phase = self.phase;
        let count = phase.across.map_or(1, |across| frame.extents[across]);
        let library = self.scratch.at(self.lines.buffers.library);
        let mut before: Option<Side> = None;
        // The buffer that the last transform wrote; the other is free.
        let mut held = 1;
        let mut done = self.side(held);
        let (mut is_home, mut past_cache) = (false, false);
        for (at, stage) in phase.stages.iter().enumerate() {
            let plan = stage.plan.abreast();
            let is_full = count.is_multiple_of(plan.lanes());
            let picked = phase.picked.as_ref().filter(|_| at == 0 && is_full);
            let from = match (stage.is_passing, picked) {
                (true, _) => {
                    held = 1 - held;
                    abreast(done)
                }
                (false, Some(picked)) => {
                    // Lines that are turned lie in the second buffer.
                    held = 0;
                    // SAFETY: the caller's promise; the buffer has room.
                    let operands = unsafe { self.turn(frame, count) };
                    let memory = match picked.memory {
                        Memory::Operand(operand) => operands[operand as usize],
                        _ => Slot::new(self.from),
                    };
                    picked.rows(memory, frame)
                }
                // SAFETY: the caller's promise.
                (false, None) => abreast(unsafe { self.source(stage, before, frame, held, is_full) }),
            };
            done = match &phase.sink {
                Sink::Slab(slab) if at + 1 == phase.stages.len() && is_full && self.is_columns(slab, stage.output) => {
                    self.rows(slab, self.to, frame)
                }
                Sink::Stores(stores) if at + 1 == phase.stages.len() && is_full => {
                    match self.home(stores, stage, frame) {
                        Some((rows, is_past)) => {
                            (is_home, past_cache) = (true, is_past);
                            rows
                        }
                        None => self.side(held),
                    }
                }
                _ => self.side(held),
            };
            let bins = if stage.input.dtype.is_complex() { stage.input.window } else { stage.output.window };
            // SAFETY: the caller's promise; buffers have room for whole vectors of lines.
            unsafe { plan.run(from, abreast(done), past_cache, bins, count, library) };
            before = Some(stage.output);
        }
        let side = before.expect("a sweep has a transform");
        // SAFETY: the caller's promise; the lines are there.
        unsafe {
            match &phase.sink {
                Sink::Slab(slab) if done.start == self.side(held).start => {
                    self.put(&side, frame, count, done, slab, self.to, false)
                }
                Sink::Slab(_) => {}
                Sink::Stores(_) if is_home => {}
                Sink::Stores(stores) => stores.iter().for_each(|store| self.store_abreast(store, &side, frame, held)),
                Sink::Home { .. } => unreachable!("lines that run abreast are not at home"),
            }
        }
    }

    /// A buffer as rows of neighbouring lines.
    fn side(&self, which: usize) -> Rows {
        Rows { start: self.scratch.at(self.lines.buffers.lines[which]), step: self.phase.step as i64 }
    }

    /// Strided memory as rows of neighbouring lines.
    fn rows(&self, strided: &Strided, start: *mut u8, frame: &Frame) -> Rows {
        let start = start.wrapping_offset((strided.offset(frame) * strided.size as i64) as isize);
        Rows { start, step: strided.strides[self.phase.axis] }
    }

    /// True if whole lines lie there as columns.
    fn is_columns(&self, strided: &Strided, side: Side) -> bool {
        self.phase.across.is_some_and(|across| strided.strides[across] == 1) && side.window.is_whole(side.line)
    }

    /// The columns of the only result, if a stage is all that is written there and can write it itself; and whether it
    /// does so past the cache.
    fn home(&self, stores: &[Store], stage: &Stage, frame: &Frame) -> Option<(Rows, bool)> {
        let (to, memory, past_cache) = self.only_result(stores)?;
        if !self.is_columns(to, stage.output) {
            return None;
        }
        let rows = self.rows(to, memory, frame);
        let past_cache = past_cache && rows.is_aligned(to.size);
        (!past_cache || stage.plan.abreast().can_stream()).then_some((rows, past_cache))
    }

    /// The input of a stage: where it lies, or computed into a buffer.
    ///
    /// # Safety
    /// As for `run_abreast`.
    unsafe fn source(&self, stage: &Stage, before: Option<Side>, frame: &Frame, held: usize, is_full: bool) -> Rows {
        let (phase, input) = (self.phase, &stage.input);
        let (into, size) = (self.side(1 - held), input.dtype.bytes());
        let count = phase.across.map_or(1, |across| frame.extents[across]);
        // SAFETY: the caller's promise; the buffers hold the tile.
        unsafe {
            match &phase.source {
                Source::Columns(source) if before.is_none() => {
                    let from = self.rows(source, self.memory(source), frame);
                    if is_full {
                        return from;
                    }
                    stream::copy(size, from, into, [input.line, count], false);
                }
                Source::Lines(source) if before.is_none() => {
                    let lines = self.lines_of(source, self.memory(source), frame);
                    let lines = Rows { start: lines.start, step: lines.pitch as i64 };
                    stream::scatter(size, lines, into, [count, input.line], false);
                }
                _ => self.compute_abreast(stage, before, frame, held),
            }
            // What other lanes hold does not matter, but it has to be something.
            let spare = phase.step - count;
            if !is_full {
                for at in 0..input.line {
                    into.start.wrapping_add((at * phase.step + count) * size).write_bytes(0, spare * size);
                }
            }
        }
        into
    }

    /// Runs the region of a stage into the free buffer.
    ///
    /// # Safety
    /// As for `run_abreast`.
    unsafe fn compute_abreast(&self, stage: &Stage, before: Option<Side>, frame: &Frame, held: usize) {
        let (phase, input) = (self.phase, &stage.input);
        let count = phase.across.map_or(1, |across| frame.extents[across]);
        let begin = phase.across.map_or(0, |across| frame.origin[across]);
        let (step, size) = (phase.step as i64, input.dtype.bytes());
        let (done, into) = (self.side(held), self.side(1 - held));
        let is_along = before.is_none() && matches!(phase.source, Source::Computed);
        let is_dead = |at: &usize| (at + input.line - input.window.start) % input.line >= input.window.extent;
        for at in (0..input.line).filter(is_dead) {
            // SAFETY: the buffer holds the tile.
            unsafe { into.start.wrapping_add(at * phase.step * size).write_bytes(0, phase.step * size) };
        }
        let operands = match before {
            // SAFETY: operands by the caller's promise; the buffer has room.
            None => unsafe { self.turn(frame, count) },
            Some(_) => self.launch.operands.clone(),
        };
        for (start, end, read, write) in pieces(before.as_ref(), input, stage.is_reordering) {
            let frame = frame.with(phase.axis, start as i64, end - start);
            let anchor = match &before {
                Some(_) => Slot::new(done.start).shifted(read * step - begin),
                None => Slot::new(self.from),
            };
            let result = match is_along {
                true => Slot::new(done.start).shifted(-begin * input.pitch as i64),
                false => Slot::new(into.start).shifted(write * step - begin),
            };
            // SAFETY: operands by the caller's promise; both buffers hold the tile, and shifts take the region's positions
            // to its elements.
            unsafe {
                let mut raw = Raw::new(&operands, Some(anchor), smallvec![result]);
                self.compute_by(&stage.region, &frame, &mut raw);
                if is_along {
                    let from = done.start.wrapping_add(start * size);
                    let from = Rows { start: from, step: input.pitch as i64 };
                    let to = into
                        .start
                        .wrapping_offset((start as i64 + write) as isize * phase.step as isize * size as isize);
                    stream::scatter(size, from, Rows { start: to, step }, [count, end - start], false);
                }
            }
        }
    }

    /// Runs a store region on what the last transform left in a buffer.
    ///
    /// # Safety
    /// As for `run_abreast`.
    unsafe fn store_abreast(&self, store: &Store, side: &Side, frame: &Frame, held: usize) {
        let (phase, launch) = (self.phase, self.launch);
        let count = phase.across.map_or(1, |across| frame.extents[across]);
        let begin = phase.across.map_or(0, |across| frame.origin[across]);
        let done = self.side(held);
        let run = |into: Option<Slot>| {
            for (start, length, read) in store.pieces(side, phase.axis) {
                let frame = frame.with(phase.axis, start as i64, length);
                let anchor = Some(Slot::new(done.start).shifted(read * phase.step as i64 - begin));
                let results = match into {
                    Some(into) => smallvec![into],
                    None => store.outputs.iter().map(|&at| launch.results[at]).collect(),
                };
                // SAFETY: as in `compute_abreast`; results by the caller's promise.
                unsafe {
                    let mut raw = Raw::new(&launch.operands, anchor, results);
                    self.compute_by(&store.code, &frame, &mut raw);
                }
            }
        };
        let Way::Staged { is_computed, to, past_cache, .. } = &store.way else { return run(None) };
        let (mut from, mut side) = (done, *side);
        if *is_computed {
            from = self.side(1 - held);
            run(Some(Slot::new(from.start).shifted(-begin)));
            let extent = store.code.nest.extents[phase.axis];
            side = Side { window: ondine_ir::Window::whole(extent), line: extent, ..side };
        }
        let memory = launch.results[store.outputs[0]].start();
        // SAFETY: the lines are there, the result by the caller's promise.
        unsafe { self.put(&side, frame, count, from, to, memory, *past_cache) };
    }

    /// Copies the window of a tile to strided memory.
    ///
    /// # Safety
    /// As for `run_abreast`.
    #[allow(clippy::too_many_arguments)]
    unsafe fn put(
        &self,
        side: &Side,
        frame: &Frame,
        count: usize,
        from: Rows,
        to: &Strided,
        memory: *mut u8,
        past_cache: bool,
    ) {
        let phase = self.phase;
        for (start, length, read) in side.pieces() {
            let frame = frame.with(phase.axis, start as i64, length);
            let first =
                from.start.wrapping_offset((start as i64 + read) as isize * phase.step as isize * to.size as isize);
            let from = Rows { start: first, step: from.step };
            // SAFETY: the caller's promise.
            unsafe {
                if phase.across.is_none_or(|across| to.strides[across] == 1) {
                    let rows = self.rows(to, memory, &frame);
                    let whole = rows.is_aligned(to.size) && (count * to.size).is_multiple_of(stream::LINE);
                    stream::copy(to.size, from, rows, [length, count], past_cache && whole);
                    continue;
                }
                let place = self.lines_of(to, memory, &frame);
                if to.strides[phase.axis] != 1 {
                    // Neither lines nor their neighbours are contiguous there.
                    for line in 0..count {
                        let at = |start: *mut u8, step: isize| {
                            start.wrapping_offset(line as isize * step * to.size as isize)
                        };
                        let column = Rows { start: at(place.start, place.pitch), step: to.strides[phase.axis] };
                        let from = Rows { start: at(from.start, 1), step: from.step };
                        stream::copy(to.size, from, column, [length, 1], false);
                    }
                    continue;
                }
                let rows = Rows { start: place.start, step: place.pitch as i64 };
                if past_cache && rows.is_aligned(to.size) && (length * to.size).is_multiple_of(stream::LINE) {
                    stream::scatter(to.size, from, rows, [length, count], true);
                } else if past_cache && rows.is_aligned(to.size) {
                    let free = if from.start < self.side(1).start { self.side(1) } else { self.side(0) };
                    let turned = Rows { start: free.start, step: (side.line.max(length) + 4) as i64 };
                    stream::gather(to.size, from, turned, [length, count]);
                    stream::copy(to.size, turned, rows, [count, length], true);
                } else {
                    stream::gather(to.size, from, rows, [length, count]);
                }
            }
        }
    }
}
