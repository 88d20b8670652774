//! The `cpu` device against the `reference` device, and its promises: same bits at any thread count, memory untouched
//! where it is not its own, errors as values.

use num_complex::Complex64;
use ondine_ir::{
    Affine, Binary, DType, Fft, FftAxis, FftKind, Graph, Index, NodeId, Op, Pad, Reduce, ReduceKind, Scalar, Scan,
    Shape, Type, Unary, Value, View, Window,
};
use ondine_runtime::{Buffer, Cpu, Device, HostMemory, Options};
use std::sync::{Arc, Mutex, PoisonError};

fn buffer(ty: Type, seed: u64) -> Buffer {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f64 / (1u64 << 24) as f64 - 0.5) * 8.0
    };
    let mut bytes: Vec<u8> = Vec::new();
    for _ in 0..ty.shape.elements() {
        let scalar = Scalar::from_complex(ty.dtype, Complex64::new(next(), next()));
        bytes.extend(&scalar.to_bytes()[..ty.dtype.bytes()]);
    }
    host(ty, &bytes)
}

fn host(ty: Type, bytes: &[u8]) -> Buffer {
    let mut memory = HostMemory::zeroed(bytes.len()).expect("a test's memory is small");
    memory.as_bytes_mut().copy_from_slice(bytes);
    Buffer::host(ty, Arc::new(memory))
}

fn inputs(graph: &Graph) -> Vec<Buffer> {
    graph
        .inputs()
        .iter()
        .enumerate()
        .map(|(at, input)| buffer(graph.ty(input.node.into()).clone(), at as u64 + 1))
        .collect()
}

fn run(device: &Device, graph: &Graph, params: &[Scalar]) -> Vec<Buffer> {
    let options = Options::default();
    let ready =
        device.backend().compile(graph, &options, &mut |_| {}).unwrap_or_else(|error| panic!("{error}\n{graph}"));
    ready.run(&inputs(graph), params).unwrap_or_else(|error| panic!("{error}\n{graph}"))
}

fn values(buffer: &Buffer) -> Vec<Complex64> {
    let dtype = buffer.ty().dtype;
    buffer.bytes().chunks_exact(dtype.bytes()).map(|bytes| Scalar::from_bytes(dtype, bytes).to_complex()).collect()
}

/// What kernels compute compiled and interpreted, which are the same bits.
fn run_both_ways(graph: &Graph, params: &[Scalar]) -> Vec<Buffer> {
    static MODE: Mutex<()> = Mutex::new(());
    let lock = MODE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = Cpu::shared().is_interpreted();
    let [compiled, interpreted] = [false, true].map(|is_interpreted| {
        Cpu::shared().set_interpreted(is_interpreted);
        run(&Device::cpu(), graph, params)
    });
    Cpu::shared().set_interpreted(before);
    drop(lock);
    for (compiled, interpreted) in compiled.iter().zip(&interpreted) {
        assert_near(graph, compiled, interpreted, 0.0);
    }
    compiled
}

/// Relative L2 distance below `tolerance`, or equal bits where it is 0.
#[track_caller]
fn assert_near(graph: &Graph, got: &Buffer, wanted: &Buffer, tolerance: f64) {
    assert_eq!(got.ty(), wanted.ty());
    let (got_values, wanted_values) = (values(got), values(wanted));
    if tolerance == 0.0 {
        let same = |a: f64, b: f64| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
        for (at, (a, b)) in got_values.iter().zip(&wanted_values).enumerate() {
            assert!(same(a.re, b.re) && same(a.im, b.im), "element {at}: {a}, not {b}\n{graph}");
        }
        return;
    }
    let norm = |values: &mut dyn Iterator<Item = Complex64>| values.map(|z| z.norm_sqr()).sum::<f64>().sqrt();
    let distance = norm(&mut got_values.iter().zip(&wanted_values).map(|(a, b)| a - b));
    let size = norm(&mut wanted_values.iter().copied()).max(1.0);
    assert!(distance <= tolerance * size, "distance {distance} of {size}\n{graph}\n{got_values:?}\n{wanted_values:?}");
}

