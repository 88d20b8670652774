//! Singular values and eigenvalues, with their vectors.

use crate::number::{Eigen, Element};
use crate::triangular::{by_rows, with_stack};
use crate::{Failed, Flaw, Task, scratch, transpose};
use faer::diag::DiagMut;
use faer::linalg::evd::{self, ComputeEigenvectors};
use faer::linalg::svd::{self, ComputeSvdVectors};
use faer::traits::RealField;
use faer::{Auto, MatMut, Par, Spec};
use num_complex::Complex;
use num_traits::{Float, One, ToPrimitive, Zero};
use ondine_ir::LinalgKind;

/// The iterations do not end on what is not finite.
fn check<T: Element>(values: &[T]) -> Result<(), Failed> {
    match values.iter().all(|value| value.is_a_number()) {
        true => Ok(()),
        false => Err(Flaw::NotFinite.into()),
    }
}

/// Brings elements whose squares may leave the range of their type to about 1, by a power of two. Gives what undoes it.
fn into_range<T: Element>(values: &mut [T]) -> T::Re {
    let (one, two) = (T::Re::one(), T::Re::one() + T::Re::one());
    // Half of the modulus, roughly, which does not overflow.
    let halves = values.iter().map(|value| value.times(one / two).size());
    let largest = halves.fold(T::Re::zero(), T::Re::max);
    let least = T::Re::min_positive_value().sqrt() / T::Re::epsilon();
    if largest.is_zero() || (least..=one / least).contains(&largest) {
        return one;
    }
    let limit = T::Re::max_value().log2().floor() - two;
    let power = largest.log2().floor().max(-limit).min(limit).to_i32().expect("an exponent of a float");
    let factor = two.powi(-power);
    values.iter_mut().for_each(|value| *value = value.times(factor));
    two.powi(power)
}

pub(crate) fn svd<T: Element>(task: &mut Task<T>) -> Result<(), Failed> {
    check(task.matrix)?;
    let (rows, columns, matrix, par) = (task.rows, task.columns, task.matrix, task.par());
    let fewer = rows.min(columns);
    let full = task.kind == LinalgKind::Svd { full: true };
    let count = |extent: usize| if full { extent } else { fewer };
    let compute = |wanted: bool| match (wanted, full) {
        (false, _) => ComputeSvdVectors::No,
        (true, true) => ComputeSvdVectors::Full,
        (true, false) => ComputeSvdVectors::Thin,
    };
    let (wants_u, wants_v) = (task.parts[0].is_some(), task.parts[2].is_some());
    let mut a = scratch::<T>(rows * columns)?;
    a.copy_from_slice(matrix);
    let undo = into_range(&mut a);
    let mut s = scratch::<T>(fewer)?;
    let mut u = scratch::<T>(if wants_u { rows * count(rows) } else { 0 })?;
    let mut v = scratch::<T>(if wants_v { columns * count(columns) } else { 0 })?;
    let params = Spec::new(<svd::SvdParams as Auto<T>>::auto());
    let need = svd::svd_scratch::<T>(rows, columns, compute(wants_u), compute(wants_v), par, params);
    let found = with_stack(need, |stack| {
        svd::svd(
            by_rows(&a, rows, columns),
            DiagMut::from_slice_mut(&mut s),
            wants_u.then(|| MatMut::from_column_major_slice_mut(&mut u, rows, count(rows))),
            wants_v.then(|| MatMut::from_column_major_slice_mut(&mut v, columns, count(columns))),
            par,
            stack,
            params,
        )
    })?;
    found.map_err(|_| Flaw::NoConvergence)?;
    if let Some(part) = task.part::<T>(0) {
        transpose(&u, count(rows), rows, part);
    }
    if let Some(part) = task.part::<T::Re>(1) {
        part.iter_mut().zip(&s).for_each(|(to, from)| *to = from.real() * undo);
    }
    if let Some(part) = task.part::<T>(2) {
        // Columns of `V` are rows of its adjoint.
        part.iter_mut().zip(&v).for_each(|(to, from)| *to = from.conjugate());
    }
    Ok(())
}

pub(crate) fn eigh<T: Element>(task: &mut Task<T>) -> Result<(), Failed> {
    let (extent, matrix, par) = (task.rows, task.matrix, task.par());
    // The lower triangle; the library reads imaginary parts of the diagonal too, which a Hermitian matrix has not.
    let mut a = scratch::<T>(extent * extent)?;
    for row in 0..extent {
        let from = &matrix[row * extent..][..=row];
        check(from)?;
        a[row * extent..][..row].copy_from_slice(&from[..row]);
        a[row * extent + row] = T::ONE.times(from[row].real());
    }
    let undo = into_range(&mut a);
    let wants_vectors = task.parts[1].is_some();
    let mut w = scratch::<T>(extent)?;
    let mut v = scratch::<T>(if wants_vectors { extent * extent } else { 0 })?;
    let params = Spec::new(<evd::SelfAdjointEvdParams as Auto<T>>::auto());
    let need = evd::self_adjoint_evd_scratch::<T>(extent, compute(wants_vectors), par, params);
    let found = with_stack(need, |stack| {
        evd::self_adjoint_evd(
            by_rows(&a, extent, extent),
            DiagMut::from_slice_mut(&mut w),
            wants_vectors.then(|| MatMut::from_column_major_slice_mut(&mut v, extent, extent)),
            par,
            stack,
            params,
        )
    })?;
    found.map_err(|_| Flaw::NoConvergence)?;
    if let Some(part) = task.part::<T::Re>(0) {
        part.iter_mut().zip(&w).for_each(|(to, from)| *to = from.real() * undo);
    }
    if let Some(part) = task.part::<T>(1) {
        transpose(&v, extent, extent, part);
    }
    Ok(())
}

