//! Real data take half a spectrum there and back; what is not symmetric is mirrored or stays whole.

mod common;

use common::{Build, before_and_after, run};
use ondine_ir::*;

const AXES: [(usize, usize); 2] = [(0, 8), (1, 9)];

/// The spectrum of a real picture.
fn spectrum(g: &mut Build) -> Value {
    let x = g.input("x", DType::F32, [8, 9]);
    let x = g.cast(DType::C64, x);
    g.fft(FftKind::Forward, x, &AXES)
}

#[test]
fn a_real_even_filter_keeps_data_real() {
    let mut g = Build::new("filter");
    let f = spectrum(&mut g);
    let scale = g.0.param(DType::F32).into();
    let f = g.binary(Binary::Mul, f, scale);
    let zero = g.0.literal(Scalar::zero(DType::C64)).into();
    let f = g.add(Op::Update(vec![Window::run(6, 5), Window::run(4, 2)]), &[f, zero]);
    let y = g.fft(FftKind::Inverse, f, &AXES);
    let half = g.literal(DType::F32, 0.5);
    let y = g.binary(Binary::Mul, y, half);
    let real = g.unary(Unary::Real, y);
    insta::assert_snapshot!(before_and_after("halve_spectra", &g.finish(&[real, y])));
}

#[test]
fn a_window_off_the_middle_is_mirrored() {
    let mut g = Build::new("mirror");
    let f = spectrum(&mut g);
    let zero = g.0.literal(Scalar::zero(DType::C64)).into();
    let f = g.add(Op::Update(vec![Window::run(6, 4), Window::run(4, 2)]), &[f, zero]);
    let y = g.fft(FftKind::Inverse, f, &AXES);
    insta::assert_snapshot!(before_and_after("halve_spectra", &g.finish(&[y])));
}

#[test]
fn an_inverse_along_another_axis_keeps_the_half() {
    let mut g = Build::new("axis");
    let f = spectrum(&mut g);
    let y = g.fft(FftKind::Inverse, f, &[(0, 8)]);
    let y = g.unary(Unary::Abs, y);
    let z = g.fft(FftKind::Inverse, f, &[(1, 9)]);
    insta::assert_snapshot!(before_and_after("halve_spectra", &g.finish(&[y, z])));
}

#[test]
fn a_spectrum_that_is_read_whole_is_computed_whole() {
    let mut g = Build::new("whole");
    let x = g.input("x", DType::F32, [8, 9]);
    let x = g.cast(DType::C64, x);
    let f = g.fft(FftKind::Forward, x, &[(1, 9)]);
    let graph = g.finish(&[f]);
    assert!(run("halve_spectra", &graph).0.is_same(&graph));
}

#[test]
fn complex_data_and_complex_filters_stay_whole() {
    let mut g = Build::new("complex");
    let x = g.input("x", DType::C64, [8, 9]);
    let f = g.fft(FftKind::Forward, x, &AXES);
    let y = g.fft(FftKind::Inverse, f, &AXES);
    let graph = g.finish(&[y]);
    assert!(run("halve_spectra", &graph).0.is_same(&graph));

    let mut g = Build::new("filter");
    let f = spectrum(&mut g);
    let h = g.input("h", DType::F32, [8, 9]);
    let f = g.binary(Binary::Mul, f, h);
    let y = g.fft(FftKind::Inverse, f, &AXES);
    let (after, ..) = run("halve_spectra", &g.finish(&[y]));
    assert!(after.to_string().contains(" = ifft(") && !after.to_string().contains("irfft"), "{after}");
}

#[test]
fn the_real_part_of_any_filter_needs_half() {
    let mut g = Build::new("filter");
    let f = spectrum(&mut g);
    let h = g.input("h", DType::F32, [8, 9]);
    let f = g.binary(Binary::Mul, f, h);
    let zero = g.0.literal(Scalar::zero(DType::C64)).into();
    let f = g.add(Op::Update(vec![Window::run(1, 3), Window::run(7, 4)]), &[f, zero]);
    let y = g.fft(FftKind::Inverse, f, &AXES);
    let y = g.unary(Unary::Real, y);
    insta::assert_snapshot!(before_and_after("halve_spectra", &g.finish(&[y])));
}
