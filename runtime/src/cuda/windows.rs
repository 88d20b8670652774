//! The part of a cyclic line that regions see.

use ondine_ir::Window;
use smallvec::SmallVec;

/// A run of a window that does not wrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The first position in the window.
    pub(super) start: usize,
    /// How many.
    pub(super) count: usize,
    /// Where on the line, minus where in the window.
    pub(super) shift: i64,
}

/// The runs of a window on a line of this extent.
pub(super) fn pieces(window: Window, line: usize) -> SmallVec<[Piece; 2]> {
    let before = window.extent.min(line - window.start.min(line));
    let all = [
        Piece { start: 0, count: before, shift: window.start as i64 },
        Piece { start: before, count: window.extent - before, shift: window.start as i64 - line as i64 },
    ];
    all.into_iter().filter(|piece| piece.count > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_over_the_end_has_two_runs() {
        let runs = pieces(Window::run(6, 5), 8);
        let places: Vec<i64> =
            runs.iter().flat_map(|run| (run.start..run.start + run.count).map(|at| at as i64 + run.shift)).collect();
        assert_eq!(places, [6, 7, 0, 1, 2]);
        assert_eq!(pieces(Window::run(2, 0), 8).len(), 0);
    }
}
