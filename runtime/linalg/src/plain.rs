//! Elimination in plain loops on rows: for small matrices, where calls cost more than arithmetic, and for singular ones.

use crate::number::Element;
use num_traits::One;

/// Factors a square matrix in place, rows exchanged so that pivots are large, and takes right hand sides through the same
/// steps: `P A = L U`, and `L^-1 P B`. A zero pivot is left as it is. Returns the determinant of `P`.
pub(crate) fn eliminate<T: Element>(a: &mut [T], extent: usize, b: &mut [T], sides: usize) -> T::Re {
    let mut parity = T::Re::one();
    for at in 0..extent {
        let mut pivot = at;
        for row in at + 1..extent {
            if a[row * extent + at].size() > a[pivot * extent + at].size() {
                pivot = row;
            }
        }
        if pivot != at {
            parity = -parity;
            exchange(a, extent, at, pivot);
            exchange(b, sides, at, pivot);
        }
        let divisor = a[at * extent + at];
        if divisor == T::ZERO {
            continue;
        }
        let inverse = T::ONE / divisor;
        let (above, below) = a.split_at_mut((at + 1) * extent);
        let pivot_row = &above[at * extent..];
        let (side_above, side_below) = b.split_at_mut((at + 1) * sides);
        let pivot_sides = &side_above[at * sides..];
        for (row, row_sides) in below.chunks_exact_mut(extent).zip(Rows { rest: side_below, width: sides }) {
            let factor = row[at] * inverse;
            row[at] = factor;
            for (value, above) in row[at + 1..].iter_mut().zip(&pivot_row[at + 1..]) {
                *value -= factor * *above;
            }
            for (value, above) in row_sides.iter_mut().zip(pivot_sides) {
                *value -= factor * *above;
            }
        }
    }
    parity
}

/// Solves `U X = B` in place, for the factor `U` on and above the diagonal.
pub(crate) fn substitute<T: Element>(a: &[T], extent: usize, b: &mut [T], sides: usize) {
    for at in (0..extent).rev() {
        let (above, below) = b.split_at_mut((at + 1) * sides);
        let own = &mut above[at * sides..];
        for (column, known) in (at + 1..extent).zip(below.chunks_exact(sides.max(1))) {
            let factor = a[at * extent + column];
            for (value, known) in own.iter_mut().zip(known) {
                *value -= factor * *known;
            }
        }
        let inverse = T::ONE / a[at * extent + at];
        own.iter_mut().for_each(|value| *value *= inverse);
    }
}

fn exchange<T>(a: &mut [T], width: usize, first: usize, second: usize) {
    let (above, below) = a.split_at_mut(second * width);
    above[first * width..][..width].swap_with_slice(&mut below[..width]);
}

/// Rows of a matrix that may have no columns.
struct Rows<'a, T> {
    rest: &'a mut [T],
    width: usize,
}

impl<'a, T> Iterator for Rows<'a, T> {
    type Item = &'a mut [T];

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
        assert_eq!(eliminate(&mut a, 2, &mut b, 1), -1.0);
        substitute(&a, 2, &mut b, 1);
        assert_eq!(b, [1.0, 2.0]);
    }

    #[test]
    fn a_zero_pivot_stays() {
        let mut a = [1.0, 2.0, 2.0, 4.0];
        assert_eq!(eliminate::<f64>(&mut a, 2, &mut [], 0), -1.0);
        assert_eq!(a[3], 0.0);
    }
}
