//! The `cuda` device where it differs from others: errors that surface when a result is read, many parameters, special
//! values of its functions. It runs on the emulator; `tests/differential.rs` has its random graphs.

mod common;

use common::device::{buffer, on_the_device, real, unary};
use common::{difference, elements, emulator, run};
use num_complex::Complex64;
use ondine_ir::*;
use ondine_runtime::{Buffer, Device, Error, Options};

/// The number of units in the last place, of the larger of two parts, between two complex numbers.
fn distance(got: Complex64, want: Complex64, unit: f64) -> f64 {
    let part = |got: f64, want: f64| match () {
        () if got.is_nan() && want.is_nan() || got == want => 0.0,
        () => (got - want).abs() / (unit * want.abs().max(f64::MIN_POSITIVE)),
    };
    part(got.re, want.re).max(part(got.im, want.im))
}

#[test]
fn functions_agree_on_special_and_ordinary_values() {
    const POINTS: [f64; 17] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        -0.3,
        2.0,
        -7.25,
        30.0,
        -40.0,
        1e-8,
        0.99999,
        800.0,
        -1e200,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
    ];
    on_the_device(|device| {
        for dtype in [DType::F32, DType::F64, DType::C64, DType::C128] {
            let count = if dtype.is_complex() { POINTS.len() * POINTS.len() } else { POINTS.len() };
            let value = |at: usize| Complex64::new(POINTS[at % POINTS.len()], POINTS[at / POINTS.len()]);
            let input = buffer(dtype, &[count], value);
            let unit = if dtype.component() == DType::F32 { f32::EPSILON as f64 } else { f64::EPSILON };
            for op in Unary::ALL.into_iter().filter(|op| unary_dtype(*op, dtype).is_some()) {
                // The sign of a NaN is nobody's promise.
                if op == Unary::Signbit {
                    continue;
                }
                let graph = unary(op, input.ty().clone());
                let want = run(&graph, &Device::reference(), std::slice::from_ref(&input), &[]).expect("it runs");
                let got = run(&graph, device, std::slice::from_ref(&input), &[]).expect("it runs");
                for (at, (got, want)) in elements(&got[0]).into_iter().zip(elements(&want[0])).enumerate() {
                    let (got, want) = (got.to_complex(), want.to_complex());
                    // The host's tangent and the reference's differ near poles, which far angles come close to.
                    let bound = if dtype.is_complex() { 64.0 } else { 4.0 };
                    let far =
                        want.re.abs().max(want.im.abs()) > 1e30 || value(at).re.abs().max(value(at).im.abs()) > 1e30;
                    let error = distance(got, want, unit);
                    assert!(error <= bound || far, "{op}({}) of {dtype}: {got}, not {want}", value(at));
                    let classes = |z: Complex64| [z.re, z.im].map(|x| (x.is_nan(), x.is_infinite()));
                    assert!(far || classes(got) == classes(want), "{op}({}) of {dtype}: {got}, not {want}", value(at));
                }
            }
        }
    });
}

#[test]
fn powers_of_complex_numbers_agree() {
    on_the_device(|device| {
        for (dtype, bound) in [(DType::C128, 64.0), (DType::C64, 4.0)] {
            let mut graph = Graph::new("pow");
            let x = graph.input("x", Type::new(dtype, [40]));
            let y = graph.input("y", Type::new(dtype, [40]));
            let power = graph.add(Op::Binary(Binary::Pow), [x.into(), y.into()]).expect("it is defined");
            graph.set_results([power.into()]);
            let inputs = [
                buffer(dtype, &[40], |at| Complex64::new(at as f64 * 0.37 - 5.0, 3.0 - at as f64 * 0.21)),
                buffer(dtype, &[40], |at| Complex64::new((at % 7) as f64 - 3.0, (at % 5) as f64 * 0.5)),
            ];
            let want = run(&graph, &Device::reference(), &inputs, &[]).expect("it runs");
            let got = run(&graph, device, &inputs, &[]).expect("it runs");
            let unit = if dtype == DType::C64 { f32::EPSILON as f64 } else { f64::EPSILON };
            for (got, want) in elements(&got[0]).into_iter().zip(elements(&want[0])) {
                let (got, want) = (got.to_complex(), want.to_complex());
                assert!((got - want).norm() <= bound * unit * want.norm(), "{got}, not {want}");
            }
        }
    });
}

