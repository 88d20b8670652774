//! Complex transforms: how a length is taken apart, and the walk from one buffer to another.

use super::butterfly::ODD;
use super::convolution::Convolution;
use super::direct::sums;
use super::passes::{DIRECT, Pass, has_butterfly};
use super::rows::{Copied, Rows, Work};
use super::vector::{Number, dispatch_wide, lanes};
use crate::cpu::ahead;
use pulp::{Simd, WithSimd};

/// A forward transform of lines side by side.
pub(crate) struct Abreast<N> {
    len: usize,
    way: Way<N>,
}

/// How a line is transformed.
enum Way<N> {
    /// Passes over all of it.
    Passes(Vec<Pass<N>>),
    /// A long one is cut by a pass into as many lines as the radix, which then are transformed one by one, in the cache that is
    /// nearest.
    Cut(Pass<N>, Box<Abreast<N>>),
    /// One whose length has only large prime factors is convolved.
    Convolution(Box<Convolution<N>>),
}

/// Elements of a line up to which passes run over all of it.
const SHORT: usize = 64;

/// Elements between the lines that a long one is cut into, which do not begin in the same cache set then.
const APART: usize = 4;

impl<N: Number> Abreast<N> {
    /// The transform of this length, unless it has a prime factor so large that one line at a time is faster. Of lines that are
    /// not near, in a buffer of this core's cache, the first pass may wait for memory.
    pub(crate) fn new(len: usize, is_near: bool) -> Option<Abreast<N>> {
        let (mut radices, rest) = radices(len)?;
        // Large butterflies wait with fewer reads under way.
        if let (Some(9), Some(least), false) = (radices.first(), radices.iter().rposition(|radix| *radix != 9), is_near)
        {
            radices[..=least].rotate_right(1);
        }
        let way = match &radices[..] {
            [] => Way::Convolution(Box::new(Convolution::new(rest)?)),
            [first, others @ ..] if rest > 1 || (len > SHORT && !others.is_empty()) => {
                let rest = len / first;
                Way::Cut(Pass::cut(*first, rest, rest + APART), Box::new(Abreast::new(rest, true)?))
            }
            radices => {
                let (mut stride, mut rest) = (1, len);
                let passes = radices.iter().map(|&radix| {
                    rest /= radix;
                    let pass = Pass::new(radix, stride, rest);
                    stride *= radix;
                    pass
                });
                Way::Passes(passes.collect())
            }
        };
        Some(Abreast { len, way })
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Bytes of scratch memory that a run takes.
    pub(crate) fn scratch_bytes(&self) -> usize {
        match &self.way {
            Way::Passes(_) => 2 * self.buffer_bytes(),
            Way::Cut(_, inner) => self.buffer_bytes() + inner.scratch_bytes(),
            Way::Convolution(convolution) => convolution.scratch_bytes(),
        }
    }

    /// How often a vector of lines fetches what is wanted later: once for every short line.
    pub(crate) fn turns(&self) -> usize {
        match &self.way {
            Way::Passes(_) => 1,
            Way::Cut(pass, inner) => pass.radix * inner.turns(),
            Way::Convolution(convolution) => convolution.turns(),
        }
    }

    fn buffer_bytes(&self) -> usize {
        let apart = if let Way::Cut(pass, _) = &self.way { APART * pass.radix } else { 0 };
        buffer_bytes::<N>(self.len + apart)
    }

    /// Transforms `count` lines of pairs, `step` numbers from element to element on each side. The inverse is the forward
    /// transform of the line read backwards.
    ///
    /// # Safety
    /// Both sides have `count` lines, rounded up to whole vectors; they overlap not at all. `scratch` has
    /// `scratch_bytes` bytes, and no other user.
    pub(crate) unsafe fn run(
        &self,
        is_inverse: bool,
        from: (*const N, isize),
        to: (*mut N, isize),
        past_cache: bool,
        count: usize,
        scratch: *mut u8,
    ) {
        dispatch_wide(Run { plan: self, is_inverse, from, to, past_cache, count, scratch });
    }

    /// The transform of one vector of lines, from and to rows of any kind.
    ///
    /// # Safety
    /// As for `run`, for the lines of a vector.
    #[inline(always)]
    pub(super) unsafe fn vector<S: Simd>(&self, simd: S, from: Rows<'_, N>, to: Rows<'_, N>, scratch: *mut u8) {
        let buffer = |turn: usize| buffer::<N, S>(scratch.wrapping_add(turn % 2 * self.buffer_bytes()));
        let passes = match &self.way {
            Way::Passes(passes) => passes,
            Way::Cut(pass, inner) => {
                let (cut, scratch) = (buffer(0), scratch.wrapping_add(self.buffer_bytes()));
                // SAFETY: the caller's promise; the buffer holds all elements, and the inner scratch memory is behind it.
                unsafe {
                    pass.between(simd, from, cut);
                    for j in 0..pass.radix {
                        let (from, to) = (cut.from(j * pass.by_j, 1), to.from(j, pass.radix as isize));
                        inner.vector(simd, from, to, scratch);
                    }
                }
                return;
            }
            // SAFETY: the caller's promise.
            Way::Convolution(convolution) => return unsafe { convolution.vector(simd, from, to, scratch) },
        };
        ahead::fetch();
        let last = passes.len() - 1;
        // One pass alone would need butterflies between pairs and pairs; it writes parts first.
        let is_single =
            last == 0 && matches!((from, to), (Rows::Pairs { .. }, Rows::Pairs { .. } | Rows::Stream { .. }));
        let mut from = from;
        for (turn, pass) in passes.iter().enumerate() {
            let into = if turn < last || is_single { buffer(turn) } else { to };
            // SAFETY: the caller's promise; buffers hold all elements of a vector of lines.
            unsafe { pass.between(simd, from, into) };
            from = into;
        }
        if is_single {
            // SAFETY: the caller's promise.
            unsafe { Copied { len: self.len }.between(simd, from, to) };
        }
    }
}

/// Bytes of a buffer for a vector of lines of so many elements. Buffers begin at different places of a page.
pub(super) fn buffer_bytes<N: Number>(elements: usize) -> usize {
    (2 * elements * lanes::<N>() * size_of::<N>()).next_multiple_of(4096) + 320
}

/// The rows of a buffer.
#[inline(always)]
pub(super) fn buffer<N: Number, S: Simd>(start: *mut u8) -> Rows<'static, N> {
    let (re, lanes) = (start.cast::<N>(), size_of::<N::Vector<S>>() / size_of::<N>());
    Rows::Parts { re, im: re.wrapping_add(lanes), step: 2 * lanes as isize }
}

