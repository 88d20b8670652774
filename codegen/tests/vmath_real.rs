//! Real vector math: accuracy against double-double, special values against C99, tails, and agreement of the builds.

mod accuracy;
mod double_double;

use accuracy::{Random, Worst, binary_cases, cancels, measure_binary, measure_unary, see_f32, unary_cases};
use ondine_codegen::cpu::vmath::{binary_f32, binary_f64, tables, unary_f32, unary_f64};
use ondine_ir::{Binary, Unary};

const SAMPLES: usize = 100_000;

#[rustfmt::skip]
const SPECIAL: [f64; 50] = [
    0.0, -0.0, 1.0, -1.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 5e-324, -5e-324, f64::MIN_POSITIVE, 2.2250738585072e-308,
    f64::MAX, f64::MIN, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 1e-9, 1e-18, -1e-18, 1e-300, -1e-300, 709.782712893384, 709.782712893385,
    -708.4, -745.13, -745.14, -746.0, 710.4758600739439, 710.475860073944, 1024.0, 1023.9999999999999, -1074.0, -1075.1, 1e22,
    1e300, 1073741824.0, 9007199254740992.0, std::f64::consts::FRAC_PI_2, std::f64::consts::PI, 0.9999999999999999, 1.0000000000000002,
    -0.9999999999999999, 26.5, 27.3, 0.1, 1e150, 1e-150,
];

fn std_unary(op: Unary, x: f64) -> f64 {
    use Unary::*;
    match op {
        Exp => x.exp(),
        Exp2 => x.exp2(),
        Expm1 => x.exp_m1(),
        Log => x.ln(),
        Log1p => x.ln_1p(),
        Log2 => x.log2(),
        Log10 => x.log10(),
        Sin => x.sin(),
        Cos => x.cos(),
        Tan => x.tan(),
        Sinh => x.sinh(),
        Cosh => x.cosh(),
        Tanh => x.tanh(),
        Asin => x.asin(),
        Acos => x.acos(),
        Atan => x.atan(),
        // std's own formulas overflow; libm's do not
        Asinh if x.abs() > 1e9 => (x.abs().ln() + std::f64::consts::LN_2).copysign(x),
        Asinh => x.asinh(),
        Acosh if x > 1e9 => x.ln() + std::f64::consts::LN_2,
        Acosh => x.acosh(),
        Atanh if x.abs() < 1e-8 => x,
        Atanh => x.atanh(),
        Cbrt => x.cbrt(),
        // close enough to tell zeros, infinities and NaN
        Erf if x.abs() > 6.0 => x.signum(),
        Erf => std::f64::consts::FRAC_2_SQRT_PI * x,
        Erfc if x > 27.23 => 0.0,
        Erfc if x < -6.0 => 2.0,
        Erfc => 1.0 + 0.0 * x,
        _ => unreachable!("{op} has no routine"),
    }
}

fn std_binary(op: Binary, x: f64, y: f64) -> f64 {
    match op {
        Binary::Pow => x.powf(y),
        Binary::Atan2 => x.atan2(y),
        Binary::Hypot => x.hypot(y),
        Binary::Logaddexp if x.is_nan() || y.is_nan() => f64::NAN,
        Binary::Logaddexp if x == y => x + std::f64::consts::LN_2,
        Binary::Logaddexp => x.max(y) + (-(x - y).abs()).exp().ln_1p(),
        _ => unreachable!("{op} has no routine"),
    }
}

/// Same zero, infinity or NaN; at the edges of the range the neighbour is allowed.
fn agrees(got: f64, want: f64) -> bool {
    if want.is_nan() {
        return got.is_nan();
    }
    if want.is_infinite() || got.is_infinite() {
        return got == want || (got.abs() >= f64::MAX && want.abs() >= f64::MAX && got.signum() == want.signum());
    }
    if want == 0.0 || got == 0.0 {
        return got.is_sign_negative() == want.is_sign_negative() && (got - want).abs() <= 5e-324;
    }
    got.is_finite()
}

