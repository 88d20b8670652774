//! Inverse hyperbolic functions, after Hull, Fairgrieve and Tang, "Implementing the complex arcsine and arccosine
//! functions using exception handling" (ACM TOMS 23, 1997). Angles by `atan2`, which needs no crossover.

use super::super::double::inverse::atan2;
use super::super::double::log::log1p;
use super::super::double::power::hypot;
use super::super::double::{fma, signed};
use super::logarithm::log_twice;
use super::*;

/// Arguments whose squares leave the range; infinities and NaN among them.
#[inline(always)]
pub(crate) fn is_extreme(a: f64, b: f64) -> bool {
    !((a.abs() < 1e140) & (b.abs() < 1e140))
}

/// For x, y >= 0: asin(x + jy) = atan2(x, .0) + j .1
#[inline(always)]
fn hull(x: f64, y: f64) -> (f64, f64) {
    let (right, left) = (x + 1.0, x - 1.0);
    let y2 = y * y;
    let r = fma(right, right, y2).sqrt();
    let s = hypot(left, y);
    let a = 0.5 * (r + s);
    // the factors of (a - x) and (a - 1), one of them divided by y^2
    let near = s + left.abs();
    let u = 1.0 / (r + right);
    let whole = 0.5 * fma(y2, u, near);
    let part = 0.5 * (u + 1.0 / near);
    let angle = sel(x > 1.0, y * ((a + x) * part).sqrt(), ((a + x) * whole).sqrt());
    let rest = sel(x < 1.0, y2 * part, whole);
    let root = sel(x < 1.0, y * (part * (a + 1.0)).sqrt(), (whole * (a + 1.0)).sqrt());
    (angle, log1p(rest + root))
}

#[inline(always)]
pub(crate) fn complex_asinh(a: f64, b: f64) -> Parts {
    let (d, l) = hull(b.abs(), a.abs());
    (signed(l, a), signed(atan2(b.abs(), d), b))
}

pub(crate) fn asinh_special(a: f64, b: f64) -> Parts {
    if a.is_nan() || b.is_nan() {
        let re = if a.is_infinite() || b.is_infinite() { if a.is_nan() { INF } else { a } } else { NAN };
        return (re, if b == 0.0 { b } else { NAN });
    }
    let re = if is_not_finite(a, b) { INF } else { log_twice(a, b) };
    (signed(re, a), signed(atan2(b.abs(), a.abs()), b))
}

#[inline(always)]
pub(crate) fn complex_acos(a: f64, b: f64) -> Parts {
    let (d, l) = hull(a.abs(), b.abs());
    (atan2(d, a), -signed(l, b))
}

pub(crate) fn acos_special(a: f64, b: f64) -> Parts {
    if a.is_nan() || b.is_nan() {
        return if a == 0.0 {
            (PI_2, NAN)
        } else if a.is_infinite() || b.is_infinite() {
            (NAN, if b.is_nan() { INF } else { -b })
        } else {
            NAN_NAN
        };
    }
    let im = if is_not_finite(a, b) { INF } else { log_twice(a, b) };
    (atan2(b.abs(), a), -signed(im, b))
}

#[inline(always)]
pub(crate) fn complex_acosh(a: f64, b: f64) -> Parts {
    let (re, im) = complex_acos(a, b);
    (im.abs(), signed(re, b))
}

pub(crate) fn acosh_special(a: f64, b: f64) -> Parts {
    let (re, im) = acos_special(a, b);
    (im.abs(), signed(re, b))
}

/// As [`is_extreme`], and the neighbourhood of 1 where y^2 vanishes.
#[inline(always)]
pub(crate) fn is_atanh_extreme(a: f64, b: f64) -> bool {
    is_extreme(a, b) | ((a.abs() == 1.0) & (b.abs() < 1e-140))
}

/// log1p(4x / ((1-x)^2 + y^2)) / 4 + j atan2(2y, (1-x)(1+x) - y^2) / 2.
#[inline(always)]
pub(crate) fn complex_atanh(a: f64, b: f64) -> Parts {
    let (x, y) = (a.abs(), b.abs());
    let left = 1.0 - x;
    let re = 0.25 * log1p(4.0 * x / fma(left, left, y * y));
    let im = 0.5 * atan2(2.0 * y, fma(-y, y, left * (1.0 + x)));
    (signed(re, a), signed(im, b))
}

pub(crate) fn atanh_special(a: f64, b: f64) -> Parts {
    if b.is_infinite() || (a.is_infinite() && !b.is_nan()) {
        (signed(0.0, if a.is_nan() { 0.0 } else { a }), signed(PI_2, b))
    } else if a.is_nan() || b.is_nan() {
        (if a == 0.0 || a.is_infinite() { signed(0.0, a) } else { NAN }, NAN)
    } else if a.abs() == 1.0 {
        // ln(2 / y) / 2
        let re = if b == 0.0 { INF } else { -0.5 * (log_twice(b, 0.0) - 2.0 * std::f64::consts::LN_2) };
        (signed(re, a), if b == 0.0 { b } else { signed(PI_4, b) })
    } else {
        let (x, y) = (a * 0.25, b * 0.25);
        let h = hypot(x, y);
        (x / h * (0.25 / h), signed(PI_2, b))
    }
}
