//! The text form of graphs, for people and for snapshots: one operation per line, a type on every value.
//!
//! It holds no addresses, hashes, times, device names or thread counts, and depends on the graph alone.

use crate::index::axis_name;
use crate::{
    Affine, Anchor, Domain, FftKind, Graph, Index, Inst, Kernel, Line, Node, NodeId, Op, Picked, Region, Scalar, Shape,
    Stage, Type, Value, Var, View, Window,
};
use std::fmt::{self, Display, Write};

/// The names of a graph's values: inputs by name, parameters by slot, literals inline, the rest numbered in index order.
struct Names<'a> {
    graph: &'a Graph,
    /// The number of a node's first output.
    first: Vec<u32>,
}

impl<'a> Names<'a> {
    fn new(graph: &'a Graph) -> Names<'a> {
        let mut next = 0;
        let first = graph
            .ids()
            .map(|node| {
                let number = next;
                if has_line(&graph.node(node).op) {
                    next += graph.node(node).outputs.len() as u32;
                }
                number
            })
            .collect();
        Names { graph, first }
    }

    /// The type of a value; a broken graph may name values that do not exist.
    fn ty(&self, value: Value) -> Option<&'a Type> {
        let exists = value.node.index() < self.graph.len();
        exists.then(|| self.graph.node(value.node).outputs.get(value.output as usize)).flatten()
    }

    fn value(&self, value: Value) -> String {
        if self.ty(value).is_none() {
            return format!("<no output {} of node {}>", value.output, value.node.0);
        }
        match self.graph.op(value) {
            Op::Input { slot, .. } => format!("%{}", self.graph.inputs()[*slot as usize].name),
            Op::Param { slot, .. } => format!("${slot}"),
            Op::Literal(scalar) => scalar.to_string(),
            _ => format!("%{}", self.first[value.node.index()] + value.output as u32),
        }
    }
}

fn has_line(op: &Op) -> bool {
    !matches!(op, Op::Input { .. } | Op::Param { .. } | Op::Literal(_))
}

impl Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let names = Names::new(self);
        let inputs = self.inputs().iter().map(|input| format!("%{}: {}", input.name, self.ty(input.node.into())));
        let params = self.params().iter().enumerate().map(|(slot, dtype)| format!("${slot}: {dtype}"));
        writeln!(f, "graph {}({}) {{", self.name(), list(inputs.chain(params)))?;
        for node in self.ids().filter(|&node| has_line(&self.node(node).op)) {
            f.write_str(&line(&names, node))?;
        }
        let results: Vec<String> = self.results().iter().map(|&value| names.value(value)).collect();
        writeln!(f, "  {}\n}}", format!("return {}", results.join(", ")).trim_end())
    }
}

impl Graph {
    /// The names of all outputs of all nodes in dumps; row `node.index()`.
    pub fn value_names(&self) -> Vec<Vec<String>> {
        let names = Names::new(self);
        let outputs = |node: NodeId| 0..self.node(node).outputs.len() as u8;
        self.ids().map(|node| outputs(node).map(|output| names.value(Value { node, output })).collect()).collect()
    }

    /// The operation of a node as its line says it, without result and regions: `fft(%image, axes=[0, 1])`.
    pub fn operation(&self, node: NodeId) -> String {
        operation(&Names::new(self), self.node(node))
    }

    /// Nodes as their lines say them, without types and regions: `%3 = fft(%image, axes=[0, 1])`.
    pub fn describe(&self, nodes: impl Iterator<Item = NodeId>) -> Vec<String> {
        let names = Names::new(self);
        nodes.map(|node| format!("{} = {}", names.value(node.into()), operation(&names, self.node(node)))).collect()
    }

