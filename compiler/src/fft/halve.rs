//! Real data are transformed to half a spectrum, carried through elementwise work as half, and come back as real data.
//!
//! Every value of the old graph is held in up to three forms: whole; as its real part, where its imaginary part is zero; and
//! as half, where symmetry gives the rest: the bins `0..=n/2` of one axis. Nodes are built in the forms that their operands
//! have, and converted where somebody wants another one: the other half is the mirrored conjugate. What nobody reads is
//! pruned afterwards. Where only the real part of an inverse transform is read, `pair` finds the half that makes it.

use crate::Licence;
use crate::fft::cut::{restrict, restriction};
use crate::fft::demand::{Cuts, demands};
use crate::fft::is_for;
use crate::fft::pair::{Pair, Read};
use crate::fft::support::is_zero;
use crate::fft::symmetry::{Symmetries, symmetries};
use crate::fft::windows::{self, Windows};
use crate::pass::Cx;
use ondine_ir::{
    Affine, Binary, Error, Fft, FftAxis, FftKind, Graph, Index, NodeId, Op, Scalar, Shape, Unary, Value, View, Window,
};
use smallvec::SmallVec;

/// Replaces complex transforms of real data, and those that give real data, by real ones.
pub(crate) fn halve_spectra(graph: &Graph, cx: &mut Cx) -> Result<Graph, Error> {
    if !is_for(graph, cx, Licence::Fft) {
        return Ok(graph.clone());
    }
    let symmetries = symmetries(graph);
    let all = Walk::new(graph, &symmetries, Vec::new()).run()?;
    let refused = all.wasted();
    let done = if refused.is_empty() { all } else { Walk::new(graph, &symmetries, refused).run()? };
    done.applied.iter().for_each(|rule| cx.apply(rule, Licence::Fft));
    match done.applied.is_empty() {
        true => Ok(graph.clone()),
        false => Ok(done.new),
    }
}

pub(super) type Axes = SmallVec<[usize; 4]>;

/// Half of a symmetric value.
#[derive(Clone)]
pub(super) struct Half {
    pub(super) value: Value,
    /// The axis of which the bins `0..=n/2` are held.
    pub(super) axis: usize,
    /// The axes over which the value is symmetric, ascending.
    pub(super) axes: Axes,
    /// The transforms of real data that it comes from.
    roots: SmallVec<[NodeId; 2]>,
}

/// The forms in which an old value is held.
#[derive(Clone, Default)]
pub(super) struct Held {
    pub(super) whole: Option<Value>,
    real: Option<Value>,
    pub(super) half: Option<Half>,
    pub(super) pair: Option<Pair>,
}

pub(super) struct Walk<'a> {
    pub(super) graph: &'a Graph,
    symmetries: &'a [Symmetries],
    /// Transforms to leave as they are.
    refused: Vec<NodeId>,
    pub(super) new: Graph,
    held: Vec<Held>,
    /// What pairs are made for.
    read: Read,
    applied: Vec<&'static str>,
    /// Whole values made of halves: the new one, the old node, and where it comes from.
    mirrored: Vec<(Value, NodeId, SmallVec<[NodeId; 2]>)>,
    /// The transforms whose spectra came back as real data.
    returned: Vec<NodeId>,
}

