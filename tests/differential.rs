//! Random graphs: `cpu` and `cuda` (emulated) against `reference`, fused against unfused.
//!
//! Exact ops agree bit for bit, NaN, infinities, signed zeros, empty and 0-d arrays included. Inexact ops agree within a
//! running error bound. Transforms agree in relative L2 norm. Under `exact` licences a fused graph gives the bits of its
//! ops run one by one.

mod common;

use common::emulator;
use common::random::{self, Flavour};
use common::transforms;
use common::{difference, elements, run, run_as, run_with};
use ondine::{Array, s};
use ondine_ir::*;
use ondine_runtime::{Buffer, Device, Licences, Options};
use proptest::prelude::*;
use std::collections::HashMap;

/// `PROPTEST_CASES` runs more. A failure prints its graph and its words.
fn config(cases: u32) -> ProptestConfig {
    let default = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() { default } else { ProptestConfig { cases, ..default } }
}

fn words(most: usize) -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(any::<u32>(), 8..most)
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn exact_ops_agree_bit_for_bit(words in words(160), seed in any::<u64>()) {
        exact_ops_agree(&Device::cpu(), &words, seed)?;
    }

    #[test]
    fn fused_equals_unfused_bit_for_bit(words in words(120), seed in any::<u64>()) {
        fused_equals_unfused(&Device::cpu(), &words, seed)?;
    }

    #[test]
    fn inexact_ops_agree_within_their_error_bound(words in words(80), seed in any::<u64>()) {
        inexact_ops_agree(&Device::cpu(), &words, seed)?;
    }

    #[test]
    fn transforms_agree_in_l2_norm(words in words(60), seed in any::<u64>()) {
        transforms_agree(&Device::cpu(), &words, seed)?;
    }

    #[test]
    fn transforms_fused_equal_unfused_bit_for_bit(words in words(60), seed in any::<u64>()) {
        transforms_fused_equal_unfused(&Device::cpu(), &words, seed)?;
    }
}

// Every case compiles a program, so there are fewer.
proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn exact_ops_agree_bit_for_bit_on_cuda(words in words(160), seed in any::<u64>()) {
        if let Some(device) = emulator::device() {
            exact_ops_agree(&device, &words, seed)?;
        }
    }

    #[test]
    fn fused_equals_unfused_bit_for_bit_on_cuda(words in words(60), seed in any::<u64>()) {
        if let Some(device) = emulator::device() {
            fused_equals_unfused(&device, &words, seed)?;
        }
    }

    #[test]
    fn inexact_ops_agree_within_their_error_bound_on_cuda(words in words(80), seed in any::<u64>()) {
        if let Some(device) = emulator::device() {
            inexact_ops_agree(&device, &words, seed)?;
        }
    }

    #[test]
    fn transforms_agree_in_l2_norm_on_cuda(words in words(60), seed in any::<u64>()) {
        if let Some(device) = emulator::device() {
            transforms_agree(&device, &words, seed)?;
        }
    }

    #[test]
    fn callbacks_and_kernels_give_the_same_bits_on_cuda(words in words(60), seed in any::<u64>()) {
        if let Some(device) = emulator::device() {
            callbacks_and_kernels_agree(&device, &words, seed)?;
        }
    }

    #[test]
    fn transforms_fused_equal_unfused_bit_for_bit_on_cuda(words in words(60), seed in any::<u64>()) {
        if let Some(device) = emulator::device() {
            transforms_fused_equal_unfused(&device, &words, seed)?;
        }
    }
}

fn exact_ops_agree(device: &Device, words: &[u32], seed: u64) -> Result<(), TestCaseError> {
    let graph = random::graph(words, Flavour::Exact);
    let (inputs, params) = random::data(&graph, seed);
    let want = run(&graph, &Device::reference(), &inputs, &params).expect("reference runs");
    let got = run(&graph, device, &inputs, &params).expect("the device runs");
    for (got, want) in got.iter().zip(&want) {
        if let Some(difference) = difference(got, want) {
            prop_assert!(false, "{difference}\n{graph}");
        }
    }
    Ok(())
}

