//! What the tests of the `cuda` device share: turns on it, small buffers, small graphs.

use super::emulator;
use num_complex::Complex64;
use ondine_ir::*;
use ondine_runtime::{Buffer, Device, HostMemory, Licences, Options};
use std::sync::{Arc, Mutex, PoisonError};

/// Faults and limits are those of the whole device, so tests take turns.
static TURN: Mutex<()> = Mutex::new(());

pub fn on_the_device(test: impl FnOnce(&Device)) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(device) = emulator::device() {
        test(&device);
    }
}

/// As [`on_the_device`], with a driver that can be made to fail.
pub fn on_the_emulator(test: impl FnOnce(&Device)) {
    if !emulator::is_gpu() {
        on_the_device(test);
    }
}

pub fn buffer(dtype: DType, shape: &[usize], value: impl Fn(usize) -> Complex64) -> Buffer {
    let ty = Type::new(dtype, shape);
    let mut memory = HostMemory::zeroed(ty.bytes()).expect("small arrays fit");
    for (at, element) in memory.as_bytes_mut().chunks_exact_mut(dtype.bytes()).enumerate() {
        element.copy_from_slice(&Scalar::from_complex(dtype, value(at)).to_bytes()[..dtype.bytes()]);
    }
    Buffer::host(ty, Arc::new(memory))
}

pub fn real(value: impl Fn(usize) -> f64) -> impl Fn(usize) -> Complex64 {
    move |at| value(at).into()
}

/// One function of one input.
pub fn unary(op: Unary, ty: Type) -> Graph {
    let mut graph = Graph::new("unary");
    let x = graph.input("x", ty);
    let y = graph.add(Op::Unary(op), [x.into()]).expect("the op is defined");
    graph.set_results([y.into()]);
    graph
}

/// A transform of all lines along the last axis.
pub fn transform(kind: FftKind, ty: Type) -> Graph {
    let mut graph = Graph::new("transform");
    let axis = ty.shape.rank() - 1;
    let len = ty.shape[axis];
    let x = graph.input("x", ty);
    let axes = vec![FftAxis::whole(kind, axis, len)];
    let y = graph.add(Op::Fft(Fft { kind, axes }), [x.into()]).expect("the op is defined");
    graph.set_results([y.into()]);
    graph
}

/// A filter: forward, times a factor, and back; a recorded run of it has kernels before, between and behind transforms.
pub fn filter(shape: &[usize]) -> Graph {
    let mut graph = Graph::new("filter");
    let x = graph.input("x", Type::new(DType::F64, shape));
    let factor = graph.param(DType::C128);
    let axis = shape.len() - 1;
    let transform = |kind| Op::Fft(Fft { kind, axes: vec![FftAxis::whole(kind, axis, shape[axis])] });
    let mut add = |op, operands: &[Value]| Value::from(graph.add(op, operands.iter().copied()).expect("it is defined"));
    let twice = add(Op::Binary(Binary::Add), &[x.into(), x.into()]);
    let bins = add(transform(FftKind::RealForward), &[twice]);
    let scaled = add(Op::Binary(Binary::Mul), &[bins, factor.into()]);
    let back = add(transform(FftKind::RealInverse), &[scaled]);
    let root = add(Op::Unary(Unary::Sqrt), &[back]);
    graph.set_results([root]);
    graph
}

/// `exp(x - max) / sum(exp(x - max))` along the last axis.
pub fn softmax(dtype: DType, [rows, count]: [usize; 2]) -> Graph {
    let mut graph = Graph::new("softmax");
    let x = Value::from(graph.input("x", Type::new(dtype, [rows, count])));
    let mut add = |op, operands: &[Value]| Value::from(graph.add(op, operands.iter().copied()).expect("it is defined"));
    let column = Op::View(View::Reshape([rows, 1].into()));
    let wide = Op::View(View::Affine(Affine::broadcast(&[rows, 1].into(), [rows, count].into())));
    let reduce = |kind| Op::Reduce(Reduce { kind, axes: [1].into_iter().collect() });
    let most = add(reduce(ReduceKind::Max), &[x]);
    let most = add(column.clone(), &[most]);
    let most = add(wide.clone(), &[most]);
    let below = add(Op::Binary(Binary::Sub), &[x, most]);
    let powers = add(Op::Unary(Unary::Exp), &[below]);
    let sum = add(reduce(ReduceKind::Sum), &[powers]);
    let sum = add(column, &[sum]);
    let sum = add(wide, &[sum]);
    let result = add(Op::Binary(Binary::Div), &[powers, sum]);
    graph.set_results([result]);
    graph
}

/// Every bit as the graph says, with regions around transforms inside cuFFT, or in kernels of their own.
pub const CALLBACKS: Options = Options { licences: Licences::EXACT, callbacks: true };
pub const KERNELS: Options = Options { licences: Licences::EXACT, callbacks: false };
