//! The two float types behind one private trait: exact operations, each rounded once in the type's own precision.

use ondine_ir::DType;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

/// `f32` or `f64`. `%` is the exact `fmod`.
pub(super) trait Float:
    Copy
    + PartialOrd
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Rem<Output = Self>
{
    const DTYPE: DType;
    const ZERO: Self;
    const HALF: Self;
    const ONE: Self;
    const NAN: Self;

    /// The number with this bit pattern (the low 32 bits for `f32`).
    fn from_bits(bits: u64) -> Self;
    fn bits(self) -> u64;
    /// Exact.
    fn to_f64(self) -> f64;
    /// Rounded once.
    fn from_f64(x: f64) -> Self;
    fn sqrt(self) -> Self;
    fn floor(self) -> Self;
    fn ceil(self) -> Self;
    fn trunc(self) -> Self;
    fn round_ties_even(self) -> Self;
    fn abs(self) -> Self;
    fn copysign(self, sign: Self) -> Self;
    fn is_nan(self) -> bool;
    fn is_infinite(self) -> bool;
    fn is_sign_negative(self) -> bool;
}

impl Float for f32 {
    const DTYPE: DType = DType::F32;
    const ZERO: f32 = 0.0;
    const HALF: f32 = 0.5;
    const ONE: f32 = 1.0;
    const NAN: f32 = f32::NAN;

    fn from_bits(bits: u64) -> f32 {
        f32::from_bits(bits as u32)
    }

    fn bits(self) -> u64 {
        self.to_bits() as u64
    }

    fn to_f64(self) -> f64 {
        self as f64
    }

    fn from_f64(x: f64) -> f32 {
        x as f32
    }

    fn sqrt(self) -> f32 {
        self.sqrt()
    }

    fn floor(self) -> f32 {
        self.floor()
    }

    fn ceil(self) -> f32 {
        self.ceil()
    }

    fn trunc(self) -> f32 {
        self.trunc()
    }

    fn round_ties_even(self) -> f32 {
        self.round_ties_even()
    }

    fn abs(self) -> f32 {
        self.abs()
    }

    fn copysign(self, sign: f32) -> f32 {
        self.copysign(sign)
    }

    fn is_nan(self) -> bool {
        self.is_nan()
    }

    fn is_infinite(self) -> bool {
        self.is_infinite()
    }

    fn is_sign_negative(self) -> bool {
        self.is_sign_negative()
    }
}

impl Float for f64 {
    const DTYPE: DType = DType::F64;
    const ZERO: f64 = 0.0;
    const HALF: f64 = 0.5;
    const ONE: f64 = 1.0;
    const NAN: f64 = f64::NAN;

    fn from_bits(bits: u64) -> f64 {
        f64::from_bits(bits)
    }

    fn bits(self) -> u64 {
        self.to_bits()
    }

    fn to_f64(self) -> f64 {
        self
    }

    fn from_f64(x: f64) -> f64 {
        x
    }

    fn sqrt(self) -> f64 {
        self.sqrt()
    }

    fn floor(self) -> f64 {
        self.floor()
    }

    fn ceil(self) -> f64 {
        self.ceil()
    }

    fn trunc(self) -> f64 {
        self.trunc()
    }

    fn round_ties_even(self) -> f64 {
        self.round_ties_even()
    }

    fn abs(self) -> f64 {
        self.abs()
    }

    fn copysign(self, sign: f64) -> f64 {
        self.copysign(sign)
    }

    fn is_nan(self) -> bool {
        self.is_nan()
    }

    fn is_infinite(self) -> bool {
        self.is_infinite()
    }

    fn is_sign_negative(self) -> bool {
        self.is_sign_negative()
    }
}
