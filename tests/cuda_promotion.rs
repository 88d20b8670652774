//! Programs of the `cuda` device that run often: cuFFT calls the regions around their transforms from some run on, with the
//! same bits and without anybody noticing.

mod common;

use common::device::{CALLBACKS, KERNELS, buffer, filter, on_the_device, on_the_emulator, real, transform};
use common::{difference, emulator, transforms};
use num_complex::Complex64;
use ondine::{Array, fft, s};
use ondine_ir::*;
use ondine_runtime::cuda::Cuda;
use ondine_runtime::{Buffer, Device, Executable, Options};
use proptest::prelude::*;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// What plans cost here: some runs of a small filter.
const PLAN_COST: u64 = 20_000;

/// Run with which the filter over `[3, 36]` is due: each moves 7104 bytes for kernels around two transforms.
const DUE: usize = 6;

/// A device where little is much.
fn device() -> Device {
    static DEVICE: OnceLock<Device> = OnceLock::new();
    let make = || Device::new(cuda().with_plan_cost(PLAN_COST));
    DEVICE.get_or_init(make).clone()
}

fn cuda() -> Cuda {
    let made = match emulator::is_gpu() {
        true => Cuda::new(0),
        false => Cuda::with_compiler(0, Box::new(emulator::host().expect("it was built"))),
    };
    made.expect("there is a device")
}

fn compiled(graph: &Graph, options: &Options) -> Arc<dyn Executable> {
    device().backend().compile(graph, options, &mut |_| {}).expect("it compiles")
}

fn run_once(executable: &dyn Executable, inputs: &[Buffer], params: &[Scalar]) -> Buffer {
    let results = executable.run(inputs, params).expect("it is queued");
    device().backend().download(&results[0]).expect("it ran")
}

/// Waits until nothing is being made any more; the first note.
fn settled(executable: &dyn Executable) -> String {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        let note = executable.notes().first().expect("it has transforms").clone();
        if !note.starts_with("kernels around") {
            return note;
        }
        assert!(Instant::now() < patience, "{note}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn numbers(shape: &[usize], from: usize) -> Buffer {
    buffer(DType::F64, shape, real(move |at| ((at + from) * 7 % 23) as f64))
}

fn factor(re: f64, im: f64) -> [Scalar; 1] {
    [Scalar::from_complex(DType::C128, Complex64::new(re, im))]
}

#[test]
fn a_program_that_runs_often_is_made_once_more_with_the_same_bits() {
    on_the_device(|_| {
        let graph = filter(&[3, 36]);
        let executable = compiled(&graph, &KERNELS);
        let there = device().backend().upload(&numbers(&[3, 36], 0)).expect("there is memory");
        let there = std::slice::from_ref(&there);
        let note = "kernels around transforms move 7104 B a run: cuFFT is asked to call them after 6 runs";
        assert_eq!(executable.notes(), [note]);
        let before = executable.plan().expect("it has one").to_string();
        // From the third run on it is a recording that runs.
        let replayed = || if emulator::is_gpu() { 0 } else { emulator::replayed() };
        let start = replayed();
        let want = run_once(&*executable, there, &factor(2.0, 0.5));
        for run in 2..DUE {
            assert_eq!(executable.notes(), [note], "run {run}");
            assert_eq!(difference(&run_once(&*executable, there, &factor(2.0, 0.5)), &want), None, "run {run}");
        }
        let recorded = replayed();
        assert!(recorded > start || emulator::is_gpu(), "nothing was replayed");
        run_once(&*executable, there, &factor(2.0, 0.5));
        assert_eq!(settled(&*executable), "made once more after 6 runs");
        assert_eq!(
            executable.notes()[1..],
            [
                "step 0: reads fused into cuFFT",
                "step 0: stores fused into cuFFT",
                "step 1: reads fused into cuFFT",
                "step 1: stores fused into cuFFT",
            ]
        );
        assert!(executable.code().expect("it has code").contains("__device__ double load_"));
        assert_ne!(executable.plan().expect("it has one").to_string(), before);
        // The new version has no recordings of the old one, and makes its own.
        let recorded = replayed();
        assert_eq!(difference(&run_once(&*executable, there, &factor(2.0, 0.5)), &want), None);
        assert_eq!(replayed(), recorded);
        for _ in 0..4 {
            assert_eq!(difference(&run_once(&*executable, there, &factor(2.0, 0.5)), &want), None);
        }
        assert!(replayed() > recorded || emulator::is_gpu(), "nothing was replayed");
        // Other numbers and other data.
        let other = [numbers(&[3, 36], 5)];
        let want = run_once(&*compiled(&graph, &KERNELS), &other, &factor(-1.0, 0.25));
        assert_eq!(difference(&run_once(&*executable, &other, &factor(-1.0, 0.25)), &want), None);
    });
}

#[test]
fn nothing_is_made_twice_where_nothing_is_gained() {
    on_the_device(|_| {
        let input = numbers(&[3, 36], 0);
        let plain = compiled(&transform(FftKind::RealForward, input.ty().clone()), &KERNELS);
        let asked = compiled(&filter(&[3, 36]), &CALLBACKS);
        let notes = asked.notes();
        for _ in 0..3 * DUE {
            run_once(&*plain, std::slice::from_ref(&input), &[]);
            run_once(&*asked, std::slice::from_ref(&input), &factor(1.0, 1.0));
        }
        assert_eq!(plain.notes(), [""; 0]);
        assert_eq!(asked.notes(), notes);
    });
}

#[test]
fn threads_run_on_while_a_program_is_made_once_more() {
    on_the_device(|_| {
        let graph = filter(&[3, 36]);
        let executable = compiled(&graph, &KERNELS);
        let is_made = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for thread in 0..6 {
                let (executable, graph, is_made) = (&executable, &graph, &is_made);
                scope.spawn(move || {
                    let input = [numbers(&[3, 36], thread)];
                    let factor = factor(thread as f64 - 2.5, 0.5);
                    let want = run_once(&*compiled(graph, &KERNELS), &input, &factor);
                    let mut left = 10;
                    while left > 0 {
                        // Some runs of the old version, at least one while the new one is made, and some of that.
                        left -= is_made.load(Ordering::Relaxed) as usize;
                        assert_eq!(difference(&run_once(&**executable, &input, &factor), &want), None);
                    }
                });
            }
            assert_eq!(settled(&*executable), "made once more after 6 runs");
            is_made.store(true, Ordering::Relaxed);
        });
    });
}

