//! Compiled bodies: how they are made, and how they are run.

use super::arena::Code;
use super::build::build;
use super::plan::Plan;
use super::routine::{self, Job, Routine};
use super::words::Layout;
use super::{Key, isa, wide};
use crate::nest::{Access, Block, Loops, Memory, Part, Source, Tile};
use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::isa::OwnedTargetIsa;
use ondine_ir::{DType, Kind, Scalar};
use smallvec::SmallVec;
use std::cell::RefCell;

/// Runs rows `begin..end` of a launch.
type Entry = unsafe extern "C" fn(context: *const u64, begin: u64, end: u64);

/// Sides of the square tiles of transposed accesses; 8 takes twice the time.
const SQUARE: usize = 16;

/// The machine code of a body, on executable pages of its own.
pub struct Kernel {
    code: Code,
    layout: Layout,
    routines: Box<[Routine]>,
    jobs: Box<[Option<Job>]>,
    tiles: usize,
}

/// What writes the machine code of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Generator {
    /// Registers of 512 bits, for what `cpu::wide` covers on processors that have them.
    Wide,
    /// Registers of 128 bits, by Cranelift.
    Narrow,
}

impl Kernel {
    /// Compiles a body for this machine: wide if that can be done, otherwise narrow; the reason if neither can be.
    pub(super) fn new(key: &Key) -> Result<Kernel, String> {
        Kernel::by(Generator::Wide, key).or_else(|_| Kernel::by(Generator::Narrow, key))
    }

    /// Compiles a body by one generator; the reason if that cannot be done.
    pub fn by(generator: Generator, key: &Key) -> Result<Kernel, String> {
        let plan = Plan::new(&key.body);
        let code = match generator {
            Generator::Wide if !wide::is_host() => return Err("no registers of 512 bits".to_string()),
            Generator::Wide => wide::compile(key, &plan)?,
            Generator::Narrow => compile(key, &plan, isa::host().ok_or("no code generator for this processor")?)?,
        };
        let code = Code::new(&code).ok_or("no executable memory")?;
        let layout = Layout::new(&key.body, key.classes.len(), plan.routines.len());
        let jobs = plan.routines.iter().map(|routine| match routine {
            Routine::Job(job) => Some(*job),
            _ => None,
        });
        Ok(Kernel { code, layout, jobs: jobs.collect(), routines: plan.routines.into(), tiles: plan.tiles })
    }

    /// Bytes of executable memory.
    pub fn bytes(&self) -> usize {
        self.code.len()
    }

    /// Runs the loops of a block.
    ///
    /// # Safety
    /// The kernel was made for the body of `part` and the classes of `loops`. `address` gives the byte at which each
    /// memory's offset 0 lies; with it every element that the loops touch is valid, elements that are written are nobody
    /// else's, and memory that is both read and written is read at an element before that element is written.
    pub unsafe fn run(
        &self,
        part: &Part,
        block: &Block,
        loops: &Loops,
        params: &[Scalar],
        address: &dyn Fn(Memory, DType) -> *mut u8,
    ) {
        thread_local!(static SCRATCH: RefCell<Vec<Tile>> = const { RefCell::new(Vec::new()) });
        if self.tiles == 0 {
            // SAFETY: the caller's promise; there are no scratch tiles.
            return unsafe { self.launch(part, block, loops, params, address, std::ptr::null_mut()) };
        }
        SCRATCH.with_borrow_mut(|tiles| {
            if tiles.len() < self.tiles {
                tiles.resize_with(self.tiles, Tile::zeroed);
            }
            // SAFETY: the caller's promise; the tiles are this thread's, and no routine runs a kernel.
            unsafe { self.launch(part, block, loops, params, address, tiles.as_mut_ptr()) }
        });
    }

