//! Raw memory, and nests that run on it: compiled, or interpreted where they cannot be.

use super::{Cpu, Interpretation};
use crate::Error;
use bytemuck::Pod;
use ondine_codegen::cpu::{Kernel, Kernels, Key, text};
use ondine_codegen::nest::{Access, At, Frame, Interpreter, Lanes, Loops, Memory, Nest, Place, Storage};
use ondine_ir::{DType, ReduceKind, Scalar};
use smallvec::SmallVec;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A place in memory from which offsets count, in elements of whoever reads or writes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// The byte at which offset `-shift` lies.
    start: *mut u8,
    /// Added to every offset.
    shift: i64,
}

// SAFETY: a slot is a number until `Raw` uses it; `Raw` is made by whoever knows that the memory is there.
unsafe impl Send for Slot {}
// SAFETY: as above.
unsafe impl Sync for Slot {}

impl Slot {
    pub(super) fn new(start: *mut u8) -> Slot {
        Slot { start, shift: 0 }
    }

    /// The byte at which offset `-shift` lies.
    pub(super) fn start(self) -> *mut u8 {
        self.start
    }

    /// The byte at which an offset lies, in elements of `size` bytes.
    pub(super) fn at(self, offset: i64, size: usize) -> *mut u8 {
        self.start.wrapping_offset((self.shift + offset) as isize * size as isize)
    }

    pub(super) fn shifted(self, shift: i64) -> Slot {
        Slot { shift, ..self }
    }
}

/// The memory of one run of a nest.
pub(super) struct Raw<'a> {
    operands: &'a [Slot],
    anchor: Option<Slot>,
    results: SmallVec<[Slot; 2]>,
}

impl<'a> Raw<'a> {
    /// # Safety
    /// The slots are those that the nest was lowered for: valid for every element that it touches in the boxes that it is
    /// run on (`ir::verify` proves index maps to stay inside their operands), and nobody else reads or writes the
    /// elements that it writes. An operand may be the memory of a result only if each element is read before it is
    /// written, by the same tile.
    pub(super) unsafe fn new(operands: &'a [Slot], anchor: Option<Slot>, results: SmallVec<[Slot; 2]>) -> Raw<'a> {
        Raw { operands, anchor, results }
    }

    /// The address of offset 0; it may lie outside the memory, so it is not dereferenced.
    fn address<T>(&self, memory: Memory) -> *mut T {
        let slot = match memory {
            Memory::Operand(at) => self.operands[at as usize],
            Memory::Anchor => self.anchor.expect("a nest with an anchor is given one"),
            Memory::Result(at) => self.results[at as usize],
        };
        slot.start.cast::<T>().wrapping_offset(slot.shift as isize)
    }

    /// As `address`, in bytes.
    fn start(&self, memory: Memory, dtype: DType) -> *mut u8 {
        match dtype.bytes() {
            1 => self.address::<u8>(memory),
            2 => self.address::<u16>(memory).cast(),
            4 => self.address::<u32>(memory).cast(),
            8 => self.address::<u64>(memory).cast(),
            _ => self.address::<[u64; 2]>(memory).cast(),
        }
    }
}

impl Storage for Raw<'_> {
    fn load<T: Pod>(&self, memory: Memory, at: At, lanes: Lanes, out: &mut [T]) {
        let start: *const T = self.address::<T>(memory).wrapping_offset(at.offset as isize);
        let is_one_run = at.col == 1 && (lanes.rows == 1 || at.row == lanes.cols as i64);
        let cols = if is_one_run { lanes.count() } else { lanes.cols };
        for (row, out) in out.chunks_exact_mut(cols.max(1)).enumerate() {
            let from = start.wrapping_offset(at.row as isize * row as isize);
            match at.col {
                // SAFETY: by the contract of `new` the elements of the tile are there; `out` is no part of that memory.
                1 => unsafe {
                    std::ptr::copy_nonoverlapping(from.cast::<u8>(), out.as_mut_ptr().cast(), size_of_val(out))
                },
                // SAFETY: as above, for one element.
                0 => out.fill(unsafe { from.read_unaligned() }),
                step => out.iter_mut().enumerate().for_each(|(col, out)| {
                    // SAFETY: as above, for every element.
                    *out = unsafe { from.wrapping_offset(step as isize * col as isize).read_unaligned() };
                }),
            }
        }
    }

    fn gather<T: Pod>(&self, memory: Memory, offsets: &[i64], mask: Option<&[u8]>, out: &mut [T]) {
        let start: *const T = self.address(memory);
        for (lane, (out, offset)) in out.iter_mut().zip(offsets).enumerate() {
            if mask.is_none_or(|mask| mask[lane] != 0) {
                // SAFETY: by the contract of `new` the element is there where the mask holds.
                *out = unsafe { start.wrapping_offset(*offset as isize).read_unaligned() };
            }
        }
    }

