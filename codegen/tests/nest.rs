//! Nests of telling kernels: their text in snapshots, their values against each region evaluated element by element.

use num_complex::Complex64;
use ondine_codegen::cpu::{Key, clif, listing};
use ondine_codegen::cuda::{self, Kernel};
use ondine_codegen::nest::{At, Frame, Interpreter, Lanes, Layout, Layouts, Loops, Memory, Nest, Storage, lower};
use ondine_ir::{
    Binary, Bound, DType, Index, Inst, ReduceKind, Region, RegionBuilder, Scalar, Shape, Type, Unary, Var, View, Window,
};

/// Operands and results in plain vectors; every read and write is checked.
struct Slices {
    operands: Vec<Vec<u8>>,
    results: Vec<Vec<u8>>,
}

fn element<T: bytemuck::Pod>(bytes: &[u8], offset: i64) -> T {
    let at = usize::try_from(offset).expect("no offset is negative") * size_of::<T>();
    bytemuck::pod_read_unaligned(&bytes[at..at + size_of::<T>()])
}

impl Storage for Slices {
    fn load<T: bytemuck::Pod>(&self, memory: Memory, at: At, lanes: Lanes, out: &mut [T]) {
        let Memory::Operand(operand) = memory else { panic!("maps read operands only") };
        for (lane, out) in out.iter_mut().enumerate() {
            let (row, col) = ((lane / lanes.cols) as i64, (lane % lanes.cols) as i64);
            *out = element(&self.operands[operand as usize], at.offset + at.row * row + at.col * col);
        }
    }

    fn gather<T: bytemuck::Pod>(&self, memory: Memory, offsets: &[i64], mask: Option<&[u8]>, out: &mut [T]) {
        let Memory::Operand(operand) = memory else { panic!("maps read operands only") };
        for (lane, (out, offset)) in out.iter_mut().zip(offsets).enumerate() {
            if mask.is_none_or(|mask| mask[lane] != 0) {
                *out = element(&self.operands[operand as usize], *offset);
            }
        }
    }

    fn store<T: bytemuck::Pod>(&mut self, memory: Memory, at: At, lanes: Lanes, values: &[T]) {
        let Memory::Result(result) = memory else { panic!("only results are written") };
        for (lane, value) in values.iter().enumerate() {
            let (row, col) = ((lane / lanes.cols) as i64, (lane % lanes.cols) as i64);
            let to = usize::try_from(at.offset + at.row * row + at.col * col).expect("no offset is negative");
            self.results[result as usize][to * size_of::<T>()..][..size_of::<T>()]
                .copy_from_slice(bytemuck::bytes_of(value));
        }
    }
}

/// The value of a region at one point, from `f64` parts; enough for the ops of these tests.
fn evaluate(region: &Region, point: &[i64], operands: &[(Type, Vec<u8>)], params: &[Scalar]) -> Scalar {
    let mut values: Vec<Scalar> = Vec::new();
    for (inst, dtype) in &region.body {
        let of = |var: &Var| values[var.0 as usize].to_complex();
        let inside =
            |domain: &[Bound]| domain.iter().all(|bound| (bound.start..bound.end).contains(&bound.index.at(point)));
        let value = match inst {
            Inst::Load { operand, index, within, otherwise } => {
                let (ty, bytes) = &operands[*operand as usize];
                if !inside(within) {
                    values.push(*otherwise);
                    continue;
                }
                let strides = ty.shape.strides();
                let offset: i64 = index.iter().zip(&strides).map(|(index, stride)| index.at(point) * stride).sum();
                values.push(Scalar::from_bytes(*dtype, &bytes[offset as usize * dtype.bytes()..]));
                continue;
            }
            Inst::Index(index) => {
                values.push(Scalar::from_i128(*dtype, index.at(point) as i128));
                continue;
            }
            Inst::Inside(domain) => {
                values.push(Scalar::bool(inside(domain)));
                continue;
            }
            Inst::Literal(scalar) => {
                values.push(*scalar);
                continue;
            }
            Inst::Param(slot) => {
                values.push(params[*slot as usize]);
                continue;
            }
            Inst::Select(c, a, b) => {
                let taken = if of(c).re != 0.0 { a } else { b };
                values.push(values[taken.0 as usize]);
                continue;
            }
            Inst::Cast(a) => of(a),
            Inst::Unary(Unary::Real, a) => of(a).re.into(),
            Inst::Unary(Unary::Conj, a) => of(a).conj(),
            Inst::Unary(Unary::Neg, a) => -of(a),
            Inst::Binary(Binary::Add, a, b) => of(a) + of(b),
            Inst::Binary(Binary::Sub, a, b) => of(a) - of(b),
            Inst::Binary(Binary::Mul, a, b) => match values[b.0 as usize].dtype().is_complex() {
                true => of(a) * of(b),
                false => of(a) * of(b).re,
            },
            inst => panic!("these tests do not use {inst:?}"),
        };
        values.push(Scalar::from_complex(*dtype, value));
    }
    values[region.result.0 as usize]
}

