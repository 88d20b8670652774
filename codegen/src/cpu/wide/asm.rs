//! An instruction stream, and the registers that it works in.

use super::super::vector::Form;
use super::registers::{Claim, Mask, Pool, Seen, Vector};
use super::table::{self, Pair};
use iced_x86::{Code, Instruction, MemoryOperand, Register};
use smallvec::SmallVec;

/// What stands in registers while a loop runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pin {
    /// 64 bits, again and again.
    Bits(u64),
    /// Lane numbers.
    Order(Form, [u8; 16]),
    /// The element of an access that does not move.
    Broadcast(usize),
    /// The value of a scalar slot.
    Scalar(usize),
    /// What the lanes of a position differ by.
    Steps(usize),
    /// The sign bits of the second lanes of pairs.
    Imaginary(Form),
    /// The real (0) or imaginary (1) parts, twice each, of the numbers in a register that is pinned.
    Twice(Register, usize),
}

/// A place to jump to.
#[derive(Clone, Copy)]
pub(super) struct Label(u64);

/// Nothing is computed in a scratch register over more than one op.
pub(super) const SCRATCH: Register = Register::RDI;

/// Masks of the lanes at the end of a row: of elements, and of the parts of complex numbers in two registers.
pub(super) const LIVE: Register = Register::K7;
pub(super) const LIVE_PARTS: [Register; 2] = [Register::K6, Register::K5];

/// Vector registers that what is pinned leaves to the loop, above those that it uses so far.
const SPARE: u32 = 4;

/// Registers for addresses.
const POINTERS: [Register; 10] = [
    Register::RSI,
    Register::R8,
    Register::R9,
    Register::R10,
    Register::R11,
    Register::R12,
    Register::R13,
    Register::R14,
    Register::R15,
    Register::RBP,
];

pub(super) struct Asm {
    /// Elements of one turn: a register of the widest real dtype.
    pub(super) lanes: usize,
    /// True where only the lanes of [`LIVE`] are in range.
    pub(super) is_tail: bool,
    code: Vec<Instruction>,
    /// What runs before the loop that is being written.
    entry: Vec<Instruction>,
    vectors: Pool,
    masks: Pool,
    /// The highest vector register that the loop has written.
    highest: u32,
    pins: Vec<(Pin, Vector)>,
    /// The parts, twice each, of complex numbers that still stand in their registers.
    parts: Vec<(Seen, [Vector; 2])>,
    pointers: SmallVec<[i64; 10]>,
    labels: u64,
    pending: Option<Label>,
    refusal: Option<&'static str>,
}

/// Fails where the operands do not suit the instruction, which is a mistake in this module.
fn made(instruction: Result<Instruction, iced_x86::IcedError>) -> Instruction {
    instruction.expect("operands suit their instruction")
}

impl Asm {
    pub(super) fn new(lanes: usize, has_parts: bool) -> Asm {
        Asm {
            lanes,
            is_tail: false,
            code: Vec::new(),
            entry: Vec::new(),
            vectors: Pool::new(u32::MAX),
            masks: Pool::new(if has_parts { 0b0001_1110 } else { 0b0111_1110 }),
            highest: 0,
            pins: Vec::new(),
            parts: Vec::new(),
            pointers: SmallVec::new(),
            labels: 0,
            pending: None,
            refusal: None,
        }
    }

    /// Says that this body is not for this generator.
    pub(super) fn refuse(&mut self, reason: &'static str) {
        self.refusal.get_or_insert(reason);
    }

