//! One value from many: sums, extremes, means, truth; and running sums and products.
//!
//! Narrow integers are widened before they are added (`i64`, `u64`), as the standard asks.

use crate::element::Int;
use crate::elementwise::{convert_array, literal};
use crate::error::{Failure, argument};
use crate::lazy::{Built, Lazy, axis_of};
use crate::{Array, Axes, DType};
use ondine_ir::{Binary, Op, Reduce, ReduceKind, Scalar, Scan, Unary};
use smallvec::SmallVec;

/// Options of reductions. An axis, or several, is options too: `x.sum_with(0)`, `x.max_with([0, 1])`.
#[derive(Clone, Debug, Default)]
pub struct ReduceOptions {
    /// The axes that are reduced; all by default.
    pub axis: Axes,
    /// Keep the reduced axes with extent 1.
    pub keepdims: bool,
    /// The dtype in which `sum` and `prod` accumulate; the dtype of the result.
    pub dtype: Option<DType>,
    /// `var` and `std` divide by the number of elements minus this.
    pub correction: f64,
}

impl<T: Int> From<T> for ReduceOptions {
    fn from(axis: T) -> ReduceOptions {
        ReduceOptions { axis: axis.into(), ..ReduceOptions::default() }
    }
}

impl<T: Int, const N: usize> From<[T; N]> for ReduceOptions {
    fn from(axes: [T; N]) -> ReduceOptions {
        ReduceOptions { axis: axes.into(), ..ReduceOptions::default() }
    }
}

impl From<Axes> for ReduceOptions {
    fn from(axis: Axes) -> ReduceOptions {
        ReduceOptions { axis, ..ReduceOptions::default() }
    }
}

/// Options of running sums and products.
#[derive(Clone, Debug, Default)]
pub struct CumulativeOptions {
    /// The axis; may be left out where there is only one.
    pub axis: Option<i64>,
    /// The dtype in which is accumulated; the dtype of the result.
    pub dtype: Option<DType>,
    /// Put the 0 of a sum, or the 1 of a product, first.
    pub include_initial: bool,
}

impl<T: Int> From<T> for CumulativeOptions {
    fn from(axis: T) -> CumulativeOptions {
        CumulativeOptions { axis: Some(axis.to_i64()), ..CumulativeOptions::default() }
    }
}

type AxisList = SmallVec<[usize; 4]>;

impl ReduceOptions {
    fn axes(&self, op: &'static str, x: &Lazy) -> Result<AxisList, Failure> {
        let mut axes = self.axis.of(op, x.ty())?;
        axes.sort_unstable();
        Ok(axes)
    }

    /// The reduced axes put back with extent 1, if that is wanted.
    fn kept(&self, reduced: Lazy, axes: &[usize]) -> Built {
        if self.keepdims { reduced.expand(axes) } else { Ok(reduced) }
    }
}

fn reduce(x: &Lazy, kind: ReduceKind, axes: &AxisList, options: &ReduceOptions) -> Built {
    let is_choice = matches!(kind, ReduceKind::ArgMin | ReduceKind::ArgMax);
    let reduced = match axes.is_empty() && !is_choice {
        true => x.clone(),
        false => Lazy::apply(Op::Reduce(Reduce { kind, axes: axes.clone() }), [x.into()])?,
    };
    options.kept(reduced, axes)
}

/// True where some element along an axis of bool is.
pub(crate) fn any_along(x: &Lazy, axis: usize) -> Built {
    let axes = SmallVec::from_slice(&[axis]);
    Lazy::apply(Op::Reduce(Reduce { kind: ReduceKind::Max, axes }), [x.into()])
}

fn accumulated(op: &'static str, x: &Lazy, dtype: Option<DType>) -> Built {
    match dtype {
        Some(dtype) => convert_array(op, x, dtype),
        None => x.cast(x.ty().dtype.to_accumulator()),
    }
}

fn counted(x: &Lazy, axes: &[usize]) -> f64 {
    axes.iter().map(|&axis| x.shape()[axis] as f64).product()
}

fn divided(x: Lazy, count: f64) -> Built {
    let count = literal(Scalar::from_f64(x.ty().dtype.component(), count))?;
    Lazy::apply(Op::Binary(Binary::Div), [x.into(), count.into()])
}

fn mean(x: &Lazy, axes: &AxisList, options: &ReduceOptions) -> Built {
    let floating = x.cast(x.ty().dtype.to_floating())?;
    divided(reduce(&floating, ReduceKind::Sum, axes, options)?, counted(x, axes))
}

