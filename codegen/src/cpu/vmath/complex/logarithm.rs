//! Logarithms: the modulus squared in double-double, so that the real part stays accurate near |z| = 1.

use super::super::double::inverse::atan2;
use super::super::double::log::{Red, log_red, log_tail};
use super::super::double::{fma, signed, two_prod, two_sum};
use super::*;

const LN2: f64 = std::f64::consts::LN_2;
const LOG2E: f64 = std::f64::consts::LOG2_E;
const LOG10E: f64 = std::f64::consts::LOG10_E;

/// Arguments of [`complex_log`] whose squares leave the range; zeros, infinities and NaN among them.
#[inline(always)]
pub(crate) fn is_extreme(a: f64, b: f64) -> bool {
    let m = larger(a, b);
    !((m > 1e-140) & (m < 1e140)) | (a != a) | (b != b)
}

/// a^2 + b^2 as a pair.
#[inline(always)]
pub(super) fn modulus_squared(a: f64, b: f64) -> (f64, f64) {
    let (p, pl) = two_prod(a, a);
    let (q, ql) = two_prod(b, b);
    let (h, l) = two_sum(p, q);
    // the sum of the low parts is exact too: near |z| = 1 the high part cancels
    let (m, ml) = two_sum(pl, ql);
    let (l, ll) = two_sum(l, m);
    let (h, l) = two_sum(h, l);
    (h, l + (ml + ll))
}

/// ln of the square root of h + l.
#[inline(always)]
fn half_log(h: f64, l: f64) -> f64 {
    let Red { k, f, fl } = log_red(h, l);
    0.5 * log_tail(k, f, fl)
}

#[inline(always)]
pub(crate) fn complex_log(a: f64, b: f64) -> Parts {
    let (h, l) = modulus_squared(a, b);
    (half_log(h, l), atan2(b, a))
}

pub(crate) fn log_special(a: f64, b: f64) -> Parts {
    let m = larger(a, b);
    let re = if a.is_infinite() || b.is_infinite() {
        INF
    } else if a.is_nan() || b.is_nan() {
        NAN
    } else if m == 0.0 {
        -INF
    } else {
        let (scale, shift) = if m > 1.0 { (DOWN, 600.0 * LN2) } else { (UP, -600.0 * LN2) };
        let (h, l) = modulus_squared(a * scale, b * scale);
        half_log(h, l) + shift
    };
    (re, atan2(b, a))
}

#[inline(always)]
pub(crate) fn complex_log2(a: f64, b: f64) -> Parts {
    let (re, im) = complex_log(a, b);
    (re * LOG2E, im * LOG2E)
}

pub(crate) fn log2_special(a: f64, b: f64) -> Parts {
    let (re, im) = log_special(a, b);
    (re * LOG2E, im * LOG2E)
}

#[inline(always)]
pub(crate) fn complex_log10(a: f64, b: f64) -> Parts {
    let (re, im) = complex_log(a, b);
    (re * LOG10E, im * LOG10E)
}

pub(crate) fn log10_special(a: f64, b: f64) -> Parts {
    let (re, im) = log_special(a, b);
    (re * LOG10E, im * LOG10E)
}

/// Arguments of [`complex_log1p`] beyond the range of squares, or that close to -1.
#[inline(always)]
pub(crate) fn is_log1p_extreme(a: f64, b: f64) -> bool {
    let m = larger(a, b);
    !((m < 1e140) & (larger(1.0 + a, b) > 1e-140)) | (a != a) | (b != b)
}

/// |1 + z|^2 = 1 + u with u = a (2 + a) + b^2 in double-double; the square itself where that is near 0.
#[inline(always)]
pub(crate) fn complex_log1p(a: f64, b: f64) -> Parts {
    let c = 1.0 + a;
    let (s, sl) = two_sum(2.0, a);
    let (p, pl) = two_prod(a, s);
    let pl = fma(a, sl, pl);
    let (q, ql) = two_prod(b, b);
    let (u, ul) = two_sum(p, q);
    let (u, ul) = two_sum(u, ul + (pl + ql));
    let (v, vl) = two_sum(1.0, u);
    let (dh, dl) = modulus_squared(c, b);
    let near = v < 0.25;
    let re = half_log(sel(near, dh, v), sel(near, dl, vl + ul));
    (re, atan2(b, c))
}

pub(crate) fn log1p_special(a: f64, b: f64) -> Parts {
    if a == -1.0 && b == 0.0 {
        (-INF, signed(0.0, b))
    } else if larger(1.0 + a, b) < 1e-140 {
        log_special(1.0 + a, b)
    } else {
        log_special(a, b)
    }
}

/// ln(2 |z|) for huge finite z.
pub(super) fn log_twice(a: f64, b: f64) -> f64 {
    log_special(a, b).0 + LN2
}
