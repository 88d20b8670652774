//! Kernels: what joins, what is copied, what is written to memory, and why.

mod common;

use common::{Build, before_and_after, run, run_for};
use ondine_compiler::{Licences, Options, Target, compile};
use ondine_ir::*;

#[test]
fn elementwise_work_is_one_map() {
    let mut g = Build::new("chain");
    let a = g.input("a", DType::F64, [1000]);
    let b = g.input("b", DType::F64, [1000]);
    let two: Value = g.0.param(DType::F64).into();
    let one = g.literal(DType::F64, 1.0);
    let ab = g.binary(Binary::Mul, a, b);
    let scaled = g.binary(Binary::Mul, a, two);
    let below = g.binary(Binary::Add, b, one);
    let right = g.binary(Binary::Div, scaled, below);
    let y = g.binary(Binary::Sub, ab, right);
    insta::assert_snapshot!(before_and_after("fuse", &g.finish(&[y])));
}

#[test]
fn a_reduction_takes_what_is_before_and_behind_it() {
    let mut g = Build::new("norm");
    let x = g.input("x", DType::F64, [30, 40]);
    let square = g.binary(Binary::Mul, x, x);
    let sum = g.reduce(ReduceKind::Sum, square, &[1]);
    let norm = g.unary(Unary::Sqrt, sum);
    let column = g.reshape(norm, [30, 1]);
    let wide = g.broadcast(column, [30, 40]);
    let y = g.binary(Binary::Div, x, wide);
    insta::assert_snapshot!(before_and_after("fuse", &g.finish(&[y])));
}

/// The nearest of 15 points for each of 30, over a space of some features; the distances are a result too, if asked.
fn nearest(features: usize, keeps_distances: bool) -> Graph {
    let mut g = Build::new("nearest");
    let x = g.input("x", DType::F64, [30, 15, features]);
    let square = g.binary(Binary::Mul, x, x);
    let distances = g.reduce(ReduceKind::Sum, square, &[2]);
    let place = g.reduce(ReduceKind::ArgMin, distances, &[1]);
    if keeps_distances { g.finish(&[place, distances]) } else { g.finish(&[place]) }
}

#[test]
fn a_short_reduction_is_written_out_in_the_one_that_reads_it() {
    insta::assert_snapshot!(before_and_after("fuse", &nearest(3, false)));
    let kernels = |graph: &Graph| {
        let (fused, ..) = run("fuse", graph);
        fused.ids().filter(|&id| matches!(fused.node(id).op, Op::Kernel(_))).count()
    };
    assert_eq!(kernels(&nearest(8, false)), 1);
    assert_eq!(kernels(&nearest(9, false)), 2, "too many to write out");
    assert_eq!(kernels(&nearest(8, true)), 2, "they are written anyway");
}

/// The variance along the last axis as the library writes it.
fn variance(g: &mut Build, x: Value, [rows, count]: [usize; 2]) -> (Value, Value) {
    let n = g.literal(DType::F64, count as f64);
    let sum = g.reduce(ReduceKind::Sum, x, &[1]);
    let mean = g.binary(Binary::Div, sum, n);
    let column = g.reshape(mean, [rows, 1]);
    let wide = g.broadcast(column, [rows, count]);
    let apart = g.binary(Binary::Sub, x, wide);
    let square = g.binary(Binary::Mul, apart, apart);
    let squares = g.reduce(ReduceKind::Sum, square, &[1]);
    (mean, g.binary(Binary::Div, squares, n))
}

#[test]
fn a_variance_is_one_sweep_over_its_rows() {
    let mut g = Build::new("variance");
    let x = g.input("x", DType::F64, [30, 40]);
    let (_, variance) = variance(&mut g, x, [30, 40]);
    insta::assert_snapshot!(before_and_after("fuse", &g.finish(&[variance])));
}

