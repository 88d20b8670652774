//! Transforms compute what is read from what is not zero.

mod common;

use common::{Build, before_and_after, run_under};
use ondine_compiler::Licences;
use ondine_ir::*;

fn slice<const N: usize>(g: &mut Build, x: Value, starts: [i64; N], extents: [usize; N]) -> Value {
    let index = (0..N).map(|axis| Index::axis(axis).plus(starts[axis]));
    g.add(Op::View(View::Affine(Affine::new(extents.into(), index))), &[x])
}

#[test]
fn a_convolution_reads_and_writes_windows() {
    let mut g = Build::new("convolve");
    let zero = g.literal(DType::F64, 0.0);
    let x = g.input("x", DType::F64, [10, 12]);
    let h = g.input("h", DType::F64, [3, 3]);
    let axes = [(0, 12), (1, 15)];
    let padded = |g: &mut Build, x: Value, extents: [usize; 2]| {
        let windows = extents.map(|extent| Window::run(0, extent)).to_vec();
        let x = g.add(Op::Pad(Pad { shape: [12, 15].into(), windows }), &[x, zero]);
        g.fft(FftKind::RealForward, x, &axes)
    };
    let (x, h) = (padded(&mut g, x, [10, 12]), padded(&mut g, h, [3, 3]));
    let product = g.binary(Binary::Mul, x, h);
    let y = g.fft(FftKind::RealInverse, product, &axes);
    let same = slice(&mut g, y, [1, 1], [10, 12]);
    insta::assert_snapshot!(before_and_after("narrow_transforms", &g.finish(&[same])));
}

/// Windows that wrap, through a roll, a flip and a permutation.
fn wrapped() -> Graph {
    let mut g = Build::new("wrapped");
    let x = g.input("x", DType::C128, [8, 10, 3]);
    let f = g.fft(FftKind::Forward, x, &[(0, 8), (1, 10)]);
    let f = g.roll(f, &[3, -2, 1]);
    let f = g.permute(f, &[1, 0, 2]);
    let flip = Affine::flip(&[10, 8, 3].into(), &[0]);
    let f = g.add(Op::View(View::Affine(flip)), &[f]);
    let y = slice(&mut g, f, [0, 1, 0], [4, 5, 2]);
    g.finish(&[y])
}

#[test]
fn views_carry_windows_to_the_transform() {
    insta::assert_snapshot!(before_and_after("narrow_transforms", &wrapped()));
}

#[test]
fn exact_licences_leave_out_lines_and_nothing_inside_them() {
    let (after, applied, _) = run_under(Licences::EXACT, "narrow_transforms", &wrapped());
    assert_eq!(applied, "skip_unread_lines exact 1");
    assert!(!after.to_string().contains(" out "), "{after}");
}

#[test]
fn a_sum_reads_both_and_joined_parts_are_cut() {
    let mut g = Build::new("joined");
    let x = g.input("x", DType::C128, [4, 16]);
    let f = g.fft(FftKind::Forward, x, &[(1, 16)]);
    let a = slice(&mut g, f, [0, 1], [4, 3]);
    let all = g.add(Op::Concat { axis: 1 }, &[a, f, a]);
    let y = slice(&mut g, all, [1, 2], [2, 7]);
    insta::assert_snapshot!(before_and_after("narrow_transforms", &g.finish(&[y])));
}

#[test]
fn whole_transforms_stay_as_they_are() {
    let mut g = Build::new("whole");
    let x = g.input("x", DType::C128, [4, 16]);
    let f = g.fft(FftKind::Forward, x, &[(1, 16)]);
    let sum = g.reduce(ReduceKind::Sum, f, &[0]);
    let graph = g.finish(&[sum]);
    assert!(run_under(Licences::default(), "narrow_transforms", &graph).0.is_same(&graph));
}
