//! Poison: an element that is not finite makes all that sums, products and transforms compute from it not finite, so that a
//! look at the results finds it. What nobody reads, and what is compared, selected or divided by, shows nothing.
//!
//! A complex element is poisoned if one of its parts is. One backward walk from the results keeps for every value the
//! positions whose poison is certain to show.

use crate::fft::windows::Along;
use ondine_ir::{Binary, Fft, FftKind, Graph, NodeId, Op, Shape, Unary, Value, View, Window};

/// What becomes of a node's operands under the rules that are about to be applied.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Becomes {
    /// The op runs.
    Itself,
    /// A transform stands for what the transform before it was given.
    Undone,
    /// Something else; what it reads is not followed.
    Other,
}

/// True for the nodes of whose first output every poisoned element shows in a result.
pub(crate) fn shown(graph: &Graph, becomes: impl Fn(NodeId) -> Becomes) -> Vec<bool> {
    let mixed = mixed(graph);
    let mut table: Vec<Shown> = vec![Shown::Nothing; graph.len()];
    for &result in graph.results() {
        if result.output == 0 {
            table[result.node.index()] = Shown::All;
        }
    }
    let mut all = vec![false; graph.len()];
    for id in graph.ids().rev() {
        let own = std::mem::replace(&mut table[id.index()], Shown::Nothing);
        all[id.index()] = own == Shown::All;
        let node = graph.node(id);
        if own == Shown::Nothing || node.outputs.len() > 1 {
            continue;
        }
        let mut tell = |value: Value, shown: Shown| {
            if value.output == 0 {
                table[value.node.index()].include(shown);
            }
        };
        match becomes(id) {
            Becomes::Other => {}
            Becomes::Undone => {
                let (Op::Fft(fft), before) = (&node.op, node.inputs[0].node) else { continue };
                let given = graph.node(before).inputs[0];
                let kept = Shown::but_ignored(graph, fft.kind == FftKind::RealForward, fft, given, &mixed);
                tell(given, own.and(kept));
            }
            Becomes::Itself => {
                for (place, &operand) in node.inputs.iter().enumerate() {
                    tell(operand, of_operand(graph, &mixed, id, place, &own));
                }
            }
        }
    }
    all
}

/// The positions of a value whose poison shows.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Shown {
    Nothing,
    /// Everything at some positions of one axis.
    Along(usize, Vec<bool>),
    All,
}

impl Shown {
    fn along(axis: usize, positions: Vec<bool>) -> Shown {
        match () {
            () if positions.iter().all(|&at| at) => Shown::All,
            () if positions.contains(&true) => Shown::Along(axis, positions),
            () => Shown::Nothing,
        }
    }

    /// What shows in one reader or another; of positions on two axes only those on the first.
    fn include(&mut self, other: Shown) {
        match (&mut *self, other) {
            (Shown::All, _) | (_, Shown::Nothing) => {}
            (Shown::Along(axis, own), Shown::Along(other, more)) if *axis == other => {
                let both = own.iter().zip(&more).map(|(a, b)| *a || *b).collect();
                *self = Shown::along(other, both);
            }
            (Shown::Along(..), Shown::Along(..)) => {}
            (_, other) => *self = other,
        }
    }

    /// What shows under both conditions; nothing where that is no set of positions on one axis.
    fn and(self, other: Shown) -> Shown {
        match (self, other) {
            (Shown::All, shown) | (shown, Shown::All) => shown,
            (Shown::Along(axis, a), Shown::Along(by, b)) if axis == by => {
                Shown::along(axis, a.iter().zip(&b).map(|(a, b)| *a && *b).collect())
            }
            _ => Shown::Nothing,
        }
    }

    /// The bins of which a transform to real lines ignores no part, unless both parts are poisoned together.
    fn but_ignored(graph: &Graph, is_real: bool, fft: &Fft, bins: Value, mixed: &[bool]) -> Shown {
        let (Some(last), true) = (fft.axes.last(), is_real && !mixed[bins.node.index()]) else { return Shown::All };
        let count = graph.ty(bins).shape[last.axis];
        let is_kept = |bin: &usize| *bin != 0 && 2 * bin != last.len;
        match last.input.start {
            0 => Shown::along(last.axis, (0..count).map(|bin| is_kept(&bin)).collect()),
            _ => Shown::Nothing,
        }
    }
}

/// True for values of whose elements both parts are poisoned or none: a complex product makes both parts of all four.
fn mixed(graph: &Graph) -> Vec<bool> {
    let mut table = vec![false; graph.len()];
    for id in graph.ids() {
        let node = graph.node(id);
        let is_complex = |place: usize| graph.ty(node.inputs[place]).dtype.is_complex();
        let of = |place: usize| table[node.inputs[place].node.index()];
        table[id.index()] = match &node.op {
            Op::Binary(Binary::Mul) if is_complex(0) && is_complex(1) => true,
            Op::Binary(Binary::Mul) => {
                if is_complex(0) {
                    of(0)
                } else {
                    of(1)
                }
            }
            Op::Unary(Unary::Neg | Unary::Conj) | Op::View(_) => of(0),
            Op::Concat { .. } => (0..node.inputs.len()).all(of),
            _ => false,
        };
    }
    table
}

