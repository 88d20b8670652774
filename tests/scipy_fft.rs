//! The transforms of `scipy.fft` against SciPy 1.18, in both precisions and on every device.

mod common;

use common::emulator;
use ondine::fft::{self, DctKind, DctOptions, DctnOptions, FftOptions, FftnOptions, HankelOptions, Norm};
use ondine::{Array, Complex64, DType, Device, eval_all, s};
use serde_json::Value;
use std::f64::consts::PI;

/// The error in relative L2 norm is below `C eps sqrt(log2 n)`, `n` the number of points.
const C: f64 = 4.0;

fn numbers(shape: &[usize], is_complex: bool) -> Array {
    let part = |at: usize| ((29 * at + 7) % 64) as f64 / 16.0 - 31.0 / 16.0;
    let count = shape.iter().product();
    match is_complex {
        true => Array::from_vec((0..count).map(|at| Complex64::new(part(at), part(at + 5))).collect(), shape),
        false => Array::from_vec((0..count).map(part).collect(), shape),
    }
}

/// The fields of a case.
struct Case(Value);

impl Case {
    fn name(&self) -> &str {
        self.0["name"].as_str().unwrap()
    }
    fn integer(&self, field: &str) -> Option<i64> {
        self.0[field].as_i64()
    }
    fn length(&self, field: &str) -> Option<usize> {
        self.integer(field).map(|n| n as usize)
    }
    fn number(&self, field: &str) -> f64 {
        self.0[field].as_f64().unwrap_or(0.0)
    }
    fn is(&self, field: &str) -> bool {
        self.0[field].as_bool().unwrap_or(false)
    }
    fn list(&self, field: &str) -> Option<Vec<i64>> {
        Some(self.0[field].as_array()?.iter().map(|entry| entry.as_i64().unwrap()).collect())
    }
    fn values(&self) -> Vec<f64> {
        self.0["values"].as_array().unwrap().iter().map(|entry| entry.as_f64().unwrap()).collect()
    }
    fn norm(&self) -> Norm {
        match self.0["norm"].as_str() {
            None | Some("backward") => Norm::Backward,
            Some("ortho") => Norm::Ortho,
            _ => Norm::Forward,
        }
    }
    fn kind(&self) -> DctKind {
        [DctKind::I, DctKind::II, DctKind::III, DctKind::IV][self.length("type").unwrap() - 1]
    }

    /// The array that the case computes, in one of the precisions; none where it computes something else.
    fn array(&self, is_single: bool) -> Option<Array> {
        let shape: Vec<usize> = self.list("shape")?.iter().map(|&extent| extent as usize).collect();
        let mut x = numbers(&shape, self.is("complex"));
        if is_single {
            x = x.astype(if self.is("complex") { DType::C64 } else { DType::F32 });
        }
        if self.is("strided") {
            x = x.matrix_transpose().slice(s![..;-2, ..]);
        }
        let axis = self.integer("axis").unwrap_or(-1);
        let (norm, n) = (self.norm(), self.length("n"));
        let (s, axes) = (self.list("s"), self.list("axes"));
        let line = FftOptions { n, axis, norm };
        let lines = FftnOptions { s: s.clone(), axes: axes.clone(), norm };
        let orthogonalize = self.0["orthogonalize"].as_bool();
        let cosine = || DctOptions { kind: self.kind(), n, axis, norm, orthogonalize };
        let cosines = || DctnOptions { kind: self.kind(), s: s.clone(), axes: axes.clone(), norm, orthogonalize };
        let (dln, mu) = (self.number("dln"), self.number("mu"));
        let hankel = HankelOptions { offset: self.number("offset"), bias: self.number("bias") };
        Some(match self.name() {
            "dct" => fft::dct_with(&x, cosine()),
            "idct" => fft::idct_with(&x, cosine()),
            "dst" => fft::dst_with(&x, cosine()),
            "idst" => fft::idst_with(&x, cosine()),
            "dctn" => fft::dctn_with(&x, cosines()),
            "idctn" => fft::idctn_with(&x, cosines()),
            "dstn" => fft::dstn_with(&x, cosines()),
            "idstn" => fft::idstn_with(&x, cosines()),
            "fft" => fft::fft_with(&x, line),
            "ifft" => fft::ifft_with(&x, line),
            "rfft" => fft::rfft_with(&x, line),
            "irfft" => fft::irfft_with(&x, line),
            "hfft" => fft::hfft_with(&x, line),
            "ihfft" => fft::ihfft_with(&x, line),
            "fftn" => fft::fftn_with(&x, lines),
            "ifftn" => fft::ifftn_with(&x, lines),
            "rfftn" => fft::rfftn_with(&x, lines),
            "irfftn" => fft::irfftn_with(&x, lines),
            "hfftn" => fft::hfftn_with(&x, lines),
            "ihfftn" => fft::ihfftn_with(&x, lines),
            "fft2" => fft::fft2_with(&x, lines),
            "ifft2" => fft::ifft2_with(&x, lines),
            "rfft2" => fft::rfft2_with(&x, lines),
            "irfft2" => fft::irfft2_with(&x, lines),
            "hfft2" => fft::hfft2_with(&x, lines),
            "ihfft2" => fft::ihfft2_with(&x, lines),
            "fht" => fft::fht_with(&x, dln, mu, hankel),
            "ifht" => fft::ifht_with(&x, dln, mu, hankel),
            other => panic!("{other}"),
        })
    }
}

