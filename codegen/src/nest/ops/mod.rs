//! Every elementwise op on tiles of every dtype.
//!
//! One match per op and family of dtypes; the loops are written once, generic over the element, in a form that the
//! compiler vectorises. Nothing is contracted or reassociated: each operation rounds where the graph says.

mod cast;
mod complex;
mod integer;
mod real;

use super::tile::Tile;
use bytemuck::Pod;
pub(super) use cast::cast;
pub(super) use complex::mul as complex_mul;
use ondine_ir::{Binary, DType, Unary};
pub(super) use real::{Real, max, min};

/// `out = op(a)` on the first `count` lanes.
pub(crate) fn unary(op: Unary, dtype: DType, a: &Tile, out: &mut Tile, count: usize) {
    match dtype {
        DType::Bool => map(a, out, count, |x: u8| x ^ 1),
        DType::I8 => integer::unary::<i8>(op, a, out, count),
        DType::I16 => integer::unary::<i16>(op, a, out, count),
        DType::I32 => integer::unary::<i32>(op, a, out, count),
        DType::I64 => integer::unary::<i64>(op, a, out, count),
        DType::U8 => integer::unary::<u8>(op, a, out, count),
        DType::U16 => integer::unary::<u16>(op, a, out, count),
        DType::U32 => integer::unary::<u32>(op, a, out, count),
        DType::U64 => integer::unary::<u64>(op, a, out, count),
        DType::F32 => real::unary::<f32>(op, a, out, count),
        DType::F64 => real::unary::<f64>(op, a, out, count),
        DType::C64 => complex::unary::<f32>(op, a, out, count),
        DType::C128 => complex::unary::<f64>(op, a, out, count),
    }
}

/// `out = op(a, b)` on the first `count` lanes.
pub(crate) fn binary(op: Binary, dtypes: (DType, DType), a: &Tile, b: &Tile, out: &mut Tile, count: usize) {
    use DType::*;
    match dtypes {
        (Bool, _) => integer::binary_bool(op, a, b, out, count),
        (I8, _) => integer::binary::<i8>(op, a, b, out, count),
        (I16, _) => integer::binary::<i16>(op, a, b, out, count),
        (I32, _) => integer::binary::<i32>(op, a, b, out, count),
        (I64, _) => integer::binary::<i64>(op, a, b, out, count),
        (U8, _) => integer::binary::<u8>(op, a, b, out, count),
        (U16, _) => integer::binary::<u16>(op, a, b, out, count),
        (U32, _) => integer::binary::<u32>(op, a, b, out, count),
        (U64, _) => integer::binary::<u64>(op, a, b, out, count),
        (F32, F32) => real::binary::<f32>(op, a, b, out, count),
        (F64, F64) => real::binary::<f64>(op, a, b, out, count),
        (C64, C64) => complex::binary::<f32>(op, a, b, out, count),
        (C128, C128) => complex::binary::<f64>(op, a, b, out, count),
        (C64, _) => complex::scaled::<f32>(op, a, b, out, count),
        (C128, _) => complex::scaled::<f64>(op, a, b, out, count),
        // The only op with a real first and a complex second operand is the product.
        (F32, _) => complex::scaled::<f32>(op, b, a, out, count),
        (F64, _) => complex::scaled::<f64>(op, b, a, out, count),
    }
}

/// `out = condition ? a : b` on the first `count` lanes.
pub(super) fn select(dtype: DType, condition: &Tile, a: &Tile, b: &Tile, out: &mut Tile, count: usize) {
    match dtype.bytes() {
        1 => select_as::<u8>(condition, a, b, out, count),
        2 => select_as::<u16>(condition, a, b, out, count),
        4 => select_as::<u32>(condition, a, b, out, count),
        8 => select_as::<u64>(condition, a, b, out, count),
        _ => select_as::<[u64; 2]>(condition, a, b, out, count),
    }
}

fn select_as<T: Pod>(condition: &Tile, a: &Tile, b: &Tile, out: &mut Tile, count: usize) {
    let (condition, a, b) = (condition.lanes::<u8>(count), a.lanes::<T>(count), b.lanes::<T>(count));
    for (out, (condition, (a, b))) in out.lanes_mut::<T>(count).iter_mut().zip(condition.iter().zip(a.iter().zip(b))) {
        *out = if *condition != 0 { *a } else { *b };
    }
}

fn map<A: Pod, R: Pod>(a: &Tile, out: &mut Tile, count: usize, f: impl Fn(A) -> R) {
    for (out, a) in out.lanes_mut::<R>(count).iter_mut().zip(a.lanes::<A>(count)) {
        *out = f(*a);
    }
}

fn map2<A: Pod, B: Pod, R: Pod>(a: &Tile, b: &Tile, out: &mut Tile, count: usize, f: impl Fn(A, B) -> R) {
    let operands = a.lanes::<A>(count).iter().zip(b.lanes::<B>(count));
    for (out, (a, b)) in out.lanes_mut::<R>(count).iter_mut().zip(operands) {
        *out = f(*a, *b);
    }
}

/// The op on one element where it is a comparison of ordered values; bytes 0 and 1.
fn compare<T: Pod + PartialOrd>(op: Binary, a: &Tile, b: &Tile, out: &mut Tile, count: usize) {
    match op {
        Binary::Eq => map2(a, b, out, count, |x: T, y: T| (x == y) as u8),
        Binary::Ne => map2(a, b, out, count, |x: T, y: T| (x != y) as u8),
        Binary::Lt => map2(a, b, out, count, |x: T, y: T| (x < y) as u8),
        Binary::Le => map2(a, b, out, count, |x: T, y: T| (x <= y) as u8),
        Binary::Gt => map2(a, b, out, count, |x: T, y: T| (x > y) as u8),
        Binary::Ge => map2(a, b, out, count, |x: T, y: T| (x >= y) as u8),
        _ => undefined(op),
    }
}

/// Inference refuses ops on dtypes that make no sense.
fn undefined(op: impl std::fmt::Display) -> ! {
    unreachable!("{op} is not defined on this dtype, as inference says")
}
