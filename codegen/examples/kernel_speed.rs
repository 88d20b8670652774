//! How fast kernels are beside the interpreter and beside plain loops, on one thread: `cargo run --release --example
//! kernel_speed`. Times are medians of interleaved runs.

use bytemuck::Pod;
use ondine_codegen::cpu::{Cache, Key};
use ondine_codegen::nest::{At, Frame, Interpreter, Lanes, Layout, Layouts, Loops, Memory, Storage, lower};
use ondine_ir::{Binary, DType, Index, Inst, RegionBuilder, Scalar, Unary, Var};
use std::hint::black_box;
use std::time::Instant;

/// Vectors of `f64`, read and written in runs.
struct Vectors {
    operands: Vec<Vec<f64>>,
    result: Vec<f64>,
}

impl Storage for Vectors {
    fn load<T: Pod>(&self, memory: Memory, at: At, lanes: Lanes, out: &mut [T]) {
        let Memory::Operand(operand) = memory else { unreachable!("maps read operands") };
        let from = &self.operands[operand as usize][at.offset as usize..][..lanes.count()];
        out.copy_from_slice(bytemuck::cast_slice(from));
    }

    fn gather<T: Pod>(&self, _: Memory, _: &[i64], _: Option<&[u8]>, _: &mut [T]) {
        unreachable!("nothing is gathered")
    }

    fn store<T: Pod>(&mut self, _: Memory, at: At, lanes: Lanes, values: &[T]) {
        self.result[at.offset as usize..][..lanes.count()].copy_from_slice(bytemuck::cast_slice(values));
    }
}

type Formula = fn(&mut RegionBuilder, &[Var]) -> Var;

fn arithmetic(builder: &mut RegionBuilder, vars: &[Var]) -> Var {
    let mut op = |op, x, y| builder.push(Inst::Binary(op, x, y), DType::F64);
    let (product, square) = (op(Binary::Mul, vars[0], vars[1]), op(Binary::Mul, vars[2], vars[2]));
    let sum = op(Binary::Add, product, square);
    let two = builder.push(Inst::Literal(Scalar::from_f64(DType::F64, 2.0)), DType::F64);
    let one = builder.push(Inst::Literal(Scalar::from_f64(DType::F64, 1.0)), DType::F64);
    let mut op = |op, x, y| builder.push(Inst::Binary(op, x, y), DType::F64);
    let (twice, more) = (op(Binary::Mul, two, vars[0]), op(Binary::Add, vars[1], one));
    let quotient = op(Binary::Div, twice, more);
    op(Binary::Sub, sum, quotient)
}

fn transcendental(builder: &mut RegionBuilder, vars: &[Var]) -> Var {
    let (a, b) = (vars[0], vars[1]);
    let one = builder.push(Inst::Literal(Scalar::from_f64(DType::F64, 1.0)), DType::F64);
    let unary = |builder: &mut RegionBuilder, op, x| builder.push(Inst::Unary(op, x), DType::F64);
    let binary = |builder: &mut RegionBuilder, op, x, y| builder.push(Inst::Binary(op, x, y), DType::F64);
    let (sine, fall) = (unary(builder, Unary::Sin, a), unary(builder, Unary::Neg, b));
    let fall = unary(builder, Unary::Exp, fall);
    let first = binary(builder, Binary::Mul, sine, fall);
    let (aa, bb) = (binary(builder, Binary::Mul, a, a), binary(builder, Binary::Mul, b, b));
    let norm = binary(builder, Binary::Add, aa, bb);
    let (norm, cosine) = (unary(builder, Unary::Sqrt, norm), unary(builder, Unary::Cos, b));
    let second = binary(builder, Binary::Mul, norm, cosine);
    let more = binary(builder, Binary::Add, a, one);
    let third = unary(builder, Unary::Log, more);
    let sum = binary(builder, Binary::Add, first, second);
    binary(builder, Binary::Add, sum, third)
}

