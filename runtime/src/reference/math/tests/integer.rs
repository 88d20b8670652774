//! Integers, bool and casts.

use super::{INF, binary_named};
use crate::reference::math::{binary, cast, unary};
use num_complex::Complex64;
use ondine_ir::{Binary, DType, Scalar, Unary};

const INTEGERS: [DType; 8] =
    [DType::I8, DType::I16, DType::I32, DType::I64, DType::U8, DType::U16, DType::U32, DType::U64];

fn range(dtype: DType) -> (i128, i128) {
    let bits = 8 * dtype.bytes() as u32;
    if dtype.is_signed() { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1 << bits) - 1) }
}

/// `op` of integers of this dtype, as an exact value.
fn exact(op: Binary, dtype: DType, a: i128, b: i128) -> i128 {
    let result = binary(op, Scalar::from_i128(dtype, a), Scalar::from_i128(dtype, b));
    assert_eq!(result.dtype(), dtype);
    result.to_i128().expect("integers are exact")
}

#[test]
fn arithmetic_wraps_at_both_ends() {
    for dtype in INTEGERS {
        let (min, max) = range(dtype);
        assert_eq!(exact(Binary::Add, dtype, max, 1), min);
        assert_eq!(exact(Binary::Sub, dtype, min, 1), max);
        assert_eq!(exact(Binary::Mul, dtype, max, max), 1);
        assert_eq!(exact(Binary::Mul, dtype, min, min), 0);
        let x = |x| Scalar::from_i128(dtype, x);
        assert_eq!(unary(Unary::Neg, x(min)), x(min), "{dtype}");
        assert_eq!(unary(Unary::Abs, x(min)), x(min), "{dtype}");
        assert_eq!(unary(Unary::Neg, x(1)), x(-1));
        assert_eq!(unary(Unary::Not, x(min)), x(max));
        assert_eq!(unary(Unary::Sign, x(max)), x(1));
        assert_eq!(unary(Unary::Sign, x(min)), x(if dtype.is_signed() { -1 } else { 0 }));
        for op in [Unary::Floor, Unary::Ceil, Unary::Trunc, Unary::Round] {
            assert_eq!(unary(op, x(max)), x(max));
        }
        assert_eq!(unary(Unary::IsNan, x(max)), Scalar::bool(false));
        assert_eq!(unary(Unary::IsInf, x(max)), Scalar::bool(false));
        assert_eq!(unary(Unary::IsFinite, x(max)), Scalar::bool(true));
    }
}

#[test]
fn division_floors_and_never_traps() {
    for dtype in INTEGERS {
        let (min, max) = range(dtype);
        for x in [min, 0, 1, max] {
            assert_eq!(exact(Binary::FloorDiv, dtype, x, 0), 0);
            assert_eq!(exact(Binary::Rem, dtype, x, 0), 0);
        }
        assert_eq!(exact(Binary::FloorDiv, dtype, 7, 2), 3);
        assert_eq!(exact(Binary::Rem, dtype, 7, 2), 1);
        if dtype.is_signed() {
            assert_eq!(exact(Binary::FloorDiv, dtype, min, -1), min);
            assert_eq!(exact(Binary::Rem, dtype, min, -1), 0);
            for (a, b, quotient, remainder) in [(-7, 2, -4, 1), (7, -2, -4, -1), (-7, -2, 3, -1), (-6, 3, -2, 0)] {
                assert_eq!(exact(Binary::FloorDiv, dtype, a, b), quotient);
                assert_eq!(exact(Binary::Rem, dtype, a, b), remainder);
            }
        }
    }
}

#[test]
fn shift_counts_outside_the_width_shift_everything_out() {
    for dtype in INTEGERS {
        let (min, max) = range(dtype);
        let width = 8 * dtype.bytes() as i128;
        assert_eq!(exact(Binary::Shl, dtype, 1, 3), 8);
        assert_eq!(exact(Binary::Shr, dtype, max, width - 2), if dtype.is_signed() { 1 } else { 3 });
        assert_eq!(exact(Binary::Shl, dtype, max, width - 1), if dtype.is_signed() { min } else { max / 2 + 1 });
        let outside =
            if dtype.is_signed() { vec![width, width + 1, max, -1, min] } else { vec![width, width + 1, max] };
        for count in outside {
            assert_eq!(exact(Binary::Shl, dtype, max, count), 0);
            assert_eq!(exact(Binary::Shr, dtype, max, count), 0);
            assert_eq!(exact(Binary::Shr, dtype, min, count), if dtype.is_signed() { -1 } else { 0 });
        }
        if dtype.is_signed() {
            assert_eq!(exact(Binary::Shr, dtype, -7, 1), -4);
        }
    }
}

