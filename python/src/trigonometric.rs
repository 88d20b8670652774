//! What `scipy.fft` has beyond the standard: cosine and sine transforms, Hankel transforms, Hermitian forms, fast lengths.

use crate::error::{Raised, value_error};
use crate::fft::{last_two, lines, norm};
use crate::functions::{Answer, functions};
use crate::operand::{Integers, Own};
use ondine::fft::{self as transforms, DctKind, DctOptions, DctnOptions, HankelOptions};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyUserWarning;
use pyo3::prelude::*;

impl Answer for usize {
    fn answer(self, py: Python) -> PyResult<Bound<PyAny>> {
        self.into_bound_py_any(py)
    }
}

impl Answer for f64 {
    fn answer(self, py: Python) -> PyResult<Bound<PyAny>> {
        self.into_bound_py_any(py)
    }
}

fn kind(number: i64) -> Result<DctKind, Raised> {
    match number {
        1 => Ok(DctKind::I),
        2 => Ok(DctKind::II),
        3 => Ok(DctKind::III),
        4 => Ok(DctKind::IV),
        other => Err(value_error(format!("dct: type is 1, 2, 3 or 4, not {other}"))),
    }
}

fn cosine(
    number: i64,
    n: Option<i64>,
    axis: i64,
    scaling: Option<&str>,
    orthogonalize: Option<bool>,
) -> Result<DctOptions, Raised> {
    let length = |n: i64| usize::try_from(n).map_err(|_| value_error(format!("dct: a transform of length {n}")));
    Ok(DctOptions { kind: kind(number)?, n: n.map(length).transpose()?, axis, norm: norm(scaling)?, orthogonalize })
}

fn cosines(
    number: i64,
    s: Option<Integers>,
    axes: Option<Integers>,
    scaling: Option<&str>,
    orthogonalize: Option<bool>,
) -> Result<DctnOptions, Raised> {
    let (s, axes) = (s.map(|s| s.0), axes.map(|axes| axes.0));
    Ok(DctnOptions { kind: kind(number)?, s, axes, norm: norm(scaling)?, orthogonalize })
}

/// The options of a Hankel transform, with a warning where it is singular.
fn hankel(mu: f64, offset: f64, bias: f64, inverse: bool) -> Result<HankelOptions, Raised> {
    let options = HankelOptions { offset, bias };
    if options.is_singular(mu, inverse) {
        let text = if inverse {
            c"singular inverse transform; consider changing the bias"
        } else {
            c"singular transform; consider changing the bias"
        };
        Python::attach(|py| PyErr::warn(py, &py.get_type::<PyUserWarning>(), text, 1))?;
    }
    Ok(options)
}

fn target(target: i64) -> Result<usize, Raised> {
    usize::try_from(target)
        .map_err(|_| value_error(format!("fast_len: target is {target}, and lengths are not negative")))
}

