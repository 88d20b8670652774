//! Decompositions of stacks of matrices: threads take matrices, or share a large one that is alone. Which of the two follows
//! from shapes, so that the number of threads changes no bit.

use super::program::Launch;
use crate::Error;
use bytemuck::Pod;
use num_complex::Complex;
use ondine_ir::{DType, Linalg, LinalgKind, Type};
use ondine_linalg::{ABREAST, Failed, Number, Stack};
use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

/// Rows and columns from which on threads share a matrix.
const SHARED: usize = 192;

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

    /// The same, whatever their alignment.
    ///
    /// # Safety
    /// The operand holds this many elements from here on.
    unsafe fn copy<T: Pod>(&self, operand: usize, first: usize, count: usize) -> Vec<T> {
        if count == 0 {
            return Vec::new();
        }
        // SAFETY: the caller's promise; bytes have no alignment.
        let bytes = unsafe { self.operand::<u8>(operand, first * size_of::<T>(), count * size_of::<T>()) };
        bytes.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned).collect()
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
    let time = cost(kind) * (rows * columns * (fewer + sides)) as f64 + 100.0;
    let pool = if count == 1 && fewer >= SHARED { launch.cpu.threads.library() } else { None };
    let is_shared = pool.is_some();
    // Small matrices go out in groups that are worth a thread's while.
    let group = match (20_000.0 / time) as usize {
        0 | 1 => 1,
        several => several.next_multiple_of(ABREAST).min(count.max(1)),
    };
    // A user's memory need not be aligned.
    let is_aligned = (0..operands.len()).all(|at| launch.operands[at].start().cast::<T>().is_aligned());
    let own_group = |at: usize| {
        let places = at * group..((at + 1) * group).min(count);
        let operands = [(0, rows * columns), (1, rows * sides)].map(|(operand, elements)| {
            let (first, count) = (places.start * elements, places.len() * elements);
            match is_aligned {
                // SAFETY: the operand holds these matrices.
                false => Cow::Owned(unsafe { memory.copy(operand, first, count) }),
                true if count == 0 => Cow::Borrowed(&[][..]),
                // SAFETY: as above, and its elements are aligned.
                true => Cow::Borrowed(unsafe { memory.operand::<T>(operand, first, count) }),
            }
        });
        let mut parts = [None, None, None];
        for (output, &part) in linalg.parts.iter().enumerate() {
            let bytes = outputs[output].bytes() / count;
            // SAFETY: the parts of these matrices belong to this task alone.
            parts[part as usize] = Some(unsafe { memory.result(output, places.start * bytes, places.len() * bytes) });
        }
        let [matrices, others] = operands.each_ref().map(|operand| &**operand);
        let stack = Stack { kind, count: places.len(), rows, columns, matrices, others, sides, is_shared, parts };
        T::decompose(stack, &mut |which, why| {
            let at = places.start + which;
            let error = match why {
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
        });
    };
    match pool {
        Some(pool) => pool.install(|| own_group(0)),
        None => launch.cpu.threads.deal(count.div_ceil(group), time * count as f64, || (), |(), at| own_group(at)),
    }
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
