//! A great many evaluations leave no memory behind. Alone in its process, whose resident memory it reads.
#![cfg(target_os = "linux")]

use ondine::{Array, Device, fft};

/// Bytes of memory that the process has resident.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

/// A million in the long run: `ONDINE_STRESS=1000000 cargo test --release --test memory_flat`.
#[test]
fn many_evaluations_leave_memory_flat() {
    let count = std::env::var("ONDINE_STRESS").ok().and_then(|text| text.parse().ok()).unwrap_or(200_000);
    let data = Array::from([1.0, 2.0, 3.0]);
    let run = |count: usize| {
        for at in 0..count {
            let x = (&data * (at as f64 + 0.5) + 1.5).eval(&Device::cpu()).unwrap();
            assert!(at % 1000 > 0 || x.to_vec::<f64>().unwrap()[0] == at as f64 + 2.0);
        }
    };
    run(count / 10);
    let before = resident();
    run(count);
    let grown = resident().saturating_sub(before);
    // Less than a byte per evaluation and some slack for the allocator.
    assert!(grown < (1 << 20) + count / 2, "{grown} bytes more after {count} evaluations");
    repeated_cosine_transforms();
}

/// A compiled filter between cosine transforms takes what the run before it gave back: plans, work areas and results.
fn repeated_cosine_transforms() {
    let job = ondine::compile(|[x]: [Array; 1]| fft::idctn(&(fft::dctn(&x) * 0.5)));
    let x = ondine::ones([256, 192]).eval(&Device::cpu()).unwrap();
    let run = |count: usize| (0..count).for_each(|_| drop(job.call([&x], &Device::cpu()).unwrap()));
    run(20);
    let (before, compilations) = (resident(), ondine::stats().compilations);
    run(500);
    let grown = resident().saturating_sub(before);
    // Not half a byte for every element of every result.
    assert!(grown < 1 << 20, "{grown} bytes more after 500 runs");
    assert_eq!(ondine::stats().compilations, compilations);
}
