//! Rotations of pairs of columns until they are orthogonal, after Jacobi (1846) and Hestenes (1958).

use super::factor::extend;
use super::matrix::{Matrix, dot, norm};
use crate::Flaw;
use num_complex::Complex64;

/// Sweeps over all pairs; six to ten are enough for matrices of any size met in tests.
const MOST_SWEEPS: usize = 60;

/// `U`, `S` and `V^H`.
pub(super) fn svd(a: &Matrix, full: bool) -> Result<[Matrix; 3], Flaw> {
    if !a.is_finite() {
        return Err(Flaw::NotFinite);
    }
    if a.rows < a.columns {
        let [u, s, vh] = svd(&a.adjoint(), full)?;
        return Ok([vh.adjoint(), s, u.adjoint()]);
    }
    let (mut turned, mut v) = (a.clone(), Matrix::identity(a.columns));
    sweep(a.columns, |left, right, _| {
        let (x, y) = (turned.get(left), turned.get(right));
        let (p, q, overlap) = (norm(&x), norm(&y), dot(&x, &y));
        if overlap.norm() <= f64::EPSILON * p * q {
            return false;
        }
        let rotation = Rotation::new(p * p, overlap, q * q);
        rotation.columns(&mut turned, left, right);
        rotation.columns(&mut v, left, right);
        true
    })?;
    let lengths: Vec<f64> = (0..a.columns).map(|column| norm(&turned.get(column))).collect();
    let mut order: Vec<usize> = (0..a.columns).collect();
    order.sort_by(|&left, &right| lengths[right].total_cmp(&lengths[left]));
    let is_long = |at: &&usize| lengths[**at] > f64::MIN_POSITIVE;
    let unit = |at: &usize| turned.get(*at).iter().map(|value| value / lengths[*at]).collect();
    let mut basis: Vec<Vec<Complex64>> = order.iter().take_while(is_long).map(unit).collect();
    let count = if full { a.rows } else { a.columns };
    extend(&mut basis, a.rows, count);
    let mut u = Matrix::zeros(a.rows, count);
    basis.iter().enumerate().for_each(|(column, values)| u.set(column, values));
    let s = Matrix::column(order.iter().map(|&at| lengths[at].into()).collect());
    Ok([u, s, v.ordered(&order).adjoint()])
}

/// Eigenvalues and vectors of the Hermitian matrix with this lower triangle.
pub(super) fn eigh(a: &Matrix) -> Result<[Matrix; 2], Flaw> {
    let extent = a.rows;
    let mut a = a.clone();
    for row in 0..extent {
        a[(row, row)] = a[(row, row)].re.into();
        for column in row + 1..extent {
            a[(row, column)] = a[(column, row)].conj();
        }
    }
    if !a.is_finite() {
        return Err(Flaw::NotFinite);
    }
    let mut vectors = Matrix::identity(extent);
    sweep(extent, |left, right, sweep| {
        let (p, overlap, q) = (a[(left, left)].re, a[(left, right)], a[(right, right)].re);
        // After some sweeps rotations cannot make it smaller than what rounding of the larger one leaves.
        let scale = if sweep > 8 { p.abs() + q.abs() } else { (p.abs() * q.abs()).sqrt() };
        if overlap.norm() <= f64::EPSILON * scale.max(f64::MIN_POSITIVE) {
            return false;
        }
        let rotation = Rotation::new(p, overlap, q);
        rotation.columns(&mut a, left, right);
        let mut adjoint = a.adjoint();
        rotation.columns(&mut adjoint, left, right);
        a = adjoint.adjoint();
        rotation.columns(&mut vectors, left, right);
        true
    })?;
    let mut order: Vec<usize> = (0..extent).collect();
    order.sort_by(|&left, &right| a[(left, left)].re.total_cmp(&a[(right, right)].re));
    let values = order.iter().map(|&at| a[(at, at)]).collect();
    Ok([Matrix::column(values), vectors.ordered(&order)])
}

/// Turns all pairs of columns, again and again, until none needs to be turned: `turn` says whether it had to.
fn sweep(extent: usize, mut turn: impl FnMut(usize, usize, usize) -> bool) -> Result<(), Flaw> {
    for sweep in 0..MOST_SWEEPS {
        let mut is_done = true;
        for left in 0..extent {
            for right in left + 1..extent {
                is_done &= !turn(left, right, sweep);
            }
        }
        if is_done {
            return Ok(());
        }
    }
    Err(Flaw::NoConvergence)
}

/// The rotation of two columns that makes `[[p, overlap], [conj(overlap), q]]` diagonal.
struct Rotation {
    cosine: f64,
    sine: f64,
    phase: Complex64,
}

impl Rotation {
    fn new(p: f64, overlap: Complex64, q: f64) -> Rotation {
        let size = overlap.norm();
        let ratio = (q - p) / (2.0 * size);
        let tangent = ratio.signum() / (ratio.abs() + 1f64.hypot(ratio));
        let cosine = 1.0 / 1f64.hypot(tangent);
        Rotation { cosine, sine: cosine * tangent, phase: overlap / size }
    }

    fn columns(&self, matrix: &mut Matrix, left: usize, right: usize) {
        for row in 0..matrix.rows {
            let (x, y) = (matrix[(row, left)], matrix[(row, right)] * self.phase.conj());
            matrix[(row, left)] = x * self.cosine - y * self.sine;
            matrix[(row, right)] = x * self.sine + y * self.cosine;
        }
    }
}