/// Sums along each axis of arrays long enough for several blocks and several levels of them.
#[test]
fn reductions_have_the_bits_of_the_cpu() {
    on_the_device(|device| {
        let shapes: [(&[usize], &[usize]); 7] = [
            (&[5000], &[0]),
            (&[3, 5000], &[1]),
            (&[5000, 3], &[0]),
            (&[70, 33, 5], &[1]),
            (&[4, 2100, 5], &[0, 2]),
            (&[3_000_000], &[0]),
            (&[5000, 40], &[1]),
        ];
        for (shape, axes) in shapes {
            for dtype in [DType::F32, DType::F64, DType::C64, DType::I16, DType::U8] {
                let mut graph = Graph::new("reduce");
                let x = graph.input("x", Type::new(dtype, shape));
                let twice = graph.add(Op::Binary(Binary::Add), [x.into(), x.into()]).expect("it is defined");
                let mut results = Vec::new();
                for kind in [ReduceKind::Sum, ReduceKind::Max, ReduceKind::ArgMin] {
                    let reduce = Reduce { kind, axes: axes.iter().copied().collect() };
                    results.extend(graph.add(Op::Reduce(reduce), [twice.into()]).ok().map(Value::from));
                }
                graph.set_results(results);
                let value = |at: usize| ((at * 7919) % 1000) as f64 / 7.0 - 60.0;
                let input = buffer(dtype, shape, real(value));
                let want = run(&graph, &Device::cpu(), std::slice::from_ref(&input), &[]).expect("it runs");
                let got = run(&graph, device, std::slice::from_ref(&input), &[]).expect("it runs");
                for (got, want) in got.iter().zip(&want) {
                    assert_eq!(difference(got, want), None, "{dtype} {shape:?} along {axes:?}");
                }
            }
        }
    });
}

#[test]
fn a_position_out_of_range_is_an_error_when_the_result_is_read() {
    on_the_device(|device| {
        let mut graph = Graph::new("take");
        let x = graph.input("x", Type::new(DType::F32, [4]));
        let positions = graph.input("positions", Type::new(DType::I64, [3]));
        let taken = graph.add(Op::Gather { axis: 0 }, [x.into(), positions.into()]).expect("it is defined");
        let twice = graph.add(Op::Binary(Binary::Add), [taken.into(), taken.into()]).expect("it is defined");
        graph.set_results([twice.into()]);
        let executable = device.backend().compile(&graph, &Options::default(), &mut |_| {}).expect("it compiles");
        let x = buffer(DType::F32, &[4], real(|at| at as f64));
        let run = |positions: [f64; 3]| {
            executable.run(&[x.clone(), buffer(DType::I64, &[3], real(|at| positions[at]))], &[]).expect("it is queued")
        };
        let good = run([0.0, -1.0, 3.0]);
        let bad = run([0.0, -5.0, 9.0]);
        let wanted = Error::Position { op: "gather", position: -5, extent: 4 };
        assert_eq!(device.backend().download(&bad[0]).expect_err("a position is wrong"), wanted);
        // What is computed from it is as wrong.
        let negated = unary(Unary::Neg, bad[0].ty().clone());
        let negated = device.backend().compile(&negated, &Options::default(), &mut |_| {}).expect("it compiles");
        let worse = negated.run(&bad[..1], &[]).expect("it is queued");
        assert_eq!(device.backend().download(&worse[0]).expect_err("its operand is wrong"), wanted);
        let good = device.backend().download(&good[0]).expect("all positions are right");
        let values: Vec<f64> = elements(&good).iter().map(|x| x.to_complex().re).collect();
        assert_eq!(values, [0.0, 6.0, 6.0]);
    });
}

/// What was recorded with good positions is replayed with bad ones in the same memory.
#[test]
fn a_position_out_of_range_is_found_in_a_recording_too() {
    on_the_device(|device| {
        let mut graph = Graph::new("put");
        let x = graph.input("x", Type::new(DType::F32, [4]));
        let positions = graph.input("positions", Type::new(DType::I64, [3]));
        let values = graph.input("values", Type::new(DType::F32, [3]));
        let put =
            graph.add(Op::Scatter { axis: 0 }, [x.into(), positions.into(), values.into()]).expect("it is defined");
        graph.set_results([put.into()]);
        let executable = device.backend().compile(&graph, &Options::default(), &mut |_| {}).expect("it compiles");
        let there = |buffer: Buffer| device.backend().upload(&buffer).expect("there is memory");
        let x = there(buffer(DType::F32, &[4], real(|at| at as f64)));
        let values = there(buffer(DType::F32, &[3], real(|at| 10.0 + at as f64)));
        let run = |positions: [f64; 3], times: usize| {
            let positions = there(buffer(DType::I64, &[3], real(|at| positions[at])));
            let inputs = [x.clone(), positions, values.clone()];
            let once = || {
                let results = executable.run(&inputs, &[]).expect("it is queued");
                let result = device.backend().download(&results[0])?;
                Ok(elements(&result).iter().map(|x| x.to_complex().re).collect())
            };
            let mut all: Vec<Result<Vec<f64>, Error>> = (0..times).map(|_| once()).collect();
            all.pop().expect("it ran")
        };
        let wanted = Error::Position { op: "scatter", position: 4, extent: 4 };
        assert_eq!(run([0.0, -1.0, 3.0], 5), Ok(vec![10.0, 1.0, 2.0, 12.0]));
        assert_eq!(run([0.0, 4.0, -9.0], 5), Err(wanted));
        assert_eq!(run([2.0, 2.0, -4.0], 5), Ok(vec![12.0, 1.0, 11.0, 3.0]));
    });
}

