//! f64 lanes: branch-free and table-free functions of one f64, so that the loops of `tile` vectorise.
//!
//! Every step is an explicit fused multiply-add or a plain operation, in one order: all builds give the same bits.
//! Values are carried as unevaluated pairs (h, l) where one double would lose the last bit (Dekker 1971).

pub(crate) mod erf;
pub(crate) mod exp;
pub(crate) mod inverse;
pub(crate) mod large;
pub(crate) mod log;
pub(crate) mod power;
pub(crate) mod trig;

pub(crate) const INF: f64 = f64::INFINITY;
pub(crate) const NAN: f64 = f64::NAN;
/// 1.5 * 2^52: adding it rounds to an integer, found in the low bits of the sum.
pub(crate) const MAGIC: f64 = 6755399441055744.0;
/// ln 2 with 11 trailing zero bits, so that k * LN2_HI is exact, and the rest.
pub(crate) const LN2_HI: f64 = f64::from_bits(0x3FE62E42FEFA3800);
pub(crate) const LN2_LO: f64 = f64::from_bits(0x3D2EF35793C76730);
pub(crate) const LOG2E: f64 = std::f64::consts::LOG2_E;
/// pi/2 - FRAC_PI_2.
pub(crate) const PIO2_LO: f64 = 6.123233995736766e-17;
pub(crate) const SIGN: u64 = 1 << 63;

#[inline(always)]
pub(crate) fn fma(a: f64, b: f64, c: f64) -> f64 {
    a.mul_add(b, c)
}

#[inline(always)]
pub(crate) fn sel(c: bool, a: f64, b: f64) -> f64 {
    if c { a } else { b }
}

/// 2^k from `k + MAGIC`.
#[inline(always)]
pub(crate) fn pow2(t: f64) -> f64 {
    f64::from_bits((t.to_bits() << 52).wrapping_add(0x3ff << 52))
}

#[inline(always)]
pub(crate) fn signed(mag: f64, sign_of: f64) -> f64 {
    f64::from_bits(mag.to_bits() ^ (sign_of.to_bits() & SIGN))
}

/// Exact a + b = (s, e), any order of magnitude.
#[inline(always)]
pub(crate) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let s = a + b;
    let t = s - a;
    (s, (a - (s - t)) + (b - t))
}

/// Exact for |a| >= |b|.
#[inline(always)]
pub(crate) fn fast_sum(a: f64, b: f64) -> (f64, f64) {
    let s = a + b;
    (s, b - (s - a))
}

#[inline(always)]
pub(crate) fn two_prod(a: f64, b: f64) -> (f64, f64) {
    let p = a * b;
    (p, fma(a, b, -p))
}

/// (nh + nl) / (dh + dl), one division.
#[inline(always)]
pub(crate) fn quot(nh: f64, nl: f64, dh: f64, dl: f64) -> (f64, f64) {
    let inv = 1.0 / dh;
    let q = nh * inv;
    let rem = fma(-q, dh, nh) + fma(-q, dl, nl);
    (q, rem * inv)
}

/// Multiplies by 2^k in two halves: one rounding only, through overflow and into subnormals.
#[inline(always)]
pub(crate) fn scale2(p: f64, kd: f64) -> f64 {
    let t1 = fma(kd, 0.5, MAGIC);
    let k1 = t1 - MAGIC;
    let t2 = (kd - k1) + MAGIC;
    p * pow2(t1) * pow2(t2)
}
