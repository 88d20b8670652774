//! f64 on behalf of f32: trigonometric functions and their inverses.

use super::super::coefficients::{ASIN_S, ATAN_S, COS_S, SIN_S};
use super::super::double::large::reduce;
use super::super::double::trig::TRIG_MAX;
use super::super::double::{MAGIC, fma, sel};
use super::super::poly::poly;
use super::widened::{select, signed};

const PI_2: f64 = std::f64::consts::FRAC_PI_2;
const PI_4: f64 = std::f64::consts::FRAC_PI_4;

#[inline(always)]
fn sincos_w(x: f64) -> (f64, f64, u64) {
    let t = fma(x, std::f64::consts::FRAC_2_PI, MAGIC);
    let kd = t - MAGIC;
    let r = fma(kd, -6.123233995736766e-17, fma(kd, -std::f64::consts::FRAC_PI_2, x));
    parts(r, t.to_bits())
}

#[inline(always)]
fn parts(r: f64, k: u64) -> (f64, f64, u64) {
    let z = r * r;
    let s = fma(z * r, poly(z, &SIN_S), r);
    let c = fma(z * z, poly(z, &COS_S), fma(z, -0.5, 1.0));
    (s, c, k)
}

#[inline(always)]
pub(crate) fn quadrant(s: f64, c: f64, k: u64) -> f32 {
    let y = sel(k & 1 == 0, s, c);
    f64::from_bits(y.to_bits() ^ ((k & 2) << 62)) as f32
}

#[inline(always)]
pub(crate) fn sin(x: f32) -> f32 {
    let (s, c, k) = sincos_w(x as f64);
    select(x == 0.0, x, quadrant(s, c, k))
}

#[inline(always)]
pub(crate) fn cos(x: f32) -> f32 {
    let (s, c, k) = sincos_w(x as f64);
    quadrant(s, c, k.wrapping_add(1))
}

#[inline(always)]
fn tan_parts(s: f64, c: f64, k: u64) -> f32 {
    let odd = k & 1 == 1;
    (sel(odd, -c, s) / sel(odd, s, c)) as f32
}

#[inline(always)]
pub(crate) fn tan(x: f32) -> f32 {
    let (s, c, k) = sincos_w(x as f64);
    select(x == 0.0, x, tan_parts(s, c, k))
}

/// Sine of a lane beyond [`TRIG_MAX`](super::super::double::trig::TRIG_MAX).
pub(crate) fn sin_large(x: f32) -> f32 {
    let a = reduce(x as f64);
    let (s, c, k) = parts(a.r, a.k);
    quadrant(s, c, k)
}

/// Cosine of a lane beyond `TRIG_MAX`.
pub(crate) fn cos_large(x: f32) -> f32 {
    let a = reduce(x as f64);
    let (s, c, k) = parts(a.r, a.k);
    quadrant(s, c, k.wrapping_add(1))
}

/// Tangent of a lane beyond `TRIG_MAX`.
pub(crate) fn tan_large(x: f32) -> f32 {
    let a = reduce(x as f64);
    let (s, c, k) = parts(a.r, a.k);
    tan_parts(s, c, k)
}

#[inline(always)]
fn atan_w(n: f64, d: f64) -> f64 {
    let (mid, top) = (n > d * 0.41421356237309503, n > d * 2.414213562373095);
    let num = sel(top, -d, sel(mid, n - d, n));
    let den = sel(top, n, sel(mid, n + d, d));
    let t = num / den;
    let z = t * t;
    sel(top, PI_2, sel(mid, PI_4, 0.0)) + fma(t * z, poly(z, &ATAN_S), t)
}

#[inline(always)]
pub(crate) fn atan(x: f32) -> f32 {
    let a = (x as f64).abs();
    signed(atan_w(sel(a > 1e300, 1e300, a), 1.0), x)
}

#[inline(always)]
pub(crate) fn atan2(y: f32, x: f32) -> f32 {
    let (a, b) = ((y as f64).abs(), (x as f64).abs());
    let a = sel(a > 1e300, 1e300, a);
    let b = sel(b > 1e300, 1e300, b);
    let b = sel((a == 0.0) & (b == 0.0), 1.0, b);
    let r = atan_w(a, b);
    signed(sel(x.is_sign_negative(), std::f64::consts::PI - r, r), y)
}

#[inline(always)]
fn asin_w(a: f64) -> f64 {
    let big = a > 0.5;
    let z2 = fma(a, -0.5, 0.5);
    let z = sel(big, z2, a * a);
    let s = sel(big, z2.sqrt(), a);
    fma(s * z, poly(z, &ASIN_S), s)
}

#[inline(always)]
pub(crate) fn asin(x: f32) -> f32 {
    let a = (x as f64).abs();
    let s = asin_w(a);
    signed(sel(a > 0.5, fma(-2.0, s, PI_2), s), x)
}

#[inline(always)]
pub(crate) fn acos(x: f32) -> f32 {
    let w = x as f64;
    let a = w.abs();
    let s = asin_w(a);
    let neg = w < 0.0;
    let far = sel(neg, fma(-2.0, s, std::f64::consts::PI), 2.0 * s);
    let near = sel(neg, PI_2 + s, PI_2 - s);
    sel(a > 0.5, far, near) as f32
}

/// As the f64 [`is_large`](super::super::double::trig::is_large).
#[inline(always)]
pub(crate) fn is_large(x: f32) -> bool {
    !(x.abs() < TRIG_MAX as f32)
}
