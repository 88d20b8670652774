//! Whole jobs, under the names that `gpu_compare.py` gives them.

use crate::measure::{Gpu, Way, moves};
use crate::smooth::smooth;
use ondine::fft::{self, FftnOptions};
use ondine::{Array, DType, ReduceOptions, s};
use std::f64::consts::TAU;

pub(crate) fn all(gpu: &Gpu) -> ondine::Result<()> {
    elementwise(gpu)?;
    reductions(gpu)?;
    transforms(gpu)?;
    for (name, dtype, shape) in [
        ("smooth_768x1024", DType::F64, [gpu.extent(768, 64), gpu.extent(1024, 64)]),
        ("smooth_16384", DType::F32, [gpu.extent(16384, 64); 2]),
    ] {
        let way = if dtype == DType::F64 { moves(0).double() } else { moves(0) };
        let image = (gpu.real(dtype, &shape) + 1.0) * 127.5;
        gpu.job(name, way, [image], |[x]| smooth(&x, shape))?;
    }
    poisson(gpu)?;
    split_step(gpu)?;
    spectrogram(gpu)?;
    convolution(gpu)?;
    launches(gpu)
}

fn elementwise(gpu: &Gpu) -> ondine::Result<()> {
    let large = gpu.extent(1 << 28, 1000);
    for (name, dtype) in [("chain_f32", DType::F32), ("chain_f64", DType::F64)] {
        let way = moves(2 * dtype.bytes() * large);
        let chain = |[x]: [Array; 1]| (0..8).fold(x, |x, _| x * 1.5 + 0.25);
        gpu.job(name, way, [gpu.real(dtype, &[large])], chain)?;
    }
    // Accesses that go on evenly, along the innermost axis only, and not at all.
    let large = gpu.extent(1 << 26, 1000);
    let side = gpu.extent(8192, 40);
    gpu.job("scale_shift", moves(8 * large), [gpu.real(DType::F32, &[large])], |[x]| x * 2.0 + 1.0)?;
    let square = || gpu.real(DType::F32, &[side, side]);
    gpu.job("inner_part", moves(8 * side * (side - 8)), [square()], |[x]| x.slice(s![.., 4..-4]) * 2.0 + 1.0)?;
    gpu.job("transpose", moves(8 * side * side), [square()], |[x]| x.permute_dims([1, 0]) + 1.0)
}

fn reductions(gpu: &Gpu) -> ondine::Result<()> {
    let (rows, count) = (gpu.extent(65536, 40), gpu.extent(1024, 100));
    let bytes = 4 * rows * count;
    let x = || gpu.real(DType::F32, &[rows, count]);
    gpu.job("sum_of_rows", moves(bytes), [x()], |[x]| x.sum_with(1))?;
    gpu.job("sum_of_columns", moves(bytes), [x()], |[x]| x.sum_with(0))?;
    gpu.job("sum_of_all", moves(bytes), [x()], |[x]| x.square().sum())?;
    gpu.job("variance_of_rows", moves(bytes), [x()], |[x]| x.var_with(1))?;
    gpu.job("softmax", moves(2 * bytes), [x()], |[x]| {
        let along = || ReduceOptions { axis: 1.into(), keepdims: true, ..Default::default() };
        let powers = (&x - x.max_with(along())).exp();
        &powers / powers.sum_with(along())
    })
}

fn transforms(gpu: &Gpu) -> ondine::Result<()> {
    let side = gpu.extent(4096, 36);
    let x = || gpu.real(DType::F32, &[side, side]);
    for (name, way) in [("", moves(0)), ("_callbacks", moves(0).called())] {
        let bytes = |bytes: usize| Way { bytes, ..way };
        gpu.job(&format!("fft_4096{name}"), bytes(6 * side * side), [x()], |[x]| fft::rfft(&x).abs())?;
        // Work before, between and behind two transforms.
        gpu.job(&format!("filter_4096{name}"), bytes(8 * side * side), [x()], |[x]| {
            let bins = fft::rfft(&(x * 2.0 - 1.0));
            fft::irfft(&(&bins * bins.abs())).tanh()
        })?;
        // What somebody would write callbacks for by hand.
        let lines = [gpu.extent(16384, 10), side];
        let inputs = [gpu.phases(DType::C64, &lines, 3), gpu.real(DType::F32, &[side])];
        let job = |[x, window]: [Array; 2]| fft::fft(&(x * window)) * 0.5;
        gpu.job(&format!("window_fft_scale{name}"), bytes(16 * lines[0] * lines[1]), inputs, job)?;
    }
    Ok(())
}