#[test]
fn a_softmax_is_one_sweep_that_keeps_its_powers() {
    let mut g = Build::new("softmax");
    let x = g.input("x", DType::F64, [30, 40]);
    let most = g.reduce(ReduceKind::Max, x, &[1]);
    let most = g.reshape(most, [30, 1]);
    let most = g.broadcast(most, [30, 40]);
    let apart = g.binary(Binary::Sub, x, most);
    let powers = g.unary(Unary::Exp, apart);
    let sum = g.reduce(ReduceKind::Sum, powers, &[1]);
    let sum = g.reshape(sum, [30, 1]);
    let sum = g.broadcast(sum, [30, 40]);
    let y = g.binary(Binary::Div, powers, sum);
    insta::assert_snapshot!(before_and_after("fuse", &g.finish(&[y])));
}

#[test]
fn reductions_of_the_same_rows_are_results_of_one_kernel() {
    let mut g = Build::new("both");
    let x = g.input("x", DType::F64, [30, 40]);
    let most = g.reduce(ReduceKind::Max, x, &[1]);
    let at = g.reduce(ReduceKind::ArgMax, x, &[1]);
    let (mean, variance) = variance(&mut g, x, [30, 40]);
    insta::assert_snapshot!(before_and_after("fuse", &g.finish(&[most, at, mean, variance])));
}

#[test]
fn rows_that_are_too_long_or_read_by_other_rows_stay_apart() {
    let kernels = |g: Build, results: &[Value]| {
        let (after, ..) = run("fuse", &g.finish(results));
        let anchors = after.ids().filter_map(|id| match &after.node(id).op {
            Op::Kernel(kernel) => Some(kernel.anchor.name()),
            _ => None,
        });
        anchors.collect::<Vec<_>>()
    };
    let mut g = Build::new("long");
    let x = g.input("x", DType::F64, [2, 1 << 20]);
    let (_, long) = variance(&mut g, x, [2, 1 << 20]);
    assert_eq!(kernels(g, &[long]), ["sum", "sum"]);
    let mut g = Build::new("turned");
    let x = g.input("x", DType::F64, [40, 40]);
    let sum = g.reduce(ReduceKind::Sum, x, &[1]);
    let row = g.reshape(sum, [1, 40]);
    let wide = g.broadcast(row, [40, 40]);
    let apart = g.binary(Binary::Sub, x, wide);
    let turned = g.reduce(ReduceKind::Sum, apart, &[1]);
    assert_eq!(kernels(g, &[turned]), ["sum", "sum"]);
    // The second sum needs a transform of the first.
    let mut g = Build::new("around");
    let x = g.input("x", DType::F64, [40, 40]);
    let sum = g.reduce(ReduceKind::Sum, x, &[1]);
    let f = g.fft(FftKind::RealForward, sum, &[(0, 40)]);
    let f = g.fft(FftKind::RealInverse, f, &[(0, 40)]);
    let column = g.reshape(f, [40, 1]);
    let wide = g.broadcast(column, [40, 40]);
    let apart = g.binary(Binary::Sub, x, wide);
    let around = g.reduce(ReduceKind::Sum, apart, &[1]);
    assert_eq!(kernels(g, &[sum, around]), ["sum", "lines", "sum"]);
}

#[test]
fn short_columns_are_rows_that_lie_side_by_side() {
    let kernels = |count: usize| {
        let mut g = Build::new("columns");
        let x = g.input("x", DType::F64, [count, 3000]);
        let sum = g.reduce(ReduceKind::Sum, x, &[0]);
        let wide = g.broadcast(sum, [count, 3000]);
        let part = g.binary(Binary::Div, x, wide);
        let square = g.binary(Binary::Mul, part, part);
        let squares = g.reduce(ReduceKind::Sum, square, &[0]);
        let twice = g.reduce(ReduceKind::Max, squares, &[0]);
        let apart = g.binary(Binary::Sub, squares, twice);
        let (after, ..) = run("fuse", &g.finish(&[apart]));
        let kernel = |id: NodeId| match &after.node(id).op {
            Op::Kernel(kernel) => Some(kernel.anchor.name()),
            _ => None,
        };
        after.ids().filter_map(kernel).collect::<Vec<_>>()
    };
    // What follows the last sum needs all columns; it is left behind, not in the way.
    assert_eq!(kernels(128), ["rows", "rows"]);
    assert_eq!(kernels(129), ["sum", "sum", "rows"]);
}

