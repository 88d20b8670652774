//! What other languages call: memory of any dtype in and out, numbers and functions chosen at run time.

use ondine::ir::Binary;
use ondine::{Array, Complex64, DType, Device, ErrorKind, Options, binary, compile_for, full_with};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Memory that says when it is given back.
struct Lent(Vec<u8>, Arc<AtomicUsize>);

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

#[track_caller]
fn fails(array: &Array, text: &str) {
    assert_eq!(array.check().unwrap_err().kind().to_string(), text);
}

#[test]
fn borrowed_memory_is_used_where_it_is_and_given_back_once() {
    for device in [Device::cpu(), Device::reference()] {
        let returned = Arc::new(AtomicUsize::new(0));
        let x = Array::from_owner(Lent(vec![1, 2, 3, 4], returned.clone()), DType::U8, [2, 2]);
        let y = &x + &x;
        drop(x);
        assert_eq!(returned.load(Ordering::SeqCst), 0, "what is pending needs it");
        assert_eq!(y.eval(&device).unwrap().to_vec::<u8>().unwrap(), [2, 4, 6, 8]);
        assert_eq!(returned.load(Ordering::SeqCst), 1);
    }
    static BYTES: [u8; 3] = [7, 8, 9];
    let x = Array::from_owner(&BYTES[..], DType::U8, [3]);
    assert_eq!(x.to_host().unwrap().bytes().as_ptr(), BYTES.as_ptr());
    // Not even a value that dies with its only user is written over.
    let x = x.eval(&Device::cpu()).unwrap();
    assert_eq!((x * 2).to_vec::<u8>().unwrap(), [14, 16, 18]);
    assert_eq!(BYTES, [7, 8, 9]);
}

#[test]
fn memory_that_cannot_be_used_is_refused() {
    let aligned: &'static [u64] = Box::leak(Box::new([0u64; 4]));
    let bytes: &'static [u8] = bytemuck::cast_slice(aligned);
    fails(&Array::from_bytes(&bytes[..7], DType::F64, [1]), "from_bytes: 7 bytes do not fill f64[1]");
    fails(&Array::from_owner(&bytes[..8], DType::F64, [2]), "from_owner: 8 bytes do not fill f64[2]");
    fails(
        &Array::from_owner(&bytes[1..9], DType::F64, [1]),
        "from_owner: the memory is not aligned for f64; copy it with from_bytes()",
    );
    static TWO: [u8; 1] = [2];
    fails(
        &Array::from_owner(&TWO[..], DType::Bool, [1]),
        "from_owner: elements of bool are neither 0 nor 1; copy them with from_bytes()",
    );
    assert_eq!(Array::from_bytes(&TWO, DType::Bool, [1]).to_vec::<bool>().unwrap(), [true]);
    assert_eq!(Array::from_bytes(&[], DType::C128, [0, 3]).size().unwrap(), 0);
}

#[test]
fn host_memory_is_that_of_the_value() {
    let x = Array::from([1.5, 2.5]) * 2;
    let (first, second) = (x.to_host().unwrap(), x.to_host().unwrap());
    assert_eq!(first.bytes().as_ptr(), second.bytes().as_ptr());
    assert_eq!(bytemuck::cast_slice::<u8, f64>(first.bytes()), [3.0, 5.0]);
    assert_eq!(x.sum().scalar().unwrap().to_complex(), Complex64::new(8.0, 0.0));
    let error = x.scalar().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Item { .. }), "{error}");
}

#[test]
fn numbers_stand_on_either_side_of_a_function_chosen_at_run_time() {
    let x = Array::from([1.0f32, 2.0]);
    assert_eq!(binary(Binary::Sub, 1.5, &x).to_vec::<f32>().unwrap(), [0.5, -0.5]);
    assert_eq!(binary(Binary::Pow, &x, 2).to_vec::<f32>().unwrap(), [1.0, 4.0]);
    assert_eq!(binary(Binary::Add, 1, 2).item::<i32>().unwrap(), 3);
}

#[test]
fn a_complex_number_is_true_unless_it_is_0() {
    let x = Array::from([true, true]);
    assert_eq!(x.logical_and(Complex64::new(0.0, 1.0)).to_vec::<bool>().unwrap(), [true, true]);
    assert_eq!(x.logical_and(Complex64::new(0.0, 0.0)).to_vec::<bool>().unwrap(), [false, false]);
}

#[test]
fn shapes_are_filled_in_a_dtype_that_can_hold_the_number() {
    assert_eq!(full_with([2], 3, DType::U8).to_vec::<u8>().unwrap(), [3, 3]);
    assert_eq!(full_with([2], Array::from(2.0), DType::I16).to_vec::<i16>().unwrap(), [2, 2]);
    fails(&full_with([2], 300, DType::U8), "full: 300 does not fit u8");
    fails(
        &full_with([2], Complex64::I, DType::F64),
        "full: c128[] does not convert to f64; take its real() or imag() first",
    );
    let line = Array::from([1.0, 2.0]);
    fails(&full_with([2], line, DType::F64), "full: f64[2] is not a number; broadcast_to() repeats arrays");
    fails(
        &full_with([usize::MAX], 0, DType::F64),
        "full: f64[18446744073709551615] has more bytes than can be addressed",
    );
}

#[test]
fn a_function_is_fixed_for_any_number_of_arguments() {
    let device = Device::reference();
    let arrays: Vec<Array> = (0..5).map(|k| Array::from([k as f64, 1.0])).collect();
    let refs: Vec<&Array> = arrays.iter().collect();
    let job = compile_for(&refs, &device, Options::default(), |given| {
        let total = given.iter().fold(ondine::zeros([2]), |sum, x| sum + x);
        Ok::<_, ondine::Error>(vec![total.clone(), total * 2])
    })
    .unwrap();
    assert!(job.fits(&refs, &device) && !job.fits(&refs[1..], &device) && !job.fits(&refs, &Device::cpu()));
    let results = job.call(&refs).unwrap();
    assert_eq!(results[0].to_vec::<f64>().unwrap(), [10.0, 5.0]);
    assert_eq!(results[1].to_vec::<f64>().unwrap(), [20.0, 10.0]);
    let other = ondine::zeros([3]);
    let error = job.call(&[&other]).err().unwrap().kind().to_string();
    assert_eq!(error, "call: (f64[3]) are given to a function of (f64[2], f64[2], f64[2], f64[2], f64[2])");
    // What the function says is passed on.
    let failed = compile_for(&refs, &device, Options::default(), |_| {
        Err::<Vec<Array>, _>(ondine::zeros([2]).sum_with(7).check().unwrap_err())
    });
    assert!(failed.err().unwrap().to_string().starts_with("sum: axis 7"));
}

#[test]
fn a_picture_shows_every_op_once() {
    let x = Array::from([1.0, 2.0]).named("x");
    let svg = ((&x + 1.0).less(&x)).svg().unwrap();
    assert_eq!(svg.matches("<rect").count(), 3);
    assert_eq!(svg.matches("<path").count(), 3);
    assert!(svg.contains("%1 = less(%0, %x)") || svg.contains("= lt("), "{svg}");
    assert!(!svg.contains("NaN") && svg.ends_with("</svg>\n"));
    let mut long = x.clone();
    for _ in 0..500 {
        long = long.sin();
    }
    assert!(long.svg().unwrap().matches("<rect").count() <= 150);
}
