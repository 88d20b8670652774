//! A scale behind transforms moves to where the fewest elements are: before an inverse transform of few bins, or behind a
//! forward one that few bins are read of.

use crate::Licence;
use crate::fft::{is_for, is_private};
use crate::pass::{Cx, rebuild};
use ondine_ir::{Binary, Error, Graph, Node, Op, Value};

/// Scales outside this range are left where they are, so that nothing overflows or loses its digits on the way.
pub(super) const MODERATE: std::ops::Range<f64> = 1e-12..1e12;

/// Moves scales through transforms along one axis.
pub(crate) fn place_scales(graph: &Graph, cx: &mut Cx) -> Result<Graph, Error> {
    if !is_for(graph, cx, Licence::Fft) {
        return Ok(graph.clone());
    }
    rebuild(graph, |new, _, node, operands| {
        let Some(depth) = depth(graph, node) else { return Ok(None) };
        // The transforms to move through, the last first.
        let mut transforms = Vec::new();
        let mut value = operands[0];
        for _ in 0..depth {
            let Op::Fft(fft) = new.op(value) else { return Ok(None) };
            transforms.push(fft.clone());
            value = new.node(value.node).inputs[0];
        }
        let mut value: Value = new.add(Op::Binary(Binary::Mul), [value, operands[1]])?.into();
        for fft in transforms.into_iter().rev() {
            value = new.add(Op::Fft(fft), [value])?.into();
        }
        cx.apply("place_scale", Licence::Fft);
        Ok(Some(value))
    })
}

/// How many transforms a product with a constant is best moved through, if any.
fn depth(graph: &Graph, node: &Node) -> Option<usize> {
    let (Op::Binary(Binary::Mul), [x, scale]) = (&node.op, &node.inputs[..]) else { return None };
    let scalar = graph.as_literal(*scale)?;
    if scalar.dtype().is_complex() || !scalar.dtype().is_floating() || !MODERATE.contains(&scalar.to_complex().re.abs())
    {
        return None;
    }
    let elements = |value: Value| graph.ty(value).shape.elements();
    let (mut value, mut best) = (*x, (elements(*x), 0));
    for depth in 1.. {
        let Op::Fft(_) = graph.op(value) else { break };
        if !is_private(graph, value.node) {
            break;
        }
        value = graph.node(value.node).inputs[0];
        if elements(value) < best.0 {
            best = (elements(value), depth);
        }
    }
    // A real line has as many elements as its half spectrum has parts: moving a scale there gains nothing.
    (2 * best.0 <= elements(*x)).then_some(best.1).filter(|depth| *depth > 0)
}
