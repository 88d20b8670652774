//! What the calls mean: slices, updates, dtypes of operators, reductions, transforms, against values worked out by hand.

use ondine::{Array, Axes, Complex32, Complex64, DType, Device, Element, NewAxis, ReduceOptions, fft, s, stats};

#[track_caller]
fn check<T: Element + PartialEq + std::fmt::Debug>(x: &Array, shape: &[usize], values: &[T]) {
    let _ = stats();
    let evaluated = x.eval(&Device::reference()).unwrap();
    assert_eq!(&evaluated.shape().unwrap()[..], shape);
    assert_eq!(evaluated.to_vec::<T>().unwrap(), values);
}

#[track_caller]
fn dtype(x: Array, dtype: DType) {
    assert_eq!(x.dtype().unwrap(), dtype);
}

fn grid() -> Array {
    ondine::arange(12).reshape([3, 4])
}

#[test]
fn slices_read_like_python() {
    let x = grid();
    check(&x.slice(s![1]), &[4], &[4i64, 5, 6, 7]);
    check(&x.slice(s![.., -1]), &[3], &[3i64, 7, 11]);
    check(&x.slice(s![-1, -1]), &[], &[11i64]);
    check(&x.slice(s![1.., ..2]), &[2, 2], &[4i64, 5, 8, 9]);
    check(&x.slice(s![..;-1, ..;3]), &[3, 2], &[8i64, 11, 4, 7, 0, 3]);
    check(&x.slice(s![0, -1..0;-2]), &[2], &[3i64, 1]);
    check(&x.slice(s![0..=1, 1..=-1;2]), &[2, 2], &[1i64, 3, 5, 7]);
    check(&x.slice(s![5..9, ..]), &[0, 4], &[] as &[i64]);
    check(&x.slice(s![-9..9;2, 3..1]), &[2, 0], &[] as &[i64]);
    check(&x.slice(s![..., 0]), &[3], &[0i64, 4, 8]);
    check(&x.slice(s![0, ...]), &[4], &[0i64, 1, 2, 3]);
    check(&x.slice(s![NewAxis, 0, ..., NewAxis]), &[1, 4, 1], &[0i64, 1, 2, 3]);
    check(&x.slice(s![]), &[3, 4], &(0..12).collect::<Vec<i64>>());
    check(&x.slice(s![1..2;-5, 0]), &[0], &[] as &[i64]);
    let at: usize = 2;
    check(&x.slice(s![at, at..at + 1]), &[1], &[10i64]);
    check(&Array::from(7).slice(s![...]), &[], &[7i32]);
}

#[test]
fn updates_write_where_slices_read() {
    let x = ondine::zeros_with([2, 4], DType::I32);
    check(&x.set(s![0, 1..3], 5), &[2, 4], &[0, 5, 5, 0, 0, 0, 0, 0]);
    check(&x.set(s![.., ..;-2], Array::from([1, 2])), &[2, 4], &[0, 2, 0, 1, 0, 2, 0, 1]);
    check(&x.set(s![..;-1, 0], Array::from([1, 2])), &[2, 4], &[2, 0, 0, 0, 1, 0, 0, 0]);
    check(&x.set(s![1, ..;3], 2.9), &[2, 4], &[0, 0, 0, 0, 2, 0, 0, 2]);
    check(&x.set(s![...], Array::from([[1], [2]])), &[2, 4], &[1, 1, 1, 1, 2, 2, 2, 2]);
    check(&x.set(s![5.., ..], 9), &[2, 4], &[0; 8]);
    check(&x.set(s![.., NewAxis, 0], Array::from([[3], [4]])), &[2, 4], &[3, 0, 0, 0, 4, 0, 0, 0]);
    check(&x, &[2, 4], &[0; 8]);
}

