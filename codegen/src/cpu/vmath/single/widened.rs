//! f64 on behalf of f32: logarithms, exponentials, roots, powers and error functions.

use super::super::coefficients::{ERF_S, ERFC_S, EXP_S, EXPM1_S, LOG_S, RCBRT};
use super::super::double::{INF, MAGIC, fma, pow2, sel};
use super::super::poly::poly;

const LN2: f64 = std::f64::consts::LN_2;

#[inline(always)]
pub(crate) fn select(c: bool, a: f32, b: f32) -> f32 {
    if c { a } else { b }
}

#[inline(always)]
pub(crate) fn signed(mag: f64, s: f32) -> f32 {
    f32::from_bits((mag as f32).to_bits() ^ (s.to_bits() & 0x8000_0000))
}

/// ln x for finite normal x > 0.
#[inline(always)]
pub(crate) fn log_w(x: f64) -> f64 {
    let b = x.to_bits().wrapping_add(0x3ff0000000000000 - 0x3fe6a09e00000000);
    let k = f64::from_bits(b >> 52 | 0x4330000000000000) - (4503599627370496.0 + 1023.0);
    let f = f64::from_bits((b & 0x000fffffffffffff).wrapping_add(0x3fe6a09e00000000)) - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    fma(k, LN2, fma(s * z, poly(z, &LOG_S), 2.0 * s))
}

#[inline(always)]
pub(crate) fn log_special(x: f64, y: f64) -> f64 {
    let y = sel(x < INF, y, x);
    let y = sel(x > 0.0, y, f64::NAN);
    sel(x == 0.0, -INF, sel(x != x, x, y))
}

#[inline(always)]
pub(crate) fn log2(x: f32) -> f32 {
    let x = x as f64;
    log_special(x, log_w(x) * std::f64::consts::LOG2_E) as f32
}

#[inline(always)]
pub(crate) fn log10(x: f32) -> f32 {
    let x = x as f64;
    log_special(x, log_w(x) * std::f64::consts::LOG10_E) as f32
}

#[inline(always)]
pub(crate) fn log1p(x: f32) -> f32 {
    let w = x as f64;
    let y = log_special(1.0 + w, log_w(1.0 + w));
    let tiny = fma(w * w, fma(w, 1.0 / 3.0, -0.5), w);
    let y = sel(w.abs() < 1e-4, tiny, y) as f32;
    select(x == 0.0, x, y)
}

/// e^x, |x| <= 700.
#[inline(always)]
pub(crate) fn exp_w(x: f64) -> f64 {
    let t = fma(x, std::f64::consts::LOG2_E, MAGIC);
    let r = fma(t - MAGIC, -LN2, x);
    fma(r * r, poly(r, &EXP_S), 1.0 + r) * pow2(t)
}

#[inline(always)]
pub(crate) fn expm1_w(x: f64) -> f64 {
    let t = fma(x, std::f64::consts::LOG2_E, MAGIC);
    let r = fma(t - MAGIC, -LN2, x);
    let s = pow2(t);
    fma(s, fma(r * r, poly(r, &EXPM1_S), r), s - 1.0)
}

#[inline(always)]
pub(crate) fn clamp(x: f64, m: f64) -> f64 {
    let x = sel(x > m, m, x);
    sel(x < -m, -m, x)
}

#[inline(always)]
pub(crate) fn expm1(x: f32) -> f32 {
    select(x == 0.0, x, expm1_w(clamp(x as f64, 100.0)) as f32)
}

#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let e = expm1_w(clamp((x as f64).abs(), 20.0) * 2.0);
    signed(e / (e + 2.0), x)
}

#[inline(always)]
pub(crate) fn sinh(x: f32) -> f32 {
    let e = expm1_w(clamp((x as f64).abs(), 100.0));
    signed(0.5 * (e + e / (e + 1.0)), x)
}

#[inline(always)]
pub(crate) fn cosh(x: f32) -> f32 {
    let e = exp_w(clamp((x as f64).abs(), 100.0));
    (0.5 * (e + 1.0 / e)) as f32
}

#[inline(always)]
pub(crate) fn asinh(x: f32) -> f32 {
    let a = (x as f64).abs();
    let w = a * a;
    let y = log_w(1.0 + (a + w / (1.0 + (w + 1.0).sqrt())));
    let y = sel(a < 5e-4, fma(w * a, -1.0 / 6.0, a), y);
    signed(sel(a < INF, y, a), x)
}

