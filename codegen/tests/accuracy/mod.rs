//! What the accuracy tests and the accuracy example share: samples, references, bounds and the measure.
#![allow(dead_code)]

use crate::double_double::{Double, double, functions as reference};
use ondine_ir::{Binary, Unary};

/// A fixed-seed generator (xorshift64*, Vigna 2016): the same samples on every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(crate) fn uniform(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * ((self.bits() >> 11) as f64 / (1u64 << 53) as f64)
    }

    /// Random sign and mantissa, binary exponent uniform in `from..to`.
    pub(crate) fn spread(&mut self, from: i32, to: i32) -> f64 {
        let exponent = 1023 + from + (self.bits() % (to - from) as u64) as i32;
        f64::from_bits((self.bits() & !(0x7ff << 52)) | (exponent as u64) << 52)
    }
}

/// One unary function: reference, samples, and the bounds its documentation states.
pub(crate) struct Case {
    pub(crate) op: Unary,
    pub(crate) reference: fn(Double) -> Double,
    pub(crate) sample: fn(&mut Random) -> f64,
    /// Largest error in ulp, f64.
    pub(crate) bound: f64,
    /// Largest error in ulp, f32.
    pub(crate) bound_f32: f64,
}

/// Half the samples uniform on an interval, half with uniform exponents.
macro_rules! samples {
    ($from:expr, $to:expr; $low:expr, $high:expr; $keep:expr) => {
        |random| loop {
            let even = random.bits() & 1 == 0;
            let x = if even { random.uniform($from, $to) } else { random.spread($low, $high) };
            let keep: fn(f64) -> bool = $keep;
            if keep(x) {
                return x;
            }
        }
    };
}

pub(crate) fn unary_cases() -> Vec<Case> {
    use Unary::*;
    let case = |op, reference, sample, bound, bound_f32| Case { op, reference, sample, bound, bound_f32 };
    vec![
        case(Exp, reference::exp, samples!(-708.0, 709.7; -60, 10; |x| x.abs() < 708.0), 1.0, 1.0),
        case(
            Exp2,
            |x| reference::exp(x * reference::LN2),
            samples!(-1020.0, 1023.9; -60, 10; |x| x > -1020.0),
            1.0,
            1.0,
        ),
        case(Expm1, reference::expm1, samples!(-40.0, 709.0; -60, 10; |x| x < 709.0), 1.0, 0.6),
        case(Log, reference::log, samples!(0.25, 4.0; -1022, 1023; |x| x > 0.0), 0.9, 0.9),
        case(Log1p, reference::log1p, samples!(-0.99, 3.0; -60, 1000; |x| x > -1.0), 0.9, 0.6),
        case(Log2, reference::log2, samples!(0.25, 4.0; -1022, 1023; |x| x > 0.0), 0.8, 0.6),
        case(Log10, reference::log10, samples!(0.25, 4.0; -1022, 1023; |x| x > 0.0), 0.8, 0.6),
        case(Sin, |x| reference::sin_cos(x).0, samples!(-12.0, 12.0; -40, 29; |_| true), 0.9, 0.6),
        case(Cos, |x| reference::sin_cos(x).1, samples!(-12.0, 12.0; -40, 29; |_| true), 0.9, 0.6),
        case(Tan, reference::tan, samples!(-12.0, 12.0; -40, 29; |_| true), 1.0, 0.6),
        case(Sinh, reference::sinh, samples!(-20.0, 20.0; -40, 10; |x| x.abs() < 709.0), 1.0, 0.6),
        case(Cosh, reference::cosh, samples!(-20.0, 20.0; -40, 10; |x| x.abs() < 709.0), 1.0, 0.6),
        case(Tanh, reference::tanh, samples!(-4.0, 4.0; -40, 6; |_| true), 1.0, 0.6),
        case(Asin, reference::asin, samples!(-1.0, 1.0; -40, 0; |_| true), 0.8, 0.6),
        case(Acos, reference::acos, samples!(-1.0, 1.0; -40, 0; |_| true), 0.8, 0.6),
        case(Atan, reference::atan, samples!(-12.0, 12.0; -40, 60; |_| true), 0.9, 0.6),
        case(Asinh, reference::asinh, samples!(-4.0, 4.0; -40, 500; |_| true), 1.0, 0.6),
        case(Acosh, reference::acosh, samples!(1.0, 4.0; 0, 500; |x| x >= 1.0), 1.0, 0.6),
        case(Atanh, reference::atanh, samples!(-1.0, 1.0; -40, 0; |_| true), 0.9, 0.6),
        case(Cbrt, reference::cbrt, samples!(-12.0, 12.0; -900, 1000; |_| true), 0.51, 0.6),
        case(Erf, reference::erf, samples!(-4.0, 4.0; -40, 3; |_| true), 1.0, 0.6),
        case(Erfc, reference::erfc, samples!(-6.0, 26.0; -40, 3; |_| true), 2.0, 0.6),
    ]
}

/// One binary function.
pub(crate) struct PairCase {
    pub(crate) op: Binary,
    pub(crate) reference: fn(Double, Double) -> Double,
    pub(crate) sample: fn(&mut Random) -> (f64, f64),
    pub(crate) bound: f64,
    pub(crate) bound_f32: f64,
}

