//! The loops around a body: rows, tiles where routines are called, and inside them whole turns and a masked one.

use super::super::Key;
use super::super::plan::{Plan, Role};
use super::super::routine::Routine;
use super::super::words::Layout;
use super::asm::{Asm, LIVE, LIVE_PARTS, Label, SCRATCH};
use super::emit::{Segment, WORDS, word};
use super::frame::Frame;
use super::memory::{INDEX, INDEX_TWICE};
use super::registers::Val;
use crate::nest::{Inst, walk};
use iced_x86::Code::*;
use iced_x86::{Instruction, MemoryOperand, Register};
use ondine_ir::DType;
use smallvec::SmallVec;

/// Elements of a scratch tile.
const ELEMENTS: i32 = super::super::build::ELEMENTS as i32;

/// The index at which whole turns end.
const WHOLE: Register = Register::RCX;

/// Registers that belong to the caller.
const SAVED: [Register; 6] = [Register::RBX, Register::RBP, Register::R12, Register::R13, Register::R14, Register::R15];

/// Elements of one turn: a register of the widest real dtype.
fn lanes(key: &Key) -> usize {
    if key.body.insts().iter().any(|(_, dtype)| dtype.component().bytes() == 8) { 8 } else { 16 }
}

/// The function of a kernel, or why there is none.
pub(super) fn build(key: &Key, plan: &Plan) -> Result<Vec<Instruction>, &'static str> {
    let layout = Layout::new(&key.body, key.classes.len(), plan.routines.len());
    let has = |test: fn(&DType) -> bool| key.body.insts().iter().any(|(_, dtype)| test(dtype));
    let has_parts = has(|dtype| dtype.is_complex());
    let has_pairs = has(|dtype| dtype.bytes() == 16);
    let frame = Frame::new(key.classes.len(), plan.tiles > 0);
    let asm = Asm::new(lanes(key), has_parts);
    let mut builder = Builder { key, plan, layout, frame, has_parts, has_pairs, asm, is_past_cache: false };
    builder.function();
    builder.asm.finish()
}

pub(super) struct Builder<'a> {
    pub(super) key: &'a Key,
    plan: &'a Plan,
    layout: Layout,
    pub(super) frame: Frame,
    has_parts: bool,
    /// Whether elements have 16 bytes, so that addresses take twice the index.
    has_pairs: bool,
    pub(super) asm: Asm,
    /// True in the loop of rows that are written past the cache.
    is_past_cache: bool,
}

