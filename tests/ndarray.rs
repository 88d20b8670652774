//! Arrays of the `ndarray` crate, in and out: the same elements whatever the layout, and the same memory where it can be.

use ndarray::{Array as NdArray, ArrayD, Axis, IxDyn, s};
use ondine::ndarray::view;
use ondine::{Array, Complex32, Complex64, DType, Device, Element, ErrorKind, fft};
use proptest::prelude::*;
use std::fmt::Debug;

/// The elements of an array in row-major order.
fn elements<T: Element>(x: &ArrayD<T>) -> Vec<T> {
    x.iter().copied().collect()
}

/// Where the memory of the leaf behind an array begins.
fn address(x: &Array) -> *const u8 {
    x.to_host().unwrap().bytes().as_ptr()
}

/// An array with its elements where they were, and the same elements.
#[track_caller]
fn same<T: Element + PartialEq + Debug>(array: Array, want: &ArrayD<T>) {
    assert_eq!(array.shape().unwrap()[..], *want.shape());
    assert_eq!(array.to_vec::<T>().unwrap(), elements(want));
    assert_eq!(array.to_ndarray::<T>().unwrap(), *want);
    assert_eq!(view::<T>(&array.to_host().unwrap()).unwrap(), want.view());
}

#[test]
fn owned_arrays_give_their_memory() {
    let x = NdArray::from_shape_fn((2, 3), |(i, j)| (3 * i + j) as f64);
    let (want, start) = (x.clone().into_dyn(), x.as_ptr().cast::<u8>());
    let array = Array::from(x);
    assert!(array.is_ready());
    assert_eq!(address(&array), start);
    same(array, &want);
}

#[test]
fn other_orders_are_views_of_the_same_memory() {
    let x = NdArray::from_shape_fn((2, 3, 4), |(i, j, k)| (100 * i + 10 * j + k) as i32);
    let mut reversed = x.clone();
    reversed.invert_axis(Axis(1));
    let mut permuted = x.clone().permuted_axes([2, 0, 1]);
    permuted.invert_axis(Axis(0));
    permuted.invert_axis(Axis(2));
    for x in [x.clone().reversed_axes(), reversed, permuted] {
        let memory = x.as_slice_memory_order().expect("there are no gaps").as_ptr().cast::<u8>();
        let want = x.clone().into_dyn();
        let array = Array::from(x);
        // The view costs nothing until it is stored, and then reads memory that nobody copied.
        assert!(!array.is_ready());
        let dump = array.dump().unwrap();
        assert!(dump.contains("%0: i32[2, 3, 4] = input") || dump.contains(": i32[2, 3, 4])"), "{dump}");
        assert_eq!(array.sum().item::<i64>().unwrap(), want.iter().map(|&x| i64::from(x)).sum::<i64>());
        let _ = memory;
        same(array, &want);
    }
}

#[test]
fn parts_and_gaps() {
    let x = NdArray::from_shape_fn((4, 6), |(i, j)| (10 * i + j) as u16);
    // Without gaps, in the middle of a longer vector.
    let rows = x.clone().slice_move(s![1..3, ..]);
    same(Array::from(rows.clone()), &rows.into_dyn());
    let rows = x.clone().slice_move(s![1..3;-1, ..;-1]);
    same(Array::from(rows.clone()), &rows.into_dyn());
    // With gaps.
    for part in [x.clone().slice_move(s![.., 1..3]), x.clone().slice_move(s![..;2, ..;-3])] {
        same(Array::from(part.clone()), &part.into_dyn());
    }
    let none = x.clone().slice_move(s![2..2, ..;2]);
    same(Array::from(none.clone()), &none.into_dyn());
    let column = ndarray::arr1(&[1u16, 2]);
    let repeated = column.broadcast((3, 2)).unwrap();
    same(Array::from(repeated), &repeated.to_owned().into_dyn());
    same(Array::from(ndarray::arr0(2.5)), &ndarray::arr0(2.5).into_dyn());
}

#[test]
fn shared_arrays_are_used_where_they_are_and_do_not_change() {
    let mut x = NdArray::from_vec(vec![1.0, 2.0, 3.0]).into_shared();
    let start = x.as_ptr().cast::<u8>();
    let array = Array::from(x.clone());
    x[0] = 7.0;
    assert_eq!(address(&array), start);
    assert_eq!(array.to_vec::<f64>().unwrap(), [1.0, 2.0, 3.0]);
    let x = NdArray::from_shape_fn((2, 3), |(i, j)| i == j).into_shared().reversed_axes();
    same(Array::from(x.clone()), &x.to_owned().into_dyn());
}