pub(crate) fn binary_cases() -> Vec<PairCase> {
    vec![
        PairCase {
            op: Binary::Pow,
            reference: reference::pow,
            sample: |random| {
                let x =
                    if random.bits() & 1 == 0 { random.uniform(0.1, 12.0) } else { random.spread(-1000, 1000).abs() };
                (x, random.uniform(-700.0, 700.0) / x.ln())
            },
            bound: 1.0,
            bound_f32: 0.6,
        },
        PairCase {
            op: Binary::Atan2,
            reference: reference::atan2,
            sample: |random| (random.spread(-30, 30), random.spread(-30, 30)),
            bound: 0.9,
            bound_f32: 0.6,
        },
        PairCase {
            op: Binary::Hypot,
            reference: reference::hypot,
            sample: |random| (random.spread(-20, 20), random.spread(-20, 20)),
            bound: 1.0,
            bound_f32: 0.6,
        },
        PairCase {
            op: Binary::Logaddexp,
            reference: reference::logaddexp,
            sample: |random| (random.uniform(-20.0, 20.0), random.uniform(-20.0, 20.0)),
            bound: 1.0,
            bound_f32: 0.6,
        },
    ]
}

/// |got - exact| in units of the last place of an f64 of that size.
pub(crate) fn ulps(got: f64, exact: Double) -> f64 {
    let error = ((double(got) - exact).hi).abs();
    error / unit(exact.hi.abs(), -1074, 52)
}

/// As [`ulps`] for f32.
pub(crate) fn ulps_f32(got: f32, exact: f64) -> f64 {
    (f64::from(got) - exact).abs() / unit(exact.abs(), -149, 23)
}

fn unit(size: f64, least: i32, mantissa: i32) -> f64 {
    let exponent = ((size.to_bits() >> 52) as i32 - 1023 - mantissa).max(least);
    if exponent >= -1022 { 2f64.powi(exponent) } else { f64::from_bits(1 << (exponent + 1074)) }
}

/// Largest error and where.
#[derive(Clone, Copy, Default)]
pub(crate) struct Worst {
    pub(crate) ulps: f64,
    pub(crate) at: (f64, f64),
}

impl Worst {
    pub(crate) fn see(&mut self, ulps: f64, at: (f64, f64)) {
        // a NaN where a number belongs counts as the worst of all
        if ulps.is_nan() || ulps > self.ulps {
            *self = Worst { ulps: if ulps.is_nan() { f64::INFINITY } else { ulps }, at };
        }
    }
}

pub(crate) fn measure_unary(case: &Case, samples: usize, seed: u64) -> Worst {
    let mut random = Random::new(seed);
    let mut worst = Worst::default();
    let mut x = [0.0; 512];
    for _ in 0..samples.div_ceil(x.len()) {
        x.fill_with(|| (case.sample)(&mut random));
        let mut y = x;
        assert!(ondine_codegen::cpu::vmath::unary_f64(case.op, &mut y));
        for (x, y) in x.into_iter().zip(y) {
            worst.see(ulps(y, (case.reference)(double(x))), (x, 0.0));
        }
    }
    worst
}

pub(crate) fn measure_binary(case: &PairCase, samples: usize, seed: u64) -> Worst {
    let mut random = Random::new(seed);
    let mut worst = Worst::default();
    for _ in 0..samples.div_ceil(512) {
        let (mut x, mut y) = ([0.0; 512], [0.0; 512]);
        for i in 0..512 {
            (x[i], y[i]) = (case.sample)(&mut random);
        }
        let mut z = x;
        assert!(ondine_codegen::cpu::vmath::binary_f64(case.op, &mut z, &y));
        for i in 0..512 {
            let exact = (case.reference)(double(x[i]), double(y[i]));
            if !cancels(case.op, x[i], y[i], exact.hi) {
                worst.see(ulps(z[i], exact), (x[i], y[i]));
            }
        }
    }
    worst
}

/// True where `logaddexp` is a difference of nearly equal terms: its bound is relative to those, not to the result.
pub(crate) fn cancels(op: Binary, x: f64, y: f64, exact: f64) -> bool {
    op == Binary::Logaddexp && exact.abs() < 0.5 * x.max(y).abs()
}

/// Measures f32 inputs against the f64 routine; zeros, infinities and NaN must be those of the rounded f64 result.
pub(crate) fn see_f32(worst: &mut Worst, got: f32, exact: f64, at: (f64, f64)) {
    let rounded = exact as f32;
    if rounded == 0.0 || !rounded.is_finite() || !got.is_finite() {
        let same = got.to_bits() == rounded.to_bits() || got.is_nan() && rounded.is_nan();
        // at the edges of the range the neighbour is within the error bound
        let edge = (exact.abs() - f64::from(f32::MAX)).abs() < 4e31 || (exact != 0.0 && exact.abs() < 2e-45);
        let near = edge && ulps_f32(got.clamp(-f32::MAX, f32::MAX), exact.clamp(-3.5e38, 3.5e38)) < 1.5;
        if !(same || near) {
            worst.see(f64::NAN, at);
        }
    } else {
        worst.see(ulps_f32(got, exact), at);
    }
}
