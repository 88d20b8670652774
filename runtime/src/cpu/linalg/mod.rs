//! Decompositions of stacks of matrices, one matrix a task. Small systems are eliminated in plain loops, the rest is the
//! `faer` crate's, on one thread a matrix, so that the number of threads changes no bit.

mod number;
mod plain;
mod spectral;
mod triangular;

use super::program::Launch;
use crate::{Error, Flaw};
use num_complex::Complex;
use num_traits::One;
use number::Number;
use ondine_ir::{DType, Linalg, LinalgKind, Type};
use std::sync::{Mutex, PoisonError};

/// One matrix of a stack, and the places of its parts. What is not asked for is `None`.
struct Task<'a, T: Number> {
    kind: LinalgKind,
    rows: usize,
    columns: usize,
    matrix: &'a [T],
    /// The right hand sides of a system, and how many there are.
    other: &'a [T],
    sides: usize,
    /// Memory of the parts, by their places in `LinalgKind::parts`.
    parts: [Option<&'a mut [u8]>; 3],
}

impl<T: Number> Task<'_, T> {
    /// The elements of a part.
    fn part<P: bytemuck::Pod>(&mut self, part: usize) -> Option<&mut [P]> {
        self.parts[part].as_deref_mut().map(bytemuck::cast_slice_mut)
    }
}

/// Why a matrix is not decomposed.
enum Failed {
    Flaw(Flaw),
    /// Bytes of scratch memory that could not be had.
    Memory(usize),
}

impl From<Flaw> for Failed {
    fn from(flaw: Flaw) -> Failed {
        Failed::Flaw(flaw)
    }
}

/// Scratch memory of zeros.
fn scratch<T: Number>(elements: usize) -> Result<Vec<T>, Failed> {
    let mut memory = Vec::new();
    memory.try_reserve_exact(elements).map_err(|_| Failed::Memory(elements * size_of::<T>()))?;
    memory.resize(elements, T::ZERO);
    Ok(memory)
}

/// Decomposes a stack of matrices.
///
/// # Safety
/// The slots of the launch hold dense arrays of these types, and nobody else uses those of the results.
pub(super) unsafe fn run(linalg: &Linalg, operands: &[&Type], outputs: &[Type], launch: &Launch) -> Result<(), Error> {
    // SAFETY: the caller's promise, for the type of the elements.
    unsafe {
        match operands[0].dtype {
            DType::F32 => stack::<f32>(linalg, operands, outputs, launch),
            DType::F64 => stack::<f64>(linalg, operands, outputs, launch),
            DType::C64 => stack::<Complex<f32>>(linalg, operands, outputs, launch),
            DType::C128 => stack::<Complex<f64>>(linalg, operands, outputs, launch),
            _ => Err(super::internal("a decomposition of other elements than floats")),
        }
    }
}

/// The memory of a launch, shared by tasks that write disjoint matrices.
struct Memory<'a>(&'a Launch<'a>);

// SAFETY: tasks read the operands and write the parts of their own matrix.
unsafe impl Sync for Memory<'_> {}

impl Memory<'_> {
    /// # Safety
    /// The operand holds this many elements from here on.
    unsafe fn operand<T>(&self, at: usize, first: usize, count: usize) -> &[T] {
        let start: *const T = self.0.operands[at].start().cast_const().cast();
        // SAFETY: the caller's promise; `run` looked at the alignment.
        unsafe { std::slice::from_raw_parts(start.add(first), count) }
    }

    /// # Safety
    /// The result holds this many bytes from here on, and they are the caller's alone.
    #[allow(clippy::mut_from_ref)]
    unsafe fn result(&self, at: usize, first: usize, count: usize) -> &mut [u8] {
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.0.results[at].start().add(first), count) }
    }
}

/// # Safety
/// As for [`run`], with elements of this type.
unsafe fn stack<T: Number>(
    linalg: &Linalg,
    operands: &[&Type],
    outputs: &[Type],
    launch: &Launch,
) -> Result<(), Error> {
    let shape = &operands[0].shape;
    let rank = shape.rank();
    let (rows, columns) = (shape[rank - 2], shape[rank - 1]);
    let count: usize = shape[..rank - 2].iter().product();
    let sides = operands.get(1).map_or(0, |other| other.shape[rank - 1]);
    let fewer = rows.min(columns);
    let kind = linalg.kind;
    let memory = Memory(launch);
    let failure: Mutex<Option<(usize, Error)>> = Mutex::new(None);
    let time = cost(kind) * (rows * columns) as f64 * fewer as f64 + (rows * sides * columns) as f64 + 100.0;
    // Small matrices go out in groups that are worth a thread's while.
    let group = ((20_000.0 / time) as usize).clamp(1, count.max(1));
    // A user's memory need not be aligned.
    let is_aligned = (0..operands.len()).all(|at| launch.operands[at].start().cast::<T>().is_aligned());
    launch.cpu.threads.deal(
        count.div_ceil(group),
        time * count as f64,
        || (),
        |(), at| {
            for at in at * group..((at + 1) * group).min(count) {
                let copies: Option<[Vec<T>; 2]> = (!is_aligned).then(|| {
                    // SAFETY: bytes have no alignment, and these are of this matrix.
                    [(0, rows * columns), (1, rows * sides)].map(|(operand, elements)| match elements {
                        0 => Vec::new(),
                        _ => unsafe {
                            let bytes = elements * size_of::<T>();
                            let bytes = memory.operand::<u8>(operand, at * bytes, bytes);
                            bytes.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned).collect()
                        },
                    })
                });
                // SAFETY: matrix `at` of the stacks; its parts belong to this task alone.
                let mut task = unsafe {
                    let mut parts = [None, None, None];
                    for (output, &part) in linalg.parts.iter().enumerate() {
                        let bytes = outputs[output].bytes() / count;
                        parts[part as usize] = Some(memory.result(output, at * bytes, bytes));
                    }
                    let (matrix, other) = match &copies {
                        Some([matrix, other]) => (&matrix[..], &other[..]),
                        None => (
                            memory.operand(0, at * rows * columns, rows * columns),
                            if sides == 0 { &[][..] } else { memory.operand(1, at * rows * sides, rows * sides) },
                        ),
                    };
                    Task { kind, rows, columns, matrix, other, sides, parts }
                };
                if let Err(failed) = decompose(&mut task) {
                    let error = match failed {
                        Failed::Flaw(flaw) => Error::Matrix { op: kind.name(), at, flaw },
                        Failed::Memory(bytes) => {
                            Error::OutOfMemory { device: "cpu".to_string(), bytes, what: "a decomposition" }
                        }
                    };
                    // The first one is told, whoever finds it.
                    let mut first = failure.lock().unwrap_or_else(PoisonError::into_inner);
                    if first.as_ref().is_none_or(|(earlier, _)| at < *earlier) {
                        *first = Some((at, error));
                    }
                }
            }
        },
    );
    let first = failure.into_inner().unwrap_or_else(PoisonError::into_inner);
    first.map_or(Ok(()), |(_, error)| Err(error))
}

/// Nanoseconds by `rows * columns * min(rows, columns)`, roughly.
fn cost(kind: LinalgKind) -> f64 {
    match kind {
        LinalgKind::Cholesky | LinalgKind::Lu | LinalgKind::Solve => 0.05,
        LinalgKind::Qr { .. } => 0.2,
        LinalgKind::Svd { .. } | LinalgKind::Eigh => 0.5,
        LinalgKind::Eig => 2.0,
    }
}

fn decompose<T: Number>(task: &mut Task<T>) -> Result<(), Failed> {
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
fn nothing<T: Number>(task: &mut Task<T>) {
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
