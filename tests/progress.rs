//! What a callback hears of evaluations, on every device, and what it may not break.

mod common;

use common::emulator;
use ondine::{Array, DType, Device, Progress, ProgressGuard, compile, eval_all, fft, report_progress, s};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// What was heard: done, total, label.
type Heard = Rc<RefCell<Vec<(usize, usize, String)>>>;

fn listen() -> (Heard, ProgressGuard) {
    let heard = Heard::default();
    let into = heard.clone();
    let guard = report_progress(move |progress: &Progress| {
        into.borrow_mut().push((progress.done, progress.total, progress.label.to_string()));
    });
    (heard, guard)
}

/// Reports since the last call, as lines.
fn lines(heard: &Heard) -> Vec<String> {
    heard.take().into_iter().map(|(done, total, label)| format!("{done} of {total}: {label}")).collect()
}

/// Reports since the last call, without labels.
fn counts(heard: &Heard) -> Vec<(usize, usize)> {
    heard.take().into_iter().map(|(done, total, _)| (done, total)).collect()
}

/// All devices; `cuda` is the emulator.
fn devices() -> Vec<Device> {
    [Device::reference(), Device::cpu()].into_iter().chain(emulator::device()).collect()
}

fn signal(length: usize) -> Array {
    Array::from_vec((0..length).map(|at| (at as f64 * 0.37).sin()).collect(), [length])
}

#[test]
fn labels_are_the_lines_of_the_plan_and_then_the_name() {
    let (heard, _guard) = listen();
    let build = || {
        let image = ondine::arange(24 * 32).reshape([24, 32]).eval(&Device::cpu()).unwrap().named("image");
        heard.take();
        let spectrum = fft::fftn(&image).set(s![2..22, 3..29], 0);
        (fft::ifftn(&spectrum).real() - image.max().sin()).named("smooth")
    };
    let plan = build().explain(&Device::cpu()).unwrap().plan().to_string();
    assert!(heard.borrow().is_empty(), "compiling is not evaluating");
    build().eval(&Device::cpu()).unwrap();
    let heard = heard.take();
    let ((done, total, name), steps) = heard.split_last().unwrap();
    assert_eq!((*done, *total, &name[..]), (steps.len(), steps.len(), "smooth"));
    assert!(steps.len() > 1);
    for (at, (done, total, label)) in steps.iter().enumerate() {
        assert_eq!((*done, *total), (at, steps.len()));
        assert!(plan.contains(&format!("\n  {at}  {label} ")), "{label} is not step {at} of\n{plan}");
    }
}

#[test]
fn every_device_counts_from_none_to_all() {
    let (heard, _guard) = listen();
    for device in devices() {
        let y = (fft::fft(&signal(300)).abs().square().sum() * 2.5).named("power");
        y.eval(&device).unwrap();
        let told = heard.take();
        let total = told[0].1;
        assert!(total > 1, "{device}");
        assert!(
            told.iter().map(|(done, total, _)| (*done, *total)).eq((0..=total).map(|done| (done, total))),
            "{device}"
        );
        assert_eq!(told[total].2, "power");
        assert!(told[..total].iter().all(|(_, _, label)| label.starts_with('%') && label.contains(" = ")), "{told:?}");
        // What is ready is not computed.
        y.eval(&device).unwrap();
        y.to_vec::<f64>().unwrap();
        assert!(heard.borrow().is_empty(), "{device}");
    }
}

#[test]
fn steps_that_are_queued_together_are_heard_one_by_one() {
    let Some(device) = emulator::device() else { return };
    let x = signal(64).reshape([8, 8]).eval(&device).unwrap();
    // Sums of columns are a kernel of their own.
    let job = compile(|[x]: [Array; 1]| &x - x.sum_with(0).sin());
    let run = || job.call([&x], &device).unwrap().to_vec::<f64>().unwrap();
    let want = run();
    let before = emulator::replayed();
    (0..4).for_each(|_| assert_eq!(run(), want));
    assert!(emulator::replayed() > before || emulator::is_gpu(), "they are recorded where nobody listens");
    let (heard, _guard) = listen();
    let before = emulator::replayed();
    (0..4).for_each(|_| assert_eq!(run(), want));
    assert_eq!(emulator::replayed(), before);
    let told = heard.take();
    assert_eq!(told.len() % 4, 0);
    assert_eq!(told.last().unwrap().2, "compiled");
}

