//! Transforms on the `cuda` device: plans that are kept, runs that are recorded and replayed, regions that run inside cuFFT's
//! kernels. It runs on the emulator; `tests/differential.rs` has its random graphs.

mod common;

use common::device::{CALLBACKS, KERNELS, buffer, filter, on_the_emulator, real, transform};
use common::{difference, elements, emulator, run, run_as};
use num_complex::Complex64;
use ondine_ir::*;
use ondine_runtime::cuda::PLAN_BYTES;
use ondine_runtime::{Device, Executable, Options};

#[test]
fn runs_with_the_same_memory_are_replayed_with_the_same_bits() {
    on_the_emulator(|device| {
        let mut graph = Graph::new("again");
        let x = graph.input("x", Type::new(DType::F32, [5, 3000]));
        let factor = graph.param(DType::F32);
        let scaled = graph.add(Op::Binary(Binary::Mul), [x.into(), factor.into()]).expect("it is defined");
        let mut results = Vec::new();
        for kind in [ReduceKind::Sum, ReduceKind::Max] {
            // Along columns, so that each is a kernel of its own.
            let reduce = Reduce { kind, axes: [0].into_iter().collect() };
            results.push(graph.add(Op::Reduce(reduce), [scaled.into()]).expect("it is defined").into());
        }
        graph.set_results(results);
        let executable = device.backend().compile(&graph, &Options::default(), &mut |_| {}).expect("it compiles");
        let input = buffer(DType::F32, &[5, 3000], real(|at| (at % 97) as f64));
        let there = device.backend().upload(&input).expect("there is memory");
        let before = emulator::replayed();
        for round in 0..12 {
            // Another parameter is another recording.
            let factor = [Scalar::from_f64(DType::F32, [2.0, -3.0][round / 6])];
            let want = run(&graph, &Device::cpu(), std::slice::from_ref(&input), &factor).expect("it runs");
            let got = executable.run(std::slice::from_ref(&there), &factor).expect("it is queued");
            for (got, want) in got.iter().zip(&want) {
                assert_eq!(difference(&device.backend().download(got).expect("it ran"), want), None, "round {round}");
            }
        }
        assert!(emulator::replayed() > before, "nothing was replayed");
    });
}

/// Runs the filter several times with a few factors; what was replayed.
fn replayed_by_the_filter(device: &Device, options: &Options) -> usize {
    let graph = filter(&[3, 36]);
    let executable = device.backend().compile(&graph, options, &mut |_| {}).expect("it compiles");
    let input = buffer(DType::F64, &[3, 36], real(|at| (at % 11) as f64));
    let there = device.backend().upload(&input).expect("there is memory");
    let before = emulator::replayed();
    for factor in [Complex64::new(2.0, 0.5), Complex64::new(-1.0, 0.25)] {
        let factor = [Scalar::from_complex(DType::C128, factor)];
        let mut first = None;
        for round in 0..6 {
            let got = executable.run(std::slice::from_ref(&there), &factor).expect("it is queued");
            let got = device.backend().download(&got[0]).expect("it ran");
            let first = first.get_or_insert(got.clone());
            assert_eq!(difference(&got, first), None, "round {round}");
        }
        let fresh = run_as(&graph, device, std::slice::from_ref(&input), &factor, &KERNELS).expect("it runs");
        assert_eq!(difference(&fresh[0], &first.expect("it ran")), None);
    }
    emulator::replayed() - before
}

#[test]
fn transforms_are_recorded_and_replayed_with_the_same_bits() {
    on_the_emulator(|device| assert!(replayed_by_the_filter(device, &KERNELS) > 0, "nothing was replayed"));
}

#[test]
fn what_cannot_be_recorded_runs_all_the_same() {
    on_the_emulator(|device| {
        emulator::set_capture_fault(901);
        let replayed = replayed_by_the_filter(device, &KERNELS);
        emulator::set_capture_fault(0);
        assert_eq!(replayed, 0);
    });
}

