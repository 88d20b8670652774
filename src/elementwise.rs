//! Functions of every element: promotion, broadcasting, and one method per function of the standard.
//!
//! Operands are promoted to one dtype and broadcast by explicit views; operands of rank 0 stay as they are. What is an
//! identity on a dtype gives the same array.

use crate::element::{Argument, Operand};
use crate::error::{ErrorKind, Failure};
use crate::lazy::{Built, Lazy, Source};
use crate::{Array, DType};
use ondine_ir::{Affine, Binary, Error as IrError, Kind, Op, Scalar, Shape, Type, Unary, View};

impl Lazy {
    /// Conversion to another dtype.
    pub(crate) fn cast(&self, dtype: DType) -> Built {
        match self.ty().dtype == dtype {
            true => Ok(self.clone()),
            false => Lazy::apply(Op::Cast(dtype), [self.into()]),
        }
    }

    pub(crate) fn apply_unary(&self, op: Unary) -> Built {
        Lazy::apply(Op::Unary(op), [self.into()])
    }

    /// The array repeated to a shape; rank 0 included.
    pub(crate) fn broadcast(&self, shape: Shape) -> Built {
        self.view(View::Affine(Affine::broadcast(self.shape(), shape)))
    }

    /// A unary function by the standard's dtype rules.
    pub(crate) fn unary(&self, op: Unary) -> Built {
        use Unary::*;
        let kind = self.ty().dtype.kind();
        match (op, kind) {
            // Identities.
            (Real | Conj, Kind::Bool | Kind::Integer | Kind::Real) => Ok(self.clone()),
            (Floor | Ceil | Trunc | Round | Abs, Kind::Bool) => Ok(self.clone()),
            (Floor | Ceil | Trunc | Round, Kind::Integer) => Ok(self.clone()),
            (Abs, Kind::Integer) if self.ty().dtype.is_unsigned() => Ok(self.clone()),
            // Known without a look at the elements.
            (Imag, Kind::Bool | Kind::Integer | Kind::Real) => constant(self.shape(), Scalar::zero(self.ty().dtype)),
            (IsNan | IsInf, Kind::Bool | Kind::Integer) => constant(self.shape(), Scalar::bool(false)),
            (IsFinite, Kind::Bool | Kind::Integer) => constant(self.shape(), Scalar::bool(true)),
            (Signbit, Kind::Integer) if self.ty().dtype.is_unsigned() => constant(self.shape(), Scalar::bool(false)),
            (Signbit, Kind::Integer) => {
                Lazy::apply(Op::Binary(Binary::Lt), [self.into(), Scalar::zero(self.ty().dtype).into()])
            }
            // Through double precision.
            (
                Sqrt | Cbrt | Exp | Exp2 | Expm1 | Log | Log1p | Log2 | Log10 | Sin | Cos | Tan | Sinh | Cosh | Tanh
                | Asin | Acos | Atan | Asinh | Acosh | Atanh | Erf | Erfc,
                Kind::Bool | Kind::Integer,
            ) => self.cast(DType::F64)?.apply_unary(op),
            _ => self.apply_unary(op),
        }
    }
}

/// A number that follows from shapes alone, which graphs hold as a literal.
pub(crate) fn literal(value: Scalar) -> Built {
    Lazy::apply(Op::Literal(value), [])
}

/// A shape filled with one number.
pub(crate) fn constant(shape: &Shape, value: Scalar) -> Built {
    match shape.rank() {
        0 => Ok(Lazy::scalar(value)),
        _ => {
            let view = View::Affine(Affine::broadcast(&Shape::default(), shape.clone()));
            Lazy::apply(Op::View(view), [value.into()])
        }
    }
}

/// Brings operands to one shape; those of rank 0 stay.
pub(crate) fn broadcast<const N: usize>(op: &'static str, sources: [Source; N]) -> Result<[Source; N], Failure> {
    let mut shape = Shape::default();
    for source in &sources {
        let Source::Lazy(lazy) = source else { continue };
        shape = shape.broadcast(lazy.shape()).ok_or_else(|| {
            let operands: Vec<Type> = sources.iter().map(Source::ty).collect();
            IrError::Broadcast { op, operands }
        })?;
    }
    let mut result = sources;
    for source in &mut result {
        if let Source::Lazy(lazy) = source
            && lazy.rank() > 0
            && *lazy.shape() != shape
        {
            *source = lazy.broadcast(shape.clone())?.into();
        }
    }
    Ok(result)
}

/// A binary op on operands of one dtype, broadcast.
pub(crate) fn zip(op: Binary, a: impl Into<Source>, b: impl Into<Source>) -> Built {
    Lazy::apply(Op::Binary(op), broadcast(op.name(), [a.into(), b.into()])?)
}

