//! Real transforms of lines abreast of odd lengths.
//!
//! A step of radix `r` cuts a real line of `r m` numbers into a real line of `m` and `(r - 1) / 2` complex ones of `m`: the
//! transform of the real one is every `r`-th bin, those of the others are the bins `j` behind them, and bins `r - j` are mirrored
//! conjugates. The real line is cut on, until one number is left. So nearly half of the work of a complex transform is done
//! (Sorensen, Jones, Heideman, Burrus, Real-valued fast Fourier transform algorithms, 1987). The inverse goes the other way.

use super::butterfly::ODD;
use super::complex::Abreast;
use super::real::{Real, RealRows};
use super::rows::Rows;
use super::vector::{Number, Order, Pair, lanes, ordered};
use ondine_ir::Window;
use pulp::{Simd, WithSimd};
use std::f64::consts::TAU;

/// A real transform of an odd length, and its inverse.
pub(crate) struct OddAbreast<N> {
    len: usize,
    /// From the whole line down.
    steps: Vec<Step<N>>,
    order: Order,
}

/// What cuts the lines of one length.
struct Step<N> {
    radix: usize,
    /// Elements of a line behind it.
    rest: usize,
    /// From one bin of its line to the next, in bins of the whole line.
    stride: usize,
    /// `[cos, sin]` of `2 pi k / radix`.
    roots: Vec<[N; 2]>,
    /// `exp(-2 pi i p j / (radix * rest))` for `j` from 1 to half the radix, `p` by `p`.
    twiddles: Vec<[N; 2]>,
    plan: Abreast<N>,
}

impl<N: Number> Step<N> {
    fn new(radix: usize, rest: usize, stride: usize) -> Option<Step<N>> {
        let root = |numerator: usize, of: usize| {
            let angle = (numerator % of) as f64 / of as f64 * TAU;
            [angle.cos(), angle.sin()]
        };
        let twiddle = |p: usize, j: usize| {
            let [cos, sin] = root(p * j, radix * rest);
            [cos, -sin].map(N::nearest)
        };
        let twiddles = (0..rest).flat_map(|p| (1..=radix / 2).map(move |j| (p, j))).map(|(p, j)| twiddle(p, j));
        let roots = (0..radix).map(|k| root(k, radix).map(N::nearest));
        let (roots, twiddles) = (roots.collect(), twiddles.collect());
        Some(Step { radix, rest, stride, roots, twiddles, plan: Abreast::new(rest, true)? })
    }

    /// Numbers of its complex lines.
    fn numbers(&self, lanes: usize) -> usize {
        self.radix / 2 * 2 * self.rest * lanes
    }

    /// Its complex line `j`, of vectors of parts.
    #[inline(always)]
    fn line(&self, lines: *mut N, j: usize, lanes: usize) -> Rows<'static, N> {
        parts(lines.wrapping_add((j - 1) * 2 * self.rest * lanes), lanes)
    }

    /// The bin of the whole line that bin `k` of its line `j` is, and whether it is that one's conjugate.
    #[inline(always)]
    fn bin(&self, len: usize, j: usize, k: usize) -> (usize, bool) {
        let at = self.stride * (self.radix * k + j);
        if 2 * at < len { (at, false) } else { (len - at, true) }
    }
}

#[inline(always)]
fn parts<N: Number>(start: *mut N, lanes: usize) -> Rows<'static, N> {
    Rows::Parts { re: start, im: start.wrapping_add(lanes), step: 2 * lanes as isize }
}

/// Scratch memory for a vector of lines.
struct Rooms<'a, N> {
    /// Real lines, from the longest on.
    reals: *mut N,
    /// The complex lines of one step.
    lines: *mut N,
    /// Bins of one of them.
    bins: Rows<'a, N>,
    library: *mut u8,
}

/// Vectors of real numbers, `step` numbers from one to the next, in an order of lanes.
#[derive(Clone, Copy)]
struct Reals<'a, N> {
    start: *mut N,
    step: isize,
    /// For lines that are not scratch memory.
    order: Option<&'a Order>,
}

