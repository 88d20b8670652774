//! Every mistake a user can make, with its whole text. Nothing panics, and nothing harms what comes after.

use ondine::{Array, Complex64, DType, Device, Error, compile, fft, s, zeros};
use std::process::Command;

/// The text of a failed array without the place, and the place's file.
#[track_caller]
fn fails(array: Array, text: &str) {
    let error = array.check().unwrap_err();
    assert_text(&error, text);
}

#[track_caller]
fn assert_text(error: &Error, text: &str) {
    let message = error.to_string();
    let (what, place) = message.split_once("\n  at ").expect("an error names a place");
    assert_eq!(what, text);
    assert!(place.starts_with("tests/errors.rs:"), "{place}");
}

#[test]
fn an_error_names_the_line_of_the_call_and_passes_through_what_follows() {
    let line = line!() + 1;
    let sum = zeros([3]) + zeros([4]);
    let later = (sum * 2.0).sqrt().sum() + zeros([5]);
    let message = later.eval(&Device::reference()).unwrap_err().to_string();
    assert_eq!(message, format!("add: operands f64[3] and f64[4] do not broadcast\n  at tests/errors.rs:{line}:15"));
    for text in [later.shape().unwrap_err(), later.dtype().unwrap_err(), later.dump().unwrap_err()] {
        assert_eq!(text.to_string(), message);
    }
    assert_eq!(format!("{later:?}"), format!("Array(failed: {message})"));
}

#[test]
fn shapes() {
    fails(zeros([2, 3]).set(s![.., 0], zeros([3])), "set: f64[3] does not broadcast to [2]");
    fails(zeros([2, 3]).reshape([4, -1]), "reshape: f64[2, 3] of 6 elements cannot become [4, -1]");
    fails(
        zeros([6]).reshape([-1, -1]),
        "reshape: f64[6] of 6 elements cannot become [-1, -1]; at most one extent may be -1",
    );
    fails(zeros([3]).broadcast_to([2]), "broadcast_to: f64[3] does not broadcast to [2]");
    fails(zeros([2]).squeeze(0), "squeeze: axis 0 of f64[2] has not extent 1");
    fails(Array::from_vec(vec![1, 2, 3], [2, 2]), "from_vec: 3 elements do not fill i32[2, 2]");
    fails(
        ondine::concat(&[&zeros([2, 3]), &zeros([2, 2])], 0),
        "concat: f64[2, 3] and f64[2, 2] differ in another axis than 0",
    );
    fails(ondine::concat(&[], 0), "concat: no arrays are given");
    fails(ondine::stack(&[&zeros([2]), &zeros([3])], 0), "stack: f64[2] and f64[3] differ in shape");
    fails(zeros([2, 2]).cumulative_sum(), "cumulative_sum: f64[2, 2] needs an axis");
    fails(zeros([0]).max(), "max: f64[0] has no element to choose");
}

#[test]
fn axes() {
    fails(zeros([2, 3]).sum_with(2), "sum: axis 2 is out of range for f64[2, 3]; its axes are -2 to 1");
    fails(zeros([2, 3]).sum_with([0, -2]), "sum: axis -2 is given twice for f64[2, 3]");
    fails(Array::from(1.0).flip(0), "flip: axis 0 is out of range for f64[]; its axes are none");
    fails(zeros([2]).permute_dims([0, 1]), "permute_dims: axis 1 is out of range for f64[2]; its axes are -1 to 0");
    fails(fft::fft(&Array::from(1.0)), "fft: axis -1 is out of range for f64[]; its axes are none");
    fails(fft::fft2(&zeros([3])), "fft2: axis -2 is out of range for f64[3]; its axes are -1 to 0");
}

#[test]
fn slices() {
    let x = zeros([2, 3]);
    fails(x.slice(s![2]), "slice: index 2 is out of range for axis 0 of f64[2, 3]");
    fails(x.slice(s![0, 0, 0]), "slice: 3 indices for f64[2, 3]");
    fails(x.slice(s![..;0]), "slice: the step along axis 0 is 0");
    fails(x.slice(s![..., ...]), "slice: more than one ellipsis");
    fails(x.set(s![-3], 1), "set: index -3 is out of range for axis 0 of f64[2, 3]");
}

#[test]
fn dtypes() {
    let (z, b) = (zeros([2]).complex(1.0), zeros([2]).less(1));
    fails(
        z.less(1.0),
        "lt: operands c128[2] and c128[] are not allowed; it takes bool or real numbers, which have an order",
    );
    fails(z.floor(), "floor: operands c128[2] are not allowed; it takes real floats");
    fails(&b - &b, "sub: operands bool[2] and bool[2] are not allowed; it takes numbers of one dtype");
    fails(zeros([2]) & 1, "and: operands f64[2] and f64[] are not allowed; it takes bool or integers");
    fails(z.astype(DType::F64), "astype: c128[2] does not convert to f64; take its real() or imag() first");
    fails(
        zeros([2]).set(s![0], Complex64::new(1.0, 2.0)),
        "set: c128[] does not convert to f64; take its real() or imag() first",
    );
    fails(Array::from([1u8]) + 300, "add: 300 does not fit u8");
    fails(fft::rfft(&z), "rfft: c128[2] is complex; use fft");
    fails(fft::rfftn(&z.reshape([1, 2])), "rfftn: c128[1, 2] is complex; use fftn");
    fails(ondine::arange(true), "arange: bool numbers have no range; use real ones");
    fails(
        zeros([2]).where_(1, 2),
        "select: operands f64[2], i32[] and i32[] are not allowed; it takes a bool condition and two operands of one dtype",
    );
}

