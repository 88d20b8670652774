//! Cosine and sine transforms along one axis of real data, as graph code over Fourier transforms.
//!
//! Types 2 and 3 take one real transform of the same length (Makhoul 1980), type 4 a complex one of half the length, or for
//! odd lengths a real one of the same length (Chan and Ho 1992), type 1 the extension to a symmetric period, because shorter
//! ways lose digits. Sine transforms are cosine transforms of turned data: `DST-2 x = reversed DCT-2 (-1)^j x`,
//! `DST-3 x = (-1)^k DCT-3 reversed x`, and so for type 4. Scales and phases depend on the position alone; they are written
//! in double precision, and the compiler computes them once.

use super::lines::{resize, transform};
use super::{DctKind, Norm};
use crate::DType;
use crate::elementwise::{literal, zip};
use crate::error::argument;
use crate::join::pad;
use crate::lazy::{Built, Lazy, Source};
use ondine_ir::{Affine, Binary, FftKind, Index, Op, Pad, Scalar, Unary, View, Window};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2, FRAC_PI_4, PI, SQRT_2};

/// A transform of one kind, with all of its factors.
#[derive(Clone, Copy)]
pub(super) struct Cosine {
    pub(super) kind: DctKind,
    pub(super) sine: bool,
    /// The factor of every output.
    pub(super) scale: f64,
    /// The end points weighted so that the matrix is orthogonal up to its scale.
    pub(super) orthogonal: bool,
}

impl Cosine {
    /// The transform of `len` points that a call means; the inverse is that of the partner kind.
    pub(super) fn new(
        kind: DctKind,
        sine: bool,
        inverse: bool,
        norm: Norm,
        orthogonalize: Option<bool>,
        len: usize,
    ) -> Cosine {
        let logical = match (kind, sine) {
            (DctKind::I, false) => 2.0 * (len as f64 - 1.0),
            (DctKind::I, true) => 2.0 * (len as f64 + 1.0),
            _ => 2.0 * len as f64,
        };
        Cosine {
            kind: if inverse { kind.partner() } else { kind },
            sine,
            scale: norm.factor(!inverse, logical),
            orthogonal: orthogonalize.unwrap_or(norm == Norm::Ortho),
        }
    }

    /// The transform along an axis cut or padded to a length. The parts of complex numbers are transformed one by one.
    pub(super) fn along(self, op: &'static str, x: &Lazy, axis: usize, len: usize) -> Built {
        let least = if self.kind == DctKind::I && !self.sine { 2 } else { 1 };
        if len < least {
            return Err(argument(op, format!("a transform of length {len} along axis {axis} of {}", x.ty())));
        }
        let x = resize(x, axis, len)?.cast(x.ty().dtype.to_floating())?;
        if x.ty().dtype.is_complex() {
            let (re, im) = (self.real(op, &x.unary(Unary::Real)?, axis)?, self.real(op, &x.unary(Unary::Imag)?, axis)?);
            return zip(Binary::Complex, re, im);
        }
        self.real(op, &x, axis)
    }

    fn real(self, op: &'static str, x: &Lazy, axis: usize) -> Built {
        let line = Line { op, axis, len: x.shape()[axis] };
        match self.kind {
            DctKind::I => self.first(&line, x),
            DctKind::II => self.second(&line, x),
            DctKind::III => self.third(&line, x),
            DctKind::IV if line.len.is_multiple_of(2) => self.fourth_even(&line, x),
            DctKind::IV => self.fourth_odd(&line, x),
        }
    }

