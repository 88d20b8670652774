//! Cyclic runs on an axis, and boxes of them: what analyses of support and demand are made of.
//!
//! A run is a [`Window`] of step 1; it may pass the end of its axis and go on at the start. All of an axis is always the
//! run from 0, so equal runs are equal windows. Where the exact answer is two runs, functions give one that holds both.

use ondine_ir::{Index, Shape, Window};
use smallvec::SmallVec;

/// One run per axis.
pub(crate) type Windows = SmallVec<[Window; 4]>;

/// All of an array.
pub(crate) fn whole(shape: &Shape) -> Windows {
    shape.iter().map(|&extent| Window::whole(extent)).collect()
}

/// The run from a start, counted modulo the extent.
pub(crate) fn run(start: i64, length: usize, extent: usize) -> Window {
    match extent {
        0 => Window::whole(0),
        _ if length >= extent => Window::whole(extent),
        _ => Window::run(start.rem_euclid(extent as i64) as usize, length),
    }
}

/// Where a position lies behind the start of a run.
pub(crate) fn offset(window: Window, position: usize, extent: usize) -> usize {
    if extent == 0 { 0 } else { (position + extent - window.start) % extent }
}

/// True if all of `inner` is in `outer`.
pub(crate) fn contains(outer: Window, inner: Window, extent: usize) -> bool {
    inner.extent == 0 || outer.is_whole(extent) || offset(outer, inner.start, extent) + inner.extent <= outer.extent
}

/// The shortest run that holds both.
pub(crate) fn hull(a: Window, b: Window, extent: usize) -> Window {
    if a.extent == 0 || contains(b, a, extent) {
        return b;
    }
    if b.extent == 0 || contains(a, b, extent) {
        return a;
    }
    let from = |a: Window, b: Window| run(a.start as i64, a.extent.max(offset(a, b.start, extent) + b.extent), extent);
    let (forth, back) = (from(a, b), from(b, a));
    if back.extent < forth.extent { back } else { forth }
}

/// What both hold; the shorter of the two where that is not one run.
pub(crate) fn intersection(a: Window, b: Window, extent: usize) -> Window {
    if contains(a, b, extent) {
        return b;
    }
    if contains(b, a, extent) {
        return a;
    }
    let from = |a: Window, b: Window| {
        let skipped = offset(a, b.start, extent);
        (skipped < a.extent).then(|| Window::run(b.start, b.extent.min(a.extent - skipped)))
    };
    match (from(a, b), from(b, a)) {
        (Some(one), None) | (None, Some(one)) => one,
        (Some(_), Some(_)) if a.extent <= b.extent => a,
        (Some(_), Some(_)) => b,
        (None, None) => Window::run(0, 0),
    }
}

/// The run of the positions `centre - k`.
pub(crate) fn mirrored(window: Window, centre: usize, extent: usize) -> Window {
    let last = window.start as i64 + window.extent as i64 - 1;
    run(centre as i64 - last, window.extent, extent)
}

/// The shortest run that does not pass the end of the axis and holds this one.
pub(crate) fn unwrapped(window: Window, extent: usize) -> Window {
    if window.wraps(extent) { Window::whole(extent) } else { window }
}

/// The run that holds a window of any step.
pub(crate) fn filled(window: Window, extent: usize) -> Window {
    match window.extent {
        0 => Window::run(0, 0),
        count => run(window.start as i64, (count - 1) * window.step + 1, extent),
    }
}

/// How one axis of a view's source is read: at a position of its own, or along an axis of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Along {
    /// At one position.
    Fixed(i64),
    /// At `factor * k + offset` for position `k` of an axis.
    Axis {
        /// The axis of the result.
        axis: usize,
        /// Never 0.
        factor: i64,
        /// Where `k = 0` is read.
        offset: i64,
    },
}

impl Along {
    /// What an index says, if it mentions one axis at most and no division.
    pub(crate) fn of(index: &Index, rank: usize) -> Option<Along> {
        let coefficients = index.coefficients(rank)?;
        let mut mentioned = (0..rank).filter(|&axis| coefficients[axis] != 0);
        match (mentioned.next(), mentioned.next()) {
            (None, _) => Some(Along::Fixed(index.offset())),
            (Some(axis), None) => Some(Along::Axis { axis, factor: coefficients[axis], offset: index.offset() }),
            _ => None,
        }
    }

    /// True if the axis is read as it is or backwards, all of it, so that cyclic runs stay cyclic runs.
    pub(crate) fn is_cyclic(factor: i64, offset: i64, result: usize, source: usize) -> bool {
        result == source && (factor == 1 && offset == 0 || factor == -1 && offset == source as i64 - 1)
    }

