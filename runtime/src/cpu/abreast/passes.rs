//! Complex transforms: a list of passes, and the walk from one buffer to another.

use super::butterfly::{Inputs, ODD, Outputs, butterfly};
use super::places::{Backwards, Load, Pairs, Parts, Reals, Store, Stream};
use super::vector::{Number, Order, Pair, dispatch_wide};
use crate::cpu::ahead::Ahead;
use pulp::{Simd, WithSimd};
use std::f64::consts::TAU;

/// A forward transform of lines side by side.
pub(crate) struct Abreast<N> {
    len: usize,
    passes: Vec<Pass<N>>,
    /// A long line is cut by its only pass into as many lines as the radix, which then are transformed one by one, in the
    /// cache that is nearest.
    inner: Option<Box<Abreast<N>>>,
}

/// Elements of a line up to which passes run over all of it.
const SHORT: usize = 64;

/// Elements between the lines that a long one is cut into, which do not begin in the same cache set then.
const APART: usize = 4;

/// One pass. With `stride` the product of the radices before it and `rest` that of the ones behind, it takes elements
/// `q + stride * (p + rest * k)`, `k < radix`, to `q + by_p * p + by_j * j`, times `exp(-2 pi i p j / (radix * rest))`.
struct Pass<N> {
    radix: usize,
    stride: usize,
    rest: usize,
    by_p: usize,
    by_j: usize,
    /// Factors for `j` from 1 on, `p` by `p`. None in the last pass.
    twiddles: Vec<[N; 2]>,
    /// `[cos, sin]` of `2 pi k / radix`.
    roots: Vec<[N; 2]>,
}

impl<N: Number> Pass<N> {
    fn new(radix: usize, stride: usize, rest: usize) -> Pass<N> {
        let root = |numerator: usize, of: usize| {
            let angle = (numerator % of) as f64 / of as f64 * TAU;
            [angle.cos(), angle.sin()].map(N::nearest)
        };
        let twiddle = |p: usize, j: usize| {
            let [cos, sin] = root(p * j, radix * rest);
            [cos, N::nearest(0.0) - sin]
        };
        let twiddles = match rest {
            1 => Vec::new(),
            _ => (0..rest).flat_map(|p| (1..radix).map(move |j| (p, j))).map(|(p, j)| twiddle(p, j)).collect(),
        };
        let roots = (0..radix).map(|k| root(k, radix)).collect();
        Pass { radix, stride, rest, by_p: stride * radix, by_j: stride, twiddles, roots }
    }
}

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
}

