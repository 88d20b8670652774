//! Logarithms by `s = f / (2 + f)` (Sun's fdlibm, `e_log.c`) and the inverse hyperbolic functions made of them.

use super::super::coefficients::LOG;
use super::super::poly::poly;
use super::{INF, LN2_HI, LN2_LO, LOG2E, NAN, fast_sum, fma, quot, sel, signed, two_prod, two_sum};

pub(crate) struct Red {
    pub(crate) k: f64,
    pub(crate) f: f64,
    pub(crate) fl: f64,
}

/// x + xl = 2^k (1 + f + fl), sqrt(1/2) <= 1 + f < sqrt 2; subnormals included. Garbage for x <= 0, inf, NaN.
#[inline(always)]
pub(crate) fn log_red(x: f64, xl: f64) -> Red {
    let sub = x < f64::MIN_POSITIVE;
    let y = sel(sub, x * 18014398509481984.0, x);
    let bias = sel(sub, 4503599627370496.0 + 1077.0, 4503599627370496.0 + 1023.0);
    let b = y.to_bits().wrapping_add(0x3ff0000000000000 - 0x3fe6a09e00000000);
    let e = b >> 52;
    let k = f64::from_bits(e | 0x4330000000000000) - bias;
    let m = f64::from_bits((b & 0x000fffffffffffff).wrapping_add(0x3fe6a09e00000000));
    // 2^-k for the low part, only used with normal x below 2^1023
    let s = f64::from_bits(0x7fe0000000000000u64.wrapping_sub(e << 52));
    Red { k, f: m - 1.0, fl: sel(xl == 0.0, 0.0, xl * s) }
}

/// Replaces lanes outside (0, inf).
#[inline(always)]
pub(crate) fn log_special(x: f64, y: f64) -> f64 {
    let y = sel(x < INF, y, x); // inf and NaN pass
    let y = sel(x > 0.0, y, NAN);
    sel(x == 0.0, -INF, sel(x != x, x, y))
}

/// ln(1 + f + fl) = hi + lo with hi = f - f^2/2 rounded.
#[inline(always)]
pub(crate) fn log1_pair(f: f64) -> (f64, f64) {
    let hf = 0.5 * f;
    let hfsq = hf * f;
    let s = f / (2.0 + f);
    let z = s * s;
    let t = s * fma(z, poly(z, &LOG), hfsq);
    let hi = f - hfsq;
    let lo = ((f - hi) - hfsq) - fma(hf, f, -hfsq) + t;
    (hi, lo)
}

#[inline(always)]
pub(crate) fn log(x: f64) -> f64 {
    let Red { k, f, .. } = log_red(x, 0.0);
    log_special(x, log_sum(k, f))
}

#[inline(always)]
fn log_sum(k: f64, f: f64) -> f64 {
    let hfsq = 0.5 * f * f;
    let s = f / (2.0 + f);
    let z = s * s;
    let t = fma(z, poly(z, &LOG), hfsq);
    let y = fma(s, t, k * LN2_LO);
    fma(k, LN2_HI, f - (hfsq - y))
}

/// Blocks of positive finite normal lanes take `log_plain`, same bits as `log`.
#[inline(always)]
pub(crate) fn is_log_plain(x: f64) -> bool {
    x.to_bits().wrapping_sub(1 << 52) < 0x7fe0 << 48
}

/// [`log_red`] of a plain lane: k and f.
#[inline(always)]
fn plain_red(x: f64) -> (f64, f64) {
    let b = x.to_bits().wrapping_add(0x3ff0000000000000 - 0x3fe6a09e00000000);
    let k = f64::from_bits(b >> 52 | 0x4330000000000000) - (4503599627370496.0 + 1023.0);
    let m = f64::from_bits((b & 0x000fffffffffffff).wrapping_add(0x3fe6a09e00000000));
    (k, m - 1.0)
}

/// `log` of plain lanes.
#[inline(always)]
pub(crate) fn log_plain(x: f64) -> f64 {
    let (k, f) = plain_red(x);
    log_sum(k, f)
}

/// k ln2 + ln(1 + f + fl), |fl| below an ulp of 1 + f.
#[inline(always)]
pub(crate) fn log_tail(k: f64, f: f64, fl: f64) -> f64 {
    let hfsq = 0.5 * f * f;
    let s = f / (2.0 + f);
    let z = s * s;
    let t = fma(z, poly(z, &LOG), hfsq);
    // fl / (1 + f): three bits suffice, exact at f = 0
    let inv = fma(f, f - 1.0, 1.0);
    let y = fma(s, t, fma(k, LN2_LO, fl * inv));
    fma(k, LN2_HI, f - (hfsq - y))
}

#[inline(always)]
pub(crate) fn log1p(x: f64) -> f64 {
    let u = 1.0 + x;
    let ul = sel(x.abs() < 1e17, two_sum(1.0, x).1, 0.0);
    let Red { k, f, fl } = log_red(u, ul);
    let y = log_special(u, log_tail(k, f, fl));
    sel(x.abs() < 1e-18, x, y)
}

