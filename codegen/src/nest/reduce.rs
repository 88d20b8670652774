//! Reductions whose tree depends on the logical order of the elements and their dtype, never on layout or threads.
//!
//! The elements of one output, in row-major order of the reduced axes, are cut into blocks of [`BLOCK`]. Inside a block
//! element `e` goes to accumulator `e mod V`, with `V` accumulators of 128 bytes together, each of which starts as its first
//! element; these are combined by halving, and the results of blocks pairwise in index order. Accumulators may lie across lanes (an inner axis is reduced) or in
//! rows, one lane per output (an outer axis is): the operations are the same.

use super::ops::{Real, complex_mul, max, min};
use super::places::{ArgBlock, ArgCombine};
use bytemuck::Pod;
use num_traits::PrimInt;
use ondine_ir::{DType, ReduceKind};
use smallvec::SmallVec;

/// Elements of a block.
pub const BLOCK: usize = 2048;

/// Bytes of all accumulators of one output.
pub const ACCUMULATORS: usize = 128;

/// A reduction of elements of one dtype.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// How elements are combined.
    pub kind: ReduceKind,
    /// Their dtype.
    pub dtype: DType,
}

/// How the elements of some outputs lie in scratch memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slab {
    /// How many outputs.
    pub outputs: usize,
    /// How many elements of each: at most [`BLOCK`].
    pub count: usize,
    /// Distance between the elements of one output if `is_outer`, otherwise between the first elements of two outputs.
    pub pitch: usize,
    /// True if neighbouring outputs are neighbours in memory; otherwise the elements of one output are.
    pub is_outer: bool,
}

impl Fold {
    /// Bytes of the result of one block.
    pub fn partial_bytes(self) -> usize {
        if self.is_arg() { 16 } else { self.dtype.bytes() }
    }

    /// The fold of the values, for one that finds the place of the best of them.
    pub fn values(self) -> Fold {
        let kind = match self.kind {
            ReduceKind::ArgMin => ReduceKind::Min,
            ReduceKind::ArgMax => ReduceKind::Max,
            kind => kind,
        };
        Fold { kind, ..self }
    }

    /// Makes of the best values of some blocks, which [`Fold::finish`] wrote one after the other, partials with the numbers of
    /// the blocks for places, and gives the number of the one that has the best of all.
    ///
    /// # Panics
    /// If the slice has no room for the partials, or is not aligned to 8 bytes.
    pub fn number(self, blocks: usize, partials: &mut [u8]) -> usize {
        let (value, partial) = (self.dtype.bytes(), self.partial_bytes());
        for block in (0..blocks).rev() {
            partials.copy_within(block * value..(block + 1) * value, block * partial);
            partials[block * partial + 8..][..8].copy_from_slice(&(block as i64).to_ne_bytes());
        }
        let mut best = [0i64];
        self.combine(blocks, &partials[..blocks * partial], bytemuck::cast_slice_mut(&mut best));
        best[0] as usize
    }

    fn is_arg(self) -> bool {
        matches!(self.kind, ReduceKind::ArgMin | ReduceKind::ArgMax)
    }

    /// Reduces one block of each output in a slab, to one partial each. `first` is the position of its first element. Where
    /// outputs are neighbours, each has [`ACCUMULATORS`] bytes to work in.
    ///
    /// # Panics
    /// If a slice is too short or not aligned to 16 bytes.
    pub fn block(self, slab: Slab, first: usize, elements: &[u8], accumulators: &mut [u8], partials: &mut [u8]) {
        if self.is_arg() {
            ArgBlock { slab, first, elements, accumulators, partials, kind: self.kind }.run(self.dtype);
        } else {
            dispatch(self, Block { slab, elements, accumulators, partials });
        }
    }

    /// True if accumulators may start as a value that leaves no trace, and [`Fold::finish`] gives the bits of
    /// [`Fold::block`].
    pub fn has_neutral(self) -> bool {
        !(self.is_arg() || self.dtype.is_complex() && self.kind == ReduceKind::Prod)
    }

    /// Starts the accumulators of some outputs, [`ACCUMULATORS`] bytes each, for machine code that folds one row per output
    /// (`is_outer` false), or as rows of one element per output for bodies that combine (`is_outer`).
    pub fn start(self, is_outer: bool, accumulators: &mut [u8]) {
        match (is_outer, self.in_lanes()) {
            (false, lanes) if lanes != self => lanes.start(true, accumulators),
            // A mask of all bits.
            (false, _) if self.dtype == DType::Bool => {
                accumulators.fill(if self.kind == ReduceKind::Min { 0xff } else { 0 })
            }
            _ => dispatch(self, Start { accumulators }),
        }
    }

