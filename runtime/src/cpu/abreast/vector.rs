//! Vectors of one precision, and complex numbers of two vectors.

use pulp::{Simd, WithSimd};
use std::sync::OnceLock;

/// A precision: what `pulp` offers for it, under one name.
pub(crate) trait Number: bytemuck::Pod + Send + Sync + PartialEq + std::ops::Sub<Output = Self> {
    /// A vector.
    type Vector<S: Simd>: Copy;
    fn splat<S: Simd>(simd: S, x: Self) -> Self::Vector<S>;
    fn plus<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    fn minus<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    fn mul<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    fn neg<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// `a * b + c`, rounded once.
    fn mul_add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>, c: Self::Vector<S>) -> Self::Vector<S>;
    /// Pairs (re, im) to a vector of real parts and one of imaginary parts, in an order of lanes of its own.
    fn deinterleave<S: Simd>(simd: S, pairs: [Self::Vector<S>; 2]) -> [Self::Vector<S>; 2];
    /// The inverse of `deinterleave`.
    fn interleave<S: Simd>(simd: S, parts: [Self::Vector<S>; 2]) -> [Self::Vector<S>; 2];
    /// The sum of all lanes.
    fn sum<S: Simd>(simd: S, a: Self::Vector<S>) -> Self;
    /// The number nearest to a double.
    fn nearest(x: f64) -> Self;
}

macro_rules! number {
    ($t:ty, $v:ident, $splat:ident, $add:ident, $sub:ident, $mul:ident, $neg:ident, $mul_add:ident, $de:ident, $inter:ident, $sum:ident) => {
        impl Number for $t {
            type Vector<S: Simd> = S::$v;
            #[inline(always)]
            fn splat<S: Simd>(simd: S, x: Self) -> S::$v {
                simd.$splat(x)
            }
            #[inline(always)]
            fn plus<S: Simd>(simd: S, a: S::$v, b: S::$v) -> S::$v {
                simd.$add(a, b)
            }
            #[inline(always)]
            fn minus<S: Simd>(simd: S, a: S::$v, b: S::$v) -> S::$v {
                simd.$sub(a, b)
            }
            #[inline(always)]
            fn mul<S: Simd>(simd: S, a: S::$v, b: S::$v) -> S::$v {
                simd.$mul(a, b)
            }
            #[inline(always)]
            fn neg<S: Simd>(simd: S, a: S::$v) -> S::$v {
                simd.$neg(a)
            }
            #[inline(always)]
            fn mul_add<S: Simd>(simd: S, a: S::$v, b: S::$v, c: S::$v) -> S::$v {
                simd.$mul_add(a, b, c)
            }
            #[inline(always)]
            fn deinterleave<S: Simd>(simd: S, pairs: [S::$v; 2]) -> [S::$v; 2] {
                simd.$de(pairs)
            }
            #[inline(always)]
            fn interleave<S: Simd>(simd: S, parts: [S::$v; 2]) -> [S::$v; 2] {
                simd.$inter(parts)
            }
            #[inline(always)]
            fn sum<S: Simd>(simd: S, a: S::$v) -> Self {
                simd.$sum(a)
            }
            fn nearest(x: f64) -> Self {
                x as $t
            }
        }
    };
}

number!(
    f64,
    f64s,
    splat_f64s,
    add_f64s,
    sub_f64s,
    mul_f64s,
    neg_f64s,
    mul_add_f64s,
    deinterleave_shfl_f64s,
    interleave_shfl_f64s,
    reduce_sum_f64s
);
number!(
    f32,
    f32s,
    splat_f32s,
    add_f32s,
    sub_f32s,
    mul_f32s,
    neg_f32s,
    mul_add_f32s,
    deinterleave_shfl_f32s,
    interleave_shfl_f32s,
    reduce_sum_f32s
);

/// Complex numbers, one in every lane.
pub(super) struct Pair<N: Number, S: Simd> {
    pub(super) re: N::Vector<S>,
    pub(super) im: N::Vector<S>,
}

impl<N: Number, S: Simd> Clone for Pair<N, S> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<N: Number, S: Simd> Copy for Pair<N, S> {}

impl<N: Number, S: Simd> Pair<N, S> {
    #[inline(always)]
    pub(super) fn zero(simd: S) -> Self {
        let zero = N::splat(simd, N::nearest(0.0));
        Pair { re: zero, im: zero }
    }

    #[inline(always)]
    pub(super) fn add(self, simd: S, other: Self) -> Self {
        Pair { re: N::plus(simd, self.re, other.re), im: N::plus(simd, self.im, other.im) }
    }

    #[inline(always)]
    pub(super) fn sub(self, simd: S, other: Self) -> Self {
        Pair { re: N::minus(simd, self.re, other.re), im: N::minus(simd, self.im, other.im) }
    }

    /// Times -i.
    #[inline(always)]
    pub(super) fn turned(self, simd: S) -> Self {
        Pair { re: self.im, im: N::neg(simd, self.re) }
    }

    /// Self minus i times other: a radix-4 step without a negation.
    #[inline(always)]
    pub(super) fn add_turned(self, simd: S, other: Self) -> Self {
        Pair { re: N::plus(simd, self.re, other.im), im: N::minus(simd, self.im, other.re) }
    }

