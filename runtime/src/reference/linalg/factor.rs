//! Factors that elimination and orthogonalisation give: Cholesky, LU, QR, and the solution of systems.

use super::matrix::{Matrix, dot, norm, subtract};
use crate::Flaw;
use num_complex::Complex64;

pub(super) fn cholesky(a: &Matrix) -> Result<Matrix, Flaw> {
    let mut l = Matrix::zeros(a.rows, a.rows);
    for column in 0..a.rows {
        for row in column..a.rows {
            let known: Complex64 = (0..column).map(|k| l[(row, k)] * l[(column, k)].conj()).sum();
            let rest = a[(row, column)] - known;
            if row > column {
                l[(row, column)] = rest / l[(column, column)];
            } else if rest.re > 0.0 && rest.re.is_finite() {
                l[(row, row)] = rest.re.sqrt().into();
            } else {
                return Err(Flaw::NotPositiveDefinite);
            }
        }
    }
    Ok(l)
}

pub(super) struct Lu {
    pub(super) packed: Matrix,
    /// The row of the matrix that stands in each row.
    pub(super) order: Vec<usize>,
    pub(super) parity: f64,
}

pub(super) fn lu(a: &Matrix) -> Lu {
    let mut lu = Lu { packed: a.clone(), order: (0..a.rows).collect(), parity: 1.0 };
    let Lu { packed, order, parity } = &mut lu;
    for column in 0..a.rows {
        let size = |row: usize| packed[(row, column)].l1_norm();
        let pivot = (column..a.rows).fold(column, |best, row| if size(row) > size(best) { row } else { best });
        if pivot != column {
            order.swap(pivot, column);
            *parity = -*parity;
            for k in 0..a.rows {
                let other = packed[(pivot, k)];
                packed[(pivot, k)] = packed[(column, k)];
                packed[(column, k)] = other;
            }
        }
        let divisor = packed[(column, column)];
        if divisor == Complex64::ZERO {
            continue;
        }
        for row in column + 1..a.rows {
            let factor = packed[(row, column)] / divisor;
            packed[(row, column)] = factor;
            for k in column + 1..a.rows {
                let above = packed[(column, k)];
                packed[(row, k)] -= factor * above;
            }
        }
    }
    lu
}

pub(super) fn solve(a: &Matrix, b: &Matrix) -> Result<Matrix, Flaw> {
    let Lu { packed, order, .. } = lu(a);
    if (0..a.rows).any(|at| packed[(at, at)] == Complex64::ZERO) {
        return Err(Flaw::Singular);
    }
    let mut x = Matrix::zeros(b.rows, b.columns);
    for column in 0..b.columns {
        for row in 0..a.rows {
            let known: Complex64 = (0..row).map(|k| packed[(row, k)] * x[(k, column)]).sum();
            x[(row, column)] = b[(order[row], column)] - known;
        }
        for row in (0..a.rows).rev() {
            let known: Complex64 = (row + 1..a.rows).map(|k| packed[(row, k)] * x[(k, column)]).sum();
            x[(row, column)] = (x[(row, column)] - known) / packed[(row, row)];
        }
    }
    Ok(x)
}

/// By Gram and Schmidt, every column twice.
pub(super) fn qr(a: &Matrix, complete: bool) -> [Matrix; 2] {
    let fewer = a.rows.min(a.columns);
    let kept = if complete { a.rows } else { fewer };
    let mut basis: Vec<Vec<Complex64>> = Vec::new();
    let mut r = Matrix::zeros(kept, a.columns);
    for column in 0..a.columns {
        let mut rest = a.get(column);
        for _ in 0..2 {
            for (at, q) in basis.iter().enumerate().take(fewer) {
                let along = dot(q, &rest);
                r[(at, column)] += along;
                subtract(&mut rest, along, q);
            }
        }
        if column < fewer {
            let length = norm(&rest);
            // What rounding leaves of a column that the others span is no direction.
            let is_direction = length > f64::EPSILON * norm(&a.get(column)) * a.rows as f64;
            r[(column, column)] = length.into();
            match is_direction || !length.is_finite() {
                true => basis.push(rest.iter().map(|value| value / length).collect()),
                false => extend(&mut basis, a.rows, column + 1),
            }
        }
    }
    extend(&mut basis, a.rows, kept);
    let mut q = Matrix::zeros(a.rows, kept);
    basis.iter().enumerate().for_each(|(column, values)| q.set(column, values));
    [q, r]
}

/// Vectors of length 1 that are orthogonal to all others, until there are `count`.
pub(super) fn extend(basis: &mut Vec<Vec<Complex64>>, rows: usize, count: usize) {
    while basis.len() < count {
        let rest = |at: usize| {
            let mut unit = vec![Complex64::ZERO; rows];
            unit[at] = Complex64::ONE;
            for _ in 0..2 {
                for q in basis.iter() {
                    let along = dot(q, &unit);
                    subtract(&mut unit, along, q);
                }
            }
            unit
        };
        let longest = (0..rows).map(rest).max_by(|a, b| norm(a).total_cmp(&norm(b)));
        let longest = longest.expect("there are no more vectors than rows");
        let length = norm(&longest);
        basis.push(longest.iter().map(|value| value / length).collect());
    }
}