    /// The partials of some outputs from their accumulators.
    pub fn finish(self, is_outer: bool, accumulators: &mut [u8], partials: &mut [u8]) {
        if is_outer {
            return dispatch(self, Finish { width: partials.len() / self.dtype.bytes(), accumulators, partials });
        }
        let lanes = self.in_lanes();
        if lanes == self && self.dtype != DType::Bool {
            return dispatch(self, FinishRows { accumulators, partials });
        }
        let own = accumulators.chunks_exact_mut(ACCUMULATORS).zip(partials.chunks_exact_mut(self.dtype.bytes()));
        for (accumulators, partial) in own {
            if self.dtype == DType::Bool {
                let is_set = |byte: &u8| *byte != 0;
                let masks = accumulators.iter();
                partial[0] = match self.kind {
                    ReduceKind::Min => masks.copied().all(|byte| byte != 0) as u8,
                    _ => masks.into_iter().any(is_set) as u8,
                };
            } else {
                let mut wide = [0; 4];
                dispatch(lanes, Finish { width: 1, accumulators, partials: &mut wide });
                partial.copy_from_slice(&wide[..partial.len()]);
            }
        }
    }

    /// The fold as machine code does it along a row: integers of up to 32 bits in 32-bit lanes.
    fn in_lanes(self) -> Fold {
        let dtype = match self.dtype {
            DType::I8 | DType::I16 => DType::I32,
            DType::U8 | DType::U16 => DType::U32,
            dtype => dtype,
        };
        Fold { dtype, ..self }
    }

    /// Combines the `blocks` partials of each output to its value.
    ///
    /// # Panics
    /// If a slice is too short or not aligned to its dtype.
    pub fn combine(self, blocks: usize, partials: &[u8], out: &mut [u8]) {
        if self.is_arg() {
            ArgCombine { blocks, partials, out, kind: self.kind }.run(self.dtype);
        } else {
            dispatch(self, Combine { blocks, partials, out });
        }
    }
}

/// What combines with any element to that element, bit for bit, and the value of no elements: they differ in the sign of
/// the zero of a sum of floats.
#[derive(Clone, Copy)]
struct Unit<T> {
    neutral: T,
    empty: T,
}

impl<T: Copy> Unit<T> {
    fn new(value: T) -> Unit<T> {
        Unit { neutral: value, empty: value }
    }
}

/// Something to do with the type of the elements and how two are combined.
trait Visit {
    fn visit<T: Pod>(self, unit: Unit<T>, combine: impl Fn(T, T) -> T + Copy);
}

fn dispatch(fold: Fold, visit: impl Visit) {
    match fold.dtype {
        DType::Bool => boolean(fold.kind, visit),
        DType::U8 => integer::<u8>(fold.kind, visit),
        DType::I8 => integer::<i8>(fold.kind, visit),
        DType::I16 => integer::<i16>(fold.kind, visit),
        DType::I32 => integer::<i32>(fold.kind, visit),
        DType::I64 => integer::<i64>(fold.kind, visit),
        DType::U16 => integer::<u16>(fold.kind, visit),
        DType::U32 => integer::<u32>(fold.kind, visit),
        DType::U64 => integer::<u64>(fold.kind, visit),
        DType::F32 => real::<f32>(fold.kind, visit),
        DType::F64 => real::<f64>(fold.kind, visit),
        DType::C64 => complex::<f32>(fold.kind, visit),
        DType::C128 => complex::<f64>(fold.kind, visit),
    }
}

/// All and any, on bytes of 0 and 1.
fn boolean(kind: ReduceKind, visit: impl Visit) {
    match kind {
        ReduceKind::Min => visit.visit(Unit::new(1u8), |x, y| x & y),
        _ => visit.visit(Unit::new(0u8), |x, y| x | y),
    }
}

fn integer<T: Pod + PrimInt + num_traits::WrappingAdd + num_traits::WrappingMul>(kind: ReduceKind, visit: impl Visit) {
    match kind {
        ReduceKind::Sum => visit.visit(Unit::new(T::zero()), |x: T, y| x.wrapping_add(&y)),
        ReduceKind::Prod => visit.visit(Unit::new(T::one()), |x: T, y| x.wrapping_mul(&y)),
        ReduceKind::Min => visit.visit(Unit::new(T::max_value()), |x: T, y| x.min(y)),
        _ => visit.visit(Unit::new(T::min_value()), |x: T, y| x.max(y)),
    }
}

