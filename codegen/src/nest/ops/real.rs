//! Real floats: single operations inline, transcendental ones through `math`.

use super::{compare, map, map2, undefined};
use crate::nest::math;
use crate::nest::tile::Tile;
use bytemuck::Pod;
use num_complex::Complex;
use num_traits::Float;
use ondine_ir::{Binary, Unary};

/// `f32` or `f64`, with what `num_traits` leaves out.
pub(in crate::nest) trait Real: Pod + Float {
    /// Nearest integer, ties to even.
    fn round_even(self) -> Self;
    /// The next number away from zero; for zeros the smallest positive one.
    fn outward(self) -> Self;
    /// The next number towards zero.
    fn inward(self) -> Self;
    /// -0 if one of two zeros is negative, +0 otherwise; of two equal numbers that number.
    fn lower_zero(self, other: Self) -> Self;
    /// Transcendental functions of a tile in place, false where there is no routine.
    fn unary(op: Unary, tile: &mut [Self]) -> bool;
    /// Transcendental functions of two tiles into the first.
    fn binary(op: Binary, a: &mut [Self], b: &[Self]) -> bool;
    /// Transcendental functions of a complex tile in place.
    fn complex_unary(op: Unary, tile: &mut [Complex<Self>]) -> bool;
    /// Powers of a complex tile in place.
    fn complex_pow(a: &mut [Complex<Self>], b: &[Complex<Self>]);
    /// Moduli of a complex tile.
    fn complex_abs(from: &[Complex<Self>], to: &mut [Self]);
}

impl Real for f32 {
    fn round_even(self) -> f32 {
        self.round_ties_even()
    }
    fn outward(self) -> f32 {
        f32::from_bits(self.to_bits() + 1)
    }
    fn inward(self) -> f32 {
        f32::from_bits(self.to_bits() - 1)
    }
    fn lower_zero(self, other: f32) -> f32 {
        f32::from_bits(self.to_bits() | other.to_bits())
    }
    fn unary(op: Unary, tile: &mut [f32]) -> bool {
        math::unary_f32(op, tile)
    }
    fn binary(op: Binary, a: &mut [f32], b: &[f32]) -> bool {
        math::binary_f32(op, a, b)
    }
    fn complex_unary(op: Unary, tile: &mut [Complex<f32>]) -> bool {
        math::unary_c64(op, tile)
    }
    fn complex_pow(a: &mut [Complex<f32>], b: &[Complex<f32>]) {
        math::pow_c64(a, b);
    }
    fn complex_abs(from: &[Complex<f32>], to: &mut [f32]) {
        math::abs_c64(from, to);
    }
}

impl Real for f64 {
    fn round_even(self) -> f64 {
        self.round_ties_even()
    }
    fn outward(self) -> f64 {
        f64::from_bits(self.to_bits() + 1)
    }
    fn inward(self) -> f64 {
        f64::from_bits(self.to_bits() - 1)
    }
    fn lower_zero(self, other: f64) -> f64 {
        f64::from_bits(self.to_bits() | other.to_bits())
    }
    fn unary(op: Unary, tile: &mut [f64]) -> bool {
        math::unary_f64(op, tile)
    }
    fn binary(op: Binary, a: &mut [f64], b: &[f64]) -> bool {
        math::binary_f64(op, a, b)
    }
    fn complex_unary(op: Unary, tile: &mut [Complex<f64>]) -> bool {
        math::unary_c128(op, tile)
    }
    fn complex_pow(a: &mut [Complex<f64>], b: &[Complex<f64>]) {
        math::pow_c128(a, b);
    }
    fn complex_abs(from: &[Complex<f64>], to: &mut [f64]) {
        math::abs_c128(from, to);
    }
}

pub(super) fn unary<F: Real>(op: Unary, a: &Tile, out: &mut Tile, count: usize) {
    match op {
        Unary::Neg => map(a, out, count, |x: F| -x),
        Unary::Abs => map(a, out, count, |x: F| x.abs()),
        Unary::Sign => map(a, out, count, sign::<F>),
        Unary::Signbit => map(a, out, count, |x: F| x.is_sign_negative() as u8),
        Unary::Floor => map(a, out, count, |x: F| x.floor()),
        Unary::Ceil => map(a, out, count, |x: F| x.ceil()),
        Unary::Trunc => map(a, out, count, |x: F| x.trunc()),
        Unary::Round => map(a, out, count, |x: F| x.round_even()),
        Unary::IsNan => map(a, out, count, |x: F| x.is_nan() as u8),
        Unary::IsInf => map(a, out, count, |x: F| x.is_infinite() as u8),
        Unary::IsFinite => map(a, out, count, |x: F| x.is_finite() as u8),
        Unary::Sqrt => map(a, out, count, |x: F| x.sqrt()),
        _ => {
            let tile = out.lanes_mut::<F>(count);
            tile.copy_from_slice(a.lanes(count));
            if !F::unary(op, tile) {
                undefined(op);
            }
        }
    }
}

