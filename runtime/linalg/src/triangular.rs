//! Decompositions with triangular factors: Cholesky, LU, systems, QR.

use crate::number::Element;
use crate::plain::{SMALL, Solve, alone, eliminate, has_zero_pivot};
use crate::{Failed, Flaw, Task, scratch, transpose};
use faer::dyn_stack::{MemBuffer, MemStack, StackReq};
use faer::linalg::cholesky::llt::factor as llt;
use faer::linalg::lu::partial_pivoting::factor as lu_factor;
use faer::linalg::qr::no_pivoting::factor as qr_factor;
use faer::linalg::{householder, triangular_solve};
use faer::{Auto, Conj, MatMut, MatRef, Par, Spec};
use num_traits::{One, Zero};
use ondine_ir::LinalgKind;
use pulp::NullaryFnOnce;

/// Calls a function of the library with the scratch memory that it asks for.
pub(crate) fn with_stack<R>(need: StackReq, call: impl FnOnce(&mut MemStack) -> R) -> Result<R, Failed> {
    let mut memory = MemBuffer::try_new(need).map_err(|_| Failed::Memory(need.size_bytes()))?;
    Ok(call(MemStack::new(&mut memory)))
}

/// A matrix of rows as it lies in memory.
pub(crate) fn by_rows<T>(values: &[T], rows: usize, columns: usize) -> MatRef<'_, T> {
    MatRef::from_row_major_slice(values, rows, columns)
}

pub(crate) fn cholesky<T: Element>(task: &mut Task<T>) -> Result<(), Failed> {
    let (extent, matrix, par) = (task.rows, task.matrix, task.par());
    let Some(l) = task.part::<T>(0) else { return Ok(()) };
    for row in 0..extent {
        l[row * extent..][..=row].copy_from_slice(&matrix[row * extent..][..=row]);
        l[row * extent..][row + 1..extent].fill(T::ZERO);
    }
    let params = Spec::new(<llt::LltParams as Auto<T>>::auto());
    let need = llt::cholesky_in_place_scratch::<T>(extent, par, params);
    let factored = with_stack(need, |stack| {
        let l = MatMut::from_row_major_slice_mut(&mut *l, extent, extent);
        llt::cholesky_in_place(l, Default::default(), par, stack, params)
    })?;
    // The library lets an infinite pivot pass.
    let is_positive = (0..extent).all(|at| l[at * extent + at].is_a_number());
    for row in 0..extent {
        l[row * extent..][row + 1..extent].fill(T::ZERO);
    }
    match factored.is_ok() && is_positive {
        true => Ok(()),
        false => Err(Flaw::NotPositiveDefinite.into()),
    }
}

/// Factors columns in place; the row of the matrix that stands in each row, and how often rows were exchanged.
fn factor<T: Element>(a: &mut [T], extent: usize, par: Par) -> Result<(Vec<usize>, usize), Failed> {
    let (mut order, mut inverse) = (vec![0usize; extent], vec![0usize; extent]);
    let params = Spec::new(<lu_factor::PartialPivLuParams as Auto<T>>::auto());
    let need = lu_factor::lu_in_place_scratch::<usize, T>(extent, extent, par, params);
    let exchanges = with_stack(need, |stack| {
        let a = MatMut::from_column_major_slice_mut(a, extent, extent);
        lu_factor::lu_in_place(a, &mut order, &mut inverse, par, stack, params).0.transposition_count
    })?;
    Ok((order, exchanges))
}

pub(crate) fn lu<T: Element>(task: &mut Task<T>) -> Result<(), Failed> {
    let (extent, matrix) = (task.rows, task.matrix);
    let mut a = scratch::<T>(matrix.len())?;
    let is_plain = extent <= SMALL || {
        let mut columns = scratch::<T>(matrix.len())?;
        transpose(matrix, extent, extent, &mut columns);
        let (_, exchanges) = factor(&mut columns, extent, task.par())?;
        if let Some(parity) = task.part::<T::Re>(1) {
            parity[0] = if exchanges.is_multiple_of(2) { T::Re::one() } else { -T::Re::one() };
        }
        transpose(&columns, extent, extent, &mut a);
        // The library divides by a zero pivot.
        has_zero_pivot(alone(&mut a), extent) == [true]
    };
    if is_plain {
        a.copy_from_slice(matrix);
        let [determinant] = eliminate(alone(&mut a), extent, &mut [], 0);
        if let Some(parity) = task.part::<T::Re>(1) {
            parity[0] = determinant;
        }
    }
    if let Some(packed) = task.part::<T>(0) {
        packed.copy_from_slice(&a);
    }
    Ok(())
}

