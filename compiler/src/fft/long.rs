//! Long lines become two passes of short ones, which stay in the cache.
//!
//! A line of `n1 * n2` elements is a matrix with `n2` columns: transforms down the columns, a factor
//! `exp(-2 pi i b k / n)` for column `b` and bin `k`, then transforms along the rows give the bins in transposed order
//! (Bailey, "FFTs in external or hierarchical memory", 1990). Elementwise work and a second transform take them in that
//! order, so that `fft -> f -> ifft` is three sweeps. The factor is a product of two small tables, which have no inputs.

use crate::Licence;
use crate::pass::{Cx, rebuild};
use ondine_ir::{
    Affine, Binary, DType, Error, Fft, FftAxis, FftKind, Graph, Index, Node, Op, Scalar, Shape, Unary, Value, View,
};
use std::collections::HashMap;
use std::f64::consts::TAU;

/// How an axis is split: `rows` lines of `blocks * block` elements.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Split {
    axis: usize,
    rows: usize,
    blocks: usize,
    block: usize,
}

/// A value in another shape.
#[derive(Clone, Copy)]
struct Twin {
    value: Value,
    split: Split,
    /// True for bins in transposed order, `[rows, columns]` with bin `column * rows + row`; false for elements in their
    /// own order, `[rows, blocks, block]`.
    is_turned: bool,
}

/// Splits transforms of long lines.
pub(crate) fn split_long(graph: &Graph, cx: &mut Cx) -> Result<Graph, Error> {
    let Some(least) = cx.target.long_line.filter(|_| cx.allowed.allows(Licence::Fft)) else { return Ok(graph.clone()) };
    let mut twins: HashMap<Value, Twin> = HashMap::new();
    rebuild(graph, |new, _, node, operands| {
        let twin = match &node.op {
            Op::Fft(fft) => match (split_of(fft, least), &fft.axes[..]) {
                (Some(split), [axis]) => {
                    cx.apply("split_long_line", Licence::Fft);
                    Some(transform(new, fft.kind, axis.axis, split, operands[0], twins.get(&operands[0]).copied())?)
                }
                _ => None,
            },
            op if op.is_elementwise() => elementwise(new, node, operands, &twins)?,
            _ => None,
        };
        let Some(twin) = twin else { return Ok(None) };
        let natural = natural(new, twin, &node.outputs[0].shape)?;
        twins.insert(natural, twin);
        Ok(Some(natural))
    })
}

/// How a transform is split, if it is long, complex and whole, and its length has the factors.
fn split_of(fft: &Fft, least: usize) -> Option<Split> {
    let [FftAxis { axis, len, .. }] = fft.axes[..] else { return None };
    let is_whole = fft.axes[0] == FftAxis::whole(fft.kind, axis, len);
    if len < least || !is_whole || !matches!(fft.kind, FftKind::Forward | FftKind::Inverse) {
        return None;
    }
    // Few rows: the first pass reads columns, and the shorter they are the more of them fit the cache.
    let root = (len as f64).sqrt();
    let rows = (8..=(2.0 * root) as usize).filter(|rows| len.is_multiple_of(*rows));
    let far = |rows: usize| ((rows as f64) / (root / 4.0)).ln().abs();
    let splits = rows.filter_map(|rows| {
        let columns = len / rows;
        let fits = (8..=64).filter(|block| columns.is_multiple_of(*block));
        let block = fits.min_by_key(|block| (*block as i64 - 32).abs())?;
        Some(Split { axis, rows, blocks: columns / block, block })
    });
    splits.min_by(|a, b| far(a.rows).total_cmp(&far(b.rows)))
}

impl Split {
    fn columns(&self) -> usize {
        self.blocks * self.block
    }

    /// The shape of a value whose axis is replaced by others.
    fn shape(&self, whole: &Shape, extents: &[usize]) -> Shape {
        whole[..self.axis].iter().chain(extents).chain(&whole[self.axis + 1..]).copied().collect()
    }

    fn blocked(&self, whole: &Shape) -> Shape {
        self.shape(whole, &[self.rows, self.blocks, self.block])
    }

    /// The order of axes with rows and columns exchanged.
    fn exchanged(&self, rank: usize) -> Vec<usize> {
        let mut axes: Vec<usize> = (0..rank).collect();
        axes.swap(self.axis, self.axis + 1);
        axes
    }
}

/// The value of a twin in its own shape.
fn natural(graph: &mut Graph, twin: Twin, shape: &Shape) -> Result<Value, Error> {
    let mut value = twin.value;
    if twin.is_turned {
        value = permute(graph, value, &twin.split)?;
    }
    graph.view(View::Reshape(shape.clone()), value)
}

fn permute(graph: &mut Graph, value: Value, split: &Split) -> Result<Value, Error> {
    let shape = graph.ty(value).shape.clone();
    graph.view(View::Affine(Affine::permute(&shape, &split.exchanged(shape.rank()))), value)
}

/// A value as a twin of the form of `like`.
fn twin_of(graph: &mut Graph, value: Value, like: Twin, twins: &HashMap<Value, Twin>) -> Result<Value, Error> {
    let Twin { split, is_turned, .. } = like;
    match twins.get(&value) {
        Some(twin) if twin.split == split && twin.is_turned == is_turned => return Ok(twin.value),
        _ => {}
    }
    let whole = graph.ty(value).shape.clone();
    match (whole.rank(), is_turned) {
        (0, _) => Ok(value),
        (_, false) => graph.view(View::Reshape(split.blocked(&whole)), value),
        (_, true) => {
            let turned = split.shape(&whole, &[split.columns(), split.rows]);
            let turned = graph.view(View::Reshape(turned), value)?;
            permute(graph, turned, &split)
        }
    }
}

