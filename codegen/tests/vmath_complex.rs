//! Complex vector math: every special value of the array API standard, symmetries, branch cuts, accuracy against
//! double-double, and agreement of the builds.

mod accuracy;
mod double_double;

use std::f64::consts::PI;

use accuracy::{Random, Worst, ulps};
use double_double::{Complex as Wide, double, functions as reference};
use num_complex::{Complex, Complex32, Complex64};
use ondine_codegen::cpu::vmath::{abs_c64, abs_c128, pow_c64, pow_c128, tables, unary_c64, unary_c128};
use ondine_ir::Unary;

/// `function: (a b) (a b) -> re im`, for b >= 0. Words: `fin` any finite, `+fin` positive finite, `nz` nonzero finite,
/// `N` NaN, `any` everything; `~` before a result: its sign is free; `cos` and `sin` of b times the number before them.
const SPECIAL: &str = include_str!("complex_special_values.txt");

fn arguments(word: &str) -> Vec<f64> {
    let positive = [1.0, 0.25, 3.0, 5e-324, 1e-200, 1e-9, 20.0, 800.0, 1e10, 1e200, f64::MAX];
    let both = positive.iter().flat_map(|&x| [x, -x]);
    match word {
        "fin" => both.chain([0.0, -0.0]).collect(),
        "nz" => both.collect(),
        "+fin" => positive.to_vec(),
        "any" => both.chain([0.0, -0.0, f64::INFINITY, -f64::INFINITY, f64::NAN]).collect(),
        "N" => vec![f64::NAN],
        number => vec![number.parse().expect("a number")],
    }
}

fn matches(got: f64, word: &str, b: f64, epsilon: f64) -> bool {
    let (free, word) = word.strip_prefix('~').map_or((false, word), |w| (true, w));
    let want = match word {
        "N" => return got.is_nan(),
        "0cos" => 0.0 * b.cos(),
        "0sin" => 0.0 * b.sin(),
        "infcos" => f64::INFINITY * b.cos(),
        "infsin" => f64::INFINITY * b.sin(),
        "pi" => PI,
        "pi/2" => PI / 2.0,
        "pi/4" => PI / 4.0,
        "3pi/4" => 0.75 * PI,
        number => number.parse().expect("a number"),
    };
    let close = got == want || (got - want).abs() <= epsilon * want.abs();
    if free { got.abs() == want.abs() || close } else { close && got.is_sign_negative() == want.is_sign_negative() }
}

fn named(name: &str) -> Unary {
    Unary::ALL.into_iter().find(|op| op.name() == name).expect("an operation")
}

fn c128(op: Unary, z: Complex64) -> Complex64 {
    let mut tile = [z];
    assert!(unary_c128(op, &mut tile));
    tile[0]
}

fn c64(op: Unary, z: Complex64) -> Complex64 {
    let mut tile = [Complex32::new(z.re as f32, z.im as f32)];
    assert!(unary_c64(op, &mut tile));
    Complex::new(tile[0].re.into(), tile[0].im.into())
}

