//! Rewrites of transforms, seen from outside: jobs in several sizes with all rewrites against the reference, and what the
//! guard does with values that are not finite, or too large.

use ondine::{Array, Complex64, DType, Device, fft, s};

/// A reproducible array with values in -1..1.
fn random(shape: &[usize], seed: u64) -> Array {
    Array::from_vec(values(shape.iter().product(), seed), ondine::Shape::from(shape))
}

fn values(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed | 1;
    let mut next = move || {
        // xorshift64, Marsaglia 2003.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn complex(x: &Array, device: &Device) -> Vec<Complex64> {
    x.astype(DType::C128).eval(device).unwrap().to_vec().unwrap()
}

fn norm(values: impl IntoIterator<Item = Complex64>) -> f64 {
    values.into_iter().map(|z| z.norm_sqr()).sum::<f64>().sqrt()
}

/// The job on the cpu is the job on the reference, to the error of a few transforms of norm `scale`.
fn agrees(name: &str, job: impl Fn() -> Array, scale: f64) {
    let (got, want) = (complex(&job(), &Device::cpu()), complex(&job(), &Device::reference()));
    assert_eq!(got.len(), want.len());
    let error = norm(got.iter().zip(&want).map(|(a, b)| a - b));
    let size = norm(want.iter().copied());
    assert!(error <= 1e-13 * scale.max(size), "{name}: {error:e}\n{}", job().explain(&Device::cpu()).unwrap());
}

fn plan(job: &Array) -> String {
    job.explain(&Device::cpu()).unwrap().after().to_string()
}

/// Keeps the bins `-low..high` of both axes, as it is written with shifts.
fn smooth(x: &Array, low: usize, high: usize) -> Array {
    let f = fft::fftn(x);
    let s = fft::fftshift(&f);
    let [m, n] = [0, 1].map(|axis| (x.shape().unwrap()[axis] / 2) as i64);
    let (low, high) = (low as i64, high as i64);
    let cut = s.set(s![m - low..m + high, n - low..n + high], 0);
    fft::ifftn(&fft::ifftshift(&(&s - cut)))
}

const SHAPES: [[usize; 2]; 6] = [[16, 16], [15, 21], [16, 21], [21, 16], [1, 12], [13, 1]];

#[test]
fn windows_of_all_kinds_are_kept() {
    for shape in SHAPES {
        let x = random(&shape, 7);
        let scale = (shape[0] * shape[1]) as f64;
        for (low, high) in [(3, 4), (3, 3), (0, 1), (3, 0), (5, 2), (0, 5), (6, 7), (2, 3)] {
            let [m, n] = shape.map(|extent| extent / 2);
            if low > m.min(n) || high > m.min(n) + 1 {
                continue;
            }
            let name = |what: &str| format!("{what} {shape:?} -{low}..{high}");
            agrees(&name("complex"), || smooth(&x, low, high), scale);
            agrees(&name("real"), || smooth(&x, low, high).real(), scale);
            agrees(&name("imaginary"), || smooth(&x, low, high).imag(), scale);
            agrees(&name("of complex"), || smooth(&(&x * Complex64::new(0.6, 0.8)), low, high), scale);
        }
    }
}

#[test]
fn a_symmetric_window_gives_real_data_from_half_a_spectrum() {
    let job = smooth(&random(&[48, 64], 3), 5, 6);
    let text = plan(&job.real());
    assert!(text.contains("irfft 1 in :6"), "{text}");
    assert!(text.contains("fft 0 out 43:+11, ifft 0 in 43:+11"), "{text}");
    let near_miss = plan(&smooth(&random(&[48, 64], 3), 5, 5));
    assert!(!near_miss.contains("irfft") && near_miss.contains("rfft"), "{near_miss}");
}

#[test]
fn the_real_part_of_a_filter_takes_half_a_spectrum() {
    for shape in SHAPES {
        let (x, h) = (random(&shape, 3), random(&shape, 9));
        let scale = (shape[0] * shape[1]) as f64;
        let job = || fft::ifftn(&(fft::fftn(&x) * &h)).real();
        agrees(&format!("{shape:?}"), job, scale);
        agrees(
            &format!("complex {shape:?}"),
            || fft::ifftn(&(fft::fftn(&x) * (&h * Complex64::new(0.3, 2.0)))).real(),
            scale,
        );
        agrees(&format!("forward {shape:?}"), || fft::fftn(&(fft::fftn(&x) * &h + 1.0)).real(), scale);
        assert!(plan(&job()).contains("irfft"), "{}", plan(&job()));
    }
}

#[test]
fn poisson_stays_in_half_a_spectrum() {
    for shape in [[8, 6, 10], [5, 8, 7]] {
        let x = random(&shape, 3);
        let job = || {
            let k = |axis: usize| {
                let n = shape[axis];
                let k = if axis == 2 { fft::rfftfreq(n) } else { fft::fftfreq(n) };
                let extents: Vec<i64> =
                    (0..3).map(|at| if at == axis { k.shape().unwrap()[0] as i64 } else { 1 }).collect();
                k.reshape(extents).square()
            };
            let square = k(0) + k(1) + k(2);
            let symbol = (Array::from([-1.0]) / square).set(s![0, 0, 0], 0);
            let lengths = shape.iter().map(|&n| n as i64).collect();
            let options = fft::FftnOptions { s: Some(lengths), ..Default::default() };
            fft::irfftn_with(&(fft::rfftn(&x) * symbol), options)
        };
        agrees(&format!("{shape:?}"), job, 1e3);
        assert!(plan(&job()).contains("fft 0, ifft 0"), "{}", plan(&job()));
    }
}

#[test]
fn a_convolution_pads_and_cuts_inside_its_transforms() {
    let (x, h) = (random(&[20, 30], 3), random(&[5, 7], 9));
    let job = || {
        let options = fft::FftnOptions { s: Some(vec![24, 36]), ..Default::default() };
        let product = fft::rfftn_with(&x, options.clone()) * fft::rfftn_with(&h, options.clone());
        fft::irfftn_with(&product, options).slice(s![2..22, 3..33])
    };
    agrees("convolution", job, 1e2);
    let text = plan(&job());
    assert!(text.contains("rfft 1 in :30 of 36") && text.contains("out 3:33"), "{text}");
}

/// The smoothing job on floats, and on the same floats with one of them replaced.
fn with_one(replaced: f64) -> Array {
    let mut picture = values(24 * 32, 5);
    picture[100] = replaced;
    smooth(&Array::from_vec(picture, [24, 32]), 4, 3)
}

#[test]
fn values_that_are_not_finite_take_the_general_plan() {
    for strange in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for device in [Device::cpu(), Device::reference()] {
            let result = complex(&with_one(strange), &device);
            assert!(result.iter().all(|z| !z.re.is_finite() && !z.im.is_finite()), "{strange} on {device}");
        }
    }
    agrees("finite", || with_one(0.5), 1.0);
}

