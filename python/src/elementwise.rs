//! Elementwise functions of the standard.

use crate::array::PyArray;
use crate::device::{At, placed};
use crate::dtype::PyDType;
use crate::error::Raised;
use crate::functions::functions;
use crate::operand::{Either, Input};
use ondine::ir::Binary;
use ondine::{Array, Operand, binary};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;

/// A function of truth values, in which the operands may change places.
fn logical(x1: Either, x2: Either, function: fn(&Array, Operand) -> Array) -> Array {
    match (x1, x2) {
        (Either::Array(x1), x2) => function(&x1, x2.into()),
        (x1, x2) => function(&x2.into_array(), x1.into()),
    }
}

fn clipped(x: &Array, min: Option<Either>, max: Option<Either>) -> Result<Array, Raised> {
    // Bounds take the dtype of `x`, which alone decides that of the result.
    let dtype = x.dtype()?;
    Ok(match (min, max) {
        (None, None) => x.clone(),
        (Some(min), None) => x.maximum(min.in_dtype(dtype)),
        (None, Some(max)) => x.minimum(max.in_dtype(dtype)),
        (Some(min), Some(max)) => x.clip(min, max),
    })
}

fn cast(x: Bound<PyArray>, dtype: PyDType, copy: bool, device: Option<At>) -> Result<Py<PyAny>, Raised> {
    let array = x.get().array();
    match !copy && device.is_none() && array.dtype()? == dtype.0 {
        true => Ok(x.into_any().unbind()),
        false => Ok(PyArray::new(placed(array.astype(dtype.0), device)?)?.into_py_any(x.py())?),
    }
}

