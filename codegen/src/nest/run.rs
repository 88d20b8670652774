//! The loops around a body: a block cut to a box, its axes ordered and merged, dealt out in tiles.

use super::{Block, Frame, Inst, Part, Place};
use smallvec::SmallVec;

/// Loops over a box, outermost first; the offsets of every access move with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loops {
    /// How often each loop turns; at least one loop.
    pub extents: SmallVec<[usize; 4]>,
    /// For every access its offset at the start and its step per loop.
    pub places: SmallVec<[Place; 8]>,
    /// True if some access is contiguous along the last but one loop only, so that square tiles reuse its cache lines.
    pub is_transposed: bool,
}

/// A tile of lanes: lane `row * cols + col`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lanes {
    /// Turns of the last but one loop.
    pub rows: usize,
    /// Turns of the innermost loop.
    pub cols: usize,
}

/// Where an access is in a tile: `offset + row * self.row + col * self.col`, in elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// The offset of lane 0.
    pub offset: i64,
    /// What a row adds.
    pub row: i64,
    /// What a column adds.
    pub col: i64,
}

impl Lanes {
    /// How many lanes.
    pub fn count(self) -> usize {
        self.rows * self.cols
    }
}

/// Sides of the square tiles of transposed accesses.
const SQUARE: usize = 16;

/// Extents of innermost loops that do not fill a vector or two.
const SHORT: usize = 7;

impl Loops {
    /// The loops over a block as far as it lies in a box, `None` if it does not.
    pub fn new(part: &Part, block: &Block, within: &Frame) -> Option<Loops> {
        let (grid, turns) = block.grid.intersect(within)?;
        let places: SmallVec<[Place; 8]> = block
            .places
            .iter()
            .map(|place| {
                let moved = turns.iter().zip(&place.strides).map(|(turns, stride)| turns * stride);
                Place { base: place.base + moved.sum::<i64>(), strides: place.strides.clone() }
            })
            .collect();
        let store = part.body.insts().iter().find_map(|(inst, _)| match inst {
            Inst::Store { access, .. } => Some(*access as usize),
            _ => None,
        });
        let stored = |axis: usize| store.map_or(0, |store| places[store].strides[axis].unsigned_abs());
        let mut axes: SmallVec<[usize; 4]> = (0..grid.extents.len()).filter(|&axis| grid.extents[axis] != 1).collect();
        axes.sort_by_key(|&axis| std::cmp::Reverse(stored(axis)));
        // An axis along which something else is contiguous comes last but one.
        let mut is_transposed = false;
        if let Some((&inner, outer)) = axes.split_last() {
            let crosswise = |axis: usize| {
                places.iter().enumerate().any(|(at, place)| {
                    !matches!(part.accesses[at], super::Access::Position)
                        && place.strides[axis].abs() == 1
                        && place.strides[inner].abs() > 1
                })
            };
            if let Some(at) = outer.iter().rposition(|&axis| crosswise(axis)) {
                let axis = axes.remove(at);
                axes.insert(axes.len() - 1, axis);
                is_transposed = true;
            }
        }
        let mut loops = Loops { extents: SmallVec::new(), places, is_transposed };
        let strides: SmallVec<[SmallVec<[i64; 4]>; 8]> =
            loops.places.iter_mut().map(|place| std::mem::take(&mut place.strides)).collect();
        for axis in axes {
            loops.push(grid.extents[axis], strides.iter().map(|strides| strides[axis]).collect());
        }
        if loops.extents.is_empty() {
            loops.push(1, SmallVec::from_elem(0, strides.len()));
        }
        loops.turn_short_rows();
        Some(loops)
    }

    /// The loops over a box of the same extents that lies elsewhere in the block; both boxes lie inside it, and it has no
    /// steps.
    pub fn shift(&mut self, block: &Block, from: &Frame, to: &Frame) {
        for (axis, (from, to)) in from.origin.iter().zip(&to.origin).enumerate().filter(|(_, (from, to))| from != to) {
            for (place, whole) in self.places.iter_mut().zip(&block.places) {
                place.base += (to - from) * whole.strides[axis];
            }
        }
    }

    /// Cuts the innermost loop into pieces of `count` turns, if it turns several times as often: a loop over the pieces is
    /// added around it. From one piece to the next an access moves by its own step, `None`: it goes on.
    pub fn cut(&mut self, count: usize, steps: impl IntoIterator<Item = Option<i64>>) {
        let Some(last) = self.extents.last_mut().filter(|last| **last > count && last.is_multiple_of(count)) else {
            return;
        };
        let pieces = std::mem::replace(last, count) / count;
        self.extents.insert(self.extents.len() - 1, pieces);
        for (place, step) in self.places.iter_mut().zip(steps) {
            let inner = place.strides.len() - 1;
            place.strides.insert(inner, step.unwrap_or(place.strides[inner] * count as i64));
        }
    }

