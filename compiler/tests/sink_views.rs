//! Views move to the leaves, meet and cancel; broadcasts and shared work stay.

mod common;

use common::{Build, before_and_after, run};
use ondine_ir::*;

#[test]
fn shifts_cancel_across_an_update() {
    let mut g = Build::new("cancel");
    let x = g.input("x", DType::F64, [10]);
    let x = g.unary(Unary::Exp, x);
    let s = g.roll(x, &[5]);
    let zero = g.literal(DType::F64, 0.0);
    let cut = g.add(Op::Update(vec![Window::run(3, 4)]), &[s, zero]);
    let kept = g.binary(Binary::Sub, s, cut);
    let back = g.roll(kept, &[-5]);
    insta::assert_snapshot!(before_and_after("sink_views", &g.finish(&[back])));
}

#[test]
fn slices_and_permutations_reach_the_inputs() {
    let mut g = Build::new("sink");
    let x = g.input("x", DType::F64, [4, 6]);
    let y = g.input("y", DType::F64, [6]);
    let y = g.broadcast(y, [4, 6]);
    let sum = g.binary(Binary::Add, x, y);
    let root = g.unary(Unary::Sqrt, sum);
    let turned = g.permute(root, &[1, 0]);
    let row = Affine::new([4].into(), [Index::constant(2), Index::axis(0)]);
    let row = g.add(Op::View(View::Affine(row)), &[turned]);
    insta::assert_snapshot!(before_and_after("sink_views", &g.finish(&[row])));
}

#[test]
fn broadcast_is_not_sunk() {
    let mut g = Build::new("broadcast");
    let x = g.input("x", DType::F64, [6]);
    let e = g.unary(Unary::Exp, x);
    let wide = g.broadcast(e, [100, 6]);
    insta::assert_snapshot!(before_and_after("sink_views", &g.finish(&[wide])));
}

#[test]
fn work_that_others_read_in_place_is_not_repeated() {
    let mut g = Build::new("shared");
    let x = g.input("x", DType::F64, [6]);
    let e = g.unary(Unary::Exp, x);
    let turned = g.roll(e, &[1]);
    let sum = g.binary(Binary::Add, e, turned);
    insta::assert_snapshot!(before_and_after("sink_views", &g.finish(&[sum])));
}

#[test]
fn a_long_chain_of_rolls_costs_its_length() {
    let mut g = Build::new("chain");
    let one = g.literal(DType::F64, 1.0);
    let mut x = g.input("x", DType::F64, [64]);
    let mut sum = x;
    for _ in 0..20_000 {
        x = g.binary(Binary::Add, x, one);
        x = g.roll(x, &[1]);
        sum = g.binary(Binary::Add, sum, x);
    }
    let start = std::time::Instant::now();
    run("sink_views", &g.finish(&[sum, x]));
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}
