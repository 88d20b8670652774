//! Products of matrices and tensors: matmul, vecdot, tensordot.

use crate::error::{Failure, argument};
use crate::lazy::{Built, Lazy, axes_of};
use crate::{Array, Shape};
use ondine_ir::{Binary, Error as IrError, Op, Reduce, ReduceKind};
use smallvec::SmallVec;

/// Both arrays in their common dtype.
fn promoted(a: &Lazy, b: &Array) -> Result<[Lazy; 2], Failure> {
    let b = b.lazy()?;
    let dtype = a.ty().dtype.promote(b.ty().dtype);
    Ok([a.cast(dtype)?, b.cast(dtype)?])
}

/// Shapes of two operands that do not fit; `reason` completes the sentence.
pub(crate) fn shape_error(op: &'static str, operands: [&Lazy; 2], reason: &str) -> Failure {
    let operands = operands.map(|lazy| lazy.ty().clone()).to_vec();
    IrError::Shape { op, operands, reason: reason.to_string() }.into()
}

fn matmul(a: &Lazy, b: &Lazy) -> Built {
    const OP: &str = "matmul";
    if a.rank() == 0 || b.rank() == 0 {
        return Err(shape_error(OP, [a, b], "need at least one axis each"));
    }
    // A vector is a matrix of one row on the left, of one column on the right; that axis goes again.
    let left = if a.rank() == 1 { a.expand(&[0])? } else { a.clone() };
    let right = if b.rank() == 1 { b.expand(&[1])? } else { b.clone() };
    let (stack_a, stack_b) = (&left.shape()[..left.rank() - 2], &right.shape()[..right.rank() - 2]);
    let stack = Shape::from(stack_a).broadcast(&stack_b.into());
    let stack = stack.ok_or_else(|| shape_error(OP, [a, b], "are stacks of matrices that do not broadcast"))?;
    if left.shape()[left.rank() - 1] != right.shape()[right.rank() - 2] {
        return Err(shape_error(OP, [a, b], "differ in the axes that are summed over"));
    }
    let stacked = |x: &Lazy| x.broadcast([&stack[..], &x.shape()[x.rank() - 2..]].concat().into());
    let product = Lazy::apply(Op::Matmul, [stacked(&left)?.into(), stacked(&right)?.into()])?;
    let mut gone: SmallVec<[usize; 2]> = SmallVec::new();
    if a.rank() == 1 {
        gone.push(product.rank() - 2);
    }
    if b.rank() == 1 {
        gone.push(product.rank() - 1);
    }
    product.reshape(product.shape().without(&gone))
}

/// The axes that a product sums over, of both arrays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contraction {
    /// The last so many axes of the first with the first so many of the second, in order.
    Adjoining(usize),
    /// These axes of the first with those of the second, in order; negative ones count from the end.
    Axes(Vec<i64>, Vec<i64>),
}

impl Default for Contraction {
    fn default() -> Contraction {
        Contraction::Adjoining(2)
    }
}

impl From<usize> for Contraction {
    fn from(count: usize) -> Contraction {
        Contraction::Adjoining(count)
    }
}

impl<const N: usize> From<([i64; N], [i64; N])> for Contraction {
    fn from((a, b): ([i64; N], [i64; N])) -> Contraction {
        Contraction::Axes(a.to_vec(), b.to_vec())
    }
}

type AxisList = SmallVec<[usize; 4]>;

impl Contraction {
    fn of(&self, a: &Lazy, b: &Lazy) -> Result<[AxisList; 2], Failure> {
        const OP: &str = "tensordot";
        let axes = match self {
            Contraction::Adjoining(count) if *count > a.rank().min(b.rank()) => {
                return Err(shape_error(OP, [a, b], &format!("have not {count} axes each")));
            }
            Contraction::Adjoining(count) => [(a.rank() - count..a.rank()).collect(), (0..*count).collect()],
            Contraction::Axes(of_a, of_b) => [axes_of(OP, of_a, a.ty())?, axes_of(OP, of_b, b.ty())?],
        };
        let agree = axes[0].len() == axes[1].len()
            && axes[0].iter().zip(&axes[1]).all(|(&of_a, &of_b)| a.shape()[of_a] == b.shape()[of_b]);
        match agree {
            true => Ok(axes),
            false => Err(shape_error(OP, [a, b], &format!("differ in the axes {:?} and {:?}", axes[0], axes[1]))),
        }
    }
}

