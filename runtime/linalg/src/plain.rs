//! Elimination in plain loops on rows: for small matrices, where calls cost more than arithmetic, and for singular ones.
//!
//! It takes `L` matrices side by side: a *lane* of every element belongs to each, so that the arithmetic of all of them is
//! that of vectors. What happens in a lane does not depend on the others, nor on how many there are.

use crate::number::Element;
use crate::{Failed, Flaw, Stack, scratch};
use num_traits::One;
use ondine_ir::LinalgKind;
use pulp::{Arch, NullaryFnOnce};
use std::array::from_fn;

/// Up to this extent plain elimination is faster than a library.
pub(crate) const SMALL: usize = 16;

/// Small systems that are solved side by side: stacks are best handed over in multiples of it.
pub const ABREAST: usize = 16;

/// An element of each of some matrices.
pub(crate) type Lanes<T, const L: usize> = [T; L];

/// Factors square matrices in place, rows exchanged so that pivots are large, and takes right hand sides through the same
/// steps: `P A = L U`, and `L^-1 P B`. A zero pivot is left as it is. Returns the determinants of `P`.
#[inline(always)]
pub(crate) fn eliminate<T: Element, const L: usize>(
    a: &mut [Lanes<T, L>],
    extent: usize,
    b: &mut [Lanes<T, L>],
    sides: usize,
) -> Lanes<T::Re, L> {
    let mut parity = [T::Re::one(); L];
    for at in 0..extent {
        let mut pivot = [at; L];
        let mut largest: Lanes<T::Re, L> = sizes(&a[at * extent + at]);
        for row in at + 1..extent {
            let sizes = sizes(&a[row * extent + at]);
            for lane in 0..L {
                let is_larger = sizes[lane] > largest[lane];
                pivot[lane] = if is_larger { row } else { pivot[lane] };
                largest[lane] = if is_larger { sizes[lane] } else { largest[lane] };
            }
        }
        for row in at + 1..extent {
            let moves = pivot.map(|pivot| pivot == row);
            if moves.contains(&true) {
                exchange(a, extent, at, row, moves);
                exchange(b, sides, at, row, moves);
                for lane in 0..L {
                    parity[lane] = if moves[lane] { -parity[lane] } else { parity[lane] };
                }
            }
        }
        let pivots = a[at * extent + at];
        let is_zero = pivots.map(|pivot| pivot == T::ZERO);
        let inverse = pivots.map(|pivot| T::ONE / pivot);
        let (above, below) = a.split_at_mut((at + 1) * extent);
        let pivot_row = &above[at * extent..];
        let (side_above, side_below) = b.split_at_mut((at + 1) * sides);
        let pivot_sides = &side_above[at * sides..];
        let any_zero = is_zero.contains(&true);
        for (row, row_sides) in below.chunks_exact_mut(extent).zip(Rows { rest: side_below, width: sides }) {
            let factor: Lanes<T, L> = from_fn(|lane| row[at][lane] * inverse[lane]);
            row[at] = if any_zero { choose(is_zero, row[at], factor) } else { factor };
            for (row, above) in [(&mut row[at + 1..], &pivot_row[at + 1..]), (row_sides, pivot_sides)] {
                for (value, above) in row.iter_mut().zip(above) {
                    let less: Lanes<T, L> = from_fn(|lane| value[lane] - factor[lane] * above[lane]);
                    *value = if any_zero { choose(is_zero, *value, less) } else { less };
                }
            }
        }
    }
    parity
}

/// Solves `U X = B` in place, for the factors `U` on and above the diagonal.
#[inline(always)]
pub(crate) fn substitute<T: Element, const L: usize>(
    a: &[Lanes<T, L>],
    extent: usize,
    b: &mut [Lanes<T, L>],
    sides: usize,
) {
    for at in (0..extent).rev() {
        let (above, below) = b.split_at_mut((at + 1) * sides);
        let own = &mut above[at * sides..];
        for (column, known) in (at + 1..extent).zip(below.chunks_exact(sides.max(1))) {
            let factor = a[at * extent + column];
            for (value, known) in own.iter_mut().zip(known) {
                *value = from_fn(|lane| value[lane] - factor[lane] * known[lane]);
            }
        }
        let inverse = a[at * extent + at].map(|pivot| T::ONE / pivot);
        own.iter_mut().for_each(|value| *value = from_fn(|lane| value[lane] * inverse[lane]));
    }
}

