//! What a sweep knows of transforms abreast: one kind for both precisions.

use super::complex::Abreast;
use super::odd::OddAbreast;
use super::real::{Real, RealAbreast, RealRows};
use super::vector::{Number, is_wide, lanes};
use ondine_ir::{FftKind, Window};
use std::sync::Arc;

/// A transform of lines abreast.
#[derive(Clone)]
pub(in crate::cpu) enum Plan {
    Single(Kind<f32>),
    Double(Kind<f64>),
}

#[derive(Clone)]
pub(in crate::cpu) enum Kind<N> {
    Complex { plan: Arc<Abreast<N>>, is_inverse: bool },
    Forward(Arc<RealAbreast<N>>),
    Inverse(Arc<RealAbreast<N>>),
    OddForward(Arc<OddAbreast<N>>),
    OddInverse(Arc<OddAbreast<N>>),
}

/// Elements of neighbouring lines, and elements from there to the next of the same lines.
#[derive(Clone, Copy)]
pub(in crate::cpu) struct Rows<'a> {
    pub(in crate::cpu) start: *mut u8,
    pub(in crate::cpu) step: isize,
    /// Elements from there to every element of the same lines, where these are not at equal steps.
    pub(in crate::cpu) places: Option<&'a [isize]>,
}

impl Rows<'_> {
    /// Rows at equal steps.
    pub(in crate::cpu) fn new(start: *mut u8, step: isize) -> Rows<'static> {
        Rows { start, step, places: None }
    }
}

impl Plan {
    /// The plan, if this machine and this length have one; of lines in a buffer that is near, or anywhere.
    pub(in crate::cpu) fn new(kind: FftKind, len: usize, is_double: bool, is_near: bool) -> Option<Plan> {
        if !is_wide() {
            return None;
        }
        Some(match is_double {
            true => Plan::Double(Kind::new(kind, len, is_near)?),
            false => Plan::Single(Kind::new(kind, len, is_near)?),
        })
    }

    /// Lines come in multiples of so many.
    pub(in crate::cpu) fn lanes(&self) -> usize {
        match self {
            Plan::Single(_) => lanes::<f32>(),
            Plan::Double(_) => lanes::<f64>(),
        }
    }

    /// Bytes of scratch memory that a run takes.
    pub(in crate::cpu) fn scratch_bytes(&self) -> usize {
        match self {
            Plan::Single(kind) => kind.scratch_bytes(),
            Plan::Double(kind) => kind.scratch_bytes(),
        }
    }

    /// How often a run fetches memory that is wanted later.
    pub(in crate::cpu) fn turns(&self, count: usize) -> usize {
        let of_vector = match self {
            Plan::Single(kind) => kind.turns(),
            Plan::Double(kind) => kind.turns(),
        };
        of_vector * count.div_ceil(self.lanes())
    }

    /// True if the elements that it reads may be at places of their own.
    pub(in crate::cpu) fn can_pick(&self) -> bool {
        matches!(self, Plan::Single(Kind::Forward(_)) | Plan::Double(Kind::Forward(_)))
    }

    /// True if it can write past the cache.
    pub(in crate::cpu) fn can_stream(&self) -> bool {
        matches!(self, Plan::Single(Kind::Complex { .. }) | Plan::Double(Kind::Complex { .. }))
    }

    /// Transforms `count` lines. The input is kept. Of real transforms, bins outside the window are neither read nor written.
    ///
    /// # Safety
    /// Both sides hold `count` lines, rounded up to whole vectors, and do not overlap; elements of complex transforms outside
    /// the window are zero. `scratch` has `scratch_bytes` bytes, and no other user. Past the cache only if it can, and if all
    /// elements of the first line begin on cache lines. Only what is read has places of its own, by a plan that can pick, and as
    /// many as the line has elements.
    pub(in crate::cpu) unsafe fn run(
        &self,
        from: Rows,
        to: Rows,
        past_cache: bool,
        bins: Window,
        count: usize,
        scratch: *mut u8,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Plan::Single(kind) => kind.run(from, to, past_cache, bins, count, scratch),
                Plan::Double(kind) => kind.run(from, to, past_cache, bins, count, scratch),
            }
        }
    }
}

impl<N: Number> Kind<N> {
    fn new(kind: FftKind, len: usize, is_near: bool) -> Option<Kind<N>> {
        Some(match kind {
            FftKind::Forward | FftKind::Inverse => {
                Kind::Complex { plan: Arc::new(Abreast::new(len, is_near)?), is_inverse: kind == FftKind::Inverse }
            }
            FftKind::RealForward if len % 2 == 1 => Kind::OddForward(Arc::new(OddAbreast::new(len)?)),
            FftKind::RealInverse if len % 2 == 1 => Kind::OddInverse(Arc::new(OddAbreast::new(len)?)),
            FftKind::RealForward => Kind::Forward(Arc::new(RealAbreast::new(len, is_near)?)),
            FftKind::RealInverse => Kind::Inverse(Arc::new(RealAbreast::new(len, is_near)?)),
        })
    }

    fn scratch_bytes(&self) -> usize {
        match self {
            Kind::Complex { plan, .. } => plan.scratch_bytes(),
            Kind::Forward(plan) | Kind::Inverse(plan) => plan.scratch_bytes(),
            Kind::OddForward(plan) | Kind::OddInverse(plan) => plan.scratch_bytes(),
        }
    }

    fn turns(&self) -> usize {
        match self {
            Kind::Complex { plan, .. } => plan.turns(),
            Kind::Forward(plan) | Kind::Inverse(plan) => plan.turns(),
            Kind::OddForward(plan) | Kind::OddInverse(plan) => plan.turns(),
        }
    }

    /// # Safety
    /// As for [`Plan::run`].
    unsafe fn run(&self, from: Rows, to: Rows, past_cache: bool, bins: Window, count: usize, scratch: *mut u8) {
        let numbers = |rows: Rows| (rows.start.cast::<N>(), rows.step);
        let reals = |Rows { start, step, places }| RealRows { start: start.cast::<N>(), step, places };
        let pairs = |rows: Rows| (rows.start.cast::<N>(), 2 * rows.step);
        let constant = |(start, step): (*mut N, isize)| (start.cast_const(), step);
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Kind::Complex { plan, is_inverse } => {
                    plan.run(*is_inverse, constant(pairs(from)), pairs(to), past_cache, count, scratch);
                }
                Kind::Forward(plan) => plan.forward(reals(from), pairs(to), bins, count, scratch),
                Kind::Inverse(plan) => plan.inverse(constant(pairs(from)), numbers(to), bins, count, scratch),
                Kind::OddForward(plan) => plan.forward(reals(from), pairs(to), bins, count, scratch),
                Kind::OddInverse(plan) => plan.inverse(constant(pairs(from)), numbers(to), bins, count, scratch),
            }
        }
    }
}