fn cases() -> Vec<Case> {
    include_str!("golden/scipy_fft.txt").lines().map(|line| Case(serde_json::from_str(line).unwrap())).collect()
}

fn check(case: &Case, y: &Array, eps: f64) {
    let want = case.values();
    let shape: Vec<i64> = y.shape().unwrap().iter().map(|&extent| extent as i64).collect();
    assert_eq!(Some(shape), case.list("result"), "{}", case.0);
    let got: Vec<f64> = match y.dtype().unwrap().is_complex() {
        true => y.astype(DType::C128).to_vec::<Complex64>().unwrap().iter().flat_map(|z| [z.re, z.im]).collect(),
        false => y.astype(DType::F64).to_vec().unwrap(),
    };
    assert_eq!(got.len(), want.len(), "{}", case.0);
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
    let off = norm(&mut got.iter().zip(&want).map(|(got, want)| got - want));
    // A padded, trimmed or cancelling result is measured by what goes in, too.
    let scale = norm(&mut want.iter().copied()).max(f64::MIN_POSITIVE);
    let points = y.size().unwrap().max(2) as f64;
    let mut bound = C * eps * points.log2().sqrt() * scale;
    if case.name().ends_with("ht") {
        // Factors come from exponentials whose arguments are rounded; the power law weighs both ends differently.
        let weights = (case.number("bias") * case.number("dln")).abs() * points;
        bound *= 8.0 * (weights / 2.0).exp();
    }
    assert!(off <= bound, "off by {off:e}, more than {bound:e}: got {got:?} for {}", case.0);
}

/// Every case that `chosen` takes, many in one graph.
fn compare(device: &Device, at_once: usize, chosen: impl Fn(&Case) -> bool) {
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.0["shape"].is_array() && chosen(case)).collect();
    assert!(!cases.is_empty());
    for (is_single, eps) in [(false, f64::EPSILON), (true, f32::EPSILON as f64)] {
        for cases in cases.chunks(at_once) {
            let arrays: Vec<Array> = cases.iter().map(|case| case.array(is_single).unwrap()).collect();
            eval_all(&arrays.iter().collect::<Vec<_>>(), device).unwrap();
            for (case, y) in cases.iter().zip(&arrays) {
                let is_biased = case.number("bias") != 0.0;
                let component = if is_single && !is_biased { DType::F32 } else { DType::F64 };
                assert_eq!(y.dtype().unwrap().component(), component, "{}", case.0);
                check(case, y, eps);
            }
        }
    }
}

#[test]
fn transforms_are_those_of_scipy() {
    compare(&Device::cpu(), 64, |_| true);
}

#[test]
fn transforms_are_those_of_scipy_by_definition() {
    compare(&Device::reference(), 64, |_| true);
}

#[test]
fn transforms_are_those_of_scipy_on_cuda() {
    let Some(device) = emulator::device() else { return };
    // Both parities, kinds and families, without the options that only change numbers.
    compare(&device, 200, |case| {
        let size: i64 = case.list("shape").unwrap().iter().product();
        case.0["orthogonalize"].is_null() && [1, 11, 12].contains(&size) || case.name().ends_with("fft2")
    });
}

