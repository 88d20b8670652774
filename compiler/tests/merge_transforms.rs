//! Sums and scales of transforms.

mod common;

use common::{Build, before_and_after, run};
use ondine_ir::*;

#[test]
fn a_sum_of_transforms_is_one_transform() {
    let mut g = Build::new("sum");
    let (a, b) = (g.input("a", DType::C128, [8]), g.input("b", DType::C128, [8]));
    let (f, h) = (g.fft(FftKind::Forward, a, &[(0, 8)]), g.fft(FftKind::Forward, b, &[(0, 8)]));
    let sum = g.binary(Binary::Sub, f, h);
    insta::assert_snapshot!(before_and_after("merge_transforms", &g.finish(&[sum])));
}

#[test]
fn a_transform_that_is_read_elsewhere_or_of_another_kind_stays() {
    for (kind, is_result) in [(FftKind::Inverse, false), (FftKind::Forward, true)] {
        let mut g = Build::new("near");
        let (a, b) = (g.input("a", DType::C128, [8]), g.input("b", DType::C128, [8]));
        let (f, h) = (g.fft(FftKind::Forward, a, &[(0, 8)]), g.fft(kind, b, &[(0, 8)]));
        let sum = g.binary(Binary::Add, f, h);
        let results = [sum, f];
        let graph = g.finish(&results[..if is_result { 2 } else { 1 }]);
        assert!(run("merge_transforms", &graph).0.is_same(&graph));
    }
}

#[test]
fn scales_fold_and_cancel() {
    let mut g = Build::new("scales");
    let x = g.input("x", DType::C128, [80]);
    let (points, part, half) =
        (g.literal(DType::F64, 80.0), g.literal(DType::F64, 1.0 / 80.0), g.literal(DType::F64, 0.5));
    let f = g.fft(FftKind::Forward, x, &[(0, 80)]);
    let f = g.binary(Binary::Mul, f, half);
    let f = g.binary(Binary::Mul, f, part);
    let same = g.binary(Binary::Mul, x, points);
    let same = g.binary(Binary::Mul, same, part);
    insta::assert_snapshot!(before_and_after("merge_transforms", &g.finish(&[f, same])));
}
