//! Short transforms in registers: `b[j] = sum over k of a[k] * exp(-2 pi i j k / R)`.

use super::vector::{Number, Pair};
use pulp::Simd;

/// The prime radices for which there is a butterfly; powers of two have 2, 4 and 8, powers of three 9 as well.
pub(super) const ODD: [usize; 5] = [3, 5, 7, 11, 13];

/// The numbers that a butterfly takes.
pub(super) trait Inputs<N: Number>: Copy {
    /// # Safety
    /// There are more than `k`.
    unsafe fn take<S: Simd>(self, simd: S, k: usize) -> Pair<N, S>;
}

/// Where a butterfly puts what it gives.
pub(super) trait Outputs<N: Number>: Copy {
    /// # Safety
    /// There are more than `j` places.
    unsafe fn put<S: Simd>(self, simd: S, j: usize, pair: Pair<N, S>);
}

/// The transform of `R` numbers. `roots[k]` is `[cos, sin]` of `2 pi k / R`. Numbers are taken late and put away early: some
/// processors have 16 registers.
///
/// # Safety
/// Both sides have `R` numbers.
#[inline(always)]
pub(super) unsafe fn butterfly<N: Number, S: Simd, const R: usize>(
    simd: S,
    roots: &[[N; 2]; R],
    a: impl Inputs<N>,
    b: impl Outputs<N>,
) {
    // SAFETY: the caller's promise.
    unsafe {
        match R {
            1 => b.put(simd, 0, a.take(simd, 0)),
            2 => {
                let (even, odd) = (a.take(simd, 0), a.take(simd, 1));
                b.put(simd, 0, even.add(simd, odd));
                b.put(simd, 1, even.sub(simd, odd));
            }
            4 => {
                let four = four(simd, a, [0, 1, 2, 3]);
                b.put(simd, 0, four[0]);
                b.put(simd, 1, four[1]);
                b.put(simd, 2, four[2]);
                b.put(simd, 3, four[3]);
            }
            8 => {
                let even = four(simd, a, [0, 2, 4, 6]);
                let odd = four(simd, a, [1, 3, 5, 7]);
                let half = N::splat(simd, N::nearest(std::f64::consts::FRAC_1_SQRT_2));
                b.put(simd, 0, even[0].add(simd, odd[0]));
                b.put(simd, 4, even[0].sub(simd, odd[0]));
                b.put(simd, 2, even[2].add_turned(simd, odd[2]));
                b.put(simd, 6, even[2].sub_turned(simd, odd[2]));
                // exp(-i pi / 4) = (1 - i) / sqrt 2, and times -i once more.
                let first = odd[1].add_turned(simd, odd[1]);
                b.put(simd, 1, even[1].add_scaled(simd, first, half));
                b.put(simd, 5, even[1].sub_scaled(simd, first, half));
                let third = odd[3].sub_turned(simd, odd[3]);
                b.put(simd, 3, even[3].sub_scaled(simd, third, half));
                b.put(simd, 7, even[3].add_scaled(simd, third, half));
            }
            9 => {
                let half_root = N::splat(simd, N::nearest(3f64.sqrt() / 2.0));
                let first = thirds(simd, half_root, a, 0);
                let second = thirds(simd, half_root, a, 1);
                let third = thirds(simd, half_root, a, 2);
                let sums = [
                    [first[0], second[0], third[0]],
                    [first[1], turned(simd, second[1], roots[1 % R]), turned(simd, third[1], roots[2 % R])],
                    [first[2], turned(simd, second[2], roots[2 % R]), turned(simd, third[2], roots[4 % R])],
                ];
                for (j, sums) in sums.into_iter().enumerate() {
                    let [x, y, z] = three(simd, half_root, sums);
                    b.put(simd, j, x);
                    b.put(simd, j + 3, y);
                    b.put(simd, j + 6, z);
                }
            }
            _ => {
                // Sums and differences of k and R - k meet the cosines and the sines.
                let first = a.take(simd, 0);
                let (mut sum, mut pairs) = (first, [first; R]);
                for k in 1..=R / 2 {
                    let (x, mirrored) = (a.take(simd, k), a.take(simd, R - k));
                    pairs[k] = x.add(simd, mirrored);
                    pairs[R - k] = x.sub(simd, mirrored);
                    sum = sum.add(simd, pairs[k]);
                }
                b.put(simd, 0, sum);
                for j in 1..=R / 2 {
                    let root = |k: usize| Pair::<N, S>::splat(simd, roots[j * k % R]);
                    let Pair { re: cos, im: sin } = root(1);
                    let (mut even, mut odd) = (first.add_scaled(simd, pairs[1], cos), pairs[R - 1].scaled(simd, sin));
                    for k in 2..=R / 2 {
                        let Pair { re: cos, im: sin } = root(k);
                        even = even.add_scaled(simd, pairs[k], cos);
                        odd = odd.add_scaled(simd, pairs[R - k], sin);
                    }
                    b.put(simd, j, even.add_turned(simd, odd));
                    b.put(simd, R - j, even.sub_turned(simd, odd));
                }
            }
        }
    }
}

/// The transform of four of the numbers.
///
/// # Safety
/// They are there.
#[inline(always)]
unsafe fn four<N: Number, S: Simd>(simd: S, from: impl Inputs<N>, [a, b, c, d]: [usize; 4]) -> [Pair<N, S>; 4] {
    // SAFETY: the caller's promise.
    let (a, c) = unsafe { (from.take(simd, a), from.take(simd, c)) };
    let (ac, ca) = (a.add(simd, c), a.sub(simd, c));
    // SAFETY: as above.
    let (b, d) = unsafe { (from.take(simd, b), from.take(simd, d)) };
    let (bd, db) = (b.add(simd, d), b.sub(simd, d));
    [ac.add(simd, bd), ca.add_turned(simd, db), ac.sub(simd, bd), ca.sub_turned(simd, db)]
}

/// The transform of every third of nine numbers, from `k` on.
///
/// # Safety
/// They are there.
#[inline(always)]
unsafe fn thirds<N: Number, S: Simd>(
    simd: S,
    half_root: N::Vector<S>,
    from: impl Inputs<N>,
    k: usize,
) -> [Pair<N, S>; 3] {
    // SAFETY: the caller's promise.
    let numbers = unsafe { [from.take(simd, k), from.take(simd, k + 3), from.take(simd, k + 6)] };
    three(simd, half_root, numbers)
}

/// A number times the conjugate of a root.
#[inline(always)]
fn turned<N: Number, S: Simd>(simd: S, z: Pair<N, S>, root: [N; 2]) -> Pair<N, S> {
    z.times_conj(simd, Pair::splat(simd, root))
}

/// The transform of three numbers; `half_root` is the sine of a third of a turn.
#[inline(always)]
fn three<N: Number, S: Simd>(simd: S, half_root: N::Vector<S>, [a, b, c]: [Pair<N, S>; 3]) -> [Pair<N, S>; 3] {
    let (sum, difference) = (b.add(simd, c), b.sub(simd, c).scaled(simd, half_root));
    let middle = a.sub_scaled(simd, sum, N::splat(simd, N::nearest(0.5)));
    [a.add(simd, sum), middle.add_turned(simd, difference), middle.sub_turned(simd, difference)]
}
