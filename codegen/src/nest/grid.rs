//! Grids: every so-manieth position of a box, so that a division by the step has a constant rest.
//!
//! `x[i / 3]` is affine on the positions that leave the same rest by 3; so is a window with a step on the positions that
//! it takes, and on those that it leaves out.

use super::Frame;
use super::affine::{Unresolved, decide, resolve, resolve_atom};
use ondine_ir::{Atom, Bound, Index, Inst, Region};
use smallvec::SmallVec;

/// The most grids that a space is cut into; past it, indices are computed element by element.
const MOST_GRIDS: usize = 64;

/// The largest step.
const MOST_STEP: i64 = 8;

/// Positions `origin + turn * step` along each axis, for `turn` in `0..extent`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Grid {
    /// The first position.
    pub origin: SmallVec<[i64; 4]>,
    /// How many positions along each axis.
    pub extents: SmallVec<[usize; 4]>,
    /// The distance between neighbours along each axis.
    pub steps: SmallVec<[i64; 4]>,
}

impl Grid {
    /// Every position of a whole space.
    pub(super) fn whole(extents: &[usize]) -> Grid {
        Grid {
            origin: SmallVec::from_elem(0, extents.len()),
            extents: extents.into(),
            steps: SmallVec::from_elem(1, extents.len()),
        }
    }

    /// True for every position of a space of these extents.
    pub fn is_whole(&self, extents: &[usize]) -> bool {
        *self == Grid::whole(extents)
    }

    /// The first position after the grid along an axis, at its step.
    pub fn end(&self, axis: usize) -> i64 {
        self.origin[axis] + self.extents[axis] as i64 * self.steps[axis]
    }

    /// The positions inside a box, and how many turns along each axis come before them; `None` if there are none.
    pub fn intersect(&self, frame: &Frame) -> Option<(Grid, SmallVec<[i64; 4]>)> {
        let (mut both, mut turns) = (self.clone(), SmallVec::from_elem(0, self.origin.len()));
        for axis in 0..self.origin.len() {
            let turn = |position: i64| {
                let distance = position - self.origin[axis] + self.steps[axis] - 1;
                distance.div_euclid(self.steps[axis]).clamp(0, self.extents[axis] as i64)
            };
            let (start, end) = (turn(frame.origin[axis]), turn(frame.end(axis)));
            if end <= start {
                return None;
            }
            both.origin[axis] += start * self.steps[axis];
            both.extents[axis] = (end - start) as usize;
            turns[axis] = start;
        }
        Some((both, turns))
    }

    /// The axis along which `next` begins where this grid ends, if the grids agree along all others.
    pub(super) fn continues(&self, next: &Grid) -> Option<usize> {
        let mut differing = (0..self.origin.len())
            .filter(|&axis| self.origin[axis] != next.origin[axis] || self.extents[axis] != next.extents[axis]);
        match (differing.next(), differing.next()) {
            (Some(axis), None) if self.end(axis) == next.origin[axis] && self.steps == next.steps => Some(axis),
            _ => None,
        }
    }

    /// The positions `start..end` along an axis as one grid for every rest by the step.
    fn split(&self, axis: usize, start: i64, end: i64, step: i64) -> impl Iterator<Item = Grid> {
        (start..end.min(start + step)).map(move |origin| {
            let mut grid = self.clone();
            grid.origin[axis] = origin;
            grid.extents[axis] = ((end - origin + step - 1) / step) as usize;
            grid.steps[axis] = step;
            grid
        })
    }
}

/// Cuts a space so that in every grid as many indices as possible are affine and as many bounds as possible decided.
pub(super) fn grids(regions: &[&Region], extents: &[usize]) -> Vec<Grid> {
    if extents.contains(&0) {
        return Vec::new();
    }
    let insts = || regions.iter().flat_map(|region| region.body.iter().map(|(inst, _)| inst));
    let mut cut = Cut {
        whole: Grid::whole(extents),
        cuts: extents.iter().map(|&extent| vec![0, extent as i64]).collect(),
        steps: SmallVec::from_elem(1, extents.len()),
    };
    for inst in insts() {
        each_index(inst, &mut |index| cut.step(index));
    }
    for inst in insts() {
        each_index(inst, &mut |index| cut.index(index));
    }
    for bound in insts().flat_map(bounds) {
        cut.refine(&axes_of(&bound.index), &|grid| decide(bound, grid).map(|_| ()));
    }
    cut.grids(&|grid| insts().all(|inst| is_smooth(inst, grid)))
}

