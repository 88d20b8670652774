//! Nodes that address memory by data: gather, scatter, searchsorted, sort; running sums, and products of matrices.

use super::driver::Address;
use super::internal;
use super::map::{At, Kernels, Scratch, Spot};
use super::step::Step;
use crate::Error;
use ondine_codegen::cuda::{Kernel, Routine};
use ondine_ir::{Op, Type};

/// A library node, lowered to routines.
pub(super) enum Library {
    Gather {
        check: Check,
        routine: At,
        elements: usize,
    },
    Scatter {
        check: Check,
        winners: At,
        routine: At,
        elements: usize,
        winner: Spot,
    },
    Search {
        routine: At,
        elements: usize,
        count: usize,
    },
    Sort {
        start: At,
        merge: At,
        finish: At,
        is_positions: bool,
        elements: usize,
        extent: usize,
        inner: usize,
        spots: [Spot; 2],
    },
    Matmul {
        routine: At,
        elements: usize,
        dims: [usize; 3],
    },
    Scan {
        routine: At,
        lines: usize,
        extent: usize,
        inner: usize,
    },
}

/// The check of positions that comes before a step uses them.
pub(super) struct Check {
    routine: At,
    /// Which of the run's checks it is.
    place: usize,
    count: usize,
    extent: usize,
    inner: usize,
}

