//! Numbers of about 106 bits as unevaluated sums of two doubles, and exact products and sums.
//!
//! Sources: T. J. Dekker, "A floating-point technique for extending the available precision", Numer. Math. 18 (1971);
//! D. E. Knuth, TAOCP vol. 2, 4.2.2, theorem B; J. R. Shewchuk, "Adaptive precision floating-point arithmetic", Discrete
//! Comput. Geom. 18 (1997), for the expansion behind `exact_sum`.

use std::ops::{Add, Mul, Neg, Sub};

/// `a + b` as rounded sum and exact rest.
pub(super) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let from_b = sum - a;
    (sum, (a - (sum - from_b)) + (b - from_b))
}

/// `a * b` as rounded product and exact rest (barring underflow).
pub(super) fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    (product, a.mul_add(b, -product))
}

/// The sum of the terms, as if exact and then rounded (to within an ulp).
pub(super) fn exact_sum(terms: &[f64]) -> f64 {
    // Non-overlapping parts, small to large, whose sum is exactly that of the terms so far.
    let mut parts: Vec<f64> = Vec::new();
    for &term in terms {
        let mut carry = term;
        for part in &mut parts {
            let (sum, rest) = two_sum(carry, *part);
            carry = sum;
            *part = rest;
        }
        parts.push(carry);
    }
    parts.iter().sum()
}

/// `hi + lo`, `lo` at most half an ulp of `hi`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Double {
    pub(super) hi: f64,
    pub(super) lo: f64,
}

impl Double {
    pub(super) const LN_2: Double = Double { hi: std::f64::consts::LN_2, lo: 2.319_046_813_846_299_6e-17 };
    pub(super) const FRAC_PI_2: Double = Double { hi: std::f64::consts::FRAC_PI_2, lo: 6.123_233_995_736_766e-17 };

    pub(super) const fn new(hi: f64) -> Double {
        Double { hi, lo: 0.0 }
    }

    fn normalised(hi: f64, lo: f64) -> Double {
        let (hi, lo) = two_sum(hi, lo);
        Double { hi, lo }
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

    fn add(self, other: Double) -> Double {
        let (hi, hi_rest) = two_sum(self.hi, other.hi);
        let (lo, lo_rest) = two_sum(self.lo, other.lo);
        let (hi, rest) = two_sum(hi, hi_rest + lo);
        Double::normalised(hi, rest + lo_rest)
    }
}

impl Sub for Double {
    type Output = Double;

    fn sub(self, other: Double) -> Double {
        self + -other
    }
}

impl Mul for Double {
    type Output = Double;

    fn mul(self, other: Double) -> Double {
        let (hi, rest) = two_product(self.hi, other.hi);
        Double::normalised(hi, rest + (self.hi * other.lo + self.lo * other.hi))
    }
}
