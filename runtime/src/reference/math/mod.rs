//! Scalar mathematics of the `reference` device: every elementwise op on one element.
//!
//! This is the definition that other devices are tested against, and it shares no code with them. Special values are
//! those of the array API standard 2025.12, and of C99 where the standard leaves them open. Exact float ops round once
//! per operation in the operand's own precision; transcendental ones are computed in `f64` and rounded once to `f32`.
//!
//! Graph inference refuses ops on dtypes that make no sense, so meeting one here is a bug of ours and panics.

mod cast;
mod complex;
mod complex_exp;
mod complex_inverse;
mod complex_log;
mod complex_pow;
mod double_double;
mod float;
mod integer;
mod real;
#[cfg(test)]
mod tests;

use float::Float;
use num_complex::Complex;
use ondine_ir::{Binary, DType, Kind, Scalar, Unary};

/// `op` of one element.
///
/// The result has the dtype of `x`, except: component dtype for `abs`, `real` and `imag` of complex numbers, bool for
/// `isnan`, `isinf`, `isfinite` and `signbit`.
///
/// Panics if `op` is not defined on the dtype of `x`.
pub fn unary(op: Unary, x: Scalar) -> Scalar {
    match x.dtype() {
        DType::Bool => integer::unary_bool(op, x),
        DType::F32 => real::unary::<f32>(op, real_part(x)),
        DType::F64 => real::unary::<f64>(op, real_part(x)),
        DType::C64 => complex::unary::<f32>(op, parts(x)),
        DType::C128 => complex::unary::<f64>(op, parts(x)),
        _ => integer::unary(op, x),
    }
}

/// `op` of two elements of equal dtypes.
///
/// `mul` also takes one complex and one real operand of the same precision, `div` a complex dividend and a real
/// divisor; both then work componentwise. The result has the dtype of the operands (the complex one of the two), except:
/// bool for comparisons, complex for `complex`.
///
/// Panics if `op` is not defined on the dtypes of `a` and `b`.
pub fn binary(op: Binary, a: Scalar, b: Scalar) -> Scalar {
    let component = a.dtype().component();
    if a.dtype() != b.dtype() {
        return match (component, b.dtype().component()) {
            (DType::F32, DType::F32) => mixed::<f32>(op, a, b),
            (DType::F64, DType::F64) => mixed::<f64>(op, a, b),
            _ => unreachable!("{op} of {} and {}: inference refuses it", a.dtype(), b.dtype()),
        };
    }
    match a.dtype() {
        DType::Bool => integer::binary_bool(op, a, b),
        DType::F32 => real::binary::<f32>(op, real_part(a), real_part(b)),
        DType::F64 => real::binary::<f64>(op, real_part(a), real_part(b)),
        DType::C64 => complex::binary::<f32>(op, parts(a), parts(b)),
        DType::C128 => complex::binary::<f64>(op, parts(a), parts(b)),
        _ => integer::binary(op, a, b),
    }
}

/// `x` converted to the dtype `to`.
///
/// Integers wrap to narrower ones; floats truncate and saturate to integers, NaN becomes 0; bool is `x != 0`, of
/// complex numbers in either part; real numbers get a `+0` imaginary part, complex ones lose theirs.
pub fn cast(to: DType, x: Scalar) -> Scalar {
    cast::cast(to, x)
}

/// One complex and one real operand of the same precision.
fn mixed<F: Float>(op: Binary, a: Scalar, b: Scalar) -> Scalar {
    let complex_first = a.dtype().kind() == Kind::Complex;
    let (z, s) = if complex_first { (parts::<F>(a), real_part::<F>(b)) } else { (parts(b), real_part(a)) };
    match op {
        Binary::Mul => from_parts(Complex { re: z.re * s, im: z.im * s }),
        Binary::Div if complex_first => from_parts(Complex { re: z.re / s, im: z.im / s }),
        _ => unreachable!("{op} of {} and {}: inference refuses it", a.dtype(), b.dtype()),
    }
}

fn real_part<F: Float>(x: Scalar) -> F {
    F::from_bits(x.bits()[0])
}

fn parts<F: Float>(x: Scalar) -> Complex<F> {
    let [re, im] = x.bits();
    Complex { re: F::from_bits(re), im: F::from_bits(im) }
}

/// The scalar with exactly these bits; `Scalar::from_f64` would not promise the sign of a NaN.
fn from_real<F: Float>(x: F) -> Scalar {
    Scalar::from_bytes(F::DTYPE, &x.bits().to_le_bytes())
}

fn from_parts<F: Float>(z: Complex<F>) -> Scalar {
    let dtype = F::DTYPE.to_complex();
    let component = F::DTYPE.bytes();
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&z.re.bits().to_le_bytes());
    bytes[component..component + 8].copy_from_slice(&z.im.bits().to_le_bytes());
    Scalar::from_bytes(dtype, &bytes)
}
