//! Copies between scratch memory and arrays: rows, and lines to columns, past the cache where the caller asks for it.
//!
//! Stores past the cache (non-temporal) save reading what is overwritten. They pay for whole cache lines that nobody reads
//! soon; whoever makes them ends with [`fence`] before another thread may read.

/// Bytes of a cache line.
pub(in crate::cpu) const LINE: usize = 64;

/// A rectangle of elements: `step` elements from one row to the next.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    pub(super) start: *mut u8,
    pub(super) step: i64,
}

impl Rows {
    fn at<T>(self, row: usize, column: usize) -> *mut T {
        self.start.cast::<T>().wrapping_offset(self.step as isize * row as isize).wrapping_add(column)
    }

    /// True if every row begins on a cache line.
    pub(super) fn is_aligned(self, size: usize) -> bool {
        self.start.addr().is_multiple_of(LINE) && (self.step.unsigned_abs() as usize * size).is_multiple_of(LINE)
    }
}

/// True if this machine has the vector instructions that the fast copies use.
#[cfg(target_arch = "x86_64")]
fn is_fast() -> bool {
    is_x86_feature_detected!("avx2")
}

/// True if it has those that move eight elements at a time.
#[cfg(target_arch = "x86_64")]
fn is_wide() -> bool {
    is_x86_feature_detected!("avx512f")
}

/// Makes stores past the cache visible before what follows.
pub(super) fn fence() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 has the instruction.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}

/// Copies `rows` rows of `columns` elements of `size` bytes.
///
/// # Safety
/// Both rectangles are valid and do not overlap; the target is nobody else's. Past the cache only if its rows are aligned.
pub(super) unsafe fn copy(size: usize, from: Rows, to: Rows, [rows, columns]: [usize; 2], past_cache: bool) {
    for row in 0..rows {
        let shift = |rows: Rows| rows.start.wrapping_offset(rows.step as isize * row as isize * size as isize);
        let (from, to, bytes) = (shift(from), shift(to), columns * size);
        #[cfg(target_arch = "x86_64")]
        if past_cache && is_fast() {
            // SAFETY: the caller's promise; the instructions are there.
            unsafe {
                match is_wide() {
                    true => x86::copy_wide_past_cache(from, to, bytes),
                    false => x86::copy_past_cache(from, to, bytes),
                }
            }
            continue;
        }
        // SAFETY: the caller's promise.
        unsafe { std::ptr::copy_nonoverlapping(from, to, bytes) };
    }
    let _ = past_cache;
}

/// Element (row, column) of `from` to (column, row) of `to`, for lines of scratch that become columns of an array: the
/// rows of `to` are written whole, one after the other.
///
/// # Safety
/// As for [`copy`]; past the cache only if the rows of `to` are aligned and `rows` elements are whole cache lines.
pub(super) unsafe fn scatter(size: usize, from: Rows, to: Rows, extents: [usize; 2], past_cache: bool) {
    #[cfg(target_arch = "x86_64")]
    if is_fast() {
        // SAFETY: the caller's promise; the instructions are there.
        unsafe {
            match (size, past_cache) {
                (8, true) if is_wide() => x86::turn8::<true>(from, to, extents),
                (8, false) if is_wide() => x86::turn8::<false>(from, to, extents),
                (16, true) if is_wide() => x86::turn16::<true>(from, to, extents),
                (16, false) if is_wide() => x86::turn16::<false>(from, to, extents),
                (16, true) => x86::scatter16::<true>(from, to, extents),
                (16, false) => x86::scatter16::<false>(from, to, extents),
                (8, true) => x86::scatter8::<true>(from, to, extents),
                (8, false) => x86::scatter8::<false>(from, to, extents),
                (4, true) => x86::turn4::<true>(from, to, extents),
                (4, false) => x86::turn4::<false>(from, to, extents),
                _ => plain(size, from, to, [0, 0], extents),
            }
        }
        return;
    }
    let _ = past_cache;
    // SAFETY: the caller's promise.
    unsafe { plain(size, from, to, [0, 0], extents) }
}

