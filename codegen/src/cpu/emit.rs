//! The walk over a body that makes instructions of one segment.

use super::plan::{Plan, Role};
use super::vector::{Asm, Form, Registers, Val};
use super::{Class, words::Words};
use crate::nest::{Emit, Literal};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use ondine_ir::{Binary, DType, Kind, Unary};

/// Bytes of a scratch tile.
pub(super) const TILE: i64 = 4096;

/// An access inside the innermost loop.
#[derive(Clone, Copy)]
pub(super) struct Site {
    pub(super) class: Class,
    /// The address, or the offset of a position, at index 0 of the loop.
    pub(super) start: Value,
    /// What one step adds, in bytes, or as it is for a position.
    pub(super) step: Value,
    /// The element of a broadcast load.
    pub(super) broadcast: Option<Value>,
    /// Where a strided access is now.
    pub(super) current: Option<Value>,
}

/// Emits the instructions of one segment for some lanes.
pub(super) struct Segment<'a, 'f> {
    pub(super) asm: &'a mut Asm<'f>,
    pub(super) plan: &'a Plan,
    pub(super) segment: usize,
    /// The instruction that comes next.
    pub(super) at: usize,
    pub(super) words: &'a Words,
    pub(super) sites: &'a mut [Site],
    /// The first lane's index in the loop.
    pub(super) index: Value,
    pub(super) scratch: Option<Value>,
    /// What the store was given, where it is folded.
    pub(super) folded: Option<Val>,
    pub(super) is_fold: bool,
}

impl Segment<'_, '_> {
    fn role(&mut self) -> Role {
        self.at += 1;
        self.plan.segments[self.segment].roles[self.at - 1]
    }

    fn scratch(&mut self, tile: usize, dtype: DType) -> Value {
        let start = self.scratch.expect("a plan with tiles has scratch memory");
        let start = self.asm.b.ins().iadd_imm_s(start, tile as i64 * TILE);
        self.advanced(start, dtype)
    }

    fn advanced(&mut self, start: Value, dtype: DType) -> Value {
        let places = dtype.bytes().trailing_zeros() as i64;
        let distance = self.asm.b.ins().ishl_imm_u(self.index, places);
        self.asm.b.ins().iadd(start, distance)
    }

    /// The value of the next instruction, as its role says.
    fn value(&mut self, dtype: DType, compute: impl FnOnce(&mut Self) -> Val) -> Option<Val> {
        match self.role() {
            Role::Skip => None,
            Role::Reload(tile) => {
                let address = self.scratch(tile, dtype);
                Some(self.asm.load(dtype, address))
            }
            Role::Emit(tile) => {
                let value = compute(self);
                if let Some(tile) = tile {
                    let address = self.scratch(tile, dtype);
                    self.asm.store(dtype, &value, address);
                }
                Some(value)
            }
        }
    }

    fn read(&mut self, access: usize, dtype: DType) -> Val {
        let Site { class, start, step, broadcast, current } = self.sites[access];
        match class {
            Class::Contiguous => {
                let address = self.advanced(start, dtype);
                self.asm.load(dtype, address)
            }
            Class::Reversed => {
                let places = dtype.bytes().trailing_zeros() as i64;
                let distance = self.asm.b.ins().ishl_imm_u(self.index, places);
                let address = self.asm.b.ins().isub(start, distance);
                self.asm.load_reversed(dtype, address)
            }
            Class::Broadcast => {
                let register = broadcast.expect("broadcast loads stand before the loop");
                self.asm.spread(dtype, register)
            }
            Class::Strided => {
                let address = current.expect("the loop carries strided accesses");
                let (value, next) = self.asm.load_strided(dtype, address, step);
                self.sites[access].current = Some(next);
                value
            }
        }
    }
}

fn get(value: &Option<Val>) -> &Val {
    value.as_ref().expect("a segment has what its instructions use")
}

fn narrow(registers: Registers) -> Val {
    Val { registers, is_wide: false }
}

impl Emit for Segment<'_, '_> {
    type Value = Option<Val>;

    fn load(&mut self, access: usize, dtype: DType) -> Option<Val> {
        self.value(dtype, |this| this.read(access, dtype))
    }

