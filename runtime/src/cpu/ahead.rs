//! Memory that a thread fetches into its cache while it computes something else.
//!
//! A sweep knows where the lines of its next task lie; transforms of lines abreast have all else in the cache and leave the
//! memory idle. So they ask for a few cache lines between two short transforms. Nothing is read: an address that is out of
//! reach is not fetched, and what is fetched for nothing costs time alone.

use super::stream::LINE;
use std::cell::Cell;

/// Rows of bytes that are wanted soon.
#[derive(Clone, Copy)]
pub(super) struct Ahead {
    /// The first row that is left.
    start: *const u8,
    /// Bytes from one row to the next.
    step: isize,
    /// Bytes of a row.
    width: usize,
    /// How many rows are left.
    rows: usize,
    /// What has been fetched of the first of them.
    at: usize,
    /// Cache lines that are fetched at a time.
    share: usize,
}

thread_local! {
    static WANTED: Cell<Ahead> = const { Cell::new(Ahead::new(std::ptr::null(), 0, 0, 0)) };
}

impl Ahead {
    pub(super) const fn new(start: *const u8, step: isize, width: usize, rows: usize) -> Ahead {
        Ahead { start, step, width, rows, at: 0, share: 0 }
    }

    /// From now on this thread fetches these rows, in so many turns, instead of others.
    pub(super) fn want(self, turns: usize) {
        let share = (self.rows * self.width.div_ceil(LINE)).div_ceil(turns.max(1));
        WANTED.set(Ahead { share, ..self });
    }

    /// This thread fetches nothing.
    pub(super) fn nothing() {
        Ahead::new(std::ptr::null(), 0, 0, 0).want(1);
    }

    /// Fetches the share of one turn.
    #[inline]
    pub(super) fn fetch() {
        let mut ahead = WANTED.get();
        if ahead.rows == 0 {
            return;
        }
        for _ in 0..ahead.share {
            ahead.line();
        }
        WANTED.set(ahead);
    }

    /// Fetches one cache line.
    #[inline]
    fn line(&mut self) {
        if self.rows == 0 {
            return;
        }
        #[cfg(target_arch = "x86_64")]
        // SAFETY: every x86-64 has the instruction, which accepts any address.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T1>(self.start.wrapping_add(self.at).cast());
        }
        self.at += LINE;
        if self.at >= self.width {
            (self.at, self.rows, self.start) = (0, self.rows - 1, self.start.wrapping_offset(self.step));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_turns_together_fetch_every_row_once() {
        let bytes = [0u8; 5 * 400];
        Ahead::new(bytes.as_ptr(), 400, 130, 5).want(4);
        // Three lines a row, fifteen in all: four at a time.
        for left in [4, 3, 1, 0, 0] {
            Ahead::fetch();
            assert_eq!(WANTED.get().rows, left);
        }
        Ahead::new(bytes.as_ptr(), 400, 130, 5).want(4);
        Ahead::nothing();
        assert_eq!(WANTED.get().rows, 0);
    }
}