impl<N: Number> Abreast<N> {
    /// The transform of this length, unless it has a large prime factor.
    pub(crate) fn new(len: usize) -> Option<Abreast<N>> {
        let radices = radices(len)?;
        let (&first, others) = radices.split_first()?;
        if len > SHORT && !others.is_empty() {
            let rest = len / first;
            let pass = Pass { by_p: 1, by_j: rest + APART, ..Pass::new(first, 1, rest) };
            return Some(Abreast { len, passes: vec![pass], inner: Some(Box::new(Abreast::new(rest)?)) });
        }
        let (mut stride, mut rest) = (1, len);
        let passes = radices.into_iter().map(|radix| {
            rest /= radix;
            let pass = Pass::new(radix, stride, rest);
            stride *= radix;
            pass
        });
        Some(Abreast { len, passes: passes.collect(), inner: None })
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Bytes of scratch memory that a run takes.
    pub(crate) fn scratch_bytes(&self) -> usize {
        match &self.inner {
            Some(inner) => self.buffer_bytes() + inner.scratch_bytes(),
            None => 2 * self.buffer_bytes(),
        }
    }

    /// How often a vector of lines fetches what is wanted later: once for every short line.
    pub(crate) fn turns(&self) -> usize {
        self.inner.as_ref().map_or(1, |inner| self.passes[0].radix * inner.turns())
    }

    fn buffer_bytes(&self) -> usize {
        // Buffers begin at different places of a page.
        (2 * (self.len + APART * self.passes[0].radix) * super::vector::lanes::<N>() * size_of::<N>())
            .next_multiple_of(4096)
            + 320
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

    /// All passes for one vector of lines, from and to rows of any kind.
    ///
    /// # Safety
    /// As for `run`, for the lines of a vector.
    #[inline(always)]
    pub(super) unsafe fn vector<S: Simd>(&self, simd: S, from: Rows<'_, N>, to: Rows<'_, N>, scratch: *mut u8) {
        let lanes = size_of::<N::Vector<S>>() / size_of::<N>();
        let buffer = |turn: usize| {
            let re = scratch.wrapping_add(turn % 2 * self.buffer_bytes()).cast::<N>();
            Rows::Parts { re, im: re.wrapping_add(lanes), step: 2 * lanes as isize }
        };
        if let Some(inner) = &self.inner {
            let Pass { radix, rest, .. } = self.passes[0];
            let (cut, scratch) = (buffer(0), scratch.wrapping_add(self.buffer_bytes()));
            // SAFETY: the caller's promise; the buffer holds all elements, and the inner scratch memory is behind it.
            unsafe {
                self.passes[0].run(simd, from, cut);
                for j in 0..radix {
                    inner.vector(simd, cut.from(j * (rest + APART), 1), to.from(j, radix as isize), scratch);
                }
            }
            return;
        }
        Ahead::fetch();
        let last = self.passes.len() - 1;
        // One pass alone would need butterflies between pairs and pairs; it writes parts first.
        let is_single =
            last == 0 && matches!((from, to), (Rows::Pairs { .. }, Rows::Pairs { .. } | Rows::Stream { .. }));
        let mut from = from;
        for (turn, pass) in self.passes.iter().enumerate() {
            let into = if turn < last || is_single { buffer(turn) } else { to };
            // SAFETY: the caller's promise; buffers hold all elements of a vector of lines.
            unsafe { pass.run(simd, from, into) };
            from = into;
        }
        if is_single
            && let (
                Rows::Parts { re, im, step },
                Rows::Pairs { start, step: to, .. } | Rows::Stream { start, step: to },
            ) = (from, to)
        {
            for at in 0..self.len as isize {
                // SAFETY: the caller's promise.
                unsafe {
                    let pair = Pair::<N, S>::load_parts(re.wrapping_offset(at * step), im.wrapping_offset(at * step));
                    pair.store_pairs(simd, start.wrapping_offset(at * to));
                }
            }
        }
    }
}

/// The radices of a length, if there are butterflies for all of them. Powers of two take as few passes as can be.
fn radices(len: usize) -> Option<Vec<usize>> {
    let mut rest = len.checked_shr(len.trailing_zeros())?;
    let mut radices = Vec::new();
    for radix in ODD {
        while rest % radix == 0 {
            rest /= radix;
            radices.push(radix);
        }
    }
    let mut bits = len.trailing_zeros();
    while bits > 0 {
        let taken = bits.div_ceil(bits.div_ceil(3));
        radices.insert(0, 1 << taken);
        bits -= taken;
    }
    radices.sort_by_key(|radix| std::cmp::Reverse(*radix));
    // A transform of one number is a pass that copies.
    if radices.is_empty() {
        radices.push(1);
    }
    (rest == 1).then_some(radices)
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
    fn from(self, first: usize, every: isize) -> Self {
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
        }
    }
}

impl<N: Number> Pass<N> {
    /// # Safety
    /// Both sides hold all elements of a vector of lines.
    #[inline(always)]
    unsafe fn run<S: Simd>(&self, simd: S, from: Rows<'_, N>, to: Rows<'_, N>) {
        // SAFETY: the caller's promise.
        unsafe {
            match (from, to) {
                (Rows::Pairs { start, step, backwards: None }, Rows::Parts { re, im, step: into }) => {
                    self.between(simd, Pairs { start, step }, Parts { re, im, step: into });
                }
                (Rows::Pairs { start, step, backwards: Some(len) }, Rows::Parts { re, im, step: into }) => {
                    let from = Backwards { start, end: start.wrapping_offset(len as isize * step), step: -step };
                    self.between(simd, from, Parts { re, im, step: into });
                }
                (Rows::Parts { re, im, step }, Rows::Parts { re: to_re, im: to_im, step: into }) => {
                    self.between(simd, Parts { re, im, step }, Parts { re: to_re, im: to_im, step: into });
                }
                (Rows::Parts { re, im, step }, Rows::Pairs { start, step: into, .. }) => {
                    self.between(simd, Parts { re, im, step }, Pairs { start, step: into });
                }
                (Rows::Reals { re, im, step, order }, Rows::Parts { re: to_re, im: to_im, step: into }) => {
                    let from = Reals { parts: Parts { re, im, step }, order };
                    self.between(simd, from, Parts { re: to_re, im: to_im, step: into });
                }
                (Rows::Parts { re, im, step }, Rows::Reals { re: to_re, im: to_im, step: into, order }) => {
                    let to = Reals { parts: Parts { re: to_re, im: to_im, step: into }, order };
                    self.between(simd, Parts { re, im, step }, to);
                }
                (Rows::Parts { re, im, step }, Rows::Stream { start, step: into }) => {
                    let (from, to) = (Parts { re, im, step }, Stream { start, step: into });
                    // The last radix is the smallest; code for others would be large and of little use.
                    match self.radix {
                        2 => self.radix::<S, 2>(simd, from, to),
                        3 => self.radix::<S, 3>(simd, from, to),
                        4 => self.radix::<S, 4>(simd, from, to),
                        5 => self.radix::<S, 5>(simd, from, to),
                        8 => self.radix::<S, 8>(simd, from, to),
                        _ => self.between(simd, from, Pairs { start, step: into }),
                    }
                }
                _ => unreachable!("a pass reads or writes a buffer"),
            }
        }
    }