/// Which matrices have a pivot that is exactly zero.
#[inline(always)]
pub(crate) fn has_zero_pivot<T: Element, const L: usize>(a: &[Lanes<T, L>], extent: usize) -> Lanes<bool, L> {
    from_fn(|lane| (0..extent).any(|at| a[at * extent + at][lane].is_zero()))
}

/// Systems in lanes: `B` becomes `A^-1 B` where `A` is not singular. Gives those where it is.
pub(crate) struct Solve<'a, T, const L: usize> {
    pub(crate) a: &'a mut [Lanes<T, L>],
    pub(crate) b: &'a mut [Lanes<T, L>],
    pub(crate) extent: usize,
    pub(crate) sides: usize,
}

impl<T: Element, const L: usize> NullaryFnOnce for Solve<'_, T, L> {
    type Output = Lanes<bool, L>;

    #[inline(always)]
    fn call(self) -> Lanes<bool, L> {
        let Solve { a, b, extent, sides } = self;
        eliminate(a, extent, b, sides);
        let is_singular = has_zero_pivot(a, extent);
        substitute(a, extent, b, sides);
        is_singular
    }
}

/// Solves the small systems of a stack side by side, with the bits that each alone would have. Gives how many were.
pub(crate) fn solve_abreast<T: Element>(stack: &mut Stack<T>, failed: &mut dyn FnMut(usize, Failed)) -> usize {
    let Stack { kind, count, rows: extent, sides, matrices, others, .. } = *stack;
    let (own, side) = (extent * extent, extent * sides);
    let done = count - count % ABREAST;
    if kind != LinalgKind::Solve || extent > SMALL || side * done == 0 {
        return 0;
    }
    let Some(x) = stack.parts[0].as_deref_mut().map(bytemuck::cast_slice_mut::<u8, T>) else { return 0 };
    // One by one they need no memory.
    let Ok(mut memory) = scratch::<T>((own + side) * ABREAST) else { return 0 };
    let lanes: &mut [Lanes<T, ABREAST>] = bytemuck::cast_slice_mut(&mut memory);
    let (a, b) = lanes.split_at_mut(own);
    for first in (0..done).step_by(ABREAST) {
        let (matrices, others) = (&matrices[first * own..][..ABREAST * own], &others[first * side..][..ABREAST * side]);
        gather(matrices, a);
        gather(others, b);
        let is_singular = Arch::new().dispatch(Solve { a: &mut *a, b: &mut *b, extent, sides });
        let x = &mut x[first * side..][..ABREAST * side];
        for (lane, x) in x.chunks_exact_mut(side).enumerate() {
            x.iter_mut().zip(&*b).for_each(|(x, b)| *x = b[lane]);
        }
        for lane in (0..ABREAST).filter(|&lane| is_singular[lane]) {
            failed(first + lane, Flaw::Singular.into());
        }
    }
    done
}

/// Lays matrices that are one after the other side by side.
fn gather<T: Copy, const L: usize>(matrices: &[T], lanes: &mut [Lanes<T, L>]) {
    for (lane, matrix) in matrices.chunks_exact(lanes.len()).enumerate().take(L) {
        lanes.iter_mut().zip(matrix).for_each(|(lanes, value)| lanes[lane] = *value);
    }
}

/// The one matrix of a lane of its own.
pub(crate) fn alone<T: Element>(values: &mut [T]) -> &mut [Lanes<T, 1>] {
    bytemuck::cast_slice_mut(values)
}