/// As [`scatter`], for columns of an array that become lines of scratch: the rows of `from` are read whole.
///
/// # Safety
/// As for [`copy`].
pub(super) unsafe fn gather(size: usize, from: Rows, to: Rows, extents: [usize; 2]) {
    #[cfg(target_arch = "x86_64")]
    if is_fast() {
        // SAFETY: the caller's promise; the instructions are there.
        unsafe {
            match size {
                16 if is_wide() => x86::turn16::<false>(from, to, extents),
                16 => x86::gather16(from, to, extents),
                8 if is_wide() => x86::turn8::<false>(from, to, extents),
                8 => x86::gather8(from, to, extents),
                4 => x86::turn4::<false>(from, to, extents),
                _ => plain(size, from, to, [0, 0], extents),
            }
        }
        return;
    }
    // SAFETY: the caller's promise.
    unsafe { plain(size, from, to, [0, 0], extents) }
}

/// Transposes what lies behind row `first[0]` or column `first[1]` element by element.
///
/// # Safety
/// As for [`copy`].
unsafe fn plain(size: usize, from: Rows, to: Rows, first: [usize; 2], extents: [usize; 2]) {
    if first == extents {
        return;
    }
    // SAFETY: the caller's promise.
    unsafe {
        match size {
            16 => plain_of::<[u64; 2]>(from, to, first, extents),
            8 => plain_of::<u64>(from, to, first, extents),
            4 => plain_of::<u32>(from, to, first, extents),
            2 => plain_of::<u16>(from, to, first, extents),
            _ => plain_of::<u8>(from, to, first, extents),
        }
    }
}

