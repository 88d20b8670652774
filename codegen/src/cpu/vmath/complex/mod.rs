//! Complex lanes in f64, on planar parts: compositions of the real lanes. c64 is computed here too and rounded.
//!
//! Each function has a lane form for ordinary finite arguments, a predicate for the others, and a scalar form
//! (`*_special`) for those: infinities, NaN, zeros of logarithms, and parts so large or small that squares leave the
//! range. Special values follow C99, annex G, and the array API standard where that says more; branch cuts are those
//! of C99. `sin`, `tan`, `asin` and `atan` are their hyperbolic relatives, turned by `-j f(jz)` in the `table`.

pub(super) mod exponential;
pub(super) mod inverse;
pub(super) mod logarithm;
pub(super) mod power;

use super::double::trig::{TRIG_MAX, is_large, sincos, sincos_red};
use super::double::{INF, MAGIC, NAN, exp, large, sel};

/// Real and imaginary part.
pub(crate) type Parts = (f64, f64);

const NAN_NAN: Parts = (NAN, NAN);
const PI_2: f64 = std::f64::consts::FRAC_PI_2;
const PI_4: f64 = std::f64::consts::FRAC_PI_4;
/// 2^600 and 2^-600.
const UP: f64 = 4.149515568880993e180;
const DOWN: f64 = 1.0 / UP;

#[inline(always)]
fn larger(a: f64, b: f64) -> f64 {
    sel(a.abs() > b.abs(), a.abs(), b.abs())
}

#[inline(always)]
pub(crate) fn is_not_finite(a: f64, b: f64) -> bool {
    !((a.abs() < INF) & (b.abs() < INF))
}

/// Sine and cosine of any finite number.
fn any_sincos(x: f64) -> Parts {
    if is_large(x) { sincos_red(large::reduce(x)) } else { sincos(x) }
}

/// v e^x for |v| <= 1 without overflow or underflow before the end.
fn times_exp(v: f64, x: f64) -> f64 {
    let x = x.clamp(-2000.0, 2000.0);
    let k = ((x * std::f64::consts::LOG2_E + MAGIC) - MAGIC) as i32;
    let third = k / 3;
    let pow2 = |k: i32| f64::from_bits(((1023 + k) as u64) << 52);
    v * exp::exp_frac(x, f64::from(k)) * pow2(third) * pow2(third) * pow2(k - 2 * third)
}
