//! Ops on integers of all dtypes: they wrap; division by 0 gives 0; shifts by the width or more leave zeros or the sign.

use super::vector::{Asm, Form, Registers};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use ondine_ir::{Binary, DType, Unary};

impl Asm<'_> {
    /// A result in 32-bit lanes wrapped to its dtype.
    pub(super) fn wrapped(&mut self, dtype: DType, x: Value) -> Value {
        let places = 32 - 8 * dtype.bytes().min(4) as i64;
        match places {
            0 => x,
            _ if dtype.is_signed() => {
                let places = self.b.ins().iconst(types::I32, places);
                let high = self.b.ins().ishl(x, places);
                self.b.ins().sshr(high, places)
            }
            _ => {
                let low = self.integer(Form::I32, (1 << (32 - places)) - 1);
                self.b.ins().band(x, low)
            }
        }
    }

    pub(super) fn integer_unary(&mut self, op: Unary, dtype: DType, x: Value) -> Value {
        let form = Form::of(dtype);
        let result = match op {
            Unary::Neg => self.b.ins().ineg(x),
            Unary::Not => self.b.ins().bnot(x),
            Unary::Abs if !dtype.is_signed() => x,
            Unary::Abs => self.b.ins().iabs(x),
            Unary::Sign => {
                let zero = self.zero(form);
                if dtype.is_signed() {
                    let below = self.b.ins().icmp(IntCC::SignedLessThan, x, zero);
                    let above = self.b.ins().icmp(IntCC::SignedGreaterThan, x, zero);
                    self.b.ins().isub(below, above)
                } else {
                    let above = self.b.ins().icmp(IntCC::NotEqual, x, zero);
                    self.b.ins().ineg(above)
                }
            }
            _ => unreachable!("{op} is not defined on integers, as inference says"),
        };
        self.wrapped(dtype, result)
    }

    /// A comparison, as a mask.
    pub(super) fn integer_compare(&mut self, op: Binary, dtype: DType, x: Value, y: Value) -> Value {
        let (mut x, mut y) = (x, y);
        // There are signed comparisons only; narrow unsigned numbers are positive in their lanes.
        if matches!(dtype, DType::U32 | DType::U64) && !matches!(op, Binary::Eq | Binary::Ne) {
            let flip = self.sign_bits(Form::of(dtype));
            x = self.b.ins().bxor(x, flip);
            y = self.b.ins().bxor(y, flip);
        }
        let (code, x, y) = match op {
            Binary::Eq => (IntCC::Equal, x, y),
            Binary::Ne => (IntCC::NotEqual, x, y),
            Binary::Lt => (IntCC::SignedGreaterThan, y, x),
            Binary::Gt => (IntCC::SignedGreaterThan, x, y),
            // The negation of the opposite.
            Binary::Le | Binary::Ge => {
                let (x, y) = if op == Binary::Le { (x, y) } else { (y, x) };
                let above = self.b.ins().icmp(IntCC::SignedGreaterThan, x, y);
                return self.b.ins().bnot(above);
            }
            _ => unreachable!("{op} is no comparison"),
        };
        self.b.ins().icmp(code, x, y)
    }

    pub(super) fn integer_binary(&mut self, op: Binary, dtype: DType, x: &Registers, y: &Registers) -> Registers {
        match op {
            Binary::FloorDiv | Binary::Rem => {
                let pairs = self.pairs(dtype, x, y, |asm, x, y| asm.divide(op, dtype, x, y));
                return pairs.iter().map(|&x| self.wrapped(dtype, x)).collect();
            }
            Binary::Shl | Binary::Shr => {
                let pairs = self.pairs(dtype, x, y, |asm, x, y| asm.shift(op, dtype, x, y));
                return pairs.iter().map(|&x| self.wrapped(dtype, x)).collect();
            }
            _ => {}
        }
        let results = x.iter().zip(y).map(|(&x, &y)| {
            let result = match op {
                Binary::Add => self.b.ins().iadd(x, y),
                Binary::Sub => self.b.ins().isub(x, y),
                Binary::Mul => self.b.ins().imul(x, y),
                Binary::And => return self.b.ins().band(x, y),
                Binary::Or => return self.b.ins().bor(x, y),
                Binary::Xor => return self.b.ins().bxor(x, y),
                Binary::Min | Binary::Max => {
                    let less = self.integer_compare(Binary::Lt, dtype, x, y);
                    return match op {
                        Binary::Min => self.choose(less, x, y),
                        _ => self.choose(less, y, x),
                    };
                }
                _ => unreachable!("{op} of integers is a routine"),
            };
            self.wrapped(dtype, result)
        });
        results.collect()
    }

    /// Lane by lane.
    fn pairs(
        &mut self,
        dtype: DType,
        x: &Registers,
        y: &Registers,
        mut f: impl FnMut(&mut Self, Value, Value) -> Value,
    ) -> Registers {
        let mut at = 0;
        self.each((dtype, dtype), x, |asm, x| {
            let y = asm.element(dtype, y, at);
            at += 1;
            f(asm, x, y)
        })
    }

    /// Floor division or its remainder; the processor traps on what is replaced here.
    fn divide(&mut self, op: Binary, dtype: DType, x: Value, y: Value) -> Value {
        let ty = Form::of(dtype).lane();
        let (zero, one) = (self.b.ins().iconst(ty, 0), self.b.ins().iconst(ty, 1));
        let by_zero = self.b.ins().icmp(IntCC::Equal, y, zero);
        if !dtype.is_signed() {
            let divisor = self.b.ins().select(by_zero, one, y);
            let result = match op {
                Binary::FloorDiv => self.b.ins().udiv(x, divisor),
                _ => return self.b.ins().urem(x, divisor),
            };
            return self.b.ins().select(by_zero, zero, result);
        }
        let least = if ty == types::I64 { i64::MIN } else { i32::MIN as i64 };
        let minus_one = self.b.ins().iconst(ty, if ty == types::I64 { -1 } else { u32::MAX as i64 });
        let least = self.b.ins().iconst(ty, if ty == types::I64 { least } else { least as u32 as i64 });
        let overflows = {
            let first = self.b.ins().icmp(IntCC::Equal, x, least);
            let second = self.b.ins().icmp(IntCC::Equal, y, minus_one);
            self.b.ins().band(first, second)
        };
        let replaced = self.b.ins().bor(by_zero, overflows);
        let divisor = self.b.ins().select(replaced, one, y);
        let quotient = self.b.ins().sdiv(x, divisor);
        let product = self.b.ins().imul(quotient, divisor);
        let rest = self.b.ins().isub(x, product);
        // Rounded towards zero so far: one lower where there is a rest of the other sign.
        let signs = self.b.ins().bxor(x, y);
        let differ = self.b.ins().icmp(IntCC::SignedLessThan, signs, zero);
        let is_rest = self.b.ins().icmp(IntCC::NotEqual, rest, zero);
        let is_above = self.b.ins().band(differ, is_rest);
        if op == Binary::FloorDiv {
            let lower = self.b.ins().isub(quotient, one);
            let quotient = self.b.ins().select(is_above, lower, quotient);
            self.b.ins().select(by_zero, zero, quotient)
        } else {
            let moved = self.b.ins().iadd(rest, y);
            self.b.ins().select(is_above, moved, rest)
        }
    }

    fn shift(&mut self, op: Binary, dtype: DType, x: Value, y: Value) -> Value {
        let ty = Form::of(dtype).lane();
        let width = self.b.ins().iconst(ty, 8 * dtype.bytes() as i64);
        let is_inside = self.b.ins().icmp(IntCC::UnsignedLessThan, y, width);
        let zero = self.b.ins().iconst(ty, 0);
        match (op, dtype.is_signed()) {
            (Binary::Shl, _) => {
                let shifted = self.b.ins().ishl(x, y);
                self.b.ins().select(is_inside, shifted, zero)
            }
            (_, false) => {
                let shifted = self.b.ins().ushr(x, y);
                self.b.ins().select(is_inside, shifted, zero)
            }
            (_, true) => {
                let most = self.b.ins().iconst(ty, ty.bits() as i64 - 1);
                let distance = self.b.ins().select(is_inside, y, most);
                self.b.ins().sshr(x, distance)
            }
        }
    }
}
