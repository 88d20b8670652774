//! Sorting, products and reads at computed positions against their definitions, on sizes that take every path.

use ondine::{Array, Complex64, DType, Device, SortOptions, each_device, ones};

each_device!(
    every_axis_and_dtype_is_sorted,
    stacks_broadcast_and_vectors_lose_their_axis,
    distinct_values_keep_nan_apart_and_zeros_together,
    masks_read_and_write,
    positions_of_several_axes_read_and_write
);

/// A few thousand distinct numbers with ties, both zeros, NaN of both signs and infinities between them.
fn mixed(count: usize) -> Vec<f64> {
    let special = [0.0, -0.0, f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let value = |at: usize| match at * 7919 % 11 {
        0 => special[at % special.len()],
        _ => ((at * 2_654_435_761) % 4001) as f64 - 2000.0,
    };
    (0..count).map(value).collect()
}

/// The positions that sort stably: NaN after all numbers, both zeros equal.
fn sorted_positions(line: &[f64], descending: bool) -> Vec<i64> {
    let order = |a: f64, b: f64| a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()));
    let mut positions: Vec<i64> = (0..line.len() as i64).collect();
    positions.sort_by(|&a, &b| {
        let order = order(line[a as usize], line[b as usize]);
        if descending { order.reverse() } else { order }
    });
    positions
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn lines_of_every_length_are_sorted_stably() {
    for count in [0, 1, 2, 9, 1000, 40_000, 100_003] {
        for descending in [false, true] {
            let line = mixed(count);
            let x = Array::from(line.clone());
            let options = SortOptions { descending, ..SortOptions::default() };
            let want = sorted_positions(&line, descending);
            let got = x.argsort_with(options).eval(&Device::cpu()).unwrap().to_vec::<i64>().unwrap();
            assert!(got == want, "argsort of {count}, descending: {descending}");
            let got = x.sort_with(options).eval(&Device::cpu()).unwrap().to_vec::<f64>().unwrap();
            let want: Vec<f64> = want.iter().map(|&at| line[at as usize]).collect();
            assert!(bits(&got) == bits(&want), "sort of {count}, descending: {descending}");
        }
    }
}

#[test]
fn long_lines_of_every_dtype_are_sorted() {
    let values = || (0..70_001i64).map(|at| at * 7919 % 251 - 125);
    for dtype in DType::ALL.into_iter().filter(|dtype| !dtype.is_complex()) {
        let x = Array::from(values().collect::<Vec<_>>()).astype(dtype).eval(&Device::cpu()).unwrap();
        let numbers = |x: Array| x.astype(DType::F64).eval(&Device::cpu()).unwrap().to_vec::<f64>().unwrap();
        let mut want = numbers(x.clone());
        want.sort_by(f64::total_cmp);
        assert!(numbers(x.sort()) == want, "{dtype}");
        want.reverse();
        assert!(numbers(x.sort_with(SortOptions { descending: true, ..SortOptions::default() })) == want, "{dtype}");
    }
}

fn every_axis_and_dtype_is_sorted(device: &Device) {
    for dtype in DType::ALL.into_iter().filter(|dtype| !dtype.is_complex()) {
        let x = Array::from(vec![3, -1, 2, 0, -2, 1, 1, 5, -7, 4, 4, -3]).reshape([2, 3, 2]).astype(dtype);
        for axis in 0..3 {
            let order = x.argsort_with(axis);
            let sorted = x.sort_with(axis);
            let same = sorted.equal(x.take_along_axis(&order, axis.into())).all();
            let rising = match x.shape().unwrap()[axis as usize] {
                2 => {
                    sorted.take(&Array::from([0]), axis.into()).less_equal(sorted.take(&Array::from([1]), axis.into()))
                }
                _ => sorted
                    .take(&Array::from([0, 1]), axis.into())
                    .less_equal(sorted.take(&Array::from([1, 2]), axis.into())),
            };
            let both = same.logical_and(rising.all()).eval(device).unwrap();
            assert!(both.item::<bool>().unwrap(), "{dtype} along {axis} on {device}");
        }
    }
}

