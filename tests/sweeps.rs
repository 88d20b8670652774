//! Transforms in the layouts, slabs and passes that the plan chooses: values, and the same bits for any number of threads.

use ondine::fft::{self, DctKind, DctnOptions, FftOptions, Norm};
use ondine::{Array, Complex64, DType, Device, Licences, Options, s};

fn complex(count: usize) -> Vec<Complex64> {
    (0..count).map(|at| Complex64::new((at as f64 * 0.7).sin(), (at as f64 * 1.3 + 0.2).cos())).collect()
}

fn array(shape: &[usize]) -> Array {
    Array::from_vec(complex(shape.iter().product()), shape)
}

/// Sine transforms of types 1 to 4, one after the other.
fn sines(x: &Array) -> Array {
    let kinds = [DctKind::I, DctKind::II, DctKind::III, DctKind::IV];
    kinds.into_iter().fold(x.clone(), |x, kind| fft::dstn_with(&x, DctnOptions { norm: Norm::Ortho, ..kind.into() }))
}

/// Jobs that take every way through a sweep, with what they are called.
fn jobs() -> Vec<(&'static str, Array)> {
    let picture = array(&[300, 256]);
    let odd = array(&[257, 129]);
    let cube = array(&[16, 48, 64]);
    let line = array(&[1 << 16]);
    let filter = Array::from_vec(complex(1 << 16), [1 << 16]);
    let real = |x: &Array| x.real();
    let single = |x: &Array| x.astype(DType::C64);
    vec![
        ("two axes", fft::fftn(&picture)),
        ("two odd axes", fft::fftn(&odd)),
        ("two axes and back", fft::ifftn(&(fft::fftn(&picture) * 2.0)).abs()),
        ("a rolled picture", fft::fftn(&picture.roll([3, 5], [0, 1]))),
        ("a flipped picture", fft::fftn(&picture.flip([0, 1]))),
        ("a transposed picture", fft::fftn(&picture.permute_dims([1, 0]))),
        ("a broadcast row", fft::fftn(&array(&[256]).broadcast_to([300, 256]))),
        ("rows", fft::fft(&array(&[600, 256]))),
        ("large rows", fft::fft(&array(&[520, 640]))),
        ("large rows and back, with a factor between", fft::ifft(&(fft::fft(&array(&[300, 1024])) * 0.5))),
        ("large real rows", fft::rfft(&real(&array(&[700, 1000])))),
        ("columns", fft::fft_with(&picture, FftOptions { axis: 0, ..Default::default() })),
        ("a slab", fft::fftn(&cube)),
        ("a real slab and back", fft::irfftn(&(fft::rfftn(&real(&cube)) * 0.5))),
        ("a slab in single precision", fft::fftn(&single(&cube))),
        ("a small cube", fft::fftn(&array(&[6, 1, 5]))),
        ("odd real rows", fft::rfft(&real(&array(&[37, 2187])))),
        (
            "odd real rows and back",
            fft::irfft_with(&array(&[37, 400]), FftOptions { n: Some(1001), ..Default::default() }),
        ),
        ("odd real rows of few bins", fft::rfft(&real(&array(&[20, 405]))).slice(s![.., 3..150])),
        (
            "a large cube, rows of which end inside cache lines",
            fft::irfftn(&(fft::rfftn(&real(&array(&[64, 64, 64]))) * 0.5)),
        ),
        ("a long line", fft::fft(&line)),
        ("a long filter", fft::ifft(&(fft::fft(&line) * &filter))),
        ("a long line twice read", fft::fft(&line) + fft::fft(&line).abs()),
        ("long lines of a batch", fft::fft(&array(&[2, 1 << 16]))),
        ("long columns", fft::fft_with(&array(&[1 << 16, 3]), FftOptions { axis: 0, ..Default::default() })),
        ("a long line in single precision", fft::fft(&single(&line))),
        ("a long line with odd factors", fft::fft(&array(&[100_000]))),
        ("cosines", fft::dctn(&real(&picture))),
        ("cosines and back", fft::idctn(&(fft::dctn(&real(&picture)) * 0.5))),
        ("cosines twice", fft::dctn(&fft::idctn(&(fft::dctn(&real(&array(&[130, 96]))) * 0.5)))),
        ("sines of all kinds", sines(&real(&array(&[150, 200])))),
        ("sines of odd lengths", sines(&real(&odd))),
        ("sines in single precision", sines(&real(&single(&picture)))),
        ("cosines of a slab", fft::dctn(&real(&cube))),
        ("cosines of a cut picture", fft::dctn(&real(&picture).slice(s![3..290, 5..241]))),
    ]
}