    /// # Safety
    /// As for `run`.
    #[inline(always)]
    unsafe fn between<S: Simd>(&self, simd: S, from: impl Load<N>, to: impl Store<N>) {
        // SAFETY: the caller's promise.
        unsafe {
            match self.radix {
                1 => self.radix::<S, 1>(simd, from, to),
                2 => self.radix::<S, 2>(simd, from, to),
                3 => self.radix::<S, 3>(simd, from, to),
                4 => self.radix::<S, 4>(simd, from, to),
                5 => self.radix::<S, 5>(simd, from, to),
                7 => self.radix::<S, 7>(simd, from, to),
                8 => self.radix::<S, 8>(simd, from, to),
                11 => self.radix::<S, 11>(simd, from, to),
                13 => self.radix::<S, 13>(simd, from, to),
                _ => unreachable!("a plan has radices with butterflies"),
            }
        }
    }

    /// # Safety
    /// As for `run`.
    #[inline(always)]
    unsafe fn radix<S: Simd, const R: usize>(&self, simd: S, from: impl Load<N>, to: impl Store<N>) {
        let roots: &[[N; 2]; R] = self.roots[..].try_into().expect("as many roots as the radix");
        simd.vectorize(Radix { pass: self, roots, from, to });
    }
}

/// A pass of one radix, compiled as a function of its own.
struct Radix<'a, N, F, T, const R: usize> {
    pass: &'a Pass<N>,
    roots: &'a [[N; 2]; R],
    from: F,
    to: T,
}

/// Elements at equal distances.
#[derive(Clone, Copy)]
struct Input<'a, F, const R: usize> {
    rows: F,
    first: isize,
    others: &'a [isize; R],
}

impl<N: Number, F: Load<N>, const R: usize> Inputs<N> for Input<'_, F, R> {
    #[inline(always)]
    unsafe fn take<S: Simd>(self, simd: S, k: usize) -> Pair<N, S> {
        // SAFETY: the caller's promise.
        unsafe {
            match k {
                0 => self.rows.load_any(simd, self.first),
                _ => self.rows.load(simd, self.first + self.others[k]),
            }
        }
    }
}

/// Places at equal distances, and factors for all but the first where there are some.
#[derive(Clone, Copy)]
struct Output<'a, N, T, const R: usize, const HAS_TWIDDLES: bool> {
    rows: T,
    first: isize,
    others: &'a [isize; R],
    twiddles: &'a [[N; 2]],
}

impl<N: Number, T: Store<N>, const R: usize, const HAS_TWIDDLES: bool> Outputs<N>
    for Output<'_, N, T, R, HAS_TWIDDLES>
{
    #[inline(always)]
    unsafe fn put<S: Simd>(self, simd: S, j: usize, pair: Pair<N, S>) {
        let pair = match j > 0 && HAS_TWIDDLES {
            true => pair.times(simd, Pair::splat(simd, self.twiddles[j - 1])),
            false => pair,
        };
        // SAFETY: the caller's promise.
        unsafe { self.rows.store(simd, self.first + self.others[j], pair) };
    }
}

impl<N: Number, F: Load<N>, T: Store<N>, const R: usize> WithSimd for Radix<'_, N, F, T, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Radix { pass: &Pass { stride, rest, by_p, by_j, ref twiddles, .. }, roots, from, to } = self;
        let (step, into) = (from.step(), to.step());
        // How far the elements of a butterfly are from its first, on both sides.
        let read: [isize; R] = std::array::from_fn(|k| (stride * rest * k) as isize * step);
        let written: [isize; R] = std::array::from_fn(|j| (by_j * j) as isize * into);
        // SAFETY: the promise of `run`; all positions are below the length.
        unsafe {
            if rest == 1 {
                for q in 0..stride as isize {
                    let input = Input { rows: from, first: q * step, others: &read };
                    let output =
                        Output::<_, _, R, false> { rows: to, first: q * into, others: &written, twiddles: &[] };
                    butterfly::<N, S, R>(simd, roots, input, output);
                }
                return;
            }
            for p in 0..rest {
                let twiddles = &twiddles[p * (R - 1)..][..R - 1];
                for q in 0..stride {
                    let (first, last) = ((q + stride * p) as isize * step, (q + by_p * p) as isize * into);
                    let input = Input { rows: from, first, others: &read };
                    let output = Output::<_, _, R, true> { rows: to, first: last, others: &written, twiddles };
                    butterfly::<N, S, R>(simd, roots, input, output);
                }
            }
        }
    }
}
