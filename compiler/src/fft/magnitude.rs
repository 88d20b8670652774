//! Squares of magnitudes behind transforms are sums of squares: a power spectrum needs no square root.
//!
//! Both ways round a few times, which is less than the error of the transform, and overflow together. An infinite part makes
//! the magnitude infinite whatever the other one is.

use crate::Licence;
use crate::fft::behind::{behind_transforms, is_between};
use crate::fft::is_for;
use crate::pass::{Cx, rebuild};
use ondine_ir::{Binary, Error, Graph, Op, Scalar, Unary, Value};

/// `abs(z) * abs(z)` as `real(z)^2 + imag(z)^2`, where nothing else reads the magnitude.
pub(crate) fn square_magnitudes(graph: &Graph, cx: &mut Cx) -> Result<Graph, Error> {
    if !is_for(graph, cx, Licence::Fft) {
        return Ok(graph.clone());
    }
    // Half spectra are completed by then.
    let behind = behind_transforms(graph, |op| is_between(op) || matches!(op, Op::Concat { .. }));
    let is_result = |value: Value| graph.results().contains(&value);
    rebuild(graph, |new, id, node, operands| {
        let [a, b] = node.inputs[..] else { return Ok(None) };
        let is_square = node.op == Op::Binary(Binary::Mul) && a == b && *graph.op(a) == Op::Unary(Unary::Abs);
        if !is_square || !behind[a.node.index()] || graph.users(a.node)[..] != [id] || is_result(a) {
            return Ok(None);
        }
        let z = new.node(operands[0].node).inputs[0];
        if !new.ty(z).dtype.is_complex() {
            return Ok(None);
        }
        cx.apply("square_magnitude", Licence::Fft);
        sum_of_squares(new, z).map(Some)
    })
}

fn sum_of_squares(graph: &mut Graph, z: Value) -> Result<Value, Error> {
    let infinity = Scalar::from_f64(graph.ty(z).dtype.component(), f64::INFINITY);
    let mut unary = |op: Unary, x: Value| graph.add(Op::Unary(op), [x]).map(Value::from);
    let [re, im] = [unary(Unary::Real, z)?, unary(Unary::Imag, z)?];
    let is_infinite = [unary(Unary::IsInf, re)?, unary(Unary::IsInf, im)?];
    let mut binary = |op: Binary, [x, y]: [Value; 2]| graph.add(Op::Binary(op), [x, y]).map(Value::from);
    let squares = [binary(Binary::Mul, [re, re])?, binary(Binary::Mul, [im, im])?];
    let (sum, is_infinite) = (binary(Binary::Add, squares)?, binary(Binary::Or, is_infinite)?);
    let infinity = graph.literal(infinity).into();
    Ok(graph.add(Op::Select, [is_infinite, infinity, sum])?.into())
}
