//! Eigenvalues of any square matrix: the shifted QR algorithm on the Hessenberg form (Francis 1961, Kublanovskaya 1961),
//! in complex numbers, with Wilkinson's shift; vectors by back substitution in the Schur form.

use super::matrix::{Matrix, norm};
use crate::Flaw;
use num_complex::Complex64;

/// Steps for one eigenvalue.
const MOST_STEPS: usize = 300;

/// Steps after which elements are compared with the whole matrix.
const PATIENCE: usize = 30;

/// Eigenvalues and, in columns, vectors of length 1.
pub(super) fn eig(a: &Matrix) -> Result<[Matrix; 2], Flaw> {
    if !a.is_finite() {
        return Err(Flaw::NotFinite);
    }
    let extent = a.rows;
    let (mut t, mut q) = (a.clone(), Matrix::identity(extent));
    for column in 0..extent.saturating_sub(2) {
        for row in (column + 2..extent).rev() {
            let plane = Plane::new(t[(row - 1, column)], t[(row, column)]);
            plane.similar(&mut t, &mut q, row - 1, row);
        }
    }
    let largest = t.largest();
    let mut end = extent;
    let mut steps = 0;
    while end > 1 {
        let at = end - 1;
        let is_patient = steps <= PATIENCE;
        let is_small = |t: &Matrix, row: usize| {
            // Between eigenvalues that are rounding errors of the whole, what is left is one too.
            let size = t[(row, row)].l1_norm() + t[(row - 1, row - 1)].l1_norm();
            let size = if size == 0.0 || !is_patient { largest } else { size };
            t[(row, row - 1)].l1_norm() <= f64::EPSILON * size
        };
        if is_small(&t, at) {
            t[(at, at - 1)] = Complex64::ZERO;
            end -= 1;
            steps = 0;
            continue;
        }
        if steps == MOST_STEPS {
            return Err(Flaw::NoConvergence);
        }
        steps += 1;
        let start = (1..at).rev().find(|&row| is_small(&t, row)).unwrap_or(0);
        // Every tenth shift is another one, in case the others go round in circles.
        let shift = if steps % 10 == 0 { t[(at, at)] + t[(at, at - 1)].norm() } else { wilkinson(&t, at) };
        let mut plane = Plane::new(t[(start, start)] - shift, t[(start + 1, start)]);
        for row in start..at {
            if row > start {
                plane = Plane::new(t[(row, row - 1)], t[(row + 1, row - 1)]);
            }
            plane.similar(&mut t, &mut q, row, row + 1);
        }
    }
    let mut vectors = Matrix::zeros(extent, extent);
    for at in 0..extent {
        let value = t[(at, at)];
        let mut y = vec![Complex64::ZERO; extent];
        y[at] = Complex64::ONE;
        for row in (0..at).rev() {
            let known: Complex64 = (row + 1..=at).map(|k| t[(row, k)] * y[k]).sum();
            let gap = value - t[(row, row)];
            let least = (f64::EPSILON * largest).max(f64::MIN_POSITIVE);
            y[row] = if gap.norm() < least { known / least } else { known / gap };
        }
        let x: Vec<Complex64> = (0..extent).map(|row| (0..=at).map(|k| q[(row, k)] * y[k]).sum()).collect();
        let length = norm(&x);
        vectors.set(at, &x.iter().map(|value| value / length).collect::<Vec<_>>());
    }
    Ok([Matrix::column((0..extent).map(|at| t[(at, at)]).collect()), vectors])
}

/// The eigenvalue of the last two rows and columns that is nearer to the last element.
fn wilkinson(t: &Matrix, at: usize) -> Complex64 {
    let (a, b, c, d) = (t[(at - 1, at - 1)], t[(at - 1, at)], t[(at, at - 1)], t[(at, at)]);
    let half = (a - d) / 2.0;
    let root = (half * half + b * c).sqrt();
    let [x, y] = [d + half + root, d + half - root];
    if (x - d).norm() < (y - d).norm() { x } else { y }
}

/// A rotation of two rows that makes the second of two numbers zero.
struct Plane {
    c: Complex64,
    s: Complex64,
}

impl Plane {
    fn new(x: Complex64, y: Complex64) -> Plane {
        let length = norm(&[x, y]);
        match length > 0.0 {
            true => Plane { c: x / length, s: y / length },
            false => Plane { c: Complex64::ONE, s: Complex64::ZERO },
        }
    }

    /// The similar matrix in turned coordinates, and the coordinates.
    fn similar(&self, t: &mut Matrix, q: &mut Matrix, first: usize, second: usize) {
        for column in 0..t.columns {
            let (x, y) = (t[(first, column)], t[(second, column)]);
            t[(first, column)] = self.c.conj() * x + self.s.conj() * y;
            t[(second, column)] = self.c * y - self.s * x;
        }
        for matrix in [t, q] {
            for row in 0..matrix.rows {
                let (x, y) = (matrix[(row, first)], matrix[(row, second)]);
                matrix[(row, first)] = x * self.c + y * self.s;
                matrix[(row, second)] = y * self.c.conj() - x * self.s.conj();
            }
        }
    }
}