#[test]
fn numbers_take_the_dtype_of_the_array_on_both_sides() {
    use DType::*;
    let of = |dtype| ondine::ones_with([2], dtype);
    for (array, with_bool, with_int, with_float, with_complex) in [
        (Bool, Bool, I64, F64, C128),
        (I8, I8, I8, F64, C128),
        (U64, U64, U64, F64, C128),
        (F32, F32, F32, F32, C64),
        (F64, F64, F64, F64, C128),
        (C64, C64, C64, C64, C64),
        (C128, C128, C128, C128, C128),
    ] {
        dtype(of(array) * true, with_bool);
        dtype(true + &of(array), with_bool);
        dtype(&of(array) + 2, with_int);
        dtype(2 + of(array), with_int);
        dtype(of(array) * 2u8, with_int);
        dtype(of(array) - 2.5, with_float);
        dtype(2.5f32 * of(array), with_float);
        dtype(of(array) * Complex64::new(0.0, 2.0), with_complex);
        dtype(Complex32::new(0.0, 2.0) - of(array), with_complex);
    }
    dtype(of(I32) / 2, F64);
    dtype(2 / of(U8), F64);
    dtype(of(F32) / of(I32), F64);
    dtype(of(Bool) + of(I16), I16);
    dtype(of(Bool) & true, Bool);
    dtype(of(U8) << 2, U8);
    dtype(of(I16).less(2), Bool);
    dtype(of(I16).sqrt(), F64);
    dtype(of(C64).abs(), F32);
}

#[test]
fn operators_compute_what_they_say() {
    let x = Array::from([7, -7]);
    check(&(&x % 3), &[2], &[1, 2]);
    check(&(10 - &x), &[2], &[3, 17]);
    check(&(1.0 / &Array::from([2.0, 4.0])), &[2], &[0.5, 0.25]);
    check(&-&x, &[2], &[-7, 7]);
    check(&!&Array::from([true, false]), &[2], &[false, true]);
    check(&(1 << Array::from([0u8, 3])), &[2], &[1u8, 8]);
    check(&(Array::from([true, true]) + Array::from([true, false])), &[2], &[true, true]);
    check(&(Array::from([6, 3]) & 2 | 8 ^ Array::from([1, 1])), &[2], &[11, 11]);
    let mut y = x.clone();
    y += 1;
    y *= &x;
    check(&y, &[2], &[56, 42]);
    check(&(Array::from([[1], [2]]) + Array::from([10, 20])), &[2, 2], &[11, 21, 12, 22]);
}

#[test]
fn a_real_factor_scales_componentwise() {
    let z = Array::from([Complex64::new(f64::INFINITY, 1.0)]);
    check(&(&z * 2.0), &[1], &[Complex64::new(f64::INFINITY, 2.0)]);
    check(&(&z / Array::from([2.0])), &[1], &[Complex64::new(f64::INFINITY, 0.5)]);
    check(&(Array::from([2.0]) * &z), &[1], &[Complex64::new(f64::INFINITY, 2.0)]);
    assert!(!(Array::from([2.0]) * &z).dump().unwrap().contains("cast"));
}

#[test]
fn numbers_are_parameters_and_units_are_literals() {
    let x = Array::from([1.0]).named("x");
    let y: Array = 2.5 * &x + 1.0 - 0.0;
    let y = y.named("y");
    assert_eq!(
        y.dump().unwrap(),
        "graph y(%x: f64[1], $0: f64) {\n  %0: f64[1] = mul(%x, $0)\n  %1: f64[1] = add(%0, 1.0)\n  \
         %2: f64[1] = sub(%1, 0.0)\n  return %2\n}\n$0 = 2.5\n"
    );
    let twice = (&x * 2.0) + (&x * 2.0);
    assert!(twice.dump().unwrap().ends_with("$0 = 2.0\n$1 = 2.0\n"));
    assert!((&x * -0.0).dump().unwrap().contains("$0"));
}

#[test]
fn identities_are_the_same_array() {
    let x = Array::from([1, 2]).named("x");
    for y in
        [x.real(), x.conj(), x.floor(), x.round(), x.flip([0i64; 0]), x.reshape([2]), x.slice(s![..]), x.roll(2, 0)]
    {
        assert_eq!(y.dump().unwrap(), "graph x(%x: i32[2]) {\n  return %x\n}\n");
    }
    check(&x.imag(), &[2], &[0, 0]);
    check(&x.isnan(), &[2], &[false, false]);
    check(&Array::from([-1, 1]).signbit(), &[2], &[true, false]);
}