#[track_caller]
fn check(graph: &Graph, params: &[Scalar], tolerance: f64) {
    let (got, wanted) = (run_both_ways(graph, params), run(&Device::reference(), graph, params));
    assert_eq!(got.len(), wanted.len());
    for (got, wanted) in got.iter().zip(&wanted) {
        assert_near(graph, got, wanted, tolerance);
    }
}

fn add(graph: &mut Graph, op: Op, inputs: &[NodeId]) -> NodeId {
    let inputs: Vec<Value> = inputs.iter().map(|&node| node.into()).collect();
    graph.add(op, inputs).unwrap_or_else(|error| panic!("{error}"))
}

fn finish(mut graph: Graph, results: &[NodeId]) -> Graph {
    graph.set_results(results.iter().map(|&node| node.into()));
    graph
}

/// Far more than `n log n` roundings of f64 or f32 make of a relative L2 error.
fn tolerance(dtype: DType) -> f64 {
    if dtype.component() == DType::F32 { 1e-6 * 4.0 } else { 1e-14 }
}

#[test]
fn every_unary_op_on_every_dtype() {
    for dtype in DType::ALL {
        for op in Unary::ALL {
            if ondine_ir::unary_dtype(op, dtype).is_none() {
                continue;
            }
            let mut graph = Graph::new("unary");
            let x = graph.input("x", Type::new(dtype, [3, 100]));
            let y = add(&mut graph, Op::Unary(op), &[x]);
            // Functions with NaN among their values are compared where they have none.
            let graph = finish(graph, &[y]);
            let (got, wanted) = (run(&Device::cpu(), &graph, &[]), run(&Device::reference(), &graph, &[]));
            for (a, b) in values(&got[0]).iter().zip(values(&wanted[0])) {
                let near = |a: f64, b: f64| {
                    a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 64.0 * tolerance(dtype) * b.abs().max(1.0)
                };
                assert!(near(a.re, b.re) && near(a.im, b.im), "{op} {dtype}: {a}, not {b}");
            }
        }
    }
}

#[test]
fn every_binary_op_on_every_pair_of_dtypes() {
    for a in DType::ALL {
        for b in DType::ALL {
            for op in Binary::ALL {
                if ondine_ir::binary_dtype(op, a, b).is_none() {
                    continue;
                }
                let mut graph = Graph::new("binary");
                let (x, y) = (graph.input("x", Type::new(a, [100])), graph.input("y", Type::new(b, [100])));
                let z = add(&mut graph, Op::Binary(op), &[x, y]);
                let graph = finish(graph, &[z]);
                let (got, wanted) = (run(&Device::cpu(), &graph, &[]), run(&Device::reference(), &graph, &[]));
                let is_exact =
                    !matches!(op, Binary::Pow | Binary::Atan2 | Binary::Hypot | Binary::Logaddexp) || a.is_integer();
                for (a, b) in values(&got[0]).iter().zip(values(&wanted[0])) {
                    let near = |x: f64, y: f64| match is_exact {
                        true => x.to_bits() == y.to_bits() || (x.is_nan() && y.is_nan()),
                        false => x == y || (x.is_nan() && y.is_nan()) || (x - y).abs() <= 1e-5 * b.norm().max(1e-3),
                    };
                    assert!(near(a.re, b.re) && near(a.im, b.im), "{op} {dtype}: {a}, not {b}", dtype = got[0].ty());
                }
            }
        }
    }
}

#[test]
fn every_cast() {
    for from in DType::ALL {
        for to in DType::ALL {
            let mut graph = Graph::new("cast");
            let x = graph.input("x", Type::new(from, [300]));
            let y = add(&mut graph, Op::Cast(to), &[x]);
            check(&finish(graph, &[y]), &[], 0.0);
        }
    }
}

