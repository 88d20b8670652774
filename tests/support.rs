//! The support matrix: every op of the graph with every dtype on every device, found out by building, compiling and running
//! it. `src/support.md`, which the documentation shows, is what this test finds; `INSTA_UPDATE=always` rewrites it, as it does
//! snapshots. Values are compared in `tests/differential.rs` and its neighbours, not here.

mod common;

use common::{elements, emulator, run};
use num_complex::Complex64;
use ondine_ir::*;
use ondine_runtime::{Buffer, Device, Error, HostMemory};
use smallvec::smallvec;
use std::sync::Arc;

/// The extent of every axis of the operands.
const N: usize = 4;

/// Adds an op to a graph, where the dtype has it.
type Build = dyn Fn(&mut Graph, Operands) -> Result<Value, ondine_ir::Error>;

/// One line of a table.
struct Row {
    name: &'static str,
    build: Box<Build>,
}

/// What an op of one dtype is tried on: a Hermitian, positive definite matrix, and a line that ascends.
#[derive(Clone, Copy)]
struct Operands {
    matrix: Value,
    line: Value,
}

fn row(name: &'static str, op: Op, count: usize) -> Row {
    custom(name, move |graph, of| Ok(graph.add(op.clone(), vec![of.matrix; count])?.into()))
}

fn custom(
    name: &'static str,
    build: impl Fn(&mut Graph, Operands) -> Result<Value, ondine_ir::Error> + 'static,
) -> Row {
    Row { name, build: Box::new(build) }
}

fn elementwise() -> Vec<Row> {
    let select = |graph: &mut Graph, of: Operands| {
        let mask = graph.add(Op::Cast(DType::Bool), [of.matrix])?;
        Ok(graph.add(Op::Select, [mask.into(), of.matrix, of.matrix])?.into())
    };
    let unary = Unary::ALL.map(|op| row(op.name(), Op::Unary(op), 1));
    let binary = Binary::ALL.map(|op| row(op.name(), Op::Binary(op), 2));
    unary.into_iter().chain(binary).chain([custom("select", select)]).collect()
}

fn casts() -> Vec<Row> {
    DType::ALL.map(|dtype| row(dtype.name(), Op::Cast(dtype), 1)).into()
}

fn views() -> Vec<Row> {
    let shape = Shape::from([N, N]);
    let view = |name, view: View| row(name, Op::View(view), 1);
    let roll = View::roll(&shape, [1, 2]).expect("the shifts are not whole turns");
    let larger = Pad { shape: Shape::from([N + 2, N]), windows: vec![Window::run(1, N), Window::whole(N)] };
    let pad = move |graph: &mut Graph, of: Operands| {
        let fill = graph.literal(Scalar::zero(graph.ty(of.matrix).dtype));
        Ok(graph.add(Op::Pad(larger.clone()), [of.matrix, fill.into()])?.into())
    };
    vec![
        view("permute", View::Affine(Affine::permute(&shape, &[1, 0]))),
        view("broadcast", View::Affine(Affine::broadcast(&shape, Shape::from([2, N, N])))),
        view("flip, slice", View::Affine(Affine::flip(&shape, &[0]))),
        view("reshape", View::Reshape(Shape::from([N * N]))),
        view("roll", roll),
        row("concat", Op::Concat { axis: 0 }, 2),
        custom("pad", pad),
        row("update", Op::Update(vec![Window::whole(N), Window::whole(N)]), 2),
    ]
}

fn positions() -> Vec<Row> {
    let gather = |graph: &mut Graph, of: Operands| {
        let at = graph.add(Op::Iota(N), [])?;
        Ok(graph.add(Op::Gather { axis: 0 }, [of.matrix, at.into()])?.into())
    };
    let scatter = |graph: &mut Graph, of: Operands| {
        let at = graph.add(Op::Iota(N), [])?;
        Ok(graph.add(Op::Scatter { axis: 0 }, [of.matrix, at.into(), of.matrix])?.into())
    };
    let search =
        |graph: &mut Graph, of: Operands| Ok(graph.add(Op::SearchSorted { right: false }, [of.line, of.line])?.into());
    let sort = |positions| Op::Sort(Sort { axis: 1, descending: false, positions });
    vec![
        custom("gather", gather),
        custom("scatter", scatter),
        custom("searchsorted", search),
        row("sort", sort(false), 1),
        row("argsort", sort(true), 1),
    ]
}

fn reductions() -> Vec<Row> {
    use ReduceKind::*;
    let whole = |kind: ReduceKind| row(kind.name(), Op::Reduce(Reduce { kind, axes: smallvec![0, 1] }), 1);
    let running = |name, kind| row(name, Op::Scan(Scan { kind, axis: 1 }), 1);
    let mut rows: Vec<Row> = [Sum, Prod, Min, Max, ArgMin, ArgMax].map(whole).into();
    rows.extend([running("cumsum", Sum), running("cumprod", Prod)]);
    rows
}

fn transforms() -> Vec<Row> {
    let one = |kind: FftKind, len| Op::Fft(Fft { kind, axes: vec![FftAxis::whole(kind, 1, len)] });
    let row = |kind: FftKind, len| row(kind.name(), one(kind, len), 1);
    vec![
        row(FftKind::Forward, N),
        row(FftKind::Inverse, N),
        row(FftKind::RealForward, N),
        row(FftKind::RealInverse, 2 * N - 2),
    ]
}

fn matrices() -> Vec<Row> {
    let part = |kind: LinalgKind, count| row(kind.name(), Op::Linalg(Linalg::one(kind, 0)), count);
    vec![
        row("matmul", Op::Matmul, 2),
        part(LinalgKind::Cholesky, 1),
        part(LinalgKind::Lu, 1),
        part(LinalgKind::Solve, 2),
        part(LinalgKind::Qr { complete: false }, 1),
        part(LinalgKind::Svd { full: false }, 1),
        part(LinalgKind::Eigh, 1),
        part(LinalgKind::Eig, 1),
    ]
}

