//! A variance reads memory once: large values are cut into blocks that stay in the cache while a mean and the squared
//! distances from it are summed.
//!
//! The sum of `|x - c|^2` is the sum over blocks of `M + n |m - c|^2`, where `m` is the mean of a block of `n` elements and
//! `M` the sum of its squared distances from that mean (Chan, Golub and LeVeque, "Algorithms for computing the sample
//! variance", 1983). No term is negative, so nothing cancels. The rewrite wants `c` to be the mean along the same axes,
//! which then comes from the sums of the same blocks. Blocks follow from shape and dtype, and so do all bits.

use crate::Licence;
use crate::pass::{Cx, rebuild};
use crate::target::BESIDE;
use ondine_ir::{
    Affine, Binary, Error, Graph, Index, NodeId, Op, Reduce, ReduceKind, Scalar, Shape, Unary, Value, View,
};
use smallvec::SmallVec;
use std::collections::HashMap;

type Axes = SmallVec<[usize; 4]>;

/// Cuts large variances into blocks.
pub(crate) fn split_variance(graph: &Graph, cx: &mut Cx) -> Result<Graph, Error> {
    let Some(least) = cx.target.read_once.filter(|_| cx.allowed.allows(Licence::Sum)) else { return Ok(graph.clone()) };
    // Sums of squared distances with the sums that their centres come from, and how these are cut.
    let mut sum_of: HashMap<NodeId, NodeId> = HashMap::new();
    let mut cuts: HashMap<NodeId, Cut> = HashMap::new();
    for id in graph.ids() {
        let Some((sum, reduce)) = variance(graph, id) else { continue };
        let x = graph.ty(graph.node(sum).inputs[0]);
        let cut = Cut::new(&x.shape, &reduce.axes, x.dtype.bytes(), cx.target.budget.row);
        if let Some(cut) = cut.filter(|_| x.bytes() >= least) {
            cuts.insert(sum, cut);
            sum_of.insert(id, sum);
        }
    }
    if sum_of.is_empty() {
        return Ok(graph.clone());
    }
    let mut parts_of: HashMap<NodeId, Vec<Part>> = HashMap::new();
    rebuild(graph, |new, id, _, operands| {
        if let Some(cut) = cuts.get(&id) {
            let parts = cut.parts(new, operands[0])?;
            let total = total(new, &parts, |_, part| Ok(part.sums))?;
            parts_of.insert(id, parts);
            return Ok(Some(total));
        }
        let Some(parts) = sum_of.get(&id).and_then(|sum| parts_of.get(sum)) else { return Ok(None) };
        let [_, centre] = distance(new, operands[0]).expect("what was a distance is rebuilt as one");
        let (centre, _) = seen_through(new, centre);
        cx.apply("split_variance", Licence::Sum);
        Ok(Some(total(new, parts, |new, part| part.squares(new, centre))?))
    })
}

/// The sum that the mean comes from, if a node is the sum of squared distances from the mean along the same axes.
fn variance(graph: &Graph, id: NodeId) -> Option<(NodeId, &Reduce)> {
    let reduce = as_sum(graph, id)?;
    let squares = graph.node(id).inputs[0];
    let [x, centre] = distance(graph, squares)?;
    let shape = &graph.ty(x).shape;
    if *shape != graph.ty(squares).shape {
        return None;
    }
    // Every element is compared with the centre of its own row.
    let (centre, index) = seen_through(graph, centre);
    let kept: Axes = (0..shape.rank()).filter(|axis| !reduce.axes.contains(axis)).collect();
    let own = identity(shape);
    let row = flat(kept.iter().map(|&axis| &own[axis]), &shape.without(&reduce.axes));
    if flat(index.iter(), &graph.ty(centre).shape) != row {
        return None;
    }
    // From a mean to its sum: a scale, and axes of extent 1.
    let mut value = centre;
    loop {
        let node = graph.node(value.node);
        match &node.op {
            Op::Binary(Binary::Div | Binary::Mul) => graph.as_literal(node.inputs[1]).map(|_| ())?,
            Op::View(View::Reshape(_)) => {}
            _ => break,
        }
        value = node.inputs[0];
    }
    let is_own = as_sum(graph, value.node)? == reduce && graph.node(value.node).inputs[0] == x;
    is_own.then_some((value.node, reduce))
}

fn as_sum(graph: &Graph, id: NodeId) -> Option<&Reduce> {
    match &graph.node(id).op {
        Op::Reduce(reduce) if reduce.kind == ReduceKind::Sum => Some(reduce),
        _ => None,
    }
}

