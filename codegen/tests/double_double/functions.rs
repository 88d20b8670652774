//! Elementary functions of [`Double`].

use super::{Complex, Double, double, product};

pub(crate) const LN2: Double = Double { hi: std::f64::consts::LN_2, lo: 2.3190468138462996e-17 };
pub(crate) const LN10: Double = Double { hi: std::f64::consts::LN_10, lo: -2.1707562233822494e-16 };
pub(crate) const TWO_OVER_SQRT_PI: Double = Double { hi: std::f64::consts::FRAC_2_SQRT_PI, lo: 1.533545961316588e-17 };
pub(crate) const PI_2: Double = Double { hi: std::f64::consts::FRAC_PI_2, lo: 6.123233995736766e-17 };
/// pi/2 in three parts.
const PI_2_PARTS: [f64; 3] = [std::f64::consts::FRAC_PI_2, 6.123233995736766e-17, -1.4973849048591698e-33];
/// 1 / n!
const INVERSE_FACTORIAL: [Double; 28] = [
    Double { hi: 1.0, lo: 0.0 },
    Double { hi: 1.0, lo: 0.0 },
    Double { hi: 0.5, lo: 0.0 },
    Double { hi: 0.16666666666666666, lo: 9.25185853854297e-18 },
    Double { hi: 0.041666666666666664, lo: 2.3129646346357427e-18 },
    Double { hi: 0.008333333333333333, lo: 1.1564823173178714e-19 },
    Double { hi: 0.001388888888888889, lo: -5.300543954373577e-20 },
    Double { hi: 0.0001984126984126984, lo: 1.7209558293420705e-22 },
    Double { hi: 2.48015873015873e-05, lo: 2.1511947866775882e-23 },
    Double { hi: 2.7557319223985893e-06, lo: -1.858393274046472e-22 },
    Double { hi: 2.755731922398589e-07, lo: 2.3767714622250297e-23 },
    Double { hi: 2.505210838544172e-08, lo: -1.448814070935912e-24 },
    Double { hi: 2.08767569878681e-09, lo: -1.20734505911326e-25 },
    Double { hi: 1.6059043836821613e-10, lo: 1.2585294588752098e-26 },
    Double { hi: 1.1470745597729725e-11, lo: 2.0655512752830745e-28 },
    Double { hi: 7.647163731819816e-13, lo: 7.03872877733453e-30 },
    Double { hi: 4.779477332387385e-14, lo: 4.399205485834081e-31 },
    Double { hi: 2.8114572543455206e-15, lo: 1.6508842730861433e-31 },
    Double { hi: 1.5619206968586225e-16, lo: 1.1910679660273754e-32 },
    Double { hi: 8.22063524662433e-18, lo: 2.2141894119604265e-34 },
    Double { hi: 4.110317623312165e-19, lo: 1.4412973378659527e-36 },
    Double { hi: 1.9572941063391263e-20, lo: -1.3643503830087908e-36 },
    Double { hi: 8.896791392450574e-22, lo: -7.911402614872376e-38 },
    Double { hi: 3.868170170630684e-23, lo: -8.843177655482344e-40 },
    Double { hi: 1.6117375710961184e-24, lo: -3.6846573564509766e-41 },
    Double { hi: 6.446950284384474e-26, lo: -1.9330404233703465e-42 },
    Double { hi: 2.4795962632247976e-27, lo: -1.2953730964765229e-43 },
    Double { hi: 9.183689863795546e-29, lo: 1.4303150396787322e-45 },
];

/// Sum of `r^n / n!` from `first` in steps of `step`, the signs alternating if asked.
fn series(r: Double, first: usize, step: usize, alternating: bool) -> Double {
    let x = match step {
        1 => r,
        _ => r * r,
    };
    let x = if alternating { -x } else { x };
    let last = first + (27 - first) / step * step;
    let mut sum = INVERSE_FACTORIAL[last];
    let mut n = last;
    while n > first {
        n -= step;
        sum = sum * x + INVERSE_FACTORIAL[n];
    }
    match first {
        0 => sum,
        _ => sum * r,
    }
}

pub(crate) fn ldexp(x: Double, k: i32) -> Double {
    let half = k / 2;
    x.scale(2f64.powi(half)).scale(2f64.powi(k - half))
}

pub(crate) fn exp(x: Double) -> Double {
    let (y, k) = exp_scaled(x);
    ldexp(y, k)
}

/// `e^x = .0 * 2^.1`, for results beyond the range of f64.
pub(crate) fn exp_scaled(x: Double) -> (Double, i32) {
    let k = (x.hi / LN2.hi).round();
    (series(x - LN2 * double(k), 0, 1, false), k as i32)
}

pub(crate) fn expm1(x: Double) -> Double {
    if x.hi.abs() < 0.35 { series(x, 1, 1, false) } else { exp(x) - double(1.0) }
}

/// Halley's step on `e^y = x`.
pub(crate) fn log(x: Double) -> Double {
    let k = (x.hi.log2()).round() as i32;
    let m = ldexp(x, -k);
    let d = m - double(1.0);
    if d.hi.abs() < 0.3 {
        return log1p(d) + LN2 * double(k as f64);
    }
    let y = double(m.hi.ln());
    let e = exp(y);
    y + ((m - e) / (m + e)).scale(2.0) + LN2 * double(k as f64)
}

pub(crate) fn log1p(x: Double) -> Double {
    if x.hi.abs() > 0.35 {
        return log(double(1.0) + x);
    }
    let y = double(x.hi.ln_1p());
    let e = expm1(y);
    y + ((x - e) / (x + e + double(2.0))).scale(2.0)
}

pub(crate) fn log2(x: Double) -> Double {
    log(x) / LN2
}

pub(crate) fn log10(x: Double) -> Double {
    log(x) / LN10
}