fn variance(x: &Lazy, op: &'static str, options: &ReduceOptions) -> Built {
    let axes = options.axes(op, x)?;
    let floating = x.cast(x.ty().dtype.to_floating())?;
    let center = mean(&floating, &axes, &ReduceOptions { keepdims: true, ..ReduceOptions::default() })?;
    let sources = crate::elementwise::broadcast(op, [(&floating).into(), center.into()])?;
    let apart = Lazy::apply(Op::Binary(Binary::Sub), sources)?;
    let square = |x: &Lazy| Lazy::apply(Op::Binary(Binary::Mul), [x.into(), x.into()]);
    let squares = match apart.ty().dtype.is_complex() {
        false => square(&apart)?,
        true => {
            let (re, im) = (square(&apart.apply_unary(Unary::Real)?)?, square(&apart.apply_unary(Unary::Imag)?)?);
            Lazy::apply(Op::Binary(Binary::Add), [re.into(), im.into()])?
        }
    };
    let freedom = counted(x, &axes) - options.correction;
    let divisor = if freedom > 0.0 { freedom } else { f64::NAN };
    divided(reduce(&squares, ReduceKind::Sum, &axes, options)?, divisor)
}

fn cumulate(op: &'static str, x: &Lazy, kind: ReduceKind, options: &CumulativeOptions) -> Built {
    let axis = match (options.axis, x.rank()) {
        (Some(axis), _) => axis_of(op, axis, x.ty())?,
        (None, 1) => 0,
        (None, _) => return Err(argument(op, format!("{} needs an axis", x.ty()))),
    };
    let x = accumulated(op, x, options.dtype)?;
    let running = Lazy::apply(Op::Scan(Scan { kind, axis }), [(&x).into()])?;
    if !options.include_initial {
        return Ok(running);
    }
    let dtype = x.ty().dtype;
    let initial = if kind == ReduceKind::Sum { Scalar::zero(dtype) } else { Scalar::one(dtype) };
    let mut before: AxisList = SmallVec::from_elem(0, x.rank());
    before[axis] = 1;
    crate::join::pad(&running, &before, &SmallVec::<[usize; 4]>::from_elem(0, x.rank()), initial.into())
}

macro_rules! reductions {
    ($($name:ident $with:ident $doc:literal $dtype:literal $x:literal $element:literal $result:literal
        |$array:ident, $options:ident| $build:expr;)*) => {
        impl Array {$(
            #[doc = concat!($doc, " Over all axes; [`", stringify!($with), "`](Array::", stringify!($with), ") for some.")]
            ///
            #[doc = concat!("- result: rank 0; ", $dtype)]
            /// - lazy: adds nodes, evaluates nothing
            ///
            /// ```
            #[doc = concat!("let y = ondine::Array::from(", $x, ").", stringify!($name), "();")]
            #[doc = concat!("assert_eq!(y.item::<", $element, ">()?, ", $result, ");")]
            /// # Ok::<(), ondine::Error>(())
            /// ```
            ///
            /// # Errors
            /// Carried by the result: `DType` where it is not defined; `Empty` if an extreme of nothing is asked for.
            ///
            #[doc = concat!("Source: array API standard 2025.12, `", stringify!($name), "`.")]
            #[track_caller]
            pub fn $name(&self) -> Array {
                self.$with(ReduceOptions::default())
            }

            #[doc = concat!("[`", stringify!($name), "`](Array::", stringify!($name), ") along some axes.")]
            ///
            #[doc = concat!("- result: the shape without the axes, or with extent 1 there (`keepdims`); ", $dtype)]
            ///
            /// ```
            /// use ondine::ReduceOptions;
            #[doc = concat!("let x = ondine::Array::from([", $x, "]);")]
            #[doc = concat!("assert_eq!(x.", stringify!($with), "(1).to_vec::<", $element, ">()?, [", $result, "]);")]
            /// let options = ReduceOptions { axis: 0.into(), keepdims: true, ..Default::default() };
            #[doc = concat!("assert_eq!(x.", stringify!($with), "(options).ndim()?, 2);")]
            /// # Ok::<(), ondine::Error>(())
            /// ```
            ///
            /// # Errors
            #[doc = concat!("As [`", stringify!($name), "`](Array::", stringify!($name), "); `Axis`, `RepeatedAxis`.")]
            #[track_caller]
            pub fn $with(&self, options: impl Into<ReduceOptions>) -> Array {
                let $options = options.into();
                self.then(|$array| $build)
            }
        )*}
    };
}