    /// # Safety
    /// As for `run`; `scratch` holds the tiles of the kernel.
    unsafe fn launch(
        &self,
        part: &Part,
        block: &Block,
        loops: &Loops,
        params: &[Scalar],
        address: &dyn Fn(Memory, DType) -> *mut u8,
        scratch: *mut Tile,
    ) {
        let rank = loops.extents.len();
        if loops.extents.contains(&0) {
            return;
        }
        let mut words: SmallVec<[u64; 64]> = SmallVec::from_elem(0, self.layout.end);
        let (cols, rows) = (loops.extents[rank - 1], if rank > 1 { loops.extents[rank - 2] } else { 1 });
        words[0] = cols as u64;
        let mut sizes: SmallVec<[i64; 8]> = SmallVec::new();
        for (at, (place, access)) in loops.places.iter().zip(&part.accesses).enumerate() {
            let (start, size) = match access {
                Access::Position => (0, 1),
                Access::Read(memory, dtype) | Access::Write(memory, dtype) => {
                    (address(*memory, *dtype) as u64, dtype.bytes() as i64)
                }
            };
            let word = self.layout.accesses + 3 * at;
            words[word] = start.wrapping_add((place.base * size) as u64);
            words[word + 1] = if rank > 1 { (place.strides[rank - 2] * size) as u64 } else { 0 };
            words[word + 2] = (place.strides[rank - 1] * size) as u64;
            sizes.push(size);
        }
        for (slot, source) in block.scalars.iter().enumerate() {
            let word = self.layout.scalars + 2 * slot;
            words[word..word + 2].copy_from_slice(&scalar_words(*source, params));
        }
        words[self.layout.scratch] = scratch as u64;
        for (at, routine) in self.routines.iter().enumerate() {
            let word = self.layout.routines + 2 * at;
            words[word] = match routine {
                Routine::Map(address) | Routine::Map2(address) => *address as u64,
                Routine::Job(_) => routine::run as routine::Run as usize as u64,
            };
            words[word + 1] = self.jobs[at].as_ref().map_or(0, |job| std::ptr::from_ref(job) as u64);
        }
        // SAFETY: the pages hold a function of this type, compiled for this machine.
        let entry = unsafe { std::mem::transmute::<*const u8, Entry>(self.code.start()) };
        let outer = &loops.extents[..rank.saturating_sub(2)];
        let mut position: SmallVec<[usize; 4]> = SmallVec::from_elem(0, outer.len());
        let start = |access: usize| self.layout.accesses + 3 * access;
        loop {
            if loops.is_transposed {
                let origin: SmallVec<[u64; 8]> = (0..sizes.len()).map(|access| words[start(access)]).collect();
                for row in (0..rows).step_by(SQUARE) {
                    for col in (0..cols).step_by(SQUARE) {
                        for (access, origin) in origin.iter().enumerate() {
                            let word = start(access);
                            let moved = words[word + 1]
                                .wrapping_mul(row as u64)
                                .wrapping_add(words[word + 2].wrapping_mul(col as u64));
                            words[word] = origin.wrapping_add(moved);
                        }
                        words[0] = SQUARE.min(cols - col) as u64;
                        // SAFETY: the caller's promise; the words are laid out as the kernel reads them.
                        unsafe { entry(words.as_ptr(), 0, SQUARE.min(rows - row) as u64) };
                    }
                }
                origin.iter().enumerate().for_each(|(access, origin)| words[start(access)] = *origin);
            } else {
                // SAFETY: as above.
                unsafe { entry(words.as_ptr(), 0, rows as u64) };
            }
            // The next position of the outer loops, as an odometer.
            let Some(turned) = (0..outer.len()).rev().find(|&axis| {
                position[axis] += 1;
                if position[axis] < outer[axis] {
                    return true;
                }
                position[axis] = 0;
                for (access, place) in loops.places.iter().enumerate() {
                    let back = place.strides[axis] * (outer[axis] - 1) as i64 * sizes[access];
                    words[start(access)] = words[start(access)].wrapping_sub(back as u64);
                }
                false
            }) else {
                return;
            };
            for (access, place) in loops.places.iter().enumerate() {
                let on = place.strides[turned] * sizes[access];
                words[start(access)] = words[start(access)].wrapping_add(on as u64);
            }
        }
    }
}

/// A scalar as kernels read it: integers extended to a word.
fn scalar_words(source: Source, params: &[Scalar]) -> [u64; 2] {
    let scalar = source.value(params);
    match scalar.dtype().kind() {
        Kind::Integer => [scalar.to_i128().expect("an integer") as u64, 0],
        _ => bytemuck::cast(scalar.to_bytes()),
    }
}

fn compile(key: &Key, plan: &Plan, isa: &OwnedTargetIsa) -> Result<Vec<u8>, String> {
    let function = build(key, plan, isa.frontend_config());
    let mut context = Context::for_function(function);
    let compiled = context
        .compile(&**isa, &mut ControlPlane::default())
        .map_err(|error| format!("{:?}\n{}", error.inner, error.func.display()))?;
    if !compiled.buffer.relocs().is_empty() {
        return Err("the code calls what it does not hold".to_string());
    }
    Ok(compiled.code_buffer().to_vec())
}

/// The CLIF of a kernel, for dumps; the same on every machine that has the code generator, `None` elsewhere.
pub fn clif(key: &Key) -> Option<String> {
    let isa = isa::baseline()?;
    Some(build(key, &Plan::new(&key.body), isa.frontend_config()).display().to_string())
}

/// The instructions of a kernel in registers of 512 bits, for dumps; the same on every machine. An error says what is not
/// covered, so that Cranelift compiles the body.
pub fn listing(key: &Key) -> Result<String, &'static str> {
    wide::listing(key, &Plan::new(&key.body))
}

/// The code of a kernel as this machine runs it, for people: instructions, or CLIF; `None` where nothing can be compiled.
pub fn text(key: &Key) -> Option<String> {
    let wide = if wide::is_host() { listing(key).ok() } else { None };
    wide.or_else(|| clif(key))
}