fn measure(name: &str, formula: Formula, operands: usize, count: usize, plain: impl Fn(&[Vec<f64>], &mut [f64])) {
    let mut builder = RegionBuilder::new([count].into());
    let vars: Vec<Var> = (0..operands as u32)
        .map(|operand| {
            let index = Index::identity(1);
            let load = Inst::Load { operand, index, within: vec![], otherwise: Scalar::zero(DType::F64) };
            builder.push(load, DType::F64)
        })
        .collect();
    let result = formula(&mut builder, &vars);
    let region = builder.finish(result);
    let layouts: Vec<Layout> = (0..operands).map(|_| Layout::new([1])).collect();
    let nest = lower(&[&region], &Layouts { operands: &layouts, anchor: None, results: &layouts[..1] });
    let (part, whole) = (&nest.parts[0], Frame::whole(&nest.extents));
    let value = |operand: usize, at: usize| ((at * 37 + operand * 11) % 1009) as f64 / 1009.0 + 0.25;
    let mut vectors = Vectors {
        operands: (0..operands).map(|operand| (0..count).map(|at| value(operand, at)).collect()).collect(),
        result: vec![0.0; count],
    };
    let loops = Loops::new(part, &part.blocks[0], &whole).expect("the box is not empty");
    let key = Key::new(part, &loops);
    let mut compile: Vec<f64> = (0..21)
        .map(|_| {
            let cache = Cache::default();
            let start = Instant::now();
            black_box(cache.get(&key));
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    let Some(kernel) = Cache::shared().get(&key) else { return println!("no kernels on this machine") };
    let mut interpreter = Interpreter::new();
    let repeats = (20_000_000 / count).clamp(7, 301);
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..repeats {
        let start = Instant::now();
        let addresses: Vec<*mut u8> = vectors.operands.iter_mut().map(|operand| operand.as_mut_ptr().cast()).collect();
        let result: *mut u8 = vectors.result.as_mut_ptr().cast();
        let address = |memory: Memory, _| match memory {
            Memory::Operand(operand) => addresses[operand as usize],
            _ => result,
        };
        // SAFETY: the kernel of these loops; every vector has as many elements as they touch.
        unsafe { kernel.run(part, &part.blocks[0], &loops, &[], &address) };
        times[0].push(start.elapsed().as_secs_f64() * 1e6);
        let start = Instant::now();
        interpreter.run(&nest, &whole, &[], &mut vectors);
        times[1].push(start.elapsed().as_secs_f64() * 1e6);
        let start = Instant::now();
        let Vectors { operands, result } = &mut vectors;
        plain(operands, result);
        times[2].push(start.elapsed().as_secs_f64() * 1e6);
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let [compiled, interpreted, rust] = &mut times;
    let (compiled, interpreted, rust) = (median(compiled), median(interpreted), median(rust));
    println!(
        "{name} {count}: compiled {compiled:.1} us, interpreted {interpreted:.1} us ({:.2}x), plain Rust {rust:.1} us ({:.2}x); compiling {:.3} ms",
        interpreted / compiled,
        rust / compiled,
        median(&mut compile)
    );
}

fn main() {
    for count in [100, 10_000, 1_000_000, 20_000_000] {
        measure("a*b + c*c - 2a/(b+1)", arithmetic, 3, count, |operands, result| {
            let [a, b, c] = operands else { unreachable!("three operands") };
            for (result, ((a, b), c)) in result.iter_mut().zip(a.iter().zip(b).zip(c)) {
                *result = a * b + c * c - 2.0 * a / (b + 1.0);
            }
        });
    }
    for count in [10_000, 10_000_000] {
        measure("sin(a)exp(-b) + sqrt(aa+bb)cos(b) + log(a+1)", transcendental, 2, count, |operands, result| {
            let [a, b] = operands else { unreachable!("two operands") };
            for (result, (a, b)) in result.iter_mut().zip(a.iter().zip(b)) {
                *result = a.sin() * (-b).exp() + (a * a + b * b).sqrt() * b.cos() + (a + 1.0).ln();
            }
        });
    }
}
