//! Nodes that address memory by data: gather, scatter, searchsorted, in plain loops; the other library nodes are elsewhere.

use super::program::Launch;
use super::{internal, linalg, matmul, sort};
use crate::Error;
use bytemuck::Pod;
use ondine_ir::{DType, Op, Type};

/// Runs a library node on dense operands.
///
/// # Safety
/// The slots of the launch hold arrays of these types, and nobody else uses those of the results.
pub(super) unsafe fn run(op: &Op, operands: &[&Type], outputs: &[Type], launch: &Launch) -> Result<(), Error> {
    let output = &outputs[0];
    let bytes = |at: usize| {
        let start = launch.operands[at].start();
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts(start.cast_const(), operands[at].bytes()) }
    };
    if let Op::Scan(scan) = op {
        // SAFETY: the caller's promise.
        unsafe { super::scan::run(scan, output, launch) };
        return Ok(());
    }
    if let Op::Matmul = op {
        let slots = [launch.operands[0], launch.operands[1], launch.results[0]];
        // SAFETY: the caller's promise.
        unsafe { matmul::matmul(launch.cpu, operands[0], operands[1], slots) };
        return Ok(());
    }
    if let Op::Linalg(parts) = op {
        // SAFETY: the caller's promise.
        return unsafe { linalg::run(parts, operands, outputs, launch) };
    }
    if let Op::Scatter { .. } = op {
        let (to, from) = (launch.results[0].start(), launch.operands[0].start());
        // SAFETY: both hold the base's bytes; they may be the same memory.
        unsafe { std::ptr::copy(from.cast_const(), to, output.bytes()) };
    }
    // SAFETY: the caller's promise; of the operands only the first of a scatter may be the same memory, and
    // that is not read from here on.
    let out = unsafe { std::slice::from_raw_parts_mut(launch.results[0].start(), output.bytes()) };
    match op {
        Op::Gather { axis } => gather(operands, *axis, bytes(0), &integers(bytes(1)), out),
        Op::Scatter { axis } => scatter(operands, *axis, &integers(bytes(1)), bytes(2), out),
        Op::SearchSorted { right } => {
            search(operands[0].dtype, *right, bytes(0), bytes(1), bytemuck::cast_slice_mut(out));
            Ok(())
        }
        Op::Sort(order) => sort::sort(launch.cpu, *order, operands[0], bytes(0), out),
        _ => Err(internal("a library step of another op")),
    }
}

fn integers(bytes: &[u8]) -> Vec<i64> {
    elements(bytes)
}

/// A copy, since a user's memory need not be aligned.
fn elements<T: Pod>(bytes: &[u8]) -> Vec<T> {
    bytes.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned).collect()
}

/// A position counted from the start.
fn position(op: &'static str, position: i64, extent: usize) -> Result<usize, Error> {
    let from_start = if position < 0 { position.checked_add(extent as i64) } else { Some(position) };
    match from_start {
        Some(at) if (0..extent as i64).contains(&at) => Ok(at as usize),
        _ => Err(Error::Position { op, position, extent }),
    }
}

fn gather(operands: &[&Type], axis: usize, from: &[u8], positions: &[i64], out: &mut [u8]) -> Result<(), Error> {
    let source = operands[0];
    let extent = source.shape[axis];
    let run = source.shape[axis + 1..].iter().product::<usize>() * source.dtype.bytes();
    let positions = positions.iter().map(|&at| position("gather", at, extent)).collect::<Result<Vec<_>, _>>()?;
    if run == 0 || positions.is_empty() {
        return Ok(());
    }
    for (outer, out) in out.chunks_exact_mut(run * positions.len()).enumerate() {
        for (out, at) in out.chunks_exact_mut(run).zip(&positions) {
            out.copy_from_slice(&from[(outer * extent + at) * run..][..run]);
        }
    }
    Ok(())
}

fn scatter(operands: &[&Type], axis: usize, positions: &[i64], values: &[u8], out: &mut [u8]) -> Result<(), Error> {
    let base = operands[0];
    let extent = base.shape[axis];
    let run = base.shape[axis + 1..].iter().product::<usize>() * base.dtype.bytes();
    let positions = positions.iter().map(|&at| position("scatter", at, extent)).collect::<Result<Vec<_>, _>>()?;
    if run == 0 || positions.is_empty() {
        return Ok(());
    }
    for (outer, values) in values.chunks_exact(run * positions.len()).enumerate() {
        for (value, at) in values.chunks_exact(run).zip(&positions) {
            out[(outer * extent + at) * run..][..run].copy_from_slice(value);
        }
    }
    Ok(())
}

fn search(dtype: DType, right: bool, sorted: &[u8], values: &[u8], out: &mut [i64]) {
    match dtype {
        DType::Bool | DType::U8 => search_as::<u8>(right, sorted, values, out),
        DType::I8 => search_as::<i8>(right, sorted, values, out),
        DType::I16 => search_as::<i16>(right, sorted, values, out),
        DType::I32 => search_as::<i32>(right, sorted, values, out),
        DType::I64 => search_as::<i64>(right, sorted, values, out),
        DType::U16 => search_as::<u16>(right, sorted, values, out),
        DType::U32 => search_as::<u32>(right, sorted, values, out),
        DType::U64 => search_as::<u64>(right, sorted, values, out),
        DType::F32 => search_as::<f32>(right, sorted, values, out),
        DType::F64 => search_as::<f64>(right, sorted, values, out),
        DType::C64 | DType::C128 => unreachable!("complex numbers have no order, as inference says"),
    }
}

#[allow(clippy::eq_op)]
fn search_as<T: Pod + PartialOrd>(right: bool, sorted: &[u8], values: &[u8], out: &mut [i64]) {
    // NaN is above all numbers, as in a sorted array.
    let less = |x: &T, y: &T| x < y || (x == x && y != y);
    let sorted: Vec<T> = elements(sorted);
    for (out, value) in out.iter_mut().zip(elements::<T>(values)) {
        let before = |x: &T| if right { !less(&value, x) } else { less(x, &value) };
        *out = sorted.partition_point(before) as i64;
    }
}