fn fused_equals_unfused(device: &Device, words: &[u32], seed: u64) -> Result<(), TestCaseError> {
    let graph = random::graph(words, Flavour::Any);
    let (inputs, params) = random::data(&graph, seed);
    let fused = run_with(&graph, device, &inputs, &params, Licences::EXACT).expect("the device runs");
    let unfused = one_by_one(&graph, device, &inputs, &params);
    for (fused, value) in fused.iter().zip(graph.results()) {
        if let Some(difference) = difference(fused, &unfused[value]) {
            prop_assert!(false, "{difference}\n{graph}");
        }
    }
    Ok(())
}

fn inexact_ops_agree(device: &Device, words: &[u32], seed: u64) -> Result<(), TestCaseError> {
    let graph = smooth_graph(words);
    let (inputs, params) = random::data(&graph, seed);
    let want = one_by_one(&graph, &Device::reference(), &inputs, &params);
    let got = run(&graph, device, &inputs, &params).expect("the device runs");
    let bounds = error_bounds(&graph, &want);
    for (got, value) in got.iter().zip(graph.results()) {
        let rows = elements(got).into_iter().zip(elements(&want[value])).zip(&bounds[value]);
        for (at, ((got, want), bound)) in rows.enumerate() {
            let (got, want) = (got.to_complex().re, want.to_complex().re);
            let agrees = !bound.is_finite() || got == want || (got - want).abs() <= *bound;
            prop_assert!(agrees, "element {at}: {got} instead of {want} +- {bound}\n{graph}");
        }
    }
    Ok(())
}

fn transforms_agree(device: &Device, words: &[u32], seed: u64) -> Result<(), TestCaseError> {
    let graph = transforms::graph(words);
    let (inputs, params) = transforms::data(&graph, seed);
    let want = one_by_one(&graph, &Device::reference(), &inputs, &params);
    let bounds = transforms::error_bounds(&graph, &want);
    for licences in [Licences::default(), Licences::EXACT] {
        let got = run_with(&graph, device, &inputs, &params, licences).expect("the device runs");
        for (got, value) in got.iter().zip(graph.results()) {
            prop_assert_eq!(got.ty(), want[value].ty());
            let error = transforms::l2(&elements(got), Some(&elements(&want[value])));
            let bound = bounds[value];
            prop_assert!(error <= bound, "error {error:e} above {bound:e} under {licences:?}\n{graph}");
        }
    }
    Ok(())
}

/// A GPU's library plans anew for callbacks, so there the norm decides.
fn callbacks_and_kernels_agree(device: &Device, words: &[u32], seed: u64) -> Result<(), TestCaseError> {
    let graph = transforms::graph(words);
    let (inputs, params) = transforms::data(&graph, seed);
    let want = one_by_one(&graph, &Device::reference(), &inputs, &params);
    let bounds = transforms::error_bounds(&graph, &want);
    for licences in [Licences::default(), Licences::EXACT] {
        let options = Options { licences, callbacks: true };
        let got = run_as(&graph, device, &inputs, &params, &options).expect("the device runs");
        let plain = run_with(&graph, device, &inputs, &params, licences).expect("the device runs");
        for ((got, plain), value) in got.iter().zip(&plain).zip(graph.results()) {
            let error = transforms::l2(&elements(got), Some(&elements(&want[value])));
            prop_assert!(error <= bounds[value], "error {error:e} under {licences:?}\n{graph}");
            if !emulator::is_gpu() {
                let difference = difference(got, plain);
                prop_assert!(difference.is_none(), "{difference:?} under {licences:?}\n{graph}");
            }
        }
    }
    Ok(())
}

fn transforms_fused_equal_unfused(device: &Device, words: &[u32], seed: u64) -> Result<(), TestCaseError> {
    let graph = transforms::graph(words);
    let (inputs, params) = transforms::data(&graph, seed);
    let fused = run_with(&graph, device, &inputs, &params, Licences::EXACT).expect("the device runs");
    let unfused = one_by_one(&graph, device, &inputs, &params);
    for (fused, value) in fused.iter().zip(graph.results()) {
        if let Some(difference) = difference(fused, &unfused[value]) {
            prop_assert!(false, "{difference}\n{graph}");
        }
    }
    Ok(())
}

