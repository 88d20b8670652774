//! Transforms by the library alone, one thread, axis after axis: what plain transforms are checked against and set beside.
#![allow(dead_code, unreachable_pub)]

use ondine::Complex64;
use rustfft::FftPlanner;

/// The forward transform over the axes `first..` of a row-major array.
pub fn forward(values: &mut [Complex64], shape: &[usize], first: usize) {
    let mut planner = FftPlanner::new();
    for axis in first..shape.len() {
        let (n, step) = (shape[axis], shape[axis + 1..].iter().product::<usize>());
        let plan = planner.plan_fft_forward(n);
        if step == 1 {
            plan.process(values);
            continue;
        }
        let mut line = vec![Complex64::default(); n];
        for block in values.chunks_mut(n * step) {
            for at in 0..step {
                line.iter_mut().enumerate().for_each(|(k, z)| *z = block[k * step + at]);
                plan.process(&mut line);
                line.iter().enumerate().for_each(|(k, z)| block[k * step + at] = *z);
            }
        }
    }
}
