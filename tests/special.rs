//! Special functions against mpmath, at their special values, and by their definitions, on every device.

mod common;

use common::emulator;
use ondine::special::*;
use ondine::{Array, Complex64, DType, Device, eval_all};
use std::f64::consts::PI;

type Function = fn(&Array) -> Array;

const FUNCTIONS: &[(&str, Function)] = &[
    ("erfinv", erfinv),
    ("gammaln", gammaln),
    ("digamma", digamma),
    ("i0", i0),
    ("i0e", i0e),
    ("i1", i1),
    ("i1e", i1e),
    ("j0", j0),
    ("j1", j1),
    ("expit", expit),
    ("logit", logit),
    ("entr", entr),
    ("sinc", sinc),
    ("exp10", exp10),
];

/// What the documentation allows: units of eps, and of what.
fn bound(name: &str, x: f64, y: f64) -> f64 {
    let eps = f64::EPSILON;
    match name {
        "erfinv" | "i0" | "i0e" | "i1" | "i1e" => 8.0 * eps * y.abs(),
        "gammaln" if x < 0.0 => 8.0 * eps * (1.0 + (x * x.abs().ln()).abs()).max(y.abs()),
        "gammaln" => 8.0 * eps * y.abs(),
        "digamma" if x < 0.0 => 16.0 * eps * (1.0 + (PI / (PI * x).tan()).abs()).max(y.abs()),
        "digamma" => 16.0 * eps * y.abs().max(1.0),
        "j0" | "j1" => 8.0 * eps * (2.0 / (PI * x.abs())).sqrt().min(1.0),
        _ => 4.0 * eps * y.abs(),
    }
}

fn golden(name: &str) -> Vec<(f64, f64)> {
    let number = |word: &str| f64::from_bits(u64::from_str_radix(word, 16).unwrap());
    let rows = include_str!("golden/special.txt").lines().map(|line| line.split(' ').collect::<Vec<_>>());
    rows.filter(|row| row[0] == name).map(|row| (number(row[1]), number(row[2]))).collect()
}

