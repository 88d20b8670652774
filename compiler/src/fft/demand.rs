//! Demand: the box of a value that somebody reads, where that value may differ from zero.
//!
//! One backward walk from the results. A transform reads whole lines, or, where zeros may be skipped, the part of them that
//! its operand's support leaves; of the lines only those that are asked for. What a graph's ops cannot be cut to, they
//! compute in full.

use crate::fft::support::is_zero;
use crate::fft::windows::{self, Along, Windows};
use ondine_ir::{Graph, NodeId, Op, Shape, Value, View, Window};

/// What may be cut, beside lines that nobody reads.
#[derive(Clone, Copy)]
pub(crate) struct Cuts<'a> {
    /// The box of every node outside which it is zero, if zeros may be skipped.
    pub(crate) supports: Option<&'a [Windows]>,
    /// True if elements inside a transformed line may be skipped too.
    pub(crate) inside_lines: bool,
}

impl Cuts<'_> {
    /// The part of a value that is not known to be zero.
    pub(crate) fn support(&self, graph: &Graph, value: Value) -> Windows {
        match self.supports {
            Some(supports) => supports[value.node.index()].clone(),
            None => windows::whole(&graph.ty(value).shape),
        }
    }
}

/// For every node the box of its first output that has to be computed; never empty unless the value is.
pub(crate) fn demands(graph: &Graph, cuts: Cuts) -> Vec<Windows> {
    let mut read: Vec<Option<Windows>> = vec![None; graph.len()];
    for &result in graph.results() {
        ask(graph, &mut read, result, windows::whole(&graph.ty(result).shape));
    }
    let mut demands: Vec<Windows> = vec![Windows::new(); graph.len()];
    for id in graph.ids().rev() {
        let ty = &graph.node(id).outputs[0];
        let own = match read[id.index()].take() {
            Some(read) => computed(graph, cuts, id, read),
            None => windows::whole(&ty.shape),
        };
        for (place, &operand) in graph.node(id).inputs.iter().enumerate() {
            let wanted = of_operand(graph, cuts, id, place, &own);
            ask(graph, &mut read, operand, wanted);
        }
        demands[id.index()] = own;
    }
    demands
}

fn ask(graph: &Graph, read: &mut [Option<Windows>], value: Value, wanted: Windows) {
    let shape = &graph.ty(value).shape;
    let slot = &mut read[value.node.index()];
    *slot = Some(match slot.take() {
        Some(have) => (0..shape.rank()).map(|axis| windows::hull(have[axis], wanted[axis], shape[axis])).collect(),
        None => wanted,
    });
}

/// The box that a node computes when one is read.
fn computed(graph: &Graph, cuts: Cuts, id: NodeId, read: Windows) -> Windows {
    let node = graph.node(id);
    let shape = &node.outputs[0].shape;
    let support = cuts.support(graph, id.into());
    let both = |axis: usize| match windows::intersection(read[axis], support[axis], shape[axis]) {
        nothing if nothing.extent == 0 => windows::run(0, 1, shape[axis]),
        some => some,
    };
    let own: Windows = (0..shape.rank()).map(both).collect();
    match &node.op {
        op if op.is_elementwise() => own,
        Op::View(View::Roll(_)) => own,
        Op::View(View::Affine(affine)) => {
            let source = &graph.ty(node.inputs[0]).shape;
            let is_cyclic = |axis: usize| {
                affine.source.iter().enumerate().all(|(at, index)| match Along::of(index, shape.rank()) {
                    Some(Along::Axis { axis: by, factor, offset }) if by == axis => {
                        Along::is_cyclic(factor, offset, shape[axis], source[at])
                    }
                    Some(_) => true,
                    None => false,
                })
            };
            let cut =
                |axis: usize| if is_cyclic(axis) { own[axis] } else { windows::unwrapped(own[axis], shape[axis]) };
            match affine.source.iter().all(|index| Along::of(index, shape.rank()).is_some()) {
                true => (0..shape.rank()).map(cut).collect(),
                false => windows::whole(shape),
            }
        }
        Op::Concat { .. } => own,
        Op::Pad(pad) if cuts.supports.is_some() && pad.windows.iter().all(|window| window.step == 1) => {
            let is_inside = (0..shape.rank()).all(|axis| windows::contains(pad.windows[axis], own[axis], shape[axis]));
            if is_inside || is_zero(graph, node.inputs[1]) { own } else { windows::whole(shape) }
        }
        Op::Update(windows) if (0..shape.rank()).all(|axis| updates_one_run(windows[axis], own[axis], shape[axis])) => {
            own
        }
        Op::Fft(fft) => {
            let mut own = own;
            for along in fft.axes.iter().filter(|_| !cuts.inside_lines) {
                own[along.axis] = Window::whole(shape[along.axis]);
            }
            own
        }
        _ => windows::whole(shape),
    }
}