impl<N: Number> Reals<'_, N> {
    /// # Safety
    /// The element is there.
    #[inline(always)]
    unsafe fn load<S: Simd>(self, at: usize) -> N::Vector<S> {
        let from = self.start.wrapping_offset(at as isize * self.step).cast::<N::Vector<S>>();
        // SAFETY: the caller's promise.
        let vector = unsafe { from.read_unaligned() };
        match self.order {
            Some(order) => ordered::<N, S>(vector, &order.there),
            None => vector,
        }
    }

    /// # Safety
    /// The element may be written.
    #[inline(always)]
    unsafe fn store<S: Simd>(self, at: usize, vector: N::Vector<S>) {
        let vector = match self.order {
            Some(order) => ordered::<N, S>(vector, &order.back),
            None => vector,
        };
        // SAFETY: the caller's promise.
        unsafe { self.start.wrapping_offset(at as isize * self.step).cast::<N::Vector<S>>().write_unaligned(vector) }
    }
}

impl<N: Number> OddAbreast<N> {
    /// The transforms of this length, if it is odd and without a large prime factor.
    pub(crate) fn new(len: usize) -> Option<OddAbreast<N>> {
        let (mut steps, mut rest, mut stride) = (Vec::new(), len, 1);
        for radix in ODD.into_iter().rev() {
            while rest.is_multiple_of(radix) {
                rest /= radix;
                steps.push(Step::new(radix, rest, stride)?);
                stride *= radix;
            }
        }
        (rest == 1).then(|| OddAbreast { len, steps, order: Order::of::<N>() })
    }

    /// How often a vector of lines fetches what is wanted later.
    pub(crate) fn turns(&self) -> usize {
        self.steps.iter().map(|step| step.radix / 2 * step.plan.turns()).sum()
    }

    /// Bytes of scratch memory that a run takes.
    pub(crate) fn scratch_bytes(&self) -> usize {
        let library = self.steps.iter().map(|step| step.plan.scratch_bytes()).max().unwrap_or(0);
        self.numbers().iter().sum::<usize>() * size_of::<N>() + library
    }

    /// Numbers of real lines, of complex lines, and of bins.
    fn numbers(&self) -> [usize; 3] {
        let lanes = lanes::<N>();
        let most = |of: &dyn Fn(&Step<N>) -> usize| self.steps.iter().map(of).max().unwrap_or(0);
        let reals = self.steps.iter().map(|step| step.rest * lanes).sum();
        // They begin at different places of a page.
        let apart = 320 / size_of::<N>();
        [reals, most(&|step| step.numbers(lanes)), most(&|step| 2 * step.rest * lanes)].map(|numbers| numbers + apart)
    }

    fn rooms(&self, scratch: *mut u8) -> Rooms<'_, N> {
        let [reals, lines, bins] = self.numbers();
        let start = scratch.cast::<N>();
        Rooms {
            reals: start,
            lines: start.wrapping_add(reals),
            bins: parts(start.wrapping_add(reals + lines), lanes::<N>()),
            library: start.wrapping_add(reals + lines + bins).cast(),
        }
    }

    /// Whether a bin is one of the window.
    #[inline(always)]
    fn is_live(&self, window: Window, bin: usize) -> bool {
        let from = if bin < window.start { bin + self.len / 2 + 1 } else { bin };
        from - window.start < window.extent
    }

    /// A bin of the half spectrum of a vector of lines.
    ///
    /// # Safety
    /// As for [`Real::inverse`], for the lines of a vector.
    #[inline(always)]
    unsafe fn bin<S: Simd>(&self, simd: S, from: (*mut N, isize), window: Window, bin: usize) -> Pair<N, S> {
        match self.is_live(window, bin) {
            // SAFETY: the caller's promise.
            true => unsafe { Pair::load_pairs(simd, from.0.wrapping_offset(bin as isize * from.1)) },
            false => Pair::zero(simd),
        }
    }
}

