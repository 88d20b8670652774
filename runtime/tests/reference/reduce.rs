//! Reductions and scans.

use crate::common::*;
use num_complex::Complex32;
use ondine_ir::{Op, Reduce, ReduceKind, Scan};

fn reduce(kind: ReduceKind, axes: &[usize]) -> Op {
    Op::Reduce(Reduce { kind, axes: axes.iter().copied().collect() })
}

const NAN: f64 = f64::NAN;

#[test]
fn sums_along_any_axes() {
    let x = array([2, 3, 2], [0i64, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    let sum = |axes: &[usize]| op(reduce(ReduceKind::Sum, axes), std::slice::from_ref(&x));
    assert_eq!(sum(&[0]), "i64[3, 2] 6 8 10 12 14 16");
    assert_eq!(sum(&[1]), "i64[2, 2] 6 9 24 27");
    assert_eq!(sum(&[0, 2]), "i64[3] 14 22 30");
    assert_eq!(sum(&[0, 1, 2]), "i64[] 66");
    assert_eq!(sum(&[]), "i64[2, 3, 2] 0 1 2 3 4 5 6 7 8 9 10 11");
}

#[test]
fn sums_go_one_after_the_other_in_the_operands_dtype() {
    // 2^24 + 1 rounds to 2^24 in f32, so that only the order of the naive sum gives 2^24.
    let x = array([4], [16777216.0f32, 1.0, 1.0, 1.0]);
    assert_eq!(op(reduce(ReduceKind::Sum, &[0]), &[x]), "f32[] 16777216.0");
    assert_eq!(op(reduce(ReduceKind::Sum, &[0]), &[array([2], [200u8, 100])]), "u8[] 44");
    assert_eq!(op(reduce(ReduceKind::Sum, &[0]), &[array([2], [-0.0, -0.0])]), "f64[] -0.0");
    let z = array([2], [Complex32::new(1.0, 2.0), Complex32::new(3.0, -1.0)]);
    assert_eq!(op(reduce(ReduceKind::Prod, &[0]), &[z]), "c64[] 5.0+5.0j");
}

#[test]
fn minimum_and_maximum_let_nan_win() {
    let x = array([2, 3], [3.0, NAN, 1.0, -2.0, 7.0, 0.0]);
    assert_eq!(op(reduce(ReduceKind::Min, &[1]), std::slice::from_ref(&x)), "f64[2] NaN -2.0");
    assert_eq!(op(reduce(ReduceKind::Max, &[1]), &[x]), "f64[2] NaN 7.0");
    let flag = flags([2, 2], [true, false, true, true]);
    assert_eq!(op(reduce(ReduceKind::Min, &[1]), std::slice::from_ref(&flag)), "bool[2] false true");
    assert_eq!(op(reduce(ReduceKind::Max, &[0]), &[flag]), "bool[2] true true");
    assert_eq!(op(reduce(ReduceKind::Max, &[0]), &[array([2], [u64::MAX, 1])]), "u64[] 18446744073709551615");
}

#[test]
fn positions_are_of_the_first_extreme_or_the_first_nan() {
    let x = array([3, 4], [1.0, 5.0, 5.0, 0.0, 2.0, NAN, 9.0, NAN, -1.0, -1.0, -3.0, -3.0]);
    assert_eq!(op(reduce(ReduceKind::ArgMax, &[1]), std::slice::from_ref(&x)), "i64[3] 1 1 0");
    assert_eq!(op(reduce(ReduceKind::ArgMin, &[1]), std::slice::from_ref(&x)), "i64[3] 3 1 2");
    // Row-major among the reduced axes.
    assert_eq!(op(reduce(ReduceKind::ArgMax, &[0, 1]), std::slice::from_ref(&x)), "i64[] 5");
    assert_eq!(op(reduce(ReduceKind::ArgMin, &[0]), &[x]), "i64[4] 2 1 2 1");
    assert_eq!(op(reduce(ReduceKind::ArgMax, &[0]), &[flags([3], [false, true, true])]), "i64[] 1");
    assert_eq!(op(reduce(ReduceKind::ArgMin, &[0]), &[array([2], [0.0, -0.0])]), "i64[] 0");
    assert_eq!(op(reduce(ReduceKind::ArgMin, &[]), &[array([2], [4i8, 3])]), "i64[2] 0 0");
}

#[test]
fn scans_run_along_one_axis() {
    let x = array([2, 3], [1i64, 2, 3, 4, 5, 6]);
    let scan = |kind, axis| op(Op::Scan(Scan { kind, axis }), std::slice::from_ref(&x));
    assert_eq!(scan(ReduceKind::Sum, 1), "i64[2, 3] 1 3 6 4 9 15");
    assert_eq!(scan(ReduceKind::Sum, 0), "i64[2, 3] 1 2 3 5 7 9");
    assert_eq!(scan(ReduceKind::Prod, 1), "i64[2, 3] 1 2 6 4 20 120");
    let x = array([3], [-0.0, NAN, 1.0]);
    assert_eq!(op(Op::Scan(Scan { kind: ReduceKind::Sum, axis: 0 }), &[x]), "f64[3] -0.0 NaN NaN");
}