/// True if a window of an update meets the computed part of an axis in one run.
pub(crate) fn updates_one_run(window: Window, own: Window, extent: usize) -> bool {
    let both = windows::intersection(own, window, extent);
    own.is_whole(extent)
        || window.step == 1 && windows::contains(own, both, extent) && windows::contains(window, both, extent)
}

/// What a node that computes `own` reads of an operand.
pub(crate) fn of_operand(graph: &Graph, cuts: Cuts, id: NodeId, place: usize, own: &Windows) -> Windows {
    let node = graph.node(id);
    let operand = node.inputs[place];
    let (shape, source) = (&node.outputs[0].shape, &graph.ty(operand).shape);
    let whole = || windows::whole(source);
    match &node.op {
        op if op.is_elementwise() && source.rank() == shape.rank() => own.clone(),
        Op::View(View::Roll(shifts)) => (0..source.rank())
            .map(|axis| windows::run(own[axis].start as i64 - shifts[axis] as i64, own[axis].extent, source[axis]))
            .collect(),
        Op::View(View::Affine(affine)) => {
            let read = |(at, index): (usize, &ondine_ir::Index)| match Along::of(index, shape.rank()) {
                Some(Along::Fixed(position)) => windows::run(position, 1, source[at]),
                Some(Along::Axis { axis, factor, offset }) => {
                    Along::read(factor, offset, own[axis], shape[axis], source[at])
                }
                None => Window::whole(source[at]),
            };
            affine.source.iter().enumerate().map(read).collect()
        }
        Op::Concat { axis } => {
            let start: usize = node.inputs[..place].iter().map(|&value| graph.ty(value).shape[*axis]).sum();
            let mut wanted = own.clone();
            wanted[*axis] = part(own[*axis], start, source[*axis], shape[*axis]);
            wanted
        }
        Op::Pad(pad) if place == 0 && cuts.supports.is_some() && pad.windows.iter().all(|window| window.step == 1) => {
            (0..source.rank()).map(|axis| inside(own[axis], pad.windows[axis], shape[axis])).collect()
        }
        Op::Update(windows) if place == 0 && !windows.is_empty() => own.clone(),
        Op::Update(windows) if source.rank() == shape.rank() => (0..source.rank())
            .map(|axis| match own[axis].is_whole(shape[axis]) {
                true => Window::whole(source[axis]),
                false => inside(own[axis], windows[axis], shape[axis]),
            })
            .collect(),
        Op::Fft(fft) => {
            let support = cuts.support(graph, operand);
            let mut wanted = own.clone();
            for along in &fft.axes {
                wanted[along.axis] = match cuts.inside_lines {
                    true if along.input.extent == along.len => support[along.axis],
                    // Inside a window that is not the whole line, positions do not wrap.
                    true => windows::unwrapped(support[along.axis], source[along.axis]),
                    false => Window::whole(source[along.axis]),
                };
                if wanted[along.axis].extent == 0 {
                    wanted[along.axis] = windows::run(0, 1, source[along.axis]);
                }
            }
            wanted
        }
        _ => whole(),
    }
}

/// The run of a part of a joined axis, from `start` on, that a run of the whole reads.
fn part(own: Window, start: usize, extent: usize, joined: usize) -> Window {
    pieces(own, joined).fold(Window::run(0, 0), |all, (first, end)| {
        let (first, end) = (first.max(start), end.min(start + extent));
        match first < end {
            true => windows::unwrapped(windows::hull(all, Window::run(first - start, end - first), extent), extent),
            false => all,
        }
    })
}

/// A run as one or two ranges that do not wrap, in its own order.
pub(crate) fn pieces(window: Window, extent: usize) -> impl Iterator<Item = (usize, usize)> {
    let end = window.start + window.extent;
    let first = (window.start, end.min(extent));
    let second = (0, end.saturating_sub(extent));
    [first, second].into_iter().filter(|(first, end)| first < end)
}

/// The positions inside a window of step 1 that a run of its axis reads, as a run that does not wrap.
fn inside(own: Window, window: Window, extent: usize) -> Window {
    let both = windows::intersection(own, window, extent);
    match both.extent {
        0 => windows::run(0, 1, window.extent),
        _ if windows::contains(window, both, extent) => {
            Window::run(windows::offset(window, both.start, extent), both.extent)
        }
        _ => Window::whole(window.extent),
    }
}

/// The shape of a box.
pub(crate) fn shape_of(windows: &[Window]) -> Shape {
    windows.iter().map(|window| window.extent).collect()
}
