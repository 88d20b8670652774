//! Transforms of lengths with large prime factors as convolutions: with `w[j] = exp(i pi j j / n)`,
//! `b[k] = conj(w[k]) * sum over j of (a[j] * conj(w[j])) * w[k - j]`, and the sum is a product of transforms of another length
//! (Bluestein, A linear filtering approach to the computation of discrete Fourier transform, 1970).

use super::complex::{Abreast, buffer, buffer_bytes, is_smooth};
use super::places::{Load, Store};
use super::rows::{Rows, Work};
use super::vector::{Number, Pair, lanes};
use num_complex::Complex;
use pulp::{Simd, WithSimd};
use rustfft::FftPlanner;
use std::f64::consts::PI;

/// Bytes of a buffer, at most: there are two, and both have to stay in a core's cache.
const MOST: usize = 512 << 10;

/// A forward transform of any length.
pub(super) struct Convolution<N> {
    /// `conj(w[j])`.
    chirp: Vec<[N; 2]>,
    /// The transform of `w`, over its length.
    filter: Vec<[N; 2]>,
    plan: Abreast<N>,
}

impl<N: Number> Convolution<N> {
    /// The transform of a length, unless it is so long that lines abreast do not fit a cache.
    pub(super) fn new(len: usize) -> Option<Convolution<N>> {
        let most = MOST / (2 * lanes::<N>() * size_of::<N>());
        let long = (2 * len - 1).next_multiple_of(8);
        let long = (long..=most).step_by(8).find(|&long| is_smooth(long))?;
        // Squares modulo twice the length, which is a period.
        let w = |j: usize| Complex::from_polar(1.0, PI * (j * j % (2 * len)) as f64 / len as f64);
        let mut filter = vec![Complex::default(); long];
        for j in 0..len {
            filter[j] = w(j) / long as f64;
            filter[(long - j) % long] = filter[j];
        }
        FftPlanner::<f64>::new().plan_fft_forward(long).process(&mut filter);
        let pair = |z: Complex<f64>| [z.re, z.im].map(N::nearest);
        Some(Convolution {
            chirp: (0..len).map(|j| pair(w(j).conj())).collect(),
            filter: filter.into_iter().map(pair).collect(),
            plan: Abreast::new(long, true)?,
        })
    }

    /// Bytes of scratch memory that a run takes.
    pub(super) fn scratch_bytes(&self) -> usize {
        2 * buffer_bytes::<N>(self.plan.len()) + self.plan.scratch_bytes()
    }

    /// How often a vector of lines fetches what is wanted later.
    pub(super) fn turns(&self) -> usize {
        2 * self.plan.turns()
    }

    /// The transform of one vector of lines.
    ///
    /// # Safety
    /// As for [`Abreast::vector`].
    #[inline(always)]
    pub(super) unsafe fn vector<S: Simd>(&self, simd: S, from: Rows<'_, N>, to: Rows<'_, N>, scratch: *mut u8) {
        let (len, long) = (self.chirp.len(), self.plan.len());
        let [a, b, scratch] = [0, 1, 2].map(|at| scratch.wrapping_add(at * buffer_bytes::<N>(long)));
        let [a, b] = [a, b].map(buffer::<N, S>);
        let padded = Product { factors: &self.chirp, is_backwards: false, zeros: long - len };
        let filtered = Product { factors: &self.filter, is_backwards: true, zeros: 0 };
        let turned = Product { zeros: 0, ..padded };
        // SAFETY: the caller's promise; the buffers hold lines of the plan.
        unsafe {
            padded.between(simd, from, a);
            self.plan.vector(simd, a, b, scratch);
            filtered.between(simd, b, a);
            self.plan.vector(simd, a, b, scratch);
            turned.between(simd, b, to);
        }
    }
}

/// The product of elements and factors, written backwards where asked: the inverse transform is a forward one of that.
#[derive(Clone, Copy)]
struct Product<'a, N> {
    factors: &'a [[N; 2]],
    is_backwards: bool,
    /// How many zeros follow.
    zeros: usize,
}

impl<N: Number> Work<N> for Product<'_, N> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self, simd: S, from: impl Load<N>, to: impl Store<N>) {
        simd.vectorize(Between { product: self, from, to });
    }
}

/// Compiled as a function of its own.
struct Between<'a, N, F, T> {
    product: Product<'a, N>,
    from: F,
    to: T,
}

impl<N: Number, F: Load<N>, T: Store<N>> WithSimd for Between<'_, N, F, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Between { product: Product { factors, is_backwards, zeros }, from, to } = self;
        for (at, factor) in factors.iter().enumerate() {
            let place = if is_backwards && at > 0 { factors.len() - at } else { at };
            // SAFETY: the promise of `run`; positions are below the length.
            unsafe {
                let pair = from.load_any(simd, at as isize * from.step()).times(simd, Pair::splat(simd, *factor));
                to.store(simd, place as isize * to.step(), pair);
            }
        }
        for at in 0..zeros {
            // SAFETY: as above.
            unsafe { to.store(simd, (factors.len() + at) as isize * to.step(), Pair::zero(simd)) };
        }
    }
}
