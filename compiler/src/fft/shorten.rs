//! Convolutions by transforms of another length: whoever pads to a power of two, or to the next fast length, pads for a whole
//! convolution, of which a part may be all that is read.
//!
//! Lines of `p` and `q` numbers convolve to `p + q - 1`. In a cyclic convolution of length `n` position `t` also holds what
//! lies `n` before and behind it. So for positions `d .. d + m` any `n` will do that is at least `d + m` and
//! `p + q - 1 - d`, and of those that are no longer than the given one the fastest is taken. A conjugated spectrum is that of
//! the line read backwards. What is not finite is everywhere, at either length.

use crate::Licence;
use crate::fft::merge;
use crate::fft::{is_for, is_private};
use crate::pass::{Cx, rebuild};
use ondine_ir::{Binary, Error, Fft, FftAxis, FftKind, Graph, Node, NodeId, Op, Scalar, Unary, Value, Window};
use smallvec::SmallVec;

/// Takes the fastest lengths for products of two spectra.
pub(crate) fn shorten_convolutions(graph: &Graph, cx: &mut Cx) -> Result<Graph, Error> {
    if !is_for(graph, cx, Licence::Fft) {
        return Ok(graph.clone());
    }
    let mut scaled: Vec<Value> = Vec::new();
    rebuild(graph, |new, id, node, operands| {
        match (&node.op, lines(graph, id)) {
            (Op::Fft(inverse), Some(lines)) => {
                let product = spectrum(new, operands[0], &lines)?;
                let axes = inverse.axes.iter().zip(&lines).enumerate();
                let axes = axes.map(|(at, (along, line))| FftAxis {
                    output: Window::run(line.start, along.output.extent),
                    ..FftAxis::whole(inverse.axis_kind(at), along.axis, line.len)
                });
                let y = new.add(Op::Fft(Fft { kind: inverse.kind, axes: axes.collect() }), [product])?;
                let ratios = inverse.axes.iter().zip(&lines).map(|(along, line)| along.len as f64 / line.len as f64);
                let ratio = new.literal(Scalar::from_f64(node.outputs[0].dtype.component(), ratios.product())).into();
                cx.apply("shorten_convolution", Licence::Fft);
                let y: Value = new.add(Op::Binary(Binary::Mul), [y.into(), ratio])?.into();
                scaled.push(y);
                Ok(Some(y))
            }
            // The scale of the inverse takes in that of its new length.
            (Op::Binary(Binary::Mul), _) if scaled.contains(&operands[0]) => merge::scale(new, node, operands),
            _ => Ok(None),
        }
    })
}

/// A spectrum, or a product of two, of other lengths.
fn spectrum(graph: &mut Graph, value: Value, lines: &[Shorter]) -> Result<Value, Error> {
    let node = graph.node(value.node).clone();
    if let Op::Fft(fft) = &node.op {
        let axes = fft.axes.iter().zip(lines).enumerate();
        let axes = axes.map(|(at, (along, line))| FftAxis {
            input: along.input,
            ..FftAxis::whole(fft.axis_kind(at), along.axis, line.len)
        });
        return Ok(graph.add(Op::Fft(Fft { kind: fft.kind, axes: axes.collect() }), node.inputs)?.into());
    }
    let mut operands = node.inputs;
    for operand in &mut operands {
        if graph.ty(*operand).shape.rank() > 0 {
            *operand = spectrum(graph, *operand, lines)?;
        }
    }
    Ok(graph.add(node.op, operands)?.into())
}

/// Scales and conjugates around a spectrum or a product, at most.
const DEEPEST: usize = 4;

/// A spectrum that is multiplied: its transform, and whether it is conjugated.
fn factor(graph: &Graph, value: Value) -> Option<(&Fft, bool)> {
    let (mut value, mut is_conjugated) = (value, false);
    for _ in 0..DEEPEST {
        if !is_private(graph, value.node) {
            return None;
        }
        let node = graph.node(value.node);
        match &node.op {
            Op::Fft(fft) if fft.kind.is_forward() => return Some((fft, is_conjugated)),
            Op::Unary(Unary::Conj) => is_conjugated = !is_conjugated,
            Op::Binary(Binary::Mul) if graph.ty(node.inputs[1]).shape.rank() == 0 => {}
            _ => return None,
        }
        value = node.inputs[0];
    }
    None
}

/// The product of two spectra that a value is, up to scales.
fn product(graph: &Graph, value: Value) -> Option<&Node> {
    let mut value = value;
    for _ in 0..DEEPEST {
        let node = graph.node(value.node);
        if node.op != Op::Binary(Binary::Mul) || !is_private(graph, value.node) {
            return None;
        }
        if graph.ty(node.inputs[1]).shape.rank() > 0 {
            return Some(node);
        }
        value = node.inputs[0];
    }
    None
}

