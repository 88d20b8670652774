//! Index expressions: integer functions of the axes of the value being computed.
//!
//! An `Index` is kept in normal form, a constant plus coefficients times atoms, where an atom is an axis or a floor
//! division or floor modulus by a positive constant. Constructors simplify as they build, so two rolls that cancel or a
//! reshape that only drops unit axes leave plain axes behind and no separate simplifier runs.

use smallvec::{SmallVec, smallvec};
use std::fmt;

/// An integer expression over the axes of an iteration space.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Index {
    constant: i64,
    /// Sorted by atom, no zero coefficient, no atom twice.
    terms: SmallVec<[(Atom, i64); 1]>,
}

/// What an index expression multiplies by a coefficient.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Atom {
    /// The position along one axis.
    Axis(u8),
    /// Floor division by a positive constant.
    Div(Box<Index>, i64),
    /// Floor modulus by a positive constant: always in `0..modulus`.
    Rem(Box<Index>, i64),
}

/// An inclusive range of values.
pub type Range = (i64, i64);

/// `start <= index < end`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bound {
    /// The bounded expression.
    pub index: Index,
    /// First value inside.
    pub start: i64,
    /// First value outside.
    pub end: i64,
}

/// The part of an iteration space where all bounds hold; no bounds mean everywhere.
pub type Domain = Vec<Bound>;

impl Index {
    /// A constant.
    pub fn constant(value: i64) -> Index {
        Index { constant: value, terms: smallvec![] }
    }

    /// The position along `axis`.
    pub fn axis(axis: usize) -> Index {
        Index::atom(Atom::Axis(axis as u8))
    }

    /// The identity map of a space of `rank` axes.
    pub fn identity(rank: usize) -> Vec<Index> {
        (0..rank).map(Index::axis).collect()
    }

    fn atom(atom: Atom) -> Index {
        Index { constant: 0, terms: smallvec![(atom, 1)] }
    }

    /// The constant part.
    pub fn offset(&self) -> i64 {
        self.constant
    }

    /// Atoms with their coefficients.
    pub fn terms(&self) -> &[(Atom, i64)] {
        &self.terms
    }

    /// The value, if it is the same everywhere.
    pub fn as_constant(&self) -> Option<i64> {
        self.terms.is_empty().then_some(self.constant)
    }

    /// The axis, if the expression is one axis and nothing else.
    pub fn as_axis(&self) -> Option<usize> {
        match &self.terms[..] {
            [(Atom::Axis(axis), 1)] if self.constant == 0 => Some(*axis as usize),
            _ => None,
        }
    }

    /// True if the expression has the axis in it.
    pub fn depends_on(&self, axis: usize) -> bool {
        self.terms.iter().any(|(atom, _)| match atom {
            Atom::Axis(at) => *at as usize == axis,
            Atom::Div(inner, _) | Atom::Rem(inner, _) => inner.depends_on(axis),
        })
    }

    /// The coefficient of every axis, if the expression has no division or modulus.
    pub fn coefficients(&self, rank: usize) -> Option<SmallVec<[i64; 4]>> {
        let mut coefficients = SmallVec::from_elem(0, rank);
        for (atom, coefficient) in &self.terms {
            match atom {
                Atom::Axis(axis) => coefficients[*axis as usize] += coefficient,
                _ => return None,
            }
        }
        Some(coefficients)
    }

    /// Sum.
    pub fn add(&self, other: &Index) -> Index {
        let mut terms = self.terms.clone();
        for (atom, coefficient) in &other.terms {
            match terms.binary_search_by(|(have, _)| have.cmp(atom)) {
                Ok(at) => terms[at].1 += coefficient,
                Err(at) => terms.insert(at, (atom.clone(), *coefficient)),
            }
        }
        terms.retain(|(_, coefficient)| *coefficient != 0);
        Index { constant: self.constant + other.constant, terms }
    }

    /// Sum with a constant.
    pub fn plus(&self, constant: i64) -> Index {
        Index { constant: self.constant + constant, terms: self.terms.clone() }
    }

    /// Product with a constant.
    pub fn times(&self, factor: i64) -> Index {
        if factor == 0 {
            return Index::constant(0);
        }
        let terms = self.terms.iter().map(|(atom, coefficient)| (atom.clone(), coefficient * factor)).collect();
        Index { constant: self.constant * factor, terms }
    }

