//! Conversions between dtypes, as the interpreter's: integers wrap, floats truncate and saturate, NaN becomes 0.

use super::vector::{Asm, Form, Registers, Val};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, types};
use ondine_ir::DType;

impl Asm<'_> {
    pub(super) fn convert(&mut self, from: DType, to: DType, x: &Val) -> Val {
        if to == DType::Bool {
            return self.truth(from, x);
        }
        let narrow = |registers| Val { registers, is_wide: false };
        match (from.is_complex(), to.is_complex()) {
            (true, true) => narrow(self.real_to_real(from.component(), to.component(), &x.registers)),
            (true, false) => {
                let part = self.part(Form::of(from), &x.registers, 0);
                narrow(self.real_to_real(from.component(), to, &part))
            }
            (false, true) => {
                let form = Form::of(to);
                let real = self.real_or_bool(from, to.component(), x);
                let zero = self.float(form, 0.0);
                let imaginary = Registers::from_elem(zero, real.len());
                narrow(self.interleave(form, &real, &imaginary))
            }
            (false, false) => narrow(self.real_or_bool(from, to, x)),
        }
    }

    fn truth(&mut self, from: DType, x: &Val) -> Val {
        let form = Form::of(from);
        if from == DType::Bool {
            return x.clone();
        }
        let registers = x.registers.iter().map(|&x| {
            let zero = self.zero(form);
            match form {
                Form::F32 | Form::F64 => self.compare(FloatCC::NotEqual, x, zero),
                _ => self.b.ins().icmp(IntCC::NotEqual, x, zero),
            }
        });
        let mut registers: Registers = registers.collect();
        if from.is_complex() {
            registers = self.join_parts(form, &registers, true);
        }
        Val { registers, is_wide: form.is_wide() }
    }

    fn real_or_bool(&mut self, from: DType, to: DType, x: &Val) -> Registers {
        if from != DType::Bool {
            return self.real_to_real(from, to, &x.registers);
        }
        let form = Form::of(to);
        let mask = self.mask(x, form.is_wide());
        let results = mask.iter().map(|&mask| {
            let one = match form {
                Form::F32 | Form::F64 => self.float(form, 1.0),
                _ => self.integer(form, 1),
            };
            let mask = self.cast(form.vector(), mask);
            self.b.ins().band(mask, one)
        });
        results.collect()
    }

    /// Between real dtypes other than bool, or the parts of complex ones.
    fn real_to_real(&mut self, from: DType, to: DType, x: &Registers) -> Registers {
        let (source, target) = (Form::of(from), Form::of(to));
        match (source, target) {
            (Form::I32, Form::I32) => x.iter().map(|&x| self.wrapped(to, x)).collect(),
            (Form::I32, Form::I64) => self.widen(x, from.is_signed()),
            (Form::I64, Form::I32) => {
                let low = self.narrow(x);
                low.iter().map(|&x| self.wrapped(to, x)).collect()
            }
            (Form::I64, Form::I64) | (Form::F32, Form::F32) | (Form::F64, Form::F64) => x.clone(),
            (Form::I32, Form::F32) => x
                .iter()
                .map(|&x| match from {
                    DType::U32 => self.b.ins().fcvt_from_uint(types::F32X4, x),
                    _ => self.b.ins().fcvt_from_sint(types::F32X4, x),
                })
                .collect(),
            (Form::I32, Form::F64) => {
                let wide = self.widen(x, from.is_signed());
                wide.iter().map(|&x| self.b.ins().fcvt_from_sint(types::F64X2, x)).collect()
            }
            (Form::I64, Form::F64) => x
                .iter()
                .map(|&x| match from {
                    DType::U64 => self.b.ins().fcvt_from_uint(types::F64X2, x),
                    _ => self.b.ins().fcvt_from_sint(types::F64X2, x),
                })
                .collect(),
            (Form::I64, Form::F32) => self.each((from, to), x, |asm, x| match from {
                DType::U64 => asm.b.ins().fcvt_from_uint(types::F32, x),
                _ => asm.b.ins().fcvt_from_sint(types::F32, x),
            }),
            (Form::F32, Form::F64) => {
                let mut all = Registers::new();
                for &x in x {
                    all.push(self.b.ins().fvpromote_low(x));
                    if self.lanes > 1 {
                        let high = self.pick2(x, x, [1, 1]);
                        all.push(self.b.ins().fvpromote_low(high));
                    }
                }
                all
            }
            (Form::F64, Form::F32) => x
                .chunks(2)
                .map(|pair| {
                    let low = self.b.ins().fvdemote(pair[0]);
                    match pair {
                        [_, high] => {
                            let high = self.b.ins().fvdemote(*high);
                            self.pick2(low, high, [0, 2])
                        }
                        _ => low,
                    }
                })
                .collect(),
            (Form::F32, Form::I32) if to == DType::U32 => {
                x.iter().map(|&x| self.b.ins().fcvt_to_uint_sat(types::I32X4, x)).collect()
            }
            (Form::F32, Form::I32) => {
                let whole: Registers = x.iter().map(|&x| self.b.ins().fcvt_to_sint_sat(types::I32X4, x)).collect();
                self.saturated(to, &whole)
            }
            (_, Form::I32) => {
                let is_unsigned = to == DType::U32;
                let whole = self.each((from, to), x, |asm, x| match is_unsigned {
                    true => asm.b.ins().fcvt_to_uint_sat(types::I32, x),
                    false => asm.b.ins().fcvt_to_sint_sat(types::I32, x),
                });
                if is_unsigned { whole } else { self.saturated(to, &whole) }
            }
            (_, Form::I64) => self.each((from, to), x, |asm, x| match to {
                DType::U64 => asm.b.ins().fcvt_to_uint_sat(types::I64, x),
                _ => asm.b.ins().fcvt_to_sint_sat(types::I64, x),
            }),
        }
    }

    /// 32-bit integers clamped to the range of a narrower dtype.
    fn saturated(&mut self, to: DType, x: &Registers) -> Registers {
        let bits = 8 * to.bytes() as u32;
        if bits == 32 {
            return x.clone();
        }
        let (low, high) = match to.is_signed() {
            true => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
            false => (0, (1 << bits) - 1),
        };
        let clamped = x.iter().map(|&x| {
            let (low, high) = (self.integer(Form::I32, low), self.integer(Form::I32, high));
            let x = self.b.ins().smax(x, low);
            self.b.ins().smin(x, high)
        });
        clamped.collect()
    }
}
