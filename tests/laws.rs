//! Laws of transforms and of arithmetic on random arrays, each on every device: inverse pairs, Parseval, shift and
//! convolution theorems, linearity, and known pairs.

mod common;

use ondine::{Array, Complex64, Device, Shape, fft, ir::DType};
use proptest::prelude::*;

const DEVICES: [fn() -> Device; 2] = [Device::cpu, Device::reference];

/// `c * eps * sqrt(log2 n)` of the norm for each transform, with c = 4; sums of squares add another factor 4.
fn tolerance(points: usize, transforms: usize) -> f64 {
    16.0 * f64::EPSILON * transforms as f64 * (points.max(2) as f64).log2().sqrt()
}

fn norm(values: &[Complex64]) -> f64 {
    values.iter().map(Complex64::norm_sqr).sum::<f64>().sqrt()
}

fn values(array: &Array, device: &Device) -> Vec<Complex64> {
    array.astype(DType::C128).eval(device).unwrap().to_vec().unwrap()
}

/// True if two arrays agree in relative L2 norm; `scale` is the norm that errors are measured by.
fn close(a: &Array, b: &Array, device: &Device, tolerance: f64, scale: f64) -> Result<(), TestCaseError> {
    prop_assert_eq!(a.shape().unwrap(), b.shape().unwrap());
    let (a, b) = (values(a, device), values(b, device));
    let difference: Vec<Complex64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
    prop_assert!(norm(&difference) <= tolerance * scale, "{} above {}", norm(&difference), tolerance * scale);
    Ok(())
}

fn shapes() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1usize..12, 1..4)
}

fn complex(shape: Vec<usize>) -> impl Strategy<Value = (Array, f64)> {
    let count: usize = shape.iter().product();
    prop::collection::vec((-10.0..10.0, -10.0..10.0), count).prop_map(move |parts| {
        let values: Vec<Complex64> = parts.into_iter().map(|(re, im)| Complex64::new(re, im)).collect();
        let norm = norm(&values);
        (Array::from_vec(values, Shape::from(shape.clone())), norm)
    })
}

