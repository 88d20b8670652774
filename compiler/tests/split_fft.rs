//! Transforms over several axes are split so that neighbours share an axis.

mod common;

use common::{Build, before_and_after};
use ondine_ir::*;

#[test]
fn an_inverse_starts_where_the_forward_transform_ended() {
    let mut g = Build::new("filter");
    let x = g.input("x", DType::C128, [8, 12, 20]);
    let h = g.input("h", DType::F64, [8, 12, 20]);
    let axes = [(0, 8), (1, 12), (2, 20)];
    let f = g.fft(FftKind::Forward, x, &axes);
    let f = g.binary(Binary::Mul, f, h);
    let y = g.fft(FftKind::Inverse, f, &axes);
    insta::assert_snapshot!(before_and_after("split_fft", &g.finish(&[y])));
}

#[test]
fn the_halved_axis_is_first_forward_and_last_backward() {
    let mut g = Build::new("real");
    let x = g.input("x", DType::F32, [8, 9, 10]);
    let axes = [(2, 10), (0, 8), (1, 9)];
    let f = g.fft(FftKind::RealForward, x, &axes);
    let y = g.fft(FftKind::RealInverse, f, &axes);
    insta::assert_snapshot!(before_and_after("split_fft", &g.finish(&[y])));
}
