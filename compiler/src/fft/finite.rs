//! Rules that are right when values are finite: proved from dtypes, or guarded by a test of the inputs at run time.
//!
//! - `x - where(inside, 0, x)` keeps `x` where the window is and is zero elsewhere;
//! - a product is zero outside the support of a factor;
//! - `x - x` is zero; a transform of the opposite one is a multiple of what went in, less what real transforms ignore.
//!
//! The guard is one more result of the graph, true if all floating inputs that a rule relied on are below a bound under
//! which nothing overflows. Where no such bound is found, as behind many steps, a transform is undone if [`poison`] says that
//! what is not finite there shows in the results, and the guard looks at these as well. The caller keeps the graph as it was
//! for when the guard says no.

use crate::Licence;
use crate::fft::behind::{behind_transforms, is_between};
use crate::fft::cut::restrict;
use crate::fft::is_for;
use crate::fft::poison::{self, Becomes};
use crate::fft::range::{largest, ranges};
use crate::fft::support::supports;
use crate::fft::windows::{self, Windows};
use crate::pass::{Cx, rebuild};
use ondine_ir::{
    Affine, Binary, Error, Fft, FftAxis, FftKind, Graph, Index, NodeId, Op, Reduce, ReduceKind, Scalar, Type, Unary,
    Value, View, Window,
};

/// Applies the rules to transforms and what lies between them.
pub(crate) fn assume_finite(graph: &Graph, cx: &mut Cx) -> Result<Graph, Error> {
    if !is_for(graph, cx, Licence::Finite) {
        return Ok(graph.clone());
    }
    let mut assumption = Assumption::new(graph);
    let supports = supports(graph);
    let near = near_transforms(graph);
    let mut found: Vec<Option<Match>> =
        graph.ids().map(|id| near[id.index()].then(|| matched(graph, &supports, id)).flatten()).collect();
    let shown = shown(graph, &found);
    let after = rebuild(graph, |new, id, _, operands| {
        let Some((rule, relied_on, replacement)) = found[id.index()].take() else { return Ok(None) };
        if !assumption.holds_of(&relied_on) {
            if !shown[id.index()] {
                return Ok(None);
            }
            assumption.shown.push(id);
        }
        cx.apply(rule, Licence::Finite);
        build(new, graph, id, operands, replacement).map(Some)
    })?;
    assumption.guard(graph, after)
}

/// True for the transforms that would be undone where what is not finite shows in the results all the same.
fn shown(graph: &Graph, found: &[Option<Match>]) -> Vec<bool> {
    let is_undone = |found: &Option<Match>| matches!(found, Some((_, _, Replacement::Undone(_))));
    if !found.iter().any(is_undone) {
        return vec![false; graph.len()];
    }
    let mut shown = poison::shown(graph, |id| match &found[id.index()] {
        found if is_undone(found) => Becomes::Undone,
        Some(_) => Becomes::Other,
        None => Becomes::Itself,
    });
    shown.iter_mut().zip(found).for_each(|(shown, found)| *shown &= is_undone(found));
    shown
}

