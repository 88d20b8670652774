//! Assertions and a device matrix for the tests of libraries written on Ondine.
//!
//! The assertions compare dtype, shape and device as well as values, and say how many elements differ, by how much, and
//! where the first one is. They evaluate both arrays.
//!
//! ```
//! use ondine::testing::{assert_close, assert_equal};
//! let x = ondine::linspace(0.0, 1.0, 5);
//! assert_equal(&x.flip(0).flip(0), &x);
//! assert_close(&x.exp().log(), &x);
//! ```

use crate::error::{Failure, here};
use crate::evaluate::{download, evaluate};
use crate::{Array, DType, Options};
use ondine_ir::Scalar;

/// How far elements may be apart: `|actual - desired| <= absolute + relative * |desired|`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Relative to the desired value.
    pub relative: f64,
    /// Whatever the desired value.
    pub absolute: f64,
}

impl Tolerance {
    /// Four times the square root of the dtype's epsilon: 6e-8 in double, 1.4e-3 in single precision; 0 for integers and
    /// bool. The absolute part is 0.
    pub fn of(dtype: DType) -> Tolerance {
        let relative = crate::finfo(dtype).map_or(0.0, |info| 4.0 * info.eps.sqrt());
        Tolerance { relative, absolute: 0.0 }
    }
}

/// Panics unless both arrays have the same dtype, shape and device, and elements that are equal; NaN equals NaN.
///
/// # Panics
/// If they differ, or if one cannot be evaluated.
#[track_caller]
pub fn assert_equal(actual: &Array, desired: &Array) {
    check("assert_equal", actual, desired, equal);
}

/// Panics unless both arrays have the same dtype, shape and device, and elements within the [`Tolerance::of`] the dtype;
/// NaN is close to NaN, an infinity to itself.
///
/// # Panics
/// If they differ, or if one cannot be evaluated.
#[track_caller]
pub fn assert_close(actual: &Array, desired: &Array) {
    let tolerance = desired.dtype().map_or(Tolerance { relative: 0.0, absolute: 0.0 }, Tolerance::of);
    assert_close_with(actual, desired, tolerance);
}

/// [`assert_close`] with a tolerance.
///
/// ```
/// use ondine::testing::{Tolerance, assert_close_with};
/// let tolerance = Tolerance { relative: 0.0, absolute: 0.5 };
/// assert_close_with(&ondine::ones([2]), &ondine::full([2], 1.25), tolerance);
/// ```
///
/// # Panics
/// As [`assert_close`].
#[track_caller]
pub fn assert_close_with(actual: &Array, desired: &Array, tolerance: Tolerance) {
    // Nothing but itself is close to an infinity, whose own bound would let everything pass.
    let is_near = |actual: Scalar, desired: Scalar| {
        let bound = tolerance.absolute + tolerance.relative * desired.to_complex().norm();
        bound.is_finite() && apart(actual, desired) <= bound
    };
    check("assert_close", actual, desired, |a, b| equal(a, b) || is_near(a, b));
}

/// Panics unless both arrays have the same dtype, shape and device, and every element of the first is less than that of
/// the second.
///
/// # Panics
/// If not, or if one cannot be evaluated.
#[track_caller]
pub fn assert_less(smaller: &Array, larger: &Array) {
    check("assert_less", smaller, larger, |a, b| match (a.to_i128(), b.to_i128()) {
        (Some(a), Some(b)) => a < b,
        _ => a.to_complex().re < b.to_complex().re,
    });
}

/// Integers exactly; floats by value, so that both zeros are equal, and NaN to NaN.
fn equal(a: Scalar, b: Scalar) -> bool {
    if !a.dtype().is_floating() {
        return a == b;
    }
    let (a, b) = (a.to_complex(), b.to_complex());
    a == b || (a.is_nan() && b.is_nan())
}

/// The distance of two elements.
fn apart(a: Scalar, b: Scalar) -> f64 {
    match (a.to_i128(), b.to_i128()) {
        (Some(a), Some(b)) => a.abs_diff(b) as f64,
        _ => (a.to_complex() - b.to_complex()).norm(),
    }
}

#[track_caller]
fn check(name: &str, actual: &Array, desired: &Array, agree: impl Fn(Scalar, Scalar) -> bool) {
    if let Some(what) = here(difference(actual, desired, agree)).unwrap_or_else(|error| Some(error.to_string())) {
        panic!("{name}: {what}");
    }
}

