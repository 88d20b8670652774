//! Reference for the accuracy of vector math: numbers of about 105 bits as unevaluated sums of two f64 (Dekker 1971),
//! and the elementary functions by series and one Newton or Halley step. Slow, and good to about 2^-95.
//!
//! Arguments whose functions are trivial (overflow, specials) are the business of the tests.
#![allow(dead_code)]

pub(crate) mod functions;

use std::ops::{Add, Div, Mul, Neg, Sub};

/// The exact sum `hi + lo`, `lo` at most half an ulp of `hi`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Double {
    pub(crate) hi: f64,
    pub(crate) lo: f64,
}

pub(crate) fn double(hi: f64) -> Double {
    Double { hi, lo: 0.0 }
}

fn two_sum(a: f64, b: f64) -> Double {
    let hi = a + b;
    let t = hi - a;
    Double { hi, lo: (a - (hi - t)) + (b - t) }
}

fn fast_sum(a: f64, b: f64) -> Double {
    let hi = a + b;
    Double { hi, lo: b - (hi - a) }
}

pub(crate) fn product(a: f64, b: f64) -> Double {
    let hi = a * b;
    Double { hi, lo: a.mul_add(b, -hi) }
}

impl Double {
    pub(crate) fn abs(self) -> Double {
        if self.hi < 0.0 { -self } else { self }
    }

    /// Exact product with a power of two.
    pub(crate) fn scale(self, by: f64) -> Double {
        Double { hi: self.hi * by, lo: self.lo * by }
    }

    pub(crate) fn sqrt(self) -> Double {
        if self.hi <= 0.0 {
            return double(0.0);
        }
        let s = self.hi.sqrt();
        let rest = self - product(s, s);
        fast_sum(s, rest.hi / (2.0 * s))
    }

    pub(crate) fn square(self) -> Double {
        self * self
    }

    pub(crate) fn recip(self) -> Double {
        double(1.0) / self
    }
}

impl Neg for Double {
    type Output = Double;
    fn neg(self) -> Double {
        Double { hi: -self.hi, lo: -self.lo }
    }
}

impl Add for Double {
    type Output = Double;
    fn add(self, b: Double) -> Double {
        let s = two_sum(self.hi, b.hi);
        let t = two_sum(self.lo, b.lo);
        let s = fast_sum(s.hi, s.lo + t.hi);
        fast_sum(s.hi, s.lo + t.lo)
    }
}

impl Sub for Double {
    type Output = Double;
    fn sub(self, b: Double) -> Double {
        self + -b
    }
}

impl Mul for Double {
    type Output = Double;
    fn mul(self, b: Double) -> Double {
        let p = product(self.hi, b.hi);
        fast_sum(p.hi, p.lo + self.hi.mul_add(b.lo, self.lo * b.hi))
    }
}

impl Div for Double {
    type Output = Double;
    fn div(self, b: Double) -> Double {
        let q = self.hi / b.hi;
        let r = self - b * double(q);
        let q2 = r.hi / b.hi;
        let r = r - b * double(q2);
        let s = fast_sum(q, q2);
        fast_sum(s.hi, s.lo + r.hi / b.hi)
    }
}

/// A complex number of two [`Double`]s.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Complex {
    pub(crate) re: Double,
    pub(crate) im: Double,
}

impl Add for Complex {
    type Output = Complex;
    fn add(self, b: Complex) -> Complex {
        Complex { re: self.re + b.re, im: self.im + b.im }
    }
}

impl Sub for Complex {
    type Output = Complex;
    fn sub(self, b: Complex) -> Complex {
        Complex { re: self.re - b.re, im: self.im - b.im }
    }
}

impl Mul for Complex {
    type Output = Complex;
    fn mul(self, b: Complex) -> Complex {
        Complex { re: self.re * b.re - self.im * b.im, im: self.re * b.im + self.im * b.re }
    }
}

impl Div for Complex {
    type Output = Complex;
    fn div(self, b: Complex) -> Complex {
        let d = b.re.square() + b.im.square();
        Complex { re: (self.re * b.re + self.im * b.im) / d, im: (self.im * b.re - self.re * b.im) / d }
    }
}