#[test]
fn five_hundred_plans_stay_within_the_budget() {
    on_the_emulator(|device| {
        device.release();
        let compile = |len: usize| {
            let graph = transform(FftKind::Forward, Type::new(DType::C128, [len]));
            drop(device.backend().compile(&graph, &Options::default(), &mut |_| {}).expect("it compiles"));
        };
        for at in 0..500 {
            compile(20_000 + 32 * at);
            assert!(emulator::plan_bytes() <= PLAN_BYTES, "{} bytes after {at} plans", emulator::plan_bytes());
        }
        assert!(emulator::plan_bytes() > PLAN_BYTES / 8, "{} bytes are kept", emulator::plan_bytes());
        // The last ones are kept, the first ones are not.
        let made = emulator::plans();
        compile(20_000 + 32 * 499);
        assert_eq!(emulator::plans(), made);
        compile(20_000);
        assert_eq!(emulator::plans(), made + 1);
        device.release();
        assert_eq!(emulator::plan_bytes(), 0);
    });
}

#[test]
fn regions_around_transforms_run_inside_cufft() {
    on_the_emulator(|device| {
        let graph = filter(&[3, 36]);
        let executable = device.backend().compile(&graph, &CALLBACKS, &mut |_| {}).expect("it compiles");
        assert_eq!(
            executable.notes(),
            [
                "step 0: reads fused into cuFFT",
                "step 0: stores fused into cuFFT",
                "step 1: reads fused into cuFFT",
                "step 1: stores fused into cuFFT",
            ]
        );
        let code = executable.code().expect("it has code");
        insta::assert_snapshot!(code[code.find("struct load").expect("there is a callback")..]);
        let plain = device.backend().compile(&graph, &KERNELS, &mut |_| {}).expect("it compiles");
        assert!(plain.notes().iter().all(|note| !note.contains("fused into cuFFT")), "{:?}", plain.notes());
        assert!(replayed_by_the_filter(device, &CALLBACKS) > 0, "nothing was replayed");
    });
}

/// Whatever is wrong with callbacks, the transform runs without them.
#[test]
fn without_callbacks_plain_kernels_do_the_work_and_say_why() {
    on_the_emulator(|device| {
        let graph = filter(&[2, 30]);
        let input = buffer(DType::F64, &[2, 30], real(|at| (at % 13) as f64));
        let factor = [Scalar::from_complex(DType::C128, Complex64::new(0.5, -2.0))];
        let want = run_as(&graph, device, std::slice::from_ref(&input), &factor, &KERNELS).expect("it runs");
        for (function, code, meaning) in [
            ("cufftXtSetJITCallback", 16, "it does not do that"),
            ("cufftXtMakePlanMany", 17, "a library that it needs is missing"),
            ("cufftXtMakePlanMany", 19, "nvJitLink failed"),
        ] {
            device.release();
            emulator::fail(function, code, 1);
            let executable = device.backend().compile(&graph, &CALLBACKS, &mut |_| {}).expect("it compiles");
            let expected = format!("step 0: nothing fused into cuFFT: {function} gave error {code}: {meaning}");
            assert_eq!(executable.notes()[0], expected);
            let got = executable.run(std::slice::from_ref(&input), &factor).expect("it is queued");
            let got = device.backend().download(&got[0]).expect("it ran");
            assert_eq!(difference(&got, &want[0]), None);
        }
    });
}

#[test]
fn threads_do_not_mix_the_parameters_of_callbacks() {
    on_the_emulator(|device| {
        let graph = filter(&[2, 24]);
        let executable = device.backend().compile(&graph, &CALLBACKS, &mut |_| {}).expect("it compiles");
        std::thread::scope(|scope| {
            for thread in 0..6 {
                let (executable, graph) = (&executable, &graph);
                scope.spawn(move || {
                    let input = buffer(DType::F64, &[2, 24], real(|at| (at * (thread + 1) % 17) as f64));
                    let factor = [Scalar::from_f64(DType::C128, thread as f64 - 2.5)];
                    let plain = device.backend().compile(graph, &KERNELS, &mut |_| {}).expect("it compiles");
                    let download = |executable: &dyn Executable| {
                        let results = executable.run(std::slice::from_ref(&input), &factor).expect("it is queued");
                        device.backend().download(&results[0]).expect("it ran")
                    };
                    let want = download(&*plain);
                    for _ in 0..8 {
                        assert_eq!(difference(&download(&**executable), &want), None);
                    }
                });
            }
        });
    });
}

