//! When kernels are compiled, and when their code goes: counted over the process, so one test at a time.

use ondine_codegen::cpu::{Cache, code_bytes};
use ondine_ir::{Binary, DType, Graph, Op, Type, Value};
use ondine_runtime::{Buffer, Cpu, Device, Executable, HostMemory, Options};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

fn alone() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `x op x op x ..` over so many elements, ready to run.
fn ready(ops: &[Binary], extent: usize) -> Arc<dyn Executable> {
    let mut graph = Graph::new("chain");
    let x: Value = graph.input("x", Type::new(DType::F64, [extent])).into();
    let chain = ops.iter().fold(x, |chain, &op| graph.add(Op::Binary(op), [chain, x]).expect("it fits").into());
    graph.set_results([chain]);
    Device::cpu().backend().compile(&graph, &Options::default(), &mut |_| {}).expect("it compiles")
}

fn input(extent: usize) -> Buffer {
    let values: Vec<f64> = (0..extent).map(|at| 0.1 + at as f64 / 7.0).collect();
    Buffer::host(Type::new(DType::F64, [extent]), Arc::new(HostMemory::adopt(values)))
}

fn bits(executable: &dyn Executable, extent: usize) -> Vec<u8> {
    executable.run(&[input(extent)], &[]).expect("it runs")[0].bytes().to_vec()
}

fn compiles_nothing() -> bool {
    Cpu::shared().is_interpreted() || !cfg!(target_arch = "x86_64")
}

#[test]
fn tiny_graphs_are_compiled_when_they_have_run_often() {
    let _alone = alone();
    if compiles_nothing() {
        return;
    }
    let ops = [Binary::Sub, Binary::Div, Binary::Add, Binary::Div, Binary::Mul];
    let tiny = ready(&ops, 1000);
    let before = Cache::shared().stats().compiled;
    let first = bits(&*tiny, 1000);
    assert_eq!(Cache::shared().stats().compiled, before);
    for _ in 0..40 {
        assert_eq!(bits(&*tiny, 1000), first);
    }
    assert_eq!(Cache::shared().stats().compiled, before + 1);
    let large = ready(&[Binary::Div, Binary::Div, Binary::Add, Binary::Sub], 5000);
    bits(&*large, 5000);
    assert_eq!(Cache::shared().stats().compiled, before + 2, "a larger one is compiled at once");
}

#[test]
fn tiny_graphs_use_a_kernel_that_is_there() {
    let _alone = alone();
    if compiles_nothing() {
        return;
    }
    let ops = [Binary::Mul, Binary::Div, Binary::Sub];
    bits(&*ready(&ops, 5000), 5000);
    let before = Cache::shared().stats();
    bits(&*ready(&ops, 10), 10);
    assert_eq!(Cache::shared().stats(), before);
}

#[test]
fn code_goes_with_the_last_program_that_needs_it() {
    let _alone = alone();
    if compiles_nothing() {
        return;
    }
    Cache::shared().clear();
    let before = code_bytes();
    let programs: Vec<_> = (1..20).map(|count| ready(&vec![Binary::Add; count], 5000)).collect();
    programs.iter().for_each(|program| drop(bits(&**program, 5000)));
    let held = code_bytes();
    assert!(held > before, "there is code");
    Cache::shared().clear();
    assert_eq!(code_bytes(), held, "programs hold their kernels");
    drop(programs);
    assert_eq!(code_bytes(), before);
    // Kernels that nobody holds go when the cache is full of newer ones, which thousands of structures make it.
    drop(bits(&*ready(&[Binary::Sub, Binary::Sub, Binary::Mul], 5000), 5000));
    assert!(code_bytes() > before, "the cache keeps it");
    Cache::shared().clear();
    assert_eq!(code_bytes(), before);
}

#[test]
fn code_is_told_in_text() {
    let _alone = alone();
    let code = ready(&[Binary::Div, Binary::Sub], 5000).code().expect("the device makes code");
    assert!(code.contains("nest [5000]") && code.contains("= div(t0, t0)"), "{code}");
    assert!(!cfg!(target_arch = "x86_64") || code.contains("vdivpd") || code.contains("fdiv"), "{code}");
}
