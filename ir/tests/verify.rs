//! One graph per invariant that breaks it, and the text of the error.
//!
//! That no two nodes are equal and that edges repeat the operands holds by construction: nothing public can break it.

use ondine_ir::{
    Affine, Anchor, Binary, Bound, DType, FftAxis, FftKind, Graph, Index, Inst, Kernel, Line, Node, NodeId, Op, Reduce,
    ReduceKind, Region, Scalar, Type, Unary, Value, Var, View, Window, verify, verify_fused,
};
use smallvec::smallvec;

fn f64s(shape: &[usize]) -> Type {
    Type::new(DType::F64, shape)
}

/// A graph `%x: f64[4]`, `%0 = neg(%x)`, and one more node, put in place as it is.
fn with(op: Op, inputs: &[Value], outputs: &[Type]) -> Graph {
    let mut graph = Graph::new("broken");
    let x = graph.input("x", f64s(&[4]));
    let minus = graph.add(Op::Unary(Unary::Neg), [x.into()]).expect("x is a number");
    let node = graph.push_unchecked(Node { op, inputs: inputs.into(), outputs: outputs.into() });
    graph.add(Op::Unary(Unary::Abs), [minus.into()]).expect("x is a number");
    graph.set_results([node.into()]);
    graph
}

const X: Value = Value { node: NodeId(0), output: 0 };
const MINUS: Value = Value { node: NodeId(1), output: 0 };
const ITSELF: Value = Value { node: NodeId(2), output: 0 };

fn message(graph: &Graph) -> String {
    verify(graph).expect_err("the graph is broken").to_string()
}

fn region(extents: &[usize], body: Vec<(Inst, DType)>) -> Region {
    Region { extents: extents.into(), result: Var(body.len() as u32 - 1), body }
}

fn load(index: Index) -> (Inst, DType) {
    let zero = Scalar::zero(DType::F64);
    (Inst::Load { operand: 0, index: vec![index], within: vec![], otherwise: zero }, DType::F64)
}

fn kernel(anchor: Anchor, loads: Vec<Region>, mids: Vec<Region>, stores: Vec<Region>) -> Graph {
    let outputs: Vec<Type> = stores.iter().map(|store| f64s(&store.extents)).collect();
    let kernel = Kernel { anchor, loads: loads.into(), mids: mids.into(), stores: stores.into() };
    with(Op::Kernel(Box::new(kernel)), &[X], &outputs)
}

/// The sum of four elements.
fn sum() -> Anchor {
    Anchor::Reduce(Reduce { kind: ReduceKind::Sum, axes: smallvec![0] })
}

/// A region that reads every element in its own place.
fn plain() -> Region {
    region(&[4], vec![load(Index::axis(0))])
}

/// A map kernel whose store region has this body.
fn map(body: Vec<(Inst, DType)>) -> Graph {
    kernel(Anchor::Map, vec![], vec![], vec![region(&[4], body)])
}

#[test]
fn a_sound_graph_passes() {
    let graph = map(vec![load(Index::axis(0))]);
    assert_eq!(verify(&graph), Ok(()));
}

#[test]
fn operands_precede_their_node() {
    insta::assert_snapshot!(message(&with(Op::Unary(Unary::Exp), &[ITSELF], &[f64s(&[4])])));
}

#[test]
fn operands_are_outputs_of_their_node() {
    let second = Value { node: NodeId(1), output: 1 };
    insta::assert_snapshot!(message(&with(Op::Unary(Unary::Exp), &[second], &[f64s(&[4])])));
}

#[test]
fn outputs_are_what_inference_gives() {
    insta::assert_snapshot!(message(&with(Op::Unary(Unary::Exp), &[MINUS], &[Type::new(DType::F32, [4])])));
}

#[test]
fn nodes_infer() {
    let two = Type::new(DType::F64, [2]);
    let halves = View::Affine(Affine::new([2].into(), [Index::axis(0).times(2)]));
    let mut graph = with(Op::View(halves), &[X], std::slice::from_ref(&two));
    graph.push_unchecked(Node { op: Op::Binary(Binary::Add), inputs: smallvec![X, ITSELF], outputs: smallvec![two] });
    insta::assert_snapshot!(message(&graph));
}

#[test]
fn nodes_have_their_operands() {
    let flip = View::Affine(Affine::flip(&[4].into(), &[0]));
    insta::assert_snapshot!(message(&with(Op::View(flip), &[], &[f64s(&[4])])));
}

#[test]
fn views_read_inside_their_operand() {
    let view = View::Affine(Affine::new([4].into(), [Index::axis(0).plus(1)]));
    insta::assert_snapshot!(message(&with(Op::View(view), &[X], &[f64s(&[4])])));
}

#[test]
fn views_have_one_index_per_axis_of_their_operand() {
    let view = View::Affine(Affine { shape: [3].into(), source: vec![Index::axis(0), Index::axis(0)] });
    insta::assert_snapshot!(message(&with(Op::View(view), &[X], &[f64s(&[3])])));
}

#[test]
fn views_mention_only_their_own_axes() {
    let view = View::Affine(Affine { shape: [3].into(), source: vec![Index::axis(1)] });
    insta::assert_snapshot!(message(&with(Op::View(view), &[X], &[f64s(&[3])])));
}

