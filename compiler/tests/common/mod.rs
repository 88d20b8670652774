//! Building graphs in a line, and showing what one pass does to them.
#![allow(dead_code, unreachable_pub)]

use ondine_compiler::{Cx, Licences, PASSES, Target};
use ondine_ir::*;

/// A graph under construction, with one method per kind of node.
pub struct Build(pub Graph);

impl Build {
    pub fn new(name: &str) -> Build {
        Build(Graph::new(name))
    }

    pub fn input<const N: usize>(&mut self, name: &str, dtype: DType, shape: [usize; N]) -> Value {
        self.0.input(name, Type::new(dtype, shape)).into()
    }

    pub fn add(&mut self, op: Op, inputs: &[Value]) -> Value {
        self.0.add(op, inputs.iter().copied()).expect("the test builds a sound graph").into()
    }

    pub fn unary(&mut self, op: Unary, x: Value) -> Value {
        self.add(Op::Unary(op), &[x])
    }

    pub fn binary(&mut self, op: Binary, a: Value, b: Value) -> Value {
        self.add(Op::Binary(op), &[a, b])
    }

    pub fn cast(&mut self, dtype: DType, x: Value) -> Value {
        self.add(Op::Cast(dtype), &[x])
    }

    pub fn literal(&mut self, dtype: DType, value: f64) -> Value {
        self.0.literal(Scalar::from_f64(dtype, value)).into()
    }

    pub fn roll(&mut self, x: Value, shifts: &[i64]) -> Value {
        let shape = self.0.ty(x).shape.clone();
        let view = View::roll(&shape, shifts.iter().copied()).expect("the test rolls something");
        self.add(Op::View(view), &[x])
    }

    pub fn permute(&mut self, x: Value, axes: &[usize]) -> Value {
        let view = Affine::permute(&self.0.ty(x).shape, axes);
        self.add(Op::View(View::Affine(view)), &[x])
    }

    pub fn broadcast<const N: usize>(&mut self, x: Value, shape: [usize; N]) -> Value {
        self.0.broadcast(x, &shape.into()).expect("the shapes broadcast")
    }

    pub fn reshape<const N: usize>(&mut self, x: Value, shape: [usize; N]) -> Value {
        self.add(Op::View(View::Reshape(shape.into())), &[x])
    }

    /// A slice of one axis with a step.
    pub fn every(&mut self, x: Value, start: i64, step: i64, extent: usize) -> Value {
        let index = Index::axis(0).times(step).plus(start);
        self.add(Op::View(View::Affine(Affine::new([extent].into(), [index]))), &[x])
    }

    pub fn reduce(&mut self, kind: ReduceKind, x: Value, axes: &[usize]) -> Value {
        self.add(Op::Reduce(Reduce { kind, axes: axes.into() }), &[x])
    }

    pub fn fft(&mut self, kind: FftKind, x: Value, axes: &[(usize, usize)]) -> Value {
        let last = axes.len() - 1;
        let whole = |(at, &(axis, len)): (usize, &(usize, usize))| match kind {
            FftKind::RealForward if at != last => FftAxis::whole(FftKind::Forward, axis, len),
            FftKind::RealInverse if at != last => FftAxis::whole(FftKind::Inverse, axis, len),
            kind => FftAxis::whole(kind, axis, len),
        };
        self.add(Op::Fft(Fft { kind, axes: axes.iter().enumerate().map(whole).collect() }), &[x])
    }

    pub fn finish(mut self, results: &[Value]) -> Graph {
        self.0.set_results(results.iter().copied());
        self.0
    }
}

/// The smoothing job, as its user writes it, on a picture given as `dtype`.
pub fn smooth(dtype: DType) -> Graph {
    let mut g = Build::new("smooth");
    let image = g.input("image", dtype, [768, 1024]);
    let image = g.cast(DType::C128, image);
    let f = g.fft(FftKind::Forward, image, &[(0, 768), (1, 1024)]);
    let s = g.roll(f, &[384, 512]);
    let zero = g.0.literal(Scalar::zero(DType::C128)).into();
    let cut = g.add(Op::Update(vec![Window::run(354, 60), Window::run(482, 50)]), &[s, zero]);
    let kept = g.binary(Binary::Sub, s, cut);
    let back = g.roll(kept, &[-384, -512]);
    let x = g.fft(FftKind::Inverse, back, &[(0, 768), (1, 1024)]);
    let scale = g.literal(DType::F64, 1.0 / (768.0 * 1024.0));
    let x = g.binary(Binary::Mul, x, scale);
    g.finish(&[x])
}

/// The graph before and after the first pass of this name, with the rules it applied and its remarks.
pub fn before_and_after(pass: &str, graph: &Graph) -> String {
    verify(graph).expect("the test builds a sound graph");
    let (after, applied, remarks) = run(pass, graph);
    let mut text = format!("{graph}\n{pass}: {applied}\n\n");
    text.push_str(&if after.is_same(graph) { "(unchanged)\n".to_string() } else { after.to_string() });
    for remark in remarks {
        text.push_str(&format!("# {remark}\n"));
    }
    text
}

/// Runs the first pass of this name, and prunes and verifies like the driver.
pub fn run(pass: &str, graph: &Graph) -> (Graph, String, Vec<String>) {
    run_for(&Target::CPU, pass, graph)
}

/// The same for another target.
pub fn run_for(target: &Target, pass: &str, graph: &Graph) -> (Graph, String, Vec<String>) {
    run_with(target, Licences::default(), pass, graph)
}

/// The same under other licences.
pub fn run_under(allowed: Licences, pass: &str, graph: &Graph) -> (Graph, String, Vec<String>) {
    run_with(&Target::CPU, allowed, pass, graph)
}

fn run_with(target: &Target, allowed: Licences, pass: &str, graph: &Graph) -> (Graph, String, Vec<String>) {
    let pass = PASSES.iter().find(|known| known.name == pass).expect("the pass exists");
    let mut cx = Cx { target, allowed, applied: Vec::new(), remarks: Vec::new(), setup: None };
    let after = (pass.run)(graph, &mut cx).expect("the pass runs").prune();
    verify(&after).unwrap_or_else(|error| panic!("{error}\n{after}"));
    let types = |graph: &Graph| graph.results().iter().map(|&value| graph.ty(value).clone()).collect::<Vec<_>>();
    assert_eq!(types(graph), types(&after)[..graph.results().len()], "results keep their types");
    let applied = cx.applied.iter().map(|applied| applied.to_string()).collect::<Vec<_>>().join(", ");
    let lines = graph.describe(cx.remarks.iter().map(|remark| remark.node));
    let remarks = lines.iter().zip(&cx.remarks).map(|(line, remark)| format!("{line}: {}", remark.why)).collect();
    (after, if applied.is_empty() { "no rule".to_string() } else { applied }, remarks)
}
