//! Discrete Fourier transforms.
//!
//! `X[k] = sum over n of x[n] * exp(-2 pi i k n / N)` forward, `exp(+2 pi i k n / N)` inverse. Frequencies are `k / N` cycles
//! per sample, zero frequency first. By default the inverse divides by `N` ([`Norm`]); in several dimensions `N` is the
//! product of the extents. Transforms work along the last axis, those of several dimensions along all or the last two;
//! the functions ending in `_with` take other axes, lengths and norms. Integers and bool are transformed in `f64`, real
//! input of complex transforms is converted; single precision stays single. Inputs longer or shorter than a length that
//! is asked for are cut, or padded with zeros, at the end of the axis.
//!
//! Source: array API standard 2025.12, extension `fft`; SciPy 1.18, `scipy.fft`.

use crate::elementwise::literal;
use crate::error::{ErrorKind, argument};
use crate::join::pad;
use crate::lazy::{Built, Lazy, axes_of, axis_of};
use crate::{Array, Axes, DType};
use ondine_ir::{Affine, Binary, Fft, FftAxis, FftKind, Index, Op, Scalar, Unary, View};

/// Which transforms are scaled. `N` is the number of elements along the transformed axes, for real inverse transforms that
/// of the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Norm {
    /// Forward transforms are not scaled, inverse ones by `1 / N`.
    #[default]
    Backward,
    /// Both by `1 / sqrt(N)`.
    Ortho,
    /// Forward transforms by `1 / N`, inverse ones are not scaled.
    Forward,
}

impl Norm {
    /// The norm under which the opposite direction has this one's factors.
    fn swapped(self) -> Norm {
        match self {
            Norm::Backward => Norm::Forward,
            Norm::Ortho => Norm::Ortho,
            Norm::Forward => Norm::Backward,
        }
    }

    fn factor(self, is_forward: bool, elements: f64) -> f64 {
        match (self, is_forward) {
            (Norm::Ortho, _) => 1.0 / elements.sqrt(),
            (Norm::Backward, false) | (Norm::Forward, true) => 1.0 / elements,
            _ => 1.0,
        }
    }
}

/// Options of transforms along one axis.
#[derive(Clone, Copy, Debug)]
pub struct FftOptions {
    /// Length of the transform, for `irfft` and `hfft` that of the result; by default that of the axis, there
    /// `2 (extent - 1)`.
    pub n: Option<usize>,
    /// The axis; the last by default.
    pub axis: i64,
    /// The scaling.
    pub norm: Norm,
}

impl Default for FftOptions {
    fn default() -> FftOptions {
        FftOptions { n: None, axis: -1, norm: Norm::Backward }
    }
}

/// Options of transforms along several axes.
#[derive(Clone, Debug, Default)]
pub struct FftnOptions {
    /// Lengths of the transforms, -1 for that of the axis. Without `axes` they belong to the last axes.
    pub s: Option<Vec<i64>>,
    /// The axes; in real transforms the last entry is the halved one. By default all, or the last two.
    pub axes: Option<Vec<i64>>,
    /// The scaling.
    pub norm: Norm,
}

/// The array cut or padded with zeros at the end of an axis.
fn resize(x: &Lazy, axis: usize, extent: usize) -> Built {
    let own = x.shape()[axis];
    if own < extent {
        let mut after = vec![0; x.rank()];
        after[axis] = extent - own;
        return pad(x, &vec![0; x.rank()], &after, literal(Scalar::zero(x.ty().dtype))?.into());
    }
    let shape = x.shape().with(axis, extent);
    x.view(View::Affine(Affine::new(shape, Index::identity(x.rank()))))
}

