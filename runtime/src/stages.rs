//! How the regions of a kernel of rows read what its stages leave behind: as operands after those of the node.

use ondine_ir::{Index, Inst, Region, Rows, Scalar, Stage};
use smallvec::SmallVec;

/// The stages of a kernel so far.
pub(crate) struct Stages<'a> {
    rows: &'a Rows,
    /// The axes that count rows.
    pub(crate) kept: SmallVec<[usize; 4]>,
    /// The number of the node's operands.
    first: u32,
    /// For every stage so far, whether it leaves a whole row behind.
    is_whole: Vec<bool>,
}

impl Stages<'_> {
    pub(crate) fn new(rows: &Rows, operands: usize) -> Stages<'_> {
        let kept = (0..rows.extents.rank()).filter(|axis| !rows.axes.contains(axis)).collect();
        Stages { rows, kept, first: operands as u32, is_whole: Vec::new() }
    }

    /// Adds a stage with its region; true if it leaves a whole row behind.
    pub(crate) fn push(&mut self, stage: Stage, load: &Region) -> bool {
        let is_whole = stage == Stage::Each && self.rows.is_whole(&load.extents);
        self.is_whole.push(is_whole);
        is_whole
    }

    /// For an operand that is what a stage left behind: the stage, and whether that is a whole row.
    pub(crate) fn stage(&self, operand: u32) -> Option<(u32, bool)> {
        let stage = operand.checked_sub(self.first)?;
        Some((stage, self.is_whole[stage as usize]))
    }

    /// The region with stages as operands: dense over the whole space, or with one element per row.
    pub(crate) fn region(&self, region: &Region) -> Region {
        let rank = region.extents.rank();
        let own = |stage: u32| match self.is_whole[stage as usize] {
            false if rank == self.rows.extents.rank() => self.kept.iter().map(|&axis| Index::axis(axis)).collect(),
            _ => Index::identity(rank),
        };
        let mut read = region.clone();
        for (inst, dtype) in &mut read.body {
            if let Inst::Stage(stage) = *inst {
                let (operand, otherwise) = (self.first + stage, Scalar::zero(*dtype));
                *inst = Inst::Load { operand, index: own(stage), within: Vec::new(), otherwise };
            }
        }
        read
    }
}
