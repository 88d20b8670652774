//! The extension `fft` of the standard, and the two-dimensional forms of NumPy and SciPy.

use crate::convert::dtype_of;
use crate::device::{At, placed};
use crate::dtype::PyDType;
use crate::error::{Raised, value_error};
use crate::functions::functions;
use crate::operand::{Integers, Own, axes};
use ondine::fft::{self as transforms, FftOptions, FftnOptions, Norm};
use ondine::{Array, DType};

pub(crate) fn norm(norm: Option<&str>) -> Result<Norm, Raised> {
    match norm {
        None | Some("backward") => Ok(Norm::Backward),
        Some("ortho") => Ok(Norm::Ortho),
        Some("forward") => Ok(Norm::Forward),
        Some(other) => Err(value_error(format!("fft: norm is \"backward\", \"ortho\" or \"forward\", not {other:?}"))),
    }
}

fn line(n: Option<i64>, axis: i64, scaling: Option<&str>) -> Result<FftOptions, Raised> {
    let length = |n: i64| usize::try_from(n).map_err(|_| value_error(format!("fft: a transform of length {n}")));
    Ok(FftOptions { n: n.map(length).transpose()?, axis, norm: norm(scaling)? })
}

pub(crate) fn lines(s: Option<Integers>, axes: Option<Integers>, scaling: Option<&str>) -> Result<FftnOptions, Raised> {
    Ok(FftnOptions { s: s.map(|s| s.0), axes: axes.map(|axes| axes.0), norm: norm(scaling)? })
}

pub(crate) fn last_two() -> Option<Integers> {
    Some(Integers(vec![-2, -1]))
}

fn frequencies(
    of: fn(usize, f64) -> Array,
    n: i64,
    d: f64,
    dtype: Option<PyDType>,
    device: Option<At>,
) -> Result<Array, Raised> {
    let n = usize::try_from(n).map_err(|_| value_error(format!("fftfreq: a transform of length {n}")))?;
    match dtype_of(dtype) {
        None => placed(of(n, d), device),
        Some(dtype @ (DType::F32 | DType::F64)) => placed(of(n, d).astype(dtype), device),
        Some(dtype) => Err(value_error(format!("fftfreq: frequencies are real, not {dtype}"))),
    }
}