#[test]
fn constants_are_counted_when_they_are_computed() {
    let (heard, _guard) = listen();
    for device in devices().split_off(1) {
        let run = || {
            let k = ondine::arange(4096).astype(DType::F64);
            (signal(4096) * (-(&k * &k)).exp()).eval(&device).unwrap();
            counts(&heard)
        };
        // One step for the constants, one for the rest.
        assert_eq!(run(), [(0, 2), (1, 2), (2, 2)], "{device}");
        assert_eq!(run(), [(0, 1), (1, 1)], "{device}");
    }
}

#[test]
fn the_total_grows_once_when_a_value_is_not_finite() {
    let (heard, _guard) = listen();
    for device in devices().split_off(1) {
        let run = |value: f64| {
            let picture = signal(24 * 32).reshape([24, 32]).set(s![3, 4], value).eval(&device).unwrap();
            heard.take();
            let spectrum = fft::fftn(&picture);
            fft::ifftn(&(&spectrum - spectrum.set(s![2..22, 3..29], 0))).eval(&device).unwrap();
            counts(&heard)
        };
        let finite = run(0.5);
        let all = finite.len() - 1;
        assert!(finite.iter().copied().eq((0..=all).map(|done| (done, all))), "{device}: {finite:?}");
        let general = run(f64::NAN);
        let more = general.len() - 1 - all;
        assert!(more > 0, "{device}");
        let total = |done: usize| if done < all { all } else { all + more };
        assert!(general.iter().copied().eq((0..=all + more).map(|done| (done, total(done)))), "{device}: {general:?}");
    }
}

#[test]
fn parts_of_a_large_graph_are_one_computation() {
    let (heard, _guard) = listen();
    for device in [Device::reference(), Device::cpu()] {
        let mut x = Array::from([1.0, 2.0]);
        for _ in 0..100_000 {
            x = (&x + 0.5) * 1.0;
        }
        x.eval(&device).unwrap();
        assert_eq!(x.to_vec::<f64>().unwrap(), [50_001.0, 50_002.0]);
        let told = counts(&heard);
        let (first, last) = (told[0].1, told[told.len() - 1].1);
        assert!(told.iter().map(|(done, _)| *done).eq(0..=last), "{device}: every step is heard once");
        // The parts are alike, so that the estimate is a good one.
        assert!(first.abs_diff(last) * 10 <= last, "{device}: {first} steps were expected, {last} have run");
    }
}

#[test]
fn whatever_evaluates_is_heard() {
    let (heard, _guard) = listen();
    let device = Device::reference();
    let pending = || signal(3).eval(&device).unwrap() + 1.5;
    let x = pending();
    heard.take();
    x.to_vec::<f64>().unwrap();
    assert_eq!(lines(&heard), ["0 of 1: %0 = add(%x0, $0)", "1 of 1: main"]);
    pending().sum().item::<f64>().unwrap();
    assert_eq!(counts(&heard).len(), 3);
    pending().nonzero().unwrap();
    assert!(heard.take().len() > 1);
    eval_all(&[&pending(), &pending()], &device).unwrap();
    assert_eq!(counts(&heard), [(0, 2), (1, 2), (2, 2)]);
    // Arguments are evaluated first, by themselves.
    compile(|[x]: [Array; 1]| x.cos()).call([&pending()], &device).unwrap();
    let told = lines(&heard);
    assert_eq!(told[..2], ["0 of 1: %0 = add(%x0, $0)", "1 of 1: main"]);
    assert_eq!(told[2..], ["0 of 1: %0 = cos(%x0)", "1 of 1: compiled"]);
    // So is what another device computes.
    let moved = pending().named("there").to(&Device::cpu()) * 2.0;
    moved.named("here").eval(&Device::cpu()).unwrap();
    let names: Vec<String> = heard.take().into_iter().filter(|told| told.0 == told.1).map(|told| told.2).collect();
    assert_eq!(names, ["there", "here"]);
}