functions! {
    /// Discrete cosine transform of type 1 to 4 along an axis. `overwrite_x` and `workers` are hints without an effect.
    #[pyo3(text_signature = "(x, type=2, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, orthogonalize=None)")]
    dct(x, r#type=2, n=None, axis=-1, norm=None, overwrite_x=false, workers=None, orthogonalize=None)
        |x: Own, r#type: i64, n: Option<i64>, axis: i64, norm: Option<&str>, overwrite_x: bool, workers: Option<i64>, orthogonalize: Option<bool>|
        { let _ = (overwrite_x, workers); transforms::dct_with(&x, cosine(r#type, n, axis, norm, orthogonalize)?) };

    /// Inverse of `dct`.
    #[pyo3(text_signature = "(x, type=2, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, orthogonalize=None)")]
    idct(x, r#type=2, n=None, axis=-1, norm=None, overwrite_x=false, workers=None, orthogonalize=None)
        |x: Own, r#type: i64, n: Option<i64>, axis: i64, norm: Option<&str>, overwrite_x: bool, workers: Option<i64>, orthogonalize: Option<bool>|
        { let _ = (overwrite_x, workers); transforms::idct_with(&x, cosine(r#type, n, axis, norm, orthogonalize)?) };

    /// Discrete sine transform of type 1 to 4 along an axis. `overwrite_x` and `workers` are hints without an effect.
    #[pyo3(text_signature = "(x, type=2, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, orthogonalize=None)")]
    dst(x, r#type=2, n=None, axis=-1, norm=None, overwrite_x=false, workers=None, orthogonalize=None)
        |x: Own, r#type: i64, n: Option<i64>, axis: i64, norm: Option<&str>, overwrite_x: bool, workers: Option<i64>, orthogonalize: Option<bool>|
        { let _ = (overwrite_x, workers); transforms::dst_with(&x, cosine(r#type, n, axis, norm, orthogonalize)?) };

    /// Inverse of `dst`.
    #[pyo3(text_signature = "(x, type=2, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, orthogonalize=None)")]
    idst(x, r#type=2, n=None, axis=-1, norm=None, overwrite_x=false, workers=None, orthogonalize=None)
        |x: Own, r#type: i64, n: Option<i64>, axis: i64, norm: Option<&str>, overwrite_x: bool, workers: Option<i64>, orthogonalize: Option<bool>|
        { let _ = (overwrite_x, workers); transforms::idst_with(&x, cosine(r#type, n, axis, norm, orthogonalize)?) };

    /// `dct` along several axes, by default all.
    dctn(x, r#type=2, s=None, axes=None, norm=None, overwrite_x=false, workers=None, *, orthogonalize=None)
        |x: Own, r#type: i64, s: Option<Integers>, axes: Option<Integers>, norm: Option<&str>, overwrite_x: bool, workers: Option<i64>, orthogonalize: Option<bool>|
        { let _ = (overwrite_x, workers); transforms::dctn_with(&x, cosines(r#type, s, axes, norm, orthogonalize)?) };

    /// Inverse of `dctn`.
    idctn(x, r#type=2, s=None, axes=None, norm=None, overwrite_x=false, workers=None, orthogonalize=None)
        |x: Own, r#type: i64, s: Option<Integers>, axes: Option<Integers>, norm: Option<&str>, overwrite_x: bool, workers: Option<i64>, orthogonalize: Option<bool>|
        { let _ = (overwrite_x, workers); transforms::idctn_with(&x, cosines(r#type, s, axes, norm, orthogonalize)?) };

    /// `dst` along several axes, by default all.
    dstn(x, r#type=2, s=None, axes=None, norm=None, overwrite_x=false, workers=None, orthogonalize=None)
        |x: Own, r#type: i64, s: Option<Integers>, axes: Option<Integers>, norm: Option<&str>, overwrite_x: bool, workers: Option<i64>, orthogonalize: Option<bool>|
        { let _ = (overwrite_x, workers); transforms::dstn_with(&x, cosines(r#type, s, axes, norm, orthogonalize)?) };

    /// Inverse of `dstn`.
    idstn(x, r#type=2, s=None, axes=None, norm=None, overwrite_x=false, workers=None, orthogonalize=None)
        |x: Own, r#type: i64, s: Option<Integers>, axes: Option<Integers>, norm: Option<&str>, overwrite_x: bool, workers: Option<i64>, orthogonalize: Option<bool>|
        { let _ = (overwrite_x, workers); transforms::idstn_with(&x, cosines(r#type, s, axes, norm, orthogonalize)?) };

    /// Real spectrum of a signal with Hermitian symmetry along several axes, of which half is given.
    #[pyo3(text_signature = "(x, /, *, s=None, axes=None, norm='backward')")]
    hfftn(x, /, *, s=None, axes=None, norm=Some("backward"))
        |x: Own, s: Option<Integers>, axes: Option<Integers>, norm: Option<&str>|
        transforms::hfftn_with(&x, lines(s, axes, norm)?);

    /// Inverse of `hfftn`.
    #[pyo3(text_signature = "(x, /, *, s=None, axes=None, norm='backward')")]
    ihfftn(x, /, *, s=None, axes=None, norm=Some("backward"))
        |x: Own, s: Option<Integers>, axes: Option<Integers>, norm: Option<&str>|
        transforms::ihfftn_with(&x, lines(s, axes, norm)?);

    /// `hfftn` along two axes.
    #[pyo3(text_signature = "(x, /, *, s=None, axes=(-2, -1), norm='backward')")]
    hfft2(x, /, *, s=None, axes=last_two(), norm=Some("backward"))
        |x: Own, s: Option<Integers>, axes: Option<Integers>, norm: Option<&str>|
        transforms::hfft2_with(&x, lines(s, axes, norm)?);

    /// Inverse of `hfft2`.
    #[pyo3(text_signature = "(x, /, *, s=None, axes=(-2, -1), norm='backward')")]
    ihfft2(x, /, *, s=None, axes=last_two(), norm=Some("backward"))
        |x: Own, s: Option<Integers>, axes: Option<Integers>, norm: Option<&str>|
        transforms::ihfft2_with(&x, lines(s, axes, norm)?);

    /// Fast Hankel transform along the last axis, on logarithmic grids with points `dln` apart, of order `mu`.
    fht(a, dln, mu, offset=0.0, bias=0.0) |a: Own, dln: f64, mu: f64, offset: f64, bias: f64|
        transforms::fht_with(&a, dln, mu, hankel(mu, offset, bias, false)?);

    /// Inverse of `fht`.
    #[allow(non_snake_case)]
    ifht(A, dln, mu, offset=0.0, bias=0.0) |A: Own, dln: f64, mu: f64, offset: f64, bias: f64|
        transforms::ifht_with(&A, dln, mu, hankel(mu, offset, bias, true)?);

    /// The offset nearest to `initial` under which a Hankel transform rings least.
    fhtoffset(dln, mu, initial=0.0, bias=0.0) |dln: f64, mu: f64, initial: f64, bias: f64|
        transforms::fhtoffset_with(dln, mu, HankelOptions { offset: initial, bias });

    /// The smallest length not below `target` without prime factors above 11, or 5 for real transforms.
    next_fast_len(target, real=false) |target: i64, real: bool| {
        let target = self::target(target)?;
        let length = if real { transforms::next_fast_len_real(target) } else { transforms::next_fast_len(target) };
        length.ok_or_else(|| value_error(format!("next_fast_len: no length reaches {target}")))?
    };

    /// The largest length not above `target` without prime factors above 11, or 5 for real transforms.
    prev_fast_len(target, real=false) |target: i64, real: bool| {
        let target = self::target(target)?;
        if real { transforms::prev_fast_len_real(target) } else { transforms::prev_fast_len(target) }
    };
}
