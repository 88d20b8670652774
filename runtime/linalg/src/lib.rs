//! Decompositions of stacks of matrices: small systems are eliminated in plain loops, several at a time, the rest is the `faer` crate's.
//!
//! A crate of its own, because four types of elements make its compilation long and its changes are few. Matrices are rows one
//! after the other. Nothing here knows of devices.
#![forbid(unsafe_code)]

mod flaw;
mod number;
mod plain;
mod spectral;
mod triangular;

pub use flaw::{Failed, Flaw};
pub use number::{Eigen, Element, Number};
pub use plain::ABREAST;

use bytemuck::Pod;
use faer::Par;
use num_traits::One;
use ondine_ir::LinalgKind;

/// A stack of matrices of one kind and size, one after the other, and the places of their parts. What is not asked for is `None`.
pub struct Stack<'a, T> {
    /// What is computed.
    pub kind: LinalgKind,
    /// How many matrices.
    pub count: usize,
    /// The number of rows.
    pub rows: usize,
    /// Elements in a row.
    pub columns: usize,
    /// The elements.
    pub matrices: &'a [T],
    /// The right hand sides of systems: as many rows of `sides` elements.
    pub others: &'a [T],
    /// How many right hand sides a system has.
    pub sides: usize,
    /// The threads of the rayon pool that calls work on each together.
    pub is_shared: bool,
    /// Memory of the parts, by their places in `LinalgKind::parts`, aligned for their elements.
    pub parts: [Option<&'a mut [u8]>; 3],
}

/// One of them.
struct Task<'a, T> {
    kind: LinalgKind,
    rows: usize,
    columns: usize,
    matrix: &'a [T],
    other: &'a [T],
    sides: usize,
    is_shared: bool,
    parts: [Option<&'a mut [u8]>; 3],
}

/// The elements of matrix `at` of `count`.
fn one<T>(all: &[T], at: usize, count: usize) -> &[T] {
    let elements = all.len() / count;
    &all[at * elements..][..elements]
}

impl<T> Stack<'_, T> {
    fn task(&mut self, at: usize) -> Task<'_, T> {
        let Stack { kind, count, rows, columns, sides, is_shared, .. } = *self;
        let parts = self.parts.each_mut().map(|part| {
            let part = part.as_deref_mut()?;
            let bytes = part.len() / count;
            Some(&mut part[at * bytes..][..bytes])
        });
        let (matrix, other) = (one(self.matrices, at, count), one(self.others, at, count));
        Task { kind, rows, columns, matrix, other, sides, is_shared, parts }
    }
}

/// Parts in which threads share the work on a matrix. Sums depend on it, so it does not depend on the number of threads.
const PARTS: usize = 8;

impl<T> Task<'_, T> {
    /// How the library divides the work.
    fn par(&self) -> Par {
        if self.is_shared { Par::rayon(PARTS) } else { Par::Seq }
    }

    /// The elements of a part.
    fn part<P: Pod>(&mut self, part: usize) -> Option<&mut [P]> {
        self.parts[part].as_deref_mut().map(bytemuck::cast_slice_mut)
    }
}

/// Scratch memory of zeros.
fn scratch<T: Pod>(elements: usize) -> Result<Vec<T>, Failed> {
    let mut memory = Vec::new();
    memory.try_reserve_exact(elements).map_err(|_| Failed::Memory(elements * size_of::<T>()))?;
    memory.resize(elements, T::zeroed());
    Ok(memory)
}

/// Decomposes the matrices of a stack, and tells of those that can not be, by their places.
fn decompose_all<T: Element>(mut stack: Stack<T>, failed: &mut dyn FnMut(usize, Failed)) {
    let done = plain::solve_abreast(&mut stack, failed);
    for at in done..stack.count {
        if let Err(why) = decompose(&mut stack.task(at)) {
            failed(at, why);
        }
    }
}

fn decompose<T: Element>(task: &mut Task<T>) -> Result<(), Failed> {
    if task.rows * task.columns == 0 {
        nothing(task);
        return Ok(());
    }
    match task.kind {
        LinalgKind::Cholesky => triangular::cholesky(task),
        LinalgKind::Lu => triangular::lu(task),
        LinalgKind::Solve => triangular::solve(task),
        LinalgKind::Qr { .. } => triangular::qr(task),
        LinalgKind::Svd { .. } => spectral::svd(task),
        LinalgKind::Eigh => spectral::eigh(task),
        LinalgKind::Eig => spectral::eig(task),
    }
}

/// The parts of a matrix without elements: square factors are identities, determinants 1.
fn nothing<T: Element>(task: &mut Task<T>) {
    if let (LinalgKind::Lu, Some(parity)) = (task.kind, task.part::<T::Re>(1)) {
        parity[0] = T::Re::one();
    }
    for (part, extent) in [(0, task.rows), (2, task.columns)] {
        if let (true, Some(square)) = (task.kind.is_whole(), task.part::<T>(part)) {
            square.fill(T::ZERO);
            (0..extent).for_each(|at| square[at * extent + at] = T::ONE);
        }
    }
}

/// Copies a matrix into one with rows for columns, a block at a time: `to[column * rows + row] = from[row * columns + column]`.
fn transpose<T: Copy>(from: &[T], rows: usize, columns: usize, to: &mut [T]) {
    const BLOCK: usize = 16;
    for first_row in (0..rows).step_by(BLOCK) {
        for first_column in (0..columns).step_by(BLOCK) {
            for row in first_row..rows.min(first_row + BLOCK) {
                for column in first_column..columns.min(first_column + BLOCK) {
                    to[column * rows + row] = from[row * columns + column];
                }
            }
        }
    }
}
