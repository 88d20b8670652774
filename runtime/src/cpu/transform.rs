//! Library transforms of lines in scratch memory, and a cache of their plans that is bounded in bytes.

use super::abreast::{self, Few, Number, Phases};
use num_complex::Complex;
use ondine_ir::{FftKind, Window};
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftDirection, FftNum, FftPlanner};
use std::sync::{Arc, Mutex, PoisonError};

/// What a plan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) len: usize,
    pub(super) kind: FftKind,
    pub(super) is_double: bool,
    /// What of the line is read or wanted, where that is little.
    pub(super) few: Option<Few>,
    /// Of a transform abreast, whether the line is in a buffer that is near.
    pub(super) is_near: bool,
}

impl Key {
    /// The key of a transform with windows on its lines.
    pub(super) fn new(kind: FftKind, is_double: bool, len: usize, input: Window, output: Window) -> Key {
        let few = match kind {
            _ if !abreast::is_fast() => None,
            FftKind::Forward | FftKind::Inverse if abreast::is_few(input, len) => Some(Few::Input(input)),
            FftKind::RealInverse => None,
            _ if abreast::is_few(output, len) => Some(Few::Output(output)),
            _ => None,
        };
        Key { len, kind, is_double, few, is_near: false }
    }
}

/// A transform of one precision. Unnormalised, whole lines.
#[derive(Clone)]
pub(super) enum Transform {
    Single(Lines<f32>),
    Double(Lines<f64>),
}

/// One line at a time, or many that follow each other.
#[derive(Clone)]
pub(super) enum Lines<T> {
    Complex(Arc<dyn Fft<T>>),
    Forward(Arc<dyn RealToComplex<T>>),
    Inverse(Arc<dyn ComplexToReal<T>>),
    Few(Arc<Phases<T>>),
}

impl Transform {
    /// True if a run may keep its input.
    pub(super) fn can_keep(&self) -> bool {
        match self {
            Transform::Single(lines) => lines.can_keep(),
            Transform::Double(lines) => lines.can_keep(),
        }
    }

    /// True if it reads or gives little of its line.
    pub(super) fn is_few(&self) -> bool {
        matches!(self, Transform::Single(Lines::Few(_)) | Transform::Double(Lines::Few(_)))
    }

    /// True if a run reads nothing of a line but the window. It can write past the cache.
    pub(super) fn is_windowed(&self) -> bool {
        match self {
            Transform::Single(Lines::Few(phases)) => phases.is_spread(),
            Transform::Double(Lines::Few(phases)) => phases.is_spread(),
            _ => false,
        }
    }

    /// How often so many lines fetch memory that is wanted later: what the library computes never does.
    pub(super) fn turns(&self, count: usize) -> usize {
        match self {
            Transform::Single(Lines::Few(phases)) => count * phases.turns(),
            Transform::Double(Lines::Few(phases)) => count * phases.turns(),
            _ => 0,
        }
    }

    pub(super) fn new(key: Key) -> Transform {
        match key.is_double {
            true => Transform::Double(Lines::new(key)),
            false => Transform::Single(Lines::new(key)),
        }
    }

    /// Bytes of scratch memory that a run takes.
    pub(super) fn scratch_bytes(&self) -> usize {
        match self {
            Transform::Single(lines) => lines.scratch_bytes(),
            Transform::Double(lines) => lines.scratch_bytes(),
        }
    }
}

impl<T: FftNum + Number> Lines<T> {
    fn new(Key { len, kind, few, .. }: Key) -> Lines<T> {
        let (is_inverse, is_real) = (kind == FftKind::Inverse, kind == FftKind::RealForward);
        if let Some(phases) = few.and_then(|few| Phases::new(len, is_inverse, is_real, few)) {
            return Lines::Few(Arc::new(phases));
        }
        // A planner keeps all that it ever made, so each plan gets its own.
        match kind {
            FftKind::Forward => Lines::Complex(FftPlanner::new().plan_fft(len, FftDirection::Forward)),
            FftKind::Inverse => Lines::Complex(FftPlanner::new().plan_fft(len, FftDirection::Inverse)),
            FftKind::RealForward => Lines::Forward(RealFftPlanner::new().plan_fft_forward(len)),
            FftKind::RealInverse => Lines::Inverse(RealFftPlanner::new().plan_fft_inverse(len)),
        }
    }

