//! Conversions between all dtypes: those of Rust's `as`.
//!
//! Integers wrap to narrower ones; floats truncate and saturate, NaN becomes 0; bool is `x != 0`, of complex numbers in
//! either part; real numbers get a `+0` imaginary part, complex ones lose theirs.

use super::map;
use crate::nest::tile::Tile;
use bytemuck::Pod;
use num_traits::{AsPrimitive, Zero};
use ondine_ir::DType;

/// `out = to(a)` on the first `count` lanes.
pub(in crate::nest) fn cast(from: DType, to: DType, a: &Tile, out: &mut Tile, count: usize) {
    match from {
        DType::Bool | DType::U8 => from_real::<u8>(to, a, out, count),
        DType::I8 => from_real::<i8>(to, a, out, count),
        DType::I16 => from_real::<i16>(to, a, out, count),
        DType::I32 => from_real::<i32>(to, a, out, count),
        DType::I64 => from_real::<i64>(to, a, out, count),
        DType::U16 => from_real::<u16>(to, a, out, count),
        DType::U32 => from_real::<u32>(to, a, out, count),
        DType::U64 => from_real::<u64>(to, a, out, count),
        DType::F32 => from_real::<f32>(to, a, out, count),
        DType::F64 => from_real::<f64>(to, a, out, count),
        DType::C64 => from_complex::<f32>(to, a, out, count),
        DType::C128 => from_complex::<f64>(to, a, out, count),
    }
}

/// What every number can become.
trait Number:
    Pod
    + Zero
    + PartialEq
    + AsPrimitive<i8>
    + AsPrimitive<i16>
    + AsPrimitive<i32>
    + AsPrimitive<i64>
    + AsPrimitive<u8>
    + AsPrimitive<u16>
    + AsPrimitive<u32>
    + AsPrimitive<u64>
    + AsPrimitive<f32>
    + AsPrimitive<f64>
{
}

impl<T> Number for T where
    T: Pod
        + Zero
        + PartialEq
        + AsPrimitive<i8>
        + AsPrimitive<i16>
        + AsPrimitive<i32>
        + AsPrimitive<i64>
        + AsPrimitive<u8>
        + AsPrimitive<u16>
        + AsPrimitive<u32>
        + AsPrimitive<u64>
        + AsPrimitive<f32>
        + AsPrimitive<f64>
{
}

fn from_real<S: Number>(to: DType, a: &Tile, out: &mut Tile, count: usize) {
    match to {
        DType::Bool => map(a, out, count, |x: S| (x != S::zero()) as u8),
        DType::C64 => map(a, out, count, |x: S| -> [f32; 2] { [x.as_(), 0.0] }),
        DType::C128 => map(a, out, count, |x: S| -> [f64; 2] { [x.as_(), 0.0] }),
        _ => component(to, a, out, count, |x: S| x),
    }
}

fn from_complex<S: Number>(to: DType, a: &Tile, out: &mut Tile, count: usize) {
    match to {
        DType::Bool => map(a, out, count, |x: [S; 2]| (x[0] != S::zero() || x[1] != S::zero()) as u8),
        DType::C64 => map(a, out, count, |x: [S; 2]| -> [f32; 2] { [x[0].as_(), x[1].as_()] }),
        DType::C128 => map(a, out, count, |x: [S; 2]| -> [f64; 2] { [x[0].as_(), x[1].as_()] }),
        _ => component(to, a, out, count, |x: [S; 2]| x[0]),
    }
}

/// To a real dtype, from the part of an element that counts.
fn component<A: Pod, S: Number>(to: DType, a: &Tile, out: &mut Tile, count: usize, part: impl Fn(A) -> S) {
    match to {
        DType::I8 => map(a, out, count, |x| -> i8 { part(x).as_() }),
        DType::I16 => map(a, out, count, |x| -> i16 { part(x).as_() }),
        DType::I32 => map(a, out, count, |x| -> i32 { part(x).as_() }),
        DType::I64 => map(a, out, count, |x| -> i64 { part(x).as_() }),
        DType::U8 => map(a, out, count, |x| -> u8 { part(x).as_() }),
        DType::U16 => map(a, out, count, |x| -> u16 { part(x).as_() }),
        DType::U32 => map(a, out, count, |x| -> u32 { part(x).as_() }),
        DType::U64 => map(a, out, count, |x| -> u64 { part(x).as_() }),
        DType::F32 => map(a, out, count, |x| -> f32 { part(x).as_() }),
        DType::F64 => map(a, out, count, |x| -> f64 { part(x).as_() }),
        _ => unreachable!("bool and complex numbers are converted by the caller"),
    }
}
