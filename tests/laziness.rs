//! Building runs nothing, evaluation runs once. Counters are global, so these tests take turns.

use ondine::{Array, Device, Stats, compile, eval_all, fft, s, stats};
use std::sync::{Mutex, MutexGuard, PoisonError};

fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What happened since `before`.
fn since(before: Stats) -> (u64, u64) {
    let now = stats();
    (now.compilations - before.compilations, now.evaluations - before.evaluations)
}

fn job(x: &Array) -> Array {
    let spectrum = fft::fftshift(&fft::fftn(x)).set(s![1..3, ..], 0);
    fft::ifftn(&fft::ifftshift(&spectrum)).real() * 2.5 + x.sum()
}

#[test]
fn building_looking_and_dumping_run_nothing() {
    let _turn = alone();
    let before = stats();
    let x = Array::from([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    let y = job(&x);
    y.shape().unwrap();
    y.dtype().unwrap();
    y.check().unwrap();
    y.dump().unwrap();
    y.dot().unwrap();
    assert_eq!(format!("{y:?}"), "Array(f64[3, 2], unplaced, pending)");
    assert_eq!(stats(), before);
}

#[test]
fn a_second_evaluation_costs_nothing() {
    let _turn = alone();
    let y = job(&Array::from([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]));
    let before = stats();
    y.eval(&Device::reference()).unwrap();
    assert_eq!(since(before), (1, 1));
    y.eval(&Device::reference()).unwrap();
    y.to_vec::<f64>().unwrap();
    assert_eq!(since(before), (1, 1));
    assert_eq!(stats().downloads - before.downloads, 1);
}

#[test]
fn host_data_is_uploaded_once_per_device() {
    let _turn = alone();
    let x = Array::from([1.0, 2.0]);
    let before = stats();
    (&x + 1.0).eval(&Device::reference()).unwrap();
    (&x + 2.0).eval(&Device::reference()).unwrap();
    assert_eq!(stats().uploads - before.uploads, 1);
    (&x + 1.0).eval(&Device::cpu()).unwrap();
    assert_eq!(stats().uploads - before.uploads, 2);
    assert_eq!(stats().transfers, before.transfers);
    assert_eq!(x.device().unwrap(), None);
}

#[test]
fn many_threads_compute_an_array_once() {
    let _turn = alone();
    let y = job(&ondine::arange(64 * 64).reshape([64, 64]));
    let before = stats();
    let values: Vec<Vec<f64>> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| y.eval(&Device::reference()).unwrap().to_vec::<f64>().unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(since(before), (1, 1));
    assert!(values.iter().all(|other| *other == values[0]));
}

#[test]
fn several_results_are_one_graph() {
    let _turn = alone();
    let x = Array::from([3.0, 4.0]);
    let square = x.square();
    let (total, most) = (square.sum(), square.max());
    let before = stats();
    eval_all(&[&total, &most, &total], &Device::reference()).unwrap();
    assert_eq!(since(before), (1, 1));
    assert_eq!(stats().recomputed_nodes, before.recomputed_nodes);
    assert_eq!((total.item::<f64>().unwrap(), most.item::<f64>().unwrap()), (25.0, 16.0));
}

#[test]
fn what_was_not_kept_is_computed_again_and_counted() {
    let _turn = alone();
    let spectrum = fft::fft(&Array::from([1.0, 2.0, 3.0]));
    let before = stats();
    spectrum.real().eval(&Device::reference()).unwrap();
    assert_eq!(stats().recomputed_nodes - before.recomputed_nodes, 0);
    spectrum.imag().eval(&Device::reference()).unwrap();
    // The cast to complex and the transform.
    assert_eq!(stats().recomputed_nodes - before.recomputed_nodes, 2);
    spectrum.eval(&Device::reference()).unwrap();
    let kept = stats();
    spectrum.abs().eval(&Device::reference()).unwrap();
    assert_eq!(stats().recomputed_nodes, kept.recomputed_nodes);
}

#[test]
fn a_compiled_function_is_compiled_once_per_type() {
    let _turn = alone();
    let scale = Array::from([2.0, 3.0]);
    let function = compile(|[x]| [&x * &scale + 0.5, x.sum()]);
    let before = stats();
    for start in 0..5 {
        let x = Array::from([start as f64, 1.0]);
        let [y, sum] = function.call([&x], &Device::reference()).unwrap();
        assert_eq!(y.to_vec::<f64>().unwrap(), [start as f64 * 2.0 + 0.5, 3.5]);
        assert_eq!(sum.item::<f64>().unwrap(), start as f64 + 1.0);
    }
    assert_eq!(since(before), (1, 5));
    function.call([&Array::from([1, 2])], &Device::reference()).unwrap();
    assert_eq!(since(before), (2, 6));
}

#[test]
fn a_transfer_is_counted_and_made_once() {
    let _turn = alone();
    let x = (Array::from([1.0]) + 1.0).eval(&Device::reference()).unwrap();
    let before = stats();
    let moved = x.to(&Device::cpu());
    assert_eq!(stats(), before);
    let y = (&moved * 3.0).eval(&Device::cpu()).unwrap();
    let z = (&moved * 4.0).eval(&Device::cpu()).unwrap();
    assert_eq!(stats().transfers - before.transfers, 1);
    assert_eq!((y.item::<f64>().unwrap(), z.item::<f64>().unwrap()), (6.0, 8.0));
    assert_eq!(x.device().unwrap(), Some(Device::reference()));
}

#[test]
fn a_graph_built_again_compiles_nothing() {
    let _turn = alone();
    let build = |data: [f64; 3], factor: f64, device: &Device| {
        let x = Array::from(data);
        ((&x * factor + 1.0).sin() / (x.sum() + 7.5)).eval(device).unwrap().to_vec::<f64>().unwrap()
    };
    for device in [Device::cpu(), Device::reference()] {
        let before = stats();
        build([1.0, 2.0, 3.0], 2.5, &device);
        assert_eq!(since(before), (1, 1));
        // Other data, another number: the same program.
        let other = build([4.0, 5.0, 6.0], 3.5, &device);
        assert_eq!(since(before), (1, 2));
        let want = |x: f64| (x * 3.5 + 1.0).sin() / 22.5;
        assert!(other.iter().zip([4.0, 5.0, 6.0]).all(|(y, x)| (y - want(x)).abs() < 1e-15));
        // A number that rules look for is part of the structure.
        build([4.0, 5.0, 6.0], 1.0, &device);
        assert_eq!(since(before), (2, 3));
    }
}

#[test]
fn graphs_that_differ_in_one_thing_are_different_programs() {
    let _turn = alone();
    let (x, y) = (Array::from([[1.0, 2.0], [3.0, 5.0]]), Array::from([[7.0, 11.0], [13.0, 17.0]]));
    let wide = Array::from([[1.0, 2.0, 0.0], [3.0, 5.0, 0.0]]);
    let builds: [&dyn Fn() -> Array; 12] = [
        &|| &x - &y,
        &|| (&x - &x) * 1.0,
        &|| (&x - 2.5) - &y,
        &|| (&x - &y) - 2.5,
        &|| (&x - 2.5) - 2.5,
        &|| &x + &y,
        &|| x.permute_dims([1, 0]) - &y,
        &|| x.flip(0) - &y,
        &|| x.flip(1) - &y,
        &|| wide.slice(s![.., 0..2]) - &y,
        &|| wide.slice(s![.., 1..3]) - &y,
        &|| x.astype(ondine::DType::F32).astype(ondine::DType::F64) - &y,
    ];
    for device in [Device::cpu(), Device::reference()] {
        let before = stats();
        let first: Vec<Vec<f64>> = builds.iter().map(|f| f().eval(&device).unwrap().to_vec().unwrap()).collect();
        let count = builds.len() as u64;
        assert_eq!(since(before), (count, count));
        let again: Vec<Vec<f64>> = builds.iter().map(|f| f().eval(&device).unwrap().to_vec().unwrap()).collect();
        assert_eq!(since(before), (count, 2 * count));
        assert_eq!(first, again);
        let (_, want) = first.split_first().unwrap();
        assert!(want.iter().any(|other| *other != first[0]));
    }
}

#[test]
fn compiled_functions_share_programs_of_one_structure() {
    let _turn = alone();
    let call = |factor: f64| {
        let function = compile(move |[x, y]: [Array; 2]| (x * factor).exp() - y.cos());
        let (x, y) = (Array::from([0.5, 0.25]), Array::from([2.0, 3.0]));
        function.call([&x, &y], &Device::reference()).unwrap().to_vec::<f64>().unwrap()
    };
    let before = stats();
    let (first, second) = (call(2.5), call(3.5));
    assert_eq!(since(before), (1, 2));
    assert!((first[0] - second[0] - (1.25f64.exp() - 1.75f64.exp())).abs() < 16.0 * f64::EPSILON);
}