fn array() -> impl Strategy<Value = (Array, f64)> {
    shapes().prop_flat_map(complex)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_inverse_undoes((x, scale) in array(), device in 0usize..2) {
        let device = DEVICES[device]();
        let points = x.size().unwrap();
        close(&fft::ifftn(&fft::fftn(&x)), &x, &device, tolerance(points, 2), scale)?;
        close(&fft::fftn(&fft::ifftn(&x)), &x, &device, tolerance(points, 2), scale)?;
        let real = x.real();
        let lengths: Vec<i64> = x.shape().unwrap().iter().map(|&extent| extent as i64).collect();
        let options = fft::FftnOptions { s: Some(lengths), ..Default::default() };
        close(&fft::irfftn_with(&fft::rfftn(&real), options), &real, &device, tolerance(points, 2), scale)?;
    }

    #[test]
    fn energy_is_kept_by_orthonormal_transforms((x, scale) in array(), device in 0usize..2) {
        let device = DEVICES[device]();
        let options = fft::FftnOptions { norm: fft::Norm::Ortho, ..Default::default() };
        let energy = norm(&values(&fft::fftn_with(&x, options), &device));
        prop_assert!((energy - scale).abs() <= tolerance(x.size().unwrap(), 1) * scale);
    }

    #[test]
    fn cosine_and_sine_transforms_are_undone((x, scale) in array(), kind in 0usize..4, sine: bool, device in 0usize..2) {
        let device = DEVICES[device]();
        let kind = [fft::DctKind::I, fft::DctKind::II, fft::DctKind::III, fft::DctKind::IV][kind];
        let shape = x.shape().unwrap();
        prop_assume!(kind != fft::DctKind::I || shape.iter().all(|&extent| extent > 1));
        let bound = tolerance(4 * x.size().unwrap(), 2 * shape.rank()) * scale;
        for orthogonalize in [None, Some(true), Some(false)] {
            let options = fft::DctnOptions { orthogonalize, ..kind.into() };
            let back = match sine {
                true => fft::idstn_with(&fft::dstn_with(&x, options.clone()), options),
                false => fft::idctn_with(&fft::dctn_with(&x, options.clone()), options),
            };
            close(&back, &x, &device, 1.0, bound)?;
        }
        // The default under this norm is an orthogonal matrix.
        let options = fft::DctnOptions { norm: fft::Norm::Ortho, ..kind.into() };
        let turned = if sine { fft::dstn_with(&x, options) } else { fft::dctn_with(&x, options) };
        prop_assert!((norm(&values(&turned, &device)) - scale).abs() <= bound);
    }

    #[test]
    fn a_sine_transform_is_a_cosine_transform_of_turned_data((x, scale) in (1usize..40).prop_flat_map(|n| complex(vec![n]))) {
        let n = x.size().unwrap();
        let signs = Array::from_vec((0..n).map(|j| if j % 2 == 0 { 1.0 } else { -1.0 }).collect::<Vec<f64>>(), [n]);
        let bound = tolerance(n, 2) * 2.0 * (n as f64).sqrt() * scale;
        let device = Device::cpu();
        close(&fft::dst(&x), &fft::dct(&(&x * &signs)).flip(0), &device, 1.0, bound)?;
        for kind in [fft::DctKind::III, fft::DctKind::IV] {
            close(&fft::dst_with(&x, kind), &(fft::dct_with(&x.flip(0), kind) * &signs), &device, 1.0, bound)?;
        }
    }

    #[test]
    fn a_hankel_transform_is_undone((x, scale) in (2usize..40).prop_flat_map(|n| complex(vec![n])), mu in 0.0..4.0, bias in -0.4..0.4) {
        let x = x.real();
        let options = fft::HankelOptions { offset: fft::fhtoffset(0.1, mu), bias };
        let back = fft::ifht_with(&fft::fht_with(&x, 0.1, mu, options), 0.1, mu, options);
        // The coefficients span powers of the extent of the grid.
        close(&back, &x, &Device::cpu(), 1e-10, scale)?;
    }

    #[test]
    fn a_shift_turns_phases((x, scale) in (1usize..40).prop_flat_map(|n| complex(vec![n])), shift in -50i64..50) {
        let n = x.size().unwrap();
        let phases: Vec<Complex64> = (0..n as i64)
            .map(|k| Complex64::from_polar(1.0, -std::f64::consts::TAU * ((k * shift).rem_euclid(n as i64)) as f64 / n as f64))
            .collect();
        let turned = fft::fft(&x) * Array::from_vec(phases, [n]);
        let bound = tolerance(n, 2) * (n as f64).sqrt();
        close(&fft::fft(&x.roll(shift, 0)), &turned, &Device::cpu(), bound, scale)?;
    }

    #[test]
    fn products_of_spectra_convolve(
        (x, y) in (1usize..24).prop_flat_map(|n| (complex(vec![n]), complex(vec![n]))),
    ) {
        let ((x, a), (y, b)) = (x, y);
        let n = x.size().unwrap();
        let (left, right) = (values(&x, &Device::cpu()), values(&y, &Device::cpu()));
        let convolved: Vec<Complex64> =
            (0..n).map(|k| (0..n).map(|j| left[j] * right[(k + n - j) % n]).sum()).collect();
        let convolved = Array::from_vec(convolved, [n]);
        let bound = tolerance(n, 3) * (n as f64).sqrt();
        close(&fft::ifft(&(fft::fft(&x) * fft::fft(&y))), &convolved, &Device::cpu(), bound, a * b)?;
    }

    #[test]
    fn transforms_are_linear(
        ((x, a), (y, b)) in shapes().prop_flat_map(|shape| (complex(shape.clone()), complex(shape))),
        factor in -3.0..3.0,
    ) {
        let points = x.size().unwrap();
        let bound = tolerance(points, 3) * (points as f64).sqrt();
        let apart = fft::fftn(&x) * factor + fft::fftn(&y);
        close(&fft::fftn(&(&x * factor + &y)), &apart, &Device::cpu(), bound, 3.0 * a + b)?;
    }

    #[test]
    fn half_spectra_are_halves((x, scale) in array(), device in 0usize..2) {
        let device = DEVICES[device]();
        let x = x.real();
        let points = x.size().unwrap();
        let half = x.shape().unwrap().last().copied().unwrap() / 2 + 1;
        let whole = fft::fftn(&x).slice(ondine::s![..., ..half as i64]);
        close(&fft::rfftn(&x), &whole, &device, tolerance(points, 2) * (points as f64).sqrt(), scale)?;
    }
}

#[test]
fn an_impulse_has_every_frequency_and_a_wave_one() {
    for device in DEVICES.map(|device| device()) {
        let impulse = Array::from([1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(values(&fft::fft(&impulse), &device), [Complex64::ONE; 5]);
        let constant = fft::fft(&ondine::ones([8])).eval(&device).unwrap().to_vec::<Complex64>().unwrap();
        assert_eq!(constant[0], Complex64::new(8.0, 0.0));
        assert!(norm(&constant[1..]) <= tolerance(8, 1) * 8f64.sqrt());
    }
}