reductions! {
    sum sum_with "Sum; 0 of nothing." "floats keep their dtype, integers widen to 64 bits, bool counts in `i64`."
        "[1, 2]" "i64" "3"
        |x, options| reduce(&accumulated("sum", x, options.dtype)?, ReduceKind::Sum, &options.axes("sum", x)?, &options);
    prod prod_with "Product; 1 of nothing." "floats keep their dtype, integers widen to 64 bits, bool counts in `i64`."
        "[2, 3]" "i64" "6"
        |x, options| reduce(&accumulated("prod", x, options.dtype)?, ReduceKind::Prod, &options.axes("prod", x)?, &options);
    min min_with "Smallest element; NaN wins." "the dtype; no complex numbers." "[2.0, 3.0]" "f64" "2.0"
        |x, options| reduce(x, ReduceKind::Min, &options.axes("min", x)?, &options);
    max max_with "Largest element; NaN wins." "the dtype; no complex numbers." "[2.0, 3.0]" "f64" "3.0"
        |x, options| reduce(x, ReduceKind::Max, &options.axes("max", x)?, &options);
    mean mean_with "Mean: the sum over the number of elements; NaN of nothing." "floats keep their dtype, integers give `f64`."
        "[2.0, 3.0]" "f64" "2.5"
        |x, options| mean(x, &options.axes("mean", x)?, &options);
    var var_with "Variance: the mean of `|x - mean(x)|^2`, divided by the number of elements minus `correction`."
        "real; `f64` for integers." "[1.0, 3.0]" "f64" "1.0"
        |x, options| variance(x, "var", &options);
    std std_with "Standard deviation: the square root of the variance." "real; `f64` for integers." "[1.0, 3.0]" "f64" "1.0"
        |x, options| variance(x, "std", &options)?.apply_unary(Unary::Sqrt);
    any any_with "True if some element is not 0; false of nothing." "bool." "[0, 3]" "bool" "true"
        |x, options| reduce(&x.cast(DType::Bool)?, ReduceKind::Max, &options.axes("any", x)?, &options);
    all all_with "True if no element is 0; true of nothing." "bool." "[0, 3]" "bool" "false"
        |x, options| reduce(&x.cast(DType::Bool)?, ReduceKind::Min, &options.axes("all", x)?, &options);
    count_nonzero count_nonzero_with "Number of elements that are not 0." "`i64`." "[0, 3]" "i64" "1"
        |x, options| reduce(&x.cast(DType::Bool)?.cast(DType::I64)?, ReduceKind::Sum, &options.axes("count_nonzero", x)?, &options);
    argmin argmin_with "Row-major position, among the reduced axes, of the first smallest element; the first NaN wins."
        "`i64`; no complex numbers." "[3.0, 2.0]" "i64" "1"
        |x, options| reduce(x, ReduceKind::ArgMin, &options.axes("argmin", x)?, &options);
    argmax argmax_with "Row-major position, among the reduced axes, of the first largest element; the first NaN wins."
        "`i64`; no complex numbers." "[3.0, 2.0]" "i64" "0"
        |x, options| reduce(x, ReduceKind::ArgMax, &options.axes("argmax", x)?, &options);
}

impl Array {
    /// Running sums along the only axis; [`cumulative_sum_with`](Array::cumulative_sum_with) for another.
    ///
    /// - result: same shape; floats keep their dtype, integers widen to 64 bits, bool counts in `i64`
    /// - rounding: in blocks of 2048 elements one after the other, the blocks pairwise; element `k` is off by at most
    ///   `min(k, 2048) + log2(1 + k / 2048) + 1` unit roundoffs of the sum of the absolute values up to it
    ///
    /// ```
    /// assert_eq!(ondine::arange(4).cumulative_sum().to_vec::<i64>()?, [0, 1, 3, 6]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Argument` if there is not exactly one axis.
    ///
    /// Source: array API standard 2025.12, `cumulative_sum`.
    #[track_caller]
    pub fn cumulative_sum(&self) -> Array {
        self.cumulative_sum_with(CumulativeOptions::default())
    }

    /// Running sums along an axis, with a dtype or a first 0.
    ///
    /// ```
    /// use ondine::CumulativeOptions;
    /// let options = CumulativeOptions { include_initial: true, ..Default::default() };
    /// assert_eq!(ondine::arange(3).cumulative_sum_with(options).to_vec::<i64>()?, [0, 0, 1, 3]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`cumulative_sum`](Array::cumulative_sum); `Axis`.
    #[track_caller]
    pub fn cumulative_sum_with(&self, options: impl Into<CumulativeOptions>) -> Array {
        let options = options.into();
        self.then(|x| cumulate("cumulative_sum", x, ReduceKind::Sum, &options))
    }

    /// Running products along the only axis; [`cumulative_prod_with`](Array::cumulative_prod_with) for another.
    ///
    /// ```
    /// assert_eq!((ondine::arange(3) + 1).cumulative_prod().to_vec::<i64>()?, [1, 2, 6]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Argument` if there is not exactly one axis.
    ///
    /// Source: array API standard 2025.12, `cumulative_prod`.
    #[track_caller]
    pub fn cumulative_prod(&self) -> Array {
        self.cumulative_prod_with(CumulativeOptions::default())
    }

    /// Running products along an axis, with a dtype or a first 1.
    ///
    /// ```
    /// let x = ondine::Array::from([[1, 2], [3, 4]]);
    /// assert_eq!(x.cumulative_prod_with(0).to_vec::<i64>()?, [1, 2, 3, 8]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`cumulative_prod`](Array::cumulative_prod); `Axis`.
    #[track_caller]
    pub fn cumulative_prod_with(&self, options: impl Into<CumulativeOptions>) -> Array {
        let options = options.into();
        self.then(|x| cumulate("cumulative_prod", x, ReduceKind::Prod, &options))
    }
}
