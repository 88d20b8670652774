//! Special functions, under SciPy's names.

use crate::functions::functions;
use crate::operand::{Either, Input, Integers, axes};
use ondine::special::{self, LogSumExpOptions};

functions! {
    /// Cube root of real numbers.
    cbrt(x, /) |x: Input| x.cbrt();

    /// Derivative of the logarithm of the gamma function.
    digamma(x, /) |x: Input| special::digamma(&x);

    /// Entropy of one probability, `-x log x`.
    entr(x, /) |x: Input| special::entr(&x);

    /// Error function of real numbers.
    erf(x, /) |x: Input| x.erf();

    /// Complementary error function of real numbers.
    erfc(x, /) |x: Input| x.erfc();

    /// Inverse of the error function.
    erfinv(x, /) |x: Input| special::erfinv(&x);

    /// 10 to the power `x`.
    exp10(x, /) |x: Input| special::exp10(&x);

    /// 2 to the power `x`.
    exp2(x, /) |x: Input| x.exp2();

    /// Logistic function, `1 / (1 + exp(-x))`.
    expit(x, /) |x: Input| special::expit(&x);

    /// Logarithm of the absolute value of the gamma function.
    gammaln(x, /) |x: Input| special::gammaln(&x);

    /// Modified Bessel function of order 0.
    i0(x, /) |x: Input| special::i0(&x);

    /// `i0` times `exp(-abs(x))`.
    i0e(x, /) |x: Input| special::i0e(&x);

    /// Modified Bessel function of order 1.
    i1(x, /) |x: Input| special::i1(&x);

    /// `i1` times `exp(-abs(x))`.
    i1e(x, /) |x: Input| special::i1e(&x);

    /// Bessel function of order 0.
    j0(x, /) |x: Input| special::j0(&x);

    /// Bessel function of order 1.
    j1(x, /) |x: Input| special::j1(&x);

    /// Logarithm of `softmax`.
    log_softmax(x, axis=None) |x: Input, axis: Option<Integers>| special::log_softmax(&x, axes(axis));

    /// Inverse of `expit`, `log(x / (1 - x))`.
    logit(x, /) |x: Input| special::logit(&x);

    /// Logarithm of the sum of exponentials, weighted by `b`.
    logsumexp(a, axis=None, b=None, keepdims=false) |a: Input, axis: Option<Integers>, b: Option<Either>, keepdims: bool|
        special::logsumexp_with(&a, LogSumExpOptions { axis: axes(axis), keepdims, weights: b.map(Either::into_array) });

    /// Derivative of the logarithm of the gamma function.
    psi(x, /) |x: Input| special::digamma(&x);

    /// `sin(pi x) / (pi x)`, 1 at 0.
    sinc(x, /) |x: Input| special::sinc(&x);

    /// Exponentials divided by their sum along some axes, or all.
    softmax(x, axis=None) |x: Input, axis: Option<Integers>| special::softmax(&x, axes(axis));

    /// `x log y`, 0 where `x` is 0.
    xlogy(x, y, /) |x: Input, y: Input| special::xlogy(&x, y.0);
}
