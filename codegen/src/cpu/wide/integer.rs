//! Ops on integers: they wrap; shifts by the width or more leave zeros or the sign. Narrow ones are extended to 32 bits.

use super::super::vector::Form;
use super::asm::Asm;
use super::registers::{Mask, Vector};
use super::table::*;
use ondine_ir::{Binary, DType, Unary};

/// Conditions of comparisons of integers.
const EQUAL: u32 = 0;
const LESS: u32 = 1;
const LESS_OR_EQUAL: u32 = 2;
const NOT_EQUAL: u32 = 4;
const GREATER_OR_EQUAL: u32 = 5;
const GREATER: u32 = 6;

impl Asm {
    /// A result in 32-bit lanes wrapped to its dtype.
    pub(super) fn wrapped(&mut self, dtype: DType, x: Vector) -> Vector {
        let places = 32 - 8 * dtype.bytes().min(4) as u32;
        match places {
            0 => x,
            _ if dtype.is_signed() => {
                let high = self.map_by(SHIFT_LEFT_BY, Form::I32, &x, places);
                self.map_by(SHIFT_SIGNED_BY, Form::I32, &high, places)
            }
            _ => {
                let low = self.integer(Form::I32, (1 << (32 - places)) - 1);
                self.map2(AND, Form::I32, &x, &low)
            }
        }
    }

    pub(super) fn integer_unary(&mut self, op: Unary, dtype: DType, x: &Vector) -> Vector {
        let form = Form::of(dtype);
        let zero = self.integer(form, 0);
        let result = match op {
            Unary::Neg => self.map2(INT_SUB, form, &zero, x),
            Unary::Not => {
                let ones = self.integer(form, -1);
                self.map2(XOR, form, x, &ones)
            }
            Unary::Abs if !dtype.is_signed() => x.clone(),
            Unary::Abs => self.map(INT_ABS, form, x),
            Unary::Sign => {
                let (one, minus_one) = (self.integer(form, 1), self.integer(form, -1));
                let is_some = self.compare(COMPARE_SIGNED, form, x, &zero, NOT_EQUAL);
                let sign = self.keep(form, &is_some, &one);
                if dtype.is_signed() {
                    let is_below = self.compare(COMPARE_SIGNED, form, x, &zero, LESS);
                    self.merge(form, is_below.k(), &sign, &minus_one);
                }
                sign
            }
            _ => unreachable!("{op} is not defined on integers, as inference says"),
        };
        self.wrapped(dtype, result)
    }

    pub(super) fn integer_compare(&mut self, op: Binary, dtype: DType, x: &Vector, y: &Vector) -> Mask {
        let condition = match op {
            Binary::Eq => EQUAL,
            Binary::Ne => NOT_EQUAL,
            Binary::Lt => LESS,
            Binary::Le => LESS_OR_EQUAL,
            Binary::Gt => GREATER,
            Binary::Ge => GREATER_OR_EQUAL,
            _ => unreachable!("{op} is no comparison"),
        };
        let pair = if dtype.is_signed() { COMPARE_SIGNED } else { COMPARE_UNSIGNED };
        self.compare(pair, Form::of(dtype), x, y, condition)
    }

    pub(super) fn integer_binary(&mut self, op: Binary, dtype: DType, x: &Vector, y: &Vector) -> Vector {
        let pair = match (op, dtype.is_signed()) {
            (Binary::Add, _) => INT_ADD,
            (Binary::Sub, _) => INT_SUB,
            (Binary::Mul, _) => INT_MUL,
            (Binary::And, _) => AND,
            (Binary::Or, _) => OR,
            (Binary::Xor, _) => XOR,
            (Binary::Min, true) => MIN_SIGNED,
            (Binary::Min, false) => MIN_UNSIGNED,
            (Binary::Max, true) => MAX_SIGNED,
            (Binary::Max, false) => MAX_UNSIGNED,
            (Binary::Shl, _) => SHIFT_LEFT,
            (Binary::Shr, true) => SHIFT_SIGNED,
            (Binary::Shr, false) => SHIFT_RIGHT,
            _ => {
                self.refuse("division of integers");
                INT_ADD
            }
        };
        let result = self.map2(pair, Form::of(dtype), x, y);
        self.wrapped(dtype, result)
    }
}
