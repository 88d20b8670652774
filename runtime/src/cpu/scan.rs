//! Running sums and products, blocked: the tree depends on the extent of the axis alone, never on threads.
//!
//! A line is cut into blocks of [`BLOCK`] elements. Inside a block element `k` is combined with the running value of the
//! elements before it, in order; the totals of the blocks before are combined pairwise in index order, as reductions do, and
//! that is combined with the running value. With unit roundoff `u`, element `k` of a running sum of floats is off by at most
//! `(min(k, BLOCK) + log2(1 + k / BLOCK) + 1) u` times the sum of the absolute values up to it, to first order.
//!
//! Lines are dealt to threads; where there are few of them, blocks are, after a sweep for their totals.

use super::program::Launch;
use super::storage::Slot;
use bytemuck::Pod;
use num_complex::Complex;
use num_traits::{WrappingAdd, WrappingMul};
use ondine_codegen::nest::BLOCK;
use ondine_ir::{DType, ReduceKind, Scan, Type};
use std::ops::Range;

/// Lines next to each other that are scanned together.
const STRIP: usize = 512;

/// Groups of lines for each thread below which the blocks of one line are dealt out, at the price of a sweep more.
const FEW: usize = 4;

/// Nanoseconds per element, roughly.
const COST: f64 = 1.0;

/// Scans the first operand of a launch.
///
/// # Safety
/// The slots of the launch hold arrays of this type, which may be the same memory; nobody else uses that of the result.
pub(super) unsafe fn run(scan: &Scan, ty: &Type, launch: &Launch) {
    let shape = &ty.shape;
    let dims = Dims {
        outer: shape[..scan.axis].iter().product(),
        extent: shape[scan.axis],
        inner: shape[scan.axis + 1..].iter().product(),
    };
    // SAFETY: the caller's promise, in every arm.
    unsafe {
        match ty.dtype {
            DType::I8 => integer::<i8>(scan.kind, dims, launch),
            DType::I16 => integer::<i16>(scan.kind, dims, launch),
            DType::I32 => integer::<i32>(scan.kind, dims, launch),
            DType::I64 => integer::<i64>(scan.kind, dims, launch),
            DType::Bool | DType::U8 => integer::<u8>(scan.kind, dims, launch),
            DType::U16 => integer::<u16>(scan.kind, dims, launch),
            DType::U32 => integer::<u32>(scan.kind, dims, launch),
            DType::U64 => integer::<u64>(scan.kind, dims, launch),
            DType::F32 => number::<f32>(scan.kind, dims, launch),
            DType::F64 => number::<f64>(scan.kind, dims, launch),
            DType::C64 => number::<Complex<f32>>(scan.kind, dims, launch),
            DType::C128 => number::<Complex<f64>>(scan.kind, dims, launch),
        }
    }
}

/// # Safety
/// As for [`run`], with elements of this type.
unsafe fn integer<T: Pod + Send + Sync + WrappingAdd + WrappingMul>(kind: ReduceKind, dims: Dims, launch: &Launch) {
    // SAFETY: the caller's promise.
    unsafe {
        match kind {
            ReduceKind::Prod => typed(dims, launch, |x: T, y: T| x.wrapping_mul(&y)),
            _ => typed(dims, launch, |x: T, y: T| x.wrapping_add(&y)),
        }
    }
}

/// # Safety
/// As for [`run`], with elements of this type.
unsafe fn number<T>(kind: ReduceKind, dims: Dims, launch: &Launch)
where
    T: Pod + Send + Sync + std::ops::Add<Output = T> + std::ops::Mul<Output = T>,
{
    // SAFETY: the caller's promise.
    unsafe {
        match kind {
            ReduceKind::Prod => typed(dims, launch, |x: T, y: T| x * y),
            _ => typed(dims, launch, |x: T, y: T| x + y),
        }
    }
}

/// An array as lines of `extent` elements that are `inner` apart.
#[derive(Clone, Copy)]
struct Dims {
    outer: usize,
    extent: usize,
    inner: usize,
}

/// Lines next to each other.
struct Group {
    outer: usize,
    columns: Range<usize>,
}

impl Dims {
    fn groups(self) -> usize {
        self.outer * self.inner.div_ceil(STRIP)
    }

    fn group(self, at: usize) -> Group {
        let strips = self.inner.div_ceil(STRIP);
        let start = at % strips * STRIP;
        Group { outer: at / strips, columns: start..self.inner.min(start + STRIP) }
    }
}