impl<N: Number> Real<N> for OddAbreast<N> {
    #[inline(always)]
    unsafe fn to_bins<S: Simd>(
        &self,
        simd: S,
        from: RealRows<'_, N>,
        to: (*mut N, isize),
        window: Window,
        scratch: *mut u8,
    ) {
        let (rooms, lanes) = (self.rooms(scratch), size_of::<N::Vector<S>>() / size_of::<N>());
        let mut line = Reals { start: from.start, step: from.step, order: Some(&self.order) };
        let mut free = rooms.reals;
        for step in &self.steps {
            let reals = Reals { start: free, step: lanes as isize, order: None };
            free = free.wrapping_add(step.rest * lanes);
            // SAFETY: the caller's promise; scratch memory holds the lines of every step.
            unsafe { step.cut(simd, line, reals, rooms.lines) };
            for j in 1..=step.radix / 2 {
                // SAFETY: as above.
                unsafe { step.plan.vector(simd, step.line(rooms.lines, j, lanes), rooms.bins, rooms.library) };
                for k in 0..step.rest {
                    // SAFETY: the plan wrote all bins.
                    let pair = unsafe { rooms.bins.pair::<S>(k) };
                    let (bin, is_mirrored) = step.bin(self.len, j, k);
                    if self.is_live(window, bin) {
                        let pair = if is_mirrored { pair.conj(simd) } else { pair };
                        // SAFETY: the caller's promise.
                        unsafe { pair.store_pairs(simd, to.0.wrapping_offset(bin as isize * to.1)) };
                    }
                }
            }
            line = reals;
        }
        // The one number that is left is the sum of all.
        if self.is_live(window, 0) {
            // SAFETY: it was written, or is the line's.
            let sum = Pair { re: unsafe { line.load::<S>(0) }, ..Pair::<N, S>::zero(simd) };
            // SAFETY: the caller's promise.
            unsafe { sum.store_pairs(simd, to.0) };
        }
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
        let (rooms, lanes) = (self.rooms(scratch), size_of::<N::Vector<S>>() / size_of::<N>());
        let scratch_line = |at: usize| {
            let before: usize = self.steps[..at].iter().map(|step| step.rest).sum();
            Reals { start: rooms.reals.wrapping_add(before * lanes), step: lanes as isize, order: None }
        };
        // Step `at` joins line `at` to the one before it; the first of all is the result.
        let line = |at: usize| match at.checked_sub(1) {
            Some(at) => scratch_line(at),
            None => Reals { start: to.0, step: to.1, order: Some(&self.order) },
        };
        // SAFETY: the caller's promise; scratch memory holds the lines of every step.
        unsafe { line(self.steps.len()).store::<S>(0, self.bin(simd, from, window, 0).re) };
        for (at, step) in self.steps.iter().enumerate().rev() {
            for j in 1..=step.radix / 2 {
                for k in 0..step.rest {
                    let (bin, is_mirrored) = step.bin(self.len, j, k);
                    // SAFETY: the caller's promise.
                    let pair = unsafe { self.bin::<S>(simd, from, window, bin) };
                    let pair = if is_mirrored { pair.conj(simd) } else { pair };
                    // Backwards: the inverse is a forward transform of that.
                    // SAFETY: positions are taken modulo the length.
                    unsafe { rooms.bins.put((step.rest - k) % step.rest, pair) };
                }
                // SAFETY: as above.
                unsafe { step.plan.vector(simd, rooms.bins, step.line(rooms.lines, j, lanes), rooms.library) };
            }
            // SAFETY: as above.
            unsafe { step.join(simd, line(at + 1), rooms.lines, line(at)) };
        }
    }
}

impl<N: Number> Step<N> {
    /// Cuts a real line into a real one and complex ones.
    ///
    /// # Safety
    /// All sides hold the elements.
    #[inline(always)]
    unsafe fn cut<S: Simd>(&self, simd: S, line: Reals<'_, N>, reals: Reals<'_, N>, lines: *mut N) {
        match self.radix {
            3 => simd.vectorize(Cut::<N, 3> { step: self, line, reals, lines }),
            5 => simd.vectorize(Cut::<N, 5> { step: self, line, reals, lines }),
            7 => simd.vectorize(Cut::<N, 7> { step: self, line, reals, lines }),
            11 => simd.vectorize(Cut::<N, 11> { step: self, line, reals, lines }),
            13 => simd.vectorize(Cut::<N, 13> { step: self, line, reals, lines }),
            _ => unreachable!("a step has a radix with a butterfly"),
        }
    }

    /// The inverse of `cut`, times the radix.
    ///
    /// # Safety
    /// All sides hold the elements.
    #[inline(always)]
    unsafe fn join<S: Simd>(&self, simd: S, reals: Reals<'_, N>, lines: *mut N, line: Reals<'_, N>) {
        match self.radix {
            3 => simd.vectorize(Join::<N, 3> { step: self, reals, lines, line }),
            5 => simd.vectorize(Join::<N, 5> { step: self, reals, lines, line }),
            7 => simd.vectorize(Join::<N, 7> { step: self, reals, lines, line }),
            11 => simd.vectorize(Join::<N, 11> { step: self, reals, lines, line }),
            13 => simd.vectorize(Join::<N, 13> { step: self, reals, lines, line }),
            _ => unreachable!("a step has a radix with a butterfly"),
        }
    }
}

