//! Polynomials, lowest degree first: Estrin's scheme on x^2, x^4, x^8, x^16, every step one fused multiply-add.
//!
//! Straight-line on purpose: loops over the coefficients, even with constant bounds, keep the lane loops from
//! vectorising. `N` is a constant, so the comparisons below fold away. At most 32 coefficients.

/// `c[0] + c[1] x + c[2] x^2 + ...` in f64.
#[inline(always)]
pub(crate) fn poly<const N: usize>(x: f64, c: &[f64; N]) -> f64 {
    let x2 = x * x;
    let x4 = x2 * x2;
    let x8 = x4 * x4;
    if N > 16 { (x8 * x8).mul_add(sixteen(16, x, x2, c), sixteen(0, x, x2, c)) } else { sixteen(0, x, x2, c) }
}

#[inline(always)]
fn two<const N: usize>(i: usize, x: f64, c: &[f64; N]) -> f64 {
    if i + 1 < N { x.mul_add(c[i + 1], c[i]) } else { c[i] }
}

#[inline(always)]
fn four<const N: usize>(i: usize, x: f64, x2: f64, c: &[f64; N]) -> f64 {
    if i + 2 < N { x2.mul_add(two(i + 2, x, c), two(i, x, c)) } else { two(i, x, c) }
}

#[inline(always)]
fn eight<const N: usize>(i: usize, x: f64, x2: f64, c: &[f64; N]) -> f64 {
    if i + 4 < N { (x2 * x2).mul_add(four(i + 4, x, x2, c), four(i, x, x2, c)) } else { four(i, x, x2, c) }
}

#[inline(always)]
fn sixteen<const N: usize>(i: usize, x: f64, x2: f64, c: &[f64; N]) -> f64 {
    let x4 = x2 * x2;
    if i + 8 < N { (x4 * x4).mul_add(eight(i + 8, x, x2, c), eight(i, x, x2, c)) } else { eight(i, x, x2, c) }
}

/// `c[0] + c[1] x + c[2] x^2 + ...` in f32, at most 8 coefficients.
#[inline(always)]
pub(crate) fn poly_f32<const N: usize>(x: f32, c: &[f32; N]) -> f32 {
    let x2 = x * x;
    if N > 4 { (x2 * x2).mul_add(four_f32(4, x, x2, c), four_f32(0, x, x2, c)) } else { four_f32(0, x, x2, c) }
}

#[inline(always)]
fn two_f32<const N: usize>(i: usize, x: f32, c: &[f32; N]) -> f32 {
    if i + 1 < N { x.mul_add(c[i + 1], c[i]) } else { c[i] }
}

#[inline(always)]
fn four_f32<const N: usize>(i: usize, x: f32, x2: f32, c: &[f32; N]) -> f32 {
    if i + 2 < N { x2.mul_add(two_f32(i + 2, x, c), two_f32(i, x, c)) } else { two_f32(i, x, c) }
}
