//! From the blocks of a nest to launches: loops, the widest vectors that fit, and packed parameters.

use super::arguments::{Field, Fields};
use super::kernel::{Access, Key, Motion};
use crate::nest::{self, Frame, Inst, Loops, Memory, Nest, Part, Source};
use ondine_ir::{DType, Scalar};
use smallvec::SmallVec;

/// Bytes of parameters that every device takes.
pub const MOST_PARAMETERS: usize = 4000;

/// Bytes that one thread moves at a time.
const VECTOR: usize = 16;

/// The bound of offsets and turns of one launch.
const MOST: u64 = 1 << 31;

/// A kernel with everything that it is launched with, but for addresses and parameters of the graph.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The kernel.
    pub key: Key,
    /// How many threads have something to do.
    pub threads: usize,
    /// The memory of each pointer, in the order of the kernel's parameters.
    pub pointers: Vec<Pointer>,
    data: Vec<u8>,
    scalars: Vec<(usize, DType, Source)>,
    addresses: Vec<usize>,
    /// What each loop adds to every access that is read.
    steps: Vec<SmallVec<[i64; 4]>>,
}

/// A place in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// The memory.
    pub memory: Memory,
    /// Bytes from its start.
    pub offset: i64,
}

/// The launches that run a nest on a box of its space, one or more per block. `is_aliased` says that a result may be an
/// operand's memory, `shift` how many elements further on some memory is addressed there.
pub fn launches(nest: &Nest, within: Option<&Frame>, is_aliased: bool, shift: &dyn Fn(Memory) -> i64) -> Vec<Launch> {
    let mut launches = Vec::new();
    for part in &nest.parts {
        for block in &part.blocks {
            let extents: SmallVec<[usize; 4]> = (0..block.grid.origin.len())
                .map(|axis| (block.grid.end(axis) - block.grid.origin[axis]) as usize)
                .collect();
            let all = Frame { origin: block.grid.origin.clone(), extents };
            let mut frames = vec![within.cloned().unwrap_or(all)];
            while let Some(frame) = frames.pop() {
                let Some(mut loops) = Loops::new(part, block, &frame) else { continue };
                keep_short_rows(part, &mut loops);
                for (place, access) in loops.places.iter_mut().zip(&part.accesses) {
                    if let nest::Access::Read(memory, _) | nest::Access::Write(memory, _) = access {
                        place.base += shift(*memory);
                    }
                }
                if loops.extents.contains(&0) {
                    continue;
                }
                match too_wide(&loops) {
                    true => frames.extend(halves(part, block, &frame)),
                    false => launches.push(Launch::new(part, block, &loops, is_aliased, width(part, &loops), false)),
                }
            }
        }
    }
    launches
}

/// Makes the loop along which results are neighbours the innermost one, however short: neighbouring threads write
/// neighbours.
fn keep_short_rows(part: &Part, loops: &mut Loops) {
    let rank = loops.extents.len();
    let store = part.accesses.iter().position(|access| matches!(access, nest::Access::Write(..)));
    let Some(store) = store.filter(|_| rank > 1 && !loops.is_transposed) else { return };
    let strides = &loops.places[store].strides;
    if strides[rank - 2].abs() < strides[rank - 1].abs() {
        loops.extents.swap(rank - 2, rank - 1);
        loops.places.iter_mut().for_each(|place| place.strides.swap(rank - 2, rank - 1));
    }
}

/// The launch that folds a nest of one block along some axes, and how many of its loops run over outputs; `None` where
/// the nest has several blocks or 32 bits do not hold its offsets. Loops over outputs come first.
pub fn fold(nest: &Nest, kept: &[usize], reduced: &[usize]) -> Option<(Launch, usize)> {
    let [part] = &nest.parts[..] else { return None };
    let [block] = &part.blocks[..] else { return None };
    let bare = |place: &nest::Place| nest::Place { base: place.base, strides: SmallVec::new() };
    let places = block.places.iter().map(bare).collect();
    let mut loops = Loops { extents: SmallVec::new(), places, is_transposed: false };
    for axis in kept {
        push(&mut loops, block, *axis, 0);
    }
    if loops.extents.is_empty() {
        push_unit(&mut loops);
    }
    let outputs = loops.extents.len();
    for axis in reduced {
        push(&mut loops, block, *axis, outputs);
    }
    if loops.extents.len() == outputs {
        push_unit(&mut loops);
    }
    if too_wide(&loops) {
        return None;
    }
    let launch = Launch::new(part, block, &loops, false, 1, false);
    (!launch.key.is_indirect).then_some((launch, outputs))
}

fn push_unit(loops: &mut Loops) {
    loops.extents.push(1);
    loops.places.iter_mut().for_each(|place| place.strides.push(0));
}

