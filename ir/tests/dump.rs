//! The text form and the Graphviz form of graphs, as people read them.

use ondine_ir::{
    Affine, Anchor, Binary, Bound, DType, Fft, FftAxis, FftKind, Graph, Index, Inst, Kernel, Line, Op, Pad, Reduce,
    ReduceKind, Region, RegionBuilder, Scalar, Scan, Shape, Type, Unary, Value, View, Window, verify,
};

fn add(graph: &mut Graph, op: Op, operands: &[Value]) -> Value {
    graph.add(op, operands.iter().copied()).expect("the op fits its operands").into()
}

fn affine(shape: impl Into<Shape>, source: impl IntoIterator<Item = Index>) -> Op {
    Op::View(View::Affine(Affine::new(shape.into(), source)))
}

fn whole(kind: FftKind, axes: &[(usize, usize)]) -> Op {
    Op::Fft(Fft { kind, axes: axes.iter().map(|&(axis, len)| FftAxis::whole(kind, axis, len)).collect() })
}

fn window(start: usize, step: usize, extent: usize) -> Window {
    Window { start, step, extent }
}

fn print(graph: &Graph) -> String {
    verify(graph).expect("the graph holds together");
    graph.to_string()
}

/// The headline job: remove a window of the shifted spectrum, and take what was removed.
fn smooth() -> Graph {
    let mut graph = Graph::new("smooth");
    let shape = Shape::from([768, 1024]);
    let image: Value = graph.input("image", Type::new(DType::F64, shape.clone())).into();
    let image = add(&mut graph, Op::Cast(DType::C128), &[image]);
    let axes = [(0, 768), (1, 1024)];
    let spectrum = add(&mut graph, whole(FftKind::Forward, &axes), &[image]);
    let shifted = graph.view(View::roll(&shape, [384, 512]).unwrap(), spectrum).unwrap();
    let zero: Value = graph.literal(Scalar::zero(DType::C128)).into();
    let windows = vec![Window::run(354, 60), Window::run(482, 50)];
    let holed = add(&mut graph, Op::Update(windows), &[shifted, zero]);
    let low = add(&mut graph, Op::Binary(Binary::Sub), &[shifted, holed]);
    let back = graph.view(View::roll(&shape, [-384, -512]).unwrap(), low).unwrap();
    let wave = add(&mut graph, whole(FftKind::Inverse, &axes), &[back]);
    let scale: Value = graph.literal(Scalar::from_f64(DType::F64, 1.0 / (768.0 * 1024.0))).into();
    let scaled = add(&mut graph, Op::Binary(Binary::Mul), &[wave, scale]);
    let real = add(&mut graph, Op::Unary(Unary::Real), &[scaled]);
    graph.set_results([real]);
    graph
}

#[test]
fn the_smoothing_graph_reads_as_it_was_written() {
    insta::assert_snapshot!(print(&smooth()));
}

#[test]
fn views_say_what_they_do() {
    let mut graph = Graph::new("views");
    let x: Value = graph.input("x", Type::new(DType::F32, [8, 6])).into();
    let y: Value = graph.input("y", Type::new(DType::F32, [5, 1])).into();
    let (i, j, k) = (Index::axis(0), Index::axis(1), Index::axis(2));
    let ops = [
        affine([3, 6], [i.plus(2), j.clone()]),
        affine([3, 2], [i.times(-2).plus(7), j.times(3)]),
        affine([4, 6], [i.times(-1).plus(3), j.clone()]),
        affine([6], [Index::constant(3), i.clone()]),
        affine([8], [i.clone(), Index::constant(5)]),
        affine([1, 6], [Index::constant(3), j.clone()]),
        affine([], [Index::constant(7), Index::constant(0)]),
        affine([0, 6], [i.clone(), j.clone()]),
        Op::View(View::Affine(Affine::flip(&[8, 6].into(), &[0]))),
        Op::View(View::Affine(Affine::flip(&[8, 6].into(), &[0, 1]))),
        Op::View(View::Affine(Affine::permute(&[8, 6].into(), &[1, 0]))),
        Op::View(View::Affine(Affine::broadcast(&[8, 6].into(), [3, 8, 6].into()))),
        affine([6], [i.clone(), i.clone()]),
        affine([3, 4, 6], [i.times(2).add(&j), k.clone()]),
        affine([6, 8], [j.times(-1).plus(7), i.clone()]),
        Op::View(View::Reshape([4, 12].into())),
        Op::View(View::roll(&[8, 6].into(), [-1, 2]).unwrap()),
    ];
    let mut results: Vec<Value> = ops.into_iter().map(|op| add(&mut graph, op, &[x])).collect();
    results.push(add(&mut graph, Op::View(View::Affine(Affine::broadcast(&[5, 1].into(), [5, 4].into()))), &[y]));
    results.push(add(&mut graph, Op::View(View::Affine(Affine::permute(&[5, 1].into(), &[1, 0]))), &[y]));
    results.push(add(&mut graph, Op::View(View::Reshape([5].into())), &[y]));
    graph.set_results(results);
    insta::assert_snapshot!(print(&graph));
}

