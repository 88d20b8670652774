//! Complex numbers, interleaved in registers as in memory; the textbook formulas, every operation rounded once.

use super::vector::{Asm, Form, Registers};
use cranelift_codegen::ir::condcodes::FloatCC;
use cranelift_codegen::ir::{InstBuilder, Value};
use ondine_ir::Binary;

impl Asm<'_> {
    /// The sign bits of the real (0) or imaginary (1) parts.
    fn part_signs(&mut self, form: Form, which: usize) -> Value {
        let bytes = match form.is_wide() {
            true => bytemuck::cast([which == 0, which == 1].map(|is| ((is as u64) << 63).to_le_bytes())),
            false => bytemuck::cast([0, 1, 0, 1].map(|part| (((part == which) as u32) << 31).to_le_bytes())),
        };
        self.constant(form.vector(), &bytes)
    }

    pub(super) fn conjugate(&mut self, form: Form, z: Value) -> Value {
        let signs = self.part_signs(form, 1);
        self.b.ins().bxor(z, signs)
    }

    /// `(ac - bd) + (bc + ad)j`.
    fn product(&mut self, form: Form, x: Value, y: Value) -> Value {
        let (c, d) = (self.twice(form, y, 0), self.twice(form, y, 1));
        let straight = self.b.ins().fmul(x, c);
        let turned = self.swap(form, x);
        let turned = self.b.ins().fmul(turned, d);
        let signs = self.part_signs(form, 0);
        let turned = self.b.ins().bxor(turned, signs);
        self.b.ins().fadd(straight, turned)
    }

    /// `((ac + bd) + (bc - ad)j) / (c^2 + d^2)`.
    fn quotient(&mut self, form: Form, x: Value, y: Value) -> Value {
        let (c, d) = (self.twice(form, y, 0), self.twice(form, y, 1));
        let straight = self.b.ins().fmul(x, c);
        let turned = self.swap(form, x);
        let turned = self.b.ins().fmul(turned, d);
        let signs = self.part_signs(form, 1);
        let turned = self.b.ins().bxor(turned, signs);
        let sum = self.b.ins().fadd(straight, turned);
        let (cc, dd) = (self.b.ins().fmul(c, c), self.b.ins().fmul(d, d));
        let norm = self.b.ins().fadd(cc, dd);
        self.b.ins().fdiv(sum, norm)
    }

    pub(super) fn complex_binary(&mut self, op: Binary, form: Form, x: Value, y: Value) -> Value {
        match op {
            Binary::Add => self.b.ins().fadd(x, y),
            Binary::Sub => self.b.ins().fsub(x, y),
            Binary::Mul => self.product(form, x, y),
            Binary::Div => self.quotient(form, x, y),
            _ => unreachable!("{op} of complex numbers is a routine"),
        }
    }

    /// A mask of both parts to one of numbers: either part (or), or both.
    pub(super) fn join_parts(&mut self, form: Form, parts: &Registers, is_or: bool) -> Registers {
        let joined = parts
            .iter()
            .map(|&mask| {
                let other = self.swap(form, mask);
                if is_or { self.b.ins().bor(mask, other) } else { self.b.ins().band(mask, other) }
            })
            .collect();
        self.part(form, &joined, 0)
    }

    /// Equality of numbers, as a mask.
    pub(super) fn complex_compare(&mut self, op: Binary, form: Form, x: &Registers, y: &Registers) -> Registers {
        let is_ne = op == Binary::Ne;
        let code = if is_ne { FloatCC::NotEqual } else { FloatCC::Equal };
        let parts = x.iter().zip(y).map(|(&x, &y)| self.compare(code, x, y)).collect();
        self.join_parts(form, &parts, is_ne)
    }
}
