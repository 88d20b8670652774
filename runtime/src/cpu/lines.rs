//! Sweeps: tiles of neighbouring lines pass through load region, transforms and store regions without leaving the cache.
//!
//! A tile is a box of up to [`WIDTH`] lines. The load region writes it into scratch memory at the input window, the
//! library transforms the lines there, a mid region takes one transform's output to the next one's input, and the store
//! regions go from scratch to memory.

use super::map::{Stores, cost};
use super::program::Launch;
use super::storage::{Code, Raw, Slot};
use super::transform::{self, Key, Transform};
use super::{Cpu, internal};
use crate::Error;
use bytemuck::Pod;
use num_complex::Complex;
use ondine_codegen::nest::{Frame, Layout, Layouts, lower};
use ondine_ir::{DType, FftAxis, FftKind, Kernel, Line, Region, Type, Window};
use rustfft::FftNum;
use smallvec::{SmallVec, smallvec};

/// Lines of a tile.
const WIDTH: usize = 16;
/// Bytes of scratch memory that a tile may take, unless one line takes more.
const SCRATCH: usize = 512 << 10;
/// Elements between lines, so that lines of power-of-two lengths do not share cache sets.
const PADDING: usize = 4;

/// A kernel of transforms along one axis, lowered.
pub(super) struct Lines {
    axis: usize,
    /// The axis along which tiles hold several lines.
    across: Option<usize>,
    width: usize,
    stages: Vec<Stage>,
    stores: Stores,
    /// Bytes of each of the two line buffers.
    buffer: usize,
    scratch: usize,
    lines: usize,
    time: f64,
}

/// A transform and the region before it.
struct Stage {
    region: Code,
    kind: FftKind,
    plan: Transform,
    input: Side,
    output: Side,
}

/// One side of a transform.
#[derive(Clone, Copy)]
struct Side {
    dtype: DType,
    /// The part of the line that regions see.
    window: Window,
    /// Elements of a whole line, and from one to the next.
    line: usize,
    pitch: usize,
}

impl Side {
    /// Bytes of a line with its padding.
    fn bytes(&self) -> usize {
        self.pitch * self.dtype.bytes()
    }

    /// Runs of the window that do not wrap: first position, how many, and where on the line minus that position.
    fn pieces(&self) -> SmallVec<[(usize, usize, i64); 2]> {
        let before = self.window.extent.min(self.line - self.window.start.min(self.line));
        let start = self.window.start as i64;
        let all = [(0, before, start), (before, self.window.extent - before, start - self.line as i64)];
        all.into_iter().filter(|(_, count, _)| *count > 0).collect()
    }
}

impl Lines {
    pub(super) fn new(cpu: &Cpu, kernel: &Kernel, lines: &[Line], operands: &[Type]) -> Result<Lines, Error> {
        let load = &kernel.loads[0];
        let axis = lines[0].axis.axis;
        if lines.iter().any(|line| line.axis.axis != axis) {
            return Err(internal("the transforms of a sweep have several axes"));
        }
        let rank = load.extents.rank();
        let across = (0..rank).rev().find(|&other| other != axis && load.extents[other] > 1);
        // Lines that lie one after the other in memory need no padding, and go to the library together.
        let padding = if axis + 1 == rank { 0 } else { PADDING };
        let dense: Vec<Layout> = operands.iter().map(|ty| Layout::dense(&ty.shape)).collect();
        let in_scratch = |side: &Side| {
            let stride = |at: usize| match at {
                _ if at == axis => 1,
                _ if Some(at) == across => side.pitch as i64,
                _ => 0,
            };
            Layout::new((0..rank).map(stride))
        };
        let mut stages: Vec<Stage> = Vec::new();
        let mut time = 0.0;
        for (at, line) in lines.iter().enumerate() {
            let region: &Region = if at == 0 { load } else { &kernel.mids[at - 1] };
            let FftAxis { len, input, output, .. } = line.axis;
            let (from, to) = FftAxis::line(line.kind, len);
            let input = Side { dtype: region.dtype(), window: input, line: from, pitch: from + padding };
            let dtype = match line.kind {
                FftKind::RealForward => region.dtype().to_complex(),
                FftKind::RealInverse => region.dtype().component(),
                _ => region.dtype(),
            };
            let output = Side { dtype, window: output, line: to, pitch: to + padding };
            let before = stages.last().map(|stage| in_scratch(&stage.output));
            let results = [in_scratch(&input)];
            let nest = lower(&[region], &Layouts { operands: &dense, anchor: before.as_ref(), results: &results });
            let key = Key { len, kind: line.kind, is_double: region.dtype().component() == DType::F64 };
            time += cost(&nest) * region.extents[axis] as f64 + 0.5 * (len as f64) * (len as f64).log2().max(1.0);
            stages.push(Stage {
                region: Code::new(nest),
                kind: line.kind,
                plan: cpu.transforms.get(key),
                input,
                output,
            });
        }
        let last = in_scratch(&stages.last().ok_or_else(|| internal("a sweep without a transform"))?.output);
        let per_line = stages.iter().map(|stage| stage.input.bytes().max(stage.output.bytes())).max().unwrap_or(0);
        let width = (SCRATCH / (2 * per_line).max(1)).clamp(1, WIDTH);
        let width = across.map_or(1, |across| width.min(load.extents[across]));
        let lines = load.extents.without(&[axis]).elements();
        Ok(Lines {
            axis,
            across,
            width,
            buffer: per_line * width,
            scratch: stages.iter().map(|stage| stage.plan.scratch_bytes()).max().unwrap_or(0),
            stages,
            stores: Stores::new(&kernel.stores, operands, Some(&last)),
            lines,
            time,
        })
    }

