//! The device itself: stages, arguments, results, liveness.

use crate::common::*;
use ondine_ir::{Affine, Binary, DType, Graph, Inst, Kernel, Op, RegionBuilder, Scalar, Type, Unary, View};
use ondine_runtime::{Device, Error, Options};

fn f64s(shape: &[usize]) -> Type {
    Type::new(DType::F64, shape)
}

#[test]
fn it_is_one_device_called_reference() {
    assert_eq!(Device::reference(), Device::reference());
    assert_eq!(Device::reference().name(), "reference");
}

#[test]
fn compilation_shows_the_graph_as_written_and_makes_no_plan() {
    let mut graph = Graph::new("f");
    let x = graph.input("x", f64s(&[2]));
    graph.set_results([x.into()]);
    let mut stages = Vec::new();
    let executable = Device::reference()
        .backend()
        .compile(&graph, &Options::default(), &mut |stage| {
            stages.push((stage.name, stage.graph.to_string(), stage.changed, stage.applied.len(), stage.remarks.len()));
        })
        .expect("the graph compiles");
    assert_eq!(stages, [("input", graph.to_string(), true, 0, 0)]);
    assert!(executable.plan().is_none());
}

#[test]
fn a_graph_runs_twice_with_other_arguments() {
    let mut graph = Graph::new("f");
    let x = graph.input("x", f64s(&[3]));
    let a = graph.param(DType::F64);
    let product = graph.add(Op::Binary(Binary::Mul), [x.into(), a.into()]).unwrap();
    let half = graph.literal(Scalar::from_f64(DType::F64, 0.5));
    let sum = graph.add(Op::Binary(Binary::Add), [half.into(), product.into()]).unwrap();
    graph.set_results([sum.into()]);
    let device = Device::reference();
    let executable = device.backend().compile(&graph, &Options::default(), &mut |_| ()).unwrap();
    let run = |factor: f64| {
        let x = array([3], [1.0, 2.0, -0.5]);
        text(&executable.run(&[x], &[Scalar::from_f64(DType::F64, factor)]).unwrap()[0])
    };
    assert_eq!(run(2.0), "f64[3] 2.5 4.5 -0.5");
    assert_eq!(run(-1.0), "f64[3] -0.5 -1.5 1.0");
}

#[test]
fn results_may_be_inputs_literals_and_each_other() {
    let mut graph = Graph::new("f");
    let x = graph.input("x", f64s(&[1]));
    let seven = graph.literal(Scalar::from_i128(DType::I8, 7));
    let minus = graph.add(Op::Unary(Unary::Neg), [x.into()]).unwrap();
    let twice = graph.add(Op::Unary(Unary::Neg), [minus.into()]).unwrap();
    graph.set_results([x.into(), twice.into(), seven.into(), minus.into(), minus.into()]);
    let results = run(&graph, &[array([1], [4.0])], &[]).unwrap();
    let texts: Vec<String> = results.iter().map(text).collect();
    assert_eq!(texts, ["f64[1] 4.0", "f64[1] 4.0", "i8[] 7", "f64[1] -4.0", "f64[1] -4.0"]);
}

#[test]
fn what_no_result_needs_is_not_run() {
    let mut graph = Graph::new("f");
    let x = graph.input("x", f64s(&[2]));
    let positions = graph.input("at", Type::new(DType::I64, [1]));
    graph.add(Op::Gather { axis: 0 }, [x.into(), positions.into()]).unwrap();
    graph.set_results([x.into()]);
    assert!(run(&graph, &[array([2], [1.0, 2.0]), array([1], [99i64])], &[]).is_ok());
}

#[test]
fn arguments_of_another_type_are_refused() {
    let mut graph = Graph::new("f");
    let x = graph.input("x", f64s(&[2]));
    graph.set_results([x.into()]);
    let error = run(&graph, &[array([2], [1.0f32, 2.0])], &[]).unwrap_err();
    assert_eq!(error.to_string(), "internal: graph f is run with inputs [f32[2]] and parameters []");
}

#[test]
fn kernels_are_refused() {
    let mut graph = Graph::new("f");
    let mut region = RegionBuilder::new([2].into());
    let one = region.push(Inst::Literal(Scalar::from_f64(DType::F64, 1.0)), DType::F64);
    let kernel = Kernel {
        anchor: ondine_ir::Anchor::Map,
        loads: Default::default(),
        mids: Default::default(),
        stores: [region.finish(one)].into_iter().collect(),
    };
    let node = graph.add(Op::Kernel(Box::new(kernel)), []).unwrap();
    graph.set_results([node.into()]);
    assert_eq!(run(&graph, &[], &[]).unwrap_err().to_string(), "internal: reference runs graphs as written");
}

#[test]
fn memory_that_cannot_be_had_is_an_error_with_its_bytes() {
    let mut graph = Graph::new("f");
    let zero = graph.literal(Scalar::zero(DType::F64));
    let huge = View::Affine(Affine::broadcast(&[].into(), [1 << 59].into()));
    let node = graph.add(Op::View(huge), [zero.into()]).unwrap();
    graph.set_results([node.into()]);
    let error = run(&graph, &[], &[]).unwrap_err();
    assert!(matches!(error, Error::OutOfMemory { bytes, .. } if bytes == 1 << 62), "{error}");
    assert_eq!(error.to_string(), "reference: 4611686018427387904 bytes could not be allocated for a value");
}