fn points(extents: &Shape) -> Vec<Vec<i64>> {
    let strides = extents.strides();
    let point = |flat: usize| {
        extents.iter().zip(&strides).map(|(&extent, stride)| (flat as i64 / stride) % extent as i64).collect()
    };
    (0..extents.elements()).map(point).collect()
}

/// Lowers, compares text with its snapshot and values with the definition: whole, and in boxes.
fn check(name: &str, operands: &[Type], regions: &[Region], params: &[Scalar]) -> Nest {
    let layouts: Vec<Layout> = operands.iter().map(|ty| Layout::dense(&ty.shape)).collect();
    let results: Vec<Layout> = regions.iter().map(|region| Layout::dense(&region.extents)).collect();
    let references: Vec<&Region> = regions.iter().collect();
    let nest = lower(&references, &Layouts { operands: &layouts, anchor: None, results: &results });
    insta::assert_snapshot!(name, nest);
    check_clif(name, &nest);
    check_cuda(name, &nest);
    let data: Vec<(Type, Vec<u8>)> = operands
        .iter()
        .map(|ty| {
            let value = |at: usize| Complex64::new((at * 37 % 101) as f64 - 50.0, (at * 53 % 89) as f64 - 44.0);
            let bytes = (0..ty.shape.elements())
                .flat_map(|at| Scalar::from_complex(ty.dtype, value(at)).to_bytes()[..ty.dtype.bytes()].to_vec());
            (ty.clone(), bytes.collect())
        })
        .collect();
    let whole = Frame::whole(&nest.extents);
    for elements in [usize::MAX, 300, 7] {
        let mut slices = Slices {
            operands: data.iter().map(|(_, bytes)| bytes.clone()).collect(),
            results: regions
                .iter()
                .map(|region| vec![0xEE; region.extents.elements() * region.dtype().bytes()])
                .collect(),
        };
        let mut interpreter = Interpreter::new();
        for frame in whole.chunks(elements) {
            interpreter.run(&nest, &frame, params, &mut slices);
        }
        for (region, result) in regions.iter().zip(&slices.results) {
            let size = region.dtype().bytes();
            for (at, point) in points(&region.extents).iter().enumerate() {
                let got = Scalar::from_bytes(region.dtype(), &result[at * size..]);
                assert_eq!(got, evaluate(region, point, &data, params), "at {point:?} in chunks of {elements}\n{nest}");
            }
        }
    }
    nest
}

