//! The logarithm of the gamma function at complex points, on the host: Hankel transforms take their coefficients from it.

use num_complex::Complex64;
use std::f64::consts::{PI, TAU};

/// Coefficients `B[2k] / (2k (2k - 1))` of Stirling's series (DLMF 5.11.1).
const STIRLING: [f64; 10] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360360.0,
    1.0 / 156.0,
    -3617.0 / 122400.0,
    43867.0 / 244188.0,
    -174611.0 / 125400.0,
];

/// Where the series holds to double precision.
const FAR: f64 = 7.0;

/// The principal branch of `log gamma(z)`, continuous away from the negative real axis; infinite at its poles.
pub(super) fn log_gamma(z: Complex64) -> Complex64 {
    if z.im == 0.0 && z.re <= 0.0 && z.re == z.re.floor() {
        return Complex64::new(f64::INFINITY, 0.0);
    }
    if z.re < 0.5 {
        // Reflection; the branch of log sin is chosen so that the result is continuous (Hare 1997, proposition 3.1).
        let turns = TAU.copysign(z.im) * (0.5 * z.re + 0.25).floor();
        return Complex64::new(PI.ln(), turns) - log_sin(z) - log_gamma(1.0 - z);
    }
    let (mut shifted, mut logarithm, mut product) = (z, Complex64::ZERO, Complex64::ONE);
    // The imaginary part is a sum of arguments, which a product alone would wrap.
    while shifted.re < FAR && shifted.norm() < FAR {
        logarithm.im += shifted.arg();
        product *= shifted;
        shifted += 1.0;
    }
    logarithm.re = product.norm().ln();
    let (reciprocal, mut series) = (shifted.inv(), Complex64::ZERO);
    let square = reciprocal * reciprocal;
    for &coefficient in STIRLING.iter().rev() {
        series = series * square + coefficient;
    }
    (shifted - 0.5) * shifted.ln() - shifted + 0.5 * TAU.ln() + series * reciprocal - logarithm
}

/// `log(sin(pi z))` on its principal branch, without overflow far from the real axis.
fn log_sin(z: Complex64) -> Complex64 {
    let near = z.re - 2.0 * (0.5 * z.re).round();
    if z.im.abs() < 16.0 {
        return (PI * Complex64::new(near, z.im)).sin().ln();
    }
    // sin(pi z) = i/2 exp(-i pi z) (1 - exp(2 i pi z)) above the axis, where the last factor is 1.
    let angle = PI * (0.5 - near);
    let angle = if angle > PI { angle - TAU } else { angle };
    Complex64::new(PI * z.im.abs() - 2f64.ln(), if z.im > 0.0 { angle } else { -angle })
}

/// The gamma function on the real axis; infinite at its poles.
fn gamma(x: f64) -> f64 {
    let negative = x < 0.0 && x.floor().rem_euclid(2.0) == 1.0;
    let magnitude = log_gamma(x.into()).re.exp();
    if negative { -magnitude } else { magnitude }
}

/// `gamma(x + m) / gamma(x)`, with the limit where both have poles.
pub(super) fn rising(x: f64, m: f64) -> f64 {
    let is_pole = |x: f64| x <= 0.0 && x == x.floor();
    match (is_pole(x + m), is_pole(x)) {
        (true, true) => {
            // gamma(e - a) ~ (-1)^a / (a! e): the ratio is (-1)^(a - b) b! / a! for poles at -a and -b.
            let (a, b) = (-(x + m), -x);
            let sign = if (a - b).rem_euclid(2.0) == 1.0 { -1.0 } else { 1.0 };
            sign * (log_gamma((b + 1.0).into()).re - log_gamma((a + 1.0).into()).re).exp()
        }
        (true, false) => f64::INFINITY,
        (false, true) => 0.0,
        (false, false) => {
            let sign = gamma(x + m).signum() * gamma(x).signum();
            sign * (log_gamma((x + m).into()).re - log_gamma(x.into()).re).exp()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        // mpmath.loggamma, rounded to doubles.
        let known = [
            ((0.5, 0.0), (0.5723649429247001, 0.0)),
            ((3.0, 4.0), (-1.7566267846037842, 4.742664438034658)),
            ((0.25, 7.5), (-11.365620394646529, 7.220462821847432)),
            ((0.75, 100.0), (-155.00940238105017, 360.90982184732644)),
            ((-2.5, 3.0), (-7.478236042050315, -5.726104271910387)),
            ((-2.5, -40.0), (-72.98228297111618, -102.73143029311738)),
            ((40.0, -3.0), (106.51795153135332, -11.031860838635792)),
            ((-0.25, 0.001), (1.589566041676185, -3.138678534918937)),
        ];
        for ((re, im), (real, imaginary)) in known {
            let got = log_gamma(Complex64::new(re, im));
            let want = Complex64::new(real, imaginary);
            assert!((got - want).norm() <= 16.0 * f64::EPSILON * want.norm().max(1.0), "{re} {im}: {got} not {want}");
        }
    }

    #[test]
    fn it_is_infinite_at_its_poles_and_ratios_have_limits() {
        assert_eq!(log_gamma(Complex64::new(-3.0, 0.0)).re, f64::INFINITY);
        assert!((rising(3.0, 2.0) - 12.0).abs() < 1e-13);
        assert!((rising(-3.0, 1.0) + 3.0).abs() < 1e-13);
        assert!((rising(-0.5, 1.0) + 0.5).abs() < 1e-14);
        assert_eq!((rising(-1.0, 3.0), rising(0.5, -1.5)), (0.0, f64::INFINITY));
    }
}
