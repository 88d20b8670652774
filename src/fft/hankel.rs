//! The fast Hankel transform on logarithmic grids (FFTLog; Hamilton 2000, Talman 1978).
//!
//! A real transform, factors, a real transform back. The factors follow from the grid alone and are computed on the host.

use super::Norm;
use super::gamma::{log_gamma, rising};
use super::lines::transform;
use crate::elementwise::zip;
use crate::error::argument;
use crate::lazy::{Built, Lazy, axis_of};
use crate::{Array, DType};
use num_complex::{Complex32, Complex64};
use ondine_ir::{Binary, FftKind};
use std::f64::consts::{LN_2, PI};

/// Options of Hankel transforms.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HankelOptions {
    /// The logarithm of the product of the centres of both grids; [`fhtoffset`] gives one with little ringing.
    pub offset: f64,
    /// The exponent `q` of the power law that is taken out of the data.
    pub bias: f64,
}

/// Fast Hankel transform along the last axis: the discrete form of `A(k) = integral of a(r) J_mu(k r) k dr`.
///
/// The grids are `r[j] = r_c exp((j - (n-1)/2) dln)` and `k` likewise, with `k_c r_c = exp(offset)`.
///
/// - `a`: real `[.., n]`; `dln`: the distance of grid points in logarithms; `mu`: the order
/// - result: same shape and dtype; `f64` where there is a bias. Where the transform is singular, its coefficient 0 is 0
///   ([`is_singular`](HankelOptions::is_singular) tells)
/// - lazy: adds nodes, evaluates nothing; the coefficients are computed on the host when it is called
///
/// ```
/// // The transform of r exp(-r^2/2) for mu = 0 is itself: k exp(-k^2/2), scaled by the grid.
/// let (n, dln) = (64, 0.25);
/// let r: Vec<f64> = (0..n).map(|j| ((j as f64 - 31.5) * dln).exp()).collect();
/// let a = ondine::Array::from_vec(r.iter().map(|r| r * (-r * r / 2.0).exp()).collect::<Vec<f64>>(), [n]);
/// let (got, want) = (ondine::fft::fht(&a, dln, 0.0).to_vec::<f64>()?, a.to_vec::<f64>()?);
/// assert!((got[30] - want[30]).abs() < 1e-5);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Carried by the result: `Axis` of rank 0; `Argument` of an empty axis or a grid without extent; `RealTransform` of complex
/// numbers.
///
/// Source: `scipy.fft.fht`.
#[track_caller]
pub fn fht(a: &Array, dln: f64, mu: f64) -> Array {
    fht_with(a, dln, mu, HankelOptions::default())
}

/// [`fht()`] with an offset of the grids or a bias.
///
/// ```
/// use ondine::fft::{HankelOptions, fht_with};
/// let options = HankelOptions { offset: 0.1, bias: 0.5 };
/// fht_with(&ondine::ones([8]), 0.25, 0.0, options).check()?;
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// As [`fht()`].
#[track_caller]
pub fn fht_with(a: &Array, dln: f64, mu: f64, options: HankelOptions) -> Array {
    a.then(|a| hankel("fht", a, &Grid { dln, mu, options }, false))
}

/// Inverse of [`fht()`], along the last axis.
///
/// - `a`: real `[.., n]`
/// - result: same shape and dtype; `f64` where there is a bias. Where the transform is singular, its coefficient 0 is infinite,
///   and the mean of the result is lost
/// - lazy: adds nodes, evaluates nothing
///
/// ```
/// let a = ondine::Array::from([1.0, 2.0, 4.0, 3.0]);
/// let back = ondine::fft::ifht(&ondine::fft::fht(&a, 0.5, 1.5), 0.5, 1.5).to_vec::<f64>()?;
/// assert!((back[2] - 4.0).abs() < 1e-12);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// As [`fht()`].
///
/// Source: `scipy.fft.ifht`.
#[track_caller]
pub fn ifht(a: &Array, dln: f64, mu: f64) -> Array {
    ifht_with(a, dln, mu, HankelOptions::default())
}

/// [`ifht()`] with an offset of the grids or a bias.
///
/// ```
/// use ondine::fft::{HankelOptions, ifht_with};
/// let options = HankelOptions { offset: 0.1, bias: 0.5 };
/// ifht_with(&ondine::ones([8]), 0.25, 0.0, options).check()?;
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// As [`fht()`].
#[track_caller]
pub fn ifht_with(a: &Array, dln: f64, mu: f64, options: HankelOptions) -> Array {
    a.then(|a| hankel("ifht", a, &Grid { dln, mu, options }, true))
}

/// The offset nearest to 0 under which a Hankel transform rings least.
///
/// ```
/// assert!(ondine::fft::fhtoffset(0.1, 2.0).abs() < 0.05);
/// ```
///
/// Source: `scipy.fft.fhtoffset`.
pub fn fhtoffset(dln: f64, mu: f64) -> f64 {
    fhtoffset_with(dln, mu, HankelOptions::default())
}