fn tensordot(a: &Lazy, b: &Lazy, contraction: &Contraction) -> Built {
    let [over_a, over_b] = contraction.of(a, b)?;
    let free = |x: &Lazy, over: &AxisList| (0..x.rank()).filter(|axis| !over.contains(axis)).collect::<AxisList>();
    let (free_a, free_b) = (free(a, &over_a), free(b, &over_b));
    let extents = |x: &Lazy, axes: &AxisList| axes.iter().map(|&axis| x.shape()[axis]).collect::<Shape>();
    let (kept_a, kept_b) = (extents(a, &free_a), extents(b, &free_b));
    let summed = extents(a, &over_a).elements();
    let left = a.permute(&[&free_a[..], &over_a].concat())?.reshape([kept_a.elements(), summed].into())?;
    let right = b.permute(&[&over_b[..], &free_b].concat())?.reshape([summed, kept_b.elements()].into())?;
    Lazy::apply(Op::Matmul, [left.into(), right.into()])?.reshape([&kept_a[..], &kept_b].concat().into())
}

fn vecdot(a: &Lazy, b: &Lazy, axis: i64) -> Built {
    const OP: &str = "vecdot";
    let shorter = a.rank().min(b.rank()) as i64;
    if !(-shorter..0).contains(&axis) {
        return Err(argument(OP, format!("axis {axis} is not in {}..0, counted from the end of both", -shorter)));
    }
    let last = |x: &Lazy| {
        let from = (x.rank() as i64 + axis) as usize;
        let order: Vec<usize> = (0..x.rank()).filter(|&other| other != from).chain([from]).collect();
        x.permute(&order)
    };
    let (a, b) = (last(a)?, last(b)?);
    if a.shape().last() != b.shape().last() {
        return Err(shape_error(OP, [&a, &b], "differ in the axis that is summed over"));
    }
    let product = crate::elementwise::zip(Binary::Mul, a.unary(ondine_ir::Unary::Conj)?, &b)?;
    let axes = SmallVec::from_slice(&[product.rank() - 1]);
    Lazy::apply(Op::Reduce(Reduce { kind: ReduceKind::Sum, axes }), [product.into()])
}

impl Array {
    /// Product of matrices: `C[i, j] = sum over k of A[i, k] B[k, j]`; stacks of matrices broadcast.
    ///
    /// - `other`: `[.., k, n]` for this array of `[.., m, k]`; an array of one axis is a row on the left, a column on the
    ///   right, and its axis of extent 1 goes again
    /// - result: the promoted dtype, `[.., m, n]`; integers wrap
    /// - lazy: adds nodes, evaluates nothing
    ///
    /// ```
    /// let x = ondine::Array::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.matmul(&x).to_vec::<f64>()?, [7.0, 10.0, 15.0, 22.0]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Shape`; `DType` for bool.
    ///
    /// Source: array API standard 2025.12, `matmul`.
    #[track_caller]
    pub fn matmul(&self, other: &Array) -> Array {
        self.then(|a| {
            let [a, b] = promoted(a, other)?;
            matmul(&a, &b)
        })
    }

    /// Sum of products over some axes of both arrays; the axes that are left follow each other in the result.
    ///
    /// - `axes`: how many axes adjoin (`2.into()`), or which ones by number (`([0], [1]).into()`)
    /// - result: the promoted dtype; integers wrap
    /// - lazy: adds nodes, evaluates nothing
    ///
    /// ```
    /// let x = ondine::Array::from([[1, 2], [3, 4]]);
    /// assert_eq!(x.tensordot(&x, 2).item::<i32>()?, 30);
    /// assert_eq!(x.tensordot(&x, ([0], [1])).to_vec::<i32>()?, [7, 15, 10, 22]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Axis`, `RepeatedAxis`; `Shape` if the extents differ; `DType` for bool.
    ///
    /// Source: array API standard 2025.12, `tensordot`.
    #[track_caller]
    pub fn tensordot(&self, other: &Array, axes: impl Into<Contraction>) -> Array {
        let axes = axes.into();
        self.then(|a| {
            let [a, b] = promoted(a, other)?;
            tensordot(&a, &b, &axes)
        })
    }

    /// Dot products of vectors along an axis: the sum of `conj(a) * b`; other axes broadcast.
    ///
    /// - `axis`: negative, counted from the end of both arrays
    /// - result: the promoted dtype; integers wrap
    /// - lazy: adds nodes, evaluates nothing
    ///
    /// ```
    /// let x = ondine::Array::from([1.0, 2.0]);
    /// assert_eq!(x.vecdot(&x, -1).item::<f64>()?, 5.0);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Argument` if the axis is not one of both; `Shape` if the extents differ; `Broadcast`.
    ///
    /// Source: array API standard 2025.12, `vecdot`.
    #[track_caller]
    pub fn vecdot(&self, other: &Array, axis: i64) -> Array {
        self.then(|a| {
            let [a, b] = promoted(a, other)?;
            vecdot(&a, &b, axis)
        })
    }
}
