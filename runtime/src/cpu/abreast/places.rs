//! Where passes read and write: one type for each way in which elements of neighbouring lines lie.

use super::vector::{Number, Order, Pair, ordered};
use pulp::Simd;

/// Places of one kind.
pub(super) trait Places: Copy {
    /// Numbers from one element to the next.
    fn step(self) -> isize;
}

/// Elements of one kind to read, at distances from the first of a line, in numbers.
pub(super) trait Load<N: Number>: Places {
    /// # Safety
    /// The element is there.
    unsafe fn load<S: Simd>(self, simd: S, at: isize) -> Pair<N, S>;

    /// As `load`, where the element may be the first.
    ///
    /// # Safety
    /// The element is there.
    #[inline(always)]
    unsafe fn load_any<S: Simd>(self, simd: S, at: isize) -> Pair<N, S> {
        // SAFETY: the caller's promise.
        unsafe { self.load(simd, at) }
    }
}

/// Places of elements of one kind, at distances from the first of a line, in numbers.
pub(super) trait Store<N: Number>: Places {
    /// # Safety
    /// The element may be written.
    unsafe fn store<S: Simd>(self, simd: S, at: isize, pair: Pair<N, S>);
}

/// Pairs (re, im), `step` numbers from one element to the next.
#[derive(Clone, Copy)]
pub(super) struct Pairs<N> {
    pub(super) start: *mut N,
    pub(super) step: isize,
}

impl<N: Number> Load<N> for Pairs<N> {
    #[inline(always)]
    unsafe fn load<S: Simd>(self, simd: S, at: isize) -> Pair<N, S> {
        // SAFETY: the caller's promise.
        unsafe { Pair::load_pairs(simd, self.start.wrapping_offset(at)) }
    }
}

impl<N: Number> Store<N> for Pairs<N> {
    #[inline(always)]
    unsafe fn store<S: Simd>(self, simd: S, at: isize, pair: Pair<N, S>) {
        // SAFETY: the caller's promise.
        unsafe { pair.store_pairs(simd, self.start.wrapping_offset(at)) }
    }
}

/// Pairs that are read backwards: the first, then the last, and so on.
#[derive(Clone, Copy)]
pub(super) struct Backwards<N> {
    pub(super) start: *mut N,
    /// Where the first would be, seen from the others.
    pub(super) end: *mut N,
    /// From one element to the next, in this order.
    pub(super) step: isize,
}

impl<N: Number> Load<N> for Backwards<N> {
    #[inline(always)]
    unsafe fn load<S: Simd>(self, simd: S, at: isize) -> Pair<N, S> {
        // SAFETY: the caller's promise.
        unsafe { Pair::load_pairs(simd, self.end.wrapping_offset(at)) }
    }

    #[inline(always)]
    unsafe fn load_any<S: Simd>(self, simd: S, at: isize) -> Pair<N, S> {
        let start = if at == 0 { self.start } else { self.end };
        // SAFETY: the caller's promise.
        unsafe { Pair::load_pairs(simd, start.wrapping_offset(at)) }
    }
}

/// Pairs (re, im) that are written past the cache, never read.
#[derive(Clone, Copy)]
pub(super) struct Stream<N> {
    pub(super) start: *mut N,
    pub(super) step: isize,
}

impl<N: Number> Store<N> for Stream<N> {
    #[inline(always)]
    unsafe fn store<S: Simd>(self, simd: S, at: isize, pair: Pair<N, S>) {
        // SAFETY: the caller's promise.
        unsafe { pair.stream_pairs(simd, self.start.wrapping_offset(at)) }
    }
}

/// Vectors of real parts and of imaginary parts.
#[derive(Clone, Copy)]
pub(super) struct Parts<N> {
    pub(super) re: *mut N,
    pub(super) im: *mut N,
    pub(super) step: isize,
}

impl<N: Number> Load<N> for Parts<N> {
    #[inline(always)]
    unsafe fn load<S: Simd>(self, _: S, at: isize) -> Pair<N, S> {
        // SAFETY: the caller's promise.
        unsafe { Pair::load_parts(self.re.wrapping_offset(at), self.im.wrapping_offset(at)) }
    }
}

impl<N: Number> Store<N> for Parts<N> {
    #[inline(always)]
    unsafe fn store<S: Simd>(self, _: S, at: isize, pair: Pair<N, S>) {
        // SAFETY: the caller's promise.
        unsafe { pair.store_parts(self.re.wrapping_offset(at), self.im.wrapping_offset(at)) }
    }
}

/// Vectors of real parts and of imaginary parts, lanes in their own order.
#[derive(Clone, Copy)]
pub(super) struct Reals<'a, N> {
    pub(super) parts: Parts<N>,
    pub(super) order: &'a Order,
}

impl<N: Number> Load<N> for Reals<'_, N> {
    #[inline(always)]
    unsafe fn load<S: Simd>(self, simd: S, at: isize) -> Pair<N, S> {
        // SAFETY: the caller's promise.
        let pair = unsafe { self.parts.load(simd, at) };
        Pair { re: ordered::<N, S>(pair.re, &self.order.there), im: ordered::<N, S>(pair.im, &self.order.there) }
    }
}

impl<N: Number> Store<N> for Reals<'_, N> {
    #[inline(always)]
    unsafe fn store<S: Simd>(self, simd: S, at: isize, pair: Pair<N, S>) {
        let order = &self.order.back;
        let pair = Pair { re: ordered::<N, S>(pair.re, order), im: ordered::<N, S>(pair.im, order) };
        // SAFETY: the caller's promise.
        unsafe { self.parts.store(simd, at, pair) };
    }
}

/// Real lines, of which even elements are real parts and odd ones imaginary parts, each at a place of its own; lanes in their
/// own order.
#[derive(Clone, Copy)]
pub(super) struct Picked<'a, N> {
    pub(super) start: *mut N,
    /// Numbers from the start to every element.
    pub(super) places: &'a [isize],
    pub(super) order: &'a Order,
}

impl<N: Number> Load<N> for Picked<'_, N> {
    #[inline(always)]
    unsafe fn load<S: Simd>(self, _: S, at: isize) -> Pair<N, S> {
        debug_assert!(2 * at + 1 < self.places.len() as isize);
        // SAFETY: the caller's promise; every element has a place.
        let pair = unsafe {
            let places = self.places.as_ptr().offset(2 * at);
            Pair::<N, S>::load_parts(self.start.wrapping_offset(*places), self.start.wrapping_offset(*places.add(1)))
        };
        let order = &self.order.there;
        Pair { re: ordered::<N, S>(pair.re, order), im: ordered::<N, S>(pair.im, order) }
    }
}

impl<N: Number> Places for Picked<'_, N> {
    #[inline(always)]
    fn step(self) -> isize {
        1
    }
}

impl<N: Number> Places for Pairs<N> {
    #[inline(always)]
    fn step(self) -> isize {
        self.step
    }
}

impl<N: Number> Places for Backwards<N> {
    #[inline(always)]
    fn step(self) -> isize {
        self.step
    }
}

impl<N: Number> Places for Stream<N> {
    #[inline(always)]
    fn step(self) -> isize {
        self.step
    }
}

impl<N: Number> Places for Parts<N> {
    #[inline(always)]
    fn step(self) -> isize {
        self.step
    }
}

impl<N: Number> Places for Reals<'_, N> {
    #[inline(always)]
    fn step(self) -> isize {
        self.parts.step
    }
}
