//! Special functions, under SciPy's names, as lazy graph code.
//!
//! `erf`, `erfc`, `exp2` and `cbrt` are methods of [`Array`]. The functions here are compositions of those methods;
//! they fuse like any other elementwise code and run on every device. Single precision is computed in double and rounded at
//! the end. Every page states the largest error that the tests allow, in units of `eps = 2^-52` of the value unless it says
//! otherwise; the tests compare with mpmath.

mod bessel;
mod error;
mod gamma;
mod logistic;
mod tables;

pub use bessel::{i0, i0e, i1, i1e, j0, j1};
pub use error::erfinv;
pub use gamma::{digamma, gammaln};
pub use logistic::*;

use crate::elementwise::literal;
use crate::{Array, DType};
use ondine_ir::Scalar;

/// A function of real numbers that is computed in double precision.
#[track_caller]
fn in_double(x: &Array, function: impl FnOnce(&Array) -> Array) -> Array {
    let floating = x.then(|x| x.cast(x.ty().dtype.to_floating()));
    match floating.dtype() {
        Ok(DType::F32) => function(&floating.astype(DType::F64)).astype(DType::F32),
        _ => function(&floating),
    }
}

/// A number of these formulas, which graphs hold as a literal.
fn number(value: f64) -> Array {
    Array::settle(literal(Scalar::from_f64(DType::F64, value)))
}

/// A Chebyshev series at `t` in -1 to 1, by Clenshaw's recurrence.
fn chebyshev(t: &Array, coefficients: &[f64]) -> Array {
    let twice = t * number(2.0);
    let (mut last, mut before) = (number(0.0), number(0.0));
    for &coefficient in coefficients[1..].iter().rev() {
        (last, before) = (&twice * &last - &before + number(coefficient), last);
    }
    t * last - before + number(coefficients[0])
}

/// A polynomial, the constant term first.
fn polynomial(t: &Array, coefficients: &[f64]) -> Array {
    let (last, rest) = coefficients.split_last().expect("polynomials have terms");
    rest.iter().rev().fold(number(*last), |sum, &coefficient| sum * t + number(coefficient))
}

/// `x` less the nearest integer, exactly: the angle `pi x` within a quarter turn of 0.
fn from_nearest_integer(x: &Array) -> Array {
    x - x.round()
}

/// What every function of one real array says about itself.
macro_rules! real {
    ($($name:ident $doc:literal $error:literal $x:literal $result:literal |$array:ident| $build:expr;)*) => {$(
        #[doc = $doc]
        ///
        /// - `x`: real; integers and bool in `f64`
        /// - result: same shape and floating dtype
        #[doc = concat!("- error: ", $error)]
        /// - lazy: adds nodes, evaluates nothing
        ///
        /// ```
        #[doc = concat!("let y = ondine::special::", stringify!($name), "(&ondine::Array::from([", $x, "]));")]
        #[doc = concat!("let wanted: f64 = ", $result, ";")]
        /// assert!((y.to_vec::<f64>()?[0] - wanted).abs() <= 1e-14 * wanted.abs());
        /// # Ok::<(), ondine::Error>(())
        /// ```
        ///
        /// # Errors
        /// Carried by the result: `DType` of complex numbers.
        ///
        #[doc = concat!("Source: `scipy.special.", stringify!($name), "`.")]
        #[track_caller]
        pub fn $name(x: &$crate::Array) -> $crate::Array {
            $crate::special::in_double(x, |$array| $build)
        }
    )*};
}

use real;
