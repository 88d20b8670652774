//! Conversions between dtypes, as the interpreter's: integers wrap, floats truncate and saturate, NaN becomes 0.

use super::super::vector::Form;
use super::asm::Asm;
use super::real::{GREATER_OR_EQUAL, ORDERED};
use super::registers::{Mask, Val, Vector, Vectors};
use super::table::*;
use iced_x86::Code::{self, *};
use ondine_ir::{Binary, DType};
use smallvec::smallvec;

impl Asm {
    pub(super) fn cast(&mut self, from: DType, to: DType, x: &Val) -> Val {
        match x {
            Val::Mask(mask) if to == DType::Bool => Val::Mask(mask.clone()),
            Val::Mask(mask) => {
                let real = self.zero_or_one(to.component(), mask);
                Val::Vectors(self.with_parts(to, real))
            }
            Val::Vectors(x) if to == DType::Bool => Val::Mask(self.truth(from, x)),
            Val::Vectors(x) => Val::Vectors(match (from.is_complex(), to.is_complex()) {
                (true, true) => self.complex_to_complex(from, to, x),
                (true, false) => {
                    let real = self.part(Form::of(from), x, 0);
                    smallvec![self.real_to_real(from.component(), to, &real)]
                }
                (false, _) => {
                    let real = self.real_to_real(from, to.component(), &x[0]);
                    self.with_parts(to, real)
                }
            }),
        }
    }

    /// A real number as one of a dtype, which may be complex.
    fn with_parts(&mut self, to: DType, real: Vector) -> Vectors {
        if !to.is_complex() {
            return smallvec![real];
        }
        let zero = self.float(Form::of(to), 0.0);
        self.interleave(Form::of(to), &real, &zero)
    }

    fn zero_or_one(&mut self, to: DType, mask: &Mask) -> Vector {
        let form = Form::of(to);
        let one = match form {
            Form::F32 | Form::F64 => self.float(form, 1.0),
            _ => self.integer(form, 1),
        };
        self.keep(form, mask, &one)
    }

    fn truth(&mut self, from: DType, x: &Vectors) -> Mask {
        let form = Form::of(from);
        if from.is_complex() {
            let zero = self.float(form, 0.0);
            return self.complex_compare(Binary::Ne, form, x, &std::iter::repeat_n(zero, x.len()).collect());
        }
        match form {
            Form::F32 | Form::F64 => {
                let zero = self.float(form, 0.0);
                self.real_compare(Binary::Ne, form, &x[0], &zero)
            }
            _ => {
                let mask = self.mask();
                self.op3(TEST[form.is_wide() as usize], mask.k(), x[0].zmm(), x[0].zmm());
                mask
            }
        }
    }

    fn complex_to_complex(&mut self, from: DType, to: DType, x: &Vectors) -> Vectors {
        match (from, to) {
            // Where both widths meet a turn has 8 lanes, and narrow numbers one register.
            (DType::C64, DType::C128) => {
                let high = self.vector();
                self.op_by(EVEX_Vextractf64x4_ymmm256_k1z_zmm_imm8, high.ymm(), x[0].zmm(), 1);
                [x[0].clone(), high]
                    .iter()
                    .map(|half| self.widened(EVEX_Vcvtps2pd_zmm_k1z_ymmm256b32_sae, half))
                    .collect()
            }
            (DType::C128, DType::C64) => {
                let halves: Vectors =
                    x.iter().map(|half| self.narrowed(EVEX_Vcvtpd2ps_ymm_k1z_zmmm512b64_er, half)).collect();
                let both = self.vector();
                let (first, second) = (halves[0].zmm(), halves[1].ymm());
                self.op3_by(EVEX_Vinsertf64x4_zmm_k1z_zmm_ymmm256_imm8, both.zmm(), first, second, 1);
                smallvec![both]
            }
            _ => x.clone(),
        }
    }

    /// 32-bit lanes to 64-bit lanes.
    fn widened(&mut self, code: Code, x: &Vector) -> Vector {
        let to = self.vector();
        self.op2(code, to.zmm(), x.ymm());
        to
    }

    /// 64-bit lanes to 32-bit lanes; what is above them becomes 0.
    fn narrowed(&mut self, code: Code, x: &Vector) -> Vector {
        let to = self.vector();
        self.op2(code, to.ymm(), x.zmm());
        to
    }