pub(crate) fn eig<T: Element>(task: &mut Task<T>) -> Result<(), Failed> {
    check(task.matrix)?;
    let extent = task.rows;
    let mut a = scratch::<T>(extent * extent)?;
    a.copy_from_slice(task.matrix);
    let undo = into_range(&mut a);
    let (w, mut v) = T::eigen(&a, extent, task.parts[1].is_some(), task.par())?;
    if let Some(part) = task.part::<Complex<T::Re>>(0) {
        part.iter_mut().zip(&w).for_each(|(to, from)| *to = from.scale(undo));
    }
    if let Some(part) = task.part::<Complex<T::Re>>(1) {
        for vector in v.chunks_exact_mut(extent) {
            let length = vector.iter().fold(T::Re::zero(), |length, value| length.hypot(value.re).hypot(value.im));
            vector.iter_mut().for_each(|value| *value /= length);
        }
        transpose(&v, extent, extent, part);
    }
    Ok(())
}

fn compute(wants_vectors: bool) -> ComputeEigenvectors {
    if wants_vectors { ComputeEigenvectors::Yes } else { ComputeEigenvectors::No }
}

/// Eigenvalues of a real matrix are real or come in conjugate pairs; the library gives real and imaginary parts of the
/// vectors of a pair as neighbours.
pub(crate) fn eigen_real<T>(matrix: &[T], extent: usize, wants_vectors: bool, par: Par) -> Result<Eigen<T>, Failed>
where
    T: RealField + Element + Float,
{
    let (mut re, mut im) = (scratch::<T>(extent)?, scratch::<T>(extent)?);
    let mut columns = scratch::<T>(if wants_vectors { extent * extent } else { 0 })?;
    let params = Spec::new(<evd::EvdParams as Auto<T>>::auto());
    let need = evd::evd_scratch::<T>(extent, ComputeEigenvectors::No, compute(wants_vectors), par, params);
    let found = with_stack(need, |stack| {
        evd::evd_real(
            by_rows(matrix, extent, extent),
            DiagMut::from_slice_mut(&mut re),
            DiagMut::from_slice_mut(&mut im),
            None,
            wants_vectors.then(|| MatMut::from_column_major_slice_mut(&mut columns, extent, extent)),
            par,
            stack,
            params,
        )
    })?;
    found.map_err(|_| Flaw::NoConvergence)?;
    let w = re.iter().zip(&im).map(|(&re, &im)| Complex { re, im }).collect();
    let zeros = vec![<T as Element>::ZERO; extent];
    let mut vectors = Vec::with_capacity(columns.len());
    let mut at = 0;
    while at * extent < columns.len() {
        let column = |at: usize| &columns[at * extent..][..extent];
        let is_pair = im[at] != <T as Element>::ZERO && at + 1 < extent;
        let imaginary = if is_pair { column(at + 1) } else { &zeros };
        let parts = || column(at).iter().zip(imaginary);
        vectors.extend(parts().map(|(&re, &im)| Complex { re, im }));
        if is_pair {
            vectors.extend(parts().map(|(&re, &im)| Complex { re, im: -im }));
        }
        at += 1 + is_pair as usize;
    }
    Ok((w, vectors))
}

pub(crate) fn eigen_complex<R>(
    matrix: &[Complex<R>],
    extent: usize,
    wants_vectors: bool,
    par: Par,
) -> Result<Eigen<R>, Failed>
where
    R: RealField,
    Complex<R>: Element,
{
    let mut w = scratch::<Complex<R>>(extent)?;
    let mut v = scratch::<Complex<R>>(if wants_vectors { extent * extent } else { 0 })?;
    let params = Spec::new(<evd::EvdParams as Auto<Complex<R>>>::auto());
    let need = evd::evd_scratch::<Complex<R>>(extent, ComputeEigenvectors::No, compute(wants_vectors), par, params);
    let found = with_stack(need, |stack| {
        evd::evd_cplx(
            by_rows(matrix, extent, extent),
            DiagMut::from_slice_mut(&mut w),
            None,
            wants_vectors.then(|| MatMut::from_column_major_slice_mut(&mut v, extent, extent)),
            par,
            stack,
            params,
        )
    })?;
    found.map_err(|_| Flaw::NoConvergence)?;
    Ok((w, v))
}