/// True if an instruction needs no arithmetic on indices in a grid.
fn is_smooth(inst: &Inst, grid: &Grid) -> bool {
    let decided = |bound: &Bound| decide(bound, grid).ok();
    let domain = bounds(inst);
    if domain.iter().any(|bound| decided(bound) == Some(false)) {
        return true;
    }
    let mut is_affine = true;
    each_index(inst, &mut |index| is_affine &= resolve(index, grid).is_ok());
    is_affine && domain.iter().all(|bound| decided(bound).is_some())
}

/// Where each axis is cut, and with which step its pieces are walked.
struct Cut {
    whole: Grid,
    cuts: Vec<Vec<i64>>,
    steps: SmallVec<[i64; 4]>,
}

impl Cut {
    /// Chooses steps at which the divisions in an index have constant rests.
    fn step(&mut self, index: &Index) {
        for (atom, _) in index.terms() {
            let (Atom::Div(inner, divisor) | Atom::Rem(inner, divisor)) = atom else { continue };
            self.step(inner);
            let is_single = axes_of(inner).len() == 1;
            for (atom, coefficient) in inner.terms() {
                let Atom::Axis(axis) = atom else { continue };
                let (axis, extent) = (*axis as usize, self.whole.extents[*axis as usize] as i64);
                let step = divisor / gcd(*coefficient, *divisor);
                let common = self.steps[axis] / gcd(self.steps[axis], step) * step;
                // A few cuts do as well.
                let is_cut = is_single && coefficient.abs() * (extent - 1) / divisor < step;
                if common <= MOST_STEP && extent >= 2 * common && !is_cut {
                    self.steps[axis] = common;
                }
            }
        }
    }

    fn index(&mut self, index: &Index) {
        for (atom, _) in index.terms() {
            if let Atom::Div(inner, _) | Atom::Rem(inner, _) = atom {
                self.refine(&axes_of(inner), &|grid| resolve_atom(atom, grid).map(|_| ()));
            }
        }
    }

    /// Adds cuts until `resolved` holds in every piece; leaves the axis alone if it does not come to that. What depends on
    /// several axes is resolved by the steps of all but one.
    fn refine(&mut self, axes: &[usize], resolved: &dyn Fn(&Grid) -> Result<(), Unresolved>) {
        let mut around = vec![self.whole.clone()];
        let cut_axis = match *axes {
            [axis] => axis,
            [] => return,
            _ => {
                let stepped: Vec<usize> = axes.iter().copied().filter(|&axis| self.steps[axis] > 1).collect();
                let mut rest = axes.iter().copied().filter(|axis| !stepped.contains(axis));
                let (Some(axis), None, false) = (rest.next(), rest.next(), stepped.is_empty()) else { return };
                for stepped in stepped {
                    let (end, step) = (self.whole.extents[stepped] as i64, self.steps[stepped]);
                    around = around.iter().flat_map(|grid| grid.split(stepped, 0, end, step)).collect();
                    if around.len() > MOST_GRIDS {
                        return;
                    }
                }
                axis
            }
        };
        let mut finer = self.cuts[cut_axis].clone();
        let mut at = 0;
        while at + 1 < finer.len() {
            let (start, end, step) = (finer[at], finer[at + 1], self.steps[cut_axis]);
            let pieces = around.iter().flat_map(|grid| grid.split(cut_axis, start, end, step));
            match pieces.map(|grid| resolved(&grid)).find(Result::is_err) {
                Some(Err(Unresolved::Cut { axis, at: more })) if axis == cut_axis && !more.is_empty() => {
                    let count = finer.len();
                    finer.extend(more);
                    finer.sort_unstable();
                    finer.dedup();
                    if finer.len() == count || finer.len() > MOST_GRIDS + 1 {
                        return;
                    }
                }
                Some(_) => return,
                None => at += 1,
            }
        }
        self.cuts[cut_axis] = finer;
    }