/// An elementwise op on the form of one of its operands.
fn elementwise(
    graph: &mut Graph,
    node: &Node,
    operands: &[Value],
    twins: &HashMap<Value, Twin>,
) -> Result<Option<Twin>, Error> {
    let Some(&like) = operands.iter().find_map(|operand| twins.get(operand)) else { return Ok(None) };
    let mut moved = Vec::with_capacity(operands.len());
    for &operand in operands {
        moved.push(twin_of(graph, operand, like, twins)?);
    }
    let value = graph.add(node.op.clone(), moved)?.into();
    Ok(Some(Twin { value, ..like }))
}

/// Both passes: from bins in transposed order to elements in their own, or from elements to bins.
fn transform(
    graph: &mut Graph,
    kind: FftKind,
    axis: usize,
    split: Split,
    operand: Value,
    twin: Option<Twin>,
) -> Result<Twin, Error> {
    let whole = graph.ty(operand).shape.clone();
    let pass = |graph: &mut Graph, value: Value, axis: usize, len: usize| -> Result<Value, Error> {
        let axes = vec![FftAxis::whole(kind, axis, len)];
        Ok(graph.add(Op::Fft(Fft { kind, axes }), [value])?.into())
    };
    match twin {
        Some(twin) if twin.is_turned && twin.split == split => {
            let value = pass(graph, twin.value, axis + 1, split.columns())?;
            let value = graph.view(View::Reshape(split.blocked(&whole)), value)?;
            let value = twiddle(graph, kind, &split, value)?;
            let value = pass(graph, value, axis, split.rows)?;
            Ok(Twin { value, split, is_turned: false })
        }
        _ => {
            let value = match twin {
                Some(twin) if twin.split == split => twin.value,
                _ => graph.view(View::Reshape(split.blocked(&whole)), operand)?,
            };
            let value = pass(graph, value, axis, split.rows)?;
            let value = twiddle(graph, kind, &split, value)?;
            let turned = split.shape(&whole, &[split.rows, split.columns()]);
            let value = graph.view(View::Reshape(turned), value)?;
            let value = pass(graph, value, axis + 1, split.columns())?;
            Ok(Twin { value, split, is_turned: true })
        }
    }
}

/// The value in blocks times `exp(-+ 2 pi i row column / n)`: a factor per row and block, and one per row and place in it.
fn twiddle(graph: &mut Graph, kind: FftKind, split: &Split, value: Value) -> Result<Value, Error> {
    let ty = graph.ty(value).clone();
    let mut value = value;
    for (extent, step, at) in [(split.blocks, split.block, 1), (split.block, 1, 2)] {
        let table = table(graph, kind, split, extent, step)?;
        let table = match ty.dtype {
            DType::C128 => table,
            dtype => graph.add(Op::Cast(dtype), [table])?.into(),
        };
        let source = [Index::axis(split.axis), Index::axis(split.axis + at)];
        let table = graph.view(View::Affine(Affine::new(ty.shape.clone(), source)), table)?;
        value = graph.add(Op::Binary(Binary::Mul), [value, table])?.into();
    }
    Ok(value)
}

/// `exp(-+ 2 pi i row (step place) / n)` for every row and `extent` places, c128. The angle is taken from -pi to pi, where
/// it is most exact.
fn table(graph: &mut Graph, kind: FftKind, split: &Split, extent: usize, step: usize) -> Result<Value, Error> {
    let n = split.rows * split.columns();
    let shape = Shape::from([split.rows, extent]);
    let integer = |graph: &mut Graph, value: usize| -> Value {
        graph.literal(Scalar::from_i128(DType::I64, value as i128)).into()
    };
    let mut positions = |extent: usize, axis: usize| -> Result<Value, Error> {
        let iota = graph.add(Op::Iota(extent), [])?.into();
        graph.view(View::Affine(Affine::new(shape.clone(), [Index::axis(axis)])), iota)
    };
    let (row, place) = (positions(split.rows, 0)?, positions(extent, 1)?);
    let binary = |graph: &mut Graph, op: Binary, a: Value, b: Value| -> Result<Value, Error> {
        Ok(graph.add(Op::Binary(op), [a, b])?.into())
    };
    let step = integer(graph, step);
    let column = binary(graph, Binary::Mul, place, step)?;
    let product = binary(graph, Binary::Mul, row, column)?;
    let (whole, half) = (integer(graph, n), integer(graph, n / 2));
    let wrapped = binary(graph, Binary::Sub, product, whole)?;
    let is_past = binary(graph, Binary::Lt, half, product)?;
    let turns = graph.add(Op::Select, [is_past, wrapped, product])?.into();
    let turns = graph.add(Op::Cast(DType::F64), [turns])?.into();
    let sign = if kind.is_forward() { -1.0 } else { 1.0 };
    let scale = graph.literal(Scalar::from_f64(DType::F64, sign * TAU / n as f64)).into();
    let angle = binary(graph, Binary::Mul, turns, scale)?;
    let cosine = graph.add(Op::Unary(Unary::Cos), [angle])?.into();
    let sine = graph.add(Op::Unary(Unary::Sin), [angle])?.into();
    binary(graph, Binary::Complex, cosine, sine)
}
