//! The logarithm of the gamma function, and its derivative.

use super::tables::GAMMALN_AT_TWO;
use super::{chebyshev, from_nearest_integer, number, polynomial, real};
use crate::Array;
use std::f64::consts::{PI, TAU};

real! {
    gammaln "Logarithm of the absolute value of the gamma function; infinite at its poles." "8 eps of the value or, for negative `x`, of `1 + |x log|x||`" "4.0" "1.791759469228055"
        |x| log_gamma(x);
    digamma "Derivative of the logarithm of the gamma function; NaN at negative integers." "16 eps of the value or of `1`; for negative `x` of `1 + pi |cot(pi x)|`" "4.0" "1.2561176684318005"
        |x| derivative(x);
}

/// Stirling's series over `1 / x`, by `1 / x^2` (DLMF 5.11.1).
const STIRLING: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360360.0,
    1.0 / 156.0,
    -3617.0 / 122400.0,
];

/// The terms of `log x - 1 / 2x - digamma(x)` over `1 / x^2`, by `1 / x^2` (DLMF 5.11.2).
const DERIVATIVE: [f64; 8] =
    [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32760.0, 1.0 / 12.0, -3617.0 / 8160.0];

/// From here on the series hold to double precision.
const FAR: f64 = 8.0;

fn log_gamma(x: &Array) -> Array {
    let is_reflected = x.less_equal(0.0);
    let p = is_reflected.where_(number(1.0) - x, x);
    // Near: p = n + t, and log gamma(2 + t) with what lies between 2 + t and p.
    let near = p.minimum(FAR);
    let n = (&near + number(0.5)).floor();
    let t = &near - &n;
    let base = &t * chebyshev(&(&t * number(2.0)), &GAMMALN_AT_TWO);
    let mut product = n.less(2.0).where_(&near, number(1.0));
    product = n.less(1.0).where_(&near * (&near + number(1.0)), &product);
    for step in 1..=6 {
        let factor = &near - number(step as f64);
        product = n.greater(step as f64 + 1.5).where_(&product * factor, &product);
    }
    let logarithm = product.log();
    let low = base + n.less(2.0).where_(-&logarithm, &logarithm);
    // Far: Stirling's series.
    let far = p.maximum(FAR);
    let inverse = number(1.0) / &far;
    let series = &inverse * polynomial(&(&inverse * &inverse), &STIRLING);
    let high = (&far - number(0.5)) * far.log() - &far + (series + number(0.5 * TAU.ln()));
    let positive = p.less(FAR).where_(&low, &high);
    let sine = (from_nearest_integer(x) * number(PI)).sin().abs();
    let reflected = number(PI.ln()) - sine.log() - &positive;
    let value = is_reflected.where_(&reflected, &positive);
    let is_pole = is_reflected.logical_and(x.equal(x.floor()));
    is_pole.logical_or(x.isinf()).where_(number(f64::INFINITY), &value)
}

fn derivative(x: &Array) -> Array {
    let is_reflected = x.less_equal(0.0);
    let p = is_reflected.where_(number(1.0) - x, x);
    let is_near = p.less(FAR);
    let far = is_near.where_(&p + number(FAR), &p);
    let inverse = number(1.0) / &far;
    let square = &inverse * &inverse;
    let series = far.log() - (&inverse * number(0.5) + &square * polynomial(&square, &DERIVATIVE));
    let near = p.minimum(FAR);
    let passed =
        (0..FAR as usize).rev().fold(number(0.0), |sum, step| sum + number(1.0) / (&near + number(step as f64)));
    let positive = is_near.where_(&series - passed, &series);
    let positive = p.equal(f64::INFINITY).where_(number(f64::INFINITY), &positive);
    let tangent = (from_nearest_integer(x) * number(PI)).tan();
    let reflected = &positive - number(PI) / tangent;
    let value = is_reflected.where_(&reflected, &positive);
    is_reflected.logical_and(x.equal(x.floor())).logical_and(x.not_equal(0.0)).where_(number(f64::NAN), &value)
}