    /// The transform of the symmetric extension `x[0..n], x[n-2..0]`, or `0, x[0..n], 0, -x[n..]`.
    fn first(self, line: &Line, x: &Lazy) -> Built {
        let n = line.len;
        let (period, inner) = if self.sine { (2 * (n + 1), n) } else { (2 * (n - 1), n - 2) };
        if self.sine {
            let half = line.padded(x, 1, 0)?;
            let back = line.padded(&line.every(x, n as i64 - 1, -1, n)?.unary(Unary::Neg)?, 1, 0)?;
            let bins = line.fft(&line.joined(&[half, back])?, FftKind::RealForward, period)?;
            return self.scaled(line.every(&bins, 1, 1, n)?.unary(Unary::Imag)?, -1.0);
        }
        let x = if self.orthogonal { line.weighted(x, SQRT_2)? } else { x.clone() };
        let mut parts = vec![x.clone()];
        if inner > 0 {
            parts.push(line.every(&x, n as i64 - 2, -1, inner)?);
        }
        let bins = line.fft(&line.joined(&parts)?, FftKind::RealForward, period)?.unary(Unary::Real)?;
        let bins = self.scaled(bins, 1.0)?;
        if self.orthogonal { line.weighted(&bins, FRAC_1_SQRT_2) } else { Ok(bins) }
    }

    /// With `v = x[0], x[2], .., x[3], x[1]` and `W[k] = 2 exp(-i pi k / 2n) V[k]`: `y[k] = Re W[k]`, `y[n-k] = -Im W[k]`.
    fn second(self, line: &Line, x: &Lazy) -> Built {
        let n = line.len;
        let mut parts = vec![line.every(x, 0, 2, n.div_ceil(2))?];
        if n > 1 {
            let odd = line.every(x, 2 * (n as i64 / 2) - 1, -2, n / 2)?;
            parts.push(if self.sine { odd.unary(Unary::Neg)? } else { odd });
        }
        let bins = line.fft(&line.joined(&parts)?, FftKind::RealForward, n)?;
        let turns =
            Phases { count: n / 2 + 1, period: None, start: 0.0, step: -FRAC_PI_2 / n as f64, scale: 2.0 * self.scale };
        let first = self.orthogonal.then_some(SQRT_2 * self.scale);
        let turned = line.turned(&bins, turns, first)?;
        let low = turned.unary(Unary::Real)?;
        let mirrored = (n - 1) / 2;
        if mirrored == 0 {
            return if self.sine { line.every(&low, low.shape()[line.axis] as i64 - 1, -1, n) } else { Ok(low) };
        }
        let high = turned.unary(Unary::Imag)?.unary(Unary::Neg)?;
        match self.sine {
            false => line.joined(&[low, line.every(&high, mirrored as i64, -1, mirrored)?]),
            true => line.joined(&[line.every(&high, 1, 1, mirrored)?, line.every(&low, n as i64 / 2, -1, n / 2 + 1)?]),
        }
    }

    /// The second kind backwards: `V[k] = exp(i pi k / 2n) (x[k] - i x[n-k])` with `x[n] = 0` are the bins of `v`.
    fn third(self, line: &Line, x: &Lazy) -> Built {
        let n = line.len;
        let bins = n / 2 + 1;
        let (re, back) = match self.sine {
            false => (line.every(x, 0, 1, bins.min(n))?, line.every(x, n as i64 - 1, -1, n / 2)?),
            true => (line.every(x, n as i64 - 1, -1, bins.min(n))?, line.every(x, 0, 1, n / 2)?),
        };
        let im = line.padded(&back.unary(Unary::Neg)?, 1, 0)?;
        let turns = Phases { count: bins, period: None, start: 0.0, step: FRAC_PI_2 / n as f64, scale: self.scale };
        let first = self.orthogonal.then_some(SQRT_2 * self.scale);
        let turned = line.turned(&zip(Binary::Complex, re, im)?, turns, first)?;
        let v = line.fft(&turned, FftKind::RealInverse, n)?;
        let even = line.every(&v, 0, 1, n.div_ceil(2))?;
        let odd = line.every(&v, n as i64 - 1, -1, n / 2)?;
        line.woven(&even, &if self.sine { odd.unary(Unary::Neg)? } else { odd })
    }

