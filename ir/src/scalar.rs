//! One constant element: a dtype and its bits.
//!
//! Scalars are equal when their bits are: `-0.0` is not `0.0`, and a NaN equals itself, so nodes that hold them can be
//! interned.

use crate::DType;
use num_complex::Complex64;
use std::fmt;

/// A constant of any dtype.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scalar {
    dtype: DType,
    /// Integers are sign- or zero-extended to 64 bits; floats hold their own bit pattern.
    re: u64,
    im: u64,
}

impl Scalar {
    /// The element type.
    pub fn dtype(self) -> DType {
        self.dtype
    }

    /// A truth value.
    pub fn bool(value: bool) -> Scalar {
        Scalar { dtype: DType::Bool, re: value as u64, im: 0 }
    }

    /// `value` in a real or complex floating dtype, rounded to its precision.
    ///
    /// Integer dtypes saturate and truncate, NaN becomes 0, and bool is `value != 0`: the cast rules of the graph.
    pub fn from_complex(dtype: DType, value: Complex64) -> Scalar {
        let component = |x: f64| match dtype.component() {
            DType::Bool => (x != 0.0) as u64,
            DType::I8 => x as i8 as u64,
            DType::I16 => x as i16 as u64,
            DType::I32 => x as i32 as u64,
            DType::I64 => x as i64 as u64,
            DType::U8 => x as u8 as u64,
            DType::U16 => x as u16 as u64,
            DType::U32 => x as u32 as u64,
            DType::U64 => x as u64,
            DType::F32 => (x as f32).to_bits() as u64,
            _ => x.to_bits(),
        };
        let re = if dtype == DType::Bool { (value.re != 0.0 || value.im != 0.0) as u64 } else { component(value.re) };
        Scalar { dtype, re, im: if dtype.is_complex() { component(value.im) } else { 0 } }
    }

    /// `value` in a real dtype; complex dtypes get a zero imaginary part.
    pub fn from_f64(dtype: DType, value: f64) -> Scalar {
        Scalar::from_complex(dtype, Complex64::new(value, 0.0))
    }

    /// `value` in any dtype: integers wrap to the width, floats round.
    pub fn from_i128(dtype: DType, value: i128) -> Scalar {
        let re = match dtype {
            DType::Bool => (value != 0) as u64,
            DType::I8 => value as i8 as u64,
            DType::I16 => value as i16 as u64,
            DType::I32 => value as i32 as u64,
            DType::U8 => value as u8 as u64,
            DType::U16 => value as u16 as u64,
            DType::U32 => value as u32 as u64,
            DType::I64 | DType::U64 => value as u64,
            DType::F32 | DType::C64 => (value as f32).to_bits() as u64,
            DType::F64 | DType::C128 => (value as f64).to_bits(),
        };
        Scalar { dtype, re, im: 0 }
    }

    /// The zero of a dtype (`false`, `0`, `+0.0`).
    pub fn zero(dtype: DType) -> Scalar {
        Scalar::from_i128(dtype, 0)
    }

    /// The one of a dtype.
    pub fn one(dtype: DType) -> Scalar {
        Scalar::from_i128(dtype, 1)
    }

    /// The value as two doubles; 64-bit integers may round.
    pub fn to_complex(self) -> Complex64 {
        let float = |bits: u64| match self.dtype.component() {
            DType::F32 => f32::from_bits(bits as u32) as f64,
            DType::F64 => f64::from_bits(bits),
            _ => unreachable!("only called for floating dtypes"),
        };
        if self.dtype.is_floating() {
            Complex64::new(float(self.re), if self.dtype.is_complex() { float(self.im) } else { 0.0 })
        } else {
            Complex64::new(self.to_i128().expect("bool and integers are exact in i128") as f64, 0.0)
        }
    }

    /// The exact value of an integer or bool scalar.
    pub fn to_i128(self) -> Option<i128> {
        match self.dtype {
            dtype if dtype.is_floating() => None,
            dtype if dtype.is_signed() => Some(self.re as i64 as i128),
            _ => Some(self.re as i128),
        }
    }

    /// The bit patterns of the real and the imaginary part (0 for real dtypes).
    pub fn bits(self) -> [u64; 2] {
        [self.re, self.im]
    }

    /// The bytes of one element in memory, little-endian, of which the first `dtype().bytes()` count.
    pub fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let component = self.dtype.component().bytes();
        bytes[..component].copy_from_slice(&self.re.to_le_bytes()[..component]);
        if self.dtype.is_complex() {
            bytes[component..2 * component].copy_from_slice(&self.im.to_le_bytes()[..component]);
        }
        bytes
    }

    /// The scalar that `to_bytes` would turn into `bytes`.
    ///
    /// Panics if `bytes` is shorter than an element of `dtype`.
    pub fn from_bytes(dtype: DType, bytes: &[u8]) -> Scalar {
        let component = dtype.component().bytes();
        let word = |at: usize| {
            let mut word = [0; 8];
            word[..component].copy_from_slice(&bytes[at..at + component]);
            u64::from_le_bytes(word)
        };
        let re = match dtype {
            DType::I8 => word(0) as i8 as u64,
            DType::I16 => word(0) as i16 as u64,
            DType::I32 => word(0) as i32 as u64,
            _ => word(0),
        };
        Scalar { dtype, re, im: if dtype.is_complex() { word(component) } else { 0 } }
    }
}

impl fmt::Display for Scalar {
    /// The shortest text that reads back to the same bits; complex numbers as `1.0-2.0j`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.dtype {
            DType::Bool => write!(f, "{}", self.re != 0),
            DType::F32 => write!(f, "{:?}", f32::from_bits(self.re as u32)),
            DType::F64 => write!(f, "{:?}", f64::from_bits(self.re)),
            DType::C64 => write!(f, "{:?}{:+?}j", f32::from_bits(self.re as u32), f32::from_bits(self.im as u32)),
            DType::C128 => write!(f, "{:?}{:+?}j", f64::from_bits(self.re), f64::from_bits(self.im)),
            _ => write!(f, "{}", self.to_i128().expect("the rest is integers")),
        }
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{self}: {}", self.dtype)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_is_by_bits() {
        assert_ne!(Scalar::from_f64(DType::F64, 0.0), Scalar::from_f64(DType::F64, -0.0));
        assert_eq!(Scalar::from_f64(DType::F32, f64::NAN), Scalar::from_f64(DType::F32, f64::NAN));
    }

    #[test]
    fn text_is_the_shortest_that_reads_back() {
        assert_eq!(Scalar::from_f64(DType::F32, 0.1).to_string(), "0.1");
        assert_eq!(Scalar::from_complex(DType::C128, Complex64::new(0.0, -2.5)).to_string(), "0.0-2.5j");
        assert_eq!(Scalar::from_i128(DType::I8, -3).to_string(), "-3");
        assert_eq!(Scalar::from_i128(DType::U64, u64::MAX as i128).to_string(), "18446744073709551615");
    }

    #[test]
    fn bytes_round_trip() {
        for dtype in DType::ALL {
            let scalar = Scalar::from_complex(dtype, Complex64::new(1.0, -2.0));
            assert_eq!(Scalar::from_bytes(dtype, &scalar.to_bytes()), scalar);
        }
        let minus = Scalar::from_i128(DType::I16, -2);
        assert_eq!(Scalar::from_bytes(DType::I16, &minus.to_bytes()), minus);
    }
}