#[test]
fn what_others_compute_again_has_its_row_values_in_memory() {
    let mut g = Build::new("again");
    let x = g.input("x", DType::F64, [30, 40]);
    let (_, one) = variance(&mut g, x, [30, 40]);
    let sum = g.reduce(ReduceKind::Sum, x, &[1]);
    let column = g.reshape(sum, [30, 1]);
    let wide = g.broadcast(column, [30, 40]);
    let apart = g.binary(Binary::Sub, x, wide);
    let inside = g.reduce(ReduceKind::Max, apart, &[1]);
    let outside = g.reduce(ReduceKind::Max, apart, &[0]);
    insta::assert_snapshot!(before_and_after("fuse", &g.finish(&[one, inside, outside])));
}

#[test]
fn transforms_along_one_axis_share_a_sweep() {
    let mut g = Build::new("convolve");
    let x = g.input("x", DType::F64, [16, 100]);
    let h = g.input("h", DType::C128, [51]);
    let h = g.broadcast(h, [16, 51]);
    let f = g.fft(FftKind::RealForward, x, &[(1, 100)]);
    let f = g.binary(Binary::Mul, f, h);
    let y = g.fft(FftKind::RealInverse, f, &[(1, 100)]);
    let scale = g.literal(DType::F64, 0.01);
    let y = g.binary(Binary::Mul, y, scale);
    insta::assert_snapshot!(before_and_after("fuse", &g.finish(&[y])));
}

#[test]
fn a_target_that_cannot_inline_regions_gets_maps_of_their_own() {
    let mut g = Build::new("library");
    let x = g.input("x", DType::F64, [64]);
    let x = g.cast(DType::C128, x);
    let f = g.fft(FftKind::Forward, x, &[(0, 64)]);
    let f = g.binary(Binary::Mul, f, f);
    let y = g.fft(FftKind::Inverse, f, &[(0, 64)]);
    let y = g.unary(Unary::Real, y);
    let target = Target { fft_regions: false, ..Target::CPU };
    let (after, ..) = run_for(&target, "fuse", &g.finish(&[y]));
    let (mut maps, mut transforms) = (0, 0);
    for id in after.ids() {
        let Op::Kernel(kernel) = &after.node(id).op else { continue };
        match &kernel.anchor {
            Anchor::Lines(lines) => {
                transforms += 1;
                assert_eq!(lines.len(), 1, "{after}");
                assert!(kernel.loads[0].as_identity_load().is_some(), "{after}");
                assert!(matches!(kernel.stores[0].body[..], [(Inst::Anchor, _)]), "{after}");
            }
            _ => maps += 1,
        }
    }
    assert_eq!((maps, transforms), (3, 2), "{after}");
}

/// A library that calls what regions compute transforms once, and may write before it has read all.
#[test]
fn a_library_with_callbacks_gets_one_transform_a_kernel_and_memory_of_its_own() {
    let mut g = Build::new("callbacks");
    let x = g.input("x", DType::C128, [64]);
    let f = g.fft(FftKind::Forward, x, &[(0, 64)]);
    let f = g.binary(Binary::Mul, f, f);
    let y = g.fft(FftKind::Inverse, f, &[(0, 64)]);
    let y = g.fft(FftKind::Forward, y, &[(0, 64)]);
    let graph = g.finish(&[y]);
    let options = Options { licences: Licences::EXACT, callbacks: true };
    let plan = compile(&graph, &Target::CUDA_CALLBACKS, &options, &mut |_| {}).expect("it compiles").main;
    let lines = |node| match &plan.graph.node(node).op {
        Op::Kernel(kernel) => match &kernel.anchor {
            Anchor::Lines(lines) => lines.len(),
            _ => 0,
        },
        _ => 0,
    };
    let steps: Vec<(usize, Option<usize>)> = plan.steps.iter().map(|step| (lines(step.node), step.donated)).collect();
    assert_eq!(steps, [(1, None); 3], "{plan}");
}