#[test]
fn lengths() {
    fails(fft::fft(&zeros([2, 0])), "fft: a transform of length 0 along axis 1 of f64[2, 0]");
    fails(fft::irfft(&zeros([1])), "irfft: a transform of length 0 along axis 0 of f64[1]");
    let options = fft::FftnOptions { s: Some(vec![2, 2]), axes: Some(vec![0]), ..Default::default() };
    fails(fft::fftn_with(&zeros([2, 2]), options), "fftn: 2 lengths for 1 axes");
    let options = fft::FftnOptions { axes: Some(vec![]), ..Default::default() };
    fails(fft::rfftn_with(&zeros([2]), options), "rfftn: a real transform needs at least one axis");
    fails(fft::fftfreq(0), "fftfreq: a transform of length 0 has no frequencies");
    fails(ondine::arange_with(0, 5, 0), "arange: the step is 0");
    fails(ondine::arange(f64::NAN), "arange: from 0.0 to NaN by 1.0 has no addressable extent");
}

#[test]
fn sizes() {
    let huge = 1usize << 40;
    fails(zeros([huge, huge]), "zeros: f64[1099511627776, 1099511627776] has more bytes than can be addressed");
    fails(
        zeros([huge, 1]) + zeros([1, huge]),
        "broadcast: f64[1099511627776, 1099511627776] has more bytes than can be addressed",
    );
    // It fits the address space, but no machine.
    let large = zeros([1 << 58]) + 1.0;
    let error = large.eval(&Device::reference()).unwrap_err();
    assert!(error.to_string().contains("2305843009213693952 bytes"), "{error}");
    let error = large.eval(&Device::cpu()).unwrap_err();
    assert!(error.to_string().contains("2305843009213693952 bytes"), "{error}");
}

#[test]
fn devices() {
    let x = (zeros([2]) + 1.0).eval(&Device::cpu()).unwrap();
    let y = (zeros([2]) + 1.0).eval(&Device::reference()).unwrap();
    fails(&x * &y, "mul: f64[2] is on cpu, f64[2] on reference; move one with to()");
    let error = (&x + 1.0).eval(&Device::reference()).unwrap_err();
    assert_text(&error, "eval: f64[2] is on cpu, not on reference; move it with to()");
    // Built before its operand was placed.
    let late = zeros([3]);
    let sum = &late + 1.0;
    late.eval(&Device::cpu()).unwrap();
    let error = sum.eval(&Device::reference()).unwrap_err();
    assert_text(&error, "eval: f64[3] is on cpu, not on reference; move it with to()");
    assert_eq!((x.to(&Device::reference()) * &y).to_vec::<f64>().unwrap(), [1.0, 1.0]);
    assert_eq!(sum.eval(&Device::cpu()).unwrap().to_vec::<f64>().unwrap(), [1.0; 3]);
    assert_eq!(
        Device::from_name("gpu").unwrap_err().to_string(),
        "device \"gpu\" is unknown; known are cpu, cuda (or cuda:1 and so on) and reference"
    );
}

#[test]
fn an_unknown_default_device_is_an_error_of_the_evaluation() {
    const CHILD: &str = "ONDINE_TEST_CHILD";
    if std::env::var_os(CHILD).is_some() {
        let error = (zeros([1]) + 1.0).to_vec::<f64>().unwrap_err();
        assert_text(&error, "device \"toaster\" is unknown; known are cpu, cuda (or cuda:1 and so on) and reference");
        return;
    }
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "an_unknown_default_device_is_an_error_of_the_evaluation"])
        .env(CHILD, "1")
        .env("ONDINE_DEVICE", "toaster")
        .output()
        .unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stdout));
}

#[test]
fn reading() {
    let x = Array::from([1.0, 2.0]);
    assert_text(&x.to_vec::<f32>().unwrap_err(), "to_vec: f64[2] does not read as f32; convert it with astype()");
    assert_text(&x.item::<f64>().unwrap_err(), "item: f64[2] has 2 elements; item takes exactly one");
    assert_text(&x.sum().item::<i64>().unwrap_err(), "item: f64[] does not read as i64; convert it with astype()");
}

#[test]
fn a_position_out_of_range_fails_the_evaluation_and_nothing_else() {
    for device in [Device::reference(), Device::cpu()] {
        let x = Array::from([10, 20, 30]);
        let error = x.take(&Array::from([0, 3]), 0).eval(&device).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("position 3 is out of range for an axis of extent 3"), "{message}");
        assert_eq!(x.take(&Array::from([-1]), 0).eval(&device).unwrap().to_vec::<i32>().unwrap(), [30]);
    }
}

#[test]
fn values_of_arguments_are_unknown_while_a_function_is_compiled() {
    let function = compile(|[x]: [Array; 1]| {
        let error = x.to_vec::<f64>().unwrap_err();
        assert_text(&error, "eval: f64[2] is an argument of a function being compiled and has no value yet");
        x.eval(&Device::reference()).unwrap_or(x)
    });
    let y = function.call([&zeros([2])], &Device::reference()).unwrap();
    assert_eq!(y.to_vec::<f64>().unwrap(), [0.0, 0.0]);
    let function = compile(|[x]: [Array; 1]| x + zeros([3]));
    let error = function.call([&zeros([2])], &Device::reference()).err().unwrap();
    assert_text(&error, "add: operands f64[2] and f64[3] do not broadcast");
}