/// Every value of a graph, each op run as a graph of its own.
fn one_by_one(graph: &Graph, device: &Device, inputs: &[Buffer], params: &[Scalar]) -> HashMap<Value, Buffer> {
    let mut values: HashMap<Value, Buffer> = HashMap::new();
    for id in graph.ids() {
        let node = graph.node(id);
        let mut single = Graph::new("single");
        let (mut given, mut numbers) = (Vec::new(), Vec::new());
        let operands: Vec<Value> = node
            .inputs
            .iter()
            .map(|&operand| {
                given.push(values[&operand].clone());
                single.input("x", graph.ty(operand).clone()).into()
            })
            .collect();
        let value = match &node.op {
            Op::Input { slot, .. } => {
                values.insert(id.into(), inputs[*slot as usize].clone());
                continue;
            }
            Op::Param { slot, dtype } => {
                numbers.push(params[*slot as usize]);
                single.param(*dtype)
            }
            op => single.add(op.clone(), operands).expect("it was built before"),
        };
        single.set_results([value.into()]);
        let results = run_with(&single, device, &given, &numbers, Licences::EXACT).expect("single ops run");
        values.insert(id.into(), results[0].clone());
    }
    values
}

/// A random graph of inexact real functions without comparisons, whose error can be bounded as it grows.
fn smooth_graph(words: &[u32]) -> Graph {
    let mut dice = random::Dice::new(words);
    let dtype = dice.pick(&[DType::F32, DType::F64]);
    let mut graph = Graph::new("inexact");
    let shape = dice.pick(&[&[6][..], &[3, 5], &[200], &[]]);
    let mut pool: Vec<Value> = ["a", "b"].map(|name| graph.input(name, Type::new(dtype, shape)).into()).to_vec();
    pool.push(graph.param(dtype).into());
    while !dice.is_over() {
        let (a, b) = (dice.pick(&pool), dice.pick(&pool));
        use Unary::*;
        let op = match dice.below(12) {
            0..=4 => Op::Binary(dice.pick(&[Binary::Add, Binary::Sub, Binary::Mul, Binary::Hypot])),
            5..=9 => Op::Unary(dice.pick(&[Neg, Abs, Exp, Sin, Cos, Tanh, Atan, Asinh, Erf, Cosh])),
            10 => Op::Reduce(Reduce { kind: ReduceKind::Sum, axes: (0..graph.ty(a).shape.rank()).collect() }),
            _ => match View::roll(&graph.ty(a).shape, (0..graph.ty(a).shape.rank()).map(|axis| axis as i64 + 1)) {
                Some(view) => Op::View(view),
                None => continue,
            },
        };
        let operands: &[Value] = if matches!(op, Op::Binary(_)) { &[a, b] } else { &[a] };
        if let Ok(node) = graph.add(op, operands.iter().copied()) {
            pool.push(node.into());
        }
    }
    let results: Vec<Value> = pool.iter().rev().take(2).copied().collect();
    graph.set_results(results);
    graph
}

