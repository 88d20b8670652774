//! Transforms compute the bins that are read from the elements that are not zero.
//!
//! Support and demand say which box of every value is worth computing; the graph is rebuilt with every value cut to its
//! box. Slices of a spectrum become narrower output windows, padding becomes narrower input windows, and lines that nobody
//! reads, or that are zero, are not transformed at all. Graphs in which that narrows no transform stay as they are.

use crate::Licence;
use crate::fft::cut::cut;
use crate::fft::demand::{self, Cuts, demands, of_operand};
use crate::fft::support::{is_zero, supports};
use crate::fft::windows::{self, Along, Windows};
use crate::pass::Cx;
use ondine_ir::{Affine, Error, Fft, FftAxis, Graph, Index, NodeId, Op, Shape, Type, Value, View, Window};
use smallvec::SmallVec;

/// Cuts every value to the box that is worth computing.
pub(crate) fn narrow_transforms(graph: &Graph, cx: &mut Cx) -> Result<Graph, Error> {
    if !graph.ids().any(|id| matches!(graph.node(id).op, Op::Fft(_))) {
        return Ok(graph.clone());
    }
    let inside_lines = cx.allowed.allows(Licence::Fft);
    let supports = supports(graph);
    let cuts = Cuts { supports: inside_lines.then_some(&supports[..]), inside_lines };
    let boxes = demands(graph, cuts);
    let narrowed = |id: NodeId| {
        let Op::Fft(fft) = &graph.node(id).op else { return Narrowed::default() };
        let operand = graph.node(id).inputs[0];
        let wanted = of_operand(graph, cuts, id, 0, &boxes[id.index()]);
        Narrowed::new(fft, &boxes[id.index()], graph.ty(id.into()), &wanted, graph.ty(operand))
    };
    let all: Vec<Narrowed> = graph.ids().map(narrowed).collect();
    if all.iter().all(|narrowed| *narrowed == Narrowed::default()) {
        return Ok(graph.clone());
    }
    for narrowed in &all {
        narrowed.record(cx);
    }
    let mut walk = Walk { graph, boxes: &boxes, new: graph.like(), moved: Vec::with_capacity(graph.len()) };
    for id in graph.ids() {
        let value = walk.build(cuts, id)?;
        walk.moved.push(value);
    }
    let mut results = Vec::new();
    for &value in graph.results() {
        let whole = windows::whole(&graph.ty(value).shape);
        results.push(walk.read(value, &whole)?);
    }
    walk.new.set_results(results);
    Ok(walk.new)
}

/// What is left out of a transform.
#[derive(Clone, Copy, Default, PartialEq)]
struct Narrowed {
    unread_lines: bool,
    zero_lines: bool,
    unread_bins: bool,
    zero_elements: bool,
}

impl Narrowed {
    fn new(fft: &Fft, own: &Windows, ty: &Type, wanted: &Windows, operand: &Type) -> Narrowed {
        let mut narrowed = Narrowed::default();
        for axis in 0..ty.shape.rank() {
            let transformed = fft.axes.iter().any(|along| along.axis == axis);
            let less_out = own[axis].extent < ty.shape[axis];
            let less_in = wanted[axis].extent < operand.shape[axis];
            match transformed {
                true => {
                    narrowed.unread_bins |= less_out;
                    narrowed.zero_elements |= less_in;
                }
                false => narrowed.unread_lines |= less_out,
            }
        }
        // Narrow windows along one axis leave fewer lines along the others.
        let several = fft.axes.len() > 1;
        narrowed.unread_lines |= several && narrowed.unread_bins;
        narrowed.zero_lines |= several && narrowed.zero_elements;
        narrowed
    }

    fn record(self, cx: &mut Cx) {
        let rules = [
            (self.unread_lines, "skip_unread_lines", Licence::Exact),
            (self.zero_lines, "skip_zero_lines", Licence::Fft),
            (self.unread_bins, "skip_unread_bins", Licence::Fft),
            (self.zero_elements, "skip_zero_elements", Licence::Fft),
        ];
        rules.into_iter().filter(|(applies, ..)| *applies).for_each(|(_, rule, licence)| cx.apply(rule, licence));
    }
}