/// Whatever cuFFT says, kernels of their own go on.
#[test]
fn a_refusal_leaves_everything_as_it_was() {
    on_the_emulator(|_| {
        let graph = filter(&[3, 36]);
        let input = [numbers(&[3, 36], 3)];
        for (function, code, times, why) in [
            (
                "cufftXtSetJITCallback",
                16,
                2,
                "step 0: nothing fused into cuFFT: cufftXtSetJITCallback gave error 16: it does not do that; step 1: \
                 nothing fused into cuFFT: cufftXtSetJITCallback gave error 16: it does not do that",
            ),
            (
                "cufftXtMakePlanMany",
                19,
                2,
                "step 0: nothing fused into cuFFT: cufftXtMakePlanMany gave error 19: nvJitLink failed; step 1: nothing \
                 fused into cuFFT: cufftXtMakePlanMany gave error 19: nvJitLink failed",
            ),
        ] {
            let executable = compiled(&graph, &KERNELS);
            let want = run_once(&*executable, &input, &factor(0.5, 2.0));
            emulator::fail(function, code, times);
            for _ in 1..DUE {
                run_once(&*executable, &input, &factor(0.5, 2.0));
            }
            assert_eq!(settled(&*executable), format!("cuFFT was asked after 6 runs and calls nothing: {why}"));
            emulator::fail("", 0, 0);
            for _ in 0..2 * DUE {
                assert_eq!(difference(&run_once(&*executable, &input, &factor(0.5, 2.0)), &want), None);
            }
            assert_eq!(executable.notes().len(), 1, "it is asked once");
        }
    });
}

#[test]
fn a_run_that_fails_with_callbacks_runs_without_them() {
    on_the_emulator(|_| {
        let graph = filter(&[3, 36]);
        let input = [numbers(&[3, 36], 4)];
        let executable = compiled(&graph, &KERNELS);
        let want = run_once(&*executable, &input, &factor(0.5, 2.0));
        for _ in 1..DUE {
            run_once(&*executable, &input, &factor(0.5, 2.0));
        }
        assert_eq!(settled(&*executable), "made once more after 6 runs");
        emulator::fail("cufftXtExec", 6, 1);
        assert_eq!(difference(&run_once(&*executable, &input, &factor(0.5, 2.0)), &want), None);
        assert_eq!(
            executable.notes(),
            [
                "what cuFFT calls was given up: cuda:0: cufftXtExec gave error 6: it could not run on the device; for 3 real \
              forward transforms of length 36 in f64"
            ]
        );
        assert_eq!(difference(&run_once(&*executable, &input, &factor(0.5, 2.0)), &want), None);
    });
}

