//! Order: sorted elements, the positions that sort, distinct values and membership.
//!
//! NaN counts as larger than every number, and `-0` equals `0`; equal elements keep their order.

use crate::Array;
use crate::element::Operand;
use crate::elementwise::{constant, whole, zip};
use crate::error::{Failure, Result, here};
use crate::lazy::{Built, Lazy, Source, axis_of};
use crate::positions::true_positions;
use crate::reduce::any_along;
use ondine_ir::{Binary, DType, Op, ReduceKind, Scalar, Scan, Sort, Unary};

/// Options of sorting. An axis is options too: `x.sort_with(0)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortOptions {
    /// The axis; the last by default.
    pub axis: i64,
    /// The largest first. Equal elements keep their order all the same.
    pub descending: bool,
}

impl Default for SortOptions {
    fn default() -> SortOptions {
        SortOptions { axis: -1, descending: false }
    }
}

impl<T: crate::Int> From<T> for SortOptions {
    fn from(axis: T) -> SortOptions {
        SortOptions { axis: axis.to_i64(), descending: false }
    }
}

fn sorted(op: &'static str, x: &Lazy, options: SortOptions, positions: bool) -> Built {
    let axis = axis_of(op, options.axis, x.ty())?;
    Lazy::apply(Op::Sort(Sort { axis, descending: options.descending, positions }), [x.into()])
}

/// The distinct values of an array, and where they are; what the `unique` functions of the standard return.
#[derive(Clone, Debug)]
pub struct Unique {
    /// The distinct values in ascending order, one axis.
    pub values: Array,
    /// The position of the first occurrence of each in the flattened array, `i64`.
    pub indices: Array,
    /// For each element of the array the position of its value among `values`; `i64`, shape of the array.
    pub inverse_indices: Array,
    /// How often each occurs, `i64`.
    pub counts: Array,
}

/// The flattened array in order, with the positions that sort it.
fn in_order(x: &Lazy) -> Result<(Lazy, Lazy), Failure> {
    let flat = x.reshape([x.shape().elements()].into())?;
    let sort = Sort { axis: 0, descending: false, positions: true };
    let argsort = |key: &Lazy| Lazy::apply(Op::Sort(sort), [key.into()]);
    let take = |from: &Lazy, order: &Lazy| Lazy::apply(Op::Gather { axis: 0 }, [from.into(), order.into()]);
    let order = match flat.ty().dtype.is_complex() {
        false => argsort(&flat)?,
        true => {
            // Stable: by the imaginary part first, then by the real one.
            let by_imag = argsort(&flat.apply_unary(Unary::Imag)?)?;
            let by_real = argsort(&take(&flat.apply_unary(Unary::Real)?, &by_imag)?)?;
            take(&by_imag, &by_real)?
        }
    };
    Ok((take(&flat, &order)?, order))
}

fn joined(parts: [Lazy; 2]) -> Built {
    Lazy::apply(Op::Concat { axis: 0 }, parts.iter().map(Source::from))
}

fn unique(x: &Lazy) -> Result<[Lazy; 4], Failure> {
    let count = x.shape().elements();
    let (values, order) = in_order(x)?;
    // NaN differs from itself: every one is a value of its own.
    let is_first = match count {
        0 => constant(values.shape(), Scalar::bool(true))?,
        _ => joined([
            constant(&[1].into(), Scalar::bool(true))?,
            zip(Binary::Ne, values.part(0, 1, count)?, values.part(0, 0, count - 1)?)?,
        ])?,
    };
    let starts = true_positions(&is_first, x)?;
    let take = |from: &Lazy| Lazy::apply(Op::Gather { axis: 0 }, [from.into(), (&starts).into()]);
    let groups = starts.shape()[0];
    let ends = match groups {
        0 => starts.clone(),
        _ => {
            joined([starts.part(0, 1, groups)?, constant(&[1].into(), Scalar::from_i128(DType::I64, count as i128))?])?
        }
    };
    let scan = Op::Scan(Scan { kind: ReduceKind::Sum, axis: 0 });
    let group = zip(Binary::Sub, Lazy::apply(scan, [is_first.cast(DType::I64)?.into()])?, whole(1))?;
    let zeros = constant(order.shape(), Scalar::zero(DType::I64))?;
    let inverse = Lazy::apply(Op::Scatter { axis: 0 }, [zeros.into(), (&order).into(), group.into()])?;
    Ok([take(&values)?, take(&order)?, inverse.reshape(x.shape().clone())?, zip(Binary::Sub, ends, &starts)?])
}

