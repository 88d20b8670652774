//! Complex inverse hyperbolic functions and `acos`, for every finite argument without spurious overflow, underflow or
//! cancellation.
//!
//! Sources: T. E. Hull, T. F. Fairgrieve, P. T. P. Tang, "Implementing the complex arcsine and arccosine functions using
//! exception handling", ACM TOMS 23 (1997) 299-335, for the formulas, their crossovers and the ranges beyond which
//! squares over- or underflow; W. Kahan, "Branch cuts for complex elementary functions" (1987), for `atanh`. Special
//! values: array API standard 2025.12, which follows C99 annex G.6.

use super::complex::{NAN, by_conjugation, odd};
use num_complex::Complex64;
use std::f64::consts::{FRAC_PI_2, LN_2, PI};

pub(super) fn asinh(z: Complex64) -> Complex64 {
    odd(z, |a, b| match (a, b) {
        _ if a.is_infinite() || b.is_infinite() => Complex64::new(f64::INFINITY, libm::atan2(b, a)),
        (a, 0.0) if a.is_nan() => Complex64::new(f64::NAN, 0.0),
        _ if a.is_nan() || b.is_nan() => NAN,
        _ => {
            // asinh(a + bj) = j conj(asin(b + aj))
            let inverse = Inverse::new(b, a);
            Complex64::new(inverse.imaginary, inverse.asin)
        }
    })
}

pub(super) fn acos(z: Complex64) -> Complex64 {
    by_conjugation(z, |a, b| match (a, b) {
        _ if a.is_infinite() || b.is_infinite() => Complex64::new(libm::atan2(b, a), f64::NEG_INFINITY),
        (0.0, b) if b.is_nan() => Complex64::new(FRAC_PI_2, f64::NAN),
        _ if a.is_nan() || b.is_nan() => NAN,
        _ => {
            let inverse = Inverse::new(a.abs(), b);
            let re = if a.is_sign_negative() { PI - inverse.acos } else { inverse.acos };
            Complex64::new(re, -inverse.imaginary)
        }
    })
}

/// `j acos z` in the upper half plane, where that has a real part that is not negative.
pub(super) fn acosh(z: Complex64) -> Complex64 {
    by_conjugation(z, |a, b| {
        let w = acos(Complex64::new(a, b));
        Complex64::new(-w.im, w.re)
    })
}

/// `log((1 + z) / (1 - z)) / 2`, the parts computed apart.
pub(super) fn atanh(z: Complex64) -> Complex64 {
    odd(z, |a, b| match (a, b) {
        (f64::INFINITY, b) if b.is_nan() => Complex64::new(0.0, f64::NAN),
        _ if a.is_infinite() || b.is_infinite() => Complex64::new(0.0, FRAC_PI_2),
        (0.0, b) if b.is_nan() => Complex64::new(0.0, f64::NAN),
        _ if a.is_nan() || b.is_nan() => NAN,
        (1.0, 0.0) => Complex64::new(f64::INFINITY, 0.0),
        _ if a.max(b) > 1e100 => {
            // pi/2 j + 1/z, of which the imaginary part vanishes against pi/2.
            let scale = 1.0 / a.max(b);
            let (c, d) = (a * scale, b * scale);
            Complex64::new(c / (c * c + d * d) * scale, FRAC_PI_2)
        }
        (1.0, b) if b < 1e-100 => {
            // log(|1 + z| / |1 - z|) / 2, the square of b against 4 gone
            Complex64::new(0.5 * (LN_2 - libm::log(b)), 0.25 * PI)
        }
        _ => {
            let from_one = 1.0 - a;
            let re = 0.25 * libm::log1p(4.0 * a / (from_one * from_one + b * b));
            let im = 0.5 * libm::atan2(2.0 * b, from_one * (1.0 + a) - b * b);
            Complex64::new(re, im)
        }
    })
}

/// What `asin` and `acos` of a finite number in the first quadrant are made of.
struct Inverse {
    /// Real part of `asin`.
    asin: f64,
    /// Real part of `acos`.
    acos: f64,
    /// Imaginary part of `asin`; that of `acos` is its negative.
    imaginary: f64,
}

