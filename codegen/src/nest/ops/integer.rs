//! Integers of all eight dtypes, and bool.

use super::{compare, map, map2, undefined};
use crate::nest::tile::Tile;
use bytemuck::Pod;
use num_traits::{PrimInt, WrappingAdd, WrappingMul, WrappingSub};
use ondine_ir::{Binary, Unary};

/// The eight integer types.
pub(super) trait Int: Pod + PrimInt + WrappingAdd + WrappingSub + WrappingMul {}
impl<T: Pod + PrimInt + WrappingAdd + WrappingSub + WrappingMul> Int for T {}

pub(super) fn unary<T: Int>(op: Unary, a: &Tile, out: &mut Tile, count: usize) {
    let negated = |x: T| T::zero().wrapping_sub(&x);
    match op {
        Unary::Neg => map(a, out, count, negated),
        Unary::Abs => map(a, out, count, |x: T| if x < T::zero() { negated(x) } else { x }),
        Unary::Sign => map(a, out, count, |x: T| match x.cmp(&T::zero()) {
            std::cmp::Ordering::Less => negated(T::one()),
            std::cmp::Ordering::Equal => T::zero(),
            std::cmp::Ordering::Greater => T::one(),
        }),
        Unary::Not => map(a, out, count, |x: T| !x),
        _ => undefined(op),
    }
}

pub(super) fn binary<T: Int>(op: Binary, a: &Tile, b: &Tile, out: &mut Tile, count: usize) {
    match op {
        Binary::Add => map2(a, b, out, count, |x: T, y: T| x.wrapping_add(&y)),
        Binary::Sub => map2(a, b, out, count, |x: T, y: T| x.wrapping_sub(&y)),
        Binary::Mul => map2(a, b, out, count, |x: T, y: T| x.wrapping_mul(&y)),
        Binary::FloorDiv => map2(a, b, out, count, floor_div::<T>),
        Binary::Rem => map2(a, b, out, count, rem::<T>),
        Binary::Pow => map2(a, b, out, count, pow::<T>),
        Binary::Min => map2(a, b, out, count, |x: T, y: T| x.min(y)),
        Binary::Max => map2(a, b, out, count, |x: T, y: T| x.max(y)),
        Binary::And => map2(a, b, out, count, |x: T, y: T| x & y),
        Binary::Or => map2(a, b, out, count, |x: T, y: T| x | y),
        Binary::Xor => map2(a, b, out, count, |x: T, y: T| x ^ y),
        Binary::Shl => map2(a, b, out, count, |x: T, y: T| match distance(y) {
            Some(places) => x << places,
            None => T::zero(),
        }),
        Binary::Shr => map2(a, b, out, count, |x: T, y: T| match distance(y) {
            Some(places) => x >> places,
            None if x < T::zero() => !T::zero(),
            None => T::zero(),
        }),
        _ => compare::<T>(op, a, b, out, count),
    }
}

pub(super) fn binary_bool(op: Binary, a: &Tile, b: &Tile, out: &mut Tile, count: usize) {
    match op {
        Binary::And | Binary::Min => map2(a, b, out, count, |x: u8, y: u8| x & y),
        Binary::Or | Binary::Max => map2(a, b, out, count, |x: u8, y: u8| x | y),
        Binary::Xor => map2(a, b, out, count, |x: u8, y: u8| x ^ y),
        _ => compare::<u8>(op, a, b, out, count),
    }
}

/// The shift count, if it is below the width.
fn distance<T: Int>(count: T) -> Option<usize> {
    count.to_usize().filter(|count| *count < 8 * size_of::<T>())
}

/// Rounded towards minus infinity; 0 on division by 0, and the smallest number divided by -1 stays.
fn floor_div<T: Int>(x: T, y: T) -> T {
    if y == T::zero() {
        return T::zero();
    }
    let Some(quotient) = x.checked_div(&y) else { return x };
    let is_above = x - quotient * y != T::zero() && (x < T::zero()) != (y < T::zero());
    if is_above { quotient - T::one() } else { quotient }
}

/// With the sign of the divisor; 0 on division by 0.
fn rem<T: Int>(x: T, y: T) -> T {
    if y == T::zero() {
        return T::zero();
    }
    let Some(quotient) = x.checked_div(&y) else { return T::zero() };
    let rest = x - quotient * y;
    if rest != T::zero() && (rest < T::zero()) != (y < T::zero()) { rest + y } else { rest }
}

/// By repeated squaring, wrapping; of the negative powers only those of 1 and -1 are integers, the others are 0.
fn pow<T: Int>(base: T, exponent: T) -> T {
    let minus_one = T::zero().wrapping_sub(&T::one());
    if exponent < T::zero() {
        return match () {
            () if base == T::one() => base,
            () if base == minus_one => {
                if exponent & T::one() == T::zero() {
                    T::one()
                } else {
                    base
                }
            }
            () => T::zero(),
        };
    }
    let (mut power, mut square, mut rest) = (T::one(), base, exponent);
    while rest > T::zero() {
        if rest & T::one() == T::one() {
            power = power.wrapping_mul(&square);
        }
        square = square.wrapping_mul(&square);
        rest = rest >> 1;
    }
    power
}
