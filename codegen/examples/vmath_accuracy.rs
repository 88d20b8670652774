//! Prints the largest error and the speed of every vector math function.
//!
//! `cargo run --release -p ondine-codegen --example vmath_accuracy [SAMPLES [STEP]]`: SAMPLES per f64 function (10^7 by
//! default), and every STEP-th of all 2^32 inputs of the f32 functions (1, all of them, by default).
#![allow(missing_docs)]

#[path = "../tests/accuracy/mod.rs"]
mod accuracy;
#[path = "../tests/double_double/mod.rs"]
mod double_double;

use std::time::Instant;

use accuracy::{Random, Worst, binary_cases, cancels, measure_binary, measure_unary, see_f32, unary_cases};
use ondine_codegen::cpu::vmath::{binary_f32, binary_f64, table, unary_f32, unary_f64};

/// Nanoseconds per element of `run`, which processes `n` elements; the best of many rounds.
fn speed(n: usize, mut run: impl FnMut()) -> f64 {
    let once = |run: &mut dyn FnMut()| {
        let start = Instant::now();
        run();
        start.elapsed().as_nanos() as f64 / n as f64
    };
    (0..400).map(|_| once(&mut run)).fold(f64::INFINITY, f64::min)
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|a| a.parse::<usize>().expect("a number"));
    let samples = arguments.next().unwrap_or(10_000_000);
    let step = arguments.next().unwrap_or(1);
    println!("build {}; {samples} samples of f64, every {step}th f32", table().name);
    println!("{:10} {:>8} {:>24} {:>6}  {:>8} {:>16} {:>6}", "", "f64 ulp", "at", "ns", "f32 ulp", "at", "ns");
    for case in unary_cases() {
        let worst = measure_unary(&case, samples, 99);
        let mut random = Random::new(1);
        let x: Vec<f64> = (0..1024).map(|_| (case.sample)(&mut random).clamp(-80.0, 80.0)).collect();
        let mut y = x.clone();
        let ns = speed(1024, || {
            y.copy_from_slice(&x);
            unary_f64(case.op, &mut y);
        });
        let single: Vec<f32> = x.iter().map(|&x| x as f32).collect();
        let mut y = single.clone();
        let ns_f32 = speed(1024, || {
            y.copy_from_slice(&single);
            unary_f32(case.op, &mut y);
        });
        let mut worst_f32 = Worst::default();
        let mut bits = 0u64;
        while bits < 1 << 32 {
            let x: [f32; 1024] = std::array::from_fn(|i| f32::from_bits((bits + (i * step) as u64) as u32));
            let (mut y, mut z) = (x, x.map(f64::from));
            unary_f32(case.op, &mut y);
            unary_f64(case.op, &mut z);
            for i in 0..x.len() {
                see_f32(&mut worst_f32, y[i], z[i], (x[i].into(), 0.0));
            }
            bits += 1024 * step as u64;
        }
        println!(
            "{:10} {:8.3} {:24e} {ns:6.2}  {:8.3} {:16e} {ns_f32:6.2}",
            case.op.name(),
            worst.ulps,
            worst.at.0,
            worst_f32.ulps,
            worst_f32.at.0 as f32
        );
    }
    for case in binary_cases() {
        let worst = measure_binary(&case, samples, 99);
        let mut random = Random::new(1);
        let (x, y): (Vec<f64>, Vec<f64>) = (0..1024).map(|_| (case.sample)(&mut random)).unzip();
        let mut z = x.clone();
        let ns = speed(1024, || {
            z.copy_from_slice(&x);
            binary_f64(case.op, &mut z, &y);
        });
        let mut worst_f32 = Worst::default();
        let mut ns_f32 = f64::INFINITY;
        for _ in 0..samples.div_ceil(1024) {
            let (x, y): (Vec<f32>, Vec<f32>) =
                (0..1024).map(|_| (case.sample)(&mut random)).map(|(x, y)| (x as f32, y as f32)).unzip();
            let (mut z, mut w) = (x.clone(), x.iter().map(|&x| x.into()).collect::<Vec<f64>>());
            let start = Instant::now();
            binary_f32(case.op, &mut z, &y);
            ns_f32 = ns_f32.min(start.elapsed().as_nanos() as f64 / 1024.0);
            binary_f64(case.op, &mut w, &y.iter().map(|&y| y.into()).collect::<Vec<f64>>());
            for i in 0..1024 {
                if !cancels(case.op, x[i].into(), y[i].into(), w[i]) {
                    see_f32(&mut worst_f32, z[i], w[i], (x[i].into(), y[i].into()));
                }
            }
        }
        println!(
            "{:10} {:8.3} {:24} {ns:6.2}  {:8.3} {:16} {ns_f32:6.2}",
            case.op.name(),
            worst.ulps,
            "",
            worst_f32.ulps,
            ""
        );
    }
}
