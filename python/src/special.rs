//! Special functions, under SciPy's names.

use crate::error::{Raised, type_error};
use crate::functions::{Answer, functions};
use crate::operand::{Either, Integers, Number, Own, OwnOrNumber, axes};
use ondine::Array;
use ondine::special::{self, LogSumExpOptions};
use pyo3::prelude::*;

/// Two operands of which one at least is an array; a number takes the floating dtype of the array.
fn beside(op: &str, x: Either, y: Either) -> Result<(Array, Array), Raised> {
    Ok(match (x, y) {
        (Either::Array(x), Either::Array(y)) => (x, y),
        (Either::Array(x), y) => (x.clone(), y.in_dtype(x.dtype()?.to_floating())),
        (x, Either::Array(y)) => (x.in_dtype(y.dtype()?.to_floating()), y),
        _ => {
            return Err(type_error(format!(
                "{op}: two numbers, of which one has to be an array; ondine.asarray() makes one"
            )));
        }
    })
}

/// A sum of exponentials, as it was asked for.
enum Sum {
    Plain(Array),
    Signed([Array; 2]),
}

impl Answer for Sum {
    fn answer(self, py: Python) -> PyResult<Bound<PyAny>> {
        match self {
            Sum::Plain(sum) => sum.answer(py),
            Sum::Signed(parts) => Vec::from(parts).answer(py),
        }
    }
}

functions! {
    /// Cube root of real numbers.
    cbrt(x, /) |x: Own| x.cbrt();

    /// Derivative of the logarithm of the gamma function.
    digamma(x, /) |x: Own| special::digamma(&x);

    /// Entropy of one probability, `-x log x`.
    entr(x, /) |x: Own| special::entr(&x);

    /// Error function of real numbers.
    erf(x, /) |x: Own| x.erf();

    /// Complementary error function of real numbers.
    erfc(x, /) |x: Own| x.erfc();

    /// Inverse of the error function.
    erfinv(x, /) |x: Own| special::erfinv(&x);

    /// 10 to the power `x`.
    exp10(x, /) |x: Own| special::exp10(&x);

    /// 2 to the power `x`.
    exp2(x, /) |x: Own| x.exp2();

    /// Logistic function, `1 / (1 + exp(-x))`.
    expit(x, /) |x: Own| special::expit(&x);

    /// Logarithm of the absolute value of the gamma function.
    gammaln(x, /) |x: Own| special::gammaln(&x);

    /// Modified Bessel function of order 0.
    i0(x, /) |x: Own| special::i0(&x);

    /// `i0` times `exp(-abs(x))`.
    i0e(x, /) |x: Own| special::i0e(&x);

    /// Modified Bessel function of order 1.
    i1(x, /) |x: Own| special::i1(&x);

    /// `i1` times `exp(-abs(x))`.
    i1e(x, /) |x: Own| special::i1e(&x);

    /// Bessel function of order 0.
    j0(x, /) |x: Own| special::j0(&x);

    /// Bessel function of order 1.
    j1(x, /) |x: Own| special::j1(&x);

    /// Logarithm of `softmax`.
    log_softmax(x, axis=None) |x: Own, axis: Option<Integers>| special::log_softmax(&x, axes(axis));

    /// Inverse of `expit`, `log(x / (1 - x))`.
    logit(x, /) |x: Own| special::logit(&x);

    /// Logarithm of the sum of exponentials, weighted by `b`; with `return_sign` that of its modulus, and the sign of the sum.
    logsumexp(a, axis=None, b=None, keepdims=false, return_sign=false)
        |a: Own, axis: Option<Integers>, b: Option<OwnOrNumber>, keepdims: bool, return_sign: bool| {
        let dtype = a.dtype()?.to_floating();
        let weights = b.map(|b| match b.0 {
            Either::Number(Number::Complex(_)) | Either::Array(_) => b.0.into_array(),
            number => number.in_dtype(dtype),
        });
        let options = LogSumExpOptions { axis: axes(axis), keepdims, weights };
        match return_sign {
            true => Sum::Signed(special::logsumexp_signed(&a, options).into()),
            false => Sum::Plain(special::logsumexp_with(&a, options)),
        }
    };

    /// Derivative of the logarithm of the gamma function.
    psi(x, /) |x: Own| special::digamma(&x);

    /// `sin(pi x) / (pi x)`, 1 at 0.
    sinc(x, /) |x: Own| special::sinc(&x);

    /// Exponentials divided by their sum along some axes, or all.
    softmax(x, axis=None) |x: Own, axis: Option<Integers>| special::softmax(&x, axes(axis));

    /// `x log y`, 0 where `x` is 0.
    xlogy(x, y, /) |x: OwnOrNumber, y: OwnOrNumber| {
        let (x, y) = beside("xlogy", x.0, y.0)?;
        special::xlogy(&x, y)
    };
}