    /// The run of the source that a run of the result reads.
    pub(crate) fn read(factor: i64, offset: i64, window: Window, result: usize, source: usize) -> Window {
        if window.extent == 0 {
            return Window::run(0, 0);
        }
        if Along::is_cyclic(factor, offset, result, source) {
            return if factor == 1 { window } else { mirrored(window, source - 1, source) };
        }
        let window = unwrapped(window, result);
        let first = factor * window.start as i64 + offset;
        let last = first + factor * (window.extent as i64 - 1);
        run(first.min(last), (first.max(last) - first.min(last)) as usize + 1, source)
    }

    /// The run of the result that reads from a run of the source.
    pub(crate) fn reading(factor: i64, offset: i64, window: Window, result: usize, source: usize) -> Window {
        if window.extent == 0 {
            return Window::run(0, 0);
        }
        if Along::is_cyclic(factor, offset, result, source) {
            return if factor == 1 { window } else { mirrored(window, source - 1, source) };
        }
        let window = unwrapped(window, source);
        let (low, high) = (window.start as i64 - offset, (window.start + window.extent) as i64 - 1 - offset);
        let (low, high) = if factor > 0 { (low, high) } else { (-high, -low) };
        let step = factor.abs();
        let first = (low.div_euclid(step) + (low.rem_euclid(step) != 0) as i64).max(0);
        let last = high.div_euclid(step).min(result as i64 - 1);
        if first > last { Window::run(0, 0) } else { run(first, (last - first) as usize + 1, result) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The positions of a run, as bits.
    fn bits(window: Window, extent: usize) -> u32 {
        (0..window.extent).fold(0, |bits, k| bits | 1 << ((window.start + k) % extent))
    }

    fn runs(extent: usize) -> Vec<Window> {
        let mut all = vec![Window::run(0, 0)];
        for start in 0..extent {
            all.extend((1..extent).map(|length| Window::run(start, length)));
        }
        all.push(Window::whole(extent));
        all
    }

    #[test]
    fn hulls_and_intersections_hold_what_they_say() {
        for extent in 1..7 {
            for a in runs(extent) {
                for b in runs(extent) {
                    let (x, y) = (bits(a, extent), bits(b, extent));
                    assert_eq!(contains(a, b, extent), y & !x == 0, "{a:?} {b:?} of {extent}");
                    let hull = hull(a, b, extent);
                    assert_eq!((x | y) & !bits(hull, extent), 0, "{a:?} {b:?} of {extent}: {hull:?}");
                    let shortest = runs(extent).into_iter().filter(|run| (x | y) & !bits(*run, extent) == 0);
                    assert_eq!(hull.extent, shortest.map(|run| run.extent).min().expect("the whole axis is a run"));
                    let both = intersection(a, b, extent);
                    assert_eq!(x & y & !bits(both, extent), 0, "{a:?} {b:?} of {extent}: {both:?}");
                    let is_run = runs(extent).into_iter().any(|run| bits(run, extent) == x & y);
                    assert!(!is_run || bits(both, extent) == x & y, "{a:?} {b:?} of {extent}: {both:?}");
                }
                for centre in 0..extent {
                    let want = (0..extent).filter(|k| bits(a, extent) >> ((centre + extent - k) % extent) & 1 == 1);
                    assert_eq!(bits(mirrored(a, centre, extent), extent), want.fold(0, |bits, k| bits | 1 << k));
                }
            }
        }
    }

    #[test]
    fn views_take_runs_forth_and_back() {
        for (factor, offset, result, source) in
            [(1, 0, 6, 6), (-1, 5, 6, 6), (1, 2, 3, 6), (-1, 3, 4, 6), (2, 1, 3, 7), (-2, 6, 3, 7)]
        {
            let at = |k: usize| (factor * k as i64 + offset) as usize;
            for window in runs(result) {
                let read = bits(Along::read(factor, offset, window, result, source), source);
                let want = (0..window.extent).fold(0, |bits, k| bits | 1 << at((window.start + k) % result));
                assert_eq!(want & !read, 0, "{factor}*k + {offset}: {window:?}");
            }
            for window in runs(source) {
                let reading = bits(Along::reading(factor, offset, window, result, source), result);
                let want = (0..result).filter(|&k| bits(window, source) >> at(k) & 1 == 1);
                assert_eq!(want.fold(0, |bits, k| bits | 1 << k) & !reading, 0, "{factor}*k + {offset}: {window:?}");
            }
        }
    }
}
