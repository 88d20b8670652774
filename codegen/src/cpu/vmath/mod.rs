//! Elementary functions on tiles: one lane-wise source, compiled for each instruction set, chosen once.
//!
//! A *lane function* maps one number, branch-free and table-free, so that the compiler vectorises a loop of them;
//! [`table`] holds such loops as C functions for generated code, and the functions of this page are their safe form
//! for the interpreter. Both give the same bits on every machine (NaN sign and payload excepted).
//!
//! Simple operations (`neg`, `floor`, `sqrt`, ...) are single instructions and have no routine here.
//!
//! # Accuracy
//!
//! Largest error in units in the last place (ulp), rounded up: in f32 over all 2^32 inputs of functions of one argument,
//! in f64 over 10^7 samples of the whole range (`examples/vmath_accuracy.rs`, an hour of one core):
//!
//! | | f64 | f32 | | f64 | f32 | | f64 | f32 |
//! |---|---|---|---|---|---|---|---|---|
//! | `exp` | 1.0 | 0.93 | `sin` | 0.80 | 0.51 | `asinh` | 0.90 | 0.51 |
//! | `exp2` | 1.0 | 0.93 | `cos` | 0.82 | 0.51 | `acosh` | 0.90 | 0.51 |
//! | `expm1` | 0.82 | 0.51 | `tan` | 0.90 | 0.51 | `atanh` | 0.92 | 0.51 |
//! | `log` | 0.84 | 0.89 | `asin` | 0.68 | 0.51 | `cbrt` | 0.51 | 0.60 |
//! | `log1p` | 0.90 | 0.51 | `acos` | 0.64 | 0.51 | `erf` | 0.86 | 0.52 |
//! | `log2` | 0.75 | 0.51 | `atan` | 0.84 | 0.51 | `erfc` | **2.0** | 0.60 |
//! | `log10` | 0.66 | 0.51 | `sinh` | 0.80 | 0.51 | `atan2` | 0.84 | 0.51 |
//! | `pow` | 1.0 | 0.56 | `cosh` | 0.90 | 0.56 | `hypot` | 1.0 | 0.51 |
//! | `logaddexp` | 0.80 | 0.60 | `tanh` | 0.72 | 0.51 | | | |
//!
//! `logaddexp` counts in ulp of the larger operand where the two terms cancel. A result beside the overflow or underflow
//! threshold may be the neighbouring value.
//!
//! Complex, f64, each part in ulp of that part: `sqrt` 2, `sign` 2, `exp` 2.5, `expm1` 2 (of the modulus), `log` 1,
//! `log1p` 2, `log2` and `log10` 2, `sin cos sinh cosh` 3, `tan tanh` 6, `asin acos asinh acosh` 4, `atan atanh` 3. The
//! angle of a power `z^w` is `w` times an angle of one ulp. c64 is computed in f64 and rounded.
#![allow(clippy::eq_op, clippy::neg_cmp_op_on_partial_ord, clippy::excessive_precision, clippy::approx_constant)]

mod coefficients;
mod complex;
mod double;
mod planar;
mod poly;
mod single;
mod table;
mod tile;

use num_complex::Complex;
use ondine_ir::{Binary, Unary};
pub use table::{Map, Map2, Table, table, tables};

/// Replaces each `x` of `tile` by `op(x)`; false, and nothing done, where vmath has no routine for `op`.
pub fn unary_f64(op: Unary, tile: &mut [f64]) -> bool {
    apply((table().unary_f64)(op), tile)
}

/// As [`unary_f64`].
pub fn unary_f32(op: Unary, tile: &mut [f32]) -> bool {
    apply((table().unary_f32)(op), tile)
}

/// Replaces each `a[i]` by `op(a[i], b[i])`; false, and nothing done, where vmath has no routine for `op`.
///
/// # Panics
/// If the lengths differ.
pub fn binary_f64(op: Binary, a: &mut [f64], b: &[f64]) -> bool {
    apply2((table().binary_f64)(op), a, b)
}

/// As [`binary_f64`].
///
/// # Panics
/// If the lengths differ.
pub fn binary_f32(op: Binary, a: &mut [f32], b: &[f32]) -> bool {
    apply2((table().binary_f32)(op), a, b)
}

/// Replaces each `z` of `tile` by `op(z)`; false, and nothing done, where vmath has no routine for `op`.
pub fn unary_c128(op: Unary, tile: &mut [Complex<f64>]) -> bool {
    apply((table().unary_c128)(op), tile)
}

/// As [`unary_c128`].
pub fn unary_c64(op: Unary, tile: &mut [Complex<f32>]) -> bool {
    apply((table().unary_c64)(op), tile)
}

/// The moduli of `src`, without overflow or underflow inside.
///
/// # Panics
/// If the lengths differ.
pub fn abs_c128(src: &[Complex<f64>], dst: &mut [f64]) {
    assert_eq!(src.len(), dst.len(), "source and destination of one tile have one length");
    // SAFETY: both ranges have this length and are disjoint, as the references are; this machine's routine.
    unsafe { (table().abs_c128)(dst.as_mut_ptr(), src.as_ptr(), src.len()) };
}

/// As [`abs_c128`].
///
/// # Panics
/// If the lengths differ.
pub fn abs_c64(src: &[Complex<f32>], dst: &mut [f32]) {
    assert_eq!(src.len(), dst.len(), "source and destination of one tile have one length");
    // SAFETY: as in `abs_c128`.
    unsafe { (table().abs_c64)(dst.as_mut_ptr(), src.as_ptr(), src.len()) };
}

/// Replaces each `a[i]` by the principal value of `a[i]` to the power `b[i]`.
///
/// # Panics
/// If the lengths differ.
pub fn pow_c128(a: &mut [Complex<f64>], b: &[Complex<f64>]) {
    apply2(Some(table().pow_c128), a, b);
}

/// As [`pow_c128`].
///
/// # Panics
/// If the lengths differ.
pub fn pow_c64(a: &mut [Complex<f32>], b: &[Complex<f32>]) {
    apply2(Some(table().pow_c64), a, b);
}

fn apply<T>(routine: Option<Map<T>>, tile: &mut [T]) -> bool {
    let Some(routine) = routine else { return false };
    // SAFETY: `tile` is both ranges; `table()` holds routines for this machine.
    unsafe { routine(tile.as_mut_ptr(), tile.as_ptr(), tile.len()) };
    true
}

fn apply2<T>(routine: Option<Map2<T>>, a: &mut [T], b: &[T]) -> bool {
    assert_eq!(a.len(), b.len(), "operands of one tile have one length");
    let Some(routine) = routine else { return false };
    // SAFETY: both ranges have `a.len()` elements and are disjoint, as the references are; this machine's routine.
    unsafe { routine(a.as_mut_ptr(), a.as_ptr(), b.as_ptr(), a.len()) };
    true
}