    fn gather(
        &mut self,
        access: usize,
        dtype: DType,
        offset: &Option<Val>,
        mask: Option<(&Option<Val>, &Option<Val>)>,
    ) -> Option<Val> {
        self.value(dtype, |this| {
            let (offsets, start) = (get(offset), this.sites[access].start);
            let inside = mask.map(|(mask, _)| this.asm.mask(get(mask), true));
            let size = dtype.bytes() as i64;
            let mut elements = Vec::with_capacity(this.asm.lanes);
            for at in 0..this.asm.lanes {
                let offset = this.asm.element(DType::I64, &offsets.registers, at);
                let distance = this.asm.b.ins().imul_imm_s(offset, size);
                let mut address = this.asm.b.ins().iadd(start, distance);
                if let Some(inside) = &inside {
                    // Elsewhere something is read that is there: the words of the launch.
                    let inside = this.asm.element(DType::I64, inside, at);
                    let holds = this.asm.b.ins().icmp_imm_s(IntCC::NotEqual, inside, 0);
                    address = this.asm.b.ins().select(holds, address, this.words.context);
                }
                elements.push(this.asm.load_element(dtype, address));
            }
            let read = this.asm.loaded(dtype, &elements);
            match mask {
                None => read,
                Some((mask, otherwise)) => this.blend(dtype, get(mask), &read, get(otherwise)),
            }
        })
    }

    fn position(&mut self, access: usize) -> Option<Val> {
        self.value(DType::I64, |this| {
            let Site { step, current, .. } = this.sites[access];
            let first = current.expect("the loop carries positions");
            let asm = &mut *this.asm;
            let (all, steps) = (asm.b.ins().splat(types::I64X2, first), asm.b.ins().splat(types::I64X2, step));
            let registers = (0..asm.registers(DType::I64) as u64).map(|register| {
                let count = asm.wide_constant(types::I64X2, [2 * register, 2 * register + 1]);
                let moved = asm.b.ins().imul(steps, count);
                asm.b.ins().iadd(all, moved)
            });
            let value = narrow(registers.collect());
            let moved = asm.b.ins().imul_imm_s(step, asm.lanes as i64);
            this.sites[access].current = Some(asm.b.ins().iadd(first, moved));
            value
        })
    }

    fn scalar(&mut self, slot: usize, dtype: DType) -> Option<Val> {
        self.value(dtype, |this| {
            let register = this.words.scalar(this.asm, slot, dtype);
            this.asm.spread(dtype, register)
        })
    }

    fn literal(&mut self, literal: Literal, dtype: DType) -> Option<Val> {
        self.value(dtype, |this| {
            let bytes = literal.scalar(dtype).to_bytes();
            let asm = &mut *this.asm;
            let register = match dtype.kind() {
                Kind::Bool => asm.integer(Form::I32, if bytes[0] != 0 { -1 } else { 0 }),
                Kind::Integer => {
                    let value = match (literal, dtype.is_signed(), dtype.bytes()) {
                        (Literal::Zero, ..) => 0,
                        (Literal::One, ..) => 1,
                        (Literal::MinusOne, false, size @ 1..=2) => (1 << (8 * size)) - 1,
                        (Literal::MinusOne, ..) => -1,
                    };
                    asm.integer(Form::of(dtype), value)
                }
                Kind::Real | Kind::Complex => {
                    let size = dtype.bytes();
                    asm.constant(Form::of(dtype).vector(), &std::array::from_fn(|at| bytes[at % size]))
                }
            };
            asm.spread(dtype, register)
        })
    }

    fn cast(&mut self, from: DType, to: DType, a: &Option<Val>) -> Option<Val> {
        self.value(to, |this| this.asm.convert(from, to, get(a)))
    }

    fn unary(&mut self, op: Unary, dtype: DType, a: &Option<Val>) -> Option<Val> {
        let form = Form::of(dtype);
        let is_test = matches!(op, Unary::Signbit | Unary::IsNan | Unary::IsInf | Unary::IsFinite);
        let to = match op {
            _ if is_test => DType::Bool,
            Unary::Real | Unary::Imag | Unary::Abs => dtype.component(),
            _ => dtype,
        };
        self.value(to, |this| {
            let (asm, x) = (&mut *this.asm, get(a));
            if is_test {
                let mut registers: Registers = x.registers.iter().map(|&x| asm.real_test(op, form, x)).collect();
                if dtype.is_complex() {
                    registers = asm.join_parts(form, &registers, op != Unary::IsFinite);
                }
                return Val { registers, is_wide: form.is_wide() };
            }
            let registers = match (dtype.kind(), op) {
                (Kind::Complex, Unary::Real) => asm.part(form, &x.registers, 0),
                (Kind::Complex, Unary::Imag) => asm.part(form, &x.registers, 1),
                (Kind::Complex, Unary::Conj) => x.registers.iter().map(|&x| asm.conjugate(form, x)).collect(),
                (Kind::Real | Kind::Complex, _) => x.registers.iter().map(|&x| asm.real_unary(op, form, x)).collect(),
                (Kind::Integer, _) => x.registers.iter().map(|&x| asm.integer_unary(op, dtype, x)).collect(),
                (Kind::Bool, _) => {
                    let registers = x.registers.iter().map(|&x| asm.b.ins().bnot(x)).collect();
                    return Val { registers, is_wide: x.is_wide };
                }
            };
            narrow(registers)
        })
    }

