//! Memory for machine code: written, then made executable, never both at once.

use memmap2::{Mmap, MmapMut};

/// The code of one kernel on pages of its own, unmapped when it is dropped.
pub(super) struct Code(Mmap);

impl Code {
    /// Copies code to executable pages; `None` if the system gives none.
    pub(super) fn new(bytes: &[u8]) -> Option<Code> {
        let mut pages = MmapMut::map_anon(bytes.len()).ok()?;
        pages[..bytes.len()].copy_from_slice(bytes);
        pages.make_exec().ok().map(Code)
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
