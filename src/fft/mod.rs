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

mod cosine;
mod gamma;
mod hankel;
mod lengths;
mod lines;
mod plain;
mod shifts;
mod trigonometric;

pub use hankel::{HankelOptions, fht, fht_with, fhtoffset, fhtoffset_with, ifht, ifht_with};
pub use lengths::{next_fast_len, next_fast_len_real, prev_fast_len, prev_fast_len_real};
pub use plain::*;
pub use shifts::*;
pub use trigonometric::*;

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