/// What is different, if anything is.
fn difference(
    actual: &Array,
    desired: &Array,
    agree: impl Fn(Scalar, Scalar) -> bool,
) -> Result<Option<String>, Failure> {
    let (a, b) = (actual.lazy()?.ty().clone(), desired.lazy()?.ty().clone());
    if a != b {
        return Ok(Some(format!("{a} is not {b}")));
    }
    let values = |x: &Array| -> Result<Vec<Scalar>, Failure> {
        let x = x.lazy()?;
        evaluate(std::slice::from_ref(x), None, &Options::default())?;
        let buffer = download(x)?;
        let elements = buffer.bytes().chunks_exact(x.ty().dtype.bytes());
        Ok(elements.map(|bytes| Scalar::from_bytes(x.ty().dtype, bytes)).collect())
    };
    if let (Some(on), Some(other)) = (actual.device()?, desired.device()?)
        && on != other
    {
        return Ok(Some(format!("{a} is on {on}, {b} on {other}")));
    }
    let (actual, desired) = (values(actual)?, values(desired)?);
    let pairs = actual.iter().zip(&desired);
    let differing: Vec<usize> = pairs.enumerate().filter(|(_, (a, b))| !agree(**a, **b)).map(|(at, _)| at).collect();
    let Some(&first) = differing.first() else { return Ok(None) };
    let distance = |at: &usize| apart(actual[*at], desired[*at]);
    let absolute = differing.iter().map(distance).fold(0.0, f64::max);
    let relative = differing.iter().map(|at| distance(at) / desired[*at].to_complex().norm()).fold(0.0, f64::max);
    let place: Vec<i64> = a
        .shape
        .strides()
        .iter()
        .zip(a.shape.iter())
        .map(|(stride, extent)| first as i64 / stride.max(&1) % (*extent).max(1) as i64)
        .collect();
    Ok(Some(format!(
        "{} of {} elements differ, by at most {absolute:e} (relative {relative:e}); the first at {place:?}: {} where {} \
         is desired",
        differing.len(),
        actual.len(),
        actual[first],
        desired[first],
    )))
}

/// One test per device for a function of a device: `each_device!(sums_agree)` makes a module of that name of
/// `fn sums_agree(device: &Device)`, with a test called after every device.
///
/// A device that this machine lacks is skipped, and its test says why.
///
/// ```
/// use ondine::{Device, each_device, testing::assert_equal};
///
/// fn ones_are_one(device: &Device) {
///     assert_equal(&ondine::ones([3]).eval(device).unwrap(), &ondine::full([3], 1.0));
/// }
/// each_device!(ones_are_one);
/// # ones_are_one(&Device::cpu());
/// ```
#[macro_export]
macro_rules! each_device {
    ($($test:ident),* $(,)?) => {$(
        mod $test {
            #[test]
            fn reference() {
                $crate::testing::on_device("reference", super::$test);
            }
            #[test]
            fn cpu() {
                $crate::testing::on_device("cpu", super::$test);
            }
            #[test]
            fn cuda() {
                $crate::testing::on_device("cuda:0", super::$test);
            }
        }
    )*};
}

/// Runs a test on a device, or says why it is skipped.
#[doc(hidden)]
pub fn on_device(name: &str, test: impl FnOnce(&crate::Device)) {
    match crate::Device::from_name(name) {
        Ok(device) => test(&device),
        Err(error) => eprintln!("skipped: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Device;

    fn text(compare: impl FnOnce()) -> String {
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(compare)).expect_err("the arrays differ");
        panic.downcast_ref::<String>().expect("a formatted panic").clone()
    }

    #[test]
    fn differences_are_counted_and_placed() {
        let (x, y) = (crate::arange(6).reshape([2, 3]), crate::arange(6).reshape([2, 3]).set(crate::s![1, 1..], 9));
        assert_eq!(
            text(|| assert_equal(&x, &y)),
            "assert_equal: 2 of 6 elements differ, by at most 5e0 (relative 5.555555555555556e-1); the first at [1, 1]: 4 \
             where 9 is desired"
        );
    }

    #[test]
    fn dtypes_shapes_and_devices_count() {
        let x = crate::ones([2]);
        assert_eq!(text(|| assert_equal(&x, &crate::ones([3]))), "assert_equal: f64[2] is not f64[3]");
        assert_eq!(text(|| assert_close(&x, &x.astype(DType::F32))), "assert_close: f64[2] is not f32[2]");
        let (a, b) = (x.eval(&Device::cpu()).unwrap(), crate::ones([2]).eval(&Device::reference()).unwrap());
        assert_eq!(text(|| assert_equal(&a, &b)), "assert_equal: f64[2] is on cpu, f64[2] on reference");
        assert_less(&crate::zeros([2]), &a);
        assert!(text(|| assert_less(&a, &a)).starts_with("assert_less: 2 of 2"));
    }

    #[test]
    fn close_is_relative_to_the_desired_value() {
        let x = crate::full([2], 1e10);
        assert_close(&(&x + 1.0), &x);
        assert!(text(|| assert_close(&(crate::zeros([2]) + 1e-300), &crate::zeros([2]))).contains("differ"));
        assert_close(&crate::full([1], f64::NAN), &crate::full([1], f64::NAN));
        let infinity = crate::full([1], f64::INFINITY);
        assert_close(&infinity, &infinity);
        assert!(text(|| assert_close(&crate::ones([1]), &infinity)).contains("differ"));
        assert!(text(|| assert_close(&-&infinity, &infinity)).contains("differ"));
    }
}