/// A transform along axes of given lengths.
fn transform(op: &'static str, x: &Lazy, kind: FftKind, lines: &[(usize, usize)], norm: Norm) -> Built {
    let dtype = match kind {
        FftKind::RealForward if x.ty().dtype.is_complex() => {
            let remedy = if lines.len() == 1 { "fft" } else { "fftn" };
            return Err(ErrorKind::RealTransform { op, operand: x.ty().clone(), remedy }.into());
        }
        FftKind::RealForward => x.ty().dtype.to_floating(),
        _ => x.ty().dtype.to_complex(),
    };
    if let Some((axis, _)) = lines.iter().find(|(_, len)| *len == 0) {
        return Err(argument(op, format!("a transform of length 0 along axis {axis} of {}", x.ty())));
    }
    let mut fft = Fft { kind, axes: lines.iter().map(|&(axis, len)| FftAxis::whole(kind, axis, len)).collect() };
    let mut input = x.clone();
    for (at, &(axis, len)) in lines.iter().enumerate() {
        let kind = fft.axis_kind(at);
        fft.axes[at] = FftAxis::whole(kind, axis, len);
        input = resize(&input, axis, FftAxis::line(kind, len).0)?;
    }
    let spectrum = Lazy::apply(Op::Fft(fft), [input.cast(dtype)?.into()])?;
    let elements: f64 = lines.iter().map(|(_, len)| *len as f64).product();
    scaled(spectrum, norm.factor(kind.is_forward(), elements))
}

fn scaled(x: Lazy, factor: f64) -> Built {
    if factor == 1.0 {
        return Ok(x);
    }
    let factor = literal(Scalar::from_f64(x.ty().dtype.component(), factor))?;
    Lazy::apply(Op::Binary(Binary::Mul), [x.into(), factor.into()])
}

/// The length of a transform without a given one.
fn natural(kind: FftKind, extent: usize) -> usize {
    if kind == FftKind::RealInverse { 2 * extent.saturating_sub(1) } else { extent }
}

fn along_one(op: &'static str, x: &Lazy, kind: FftKind, options: &FftOptions) -> Built {
    let axis = axis_of(op, options.axis, x.ty())?;
    let len = options.n.unwrap_or_else(|| natural(kind, x.shape()[axis]));
    transform(op, x, kind, &[(axis, len)], options.norm)
}

fn along_several(op: &'static str, x: &Lazy, kind: FftKind, options: &FftnOptions, last_two: bool) -> Built {
    let rank = x.rank() as i64;
    let axes: Vec<i64> = match (&options.axes, &options.s) {
        (Some(axes), _) => axes.clone(),
        (None, Some(s)) if !last_two => (-(s.len() as i64)..0).collect(),
        (None, _) => {
            if last_two {
                vec![-2, -1]
            } else {
                (0..rank).collect()
            }
        }
    };
    let axes = axes_of(op, &axes, x.ty())?;
    let mut lines: Vec<(usize, usize)> = axes.iter().map(|&axis| (axis, x.shape()[axis])).collect();
    match &options.s {
        Some(s) if s.len() != axes.len() => {
            return Err(argument(op, format!("{} lengths for {} axes", s.len(), axes.len())));
        }
        Some(s) => {
            for (line, &len) in lines.iter_mut().zip(s) {
                match len {
                    -1 => {}
                    0.. => line.1 = len as usize,
                    _ => return Err(argument(op, format!("a transform of length {len}"))),
                }
            }
        }
        None => {
            if let Some(last) = lines.last_mut() {
                last.1 = natural(kind, last.1);
            }
        }
    }
    match (lines.is_empty(), kind) {
        (true, FftKind::Forward | FftKind::Inverse) => Ok(x.clone()),
        (true, _) => Err(argument(op, "a real transform needs at least one axis")),
        (false, _) => transform(op, x, kind, &lines, options.norm),
    }
}

