//! Transforms of a prime number of elements as sums: `b[j] = sum over k of a[k] * exp(-2 pi i j k / R)`.
//!
//! Sums and differences of `a[k]` and `a[R - k]` meet the cosines and the sines, so `R` elements take `R * R` products with real
//! numbers. Abreast these are all that an element costs, and up to about a hundred elements nothing else is faster (AMD Zen 4).

use super::butterfly::{Inputs, Outputs};
use super::passes::DIRECT;
use super::vector::{Number, Pair};
use pulp::Simd;
use std::mem::MaybeUninit;

/// Bins `j` that are summed up together.
const TOGETHER: usize = 4;

/// `[j, k]` in the order in which `direct` wants the roots of a radix: for some bins at a time all elements.
pub(super) fn sums(radix: usize) -> impl Iterator<Item = [usize; 2]> {
    let half = radix / 2;
    let whole = half - half % TOGETHER;
    let block =
        move |first: usize, count: usize| (1..=half).flat_map(move |k| (first..first + count).map(move |j| [j, k]));
    let wholes = (1..=whole).step_by(TOGETHER).flat_map(move |first| block(first, TOGETHER));
    wholes.chain((whole + 1..=half).flat_map(move |first| block(first, 1)))
}

/// The transform of `radix` numbers, an odd number up to [`DIRECT`]. `roots` has `[cos, sin]` of `2 pi j k / radix` as [`sums`]
/// says.
///
/// # Safety
/// Both sides have so many numbers.
#[inline(always)]
pub(super) unsafe fn direct<N: Number, S: Simd>(
    simd: S,
    radix: usize,
    roots: &[[N; 2]],
    a: impl Inputs<N>,
    b: impl Outputs<N>,
) {
    let half = radix / 2;
    assert!(radix <= DIRECT && roots.len() == half * half);
    // SAFETY: there are so many.
    let first = unsafe { a.take(simd, 0) };
    let (mut sum, mut pairs) = (first, [const { MaybeUninit::<[Pair<N, S>; 2]>::uninit() }; DIRECT / 2]);
    for k in 1..=half {
        // SAFETY: as above.
        let (x, mirrored) = unsafe { (a.take(simd, k), a.take(simd, radix - k)) };
        let even = x.add(simd, mirrored);
        pairs[k - 1].write([even, x.sub(simd, mirrored)]);
        sum = sum.add(simd, even);
    }
    // SAFETY: the loop above wrote so many of them.
    let pairs = unsafe { std::slice::from_raw_parts(pairs.as_ptr().cast::<[Pair<N, S>; 2]>(), half) };
    // SAFETY: there are so many places.
    unsafe { b.put(simd, 0, sum) };
    let (mut j, mut roots) = (1, roots);
    while j <= half {
        // SAFETY: as above.
        unsafe {
            (j, roots) = match half + 1 - j {
                TOGETHER.. => (j + TOGETHER, bins::<N, S, TOGETHER>(simd, [radix, j], first, pairs, roots, b)),
                _ => (j + 1, bins::<N, S, 1>(simd, [radix, j], first, pairs, roots, b)),
            };
        }
    }
}

/// So many bins from `j` on, and as many mirrored ones; the roots that are left.
///
/// # Safety
/// There are places for them.
#[inline(always)]
unsafe fn bins<'a, N: Number, S: Simd, const COUNT: usize>(
    simd: S,
    [radix, j]: [usize; 2],
    first: Pair<N, S>,
    pairs: &[[Pair<N, S>; 2]],
    roots: &'a [[N; 2]],
    b: impl Outputs<N>,
) -> &'a [[N; 2]] {
    let (mut even, mut odd) = ([first; COUNT], [Pair::<N, S>::zero(simd); COUNT]);
    let (mine, others) = roots.split_at(COUNT * pairs.len());
    for ([plus, minus], roots) in pairs.iter().zip(mine.as_chunks::<COUNT>().0) {
        for at in 0..COUNT {
            let Pair { re: cos, im: sin } = Pair::<N, S>::splat(simd, roots[at]);
            even[at] = even[at].add_scaled(simd, *plus, cos);
            odd[at] = odd[at].add_scaled(simd, *minus, sin);
        }
    }
    for at in 0..COUNT {
        // SAFETY: the caller's promise.
        unsafe {
            b.put(simd, j + at, even[at].add_turned(simd, odd[at]));
            b.put(simd, radix - j - at, even[at].sub_turned(simd, odd[at]));
        }
    }
    others
}