impl<'a> Walk<'a> {
    fn new(graph: &'a Graph, symmetries: &'a [Symmetries], refused: Vec<NodeId>) -> Walk<'a> {
        Walk {
            graph,
            symmetries,
            refused,
            new: graph.like(),
            held: Vec::with_capacity(graph.len()),
            read: Read::new(graph),
            applied: Vec::new(),
            mirrored: Vec::new(),
            returned: Vec::new(),
        }
    }

    fn run(mut self) -> Result<Walk<'a>, Error> {
        for id in self.graph.ids() {
            let held = self.build(id)?;
            self.held.push(held);
        }
        let mut results = Vec::new();
        for &value in self.graph.results() {
            results.push(self.whole(value)?);
        }
        self.new.set_results(results);
        Ok(self)
    }

    /// The transforms along one axis that were halved for nothing: all of the spectrum is read, and no real data come of it.
    fn wasted(&self) -> Vec<NodeId> {
        if self.mirrored.is_empty() {
            return Vec::new();
        }
        let mut live = vec![false; self.new.len()];
        self.new.results().iter().for_each(|value| live[value.node.index()] = true);
        for id in self.new.ids().rev() {
            if live[id.index()] {
                self.new.node(id).inputs.iter().for_each(|value| live[value.node.index()] = true);
            }
        }
        let boxes = demands(self.graph, Cuts { supports: None, inside_lines: true });
        let mut wasted: Vec<NodeId> = Vec::new();
        for (value, old, roots) in &self.mirrored {
            let shape = &self.graph.node(*old).outputs[0].shape;
            let is_all = boxes[old.index()] == windows::whole(shape);
            if !live[value.node.index()] || !is_all {
                continue;
            }
            for &root in roots {
                let Op::Fft(fft) = &self.graph.node(root).op else { continue };
                if fft.axes.len() == 1 && !self.returned.contains(&root) && !wasted.contains(&root) {
                    wasted.push(root);
                }
            }
        }
        wasted
    }

    pub(super) fn held(&self, value: Value) -> &Held {
        &self.held[value.node.index()]
    }

    pub(super) fn shape(&self, value: Value) -> &'a Shape {
        &self.graph.ty(value).shape
    }

    /// The whole of an old value.
    fn whole(&mut self, value: Value) -> Result<Value, Error> {
        let held = self.held(value);
        let whole = match (held.whole, held.real, held.half.clone()) {
            (Some(whole), ..) => return Ok(Value { output: value.output, ..whole }),
            (None, Some(real), _) => self.new.add(Op::Cast(self.graph.ty(value).dtype), [real])?.into(),
            (None, None, Some(half)) => {
                let shape = self.shape(value);
                let whole = mirrored(&mut self.new, &half, shape)?;
                self.mirrored.push((whole, value.node, half.roots));
                whole
            }
            (None, None, None) => unreachable!("a value is held in some form"),
        };
        self.held[value.node.index()].whole = Some(whole);
        Ok(whole)
    }

    /// The half of an old value that fits another half.
    fn half(&mut self, value: Value, like: &Half) -> Result<Value, Error> {
        if self.shape(value).rank() == 0 {
            return self.whole(value);
        }
        if let Some(half) = &self.held(value).half
            && half.axis == like.axis
            && half.axes == like.axes
        {
            return Ok(half.value);
        }
        let whole = self.whole(value)?;
        first_bins(&mut self.new, whole, like.axis)
    }

    /// The real part of an old value that is real, if that is at hand.
    fn real(&mut self, value: Value) -> Option<Value> {
        if let Some(real) = self.held(value).real {
            return Some(real);
        }
        let ty = self.graph.ty(value);
        match self.graph.as_literal(value) {
            Some(scalar) if ty.dtype.is_complex() && scalar.to_complex().im == 0.0 => {
                let part = Scalar::from_f64(ty.dtype.component(), scalar.to_complex().re);
                Some(self.new.literal(part).into())
            }
            _ if !ty.dtype.is_complex() => self.held(value).whole,
            _ => None,
        }
    }

    fn is_symmetric(&self, id: NodeId, axes: &[usize]) -> bool {
        self.symmetries[id.index()].over(axes, self.graph.node(id).outputs[0].shape.rank())
    }

    fn build(&mut self, id: NodeId) -> Result<Held, Error> {
        let graph = self.graph;
        let node = graph.node(id);
        let ty = &node.outputs[0];
        let mut held = Held::default();
        if let Op::Fft(fft) = &node.op
            && let Some(held) = self.transform(id, fft)?
        {
            return Ok(held);
        }
        if node.inputs.iter().all(|&value| self.held(value).whole.is_some()) {
            let operands: SmallVec<[Value; 3]> =
                node.inputs.iter().map(|&value| self.whole(value)).collect::<Result<_, _>>()?;
            held.whole = Some(self.new.add(node.op.clone(), operands)?.into());
        }
        if ty.shape.rank() > 0 {
            held.real = self.as_real(id)?;
            held.half = self.as_half(id)?;
            if held.half.is_none() && self.read.pairs[id.index()] {
                held.pair = self.as_pair(id)?;
            }
        }
        // The real part of real data.
        if node.op == Op::Unary(Unary::Real)
            && let Some(real) = self.held(node.inputs[0]).real
        {
            held.whole = Some(real);
        }
        if held.whole.is_none() && held.real.is_none() && held.half.is_none() {
            let operands: SmallVec<[Value; 3]> =
                node.inputs.iter().map(|&value| self.whole(value)).collect::<Result<_, _>>()?;
            held.whole = Some(self.new.add(node.op.clone(), operands)?.into());
        }
        Ok(held)
    }

    /// A transform with real data on one side.
    fn transform(&mut self, id: NodeId, fft: &Fft) -> Result<Option<Held>, Error> {
        let is_whole = |along: &FftAxis| *along == FftAxis::whole(fft.kind, along.axis, along.len);
        if !matches!(fft.kind, FftKind::Forward | FftKind::Inverse) || !fft.axes.iter().all(is_whole) {
            return Ok(None);
        }
        let operand = self.graph.node(id).inputs[0];
        let mut axes: Axes = fft.axes.iter().map(|along| along.axis).collect();
        axes.sort_unstable();
        let forward = fft.kind == FftKind::Forward;
        if let Some(half) = self.held(operand).half.clone() {
            if half.axes == axes {
                // A forward transform is the inverse one of the conjugate, where the result is real.
                let input = if forward { self.conjugate(half.value)? } else { half.value };
                let real = self.new.add(Op::Fft(real_axes(fft, FftKind::RealInverse, half.axis)), [input])?.into();
                self.applied.push("half_spectrum_to_real");
                self.returned.extend(half.roots);
                return Ok(Some(Held { real: Some(real), ..Held::default() }));
            }
            if !axes.contains(&half.axis) {
                let value = self.new.add(Op::Fft(fft.clone()), [half.value])?.into();
                let toggled = |axis: &usize| half.axes.contains(axis) != axes.contains(axis);
                let axes = (0..self.shape(operand).rank()).filter(toggled).collect();
                return Ok(Some(Held { half: Some(Half { value, axes, ..half }), ..Held::default() }));
            }
            return Ok(None);
        }
        if self.read.real_only[id.index()]
            && let Some(pair) = self.held(operand).pair.clone().filter(|pair| pair.axes == axes)
        {
            let mut half = self.symmetric_part(&pair)?;
            if forward {
                half = self.conjugate(half)?;
            }
            let real = self.new.add(Op::Fft(real_axes(fft, FftKind::RealInverse, pair.axis)), [half])?.into();
            self.applied.push("real_part_from_half_spectrum");
            return Ok(Some(Held { real: Some(real), ..Held::default() }));
        }
        let Some(real) = self.held(operand).real.filter(|_| !self.refused.contains(&id)) else { return Ok(None) };
        let axis = axes[axes.len() - 1];
        let mut value = self.new.add(Op::Fft(real_axes(fft, FftKind::RealForward, axis)), [real])?.into();
        if !forward {
            value = self.conjugate(value)?;
        }
        self.applied.push("real_to_half_spectrum");
        let half = Half { value, axis, axes, roots: SmallVec::from_elem(id, 1) };
        Ok(Some(Held { half: Some(half), ..Held::default() }))
    }

    pub(super) fn conjugate(&mut self, value: Value) -> Result<Value, Error> {
        Ok(self.new.add(Op::Unary(Unary::Conj), [value])?.into())
    }

    /// The real part of a complex value that is real because what it is made of is.
    fn as_real(&mut self, id: NodeId) -> Result<Option<Value>, Error> {
        let node = self.graph.node(id);
        let ty = &node.outputs[0];
        if !ty.dtype.is_complex() || !self.is_symmetric(id, &[]) {
            return Ok(None);
        }
        let component = ty.dtype.component();
        match &node.op {
            Op::Cast(_) => {
                let source = node.inputs[0];
                let Some(real) = self.real(source) else { return Ok(None) };
                let same = self.new.ty(real).dtype == component;
                Ok(Some(if same { real } else { self.new.add(Op::Cast(component), [real])?.into() }))
            }
            Op::Binary(Binary::Complex) if is_zero(self.graph, node.inputs[1]) => Ok(self.real(node.inputs[0])),
            Op::Unary(Unary::Conj) => Ok(self.real(node.inputs[0])),
            Op::Unary(Unary::Neg)
            | Op::Binary(Binary::Add | Binary::Sub | Binary::Mul)
            | Op::View(_)
            | Op::Concat { .. }
            | Op::Pad(_)
            | Op::Update(_) => self.on_real_parts(id, 0),
            // The divisor is a real number; a complex one would divide otherwise.
            Op::Binary(Binary::Div) if !self.graph.ty(node.inputs[1]).dtype.is_complex() => self.on_real_parts(id, 0),
            Op::Select => self.on_real_parts(id, 1),
            _ => Ok(None),
        }
    }

    /// The op on real parts of its operands, those before `first` as they are.
    fn on_real_parts(&mut self, id: NodeId, first: usize) -> Result<Option<Value>, Error> {
        let node = self.graph.node(id);
        let mut operands: SmallVec<[Value; 3]> = SmallVec::new();
        for (place, &value) in node.inputs.iter().enumerate() {
            let part = if place < first { self.held(value).whole } else { self.real(value) };
            let Some(part) = part else { return Ok(None) };
            operands.push(part);
        }
        Ok(Some(self.new.add(node.op.clone(), operands)?.into()))
    }

    /// Half of a value that is symmetric because what it is made of is.
    fn as_half(&mut self, id: NodeId) -> Result<Option<Half>, Error> {
        let node = self.graph.node(id);
        if let Some(source) = restriction(self.graph, id.into())
            && let Some(half) = self.held(source).half.clone()
            && self.is_symmetric(id, &half.axes)
            && let Op::Pad(pad) = &node.op
        {
            let windows: Windows = folded(&pad.windows, half.axis, &pad.shape);
            let value = restrict(&mut self.new, half.value, &windows)?;
            return Ok(Some(Half { value, ..half }));
        }
        let takes = node.op.is_elementwise() || matches!(node.op, Op::Update(_));
        let like = node.inputs.iter().find_map(|&value| self.held(value).half.clone());
        let Some(like) = like.filter(|like| takes && self.is_symmetric(id, &like.axes)) else { return Ok(None) };
        let op = match &node.op {
            Op::Update(windows) => {
                let is_number = self.shape(node.inputs[1]).rank() == 0;
                if !is_number || windows.iter().any(|window| window.step != 1) {
                    return Ok(None);
                }
                Op::Update(folded(windows, like.axis, &node.outputs[0].shape).to_vec())
            }
            op => op.clone(),
        };
        let mut operands: SmallVec<[Value; 3]> = SmallVec::new();
        let mut roots = like.roots.clone();
        for &value in &node.inputs {
            operands.push(self.half(value, &like)?);
            if let Some(half) = &self.held(value).half {
                roots.extend(half.roots.iter().copied());
            }
        }
        roots.sort_unstable();
        roots.dedup();
        Ok(Some(Half { value: self.new.add(op, operands)?.into(), roots, ..like }))
    }
}