functions! {
    /// Absolute value; the modulus of complex numbers.
    abs(x, /) |x: Input| x.abs();

    /// Inverse cosine in radians.
    acos(x, /) |x: Input| x.acos();

    /// Inverse hyperbolic cosine.
    acosh(x, /) |x: Input| x.acosh();

    /// Sum.
    add(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Add, x1, x2);

    /// Inverse sine in radians.
    asin(x, /) |x: Input| x.asin();

    /// Inverse hyperbolic sine.
    asinh(x, /) |x: Input| x.asinh();

    /// The elements in another dtype, whatever that loses; only complex numbers do not become real.
    astype(x, dtype, /, *, copy=true, device=None)
        |x: Bound<'py, PyArray>, dtype: PyDType, copy: bool, device: Option<At>| cast(x, dtype, copy, device)?;

    /// Inverse tangent in radians.
    atan(x, /) |x: Input| x.atan();

    /// Angle in radians of the points (`x2`, `x1`) from the positive x axis.
    atan2(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Atan2, x1, x2);

    /// Inverse hyperbolic tangent.
    atanh(x, /) |x: Input| x.atanh();

    /// Bitwise and; logical and of bool.
    bitwise_and(x1, x2, /) |x1: Either, x2: Either| binary(Binary::And, x1, x2);

    /// Every bit flipped; logical not of bool.
    bitwise_invert(x, /) |x: Input| x.bitwise_invert();

    /// Bits shifted to the left.
    bitwise_left_shift(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Shl, x1, x2);

    /// Bitwise or; logical or of bool.
    bitwise_or(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Or, x1, x2);

    /// Bits shifted to the right, with the sign.
    bitwise_right_shift(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Shr, x1, x2);

    /// Bitwise exclusive or.
    bitwise_xor(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Xor, x1, x2);

    /// Smallest integer not below `x`.
    ceil(x, /) |x: Input| x.ceil();

    /// The elements limited to `min` to `max`, either of which may be left out. NaN anywhere gives NaN.
    clip(x, /, min=None, max=None) |x: Input, min: Option<Either>, max: Option<Either>| clipped(&x, min, max)?;

    /// Complex conjugate.
    conj(x, /) |x: Input| x.conj();

    /// The magnitude of `x1` with the sign of `x2`.
    copysign(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Copysign, x1, x2);

    /// Cosine of an angle in radians.
    cos(x, /) |x: Input| x.cos();

    /// Hyperbolic cosine.
    cosh(x, /) |x: Input| x.cosh();

    /// Quotient; `float64` for integers.
    divide(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Div, x1, x2);

    /// True where both are equal; NaN equals nothing.
    equal(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Eq, x1, x2);

    /// `e` to the power `x`.
    exp(x, /) |x: Input| x.exp();

    /// `exp(x) - 1`, accurate near 0.
    expm1(x, /) |x: Input| x.expm1();

    /// Largest integer not above `x`.
    floor(x, /) |x: Input| x.floor();

    /// Quotient rounded towards minus infinity.
    floor_divide(x1, x2, /) |x1: Either, x2: Either| binary(Binary::FloorDiv, x1, x2);

    /// True where `x1` is greater.
    greater(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Gt, x1, x2);

    /// True where `x1` is greater or equal.
    greater_equal(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Ge, x1, x2);

    /// `sqrt(x1**2 + x2**2)` without overflow inside.
    hypot(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Hypot, x1, x2);

    /// Imaginary part; zeros for real arrays.
    imag(x, /) |x: Input| x.imag();

    /// True where neither NaN nor infinite.
    isfinite(x, /) |x: Input| x.isfinite();

    /// True at the infinities.
    isinf(x, /) |x: Input| x.isinf();

    /// True at NaN.
    isnan(x, /) |x: Input| x.isnan();

    /// True where `x1` is less.
    less(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Lt, x1, x2);

    /// True where `x1` is less or equal.
    less_equal(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Le, x1, x2);

    /// Natural logarithm.
    log(x, /) |x: Input| x.log();

    /// Logarithm to base 10.
    log10(x, /) |x: Input| x.log10();

    /// `log(1 + x)`, accurate near 0.
    log1p(x, /) |x: Input| x.log1p();

    /// Logarithm to base 2.
    log2(x, /) |x: Input| x.log2();

    /// `log(exp(x1) + exp(x2))` without overflow inside.
    logaddexp(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Logaddexp, x1, x2);

    /// True where both are true. Numbers count as true unless they are 0.
    logical_and(x1, x2, /) |x1: Either, x2: Either| logical(x1, x2, Array::logical_and);

    /// True where the element is false; numbers count as true unless they are 0.
    logical_not(x, /) |x: Input| x.logical_not();

    /// True where at least one is true. Numbers count as true unless they are 0.
    logical_or(x1, x2, /) |x1: Either, x2: Either| logical(x1, x2, Array::logical_or);

    /// True where exactly one is true. Numbers count as true unless they are 0.
    logical_xor(x1, x2, /) |x1: Either, x2: Either| logical(x1, x2, Array::logical_xor);

    /// The larger of both; NaN wins.
    maximum(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Max, x1, x2);

    /// The smaller of both; NaN wins.
    minimum(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Min, x1, x2);

    /// Product.
    multiply(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Mul, x1, x2);

    /// `-x`.
    negative(x, /) |x: Input| -&*x;

    /// The next representable number after `x1` towards `x2`.
    nextafter(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Nextafter, x1, x2);

    /// True where both differ.
    not_equal(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Ne, x1, x2);

    /// `x` itself.
    positive(x, /) |x: Input| x.0;

    /// `x1` to the power `x2`.
    pow(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Pow, x1, x2);

    /// Real part.
    real(x, /) |x: Input| x.real();

    /// `1 / x`.
    reciprocal(x, /) |x: Input| x.reciprocal();

    /// Remainder with the sign of `x2`.
    remainder(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Rem, x1, x2);

    /// Nearest integer, ties to even, componentwise.
    round(x, /) |x: Input| x.round();

    /// `x / |x|`, 0 at 0.
    sign(x, /) |x: Input| x.sign();

    /// True where the sign bit is set.
    signbit(x, /) |x: Input| x.signbit();

    /// Sine of an angle in radians.
    sin(x, /) |x: Input| x.sin();

    /// Hyperbolic sine.
    sinh(x, /) |x: Input| x.sinh();

    /// Square root; NaN for negative real numbers.
    sqrt(x, /) |x: Input| x.sqrt();

    /// `x * x`.
    square(x, /) |x: Input| x.square();

    /// Difference.
    subtract(x1, x2, /) |x1: Either, x2: Either| binary(Binary::Sub, x1, x2);

    /// Tangent of an angle in radians.
    tan(x, /) |x: Input| x.tan();

    /// Hyperbolic tangent.
    tanh(x, /) |x: Input| x.tanh();

    /// Nearest integer towards zero.
    trunc(x, /) |x: Input| x.trunc();
}
