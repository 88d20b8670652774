//! One line of which little is read, or little is wanted: of `n = p * m` elements, the `p` phases lie abreast.
//!
//! With `j = p * b + a` and `k` among the few, `exp(2 pi i j k / n) = exp(2 pi i b k / m) * exp(2 pi i a k / n)`. So an
//! inverse transform of few bins is one of length `m` of all phases, whose bins are those of the line times a factor; and
//! the few bins of a line are sums over the phases of the bins of transforms of length `m` (Sorensen and Burrus, Efficient
//! computation of the DFT with only a subset of input or output points, 1993). Elements of neighbouring phases are
//! neighbours, so neither way moves data between lanes.

use super::complex::{Abreast, is_smooth};
use super::real::RealAbreast;
use super::rows::Rows;
use super::vector::{Number, Pair, dispatch, lanes};
use crate::cpu::stream::LINE;
use ondine_ir::Window;
use pulp::{Simd, WithSimd};
use std::f64::consts::TAU;

/// Phases come in multiples of so many, for every number of lanes.
const TOGETHER: usize = 16;
/// The length of the short transforms, at least.
const LEAST: usize = 64;

/// A transform that reads or gives a window of its line.
pub(crate) struct Phases<N> {
    len: usize,
    phases: usize,
    /// Of every element of the window, its place in the line and that in the short transforms.
    places: Vec<[usize; 2]>,
    job: Job<N>,
    /// `exp(-+ 2 pi i a k / n)`: for every `k` of the window, vectors of phases as real and imaginary parts.
    factors: Vec<N>,
}

enum Job<N> {
    /// Few bins or elements to a whole line; the inverse where asked.
    Spread { plan: Abreast<N>, is_inverse: bool },
    /// A complex line to few bins.
    Gather { plan: Abreast<N>, is_inverse: bool },
    /// A real line to few bins.
    GatherReal(RealAbreast<N>),
}

/// What of a line is read or wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Few {
    /// The input is zero outside the window.
    Input(Window),
    /// Nothing outside the window of the output is read.
    Output(Window),
}

/// True if a window is so short that phases pay: at most an eighth of the line.
pub(crate) fn is_few(window: Window, len: usize) -> bool {
    (1..=len / 8).contains(&window.extent)
}

impl Few {
    fn window(self) -> Window {
        match self {
            Few::Input(window) | Few::Output(window) => window,
        }
    }
}

impl<N: Number> Phases<N> {
    /// The plan for complex lines, or real ones with few bins, if it pays: at most an eighth is used, and the length has a
    /// fitting divisor.
    pub(crate) fn new(len: usize, is_inverse: bool, is_real: bool, few: Few) -> Option<Phases<N>> {
        let window = few.window();
        let least = window.extent.max(LEAST);
        let fits = |m: &usize| len.is_multiple_of(*m) && (len / m).is_multiple_of(TOGETHER) && *m >= least;
        if !is_few(window, len) {
            return None;
        }
        let short = (least..=len / TOGETHER).filter(fits).find(|&m| is_smooth(m))?;
        let phases = len / short;
        let job = match (few, is_real) {
            (Few::Input(_), false) => Job::Spread { plan: Abreast::new(short, true)?, is_inverse },
            (Few::Output(_), false) => Job::Gather { plan: Abreast::new(short, true)?, is_inverse },
            (Few::Output(_), true) => Job::GatherReal(RealAbreast::new(short, true)?),
            (Few::Input(_), true) => return None,
        };
        let sign = if is_inverse { 1.0 } else { -1.0 };
        let width = lanes::<N>();
        let mut factors = Vec::with_capacity(2 * phases * window.extent);
        for at in 0..window.extent {
            let k = (window.start + at) % len;
            for first in (0..phases).step_by(width) {
                let angles = |part: fn(f64) -> f64| {
                    (first..first + width).map(move |a| part(TAU * (a * k % len) as f64 / len as f64))
                };
                if is_real {
                    factors.extend(angles(f64::cos).map(N::nearest));
                    factors.extend(angles(f64::sin).map(|sin| N::nearest(sign * sin)));
                    continue;
                }
                // As vectors of pairs are taken apart, so are the factors.
                let pairs = angles(f64::cos).zip(angles(f64::sin));
                let pairs: Vec<N> = pairs.flat_map(|(cos, sin)| [cos, sign * sin].map(N::nearest)).collect();
                factors.extend(apart(&pairs));
            }
        }
        // Backwards where an inverse is wanted: it is a forward transform of that.
        let is_backwards = matches!(job, Job::Spread { is_inverse: true, .. });
        let places = (0..window.extent).map(|at| {
            let k = window.start + at;
            [k % len, if is_backwards { (short - k % short) % short } else { k % short }]
        });
        Some(Phases { len, phases, places: places.collect(), job, factors })
    }