#[test]
fn views_are_copied() {
    let mut x = NdArray::from_vec(vec![1u8, 2, 3]);
    let array = Array::from(x.view());
    x[0] = 7;
    assert_eq!(array.to_vec::<u8>().unwrap(), [1, 2, 3]);
    assert_eq!(Array::from(x.slice(s![..;-2])).to_vec::<u8>().unwrap(), [3, 7]);
}

#[test]
fn a_view_out_is_the_memory_of_the_value() {
    let y = (ondine::arange(6).reshape([2, 3]) * 2).eval(&Device::cpu()).unwrap();
    let host = y.to_host().unwrap();
    let seen = view::<i64>(&host).unwrap();
    assert_eq!(seen.as_ptr().cast::<u8>(), host.bytes().as_ptr());
    assert_eq!(seen, ndarray::arr2(&[[0, 2, 4], [6, 8, 10]]).into_dyn());
    let error = view::<f64>(&host).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Element { .. }));
    assert_eq!(error.kind().to_string(), "view: i64[2, 3] does not read as f64; convert it with astype()");
    let error = y.to_ndarray::<u8>().unwrap_err().kind().to_string();
    assert_eq!(error, "to_ndarray: i64[2, 3] does not read as u8; convert it with astype()");
    let empty = ondine::zeros([0, 3]).to_ndarray::<f64>().unwrap();
    assert_eq!(empty.shape(), [0, 3]);
}

#[test]
fn every_element_type() {
    fn there_and_back<T: Element + PartialEq + Debug>(values: [T; 4]) {
        let x = ArrayD::from_shape_vec(IxDyn(&[2, 2]), values.to_vec()).unwrap();
        let array = Array::from(x.clone().reversed_axes());
        assert_eq!(array.dtype().unwrap(), T::DTYPE);
        same(array, &x.reversed_axes());
    }
    there_and_back([false, true, true, false]);
    there_and_back([1i8, -2, 3, 4]);
    there_and_back([1i16, -2, 3, 4]);
    there_and_back([1i32, -2, 3, 4]);
    there_and_back([1i64, -2, 3, 4]);
    there_and_back([1u8, 2, 3, 4]);
    there_and_back([1u16, 2, 3, 4]);
    there_and_back([1u32, 2, 3, 4]);
    there_and_back([1u64, 2, 3, 4]);
    there_and_back([1.5f32, -2.0, 3.0, 4.0]);
    there_and_back([1.5f64, -2.0, 3.0, 4.0]);
    there_and_back([1.0, 2.0, 3.0, 4.0].map(|re| Complex32::new(re, -re)));
    there_and_back([1.0, 2.0, 3.0, 4.0].map(|re| Complex64::new(re, -re)));
}

#[test]
fn a_transform_reads_foreign_orders() {
    let x = NdArray::from_shape_fn((8, 12), |(i, j)| ((i * 5 + j * 3) % 7) as f64);
    let straight = fft::fft2(&Array::from(x.clone())).to_vec::<Complex64>().unwrap();
    let columns = NdArray::from_shape_vec((12, 8), x.t().iter().copied().collect()).unwrap();
    let turned = fft::fft2(&Array::from(columns.reversed_axes())).to_vec::<Complex64>().unwrap();
    for (a, b) in straight.iter().zip(&turned) {
        assert!((a - b).norm() <= 1e-12 * 96.0 * 7.0, "{a} {b}");
    }
    assert_eq!(Array::from(x).dtype().unwrap(), DType::F64);
}

proptest! {
    #[test]
    fn random_layouts(
        extents in proptest::collection::vec(0..5usize, 0..5),
        order in any::<prop::sample::Index>(),
        inverted in any::<u8>(),
        steps in proptest::collection::vec(1..3isize, 4),
        is_shared in any::<bool>(),
    ) {
        let count = extents.iter().product::<usize>();
        let mut x = ArrayD::from_shape_vec(IxDyn(&extents), (0..count as i32).collect()).unwrap();
        let rank = extents.len();
        if rank > 0 {
            x.swap_axes(order.index(rank), 0);
        }
        for axis in (0..rank).filter(|axis| inverted >> axis & 1 == 1) {
            x.invert_axis(Axis(axis));
        }
        for axis in (0..rank).filter(|axis| inverted >> (axis + 4) & 1 == 1) {
            x.slice_axis_inplace(Axis(axis), ndarray::Slice::new(0, None, steps[axis]));
        }
        let array = if is_shared { Array::from(x.to_shared()) } else { Array::from(x.clone()) };
        prop_assert_eq!(&array.shape().unwrap()[..], x.shape());
        prop_assert_eq!(array.to_vec::<i32>().unwrap(), elements(&x));
    }
}
