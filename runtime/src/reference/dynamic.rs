//! Addresses and orders that are data: gather, scatter, searchsorted, sort.

use super::elements::{Array, Draft, for_each_index};
use super::math;
use crate::Error;
use ondine_ir::{Binary, DType, Scalar, Sort, Type, Unary};

/// Elements of `operand` along `axis` at the given positions.
pub(super) fn gather(axis: usize, operand: &Array, positions: &Array, ty: &Type) -> Result<Array, Error> {
    let normalised = normalise("gather", positions, operand.shape()[axis])?;
    let rank = positions.shape().rank();
    Array::from_index(ty, |index| {
        let position = normalised.at(&index[axis..axis + rank])?.to_i128().expect("positions are i64") as i64;
        let mut source = index[..axis].to_vec();
        source.push(position);
        source.extend_from_slice(&index[axis + rank..]);
        operand.at(&source)
    })
}

/// The base with the given positions along `axis` overwritten in order.
pub(super) fn scatter(axis: usize, base: &Array, positions: &Array, values: &Array) -> Result<Array, Error> {
    let normalised = normalise("scatter", positions, base.shape()[axis])?;
    let mut draft = Draft::copy(base)?;
    // Row-major order visits the positions along the axis in ascending order for every line: the last write wins.
    for_each_index(values.shape(), |index| {
        let mut place = index.to_vec();
        place[axis] = normalised.at(&[index[axis]])?.to_i128().expect("positions are i64") as i64;
        draft.set(&place, values.at(index)?)
    })?;
    Ok(draft.finish())
}

/// Every position, counted from the start. Positions are checked even if nothing is read there.
fn normalise(op: &'static str, positions: &Array, extent: usize) -> Result<Array, Error> {
    Array::from_index(positions.ty(), |index| {
        let given = positions.at(index)?.to_i128().expect("positions are i64");
        let position = if given < 0 { given + extent as i128 } else { given };
        match (0..extent as i128).contains(&position) {
            true => Ok(Scalar::from_i128(positions.ty().dtype, position)),
            false => Err(Error::Position { op, position: given as i64, extent }),
        }
    })
}

/// Where the elements of `values` would be inserted into `sorted`. NaN sorts last.
pub(super) fn search_sorted(right: bool, sorted: &Array, values: &Array, ty: &Type) -> Result<Array, Error> {
    let mut row = Vec::with_capacity(sorted.shape()[0]);
    for_each_index(sorted.shape(), |index| {
        row.push(sorted.at(index)?);
        Ok(())
    })?;
    Array::from_index(ty, |index| {
        let value = values.at(index)?;
        let place = match right {
            true => row.partition_point(|&element| !is_less(value, element)),
            false => row.partition_point(|&element| is_less(element, value)),
        };
        Ok(Scalar::from_i128(ty.dtype, place as i128))
    })
}

/// Every line along an axis in order, or the positions that give it.
pub(super) fn sort(sort: Sort, operand: &Array, ty: &Type) -> Result<Array, Error> {
    let mut draft = Draft::new(ty.clone())?;
    let firsts = operand.shape().with(sort.axis, 1);
    for_each_index(&firsts, |first| {
        let mut place = first.to_vec();
        let mut line = Vec::with_capacity(operand.shape()[sort.axis]);
        for at in 0..operand.shape()[sort.axis] as i64 {
            place[sort.axis] = at;
            line.push((operand.at(&place)?, at));
        }
        let order = |a: Scalar, b: Scalar| is_less(b, a).cmp(&is_less(a, b));
        line.sort_by(|(a, _), (b, _)| if sort.descending { order(*b, *a) } else { order(*a, *b) });
        for (at, (element, position)) in line.into_iter().enumerate() {
            place[sort.axis] = at as i64;
            let position = Scalar::from_i128(DType::I64, position.into());
            draft.set(&place, if sort.positions { position } else { element })?;
        }
        Ok(())
    })?;
    Ok(draft.finish())
}

fn is_less(a: Scalar, b: Scalar) -> bool {
    let is_true = |scalar| scalar == Scalar::bool(true);
    let is_nan = |x: Scalar| x.dtype().is_floating() && is_true(math::unary(Unary::IsNan, x));
    !is_nan(a) && (is_nan(b) || is_true(math::binary(Binary::Lt, a, b)))
}
