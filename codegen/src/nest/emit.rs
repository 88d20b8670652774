//! One walk over a body for every generator of code.

use super::{Body, Inst, Literal, Var};
use ondine_ir::{Binary, DType, Unary};
use smallvec::SmallVec;

/// What a generator does with each instruction. A value stands for one element or for many, as the generator likes.
pub trait Emit {
    /// What an instruction leaves behind.
    type Value;
    /// The element of an access.
    fn load(&mut self, access: usize, dtype: DType) -> Self::Value;
    /// The element of an access at an offset; where the mask is false the other value, and nothing is read.
    fn gather(
        &mut self,
        access: usize,
        dtype: DType,
        offset: &Self::Value,
        mask: Option<(&Self::Value, &Self::Value)>,
    ) -> Self::Value;
    /// The offset of an access, as `i64`.
    fn position(&mut self, access: usize) -> Self::Value;
    /// A scalar slot.
    fn scalar(&mut self, slot: usize, dtype: DType) -> Self::Value;
    /// A constant.
    fn literal(&mut self, literal: Literal, dtype: DType) -> Self::Value;
    /// Conversion.
    fn cast(&mut self, from: DType, to: DType, a: &Self::Value) -> Self::Value;
    /// A function of one element of this dtype.
    fn unary(&mut self, op: Unary, dtype: DType, a: &Self::Value) -> Self::Value;
    /// A function of two elements of these dtypes.
    fn binary(&mut self, op: Binary, dtypes: (DType, DType), a: &Self::Value, b: &Self::Value) -> Self::Value;
    /// The first value where the condition is true, the second elsewhere.
    fn select(&mut self, dtype: DType, condition: &Self::Value, a: &Self::Value, b: &Self::Value) -> Self::Value;
    /// Writes an element of an access.
    fn store(&mut self, access: usize, dtype: DType, value: &Self::Value);
    /// Says that nothing uses the value any more.
    fn release(&mut self, value: Self::Value) {
        drop(value);
    }
}

/// Hands every instruction of a body to a generator, in order.
pub fn walk<E: Emit>(body: &Body, emit: &mut E) {
    let mut values: SmallVec<[Option<E::Value>; 32]> = SmallVec::with_capacity(body.insts().len());
    for (at, (inst, dtype)) in body.insts().iter().enumerate() {
        let of = |var: &Var| values[var.0 as usize].as_ref().expect("a value is used before it is released");
        let typed = |var: &Var| body.dtype(*var);
        let value = match inst {
            Inst::Load { access } => Some(emit.load(*access as usize, *dtype)),
            Inst::Gather { access, offset, mask } => {
                let mask = mask.as_ref().map(|(mask, otherwise)| (of(mask), of(otherwise)));
                Some(emit.gather(*access as usize, *dtype, of(offset), mask))
            }
            Inst::Position { access } => Some(emit.position(*access as usize)),
            Inst::Scalar { slot } => Some(emit.scalar(*slot as usize, *dtype)),
            Inst::Literal(literal) => Some(emit.literal(*literal, *dtype)),
            Inst::Cast(a) => Some(emit.cast(typed(a), *dtype, of(a))),
            Inst::Unary(op, a) => Some(emit.unary(*op, typed(a), of(a))),
            Inst::Binary(op, a, b) => Some(emit.binary(*op, (typed(a), typed(b)), of(a), of(b))),
            Inst::Select(c, a, b) => Some(emit.select(*dtype, of(c), of(a), of(b))),
            Inst::Store { access, value } => {
                emit.store(*access as usize, *dtype, of(value));
                None
            }
        };
        values.push(value);
        for var in body.released(at) {
            if let Some(value) = values[var.0 as usize].take() {
                emit.release(value);
            }
        }
    }
}