/// The forward walk: every old value becomes a new one that holds its box.
struct Walk<'a> {
    graph: &'a Graph,
    boxes: &'a [Windows],
    new: Graph,
    moved: Vec<Value>,
}

impl Walk<'_> {
    fn moved(&self, value: Value) -> Value {
        match value.output {
            0 => self.moved[value.node.index()],
            output => Value { output, ..self.moved[value.node.index()] },
        }
    }

    /// A box of an old value.
    fn read(&mut self, value: Value, wanted: &Windows) -> Result<Value, Error> {
        let held = &self.boxes[value.node.index()];
        let moved = self.moved(value);
        cut(&mut self.new, moved, held, wanted, &self.graph.ty(value).shape)
    }

    fn build(&mut self, cuts: Cuts, id: NodeId) -> Result<Value, Error> {
        let graph = self.graph;
        let node = graph.node(id);
        let shape = &node.outputs[0].shape;
        let own = &self.boxes[id.index()];
        if let (Op::Pad(pad), Some(_)) = (&node.op, cuts.supports)
            && pad.windows.iter().all(|window| window.step == 1)
            && let Some(value) = self.pad(id, &pad.windows, own)?
        {
            return Ok(value);
        }
        if let Op::Concat { axis } = node.op {
            return self.concat(id, axis, own);
        }
        let mut operands: SmallVec<[Value; 3]> = SmallVec::new();
        let mut wanted: SmallVec<[Windows; 3]> = SmallVec::new();
        for (place, &operand) in node.inputs.iter().enumerate() {
            wanted.push(of_operand(graph, cuts, id, place, own));
            operands.push(self.read(operand, &wanted[place])?);
        }
        let is_whole = *own == windows::whole(shape);
        let meets = |axis: usize, window: Window| windows::intersection(own[axis], window, shape[axis]).extent > 0;
        let op = match &node.op {
            // The box of a shifted value is a shifted box, but all of an axis has nowhere to go.
            Op::View(View::Roll(shifts)) => {
                let kept = (0..shape.rank()).map(|axis| match own[axis].is_whole(shape[axis]) {
                    true => shifts[axis] as i64,
                    false => 0,
                });
                let source = self.new.ty(operands[0]).shape.clone();
                return match View::roll(&source, kept) {
                    Some(roll) => self.new.view(roll, operands[0]),
                    None => Ok(operands[0]),
                };
            }
            Op::View(View::Affine(affine)) => {
                let source = &graph.ty(node.inputs[0]).shape;
                return self.new.view(View::Affine(view(affine, own, &wanted[0], source)), operands[0]);
            }
            Op::Update(windows) if !(0..shape.rank()).all(|axis| meets(axis, windows[axis])) => return Ok(operands[0]),
            Op::Update(windows) if !is_whole => {
                Op::Update((0..shape.rank()).map(|axis| within(windows[axis], own[axis], shape[axis])).collect())
            }
            Op::Fft(fft) => Op::Fft(Fft {
                kind: fft.kind,
                axes: (0..fft.axes.len()).map(|at| along(fft, at, &wanted[0], own)).collect(),
            }),
            op => op.clone(),
        };
        Ok(self.new.add(op, operands)?.into())
    }

    /// What is padded, if the box lies inside the windows or zeros surround them; `None` for other fills.
    fn pad(&mut self, id: NodeId, windows: &[Window], own: &Windows) -> Result<Option<Value>, Error> {
        let node = self.graph.node(id);
        let (shape, inner) = (&node.outputs[0].shape, node.inputs[0]);
        let is_inside = (0..shape.rank()).all(|axis| windows::contains(windows[axis], own[axis], shape[axis]));
        if !is_inside && !is_zero(self.graph, node.inputs[1]) {
            return Ok(None);
        }
        // The operand's box in the places of the result.
        let mut held = self.boxes[inner.node.index()].clone();
        let mut value = self.moved(inner);
        let own_shape = &self.graph.ty(inner).shape;
        if (0..shape.rank()).any(|axis| held[axis].wraps(own_shape[axis])) {
            let whole = windows::whole(own_shape);
            value = self.read(inner, &whole)?;
            held = whole;
        }
        let placed: Windows = (0..shape.rank())
            .map(|axis| windows::run((windows[axis].start + held[axis].start) as i64, held[axis].extent, shape[axis]))
            .collect();
        // All of an axis is counted from its start.
        let turned: SmallVec<[i64; 4]> = (0..shape.rank())
            .map(|axis| match placed[axis].is_whole(shape[axis]) {
                true => (windows[axis].start + held[axis].start) as i64,
                false => 0,
            })
            .collect();
        if let Some(roll) = View::roll(&self.new.ty(value).shape.clone(), turned) {
            value = self.new.view(roll, value)?;
        }
        cut(&mut self.new, value, &placed, own, shape).map(Some)
    }

    /// The operands' parts of the box, in the order in which the box meets them.
    fn concat(&mut self, id: NodeId, axis: usize, own: &Windows) -> Result<Value, Error> {
        let graph = self.graph;
        let node = graph.node(id);
        let joined = node.outputs[0].shape[axis];
        let mut parts: SmallVec<[Value; 3]> = SmallVec::new();
        for (first, end) in demand::pieces(own[axis], joined) {
            let mut start = 0;
            for &operand in &node.inputs {
                let extent = graph.ty(operand).shape[axis];
                let (from, to) = (first.max(start), end.min(start + extent));
                if from < to {
                    let mut wanted = own.clone();
                    wanted[axis] = Window::run(from - start, to - from);
                    parts.push(self.read(operand, &wanted)?);
                }
                start += extent;
            }
        }
        match parts[..] {
            [one] => Ok(one),
            [] => self.read(node.inputs[0], own),
            _ => Ok(self.new.add(Op::Concat { axis }, parts)?.into()),
        }
    }
}

