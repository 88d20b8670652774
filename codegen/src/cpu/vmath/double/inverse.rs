//! Inverse trigonometric functions: the arctangent reduced at tan(pi/8) and tan(3pi/8), the arcsine by the half-angle
//! root.

use super::super::coefficients::{ASIN, ATAN};
use super::super::poly::poly;
use super::{INF, NAN, PIO2_LO, SIGN, fast_sum, fma, quot, sel, signed, two_sum};

const TWO_600: f64 = 4.149515568880993e180;
const T1: f64 = 0.41421356237309503; // tan(pi/8)

const T3: f64 = 2.414213562373095;

const PI_2: f64 = std::f64::consts::FRAC_PI_2;

const PI_4: f64 = std::f64::consts::FRAC_PI_4;

const PI: f64 = std::f64::consts::PI;

/// base + atan((nh + nl) / (dh + dl)), quotient within tan(pi/8); `flip` negates the arctangent.
#[inline(always)]
pub(crate) fn atan_tail(nh: f64, nl: f64, dh: f64, dl: f64, base: f64, base_lo: f64, flip: u64) -> f64 {
    let (t, tl) = quot(nh, nl, dh, dl);
    let t = f64::from_bits(t.to_bits() ^ flip);
    let tl = f64::from_bits(tl.to_bits() ^ flip);
    let z = t * t;
    let c = fma(t * z, poly(z, &ATAN), tl + base_lo);
    let (h, e) = fast_sum(base, t);
    sel(base == 0.0, t + c, h + (e + c))
}

#[inline(always)]
pub(crate) fn atan(x: f64) -> f64 {
    let a0 = x.abs();
    let a = sel(a0 > 1e300, 1e300, a0);
    let (mid, top) = (a > T1, a > T3);
    let (d, dl) = two_sum(a, 1.0);
    let (m, ml) = two_sum(a, -1.0);
    let n = sel(top, -1.0, sel(mid, m, a));
    let nl = sel(mid & !top, ml, 0.0);
    let dh = sel(top, a, sel(mid, d, 1.0));
    let dl = sel(mid & !top, dl, 0.0);
    let base = sel(top, PI_2, sel(mid, PI_4, 0.0));
    let y = atan_tail(n, nl, dh, dl, base, base * (PIO2_LO / PI_2), 0);
    signed(sel(a0 < 1e-9, a0, y), x)
}

/// Angle of the point (x, y). Both are scaled to the middle of the exponent range; quotients below 1e-140 in the
/// right half-plane, whose low part would underflow, are one plain division.
#[inline(always)]
pub(crate) fn atan2(y: f64, x: f64) -> f64 {
    let (ay0, ax0) = (y.abs(), x.abs());
    let hi = sel(ay0 > ax0, ay0, ax0);
    let lo = sel(ay0 > ax0, ax0, ay0);
    let unit = |v: f64| sel(v == INF, 1.0, 0.0);
    let infinite = hi == INF;
    let scale = sel(hi > 1e150, 1.0 / TWO_600, sel(hi < 1e-150, TWO_600, 1.0));
    let ay = sel(infinite, unit(ay0), ay0 * scale);
    let ax = sel(infinite, unit(ax0), ax0 * scale);
    let ax = sel(hi == 0.0, 1.0, ax);
    let (mid, top) = (ay > T1 * ax, ay > T3 * ax);
    let (d, dl) = two_sum(ay, ax);
    let (m, ml) = two_sum(ay, -ax);
    let nh = sel(top, -ax, sel(mid, m, ay));
    let nl = sel(mid & !top, ml, 0.0);
    let dh = sel(top, ay, sel(mid, d, ax));
    let dl = sel(mid & !top, dl, 0.0);
    let neg = x.to_bits() & SIGN;
    let b = sel(top, PI_2, sel(mid, PI_4, 0.0));
    let b = sel(neg != 0, PI - b, b); // multiples of pi/4, exact
    let angle = atan_tail(nh, nl, dh, dl, b, b * (PIO2_LO / PI_2), neg);
    let tiny = !infinite & (b == 0.0) & (lo < hi * 1e-140);
    let angle = sel(tiny, ay0 / ax0, angle);
    sel((x != x) | (y != y), NAN, signed(angle, y))
}

/// Shared by asin and acos: s + c with s = |x| or sqrt((1-|x|)/2), its low part folded into c.
#[inline(always)]
fn asin_parts(a: f64) -> (f64, f64) {
    let big = a > 0.5;
    let z2 = fma(a, -0.5, 0.5);
    let z = sel(big, z2, a * a);
    let s2 = z2.sqrt();
    let sl = fma(-s2, s2, z2) * (0.5 / sel(s2 > 0.0, s2, 1.0));
    let s = sel(big, s2, a);
    (s, fma(s * z, poly(z, &ASIN), sel(big, sl, 0.0)))
}

#[inline(always)]
pub(crate) fn asin(x: f64) -> f64 {
    let a = x.abs();
    let (s, c) = asin_parts(a);
    let (h, e) = fast_sum(PI_2, -2.0 * s);
    let y = sel(a > 0.5, h + (e + fma(-2.0, c, PIO2_LO)), s + c);
    signed(sel(a < 1e-9, a, y), x)
}

#[inline(always)]
pub(crate) fn acos(x: f64) -> f64 {
    let a = x.abs();
    let (s, c) = asin_parts(a);
    let big = a > 0.5;
    let neg = x < 0.0;
    let base = sel(big, sel(neg, PI, 0.0), PI_2);
    let blo = sel(big, sel(neg, 2.0 * PIO2_LO, 0.0), PIO2_LO);
    let m = sel(big, sel(neg, -2.0, 2.0), sel(neg, 1.0, -1.0));
    let (h, e) = fast_sum(base, m * s);
    let e = sel(base == 0.0, 0.0, e);
    h + (e + fma(m, c, blo))
}
