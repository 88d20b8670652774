//! Exact identities: what they do, and what they must not touch.

mod common;

use common::{Build, before_and_after};
use ondine_ir::*;

#[test]
fn identities_vanish() {
    let mut g = Build::new("identities");
    let x = g.input("x", DType::F64, [4]);
    let z = g.input("z", DType::C128, [4]);
    let one = g.literal(DType::F64, 1.0);
    let zero = g.literal(DType::F64, 0.0);
    let a = g.binary(Binary::Mul, one, x);
    let a = g.binary(Binary::Sub, a, zero);
    let a = g.binary(Binary::Div, a, one);
    let a = g.unary(Unary::Neg, a);
    let a = g.unary(Unary::Neg, a);
    let b = g.binary(Binary::Mul, z, one);
    let b = g.unary(Unary::Conj, b);
    let b = g.unary(Unary::Conj, b);
    let c = g.cast(DType::C128, x);
    let c = g.unary(Unary::Real, c);
    let d = g.binary(Binary::Complex, x, a);
    let d = g.unary(Unary::Imag, d);
    insta::assert_snapshot!(before_and_after("simplify", &g.finish(&[a, b, c, d])));
}

#[test]
fn what_signed_zeros_and_infinities_would_show_stays() {
    let mut g = Build::new("stays");
    let x = g.input("x", DType::F64, [4]);
    let z = g.input("z", DType::C128, [4]);
    let zero = g.literal(DType::F64, 0.0);
    let minus_zero = g.literal(DType::F64, -0.0);
    let complex_one = g.0.literal(Scalar::one(DType::C128)).into();
    let a = g.binary(Binary::Add, x, zero);
    let b = g.binary(Binary::Sub, x, minus_zero);
    let c = g.binary(Binary::Mul, z, complex_one);
    let d = g.binary(Binary::Mul, x, zero);
    let e = g.binary(Binary::Sub, x, x);
    let f = g.unary(Unary::Neg, x);
    let f = g.unary(Unary::Abs, f);
    insta::assert_snapshot!(before_and_after("simplify", &g.finish(&[a, b, c, d, e, f])));
}

#[test]
fn scalars_spread_by_themselves_and_stand_second() {
    let mut g = Build::new("spread");
    let x = g.input("x", DType::I32, [2, 3]);
    let two = g.literal(DType::I32, 2.0);
    let twos = g.broadcast(two, [2, 3]);
    let a = g.binary(Binary::Mul, twos, x);
    let b = g.add(Op::Update(vec![Window::run(0, 2), Window::run(1, 2)]), &[a, two]);
    let all = g.add(Op::Update(vec![Window::whole(2), Window::whole(3)]), &[b, two]);
    let nothing = g.add(Op::Update(vec![Window::run(1, 0), Window::whole(3)]), &[b, two]);
    insta::assert_snapshot!(before_and_after("simplify", &g.finish(&[nothing, all])));
}

#[test]
fn a_real_scale_moves_behind_the_real_part() {
    let mut g = Build::new("scaled");
    let z = g.input("z", DType::C64, [8]);
    let scale = g.literal(DType::F32, 0.125);
    let a = g.binary(Binary::Mul, z, scale);
    let a = g.unary(Unary::Real, a);
    insta::assert_snapshot!(before_and_after("simplify", &g.finish(&[a])));
}