#[test]
fn every_op_says_what_its_types_do_not() {
    let mut graph = Graph::new("ops");
    let x: Value = graph.input("x", Type::new(DType::F64, [8, 6])).into();
    let row: Value = graph.input("row", Type::new(DType::F64, [6])).into();
    let at: Value = graph.input("at", Type::new(DType::I64, [2])).into();
    let a: Value = graph.param(DType::F64).into();
    let zero: Value = graph.literal(Scalar::from_f64(DType::F64, -0.0)).into();
    let mut results = Vec::new();
    let mut push = |graph: &mut Graph, op: Op, operands: &[Value]| {
        let value = add(graph, op, operands);
        results.push(value);
        value
    };
    push(&mut graph, Op::Iota(4), &[]);
    push(&mut graph, Op::Cast(DType::U16), &[x]);
    push(&mut graph, Op::Unary(Unary::Sqrt), &[a]);
    let mask = push(&mut graph, Op::Binary(Binary::Lt), &[x, a]);
    push(&mut graph, Op::Select, &[mask, x, zero]);
    push(&mut graph, Op::Concat { axis: 1 }, &[x, x]);
    let pad = Pad { shape: [10, 13].into(), windows: vec![window(9, 1, 8), window(0, 2, 6)] };
    push(&mut graph, Op::Pad(pad), &[x, zero]);
    push(&mut graph, Op::Update(vec![window(6, 1, 4), window(0, 1, 6)]), &[x, zero]);
    push(&mut graph, Op::Update(vec![window(5, 3, 2), window(1, 2, 2)]), &[x, a]);
    let taken = push(&mut graph, Op::Gather { axis: 1 }, &[x, at]);
    push(&mut graph, Op::Scatter { axis: 1 }, &[x, at, taken]);
    push(&mut graph, Op::SearchSorted { right: false }, &[row, x]);
    push(&mut graph, Op::SearchSorted { right: true }, &[row, x]);
    for (kind, axes) in [(ReduceKind::Sum, &[0, 1][..]), (ReduceKind::Max, &[1]), (ReduceKind::ArgMin, &[0])] {
        push(&mut graph, Op::Reduce(Reduce { kind, axes: axes.iter().copied().collect() }), &[x]);
    }
    push(&mut graph, Op::Scan(Scan { kind: ReduceKind::Sum, axis: 0 }), &[x]);
    push(&mut graph, Op::Scan(Scan { kind: ReduceKind::Prod, axis: 1 }), &[x]);
    graph.set_results(results);
    insta::assert_snapshot!(print(&graph));
}