/// More arrays than one kernel takes.
#[test]
fn many_operands_are_read_by_several_kernels() {
    on_the_device(|device| {
        let mut graph = Graph::new("many");
        let inputs: Vec<NodeId> =
            (0..70).map(|at| graph.input(format!("x{at}"), Type::new(DType::F64, [50]))).collect();
        let add = |sum: Value, x: &NodeId| {
            Value::from(graph.add(Op::Binary(Binary::Add), [sum, (*x).into()]).expect("it is defined"))
        };
        let sum = inputs[1..].iter().fold(inputs[0].into(), add);
        graph.set_results([sum]);
        let data: Vec<Buffer> =
            (0..70).map(|input| buffer(DType::F64, &[50], real(move |at| (at * input) as f64 * 0.1))).collect();
        let executable = device.backend().compile(&graph, &Options::default(), &mut |_| {}).expect("it compiles");
        assert!(executable.plan().expect("it has one").steps.len() > 2);
        let want = run(&graph, &Device::cpu(), &data, &[]).expect("it runs");
        let got = run(&graph, device, &data, &[]).expect("it runs");
        assert_eq!(difference(&got[0], &want[0]), None);
    });
}

/// More accesses than fit into the parameters of a kernel.
#[test]
fn many_parameters_travel_in_memory() {
    on_the_device(|device| {
        let mut graph = Graph::new("many");
        let x = graph.input("x", Type::new(DType::F64, [600]));
        let mut sum: Option<Value> = None;
        for _ in 0..2 {
            let mut rows: Vec<Value> = vec![x.into()];
            for at in 0..100 {
                let scale = graph.param(DType::C128).into();
                let row =
                    graph.add(Op::Cast(DType::C128), [*rows.last().expect("there is one")]).expect("it is defined");
                let row =
                    graph.add(Op::Binary(if at % 2 == 0 { Binary::Mul } else { Binary::Add }), [row.into(), scale]);
                rows.push(row.expect("it is defined").into());
            }
            let last = *rows.last().expect("there is one");
            sum = Some(match sum {
                Some(sum) => graph.add(Op::Binary(Binary::Add), [sum, last]).expect("it is defined").into(),
                None => last,
            });
        }
        graph.set_results(sum);
        let input = buffer(DType::F64, &[600], real(|at| at as f64));
        let params: Vec<Scalar> = (0..200)
            .map(|at| {
                Scalar::from_complex(DType::C128, Complex64::new(1.0 - (at % 3) as f64 * 0.01, 0.1 * (at % 5) as f64))
            })
            .collect();
        let want = run(&graph, &Device::reference(), std::slice::from_ref(&input), &params).expect("it runs");
        let got = run(&graph, device, std::slice::from_ref(&input), &params).expect("it runs");
        assert_eq!(difference(&got[0], &want[0]), None);
    });
}

#[test]
fn many_threads_evaluate_at_once() {
    on_the_device(|device| {
        let mut graph = Graph::new("busy");
        let x = graph.input("x", Type::new(DType::F64, [40, 30]));
        let roots = graph.add(Op::Unary(Unary::Sqrt), [x.into()]).expect("it is defined");
        let sums = Op::Reduce(Reduce { kind: ReduceKind::Sum, axes: [0].into_iter().collect() });
        let sums = graph.add(sums, [roots.into()]).expect("it is defined");
        graph.set_results([sums.into()]);
        let executable = device.backend().compile(&graph, &Options::default(), &mut |_| {}).expect("it compiles");
        std::thread::scope(|scope| {
            for thread in 0..6 {
                let (executable, graph) = (&executable, &graph);
                scope.spawn(move || {
                    for round in 0..5 {
                        let input = buffer(DType::F64, &[40, 30], real(|at| (at * (thread + 1) + round) as f64));
                        let want = run(graph, &Device::cpu(), std::slice::from_ref(&input), &[]).expect("it runs");
                        let got = executable.run(&[input], &[]).expect("it is queued");
                        let got = device.backend().download(&got[0]).expect("it ran");
                        assert_eq!(difference(&got, &want[0]), None);
                    }
                });
            }
        });
    });
}

/// Pieces of pinned memory hold 2^19 numbers.
#[test]
fn copies_in_pieces_arrive_whole() {
    on_the_device(|device| {
        let backend = device.backend();
        let copied = || {
            let counts = [1, (1 << 19) - 1, 3, 1 << 19, (3 << 19) + 5, 2, 0];
            let inputs = counts.map(|count| buffer(DType::F64, &[count], real(move |at| (at * 3 + count) as f64)));
            let there = inputs.each_ref().map(|input| backend.upload(input).expect("there is memory"));
            for (there, input) in there.iter().zip(&inputs) {
                let back = backend.download(there).expect("it is there");
                assert!(back.bytes() == input.bytes(), "{} numbers changed on the way", input.ty().shape.elements());
            }
        };
        copied();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(copied);
            }
        });
        if !emulator::is_gpu() {
            device.release();
            emulator::set_pinnable(false);
            copied();
            emulator::set_pinnable(true);
        }
    });
}