#[test]
fn values_near_the_overflow_threshold_take_the_general_plan() {
    // Finite as they are, and far above the bound of the guard.
    agrees("large", || with_one(1e300), 1e300);
    // Bins outside the window overflow, and infinity less infinity is not zero.
    let checkers: Vec<f64> = (0..24 * 32).map(|at| if (at / 32 + at % 32) % 2 == 0 { 1e307 } else { -1e307 }).collect();
    let job = || smooth(&Array::from_vec(checkers.clone(), [24, 32]), 4, 3);
    for device in [Device::cpu(), Device::reference()] {
        assert!(complex(&job(), &device).iter().any(|z| z.re.is_nan()), "{device}");
    }
}

#[test]
fn a_line_of_a_batch_that_is_not_finite_leaves_the_others_alone() {
    let mut rows = values(6 * 16, 11);
    rows[40] = f64::NAN;
    let rows = Array::from_vec(rows, [6, 16]);
    let low_pass = |x: &Array| {
        let f = fft::fft(x);
        fft::ifft(&(&f - f.set(s![.., 3..14], 0)))
    };
    for job in [low_pass(&rows), low_pass(&rows).real().astype(DType::C128), fft::fft(&rows)] {
        let got = complex(&job, &Device::cpu());
        for (row, line) in got.chunks(16).enumerate() {
            assert_eq!(line.iter().all(|z| z.re.is_finite()), row != 2, "row {row} is {line:?}");
        }
    }
}

#[test]
fn integers_are_proved_finite_and_floats_are_guarded() {
    let floats = smooth(&random(&[24, 32], 5), 4, 3);
    assert!(plan(&floats).contains("le("), "{}", plan(&floats));
    let bytes = Array::from_vec((0..24 * 32).map(|at| (at * 7 % 251) as u8).collect::<Vec<u8>>(), [24, 32]);
    let job = || smooth(&bytes, 4, 3);
    assert!(!plan(&job()).contains("le("), "{}", plan(&job()));
    agrees("bytes", job, 1.0);
}

