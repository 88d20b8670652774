//! A dense matrix of complex numbers.

use super::super::elements::Array;
use crate::Error;
use num_complex::Complex64;
use std::ops::{Index, IndexMut};

#[derive(Clone)]
pub(super) struct Matrix {
    pub(super) rows: usize,
    pub(super) columns: usize,
    values: Vec<Complex64>,
}

impl Matrix {
    pub(super) fn zeros(rows: usize, columns: usize) -> Matrix {
        Matrix { rows, columns, values: vec![Complex64::ZERO; rows * columns] }
    }

    pub(super) fn identity(extent: usize) -> Matrix {
        let mut matrix = Matrix::zeros(extent, extent);
        (0..extent).for_each(|at| matrix[(at, at)] = Complex64::ONE);
        matrix
    }

    pub(super) fn number(value: f64) -> Matrix {
        Matrix { rows: 1, columns: 1, values: vec![value.into()] }
    }

    pub(super) fn column(values: Vec<Complex64>) -> Matrix {
        Matrix { rows: values.len(), columns: 1, values }
    }

    /// The matrix at a place of a stack.
    pub(super) fn read(array: &Array, stack: &[i64]) -> Result<Matrix, Error> {
        let extents = &array.shape()[stack.len()..];
        let mut matrix = Matrix::zeros(extents[0], extents[1]);
        for row in 0..matrix.rows {
            for column in 0..matrix.columns {
                let index = [stack, &[row as i64, column as i64]].concat();
                matrix[(row, column)] = array.at(&index)?.to_complex();
            }
        }
        Ok(matrix)
    }

    pub(super) fn is_finite(&self) -> bool {
        self.values.iter().all(|value| value.is_finite())
    }

    /// The largest modulus.
    pub(super) fn largest(&self) -> f64 {
        self.values.iter().map(|value| value.norm()).fold(0.0, f64::max)
    }

    pub(super) fn adjoint(&self) -> Matrix {
        let mut adjoint = Matrix::zeros(self.columns, self.rows);
        for row in 0..self.rows {
            for column in 0..self.columns {
                adjoint[(column, row)] = self[(row, column)].conj();
            }
        }
        adjoint
    }

    pub(super) fn get(&self, column: usize) -> Vec<Complex64> {
        (0..self.rows).map(|row| self[(row, column)]).collect()
    }

    pub(super) fn set(&mut self, column: usize, values: &[Complex64]) {
        (0..self.rows).for_each(|row| self[(row, column)] = values[row]);
    }

    /// The columns in another order.
    pub(super) fn ordered(&self, order: &[usize]) -> Matrix {
        let mut ordered = Matrix::zeros(self.rows, order.len());
        order.iter().enumerate().for_each(|(to, &from)| ordered.set(to, &self.get(from)));
        ordered
    }
}

impl Index<(usize, usize)> for Matrix {
    type Output = Complex64;

    fn index(&self, (row, column): (usize, usize)) -> &Complex64 {
        &self.values[row * self.columns + column]
    }
}

impl IndexMut<(usize, usize)> for Matrix {
    fn index_mut(&mut self, (row, column): (usize, usize)) -> &mut Complex64 {
        &mut self.values[row * self.columns + column]
    }
}

/// `sum of conj(a) b`.
pub(super) fn dot(a: &[Complex64], b: &[Complex64]) -> Complex64 {
    a.iter().zip(b).map(|(a, b)| a.conj() * b).sum()
}

/// Length of a vector, scaled so that squares neither overflow nor vanish.
pub(super) fn norm(a: &[Complex64]) -> f64 {
    a.iter().fold(0.0, |norm: f64, value| norm.hypot(value.re).hypot(value.im))
}

/// `a - factor b`.
pub(super) fn subtract(a: &mut [Complex64], factor: Complex64, b: &[Complex64]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a -= factor * b);
}