    fn store<T: Pod>(&mut self, memory: Memory, at: At, lanes: Lanes, values: &[T]) {
        let start: *mut T = self.address::<T>(memory).wrapping_offset(at.offset as isize);
        let is_one_run = at.col == 1 && (lanes.rows == 1 || at.row == lanes.cols as i64);
        let cols = if is_one_run { lanes.count() } else { lanes.cols };
        for (row, values) in values.chunks_exact(cols.max(1)).enumerate() {
            let to = start.wrapping_offset(at.row as isize * row as isize);
            if at.col == 1 {
                // SAFETY: by the contract of `new` the elements of the tile are there and this tile's alone; registers
                // are no part of that memory.
                unsafe { std::ptr::copy_nonoverlapping(values.as_ptr().cast::<u8>(), to.cast(), size_of_val(values)) };
                continue;
            }
            for (col, value) in values.iter().enumerate() {
                // SAFETY: as above, for every element.
                unsafe { to.wrapping_offset(at.col as isize * col as isize).write_unaligned(*value) };
            }
        }
    }
}

/// Elements up to which a nest is interpreted at first: compiling it takes as long as interpreting it some hundred times.
const TINY: usize = 4096;

/// Runs after which a tiny nest is compiled too.
const HOT: u32 = 16;

/// Shapes of boxes that one thread keeps at hand for a nest.
const KEPT: usize = 4;

/// What one thread has run a nest on: loops and kernels for boxes of some extents, whose bases alone move from box to box.
#[derive(Default)]
pub(super) struct Recent(Vec<Ready>);

/// The loops over a box, and the kernel that runs them.
struct Ready {
    frame: Frame,
    loops: Loops,
    kernel: Arc<Kernel>,
}

/// How a fold takes the elements of an output.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    /// Blocks, each with accumulators of its own.
    pub(super) blocks: usize,
    /// Elements of a block.
    pub(super) count: usize,
    /// Elements between the accumulators of a block and those of the next.
    pub(super) step: i64,
}

/// Memory of one thread, 16-byte words, all zero.
pub(super) fn words(bytes: usize) -> Result<Vec<[u64; 2]>, Error> {
    let lacking = |_| Error::OutOfMemory { device: "cpu".into(), bytes, what: "what a thread works in" };
    let mut words = Vec::new();
    words.try_reserve_exact(bytes.div_ceil(16)).map_err(lacking)?;
    words.resize(bytes.div_ceil(16), [0; 2]);
    Ok(words)
}

/// A nest with its machine code, which is made when it first runs, or when it has run often.
pub(super) struct Code {
    pub(super) nest: Nest,
    kernels: Kernels,
    /// True for a nest of one block, so that boxes of one size differ in their bases alone.
    is_even: bool,
    /// Runs so far, where they are counted.
    runs: AtomicU32,
}

impl Code {
    pub(super) fn new(nest: Nest) -> Code {
        Code::with(Kernels::new(&nest), nest)
    }

    /// Code of what nobody reads soon: where it can it writes past the cache, and another thread may read that after a
    /// [fence](super::stream::fence).
    pub(super) fn past_cache(nest: Nest) -> Code {
        Code::with(Kernels::past_cache(&nest), nest)
    }

    /// Code that combines what the nest computes with accumulators at its result.
    pub(super) fn folding(nest: Nest, kind: ReduceKind) -> Code {
        Code::with(Kernels::folding(&nest, kind), nest)
    }

    fn with(kernels: Kernels, nest: Nest) -> Code {
        let is_even = matches!(&nest.parts[..], [part]
            if matches!(&part.blocks[..], [block] if block.grid.is_whole(&nest.extents)));
        Code { nest, kernels, is_even, runs: AtomicU32::new(0) }
    }

    /// Folds a box of a nest of one block in rows along the inner loop; false if nothing was done because the loops are
    /// others or there is no machine code.
    pub(super) fn fold(
        &self,
        cpu: &Cpu,
        within: &Frame,
        rows: Rows,
        params: &[Scalar],
        raw: &mut Raw,
        recent: &mut Recent,
    ) -> bool {
        let Some(Ready { loops, kernel, .. }) = self.ready(cpu, within, Some(rows), recent) else { return false };
        let part = &self.nest.parts[0];
        let stays = |(access, place): (&Access, &Place)| {
            !matches!(access, Access::Write(..)) || place.strides.last() == Some(&0)
        };
        let is_even = !loops.is_transposed
            && loops.extents.last() == Some(&rows.count)
            && part.accesses.iter().zip(&loops.places).all(stays);
        if is_even {
            // SAFETY: the kernel is that of this part and these loops; the rest is the contract of `Raw::new`.
            unsafe { kernel.run(part, &part.blocks[0], loops, params, &|memory, dtype| raw.start(memory, dtype)) };
        }
        is_even
    }