#[test]
fn views_pads_and_updates() {
    let shape = Shape::from([6, 10]);
    let views = [
        View::Affine(Affine::permute(&shape, &[1, 0])),
        View::Affine(Affine::flip(&shape, &[0, 1])),
        View::Affine(Affine::broadcast(&shape, [3, 6, 10].into())),
        View::Affine(Affine::new([3, 4].into(), [Index::axis(0).times(2), Index::axis(1).times(2).plus(1)])),
        View::Reshape([15, 4].into()),
        View::Reshape([60].into()),
        View::roll(&shape, [2, 3]).expect("a shift"),
    ];
    for first in &views {
        let mut graph = Graph::new("views");
        let x = graph.input("x", Type::new(DType::F64, shape.clone()));
        let viewed = add(&mut graph, Op::View(first.clone()), &[x]);
        let ty = graph.ty(viewed.into()).clone();
        let rolled = View::roll(&ty.shape, ty.shape.iter().map(|&extent| extent as i64 / 2)).expect("a shift");
        let rolled = add(&mut graph, Op::View(rolled), &[viewed]);
        let sum = add(&mut graph, Op::Binary(Binary::Add), &[viewed, rolled]);
        let concat = add(&mut graph, Op::Concat { axis: 0 }, &[sum, viewed]);
        check(&finish(graph, &[concat, sum]), &[], 0.0);
    }
    let mut graph = Graph::new("pad");
    let x = graph.input("x", Type::new(DType::C64, [3, 4]));
    let fill = graph.literal(Scalar::from_f64(DType::C64, 2.5));
    let windows = vec![Window { start: 5, step: 2, extent: 3 }, Window::run(1, 4)];
    let padded = add(&mut graph, Op::Pad(Pad { shape: [7, 6].into(), windows: windows.clone() }), &[x, fill]);
    let base = graph.input("base", Type::new(DType::C64, [7, 6]));
    let updated = add(&mut graph, Op::Update(windows), &[base, x]);
    check(&finish(graph, &[padded, updated]), &[], 0.0);
}

#[test]
fn parameters_and_empty_arrays() {
    for shape in [Shape::from([]), [0].into(), [3, 0, 2].into(), [1, 1, 1].into()] {
        let mut graph = Graph::new("scaled");
        let x = graph.input("x", Type::new(DType::F32, shape.clone()));
        let s = graph.param(DType::F32);
        let y = add(&mut graph, Op::Binary(Binary::Mul), &[x, s]);
        let axes = (0..shape.rank()).collect();
        let sum = add(&mut graph, Op::Reduce(Reduce { kind: ReduceKind::Sum, axes }), &[y]);
        check(&finish(graph, &[y, sum]), &[Scalar::from_f64(DType::F32, 1.7)], 0.0);
    }
}

#[test]
fn reductions_over_all_sets_of_axes() {
    use ReduceKind::*;
    for shape in [Shape::from([5, 7, 9]), [3, 2500].into(), [2500, 3].into(), [4, 70, 33].into(), [300, 40].into()] {
        for kind in [Sum, Prod, Min, Max, ArgMin, ArgMax] {
            for dtype in [DType::F64, DType::F32, DType::I32, DType::C128, DType::U8, DType::Bool] {
                for set in 0..1usize << shape.rank() {
                    let axes = (0..shape.rank()).filter(|axis| set >> axis & 1 == 1).collect();
                    let mut graph = Graph::new("reduce");
                    let x = graph.input("x", Type::new(dtype, shape.clone()));
                    let Ok(y) = graph.add(Op::Reduce(Reduce { kind, axes }), [x.into()]) else { continue };
                    let graph = finish(graph, &[y]);
                    // Products of many numbers up to 4 overflow, and infinities have no distance.
                    let count = shape.elements() / graph.ty(y.into()).shape.elements();
                    if kind == Prod && dtype.is_floating() && count > 40 {
                        continue;
                    }
                    let exact = !dtype.is_floating() || !matches!(kind, Sum | Prod);
                    check(&graph, &[], if exact { 0.0 } else { 100.0 * tolerance(dtype) });
                }
            }
        }
    }
}

