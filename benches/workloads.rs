//! Whole jobs, each checked against plain Rust before it is timed.
//!
//! `cargo bench --bench workloads [-- name..]`

#[path = "common/mod.rs"]
mod common;
#[path = "common/smooth.rs"]
mod smooth;

use common::{check, numbers, row, time, wants};
use ondine::{Array, Complex64, Device, ReduceOptions, compile};
use std::hint::black_box;

fn main() -> ondine::Result<()> {
    let device = Device::cpu();
    smoothing("smooth_768x1024", [768, 1024], &device)?;
    smoothing("smooth_4096", [4096, 4096], &device)?;
    softmax(&device)?;
    variance(&device)?;
    sums(&device)?;
    scans(&device)?;
    trig(&device)
}

/// Times a function of one array; what the first call gave is checked by the caller.
fn timed(name: &str, x: &Array, device: &Device, job: impl Fn(&Array) -> Array) -> ondine::Result<Array> {
    let call = compile(|[x]: [Array; 1]| job(&x));
    let result = call.call([x], device)?;
    let seconds = time(5, || {
        black_box(call.call([x], device)).expect("it ran before");
    });
    row(name, seconds * 1e3, "ms");
    Ok(result)
}

fn smoothing(name: &str, shape: [usize; 2], device: &Device) -> ondine::Result<()> {
    if !wants(name) {
        return Ok(());
    }
    let data = numbers(shape[0] * shape[1], 0.0, 255.0, 7);
    let image = Array::from_vec(data.clone(), shape);
    let values = smooth::smooth(&image, shape).eval(device)?.to_vec::<Complex64>()?;
    // Sums of n terms rounded in any order err by no more than n half ulps of what they add; far more than happens.
    let tolerance = 1e-9;
    for at in [0, 1, shape[0] / 3, shape[0] - 1] {
        let want = smooth::smooth_row(&data, shape, at);
        let got = &values[at * shape[1]..][..shape[1]];
        let parts = |row: &[Complex64]| row.iter().flat_map(|z| [z.re, z.im]).collect::<Vec<f64>>();
        check(name, &parts(got), parts(&want), tolerance, 1.0);
    }
    timed(name, &image, device, |x| smooth::smooth(x, shape)).map(drop)
}

fn softmax(device: &Device) -> ondine::Result<()> {
    let (name, [rows, columns]) = ("softmax_4096x1024", [4096, 1024]);
    if !wants(name) {
        return Ok(());
    }
    let data = numbers(rows * columns, -4.0, 4.0, 11);
    let x = Array::from_vec(data.clone(), [rows, columns]);
    let along = || ReduceOptions { axis: 1.into(), keepdims: true, ..Default::default() };
    let job = |x: &Array| {
        let powers = (x - x.max_with(along())).exp();
        &powers / powers.sum_with(along())
    };
    let want = data.chunks(columns).flat_map(|line| {
        let most = line.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = line.iter().map(|x| (x - most).exp()).sum();
        line.iter().map(move |x| (x - most).exp() / sum).collect::<Vec<f64>>()
    });
    check(name, &job(&x).eval(device)?.to_vec::<f64>()?, want, 1e-12, 0.0);
    timed(name, &x, device, job).map(drop)
}

fn variance(device: &Device) -> ondine::Result<()> {
    let n = 4096;
    if !wants("variance_rows_4096") && !wants("variance_columns_4096") {
        return Ok(());
    }
    let data = numbers(n * n, -1.0, 3.0, 13);
    let x = Array::from_vec(data.clone(), [n, n]);
    for (name, axis, line, step) in [("variance_rows_4096", 1, n, 1), ("variance_columns_4096", 0, 1, n)] {
        if !wants(name) {
            continue;
        }
        let along = || ReduceOptions { axis: axis.into(), ..Default::default() };
        let want = (0..n).map(|at| {
            let values = || (0..n).map(|k| data[at * line + k * step]);
            let mean = values().sum::<f64>() / n as f64;
            values().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n as f64
        });
        let job = |x: &Array| x.var_with(along());
        check(name, &job(&x).eval(device)?.to_vec::<f64>()?, want, 1e-12, 0.0);
        timed(name, &x, device, job)?;
    }
    Ok(())
}

