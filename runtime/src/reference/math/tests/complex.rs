//! Special values of the complex functions, their symmetries, and complex arithmetic.

use super::{INF, arguments, binary_named, matches, same, unary_named};
use crate::reference::math::{binary, unary};
use num_complex::Complex64;
use ondine_ir::{Binary, DType, Scalar, Unary};
use std::f64::consts::{LN_2, LN_10};

/// Function, real and imaginary part of the argument, of the result: the table of the standard, row by row.
///
/// Imaginary parts are those that are not negative, real parts too where the function is even or odd.
const ROWS: &str = "
    abs any anyinf inf 0    abs anyinf any inf 0    abs N fin|N N 0     abs fin N N 0   abs zero zero 0 0

    sqrt zero 0 0 0         sqrt any inf inf inf    sqrt fin N N N      sqrt -inf +fin 0 inf
    sqrt inf +fin inf 0     sqrt -inf N N ~inf      sqrt inf N inf N    sqrt N fin|N N N

    exp zero 0 1 0          exp fin inf|N N N       exp inf 0 inf 0     exp -inf fin 0cos 0sin
    exp inf nz infcos infsin    exp -inf inf|N ~0 ~0    exp inf inf|N ~inf N    exp N 0 N 0     exp N nz|inf|N N N

    expm1 zero 0 0 0        expm1 fin inf|N N N     expm1 inf 0 inf 0   expm1 -inf fin -1 0sin
    expm1 inf nz infcos infsin  expm1 -inf inf|N -1 ~0  expm1 inf inf|N ~inf N  expm1 N 0 N 0   expm1 N nz|inf|N N N

    log -0 0 -inf pi        log 0 0 -inf 0          log fin inf inf pi/2    log fin N N N
    log -inf +fin inf pi    log inf +fin inf 0      log -inf inf inf 3pi/4  log inf inf inf pi/4
    log anyinf N inf N      log N fin N N           log N inf inf N         log N N N N

    log1p -1 0 -inf 0       log1p fin inf inf pi/2  log1p fin N N N
    log1p -inf +fin inf pi  log1p inf +fin inf 0    log1p -inf inf inf 3pi/4    log1p inf inf inf pi/4
    log1p anyinf N inf N    log1p N fin N N         log1p N inf inf N       log1p N N N N

    acos zero 0 pi/2 -0     acos zero N pi/2 N      acos fin inf pi/2 -inf  acos nz N N N
    acos -inf +fin pi -inf  acos inf +fin 0 -inf    acos -inf inf 3pi/4 -inf    acos inf inf pi/4 -inf
    acos anyinf N N ~inf    acos N fin N N          acos N inf N -inf       acos N N N N

    acosh zero 0 0 pi/2     acosh fin inf inf pi/2  acosh zero N N ~pi/2    acosh nz N N N
    acosh -inf +fin inf pi  acosh inf +fin inf 0    acosh -inf inf inf 3pi/4    acosh inf inf inf pi/4
    acosh anyinf N inf N    acosh N fin N N         acosh N inf inf N       acosh N N N N

    asinh 0 0 0 0           asinh +fin inf inf pi/2 asinh fin N N N         asinh inf +fin inf 0
    asinh inf inf inf pi/4  asinh inf N ~inf N      asinh N 0 N 0           asinh N nz N N
    asinh N inf ~inf N      asinh N N N N

    atanh 0 0 0 0           atanh 0 N 0 N           atanh 1 0 inf 0         atanh +fin inf 0 pi/2
    atanh nz N N N          atanh inf +fin|inf 0 pi/2   atanh inf N 0 N     atanh N fin N N
    atanh N inf ~0 pi/2     atanh N N N N

    sinh 0 0 0 0            sinh 0 inf|N ~0 N       sinh +fin inf|N N N     sinh inf 0 inf 0
    sinh inf +fin infcos infsin     sinh inf inf|N ~inf N   sinh N 0 N 0    sinh N nz|inf|N N N

    cosh 0 0 1 0            cosh 0 inf|N N ~0       cosh nz inf|N N N       cosh inf 0 inf 0
    cosh inf nz infcos infsin       cosh inf inf ~inf N     cosh inf N inf N
    cosh N 0 N ~0           cosh N nz|inf|N N N

    tanh 0 0 0 0            tanh 0 inf|N 0 N        tanh nz inf|N N N       tanh inf fin 1 0
    tanh inf inf|N 1 ~0     tanh N 0 N 0            tanh N nz|inf|N N N

    sign zero 0 0 0         sign N any N N          sign any N N N          sign -2 0 -1 0      sign 3 4 0.6 0.8
";

/// How the parts of the result change sign with the real part of the argument.
#[derive(PartialEq)]
enum Parity {
    Neither,
    Odd,
    Even,
}

