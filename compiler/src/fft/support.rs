//! Support: the box outside which a value is exactly zero, of either sign.
//!
//! Padding makes it, and what keeps zeros where they are passes it on. A product is zero outside the support of a factor
//! only if the other factor is finite; rules that may assume so write the product's windows down before this is asked.

use crate::fft::windows::{self, Along, Windows};
use ondine_ir::{Binary, Graph, NodeId, Op, Unary, Value, View, Window};

/// For every node the box that holds all elements of its first output that may differ from zero.
pub(crate) fn supports(graph: &Graph) -> Vec<Windows> {
    let mut table: Vec<Windows> = Vec::with_capacity(graph.len());
    for id in graph.ids() {
        let support = of_node(graph, &table, id);
        table.push(support);
    }
    table
}

fn of_node(graph: &Graph, table: &[Windows], id: NodeId) -> Windows {
    let node = graph.node(id);
    let shape = &node.outputs[0].shape;
    let whole = || windows::whole(shape);
    let nothing = || -> Windows { shape.iter().map(|_| Window::run(0, 0)).collect() };
    // Of an operand, at the node's shape; a scalar is zero everywhere or nowhere.
    let of = |place: usize| -> Windows {
        let operand = node.inputs[place];
        match graph.ty(operand).shape.rank() == shape.rank() {
            true => table[operand.node.index()].clone(),
            false if is_zero(graph, operand) => nothing(),
            false => whole(),
        }
    };
    let union = |a: Windows, b: Windows| -> Windows {
        if a.iter().any(|window| window.extent == 0) {
            return b;
        }
        if b.iter().any(|window| window.extent == 0) {
            return a;
        }
        (0..shape.rank()).map(|axis| windows::hull(a[axis], b[axis], shape[axis])).collect()
    };
    match &node.op {
        Op::Cast(_) => of(0),
        Op::Unary(op) if keeps_zero(*op) => of(0),
        Op::Binary(Binary::Add | Binary::Sub | Binary::Complex) => union(of(0), of(1)),
        Op::Select => union(of(1), of(2)),
        Op::Update(_) => match is_zero(graph, node.inputs[1]) {
            true => of(0),
            false => whole(),
        },
        Op::Pad(pad) if is_zero(graph, node.inputs[1]) => {
            let inner = &table[node.inputs[0].node.index()];
            let placed = |axis: usize| {
                let (window, extent) = (pad.windows[axis], shape[axis]);
                match window.step {
                    1 => windows::run((window.start + inner[axis].start) as i64, inner[axis].extent, extent),
                    _ => windows::filled(window, extent),
                }
            };
            let wraps = |axis: usize| inner[axis].wraps(pad.windows[axis].extent);
            match inner.iter().any(|window| window.extent == 0) {
                true => nothing(),
                false => (0..shape.rank())
                    .map(|axis| match wraps(axis) {
                        true => windows::filled(pad.windows[axis], shape[axis]),
                        false => placed(axis),
                    })
                    .collect(),
            }
        }
        Op::Concat { axis } => {
            let mut start = 0;
            let mut all = nothing();
            for operand in &node.inputs {
                let (own, part) = (&graph.ty(*operand).shape, &table[operand.node.index()]);
                if part.iter().all(|window| window.extent > 0) {
                    let mut placed = part.clone();
                    let run = windows::unwrapped(part[*axis], own[*axis]);
                    placed[*axis] = windows::run((start + run.start) as i64, run.extent, shape[*axis]);
                    all = union(all, placed);
                }
                start += own[*axis];
            }
            all
        }
        Op::View(View::Roll(shifts)) => {
            let source = of(0);
            let moved = |axis: usize| match source[axis].extent {
                0 => source[axis],
                extent => windows::run((source[axis].start + shifts[axis]) as i64, extent, shape[axis]),
            };
            (0..shape.rank()).map(moved).collect()
        }
        Op::View(View::Affine(affine)) => {
            let source = node.inputs[0];
            let own = &graph.ty(source).shape;
            let support = &table[source.node.index()];
            if support.iter().any(|window| window.extent == 0) || is_zero(graph, source) {
                return nothing();
            }
            let mut all = whole();
            for (at, index) in affine.source.iter().enumerate() {
                if let Some(Along::Axis { axis, factor, offset }) = Along::of(index, shape.rank()) {
                    let reading = Along::reading(factor, offset, support[at], shape[axis], own[at]);
                    all[axis] = windows::intersection(all[axis], reading, shape[axis]);
                }
            }
            all
        }
        Op::Fft(fft) => {
            let mut all = of(0);
            fft.axes.iter().for_each(|along| all[along.axis] = Window::whole(shape[along.axis]));
            all
        }
        _ => whole(),
    }
}

/// True for the literals 0 and -0.
pub(crate) fn is_zero(graph: &Graph, value: Value) -> bool {
    graph.as_literal(value).is_some_and(|scalar| scalar.to_complex().norm() == 0.0)
}

/// True if the function of zero is zero.
fn keeps_zero(op: Unary) -> bool {
    use Unary::*;
    matches!(
        op,
        Neg | Abs
            | Sign
            | Real
            | Imag
            | Conj
            | Floor
            | Ceil
            | Trunc
            | Round
            | Sqrt
            | Cbrt
            | Expm1
            | Log1p
            | Sin
            | Tan
            | Sinh
            | Tanh
            | Asin
            | Atan
            | Asinh
            | Atanh
            | Erf
    )
}