/// Plain sums and extremes, beside a loop of all threads that reads the same bytes.
fn sums(device: &Device) -> ondine::Result<()> {
    let n = 4096;
    let data = numbers(n * n, -1.0, 3.0, 23);
    let x = Array::from_vec(data.clone(), [n, n]);
    if wants("read_loop_4096") {
        let threads = std::thread::available_parallelism().map_or(1, |count| count.get());
        let seconds = time(5, || {
            std::thread::scope(|scope| {
                data.chunks(data.len().div_ceil(threads)).for_each(|part| {
                    scope.spawn(move || black_box(read(part)));
                });
            });
        });
        row("read_loop_4096", seconds * 1e3, "ms");
    }
    let at = |row: usize, column: usize| data[row * n + column];
    for (name, axis) in [("sum_rows_4096", 1), ("sum_columns_4096", 0)] {
        if wants(name) {
            let line = |at: usize, k: usize| if axis == 1 { (at, k) } else { (k, at) };
            let want = (0..n).map(|i| (0..n).map(|k| line(i, k)).map(|(i, k)| at(i, k)).sum::<f64>());
            let job = |x: &Array| x.sum_with(axis);
            check(name, &job(&x).eval(device)?.to_vec::<f64>()?, want, 1e-11, n as f64);
            timed(name, &x, device, job)?;
        }
    }
    for (name, axis) in [("max_rows_4096", 1), ("max_columns_4096", 0)] {
        if wants(name) {
            let line = |at: usize, k: usize| if axis == 1 { (at, k) } else { (k, at) };
            let most = |i: usize| (0..n).map(|k| line(i, k)).map(|(i, k)| at(i, k)).fold(f64::NEG_INFINITY, f64::max);
            let job = |x: &Array| x.max_with(axis);
            check(name, &job(&x).eval(device)?.to_vec::<f64>()?, (0..n).map(most), 0.0, 0.0);
            timed(name, &x, device, job)?;
        }
    }
    Ok(())
}

/// The sum, with enough accumulators to be limited by memory.
fn read(part: &[f64]) -> f64 {
    let mut sums = [0.0; 16];
    for chunk in part.chunks_exact(16) {
        sums.iter_mut().zip(chunk).for_each(|(sum, x)| *sum += x);
    }
    sums.iter().sum()
}

fn scans(device: &Device) -> ondine::Result<()> {
    let n = 4096;
    let data = numbers(n * n, -1.0, 1.0, 29);
    for (name, shape, axis) in [
        ("running_sum_rows_4096", [n, n], 1),
        ("running_sum_columns_4096", [n, n], 0),
        ("running_sum_one_line", [1, n * n], 1),
    ] {
        if !wants(name) {
            continue;
        }
        let x = Array::from_vec(data.clone(), shape);
        let step = if axis == 1 { 1 } else { n };
        let mut want = data.clone();
        for at in step..want.len() {
            if axis == 0 || at % shape[1] != 0 {
                want[at] += want[at - step];
            }
        }
        let job = |x: &Array| x.cumulative_sum_with(axis as i64);
        check(name, &job(&x).eval(device)?.to_vec::<f64>()?, want, 1e-9, 1.0);
        timed(name, &x, device, job)?;
    }
    Ok(())
}

fn trig(device: &Device) -> ondine::Result<()> {
    let (name, count) = ("trig_1e7", 10_000_000);
    if !wants(name) {
        return Ok(());
    }
    let (data_a, data_b) = (numbers(count, 0.0, 10.0, 17), numbers(count, 0.0, 10.0, 19));
    let (a, b) = (Array::from_vec(data_a.clone(), [count]), Array::from_vec(data_b.clone(), [count]));
    let job = |a: &Array, b: &Array| a.sin() * (-b).exp() + (a * a + b * b).sqrt() * b.cos() + (a + 1.0).log();
    let want = data_a
        .iter()
        .zip(&data_b)
        .map(|(a, b)| a.sin() * (-b).exp() + (a * a + b * b).sqrt() * b.cos() + (a + 1.0).ln());
    check(name, &job(&a, &b).eval(device)?.to_vec::<f64>()?, want, 1e-13, 16.0);
    let call = compile(|[a, b]: [Array; 2]| job(&a, &b));
    let seconds = time(5, || {
        black_box(call.call([&a, &b], device)).expect("it ran before");
    });
    row(name, seconds * 1e3, "ms");
    Ok(())
}