/// An axis of a transform with narrower windows.
fn along(fft: &Fft, at: usize, wanted: &Windows, own: &Windows) -> FftAxis {
    let FftAxis { axis, len, input, output } = fft.axes[at];
    let (from, to) = FftAxis::line(fft.axis_kind(at), len);
    let inside = |outer: Window, inner: Window, line: usize| {
        windows::run((outer.start + inner.start) as i64, inner.extent, line)
    };
    FftAxis { axis, len, input: inside(input, wanted[axis], from), output: inside(output, own[axis], to) }
}

/// The part of an update's window that lies in a box, counted from the start of the box.
fn within(window: Window, own: Window, extent: usize) -> Window {
    if own.is_whole(extent) {
        return window;
    }
    let both = windows::intersection(own, window, extent);
    Window::run(windows::offset(own, both.start, extent), both.extent)
}

/// The view that reads a box of its source for a box of its result.
fn view(affine: &Affine, own: &Windows, read: &Windows, source: &Shape) -> Affine {
    let shape = &affine.shape;
    let index = affine.source.iter().enumerate().map(|(at, index)| match Along::of(index, shape.rank()) {
        Some(Along::Axis { axis, factor, offset }) if Along::is_cyclic(factor, offset, shape[axis], source[at]) => {
            let place = Index::axis(axis).times(factor);
            if factor == 1 { place } else { place.plus(own[axis].extent.max(1) as i64 - 1) }
        }
        Some(Along::Axis { axis, factor, offset }) => {
            let first = factor * own[axis].start as i64 + offset;
            Index::axis(axis).times(factor).plus(first - read[at].start as i64)
        }
        Some(Along::Fixed(position)) => Index::constant(position - read[at].start as i64),
        None => index.clone(),
    });
    Affine::new(demand::shape_of(own), index)
}
