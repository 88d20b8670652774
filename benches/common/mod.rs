//! What the benchmarks share: which rows are asked for, medians, and one line a figure.
#![allow(dead_code, unreachable_pub)]

use std::time::{Duration, Instant};

/// True if a row is asked for: the arguments are parts of names; none means all.
pub fn wants(name: &str) -> bool {
    let mut asked = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).peekable();
    asked.peek().is_none() || asked.any(|part| name.contains(&part))
}

/// The best of five medians of a call's time in seconds. Each median is over at least `least` calls and a fifth of a second.
pub fn time(least: usize, mut call: impl FnMut()) -> f64 {
    call();
    let median = |call: &mut dyn FnMut()| {
        let (mut times, begin) = (Vec::new(), Instant::now());
        while times.len() < least || begin.elapsed() < Duration::from_millis(200) {
            let start = Instant::now();
            call();
            times.push(start.elapsed().as_secs_f64());
        }
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    (0..5).map(|_| median(&mut call)).fold(f64::INFINITY, f64::min)
}

/// Prints one figure.
pub fn row(name: &str, value: f64, unit: &str) {
    println!("{name} {value:.3} {unit}");
}

/// Numbers in `low..high` without a pattern that matters.
pub fn numbers(count: usize, low: f64, high: f64, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        low + (high - low) * ((state >> 11) as f64 / (1u64 << 53) as f64)
    };
    (0..count).map(|_| next()).collect()
}

/// Panics unless every element is within `tolerance` times the larger of its own size and `scale`.
pub fn check(name: &str, got: &[f64], want: impl IntoIterator<Item = f64>, tolerance: f64, scale: f64) {
    let mut count = 0;
    for (at, (got, want)) in got.iter().zip(want).enumerate() {
        let error = (got - want).abs() / want.abs().max(scale);
        assert!(error <= tolerance, "{name}: element {at} is {got} instead of {want}");
        count += 1;
    }
    assert_eq!(count, got.len(), "{name}: the number of elements");
}