    /// Floor division by a positive constant, over a space of the given extents.
    pub fn div(&self, divisor: i64, extents: &[usize]) -> Index {
        let (multiple, rest) = self.split(divisor);
        let (low, high) = rest.range(extents);
        if low.div_euclid(divisor) == high.div_euclid(divisor) {
            return multiple.plus(low.div_euclid(divisor));
        }
        multiple.add(&Index::atom(Atom::Div(Box::new(rest), divisor)))
    }

    /// Floor modulus by a positive constant, over a space of the given extents.
    pub fn rem(&self, modulus: i64, extents: &[usize]) -> Index {
        let mut rest = self.split(modulus).1;
        // (y mod cm) mod m = y mod m, so that composed rolls become one.
        while let Some(at) = rest.terms.iter().position(|(atom, _)| matches!(atom, Atom::Rem(_, m) if m % modulus == 0))
        {
            let (atom, coefficient) = rest.terms.remove(at);
            let Atom::Rem(inner, _) = atom else { unreachable!("position found a modulus") };
            rest = rest.add(&inner.times(coefficient)).split(modulus).1;
        }
        let (low, high) = rest.range(extents);
        let turns = low.div_euclid(modulus);
        if turns == high.div_euclid(modulus) {
            return rest.plus(-turns * modulus);
        }
        Index::atom(Atom::Rem(Box::new(rest), modulus))
    }

    /// `self = divisor * multiple + rest`, with every coefficient and the constant of `rest` in `0..divisor`.
    /// Coefficients keep their sign if that is the smaller one, which keeps reversed axes readable.
    fn split(&self, divisor: i64) -> (Index, Index) {
        let (mut multiple, mut rest) = (Index::constant(0), Index::constant(0));
        for (atom, coefficient) in &self.terms {
            let quotient = coefficient / divisor;
            let remainder = coefficient - quotient * divisor;
            if quotient != 0 {
                multiple.terms.push((atom.clone(), quotient));
            }
            if remainder != 0 {
                rest.terms.push((atom.clone(), remainder));
            }
        }
        multiple.constant = self.constant.div_euclid(divisor);
        rest.constant = self.constant.rem_euclid(divisor);
        (multiple, rest)
    }

    /// The expression with every axis replaced, over the new space of the given extents.
    pub fn substitute(&self, axes: &[Index], extents: &[usize]) -> Index {
        let mut result = Index::constant(self.constant);
        for (atom, coefficient) in &self.terms {
            let value = match atom {
                Atom::Axis(axis) => axes[*axis as usize].clone(),
                Atom::Div(inner, divisor) => inner.substitute(axes, extents).div(*divisor, extents),
                Atom::Rem(inner, modulus) => inner.substitute(axes, extents).rem(*modulus, extents),
            };
            result = result.add(&value.times(*coefficient));
        }
        result
    }

    /// The value at one point.
    pub fn at(&self, point: &[i64]) -> i64 {
        let value = |atom: &Atom| match atom {
            Atom::Axis(axis) => point[*axis as usize],
            Atom::Div(inner, divisor) => inner.at(point).div_euclid(*divisor),
            Atom::Rem(inner, modulus) => inner.at(point).rem_euclid(*modulus),
        };
        self.constant + self.terms.iter().map(|(atom, coefficient)| coefficient * value(atom)).sum::<i64>()
    }

    /// The smallest and largest value over a space (an empty axis counts as its position 0).
    pub fn range(&self, extents: &[usize]) -> Range {
        self.range_within(extents, &[])
    }

    /// The smallest and largest value where `domain` holds: a safe over-estimate.
    pub fn range_within(&self, extents: &[usize], domain: &[Bound]) -> Range {
        let (mut low, mut high) = (self.constant as i128, self.constant as i128);
        for (atom, coefficient) in &self.terms {
            let (first, last) = atom.range(extents, domain);
            let ends = (first as i128 * *coefficient as i128, last as i128 * *coefficient as i128);
            low += ends.0.min(ends.1);
            high += ends.0.max(ends.1);
        }
        // A bound on an expression that this one is a multiple of, up to a constant, tightens the range.
        for bound in domain {
            if let Some(factor) = self.multiple_of(&bound.index) {
                let at = |value: i64| {
                    (value as i128 - bound.index.constant as i128) * factor as i128 + self.constant as i128
                };
                let ends = (at(bound.start), at(bound.end.saturating_sub(1)));
                low = low.max(ends.0.min(ends.1));
                high = high.min(ends.0.max(ends.1));
            }
        }
        let clamp = |value: i128| value.clamp(i64::MIN as i128, i64::MAX as i128) as i64;
        (clamp(low), clamp(high.max(low)))
    }