    /// Between real dtypes other than bool, or the parts of complex ones.
    fn real_to_real(&mut self, from: DType, to: DType, x: &Vector) -> Vector {
        let is_signed = from.is_signed();
        let pick = |signed: Code, unsigned: Code| if is_signed { signed } else { unsigned };
        match (Form::of(from), Form::of(to)) {
            (Form::I32, Form::I32) => self.wrapped(to, x.clone()),
            (Form::I32, Form::I64) => {
                self.widened(pick(EVEX_Vpmovsxdq_zmm_k1z_ymmm256, EVEX_Vpmovzxdq_zmm_k1z_ymmm256), x)
            }
            (Form::I64, Form::I32) => {
                let low = self.narrowed(EVEX_Vpmovqd_ymmm256_k1z_zmm, x);
                self.wrapped(to, low)
            }
            (Form::I64, Form::I64) | (Form::F32, Form::F32) | (Form::F64, Form::F64) => x.clone(),
            (Form::I32, Form::F32) => {
                let code = pick(EVEX_Vcvtdq2ps_zmm_k1z_zmmm512b32_er, EVEX_Vcvtudq2ps_zmm_k1z_zmmm512b32_er);
                self.map([code; 2], Form::F32, x)
            }
            (Form::I32, Form::F64) => {
                self.widened(pick(EVEX_Vcvtdq2pd_zmm_k1z_ymmm256b32_er, EVEX_Vcvtudq2pd_zmm_k1z_ymmm256b32_er), x)
            }
            (Form::I64, Form::F64) => {
                let code = pick(EVEX_Vcvtqq2pd_zmm_k1z_zmmm512b64_er, EVEX_Vcvtuqq2pd_zmm_k1z_zmmm512b64_er);
                self.map([code; 2], Form::F64, x)
            }
            (Form::I64, Form::F32) => {
                self.narrowed(pick(EVEX_Vcvtqq2ps_ymm_k1z_zmmm512b64_er, EVEX_Vcvtuqq2ps_ymm_k1z_zmmm512b64_er), x)
            }
            (Form::F32, Form::F64) => self.widened(EVEX_Vcvtps2pd_zmm_k1z_ymmm256b32_sae, x),
            (Form::F64, Form::F32) => self.narrowed(EVEX_Vcvtpd2ps_ymm_k1z_zmmm512b64_er, x),
            (source, _) => self.real_to_integer(source, to, x),
        }
    }

    fn real_to_integer(&mut self, source: Form, to: DType, x: &Vector) -> Vector {
        let zero = self.float(source, 0.0);
        // All ones where it is too large; NaN becomes the second operand of the maximum.
        if matches!((source, to), (Form::F32, DType::U32) | (_, DType::U64)) {
            let x = self.map2(MAX, source, x, &zero);
            return match (source, to) {
                (Form::F32, DType::U32) => self.map([EVEX_Vcvttps2udq_zmm_k1z_zmmm512b32_sae; 2], source, &x),
                (Form::F32, _) => self.widened(EVEX_Vcvttps2uqq_zmm_k1z_ymmm256b32_sae, &x),
                _ => self.map([EVEX_Vcvttpd2uqq_zmm_k1z_zmmm512b64_sae; 2], source, &x),
            };
        }
        let bits = 8 * to.bytes() as i32;
        let is_number = self.compare(COMPARE, source, x, x, ORDERED);
        // As many bits as the numbers have, or more: the instruction gives the least one for what is too large.
        if bits == 64 || (bits == 32 && source == Form::F32) {
            let form = Form::of(to);
            let whole = match (source, bits) {
                (Form::F32, 32) => self.map([EVEX_Vcvttps2dq_zmm_k1z_zmmm512b32_sae; 2], source, x),
                (Form::F32, _) => self.widened(EVEX_Vcvttps2qq_zmm_k1z_ymmm256b32_sae, x),
                _ => self.map([EVEX_Vcvttpd2qq_zmm_k1z_zmmm512b64_sae; 2], source, x),
            };
            let (end, most) = (self.float(source, 2f64.powi(bits - 1)), self.bits(form, u32::MAX >> 1, u64::MAX >> 1));
            let is_above = self.compare(COMPARE, source, x, &end, GREATER_OR_EQUAL);
            self.merge(form, is_above.k(), &whole, &most);
            return self.keep(form, &is_number, &whole);
        }
        let (low, high) = match to.is_signed() {
            true => (-(2f64.powi(bits - 1)), 2f64.powi(bits - 1) - 1.0),
            false => (0.0, 2f64.powi(bits) - 1.0),
        };
        let (low, high) = (self.float(source, low), self.float(source, high));
        let x = self.map2(MIN, source, x, &high);
        let x = self.map2(MAX, source, &x, &low);
        let whole = match (source, to) {
            (Form::F32, _) => self.map([EVEX_Vcvttps2dq_zmm_k1z_zmmm512b32_sae; 2], source, &x),
            (_, DType::U32) => self.narrowed(EVEX_Vcvttpd2udq_ymm_k1z_zmmm512b64_sae, &x),
            _ => self.narrowed(EVEX_Vcvttpd2dq_ymm_k1z_zmmm512b64_sae, &x),
        };
        self.keep(Form::I32, &is_number, &whole)
    }
}
