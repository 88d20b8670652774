//! Logarithms and exponentials in the forms of statistics and information theory.

use super::{from_nearest_integer, number, real};
use crate::{Array, Axes, ReduceOptions, binary};
use ondine_ir::Binary;
use std::f64::consts::PI;

real! {
    expit "Logistic function `1 / (1 + exp(-x))`." "4 eps" "0.0" "0.5"
        |x| {
            let power = (-x.abs()).exp();
            let sum = &power + number(1.0);
            x.less(0.0).where_(&power / &sum, number(1.0) / &sum)
        };
    logit "Inverse of [`expit`]: `log(x / (1 - x))`." "4 eps" "0.25" "-(3f64.ln())"
        |x| {
            let centre = (x * number(2.0) - number(1.0)).atanh() * number(2.0);
            let outer = x.log() - (-x).log1p();
            (x - number(0.5)).abs().less(0.25).where_(&centre, &outer)
        };
    entr "Entropy of one probability: `-x log x`, 0 at 0, minus infinity below." "4 eps" "0.5" "0.5 * 2f64.ln()"
        |x| {
            let positive = -(x * x.log());
            let edge = x.less(0.0).where_(number(f64::NEG_INFINITY), number(0.0));
            x.less_equal(0.0).where_(&edge, &positive)
        };
    sinc "`sin(pi x) / (pi x)`, 1 at 0." "4 eps" "0.5" "2.0 / std::f64::consts::PI"
        |x| {
            let sine = (from_nearest_integer(x) * number(PI)).sin();
            let half = x.round() * number(0.5);
            let value = half.equal(half.floor()).where_(&sine, -&sine) / (x * number(PI));
            x.equal(0.0).where_(number(1.0), &value)
        };
    exp10 "`10^x`." "4 eps" "3.0" "1000.0" |x| number(10.0).pow(x);
}

/// `x log y`, 0 where `x` is 0 and `y` is a number.
///
/// - `x`: real; `y`: real, broadcasts with `x`
/// - result: the promoted floating dtype
/// - error: 2 eps
/// - lazy: adds nodes, evaluates nothing
///
/// ```
/// let y = ondine::special::xlogy(&ondine::Array::from([0.0, 2.0]), [0.0, 1.0]);
/// assert_eq!(y.to_vec::<f64>()?, [0.0, 0.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Broadcast`; `DType` of complex numbers.
///
/// Source: `scipy.special.xlogy`.
#[track_caller]
pub fn xlogy(x: &Array, y: impl Into<Array>) -> Array {
    let y = y.into();
    let product = x * y.log();
    x.equal(0.0).logical_and(y.isnan().logical_not()).where_(0.0, &product)
}

/// Options of [`logsumexp_with`] and [`logsumexp_signed`].
#[derive(Clone, Debug, Default)]
pub struct LogSumExpOptions {
    /// The axes that are summed over; all by default.
    pub axis: Axes,
    /// Keep the axes with extent 1.
    pub keepdims: bool,
    /// Factors of the exponentials. Where one is 0 the exponential does not count, even if it is infinite.
    pub weights: Option<Array>,
}

/// `log(sum(exp(x)))` over all elements, without overflow inside.
///
/// - `x`: real or complex
/// - result: rank 0, the floating dtype; of complex numbers the imaginary part is in -pi to pi
/// - error: that of the sum
/// - lazy: adds nodes, evaluates nothing
///
/// ```
/// let x = ondine::Array::from([1000.0, 1000.0]);
/// assert_eq!(ondine::special::logsumexp(&x).item::<f64>()?, 1000.0 + 2f64.ln());
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Empty` of no elements.
///
/// Source: `scipy.special.logsumexp`.
#[track_caller]
pub fn logsumexp(x: &Array) -> Array {
    logsumexp_with(x, LogSumExpOptions::default())
}

/// [`logsumexp`] along some axes, or weighted. Where a real sum is negative the result is NaN.
///
/// ```
/// use ondine::special::{LogSumExpOptions, logsumexp_with};
/// let options = LogSumExpOptions { axis: 0.into(), ..Default::default() };
/// let y = logsumexp_with(&ondine::zeros([2, 3]), options);
/// assert_eq!(y.to_vec::<f64>()?, [2f64.ln(); 3]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// As [`logsumexp`]; `Axis`, `RepeatedAxis`; `Broadcast` of weights.
#[track_caller]
pub fn logsumexp_with(x: &Array, options: LogSumExpOptions) -> Array {
    let is_weighted = options.weights.is_some();
    let (modulus, sum) = summed(x, options);
    match sum.dtype() {
        Ok(dtype) if dtype.is_complex() => binary(Binary::Complex, &modulus, sum.imag().atan2(sum.real())),
        _ if is_weighted => sum.less(0.0).where_(f64::NAN, &modulus),
        _ => modulus,
    }
}

