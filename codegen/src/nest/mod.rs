//! Regions with layouts lowered to boxes and bodies: what every generator of code starts from.
//!
//! A [`Nest`] is a list of [`Part`]s, each one [`Body`] and the [`Block`]s that run it. A block is a box of the iteration
//! space, or a [`Grid`] in one; inside it every access is affine, so all that is left of index maps, shifts, padding and masks is a base and
//! strides. [`walk`] hands a body to anything that implements [`Emit`]; [`Interpreter`] is one such thing.
#![forbid(unsafe_code)]

mod affine;
mod body;
mod build;
mod emit;
mod frame;
mod grid;
mod interpret;
mod lower;
mod math;
mod ops;
mod places;
mod reduce;
mod run;
mod text;
mod tile;

pub use body::{Body, Inst, Literal, Var};
pub use emit::{Emit, walk};
pub use frame::Frame;
pub use grid::Grid;
pub use interpret::{Interpreter, Storage};
pub use lower::{Layout, Layouts, lower};
pub(crate) use ops::{binary as tile_binary, unary as tile_unary};
pub use reduce::{ACCUMULATORS, BLOCK, Fold, Slab};
pub use run::{At, Lanes, Loops};
pub(crate) use tile::Tile;

use ondine_ir::{DType, Scalar, Shape};
use smallvec::SmallVec;

/// Regions over one iteration space, ready to run on any box of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nest {
    /// The iteration space.
    pub extents: Shape,
    /// What runs where; together the blocks cover the space once.
    pub parts: Vec<Part>,
}

/// A body and the blocks that run it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What every element does.
    pub body: Body,
    /// What the accesses of the body are.
    pub accesses: Vec<Access>,
    /// Where it runs.
    pub blocks: Vec<Block>,
}

/// What an access of a body touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Nothing: its offset is the value.
    Position,
    /// Elements that are read.
    Read(Memory, DType),
    /// Elements that are written.
    Write(Memory, DType),
}

/// Memory that a nest reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Memory {
    /// An operand of the node.
    Operand(u32),
    /// The anchor's values.
    Anchor,
    /// The result of a region, by its position among the regions lowered.
    Result(u32),
}

/// A box of the iteration space, or every so-manieth position of one, with everything that a body does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its positions.
    pub grid: Grid,
    /// Where each access begins and how it moves from one position to the next.
    pub places: Vec<Place>,
    /// The value of each scalar slot.
    pub scalars: Vec<Source>,
}

/// An affine offset in elements.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The offset at the first position of the block.
    pub base: i64,
    /// What the next position along each axis adds.
    pub strides: SmallVec<[i64; 4]>,
}

/// Where the value of a scalar slot comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// It is known.
    Literal(Scalar),
    /// A parameter of the graph.
    Param(u32),
}

impl Source {
    /// The value.
    pub fn value(self, params: &[Scalar]) -> Scalar {
        match self {
            Source::Literal(scalar) => scalar,
            Source::Param(slot) => params[slot as usize],
        }
    }
}