#[test]
fn the_place_of_the_best_of_many_blocks_is_the_first_that_has_it() {
    const COUNT: usize = 100_003;
    let place = |kind: ReduceKind, elements: &[f64]| {
        let mut graph = Graph::new("place");
        let x = graph.input("x", Type::new(DType::F64, [COUNT]));
        let axes = [0].into_iter().collect();
        let place = add(&mut graph, Op::Reduce(Reduce { kind, axes }), &[x]);
        let graph = finish(graph, &[place]);
        let ready = Device::cpu().backend().compile(&graph, &Options::default(), &mut |_| {}).expect("it compiles");
        let x = host(Type::new(DType::F64, [COUNT]), bytemuck::cast_slice(elements));
        let places: Vec<i64> = bytemuck::pod_collect_to_vec(ready.run(&[x], &[]).expect("it runs")[0].bytes());
        places[0] as usize
    };
    for (kind, sign) in [(ReduceKind::ArgMax, 1.0), (ReduceKind::ArgMin, -1.0)] {
        for first in [0, 1, 2047, 2048, 16_383, 16_384, 16_385, 54_321, 98_303, COUNT - 1] {
            // Values repeat in every block; the best one does from `first` on.
            let mut x: Vec<f64> = (0..COUNT).map(|at| sign * (at * 37 % 101) as f64).collect();
            (first..COUNT).step_by(1000).for_each(|at| x[at] = sign * 500.0);
            assert_eq!(place(kind, &x), first, "{kind:?}");
            (first..COUNT).step_by(1700).skip(1).for_each(|at| x[at] = f64::NAN);
            let nan = if first + 1700 < COUNT { first + 1700 } else { first };
            assert_eq!(place(kind, &x), nan, "{kind:?} with NaN");
        }
    }
}

#[test]
fn the_tree_of_a_sum_does_not_depend_on_the_layout() {
    let (rows, cols) = (50, 5000);
    let sum = |shape: [usize; 2], axis: usize, bytes: &[u8]| {
        let mut graph = Graph::new("layouts");
        let ty = Type::new(DType::F32, shape);
        let x = graph.input("x", ty.clone());
        let axes = [axis].into_iter().collect();
        let sum = add(&mut graph, Op::Reduce(Reduce { kind: ReduceKind::Sum, axes }), &[x]);
        let graph = finish(graph, &[sum]);
        let ready = Device::cpu().backend().compile(&graph, &Options::default(), &mut |_| {}).expect("it compiles");
        ready.run(&[host(ty, bytes)], &[]).expect("it runs").remove(0)
    };
    let x = buffer(Type::new(DType::F32, [rows, cols]), 1);
    let turned: Vec<u8> =
        (0..rows * cols).flat_map(|at| x.bytes()[4 * (at % rows * cols + at / rows)..][..4].to_vec()).collect();
    let (inner, outer) = (sum([rows, cols], 1, x.bytes()), sum([cols, rows], 0, &turned));
    assert_eq!(inner.bytes(), outer.bytes());
}

fn naive(kind: FftKind, len: usize, line: &[Complex64], k: usize) -> Complex64 {
    let turn = if kind.is_forward() { -1.0 } else { 1.0 } * std::f64::consts::TAU / len as f64;
    let term = |n: usize, x: Complex64| x * Complex64::from_polar(1.0, turn * (n * k % len) as f64);
    if kind != FftKind::RealInverse {
        return line.iter().enumerate().map(|(n, &x)| term(n, x)).sum();
    }
    let full = (0..len).map(|n| match n {
        _ if n == 0 || 2 * n == len => Complex64::new(line[n].re, 0.0),
        _ if n <= len / 2 => line[n],
        _ => line[len - n].conj(),
    });
    Complex64::new(full.enumerate().map(|(n, x)| term(n, x)).sum::<Complex64>().re, 0.0)
}