    fn binary(&mut self, op: Binary, dtypes: (DType, DType), a: &Option<Val>, b: &Option<Val>) -> Option<Val> {
        use Binary::{Complex, Eq, Ge, Gt, Le, Lt, Ne};
        let is_comparison = matches!(op, Eq | Ne | Lt | Le | Gt | Ge);
        let dtype = if dtypes.1.is_complex() { dtypes.1 } else { dtypes.0 };
        let form = Form::of(dtype);
        let to = match op {
            _ if is_comparison => DType::Bool,
            Complex => dtype.to_complex(),
            _ => dtype,
        };
        self.value(to, |this| {
            let (asm, a, b) = (&mut *this.asm, get(a), get(b));
            let (x, y) = (&a.registers, &b.registers);
            if dtype == DType::Bool {
                return asm.mask_binary(op, a, b);
            }
            if is_comparison {
                let registers = match dtype.kind() {
                    Kind::Complex => asm.complex_compare(op, form, x, y),
                    Kind::Real => {
                        let code = super::real::float_condition(op).expect("a comparison has a condition");
                        x.iter().zip(y).map(|(&x, &y)| asm.compare(code, x, y)).collect()
                    }
                    _ => x.iter().zip(y).map(|(&x, &y)| asm.integer_compare(op, dtype, x, y)).collect(),
                };
                return Val { registers, is_wide: form.is_wide() };
            }
            let registers = match (dtype.kind(), dtypes.0.is_complex(), dtypes.1.is_complex()) {
                (Kind::Complex, true, true) => {
                    x.iter().zip(y).map(|(&x, &y)| asm.complex_binary(op, form, x, y)).collect()
                }
                (Kind::Complex, true, false) => {
                    let y = asm.interleave(form, y, y);
                    x.iter().zip(&y).map(|(&x, &y)| asm.real_binary(op, form, x, y)).collect()
                }
                (Kind::Complex, ..) => {
                    let x = asm.interleave(form, x, x);
                    x.iter().zip(y).map(|(&x, &y)| asm.real_binary(op, form, y, x)).collect()
                }
                (Kind::Real, ..) if op == Complex => asm.interleave(form, x, y),
                (Kind::Real, ..) => x.iter().zip(y).map(|(&x, &y)| asm.real_binary(op, form, x, y)).collect(),
                _ => asm.integer_binary(op, dtype, x, y),
            };
            narrow(registers)
        })
    }

    fn select(&mut self, dtype: DType, condition: &Option<Val>, a: &Option<Val>, b: &Option<Val>) -> Option<Val> {
        self.value(dtype, |this| this.blend(dtype, get(condition), get(a), get(b)))
    }

    fn store(&mut self, access: usize, dtype: DType, value: &Option<Val>) {
        if self.role() == Role::Skip {
            return;
        }
        if self.is_fold {
            self.folded = value.clone();
            return;
        }
        let Site { class, start, step, current, .. } = self.sites[access];
        if class == Class::Contiguous {
            let address = self.advanced(start, dtype);
            self.asm.store(dtype, get(value), address);
        } else {
            let address = current.expect("the loop carries strided accesses");
            let next = self.asm.store_strided(dtype, get(value), address, step);
            self.sites[access].current = Some(next);
        }
    }
}

impl Segment<'_, '_> {
    fn blend(&mut self, dtype: DType, condition: &Val, a: &Val, b: &Val) -> Val {
        if dtype == DType::Bool {
            let is_wide = condition.is_wide || a.is_wide || b.is_wide;
            let [condition, a, b] = [condition, a, b].map(|value| self.asm.mask(value, is_wide));
            let registers = condition.iter().zip(a.iter().zip(&b)).map(|(&c, (&a, &b))| self.asm.choose(c, a, b));
            return Val { registers: registers.collect(), is_wide };
        }
        let condition = self.asm.mask_for(condition, dtype);
        let both = a.registers.iter().zip(&b.registers);
        narrow(condition.iter().zip(both).map(|(&c, (&a, &b))| self.asm.choose(c, a, b)).collect())
    }
}