/// # Safety
/// As for [`run`], with elements of this type.
unsafe fn typed<T: Pod + Send + Sync>(dims: Dims, launch: &Launch, combine: impl Fn(T, T) -> T + Copy + Sync) {
    let (from, to) = (launch.operands[0], launch.results[0]);
    let elements = dims.outer * dims.extent * dims.inner;
    if elements == 0 {
        return;
    }
    let (threads, time) = (&launch.cpu.threads, elements as f64 * COST);
    let (groups, blocks) = (dims.groups(), dims.extent.div_ceil(BLOCK));
    let block = |group: &Group, block: usize, running: &mut [T], before: Option<&[T]>, writes: bool| {
        // SAFETY: the caller's promise; every group and block is handed to one thread at a time.
        unsafe { scan_block(dims, (from, to), group, block, running, before, writes, combine) }
    };
    if groups >= FEW * threads.count() || blocks == 1 {
        // Lines so short that several are one task.
        let several = (16384 / (dims.extent * dims.inner.min(STRIP))).max(1);
        threads.deal(groups.div_ceil(several), time, Vec::new, |running: &mut Vec<T>, task| {
            for at in task * several..groups.min((task + 1) * several) {
                let group = dims.group(at);
                running.resize(group.columns.len(), T::zeroed());
                let mut totals = Totals::default();
                for at in 0..blocks {
                    let before = totals.sum(combine);
                    block(&group, at, running, before.as_deref(), true);
                    if at + 1 < blocks {
                        totals.push(running, combine);
                    }
                }
            }
        });
        return;
    }
    let mut totals: Vec<Vec<T>> =
        (0..groups * blocks).map(|at| vec![T::zeroed(); dims.group(at / blocks).columns.len()]).collect();
    let slot = Slot::new(totals.as_mut_ptr().cast());
    threads.deal(
        groups * blocks,
        time,
        || (),
        |_, at| {
            // SAFETY: every task has a vector of its own.
            let total = unsafe { &mut *slot.start().cast::<Vec<T>>().add(at) };
            block(&dims.group(at / blocks), at % blocks, total, None, false);
        },
    );
    let befores: Vec<Option<Vec<T>>> = totals
        .chunks(blocks)
        .flat_map(|of_group| {
            let mut totals = Totals::default();
            of_group.iter().map(move |total| {
                let before = totals.sum(combine);
                totals.push(total, combine);
                before
            })
        })
        .collect();
    threads.deal(groups * blocks, time, Vec::new, |running: &mut Vec<T>, at| {
        let group = dims.group(at / blocks);
        running.resize(group.columns.len(), T::zeroed());
        block(&group, at % blocks, running, befores[at].as_deref(), true);
    });
}

/// One block of a group: `running` is left at its totals.
///
/// # Safety
/// As for [`run`], for the elements of the block.
#[allow(clippy::too_many_arguments)]
unsafe fn scan_block<T: Pod>(
    dims: Dims,
    (from, to): (Slot, Slot),
    group: &Group,
    block: usize,
    running: &mut [T],
    before: Option<&[T]>,
    writes: bool,
    combine: impl Fn(T, T) -> T + Copy,
) {
    let start = (group.outer * dims.extent + block * BLOCK) * dims.inner + group.columns.start;
    let count = BLOCK.min(dims.extent - block * BLOCK);
    // SAFETY: the block is inside the arrays.
    let (from, to) = unsafe { (from.start().cast::<T>().add(start), to.start().cast::<T>().add(start)) };
    // SAFETY: as above; a user's memory need not be aligned.
    let read = |at: usize| unsafe { from.add(at).read_unaligned() };
    // SAFETY: as above; an element is read before it is written.
    let write = |at: usize, value: T| unsafe { to.add(at).write_unaligned(value) };
    if let [running] = running {
        *running = match (writes, before) {
            (false, _) => line(count, dims.inner, read, |_, _| (), combine),
            (true, None) => line(count, dims.inner, read, write, combine),
            (true, Some(before)) => {
                let before = before[0];
                line(count, dims.inner, read, |at, value| write(at, combine(before, value)), combine)
            }
        };
        return;
    }
    for row in 0..count {
        let at = |column: usize| row * dims.inner + column;
        for (column, running) in running.iter_mut().enumerate() {
            let element = read(at(column));
            *running = if row == 0 { element } else { combine(*running, element) };
        }
        match (writes, before) {
            (false, _) => {}
            (true, None) => running.iter().enumerate().for_each(|(column, value)| write(at(column), *value)),
            (true, Some(before)) => {
                let both = before.iter().zip(&*running).enumerate();
                both.for_each(|(column, (before, value))| write(at(column), combine(*before, *value)));
            }
        }
    }
}

/// One line of a block; its total.
fn line<T: Copy>(
    count: usize,
    step: usize,
    read: impl Fn(usize) -> T,
    write: impl Fn(usize, T),
    combine: impl Fn(T, T) -> T,
) -> T {
    let mut running = read(0);
    write(0, running);
    for at in 1..count {
        running = combine(running, read(at * step));
        write(at * step, running);
    }
    running
}

/// Totals of blocks as a binary counter whose digits are subtrees, for lines next to each other.
struct Totals<T> {
    count: usize,
    digits: Vec<Vec<T>>,
}

impl<T> Default for Totals<T> {
    fn default() -> Totals<T> {
        Totals { count: 0, digits: Vec::new() }
    }
}

impl<T: Copy> Totals<T> {
    fn push(&mut self, total: &[T], combine: impl Fn(T, T) -> T) {
        let mut sum = total.to_vec();
        for _ in 0..self.count.trailing_ones() {
            let digit = self.digits.pop().expect("every set bit of the count is a subtree");
            sum.iter_mut().zip(digit).for_each(|(sum, digit)| *sum = combine(digit, *sum));
        }
        self.digits.push(sum);
        self.count += 1;
    }

    fn sum(&self, combine: impl Fn(T, T) -> T) -> Option<Vec<T>> {
        let (last, rest) = self.digits.split_last()?;
        let mut sum = last.clone();
        for digit in rest.iter().rev() {
            sum.iter_mut().zip(digit).for_each(|(sum, digit)| *sum = combine(*digit, *sum));
        }
        Some(sum)
    }
}
