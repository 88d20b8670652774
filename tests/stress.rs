//! Many threads at once: nothing is mixed up.

use ondine::{Array, Device, compile};

/// What a thread computes in one round: a structure, a size and numbers of its own.
fn job(thread: usize, round: usize) -> (Array, Vec<f64>) {
    let count = 1 + (thread * 37 + round * 101) % 700;
    let (scale, offset) = (thread as f64 + 0.5, round as f64 - 2.5);
    let data: Vec<f64> = (0..count).map(|i| i as f64 / 8.0 - 3.0).collect();
    let mut x = Array::from_vec(data.clone(), [count]) * scale;
    let mut want: Vec<f64> = data.iter().map(|x| x * scale).collect();
    for depth in 0..thread % 9 {
        match (thread + depth) % 3 {
            0 => {
                x = &x * &x;
                want.iter_mut().for_each(|x| *x *= *x);
            }
            1 => {
                x = x.abs().sqrt() + offset;
                want.iter_mut().for_each(|x| *x = x.abs().sqrt() + offset);
            }
            _ => {
                x = x.flip(0) - 1.0;
                want.reverse();
                want.iter_mut().for_each(|x| *x -= 1.0);
            }
        }
    }
    (x, want)
}

#[test]
fn sixty_four_threads_evaluate_different_graphs_at_once() {
    std::thread::scope(|scope| {
        for thread in 0..64 {
            scope.spawn(move || {
                for round in 0..20 {
                    let (x, want) = job(thread, round);
                    assert_eq!(x.eval(&Device::cpu()).unwrap().to_vec::<f64>().unwrap(), want, "{thread}, {round}");
                }
            });
        }
    });
}

#[test]
fn sixty_four_threads_share_a_compiled_function() {
    let function = compile(|[x, y]: [Array; 2]| [&x * &y + 2.5, (&x - &y).sum()]);
    std::thread::scope(|scope| {
        for thread in 0..64 {
            let function = &function;
            scope.spawn(move || {
                for round in 0..20 {
                    let count = 1 + (thread + round) % 5 * 1000;
                    let (a, b) = (thread as f64, round as f64);
                    let [x, y] = [a, b].map(|value| Array::from_vec(vec![value; count], [count]));
                    let [product, sum] = function.call([&x, &y], &Device::cpu()).unwrap();
                    assert!(product.to_vec::<f64>().unwrap().iter().all(|x| *x == a * b + 2.5));
                    assert_eq!(sum.item::<f64>().unwrap(), (a - b) * count as f64);
                }
            });
        }
    });
}
