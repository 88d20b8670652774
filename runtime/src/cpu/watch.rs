//! A test of all elements of an input, made while a sweep has them in the cache.
//!
//! The guard of a program reads its inputs once more. Where a sweep reads the same input whole, every tile tests the elements
//! that it is about to read. Minima of booleans are the same in any order, so the flag is too.

use super::fold::{Folded, Given, Scratch};
use super::lines::Lines;
use super::program::Launch;
use crate::Error;
use ondine_codegen::nest::{BLOCK, Frame, Layout};
use ondine_ir::{Anchor, DType, Index, Inst, Kernel, Reduce, ReduceKind, Region, Shape, Type};
use std::sync::atomic::{AtomicBool, Ordering};

/// The test, as part of a sweep.
pub(super) struct Watch {
    folded: Folded,
    /// Where its operands begin among those of the step.
    operands: usize,
    /// Which result of the step is the flag.
    result: usize,
    /// Elements from one position to the next along each axis.
    strides: Shape,
}

impl Watch {
    /// The operand that a kernel tests, if it is nothing but a test of all of its elements.
    pub(super) fn tested(kernel: &Kernel) -> Option<u32> {
        let Anchor::Reduce(Reduce { kind: ReduceKind::Min, .. }) = &kernel.anchor else { return None };
        let ([load], [store]) = (&kernel.loads[..], &kernel.stores[..]) else { return None };
        let is_test = load.dtype() == DType::Bool && store.is_anchor() && store.extents.rank() == 0;
        let mut operands = load.operands();
        let (operand, None) = (operands.next()?, operands.next()) else { return None };
        (is_test && reads_all(load, operand)).then_some(operand)
    }

    /// True if the first region of a sweep reads all elements of an operand, each where its line is.
    pub(super) fn passes(kernel: &Kernel, operand: u32) -> bool {
        reads_all(&kernel.loads[0], operand)
    }

    /// Makes the test of a kernel part of a sweep, whose operands and results are followed by those of the kernel; false if
    /// the tiles of the sweep are no runs of elements.
    pub(super) fn join(lines: &mut Lines, kernel: &Kernel, types: &[Type], operands: usize, result: usize) -> bool {
        let (phase, load) = (&lines.phases[0], &kernel.loads[0]);
        let rank = load.extents.rank();
        let are_runs = phase.axis + 1 == rank && phase.across.is_none_or(|across| across + 2 == rank);
        let (Anchor::Reduce(Reduce { kind, axes }), true) = (&kernel.anchor, are_runs) else { return false };
        let layouts: Vec<Layout> = types.iter().map(|ty| Layout::dense(&ty.shape)).collect();
        let folded = Folded::new(*kind, axes, load, &layouts, None);
        let strides = load.extents.strides().into_iter().map(|stride| stride as usize);
        lines.watch = Some(Box::new(Watch { folded, operands, result, strides: Shape::new(strides) }));
        true
    }

    pub(super) fn code(&self) -> &super::storage::Code {
        self.folded.code()
    }

    /// Memory for one thread.
    pub(super) fn scratch(&self) -> Result<Scratch, Error> {
        self.folded.scratch()
    }

    /// Tests the blocks of elements that begin in a tile.
    ///
    /// # Safety
    /// The launch is valid.
    pub(super) unsafe fn test(&self, launch: &Launch, frame: &Frame, scratch: &mut Scratch, holds: &AtomicBool) {
        let at = frame.origin.iter().enumerate().map(|(axis, at)| *at as usize * self.strides[axis]);
        let start: usize = at.sum();
        let blocks = start.div_ceil(BLOCK)..(start + frame.elements()).div_ceil(BLOCK);
        let given = Given { cpu: launch.cpu, operands: &launch.operands[self.operands..], params: launch.params };
        let mut block = blocks.start;
        while block < blocks.end {
            let together = block..block + self.folded.together(block, blocks.end - block);
            block = together.end;
            // SAFETY: the caller's promise.
            let found = unsafe { self.folded.fold(given, 0..1, together.clone(), scratch) };
            let mut flag = [0u8; 1];
            self.folded.fold.combine(together.len(), found, &mut flag);
            if flag != [1] {
                holds.store(false, Ordering::Relaxed);
            }
        }
    }

    /// Writes the flag.
    ///
    /// # Safety
    /// The launch is valid.
    pub(super) unsafe fn finish(&self, launch: &Launch, holds: AtomicBool) {
        // SAFETY: the caller's promise; the result is a boolean.
        unsafe { launch.results[self.result].start().write(u8::from(holds.into_inner())) };
    }
}

/// True if a region reads an operand at its own index, everywhere.
fn reads_all(region: &Region, operand: u32) -> bool {
    region.body.iter().any(|(inst, _)| match inst {
        Inst::Load { operand: own, index, within, .. } => {
            *own == operand && within.is_empty() && *index == Index::identity(region.extents.rank())
        }
        _ => false,
    })
}