    /// One complex transform of half the length: `z[m] = exp(-i pi (m + 1/4) / n) (x[2m] + i x[n-1-2m])` and
    /// `W[m] = 2 exp(-i pi m / n) Z[m]` give `y[2m] = Re W[m]`, `y[n-1-2m] = -Im W[m]`.
    fn fourth_even(self, line: &Line, x: &Lazy) -> Built {
        let (n, half) = (line.len, line.len / 2);
        let (up, down) = (line.every(x, 0, 2, half)?, line.every(x, n as i64 - 1, -2, half)?);
        let (re, im) = if self.sine { (down, up) } else { (up, down) };
        let step = -PI / n as f64;
        let before = Phases { count: half, period: None, start: step / 4.0, step, scale: 1.0 };
        let bins = line.fft(&line.turned(&zip(Binary::Complex, re, im)?, before, None)?, FftKind::Forward, half)?;
        let after = Phases { count: half, period: None, start: 0.0, step, scale: 2.0 * self.scale };
        let turned = line.turned(&bins, after, None)?;
        let odd = line.every(&turned.unary(Unary::Imag)?, half as i64 - 1, -1, half)?;
        line.woven(&turned.unary(Unary::Real)?, &if self.sine { odd } else { odd.unary(Unary::Neg)? })
    }

    /// The extension of `x` to a period of `4n` is read at `(n-1)/2 + 4i`, which meets every element once up to its sign; then
    /// `y[k] = 2 Re exp(-i pi (2k+1) / 4) V[(2k+1) mod n]`.
    fn fourth_odd(self, line: &Line, x: &Lazy) -> Built {
        let n = line.len;
        let x = if self.sine { line.every(x, n as i64 - 1, -1, n)? } else { x.clone() };
        let (mut parts, mut place) = (Vec::new(), (n - 1) / 2);
        let stop = place + 4 * n;
        while place < stop {
            let (block, at) = (place / n, place % n);
            let count = ((block + 1) * n).min(stop).abs_diff(place).div_ceil(4);
            let part = match block {
                0 | 2 | 4 => line.every(&x, at as i64, 4, count)?,
                _ => line.every(&x, (n - 1 - at) as i64, -4, count)?,
            };
            parts.push(if matches!(block, 1 | 2) { part.unary(Unary::Neg)? } else { part });
            place += 4 * count;
        }
        let bins = line.fft(&line.joined(&parts)?, FftKind::Forward, n)?;
        let mut order = vec![line.every(&bins, 0, 2, n.div_ceil(2))?];
        if n > 1 {
            order.insert(0, line.every(&bins, 1, 2, n / 2)?);
        }
        // A sine alternates in sign, which is half a turn from bin to bin. Four steps are a turn, so angles stay small.
        let step = if self.sine { FRAC_PI_2 } else { -FRAC_PI_2 };
        let turns = Phases { count: n, period: Some(4), start: -FRAC_PI_4, step, scale: 2.0 * self.scale };
        line.turned(&line.joined(&order)?, turns, None)?.unary(Unary::Real)
    }

    fn scaled(self, x: Lazy, sign: f64) -> Built {
        super::lines::scaled(x, sign * self.scale)
    }
}

/// `scale * exp(i (start + k step))` for `k` below a count, modulo the period.
#[derive(Clone, Copy)]
struct Phases {
    count: usize,
    period: Option<i64>,
    start: f64,
    step: f64,
    scale: f64,
}

impl Phases {
    fn built(self) -> Built {
        let number = |value: f64| literal(Scalar::from_f64(DType::F64, value));
        let mut k = Lazy::apply(Op::Iota(self.count), [])?;
        if let Some(period) = self.period {
            k = zip(Binary::Rem, k, literal(Scalar::from_i128(DType::I64, period.into()))?)?;
        }
        let mut angle = zip(Binary::Mul, k.cast(DType::F64)?, number(self.step)?)?;
        if self.start != 0.0 {
            angle = zip(Binary::Add, angle, number(self.start)?)?;
        }
        let part = |op: Unary| zip(Binary::Mul, angle.unary(op)?, number(self.scale)?);
        zip(Binary::Complex, part(Unary::Cos)?, part(Unary::Sin)?)
    }
}

