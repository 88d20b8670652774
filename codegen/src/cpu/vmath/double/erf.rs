//! Error functions: a polynomial near 0, elsewhere `(1 + 2x) e^(x^2) erfc(x)` as a polynomial in `(x - 4) / (x + 4)`
//! (Shepherd and Laframboise, Math. Comp. 36, 1981).

use super::super::coefficients::{ERF, ERFC, EXP};
use super::super::poly::poly;
use super::{LN2_HI, LN2_LO, LOG2E, MAGIC, fast_sum, fma, scale2, sel, signed, two_prod, two_sum};

/// All coefficients but the first.
const fn rest<const N: usize, const M: usize>(all: &[f64; N]) -> [f64; M] {
    let mut rest = [0.0; M];
    let mut at = 0;
    while at < M {
        rest[at] = all[at + 1];
        at += 1;
    }
    rest
}

const ERF_REST: [f64; ERF.len() - 1] = rest(&ERF);
const ERFC_REST: [f64; ERFC.len() - 1] = rest(&ERFC);

/// erfc(a) = (.0 + .1) 2^.2, a >= 0.
#[inline(always)]
fn erfc_parts(a: f64) -> (f64, f64, f64) {
    let a = sel(a > 28.0, 28.0, a);
    // t = (a-4)/(a+4) and 1/(1+2a) from one reciprocal
    let (p, w) = (a + 4.0, fma(2.0, a, 1.0));
    let inv = 1.0 / (p * w);
    let ip = inv * w;
    let t = (a - 4.0) * ip;
    let tl = fma(-t, p, a - 4.0) * ip;
    let t = t + tl;
    let (g, gl) = fast_sum(ERFC[0], t * poly(t, &ERFC_REST));
    let (q, ql) = {
        let i = inv * p;
        let q = g * i;
        (q, (fma(-q, w, g) + gl) * i)
    };
    let (h, l) = two_prod(a, a);
    // e^-(h+l) times q, scaling last
    let kd = fma(-h, LOG2E, MAGIC) - MAGIC;
    let r0 = fma(kd, -LN2_HI, -h);
    let (r, rl) = two_sum(r0, fma(kd, -LN2_LO, -l));
    let e = fma(r * r, poly(r, &EXP), fma(rl, r, rl));
    let (b, bl) = fast_sum(1.0, r);
    let (eh, el) = fast_sum(b, bl + e);
    let (m, ml) = two_prod(eh, q);
    (m, fma(eh, ql, fma(el, q, ml)), kd)
}

const TSP: f64 = std::f64::consts::FRAC_2_SQRT_PI;

const TSP_LO: f64 = 1.533545961316588e-17;

/// erf(b) = .0 + .1, 0 <= b <= 3/4.
#[inline(always)]
fn erf_parts(b: f64) -> (f64, f64) {
    // The first two terms in two parts each: near 3/4 the second is a sixth of the sum, and its rounding would show.
    let (z, zl) = two_prod(b, b);
    let (c, cl) = two_prod(ERF[0], z);
    let (s, sl) = fast_sum(TSP, c);
    let rest = fma(z * z, poly(z, &ERF_REST), fma(ERF[0], zl, cl) + (sl + TSP_LO));
    let (p, pl) = two_prod(b, s);
    (p, fma(b, rest, pl))
}

#[inline(always)]
pub(crate) fn erf(x: f64) -> f64 {
    let a = x.abs();
    let (p, t) = erf_parts(sel(a > 0.75, 0.75, a));
    let (m, l, k) = erfc_parts(a);
    let (far, rest) = fast_sum(1.0, -scale2(m, k));
    let y = sel(a > 0.75, far + (rest - scale2(l, k)), p + t);
    let y = sel(a < 1e-9, a * TSP, y);
    signed(y, x)
}

#[inline(always)]
pub(crate) fn erfc(x: f64) -> f64 {
    let a = x.abs();
    let (p, t) = erf_parts(sel(a > 0.75, 0.75, a));
    let (near, rest) = fast_sum(1.0, -signed(p, x));
    let (m, l, k) = erfc_parts(a);
    let y = scale2(m + l, k);
    sel(a < 0.75, near + (rest - signed(t, x)), sel(x < 0.0, 2.0 - y, y))
}
