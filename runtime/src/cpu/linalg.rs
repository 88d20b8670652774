//! Decompositions of stacks of matrices, one matrix a task and one thread a matrix, so that the number of threads changes no bit.

use super::program::Launch;
use crate::{Error, Flaw};
use num_complex::Complex;
use ondine_ir::{DType, Linalg, LinalgKind, Type};
use ondine_linalg::{Failed, Number, Task};
use std::sync::{Mutex, PoisonError};

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
                    [(0, rows * columns), (1, rows * sides)].map(|(operand, elements)| {
                        let bytes = elements * size_of::<T>();
                        if bytes == 0 {
                            return Vec::new();
                        }
                        // SAFETY: bytes have no alignment, and these are of this matrix.
                        let bytes = unsafe { memory.operand::<u8>(operand, at * bytes, bytes) };
                        bytes.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned).collect()
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
                if let Err(failed) = T::decompose(&mut task) {
                    let flawed = |flaw| Error::Matrix { op: kind.name(), at, flaw };
                    let error = match failed {
                        Failed::Singular => flawed(Flaw::Singular),
                        Failed::NotPositiveDefinite => flawed(Flaw::NotPositiveDefinite),
                        Failed::NotFinite => flawed(Flaw::NotFinite),
                        Failed::NoConvergence => flawed(Flaw::NoConvergence),
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