    /// The loops over a box and their kernel, if the nest has one block and there is a kernel. The box is cut into rows if
    /// it holds several blocks.
    fn ready<'r>(&self, cpu: &Cpu, within: &Frame, rows: Option<Rows>, recent: &'r mut Recent) -> Option<&'r Ready> {
        let (part, block) = match &self.nest.parts[..] {
            [part] if self.is_even => (part, &part.blocks[0]),
            _ => return None,
        };
        let known = recent.0.iter().position(|ready| ready.frame.extents == within.extents);
        let Some(at) = known else {
            let compile = self.compiles(cpu)?;
            let mut loops = Loops::new(part, block, within)?;
            if let Some(Rows { blocks: 2.., count, step }) = rows {
                let steps = part.accesses.iter().map(|access| matches!(access, Access::Write(..)).then_some(step));
                loops.cut(count, steps);
            }
            let kernel = self.kernels.get(0, part, &loops, compile)?;
            if recent.0.len() >= KEPT {
                recent.0.clear();
            }
            recent.0.push(Ready { frame: within.clone(), loops, kernel });
            return recent.0.last();
        };
        let ready = &mut recent.0[at];
        ready.loops.shift(block, &ready.frame, within);
        ready.frame.origin.copy_from_slice(&within.origin);
        Some(ready)
    }

    /// Runs the nest on a box of its space that is likely to have the size of another that this thread ran it on.
    pub(super) fn run_again(&self, cpu: &Cpu, within: &Frame, params: &[Scalar], raw: &mut Raw, recent: &mut Recent) {
        let Some(Ready { loops, kernel, .. }) = self.ready(cpu, within, None, recent) else {
            return self.run(cpu, within, params, raw);
        };
        let part = &self.nest.parts[0];
        // SAFETY: the kernel is that of this part and these loops; the rest is the contract of `Raw::new`.
        unsafe { kernel.run(part, &part.blocks[0], loops, params, &|memory, dtype| raw.start(memory, dtype)) };
    }

    /// Runs the nest on a box of its space.
    pub(super) fn run(&self, cpu: &Cpu, within: &Frame, params: &[Scalar], raw: &mut Raw) {
        let compiles = self.compiles(cpu);
        for (at, part) in self.nest.parts.iter().enumerate() {
            for block in &part.blocks {
                let Some(loops) = Loops::new(part, block, within) else { continue };
                let kernel = compiles.and_then(|compile| self.kernels.get(at, part, &loops, compile));
                match kernel {
                    // SAFETY: the kernel is that of this part and these loops; the rest is the contract of `Raw::new`.
                    Some(kernel) => unsafe {
                        kernel.run(part, block, &loops, params, &|memory, dtype| raw.start(memory, dtype));
                    },
                    None => with_interpreter(|interpreter| interpreter.run_loops(part, block, &loops, params, raw)),
                }
            }
        }
    }
}

impl Code {
    /// The nest in text, with the code of each kernel that a run on all of its space takes.
    pub(super) fn text(&self) -> String {
        let whole = Frame::whole(&self.nest.extents);
        let mut keys: Vec<Key> = Vec::new();
        for part in &self.nest.parts {
            let all =
                part.blocks.iter().filter_map(|block| Some(self.kernels.key(part, &Loops::new(part, block, &whole)?)));
            all.for_each(|key| {
                if !keys.contains(&key) {
                    keys.push(key)
                }
            });
        }
        keys.iter().filter_map(text).fold(self.nest.to_string(), |nest, code| nest + "\n" + &code)
    }

    /// Whether a kernel is made for this run if there is none; `None` if none is to be used.
    fn compiles(&self, cpu: &Cpu) -> Option<bool> {
        match cpu.interpretation() {
            Interpretation::Always => None,
            Interpretation::Never => Some(true),
            Interpretation::Cold => Some(self.is_worth_compiling()),
        }
    }

    fn is_worth_compiling(&self) -> bool {
        self.nest.extents.elements() > TINY || self.runs.fetch_add(1, Ordering::Relaxed) >= HOT
    }
}

/// Runs `work` with the interpreter of this thread.
fn with_interpreter<R>(work: impl FnOnce(&mut Interpreter) -> R) -> R {
    use std::cell::RefCell;
    thread_local!(static INTERPRETER: RefCell<Interpreter> = RefCell::new(Interpreter::new()));
    INTERPRETER.with(|interpreter| match interpreter.try_borrow_mut() {
        Ok(mut interpreter) => work(&mut interpreter),
        Err(_) => work(&mut Interpreter::new()),
    })
}