    /// True if the window is one of the input.
    pub(crate) fn is_spread(&self) -> bool {
        matches!(self.job, Job::Spread { .. })
    }

    /// True if lines are real.
    pub(crate) fn is_real(&self) -> bool {
        matches!(self.job, Job::GatherReal(_))
    }

    /// How often a line fetches memory that is wanted later.
    pub(crate) fn turns(&self) -> usize {
        let of_vector = match &self.job {
            Job::Spread { plan, .. } | Job::Gather { plan, .. } => plan.turns(),
            Job::GatherReal(plan) => plan.turns(),
        };
        of_vector * (self.phases / lanes::<N>())
    }

    /// Bytes of scratch memory that a run takes.
    pub(crate) fn scratch_bytes(&self) -> usize {
        let vectors = self.phases / lanes::<N>();
        match &self.job {
            Job::Spread { plan, .. } => self.spectrum_bytes() + plan.scratch_bytes(),
            Job::Gather { plan, .. } => vectors * self.spectrum_bytes() + plan.scratch_bytes(),
            Job::GatherReal(plan) => vectors * self.spectrum_bytes() + plan.scratch_bytes(),
        }
    }

    /// Bytes from the short spectra of a vector of phases to those of the next, which begin in other cache sets.
    fn spectrum_bytes(&self) -> usize {
        2 * (self.len / self.phases) * lanes::<N>() * size_of::<N>() + LINE
    }

    /// Where the short spectra of a vector of phases lie.
    #[inline(always)]
    fn spectrum<S: Simd>(&self, scratch: *mut u8, vector: usize) -> Rows<'_, N> {
        let lanes = size_of::<N::Vector<S>>() / size_of::<N>();
        let re = scratch.wrapping_add(vector * self.spectrum_bytes()).cast::<N>();
        Rows::Parts { re, im: re.wrapping_add(lanes), step: 2 * lanes as isize }
    }

    /// Transforms one line. Elements are at their places, on the side with the window too.
    ///
    /// # Safety
    /// Both sides have what the plan reads and writes; they do not overlap. `scratch` has `scratch_bytes` bytes, and no
    /// other user. Past the cache only from a window to a line that begins on a cache line.
    pub(crate) unsafe fn run(&self, from: *const N, to: *mut N, past_cache: bool, scratch: *mut u8) {
        dispatch(Run { plan: self, from: from.cast_mut(), to, past_cache, scratch });
    }

    /// # Safety
    /// As for `run`.
    #[inline(always)]
    unsafe fn spread<S: Simd>(&self, simd: S, run: &Run<N>, plan: &Abreast<N>) {
        let lanes = size_of::<N::Vector<S>>() / size_of::<N>();
        let (m, vectors) = (plan.len(), self.phases / lanes);
        let (bins, scratch) = (self.spectrum::<S>(run.scratch, 0), run.scratch.wrapping_add(self.spectrum_bytes()));
        for at in 0..m {
            // SAFETY: the buffer has a place for every bin.
            unsafe { bins.put(at, Pair::<N, S>::zero(simd)) };
        }
        for vector in 0..vectors {
            for (at, &[line, bin]) in self.places.iter().enumerate() {
                let x = run.from.wrapping_add(2 * line);
                // SAFETY: the caller's promise; factors are there for every bin and vector.
                unsafe {
                    let x = Pair::splat(simd, [x.read_unaligned(), x.add(1).read_unaligned()]);
                    bins.put(bin, self.factor::<S>(at, vector).times(simd, x));
                }
            }
            let (start, step) = (run.to.wrapping_add(2 * lanes * vector), 2 * self.phases as isize);
            let to = match run.past_cache {
                true => Rows::Stream { start, step },
                false => Rows::Pairs { start, step, backwards: None },
            };
            // SAFETY: the caller's promise; a vector of pairs is whole cache lines.
            unsafe { plan.vector(simd, bins, to, scratch) };
        }
    }

    /// # Safety
    /// As for `run`.
    #[inline(always)]
    unsafe fn gather<S: Simd>(&self, simd: S, run: &Run<N>, plan: &Abreast<N>, is_inverse: bool) {
        let lanes = size_of::<N::Vector<S>>() / size_of::<N>();
        let (m, vectors) = (plan.len(), self.phases / lanes);
        let scratch = run.scratch.wrapping_add(vectors * self.spectrum_bytes());
        for vector in 0..vectors {
            let (start, step) = (run.from.wrapping_add(2 * lanes * vector), 2 * self.phases as isize);
            let rows = Rows::Pairs { start, step, backwards: is_inverse.then_some(m) };
            // SAFETY: the caller's promise.
            unsafe { plan.vector(simd, rows, self.spectrum::<S>(run.scratch, vector), scratch) };
        }
        // SAFETY: the caller's promise; places are below the length.
        unsafe { self.sums::<S>(simd, run, |bins, k| bins.pair(k)) };
    }

    /// # Safety
    /// As for `run`.
    #[inline(always)]
    unsafe fn gather_real<S: Simd>(&self, simd: S, run: &Run<N>, plan: &RealAbreast<N>) {
        let lanes = size_of::<N::Vector<S>>() / size_of::<N>();
        let (m, vectors) = (self.len / self.phases, self.phases / lanes);
        let scratch = run.scratch.wrapping_add(vectors * self.spectrum_bytes());
        for vector in 0..vectors {
            let (re, step) = (run.from.wrapping_add(lanes * vector), self.phases as isize);
            let from = Rows::Parts { re, im: re.wrapping_offset(step), step: 2 * step };
            let bins = self.spectrum::<S>(run.scratch, vector);
            // SAFETY: the caller's promise; the buffer has a place for every bin of the short spectrum.
            unsafe { plan.bins(simd, from, bins.parts(), Window::whole(m / 2 + 1), scratch) };
        }
        let bin = |bins: Rows<'_, N>, k: usize| {
            // SAFETY: positions are those of the first half.
            unsafe { if k <= m / 2 { bins.pair::<S>(k) } else { bins.pair::<S>(m - k).conj(simd) } }
        };
        // SAFETY: the caller's promise.
        unsafe { self.sums(simd, run, bin) };
    }

    /// The bins of the window: sums over all phases.
    ///
    /// # Safety
    /// As for `run`.
    #[inline(always)]
    unsafe fn sums<S: Simd>(&self, simd: S, run: &Run<N>, bin: impl Fn(Rows<'_, N>, usize) -> Pair<N, S>) {
        let vectors = self.phases / (size_of::<N::Vector<S>>() / size_of::<N>());
        for (at, &[line, place]) in self.places.iter().enumerate() {
            let mut sum = Pair::<N, S>::zero(simd);
            for vector in 0..vectors {
                let bin = bin(self.spectrum::<S>(run.scratch, vector), place);
                // SAFETY: factors are there for every bin and vector.
                sum = sum.add_product(simd, bin, unsafe { self.factor(at, vector) });
            }
            let to = run.to.wrapping_add(2 * line);
            // SAFETY: the caller's promise.
            unsafe {
                to.write_unaligned(N::sum(simd, sum.re));
                to.wrapping_add(1).write_unaligned(N::sum(simd, sum.im));
            }
        }
    }

    /// The factors of a bin for a vector of phases.
    ///
    /// # Safety
    /// There are such a bin and such a vector.
    #[inline(always)]
    unsafe fn factor<S: Simd>(&self, at: usize, vector: usize) -> Pair<N, S> {
        let lanes = size_of::<N::Vector<S>>() / size_of::<N>();
        // SAFETY: the caller's promise.
        unsafe {
            let factor = self.factors.as_ptr().add(2 * (at * self.phases + lanes * vector));
            Pair::load_parts(factor, factor.add(lanes))
        }
    }
}

