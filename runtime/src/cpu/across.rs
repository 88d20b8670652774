//! Folds across memory: outputs that are neighbours there, with their accumulators side by side in rows, one for each
//! residue of the elements.
//!
//! One run of a body adds several elements to every accumulator of a row, so that most sums stay in registers.

use super::fold::Given;
use super::storage::{Code, Raw, Recent, Slot};
use ondine_codegen::nest::{ACCUMULATORS, BLOCK, Fold, Frame, Layout, Layouts, lower};
use ondine_ir::{Binary, Bound, Index, Inst, ReduceKind, Region, RegionBuilder, Scalar, Var};
use smallvec::{SmallVec, smallvec};
use std::ops::Range;

/// Elements that one run adds to an accumulator, at most.
const TURNS: usize = 8;

/// Instructions of a body that does so, about.
const INSTRUCTIONS: usize = 64;

/// Rows that one body combines to the last one.
const ROWS: usize = 32;

/// What folds blocks of elements of neighbouring outputs.
pub(super) struct Across {
    fold: Fold,
    axes: SmallVec<[usize; 4]>,
    kept: SmallVec<[usize; 4]>,
    /// Outputs between one row and the next.
    pitch: usize,
    /// Several turns a run where they can be had, and one.
    turns: SmallVec<[Turns; 2]>,
    /// Rows of accumulators, and what combines them if they are few.
    rows: usize,
    last: Option<Code>,
}

/// The bodies that take so many elements for each accumulator: with what it holds, or as the first ones.
struct Turns {
    count: usize,
    first: Code,
    next: Code,
}

/// What a thread has run the bodies on.
#[derive(Default)]
pub(super) struct Ran {
    turns: [[Recent; 2]; 2],
    last: Recent,
}

impl Across {
    /// Lowers a region; `slab` is the layout of its elements if each had a place of its own, in rows of `pitch` outputs.
    pub(super) fn new(
        fold: Fold,
        axes: &[usize],
        region: &Region,
        operands: &[Layout],
        slab: &Layout,
        pitch: usize,
    ) -> Across {
        let extents = &region.extents;
        let kept = (0..extents.rank()).filter(|axis| !axes.contains(axis)).collect();
        let count: usize = axes.iter().map(|&axis| extents[axis]).product();
        let residues = ACCUMULATORS / fold.dtype.bytes();
        // Elements of several turns are at even distances along one axis only.
        let long: SmallVec<[usize; 4]> = axes.iter().copied().filter(|&axis| extents[axis] > 1).collect();
        let several = match long[..] {
            [_] => TURNS.min(INSTRUCTIONS / region.body.len().max(1)).min(count.min(BLOCK) / residues),
            _ => 1,
        };
        let axis = long.first().copied().unwrap_or(0);
        let turns = |count: usize| {
            let code = |is_first: bool| {
                let region = taking_turns(fold.kind, region, axis, residues, count, is_first);
                let anchor = (!is_first).then_some(slab);
                Code::new(lower(&[&region], &Layouts { operands, anchor, results: std::slice::from_ref(slab) }))
            };
            Turns { count, first: code(true), next: code(false) }
        };
        let turns = [several, 1][(several <= 1) as usize..].iter().copied().map(turns).collect();
        let rows = residues.min(count);
        let last = (rows <= ROWS).then(|| {
            let region = last_row(fold, rows, pitch);
            let (operands, dense) = ([Layout::new([pitch as i64, 1])], Layout::new([1]));
            Code::new(lower(&[&region], &Layouts { operands: &operands, anchor: None, results: &[dense] }))
        });
        Across { fold, axes: axes.into(), kept, pitch, turns, rows, last }
    }

    /// The code that does most of the work.
    pub(super) fn code(&self) -> &Code {
        &self.turns[0].next
    }

