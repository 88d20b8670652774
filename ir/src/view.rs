//! Views: ways to read an array that move no data. Each maps a result index to the index in its source.
//!
//! Three cover all: `Affine` (slice, flip, permute, broadcast, diagonal, sliding windows), `Reshape`, and `Roll`.

use crate::{Index, Shape};
use smallvec::SmallVec;
use std::fmt;

/// An index map from result to source.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum View {
    /// Every source index is an affine function of the result index.
    Affine(Affine),
    /// The same elements in row-major order under another shape.
    Reshape(Shape),
    /// Cyclic shifts, one per axis, each in `0..extent`: result index `i` reads source index `i - shift`.
    Roll(SmallVec<[usize; 4]>),
}

/// A view whose source indices are constants plus multiples of the result's axes.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Affine {
    /// Extents of the result.
    pub shape: Shape,
    /// For every source axis its index; no division or modulus.
    pub source: Vec<Index>,
}

/// What a slice picks from one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picked {
    /// One position; the result loses the axis.
    One(i64),
    /// Positions at equal distances.
    Range {
        /// The first position.
        start: i64,
        /// The distance, negative to read backwards.
        step: i64,
        /// The number of positions.
        extent: usize,
    },
}

impl Affine {
    /// A view of shape `shape` from one index per source axis. Axes of extent 1 or less are left out of the indices,
    /// because their position is always 0.
    pub fn new(shape: Shape, source: impl IntoIterator<Item = Index>) -> Affine {
        let axes: Vec<Index> = (0..shape.rank())
            .map(|axis| if shape[axis] <= 1 { Index::constant(0) } else { Index::axis(axis) })
            .collect();
        let source = source.into_iter().map(|index| index.substitute(&axes, &shape)).collect();
        Affine { shape, source }
    }

    /// Axes in another order: result axis `k` is source axis `axes[k]`.
    pub fn permute(source: &Shape, axes: &[usize]) -> Affine {
        let mut map = Index::identity(source.rank());
        for (result, &axis) in axes.iter().enumerate() {
            map[axis] = Index::axis(result);
        }
        Affine::new(axes.iter().map(|&axis| source[axis]).collect(), map)
    }

    /// The source repeated along new leading axes and along axes of extent 1. The shapes must broadcast to `shape`.
    pub fn broadcast(source: &Shape, shape: Shape) -> Affine {
        let missing = shape.rank() - source.rank();
        let map: Vec<Index> = (0..source.rank())
            .map(|axis| if source[axis] == 1 { Index::constant(0) } else { Index::axis(axis + missing) })
            .collect();
        Affine::new(shape, map)
    }

    /// A read backwards along the given axes.
    pub fn flip(source: &Shape, axes: &[usize]) -> Affine {
        let map: Vec<Index> = (0..source.rank())
            .map(|axis| match axes.contains(&axis) {
                true => Index::axis(axis).times(-1).plus(source[axis].saturating_sub(1) as i64),
                false => Index::axis(axis),
            })
            .collect();
        Affine::new(source.clone(), map)
    }

    /// True if there is one index per axis of the source, over axes that the result has.
    pub(crate) fn fits(&self, source: &Shape) -> bool {
        self.source.len() == source.rank() && self.source.iter().all(|index| index.rank() <= self.shape.rank())
    }

    /// True if some element of the source is read more than once: an axis of the result that no index mentions.
    pub fn repeats(&self) -> bool {
        (0..self.shape.rank()).any(|axis| {
            self.shape[axis] > 1
                && self.source.iter().all(|index| index.coefficients(self.shape.rank()).is_some_and(|c| c[axis] == 0))
        })
    }
}

impl View {
    /// Extents of the result, given those of the source.
    pub fn shape(&self, source: &Shape) -> Shape {
        match self {
            View::Affine(affine) => affine.shape.clone(),
            View::Reshape(shape) => shape.clone(),
            View::Roll(_) => source.clone(),
        }
    }

