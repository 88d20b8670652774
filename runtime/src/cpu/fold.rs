//! A region folded along some axes: tiles of outputs by blocks of elements to partial results.
//!
//! Along contiguous axes machine code keeps the accumulators of an output in registers. Across them a body combines with
//! accumulators in memory, one row per residue. Whatever fits neither is written to a slab and folded there. All three give
//! the same bits.

use super::across::{Across, Ran};
use super::storage::{Code, Raw, Recent, Rows, Slot, words};
use super::{Cpu, map::cost};
use crate::Error;
use ondine_codegen::nest::{ACCUMULATORS, BLOCK, Fold, Frame, Layout, Layouts, Slab, lower};
use ondine_ir::{Inst, ReduceKind, Region, Scalar, Shape};
use smallvec::{SmallVec, smallvec};
use std::ops::Range;

/// Folds with fewer elements per output than this keep outputs side by side, whatever the layout.
const SHORT: usize = 64;

/// Elements that a body combines with accumulators in memory at a time, at least.
const ROUND: usize = 2048;

/// Outputs of a tile whose accumulators in memory leave room for other things in a core's cache.
const WIDE: usize = 2048;

/// Blocks of one output that are folded by one run of machine code, which reads on from one to the next: memory is fastest
/// read in long runs.
const TOGETHER: usize = 32;

/// A region with what folds it.
pub(super) struct Folded {
    pub(super) fold: Fold,
    /// How the values themselves are combined: the fold, or what finds the best value where the fold finds its place.
    values: Fold,
    load: Code,
    /// Combines a row with its accumulators in registers.
    along: Option<Code>,
    /// The same for all whole blocks of several rows, so that these are read one after the other, and how many there are.
    abreast: Option<(usize, Code)>,
    /// Combines elements with accumulators in memory.
    across: Option<Across>,
    kept: SmallVec<[usize; 4]>,
    reduced: SmallVec<[usize; 4]>,
    pub(super) outputs: usize,
    /// Elements of one output.
    pub(super) count: usize,
    /// Outputs of one tile.
    pub(super) tile: usize,
    /// Distance between outputs, or elements, in a slab.
    pitch: usize,
    is_outer: bool,
}

/// The memory of one thread while it folds.
pub(super) struct Scratch {
    elements: Vec<[u64; 2]>,
    accumulators: Vec<[u64; 2]>,
    found: Vec<[u64; 2]>,
    /// What each of the three ways was run on.
    along: Recent,
    ran: Ran,
    slab: Recent,
}

/// What a region is run on.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) cpu: &'a Cpu,
    pub(super) operands: &'a [Slot],
    pub(super) params: &'a [Scalar],
}

impl Folded {
    /// Lowers a region over operands in memory; `tile` sets the outputs of a tile.
    pub(super) fn new(
        kind: ReduceKind,
        axes: &[usize],
        region: &Region,
        operands: &[Layout],
        tile: Option<usize>,
    ) -> Folded {
        let rank = region.extents.rank();
        let reduced: SmallVec<[usize; 4]> = axes.into();
        let kept: SmallVec<[usize; 4]> = (0..rank).filter(|axis| !reduced.contains(axis)).collect();
        let shape = |axes: &[usize]| Shape::new(axes.iter().map(|&axis| region.extents[axis]));
        let (outputs, count) = (shape(&kept).elements(), shape(&reduced).elements());
        let fold = Fold { kind, dtype: region.dtype() };
        let is_outer = outputs > 1 && (count < SHORT || !reduced.contains(&contiguous_axis(region, operands)));
        let block = count.min(BLOCK);
        let blocks = count.div_ceil(BLOCK);
        let residues = ACCUMULATORS / fold.dtype.bytes();
        let is_across =
            is_outer && fold.has_neutral() && outputs.min(tile.unwrap_or(WIDE)) * residues.min(count) >= ROUND;
        let own_tile = match (is_across, is_outer) {
            (true, _) if outputs.div_ceil(WIDE) * blocks < 4 => WIDE / 4,
            (true, _) => WIDE,
            (_, true) => (65536 / block.max(1)).clamp(32, 1024),
            _ if blocks > 1 => 1,
            _ => (4096 / block.max(1)).max(1),
        };
        let tile = tile.unwrap_or(own_tile).min(outputs.max(1));
        let pitch = if is_outer { tile } else { block };
        let strides = |per_output: i64, per_element: i64| {
            let mut strides: SmallVec<[i64; 4]> = SmallVec::from_elem(0, rank);
            for (axis, stride) in kept.iter().zip(shape(&kept).strides()) {
                strides[*axis] = stride * per_output;
            }
            for (axis, stride) in reduced.iter().zip(shape(&reduced).strides()) {
                strides[*axis] = stride * per_element;
            }
            Layout { strides }
        };
        let slab = if is_outer { strides(1, pitch as i64) } else { strides(pitch as i64, 1) };
        let load = |result: Layout| lower(&[region], &Layouts { operands, anchor: None, results: &[result] });
        let values = fold.values();
        let along = (!is_outer && values.has_neutral()).then(|| load(strides(residues as i64, 0)));
        let along = along.filter(|nest| matches!(&nest.parts[..], [part] if part.blocks.len() == 1));
        let whole = count / BLOCK;
        let abreast = (along.is_some() && values == fold && tile > 1 && whole > 1)
            .then(|| (whole, Code::folding(load(strides((residues * whole) as i64, 0)), values.kind)));
        let across = is_across.then(|| Across::new(fold, axes, region, operands, &slab, pitch));
        Folded {
            fold,
            values,
            along: along.map(|nest| Code::folding(nest, values.kind)),
            abreast,
            across,
            load: Code::new(load(slab)),
            kept,
            reduced,
            outputs,
            count,
            tile,
            pitch,
            is_outer,
        }
    }

