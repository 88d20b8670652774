//! Ops on real floats, and on masks.
//!
//! Selection is always by compare and blend: scalar selects of floats become branches.

use super::vector::{Asm, Form, Val};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Value};
use ondine_ir::{Binary, Unary};

impl Asm<'_> {
    /// A function of a register of floats to floats.
    pub(super) fn real_unary(&mut self, op: Unary, form: Form, x: Value) -> Value {
        match op {
            Unary::Neg => self.b.ins().fneg(x),
            Unary::Abs => self.b.ins().fabs(x),
            Unary::Sqrt => self.b.ins().sqrt(x),
            Unary::Floor => self.b.ins().floor(x),
            Unary::Ceil => self.b.ins().ceil(x),
            Unary::Trunc => self.b.ins().trunc(x),
            Unary::Round => self.b.ins().nearest(x),
            Unary::Sign => {
                let (one, zero) = (self.float(form, 1.0), self.float(form, 0.0));
                let unit = self.copysign(form, one, x);
                let is_zero = self.compare(FloatCC::Equal, x, zero);
                let sign = self.choose(is_zero, zero, unit);
                let is_nan = self.compare(FloatCC::Unordered, x, x);
                self.choose(is_nan, x, sign)
            }
            _ => unreachable!("{op} of floats is a routine"),
        }
    }

    /// A property of a register of floats, as a mask.
    pub(super) fn real_test(&mut self, op: Unary, form: Form, x: Value) -> Value {
        let infinity = self.float(form, f64::INFINITY);
        match op {
            Unary::IsNan => self.compare(FloatCC::Unordered, x, x),
            Unary::IsInf => {
                let x = self.b.ins().fabs(x);
                self.compare(FloatCC::Equal, x, infinity)
            }
            Unary::IsFinite => {
                let x = self.b.ins().fabs(x);
                self.compare(FloatCC::LessThan, x, infinity)
            }
            Unary::Signbit => {
                let bits = self.cast(form.bits(), x);
                let zero = self.zero(if form.is_wide() { Form::I64 } else { Form::I32 });
                self.b.ins().icmp(IntCC::SignedLessThan, bits, zero)
            }
            _ => unreachable!("{op} is no test of floats"),
        }
    }

    fn copysign(&mut self, form: Form, x: Value, y: Value) -> Value {
        let sign = self.sign_bits(form);
        let size = self.b.ins().band_not(x, sign);
        let sign = self.b.ins().band(y, sign);
        self.b.ins().bor(size, sign)
    }

    /// A function of two registers of floats to floats.
    pub(super) fn real_binary(&mut self, op: Binary, form: Form, x: Value, y: Value) -> Value {
        match op {
            Binary::Add => self.b.ins().fadd(x, y),
            Binary::Sub => self.b.ins().fsub(x, y),
            Binary::Mul => self.b.ins().fmul(x, y),
            Binary::Div => self.b.ins().fdiv(x, y),
            Binary::Copysign => self.copysign(form, x, y),
            // NaN wins and -0 < +0; of equal numbers other than zeros the bits are equal too.
            Binary::Min | Binary::Max => {
                let is_min = op == Binary::Min;
                let wins = self.compare(if is_min { FloatCC::LessThan } else { FloatCC::GreaterThan }, x, y);
                let either = self.choose(wins, x, y);
                let zero = if is_min { self.b.ins().bor(x, y) } else { self.b.ins().band(x, y) };
                let are_equal = self.compare(FloatCC::Equal, x, y);
                let either = self.choose(are_equal, zero, either);
                let is_nan = self.compare(FloatCC::Unordered, x, x);
                self.choose(is_nan, x, either)
            }
            _ => unreachable!("{op} of floats is a routine"),
        }
    }

    /// And, or, exclusive or, and comparisons of bools; false is less than true.
    pub(super) fn mask_binary(&mut self, op: Binary, x: &Val, y: &Val) -> Val {
        let is_wide = x.is_wide || y.is_wide;
        let (x, y) = (self.mask(x, is_wide), self.mask(y, is_wide));
        let registers = x.iter().zip(&y).map(|(&x, &y)| match op {
            Binary::And | Binary::Min => self.b.ins().band(x, y),
            Binary::Or | Binary::Max => self.b.ins().bor(x, y),
            Binary::Xor | Binary::Ne => self.b.ins().bxor(x, y),
            Binary::Eq => {
                let differ = self.b.ins().bxor(x, y);
                self.b.ins().bnot(differ)
            }
            Binary::Lt => self.b.ins().band_not(y, x),
            Binary::Gt => self.b.ins().band_not(x, y),
            Binary::Le => {
                let above = self.b.ins().band_not(x, y);
                self.b.ins().bnot(above)
            }
            Binary::Ge => {
                let below = self.b.ins().band_not(y, x);
                self.b.ins().bnot(below)
            }
            _ => unreachable!("{op} is not defined on bools, as inference says"),
        });
        Val { registers: registers.collect(), is_wide }
    }
}

/// The condition of a comparison.
pub(super) fn float_condition(op: Binary) -> Option<FloatCC> {
    Some(match op {
        Binary::Eq => FloatCC::Equal,
        Binary::Ne => FloatCC::NotEqual,
        Binary::Lt => FloatCC::LessThan,
        Binary::Le => FloatCC::LessThanOrEqual,
        Binary::Gt => FloatCC::GreaterThan,
        Binary::Ge => FloatCC::GreaterThanOrEqual,
        _ => return None,
    })
}
