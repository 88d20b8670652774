//! The walk over a body that makes instructions of one segment.

use super::super::plan::{Plan, Role};
use super::super::vector::Form;
use super::super::words::Layout;
use super::super::{Class, Key};
use super::asm::{Asm, Pin, SCRATCH};
use super::frame::Frame;
use super::memory::{INDEX, element};
use super::registers::{Mask, Val, Vector, Vectors};
use super::table::*;
use crate::nest::{Emit, Literal};
use iced_x86::{Code, MemoryOperand, Register};
use ondine_ir::{Binary, DType, Kind, Unary};
use smallvec::smallvec;

/// Bytes of a scratch tile.
const TILE: i64 = super::super::emit::TILE;

/// The words of the launch.
pub(super) const WORDS: Register = Register::RBX;

/// A word of the launch.
pub(super) fn word(at: usize) -> MemoryOperand {
    MemoryOperand::with_base_displ(WORDS, 8 * at as i64)
}

/// Emits the instructions of one segment for one turn of its loop.
pub(super) struct Segment<'a> {
    pub(super) asm: &'a mut Asm,
    pub(super) key: &'a Key,
    pub(super) plan: &'a Plan,
    pub(super) segment: usize,
    /// The instruction that comes next.
    pub(super) at: usize,
    pub(super) layout: Layout,
    pub(super) frame: Frame,
    /// How many elements this turn is ahead of the index.
    pub(super) ahead: usize,
    /// Whether stores go past the cache.
    pub(super) is_past_cache: bool,
    /// What the store was given, where it is folded.
    pub(super) folded: Option<Val>,
}

impl Segment<'_> {
    fn role(&mut self) -> Role {
        self.at += 1;
        self.plan.segments[self.segment].roles[self.at - 1]
    }

    fn scratch(&mut self, tile: usize, dtype: DType) -> MemoryOperand {
        let start = self.asm.pointer(self.frame.scratch());
        element(dtype, start, tile as i64 * TILE + (self.ahead * dtype.bytes()) as i64)
    }

    /// The value of the next instruction, as its role says.
    fn value(&mut self, dtype: DType, compute: impl FnOnce(&mut Self) -> Val) -> Option<Val> {
        match self.role() {
            Role::Skip => None,
            Role::Reload(tile) => {
                let at = self.scratch(tile, dtype);
                Some(self.asm.read(dtype, at))
            }
            Role::Emit(tile) => {
                let value = compute(self);
                if let Some(tile) = tile {
                    let at = self.scratch(tile, dtype);
                    self.asm.write(dtype, &value, at);
                }
                Some(value)
            }
        }
    }

    fn place(&mut self, access: usize, dtype: DType) -> MemoryOperand {
        let start = self.asm.pointer(self.frame.access(access));
        element(dtype, start, (self.ahead * dtype.bytes()) as i64)
    }

    /// Elements at a constant distance.
    fn strided(&mut self, access: usize, dtype: DType) -> Val {
        let step = word(self.layout.accesses + 3 * access + 2);
        if dtype == DType::C128 {
            self.moved(access);
            return self.asm.collect(step);
        }
        let steps = self.asm.pinned(Pin::Steps(access), |asm, to| asm.steps(step, to));
        self.moved(access);
        self.asm.gather(dtype, &steps, step)
    }

    /// Where an access is in the row, in `SCRATCH`: its start and a step for every element before this turn.
    fn moved(&mut self, access: usize) {
        let step = word(self.layout.accesses + 3 * access + 2);
        self.asm.op2(Code::Mov_r64_rm64, SCRATCH, INDEX);
        if self.ahead > 0 {
            self.asm.with_number(Code::Add_rm64_imm32, SCRATCH, self.ahead as i32);
        }
        self.asm.load(Code::Imul_r64_rm64, SCRATCH, step);
        self.asm.load(Code::Add_r64_rm64, SCRATCH, self.frame.at(self.frame.access(access)));
    }

    /// One element in every lane, from memory that the loop does not move in.
    fn spread(&mut self, pin: Pin, dtype: DType, at: impl FnOnce(&mut Asm) -> MemoryOperand, is_word: bool) -> Val {
        if dtype == DType::Bool {
            let at = at(self.asm);
            return Val::Mask(self.asm.broadcast_bool(at));
        }
        let register = self.asm.pinned(pin, |asm, to| {
            let at = at(asm);
            asm.broadcast(dtype, at, is_word, to);
        });
        Val::Vectors(std::iter::repeat_n(register, self.asm.registers(dtype)).collect())
    }

    /// Something for what this generator does not do.
    fn refuse(&mut self, dtype: DType, reason: &'static str) -> Val {
        self.asm.refuse(reason);
        if dtype == DType::Bool {
            return Val::Mask(self.asm.mask());
        }
        Val::Vectors(smallvec![self.asm.vector(), self.asm.vector()])
    }
}

