//! What a GPU reaches: bytes per second of elementwise chains, reductions and transforms, and time per launch.
//!
//! `cargo bench --bench gpu`. Every result is compared with the `cpu` device's before it is timed.

#[path = "common/mod.rs"]
mod common;

use common::{check, numbers, row};
use ondine::{Array, Device, Options, compile_with, fft};
use std::time::Instant;

fn main() -> ondine::Result<()> {
    let device = match Device::cuda(0) {
        Ok(device) => device,
        Err(why) => {
            println!("skipped: {why}");
            return Ok(());
        }
    };
    let large = 1usize << 26;
    moved("scale_shift", 8 * large, &[large], &device, |x| x * 2.0f32 + 1.0f32)?;
    moved("chain_of_8", 8 * large, &[large], &device, |x| (0..8).fold(x.clone(), |x, _| x * 1.5f32 + 0.25f32))?;
    moved("transpose", 8 * large, &[8192, 8192], &device, |x| x.permute_dims([1, 0]) + 1.0f32)?;
    moved("sum_of_rows", 4 * large, &[65536, 1024], &device, |x| x.sum_with(1))?;
    moved("sum_of_columns", 4 * large, &[65536, 1024], &device, |x| x.sum_with(0))?;
    moved("sum_of_all", 4 * large, &[large], &device, |x| x.sum())?;
    moved("fft_4096", 12 * (large / 4), &[4096, 4096], &device, |x| fft::rfft(x).abs())?;
    let callbacks = Options { callbacks: true, ..Options::default() };
    let shape = [4096, 4096];
    moved_with("fft_4096_callbacks", 12 * (large / 4), &shape, &device, callbacks, |x| fft::rfft(x).abs())?;
    moved("filter_4096", 8 * (large / 4), &shape, &device, filter)?;
    moved_with("filter_4096_callbacks", 8 * (large / 4), &shape, &device, callbacks, filter)?;
    moved("one_launch", 0, &[64], &device, |x| x + 1.0f32)
}

/// Work before, between and behind two transforms.
fn filter(x: &Array) -> Array {
    let bins = fft::rfft(&(x * 2.0f32 - 1.0f32));
    fft::irfft(&(&bins * bins.abs())).tanh()
}

/// Times a function of one `f32` array that reads and writes so many bytes, inputs on the device.
fn moved(
    name: &str,
    bytes: usize,
    shape: &[usize],
    device: &Device,
    job: impl Fn(&Array) -> Array,
) -> ondine::Result<()> {
    moved_with(name, bytes, shape, device, Options::default(), job)
}

/// As [`moved`], under some options.
fn moved_with(
    name: &str,
    bytes: usize,
    shape: &[usize],
    device: &Device,
    options: Options,
    job: impl Fn(&Array) -> Array,
) -> ondine::Result<()> {
    let elements = shape.iter().product();
    let data: Vec<f32> = numbers(elements, -1.0, 1.0, 5).into_iter().map(|x| x as f32).collect();
    let x = Array::from_vec(data, shape);
    let call = compile_with(|[x]: [Array; 1]| job(&x), options);
    let values = |device: &Device| call.call([&x], device)?.to_vec::<f32>();
    let (got, want) = (values(device)?, values(&Device::cpu())?);
    let wide = |values: &[f32]| values.iter().take(10_000).map(|&x| x as f64).collect::<Vec<f64>>();
    check(name, &wide(&got), wide(&want), 1e-3, 1.0);
    let there = x.to(device);
    there.eval(device)?;
    // Work is queued; reading one number waits for all of it.
    let wait = || {
        let one = Array::from_vec(vec![1.0f32], [1]).to(device);
        one.eval(device)?;
        one.to_vec::<f32>()
    };
    let turns = 50;
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        wait()?;
        let start = Instant::now();
        for _ in 0..turns {
            call.call([&there], device)?;
        }
        wait()?;
        best = best.min(start.elapsed().as_secs_f64() / turns as f64);
    }
    row(name, best * 1e6, "us");
    if bytes > 0 {
        row(&format!("{name} moves"), bytes as f64 / best / 1e9, "GB/s");
    }
    Ok(())
}