/// The smoothing job, whose rewrites hold for finite values only.
fn smooth(image: &Array) -> Array {
    let spectrum = fft::fftshift(&fft::fftn(image));
    fft::ifftn(&fft::ifftshift(&(&spectrum - spectrum.set(s![8..14, 10..20], 0))))
}

#[test]
fn the_guard_of_a_hot_program_holds_and_explain_tells_of_it() {
    on_the_device(|_| {
        let device = device();
        let image = |nan: bool| {
            let at = |at: usize| if nan && at == 7 { f64::NAN } else { (at * 31 % 17) as f64 };
            Array::from_vec((0..24 * 32).map(at).collect::<Vec<f64>>(), [24, 32]).named("image")
        };
        let values = |image: &Array| -> Vec<Complex64> {
            smooth(image).eval(&device).expect("it runs").to_vec().expect("it has values")
        };
        let explained = || smooth(&image(false)).explain(&device).expect("it compiles").plan().to_string();
        let bits = |values: &[Complex64]| values.iter().map(|z| [z.re, z.im].map(f64::to_bits)).collect::<Vec<_>>();
        let want = bits(&values(&image(false)));
        let patience = Instant::now() + Duration::from_secs(60);
        while !explained().contains("\n- made once more after ") {
            assert!(Instant::now() < patience, "{}", explained());
            assert!(bits(&values(&image(false))) == want);
        }
        assert!(explained().contains("fused into cuFFT"), "{}", explained());
        assert!(bits(&values(&image(false))) == want);
        assert!(values(&image(true)).iter().all(|z| z.re.is_nan()), "what is not finite is computed as it is written");
        assert!(bits(&values(&image(false))) == want);
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_transforms_keep_their_bits(words in prop::collection::vec(any::<u32>(), 8..60), seed in any::<u64>()) {
        on_the_device(|_| {
            let graph = transforms::graph(&words);
            let (inputs, params) = transforms::data(&graph, seed);
            let backend = Device::new(cuda().with_plan_cost(1));
            let executable = backend.backend().compile(&graph, &KERNELS, &mut |_| {}).expect("it compiles");
            let run = || -> Vec<Buffer> {
                let results = executable.run(&inputs, &params).expect("it is queued");
                results.iter().map(|result| backend.backend().download(result).expect("it ran")).collect()
            };
            let first = run();
            if executable.notes().is_empty() {
                return;
            }
            settled(&*executable);
            for (again, first) in run().iter().zip(&first) {
                assert_eq!(difference(again, first), None, "{:?}\n{graph}", executable.notes());
            }
        });
    }
}

/// Runs a program until cuFFT links for it, which takes a while.
fn linking(graph: &Graph, milliseconds: i32) -> Arc<dyn Executable> {
    // The callbacks themselves are kept on disk, so that only linking takes its time.
    drop(compiled(graph, &CALLBACKS));
    let executable = compiled(graph, &KERNELS);
    let before = emulator::linking();
    emulator::slow_linker(milliseconds);
    for _ in 0..DUE {
        run_once(&*executable, &[numbers(&[3, 36], 0)], &factor(1.0, 1.0));
    }
    let patience = Instant::now() + Duration::from_secs(60);
    while emulator::linking() == before {
        assert!(Instant::now() < patience, "nothing was begun");
        std::thread::sleep(Duration::from_millis(1));
    }
    executable
}

#[test]
fn nobody_waits_while_cufft_links() {
    on_the_emulator(|_| {
        let executable = linking(&filter(&[3, 36]), 1000);
        run_once(&*executable, &[numbers(&[3, 36], 1)], &factor(1.0, 1.0));
        // Two plans take two seconds.
        assert!(executable.notes()[0].starts_with("kernels around"), "{:?}", executable.notes());
        emulator::slow_linker(0);
        assert_eq!(settled(&*executable), "made once more after 6 runs");
    });
}

/// The process ends while cuFFT links: it waits until both plans are made.
#[test]
fn a_process_ends_in_order_while_a_program_is_made_once_more() {
    const ENDS: &str = "ONDINE_TEST_ENDS";
    const NAME: &str = "a_process_ends_in_order_while_a_program_is_made_once_more";
    on_the_emulator(|_| {
        if std::env::var_os(ENDS).is_some() {
            linking(&filter(&[3, 36]), 300);
            return;
        }
        let test = std::env::current_exe().expect("a test has a file");
        let output = Command::new(test).args([NAME, "--exact", "--nocapture"]).env(ENDS, "1").output();
        let output = output.expect("a test can be run");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}");
        assert_eq!(text.matches("emulator: linked").count(), 2, "{text}");
    });
}