fn get(value: &Option<Val>) -> &Val {
    value.as_ref().expect("a segment has what its instructions use")
}

fn numbers(value: &Option<Val>) -> &Vectors {
    match get(value) {
        Val::Vectors(vectors) => vectors,
        Val::Mask(_) => unreachable!("bools are no numbers"),
    }
}

fn bools(value: &Option<Val>) -> &Mask {
    match get(value) {
        Val::Mask(mask) => mask,
        Val::Vectors(_) => unreachable!("numbers are no bools"),
    }
}

fn one(vector: Vector) -> Val {
    Val::Vectors(smallvec![vector])
}

impl Emit for Segment<'_> {
    type Value = Option<Val>;

    fn load(&mut self, access: usize, dtype: DType) -> Option<Val> {
        self.value(dtype, |this| match this.key.classes[access] {
            Class::Contiguous => {
                let at = this.place(access, dtype);
                this.asm.read(dtype, at)
            }
            Class::Broadcast => {
                let byte = this.frame.access(access);
                let from = this.frame.at(byte);
                let at = |asm: &mut Asm| {
                    asm.load(Code::Mov_r64_rm64, SCRATCH, from);
                    MemoryOperand::with_base(SCRATCH)
                };
                this.spread(Pin::Broadcast(access), dtype, at, false)
            }
            Class::Strided if dtype.bytes() >= 4 => this.strided(access, dtype),
            // The end of a row reads no element that is not its own.
            Class::Reversed if dtype.bytes() >= 4 && this.asm.is_tail => this.strided(access, dtype),
            Class::Reversed if dtype.bytes() >= 4 => {
                // Before the address: what makes it works in the same register.
                let order = this.asm.reverse(dtype);
                this.moved(access);
                this.asm.read_reversed(dtype, order.as_ref())
            }
            Class::Strided | Class::Reversed => this.refuse(dtype, "such a stride"),
        })
    }

    fn gather(
        &mut self,
        _: usize,
        dtype: DType,
        _: &Option<Val>,
        _: Option<(&Option<Val>, &Option<Val>)>,
    ) -> Option<Val> {
        self.value(dtype, |this| this.refuse(dtype, "a gather"))
    }

    fn position(&mut self, access: usize) -> Option<Val> {
        self.value(DType::I64, |this| {
            let step = word(this.layout.accesses + 3 * access + 2);
            let steps = this.asm.pinned(Pin::Steps(access), |asm, to| asm.steps(step, to));
            this.moved(access);
            let asm = &mut *this.asm;
            let first = asm.vector();
            asm.op2(Code::EVEX_Vpbroadcastq_zmm_k1z_r64, first.zmm(), SCRATCH);
            one(asm.map2(INT_ADD, Form::I64, &first, &steps))
        })
    }

    fn scalar(&mut self, slot: usize, dtype: DType) -> Option<Val> {
        self.value(dtype, |this| {
            let at = word(this.layout.scalars + 2 * slot);
            this.spread(Pin::Scalar(slot), dtype, |_| at, true)
        })
    }

    fn literal(&mut self, literal: Literal, dtype: DType) -> Option<Val> {
        self.value(dtype, |this| {
            let form = Form::of(dtype);
            let value = match (literal, dtype) {
                (Literal::Zero, _) => 0,
                (Literal::One, _) => 1,
                (Literal::MinusOne, DType::U8) => 0xff,
                (Literal::MinusOne, DType::U16) => 0xffff,
                (Literal::MinusOne, _) => -1,
            };
            match dtype.kind() {
                Kind::Bool => {
                    let mask = this.asm.mask();
                    let code = if value == 0 { Code::VEX_Kxorw_kr_kr_kr } else { Code::VEX_Kxnorw_kr_kr_kr };
                    this.asm.op3(code, mask.k(), mask.k(), mask.k());
                    Val::Mask(mask)
                }
                Kind::Integer => one(this.asm.integer(form, value)),
                Kind::Real => one(this.asm.float(form, value as f64)),
                Kind::Complex => {
                    let (real, zero) = (this.asm.float(form, value as f64), this.asm.float(form, 0.0));
                    Val::Vectors(this.asm.interleave(form, &real, &zero))
                }
            }
        })
    }

    fn cast(&mut self, from: DType, to: DType, a: &Option<Val>) -> Option<Val> {
        self.value(to, |this| this.asm.cast(from, to, get(a)))
    }

    fn unary(&mut self, op: Unary, dtype: DType, a: &Option<Val>) -> Option<Val> {
        let form = Form::of(dtype);
        let is_test = matches!(op, Unary::Signbit | Unary::IsNan | Unary::IsInf | Unary::IsFinite);
        let to = match op {
            _ if is_test => DType::Bool,
            Unary::Real | Unary::Imag | Unary::Abs => dtype.component(),
            _ => dtype,
        };
        self.value(to, |this| match (dtype.kind(), op) {
            (Kind::Bool, _) => Val::Mask(this.asm.not(bools(a))),
            (Kind::Complex, _) if is_test => Val::Mask(this.asm.complex_test(op, form, numbers(a))),
            (Kind::Real, _) if is_test => Val::Mask(this.asm.real_test(op, form, &numbers(a)[0])),
            (Kind::Complex, Unary::Real) => one(this.asm.part(form, numbers(a), 0)),
            (Kind::Complex, Unary::Imag) => one(this.asm.part(form, numbers(a), 1)),
            (Kind::Complex, Unary::Conj) => each(numbers(a), |x| this.asm.conjugate(form, x)),
            (Kind::Real | Kind::Complex, _) => each(numbers(a), |x| this.asm.real_unary(op, form, x)),
            (Kind::Integer, _) => one(this.asm.integer_unary(op, dtype, &numbers(a)[0])),
        })
    }

    fn binary(&mut self, op: Binary, dtypes: (DType, DType), a: &Option<Val>, b: &Option<Val>) -> Option<Val> {
        use Binary::*;
        let dtype = if dtypes.1.is_complex() { dtypes.1 } else { dtypes.0 };
        let form = Form::of(dtype);
        let is_comparison = matches!(op, Eq | Ne | Lt | Le | Gt | Ge);
        let to = match op {
            _ if is_comparison => DType::Bool,
            Complex => dtype.to_complex(),
            _ => dtype,
        };
        self.value(to, |this| {
            if dtype == DType::Bool {
                return Val::Mask(this.asm.mask_binary(op, bools(a), bools(b)));
            }
            let (x, y, asm) = (numbers(a), numbers(b), &mut *this.asm);
            if is_comparison {
                return match dtype.kind() {
                    Kind::Complex => Val::Mask(asm.complex_compare(op, form, x, y)),
                    Kind::Real => Val::Mask(asm.real_compare(op, form, &x[0], &y[0])),
                    _ => Val::Mask(asm.integer_compare(op, dtype, &x[0], &y[0])),
                };
            }
            match (dtype.kind(), dtypes.0.is_complex(), dtypes.1.is_complex()) {
                (Kind::Complex, true, true) => pairs(x, y, |x, y| asm.complex_binary(op, form, x, y)),
                (Kind::Complex, true, false) => {
                    let y = asm.doubled(form, &y[0]);
                    pairs(x, &y, |x, y| asm.real_binary(op, form, x, y))
                }
                (Kind::Complex, ..) => {
                    let x = asm.doubled(form, &x[0]);
                    pairs(y, &x, |y, x| asm.real_binary(op, form, y, x))
                }
                (Kind::Real, ..) if op == Complex => Val::Vectors(asm.interleave(form, &x[0], &y[0])),
                (Kind::Real, ..) => one(asm.real_binary(op, form, &x[0], &y[0])),
                _ => one(asm.integer_binary(op, dtype, &x[0], &y[0])),
            }
        })
    }

    fn select(&mut self, dtype: DType, condition: &Option<Val>, a: &Option<Val>, b: &Option<Val>) -> Option<Val> {
        self.value(dtype, |this| {
            let (condition, form) = (bools(condition), Form::of(dtype));
            match dtype.kind() {
                Kind::Bool => Val::Mask(this.asm.mask_choose(condition, bools(a), bools(b))),
                Kind::Complex => {
                    let masks = this.asm.part_masks(form, condition);
                    let both = numbers(a).iter().zip(numbers(b));
                    Val::Vectors(masks.iter().zip(both).map(|(c, (a, b))| this.asm.choose(form, c, a, b)).collect())
                }
                _ => one(this.asm.choose(form, condition, &numbers(a)[0], &numbers(b)[0])),
            }
        })
    }

    fn store(&mut self, access: usize, dtype: DType, value: &Option<Val>) {
        if self.role() == Role::Skip {
            return;
        }
        if self.key.fold.is_some() {
            self.folded = value.clone();
            return;
        }
        if self.key.classes[access] != Class::Contiguous {
            self.asm.refuse("a strided store");
        }
        let at = self.place(access, dtype);
        match self.is_past_cache {
            true => self.asm.write_past_cache(dtype, get(value), at),
            false => self.asm.write(dtype, get(value), at),
        }
    }
}

fn each(x: &Vectors, f: impl FnMut(&Vector) -> Vector) -> Val {
    Val::Vectors(x.iter().map(f).collect())
}

fn pairs(x: &Vectors, y: &Vectors, mut f: impl FnMut(&Vector, &Vector) -> Vector) -> Val {
    Val::Vectors(x.iter().zip(y).map(|(x, y)| f(x, y)).collect())
}