fn real<T: Real>(kind: ReduceKind, visit: impl Visit) {
    match kind {
        ReduceKind::Sum => visit.visit(Unit { neutral: -T::zero(), empty: T::zero() }, |x: T, y| x + y),
        ReduceKind::Prod => visit.visit(Unit::new(T::one()), |x: T, y| x * y),
        ReduceKind::Min => visit.visit(Unit::new(T::infinity()), min::<T>),
        _ => visit.visit(Unit::new(T::neg_infinity()), max::<T>),
    }
}

fn complex<T: Real>(kind: ReduceKind, visit: impl Visit) {
    match kind {
        ReduceKind::Sum => {
            let unit = Unit { neutral: [-T::zero(); 2], empty: [T::zero(); 2] };
            visit.visit(unit, |x: [T; 2], y| [x[0] + y[0], x[1] + y[1]]);
        }
        // An infinity times 1 is no infinity, so nothing is neutral: see `Fold::has_neutral`.
        _ => visit.visit(Unit::new([T::one(), T::zero()]), complex_mul::<T>),
    }
}

struct Block<'a> {
    slab: Slab,
    elements: &'a [u8],
    accumulators: &'a mut [u8],
    partials: &'a mut [u8],
}

impl Visit for Block<'_> {
    fn visit<T: Pod>(self, unit: Unit<T>, combine: impl Fn(T, T) -> T + Copy) {
        let identity = unit.neutral;
        // One instance per width, so that the accumulators are registers.
        match size_of::<T>() {
            1 => self.fold::<T, ACCUMULATORS>(identity, combine),
            2 => self.fold::<T, { ACCUMULATORS / 2 }>(identity, combine),
            4 => self.fold::<T, { ACCUMULATORS / 4 }>(identity, combine),
            8 => self.fold::<T, { ACCUMULATORS / 8 }>(identity, combine),
            _ => self.fold::<T, { ACCUMULATORS / 16 }>(identity, combine),
        }
    }
}

impl Block<'_> {
    fn fold<T: Pod, const V: usize>(self, identity: T, combine: impl Fn(T, T) -> T) {
        let Slab { outputs, count, pitch, is_outer } = self.slab;
        let elements: &[T] = bytemuck::cast_slice(self.elements);
        let partials: &mut [T] = bytemuck::cast_slice_mut(self.partials);
        let seeds = count.min(V);
        if !is_outer {
            for output in 0..outputs {
                let (seed, rest) = elements[output * pitch..][..count].split_at(seeds);
                let mut accumulators = [identity; V];
                accumulators[..seeds].copy_from_slice(seed);
                let mut chunks = rest.chunks_exact(V);
                for chunk in &mut chunks {
                    accumulators.iter_mut().zip(chunk).for_each(|(have, x)| *have = combine(*have, *x));
                }
                accumulators.iter_mut().zip(chunks.remainder()).for_each(|(have, x)| *have = combine(*have, *x));
                halve(&mut accumulators, V, seeds, 1, &combine);
                partials[output] = accumulators[0];
            }
            return;
        }
        let accumulators: &mut [T] = &mut bytemuck::cast_slice_mut(self.accumulators)[..V * outputs];
        for at in 0..count {
            let row = &elements[at * pitch..][..outputs];
            let rows = &mut accumulators[at % V * outputs..][..outputs];
            match at < V {
                true => rows.copy_from_slice(row),
                false => rows.iter_mut().zip(row).for_each(|(have, x)| *have = combine(*have, *x)),
            }
        }
        halve(accumulators, V, seeds, outputs, &combine);
        partials[..outputs].copy_from_slice(&accumulators[..outputs]);
    }
}

/// Combines the first `live` of `all` rows of accumulators into the first row: each half with the half above it.
fn halve<T: Copy>(rows: &mut [T], all: usize, mut live: usize, width: usize, combine: &impl Fn(T, T) -> T) {
    let mut half = all / 2;
    while half > 0 {
        let (low, high) = rows.split_at_mut(half * width);
        let pairs = live.saturating_sub(half) * width;
        low.iter_mut().zip(&high[..pairs]).for_each(|(low, high)| *low = combine(*low, *high));
        live = live.min(half);
        half /= 2;
    }
}