#[test]
fn powers_wrap_and_negative_exponents_leave_units_only() {
    for dtype in INTEGERS {
        let (min, max) = range(dtype);
        assert_eq!(exact(Binary::Pow, dtype, 0, 0), 1);
        assert_eq!(exact(Binary::Pow, dtype, 3, 4), 81);
        assert_eq!(exact(Binary::Pow, dtype, 2, 8 * dtype.bytes() as i128), 0);
        // Odd squares are 1 modulo 8, so their powers are never lost.
        assert_eq!(exact(Binary::Pow, dtype, max, 2), 1);
        assert_eq!(exact(Binary::Pow, dtype, 0, max), 0);
        if dtype.is_signed() {
            assert_eq!(exact(Binary::Pow, dtype, -2, 3), -8);
            for (base, power) in [(1, 1), (-1, -1), (2, 0), (-3, 0), (0, 0), (min, 0)] {
                assert_eq!(exact(Binary::Pow, dtype, base, -3), power);
            }
            assert_eq!(exact(Binary::Pow, dtype, -1, -4), 1);
            assert_eq!(exact(Binary::Pow, dtype, -1, min), 1);
        }
    }
    let cube = 123_456_789i128.pow(3) as i64 as i128;
    assert_eq!(exact(Binary::Pow, DType::I64, 123_456_789, 3), cube);
}

#[test]
fn order_and_bits_follow_signedness() {
    for dtype in INTEGERS {
        let (min, max) = range(dtype);
        assert_eq!(exact(Binary::Min, dtype, min, max), min);
        assert_eq!(exact(Binary::Max, dtype, min, max), max);
        assert_eq!(exact(Binary::And, dtype, 12, 10), 8);
        assert_eq!(exact(Binary::Or, dtype, 12, 10), 14);
        assert_eq!(exact(Binary::Xor, dtype, 12, 10), 6);
        let (low, high) = (Scalar::from_i128(dtype, min), Scalar::from_i128(dtype, max));
        let expected = [("eq", false), ("ne", true), ("lt", true), ("le", true), ("gt", false), ("ge", false)];
        for (name, truth) in expected {
            assert_eq!(binary(binary_named(name), low, high), Scalar::bool(truth), "{name} of {dtype}");
        }
    }
}

#[test]
fn bool_is_a_lattice() {
    // Results for (false, false), (false, true), (true, false), (true, true).
    let rows = [
        ("and", [0, 0, 0, 1]),
        ("mul", [0, 0, 0, 1]),
        ("min", [0, 0, 0, 1]),
        ("or", [0, 1, 1, 1]),
        ("add", [0, 1, 1, 1]),
        ("max", [0, 1, 1, 1]),
        ("xor", [0, 1, 1, 0]),
        ("ne", [0, 1, 1, 0]),
        ("eq", [1, 0, 0, 1]),
        ("lt", [0, 1, 0, 0]),
        ("le", [1, 1, 0, 1]),
        ("gt", [0, 0, 1, 0]),
        ("ge", [1, 0, 1, 1]),
    ];
    for (name, truths) in rows {
        for (at, truth) in truths.into_iter().enumerate() {
            let got = binary(binary_named(name), Scalar::bool(at & 2 != 0), Scalar::bool(at & 1 != 0));
            assert_eq!(got, Scalar::bool(truth == 1), "{name} {at}");
        }
    }
    assert_eq!(unary(Unary::Not, Scalar::bool(true)), Scalar::bool(false));
    assert_eq!(unary(Unary::IsFinite, Scalar::bool(true)), Scalar::bool(true));
    assert_eq!(unary(Unary::IsNan, Scalar::bool(true)), Scalar::bool(false));
}

