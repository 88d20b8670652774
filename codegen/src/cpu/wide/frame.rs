//! What a running kernel keeps on the stack.

use iced_x86::{MemoryOperand, Register};

/// Byte offsets of the words of the frame, for a number of accesses.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    accesses: usize,
    has_tiles: bool,
}

impl Frame {
    pub(super) fn new(accesses: usize, has_tiles: bool) -> Frame {
        Frame { accesses, has_tiles }
    }

    pub(super) fn row(self) -> i64 {
        0
    }

    /// The row after the last one.
    pub(super) fn end(self) -> i64 {
        8
    }

    /// The first element of the tile.
    pub(super) fn tile(self) -> i64 {
        16
    }

    /// How many elements the loops of a tile go over, or of a row without tiles.
    pub(super) fn count(self) -> i64 {
        24
    }

    /// The scratch memory.
    pub(super) fn scratch(self) -> i64 {
        32
    }

    /// Where an access begins in the row.
    pub(super) fn in_row(self, access: usize) -> i64 {
        40 + 8 * access as i64
    }

    /// Where it begins in the loop.
    pub(super) fn access(self, access: usize) -> i64 {
        self.in_row(if self.has_tiles { self.accesses + access } else { access })
    }

    /// Bytes of all: calls want the stack aligned to 16, and seven words lie below the frame.
    pub(super) fn bytes(self) -> i32 {
        let words = 5 + self.accesses * if self.has_tiles { 2 } else { 1 };
        8 * (words | 1) as i32
    }

    /// A word of it.
    pub(super) fn at(self, byte: i64) -> MemoryOperand {
        MemoryOperand::with_base_displ(Register::RSP, byte)
    }
}
