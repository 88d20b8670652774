//! The function table: every lane function compiled for each instruction set, and the choice between them.
//!
//! The builds share one source and agree bit for bit; they differ only in the number of lanes per instruction.

use std::sync::OnceLock;

use num_complex::Complex;
use ondine_ir::{Binary, Unary};

/// `dst[i] = f(src[i])` for `i < n`; `dst` and `src` are equal or disjoint.
///
/// `src` must be readable and `dst` writable for `n` elements, both aligned for their element type.
pub type Map<D, S = D> = unsafe extern "C" fn(dst: *mut D, src: *const S, n: usize);

/// `dst[i] = f(a[i], b[i])` for `i < n`; each of `a` and `b` is equal to or disjoint from `dst`.
///
/// `a` and `b` must be readable and `dst` writable for `n` elements, all aligned for their element type.
pub type Map2<T> = unsafe extern "C" fn(dst: *mut T, a: *const T, b: *const T, n: usize);

/// The routines of one instruction set, by operation; `None` where vmath has no routine.
///
/// The pointers follow the C ABI of the host, take any `n` including 0, keep nothing and may be called from any
/// thread. They may only be called on a machine that has the instruction set: take them from [`table`].
pub struct Table {
    /// The instruction set, for people.
    pub name: &'static str,
    /// Unary functions of f64.
    pub unary_f64: fn(Unary) -> Option<Map<f64>>,
    /// Unary functions of f32.
    pub unary_f32: fn(Unary) -> Option<Map<f32>>,
    /// Binary functions of f64.
    pub binary_f64: fn(Binary) -> Option<Map2<f64>>,
    /// Binary functions of f32.
    pub binary_f32: fn(Binary) -> Option<Map2<f32>>,
    /// Unary functions of c128, interleaved.
    pub unary_c128: fn(Unary) -> Option<Map<Complex<f64>>>,
    /// Unary functions of c64, interleaved; computed in f64 and rounded.
    pub unary_c64: fn(Unary) -> Option<Map<Complex<f32>>>,
    /// Modulus of c128; the ranges are disjoint.
    pub abs_c128: Map<f64, Complex<f64>>,
    /// Modulus of c64; the ranges are disjoint.
    pub abs_c64: Map<f32, Complex<f32>>,
    /// Power of c128, interleaved.
    pub pow_c128: Map2<Complex<f64>>,
    /// Power of c64, interleaved.
    pub pow_c64: Map2<Complex<f32>>,
}

