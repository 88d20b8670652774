//! Real transforms of lines abreast, over complex ones of half the length: even elements are real parts, odd ones imaginary
//! parts, and a pass takes the spectra of both apart (Press et al., Numerical Recipes, section 12.3).

use super::passes::{Abreast, Rows};
use super::vector::{Number, Order, Pair, arch, lanes};
use ondine_ir::Window;
use pulp::{Simd, WithSimd};
use std::f64::consts::TAU;

/// A real transform, of an even length, and its inverse.
pub(crate) struct RealAbreast<N> {
    half: Abreast<N>,
    /// `exp(-2 pi i k / n) / 2`, for `k` up to half the length.
    twiddles: Vec<[N; 2]>,
    order: Order,
}

/// Which way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Forward,
    Inverse,
}

impl<N: Number> RealAbreast<N> {
    /// The transforms of this length, if it is even and without a large prime factor.
    pub(crate) fn new(len: usize) -> Option<RealAbreast<N>> {
        let half = Abreast::new(len.is_multiple_of(2).then_some(len / 2)?)?;
        let twiddle = |k: usize| {
            let angle = TAU * k as f64 / len as f64;
            [0.5 * angle.cos(), -0.5 * angle.sin()].map(N::nearest)
        };
        Some(RealAbreast { half, twiddles: (0..=len / 2).map(twiddle).collect(), order: Order::of::<N>() })
    }

    /// Bytes of scratch memory that a run takes.
    pub(crate) fn scratch_bytes(&self) -> usize {
        self.spectrum_bytes() + self.half.scratch_bytes()
    }

    fn spectrum_bytes(&self) -> usize {
        (2 * self.half.len() * lanes::<N>() * size_of::<N>()).next_multiple_of(4096) + 640
    }

    /// Bins of real lines: those of `window`, at their places.
    ///
    /// # Safety
    /// As for [`Abreast::run`]; `from` has rows of numbers, `to` of pairs.
    pub(crate) unsafe fn forward(
        &self,
        from: (*const N, isize),
        to: (*mut N, isize),
        window: Window,
        count: usize,
        scratch: *mut u8,
    ) {
        let from = (from.0.cast_mut(), from.1);
        arch().dispatch(Run { plan: self, way: Way::Forward, from, to, window, count, scratch });
    }

    /// Real lines of half spectra that are zero outside `window`. The imaginary parts of the first bin and of the middle are
    /// ignored.
    ///
    /// # Safety
    /// As for [`Abreast::run`]; `from` has rows of pairs, `to` of numbers.
    pub(crate) unsafe fn inverse(
        &self,
        from: (*const N, isize),
        to: (*mut N, isize),
        window: Window,
        count: usize,
        scratch: *mut u8,
    ) {
        let from = (from.0.cast_mut(), from.1);
        arch().dispatch(Run { plan: self, way: Way::Inverse, from, to, window, count, scratch });
    }

    /// The spectrum of one vector of real lines, bin by bin: `take` gets the bins of the window.
    ///
    /// # Safety
    /// As for `forward`, for the lines of a vector.
    #[inline(always)]
    pub(super) unsafe fn bins<S: Simd>(
        &self,
        simd: S,
        reals: Rows<'_, N>,
        window: Window,
        scratch: *mut u8,
        mut take: impl FnMut(usize, Pair<N, S>),
    ) {
        let (spectrum, scratch) = self.parts::<S>(scratch);
        // SAFETY: the caller's promise; the buffer holds a spectrum.
        unsafe { self.half.vector(simd, reals, spectrum, scratch) };
        let h = self.half.len();
        let two = N::splat(simd, N::nearest(0.5));
        for at in 0..window.extent {
            let k = (window.start + at) % (h + 1);
            // SAFETY: positions are taken modulo the length.
            let (z, mirrored) = unsafe { (spectrum.pair::<S>(k % h), spectrum.pair::<S>((h - k) % h).conj(simd)) };
            let (even, odd) = (z.add(simd, mirrored), z.sub(simd, mirrored).turned(simd));
            let bin = odd.times(simd, Pair::splat(simd, self.twiddles[k])).add_scaled(simd, even, two);
            take(k, bin);
        }
    }