#[test]
fn an_array_says_what_became_of_its_regions() {
    on_the_emulator(|device| {
        let x = ondine::Array::from([1.0, 2.0, 4.0, 8.0]);
        let story = ondine::fft::fft(&(x * 2.0)).explain_with(device, &CALLBACKS).expect("it compiles");
        assert!(story.plan().ends_with("\n- step 0: reads fused into cuFFT\n"), "{story}");
    });
}

/// A shift reads from boxes: which one a position lies in is a branch of the callback.
#[test]
fn shifts_around_transforms_run_inside_cufft() {
    on_the_emulator(|device| {
        let mut graph = Graph::new("shifted");
        let x = graph.input("x", Type::new(DType::C128, [7, 12]));
        let mut add =
            |op, operands: &[Value]| Value::from(graph.add(op, operands.iter().copied()).expect("it is defined"));
        let roll = |by: [i64; 2]| Op::View(View::roll(&[7, 12].into(), by).expect("it is a roll"));
        let moved = add(roll([3, 5]), &[x.into()]);
        let axes = vec![FftAxis::whole(FftKind::Forward, 1, 12)];
        let bins = add(Op::Fft(Fft { kind: FftKind::Forward, axes }), &[moved]);
        let real = add(Op::Unary(Unary::Real), &[bins]);
        let result = add(Op::Unary(Unary::Exp), &[real]);
        graph.set_results([result]);
        let input = buffer(DType::C128, &[7, 12], |at| Complex64::new((at % 5) as f64 * 0.1, (at % 3) as f64 * 0.1));
        let executable = device.backend().compile(&graph, &CALLBACKS, &mut |_| {}).expect("it compiles");
        assert_eq!(executable.notes(), ["step 0: reads fused into cuFFT", "step 0: stores fused into cuFFT"]);
        let code = executable.code().expect("it has code");
        let load = code.find("__device__ double2 load").expect("there is a callback");
        insta::assert_snapshot!(code[load..].split_once("\n}\n").expect("it ends").0);
        let [got, want] = [CALLBACKS, KERNELS]
            .map(|options| run_as(&graph, device, std::slice::from_ref(&input), &[], &options).expect("it runs"));
        assert_eq!(difference(&got[0], &want[0]), None);
    });
}

/// A region that reads the first columns of an operand at their own indices: its lines lie further apart than they are long.
#[test]
fn the_first_part_of_an_operand_is_transformed() {
    on_the_emulator(|device| {
        let mut graph = Graph::new("part");
        let x = graph.input("x", Type::new(DType::C128, [9, 8]));
        let first = Affine::new([9, 7].into(), [Index::axis(0), Index::axis(1)]);
        let first = graph.add(Op::View(View::Affine(first)), [x.into()]).expect("it is a view");
        let axes = vec![FftAxis::whole(FftKind::Forward, 0, 9)];
        let bins = graph.add(Op::Fft(Fft { kind: FftKind::Forward, axes }), [first.into()]).expect("it is defined");
        graph.set_results([bins.into()]);
        let input = buffer(DType::C128, &[9, 8], |at| Complex64::new((at % 5) as f64, (at % 3) as f64));
        let want = run(&graph, &Device::reference(), std::slice::from_ref(&input), &[]).expect("it runs");
        for options in [CALLBACKS, KERNELS] {
            let got = run_as(&graph, device, std::slice::from_ref(&input), &[], &options).expect("it runs");
            for (got, want) in elements(&got[0]).iter().zip(elements(&want[0])) {
                let off = (got.to_complex() - want.to_complex()).norm();
                assert!(off <= 1e-12, "{got:?} instead of {want:?}");
            }
        }
    });
}