/// The offset nearest to that of the options under which a Hankel transform with their bias rings least.
///
/// ```
/// use ondine::fft::{HankelOptions, fhtoffset_with};
/// let offset = fhtoffset_with(0.1, 2.0, HankelOptions { offset: 0.5, bias: 0.0 });
/// assert!((offset - 0.5454581477676637).abs() < 1e-14);
/// ```
pub fn fhtoffset_with(dln: f64, mu: f64, options: HankelOptions) -> f64 {
    let [plus, minus] = options.arguments(mu);
    let y = PI / (2.0 * dln);
    let phase = log_gamma(Complex64::new(plus, y)).im + log_gamma(Complex64::new(minus, y)).im;
    let turns = (LN_2 - options.offset) / dln + phase / PI;
    options.offset + (turns - turns.round_ties_even()) * dln
}

impl HankelOptions {
    /// True if coefficient 0 of [`fht_with`] of order `mu` is infinite, or for `inverse` that of [`ifht_with`] zero.
    ///
    /// ```
    /// use ondine::fft::HankelOptions;
    /// assert!(!HankelOptions::default().is_singular(0.0, false));
    /// assert!(HankelOptions { bias: -1.0, offset: 0.0 }.is_singular(0.0, false));
    /// ```
    pub fn is_singular(&self, mu: f64, inverse: bool) -> bool {
        let first = self.first(mu);
        if inverse { first == 0.0 } else { first.is_infinite() }
    }

    /// `(mu + 1 + q) / 2` and `(mu + 1 - q) / 2`.
    fn arguments(&self, mu: f64) -> [f64; 2] {
        [(mu + 1.0 + self.bias) / 2.0, (mu + 1.0 - self.bias) / 2.0]
    }

    /// Coefficient 0: `2^q gamma(plus) / gamma(minus)`.
    fn first(&self, mu: f64) -> f64 {
        let [plus, minus] = self.arguments(mu);
        self.bias.exp2() * rising(minus, plus - minus)
    }
}

struct Grid {
    dln: f64,
    mu: f64,
    options: HankelOptions,
}

impl Grid {
    /// The factors of the bins of `n` points.
    fn coefficients(&self, n: usize, inverse: bool) -> Vec<Complex64> {
        let [plus, minus] = self.options.arguments(self.mu);
        let coefficient = |m: usize| {
            if m == 0 {
                return match self.options.first(self.mu) {
                    first if first.is_infinite() && !inverse => Complex64::ZERO,
                    0.0 if inverse => Complex64::new(f64::INFINITY, 0.0),
                    first => first.into(),
                };
            }
            let y = PI * m as f64 / (n as f64 * self.dln);
            let (above, below) = (log_gamma(Complex64::new(plus, y)), log_gamma(Complex64::new(minus, y)));
            let modulus = (above.re - below.re + self.options.bias * LN_2).exp();
            let value = Complex64::from_polar(modulus, above.im + below.im + 2.0 * y * (LN_2 - self.options.offset));
            // The bin in the middle of a real transform is real.
            if 2 * m == n { value.re.into() } else { value }
        };
        let coefficients = (0..=n / 2).map(coefficient);
        match inverse {
            false => coefficients.collect(),
            true => coefficients.map(|u| if u.re.is_infinite() { Complex64::ZERO } else { u.conj().inv() }).collect(),
        }
    }

    /// `exp(factor (j - (n-1)/2) dln + constant)` along `n` points.
    fn power_law(&self, n: usize, factor: f64, constant: f64) -> Lazy {
        let middle = (n as f64 - 1.0) / 2.0;
        host((0..n).map(|j| (factor * (j as f64 - middle) * self.dln + constant).exp()).collect::<Vec<f64>>())
    }
}

fn host<T: crate::Element>(values: Vec<T>) -> Lazy {
    let shape = [values.len()];
    let array = Array::from_vec(values, shape);
    array.lazy().expect("a vector fills its own shape").clone()
}

fn hankel(op: &'static str, a: &Lazy, grid: &Grid, inverse: bool) -> Built {
    let axis = axis_of(op, -1, a.ty())?;
    let n = a.shape()[axis];
    if !(grid.dln.is_finite() && grid.dln != 0.0) {
        return Err(argument(op, format!("a grid with points at a distance of {}", grid.dln)));
    }
    let HankelOptions { offset, bias } = grid.options;
    let weighted = |x: &Lazy, weights: &Lazy| {
        let dtype = x.ty().dtype.promote(weights.ty().dtype);
        zip(Binary::Mul, x.cast(dtype)?, weights.cast(dtype)?)
    };
    let mut x = a.clone();
    if bias != 0.0 && !x.ty().dtype.is_complex() {
        let (factor, constant) = if inverse { (bias, bias * offset) } else { (-bias, 0.0) };
        x = weighted(&x, &grid.power_law(n, factor, constant))?;
    }
    let bins = transform(op, &x, FftKind::RealForward, &[(axis, n)], Norm::Backward)?;
    let coefficients = grid.coefficients(n, inverse);
    let coefficients = match bins.ty().dtype {
        DType::C64 => host(coefficients.iter().map(|u| Complex32::new(u.re as f32, u.im as f32)).collect::<Vec<_>>()),
        _ => host(coefficients),
    };
    let x = transform(op, &weighted(&bins, &coefficients)?, FftKind::RealInverse, &[(axis, n)], Norm::Backward)?;
    let x = x.flip(&[axis])?;
    match (bias != 0.0, inverse) {
        (false, _) => Ok(x),
        (true, false) => weighted(&x, &grid.power_law(n, -bias, -bias * offset)),
        (true, true) => weighted(&x, &grid.power_law(n, bias, 0.0)),
    }
}
