//! Roots and powers: hypotenuse by scaling, cube root by one third-order step on the reciprocal and a compensated last
//! step, power by a double-double logarithm (atanh series).

use super::super::coefficients::{LOG5, RCBRT};
use super::super::poly::poly;
use super::exp::{exp_dd, exp_pair};
use super::log::{Red, log_red};
use super::{INF, LN2_HI, LN2_LO, MAGIC, NAN, fast_sum, fma, pow2, quot, sel, signed, two_prod, two_sum};

#[inline(always)]
pub(crate) fn hypot(x: f64, y: f64) -> f64 {
    let (x, y) = (x.abs(), y.abs());
    let a = sel(x > y, x, y);
    let b = sel(x > y, y, x);
    let (big, small) = (a > 1e150, a < 1e-150);
    let s = sel(big, 1.0 / 4.149515568880993e180, sel(small, 4.149515568880993e180, 1.0)); // 2^600
    let r = sel(big, 4.149515568880993e180, sel(small, 1.0 / 4.149515568880993e180, 1.0));
    let (a, b) = (a * s, b * s);
    let h = fma(a, a, b * b).sqrt() * r;
    let h = sel((x != x) | (y != y), NAN, h);
    sel((x == INF) | (y == INF), INF, h)
}

#[inline(always)]
pub(crate) fn cbrt(x: f64) -> f64 {
    let a = x.abs();
    let Red { k, f, .. } = log_red(a, 0.0);
    let m = f + 1.0;
    let t = fma(k, 1.0 / 3.0, MAGIC);
    let q = t - MAGIC;
    let j = fma(q, -3.0, k); // -1, 0, 1
    let d = m * sel(j > 0.5, 2.0, sel(j < -0.5, 0.5, 1.0));
    let g = sel(j > 0.5, 0.7937005259840998, sel(j < -0.5, 1.2599210498948732, 1.0));
    let y = poly(m, &RCBRT) * g;
    let h = fma(-d * y, y * y, 1.0);
    let y = fma(y * h, fma(h, 2.0 / 9.0, 1.0 / 3.0), y);
    let c = d * (y * y);
    // c += (d - c^3) y^2 / 3
    let (c2, c2l) = two_prod(c, c);
    let e = fma(-c2, c, d) - c2l * c;
    let c = fma(e, y * y * (1.0 / 3.0), c);
    let r = c * pow2(t);
    signed(sel((a > 0.0) & (a < INF), r, a), x)
}

/// ln of a = 2^k (1 + f) as a pair, by 2 atanh(s) with s and s^3 carried as pairs.
#[inline(always)]
pub(crate) fn log_pair(k: f64, f: f64) -> (f64, f64) {
    let (d, dl) = fast_sum(2.0, f);
    let (s, sl) = quot(f, 0.0, d, dl);
    let (s, sl) = fast_sum(s, sl);
    let (z, zl) = two_prod(s, s);
    let zl = fma(2.0 * s, sl, zl);
    // 2/3 + z P(z)
    const C3L: f64 = 3.700743415417188e-17;
    let q = z * poly(z, &LOG5);
    let (c, cl) = fast_sum(2.0 / 3.0, q);
    let cl = cl + C3L;
    // s^3 (c + cl)
    let (z3, z3l) = two_prod(z, s);
    let z3l = fma(z, sl, fma(zl, s, z3l));
    let (u, ul) = two_prod(z3, c);
    let ul = fma(z3, cl, fma(z3l, c, ul));
    let (v, vl) = fast_sum(2.0 * s, u);
    let vl = vl + fma(2.0, sl, ul);
    let (lh, ll) = two_sum(k * LN2_HI, v);
    fast_sum(lh, ll + fma(k, LN2_LO, vl))
}

/// x^y = e^(y ln|x|), the logarithm and the product in double-double. Special values as C99, F.10.4.4.
#[inline(always)]
pub(crate) fn pow(x: f64, y: f64) -> f64 {
    let a = x.abs();
    let Red { k, f, .. } = log_red(a, 0.0);
    let (lh, ll) = log_pair(k, f);
    let lh = sel(a == 0.0, -INF, sel(a == INF, INF, lh));
    let (p, pl) = two_prod(y, lh);
    let pl = fma(y, ll, pl);
    let pl = sel(p.abs() < 1e4, pl, 0.0);
    let r = exp_dd(p, pl);
    // sign for negative x: NaN unless y is an integer
    let half = y * 0.5;
    let odd = (y.abs() < 9007199254740992.0) & (y.floor() == y) & (half.floor() != half);
    let r = sel(x.is_sign_negative() & odd, -r, r);
    let r = sel((x < 0.0) & (a < INF) & (y.floor() != y), NAN, r);
    let r = sel((a == 1.0) & (y.abs() == INF), 1.0, r);
    let r = sel((x != x) | (y != y), NAN, r);
    sel((y == 0.0) | (x == 1.0), 1.0, r)
}

/// ln(e^x + e^y): the larger plus ln(1 + e^-d), both carried as pairs.
#[inline(always)]
pub(crate) fn logaddexp(x: f64, y: f64) -> f64 {
    let (hi, lo) = (sel(x > y, x, y), sel(x > y, y, x));
    let (d, dl) = two_sum(hi, -lo);
    let d = sel(d < 746.0, d, 746.0);
    let (e, el) = exp_pair(-d, sel(d < 700.0, -dl, 0.0));
    let (u, ul) = fast_sum(1.0, e);
    let Red { k, f, .. } = log_red(u, 0.0);
    let (t, tl) = log_pair(k, f);
    // the part below u adds (ul + el) / u
    let low = (ul + el) / u + tl;
    let (s, sl) = two_sum(hi, t);
    let r = s + (sl + low);
    let r = sel(hi.abs() == INF, hi, r);
    sel((x != x) | (y != y), NAN, r)
}
