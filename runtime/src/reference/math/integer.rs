//! Integers of all eight dtypes, and bool.
//!
//! Everything is computed in `i128` and wrapped to the width once, at the end: `i128` holds every 64-bit value, and its
//! own wrapping keeps the low 64 bits right.

use ondine_ir::{Binary, Scalar, Unary};
use std::cmp::Ordering;

pub(super) fn unary(op: Unary, x: Scalar) -> Scalar {
    use Unary::*;
    let dtype = x.dtype();
    let value = exact(x);
    match op {
        Neg => Scalar::from_i128(dtype, -value),
        Abs => Scalar::from_i128(dtype, value.abs()),
        Sign => Scalar::from_i128(dtype, value.signum()),
        Not => Scalar::from_i128(dtype, !value),
        Floor | Ceil | Trunc | Round | Real | Conj => x,
        Imag => Scalar::zero(dtype),
        IsNan | IsInf => Scalar::bool(false),
        IsFinite => Scalar::bool(true),
        _ => unreachable!("{op} of {dtype}: inference refuses it"),
    }
}

pub(super) fn binary(op: Binary, a: Scalar, b: Scalar) -> Scalar {
    use Binary::*;
    let dtype = a.dtype();
    let (x, y) = (exact(a), exact(b));
    if op.is_comparison() {
        return Scalar::bool(compare(op, x.cmp(&y)));
    }
    let width = 8 * dtype.bytes() as i128;
    let value = match op {
        Add => x + y,
        Sub => x - y,
        Mul => x.wrapping_mul(y),
        FloorDiv => floor_div(x, y),
        Rem if y == 0 => 0,
        Rem => x - y * floor_div(x, y),
        Pow => pow(x, y),
        Min => x.min(y),
        Max => x.max(y),
        And => x & y,
        Or => x | y,
        Xor => x ^ y,
        Shl if (0..width).contains(&y) => x << y,
        Shl => 0,
        Shr if (0..width).contains(&y) => x >> y,
        // The sign fills: unsigned values are never negative here.
        Shr => -((x < 0) as i128),
        _ => unreachable!("{op} of {dtype}: inference refuses it"),
    };
    Scalar::from_i128(dtype, value)
}

pub(super) fn unary_bool(op: Unary, x: Scalar) -> Scalar {
    use Unary::*;
    match op {
        Not => Scalar::bool(exact(x) == 0),
        IsNan | IsInf => Scalar::bool(false),
        IsFinite => Scalar::bool(true),
        _ => unreachable!("{op} of bool: inference refuses it"),
    }
}

pub(super) fn binary_bool(op: Binary, a: Scalar, b: Scalar) -> Scalar {
    use Binary::*;
    let (x, y) = (exact(a) != 0, exact(b) != 0);
    Scalar::bool(match op {
        And | Mul | Min => x & y,
        Or | Add | Max => x | y,
        Xor => x ^ y,
        _ if op.is_comparison() => compare(op, x.cmp(&y)),
        _ => unreachable!("{op} of bool: inference refuses it"),
    })
}

fn exact(x: Scalar) -> i128 {
    x.to_i128().expect("integers and bool have exact values")
}

/// What a comparison says of operands in this order.
fn compare(op: Binary, order: Ordering) -> bool {
    match op {
        Binary::Eq => order.is_eq(),
        Binary::Ne => order.is_ne(),
        Binary::Lt => order.is_lt(),
        Binary::Le => order.is_le(),
        Binary::Gt => order.is_gt(),
        Binary::Ge => order.is_ge(),
        _ => unreachable!("{op} is no comparison"),
    }
}

/// The quotient rounded towards minus infinity, 0 on division by 0.
fn floor_div(x: i128, y: i128) -> i128 {
    if y == 0 {
        return 0;
    }
    let quotient = x / y;
    if x % y != 0 && (x < 0) != (y < 0) { quotient - 1 } else { quotient }
}

/// By repeated squaring; of the negative powers only those of 1 and -1 are integers, the others are 0.
fn pow(base: i128, exponent: i128) -> i128 {
    if exponent < 0 {
        return match base {
            1 => 1,
            -1 if exponent % 2 == 0 => 1,
            -1 => -1,
            _ => 0,
        };
    }
    let (mut power, mut square, mut rest) = (1i128, base, exponent);
    while rest > 0 {
        if rest % 2 == 1 {
            power = power.wrapping_mul(square);
        }
        square = square.wrapping_mul(square);
        rest /= 2;
    }
    power
}
