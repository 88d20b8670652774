//! Straight-line code of abstract lane count: what happens to every element of a box.
//!
//! A body holds structure and dtypes only. Which memory an access touches, with which strides, and the values of scalar
//! slots are data of the blocks that run it, so a body can be the key of a kernel cache.

use ondine_ir::{Binary, DType, Scalar, Unary};
use smallvec::SmallVec;
use std::fmt;

/// An instruction of a body, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Var(pub u32);

/// The constants that a body may hold; all others are scalar slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Literal {
    /// 0, `false`.
    Zero,
    /// 1, `true`.
    One,
    /// -1.
    MinusOne,
}

/// One instruction. Accesses and slots are numbered in the order of their first use.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Inst {
    /// The element of an access.
    Load {
        /// The access.
        access: u32,
    },
    /// The element of an access at a computed offset, in elements; nothing is read where the mask is false.
    Gather {
        /// The access.
        access: u32,
        /// The offset, `i64`.
        offset: Var,
        /// Where to read; everywhere if there is none. The value elsewhere goes with it.
        mask: Option<(Var, Var)>,
    },
    /// The offset of an access itself, as `i64`: an affine function of the index, such as the position along an axis.
    Position {
        /// The access.
        access: u32,
    },
    /// A number given with the block.
    Scalar {
        /// The slot.
        slot: u32,
    },
    /// A constant.
    Literal(Literal),
    /// Conversion to the instruction's dtype.
    Cast(Var),
    /// A function of one element.
    Unary(Unary, Var),
    /// A function of two elements.
    Binary(Binary, Var, Var),
    /// Second where the first is true, third elsewhere.
    Select(Var, Var, Var),
    /// Writes an element of an access; has no value.
    Store {
        /// The access.
        access: u32,
        /// What is written.
        value: Var,
    },
}

/// Straight-line code for one element, or for any number of them at once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Body {
    insts: Vec<(Inst, DType)>,
    /// For every instruction the values that nobody uses after it.
    released: Vec<SmallVec<[Var; 3]>>,
}

impl Literal {
    /// The literal that a scalar is, bit for bit, if it is one.
    pub fn of(scalar: Scalar) -> Option<Literal> {
        [Literal::Zero, Literal::One, Literal::MinusOne].into_iter().find(|literal| {
            (*literal != Literal::MinusOne || scalar.dtype() != DType::Bool) && literal.scalar(scalar.dtype()) == scalar
        })
    }

    /// Its value in a dtype.
    pub fn scalar(self, dtype: DType) -> Scalar {
        let value = match self {
            Literal::Zero => 0,
            Literal::One => 1,
            Literal::MinusOne => -1,
        };
        Scalar::from_i128(dtype, value)
    }
}

impl Inst {
    /// The values that the instruction uses.
    pub fn uses(&self) -> SmallVec<[Var; 3]> {
        match self {
            Inst::Gather { offset, mask: None, .. } => SmallVec::from_slice(&[*offset]),
            Inst::Gather { offset, mask: Some((mask, otherwise)), .. } => {
                SmallVec::from_slice(&[*offset, *mask, *otherwise])
            }
            Inst::Cast(a) | Inst::Unary(_, a) | Inst::Store { value: a, .. } => SmallVec::from_slice(&[*a]),
            Inst::Binary(_, a, b) => SmallVec::from_slice(&[*a, *b]),
            Inst::Select(c, a, b) => SmallVec::from_slice(&[*c, *a, *b]),
            Inst::Load { .. } | Inst::Position { .. } | Inst::Scalar { .. } | Inst::Literal(_) => SmallVec::new(),
        }
    }

    /// The instruction with other values, accesses and slots.
    pub(super) fn renamed(
        &self,
        var: impl Fn(Var) -> Var,
        access: impl FnOnce(u32) -> u32,
        slot: impl FnOnce(u32) -> u32,
    ) -> Inst {
        match *self {
            Inst::Load { access: a } => Inst::Load { access: access(a) },
            Inst::Position { access: a } => Inst::Position { access: access(a) },
            Inst::Gather { access: a, offset, mask } => Inst::Gather {
                access: access(a),
                offset: var(offset),
                mask: mask.map(|(mask, otherwise)| (var(mask), var(otherwise))),
            },
            Inst::Scalar { slot: s } => Inst::Scalar { slot: slot(s) },
            Inst::Literal(literal) => Inst::Literal(literal),
            Inst::Cast(a) => Inst::Cast(var(a)),
            Inst::Unary(op, a) => Inst::Unary(op, var(a)),
            Inst::Binary(op, a, b) => Inst::Binary(op, var(a), var(b)),
            Inst::Select(c, a, b) => Inst::Select(var(c), var(a), var(b)),
            Inst::Store { access: a, value } => Inst::Store { access: access(a), value: var(value) },
        }
    }
}

impl Body {
    pub(super) fn new(insts: Vec<(Inst, DType)>) -> Body {
        let mut last: Vec<Option<usize>> = vec![None; insts.len()];
        for (at, (inst, _)) in insts.iter().enumerate() {
            for used in inst.uses() {
                last[used.0 as usize] = Some(at);
            }
        }
        let mut released = vec![SmallVec::new(); insts.len()];
        for (at, last) in last.into_iter().enumerate() {
            if let Some(last) = last {
                released[last].push(Var(at as u32));
            }
        }
        Body { insts, released }
    }

    /// The instructions with the dtypes of their values.
    pub fn insts(&self) -> &[(Inst, DType)] {
        &self.insts
    }

    /// The values that nobody uses after an instruction.
    pub fn released(&self, at: usize) -> &[Var] {
        &self.released[at]
    }

    /// The dtype of a value.
    pub fn dtype(&self, var: Var) -> DType {
        self.insts[var.0 as usize].1
    }
}

impl fmt::Display for Var {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "t{}", self.0)
    }
}

impl fmt::Display for Inst {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Inst::Load { access } => write!(f, "load a{access}"),
            Inst::Gather { access, offset, mask: None } => write!(f, "gather a{access}[{offset}]"),
            Inst::Gather { access, offset, mask: Some((mask, otherwise)) } => {
                write!(f, "gather a{access}[{offset}] where {mask} else {otherwise}")
            }
            Inst::Position { access } => write!(f, "position a{access}"),
            Inst::Scalar { slot } => write!(f, "scalar s{slot}"),
            Inst::Literal(Literal::Zero) => f.write_str("0"),
            Inst::Literal(Literal::One) => f.write_str("1"),
            Inst::Literal(Literal::MinusOne) => f.write_str("-1"),
            Inst::Cast(a) => write!(f, "cast({a})"),
            Inst::Unary(op, a) => write!(f, "{op}({a})"),
            Inst::Binary(op, a, b) => write!(f, "{op}({a}, {b})"),
            Inst::Select(c, a, b) => write!(f, "select({c}, {a}, {b})"),
            Inst::Store { access, value } => write!(f, "store a{access} {value}"),
        }
    }
}

impl fmt::Display for Body {
    /// One instruction per line; values that are stored have the number of their line.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (at, (inst, dtype)) in self.insts.iter().enumerate() {
            match inst {
                Inst::Store { .. } => writeln!(f, "{inst}")?,
                _ => writeln!(f, "t{at}: {dtype} = {inst}")?,
            }
        }
        Ok(())
    }
}
