//! Exponential and hyperbolic functions, by the addition theorems. Relative error of each part a few ulp, except the
//! real part of `expm1` near the curve `e^a cos b = 1`, where the error is relative to the modulus.

use super::super::coefficients::COS;
use super::super::double::exp::{cosh, exp, exp_plain, expm1, expm1_quarter, sinh};
use super::super::double::trig::{sincos_parts, trig_red};
use super::super::double::{fma, signed, two_prod, two_sum};
use super::super::poly::poly;
use super::*;

/// Arguments of [`exp()`], [`expm1()`], [`sinh()`] and [`cosh()`] that overflow on the way, or need a long reduction.
#[inline(always)]
pub(crate) fn is_extreme(a: f64, b: f64) -> bool {
    !((a.abs() < 700.0) & (b.abs() < TRIG_MAX))
}

#[inline(always)]
pub(crate) fn complex_exp(a: f64, b: f64) -> Parts {
    let e = exp_plain(a);
    let (s, c) = sincos(b);
    (e * c, e * s)
}

pub(crate) fn exp_special(a: f64, b: f64) -> Parts {
    if b == 0.0 {
        (exp(a), b)
    } else if a == -INF {
        if b.is_finite() { cis(0.0, b) } else { (0.0, signed(0.0, b)) }
    } else if a == INF {
        if b.is_finite() { cis(INF, b) } else { (INF, NAN) }
    } else if is_not_finite(a, b) {
        NAN_NAN
    } else {
        let (s, c) = any_sincos(b);
        (times_exp(c, a), times_exp(s, a))
    }
}

/// r (cos b + j sin b) for r = 0 or infinity.
fn cis(r: f64, b: f64) -> Parts {
    let (s, c) = any_sincos(b);
    (r * c, r * s)
}

/// A negative zero gives a positive one, as the standard has it.
///
/// E - V - E V with E = e^a - 1 and V = 1 - cos b, in double-double, where both are small; e^a cos b - 1 elsewhere.
#[inline(always)]
pub(crate) fn complex_expm1(a: f64, b: f64) -> Parts {
    let (eh, el) = expm1_quarter(a);
    let (eh, el) = (eh * 4.0, el * 4.0);
    let arg = trig_red(b);
    let (sin, w, cl) = sincos_parts(arg.r, arg.lo);
    let small = (a.abs() < 0.5) & (b.abs() < 0.75);
    // small: V = r^2/2 - r^4 P(r^2), r = b
    let (z, zl) = two_prod(arg.r, arg.r);
    let vh = 0.5 * z;
    let vl = fma(0.5, zl, -(z * z * poly(z, &COS)));
    let (p, pl) = two_prod(eh, vh);
    let (h1, l1) = two_sum(eh, -vh);
    let (h2, l2) = two_sum(h1, -p);
    let re_small = h2 + (l2 + (l1 + (el - vl) - fma(eh, vl, fma(el, vh, pl))));
    // elsewhere: the quadrant's cosine as a pair times 1 + E
    let odd = arg.k & 1 == 1;
    let flip = sel((arg.k.wrapping_add(1)) & 2 == 0, 1.0, -1.0);
    let (ch, cl) = (sel(odd, arg.r, w) * flip, sel(odd, sin, cl) * flip);
    let (xh, xl) = two_sum(1.0, eh);
    let xl = xl + el;
    let (q, ql) = two_prod(xh, ch);
    let ql = fma(xh, cl, fma(xl, ch, ql));
    let (s, sl) = two_sum(q, -1.0);
    let re = sel(small, re_small, s + (sl + ql));
    let (s, _) = sincos_red(arg);
    (sel(b == 0.0, sel(a.abs() < 1e-18, a + 0.0, eh + el), re), sel(b == 0.0, b, s * (xh + xl)))
}

pub(crate) fn expm1_special(a: f64, b: f64) -> Parts {
    if b == 0.0 {
        (expm1(a), b)
    } else if is_not_finite(a, b) {
        let (re, im) = exp_special(a, b);
        (re - 1.0, im)
    } else {
        let (s, c) = any_sincos(b);
        (times_exp(c, a) - 1.0, times_exp(s, a))
    }
}

#[inline(always)]
pub(crate) fn complex_sinh(a: f64, b: f64) -> Parts {
    let (s, c) = sincos(b);
    (sinh(a) * c, cosh(a) * s)
}

pub(crate) fn sinh_special(a: f64, b: f64) -> Parts {
    if is_not_finite(a, b) {
        if b == 0.0 {
            (a, b)
        } else if a == 0.0 || (a.is_infinite() && !b.is_finite()) {
            (a, NAN)
        } else if a.is_infinite() {
            let (re, im) = cis(INF, b);
            (signed(re, a), im)
        } else {
            NAN_NAN
        }
    } else {
        let (s, c) = any_sincos(b);
        if a.abs() < 700.0 {
            (sinh(a) * c, cosh(a) * s)
        } else {
            (signed(times_exp(0.5 * c, a.abs()), a), times_exp(0.5 * s, a.abs()))
        }
    }
}

#[inline(always)]
pub(crate) fn complex_cosh(a: f64, b: f64) -> Parts {
    let (s, c) = sincos(b);
    (cosh(a) * c, sinh(a) * s)
}

pub(crate) fn cosh_special(a: f64, b: f64) -> Parts {
    if is_not_finite(a, b) {
        if b == 0.0 {
            (a.abs(), signed(b, a))
        } else if a == 0.0 {
            (NAN, 0.0)
        } else if a.is_infinite() {
            if !b.is_finite() {
                return (INF, NAN);
            }
            let (re, im) = cis(INF, b);
            (re, signed(im, a))
        } else {
            NAN_NAN
        }
    } else {
        let (s, c) = any_sincos(b);
        if a.abs() < 700.0 {
            (cosh(a) * c, sinh(a) * s)
        } else {
            (times_exp(0.5 * c, a.abs()), signed(times_exp(0.5 * s, a.abs()), a))
        }
    }
}

/// Arguments of [`complex_tanh`] that are not finite or need a long reduction.
#[inline(always)]
pub(crate) fn is_tanh_extreme(a: f64, b: f64) -> bool {
    !((a.abs() < INF) & (b.abs() < TRIG_MAX))
}

#[inline(always)]
pub(crate) fn complex_tanh(a: f64, b: f64) -> Parts {
    let (s, c) = sincos(b);
    tanh_of(a, s, c)
}

/// (sinh a cosh a + j sin b cos b) / (sinh^2 a + cos^2 b); beyond |a| = 22 the real part is 1, and the imaginary part
/// falls by e^-2|a|.
#[inline(always)]
fn tanh_of(a: f64, s: f64, c: f64) -> Parts {
    let m = a.abs();
    let far = m > 22.0;
    let near = sel(far, 22.0, m);
    let (sh, ch) = (sinh(near), cosh(near));
    let d = fma(sh, sh, c * c);
    let fall = exp(sel(far, -2.0 * (m - 22.0), 0.0));
    (signed(sel(far, 1.0, sh * ch / d), a), s * c / d * fall)
}

pub(crate) fn tanh_special(a: f64, b: f64) -> Parts {
    if a.is_infinite() {
        (signed(1.0, a), signed(0.0, b))
    } else if is_not_finite(a, b) {
        (if a == 0.0 { a } else { NAN }, if b == 0.0 { b } else { NAN })
    } else {
        let (s, c) = any_sincos(b);
        tanh_of(a, s, c)
    }
}