#[test]
fn the_last_callback_of_the_thread_hears_while_its_guard_lives() {
    let evaluate = || (signal(3) + 1.0).eval(&Device::reference()).unwrap();
    let (outer, outer_guard) = listen();
    let (inner, inner_guard) = listen();
    evaluate();
    assert_eq!((lines(&outer).len(), lines(&inner).len()), (0, 2));
    std::thread::scope(|scope| scope.spawn(|| signal(3).exp().eval(&Device::reference()).unwrap()).join().unwrap());
    assert_eq!((lines(&outer).len(), lines(&inner).len()), (0, 0));
    // In any order.
    drop(outer_guard);
    evaluate();
    assert_eq!((lines(&outer).len(), lines(&inner).len()), (0, 2));
    drop(inner_guard);
    evaluate();
    assert_eq!((lines(&outer).len(), lines(&inner).len()), (0, 0));
}

#[test]
fn a_panic_comes_out_when_the_results_are_there() {
    for device in devices() {
        let calls = Rc::new(Cell::new(0));
        let counted = calls.clone();
        let guard = report_progress(move |progress: &Progress| {
            counted.set(counted.get() + 1);
            if progress.done == 1 {
                panic!("enough at {progress}");
            }
        });
        let (x, y) = (signal(64), signal(64).cos());
        let (z, sum) = (x.cumulative_sum() + &y, y.sum());
        let panic = catch_unwind(AssertUnwindSafe(|| eval_all(&[&z, &sum], &device))).unwrap_err();
        assert!(panic.downcast_ref::<String>().unwrap().starts_with("enough at 1 of "), "{device}");
        assert_eq!(calls.get(), 2, "{device}: nothing was said after the panic");
        assert!(z.is_ready() && sum.is_ready(), "{device}");
        drop(guard);
        assert!((sum.item::<f64>().unwrap() - y.to_vec::<f64>().unwrap().iter().sum::<f64>()).abs() < 1e-12);
        // Nothing is left of it: neither locks nor the panic.
        let (heard, _guard) = listen();
        z.sum().eval(&device).unwrap();
        assert!(heard.borrow().len() > 1, "{device}");
    }
}

#[test]
fn an_error_ends_the_reports_and_a_panic_goes_before_it() {
    let x = Array::from([1.0, 2.0]);
    let broken = || (x.take(&Array::from([7i64]), 0) + 1.0).eval(&Device::reference());
    let (heard, guard) = listen();
    assert!(broken().unwrap_err().to_string().contains("position 7 is out of range"));
    assert!(heard.take().iter().all(|(done, total, _)| done < total));
    drop(guard);
    let _guard = report_progress(|_: &Progress| panic!("first"));
    let panic = catch_unwind(AssertUnwindSafe(broken)).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"first"));
}

#[test]
fn a_callback_evaluates_nothing() {
    let device = Device::cpu();
    let (ready, given) = (signal(2).eval(&device).unwrap(), Array::from([5.0]));
    let own = (signal(3) + 1.0).sin();
    let errors = Rc::new(RefCell::new(Vec::new()));
    let (into, root, inside) = (errors.clone(), own.clone(), ready.clone());
    let _guard = report_progress(move |_: &Progress| {
        for array in [&root, &(&given + 1.0), &root.to(&Device::reference())] {
            into.borrow_mut().push(array.to_vec::<f64>().unwrap_err().kind().to_string());
        }
        // What is ready can be read.
        assert_eq!(inside.eval(&Device::cpu()).unwrap().to_vec::<f64>().unwrap().len(), 2);
    });
    eval_all(&[&ready, &own], &device).unwrap();
    let text = |ty: &str| format!("eval: {ty} is pending, and nothing may be evaluated in this scope");
    assert_eq!(errors.borrow()[..3], [text("f64[3]"), text("f64[1]"), text("f64[3]")]);
}
