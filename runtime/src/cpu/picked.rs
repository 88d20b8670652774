//! Rows of neighbouring lines that a transform finds in another order than its own.
//!
//! A region that only moves whole rows need not run: lines abreast read every row where it lies.

use super::abreast::Rows;
use super::lines::Strided;
use super::storage::Slot;
use ondine_codegen::nest::{Access, Frame, Inst, Memory, Nest};

/// Rows that are multiples of so many bytes apart fall into few cache sets, where they do not stay until all neighbours are
/// read: they are moved after all.
const CLOSE: usize = 1024;

/// Where the rows of lines lie in memory.
pub(super) struct Picked {
    pub(super) memory: Memory,
    /// The start of the lines over the axes of the region.
    lines: Strided,
    /// Elements from there to every element of a line.
    places: Vec<isize>,
}

impl Picked {
    /// What a nest reads, if all that it does is to write that row by row, `step` elements from one to the next, and it is as well
    /// read where it lies.
    pub(super) fn of(nest: &Nest, [axis, across]: [usize; 2], step: usize) -> Option<Picked> {
        let extents = &nest.extents;
        let mut places = vec![None; extents[axis]];
        let mut found: Option<(Memory, Strided)> = None;
        for part in &nest.parts {
            let [(Inst::Load { access: read }, dtype), (Inst::Store { access: write, .. }, _)] = part.body.insts()
            else {
                return None;
            };
            let Access::Read(memory, _) = part.accesses[*read as usize] else { return None };
            for block in &part.blocks {
                let (grid, from, to) = (&block.grid, &block.places[*read as usize], &block.places[*write as usize]);
                let is_whole =
                    |at: usize| grid.origin[at] == 0 && grid.extents[at] == extents[at] && grid.steps[at] == 1;
                let mut strides = from.strides.clone();
                strides[axis] = 0;
                let lines = Strided { operand: None, base: 0, strides, size: dtype.bytes() };
                let (same, known) = found.get_or_insert((memory, lines.clone()));
                if !(0..extents.rank()).all(|at| at == axis || is_whole(at))
                    || (*same, &known.strides) != (memory, &lines.strides)
                    || [from.strides[across], to.strides[across]] != [1, 1]
                {
                    return None;
                }
                for turn in 0..grid.extents[axis] as i64 {
                    let at = grid.origin[axis] + turn * grid.steps[axis];
                    if to.base + turn * to.strides[axis] != at * step as i64 {
                        return None;
                    }
                    places[at as usize] = Some((from.base + turn * from.strides[axis]) as isize);
                }
            }
        }
        let places = places.into_iter().collect::<Option<Vec<isize>>>()?;
        let (memory, lines) = found?;
        let first = *places.first()?;
        let is_close = |place: &isize| (place.abs_diff(first) * lines.size).is_multiple_of(CLOSE);
        (!places.iter().all(is_close)).then_some(Picked { memory, lines, places })
    }

    /// The rows of a tile, seen from the start of the memory.
    pub(super) fn rows(&self, memory: Slot, frame: &Frame) -> Rows<'_> {
        Rows { start: memory.at(self.lines.offset(frame), self.lines.size), step: 0, places: Some(&self.places) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ondine_codegen::nest::{Layout, Layouts, lower};
    use ondine_ir::{DType, Index, RegionBuilder, Scalar, Unary};

    /// Eight rows of four neighbours read backwards, `pitch` elements apart, and written one after the other.
    fn nest(pitch: i64, is_negated: bool) -> Nest {
        let mut builder = RegionBuilder::new([8, 4].into());
        let index = vec![Index::axis(0).times(-1).plus(7), Index::axis(1)];
        let load = ondine_ir::Inst::Load { operand: 0, index, within: vec![], otherwise: Scalar::zero(DType::F64) };
        let mut value = builder.push(load, DType::F64);
        if is_negated {
            value = builder.push(ondine_ir::Inst::Unary(Unary::Neg, value), DType::F64);
        }
        let region = builder.finish(value);
        let [from, to] = [Layout::new([pitch, 1]), Layout::new([4, 1])];
        lower(&[&region], &Layouts { operands: &[from], anchor: None, results: &[to] })
    }

    #[test]
    fn rows_that_only_move_stay_where_they_are() {
        let picked = Picked::of(&nest(10, false), [0, 1], 4).expect("it only moves rows");
        assert_eq!(picked.places, [70, 60, 50, 40, 30, 20, 10, 0]);
        assert_eq!((picked.memory, &picked.lines.strides[..]), (Memory::Operand(0), &[0, 1][..]));
        assert!(Picked::of(&nest(10, true), [0, 1], 4).is_none(), "it computes");
        assert!(Picked::of(&nest(10, false), [0, 1], 5).is_none(), "rows go elsewhere");
        assert!(Picked::of(&nest(10, false), [1, 0], 4).is_none(), "neighbours are apart");
        assert!(Picked::of(&nest(128, false), [0, 1], 4).is_none(), "rows share cache sets");
    }
}