#[inline(always)]
pub(crate) fn acosh(x: f32) -> f32 {
    let w = x as f64;
    let t = w - 1.0;
    let y = log_w(w + (t * (t + 2.0)).sqrt());
    let y = sel(w < INF, y, w);
    sel(w >= 1.0, y, sel(w != w, w, f64::NAN)) as f32
}

#[inline(always)]
pub(crate) fn atanh(x: f32) -> f32 {
    let a = (x as f64).abs();
    let y = 0.5 * log_w((1.0 + a) / (1.0 - a));
    let y = sel(a < 5e-4, fma(a * a * a, 1.0 / 3.0, a), y);
    let y = sel(a < 1.0, y, sel(a == 1.0, INF, sel(a != a, a, f64::NAN)));
    signed(y, x)
}

#[inline(always)]
pub(crate) fn hypot(x: f32, y: f32) -> f32 {
    let (a, b) = ((x as f64).abs(), (y as f64).abs());
    let h = fma(a, a, b * b).sqrt();
    sel((a == INF) | (b == INF), INF, h) as f32
}

#[inline(always)]
pub(crate) fn cbrt(x: f32) -> f32 {
    let a = (x as f64).abs();
    let b = a.to_bits().wrapping_add(0x3ff0000000000000 - 0x3fe6a09e00000000);
    let k = f64::from_bits(b >> 52 | 0x4330000000000000) - (4503599627370496.0 + 1023.0);
    let m = f64::from_bits((b & 0x000fffffffffffff).wrapping_add(0x3fe6a09e00000000));
    let t = fma(k, 1.0 / 3.0, MAGIC);
    let j = fma(t - MAGIC, -3.0, k);
    let d = m * sel(j > 0.5, 2.0, sel(j < -0.5, 0.5, 1.0));
    let g = sel(j > 0.5, 0.7937005259840998, sel(j < -0.5, 1.2599210498948732, 1.0));
    let y = poly(m, &RCBRT) * g;
    let h = fma(-d * y, y * y, 1.0);
    let y = fma(y * h, 1.0 / 3.0, y);
    let r = d * (y * y) * pow2(t);
    signed(sel((a > 0.0) & (a < INF), r, a), x)
}

#[inline(always)]
pub(crate) fn pow(x: f32, y: f32) -> f32 {
    let (x, y) = (x as f64, y as f64);
    let a = x.abs();
    let p = y * log_special(a, log_w(a));
    let p = sel((y == 0.0) | (a == 1.0), 0.0, p);
    let r = exp_w(clamp(p, 300.0));
    let half = y * 0.5;
    let odd = (y.abs() < INF) & (y.floor() == y) & (half.floor() != half);
    let r = sel(x.is_sign_negative() & odd, -r, r);
    let bad = (x < 0.0) & (a < INF) & (y.floor() != y);
    let one = (y == 0.0) | (x == 1.0);
    let r = sel(bad, f64::NAN, r);
    sel(one, 1.0, sel((x != x) | (y != y), f64::NAN, r)) as f32
}

#[inline(always)]
fn erfc_w(a: f64) -> f64 {
    let a = sel(a > 12.0, 12.0, a);
    let inv = 1.0 / ((a + 4.0) * fma(2.0, a, 1.0));
    let t = (a - 4.0) * (inv * fma(2.0, a, 1.0));
    exp_w(-a * a) * (poly(t, &ERFC_S) * (inv * (a + 4.0)))
}

#[inline(always)]
pub(crate) fn erf(x: f32) -> f32 {
    let a = (x as f64).abs();
    let b = sel(a > 1.0, 1.0, a);
    signed(sel(a > 1.0, 1.0 - erfc_w(a), b * poly(b * b, &ERF_S)), x)
}

#[inline(always)]
pub(crate) fn erfc(x: f32) -> f32 {
    let w = x as f64;
    let y = erfc_w(w.abs());
    sel(w < 0.0, 2.0 - y, y) as f32
}

#[inline(always)]
pub(crate) fn logaddexp(x: f32, y: f32) -> f32 {
    let (x, y) = (x as f64, y as f64);
    let (hi, lo) = (sel(x > y, x, y), sel(x > y, y, x));
    let d = hi - lo;
    let e = exp_w(-sel(d < 200.0, d, 200.0));
    let r = hi + sel(e < 1e-4, fma(-0.5 * e, e, e), log_w(1.0 + e));
    let r = sel(hi.abs() == INF, hi, r);
    sel((x != x) | (y != y), f64::NAN, r) as f32
}
