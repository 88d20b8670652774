//! Boxes of positions, and how a space is cut into them.

use super::affine::{Unresolved, decide, resolve_atom};
use ondine_ir::{Atom, Bound, Index, Inst, Region};
use smallvec::SmallVec;

/// The most boxes that a space is cut into; past it, indices are computed element by element.
const MOST_BOXES: usize = 64;

/// A box of positions: `origin <= position < origin + extents`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Frame {
    /// The first position.
    pub origin: SmallVec<[i64; 4]>,
    /// How many positions along each axis.
    pub extents: SmallVec<[usize; 4]>,
}

impl Frame {
    /// A whole space.
    pub fn whole(extents: &[usize]) -> Frame {
        Frame { origin: SmallVec::from_elem(0, extents.len()), extents: extents.into() }
    }

    /// The first position after the frame along an axis.
    pub fn end(&self, axis: usize) -> i64 {
        self.origin[axis] + self.extents[axis] as i64
    }

    /// How many positions.
    pub fn elements(&self) -> usize {
        self.extents.iter().product()
    }

    /// The positions in both frames, `None` if there are none.
    pub fn intersect(&self, other: &Frame) -> Option<Frame> {
        let mut both = self.clone();
        for axis in 0..self.origin.len() {
            let start = self.origin[axis].max(other.origin[axis]);
            let end = self.end(axis).min(other.end(axis));
            if end <= start {
                return None;
            }
            both.origin[axis] = start;
            both.extents[axis] = (end - start) as usize;
        }
        Some(both)
    }

    /// The axis along which `next` begins where this frame ends, if the frames agree along all others.
    pub(super) fn continues(&self, next: &Frame) -> Option<usize> {
        let mut differing = (0..self.origin.len())
            .filter(|&axis| self.origin[axis] != next.origin[axis] || self.extents[axis] != next.extents[axis]);
        match (differing.next(), differing.next()) {
            (Some(axis), None) if self.end(axis) == next.origin[axis] => Some(axis),
            _ => None,
        }
    }

    /// The frame with another range along one axis.
    pub fn with(&self, axis: usize, start: i64, extent: usize) -> Frame {
        let mut frame = self.clone();
        frame.origin[axis] = start;
        frame.extents[axis] = extent;
        frame
    }

    /// The row-major positions `start..end` of the axes `axes` (ascending) as frames; the other axes stay as they are.
    pub fn runs(&self, axes: &[usize], start: usize, end: usize) -> Vec<Frame> {
        let mut frames = Vec::new();
        self.push_runs(axes, start, end, &mut frames);
        frames
    }

    fn push_runs(&self, axes: &[usize], start: usize, end: usize, frames: &mut Vec<Frame>) {
        let Some((&axis, rest)) = axes.split_first() else {
            if start < end {
                frames.push(self.clone());
            }
            return;
        };
        let inner: usize = rest.iter().map(|&axis| self.extents[axis]).product();
        if start >= end || inner == 0 {
            return;
        }
        let at = |position: usize| self.origin[axis] + position as i64;
        let (first, last) = (start / inner, end / inner);
        if first == last {
            return self.with(axis, at(first), 1).push_runs(rest, start - first * inner, end - first * inner, frames);
        }
        let whole = if start == first * inner { first } else { first + 1 };
        if whole > first {
            self.with(axis, at(first), 1).push_runs(rest, start - first * inner, inner, frames);
        }
        if last > whole {
            frames.push(self.with(axis, at(whole), last - whole));
        }
        if end > last * inner {
            self.with(axis, at(last), 1).push_runs(rest, 0, end - last * inner, frames);
        }
    }

    /// The frame cut into boxes of about `elements` positions that are runs in row-major order.
    pub fn chunks(&self, elements: usize) -> Vec<Frame> {
        let mut inner = 1;
        let mut axis = self.extents.len();
        while axis > 0 && inner * self.extents[axis - 1] <= elements {
            axis -= 1;
            inner *= self.extents[axis];
        }
        let mut frames = vec![self.clone()];
        if axis == 0 || inner == 0 {
            return frames;
        }
        for (at, step) in (0..axis).map(|at| (at, if at + 1 == axis { (elements / inner).max(1) } else { 1 })) {
            frames = frames
                .iter()
                .flat_map(|frame| {
                    (0..self.extents[at]).step_by(step).map(move |start| {
                        let extent = step.min(self.extents[at] - start);
                        frame.with(at, frame.origin[at] + start as i64, extent)
                    })
                })
                .collect();
        }
        frames
    }
}

