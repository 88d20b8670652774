//! Complex logarithms, square root and sign.
//!
//! Near the unit circle `log |z|` is the logarithm of a number close to 1, whose distance from 1 is summed exactly.

use super::complex::{NAN, by_conjugation};
use super::double_double::{exact_sum, two_product};
use super::real::hypot;
use num_complex::Complex64;
use std::f64::consts::{LN_2, LN_10, LOG2_E, LOG10_2, LOG10_E};

pub(super) fn log(z: Complex64) -> Complex64 {
    by_conjugation(z, |a, b| logarithm(a, b, &NATURAL))
}

pub(super) fn log2(z: Complex64) -> Complex64 {
    by_conjugation(z, |a, b| logarithm(a, b, &BINARY))
}

pub(super) fn log10(z: Complex64) -> Complex64 {
    by_conjugation(z, |a, b| logarithm(a, b, &DECIMAL))
}

pub(super) fn log1p(z: Complex64) -> Complex64 {
    by_conjugation(z, |a, b| {
        let shifted = 1.0 + a;
        let modulus = hypot(shifted, b);
        if !(modulus > 0.5 && modulus < 2.0) {
            return logarithm(shifted, b, &NATURAL);
        }
        // |1 + z|^2 - 1 = 2a + a^2 + b^2
        let (aa, aa_rest) = two_product(a, a);
        let (bb, bb_rest) = two_product(b, b);
        let excess = exact_sum(&[2.0 * a, aa, bb, aa_rest, bb_rest]);
        Complex64::new(0.5 * libm::log1p(excess), libm::atan2(b, shifted))
    })
}

/// A base of logarithms: `log` to it, and the two factors that natural and binary logarithms need.
struct Base {
    log: fn(f64) -> f64,
    of_e: f64,
    of_2: f64,
    natural: f64,
}

const NATURAL: Base = Base { log: libm::log, of_e: 1.0, of_2: LN_2, natural: 1.0 };
const BINARY: Base = Base { log: libm::log2, of_e: LOG2_E, of_2: 1.0, natural: LN_2 };
const DECIMAL: Base = Base { log: libm::log10, of_e: LOG10_E, of_2: LOG10_2, natural: LN_10 };

fn logarithm(a: f64, b: f64, base: &Base) -> Complex64 {
    // The rows with an infinity, zeros and NaNs are what log(hypot) and atan2 make of them; only NaNs need care.
    if (a.is_nan() || b.is_nan()) && !a.is_infinite() && !b.is_infinite() {
        return NAN;
    }
    Complex64::new(log_modulus(a, b, base), libm::atan2(b, a) / base.natural)
}

fn log_modulus(a: f64, b: f64, base: &Base) -> f64 {
    let modulus = hypot(a, b);
    if modulus > 0.5 && modulus < 2.0 {
        // |z|^2 - 1
        let (aa, aa_rest) = two_product(a, a);
        let (bb, bb_rest) = two_product(b, b);
        let excess = exact_sum(&[-1.0, aa, bb, aa_rest, bb_rest]);
        return 0.5 * libm::log1p(excess) * base.of_e;
    }
    if modulus.is_infinite() && a.is_finite() && b.is_finite() {
        return (base.log)(hypot(0.5 * a, 0.5 * b)) + base.of_2;
    }
    if modulus < f64::MIN_POSITIVE && modulus > 0.0 {
        // Subnormal: few bits are left of the modulus until it is scaled up.
        let scale = libm::scalbn(1.0, 100);
        return (base.log)(hypot(scale * a, scale * b)) - 100.0 * base.of_2;
    }
    (base.log)(modulus)
}

/// W. Kahan, "Branch cuts for complex elementary functions" (1987), `CSQRT`, with scaling by powers of 4.
pub(super) fn sqrt(z: Complex64) -> Complex64 {
    by_conjugation(z, |a, b| match (a, b) {
        (0.0, 0.0) => Complex64::new(0.0, 0.0),
        (_, f64::INFINITY) => Complex64::new(f64::INFINITY, f64::INFINITY),
        (f64::INFINITY, b) if b.is_nan() => Complex64::new(f64::INFINITY, f64::NAN),
        (f64::INFINITY, _) => Complex64::new(f64::INFINITY, 0.0),
        (f64::NEG_INFINITY, b) if b.is_nan() => Complex64::new(f64::NAN, f64::INFINITY),
        (f64::NEG_INFINITY, b) if b.is_finite() => Complex64::new(0.0, f64::INFINITY),
        (a, b) if a.is_nan() || b.is_nan() => NAN,
        _ => {
            let largest = a.abs().max(b);
            // Powers of 4 that keep the modulus clear of overflow and of subnormals; the root undoes half of them.
            let shift = match largest {
                x if x > 1e300 => -2,
                x if x < 1e-200 => 600,
                _ => 0,
            };
            let (a, b) = (libm::scalbn(a, shift), libm::scalbn(b, shift));
            let root = (0.5 * (a.abs() + hypot(a, b))).sqrt();
            let other = b / (2.0 * root);
            let (re, im) = if a.is_sign_negative() { (other, root) } else { (root, other) };
            Complex64::new(libm::scalbn(re, -shift / 2), libm::scalbn(im, -shift / 2))
        }
    })
}

/// `z / |z|`, 0 at 0. On the axes at infinity the unit of the axis, which is the limit.
pub(super) fn sign(z: Complex64) -> Complex64 {
    if z.re.is_nan() || z.im.is_nan() {
        return NAN;
    }
    if z.re == 0.0 && z.im == 0.0 {
        return Complex64::new(0.0, 0.0);
    }
    match (z.re.is_infinite(), z.im.is_infinite()) {
        (true, true) => return NAN,
        (true, false) => return Complex64::new(1f64.copysign(z.re), 0f64.copysign(z.im)),
        (false, true) => return Complex64::new(0f64.copysign(z.re), 1f64.copysign(z.im)),
        _ => {}
    }
    let largest = z.re.abs().max(z.im.abs());
    let shift = match largest {
        x if x > 1e300 => -2,
        x if x < 1e-200 => 600,
        _ => 0,
    };
    let (a, b) = (libm::scalbn(z.re, shift), libm::scalbn(z.im, shift));
    let modulus = hypot(a, b);
    Complex64::new(a / modulus, b / modulus)
}
