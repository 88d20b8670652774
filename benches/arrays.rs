//! Sorting, products, reductions and searches of large arrays, each checked against plain Rust before it is timed.
//!
//! `cargo bench --bench arrays [-- name..]`

#[path = "common/mod.rs"]
mod common;

use common::{check, numbers, row, time, wants};
use ondine::{Array, Complex64, DType, Device, compile};
use std::hint::black_box;

fn main() -> ondine::Result<()> {
    let device = Device::cpu();
    sorting(&device)?;
    products(&device)?;
    nearest(&device)?;
    whole(&device)
}

/// Times a function of some arrays on the device; what the first call gave is checked by the caller.
fn timed<const N: usize>(
    name: &str,
    arguments: [&Array; N],
    device: &Device,
    job: impl Fn([Array; N]) -> Array,
) -> ondine::Result<Array> {
    let call = compile(job);
    let result = call.call(arguments, device)?;
    let seconds = time(5, || {
        black_box(call.call(arguments, device)).expect("it ran before");
    });
    row(name, seconds * 1e3, "ms");
    Ok(result)
}

fn sorting(device: &Device) -> ondine::Result<()> {
    let data = numbers(1_000_000, -1.0, 1.0, 3);
    let x = Array::from(data.clone()).eval(device)?;
    let mut positions: Vec<i64> = (0..data.len() as i64).collect();
    positions.sort_by(|&a, &b| data[a as usize].total_cmp(&data[b as usize]));
    if wants("sort_1e6") {
        let sorted = timed("sort_1e6", [&x], device, |[x]| x.sort())?;
        check("sort_1e6", &sorted.to_vec()?, positions.iter().map(|&at| data[at as usize]), 0.0, 1.0);
    }
    if wants("argsort_1e6") {
        let order = timed("argsort_1e6", [&x], device, |[x]| x.argsort())?;
        assert_eq!(order.to_vec::<i64>()?, positions, "argsort_1e6");
    }
    Ok(())
}

fn products(device: &Device) -> ondine::Result<()> {
    for extent in [1024, 2048] {
        let (a, b) = (numbers(extent * extent, -1.0, 1.0, 5), numbers(extent * extent, -1.0, 1.0, 6));
        let dot = |i: usize, j: usize| (0..extent).map(|k| a[i * extent + k] * b[k * extent + j]).sum::<f64>();
        let arrays = [&a, &b].map(|data| Array::from_vec(data.clone(), [extent, extent]));
        let name = format!("matmul_{extent}");
        if wants(&name) {
            let product = timed(&name, [&arrays[0], &arrays[1]], device, |[a, b]| a.matmul(&b))?.to_vec::<f64>()?;
            let places = (0..extent).map(|i| (i, i * 7 % extent));
            let got: Vec<f64> = places.clone().map(|(i, j)| product[i * extent + j]).collect();
            check(&name, &got, places.map(|(i, j)| dot(i, j)), 1e-12, extent as f64);
        }
        let name = format!("matmul_{extent}_c128");
        if wants(&name) && extent == 1024 {
            // (a + i b) times a: both parts are real products.
            let z = arrays[0].complex(&arrays[1]).eval(device)?;
            let real = arrays[0].astype(DType::C128).eval(device)?;
            let product = timed(&name, [&real, &z], device, |[a, z]| a.matmul(&z))?.to_vec::<Complex64>()?;
            let places = (0..extent).map(|i| (i, i * 7 % extent));
            let got: Vec<f64> = places.clone().map(|(i, j)| product[i * extent + j].im).collect();
            check(&name, &got, places.map(|(i, j)| dot(i, j)), 1e-12, extent as f64);
        }
    }
    Ok(())
}

/// The nearest of 64 centres for each of 20,000 points of 8 features.
fn nearest(device: &Device) -> ondine::Result<()> {
    const NAME: &str = "nearest_20000x64x8";
    if !wants(NAME) {
        return Ok(());
    }
    let (points, centres) = (numbers(20_000 * 8, -1.0, 1.0, 8), numbers(64 * 8, -1.0, 1.0, 9));
    let arrays = [Array::from_vec(points.clone(), [20_000, 1, 8]), Array::from_vec(centres.clone(), [1, 64, 8])];
    let job = |[points, centres]: [Array; 2]| (points - centres).square().sum_with(2).argmin_with(1);
    let found = timed(NAME, [&arrays[0], &arrays[1]], device, job)?.to_vec::<i64>()?;
    let distance = |point: &[f64], at: i64| -> f64 {
        point.iter().zip(&centres[at as usize * 8..]).map(|(x, y)| (x - y) * (x - y)).sum()
    };
    for (point, &at) in points.chunks(8).zip(&found) {
        let least = (0..64).map(|other| distance(point, other)).fold(f64::INFINITY, f64::min);
        assert!(distance(point, at) <= least * (1.0 + 1e-12), "{NAME}");
    }
    Ok(())
}

/// Reductions and running sums of one long array.
fn whole(device: &Device) -> ondine::Result<()> {
    let data = numbers(20_000_000, -1.0, 1.0, 12);
    let x = Array::from(data.clone()).eval(device)?;
    let sum: f64 = data.iter().sum();
    let least = data.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = (0..data.len()).max_by(|&a, &b| data[a].total_cmp(&data[b])).expect("there are elements");
    type Job = fn([Array; 1]) -> Array;
    let jobs: [(&str, Job, f64); 4] = [
        ("sum_2e7", |[x]| x.sum(), sum),
        ("mean_2e7", |[x]| x.mean(), sum / data.len() as f64),
        ("min_2e7", |[x]| x.min(), least),
        ("argmax_2e7", |[x]| x.argmax().astype(DType::F64), largest as f64),
    ];
    for (name, job, want) in jobs {
        if wants(name) {
            check(name, &[timed(name, [&x], device, job)?.item()?], [want], 1e-12, data.len() as f64);
        }
    }
    let (name, part) = ("cumulative_sum_1e7", 10_000_000);
    if wants(name) {
        let x = Array::from(data[..part].to_vec()).eval(device)?;
        let running = timed(name, [&x], device, |[x]| x.cumulative_sum())?.to_vec::<f64>()?;
        let want = data[..part].iter().scan(0.0, |sum, x| {
            *sum += x;
            Some(*sum)
        });
        check(name, &running, want, 1e-12, part as f64);
    }
    Ok(())
}
