//! The walk over a graph: every node once, in order, one op at a time; a value is dropped after its last use.

use super::elements::Array;
use super::{dynamic, fft, linalg, math, reduce, views};
use crate::{Buffer, Error, Executable, Meter, Plan};
use ondine_ir::{Graph, Node, NodeId, Op, Scalar, Type};

/// A graph with the liveness of its values.
pub(super) struct Run {
    graph: Graph,
    /// The nodes that some result needs.
    is_needed: Vec<bool>,
    /// The nodes whose values nobody uses after this node; row `node.index()`.
    dies_after: Vec<Vec<NodeId>>,
}

impl Run {
    /// A graph ready to run.
    pub(super) fn new(graph: &Graph) -> Run {
        let mut is_needed = vec![false; graph.len()];
        for result in graph.results() {
            is_needed[result.node.index()] = true;
        }
        let mut dies_after = vec![Vec::new(); graph.len()];
        // Backwards, the first user of a node that we meet is its last.
        for node in graph.ids().rev().collect::<Vec<_>>() {
            if is_needed[node.index()] {
                for operand in &graph.node(node).inputs {
                    if !std::mem::replace(&mut is_needed[operand.node.index()], true) {
                        dies_after[node.index()].push(operand.node);
                    }
                }
            }
        }
        Run { graph: graph.clone(), is_needed, dies_after }
    }

    /// True for what is computed, not given.
    fn is_step(&self, id: NodeId) -> bool {
        self.is_needed[id.index()]
            && !matches!(self.graph.node(id).op, Op::Input { .. } | Op::Param { .. } | Op::Literal(_))
    }

    fn check_arguments(&self, inputs: &[Buffer], params: &[Scalar]) -> Result<(), Error> {
        let expected = self.graph.inputs().iter().map(|input| self.graph.ty(input.node.into()));
        let types_agree = expected.eq(inputs.iter().map(Buffer::ty));
        let params_agree = self.graph.params().iter().copied().eq(params.iter().map(|param| param.dtype()));
        match types_agree && params_agree {
            true => Ok(()),
            false => Err(Error::Internal {
                what: format!(
                    "graph {} is run with inputs {:?} and parameters {params:?}",
                    self.graph.name(),
                    inputs.iter().map(Buffer::ty).collect::<Vec<_>>()
                ),
            }),
        }
    }
}

impl Executable for Run {
    fn run_on(&self, meter: &mut Meter, inputs: &[Buffer], params: &[Scalar]) -> Result<Vec<Buffer>, Error> {
        self.check_arguments(inputs, params)?;
        let steps = || self.graph.ids().filter(|id| self.is_step(*id));
        meter.expect(steps().count());
        let lines = if meter.is_heard() { self.graph.describe(steps()) } else { Vec::new() };
        let mut lines = lines.iter();
        let mut values: Vec<Option<Array>> = vec![None; self.graph.len()];
        for id in self.graph.ids().filter(|id| self.is_needed[id.index()]) {
            let node = self.graph.node(id);
            if self.is_step(id) {
                meter.step(|| lines.next().expect("every step has a line"));
            }
            let value = match &node.op {
                Op::Input { slot, .. } => Array::new(inputs[*slot as usize].clone()),
                Op::Param { slot, .. } => Array::scalar(params[*slot as usize])?,
                _ => {
                    let operand = |value: &ondine_ir::Value| values[value.node.index()].as_ref();
                    let operands: Vec<&Array> =
                        node.inputs.iter().map(|value| operand(value).expect("operands live until here")).collect();
                    evaluate(node, &operands)?
                }
            };
            values[id.index()] = Some(value);
            for dead in &self.dies_after[id.index()] {
                values[dead.index()] = None;
            }
        }
        let result = |value: &ondine_ir::Value| values[value.node.index()].clone().expect("results live to the end");
        Ok(self.graph.results().iter().map(|value| result(value).into_buffer()).collect())
    }

    fn plan(&self) -> Option<&Plan> {
        None
    }
}

/// The value of a node from those of its operands.
fn evaluate(node: &Node, operands: &[&Array]) -> Result<Array, Error> {
    let ty: &Type = &node.outputs[0];
    match (&node.op, operands) {
        (Op::Literal(scalar), []) => Array::scalar(*scalar),
        (Op::Iota(_), []) => Array::from_index(ty, |index| Ok(Scalar::from_i128(ty.dtype, index[0] as i128))),
        (Op::Cast(dtype), [a]) => Array::from_index(ty, |index| Ok(math::cast(*dtype, a.at(index)?))),
        (Op::Unary(op), [a]) => Array::from_index(ty, |index| Ok(math::unary(*op, a.at(index)?))),
        (Op::Binary(op), [a, b]) => {
            Array::from_index(ty, |index| Ok(math::binary(*op, a.spread(index)?, b.spread(index)?)))
        }
        (Op::Select, [condition, a, b]) => Array::from_index(ty, |index| {
            let chosen = if condition.spread(index)? == Scalar::bool(true) { a } else { b };
            chosen.spread(index)
        }),
        (Op::View(view), [a]) => views::view(view, a, ty),
        (Op::Concat { axis }, _) => views::concat(*axis, operands, ty),
        (Op::Pad(pad), [a, fill]) => views::pad(pad, a, fill, ty),
        (Op::Update(windows), [base, value]) => views::update(windows, base, value),
        (Op::Gather { axis }, [a, positions]) => dynamic::gather(*axis, a, positions, ty),
        (Op::Scatter { axis }, [base, positions, values]) => dynamic::scatter(*axis, base, positions, values),
        (Op::SearchSorted { right }, [sorted, values]) => dynamic::search_sorted(*right, sorted, values, ty),
        (Op::Sort(sort), [a]) => dynamic::sort(*sort, a, ty),
        (Op::Matmul, [a, b]) => reduce::matmul(a, b, ty),
        (Op::Linalg(parts), _) => linalg::linalg(parts, operands, ty),
        (Op::Reduce(reduce), [a]) => reduce::reduce(reduce, a, ty),
        (Op::Scan(scan), [a]) => reduce::scan(scan, a),
        (Op::Fft(fft), [a]) => fft::fft(fft, a, ty),
        (Op::Kernel(_), _) => Err(Error::Internal { what: "reference runs graphs as written".to_string() }),
        (op, _) => Err(Error::Internal { what: format!("{op:?} has {} operands", operands.len()) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ondine_ir::{Binary, DType, Unary};

    #[test]
    fn values_die_after_their_last_user() {
        let mut graph = Graph::new("f");
        let x = graph.input("x", Type::new(DType::F64, [2]));
        let minus = graph.add(Op::Unary(Unary::Neg), [x.into()]).unwrap();
        let square = graph.add(Op::Binary(Binary::Mul), [minus.into(), minus.into()]).unwrap();
        let unused = graph.add(Op::Unary(Unary::Exp), [minus.into()]).unwrap();
        let sum = graph.add(Op::Binary(Binary::Add), [square.into(), x.into()]).unwrap();
        graph.set_results([sum.into(), square.into()]);
        let run = Run::new(&graph);
        assert!(!run.is_needed[unused.index()]);
        assert_eq!(run.dies_after[square.index()], [minus]);
        assert_eq!(run.dies_after[sum.index()], [x]);
        assert_eq!(run.dies_after.iter().flatten().count(), 2);
    }
}
