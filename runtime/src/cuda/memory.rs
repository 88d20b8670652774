//! Device memory with what is known to be wrong with it.

use super::context::Context;
use super::driver::Address;
use crate::Error;
use smallvec::SmallVec;
use std::sync::Arc;

/// Bytes in the memory of a device. They go back to the device's pool when the last handle is dropped and what was queued
/// before has run.
pub struct DeviceMemory {
    context: Arc<Context>,
    address: Address,
    bytes: usize,
    /// What may have gone wrong while the contents were computed; looked at when they are read.
    doubts: SmallVec<[Arc<Doubt>; 1]>,
}

/// Positions that a run looks up, checked on the device.
pub(super) struct Doubt {
    /// For each step two words: the place of the first position out of range, and the position.
    pub(super) words: DeviceMemory,
    /// For each step its op, how many positions it has, and the extent that they must stay below.
    pub(super) steps: Vec<(&'static str, usize, usize)>,
}

impl std::fmt::Debug for DeviceMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{} bytes on {}", self.bytes, self.context.name())
    }
}

impl DeviceMemory {
    pub(super) fn new(context: &Arc<Context>, bytes: usize, what: &'static str) -> Result<DeviceMemory, Error> {
        let address = context.alloc(bytes, what)?;
        Ok(DeviceMemory { context: context.clone(), address, bytes, doubts: SmallVec::new() })
    }

    pub(super) fn address(&self) -> Address {
        self.address
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.bytes
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    pub(super) fn doubts(&self) -> &[Arc<Doubt>] {
        &self.doubts
    }

    pub(super) fn doubt(&mut self, doubts: &[Arc<Doubt>]) {
        for doubt in doubts {
            if !self.doubts.iter().any(|have| Arc::ptr_eq(have, doubt)) {
                self.doubts.push(doubt.clone());
            }
        }
    }

    pub(super) fn is_on(&self, context: &Arc<Context>) -> bool {
        Arc::ptr_eq(&self.context, context)
    }

    pub(super) fn upload(&self, from: &[u8]) -> Result<(), Error> {
        assert_eq!(from.len(), self.bytes, "memory is filled as a whole");
        // SAFETY: the memory has this many bytes.
        unsafe { self.context.driver.upload(from, self.address) }.map_err(|failure| self.context.fault(failure))
    }

    /// Waits for the contents and copies them out.
    ///
    /// # Errors
    /// What went wrong while they were computed.
    pub(super) fn download(&self, to: &mut [u8]) -> Result<(), Error> {
        assert!(to.len() <= self.bytes, "memory is read inside its bounds");
        // SAFETY: the memory has at least so many bytes.
        unsafe { self.context.driver.download(self.address, to) }.map_err(|failure| self.context.fault(failure))?;
        self.doubts.iter().try_for_each(|doubt| doubt.settle())
    }
}

impl Doubt {
    fn settle(&self) -> Result<(), Error> {
        let mut words = vec![0u64; 2 * self.steps.len()];
        self.words.download(bytemuck::cast_slice_mut(&mut words))?;
        for (words, &(op, count, extent)) in words.chunks_exact(2).zip(&self.steps) {
            if words[0] < count as u64 {
                return Err(Error::Position { op, position: words[1] as i64, extent });
            }
        }
        Ok(())
    }
}

impl Drop for DeviceMemory {
    fn drop(&mut self) {
        // SAFETY: allocated by `new` with this length; nobody holds the address any more, and the stream keeps the order.
        unsafe { self.context.free(self.address, self.bytes) }
    }
}
