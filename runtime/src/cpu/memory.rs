//! Host memory: aligned, pooled, fallible to allocate; or adopted from a vector, borrowed, or a file's, without a copy.

use super::pool::Pool;
use bytemuck::Pod;
use memmap2::MmapOptions;
use std::any::Any;
use std::fs::File;
use std::io;
use std::ptr::NonNull;
use std::sync::Arc;

/// Bytes in host memory, aligned to [`HostMemory::ALIGNMENT`] unless adopted or borrowed. Memory that was neither goes back to the
/// pool when it is dropped.
#[derive(Debug)]
pub struct HostMemory {
    start: NonNull<u8>,
    len: usize,
    owner: Owner,
}

#[derive(Debug)]
enum Owner {
    /// Taken from the shared pool with the length of the memory.
    Pool,
    /// Kept alive for its memory.
    Other { _keep: Box<dyn Any + Send + Sync> },
    /// Kept alive for its memory, which is read only.
    Foreign { _keep: Borrowed },
}

/// What lends its memory.
struct Borrowed(Arc<dyn AsRef<[u8]> + Send + Sync>);

impl std::fmt::Debug for Borrowed {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("Borrowed")
    }
}

// SAFETY: the memory is owned by this value alone (by the pool's contract or its owner, which is Send), so it may move.
unsafe impl Send for HostMemory {}
// SAFETY: shared access reads only; writing takes `&mut self`.
unsafe impl Sync for HostMemory {}

impl HostMemory {
    /// Bytes to which allocations are aligned: a cache line, and the widest vector register.
    pub const ALIGNMENT: usize = 64;

    /// Memory of `len` zero bytes, or `None` if it cannot be had.
    pub fn zeroed(len: usize) -> Option<HostMemory> {
        let start = Pool::shared().take(len, true)?;
        Some(HostMemory { start, len, owner: Owner::Pool })
    }

    /// Memory of `len` bytes all equal to `byte`, or `None` if it cannot be had.
    pub fn filled(len: usize, byte: u8) -> Option<HostMemory> {
        // SAFETY: every byte is written here.
        let memory = unsafe { HostMemory::unwritten(len)? };
        // SAFETY: the memory has `len` bytes and is nobody else's.
        unsafe { memory.start.write_bytes(byte, len) };
        Some(memory)
    }

    /// Memory of `len` bytes that nobody has written since it was used for something else, or `None` if it cannot be had.
    ///
    /// # Safety
    /// Every byte is written before it is read or the memory is shared.
    pub(crate) unsafe fn unwritten(len: usize) -> Option<HostMemory> {
        let start = Pool::shared().take(len, false)?;
        Some(HostMemory { start, len, owner: Owner::Pool })
    }

    /// The first byte. Writing through the pointer is for whoever knows that nobody else uses the memory.
    pub(crate) fn start(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    /// The memory of a vector, without a copy.
    pub fn adopt<T: Pod + Send + Sync>(mut values: Vec<T>) -> HostMemory {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut values);
        let (start, len) = (NonNull::from(&mut *bytes).cast(), bytes.len());
        // The vector's heap block does not move with the box.
        HostMemory { start, len, owner: Owner::Other { _keep: Box::new(values) } }
    }

    /// The memory of an owner, without a copy, which is never written.
    pub fn borrow(owner: Arc<dyn AsRef<[u8]> + Send + Sync>) -> HostMemory {
        let owner = Borrowed(owner);
        // Asked once. The owner is neither touched nor moved again until it is dropped with the memory, so the slice
        // lives as long; it may lie within the owner, which an `Arc` does not claim for itself when it moves.
        let bytes: &[u8] = (*owner.0).as_ref();
        let (start, len) = (NonNull::from(bytes).cast(), bytes.len());
        HostMemory { start, len, owner: Owner::Foreign { _keep: owner } }
    }

    /// Bytes of a file, without a copy: the system reads them when they are touched, and may drop them again. They are never
    /// written.
    ///
    /// Nobody may change that part of the file while the memory lives. What is read then is of no certain time, which is
    /// harmless for numbers; where the file has become shorter, the system ends the process (`SIGBUS`).
    ///
    /// # Errors
    /// The system's, and `UnexpectedEof` if the file is not that long.
    pub fn map(file: &File, offset: u64, len: usize) -> io::Result<HostMemory> {
        let held = file.metadata()?.len();
        if offset.checked_add(len as u64).is_none_or(|end| end > held) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if len == 0 {
            return Ok(HostMemory::adopt(Vec::<[u64; 2]>::new()));
        }
        // SAFETY: the map is read only, and the file was long enough a moment ago. That it stays so and that nobody else
        // writes to it is the promise above: no system that we run on can enforce it.
        let map = unsafe { MmapOptions::new().offset(offset).len(len).map(file)? };
        Ok(HostMemory::borrow(Arc::new(map)))
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        // SAFETY: `start` is valid for `len` initialised bytes while `self` lives, and nobody writes while it is borrowed.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }

    /// The bytes, for writing.
    pub fn as_bytes_mut(&mut self) -> &mut [u8] {
        assert!(!matches!(self.owner, Owner::Foreign { .. }), "borrowed memory is never written");
        // SAFETY: as above; `&mut self` makes the access exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl Drop for HostMemory {
    fn drop(&mut self) {
        if let Owner::Pool = self.owner {
            // SAFETY: taken from this pool with this length; this was its last user.
            unsafe { Pool::shared().give_back(self.start, self.len) }
        }
    }
}