macro_rules! family {
    ($options:ident; $($name:ident $with:ident $doc:literal $types:literal $example:literal
        |$x:ident, $given:ident| $build:expr;)*) => {$(
        #[doc = $doc]
        ///
        #[doc = $types]
        /// - lazy: adds nodes, evaluates nothing
        ///
        /// ```
        /// use ondine::fft;
        #[doc = concat!("let y = fft::", stringify!($name), "(", $example)]
        /// # Ok::<(), ondine::Error>(())
        /// ```
        ///
        /// # Errors
        /// Carried by the result: `Axis` if an axis does not exist; `Argument` if a length is 0; `RealTransform` for
        /// complex input of real transforms.
        ///
        #[doc = concat!("Source: `scipy.fft.", stringify!($name), "`.")]
        #[track_caller]
        pub fn $name(x: &Array) -> Array {
            $with(x, $options::default())
        }

        #[doc = concat!("[`", stringify!($name), "`] with other lengths, axes or norm.")]
        ///
        /// ```
        #[doc = concat!("use ondine::fft::{", stringify!($with), ", Norm, ", stringify!($options), "};")]
        /// let x = ondine::ones([4, 4]);
        #[doc = concat!("let options = ", stringify!($options), " { norm: Norm::Ortho, ..Default::default() };")]
        #[doc = concat!(stringify!($with), "(&x, options).check()?;")]
        /// # Ok::<(), ondine::Error>(())
        /// ```
        ///
        /// # Errors
        #[doc = concat!("As [`", stringify!($name), "`]; `RepeatedAxis`; `Argument` if lengths and axes differ in number.")]
        #[track_caller]
        pub fn $with(x: &Array, options: $options) -> Array {
            let $given = options;
            x.then(|$x| $build)
        }
    )*};
}

family! { FftOptions;
    fft fft_with "Discrete Fourier transform: `X[k] = sum over n of x[n] exp(-2 pi i k n / N)`."
        "- `x`: `[.., N]`\n- result: complex `[.., N]`, zero frequency first, not scaled"
        "&ondine::ones([4])); assert_eq!(y.real().to_vec::<f64>()?, [4.0, 0.0, 0.0, 0.0]);"
        |x, options| along_one("fft", x, FftKind::Forward, &options);
    ifft ifft_with "Inverse transform: `x[n] = 1/N sum over k of X[k] exp(+2 pi i k n / N)`."
        "- `x`: `[.., N]`, zero frequency first\n- result: complex `[.., N]`, scaled by `1 / N`"
        "&ondine::ones([4])); assert_eq!(y.real().to_vec::<f64>()?, [1.0, 0.0, 0.0, 0.0]);"
        |x, options| along_one("ifft", x, FftKind::Inverse, &options);
    rfft rfft_with "Transform of real input: the bins `0 ..= N/2` of [`fft`]; the rest are their mirrored conjugates."
        "- `x`: real `[.., N]`\n- result: complex `[.., N/2 + 1]`, not scaled"
        "&ondine::ones([4])); assert_eq!(y.real().to_vec::<f64>()?, [4.0, 0.0, 0.0]);"
        |x, options| along_one("rfft", x, FftKind::RealForward, &options);
    irfft irfft_with "Inverse of [`rfft`]. The imaginary parts of bin 0 and, for even `N`, of bin `N/2` are ignored."
        "- `x`: `[.., M]`, bins `0 ..= N/2`\n- result: real `[.., N]` with `N = 2 (M - 1)` unless given, scaled by `1 / N`"
        "&ondine::ones([3])); assert_eq!(y.to_vec::<f64>()?, [1.0, 0.0, 0.0, 0.0]);"
        |x, options| along_one("irfft", x, FftKind::RealInverse, &options);
    hfft hfft_with "Transform of a signal with Hermitian symmetry, of which half is given; its spectrum is real."
        "- `x`: `[.., M]`, samples `0 ..= N/2`\n- result: real `[.., N]` with `N = 2 (M - 1)` unless given, not scaled"
        "&ondine::ones([3])); assert_eq!(y.to_vec::<f64>()?, [4.0, 0.0, 0.0, 0.0]);"
        |x, options| {
            let options = FftOptions { norm: options.norm.swapped(), ..options };
            along_one("hfft", &x.unary(Unary::Conj)?, FftKind::RealInverse, &options)
        };
    ihfft ihfft_with "Inverse of [`hfft`]: half of the Hermitian signal with a real spectrum."
        "- `x`: real `[.., N]`\n- result: complex `[.., N/2 + 1]`, scaled by `1 / N`"
        "&ondine::ones([4])); assert_eq!(y.real().to_vec::<f64>()?, [1.0, 0.0, 0.0]);"
        |x, options| {
            let options = FftOptions { norm: options.norm.swapped(), ..options };
            along_one("ihfft", x, FftKind::RealForward, &options)?.unary(Unary::Conj)
        };
}

