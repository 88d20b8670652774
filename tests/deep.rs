//! A million operations in a row: built, evaluated, dropped, with the stack of an ordinary thread.

use ondine::{Array, Device};

const DEPTH: usize = 1_000_000;

fn chain(depth: usize) -> Array {
    let mut x = Array::from([1.0, 2.0]);
    for _ in 0..depth / 2 {
        x = (&x + 0.5) * 1.0;
    }
    x
}

#[test]
fn a_million_operations_are_built_and_dropped_unevaluated() {
    let x = chain(DEPTH);
    assert_eq!(x.shape().unwrap(), [2].into());
}

#[test]
fn a_million_operations_are_evaluated() {
    for device in [Device::cpu(), Device::reference()] {
        let x = chain(DEPTH);
        x.eval(&device).unwrap();
        let values = x.to_vec::<f64>().unwrap();
        assert_eq!(values, [1.0 + DEPTH as f64 / 4.0, 2.0 + DEPTH as f64 / 4.0]);
    }
}

#[test]
fn a_deep_graph_with_many_users_is_walked_once_per_node() {
    for device in [Device::cpu(), Device::reference()] {
        let mut x = Array::from([1.0]);
        for _ in 0..100 {
            x = &x + &x;
        }
        assert_eq!(x.eval(&device).unwrap().to_vec::<f64>().unwrap(), [2f64.powi(100)]);
    }
}