/// How far two correct devices may differ in every element: the errors of the operands passed on by the op's slope, and a
/// few units in the last place of its own on each device.
fn error_bounds(graph: &Graph, values: &HashMap<Value, Buffer>) -> HashMap<Value, Vec<f64>> {
    let mut bounds: HashMap<Value, Vec<f64>> = HashMap::new();
    for id in graph.ids() {
        let node = graph.node(id);
        let result: Vec<f64> = elements(&values[&id.into()]).iter().map(|x| x.to_complex().re).collect();
        let unit = if node.outputs[0].dtype == DType::F32 { f32::EPSILON as f64 } else { f64::EPSILON };
        let at = |operand: usize, element: usize| {
            let of = node.inputs[operand];
            let element = if graph.ty(of).shape.rank() == 0 { 0 } else { element };
            (elements(&values[&of])[element].to_complex().re, bounds[&of][element])
        };
        let own = |r: f64| 8.0 * unit * r.abs() + f64::MIN_POSITIVE.max(unit * f32::MIN_POSITIVE as f64);
        let bound = match &node.op {
            Op::Binary(op) => (0..result.len())
                .map(|i| {
                    let ((x, dx), (y, dy)) = (at(0, i), at(1, i));
                    let passed = match op {
                        Binary::Mul => x.abs() * dy + y.abs() * dx + dx * dy,
                        _ => dx + dy,
                    };
                    passed + own(result[i])
                })
                .collect(),
            Op::Unary(op) => (0..result.len())
                .map(|i| {
                    let (x, dx) = at(0, i);
                    let slope = match op {
                        Unary::Exp => (x + dx).exp(),
                        Unary::Cosh => (x.abs() + dx).sinh(),
                        Unary::Erf => 1.13,
                        _ => 1.0,
                    };
                    slope * dx + own(result[i])
                })
                .collect(),
            Op::Reduce(_) => {
                let n = graph.ty(node.inputs[0]).shape.elements();
                let terms = (0..n).map(|i| at(0, i));
                vec![terms.map(|(x, dx)| dx + 2.0 * n as f64 * unit * x.abs()).sum::<f64>() + own(result[0])]
            }
            // A roll: the largest error of all, wherever it goes.
            Op::View(_) => {
                let most = bounds[&node.inputs[0]].iter().fold(0.0f64, |most, &bound| most.max(bound));
                vec![if bounds[&node.inputs[0]].iter().all(|b| b.is_finite()) { most } else { f64::NAN }; result.len()]
            }
            _ => vec![0.0; result.len()],
        };
        // Beside the overflow threshold one device may say infinite.
        let limit = if unit > 1e-10 { 1e38 } else { 1e307 };
        let bound =
            bound.iter().zip(&result).map(|(b, r)| if r.abs() < limit && b.is_finite() { *b } else { f64::NAN });
        bounds.insert(id.into(), bound.collect());
    }
    bounds
}

/// A region behind a transform that reads nothing of it lies over its own extents, not over those of the lines.
#[test]
fn what_is_constant_behind_a_transform_is_written_whole() {
    let mut graph = Graph::new("constant");
    let line = graph.input("line", Type::new(DType::F64, [7]));
    let window = Window { start: 4, step: 1, extent: 7 };
    let transform = |kind, len| Op::Fft(Fft { kind, axes: vec![FftAxis::whole(kind, 0, len)] });
    let mut add =
        |op, operands: &[Value]| Value::from(graph.add(op, operands.iter().copied()).expect("the op is defined"));
    let zero = add(Op::Literal(Scalar::zero(DType::C128)), &[]);
    let wide = add(Op::Cast(DType::C128), &[line.into()]);
    let back = add(transform(FftKind::Inverse, 7), &[wide]);
    let cleared = add(Op::Update(vec![window]), &[back, zero]);
    let padded = add(Op::Pad(Pad { shape: [8].into(), windows: vec![Window::run(0, 7)] }), &[cleared, zero]);
    let forward = add(transform(FftKind::Forward, 8), &[padded]);
    graph.set_results([forward, padded]);
    let (inputs, params) = transforms::data(&graph, 1);
    for round in 0..100u64 {
        // Memory that the results may come to lie in.
        drop((1..20).map(|blocks| vec![round + 1; 16 * blocks]).collect::<Vec<_>>());
        for result in run_with(&graph, &Device::cpu(), &inputs, &params, Licences::EXACT).expect("the device runs") {
            assert!(result.bytes().iter().all(|&byte| byte == 0), "{:?}\n{graph}", elements(&result));
        }
    }
}

/// What is larger than a cache is written past it: every element all the same, to the last of a row that ends inside a cache
/// line.
#[test]
fn large_maps_agree_with_their_parts() {
    let device = Device::cpu();
    for dtype in [DType::I16, DType::I32, DType::F32, DType::F64, DType::C64, DType::C128] {
        let rows = (17 << 20) / dtype.bytes() / 1003;
        let x = (ondine::arange((rows * 1003) as i64) % 101).astype(dtype).reshape([rows, 1003]).eval(&device).unwrap();
        let values = |x: &Array| {
            let y = ((x + &x.flip([1])) * x).eval(&device).unwrap();
            y.astype(DType::C128).eval(&device).unwrap().to_vec::<ondine::Complex64>().unwrap()
        };
        let middle = rows as i64 / 2;
        let parts = [values(&x.slice(s![..middle, ..])), values(&x.slice(s![middle.., ..]))].concat();
        assert!(values(&x) == parts, "{dtype}");
    }
}
