//! Conversions between all dtypes.

use super::float::Float;
use super::{from_parts, from_real, parts, real_part};
use num_complex::Complex;
use ondine_ir::{DType, Kind, Scalar};

pub(super) fn cast(to: DType, x: Scalar) -> Scalar {
    match x.dtype() {
        from if from == to => x,
        DType::F32 => from_float(to, real_part::<f32>(x)),
        DType::F64 => from_float(to, real_part::<f64>(x)),
        DType::C64 => from_complex(to, parts::<f32>(x)),
        DType::C128 => from_complex(to, parts::<f64>(x)),
        // Wraps to integers, rounds once to floats, `!= 0` to bool.
        _ => Scalar::from_i128(to, x.to_i128().expect("integers and bool have exact values")),
    }
}

fn from_complex<F: Float>(to: DType, z: Complex<F>) -> Scalar {
    match to {
        DType::Bool => Scalar::bool(z.re != F::ZERO || z.im != F::ZERO),
        DType::C64 => from_parts(Complex { re: z.re.to_f64() as f32, im: z.im.to_f64() as f32 }),
        DType::C128 => from_parts(Complex { re: z.re.to_f64(), im: z.im.to_f64() }),
        _ => from_float(to, z.re),
    }
}

fn from_float<F: Float>(to: DType, x: F) -> Scalar {
    let x = x.to_f64();
    if to.kind() == Kind::Integer {
        return Scalar::from_i128(to, truncate(to, x));
    }
    match to {
        DType::Bool => Scalar::bool(x != 0.0),
        DType::F32 => from_real(x as f32),
        DType::F64 => from_real(x),
        DType::C64 => from_parts(Complex { re: x as f32, im: 0.0 }),
        DType::C128 => from_parts(Complex { re: x, im: 0.0 }),
        _ => unreachable!("integers are handled above"),
    }
}

/// Towards zero, then into the range of the dtype; NaN is 0. Rust's `as` is exactly that for one type.
fn truncate(to: DType, x: f64) -> i128 {
    let bits = 8 * to.bytes() as u32;
    let (low, high) =
        if to.is_signed() { (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1) } else { (0, (1i128 << bits) - 1) };
    (x as i128).clamp(low, high)
}