    /// Where element `out` of the view lies in a source of shape `source`; `out` are indices over `extents`.
    pub fn source(&self, source: &Shape, out: &[Index], extents: &[usize]) -> Vec<Index> {
        match self {
            View::Affine(affine) => affine.source.iter().map(|index| index.substitute(out, extents)).collect(),
            View::Roll(shifts) => (0..source.rank())
                .map(|axis| match (shifts[axis], source[axis]) {
                    (0, _) | (_, 0) => out[axis].clone(),
                    (shift, extent) => out[axis].plus((extent - shift) as i64).rem(extent as i64, extents),
                })
                .collect(),
            View::Reshape(shape) => reshape(source, shape, out, extents),
        }
    }

    /// The roll by the given shifts, or `None` if it moves nothing.
    pub fn roll(source: &Shape, shifts: impl IntoIterator<Item = i64>) -> Option<View> {
        let shifts: SmallVec<[usize; 4]> = shifts
            .into_iter()
            .zip(source.iter())
            .map(|(shift, &extent)| if extent == 0 { 0 } else { shift.rem_euclid(extent as i64) as usize })
            .collect();
        shifts.iter().any(|&shift| shift != 0).then_some(View::Roll(shifts))
    }

    /// True if the view reads every source element in its own place.
    pub fn is_identity(&self, source: &Shape) -> bool {
        match self {
            View::Affine(affine) => {
                affine.shape == *source && *affine == Affine::new(source.clone(), Index::identity(source.rank()))
            }
            View::Reshape(shape) => shape == source,
            View::Roll(shifts) => shifts.iter().all(|&shift| shift == 0),
        }
    }

    /// The word it prints under, taken from its structure.
    pub fn name(&self, source: &Shape) -> &'static str {
        match self {
            View::Reshape(_) => "reshape",
            View::Roll(_) => "roll",
            View::Affine(affine) if !affine.fits(source) => "view",
            View::Affine(affine) if affine.is_broadcast(source) => "broadcast",
            View::Affine(affine) if affine.as_permute(source).is_some() => "permute",
            View::Affine(affine) if affine.as_flip(source).is_some() => "flip",
            View::Affine(affine) if affine.as_slice(source).is_some() => "slice",
            View::Affine(_) => "view",
        }
    }
}

/// Row-major positions agree: groups of axes with equal products are split and merged on their own, so that axes that a
/// reshape leaves alone stay plain.
fn reshape(source: &Shape, shape: &Shape, out: &[Index], extents: &[usize]) -> Vec<Index> {
    let mut result = Vec::with_capacity(source.rank());
    if source.elements() == 0 {
        return vec![Index::constant(0); source.rank()];
    }
    let (mut from, mut to) = (0, 0);
    while from < source.rank() {
        let (mut from_end, mut to_end) = (from + 1, to);
        let (mut from_product, mut to_product) = (source[from], 1);
        let mut flat = Index::constant(0);
        while from_product != to_product {
            if to_product < from_product {
                flat = flat.times(shape[to_end] as i64).add(&out[to_end]);
                to_product *= shape[to_end];
                to_end += 1;
            } else {
                from_product *= source[from_end];
                from_end += 1;
            }
        }
        let mut below = from_product as i64;
        for axis in from..from_end {
            let extent = source[axis] as i64;
            below /= extent;
            result.push(flat.div(below, extents).rem(extent, extents));
        }
        (from, to) = (from_end, to_end);
    }
    result
}

impl Affine {
    fn is_broadcast(&self, source: &Shape) -> bool {
        self.shape.rank() >= source.rank()
            && self.shape != *source
            && source.broadcast(&self.shape).as_ref() == Some(&self.shape)
            && *self == Affine::broadcast(source, self.shape.clone())
    }

    /// The order of source axes, if that is all the view changes.
    pub fn as_permute(&self, source: &Shape) -> Option<SmallVec<[usize; 4]>> {
        if self.shape.rank() != source.rank() || self.shape == *source && self.source == Index::identity(source.rank())
        {
            return None;
        }
        // Unit axes leave no trace in the indices; they fill the places that are left, in order.
        let mut axes: SmallVec<[Option<usize>; 4]> = SmallVec::from_elem(None, self.shape.rank());
        for (axis, index) in self.source.iter().enumerate().filter(|(axis, _)| source[*axis] > 1) {
            let place = axes.get_mut(index.as_axis()?)?;
            if place.replace(axis).is_some() {
                return None;
            }
        }
        let mut units = (0..source.rank()).filter(|&axis| source[axis] <= 1);
        let axes: Option<SmallVec<[usize; 4]>> = axes.into_iter().map(|axis| axis.or_else(|| units.next())).collect();
        axes.filter(|axes| {
            let sorted = axes.windows(2).all(|pair| pair[0] < pair[1]);
            !sorted && *self == Affine::permute(source, axes)
        })
    }

