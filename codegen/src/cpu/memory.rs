//! Elements of memory to registers and back.

use super::vector::{Asm, Form, Registers, Val, plain};
use cranelift_codegen::ir::{InstBuilder, Type, Value, types};
use ondine_ir::DType;
use smallvec::SmallVec;

/// What a narrow integer is in memory.
fn narrow(dtype: DType) -> Option<Type> {
    match dtype.bytes() {
        1 => Some(types::I8),
        2 => Some(types::I16),
        _ => None,
    }
}

impl Asm<'_> {
    /// Elements next to each other.
    pub(super) fn load(&mut self, dtype: DType, address: Value) -> Val {
        if self.lanes == 1 {
            let element = self.load_element(dtype, address);
            return self.loaded(dtype, &[element]);
        }
        let registers = match narrow(dtype) {
            None => (0..self.registers(dtype))
                .map(|at| self.b.ins().load(Form::of(dtype).vector(), plain(), address, 16 * at as i32))
                .collect(),
            Some(ty) => {
                let bytes = self.lanes * dtype.bytes();
                let is_signed = dtype.is_signed();
                let mut packed = match bytes {
                    16 => self.b.ins().load(types::I16X8, plain(), address, 0),
                    8 => {
                        let word = self.b.ins().load(types::I64, plain(), address, 0);
                        self.b.ins().scalar_to_vector(types::I64X2, word)
                    }
                    _ => {
                        let word = self.b.ins().load(types::I32, plain(), address, 0);
                        self.b.ins().scalar_to_vector(types::I32X4, word)
                    }
                };
                if ty == types::I8 {
                    packed = self.cast(types::I8X16, packed);
                    packed = if is_signed { self.b.ins().swiden_low(packed) } else { self.b.ins().uwiden_low(packed) };
                }
                let packed = self.cast(types::I16X8, packed);
                let mut all = self.widen(&Registers::from_slice(&[packed]), is_signed);
                all.truncate(self.registers(dtype));
                all
            }
        };
        self.decoded(dtype, registers)
    }

    /// Elements at a constant distance in bytes; also where the next ones are.
    pub(super) fn load_strided(&mut self, dtype: DType, address: Value, stride: Value) -> (Val, Value) {
        let mut at = address;
        let mut elements: SmallVec<[Value; 8]> = SmallVec::new();
        for _ in 0..self.lanes {
            elements.push(self.load_element(dtype, at));
            at = self.b.ins().iadd(at, stride);
        }
        (self.loaded(dtype, &elements), at)
    }

    /// Elements in reverse order; `address` is that of the first lane.
    pub(super) fn load_reversed(&mut self, dtype: DType, address: Value) -> Val {
        let first = self.b.ins().iadd_imm_s(address, -((self.lanes - 1) as i64 * dtype.bytes() as i64));
        let mut value = self.load(dtype, first);
        if self.lanes > 1 {
            value.registers.reverse();
            for register in value.registers.iter_mut() {
                *register = match (dtype, Form::of(dtype).is_wide()) {
                    (DType::C128, _) => *register,
                    (DType::C64, _) => self.pick4(*register, *register, [2, 3, 0, 1]),
                    (_, true) => self.pick2(*register, *register, [1, 0]),
                    (_, false) => self.pick4(*register, *register, [3, 2, 1, 0]),
                };
            }
        }
        value
    }

    /// One element for all lanes, as one register that [`Asm::spread`] takes.
    pub(super) fn load_broadcast(&mut self, dtype: DType, address: Value) -> Value {
        let element = self.load_element(dtype, address);
        self.broadcast(dtype, element)
    }

    /// An element to every lane of a register.
    pub(super) fn broadcast(&mut self, dtype: DType, element: Value) -> Value {
        let form = Form::of(dtype);
        match dtype {
            DType::C128 => element,
            DType::C64 => {
                let both = self.b.ins().splat(types::F64X2, element);
                self.cast(types::F32X4, both)
            }
            DType::Bool => {
                let mask = self.b.ins().splat(types::I32X4, element);
                self.b.ins().ineg(mask)
            }
            _ => self.b.ins().splat(form.vector(), element),
        }
    }

    /// One element as [`Asm::collect`] takes it; bools as 0 or 1.
    pub(super) fn load_element(&mut self, dtype: DType, address: Value) -> Value {
        let ty = match dtype {
            DType::C128 => types::F64X2,
            DType::C64 => types::F64,
            _ => narrow(dtype).unwrap_or(Form::of(dtype).lane()),
        };
        let element = self.b.ins().load(ty, plain(), address, 0);
        match narrow(dtype) {
            None => element,
            Some(_) if dtype.is_signed() => self.b.ins().sextend(types::I32, element),
            Some(_) => self.b.ins().uextend(types::I32, element),
        }
    }

    /// Elements from [`Asm::load_element`] as a value.
    pub(super) fn loaded(&mut self, dtype: DType, elements: &[Value]) -> Val {
        let registers = self.collect(dtype, elements);
        self.decoded(dtype, registers)
    }

    fn decoded(&mut self, dtype: DType, mut registers: Registers) -> Val {
        if dtype == DType::Bool {
            registers.iter_mut().for_each(|register| *register = self.b.ins().ineg(*register));
        }
        Val { registers, is_wide: false }
    }

    /// As they are in memory: bools as 0 or 1 in 32-bit lanes.
    fn encoded(&mut self, dtype: DType, value: &Val) -> Registers {
        if dtype != DType::Bool {
            return value.registers.clone();
        }
        let mut mask = self.mask(value, false);
        for register in mask.iter_mut() {
            let one = self.integer(Form::I32, 1);
            *register = self.b.ins().band(*register, one);
        }
        mask
    }

    /// Writes elements next to each other.
    pub(super) fn store(&mut self, dtype: DType, value: &Val, address: Value) {
        let registers = self.encoded(dtype, value);
        if self.lanes == 1 {
            self.store_element(dtype, &registers, 0, address);
            return;
        }
        if narrow(dtype).is_none() {
            for (at, register) in registers.iter().enumerate() {
                self.b.ins().store(plain(), *register, address, 16 * at as i32);
            }
            return;
        }
        let packed = self.pack(registers[0], registers[registers.len() - 1], dtype.bytes());
        match self.lanes * dtype.bytes() {
            16 => self.b.ins().store(plain(), packed, address, 0),
            8 => {
                let word = self.b.ins().extractlane(packed, 0);
                self.b.ins().store(plain(), word, address, 0)
            }
            _ => {
                let packed = self.cast(types::I32X4, packed);
                let word = self.b.ins().extractlane(packed, 0);
                self.b.ins().store(plain(), word, address, 0)
            }
        };
    }

    /// Writes elements at a constant distance in bytes; gives where the next ones are.
    pub(super) fn store_strided(&mut self, dtype: DType, value: &Val, address: Value, stride: Value) -> Value {
        let registers = self.encoded(dtype, value);
        let mut to = address;
        for at in 0..self.lanes {
            self.store_element(dtype, &registers, at, to);
            to = self.b.ins().iadd(to, stride);
        }
        to
    }

    fn store_element(&mut self, dtype: DType, registers: &Registers, at: usize, address: Value) {
        let element = self.element(dtype, registers, at);
        match dtype.bytes() {
            1 => self.b.ins().istore8(plain(), element, address, 0),
            2 => self.b.ins().istore16(plain(), element, address, 0),
            _ => self.b.ins().store(plain(), element, address, 0),
        };
    }
}
