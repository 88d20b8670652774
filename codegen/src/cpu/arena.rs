//! Memory for machine code: written, then made executable, never both at once.

use memmap2::{Mmap, MmapMut};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of all code.
static BYTES: AtomicUsize = AtomicUsize::new(0);

/// Bytes of machine code that the process holds.
pub fn code_bytes() -> usize {
    BYTES.load(Ordering::Relaxed)
}

/// The code of one kernel on pages of its own, unmapped when it is dropped.
pub(super) struct Code(Mmap);

impl Code {
    /// Copies code to executable pages; `None` if the system gives none.
    pub(super) fn new(bytes: &[u8]) -> Option<Code> {
        let mut pages = MmapMut::map_anon(bytes.len()).ok()?;
        pages[..bytes.len()].copy_from_slice(bytes);
        let pages = pages.make_exec().ok()?;
        BYTES.fetch_add(pages.len(), Ordering::Relaxed);
        Some(Code(pages))
    }

    /// Where it begins.
    pub(super) fn start(&self) -> *const u8 {
        self.0.as_ptr()
    }

    /// How long it is.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        BYTES.fetch_sub(self.0.len(), Ordering::Relaxed);
    }
}
