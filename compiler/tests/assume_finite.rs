//! What is right for finite values only: proved from dtypes, or guarded.

mod common;

use common::{Build, before_and_after, run};
use ondine_compiler::{Licences, Options, Target, compile};
use ondine_ir::*;

/// `x - (x with a window set to `value`)` of a spectrum of `dtype`, and its inverse.
fn windowed(dtype: DType, value: f64) -> Graph {
    let mut g = Build::new("window");
    let x = g.input("x", dtype, [12]);
    let x = g.cast(DType::C128, x);
    let f = g.fft(FftKind::Forward, x, &[(0, 12)]);
    let value = g.0.literal(Scalar::from_f64(DType::C128, value)).into();
    let cut = g.add(Op::Update(vec![Window::run(10, 5)]), &[f, value]);
    let kept = g.binary(Binary::Sub, f, cut);
    let y = g.fft(FftKind::Inverse, kept, &[(0, 12)]);
    g.finish(&[y])
}

#[test]
fn a_difference_from_a_cut_is_a_window() {
    insta::assert_snapshot!("proved", before_and_after("assume_finite", &windowed(DType::U8, 0.0)));
}

#[test]
fn floats_are_guarded() {
    let graph = windowed(DType::F64, 0.0);
    let program = compile(&graph, &Target::CPU, &Options::default(), &mut |_| {}).expect("it compiles");
    let guard = program.guard.expect("floats may be anything");
    assert_eq!((guard.flag, program.main.graph.results().len()), (1, 2));
    assert_eq!(program.main.graph.ty(program.main.graph.results()[1]).to_string(), "bool[]");
    assert!(guard.fallback.is_same(&graph));
    let general = compile(&guard.fallback, &Target::CPU, &guard.options, &mut |_| {}).expect("it compiles");
    assert!(general.guard.is_none());
    let exact = Options { licences: Licences::EXACT, ..Options::default() };
    assert!(compile(&graph, &Target::CPU, &exact, &mut |_| {}).expect("it compiles").guard.is_none());
}

#[test]
fn another_value_than_zero_is_not_a_window() {
    let graph = windowed(DType::U8, 1.0);
    assert!(run("assume_finite", &graph).0.is_same(&graph));
}

#[test]
fn plain_arithmetic_keeps_its_infinities() {
    let mut g = Build::new("plain");
    let x = g.input("x", DType::U8, [12]);
    let x = g.cast(DType::F64, x);
    let zero = g.literal(DType::F64, 0.0);
    let cut = g.add(Op::Update(vec![Window::run(2, 5)]), &[x, zero]);
    let kept = g.binary(Binary::Sub, x, cut);
    let graph = g.finish(&[kept]);
    assert!(run("assume_finite", &graph).0.is_same(&graph));
}

#[test]
fn a_mask_of_zeros_and_ones_is_a_window() {
    let mut g = Build::new("mask");
    let x = g.input("x", DType::I16, [8, 10]);
    let x = g.cast(DType::C128, x);
    let f = g.fft(FftKind::Forward, x, &[(0, 8), (1, 10)]);
    let zero = g.literal(DType::F64, 0.0);
    let one = g.literal(DType::F64, 1.0);
    let zeros = g.broadcast(zero, [2, 3]);
    let ones = g.binary(Binary::Add, zeros, one);
    let mask = g.add(
        Op::Pad(Pad { shape: [8, 10].into(), windows: vec![Window::run(7, 2), Window::run(0, 3)] }),
        &[ones, zero],
    );
    let kept = g.binary(Binary::Mul, f, mask);
    let y = g.fft(FftKind::Inverse, kept, &[(0, 8), (1, 10)]);
    insta::assert_snapshot!(before_and_after("assume_finite", &g.finish(&[y])));
}

#[test]
fn an_inverse_of_a_transform_is_what_went_in() {
    let mut g = Build::new("undo");
    let x = g.input("x", DType::C64, [8, 10]);
    let f = g.fft(FftKind::Forward, x, &[(0, 8), (1, 10)]);
    let y = g.fft(FftKind::Inverse, f, &[(1, 10), (0, 8)]);
    // Near miss: another axis.
    let f = g.fft(FftKind::Forward, x, &[(0, 8)]);
    let z = g.fft(FftKind::Inverse, f, &[(1, 10)]);
    insta::assert_snapshot!(before_and_after("assume_finite", &g.finish(&[y, z])));
}

/// `irfft(w * rfft(x))` again and again, with what `between` makes of every line.
fn steps(count: usize, len: usize, between: impl Fn(&mut Build, Value) -> Value) -> Graph {
    let mut g = Build::new("steps");
    let x = g.input("x", DType::F64, [3, len]);
    let w = g.input("w", DType::C128, [3, len / 2 + 1]);
    let mut lines = x;
    for _ in 0..count {
        let f = g.fft(FftKind::RealForward, lines, &[(1, len)]);
        let kept = g.binary(Binary::Mul, f, w);
        let y = g.fft(FftKind::RealInverse, kept, &[(1, len)]);
        lines = between(&mut g, y);
    }
    g.finish(&[lines])
}

#[test]
fn a_real_transform_of_its_inverse_is_what_went_in() {
    insta::assert_snapshot!("real_even", before_and_after("assume_finite", &steps(2, 8, |_, y| y)));
    insta::assert_snapshot!("real_odd", before_and_after("assume_finite", &steps(2, 5, |_, y| y)));
}

#[test]
fn behind_many_steps_the_results_are_looked_at() {
    let scaled = |g: &mut Build, y: Value| {
        let scale = g.literal(DType::F64, 0.125);
        g.binary(Binary::Mul, y, scale)
    };
    let (after, _, _) = run("assume_finite", &steps(60, 8, |_, y| y));
    let count = |graph: &Graph| graph.ids().filter(|&id| matches!(graph.node(id).op, Op::Fft(_))).count();
    assert_eq!((count(&after), after.results().len()), (2, 2));
    let flags = after.to_string();
    assert_eq!(flags.matches("= min(").count(), 3, "two inputs and the result are looked at:\n{flags}");
    // Near misses: a step between, a result that hides what is not finite, and lines that nobody reads whole.
    assert_eq!(count(&run("assume_finite", &steps(60, 8, scaled)).0), 120);
    let hidden = |g: &mut Build, y: Value| g.binary(Binary::Max, y, y);
    assert_eq!(count(&run("assume_finite", &steps(60, 8, hidden)).0), 120);
    let graph = |read: usize| {
        let mut g = Build(steps(60, 8, |_, y| y));
        let (lines, w) = (g.0.results()[0], g.0.ids().nth(1).expect("it is the second input").into());
        let f = g.fft(FftKind::RealForward, lines, &[(1, 8)]);
        let kept = g.binary(Binary::Mul, f, w);
        let index = [Index::axis(0), Index::axis(1)];
        let part = g.0.view(View::Affine(Affine::new([3, read].into(), index)), kept).expect("a view");
        g.finish(&[part])
    };
    // Of 121 the first two pairs are undone, which the bound on the inputs covers.
    assert_eq!([5, 2].map(|read| count(&run("assume_finite", &graph(read)).0)), [1, 117]);
}
