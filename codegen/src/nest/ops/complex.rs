//! Complex numbers, interleaved: arithmetic inline by the textbook formulas, the rest through `math`.

use super::real::Real;
use super::{map, map2, undefined};
use crate::nest::tile::Tile;
use num_complex::Complex;
use ondine_ir::{Binary, Unary};

pub(super) fn unary<F: Real>(op: Unary, a: &Tile, out: &mut Tile, count: usize) {
    let any = |test: fn(F) -> bool| move |[re, im]: [F; 2]| (test(re) | test(im)) as u8;
    match op {
        Unary::Neg => map(a, out, count, |[re, im]: [F; 2]| [-re, -im]),
        Unary::Conj => map(a, out, count, |[re, im]: [F; 2]| [re, -im]),
        Unary::Real => map(a, out, count, |[re, _]: [F; 2]| re),
        Unary::Imag => map(a, out, count, |[_, im]: [F; 2]| im),
        Unary::Round => map(a, out, count, |[re, im]: [F; 2]| [re.round_even(), im.round_even()]),
        Unary::IsNan => map(a, out, count, any(F::is_nan)),
        Unary::IsInf => map(a, out, count, any(F::is_infinite)),
        Unary::IsFinite => map(a, out, count, |[re, im]: [F; 2]| (re.is_finite() & im.is_finite()) as u8),
        Unary::Abs => {
            F::complex_abs(a.lanes(count), out.lanes_mut(count));
        }
        _ => {
            let tile = out.lanes_mut::<Complex<F>>(count);
            tile.copy_from_slice(a.lanes(count));
            if !F::complex_unary(op, tile) {
                undefined(op);
            }
        }
    }
}

pub(super) fn binary<F: Real>(op: Binary, a: &Tile, b: &Tile, out: &mut Tile, count: usize) {
    match op {
        Binary::Add => map2(a, b, out, count, |x: [F; 2], y: [F; 2]| [x[0] + y[0], x[1] + y[1]]),
        Binary::Sub => map2(a, b, out, count, |x: [F; 2], y: [F; 2]| [x[0] - y[0], x[1] - y[1]]),
        Binary::Mul => map2(a, b, out, count, mul::<F>),
        Binary::Div => map2(a, b, out, count, div::<F>),
        Binary::Eq => map2(a, b, out, count, |x: [F; 2], y: [F; 2]| ((x[0] == y[0]) & (x[1] == y[1])) as u8),
        Binary::Ne => map2(a, b, out, count, |x: [F; 2], y: [F; 2]| ((x[0] != y[0]) | (x[1] != y[1])) as u8),
        Binary::Pow => {
            let tile = out.lanes_mut::<Complex<F>>(count);
            tile.copy_from_slice(a.lanes(count));
            F::complex_pow(tile, b.lanes(count));
        }
        _ => undefined(op),
    }
}

/// A complex and a real operand of one precision: componentwise.
pub(super) fn scaled<F: Real>(op: Binary, a: &Tile, b: &Tile, out: &mut Tile, count: usize) {
    match op {
        Binary::Mul => map2(a, b, out, count, |x: [F; 2], s: F| [x[0] * s, x[1] * s]),
        Binary::Div => map2(a, b, out, count, |x: [F; 2], s: F| [x[0] / s, x[1] / s]),
        _ => undefined(op),
    }
}

/// `(ac - bd) + (bc + ad)j`, every operation rounded once.
pub(in crate::nest) fn mul<F: Real>([a, b]: [F; 2], [c, d]: [F; 2]) -> [F; 2] {
    [a * c - b * d, b * c + a * d]
}

/// `((ac + bd) + (bc - ad)j) / (c^2 + d^2)`, every operation rounded once.
fn div<F: Real>([a, b]: [F; 2], [c, d]: [F; 2]) -> [F; 2] {
    let norm = c * c + d * d;
    [(a * c + b * d) / norm, (b * c - a * d) / norm]
}