fn parity(name: &str) -> Parity {
    match name {
        "asinh" | "atanh" | "sinh" | "tanh" | "asin" | "atan" | "sin" | "tan" | "sign" => Parity::Odd,
        "cosh" | "cos" => Parity::Even,
        _ => Parity::Neither,
    }
}

fn complex(dtype: DType, re: f64, im: f64) -> Scalar {
    Scalar::from_complex(dtype, Complex64::new(re, im))
}

fn apply(name: &str, dtype: DType, re: f64, im: f64) -> Complex64 {
    let result = unary(unary_named(name).expect("a function of the vocabulary"), complex(dtype, re, im));
    assert_eq!(result.dtype(), if name == "abs" { dtype.component() } else { dtype });
    result.to_complex()
}

/// `got` in single precision meets the word if it is the nearest single to it.
fn holds(dtype: DType, got: f64, word: &str, a: f64, b: f64) -> bool {
    let rounded = super::value(word, a, b) as f32 as f64;
    matches(got, word, a, b) || dtype == DType::C64 && same(got, rounded)
}

#[test]
fn special_values_are_those_of_the_standard() {
    let text = ROWS.replace("anyinf", "inf|-inf");
    let words: Vec<&str> = text.split_whitespace().collect();
    for row in words.chunks(5) {
        let &[name, re, im, result_re, result_im] = row else { unreachable!("rows have five words") };
        for dtype in [DType::C64, DType::C128] {
            for a in arguments(re).into_iter().filter(|a| parity(name) == Parity::Neither || !a.is_sign_negative()) {
                for b in arguments(im).into_iter().filter(|b| name == "abs" || !b.is_sign_negative()) {
                    let got = apply(name, dtype, a, b);
                    assert!(
                        holds(dtype, got.re, result_re, a, b) && holds(dtype, got.im, result_im, a, b),
                        "{name}({a:?}, {b:?}) = {got:?}, not ({result_re}, {result_im})"
                    );
                }
            }
        }
    }
}

/// Numbers with every kind of part; the table above fixes a quarter of the plane, symmetry the rest.
fn plane() -> impl Iterator<Item = (f64, f64)> {
    let parts = arguments("0|0.25|1|2|7.5|inf|N|1000|1e-30");
    parts.clone().into_iter().flat_map(move |a| parts.clone().into_iter().map(move |b| (a, b)))
}

#[test]
fn conjugates_and_negatives_map_to_theirs() {
    let names = "sqrt exp expm1 log log1p log2 log10 sin cos tan sinh cosh tanh asin acos atan asinh acosh atanh sign";
    for name in names.split(' ') {
        for (a, b) in plane() {
            for a in [a, -a] {
                let (upper, lower) = (apply(name, DType::C128, a, b), apply(name, DType::C128, a, -b));
                // sign(+-0 +-0j) is +0+0j throughout.
                let zero = name == "sign" && a == 0.0 && b == 0.0;
                assert!(zero || same(upper.re, lower.re) && same(upper.im, -lower.im), "{name}({a:?}, {b:?})");
            }
            let (right, left) = (apply(name, DType::C128, a, b), apply(name, DType::C128, -a, b));
            let reflected = match parity(name) {
                Parity::Odd if name != "sign" => Complex64::new(-right.re, right.im),
                Parity::Even => right.conj(),
                _ => continue,
            };
            assert!(same(left.re, reflected.re) && same(left.im, reflected.im), "{name}(-{a:?}, {b:?})");
        }
    }
}

#[test]
fn circular_functions_are_rotated_hyperbolic_ones() {
    let rows = [("asin", "asinh"), ("atan", "atanh"), ("sin", "sinh"), ("tan", "tanh"), ("cos", "cosh")];
    for (circular, hyperbolic) in rows {
        for (a, b) in plane() {
            for (a, b) in [(a, b), (-a, b), (a, -b), (-a, -b)] {
                let got = apply(circular, DType::C128, a, b);
                let w = apply(hyperbolic, DType::C128, -b, a);
                let expected = if circular == "cos" { w } else { Complex64::new(w.im, -w.re) };
                assert!(same(got.re, expected.re) && same(got.im, expected.im), "{circular}({a:?}, {b:?}) = {got:?}");
            }
        }
    }
}

#[test]
fn logarithms_to_other_bases_are_scaled() {
    for (name, scale) in [("log2", LN_2), ("log10", LN_10)] {
        for (a, b) in plane() {
            for a in [a, -a] {
                let (got, log) = (apply(name, DType::C128, a, b), apply("log", DType::C128, a, b));
                let close = |x: f64, y: f64| same(x, y) || (x - y).abs() <= 2.0 * f64::EPSILON * y.abs();
                assert!(close(got.re, log.re / scale) && close(got.im, log.im / scale), "{name}({a:?}, {b:?})");
            }
        }
    }
    assert_eq!(apply("log10", DType::C128, 1000.0, 0.0), Complex64::new(3.0, 0.0));
    assert_eq!(apply("log2", DType::C64, 8.0, 0.0), Complex64::new(3.0, 0.0));
}