#[test]
fn transforms_show_windows_and_hidden_lengths() {
    let mut graph = Graph::new("transforms");
    let x: Value = graph.input("x", Type::new(DType::F32, [8, 6])).into();
    let z: Value = graph.input("z", Type::new(DType::C64, [8, 4])).into();
    let windowed = |kind, axes: &[(usize, usize, Window, Window)]| {
        let axes = axes.iter().map(|&(axis, len, input, output)| FftAxis { axis, len, input, output }).collect();
        Op::Fft(Fft { kind, axes })
    };
    let pair: Value = graph.input("pair", Type::new(DType::C64, [2])).into();
    let ops = [
        // Two bins are half of two or of three samples.
        (windowed(FftKind::RealInverse, &[(0, 2, Window::run(0, 2), Window::run(1, 1))]), pair),
        (windowed(FftKind::RealInverse, &[(0, 3, Window::run(0, 2), Window::run(1, 1))]), pair),
        (whole(FftKind::RealForward, &[(1, 6)]), x),
        (
            Op::Fft(Fft {
                kind: FftKind::RealForward,
                axes: vec![FftAxis::whole(FftKind::Forward, 1, 6), FftAxis::whole(FftKind::RealForward, 0, 8)],
            }),
            x,
        ),
        (windowed(FftKind::RealForward, &[(1, 16, Window::run(12, 6), Window::run(0, 9))]), x),
        (windowed(FftKind::RealForward, &[(1, 6, Window::run(0, 6), Window::run(1, 2))]), x),
        (windowed(FftKind::Forward, &[(0, 8, Window::run(0, 8), Window::run(6, 4))]), z),
        (windowed(FftKind::Inverse, &[(0, 32, Window::run(30, 8), Window::run(4, 3))]), z),
        (whole(FftKind::RealInverse, &[(1, 6)]), z),
        (whole(FftKind::RealInverse, &[(1, 7)]), z),
        (windowed(FftKind::RealInverse, &[(1, 9, Window::run(3, 4), Window::run(0, 9))]), z),
        (windowed(FftKind::RealInverse, &[(1, 6, Window::run(0, 4), Window::run(2, 2))]), z),
    ];
    let results: Vec<Value> = ops.into_iter().map(|(op, operand)| add(&mut graph, op, &[operand])).collect();
    graph.set_results(results);
    insta::assert_snapshot!(print(&graph));
}

fn load(operand: u32, index: Vec<Index>) -> Inst {
    Inst::Load { operand, index, within: vec![], otherwise: Scalar::zero(DType::F64) }
}

/// A region that is one load.
fn plain(extents: impl Into<Shape>, inst: Inst, dtype: DType) -> Region {
    let mut region = RegionBuilder::new(extents.into());
    let value = region.push(inst, dtype);
    region.finish(value)
}

fn kernel(anchor: Anchor, loads: Vec<Region>, mids: Vec<Region>, stores: Vec<Region>) -> Op {
    Op::Kernel(Box::new(Kernel { anchor, loads: loads.into(), mids: mids.into(), stores: stores.into() }))
}

