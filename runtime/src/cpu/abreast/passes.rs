//! Passes of one radix over a vector of lines.

use super::butterfly::{Inputs, ODD, Outputs, butterfly};
use super::direct::{direct, sums};
use super::places::{Load, Store};
use super::rows::Work;
use super::vector::{Number, Pair};
use pulp::{Simd, WithSimd};
use std::f64::consts::TAU;

/// The largest prime factor that a pass takes. Above 13 it is a sum over all elements.
pub(super) const DIRECT: usize = 101;

/// One pass. With `stride` the product of the radices before it and `rest` that of the ones behind, it takes elements
/// `q + stride * (p + rest * k)`, `k < radix`, to `q + by_p * p + by_j * j`, times `exp(-2 pi i p j / (radix * rest))`.
pub(super) struct Pass<N> {
    pub(super) radix: usize,
    stride: usize,
    rest: usize,
    by_p: usize,
    pub(super) by_j: usize,
    /// Factors for `j` from 1 on, `p` by `p`. None in the last pass.
    twiddles: Vec<[N; 2]>,
    /// `[cos, sin]` of `2 pi k / radix`, in the order of [`sums`] for radices without a butterfly.
    roots: Vec<[N; 2]>,
}

impl<N: Number> Pass<N> {
    pub(super) fn new(radix: usize, stride: usize, rest: usize) -> Pass<N> {
        let root = |numerator: usize, of: usize| {
            let angle = (numerator % of) as f64 / of as f64 * TAU;
            [angle.cos(), angle.sin()].map(N::nearest)
        };
        let twiddle = |p: usize, j: usize| {
            let [cos, sin] = root(p * j, radix * rest);
            [cos, N::nearest(0.0) - sin]
        };
        let twiddles = match rest {
            1 => Vec::new(),
            _ => (0..rest).flat_map(|p| (1..radix).map(move |j| (p, j))).map(|(p, j)| twiddle(p, j)).collect(),
        };
        let roots = match has_butterfly(radix) {
            true => (0..radix).map(|k| root(k, radix)).collect(),
            false => sums(radix).map(|[j, k]| root(j * k, radix)).collect(),
        };
        Pass { radix, stride, rest, by_p: stride * radix, by_j: stride, twiddles, roots }
    }

    /// A first pass that leaves as many lines as its radix, `apart` elements from one to the next.
    pub(super) fn cut(radix: usize, rest: usize, apart: usize) -> Pass<N> {
        Pass { by_p: 1, by_j: apart, ..Pass::new(radix, 1, rest) }
    }
}

/// True if the transform of so many elements is code of its own.
pub(super) fn has_butterfly(radix: usize) -> bool {
    matches!(radix, 1 | 2 | 4 | 8 | 9) || ODD.contains(&radix)
}

impl<N: Number> Work<N> for &Pass<N> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self, simd: S, from: impl Load<N>, to: impl Store<N>) {
        // SAFETY: the caller's promise.
        unsafe {
            match self.radix {
                1 => self.radix::<S, 1>(simd, from, to),
                2 => self.radix::<S, 2>(simd, from, to),
                3 => self.radix::<S, 3>(simd, from, to),
                4 => self.radix::<S, 4>(simd, from, to),
                5 => self.radix::<S, 5>(simd, from, to),
                7 => self.radix::<S, 7>(simd, from, to),
                8 => self.radix::<S, 8>(simd, from, to),
                9 => self.radix::<S, 9>(simd, from, to),
                11 => self.radix::<S, 11>(simd, from, to),
                13 => self.radix::<S, 13>(simd, from, to),
                _ => simd.vectorize(Direct { pass: self, from, to }),
            }
        }
    }
}

impl<N: Number> Pass<N> {
    /// # Safety
    /// As for [`Work::run`].
    #[inline(always)]
    unsafe fn radix<S: Simd, const R: usize>(&self, simd: S, from: impl Load<N>, to: impl Store<N>) {
        let roots: &[[N; 2]; R] = self.roots[..].try_into().expect("as many roots as the radix");
        simd.vectorize(Radix { pass: self, roots, from, to });
    }
}

/// A pass of sums, compiled as a function of its own.
struct Direct<'a, N, F, T> {
    pass: &'a Pass<N>,
    from: F,
    to: T,
}

/// Elements of any number at equal distances.
#[derive(Clone, Copy)]
struct Spaced<F> {
    rows: F,
    first: isize,
    by: isize,
}

impl<N: Number, F: Load<N>> Inputs<N> for Spaced<F> {
    #[inline(always)]
    unsafe fn take<S: Simd>(self, simd: S, k: usize) -> Pair<N, S> {
        // SAFETY: the caller's promise.
        unsafe { self.rows.load_any(simd, self.first + k as isize * self.by) }
    }
}

