//! Tables that follow each other behind transforms are one table.

mod common;

use common::{Build, before_and_after, run, run_under};
use ondine_compiler::Licences;
use ondine_ir::*;

/// `table[k]` of `len` numbers on the last axis of `rows` rows: `cos(0.5 k) + i sin(0.25 k)`, or its real part.
fn table(g: &mut Build, rows: usize, len: usize, is_complex: bool) -> Value {
    let k = g.add(Op::Iota(len), &[]);
    let k = g.cast(DType::F64, k);
    let (half, quarter) = (g.literal(DType::F64, 0.5), g.literal(DType::F64, 0.25));
    let angles = [half, quarter].map(|scale| g.binary(Binary::Mul, k, scale));
    let (re, im) = (g.unary(Unary::Cos, angles[0]), g.unary(Unary::Sin, angles[1]));
    let all = if is_complex { g.binary(Binary::Complex, re, im) } else { re };
    g.0.broadcast(all, &[rows, len].into()).expect("it broadcasts")
}

/// The forward transform of rows, and what `behind` makes of it.
fn behind(behind: impl Fn(&mut Build, Value) -> Value) -> Graph {
    let mut g = Build::new("factors");
    let x = g.input("x", DType::C128, [3, 8]);
    let f = g.fft(FftKind::Forward, x, &[(1, 8)]);
    let y = behind(&mut g, f);
    g.finish(&[y])
}

#[test]
fn tables_and_scales_are_one_table() {
    let graph = behind(|g, f| {
        let (a, b) = (table(g, 3, 8, true), table(g, 3, 8, false));
        let scale = g.literal(DType::F64, 0.125);
        let y = g.binary(Binary::Mul, a, f);
        let y = g.binary(Binary::Mul, y, scale);
        g.binary(Binary::Mul, y, b)
    });
    insta::assert_snapshot!(before_and_after("gather_factors", &graph));
}

#[test]
fn what_ignores_imaginary_parts_is_two_real_tables() {
    let graph = behind(|g, f| {
        let (a, b) = (table(g, 3, 8, true), table(g, 3, 8, true));
        let y = g.binary(Binary::Mul, f, a);
        let (re, im) = (g.unary(Unary::Real, y), g.unary(Unary::Imag, y));
        let (one, zero) = (g.literal(DType::F64, 1.0), g.literal(DType::F64, 0.0));
        let ones = g.broadcast(one, [8]);
        let kept = g.add(Op::Update(vec![Window::run(0, 1)]), &[ones, zero]);
        let kept = g.0.broadcast(kept, &[3, 8].into()).expect("it broadcasts");
        let im = g.binary(Binary::Mul, im, kept);
        let y = g.binary(Binary::Complex, re, im);
        let y = g.binary(Binary::Mul, y, b);
        g.unary(Unary::Real, y)
    });
    insta::assert_snapshot!(before_and_after("gather_factors", &graph));
}

#[test]
fn other_products_stay() {
    let stays = |graph: Graph| assert_eq!(run("gather_factors", &graph).1, "no rule", "{graph}");
    let two = |g: &mut Build, f: Value, a: Value, b: Value| {
        let y = g.binary(Binary::Mul, f, a);
        g.binary(Binary::Mul, y, b)
    };
    // A factor that is given, one along another axis, and one that is read by itself.
    stays(behind(|g, f| {
        let (a, b) = (table(g, 3, 8, true), g.input("b", DType::F64, [3, 8]));
        two(g, f, a, b)
    }));
    stays(behind(|g, f| {
        let (a, b) = (table(g, 3, 8, true), table(g, 8, 3, true));
        let b = g.permute(b, &[1, 0]);
        two(g, f, a, b)
    }));
    stays(behind(|g, f| {
        let a = table(g, 3, 8, true);
        let y = g.binary(Binary::Mul, f, a);
        let z = g.binary(Binary::Mul, y, a);
        g.binary(Binary::Add, y, z)
    }));
    // Scales that together leave the range.
    stays(behind(|g, f| {
        let a = table(g, 3, 8, true);
        let (large, small) = (g.literal(DType::F64, 1e200), g.literal(DType::F64, 1e-200));
        let a = g.binary(Binary::Mul, a, large);
        two(g, f, a, small)
    }));
    // Plain arithmetic, and without the licence.
    let mut g = Build::new("plain");
    let x = g.input("x", DType::C128, [3, 8]);
    let f = g.fft(FftKind::Forward, x, &[(1, 8)]);
    let a = table(&mut g, 3, 8, true);
    let y = two(&mut g, x, a, a);
    stays(g.finish(&[f, y]));
    let graph = behind(|g, f| {
        let a = table(g, 3, 8, true);
        two(g, f, a, a)
    });
    assert_eq!(run("gather_factors", &graph).1, "gather_factors fft 1");
    assert_eq!(run_under(Licences::EXACT, "gather_factors", &graph).1, "no rule");
}