    /// Folds some elements of some outputs, at most a block of a tile, to one value each.
    ///
    /// # Safety
    /// The slots are valid for the region, as [`Raw::new`] says.
    pub(super) unsafe fn run(
        &self,
        given: Given,
        outputs: &Range<usize>,
        elements: &Range<usize>,
        accumulators: &mut [u8],
        found: &mut [u8],
        ran: &mut Ran,
    ) {
        let size = self.fold.dtype.bytes();
        let residues = ACCUMULATORS / size;
        let start = accumulators.as_mut_ptr();
        let mut at = elements.start;
        while at < elements.end {
            let left = elements.end - at;
            let turn = self.turns.iter().position(|turns| turns.count * residues <= left);
            let turn = turn.unwrap_or(self.turns.len() - 1);
            let Turns { count, first, next } = &self.turns[turn];
            let is_first = at == elements.start;
            let code = if is_first { first } else { next };
            let slot = Slot::new(start).shifted(-((outputs.start + at * self.pitch) as i64));
            // SAFETY: operands by the caller's promise; the memory holds one row per residue of these outputs, each
            // element of which is read before it is written, and written before it is read.
            let mut raw = unsafe { Raw::new(given.operands, Some(slot), smallvec![slot]) };
            let rows = at..(at + residues).min(elements.end);
            for frame in Frame::whole(&code.nest.extents).runs(&self.kept, outputs.start, outputs.end) {
                for frame in frame.runs(&self.axes, rows.start, rows.end) {
                    code.run_again(given.cpu, &frame, given.params, &mut raw, &mut ran.turns[turn][is_first as usize]);
                }
            }
            at += count * residues;
        }
        let rows = residues.min(elements.len());
        match &self.last {
            Some(code) if rows == self.rows => {
                let operands = [Slot::new(start)];
                // SAFETY: all rows are written, and there is room for a value of every output.
                let mut raw = unsafe { Raw::new(&operands, None, smallvec![Slot::new(found.as_mut_ptr())]) };
                let frame = Frame::whole(&[outputs.len()]);
                code.run_again(given.cpu, &frame, &[], &mut raw, &mut ran.last);
            }
            _ => {
                self.fold.start(true, &mut accumulators[rows * self.pitch * size..residues * self.pitch * size]);
                self.fold.finish(true, accumulators, &mut found[..self.pitch * size]);
            }
        }
    }
}

/// How two elements become one.
fn combination(kind: ReduceKind) -> Binary {
    match kind {
        ReduceKind::Sum => Binary::Add,
        ReduceKind::Prod => Binary::Mul,
        ReduceKind::Min => Binary::Min,
        _ => Binary::Max,
    }
}

/// The region combined with what it is `count - 1` times further on along an axis, `step` elements each time, after what is
/// there already unless it comes first.
fn taking_turns(kind: ReduceKind, region: &Region, axis: usize, step: usize, count: usize, is_first: bool) -> Region {
    let (dtype, op) = (region.dtype(), combination(kind));
    let extent = region.extents[axis].saturating_sub(step * (count - 1));
    let mut builder = RegionBuilder::new(region.extents.with(axis, extent));
    let mut have = (!is_first).then(|| builder.push(Inst::Anchor, dtype));
    for turn in 0..count {
        let value = push_further(&mut builder, region, axis, (turn * step) as i64);
        have = Some(match have {
            None => value,
            Some(have) => builder.push(Inst::Binary(op, have, value), dtype),
        });
    }
    builder.finish(have.expect("there is a turn"))
}

/// Adds the instructions of a region, at another place along an axis.
fn push_further(builder: &mut RegionBuilder, region: &Region, axis: usize, distance: i64) -> Var {
    let mut place = Index::identity(region.extents.rank());
    place[axis] = place[axis].plus(distance);
    let index = |index: &Index| index.substitute(&place, &region.extents);
    let domain = |within: &[Bound]| {
        within.iter().map(|bound| Bound { index: index(&bound.index), ..bound.clone() }).collect::<Vec<_>>()
    };
    let mut vars: Vec<Var> = Vec::with_capacity(region.body.len());
    for (inst, dtype) in &region.body {
        let var = |var: &Var| vars[var.0 as usize];
        let inst = match inst {
            Inst::Load { operand, index: at, within, otherwise } => Inst::Load {
                operand: *operand,
                index: at.iter().map(index).collect(),
                within: domain(within),
                otherwise: *otherwise,
            },
            Inst::Index(at) => Inst::Index(index(at)),
            Inst::Inside(within) => Inst::Inside(domain(within)),
            Inst::Cast(a) => Inst::Cast(var(a)),
            Inst::Unary(op, a) => Inst::Unary(*op, var(a)),
            Inst::Binary(op, a, b) => Inst::Binary(*op, var(a), var(b)),
            Inst::Select(a, b, c) => Inst::Select(var(a), var(b), var(c)),
            other => other.clone(),
        };
        vars.push(builder.push(inst, *dtype));
    }
    vars[region.result.0 as usize]
}

/// Rows of accumulators combined as [`Fold::finish`] does: each half with the half above it.
fn last_row(fold: Fold, rows: usize, pitch: usize) -> Region {
    let (dtype, op) = (fold.dtype, combination(fold.kind));
    let mut builder = RegionBuilder::new([pitch].into());
    let mut load = |row: usize| {
        let index = vec![Index::constant(row as i64), Index::axis(0)];
        builder.push(Inst::Load { operand: 0, index, within: Vec::new(), otherwise: Scalar::zero(dtype) }, dtype)
    };
    let mut live: Vec<Var> = (0..rows).map(&mut load).collect();
    let mut half = ACCUMULATORS / dtype.bytes() / 2;
    while half > 0 {
        for row in half..live.len() {
            live[row - half] = builder.push(Inst::Binary(op, live[row - half], live[row]), dtype);
        }
        live.truncate(half);
        half /= 2;
    }
    builder.finish(live[0])
}