    /// The instructions, or why there are none.
    pub(super) fn finish(self) -> Result<Vec<Instruction>, &'static str> {
        self.refusal.map_or(Ok(self.code), Err)
    }

    pub(super) fn label(&mut self) -> Label {
        self.labels += 1;
        Label(self.labels)
    }

    /// The next instruction is where the label is.
    pub(super) fn bind(&mut self, label: Label) {
        if self.pending.is_some() {
            self.raw(Instruction::with(Code::Nopd));
        }
        self.pending = Some(label);
        // Whoever jumps here may have come another way.
        self.forget_parts();
    }

    fn raw(&mut self, mut instruction: Instruction) {
        instruction.set_ip(self.pending.take().map_or(0, |label| label.0));
        self.code.push(instruction);
    }

    pub(super) fn jump(&mut self, code: Code, label: Label) {
        self.raw(made(Instruction::with_branch(code, label.0)));
    }

    pub(super) fn op0(&mut self, code: Code) {
        self.raw(Instruction::with(code));
    }

    pub(super) fn op1(&mut self, code: Code, a: Register) {
        self.raw(made(Instruction::with1(code, a)));
    }

    pub(super) fn op2(&mut self, code: Code, a: Register, b: Register) {
        self.raw(made(Instruction::with2(code, a, b)));
    }

    pub(super) fn op3(&mut self, code: Code, a: Register, b: Register, c: Register) {
        self.raw(made(Instruction::with3(code, a, b, c)));
    }

    pub(super) fn op3_memory(&mut self, code: Code, a: Register, b: Register, c: MemoryOperand) {
        self.raw(made(Instruction::with3(code, a, b, c)));
    }

    pub(super) fn op3_memory_by(&mut self, code: Code, a: Register, b: Register, c: MemoryOperand, number: u32) {
        self.raw(made(Instruction::with4(code, a, b, c, number)));
    }

    pub(super) fn op3_by(&mut self, code: Code, a: Register, b: Register, c: Register, number: u32) {
        self.raw(made(Instruction::with4(code, a, b, c, number)));
    }

    pub(super) fn op_by(&mut self, code: Code, a: Register, b: Register, number: u32) {
        self.raw(made(Instruction::with3(code, a, b, number)));
    }

    pub(super) fn op_number(&mut self, code: Code, a: Register, number: u32) {
        self.raw(made(Instruction::with2(code, a, number)));
    }

    /// Asks for memory that is read soon.
    pub(super) fn prefetch(&mut self, at: MemoryOperand) {
        self.raw(made(Instruction::with1(Code::Prefetcht0_m8, at)));
    }

    pub(super) fn with_number(&mut self, code: Code, a: Register, number: i32) {
        self.raw(made(Instruction::with2(code, a, number)));
    }

    pub(super) fn load(&mut self, code: Code, to: Register, from: MemoryOperand) {
        self.raw(made(Instruction::with2(code, to, from)));
    }

    pub(super) fn call(&mut self, code: Code, at: MemoryOperand) {
        self.raw(made(Instruction::with1(code, at)));
    }

    pub(super) fn store(&mut self, code: Code, to: MemoryOperand, from: Register) {
        self.raw(made(Instruction::with2(code, to, from)));
    }

    /// As [`Asm::load`], of the lanes of a mask; the others are 0.
    pub(super) fn load_masked(&mut self, code: Code, to: Register, from: MemoryOperand, mask: Option<Register>) {
        let mut instruction = made(Instruction::with2(code, to, from));
        if let Some(mask) = mask {
            instruction.set_op_mask(mask);
            instruction.set_zeroing_masking(true);
        }
        self.raw(instruction);
    }

    /// As [`Asm::load_masked`]; the other lanes stay.
    pub(super) fn load_merging(&mut self, code: Code, to: Register, from: MemoryOperand, mask: Register) {
        let mut instruction = made(Instruction::with2(code, to, from));
        instruction.set_op_mask(mask);
        self.raw(instruction);
    }

    /// As [`Asm::store`], of the lanes of a mask.
    pub(super) fn store_masked(&mut self, code: Code, to: MemoryOperand, from: Register, mask: Option<Register>) {
        let mut instruction = made(Instruction::with2(code, to, from));
        if let Some(mask) = mask {
            instruction.set_op_mask(mask);
        }
        self.raw(instruction);
    }

    /// A number as a word of a general register.
    pub(super) fn word(&mut self, to: Register, value: u64) {
        self.raw(made(Instruction::with2(Code::Mov_r64_imm64, to, value)));
    }

    /// A register whose contents do not matter.
    pub(super) fn vector(&mut self) -> Vector {
        let claim = self.vectors.lowest().or_else(|| {
            self.parts.clear();
            self.vectors.lowest()
        });
        let claim = self.or_refuse(claim, "too many numbers at once");
        self.highest = self.highest.max(claim.number());
        Vector(claim)
    }

    pub(super) fn mask(&mut self) -> Mask {
        let claim = self.masks.lowest();
        Mask(self.or_refuse(claim, "too many bools at once"))
    }

    fn or_refuse(&mut self, claim: Option<Claim>, reason: &'static str) -> Claim {
        claim.unwrap_or_else(|| {
            self.refuse(reason);
            Pool::new(2).lowest().expect("it has one register")
        })
    }

    /// `pair(a)`.
    pub(super) fn map(&mut self, pair: Pair, form: Form, a: &Vector) -> Vector {
        let to = self.vector();
        self.op2(pair[form.is_wide() as usize], to.zmm(), a.zmm());
        to
    }

    /// `pair(a, number)`.
    pub(super) fn map_by(&mut self, pair: Pair, form: Form, a: &Vector, number: u32) -> Vector {
        let to = self.vector();
        self.op_by(pair[form.is_wide() as usize], to.zmm(), a.zmm(), number);
        to
    }

    /// `pair(a, b)`.
    pub(super) fn map2(&mut self, pair: Pair, form: Form, a: &Vector, b: &Vector) -> Vector {
        let to = self.vector();
        self.op3(pair[form.is_wide() as usize], to.zmm(), a.zmm(), b.zmm());
        to
    }

    /// `pair(a, b, c)`, whose first operand is also the result.
    pub(super) fn map3(&mut self, pair: Pair, form: Form, a: Vector, b: &Vector, c: &Vector) -> Vector {
        let to = self.own(form, a);
        self.op3(pair[form.is_wide() as usize], to.zmm(), b.zmm(), c.zmm());
        to
    }

    /// A register to write over: the same, or a copy if somebody else holds it.
    fn own(&mut self, form: Form, a: Vector) -> Vector {
        if a.0.is_unique() { Vector(a.0.renewed()) } else { self.map(table::MOVE, form, &a) }
    }

    /// `mask ? pair(a, b) : to`, in place.
    pub(super) fn merge2(&mut self, pair: Pair, form: Form, mask: Register, to: &Vector, a: &Vector, b: &Vector) {
        let code = pair[form.is_wide() as usize];
        let mut instruction = made(Instruction::with3(code, to.zmm(), a.zmm(), b.zmm()));
        instruction.set_op_mask(mask);
        self.raw(instruction);
    }

    /// `mask ? x : to`, in place.
    pub(super) fn merge(&mut self, form: Form, mask: Register, to: &Vector, x: &Vector) {
        let code = table::MOVE[form.is_wide() as usize];
        let mut instruction = made(Instruction::with2(code, to.zmm(), x.zmm()));
        instruction.set_op_mask(mask);
        self.raw(instruction);
    }

    /// `mask ? x : 0`.
    pub(super) fn keep(&mut self, form: Form, mask: &Mask, x: &Vector) -> Vector {
        let to = self.vector();
        let code = table::MOVE[form.is_wide() as usize];
        let mut instruction = made(Instruction::with2(code, to.zmm(), x.zmm()));
        instruction.set_op_mask(mask.k());
        instruction.set_zeroing_masking(true);
        self.raw(instruction);
        to
    }

    /// `mask ? x : y`.
    pub(super) fn choose(&mut self, form: Form, mask: &Mask, x: &Vector, y: &Vector) -> Vector {
        let to = self.vector();
        let code = table::BLEND[form.is_wide() as usize];
        let mut instruction = made(Instruction::with3(code, to.zmm(), y.zmm(), x.zmm()));
        instruction.set_op_mask(mask.k());
        self.raw(instruction);
        to
    }

    /// The mask `pair(a, b)` under a condition.
    pub(super) fn compare(&mut self, pair: Pair, form: Form, a: &Vector, b: &Vector, condition: u32) -> Mask {
        let to = self.mask();
        let code = pair[form.is_wide() as usize];
        self.raw(made(Instruction::with4(code, to.k(), a.zmm(), b.zmm(), condition)));
        to
    }

    /// The mask `pair(a)` of a kind.
    pub(super) fn classify(&mut self, form: Form, a: &Vector, kinds: u32) -> Mask {
        let to = self.mask();
        let code = table::CLASSIFY[form.is_wide() as usize];
        self.raw(made(Instruction::with3(code, to.k(), a.zmm(), kinds)));
        to
    }

    /// Any function of the bits of `(a, b, c)`, by its table of truth.
    pub(super) fn ternary(&mut self, form: Form, a: Vector, b: &Vector, c: &Vector, truth: u32) -> Vector {
        let to = self.own(form, a);
        let code = table::TERNARY[form.is_wide() as usize];
        self.raw(made(Instruction::with4(code, to.zmm(), b.zmm(), c.zmm(), truth)));
        to
    }

    /// What stands in a register while the loop runs, made before it; or inside it, if no register is left for that. `make`
    /// fills the register that it is given, and uses no other.
    pub(super) fn pinned(&mut self, pin: Pin, make: impl FnOnce(&mut Asm, &Vector)) -> Vector {
        if let Some((_, vector)) = self.pins.iter().find(|(have, _)| *have == pin) {
            return vector.clone();
        }
        let Some(claim) = self.vectors.highest_above(self.highest + SPARE) else {
            let vector = self.vector();
            make(self, &vector);
            return vector;
        };
        let vector = Vector(claim);
        let label = self.pending.take();
        std::mem::swap(&mut self.code, &mut self.entry);
        make(self, &vector);
        std::mem::swap(&mut self.code, &mut self.entry);
        self.pending = label;
        self.pins.push((pin, vector.clone()));
        vector
    }

    /// True if what a register holds stands there while the loop runs.
    pub(super) fn is_pinned(&self, x: &Vector) -> bool {
        self.pins.iter().any(|(_, vector)| vector.zmm() == x.zmm())
    }

    /// The parts, twice each, of numbers that were taken apart and still stand in their register.
    pub(super) fn known_parts(&mut self, z: &Vector) -> Option<[Vector; 2]> {
        self.parts.retain(|(seen, _)| seen.is_there());
        self.parts.iter().find(|(seen, _)| seen.is(&z.0)).map(|(_, parts)| parts.clone())
    }

    /// Remembers the parts of numbers as long as registers last.
    pub(super) fn know_parts(&mut self, z: &Vector, parts: &[Vector; 2]) {
        self.parts.push((z.0.seen(), parts.clone()));
    }

    /// Somebody writes over registers that others hold.
    pub(super) fn forget_parts(&mut self) {
        self.parts.clear();
    }

    /// True if a real number is known to be the same in all lanes.
    pub(super) fn is_uniform(&self, x: &Vector) -> bool {
        let is_it = |(pin, vector): &(Pin, Vector)| {
            matches!(pin, Pin::Bits(_) | Pin::Broadcast(_) | Pin::Scalar(_)) && vector.zmm() == x.zmm()
        };
        self.pins.iter().any(is_it)
    }

    /// All lanes with these bits: 32 twice, or 64.
    pub(super) fn bits(&mut self, form: Form, narrow: u32, wide: u64) -> Vector {
        let bits = if form.is_wide() { wide } else { (narrow as u64) << 32 | narrow as u64 };
        self.pinned(Pin::Bits(bits), |asm, to| {
            if bits == 0 {
                asm.op3(table::XOR[1], to.zmm(), to.zmm(), to.zmm());
            } else {
                asm.word(SCRATCH, bits);
                asm.op2(Code::EVEX_Vpbroadcastq_zmm_k1z_r64, to.zmm(), SCRATCH);
            }
        })
    }

    pub(super) fn float(&mut self, form: Form, value: f64) -> Vector {
        self.bits(form, (value as f32).to_bits(), value.to_bits())
    }

    pub(super) fn integer(&mut self, form: Form, value: i64) -> Vector {
        self.bits(form, value as u32, value as u64)
    }

    /// Lane numbers, for permutations.
    pub(super) fn order(&mut self, form: Form, lane: impl Fn(usize) -> usize) -> Vector {
        let lanes = 64 / form.lane().bytes() as usize;
        let order: [u8; 16] = std::array::from_fn(|at| if at < lanes { lane(at) as u8 } else { 0 });
        self.pinned(Pin::Order(form, order), |asm, to| asm.fill(form, order, to))
    }

    /// Small numbers, one for each lane.
    pub(super) fn fill(&mut self, form: Form, numbers: [u8; 16], to: &Vector) {
        let [low, high]: [[u8; 8]; 2] = bytemuck::cast(numbers);
        self.word(SCRATCH, u64::from_le_bytes(low));
        self.op2(Code::EVEX_Vmovq_xmm_rm64, to.xmm(), SCRATCH);
        if !form.is_wide() {
            self.word(SCRATCH, u64::from_le_bytes(high));
            let code = Code::EVEX_Vpinsrq_xmm_xmm_rm64_imm8;
            self.raw(made(Instruction::with4(code, to.xmm(), to.xmm(), SCRATCH, 1u32)));
        }
        let widen = [Code::EVEX_Vpmovzxbd_zmm_k1z_xmmm128, Code::EVEX_Vpmovzxbq_zmm_k1z_xmmm64];
        self.op2(widen[form.is_wide() as usize], to.zmm(), to.xmm());
    }

    /// A general register with the word at `byte` of the frame.
    pub(super) fn pointer(&mut self, byte: i64) -> Register {
        let at = MemoryOperand::with_base_displ(Register::RSP, byte);
        if let Some(known) = self.pointers.iter().position(|have| *have == byte) {
            return POINTERS[known];
        }
        if self.pointers.len() == POINTERS.len() {
            self.load(Code::Mov_r64_rm64, SCRATCH, at);
            return SCRATCH;
        }
        let register = POINTERS[self.pointers.len()];
        self.pointers.push(byte);
        self.entry.push(made(Instruction::with2(Code::Mov_r64_rm64, register, at)));
        register
    }

    /// Begins a loop: nothing is in registers.
    pub(super) fn open(&mut self) -> Vec<Instruction> {
        self.entry.clear();
        self.pointers.clear();
        self.pins.clear();
        self.parts.clear();
        self.highest = 0;
        std::mem::take(&mut self.code)
    }

    /// Ends it: what stands before it, and then itself, follow what was there.
    pub(super) fn close(&mut self, mut before: Vec<Instruction>) {
        self.pins.clear();
        self.parts.clear();
        before.append(&mut self.entry);
        before.append(&mut self.code);
        self.code = before;
    }
}
