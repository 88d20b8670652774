//! Short transforms in registers: `b[j] = sum over k of a[k] * exp(-2 pi i j k / R)`.

use super::vector::{Number, Pair};
use pulp::Simd;

/// The odd radices for which there is a butterfly; powers of two have 2, 4 and 8.
pub(super) const ODD: [usize; 5] = [3, 5, 7, 11, 13];

/// The transform of `R` numbers. `roots[k]` is `[cos, sin]` of `2 pi k / R`.
#[inline(always)]
pub(super) fn butterfly<N: Number, S: Simd, const R: usize>(
    simd: S,
    roots: &[[N; 2]; R],
    a: [Pair<N, S>; R],
) -> [Pair<N, S>; R] {
    let mut b = a;
    match R {
        1 => {}
        2 => {
            b[0] = a[0].add(simd, a[1]);
            b[1] = a[0].sub(simd, a[1]);
        }
        4 => {
            let four = four(simd, [a[0], a[1], a[2], a[3]]);
            b[..4].copy_from_slice(&four);
        }
        8 => {
            let even = four(simd, [a[0], a[2], a[4], a[6]]);
            let odd = four(simd, [a[1], a[3], a[5], a[7]]);
            let half = N::splat(simd, N::nearest(std::f64::consts::FRAC_1_SQRT_2));
            // exp(-i pi / 4) = (1 - i) / sqrt 2, and times -i once more.
            let first = odd[1].add_turned(simd, odd[1]).scaled(simd, half);
            let third = odd[3].turned(simd).sub(simd, odd[3]).scaled(simd, half);
            b[0] = even[0].add(simd, odd[0]);
            b[4] = even[0].sub(simd, odd[0]);
            b[1] = even[1].add(simd, first);
            b[5] = even[1].sub(simd, first);
            b[2] = even[2].add_turned(simd, odd[2]);
            b[6] = even[2].sub_turned(simd, odd[2]);
            b[3] = even[3].add(simd, third);
            b[7] = even[3].sub(simd, third);
        }
        _ => {
            // Sums and differences of k and R - k meet the cosines and the sines.
            for k in 1..=R / 2 {
                b[k] = a[k].add(simd, a[R - k]);
                b[R - k] = a[k].sub(simd, a[R - k]);
            }
            let sums = b;
            b[0] = (1..=R / 2).fold(a[0], |sum, k| sum.add(simd, sums[k]));
            for j in 1..=R / 2 {
                let root = |k: usize| Pair::<N, S>::splat(simd, roots[j * k % R]);
                let Pair { re: cos, im: sin } = root(1);
                let (mut even, mut odd) = (a[0].add_scaled(simd, sums[1], cos), sums[R - 1].scaled(simd, sin));
                for k in 2..=R / 2 {
                    let Pair { re: cos, im: sin } = root(k);
                    even = even.add_scaled(simd, sums[k], cos);
                    odd = odd.add_scaled(simd, sums[R - k], sin);
                }
                b[j] = even.add_turned(simd, odd);
                b[R - j] = even.sub_turned(simd, odd);
            }
        }
    }
    b
}

#[inline(always)]
fn four<N: Number, S: Simd>(simd: S, [a, b, c, d]: [Pair<N, S>; 4]) -> [Pair<N, S>; 4] {
    let (ac, ca) = (a.add(simd, c), a.sub(simd, c));
    let (bd, db) = (b.add(simd, d), b.sub(simd, d));
    [ac.add(simd, bd), ca.add_turned(simd, db), ac.sub(simd, bd), ca.sub_turned(simd, db)]
}
