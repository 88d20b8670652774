//! The discrete Fourier transform by its definition: `len` products for every output, summed in double precision.
//!
//! All axes are transformed in `c128`, whatever the dtype; the result is rounded once. A whole line is built before it is
//! transformed: zero outside the input window, and for real inverses with the mirrored half filled in.

use super::elements::{Array, Draft, for_each_index, out_of_memory};
use super::views::position;
use crate::Error;
use num_complex::Complex64;
use ondine_ir::{Fft, FftAxis, FftKind, Scalar, Shape, Type};
use std::f64::consts::{FRAC_1_SQRT_2, TAU};

/// The transform of `operand` over all axes of `fft`.
pub(super) fn fft(fft: &Fft, operand: &Array, ty: &Type) -> Result<Array, Error> {
    let mut shape = operand.shape().clone();
    let mut values = zeros(shape.elements())?;
    let mut next = values.iter_mut();
    for_each_index(&shape, |index| {
        *next.next().expect("one value per element") = operand.at(index)?.to_complex();
        Ok(())
    })?;
    let mut order: Vec<usize> = (0..fft.axes.len()).collect();
    if fft.kind == FftKind::RealForward {
        // The halved axis is the last of the list and transformed first, while the data are real.
        order.rotate_right(1.min(fft.axes.len()));
    }
    for place in order {
        (values, shape) = along_axis(fft.axis_kind(place), &fft.axes[place], values, shape)?;
    }
    if shape != ty.shape {
        return Err(Error::Internal { what: format!("a transform gives shape {shape}, but its type is {ty}") });
    }
    let mut draft = Draft::new(ty.clone())?;
    let mut next = values.iter();
    for_each_index(&shape, |index| {
        draft.set(index, Scalar::from_complex(ty.dtype, *next.next().expect("one value per element")))
    })?;
    Ok(draft.finish())
}

/// The transform of every line along one axis, and the shape that is left.
fn along_axis(
    kind: FftKind,
    along: &FftAxis,
    values: Vec<Complex64>,
    shape: Shape,
) -> Result<(Vec<Complex64>, Shape), Error> {
    let twiddles = twiddles(along.len, kind.is_forward())?;
    let (input, output) = FftAxis::line(kind, along.len);
    let outer: usize = shape[..along.axis].iter().product();
    let inner: usize = shape[along.axis + 1..].iter().product();
    let (reads, writes) = (shape[along.axis], along.output.extent);
    let mut result = zeros(outer * writes * inner)?;
    let mut line = zeros(along.len)?;
    for before in 0..outer {
        for after in 0..inner {
            line.fill(Complex64::ZERO);
            for k in 0..reads {
                let place = position(along.input, k as i64, input) as usize;
                line[place] = values[(before * reads + k) * inner + after];
            }
            if kind == FftKind::RealInverse {
                mirror(&mut line);
            }
            for k in 0..writes {
                let bin = position(along.output, k as i64, output) as usize;
                let mut value = bin_of(&line, &twiddles, bin);
                if kind == FftKind::RealInverse {
                    value.im = 0.0;
                }
                result[(before * writes + k) * inner + after] = value;
            }
        }
    }
    Ok((result, shape.with(along.axis, writes)))
}

/// The second half of a line from the bins `0..=len/2` of its first: mirrored conjugates. Bin 0 and, for even lengths,
/// bin `len/2` are their own mirrors and count as real.
fn mirror(line: &mut [Complex64]) {
    let len = line.len();
    for bin in 0..=len / 2 {
        let twin = (len - bin) % len;
        if twin == bin {
            line[bin].im = 0.0;
        } else {
            line[twin] = line[bin].conj();
        }
    }
}

/// `sum over n of line[n] * w^(bin * n)`.
fn bin_of(line: &[Complex64], twiddles: &[Complex64], bin: usize) -> Complex64 {
    let (mut sum, mut turn) = (Complex64::ZERO, 0);
    for value in line {
        sum += value * twiddles[turn];
        turn += bin;
        if turn >= twiddles.len() {
            turn -= twiddles.len();
        }
    }
    sum
}

/// `exp(-+2 pi i k / len)` for `k` in `0..len`. Angles are reduced to an eighth of a turn as fractions, so that the
/// points on and between the axes are exact and conjugate points are exact conjugates.
fn twiddles(len: usize, is_forward: bool) -> Result<Vec<Complex64>, Error> {
    let mut table = zeros(len)?;
    for (k, twiddle) in table.iter_mut().enumerate() {
        // Eighths of a turn, and what is left in units of 1 / (8 len) of a turn.
        let (eighth, rest) = (8 * k / len, 8 * k % len);
        let angle = |units: usize| TAU * (units as f64 / (8 * len) as f64);
        let (cos, sin) = match (eighth % 2, rest) {
            (0, _) => (angle(rest).cos(), angle(rest).sin()),
            (_, 0) => (FRAC_1_SQRT_2, FRAC_1_SQRT_2),
            (_, _) => (angle(len - rest).sin(), angle(len - rest).cos()),
        };
        let (re, im) = match eighth / 2 {
            0 => (cos, sin),
            1 => (-sin, cos),
            2 => (-cos, -sin),
            _ => (sin, -cos),
        };
        *twiddle = Complex64::new(re, if is_forward { -im } else { im });
    }
    Ok(table)
}

fn zeros(count: usize) -> Result<Vec<Complex64>, Error> {
    let mut values = Vec::new();
    values.try_reserve_exact(count).map_err(|_| out_of_memory(count.saturating_mul(size_of::<Complex64>())))?;
    values.resize(count, Complex64::ZERO);
    Ok(values)
}