struct Cut<'a, N, const R: usize> {
    step: &'a Step<N>,
    line: Reals<'a, N>,
    reals: Reals<'a, N>,
    lines: *mut N,
}

impl<N: Number, const R: usize> WithSimd for Cut<'_, N, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Cut { step, line, reals, lines } = self;
        let lanes = size_of::<N::Vector<S>>() / size_of::<N>();
        let roots: &[[N; 2]; R] = step.roots[..].try_into().expect("as many roots as the radix");
        for (p, twiddles) in step.twiddles.chunks_exact(R / 2).enumerate() {
            // SAFETY: the promise of `cut`; positions are below the lengths.
            unsafe {
                // Sums and differences of q and R - q meet the cosines and the sines.
                let first = line.load::<S>(p);
                let (mut sum, mut sums, mut differences) = (first, [first; R], [first; R]);
                for q in 1..=R / 2 {
                    let (x, mirrored) = (line.load::<S>(p + q * step.rest), line.load::<S>(p + (R - q) * step.rest));
                    sums[q] = N::plus(simd, x, mirrored);
                    differences[q] = N::minus(simd, mirrored, x);
                    sum = N::plus(simd, sum, sums[q]);
                }
                reals.store::<S>(p, sum);
                for j in 1..=R / 2 {
                    let [cos, sin] = roots[j];
                    let mut re = N::mul_add(simd, sums[1], N::splat(simd, cos), first);
                    let mut im = N::mul(simd, differences[1], N::splat(simd, sin));
                    for q in 2..=R / 2 {
                        let [cos, sin] = roots[j * q % R];
                        re = N::mul_add(simd, sums[q], N::splat(simd, cos), re);
                        im = N::mul_add(simd, differences[q], N::splat(simd, sin), im);
                    }
                    let pair = Pair { re, im }.times(simd, Pair::splat(simd, twiddles[j - 1]));
                    step.line(lines, j, lanes).put(p, pair);
                }
            }
        }
    }
}

struct Join<'a, N, const R: usize> {
    step: &'a Step<N>,
    reals: Reals<'a, N>,
    lines: *mut N,
    line: Reals<'a, N>,
}

impl<N: Number, const R: usize> WithSimd for Join<'_, N, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Join { step, reals, lines, line } = self;
        let lanes = size_of::<N::Vector<S>>() / size_of::<N>();
        let roots: &[[N; 2]; R] = step.roots[..].try_into().expect("as many roots as the radix");
        let two = N::splat(simd, N::nearest(2.0));
        for (p, twiddles) in step.twiddles.chunks_exact(R / 2).enumerate() {
            // SAFETY: the promise of `join`; positions are below the lengths.
            unsafe {
                let first = reals.load::<S>(p);
                let (mut sum, mut y) = (first, [Pair::zero(simd); R]);
                for j in 1..=R / 2 {
                    let [re, im] = twiddles[j - 1];
                    let twiddle = Pair::splat(simd, [re, N::nearest(0.0) - im]);
                    // Twice, for the conjugates that are not there.
                    y[j] = step.line(lines, j, lanes).pair::<S>(p).times(simd, twiddle).scaled(simd, two);
                    sum = N::plus(simd, sum, y[j].re);
                }
                line.store::<S>(p, sum);
                for q in 1..=R / 2 {
                    let [cos, sin] = roots[q];
                    let mut even = N::mul_add(simd, y[1].re, N::splat(simd, cos), first);
                    let mut odd = N::mul(simd, y[1].im, N::splat(simd, sin));
                    for j in 2..=R / 2 {
                        let [cos, sin] = roots[j * q % R];
                        even = N::mul_add(simd, y[j].re, N::splat(simd, cos), even);
                        odd = N::mul_add(simd, y[j].im, N::splat(simd, sin), odd);
                    }
                    line.store::<S>(p + q * step.rest, N::minus(simd, even, odd));
                    line.store::<S>(p + (R - q) * step.rest, N::plus(simd, even, odd));
                }
            }
        }
    }
}