#[test]
fn f64_unary_functions_keep_their_bounds() {
    for case in unary_cases() {
        let worst = measure_unary(&case, SAMPLES, case.op as u64);
        println!("{:10} {:.3} ulp at {:e}", case.op.name(), worst.ulps, worst.at.0);
        assert!(worst.ulps <= case.bound, "{}: {} ulp at {:e}", case.op, worst.ulps, worst.at.0);
    }
}

#[test]
fn f64_binary_functions_keep_their_bounds() {
    for case in binary_cases() {
        let worst = measure_binary(&case, SAMPLES, case.op as u64);
        println!("{:10} {:.3} ulp at {:?}", case.op.name(), worst.ulps, worst.at);
        assert!(worst.ulps <= case.bound, "{}: {} ulp at {:?}", case.op, worst.ulps, worst.at);
    }
}

#[test]
fn f32_functions_round_the_f64_ones() {
    for case in unary_cases() {
        let mut random = Random::new(case.op as u64);
        let mut worst = Worst::default();
        for i in 0..SAMPLES / 500 {
            // every other block from the ordinary range, the others from all bit patterns
            let x: Vec<f32> =
                (0..500)
                    .map(|_| {
                        if i % 2 == 0 {
                            (case.sample)(&mut random) as f32
                        } else {
                            f32::from_bits(random.bits() as u32)
                        }
                    })
                    .chain(SPECIAL.map(|x| x as f32))
                    .collect();
            let mut y = x.clone();
            let mut z: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
            assert!(unary_f32(case.op, &mut y) && unary_f64(case.op, &mut z));
            for i in 0..x.len() {
                see_f32(&mut worst, y[i], z[i], (x[i].into(), 0.0));
            }
        }
        println!("{:10} {:.3} ulp at {:e}", case.op.name(), worst.ulps, worst.at.0);
        assert!(worst.ulps <= case.bound_f32, "{}: {} ulp at {:e}", case.op, worst.ulps, worst.at.0);
    }
}

#[test]
fn f32_binary_functions_round_the_f64_ones() {
    for case in binary_cases() {
        let mut random = Random::new(case.op as u64);
        let mut worst = Worst::default();
        for i in 0..SAMPLES / 500 {
            let (x, y): (Vec<f32>, Vec<f32>) = (0..500)
                .map(|_| {
                    let bits = random.bits();
                    let any = (f32::from_bits(bits as u32), f32::from_bits((bits >> 32) as u32));
                    let (x, y) = (case.sample)(&mut random);
                    if i % 2 == 0 { (x as f32, y as f32) } else { any }
                })
                .chain(SPECIAL.iter().flat_map(|&x| SPECIAL.map(|y| (x as f32, y as f32))))
                .unzip();
            let mut z = x.clone();
            let widen = |v: &[f32]| v.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
            let mut w = widen(&x);
            assert!(binary_f32(case.op, &mut z, &y) && binary_f64(case.op, &mut w, &widen(&y)));
            for i in 0..x.len() {
                if !cancels(case.op, x[i].into(), y[i].into(), w[i]) {
                    see_f32(&mut worst, z[i], w[i], (x[i].into(), y[i].into()));
                }
            }
        }
        println!("{:10} {:.3} ulp at {:?}", case.op.name(), worst.ulps, worst.at);
        assert!(worst.ulps <= case.bound_f32, "{}: {} ulp at {:?}", case.op, worst.ulps, worst.at);
    }
}