    /// The lines of a dump around a node, which is marked.
    pub fn dump_around(&self, node: NodeId) -> String {
        const CONTEXT: usize = 4;
        let nodes = self.ids().skip(node.index().saturating_sub(CONTEXT)).take(2 * CONTEXT + 1);
        let names = Names::new(self);
        let mut text = String::new();
        for at in nodes {
            let mark = if at == node { '>' } else { ' ' };
            let own = line(&names, at);
            for row in own.lines() {
                let _ = writeln!(text, "{mark} {}", row.trim_end());
            }
        }
        text
    }
}

fn line(names: &Names, id: NodeId) -> String {
    let node = names.graph.node(id);
    let output = |at: usize| names.value(Value { node: id, output: at as u8 });
    let results = list((0..node.outputs.len()).map(|at| format!("{}: {}", output(at), node.outputs[at])));
    let mut text = format!("  {results} = {}\n", operation(names, node));
    if let Op::Kernel(kernel) = &node.op {
        regions(names, node, kernel, &mut text);
    }
    text
}

fn operation(names: &Names, node: &Node) -> String {
    let operands: Vec<&Type> = node.inputs.iter().map_while(|&value| names.ty(value)).collect();
    let values = node.inputs.iter().map(|&value| names.value(value));
    let attributes = attributes(&node.op, &operands);
    format!("{}({})", node.op.name(&operands), list(values.chain(attributes)))
}

/// What the types on the line do not already say.
fn attributes(op: &Op, operands: &[&Type]) -> Option<String> {
    match op {
        Op::Iota(extent) => Some(extent.to_string()),
        Op::View(View::Affine(affine)) => operands.first().and_then(|source| affine_attribute(affine, &source.shape)),
        Op::View(View::Roll(shifts)) => operands.first().map(|source| shift(shifts, &source.shape)),
        Op::Concat { axis } | Op::Gather { axis } | Op::Scatter { axis } => Some(format!("axis={axis}")),
        Op::Pad(pad) => Some(windows(&pad.windows, &pad.shape)),
        Op::Update(update) => operands.first().map(|base| windows(update, &base.shape)),
        Op::SearchSorted { right } => right.then(|| "side=right".to_string()),
        Op::Sort(sort) => Some(format!("axis={}{}", sort.axis, if sort.descending { ", descending" } else { "" })),
        Op::Linalg(linalg) => {
            let whole = linalg.kind.is_whole().then_some("whole");
            let parts = linalg.parts.iter().map(|&part| linalg.kind.parts().get(part as usize).copied().unwrap_or("?"));
            Some(list(whole.into_iter().chain(parts)))
        }
        Op::Reduce(reduce) => Some(format!("axes={:?}", &reduce.axes[..])),
        Op::Scan(scan) => Some(format!("axis={}", scan.axis)),
        Op::Fft(fft) => {
            let lines = (0..fft.axes.len()).map(|at| Line { kind: fft.axis_kind(at), axis: fft.axes[at] });
            Some(format!("axes=[{}]", list(lines.map(|line| axis_of(&line)))))
        }
        Op::Kernel(kernel) => match &kernel.anchor {
            Anchor::Map => None,
            Anchor::Reduce(reduce) => Some(format!("axes={:?}", &reduce.axes[..])),
            Anchor::Rows(rows) => {
                Some(format!("axes={:?}, stages=[{}]", &rows.axes[..], list(rows.stages.iter().map(Stage::name))))
            }
            Anchor::Lines(lines) => {
                let line = |line: &Line| format!("{} {}", line.kind.name(), axis_of(line));
                Some(format!("transforms=[{}]", list(lines.iter().map(line))))
            }
        },
        _ => None,
    }
}

fn affine_attribute(affine: &Affine, source: &Shape) -> Option<String> {
    let name = View::Affine(affine.clone()).name(source);
    match name {
        "broadcast" => None,
        "permute" => affine.as_permute(source).map(|axes| format!("axes={:?}", &axes[..])),
        "flip" => affine.as_flip(source).map(|axes| format!("axes={:?}", &axes[..])),
        "slice" => affine.as_slice(source).map(|parts| {
            let part = |(axis, picked): (usize, &Picked)| match *picked {
                Picked::One(at) => at.to_string(),
                Picked::Range { start, step, extent } => python_slice(start, step, extent, source[axis]),
            };
            format!("[{}]", list(parts.iter().enumerate().map(part)))
        }),
        _ => Some(format!("[{}]", list(affine.source.iter().map(Index::to_string)))),
    }
}

