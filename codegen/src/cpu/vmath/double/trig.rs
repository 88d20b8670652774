//! Sine, cosine and tangent: Cody-Waite reduction by a three-part pi/2, polynomials on |r| <= pi/4.

use super::super::coefficients::{COS, SIN};
use super::super::poly::poly;
use super::large::reduce;
use super::{MAGIC, PIO2_LO, fast_sum, fma, quot, sel};

/// Beyond this the three-part pi/2 no longer suffices and `tile` patches the lane by Payne-Hanek.
pub(crate) const TRIG_MAX: f64 = 1073741824.0;

#[derive(Clone, Copy)]
pub(crate) struct Arg {
    pub(crate) r: f64,
    pub(crate) lo: f64,
    pub(crate) k: u64,
}

/// x = k pi/2 + r + lo; x - k P1 is exact, k P2 is split into a product pair.
#[inline(always)]
pub(crate) fn trig_red(x: f64) -> Arg {
    const P1: f64 = std::f64::consts::FRAC_PI_2;
    const P3: f64 = -1.4973849048591833e-33;
    let t = fma(x, std::f64::consts::FRAC_2_PI, MAGIC);
    let kd = t - MAGIC;
    let r0 = fma(kd, -P1, x);
    let ph = kd * PIO2_LO;
    let pl = fma(kd, PIO2_LO, -ph);
    let r = r0 - ph;
    let lo = fma(kd, -P3, ((r0 - r) - ph) - pl);
    Arg { r, lo, k: t.to_bits() }
}

/// sin(r + lo) = r + .0, cos(r + lo) = .1 + .2
#[inline(always)]
pub(crate) fn sincos_parts(r: f64, lo: f64) -> (f64, f64, f64) {
    let z = r * r;
    let zl = fma(r, r, -z);
    let s = fma(z * r, poly(z, &SIN), fma(z * lo, -0.5, lo));
    let hz = 0.5 * z;
    let w = 1.0 - hz;
    let c = ((1.0 - w) - hz) + fma(z * z, poly(z, &COS), -fma(r, lo, 0.5 * zl));
    (s, w, c)
}

#[inline(always)]
pub(crate) fn quadrant(sin: f64, cos: f64, k: u64) -> f64 {
    let y = sel(k & 1 == 0, sin, cos);
    f64::from_bits(y.to_bits() ^ ((k & 2) << 62))
}

#[inline(always)]
pub(crate) fn sin_red(a: Arg) -> f64 {
    let (s, w, c) = sincos_parts(a.r, a.lo);
    quadrant(a.r + s, w + c, a.k)
}

#[inline(always)]
pub(crate) fn cos_red(a: Arg) -> f64 {
    let (s, w, c) = sincos_parts(a.r, a.lo);
    quadrant(a.r + s, w + c, a.k.wrapping_add(1))
}

#[inline(always)]
pub(crate) fn tan_red(a: Arg) -> f64 {
    let (s, w, c) = sincos_parts(a.r, a.lo);
    let (sh, sl) = fast_sum(a.r, s);
    let (ch, cl) = fast_sum(w, c);
    let odd = a.k & 1 == 1;
    let (nh, nl) = (sel(odd, -ch, sh), sel(odd, -cl, sl));
    let (dh, dl) = (sel(odd, sh, ch), sel(odd, sl, cl));
    let (q, ql) = quot(nh, nl, dh, dl);
    q + ql
}

#[inline(always)]
pub(crate) fn sin(x: f64) -> f64 {
    sel(x == 0.0, x, sin_red(trig_red(x)))
}

#[inline(always)]
pub(crate) fn cos(x: f64) -> f64 {
    cos_red(trig_red(x))
}

#[inline(always)]
pub(crate) fn tan(x: f64) -> f64 {
    sel(x.abs() < 1e-9, x, tan_red(trig_red(x)))
}

/// True for lanes that the reduction of [`sin`], [`cos`] and [`tan`] does not cover; infinities and NaN included.
#[inline(always)]
pub(crate) fn is_large(x: f64) -> bool {
    !(x.abs() < TRIG_MAX)
}

/// Sine of a large lane.
pub(crate) fn sin_large(x: f64) -> f64 {
    sin_red(reduce(x))
}

/// Cosine of a large lane.
pub(crate) fn cos_large(x: f64) -> f64 {
    cos_red(reduce(x))
}

/// Tangent of a large lane.
pub(crate) fn tan_large(x: f64) -> f64 {
    tan_red(reduce(x))
}

/// Sine and cosine of a lane within [`TRIG_MAX`].
#[inline(always)]
pub(crate) fn sincos(x: f64) -> (f64, f64) {
    let (s, c) = sincos_red(trig_red(x));
    (sel(x == 0.0, x, s), c)
}

/// Sine and cosine of a reduced argument.
#[inline(always)]
pub(crate) fn sincos_red(a: Arg) -> (f64, f64) {
    let (s, w, c) = sincos_parts(a.r, a.lo);
    let (s, c) = (a.r + s, w + c);
    (quadrant(s, c, a.k), quadrant(s, c, a.k.wrapping_add(1)))
}
