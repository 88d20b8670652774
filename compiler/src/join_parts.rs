//! Parts of one decomposition become results of one node: the singular values and the vectors of a matrix are computed once.
//! What nobody reads has no node, so it is in no list of parts.

use crate::Licence;
use crate::pass::{Cx, rebuild};
use ondine_ir::{Error, Graph, Linalg, LinalgKind, Op, Value};
use std::collections::HashMap;

/// Joins the nodes that differ in their parts alone.
pub(crate) fn join_parts(graph: &Graph, cx: &mut Cx) -> Result<Graph, Error> {
    let mut asked: HashMap<(LinalgKind, &[Value]), Linalg> = HashMap::new();
    for id in graph.ids() {
        let node = graph.node(id);
        if let Op::Linalg(linalg) = &node.op {
            let all = asked.entry((linalg.kind, &node.inputs));
            let all = all.or_insert_with(|| Linalg { kind: linalg.kind, parts: Default::default() });
            all.parts.extend(linalg.parts.iter().copied());
            all.parts.sort_unstable();
            all.parts.dedup();
        }
    }
    rebuild(graph, |new, _, node, operands| {
        let Op::Linalg(linalg) = &node.op else { return Ok(None) };
        let all = &asked[&(linalg.kind, &node.inputs[..])];
        if let ([part], true) = (&linalg.parts[..], all.parts.len() > 1) {
            cx.apply("join_parts", Licence::Exact);
            let joined = new.add(Op::Linalg(all.clone()), operands.iter().copied())?;
            let output = all.output(*part).expect("every part that is asked for is joined");
            return Ok(Some(Value { node: joined, output: output as u8 }));
        }
        Ok(None)
    })
}
