//! Graphviz output: one box per operation, one arrow per operand.

use crate::{Graph, NodeId, Op};
use petgraph::dot::{Config, Dot};

impl Graph {
    /// The graph in Graphviz's language: `dot -Tsvg` draws it.
    pub fn to_dot(&self) -> String {
        let names = self.value_names();
        let escape = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let node_attributes = |_: &_, (index, _): (petgraph::graph::NodeIndex, &())| {
            let node = NodeId(index.index() as u32);
            let data = self.node(node);
            let label = match &data.op {
                Op::Input { .. } | Op::Param { .. } => format!("{}\n{}", names[node.index()][0], data.outputs[0]),
                Op::Literal(scalar) => scalar.to_string(),
                _ => {
                    let types: Vec<String> = data.outputs.iter().map(|ty| ty.to_string()).collect();
                    format!("{} = {}\n{}", names[node.index()].join(", "), self.operation(node), types.join(", "))
                }
            };
            let style = match &data.op {
                Op::Input { .. } | Op::Param { .. } | Op::Literal(_) => "rounded",
                _ if self.is_result(node) => "bold",
                _ => "solid",
            };
            format!("label=\"{}\" style={style}", escape(&label).replace('\n', "\\n"))
        };
        let config = [Config::EdgeNoLabel, Config::NodeNoLabel];
        let edge_attributes = |_: &_, _: petgraph::graph::EdgeReference<u32>| String::new();
        let dot = Dot::with_attr_getters(self.edges(), &config, &edge_attributes, &node_attributes);
        let body = format!("{dot:?}");
        body.replacen(
            "digraph {\n",
            &format!("digraph \"{}\" {{\n    node [shape=box fontname=monospace]\n", escape(self.name())),
            1,
        )
    }
}
