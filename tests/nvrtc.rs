//! Every program that random graphs make, compiled by NVRTC for the oldest and the newest architecture, its log checked;
//! every callback linked by nvJitLink with a kernel that calls it.
//!
//! Neither needs a GPU. `tests/cuda_libraries.sh` fetches them; `ONDINE_CUDA_LIBS` says where they are. Where they are not
//! found the tests are skipped with a message, or fail with `ONDINE_REQUIRE_NVRTC=1`.

mod common;
#[path = "common/linker.rs"]
mod linker;

use common::device::softmax;
use common::random::{self, Flavour};
use common::{emulator, run, run_as, transforms};
use ondine::{ReduceOptions, eval_all};
use ondine_codegen::cuda::{Function, Program};
use ondine_ir::*;
use ondine_runtime::cuda::{Compile, Cuda, Nvrtc};
use ondine_runtime::{Device, Options};
use proptest::prelude::*;
use std::sync::OnceLock;

/// The architectures: Turing and Hopper.
const ARCHITECTURES: [u32; 2] = [75, 90];

/// Registers that leave room for two blocks of 256 threads on a multiprocessor.
const MOST_REGISTERS: u32 = 128;

/// Bytes that may be kept in memory while the math library runs a slow path.
const MOST_SPILLED: u32 = 32;

/// Compiles with NVRTC for the log's sake, with the host's compiler to run.
struct Both {
    nvrtc: Vec<Nvrtc>,
    host: emulator::Host,
}

impl Compile for Both {
    fn identity(&self) -> String {
        // Kept programs would not be compiled again.
        static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        format!("{} {count} {:?}", std::process::id(), std::time::SystemTime::now())
    }

    fn compile(&self, program: &Program) -> Result<Vec<u8>, String> {
        for nvrtc in &self.nvrtc {
            let (image, log) = nvrtc.run(&program.source)?;
            assert!(image.starts_with(b"\x7fELF"), "it is machine code");
            check(&log);
        }
        self.host.compile(program)
    }

    fn callback(&self, function: &Function) -> Result<Vec<u8>, String> {
        for (nvrtc, architecture) in self.nvrtc.iter().zip(ARCHITECTURES) {
            let (_, log) = nvrtc.run_for_linker(&function.source)?;
            check(&log);
            let ptx = linker::link(nvrtc, architecture, function).unwrap_or_else(|log| panic!("{log}\n{function:?}"));
            // The linker contracts products and sums unless it is kept from it, and the function is part of its caller;
            // the math library has its own ways.
            let text = function.source.rsplit("struct ").next().unwrap_or_default();
            let is_arithmetic = !["sin", "cos", "tan", "exp", "log", "pow", "erf", "hypot", "cbrt", "abs", "div"]
                .iter()
                .any(|name| text.contains(&format!("op_{name}")));
            for what in ["fma", "call"] {
                assert!(!is_arithmetic || !ptx.contains(what), "{what} in\n{ptx}\n{}", function.source);
            }
        }
        self.host.callback(function)
    }
}

/// No warnings, no spills to speak of, not too many registers.
fn check(log: &str) {
    assert!(!log.contains("warning"), "{log}");
    let number_before =
        |line: &str, what: &str| -> Option<u32> { line[..line.find(what)?].split_whitespace().last()?.parse().ok() };
    for line in log.lines() {
        for what in [" bytes spill stores", " bytes spill loads"] {
            assert!(number_before(line, what).is_none_or(|bytes| bytes <= MOST_SPILLED), "{log}");
        }
        assert!(number_before(line, " registers").is_none_or(|registers| registers <= MOST_REGISTERS), "{log}");
    }
}

fn device() -> Option<Device> {
    static DEVICE: OnceLock<Option<Device>> = OnceLock::new();
    let device = DEVICE.get_or_init(|| {
        let nvrtc = ARCHITECTURES.map(|architecture| Nvrtc::new(architecture).map(Nvrtc::verbose));
        let nvrtc: Result<Vec<Nvrtc>, String> = nvrtc.into_iter().collect();
        let nvrtc = nvrtc.and_then(|nvrtc| linker::missing().map_or(Ok(nvrtc), Err));
        match nvrtc.and_then(|nvrtc| Ok(Both { nvrtc, host: emulator::host()? })) {
            Ok(both) => Some(Device::new(Cuda::with_compiler(0, Box::new(both)).expect("the emulator has a device"))),
            Err(why) => {
                assert!(std::env::var_os("ONDINE_REQUIRE_NVRTC").is_none(), "{why}");
                eprintln!("skipped: {why}");
                None
            }
        }
    });
    device.clone()
}

