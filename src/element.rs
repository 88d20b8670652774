//! Rust numbers as elements and operands: the 13 element types, numbers in operators, and integers as axes and extents.

use crate::Array;
use crate::elementwise::convert_array;
use crate::error::{ErrorKind, Failure};
use crate::lazy::Source;
use num_complex::{Complex, Complex32, Complex64};
use ondine_ir::{DType, Kind, Scalar};
use ondine_runtime::HostMemory;

mod sealed {
    pub trait Sealed {}
}

/// A Rust type that is an element type of arrays: `bool`, the eight integers from `i8` to `u64`, `f32`, `f64`,
/// [`Complex32`] and [`Complex64`].
pub trait Element: sealed::Sealed + Copy + Send + Sync + 'static {
    /// Its dtype.
    const DTYPE: DType;

    #[doc(hidden)]
    fn to_scalar(self) -> Scalar;

    #[doc(hidden)]
    fn adopt(values: Vec<Self>) -> HostMemory;

    #[doc(hidden)]
    fn read(bytes: &[u8]) -> Vec<Self>;

    /// The elements in memory that holds whole ones; `None` if bool is neither 0 nor 1 there.
    #[doc(hidden)]
    fn view(bytes: &[u8]) -> Option<&[Self]>;

    #[doc(hidden)]
    fn bytes(values: &[Self]) -> &[u8];
}

macro_rules! elements {
    ($($element:ty: $dtype:ident, $value:ident => $scalar:expr;)*) => {$(
        impl sealed::Sealed for $element {}
        impl Element for $element {
            const DTYPE: DType = DType::$dtype;
            fn to_scalar(self) -> Scalar {
                let $value = self;
                $scalar
            }
            fn adopt(values: Vec<Self>) -> HostMemory {
                HostMemory::adopt(values)
            }
            fn read(bytes: &[u8]) -> Vec<Self> {
                let mut values = vec![<$element as bytemuck::Zeroable>::zeroed(); bytes.len() / size_of::<$element>()];
                bytemuck::cast_slice_mut(&mut values).copy_from_slice(bytes);
                values
            }
            fn view(bytes: &[u8]) -> Option<&[Self]> {
                bytemuck::try_cast_slice(bytes).ok()
            }
            fn bytes(values: &[Self]) -> &[u8] {
                bytemuck::cast_slice(values)
            }
        }
    )*};
}

elements! {
    i8: I8, value => Scalar::from_i128(DType::I8, value.into());
    i16: I16, value => Scalar::from_i128(DType::I16, value.into());
    i32: I32, value => Scalar::from_i128(DType::I32, value.into());
    i64: I64, value => Scalar::from_i128(DType::I64, value.into());
    u8: U8, value => Scalar::from_i128(DType::U8, value.into());
    u16: U16, value => Scalar::from_i128(DType::U16, value.into());
    u32: U32, value => Scalar::from_i128(DType::U32, value.into());
    u64: U64, value => Scalar::from_i128(DType::U64, value.into());
    f32: F32, value => Scalar::from_f64(DType::F32, value.into());
    f64: F64, value => Scalar::from_f64(DType::F64, value);
    Complex32: C64, value => Scalar::from_complex(DType::C64, Complex::new(value.re.into(), value.im.into()));
    Complex64: C128, value => Scalar::from_complex(DType::C128, value);
}

impl sealed::Sealed for bool {}
impl Element for bool {
    const DTYPE: DType = DType::Bool;
    fn to_scalar(self) -> Scalar {
        Scalar::bool(self)
    }
    fn adopt(values: Vec<bool>) -> HostMemory {
        // Collected in place: the vector keeps its memory.
        HostMemory::adopt(values.into_iter().map(u8::from).collect::<Vec<u8>>())
    }
    fn read(bytes: &[u8]) -> Vec<bool> {
        bytes.iter().map(|&byte| byte != 0).collect()
    }
    fn view(bytes: &[u8]) -> Option<&[bool]> {
        bytemuck::checked::try_cast_slice(bytes).ok()
    }
    fn bytes(values: &[bool]) -> &[u8] {
        bytemuck::cast_slice(values)
    }
}

/// A Rust integer as an axis, an extent or a position.
pub trait Int: sealed::Sealed + Copy {
    #[doc(hidden)]
    fn to_i64(self) -> i64;
}

