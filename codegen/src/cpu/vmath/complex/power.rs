//! Square root, modulus, direction and power.

use super::super::double::exp::exp_dd;
use super::super::double::inverse::atan2;
use super::super::double::log::{Red, log_red};
use super::super::double::power::{hypot, log_pair};
use super::super::double::{LN2_HI, LN2_LO, fma, signed, two_prod, two_sum};
use super::exponential::exp_special;
use super::logarithm::{is_extreme, log_special, modulus_squared};
use super::*;

/// Principal root: t = sqrt((|a| + |z|) / 2), the other part by division. Scaled, so finite arguments stay in range.
#[inline(always)]
pub(crate) fn complex_sqrt(a: f64, b: f64) -> Parts {
    const HALF_UP: f64 = 2.037035976334486e90; // 2^300
    let m = larger(a, b);
    let (big, small) = (m > 1e150, m < 1e-150);
    let scale = sel(big, DOWN, sel(small, UP, 1.0));
    let back = sel(big, HALF_UP, sel(small, 1.0 / HALF_UP, 1.0));
    let (x, y) = (a.abs() * scale, b.abs() * scale);
    let t = (0.5 * (x + fma(x, x, y * y).sqrt())).sqrt() * back;
    let other = sel(m == 0.0, 0.0, 0.5 * b.abs() / t);
    let right = a >= 0.0;
    (sel(right, t, other), signed(sel(right, other, t), b))
}

pub(crate) fn sqrt_special(a: f64, b: f64) -> Parts {
    if b.is_infinite() {
        (INF, b)
    } else if a == INF {
        (INF, if b.is_nan() { NAN } else { signed(0.0, b) })
    } else if a == -INF {
        if b.is_nan() { (NAN, INF) } else { (0.0, signed(INF, b)) }
    } else {
        NAN_NAN
    }
}

/// z / |z|, 0 at 0.
#[inline(always)]
pub(crate) fn complex_sign(a: f64, b: f64) -> Parts {
    let m = larger(a, b);
    let scale = sel(m > 1e150, DOWN, sel(m < 1e-150, UP, 1.0));
    let (x, y) = (a * scale, b * scale);
    let h = hypot(x, y);
    let zero = m == 0.0;
    (sel(zero, 0.0, x / h), sel(zero, 0.0, y / h))
}

/// One infinite part: its direction. Two: undetermined.
pub(crate) fn sign_special(a: f64, b: f64) -> Parts {
    if a.is_nan() || b.is_nan() || (a.is_infinite() && b.is_infinite()) {
        NAN_NAN
    } else if a.is_infinite() {
        (signed(1.0, a), signed(0.0, b))
    } else {
        (signed(0.0, a), signed(1.0, b))
    }
}

/// ln|z| as a pair, for ordinary z.
#[inline(always)]
fn log_modulus(a: f64, b: f64) -> (f64, f64) {
    let (h, l) = modulus_squared(a, b);
    let Red { k, f, fl } = log_red(h, l);
    let (lh, ll) = log_pair(k, f);
    let (lh, ll) = two_sum(lh, ll + fl / (1.0 + f));
    (0.5 * lh, 0.5 * ll)
}

/// Largest integer exponent of [`pow_special`] by multiplication.
const LARGEST_PRODUCT: f64 = 64.0;

/// True unless the base is ordinary, the result is far from the ends of the range, and the exponent is no small
/// integer.
#[inline(always)]
pub(crate) fn is_pow_rare(a: f64, b: f64, c: f64, d: f64) -> bool {
    let exponent = (larger(a, b).to_bits() >> 52) as f64 - 1023.0;
    let log = fma(exponent.abs(), 0.7, 1.4);
    let ordinary = (fma(log, c.abs(), 3.2 * d.abs()) < 700.0) & (fma(log, d.abs(), 3.2 * c.abs()) < 1e9);
    let product = (d == 0.0) & (c.abs() <= LARGEST_PRODUCT) & (c.floor() == c);
    is_extreme(a, b) | !ordinary | product
}

/// e^((c + jd) ln z), the real part of the exponent in double-double.
#[inline(always)]
pub(crate) fn complex_pow(a: f64, b: f64, c: f64, d: f64) -> Parts {
    let (h, l, angle) = pow_exponent(log_modulus(a, b), atan2(b, a), c, d);
    let e = exp_dd(h, l);
    let (s, cos) = sincos(angle);
    (e * cos, e * s)
}

/// (c + jd) ((lh + ll) + jt): real part as a pair, imaginary part.
#[inline(always)]
fn pow_exponent((lh, ll): (f64, f64), t: f64, c: f64, d: f64) -> (f64, f64, f64) {
    let (p, pl) = two_prod(c, lh);
    let (q, ql) = two_prod(-d, t);
    let (h, l) = two_sum(p, q);
    let l = l + fma(c, ll, pl + ql);
    let (u, ul) = two_prod(c, t);
    let (v, vl) = two_prod(d, lh);
    let (w, wl) = two_sum(u, v);
    let (h, l) = two_sum(h, l);
    (h, l, w + (wl + fma(d, ll, ul + vl)))
}

pub(crate) fn pow_special(a: f64, b: f64, c: f64, d: f64) -> Parts {
    if c == 0.0 && d == 0.0 {
        return (1.0, 0.0);
    }
    if a == 0.0 && b == 0.0 {
        return match (c > 0.0, c < 0.0, d.is_nan()) {
            (true, _, false) => (0.0, 0.0),
            (_, true, false) => (INF, NAN),
            _ => NAN_NAN,
        };
    }
    if d == 0.0 && c.abs() <= LARGEST_PRODUCT && c.floor() == c {
        let product = product_of(a, b, c.abs() as u32);
        let (re, im) = if c < 0.0 { reciprocal(product) } else { product };
        if re.is_finite() && im.is_finite() && larger(re, im) > 1e-290 {
            return (re, im);
        }
    }
    if !is_not_finite(a, b) && !is_not_finite(c, d) {
        let modulus = if is_extreme(a, b) {
            let (scale, k) = if larger(a, b) > 1.0 { (DOWN, 600.0) } else { (UP, -600.0) };
            let (h, l) = log_modulus(a * scale, b * scale);
            let (h, rest) = two_sum(h, k * LN2_HI);
            two_sum(h, rest + fma(k, LN2_LO, l))
        } else {
            log_modulus(a, b)
        };
        let (h, l, angle) = pow_exponent(modulus, atan2(b, a), c, d);
        let (re, im) = exp_special(h, angle);
        return if h.is_finite() { (re + re * l, im + im * l) } else { (re, im) };
    }
    let (re, im) = log_special(a, b);
    // no 0 * infinity where the exponent is real
    if d == 0.0 {
        exp_special(c * re, if im == 0.0 { 0.0 } else { c * im })
    } else {
        exp_special(c * re - d * im, c * im + d * re)
    }
}

/// z^n, n > 0, by repeated squaring.
fn product_of(a: f64, b: f64, mut n: u32) -> Parts {
    let times = |(a, b): Parts, (c, d): Parts| (a * c - b * d, a * d + b * c);
    let (mut power, mut result) = ((a, b), None);
    loop {
        if n & 1 == 1 {
            result = Some(result.map_or(power, |r| times(r, power)));
        }
        n >>= 1;
        if n == 0 {
            return result.unwrap_or((1.0, 0.0));
        }
        power = times(power, power);
    }
}

fn reciprocal((a, b): Parts) -> Parts {
    let m = larger(a, b);
    let (x, y) = (a / m, b / m);
    let d = m * (x * x + y * y);
    (x / d, -y / d)
}
