//! The interpreter: runs bodies tile by tile on registers of 256 lanes.
//!
//! It is the path of tiny graphs, the fall-back where no machine code can be made, and what machine code is tested
//! against. Memory is reached through [`Storage`] alone, so nothing here is unsafe.

use super::tile::{LANES, Tile};
use super::{Access, At, Block, Emit, Frame, Lanes, Literal, Loops, Memory, Nest, Part, Source, ops, walk};
use bytemuck::Pod;
use ondine_ir::{Binary, DType, Scalar, Unary};
use std::rc::Rc;

/// Memory as the interpreter sees it. Offsets count elements of `T`; index maps are proved to stay inside.
pub trait Storage {
    /// Reads lanes.
    fn load<T: Pod>(&self, memory: Memory, at: At, lanes: Lanes, out: &mut [T]);
    /// Replaces lanes by the elements at these offsets where the mask is not 0.
    fn gather<T: Pod>(&self, memory: Memory, offsets: &[i64], mask: Option<&[u8]>, out: &mut [T]);
    /// Writes lanes.
    fn store<T: Pod>(&mut self, memory: Memory, at: At, lanes: Lanes, values: &[T]);
}

/// Registers that are used again and again.
#[derive(Default)]
pub struct Interpreter {
    free: Vec<Rc<Tile>>,
    /// Scalars and literals of the current block, spread over all lanes.
    constants: Vec<(Constant, DType, Rc<Tile>)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Constant {
    Slot(usize),
    Literal(Literal),
}

impl Interpreter {
    /// An interpreter without registers; it makes them as it needs them.
    pub fn new() -> Interpreter {
        Interpreter::default()
    }

    /// Runs a nest on a box of its space.
    pub fn run<S: Storage>(&mut self, nest: &Nest, within: &Frame, params: &[Scalar], storage: &mut S) {
        for part in &nest.parts {
            for block in &part.blocks {
                if let Some(loops) = Loops::new(part, block, within) {
                    self.run_loops(part, block, &loops, params, storage);
                }
            }
        }
    }

    /// Runs the loops of one block.
    pub fn run_loops<S: Storage>(
        &mut self,
        part: &Part,
        block: &Block,
        loops: &Loops,
        params: &[Scalar],
        storage: &mut S,
    ) {
        for (_, _, tile) in std::mem::take(&mut self.constants) {
            self.recycle(tile);
        }
        loops.each_tile(LANES, |lanes, at| {
            walk(&part.body, &mut Walker { interpreter: self, storage, part, block, params, lanes, at });
        });
    }

    fn register(&mut self) -> Rc<Tile> {
        self.free.pop().unwrap_or_else(|| Rc::new(Tile::zeroed()))
    }

    fn recycle(&mut self, tile: Rc<Tile>) {
        // Constants are still held elsewhere.
        if Rc::strong_count(&tile) == 1 {
            self.free.push(tile);
        }
    }
}

struct Walker<'a, S> {
    interpreter: &'a mut Interpreter,
    storage: &'a mut S,
    part: &'a Part,
    block: &'a Block,
    params: &'a [Scalar],
    lanes: Lanes,
    at: &'a [At],
}

impl<S: Storage> Walker<'_, S> {
    fn memory(&self, access: usize) -> Memory {
        match self.part.accesses[access] {
            Access::Read(memory, _) | Access::Write(memory, _) => memory,
            Access::Position => unreachable!("a position has no memory"),
        }
    }

    /// A fresh register, filled.
    fn fill(&mut self, fill: impl FnOnce(&mut Tile, usize)) -> Rc<Tile> {
        let mut tile = self.interpreter.register();
        fill(Rc::get_mut(&mut tile).expect("a free register is held once"), self.lanes.count());
        tile
    }

    fn constant(&mut self, constant: Constant, dtype: DType, value: impl FnOnce() -> Scalar) -> Rc<Tile> {
        let constants = &self.interpreter.constants;
        if let Some((_, _, tile)) = constants.iter().find(|have| have.0 == constant && have.1 == dtype) {
            return tile.clone();
        }
        let bytes = value().to_bytes();
        let tile = self.fill(|tile, _| match dtype.bytes() {
            1 => splat::<u8>(&bytes, tile),
            2 => splat::<u16>(&bytes, tile),
            4 => splat::<u32>(&bytes, tile),
            8 => splat::<u64>(&bytes, tile),
            _ => splat::<[u64; 2]>(&bytes, tile),
        });
        self.interpreter.constants.push((constant, dtype, tile.clone()));
        tile
    }
}

fn splat<T: Pod>(bytes: &[u8; 16], tile: &mut Tile) {
    let value: T = bytemuck::pod_read_unaligned(&bytes[..size_of::<T>()]);
    tile.lanes_mut::<T>(LANES).fill(value);
}

