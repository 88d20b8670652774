//! Stores that combine with accumulators instead of writing: reductions along the inner loop.
//!
//! The accumulators of a row are 128 bytes of memory, in eight registers while the loop runs: element `e` of the row goes to
//! accumulator `e mod V`, as [`Fold`](crate::nest::Fold) says. Integers of up to 32 bits and bools are combined in 32-bit
//! lanes; in whatever order, they come to the same.

use super::build::{Builder, begin, finish};
use super::emit::Site;
use super::vector::{Asm, Form, Registers, Val};
use crate::nest::{ACCUMULATORS, Inst};
use cranelift_codegen::ir::{InstBuilder, Value};
use ondine_ir::{Binary, DType, Kind, ReduceKind};
use smallvec::SmallVec;

/// What combines two elements.
pub(super) fn op_of(kind: ReduceKind) -> Binary {
    match kind {
        ReduceKind::Sum => Binary::Add,
        ReduceKind::Prod => Binary::Mul,
        ReduceKind::Min => Binary::Min,
        _ => Binary::Max,
    }
}

/// How accumulators of a dtype lie in memory.
pub(super) fn held(dtype: DType) -> DType {
    match dtype {
        DType::Bool | DType::I8 | DType::I16 => DType::I32,
        DType::U8 | DType::U16 => DType::U32,
        _ => dtype,
    }
}

impl Asm<'_> {
    /// Combines registers of accumulators with registers of elements.
    fn combine(&mut self, kind: ReduceKind, dtype: DType, have: &Registers, new: &Registers) -> Registers {
        let op = op_of(kind);
        let form = Form::of(dtype);
        let mut pairs = have.iter().zip(new).map(|(&x, &y)| (x, y));
        match dtype.kind() {
            Kind::Bool if kind == ReduceKind::Min => pairs.map(|(x, y)| self.b.ins().band(x, y)).collect(),
            Kind::Bool => pairs.map(|(x, y)| self.b.ins().bor(x, y)).collect(),
            Kind::Integer => self.integer_binary(op, held(dtype), have, new),
            Kind::Real => pairs.map(|(x, y)| self.real_binary(op, form, x, y)).collect(),
            Kind::Complex => pairs.by_ref().map(|(x, y)| self.complex_binary(op, form, x, y)).collect(),
        }
    }

    fn registers_of(&mut self, dtype: DType, value: &Val) -> Registers {
        if dtype == DType::Bool { self.mask(value, false) } else { value.registers.clone() }
    }
}

impl Builder<'_, '_> {
    /// A segment that folds `count` elements: whole rounds of accumulators, then single elements.
    pub(super) fn fold(
        &mut self,
        kind: ReduceKind,
        segment: usize,
        count: Value,
        sites: &mut [Site],
        (carried, values): (&[usize], SmallVec<[Value; 8]>),
        scratch: Option<Value>,
    ) {
        let store = self.key.body.insts().iter().find_map(|(inst, dtype)| match inst {
            Inst::Store { access, .. } => Some((*access as usize, *dtype)),
            _ => None,
        });
        let (access, dtype) = store.expect("a folded body has a store");
        let (start, held) = (sites[access].start, held(dtype));
        let form = Form::of(held);
        let flags = super::vector::plain();
        let mut accumulators: Registers = (0..ACCUMULATORS as i32 / 16)
            .map(|at| self.asm.b.ins().load(form.vector(), flags, start, 16 * at))
            .collect();
        let round = ACCUMULATORS / held.bytes();
        let lanes = self.asm.lanes;
        let zero = self.asm.b.ins().iconst(cranelift_codegen::ir::types::I64, 0);
        let whole = self.asm.b.ins().band_imm_s(count, -(round as i64));
        let both: SmallVec<[Value; 16]> = values.iter().chain(&accumulators).copied().collect();
        let turn = begin(&mut self.asm, zero, whole, &both);
        let (moving, held_now) = turn.carried.split_at(values.len());
        accumulators = held_now.iter().copied().collect();
        for (&access, &value) in carried.iter().zip(moving) {
            sites[access].current = Some(value);
        }
        for first in (0..round).step_by(lanes) {
            let index = self.asm.b.ins().iadd_imm_s(turn.index, first as i64);
            let value = self.turn(segment, index, lanes, sites, scratch).expect("the segment stores");
            let new = self.asm.registers_of(dtype, &value);
            let at = first / lanes * new.len();
            let have: Registers = accumulators[at..at + new.len()].iter().copied().collect();
            let sums = self.asm.combine(kind, dtype, &have, &new);
            accumulators[at..at + new.len()].copy_from_slice(&sums);
        }
        let current = |sites: &[Site], access: usize| sites[access].current.expect("it was set above");
        let next: SmallVec<[Value; 16]> =
            carried.iter().map(|&access| current(sites, access)).chain(accumulators.iter().copied()).collect();
        let after = finish(&mut self.asm, turn, round as i64, whole, &next);
        let (values, accumulators) = after.split_at(values.len());
        for (at, register) in accumulators.iter().enumerate() {
            self.asm.b.ins().store(flags, *register, start, 16 * at as i32);
        }
        let turn = begin(&mut self.asm, whole, count, values);
        for (&access, &value) in carried.iter().zip(&turn.carried) {
            sites[access].current = Some(value);
        }
        let value = self.turn(segment, turn.index, 1, sites, scratch).expect("the segment stores");
        let all = std::mem::replace(&mut self.asm.lanes, 1);
        let new = self.asm.registers_of(dtype, &value);
        let place = self.asm.b.ins().isub(turn.index, whole);
        let distance = self.asm.b.ins().imul_imm_s(place, held.bytes() as i64);
        let address = self.asm.b.ins().iadd(start, distance);
        let have = self.asm.load(held, address).registers;
        let registers = self.asm.combine(kind, dtype, &have, &new);
        self.asm.store(held, &Val { registers, is_wide: false }, address);
        self.asm.lanes = all;
        let next: SmallVec<[Value; 8]> = carried.iter().map(|&access| current(sites, access)).collect();
        finish(&mut self.asm, turn, 1, count, &next);
    }
}