    /// Real lines as complex ones of half the length.
    #[inline(always)]
    fn reals(&self, (re, step): (*mut N, isize)) -> Rows<'_, N> {
        Rows::Reals { re, im: re.wrapping_offset(step), step: 2 * step, order: &self.order }
    }

    /// Where the half spectrum lies, and the scratch memory behind it.
    #[inline(always)]
    fn parts<S: Simd>(&self, scratch: *mut u8) -> (Rows<'_, N>, *mut u8) {
        let lanes = size_of::<N::Vector<S>>() / size_of::<N>();
        let re = scratch.cast::<N>();
        let rows = Rows::Parts { re, im: re.wrapping_add(lanes), step: 2 * lanes as isize };
        (rows, scratch.wrapping_add(self.spectrum_bytes()))
    }

    /// # Safety
    /// As for `inverse`, for the lines of a vector.
    #[inline(always)]
    unsafe fn lines<S: Simd>(
        &self,
        simd: S,
        from: (*mut N, isize),
        to: (*mut N, isize),
        window: Window,
        scratch: *mut u8,
    ) {
        let (spectrum, scratch) = self.parts::<S>(scratch);
        let h = self.half.len();
        let bin = |k: usize| {
            let is_live = (k + h + 1 - window.start) % (h + 1) < window.extent;
            if !is_live {
                return Pair::<N, S>::zero(simd);
            }
            // SAFETY: the caller's promise.
            let bin = unsafe { Pair::load_pairs(simd, from.0.wrapping_offset(k as isize * from.1)) };
            let is_real = k == 0 || k == h;
            if is_real { Pair { im: N::splat(simd, N::nearest(0.0)), ..bin } } else { bin }
        };
        let two = N::splat(simd, N::nearest(2.0));
        for k in 0..h {
            let (x, mirrored) = (bin(k), bin(h - k).conj(simd));
            let (even, odd) = (x.add(simd, mirrored), x.sub(simd, mirrored).scaled(simd, two));
            let [re, im] = self.twiddles[k];
            // Times i and the conjugate of the factor, which is that of half the angle's number.
            let turned = odd.times(simd, Pair::splat(simd, [re, N::nearest(0.0) - im]));
            let z = even.sub_turned(simd, Pair { re: turned.re, im: turned.im });
            // Backwards: the inverse is a forward transform of that.
            // SAFETY: positions are taken modulo the length.
            unsafe { spectrum.put((h - k) % h, z) };
        }
        let reals = self.reals(to);
        // SAFETY: the caller's promise.
        unsafe { self.half.vector(simd, spectrum, reals, scratch) };
    }
}

struct Run<'a, N> {
    plan: &'a RealAbreast<N>,
    way: Way,
    from: (*mut N, isize),
    to: (*mut N, isize),
    window: Window,
    count: usize,
    scratch: *mut u8,
}

impl<N: Number> WithSimd for Run<'_, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Run { plan, from, to, window, scratch, .. } = self;
        let lanes = size_of::<N::Vector<S>>() / size_of::<N>();
        for first in (0..self.count).step_by(lanes) {
            // SAFETY: the promise of `forward` and `inverse`.
            unsafe {
                match self.way {
                    Way::Forward => {
                        let to = (to.0.wrapping_add(2 * first), to.1);
                        let reals = plan.reals((from.0.wrapping_add(first), from.1));
                        plan.bins(simd, reals, window, scratch, |k, bin| {
                            bin.store_pairs(simd, to.0.wrapping_offset(k as isize * to.1));
                        });
                    }
                    Way::Inverse => {
                        let (from, to) = ((from.0.wrapping_add(2 * first), from.1), (to.0.wrapping_add(first), to.1));
                        plan.lines(simd, from, to, window, scratch);
                    }
                }
            }
        }
    }
}
