//! Values in registers, and the instructions that all ops are made of.
//!
//! A value of `lanes` elements is as many 128-bit registers as it takes. Integers of up to 32 bits are held in 32-bit
//! lanes, extended as their dtype says; bools are masks of 32-bit lanes, or of 64-bit lanes where they come from there;
//! complex numbers are interleaved. With one lane a value is one register of which only the first element counts.

use cranelift_codegen::ir::condcodes::FloatCC;
use cranelift_codegen::ir::{ConstantData, Endianness, InstBuilder, MemFlagsData, Type, Value, types};
use cranelift_frontend::FunctionBuilder;
use ondine_ir::DType;
use smallvec::{SmallVec, smallvec};

/// Registers of one value.
pub(super) type Registers = SmallVec<[Value; 4]>;

/// A value of the body.
#[derive(Clone, Debug)]
pub(super) struct Val {
    pub(super) registers: Registers,
    /// For bools: whether the mask has 64-bit lanes.
    pub(super) is_wide: bool,
}

/// Lanes of a register by what they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    I32,
    I64,
    F32,
    F64,
}

impl Form {
    /// How elements of a dtype, or the parts of a complex one, are held; bools as narrow masks.
    pub(super) fn of(dtype: DType) -> Form {
        match dtype {
            DType::I64 | DType::U64 => Form::I64,
            DType::F32 | DType::C64 => Form::F32,
            DType::F64 | DType::C128 => Form::F64,
            _ => Form::I32,
        }
    }

    pub(super) fn vector(self) -> Type {
        match self {
            Form::I32 => types::I32X4,
            Form::I64 => types::I64X2,
            Form::F32 => types::F32X4,
            Form::F64 => types::F64X2,
        }
    }

    pub(super) fn lane(self) -> Type {
        self.vector().lane_type()
    }

    pub(super) fn is_wide(self) -> bool {
        matches!(self, Form::I64 | Form::F64)
    }

    /// The integers of this width.
    pub(super) fn bits(self) -> Type {
        if self.is_wide() { types::I64X2 } else { types::I32X4 }
    }
}

/// Loads and stores: anywhere in memory that the caller vouches for, aligned or not.
pub(super) fn plain() -> MemFlagsData {
    MemFlagsData::new().with_notrap()
}

/// An instruction stream with a number of lanes.
pub(super) struct Asm<'f> {
    pub(super) b: FunctionBuilder<'f>,
    pub(super) lanes: usize,
}

