//! Exact identities, one local rule at a time: every rule holds for NaN, infinities, signed zeros, integer overflow and
//! empty arrays. Constant subexpressions that only depend on literals fold where the result is exact.

use crate::pass::{Cx, rebuild};
use crate::{Licence, parts};
use ondine_ir::{
    Binary, Error, Graph, Kind, Node, Op, Reduce, ReduceKind::*, Scalar, Type, Unary, Value, View, Window,
};

/// Applies the rules to every node once, operands first.
pub(crate) fn simplify(graph: &Graph, cx: &mut Cx) -> Result<Graph, Error> {
    rebuild(graph, |new, _, node, operands| {
        let mut operands: Vec<Value> = operands.to_vec();
        let spread = spread_scalars(new, node, &mut operands);
        if spread {
            cx.apply("spread_scalar", Licence::Exact);
        }
        if let Some((rule, value)) = replacement(new, node, &operands)? {
            debug_assert_eq!(new.ty(value), &node.outputs[0], "{rule} keeps the type");
            cx.apply(rule, Licence::Exact);
            return Ok(Some(value));
        }
        if let Op::Binary(op) = node.op
            && op.is_commutative()
            && new.as_literal(operands[0]).is_some()
            && new.as_literal(operands[1]).is_none()
        {
            cx.apply("literal_second", Licence::Exact);
            operands.swap(0, 1);
            return Ok(Some(new.add(node.op.clone(), operands)?.into()));
        }
        match spread {
            true => Ok(Some(new.add(node.op.clone(), operands)?.into())),
            false => Ok(None),
        }
    })
}

/// Rank-0 operands spread by themselves, so a broadcast of one beside an operand of full shape is dropped.
fn spread_scalars(graph: &Graph, node: &Node, operands: &mut [Value]) -> bool {
    if !node.op.is_elementwise() || operands.len() < 2 {
        return false;
    }
    let source = |value: Value| match graph.op(value) {
        Op::View(View::Affine(_)) => {
            let source = graph.node(value.node).inputs[0];
            (graph.ty(source).shape.rank() == 0 && graph.ty(value).shape.rank() > 0).then_some(source)
        }
        _ => None,
    };
    let full = |value: &Value| graph.ty(*value).shape.rank() > 0 && source(*value).is_none();
    if !operands.iter().any(full) {
        return false;
    }
    let mut changed = false;
    for operand in operands {
        if let Some(scalar) = source(*operand) {
            *operand = scalar;
            changed = true;
        }
    }
    changed
}