    /// The axes that are read backwards, if that is all the view changes.
    pub fn as_flip(&self, source: &Shape) -> Option<SmallVec<[usize; 4]>> {
        let axes: SmallVec<[usize; 4]> = (0..self.source.len())
            .filter(|&axis| self.source[axis].terms().first().is_some_and(|(_, coefficient)| *coefficient == -1))
            .collect();
        (!axes.is_empty() && self.shape == *source && *self == Affine::flip(source, &axes)).then_some(axes)
    }

    /// What is picked from every source axis, if the view
    /// picks from every axis on its own and keeps their order.
    pub fn as_slice(&self, source: &Shape) -> Option<Vec<Picked>> {
        let dropped = source.rank().checked_sub(self.shape.rank())?;
        let (mut result, mut left, mut parts) = (0, dropped, Vec::new());
        for index in &self.source {
            let coefficients = index.coefficients(self.shape.rank())?;
            let mentioned =
                (0..self.shape.rank()).filter(|&axis| coefficients[axis] != 0).collect::<SmallVec<[usize; 4]>>();
            match &mentioned[..] {
                [axis] if *axis == result => parts.push(Picked::Range {
                    start: index.offset(),
                    step: coefficients[result],
                    extent: self.shape[result],
                }),
                [] if left > 0 => {
                    left -= 1;
                    parts.push(Picked::One(index.offset()));
                    continue;
                }
                [] if self.shape.get(result)? <= &1 => {
                    parts.push(Picked::Range { start: index.offset(), step: 1, extent: self.shape[result] })
                }
                _ => return None,
            }
            result += 1;
        }
        Some(parts)
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            View::Affine(affine) => write!(f, "view{} {:?}", affine.shape, &affine.source[..]),
            View::Reshape(shape) => write!(f, "reshape{shape}"),
            View::Roll(shifts) => write!(f, "roll{:?}", &shifts[..]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indices(view: &View, source: &Shape) -> String {
        let shape = view.shape(source);
        let out = Index::identity(shape.rank());
        view.source(source, &out, &shape).iter().map(Index::to_string).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn reshapes_leave_untouched_axes_plain() {
        let source = Shape::from([4, 6, 5]);
        assert_eq!(indices(&View::Reshape([4, 1, 6, 5].into()), &source), "i, k, l");
        assert_eq!(indices(&View::Reshape([4, 2, 3, 5].into()), &source), "i, j*3 + k, l");
        assert_eq!(indices(&View::Reshape([24, 5].into()), &source), "i / 6, i % 6, j");
        assert_eq!(
            indices(&View::Reshape([5, 24].into()), &source),
            "(i*24 + j) / 30, (i*4 + (i*4 + j) / 5) % 6, (i*4 + j) % 5"
        );
    }

    #[test]
    fn views_print_under_the_word_for_what_they_do() {
        let source = Shape::from([4, 6]);
        let name = |affine: Affine| View::Affine(affine).name(&source);
        assert_eq!(name(Affine::permute(&source, &[1, 0])), "permute");
        assert_eq!(name(Affine::flip(&source, &[1])), "flip");
        assert_eq!(name(Affine::broadcast(&source, [3, 4, 6].into())), "broadcast");
        assert_eq!(name(Affine::new([2, 6].into(), [Index::axis(0).times(2), Index::axis(1)])), "slice");
        assert_eq!(name(Affine::new([6].into(), [Index::constant(3), Index::axis(0)])), "slice");
        assert_eq!(name(Affine::new([4].into(), [Index::axis(0), Index::axis(0)])), "view");
        assert_eq!(View::Affine(Affine::broadcast(&[1, 3].into(), [4, 3].into())).name(&[1, 3].into()), "broadcast");
    }

    #[test]
    fn a_roll_reads_backwards() {
        let view = View::roll(&[5].into(), [2]).expect("2 of 5 moves something");
        assert_eq!(indices(&view, &[5].into()), "(i + 3) % 5");
        assert!(View::roll(&[5].into(), [-10]).is_none());
    }
}