/// The logarithm of the modulus of a sum of exponentials, and the sign of the sum: -1, 0 or 1, of complex numbers `sum / |sum|`.
///
/// - `x`: real or complex
/// - result: the real floating dtype, and that of the sum
/// - lazy: adds nodes, evaluates nothing
///
/// ```
/// use ondine::{Array, special::{LogSumExpOptions, logsumexp_signed}};
/// let options = LogSumExpOptions { weights: Some(Array::from([1.0, -3.0])), ..Default::default() };
/// let (modulus, sign) = logsumexp_signed(&Array::from([0.0, 0.0]), options);
/// assert_eq!((modulus.item::<f64>()?, sign.item::<f64>()?), (2f64.ln(), -1.0));
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// As [`logsumexp_with`].
///
/// Source: `scipy.special.logsumexp` with `return_sign`.
#[track_caller]
pub fn logsumexp_signed(x: &Array, options: LogSumExpOptions) -> (Array, Array) {
    let (modulus, sum) = summed(x, options);
    let sign = sum.sign();
    (modulus, sign)
}

/// The logarithm of the modulus of the sum, and the sum in units of its largest exponential.
fn summed(x: &Array, options: LogSumExpOptions) -> (Array, Array) {
    let LogSumExpOptions { axis, keepdims, weights } = options;
    let x = x.then(|x| x.cast(x.ty().dtype.to_floating()));
    let is_complex = x.dtype().is_ok_and(|dtype| dtype.is_complex());
    let over = |keepdims| ReduceOptions { axis: axis.clone(), keepdims, ..ReduceOptions::default() };
    let size = if is_complex { x.real() } else { x.clone() };
    let size = match &weights {
        Some(weights) => weights.equal(0.0).where_(f64::NEG_INFINITY, &size),
        None => size,
    };
    let weigh = |terms: Array| weights.as_ref().map_or(terms.clone(), |weights| terms * weights);
    let most = size.max_with(over(true));
    let kept = size.max_with(over(keepdims));
    if is_complex {
        // Nothing and infinity less themselves are no numbers.
        let shift = |most: &Array| most.isfinite().where_(most, 0.0);
        let powers = (&x - shift(&most)).exp();
        let powers = match &weights {
            Some(weights) => weights.equal(0.0).where_(0.0, weigh(powers)),
            None => powers,
        };
        let sum = powers.sum_with(over(keepdims));
        return (shift(&kept) + sum.abs().log(), sum);
    }
    // The largest terms are counted, so that the others keep their digits beside them.
    let is_largest = size.equal(&most);
    let largest = is_largest.where_(1.0, 0.0).then(|ones| ones.cast(x.lazy()?.ty().dtype));
    let largest = weigh(largest).sum_with(over(keepdims));
    let others = weigh(is_largest.where_(0.0, (&size - &most).exp())).sum_with(over(keepdims));
    match weights {
        None => (kept + largest.log() + (&others / &largest).log1p(), largest),
        // Weights of the largest terms may cancel.
        Some(_) => {
            let sum = largest + others;
            (kept + sum.abs().log(), sum)
        }
    }
}

/// `exp(x) / sum(exp(x))` along some axes, without overflow inside.
///
/// - `x`: real
/// - result: same shape and floating dtype
/// - error: that of the exponential and the sum
/// - lazy: adds nodes, evaluates nothing
///
/// ```
/// let y = ondine::special::softmax(&ondine::Array::from([1000.0, 1000.0]), 0);
/// assert_eq!(y.to_vec::<f64>()?, [0.5, 0.5]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Axis`, `RepeatedAxis`; `DType` of complex numbers.
///
/// Source: `scipy.special.softmax`.
#[track_caller]
pub fn softmax(x: &Array, axis: impl Into<Axes>) -> Array {
    let (power, over) = shifted_power(x, axis.into());
    let power = power.1;
    &power / power.sum_with(over)
}

/// `log(softmax(x))` along some axes, accurate where `softmax` underflows.
///
/// ```
/// let y = ondine::special::log_softmax(&ondine::Array::from([0.0, -1000.0]), 0);
/// assert_eq!(y.to_vec::<f64>()?, [0.0, -1000.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// As [`softmax`].
///
/// Source: `scipy.special.log_softmax`.
#[track_caller]
pub fn log_softmax(x: &Array, axis: impl Into<Axes>) -> Array {
    let ((shifted, power), over) = shifted_power(x, axis.into());
    shifted - power.sum_with(over).log()
}

/// `x` less its largest element, the exponential of that, and how sums over the axes are taken.
fn shifted_power(x: &Array, axis: Axes) -> ((Array, Array), ReduceOptions) {
    let x = x.then(|x| x.cast(x.ty().dtype.to_floating()));
    let over = ReduceOptions { axis, keepdims: true, ..ReduceOptions::default() };
    let most = x.max_with(over.clone());
    let shifted = &x - most.isfinite().where_(&most, 0.0);
    let power = shifted.exp();
    ((shifted, power), over)
}
