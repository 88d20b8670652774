//! Leaves and elementwise ops: dtypes, spreading, order of operands. Values of functions are tested with their math.

use crate::common::*;
use num_complex::Complex64;
use ondine_ir::{Binary, DType, Graph, Op, Scalar, Unary};

#[test]
fn iota_counts_from_zero() {
    assert_eq!(op(Op::Iota(5), &[]), "i64[5] 0 1 2 3 4");
}

#[test]
fn literals_have_rank_0() {
    assert_eq!(op(Op::Literal(Scalar::from_f64(DType::F32, -2.5)), &[]), "f32[] -2.5");
    assert_eq!(op(Op::Literal(Scalar::bool(true)), &[]), "bool[] true");
}

#[test]
fn params_are_given_at_run_time() {
    let mut graph = Graph::new("f");
    let (a, b) = (graph.param(DType::I8), graph.param(DType::C64));
    graph.set_results([b.into(), a.into()]);
    let params = [Scalar::from_i128(DType::I8, -1), Scalar::from_complex(DType::C64, Complex64::new(1.0, 2.0))];
    let results = run(&graph, &[], &params).unwrap();
    assert_eq!((text(&results[0]), text(&results[1])), ("c64[] 1.0+2.0j".into(), "i8[] -1".into()));
}

#[test]
fn casts_truncate_saturate_and_wrap() {
    let floats = array([5], [-1.9, 2.9, 300.0, f64::NAN, 0.0]);
    assert_eq!(op(Op::Cast(DType::I32), std::slice::from_ref(&floats)), "i32[5] -1 2 300 0 0");
    assert_eq!(op(Op::Cast(DType::Bool), &[floats]), "bool[5] true true true true false");
    assert_eq!(op(Op::Cast(DType::U8), &[array([3], [-1i64, 256, 7])]), "u8[3] 255 0 7");
    assert_eq!(op(Op::Cast(DType::C64), &[flags([2], [true, false])]), "c64[2] 1.0+0.0j 0.0+0.0j");
}

#[test]
fn unary_functions_go_element_by_element() {
    assert_eq!(op(Op::Unary(Unary::Neg), &[array([2, 2], [1i8, -2, -128, 0])]), "i8[2, 2] -1 2 -128 0");
    let z = [Complex64::new(3.0, -4.0), Complex64::new(0.0, 1.0)];
    assert_eq!(op(Op::Unary(Unary::Abs), &[array([2], z)]), "f64[2] 5.0 1.0");
    assert_eq!(op(Op::Unary(Unary::Imag), &[array([2], z)]), "f64[2] -4.0 1.0");
    assert_eq!(op(Op::Unary(Unary::IsNan), &[array([2], [f32::NAN, 1.0])]), "bool[2] true false");
}

#[test]
fn operands_of_rank_0_spread_on_either_side() {
    let (x, two) = (array([3], [1i32, 5, -7]), array([], [2i32]));
    assert_eq!(op(Op::Binary(Binary::Sub), &[x.clone(), two.clone()]), "i32[3] -1 3 -9");
    assert_eq!(op(Op::Binary(Binary::Sub), &[two.clone(), x.clone()]), "i32[3] 1 -3 9");
    assert_eq!(op(Op::Binary(Binary::Sub), &[two.clone(), two.clone()]), "i32[] 0");
    assert_eq!(op(Op::Binary(Binary::Lt), &[x.clone(), two]), "bool[3] true false true");
    assert_eq!(op(Op::Binary(Binary::Sub), &[x.clone(), x]), "i32[3] 0 0 0");
}

#[test]
fn a_real_factor_is_componentwise() {
    let z = array([2], [Complex64::new(f64::INFINITY, 2.0), Complex64::new(1.0, -0.0)]);
    assert_eq!(op(Op::Binary(Binary::Mul), &[z.clone(), array([], [2.0])]), "c128[2] inf+4.0j 2.0-0.0j");
    assert_eq!(op(Op::Binary(Binary::Mul), &[array([2], [2.0, 3.0]), z]), "c128[2] inf+4.0j 3.0-0.0j");
}

#[test]
fn select_takes_every_mix_of_ranks() {
    let (mask, yes, no) = (flags([3], [true, false, true]), flags([], [true]), flags([], [false]));
    let (a, b, one) = (array([3], [1.0, 2.0, 3.0]), array([3], [-1.0, -2.0, -3.0]), array([], [9.0]));
    assert_eq!(op(Op::Select, &[mask.clone(), a.clone(), b.clone()]), "f64[3] 1.0 -2.0 3.0");
    assert_eq!(op(Op::Select, &[mask.clone(), one.clone(), b.clone()]), "f64[3] 9.0 -2.0 9.0");
    assert_eq!(op(Op::Select, &[mask.clone(), a.clone(), one.clone()]), "f64[3] 1.0 9.0 3.0");
    assert_eq!(op(Op::Select, &[mask, one.clone(), one.clone()]), "f64[3] 9.0 9.0 9.0");
    assert_eq!(op(Op::Select, &[no, a, b.clone()]), "f64[3] -1.0 -2.0 -3.0");
    assert_eq!(op(Op::Select, &[yes, one, b]), "f64[3] 9.0 9.0 9.0");
}
