//! Builds a body: equal instructions are one, decided selects and logic disappear, dead code is dropped at the end.
//!
//! Only what preserves every bit is folded: `x - select(m, 0, x)` becomes `x - 0` or `x - x` and stays there.

use super::{Access, Body, Inst, Literal, Place, Source, Var};
use ondine_ir::{Binary, DType, Kind, Unary};
use std::collections::HashMap;

#[derive(Default)]
pub(super) struct Builder {
    insts: Vec<(Inst, DType)>,
    seen: HashMap<(Inst, DType), Var>,
    accesses: Vec<(Access, Place)>,
    scalars: Vec<Source>,
}

/// A body with the data that one block gives it.
pub(super) struct Built {
    pub(super) body: Body,
    pub(super) accesses: Vec<Access>,
    pub(super) places: Vec<Place>,
    pub(super) scalars: Vec<Source>,
}

impl Builder {
    pub(super) fn access(&mut self, access: Access, place: Place) -> u32 {
        position_or_push(&mut self.accesses, (access, place))
    }

    pub(super) fn scalar(&mut self, source: Source, dtype: DType) -> Var {
        if let Source::Literal(scalar) = source
            && let Some(literal) = Literal::of(scalar)
        {
            return self.push(Inst::Literal(literal), dtype);
        }
        let slot = position_or_push(&mut self.scalars, source);
        self.push(Inst::Scalar { slot }, dtype)
    }

    pub(super) fn bool(&mut self, value: bool) -> Var {
        self.push(Inst::Literal(if value { Literal::One } else { Literal::Zero }), DType::Bool)
    }

    pub(super) fn dtype(&self, var: Var) -> DType {
        self.insts[var.0 as usize].1
    }

    /// Adds an instruction, or finds the value that it has anyway.
    pub(super) fn push(&mut self, inst: Inst, dtype: DType) -> Var {
        if let Some(known) = self.fold(&inst, dtype) {
            return known;
        }
        let next = Var(self.insts.len() as u32);
        let var = *self.seen.entry((inst.clone(), dtype)).or_insert(next);
        if var == next {
            self.insts.push((inst, dtype));
        }
        var
    }

    fn literal(&self, var: Var) -> Option<Literal> {
        if let Inst::Literal(literal) = self.insts[var.0 as usize].0 { Some(literal) } else { None }
    }

    fn truth(&self, var: Var) -> Option<bool> {
        (self.dtype(var) == DType::Bool).then(|| self.literal(var)).flatten().map(|literal| literal != Literal::Zero)
    }

    fn fold(&mut self, inst: &Inst, dtype: DType) -> Option<Var> {
        match *inst {
            Inst::Select(_, a, b) if a == b => Some(a),
            Inst::Select(c, a, b) => self.truth(c).map(|holds| if holds { a } else { b }),
            Inst::Cast(a) if self.dtype(a) == dtype => Some(a),
            Inst::Cast(a) => match self.literal(a)? {
                Literal::MinusOne => None,
                literal => Some(self.push(Inst::Literal(literal), dtype)),
            },
            Inst::Unary(Unary::Not, a) => {
                let value = !self.truth(a)?;
                Some(self.bool(value))
            }
            Inst::Binary(Binary::And, a, b) if dtype == DType::Bool => match (self.truth(a), self.truth(b)) {
                (Some(true), _) | (_, Some(false)) => Some(b),
                (Some(false), _) | (_, Some(true)) => Some(a),
                _ => None,
            },
            Inst::Binary(Binary::Or, a, b) if dtype == DType::Bool => match (self.truth(a), self.truth(b)) {
                (Some(false), _) | (_, Some(true)) => Some(b),
                (Some(true), _) | (_, Some(false)) => Some(a),
                _ => None,
            },
            // A complex 1 is left alone: its zero imaginary part turns infinities into NaN.
            Inst::Binary(Binary::Mul, a, b) => {
                let is_one = |var| self.literal(var) == Some(Literal::One) && self.dtype(var).kind() != Kind::Complex;
                match () {
                    () if is_one(b) && self.dtype(a) == dtype => Some(a),
                    () if is_one(a) && self.dtype(b) == dtype => Some(b),
                    () => None,
                }
            }
            _ => None,
        }
    }

    /// Writes a value; never merged with another store.
    pub(super) fn store(&mut self, access: Access, place: Place, value: Var) {
        let access = self.access(access, place);
        let dtype = self.dtype(value);
        self.insts.push((Inst::Store { access, value }, dtype));
    }

    /// The body, with what no store needs left out and accesses and slots numbered by first use.
    pub(super) fn finish(self) -> Built {
        let mut live = vec![false; self.insts.len()];
        for (at, (inst, _)) in self.insts.iter().enumerate().rev() {
            live[at] |= matches!(inst, Inst::Store { .. });
            if live[at] {
                inst.uses().iter().for_each(|used| live[used.0 as usize] = true);
            }
        }
        let mut vars = vec![Var(0); self.insts.len()];
        let (mut accesses, mut slots) = (Vec::new(), Vec::new());
        let mut insts = Vec::new();
        for (at, (inst, dtype)) in self.insts.iter().enumerate().filter(|(at, _)| live[*at]) {
            vars[at] = Var(insts.len() as u32);
            let inst = inst.renamed(
                |var| vars[var.0 as usize],
                |access| position_or_push(&mut accesses, access),
                |slot| position_or_push(&mut slots, slot),
            );
            insts.push((inst, *dtype));
        }
        let (accesses, places) = accesses.iter().map(|&old| self.accesses[old as usize].clone()).unzip();
        let scalars = slots.iter().map(|&old| self.scalars[old as usize]).collect();
        Built { body: Body::new(insts), accesses, places, scalars }
    }
}

fn position_or_push<T: PartialEq>(list: &mut Vec<T>, item: T) -> u32 {
    let at = list.iter().position(|have| *have == item).unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    });
    at as u32
}
