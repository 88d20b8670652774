//! Every op on arrays without elements and, where it has a meaning, on arrays of rank 0.

use crate::common::*;
use ondine_ir::{
    Affine, Binary, DType, Fft, FftAxis, FftKind, Op, Pad, Reduce, ReduceKind, Scalar, Scan, Unary, View, Window,
};
use ondine_runtime::Buffer;

fn none(shape: &[usize]) -> Buffer {
    empty(DType::F64, shape)
}

#[test]
fn ops_on_no_elements_give_no_elements() {
    let (x, one) = (none(&[0, 3]), array([], [1.0]));
    let (mask, positions) = (empty(DType::Bool, [0, 3]), empty(DType::I64, [0]));
    let whole = |extent| Window::whole(extent);
    let pad = |shape: &[usize], windows: &[Window]| Op::Pad(Pad { shape: shape.into(), windows: windows.into() });
    let fft = |kind, axis, len| Op::Fft(Fft { kind, axes: vec![FftAxis::whole(kind, axis, len)] });
    let reduce = |kind, axis: usize| Op::Reduce(Reduce { kind, axes: [axis].into_iter().collect() });
    let cases: Vec<(Op, Vec<Buffer>, &str)> = vec![
        (Op::Iota(0), vec![], "i64[0]"),
        (Op::Cast(DType::U8), vec![x.clone()], "u8[0, 3]"),
        (Op::Unary(Unary::Exp), vec![x.clone()], "f64[0, 3]"),
        (Op::Binary(Binary::Add), vec![x.clone(), x.clone()], "f64[0, 3]"),
        (Op::Binary(Binary::Eq), vec![one.clone(), x.clone()], "bool[0, 3]"),
        (Op::Select, vec![mask, x.clone(), one.clone()], "f64[0, 3]"),
        (Op::View(View::Reshape([3, 0, 2].into())), vec![x.clone()], "f64[3, 0, 2]"),
        (Op::View(View::Roll([0, 2].into_iter().collect())), vec![x.clone()], "f64[0, 3]"),
        (Op::View(View::Affine(Affine::permute(&[0, 3].into(), &[1, 0]))), vec![x.clone()], "f64[3, 0]"),
        (Op::View(View::Affine(Affine::flip(&[0, 3].into(), &[0, 1]))), vec![x.clone()], "f64[0, 3]"),
        (Op::View(View::Affine(Affine::broadcast(&[1].into(), [0].into()))), vec![array([1], [1.0])], "f64[0]"),
        (Op::Concat { axis: 0 }, vec![x.clone(), x.clone()], "f64[0, 3]"),
        (Op::Concat { axis: 1 }, vec![x.clone(), x.clone()], "f64[0, 6]"),
        (pad(&[0, 3], &[whole(0), whole(3)]), vec![x.clone(), one.clone()], "f64[0, 3]"),
        (pad(&[2], &[whole(0)]), vec![none(&[0]), one.clone()], "f64[2] 1.0 1.0"),
        (Op::Update(vec![whole(0)]), vec![none(&[0]), one.clone()], "f64[0]"),
        (Op::Update(vec![whole(0)]), vec![array([2], [1.0, 2.0]), none(&[0])], "f64[2] 1.0 2.0"),
        (Op::Gather { axis: 1 }, vec![x.clone(), array([2], [0i64, -1])], "f64[0, 2]"),
        (Op::Gather { axis: 0 }, vec![x.clone(), positions.clone()], "f64[0, 3]"),
        (Op::Gather { axis: 0 }, vec![array([2], [1.0, 2.0]), positions.clone()], "f64[0]"),
        (Op::Scatter { axis: 0 }, vec![array([2], [1.0, 2.0]), positions, none(&[0])], "f64[2] 1.0 2.0"),
        (Op::Scatter { axis: 1 }, vec![x.clone(), array([1], [2i64]), none(&[0, 1])], "f64[0, 3]"),
        (Op::SearchSorted { right: true }, vec![none(&[0]), array([2], [1.0, 2.0])], "i64[2] 0 0"),
        (Op::SearchSorted { right: false }, vec![array([1], [1.0]), x.clone()], "i64[0, 3]"),
        (reduce(ReduceKind::Sum, 0), vec![x.clone()], "f64[3] 0.0 0.0 0.0"),
        (reduce(ReduceKind::Prod, 0), vec![x.clone()], "f64[3] 1.0 1.0 1.0"),
        (reduce(ReduceKind::Min, 0), vec![empty(DType::Bool, [0])], "bool[] true"),
        (reduce(ReduceKind::Max, 0), vec![empty(DType::Bool, [0])], "bool[] false"),
        (reduce(ReduceKind::Min, 1), vec![x.clone()], "f64[0]"),
        (reduce(ReduceKind::ArgMax, 1), vec![x.clone()], "i64[0]"),
        (reduce(ReduceKind::ArgMax, 0), vec![none(&[0, 0])], "i64[0]"),
        (Op::Scan(Scan { kind: ReduceKind::Sum, axis: 0 }), vec![x.clone()], "f64[0, 3]"),
        (fft(FftKind::Forward, 1, 3), vec![empty(DType::C64, [0, 3])], "c64[0, 3]"),
        (fft(FftKind::Inverse, 1, 3), vec![empty(DType::C64, [0, 3])], "c64[0, 3]"),
        (fft(FftKind::RealForward, 1, 3), vec![x], "c128[0, 2]"),
        (fft(FftKind::RealInverse, 1, 3), vec![empty(DType::C128, [0, 2])], "f64[0, 3]"),
    ];
    for (case, operands, expected) in cases {
        assert_eq!(op(case.clone(), &operands), expected, "{case:?}");
    }
}