pub(super) fn binary<F: Real>(op: Binary, a: &Tile, b: &Tile, out: &mut Tile, count: usize) {
    match op {
        Binary::Add => map2(a, b, out, count, |x: F, y: F| x + y),
        Binary::Sub => map2(a, b, out, count, |x: F, y: F| x - y),
        Binary::Mul => map2(a, b, out, count, |x: F, y: F| x * y),
        Binary::Div => map2(a, b, out, count, |x: F, y: F| x / y),
        Binary::FloorDiv => map2(a, b, out, count, floor_div::<F>),
        Binary::Rem => map2(a, b, out, count, rem::<F>),
        Binary::Copysign => map2(a, b, out, count, |x: F, y: F| x.copysign(y)),
        Binary::Nextafter => map2(a, b, out, count, nextafter::<F>),
        Binary::Min => map2(a, b, out, count, min::<F>),
        Binary::Max => map2(a, b, out, count, max::<F>),
        Binary::Complex => map2(a, b, out, count, |re: F, im: F| [re, im]),
        Binary::Pow | Binary::Atan2 | Binary::Hypot | Binary::Logaddexp => {
            let tile = out.lanes_mut::<F>(count);
            tile.copy_from_slice(a.lanes(count));
            if !F::binary(op, tile, b.lanes(count)) {
                undefined(op);
            }
        }
        _ => compare::<F>(op, a, b, out, count),
    }
}

fn sign<F: Real>(x: F) -> F {
    match () {
        () if x.is_nan() => x,
        () if x == F::zero() => F::zero(),
        () => F::one().copysign(x),
    }
}

/// NaN wins and `-0 < +0`: the `minimum` of IEEE 754-2019 section 9.6.
pub(in crate::nest) fn min<F: Real>(x: F, y: F) -> F {
    let lower = if x < y { x } else { y };
    let lower = if x == y { x.lower_zero(y) } else { lower };
    if x.is_nan() { x } else { lower }
}

/// As [`min`].
pub(in crate::nest) fn max<F: Real>(x: F, y: F) -> F {
    -min(-x, -y)
}

fn nextafter<F: Real>(x: F, y: F) -> F {
    match () {
        () if x.is_nan() || y.is_nan() => x + y,
        () if x == y => y,
        () if x == F::zero() => F::zero().outward().copysign(y),
        // Away from zero: floats of one sign are ordered as their bits are.
        () if (x < y) == (x > F::zero()) => x.outward(),
        () => x.inward(),
    }
}

/// With the sign of the divisor, as in Python.
fn rem<F: Real>(x: F, y: F) -> F {
    let rest = x % y;
    match () {
        () if rest == F::zero() => F::zero().copysign(y),
        // Also `finite % inf` of different signs: the sum is the divisor. A NaN stays one.
        () if (rest < F::zero()) != (y < F::zero()) => rest + y,
        () => rest,
    }
}

/// `floor(x / y)` where an operand is zero or infinite (array API standard 2025.12, `floor_divide`), otherwise the
/// integer nearest to `(x - x % y) / y`, as `float_divmod` of CPython computes it.
fn floor_div<F: Real>(x: F, y: F) -> F {
    if x.is_nan() || y.is_nan() || x.is_infinite() || x == F::zero() || y == F::zero() {
        return x / y;
    }
    if y.is_infinite() {
        return F::zero().copysign(x / y);
    }
    let rest = x % y;
    let mut quotient = (x - rest) / y;
    if rest != F::zero() && (rest < F::zero()) != (y < F::zero()) {
        quotient = quotient - F::one();
    }
    if quotient == F::zero() {
        return F::zero().copysign(x / y);
    }
    let (floor, half) = (quotient.floor(), F::one() / (F::one() + F::one()));
    if quotient - floor > half { floor + F::one() } else { floor }
}