/// A line of another length.
#[derive(Clone, Copy)]
struct Shorter {
    len: usize,
    /// Where what is read of it begins.
    start: usize,
}

/// The axes of an inverse transform of a product of two spectra, if other lengths are faster.
fn lines(graph: &Graph, id: NodeId) -> Option<SmallVec<[Shorter; 4]>> {
    let Op::Fft(inverse) = &graph.node(id).op else { return None };
    if inverse.kind.is_forward() {
        return None;
    }
    let node = product(graph, graph.node(id).inputs[0])?;
    let (a, b) = (factor(graph, node.inputs[0])?, factor(graph, node.inputs[1])?);
    let forward = if inverse.kind == FftKind::Inverse { FftKind::Forward } else { FftKind::RealForward };
    let mut lines = SmallVec::new();
    for (at, along) in inverse.axes.iter().enumerate() {
        let sides = [a, b].map(|(fft, is_conjugated)| {
            let side = fft.axes.get(at).filter(|_| fft.kind == forward && fft.axes.len() == inverse.axes.len())?;
            let is_whole = side.output == Window::whole(FftAxis::line(fft.axis_kind(at), side.len).1);
            let is_alike = (side.axis, side.len) == (along.axis, along.len);
            (is_whole && is_alike && is_run(side.input, side.len)).then_some((side.input, is_conjugated))
        });
        let is_whole = along.input == Window::whole(FftAxis::line(inverse.axis_kind(at), along.len).0);
        if !is_whole || !is_run(along.output, along.len) {
            return None;
        }
        lines.push(shorter(along.len, [sides[0]?, sides[1]?], along.output));
    }
    lines.iter().zip(&inverse.axes).any(|(line, along): (&Shorter, _)| line.len != along.len).then_some(lines)
}

fn is_run(window: Window, len: usize) -> bool {
    window.step == 1 && window.extent > 0 && !window.wraps(len)
}

/// The fastest length of a convolution of which `wanted` is read, and where that begins then.
fn shorter(len: usize, sides: [(Window, bool); 2], wanted: Window) -> Shorter {
    let first = |(window, is_backwards): (Window, bool)| match is_backwards {
        false => window.start as i64,
        true => 1 - (window.start + window.extent) as i64,
    };
    let [a, b] = sides;
    let start = first(a) + first(b);
    let whole = a.0.extent + b.0.extent - 1;
    let skipped = (wanted.start as i64 - start).rem_euclid(len as i64) as usize;
    let end = skipped + wanted.extent;
    let ends = sides.map(|(window, _)| window.start + window.extent);
    let least = [end, whole.saturating_sub(skipped), ends[0], ends[1]].into_iter().fold(1, usize::max);
    let place = |len: usize| (start + skipped as i64).rem_euclid(len as i64) as usize;
    let best = smooth(len)
        .into_iter()
        .filter(|&shorter| shorter >= least && place(shorter) + wanted.extent <= shorter)
        .filter_map(|shorter| Some((cost(shorter)?, shorter)))
        .min_by(|a, b| a.0.total_cmp(&b.0));
    match best
        .filter(|(shorter, _)| whole <= len && end <= len && cost(len).is_none_or(|own| *shorter < WORTH_IT * own))
    {
        Some((_, shorter)) => Shorter { len: shorter, start: place(shorter) },
        None => Shorter { len, start: wanted.start },
    }
}

/// The cost of another length, of that of the given one, from which on it stays.
const WORTH_IT: f64 = 0.98;

/// Prime factors of lengths that are taken, and what their butterflies cost.
const FACTORS: [(usize, f64); 4] = [(2, 1.0), (3, 1.7), (5, 2.6), (7, 3.6)];

/// The numbers below a length that have these prime factors alone.
fn smooth(len: usize) -> Vec<usize> {
    let mut all = vec![1];
    for (factor, _) in FACTORS {
        let mut at = 0;
        while at < all.len() {
            all.extend(usize::checked_mul(all[at], factor).filter(|&next| next < len));
            at += 1;
        }
    }
    all
}

/// What a transform of a length takes, in arbitrary units, if its prime factors are small: passes over memory, and butterflies.
fn cost(len: usize) -> Option<f64> {
    const MEMORY: f64 = 8.0;
    let (mut rest, mut sum) = (len, MEMORY);
    for (factor, weight) in FACTORS {
        while rest.is_multiple_of(factor) {
            rest /= factor;
            sum += weight;
        }
    }
    (rest == 1).then_some(len as f64 * sum)
}