/// A rule that fits a node, the values that have to be finite for it, and what then stands for the node.
type Match = (&'static str, Vec<Value>, Replacement);

/// What stands for a node.
enum Replacement {
    /// The operand at this place where the windows are, zero elsewhere.
    Kept(usize, Windows),
    /// The node itself where the windows are, zero elsewhere.
    Restricted(Windows),
    /// What the transform before this one was given, times its number of points.
    Undone(f64),
    /// Zero.
    Nothing,
}

fn matched(graph: &Graph, supports: &[Windows], id: NodeId) -> Option<Match> {
    let node = graph.node(id);
    let ty = &node.outputs[0];
    if !ty.dtype.is_floating() || ty.shape.elements() == 0 {
        return None;
    }
    match &node.op {
        Op::Binary(Binary::Sub) => {
            let [a, b] = [node.inputs[0], node.inputs[1]];
            if a == b {
                return Some(("subtract_itself", vec![a], Replacement::Nothing));
            }
            let windows = zeroed(graph, b, a)?;
            Some(("keep_window", vec![a], Replacement::Kept(0, windows)))
        }
        Op::Binary(Binary::Mul) => {
            let [a, b] = [node.inputs[0], node.inputs[1]];
            let support = |value: Value| match graph.ty(value).shape.rank() == ty.shape.rank() {
                true => supports[value.node.index()].clone(),
                false => windows::whole(&ty.shape),
            };
            let whole = windows::whole(&ty.shape);
            let (of_a, of_b) = (support(a), support(b));
            if of_a == whole && of_b == whole || of_a.iter().chain(&of_b).any(|window| window.extent == 0) {
                return None;
            }
            let both: Windows = (0..ty.shape.rank())
                .map(|axis| windows::intersection(of_a[axis], of_b[axis], ty.shape[axis]))
                .collect();
            // Where one factor is zero the other one has to be finite.
            let relied_on = [(a, of_b), (b, of_a)].into_iter().filter(|(_, other)| *other != whole);
            (both.iter().all(|window| window.extent > 0))
                .then(|| ("mask_product", relied_on.map(|(value, _)| value).collect(), Replacement::Restricted(both)))
        }
        Op::Fft(fft) => {
            let before = node.inputs[0];
            let Op::Fft(first) = graph.op(before) else { return None };
            let opposite = matches!(
                (first.kind, fft.kind),
                (FftKind::Forward, FftKind::Inverse)
                    | (FftKind::Inverse, FftKind::Forward)
                    | (FftKind::RealForward, FftKind::RealInverse)
            ) || (first.kind, fft.kind) == (FftKind::RealInverse, FftKind::RealForward)
                && fft.axes.len() == 1;
            let is_whole = |fft: &Fft| {
                (0..fft.axes.len())
                    .all(|at| fft.axes[at] == FftAxis::whole(fft.axis_kind(at), fft.axes[at].axis, fft.axes[at].len))
            };
            let lines = |fft: &Fft| {
                let mut lines: Vec<(usize, usize)> = fft.axes.iter().map(|along| (along.axis, along.len)).collect();
                // The halved axis of a real transform has a place of its own.
                let last = if fft.kind == FftKind::RealForward || fft.kind == FftKind::RealInverse { 1 } else { 0 };
                let end = lines.len() - last;
                lines[..end].sort_unstable();
                lines
            };
            if !opposite || !is_whole(first) || !is_whole(fft) || lines(first) != lines(fft) {
                return None;
            }
            let points = fft.axes.iter().map(|along| along.len as f64).product();
            Some(("undo_transform", vec![before], Replacement::Undone(points)))
        }
        _ => None,
    }
}

/// The windows outside which `b` is `a` and inside which it is zero.
fn zeroed(graph: &Graph, b: Value, a: Value) -> Option<Windows> {
    let Op::Update(windows) = graph.op(b) else { return None };
    let [base, value] = graph.node(b.node).inputs[..] else { return None };
    let shape = &graph.ty(a).shape;
    let is_zero = graph.as_literal(value).is_some_and(|scalar| scalar.to_complex().norm() == 0.0);
    let is_run = |(axis, window): (usize, &Window)| window.step == 1 && window.extent > 0 && shape[axis] > 0;
    (base == a && is_zero && windows.iter().enumerate().all(is_run)).then(|| {
        let run = |(axis, window): (usize, &Window)| windows::run(window.start as i64, window.extent, shape[axis]);
        windows.iter().enumerate().map(run).collect()
    })
}

fn build(
    new: &mut Graph,
    graph: &Graph,
    id: NodeId,
    operands: &[Value],
    replacement: Replacement,
) -> Result<Value, Error> {
    let node = graph.node(id);
    let ty = &node.outputs[0];
    match replacement {
        Replacement::Kept(place, windows) => restrict(new, operands[place], &windows),
        Replacement::Restricted(windows) => {
            let value = new.add(node.op.clone(), operands.iter().copied())?.into();
            restrict(new, value, &windows)
        }
        // The transform before may itself have been replaced.
        Replacement::Undone(_) if !matches!(new.op(operands[0]), Op::Fft(_)) => {
            Ok(new.add(node.op.clone(), operands.iter().copied())?.into())
        }
        Replacement::Undone(points) => {
            let mut before = new.node(operands[0].node).inputs[0];
            if let Op::Fft(Fft { kind: FftKind::RealForward, axes }) = &node.op {
                before = without_ignored(new, before, axes[0])?;
            }
            let points = new.literal(Scalar::from_f64(ty.dtype.component(), points)).into();
            Ok(new.add(Op::Binary(Binary::Mul), [before, points])?.into())
        }
        Replacement::Nothing => {
            let zero = new.literal(Scalar::zero(ty.dtype)).into();
            new.broadcast(zero, &ty.shape)
        }
    }
}

/// A half spectrum without the imaginary parts that a transform to real lines ignores: they are finite, so a table of ones and
/// zeros takes them away, and tables can be gathered.
fn without_ignored(graph: &mut Graph, bins: Value, along: FftAxis) -> Result<Value, Error> {
    let Type { dtype, shape } = graph.ty(bins).clone();
    let [one, zero] = [1.0, 0.0].map(|value| graph.literal(Scalar::from_f64(dtype.component(), value)).into());
    let mut kept = graph.broadcast(one, &[shape[along.axis]].into())?;
    let middle = (along.len.is_multiple_of(2)).then_some(along.len / 2);
    for bin in [Some(0), middle].into_iter().flatten() {
        kept = graph.add(Op::Update(vec![Window::run(bin, 1)]), [kept, zero])?.into();
    }
    let kept = graph.view(View::Affine(Affine::new(shape, [Index::axis(along.axis)])), kept)?;
    let [real, imag] = [Unary::Real, Unary::Imag].map(|part| graph.add(Op::Unary(part), [bins]));
    let imag = graph.add(Op::Binary(Binary::Mul), [imag?.into(), kept])?;
    Ok(graph.add(Op::Binary(Binary::Complex), [real?.into(), imag.into()])?.into())
}

/// For every node, true if it is a transform, or lies behind one, or before one, with elementwise work between at most.
/// Elsewhere the rules would change what plain arithmetic promises and save little.
fn near_transforms(graph: &Graph) -> Vec<bool> {
    let behind = behind_transforms(graph, is_between);
    let mut before = vec![false; graph.len()];
    for id in graph.ids().rev() {
        let node = graph.node(id);
        if matches!(node.op, Op::Fft(_)) || before[id.index()] && is_between(&node.op) {
            node.inputs.iter().for_each(|value| before[value.node.index()] = true);
        }
    }
    (0..graph.len())
        .map(|at| behind[at] && (before[at] || matches!(graph.node(NodeId(at as u32)).op, Op::Fft(_))))
        .collect()
}

/// What is assumed of floating inputs, if anything.
struct Assumption {
    proved: Vec<Option<f64>>,
    /// The bound on floating inputs, and what follows from it.
    bounded: (f64, Vec<Option<f64>>),
    relied_on: Vec<NodeId>,
    /// Undone transforms whose values show in the results if they are not finite.
    shown: Vec<NodeId>,
}

impl Assumption {
    fn new(graph: &Graph) -> Assumption {
        Assumption { proved: ranges(graph, None), bounded: bounded(graph), relied_on: Vec::new(), shown: Vec::new() }
    }

    /// True if the values are finite, by proof or under the guard.
    fn holds_of(&mut self, values: &[Value]) -> bool {
        let is_proved = |value: &Value| value.output == 0 && self.proved[value.node.index()].is_some();
        let open: Vec<Value> = values.iter().copied().filter(|value| !is_proved(value)).collect();
        let is_bounded = |value: &Value| value.output == 0 && self.bounded.1[value.node.index()].is_some();
        if !open.iter().all(is_bounded) {
            return false;
        }
        self.relied_on.extend(open.iter().map(|value| value.node));
        true
    }

    /// The graph with the guard as its last result, if something was assumed.
    fn guard(self, graph: &Graph, mut after: Graph) -> Result<Graph, Error> {
        let bound = self.bounded.0;
        let mut needed = vec![false; graph.len()];
        self.relied_on.iter().chain(&self.shown).for_each(|id| needed[id.index()] = true);
        let mut flags: Vec<Value> = Vec::new();
        for id in graph.ids().rev().filter(|id| graph.node(*id).outputs[0].dtype.is_floating()) {
            if !needed[id.index()] {
                continue;
            }
            let node = graph.node(id);
            node.inputs.iter().for_each(|value| needed[value.node.index()] = true);
            if matches!(node.op, Op::Input { .. } | Op::Param { .. }) {
                let own = after.add(node.op.clone(), [])?;
                flags.push(is_below(&mut after, own.into(), bound)?);
            }
        }
        let both = |graph: &mut Graph, a: Value, b: Value| graph.add(Op::Binary(Binary::And), [a, b]).map(Value::from);
        flags.reverse();
        // Where the undone transforms show, and by what they are not finite.
        let mut shows = vec![false; graph.len()];
        self.shown.iter().for_each(|id| shows[id.index()] = true);
        for id in graph.ids() {
            shows[id.index()] |= graph.node(id).inputs.iter().any(|value| shows[value.node.index()]);
        }
        for (place, result) in graph.results().iter().enumerate().filter(|(_, result)| shows[result.node.index()]) {
            let dtype = graph.ty(*result).dtype;
            if dtype.is_floating() {
                let own = after.results()[place];
                flags.push(is_below(&mut after, own, largest(dtype))?);
            }
        }
        let mut all: Option<Value> = None;
        for flag in flags {
            all = Some(match all {
                Some(before) => both(&mut after, before, flag)?,
                None => flag,
            });
        }
        if let Some(flag) = all {
            let mut results = after.results().to_vec();
            results.push(flag);
            after.set_results(results);
        }
        Ok(after)
    }
}

/// The largest of a few bounds on floating inputs under which every transform is bounded, and what follows from it.
fn bounded(graph: &Graph) -> (f64, Vec<Option<f64>>) {
    let floating = graph.ids().map(|id| graph.node(id).outputs[0].dtype).filter(|dtype| dtype.is_floating());
    let exponent = floating.map(largest).fold(f64::MAX, f64::min).log2();
    let at = |share: f64| {
        // A power of two is the same number in every precision.
        let bound = 2f64.powi((exponent * share) as i32);
        (bound, ranges(graph, Some(bound)))
    };
    let serves = |table: &[Option<f64>]| {
        graph.ids().all(|id| !matches!(graph.node(id).op, Op::Fft(_)) || table[id.index()].is_some())
    };
    let candidates = [0.75, 0.5, 0.25].map(at);
    let found = candidates.iter().position(|(_, table)| serves(table)).unwrap_or(2);
    let [a, b, c] = candidates;
    match found {
        0 => a,
        1 => b,
        _ => c,
    }
}

/// True if every element has parts of at most `bound`: neither NaN nor infinite.
fn is_below(graph: &mut Graph, x: Value, bound: f64) -> Result<Value, Error> {
    let ty = graph.ty(x).clone();
    let bound: Value = graph.literal(Scalar::from_f64(ty.dtype.component(), bound)).into();
    let parts: &[Option<Unary>] = if ty.dtype.is_complex() { &[Some(Unary::Real), Some(Unary::Imag)] } else { &[None] };
    let mut below: Option<Value> = None;
    for part in parts {
        let part = match part {
            Some(part) => graph.add(Op::Unary(*part), [x])?.into(),
            None => x,
        };
        let magnitude = graph.add(Op::Unary(Unary::Abs), [part])?;
        let is_below: Value = graph.add(Op::Binary(Binary::Le), [magnitude.into(), bound])?.into();
        below = Some(match below {
            Some(other) => graph.add(Op::Binary(Binary::And), [other, is_below])?.into(),
            None => is_below,
        });
    }
    let below = below.expect("a number has a part");
    if ty.shape.rank() == 0 {
        return Ok(below);
    }
    let axes = (0..ty.shape.rank()).collect();
    Ok(graph.add(Op::Reduce(Reduce { kind: ReduceKind::Min, axes }), [below])?.into())
}
