//! Kernels: an anchor with one load region per operand, regions between its transforms, and store regions.
//!
//! A region is a scalar program: the value of one element, from its index. Pushing an instruction that exists returns the
//! existing one, so regions are interned like graphs.

use crate::{Binary, DType, Domain, FftAxis, FftKind, Index, Reduce, ReduceKind, Scalar, Shape, Unary};
use smallvec::SmallVec;
use std::collections::HashMap;

/// A fused node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kernel {
    /// What the regions are fused around.
    pub anchor: Anchor,
    /// What the anchor reads: one region per anchor operand, none for `Map`; one per stage of `Rows`.
    pub loads: SmallVec<[Region; 1]>,
    /// Between one transform of `Lines` and the next.
    pub mids: SmallVec<[Region; 1]>,
    /// What is written, one region per result.
    pub stores: SmallVec<[Region; 1]>,
}

/// The part of a kernel that is not elementwise.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// Nothing: the store regions compute everything.
    Map,
    /// A reduction of the load region.
    Reduce(Reduce),
    /// Stages over rows that stay in the cache from one stage to the next.
    Rows(Rows),
    /// One-axis transforms, each of the region before it.
    Lines(Vec<Line>),
}

/// Stages that run one after the other on each row: all elements that differ in their positions along some axes only.
///
/// The region of a stage, like the store regions, lies over the whole space, or over one element per row: its extents are
/// those of the space without the axes, or with extent 1 there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rows {
    /// The whole space.
    pub extents: Shape,
    /// The axes along which the rows lie, ascending.
    pub axes: SmallVec<[usize; 4]>,
    /// What becomes of the region of each stage.
    pub stages: SmallVec<[Stage; 4]>,
}

/// What a row does with the values of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Reduces them to one value per row.
    Reduce(ReduceKind),
    /// Keeps each of them until the row is done.
    Each,
}

/// A transform of lines along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    /// Direction, and which side is real.
    pub kind: FftKind,
    /// Axis, length and windows.
    pub axis: FftAxis,
}

/// The value of one element of an iteration space.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Region {
    /// The iteration space.
    pub extents: Shape,
    /// Instructions with the dtypes of their values; each uses earlier ones only.
    pub body: Vec<(Inst, DType)>,
    /// The instruction whose value is the element.
    pub result: Var,
}

/// An instruction of a region, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Var(pub u32);

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Inst {
    /// The anchor's value at this index.
    Anchor,
    /// The anchor's value at another place on the line where `within` holds, `otherwise` elsewhere.
    Line {
        /// Its index.
        index: Vec<Index>,
        /// Where the index is inside the anchor's value.
        within: Domain,
        /// The value elsewhere.
        otherwise: Scalar,
    },
    /// The value of an earlier stage of the row: that of the whole row, or the one at this index.
    Stage(u32),
    /// An element of an operand where `within` holds, `otherwise` elsewhere.
    Load {
        /// Which operand of the node.
        operand: u32,
        /// Its index.
        index: Vec<Index>,
        /// Where the index is inside the operand.
        within: Domain,
        /// The value elsewhere.
        otherwise: Scalar,
    },
    /// An index expression as `i64`.
    Index(Index),
    /// True where all bounds hold.
    Inside(Domain),
    /// A constant.
    Literal(Scalar),
    /// A number given at run time.
    Param(u32),
    /// Conversion to the instruction's dtype.
    Cast(Var),
    /// A function of one element.
    Unary(Unary, Var),
    /// A function of two elements.
    Binary(Binary, Var, Var),
    /// Second where the first is true, third elsewhere.
    Select(Var, Var, Var),
}

impl Inst {
    /// The instructions this one uses.
    pub fn uses(&self) -> SmallVec<[Var; 3]> {
        match self {
            Inst::Cast(a) | Inst::Unary(_, a) => SmallVec::from_slice(&[*a]),
            Inst::Binary(_, a, b) => SmallVec::from_slice(&[*a, *b]),
            Inst::Select(a, b, c) => SmallVec::from_slice(&[*a, *b, *c]),
            _ => SmallVec::new(),
        }
    }
}

impl Anchor {
    /// The name in dumps.
    pub fn name(&self) -> &'static str {
        match self {
            Anchor::Map => "map",
            Anchor::Reduce(reduce) => reduce.kind.name(),
            Anchor::Rows(_) => "rows",
            Anchor::Lines(_) => "lines",
        }
    }
}