/// `x` and `c`, if a value is `|x - c|^2`.
fn distance(graph: &Graph, squares: Value) -> Option<[Value; 2]> {
    let operands = |value: Value, op: Op| match &graph.node(value.node).inputs[..] {
        &[a, b] if *graph.op(value) == op => Some([a, b]),
        _ => None,
    };
    let root = |value: Value| operands(value, Op::Binary(Binary::Mul)).filter(|[a, b]| a == b).map(|[a, _]| a);
    let part = |value: Value, op: Unary| (*graph.op(value) == Op::Unary(op)).then(|| graph.node(value.node).inputs[0]);
    let apart = match operands(squares, Op::Binary(Binary::Add)) {
        None => root(squares).filter(|&apart| !graph.ty(apart).dtype.is_complex())?,
        Some([a, b]) => {
            let of = [part(root(a)?, Unary::Real)?, part(root(b)?, Unary::Imag)?];
            (of[0] == of[1]).then_some(of[0])?
        }
    };
    operands(apart, Op::Binary(Binary::Sub))
}

/// What a chain of views shows, and where in it each element of the chain's own shape lies.
fn seen_through(graph: &Graph, value: Value) -> (Value, Vec<Index>) {
    let extents = &graph.ty(value).shape;
    let (mut value, mut index) = (value, identity(extents));
    while let Op::View(view) = graph.op(value) {
        let source = graph.node(value.node).inputs[0];
        index = view.source(&graph.ty(source).shape, &index, extents);
        value = source;
    }
    (value, index)
}

/// Every element's own place; axes of extent 1 are left out, as views leave them out.
fn identity(shape: &Shape) -> Vec<Index> {
    let place = |axis: usize| if shape[axis] == 1 { Index::constant(0) } else { Index::axis(axis) };
    (0..shape.rank()).map(place).collect()
}

/// The row-major position of an index.
fn flat<'a>(index: impl Iterator<Item = &'a Index>, shape: &Shape) -> Index {
    index.zip(shape.strides()).fold(Index::constant(0), |sum, (index, stride)| sum.add(&index.times(stride)))
}

/// Elements of a block that lies along memory, at most: devices add up so many before they combine sums.
const BLOCK: usize = 2048;

/// How the reduced axes are cut: one of them into blocks, those before it into single positions, those after it not at all.
struct Cut {
    axis: usize,
    /// Extent of a block along the axis.
    block: usize,
    axes: Axes,
}

/// A value whose blocks are reduced along the `inner` axes, and then their results along the `outer` ones.
struct Part {
    value: Value,
    inner: Axes,
    /// Counted among the axes that are left without the inner ones.
    outer: Axes,
    /// The sum of each block, and its mean.
    sums: Value,
    means: Value,
    /// Elements of a block.
    count: usize,
}

impl Cut {
    /// A cut into blocks that the cache holds, if there is more than one.
    fn new(shape: &Shape, axes: &[usize], bytes: usize, row: usize) -> Option<Cut> {
        let count: usize = axes.iter().map(|&axis| shape[axis]).product();
        let innermost = (0..shape.rank()).rev().find(|&axis| shape[axis] > 1)?;
        // What is no longer is a row of one kernel as it is.
        let (longest, most) = match axes.contains(&innermost) {
            true => (row / bytes, BLOCK.min(row / bytes)),
            false => (row / BESIDE / bytes, row / BESIDE / bytes),
        };
        if count <= longest {
            return None;
        }
        let mut inside = 1;
        for &axis in axes.iter().rev() {
            let extent = shape[axis];
            if inside * extent > most {
                let most = (most / inside).max(1);
                let even = (most.div_ceil(2)..=most).rev().find(|block| extent.is_multiple_of(*block));
                return Some(Cut { axis, block: even.unwrap_or(most), axes: axes.into() });
            }
            inside *= extent;
        }
        None
    }

    /// The blocks, and what is left behind the last whole one.
    fn parts(&self, graph: &mut Graph, x: Value) -> Result<Vec<Part>, Error> {
        let Cut { axis, block, .. } = *self;
        let shape = graph.ty(x).shape.clone();
        let blocks = shape[axis] / block;
        let whole = slice(graph, x, axis, 0..blocks * block)?;
        let split = shape[..axis].iter().chain(&[blocks, block]).chain(&shape[axis + 1..]).copied().collect();
        let whole = graph.view(View::Reshape(split), whole)?;
        let others = self.axes.iter().copied().filter(|&at| at != axis);
        let (before, after): (Axes, Axes) = others.partition(|&at| at < axis);
        let outer = before.iter().copied().chain([axis]).collect();
        let inner = [axis].iter().chain(&after).map(|at| at + 1).collect();
        let mut parts = vec![Part::new(graph, whole, inner, outer)?];
        if blocks * block < shape[axis] {
            let rest = slice(graph, x, axis, blocks * block..shape[axis])?;
            let inner = [axis].iter().chain(&after).copied().collect();
            parts.push(Part::new(graph, rest, inner, before)?);
        }
        Ok(parts)
    }
}