/// The radices of a length, largest first, and the product of the prime factors for which there are none. Powers of two and
/// three take as few passes as can be.
fn radices(len: usize) -> Option<(Vec<usize>, usize)> {
    let mut rest = len.checked_shr(len.trailing_zeros())?;
    let mut radices = Vec::new();
    for radix in std::iter::once(9).chain((3..=DIRECT).step_by(2)) {
        while rest.is_multiple_of(radix) {
            rest /= radix;
            radices.push(radix);
        }
    }
    let mut bits = len.trailing_zeros();
    while bits > 0 {
        let taken = bits.div_ceil(bits.div_ceil(3));
        radices.push(1 << taken);
        bits -= taken;
    }
    radices.sort_by_key(|radix| std::cmp::Reverse(*radix));
    // A transform of one number is a pass that copies.
    if len == 1 {
        radices.push(1);
    }
    Some((radices, rest))
}

/// True if a length has butterflies for all of its prime factors.
pub(super) fn is_smooth(len: usize) -> bool {
    radices(len).is_some_and(|(radices, rest)| rest == 1 && radices.iter().all(|radix| *radix <= ODD[ODD.len() - 1]))
}

/// Bytes of the tables of sums in a plan of double precision.
pub(in crate::cpu) fn table_bytes(len: usize) -> usize {
    let (radices, _) = radices(len).unwrap_or_default();
    radices
        .into_iter()
        .filter(|radix| !has_butterfly(*radix))
        .map(|radix| sums(radix).count() * size_of::<[f64; 2]>())
        .sum()
}

struct Run<'a, N> {
    plan: &'a Abreast<N>,
    is_inverse: bool,
    from: (*const N, isize),
    to: (*mut N, isize),
    past_cache: bool,
    count: usize,
    scratch: *mut u8,
}

impl<N: Number> WithSimd for Run<'_, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let lanes = size_of::<N::Vector<S>>() / size_of::<N>();
        for first in (0..self.count).step_by(lanes) {
            let from = Rows::Pairs {
                start: self.from.0.cast_mut().wrapping_add(2 * first),
                step: self.from.1,
                backwards: self.is_inverse.then_some(self.plan.len),
            };
            let (start, step) = (self.to.0.wrapping_add(2 * first), self.to.1);
            let to = match self.past_cache {
                true => Rows::Stream { start, step },
                false => Rows::Pairs { start, step, backwards: None },
            };
            // SAFETY: the promise of `run`.
            unsafe { self.plan.vector(simd, from, to, self.scratch) };
        }
    }
}