fn bytes(x: &Array, device: &Device) -> Vec<u64> {
    let values: Vec<Complex64> = x.astype(DType::C128).eval(device).unwrap().to_vec().unwrap();
    values.iter().flat_map(|z| [z.re.to_bits(), z.im.to_bits()]).collect()
}

#[test]
fn every_sweep_has_the_same_bits_for_any_number_of_threads() {
    let device = Device::cpu();
    let run = |threads: usize| {
        device.set_threads(threads).unwrap();
        jobs().into_iter().map(|(name, x)| (name, bytes(&x, &device))).collect::<Vec<_>>()
    };
    let one = run(1);
    for threads in [2, 8, 8] {
        for ((name, want), (_, got)) in one.iter().zip(run(threads)) {
            assert!(*want == got, "{name} on {threads} threads");
        }
    }
}

#[test]
fn every_sweep_agrees_with_one_axis_at_a_time() {
    let device = Device::cpu();
    for shape in [
        vec![300, 256],
        vec![257, 129],
        vec![16, 48, 64],
        vec![9, 1, 7],
        vec![3, 40, 1, 50],
        vec![130, 2, 3],
        vec![7, 9, 1],
    ] {
        for dtype in [DType::C128, DType::C64] {
            let x = array(&shape).astype(dtype);
            let got = fft::fftn(&x).astype(DType::C128).eval(&device).unwrap().to_vec::<Complex64>().unwrap();
            // Every axis moved to the end, evaluated on its own.
            let mut want = x.eval(&device).unwrap();
            for axis in 0..shape.len() as i64 {
                let moved = want.moveaxis(axis, -1).eval(&device).unwrap();
                let done = fft::fft(&moved).eval(&device).unwrap();
                want = done.moveaxis(-1, axis).eval(&device).unwrap();
            }
            let want: Vec<Complex64> = want.astype(DType::C128).eval(&device).unwrap().to_vec().unwrap();
            let norm: f64 = want.iter().map(|z| z.norm_sqr()).sum();
            let off: f64 = got.iter().zip(&want).map(|(a, b)| (a - b).norm_sqr()).sum();
            let eps = if dtype == DType::C128 { f64::EPSILON } else { f32::EPSILON as f64 };
            // Each axis errs by less than 4 eps sqrt(log2 n) on both sides.
            let bound = 8.0 * eps * (2 + shape.len()) as f64 * 3.0;
            assert!((off / norm).sqrt() < bound, "{shape:?} {dtype}: {:e}", (off / norm).sqrt());
        }
    }
}

