//! Transforms are linear: a sum of transforms is the transform of the sum, and scales that follow each other are one scale.

use crate::Licence;
use crate::fft::is_for;
use crate::pass::{Cx, rebuild};
use ondine_ir::{Binary, DType, Error, Graph, Node, Op, Scalar, Value};

/// Merges sums of transforms and scales behind transforms.
pub(crate) fn merge_transforms(graph: &Graph, cx: &mut Cx) -> Result<Graph, Error> {
    if !is_for(graph, cx, Licence::Fft) {
        return Ok(graph.clone());
    }
    let is_result: Vec<bool> = {
        let mut table = vec![false; graph.len()];
        graph.results().iter().for_each(|value| table[value.node.index()] = true);
        table
    };
    // What only the sum reads disappears; anything else would be computed besides.
    let is_private = |value: Value| graph.users(value.node).len() == 1 && !is_result[value.node.index()];
    rebuild(graph, |new, _, node, operands| {
        let Op::Binary(op) = node.op else { return Ok(None) };
        match op {
            Binary::Add | Binary::Sub if node.inputs.iter().all(|&value| is_private(value)) => {
                let merged = sum(new, op, operands)?;
                if merged.is_some() {
                    cx.apply("add_before_transform", Licence::Fft);
                }
                Ok(merged)
            }
            Binary::Mul => {
                let merged = scale(new, node, operands)?;
                if merged.is_some() {
                    cx.apply("fold_scales", Licence::Fft);
                }
                Ok(merged)
            }
            _ => Ok(None),
        }
    })
}

/// `fft(a) + fft(b)` as `fft(a + b)`.
fn sum(graph: &mut Graph, op: Binary, operands: &[Value]) -> Result<Option<Value>, Error> {
    let [a, b] = [operands[0], operands[1]];
    let (Op::Fft(first), Op::Fft(second)) = (graph.op(a), graph.op(b)) else { return Ok(None) };
    if first != second || a == b {
        return Ok(None);
    }
    let fft = first.clone();
    let [x, y] = [a, b].map(|value| graph.node(value.node).inputs[0]);
    if graph.ty(x) != graph.ty(y) {
        return Ok(None);
    }
    let sum = graph.add(Op::Binary(op), [x, y])?;
    Ok(Some(graph.add(Op::Fft(fft), [sum.into()])?.into()))
}

/// `(x * s) * t` as `x * (s * t)` with constants `s` and `t`. Other constants than 0, 1 and -1 follow from shapes: they are
/// scales of transforms, or of transforms that are gone.
pub(super) fn scale(graph: &mut Graph, node: &Node, operands: &[Value]) -> Result<Option<Value>, Error> {
    let real = |graph: &Graph, value: Value| {
        let scalar = graph.as_literal(value)?;
        (scalar.dtype().is_floating() && !scalar.dtype().is_complex()).then(|| scalar.to_complex().re)
    };
    let [scaled, outer] = [operands[0], operands[1]];
    let Some(t) = real(graph, outer) else { return Ok(None) };
    if *graph.op(scaled) != Op::Binary(Binary::Mul) {
        return Ok(None);
    }
    let [x, inner] = [graph.node(scaled.node).inputs[0], graph.node(scaled.node).inputs[1]];
    let Some(s) = real(graph, inner) else { return Ok(None) };
    let dtype = graph.ty(outer).dtype;
    let product = s * t;
    // Far from the ends of any range.
    let is_moderate = (1e-30..1e30).contains(&product.abs());
    if !is_moderate || graph.ty(x) != &node.outputs[0] || graph.ty(inner).dtype != dtype {
        return Ok(None);
    }
    // A reciprocal is rounded; the number of points times it is one.
    let unit = if dtype == DType::F32 { f32::EPSILON as f64 } else { f64::EPSILON };
    let product = if (product - 1.0).abs() <= unit { 1.0 } else { product };
    if product == 1.0 {
        return Ok(Some(x));
    }
    let product = graph.literal(Scalar::from_f64(dtype, product)).into();
    Ok(Some(graph.add(Op::Binary(Binary::Mul), [x, product])?.into()))
}