    /// Self plus i times other.
    #[inline(always)]
    pub(super) fn sub_turned(self, simd: S, other: Self) -> Self {
        Pair { re: N::minus(simd, self.re, other.im), im: N::plus(simd, self.im, other.re) }
    }

    #[inline(always)]
    pub(super) fn conj(self, simd: S) -> Self {
        Pair { re: self.re, im: N::neg(simd, self.im) }
    }

    /// Times a real number.
    #[inline(always)]
    pub(super) fn scaled(self, simd: S, by: N::Vector<S>) -> Self {
        Pair { re: N::mul(simd, self.re, by), im: N::mul(simd, self.im, by) }
    }

    /// Self plus `other` times a real number.
    #[inline(always)]
    pub(super) fn add_scaled(self, simd: S, other: Self, by: N::Vector<S>) -> Self {
        Pair { re: N::mul_add(simd, other.re, by, self.re), im: N::mul_add(simd, other.im, by, self.im) }
    }

    /// Self minus `other` times a real number.
    #[inline(always)]
    pub(super) fn sub_scaled(self, simd: S, other: Self, by: N::Vector<S>) -> Self {
        let minus = |a, b| N::mul_add(simd, N::neg(simd, a), by, b);
        Pair { re: minus(other.re, self.re), im: minus(other.im, self.im) }
    }

    /// The product of complex numbers.
    #[inline(always)]
    pub(super) fn times(self, simd: S, by: Self) -> Self {
        let re = N::mul_add(simd, N::neg(simd, self.im), by.im, N::mul(simd, self.re, by.re));
        let im = N::mul_add(simd, self.im, by.re, N::mul(simd, self.re, by.im));
        Pair { re, im }
    }

    /// The product with the conjugate of a number.
    #[inline(always)]
    pub(super) fn times_conj(self, simd: S, by: Self) -> Self {
        let re = N::mul_add(simd, self.im, by.im, N::mul(simd, self.re, by.re));
        let im = N::mul_add(simd, N::neg(simd, self.re), by.im, N::mul(simd, self.im, by.re));
        Pair { re, im }
    }

    /// Self plus the product of `a` and `b`.
    #[inline(always)]
    pub(super) fn add_product(self, simd: S, a: Self, b: Self) -> Self {
        let re = N::mul_add(simd, N::neg(simd, a.im), b.im, N::mul_add(simd, a.re, b.re, self.re));
        let im = N::mul_add(simd, a.im, b.re, N::mul_add(simd, a.re, b.im, self.im));
        Pair { re, im }
    }

    /// The same number in every lane.
    #[inline(always)]
    pub(super) fn splat(simd: S, [re, im]: [N; 2]) -> Self {
        Pair { re: N::splat(simd, re), im: N::splat(simd, im) }
    }

    /// # Safety
    /// Two vectors of pairs are there to be read.
    #[inline(always)]
    pub(super) unsafe fn load_pairs(simd: S, from: *const N) -> Self {
        let from = from.cast::<N::Vector<S>>();
        // SAFETY: the caller's promise.
        let pairs = unsafe { [from.read_unaligned(), from.add(1).read_unaligned()] };
        let [re, im] = N::deinterleave(simd, pairs);
        Pair { re, im }
    }

    /// # Safety
    /// Two vectors of pairs may be written.
    #[inline(always)]
    pub(super) unsafe fn store_pairs(self, simd: S, to: *mut N) {
        let [first, second] = N::interleave(simd, [self.re, self.im]);
        let to = to.cast::<N::Vector<S>>();
        // SAFETY: the caller's promise.
        unsafe {
            to.write_unaligned(first);
            to.add(1).write_unaligned(second);
        }
    }

    /// Past the cache.
    ///
    /// # Safety
    /// Two vectors of pairs may be written, and begin on a cache line.
    #[inline(always)]
    pub(super) unsafe fn stream_pairs(self, simd: S, to: *mut N) {
        let to = to.cast::<N::Vector<S>>();
        let [first, second] = N::interleave(simd, [self.re, self.im]);
        // SAFETY: the caller's promise.
        unsafe {
            stream::<N, S>(first, to);
            stream::<N, S>(second, to.add(1));
        }
    }

    /// # Safety
    /// A vector of each part is there to be read.
    #[inline(always)]
    pub(super) unsafe fn load_parts(re: *const N, im: *const N) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            Pair { re: re.cast::<N::Vector<S>>().read_unaligned(), im: im.cast::<N::Vector<S>>().read_unaligned() }
        }
    }

    /// # Safety
    /// A vector of each part may be written.
    #[inline(always)]
    pub(super) unsafe fn store_parts(self, re: *mut N, im: *mut N) {
        // SAFETY: the caller's promise.
        unsafe {
            re.cast::<N::Vector<S>>().write_unaligned(self.re);
            im.cast::<N::Vector<S>>().write_unaligned(self.im);
        }
    }
}

