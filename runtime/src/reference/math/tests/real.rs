//! Special values of the real functions and edges of the exact ones, in both precisions.

use super::{INF, arguments, binary_named, matches, same, unary_named, value};
use crate::reference::math::{binary, unary};
use ondine_ir::{Binary, DType, Scalar, Unary};

/// Function, argument, result. Array API standard 2025.12 and C99 annex F.
const UNARY: &str = "
    abs -0 0            abs -inf inf        abs N N             neg 0 -0            neg -0 0
    sign zero 0         sign N N            sign -inf -1        sign inf 1          sign -2 -1
    ceil zero|anyinf a  ceil -0.25 -0       ceil 2.5 3          ceil N N
    floor zero|anyinf a floor 0.75 0        floor -0.25 -1      floor N N
    trunc zero|anyinf a trunc -0.75 -0      trunc 2.75 2        trunc N N
    round zero|anyinf a round -0.5 -0       round 0.5 0         round 1.5 2         round 2.5 2
    round -1.5 -2       round -2.5 -2       round N N
    sqrt zero a         sqrt inf inf        sqrt -fin|-inf N    sqrt N N
    cbrt zero|anyinf a  cbrt -8 -2          cbrt N N
    exp zero 1          exp inf inf         exp -inf 0          exp N N
    exp2 zero 1         exp2 inf inf        exp2 -inf 0         exp2 3 8            exp2 N N
    expm1 zero a        expm1 inf inf       expm1 -inf -1       expm1 N N
    log zero -inf       log 1 0             log inf inf         log -fin|-inf N     log N N
    log2 zero -inf      log2 1 0            log2 inf inf        log2 -fin|-inf N    log2 8 3    log2 N N
    log10 zero -inf     log10 1 0           log10 inf inf       log10 -fin|-inf N   log10 1000 3    log10 N N
    log1p zero a        log1p -1 -inf       log1p inf inf       log1p -2|-inf N     log1p N N
    sin zero a          sin anyinf|N N      cos zero 1          cos anyinf|N N      tan zero a  tan anyinf|N N
    sinh zero|anyinf a  sinh N N            cosh zero 1         cosh anyinf inf     cosh N N
    tanh zero a         tanh inf 1          tanh -inf -1        tanh N N
    asin zero a         asin 2|-2|anyinf|N N
    acos 1 0            acos 2|-2|anyinf|N N
    atan zero a         atan inf pi/2       atan -inf -pi/2     atan N N
    asinh zero|anyinf a asinh N N           acosh 1 0           acosh inf inf       acosh 0|-1|-inf|N N
    atanh zero a        atanh 1 inf         atanh -1 -inf       atanh 2|-2|anyinf|N N
    erf zero a          erf inf 1           erf -inf -1         erf N N
    erfc zero 1         erfc inf 0          erfc -inf 2         erfc N N
";

