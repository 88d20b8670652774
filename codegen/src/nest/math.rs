//! Transcendental functions of tiles; the one place that knows where they come from.

use num_complex::{Complex, Complex32, Complex64};
use ondine_ir::{Binary, Unary};

pub(super) fn unary_f64(op: Unary, tile: &mut [f64]) -> bool {
    use Unary::*;
    let f: fn(f64) -> f64 = match op {
        Cbrt => libm::cbrt,
        Exp => libm::exp,
        Exp2 => libm::exp2,
        Expm1 => libm::expm1,
        Log => libm::log,
        Log1p => libm::log1p,
        Log2 => libm::log2,
        Log10 => libm::log10,
        Sin => libm::sin,
        Cos => libm::cos,
        Tan => libm::tan,
        Sinh => libm::sinh,
        Cosh => libm::cosh,
        Tanh => libm::tanh,
        Asin => libm::asin,
        Acos => libm::acos,
        Atan => libm::atan,
        Asinh => libm::asinh,
        Acosh => libm::acosh,
        Atanh => libm::atanh,
        Erf => libm::erf,
        Erfc => libm::erfc,
        _ => return false,
    };
    tile.iter_mut().for_each(|x| *x = f(*x));
    true
}

pub(super) fn unary_f32(op: Unary, tile: &mut [f32]) -> bool {
    let mut wide: Vec<f64> = tile.iter().map(|&x| x as f64).collect();
    let known = unary_f64(op, &mut wide);
    if known {
        tile.iter_mut().zip(wide).for_each(|(x, wide)| *x = wide as f32);
    }
    known
}

pub(super) fn binary_f64(op: Binary, a: &mut [f64], b: &[f64]) -> bool {
    let f: fn(f64, f64) -> f64 = match op {
        Binary::Pow => libm::pow,
        Binary::Atan2 => libm::atan2,
        Binary::Hypot => hypot,
        Binary::Logaddexp => logaddexp,
        _ => return false,
    };
    a.iter_mut().zip(b).for_each(|(a, b)| *a = f(*a, *b));
    true
}

pub(super) fn binary_f32(op: Binary, a: &mut [f32], b: &[f32]) -> bool {
    let mut wide: Vec<f64> = a.iter().map(|&x| x as f64).collect();
    let b: Vec<f64> = b.iter().map(|&x| x as f64).collect();
    let known = binary_f64(op, &mut wide, &b);
    if known {
        a.iter_mut().zip(wide).for_each(|(x, wide)| *x = wide as f32);
    }
    known
}

pub(super) fn unary_c128(op: Unary, tile: &mut [Complex64]) -> bool {
    use Unary::*;
    let f: fn(Complex64) -> Complex64 = match op {
        Sign => sign,
        Sqrt => |z| z.sqrt(),
        Exp => |z| z.exp(),
        Expm1 => |z| z.exp() - 1.0,
        Log => |z| z.ln(),
        Log1p => |z| (z + 1.0).ln(),
        Log2 => |z| z.ln() / std::f64::consts::LN_2,
        Log10 => |z| z.ln() / std::f64::consts::LN_10,
        Sin => |z| z.sin(),
        Cos => |z| z.cos(),
        Tan => |z| z.tan(),
        Sinh => |z| z.sinh(),
        Cosh => |z| z.cosh(),
        Tanh => |z| z.tanh(),
        Asin => |z| z.asin(),
        Acos => |z| z.acos(),
        Atan => |z| z.atan(),
        Asinh => |z| z.asinh(),
        Acosh => |z| z.acosh(),
        Atanh => |z| z.atanh(),
        _ => return false,
    };
    tile.iter_mut().for_each(|z| *z = f(*z));
    true
}

pub(super) fn unary_c64(op: Unary, tile: &mut [Complex32]) -> bool {
    let mut wide: Vec<Complex64> = tile.iter().map(|&z| widen(z)).collect();
    let known = unary_c128(op, &mut wide);
    if known {
        tile.iter_mut().zip(wide).for_each(|(z, wide)| *z = narrow(wide));
    }
    known
}

pub(super) fn abs_c128(from: &[Complex64], to: &mut [f64]) {
    from.iter().zip(to).for_each(|(z, to)| *to = hypot(z.re, z.im));
}

pub(super) fn abs_c64(from: &[Complex32], to: &mut [f32]) {
    from.iter().zip(to).for_each(|(z, to)| *to = hypot(z.re as f64, z.im as f64) as f32);
}

pub(super) fn pow_c128(a: &mut [Complex64], b: &[Complex64]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a = a.powc(*b));
}

pub(super) fn pow_c64(a: &mut [Complex32], b: &[Complex32]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a = narrow(widen(*a).powc(widen(*b))));
}

fn widen(z: Complex32) -> Complex64 {
    Complex { re: z.re as f64, im: z.im as f64 }
}

fn narrow(z: Complex64) -> Complex32 {
    Complex { re: z.re as f32, im: z.im as f32 }
}

fn hypot(a: f64, b: f64) -> f64 {
    if a.is_infinite() || b.is_infinite() { f64::INFINITY } else { libm::hypot(a, b) }
}

fn logaddexp(a: f64, b: f64) -> f64 {
    match () {
        () if a.is_nan() || b.is_nan() => f64::NAN,
        () if a == b => a + std::f64::consts::LN_2,
        () => a.max(b) + libm::log1p(libm::exp(-(a - b).abs())),
    }
}

fn sign(z: Complex64) -> Complex64 {
    match () {
        () if z.re.is_nan() || z.im.is_nan() => Complex64::new(f64::NAN, f64::NAN),
        () if z == Complex64::ZERO => Complex64::ZERO,
        () => z / hypot(z.re, z.im),
    }
}