fn wave(count: usize) -> Vec<f64> {
    (0..count).map(|at| ((at * 37 % 101) as f64 - 50.0) / 16.0).collect()
}

/// `[m, k]` times `[k, n]` in double precision; the terms are multiples of 1/256 and exact.
fn product(a: &[f64], b: &[f64], [m, k, n]: [usize; 3]) -> Vec<f64> {
    let element = |at: usize| (0..k).map(|l| a[at / n * k + l] * b[l * n + at % n]).sum();
    (0..m * n).map(element).collect()
}

#[test]
fn products_are_sums_of_products() {
    for extents in [[1, 1, 1], [3, 5, 2], [257, 40, 513], [300, 3, 1], [2, 0, 3], [0, 2, 2]] {
        let [m, k, n] = extents;
        let (a, b) = (wave(m * k), wave(k * n));
        let want = product(&a, &b, extents);
        let (a, b) = (Array::from_vec(a, [m, k]), Array::from_vec(b, [k, n]));
        let eval = |x: Array| x.eval(&Device::cpu()).unwrap();
        assert_eq!(eval(a.matmul(&b)).to_vec::<f64>().unwrap(), want, "{extents:?}");
        let single = eval(a.astype(DType::F32).matmul(&b.astype(DType::F32)));
        assert_eq!(single.astype(DType::F64).to_vec::<f64>().unwrap(), want, "{extents:?}");
        // Times i on both sides: minus the product.
        let turned = |x: &Array| x.astype(DType::C128) * Complex64::i();
        let complex = eval(turned(&a).matmul(&turned(&b)));
        let minus: Vec<Complex64> = want.iter().map(|value| Complex64::from(-value)).collect();
        assert_eq!(complex.to_vec::<Complex64>().unwrap(), minus, "{extents:?}");
        let whole = |x: &Array| (x * 16.0).astype(DType::I32);
        let integers = eval(whole(&a).matmul(&whole(&b)));
        let scaled: Vec<i32> = want.iter().map(|value| (value * 256.0) as i32).collect();
        assert_eq!(integers.to_vec::<i32>().unwrap(), scaled, "{extents:?}");
    }
}

fn stacks_broadcast_and_vectors_lose_their_axis(device: &Device) {
    let x = ondine::arange(12.0).reshape([2, 2, 3]);
    let y = ondine::arange(3.0);
    let values = |x: Array| x.eval(device).unwrap().to_vec::<f64>().unwrap();
    assert_eq!(values(x.matmul(&y)), [5.0, 14.0, 23.0, 32.0]);
    assert_eq!(values(y.matmul(&x.matrix_transpose())), [5.0, 14.0, 23.0, 32.0]);
    assert_eq!(values(y.matmul(&y)), [5.0]);
    let square = ondine::arange(9.0).reshape([1, 3, 3]);
    assert_eq!(x.matmul(&square).shape().unwrap(), [2, 2, 3].into());
    assert_eq!(values(x.vecdot(&y, -1)), [5.0, 14.0, 23.0, 32.0]);
    assert_eq!(values(x.tensordot(&y, 1)), [5.0, 14.0, 23.0, 32.0]);
    assert_eq!(x.tensordot(&y, 0).shape().unwrap(), [2, 2, 3, 3].into());
}

#[test]
fn products_have_the_same_bits_at_any_thread_count() {
    let x = Array::from_vec((0..700 * 600).map(|at| (at as f64).sin()).collect(), [700, 600]);
    let cpu = Device::cpu();
    let mut all = Vec::new();
    for count in [1, 2, 8] {
        cpu.set_threads(count).unwrap();
        let product = x.matmul(&x.matrix_transpose()).eval(&cpu).unwrap();
        all.push((bits(&product.to_vec().unwrap()), product.sort().eval(&cpu).unwrap().to_vec::<f64>().unwrap()));
    }
    cpu.set_threads(2).unwrap();
    assert!(all[0] == all[1] && all[0] == all[2]);
}