/// Shifts as one would say them: back by less than half an axis rather than forward by more.
fn shift(shifts: &[usize], source: &Shape) -> String {
    let shorter = |(&shift, &extent): (&usize, &usize)| {
        if shift > extent / 2 { shift as i64 - extent as i64 } else { shift as i64 }
    };
    format!("shift=[{}]", list(shifts.iter().zip(source.iter()).map(shorter)))
}

/// `start:stop:step` as Python would read it, with defaults left out.
fn python_slice(start: i64, step: i64, extent: usize, axis: usize) -> String {
    if extent == 0 {
        return "0:0".to_string();
    }
    let stop = start + (extent as i64 - 1) * step + step.signum();
    let whole_start = if step > 0 { 0 } else { axis as i64 - 1 };
    let start = if start == whole_start { String::new() } else { start.to_string() };
    let stop = if stop == if step > 0 { axis as i64 } else { -1 } { String::new() } else { stop.to_string() };
    if step == 1 { format!("{start}:{stop}") } else { format!("{start}:{stop}:{step}") }
}

fn windows(windows: &[Window], shape: &Shape) -> String {
    format!("[{}]", list(windows.iter().zip(shape.iter()).map(|(&window, &extent)| window_text(window, extent))))
}

/// Like a slice; a window that passes the end and goes on at the start prints its extent instead: `700:+90`.
fn window_text(window: Window, extent: usize) -> String {
    match (window.wraps(extent), window.step) {
        (false, _) => python_slice(window.start as i64, window.step as i64, window.extent, extent),
        (true, 1) => format!("{}:+{}", window.start, window.extent),
        (true, step) => format!("{}:+{}:{step}", window.start, window.extent),
    }
}

/// The axis of a transform, with its windows where they are not the whole line: `1`, `0 in 738:+60`, `1 out :31`.
fn axis_of(line: &Line) -> String {
    let along = &line.axis;
    let (input, output) = crate::FftAxis::line(line.kind, along.len);
    let mut text = along.axis.to_string();
    if !along.input.is_whole(input) {
        let _ = write!(text, " in {}", window_text(along.input, input));
    }
    if !along.output.is_whole(output) {
        let _ = write!(text, " out {}", window_text(along.output, output));
    }
    // The length shows in the type of a side that is not halved, if that side is whole.
    let in_operand = line.kind != FftKind::RealInverse && along.input.is_whole(input);
    let in_result = line.kind != FftKind::RealForward && along.output.is_whole(output);
    if !in_operand && !in_result {
        let _ = write!(text, " of {}", along.len);
    }
    text
}

fn regions(names: &Names, node: &Node, kernel: &Kernel, text: &mut String) {
    let roles = [("load", &kernel.loads), ("mid", &kernel.mids), ("store", &kernel.stores)];
    for (kind, regions) in roles {
        for (at, one) in regions.iter().enumerate() {
            let role = match (&kernel.anchor, kind) {
                (Anchor::Rows(rows), "load") => format!("s{at} {}", rows.stages.get(at).map_or("?", Stage::name)),
                _ if regions.len() == 1 => kind.to_string(),
                _ => format!("{kind}.{at}"),
            };
            let plain_load = role == "load" && node.inputs.len() == 1 && one.as_identity_load().is_some();
            let plain_anchor = matches!(&one.body[..], [(Inst::Anchor, _)]);
            if !plain_load && !plain_anchor {
                region(names, node, one, &role, text);
            }
        }
    }
}