/// An entry of a table: the place of its row, and its dtype.
type Cell = (usize, DType);

/// The cells of a table computed together, each with its operands.
fn graph(rows: &[Row], cells: &[Cell]) -> (Graph, Vec<Buffer>, Vec<Cell>) {
    let mut graph = Graph::new("support");
    let mut inputs = Vec::new();
    let mut operands = Vec::new();
    for dtype in DType::ALL {
        let mut input = |name: &str, shape: &[usize], value: fn(usize) -> f64| {
            let ty = Type::new(dtype, shape);
            let mut memory = HostMemory::zeroed(ty.bytes()).expect("small arrays fit");
            for (at, element) in memory.as_bytes_mut().chunks_exact_mut(dtype.bytes()).enumerate() {
                let value = Scalar::from_complex(dtype, Complex64::from(value(at)));
                element.copy_from_slice(&value.to_bytes()[..dtype.bytes()]);
            }
            inputs.push(Buffer::host(ty.clone(), Arc::new(memory)));
            Value::from(graph.input(format!("{name}_{}", dtype.name()), ty))
        };
        let matrix = input("matrix", &[N, N], |at| if at % (N + 1) == 0 { 2.0 } else { 1.0 });
        let line = input("line", &[N], |at| at as f64);
        operands.push((dtype, Operands { matrix, line }));
    }
    let mut defined = Vec::new();
    let mut results = Vec::new();
    for &(place, dtype) in cells {
        let (_, of) = operands.iter().find(|(other, _)| *other == dtype).expect("every dtype has operands");
        if let Ok(value) = (rows[place].build)(&mut graph, *of) {
            defined.push((place, dtype));
            results.push(value);
        }
    }
    graph.set_results(results);
    (graph, inputs, defined)
}

/// The cells that a device runs: all at once, or halves where it refuses.
fn runs(device: &Device, rows: &[Row], cells: &[Cell]) -> Vec<Cell> {
    let (graph, inputs, defined) = graph(rows, cells);
    if defined.is_empty() {
        return defined;
    }
    match run(&graph, device, &inputs, &[]) {
        Ok(results) => {
            assert_eq!(results.len(), defined.len());
            for (result, value) in results.iter().zip(graph.results()) {
                assert_eq!(elements(result).len(), graph.ty(*value).shape.elements());
            }
            defined
        }
        Err(Error::Unsupported { .. }) if defined.len() == 1 => Vec::new(),
        Err(Error::Unsupported { .. }) => {
            let (left, right) = defined.split_at(defined.len() / 2);
            [runs(device, rows, left), runs(device, rows, right)].concat()
        }
        Err(error) => panic!("{device} can compile this graph or say that it does not, but it says: {error}\n{graph}"),
    }
}

fn table(heading: &str, rows: &[Row], cuda: &Device) -> String {
    let cells: Vec<Cell> = (0..rows.len()).flat_map(|place| DType::ALL.map(|dtype| (place, dtype))).collect();
    let (_, _, defined) = graph(rows, &cells);
    let [reference, cpu, cuda] = [&Device::reference(), &Device::cpu(), cuda].map(|device| runs(device, rows, &cells));
    assert_eq!(reference, defined, "`reference` runs every op that is defined");
    assert_eq!(cpu, defined, "`cpu` runs every op that is defined");
    let names: Vec<&str> = DType::ALL.iter().map(|dtype| dtype.name()).collect();
    let mut text = format!("| {heading} | {} |\n|---|{}\n", names.join(" | "), ":-:|".repeat(names.len()));
    for (place, row) in rows.iter().enumerate() {
        let mark = |dtype| match (defined.contains(&(place, dtype)), cuda.contains(&(place, dtype))) {
            (true, true) => "●",
            (true, false) => "◐",
            (false, _) => "",
        };
        text += &format!("| `{}` | {} |\n", row.name, DType::ALL.map(mark).join(" | "));
    }
    text
}

const INTRODUCTION: &str = "\
Every op of the graph with every dtype on every device.

| mark | meaning |
|:-:|---|
| ● | runs on `cpu`, `cuda` and `reference` |
| ◐ | runs on `cpu` and `reference`; `cuda` refuses to compile it, with an error that names op and operand |
| | not defined: an error where it is built, which names op and dtype |

Functions often take more dtypes than the op they end in, because they convert operands first: `sqrt` of integers is computed in
`f64`, a transform of real numbers is `rfft` and its mirror, a sum of `i8` is one of `i64`. Operands of an op with two have one dtype, but for
products and quotients of complex numbers by real ones.

A test builds, compiles and runs each of them to write this page, on an emulator where there is no GPU.
";

#[test]
fn the_documented_matrix_is_what_runs() {
    let Some(cuda) = emulator::device() else { return };
    let mut text = INTRODUCTION.to_string();
    for (heading, rows) in [
        ("element by element", elementwise()),
        ("conversion to", casts()),
        ("reads and writes in another order", views()),
        ("positions and order", positions()),
        ("reductions and running values", reductions()),
        ("transforms", transforms()),
        ("matrices", matrices()),
    ] {
        text += &format!("\n{}", table(heading, &rows, &cuda));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/support.md");
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(path, &text).expect("the sources can be written");
    }
    let documented = std::fs::read_to_string(path).unwrap_or_default();
    let differing = text.lines().zip(documented.lines()).find(|(found, documented)| found != documented);
    assert_eq!(differing, None, "src/support.md says something else than what was found");
    assert_eq!(text.len(), documented.len(), "src/support.md is longer or shorter than what was found");
}