#[test]
fn powers_of_zero_and_to_zero() {
    let pow = |z: (f64, f64), w: (f64, f64)| {
        binary(Binary::Pow, complex(DType::C128, z.0, z.1), complex(DType::C128, w.0, w.1)).to_complex()
    };
    for (a, b) in plane() {
        assert_eq!(pow((a, b), (0.0, -0.0)), Complex64::new(1.0, 0.0));
    }
    assert_eq!(pow((0.0, 0.0), (2.0, 0.0)), Complex64::new(0.0, 0.0));
    assert_eq!(pow((-0.0, 0.0), (0.5, 3.0)), Complex64::new(0.0, 0.0));
    assert_eq!(pow((0.0, 0.0), (-1.0, 0.0)).re, INF);
    assert_eq!(pow((INF, 0.0), (2.0, 0.0)), Complex64::new(INF, 0.0));
    assert!(pow((f64::NAN, 0.0), (2.0, 0.0)).re.is_nan());
    assert!(pow((2.0, 1.0), (f64::NAN, 0.0)).re.is_nan());
}

#[test]
fn arithmetic_is_the_textbook_formula() {
    for dtype in [DType::C64, DType::C128] {
        let z = |re, im| complex(dtype, re, im);
        assert_eq!(binary(Binary::Mul, z(1.0, 2.0), z(3.0, -4.0)), z(11.0, 2.0));
        assert_eq!(binary(Binary::Div, z(11.0, 2.0), z(3.0, -4.0)), z(1.0, 2.0));
        assert_eq!(binary(Binary::Add, z(1.0, -0.0), z(-1.0, -0.0)), z(0.0, -0.0));
        assert_eq!(binary(Binary::Sub, z(1.0, 2.0), z(3.0, 5.0)), z(-2.0, -3.0));
        assert_eq!(binary(Binary::Eq, z(0.0, 1.0), z(-0.0, 1.0)), Scalar::bool(true));
        assert_eq!(binary(Binary::Ne, z(0.0, 1.0), z(0.0, 2.0)), Scalar::bool(true));
        assert_eq!(binary(Binary::Eq, z(0.0, f64::NAN), z(0.0, f64::NAN)), Scalar::bool(false));
        assert_eq!(unary(Unary::Neg, z(0.0, 2.0)), z(-0.0, -2.0));
        assert_eq!(unary(Unary::Conj, z(1.0, 0.0)), z(1.0, -0.0));
        assert_eq!(unary(Unary::Round, z(2.5, -0.5)), z(2.0, -0.0));
        assert_eq!(unary(Unary::Imag, z(2.5, -0.5)), Scalar::from_f64(dtype.component(), -0.5));
        assert_eq!(unary(Unary::Real, z(2.5, -0.5)), Scalar::from_f64(dtype.component(), 2.5));
        for (re, im, nan, inf) in [(f64::NAN, 1.0, true, false), (0.0, -INF, false, true), (INF, f64::NAN, true, true)]
        {
            assert_eq!(unary(Unary::IsNan, z(re, im)), Scalar::bool(nan));
            assert_eq!(unary(Unary::IsInf, z(re, im)), Scalar::bool(inf));
            assert_eq!(unary(Unary::IsFinite, z(re, im)), Scalar::bool(false));
        }
        assert_eq!(unary(Unary::IsFinite, z(1.0, 2.0)), Scalar::bool(true));
        for op in [Binary::Mul, Binary::Div] {
            let got = binary(op, z(f64::NAN, f64::NAN), z(1.0, f64::NAN)).to_complex();
            assert!(got.re.is_nan() && got.im.is_nan());
        }
    }
    // One rounding per operation: a fused multiply-add would keep the rest of the square.
    let x = 1.0 + f64::EPSILON;
    let square = complex(DType::C128, x, x);
    assert_eq!(binary(Binary::Mul, square, square).to_complex().re, 0.0);
}

#[test]
fn real_factors_scale_the_parts_apart() {
    let (z, s) = (complex(DType::C64, INF, -2.0), Scalar::from_f64(DType::F32, 0.5));
    let scaled = complex(DType::C64, INF, -1.0);
    assert_eq!(binary(Binary::Mul, z, s), scaled);
    assert_eq!(binary(Binary::Mul, s, z), scaled);
    assert_eq!(binary(Binary::Div, z, Scalar::from_f64(DType::F32, 2.0)), scaled);
    let parts = binary(Binary::Complex, Scalar::from_f64(DType::F64, -0.0), Scalar::from_f64(DType::F64, 3.0));
    assert_eq!(parts, complex(DType::C128, -0.0, 3.0));
    assert_eq!(binary(binary_named("complex"), s, s), complex(DType::C64, 0.5, 0.5));
}
