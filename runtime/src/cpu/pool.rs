//! Blocks of host memory, kept for the next run that wants their size, so that repeated runs take no page faults.
//!
//! Sizes are rounded up to classes, four to a power of two. Blocks of 2 MiB and more come from the system on 2 MiB
//! boundaries and ask for huge pages (Linux); blocks below 4 KiB are the allocator's own business. What lies idle is
//! bounded in bytes: the least recently used blocks go first. Every device of today computes in host memory, so all share
//! one pool.

use super::HostMemory;
use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use std::collections::VecDeque;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Bytes from which blocks are kept.
const SMALLEST: usize = 4 << 10;
/// Bytes from which blocks are mapped on boundaries of huge pages, and the size of those.
const HUGE: usize = 2 << 20;

/// Idle blocks, and how much memory is in use.
pub(super) struct Pool {
    idle: Mutex<Idle>,
    /// Bytes handed out and not yet given back.
    in_use: AtomicUsize,
    /// The most bytes that may lie idle.
    most_idle: usize,
    /// The most bytes that may be in use when a graph starts, its own included.
    limit: AtomicUsize,
}

struct Idle {
    /// By class, in the order in which they were given back.
    classes: Vec<VecDeque<Block>>,
    bytes: usize,
    clock: u64,
}

struct Block {
    start: NonNull<u8>,
    given_back: u64,
}

// SAFETY: an idle block belongs to the pool alone.
unsafe impl Send for Block {}

/// The class of a size that is kept, and its bytes.
fn class(bytes: usize) -> Option<(usize, usize)> {
    let bytes = bytes.max(SMALLEST);
    let step = 1usize << (bytes.ilog2() - 2);
    let rounded = bytes.checked_next_multiple_of(step).filter(|&bytes| bytes <= isize::MAX as usize - HUGE)?;
    let power = rounded.ilog2();
    let place = (power - SMALLEST.ilog2()) as usize * 4 + ((rounded >> (power - 2)) & 3);
    Some((place, rounded))
}

fn layout(bytes: usize) -> Option<Layout> {
    Layout::from_size_align(bytes, HostMemory::ALIGNMENT).ok()
}

impl Pool {
    /// The pool of host memory. Up to a quarter of the machine's memory may lie idle in it, or as many bytes as
    /// `ONDINE_POOL_BYTES` says; the memory limit is that of `ONDINE_MEMORY_LIMIT`, if there is one.
    pub(super) fn shared() -> &'static Pool {
        static POOL: OnceLock<Pool> = OnceLock::new();
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.trim().parse().ok());
        POOL.get_or_init(|| {
            let most_idle = number("ONDINE_POOL_BYTES").unwrap_or_else(|| system::memory() / 4);
            Pool::new(most_idle, number("ONDINE_MEMORY_LIMIT").unwrap_or(usize::MAX))
        })
    }

    fn new(most_idle: usize, limit: usize) -> Pool {
        let idle = Idle { classes: Vec::new(), bytes: 0, clock: 0 };
        Pool { idle: Mutex::new(idle), in_use: AtomicUsize::new(0), most_idle, limit: AtomicUsize::new(limit) }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes handed out and not yet given back.
    pub(super) fn in_use(&self) -> usize {
        self.in_use.load(Ordering::Relaxed)
    }

    pub(super) fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    pub(super) fn set_limit(&self, bytes: usize) {
        self.limit.store(bytes, Ordering::Relaxed);
    }

    /// At least this many bytes, all zero if asked for; else whatever was there. `None` if the system has none, even
    /// after all idle blocks went back to it.
    pub(super) fn take(&self, len: usize, zero: bool) -> Option<NonNull<u8>> {
        let (start, bytes) = if len < SMALLEST {
            let layout = layout(len.max(1))?;
            // SAFETY: the layout has at least one byte.
            let fresh = || NonNull::new(unsafe { if zero { alloc_zeroed(layout) } else { alloc(layout) } });
            (self.insist(fresh)?, layout.size())
        } else {
            let (class, bytes) = class(len)?;
            let start = match self.reuse(class, bytes) {
                Some(start) => {
                    if zero {
                        // SAFETY: the block has at least `len` bytes and is nobody else's.
                        unsafe { start.write_bytes(0, len) };
                    }
                    start
                }
                None => self.insist(|| fresh(bytes, zero))?,
            };
            (start, bytes)
        };
        self.in_use.fetch_add(bytes, Ordering::Relaxed);
        Some(start)
    }

    fn reuse(&self, class: usize, bytes: usize) -> Option<NonNull<u8>> {
        let mut idle = self.idle();
        let block = idle.classes.get_mut(class)?.pop_back()?;
        idle.bytes -= bytes;
        Some(block.start)
    }

    /// Asks again after everything idle went back to the system.
    fn insist(&self, fresh: impl Fn() -> Option<NonNull<u8>>) -> Option<NonNull<u8>> {
        fresh().or_else(|| {
            self.release();
            fresh()
        })
    }

    /// Gives memory back.
    ///
    /// # Safety
    /// It was taken here with this length, and nobody uses it any more.
    pub(super) unsafe fn give_back(&self, start: NonNull<u8>, len: usize) {
        if len < SMALLEST {
            let layout = layout(len.max(1)).expect("it was taken with this layout");
            // SAFETY: allocated in `take` with this layout.
            unsafe { dealloc(start.as_ptr(), layout) };
            self.in_use.fetch_sub(layout.size(), Ordering::Relaxed);
            return;
        }
        let (class, bytes) = class(len).expect("it was taken with this class");
        self.in_use.fetch_sub(bytes, Ordering::Relaxed);
        let evicted = self.idle().keep(class, bytes, start, self.most_idle);
        for (start, bytes) in evicted {
            // SAFETY: idle blocks are the pool's alone, and this one is in no list any more.
            unsafe { free(start, bytes) };
        }
    }

    /// Gives all idle blocks back to the system.
    pub(super) fn release(&self) {
        let evicted = {
            let mut idle = self.idle();
            idle.bytes = 0;
            std::mem::take(&mut idle.classes)
        };
        for (class, blocks) in evicted.into_iter().enumerate() {
            for block in blocks {
                // SAFETY: idle blocks are the pool's alone, and this one is in no list any more.
                unsafe { free(block.start, bytes_of(class)) };
            }
        }
    }
}

