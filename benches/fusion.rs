//! Graphs as one, beside the same graphs run op by op, every op evaluated alone: fusion is never to be slower.
//!
//! `cargo bench --bench fusion [-- name..]`

#[path = "common/mod.rs"]
mod common;
#[path = "common/smooth.rs"]
mod smooth;

use common::{check, numbers, row, time, wants};
use ondine::{Array, Complex64, DType, Device, ReduceOptions, s};
use std::hint::black_box;

/// What is done after every op: nothing, or its evaluation.
type Each<'a> = &'a dyn Fn(Array) -> Array;

/// A graph of some arrays.
struct Case {
    name: &'static str,
    /// Shapes of its operands, and of others on which the device is compared with the reference.
    shapes: &'static [&'static [usize]],
    small: &'static [&'static [usize]],
    job: fn(&[Array], Each) -> Array,
}

const CASES: &[Case] = &[
    Case {
        name: "expression_1e4",
        shapes: &[&[10_000], &[10_000], &[10_000]],
        small: &[&[77], &[77], &[77]],
        job: expression,
    },
    Case {
        name: "expression_1e6",
        shapes: &[&[1_000_000], &[1_000_000], &[1_000_000]],
        small: &[&[1], &[1], &[1]],
        job: expression,
    },
    Case {
        name: "expression_2e7",
        shapes: &[&[20_000_000], &[20_000_000], &[20_000_000]],
        small: &[&[0], &[0], &[0]],
        job: expression,
    },
    Case { name: "trig", shapes: &[&[2_000_000], &[2_000_000]], small: &[&[300], &[300]], job: trig },
    Case { name: "softmax", shapes: &[&[2048, 1024]], small: &[&[5, 70]], job: softmax },
    Case {
        name: "variance_rows",
        shapes: &[&[2048, 2048]],
        small: &[&[5, 70]],
        job: |x, each| variance(&x[0], 1, each),
    },
    Case {
        name: "variance_columns",
        shapes: &[&[2048, 2048]],
        small: &[&[70, 5]],
        job: |x, each| variance(&x[0], 0, each),
    },
    Case { name: "smooth", shapes: &[&[768, 1024]], small: &[&[64, 72]], job: smoothing },
    Case {
        name: "transposed",
        shapes: &[&[2048, 2048], &[2048, 2048]],
        small: &[&[33, 33], &[33, 33]],
        job: transposed,
    },
    Case {
        name: "transposed_once",
        shapes: &[&[2048, 2048]],
        small: &[&[19, 40]],
        job: |x, each| each(each(x[0].matrix_transpose()) * 2.0),
    },
    Case { name: "roll_pad_mask", shapes: &[&[1000, 1000]], small: &[&[20, 30]], job: roll_pad_mask },
    Case {
        name: "concat",
        shapes: &[&[600, 1000], &[400, 1000], &[1000, 1000]],
        small: &[&[6, 5], &[4, 5], &[10, 5]],
        job: concat,
    },
    Case { name: "strided_slices", shapes: &[&[4_000_000]], small: &[&[40]], job: strided_slices },
    Case { name: "strided_window", shapes: &[&[2_000_000], &[1_000_000]], small: &[&[40], &[20]], job: strided_window },
    Case {
        name: "strided_columns",
        shapes: &[&[1000, 2000], &[1000, 1000]],
        small: &[&[4, 40], &[4, 20]],
        job: strided_columns,
    },
    Case {
        name: "odd_reshape",
        shapes: &[&[1000, 1200], &[1000, 1200]],
        small: &[&[10, 12], &[10, 12]],
        job: odd_reshape,
    },
    Case { name: "taken", shapes: &[&[1_000_000], &[1_000_000]], small: &[&[50], &[50]], job: taken },
    Case { name: "repeated", shapes: &[&[500_000]], small: &[&[50]], job: repeated },
    Case { name: "sliding", shapes: &[&[2_000_000]], small: &[&[50]], job: sliding },
    Case { name: "outer", shapes: &[&[2000], &[1000], &[2000, 1000]], small: &[&[20], &[10], &[20, 10]], job: outer },
    Case { name: "casts", shapes: &[&[2_000_000]], small: &[&[50]], job: casts },
    Case { name: "short_rows", shapes: &[&[500_000, 3], &[3]], small: &[&[9, 3], &[3]], job: short_rows },
    Case {
        name: "short_transposed",
        shapes: &[&[3, 500_000], &[500_000, 3]],
        small: &[&[3, 50], &[50, 3]],
        job: short_transposed,
    },
    Case { name: "norm_of_3", shapes: &[&[500_000, 3]], small: &[&[9, 3]], job: norm },
    Case { name: "window", shapes: &[&[64, 20_000]], small: &[&[2, 50]], job: window },
    Case { name: "constant_gain", shapes: &[&[64, 20_000]], small: &[&[2, 50]], job: gain },
    Case { name: "short_waves", shapes: &[&[300_000, 3], &[3]], small: &[&[9, 3], &[3]], job: short_waves },
    Case { name: "shared", shapes: &[&[1_000_000]], small: &[&[50]], job: shared },
    Case { name: "tiny", shapes: &[&[100], &[100], &[100]], small: &[&[10], &[10], &[10]], job: expression },
];