/// `asin` itself loses accuracy above this.
const REAL_CROSSOVER: f64 = 0.6417;
/// `log(a + sqrt(a^2 - 1))` loses accuracy below this.
const IMAGINARY_CROSSOVER: f64 = 1.5;
/// An eighth of the root of the largest number, and four times that of the smallest normal one: squares of what lies
/// between neither overflow nor underflow.
const LARGE: f64 = 1.675975991242825e153;
const SMALL: f64 = 5.966672584960166e-154;

impl Inverse {
    /// Of `x + yj`, neither part negative.
    fn new(x: f64, y: f64) -> Inverse {
        if x > SMALL && x < LARGE && y > SMALL && y < LARGE { Inverse::regular(x, y) } else { Inverse::extreme(x, y) }
    }

    /// No square over- or underflows.
    fn regular(x: f64, y: f64) -> Inverse {
        let to_left = libm::hypot(x + 1.0, y);
        let to_right = libm::hypot(x - 1.0, y);
        // The semi-axis of the ellipse with the foci -1 and 1 through the point.
        let a = 0.5 * (to_left + to_right);
        let b = x / a;
        let left_gap = to_left + (x + 1.0);

        let (asin, acos) = if b <= REAL_CROSSOVER {
            (libm::asin(b), libm::acos(b))
        } else if x <= 1.0 {
            let root = (0.5 * (a + x) * (y * y / left_gap + (to_right + (1.0 - x)))).sqrt();
            (libm::atan(x / root), libm::atan(root / x))
        } else {
            let root = y * (0.5 * ((a + x) / left_gap + (a + x) / (to_right + (x - 1.0)))).sqrt();
            (libm::atan(x / root), libm::atan(root / x))
        };
        let imaginary = if a <= IMAGINARY_CROSSOVER {
            // a - 1 without cancellation
            let excess = if x < 1.0 {
                0.5 * (y * y / left_gap + y * y / (to_right + (1.0 - x)))
            } else {
                0.5 * (y * y / left_gap + (to_right + (x - 1.0)))
            };
            libm::log1p(excess + (excess * (a + 1.0)).sqrt())
        } else {
            libm::log(a + ((a - 1.0) * (a + 1.0)).sqrt())
        };
        Inverse { asin, acos, imaginary }
    }

    /// A part so small or so large that leading terms are exact to double precision (section 4 of the paper).
    fn extreme(x: f64, y: f64) -> Inverse {
        if x == 1.0 && y == 0.0 {
            Inverse { asin: FRAC_PI_2, acos: 0.0, imaginary: 0.0 }
        } else if y <= f64::EPSILON * (x - 1.0).abs() {
            // Close to the real axis.
            if x < 1.0 {
                let imaginary = y / ((1.0 - x) * (1.0 + x)).sqrt();
                return Inverse { asin: libm::asin(x), acos: libm::acos(x), imaginary };
            }
            let root = (x - 1.0).sqrt() * (x + 1.0).sqrt();
            let imaginary = if x > LARGE { LN_2 + libm::log(x) } else { libm::log1p((x - 1.0) + root) };
            Inverse { asin: FRAC_PI_2, acos: y / root, imaginary }
        } else if y <= SMALL {
            // Here x is 1: sqrt(2 (1 - z)) near the branch point.
            Inverse { asin: FRAC_PI_2 - y.sqrt(), acos: y.sqrt(), imaginary: y.sqrt() }
        } else if f64::EPSILON * y >= x + 1.0 {
            Inverse { asin: x / y, acos: FRAC_PI_2, imaginary: LN_2 + libm::log(y) }
        } else if x > 1.0 {
            // Both large: log(2 |z|), and the angles of the point.
            let ratio = x / y;
            let imaginary = LN_2 + libm::log(y) + 0.5 * libm::log1p(ratio * ratio);
            Inverse { asin: libm::atan(ratio), acos: libm::atan(y / x), imaginary }
        } else {
            // Close to the imaginary axis.
            let a = libm::hypot(1.0, y);
            Inverse { asin: x / a, acos: FRAC_PI_2, imaginary: 0.5 * libm::log1p(2.0 * y * (y + a)) }
        }
    }
}