#[test]
fn a_spectrum_that_is_a_result_is_written() {
    let mut g = Build::new("both");
    let x = g.input("x", DType::C128, [64]);
    let f = g.fft(FftKind::Forward, x, &[(0, 64)]);
    let p = g.unary(Unary::Abs, f);
    let y = g.fft(FftKind::Inverse, f, &[(0, 64)]);
    insta::assert_snapshot!(before_and_after("fuse", &g.finish(&[f, p, y])));
}

/// The real part of half a spectrum, and its imaginary part turned around behind it, along an axis.
fn turned(axis: usize) -> Graph {
    let mut g = Build::new("turned");
    let x = g.input("x", DType::F64, [64, 64]);
    let f = g.fft(FftKind::RealForward, x, &[(1, 64)]);
    let (re, im) = (g.unary(Unary::Real, f), g.unary(Unary::Imag, f));
    let mut source = Index::identity(2);
    let extent = if axis == 1 { 31 } else { 64 };
    source[axis] = Index::axis(axis).times(-1).plus(extent as i64 + axis as i64 - 1);
    let shape = if axis == 1 { [64, 31] } else { [64, 33] };
    let back = g.add(Op::View(View::Affine(Affine::new(shape.into(), source))), &[im]);
    let y = g.add(Op::Concat { axis: 1 }, &[re, back]);
    g.finish(&[y])
}

#[test]
fn a_line_changes_its_order_where_it_is() {
    insta::assert_snapshot!(before_and_after("fuse", &turned(1)));
    let kernels = |graph: &Graph| {
        let (fused, ..) = run("fuse", graph);
        fused.ids().filter(|&id| matches!(fused.node(id).op, Op::Kernel(_))).count()
    };
    assert_eq!(kernels(&turned(1)), 1);
    assert_eq!(kernels(&turned(0)), 2, "other lines are read");
}

#[test]
fn users_that_do_not_meet_again_load_the_spectrum() {
    let mut g = Build::new("parts");
    let x = g.input("x", DType::C128, [64]);
    let f = g.fft(FftKind::Forward, x, &[(0, 64)]);
    let re = g.unary(Unary::Real, f);
    let im = g.unary(Unary::Imag, f);
    insta::assert_snapshot!(before_and_after("fuse", &g.finish(&[re, im])));
}

#[test]
fn cheap_work_is_copied_and_expensive_work_is_written_once() {
    let mut g = Build::new("copied");
    let x = g.input("x", DType::F64, [1 << 20]);
    let cheap = g.binary(Binary::Add, x, x);
    let dear = g.unary(Unary::Exp, x);
    let sums: Vec<Value> = [cheap, dear].iter().map(|&v| g.reduce(ReduceKind::Sum, v, &[0])).collect();
    let maxima: Vec<Value> = [cheap, dear].iter().map(|&v| g.reduce(ReduceKind::Max, v, &[0])).collect();
    insta::assert_snapshot!(before_and_after("fuse", &g.finish(&[sums[0], maxima[0], sums[1], maxima[1]])));
}

#[test]
fn parts_of_a_value_that_others_read_are_computed_where_they_are_read() {
    let kernels = |read: &[(i64, usize)]| {
        let mut g = Build::new("parts");
        let x = g.input("x", DType::F64, [1 << 20]);
        let dear = g.unary(Unary::Exp, x);
        let sum = |&(start, extent): &(i64, usize)| {
            let part = g.every(dear, start, 1, extent);
            g.reduce(ReduceKind::Sum, part, &[0])
        };
        let results: Vec<Value> = read.iter().map(sum).collect();
        let graph = run("fuse", &g.finish(&results)).0;
        graph.ids().filter(|&id| matches!(graph.node(id).op, Op::Kernel(_))).count()
    };
    let half = 1 << 19;
    assert_eq!(kernels(&[(0, half), (half as i64, half)]), 2, "halves repeat nothing");
    assert_eq!(kernels(&[(0, half), (100, 2 * half - 100)]), 3, "what half of the elements take twice is written");
    assert_eq!(kernels(&[(0, 2 * half), (100, 10)]), 2, "ten elements are not worth it");
}

