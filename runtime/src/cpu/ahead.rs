//! Memory that a thread fetches into its cache while it computes something else.
//!
//! A sweep knows what its next task reads; transforms of lines abreast have all else in the cache and leave the memory idle. So
//! they ask for a few cache lines between two short transforms. Nothing is read: an address that is out of reach is not
//! fetched, and what is fetched for nothing costs time alone.

use super::lines::{Grid, Strided};
use super::stream::LINE;
use ondine_codegen::nest::Frame;
use smallvec::SmallVec;
use std::cell::{Cell, RefCell};

/// Bytes that are fetched for a task, at most: they have to stay in a core's cache beside what the task before works on.
const MOST: usize = 512 << 10;

/// What a region of a sweep reads of an operand.
pub(super) struct Read {
    pub(super) from: Strided,
    /// Where it does so.
    pub(super) within: Frame,
    /// Those of the region.
    pub(super) extents: SmallVec<[usize; 4]>,
}

impl Read {
    /// What a task reads of an operand that begins at `start`; nothing if that is not rows.
    fn rows(&self, start: *const u8, tasks: &Grid, task: usize) -> Option<Rows> {
        let mut frame = Frame::whole(&self.extents);
        tasks.place(task, &mut frame);
        for axis in 0..self.extents.len() {
            let start = frame.origin[axis].max(self.within.origin[axis]);
            let extent = frame.end(axis).min(self.within.end(axis)) - start;
            (frame.origin[axis], frame.extents[axis]) = (start, extent.max(0) as usize);
        }
        if frame.elements() == 0 {
            return None;
        }
        let size = self.from.size as i64;
        let mut start = start.wrapping_offset((self.from.offset(&frame) * size) as isize);
        let mut axes: SmallVec<[(i64, usize); 4]> = SmallVec::new();
        for (&stride, &extent) in self.from.strides.iter().zip(&frame.extents).filter(|(_, extent)| **extent > 1) {
            // Backwards is the same rows.
            let least = stride.min(0) * (extent as i64 - 1);
            start = start.wrapping_offset((least * size) as isize);
            if stride != 0 {
                axes.push((stride.abs() * size, extent));
            }
        }
        axes.sort_unstable();
        let lead = start.addr() % LINE;
        let mut rows = Rows { start: start.wrapping_sub(lead), step: 0, width: lead + self.from.size, count: 1 };
        for (step, extent) in axes {
            match () {
                () if rows.count > 1 => return None,
                () if step as usize <= (rows.width - lead).max(LINE) => rows.width += step as usize * (extent - 1),
                () => (rows.step, rows.count) = (step as isize, extent),
            }
        }
        Some(rows)
    }
}

/// Rows of bytes.
#[derive(Clone, Copy)]
struct Rows {
    start: *const u8,
    /// Bytes from one row to the next.
    step: isize,
    /// Bytes of a row.
    width: usize,
    count: usize,
}

impl Rows {
    const NONE: Rows = Rows { start: std::ptr::null(), step: 0, width: 0, count: 0 };

    fn lines(&self) -> usize {
        self.count * self.width.div_ceil(LINE)
    }

    /// True if the others are among these.
    fn holds(&self, others: &Rows) -> bool {
        let offset = others.start.addr() as isize - self.start.addr() as isize;
        let (row, column) = match self.step {
            0 => (0, offset),
            step => (offset.div_euclid(step), offset.rem_euclid(step)),
        };
        (others.count == 1 || others.step == self.step)
            && column >= 0
            && column as usize + others.width <= self.width
            && row >= 0
            && row as usize + others.count <= self.count
    }
}

/// What is left of the rows that are fetched.
#[derive(Clone, Copy)]
struct Ahead {
    rows: Rows,
    /// What has been fetched of the first of them.
    at: usize,
    /// Cache lines that are fetched at a time.
    share: usize,
}

thread_local! {
    static FETCHED: Cell<Ahead> = const { Cell::new(Ahead { rows: Rows::NONE, at: 0, share: 0 }) };
    /// What comes then.
    static WANTED: RefCell<Vec<Rows>> = const { RefCell::new(Vec::new()) };
}

/// From now on this thread fetches what a task reads of these operands, in so many turns, and nothing else.
pub(super) fn want<'a>(
    reads: impl Iterator<Item = (&'a Read, *const u8)>,
    tasks: &Grid,
    task: Option<usize>,
    turns: usize,
) {
    WANTED.with_borrow_mut(|wanted| {
        wanted.clear();
        if let (Some(task), 1..) = (task, turns) {
            for rows in reads.filter_map(|(read, start)| read.rows(start, tasks, task)) {
                if !wanted.iter().any(|others| others.holds(&rows)) {
                    wanted.retain(|others| !rows.holds(others));
                    wanted.push(rows);
                }
            }
        }
        let lines: usize = wanted.iter().map(Rows::lines).sum();
        if lines * LINE > MOST {
            wanted.clear();
        }
        let rows = wanted.pop().unwrap_or(Rows::NONE);
        FETCHED.set(Ahead { rows, at: 0, share: lines.div_ceil(turns.max(1)) });
    });
}

