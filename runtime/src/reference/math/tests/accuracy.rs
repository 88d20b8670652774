//! Errors against the golden values of `tests/golden/*.txt` (mpmath).
//!
//! Complex results are held to 4 eps of their modulus, the bound of a backward stable evaluation of a few roundings;
//! parts on their own to a few ulp where their formula does not cancel. Real results are held to 2 ulp.

use super::{binary_named, unary_named};
use crate::reference::math::{binary, unary};
use num_complex::Complex64;
use ondine_ir::{DType, Scalar};
use std::collections::BTreeMap;

const COMPLEX: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/complex_functions.txt"));
const REAL: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/real_functions.txt"));

/// The lines of a golden file: function, doubles.
fn lines(text: &str) -> impl Iterator<Item = (&str, Vec<f64>)> {
    text.lines().map(|line| {
        let mut words = line.split(' ');
        let name = words.next().expect("a line names its function");
        (name, words.map(|word| f64::from_bits(u64::from_str_radix(word, 16).expect("bits are hexadecimal"))).collect())
    })
}

/// The distance of a power of two to the next double; subnormals have that of the smallest.
fn ulp(x: f64) -> f64 {
    let x = x.abs();
    if x < f64::MIN_POSITIVE {
        f64::from_bits(1)
    } else {
        libm::scalbn(1.0, libm::ilogb(x) - 52).max(f64::from_bits(1))
    }
}

/// The error in ulp of the expected value; infinities and zeros must be met exactly, the signs of zeros too.
fn ulps(got: f64, expected: f64) -> f64 {
    if got.to_bits() == expected.to_bits() {
        0.0
    } else if !expected.is_finite() || !got.is_finite() || expected == 0.0 && got == 0.0 {
        f64::INFINITY
    } else {
        ((got - expected) / ulp(expected)).abs()
    }
}

/// The error of a complex value in eps of its modulus. Infinite parts must be met exactly.
fn relative(got: Complex64, expected: Complex64) -> f64 {
    let part = |got: f64, expected: f64| if got == expected { 0.0 } else { got - expected };
    let error = libm::hypot(part(got.re, expected.re), part(got.im, expected.im));
    let modulus = libm::hypot(expected.re.clamp(f64::MIN, f64::MAX), expected.im.clamp(f64::MIN, f64::MAX));
    error / (modulus * f64::EPSILON).max(f64::from_bits(1))
}

fn complex(dtype: DType, re: f64, im: f64) -> Scalar {
    Scalar::from_complex(dtype, Complex64::new(re, im))
}

/// The function of a line on its arguments, in double or single precision; and its golden value.
fn evaluate(name: &str, values: &[f64], dtype: DType) -> (Complex64, Complex64) {
    let argument = |at: usize| complex(dtype, values[at], values[at + 1]);
    let got = match unary_named(name) {
        Some(op) => unary(op, argument(0)),
        None => binary(binary_named(name), argument(0), argument(2)),
    };
    (got.to_complex(), Complex64::new(values[values.len() - 2], values[values.len() - 1]))
}

/// The function of a line of real numbers.
fn real(name: &str, values: &[f64], dtype: DType) -> f64 {
    let argument = |at: usize| Scalar::from_f64(dtype, values[at]);
    let got = match unary_named(name) {
        Some(op) => unary(op, argument(0)),
        None => binary(binary_named(name), argument(0), argument(1)),
    };
    got.to_complex().re
}

fn keep_worst<'a>(worst: &mut BTreeMap<&'a str, [f64; 3]>, name: &'a str, errors: &[f64]) {
    let seen = worst.entry(name).or_default();
    for (seen, error) in seen.iter_mut().zip(errors) {
        *seen = seen.max(*error);
    }
}

/// The worst errors per function: in eps of the modulus, and of each part in ulp.
fn report(worst: &BTreeMap<&str, [f64; 3]>) {
    for (name, [modulus, re, im]) in worst {
        println!("{name:9} {modulus:.2} eps, parts {re:.2} and {im:.2} ulp");
    }
}

#[test]
fn complex_functions_stay_within_four_ulp() {
    let mut worst = BTreeMap::new();
    let mut failed = Vec::new();
    for (name, values) in lines(COMPLEX) {
        let (got, expected) = evaluate(name, &values, DType::C128);
        let errors = [relative(got, expected), ulps(got.re, expected.re), ulps(got.im, expected.im)];
        // A part of a power vanishes against the other at certain angles. The real part of expm1 vanishes along curves
        // through 0; next to 0, and everywhere else, its formula does not cancel.
        let parts_count = match name {
            "pow" => false,
            "expm1" => expected.re.abs() > 0.01 * expected.im.abs() || values[1].abs() < 1e-2,
            _ => true,
        };
        let counting = if parts_count { 3 } else { 1 };
        keep_worst(&mut worst, name, &errors[..counting]);
        if errors[..counting].iter().any(|&error| error.is_nan() || error > 4.0) {
            failed.push(format!("{name} {values:?}: {got:?}, {errors:?}"));
        }
    }
    report(&worst);
    assert_eq!(worst.len(), 22);
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Of the lines whose arguments are singles. Rounding a double that is good to 4 eps gives an ulp of either part at most.
#[test]
fn single_precision_is_the_rounded_double_precision() {
    let mut seen = 0;
    for (name, values) in lines(COMPLEX) {
        let arguments = &values[..values.len() - 2];
        if name == "pow" || arguments.iter().any(|&x| x as f32 as f64 != x) {
            continue;
        }
        let (got, expected) = evaluate(name, &values, DType::C64);
        let close = |got: f64, expected: f64| {
            let (got, expected) = (got as f32, expected as f32);
            got.to_bits() == expected.to_bits() || got.to_bits().abs_diff(expected.to_bits()) == 1
        };
        assert!(close(got.re, expected.re) && close(got.im, expected.im), "{name} {values:?}: {got:?}");
        seen += 1;
    }
    for (name, values) in lines(REAL) {
        let arguments = &values[..values.len() - 1];
        if arguments.iter().any(|&x| x as f32 as f64 != x) {
            continue;
        }
        let (got, expected) = (real(name, &values, DType::F32) as f32, values[values.len() - 1] as f32);
        assert!(got.to_bits().abs_diff(expected.to_bits()) <= 1, "{name} {values:?}: {got:?}");
        seen += 1;
    }
    assert!(seen > 300, "{seen}");
}

#[test]
fn real_functions_stay_within_two_ulp() {
    let mut worst = BTreeMap::new();
    let mut failed = Vec::new();
    for (name, values) in lines(REAL) {
        let got = real(name, &values, DType::F64);
        let error = ulps(got, values[values.len() - 1]);
        keep_worst(&mut worst, name, &[0.0, error]);
        if error.is_nan() || error > 2.0 {
            failed.push(format!("{name} {values:?}: {got:?}, {error} ulp"));
        }
    }
    for (name, [_, error, _]) in &worst {
        println!("{name:9} {error:.2} ulp");
    }
    assert_eq!(worst.len(), 26);
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
