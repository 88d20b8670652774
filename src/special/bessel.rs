//! Bessel functions of the orders 0 and 1.

use super::tables::*;
use super::{chebyshev, number, real};
use crate::Array;
use std::f64::consts::FRAC_1_PI;

real! {
    i0e "Modified Bessel function of order 0 times `exp(-|x|)`." "8 eps" "2.0" "0.30850832255367105"
        |x| scaled(&x.abs(), &I0_NEAR, &I0_FAR, false);
    i1e "Modified Bessel function of order 1 times `exp(-|x|)`." "8 eps" "2.0" "0.21526928924893768"
        |x| scaled(&x.abs(), &I1_NEAR, &I1_FAR, true).copysign(x);
    i0 "Modified Bessel function of order 0." "8 eps" "2.0" "2.2795853023360673"
        |x| grown(x, &scaled(&x.abs(), &I0_NEAR, &I0_FAR, false));
    i1 "Modified Bessel function of order 1." "8 eps" "2.0" "1.5906368546373291"
        |x| grown(x, &scaled(&x.abs(), &I1_NEAR, &I1_FAR, true)).copysign(x);
    j0 "Bessel function of order 0." "8 eps of the amplitude, `min(1, sqrt(2 / pi x))`" "2.0" "0.22389077914123567"
        |x| oscillating(&x.abs(), [&J0_NEAR, &J0_COSINE, &J0_SINE], false);
    j1 "Bessel function of order 1." "8 eps of the amplitude, `min(1, sqrt(2 / pi x))`" "2.0" "0.5767248077568734"
        |x| oscillating(&x.abs(), [&J1_NEAR, &J1_COSINE, &J1_SINE], true) * x.signbit().where_(number(-1.0), number(1.0));
}

/// Series are off by their rounding; windows and others rely on this value.
fn one_at_zero(x: &Array, series: &Array) -> Array {
    x.equal(0.0).where_(number(1.0), series)
}

/// The product with `exp(|x|)`.
fn grown(x: &Array, scaled: &Array) -> Array {
    x.isinf().where_(number(f64::INFINITY), scaled * x.abs().exp())
}

/// `exp(-x) I(x)` for `x` that are not negative; odd functions are tabulated over `x`.
fn scaled(x: &Array, near: &[f64], far: &[f64], is_odd: bool) -> Array {
    let low = chebyshev(&(x.minimum(8.0) * number(0.25) - number(1.0)), near);
    let low = if is_odd { low * x } else { one_at_zero(x, &low) };
    let high = x.maximum(8.0);
    let high = chebyshev(&(number(16.0) / &high - number(1.0)), far) / high.sqrt();
    x.greater(8.0).where_(&high, &low)
}

/// `J(x)` for `x` that are not negative: a series in `x^2`, then a cosine and a sine with slowly varying factors.
fn oscillating(x: &Array, [near, cosine, sine]: [&[f64]; 3], is_odd: bool) -> Array {
    let low = x.minimum(8.0);
    let series = chebyshev(&(&low * &low * number(2.0 / 64.0) - number(1.0)), near);
    let low = if is_odd { series * low } else { one_at_zero(x, &series) };
    let high = x.maximum(8.0).minimum(f64::MAX);
    let inverse = number(8.0) / &high;
    let place = &inverse * &inverse * number(2.0) - number(1.0);
    let (cos, sin) = (high.cos(), high.sin());
    // sqrt(2) times the cosine and sine of x - pi/4, or of x - 3 pi/4.
    let (turned_cos, turned_sin) = if is_odd { (&sin - &cos, -(&sin + &cos)) } else { (&cos + &sin, &sin - &cos) };
    let wave = chebyshev(&place, cosine) * turned_cos - chebyshev(&place, sine) * inverse * turned_sin;
    let high = wave * (number(FRAC_1_PI) / &high).sqrt();
    let high = x.isinf().where_(number(0.0), &high);
    x.greater(8.0).where_(&high, &low)
}