pub(crate) fn solve<T: Element>(task: &mut Task<T>) -> Result<(), Failed> {
    let (extent, sides, matrix, other, par) = (task.rows, task.sides, task.matrix, task.other, task.par());
    let Some(x) = task.part::<T>(0) else { return Ok(()) };
    if extent <= SMALL {
        // Most systems of stacks are smaller still.
        let mut memory = [T::ZERO; SMALL * SMALL];
        let a = &mut memory[..extent * extent];
        a.copy_from_slice(matrix);
        x.copy_from_slice(other);
        let [is_singular] = Solve { a: alone(a), b: alone(x), extent, sides }.call();
        return if is_singular { Err(Flaw::Singular.into()) } else { Ok(()) };
    }
    // Rows are the columns of the transpose, which the library factors fastest: `P A^T = L U`, and `A = U^T L^T P`.
    let mut a = scratch::<T>(matrix.len())?;
    a.copy_from_slice(matrix);
    let (order, _) = factor(&mut a, extent, par)?;
    if has_zero_pivot(alone(&mut a), extent) == [true] {
        return Err(Flaw::Singular.into());
    }
    let mut permuted = scratch::<T>(other.len())?;
    permuted.copy_from_slice(other);
    let factors = by_rows(&a, extent, extent);
    let mut unknowns = MatMut::from_row_major_slice_mut(&mut permuted, extent, sides);
    triangular_solve::solve_lower_triangular_in_place(factors, unknowns.as_mut(), par);
    triangular_solve::solve_unit_upper_triangular_in_place(factors, unknowns, par);
    for (&row, values) in order.iter().zip(permuted.chunks_exact(sides.max(1))) {
        x[row * sides..][..sides].copy_from_slice(values);
    }
    Ok(())
}

pub(crate) fn qr<T: Element>(task: &mut Task<T>) -> Result<(), Failed> {
    let (rows, columns, matrix, par) = (task.rows, task.columns, task.matrix, task.par());
    let fewer = rows.min(columns);
    let kept = if let LinalgKind::Qr { complete: true } = task.kind { rows } else { fewer };
    let block = qr_factor::recommended_block_size::<T>(rows, columns);
    let mut a = scratch::<T>(rows * columns)?;
    transpose(matrix, rows, columns, &mut a);
    let mut coefficients = scratch::<T>(block * fewer)?;
    let params = Spec::new(<qr_factor::QrParams as Auto<T>>::auto());
    let need = qr_factor::qr_in_place_scratch::<T>(rows, columns, block, par, params);
    with_stack(need, |stack| {
        let a = MatMut::from_column_major_slice_mut(&mut a, rows, columns);
        let coefficients = MatMut::from_column_major_slice_mut(&mut coefficients, block, fewer);
        qr_factor::qr_in_place(a, coefficients, par, stack, params);
    })?;
    // With the diagonal of `R` real and not negative the factors are unique.
    let phase = |at: usize| {
        let value = a[at * rows + at];
        let modulus = value.modulus();
        if modulus > T::Re::zero() { value.times(T::Re::one() / modulus) } else { T::ONE }
    };
    let phases: Vec<T> = (0..fewer).map(phase).collect();
    if let Some(r) = task.part::<T>(1) {
        for row in 0..kept {
            for column in 0..columns {
                r[row * columns + column] = match row <= column {
                    true if row == column => T::ONE.times(a[column * rows + row].modulus()),
                    true => a[column * rows + row] * phases[row].conjugate(),
                    false => T::ZERO,
                };
            }
        }
    }
    if let Some(part) = task.part::<T>(0) {
        let mut q = scratch::<T>(rows * kept)?;
        (0..kept).for_each(|at| q[at * rows + at] = T::ONE);
        let need = householder::apply_block_householder_sequence_on_the_left_in_place_scratch::<T>(rows, block, kept);
        with_stack(need, |stack| {
            householder::apply_block_householder_sequence_on_the_left_in_place_with_conj(
                MatRef::from_column_major_slice(&a, rows, columns).subcols(0, fewer),
                MatRef::from_column_major_slice(&coefficients, block, fewer),
                Conj::No,
                MatMut::from_column_major_slice_mut(&mut q, rows, kept),
                par,
                stack,
            );
        })?;
        for (column, phase) in q.chunks_exact_mut(rows).zip(&phases) {
            column.iter_mut().for_each(|value| *value *= *phase);
        }
        transpose(&q, kept, rows, part);
    }
    Ok(())
}