fn main() -> ondine::Result<()> {
    let (device, reference) = (Device::cpu(), Device::reference());
    let mut worst = (0.0, "");
    for Case { name, shapes, small, job } in CASES.iter().filter(|case| wants(case.name)) {
        let operands = |shapes: &[&[usize]]| {
            let operand = |(at, shape): (usize, &&[usize])| {
                Array::from_vec(numbers(shape.iter().product(), 0.5, 2.0, at as u64 + 1), *shape)
            };
            shapes.iter().enumerate().map(operand).collect::<Vec<Array>>()
        };
        let together = |operands: &[Array]| job(operands, &|array| array);
        let eval = |array: Array| array.eval(&device).expect("every op runs");
        // What the device makes of a small graph is what the definition says; of the large one, what its parts give.
        let (fused, defined) = (together(&operands(small)), together(&operands(small)));
        compare(name, &fused.eval(&device)?, &defined.eval(&reference)?)?;
        let operands: Vec<Array> = operands(shapes).into_iter().map(eval).collect();
        compare(name, &eval(together(&operands)), &job(&operands, &eval))?;
        let fused = time(3, || drop(black_box(eval(together(&operands)))));
        let parts = time(3, || drop(black_box(job(&operands, &eval))));
        row(&format!("{name}_fused"), fused * 1e3, "ms");
        row(&format!("{name}_parts"), parts * 1e3, "ms");
        row(&format!("{name}_ratio"), fused / parts, "of its parts");
        if fused / parts > worst.0 {
            worst = (fused / parts, name);
        }
    }
    row(&format!("worst_ratio ({})", worst.1), worst.0, "of its parts");
    Ok(())
}

/// Panics unless two results agree up to what other orders of rounding make.
fn compare(name: &str, got: &Array, want: &Array) -> ondine::Result<()> {
    let values = |array: &Array| match array.dtype()? {
        DType::C128 => Ok(array.to_vec::<Complex64>()?.iter().flat_map(|z| [z.re, z.im]).collect()),
        DType::F32 => Ok(array.to_vec::<f32>()?.iter().map(|x| *x as f64).collect()),
        _ => array.to_vec::<f64>(),
    };
    let (got, want): (Vec<f64>, Vec<f64>) = (values(got)?, values(want)?);
    check(name, &got, want, 1e-11, 1.0);
    Ok(())
}

fn expression(x: &[Array], each: Each) -> Array {
    let [a, b, c] = x else { unreachable!("it has three operands") };
    let (first, second) = (each(a * b), each(c * c));
    let third = each(each(2.0 * a) / each(b + 1.0));
    each(each(first + second) - third)
}

fn trig(x: &[Array], each: Each) -> Array {
    let (a, b) = (&x[0], &x[1]);
    let first = each(each(a.sin()) * each(each(-b).exp()));
    let root = each(each(each(a * a) + each(b * b)).sqrt());
    let second = each(root * each(b.cos()));
    each(each(first + second) + each(each(a + 1.0).log()))
}

fn along(axis: i64, keepdims: bool) -> ReduceOptions {
    ReduceOptions { axis: axis.into(), keepdims, ..Default::default() }
}

fn softmax(x: &[Array], each: Each) -> Array {
    let powers = each(each(&x[0] - each(x[0].max_with(along(1, true)))).exp());
    each(&powers / each(powers.sum_with(along(1, true))))
}

fn variance(x: &Array, axis: i64, each: Each) -> Array {
    let away = each(x - each(x.mean_with(along(axis, true))));
    each(each(&away * &away).mean_with(along(axis, false)))
}