    /// The factor by which all coefficients are those of another expression.
    fn multiple_of(&self, other: &Index) -> Option<i64> {
        let (first, base) = (self.terms.first()?.1, other.terms.first()?.1);
        let factor = first / base;
        let is_multiple = |((a, x), (b, y)): (&(Atom, i64), &(Atom, i64))| a == b && y.checked_mul(factor) == Some(*x);
        (self.terms.len() == other.terms.len() && self.terms.iter().zip(&other.terms).all(is_multiple))
            .then_some(factor)
    }

    /// The largest axis the expression mentions, plus one.
    pub fn rank(&self) -> usize {
        let rank = |atom: &Atom| match atom {
            Atom::Axis(axis) => *axis as usize + 1,
            Atom::Div(inner, _) | Atom::Rem(inner, _) => inner.rank(),
        };
        self.terms.iter().map(|(atom, _)| rank(atom)).max().unwrap_or(0)
    }
}

impl Atom {
    /// The range by structure, and by the bounds on this atom alone, such as `i*2 + 1 in 5..9`.
    fn range(&self, extents: &[usize], domain: &[Bound]) -> Range {
        domain.iter().fold(
            self.range_by_structure(extents, domain),
            |(low, high), bound| match &bound.index.terms[..] {
                [(atom, factor)] if atom == self => {
                    let first = bound.start.saturating_sub(bound.index.constant);
                    let last = bound.end.saturating_sub(1).saturating_sub(bound.index.constant);
                    let (first, last) = if *factor > 0 { (first, last) } else { (-last, -first) };
                    let factor = factor.abs();
                    let low = low.max(first.div_euclid(factor) + (first.rem_euclid(factor) != 0) as i64);
                    (low, high.min(last.div_euclid(factor)).max(low))
                }
                _ => (low, high),
            },
        )
    }

    fn range_by_structure(&self, extents: &[usize], domain: &[Bound]) -> Range {
        match self {
            Atom::Axis(axis) => (0, extents[*axis as usize].saturating_sub(1) as i64),
            Atom::Div(inner, divisor) => {
                let (low, high) = inner.range_within(extents, domain);
                (low.div_euclid(*divisor), high.div_euclid(*divisor))
            }
            Atom::Rem(inner, modulus) => {
                let (low, high) = inner.range_within(extents, domain);
                match low.div_euclid(*modulus) == high.div_euclid(*modulus) {
                    true => (low.rem_euclid(*modulus), high.rem_euclid(*modulus)),
                    false => (0, modulus - 1),
                }
            }
        }
    }
}

impl Bound {
    /// `start <= index < end`.
    pub fn new(index: Index, start: i64, end: i64) -> Bound {
        Bound { index, start, end }
    }

    /// True or false if the bound holds everywhere or nowhere in a space, `None` if it depends on the point.
    pub fn holds(&self, extents: &[usize]) -> Option<bool> {
        let (low, high) = self.index.range(extents);
        match () {
            () if low >= self.start && high < self.end => Some(true),
            () if high < self.start || low >= self.end => Some(false),
            () => None,
        }
    }
}

/// The letter of an axis in dumps: `i j k l m n o p q r s`, then `a11`, `a12`, ...
pub fn axis_name(axis: usize) -> String {
    match "ijklmnopqrs".get(axis..axis + 1) {
        Some(letter) => letter.to_string(),
        None => format!("a{axis}"),
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (inner, sign, constant) = match self {
            Atom::Axis(axis) => return f.write_str(&axis_name(*axis as usize)),
            Atom::Div(inner, divisor) => (inner, '/', divisor),
            Atom::Rem(inner, modulus) => (inner, '%', modulus),
        };
        match inner.as_axis() {
            Some(axis) => write!(f, "{} {sign} {constant}", axis_name(axis)),
            None => write!(f, "({inner}) {sign} {constant}"),
        }
    }
}

