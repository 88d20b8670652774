//! What dtypes can hold, and which one several operands have in common.

use crate::DType;
use crate::element::{Argument, Operand};
use crate::error::{Failure, Result, argument, here};
use ondine_ir::Kind;

/// The limits of a floating dtype; of the component of a complex one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FloatInfo {
    /// Bits of one number.
    pub bits: u32,
    /// The distance from 1 to the next number.
    pub eps: f64,
    /// The largest finite number.
    pub max: f64,
    /// The smallest finite number.
    pub min: f64,
    /// The smallest positive number of full precision.
    pub smallest_normal: f64,
    /// The real dtype.
    pub dtype: DType,
}

/// The limits of an integer dtype.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntInfo {
    /// Bits of one number.
    pub bits: u32,
    /// The largest number.
    pub max: i128,
    /// The smallest number.
    pub min: i128,
    /// The dtype.
    pub dtype: DType,
}

/// Limits of a floating dtype.
///
/// ```
/// use ondine::DType;
/// assert_eq!(ondine::finfo(DType::C64)?.eps, f32::EPSILON.into());
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// `Argument` if the dtype is not floating.
///
/// Source: array API standard 2025.12, `finfo`.
#[track_caller]
pub fn finfo(dtype: DType) -> Result<FloatInfo> {
    let info = match dtype.component() {
        DType::F32 => FloatInfo {
            bits: 32,
            eps: f32::EPSILON.into(),
            max: f32::MAX.into(),
            min: f32::MIN.into(),
            smallest_normal: f32::MIN_POSITIVE.into(),
            dtype: DType::F32,
        },
        DType::F64 => FloatInfo {
            bits: 64,
            eps: f64::EPSILON,
            max: f64::MAX,
            min: f64::MIN,
            smallest_normal: f64::MIN_POSITIVE,
            dtype: DType::F64,
        },
        _ => return here(Err(argument("finfo", format!("{dtype} is not a floating dtype")))),
    };
    Ok(info)
}

/// Limits of an integer dtype.
///
/// ```
/// assert_eq!(ondine::iinfo(ondine::DType::I8)?.min, -128);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// `Argument` if the dtype is not of integers.
///
/// Source: array API standard 2025.12, `iinfo`.
#[track_caller]
pub fn iinfo(dtype: DType) -> Result<IntInfo> {
    if !dtype.is_integer() {
        return here(Err(argument("iinfo", format!("{dtype} is not an integer dtype"))));
    }
    let bits = 8 * dtype.bytes() as u32;
    let (min, max) = match dtype.is_signed() {
        true => (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1),
        false => (0, (1i128 << bits) - 1),
    };
    Ok(IntInfo { bits, max, min, dtype })
}

/// True if promotion takes the first dtype to the second.
///
/// ```
/// use ondine::DType;
/// assert!(ondine::can_cast(DType::I8, DType::I32) && !ondine::can_cast(DType::F64, DType::F32));
/// ```
///
/// Source: array API standard 2025.12, `can_cast`.
pub fn can_cast(from: DType, to: DType) -> bool {
    from.promote(to) == to
}

/// The dtype that operands have in common: arrays by promotion, then numbers, which take the dtype of the arrays as they
/// do in arithmetic.
///
/// ```
/// use ondine::{Array, DType};
/// let x = Array::from([1.0f32]);
/// assert_eq!(ondine::result_type(&[(&x).into(), 2.5.into()])?, DType::F32);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// `Argument` without an array.
///
/// Source: array API standard 2025.12, `result_type`.
#[track_caller]
pub fn result_type(operands: &[Operand]) -> Result<DType> {
    let find = || -> Result<DType, Failure> {
        let (arrays, numbers): (Vec<&Operand>, Vec<&Operand>) =
            operands.iter().partition(|operand| matches!(operand.0, Argument::Array(_)));
        let mut dtype: Option<DType> = None;
        for array in arrays {
            let own = array.0.dtype()?;
            dtype = Some(dtype.map_or(own, |dtype| dtype.promote(own)));
        }
        let dtype = dtype.ok_or_else(|| argument("result_type", "no array is given"))?;
        numbers.iter().try_fold(dtype, |dtype, number| number.0.promote(dtype))
    };
    here(find())
}

/// True if the dtype is of a kind.
///
/// ```
/// use ondine::{DType, ir::Kind};
/// assert!(ondine::isdtype(DType::C64, Kind::Complex));
/// ```
///
/// Source: array API standard 2025.12, `isdtype`.
pub fn isdtype(dtype: DType, kind: Kind) -> bool {
    dtype.kind() == kind
}
