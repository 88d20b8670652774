//! Statistical, cumulative and utility functions of the standard: one value from many.

use crate::convert::{dtype_of, for_dtype};
use crate::dtype::PyDType;
use crate::functions::functions;
use crate::operand::{Input, Integers, axes};
use ondine::{CumulativeOptions, DType, ReduceOptions};

fn over(axis: Option<Integers>, keepdims: bool) -> ReduceOptions {
    ReduceOptions { axis: axes(axis), keepdims, ..ReduceOptions::default() }
}

fn in_dtype(axis: Option<Integers>, dtype: Option<DType>, keepdims: bool) -> ReduceOptions {
    ReduceOptions { dtype, ..over(axis, keepdims) }
}

fn corrected(axis: Option<Integers>, correction: f64, keepdims: bool) -> ReduceOptions {
    ReduceOptions { correction, ..over(axis, keepdims) }
}

fn running(axis: Option<i64>, dtype: Option<DType>, include_initial: bool) -> CumulativeOptions {
    CumulativeOptions { axis, dtype, include_initial }
}

functions! {
    /// True if no element is 0; true of nothing.
    all(x, /, *, axis=None, keepdims=false) |x: Input, axis: Option<Integers>, keepdims: bool|
        x.all_with(over(axis, keepdims));

    /// True if some element is not 0; false of nothing.
    any(x, /, *, axis=None, keepdims=false) |x: Input, axis: Option<Integers>, keepdims: bool|
        x.any_with(over(axis, keepdims));

    /// Number of elements that are not 0.
    count_nonzero(x, /, *, axis=None, keepdims=false) |x: Input, axis: Option<Integers>, keepdims: bool|
        x.count_nonzero_with(over(axis, keepdims));

    /// Running products along an axis.
    cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=false)
        |x: Input, axis: Option<i64>, dtype: Option<PyDType>, include_initial: bool| {
            let dtype = dtype_of(dtype);
            for_dtype(&x, dtype)?.cumulative_prod_with(running(axis, dtype, include_initial))
        };

    /// Running sums along an axis.
    cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=false)
        |x: Input, axis: Option<i64>, dtype: Option<PyDType>, include_initial: bool| {
            let dtype = dtype_of(dtype);
            for_dtype(&x, dtype)?.cumulative_sum_with(running(axis, dtype, include_initial))
        };

    /// Largest element; NaN wins.
    max(x, /, *, axis=None, keepdims=false) |x: Input, axis: Option<Integers>, keepdims: bool|
        x.max_with(over(axis, keepdims));

    /// Mean; NaN of nothing.
    mean(x, /, *, axis=None, keepdims=false) |x: Input, axis: Option<Integers>, keepdims: bool|
        x.mean_with(over(axis, keepdims));

    /// Smallest element; NaN wins.
    min(x, /, *, axis=None, keepdims=false) |x: Input, axis: Option<Integers>, keepdims: bool|
        x.min_with(over(axis, keepdims));

    /// Product; 1 of nothing. Integers widen to 64 bits.
    prod(x, /, *, axis=None, dtype=None, keepdims=false)
        |x: Input, axis: Option<Integers>, dtype: Option<PyDType>, keepdims: bool| {
            let dtype = dtype_of(dtype);
            for_dtype(&x, dtype)?.prod_with(in_dtype(axis, dtype, keepdims))
        };

    /// Standard deviation; the divisor is the number of elements minus `correction`.
    #[pyo3(name = "std")]
    standard_deviation(x, /, *, axis=None, correction=0.0, keepdims=false)
        |x: Input, axis: Option<Integers>, correction: f64, keepdims: bool|
        x.std_with(corrected(axis, correction, keepdims));

    /// Sum; 0 of nothing. Integers widen to 64 bits.
    sum(x, /, *, axis=None, dtype=None, keepdims=false)
        |x: Input, axis: Option<Integers>, dtype: Option<PyDType>, keepdims: bool| {
            let dtype = dtype_of(dtype);
            for_dtype(&x, dtype)?.sum_with(in_dtype(axis, dtype, keepdims))
        };

    /// Variance; the divisor is the number of elements minus `correction`.
    var(x, /, *, axis=None, correction=0.0, keepdims=false)
        |x: Input, axis: Option<Integers>, correction: f64, keepdims: bool|
        x.var_with(corrected(axis, correction, keepdims));
}
