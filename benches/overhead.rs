//! What a call costs beside its arithmetic, and what the first one costs.
//!
//! `cargo bench --bench overhead [-- name..]`

#[path = "common/mod.rs"]
mod common;
#[path = "common/smooth.rs"]
mod smooth;

use common::{check, numbers, row, time, wants};
use ondine::{Array, Device, compile};
use std::hint::black_box;
use std::time::Instant;

fn formula(a: &Array, b: &Array, c: &Array) -> Array {
    a * b + c * c - 2.0 * a / (b + 1.0)
}

fn main() -> ondine::Result<()> {
    let device = Device::cpu();
    let count = 10_000;
    let data: Vec<Vec<f64>> = (1..4).map(|seed| numbers(count, 0.5, 2.0, seed)).collect();
    // Ten elements show what everything but the arithmetic takes.
    for (size, count) in [("10k", count), ("tiny", 10)] {
        let [a, b, c] = [0, 1, 2].map(|at| Array::from_vec(data[at][..count].to_vec(), [count]));
        let exact = |name: &str, got: Array| {
            let want = (0..count).map(|i| {
                let (a, b, c) = (data[0][i], data[1][i], data[2][i]);
                a * b + c * c - 2.0 * a / (b + 1.0)
            });
            check(name, &got.to_vec::<f64>().expect("it is evaluated"), want, 0.0, 0.0);
        };
        let name = format!("rebuild_{size}");
        if wants(&name) {
            exact(&name, formula(&a, &b, &c).eval(&device)?);
            let seconds = time(100, || {
                black_box(formula(&a, &b, &c).eval(&device)).expect("it ran before");
            });
            row(&name, seconds * 1e6, "us");
        }
        let name = format!("compiled_{size}");
        if wants(&name) {
            let call = compile(|[a, b, c]: [Array; 3]| formula(&a, &b, &c));
            exact(&name, call.call([&a, &b, &c], &device)?);
            let seconds = time(100, || {
                black_box(call.call([&a, &b, &c], &device)).expect("it ran before");
            });
            row(&name, seconds * 1e6, "us");
        }
    }
    if wants("loop_10k") {
        let mut out = vec![0.0; count];
        let seconds = time(100, || {
            let [a, b, c] = [0, 1, 2].map(|at| &black_box(&data)[at][..count]);
            for (i, out) in out[..count].iter_mut().enumerate() {
                *out = a[i] * b[i] + c[i] * c[i] - 2.0 * a[i] / (b[i] + 1.0);
            }
            black_box(&mut out);
        });
        row("loop_10k", seconds * 1e6, "us");
    }
    tiny(&device)?;
    if wants("compile_smooth") {
        // Other extents are another structure and need other transforms, so every first run compiles. What it takes beyond a
        // later run is its compilation, whatever the device leaves until then. The next ones find their kernels compiled.
        let mut times: Vec<f64> = Vec::new();
        for at in 0..7 {
            let shape = [768 + 8 * at, 1024 + 16 * at];
            let image = Array::from_vec(numbers(shape[0] * shape[1], 0.0, 255.0, 5), shape);
            let run = || {
                let graph = smooth::smooth(&image, shape);
                let start = Instant::now();
                black_box(graph.eval(&device))?;
                ondine::Result::Ok(start.elapsed().as_secs_f64())
            };
            let first = run()?;
            times.push(
                first - (0..5).map(|_| run()).collect::<ondine::Result<Vec<f64>>>()?.into_iter().fold(first, f64::min),
            );
        }
        row("compile_smooth", times[0] * 1e3, "ms");
        times.sort_by(f64::total_cmp);
        row("compile_smooth_next", times[3] * 1e3, "ms");
    }
    Ok(())
}

/// One op of ten elements seen before, graphs of ten elements never seen before, and a number that is there.
fn tiny(device: &Device) -> ondine::Result<()> {
    let data = numbers(64, 0.5, 2.0, 23);
    let [a, b] = [10, 20].map(|end| Array::from_vec(data[end - 10..end].to_vec(), [10]));
    if wants("tiny_seen") {
        let want = (0..10).map(|i| data[i] + data[10 + i]);
        check("tiny_seen", &(&a + &b).eval(device)?.to_vec::<f64>()?, want, 0.0, 0.0);
        let seconds = time(100, || {
            black_box((&a + &b).eval(device)).expect("it ran before");
        });
        row("tiny_seen", seconds * 1e6, "us");
    }
    if wants("tiny_first") {
        // The digits of a number are its ops, so no two are alike.
        let graph = |number: usize| {
            let (mut x, mut want) = (a.clone(), data[..10].to_vec());
            for digit in 0..5 {
                let op = number >> (2 * digit) & 3;
                x = [&x + &b, &x - &b, &x * &b, &x / &b][op].clone();
                for (want, b) in want.iter_mut().zip(&data[10..]) {
                    *want = [*want + b, *want - b, *want * b, *want / b][op];
                }
            }
            (x, want)
        };
        let mut times: Vec<f64> = Vec::new();
        for number in 0..200 {
            let (x, want) = graph(number);
            let start = Instant::now();
            let values = black_box(x.eval(device))?.to_vec::<f64>()?;
            times.push(start.elapsed().as_secs_f64());
            check("tiny_first", &values, want, 0.0, 0.0);
        }
        times.sort_by(f64::total_cmp);
        row("tiny_first", times[times.len() / 2] * 1e6, "us");
    }
    if wants("tiny_extents") {
        let mut times: Vec<f64> = Vec::new();
        for count in 11..64 {
            let x = Array::from_vec(data[..count].to_vec(), [count]);
            let start = Instant::now();
            let values = black_box((&x * &x).eval(device))?.to_vec::<f64>()?;
            times.push(start.elapsed().as_secs_f64());
            check("tiny_extents", &values, data[..count].iter().map(|x| x * x), 0.0, 0.0);
        }
        times.sort_by(f64::total_cmp);
        row("tiny_extents", times[times.len() / 2] * 1e6, "us");
    }
    if wants("ready_item") {
        let total = (&a * 2.0).sum().eval(device)?;
        let seconds = time(100, || {
            black_box(total.item::<f64>()).expect("it is there");
        });
        row("ready_item", seconds * 1e6, "us");
    }
    Ok(())
}
