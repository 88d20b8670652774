//! Boxes of positions: what callers ask a nest to run on.

use smallvec::SmallVec;

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

    /// The frame with another range along one axis.
    pub fn with(&self, axis: usize, start: i64, extent: usize) -> Frame {
        let mut frame = self.clone();
        frame.origin[axis] = start;
        frame.extents[axis] = extent;
        frame
    }

    /// The row-major positions `start..end` of the axes `axes` (ascending) as frames; the other axes stay as they are.
    pub fn runs(&self, axes: &[usize], start: usize, end: usize) -> SmallVec<[Frame; 1]> {
        let mut frames = SmallVec::new();
        self.push_runs(axes, start, end, &mut frames);
        frames
    }

    fn push_runs(&self, axes: &[usize], start: usize, end: usize, frames: &mut SmallVec<[Frame; 1]>) {
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
