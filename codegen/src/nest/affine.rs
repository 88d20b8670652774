//! Index expressions over a grid: affine where every division and modulus has a constant quotient, otherwise the places
//! at which the box must be cut so that they have.

use super::Grid;
use ondine_ir::{Atom, Bound, Index};
use smallvec::SmallVec;

/// `constant + sum of coefficients[axis] * turn[axis]`, with turns counted from the first position of a grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Affine {
    pub constant: i64,
    pub coefficients: SmallVec<[i64; 4]>,
}

/// Why an expression is not affine over a box, or a bound not decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unresolved {
    /// It is, on either side of these positions along one axis.
    Cut { axis: usize, at: Vec<i64> },
    /// It mixes axes, or would be cut too often.
    Mixed,
}

/// The most cuts that one expression may ask for.
const MOST_CUTS: i64 = 64;

impl Affine {
    pub(super) fn constant(value: i64, rank: usize) -> Affine {
        Affine { constant: value, coefficients: SmallVec::from_elem(0, rank) }
    }

    pub(super) fn add(&mut self, other: &Affine, factor: i64) {
        self.constant += other.constant * factor;
        for (mine, theirs) in self.coefficients.iter_mut().zip(&other.coefficients) {
            *mine += theirs * factor;
        }
    }

    /// The smallest and the largest value in a grid.
    fn range(&self, grid: &Grid) -> (i64, i64) {
        let (mut low, mut high) = (self.constant, self.constant);
        for (coefficient, extent) in self.coefficients.iter().zip(&grid.extents) {
            let last = coefficient * (*extent as i64 - 1).max(0);
            low += last.min(0);
            high += last.max(0);
        }
        (low, high)
    }

    /// The positions at which the value crosses thresholds, if it depends on one axis.
    fn cut(&self, thresholds: impl Iterator<Item = i64>, grid: &Grid) -> Unresolved {
        let mut axes = (0..self.coefficients.len()).filter(|&axis| self.coefficients[axis] != 0);
        let (Some(axis), None) = (axes.next(), axes.next()) else { return Unresolved::Mixed };
        let (slope, inside) = (self.coefficients[axis], 1..grid.extents[axis] as i64);
        let crossing = |threshold: i64| {
            // The first turn on the other side of `value >= threshold`.
            let distance = threshold - self.constant;
            match slope > 0 {
                true => -(-distance).div_euclid(slope),
                false => (-distance).div_euclid(-slope) + 1,
            }
        };
        Unresolved::Cut {
            axis,
            at: thresholds
                .map(crossing)
                .filter(|at| inside.contains(at))
                .map(|turn| grid.origin[axis] + turn * grid.steps[axis])
                .collect(),
        }
    }

    /// The quotient by a positive constant and the rest, both affine.
    fn split(&self, divisor: i64, grid: &Grid) -> Result<(Affine, Affine), Unresolved> {
        let rank = self.coefficients.len();
        let (low, high) = self.range(grid);
        let (first, last) = (low.div_euclid(divisor), high.div_euclid(divisor));
        let quotient = if first == last {
            Affine::constant(first, rank)
        } else {
            // What is divided evenly adds to the quotient, whatever becomes of the remainder.
            let (mut even, mut odd) = (Affine::constant(0, rank), Affine::constant(self.constant, rank));
            for (axis, coefficient) in self.coefficients.iter().enumerate() {
                match coefficient % divisor {
                    0 => even.coefficients[axis] = coefficient / divisor,
                    _ => odd.coefficients[axis] = *coefficient,
                }
            }
            let (low, high) = odd.range(grid);
            let (first, last) = (low.div_euclid(divisor), high.div_euclid(divisor));
            if last - first > MOST_CUTS {
                return Err(Unresolved::Mixed);
            }
            if first != last {
                return Err(odd.cut((first + 1..=last).map(|quotient| quotient * divisor), grid));
            }
            even.constant = first;
            even
        };
        let mut rest = self.clone();
        rest.add(&quotient, -divisor);
        Ok((quotient, rest))
    }
}

/// The expression as an affine function over a grid.
pub(super) fn resolve(index: &Index, grid: &Grid) -> Result<Affine, Unresolved> {
    let mut sum = Affine::constant(index.offset(), grid.origin.len());
    for (atom, coefficient) in index.terms() {
        sum.add(&resolve_atom(atom, grid)?, *coefficient);
    }
    Ok(sum)
}

/// As [`resolve`], for one atom.
pub(super) fn resolve_atom(atom: &Atom, grid: &Grid) -> Result<Affine, Unresolved> {
    match atom {
        Atom::Axis(axis) => {
            let mut position = Affine::constant(grid.origin[*axis as usize], grid.origin.len());
            position.coefficients[*axis as usize] = grid.steps[*axis as usize];
            Ok(position)
        }
        Atom::Div(inner, divisor) => Ok(resolve(inner, grid)?.split(*divisor, grid)?.0),
        Atom::Rem(inner, modulus) => Ok(resolve(inner, grid)?.split(*modulus, grid)?.1),
    }
}

/// Whether a bound holds everywhere in a grid, or nowhere.
pub(super) fn decide(bound: &Bound, grid: &Grid) -> Result<bool, Unresolved> {
    let value = resolve(&bound.index, grid)?;
    let (low, high) = value.range(grid);
    match () {
        () if low >= bound.start && high < bound.end => Ok(true),
        () if high < bound.start || low >= bound.end => Ok(false),
        () => Err(value.cut([bound.start, bound.end].into_iter(), grid)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(extents: &[usize]) -> Grid {
        Grid::whole(extents)
    }

    #[test]
    fn a_roll_is_cut_where_it_wraps() {
        let rolled = Index::axis(0).plus(3).rem(10, &[10]);
        assert_eq!(resolve(&rolled, &grid(&[10])), Err(Unresolved::Cut { axis: 0, at: vec![7] }));
        let tail = Grid { origin: [7].as_slice().into(), ..grid(&[3]) };
        assert_eq!(resolve(&rolled, &tail).expect("one side").constant, 0);
    }

    #[test]
    fn falling_values_are_cut_at_the_same_places() {
        for slope in [-3, -2, -1, 1, 2, 3] {
            let value = Index::axis(0).times(slope).plus(40);
            let cut = value.div(7, &[20]);
            let Err(Unresolved::Cut { at, .. }) = resolve(&cut, &grid(&[20])) else { panic!("{cut} is not affine") };
            let wanted: Vec<i64> = (1..20).filter(|&x| cut.at(&[x]) != cut.at(&[x - 1])).collect();
            let mut at = at;
            at.sort_unstable();
            assert_eq!(at, wanted, "{cut}");
        }
    }

    #[test]
    fn mixed_divisions_are_not_cut() {
        let mixed = Index::axis(0).times(24).add(&Index::axis(1)).div(30, &[5, 24]);
        assert_eq!(resolve(&mixed, &grid(&[5, 24])), Err(Unresolved::Mixed));
    }
}
