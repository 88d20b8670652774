//! Reductions and scans: one element after the other in row-major order, in the operand's dtype.

use super::elements::{Array, Draft, for_each_index};
use super::math;
use crate::Error;
use ondine_ir::{Binary, DType, Reduce, ReduceKind, Scalar, Scan, Type, Unary};

/// One value from all elements along some axes.
pub(super) fn reduce(reduce: &Reduce, operand: &Array, ty: &Type) -> Result<Array, Error> {
    let kept: Vec<usize> = (0..operand.shape().rank()).filter(|axis| !reduce.axes.contains(axis)).collect();
    let extents: Vec<usize> = reduce.axes.iter().map(|&axis| operand.shape()[axis]).collect();
    let mut source = vec![0; operand.shape().rank()];
    Array::from_index(ty, |index| {
        for (&axis, &position) in kept.iter().zip(index) {
            source[axis] = position;
        }
        let (mut best, mut count) = (None, 0);
        for_each_index(&extents, |inner| {
            for (&axis, &position) in reduce.axes.iter().zip(inner) {
                source[axis] = position;
            }
            let element = operand.at(&source)?;
            best = Some(match best {
                None => (element, count),
                Some(best) => combine(reduce.kind, best, (element, count)),
            });
            count += 1;
            Ok(())
        })?;
        match (best, reduce.kind) {
            (Some((_, position)), ReduceKind::ArgMin | ReduceKind::ArgMax) => {
                Ok(Scalar::from_i128(DType::I64, position))
            }
            (Some((value, _)), _) => Ok(value),
            (None, kind) => of_nothing(kind, ty.dtype),
        }
    })
}

/// Two elements with their positions into one.
fn combine(kind: ReduceKind, (a, at): (Scalar, i128), (b, place): (Scalar, i128)) -> (Scalar, i128) {
    let comes_first = |order: Binary| {
        let is_nan = |x: Scalar| x.dtype().is_floating() && is_true(math::unary(Unary::IsNan, x));
        !is_nan(a) && (is_nan(b) || is_true(math::binary(order, b, a)))
    };
    match kind {
        ReduceKind::Sum => (math::binary(Binary::Add, a, b), 0),
        ReduceKind::Prod => (math::binary(Binary::Mul, a, b), 0),
        ReduceKind::Min => (math::binary(Binary::Min, a, b), 0),
        ReduceKind::Max => (math::binary(Binary::Max, a, b), 0),
        ReduceKind::ArgMin if comes_first(Binary::Lt) => (b, place),
        ReduceKind::ArgMax if comes_first(Binary::Gt) => (b, place),
        ReduceKind::ArgMin | ReduceKind::ArgMax => (a, at),
    }
}

/// The reduction of no element.
fn of_nothing(kind: ReduceKind, dtype: DType) -> Result<Scalar, Error> {
    match kind {
        ReduceKind::Sum => Ok(Scalar::zero(dtype)),
        ReduceKind::Prod => Ok(Scalar::one(dtype)),
        ReduceKind::Min if dtype == DType::Bool => Ok(Scalar::bool(true)),
        ReduceKind::Max if dtype == DType::Bool => Ok(Scalar::bool(false)),
        _ => Err(Error::Internal { what: format!("{} of no element", kind.name()) }),
    }
}

fn is_true(scalar: Scalar) -> bool {
    scalar == Scalar::bool(true)
}

/// Products of matrices, each element a sum from the first term to the last.
pub(super) fn matmul(a: &Array, b: &Array, ty: &Type) -> Result<Array, Error> {
    let rank = ty.shape.rank();
    Array::from_index(ty, |index| {
        let (mut left, mut right) = (index.to_vec(), index.to_vec());
        let mut total = Scalar::zero(ty.dtype);
        for at in 0..a.shape()[rank - 1] as i64 {
            (left[rank - 1], right[rank - 2]) = (at, at);
            let term = math::binary(Binary::Mul, a.at(&left)?, b.at(&right)?);
            total = if at == 0 { term } else { math::binary(Binary::Add, total, term) };
        }
        Ok(total)
    })
}

/// Running values along an axis.
pub(super) fn scan(scan: &Scan, operand: &Array) -> Result<Array, Error> {
    let mut draft = Draft::new(operand.ty().clone())?;
    for_each_index(operand.shape(), |index| {
        let element = operand.at(index)?;
        if index[scan.axis] == 0 {
            return draft.set(index, element);
        }
        // Row-major order writes the position before this one first.
        let mut before = index.to_vec();
        before[scan.axis] -= 1;
        draft.set(index, combine(scan.kind, (draft.at(&before)?, 0), (element, 0)).0)
    })?;
    Ok(draft.finish())
}
