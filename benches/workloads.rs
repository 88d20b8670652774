//! Whole jobs, each checked against plain Rust before it is timed.
//!
//! `cargo bench --bench workloads [-- name..]`

#[path = "common/mod.rs"]
mod common;
#[path = "common/smooth.rs"]
mod smooth;
#[path = "common/transforms.rs"]
mod transforms;

use common::{check, numbers, row, time, wants};
use ondine::fft::{self, FftnOptions};
use ondine::{Array, Complex64, Device, ReduceOptions, compile};
use std::f64::consts::TAU;
use std::hint::black_box;

fn main() -> ondine::Result<()> {
    let device = Device::cpu();
    smoothing("smooth_768x1024", [768, 1024], &device)?;
    smoothing("smooth_4096", [4096, 4096], &device)?;
    plain("fftn_2048x2048", &[2048, 2048], 0, &device)?;
    plain("fftn_4096x4096", &[4096, 4096], 0, &device)?;
    plain("fftn_256^3", &[256, 256, 256], 0, &device)?;
    plain("fft_1M", &[1 << 20], 0, &device)?;
    plain("fft_8192x1024", &[8192, 1024], 1, &device)?;
    plain("fft_8192x1000", &[8192, 1000], 1, &device)?;
    plain("fftn_2047x2049", &[2047, 2049], 0, &device)?;
    plain("fft_1000", &[1000], 0, &device)?;
    split_step("splitstep_64k", 1 << 16, 50, &device)?;
    split_step("splitstep_1M", 1 << 20, 5, &device)?;
    poisson("poisson_128", 128, &device)?;
    spectrogram(&device)?;
    convolution(&device)?;
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

fn complex_numbers(count: usize, seed: u64) -> Vec<Complex64> {
    numbers(2 * count, -1.0, 1.0, seed).chunks(2).map(|pair| Complex64::new(pair[0], pair[1])).collect()
}

/// Panics unless the relative L2 distance is below `tolerance`.
fn near(name: &str, got: &[Complex64], want: &[Complex64], tolerance: f64) {
    assert_eq!(got.len(), want.len(), "{name}: the number of elements");
    let off: f64 = got.iter().zip(want).map(|(got, want)| (got - want).norm_sqr()).sum();
    let all: f64 = want.iter().map(|want| want.norm_sqr()).sum();
    assert!((off / all).sqrt() <= tolerance, "{name}: off by {:e} of its norm", (off / all).sqrt());
}

/// A transform over the axes `first..`, beside the library on one thread.
fn plain(name: &str, shape: &[usize], first: usize, device: &Device) -> ondine::Result<()> {
    if !wants(name) {
        return Ok(());
    }
    let data = complex_numbers(shape.iter().product(), 23);
    let x = Array::from_vec(data.clone(), shape);
    let axes: Vec<i64> = (first as i64..shape.len() as i64).collect();
    let job = |x: &Array| fft::fftn_with(x, FftnOptions { axes: Some(axes.clone()), ..Default::default() });
    let mut want = data;
    let start = std::time::Instant::now();
    transforms::forward(&mut want, shape, first);
    row(&format!("{name} by the library on one thread"), start.elapsed().as_secs_f64() * 1e3, "ms");
    near(name, &job(&x).eval(device)?.to_vec::<Complex64>()?, &want, 1e-14);
    timed(name, &x, device, job).map(drop)
}

/// `steps` steps of `psi = V ifft(T fft(V psi))`.
fn split_step(name: &str, n: usize, steps: usize, device: &Device) -> ondine::Result<()> {
    if !wants(name) {
        return Ok(());
    }
    let phases = |seed| -> Vec<Complex64> { numbers(n, 0.0, TAU, seed).into_iter().map(Complex64::cis).collect() };
    let (psi, v, t) = (complex_numbers(n, 29), phases(31), phases(37));
    let mut want = psi.clone();
    let mut planner = rustfft::FftPlanner::new();
    let (forward, inverse) = (planner.plan_fft_forward(n), planner.plan_fft_inverse(n));
    for _ in 0..steps {
        want.iter_mut().zip(&v).for_each(|(z, v)| *z *= v);
        forward.process(&mut want);
        want.iter_mut().zip(&t).for_each(|(z, t)| *z *= t / n as f64);
        inverse.process(&mut want);
        want.iter_mut().zip(&v).for_each(|(z, v)| *z *= v);
    }
    let [psi, v, t] = [psi, v, t].map(|values| Array::from_vec(values, [n]));
    let call =
        compile(|[psi, v, t]: [Array; 3]| (0..steps).fold(psi, |psi, _| &v * fft::ifft(&(&t * fft::fft(&(&v * psi))))));
    near(name, &call.call([&psi, &v, &t], device)?.to_vec::<Complex64>()?, &want, 1e-13);
    let seconds = time(3, || {
        black_box(call.call([&psi, &v, &t], device)).expect("it ran before");
    });
    row(name, seconds * 1e3, "ms");
    Ok(())
}

/// The equation of Poisson on a periodic cube: `irfftn(rfftn(x) * -1/k^2)`, 0 at `k = 0`.
fn poisson(name: &str, n: usize, device: &Device) -> ondine::Result<()> {
    if !wants(name) {
        return Ok(());
    }
    let shape = [n, n, n];
    let data = numbers(n * n * n, -1.0, 1.0, 41);
    let x = Array::from_vec(data.clone(), shape);
    let job = move |x: &Array| {
        let k = fft::fftfreq(n) * n as f64;
        let last = fft::rfftfreq(n) * n as f64;
        let [a, b] = [[n, 1, 1], [1, n, 1]].map(|shape| k.square().reshape(shape));
        let squares = a + b + last.square();
        let factor = squares.equal(0.0).where_(0.0, -1.0 / &squares);
        fft::irfftn(&(fft::rfftn(x) * factor))
    };
    let mut want: Vec<Complex64> = data.iter().map(|x| Complex64::new(*x, 0.0)).collect();
    transforms::forward(&mut want, &shape, 0);
    let square = |at: usize| (at.min(n - at) as f64).powi(2);
    for (at, z) in want.iter_mut().enumerate() {
        let squares = square(at / n / n) + square(at / n % n) + square(at % n);
        *z = if squares == 0.0 { Complex64::default() } else { (-*z / squares).conj() / (n * n * n) as f64 };
    }
    // The conjugate of the forward transform of the conjugate is the inverse.
    transforms::forward(&mut want, &shape, 0);
    let want: Vec<f64> = want.iter().map(|z| z.re).collect();
    check(name, &job(&x).eval(device)?.to_vec::<f64>()?, want, 1e-11, 1.0);
    timed(name, &x, device, job).map(drop)
}

/// 4,000 frames of 1,024 samples, 256 apart, under a Hann window, in decibels.
fn spectrogram(device: &Device) -> ondine::Result<()> {
    let (name, frames, n, hop) = ("spectrogram", 4000, 1024, 256);
    if !wants(name) {
        return Ok(());
    }
    let count = (frames - 1) * hop + n;
    let data = numbers(count, -1.0, 1.0, 43);
    let hann: Vec<f64> = (0..n).map(|at| 0.5 - 0.5 * (TAU * at as f64 / n as f64).cos()).collect();
    let x = Array::from_vec(data.clone(), [count]);
    let window = Array::from_vec(hann.clone(), [n]);
    let job = move |x: &Array| {
        // Every frame is four neighbouring rows of `hop` samples.
        let rows = x.reshape([count / hop, hop]);
        let parts = [0, 1, 2, 3].map(|at| rows.slice(ondine::s![at..at + frames as i64, ..]));
        let spectrum = fft::rfft(&(ondine::concat(&parts.each_ref(), 1) * &window));
        (spectrum.abs().square() + 1e-10).log10() * 10.0
    };
    let want = (0..frames).flat_map(|frame| {
        let samples = data[frame * hop..][..n].iter().zip(&hann);
        let mut line: Vec<Complex64> = samples.map(|(x, w)| Complex64::new(x * w, 0.0)).collect();
        transforms::forward(&mut line, &[n], 0);
        line[..=n / 2].iter().map(|z| 10.0 * (z.norm_sqr() + 1e-10).log10()).collect::<Vec<f64>>()
    });
    check(name, &job(&x).eval(device)?.to_vec::<f64>()?, want, 1e-9, 1.0);
    timed(name, &x, device, job).map(drop)
}

/// A picture of 2048 x 2048 convolved with 129 x 129 taps by transforms of the next fast length, cut to the picture's size.
fn convolution(device: &Device) -> ondine::Result<()> {
    let (name, n, taps) = ("fftconv", 2048, 129);
    if !wants(name) {
        return Ok(());
    }
    // The next length from 2048 + 128 on with no prime factor above 11.
    let length = 2178;
    let (data, kernel) = (numbers(n * n, -1.0, 1.0, 47), numbers(taps * taps, -1.0, 1.0, 53));
    let x = Array::from_vec(data.clone(), [n, n]);
    let h = Array::from_vec(kernel.clone(), [taps, taps]);
    let whole = || FftnOptions { s: Some(vec![length; 2]), ..Default::default() };
    let job = |x: &Array, h: &Array| {
        let product = fft::rfftn_with(x, whole()) * fft::rfftn_with(h, whole());
        let (first, last) = ((taps / 2) as i64, (taps / 2 + n) as i64);
        fft::irfftn_with(&product, whole()).slice(ondine::s![first..last, first..last])
    };
    let got = job(&x, &h).eval(device)?.to_vec::<f64>()?;
    for [i, j] in [[0, 0], [1000, 777], [2047, 5], [64, 2047], [2047, 2047]] {
        let mut sum = 0.0;
        for (a, b) in (0..taps * taps).map(|at| (at / taps, at % taps)) {
            let (row, column) = ((i + taps / 2).wrapping_sub(a), (j + taps / 2).wrapping_sub(b));
            if row < n && column < n {
                sum += data[row * n + column] * kernel[a * taps + b];
            }
        }
        check(name, &[got[i * n + j]], [sum], 1e-10, 1.0);
    }
    let call = compile(|[x, h]: [Array; 2]| job(&x, &h));
    let seconds = time(3, || {
        black_box(call.call([&x, &h], device)).expect("it ran before");
    });
    row(name, seconds * 1e3, "ms");
    Ok(())
}