    /// Its nests, for people.
    pub(super) fn codes(&self) -> Vec<&Code> {
        let stores = self.stores.nests().map(|(code, _)| code);
        self.stages.iter().map(|stage| &stage.region).chain(stores).collect()
    }

    /// # Safety
    /// The slots of the launch are valid for the kernel, as [`Raw::new`] says.
    pub(super) unsafe fn run(&self, launch: &Launch) -> Result<(), Error> {
        if self.lines == 0 {
            return Ok(());
        }
        let first = &self.stages[0].region.nest.extents;
        let others = Frame::whole(&first.with(self.axis, 1));
        let mut tiles = vec![others];
        for at in (0..first.rank()).filter(|at| *at != self.axis) {
            let step = if Some(at) == self.across { self.width } else { 1 };
            tiles = tiles
                .iter()
                .flat_map(|tile| {
                    let starts = (0..first[at]).step_by(step);
                    starts.map(move |start| tile.with(at, start as i64, step.min(first[at] - start)))
                })
                .collect();
        }
        let words = |bytes: usize| vec![[0u64; 2]; bytes.div_ceil(16) + 1];
        let scratch = || Scratch { from: words(self.buffer), to: words(self.buffer), library: words(self.scratch) };
        launch.cpu.threads.deal(tiles.len(), self.time * self.lines as f64, scratch, |scratch, at| {
            // SAFETY: the caller's promise; tiles are disjoint sets of lines.
            unsafe { self.tile(launch, &tiles[at], scratch) };
        });
        Ok(())
    }

    /// Takes one tile through all stages.
    ///
    /// # Safety
    /// As for `run`; nobody else writes these lines, or uses this scratch memory.
    unsafe fn tile(&self, launch: &Launch, tile: &Frame, scratch: &mut Scratch) {
        let count = self.across.map_or(1, |across| tile.extents[across]);
        let begin = self.across.map_or(0, |across| tile.origin[across]);
        let mut before: Option<Side> = None;
        for stage in &self.stages {
            let input = &stage.input;
            let to = Slot::new(scratch.to.as_mut_ptr().cast());
            clear(input, count, bytemuck::cast_slice_mut(&mut scratch.to));
            for (start, end, read, write) in pieces(before.as_ref(), input) {
                let frame = tile.with(self.axis, start as i64, end - start);
                let from = before
                    .as_ref()
                    .map(|side| Slot::new(scratch.from.as_mut_ptr().cast()).shifted(read - begin * side.pitch as i64));
                let to = to.shifted(write - begin * input.pitch as i64);
                // SAFETY: operands by the caller's promise; both buffers hold `count` lines, and shifts take the
                // region's positions to the lines of this tile.
                let mut raw = unsafe { Raw::new(&launch.operands, from, smallvec![to]) };
                stage.region.run(launch.cpu, &frame, launch.params, &mut raw);
            }
            match &stage.plan {
                Transform::Single(plan) => transform_lines::<f32>(stage, plan, count, scratch),
                Transform::Double(plan) => transform_lines::<f64>(stage, plan, count, scratch),
            }
            before = Some(stage.output);
        }
        let side = before.expect("a sweep has a transform");
        for (code, outputs) in self.stores.nests() {
            for (start, length, read) in side.pieces() {
                let frame = tile.with(self.axis, start as i64, length);
                let from = Slot::new(scratch.from.as_mut_ptr().cast()).shifted(read - begin * side.pitch as i64);
                let results = outputs.iter().map(|&at| launch.results[at]).collect();
                // SAFETY: as above; results by the caller's promise.
                let mut raw = unsafe { Raw::new(&launch.operands, Some(from), results) };
                code.run(launch.cpu, &frame, launch.params, &mut raw);
            }
        }
    }
}

