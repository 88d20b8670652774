//! One expression at three sizes, beside a plain parallel loop that moves the same bytes in the same run.
//!
//! `cargo bench --bench elementwise [-- name..]`

#[path = "common/mod.rs"]
mod common;

use common::{check, numbers, row, time, wants};
use ondine::{Array, Device, compile};
use ondine_runtime::HostMemory;
use std::hint::black_box;

fn main() -> ondine::Result<()> {
    let device = Device::cpu();
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get());
    for (size, count) in [("1e4", 10_000), ("1e6", 1_000_000), ("2e7", 20_000_000)] {
        let name = format!("expression_{size}");
        if !wants(&name) {
            continue;
        }
        let data: Vec<Vec<f64>> = (1..4).map(|seed| numbers(count, 0.5, 2.0, seed)).collect();
        let want = (0..count)
            .map(|i| (data[0][i], data[1][i], data[2][i]))
            .map(|(a, b, c)| a * b + c * c - 2.0 * a / (b + 1.0));
        let [a, b, c] = [0, 1, 2].map(|at| Array::from_vec(data[at].clone(), [count]));
        let call = compile(|[a, b, c]: [Array; 3]| &a * &b + &c * &c - 2.0 * &a / (&b + 1.0));
        check(&name, &call.call([&a, &b, &c], &device)?.to_vec::<f64>()?, want, 0.0, 0.0);
        let seconds = time(11, || {
            black_box(call.call([&a, &b, &c], &device)).expect("it ran before");
        });
        // Three reads and one write, with as little arithmetic as that takes, into memory of the kind that results have.
        let mut memory = HostMemory::zeroed(8 * count).expect("there is memory");
        let out: &mut [f64] = bytemuck::cast_slice_mut(memory.as_bytes_mut());
        let workers = if count < 100_000 { 1 } else { threads };
        let moved = time(11, || moves(&data, out, workers));
        row(&name, seconds * 1e3, "ms");
        row(&format!("{name}_loop"), moved * 1e3, "ms");
        row(&format!("{name}_speed"), 100.0 * moved / seconds, "% of the loop");
    }
    Ok(())
}

/// `out = a + b + c` by so many threads.
fn moves(data: &[Vec<f64>], out: &mut [f64], workers: usize) {
    let part = out.len().div_ceil(workers);
    let run = |at: usize, out: &mut [f64]| {
        let [a, b, c] = [0, 1, 2].map(|operand: usize| &data[operand][at * part..][..out.len()]);
        for (i, out) in out.iter_mut().enumerate() {
            *out = a[i] + b[i] + c[i];
        }
        black_box(out);
    };
    let mut parts = out.chunks_mut(part).enumerate();
    let (first, mine) = parts.next().expect("there is something to do");
    std::thread::scope(|scope| {
        for (at, out) in parts {
            scope.spawn(move || run(at, out));
        }
        run(first, mine);
    });
}