fn config() -> ProptestConfig {
    let default = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() { default } else { ProptestConfig { cases: 12, ..default } }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn programs_of_random_graphs_compile(words in prop::collection::vec(any::<u32>(), 8..120), seed in any::<u64>()) {
        if let Some(device) = device() {
            let graph = random::graph(&words, Flavour::Any);
            let (inputs, params) = random::data(&graph, seed);
            run(&graph, &device, &inputs, &params).expect("the device runs");
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn callbacks_of_random_graphs_compile_and_link(words in prop::collection::vec(any::<u32>(), 8..60), seed in any::<u64>()) {
        if let Some(device) = device() {
            let graph = transforms::graph(&words);
            let (inputs, params) = transforms::data(&graph, seed);
            let options = Options { callbacks: true, ..Options::default() };
            run_as(&graph, &device, &inputs, &params, &options).expect("the device runs");
        }
    }
}

#[test]
fn callbacks_contract_nothing_and_are_part_of_their_caller() {
    let Some(device) = device() else { return };
    for dtype in [DType::C64, DType::C128] {
        let mut graph = Graph::new("filter");
        let [x, w, v] = ["x", "w", "v"].map(|name| Value::from(graph.input(name, Type::new(dtype, [3, 20]))));
        let mut add =
            |op, operands: &[Value]| Value::from(graph.add(op, operands.iter().copied()).expect("it is defined"));
        let product = add(Op::Binary(Binary::Mul), &[x, w]);
        let sum = add(Op::Binary(Binary::Add), &[product, v]);
        let axes = vec![FftAxis::whole(FftKind::Forward, 1, 20)];
        let bins = add(Op::Fft(Fft { kind: FftKind::Forward, axes }), &[sum]);
        let product = add(Op::Binary(Binary::Mul), &[bins, w]);
        let sum = add(Op::Binary(Binary::Add), &[product, v]);
        graph.set_results([sum]);
        let options = Options { callbacks: true, ..Options::default() };
        let executable = device.backend().compile(&graph, &options, &mut |_| {}).expect("it compiles");
        assert_eq!(executable.notes(), ["step 0: reads fused into cuFFT", "step 0: stores fused into cuFFT"]);
    }
}

#[test]
fn kernels_of_rows_compile_for_a_warp_and_for_a_block() {
    let Some(device) = device() else { return };
    for dtype in [DType::F32, DType::F64] {
        for shape in [[9, 300], [3, 3000]] {
            let graph = softmax(dtype, shape);
            let (inputs, params) = random::data(&graph, 7);
            let executable = device.backend().compile(&graph, &Options::default(), &mut |_| {}).expect("it compiles");
            assert!(executable.code().expect("it has code").contains("row::keep"), "the powers are kept");
            executable.run(&inputs, &params).expect("the device runs");
        }
    }
}

/// Stages of other kinds: positions, small elements with several accumulators a thread, complex numbers.
#[test]
fn rows_of_every_width_compile() {
    let Some(device) = device() else { return };
    let keep = || ReduceOptions { axis: 1.into(), keepdims: true, ..ReduceOptions::default() };
    for shape in [[9, 300], [3, 3000]] {
        for dtype in [DType::U8, DType::I16, DType::F32, DType::F64] {
            let x = (ondine::arange(shape[0] * shape[1]) % 200).reshape(shape).astype(dtype);
            let above = &x - x.min_with(keep());
            let results = [x.argmax_with(1), above.max_with(keep()), above];
            eval_all(&results.each_ref(), &device).expect("the device runs");
        }
        let z = ondine::arange(shape[0] * shape[1]).reshape(shape).astype(DType::C128) + 1.0;
        (&z / z.sum_with(keep())).eval(&device).expect("the device runs");
    }
}

#[test]
fn every_op_on_every_dtype_compiles() {
    let Some(device) = device() else { return };
    for dtype in DType::ALL {
        let mut graph = Graph::new("all");
        let x: Value = graph.input("x", Type::new(dtype, [70])).into();
        let y: Value = graph.input("y", Type::new(dtype, [70])).into();
        let mut values: Vec<Value> = Vec::new();
        values.extend(Unary::ALL.iter().filter_map(|op| graph.add(Op::Unary(*op), [x]).ok()).map(Value::from));
        values.extend(Binary::ALL.iter().filter_map(|op| graph.add(Op::Binary(*op), [x, y]).ok()).map(Value::from));
        values.extend(DType::ALL.iter().filter_map(|to| graph.add(Op::Cast(*to), [x]).ok()).map(Value::from));
        for kind in [ReduceKind::Sum, ReduceKind::Prod, ReduceKind::Min, ReduceKind::Max, ReduceKind::ArgMax] {
            let reduce = Reduce { kind, axes: [0].into_iter().collect() };
            values.extend(graph.add(Op::Reduce(reduce), [x]).ok().map(Value::from));
            values.extend(graph.add(Op::Scan(Scan { kind, axis: 0 }), [x]).ok().map(Value::from));
        }
        let (inputs, params) = random::data(&graph, 3);
        // All of them in one kernel would need more registers than there are.
        for results in values.chunks(12) {
            graph.set_results(results.iter().copied());
            run(&graph, &device, &inputs, &params).expect("the device runs");
        }
    }
}
