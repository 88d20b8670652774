//! The four types of elements that matrices have.

use crate::{Failed, Stack, spectral};
use bytemuck::Pod;
use faer::Par;
use faer::traits::ComplexField;
use num_complex::Complex;
use num_traits::{Float, NumAssign};
use std::ops::Neg;

/// Eigenvalues, and vectors of any length.
pub type Eigen<R> = (Vec<Complex<R>>, Vec<Complex<R>>);

/// A real or complex number of either precision: `f32`, `f64` and the complex numbers of these.
pub trait Number: Element {
    /// Decomposes the matrices of a stack, and tells of those that can not be, by their places.
    fn decompose(stack: Stack<Self>, failed: &mut dyn FnMut(usize, Failed));
}

/// What the algorithms do with elements.
pub trait Element: ComplexField + Pod + NumAssign + Neg<Output = Self> {
    /// Its real and imaginary parts.
    type Re: Float + NumAssign + Pod + Send + Sync;
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;

    /// Its real part.
    fn real(self) -> Self::Re;
    /// Its complex conjugate.
    fn conjugate(self) -> Self;
    /// Its product with a real number.
    fn times(self, factor: Self::Re) -> Self;
    /// Its modulus.
    fn modulus(self) -> Self::Re;
    /// `|re| + |im|`, which orders pivots.
    fn size(self) -> Self::Re;
    /// True unless it is infinite or NaN.
    fn is_a_number(self) -> bool;
    /// Eigenvalues of a square matrix of rows, and the vectors one after the other if they are wanted.
    fn eigen(matrix: &[Self], extent: usize, wants_vectors: bool, par: Par) -> Result<Eigen<Self::Re>, Failed>;
}

macro_rules! number {
    ($($real:ident)*) => {$(
        impl Number for $real {
            fn decompose(stack: Stack<$real>, failed: &mut dyn FnMut(usize, Failed)) {
                crate::decompose_all(stack, failed);
            }
        }

        impl Number for Complex<$real> {
            fn decompose(stack: Stack<Complex<$real>>, failed: &mut dyn FnMut(usize, Failed)) {
                crate::decompose_all(stack, failed);
            }
        }

        impl Element for $real {
            type Re = $real;
            const ZERO: $real = 0.0;
            const ONE: $real = 1.0;

            fn real(self) -> $real {
                self
            }
            fn conjugate(self) -> $real {
                self
            }
            fn times(self, factor: $real) -> $real {
                self * factor
            }
            fn modulus(self) -> $real {
                $real::abs(self)
            }
            #[inline(always)]
            fn size(self) -> $real {
                $real::abs(self)
            }
            fn is_a_number(self) -> bool {
                $real::is_finite(self)
            }
            fn eigen(matrix: &[$real], extent: usize, wants_vectors: bool, par: Par) -> Result<Eigen<$real>, Failed> {
                spectral::eigen_real(matrix, extent, wants_vectors, par)
            }
        }

        impl Element for Complex<$real> {
            type Re = $real;
            const ZERO: Complex<$real> = Complex { re: 0.0, im: 0.0 };
            const ONE: Complex<$real> = Complex { re: 1.0, im: 0.0 };

            fn real(self) -> $real {
                self.re
            }
            fn conjugate(self) -> Complex<$real> {
                self.conj()
            }
            fn times(self, factor: $real) -> Complex<$real> {
                self.scale(factor)
            }
            fn modulus(self) -> $real {
                self.re.hypot(self.im)
            }
            #[inline(always)]
            fn size(self) -> $real {
                self.re.abs() + self.im.abs()
            }
            fn is_a_number(self) -> bool {
                self.re.is_finite() && self.im.is_finite()
            }
            fn eigen(matrix: &[Complex<$real>], extent: usize, wants_vectors: bool, par: Par) -> Result<Eigen<$real>, Failed> {
                spectral::eigen_complex(matrix, extent, wants_vectors, par)
            }
        }
    )*};
}

number! { f32 f64 }
