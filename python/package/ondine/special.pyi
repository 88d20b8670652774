# Written by stubs.py.
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Literal, TypeAlias

from . import Array, Device, DType

Number: TypeAlias = int | float | complex

def cbrt(x: Array, /) -> Array:
    """Cube root of real numbers."""

def digamma(x: Array, /) -> Array:
    """Derivative of the logarithm of the gamma function."""

def entr(x: Array, /) -> Array:
    """Entropy of one probability, `-x log x`."""

def erf(x: Array, /) -> Array:
    """Error function of real numbers."""

def erfc(x: Array, /) -> Array:
    """Complementary error function of real numbers."""

def erfinv(x: Array, /) -> Array:
    """Inverse of the error function."""

def exp10(x: Array, /) -> Array:
    """10 to the power `x`."""

def exp2(x: Array, /) -> Array:
    """2 to the power `x`."""

def expit(x: Array, /) -> Array:
    """Logistic function, `1 / (1 + exp(-x))`."""

def gammaln(x: Array, /) -> Array:
    """Logarithm of the absolute value of the gamma function."""

def i0(x: Array, /) -> Array:
    """Modified Bessel function of order 0."""

def i0e(x: Array, /) -> Array:
    """`i0` times `exp(-abs(x))`."""

def i1(x: Array, /) -> Array:
    """Modified Bessel function of order 1."""

def i1e(x: Array, /) -> Array:
    """`i1` times `exp(-abs(x))`."""

def j0(x: Array, /) -> Array:
    """Bessel function of order 0."""

def j1(x: Array, /) -> Array:
    """Bessel function of order 1."""

def log_softmax(x: Array, axis: int | Sequence[int] | None = None) -> Array:
    """Logarithm of `softmax`."""

def logit(x: Array, /) -> Array:
    """Inverse of `expit`, `log(x / (1 - x))`."""

def logsumexp(a: Array, axis: int | Sequence[int] | None = None, b: Array | Number | None = None, keepdims: bool = False, return_sign: bool = False) -> Array | tuple[Array, Array]:
    """Logarithm of the sum of exponentials, weighted by `b`; with `return_sign` that of its modulus, and the sign of the sum."""

def psi(x: Array, /) -> Array:
    """Derivative of the logarithm of the gamma function."""

def sinc(x: Array, /) -> Array:
    """`sin(pi x) / (pi x)`, 1 at 0."""

def softmax(x: Array, axis: int | Sequence[int] | None = None) -> Array:
    """Exponentials divided by their sum along some axes, or all."""

def xlogy(x: Array | Number, y: Array | Number, /) -> Array:
    """`x log y`, 0 where `x` is 0."""