struct Run<'a, N> {
    plan: &'a Phases<N>,
    from: *mut N,
    to: *mut N,
    past_cache: bool,
    scratch: *mut u8,
}

impl<N: Number> WithSimd for Run<'_, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let plan = self.plan;
        // SAFETY: the promise of `run`.
        unsafe {
            match &plan.job {
                Job::Spread { plan: short, .. } => plan.spread(simd, &self, short),
                Job::Gather { plan: short, is_inverse } => plan.gather(simd, &self, short, *is_inverse),
                Job::GatherReal(short) => plan.gather_real(simd, &self, short),
            }
        }
    }
}

/// Pairs to a vector of real parts and one of imaginary parts, lanes in the order in which vectors of pairs are taken apart.
fn apart<N: Number>(pairs: &[N]) -> Vec<N> {
    struct Apart<'a, N>(&'a [N], Vec<N>);
    impl<N: Number> WithSimd for Apart<'_, N> {
        type Output = Vec<N>;

        #[inline(always)]
        fn with_simd<S: Simd>(mut self, simd: S) -> Vec<N> {
            assert_eq!(size_of_val(self.0), 2 * size_of::<N::Vector<S>>(), "two vectors");
            let lanes = self.0.len() / 2;
            // SAFETY: the assertion; both slices are as long.
            unsafe {
                let to = self.1.as_mut_ptr();
                Pair::<N, S>::load_pairs(simd, self.0.as_ptr()).store_parts(to, to.add(lanes));
            }
            self.1
        }
    }
    dispatch(Apart(pairs, vec![N::nearest(0.0); pairs.len()]))
}