/// What is large is turned, fetched ahead and written past the cache; the library, which alone runs under `exact`, does the same
/// line by line.
#[test]
fn large_results_agree_with_the_library() {
    let device = Device::cpu();
    let exact = Options { licences: Licences::EXACT, ..Options::default() };
    let along = |axis: i64| FftOptions { axis, ..Default::default() };
    for shape in [[520, 640], [37, 8192], [1021, 512], [64, 4096], [2048, 300], [1000, 1000]] {
        for dtype in [DType::C128, DType::C64] {
            let x = array(&shape).astype(dtype).eval(&device).unwrap();
            let cut = x.slice(s![1.., ..-4]);
            let jobs = [
                fft::fft(&x),
                fft::ifft(&cut),
                fft::fft_with(&x, along(0)),
                fft::fftn(&x),
                fft::ifft(&(fft::fft(&x) * 0.5)),
                fft::rfft(&x.real()),
                fft::irfft(&x),
                fft::irfft(&(fft::rfft(&cut.real()) * 2.0)),
                fft::rfft_with(&x.imag(), along(0)),
                fft::fft_with(&x, along(0)) * &x,
                fft::dctn(&x.real()),
                fft::idctn(&cut.imag()),
            ];
            for (at, job) in jobs.into_iter().enumerate() {
                let values = |x: &Array| x.astype(DType::C128).eval(&device).unwrap().to_vec::<Complex64>().unwrap();
                let (got, want) = (values(&job), values(&job.eval_with(&device, &exact).unwrap()));
                let norm: f64 = want.iter().map(|z| z.norm_sqr()).sum();
                let off: f64 = got.iter().zip(&want).map(|(a, b)| (a - b).norm_sqr()).sum();
                let eps = if dtype == DType::C128 { f64::EPSILON } else { f32::EPSILON as f64 };
                assert!(off.sqrt() <= 40.0 * eps * norm.sqrt(), "job {at} of {shape:?} {dtype}: {off:e} of {norm:e}");
            }
        }
    }
}

/// Real lines of odd lengths take passes of their own, alone or many at a time; their bins are those of complex lines.
#[test]
fn odd_real_lines_agree_with_complex_ones() {
    let device = Device::cpu();
    let values = |x: &Array| x.astype(DType::C128).eval(&device).unwrap().to_vec::<Complex64>().unwrap();
    for len in [1, 3, 5, 15, 77, 105, 143, 405, 1001, 2187, 2189] {
        for count in [1, 3, 4, 9, 40] {
            for dtype in [DType::F64, DType::F32] {
                let eps = if dtype == DType::F64 { f64::EPSILON } else { f32::EPSILON as f64 };
                let lines = array(&[count, len]).real().astype(dtype);
                let agrees = |got: &Array, want: &Array| {
                    let (got, want) = (values(got), values(want));
                    let norm: f64 = want.iter().map(|z| z.norm_sqr()).sum();
                    let off: f64 = got.iter().zip(&want).map(|(a, b)| (a - b).norm_sqr()).sum();
                    let bound = 8.0 * eps * (len as f64).log2().max(1.0).sqrt();
                    assert!(off.sqrt() <= bound * norm.sqrt(), "{count}x{len} {dtype}: {off:e} of {norm:e}");
                };
                let whole = fft::fft(&lines.astype(dtype.to_complex())).eval(&device).unwrap();
                let half = fft::rfft(&lines).eval(&device).unwrap();
                agrees(&half, &whole.slice(s![.., ..len / 2 + 1]));
                agrees(&fft::irfft_with(&half, FftOptions { n: Some(len), ..Default::default() }), &lines);
                let columns = lines.permute_dims([1, 0]).eval(&device).unwrap();
                let along = fft::rfft_with(&columns, FftOptions { axis: 0, ..Default::default() });
                agrees(&along.permute_dims([1, 0]), &half);
            }
        }
    }
}

#[test]
fn sixty_four_threads_transform_different_data_at_once() {
    let run = |seed: usize| {
        let x = array(&[128, 96]) * (seed as f64 + 1.0);
        bytes(&fft::fftn(&x), &Device::cpu())
    };
    let want: Vec<_> = (0..64).map(run).collect();
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..64).map(|seed| scope.spawn(move || (seed, run_many(seed)))).collect();
        for handle in handles {
            let (seed, got) = handle.join().unwrap();
            assert!(got == want[seed], "thread {seed}");
        }
    });
}

fn run_many(seed: usize) -> Vec<u64> {
    let mut last = Vec::new();
    for _ in 0..4 {
        let x = array(&[128, 96]) * (seed as f64 + 1.0);
        last = bytes(&fft::fftn(&x), &Device::cpu());
    }
    last
}
