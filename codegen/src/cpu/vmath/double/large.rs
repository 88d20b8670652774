//! Payne-Hanek reduction (Payne and Hanek, SIGNUM 18, 1983) for the rare trigonometric argument beyond
//! [`trig::TRIG_MAX`](super::trig). Scalar, integer until the end.

use super::super::coefficients::TWO_OVER_PI;
use super::trig::Arg;

/// 64 bits of 0.0...0 2/pi starting at bit `j`; bit j weighs 2^(63-j).
fn window(j: usize) -> u64 {
    let word = |i: usize| if i == 0 { 0 } else { TWO_OVER_PI[i - 1] };
    let (w, s) = (j / 64, j % 64);
    if s == 0 { word(w) } else { word(w) << s | word(w + 1) >> (64 - s) }
}

/// x = k pi/2 + r + lo for 2^30 <= |x|; NaN for inf and NaN.
#[cold]
#[inline(never)]
pub(crate) fn reduce(x: f64) -> Arg {
    if !x.is_finite() {
        return Arg { r: f64::NAN, lo: 0.0, k: 0 };
    }
    let bits = x.abs().to_bits();
    let e = (bits >> 52) as i64 - 1075;
    let m = (bits & ((1 << 52) - 1)) | 1 << 52;
    // bits above weight 2^(1-e) only add multiples of 4
    let j = (62 + e) as usize;
    let (a, b, c) = (window(j), window(j + 64), window(j + 128));
    let pc = m as u128 * c as u128;
    let pb = m as u128 * b as u128 + (pc >> 64);
    let lo = ((pb as u64 as u128) << 64) | pc as u64 as u128;
    let top = m.wrapping_mul(a).wrapping_add((pb >> 64) as u64);
    // two quadrant bits, then the fraction
    let mut k = top >> 62;
    let (mut h, mut l) = ((top as u128) << 64 | lo >> 64, lo as u64);
    h = h << 2 | (l >> 62) as u128;
    l <<= 2;
    let neg = h >> 127 == 1;
    if neg {
        k += 1;
        l = l.wrapping_neg();
        h = (!h).wrapping_add((l == 0) as u128);
    }
    let z = h.leading_zeros();
    let h = if z == 0 { h } else { h << z | (l as u128) >> (64 - z.min(64)) };
    let pow = |n: i32| f64::from_bits(((1023 + n) as u64) << 52);
    let (fh, fl) = ((h >> 75) as u64, (h >> 22) as u64 & ((1 << 53) - 1));
    let fh = fh as f64 * pow(-53 - z as i32);
    let fl = fl as f64 * pow(-106 - z as i32);
    const P1: f64 = std::f64::consts::FRAC_PI_2;
    let p = fh * P1;
    let q = fh.mul_add(P1, -p) + fh.mul_add(6.123233995736766e-17, fl * P1);
    let (r, lo) = (p + q, (p - (p + q)) + q);
    let s = if neg != x.is_sign_negative() { -1.0 } else { 1.0 };
    let k = if x.is_sign_negative() { k.wrapping_neg() } else { k };
    Arg { r: r * s, lo: lo * s, k }
}