/// The positions of an operand whose poison shows, if that of a node does at `own`.
fn of_operand(graph: &Graph, mixed: &[bool], id: NodeId, place: usize, own: &Shown) -> Shown {
    let node = graph.node(id);
    let operand = node.inputs[place];
    let (shape, source) = (&node.outputs[0].shape, &graph.ty(operand).shape);
    // An operand of rank 0 is in every element.
    let same = || if source.rank() == shape.rank() { own.clone() } else { Shown::All };
    match &node.op {
        Op::Binary(Binary::Add | Binary::Sub | Binary::Mul | Binary::Complex) => same(),
        Op::Binary(Binary::Div) if place == 0 => same(),
        Op::Unary(Unary::Neg | Unary::Conj | Unary::Abs) => same(),
        Op::Unary(Unary::Real | Unary::Imag) if mixed[operand.node.index()] => same(),
        Op::Cast(dtype) if dtype.is_floating() && (dtype.is_complex() || !graph.ty(operand).dtype.is_complex()) => {
            same()
        }
        Op::View(view) => viewed(view, source, own),
        Op::Concat { axis } => match own {
            Shown::Along(along, positions) if along == axis => {
                let start: usize = node.inputs[..place].iter().map(|&value| graph.ty(value).shape[*axis]).sum();
                Shown::along(*axis, positions[start..start + source[*axis]].to_vec())
            }
            own => own.clone(),
        },
        Op::Pad(pad) if place == 0 => inside(&pad.windows, shape, own),
        Op::Update(windows) if place == 1 && source.rank() == shape.rank() => inside(windows, shape, own),
        Op::Update(windows) if place == 0 => own.clone().and(outside(windows, shape)),
        Op::Fft(fft) => transformed(graph, mixed, fft, operand, own),
        _ => Shown::Nothing,
    }
}

/// A transform takes the poison of any element to all of its line.
fn transformed(graph: &Graph, mixed: &[bool], fft: &Fft, operand: Value, own: &Shown) -> Shown {
    let is_along = |axis: usize| fft.axes.iter().any(|along| along.axis == axis);
    let lines = match own {
        // Bin 0 of a line has an imaginary part without products, so one bin may show less than it looks.
        Shown::Along(axis, _) if is_along(*axis) => return Shown::Nothing,
        own => own.clone(),
    };
    lines.and(Shown::but_ignored(graph, fft.kind == FftKind::RealInverse, fft, operand, mixed))
}

/// The positions of a source that a view reads where its own show.
fn viewed(view: &View, source: &Shape, own: &Shown) -> Shown {
    match (view, own) {
        (View::Roll(_) | View::Reshape(_), Shown::All) => Shown::All,
        (View::Roll(shifts), Shown::Along(axis, positions)) => {
            let mut positions = positions.clone();
            positions.rotate_left(shifts[*axis]);
            Shown::Along(*axis, positions)
        }
        (View::Affine(affine), own) => {
            let shape = &affine.shape;
            let mut all = Shown::All;
            for (at, index) in affine.source.iter().enumerate() {
                let mut positions = vec![false; source[at]];
                match Along::of(index, shape.rank()) {
                    Some(Along::Fixed(position)) => positions[position as usize] = true,
                    Some(Along::Axis { axis, factor, offset }) => {
                        let shows = |k: usize| match own {
                            Shown::Along(along, shown) if *along == axis => shown[k],
                            _ => true,
                        };
                        (0..shape[axis])
                            .filter(|&k| shows(k))
                            .for_each(|k| positions[(factor * k as i64 + offset) as usize] = true);
                    }
                    None => return Shown::Nothing,
                }
                all = all.and(Shown::along(at, positions));
            }
            all
        }
        _ => Shown::Nothing,
    }
}

/// The position `k` of a window on its axis.
fn position(window: Window, k: usize, extent: usize) -> usize {
    (window.start + k * window.step) % extent
}

/// The positions of a box that show if those of the array around it do.
fn inside(windows: &[Window], shape: &Shape, own: &Shown) -> Shown {
    match own {
        Shown::Along(axis, positions) => {
            let (window, extent) = (windows[*axis], shape[*axis]);
            Shown::along(*axis, (0..window.extent).map(|k| positions[position(window, k, extent)]).collect())
        }
        own => own.clone(),
    }
}

/// What a box leaves of the array around it, where that is a set of positions on one axis.
fn outside(windows: &[Window], shape: &Shape) -> Shown {
    let mut cut = (0..shape.rank()).filter(|&axis| windows[axis].extent < shape[axis]);
    let (Some(axis), None) = (cut.next(), cut.next()) else { return Shown::Nothing };
    let mut left = vec![true; shape[axis]];
    (0..windows[axis].extent).for_each(|k| left[position(windows[axis], k, shape[axis])] = false);
    Shown::along(axis, left)
}