#[test]
fn shapes_change_as_in_the_standard() {
    let x = grid();
    check(&x.permute_dims([1, 0]).slice(s![1]), &[3], &[1i64, 5, 9]);
    check(&x.roll(1, Axes::All).slice(s![0]), &[4], &[11i64, 0, 1, 2]);
    check(&x.roll([1, 1], [0, 1]).slice(s![0]), &[4], &[11i64, 8, 9, 10]);
    check(&x.roll(1, [1, 1]).slice(s![0]), &[4], &[2i64, 3, 0, 1]);
    check(&ondine::arange(2).tile([2, 2]), &[2, 4], &[0i64, 1, 0, 1, 0, 1, 0, 1]);
    check(&ondine::arange(2).expand_dims(-1).repeat(2, 0), &[4, 1], &[0i64, 0, 1, 1]);
    let both = ondine::stack(&[&ondine::arange(2), &(ondine::arange(2) + 0.5)], -1);
    check(&both, &[2, 2], &[0.0, 0.5, 1.0, 1.5]);
    check(&ondine::linspace(1.0, 2.0, 0), &[0], &[] as &[f64]);
    check(&ondine::linspace(1.0, 2.0, 1), &[1], &[1.0]);
    check(&ondine::arange_with(1.0, 2.0, 0.25), &[4], &[1.0, 1.25, 1.5, 1.75]);
    check(&ondine::arange(-3), &[0], &[] as &[i64]);
}

#[test]
fn reductions_widen_keep_and_handle_nothing() {
    let x = Array::from([[200u8, 100], [1, 2]]);
    check(&x.sum(), &[], &[303u64]);
    check(&x.sum_with(0), &[2], &[201u64, 102]);
    check(&x.max_with(-1), &[2], &[200u8, 2]);
    let options = ReduceOptions { axis: [0, 1].into(), keepdims: true, ..Default::default() };
    check(&x.mean_with(options), &[1, 1], &[75.75]);
    check(&x.argmax(), &[], &[0i64]);
    check(&x.argmin_with(0), &[2], &[1i64, 1]);
    check(&Array::from([true, true, false]).sum(), &[], &[2i64]);
    check(&ondine::zeros([0, 2]).sum_with(0), &[2], &[0.0, 0.0]);
    check(&ondine::zeros([0]).prod(), &[], &[1.0]);
    check(&ondine::zeros([0]).all(), &[], &[true]);
    assert!(ondine::zeros([0]).mean().item::<f64>().unwrap().is_nan());
    let options = ReduceOptions { correction: 1.0, ..Default::default() };
    check(&Array::from([1.0, 3.0]).var_with(options), &[], &[2.0]);
    let z = Array::from([Complex64::new(1.0, 1.0), Complex64::new(-1.0, -1.0)]);
    check(&z.var(), &[], &[2.0]);
    dtype(Array::from([1f32]).mean(), DType::F32);
}

#[test]
fn transforms_agree_with_their_definition() {
    let near = |x: &Array, expected: &[Complex64]| {
        let values = x.astype(DType::C128).eval(&Device::reference()).unwrap().to_vec::<Complex64>().unwrap();
        assert_eq!(values.len(), expected.len());
        for (value, expected) in values.iter().zip(expected) {
            assert!((value - expected).norm() < 1e-14 * (1.0 + expected.norm()), "{value} {expected}");
        }
    };
    let c = Complex64::new;
    let x = Array::from([1.0, 2.0, 3.0, 4.0]);
    let spectrum = [c(10.0, 0.0), c(-2.0, 2.0), c(-2.0, 0.0), c(-2.0, -2.0)];
    near(&fft::fft(&x), &spectrum);
    near(&fft::fft(&x.astype(DType::I8)), &spectrum);
    near(&fft::rfft(&x), &spectrum[..3]);
    near(&fft::irfft(&fft::rfft(&x)), &[c(1.0, 0.0), c(2.0, 0.0), c(3.0, 0.0), c(4.0, 0.0)]);
    near(&fft::hfft(&x), &[c(15.0, 0.0), c(-4.0, 0.0), c(0.0, 0.0), c(-1.0, 0.0), c(0.0, 0.0), c(-4.0, 0.0)]);
    near(&fft::ihfft(&x), &spectrum[..3].iter().map(|z| z.conj() / 4.0).collect::<Vec<_>>());
    let norm = |norm| fft::FftOptions { norm, ..Default::default() };
    near(&fft::fft_with(&x, norm(fft::Norm::Ortho)), &spectrum.map(|z| z / 2.0));
    near(&fft::fft_with(&x, norm(fft::Norm::Forward)), &spectrum.map(|z| z / 4.0));
    let n = |n| fft::FftOptions { n: Some(n), ..Default::default() };
    near(&fft::fft_with(&x, n(2)), &[c(3.0, 0.0), c(-1.0, 0.0)]);
    near(&fft::fft_with(&x, n(1)), &[c(1.0, 0.0)]);
    near(&fft::fft_with(&Array::from([1.0, 2.0]), n(3)).slice(s![0]), &[c(3.0, 0.0)]);
    near(&fft::irfft_with(&Array::from([3.0]), n(2)), &[c(1.5, 0.0), c(1.5, 0.0)]);
}