/// log of 2^k (1 + f) to a base: k (k_hi + k_lo) + ln(1 + f) (c_hi + c_lo).
#[inline(always)]
fn log_base(k: f64, f: f64, k_hi: f64, k_lo: f64, c_hi: f64, c_lo: f64) -> f64 {
    let (hi, lo) = log1_pair(f);
    let (p, pl) = two_prod(hi, c_hi);
    let pl = fma(lo, c_hi, fma(hi + lo, c_lo, fma(k, k_lo, pl)));
    let (s, e) = fast_sum(k * k_hi, p);
    let e = sel(k == 0.0, 0.0, e);
    s + (e + pl)
}

#[inline(always)]
fn log2_sum(k: f64, f: f64) -> f64 {
    log_base(k, f, 1.0, 0.0, LOG2E, 2.0355273740931033e-17)
}

#[inline(always)]
pub(crate) fn log2(x: f64) -> f64 {
    let Red { k, f, .. } = log_red(x, 0.0);
    log_special(x, log2_sum(k, f))
}

/// `log2` of plain lanes, see [`is_log_plain`].
#[inline(always)]
pub(crate) fn log2_plain(x: f64) -> f64 {
    let (k, f) = plain_red(x);
    log2_sum(k, f)
}

#[inline(always)]
fn log10_sum(k: f64, f: f64) -> f64 {
    const LOG10_2_HI: f64 = f64::from_bits(0x3FD34413509F6000);
    log_base(k, f, LOG10_2_HI, 3.694239077158931e-13, std::f64::consts::LOG10_E, 1.098319650216765e-17)
}

#[inline(always)]
pub(crate) fn log10(x: f64) -> f64 {
    let Red { k, f, .. } = log_red(x, 0.0);
    log_special(x, log10_sum(k, f))
}

/// `log10` of plain lanes.
#[inline(always)]
pub(crate) fn log10_plain(x: f64) -> f64 {
    let (k, f) = plain_red(x);
    log10_sum(k, f)
}

#[inline(always)]
pub(crate) fn asinh(x: f64) -> f64 {
    let a = x.abs();
    let big = a > 1e10;
    let b = sel(big, 1.0, a);
    // b + b^2 / (1 + sqrt(1 + b^2)), everything in pairs
    let (w, wl) = two_prod(b, b);
    let (v, vl) = two_sum(w, 1.0);
    let vl = vl + wl;
    let s = v.sqrt();
    let sl = (fma(-s, s, v) + vl) * (0.5 / s);
    let (d, dl) = fast_sum(s, 1.0);
    let (t, tl) = quot(w, wl, d, dl + sl);
    let (h, l) = two_sum(b, t);
    let (u, ul) = two_sum(1.0, h);
    let u = sel(big, a, u);
    let Red { k, f, fl } = log_red(u, sel(big, 0.0, ul + (l + tl)));
    let y = log_tail(sel(big, k + 1.0, k), f, fl);
    let y = sel(a < INF, y, a);
    signed(sel(a < 1e-9, a, y), x)
}

#[inline(always)]
pub(crate) fn acosh(x: f64) -> f64 {
    let big = x > 1e10;
    let t = sel(big, 1.0, x) - 1.0;
    let w = fma(t, t, 2.0 * t);
    let (dw, el) = fast_sum(sel(t > 2.0, t * t, 2.0 * t), sel(t > 2.0, 2.0 * t, t * t));
    let wl = (dw - w) + (el + fma(t, t, -(t * t)));
    let s = w.sqrt();
    let inv = sel(w > 0.0, 0.5 / s, 0.0);
    let sl = (fma(-s, s, w) + wl) * inv;
    let (h, l) = two_sum(s, t);
    let (u, ul) = two_sum(1.0, h);
    let u = sel(big, x, u);
    let Red { k, f, fl } = log_red(u, sel(big, 0.0, ul + (l + sl)));
    let y = log_tail(sel(big, k + 1.0, k), f, fl);
    let y = sel(x < INF, y, x);
    sel(x >= 1.0, y, sel(x != x, x, NAN))
}

#[inline(always)]
pub(crate) fn atanh(x: f64) -> f64 {
    let a = x.abs();
    let d = 1.0 - a;
    let dl = (1.0 - d) - a;
    let (q, ql) = quot(2.0 * a, 0.0, d, dl);
    let (u, ul) = two_sum(1.0, q);
    let Red { k, f, fl } = log_red(u, ul + ql);
    let y = 0.5 * log_tail(k, f, fl);
    let y = sel(a < 1e-9, a, y);
    let y = sel(a < 1.0, y, sel(a == 1.0, INF, sel(a != a, a, NAN)));
    signed(y, x)
}
