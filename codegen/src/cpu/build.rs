//! The loops around a body: rows, tiles where routines are called, and inside them vectors and a tail of single lanes.

use super::emit::{Segment, Site, TILE};
use super::plan::{Plan, Role};
use super::routine::Routine;
use super::vector::{Asm, Val};
use super::words::{Layout, Words};
use super::{Class, Key};
use crate::nest::{Inst, walk};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, Block, BlockArg, Function, InstBuilder, Signature, Type, UserFuncName, Value, types,
};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use smallvec::SmallVec;

/// Elements of a scratch tile.
pub(super) const ELEMENTS: i64 = 256;

/// Elements of one turn of the vector loop: two registers of the widest dtype.
fn lanes(key: &Key) -> usize {
    if key.body.insts().iter().any(|(_, dtype)| dtype.component().bytes() == 8) { 4 } else { 8 }
}

/// A loop that is being written.
pub(super) struct Turn {
    head: Block,
    exit: Block,
    pub(super) index: Value,
    pub(super) carried: SmallVec<[Value; 8]>,
}

pub(super) fn begin(asm: &mut Asm, start: Value, end: Value, carried: &[Value]) -> Turn {
    let (head, exit) = (asm.b.create_block(), asm.b.create_block());
    let index = asm.b.append_block_param(head, types::I64);
    let kinds: SmallVec<[Type; 8]> = carried.iter().map(|&value| asm.b.func.dfg.value_type(value)).collect();
    let inside = kinds.iter().map(|&ty| asm.b.append_block_param(head, ty)).collect();
    kinds.iter().for_each(|&ty| {
        asm.b.append_block_param(exit, ty);
    });
    let out: Vec<BlockArg> = carried.iter().map(|&value| value.into()).collect();
    let on: Vec<BlockArg> = std::iter::once(start.into()).chain(out.iter().copied()).collect();
    let some = asm.b.ins().icmp(IntCC::SignedLessThan, start, end);
    asm.b.ins().brif(some, head, &on, exit, &out);
    asm.b.switch_to_block(head);
    Turn { head, exit, index, carried: inside }
}

/// Closes a loop; the values carried out of it.
pub(super) fn finish(asm: &mut Asm, turn: Turn, step: i64, end: Value, carried: &[Value]) -> SmallVec<[Value; 8]> {
    let next = asm.b.ins().iadd_imm_s(turn.index, step);
    let out: Vec<BlockArg> = carried.iter().map(|&value| value.into()).collect();
    let on: Vec<BlockArg> = std::iter::once(next.into()).chain(out.iter().copied()).collect();
    let more = asm.b.ins().icmp(IntCC::SignedLessThan, next, end);
    asm.b.ins().brif(more, turn.head, &on, turn.exit, &out);
    asm.b.switch_to_block(turn.exit);
    asm.b.block_params(turn.exit).iter().copied().collect()
}

/// The function of a kernel.
pub(super) fn build(key: &Key, plan: &Plan, target: TargetFrontendConfig) -> Function {
    let mut signature = Signature::new(target.default_call_conv);
    signature.params.extend([AbiParam::new(types::I64); 3]);
    let mut function = Function::with_name_signature(UserFuncName::user(0, 0), signature);
    let mut context = FunctionBuilderContext::new();
    let mut asm = Asm { b: FunctionBuilder::new(&mut function, &mut context), lanes: lanes(key) };
    let entry = asm.b.create_block();
    asm.b.append_block_params_for_function_params(entry);
    asm.b.switch_to_block(entry);
    let params: Vec<Value> = asm.b.block_params(entry).to_vec();
    let layout = Layout::new(&key.body, key.classes.len(), plan.routines.len());
    let words = Words { context: params[0], layout };
    let cols = words.get(&mut asm, 0);
    let mut builder = Builder { key, plan, words, asm, target };
    let row = begin(&mut builder.asm, params[1], params[2], &[]);
    builder.row(row.index, cols);
    finish(&mut builder.asm, row, 1, params[2], &[]);
    builder.asm.b.ins().return_(&[]);
    builder.asm.b.seal_all_blocks();
    builder.asm.b.finalize(target);
    function
}

pub(super) struct Builder<'a, 'f> {
    pub(super) key: &'a Key,
    pub(super) plan: &'a Plan,
    pub(super) words: Words,
    pub(super) asm: Asm<'f>,
    target: TargetFrontendConfig,
}

