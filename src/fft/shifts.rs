//! The order of bins and their frequencies.

use crate::elementwise::literal;
use crate::error::argument;
use crate::lazy::{Built, Lazy};
use crate::{Array, Axes, DType};
use ondine_ir::{Binary, Op, Scalar};

fn shift(op: &'static str, x: &Lazy, axes: &Axes, amount: fn(i64) -> i64) -> Built {
    let mut shifts = vec![0; x.rank()];
    for axis in axes.of(op, x.ty())? {
        shifts[axis] = amount(x.shape()[axis] as i64);
    }
    x.roll(shifts)
}

/// The zero frequency moved to the middle of every axis: a roll by `N / 2`.
///
/// - `x`: any dtype and shape
/// - result: same dtype, shape and device
///
/// ```
/// assert_eq!(ondine::fft::fftshift(&ondine::arange(5)).to_vec::<i64>()?, [3, 4, 0, 1, 2]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// Source: array API standard 2025.12, `fft.fftshift`.
#[track_caller]
pub fn fftshift(x: &Array) -> Array {
    fftshift_with(x, Axes::All)
}

/// [`fftshift`] along some axes.
///
/// ```
/// let x = ondine::arange(4).reshape([2, 2]);
/// assert_eq!(ondine::fft::fftshift_with(&x, 0).to_vec::<i64>()?, [2, 3, 0, 1]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Axis`, `RepeatedAxis`.
#[track_caller]
pub fn fftshift_with(x: &Array, axes: impl Into<Axes>) -> Array {
    let axes = axes.into();
    x.then(|x| shift("fftshift", x, &axes, |extent| extent / 2))
}

/// The inverse of [`fftshift`]: a roll by `-(N / 2)`.
///
/// ```
/// assert_eq!(ondine::fft::ifftshift(&ondine::arange(5)).to_vec::<i64>()?, [2, 3, 4, 0, 1]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// Source: array API standard 2025.12, `fft.ifftshift`.
#[track_caller]
pub fn ifftshift(x: &Array) -> Array {
    ifftshift_with(x, Axes::All)
}

/// [`ifftshift`] along some axes.
///
/// ```
/// let x = ondine::arange(4).reshape([2, 2]);
/// assert_eq!(ondine::fft::ifftshift_with(&x, 1).to_vec::<i64>()?, [1, 0, 3, 2]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Axis`, `RepeatedAxis`.
#[track_caller]
pub fn ifftshift_with(x: &Array, axes: impl Into<Axes>) -> Array {
    let axes = axes.into();
    x.then(|x| shift("ifftshift", x, &axes, |extent| -(extent / 2)))
}

fn frequencies(op: &'static str, n: usize, d: f64, bins: Built) -> Built {
    if n == 0 {
        return Err(argument(op, "a transform of length 0 has no frequencies"));
    }
    let bins = bins?.cast(DType::F64)?;
    let divisor = Scalar::from_f64(DType::F64, n as f64 * d);
    // The length alone is a shape; a distance is a number of the user's.
    let divisor = if d == 1.0 { literal(divisor)?.into() } else { divisor.into() };
    Lazy::apply(Op::Binary(Binary::Div), [bins.into(), divisor])
}

/// The frequencies of the bins of [`fft`](super::fft()) in cycles per sample: `[0, .., (n-1)/2, -(n/2), .., -1] / n`.
///
/// - result: `f64[n]`, unplaced
///
/// ```
/// assert_eq!(ondine::fft::fftfreq(4).to_vec::<f64>()?, [0.0, 0.25, -0.5, -0.25]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Argument` if `n` is 0.
///
/// Source: array API standard 2025.12, `fft.fftfreq`.
#[track_caller]
pub fn fftfreq(n: usize) -> Array {
    fftfreq_with(n, 1.0)
}

/// [`fftfreq`] for samples at a distance `d`, in cycles per unit of `d`.
///
/// ```
/// assert_eq!(ondine::fft::fftfreq_with(2, 0.5).to_vec::<f64>()?, [0.0, -1.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
#[track_caller]
pub fn fftfreq_with(n: usize, d: f64) -> Array {
    let bins = || {
        let half = (n / 2) as i64;
        let offset = literal(Scalar::from_i128(DType::I64, half.into()))?;
        let centered = Lazy::apply(Op::Binary(Binary::Sub), [Lazy::apply(Op::Iota(n), [])?.into(), offset.into()])?;
        centered.roll([-half])
    };
    Array::settle(frequencies("fftfreq", n, d, bins()))
}

/// The frequencies of the bins of [`rfft`](super::rfft()) in cycles per sample: `[0, .., n/2] / n`.
///
/// - result: `f64[n/2 + 1]`, unplaced
///
/// ```
/// assert_eq!(ondine::fft::rfftfreq(4).to_vec::<f64>()?, [0.0, 0.25, 0.5]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Argument` if `n` is 0.
///
/// Source: array API standard 2025.12, `fft.rfftfreq`.
#[track_caller]
pub fn rfftfreq(n: usize) -> Array {
    rfftfreq_with(n, 1.0)
}

/// [`rfftfreq`] for samples at a distance `d`, in cycles per unit of `d`.
///
/// ```
/// assert_eq!(ondine::fft::rfftfreq_with(2, 0.5).to_vec::<f64>()?, [0.0, 1.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
#[track_caller]
pub fn rfftfreq_with(n: usize, d: f64) -> Array {
    Array::settle(frequencies("rfftfreq", n, d, Lazy::apply(Op::Iota(n / 2 + 1), [])))
}