impl Part {
    /// All outer axes lie before all inner ones, so taking these away does not move them.
    fn new(graph: &mut Graph, value: Value, inner: Axes, outer: Axes) -> Result<Part, Error> {
        let ty = graph.ty(value).clone();
        let count: usize = inner.iter().map(|&axis| ty.shape[axis]).product();
        let sums = sum(graph, value, &inner)?;
        let number = Scalar::from_f64(ty.dtype.component(), count as f64);
        let number = graph.literal(number).into();
        let means = binary(graph, Binary::Div, sums, number)?;
        Ok(Part { value, inner, outer, sums, means, count })
    }

    /// For every block the sum of squared distances from a centre.
    fn squares(&self, graph: &mut Graph, centre: Value) -> Result<Value, Error> {
        let shape = graph.ty(self.value).shape.clone();
        let means = spread(graph, self.means, &self.inner, &shape)?;
        let apart = binary(graph, Binary::Sub, self.value, means)?;
        let apart = square(graph, apart)?;
        let within = sum(graph, apart, &self.inner)?;
        let shape = graph.ty(self.means).shape.clone();
        let centre = match shape.rank() - self.outer.len() {
            0 => graph.view(View::Reshape(Shape::default()), centre)?,
            _ => spread(graph, centre, &self.outer, &shape)?,
        };
        // Sums that overflow alike are no distance apart, and squares within have overflowed then.
        let ty = graph.ty(self.means).clone();
        let zero = graph.literal(Scalar::zero(ty.dtype)).into();
        let apart = binary(graph, Binary::Sub, self.means, centre)?;
        let is_same = binary(graph, Binary::Eq, self.means, centre)?;
        let apart = graph.add(Op::Select, [is_same, zero, apart])?.into();
        let apart = square(graph, apart)?;
        let count = graph.literal(Scalar::from_f64(ty.dtype.component(), self.count as f64)).into();
        let between = binary(graph, Binary::Mul, apart, count)?;
        binary(graph, Binary::Add, within, between)
    }
}

/// The sum over the blocks of all parts.
fn total(
    graph: &mut Graph,
    parts: &[Part],
    of_blocks: impl Fn(&mut Graph, &Part) -> Result<Value, Error>,
) -> Result<Value, Error> {
    let mut total = None;
    for part in parts {
        let blocks = of_blocks(graph, part)?;
        let own = match part.outer.is_empty() {
            true => blocks,
            false => sum(graph, blocks, &part.outer)?,
        };
        total = Some(match total {
            None => own,
            Some(before) => binary(graph, Binary::Add, before, own)?,
        });
    }
    Ok(total.expect("a cut has blocks"))
}

/// A value repeated along axes that it lacks, or has with extent 1.
fn spread(graph: &mut Graph, value: Value, axes: &[usize], shape: &Shape) -> Result<Value, Error> {
    let kept = (0..shape.rank()).map(|axis| if axes.contains(&axis) { 1 } else { shape[axis] });
    let kept = graph.view(View::Reshape(kept.collect()), value)?;
    graph.broadcast(kept, shape)
}

/// `|x|^2`.
fn square(graph: &mut Graph, x: Value) -> Result<Value, Error> {
    if !graph.ty(x).dtype.is_complex() {
        return binary(graph, Binary::Mul, x, x);
    }
    let re = graph.add(Op::Unary(Unary::Real), [x])?.into();
    let im = graph.add(Op::Unary(Unary::Imag), [x])?.into();
    let [re, im] = [binary(graph, Binary::Mul, re, re)?, binary(graph, Binary::Mul, im, im)?];
    binary(graph, Binary::Add, re, im)
}

fn binary(graph: &mut Graph, op: Binary, a: Value, b: Value) -> Result<Value, Error> {
    Ok(graph.add(Op::Binary(op), [a, b])?.into())
}

fn sum(graph: &mut Graph, x: Value, axes: &[usize]) -> Result<Value, Error> {
    Ok(graph.add(Op::Reduce(Reduce { kind: ReduceKind::Sum, axes: axes.into() }), [x])?.into())
}

/// Positions of one axis; all of them are the value itself.
fn slice(graph: &mut Graph, x: Value, axis: usize, positions: std::ops::Range<usize>) -> Result<Value, Error> {
    let shape = graph.ty(x).shape.clone();
    let mut index = Index::identity(shape.rank());
    index[axis] = index[axis].plus(positions.start as i64);
    graph.view(View::Affine(Affine::new(shape.with(axis, positions.len()), index)), x)
}