/// What orders pivots. A loop, because `map` is a call.
#[inline(always)]
fn sizes<T: Element, const L: usize>(values: &Lanes<T, L>) -> Lanes<T::Re, L> {
    let mut sizes = [T::Re::one(); L];
    sizes.iter_mut().zip(values).for_each(|(size, value)| *size = value.size());
    sizes
}

#[inline(always)]
fn choose<T: Copy, const L: usize>(which: Lanes<bool, L>, yes: Lanes<T, L>, no: Lanes<T, L>) -> Lanes<T, L> {
    from_fn(|lane| if which[lane] { yes[lane] } else { no[lane] })
}

#[inline(always)]
fn exchange<T: Copy, const L: usize>(
    a: &mut [Lanes<T, L>],
    width: usize,
    first: usize,
    second: usize,
    moves: Lanes<bool, L>,
) {
    let (above, below) = a.split_at_mut(second * width);
    for (first, second) in above[first * width..][..width].iter_mut().zip(&mut below[..width]) {
        (*first, *second) = (choose(moves, *second, *first), choose(moves, *first, *second));
    }
}

/// Rows of a matrix that may have no columns.
struct Rows<'a, T> {
    rest: &'a mut [T],
    width: usize,
}

impl<'a, T> Iterator for Rows<'a, T> {
    type Item = &'a mut [T];

    #[inline(always)]
    fn next(&mut self) -> Option<&'a mut [T]> {
        let (row, rest) = std::mem::take(&mut self.rest).split_at_mut(self.width);
        self.rest = rest;
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_are_solved_with_exchanged_rows() {
        let mut a = [0.0, 2.0, 1.0, 1.0];
        let mut b = [4.0, 3.0];
        assert_eq!(eliminate(alone(&mut a), 2, alone(&mut b), 1), [-1.0]);
        substitute(alone(&mut a), 2, alone(&mut b), 1);
        assert_eq!(b, [1.0, 2.0]);
    }

    #[test]
    fn a_zero_pivot_stays() {
        let mut a = [1.0, 2.0, 2.0, 4.0];
        assert_eq!(eliminate::<f64, 1>(alone(&mut a), 2, &mut [], 0), [-1.0]);
        assert_eq!(a[3], 0.0);
    }

    #[test]
    fn a_lane_knows_nothing_of_its_neighbours() {
        const EXTENT: usize = 5;
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            ((state >> 60) as f64 - 7.0) / 3.0
        };
        let mut a: Vec<Lanes<f64, 8>> = (0..EXTENT * EXTENT).map(|_| from_fn(|_| next())).collect();
        let mut b: Vec<Lanes<f64, 8>> = (0..EXTENT * 2).map(|_| from_fn(|_| next())).collect();
        // A singular matrix, one without a number, and one of zeros among them.
        (0..EXTENT).for_each(|column| a[EXTENT + column][2] = a[column][2]);
        a[7][3] = f64::NAN;
        a.iter_mut().for_each(|value| value[4] = 0.0);
        let lane = |values: &[Lanes<f64, 8>], at: usize| values.iter().map(|value| value[at]).collect::<Vec<f64>>();
        let singles: Vec<[Vec<f64>; 2]> = (0..8).map(|at| [lane(&a, at), lane(&b, at)]).collect();
        let parity = eliminate(&mut a, EXTENT, &mut b, 2);
        substitute(&a, EXTENT, &mut b, 2);
        for (at, [mut alone_a, mut alone_b]) in singles.into_iter().enumerate() {
            assert_eq!(eliminate(alone(&mut alone_a), EXTENT, alone(&mut alone_b), 2), [parity[at]]);
            substitute(alone(&mut alone_a), EXTENT, alone(&mut alone_b), 2);
            let bits = |values: Vec<f64>| -> Vec<u64> {
                values.into_iter().map(|x| if x.is_nan() { u64::MAX } else { x.to_bits() }).collect()
            };
            assert_eq!(bits(alone_a), bits(lane(&a, at)), "lane {at}");
            assert_eq!(bits(alone_b), bits(lane(&b, at)), "lane {at}");
        }
    }
}
