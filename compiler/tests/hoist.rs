//! Constants are computed once where that pays.

mod common;

use common::{Build, before_and_after};
use ondine_compiler::{Options, Program, Target, compile};
use ondine_ir::*;

/// `exp(-k^2)` over the last axis of a shape, with `k` an index.
fn gauss<const N: usize>(g: &mut Build, shape: [usize; N]) -> Value {
    let k = g.add(Op::Iota(shape[N - 1]), &[]);
    let k = g.cast(DType::F64, k);
    let square = g.binary(Binary::Mul, k, k);
    let minus = g.unary(Unary::Neg, square);
    let gauss = g.unary(Unary::Exp, minus);
    g.broadcast(gauss, shape)
}

fn program(graph: &Graph) -> Program {
    compile(graph, &Target::CPU, &Options::default(), &mut |_| {}).expect("it compiles")
}

#[test]
fn a_function_of_an_index_is_hoisted_and_its_broadcast_is_not() {
    let mut g = Build::new("filter");
    let x = g.input("x", DType::F64, [8, 4096]);
    let factor = gauss(&mut g, [8, 4096]);
    let y = g.binary(Binary::Mul, x, factor);
    let graph = g.finish(&[y]);
    let text = before_and_after("hoist", &graph);
    insta::assert_snapshot!(format!("{text}\n{}", program(&graph).main));
}

#[test]
fn a_transform_of_a_constant_is_hoisted() {
    let mut g = Build::new("response");
    let x = g.input("x", DType::C128, [4096]);
    let k = g.add(Op::Iota(4096), &[]);
    let k = g.cast(DType::C128, k);
    let spectrum = g.fft(FftKind::Forward, k, &[(0, 4096)]);
    let y = g.binary(Binary::Mul, x, spectrum);
    assert!(before_and_after("hoist", &g.finish(&[y])).contains("hoist: hoist_constant exact 1"));
}

#[test]
fn what_is_cheap_or_given_or_asked_for_stays() {
    let unchanged = |graph: Graph| {
        let text = before_and_after("hoist", &graph);
        assert!(text.contains("(unchanged)"), "{text}");
        assert!(program(&graph).main.setup.is_none());
    };
    // Arithmetic on an index.
    let mut g = Build::new("ramp");
    let x = g.input("x", DType::F64, [100_000]);
    let k = g.add(Op::Iota(100_000), &[]);
    let k = g.cast(DType::F64, k);
    let ramp = g.binary(Binary::Mul, k, k);
    let y = g.binary(Binary::Mul, x, ramp);
    unchanged(g.finish(&[y]));
    // A number given at run time.
    let mut g = Build::new("turn");
    let x = g.input("x", DType::F64, [100_000]);
    let k = g.add(Op::Iota(100_000), &[]);
    let k = g.cast(DType::F64, k);
    let number = g.0.param(DType::F64).into();
    let angle = g.binary(Binary::Mul, k, number);
    let turn = g.unary(Unary::Cos, angle);
    let y = g.binary(Binary::Mul, x, turn);
    unchanged(g.finish(&[y]));
    // A result that is a constant itself, and a few elements.
    let mut g = Build::new("table");
    let x = g.input("x", DType::F64, [100]);
    let table = gauss(&mut g, [100_000]);
    let few = gauss(&mut g, [100]);
    let y = g.binary(Binary::Mul, x, few);
    unchanged(g.finish(&[table, y]));
}

#[test]
fn constants_are_bounded_in_bytes() {
    let mut g = Build::new("large");
    let extent = (16 << 20) / 8 + 1;
    let x = g.input("x", DType::F64, [extent]);
    let factor = gauss(&mut g, [extent]);
    let y = g.binary(Binary::Mul, x, factor);
    assert!(before_and_after("hoist", &g.finish(&[y])).contains("(unchanged)"));
}