/// The axis along which is worked; every part of a line is a view or a window of it.
struct Line {
    op: &'static str,
    axis: usize,
    len: usize,
}

impl Line {
    /// The elements `start + k step` of every line.
    fn every(&self, x: &Lazy, start: i64, step: i64, count: usize) -> Built {
        let mut source = Index::identity(x.rank());
        // A step past the only element would be a number without a meaning.
        let along = if count <= 1 { Index::constant(0) } else { Index::axis(self.axis).times(step) };
        source[self.axis] = along.plus(if count == 0 { 0 } else { start });
        x.view(View::Affine(Affine::new(x.shape().with(self.axis, count), source)))
    }

    fn joined(&self, parts: &[Lazy]) -> Built {
        match parts {
            [only] => Ok(only.clone()),
            _ => Lazy::apply(Op::Concat { axis: self.axis }, parts.iter().map(Source::from)),
        }
    }

    /// Zeros before and after.
    fn padded(&self, x: &Lazy, before: usize, after: usize) -> Built {
        let mut counts = [vec![0; x.rank()], vec![0; x.rank()]];
        (counts[0][self.axis], counts[1][self.axis]) = (before, after);
        pad(x, &counts[0], &counts[1], literal(Scalar::zero(x.ty().dtype))?.into())
    }

    /// The elements of two arrays by turns.
    fn woven(&self, even: &Lazy, odd: &Lazy) -> Built {
        let (axis, extents) = (self.axis, [even.shape()[self.axis], odd.shape()[self.axis]]);
        if extents[1] == 0 {
            return Ok(even.clone());
        }
        let shape = even.shape().with(axis, extents[0] + extents[1]);
        let windows = |start: usize, extent: usize| -> Vec<Window> {
            let mut windows: Vec<Window> = shape.iter().map(|&extent| Window::whole(extent)).collect();
            windows[axis] = if extent == 1 { Window::run(start, 1) } else { Window { start, step: 2, extent } };
            windows
        };
        let spread = Pad { shape: shape.clone(), windows: windows(0, extents[0]) };
        let spread = Lazy::apply(Op::Pad(spread), [even.into(), literal(Scalar::zero(even.ty().dtype))?.into()])?;
        Lazy::apply(Op::Update(windows(1, extents[1])), [spread.into(), odd.into()])
    }

    /// A transform that is not scaled.
    fn fft(&self, x: &Lazy, kind: FftKind, len: usize) -> Built {
        let norm = if kind.is_forward() { Norm::Backward } else { Norm::Forward };
        transform(self.op, x, kind, &[(self.axis, len)], norm)
    }

    /// A vector along the axis, in all lines.
    fn spread(&self, vector: &Lazy, like: &Lazy) -> Built {
        vector.view(View::Affine(Affine::new(like.shape().clone(), [Index::axis(self.axis)])))
    }

    /// The product with phases, the first of which may be another number.
    fn turned(&self, x: &Lazy, phases: Phases, first: Option<f64>) -> Built {
        let mut factors = phases.built()?;
        if let Some(first) = first {
            let first = literal(Scalar::from_f64(DType::C128, first))?;
            factors = Lazy::apply(Op::Update(vec![Window::run(0, 1)]), [factors.into(), first.into()])?;
        }
        let factors = factors.cast(x.ty().dtype.to_complex())?;
        zip(Binary::Mul, x, self.spread(&factors, x)?)
    }

    /// The first and the last element of every line times a factor.
    fn weighted(&self, x: &Lazy, factor: f64) -> Built {
        let number = |value: f64| literal(Scalar::from_f64(x.ty().dtype, value));
        let ones = number(1.0)?.view(View::Affine(Affine::broadcast(&[].into(), [self.len].into())))?;
        let ends = Window { start: 0, step: self.len - 1, extent: 2 };
        let weights = Lazy::apply(Op::Update(vec![ends]), [ones.into(), number(factor)?.into()])?;
        zip(Binary::Mul, x, self.spread(&weights, x)?)
    }
}