family! { FftnOptions;
    fftn fftn_with "[`fft`] along every axis."
        "- result: complex, same shape, not scaled"
        "&ondine::ones([2, 2])); assert_eq!(y.real().to_vec::<f64>()?, [4.0, 0.0, 0.0, 0.0]);"
        |x, options| along_several("fftn", x, FftKind::Forward, &options, false);
    ifftn ifftn_with "[`ifft`] along every axis."
        "- result: complex, same shape, scaled by `1 / N`, `N` the number of elements"
        "&ondine::ones([2, 2])); assert_eq!(y.real().to_vec::<f64>()?, [1.0, 0.0, 0.0, 0.0]);"
        |x, options| along_several("ifftn", x, FftKind::Inverse, &options, false);
    rfftn rfftn_with "[`rfft`] along the last axis, then [`fft`] along the others."
        "- `x`: real `[.., N]`\n- result: complex `[.., N/2 + 1]`, not scaled"
        "&ondine::ones([2, 2])); assert_eq!(y.real().to_vec::<f64>()?, [4.0, 0.0, 0.0, 0.0]);"
        |x, options| along_several("rfftn", x, FftKind::RealForward, &options, false);
    irfftn irfftn_with "Inverse of [`rfftn`]: [`ifft`] along all axes but the last, then [`irfft`] along that."
        "- `x`: `[.., M]`\n- result: real `[.., 2 (M - 1)]`, scaled by `1 / N`, `N` the number of its elements"
        "&ondine::ones([2, 2])); assert_eq!(y.to_vec::<f64>()?, [1.0, 0.0, 0.0, 0.0]);"
        |x, options| along_several("irfftn", x, FftKind::RealInverse, &options, false);
    fft2 fft2_with "[`fft`] along the last two axes."
        "- result: complex, same shape, not scaled"
        "&ondine::ones([2, 2])); assert_eq!(y.real().to_vec::<f64>()?, [4.0, 0.0, 0.0, 0.0]);"
        |x, options| along_several("fft2", x, FftKind::Forward, &options, true);
    ifft2 ifft2_with "[`ifft`] along the last two axes."
        "- `x`: `[.., M, N]`\n- result: complex, same shape, scaled by `1 / (M N)`"
        "&ondine::ones([2, 2])); assert_eq!(y.real().to_vec::<f64>()?, [1.0, 0.0, 0.0, 0.0]);"
        |x, options| along_several("ifft2", x, FftKind::Inverse, &options, true);
    rfft2 rfft2_with "[`rfft`] along the last axis, then [`fft`] along the one before."
        "- `x`: real `[.., N]`\n- result: complex `[.., N/2 + 1]`, not scaled"
        "&ondine::ones([2, 2])); assert_eq!(y.real().to_vec::<f64>()?, [4.0, 0.0, 0.0, 0.0]);"
        |x, options| along_several("rfft2", x, FftKind::RealForward, &options, true);
    irfft2 irfft2_with "Inverse of [`rfft2`]."
        "- `x`: `[.., K, M]`\n- result: real `[.., K, 2 (M - 1)]`, scaled by one over the number of elements transformed"
        "&ondine::ones([2, 2])); assert_eq!(y.to_vec::<f64>()?, [1.0, 0.0, 0.0, 0.0]);"
        |x, options| along_several("irfft2", x, FftKind::RealInverse, &options, true);
}

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

/// The frequencies of the bins of [`fft`] in cycles per sample: `[0, .., (n-1)/2, -(n/2), .., -1] / n`.
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

/// The frequencies of the bins of [`rfft`] in cycles per sample: `[0, .., n/2] / n`.
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