/// Adds a loop over an axis of a block, or lengthens the innermost one behind the first `before` where accesses go on
/// evenly.
pub(super) fn push(loops: &mut Loops, block: &nest::Block, axis: usize, before: usize) {
    let extent = block.grid.extents[axis];
    if extent == 1 {
        return;
    }
    let goes_on = |(place, from): (&nest::Place, &nest::Place)| {
        place.strides.last().is_some_and(|outer| *outer == from.strides[axis] * extent as i64)
    };
    let is_even = loops.extents.len() > before && loops.places.iter().zip(&block.places).all(goes_on);
    for (place, from) in loops.places.iter_mut().zip(&block.places) {
        if is_even {
            place.strides.pop();
        }
        place.strides.push(from.strides[axis]);
    }
    match is_even {
        true => *loops.extents.last_mut().expect("there is a loop") *= extent,
        false => loops.extents.push(extent),
    }
}

/// Adds a loop that turns as often as an axis is long which the block may be a part of.
pub(super) fn push_whole(loops: &mut Loops, block: &nest::Block, axis: usize, extent: usize) {
    for (place, from) in loops.places.iter_mut().zip(&block.places) {
        place.strides.push(from.strides[axis]);
    }
    loops.extents.push(extent);
}

/// True if 32 bits do not hold every turn and every offset.
pub(super) fn too_wide(loops: &Loops) -> bool {
    let turns = loops.extents.iter().fold(1u64, |turns, &extent| turns.saturating_mul(extent as u64));
    let span = |place: &nest::Place| {
        let moves = loops.extents.iter().zip(&place.strides);
        moves.fold(0u64, |sum, (&extent, stride)| {
            sum.saturating_add(stride.unsigned_abs().saturating_mul(extent as u64 - 1))
        })
    };
    turns >= MOST || loops.places.iter().any(|place| span(place) >= MOST)
}

/// The frame cut in the middle of the axis along which some access goes furthest.
fn halves(part: &Part, block: &nest::Block, frame: &Frame) -> [Frame; 2] {
    let reach = |axis: usize| {
        let steps = block.places.iter().zip(&part.accesses).map(|(place, _)| place.strides[axis].unsigned_abs());
        steps.max().unwrap_or(1).max(1).saturating_mul(frame.extents[axis] as u64 - 1)
    };
    let axis = (0..frame.extents.len()).max_by_key(|&axis| reach(axis)).expect("what is too wide has an axis");
    let half = frame.extents[axis] / 2;
    let middle = frame.origin[axis] + half as i64;
    [frame.with(axis, frame.origin[axis], half), frame.with(axis, middle, frame.extents[axis] - half)]
}

impl Launch {
    /// `is_indirect` says that the parameters lie in memory however few they are.
    pub(super) fn new(
        part: &Part,
        block: &nest::Block,
        loops: &Loops,
        is_aliased: bool,
        width: usize,
        is_indirect: bool,
    ) -> Launch {
        let rank = loops.extents.len();
        let inner = rank - 1;
        let gathered = gathered(part);
        let accesses = part.accesses.iter().enumerate().map(|(at, access)| {
            let (dtype, is_written) = match access {
                nest::Access::Position => (DType::I64, false),
                nest::Access::Read(_, dtype) => (*dtype, false),
                nest::Access::Write(_, dtype) => (*dtype, true),
            };
            let motion = match loops.places[at].strides[inner] {
                _ if *access == nest::Access::Position => Motion::Position,
                _ if gathered[at] || loops.places[at].strides.iter().all(|&stride| stride == 0) => Motion::Still,
                1 if width > 1 => Motion::Contiguous,
                0 if width > 1 => Motion::Broadcast,
                _ => Motion::Strided,
            };
            Access { dtype, motion, is_written, is_gathered: gathered[at] }
        });
        let mut key =
            Key { body: part.body.clone(), accesses: accesses.collect(), rank, width, is_aliased, is_indirect };
        let pointers: Vec<Pointer> = part
            .accesses
            .iter()
            .zip(&loops.places)
            .filter_map(|(access, place)| {
                let (nest::Access::Read(memory, dtype) | nest::Access::Write(memory, dtype)) = *access else {
                    return None;
                };
                Some(Pointer { memory, offset: place.base * dtype.bytes() as i64 })
            })
            .collect();
        let mut fields = Fields::new(&key);
        if !is_indirect && fields.bytes + 8 * pointers.len() > MOST_PARAMETERS {
            key.is_indirect = true;
            fields = Fields::new(&key);
        }
        let turns = loops.extents.iter().product::<usize>() / width;
        let reads = part.accesses.iter().zip(&loops.places);
        let steps = reads.filter(|(access, _)| matches!(access, nest::Access::Read(..)));
        let steps = steps.map(|(_, place)| place.strides.clone()).collect();
        let mut launch = Launch {
            key,
            threads: turns.max(1),
            pointers,
            data: vec![0; fields.bytes],
            scalars: Vec::new(),
            addresses: Vec::new(),
            steps,
        };
        for (field, at) in &fields.fields {
            launch.fill(*field, *at, block, loops, turns);
        }
        launch
    }