/// Function, arguments, result.
const BINARY: &str = "
    pow any zero 1          pow 1 num 1             pow N nz|inf|-inf N     pow 2|-2|0|-0|-1|inf|-inf N N
    pow -1 anyinf 1         pow 2|-2|inf|-inf inf inf   pow 2|-2|inf|-inf -inf 0
    pow 0.5|-0.5|zero inf 0 pow 0.5|-0.5|zero -inf inf
    pow inf +fin inf        pow inf -fin 0          pow -inf 1|3 -inf       pow -inf 2|7.5 inf
    pow -inf -1|-3 -0       pow -inf -2|-7.5 0      pow 0 +fin 0            pow 0 -fin inf
    pow -0 1|3 -0           pow -0 2|7.5 0          pow -0 -1|-3 -inf       pow -0 -2|-7.5 inf
    pow -fin 0.25|7.5 N     pow -2 3 -8             pow -2 -1 -0.5

    floor_div any N N       floor_div N any N       floor_div anyinf anyinf N   floor_div zero zero N
    floor_div +fin|inf 0 inf    floor_div -fin|-inf 0 -inf  floor_div +fin|inf -0 -inf  floor_div -fin|-inf -0 inf
    floor_div 0 +|inf 0     floor_div 0 -|-inf -0   floor_div -0 +|inf -0   floor_div -0 -|-inf 0
    floor_div inf +fin inf  floor_div inf -fin -inf floor_div -inf +fin -inf    floor_div -inf -fin inf
    floor_div +fin inf 0    floor_div +fin -inf -0  floor_div -fin inf -0   floor_div -fin -inf 0
    floor_div 7 2 3         floor_div -7 2 -4       floor_div 7 -2 -4       floor_div -7 -2 3
    floor_div 0.25 7.5 0    floor_div -0.25 7.5 -1  floor_div 0.25 -7.5 -1  floor_div -0.25 -7.5 0

    rem any N N             rem N any N             rem anyinf any N        rem any zero N
    rem 0|-0 + 0            rem 0|-0 - -0           rem +fin inf a          rem +fin -inf b
    rem -fin -inf a         rem -fin inf b          rem 7 2 1               rem -7 2 1
    rem 7 -2 -1             rem -7 -2 -1            rem 6 -3 -0             rem -6 3 0

    atan2 any N N           atan2 N any N           atan2 +fin zero pi/2    atan2 -fin zero -pi/2
    atan2 0|-0 0|+ a        atan2 0 -0|- pi         atan2 -0 -0|- -3.141592653589793
    atan2 +fin inf 0        atan2 -fin inf -0       atan2 +fin -inf pi      atan2 -fin -inf -3.141592653589793
    atan2 inf fin pi/2      atan2 -inf fin -pi/2    atan2 inf inf pi/4      atan2 inf -inf 3pi/4
    atan2 -inf inf -0.7853981633974483              atan2 -inf -inf -2.356194490192345

    hypot anyinf any inf    hypot any anyinf inf    hypot N fin|N N         hypot fin N N
    hypot 3 -4 5            hypot 0 zero 0          hypot -2 zero 2
    logaddexp N any N       logaddexp any N N       logaddexp inf num inf   logaddexp num inf inf
    logaddexp -inf -inf -inf    logaddexp 3 -inf 3  logaddexp -inf -2 -2
    min N any N             min any N N             max N any N             max any N N
    min 0 -0 -0             min -0 0 -0             max 0 -0 0              max -0 0 0
    min 2 3 2               max 2 3 3               min num inf a           max num -inf a
    copysign 2|-2 + 2       copysign 2|-2 - -2      copysign 0|-0 -0 -0     copysign anyinf 0 inf   copysign N any N
    nextafter N any N       nextafter any N N       nextafter 0 -0 -0       nextafter -0 0 0        nextafter inf inf inf
    add inf -inf N          sub inf inf N           mul inf zero N          div zero zero N         div 1 -0 -inf
    add -0 -0 -0            add 0 -0 0              sub -0 0 -0             mul -0 3 -0             div -2 inf -0
";

fn words(table: &str) -> Vec<String> {
    table.replace("anyinf", "inf|-inf").split_whitespace().map(str::to_owned).collect()
}

/// `word` as the result of this dtype.
fn holds(got: Scalar, word: &str, a: f64, b: f64) -> bool {
    let round = |x: f64| if got.dtype() == DType::F32 { x as f32 as f64 } else { x };
    assert!(got.dtype().is_floating() && !got.dtype().is_complex());
    let got = got.to_complex().re;
    matches(got, word, a, b) || same(got, round(value(word, a, b)))
}

#[test]
fn unary_special_values_are_those_of_the_standard() {
    for row in words(UNARY).chunks(3) {
        let [name, argument, result] = row else { unreachable!("rows have three words") };
        let op = unary_named(name).expect("a function of the vocabulary");
        for dtype in [DType::F32, DType::F64] {
            for a in arguments(argument) {
                let got = unary(op, Scalar::from_f64(dtype, a));
                assert!(holds(got, result, a, 0.0), "{name}({a:?}) = {got:?}, not {result}");
            }
        }
    }
}