/// Cuts a space so that in every box as many indices as possible are affine and as many bounds as possible decided.
pub(super) fn boxes(regions: &[&Region], extents: &[usize]) -> Vec<Frame> {
    if extents.contains(&0) {
        return Vec::new();
    }
    let whole = Frame::whole(extents);
    let mut cuts: Vec<Vec<i64>> = extents.iter().map(|&extent| vec![0, extent as i64]).collect();
    let insts = || regions.iter().flat_map(|region| region.body.iter().map(|(inst, _)| inst));
    for inst in insts() {
        each_index(inst, &mut |index| cut_index(index, &whole, &mut cuts));
    }
    for bound in insts().flat_map(bounds) {
        if let Some(axis) = only_axis(&bound.index) {
            refine(axis, &whole, &mut cuts[axis], &|frame| decide(bound, frame).map(|_| ()));
        }
    }
    // Too many: the axis in the most pieces is left whole.
    while cuts.iter().map(|cuts| cuts.len() - 1).product::<usize>() > MOST_BOXES {
        let most = (0..cuts.len()).max_by_key(|&axis| cuts[axis].len()).expect("a product above 1 has a factor");
        cuts[most] = vec![0, extents[most] as i64];
    }
    let mut frames = vec![whole];
    for (axis, cuts) in cuts.iter().enumerate() {
        frames = frames
            .iter()
            .flat_map(|frame| cuts.windows(2).map(move |cut| frame.with(axis, cut[0], (cut[1] - cut[0]) as usize)))
            .collect();
    }
    frames
}

fn bounds(inst: &Inst) -> &[Bound] {
    match inst {
        Inst::Load { within, .. } => within,
        Inst::Inside(domain) => domain,
        _ => &[],
    }
}

fn each_index<'a>(inst: &'a Inst, visit: &mut dyn FnMut(&'a Index)) {
    match inst {
        Inst::Load { index, .. } => index.iter().for_each(&mut *visit),
        Inst::Index(index) => visit(index),
        _ => {}
    }
    bounds(inst).iter().for_each(|bound| visit(&bound.index));
}

fn cut_index(index: &Index, whole: &Frame, cuts: &mut [Vec<i64>]) {
    for (atom, _) in index.terms() {
        if let Atom::Div(inner, _) | Atom::Rem(inner, _) = atom
            && let Some(axis) = only_axis(inner)
        {
            refine(axis, whole, &mut cuts[axis], &|frame| resolve_atom(atom, frame).map(|_| ()));
        }
    }
}

/// The axis that an expression depends on, if it is one.
fn only_axis(index: &Index) -> Option<usize> {
    let mut axes = SmallVec::<[usize; 4]>::new();
    collect_axes(index, &mut axes);
    axes.sort_unstable();
    axes.dedup();
    if let [axis] = axes[..] { Some(axis) } else { None }
}

fn collect_axes(index: &Index, axes: &mut SmallVec<[usize; 4]>) {
    for (atom, _) in index.terms() {
        match atom {
            Atom::Axis(axis) => axes.push(*axis as usize),
            Atom::Div(inner, _) | Atom::Rem(inner, _) => collect_axes(inner, axes),
        }
    }
}

/// Adds cuts along one axis until `resolved` holds in every piece; leaves them alone if it does not come to that.
fn refine(axis: usize, whole: &Frame, cuts: &mut Vec<i64>, resolved: &dyn Fn(&Frame) -> Result<(), Unresolved>) {
    let mut finer = cuts.clone();
    let mut at = 0;
    while at + 1 < finer.len() {
        let frame = whole.with(axis, finer[at], (finer[at + 1] - finer[at]) as usize);
        match resolved(&frame) {
            Err(Unresolved::Cut { at: more, .. }) if !more.is_empty() => {
                finer.extend(more);
                finer.sort_unstable();
                finer.dedup();
            }
            Err(_) => return,
            Ok(()) => at += 1,
        }
        if finer.len() > MOST_BOXES + 1 {
            return;
        }
    }
    *cuts = finer;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_cover_a_range_once_in_order() {
        let frame = Frame::whole(&[3, 2, 5]);
        for start in 0..30 {
            for end in start..=30 {
                let mut seen = Vec::new();
                for run in frame.runs(&[0, 1, 2], start, end) {
                    for i in run.origin[0]..run.end(0) {
                        for j in run.origin[1]..run.end(1) {
                            seen.extend((run.origin[2]..run.end(2)).map(|k| (i * 10 + j * 5 + k) as usize));
                        }
                    }
                }
                assert_eq!(seen, (start..end).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn chunks_cover_a_frame() {
        for elements in [1, 4, 7, 40, 1000] {
            let chunks = Frame::whole(&[3, 4, 5]).chunks(elements);
            assert_eq!(chunks.iter().map(Frame::elements).sum::<usize>(), 60);
            assert!(chunks.iter().all(|chunk| chunk.elements() <= elements));
        }
        assert_eq!(Frame::whole(&[]).chunks(1).len(), 1);
        assert_eq!(Frame::whole(&[0, 3]).chunks(2).iter().map(Frame::elements).sum::<usize>(), 0);
    }
}
