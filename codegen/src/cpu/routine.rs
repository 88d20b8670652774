//! Functions of tiles that kernels call: vector math where it has a routine, the interpreter's own loops for the rest.

use super::vmath::{Map, Map2, table};
use crate::nest::{Body, Inst, Tile, Var, tile_binary, tile_unary};
use ondine_ir::{Binary, DType, Kind, Unary};

/// A function of one or two tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Routine {
    /// `fn(to, from, count)` at an address.
    Map(usize),
    /// `fn(to, first, second, count)` at an address.
    Map2(usize),
    /// [`run`] on an operation of the interpreter.
    Job(Job),
}

/// An operation of the interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    Unary(Unary, DType),
    Binary(Binary, DType, DType),
}

/// What kernels call for a [`Job`].
pub(super) type Run =
    unsafe extern "C" fn(job: *const Job, to: *mut Tile, a: *const Tile, b: *const Tile, count: usize);

/// Runs a job on tiles.
///
/// # Safety
/// The job and the tiles are there, `to` is none of the others, and `count` is at most 256.
pub(super) unsafe extern "C" fn run(job: *const Job, to: *mut Tile, a: *const Tile, b: *const Tile, count: usize) {
    // SAFETY: the caller's promise.
    let (job, to, a, b) = unsafe { (&*job, &mut *to, &*a, &*b) };
    match *job {
        Job::Unary(op, dtype) => tile_unary(op, dtype, a, to, count),
        Job::Binary(op, first, second) => tile_binary(op, (first, second), a, b, to, count),
    }
}

/// The routine that an instruction is, `None` where it is code of the kernel's own.
pub(super) fn routine(body: &Body, inst: &Inst) -> Option<Routine> {
    let of = |var: &Var| body.dtype(*var);
    match inst {
        Inst::Unary(op, a) => unary(*op, of(a)),
        Inst::Binary(op, a, b) => binary(*op, of(a), of(b)),
        _ => None,
    }
}

fn unary(op: Unary, dtype: DType) -> Option<Routine> {
    use Unary::*;
    let is_inline = match dtype.kind() {
        Kind::Complex => matches!(op, Neg | Conj | Real | Imag | Round | IsNan | IsInf | IsFinite),
        Kind::Real => {
            matches!(op, Neg | Abs | Sign | Signbit | Floor | Ceil | Trunc | Round | IsNan | IsInf | IsFinite | Sqrt)
        }
        _ => matches!(op, Neg | Abs | Sign | Not),
    };
    if is_inline {
        return None;
    }
    let table = table();
    let address = match (dtype, op) {
        (DType::C64, Abs) => Some(table.abs_c64 as *const () as usize),
        (DType::C128, Abs) => Some(table.abs_c128 as *const () as usize),
        (DType::F32, _) => (table.unary_f32)(op).map(|map: Map<f32>| map as *const () as usize),
        (DType::F64, _) => (table.unary_f64)(op).map(|map: Map<f64>| map as *const () as usize),
        (DType::C64, _) => (table.unary_c64)(op).map(|map| map as *const () as usize),
        (DType::C128, _) => (table.unary_c128)(op).map(|map| map as *const () as usize),
        _ => None,
    };
    Some(address.map_or(Routine::Job(Job::Unary(op, dtype)), Routine::Map))
}

fn binary(op: Binary, first: DType, second: DType) -> Option<Routine> {
    use Binary::*;
    let is_inline = match (first.kind(), second.kind()) {
        (Kind::Complex, _) | (_, Kind::Complex) => matches!(op, Add | Sub | Mul | Div | Eq | Ne),
        (Kind::Real, _) => !matches!(op, FloorDiv | Rem | Nextafter | Pow | Atan2 | Hypot | Logaddexp),
        _ => op != Pow,
    };
    if is_inline {
        return None;
    }
    let table = table();
    let address = match (first, op) {
        (DType::F32, _) => (table.binary_f32)(op).map(|map: Map2<f32>| map as *const () as usize),
        (DType::F64, _) => (table.binary_f64)(op).map(|map: Map2<f64>| map as *const () as usize),
        (DType::C64, Pow) => Some(table.pow_c64 as *const () as usize),
        (DType::C128, Pow) => Some(table.pow_c128 as *const () as usize),
        _ => None,
    };
    Some(address.map_or(Routine::Job(Job::Binary(op, first, second)), Routine::Map2))
}
