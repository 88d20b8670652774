//! Element types: the 13 of the array API standard, and the total promotion table between them.
//!
//! Promotion depends on dtypes only, never on values. Where the standard leaves a pair open (integers with floats,
//! bool with numbers, signed with uint64) the table is NumPy's.

use std::fmt;

/// The type of one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DType {
    /// Truth value, one byte, 0 or 1.
    Bool,
    /// Signed 8-bit integer.
    I8,
    /// Signed 16-bit integer.
    I16,
    /// Signed 32-bit integer.
    I32,
    /// Signed 64-bit integer.
    I64,
    /// Unsigned 8-bit integer.
    U8,
    /// Unsigned 16-bit integer.
    U16,
    /// Unsigned 32-bit integer.
    U32,
    /// Unsigned 64-bit integer.
    U64,
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary64.
    F64,
    /// Two binary32: real part, imaginary part.
    C64,
    /// Two binary64: real part, imaginary part.
    C128,
}

use DType::*;

/// What a dtype is made of, without its width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Truth values.
    Bool,
    /// Signed and unsigned integers.
    Integer,
    /// Real floating-point numbers.
    Real,
    /// Complex floating-point numbers.
    Complex,
}

impl DType {
    /// Every dtype, in promotion-table order.
    pub const ALL: [DType; 13] = [Bool, I8, I16, I32, I64, U8, U16, U32, U64, F32, F64, C64, C128];

    /// The name in dumps. Complex names count all bits: `c64` is two `f32`.
    pub fn name(self) -> &'static str {
        match self {
            Bool => "bool",
            I8 => "i8",
            I16 => "i16",
            I32 => "i32",
            I64 => "i64",
            U8 => "u8",
            U16 => "u16",
            U32 => "u32",
            U64 => "u64",
            F32 => "f32",
            F64 => "f64",
            C64 => "c64",
            C128 => "c128",
        }
    }

    /// Bytes of one element in memory.
    pub fn bytes(self) -> usize {
        match self {
            Bool | I8 | U8 => 1,
            I16 | U16 => 2,
            I32 | U32 | F32 => 4,
            I64 | U64 | F64 | C64 => 8,
            C128 => 16,
        }
    }

    /// What the dtype is made of.
    pub fn kind(self) -> Kind {
        match self {
            Bool => Kind::Bool,
            F32 | F64 => Kind::Real,
            C64 | C128 => Kind::Complex,
            _ => Kind::Integer,
        }
    }

    /// True for the eight integer dtypes.
    pub fn is_integer(self) -> bool {
        self.kind() == Kind::Integer
    }

    /// True for the signed integer dtypes.
    pub fn is_signed(self) -> bool {
        matches!(self, I8 | I16 | I32 | I64)
    }

    /// True for the unsigned integer dtypes.
    pub fn is_unsigned(self) -> bool {
        matches!(self, U8 | U16 | U32 | U64)
    }

    /// True for float and complex dtypes.
    pub fn is_floating(self) -> bool {
        matches!(self.kind(), Kind::Real | Kind::Complex)
    }

    /// True for complex dtypes.
    pub fn is_complex(self) -> bool {
        self.kind() == Kind::Complex
    }

    /// The dtype of one component: `c64` gives `f32`, every other dtype itself.
    pub fn component(self) -> DType {
        match self {
            C64 => F32,
            C128 => F64,
            other => other,
        }
    }

    /// The floating dtype that functions such as `sqrt` and `exp` compute in: floats stay, the rest becomes `f64`.
    pub fn to_floating(self) -> DType {
        if self.is_floating() { self } else { F64 }
    }

    /// The complex dtype of the same precision; integers and bool go through `f64`.
    pub fn to_complex(self) -> DType {
        match self {
            F32 | C64 => C64,
            _ => C128,
        }
    }

    /// The accumulation dtype of `sum` and `prod`: narrow integers widen to 64 bits, bool counts in `i64`.
    pub fn to_accumulator(self) -> DType {
        match self {
            Bool => I64,
            _ if self.is_signed() => I64,
            _ if self.is_unsigned() => U64,
            other => other,
        }
    }

    /// The dtype that holds both operands: the promotion table of the standard, NumPy's where it is silent.
    pub fn promote(self, other: DType) -> DType {
        let (low, high) = if self.kind() <= other.kind() { (self, other) } else { (other, self) };
        match (low.kind(), high.kind()) {
            (Kind::Bool, _) => high,
            (Kind::Integer, Kind::Integer) => promote_integers(low, high),
            // Integers of up to 16 bits are exact in f32; wider ones ask for double precision.
            (Kind::Integer, _) if low.bytes() <= 2 => high,
            (Kind::Integer, Kind::Real) => F64,
            (Kind::Integer, _) => C128,
            (Kind::Real, Kind::Complex) if low == F64 => C128,
            (Kind::Real, Kind::Complex) => high,
            _ => {
                if low.bytes() >= high.bytes() {
                    low
                } else {
                    high
                }
            }
        }
    }
}

fn promote_integers(a: DType, b: DType) -> DType {
    if a.is_signed() == b.is_signed() {
        return if a.bytes() >= b.bytes() { a } else { b };
    }
    let (signed, unsigned) = if a.is_signed() { (a, b) } else { (b, a) };
    if signed.bytes() > unsigned.bytes() {
        return signed;
    }
    match unsigned {
        U8 => I16,
        U16 => I32,
        U32 => I64,
        _ => F64,
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promotion_is_total_and_commutative() {
        for a in DType::ALL {
            assert_eq!(a.promote(a), a);
            for b in DType::ALL {
                assert_eq!(a.promote(b), b.promote(a), "{a} {b}");
            }
        }
    }

    #[test]
    fn mixed_kinds_follow_numpy() {
        let rows = [
            (I8, U8, I16),
            (I16, U8, I16),
            (I32, U32, I64),
            (I64, U32, I64),
            (I64, U64, F64),
            (I8, U64, F64),
            (Bool, U8, U8),
            (I16, F32, F32),
            (I32, F32, F64),
            (U8, C64, C64),
            (I64, C64, C128),
            (F64, C64, C128),
            (F32, C64, C64),
            (F32, C128, C128),
        ];
        for (a, b, promoted) in rows {
            assert_eq!(a.promote(b), promoted, "{a} {b}");
        }
    }
}