    fn can_keep(&self) -> bool {
        matches!(self, Lines::Complex(_) | Lines::Few(_))
    }

    fn scratch_bytes(&self) -> usize {
        match self {
            Lines::Few(phases) => phases.scratch_bytes(),
            _ => self.scratch() * size_of::<Complex<T>>(),
        }
    }

    /// Complex numbers that a plan of the library takes.
    fn scratch(&self) -> usize {
        match self {
            Lines::Complex(plan) => plan
                .get_inplace_scratch_len()
                .max(plan.get_outofplace_scratch_len())
                .max(plan.get_immutable_scratch_len()),
            Lines::Forward(plan) => plan.get_scratch_len(),
            Lines::Inverse(plan) => plan.get_scratch_len(),
            Lines::Few(_) => 0,
        }
    }
}

/// Lines in memory.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The first element of the first line.
    pub(super) start: *mut u8,
    /// Elements from one line to the next.
    pub(super) pitch: isize,
}

impl Place {
    /// Line `at`.
    ///
    /// # Safety
    /// The line is there, initialised, aligned, and nobody else's while the slice lives.
    unsafe fn line<'a, T>(self, at: usize, length: usize) -> &'a mut [T] {
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.start.cast::<T>().offset(at as isize * self.pitch), length) }
    }
}

/// What becomes of the input. Real transforms of whole lines always use it up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// It stays as it is.
    Keeping,
    /// It is used as scratch memory.
    Consuming,
    /// It is the output.
    InPlace,
}

/// Lines that are transformed together.
#[derive(Clone, Copy)]
pub(super) struct Batch {
    pub(super) how: How,
    /// Elements of a line before and after.
    pub(super) extents: [usize; 2],
    pub(super) count: usize,
    /// Whether results are written past the cache.
    pub(super) past_cache: bool,
}

impl Transform {
    /// Transforms a batch of lines.
    ///
    /// # Safety
    /// Both places hold the lines, aligned for their numbers, and are nobody else's, but for an input that is kept, which
    /// others may read. They do not overlap unless the transform is in place. `library` has the plan's scratch bytes. Past the
    /// cache only if the plan can, and all lines begin on cache lines.
    pub(super) unsafe fn run(&self, batch: Batch, from: Place, to: Place, library: *mut u8) {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Transform::Single(lines) => lines.run(batch, from, to, library.cast()),
                Transform::Double(lines) => lines.run(batch, from, to, library.cast()),
            }
        }
    }
}

impl<T: FftNum + Number> Lines<T> {
    /// # Safety
    /// As for [`Transform::run`].
    unsafe fn run(&self, batch: Batch, from: Place, to: Place, library: *mut Complex<T>) {
        let Batch { how, extents: [input, output], count, past_cache } = batch;
        // SAFETY: the caller's promise.
        let scratch = unsafe { std::slice::from_raw_parts_mut(library, self.scratch()) };
        // Lines that follow each other go to the library together.
        let (turns, together) = match from.pitch == input as isize && to.pitch == output as isize {
            true => (1, count),
            false => (count, 1),
        };
        for at in 0..turns {
            // SAFETY: the caller's promise.
            unsafe {
                match self {
                    Lines::Complex(plan) => {
                        let target = to.line::<Complex<T>>(at, output * together);
                        let room = match how {
                            How::Keeping => plan.get_immutable_scratch_len(),
                            How::Consuming => plan.get_outofplace_scratch_len(),
                            How::InPlace => plan.get_inplace_scratch_len(),
                        };
                        let scratch = &mut scratch[..room];
                        match how {
                            How::Keeping => {
                                let source =
                                    from.start.cast::<Complex<T>>().offset(at as isize * from.pitch).cast_const();
                                let source = std::slice::from_raw_parts(source, input * together);
                                plan.process_immutable_with_scratch(source, target, scratch);
                            }
                            How::Consuming => {
                                plan.process_outofplace_with_scratch(from.line(at, input * together), target, scratch);
                            }
                            How::InPlace => plan.process_with_scratch(target, scratch),
                        }
                    }
                    Lines::Forward(plan) => (0..together).for_each(|line| {
                        forward(&**plan, from.line(at + line, input), to.line(at + line, output), scratch);
                    }),
                    Lines::Inverse(plan) => (0..together).for_each(|line| {
                        inverse(&**plan, from.line(at + line, input), to.line(at + line, output), scratch);
                    }),
                    Lines::Few(plan) => (0..together as isize).for_each(|line| {
                        let number = |place: Place, size: usize| {
                            let line = (at as isize + line) * place.pitch;
                            place.start.wrapping_offset(line * size as isize).cast::<T>()
                        };
                        let from = number(from, if plan.is_real() { size_of::<T>() } else { size_of::<Complex<T>>() });
                        plan.run(from, number(to, size_of::<Complex<T>>()), past_cache, library.cast());
                    }),
                }
            }
        }
    }
}

