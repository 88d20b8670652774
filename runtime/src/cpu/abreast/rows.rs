//! Where a pass reads and writes, chosen when it runs.

use super::places::{Backwards, Load, Pairs, Parts, Picked, Reals, Store, Stream};
use super::vector::{Number, Order, Pair};
use pulp::{Simd, WithSimd};
use std::marker::PhantomData;

/// Where a pass reads or writes elements of neighbouring lines.
#[derive(Clone, Copy)]
pub(super) enum Rows<'a, N> {
    /// Pairs (re, im), `step` numbers from one element to the next. Backwards: element 0, then the last, and so on.
    Pairs { start: *mut N, step: isize, backwards: Option<usize> },
    /// Pairs that are written past the cache: every element begins on a cache line.
    Stream { start: *mut N, step: isize },
    /// Vectors of real parts and of imaginary parts, lanes in the order of vectors of pairs taken apart.
    Parts { re: *mut N, im: *mut N, step: isize },
    /// Real lines, of which even elements are real parts and odd ones imaginary parts; lanes in their own order.
    Reals { re: *mut N, im: *mut N, step: isize, order: &'a Order },
    /// The same, each element at a place of its own. They are read, in one pass over all of them.
    Picked(Picked<'a, N>),
}

/// What is done from rows of one kind to rows of another.
pub(super) trait Work<N: Number>: Copy {
    /// # Safety
    /// Both sides hold all elements of a vector of lines.
    unsafe fn run<S: Simd>(self, simd: S, from: impl Load<N>, to: impl Store<N>);

    /// From rows to a buffer, or from a buffer to rows. A buffer has parts.
    ///
    /// # Safety
    /// As for `run`.
    #[inline(always)]
    unsafe fn between<S: Simd>(self, simd: S, from: Rows<'_, N>, to: Rows<'_, N>) {
        // SAFETY: the caller's promise.
        unsafe {
            match (from, to) {
                (Rows::Pairs { start, step, backwards: None }, Rows::Parts { .. }) => {
                    self.run(simd, Pairs { start, step }, to.parts());
                }
                (Rows::Pairs { start, step, backwards: Some(len) }, Rows::Parts { .. }) => {
                    let end = start.wrapping_offset(len as isize * step);
                    self.run(simd, Backwards { start, end, step: -step }, to.parts());
                }
                (Rows::Reals { re, im, step, order }, Rows::Parts { .. }) => {
                    self.run(simd, Reals { parts: Parts { re, im, step }, order }, to.parts());
                }
                (Rows::Picked(picked), Rows::Parts { .. }) => self.run(simd, picked, to.parts()),
                (Rows::Parts { .. }, Rows::Parts { .. }) => self.run(simd, from.parts(), to.parts()),
                (Rows::Parts { .. }, Rows::Stream { start, step }) => {
                    self.run(simd, from.parts(), Stream { start, step });
                }
                (Rows::Parts { .. }, Rows::Pairs { start, step, .. }) => {
                    self.run(simd, from.parts(), Pairs { start, step });
                }
                (Rows::Parts { .. }, Rows::Reals { re, im, step, order }) => {
                    self.run(simd, from.parts(), Reals { parts: Parts { re, im, step }, order });
                }
                _ => unreachable!("a pass reads or writes a buffer"),
            }
        }
    }
}

/// Elements as they are.
#[derive(Clone, Copy)]
pub(super) struct Copied {
    pub(super) len: usize,
}

impl<N: Number> Work<N> for Copied {
    #[inline(always)]
    unsafe fn run<S: Simd>(self, simd: S, from: impl Load<N>, to: impl Store<N>) {
        simd.vectorize(Copying { len: self.len, from, to, number: PhantomData });
    }
}

/// Compiled as a function of its own.
struct Copying<N, F, T> {
    len: usize,
    from: F,
    to: T,
    number: PhantomData<N>,
}

impl<N: Number, F: Load<N>, T: Store<N>> WithSimd for Copying<N, F, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Copying { len, from, to, .. } = self;
        for at in 0..len as isize {
            // SAFETY: the promise of `run`; positions are below the length.
            unsafe { to.store(simd, at * to.step(), from.load_any(simd, at * from.step())) };
        }
    }
}

impl<N: Number> Rows<'_, N> {
    /// Those of a buffer.
    #[inline(always)]
    pub(super) fn parts(self) -> Parts<N> {
        let Rows::Parts { re, im, step } = self else { unreachable!("buffers hold parts") };
        Parts { re, im, step }
    }

    /// The element at a place of vectors of parts.
    ///
    /// # Safety
    /// It is there.
    #[inline(always)]
    pub(super) unsafe fn pair<S: Simd>(self, at: usize) -> Pair<N, S> {
        let Parts { re, im, step } = self.parts();
        let at = at as isize * step;
        // SAFETY: the caller's promise.
        unsafe { Pair::load_parts(re.wrapping_offset(at), im.wrapping_offset(at)) }
    }

    /// Puts an element to a place of vectors of parts.
    ///
    /// # Safety
    /// The place is there.
    #[inline(always)]
    pub(super) unsafe fn put<S: Simd>(self, at: usize, pair: Pair<N, S>) {
        let Parts { re, im, step } = self.parts();
        let at = at as isize * step;
        // SAFETY: the caller's promise.
        unsafe { pair.store_parts(re.wrapping_offset(at), im.wrapping_offset(at)) }
    }

    /// The elements from `first` on, each `every`-th.
    #[inline(always)]
    pub(super) fn from(self, first: usize, every: isize) -> Self {
        let shift = |step: isize| first as isize * step;
        match self {
            Rows::Pairs { start, step, backwards } => {
                Rows::Pairs { start: start.wrapping_offset(shift(step)), step: step * every, backwards }
            }
            Rows::Stream { start, step } => {
                Rows::Stream { start: start.wrapping_offset(shift(step)), step: step * every }
            }
            Rows::Parts { re, im, step } => Rows::Parts {
                re: re.wrapping_offset(shift(step)),
                im: im.wrapping_offset(shift(step)),
                step: step * every,
            },
            Rows::Reals { re, im, step, order } => Rows::Reals {
                re: re.wrapping_offset(shift(step)),
                im: im.wrapping_offset(shift(step)),
                step: step * every,
                order,
            },
            Rows::Picked(_) => unreachable!("all are read in one pass"),
        }
    }
}
