//! Drivers for complex numbers: interleaved in memory, planar f64 blocks in between, for c128 and c64 alike.

use num_complex::Complex;

use super::tile::BLOCK;

/// One part, f64 or f32, of an interleaved complex number.
pub(crate) trait Part: Copy {
    /// The same value as f64.
    fn widen(self) -> f64;
    /// The nearest value of this type.
    fn narrow(x: f64) -> Self;
}

impl Part for f64 {
    #[inline(always)]
    fn widen(self) -> f64 {
        self
    }
    #[inline(always)]
    fn narrow(x: f64) -> f64 {
        x
    }
}

impl Part for f32 {
    #[inline(always)]
    fn widen(self) -> f64 {
        self as f64
    }
    #[inline(always)]
    fn narrow(x: f64) -> f32 {
        x as f32
    }
}

/// One part of a block of complex numbers.
pub(crate) type Plane = [f64; BLOCK];

/// Splits `m <= BLOCK` numbers into planes; the rest of the planes is left alone.
///
/// # Safety
/// `src` is readable for `m` numbers.
#[inline(always)]
unsafe fn load<T: Part>(src: *const Complex<T>, m: usize, re: &mut Plane, im: &mut Plane) {
    for i in 0..m.min(BLOCK) {
        // SAFETY: i < m.
        let z = unsafe { *src.add(i) };
        re[i] = z.re.widen();
        im[i] = z.im.widen();
    }
}

/// Joins the first `m <= BLOCK` numbers of two planes.
///
/// # Safety
/// `dst` is writable for `m` numbers.
#[inline(always)]
unsafe fn store<T: Part>(dst: *mut Complex<T>, m: usize, re: &Plane, im: &Plane) {
    for i in 0..m.min(BLOCK) {
        // SAFETY: i < m.
        unsafe { *dst.add(i) = Complex::new(T::narrow(re[i]), T::narrow(im[i])) };
    }
}

/// `dst[i] = f(src[i])`, `f` given on planes.
///
/// # Safety
/// `src` is readable and `dst` writable for `n` numbers; the ranges are equal or disjoint.
#[inline(always)]
pub(crate) unsafe fn map<T: Part>(
    dst: *mut Complex<T>,
    src: *const Complex<T>,
    n: usize,
    f: impl Fn(&mut Plane, &mut Plane),
) {
    let (mut re, mut im) = ([1.0; BLOCK], [1.0; BLOCK]);
    let mut i = 0;
    while i < n {
        let m = (n - i).min(BLOCK);
        // SAFETY: i + m <= n; all of the block is read before any of it is written.
        unsafe {
            load(src.add(i), m, &mut re, &mut im);
            f(&mut re, &mut im);
            store(dst.add(i), m, &re, &im);
        }
        i += m;
    }
}

/// `dst[i] = f(a[i], b[i])`, `f` given on planes.
///
/// # Safety
/// `a` and `b` are readable and `dst` writable for `n` numbers; each of `a` and `b` is equal to or disjoint from `dst`.
#[inline(always)]
pub(crate) unsafe fn map2<T: Part>(
    dst: *mut Complex<T>,
    a: *const Complex<T>,
    b: *const Complex<T>,
    n: usize,
    f: impl Fn(&mut Plane, &mut Plane, &Plane, &Plane),
) {
    let [mut re, mut im, mut c, mut d] = [[1.0; BLOCK]; 4];
    let mut i = 0;
    while i < n {
        let m = (n - i).min(BLOCK);
        // SAFETY: i + m <= n; all of the block is read before any of it is written.
        unsafe {
            load(a.add(i), m, &mut re, &mut im);
            load(b.add(i), m, &mut c, &mut d);
            f(&mut re, &mut im, &c, &d);
            store(dst.add(i), m, &re, &im);
        }
        i += m;
    }
}

/// `dst[i] = f(re(src[i]), im(src[i]))`.
///
/// # Safety
/// `src` is readable and `dst` writable for `n` numbers; the ranges are disjoint.
#[inline(always)]
pub(crate) unsafe fn fold<T: Part>(dst: *mut T, src: *const Complex<T>, n: usize, f: impl Fn(f64, f64) -> f64) {
    let (mut re, mut im) = ([1.0; BLOCK], [1.0; BLOCK]);
    let mut i = 0;
    while i < n {
        let m = (n - i).min(BLOCK);
        // SAFETY: i + m <= n.
        unsafe { load(src.add(i), m, &mut re, &mut im) };
        for (x, y) in re.iter_mut().zip(&im) {
            *x = f(*x, *y);
        }
        for (k, x) in re.iter().enumerate().take(m) {
            // SAFETY: i + k < n.
            unsafe { *dst.add(i + k) = T::narrow(*x) };
        }
        i += m;
    }
}

/// Lanes by `f`, those where `is_rare` holds by `rare`.
#[inline(always)]
pub(crate) fn patch(
    re: &mut Plane,
    im: &mut Plane,
    f: impl Fn(f64, f64) -> (f64, f64),
    is_rare: impl Fn(f64, f64) -> bool,
    rare: impl Fn(f64, f64) -> (f64, f64),
) {
    let mut any = false;
    for i in 0..BLOCK {
        any |= is_rare(re[i], im[i]);
    }
    let old = if any { Some((*re, *im)) } else { None };
    for i in 0..BLOCK {
        (re[i], im[i]) = f(re[i], im[i]);
    }
    if let Some((a, b)) = old {
        for i in 0..BLOCK {
            if is_rare(a[i], b[i]) {
                (re[i], im[i]) = rare(a[i], b[i]);
            }
        }
    }
}

/// As [`patch`], for two operands.
#[inline(always)]
pub(crate) fn patch2(
    (re, im): (&mut Plane, &mut Plane),
    (c, d): (&Plane, &Plane),
    f: impl Fn(f64, f64, f64, f64) -> (f64, f64),
    is_rare: impl Fn(f64, f64, f64, f64) -> bool,
    rare: impl Fn(f64, f64, f64, f64) -> (f64, f64),
) {
    let mut any = false;
    for i in 0..BLOCK {
        any |= is_rare(re[i], im[i], c[i], d[i]);
    }
    let old = if any { Some((*re, *im)) } else { None };
    for i in 0..BLOCK {
        (re[i], im[i]) = f(re[i], im[i], c[i], d[i]);
    }
    if let Some((a, b)) = old {
        for i in 0..BLOCK {
            if is_rare(a[i], b[i], c[i], d[i]) {
                (re[i], im[i]) = rare(a[i], b[i], c[i], d[i]);
            }
        }
    }
}