/// Kernels that read something; the others are constants.
fn steps(job: &Array) -> usize {
    let plan = plan(job);
    plan.matches("= lines(%").count() + plan.matches("= map(%").count()
}

#[test]
fn a_filter_between_cosine_transforms_is_three_sweeps() {
    use fft::{DctKind, DctnOptions, Norm};
    for shape in [[512, 384], [256, 321], [301, 128], [255, 257]] {
        let (x, w) = (random(&shape, 3), random(&shape, 5));
        for kind in [DctKind::II, DctKind::III, DctKind::IV, DctKind::I] {
            for is_sine in [false, true] {
                let options = DctnOptions { norm: Norm::Ortho, ..kind.into() };
                let job = || match is_sine {
                    false => fft::idctn_with(&(&w * fft::dctn_with(&x, options.clone())), options.clone()),
                    true => fft::idstn_with(&(&w * fft::dstn_with(&x, options.clone())), options.clone()),
                };
                // The period of a sine transform of kind 1 is more than twice its bins, which are read again.
                let wanted = if kind == DctKind::I && is_sine { 4 } else { 3 };
                assert_eq!(steps(&job()), wanted, "{kind:?} of {shape:?}: {}", plan(&job()));
                assert_eq!(steps(&fft::dctn_with(&x, options.clone())), 2);
            }
        }
    }
}

#[test]
fn lines_that_change_their_order_keep_their_values() {
    use fft::{DctKind, DctnOptions};
    for shape in [[24, 18], [17, 24], [9, 7], [130, 12], [2, 2]] {
        let x = random(&shape, 3);
        for kind in [DctKind::I, DctKind::II, DctKind::III, DctKind::IV] {
            let options: DctnOptions = kind.into();
            let y = || fft::idstn_with(&(&x * fft::dctn_with(&x, options.clone())), options.clone());
            agrees("a cosine and a sine transform", y, 4.0 * (shape[0] * shape[1]) as f64);
        }
        let backwards = || fft::fft(&x).flip(1);
        agrees("bins backwards", backwards, shape[1] as f64);
        let half = || {
            let f = fft::fft(&x);
            fft::ifft(&ondine::concat(&[&f.slice(s![.., 1..]), &f.slice(s![.., ..1])], 1))
        };
        agrees("bins turned by one", half, shape[1] as f64);
        let narrow = || fft::fft(&x).slice(s![.., 1..shape[1] as i64 - 1;2]) * 2.0;
        agrees("every second bin", narrow, shape[1] as f64);
    }
}

#[test]
fn convolutions_of_every_length_and_part_agree() {
    let cases = [
        (40, 9, 64, 0, 48),
        (40, 9, 64, 4, 40),
        (40, 9, 64, 8, 32),
        (9, 40, 81, 0, 9),
        (40, 40, 128, 39, 1),
        (33, 1, 50, 0, 33),
        (5, 3, 7, 2, 3),
        (40, 9, 48, 5, 30),
        (40, 9, 45, 10, 20),
    ];
    for (p, q, len, start, extent) in cases {
        let part = s![.., start..start + extent];
        let of = || fft::FftOptions { n: Some(len), ..Default::default() };
        let (x, w) = (random(&[3, p], 3), random(&[3, q], 5));
        let real = || fft::irfft_with(&(fft::rfft_with(&x, of()) * fft::rfft_with(&w, of())), of()).slice(part);
        agrees(&format!("real {p} {q} in {len}"), real, 40.0);
        let turn = Complex64::new(0.6, -0.8);
        let (z, v) = (&x * turn, &w * turn);
        let complex = || fft::ifft(&(fft::fft_with(&z, of()) * fft::fft_with(&v, of()) * 2.0)).slice(part);
        agrees(&format!("complex {p} {q} in {len}"), complex, 40.0);
        let correlation = || fft::ifft(&(fft::fft_with(&z, of()) * fft::fft_with(&v, of()).conj())).slice(part);
        agrees(&format!("correlation {p} {q} in {len}"), correlation, 40.0);
        let itself = || {
            let f = fft::fft_with(&z, of());
            fft::ifft(&(&f * &f)).slice(part)
        };
        agrees(&format!("{p} with itself in {len}"), itself, 40.0);
    }
    let (x, w) = (random(&[60, 50], 3), random(&[7, 5], 5));
    let plane = || {
        let options = || fft::FftnOptions { s: Some(vec![128, 64]), ..Default::default() };
        let product = fft::rfftn_with(&x, options()) * fft::rfftn_with(&w, options());
        fft::irfftn_with(&product, options()).slice(s![3..63, 2..52])
    };
    agrees("planes", plane, 100.0);
    assert!(plane().explain(&Device::cpu()).unwrap().to_string().contains("shorten_convolution fft 1"));
}