/// Sine and cosine, |x| < 2^30.
pub(crate) fn sin_cos(x: Double) -> (Double, Double) {
    let k = (x.hi / PI_2.hi).round();
    let [p1, p2, p3] = PI_2_PARTS;
    let r = x - product(k, p1) - product(k, p2) - product(k, p3);
    let (s, c) = (series(r, 1, 2, true), series(r, 0, 2, true));
    match (k as i64).rem_euclid(4) {
        0 => (s, c),
        1 => (c, -s),
        2 => (-s, -c),
        _ => (-c, s),
    }
}

pub(crate) fn tan(x: Double) -> Double {
    let (s, c) = sin_cos(x);
    s / c
}

/// Corrects the f64 angle by the arctangent of what remains after turning back.
pub(crate) fn atan2(y: Double, x: Double) -> Double {
    let angle = y.hi.atan2(x.hi);
    let (s, c) = sin_cos(double(angle));
    let d = (y * c - x * s) / (x * c + y * s);
    double(angle) + d - d * d * d / double(3.0)
}

pub(crate) fn atan(x: Double) -> Double {
    if x.hi.abs() > 1e150 { double(x.hi.atan()) } else { atan2(x, double(1.0)) }
}

pub(crate) fn asin(x: Double) -> Double {
    atan2(x, ((double(1.0) - x) * (double(1.0) + x)).sqrt())
}

pub(crate) fn acos(x: Double) -> Double {
    atan2(((double(1.0) - x) * (double(1.0) + x)).sqrt(), x)
}

pub(crate) fn sinh(x: Double) -> Double {
    let e = expm1(x.abs());
    let y = (e + e / (e + double(1.0))).scale(0.5);
    if x.hi < 0.0 { -y } else { y }
}

pub(crate) fn cosh(x: Double) -> Double {
    let e = exp(x.abs());
    (e + e.recip()).scale(0.5)
}

pub(crate) fn tanh(x: Double) -> Double {
    let e = expm1(x.abs().scale(2.0));
    let y = e / (e + double(2.0));
    if x.hi < 0.0 { -y } else { y }
}

pub(crate) fn asinh(x: Double) -> Double {
    let a = x.abs();
    let w = a * a;
    let y = log1p(a + w / (double(1.0) + (w + double(1.0)).sqrt()));
    if x.hi < 0.0 { -y } else { y }
}

pub(crate) fn acosh(x: Double) -> Double {
    let t = x - double(1.0);
    log1p(t + (t * (t + double(2.0))).sqrt())
}

pub(crate) fn atanh(x: Double) -> Double {
    let a = x.abs();
    let y = log1p(a.scale(2.0) / (double(1.0) - a)).scale(0.5);
    if x.hi < 0.0 { -y } else { y }
}

pub(crate) fn cbrt(x: Double) -> Double {
    let y = double(x.hi.cbrt());
    let y3 = y * y * y;
    y + y * ((x - y3) / (y3.scale(2.0) + x))
}

pub(crate) fn pow(x: Double, y: Double) -> Double {
    exp(log(x) * y)
}

pub(crate) fn hypot(x: Double, y: Double) -> Double {
    (x * x + y * y).sqrt()
}

pub(crate) fn logaddexp(x: Double, y: Double) -> Double {
    let (hi, lo) = if x.hi > y.hi { (x, y) } else { (y, x) };
    hi + log1p(exp(lo - hi))
}

pub(crate) fn erf(x: Double) -> Double {
    let a = x.abs();
    let y = if a.hi < 3.0 { erf_series(a) } else { double(1.0) - erfc_fraction(a) };
    if x.hi < 0.0 { -y } else { y }
}

pub(crate) fn erfc(x: Double) -> Double {
    if x.hi > 3.0 { erfc_fraction(x) } else { double(1.0) - erf(x) }
}

/// 2/sqrt(pi) e^(-x^2) sum of 2^n x^(2n+1) / (1 3 5 .. (2n+1)), 0 <= x < 3 (DLMF 7.6.2).
fn erf_series(x: Double) -> Double {
    let z = (x * x).scale(2.0);
    let (mut term, mut sum, mut n) = (x, x, 1.0);
    while term.hi > sum.hi * 1e-32 {
        n += 2.0;
        term = term * z / double(n);
        sum = sum + term;
    }
    TWO_OVER_SQRT_PI * exp(-(x * x)) * sum
}

/// The continued fraction x + (1/2)/(x + 1/(x + (3/2)/(x + ...))), x >= 3 (DLMF 7.9.1).
fn erfc_fraction(x: Double) -> Double {
    let mut d = x;
    for n in (1..150).rev() {
        d = x + double(0.5 * n as f64) / d;
    }
    TWO_OVER_SQRT_PI.scale(0.5) * exp(-(x * x)) / d
}

/// Principal square root.
pub(crate) fn complex_sqrt(z: Complex) -> Complex {
    let h = hypot(z.re, z.im);
    let t = ((z.re.abs() + h).scale(0.5)).sqrt();
    if t.hi == 0.0 {
        return Complex { re: t, im: t };
    }
    let other = z.im.abs() / t.scale(2.0);
    let (re, im) = if z.re.hi >= 0.0 { (t, other) } else { (other, t) };
    Complex { re, im: if z.im.hi < 0.0 { -im } else { im } }
}

pub(crate) fn complex_exp(z: Complex) -> Complex {
    let e = exp(z.re);
    let (s, c) = sin_cos(z.im);
    Complex { re: e * c, im: e * s }
}

/// The modulus by log1p near 1.
pub(crate) fn complex_log(z: Complex) -> Complex {
    let w = z.re * z.re + z.im * z.im;
    Complex { re: log(w).scale(0.5), im: atan2(z.im, z.re) }
}