    /// Makes a long loop around a short one the innermost: vectors and tiles are filled from it. Squares stay.
    fn turn_short_rows(&mut self) {
        let rank = self.extents.len();
        if rank < 2 || self.is_transposed || self.extents[rank - 1] > SHORT || self.extents[rank - 2] <= SHORT {
            return;
        }
        self.extents.swap(rank - 2, rank - 1);
        self.places.iter_mut().for_each(|place| place.strides.swap(rank - 2, rank - 1));
    }

    /// Adds a loop inside the others, or lengthens the innermost one where every access goes on evenly.
    fn push(&mut self, extent: usize, steps: SmallVec<[i64; 8]>) {
        let even = self
            .places
            .iter()
            .zip(&steps)
            .all(|(place, step)| place.strides.last().is_some_and(|outer| *outer == step * extent as i64));
        if even && let Some(last) = self.extents.last_mut() {
            *last *= extent;
            for (place, step) in self.places.iter_mut().zip(steps) {
                *place.strides.last_mut().expect("there is a loop") = step;
            }
            return;
        }
        self.extents.push(extent);
        for (place, step) in self.places.iter_mut().zip(steps) {
            place.strides.push(step);
        }
    }

    /// Runs over all tiles of at most `lanes` lanes.
    pub fn each_tile(&self, lanes: usize, mut run: impl FnMut(Lanes, &[At])) {
        let rank = self.extents.len();
        if self.extents.contains(&0) {
            return;
        }
        let inner = self.extents[rank - 1];
        let middle = if rank > 1 { self.extents[rank - 2] } else { 1 };
        let most = if self.is_transposed { SQUARE } else { lanes };
        let cols = inner.min(most);
        let rows = if rank > 1 { middle.min((lanes / cols).max(1)) } else { 1 };
        let outer = &self.extents[..rank.saturating_sub(2)];
        let mut position: SmallVec<[usize; 4]> = SmallVec::from_elem(0, outer.len());
        let mut offsets: SmallVec<[i64; 8]> = self.places.iter().map(|place| place.base).collect();
        let row_step = |place: &Place| if rank > 1 { place.strides[rank - 2] } else { 0 };
        let mut at: SmallVec<[At; 8]> = self
            .places
            .iter()
            .map(|place| At { offset: 0, row: row_step(place), col: place.strides[rank - 1] })
            .collect();
        loop {
            for row in (0..middle).step_by(rows) {
                for col in (0..inner).step_by(cols) {
                    for (at, offset) in at.iter_mut().zip(&offsets) {
                        at.offset = offset + at.row * row as i64 + at.col * col as i64;
                    }
                    run(Lanes { rows: rows.min(middle - row), cols: cols.min(inner - col) }, &at);
                }
            }
            // The next position of the outer loops, as an odometer.
            let Some(turned) = (0..outer.len()).rev().find(|&axis| {
                position[axis] += 1;
                if position[axis] < outer[axis] {
                    return true;
                }
                position[axis] = 0;
                for (offset, place) in offsets.iter_mut().zip(&self.places) {
                    *offset -= place.strides[axis] * (outer[axis] - 1) as i64;
                }
                false
            }) else {
                return;
            };
            for (offset, place) in offsets.iter_mut().zip(&self.places) {
                *offset += place.strides[turned];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smallvec::smallvec;

    #[test]
    fn a_cut_loop_visits_the_same_elements_piece_by_piece() {
        let place = |base, stride| Place { base, strides: smallvec![stride] };
        let loops = Loops { extents: smallvec![6], places: smallvec![place(5, 2), place(0, 0)], is_transposed: false };
        let mut cut = loops.clone();
        cut.cut(3, [None, Some(16)]);
        assert_eq!(cut.extents[..], [2, 3]);
        assert_eq!(cut.places[0], Place { base: 5, strides: smallvec![6, 2] });
        assert_eq!(cut.places[1], Place { base: 0, strides: smallvec![16, 0] });
        for count in [4, 6, 7] {
            let mut whole = loops.clone();
            whole.cut(count, [None, Some(16)]);
            assert_eq!(whole, loops, "{count} turns are no piece of six");
        }
    }
}
