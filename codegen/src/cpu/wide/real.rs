//! Ops on real floats, and on masks.

use super::super::vector::Form;
use super::asm::Asm;
use super::registers::{Mask, Vector};
use super::table::*;
use iced_x86::Code;
use ondine_ir::{Binary, Unary};

/// Conditions of comparisons of floats; NaN raises nothing.
const EQUAL: u32 = 0;
const UNORDERED: u32 = 3;
const NOT_EQUAL: u32 = 4;
const LESS: u32 = 17;
const LESS_OR_EQUAL: u32 = 18;
pub(super) const GREATER_OR_EQUAL: u32 = 29;
const GREATER: u32 = 30;
pub(super) const ORDERED: u32 = 7;

/// Kinds of floats: quiet and signalling NaN, infinities.
const NANS: u32 = 0x81;
const INFINITIES: u32 = 0x18;

/// Roundings to integers that raise nothing.
const NEAREST: u32 = 8;
const DOWN: u32 = 9;
const UP: u32 = 10;
const TO_ZERO: u32 = 11;

/// Second operand where the first has ones, third elsewhere.
const SELECT: u32 = 0xCA;

impl Asm {
    fn sign_bits(&mut self, form: Form) -> Vector {
        self.bits(form, 1 << 31, 1 << 63)
    }

    pub(super) fn real_unary(&mut self, op: Unary, form: Form, x: &Vector) -> Vector {
        match op {
            Unary::Neg => {
                let signs = self.sign_bits(form);
                self.map2(XOR, form, x, &signs)
            }
            Unary::Abs => {
                let signs = self.sign_bits(form);
                self.map2(AND_NOT, form, &signs, x)
            }
            Unary::Sqrt => self.map(SQRT, form, x),
            Unary::Floor => self.map_by(ROUND, form, x, DOWN),
            Unary::Ceil => self.map_by(ROUND, form, x, UP),
            Unary::Trunc => self.map_by(ROUND, form, x, TO_ZERO),
            Unary::Round => self.map_by(ROUND, form, x, NEAREST),
            Unary::Sign => {
                let (one, zero) = (self.float(form, 1.0), self.float(form, 0.0));
                let unit = self.copysign(form, &one, x);
                let is_some = self.compare(COMPARE, form, x, &zero, NOT_EQUAL);
                let sign = self.keep(form, &is_some, &unit);
                let is_nan = self.compare(COMPARE, form, x, x, UNORDERED);
                self.merge(form, is_nan.k(), &sign, x);
                sign
            }
            _ => unreachable!("{op} of floats is a routine"),
        }
    }

    /// A property of floats.
    pub(super) fn real_test(&mut self, op: Unary, form: Form, x: &Vector) -> Mask {
        match op {
            Unary::IsNan => self.classify(form, x, NANS),
            Unary::IsInf => self.classify(form, x, INFINITIES),
            Unary::IsFinite => {
                let is_other = self.classify(form, x, NANS | INFINITIES);
                self.not(&is_other)
            }
            Unary::Signbit => {
                let mask = self.mask();
                self.op2(SIGNS[form.is_wide() as usize], mask.k(), x.zmm());
                mask
            }
            _ => unreachable!("{op} is no test of floats"),
        }
    }

    fn copysign(&mut self, form: Form, x: &Vector, y: &Vector) -> Vector {
        let signs = self.sign_bits(form);
        self.ternary(form, signs, y, x, SELECT)
    }

    pub(super) fn real_compare(&mut self, op: Binary, form: Form, x: &Vector, y: &Vector) -> Mask {
        let condition = match op {
            Binary::Eq => EQUAL,
            Binary::Ne => NOT_EQUAL,
            Binary::Lt => LESS,
            Binary::Le => LESS_OR_EQUAL,
            Binary::Gt => GREATER,
            Binary::Ge => GREATER_OR_EQUAL,
            _ => unreachable!("{op} is no comparison"),
        };
        self.compare(COMPARE, form, x, y, condition)
    }

    pub(super) fn real_binary(&mut self, op: Binary, form: Form, x: &Vector, y: &Vector) -> Vector {
        match op {
            Binary::Add => self.map2(ADD, form, x, y),
            Binary::Sub => self.map2(SUB, form, x, y),
            Binary::Mul => self.map2(MUL, form, x, y),
            Binary::Div => self.map2(DIV, form, x, y),
            Binary::Copysign => self.copysign(form, x, y),
            // The instruction gives the second of equal numbers, and of a pair with a NaN.
            Binary::Min | Binary::Max => {
                let (either, zero) = if op == Binary::Min { (MIN, OR) } else { (MAX, AND) };
                let to = self.map2(either, form, x, y);
                let are_equal = self.compare(COMPARE, form, x, y, EQUAL);
                self.merge2(zero, form, are_equal.k(), &to, x, y);
                let is_nan = self.compare(COMPARE, form, x, x, UNORDERED);
                self.merge(form, is_nan.k(), &to, x);
                to
            }
            _ => unreachable!("{op} of floats is a routine"),
        }
    }

    pub(super) fn not(&mut self, x: &Mask) -> Mask {
        let to = self.mask();
        self.op2(Code::VEX_Knotw_kr_kr, to.k(), x.k());
        to
    }

    /// And, or, exclusive or, and comparisons of bools; false is less than true.
    pub(super) fn mask_binary(&mut self, op: Binary, x: &Mask, y: &Mask) -> Mask {
        use Code::*;
        let (code, x, y) = match op {
            Binary::And | Binary::Min => (VEX_Kandw_kr_kr_kr, x, y),
            Binary::Or | Binary::Max => (VEX_Korw_kr_kr_kr, x, y),
            Binary::Xor | Binary::Ne => (VEX_Kxorw_kr_kr_kr, x, y),
            Binary::Eq => (VEX_Kxnorw_kr_kr_kr, x, y),
            Binary::Lt | Binary::Ge => (VEX_Kandnw_kr_kr_kr, x, y),
            Binary::Gt | Binary::Le => (VEX_Kandnw_kr_kr_kr, y, x),
            _ => unreachable!("{op} is not defined on bools, as inference says"),
        };
        let to = self.mask();
        self.op3(code, to.k(), x.k(), y.k());
        if matches!(op, Binary::Le | Binary::Ge) { self.not(&to) } else { to }
    }

    /// `mask ? x : y` of bools.
    pub(super) fn mask_choose(&mut self, mask: &Mask, x: &Mask, y: &Mask) -> Mask {
        let first = self.mask_binary(Binary::And, mask, x);
        let second = self.mask_binary(Binary::Lt, mask, y);
        self.mask_binary(Binary::Or, &first, &second)
    }
}