#[test]
fn special_values_are_those_of_the_standard() {
    let mut checked = 0;
    let mut wrong = Vec::new();
    for line in SPECIAL.lines().filter(|line| !line.is_empty()) {
        let (names, rest) = line.split_once(':').expect("names");
        let (points, result) = rest.split_once("->").expect("a result");
        let (re, im) = result.trim().split_once(' ').expect("two parts");
        for (name, point) in names.split(' ').flat_map(|n| points.trim().split(')').map(move |p| (n, p))) {
            let point = point.trim().trim_start_matches('(');
            let Some((a, b)) = point.split_once(' ') else { continue };
            let op = named(name);
            for a in arguments(a) {
                for b in arguments(b) {
                    // the table is for b >= 0; the lower half-plane is its mirror image
                    for z in [Complex::new(a, b.abs()), Complex::new(a, -b.abs())] {
                        let w = c128(op, z);
                        let upper = if z.im.is_sign_negative() { w.conj() } else { w };
                        if !(matches(upper.re, re, b.abs(), 1e-15) && matches(upper.im, im, b.abs(), 1e-15)) {
                            wrong.push(format!("{name}({z:?}) is {w:?}, not {result}"));
                        }
                        let narrow = |x: f64| f64::from(x as f32);
                        let same_class = |x: f64| narrow(x).classify() == x.classify() && (x.is_nan() || x.abs() < 1e9);
                        if (same_class(a) || a.is_infinite()) && (same_class(b) || b.is_infinite()) {
                            let w = c64(op, z);
                            let upper = if z.im.is_sign_negative() { w.conj() } else { w };
                            if !(matches(upper.re, re, b.abs(), 1e-7) && matches(upper.im, im, b.abs(), 1e-7)) {
                                wrong.push(format!("c64 {name}({z:?}) is {w:?}, not {result}"));
                            }
                        }
                        checked += 1;
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {checked} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked > 1000);
    for z in [Complex::new(0.0, -0.0), Complex::new(-0.0, -0.0)] {
        assert!(same(c128(Unary::Sign, z), Complex::new(0.0, 0.0)), "sign({z:?})");
    }
}

const PARTS: [f64; 15] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.3,
    -2.5,
    1e-170,
    -1e-320,
    1e170,
    1e300,
    -800.0,
    1e11,
    f64::INFINITY,
    -f64::INFINITY,
    f64::NAN,
];

fn grid() -> impl Iterator<Item = Complex64> {
    PARTS.into_iter().flat_map(|a| PARTS.into_iter().map(move |b| Complex::new(a, b)))
}

fn same(a: Complex64, b: Complex64) -> bool {
    let part = |a: f64, b: f64| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
    part(a.re, b.re) && part(a.im, b.im)
}

/// Equal; with a NaN part in the argument up to the signs of zeros and infinities.
fn alike(z: Complex64, a: Complex64, b: Complex64) -> bool {
    let free = z.re.is_nan() || z.im.is_nan() || a.re.is_nan() || a.im.is_nan();
    same(a, b) || free && same(Complex::new(a.re.abs(), a.im.abs()), Complex::new(b.re.abs(), b.im.abs()))
}

#[test]
fn circular_functions_are_the_hyperbolic_ones_turned() {
    use Unary::*;
    for z in grid() {
        let jz = Complex::new(-z.im, z.re);
        for (op, other) in [(Sin, Sinh), (Tan, Tanh), (Asin, Asinh), (Atan, Atanh)] {
            let w = c128(other, jz);
            assert!(same(c128(op, z), Complex::new(w.im, -w.re)), "{op}({z:?})");
        }
        assert!(same(c128(Cos, z), c128(Cosh, jz)), "cos({z:?})");
    }
}

#[test]
fn functions_are_symmetric() {
    use Unary::*;
    let all = [
        Sqrt, Sign, Exp, Expm1, Log, Log1p, Log2, Log10, Sin, Cos, Tan, Sinh, Cosh, Tanh, Asin, Acos, Atan, Asinh,
        Acosh, Atanh,
    ];
    for z in grid() {
        for op in all {
            if op == Sign && (z.re == 0.0 && z.im == 0.0) {
                continue;
            }
            assert!(alike(z, c128(op, z.conj()), c128(op, z).conj()), "{op}({z:?}) is {:?}", c128(op, z));
        }
        for op in [Asinh, Atanh, Sinh, Tanh, Asin, Atan, Sin, Tan] {
            assert!(alike(z, c128(op, -z), -c128(op, z)), "{op}({z:?}) is {:?}", c128(op, z));
        }
        for op in [Cosh, Cos] {
            assert!(alike(z, c128(op, -z), c128(op, z)), "{op}({z:?})");
        }
    }
}

#[test]
fn moduli_and_powers() {
    let z: Vec<Complex64> = grid().collect();
    let mut r = vec![0.0; z.len()];
    abs_c128(&z, &mut r);
    for (z, r) in z.iter().zip(&r) {
        let want = z.re.hypot(z.im);
        assert!(
            (r - want).abs() <= 3e-16 * want || r.to_bits() == want.to_bits() || r.is_nan() && want.is_nan(),
            "|{z}| is {r}"
        );
    }
    let mut r = [0.0];
    abs_c64(&[Complex::new(3e30, 4e30)], &mut r);
    assert_eq!(r, [5e30]);
    let power = |x: Complex64, y: Complex64| {
        let mut tile = [x];
        pow_c128(&mut tile, &[y]);
        tile[0]
    };
    let c = Complex64::new;
    for z in grid() {
        assert_eq!(power(z, c(0.0, 0.0)), c(1.0, 0.0), "{z}");
    }
    assert_eq!(power(c(-1.0, 0.0), c(2.0, 0.0)), c(1.0, 0.0));
    assert_eq!(power(c(1.0, 2.0), c(3.0, 0.0)), c(-11.0, -2.0));
    assert_eq!(power(c(0.0, 2.0), c(-1.0, 0.0)), c(0.0, -0.5));
    assert_eq!(power(c(0.0, 0.0), c(2.0, 1.0)), c(0.0, 0.0));
    assert!((power(c(1e300, 0.0), c(0.5, 0.0)) - c(1e150, 0.0)).norm() < 1e136);
    assert!(
        power(c(1e-300, 1e-300), c(3.0, 0.0)) == c(0.0, 0.0) || power(c(1e-300, 1e-300), c(3.0, 0.0)).norm() == 0.0
    );
    let mut tile = [Complex32::new(2.0, 0.0)];
    pow_c64(&mut tile, &[Complex32::new(0.5, 0.0)]);
    assert_eq!(tile[0], Complex32::new(std::f32::consts::SQRT_2, 0.0));
}

/// Reference in double-double by the textbook formulas.
fn wide(op: Unary, z: Wide) -> Wide {
    use Unary::*;
    let real = |x: f64| Wide { re: double(x), im: double(0.0) };
    let times_j = |z: Wide| Wide { re: -z.im, im: z.re };
    let over_j = |z: Wide| Wide { re: z.im, im: -z.re };
    let half = |z: Wide| Wide { re: z.re.scale(0.5), im: z.im.scale(0.5) };
    let one = real(1.0);
    let (log, sqrt, exp) = (reference::complex_log, reference::complex_sqrt, reference::complex_exp);
    match op {
        Sqrt => sqrt(z),
        Sign => {
            let h = reference::hypot(z.re, z.im);
            Wide { re: z.re / h, im: z.im / h }
        }
        Exp => exp(z),
        Expm1 => {
            let (s, c) = reference::sin_cos(z.im);
            let (t, _) = reference::sin_cos(z.im.scale(0.5));
            let e = reference::expm1(z.re);
            Wide { re: e * c - (t * t).scale(2.0), im: (e + double(1.0)) * s }
        }
        Log => log(z),
        Log1p => {
            let u = z.re * (z.re + double(2.0)) + z.im * z.im;
            let re = if u.hi > -0.5 { reference::log1p(u).scale(0.5) } else { log(z + one).re };
            Wide { re, im: reference::atan2(z.im, z.re + double(1.0)) }
        }
        Log2 => log(z) / Wide { re: reference::LN2, im: double(0.0) },
        Log10 => log(z) / Wide { re: reference::LN10, im: double(0.0) },
        Sinh => {
            let (s, c) = reference::sin_cos(z.im);
            Wide { re: reference::sinh(z.re) * c, im: reference::cosh(z.re) * s }
        }
        Cosh => {
            let (s, c) = reference::sin_cos(z.im);
            Wide { re: reference::cosh(z.re) * c, im: reference::sinh(z.re) * s }
        }
        Tanh => wide(Sinh, z) / wide(Cosh, z),
        Sin => over_j(wide(Sinh, times_j(z))),
        Cos => wide(Cosh, times_j(z)),
        Tan => over_j(wide(Tanh, times_j(z))),
        Asinh => {
            let root = sqrt(one + z * z);
            if z.re.hi < 0.0 {
                let w = log(root - z);
                return Wide { re: -w.re, im: -w.im };
            }
            log(z + root)
        }
        Atanh => half(wide(Log1p, z) - wide(Log1p, Wide { re: -z.re, im: -z.im })),
        Acosh => log(z + sqrt(z + one) * sqrt(z - one)),
        Asin => over_j(wide(Asinh, times_j(z))),
        Atan => over_j(wide(Atanh, times_j(z))),
        Acos => {
            let w = wide(Asin, z);
            Wide { re: reference::PI_2 - w.re, im: -w.im }
        }
        _ => unreachable!("{op} has no routine"),
    }
}

/// Largest error of each part in ulp of that part: (operation, bound).
const BOUNDS: [(Unary, f64); 20] = {
    use Unary::*;
    [
        (Sqrt, 3.0),
        (Sign, 2.0),
        (Exp, 2.5),
        (Expm1, 3.0),
        (Log, 2.0),
        (Log1p, 2.0),
        (Log2, 3.0),
        (Log10, 3.0),
        (Sin, 3.0),
        (Cos, 3.0),
        (Tan, 8.0),
        (Sinh, 3.0),
        (Cosh, 3.0),
        (Tanh, 8.0),
        (Asin, 6.0),
        (Acos, 6.0),
        (Atan, 6.0),
        (Asinh, 6.0),
        (Acosh, 6.0),
        (Atanh, 6.0),
    ]
};

#[test]
fn parts_keep_their_bounds() {
    let mut late = Vec::new();
    for (op, bound) in BOUNDS {
        let mut random = Random::new(op as u64);
        let mut worst = Worst::default();
        for _ in 0..50 {
            let tile: Vec<Complex64> = (0..500)
                .map(|i| match i % 3 {
                    0 => Complex::new(random.uniform(-3.0, 3.0), random.uniform(-3.0, 3.0)),
                    1 => Complex::new(random.spread(-8, 4), random.spread(-8, 4)),
                    _ => Complex::from_polar(1.0, random.uniform(-3.0, 3.0)),
                })
                .collect();
            let mut got = tile.clone();
            assert!(unary_c128(op, &mut got));
            for (z, w) in tile.iter().zip(&got) {
                let exact = wide(op, Wide { re: double(z.re), im: double(z.im) });
                // the real part of expm1 may cancel: its error is relative to the modulus
                let modulus = exact.re.hi.hypot(exact.im.hi);
                let part = |got: f64, want: double_double::Double| {
                    let logarithm = matches!(op, Unary::Log | Unary::Log2 | Unary::Log10);
                    match op {
                        Unary::Expm1 if want.hi.abs() < modulus => ulps(got, want) * want.hi.abs() / modulus,
                        // where the reference itself has too few bits
                        _ if logarithm && want.hi.abs() < 1e-15 => 0.0,
                        _ => ulps(got, want),
                    }
                };
                worst.see(part(w.re, exact.re).max(part(w.im, exact.im)), (z.re, z.im));
            }
        }
        println!("{:6} {:.2} ulp at {:?}", op.name(), worst.ulps, worst.at);
        if worst.ulps > bound {
            late.push(format!("{op}: {} ulp at {:?}", worst.ulps, worst.at));
        }
    }
    assert!(late.is_empty(), "{late:?}");
}

#[test]
fn powers_are_accurate() {
    let mut random = Random::new(3);
    let mut worst = Worst::default();
    for _ in 0..20_000 {
        let x = Complex::new(random.uniform(-3.0, 3.0), random.uniform(-3.0, 3.0));
        let y = Complex::new(random.uniform(-5.0, 5.0), random.uniform(-5.0, 5.0));
        let mut got = [x];
        pow_c128(&mut got, &[y]);
        let w = |z: Complex64| Wide { re: double(z.re), im: double(z.im) };
        let exact = reference::complex_exp(w(y) * reference::complex_log(w(x)));
        let modulus = exact.re.hi.hypot(exact.im.hi);
        let error = ((double(got[0].re) - exact.re).hi).hypot((double(got[0].im) - exact.im).hi);
        worst.see(error / modulus / f64::EPSILON, (x.re, x.im));
    }
    println!("pow {:.2} epsilon at {:?}", worst.ulps, worst.at);
    assert!(worst.ulps < 20.0);
}

#[test]
fn c64_rounds_c128() {
    let mut random = Random::new(5);
    for (op, _) in BOUNDS {
        let tile: Vec<Complex32> = (0..5000)
            .map(|_| Complex::new(random.uniform(-4.0, 4.0) as f32, random.uniform(-4.0, 4.0) as f32))
            .collect();
        let mut single = tile.clone();
        let mut wide: Vec<Complex64> = tile.iter().map(|z| Complex::new(z.re.into(), z.im.into())).collect();
        assert!(unary_c64(op, &mut single) && unary_c128(op, &mut wide));
        for (s, w) in single.iter().zip(&wide) {
            assert_eq!(*s, Complex::new(w.re as f32, w.im as f32), "{op}");
        }
    }
}

#[test]
fn tails_and_builds_agree_bit_for_bit() {
    let mut random = Random::new(9);
    let mut tile: Vec<Complex64> = grid().collect();
    tile.extend((0..500).map(|_| Complex::new(random.spread(-9, 5), random.spread(-9, 5))));
    tile.extend((0..200).map(|_| Complex::new(f64::from_bits(random.bits()), f64::from_bits(random.bits()))));
    for (op, _) in BOUNDS {
        let mut want = tile.clone();
        assert!(unary_c128(op, &mut want));
        for table in tables() {
            let routine = (table.unary_c128)(op).expect("in every table");
            for n in (0..70).chain([tile.len()]) {
                let from = if n == tile.len() { 0 } else { 11 * n };
                let n = n.min(tile.len() - from);
                let mut got = vec![Complex::new(2.0, 2.0); n + 1];
                // SAFETY: n numbers on both sides, disjoint; `tables` lists what this machine runs.
                unsafe { routine(got.as_mut_ptr(), tile[from..].as_ptr(), n) };
                for i in 0..n {
                    assert!(same(got[i], want[from + i]), "{op} {} {:?}", table.name, tile[from + i]);
                }
                assert_eq!(got[n], Complex::new(2.0, 2.0), "{op} wrote past {n}");
            }
        }
    }
    let exponents: Vec<Complex64> = tile.iter().rev().copied().collect();
    let mut want = tile.clone();
    pow_c128(&mut want, &exponents);
    for table in tables() {
        let mut got = tile.clone();
        // SAFETY: equal lengths; the destination is the first operand.
        unsafe { (table.pow_c128)(got.as_mut_ptr(), got.as_ptr(), exponents.as_ptr(), got.len()) };
        for i in 0..got.len() {
            assert!(same(got[i], want[i]), "pow {} {:?} {:?}", table.name, tile[i], exponents[i]);
        }
    }
}
