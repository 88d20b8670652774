//! A picture of a graph: one box per operation, in layers by the longest way from the inputs, one curve per operand.

use crate::{Graph, NodeId, Op};
use std::fmt::Write;

/// Larger graphs are too much for a picture: only their last nodes are drawn.
const MOST_NODES: usize = 150;
/// Widths and heights in pixels, for a fixed-width font of 12 pixels.
const CHARACTER: f64 = 7.3;
const LINE: f64 = 16.0;
const MARGIN: f64 = 9.0;
const GAP: f64 = 22.0;
const LAYER_GAP: f64 = 34.0;

/// A box with its text, in the middle of which curves start and end.
struct Drawn {
    node: NodeId,
    lines: Vec<String>,
    operands: Vec<usize>,
    layer: usize,
    /// The left edge and the width.
    x: f64,
    width: f64,
}

impl Drawn {
    fn middle(&self) -> f64 {
        self.x + self.width / 2.0
    }
}

impl Graph {
    /// The graph as a picture in SVG. Literals stand in the text of their users. Of graphs with more than 150 operations
    /// the last ones are drawn.
    pub fn to_svg(&self) -> String {
        let mut boxes = boxes(self);
        let layers = place(&mut boxes);
        draw(self, &boxes, layers)
    }
}

fn boxes(graph: &Graph) -> Vec<Drawn> {
    let names = graph.value_names();
    let shown: Vec<NodeId> =
        graph.ids().filter(|&node| !matches!(graph.node(node).op, Op::Literal(_) | Op::Param { .. })).collect();
    let shown = &shown[shown.len().saturating_sub(MOST_NODES)..];
    let mut place: Vec<Option<usize>> = vec![None; graph.len()];
    let mut boxes: Vec<Drawn> = Vec::with_capacity(shown.len());
    for &node in shown {
        let data = graph.node(node);
        let own = names[node.index()].join(", ");
        let types: Vec<String> = data.outputs.iter().map(|ty| ty.to_string()).collect();
        let lines = match data.op {
            Op::Input { .. } => vec![own, types.join(", ")],
            _ => vec![format!("{own} = {}", graph.operation(node)), types.join(", ")],
        };
        let mut operands: Vec<usize> = data.inputs.iter().filter_map(|input| place[input.node.index()]).collect();
        operands.dedup();
        let layer = operands.iter().map(|&at| boxes[at].layer + 1).max().unwrap_or(0);
        let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        let width = longest as f64 * CHARACTER + 2.0 * MARGIN;
        place[node.index()] = Some(boxes.len());
        boxes.push(Drawn { node, lines, operands, layer, x: 0.0, width });
    }
    boxes
}

/// Orders every layer by where its operands lie and centres it; returns the boxes of each.
fn place(boxes: &mut [Drawn]) -> Vec<Vec<usize>> {
    let count = boxes.iter().map(|one| one.layer + 1).max().unwrap_or(0);
    let mut layers: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, one) in boxes.iter().enumerate() {
        layers[one.layer].push(at);
    }
    for layer in &mut layers {
        let wish = |at: usize| {
            let operands = &boxes[at].operands;
            let sum: f64 = operands.iter().map(|&operand| boxes[operand].middle()).sum();
            if operands.is_empty() { at as f64 } else { sum / operands.len() as f64 }
        };
        layer.sort_by(|&a, &b| wish(a).total_cmp(&wish(b)));
        let width: f64 = layer.iter().map(|&at| boxes[at].width + GAP).sum::<f64>() - GAP;
        let mut x = -width / 2.0;
        for &at in layer.iter() {
            boxes[at].x = x;
            x += boxes[at].width + GAP;
        }
    }
    layers
}

fn draw(graph: &Graph, boxes: &[Drawn], layers: Vec<Vec<usize>>) -> String {
    let height = 2.0 * LINE + 2.0 * MARGIN;
    let top = |layer: usize| MARGIN + layer as f64 * (height + LAYER_GAP);
    let left = boxes.iter().map(|one| one.x).fold(0.0, f64::min) - MARGIN;
    let right = boxes.iter().map(|one| one.x + one.width).fold(0.0, f64::max) + MARGIN;
    let (width, tall) = (right - left, top(layers.len().max(1)) - LAYER_GAP + MARGIN);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{tall:.0}\" \
         viewBox=\"{left:.0} 0 {width:.0} {tall:.0}\" font-family=\"monospace\" font-size=\"12\">\n"
    );
    let _ = writeln!(text, "<title>{}</title>", escaped(graph.name()));
    for one in boxes {
        for &operand in &one.operands {
            let from = &boxes[operand];
            let (x0, y0, x1, y1) = (from.middle(), top(from.layer) + height, one.middle(), top(one.layer));
            let bend = (y1 - y0) / 2.0;
            let _ = writeln!(
                text,
                "<path d=\"M{x0:.0},{y0:.0} C{x0:.0},{:.0} {x1:.0},{:.0} {x1:.0},{y1:.0}\" fill=\"none\" stroke=\"#888\"/>",
                y0 + bend,
                y1 - bend
            );
        }
    }
    for one in boxes {
        let (fill, stroke) = match graph.node(one.node).op {
            _ if graph.is_result(one.node) => ("#dff0d8", 2),
            Op::Input { .. } => ("#e8eef7", 1),
            _ => ("#ffffff", 1),
        };
        let y = top(one.layer);
        let _ = writeln!(
            text,
            "<rect x=\"{:.0}\" y=\"{y:.0}\" width=\"{:.0}\" height=\"{height:.0}\" rx=\"5\" fill=\"{fill}\" \
             stroke=\"#445\" stroke-width=\"{stroke}\"/>",
            one.x, one.width
        );
        for (row, line) in one.lines.iter().enumerate() {
            let (x, y) = (one.middle(), y + MARGIN + LINE * (row as f64 + 0.75));
            let _ = writeln!(
                text,
                "<text x=\"{x:.0}\" y=\"{y:.0}\" text-anchor=\"middle\" fill=\"#112\">{}</text>",
                escaped(line)
            );
        }
    }
    text.push_str("</svg>\n");
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
