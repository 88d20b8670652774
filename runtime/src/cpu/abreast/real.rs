//! Real transforms of lines abreast, over complex ones of half the length: even elements are real parts, odd ones imaginary
//! parts, and a pass takes the spectra of both apart (Press et al., Numerical Recipes, section 12.3).

use super::complex::Abreast;
use super::places::{Pairs, Picked, Store};
use super::rows::Rows;
use super::vector::{Number, Order, Pair, dispatch_wide, lanes};
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

/// Real lines side by side that are read.
#[derive(Clone, Copy)]
pub(super) struct RealRows<'a, N> {
    pub(super) start: *mut N,
    /// Numbers from one element to the next.
    pub(super) step: isize,
    /// Numbers from the start to every element, where these are not at equal steps.
    pub(super) places: Option<&'a [isize]>,
}

impl<N: Number> RealRows<'_, N> {
    fn moved(self, by: usize) -> Self {
        RealRows { start: self.start.wrapping_add(by), ..self }
    }
}

/// What real transforms of all lengths have in common: both ways, a vector of lines at a time.
pub(super) trait Real<N: Number>: Sized {
    /// Bins of a vector of real lines: those of `window`, at their places.
    ///
    /// # Safety
    /// As for `forward`, for the lines of a vector.
    unsafe fn to_bins<S: Simd>(
        &self,
        simd: S,
        from: RealRows<'_, N>,
        to: (*mut N, isize),
        window: Window,
        scratch: *mut u8,
    );

    /// A vector of real lines of half spectra.
    ///
    /// # Safety
    /// As for `inverse`, for the lines of a vector.
    unsafe fn to_lines<S: Simd>(
        &self,
        simd: S,
        from: (*mut N, isize),
        to: (*mut N, isize),
        window: Window,
        scratch: *mut u8,
    );

    /// Bins of real lines: those of `window`, at their places.
    ///
    /// # Safety
    /// As for [`Abreast::run`]; `from` has rows of numbers, `to` of pairs.
    unsafe fn forward(
        &self,
        from: RealRows<'_, N>,
        to: (*mut N, isize),
        window: Window,
        count: usize,
        scratch: *mut u8,
    ) {
        dispatch_wide(Run { plan: self, from: Given::Reals(from), to, window, count, scratch });
    }

    /// Real lines of half spectra that are zero outside `window`. The imaginary parts of the first bin and of the middle, if
    /// there is one, are ignored.
    ///
    /// # Safety
    /// As for [`Abreast::run`]; `from` has rows of pairs, `to` of numbers.
    unsafe fn inverse(
        &self,
        from: (*const N, isize),
        to: (*mut N, isize),
        window: Window,
        count: usize,
        scratch: *mut u8,
    ) {
        let from = Given::Bins((from.0.cast_mut(), from.1));
        dispatch_wide(Run { plan: self, from, to, window, count, scratch });
    }
}

impl<N: Number> RealAbreast<N> {
    /// The transforms of this length, if it is even and there is a complex one of half of it; lines are near or not, as in
    /// [`Abreast::new`].
    pub(crate) fn new(len: usize, is_near: bool) -> Option<RealAbreast<N>> {
        let half = Abreast::new(len.is_multiple_of(2).then_some(len / 2)?, is_near)?;
        let twiddle = |k: usize| {
            let angle = TAU * k as f64 / len as f64;
            [0.5 * angle.cos(), -0.5 * angle.sin()].map(N::nearest)
        };
        Some(RealAbreast { half, twiddles: (0..=len / 2).map(twiddle).collect(), order: Order::of::<N>() })
    }

    /// How often a vector of lines fetches what is wanted later.
    pub(crate) fn turns(&self) -> usize {
        self.half.turns()
    }

    /// Bytes of scratch memory that a run takes.
    pub(crate) fn scratch_bytes(&self) -> usize {
        self.spectrum_bytes() + self.half.scratch_bytes()
    }

    fn spectrum_bytes(&self) -> usize {
        (2 * self.half.len() * lanes::<N>() * size_of::<N>()).next_multiple_of(4096) + 640
    }

    /// The spectrum of one vector of real lines: the bins of the window, at their places.
    ///
    /// # Safety
    /// As for [`Real::forward`], for the lines of a vector.
    #[inline(always)]
    pub(super) unsafe fn bins<S: Simd>(
        &self,
        simd: S,
        reals: Rows<'_, N>,
        to: impl Store<N>,
        window: Window,
        scratch: *mut u8,
    ) {
        let (spectrum, scratch) = self.parts::<S>(scratch);
        // SAFETY: the caller's promise; the buffer holds a spectrum.
        unsafe { self.half.vector(simd, reals, spectrum, scratch) };
        let h = self.half.len();
        // Bins `k` and `h - k` come from the same elements: a sum, and a difference that is conjugate.
        let pairs = if window.is_whole(h + 1) { h.div_ceil(2) } else { 0 };
        let singles = match pairs {
            0 => window.start..window.start + window.extent,
            _ => pairs..h / 2 + 1,
        };
        // SAFETY: positions are taken modulo the length; the caller's promise.
        unsafe {
            for k in 0..pairs {
                let [even, odd] = self.halves(simd, spectrum, k);
                to.store(simd, k as isize * to.step(), even.add(simd, odd));
                to.store(simd, (h - k) as isize * to.step(), even.sub(simd, odd).conj(simd));
            }
            for k in singles {
                let [even, odd] = self.halves(simd, spectrum, k % (h + 1));
                to.store(simd, (k % (h + 1)) as isize * to.step(), even.add(simd, odd));
            }
        }
    }

