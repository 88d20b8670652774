//! Arrays in, one op, values out.

use bytemuck::Pod;
use num_complex::{Complex32, Complex64};
use ondine_ir::{DType, Graph, Op, Scalar, Shape, Type, Value};
use ondine_runtime::{Buffer, Device, Error, HostMemory, Options};
use std::sync::Arc;

/// A Rust type that is the element of a dtype. `bool` goes as `u8` through [`flags`].
pub(crate) trait Element: Pod + Send + Sync {
    /// Its dtype.
    const DTYPE: DType;
}

macro_rules! elements {
    ($($element:ty: $dtype:ident),*) => { $(impl Element for $element { const DTYPE: DType = DType::$dtype; })* };
}
elements!(i8: I8, i16: I16, i32: I32, i64: I64, u8: U8, u16: U16, u32: U32, u64: U64);
elements!(f32: F32, f64: F64, Complex32: C64, Complex64: C128);

/// An array of these elements.
pub(crate) fn array<T: Element>(shape: impl Into<Shape>, elements: impl Into<Vec<T>>) -> Buffer {
    Buffer::host(Type::new(T::DTYPE, shape), Arc::new(HostMemory::adopt(elements.into())))
}

/// An array of truth values.
pub(crate) fn flags(shape: impl Into<Shape>, elements: impl Into<Vec<bool>>) -> Buffer {
    let bytes: Vec<u8> = elements.into().into_iter().map(u8::from).collect();
    Buffer::host(Type::new(DType::Bool, shape), Arc::new(HostMemory::adopt(bytes)))
}

/// An array without elements.
pub(crate) fn empty(dtype: DType, shape: impl Into<Shape>) -> Buffer {
    Buffer::host(Type::new(dtype, shape), Arc::new(HostMemory::adopt(Vec::<u8>::new())))
}

/// The elements of an array.
pub(crate) fn elements<T: Element>(buffer: &Buffer) -> Vec<T> {
    assert_eq!(buffer.ty().dtype, T::DTYPE);
    buffer.bytes().chunks(size_of::<T>()).map(bytemuck::pod_read_unaligned).collect()
}

/// Type and elements as one text: `f64[2] 1.0 -0.0`.
pub(crate) fn text(buffer: &Buffer) -> String {
    let dtype = buffer.ty().dtype;
    let elements = buffer.bytes().chunks(dtype.bytes()).map(|bytes| format!(" {}", Scalar::from_bytes(dtype, bytes)));
    format!("{}{}", buffer.ty(), elements.collect::<String>())
}

/// Runs a graph on the reference device.
pub(crate) fn run(graph: &Graph, inputs: &[Buffer], params: &[Scalar]) -> Result<Vec<Buffer>, Error> {
    let device = Device::reference();
    let executable = device.backend().compile(graph, &Options::default(), &mut |_| ())?;
    executable.run(inputs, params)
}

/// Runs one op on arrays.
pub(crate) fn try_op(op: Op, operands: &[Buffer]) -> Result<Buffer, Error> {
    let mut graph = Graph::new("one");
    let values: Vec<Value> = operands.iter().map(|operand| graph.input("x", operand.ty().clone()).into()).collect();
    let node = graph.add(op, values).expect("the op fits its operands");
    graph.set_results([node.into()]);
    let mut results = run(&graph, operands, &[])?;
    Ok(results.remove(0))
}

/// The result of one op on arrays, as text.
pub(crate) fn op(op: Op, operands: &[Buffer]) -> String {
    text(&try_op(op, operands).expect("the op runs"))
}