#[test]
fn special_values_are_those_of_c99() {
    for case in unary_cases() {
        let mut y = SPECIAL;
        assert!(unary_f64(case.op, &mut y));
        for (x, y) in SPECIAL.into_iter().zip(y) {
            let want = std_unary(case.op, x);
            assert!(agrees(y, want), "{}({x:e}) is {y:e}, not {want:e}", case.op);
        }
    }
    for case in binary_cases() {
        for x in SPECIAL {
            let mut z = [x; SPECIAL.len()];
            assert!(binary_f64(case.op, &mut z, &SPECIAL));
            for (y, z) in SPECIAL.into_iter().zip(z) {
                let want = std_binary(case.op, x, y);
                assert!(agrees(z, want), "{}({x:e}, {y:e}) is {z:e}, not {want:e}", case.op);
            }
        }
    }
}

/// Every length gives what one call over everything gives, in place and out of place, on every build.
#[test]
fn tails_and_builds_agree_bit_for_bit() {
    let mut random = Random::new(7);
    let mut x: Vec<f64> =
        (0..4000).map(|i| if i % 3 == 0 { random.spread(-8, 8) } else { random.uniform(-1.0, 1.0) }).collect();
    x.extend(SPECIAL);
    x.extend((0..500).map(|_| f64::from_bits(random.bits())));
    let y: Vec<f64> = x.iter().rev().copied().collect();
    let (xs, ys): (Vec<f32>, Vec<f32>) = x.iter().zip(&y).map(|(&x, &y)| (x as f32, y as f32)).unzip();
    let same = |a: f64, b: f64| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
    for op in Unary::ALL {
        let mut want = x.clone();
        let mut want_f32 = xs.clone();
        if !unary_f64(op, &mut want) {
            assert!(!unary_f32(op, &mut want_f32));
            continue;
        }
        assert!(unary_f32(op, &mut want_f32));
        for table in tables() {
            let (f, g) =
                ((table.unary_f64)(op).expect("in every table"), (table.unary_f32)(op).expect("in every table"));
            for n in (0..70).chain([x.len()]) {
                let from = if n == x.len() { 0 } else { 13 * n };
                let (mut got, mut got_f32) = (vec![2.0; n + 1], vec![2.0f32; n + 1]);
                // SAFETY: n elements on both sides, disjoint; `tables` lists what this machine runs.
                unsafe {
                    f(got.as_mut_ptr(), x[from..].as_ptr(), n);
                    g(got_f32.as_mut_ptr(), xs[from..].as_ptr(), n);
                }
                for i in 0..n {
                    assert!(same(got[i], want[from + i]), "{op} {} {:e}", table.name, x[from + i]);
                    assert!(
                        same(got_f32[i].into(), want_f32[from + i].into()),
                        "{op} {} {:e}",
                        table.name,
                        xs[from + i]
                    );
                }
                assert!(got[n] == 2.0 && got_f32[n] == 2.0, "{op} wrote past {n}");
            }
        }
    }
    for op in Binary::ALL {
        let mut want = x.clone();
        let mut want_f32 = xs.clone();
        if !binary_f64(op, &mut want, &y) {
            continue;
        }
        assert!(binary_f32(op, &mut want_f32, &ys));
        for table in tables() {
            let (f, g) =
                ((table.binary_f64)(op).expect("in every table"), (table.binary_f32)(op).expect("in every table"));
            for n in (0..70).chain([x.len()]) {
                let from = if n == x.len() { 0 } else { 13 * n };
                let mut got = y[from..from + n].to_vec();
                let mut got_f32 = vec![2.0f32; n + 1];
                // SAFETY: n elements each; the second operand is the destination itself, which is allowed.
                unsafe {
                    f(got.as_mut_ptr(), x[from..].as_ptr(), got.as_ptr(), n);
                    g(got_f32.as_mut_ptr(), xs[from..].as_ptr(), ys[from..].as_ptr(), n);
                }
                for i in 0..n {
                    assert!(same(got[i], want[from + i]), "{op} {} {:e} {:e}", table.name, x[from + i], y[from + i]);
                    assert!(same(got_f32[i].into(), want_f32[from + i].into()), "{op} {}", table.name);
                }
                assert!(got_f32[n] == 2.0, "{op} wrote past {n}");
            }
        }
    }
}