#[test]
fn floats_saturate_to_integers() {
    for from in [DType::F32, DType::F64] {
        for to in INTEGERS {
            let (min, max) = range(to);
            let rows = [(f64::NAN, 0), (INF, max), (-INF, min), (1e30, max), (-1e30, min), (2.75, 2), (-0.75, 0)];
            for (x, expected) in rows {
                assert_eq!(cast(to, Scalar::from_f64(from, x)), Scalar::from_i128(to, expected), "{x} to {to}");
            }
        }
    }
    // The first double above and the last below what fits.
    let cast = |to, x| cast(to, Scalar::from_f64(DType::F64, x)).to_i128().expect("integers are exact");
    assert_eq!(cast(DType::I64, 9223372036854775807.0), i64::MAX as i128);
    assert_eq!(cast(DType::I64, 9223372036854774784.0), 9223372036854774784);
    assert_eq!(cast(DType::U64, 18446744073709549568.0), 18446744073709549568);
    assert_eq!(cast(DType::I32, -2147483648.9), i32::MIN as i128);
    assert_eq!(cast(DType::U8, 255.9), 255);
    assert_eq!(cast(DType::I8, -3.99), -3);
}

#[test]
fn integers_wrap_to_integers_and_round_once_to_floats() {
    let i64 = |x| Scalar::from_i128(DType::I64, x);
    assert_eq!(cast(DType::I8, i64(200)), Scalar::from_i128(DType::I8, -56));
    assert_eq!(cast(DType::U16, i64(-1)), Scalar::from_i128(DType::U16, 65535));
    assert_eq!(cast(DType::U64, i64(-1)), Scalar::from_i128(DType::U64, u64::MAX as i128));
    // Through f64 this would be rounded twice, down.
    let odd = (1i128 << 60) + (1 << 36) + 1;
    assert_eq!(cast(DType::F32, i64(odd)), Scalar::from_f64(DType::F32, ((1u64 << 60) + (1 << 37)) as f64));
    assert_eq!(cast(DType::F64, i64((1 << 53) + 1)), Scalar::from_f64(DType::F64, 9007199254740992.0));
    assert_eq!(cast(DType::C64, i64(3)), Scalar::from_complex(DType::C64, Complex64::new(3.0, 0.0)));
}

#[test]
fn bool_is_not_zero_and_complex_numbers_lose_their_imaginary_part() {
    for dtype in DType::ALL {
        assert_eq!(cast(DType::Bool, Scalar::zero(dtype)), Scalar::bool(false));
        assert_eq!(cast(DType::Bool, Scalar::one(dtype)), Scalar::bool(true));
        assert_eq!(cast(dtype, Scalar::bool(true)), Scalar::one(dtype));
        assert_eq!(cast(dtype, Scalar::one(dtype)), Scalar::one(dtype));
    }
    for dtype in [DType::C64, DType::C128] {
        let z = |re, im| Scalar::from_complex(dtype, Complex64::new(re, im));
        assert_eq!(cast(DType::Bool, z(0.0, -1.0)), Scalar::bool(true));
        assert_eq!(cast(DType::Bool, z(-0.0, f64::NAN)), Scalar::bool(true));
        assert_eq!(cast(DType::Bool, z(-0.0, 0.0)), Scalar::bool(false));
        assert_eq!(cast(DType::F32, z(-2.5, 7.0)), Scalar::from_f64(DType::F32, -2.5));
        assert_eq!(cast(DType::I16, z(-2.5, 7.0)), Scalar::from_i128(DType::I16, -2));
    }
    assert_eq!(cast(DType::Bool, Scalar::from_f64(DType::F64, f64::NAN)), Scalar::bool(true));
    let minus = Scalar::from_f64(DType::F32, -2.5);
    assert_eq!(cast(DType::C128, minus), Scalar::from_complex(DType::C128, Complex64::new(-2.5, 0.0)));
    let tiny = Scalar::from_complex(DType::C128, Complex64::new(1e-60, 0.1));
    assert_eq!(cast(DType::C64, tiny), Scalar::from_complex(DType::C64, Complex64::new(0.0, 0.1)));
}
