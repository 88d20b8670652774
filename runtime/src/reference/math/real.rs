//! Real floats: exact ops in their own precision, transcendental ones through `libm` in `f64`.

use super::float::Float;
use super::{from_parts, from_real};
use ondine_ir::{Binary, Scalar, Unary};

pub(super) fn unary<F: Float>(op: Unary, x: F) -> Scalar {
    use Unary::*;
    match op {
        Signbit => Scalar::bool(x.is_sign_negative()),
        IsNan => Scalar::bool(x.is_nan()),
        IsInf => Scalar::bool(x.is_infinite()),
        IsFinite => Scalar::bool(!x.is_nan() && !x.is_infinite()),
        Neg => from_real(-x),
        Abs => from_real(x.abs()),
        Sign => from_real(sign(x)),
        Real | Conj => from_real(x),
        Imag => from_real(F::ZERO),
        Floor => from_real(x.floor()),
        Ceil => from_real(x.ceil()),
        Trunc => from_real(x.trunc()),
        Round => from_real(x.round_ties_even()),
        Sqrt => from_real(x.sqrt()),
        Not => unreachable!("{op} of {}: inference refuses it", F::DTYPE),
        _ => from_real(F::from_f64(transcendental(op, x.to_f64()))),
    }
}

pub(super) fn binary<F: Float>(op: Binary, a: F, b: F) -> Scalar {
    use Binary::*;
    match op {
        Eq => Scalar::bool(a == b),
        Ne => Scalar::bool(a != b),
        Lt => Scalar::bool(a < b),
        Le => Scalar::bool(a <= b),
        Gt => Scalar::bool(a > b),
        Ge => Scalar::bool(a >= b),
        Add => from_real(a + b),
        Sub => from_real(a - b),
        Mul => from_real(a * b),
        Div => from_real(a / b),
        FloorDiv => from_real(floor_div(a, b)),
        Rem => from_real(rem(a, b)),
        Copysign => from_real(a.copysign(b)),
        Nextafter => from_real(nextafter(a, b)),
        Min => from_real(min(a, b)),
        Max => from_real(-min(-a, -b)),
        Complex => from_parts(num_complex::Complex { re: a, im: b }),
        Pow | Atan2 | Hypot | Logaddexp => from_real(F::from_f64(transcendental2(op, a.to_f64(), b.to_f64()))),
        And | Or | Xor | Shl | Shr => unreachable!("{op} of {}: inference refuses it", F::DTYPE),
    }
}

fn transcendental(op: Unary, x: f64) -> f64 {
    use Unary::*;
    match op {
        Cbrt => libm::cbrt(x),
        Exp => libm::exp(x),
        Exp2 => libm::exp2(x),
        Expm1 => libm::expm1(x),
        Log => libm::log(x),
        Log1p => libm::log1p(x),
        Log2 => libm::log2(x),
        Log10 => libm::log10(x),
        Sin => libm::sin(x),
        Cos => libm::cos(x),
        Tan => libm::tan(x),
        Sinh => libm::sinh(x),
        Cosh => libm::cosh(x),
        Tanh => libm::tanh(x),
        Asin => libm::asin(x),
        Acos => libm::acos(x),
        Atan => libm::atan(x),
        Asinh => libm::asinh(x),
        Acosh => libm::acosh(x),
        Atanh => libm::atanh(x),
        Erf => libm::erf(x),
        Erfc => libm::erfc(x),
        _ => unreachable!("{op} is not transcendental"),
    }
}

fn transcendental2(op: Binary, a: f64, b: f64) -> f64 {
    match op {
        Binary::Pow => libm::pow(a, b),
        Binary::Atan2 => libm::atan2(a, b),
        Binary::Hypot => hypot(a, b),
        Binary::Logaddexp => logaddexp(a, b),
        _ => unreachable!("{op} is not transcendental"),
    }
}

/// `sqrt(a^2 + b^2)`; an infinity beats a NaN.
pub(super) fn hypot(a: f64, b: f64) -> f64 {
    if a.is_infinite() || b.is_infinite() { f64::INFINITY } else { libm::hypot(a, b) }
}

fn logaddexp(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() {
        return f64::NAN;
    }
    // Equal infinities have no difference.
    if a == b {
        return a + std::f64::consts::LN_2;
    }
    a.max(b) + libm::log1p(libm::exp(-(a - b).abs()))
}

fn sign<F: Float>(x: F) -> F {
    if x.is_nan() {
        F::NAN
    } else if x == F::ZERO {
        F::ZERO
    } else {
        F::ONE.copysign(x)
    }
}

/// Smaller of the two; NaN wins and `-0 < +0`, the `minimum` of IEEE 754-2019 section 9.6.
fn min<F: Float>(a: F, b: F) -> F {
    if a.is_nan() || b.is_nan() {
        F::NAN
    } else if a < b || (a == b && a.is_sign_negative()) {
        a
    } else {
        b
    }
}

fn nextafter<F: Float>(a: F, b: F) -> F {
    if a.is_nan() || b.is_nan() {
        F::NAN
    } else if a == b {
        b
    } else if a == F::ZERO {
        F::from_bits(1).copysign(b)
    } else if (a < b) == (a > F::ZERO) {
        // Away from zero: floats of one sign are ordered as their bits are.
        F::from_bits(a.bits() + 1)
    } else {
        F::from_bits(a.bits() - 1)
    }
}

/// Remainder with the sign of the divisor, as in Python.
fn rem<F: Float>(a: F, b: F) -> F {
    let remainder = a % b;
    if remainder == F::ZERO {
        F::ZERO.copysign(b)
    } else if (remainder < F::ZERO) != (b < F::ZERO) {
        // Also `finite % inf` of different signs: the sum is the divisor. A NaN stays one.
        remainder + b
    } else {
        remainder
    }
}

/// `floor(a / b)` where an operand is zero or infinite (array API standard 2025.12, `floor_divide`), otherwise the
/// integer nearest to `(a - a % b) / b`, as `float_divmod` of CPython computes it.
fn floor_div<F: Float>(a: F, b: F) -> F {
    if a.is_nan() || b.is_nan() || a.is_infinite() || a == F::ZERO || b == F::ZERO {
        return a / b;
    }
    if b.is_infinite() {
        return F::ZERO.copysign(a / b);
    }
    let remainder = a % b;
    let mut quotient = (a - remainder) / b;
    if remainder != F::ZERO && (remainder < F::ZERO) != (b < F::ZERO) {
        quotient = quotient - F::ONE;
    }
    if quotient == F::ZERO {
        return F::ZERO.copysign(a / b);
    }
    let floor = quotient.floor();
    if quotient - floor > F::HALF { floor + F::ONE } else { floor }
}
