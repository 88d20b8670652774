//! Functions computed in f32 throughout: twice the lanes of f64.

use super::super::coefficients::{EXP2F, EXPF, LOGF};
use super::super::poly::poly_f32;

#[inline(always)]
pub(crate) fn select(c: bool, a: f32, b: f32) -> f32 {
    if c { a } else { b }
}

const MAGIC: f32 = 12582912.0; // 1.5 * 2^23

#[inline(always)]
fn pow2(t: f32) -> f32 {
    f32::from_bits((t.to_bits() << 23).wrapping_add(0x3f80_0000))
}

#[inline(always)]
fn scale2(p: f32, kd: f32) -> f32 {
    let t1 = kd.mul_add(0.5, MAGIC);
    let t2 = (kd - (t1 - MAGIC)) + MAGIC;
    p * pow2(t1) * pow2(t2)
}

#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let x = select(x > 89.0, 89.0, x);
    let x = select(x < -104.0, -104.0, x);
    let kd = x.mul_add(std::f32::consts::LOG2_E, MAGIC) - MAGIC;
    scale2(exp_frac(x, kd), kd)
}

#[inline(always)]
fn exp_frac(x: f32, kd: f32) -> f32 {
    const LN2_LO: f32 = 1.428606765330187e-06;
    let r0 = kd.mul_add(-0.693145751953125, x); // 16 significant bits
    let r = kd.mul_add(-LN2_LO, r0);
    let rl = kd.mul_add(-LN2_LO, r0 - r);
    1.0 + (r + (r * r).mul_add(poly_f32(r, &EXPF), rl))
}

/// See `d::is_exp_plain`.
#[inline(always)]
pub(crate) fn is_exp_plain(x: f32) -> bool {
    x.abs() < 87.0
}

#[inline(always)]
pub(crate) fn exp_plain(x: f32) -> f32 {
    let t = x.mul_add(std::f32::consts::LOG2_E, MAGIC);
    f32::from_bits(exp_frac(x, t - MAGIC).to_bits().wrapping_add(t.to_bits() << 23))
}

#[inline(always)]
pub(crate) fn exp2(x: f32) -> f32 {
    let x = select(x > 128.0, 128.0, x);
    let x = select(x < -151.0, -151.0, x);
    let kd = (x + MAGIC) - MAGIC;
    let r = x - kd;
    let p = r.mul_add(std::f32::consts::LN_2, (r * r).mul_add(poly_f32(r, &EXP2F), r * -1.904654e-9));
    scale2(1.0 + p, kd)
}

#[inline(always)]
pub(crate) fn log(x: f32) -> f32 {
    let sub = x < f32::MIN_POSITIVE;
    let y = select(sub, x * 16777216.0, x);
    let bias = select(sub, 8388608.0 + 151.0, 8388608.0 + 127.0);
    let y = log_sum(y, bias);
    let y = select(x < f32::INFINITY, y, x);
    let y = select(x > 0.0, y, f32::NAN);
    select(x == 0.0, f32::NEG_INFINITY, select(x != x, x, y))
}

/// ln of a positive normal y; `bias` takes the exponent to its place.
#[inline(always)]
fn log_sum(y: f32, bias: f32) -> f32 {
    let b = y.to_bits().wrapping_add(0x3f80_0000 - 0x3f35_04f3);
    let k = f32::from_bits(b >> 23 | 0x4b00_0000) - bias;
    let f = f32::from_bits((b & 0x7f_ffff).wrapping_add(0x3f35_04f3)) - 1.0;
    let f2 = f * f;
    let t = f2.mul_add(-0.5, (f2 * f).mul_add(poly_f32(f, &LOGF), k * -1.9046542e-09));
    k.mul_add(std::f32::consts::LN_2, f + t)
}

#[inline(always)]
pub(crate) fn is_log_plain(x: f32) -> bool {
    x.to_bits().wrapping_sub(1 << 23) < 0x7f00_0000
}

#[inline(always)]
pub(crate) fn log_plain(x: f32) -> f32 {
    log_sum(x, 8388608.0 + 127.0)
}