functions! {
    /// Discrete Fourier transform along an axis, of length `n`.
    #[pyo3(text_signature = "(x, /, *, n=None, axis=-1, norm='backward')")]
    fft(x, /, *, n=None, axis=-1, norm=Some("backward")) |x: Own, n: Option<i64>, axis: i64, norm: Option<&str>|
        transforms::fft_with(&x, line(n, axis, norm)?);

    /// Inverse of `fft`.
    #[pyo3(text_signature = "(x, /, *, n=None, axis=-1, norm='backward')")]
    ifft(x, /, *, n=None, axis=-1, norm=Some("backward")) |x: Own, n: Option<i64>, axis: i64, norm: Option<&str>|
        transforms::ifft_with(&x, line(n, axis, norm)?);

    /// Transform of real input: the bins `0` to `n // 2`.
    #[pyo3(text_signature = "(x, /, *, n=None, axis=-1, norm='backward')")]
    rfft(x, /, *, n=None, axis=-1, norm=Some("backward")) |x: Own, n: Option<i64>, axis: i64, norm: Option<&str>|
        transforms::rfft_with(&x, line(n, axis, norm)?);

    /// Inverse of `rfft`, with `n = 2 * (m - 1)` unless given.
    #[pyo3(text_signature = "(x, /, *, n=None, axis=-1, norm='backward')")]
    irfft(x, /, *, n=None, axis=-1, norm=Some("backward")) |x: Own, n: Option<i64>, axis: i64, norm: Option<&str>|
        transforms::irfft_with(&x, line(n, axis, norm)?);

    /// Real spectrum of a signal with Hermitian symmetry, of which half is given.
    #[pyo3(text_signature = "(x, /, *, n=None, axis=-1, norm='backward')")]
    hfft(x, /, *, n=None, axis=-1, norm=Some("backward")) |x: Own, n: Option<i64>, axis: i64, norm: Option<&str>|
        transforms::hfft_with(&x, line(n, axis, norm)?);

    /// Inverse of `hfft`.
    #[pyo3(text_signature = "(x, /, *, n=None, axis=-1, norm='backward')")]
    ihfft(x, /, *, n=None, axis=-1, norm=Some("backward")) |x: Own, n: Option<i64>, axis: i64, norm: Option<&str>|
        transforms::ihfft_with(&x, line(n, axis, norm)?);

    /// `fft` along several axes, by default all.
    #[pyo3(text_signature = "(x, /, *, s=None, axes=None, norm='backward')")]
    fftn(x, /, *, s=None, axes=None, norm=Some("backward"))
        |x: Own, s: Option<Integers>, axes: Option<Integers>, norm: Option<&str>|
        transforms::fftn_with(&x, lines(s, axes, norm)?);

    /// Inverse of `fftn`.
    #[pyo3(text_signature = "(x, /, *, s=None, axes=None, norm='backward')")]
    ifftn(x, /, *, s=None, axes=None, norm=Some("backward"))
        |x: Own, s: Option<Integers>, axes: Option<Integers>, norm: Option<&str>|
        transforms::ifftn_with(&x, lines(s, axes, norm)?);

    /// `rfft` along the last of the axes, then `fft` along the others.
    #[pyo3(text_signature = "(x, /, *, s=None, axes=None, norm='backward')")]
    rfftn(x, /, *, s=None, axes=None, norm=Some("backward"))
        |x: Own, s: Option<Integers>, axes: Option<Integers>, norm: Option<&str>|
        transforms::rfftn_with(&x, lines(s, axes, norm)?);

    /// Inverse of `rfftn`.
    #[pyo3(text_signature = "(x, /, *, s=None, axes=None, norm='backward')")]
    irfftn(x, /, *, s=None, axes=None, norm=Some("backward"))
        |x: Own, s: Option<Integers>, axes: Option<Integers>, norm: Option<&str>|
        transforms::irfftn_with(&x, lines(s, axes, norm)?);

    /// `fft` along two axes.
    #[pyo3(text_signature = "(x, /, *, s=None, axes=(-2, -1), norm='backward')")]
    fft2(x, /, *, s=None, axes=last_two(), norm=Some("backward"))
        |x: Own, s: Option<Integers>, axes: Option<Integers>, norm: Option<&str>|
        transforms::fft2_with(&x, lines(s, axes, norm)?);

    /// Inverse of `fft2`.
    #[pyo3(text_signature = "(x, /, *, s=None, axes=(-2, -1), norm='backward')")]
    ifft2(x, /, *, s=None, axes=last_two(), norm=Some("backward"))
        |x: Own, s: Option<Integers>, axes: Option<Integers>, norm: Option<&str>|
        transforms::ifft2_with(&x, lines(s, axes, norm)?);

    /// `rfft` along the last of two axes, then `fft` along the other.
    #[pyo3(text_signature = "(x, /, *, s=None, axes=(-2, -1), norm='backward')")]
    rfft2(x, /, *, s=None, axes=last_two(), norm=Some("backward"))
        |x: Own, s: Option<Integers>, axes: Option<Integers>, norm: Option<&str>|
        transforms::rfft2_with(&x, lines(s, axes, norm)?);

    /// Inverse of `rfft2`.
    #[pyo3(text_signature = "(x, /, *, s=None, axes=(-2, -1), norm='backward')")]
    irfft2(x, /, *, s=None, axes=last_two(), norm=Some("backward"))
        |x: Own, s: Option<Integers>, axes: Option<Integers>, norm: Option<&str>|
        transforms::irfft2_with(&x, lines(s, axes, norm)?);

    /// Frequencies of the bins of `fft` in cycles per unit of `d`, the distance of samples.
    fftfreq(n, /, *, d=1.0, dtype=None, device=None) |n: i64, d: f64, dtype: Option<PyDType>, device: Option<At>|
        frequencies(transforms::fftfreq_with, n, d, dtype, device)?;

    /// Frequencies of the bins of `rfft` in cycles per unit of `d`, the distance of samples.
    rfftfreq(n, /, *, d=1.0, dtype=None, device=None) |n: i64, d: f64, dtype: Option<PyDType>, device: Option<At>|
        frequencies(transforms::rfftfreq_with, n, d, dtype, device)?;

    /// The zero frequency moved to the middle of some axes, or all.
    fftshift(x, /, *, axes=None) |x: Own, axes: Option<Integers>| transforms::fftshift_with(&x, self::axes(axes));

    /// Inverse of `fftshift`.
    ifftshift(x, /, *, axes=None) |x: Own, axes: Option<Integers>| transforms::ifftshift_with(&x, self::axes(axes));
}