/// Steps of a filter between cosine transforms along the last axis, up to the last spectrum.
fn faded(x: &Array, w: &Array, count: usize) -> Array {
    (1..count).fold(w * fft::dct(x), |spectrum, _| w * fft::dct(&fft::idct(&spectrum)))
}

#[test]
fn transforms_between_steps_undo_each_other() {
    use fft::DctKind;
    for shape in [[16, 12], [15, 8], [9, 7], [2, 2], [3, 1], [130, 33]] {
        let (x, w) = (random(&shape, 3), random(&shape, 5));
        let scale = 4.0 * (shape[0] * shape[1]) as f64;
        for kind in [DctKind::I, DctKind::II, DctKind::III, DctKind::IV] {
            if kind == DctKind::I && shape[1] == 1 {
                continue;
            }
            let plane = |count: usize| {
                let step = |x: Array| fft::idctn_with(&(&w * fft::dctn_with(&x, kind)), kind);
                (0..count).fold(x.clone(), |x, _| step(x))
            };
            agrees(&format!("planes of {kind:?}"), || plane(3), scale);
        }
        agrees("lines", || faded(&x, &w, 4), scale);
        let real = || {
            (1..4).fold(x.clone(), |x, _| {
                fft::irfft(&fft::rfft(&(x * 0.5))) * &w.slice(s![.., ..shape[1] as i64 / 2 * 2])
            })
        };
        if shape[1] % 2 == 0 {
            agrees("real lines", real, 1.0);
        }
    }
    let (x, w) = (random(&[24, 16], 3), random(&[24, 16], 5));
    let text = faded(&x, &w, 100).explain(&Device::cpu()).unwrap().to_string();
    assert!(text.contains("undo_transform finite 99"), "{text}");
    assert_eq!(plan(&faded(&x, &w, 100)).matches("rfft").count(), 1);
}

#[test]
fn what_is_not_finite_between_steps_takes_the_general_plan() {
    let x = random(&[4, 16], 3);
    for strange in [f64::NAN, f64::INFINITY, 1e290] {
        let mut factors = values(4 * 16, 5);
        factors[21] = strange;
        let w = Array::from_vec(factors, [4, 16]);
        // The third step is beyond the bound of no input, and one bin is not finite there: all of the next line is not.
        let got = complex(&faded(&x, &w, 12), &Device::cpu());
        for (row, line) in got.chunks(16).enumerate() {
            assert_eq!(line.iter().all(|z| z.re.is_finite()), row != 1, "{strange}: row {row} is {line:?}");
            assert_eq!(line.iter().any(|z| z.re.is_finite()), row != 1, "{strange}: row {row} is {line:?}");
        }
    }
    let small = |size: f64| move || faded(&(random(&[4, 16], 3) * size), &random(&[4, 16], 5), 12);
    agrees("large", small(1e300), 1e300);
    agrees("small", small(1e-300), 1e-300);
}

#[test]
fn power_spectra_keep_infinities_and_overflow() {
    let power = |x: &Array, offset: Complex64| {
        let magnitude = (fft::fft(x) + offset).abs();
        &magnitude * &magnitude
    };
    let x = random(&[3, 40], 11);
    agrees("power", || power(&x, Complex64::new(0.25, -0.5)), 40.0);
    let power_of = |offset: Complex64| {
        let [got, want] = [Device::cpu(), Device::reference()]
            .map(|device| power(&x, offset).eval(&device).unwrap().to_vec::<f64>().unwrap());
        assert!(power(&x, offset).explain(&Device::cpu()).unwrap().to_string().contains("square_magnitude fft 1"));
        assert!(got.iter().zip(&want).all(|(a, b)| a == b || (a.is_nan() && b.is_nan())), "{offset}: {got:?} {want:?}");
        got
    };
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    for offset in [(inf, 1.0), (nan, -inf), (-inf, nan), (inf, inf), (1e200, 0.0)] {
        assert!(power_of(Complex64::new(offset.0, offset.1)).iter().all(|power| *power == inf), "{offset:?}");
    }
    assert!(power_of(Complex64::new(nan, 1.0)).iter().all(|power| power.is_nan()));
}