#[test]
fn windows_fit() {
    let window = Window { start: 1, step: 2, extent: 3 };
    insta::assert_snapshot!(message(&with(Op::Update(vec![window]), &[X, MINUS], &[f64s(&[4])])));
}

#[test]
fn results_exist() {
    let mut graph = Graph::new("broken");
    graph.input("x", f64s(&[4]));
    graph.set_results([MINUS]);
    insta::assert_snapshot!(message(&graph));
}

#[test]
fn loads_stay_inside_their_operand() {
    insta::assert_snapshot!(message(&map(vec![load(Index::axis(0).plus(1))])));
}

#[test]
fn domains_keep_loads_inside() {
    let within = |end| {
        let index = vec![Index::axis(0).plus(1)];
        let within = vec![Bound::new(Index::axis(0), 0, end)];
        map(vec![(Inst::Load { operand: 0, index, within, otherwise: Scalar::zero(DType::F64) }, DType::F64)])
    };
    assert_eq!(verify(&within(3)), Ok(()));
    insta::assert_snapshot!(message(&within(4)));
}

#[test]
fn loads_have_the_rank_of_their_operand() {
    let index = vec![Index::axis(0), Index::constant(0)];
    let load = Inst::Load { operand: 0, index, within: vec![], otherwise: Scalar::zero(DType::F64) };
    insta::assert_snapshot!(message(&map(vec![(load, DType::F64)])));
}

#[test]
fn loads_name_operands_that_exist() {
    let load = Inst::Load { operand: 1, index: vec![], within: vec![], otherwise: Scalar::zero(DType::F64) };
    insta::assert_snapshot!(message(&map(vec![(load, DType::F64)])));
}

#[test]
fn every_operand_is_loaded() {
    insta::assert_snapshot!(message(&map(vec![(Inst::Literal(Scalar::one(DType::F64)), DType::F64)])));
}

#[test]
fn instructions_use_earlier_ones() {
    insta::assert_snapshot!(message(&map(vec![load(Index::axis(0)), (Inst::Unary(Unary::Neg, Var(1)), DType::F64)])));
}

#[test]
fn instructions_use_ones_that_exist() {
    insta::assert_snapshot!(message(&map(vec![load(Index::axis(0)), (Inst::Unary(Unary::Neg, Var(7)), DType::F64)])));
}

#[test]
fn instructions_have_the_dtypes_of_their_operands() {
    insta::assert_snapshot!(message(&map(vec![load(Index::axis(0)), (Inst::Unary(Unary::IsNan, Var(0)), DType::F64)])));
}

#[test]
fn params_have_their_dtype() {
    insta::assert_snapshot!(message(&map(vec![load(Index::axis(0)), (Inst::Param(0), DType::F64)])));
}

#[test]
fn stores_yield_an_instruction_that_exists() {
    let store = Region { extents: [4].into(), body: vec![load(Index::axis(0))], result: Var(1) };
    insta::assert_snapshot!(message(&kernel(Anchor::Map, vec![], vec![], vec![store])));
}

#[test]
fn loads_yield_an_instruction_that_exists() {
    let load = Region { extents: [4].into(), body: vec![load(Index::axis(0))], result: Var(1) };
    let store = region(&[], vec![(Inst::Anchor, DType::F64)]);
    insta::assert_snapshot!(message(&kernel(sum(), vec![load], vec![], vec![store])));
}

#[test]
fn maps_have_no_anchor() {
    let body = vec![load(Index::axis(0)), (Inst::Anchor, DType::F64)];
    insta::assert_snapshot!(message(&map(body)));
}

#[test]
fn anchors_have_the_type_of_what_makes_them() {
    let store = region(&[4], vec![(Inst::Anchor, DType::F64)]);
    insta::assert_snapshot!(message(&kernel(sum(), vec![plain()], vec![], vec![store])));
}

#[test]
fn reductions_have_a_load() {
    insta::assert_snapshot!(message(&kernel(sum(), vec![], vec![], vec![plain()])));
}

#[test]
fn reductions_have_no_second_load() {
    insta::assert_snapshot!(message(&kernel(sum(), vec![plain(), plain()], vec![], vec![plain()])));
}

#[test]
fn every_transform_has_a_region_before_it() {
    let line = Line { kind: FftKind::Forward, axis: FftAxis::whole(FftKind::Forward, 0, 4) };
    let first = region(&[4], vec![load(Index::axis(0)), (Inst::Cast(Var(0)), DType::C128)]);
    let store = region(&[4], vec![(Inst::Anchor, DType::C128), (Inst::Unary(Unary::Real, Var(0)), DType::F64)]);
    insta::assert_snapshot!(message(&kernel(Anchor::Lines(vec![line, line]), vec![first], vec![], vec![store])));
}

#[test]
fn fused_graphs_hold_no_loose_ops() {
    let graph = with(Op::Unary(Unary::Exp), &[MINUS], &[f64s(&[4])]);
    assert_eq!(verify(&graph), Ok(()));
    insta::assert_snapshot!(verify_fused(&graph).expect_err("neg is loose").to_string());
}