#[test]
fn kernels_show_their_regions() {
    let mut graph = Graph::new("kernels");
    let x: Value = graph.input("x", Type::new(DType::F64, [8, 6])).into();
    let bias: Value = graph.input("bias", Type::new(DType::C128, [6])).into();
    let a: Value = graph.param(DType::F64).into();
    let (i, j) = (Index::axis(0), Index::axis(1));

    // Two transforms along one axis: padded load, mask between them, scaled real part stored.
    let mut first = RegionBuilder::new([10, 6].into());
    let padded = first.push(
        Inst::Load {
            operand: 0,
            index: vec![i.plus(-1), j.clone()],
            within: vec![Bound::new(i.clone(), 1, 9)],
            otherwise: Scalar::zero(DType::F64),
        },
        DType::F64,
    );
    let padded = first.push(Inst::Cast(padded), DType::C128);
    let first = first.finish(padded);
    let mut mid = RegionBuilder::new([10, 6].into());
    let value = mid.push(Inst::Anchor, DType::C128);
    let turned = i.plus(5).rem(10, &[10, 6]);
    let inside = mid.push(Inst::Inside(vec![Bound::new(turned, 2, 7), Bound::new(j.clone(), 0, 3)]), DType::Bool);
    let bias_at = mid.push(load(1, vec![j.times(-1).plus(5)]), DType::C128);
    let sum = mid.push(Inst::Binary(Binary::Add, value, bias_at), DType::C128);
    let zero = mid.push(Inst::Literal(Scalar::zero(DType::C128)), DType::C128);
    let masked = mid.push(Inst::Select(inside, sum, zero), DType::C128);
    let mid = mid.finish(masked);
    let store = |unary: Option<Unary>| {
        let mut store = RegionBuilder::new([10, 6].into());
        let value = store.push(Inst::Anchor, DType::C128);
        let scale = store.push(Inst::Literal(Scalar::from_f64(DType::F64, 0.1)), DType::F64);
        let value = store.push(Inst::Binary(Binary::Mul, value, scale), DType::C128);
        let value = match unary {
            Some(unary) => store.push(Inst::Unary(unary, value), DType::F64),
            None => value,
        };
        store.finish(value)
    };
    let lines = [FftKind::Forward, FftKind::Inverse].map(|kind| Line { kind, axis: FftAxis::whole(kind, 0, 10) });
    let otherwise = |region: &mut Region| {
        for (inst, dtype) in &mut region.body {
            if let Inst::Load { otherwise, .. } = inst {
                *otherwise = Scalar::zero(*dtype);
            }
        }
    };
    let mut mid = mid;
    otherwise(&mut mid);
    let lines =
        kernel(Anchor::Lines(lines.to_vec()), vec![first], vec![mid], vec![store(Some(Unary::Real)), store(None)]);
    let sweep = graph.add(lines, [x, bias]).expect("the kernel infers");
    let (real, wave) = (Value { node: sweep, output: 0 }, Value { node: sweep, output: 1 });

    // A map with a parameter, a load with a step, and an index as a value.
    let mut map = RegionBuilder::new([5].into());
    let at = map.push(Inst::Index(i.clone()), DType::I64);
    let twice = map.push(Inst::Index(i.times(2).plus(1)), DType::I64);
    let product = map.push(Inst::Binary(Binary::Mul, at, twice), DType::I64);
    let product = map.push(Inst::Cast(product), DType::F64);
    let param = map.push(Inst::Param(0), DType::F64);
    let element = map.push(load(0, vec![i.times(2), Index::constant(3)]), DType::F64);
    let scaled = map.push(Inst::Binary(Binary::Mul, element, param), DType::F64);
    let sum = map.push(Inst::Binary(Binary::Add, scaled, product), DType::F64);
    let map = map.finish(sum);
    let map = add(&mut graph, kernel(Anchor::Map, vec![], vec![], vec![map]), &[real]);

    // A reduction of a plain load whose store is plain too.
    let reduce = Reduce { kind: ReduceKind::Sum, axes: [1].into_iter().collect() };
    let identity = plain([8, 6], load(0, Index::identity(2)), DType::F64);
    let store = plain([8], Inst::Anchor, DType::F64);
    let sum = add(&mut graph, kernel(Anchor::Reduce(reduce.clone()), vec![identity], vec![], vec![store]), &[x]);

    // The same over a view.
    let turned = plain([6, 8], load(0, vec![j, i]), DType::F64);
    let store = plain([6], Inst::Anchor, DType::F64);
    let turned = add(&mut graph, kernel(Anchor::Reduce(reduce), vec![turned], vec![], vec![store]), &[x]);
    let _ = a;
    graph.set_results([wave, map, sum, turned]);
    insta::assert_snapshot!(print(&graph));
}

#[test]
fn graphviz_draws_boxes_and_arrows() {
    let mut graph = Graph::new("a \"norm\"");
    let x: Value = graph.input("x", Type::new(DType::C64, [4])).into();
    let scale: Value = graph.param(DType::F32).into();
    let scaled = add(&mut graph, Op::Binary(Binary::Mul), &[x, scale]);
    let abs = add(&mut graph, Op::Unary(Unary::Abs), &[scaled]);
    let square = add(&mut graph, Op::Binary(Binary::Mul), &[abs, abs]);
    let two: Value = graph.literal(Scalar::from_f64(DType::F32, 2.0)).into();
    let half = add(&mut graph, Op::Binary(Binary::Div), &[square, two]);
    let sum = Reduce { kind: ReduceKind::Sum, axes: [0].into_iter().collect() };
    let sum = add(&mut graph, Op::Reduce(sum), &[half]);
    graph.set_results([sum]);
    insta::assert_snapshot!(graph.to_dot());
}

#[test]
fn names_stay_words_and_apart() {
    let mut graph = Graph::new("names");
    let ty = Type::new(DType::Bool, [1]);
    let inputs: Vec<Value> =
        ["x", "x", "a b", "", "7", "x_2"].iter().map(|name| graph.input(*name, ty.clone()).into()).collect();
    graph.set_results(inputs);
    insta::assert_snapshot!(print(&graph));
}

#[test]
fn an_empty_graph_returns_nothing() {
    insta::assert_snapshot!(print(&Graph::new("nothing")));
}