/// As [`dispatch`], where vectors are wide.
pub(super) fn dispatch_wide<Op: WithSimd>(op: Op) -> Op::Output {
    #[cfg(target_arch = "x86_64")]
    match arch() {
        pulp::Arch::V4(simd) => return Simd::vectorize(simd, op),
        #[cfg(test)]
        pulp::Arch::V3(simd) => return Simd::vectorize(simd, op),
        _ => {}
    }
    let _ = op;
    unreachable!("nothing is planned where vectors are not wide")
}

/// Runs a function that is compiled for the vectors of this machine, which has fast ones: there is no code for others.
pub(super) fn dispatch<Op: WithSimd>(op: Op) -> Op::Output {
    #[cfg(target_arch = "x86_64")]
    match arch() {
        pulp::Arch::V4(simd) => return Simd::vectorize(simd, op),
        pulp::Arch::V3(simd) => return Simd::vectorize(simd, op),
        _ => {}
    }
    let _ = op;
    unreachable!("nothing is planned where vectors are short")
}

/// The instruction set, chosen once.
fn arch() -> pulp::Arch {
    static ARCH: OnceLock<pulp::Arch> = OnceLock::new();
    *ARCH.get_or_init(pulp::Arch::new)
}

/// True if this machine has the vectors for which phases of a line side by side are worth it: of 256 bits.
pub(crate) fn is_fast() -> bool {
    lanes::<f64>() >= 4
}

/// True if it has those for which lines side by side are worth it: of 512 bits. Tests of this crate try what there is.
pub(super) fn is_wide() -> bool {
    lanes::<f64>() >= if cfg!(test) { 4 } else { 8 }
}

/// Elements of a vector.
pub(crate) fn lanes<N: Number>() -> usize {
    struct Bytes;
    impl WithSimd for Bytes {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            size_of::<S::f64s>()
        }
    }
    arch().dispatch(Bytes) / size_of::<N>()
}

/// The order of lanes that `deinterleave` gives, as indices of 32-bit pieces, and the way back.
#[derive(Clone, Copy)]
pub(super) struct Order {
    pub(super) there: [u32; 16],
    pub(super) back: [u32; 16],
}

impl Order {
    pub(super) fn of<N: Number>() -> Order {
        struct Learn<N>(std::marker::PhantomData<N>);
        impl<N: Number> WithSimd for Learn<N> {
            type Output = Order;

            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) -> Order {
                let lanes = size_of::<N::Vector<S>>() / size_of::<N>();
                let pairs: Vec<N> = (0..lanes).flat_map(|at| [N::nearest(at as f64); 2]).collect();
                let mut order = vec![N::nearest(0.0); 2 * lanes];
                // SAFETY: both hold two vectors.
                unsafe {
                    let to = order.as_mut_ptr();
                    Pair::<N, S>::load_pairs(simd, pairs.as_ptr()).store_parts(to, to.add(lanes));
                }
                let (mut there, mut back) = ([0; 16], [0; 16]);
                let words = size_of::<N>() / 4;
                for (lane, from) in order[..lanes].iter().enumerate() {
                    let from = pairs.iter().step_by(2).position(|at| at == from).expect("every lane is somewhere");
                    for word in 0..words {
                        there[lane * words + word] = (from * words + word) as u32;
                        back[from * words + word] = (lane * words + word) as u32;
                    }
                }
                Order { there, back }
            }
        }
        if is_fast() { dispatch(Learn::<N>(std::marker::PhantomData)) } else { Order { there: [0; 16], back: [0; 16] } }
    }
}

/// The lanes of a vector in another order.
#[inline(always)]
pub(super) fn ordered<N: Number, S: Simd>(v: N::Vector<S>, order: &[u32; 16]) -> N::Vector<S> {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::*;
        // SAFETY: the sizes are those of the registers, and `S` is proof of the instructions that vectors of the size need.
        unsafe {
            match size_of::<N::Vector<S>>() {
                64 => {
                    let v = std::mem::transmute_copy::<N::Vector<S>, __m512i>(&v);
                    let v = _mm512_permutexvar_epi32(_mm512_loadu_epi32(order.as_ptr().cast()), v);
                    return std::mem::transmute_copy(&v);
                }
                32 => {
                    let v = std::mem::transmute_copy::<N::Vector<S>, __m256i>(&v);
                    let v = _mm256_permutevar8x32_epi32(v, _mm256_loadu_si256(order.as_ptr().cast()));
                    return std::mem::transmute_copy(&v);
                }
                _ => {}
            }
        }
    }
    let _ = order;
    v
}

/// Writes a vector past the cache.
///
/// # Safety
/// It may be written, and is aligned to its size.
#[inline(always)]
unsafe fn stream<N: Number, S: Simd>(v: N::Vector<S>, to: *mut N::Vector<S>) {
    // SAFETY: the caller's promise; sizes are those of the registers, and `S` is proof of the instructions.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::x86_64::*;
            match size_of::<N::Vector<S>>() {
                64 => return _mm512_stream_si512(to.cast(), std::mem::transmute_copy(&v)),
                32 => return _mm256_stream_si256(to.cast(), std::mem::transmute_copy(&v)),
                _ => {}
            }
        }
        to.write_unaligned(v);
    }
}
