//! Complex exponential and hyperbolic functions.
//!
//! Special values: array API standard 2025.12, which follows C99 annex G.6 but for `tanh`. Every function is written
//! for the first quadrant or the upper half plane and carried over by symmetry, so the rows read as in the tables.

use super::complex::{NAN, by_conjugation, even, odd};
use num_complex::Complex64;

/// The infinity in the direction of the angle `b`.
fn infinite_cis(b: f64) -> Complex64 {
    let (sin, cos) = libm::sincos(b);
    let im = if b == 0.0 { 0.0 } else { f64::INFINITY * sin };
    Complex64::new(f64::INFINITY * cos, im)
}

pub(super) fn exp(z: Complex64) -> Complex64 {
    by_conjugation(z, |a, b| {
        let (sin, cos) = libm::sincos(b);
        match (a, b) {
            (f64::NEG_INFINITY, b) if !b.is_finite() => Complex64::new(0.0, 0.0),
            (f64::INFINITY, b) if !b.is_finite() => Complex64::new(f64::INFINITY, f64::NAN),
            (_, b) if !b.is_finite() => NAN,
            (a, 0.0) if a.is_nan() => Complex64::new(f64::NAN, 0.0),
            (a, _) if a.is_nan() => NAN,
            (f64::NEG_INFINITY, _) => Complex64::new(0.0 * cos, 0.0 * sin),
            (f64::INFINITY, b) => infinite_cis(b),
            _ => Complex64::new(times_exp(cos, a), times_exp(sin, a)),
        }
    })
}

/// `e^z - 1`; near 0 by `expm1(a) cos b - 2 sin(b/2)^2 + e^a sin b j`, whose terms do not lose what cancels against 1.
pub(super) fn expm1(z: Complex64) -> Complex64 {
    by_conjugation(z, |a, b| {
        let (sin, cos) = libm::sincos(b);
        match (a, b) {
            // Unlike the real function: the standard has +0 here.
            (0.0, 0.0) => Complex64::new(0.0, 0.0),
            (f64::NEG_INFINITY, b) if !b.is_finite() => Complex64::new(-1.0, 0.0),
            (f64::INFINITY, b) if !b.is_finite() => Complex64::new(f64::INFINITY, f64::NAN),
            (_, b) if !b.is_finite() => NAN,
            (a, 0.0) if a.is_nan() => Complex64::new(f64::NAN, 0.0),
            (a, _) if a.is_nan() => NAN,
            (f64::NEG_INFINITY, _) => Complex64::new(-1.0, 0.0 * sin),
            (f64::INFINITY, b) => infinite_cis(b),
            _ if a > 40.0 => Complex64::new(times_exp(cos, a) - 1.0, times_exp(sin, a)),
            _ => {
                let half = libm::sin(0.5 * b);
                Complex64::new(libm::expm1(a) * cos - 2.0 * half * half, times_exp(sin, a))
            }
        }
    })
}

/// `sinh a cos b + cosh a sin b j`.
pub(super) fn sinh(z: Complex64) -> Complex64 {
    odd(z, |a, b| {
        let (sin, cos) = libm::sincos(b);
        match (a, b) {
            (0.0, b) if !b.is_finite() => Complex64::new(0.0, f64::NAN),
            (f64::INFINITY, b) if !b.is_finite() => Complex64::new(f64::INFINITY, f64::NAN),
            (_, b) if !b.is_finite() => NAN,
            (a, 0.0) if a.is_nan() => Complex64::new(f64::NAN, 0.0),
            (a, _) if a.is_nan() => NAN,
            (f64::INFINITY, b) => infinite_cis(b),
            _ if a > HUGE => Complex64::new(times_half_exp(cos, a), times_half_exp(sin, a)),
            _ => Complex64::new(libm::sinh(a) * cos, libm::cosh(a) * sin),
        }
    })
}

/// `cosh a cos b + sinh a sin b j`.
pub(super) fn cosh(z: Complex64) -> Complex64 {
    even(z, |a, b| {
        let (sin, cos) = libm::sincos(b);
        match (a, b) {
            (0.0, b) if !b.is_finite() => Complex64::new(f64::NAN, 0.0),
            (f64::INFINITY, b) if !b.is_finite() => Complex64::new(f64::INFINITY, f64::NAN),
            (_, b) if !b.is_finite() => NAN,
            (a, 0.0) if a.is_nan() => Complex64::new(f64::NAN, 0.0),
            (a, _) if a.is_nan() => NAN,
            (f64::INFINITY, b) => infinite_cis(b),
            _ if a > HUGE => Complex64::new(times_half_exp(cos, a), times_half_exp(sin, a)),
            _ => Complex64::new(libm::cosh(a) * cos, libm::sinh(a) * sin),
        }
    })
}

/// W. Kahan, "Branch cuts for complex elementary functions, or much ado about nothing's sign bit" (1987), `CTANH`.
pub(super) fn tanh(z: Complex64) -> Complex64 {
    odd(z, |a, b| {
        match (a, b) {
            (0.0, b) if !b.is_finite() => Complex64::new(0.0, f64::NAN),
            // C99 has the sign of sin 2b on the zero; the standard asks for +0.
            (f64::INFINITY, _) => Complex64::new(1.0, 0.0),
            (_, b) if !b.is_finite() => NAN,
            (a, 0.0) if a.is_nan() => Complex64::new(f64::NAN, 0.0),
            (a, _) if a.is_nan() => NAN,
            // 1 - tanh(a) < 2 exp(-2a), which no longer counts; nor does it in the denominators below.
            _ if a > 22.0 => {
                let (sin, cos) = libm::sincos(b);
                Complex64::new(1.0, times_exp(4.0 * sin * cos, -2.0 * a))
            }
            _ => {
                let tan = libm::tan(b);
                let beta = 1.0 + tan * tan;
                let sinh = libm::sinh(a);
                let rho = (1.0 + sinh * sinh).sqrt();
                let denominator = 1.0 + beta * sinh * sinh;
                Complex64::new(beta * rho * sinh / denominator, tan / denominator)
            }
        }
    })
}

/// Exponents above this are taken apart: `e^a` alone would overflow or lose bits to underflow where the product need
/// not.
const HUGE: f64 = 700.0;

/// `x e^a` without overflow or underflow inside. A finite `x` needs no more than 1455 to overflow from its smallest.
fn times_exp(x: f64, a: f64) -> f64 {
    let step = HUGE.copysign(a);
    let (mut product, mut rest) = (x, a);
    while rest.abs() > HUGE && product != 0.0 && product.is_finite() {
        product *= libm::exp(step);
        // Exact while it matters: `rest` is within a factor of 2 of the step, or the result over- or underflows anyway.
        rest -= step;
    }
    if product == 0.0 || product.is_infinite() { product } else { product * libm::exp(rest) }
}

/// `x e^a / 2` for `a > HUGE`.
fn times_half_exp(x: f64, a: f64) -> f64 {
    // Halving first would lose the last bit of subnormal `x`.
    let product = x * libm::exp(HUGE);
    times_exp(0.5 * product, a - HUGE)
}
