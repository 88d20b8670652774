//! Parts of matrices on one side of a diagonal, and differences along an axis.

use crate::elementwise::zip;
use crate::error::{Failure, Result, argument, here};
use crate::lazy::{Built, Lazy, axis_of};
use crate::{Array, DType};
use ondine_ir::{Binary, Op, Scalar};

/// The matrices with zeros where `column - row` does not compare to `diagonal` as asked.
fn triangle(op: &'static str, x: &Lazy, keep: Binary, diagonal: i64) -> Built {
    let rank = x.rank();
    if rank < 2 {
        return Err(argument(op, format!("{} has fewer than two axes", x.ty())));
    }
    let (rows, columns) = (x.shape()[rank - 2], x.shape()[rank - 1]);
    // Beyond the corners all diagonals are alike.
    let diagonal = diagonal.clamp(-(rows as i64), columns as i64);
    let row = Lazy::apply(Op::Iota(rows), [])?.reshape([rows, 1].into())?;
    let offset = Scalar::from_i128(DType::I64, diagonal.into());
    let bound = zip(Binary::Add, row, offset)?;
    let kept = zip(keep, Lazy::apply(Op::Iota(columns), [])?, bound)?.broadcast(x.shape().clone())?;
    Lazy::apply(Op::Select, [kept.into(), x.into(), Scalar::zero(x.ty().dtype).into()])
}

/// Options of differences. An axis is options too: `x.diff_with(0)`.
#[derive(Clone, Debug)]
pub struct DiffOptions {
    /// The axis; the last by default.
    pub axis: i64,
    /// How often differences are taken.
    pub n: usize,
    /// What stands before the array along the axis.
    pub prepend: Option<Array>,
    /// What stands after it.
    pub append: Option<Array>,
}

impl Default for DiffOptions {
    fn default() -> DiffOptions {
        DiffOptions { axis: -1, n: 1, prepend: None, append: None }
    }
}

impl<T: crate::Int> From<T> for DiffOptions {
    fn from(axis: T) -> DiffOptions {
        DiffOptions { axis: axis.to_i64(), ..DiffOptions::default() }
    }
}

fn diff(x: &Array, options: &DiffOptions) -> Built {
    let parts: Vec<&Array> =
        [options.prepend.as_ref(), Some(x), options.append.as_ref()].into_iter().flatten().collect();
    let joined = crate::concat(&parts, options.axis);
    let mut x = joined.lazy()?.clone();
    let axis = axis_of("diff", options.axis, x.ty())?;
    // Of truth values: whether they differ.
    let op = if x.ty().dtype == DType::Bool { Binary::Xor } else { Binary::Sub };
    for _ in 0..options.n {
        let extent = x.shape()[axis];
        if extent == 0 {
            break;
        }
        x = zip(op, x.part(axis, 1, extent)?, x.part(axis, 0, extent - 1)?)?;
    }
    Ok(x)
}

impl Array {
    /// The matrices with zeros above a diagonal: `column - row > diagonal`.
    ///
    /// - `diagonal`: 0 is the main one, positive ones lie above it
    /// - result: same dtype and shape
    /// - lazy: adds nodes, evaluates nothing
    ///
    /// ```
    /// let x = ondine::ones([2, 2]).tril(0);
    /// assert_eq!(x.to_vec::<f64>()?, [1.0, 0.0, 1.0, 1.0]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Argument` if there are fewer than two axes.
    ///
    /// Source: array API standard 2025.12, `tril`.
    #[track_caller]
    pub fn tril(&self, diagonal: i64) -> Array {
        self.then(|x| triangle("tril", x, Binary::Le, diagonal))
    }

    /// The matrices with zeros below a diagonal: `column - row < diagonal`.
    ///
    /// ```
    /// let x = ondine::ones([2, 2]).triu(0);
    /// assert_eq!(x.to_vec::<f64>()?, [1.0, 1.0, 0.0, 1.0]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`tril`](Array::tril).
    ///
    /// Source: array API standard 2025.12, `triu`.
    #[track_caller]
    pub fn triu(&self, diagonal: i64) -> Array {
        self.then(|x| triangle("triu", x, Binary::Ge, diagonal))
    }

    /// Differences of neighbours along the last axis: `y[i] = x[i + 1] - x[i]`. Unsigned integers wrap; of truth values it is
    /// whether they differ.
    ///
    /// - result: same dtype; the axis is shorter by 1
    /// - lazy: adds nodes, evaluates nothing
    ///
    /// ```
    /// assert_eq!(ondine::Array::from([1, 4, 9]).diff().to_vec::<i32>()?, [3, 5]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Axis` at rank 0.
    ///
    /// Source: array API standard 2025.12, `diff`.
    #[track_caller]
    pub fn diff(&self) -> Array {
        self.diff_with(DiffOptions::default())
    }

    /// Differences along an axis, several times over, with something before or after it.
    ///
    /// ```
    /// use ondine::DiffOptions;
    /// let options = DiffOptions { n: 2, ..Default::default() };
    /// assert_eq!(ondine::Array::from([1, 4, 9]).diff_with(options).to_vec::<i32>()?, [2]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`diff`](Array::diff); `Shape` if what stands before or after differs in another axis.
    #[track_caller]
    pub fn diff_with(&self, options: impl Into<DiffOptions>) -> Array {
        let options = options.into();
        self.then(|_| diff(self, &options))
    }

    /// The parts of the array along an axis, which they lose: as many as its extent.
    ///
    /// ```
    /// let rows = ondine::Array::from([[1, 2], [3, 4]]).unstack(0)?;
    /// assert_eq!(rows[1].to_vec::<i32>()?, [3, 4]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Axis`.
    ///
    /// Source: array API standard 2025.12, `unstack`.
    #[track_caller]
    pub fn unstack(&self, axis: i64) -> Result<Vec<Array>> {
        let build = || -> Result<Vec<Array>, Failure> {
            let x = self.lazy()?;
            let axis = axis_of("unstack", axis, x.ty())?;
            let shape = x.shape().without(&[axis]);
            let part = |at: usize| Ok(x.part(axis, at, at + 1)?.reshape(shape.clone())?.into());
            (0..x.shape()[axis]).map(part).collect()
        };
        here(build())
    }
}