#[test]
fn ops_on_rank_0_take_one_element() {
    let x = array([], [-2.5]);
    let reduce = |kind| Op::Reduce(Reduce { kind, axes: Default::default() });
    let fft = |kind| Op::Fft(Fft { kind, axes: vec![] });
    let pad = Op::Pad(Pad { shape: [].into(), windows: vec![] });
    let cases: Vec<(Op, Vec<Buffer>, &str)> = vec![
        (Op::Literal(Scalar::zero(DType::U16)), vec![], "u16[] 0"),
        (Op::Cast(DType::I8), vec![x.clone()], "i8[] -2"),
        (Op::Unary(Unary::Neg), vec![x.clone()], "f64[] 2.5"),
        (Op::Binary(Binary::Mul), vec![x.clone(), x.clone()], "f64[] 6.25"),
        (Op::Select, vec![flags([], [false]), x.clone(), array([], [1.0])], "f64[] 1.0"),
        (Op::View(View::Reshape([1, 1].into())), vec![x.clone()], "f64[1, 1] -2.5"),
        (Op::View(View::Affine(Affine::broadcast(&[].into(), [2].into()))), vec![x.clone()], "f64[2] -2.5 -2.5"),
        (Op::View(View::Roll(Default::default())), vec![x.clone()], "f64[] -2.5"),
        (pad, vec![x.clone(), array([], [1.0])], "f64[] -2.5"),
        (Op::Gather { axis: 0 }, vec![array([2], [7.0, 8.0]), array([], [-1i64])], "f64[] 8.0"),
        (Op::SearchSorted { right: false }, vec![array([2], [-3.0, 0.0]), x.clone()], "i64[] 1"),
        (reduce(ReduceKind::Sum), vec![x.clone()], "f64[] -2.5"),
        (reduce(ReduceKind::Max), vec![x.clone()], "f64[] -2.5"),
        (reduce(ReduceKind::ArgMin), vec![x.clone()], "i64[] 0"),
        (fft(FftKind::RealForward), vec![x], "c128[] -2.5+0.0j"),
    ];
    for (case, operands, expected) in cases {
        assert_eq!(op(case.clone(), &operands), expected, "{case:?}");
    }
}