/// Memory of one thread.
struct Scratch {
    /// The output of the last transform.
    from: Vec<[u64; 2]>,
    /// The input of the next.
    to: Vec<[u64; 2]>,
    library: Vec<[u64; 2]>,
}

/// Cuts a region's line where either side wraps: start, end, and the shifts that take its positions to both lines.
fn pieces(before: Option<&Side>, input: &Side) -> SmallVec<[(usize, usize, i64, i64); 4]> {
    let whole = smallvec![(0, input.window.extent, 0)];
    let read: SmallVec<[(usize, usize, i64); 2]> = before.map_or(whole, Side::pieces);
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
fn clear(side: &Side, count: usize, bytes: &mut [u8]) {
    if side.window.extent >= side.line {
        return;
    }
    let size = side.dtype.bytes();
    for line in bytes.chunks_mut(side.bytes()).take(count) {
        let end = side.window.start + side.window.extent;
        if end > side.line {
            line[(end - side.line) * size..side.window.start * size].fill(0);
        } else {
            line[..side.window.start * size].fill(0);
            line[end * size..side.line * size].fill(0);
        }
    }
}

/// Transforms the lines of `to`; the result is in `from` afterwards.
fn transform_lines<T: FftNum + Pod>(stage: &Stage, plan: &transform::Lines<T>, count: usize, scratch: &mut Scratch) {
    let (input, output) = (&stage.input, &stage.output);
    debug_assert!(matches!(plan, transform::Lines::Complex(_)) != (input.dtype != output.dtype), "{:?}", stage.kind);
    let library: &mut [Complex<T>] = bytemuck::cast_slice_mut(&mut scratch.library);
    match plan {
        transform::Lines::Complex(plan) => {
            let lines: &mut [Complex<T>] = bytemuck::cast_slice_mut(&mut scratch.to);
            if input.pitch == input.line {
                transform::complex(&**plan, &mut lines[..count * input.line], library);
            } else {
                for line in lines.chunks_mut(input.pitch).take(count) {
                    transform::complex(&**plan, &mut line[..input.line], library);
                }
            }
            std::mem::swap(&mut scratch.from, &mut scratch.to);
        }
        transform::Lines::Forward(plan) => {
            let lines: &mut [T] = bytemuck::cast_slice_mut(&mut scratch.to);
            let spectra: &mut [Complex<T>] = bytemuck::cast_slice_mut(&mut scratch.from);
            for (line, spectrum) in lines.chunks_mut(input.pitch).zip(spectra.chunks_mut(output.pitch)).take(count) {
                transform::forward(&**plan, &mut line[..input.line], &mut spectrum[..output.line], library);
            }
        }
        transform::Lines::Inverse(plan) => {
            let spectra: &mut [Complex<T>] = bytemuck::cast_slice_mut(&mut scratch.to);
            let lines: &mut [T] = bytemuck::cast_slice_mut(&mut scratch.from);
            for (spectrum, line) in spectra.chunks_mut(input.pitch).zip(lines.chunks_mut(output.pitch)).take(count) {
                transform::inverse(&**plan, &mut spectrum[..input.line], &mut line[..output.line], library);
            }
        }
    }
}
