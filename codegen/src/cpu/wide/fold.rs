//! Stores that combine with accumulators instead of writing: reductions along the inner loop.
//!
//! The accumulators of a row are 128 bytes of memory, in registers while the loop runs, as in the code of `cpu::fold`.

use super::super::Class;
use super::super::fold::{held, op_of};
use super::super::vector::Form;
use super::build::Builder;
use super::memory::element;
use super::registers::{Val, Vector, Vectors};
use super::table::*;
use crate::nest::{ACCUMULATORS, Inst};
use iced_x86::{Code, MemoryOperand};
use ondine_ir::{Binary, DType, Kind, ReduceKind};
use smallvec::smallvec;

/// Bytes that a fold asks for ahead of what it reads: one stream alone does not keep memory busy.
const AHEAD: usize = 2048;

impl Builder<'_> {
    /// A segment that folds: whole rounds of accumulators, and then what is left of one.
    pub(super) fn fold(&mut self, segment: usize, kind: ReduceKind, access: usize, dtype: DType) {
        let held = held(dtype);
        let lanes = self.asm.lanes;
        let round = ACCUMULATORS / held.bytes();
        let accumulators: Vec<Vectors> = (0..round / lanes)
            .map(|turn| {
                let at = self.accumulators(access, turn, held);
                match self.asm.read(held, at) {
                    Val::Vectors(vectors) => vectors,
                    Val::Mask(_) => unreachable!("bools are held as integers"),
                }
            })
            .collect();
        let (turn, rest, done) = self.begin(round);
        self.ask_ahead(round);
        for (at, accumulators) in accumulators.iter().enumerate() {
            let new = self.turn(segment, at * lanes);
            self.combine(kind, dtype, accumulators, new);
        }
        self.advance(round, turn);
        self.asm.bind(rest);
        self.asm.is_tail = true;
        for (at, accumulators) in accumulators.iter().enumerate() {
            self.left(at * lanes);
            self.asm.jump(Code::Jle_rel32_64, done);
            self.masks();
            let new = self.turn(segment, at * lanes);
            self.combine(kind, dtype, accumulators, new);
        }
        self.asm.is_tail = false;
        self.asm.bind(done);
        for (turn, accumulators) in accumulators.into_iter().enumerate() {
            let at = self.accumulators(access, turn, held);
            self.asm.write(held, &Val::Vectors(accumulators), at);
        }
    }

    /// The accumulators of one turn.
    fn accumulators(&mut self, access: usize, turn: usize, held: DType) -> MemoryOperand {
        let start = self.asm.pointer(self.frame.access(access));
        MemoryOperand::with_base_displ(start, (turn * self.asm.lanes * held.bytes()) as i64)
    }

    /// Asks for what the elements of a later round lie in.
    fn ask_ahead(&mut self, round: usize) {
        for (inst, dtype) in self.key.body.insts() {
            let Inst::Load { access } = inst else { continue };
            if self.key.classes[*access as usize] != Class::Contiguous {
                continue;
            }
            for line in 0..(round * dtype.bytes()).div_ceil(64) {
                let start = self.asm.pointer(self.frame.access(*access as usize));
                self.asm.prefetch(element(*dtype, start, (AHEAD + 64 * line) as i64));
            }
        }
    }

    /// Combines accumulators, which stay where they are, with elements; at the end of a row those that are there.
    fn combine(&mut self, kind: ReduceKind, dtype: DType, accumulators: &Vectors, new: Option<Val>) {
        let held = held(dtype);
        let form = Form::of(held);
        let op = op_of(kind);
        let new = match new.expect("the segment stores") {
            Val::Vectors(vectors) => vectors,
            Val::Mask(mask) => {
                let lanes = self.asm.vector();
                self.asm.op2(SPREAD[0], lanes.zmm(), mask.k());
                smallvec![lanes]
            }
        };
        let pair = match (dtype.kind(), op) {
            (Kind::Bool, Binary::Min) => Some(AND),
            (Kind::Bool, _) => Some(OR),
            (Kind::Real | Kind::Complex, Binary::Add) => Some(ADD),
            (Kind::Real, Binary::Mul) => Some(MUL),
            _ => None,
        };
        for (register, (have, new)) in accumulators.iter().zip(&new).enumerate() {
            let live = self.asm.is_tail.then(|| self.asm.live_in(held, register));
            match (pair, live) {
                (Some(pair), Some(live)) => self.asm.merge2(pair, form, live, have, have, new),
                (Some(pair), None) => self.asm.op3(pair[form.is_wide() as usize], have.zmm(), have.zmm(), new.zmm()),
                (None, live) => {
                    let both: Vector = match dtype.kind() {
                        Kind::Integer => self.asm.integer_binary(op, held, have, new),
                        Kind::Real => self.asm.real_binary(op, form, have, new),
                        _ => self.asm.complex_binary(op, form, have, new),
                    };
                    match live {
                        Some(live) => self.asm.merge(form, live, have, &both),
                        None => self.asm.op2(MOVE[form.is_wide() as usize], have.zmm(), both.zmm()),
                    }
                    self.asm.forget_parts();
                }
            }
        }
    }
}
