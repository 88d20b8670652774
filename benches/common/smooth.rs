//! The smoothing job, and the same thing without transforms of whole pictures.

#![allow(dead_code, unreachable_pub)]

use ondine::{Array, Complex64, fft, s};

/// The window of the shifted spectrum that is kept: first and last row, first and last column.
pub fn window([height, width]: [usize; 2]) -> [usize; 4] {
    [height / 2 - 30, height / 2 + 30, width / 2 - 30, width / 2 + 20]
}

/// The job as a user would write it.
pub fn smooth(image: &Array, shape: [usize; 2]) -> Array {
    let [top, bottom, left, right] = window(shape).map(|at| at as i64);
    let spectrum = fft::fftshift(&fft::fftn(image));
    let rough = spectrum.set(s![top..bottom, left..right], 0);
    fft::ifftn(&fft::ifftshift(&(spectrum - rough)))
}

/// Row `row` of the job's result by the definition of the transforms: only the frequencies that are kept are computed.
pub fn smooth_row(image: &[f64], [height, width]: [usize; 2], row: usize) -> Vec<Complex64> {
    let [top, bottom, left, right] = window([height, width]);
    let turn =
        |k: usize, n: usize, at: usize| Complex64::cis(-std::f64::consts::TAU * ((k * at) % n) as f64 / n as f64);
    let frequency = |at: usize, n: usize| (at + n - n / 2) % n;
    let rows: Vec<usize> = (top..bottom).map(|at| frequency(at, height)).collect();
    let columns: Vec<usize> = (left..right).map(|at| frequency(at, width)).collect();
    // Along the rows first: one number per row and kept column.
    let turns: Vec<Vec<Complex64>> = columns.iter().map(|&k| (0..width).map(|x| turn(k, width, x)).collect()).collect();
    let along: Vec<Vec<Complex64>> = (0..height)
        .map(|y| {
            let line = &image[y * width..][..width];
            turns.iter().map(|turns| line.iter().zip(turns).map(|(x, turn)| turn * x).sum()).collect()
        })
        .collect();
    // Down the columns and back to one row.
    let kept: Vec<Complex64> = (0..columns.len())
        .map(|at| {
            let back = |k: usize| {
                let sum: Complex64 = (0..height).map(|y| along[y][at] * turn(k, height, y)).sum();
                sum * turn(k, height, row).conj()
            };
            rows.iter().map(|&k| back(k)).sum()
        })
        .collect();
    let scale = 1.0 / (height * width) as f64;
    (0..width)
        .map(|x| kept.iter().zip(&turns).map(|(z, turns)| z * turns[x].conj()).sum::<Complex64>() * scale)
        .collect()
}