impl Library {
    pub(super) fn new(
        device: &str,
        op: &Op,
        operands: &[Type],
        output: &Type,
        kernels: &mut Kernels,
        checked: &mut Vec<(&'static str, usize, usize)>,
        scratch: &mut Scratch,
    ) -> Result<Library, Error> {
        let mut add = |routine| kernels.add(Kernel::Routine(routine));
        let elements = output.shape.elements();
        let bytes = output.dtype.bytes();
        let mut check = |op, axis: usize, routine| {
            let (count, extent) = (operands[1].shape.elements(), operands[0].shape[axis]);
            checked.push((op, count, extent));
            let inner = operands[0].shape[axis + 1..].iter().product();
            Check { routine, place: checked.len() - 1, count, extent, inner }
        };
        Ok(match op {
            Op::Gather { axis } => {
                let check = check("gather", *axis, add(Routine::Check));
                Library::Gather { check, routine: add(Routine::Gather(bytes)), elements }
            }
            Op::Scatter { axis } => {
                let check = check("scatter", *axis, add(Routine::Check));
                let (winners, winner) = (add(Routine::Winners), scratch.take(8 * check.extent));
                Library::Scatter { check, winners, routine: add(Routine::Scatter(bytes)), elements, winner }
            }
            Op::SearchSorted { right } => {
                let routine = add(Routine::Search(operands[0].dtype, *right));
                Library::Search { routine, elements, count: operands[0].shape.elements() }
            }
            Op::Scan(scan) => {
                let extent = output.shape[scan.axis];
                let inner = output.shape[scan.axis + 1..].iter().product();
                let routine = add(Routine::Scan(output.dtype, scan.kind));
                Library::Scan { routine, lines: elements / extent.max(1), extent, inner }
            }
            Op::Sort(sort) => {
                let (extent, inner) = (output.shape[sort.axis], output.shape[sort.axis + 1..].iter().product());
                let finish = if sort.positions { Routine::SortPositions } else { Routine::SortFinish(bytes) };
                Library::Sort {
                    start: add(Routine::SortStart),
                    merge: add(Routine::SortMerge(operands[0].dtype, sort.descending)),
                    finish: add(finish),
                    is_positions: sort.positions,
                    elements,
                    extent,
                    inner,
                    spots: [0, 1].map(|_| scratch.take(8 * elements)),
                }
            }
            Op::Matmul => {
                let rank = output.shape.rank();
                let (rows, depth) = (operands[0].shape[rank - 2], operands[0].shape[rank - 1]);
                let dims = [rows, depth, output.shape[rank - 1]];
                Library::Matmul { routine: add(Routine::Matmul(output.dtype)), elements, dims }
            }
            Op::Linalg(linalg) => {
                let (op, operand) = (linalg.kind.name(), operands[0].clone());
                return Err(Error::Unsupported { device: device.to_string(), op, operand });
            }
            op => return Err(internal(format!("the plan has a step {} that cuda does not run", op.name(&[])))),
        })
    }

    /// Queues the step.
    ///
    /// # Safety
    /// The addresses of the step are memory of the types that the node was lowered for.
    pub(super) unsafe fn run(&self, step: &Step) -> Result<(), Error> {
        // SAFETY: the caller's promise, for all routines below; they check positions before they use them.
        unsafe {
            match self {
                Library::Gather { check, routine, elements } => {
                    let status = check.run(step)?;
                    let [from, positions] = [step.operands[0], step.operands[1]];
                    let numbers = [*elements, check.count, check.extent, check.inner];
                    step.routine(*routine, *elements, &[from, positions, step.results[0], status], &numbers)
                }
                Library::Scatter { check, winners, routine, elements, winner } => {
                    let status = check.run(step)?;
                    let [base, positions, values] = [step.operands[0], step.operands[1], step.operands[2]];
                    let winner = step.at(*winner);
                    let filled = step.context.driver.fill(step.queue, winner, 0xFF, 8 * check.extent);
                    filled.map_err(|failure| step.fault(failure))?;
                    let addresses = [positions, winner, status];
                    step.routine(*winners, check.count, &addresses, &[check.count, check.extent])?;
                    let addresses = [base, values, winner, step.results[0]];
                    let numbers = [*elements, check.count, check.extent, check.inner];
                    if *elements == 0 {
                        return Ok(());
                    }
                    step.routine(*routine, *elements, &addresses, &numbers)
                }
                Library::Search { routine, elements, count } => {
                    let addresses = [step.operands[0], step.operands[1], step.results[0]];
                    step.routine(*routine, *elements, &addresses, &[*elements, *count])
                }
                Library::Sort { start, merge, finish, is_positions, elements, extent, inner, spots } => {
                    if *elements == 0 {
                        return Ok(());
                    }
                    let values = step.operands[0];
                    let [mut from, mut to] = spots.map(|spot| step.at(spot));
                    step.routine(*start, *elements, &[from], &[*elements, *extent])?;
                    let mut width = 1;
                    while width < *extent {
                        let numbers = [*elements, *extent, *inner, width];
                        step.routine(*merge, *elements, &[values, from, to], &numbers)?;
                        (from, to) = (to, from);
                        width *= 2;
                    }
                    let numbers = [*elements, *extent, *inner];
                    match is_positions {
                        true => step.routine(*finish, *elements, &[from, step.results[0]], &numbers),
                        false => step.routine(*finish, *elements, &[values, from, step.results[0]], &numbers),
                    }
                }
                Library::Matmul { routine, elements, dims: [rows, depth, columns] } => {
                    if *elements == 0 {
                        return Ok(());
                    }
                    let addresses = [step.operands[0], step.operands[1], step.results[0]];
                    step.routine(*routine, *elements, &addresses, &[*elements, *rows, *depth, *columns])
                }
                Library::Scan { routine, lines, extent, inner } => {
                    if lines * extent == 0 {
                        return Ok(());
                    }
                    let addresses = [step.operands[0], step.results[0]];
                    step.routine(*routine, *lines, &addresses, &[*lines, *extent, *inner])
                }
            }
        }
    }
}

impl Check {
    /// Queues the check; its two words.
    ///
    /// # Safety
    /// As for [`Library::run`].
    unsafe fn run(&self, step: &Step) -> Result<Address, Error> {
        let status = step.status + 16 * self.place as u64;
        // SAFETY: the caller's promise; the words are those of this check.
        unsafe { step.routine(self.routine, self.count, &[step.operands[1], status], &[self.count, self.extent])? };
        Ok(status)
    }
}
