//! Range: how large the elements of a value can get, if the floating inputs of the graph are bounded.
//!
//! Integers and bool are bounded by their dtype. Of floating inputs nothing is known; a guard tests at run time that all of
//! them are below a bound, and under that assumption everything that sums, products and transforms make of them is bounded
//! too. A bound also says that the value is finite, NaN excluded, and that nothing on the way to it overflowed.

use ondine_ir::{Binary, DType, Graph, Kind, NodeId, Op, ReduceKind, Unary};

/// The largest magnitude of every node's first output, of either part if it is complex, if all floating inputs and parameters
/// have parts of at most `assumed`. `None` where it is not known to be finite.
pub(crate) fn ranges(graph: &Graph, assumed: Option<f64>) -> Vec<Option<f64>> {
    let mut table: Vec<Option<f64>> = Vec::with_capacity(graph.len());
    for id in graph.ids() {
        let dtype = graph.node(id).outputs[0].dtype;
        let range = of_node(graph, &table, id, assumed).filter(|&bound| fits(dtype, bound));
        table.push(range);
    }
    table
}

/// Room for rounding, and for what complex products add.
const SLACK: f64 = 16.0;

/// The largest finite number of a dtype's parts.
pub(crate) fn largest(dtype: DType) -> f64 {
    match dtype.component() {
        DType::F32 => f32::MAX as f64,
        DType::F64 => f64::MAX,
        DType::Bool => 1.0,
        component => 2f64.powi(8 * component.bytes() as i32 - component.is_signed() as i32),
    }
}

fn fits(dtype: DType, bound: f64) -> bool {
    match dtype.is_floating() {
        true => bound <= largest(dtype) / SLACK,
        // Integers wrap, so they are bounded whatever happens.
        false => true,
    }
}

fn of_node(graph: &Graph, table: &[Option<f64>], id: NodeId, assumed: Option<f64>) -> Option<f64> {
    let node = graph.node(id);
    let ty = &node.outputs[0];
    if !ty.dtype.is_floating() {
        return Some(largest(ty.dtype));
    }
    let of = |place: usize| table[node.inputs[place].node.index()];
    let most = |a: f64, b: f64| a.max(b);
    let all = || (0..node.inputs.len()).map(of).try_fold(0.0, |sum, bound| bound.map(|bound| most(sum, bound)));
    match &node.op {
        Op::Input { .. } | Op::Param { .. } => assumed,
        Op::Literal(scalar) => {
            let z = scalar.to_complex();
            Some(most(z.re.abs(), z.im.abs())).filter(|bound| bound.is_finite())
        }
        Op::Cast(_) | Op::View(_) | Op::Concat { .. } | Op::Pad(_) | Op::Update(_) => all(),
        Op::Gather { .. } => of(0),
        Op::Select => Some(most(of(1)?, of(2)?)),
        Op::Unary(op) => unary(*op, of(0)?, graph.ty(node.inputs[0]).dtype.kind()),
        Op::Binary(op) => match op {
            Binary::Add | Binary::Sub => Some(of(0)? + of(1)?),
            // Two products for each part.
            Binary::Mul => Some(2.0 * of(0)? * of(1)?),
            Binary::Min | Binary::Max | Binary::Copysign | Binary::Complex => all(),
            Binary::Hypot => Some(2.0 * all()?),
            Binary::Atan2 => all().map(|_| 4.0),
            Binary::Div => divided(graph, of(0)?, node.inputs[1]),
            _ => None,
        },
        Op::Reduce(reduce) => {
            let operand = &graph.ty(node.inputs[0]).shape;
            let count: usize = reduce.axes.iter().map(|&axis| operand[axis]).product();
            match reduce.kind {
                ReduceKind::Sum => Some(of(0)? * count.max(1) as f64),
                ReduceKind::Min | ReduceKind::Max => of(0),
                _ => None,
            }
        }
        Op::Fft(fft) => {
            let points: f64 = fft.axes.iter().map(|along| along.len as f64).product();
            let bound = of(0)? * 2.0 * points;
            // Lengths with large primes are convolved on the way, which takes up to as many more terms.
            fits(ty.dtype, bound * points * 4.0).then_some(bound)
        }
        _ => None,
    }
}

fn divided(graph: &Graph, bound: f64, divisor: ondine_ir::Value) -> Option<f64> {
    let by = graph.as_literal(divisor)?.to_complex().norm();
    (by > 0.0).then(|| bound / by)
}

fn unary(op: Unary, bound: f64, kind: Kind) -> Option<f64> {
    use Unary::*;
    match op {
        Neg | Real | Imag | Conj | Floor | Ceil | Trunc | Round => Some(bound + 1.0),
        Abs => Some(2.0 * bound),
        Sign => Some(1.0),
        Sin | Cos | Tanh | Atan | Erf if kind == Kind::Real => Some(2.0),
        Erfc if kind == Kind::Real => Some(2.0),
        Exp if kind == Kind::Real => Some(bound.exp()),
        _ => None,
    }
}