#[test]
fn transforms_of_all_kinds_lengths_windows_and_axes() {
    use FftKind::*;
    for kind in [Forward, Inverse, RealForward, RealInverse] {
        for len in (1..=20).chain([29, 61, 64, 97, 128]) {
            let (from, to) = FftAxis::line(kind, len);
            let windows = [
                (Window::whole(from), Window::whole(to)),
                (Window::run(from / 3, from - from / 3), Window::run(to / 2, to - to / 2)),
                (Window::run(from - 1, from.div_ceil(2)), Window::run(to - 1, to.div_ceil(2))),
            ];
            for (input, output) in windows {
                for (axis, single) in [(0, false), (1, false), (2, true), (2, false)] {
                    let real = kind == RealForward;
                    let dtype = match (real, single) {
                        (true, true) => DType::F32,
                        (true, false) => DType::F64,
                        (false, true) => DType::C64,
                        (false, false) => DType::C128,
                    };
                    let shape = Shape::from([3, 2, 19]).with(axis, input.extent);
                    let mut graph = Graph::new("transform");
                    let x = graph.input("x", Type::new(dtype, shape.clone()));
                    let along = FftAxis { axis, len, input, output };
                    let y = add(&mut graph, Op::Fft(Fft { kind, axes: vec![along] }), &[x]);
                    let graph = finish(graph, &[y]);
                    let got = run(&Device::cpu(), &graph, &[]);
                    let source = values(&inputs(&graph)[0]);
                    let (strides, result) = (shape.strides(), got[0].ty().shape.clone());
                    let result_strides = result.strides();
                    let mut wanted = vec![Complex64::ZERO; result.elements()];
                    for line in 0..shape.without(&[axis]).elements() {
                        let others = shape.without(&[axis]);
                        let (p, q) = (line / others[1], line % others[1]);
                        let kept: Vec<usize> = (0..3).filter(|at| *at != axis).collect();
                        let base = p * strides[kept[0]] as usize + q * strides[kept[1]] as usize;
                        let mut whole = vec![Complex64::ZERO; from];
                        for at in 0..input.extent {
                            whole[(input.start + at) % from] = source[base + at * strides[axis] as usize];
                        }
                        let base = p * result_strides[kept[0]] as usize + q * result_strides[kept[1]] as usize;
                        for at in 0..output.extent {
                            wanted[base + at * result_strides[axis] as usize] =
                                naive(kind, len, &whole, (output.start + at) % to);
                        }
                    }
                    let dtype = got[0].ty().dtype;
                    let bytes: Vec<u8> = wanted
                        .iter()
                        .flat_map(|&z| Scalar::from_complex(dtype, z).to_bytes()[..dtype.bytes()].to_vec())
                        .collect();
                    assert_near(&graph, &got[0], &host(got[0].ty().clone(), &bytes), tolerance(dtype));
                }
            }
        }
    }
}

