//! Large variances are cut into blocks, each of which is read once.

mod common;

use common::{Build, before_and_after, run, run_for, run_under};
use ondine_compiler::{Licences, Options, Target, compile};
use ondine_ir::*;

/// The sum of the squared distances of `x` from a centre that `mean` makes of the sum of `x` along some axes.
fn distances(g: &mut Build, x: Value, axes: &[usize], mean: impl Fn(&mut Build, Value) -> Value) -> Value {
    let total = g.reduce(ReduceKind::Sum, x, axes);
    let centre = mean(g, total);
    let apart = g.binary(Binary::Sub, x, centre);
    let squares = match g.0.ty(apart).dtype.is_complex() {
        false => g.binary(Binary::Mul, apart, apart),
        true => {
            let [re, im] = [Unary::Real, Unary::Imag].map(|part| g.unary(part, apart));
            let [re, im] = [re, im].map(|part| g.binary(Binary::Mul, part, part));
            g.binary(Binary::Add, re, im)
        }
    };
    g.reduce(ReduceKind::Sum, squares, axes)
}

/// The mean of columns, with the axes that `shape` has in front of them.
fn of_columns<const N: usize>(count: f64, shape: [usize; N]) -> impl Fn(&mut Build, Value) -> Value {
    move |g, total| {
        let count = g.literal(DType::F64, count);
        let mean = g.binary(Binary::Div, total, count);
        g.broadcast(mean, shape)
    }
}

fn columns() -> Graph {
    let mut g = Build::new("columns");
    let x = g.input("x", DType::F64, [1000, 600]);
    let squares = distances(&mut g, x, &[0], of_columns(1000.0, [1000, 600]));
    let freedom = g.literal(DType::F64, 999.0);
    let variance = g.binary(Binary::Div, squares, freedom);
    g.finish(&[variance])
}

#[test]
fn columns_are_cut_into_blocks() {
    insta::assert_snapshot!(before_and_after("split_variance", &columns()));
}

#[test]
fn a_rest_is_a_block_of_its_own() {
    let mut g = Build::new("whole");
    let x = g.input("x", DType::C64, [200_003]);
    let squares = distances(&mut g, x, &[0], |g, total| {
        let count = g.literal(DType::F32, 200_003.0);
        g.binary(Binary::Div, total, count)
    });
    insta::assert_snapshot!(before_and_after("split_variance", &g.finish(&[squares])));
}

#[test]
fn blocks_are_one_kernel_and_what_they_leave_another() {
    let program = compile(&columns(), &Target::CPU, &Options::default(), &mut |_| {}).expect("it compiles");
    insta::assert_snapshot!(program.main.graph);
}

#[test]
fn other_distances_stay() {
    let shape = [1000, 1000];
    let unlike = |mean: &dyn Fn(&mut Build, Value) -> Value, axes: &[usize]| {
        let mut g = Build::new("unlike");
        let x = g.input("x", DType::F64, shape);
        let squares = distances(&mut g, x, axes, mean);
        g.finish(&[squares])
    };
    let rules = |graph: &Graph| run("split_variance", graph).1;
    let is_left = |graph: &Graph| assert_eq!(rules(graph), "no rule", "{graph}");
    let mean = of_columns(1000.0, shape);
    assert_eq!(rules(&unlike(&mean, &[0])), "split_variance sum 1");
    // Rows fit the cache.
    let of_rows = |g: &mut Build, total: Value| {
        let total = g.reshape(total, [1000, 1]);
        g.broadcast(total, [1000, 1000])
    };
    is_left(&unlike(&of_rows, &[1]));
    // The centres of other columns, though their number is the same.
    is_left(&unlike(&of_rows, &[0]));
    // No mean of the same values.
    let other = |g: &mut Build, _: Value| {
        let y = g.input("y", DType::F64, [1000]);
        g.broadcast(y, [1000, 1000])
    };
    is_left(&unlike(&other, &[0]));
    let root = |g: &mut Build, total: Value| {
        let total = g.unary(Unary::Sqrt, total);
        g.broadcast(total, [1000, 1000])
    };
    is_left(&unlike(&root, &[0]));
    // Nothing is allowed to round otherwise, or the device reads it twice.
    let graph = unlike(&mean, &[0]);
    assert_eq!(run_under(Licences::EXACT, "split_variance", &graph).1, "no rule");
    assert_eq!(run_for(&Target::CUDA, "split_variance", &graph).1, "no rule");
}

#[test]
fn what_the_cache_holds_stays() {
    let mut g = Build::new("small");
    let x = g.input("x", DType::F64, [400, 300]);
    let squares = distances(&mut g, x, &[0], of_columns(400.0, [400, 300]));
    let graph = g.finish(&[squares]);
    assert_eq!(run("split_variance", &graph).1, "no rule");
}