fn smoothing(x: &[Array], each: Each) -> Array {
    let shape: [usize; 2] = x[0].shape().expect("it was given")[..].try_into().expect("it has two axes");
    let [top, bottom, left, right] = smooth::window(shape).map(|at| at as i64);
    let spectrum = each(ondine::fft::fftshift(&each(ondine::fft::fftn(&x[0]))));
    let rough = each(spectrum.set(s![top..bottom, left..right], 0));
    each(ondine::fft::ifftn(&each(ondine::fft::ifftshift(&each(spectrum - rough)))))
}

fn transposed(x: &[Array], each: Each) -> Array {
    each(each(&x[0] * 2.0) + each(x[1].matrix_transpose()))
}

fn roll_pad_mask(x: &[Array], each: Each) -> Array {
    let rolled = each(x[0].roll([3, -5], [0, 1]));
    let padded = each(each(rolled * 2.0).pad([10, 20], [30, 40], 1.0));
    let masked = each(padded.set(s![5..15, 7..17], 0.0));
    each(masked + 1.0)
}

fn concat(x: &[Array], each: Each) -> Array {
    let joined = each(ondine::concat(&[&each(&x[0] * 2.0), &each(&x[1] + 1.0)], 0));
    each(joined * &x[2])
}

fn strided_slices(x: &[Array], each: Each) -> Array {
    let (even, odd) = (each(x[0].slice(s![..;2])), each(x[0].slice(s![1..;2])));
    each(each(even * 2.0) + odd)
}

fn strided_window(x: &[Array], each: Each) -> Array {
    each(each(x[0].set(s![..;2], each(&x[1] * 3.0))) + 1.0)
}

fn strided_columns(x: &[Array], each: Each) -> Array {
    each(each(x[0].set(s![.., 1..;2], each(&x[1] * 3.0))) + 1.0)
}

fn odd_reshape(x: &[Array], each: Each) -> Array {
    let shape = x[0].shape().expect("it was given");
    let across = each(each(x[0].matrix_transpose()).reshape([shape[0], shape[1]]));
    each(across + &x[1])
}

fn taken(x: &[Array], each: Each) -> Array {
    let most = x[0].shape().expect("it was given")[0] as f64;
    let places = each(each((&x[1] - 0.5) * (most / 1.5)).astype(DType::I64));
    each(each(x[0].take(&places, 0)) * 2.0)
}

fn repeated(x: &[Array], each: Each) -> Array {
    each(each(each(&x[0] * 2.0).repeat(3, 0)) + 1.0)
}

fn sliding(x: &[Array], each: Each) -> Array {
    let [first, second, third] = [s![..-2], s![1..-1], s![2..]].map(|picks| each(x[0].slice(picks)));
    each(each(each(first + each(2.0 * second)) + third) * 0.25)
}

fn outer(x: &[Array], each: Each) -> Array {
    let product = each(each(x[0].expand_dims(1)) * &x[1]);
    each(each(product + &x[2]) * 0.5)
}

fn casts(x: &[Array], each: Each) -> Array {
    let bytes = each(each(&x[0] * 100.0).astype(DType::U8));
    let numbers = each(bytes.astype(DType::F32));
    each(each(numbers / 255.0).astype(DType::F64))
}

fn short_rows(x: &[Array], each: Each) -> Array {
    each(each(&x[0] * &x[1]) + 1.0)
}

fn short_transposed(x: &[Array], each: Each) -> Array {
    each(each(x[0].matrix_transpose()) * &x[1])
}

fn norm(x: &[Array], each: Each) -> Array {
    each(each(each(&x[0] * &x[0]).sum_with(along(1, false))).sqrt())
}

fn window(x: &[Array], each: Each) -> Array {
    let extent = x[0].shape().expect("it was given")[1];
    let turn = each(each(ondine::arange(extent as f64)) * (std::f64::consts::TAU / extent as f64));
    let hann = each(each(1.0 - each(turn.cos())) * 0.5);
    each(&x[0] * hann)
}

fn shared(x: &[Array], each: Each) -> Array {
    let wave = each(each(x[0].sin()) * 2.0);
    let moved = each(wave.roll([7], [0]));
    each(each(wave.flip(0)) + each(moved * 0.5))
}

fn gain(x: &[Array], each: Each) -> Array {
    let extent = x[0].shape().expect("it was given")[1];
    let k = each(ondine::fft::fftfreq(extent));
    each(&x[0] * each(each(-each(&k * &k)).exp()))
}

fn short_waves(x: &[Array], each: Each) -> Array {
    each(each(each(&x[0] * &x[1]).sin()) + &x[1])
}
