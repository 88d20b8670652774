//! Reductions along rows: one kernel or several, machine code or interpreter, one thread or more, the same bits.

use ondine::{Array, Device, ReduceOptions, eval_all};
use ondine_runtime::Cpu;

/// Numbers without structure, with a few special ones.
fn numbers(count: usize) -> Vec<f64> {
    let mut state = 99u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn keep(axis: i64) -> ReduceOptions {
    ReduceOptions { axis: axis.into(), keepdims: true, ..Default::default() }
}

/// All bits of some functions of rows, or of columns.
fn bits(x: &Array, axis: i64) -> Vec<Vec<u64>> {
    let powers = (x - x.max_with(keep(axis))).exp();
    let centred = x - x.mean_with(keep(axis));
    let results = [
        &powers / powers.sum_with(keep(axis)),
        &centred / (x.var_with(keep(axis)) + 1e-5).sqrt(),
        x.var_with(axis),
        powers.sum_with(keep(axis)).log() + x.max_with(keep(axis)),
        x.argmin_with(axis).astype(ondine::DType::F64),
        x.prod_with(axis),
        (x * x).sum_with(axis),
        x.astype(ondine::DType::F32).sum_with(axis).astype(ondine::DType::F64),
        (x * 100.0).astype(ondine::DType::I8).max_with(axis).astype(ondine::DType::F64),
        (x * 100.0).astype(ondine::DType::U16).min_with(axis).astype(ondine::DType::F64),
        x.greater(0.9999).any_with(axis).astype(ondine::DType::F64),
        x.less(0.9999).all_with(axis).astype(ondine::DType::F64),
        x.cumulative_sum_with(axis),
    ];
    eval_all(&results.iter().collect::<Vec<_>>(), &Device::cpu()).expect("it runs");
    let values = |x: &Array| x.to_vec::<f64>().expect("it has values").iter().map(|x| x.to_bits()).collect();
    results.iter().map(values).collect()
}

#[test]
fn rows_have_the_same_bits_however_they_run() {
    for (shape, axis) in [
        ([70, 3], 1),
        ([9, 100], 1),
        ([40, 515], 1),
        ([5, 4097], 1),
        ([3, 16384], 1),
        ([4097, 5], 0),
        ([300, 700], 0),
        ([100, 2500], 0),
        ([2, 40000], 1),
    ] {
        let x = Array::from_vec(numbers(shape[0] * shape[1]), shape);
        let want = bits(&x, axis);
        for (is_interpreted, threads) in [(false, 1), (false, 3), (true, 1), (true, 2)] {
            Cpu::shared().set_interpreted(is_interpreted);
            Cpu::shared().set_threads(threads);
            for (at, (got, want)) in bits(&x, axis).iter().zip(&want).enumerate() {
                assert!(
                    got == want,
                    "function {at} of {shape:?} along {axis}, {is_interpreted} with {threads} threads"
                );
            }
            Cpu::shared().set_interpreted(false);
        }
    }
}

#[test]
fn rows_agree_with_the_definition() {
    let (rows, count) = (7, 4100);
    let data = numbers(rows * count);
    let x = Array::from_vec(data.clone(), [rows, count]);
    let run = |x: &Array| x.eval(&Device::cpu()).expect("it runs").to_vec::<f64>().expect("it has values");
    let powers = (&x - x.max_with(keep(1))).exp();
    let (soft, var, running) =
        (run(&(&powers / powers.sum_with(keep(1)))), run(&x.var_with(1)), run(&x.cumulative_sum_with(1)));
    for (row, line) in data.chunks(count).enumerate() {
        let sum: f64 = line.iter().map(|x| x.exp()).sum();
        let mean = line.iter().sum::<f64>() / count as f64;
        let want = line.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count as f64;
        // Sums of n terms are off by n half ulps of what they add at most.
        let tolerance = count as f64 * f64::EPSILON;
        assert!((var[row] - want).abs() <= tolerance * want, "{} instead of {want}", var[row]);
        let mut before = 0.0;
        for (at, x) in line.iter().enumerate() {
            let want = x.exp() / sum;
            assert!((soft[row * count + at] - want).abs() <= tolerance * want);
            before += x;
            assert!((running[row * count + at] - before).abs() <= tolerance * count as f64);
        }
    }
}

#[test]
fn short_reductions_within_others_have_the_bits_that_they_have_alone() {
    let device = Device::cpu();
    type Inner = fn(&Array) -> Array;
    let inner: [Inner; 4] = [|x| x.sum_with(2), |x| x.prod_with(2), |x| x.min_with(2), |x| x.max_with([0, 2])];
    type Outer = fn(&Array) -> Array;
    let outer: [Outer; 3] = [
        |x| x.argmin_with(-1).astype(ondine::DType::F64),
        |x| (x * 2.0).sum_with(0),
        |x| x.square().max_with(-1) - 1.0,
    ];
    for count in [1, 2, 3, 5, 7, 8, 9] {
        let x = Array::from_vec(numbers(20 * count), [20, 1, count]);
        let y = Array::from_vec(numbers(33 * count), [1, 33, count]);
        for (name, job) in inner.iter().enumerate() {
            for (outside, around) in outer.iter().enumerate() {
                let graph = |each: &dyn Fn(Array) -> Array| around(&each(job(&(&x - &y).square())));
                let want = graph(&|x| x.eval(&device).expect("it runs")).eval(&device).expect("it runs");
                let reference = graph(&|x| x).eval(&Device::reference()).expect("it runs").to_vec::<f64>().unwrap();
                let want: Vec<f64> = want.to_vec().expect("it has values");
                for is_interpreted in [true, false] {
                    Cpu::shared().set_interpreted(is_interpreted);
                    let got = graph(&|x| x).eval(&device).expect("it runs").to_vec::<f64>().expect("it has values");
                    let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                    assert_eq!(bits(&got), bits(&want), "{count} elements, {name} within {outside}");
                    for (got, reference) in got.iter().zip(&reference) {
                        assert!(
                            (got - reference).abs() <= 1e-12 * (1.0 + reference.abs()),
                            "{count}, {name}, {outside}"
                        );
                    }
                }
            }
        }
    }
}