fn region(names: &Names, node: &Node, region: &Region, role: &str, text: &mut String) {
    let axes = list((0..region.extents.rank()).map(axis_name));
    let anchor = region.body.iter().find(|(inst, _)| matches!(inst, Inst::Anchor | Inst::Line { .. }));
    let anchor = anchor.map_or(String::new(), |(_, dtype)| format!(" x: {dtype}"));
    let writer = RegionNames::new(names, node, region);
    if let [(inst @ Inst::Load { .. }, _)] = &region.body[..] {
        let _ = writeln!(text, "    {role} [{axes}] = {}", writer.inst(inst));
        return;
    }
    let _ = writeln!(text, "    {role} [{axes}]{anchor}");
    for (at, (inst, dtype)) in region.body.iter().enumerate() {
        if let Some(temp) = writer.temps[at] {
            let _ = writeln!(text, "      t{temp}: {dtype} = {}", writer.inst(inst));
        }
    }
    let _ = writeln!(text, "      yield {}", writer.var(region.result));
}

fn read(value: &str, index: &[Index], within: &Domain, otherwise: &Scalar) -> String {
    let load = format!("{value}[{}]", list(index.iter().map(Index::to_string)));
    match within.is_empty() {
        true => load,
        false => format!("{load} where {} else {otherwise}", domain(within)),
    }
}

struct RegionNames<'a> {
    names: &'a Names<'a>,
    node: &'a Node,
    region: &'a Region,
    /// The number of each instruction that has a line of its own.
    temps: Vec<Option<u32>>,
}

impl<'a> RegionNames<'a> {
    fn new(names: &'a Names<'a>, node: &'a Node, region: &'a Region) -> RegionNames<'a> {
        let mut next = 0;
        let temps = region
            .body
            .iter()
            .map(|(inst, _)| {
                let inline = match inst {
                    Inst::Anchor | Inst::Stage(_) | Inst::Literal(_) | Inst::Param(_) => true,
                    Inst::Index(index) => index.as_axis().is_some(),
                    _ => false,
                };
                (!inline).then(|| {
                    next += 1;
                    next - 1
                })
            })
            .collect();
        RegionNames { names, node, region, temps }
    }

    fn var(&self, var: Var) -> String {
        match (self.region.body.get(var.0 as usize), self.temps.get(var.0 as usize)) {
            (_, Some(Some(temp))) => format!("t{temp}"),
            (Some((inst, _)), _) => self.inst(inst),
            // Only dumps of broken graphs come here.
            _ => format!("<no instruction {}>", var.0),
        }
    }

    fn inst(&self, inst: &Inst) -> String {
        let call =
            |name: &str, operands: &[Var]| format!("{name}({})", list(operands.iter().map(|&var| self.var(var))));
        match inst {
            Inst::Anchor => "x".to_string(),
            Inst::Stage(stage) => format!("s{stage}"),
            Inst::Load { operand, index, within, otherwise } => {
                let value = match self.node.inputs.get(*operand as usize) {
                    Some(&value) => self.names.value(value),
                    None => format!("<no operand {operand}>"),
                };
                read(&value, index, within, otherwise)
            }
            Inst::Line { index, within, otherwise } => read("x", index, within, otherwise),
            Inst::Index(index) => index.to_string(),
            Inst::Inside(within) => domain(within),
            Inst::Literal(scalar) => scalar.to_string(),
            Inst::Param(slot) => format!("${slot}"),
            Inst::Cast(a) => call("cast", &[*a]),
            Inst::Unary(op, a) => call(op.name(), &[*a]),
            Inst::Binary(op, a, b) => call(op.name(), &[*a, *b]),
            Inst::Select(c, a, b) => call("select", &[*c, *a, *b]),
        }
    }
}

fn domain(domain: &Domain) -> String {
    match domain.is_empty() {
        true => "everywhere".to_string(),
        false => domain.iter().map(|bound| bound.to_string()).collect::<Vec<_>>().join(" and "),
    }
}

fn list(items: impl Iterator<Item = impl Display>) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}
