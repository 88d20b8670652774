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

#[test]
fn a_view_reads_the_part_that_holds_what_it_picks() {
    let mut g = Build::new("parts");
    let x = g.input("x", DType::F64, [8]);
    let fill = g.literal(DType::F64, 7.0);
    // Even positions forwards, odd ones backwards, then taken apart again and joined: what went in.
    let (low, high) = (g.every(x, 0, 1, 4), g.every(x, 7, -1, 4));
    let pad = Pad { shape: [8].into(), windows: vec![Window { start: 0, step: 2, extent: 4 }] };
    let woven = g.add(Op::Pad(pad.clone()), &[low, fill]);
    let woven = g.add(Op::Update(vec![Window { start: 1, step: 2, extent: 4 }]), &[woven, high]);
    let (even, odd) = (g.every(woven, 0, 2, 4), g.every(woven, 7, -2, 4));
    let whole = g.add(Op::Concat { axis: 0 }, &[even, odd]);
    // Nothing of the operand: the fill.
    let padded = g.add(Op::Pad(pad), &[low, fill]);
    let outside = g.every(padded, 3, 4, 2);
    // Of one joined part, a scalar update, and, as near misses, two parts and a window that goes around.
    let two = g.add(Op::Concat { axis: 0 }, &[low, x]);
    let part = g.every(two, 10, -3, 3);
    let seven = g.add(Op::Update(vec![Window::run(2, 3)]), &[x, fill]);
    let sevens = g.every(seven, 3, 1, 2);
    let across = g.every(two, 3, 1, 2);
    let around = g.add(Op::Update(vec![Window::run(6, 4)]), &[x, low]);
    let around = g.every(around, 7, 1, 1);
    insta::assert_snapshot!(before_and_after("simplify", &g.finish(&[whole, outside, part, sevens, across, around])));
}

#[test]
fn neighbouring_slices_are_joined() {
    let mut g = Build::new("join");
    let x = g.input("x", DType::F64, [9]);
    let y = g.input("y", DType::F64, [9]);
    let slices =
        [(x, 6, 2), (x, 4, 1), (x, 2, 1), (y, 2, 1), (x, 0, 1)].map(|(x, start, extent)| g.every(x, start, -2, extent));
    let some = g.add(Op::Concat { axis: 0 }, &slices);
    let (one, next, far) = (g.every(x, 1, 1, 1), g.every(x, 4, 1, 1), g.every(x, 8, 1, 1));
    let three = g.add(Op::Concat { axis: 0 }, &[one, next, far]);
    insta::assert_snapshot!(before_and_after("simplify", &g.finish(&[some, three])));
}
