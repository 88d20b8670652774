//! Convolutions by transforms of another length.

mod common;

use common::{Build, before_and_after, run, run_under};
use ondine_compiler::Licences;
use ondine_ir::*;

/// Forward transforms of lines of `extents[0]` and `extents[1]` numbers, their product, and a part of the inverse.
fn convolution(extents: [usize; 2], len: usize, wanted: Window, kind: FftKind) -> Graph {
    let mut g = Build::new("convolution");
    let is_real = kind == FftKind::RealForward;
    let dtype = if is_real { DType::F64 } else { DType::C128 };
    let inverse = if is_real { FftKind::RealInverse } else { FftKind::Inverse };
    let spectra = [0, 1].map(|at| {
        let x = g.input(["x", "w"][at], dtype, [3, extents[at]]);
        let along = FftAxis { input: Window::run(0, extents[at]), ..FftAxis::whole(kind, 1, len) };
        g.add(Op::Fft(Fft { kind, axes: vec![along] }), &[x])
    });
    let product = g.binary(Binary::Mul, spectra[0], spectra[1]);
    let along = FftAxis { output: wanted, ..FftAxis::whole(inverse, 1, len) };
    let y = g.add(Op::Fft(Fft { kind: inverse, axes: vec![along] }), &[product]);
    let scale = g.literal(DType::F64, 1.0 / len as f64);
    let y = g.binary(Binary::Mul, y, scale);
    g.finish(&[y])
}

#[test]
fn what_is_read_of_a_convolution_fits_a_shorter_one() {
    let same = convolution([2048, 129], 4096, Window::run(64, 2048), FftKind::RealForward);
    insta::assert_snapshot!(before_and_after("shorten_convolutions", &same));
}

#[test]
fn lengths_follow_from_what_is_read() {
    let length = |extents, len, wanted| {
        let (after, ..) = run("shorten_convolutions", &convolution(extents, len, wanted, FftKind::Forward));
        let lens = after.ids().filter_map(|id| match &after.node(id).op {
            Op::Fft(fft) => Some(fft.axes[0].len),
            _ => None,
        });
        let lens: Vec<usize> = lens.collect();
        assert!(lens.iter().all(|len| *len == lens[0]), "{after}");
        lens[0]
    };
    // All of it, the part where lines meet whole, and the first positions.
    assert_eq!(length([100, 29], 256, Window::run(0, 128)), 128);
    assert_eq!(length([100, 29], 256, Window::run(28, 72)), 100);
    assert_eq!(length([100, 29], 256, Window::run(0, 100)), 128);
    assert_eq!(length([100, 29], 128, Window::run(14, 100)), 120);
    // It is as short as it can be, or was cyclic, or all is wanted, or the other length is no faster.
    assert_eq!(length([100, 29], 128, Window::run(0, 128)), 128);
    assert_eq!(length([100, 100], 128, Window::run(0, 64)), 128);
    assert_eq!(length([100, 29], 256, Window::run(0, 256)), 256);
    assert_eq!(length([250, 5], 256, Window::run(0, 254)), 256);
}

#[test]
fn other_graphs_stay() {
    let graph = convolution([100, 29], 256, Window::run(0, 128), FftKind::RealForward);
    assert_eq!(run_under(Licences::EXACT, "shorten_convolutions", &graph).1, "no rule");
    // A spectrum that is read by itself, and a sum of spectra.
    let mut g = Build::new("others");
    let x = g.input("x", DType::C128, [100]);
    let along = FftAxis { input: Window::run(0, 100), ..FftAxis::whole(FftKind::Forward, 0, 256) };
    let f = g.add(Op::Fft(Fft { kind: FftKind::Forward, axes: vec![along] }), &[x]);
    let square = g.binary(Binary::Mul, f, f);
    let sum = g.binary(Binary::Add, f, f);
    let along = FftAxis { output: Window::run(0, 100), ..FftAxis::whole(FftKind::Inverse, 0, 256) };
    let inverse = Op::Fft(Fft { kind: FftKind::Inverse, axes: vec![along] });
    let (y, z) = (g.add(inverse.clone(), &[square]), g.add(inverse, &[sum]));
    assert_eq!(run("shorten_convolutions", &g.finish(&[y, z, f])).1, "no rule");
}
