//! Squares of magnitudes behind transforms.

mod common;

use common::{Build, before_and_after, run};
use ondine_ir::*;

/// `abs(fft(x))^2` with another reader of the magnitude where asked, of a real number where asked.
fn power(is_read: bool, is_real: bool) -> Graph {
    let mut g = Build::new("power");
    let x = g.input("x", DType::C64, [80]);
    let bins = g.fft(FftKind::Forward, x, &[(0, 80)]);
    let bins = if is_real { g.unary(Unary::Real, bins) } else { bins };
    let magnitude = g.unary(Unary::Abs, bins);
    let power = g.binary(Binary::Mul, magnitude, magnitude);
    let results = [power, magnitude];
    g.finish(&results[..if is_read { 2 } else { 1 }])
}

#[test]
fn a_power_spectrum_needs_no_square_root() {
    insta::assert_snapshot!(before_and_after("square_magnitudes", &power(false, false)));
}

#[test]
fn magnitudes_that_are_read_and_those_of_real_numbers_stay() {
    for graph in [power(true, false), power(false, true)] {
        assert!(run("square_magnitudes", &graph).0.is_same(&graph));
    }
    let mut g = Build::new("plain");
    let x = g.input("x", DType::C64, [80]);
    let magnitude = g.unary(Unary::Abs, x);
    let square = g.binary(Binary::Mul, magnitude, magnitude);
    let graph = g.finish(&[square]);
    assert!(run("square_magnitudes", &graph).0.is_same(&graph));
}
