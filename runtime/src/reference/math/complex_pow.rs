//! Complex power, `exp(w log z)` with the logarithm and the product in double-double.
//!
//! The exponent of `exp` is an absolute quantity: every unit in `w log z` costs an ulp of the result for each ulp of
//! error in it, so plain doubles would lose all digits of large powers.

use super::complex::mul;
use super::double_double::Double;
use super::{complex_exp, complex_log};
use num_complex::{Complex, Complex64};

/// `z^w`; 1 for `w = 0`, whatever `z` is, as for real numbers.
///
/// The standard asks for the behaviour of `exp(w log z)`. Where a part is infinite or NaN, or `z` is 0, that formula is
/// taken literally, except that a real `w` scales the logarithm componentwise, so that `(inf + 0j)^2` is `inf + 0j`.
pub(super) fn pow(z: Complex64, w: Complex64) -> Complex64 {
    if w.re == 0.0 && w.im == 0.0 {
        return Complex64::new(1.0, 0.0);
    }
    let log = complex_log::log(z);
    if !log.re.is_finite() || !log.im.is_finite() || !w.re.is_finite() || !w.im.is_finite() {
        return plain(log, w);
    }
    let approximate = mul(w, log);
    // Beyond, the result over- or underflows, or its angle has no digits left even in double-double.
    if approximate.re.abs() > 1e4 || approximate.im.abs() > 1e15 || w.re.abs() > 1e30 || w.im.abs() > 1e30 {
        return plain(log, w);
    }
    let (w_re, w_im) = (Double::new(w.re), Double::new(w.im));
    let log = precise_log(z);
    let (power, exponent) =
        precise_exp(Complex { re: w_re * log.re - w_im * log.im, im: w_re * log.im + w_im * log.re });
    Complex64::new(libm::scalbn(power.re.hi, exponent), libm::scalbn(power.im.hi, exponent))
}

fn plain(log: Complex64, w: Complex64) -> Complex64 {
    if w.im == 0.0 {
        return complex_exp::exp(Complex64::new(w.re * log.re, w.re * log.im));
    }
    complex_exp::exp(mul(w, log))
}

/// One Newton step on `exp` from the logarithm in doubles: an error of 1e-16 becomes one of 1e-32.
fn precise_log(z: Complex64) -> Complex<Double> {
    let scale = libm::ilogb(z.re.abs().max(z.im.abs()));
    let z = Complex64::new(libm::scalbn(z.re, -scale), libm::scalbn(z.im, -scale));
    let start = complex_log::log(z);
    let (inverse, exponent) = precise_exp(Complex { re: Double::new(-start.re), im: Double::new(-start.im) });
    let step = Double::new(libm::scalbn(1.0, exponent));
    let (a, b) = (Double::new(z.re) * step, Double::new(z.im) * step);
    // z exp(-start) = 1 + delta, log(1 + delta) = delta - delta^2 / 2 + ..
    let re = a * inverse.re - b * inverse.im - Double::new(1.0);
    let im = a * inverse.im + b * inverse.re;
    let square = Complex64::new(re.hi * re.hi - im.hi * im.hi, 2.0 * re.hi * im.hi);
    Complex {
        re: Double::new(start.re) + re - Double::new(0.5 * square.re) + Double::new(scale as f64) * Double::LN_2,
        im: Double::new(start.im) + im - Double::new(0.5 * square.im),
    }
}

/// `exp` as a number near 1 and a power of two, for exponents of moderate size.
fn precise_exp(z: Complex<Double>) -> (Complex<Double>, i32) {
    let halvings = (z.re.hi / Double::LN_2.hi).round();
    let quarters = (z.im.hi / Double::FRAC_PI_2.hi).round();
    let re = z.re - Double::new(halvings) * Double::LN_2;
    let im = z.im - Double::new(quarters) * Double::FRAC_PI_2;
    // Taylor series by Horner's rule: |re + im j| < 0.9, and 0.9^33 / 33! < 1e-38.
    let one = Double::new(1.0);
    let mut sum = Complex { re: one, im: Double::new(0.0) };
    for n in (1..33).rev() {
        let (a, b) = (over(re, n), over(im, n));
        sum = Complex { re: one + (a * sum.re - b * sum.im), im: a * sum.im + b * sum.re };
    }
    let turned = match quarters.rem_euclid(4.0) as u8 {
        0 => sum,
        1 => Complex { re: -sum.im, im: sum.re },
        2 => Complex { re: -sum.re, im: -sum.im },
        _ => Complex { re: sum.im, im: -sum.re },
    };
    (turned, halvings as i32)
}

/// `x / n` for a small integer `n`: the quotient in doubles, and its remainder divided once more.
fn over(x: Double, n: i32) -> Double {
    let n = n as f64;
    let hi = Double::new(x.hi / n);
    let rest = x - hi * Double::new(n);
    hi + Double::new(rest.hi / n)
}