fn accurate_on(device: &Device) {
    let mut results = Vec::new();
    for (name, function) in FUNCTIONS {
        let pairs = golden(name);
        assert!(pairs.len() > 15, "{name}");
        let x = Array::from_vec(pairs.iter().map(|pair| pair.0).collect(), [pairs.len()]);
        results.push((function(&x), function(&x.astype(DType::F32)), pairs));
    }
    let arrays: Vec<&Array> = results.iter().flat_map(|(double, single, _)| [double, single]).collect();
    eval_all(&arrays, device).unwrap();
    let mut failures = Vec::new();
    for ((double, single, pairs), (name, function)) in results.iter().zip(FUNCTIONS) {
        for (got, &(x, want)) in double.to_vec::<f64>().unwrap().into_iter().zip(pairs) {
            let allowed = bound(name, x, want);
            // Powers on the way are within a few units.
            if !((got - want).abs() <= allowed.max(f64::MIN_POSITIVE) || got == want) {
                failures
                    .push(format!("{name}({x:?}) = {got:?}, not {want:?}: {:.1} bounds", (got - want).abs() / allowed));
            }
        }
        // In single precision the rounded value in double.
        let narrow = Array::from_vec(pairs.iter().map(|pair| pair.0 as f32 as f64).collect(), [pairs.len()]);
        let wide = function(&narrow).eval(device).unwrap().astype(DType::F32).to_vec::<f32>().unwrap();
        for (at, (got, want)) in single.to_vec::<f32>().unwrap().into_iter().zip(wide).enumerate() {
            if got.to_bits() != want.to_bits() && !(got.is_nan() && want.is_nan()) {
                failures.push(format!("{name} of {} in f32 is {got:?}, not {want:?}", pairs[at].0));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn values_are_those_of_mpmath() {
    accurate_on(&Device::cpu());
}

#[test]
fn values_are_those_of_mpmath_by_definition() {
    accurate_on(&Device::reference());
}

#[test]
fn values_are_those_of_mpmath_on_cuda() {
    if let Some(device) = emulator::device() {
        accurate_on(&device);
    }
}

#[test]
fn special_values() {
    const INF: f64 = f64::INFINITY;
    const NAN: f64 = f64::NAN;
    let cases: &[(Function, f64, f64)] = &[
        (erfinv, 1.0, INF),
        (erfinv, -1.0, -INF),
        (erfinv, 1.5, NAN),
        (erfinv, NAN, NAN),
        (erfinv, -0.0, -0.0),
        (gammaln, 0.0, INF),
        (gammaln, -3.0, INF),
        (gammaln, INF, INF),
        (gammaln, NAN, NAN),
        (gammaln, 1.0, 0.0),
        (gammaln, 2.0, 0.0),
        (digamma, 0.0, -INF),
        (digamma, -2.0, NAN),
        (digamma, INF, INF),
        (i0, 0.0, 1.0),
        (j0, 0.0, 1.0),
        (i0, INF, INF),
        (i0e, INF, 0.0),
        (i1, -0.0, -0.0),
        (i1e, -INF, -0.0),
        (j0, INF, 0.0),
        (j0, NAN, NAN),
        (j1, 0.0, 0.0),
        (expit, -INF, 0.0),
        (expit, INF, 1.0),
        (logit, 0.0, -INF),
        (logit, 1.0, INF),
        (logit, 2.0, NAN),
        (entr, 0.0, 0.0),
        (entr, -1.0, -INF),
        (entr, NAN, NAN),
        (sinc, 0.0, 1.0),
        (sinc, 7.0, 0.0),
    ];
    for (at, (function, x, want)) in cases.iter().enumerate() {
        let got = function(&Array::from([*x])).to_vec::<f64>().unwrap()[0];
        let same = got == *want && got.is_sign_negative() == want.is_sign_negative() || got.is_nan() && want.is_nan();
        assert!(same || got == 0.0 && *x == 7.0, "case {at}, of {x}: {got}, not {want}");
    }
}

#[test]
fn sums_of_exponentials_neither_overflow_nor_lose_what_is_small() {
    const INF: f64 = f64::INFINITY;
    let sum = |values: Vec<f64>| logsumexp(&Array::from(values)).item::<f64>().unwrap();
    assert_eq!(sum(vec![1000.0, 1000.0]), 1000.0 + 2f64.ln());
    assert_eq!(sum(vec![0.0, -60.0]), (-60f64).exp());
    assert_eq!((sum(vec![-INF, -INF]), sum(vec![INF, 0.0])), (-INF, INF));
    assert!(sum(vec![f64::NAN, 0.0]).is_nan());
    let options = LogSumExpOptions { axis: 1.into(), keepdims: true, weights: Some(Array::from([2.0, -1.0])) };
    let weighted = logsumexp_with(&Array::from([[3.0, 3.0], [1.0, 0.0]]), options);
    assert_eq!(weighted.shape().unwrap(), [2, 1].into());
    let values = weighted.to_vec::<f64>().unwrap();
    assert!((values[0] - 3.0).abs() < 1e-15 && (values[1] - (2.0 * 1f64.exp() - 1.0).ln()).abs() < 1e-15);
    let x = Array::from([[0.0f32, 1.0], [1000.0, -1000.0]]);
    assert_eq!(softmax(&x, 1).sum_with(1).to_vec::<f32>().unwrap(), [1.0, 1.0]);
    assert_eq!(log_softmax(&x, 1).to_vec::<f32>().unwrap()[2..], [0.0, -2000.0]);
    assert_eq!(softmax(&ondine::arange(3), 0).dtype().unwrap(), DType::F64);
    let logs = xlogy(&Array::from([0.0, 0.0, 2.0]), Array::from([0.0, f64::NAN, 1f64.exp()])).to_vec::<f64>().unwrap();
    assert!(logs[0] == 0.0 && logs[1].is_nan() && logs[2] == 2.0);
}

#[test]
fn sums_of_exponentials_have_signs_and_phases() {
    for device in [Device::reference(), Device::cpu()].into_iter().chain(emulator::device()) {
        let options =
            |weights: [f64; 2]| LogSumExpOptions { weights: Some(Array::from(weights)), ..Default::default() };
        let real = |x: [f64; 2], weights: [f64; 2]| {
            let (modulus, sign) = logsumexp_signed(&Array::from(x), options(weights));
            let plain = logsumexp_with(&Array::from(x), options(weights));
            [modulus, sign, plain].map(|array| array.eval(&device).unwrap().item::<f64>().unwrap())
        };
        let [modulus, sign, plain] = real([0.0, 0.0], [1.0, -3.0]);
        assert_eq!((modulus, sign), (2f64.ln(), -1.0));
        assert!(plain.is_nan(), "the logarithm of a negative sum");
        assert_eq!(real([1.0, 1.0], [1.0, -1.0])[..2], [f64::NEG_INFINITY, 0.0]);
        assert_eq!(real([f64::INFINITY, 2.0], [0.0, 1.0]), [2.0, 1.0, 2.0], "what weighs nothing does not count");
        // exp(800 + i pi) three times, which overflows unless it is taken out.
        let x = ondine::full([3], Complex64::new(800.0, PI));
        let (modulus, sign) = logsumexp_signed(&x, LogSumExpOptions::default());
        let sum = logsumexp(&x).eval(&device).unwrap().item::<Complex64>().unwrap();
        assert!((sum - Complex64::new(800.0 + 3f64.ln(), PI)).norm() < 1e-12, "{sum}");
        assert!((modulus.eval(&device).unwrap().item::<f64>().unwrap() - sum.re).abs() < 1e-12);
        assert!((sign.eval(&device).unwrap().item::<Complex64>().unwrap() + 1.0).norm() < 1e-14);
    }
}