/// Places at equal distances, and factors for all but the first where there are some.
#[derive(Clone, Copy)]
struct Turned<'a, N, T> {
    places: Spaced<T>,
    twiddles: &'a [[N; 2]],
}

impl<N: Number, T: Store<N>> Outputs<N> for Turned<'_, N, T> {
    #[inline(always)]
    unsafe fn put<S: Simd>(self, simd: S, j: usize, pair: Pair<N, S>) {
        let pair = match j.checked_sub(1).and_then(|j| self.twiddles.get(j)) {
            Some(twiddle) => pair.times(simd, Pair::splat(simd, *twiddle)),
            None => pair,
        };
        let Spaced { rows, first, by } = self.places;
        // SAFETY: the caller's promise.
        unsafe { rows.store(simd, first + j as isize * by, pair) };
    }
}

impl<N: Number, F: Load<N>, T: Store<N>> WithSimd for Direct<'_, N, F, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Direct { pass: &Pass { radix, stride, rest, by_p, by_j, ref twiddles, ref roots }, from, to } = self;
        let (step, into) = (from.step(), to.step());
        for p in 0..rest {
            let twiddles = if twiddles.is_empty() { &[] } else { &twiddles[p * (radix - 1)..][..radix - 1] };
            for q in 0..stride {
                let (first, last) = ((q + stride * p) as isize * step, (q + by_p * p) as isize * into);
                let input = Spaced { rows: from, first, by: (stride * rest) as isize * step };
                let places = Spaced { rows: to, first: last, by: by_j as isize * into };
                // SAFETY: the promise of `run`; all positions are below the length.
                unsafe { direct(simd, radix, roots, input, Turned { places, twiddles }) };
            }
        }
    }
}

/// A pass of one radix, compiled as a function of its own.
struct Radix<'a, N, F, T, const R: usize> {
    pass: &'a Pass<N>,
    roots: &'a [[N; 2]; R],
    from: F,
    to: T,
}

/// Elements at equal distances.
#[derive(Clone, Copy)]
struct Input<'a, F, const R: usize> {
    rows: F,
    first: isize,
    others: &'a [isize; R],
}

impl<N: Number, F: Load<N>, const R: usize> Inputs<N> for Input<'_, F, R> {
    #[inline(always)]
    unsafe fn take<S: Simd>(self, simd: S, k: usize) -> Pair<N, S> {
        // SAFETY: the caller's promise.
        unsafe {
            match k {
                0 => self.rows.load_any(simd, self.first),
                _ => self.rows.load(simd, self.first + self.others[k]),
            }
        }
    }
}

/// Places at equal distances, and factors for all but the first where there are some.
#[derive(Clone, Copy)]
struct Output<'a, N, T, const R: usize, const HAS_TWIDDLES: bool> {
    rows: T,
    first: isize,
    others: &'a [isize; R],
    twiddles: &'a [[N; 2]],
}

impl<N: Number, T: Store<N>, const R: usize, const HAS_TWIDDLES: bool> Outputs<N>
    for Output<'_, N, T, R, HAS_TWIDDLES>
{
    #[inline(always)]
    unsafe fn put<S: Simd>(self, simd: S, j: usize, pair: Pair<N, S>) {
        let pair = match j > 0 && HAS_TWIDDLES {
            true => pair.times(simd, Pair::splat(simd, self.twiddles[j - 1])),
            false => pair,
        };
        // SAFETY: the caller's promise.
        unsafe { self.rows.store(simd, self.first + self.others[j], pair) };
    }
}

impl<N: Number, F: Load<N>, T: Store<N>, const R: usize> WithSimd for Radix<'_, N, F, T, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Radix { pass: &Pass { stride, rest, by_p, by_j, ref twiddles, .. }, roots, from, to } = self;
        let (step, into) = (from.step(), to.step());
        // How far the elements of a butterfly are from its first, on both sides.
        let read: [isize; R] = std::array::from_fn(|k| (stride * rest * k) as isize * step);
        let written: [isize; R] = std::array::from_fn(|j| (by_j * j) as isize * into);
        // SAFETY: the promise of `run`; all positions are below the length.
        unsafe {
            if rest == 1 {
                for q in 0..stride as isize {
                    let input = Input { rows: from, first: q * step, others: &read };
                    let output =
                        Output::<_, _, R, false> { rows: to, first: q * into, others: &written, twiddles: &[] };
                    butterfly::<N, S, R>(simd, roots, input, output);
                }
                return;
            }
            for p in 0..rest {
                let twiddles = &twiddles[p * (R - 1)..][..R - 1];
                for q in 0..stride {
                    let (first, last) = ((q + stride * p) as isize * step, (q + by_p * p) as isize * into);
                    let input = Input { rows: from, first, others: &read };
                    let output = Output::<_, _, R, true> { rows: to, first: last, others: &written, twiddles };
                    butterfly::<N, S, R>(simd, roots, input, output);
                }
            }
        }
    }
}