/// The smoothing job: forward, mask in the shifted spectrum, inverse, real part.
fn smooth(shape: [usize; 2]) -> Graph {
    let mut graph = Graph::new("smooth");
    let dims = Shape::from(shape);
    let image = graph.input("image", Type::new(DType::F64, dims.clone()));
    let z = add(&mut graph, Op::Cast(DType::C128), &[image]);
    let axes = |kind| (0..2).map(|axis| FftAxis::whole(kind, axis, shape[axis])).collect();
    let spectrum = add(&mut graph, Op::Fft(Fft { kind: FftKind::Forward, axes: axes(FftKind::Forward) }), &[z]);
    let shifted = View::roll(&dims, shape.map(|extent| extent as i64 / 2)).expect("a shift");
    let shifted = add(&mut graph, Op::View(shifted), &[spectrum]);
    let positions = add(&mut graph, Op::Iota(shape[1]), &[]);
    let limit = graph.literal(Scalar::from_i128(DType::I64, shape[1] as i128 / 2));
    let low = add(&mut graph, Op::Binary(Binary::Lt), &[positions, limit]);
    let mask = Affine::new(dims.clone(), [Index::axis(1)]);
    let mask = add(&mut graph, Op::View(View::Affine(mask)), &[low]);
    let zero = graph.literal(Scalar::zero(DType::C128));
    let kept = add(&mut graph, Op::Select, &[mask, shifted, zero]);
    let back = View::roll(&dims, shape.map(|extent| -(extent as i64 / 2))).expect("a shift");
    let back = add(&mut graph, Op::View(back), &[kept]);
    let inverse = add(&mut graph, Op::Fft(Fft { kind: FftKind::Inverse, axes: axes(FftKind::Inverse) }), &[back]);
    let real = add(&mut graph, Op::Unary(Unary::Real), &[inverse]);
    finish(graph, &[real])
}

#[test]
fn the_smoothing_job() {
    check(&smooth([24, 30]), &[], tolerance(DType::F64));
}

/// Thread counts are a setting of the one device, so tests that change it take turns.
static THREADS: Mutex<()> = Mutex::new(());

#[test]
fn results_have_the_same_bits_at_any_thread_count() {
    let _turn = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut graph = Graph::new("threads");
    let x = graph.input("x", Type::new(DType::F64, [400, 500]));
    let y = add(&mut graph, Op::Unary(Unary::Exp), &[x]);
    let z = add(&mut graph, Op::Binary(Binary::Add), &[x, y]);
    let sums: Vec<NodeId> = [vec![0], vec![1], vec![0, 1]]
        .into_iter()
        .map(|axes| add(&mut graph, Op::Reduce(Reduce { kind: ReduceKind::Sum, axes: axes.into() }), &[z]))
        .collect();
    let threads = finish(graph, &[z, sums[0], sums[1], sums[2]]);
    for graph in [threads, smooth([96, 200])] {
        let before = Cpu::shared().threads();
        let runs: Vec<Vec<Buffer>> = [1, 2, 8]
            .into_iter()
            .map(|count| {
                Cpu::shared().set_threads(count);
                run(&Device::cpu(), &graph, &[])
            })
            .collect();
        Cpu::shared().set_threads(before);
        for other in &runs[1..] {
            for (a, b) in runs[0].iter().zip(other) {
                assert_eq!(a.bytes(), b.bytes());
            }
        }
    }
}

#[test]
fn library_nodes() {
    let positions = |graph: &mut Graph, extent: usize| {
        let iota = add(graph, Op::Iota(extent), &[]);
        let two = graph.literal(Scalar::from_i128(DType::I64, 2));
        add(graph, Op::Binary(Binary::Sub), &[iota, two])
    };
    let mut graph = Graph::new("library");
    let x = graph.input("x", Type::new(DType::F32, [4, 5, 3]));
    let at = positions(&mut graph, 4);
    let taken = add(&mut graph, Op::Gather { axis: 1 }, &[x, at]);
    let put = add(&mut graph, Op::Scatter { axis: 1 }, &[x, at, taken]);
    let sums: Vec<NodeId> =
        (0..3).map(|axis| add(&mut graph, Op::Scan(Scan { kind: ReduceKind::Sum, axis }), &[x])).collect();
    let line = graph.input("line", Type::new(DType::F32, [6]));
    let squares = add(&mut graph, Op::Binary(Binary::Mul), &[line, line]);
    let sorted = add(&mut graph, Op::Scan(Scan { kind: ReduceKind::Sum, axis: 0 }), &[squares]);
    let found = add(&mut graph, Op::SearchSorted { right: true }, &[sorted, x]);
    check(&finish(graph, &[taken, put, sums[0], sums[1], sums[2], found]), &[], 1e-6);
}