/// Compiles every routine for one instruction set. The inner rules make one routine each, in the manner of the `tile`
/// driver of that name.
macro_rules! build {
    ($isa:ident, $feature:meta) => {
        mod $isa {
            use super::super::complex::{exponential as ex, inverse as inv, is_not_finite, logarithm as lg, power as root};
            use super::super::planar::{self, Part, Plane};
            use super::super::double::{erf, exp, inverse, log, power, trig};
            use super::super::single::{native, widened, widened_trig};
            use super::super::tile;
            use super::{Map, Map2, Table};
            use num_complex::Complex;
            use ondine_ir::{Binary, Unary};

            pub(super) static TABLE: Table =
                Table {
                    name: stringify!($isa),
                    unary_f64,
                    unary_f32,
                    binary_f64,
                    binary_f32,
                    unary_c128: |op| complex(op).map(|pair| pair.0),
                    unary_c64: |op| complex(op).map(|pair| pair.1),
                    abs_c128: abs::<f64>,
                    abs_c64: abs::<f32>,
                    pow_c128: pow::<f64>,
                    pow_c64: pow::<f32>,
                };

            fn unary_f64(op: Unary) -> Option<Map<f64>> {
                Some(match op {
                    Unary::Exp => build!(@split f64, exp::is_exp_plain, exp::exp_plain, exp::exp, $feature),
                    Unary::Exp2 => build!(@split f64, exp::is_exp2_plain, exp::exp2_plain, exp::exp2, $feature),
                    Unary::Log => build!(@split f64, log::is_log_plain, log::log_plain, log::log, $feature),
                    Unary::Log2 => build!(@split f64, log::is_log_plain, log::log2_plain, log::log2, $feature),
                    Unary::Log10 => build!(@split f64, log::is_log_plain, log::log10_plain, log::log10, $feature),
                    Unary::Log1p => build!(@map f64, log::log1p, $feature),
                    Unary::Expm1 => build!(@map f64, exp::expm1, $feature),
                    Unary::Sin => build!(@patch f64, trig::sin, trig::is_large, trig::sin_large, $feature),
                    Unary::Cos => build!(@patch f64, trig::cos, trig::is_large, trig::cos_large, $feature),
                    Unary::Tan => build!(@patch f64, trig::tan, trig::is_large, trig::tan_large, $feature),
                    Unary::Sinh => build!(@map f64, exp::sinh, $feature),
                    Unary::Cosh => build!(@map f64, exp::cosh, $feature),
                    Unary::Tanh => build!(@map f64, exp::tanh, $feature),
                    Unary::Asin => build!(@map f64, inverse::asin, $feature),
                    Unary::Acos => build!(@map f64, inverse::acos, $feature),
                    Unary::Atan => build!(@map f64, inverse::atan, $feature),
                    Unary::Asinh => build!(@map f64, log::asinh, $feature),
                    Unary::Acosh => build!(@map f64, log::acosh, $feature),
                    Unary::Atanh => build!(@map f64, log::atanh, $feature),
                    Unary::Cbrt => build!(@map f64, power::cbrt, $feature),
                    Unary::Erf => build!(@map f64, erf::erf, $feature),
                    Unary::Erfc => build!(@map f64, erf::erfc, $feature),
                    _ => return None,
                })
            }

            fn unary_f32(op: Unary) -> Option<Map<f32>> {
                use widened_trig as wide;
                Some(match op {
                    Unary::Exp => build!(@split f32, native::is_exp_plain, native::exp_plain, native::exp, $feature),
                    Unary::Exp2 => build!(@map f32, native::exp2, $feature),
                    Unary::Log => build!(@split f32, native::is_log_plain, native::log_plain, native::log, $feature),
                    Unary::Log2 => build!(@map f32, widened::log2, $feature),
                    Unary::Log10 => build!(@map f32, widened::log10, $feature),
                    Unary::Log1p => build!(@map f32, widened::log1p, $feature),
                    Unary::Expm1 => build!(@map f32, widened::expm1, $feature),
                    Unary::Sin => build!(@patch f32, wide::sin, wide::is_large, wide::sin_large, $feature),
                    Unary::Cos => build!(@patch f32, wide::cos, wide::is_large, wide::cos_large, $feature),
                    Unary::Tan => build!(@patch f32, wide::tan, wide::is_large, wide::tan_large, $feature),
                    Unary::Sinh => build!(@map f32, widened::sinh, $feature),
                    Unary::Cosh => build!(@map f32, widened::cosh, $feature),
                    Unary::Tanh => build!(@map f32, widened::tanh, $feature),
                    Unary::Asin => build!(@map f32, wide::asin, $feature),
                    Unary::Acos => build!(@map f32, wide::acos, $feature),
                    Unary::Atan => build!(@map f32, wide::atan, $feature),
                    Unary::Asinh => build!(@map f32, widened::asinh, $feature),
                    Unary::Acosh => build!(@map f32, widened::acosh, $feature),
                    Unary::Atanh => build!(@map f32, widened::atanh, $feature),
                    Unary::Cbrt => build!(@map f32, widened::cbrt, $feature),
                    Unary::Erf => build!(@map f32, widened::erf, $feature),
                    Unary::Erfc => build!(@map f32, widened::erfc, $feature),
                    _ => return None,
                })
            }

            fn binary_f64(op: Binary) -> Option<Map2<f64>> {
                Some(match op {
                    Binary::Pow => build!(@map2 f64, power::pow, $feature),
                    Binary::Atan2 => build!(@map2 f64, inverse::atan2, $feature),
                    Binary::Hypot => build!(@map2 f64, power::hypot, $feature),
                    Binary::Logaddexp => build!(@map2 f64, power::logaddexp, $feature),
                    _ => return None,
                })
            }

            fn binary_f32(op: Binary) -> Option<Map2<f32>> {
                Some(match op {
                    Binary::Pow => build!(@map2 f32, widened::pow, $feature),
                    Binary::Atan2 => build!(@map2 f32, widened_trig::atan2, $feature),
                    Binary::Hypot => build!(@map2 f32, widened::hypot, $feature),
                    Binary::Logaddexp => build!(@map2 f32, widened::logaddexp, $feature),
                    _ => return None,
                })
            }

            #[$feature]
            unsafe extern "C" fn abs<T: Part>(dst: *mut T, src: *const Complex<T>, n: usize) {
                // SAFETY: the caller keeps the contract of `Map`.
                unsafe { planar::fold(dst, src, n, |a, b| power::hypot(a, b)) }
            }

            #[$feature]
            fn pow_block(re: &mut Plane, im: &mut Plane, c: &Plane, d: &Plane) {
                planar::patch2(
                    (re, im),
                    (c, d),
                    |a, b, c, d| root::complex_pow(a, b, c, d),
                    |a, b, c, d| root::is_pow_rare(a, b, c, d),
                    |a, b, c, d| root::pow_special(a, b, c, d),
                )
            }

            #[$feature]
            unsafe extern "C" fn pow<T: Part>(
                dst: *mut Complex<T>,
                a: *const Complex<T>,
                b: *const Complex<T>,
                n: usize,
            ) {
                // SAFETY: the caller keeps the contract of `Map2`.
                unsafe { planar::map2(dst, a, b, n, |re, im, c, d| pow_block(re, im, c, d)) }
            }

            /// The routines for c128 and c64.
            fn complex(op: Unary) -> Option<(Map<Complex<f64>>, Map<Complex<f32>>)> {
                Some(match op {
                    Unary::Sqrt => build!(@complex root::complex_sqrt, is_not_finite, root::sqrt_special, $feature),
                    Unary::Sign => build!(@complex root::complex_sign, is_not_finite, root::sign_special, $feature),
                    Unary::Exp => build!(@complex ex::complex_exp, ex::is_extreme, ex::exp_special, $feature),
                    Unary::Expm1 => build!(@complex ex::complex_expm1, ex::is_extreme, ex::expm1_special, $feature),
                    Unary::Log => build!(@complex lg::complex_log, lg::is_extreme, lg::log_special, $feature),
                    Unary::Log2 => build!(@complex lg::complex_log2, lg::is_extreme, lg::log2_special, $feature),
                    Unary::Log10 => build!(@complex lg::complex_log10, lg::is_extreme, lg::log10_special, $feature),
                    Unary::Log1p => {
                        build!(@complex lg::complex_log1p, lg::is_log1p_extreme, lg::log1p_special, $feature)
                    }
                    Unary::Sinh => build!(@complex ex::complex_sinh, ex::is_extreme, ex::sinh_special, $feature),
                    Unary::Cosh => build!(@complex ex::complex_cosh, ex::is_extreme, ex::cosh_special, $feature),
                    Unary::Tanh => build!(@complex ex::complex_tanh, ex::is_tanh_extreme, ex::tanh_special, $feature),
                    Unary::Sin => build!(@turned ex::complex_sinh, ex::is_extreme, ex::sinh_special, $feature),
                    Unary::Cos => build!(@ahead ex::complex_cosh, ex::is_extreme, ex::cosh_special, $feature),
                    Unary::Tan => build!(@turned ex::complex_tanh, ex::is_tanh_extreme, ex::tanh_special, $feature),
                    Unary::Asinh => build!(@complex inv::complex_asinh, inv::is_extreme, inv::asinh_special, $feature),
                    Unary::Acosh => build!(@complex inv::complex_acosh, inv::is_extreme, inv::acosh_special, $feature),
                    Unary::Atanh => {
                        build!(@complex inv::complex_atanh, inv::is_atanh_extreme, inv::atanh_special, $feature)
                    }
                    Unary::Asin => build!(@turned inv::complex_asinh, inv::is_extreme, inv::asinh_special, $feature),
                    Unary::Acos => build!(@complex inv::complex_acos, inv::is_extreme, inv::acos_special, $feature),
                    Unary::Atan => {
                        build!(@turned inv::complex_atanh, inv::is_atanh_extreme, inv::atanh_special, $feature)
                    }
                    _ => return None,
                })
            }
        }
    };
    (@map $t:ty, $f:path, $feature:meta) => {{
        #[$feature]
        unsafe extern "C" fn routine(dst: *mut $t, src: *const $t, n: usize) {
            // SAFETY: the caller keeps the contract of `Map`.
            unsafe { tile::map(dst, src, n, 1.0, |x| $f(x)) }
        }
        routine
    }};
    (@split $t:ty, $is_plain:path, $plain:path, $full:path, $feature:meta) => {{
        #[$feature]
        unsafe extern "C" fn routine(dst: *mut $t, src: *const $t, n: usize) {
            // SAFETY: the caller keeps the contract of `Map`.
            unsafe { tile::split(dst, src, n, 1.0, |x| $is_plain(x), |x| $plain(x), |x| $full(x)) }
        }
        routine
    }};
    (@patch $t:ty, $f:path, $is_rare:path, $rare:path, $feature:meta) => {{
        #[$feature]
        unsafe extern "C" fn routine(dst: *mut $t, src: *const $t, n: usize) {
            // SAFETY: the caller keeps the contract of `Map`.
            unsafe { tile::patch(dst, src, n, 1.0, |x| $f(x), |x| $is_rare(x), |x| $rare(x)) }
        }
        routine
    }};
    (@complex $f:path, $is_rare:path, $rare:path, $feature:meta) => {
        build!(@planar |a, b| $f(a, b), |a, b| $is_rare(a, b), |a, b| $rare(a, b), $feature)
    };
    (@turned $f:path, $is_rare:path, $rare:path, $feature:meta) => {
        build!(@planar
            |a, b| { let (p, q) = $f(-b, a); (q, -p) },
            |a, b| $is_rare(-b, a),
            |a, b| { let (p, q) = $rare(-b, a); (q, -p) },
            $feature)
    };
    (@ahead $f:path, $is_rare:path, $rare:path, $feature:meta) => {
        build!(@planar |a, b| $f(-b, a), |a, b| $is_rare(-b, a), |a, b| $rare(-b, a), $feature)
    };
    (@planar $f:expr, $is_rare:expr, $rare:expr, $feature:meta) => {{
        #[$feature]
        fn block(re: &mut Plane, im: &mut Plane) {
            planar::patch(re, im, $f, $is_rare, $rare)
        }
        #[$feature]
        unsafe extern "C" fn routine<T: Part>(dst: *mut Complex<T>, src: *const Complex<T>, n: usize) {
            // SAFETY: the caller keeps the contract of `Map`.
            unsafe { planar::map(dst, src, n, |re, im| block(re, im)) }
        }
        (routine::<f64>, routine::<f32>)
    }};
    (@map2 $t:ty, $f:path, $feature:meta) => {{
        #[$feature]
        unsafe extern "C" fn routine(dst: *mut $t, a: *const $t, b: *const $t, n: usize) {
            // SAFETY: the caller keeps the contract of `Map2`.
            unsafe { tile::map2(dst, a, b, n, 1.0, |x, y| $f(x, y)) }
        }
        routine
    }};
}

build!(portable, inline(never));
#[cfg(target_arch = "x86_64")]
build!(avx2, target_feature(enable = "avx2,fma"));
#[cfg(target_arch = "x86_64")]
build!(avx512, target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma"));

/// The builds that this machine can run, widest first; the portable one is last.
pub fn tables() -> Vec<&'static Table> {
    let mut tables = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        let fma = has!("avx2") && has!("fma");
        if fma && has!("avx512f") && has!("avx512dq") && has!("avx512vl") && has!("avx512bw") {
            tables.push(&avx512::TABLE);
        }
        if fma {
            tables.push(&avx2::TABLE);
        }
    }
    tables.push(&portable::TABLE);
    tables
}

/// The routines for this machine, chosen once.
pub fn table() -> &'static Table {
    static CHOSEN: OnceLock<&'static Table> = OnceLock::new();
    CHOSEN.get_or_init(|| tables()[0])
}
