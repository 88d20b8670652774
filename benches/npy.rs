//! A file of 1 GiB in the page cache: mapped and summed, beside what the system takes to hand over its bytes, and how much
//! memory that needs.
//!
//! `cargo bench --bench npy [-- name..]`

#[path = "common/mod.rs"]
mod common;

use common::{row, time, wants};
use ondine::{Device, npy};
use std::fs::File;
use std::hint::black_box;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const COUNT: usize = 1 << 27;
const BYTES: usize = COUNT * 8;

fn main() -> ondine::Result<()> {
    let path = std::env::temp_dir().join(format!("ondine-bench-{}.npy", std::process::id()));
    npy::write(&path, &(ondine::arange(COUNT as i64) * 0.5))?;
    Device::cpu().backend().release();
    let measured = measure(&path);
    std::fs::remove_file(&path).expect("it was written");
    measured
}

fn measure(path: &Path) -> ondine::Result<()> {
    let want = (COUNT / 2) as f64 * (COUNT - 1) as f64 * 0.5;
    let sum = || npy::map(path)?.sum().item::<f64>();
    assert_eq!(sum()?, want, "npy_map_sum");
    rate("npy_map_sum", || {
        black_box(sum()).expect("it ran before");
    });
    rate("mapped_pages_loop", || {
        let host = npy::map(path).and_then(|x| x.to_host()).expect("it ran before");
        let values: &[f64] = bytemuck::cast_slice(host.bytes());
        black_box(loops(values));
    });
    rate("read_into_a_buffer", || {
        let mut file = File::open(path).expect("it was written");
        let mut buffer = vec![0; 128 << 10];
        while file.read(&mut buffer).expect("it was written") > 0 {
            black_box(&buffer);
        }
    });
    rate("npy_read", || {
        black_box(npy::read(path)).expect("it ran before");
    });
    if wants("memory") {
        let before = anonymous();
        let (most, got) = while_watched(sum);
        assert_eq!(got?, want, "memory");
        row("memory_of_npy_map_sum", most.saturating_sub(before) as f64 / 1024.0, "MiB beside the pages of the file");
    }
    Ok(())
}

/// Times a pass over the file.
fn rate(name: &str, pass: impl FnMut()) {
    if wants(name) {
        let seconds = time(3, pass);
        row(name, BYTES as f64 / seconds / 1e9, &format!("GB/s, {:.1} ms", seconds * 1e3));
    }
}

/// The sum by plain loops on two threads.
fn loops(values: &[f64]) -> f64 {
    let part = |values: &[f64]| {
        let mut sums = [0.0; 32];
        for chunk in values.chunks_exact(32) {
            sums.iter_mut().zip(chunk).for_each(|(sum, x)| *sum += x);
        }
        sums.iter().sum::<f64>()
    };
    let (low, high) = values.split_at(values.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| part(high));
        part(low) + other.join().expect("it only adds")
    })
}

/// KiB of memory that the process has resident and that no file is behind.
fn anonymous() -> usize {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// The most that `anonymous` says while something runs, and its result.
fn while_watched<T>(run: impl FnOnce() -> T) -> (usize, T) {
    let (most, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                most.fetch_max(anonymous(), Ordering::Relaxed);
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
        });
        let result = run();
        done.store(true, Ordering::Relaxed);
        (most.load(Ordering::Relaxed), result)
    })
}