impl fmt::Display for Index {
    /// As one would write it: `2 - i`, `i*256 + j`, `(i + 384) % 768`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.terms.is_empty() {
            return write!(f, "{}", self.constant);
        }
        // A constant goes in front only where it spares a leading minus sign.
        let leads = self.terms[0].1 < 0 && self.constant != 0;
        if leads {
            write!(f, "{}", self.constant)?;
        }
        for (at, (atom, coefficient)) in self.terms.iter().enumerate() {
            let sign = match (at == 0 && !leads, *coefficient < 0) {
                (true, false) => "",
                (true, true) => "-",
                (false, false) => " + ",
                (false, true) => " - ",
            };
            let compound = !matches!(atom, Atom::Axis(_));
            match coefficient.unsigned_abs() {
                1 => write!(f, "{sign}{atom}")?,
                factor if compound => write!(f, "{sign}({atom})*{factor}")?,
                factor => write!(f, "{sign}{atom}*{factor}")?,
            }
        }
        match self.constant {
            constant if leads || constant == 0 => Ok(()),
            constant if constant < 0 => write!(f, " - {}", constant.unsigned_abs()),
            constant => write!(f, " + {constant}"),
        }
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Atom {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} in {}..{}", self.index, self.start, self.end)
    }
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTENTS: [usize; 2] = [768, 1024];

    fn i() -> Index {
        Index::axis(0)
    }

    fn j() -> Index {
        Index::axis(1)
    }

    #[test]
    fn rolls_that_cancel_leave_the_axis() {
        let there = i().plus(300).rem(768, &EXTENTS);
        assert_eq!(there.to_string(), "(i + 300) % 768");
        assert_eq!(there.plus(468).rem(768, &EXTENTS), i());
    }

    #[test]
    fn row_major_positions_split_into_their_axes() {
        let flat = i().times(1024).add(&j());
        assert_eq!(flat.div(1024, &EXTENTS), i());
        assert_eq!(flat.rem(1024, &EXTENTS), j());
        assert_eq!(flat.div(512, &EXTENTS).to_string(), "i*2 + j / 512");
    }

    #[test]
    fn text_reads_like_a_formula() {
        assert_eq!(Index::constant(2).add(&i().times(-1)).to_string(), "2 - i");
        assert_eq!(i().times(256).add(&j()).plus(-3).to_string(), "i*256 + j - 3");
        assert_eq!(i().div(3, &EXTENTS).times(2).to_string(), "(i / 3)*2");
    }

    #[test]
    fn bounds_tighten_ranges() {
        let bound = Bound::new(i(), 354, 414);
        assert_eq!(i().plus(-354).range_within(&EXTENTS, std::slice::from_ref(&bound)), (0, 59));
        let turned = i().plus(100).rem(768, &EXTENTS);
        let bound = Bound::new(turned.clone(), 10, 20);
        assert_eq!(turned.plus(-10).range_within(&EXTENTS, std::slice::from_ref(&bound)), (0, 9));
    }

    #[test]
    fn bounds_on_parts_and_multiples_tighten_ranges() {
        let turned = i().plus(4).rem(5, &[5]);
        let bound = Bound::new(turned.clone(), 0, 2);
        assert_eq!(turned.times(2).plus(2).range_within(&[5], std::slice::from_ref(&bound)), (2, 4));
        let bound = Bound::new(i().times(-3).plus(10), 0, 7);
        assert_eq!(i().range_within(&EXTENTS, std::slice::from_ref(&bound)), (2, 3));
        let flat = i().times(24).add(&j());
        let bound = Bound::new(flat.plus(1), 11, 21);
        assert_eq!(flat.times(-2).range_within(&EXTENTS, std::slice::from_ref(&bound)), (-38, -20));
    }

    #[test]
    fn simplified_expressions_keep_their_values() {
        let extents = [7, 5];
        for divisor in 1..12 {
            for (a, b, c) in [(1, 0, 3), (5, 1, -4), (-1, 0, 6), (3, -2, 11), (10, 2, 0)] {
                let plain = i().times(a).add(&j().times(b)).plus(c);
                let (div, rem) = (plain.div(divisor, &extents), plain.rem(divisor, &extents));
                let nested = rem.plus(c).rem(divisor, &extents);
                for x in 0..7 {
                    for y in 0..5 {
                        let value = a * x + b * y + c;
                        assert_eq!(div.at(&[x, y]), value.div_euclid(divisor), "{plain} / {divisor} = {div}");
                        assert_eq!(rem.at(&[x, y]), value.rem_euclid(divisor), "{plain} % {divisor} = {rem}");
                        assert_eq!(nested.at(&[x, y]), (value + c).rem_euclid(divisor));
                    }
                }
            }
        }
    }
}