    /// What even and what odd elements add to a bin.
    ///
    /// # Safety
    /// The buffer holds a spectrum.
    #[inline(always)]
    unsafe fn halves<S: Simd>(&self, simd: S, spectrum: Rows<'_, N>, k: usize) -> [Pair<N, S>; 2] {
        let h = self.half.len();
        // SAFETY: positions are taken modulo the length.
        let (z, mirrored) = unsafe { (spectrum.pair::<S>(k % h), spectrum.pair::<S>((h - k) % h).conj(simd)) };
        let (even, odd) = (z.add(simd, mirrored), z.sub(simd, mirrored).turned(simd));
        let half = N::splat(simd, N::nearest(0.5));
        [even.scaled(simd, half), odd.times(simd, Pair::splat(simd, self.twiddles[k]))]
    }

    /// Real lines as complex ones of half the length.
    #[inline(always)]
    fn reals<'a>(&'a self, RealRows { start, step, places }: RealRows<'a, N>) -> Rows<'a, N> {
        let order = &self.order;
        match places {
            Some(places) => Rows::Picked(Picked { start, places, order }),
            None => Rows::Reals { re: start, im: start.wrapping_offset(step), step: 2 * step, order },
        }
    }

    /// Where the half spectrum lies, and the scratch memory behind it.
    #[inline(always)]
    fn parts<S: Simd>(&self, scratch: *mut u8) -> (Rows<'_, N>, *mut u8) {
        let lanes = size_of::<N::Vector<S>>() / size_of::<N>();
        let re = scratch.cast::<N>();
        let rows = Rows::Parts { re, im: re.wrapping_add(lanes), step: 2 * lanes as isize };
        (rows, scratch.wrapping_add(self.spectrum_bytes()))
    }
}

impl<N: Number> Real<N> for RealAbreast<N> {
    #[inline(always)]
    unsafe fn to_bins<S: Simd>(
        &self,
        simd: S,
        from: RealRows<'_, N>,
        (start, step): (*mut N, isize),
        window: Window,
        scratch: *mut u8,
    ) {
        // SAFETY: the caller's promise.
        unsafe { self.bins(simd, self.reals(from), Pairs { start, step }, window, scratch) };
    }

    #[inline(always)]
    unsafe fn to_lines<S: Simd>(
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
        // Bins `k` and `h - k` are read together, and give two elements.
        for k in 0..=h / 2 {
            let (x, mirrored) = (bin(k), bin(h - k).conj(simd));
            let (even, odd) = (x.add(simd, mirrored), x.sub(simd, mirrored).scaled(simd, two));
            let [re, im] = self.twiddles[k];
            let turned = odd.times(simd, Pair::splat(simd, [re, N::nearest(0.0) - im]));
            // Backwards: the inverse is a forward transform of that.
            // SAFETY: positions are taken modulo the length.
            unsafe {
                spectrum.put((h - k) % h, even.sub_turned(simd, turned));
                if 0 < k && k < h - k {
                    spectrum.put(k, even.add_turned(simd, turned).conj(simd));
                }
            }
        }
        let reals = self.reals(RealRows { start: to.0, step: to.1, places: None });
        // SAFETY: the caller's promise.
        unsafe { self.half.vector(simd, spectrum, reals, scratch) };
    }
}

/// What a run transforms.
enum Given<'a, N> {
    Reals(RealRows<'a, N>),
    Bins((*mut N, isize)),
}

struct Run<'a, N, P> {
    plan: &'a P,
    from: Given<'a, N>,
    to: (*mut N, isize),
    window: Window,
    count: usize,
    scratch: *mut u8,
}

impl<N: Number, P: Real<N>> WithSimd for Run<'_, N, P> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Run { plan, from, to, window, scratch, .. } = self;
        let lanes = size_of::<N::Vector<S>>() / size_of::<N>();
        let moved = |(start, step): (*mut N, isize), by: usize| (start.wrapping_add(by), step);
        for first in (0..self.count).step_by(lanes) {
            // SAFETY: the promise of `forward` and `inverse`.
            unsafe {
                match &from {
                    Given::Reals(from) => {
                        plan.to_bins(simd, from.moved(first), moved(to, 2 * first), window, scratch);
                    }
                    Given::Bins(from) => {
                        plan.to_lines(simd, moved(*from, 2 * first), moved(to, first), window, scratch);
                    }
                }
            }
        }
    }
}
