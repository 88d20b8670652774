//! The discrete Fourier transforms in one, two and more dimensions.

use super::lines::{along_one, along_several};
use super::{FftOptions, FftnOptions};
use crate::Array;
use crate::lazy::{Built, Lazy};
use ondine_ir::{FftKind, Unary};

fn hermitian(op: &'static str, x: &Lazy, options: FftnOptions, last_two: bool) -> Built {
    let options = FftnOptions { norm: options.norm.swapped(), ..options };
    along_several(op, &x.unary(Unary::Conj)?, FftKind::RealInverse, &options, last_two)
}

fn hermitian_inverse(op: &'static str, x: &Lazy, options: FftnOptions, last_two: bool) -> Built {
    let options = FftnOptions { norm: options.norm.swapped(), ..options };
    along_several(op, x, FftKind::RealForward, &options, last_two)?.unary(Unary::Conj)
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
    hfftn hfftn_with "Real spectrum of a signal with Hermitian symmetry along several axes, of which half is given: [`irfftn`] of the conjugate, not scaled."
        "- `x`: `[.., M]`\n- result: real `[.., 2 (M - 1)]`, not scaled"
        "&ondine::ones([2, 2])); assert_eq!(y.to_vec::<f64>()?, [4.0, 0.0, 0.0, 0.0]);"
        |x, options| hermitian("hfftn", x, options, false);
    ihfftn ihfftn_with "Inverse of [`hfftn`]: the conjugate of [`rfftn`], scaled."
        "- `x`: real `[.., N]`\n- result: complex `[.., N/2 + 1]`, scaled by `1 / N`, `N` the number of elements"
        "&ondine::ones([2, 2])); assert_eq!(y.real().to_vec::<f64>()?, [1.0, 0.0, 0.0, 0.0]);"
        |x, options| hermitian_inverse("ihfftn", x, options, false);
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
    hfft2 hfft2_with "[`hfftn`] along the last two axes."
        "- `x`: `[.., K, M]`\n- result: real `[.., K, 2 (M - 1)]`, not scaled"
        "&ondine::ones([2, 2])); assert_eq!(y.to_vec::<f64>()?, [4.0, 0.0, 0.0, 0.0]);"
        |x, options| hermitian("hfft2", x, options, true);
    ihfft2 ihfft2_with "Inverse of [`hfft2`]."
        "- `x`: real `[.., K, N]`\n- result: complex `[.., K, N/2 + 1]`, scaled by `1 / (K N)`"
        "&ondine::ones([2, 2])); assert_eq!(y.real().to_vec::<f64>()?, [1.0, 0.0, 0.0, 0.0]);"
        |x, options| hermitian_inverse("ihfft2", x, options, true);
}
