//! The headline job on the real picture: its values against NumPy, its graph before and after, its plan.

use ondine::{Array, Complex64, DType, Device, fft, s};

fn picture() -> Array {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/face_gray.png");
    let picture = image::open(path).expect("the picture is in the repository").into_luma8();
    assert_eq!(picture.pixels().map(|pixel| pixel.0[0] as u64).sum::<u64>(), 89_244_514);
    let shape = [picture.height() as usize, picture.width() as usize];
    Array::from_vec(picture.into_raw(), shape).named("image")
}

fn smooth(image: &Array) -> Array {
    let f = fft::fftn(&image.astype(DType::F64));
    let s = fft::fftshift(&f);
    let original = s.clone();
    let s = s.set(s![354..414, 482..532], 0);
    fft::ifftn(&fft::ifftshift(&(original - s)))
}

/// Computed by NumPy 2.5 in double precision.
fn agrees_with_numpy(values: &[Complex64]) {
    let at = |row: usize, column: usize| values[row * 1024 + column];
    let close = |got: Complex64, want: Complex64| {
        assert!((got - want).norm() <= 1e-12 * want.norm(), "{got} instead of {want}");
    };
    close(at(0, 0), Complex64::new(127.65731787845456, -0.3541957079679877));
    close(at(100, 200), Complex64::new(120.01145204264114, 1.0096003045912436));
    close(at(767, 1023), Complex64::new(130.3851585486652, -0.010842871372975793));
    let imaginary = values.iter().fold(0.0f64, |most, z| most.max(z.im.abs()));
    close(imaginary.into(), 29.763831984049176.into());
    let norm = values.iter().map(Complex64::norm_sqr).sum::<f64>().sqrt();
    close(norm.into(), 109765.86031665531.into());
}

#[test]
fn the_cpu_agrees_with_numpy() {
    agrees_with_numpy(&smooth(&picture()).eval(&Device::cpu()).unwrap().to_vec().unwrap());
}

/// The picture given as floats, of which nothing is known before they are looked at.
#[test]
fn the_guarded_plan_agrees_with_numpy() {
    let floats = picture().astype(DType::F64).eval(&Device::cpu()).unwrap();
    agrees_with_numpy(&smooth(&floats).eval(&Device::cpu()).unwrap().to_vec().unwrap());
}

#[test]
fn the_reference_agrees_with_numpy() {
    agrees_with_numpy(&smooth(&picture()).eval(&Device::reference()).unwrap().to_vec().unwrap());
}

#[test]
fn both_shifts_are_gone_and_only_the_window_is_transformed() {
    let explanation = smooth(&picture()).named("smooth").explain(&Device::cpu()).unwrap();
    insta::assert_snapshot!("before", explanation.before());
    insta::assert_snapshot!("after", explanation.after());
    insta::assert_snapshot!("plan", explanation.plan());
    assert!(!explanation.after().contains("roll"));
    // One kernel reads the picture and one writes one; the window's bins are all that passes between them.
    assert_eq!(explanation.after().matches("768, 1024] = ").count(), 1);
}
