//! Complex numbers: arithmetic in the components' own precision, and the way to the transcendental functions.
//!
//! `sin`, `cos`, `tan`, `asin` and `atan` are defined by rotation from their hyperbolic counterparts, as in the
//! standard, so that the two families agree in every special value.

use super::float::Float;
use super::{complex_exp, complex_inverse, complex_log, complex_pow, from_parts, from_real};
use num_complex::{Complex, Complex64};
use ondine_ir::{Binary, Scalar, Unary};

pub(super) fn unary<F: Float>(op: Unary, z: Complex<F>) -> Scalar {
    use Unary::*;
    let Complex { re, im } = z;
    match op {
        Real => from_real(re),
        Imag => from_real(im),
        Neg => from_parts(Complex { re: -re, im: -im }),
        Conj => from_parts(Complex { re, im: -im }),
        Round => from_parts(Complex { re: re.round_ties_even(), im: im.round_ties_even() }),
        IsNan => Scalar::bool(re.is_nan() || im.is_nan()),
        IsInf => Scalar::bool(re.is_infinite() || im.is_infinite()),
        IsFinite => Scalar::bool([re, im].iter().all(|part| !part.is_nan() && !part.is_infinite())),
        Abs => from_real(F::from_f64(super::real::hypot(re.to_f64(), im.to_f64()))),
        _ => from_parts(round::<F>(transcendental(op, widen(z)))),
    }
}

pub(super) fn binary<F: Float>(op: Binary, a: Complex<F>, b: Complex<F>) -> Scalar {
    match op {
        Binary::Eq => Scalar::bool(a.re == b.re && a.im == b.im),
        Binary::Ne => Scalar::bool(a.re != b.re || a.im != b.im),
        Binary::Add => from_parts(Complex { re: a.re + b.re, im: a.im + b.im }),
        Binary::Sub => from_parts(Complex { re: a.re - b.re, im: a.im - b.im }),
        Binary::Mul => from_parts(mul(a, b)),
        Binary::Div => from_parts(div(a, b)),
        Binary::Pow => from_parts(round::<F>(complex_pow::pow(widen(a), widen(b)))),
        _ => unreachable!("{op} of {}: inference refuses it", F::DTYPE.to_complex()),
    }
}

fn transcendental(op: Unary, z: Complex64) -> Complex64 {
    use Unary::*;
    match op {
        Sign => complex_log::sign(z),
        Sqrt => complex_log::sqrt(z),
        Log => complex_log::log(z),
        Log1p => complex_log::log1p(z),
        Log2 => complex_log::log2(z),
        Log10 => complex_log::log10(z),
        Exp => complex_exp::exp(z),
        Expm1 => complex_exp::expm1(z),
        Sinh => complex_exp::sinh(z),
        Cosh => complex_exp::cosh(z),
        Tanh => complex_exp::tanh(z),
        Sin => over_j(complex_exp::sinh(times_j(z))),
        Cos => complex_exp::cosh(times_j(z)),
        Tan => over_j(complex_exp::tanh(times_j(z))),
        Asinh => complex_inverse::asinh(z),
        Acosh => complex_inverse::acosh(z),
        Atanh => complex_inverse::atanh(z),
        Asin => over_j(complex_inverse::asinh(times_j(z))),
        Acos => complex_inverse::acos(z),
        Atan => over_j(complex_inverse::atanh(times_j(z))),
        _ => unreachable!("{op} of complex numbers: inference refuses it"),
    }
}

/// The textbook formula, every operation rounded once.
pub(super) fn mul<F: Float>(a: Complex<F>, b: Complex<F>) -> Complex<F> {
    Complex { re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re }
}

/// The textbook formula, every operation rounded once.
fn div<F: Float>(a: Complex<F>, b: Complex<F>) -> Complex<F> {
    let denominator = b.re * b.re + b.im * b.im;
    Complex { re: (a.re * b.re + a.im * b.im) / denominator, im: (a.im * b.re - a.re * b.im) / denominator }
}

fn widen<F: Float>(z: Complex<F>) -> Complex64 {
    Complex64::new(z.re.to_f64(), z.im.to_f64())
}

fn round<F: Float>(z: Complex64) -> Complex<F> {
    Complex { re: F::from_f64(z.re), im: F::from_f64(z.im) }
}

fn times_j(z: Complex64) -> Complex64 {
    Complex64::new(-z.im, z.re)
}

fn over_j(z: Complex64) -> Complex64 {
    Complex64::new(z.im, -z.re)
}

/// `NaN + NaN j`.
pub(super) const NAN: Complex64 = Complex64::new(f64::NAN, f64::NAN);

/// `f` everywhere from its values in the upper half plane: `f(conj z) = conj f(z)`.
pub(super) fn by_conjugation(z: Complex64, upper: fn(f64, f64) -> Complex64) -> Complex64 {
    let w = upper(z.re, z.im.abs());
    Complex64::new(w.re, with_sign(w.im, z.im))
}

/// `f` everywhere from its values in the first quadrant, for `f` odd with `f(conj z) = conj f(z)`.
pub(super) fn odd(z: Complex64, quadrant: fn(f64, f64) -> Complex64) -> Complex64 {
    let w = quadrant(z.re.abs(), z.im.abs());
    Complex64::new(with_sign(w.re, z.re), with_sign(w.im, z.im))
}

/// `f` everywhere from its values in the first quadrant, for `f` even with `f(conj z) = conj f(z)`.
pub(super) fn even(z: Complex64, quadrant: fn(f64, f64) -> Complex64) -> Complex64 {
    let w = quadrant(z.re.abs(), z.im.abs());
    Complex64::new(w.re, with_sign(with_sign(w.im, z.im), z.re))
}

/// `x`, negated if `sign` is negative.
fn with_sign(x: f64, sign: f64) -> f64 {
    if sign.is_sign_negative() { -x } else { x }
}