    /// The grids; boxes that are `smooth` as they are have no step.
    fn grids(mut self, smooth: &dyn Fn(&Grid) -> bool) -> Vec<Grid> {
        let extents = self.whole.extents.clone();
        // Too many: the axis in the most pieces is left whole.
        let pieces = |cut: &Cut, axis: usize| (cut.cuts[axis].len() - 1) * cut.steps[axis] as usize;
        while (0..extents.len()).map(|axis| pieces(&self, axis)).product::<usize>() > MOST_GRIDS {
            let most = (0..extents.len()).max_by_key(|&axis| pieces(&self, axis));
            let most = most.expect("a product above 1 has a factor");
            self.cuts[most] = vec![0, extents[most] as i64];
            self.steps[most] = 1;
        }
        let mut grids = vec![self.whole];
        for (axis, cuts) in self.cuts.iter().enumerate() {
            let split = |grid: &Grid| {
                let grid = grid.clone();
                cuts.windows(2).flat_map(move |cut| grid.split(axis, cut[0], cut[1], 1).collect::<Vec<_>>())
            };
            grids = grids.iter().flat_map(split).collect();
        }
        if self.steps.iter().all(|step| *step == 1) {
            return grids;
        }
        let stepped = |grid: Grid| {
            let axes = if smooth(&grid) { 0 } else { extents.len() };
            (0..axes).fold(vec![grid], |grids, axis| {
                let split = |grid: &Grid| {
                    grid.split(axis, grid.origin[axis], grid.end(axis), self.steps[axis]).collect::<Vec<_>>()
                };
                grids.iter().flat_map(split).collect()
            })
        };
        grids.into_iter().flat_map(stepped).collect()
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.abs(), b.abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

fn bounds(inst: &Inst) -> &[Bound] {
    match inst {
        Inst::Load { within, .. } | Inst::Line { within, .. } => within,
        Inst::Inside(domain) => domain,
        _ => &[],
    }
}

fn each_index<'a>(inst: &'a Inst, visit: &mut dyn FnMut(&'a Index)) {
    match inst {
        Inst::Load { index, .. } | Inst::Line { index, .. } => index.iter().for_each(&mut *visit),
        Inst::Index(index) => visit(index),
        _ => {}
    }
    bounds(inst).iter().for_each(|bound| visit(&bound.index));
}

/// The axes that an expression depends on.
fn axes_of(index: &Index) -> SmallVec<[usize; 4]> {
    let mut axes = SmallVec::new();
    collect_axes(index, &mut axes);
    axes.sort_unstable();
    axes.dedup();
    axes
}

fn collect_axes(index: &Index, axes: &mut SmallVec<[usize; 4]>) {
    for (atom, _) in index.terms() {
        match atom {
            Atom::Axis(axis) => axes.push(*axis as usize),
            Atom::Div(inner, _) | Atom::Rem(inner, _) => collect_axes(inner, axes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ondine_ir::{DType, RegionBuilder, Scalar};

    /// The grids of a region that reads an operand of 1000 elements at an index.
    fn cut(index: Index, extents: &[usize]) -> Vec<Grid> {
        let mut builder = RegionBuilder::new(extents.into());
        let load = Inst::Load { operand: 0, index: vec![index], within: vec![], otherwise: Scalar::zero(DType::F64) };
        let value = builder.push(load, DType::F64);
        grids(&[&builder.finish(value)], extents)
    }

    fn are_affine(index: &Index, grids: &[Grid]) -> bool {
        let atoms = |grid: &Grid| index.terms().iter().all(|(atom, _)| resolve_atom(atom, grid).is_ok());
        grids.iter().all(atoms)
    }

    #[test]
    fn a_repeated_element_is_one_grid_per_repeat() {
        let index = Index::axis(0).div(3, &[100]);
        let grids = cut(index.clone(), &[100]);
        assert_eq!(grids.len(), 3);
        assert_eq!(grids.iter().map(|grid| grid.extents[0]).sum::<usize>(), 100);
        assert!(are_affine(&index, &grids));
    }

    #[test]
    fn a_roll_is_still_cut_in_two() {
        assert_eq!(cut(Index::axis(0).plus(3).rem(5, &[5]), &[5]).len(), 2);
    }

    #[test]
    fn rows_of_another_length_are_cut_by_the_rest_of_their_number() {
        // Row-major elements of [10, 12] read as [12, 10], transposed.
        let flat = Index::axis(0).times(12).add(&Index::axis(1));
        let index = flat.rem(10, &[10, 12]).times(12).add(&flat.div(10, &[10, 12]));
        let grids = cut(index.clone(), &[10, 12]);
        assert!(are_affine(&index, &grids), "{grids:?}");
        let positions: usize = grids.iter().map(|grid| grid.extents.iter().product::<usize>()).sum();
        assert_eq!(positions, 120);
    }

    #[test]
    fn boxes_cut_grids_where_they_begin_and_end() {
        let grid = Grid { origin: [1].as_slice().into(), extents: [4].as_slice().into(), steps: [3].as_slice().into() };
        for start in 0..14 {
            for extent in 1..14 {
                let frame = Frame { origin: [start].as_slice().into(), extents: [extent].as_slice().into() };
                let inside: Vec<i64> =
                    (0..4).map(|turn| 1 + 3 * turn).filter(|at| (start..frame.end(0)).contains(at)).collect();
                let found = grid.intersect(&frame).map_or(vec![], |(both, turns)| {
                    assert_eq!(both.origin[0], 1 + 3 * turns[0]);
                    (0..both.extents[0] as i64).map(|turn| both.origin[0] + 3 * turn).collect()
                });
                assert_eq!(found, inside);
            }
        }
    }
}