#[test]
fn the_parts_of_a_complex_number_are_computed_where_they_are_read() {
    let mut g = Build::new("complex");
    let z = g.input("z", DType::C128, [64]);
    let dear = g.unary(Unary::Exp, z);
    let (re, im) = (g.unary(Unary::Real, dear), g.unary(Unary::Imag, dear));
    let (re, im) = (g.every(re, 0, 1, 32), g.every(im, 63, -1, 32));
    let both = g.add(Op::Concat { axis: 0 }, &[re, im]);
    let graph = run("fuse", &g.finish(&[both])).0;
    assert_eq!(graph.ids().filter(|&id| matches!(graph.node(id).op, Op::Kernel(_))).count(), 1, "{graph}");
}

#[test]
fn an_array_that_many_kernels_read_turned_is_turned_once() {
    let kernels = |count: usize| {
        let mut g = Build::new("turned");
        let w = g.input("w", DType::F64, [512, 256]);
        let turned = g.permute(w, &[1, 0]);
        let sum = |at: usize| {
            let x = g.input(&format!("x{at}"), DType::F64, [256, 512]);
            let product = g.binary(Binary::Mul, x, turned);
            g.reduce(ReduceKind::Sum, product, &[1])
        };
        let results: Vec<Value> = (0..count).map(sum).collect();
        let graph = run("fuse", &g.finish(&results)).0;
        graph.ids().filter(|&id| matches!(graph.node(id).op, Op::Kernel(_))).count()
    };
    assert_eq!([2, 3, 4, 7].map(kernels), [2, 3, 5, 8]);
}

#[test]
fn padding_joining_and_updates_are_loads_with_a_domain() {
    let mut g = Build::new("windows");
    let x = g.input("x", DType::F64, [10]);
    let y = g.input("y", DType::F64, [4]);
    let zero = g.literal(DType::F64, 0.0);
    let padded = g.add(Op::Pad(Pad { shape: [20].into(), windows: vec![Window::run(15, 10)] }), &[x, zero]);
    let joined = g.add(Op::Concat { axis: 0 }, &[x, y, y, zero].map(|v| v)[..3]);
    let longer = g.add(Op::Pad(Pad { shape: [20].into(), windows: vec![Window::run(1, 18)] }), &[joined, zero]);
    let striped = g.add(Op::Update(vec![Window { start: 2, step: 3, extent: 4 }]), &[longer, y]);
    let sum = g.binary(Binary::Add, padded, striped);
    insta::assert_snapshot!(before_and_after("fuse", &g.finish(&[sum])));
}

#[test]
fn a_reshape_of_what_is_in_memory_is_free() {
    let mut g = Build::new("reshape");
    let x = g.input("x", DType::F64, [4, 6]);
    let flat = g.reshape(x, [24]);
    let y = g.unary(Unary::Neg, flat);
    let y = g.reshape(y, [2, 12]);
    insta::assert_snapshot!(before_and_after("fuse", &g.finish(&[y, flat])));
}

#[test]
fn a_chain_over_budget_is_cut() {
    let mut g = Build::new("long");
    let x = g.input("x", DType::F64, [8]);
    let mut y = x;
    for _ in 0..1000 {
        y = g.binary(Binary::Add, y, x);
    }
    let (after, ..) = run("fuse", &g.finish(&[y]));
    let kernels = after.ids().filter(|&id| matches!(after.node(id).op, Op::Kernel(_))).count();
    assert_eq!(kernels, 4, "{after}");
}