/// # Safety
/// As for [`copy`], for elements of this type.
unsafe fn plain_of<T>(from: Rows, to: Rows, first: [usize; 2], [rows, columns]: [usize; 2]) {
    for column in 0..columns {
        let begin = if column < first[1] { first[0] } else { 0 };
        for row in begin..rows {
            // SAFETY: the caller's promise; neither side need be aligned.
            unsafe { to.at::<T>(column, row).write_unaligned(from.at::<T>(row, column).read_unaligned()) };
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Rows, plain};
    use std::arch::x86_64::*;

    /// # Safety
    /// As for `copy`, with AVX; `to` lies on a cache line.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn copy_past_cache(from: *const u8, to: *mut u8, bytes: usize) {
        let whole = bytes / 32 * 32;
        // SAFETY: the caller's promise.
        unsafe {
            for at in (0..whole).step_by(32) {
                _mm256_stream_si256(to.add(at).cast(), _mm256_loadu_si256(from.add(at).cast()));
            }
            std::ptr::copy_nonoverlapping(from.add(whole), to.add(whole), bytes - whole);
        }
    }

    /// # Safety
    /// As for `copy`, with AVX-512; `to` lies on a cache line.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn copy_wide_past_cache(from: *const u8, to: *mut u8, bytes: usize) {
        let whole = bytes / 64 * 64;
        // SAFETY: the caller's promise.
        unsafe {
            for at in (0..whole).step_by(64) {
                _mm512_stream_si512(to.add(at).cast(), _mm512_loadu_si512(from.add(at).cast()));
            }
            std::ptr::copy_nonoverlapping(from.add(whole), to.add(whole), bytes - whole);
        }
    }

    /// # Safety
    /// Thirty-two bytes are valid for writing, and aligned if stored past the cache.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn store<const PAST_CACHE: bool>(to: *mut f64, value: __m256d) {
        // SAFETY: the caller's promise.
        unsafe { if PAST_CACHE { _mm256_stream_pd(to, value) } else { _mm256_storeu_pd(to, value) } }
    }

    /// Four rows and two columns of 16 bytes.
    ///
    /// # Safety
    /// As for `copy`, with AVX2.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn block16<const PAST_CACHE: bool>(from: Rows, to: Rows, row: usize, column: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let read = |at: usize| _mm256_loadu_pd(from.at::<[f64; 2]>(row + at, column).cast());
            let (a, b, c, d) = (read(0), read(1), read(2), read(3));
            let write = |at: usize, place: usize| to.at::<[f64; 2]>(column + at, row + place).cast::<f64>();
            store::<PAST_CACHE>(write(0, 0), _mm256_permute2f128_pd(a, b, 0x20));
            store::<PAST_CACHE>(write(0, 2), _mm256_permute2f128_pd(c, d, 0x20));
            store::<PAST_CACHE>(write(1, 0), _mm256_permute2f128_pd(a, b, 0x31));
            store::<PAST_CACHE>(write(1, 2), _mm256_permute2f128_pd(c, d, 0x31));
        }
    }

    /// Four rows and four columns of 8 bytes.
    ///
    /// # Safety
    /// As for `copy`, with AVX2.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn block8<const PAST_CACHE: bool>(from: Rows, to: Rows, row: usize, column: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let read = |at: usize| _mm256_loadu_pd(from.at::<f64>(row + at, column));
            let (a, b, c, d) = (read(0), read(1), read(2), read(3));
            let (ab, ba) = (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
            let (cd, dc) = (_mm256_unpacklo_pd(c, d), _mm256_unpackhi_pd(c, d));
            let write = |at: usize| to.at::<f64>(column + at, row);
            store::<PAST_CACHE>(write(0), _mm256_permute2f128_pd(ab, cd, 0x20));
            store::<PAST_CACHE>(write(1), _mm256_permute2f128_pd(ba, dc, 0x20));
            store::<PAST_CACHE>(write(2), _mm256_permute2f128_pd(ab, cd, 0x31));
            store::<PAST_CACHE>(write(3), _mm256_permute2f128_pd(ba, dc, 0x31));
        }
    }

    /// Eight rows and eight columns of 4 bytes.
    ///
    /// # Safety
    /// As for `copy`, with AVX2.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn square4<const PAST_CACHE: bool>(from: Rows, to: Rows, row: usize, column: usize) {
        // SAFETY: whoever calls it has the promise of the caller.
        let read = |at: usize| unsafe { _mm256_loadu_ps(from.at::<f32>(row + at, column)) };
        let pair = |at: usize| {
            let (a, b) = (read(at), read(at + 1));
            (_mm256_castps_pd(_mm256_unpacklo_ps(a, b)), _mm256_castps_pd(_mm256_unpackhi_ps(a, b)))
        };
        let (a, b, c, d) = (pair(0), pair(2), pair(4), pair(6));
        // A function that is not inlined here, as `map` of an array may be, would take vectors through memory.
        for half in 0..2 {
            let (a, b, c, d) = match half {
                0 => (a.0, b.0, c.0, d.0),
                _ => (a.1, b.1, c.1, d.1),
            };
            let (ab, ba) = (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
            let (cd, dc) = (_mm256_unpacklo_pd(c, d), _mm256_unpackhi_pd(c, d));
            let write = |at: usize| to.at::<f32>(column + 2 * half + at, row).cast::<f64>();
            // SAFETY: the caller's promise.
            unsafe {
                store::<PAST_CACHE>(write(0), _mm256_permute2f128_pd(ab, cd, 0x20));
                store::<PAST_CACHE>(write(1), _mm256_permute2f128_pd(ba, dc, 0x20));
                store::<PAST_CACHE>(write(4), _mm256_permute2f128_pd(ab, cd, 0x31));
                store::<PAST_CACHE>(write(5), _mm256_permute2f128_pd(ba, dc, 0x31));
            }
        }
    }

    /// # Safety
    /// As for `scatter`, with AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn turn4<const PAST_CACHE: bool>(from: Rows, to: Rows, [rows, columns]: [usize; 2]) {
        let whole = [rows / 8 * 8, columns / 8 * 8];
        // SAFETY: the caller's promise; squares and the rest cover every element once.
        unsafe {
            for row in (0..whole[0]).step_by(8) {
                for column in (0..whole[1]).step_by(8) {
                    square4::<PAST_CACHE>(from, to, row, column);
                }
            }
            plain(4, from, to, whole, [rows, columns]);
        }
    }

    /// Eight rows and eight columns of 8 bytes: whole cache lines on both sides.
    ///
    /// # Safety
    /// As for `copy`, with AVX-512.
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn square8<const PAST_CACHE: bool>(from: Rows, to: Rows, row: usize, column: usize) {
        let read = |at: usize| {
            // SAFETY: the caller's promise.
            unsafe { _mm512_loadu_pd(from.at::<f64>(row + at, column)) }
        };
        let pair = |at: usize| {
            let (a, b) = (read(at), read(at + 1));
            (_mm512_unpacklo_pd(a, b), _mm512_unpackhi_pd(a, b))
        };
        let (a, b, c, d) = (pair(0), pair(2), pair(4), pair(6));
        for odd in 0..2 {
            let (a, b, c, d) = match odd {
                0 => (a.0, b.0, c.0, d.0),
                _ => (a.1, b.1, c.1, d.1),
            };
            // Columns `odd`, `odd + 2`, `odd + 4` and `odd + 6`, two rows in every 16 bytes.
            let (ab, ba) = (_mm512_shuffle_f64x2(a, b, 0x88), _mm512_shuffle_f64x2(a, b, 0xdd));
            let (cd, dc) = (_mm512_shuffle_f64x2(c, d, 0x88), _mm512_shuffle_f64x2(c, d, 0xdd));
            let columns = [
                _mm512_shuffle_f64x2(ab, cd, 0x88),
                _mm512_shuffle_f64x2(ba, dc, 0x88),
                _mm512_shuffle_f64x2(ab, cd, 0xdd),
                _mm512_shuffle_f64x2(ba, dc, 0xdd),
            ];
            for (at, &value) in columns.iter().enumerate() {
                let to = to.at::<f64>(column + 2 * at + odd, row);
                // SAFETY: the caller's promise.
                unsafe { if PAST_CACHE { _mm512_stream_pd(to, value) } else { _mm512_storeu_pd(to, value) } }
            }
        }
    }

    /// # Safety
    /// As for `scatter`, with AVX-512.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn turn8<const PAST_CACHE: bool>(from: Rows, to: Rows, [rows, columns]: [usize; 2]) {
        let whole = [rows / 8 * 8, columns / 8 * 8];
        // SAFETY: the caller's promise; squares and the rest cover every element once.
        unsafe {
            for row in (0..whole[0]).step_by(8) {
                for column in (0..whole[1]).step_by(8) {
                    square8::<PAST_CACHE>(from, to, row, column);
                }
            }
            plain(8, from, to, whole, [rows, columns]);
        }
    }

    /// Four rows and four columns of 16 bytes: whole cache lines on both sides.
    ///
    /// # Safety
    /// As for `copy`, with AVX-512.
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn square16<const PAST_CACHE: bool>(from: Rows, to: Rows, row: usize, column: usize) {
        let read = |at: usize| {
            // SAFETY: the caller's promise.
            unsafe { _mm512_loadu_pd(from.at::<[f64; 2]>(row + at, column).cast()) }
        };
        let (a, b, c, d) = (read(0), read(1), read(2), read(3));
        for half in 0..2 {
            // Columns `2 half` and `2 half + 1`.
            let (ab, cd) = match half {
                0 => (_mm512_shuffle_f64x2(a, b, 0x44), _mm512_shuffle_f64x2(c, d, 0x44)),
                _ => (_mm512_shuffle_f64x2(a, b, 0xee), _mm512_shuffle_f64x2(c, d, 0xee)),
            };
            let columns = [_mm512_shuffle_f64x2(ab, cd, 0x88), _mm512_shuffle_f64x2(ab, cd, 0xdd)];
            for (at, &value) in columns.iter().enumerate() {
                let to = to.at::<[f64; 2]>(column + 2 * half + at, row).cast::<f64>();
                // SAFETY: the caller's promise.
                unsafe { if PAST_CACHE { _mm512_stream_pd(to, value) } else { _mm512_storeu_pd(to, value) } }
            }
        }
    }

    /// Elements by which rows are fetched ahead: they lie so far apart that nothing else fetches eight of them.
    const AHEAD: usize = 64;

    /// # Safety
    /// As for `scatter`, with AVX-512.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn turn16<const PAST_CACHE: bool>(from: Rows, to: Rows, [rows, columns]: [usize; 2]) {
        let whole = [rows / 4 * 4, columns / 4 * 4];
        // SAFETY: the caller's promise; squares and the rest cover every element once.
        unsafe {
            // Rows of power-of-two lengths share a cache set: eight of them at a time.
            for band in (0..whole[0]).step_by(8) {
                for column in (0..whole[1]).step_by(4) {
                    let ahead = from.at::<[f64; 2]>(band, column + AHEAD);
                    for row in 0..8 {
                        let row = row * from.step as isize;
                        _mm_prefetch::<_MM_HINT_T0>(ahead.wrapping_offset(row).cast());
                    }
                    for row in (band..whole[0].min(band + 8)).step_by(4) {
                        square16::<PAST_CACHE>(from, to, row, column);
                    }
                }
            }
            plain(16, from, to, whole, [rows, columns]);
        }
    }

    /// # Safety
    /// As for `scatter`, with AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn scatter16<const PAST_CACHE: bool>(from: Rows, to: Rows, [rows, columns]: [usize; 2]) {
        let whole = [rows / 4 * 4, columns / 2 * 2];
        // SAFETY: the caller's promise; blocks and the rest cover every element once.
        unsafe {
            for column in (0..whole[1]).step_by(2) {
                for row in (0..whole[0]).step_by(4) {
                    block16::<PAST_CACHE>(from, to, row, column);
                }
            }
            plain(16, from, to, whole, [rows, columns]);
        }
    }

    /// # Safety
    /// As for `scatter`, with AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn scatter8<const PAST_CACHE: bool>(from: Rows, to: Rows, [rows, columns]: [usize; 2]) {
        let whole = [rows / 4 * 4, columns / 4 * 4];
        // SAFETY: the caller's promise; blocks and the rest cover every element once.
        unsafe {
            for column in (0..whole[1]).step_by(4) {
                for row in (0..whole[0]).step_by(4) {
                    block8::<PAST_CACHE>(from, to, row, column);
                }
            }
            plain(8, from, to, whole, [rows, columns]);
        }
    }

    /// # Safety
    /// As for `gather`, with AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn gather16(from: Rows, to: Rows, [rows, columns]: [usize; 2]) {
        let whole = [rows / 4 * 4, columns / 2 * 2];
        // SAFETY: the caller's promise; blocks and the rest cover every element once.
        unsafe {
            for row in (0..whole[0]).step_by(4) {
                for column in (0..whole[1]).step_by(2) {
                    block16::<false>(from, to, row, column);
                }
            }
            plain(16, from, to, whole, [rows, columns]);
        }
    }

    /// # Safety
    /// As for `gather`, with AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn gather8(from: Rows, to: Rows, [rows, columns]: [usize; 2]) {
        let whole = [rows / 4 * 4, columns / 4 * 4];
        // SAFETY: the caller's promise; blocks and the rest cover every element once.
        unsafe {
            for row in (0..whole[0]).step_by(4) {
                for column in (0..whole[1]).step_by(4) {
                    block8::<false>(from, to, row, column);
                }
            }
            plain(8, from, to, whole, [rows, columns]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposes_and_copies_move_every_element() {
        for size in [4, 8, 16] {
            for extents @ [rows, columns] in [[1usize, 1usize], [8, 5], [7, 12], [16, 33], [4, 4], [25, 16], [32, 41]] {
                let (pitch, step) = (columns + 3, rows.next_multiple_of(16));
                let from: Vec<u8> = (0..rows * pitch * size).map(|at| (at * 7 % 251) as u8).collect();
                let mut words = vec![[0u64; 8]; columns * step * size / 64 + 1];
                let bytes = |words: &[[u64; 8]]| bytemuck::cast_slice::<_, u8>(words).to_vec();
                let source = Rows { start: from.as_ptr().cast_mut(), step: pitch as i64 };
                let runs: [&dyn Fn(Rows); 3] = [
                    // SAFETY: the buffers hold both rectangles.
                    &|to| unsafe { gather(size, source, to, extents) },
                    // SAFETY: as above.
                    &|to| unsafe { scatter(size, source, to, extents, false) },
                    &|to| {
                        // Vectors are 16 bytes aligned at least; streams want 64.
                        let past_cache = to.is_aligned(size) && rows * size % LINE == 0;
                        // SAFETY: as above.
                        unsafe { scatter(size, source, to, extents, past_cache) };
                        fence();
                    },
                ];
                for run in runs {
                    words.fill([0; 8]);
                    run(Rows { start: words.as_mut_ptr().cast(), step: step as i64 });
                    let got = bytes(&words);
                    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
                        let (to, at) = ((column * step + row) * size, (row * pitch + column) * size);
                        assert_eq!(got[to..to + size], from[at..at + size], "{size} {extents:?} {row} {column}");
                    }
                }
            }
        }
    }
}