impl Stage {
    /// The name in dumps.
    pub fn name(&self) -> &'static str {
        match self {
            Stage::Reduce(kind) => kind.name(),
            Stage::Each => "each",
        }
    }
}

impl Rows {
    /// True if regions of these extents lie over the whole space, false if they have one element per row.
    pub fn is_whole(&self, extents: &Shape) -> bool {
        *extents == self.extents
    }

    /// True for rows that lie across the innermost axis, so that neighbouring rows are neighbours in memory.
    pub fn is_across(&self) -> bool {
        let innermost = (0..self.extents.rank()).rev().find(|&axis| self.extents[axis] > 1);
        innermost.is_some_and(|innermost| !self.axes.contains(&innermost))
    }

    /// The shapes of one element per row: without the axes, and with extent 1 there.
    pub fn of_rows(&self) -> [Shape; 2] {
        let rank = self.extents.rank();
        let kept = (0..rank).filter(|axis| !self.axes.contains(axis)).map(|axis| self.extents[axis]);
        let extent = |axis: usize| if self.axes.contains(&axis) { 1 } else { self.extents[axis] };
        [kept.collect(), (0..rank).map(extent).collect()]
    }
}

impl Kernel {
    /// All regions, loads first, then mids, then stores.
    pub fn regions(&self) -> impl Iterator<Item = &Region> {
        self.loads.iter().chain(&self.mids).chain(&self.stores)
    }
}

impl Region {
    /// The dtype of the element.
    pub fn dtype(&self) -> DType {
        self.body[self.result.0 as usize].1
    }

    /// The single load that the region is, if it is one and reads every element in its own place.
    pub fn as_identity_load(&self) -> Option<u32> {
        match &self.body[..] {
            [(Inst::Load { operand, index, within, .. }, _)]
                if within.is_empty() && *index == Index::identity(self.extents.rank()) =>
            {
                Some(*operand)
            }
            _ => None,
        }
    }

    /// True if the region is the anchor's value and nothing else.
    pub fn is_anchor(&self) -> bool {
        matches!(self.body[..], [(Inst::Anchor, _)])
    }

    /// True if the region reads the anchor at other places on its lines.
    pub fn is_reordering(&self) -> bool {
        self.body.iter().any(|(inst, _)| matches!(inst, Inst::Line { .. }))
    }

    /// True if the region reads the anchor at its own index.
    pub fn reads_anchor(&self) -> bool {
        self.body.iter().any(|(inst, _)| matches!(inst, Inst::Anchor))
    }

    /// The operands that the region loads.
    pub fn operands(&self) -> impl Iterator<Item = u32> {
        self.body.iter().filter_map(|(inst, _)| match inst {
            Inst::Load { operand, .. } => Some(*operand),
            _ => None,
        })
    }
}

/// Builds a region instruction by instruction.
pub struct RegionBuilder {
    extents: Shape,
    body: Vec<(Inst, DType)>,
    seen: HashMap<(Inst, DType), Var>,
}

impl RegionBuilder {
    /// An empty region over an iteration space.
    pub fn new(extents: Shape) -> RegionBuilder {
        RegionBuilder { extents, body: Vec::new(), seen: HashMap::new() }
    }

    /// Adds an instruction, or finds the equal one.
    pub fn push(&mut self, inst: Inst, dtype: DType) -> Var {
        let next = Var(self.body.len() as u32);
        let var = *self.seen.entry((inst.clone(), dtype)).or_insert(next);
        if var == next {
            self.body.push((inst, dtype));
        }
        var
    }

    /// The finished region. Every instruction pushed is kept.
    pub fn finish(self, result: Var) -> Region {
        Region { extents: self.extents, body: self.body, result }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_instructions_are_one() {
        let mut region = RegionBuilder::new([4].into());
        let one = region.push(Inst::Literal(Scalar::one(DType::F64)), DType::F64);
        let again = region.push(Inst::Literal(Scalar::one(DType::F64)), DType::F64);
        let minus = region.push(Inst::Unary(Unary::Neg, one), DType::F64);
        assert_eq!(one, again);
        assert_eq!(region.finish(minus).body.len(), 2);
    }
}
