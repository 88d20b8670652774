//! Exponentials and hyperbolic functions: Cody-Waite reduction by ln 2, `e^r` by a polynomial on |r| <= ln2/2.

use super::super::coefficients::{EXP, EXP2, EXPM1};
use super::super::poly::poly;
use super::{LN2_HI, LN2_LO, LOG2E, MAGIC, fast_sum, fma, pow2, quot, scale2, sel, signed, two_sum};

/// `EXPM1` without its leading 1/2.
const EXPM1_REST: [f64; EXPM1.len() - 1] = {
    assert!(EXPM1[0] == 0.5);
    let mut rest = [0.0; EXPM1.len() - 1];
    let mut i = 0;
    while i < rest.len() {
        rest[i] = EXPM1[i + 1];
        i += 1;
    }
    rest
};

#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    let x = sel(x > 710.0, 710.0, x);
    let x = sel(x < -746.0, -746.0, x);
    let kd = fma(x, LOG2E, MAGIC) - MAGIC;
    scale2(exp_frac(x, kd), kd)
}

/// e^(x - kd ln2).
#[inline(always)]
pub(crate) fn exp_frac(x: f64, kd: f64) -> f64 {
    let r0 = fma(kd, -LN2_HI, x);
    let r = fma(kd, -LN2_LO, r0);
    let rl = fma(kd, -LN2_LO, r0 - r);
    1.0 + (r + fma(r * r, poly(r, &EXP), rl))
}

/// Blocks whose lanes all satisfy this take `exp_plain`: normal result, same bits as `exp`.
#[inline(always)]
pub(crate) fn is_exp_plain(x: f64) -> bool {
    x.abs() < 708.0
}

#[inline(always)]
pub(crate) fn exp_plain(x: f64) -> f64 {
    let t = fma(x, LOG2E, MAGIC);
    f64::from_bits(exp_frac(x, t - MAGIC).to_bits().wrapping_add(t.to_bits() << 52))
}

/// e^(x + l) as a pair, -746 <= x <= 0, l below an ulp of x; the low part is lost where it is subnormal.
#[inline(always)]
pub(crate) fn exp_pair(x: f64, l: f64) -> (f64, f64) {
    let kd = fma(x, LOG2E, MAGIC) - MAGIC;
    let r0 = fma(kd, -LN2_HI, x);
    let (r, rl) = two_sum(r0, fma(kd, -LN2_LO, l));
    let (p, pl) = fast_sum(1.0, r);
    let (h, l) = fast_sum(p, pl + fma(r * r, poly(r, &EXP), fma(rl, r, rl)));
    (scale2(h, kd), scale2(l, kd))
}

/// e^(h + l).
#[inline(always)]
pub(crate) fn exp_dd(h: f64, l: f64) -> f64 {
    let c = h;
    let h = sel(h > 710.0, 710.0, h);
    let h = sel(h < -746.0, -746.0, h);
    let l = sel(c == h, l, 0.0);
    let kd = fma(h, LOG2E, MAGIC) - MAGIC;
    let r0 = fma(kd, -LN2_HI, h);
    let (r, rl) = two_sum(r0, fma(kd, -LN2_LO, l));
    let (p, pl) = fast_sum(1.0, r);
    scale2(p + (pl + fma(r * r, poly(r, &EXP), fma(rl, r, rl))), kd)
}

#[inline(always)]
pub(crate) fn exp2(x: f64) -> f64 {
    let x = sel(x > 1024.0, 1024.0, x);
    let x = sel(x < -1080.0, -1080.0, x);
    let kd = (x + MAGIC) - MAGIC;
    let r = x - kd;
    scale2(exp2_frac(r), kd)
}

/// 2^r, |r| <= 1/2.
#[inline(always)]
fn exp2_frac(r: f64) -> f64 {
    const L: f64 = std::f64::consts::LN_2;
    const LL: f64 = 2.3190468138462996e-17;
    1.0 + fma(r, L, fma(r * r, poly(r, &EXP2), r * LL))
}

/// As [`is_exp_plain`], for `exp2`.
#[inline(always)]
pub(crate) fn is_exp2_plain(x: f64) -> bool {
    x.abs() < 1021.0
}

/// `exp2` of plain lanes.
#[inline(always)]
pub(crate) fn exp2_plain(x: f64) -> f64 {
    let t = x + MAGIC;
    f64::from_bits(exp2_frac(x - (t - MAGIC)).to_bits().wrapping_add(t.to_bits() << 52))
}

/// (e^x - 1) / 4 as a pair; the factor keeps x up to 711 in range. Needs |x| <= 745.
#[inline(always)]
pub(crate) fn expm1_quarter(x: f64) -> (f64, f64) {
    let kd = fma(x, LOG2E, MAGIC) - MAGIC;
    let r0 = fma(kd, -LN2_HI, x);
    let r = fma(kd, -LN2_LO, r0);
    let rl = fma(kd, -LN2_LO, r0 - r);
    // r + r^2/2 as a pair, the rest of the series below it
    let z = r * r;
    let (a, al) = fast_sum(r, 0.5 * z);
    let q = al + fma(z * r, poly(r, &EXPM1_REST), fma(0.5, fma(r, r, -z), rl));
    let s = pow2(kd - 2.0 + MAGIC);
    let c = s - 0.25;
    let cl = -0.25 - (c - s);
    let h = fma(s, a, c);
    fast_sum(h, fma(s, q, fma(s, a, c - h) + cl))
}

#[inline(always)]
pub(crate) fn expm1(x0: f64) -> f64 {
    let x = sel(x0 > 710.0, 710.0, x0);
    let x = sel(x < -50.0, -50.0, x);
    let (h, l) = expm1_quarter(x);
    let y = (h + l) * 4.0;
    sel(x0.abs() < 1e-18, x0, y)
}

#[inline(always)]
pub(crate) fn tanh(x: f64) -> f64 {
    let a = x.abs();
    let a2 = sel(a > 22.0, 22.0, a) * 2.0;
    let (h, l) = expm1_quarter(a2);
    // E / (E + 2) with E = 4 (h + l)
    let (d, dl) = two_sum(0.5, h);
    let (q, ql) = quot(h, l, d, dl + l);
    let y = q + ql;
    signed(sel(a < 1e-9, a, y), x)
}

#[inline(always)]
pub(crate) fn sinh(x: f64) -> f64 {
    let a = x.abs();
    let a2 = sel(a > 710.5, 710.5, a);
    let (h, l) = expm1_quarter(a2);
    let hc = sel(h > 1e30, 1e30, h) * 4.0;
    // (E + E/(E+1)) / 2
    let (d, dl) = two_sum(1.0, hc);
    let (q, ql) = quot(hc, l * 4.0, d, dl + l * 4.0);
    let (s, e) = two_sum(h, q * 0.25);
    let y = 2.0 * (s + (e + fma(ql, 0.25, l)));
    signed(sel(a < 1e-9, a, y), x)
}

#[inline(always)]
pub(crate) fn cosh(x: f64) -> f64 {
    let a = x.abs();
    let a = sel(a > 710.5, 710.5, a);
    let kd = fma(a, LOG2E, MAGIC) - MAGIC;
    let r0 = fma(kd, -LN2_HI, a);
    let r = fma(kd, -LN2_LO, r0);
    let s = pow2(kd - 2.0 + MAGIC);
    let h = fma(s, r, s);
    let l = fma(s, r, s - h);
    let p = fma(s * (r * r), poly(r, &EXP), l);
    let inv = 0.0625 / (h + p);
    2.0 * (h + (p + inv))
}