/// A whole number of dtype `i64`.
pub(crate) fn whole(value: usize) -> Source {
    Scalar::from_i128(DType::I64, value as i128).into()
}

/// The op that a function means on a promoted dtype, and the dtypes its operands take.
fn operand_dtypes(op: Binary, common: DType, a: DType, b: DType) -> (Binary, DType, DType) {
    use Binary::*;
    let floating = common.to_floating();
    // A real side of a product, or a real divisor, stays real: componentwise, so that infinities do not become NaN.
    let real_side = |dtype: DType| if dtype.is_complex() { common } else { common.component() };
    match op {
        Add if common == DType::Bool => (Or, common, common),
        Mul if common == DType::Bool => (And, common, common),
        Mul if common.is_complex() && a.is_complex() != b.is_complex() => (op, real_side(a), real_side(b)),
        Div if common.is_complex() && a.is_complex() && !b.is_complex() => (op, common, common.component()),
        Div | Atan2 | Hypot | Copysign | Nextafter | Logaddexp | Complex => (op, floating, floating),
        _ => (op, common, common),
    }
}

/// True for the real number 2.
fn is_two(scalar: Scalar) -> bool {
    !scalar.dtype().is_complex() && scalar.to_complex().re == 2.0
}

/// A binary function: promotes, converts, broadcasts, and puts a number second where the order is free.
fn built(op: Binary, a: &Argument, b: &Argument) -> Built {
    let (dtype_a, dtype_b) = (a.dtype()?, b.dtype()?);
    let common = match (a, b) {
        (Argument::Scalar(_), Argument::Array(_)) => a.promote(dtype_b)?,
        _ => b.promote(dtype_a)?,
    };
    let (op, to_a, to_b) = operand_dtypes(op, common, dtype_a, dtype_b);
    let sources = [a.cast(op.name(), to_a)?, b.cast(op.name(), to_b)?];
    let [a, b] = broadcast(op.name(), sources)?;
    if let (Binary::Pow, Source::Lazy(x), Source::Scalar(exponent)) = (op, &a, &b)
        && is_two(*exponent)
    {
        // Rounded once, and the same at all special values.
        return Lazy::apply(Op::Binary(Binary::Mul), [x.into(), x.into()]);
    }
    match matches!(a, Source::Scalar(_)) && op.is_commutative() {
        true => Lazy::apply(Op::Binary(op), [b, a]),
        false => Lazy::apply(Op::Binary(op), [a, b]),
    }
}

/// The second where the first is true, the third elsewhere.
pub(crate) fn select(condition: &Lazy, a: &Argument, b: &Argument) -> Built {
    let (dtype_a, dtype_b) = (a.dtype()?, b.dtype()?);
    let common = match (a, b) {
        (Argument::Scalar(_), Argument::Array(_)) => a.promote(dtype_b)?,
        (Argument::Scalar(_), Argument::Scalar(_)) => dtype_a.promote(dtype_b),
        _ => b.promote(dtype_a)?,
    };
    let sources = [condition.into(), a.cast("where", common)?, b.cast("where", common)?];
    Lazy::apply(Op::Select, broadcast("where", sources)?)
}

/// A function of two operands that is chosen by its op, with numbers on either side.
///
/// - `a`, `b`: arrays that broadcast with each other, or numbers, which take the dtype of the array
/// - result: as of the operator or method of [`Array`] that the op stands for
/// - lazy: adds nodes, evaluates nothing
///
/// ```
/// use ondine::{Array, ir::Binary};
/// let y = ondine::binary(Binary::Pow, 2.0, Array::from([3.0]));
/// assert_eq!(y.to_vec::<f64>()?, [8.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Broadcast`, `DType`, `Devices`, `Number`.
#[track_caller]
pub fn binary(op: Binary, a: impl Into<Operand>, b: impl Into<Operand>) -> Array {
    Array::binary(op, a.into().0, b.into().0)
}

impl Array {
    #[track_caller]
    pub(crate) fn binary(op: Binary, a: Argument, b: Argument) -> Array {
        Array::settle(built(op, &a, &b))
    }

    #[track_caller]
    pub(crate) fn with(&self, op: Binary, other: impl Into<Operand>) -> Array {
        Array::binary(op, Argument::Array(self.clone()), other.into().0)
    }

    #[track_caller]
    pub(crate) fn unary(&self, op: Unary) -> Array {
        self.then(|x| x.unary(op))
    }
}

/// A conversion that a user asked for; complex numbers do not become real silently.
pub(crate) fn convert_array(op: &'static str, x: &Lazy, dtype: DType) -> Built {
    let drops = x.ty().dtype.is_complex() && !dtype.is_complex() && dtype != DType::Bool;
    match drops {
        true => Err(ErrorKind::Complex { op, operand: x.ty().clone(), dtype }.into()),
        false => x.cast(dtype),
    }
}