fn distinct_values_keep_nan_apart_and_zeros_together(device: &Device) {
    let x = Array::from(vec![2.0, f64::NAN, -0.0, 2.0, 0.0, f64::NAN]).reshape([2, 3]).eval(device).unwrap();
    let unique = x.unique().unwrap();
    assert_eq!(unique.values.slice(ondine::s![..2]).to_vec::<f64>().unwrap(), [0.0, 2.0]);
    assert_eq!(unique.indices.to_vec::<i64>().unwrap(), [2, 0, 1, 5]);
    assert_eq!(unique.counts.to_vec::<i64>().unwrap(), [2, 2, 1, 1]);
    assert_eq!(unique.inverse_indices.to_vec::<i64>().unwrap(), [1, 2, 0, 1, 0, 3]);
    assert_eq!(unique.inverse_indices.shape().unwrap(), [2, 3].into());
    let none = ondine::zeros([0]).unique().unwrap();
    assert_eq!(none.values.size().unwrap() + none.inverse_indices.size().unwrap(), 0);
    let complex = Array::from(vec![Complex64::new(1.0, 2.0), Complex64::new(1.0, 1.0), Complex64::new(1.0, 2.0)]);
    assert_eq!(complex.eval(device).unwrap().unique().unwrap().indices.to_vec::<i64>().unwrap(), [1, 0]);
}

fn masks_read_and_write(device: &Device) {
    let x = ondine::arange(6).reshape([2, 3]).eval(device).unwrap();
    let odd = (&x % 2).equal(1);
    assert_eq!(x.masked(&odd).unwrap().to_vec::<i64>().unwrap(), [1, 3, 5]);
    let written = x.set_masked(&odd, Array::from(vec![-1, -2, -3])).unwrap();
    assert_eq!(written.to_vec::<i64>().unwrap(), [0, -1, 2, -2, 4, -3]);
    let rows = Array::from(vec![false, true]);
    assert_eq!(x.masked(&rows).unwrap().shape().unwrap(), [1, 3].into());
    assert_eq!(x.set_masked(&rows, ondine::arange(3)).unwrap().to_vec::<i64>().unwrap(), [0, 1, 2, 0, 1, 2]);
    let whole = Array::from(true);
    assert_eq!(x.masked(&whole).unwrap().shape().unwrap(), [1, 2, 3].into());
    assert_eq!(x.masked(&Array::from(false)).unwrap().shape().unwrap(), [0, 2, 3].into());
    assert!(x.masked(&Array::from(vec![true; 3])).is_err());
    assert!(x.set_masked(&odd, ones([2])).is_err());
}

fn positions_of_several_axes_read_and_write(device: &Device) {
    let x = ondine::arange(24).reshape([2, 3, 4]).eval(device).unwrap();
    let (i, j) = (Array::from(vec![0, -1]).reshape([2, 1]), Array::from(vec![0, 2, -2]));
    let read = x.at(&[&i, &j]);
    assert_eq!(read.shape().unwrap(), [2, 3, 4].into());
    let first = read.slice(ondine::s![..., 0]).to_vec::<i64>().unwrap();
    assert_eq!(first, [0, 8, 4, 12, 20, 16]);
    let written = x.set_at(&[&i, &j], 0);
    assert_eq!(written.sum().item::<i64>().unwrap(), 0);
    let far = Array::from(vec![3]);
    assert!(x.at(&[&i, &far]).eval(device).is_err(), "a position outside its axis");
    assert!(x.at(&[&Array::from(vec![0.5])]).check().is_err());
}

#[test]
fn counts_repeat_elements() {
    let x = ondine::arange(3);
    assert_eq!(x.repeat_by(&Array::from([2]), 0).unwrap().to_vec::<i64>().unwrap(), [0, 0, 1, 1, 2, 2]);
    assert_eq!(x.repeat_by(&Array::from([0, 0, 0]), 0).unwrap().size().unwrap(), 0);
    let error = x.repeat_by(&Array::from([1, -1, 0]), 0).unwrap_err();
    assert!(error.to_string().starts_with("repeat_by: a count is -1"), "{error}");
}
