//! Several reductions of one row on the `cuda` device: one kernel where rows fit, and the bits of the CPU wherever nothing but
//! arithmetic is done.

mod common;

use common::device::{on_the_device, softmax as softmax_graph};
use common::emulator;
use ondine::{Array, DType, Device, Options, ReduceOptions, eval_all};
use ondine_ir::Graph;

/// Numbers without structure.
fn numbers(count: usize) -> Vec<f64> {
    let mut state = 99u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn keep(axis: &[i64]) -> ReduceOptions {
    ReduceOptions { axis: axis.to_vec().into(), keepdims: true, ..Default::default() }
}

fn softmax(x: &Array, axis: &[i64]) -> Array {
    let powers = (x - x.max_with(keep(axis))).exp();
    &powers / powers.sum_with(keep(axis))
}

/// Functions of rows that have the bits of the CPU, as doubles.
fn arithmetic(x: &Array, axis: &[i64]) -> Vec<Array> {
    let centred = x - x.mean_with(keep(axis));
    let spread = x.max_with(keep(axis)) - x.min_with(keep(axis));
    let scaled = (x - x.min_with(keep(axis))) / &spread;
    let roots = (x * x).sqrt();
    let best = x.equal(x.max_with(keep(axis)));
    // A temporary, over which the result is written.
    let last = axis[axis.len() - 1];
    let sorted = x.sort_with(last);
    // Rows of several boxes.
    let joined = ondine::concat(&[x, &(x * 2.0)], last);
    let results = [
        &sorted - sorted.mean_with(keep(axis)),
        &joined - joined.mean_with(keep(axis)),
        &centred / (x.var_with(keep(axis)) + 0.125).sqrt(),
        x.var_with(keep(axis)),
        &scaled * scaled.sum_with(keep(axis)),
        &roots / roots.sum_with(keep(axis)) - roots.min_with(keep(axis)),
        spread,
        best.any_with(keep(axis)).astype(DType::F64),
        x.argmax_with(last).astype(DType::F64),
        x.argmin_with(last).astype(DType::F64),
        best.astype(DType::I16).sum_with(keep(axis)).astype(DType::F64),
    ];
    results.into_iter().map(|result| result.astype(DType::F64)).collect()
}

fn bits(results: &[Array], device: &Device) -> Vec<Vec<u64>> {
    eval_all(&results.iter().collect::<Vec<_>>(), device).expect("it runs");
    let values = |x: &Array| x.to_vec::<f64>().expect("it has values").iter().map(|x| x.to_bits()).collect();
    results.iter().map(values).collect()
}

/// Rows of a warp, of a block, of several blocks of elements; too short ones, too long ones, and some of which a block cannot
/// keep a second copy, all of which are kernels one by one.
const ROWS: [(&[usize], &[i64]); 10] = [
    (&[2, 6144], &[1]),
    (&[5, 33], &[1]),
    (&[9, 100], &[1]),
    (&[40, 515], &[1]),
    (&[300], &[0]),
    (&[3, 2048], &[1]),
    (&[3, 4097], &[1]),
    (&[2, 3, 5, 40], &[1, 3]),
    (&[70, 3], &[1]),
    (&[2, 20000], &[1]),
];

#[test]
fn rows_have_the_bits_of_the_cpu_in_every_order_of_threads() {
    on_the_device(|device| {
        for dtype in [DType::F32, DType::F64] {
            for (shape, axis) in ROWS {
                let x = Array::from_vec(numbers(shape.iter().product()), shape).astype(dtype);
                let want = bits(&arithmetic(&x, axis), &Device::cpu());
                for order in 0..emulator::ORDERS {
                    emulator::set_order(order);
                    let got = bits(&arithmetic(&x, axis), device);
                    for (at, (got, want)) in got.iter().zip(&want).enumerate() {
                        assert!(got == want, "function {at} of {dtype} {shape:?} along {axis:?} in order {order}");
                    }
                }
                emulator::set_order(0);
            }
        }
    });
}

#[test]
fn functions_of_rows_agree_with_the_definition_in_every_order_of_threads() {
    on_the_device(|device| {
        for (shape, axis) in ROWS {
            let x = Array::from_vec(numbers(shape.iter().product()), shape);
            let values = |device: &Device| -> Vec<f64> {
                softmax(&x, axis).eval(device).expect("it runs").to_vec().expect("it has values")
            };
            let (want, first) = (values(&Device::reference()), values(device));
            let count: usize = axis.iter().map(|&axis| shape[axis as usize]).product();
            for (got, want) in first.iter().zip(&want) {
                // A sum of positive terms is off by as many half ulps, an exponential by two.
                assert!((got - want).abs() <= (count + 8) as f64 * f64::EPSILON * want, "{got} instead of {want}");
            }
            for order in 1..emulator::ORDERS {
                emulator::set_order(order);
                assert!(values(device) == first, "softmax of {shape:?} along {axis:?} in order {order}");
            }
            emulator::set_order(0);
        }
    });
}

#[test]
fn a_softmax_and_a_variance_are_one_kernel() {
    on_the_device(|device| {
        let code = |graph: &Graph| {
            let executable = device.backend().compile(graph, &Options::default(), &mut |_| {}).expect("it compiles");
            executable.code().expect("it has code")
        };
        insta::assert_snapshot!("a_warp_takes_a_row", code(&softmax_graph(DType::F32, [40, 515])));
        insta::assert_snapshot!("a_block_takes_a_row", code(&softmax_graph(DType::F64, [40, 2049])));
        let x =
            Array::from_vec(numbers(40 * 515), [40, 515]).astype(DType::F32).eval(device).expect("it runs").named("x");
        let plan = |y: &Array| y.explain(device).expect("it compiles").plan().to_string();
        let (soft, var) = (plan(&softmax(&x, &[1])), plan(&x.var_with(1)));
        assert!(soft.contains("1 step,") && soft.contains("= rows(%x"), "{soft}");
        let sorted = x.sort();
        let over = plan(&(&sorted - sorted.mean_with(keep(&[1]))));
        assert!(over.contains("= rows(") && over.contains("; over %"), "what is sorted is written over: {over}");
        assert!(var.contains("1 step,") && var.contains("= rows(%x"), "{var}");
    });
}