struct Start<'a> {
    accumulators: &'a mut [u8],
}

impl Visit for Start<'_> {
    fn visit<T: Pod>(self, unit: Unit<T>, _: impl Fn(T, T) -> T + Copy) {
        bytemuck::cast_slice_mut(self.accumulators).fill(unit.neutral);
    }
}

struct Finish<'a> {
    width: usize,
    accumulators: &'a mut [u8],
    partials: &'a mut [u8],
}

impl Visit for Finish<'_> {
    fn visit<T: Pod>(self, _: Unit<T>, combine: impl Fn(T, T) -> T + Copy) {
        let rows: &mut [T] = bytemuck::cast_slice_mut(self.accumulators);
        let all = ACCUMULATORS / size_of::<T>();
        halve(rows, all, all, self.width, &combine);
        for (partial, sum) in self.partials.chunks_exact_mut(size_of::<T>()).zip(&*rows) {
            partial.copy_from_slice(bytemuck::bytes_of(sum));
        }
    }
}

/// As `Finish` for the accumulators of outputs one after the other.
struct FinishRows<'a> {
    accumulators: &'a [u8],
    partials: &'a mut [u8],
}

impl Visit for FinishRows<'_> {
    fn visit<T: Pod>(self, unit: Unit<T>, combine: impl Fn(T, T) -> T + Copy) {
        // One instance per width, so that the accumulators are registers.
        match size_of::<T>() {
            4 => self.each::<T, { ACCUMULATORS / 4 }>(unit.neutral, combine),
            8 => self.each::<T, { ACCUMULATORS / 8 }>(unit.neutral, combine),
            _ => self.each::<T, { ACCUMULATORS / 16 }>(unit.neutral, combine),
        }
    }
}

impl FinishRows<'_> {
    fn each<T: Pod, const V: usize>(self, neutral: T, combine: impl Fn(T, T) -> T) {
        let rows = self.accumulators.chunks_exact(ACCUMULATORS).zip(self.partials.chunks_exact_mut(size_of::<T>()));
        for (row, partial) in rows {
            let mut accumulators = [neutral; V];
            accumulators.copy_from_slice(bytemuck::cast_slice(row));
            halve(&mut accumulators, V, V, 1, &combine);
            partial.copy_from_slice(bytemuck::bytes_of(&accumulators[0]));
        }
    }
}

struct Combine<'a> {
    blocks: usize,
    partials: &'a [u8],
    out: &'a mut [u8],
}

impl Visit for Combine<'_> {
    fn visit<T: Pod>(self, unit: Unit<T>, combine: impl Fn(T, T) -> T + Copy) {
        let partials: &[T] = bytemuck::cast_slice(self.partials);
        for (output, out) in bytemuck::cast_slice_mut::<u8, T>(self.out).iter_mut().enumerate() {
            *out = pairwise(&partials[output * self.blocks..][..self.blocks], combine).unwrap_or(unit.empty);
        }
    }
}

/// Combines neighbours, then neighbours of these, and so on: a binary counter whose digits are subtrees.
fn pairwise<T: Copy>(values: &[T], combine: impl Fn(T, T) -> T) -> Option<T> {
    let mut digits: SmallVec<[T; 32]> = SmallVec::new();
    for (at, value) in values.iter().enumerate() {
        let mut sum = *value;
        for _ in 0..at.trailing_ones() {
            sum = combine(digits.pop().expect("every set bit of the count is a subtree"), sum);
        }
        digits.push(sum);
    }
    let last = digits.pop()?;
    Some(digits.into_iter().rev().fold(last, |sum, digit| combine(digit, sum)))
}

#[cfg(test)]
mod tests {
    use super::super::places::beats;
    use super::*;

    #[test]
    fn both_layouts_give_the_same_bits() {
        let (outputs, count) = (3, 1000);
        let value = |output: usize, at: usize| ((output * 7919 + at * 104729) % 1000) as f32 / 7.0 - 60.0;
        for kind in [ReduceKind::Sum, ReduceKind::Min, ReduceKind::Max, ReduceKind::ArgMin, ReduceKind::ArgMax] {
            let fold = Fold { kind, dtype: DType::F32 };
            let run = |is_outer: bool| {
                let mut elements = vec![0f32; outputs * count];
                for output in 0..outputs {
                    for at in 0..count {
                        elements[if is_outer { at * outputs + output } else { output * count + at }] =
                            value(output, at);
                    }
                }
                let mut partials = vec![[0u64; 2]; outputs];
                let bytes = &mut bytemuck::cast_slice_mut(&mut partials)[..outputs * fold.partial_bytes()];
                let pitch = if is_outer { outputs } else { count };
                let slab = Slab { outputs, count, pitch, is_outer };
                let mut accumulators = vec![[0u64; 2]; outputs * ACCUMULATORS / 16];
                fold.block(
                    slab,
                    0,
                    bytemuck::cast_slice(&elements),
                    bytemuck::cast_slice_mut(&mut accumulators),
                    bytes,
                );
                partials
            };
            assert_eq!(run(false), run(true), "{kind:?}");
        }
    }