/// The same axes with the halved one last.
fn real_axes(fft: &Fft, kind: FftKind, halved: usize) -> Fft {
    let (last, mut axes): (Vec<FftAxis>, Vec<FftAxis>) = fft.axes.iter().partition(|along| along.axis == halved);
    axes.extend(last.iter().map(|along| FftAxis::whole(kind, halved, along.len)));
    Fft { kind, axes }
}

/// The bins `0..=n/2` along an axis.
pub(super) fn first_bins(graph: &mut Graph, value: Value, axis: usize) -> Result<Value, Error> {
    let shape = graph.ty(value).shape.clone();
    let affine = Affine::new(shape.with(axis, shape[axis] / 2 + 1), Index::identity(shape.rank()));
    graph.view(View::Affine(affine), value)
}

/// All bins from half of them: bin `k` beyond the middle is the conjugate of bin `-k`.
fn mirrored(graph: &mut Graph, half: &Half, shape: &Shape) -> Result<Value, Error> {
    let (rank, extent) = (shape.rank(), shape[half.axis]);
    let rest = extent - (extent / 2 + 1);
    if rest == 0 {
        return Ok(half.value);
    }
    // Bins `rest` down to 1 along the halved axis, `-k` along the other ones.
    let index = (0..rank).map(|axis| match axis == half.axis {
        true => Index::axis(axis).times(-1).plus(rest as i64),
        false => Index::axis(axis),
    });
    let mut value = graph.view(View::Affine(Affine::new(shape.with(half.axis, rest), index)), half.value)?;
    let others: Axes = half.axes.iter().copied().filter(|&axis| axis != half.axis).collect();
    let own = graph.ty(value).shape.clone();
    value = graph.view(View::Affine(Affine::flip(&own, &others)), value)?;
    let shifts = (0..rank).map(|axis| others.contains(&axis) as i64);
    if let Some(roll) = View::roll(&own, shifts) {
        value = graph.view(roll, value)?;
    }
    if graph.ty(value).dtype.is_complex() {
        value = graph.add(Op::Unary(Unary::Conj), [value])?.into();
    }
    Ok(graph.add(Op::Concat { axis: half.axis }, [half.value, value])?.into())
}

/// Windows that are their own mirror images, over half of an axis.
fn folded(windows: &[Window], halved: usize, shape: &Shape) -> Windows {
    let fold = |window: Window, extent: usize| {
        let middle = extent / 2;
        match () {
            () if window.extent >= extent => Window::whole(middle + 1),
            () if window.extent == 0 => Window::run(0, 0),
            // `-m..=m`.
            () if windows::offset(window, 0, extent) < window.extent => Window::run(0, window.extent / 2 + 1),
            // `lo..=n - lo`.
            () => Window::run(window.start, middle + 1 - window.start),
        }
    };
    let fold = |(axis, window): (usize, &Window)| if axis == halved { fold(*window, shape[axis]) } else { *window };
    windows.iter().enumerate().map(fold).collect()
}