#[test]
fn frequencies_lengths_and_offsets_are_those_of_scipy() {
    for case in cases() {
        let want = case.values();
        match case.name() {
            "fftfreq" => assert_eq!(fft::fftfreq_with(case.length("n").unwrap(), 0.5).to_vec::<f64>().unwrap(), want),
            "rfftfreq" => assert_eq!(fft::rfftfreq_with(case.length("n").unwrap(), 0.5).to_vec::<f64>().unwrap(), want),
            "fast_len" => {
                let target = case.length("target").unwrap();
                let got = match case.is("real") {
                    true => [fft::next_fast_len_real(target).unwrap(), fft::prev_fast_len_real(target)],
                    false => [fft::next_fast_len(target).unwrap(), fft::prev_fast_len(target)],
                };
                assert_eq!(got.map(|length| length as f64).to_vec(), want, "{}", case.0);
            }
            "fhtoffset" => {
                let options = HankelOptions { offset: case.number("offset"), bias: case.number("bias") };
                let got = fft::fhtoffset_with(case.number("dln"), case.number("mu"), options);
                assert!((got - want[0]).abs() <= 1e-12, "{got} not {}", want[0]);
            }
            _ => {}
        }
    }
}

/// Every device that is there.
fn devices() -> Vec<Device> {
    [Device::reference(), Device::cpu()].into_iter().chain(emulator::device()).collect()
}

/// What SciPy's story of its array namespaces shows first: `fft(exp(2j * pi * arange(8) / 8))`.
#[test]
fn the_spectrum_of_one_turn_is_one_bin() {
    for device in devices() {
        let x = (ondine::arange(8) * Complex64::new(0.0, 2.0 * PI) / 8).exp();
        let bins = fft::fft(&x).eval(&device).unwrap().to_vec::<Complex64>().unwrap();
        for (bin, got) in bins.into_iter().enumerate() {
            let want = if bin == 1 { 8.0 } else { 0.0 };
            assert!((got - want).norm() < 1e-14, "bin {bin} is {got} on {device}");
        }
    }
}

#[test]
fn hankel_transforms_come_back_with_and_without_a_bias() {
    for device in devices() {
        for bias in [0.0, 0.1] {
            let a = ondine::arange(16) + 1.0;
            let options = HankelOptions { offset: fft::fhtoffset(0.1, 2.0), bias };
            let back = fft::ifht_with(&fft::fht_with(&a, 0.1, 2.0, options), 0.1, 2.0, options);
            let got = back.eval(&device).unwrap().to_vec::<f64>().unwrap();
            for (at, got) in got.into_iter().enumerate() {
                assert!((got - (at + 1) as f64).abs() < 1e-12 * 16.0, "{got} at {at} with bias {bias} on {device}");
            }
        }
    }
}

/// Inverse pairs, and sine transforms as cosine transforms of turned data, for all kinds and norms.
#[test]
fn cosine_and_sine_transforms_are_equivalent() {
    let kinds = [DctKind::I, DctKind::II, DctKind::III, DctKind::IV];
    for device in devices() {
        let mut pairs = Vec::new();
        let x = numbers(&[5, 8], false);
        let signs = (ondine::arange(8) % 2) * -2.0 + 1.0;
        for norm in [Norm::Backward, Norm::Ortho, Norm::Forward] {
            for kind in kinds {
                let options = DctOptions { norm, ..kind.into() };
                pairs.push((fft::idct_with(&fft::dct_with(&x, options), options), x.clone()));
                pairs.push((fft::idst_with(&fft::dst_with(&x, options), options), x.clone()));
            }
            let [two, three, four] = [1, 2, 3].map(|at| DctOptions { norm, ..kinds[at].into() });
            pairs.push((fft::dst_with(&x, two), fft::dct_with(&(&x * &signs), two).flip(1)));
            pairs.push((fft::dst_with(&x, three), fft::dct_with(&x.flip(1), three) * &signs));
            pairs.push((fft::dst_with(&x, four), fft::dct_with(&x.flip(1), four) * &signs));
        }
        let arrays: Vec<&Array> = pairs.iter().flat_map(|(got, want)| [got, want]).collect();
        eval_all(&arrays, &device).unwrap();
        for (at, (got, want)) in pairs.iter().enumerate() {
            let [got, want] = [got, want].map(|array| array.to_vec::<f64>().unwrap());
            let off = got.iter().zip(&want).map(|(got, want)| (got - want).abs()).fold(0.0, f64::max);
            assert!(off < 1e-13, "pair {at} is off by {off:e} on {device}");
        }
    }
}