    #[test]
    fn positions_are_those_of_the_first_best_element() {
        for count in [1, 2, 15, 16, 17, 63, 64, 65, 130, 1000] {
            for nan in [None, Some(count / 2), Some(count - 1), Some(0)] {
                let elements: Vec<f32> = (0..count)
                    .map(|at| {
                        if nan.is_some_and(|nan| at >= nan && at % 3 == nan % 3) {
                            f32::NAN
                        } else {
                            (at * 37 % 11) as f32 * -0.0 + (at * 29 % 13) as f32
                        }
                    })
                    .collect();
                for kind in [ReduceKind::ArgMin, ReduceKind::ArgMax] {
                    let mut want = 0;
                    for at in 1..count {
                        if beats(kind, &elements[at], &elements[want]) {
                            want = at;
                        }
                    }
                    let fold = Fold { kind, dtype: DType::F32 };
                    for is_outer in [false, true] {
                        let slab = Slab { outputs: 1, count, pitch: if is_outer { 1 } else { count }, is_outer };
                        let (mut partials, mut accumulators) = ([[0u64; 2]; 1], [[0u64; 2]; ACCUMULATORS / 16]);
                        let accumulators = bytemuck::cast_slice_mut(&mut accumulators);
                        fold.block(
                            slab,
                            5,
                            bytemuck::cast_slice(&elements),
                            accumulators,
                            bytemuck::cast_slice_mut(&mut partials),
                        );
                        assert_eq!(partials[0][1], 5 + want as u64, "{kind:?} {count} {nan:?} {is_outer}");
                    }
                }
            }
        }
    }

    #[test]
    fn blocks_are_combined_pairwise_in_order() {
        let words: Vec<String> = (0..7).map(|at| at.to_string()).collect();
        let indices: Vec<usize> = (0..7).collect();
        let names = std::cell::RefCell::new(words);
        let root = pairwise(&indices, |x, y| {
            let mut names = names.borrow_mut();
            let name = format!("({}{})", names[x], names[y]);
            names.push(name);
            names.len() - 1
        });
        assert_eq!(names.borrow()[root.expect("seven values")], "(((01)(23))((45)6))");
    }

    #[test]
    fn nothing_but_the_elements_enters() {
        let reduce = |kind, elements: &[f64]| {
            let fold = Fold { kind, dtype: DType::C128 };
            let count = elements.len() / 2;
            let slab = Slab { outputs: 1, count, pitch: count, is_outer: false };
            let (mut partials, mut out) = ([0.0; 2], [0.0; 2]);
            fold.block(slab, 0, bytemuck::cast_slice(elements), &mut [], bytemuck::cast_slice_mut(&mut partials));
            fold.combine(1, bytemuck::cast_slice(&partials), bytemuck::cast_slice_mut(&mut out));
            out.map(f64::to_bits)
        };
        assert_eq!(reduce(ReduceKind::Sum, &[-0.0; 6]), [-0.0f64; 2].map(f64::to_bits));
        let infinite = [f64::INFINITY, 1.0];
        assert_eq!(reduce(ReduceKind::Prod, &infinite), infinite.map(f64::to_bits));
    }

    #[test]
    fn the_first_nan_wins() {
        let fold = Fold { kind: ReduceKind::ArgMax, dtype: DType::F64 };
        let elements = [1.0, f64::NAN, 9.0, f64::NAN];
        let mut partials = [[0u64; 2]; 1];
        let slab = Slab { outputs: 1, count: 4, pitch: 4, is_outer: false };
        fold.block(slab, 100, bytemuck::cast_slice(&elements), &mut [], bytemuck::cast_slice_mut(&mut partials));
        let mut out = [0i64];
        fold.combine(1, bytemuck::cast_slice(&partials), bytemuck::cast_slice_mut(&mut out));
        assert_eq!(out, [101]);
    }
}
