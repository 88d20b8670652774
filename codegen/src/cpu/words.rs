//! The words of a launch: everything about it that is not code.
//!
//! Word 0 is the extent of the inner loop. Then three words for every access (address, or offset of a position; step from
//! row to row; step in the inner loop), two for every scalar, the address of the scratch memory, and two for every
//! routine (address of the function, address of its job).

use super::vector::{Asm, Form};
use crate::nest::Body;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Type, Value, types};
use ondine_ir::DType;

/// Where each kind of word begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) accesses: usize,
    pub(super) scalars: usize,
    pub(super) scratch: usize,
    pub(super) routines: usize,
    pub(super) end: usize,
}

impl Layout {
    pub(super) fn new(body: &Body, accesses: usize, routines: usize) -> Layout {
        use crate::nest::Inst;
        let slots = body.insts().iter().filter_map(|(inst, _)| match inst {
            Inst::Scalar { slot } => Some(*slot as usize + 1),
            _ => None,
        });
        let scalars = 1 + 3 * accesses;
        let scratch = scalars + 2 * slots.max().unwrap_or(0);
        let first = scratch + 1;
        Layout { accesses: 1, scalars, scratch, routines: first, end: first + 2 * routines }
    }
}

/// The words as code sees them.
pub(super) struct Words {
    pub(super) context: Value,
    pub(super) layout: Layout,
}

impl Words {
    pub(super) fn get(&self, asm: &mut Asm, at: usize) -> Value {
        self.read(asm, types::I64, at, 0)
    }

    fn read(&self, asm: &mut Asm, ty: Type, word: usize, byte: i32) -> Value {
        let constant = MemFlagsData::trusted().with_readonly().with_can_move();
        asm.b.ins().load(ty, constant, self.context, 8 * word as i32 + byte)
    }

    /// A scalar in every lane. Integers are extended to whole words, bools are 0 or 1.
    pub(super) fn scalar(&self, asm: &mut Asm, slot: usize, dtype: DType) -> Value {
        let word = self.layout.scalars + 2 * slot;
        match dtype {
            DType::C128 => {
                let parts = [0, 8].map(|byte| self.read(asm, types::F64, word, byte));
                let first = asm.b.ins().scalar_to_vector(types::F64X2, parts[0]);
                asm.b.ins().insertlane(first, parts[1], 1)
            }
            DType::C64 => {
                let both = self.read(asm, types::F64, word, 0);
                asm.broadcast(dtype, both)
            }
            _ => {
                let element = self.read(asm, Form::of(dtype).lane(), word, 0);
                asm.broadcast(dtype, element)
            }
        }
    }
}