    /// Blocks of one output.
    pub(super) fn blocks(&self) -> usize {
        self.count.div_ceil(BLOCK)
    }

    /// How many blocks from this one on are folded at once, of so many that are wanted.
    pub(super) fn together(&self, block: usize, wanted: usize) -> usize {
        let whole = (self.count / BLOCK).saturating_sub(block);
        match &self.abreast {
            Some((blocks, _)) if block == 0 && *blocks <= wanted => *blocks,
            None if self.tile == 1 && self.along.is_some() => wanted.min(whole).clamp(1, TOGETHER),
            _ => 1,
        }
    }

    /// Nanoseconds per element, roughly.
    pub(super) fn cost(&self) -> f64 {
        cost(&self.load.nest) + 0.2
    }

    /// The code that it runs where machine code can be had.
    pub(super) fn code(&self) -> &Code {
        self.along.as_ref().or(self.across.as_ref().map(Across::code)).unwrap_or(&self.load)
    }

    /// Memory for one thread.
    pub(super) fn scratch(&self) -> Result<Scratch, Error> {
        let is_direct = self.across.is_some();
        let slab = if is_direct { 0 } else { self.tile * self.count.min(BLOCK) * self.fold.dtype.bytes() };
        let has_accumulators = self.is_outer || self.along.is_some();
        let partials = (self.tile * self.abreast.as_ref().map_or(1, |(blocks, _)| *blocks)).max(TOGETHER);
        Ok(Scratch {
            elements: words(slab)?,
            accumulators: words(if has_accumulators { partials * ACCUMULATORS } else { 0 })?,
            found: words(partials * 16)?,
            along: Recent::default(),
            ran: Ran::default(),
            slab: Recent::default(),
        })
    }

