//! What a rewrite may assume, and the record that it was applied.

use std::fmt;

/// What has to be granted for a rewrite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Licence {
    /// Same bits, for NaN, infinities, signed zeros, overflow and empty arrays too.
    Exact,
    /// Differs only within the error bound of a transform.
    Fft,
    /// Differs only within the error bound of a sum.
    Sum,
    /// Right when all values are finite.
    Finite,
    /// Reassociation and contraction of elementwise arithmetic.
    Fast,
}

/// The licences granted to a compilation; `exact` always is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Licences {
    /// Rewrites of transforms within their own error bound.
    pub fft: bool,
    /// Rewrites of sums within their own error bound.
    pub sum: bool,
    /// Rewrites that need finite values, where that is proved or guarded.
    pub finite: bool,
    /// Reassociation and contraction.
    pub fast: bool,
}

impl Licences {
    /// Nothing but rewrites that keep every bit.
    pub const EXACT: Licences = Licences { fft: false, sum: false, finite: false, fast: false };

    /// True if rewrites under `licence` may run.
    pub fn allows(self, licence: Licence) -> bool {
        match licence {
            Licence::Exact => true,
            Licence::Fft => self.fft,
            Licence::Sum => self.sum,
            Licence::Finite => self.finite,
            Licence::Fast => self.fast,
        }
    }
}

impl Default for Licences {
    /// `exact`, `fft`, `sum`, and `finite` where it is proved or guarded.
    fn default() -> Licences {
        Licences { fft: true, sum: true, finite: true, fast: false }
    }
}

impl fmt::Display for Licence {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Licence::Exact => "exact",
            Licence::Fft => "fft",
            Licence::Sum => "sum",
            Licence::Finite => "finite",
            Licence::Fast => "fast",
        })
    }
}

/// A rule that a pass applied, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The rule.
    pub rule: &'static str,
    /// What it needed.
    pub licence: Licence,
    /// How often it fired.
    pub count: usize,
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {} {}", self.rule, self.licence, self.count)
    }
}