    fn fill(&mut self, field: Field, at: usize, block: &nest::Block, loops: &Loops, turns: usize) {
        let data = &mut self.data;
        let mut put = |bytes: &[u8]| data[at..at + bytes.len()].copy_from_slice(bytes);
        match field {
            Field::Scalar(slot, dtype) => self.scalars.push((at, dtype, block.scalars[slot])),
            Field::Pointer(_) => self.addresses.push(at),
            Field::Base(access) => put(&loops.places[access].base.to_le_bytes()),
            Field::Step(access, of) => put(&loops.places[access].strides[of].to_le_bytes()),
            Field::Stride(access, of) => put(&(loops.places[access].strides[of] as i32).to_le_bytes()),
            Field::Divisor(of) => {
                let is_inner = of + 1 == loops.extents.len();
                let extent = loops.extents[of] / if is_inner { self.key.width } else { 1 };
                divisor(extent as u32).iter().enumerate().for_each(|(word, value)| {
                    data[at + 4 * word..at + 4 * word + 4].copy_from_slice(&value.to_le_bytes());
                });
            }
            Field::Turns => put(&(turns as u32).to_le_bytes()),
            Field::Tail => put(&((loops.extents[0] - turns * self.key.width) as u32).to_le_bytes()),
        }
    }

    /// True if more accesses step to the next element in the innermost of the first `outer` loops than in the last loop.
    pub fn is_contiguous_across(&self, outer: usize) -> bool {
        let steps = |of: usize| self.steps.iter().filter(|strides| strides[of].abs() == 1).count();
        steps(outer - 1) > steps(self.key.rank - 1)
    }

    /// How long the kernel's struct is.
    pub fn bytes(&self) -> usize {
        self.data.len()
    }

    /// The bytes of the kernel's struct for the parameters of a run and the addresses of the pointers, which only
    /// kernels whose parameters lie in memory look at.
    pub fn data(&self, params: &[Scalar], addresses: &[u64]) -> Vec<u8> {
        let mut data = self.data.clone();
        for (at, dtype, source) in &self.scalars {
            data[*at..at + dtype.bytes()].copy_from_slice(&source.value(params).to_bytes()[..dtype.bytes()]);
        }
        for (at, address) in self.addresses.iter().zip(addresses) {
            data[*at..at + 8].copy_from_slice(&address.to_le_bytes());
        }
        data
    }
}

/// Which accesses are read at computed offsets.
fn gathered(part: &Part) -> SmallVec<[bool; 8]> {
    let mut gathered: SmallVec<[bool; 8]> = SmallVec::from_elem(false, part.accesses.len());
    for (inst, _) in part.body.insts() {
        if let Inst::Gather { access, .. } = inst {
            gathered[*access as usize] = true;
        }
    }
    gathered
}

/// The most lanes for which all vectors are whole and aligned.
fn width(part: &Part, loops: &Loops) -> usize {
    let gathered = gathered(part);
    let inner = loops.extents.len() - 1;
    let memory = || {
        part.accesses.iter().zip(&loops.places).zip(&gathered).filter_map(|((access, place), gathered)| match access {
            nest::Access::Read(_, dtype) | nest::Access::Write(_, dtype) if !gathered => Some((*dtype, place)),
            _ => None,
        })
    };
    if memory().any(|(_, place)| !matches!(place.strides[inner], 0 | 1)) {
        return 1;
    }
    let moving = || memory().filter(|(_, place)| place.strides[inner] == 1);
    let Some(largest) = moving().map(|(dtype, _)| dtype.bytes()).max() else { return 1 };
    let fits = |width: &usize| {
        let lanes = *width as i64;
        let is_whole = inner == 0 || loops.extents[inner].is_multiple_of(*width);
        let is_aligned = |place: &nest::Place| {
            place.base % lanes == 0 && place.strides[..inner].iter().all(|stride| stride % lanes == 0)
        };
        is_whole && *width <= loops.extents[inner] && moving().all(|(_, place)| is_aligned(place))
    };
    let widths = std::iter::successors(Some(VECTOR / largest), |width| Some(width / 2));
    widths.take_while(|width| *width > 1).find(fits).unwrap_or(1)
}

/// The words of a divisor: itself, the factor and the shift that replace it.
pub(super) fn divisor(d: u32) -> [u32; 3] {
    let shift = d.next_power_of_two().trailing_zeros();
    let factor = ((1u64 << 32) * ((1u64 << shift) - d as u64) / d as u64 + 1) as u32;
    [d, factor, shift]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_by_multiplication_is_exact() {
        let divide = |n: u32, [_, factor, shift]: [u32; 3]| ((((n as u64 * factor as u64) >> 32) as u32) + n) >> shift;
        let mut state = 9u64;
        let mut random = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) as u32
        };
        for d in (1..200).chain([255, 256, 257, 65535, 65536, 65537, (1 << 31) - 1, 1 << 30]) {
            for n in (0..50).chain([d - 1, d, d + 1, (1 << 31) - 1]).chain((0..200).map(|_| random())) {
                let n = n & ((1 << 31) - 1);
                assert_eq!(divide(n, divisor(d)), n / d, "{n} / {d}");
            }
        }
        for _ in 0..100_000 {
            let (n, d) = (random(), (random() >> (random() % 31)).max(1));
            assert_eq!(divide(n, divisor(d)), n / d, "{n} / {d}");
        }
    }
}