impl<S: Storage> Emit for Walker<'_, S> {
    type Value = Rc<Tile>;

    fn load(&mut self, access: usize, dtype: DType) -> Rc<Tile> {
        let (memory, at, lanes) = (self.memory(access), self.at[access], self.lanes);
        let mut tile = self.interpreter.register();
        let out = Rc::get_mut(&mut tile).expect("a free register is held once");
        let (storage, count) = (&*self.storage, lanes.count());
        match dtype.bytes() {
            1 => storage.load::<u8>(memory, at, lanes, out.lanes_mut(count)),
            2 => storage.load::<u16>(memory, at, lanes, out.lanes_mut(count)),
            4 => storage.load::<u32>(memory, at, lanes, out.lanes_mut(count)),
            8 => storage.load::<u64>(memory, at, lanes, out.lanes_mut(count)),
            _ => storage.load::<[u64; 2]>(memory, at, lanes, out.lanes_mut(count)),
        }
        tile
    }

    fn gather(
        &mut self,
        access: usize,
        dtype: DType,
        offset: &Rc<Tile>,
        mask: Option<(&Rc<Tile>, &Rc<Tile>)>,
    ) -> Rc<Tile> {
        let (memory, count) = (self.memory(access), self.lanes.count());
        let mut tile = self.interpreter.register();
        let out = Rc::get_mut(&mut tile).expect("a free register is held once");
        let offsets = offset.lanes::<i64>(count);
        if let Some((_, otherwise)) = mask {
            let bytes = count * dtype.bytes();
            out.lanes_mut::<u8>(bytes).copy_from_slice(otherwise.lanes(bytes));
        }
        let mask = mask.map(|(mask, _)| mask.lanes::<u8>(count));
        let storage = &*self.storage;
        match dtype.bytes() {
            1 => storage.gather::<u8>(memory, offsets, mask, out.lanes_mut(count)),
            2 => storage.gather::<u16>(memory, offsets, mask, out.lanes_mut(count)),
            4 => storage.gather::<u32>(memory, offsets, mask, out.lanes_mut(count)),
            8 => storage.gather::<u64>(memory, offsets, mask, out.lanes_mut(count)),
            _ => storage.gather::<[u64; 2]>(memory, offsets, mask, out.lanes_mut(count)),
        }
        tile
    }

    fn position(&mut self, access: usize) -> Rc<Tile> {
        let (at, lanes) = (self.at[access], self.lanes);
        self.fill(|tile, count| {
            for (row, tile) in tile.lanes_mut::<i64>(count).chunks_mut(lanes.cols).enumerate() {
                let start = at.offset + at.row * row as i64;
                tile.iter_mut().enumerate().for_each(|(col, lane)| *lane = start + at.col * col as i64);
            }
        })
    }

    fn scalar(&mut self, slot: usize, dtype: DType) -> Rc<Tile> {
        let (source, params): (Source, _) = (self.block.scalars[slot], self.params);
        self.constant(Constant::Slot(slot), dtype, || source.value(params))
    }

    fn literal(&mut self, literal: Literal, dtype: DType) -> Rc<Tile> {
        self.constant(Constant::Literal(literal), dtype, || literal.scalar(dtype))
    }

    fn cast(&mut self, from: DType, to: DType, a: &Rc<Tile>) -> Rc<Tile> {
        self.fill(|out, count| ops::cast(from, to, a, out, count))
    }

    fn unary(&mut self, op: Unary, dtype: DType, a: &Rc<Tile>) -> Rc<Tile> {
        self.fill(|out, count| ops::unary(op, dtype, a, out, count))
    }

    fn binary(&mut self, op: Binary, dtypes: (DType, DType), a: &Rc<Tile>, b: &Rc<Tile>) -> Rc<Tile> {
        self.fill(|out, count| ops::binary(op, dtypes, a, b, out, count))
    }

    fn select(&mut self, dtype: DType, condition: &Rc<Tile>, a: &Rc<Tile>, b: &Rc<Tile>) -> Rc<Tile> {
        self.fill(|out, count| ops::select(dtype, condition, a, b, out, count))
    }

    fn store(&mut self, access: usize, dtype: DType, value: &Rc<Tile>) {
        let (memory, at, lanes) = (self.memory(access), self.at[access], self.lanes);
        let (storage, count) = (&mut *self.storage, lanes.count());
        match dtype.bytes() {
            1 => storage.store::<u8>(memory, at, lanes, value.lanes(count)),
            2 => storage.store::<u16>(memory, at, lanes, value.lanes(count)),
            4 => storage.store::<u32>(memory, at, lanes, value.lanes(count)),
            8 => storage.store::<u64>(memory, at, lanes, value.lanes(count)),
            _ => storage.store::<[u64; 2]>(memory, at, lanes, value.lanes(count)),
        }
    }

    fn release(&mut self, tile: Rc<Tile>) {
        self.interpreter.recycle(tile);
    }
}