#[test]
fn a_position_out_of_range_is_an_error() {
    let mut graph = Graph::new("gather");
    let x = graph.input("x", Type::new(DType::F32, [4]));
    let at = graph.input("at", Type::new(DType::I64, [2]));
    let taken = add(&mut graph, Op::Gather { axis: 0 }, &[x, at]);
    let graph = finish(graph, &[taken]);
    let ready = Device::cpu().backend().compile(&graph, &Options::default(), &mut |_| {}).expect("it compiles");
    let at: Vec<u8> = [-4i64, 4].iter().flat_map(|at| at.to_le_bytes()).collect();
    let inputs = [buffer(Type::new(DType::F32, [4]), 1), host(Type::new(DType::I64, [2]), &at)];
    let error = ready.run(&inputs, &[]).expect_err("4 is no position");
    assert_eq!(error.to_string(), "gather: position 4 is out of range for an axis of extent 4");
}

#[test]
fn an_input_that_is_a_result_is_not_copied() {
    let mut graph = Graph::new("same");
    let x = graph.input("x", Type::new(DType::F32, [4]));
    let y = add(&mut graph, Op::View(View::Reshape([2, 2].into())), &[x]);
    let graph = finish(graph, &[x, y]);
    let ready = Device::cpu().backend().compile(&graph, &Options::default(), &mut |_| {}).expect("it compiles");
    let inputs = inputs(&graph);
    let results = ready.run(&inputs, &[]).expect("it runs");
    for result in &results {
        assert_eq!(result.bytes().as_ptr(), inputs[0].bytes().as_ptr());
    }
    assert_eq!(results[1].ty(), &Type::new(DType::F32, [2, 2]));
}

#[test]
fn a_false_guard_runs_the_fallback() {
    let graph = |op: Unary, is_guarded: bool| {
        let mut graph = Graph::new("guarded");
        let x = graph.input("x", Type::new(DType::F64, [3]));
        let flag = graph.input("flag", Type::new(DType::Bool, []));
        let y = add(&mut graph, Op::Unary(op), &[x]);
        let holds = add(&mut graph, Op::Unary(Unary::Not), &[flag]);
        finish(graph, &[y, holds][..if is_guarded { 2 } else { 1 }])
    };
    let main = ondine_compiler::compile(
        &graph(Unary::Neg, true),
        &ondine_compiler::Target::CPU,
        &Options::default(),
        &mut |_| {},
    );
    let mut program = main.expect("it compiles");
    program.guard =
        Some(ondine_compiler::Guard { flag: 1, fallback: graph(Unary::Abs, false), options: Default::default() });
    let ready = Cpu::shared().prepare(program).expect("it lowers");
    for (flag, wanted) in [(0, [-1.0, 2.0, -3.0]), (1, [1.0, 2.0, 3.0])] {
        let x: Vec<u8> = [1.0f64, -2.0, 3.0].iter().flat_map(|x| x.to_le_bytes()).collect();
        let inputs = [host(Type::new(DType::F64, [3]), &x), host(Type::new(DType::Bool, []), &[flag])];
        let results = ready.run(&inputs, &[]).expect("it runs");
        assert_eq!(results.len(), 1);
        assert_eq!(values(&results[0]).iter().map(|z| z.re).collect::<Vec<_>>(), wanted);
    }
}

#[test]
fn too_much_memory_is_an_error() {
    let mut graph = Graph::new("huge");
    let x = graph.input("x", Type::new(DType::F64, [1]));
    let huge = Affine::new([1 << 46].into(), [Index::constant(0)]);
    let y = add(&mut graph, Op::View(View::Affine(huge)), &[x]);
    let graph = finish(graph, &[y]);
    let ready = Device::cpu().backend().compile(&graph, &Options::default(), &mut |_| {}).expect("it compiles");
    let error = ready.run(&inputs(&graph), &[]).expect_err("nobody has so much");
    assert_eq!(error.to_string(), "cpu: 562949953421312 bytes could not be allocated for a graph");
}