fn bytes_of(class: usize) -> usize {
    (4 + class % 4) << (SMALLEST.ilog2() as usize + class / 4 - 2)
}

impl Idle {
    /// Keeps a block; what must go for it, and is to be freed without the lock, is returned.
    fn keep(&mut self, class: usize, bytes: usize, start: NonNull<u8>, most: usize) -> Vec<(NonNull<u8>, usize)> {
        let mut evicted = Vec::new();
        if bytes > most {
            evicted.push((start, bytes));
            return evicted;
        }
        while self.bytes > most - bytes {
            let oldest = self.classes.iter().enumerate().filter_map(|(at, blocks)| Some((blocks.front()?, at)));
            let Some((_, at)) = oldest.min_by_key(|(block, _)| block.given_back) else { break };
            let block = self.classes[at].pop_front().expect("it has a front");
            self.bytes -= bytes_of(at);
            evicted.push((block.start, bytes_of(at)));
        }
        if self.classes.len() <= class {
            self.classes.resize_with(class + 1, VecDeque::new);
        }
        self.clock += 1;
        self.bytes += bytes;
        self.classes[class].push_back(Block { start, given_back: self.clock });
        evicted
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.release();
    }
}

/// A new block of a class.
fn fresh(bytes: usize, zero: bool) -> Option<NonNull<u8>> {
    if bytes >= HUGE {
        return system::map(bytes);
    }
    let layout = layout(bytes)?;
    // SAFETY: the layout has at least one byte.
    NonNull::new(unsafe { if zero { alloc_zeroed(layout) } else { alloc(layout) } })
}

/// # Safety
/// The block is of `fresh`, and nobody uses it any more.
unsafe fn free(start: NonNull<u8>, bytes: usize) {
    if bytes >= HUGE {
        // SAFETY: mapped in `fresh`.
        return unsafe { system::unmap(start, bytes) };
    }
    // SAFETY: allocated in `fresh` with this layout.
    unsafe { dealloc(start.as_ptr(), layout(bytes).expect("it was allocated with this layout")) };
}