impl Builder<'_, '_> {
    fn row(&mut self, row: Value, cols: Value) {
        let mut sites: Vec<Site> = Vec::with_capacity(self.key.classes.len());
        for (access, class) in self.key.classes.iter().enumerate() {
            let word = self.words.layout.accesses + 3 * access;
            let [start, along, step] = [0, 1, 2].map(|at| self.words.get(&mut self.asm, word + at));
            let moved = self.asm.b.ins().imul(row, along);
            let start = self.asm.b.ins().iadd(start, moved);
            sites.push(Site { class: *class, start, step, broadcast: None, current: None });
        }
        for (inst, dtype) in self.key.body.insts() {
            if let Inst::Load { access } = inst
                && let site = &mut sites[*access as usize]
                && site.class == Class::Broadcast
            {
                site.broadcast = Some(self.asm.load_broadcast(*dtype, site.start));
            }
        }
        if self.plan.tiles == 0 {
            self.segment(0, cols, &mut sites, None);
            return;
        }
        let scratch = self.words.get(&mut self.asm, self.words.layout.scratch);
        let zero = self.asm.b.ins().iconst(types::I64, 0);
        let tile = begin(&mut self.asm, zero, cols, &[]);
        for site in sites.iter_mut() {
            let moved = self.asm.b.ins().imul(tile.index, site.step);
            site.start = self.asm.b.ins().iadd(site.start, moved);
        }
        let left = self.asm.b.ins().isub(cols, tile.index);
        let most = self.asm.b.ins().iconst(types::I64, ELEMENTS);
        let count = self.asm.b.ins().smin(left, most);
        for segment in 0..self.plan.segments.len() {
            self.segment(segment, count, &mut sites, Some(scratch));
            self.calls(segment, count, scratch);
        }
        finish(&mut self.asm, tile, ELEMENTS, cols, &[]);
    }

    /// A segment over `count` elements: whole vectors, then single lanes.
    fn segment(&mut self, segment: usize, count: Value, sites: &mut [Site], scratch: Option<Value>) {
        let roles = &self.plan.segments[segment].roles;
        if !roles.iter().any(|role| matches!(role, Role::Emit(_))) {
            return;
        }
        let insts = self.key.body.insts().iter().zip(roles);
        let carried = insts.filter_map(|((inst, _), role)| match (inst, role) {
            (_, Role::Skip | Role::Reload(_)) => None,
            (Inst::Position { access }, _) => Some(*access as usize),
            (Inst::Load { access }, _) if sites[*access as usize].class == Class::Strided => Some(*access as usize),
            (Inst::Store { .. }, _) if self.key.fold.is_some() => None,
            (Inst::Store { access, .. }, _) if sites[*access as usize].class != Class::Contiguous => {
                Some(*access as usize)
            }
            _ => None,
        });
        let mut carried: SmallVec<[usize; 8]> = carried.collect();
        carried.sort_unstable();
        carried.dedup();
        let zero = self.asm.b.ins().iconst(types::I64, 0);
        let mut values: SmallVec<[Value; 8]> = carried.iter().map(|&access| sites[access].start).collect();
        let lanes = self.asm.lanes;
        let stores =
            |((inst, _), role): (&(Inst, _), &Role)| matches!((inst, role), (Inst::Store { .. }, Role::Emit(_)));
        if let Some(kind) = self.key.fold
            && self.key.body.insts().iter().zip(roles).any(stores)
        {
            return self.fold(kind, segment, count, sites, (&carried, values), scratch);
        }
        let whole = self.asm.b.ins().band_imm_s(count, -(lanes as i64));
        for (from, to, lanes) in [(zero, whole, lanes), (whole, count, 1)] {
            let turn = begin(&mut self.asm, from, to, &values);
            for (&access, &value) in carried.iter().zip(&turn.carried) {
                sites[access].current = Some(value);
            }
            self.turn(segment, turn.index, lanes, sites, scratch);
            let next: SmallVec<[Value; 8]> =
                carried.iter().map(|&access| sites[access].current.expect("it was set above")).collect();
            values = finish(&mut self.asm, turn, lanes as i64, to, &next);
        }
    }

    /// The instructions of a segment for some lanes; what is to be folded, if its store is.
    pub(super) fn turn(
        &mut self,
        segment: usize,
        index: Value,
        lanes: usize,
        sites: &mut [Site],
        scratch: Option<Value>,
    ) -> Option<Val> {
        let all = std::mem::replace(&mut self.asm.lanes, lanes);
        let mut emit = Segment {
            asm: &mut self.asm,
            plan: self.plan,
            segment,
            at: 0,
            words: &self.words,
            sites,
            index,
            scratch,
            folded: None,
            is_fold: self.key.fold.is_some(),
        };
        walk(&self.key.body, &mut emit);
        let folded = emit.folded;
        self.asm.lanes = all;
        folded
    }

    fn calls(&mut self, segment: usize, count: Value, scratch: Value) {
        for call in &self.plan.segments[segment].calls {
            let word = self.words.layout.routines + 2 * call.routine;
            let function = self.words.get(&mut self.asm, word);
            let mut tile = |at: usize| self.asm.b.ins().iadd_imm_s(scratch, at as i64 * TILE);
            let (to, first, second) = (tile(call.to), tile(call.from[0]), tile(call.from[1]));
            let arguments: SmallVec<[Value; 5]> = match self.plan.routines[call.routine] {
                Routine::Map(_) => SmallVec::from_slice(&[to, first, count]),
                Routine::Map2(_) => SmallVec::from_slice(&[to, first, second, count]),
                Routine::Job(_) => {
                    let job = self.words.get(&mut self.asm, word + 1);
                    SmallVec::from_slice(&[job, to, first, second, count])
                }
            };
            let mut signature = Signature::new(self.target.default_call_conv);
            signature.params.extend(arguments.iter().map(|_| AbiParam::new(types::I64)));
            let signature = self.asm.b.import_signature(signature);
            self.asm.b.ins().call_indirect(signature, function, &arguments);
        }
    }
}
