//! Kernels of both generators on one thread: registers of 512 bits beside those of 128, the same bodies on the same memory.
//!
//! `cargo bench --bench kernels [-- name..]`, on a processor with AVX-512.

#[path = "common/mod.rs"]
mod common;

use common::{row, time, wants};
use ondine_codegen::cpu::{Generator, Kernel, Key};
use ondine_codegen::nest::{ACCUMULATORS, Frame, Layout, Layouts, Loops, Memory, Nest, lower};
use ondine_ir::{Binary, DType, Index, Inst, ReduceKind, RegionBuilder, Scalar, Unary, Var};
use std::hint::black_box;

type Formula = fn(&mut RegionBuilder, &[Var], DType) -> Var;

/// What is measured: a name, the dtypes of the operands and of the formula, the formula, and how its values are folded.
struct Case {
    name: &'static str,
    operands: &'static [DType],
    dtype: DType,
    formula: Formula,
    fold: Option<ReduceKind>,
}

const fn case(name: &'static str, operands: &'static [DType], formula: Formula) -> Case {
    Case { name, operands, dtype: operands[0], formula, fold: None }
}

use DType::{Bool, C64, C128, F32, F64, I32};

const CASES: [Case; 11] = [
    case("chain_f64", &[F64; 3], chain),
    case("chain_f32", &[F32; 3], chain),
    case("polynomial_f64", &[F64; 2], polynomial),
    case("product_c128", &[C128; 2], |builder, vars, dtype| binary(builder, Binary::Mul, vars[0], vars[1], dtype)),
    case("product_c64", &[C64; 2], |builder, vars, dtype| binary(builder, Binary::Mul, vars[0], vars[1], dtype)),
    case("scaled_c128", &[C128, F64], |builder, vars, dtype| binary(builder, Binary::Mul, vars[0], vars[1], dtype)),
    case("clamp_f64", &[F64; 3], |builder, vars, dtype| {
        let low = binary(builder, Binary::Max, vars[0], vars[1], dtype);
        binary(builder, Binary::Min, low, vars[2], dtype)
    }),
    case("where_f32", &[F32; 2], |builder, vars, dtype| {
        let less = binary(builder, Binary::Lt, vars[0], vars[1], Bool);
        let twice = binary(builder, Binary::Add, vars[0], vars[0], dtype);
        builder.push(Inst::Select(less, twice, vars[1]), dtype)
    }),
    Case { dtype: F32, ..case("convert_i32", &[I32], |builder, vars, _| builder.push(Inst::Cast(vars[0]), F32)) },
    Case { fold: Some(ReduceKind::Sum), ..case("sum_f64", &[F64], |_, vars, _| vars[0]) },
    Case { fold: Some(ReduceKind::Min), ..case("min_f64", &[F64], |_, vars, _| vars[0]) },
];

fn binary(builder: &mut RegionBuilder, op: Binary, x: Var, y: Var, dtype: DType) -> Var {
    builder.push(Inst::Binary(op, x, y), dtype)
}

/// `a*b + c*c - 2a/(b+1)`.
fn chain(builder: &mut RegionBuilder, vars: &[Var], dtype: DType) -> Var {
    let (product, square) =
        (binary(builder, Binary::Mul, vars[0], vars[1], dtype), binary(builder, Binary::Mul, vars[2], vars[2], dtype));
    let sum = binary(builder, Binary::Add, product, square, dtype);
    let [one, two] = [1.0, 2.0].map(|value| builder.push(Inst::Literal(Scalar::from_f64(dtype, value)), dtype));
    let (twice, more) =
        (binary(builder, Binary::Mul, two, vars[0], dtype), binary(builder, Binary::Add, vars[1], one, dtype));
    let quotient = binary(builder, Binary::Div, twice, more, dtype);
    binary(builder, Binary::Sub, sum, quotient, dtype)
}

/// Of degree 10, times another number, and the absolute value of that.
fn polynomial(builder: &mut RegionBuilder, vars: &[Var], dtype: DType) -> Var {
    let mut value = vars[0];
    for term in 0..10 {
        let factor = builder.push(Inst::Literal(Scalar::from_f64(dtype, 0.5 + term as f64)), dtype);
        let product = binary(builder, Binary::Mul, value, vars[0], dtype);
        value = binary(builder, Binary::Add, product, factor, dtype);
    }
    let product = binary(builder, Binary::Mul, value, vars[1], dtype);
    builder.push(Inst::Unary(Unary::Abs, product), dtype)
}

/// A case over one row.
fn nest(case: &Case, count: usize) -> Nest {
    let mut builder = RegionBuilder::new([count].into());
    let vars: Vec<Var> = (0..)
        .zip(case.operands)
        .map(|(operand, dtype)| {
            let otherwise = Scalar::zero(*dtype);
            builder.push(Inst::Load { operand, index: Index::identity(1), within: vec![], otherwise }, *dtype)
        })
        .collect();
    let value = (case.formula)(&mut builder, &vars, case.dtype);
    let region = builder.finish(value);
    let operands: Vec<Layout> = case.operands.iter().map(|_| Layout::new([1])).collect();
    let results = [Layout::new([if case.fold.is_some() { 0 } else { 1 }])];
    lower(&[&region], &Layouts { operands: &operands, anchor: None, results: &results })
}

/// Seconds of one run of a kernel by a generator.
fn measure(case: &Case, generator: Generator, count: usize) -> Result<f64, String> {
    let nest = nest(case, count);
    let part = &nest.parts[0];
    let loops = Loops::new(part, &part.blocks[0], &Frame::whole(&nest.extents)).expect("there are elements");
    let kernel = Kernel::by(generator, &Key { fold: case.fold, ..Key::new(part, &loops) })?;
    let memory = |bytes: usize| vec![[0x3ff8_0000_3fc0_0000u64; 2]; bytes.div_ceil(16)];
    let operands: Vec<Vec<[u64; 2]>> = case.operands.iter().map(|dtype| memory(count * dtype.bytes())).collect();
    let mut result = memory(ACCUMULATORS.max(count * case.dtype.bytes()));
    let starts: Vec<*mut u8> = operands.iter().map(|operand| operand.as_ptr().cast_mut().cast()).collect();
    let to: *mut u8 = result.as_mut_ptr().cast();
    let address = |memory: Memory, _| if let Memory::Operand(at) = memory { starts[at as usize] } else { to };
    Ok(time(1001, || {
        // SAFETY: the kernel of these loops; all memory has as many elements as they touch.
        unsafe { kernel.run(part, &part.blocks[0], &loops, &[], &address) };
        black_box(&result);
    }))
}

fn main() -> Result<(), String> {
    for case in &CASES {
        for (size, count) in [("1e3", 1000), ("1e4", 10_000)] {
            let name = format!("{}_{size}", case.name);
            if !wants(&name) {
                continue;
            }
            let (wide, narrow) = (measure(case, Generator::Wide, count)?, measure(case, Generator::Narrow, count)?);
            row(&format!("{name}_wide"), wide * 1e9 / count as f64, "ns an element");
            row(&format!("{name}_gain"), narrow / wide, "x the speed of 128 bits");
        }
    }
    Ok(())
}