#[test]
fn binary_special_values_are_those_of_the_standard() {
    for row in words(BINARY).chunks(4) {
        let [name, first, second, result] = row else { unreachable!("rows have four words") };
        for dtype in [DType::F32, DType::F64] {
            for a in arguments(first) {
                for b in arguments(second) {
                    let got = binary(binary_named(name), Scalar::from_f64(dtype, a), Scalar::from_f64(dtype, b));
                    assert!(holds(got, result, a, b), "{name}({a:?}, {b:?}) = {got:?}, not {result}");
                }
            }
        }
    }
}

fn double(x: f64) -> Scalar {
    Scalar::from_f64(DType::F64, x)
}

#[test]
fn predicates_see_signs_and_nans() {
    let rows = [(f64::NAN, [true, false, false]), (-INF, [false, true, false]), (-0.0, [false, false, true])];
    for (x, [nan, inf, finite]) in rows {
        for dtype in [DType::F32, DType::F64] {
            let x = Scalar::from_f64(dtype, x);
            assert_eq!(unary(Unary::IsNan, x), Scalar::bool(nan));
            assert_eq!(unary(Unary::IsInf, x), Scalar::bool(inf));
            assert_eq!(unary(Unary::IsFinite, x), Scalar::bool(finite));
        }
    }
    let minus_nan = Scalar::from_bytes(DType::F32, &0xffc0_0000u32.to_le_bytes());
    assert_eq!(unary(Unary::Signbit, minus_nan), Scalar::bool(true));
    assert_eq!(unary(Unary::Signbit, unary(Unary::Neg, minus_nan)), Scalar::bool(false));
    assert_eq!(unary(Unary::Signbit, double(-0.0)), Scalar::bool(true));
    let one = Scalar::one(DType::F32);
    assert_eq!(binary(Binary::Copysign, one, minus_nan), Scalar::from_f64(DType::F32, -1.0));
}

#[test]
fn comparisons_with_nan_are_false_but_for_not_equal() {
    for op in [Binary::Eq, Binary::Lt, Binary::Le, Binary::Gt, Binary::Ge] {
        assert_eq!(binary(op, double(f64::NAN), double(1.0)), Scalar::bool(false));
    }
    assert_eq!(binary(Binary::Ne, double(f64::NAN), double(f64::NAN)), Scalar::bool(true));
    assert_eq!(binary(Binary::Eq, double(0.0), double(-0.0)), Scalar::bool(true));
}

#[test]
fn nextafter_steps_through_zero_and_to_infinity() {
    let next = |a, b| binary(Binary::Nextafter, double(a), double(b)).to_complex().re;
    assert_eq!(next(0.0, -1.0), -f64::from_bits(1));
    assert_eq!(next(f64::from_bits(1), -1.0), 0.0);
    assert!(next(-f64::from_bits(1), 1.0).is_sign_negative());
    assert_eq!(next(f64::MAX, INF), INF);
    assert_eq!(next(-INF, 0.0), f64::MIN);
    assert_eq!(next(1.0, 2.0), 1.0 + f64::EPSILON);
    let single = |x| Scalar::from_f64(DType::F32, x);
    assert_eq!(binary(Binary::Nextafter, single(1.0), single(2.0)), single(1.0 + f32::EPSILON as f64));
}

/// What CPython gives for `a // b` and `a % b`.
#[test]
fn floor_division_and_remainder_agree_as_in_python() {
    let rows = [
        (1.0, 0.1, 9.0, 0.09999999999999995),
        (-1.0, 0.1, -10.0, 5.551115123125783e-17),
        (0.3, 0.1, 2.0, 0.09999999999999998),
        (6.0, 0.1, 59.0, 0.09999999999999967),
        (1e300, 3.0, 3.3333333333333335e299, 0.0),
        (-1e-20, 1.0, -1.0, 1.0),
        (5e-324, 2.0, 0.0, 5e-324),
        (-7.5, 2.0, -4.0, 0.5),
    ];
    for (a, b, quotient, remainder) in rows {
        assert_eq!(binary(Binary::FloorDiv, double(a), double(b)), double(quotient), "{a} // {b}");
        assert_eq!(binary(Binary::Rem, double(a), double(b)), double(remainder), "{a} % {b}");
    }
}