impl Builder<'_> {
    fn function(&mut self) {
        SAVED.iter().for_each(|&register| self.asm.op1(Push_r64, register));
        self.asm.with_number(Sub_rm64_imm32, Register::RSP, self.frame.bytes());
        self.asm.op2(Mov_r64_rm64, WORDS, Register::RDI);
        self.asm.store(Mov_rm64_r64, self.frame.at(self.frame.row()), Register::RSI);
        self.asm.store(Mov_rm64_r64, self.frame.at(self.frame.end()), Register::RDX);
        if self.plan.tiles > 0 {
            self.asm.load(Mov_r64_rm64, INDEX, word(self.layout.scratch));
            self.asm.store(Mov_rm64_r64, self.frame.at(self.frame.scratch()), INDEX);
        }
        let (row, done) = (self.asm.label(), self.asm.label());
        self.asm.bind(row);
        self.asm.load(Mov_r64_rm64, INDEX, self.frame.at(self.frame.row()));
        self.asm.load(Cmp_r64_rm64, INDEX, self.frame.at(self.frame.end()));
        self.asm.jump(Jge_rel32_64, done);
        for access in 0..self.key.classes.len() {
            let first = self.layout.accesses + 3 * access;
            self.moved(word(first + 1), self.frame.row(), word(first), self.frame.in_row(access));
        }
        match self.plan.tiles {
            0 => {
                self.asm.load(Mov_r64_rm64, INDEX, word(0));
                self.asm.store(Mov_rm64_r64, self.frame.at(self.frame.count()), INDEX);
                self.segment(0);
            }
            _ => self.tiles(),
        }
        self.asm.load(Mov_r64_rm64, INDEX, self.frame.at(self.frame.row()));
        self.asm.with_number(Add_rm64_imm32, INDEX, 1);
        self.asm.store(Mov_rm64_r64, self.frame.at(self.frame.row()), INDEX);
        self.asm.jump(Jmp_rel32_64, row);
        self.asm.bind(done);
        self.asm.op0(VEX_Vzeroupper);
        self.asm.with_number(Add_rm64_imm32, Register::RSP, self.frame.bytes());
        SAVED.iter().rev().for_each(|&register| self.asm.op1(Pop_r64, register));
        self.asm.op0(Retnq);
    }

    /// `frame[to] = step * frame[turn] + start`.
    fn moved(&mut self, step: MemoryOperand, turn: i64, start: MemoryOperand, to: i64) {
        self.asm.load(Mov_r64_rm64, INDEX, step);
        self.asm.load(Imul_r64_rm64, INDEX, self.frame.at(turn));
        self.asm.load(Add_r64_rm64, INDEX, start);
        self.asm.store(Mov_rm64_r64, self.frame.at(to), INDEX);
    }

    fn tiles(&mut self) {
        let frame = self.frame;
        let (tile, done) = (self.asm.label(), self.asm.label());
        self.asm.op2(Xor_r32_rm32, Register::EAX, Register::EAX);
        self.asm.store(Mov_rm64_r64, frame.at(frame.tile()), INDEX);
        self.asm.bind(tile);
        self.asm.load(Mov_r64_rm64, INDEX, frame.at(frame.tile()));
        self.asm.load(Mov_r64_rm64, WHOLE, word(0));
        self.asm.op2(Sub_r64_rm64, WHOLE, INDEX);
        self.asm.jump(Jle_rel32_64, done);
        self.asm.word(Register::RDX, ELEMENTS as u64);
        self.asm.op2(Cmp_r64_rm64, WHOLE, Register::RDX);
        self.asm.op2(Cmovg_r64_rm64, WHOLE, Register::RDX);
        self.asm.store(Mov_rm64_r64, frame.at(frame.count()), WHOLE);
        for access in 0..self.key.classes.len() {
            let step = word(self.layout.accesses + 3 * access + 2);
            self.moved(step, frame.tile(), frame.at(frame.in_row(access)), frame.access(access));
        }
        for segment in 0..self.plan.segments.len() {
            self.segment(segment);
            self.calls(segment);
        }
        self.asm.load(Mov_r64_rm64, INDEX, frame.at(frame.tile()));
        self.asm.with_number(Add_rm64_imm32, INDEX, ELEMENTS);
        self.asm.store(Mov_rm64_r64, frame.at(frame.tile()), INDEX);
        self.asm.jump(Jmp_rel32_64, tile);
        self.asm.bind(done);
    }

    /// A segment over the elements of a tile or of a row.
    fn segment(&mut self, segment: usize) {
        let roles = &self.plan.segments[segment].roles;
        if !roles.iter().any(|role| matches!(role, Role::Emit(_))) {
            return;
        }
        let stores = self.key.body.insts().iter().zip(roles).filter_map(|((inst, dtype), role)| match (inst, role) {
            (Inst::Store { access, .. }, Role::Emit(_)) => Some((*access as usize, *dtype)),
            _ => None,
        });
        let stores: SmallVec<[(usize, DType); 2]> = stores.collect();
        let before = self.asm.open();
        match (self.key.fold, &stores[..]) {
            (Some(kind), [(access, dtype), ..]) => self.fold(segment, kind, *access, *dtype),
            (None, [_, ..]) if self.key.past_cache => self.map_past_cache(segment, stores.iter().map(|store| store.0)),
            _ => self.map(segment, None),
        }
        self.asm.close(before);
    }

    /// As `map`, with a loop of its own for rows whose stores begin on cache lines.
    fn map_past_cache(&mut self, segment: usize, stores: impl Iterator<Item = usize>) {
        let (others, end) = (self.asm.label(), self.asm.label());
        self.asm.op2(Xor_r32_rm32, Register::EDI, Register::EDI);
        debug_assert_eq!(SCRATCH, Register::RDI);
        for access in stores {
            self.asm.load(Or_r64_rm64, SCRATCH, self.frame.at(self.frame.access(access)));
        }
        self.asm.with_number(Test_rm64_imm32, SCRATCH, 63);
        self.asm.jump(Jne_rel32_64, others);
        let (turn, rest, _) = self.begin(self.asm.lanes);
        self.is_past_cache = true;
        self.turn(segment, 0);
        self.is_past_cache = false;
        self.advance(self.asm.lanes, turn);
        self.asm.bind(rest);
        self.asm.jump(Jmp_rel32_64, end);
        self.asm.bind(others);
        self.map(segment, Some(end));
    }

    /// Whole turns, then what is left of a row; whoever did the turns elsewhere comes to the label.
    fn map(&mut self, segment: usize, label: Option<Label>) {
        let (turn, rest, done) = self.begin(self.asm.lanes);
        self.turn(segment, 0);
        self.advance(self.asm.lanes, turn);
        self.asm.bind(rest);
        label.into_iter().for_each(|label| self.asm.bind(label));
        self.left(0);
        self.asm.jump(Jle_rel32_64, done);
        self.masks();
        self.asm.is_tail = true;
        self.turn(segment, 0);
        self.asm.is_tail = false;
        self.asm.bind(done);
    }

    /// Opens the loop over whole turns: its start, what follows it, and the end of everything.
    pub(super) fn begin(&mut self, step: usize) -> (Label, Label, Label) {
        let (turn, rest, done) = (self.asm.label(), self.asm.label(), self.asm.label());
        self.asm.load(Mov_r64_rm64, WHOLE, self.frame.at(self.frame.count()));
        self.asm.with_number(And_rm64_imm32, WHOLE, -(step as i32));
        self.asm.op2(Xor_r32_rm32, Register::EAX, Register::EAX);
        if self.has_pairs {
            self.asm.op2(Xor_r32_rm32, Register::EDX, Register::EDX);
        }
        self.asm.op2(Cmp_r64_rm64, INDEX, WHOLE);
        self.asm.jump(Jge_rel32_64, rest);
        self.asm.bind(turn);
        (turn, rest, done)
    }

    pub(super) fn advance(&mut self, step: usize, turn: Label) {
        if self.has_pairs {
            self.asm.with_number(Add_rm64_imm32, INDEX_TWICE, 2 * step as i32);
        }
        self.asm.with_number(Add_rm64_imm32, INDEX, step as i32);
        self.asm.op2(Cmp_r64_rm64, INDEX, WHOLE);
        self.asm.jump(Jl_rel32_64, turn);
    }

    /// How many elements are left behind those that are `ahead`, in `WHOLE`, compared with none.
    pub(super) fn left(&mut self, ahead: usize) {
        self.asm.load(Mov_r64_rm64, WHOLE, self.frame.at(self.frame.count()));
        self.asm.with_number(Sub_rm64_imm32, WHOLE, ahead as i32);
        self.asm.op2(Sub_r64_rm64, WHOLE, INDEX);
    }

    /// The masks of so many elements as `WHOLE` says, all if there are more.
    pub(super) fn masks(&mut self) {
        self.ones();
        self.asm.op2(VEX_Kmovd_kr_r32, LIVE, Register::EDI);
        if self.has_parts {
            self.asm.op2(Add_r64_rm64, WHOLE, WHOLE);
            self.ones();
            self.asm.op2(VEX_Kmovd_kr_r32, LIVE_PARTS[0], Register::EDI);
            self.asm.op_number(Shr_rm64_imm8, SCRATCH, self.asm.lanes as u32);
            self.asm.op2(VEX_Kmovd_kr_r32, LIVE_PARTS[1], Register::EDI);
        }
    }

    /// As many ones in `SCRATCH`.
    fn ones(&mut self) {
        self.asm.word(SCRATCH, u64::MAX);
        self.asm.op3(VEX_Bzhi_r64_rm64_r64, SCRATCH, SCRATCH, WHOLE);
    }

    /// The instructions of a segment for one turn; what is to be folded, if its store is.
    pub(super) fn turn(&mut self, segment: usize, ahead: usize) -> Option<Val> {
        let mut emit = Segment {
            asm: &mut self.asm,
            key: self.key,
            plan: self.plan,
            segment,
            at: 0,
            layout: self.layout,
            frame: self.frame,
            ahead,
            is_past_cache: self.is_past_cache,
            folded: None,
        };
        walk(&self.key.body, &mut emit);
        emit.folded
    }

    fn calls(&mut self, segment: usize) {
        use Register::*;
        for call in &self.plan.segments[segment].calls {
            let at = word(self.layout.routines + 2 * call.routine);
            let job = word(self.layout.routines + 2 * call.routine + 1);
            let tiles = [call.to, call.from[0], call.from[1]];
            let (given, count): (&[Register], Register) = match self.plan.routines[call.routine] {
                Routine::Map(_) => (&[RDI, RSI], RDX),
                Routine::Map2(_) => (&[RDI, RSI, RDX], RCX),
                Routine::Job(_) => {
                    self.asm.load(Mov_r64_rm64, RDI, job);
                    (&[RSI, RDX, RCX], R8)
                }
            };
            for (register, tile) in given.iter().zip(tiles) {
                self.asm.load(Mov_r64_rm64, *register, self.frame.at(self.frame.scratch()));
                self.asm.with_number(Add_rm64_imm32, *register, tile as i32 * super::super::emit::TILE as i32);
            }
            self.asm.load(Mov_r64_rm64, count, self.frame.at(self.frame.count()));
            self.asm.op0(VEX_Vzeroupper);
            self.asm.call(Call_rm64, at);
        }
    }
}