/// Fetches the share of one turn.
#[inline]
pub(super) fn fetch() {
    let mut ahead = FETCHED.get();
    if ahead.rows.count == 0 {
        return;
    }
    for _ in 0..ahead.share {
        ahead.line();
    }
    FETCHED.set(ahead);
}

impl Ahead {
    /// Fetches one cache line.
    #[inline]
    fn line(&mut self) {
        if self.rows.count == 0 {
            return;
        }
        #[cfg(target_arch = "x86_64")]
        // SAFETY: every x86-64 has the instruction, which accepts any address.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T1>(self.rows.start.wrapping_add(self.at).cast());
        }
        self.at += LINE;
        if self.at >= self.rows.width {
            self.at = 0;
            self.rows.count -= 1;
            self.rows.start = self.rows.start.wrapping_offset(self.rows.step);
            if self.rows.count == 0 {
                self.rows = WANTED.with_borrow_mut(|wanted| wanted.pop()).unwrap_or(Rows::NONE);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smallvec::smallvec;

    fn read(strides: &[i64], extents: &[usize]) -> Read {
        let from = Strided { operand: Some(0), base: 0, strides: strides.into(), size: 8 };
        Read { from, within: Frame::whole(extents), extents: extents.into() }
    }

    fn tile(extents: [usize; 2], width: usize) -> Grid {
        Grid { spans: smallvec![[1, extents[1], width]] }
    }

    #[test]
    fn all_turns_together_fetch_every_row_once() {
        // Rows of 16 numbers at places of 50, two cache lines each.
        let (start, tasks) = (std::ptr::without_provenance(1 << 20), tile([5, 48], 16));
        let (column, mut vector) = (read(&[50, 1], &[5, 48]), read(&[0, 1], &[5, 48]));
        vector.from.base = 400;
        want([(&column, start), (&vector, start)].into_iter(), &tasks, Some(2), 4);
        // One row of the vector, then five of columns: twelve lines, three at a time.
        let places: Vec<_> = (0..4)
            .map(|_| {
                let Ahead { rows, at, .. } = FETCHED.get();
                fetch();
                (rows.start.addr() - (1 << 20), at, rows.count)
            })
            .collect();
        assert_eq!(places, [(3456, 0, 1), (256, 64, 5), (1056, 0, 3), (1456, 64, 2)]);
        assert_eq!(FETCHED.get().rows.count, 0);
        // The same rows backwards, and the last of them, add nothing.
        let mut last = read(&[50, 1], &[5, 48]);
        (last.within.origin[0], last.within.extents[0]) = (4, 1);
        let mut mirrored = read(&[-50, 1], &[5, 48]);
        mirrored.from.base = 4 * 50;
        want([&last, &mirrored, &column].map(|read| (read, start)).into_iter(), &tasks, Some(1), 4);
        assert_eq!((FETCHED.get().rows.count, WANTED.with_borrow(Vec::len)), (5, 0));
        last.within.extents[0] = 0;
        want([(&last, start)].into_iter(), &tasks, Some(1), 4);
        assert_eq!(FETCHED.get().rows.count, 0);
        want([(&column, start)].into_iter(), &tasks, Some(1), 4);
        want([(&column, start)].into_iter(), &tasks, None, 4);
        assert_eq!(FETCHED.get().rows.count, 0);
    }

    #[test]
    fn rows_are_what_lies_together() {
        let rows = |read: Read, tasks: &Grid, task| {
            let rows = read.rows(std::ptr::null(), tasks, task)?;
            Some((rows.start.addr() as isize, rows.step, rows.width, rows.count))
        };
        let slabs = Grid { spans: smallvec![[0, 4, 1]] };
        assert_eq!(rows(read(&[24, 6, 1], &[4, 4, 6]), &slabs, 3), Some((576, 0, 192, 1)));
        assert_eq!(rows(read(&[400, 100, 1], &[4, 4, 6]), &slabs, 1), Some((3200, 800, 48, 4)));
        // Backwards, from the start of a cache line on; three levels; more than the cache holds.
        assert_eq!(rows(read(&[0, -100, -1], &[4, 4, 6]), &slabs, 0), Some((-2496, 800, 104, 4)));
        assert_eq!(rows(read(&[0, 1000, 100, 1], &[4, 4, 6, 3]), &slabs, 0), None);
        want([(&read(&[0, 1], &[2, 1 << 17]), std::ptr::null())].into_iter(), &tile([2, 1 << 17], 1 << 17), Some(0), 4);
        assert_eq!(FETCHED.get().rows.count, 0);
    }
}
