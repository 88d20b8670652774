//! Arrays side by side and inside larger ones: concat, stack, common shapes, padding.

use crate::element::Operand;
use crate::error::{ErrorKind, Failure, argument};
use crate::lazy::{Built, Lazy, Source, axis_of};
use crate::{Array, Shape};
use ondine_ir::{Error as IrError, Op, Pad, Window};

/// Arrays of one dtype, by promotion.
fn promoted(op: &'static str, arrays: &[&Array]) -> Result<Vec<Lazy>, Failure> {
    let lazies = arrays.iter().map(|array| array.lazy()).collect::<Result<Vec<&Lazy>, _>>()?;
    let dtype = lazies.iter().map(|lazy| lazy.ty().dtype).reduce(|a, b| a.promote(b));
    let dtype = dtype.ok_or_else(|| argument(op, "no arrays are given"))?;
    lazies.iter().map(|lazy| lazy.cast(dtype)).collect()
}

/// The array inside a larger one.
pub(crate) fn pad(x: &Lazy, before: &[usize], after: &[usize], value: Source) -> Built {
    if before.iter().chain(after).all(|&count| count == 0) {
        return Ok(x.clone());
    }
    let extent = |axis: usize| x.shape()[axis].saturating_add(before[axis]).saturating_add(after[axis]);
    let shape: Shape = (0..x.rank()).map(extent).collect();
    let windows = (0..x.rank()).map(|axis| Window::run(before[axis], x.shape()[axis])).collect();
    Lazy::apply(Op::Pad(Pad { shape, windows }), [x.into(), value])
}

impl Array {
    /// The array inside a larger one that is filled with a number.
    ///
    /// - `before`, `after`: how many elements are added at both ends of every axis
    /// - `value`: a number or an array of rank 0, converted to this array's dtype
    ///
    /// ```
    /// assert_eq!(ondine::ones([2]).pad([1], [2], 0).to_vec::<f64>()?, [0.0, 1.0, 1.0, 0.0, 0.0]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Argument` if the lists have not one entry per axis; `TooLarge`.
    #[track_caller]
    pub fn pad(&self, before: impl AsRef<[usize]>, after: impl AsRef<[usize]>, value: impl Into<Operand>) -> Array {
        let value = value.into().0;
        self.then(|x| {
            let (before, after) = (before.as_ref(), after.as_ref());
            if before.len() != x.rank() || after.len() != x.rank() {
                let what = format!("{} and {} entries for {}", before.len(), after.len(), x.ty());
                return Err(argument("pad", what));
            }
            pad(x, before, after, value.to_dtype("pad", x.ty().dtype)?)
        })
    }
}

/// The arrays one after the other along an axis; dtypes are promoted.
///
/// ```
/// let joined = ondine::concat(&[&ondine::arange(2), &ondine::arange(1)], 0);
/// assert_eq!(joined.to_vec::<i64>()?, [0, 1, 0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Axis`; `Shape` if other axes differ; `Argument` without arrays.
///
/// Source: array API standard 2025.12, `concat`.
#[track_caller]
pub fn concat(arrays: &[&Array], axis: i64) -> Array {
    let join = || {
        let parts = promoted("concat", arrays)?;
        let axis = axis_of("concat", axis, parts[0].ty())?;
        match &parts[..] {
            [only] => Ok(only.clone()),
            _ => Lazy::apply(Op::Concat { axis }, parts.iter().map(Source::from)),
        }
    };
    Array::settle(join())
}

/// Arrays of one shape along a new axis; dtypes are promoted.
///
/// ```
/// let rows = ondine::stack(&[&ondine::arange(2), &ondine::arange(2)], 0);
/// assert_eq!(rows.shape()?, [2, 2].into());
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `NewAxis` if the axis is out of range; `Argument` if shapes differ.
///
/// Source: array API standard 2025.12, `stack`.
#[track_caller]
pub fn stack(arrays: &[&Array], axis: i64) -> Array {
    let join = || {
        let parts = promoted("stack", arrays)?;
        let rank = parts[0].rank() as i64 + 1;
        if !(-rank..rank).contains(&axis) {
            return Err(ErrorKind::NewAxis { op: "stack", axis, rank: rank as usize }.into());
        }
        if let Some(other) = parts.iter().find(|part| part.shape() != parts[0].shape()) {
            return Err(argument("stack", format!("{} and {} differ in shape", parts[0].ty(), other.ty())));
        }
        let axis = axis.rem_euclid(rank) as usize;
        let parts = parts.iter().map(|part| part.expand(&[axis])).collect::<Result<Vec<Lazy>, Failure>>()?;
        match &parts[..] {
            [only] => Ok(only.clone()),
            _ => Lazy::apply(Op::Concat { axis }, parts.iter().map(Source::from)),
        }
    };
    Array::settle(join())
}

/// The arrays repeated to their common shape; dtypes stay.
///
/// ```
/// let both = ondine::broadcast_arrays(&[&ondine::zeros([2, 1]), &ondine::zeros([3])]);
/// assert_eq!(both[1].shape()?, [2, 3].into());
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the results: `Broadcast`.
///
/// Source: array API standard 2025.12, `broadcast_arrays`.
#[track_caller]
pub fn broadcast_arrays(arrays: &[&Array]) -> Vec<Array> {
    let common = || -> Result<Shape, Failure> {
        let mut shape = Shape::default();
        for array in arrays {
            shape = shape.broadcast(array.lazy()?.shape()).ok_or_else(|| IrError::Broadcast {
                op: "broadcast_arrays",
                operands: arrays.iter().filter_map(|array| Some(array.lazy().ok()?.ty().clone())).collect(),
            })?;
        }
        Ok(shape)
    };
    let mut results = Vec::with_capacity(arrays.len());
    match common() {
        Ok(shape) => {
            for array in arrays {
                results.push(array.then(|x| x.broadcast(shape.clone())));
            }
        }
        Err(failure) => results.resize(arrays.len(), Array::settle(Err(failure))),
    }
    results
}