/// True where an element of the first is among those of the second, both of one dtype.
fn is_among(x: &Lazy, values: &Lazy) -> Built {
    let count = values.shape().elements();
    let flat = values.reshape([count].into())?;
    if count == 0 {
        return constant(x.shape(), Scalar::bool(false));
    }
    if x.ty().dtype.is_complex() {
        let apart = x.expand(&[x.rank()])?;
        return any_along(&zip(Binary::Eq, apart, flat)?, x.rank());
    }
    let ordered = Lazy::apply(Op::Sort(Sort { axis: 0, descending: false, positions: false }), [flat.into()])?;
    let place = Lazy::apply(Op::SearchSorted { right: false }, [(&ordered).into(), x.into()])?;
    let inside = zip(Binary::Min, place, whole(count - 1))?;
    let nearest = Lazy::apply(Op::Gather { axis: 0 }, [ordered.into(), inside.into()])?;
    zip(Binary::Eq, nearest, x)
}

impl Array {
    /// The elements in ascending order along the last axis; [`sort_with`](Array::sort_with) for another, or descending.
    ///
    /// NaN counts as larger than every number; `-0` and `0` are equal and keep their order.
    ///
    /// - result: same dtype, shape and device
    /// - lazy: adds nodes, evaluates nothing
    ///
    /// ```
    /// assert_eq!(ondine::Array::from([3, 1, 2]).sort().to_vec::<i32>()?, [1, 2, 3]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `DType` for complex numbers, which have no order; `Axis` at rank 0.
    ///
    /// Source: array API standard 2025.12, `sort`.
    #[track_caller]
    pub fn sort(&self) -> Array {
        self.sort_with(SortOptions::default())
    }

    /// The elements in order along an axis.
    ///
    /// ```
    /// use ondine::SortOptions;
    /// let options = SortOptions { descending: true, ..Default::default() };
    /// assert_eq!(ondine::Array::from([3, 1, 2]).sort_with(options).to_vec::<i32>()?, [3, 2, 1]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`sort`](Array::sort).
    #[track_caller]
    pub fn sort_with(&self, options: impl Into<SortOptions>) -> Array {
        let options = options.into();
        self.then(|x| sorted("sort", x, options, false))
    }

    /// The positions along the last axis that put the elements in ascending order; equal elements keep theirs.
    ///
    /// - result: `i64`, same shape and device
    /// - lazy: adds nodes, evaluates nothing
    ///
    /// ```
    /// assert_eq!(ondine::Array::from([3, 1, 2]).argsort().to_vec::<i64>()?, [1, 2, 0]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`sort`](Array::sort).
    ///
    /// Source: array API standard 2025.12, `argsort`.
    #[track_caller]
    pub fn argsort(&self) -> Array {
        self.argsort_with(SortOptions::default())
    }

    /// The positions that put the elements in order along an axis.
    ///
    /// ```
    /// let x = ondine::Array::from([[3, 1], [2, 4]]);
    /// assert_eq!(x.argsort_with(0).to_vec::<i64>()?, [1, 0, 0, 1]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`sort`](Array::sort).
    #[track_caller]
    pub fn argsort_with(&self, options: impl Into<SortOptions>) -> Array {
        let options = options.into();
        self.then(|x| sorted("argsort", x, options, true))
    }

    /// The distinct values, where each is first, which one every element is, and how often each occurs.
    ///
    /// Every NaN is a value of its own; `-0` and `0` are one. Complex numbers are ordered by their real, then their
    /// imaginary parts.
    ///
    /// Evaluates its operands: how many values there are depends on them.
    ///
    /// ```
    /// let unique = ondine::Array::from([2, 1, 2]).unique()?;
    /// assert_eq!(unique.values.to_vec::<i32>()?, [1, 2]);
    /// assert_eq!(unique.indices.to_vec::<i64>()?, [1, 0]);
    /// assert_eq!(unique.inverse_indices.to_vec::<i64>()?, [1, 0, 1]);
    /// assert_eq!(unique.counts.to_vec::<i64>()?, [1, 2]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of the evaluation.
    ///
    /// Source: array API standard 2025.12, `unique_all`, `unique_counts`, `unique_inverse`, `unique_values`.
    #[track_caller]
    pub fn unique(&self) -> Result<Unique> {
        let [values, indices, inverse_indices, counts] = here(unique(self.lazy()?))?.map(Array::from);
        Ok(Unique { values, indices, inverse_indices, counts })
    }

    /// True where the element equals one of `values`; NaN equals nothing.
    ///
    /// - `values`: an array of any shape, or a number; promoted with this array
    /// - result: bool, shape of this array
    /// - lazy: adds nodes, evaluates nothing
    ///
    /// ```
    /// let x = ondine::Array::from([1, 5, 3]);
    /// assert_eq!(x.isin(&ondine::Array::from([3, 1])).to_vec::<bool>()?, [true, false, true]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// Source: array API standard 2025.12, `isin`.
    #[track_caller]
    pub fn isin(&self, values: impl Into<Operand>) -> Array {
        let values = values.into().0;
        self.then(|x| {
            let common = values.promote(x.ty().dtype)?;
            let values = match values.cast("isin", common)? {
                Source::Lazy(values) => values,
                Source::Scalar(value) => constant(&[1].into(), value)?,
            };
            is_among(&x.cast(common)?, &values)
        })
    }
}
