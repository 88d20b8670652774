//! Fourier transforms against NumPy (`tests/golden/transforms.txt`, which says what its lines mean) and known pairs.

use crate::common::*;
use num_complex::Complex64;
use ondine_ir::{DType, Fft, FftAxis, FftKind, Op, Scalar, Shape, Type, Window};
use ondine_runtime::{Buffer, HostMemory};
use std::sync::Arc;

const GOLDEN: &str = include_str!("../../../tests/golden/transforms.txt");

fn one_axis(kind: FftKind, len: usize) -> Op {
    Op::Fft(Fft { kind, axes: vec![FftAxis::whole(kind, 0, len)] })
}

/// The operand that the golden values are of.
fn operand(ty: Type) -> Buffer {
    let mut bytes = Vec::new();
    for i in 0..ty.shape.elements() {
        let re = ((7 * i + 3) % 11) as f64 / 4.0 - 1.25;
        let im = ((5 * i + 1) % 13) as f64 / 8.0 - 0.75;
        bytes.extend_from_slice(&Scalar::from_complex(ty.dtype, Complex64::new(re, im)).to_bytes()[..ty.dtype.bytes()]);
    }
    Buffer::host(ty, Arc::new(HostMemory::adopt(bytes)))
}

fn numbers<T: std::str::FromStr>(text: &str, separator: char) -> Vec<T> {
    let parse = |word: &str| word.parse().ok().unwrap_or_else(|| panic!("{word} is no number"));
    if text == "-" { Vec::new() } else { text.split(separator).filter(|word| !word.is_empty()).map(parse).collect() }
}

fn axis(text: &str) -> FftAxis {
    let parts = numbers::<usize>(text, ':');
    let [axis, len, start, extent, from, count] = parts[..] else { panic!("{text} is no axis") };
    FftAxis { axis, len, input: Window::run(start, extent), output: Window::run(from, count) }
}

/// What a component may differ from the golden value by: rounding it to the dtype, and two naive sums of `terms`
/// products in double precision, each within `terms` units of rounding of the sum of magnitudes. An element of the
/// operand is at most 1.5 in magnitude; the mirrored half of a line doubles the count.
fn tolerance(dtype: DType, terms: usize, golden: f64) -> f64 {
    let unit = if dtype.component() == DType::F32 { f32::EPSILON as f64 / 2.0 } else { f64::EPSILON / 2.0 };
    let sum = (2 * terms) as f64 * 1.5;
    unit * golden.abs() + 2.0 * (2 * terms) as f64 * (f64::EPSILON / 2.0) * sum
}

#[test]
fn transforms_agree_with_numpy() {
    let mut count = 0;
    for line in GOLDEN.lines() {
        let (head, golden) = line.split_once(" :").expect("a line has two parts");
        let words: Vec<&str> = head.split(' ').collect();
        let kind = [FftKind::Forward, FftKind::Inverse, FftKind::RealForward, FftKind::RealInverse]
            .into_iter()
            .find(|kind| kind.name() == words[0])
            .expect("the kind is known");
        let dtype = DType::ALL.into_iter().find(|dtype| dtype.name() == words[1]).expect("the dtype is known");
        let shape = Shape::new(numbers(words[2], ','));
        let axes: Vec<FftAxis> = if words[3] == "-" { Vec::new() } else { words[3].split(',').map(axis).collect() };
        let terms = axes.iter().map(|along| along.len).product();
        let result = try_op(Op::Fft(Fft { kind, axes }), &[operand(Type::new(dtype, shape))]).expect(head);
        let dtype = result.ty().dtype;
        let mut components = Vec::new();
        for bytes in result.bytes().chunks(dtype.bytes()) {
            let value = Scalar::from_bytes(dtype, bytes).to_complex();
            components.push(value.re);
            if dtype.is_complex() {
                components.push(value.im);
            }
        }
        let golden: Vec<f64> = numbers(golden, ' ');
        assert_eq!(components.len(), golden.len(), "{head}");
        for (have, want) in components.iter().zip(&golden) {
            let tolerance = tolerance(dtype, terms, *want);
            assert!((have - want).abs() <= tolerance, "{head}: {have} for {want}, allowed {tolerance:e}");
        }
        count += 1;
    }
    assert_eq!(count, 72);
}

#[test]
fn small_transforms_are_exact() {
    let z = [Complex64::new(1.0, 2.0), Complex64::new(3.0, -4.0), Complex64::new(0.5, 0.0), Complex64::new(-2.0, 1.0)];
    let forward = |len: usize| op(one_axis(FftKind::Forward, len), &[array([len], &z[..len])]);
    assert_eq!(forward(1), "c128[1] 1.0+2.0j");
    assert_eq!(forward(2), "c128[2] 4.0-2.0j -2.0+6.0j");
    assert_eq!(forward(4), "c128[4] 2.5-1.0j -4.5-3.0j 0.5+5.0j 5.5+7.0j");
    let inverse = op(one_axis(FftKind::Inverse, 4), &[array([4], z)]);
    assert_eq!(inverse, "c128[4] 2.5-1.0j 5.5+7.0j 0.5+5.0j -4.5-3.0j");
    assert_eq!(op(one_axis(FftKind::RealForward, 1), &[array([1], [5.0f32])]), "c64[1] 5.0+0.0j");
}

#[test]
fn real_inverses_ignore_the_imaginary_part_of_bins_without_a_mirror() {
    let inverse =
        |len: usize, bins: &[Complex64]| op(one_axis(FftKind::RealInverse, len), &[array([bins.len()], bins)]);
    let (a, b) = (Complex64::new(1.0, 7.0), Complex64::new(2.0, 9.0));
    assert_eq!(inverse(1, &[a]), "f64[1] 1.0");
    assert_eq!(inverse(2, &[a, b]), "f64[2] 3.0 -1.0");
    // Odd length: the last bin has a mirror, and its imaginary part counts.
    let odd = inverse(3, &[a, Complex64::new(2.0, 0.0)]);
    assert_ne!(odd, inverse(3, &[a, b]));
    assert_eq!(odd, inverse(3, &[Complex64::new(1.0, f64::NAN), Complex64::new(2.0, 0.0)]));
}

#[test]
fn long_lines_keep_double_precision() {
    // A constant has one bin; what the others hold is rounding alone. 1000 terms of 1, each within one unit.
    let len = 1000;
    let line = vec![Complex64::ONE; len];
    let result = elements::<Complex64>(&try_op(one_axis(FftKind::Forward, len), &[array([len], line)]).unwrap());
    assert_eq!(result[0], Complex64::new(1000.0, 0.0));
    let bound = len as f64 * len as f64 * f64::EPSILON;
    assert!(result[1..].iter().all(|bin| bin.norm() <= bound));
}
