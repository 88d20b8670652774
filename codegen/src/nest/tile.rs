//! Registers of the interpreter: 4 KiB of lanes of any dtype.

use bytemuck::Pod;

/// Lanes in a register.
pub(super) const LANES: usize = 256;

/// 256 lanes of up to 16 bytes.
#[derive(Clone)]
#[repr(align(64))]
pub(crate) struct Tile([[u64; 2]; LANES]);

impl Tile {
    pub(crate) fn zeroed() -> Tile {
        Tile([[0; 2]; LANES])
    }

    /// The first `count` lanes.
    pub(super) fn lanes<T: Pod>(&self, count: usize) -> &[T] {
        &bytemuck::cast_slice(&self.0)[..count]
    }

    /// The first `count` lanes, for writing.
    pub(super) fn lanes_mut<T: Pod>(&mut self, count: usize) -> &mut [T] {
        &mut bytemuck::cast_slice_mut(&mut self.0)[..count]
    }
}
