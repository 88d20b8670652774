//! Variances of values that are too large to be read twice: the definition, the same bits however they run, special values.

use ondine::{Array, Complex64, DType, Device, ReduceOptions, Shape, eval_all};
use ondine_runtime::Cpu;

/// Shapes above the size from which on a value is cut into blocks, and the axes of the variance.
const CASES: [(&[usize], &[usize]); 9] = [
    (&[1031, 140], &[0]),
    (&[128 * 9, 120], &[0]),
    (&[150_001], &[0]),
    (&[5, 30_000], &[1]),
    (&[3, 257, 200], &[0, 1]),
    (&[40, 60, 70], &[0, 1, 2]),
    (&[50, 7, 500], &[0, 2]),
    (&[150, 1000, 1], &[0]),
    (&[70_000, 2], &[0]),
];

/// Numbers around 1 without structure.
fn numbers(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 53) as f64 + 0.5
    };
    (0..count).map(|_| next()).collect()
}

fn over(axes: &[usize]) -> ReduceOptions {
    ReduceOptions { axis: axes.to_vec().into(), ..Default::default() }
}

fn on(device: &Device, x: Array) -> Vec<f64> {
    x.astype(DType::F64).eval(device).expect("it runs").to_vec().expect("it has values")
}

/// Arrays of every dtype that has a variance of its own.
fn arrays(shape: &[usize]) -> [Array; 4] {
    let shape = Shape::new(shape.iter().copied());
    let (a, b) = (numbers(shape.elements(), 1), numbers(shape.elements(), 2));
    let complex = a.iter().zip(&b).map(|(&re, &im)| Complex64::new(re, im)).collect();
    let [real, complex] = [Array::from_vec(a, shape.clone()), Array::from_vec::<Complex64>(complex, shape)];
    [real.astype(DType::F32), complex.astype(DType::C64), real, complex]
}

#[test]
fn blocks_give_the_variance_of_the_definition() {
    for (shape, axes) in CASES {
        let count: usize = axes.iter().map(|&axis| shape[axis]).product();
        for x in arrays(shape) {
            let dtype = x.dtype().unwrap();
            let (eps, more) = match dtype.component() {
                DType::F32 => (f32::EPSILON as f64, 2),
                _ => (f64::EPSILON, 1),
            };
            let keep = ReduceOptions { keepdims: true, correction: 1.0, ..over(axes) };
            // The mean comes from the same blocks.
            let all = || [x.var_with(over(axes)), x.std_with(keep.clone()), x.mean_with(over(axes)).abs()];
            for (got, want) in all().into_iter().zip(all()) {
                let (got, want) = (on(&Device::cpu(), got), on(&Device::reference(), want));
                // The reference adds one after the other, so it is off by half an ulp a term; the mean's error comes in squared.
                let tolerance = (count * more) as f64 * eps;
                for (got, want) in got.iter().zip(&want) {
                    assert!((got - want).abs() <= tolerance * want, "{dtype} {shape:?}: {got} instead of {want}");
                }
            }
        }
    }
}

#[test]
fn blocks_are_no_less_exact_than_two_passes() {
    // 10^8 with a deviation of 1: the difference of two sums of squares would have no digit left.
    let count = 300_000;
    let x = Array::from_vec(numbers(count, 3), [count]);
    let moved = || &x + 1e8;
    let (got, want) = (on(&Device::cpu(), moved().var())[0], on(&Device::reference(), (moved() - 1e8).var())[0]);
    assert!((got - want).abs() <= 1e-9 * want, "{got} instead of {want}");
}

#[test]
fn blocks_have_the_same_bits_however_they_run() {
    for (shape, axes) in CASES {
        let bits = || -> Vec<Vec<u64>> {
            let results = arrays(shape).map(|x| (x.exp() * x.std_with(over(axes)).sum()).var_with(over(axes)));
            eval_all(&results.each_ref(), &Device::cpu()).expect("it runs");
            results.iter().map(|x| on(&Device::cpu(), x.clone()).iter().map(|x| x.to_bits()).collect()).collect()
        };
        let want = bits();
        for (is_interpreted, threads) in [(false, 1), (false, 3), (true, 2)] {
            Cpu::shared().set_interpreted(is_interpreted);
            Cpu::shared().set_threads(threads);
            assert!(bits() == want, "{shape:?} along {axes:?}, {is_interpreted} with {threads} threads");
            Cpu::shared().set_interpreted(false);
        }
    }
}

#[test]
fn special_values_are_those_of_the_definition() {
    let (rows, columns) = (1031, 140);
    let mut data = numbers(rows * columns, 4);
    let mut set = |column: usize, rows: std::ops::Range<usize>, value: f64| {
        rows.for_each(|row| data[row * columns + column] = value);
    };
    set(3, 700..701, f64::NAN);
    set(5, 10..11, f64::INFINITY);
    set(7, 1030..1031, f64::NEG_INFINITY);
    set(9, 0..1, f64::INFINITY);
    set(9, 900..901, f64::NEG_INFINITY);
    // Sums overflow in all blocks, in one, in none but together; squares do.
    set(11, 0..rows, 1e308);
    set(13, 200..300, 1e308);
    set(15, 0..rows, 2e305);
    set(17, 400..401, 1e200);
    set(19, 0..rows, 0.0);
    let x = Array::from_vec(data, [rows, columns]);
    let all = || [x.var_with(0), x.std_with(0), x.mean_with(0)];
    for (got, want) in all().into_iter().zip(all()) {
        let (got, want) = (on(&Device::cpu(), got), on(&Device::reference(), want));
        for (column, (got, want)) in got.iter().zip(&want).enumerate().filter(|(_, (_, want))| !want.is_normal()) {
            assert!(got == want || got.is_nan() && want.is_nan(), "column {column}: {got} instead of {want}");
        }
        let finite = got.iter().zip(&want).filter(|(got, want)| got.is_finite() != want.is_finite()).count();
        assert_eq!(finite, 0);
    }
}