/// Large blocks straight from the system.
#[cfg(target_os = "linux")]
mod system {
    use super::HUGE;
    use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous, munmap};
    use std::ptr::{NonNull, null_mut};

    pub(super) fn memory() -> usize {
        let info = rustix::system::sysinfo();
        (info.totalram as usize).saturating_mul(info.mem_unit as usize)
    }

    /// Zero bytes from a boundary of huge pages on.
    pub(super) fn map(bytes: usize) -> Option<NonNull<u8>> {
        let length = bytes.next_multiple_of(page());
        let whole = length + HUGE;
        // SAFETY: a new private mapping at an address of the system's choice.
        let start =
            unsafe { mmap_anonymous(null_mut(), whole, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE).ok()? };
        let before = start.align_offset(HUGE);
        let begin = start.wrapping_byte_add(before);
        // SAFETY: both ends lie in the new mapping, outside the block. What fails here costs address space only.
        unsafe {
            if before > 0 {
                let _ = munmap(start, before);
            }
            let _ = munmap(begin.wrapping_byte_add(length), whole - before - length);
            let _ = madvise(begin, length, Advice::LinuxHugepage);
        }
        NonNull::new(begin.cast())
    }

    /// # Safety
    /// The block is of `map`, and nobody uses it any more.
    pub(super) unsafe fn unmap(start: NonNull<u8>, bytes: usize) {
        // SAFETY: the caller's promise.
        let _ = unsafe { munmap(start.as_ptr().cast(), bytes.next_multiple_of(page())) };
    }

    fn page() -> usize {
        rustix::param::page_size()
    }
}

/// Large blocks from the allocator, where nothing is known of the system.
#[cfg(not(target_os = "linux"))]
mod system {
    use super::HUGE;
    use std::alloc::{Layout, alloc_zeroed, dealloc};
    use std::ptr::NonNull;

    pub(super) fn memory() -> usize {
        4 << 30
    }

    pub(super) fn map(bytes: usize) -> Option<NonNull<u8>> {
        let layout = Layout::from_size_align(bytes, HUGE).ok()?;
        // SAFETY: the layout has at least one byte.
        NonNull::new(unsafe { alloc_zeroed(layout) })
    }

    /// # Safety
    /// The block is of `map`, and nobody uses it any more.
    pub(super) unsafe fn unmap(start: NonNull<u8>, bytes: usize) {
        let layout = Layout::from_size_align(bytes, HUGE).expect("it was allocated with this layout");
        // SAFETY: the caller's promise.
        unsafe { dealloc(start.as_ptr(), layout) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_hold_what_is_asked_for_and_waste_at_most_a_quarter() {
        for bytes in (SMALLEST..100_000).step_by(7).chain([HUGE, HUGE + 1, 768 * 1024 * 8, 160_000_000]) {
            let (class, rounded) = class(bytes).unwrap();
            assert!(rounded >= bytes && rounded - bytes <= bytes / 4, "{bytes} -> {rounded}");
            assert_eq!(bytes_of(class), rounded);
        }
    }

    #[test]
    fn blocks_come_back_and_the_oldest_go_first() {
        let pool = Pool::new(3 * SMALLEST, usize::MAX);
        let take = |len| pool.take(len, false).unwrap();
        let blocks = [take(SMALLEST), take(SMALLEST), take(SMALLEST), take(SMALLEST)];
        assert_eq!(pool.in_use(), 4 * SMALLEST);
        for block in blocks {
            // SAFETY: taken above, used by nobody.
            unsafe { pool.give_back(block, SMALLEST) };
        }
        assert_eq!((pool.in_use(), pool.idle().bytes), (0, 3 * SMALLEST));
        let again = [take(SMALLEST), take(SMALLEST), take(SMALLEST)];
        assert_eq!(again, [blocks[3], blocks[2], blocks[1]]);
        for block in again {
            // SAFETY: as above.
            unsafe { pool.give_back(block, SMALLEST) };
        }
        pool.release();
        assert_eq!(pool.idle().bytes, 0);
    }

    #[test]
    fn large_blocks_are_aligned_and_reused_ones_are_zeroed_on_request() {
        let pool = Pool::new(usize::MAX, usize::MAX);
        let len = 2 * HUGE + 100;
        for _ in 0..2 {
            let block = pool.take(len, true).unwrap();
            assert_eq!(block.as_ptr().align_offset(HUGE), 0);
            // SAFETY: the block has `len` bytes and is this test's.
            unsafe {
                let bytes = std::slice::from_raw_parts_mut(block.as_ptr(), len);
                assert!(bytes.iter().all(|byte| *byte == 0));
                bytes.fill(7);
                pool.give_back(block, len);
            }
        }
    }

    #[test]
    fn what_nobody_has_is_refused() {
        let pool = Pool::new(usize::MAX, usize::MAX);
        assert!(pool.take(isize::MAX as usize, false).is_none());
        assert!(pool.take(1 << 60, false).is_none());
        assert_eq!(pool.in_use(), 0);
    }
}