/// Compares the code of every kernel of a nest with its snapshot, on machines that have the code generator.
fn check_clif(name: &str, nest: &Nest) {
    let whole = Frame::whole(&nest.extents);
    let mut keys: Vec<Key> = Vec::new();
    for part in &nest.parts {
        let loops = part.blocks.iter().filter_map(|block| Loops::new(part, block, &whole));
        for key in loops.map(|loops| Key::new(part, &loops)) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    let texts = keys.iter().map(|key| Some(format!("{:?}\n{}{}", key.classes, key.body, clif(key)?)));
    if let Some(texts) = texts.collect::<Option<Vec<String>>>() {
        insta::assert_snapshot!(format!("clif__{name}"), texts.join("\n"));
    }
    if matches!(name, "contiguous_chain" | "complex_and_real") {
        let texts =
            keys.iter().map(|key| format!("{:?}\n{}{}", key.classes, key.body, listing(key).expect("no op is new")));
        insta::assert_snapshot!(format!("wide__{name}"), texts.collect::<Vec<String>>().join("\n"));
    }
}

/// Compares the CUDA C++ of every kernel of a nest with its snapshot.
fn check_cuda(name: &str, nest: &Nest) {
    let mut kernels: Vec<Kernel> = Vec::new();
    for launch in cuda::launches(nest, None, false, &|_| 0) {
        let kernel = Kernel::Map(launch.key);
        if !kernels.contains(&kernel) {
            kernels.push(kernel);
        }
    }
    let texts: Vec<String> = kernels.iter().map(Kernel::text).collect();
    insta::assert_snapshot!(format!("cuda__{name}"), texts.join("\n"));
}

fn load(builder: &mut RegionBuilder, operand: u32, dtype: DType, index: Vec<Index>) -> Var {
    load_where(builder, operand, dtype, index, vec![], 0.0)
}

fn load_where(
    builder: &mut RegionBuilder,
    operand: u32,
    dtype: DType,
    index: Vec<Index>,
    within: Vec<Bound>,
    otherwise: f64,
) -> Var {
    let otherwise = Scalar::from_f64(dtype, otherwise);
    builder.push(Inst::Load { operand, index, within, otherwise }, dtype)
}

fn ij() -> (Index, Index) {
    (Index::axis(0), Index::axis(1))
}

#[test]
fn contiguous_chain() {
    let mut builder = RegionBuilder::new([40, 30].into());
    let a = load(&mut builder, 0, DType::F64, Index::identity(2));
    let b = load(&mut builder, 1, DType::F64, Index::identity(2));
    let product = builder.push(Inst::Binary(Binary::Mul, a, b), DType::F64);
    let scale = builder.push(Inst::Literal(Scalar::from_f64(DType::F64, 2.5)), DType::F64);
    let scaled = builder.push(Inst::Binary(Binary::Mul, product, scale), DType::F64);
    let param = builder.push(Inst::Param(0), DType::F64);
    let sum = builder.push(Inst::Binary(Binary::Add, scaled, param), DType::F64);
    let ty = Type::new(DType::F64, [40, 30]);
    check("contiguous_chain", &[ty.clone(), ty], &[builder.finish(sum)], &[Scalar::from_f64(DType::F64, 0.75)]);
}

#[test]
fn broadcast() {
    let mut builder = RegionBuilder::new([20, 30].into());
    let (i, j) = ij();
    let column = load(&mut builder, 0, DType::F32, vec![i, Index::constant(0)]);
    let row = load(&mut builder, 1, DType::F32, vec![j]);
    let sum = builder.push(Inst::Binary(Binary::Add, column, row), DType::F32);
    let operands = [Type::new(DType::F32, [20, 1]), Type::new(DType::F32, [30])];
    check("broadcast", &operands, &[builder.finish(sum)], &[]);
}

#[test]
fn rolled_mask() {
    let shape = Shape::from([24, 32]);
    let mut builder = RegionBuilder::new(shape.clone());
    let (i, j) = ij();
    let x = load(&mut builder, 0, DType::C128, vec![i.clone(), j.clone()]);
    let domain = vec![Bound::new(i.plus(12).rem(24, &shape), 9, 15), Bound::new(j.plus(16).rem(32, &shape), 12, 20)];
    let inside = builder.push(Inst::Inside(domain), DType::Bool);
    let zero = builder.push(Inst::Literal(Scalar::zero(DType::C128)), DType::C128);
    let kept = builder.push(Inst::Select(inside, zero, x), DType::C128);
    let rest = builder.push(Inst::Binary(Binary::Sub, x, kept), DType::C128);
    check("rolled_mask", &[Type::new(DType::C128, shape)], &[builder.finish(rest)], &[]);
}

#[test]
fn pad() {
    let mut builder = RegionBuilder::new([9, 12].into());
    let (i, j) = ij();
    let within = vec![Bound::new(i.clone(), 2, 7), Bound::new(j.clone(), 3, 11)];
    let x = load_where(&mut builder, 0, DType::I16, vec![i.plus(-2), j.plus(-3)], within, 7.0);
    let twice = builder.push(Inst::Binary(Binary::Add, x, x), DType::I16);
    check("pad", &[Type::new(DType::I16, [5, 8])], &[builder.finish(twice)], &[]);
}

#[test]
fn concat() {
    let mut builder = RegionBuilder::new([4, 11].into());
    let (i, j) = ij();
    let first = vec![Bound::new(j.clone(), 0, 5)];
    let inside = builder.push(Inst::Inside(first.clone()), DType::Bool);
    let a = load_where(&mut builder, 0, DType::F32, vec![i.clone(), j.clone()], first, 0.0);
    let second = vec![Bound::new(j.clone(), 5, 11)];
    let b = load_where(&mut builder, 1, DType::F32, vec![i, j.plus(-5)], second, 0.0);
    let both = builder.push(Inst::Select(inside, a, b), DType::F32);
    let operands = [Type::new(DType::F32, [4, 5]), Type::new(DType::F32, [4, 6])];
    check("concat", &operands, &[builder.finish(both)], &[]);
}

#[test]
fn update_of_a_strided_window() {
    let shape = Shape::from([12, 300]);
    let window = Window { start: 4, step: 3, extent: 90 };
    let mut builder = RegionBuilder::new(shape.clone());
    let (i, j) = ij();
    let base = load(&mut builder, 0, DType::F64, vec![i.clone(), j.clone()]);
    // Inside the window: between its ends, and at a multiple of its step.
    let along = j.plus(-(window.start as i64));
    let at = along.div(window.step as i64, &shape);
    let domain = vec![
        Bound::new(along.clone(), 0, (window.extent * window.step) as i64 - 2),
        Bound::new(along.rem(window.step as i64, &shape), 0, 1),
    ];
    let inside = builder.push(Inst::Inside(domain.clone()), DType::Bool);
    let value = load_where(&mut builder, 1, DType::F64, vec![i, at], domain, 0.0);
    let updated = builder.push(Inst::Select(inside, value, base), DType::F64);
    let operands = [Type::new(DType::F64, shape), Type::new(DType::F64, [12, 90])];
    check("update_of_a_strided_window", &operands, &[builder.finish(updated)], &[]);
}

#[test]
fn reversed_and_transposed() {
    let mut builder = RegionBuilder::new([50, 70].into());
    let (i, j) = ij();
    let reversed = load(&mut builder, 0, DType::F64, vec![i.times(-1).plus(49), j.times(-1).plus(69)]);
    let transposed = load(&mut builder, 1, DType::F64, vec![j, i]);
    let sum = builder.push(Inst::Binary(Binary::Add, reversed, transposed), DType::F64);
    let operands = [Type::new(DType::F64, [50, 70]), Type::new(DType::F64, [70, 50])];
    check("reversed_and_transposed", &operands, &[builder.finish(sum)], &[]);
}

#[test]
fn complex_and_real() {
    let mut builder = RegionBuilder::new([3, 5, 2].into());
    let z = load(&mut builder, 0, DType::C64, Index::identity(3));
    let s = load(&mut builder, 1, DType::F32, vec![Index::axis(1)]);
    let scaled = builder.push(Inst::Binary(Binary::Mul, z, s), DType::C64);
    let conj = builder.push(Inst::Unary(Unary::Conj, scaled), DType::C64);
    let product = builder.push(Inst::Binary(Binary::Mul, conj, z), DType::C64);
    let real = builder.push(Inst::Unary(Unary::Real, product), DType::F32);
    let operands = [Type::new(DType::C64, [3, 5, 2]), Type::new(DType::F32, [5])];
    check("complex_and_real", &operands, &[builder.finish(real)], &[]);
}

#[test]
fn odd_reshape_is_a_gather() {
    let (source, shape) = (Shape::from([8, 15]), Shape::from([5, 24]));
    let view = View::Reshape(shape.clone());
    let turned = Shape::from([15, 8]);
    let permuted = ondine_ir::Affine::permute(&turned, &[1, 0]);
    let index = view.source(&source, &Index::identity(2), &shape);
    let index = View::Affine(permuted).source(&turned, &index, &shape);
    let mut builder = RegionBuilder::new(shape);
    let x = load(&mut builder, 0, DType::I32, index);
    let negative = builder.push(Inst::Unary(Unary::Neg, x), DType::I32);
    check("odd_reshape_is_a_gather", &[Type::new(DType::I32, turned)], &[builder.finish(negative)], &[]);
}

#[test]
fn several_stores_share_their_work() {
    let shape = Shape::from([600]);
    let mut regions = Vec::new();
    for part in [Binary::Add, Binary::Sub] {
        let mut builder = RegionBuilder::new(shape.clone());
        let x = load(&mut builder, 0, DType::F64, Index::identity(1));
        let square = builder.push(Inst::Binary(Binary::Mul, x, x), DType::F64);
        let position = builder.push(Inst::Index(Index::axis(0)), DType::I64);
        let position = builder.push(Inst::Cast(position), DType::F64);
        let result = builder.push(Inst::Binary(part, square, position), DType::F64);
        regions.push(builder.finish(result));
    }
    check("several_stores_share_their_work", &[Type::new(DType::F64, shape)], &regions, &[]);
}

#[test]
fn a_bound_across_axes_is_a_mask() {
    let shape = Shape::from([20, 20]);
    let (i, j) = ij();
    let mut builder = RegionBuilder::new(shape.clone());
    let diagonal = vec![Bound::new(i.add(&j.times(-1)), 0, 20)];
    let x = load_where(&mut builder, 0, DType::F64, vec![i.add(&j.times(-1)), j], diagonal, -2.0);
    check("a_bound_across_axes_is_a_mask", &[Type::new(DType::F64, shape)], &[builder.finish(x)], &[]);
}

#[test]
fn a_load_region_of_a_reduction_fills_its_slab() {
    // Accumulators lie across lanes when the last axis is reduced, in rows when the first one is: only strides differ.
    for (name, strides) in [("reduce_inner", [64, 1]), ("reduce_outer", [1, 32])] {
        let mut builder = RegionBuilder::new([32, 64].into());
        let (i, j) = ij();
        let operand = if name == "reduce_inner" { vec![i, j] } else { vec![j, i] };
        let shape: [usize; 2] = if name == "reduce_inner" { [32, 64] } else { [64, 32] };
        let x = load(&mut builder, 0, DType::F32, operand);
        let square = builder.push(Inst::Binary(Binary::Mul, x, x), DType::F32);
        let region = builder.finish(square);
        let operands = [Layout::dense(&shape.into())];
        let results = [Layout::new(strides)];
        let nest = lower(&[&region], &Layouts { operands: &operands, anchor: None, results: &results });
        insta::assert_snapshot!(name, nest);
        let (launch, outputs) = cuda::fold(&nest, &[0], &[1]).expect("the nest is one block");
        let is_across = launch.is_contiguous_across(outputs);
        assert_eq!(is_across, name == "reduce_outer");
        let kind = ReduceKind::Sum;
        let fold = cuda::Fold { key: launch.key, outputs, kind, dtype: DType::F32, is_across };
        insta::assert_snapshot!(format!("cuda__{name}"), Kernel::Fold(fold).text());
    }
}

#[test]
fn bodies_do_not_depend_on_extents_or_scalars() {
    let nest = |extent: usize, factor: f64| {
        let mut builder = RegionBuilder::new([extent].into());
        let x = load(&mut builder, 0, DType::F64, vec![Index::axis(0).plus(3).rem(extent as i64, &[extent])]);
        let factor = builder.push(Inst::Literal(Scalar::from_f64(DType::F64, factor)), DType::F64);
        let scaled = builder.push(Inst::Binary(Binary::Mul, x, factor), DType::F64);
        let region = builder.finish(scaled);
        let layout = [Layout::new([1])];
        lower(&[&region], &Layouts { operands: &layout, anchor: None, results: &layout })
    };
    let (a, b) = (nest(10, 2.5), nest(1000, 3.5));
    assert_eq!((a.parts.len(), a.parts[0].blocks.len()), (1, 2));
    assert_eq!(a.parts[0].body, b.parts[0].body);
}