type Rule = Option<(&'static str, Value)>;

fn replacement(graph: &mut Graph, node: &Node, operands: &[Value]) -> Result<Rule, Error> {
    let ty = &node.outputs[0];
    match &node.op {
        Op::Cast(_) => cast(graph, ty, operands[0]),
        Op::Unary(op) => unary(graph, *op, operands[0]),
        Op::Binary(op) => Ok(binary(graph, *op, ty, operands)),
        Op::Select if operands[1] == operands[2] && graph.ty(operands[1]) == ty => {
            Ok(Some(("select_same", operands[1])))
        }
        Op::View(view) if view.is_identity(&graph.ty(operands[0]).shape) => {
            Ok(Some(("drop_identity_view", operands[0])))
        }
        Op::View(View::Affine(view)) => {
            Ok(parts::picked(graph, view, operands[0])?.map(|value| ("view_of_part", value)))
        }
        Op::Concat { axis } => concat(graph, *axis, operands),
        Op::Pad(pad) => pad_or_update(graph, &pad.windows, ty, [operands[1], operands[0]]),
        Op::Update(windows) => update(graph, windows, ty, operands),
        Op::Reduce(Reduce { kind: Sum | Prod | Min | Max, axes }) if axes.is_empty() => {
            Ok(Some(("reduce_nothing", operands[0])))
        }
        _ => Ok(None),
    }
}

/// The operand of the node that a value comes from, if that node is this unary function.
fn operand_of(graph: &Graph, value: Value, op: Unary) -> Option<Value> {
    (*graph.op(value) == Op::Unary(op)).then(|| graph.node(value.node).inputs[0])
}

fn cast(graph: &mut Graph, ty: &Type, operand: Value) -> Result<Rule, Error> {
    if graph.ty(operand) == ty {
        return Ok(Some(("drop_cast", operand)));
    }
    if let Some(scalar) = graph.as_literal(operand) {
        let folded = match scalar.to_i128() {
            Some(integer) => Scalar::from_i128(ty.dtype, integer),
            None => Scalar::from_complex(ty.dtype, scalar.to_complex()),
        };
        return Ok(Some(("fold_cast", graph.literal(folded).into())));
    }
    Ok(None)
}

fn unary(graph: &mut Graph, op: Unary, operand: Value) -> Result<Rule, Error> {
    match op {
        Unary::Neg | Unary::Conj | Unary::Not => {
            Ok(operand_of(graph, operand, op).map(|inner| ("cancel_involution", inner)))
        }
        Unary::Real | Unary::Imag => component(graph, op, operand),
        _ => Ok(None),
    }
}

/// The real or imaginary part of something whose parts are at hand, or of a product with a real scale.
fn component(graph: &mut Graph, op: Unary, operand: Value) -> Result<Rule, Error> {
    let inputs = graph.node(operand.node).inputs.clone();
    match graph.op(operand) {
        Op::Binary(Binary::Complex) => {
            let part = inputs[if op == Unary::Real { 0 } else { 1 }];
            // A part of rank 0 beside one of full shape has another type.
            Ok((graph.ty(part).shape == graph.ty(operand).shape).then_some(("part_of_complex", part)))
        }
        Op::Cast(_) if op == Unary::Real && graph.ty(inputs[0]).dtype.kind() == Kind::Real => {
            let same = graph.ty(inputs[0]).dtype == graph.ty(operand).dtype.component();
            Ok(same.then_some(("real_of_cast", inputs[0])))
        }
        Op::Binary(scale @ (Binary::Mul | Binary::Div)) => {
            let scale = *scale;
            let [a, b] = [inputs[0], inputs[1]];
            // Componentwise, so the other component need not be scaled at all.
            if graph.ty(a).dtype.is_complex() && !graph.ty(b).dtype.is_complex() {
                let part = graph.add(Op::Unary(op), [a])?;
                return Ok(Some(("scale_component", graph.add(Op::Binary(scale), [part.into(), b])?.into())));
            }
            Ok(None)
        }
        _ => Ok(None),
    }
}

fn binary(graph: &Graph, op: Binary, ty: &Type, operands: &[Value]) -> Rule {
    let [a, b] = [operands[0], operands[1]];
    let keeps = |value: Value| graph.ty(value) == ty;
    let is = |value: Value, scalar: fn(ondine_ir::DType) -> Scalar| {
        graph
            .as_literal(value)
            .is_some_and(|literal| !literal.dtype().is_complex() && literal == scalar(literal.dtype()))
    };
    let integer = ty.dtype.is_integer();
    match op {
        // A complex one would turn infinities into NaN, so only real and integer ones are dropped.
        Binary::Mul if is(b, Scalar::one) && keeps(a) => Some(("multiply_by_one", a)),
        Binary::Mul if is(a, Scalar::one) && keeps(b) => Some(("multiply_by_one", b)),
        Binary::Div if is(b, Scalar::one) && keeps(a) => Some(("divide_by_one", a)),
        // `x - (+0)` is `x` for both zeros; `x + 0` is not, except on integers.
        Binary::Sub if is(b, Scalar::zero) && keeps(a) => Some(("subtract_zero", a)),
        Binary::Add if integer && is(b, Scalar::zero) && keeps(a) => Some(("add_zero", a)),
        Binary::Add if integer && is(a, Scalar::zero) && keeps(b) => Some(("add_zero", b)),
        Binary::And | Binary::Or | Binary::Min | Binary::Max if a == b && keeps(a) => Some(("idempotent", a)),
        _ => None,
    }
}

fn concat(graph: &mut Graph, axis: usize, operands: &[Value]) -> Result<Rule, Error> {
    let whole: Vec<Value> = operands.iter().copied().filter(|&value| graph.ty(value).shape[axis] > 0).collect();
    match whole[..] {
        [one] => Ok(Some(("concat_one", one))),
        _ if whole.len() == operands.len() || whole.is_empty() => {
            Ok(parts::joined(graph, axis, operands)?.map(|value| ("join_slices", value)))
        }
        _ => Ok(Some(("drop_empty_operand", graph.add(Op::Concat { axis }, whole)?.into()))),
    }
}

/// `[base, value]` of a pad (whose base is its fill) or an update, where the windows hold all or nothing.
fn pad_or_update(graph: &mut Graph, windows: &[Window], ty: &Type, [base, value]: [Value; 2]) -> Result<Rule, Error> {
    let spread = |graph: &mut Graph, value: Value| match graph.ty(value) == ty {
        true => Ok(value),
        false => graph.broadcast(value, &ty.shape),
    };
    if windows.iter().any(|window| window.extent == 0) {
        return Ok(Some(("overwrite_nothing", spread(graph, base)?)));
    }
    if windows.iter().zip(ty.shape.iter()).all(|(window, &extent)| window.is_whole(extent)) {
        return Ok(Some(("overwrite_all", spread(graph, value)?)));
    }
    Ok(None)
}

fn update(graph: &mut Graph, windows: &[Window], ty: &Type, operands: &[Value]) -> Result<Rule, Error> {
    if let Some(found) = pad_or_update(graph, windows, ty, [operands[0], operands[1]])? {
        return Ok(Some(found));
    }
    // The value spreads over the windows by itself.
    if let Op::View(View::Affine(_)) = graph.op(operands[1]) {
        let scalar = graph.node(operands[1].node).inputs[0];
        if graph.ty(scalar).shape.rank() == 0 && graph.ty(operands[1]).shape.rank() > 0 {
            let update = graph.add(Op::Update(windows.to_vec()), [operands[0], scalar])?;
            return Ok(Some(("spread_scalar", update.into())));
        }
    }
    Ok(None)
}