#[test]
fn transforms_have_the_shapes_and_dtypes_of_the_standard() {
    let x = ondine::zeros_with([3, 4, 5], DType::F32);
    let shape = |x: Array| x.shape().unwrap().to_vec();
    assert_eq!(shape(fft::rfftn(&x)), [3, 4, 3]);
    assert_eq!(shape(fft::irfft2(&x)), [3, 4, 8]);
    let options = |s: Option<Vec<i64>>, axes: Option<Vec<i64>>| fft::FftnOptions { s, axes, ..Default::default() };
    assert_eq!(shape(fft::fftn_with(&x, options(Some(vec![7, -1]), None))), [3, 7, 5]);
    assert_eq!(shape(fft::rfftn_with(&x, options(None, Some(vec![2, 0])))), [2, 4, 5]);
    assert_eq!(shape(fft::irfftn_with(&x, options(Some(vec![9]), Some(vec![1])))), [3, 9, 5]);
    assert_eq!(shape(fft::fftn_with(&x, options(None, Some(vec![])))), [3, 4, 5]);
    dtype(fft::fftn(&x), DType::C64);
    dtype(fft::irfftn(&x), DType::F32);
    dtype(fft::rfft(&x.astype(DType::Bool)), DType::C128);
}

#[test]
fn debug_shows_values_of_ready_arrays() {
    assert_eq!(format!("{:?}", Array::from([[1, 2], [3, 4]])), "Array(i32[2, 2], unplaced, [[1, 2],\n [3, 4]])");
    assert_eq!(format!("{:?}", Array::from(2.5)), "Array(f64[], unplaced, 2.5)");
    let x = ondine::arange(1000).eval(&Device::reference()).unwrap();
    assert_eq!(format!("{x:?}"), "Array(i64[1000], reference, [0, 1, 2, .., 997, 998, 999])");
}

#[test]
fn a_grid_search_and_a_gather() {
    let sorted = Array::from([1.0, 2.0, 4.0]);
    check(&sorted.searchsorted(Array::from([0, 2, 9]), ondine::Side::Left), &[3], &[0i64, 1, 3]);
    check(&grid().take(&Array::from([-1i8, 0]), 1), &[3, 2], &[3i64, 0, 7, 4, 11, 8]);
    check(&grid().cumulative_sum_with(0).slice(s![-1]), &[4], &[12i64, 15, 18, 21]);
    check(&ondine::ones([1, 1]).pad([0, 1], [1, 0], 7), &[2, 2], &[7.0, 1.0, 7.0, 7.0]);
}

#[test]
fn a_square_is_a_product() {
    let x = Array::from(vec![f64::NEG_INFINITY, -3.1, -0.0, 0.0, 1e-200, 1.7, f64::NAN]);
    let bits = |x: &Array| x.to_vec::<f64>().unwrap().into_iter().map(f64::to_bits).collect::<Vec<_>>();
    for square in [x.pow(2), x.pow(2.0)] {
        let dump = square.dump().unwrap();
        assert!(dump.contains("mul("), "{dump}");
        assert_eq!(bits(&square), bits(&(&x * &x)));
    }
    assert_eq!(Array::from(vec![-7i32, 40_000]).pow(2).to_vec::<i32>().unwrap(), [49, 1_600_000_000]);
}
