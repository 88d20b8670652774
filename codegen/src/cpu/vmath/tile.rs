//! Drivers: loops of lane functions over blocks of [`BLOCK`] elements.
//!
//! The source block is copied to the destination (free in L1) and processed in place: one pointer per loop, hence no
//! alias checks. The last, short block is padded, so that body and tail are the same code and give the same bits.
//! Everything is inlined into the functions of the `table` module, which carry the target features.

use std::ptr;

/// Lanes per block.
pub(crate) const BLOCK: usize = 64;

/// Calls `body` on whole blocks of `src`, copied to `dst`.
///
/// # Safety
/// `src` is readable and `dst` writable for `n` elements; the ranges are equal or disjoint.
#[inline(always)]
unsafe fn blocks<T: Copy>(dst: *mut T, src: *const T, n: usize, pad: T, body: impl Fn(&mut [T; BLOCK])) {
    let mut tail = [pad; BLOCK];
    let mut i = 0;
    while i < n {
        let m = n - i;
        // one call of `body` for both cases: a large one called twice would not be inlined, nor vectorised
        // SAFETY: min(m, BLOCK) elements remain on both sides; `tail` is our own; while the reference lives, the block
        // is only reached through it.
        unsafe {
            let block = if m >= BLOCK {
                if !ptr::eq(dst, src) {
                    ptr::copy_nonoverlapping(src.add(i), dst.add(i), BLOCK);
                }
                &mut *dst.add(i).cast::<[T; BLOCK]>()
            } else {
                ptr::copy_nonoverlapping(src.add(i), tail.as_mut_ptr(), m);
                &mut tail
            };
            body(block);
            if m < BLOCK {
                ptr::copy_nonoverlapping(tail.as_ptr(), dst.add(i), m);
            }
        }
        i += BLOCK;
    }
}

/// `dst[i] = f(src[i])`.
///
/// # Safety
/// As [`blocks`].
#[inline(always)]
pub(crate) unsafe fn map<T: Copy>(dst: *mut T, src: *const T, n: usize, pad: T, f: impl Fn(T) -> T) {
    // SAFETY: the caller's promise.
    unsafe {
        blocks(dst, src, n, pad, |block| {
            for v in block.iter_mut() {
                *v = f(*v);
            }
        })
    }
}

/// Two lane functions that agree bit for bit where `is_plain` holds: the shorter `plain` for blocks of such lanes only,
/// `full` for the others.
///
/// # Safety
/// As [`blocks`].
#[inline(always)]
pub(crate) unsafe fn split<T: Copy>(
    dst: *mut T,
    src: *const T,
    n: usize,
    pad: T,
    is_plain: impl Fn(T) -> bool,
    plain: impl Fn(T) -> T,
    full: impl Fn(T) -> T,
) {
    // SAFETY: the caller's promise.
    unsafe {
        blocks(dst, src, n, pad, |block| {
            let mut all = true;
            for v in block.iter() {
                all &= is_plain(*v);
            }
            if all {
                for v in block.iter_mut() {
                    *v = plain(*v);
                }
            } else {
                for v in block.iter_mut() {
                    *v = full(*v);
                }
            }
        })
    }
}

/// `dst[i] = f(src[i])`, but `patch(src[i])`, a scalar call, where `is_rare` holds.
///
/// # Safety
/// As [`blocks`].
#[inline(always)]
pub(crate) unsafe fn patch<T: Copy>(
    dst: *mut T,
    src: *const T,
    n: usize,
    pad: T,
    f: impl Fn(T) -> T,
    is_rare: impl Fn(T) -> bool,
    patch: impl Fn(T) -> T,
) {
    // SAFETY: the caller's promise.
    unsafe {
        blocks(dst, src, n, pad, |block| {
            let mut any = false;
            for v in block.iter() {
                any |= is_rare(*v);
            }
            let old = if any { Some(*block) } else { None };
            for v in block.iter_mut() {
                *v = f(*v);
            }
            if let Some(old) = old {
                for (v, x) in block.iter_mut().zip(old) {
                    if is_rare(x) {
                        *v = patch(x);
                    }
                }
            }
        })
    }
}

/// `dst[i] = f(a[i], b[i])`.
///
/// # Safety
/// `a` and `b` are readable and `dst` writable for `n` elements; each of `a` and `b` is equal to or disjoint from `dst`.
#[inline(always)]
pub(crate) unsafe fn map2<T: Copy>(dst: *mut T, a: *const T, b: *const T, n: usize, pad: T, f: impl Fn(T, T) -> T) {
    let (mut x, mut y) = ([pad; BLOCK], [pad; BLOCK]);
    let mut i = 0;
    while i < n {
        let m = (n - i).min(BLOCK);
        // SAFETY: i + m <= n; `x` and `y` hold BLOCK >= m elements. Constant sizes make the copies vector moves.
        unsafe {
            if m == BLOCK {
                ptr::copy_nonoverlapping(a.add(i), x.as_mut_ptr(), BLOCK);
                ptr::copy_nonoverlapping(b.add(i), y.as_mut_ptr(), BLOCK);
            } else {
                ptr::copy_nonoverlapping(a.add(i), x.as_mut_ptr(), m);
                ptr::copy_nonoverlapping(b.add(i), y.as_mut_ptr(), m);
            }
        }
        for (x, y) in x.iter_mut().zip(&y) {
            *x = f(*x, *y);
        }
        // SAFETY: as above; both sources of these lanes have been read.
        unsafe {
            if m == BLOCK {
                ptr::copy_nonoverlapping(x.as_ptr(), dst.add(i), BLOCK);
            } else {
                ptr::copy_nonoverlapping(x.as_ptr(), dst.add(i), m);
            }
        }
        i += m;
    }
}