/// `irfftn(rfftn(x) * -1/k^2)`, 0 at `k = 0`.
fn poisson(gpu: &Gpu) -> ondine::Result<()> {
    let n = gpu.extent(512, 12);
    gpu.job("poisson_512", moves(0).double(), [gpu.real(DType::F64, &[n, n, n])], |[x]| {
        let (k, last) = (fft::fftfreq(n) * n as f64, fft::rfftfreq(n) * n as f64);
        let [a, b] = [[n, 1, 1], [1, n, 1]].map(|shape| k.square().reshape(shape));
        let squares = a + b + last.square();
        fft::irfftn(&(fft::rfftn(&x) * squares.equal(0.0).where_(0.0, -1.0 / &squares)))
    })
}

/// Steps of `psi = V ifft(T fft(V psi))`.
fn split_step(gpu: &Gpu) -> ondine::Result<()> {
    let (n, steps) = (gpu.extent(1 << 20, 64), gpu.extent(50, 3));
    let inputs = [29, 31, 37].map(|seed| gpu.phases(DType::C128, &[n], seed));
    gpu.job("splitstep_1M", moves(0).double(), inputs, |[psi, v, t]| {
        (0..steps).fold(psi, |psi, _| &v * fft::ifft(&(&t * fft::fft(&(&v * psi)))))
    })
}

/// Frames of 1,024 samples, 256 apart, under a Hann window, in decibels.
fn spectrogram(gpu: &Gpu) -> ondine::Result<()> {
    let (frames, n) = (gpu.extent(4000, 6), gpu.extent(1024, 32));
    let hop = n / 4;
    let window = (0..n).map(|at| 0.5 - 0.5 * (TAU * at as f64 / n as f64).cos()).collect::<Vec<f64>>();
    let inputs = [gpu.real(DType::F64, &[(frames + 3) * hop]), Array::from_vec(window, [n])];
    gpu.job("spectrogram", moves(0).double(), inputs, |[x, window]| {
        let rows = x.reshape([frames + 3, hop]);
        let parts = [0, 1, 2, 3].map(|at| rows.slice(s![at..at + frames as i64, ..]));
        let spectrum = fft::rfft(&(ondine::concat(&parts.each_ref(), 1) * window));
        (spectrum.abs().square() + 1e-10).log10() * 10.0
    })
}

/// A picture convolved with 129 x 129 taps, or few where nothing is measured, by transforms of the next fast length.
fn convolution(gpu: &Gpu) -> ondine::Result<()> {
    let (n, taps, length) = (gpu.extent(4096, 20), gpu.extent(129, 5), gpu.extent(4235, 24));
    let inputs = [gpu.real(DType::F64, &[n, n]), gpu.real(DType::F64, &[taps, taps])];
    gpu.job("fftconv_4096", moves(0).double(), inputs, |[x, h]| {
        let whole = || FftnOptions { s: Some(vec![length as i64; 2]), ..Default::default() };
        let product = fft::rfftn_with(&x, whole()) * fft::rfftn_with(&h, whole());
        let (first, last) = ((taps / 2) as i64, (taps / 2 + n) as i64);
        fft::irfftn_with(&product, whole()).slice(s![first..last, first..last])
    })
}

fn launches(gpu: &Gpu) -> ondine::Result<()> {
    let x = || gpu.real(DType::F32, &[64, 64]);
    gpu.job("one_launch", moves(0), [x()], |[x]| x + 1.0)?;
    // Sums of columns end a kernel each.
    gpu.job("ten_launches", moves(0), [x()], |[x]| columns(x, 5))
}

/// Two kernels a turn.
pub(crate) fn columns(x: Array, turns: usize) -> Array {
    (0..turns).fold(x, |x, _| (&x - x.sum_with(0)) * 0.01)
}