impl sealed::Sealed for isize {}
impl sealed::Sealed for usize {}

macro_rules! integers {
    ($($int:ty)*) => {$(
        impl Int for $int {
            fn to_i64(self) -> i64 {
                i64::try_from(self).unwrap_or(i64::MAX)
            }
        }
    )*};
}

integers! { i32 i64 isize u32 u64 usize }

/// What a function takes besides its own array: another array, or a Rust number, which takes the array's dtype.
///
/// A number never widens the precision: `f32` arrays stay `f32`. A real number with an array of integers or bool gives
/// `f64`, a complex number with a real array the complex dtype of the same precision.
#[derive(Clone, Debug)]
pub struct Operand(pub(crate) Argument);

#[derive(Clone, Debug)]
pub(crate) enum Argument {
    Array(Array),
    Scalar(Scalar),
}

impl From<Array> for Operand {
    fn from(array: Array) -> Operand {
        Operand(Argument::Array(array))
    }
}

impl From<&Array> for Operand {
    fn from(array: &Array) -> Operand {
        Operand(Argument::Array(array.clone()))
    }
}

impl<T: Element> From<T> for Operand {
    fn from(value: T) -> Operand {
        Operand(Argument::Scalar(value.to_scalar()))
    }
}

impl Argument {
    /// The dtype of both operands after promotion, for an array of `dtype`.
    pub(crate) fn promote(&self, dtype: DType) -> Result<DType, Failure> {
        Ok(match self {
            Argument::Array(array) => dtype.promote(array.lazy()?.ty().dtype),
            Argument::Scalar(scalar) => promote_scalar(dtype, *scalar),
        })
    }

    /// The dtype of the operand on its own.
    pub(crate) fn dtype(&self) -> Result<DType, Failure> {
        Ok(match self {
            Argument::Array(array) => array.lazy()?.ty().dtype,
            Argument::Scalar(scalar) => scalar.dtype(),
        })
    }

    /// The operand in another dtype.
    pub(crate) fn cast(&self, op: &'static str, dtype: DType) -> Result<Source, Failure> {
        Ok(match self {
            Argument::Array(array) => array.lazy()?.cast(dtype)?.into(),
            Argument::Scalar(scalar) => convert(op, *scalar, dtype)?.into(),
        })
    }
}

impl Argument {
    /// The operand converted to an array's dtype, whatever it is: what `set` stores.
    pub(crate) fn to_dtype(&self, op: &'static str, dtype: DType) -> Result<Source, Failure> {
        match self {
            Argument::Array(array) => Ok(convert_array(op, array.lazy()?, dtype)?.into()),
            Argument::Scalar(scalar) => Ok(convert(op, *scalar, dtype)?.into()),
        }
    }
}

/// The dtype of an array of `dtype` together with a number.
fn promote_scalar(dtype: DType, scalar: Scalar) -> DType {
    match scalar.dtype().kind() {
        Kind::Bool => dtype,
        Kind::Integer if dtype == DType::Bool => DType::I64,
        Kind::Integer => dtype,
        Kind::Real => dtype.to_floating(),
        Kind::Complex => dtype.to_complex(),
    }
}

/// A number in a dtype. Integers must fit; the rest rounds as casts do.
pub(crate) fn convert(op: &'static str, scalar: Scalar, dtype: DType) -> Result<Scalar, Failure> {
    let Some(value) = scalar.to_i128() else {
        // As for arrays: a complex number is true unless it is 0.
        return match scalar.dtype().is_complex() && !dtype.is_complex() && dtype != DType::Bool {
            true => Err(ErrorKind::Complex { op, operand: ondine_ir::Type::new(scalar.dtype(), []), dtype }.into()),
            false => Ok(Scalar::from_complex(dtype, scalar.to_complex())),
        };
    };
    let converted = Scalar::from_i128(dtype, value);
    match dtype.is_integer() && converted.to_i128() != Some(value) {
        true => Err(ErrorKind::Number { op, value: scalar, dtype }.into()),
        false => Ok(converted),
    }
}

/// True for exactly 0, 1 and -1, which stand in graphs as literals so that passes see them; other numbers are parameters.
pub(crate) fn is_literal(scalar: Scalar) -> bool {
    let dtype = scalar.dtype();
    [0, 1, -1].iter().any(|&value| scalar == Scalar::from_i128(dtype, value))
}
