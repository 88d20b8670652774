//! Operands whose lines are turned in scratch memory, so that a region of lines abreast reads rows of neighbours.
//!
//! A region may read a line backwards, or every other element of it. Along the line that takes a vector instruction for
//! each element; from one line to the next everything is contiguous, and where on the line it is read no longer matters.

use super::lines::Strided;
use super::storage::Slot;
use super::stream::{self, Rows};
use super::sweep::Tile;
use ondine_codegen::nest::{Frame, Layout};
use ondine_ir::{Index, Inst, Region, Type};
use smallvec::{SmallVec, smallvec};

/// Lines that hold more than so many times what is read of them stay where they are.
const MOST: usize = 2;

/// The lines of an operand.
pub(super) struct Turned {
    /// The first element of every line over the axes of the region, along which the line has no stride.
    lines: Strided,
    /// Elements of a line.
    len: usize,
    /// How the turned lines lie over the axes of the operand.
    layout: Layout,
}

impl Turned {
    /// The operands of a region that are worth it: lines that are contiguous along `axis` and are not `across`.
    pub(super) fn of(
        region: &Region,
        operands: &[(Type, Layout)],
        [axis, across]: [usize; 2],
        step: usize,
    ) -> SmallVec<[Turned; 1]> {
        let mut all: SmallVec<[u32; 4]> = region.body.iter().filter_map(|(inst, _)| Some(read(inst)?.0)).collect();
        all.sort_unstable();
        all.dedup();
        let turned = |operand| Turned::new(region, operand, &operands[operand as usize], [axis, across], step);
        all.into_iter().filter_map(turned).collect()
    }

    fn new(
        region: &Region,
        operand: u32,
        (ty, layout): &(Type, Layout),
        [axis, across]: [usize; 2],
        step: usize,
    ) -> Option<Turned> {
        let rank = region.extents.rank();
        let mut found: Option<Turned> = None;
        for (inst, _) in region.body.iter() {
            let Some((_, index, within)) = read(inst).filter(|read| read.0 == operand) else { continue };
            // A line that is not there can not be turned.
            let is_bound = |at: usize| within.iter().any(|bound| bound.index.depends_on(at));
            if (0..rank).any(|at| at != axis && is_bound(at)) {
                return None;
            }
            let only = |at: usize| {
                let mut dims = index.iter().enumerate().filter(|(_, index)| index.depends_on(at));
                dims.next().filter(|_| dims.next().is_none())
            };
            let (along, place) = only(axis)?;
            let (beside, neighbour) = only(across)?;
            let is_alone = (0..rank).all(|at| at == axis || !place.depends_on(at));
            let len = ty.shape[along];
            let is_read = len <= MOST * region.extents[axis];
            if layout.strides[along] != 1 || neighbour.as_axis() != Some(across) || !is_alone || !is_read {
                return None;
            }
            let mut lines =
                Strided { operand: Some(operand), base: 0, strides: smallvec![0; rank], size: ty.dtype.bytes() };
            for at in (0..index.len()).filter(|at| *at != along) {
                let (index, pitch) = (&index[at], layout.strides[at]);
                // A region that reads nothing may name lines that are not there.
                let (first, last) = index.range(&region.extents);
                if first < 0 || last >= ty.shape[at] as i64 {
                    return None;
                }
                lines.base += index.offset() * pitch;
                for (stride, coefficient) in lines.strides.iter_mut().zip(index.coefficients(rank)?) {
                    *stride += coefficient * pitch;
                }
            }
            let strides = (0..index.len()).map(|at| match at {
                _ if at == along => step as i64,
                _ if at == beside => 1,
                _ => 0,
            });
            let turned = Turned { lines, len, layout: Layout::new(strides) };
            match &found {
                Some(found) if found.is_like(&turned) => {}
                Some(_) => return None,
                None => found = Some(turned),
            }
        }
        found
    }

    fn is_like(&self, other: &Turned) -> bool {
        let place = |turned: &Turned| (turned.lines.base, turned.lines.strides.clone(), turned.layout.clone());
        place(self) == place(other)
    }

    pub(super) fn operand(&self) -> usize {
        self.lines.operand.expect("it is one") as usize
    }

    /// Bytes of one line.
    pub(super) fn bytes(&self) -> usize {
        self.len * self.lines.size
    }

    /// How it lies over the axes of the operand.
    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// What an instruction reads of an operand.
fn read(inst: &Inst) -> Option<(u32, &[Index], &[ondine_ir::Bound])> {
    match inst {
        Inst::Load { operand, index, within, .. } => Some((*operand, index, within)),
        _ => None,
    }
}

impl Tile<'_> {
    /// Turns lines into the second buffer; the operands as the region finds them.
    ///
    /// # Safety
    /// The operands of the launch are valid, and the buffer has room for every line that is turned.
    pub(super) unsafe fn turn(&self, frame: &Frame, count: usize) -> SmallVec<[Slot; 8]> {
        let mut operands = self.launch.operands.clone();
        let begin = self.phase.across.map_or(0, |across| frame.origin[across]);
        let mut free = self.scratch.at(self.lines.buffers.lines[1]);
        for turned in &self.phase.turned {
            let (size, step) = (turned.lines.size, self.phase.step);
            let lines = self.lines_of(&turned.lines, self.memory(&turned.lines), frame);
            let (from, to) =
                (Rows { start: lines.start, step: lines.pitch as i64 }, Rows { start: free, step: step as i64 });
            // SAFETY: the caller's promise.
            unsafe { stream::scatter(size, from, to, [count, turned.len], false) };
            operands[turned.operand()] = Slot::new(free).shifted(-begin);
            free = free.wrapping_add(turned.bytes() * step);
        }
        operands
    }
}