impl Asm<'_> {
    /// The same bits as another type.
    pub(super) fn cast(&mut self, ty: Type, value: Value) -> Value {
        if self.b.func.dfg.value_type(value) == ty {
            return value;
        }
        self.b.ins().bitcast(ty, MemFlagsData::new().with_endianness(Endianness::Little), value)
    }

    /// A constant register.
    pub(super) fn constant(&mut self, ty: Type, bytes: &[u8; 16]) -> Value {
        let handle = self.b.func.dfg.constants.insert(ConstantData::from(&bytes[..]));
        self.b.ins().vconst(ty, handle)
    }

    /// 64-bit lanes with these bits.
    pub(super) fn wide_constant(&mut self, ty: Type, lanes: [u64; 2]) -> Value {
        self.constant(ty, &bytemuck::cast(lanes.map(u64::to_le_bytes)))
    }

    /// Every lane with these bits.
    pub(super) fn bits(&mut self, form: Form, narrow: u32, wide: u64) -> Value {
        match form.is_wide() {
            true => self.wide_constant(form.vector(), [wide; 2]),
            false => self.constant(form.vector(), &bytemuck::cast([narrow.to_le_bytes(); 4])),
        }
    }

    pub(super) fn float(&mut self, form: Form, value: f64) -> Value {
        self.bits(form, (value as f32).to_bits(), value.to_bits())
    }

    /// Integer lanes with this value.
    pub(super) fn integer(&mut self, form: Form, value: i64) -> Value {
        self.bits(form, value as u32, value as u64)
    }

    pub(super) fn zero(&mut self, form: Form) -> Value {
        self.integer(form, 0)
    }

    /// The sign bit of every lane.
    pub(super) fn sign_bits(&mut self, form: Form) -> Value {
        self.bits(form, 1 << 31, 1 << 63)
    }

    /// A register of bytes of two others, as type `ty`.
    fn bytes(&mut self, ty: Type, x: Value, y: Value, order: [u8; 16]) -> Value {
        let (x, y) = (self.cast(types::I8X16, x), self.cast(types::I8X16, y));
        let order = self.b.func.dfg.immediates.push(order.to_vec().into());
        let picked = self.b.ins().shuffle(x, y, order);
        self.cast(ty, picked)
    }

    /// 32-bit lanes of two registers.
    pub(super) fn pick4(&mut self, x: Value, y: Value, lanes: [u8; 4]) -> Value {
        let ty = self.b.func.dfg.value_type(x);
        self.bytes(ty, x, y, std::array::from_fn(|at| lanes[at / 4] * 4 + (at % 4) as u8))
    }

    /// 64-bit lanes of two registers.
    pub(super) fn pick2(&mut self, x: Value, y: Value, lanes: [u8; 2]) -> Value {
        let ty = self.b.func.dfg.value_type(x);
        self.bytes(ty, x, y, std::array::from_fn(|at| lanes[at / 8] * 8 + (at % 8) as u8))
    }

    /// The low bytes of all 32-bit lanes of two registers, packed: `size` bytes of each.
    pub(super) fn pack(&mut self, x: Value, y: Value, size: usize) -> Value {
        self.bytes(types::I64X2, x, y, std::array::from_fn(|at| (at / size % 8 * 4 + at % size) as u8))
    }

    /// Lanes exchanged in pairs.
    pub(super) fn swap(&mut self, form: Form, x: Value) -> Value {
        match form.is_wide() {
            true => self.pick2(x, x, [1, 0]),
            false => self.pick4(x, x, [1, 0, 3, 2]),
        }
    }

    /// The first (0) or second (1) lane of every pair, twice.
    pub(super) fn twice(&mut self, form: Form, x: Value, which: u8) -> Value {
        match form.is_wide() {
            true => self.pick2(x, x, [which; 2]),
            false => self.pick4(x, x, [which, which, which + 2, which + 2]),
        }
    }

    /// Lanes of two values alternately: the parts of complex numbers to the numbers.
    pub(super) fn interleave(&mut self, form: Form, x: &Registers, y: &Registers) -> Registers {
        let mut all = Registers::new();
        for (&x, &y) in x.iter().zip(y) {
            match form.is_wide() {
                true => all.extend([[0, 2], [1, 3]].map(|lanes| self.pick2(x, y, lanes))),
                false => all.extend([[0, 4, 1, 5], [2, 6, 3, 7]].map(|lanes| self.pick4(x, y, lanes))),
            }
        }
        if self.lanes == 1 {
            all.truncate(1);
        }
        all
    }

    /// Every second lane: the first (0) or second (1) parts of complex numbers.
    pub(super) fn part(&mut self, form: Form, z: &Registers, which: u8) -> Registers {
        z.chunks(2)
            .map(|pair| {
                let (x, y) = (pair[0], pair[pair.len() - 1]);
                match form.is_wide() {
                    true => self.pick2(x, y, [which, which + 2]),
                    false => self.pick4(x, y, [which, which + 2, which + 4, which + 6]),
                }
            })
            .collect()
    }

    /// Lanes to twice the width; as signed ones or not.
    pub(super) fn widen(&mut self, x: &Registers, is_signed: bool) -> Registers {
        let mut all = Registers::new();
        for &x in x {
            let low = if is_signed { self.b.ins().swiden_low(x) } else { self.b.ins().uwiden_low(x) };
            all.push(low);
            if self.lanes > 1 {
                all.push(if is_signed { self.b.ins().swiden_high(x) } else { self.b.ins().uwiden_high(x) });
            }
        }
        all
    }

    /// The low halves of 64-bit lanes.
    pub(super) fn narrow(&mut self, x: &Registers) -> Registers {
        x.chunks(2)
            .map(|pair| {
                let (x, y) = (self.cast(types::I32X4, pair[0]), self.cast(types::I32X4, pair[pair.len() - 1]));
                self.pick4(x, y, [0, 2, 4, 6])
            })
            .collect()
    }

    /// A bool as a mask of lanes of one width.
    pub(super) fn mask(&mut self, value: &Val, is_wide: bool) -> Registers {
        match (value.is_wide, is_wide) {
            (false, true) => self.widen(&value.registers, true),
            (true, false) => self.narrow(&value.registers),
            _ => value.registers.clone(),
        }
    }

    /// A mask over the elements of a dtype: both parts of complex numbers.
    pub(super) fn mask_for(&mut self, value: &Val, dtype: DType) -> Registers {
        let form = Form::of(dtype);
        let mask = self.mask(value, form.is_wide());
        if dtype.is_complex() { self.interleave(form, &mask, &mask) } else { mask }
    }

    /// `mask ? x : y`.
    pub(super) fn choose(&mut self, mask: Value, x: Value, y: Value) -> Value {
        let ty = self.b.func.dfg.value_type(x);
        let mask = self.cast(ty, mask);
        self.b.ins().bitselect(mask, x, y)
    }

    pub(super) fn compare(&mut self, code: FloatCC, x: Value, y: Value) -> Value {
        self.b.ins().fcmp(code, x, y)
    }

    /// How many registers a value of a dtype takes.
    pub(super) fn registers(&self, dtype: DType) -> usize {
        let form = Form::of(dtype);
        let parts = if dtype.is_complex() { 2 } else { 1 };
        (self.lanes * parts * form.lane().bytes() as usize).div_ceil(16)
    }

    /// One element as a scalar: a lane, or both parts of a complex number as a vector or an `f64` with their bits.
    pub(super) fn element(&mut self, dtype: DType, registers: &Registers, at: usize) -> Value {
        match dtype {
            DType::C128 => registers[at],
            DType::C64 => {
                let pair = self.cast(types::F64X2, registers[at / 2]);
                self.b.ins().extractlane(pair, (at % 2) as u8)
            }
            _ => {
                let per = 16 / Form::of(dtype).lane().bytes() as usize;
                self.b.ins().extractlane(registers[at / per], (at % per) as u8)
            }
        }
    }

    /// The opposite of [`Asm::element`] for all elements.
    pub(super) fn collect(&mut self, dtype: DType, elements: &[Value]) -> Registers {
        let form = Form::of(dtype);
        let ty = match dtype {
            DType::C128 => return elements.iter().copied().collect(),
            DType::C64 => types::F64X2,
            _ => form.vector(),
        };
        elements
            .chunks(ty.lane_count() as usize)
            .map(|lanes| {
                let mut vector = self.b.ins().scalar_to_vector(ty, lanes[0]);
                for (at, lane) in lanes.iter().enumerate().skip(1) {
                    vector = self.b.ins().insertlane(vector, *lane, at as u8);
                }
                self.cast(form.vector(), vector)
            })
            .collect()
    }

    /// A value of another dtype, or of the same, lane by lane.
    pub(super) fn each(
        &mut self,
        (from, to): (DType, DType),
        x: &Registers,
        mut f: impl FnMut(&mut Self, Value) -> Value,
    ) -> Registers {
        let lanes: SmallVec<[Value; 8]> = (0..self.lanes)
            .map(|at| {
                let element = self.element(from, x, at);
                f(self, element)
            })
            .collect();
        self.collect(to, &lanes)
    }

    /// The same register for a whole value.
    pub(super) fn spread(&mut self, dtype: DType, register: Value) -> Val {
        Val { registers: smallvec![register; self.registers(dtype)], is_wide: false }
    }
}