    /// Folds one block of some outputs, at most a tile, or as many blocks as [`together`](Folded::together) says, and hands
    /// over the partial results, output by output.
    ///
    /// # Safety
    /// The slots are valid for the region, as [`Raw::new`] says.
    pub(super) unsafe fn fold<'s>(
        &self,
        given: Given,
        outputs: Range<usize>,
        blocks: Range<usize>,
        scratch: &'s mut Scratch,
    ) -> &'s [u8] {
        let partial = self.fold.partial_bytes();
        let is_done = match self.values == self.fold {
            // SAFETY: the caller's promise.
            true => unsafe { self.along(given, &outputs, &blocks, scratch) },
            // SAFETY: as above. One block alone is searched at once.
            false => blocks.len() > 1 && unsafe { self.search(given, &outputs, &blocks, scratch) },
        };
        match &self.across {
            _ if is_done => {}
            Some(across) => {
                let (elements, Scratch { accumulators, found, ran, .. }) = (self.elements(&blocks), &mut *scratch);
                let [accumulators, found] = [accumulators, found].map(|words| bytemuck::cast_slice_mut(words));
                // SAFETY: as above.
                unsafe { across.run(given, &outputs, &elements, accumulators, found, ran) };
            }
            // SAFETY: as above.
            None if blocks.len() == 1 => unsafe { self.slab(given, &outputs, blocks.start, 0, scratch) },
            None => {
                let each = outputs.clone().flat_map(|output| blocks.clone().map(move |block| (output, block)));
                for (turn, (output, block)) in each.enumerate() {
                    // SAFETY: as above.
                    unsafe { self.slab(given, &(output..output + 1), block, turn, scratch) };
                }
            }
        }
        &bytemuck::cast_slice(&scratch.found)[..outputs.len() * blocks.len() * partial]
    }

    /// The elements of some blocks.
    fn elements(&self, blocks: &Range<usize>) -> Range<usize> {
        blocks.start * BLOCK..self.count.min(blocks.end * BLOCK)
    }

    /// In registers along the elements of each output; false if the region's accesses do not go on evenly along them.
    ///
    /// # Safety
    /// As for `fold`.
    unsafe fn along(&self, given: Given, outputs: &Range<usize>, blocks: &Range<usize>, scratch: &mut Scratch) -> bool {
        let (per_output, code) = match (&self.abreast, &self.along) {
            (Some((whole, code)), _) if blocks.len() > 1 => (*whole, code),
            (_, Some(code)) => (1, code),
            _ => return false,
        };
        let (partials, elements) = (outputs.len() * blocks.len(), self.elements(blocks));
        let accumulators: &mut [u8] =
            &mut bytemuck::cast_slice_mut(&mut scratch.accumulators)[..partials * ACCUMULATORS];
        self.values.start(false, accumulators);
        let step = (ACCUMULATORS / self.fold.dtype.bytes()) as i64;
        let slot = Slot::new(accumulators.as_mut_ptr()).shifted(-((outputs.start * per_output) as i64 * step));
        // SAFETY: operands by the caller's promise; the memory holds the accumulators of these outputs.
        let mut raw = unsafe { Raw::new(given.operands, None, smallvec![slot]) };
        let rows = Rows { blocks: blocks.len(), count: elements.len() / blocks.len(), step };
        for frame in Frame::whole(&code.nest.extents).runs(&self.kept, outputs.start, outputs.end) {
            let [frame] = &frame.runs(&self.reduced, elements.start, elements.end)[..] else { return false };
            if !code.fold(given.cpu, frame, rows, given.params, &mut raw, &mut scratch.along) {
                return false;
            }
        }
        let found = &mut bytemuck::cast_slice_mut(&mut scratch.found)[..partials * self.fold.dtype.bytes()];
        self.values.finish(false, accumulators, found);
        true
    }

    /// The place of the best value in some blocks of one output: their best values in registers, and then the place in the
    /// block that has the best of all. The places of the others do not matter, because it wins over them.
    ///
    /// # Safety
    /// As for `fold`.
    unsafe fn search(
        &self,
        given: Given,
        outputs: &Range<usize>,
        blocks: &Range<usize>,
        scratch: &mut Scratch,
    ) -> bool {
        // SAFETY: the caller's promise.
        if !unsafe { self.along(given, outputs, blocks, scratch) } {
            return false;
        }
        let best = self.fold.number(blocks.len(), bytemuck::cast_slice_mut(&mut scratch.found));
        // SAFETY: the caller's promise.
        unsafe { self.slab(given, outputs, blocks.start + best, best, scratch) };
        true
    }

    /// By way of a slab of elements; the partial results are those of turn `turn`.
    ///
    /// # Safety
    /// As for `fold`.
    unsafe fn slab(&self, given: Given, outputs: &Range<usize>, block: usize, turn: usize, scratch: &mut Scratch) {
        let elements = self.elements(&(block..block + 1));
        let (per_output, per_element) = if self.is_outer { (1, self.pitch) } else { (self.pitch, 1) };
        let shift = -((outputs.start * per_output + elements.start * per_element) as i64);
        let slot = Slot::new(scratch.elements.as_mut_ptr().cast()).shifted(shift);
        // SAFETY: operands by the caller's promise; the scratch memory of this thread holds the slab.
        let mut raw = unsafe { Raw::new(given.operands, None, smallvec![slot]) };
        for frame in Frame::whole(&self.load.nest.extents).runs(&self.kept, outputs.start, outputs.end) {
            for frame in frame.runs(&self.reduced, elements.start, elements.end) {
                self.load.run_again(given.cpu, &frame, given.params, &mut raw, &mut scratch.slab);
            }
        }
        let slab = Slab { outputs: outputs.len(), count: elements.len(), pitch: self.pitch, is_outer: self.is_outer };
        let bytes = outputs.len() * self.fold.partial_bytes();
        let found = &mut bytemuck::cast_slice_mut(&mut scratch.found)[turn * bytes..(turn + 1) * bytes];
        let accumulators = bytemuck::cast_slice_mut(&mut scratch.accumulators);
        self.fold.block(slab, elements.start, bytemuck::cast_slice(&scratch.elements), accumulators, found);
    }
}

/// The axis along which most operands are contiguous; the last one if none is.
fn contiguous_axis(region: &Region, operands: &[Layout]) -> usize {
    let rank = region.extents.rank();
    let mut votes = vec![0; rank];
    for (inst, _) in &region.body {
        let Inst::Load { operand, index, .. } = inst else { continue };
        let strides = &operands[*operand as usize].strides;
        for (axis, votes) in votes.iter_mut().enumerate().filter(|(axis, _)| region.extents[*axis] > 1) {
            let step: i64 = index
                .iter()
                .zip(strides)
                .filter_map(|(index, stride)| index.coefficients(rank).map(|steps| steps[axis] * stride))
                .sum();
            *votes += (step.abs() == 1) as usize;
        }
    }
    (0..rank).max_by_key(|&axis| (votes[axis], region.extents[axis] > 1, axis)).unwrap_or(0)
}