/// One real line to its half spectrum. The line is used as scratch.
fn forward<T: FftNum>(
    plan: &dyn RealToComplex<T>,
    line: &mut [T],
    spectrum: &mut [Complex<T>],
    scratch: &mut [Complex<T>],
) {
    if let ([x], [bin]) = (&mut *line, &mut *spectrum) {
        *bin = Complex::new(*x, T::zero());
        return;
    }
    plan.process_with_scratch(line, spectrum, &mut scratch[..plan.get_scratch_len()])
        .expect("the slices have the lengths of the plan");
}

/// A half spectrum to its real line; the imaginary parts of bin 0 and of the middle are ignored. The spectrum is used as
/// scratch.
fn inverse<T: FftNum>(
    plan: &dyn ComplexToReal<T>,
    spectrum: &mut [Complex<T>],
    line: &mut [T],
    scratch: &mut [Complex<T>],
) {
    spectrum[0].im = T::zero();
    if let ([bin], [x]) = (&mut *spectrum, &mut *line) {
        *x = bin.re;
        return;
    }
    if line.len().is_multiple_of(2)
        && let Some(middle) = spectrum.last_mut()
    {
        middle.im = T::zero();
    }
    plan.process_with_scratch(spectrum, line, &mut scratch[..plan.get_scratch_len()])
        .expect("the slices have the lengths of the plan, and what the plan wants zero is");
}

/// Plans, most recently used last.
pub(super) struct Cache<P = Transform> {
    plans: Mutex<Vec<(Key, P)>>,
    /// Bytes that all plans may take together, as estimated.
    budget: usize,
}

impl<P: Clone> Cache<P> {
    /// Plans of up to 128 MiB.
    pub(super) fn new() -> Cache<P> {
        Cache::with_budget(128 << 20)
    }

    fn with_budget(budget: usize) -> Cache<P> {
        Cache { plans: Mutex::new(Vec::new()), budget }
    }

    /// The plan for a key: from the cache, or new.
    pub(super) fn get(&self, key: Key, plan: impl Fn(Key) -> P) -> P {
        let find = |plans: &mut Vec<(Key, P)>| {
            let at = plans.iter().position(|(have, _)| *have == key)?;
            let entry = plans.remove(at);
            plans.push(entry.clone());
            Some(entry.1)
        };
        let lock = || self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = find(&mut lock()) {
            return plan;
        }
        // Planned without the lock; two threads may plan the same, and one of the plans is kept.
        let plan = plan(key);
        let mut plans = lock();
        if let Some(earlier) = find(&mut plans) {
            return earlier;
        }
        plans.push((key, plan.clone()));
        while plans.len() > 1 && plans.iter().map(|(key, _)| bytes(*key)).sum::<usize>() > self.budget {
            plans.remove(0);
        }
        plan
    }
}

/// What a plan takes, roughly: twiddles of the line and, for awkward lengths, a convolution of up to four times its length, or
/// tables of sums.
fn bytes(key: Key) -> usize {
    let doubles = key.len * 64 + abreast::table_bytes(key.len);
    1024 + if key.is_double { doubles } else { doubles / 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_hundred_lengths_stay_within_the_budget() {
        let cache = Cache::with_budget(1 << 20);
        for len in 500..1000 {
            cache.get(Key::new(FftKind::Forward, true, len, Window::whole(len), Window::whole(len)), Transform::new);
            let plans = cache.plans.lock().unwrap();
            assert!(plans.iter().map(|(key, _)| bytes(*key)).sum::<usize>() <= 1 << 20);
            assert_eq!(plans.last().unwrap().0.len, len);
        }
        let kept = cache.plans.lock().unwrap().len();
        assert!((10..500).contains(&kept), "{kept}");
    }
}
