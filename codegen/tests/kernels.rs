//! Compiled kernels against the interpreter, bit for bit; and the CLIF of telling ones in snapshots.

use ondine_codegen::cpu::{Generator, Kernel, Key, listing};
use ondine_codegen::nest::{
    ACCUMULATORS, At, Fold, Frame, Interpreter, Lanes, Layout, Layouts, Loops, Memory, Nest, Slab, Storage, lower,
};
use ondine_ir::{
    Binary, DType, Index, Inst, ReduceKind, Region, RegionBuilder, Scalar, Shape, Unary, Var, binary_dtype, unary_dtype,
};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

const DTYPES: [DType; 13] = [
    DType::Bool,
    DType::I8,
    DType::I16,
    DType::I32,
    DType::I64,
    DType::U8,
    DType::U16,
    DType::U32,
    DType::U64,
    DType::F32,
    DType::F64,
    DType::C64,
    DType::C128,
];

/// Operands and results in plain vectors.
#[derive(Clone)]
struct Slices {
    operands: Vec<Vec<u8>>,
    results: Vec<Vec<u8>>,
}

fn at<T>(offset: i64) -> std::ops::Range<usize> {
    let start = usize::try_from(offset).expect("no offset is negative") * size_of::<T>();
    start..start + size_of::<T>()
}

impl Storage for Slices {
    fn load<T: bytemuck::Pod>(&self, memory: Memory, place: At, lanes: Lanes, out: &mut [T]) {
        let Memory::Operand(operand) = memory else { panic!("maps read operands only") };
        for (lane, out) in out.iter_mut().enumerate() {
            let (row, col) = ((lane / lanes.cols) as i64, (lane % lanes.cols) as i64);
            let offset = place.offset + place.row * row + place.col * col;
            *out = bytemuck::pod_read_unaligned(&self.operands[operand as usize][at::<T>(offset)]);
        }
    }

    fn gather<T: bytemuck::Pod>(&self, memory: Memory, offsets: &[i64], mask: Option<&[u8]>, out: &mut [T]) {
        let Memory::Operand(operand) = memory else { panic!("maps read operands only") };
        for (lane, (out, offset)) in out.iter_mut().zip(offsets).enumerate() {
            if mask.is_none_or(|mask| mask[lane] != 0) {
                *out = bytemuck::pod_read_unaligned(&self.operands[operand as usize][at::<T>(*offset)]);
            }
        }
    }

    fn store<T: bytemuck::Pod>(&mut self, memory: Memory, place: At, lanes: Lanes, values: &[T]) {
        let Memory::Result(result) = memory else { panic!("only results are written") };
        for (lane, value) in values.iter().enumerate() {
            let (row, col) = ((lane / lanes.cols) as i64, (lane % lanes.cols) as i64);
            let offset = place.offset + place.row * row + place.col * col;
            self.results[result as usize][at::<T>(offset)].copy_from_slice(bytemuck::bytes_of(value));
        }
    }
}

/// A fixed-seed generator (xorshift64*, Vigna 2016).
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }

    fn float(&mut self) -> f64 {
        const SPECIAL: [f64; 16] = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            0.5,
            -2.5,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            3e-310,
            1e300,
            -1e-300,
            2147483648.5,
            -129.0,
            65535.5,
            9.3e18,
        ];
        match self.bits() % 4 {
            0 => SPECIAL[self.below(16)],
            1 => self.below(40) as f64 - 20.0,
            _ => (self.bits() as i64 as f64 / i64::MAX as f64) * 100.0,
        }
    }

    /// An element: often a special one.
    fn element(&mut self, dtype: DType) -> Vec<u8> {
        if dtype.is_floating() || dtype.is_complex() {
            let parts = if dtype.is_complex() { 2 } else { 1 };
            return (0..parts)
                .flat_map(|_| {
                    let scalar = Scalar::from_f64(dtype.component(), self.float());
                    scalar.to_bytes()[..dtype.component().bytes()].to_vec()
                })
                .collect();
        }
        let value = match self.bits() % 4 {
            _ if dtype == DType::Bool => (self.bits() >> 40) as i128 & 1,
            0 => self.below(9) as i128 - 4,
            1 => (1i128 << self.below(64)) - (self.bits() % 3) as i128,
            2 => self.below(70) as i128,
            _ => self.bits() as i64 as i128,
        };
        value.to_le_bytes()[..dtype.bytes()].to_vec()
    }

    fn elements(&mut self, dtype: DType, count: usize) -> Vec<u8> {
        (0..count).flat_map(|_| self.element(dtype)).collect()
    }
}

/// With one bit pattern for NaN: which operand's payload a sum hands on is the processor's affair.
fn canonical(dtype: DType, bytes: &[u8]) -> Vec<u8> {
    match dtype.component() {
        DType::F32 if !dtype.is_integer() => bytes
            .chunks_exact(4)
            .flat_map(|bytes| {
                let value: f32 = bytemuck::pod_read_unaligned(bytes);
                if value.is_nan() { f32::NAN.to_le_bytes() } else { value.to_le_bytes() }
            })
            .collect(),
        DType::F64 if !dtype.is_integer() => bytes
            .chunks_exact(8)
            .flat_map(|bytes| {
                let value: f64 = bytemuck::pod_read_unaligned(bytes);
                if value.is_nan() { f64::NAN.to_le_bytes() } else { value.to_le_bytes() }
            })
            .collect(),
        _ => bytes.to_vec(),
    }
}

/// Runs a nest by the interpreter and by every generator that takes it; those that do.
fn compare(
    what: &str,
    nest: &Nest,
    within: &Frame,
    dtypes: &[DType],
    params: &[Scalar],
    slices: &Slices,
) -> Vec<Generator> {
    let mut wanted = slices.clone();
    Interpreter::new().run(nest, within, params, &mut wanted);
    let agrees = |(generator, past_cache)| {
        agrees(what, generator, past_cache, nest, within, dtypes, params, slices, &wanted).then_some(generator)
    };
    let ways = [(Generator::Wide, true), (Generator::Wide, false), (Generator::Narrow, false)];
    let mut taken: Vec<Generator> = ways.into_iter().filter_map(agrees).collect();
    taken.dedup();
    taken
}

/// The kernel that a generator makes of a key; every body can be compiled narrow.
fn kernel(generator: Generator, key: Key) -> Option<Arc<Kernel>> {
    type Kernels = HashMap<(Generator, Key), Option<Arc<Kernel>>>;
    thread_local!(static KERNELS: RefCell<Kernels> = RefCell::default());
    let make = |(generator, key): &(Generator, Key)| match (Kernel::by(*generator, key), generator) {
        (Ok(kernel), _) => Some(Arc::new(kernel)),
        (Err(_), Generator::Wide) => None,
        (Err(reason), Generator::Narrow) => panic!("{reason}"),
    };
    KERNELS.with_borrow_mut(|kernels| {
        let name = (generator, key);
        if let Some(kernel) = kernels.get(&name) {
            return kernel.clone();
        }
        let kernel = make(&name);
        kernels.insert(name, kernel.clone());
        kernel
    })
}

/// Runs a nest by one generator and compares the results; false if it does not take the nest.
#[expect(clippy::too_many_arguments, reason = "a case and what is expected of it")]
fn agrees(
    what: &str,
    generator: Generator,
    past_cache: bool,
    nest: &Nest,
    within: &Frame,
    dtypes: &[DType],
    params: &[Scalar],
    slices: &Slices,
    wanted: &Slices,
) -> bool {
    let mut got = slices.clone();
    // Results begin on cache lines, of which some rows do.
    let aligned = |bytes: &Vec<u8>| {
        let mut lines = vec![[0u64; 8]; bytes.len().div_ceil(64) + 1];
        let start = bytemuck::cast_slice_mut::<_, u8>(&mut lines);
        let skipped = start.as_ptr().align_offset(64);
        start[skipped..][..bytes.len()].copy_from_slice(bytes);
        (lines, skipped)
    };
    let mut written: Vec<(Vec<[u64; 8]>, usize)> = got.results.iter().map(aligned).collect();
    for part in &nest.parts {
        for block in &part.blocks {
            let Some(loops) = Loops::new(part, block, within) else { continue };
            let key = Key { past_cache, ..Key::new(part, &loops) };
            let Some(kernel) = kernel(generator, key) else { return false };
            let operands: Vec<*mut u8> = got.operands.iter_mut().map(|bytes| bytes.as_mut_ptr()).collect();
            let start =
                |(lines, skipped): &mut (Vec<[u64; 8]>, usize)| lines.as_mut_ptr().cast::<u8>().wrapping_add(*skipped);
            let results: Vec<*mut u8> = written.iter_mut().map(start).collect();
            let address = |memory: Memory, _| match memory {
                Memory::Operand(operand) => operands[operand as usize],
                Memory::Result(result) => results[result as usize],
                Memory::Anchor => panic!("there is no anchor"),
            };
            // SAFETY: the kernel of these loops; the interpreter, with its checks, ran on memory of the same sizes.
            unsafe { kernel.run(part, block, &loops, params, &address) };
        }
    }
    for (bytes, (lines, skipped)) in got.results.iter_mut().zip(&written) {
        let count = bytes.len();
        bytes.copy_from_slice(&bytemuck::cast_slice(lines)[*skipped..][..count]);
    }
    for (at, dtype) in dtypes.iter().enumerate() {
        let (wanted, got) = (canonical(*dtype, &wanted.results[at]), canonical(*dtype, &got.results[at]));
        if wanted != got {
            let lane = wanted.iter().zip(&got).position(|(a, b)| a != b).expect("they differ") / dtype.bytes();
            let show = |bytes: &[u8]| Scalar::from_bytes(*dtype, &bytes[lane * dtype.bytes()..]);
            let operands: Vec<String> =
                slices.operands.iter().map(|bytes| format!("{:02x?}", &bytes[..bytes.len().min(64)])).collect();
            panic!(
                "{what}, element {lane} of result {at}: interpreted {}, {generator:?} {} ({past_cache})\n{nest}{operands:?}",
                show(&wanted),
                show(&got)
            );
        }
    }
    true
}

#[derive(Clone, Copy, Debug)]
enum Stride {
    Contiguous,
    Broadcast,
    Reversed,
    Strided,
}

const STRIDES: [Stride; 4] = [Stride::Contiguous, Stride::Broadcast, Stride::Reversed, Stride::Strided];

/// The index and the layout's stride of an operand of `count` elements along the last axis.
fn place(stride: Stride, count: usize) -> (Index, i64) {
    let axis = Index::axis(1);
    match stride {
        Stride::Contiguous => (axis, 1),
        Stride::Broadcast => (axis, 0),
        Stride::Reversed => (axis.times(-1).plus(count as i64 - 1), 1),
        Stride::Strided => (axis, 3),
    }
}

/// A region of operands with these dtypes and strides over `[rows, cols]`, lowered; the result strided or not.
fn region(
    [rows, cols]: [usize; 2],
    operands: &[(DType, Stride)],
    is_strided: bool,
    body: impl FnOnce(&mut RegionBuilder, &[Var]) -> Var,
) -> (Nest, DType) {
    let mut builder = RegionBuilder::new([rows, cols].into());
    let mut layouts = Vec::new();
    let mut vars = Vec::new();
    for (operand, (dtype, stride)) in operands.iter().enumerate() {
        let (index, step) = place(*stride, cols);
        layouts.push(Layout::new([3 * cols as i64, step]));
        let index = vec![Index::axis(0), index];
        let load = Inst::Load { operand: operand as u32, index, within: vec![], otherwise: Scalar::zero(*dtype) };
        vars.push(builder.push(load, *dtype));
    }
    let result = body(&mut builder, &vars);
    let region: Region = builder.finish(result);
    let step = if is_strided { 2 } else { 1 };
    let results = [Layout::new([2 * cols as i64, step])];
    let dtype = region.dtype();
    (lower(&[&region], &Layouts { operands: &layouts, anchor: None, results: &results }), dtype)
}

fn check(
    what: &str,
    random: &mut Random,
    extents: [usize; 2],
    operands: &[(DType, Stride)],
    is_strided: bool,
    body: impl FnOnce(&mut RegionBuilder, &[Var]) -> Var,
) {
    let (nest, dtype) = region(extents, operands, is_strided, body);
    let elements = 3 * extents[0] * extents[1].max(1);
    let slices = Slices {
        operands: operands.iter().map(|(dtype, _)| random.elements(*dtype, elements)).collect(),
        results: vec![vec![0xEE; elements * dtype.bytes()]],
    };
    let what = format!("{what} of {operands:?} over {extents:?}");
    compare(&what, &nest, &Frame::whole(&nest.extents), &[dtype], &[], &slices);
}

/// Extents with every tail, and more than one tile.
fn extents() -> Vec<[usize; 2]> {
    let mut all: Vec<[usize; 2]> = (0..=40).map(|cols| [1, cols]).collect();
    all.extend([[3, 5], [2, 33], [1, 300], [2, 521]]);
    all
}

#[test]
fn every_unary_op_on_every_dtype() {
    let mut random = Random(7);
    for (at, op) in Unary::ALL.into_iter().enumerate() {
        for dtype in DTYPES {
            let Some(to) = unary_dtype(op, dtype) else { continue };
            for extents in extents() {
                for stride in [Stride::Contiguous, STRIDES[(at + dtype as usize) % 4]] {
                    check(op.name(), &mut random, extents, &[(dtype, stride)], at % 3 == 0, |builder, vars| {
                        builder.push(Inst::Unary(op, vars[0]), to)
                    });
                }
            }
        }
    }
}

#[test]
fn every_binary_op_on_every_pair_of_dtypes() {
    let mut random = Random(8);
    for (at, op) in Binary::ALL.into_iter().enumerate() {
        for (first, second) in DTYPES.into_iter().flat_map(|first| DTYPES.map(|second| (first, second))) {
            let Some(to) = binary_dtype(op, first, second) else { continue };
            for extents in extents() {
                let other = [STRIDES[(at + first as usize) % 4], STRIDES[(at / 4 + second as usize) % 4]];
                for strides in [[Stride::Contiguous; 2], other] {
                    let operands = [(first, strides[0]), (second, strides[1])];
                    check(op.name(), &mut random, extents, &operands, at % 3 == 0, |builder, vars| {
                        builder.push(Inst::Binary(op, vars[0], vars[1]), to)
                    });
                }
            }
        }
    }
}

#[test]
fn every_cast() {
    let mut random = Random(9);
    for (from, to) in DTYPES.into_iter().flat_map(|from| DTYPES.map(|to| (from, to))) {
        for extents in extents() {
            check("cast", &mut random, extents, &[(from, Stride::Contiguous)], false, |builder, vars| {
                builder.push(Inst::Cast(vars[0]), to)
            });
        }
    }
}

#[test]
fn every_select_in_every_stride() {
    let mut random = Random(10);
    for dtype in DTYPES {
        for stride in STRIDES {
            for is_strided in [false, true] {
                for extents in extents() {
                    let operands = [(DType::Bool, stride), (dtype, stride), (dtype, Stride::Contiguous)];
                    check("select", &mut random, extents, &operands, is_strided, |builder, vars| {
                        builder.push(Inst::Select(vars[0], vars[1], vars[2]), dtype)
                    });
                }
            }
        }
    }
}

/// A value of one dtype from random ops on what there is.
fn random_body(random: &mut Random, builder: &mut RegionBuilder, vars: &[Var], dtypes: &[DType], ops: usize) -> Var {
    let mut values: Vec<(Var, DType)> = vars.iter().copied().zip(dtypes.iter().copied()).collect();
    for _ in 0..ops {
        let (a, first) = values[random.below(values.len())];
        let (b, second) = values[random.below(values.len())];
        let made = match random.below(8) {
            0 => {
                let to = DTYPES[random.below(13)];
                Some((Inst::Cast(a), to))
            }
            1 => {
                let scalar = Scalar::from_bytes(first, &{
                    let mut bytes = random.element(first);
                    bytes.resize(16, 0);
                    bytes
                });
                Some((Inst::Literal(scalar), first))
            }
            2 => {
                let other = values.iter().find(|(_, dtype)| *dtype == DType::Bool).copied();
                other.filter(|_| first == second).map(|(mask, _)| (Inst::Select(mask, a, b), first))
            }
            3 => Some((Inst::Index(Index::axis(1).times(2).add(&Index::axis(0))), DType::I64)),
            4 | 5 => {
                let op = Unary::ALL[random.below(Unary::ALL.len())];
                unary_dtype(op, first).map(|to| (Inst::Unary(op, a), to))
            }
            _ => {
                let op = Binary::ALL[random.below(Binary::ALL.len())];
                // What shows the sign of a NaN is left out.
                let op = if op == Binary::Copysign { Binary::Add } else { op };
                binary_dtype(op, first, second).map(|to| (Inst::Binary(op, a, b), to))
            }
        };
        let Some((inst, dtype)) = made else { continue };
        if matches!(inst, Inst::Unary(Unary::Signbit, _)) {
            continue;
        }
        values.push((builder.push(inst, dtype), dtype));
    }
    values.last().expect("there are operands").0
}

#[test]
fn random_bodies() {
    let mut random = Random(11);
    for case in 0..std::env::var("ONDINE_CASES").map_or(400, |text| text.parse().expect("a number")) {
        let dtypes: Vec<DType> = (0..1 + random.below(4)).map(|_| DTYPES[random.below(13)]).collect();
        let operands: Vec<(DType, Stride)> = dtypes.iter().map(|dtype| (*dtype, STRIDES[random.below(4)])).collect();
        let extents = [1 + random.below(3), [random.below(41), random.below(700)][random.below(2)]];
        let (ops, seed) = (1 + random.below(24), random.bits());
        check(&format!("case {case}"), &mut random, extents, &operands, case % 2 == 0, |builder, vars| {
            random_body(&mut Random(seed | 1), builder, vars, &dtypes, ops)
        });
    }
}

#[test]
fn transposed_rows_come_in_squares() {
    let mut random = Random(12);
    for (rows, cols) in [(16, 16), (33, 50), (5, 70)] {
        let mut builder = RegionBuilder::new([rows, cols].into());
        let load = |operand, index| Inst::Load { operand, index, within: vec![], otherwise: Scalar::zero(DType::C64) };
        let x = builder.push(load(0, vec![Index::axis(0), Index::axis(1)]), DType::C64);
        let y = builder.push(load(1, vec![Index::axis(1), Index::axis(0)]), DType::C64);
        let sum = builder.push(Inst::Binary(Binary::Mul, x, y), DType::C64);
        let region = builder.finish(sum);
        let layouts = [Layout::dense(&Shape::from([rows, cols])), Layout::dense(&Shape::from([cols, rows]))];
        let nest = lower(&[&region], &Layouts { operands: &layouts, anchor: None, results: &layouts[..1] });
        let slices = Slices {
            operands: (0..2).map(|_| random.elements(DType::C64, rows * cols)).collect(),
            results: vec![vec![0; rows * cols * 8]],
        };
        compare("transposed", &nest, &Frame::whole(&nest.extents), &[DType::C64], &[], &slices);
    }
}

#[test]
fn operands_may_be_written_over() {
    let mut random = Random(14);
    for dtype in DTYPES {
        for count in (1..40).chain([300]) {
            let operands = [(dtype, Stride::Contiguous); 2];
            let op = if dtype == DType::Bool { Binary::Xor } else { Binary::Add };
            let (nest, _) =
                region([1, count], &operands, false, |builder, v| builder.push(Inst::Binary(op, v[0], v[1]), dtype));
            let bytes = count * dtype.bytes();
            let operands = [random.elements(dtype, count), random.elements(dtype, count)];
            let mut wanted = Slices { operands: operands.to_vec(), results: vec![vec![0; bytes]] };
            let whole = Frame::whole(&nest.extents);
            Interpreter::new().run(&nest, &whole, &[], &mut wanted);
            let (part, block) = (&nest.parts[0], &nest.parts[0].blocks[0]);
            let loops = Loops::new(part, block, &whole).expect("there are elements");
            for generator in [Generator::Wide, Generator::Narrow] {
                let Some(kernel) = kernel(generator, Key::new(part, &loops)) else { continue };
                // What lies behind the elements is nobody's business.
                let [mut first, mut second] = operands.clone();
                first.extend([0xEE; 64]);
                let starts = [first.as_mut_ptr(), second.as_mut_ptr()];
                let address = |memory: Memory, _| if memory == Memory::Operand(1) { starts[1] } else { starts[0] };
                // SAFETY: the kernel of these loops; every element is read before it is written.
                unsafe { kernel.run(part, block, &loops, &[], &address) };
                let [got, want] = [&first[..bytes], &wanted.results[0][..]].map(|bytes| canonical(dtype, bytes));
                assert_eq!(got, want, "{count} of {dtype} by {generator:?}");
                assert_eq!(first[bytes..], [0xEE; 64], "behind {count} of {dtype} by {generator:?}");
            }
        }
    }
}

const FOLDS: [ReduceKind; 4] = [ReduceKind::Sum, ReduceKind::Prod, ReduceKind::Min, ReduceKind::Max];

/// Rows folded along the inner loop, against the definition of the tree; `from` is what memory holds.
fn check_fold(random: &mut Random, fold: Fold, from: DType, [rows, count]: [usize; 2]) -> usize {
    let mut builder = RegionBuilder::new([rows, count].into());
    let load = Inst::Load { operand: 0, index: Index::identity(2), within: vec![], otherwise: Scalar::zero(from) };
    let mut value = builder.push(load, from);
    if from != fold.dtype {
        value = builder.push(Inst::Cast(value), fold.dtype);
    }
    let region = builder.finish(value);
    let residues = ACCUMULATORS / fold.dtype.bytes();
    let layouts = [Layout::new([count as i64, 1]), Layout::new([residues as i64, 0])];
    let nest = lower(&[&region], &Layouts { operands: &layouts[..1], anchor: None, results: &layouts[1..] });
    let (part, whole) = (&nest.parts[0], Frame::whole(&nest.extents));
    let loops = Loops::new(part, &part.blocks[0], &whole).expect("there are elements");
    if loops.extents.last() != Some(&count) {
        return 0;
    }
    let memory = random.elements(from, rows * count);
    let mut elements: Vec<[u64; 2]> = vec![[0; 2]; (rows * count * fold.dtype.bytes()).div_ceil(16)];
    let plain = Key { fold: None, ..Key::new(part, &loops) };
    let slices = Slices { operands: vec![memory.clone()], results: vec![vec![]] };
    let dense = [Layout::new([count as i64, 1])];
    let dense = lower(&[&region], &Layouts { operands: &dense, anchor: None, results: &dense });
    let mut written = Slices { results: vec![vec![0; rows * count * fold.dtype.bytes()]], ..slices };
    Interpreter::new().run(&dense, &whole, &[], &mut written);
    bytemuck::cast_slice_mut(&mut elements)[..written.results[0].len()].copy_from_slice(&written.results[0]);
    let mut wanted = vec![[0u64; 2]; rows];
    let wanted = &mut bytemuck::cast_slice_mut(&mut wanted)[..rows * fold.dtype.bytes()];
    let slab = Slab { outputs: rows, count, pitch: count, is_outer: false };
    fold.block(slab, 0, bytemuck::cast_slice(&elements), &mut [], wanted);
    let mut taken = 0;
    for generator in [Generator::Wide, Generator::Narrow] {
        let Some(kernel) = kernel(generator, Key { fold: Some(fold.kind), ..plain.clone() }) else { continue };
        taken += 1;
        let mut accumulators = vec![[0u64; 2]; rows * ACCUMULATORS / 16];
        let accumulators: &mut [u8] = bytemuck::cast_slice_mut(&mut accumulators);
        fold.start(false, accumulators);
        let starts = [memory.as_ptr().cast_mut(), accumulators.as_mut_ptr()];
        let address = |memory: Memory, _| if matches!(memory, Memory::Result(_)) { starts[1] } else { starts[0] };
        // SAFETY: the kernel of these loops; there are as many elements as they read, and the accumulators of every row.
        unsafe { kernel.run(part, &part.blocks[0], &loops, &[], &address) };
        let mut got = vec![[0u64; 2]; rows];
        let got = &mut bytemuck::cast_slice_mut(&mut got)[..rows * fold.dtype.bytes()];
        fold.finish(false, accumulators, got);
        let [wanted, got] = [&*wanted, &*got].map(|bytes| canonical(fold.dtype, bytes));
        assert_eq!(wanted, got, "{fold:?} of {from:?} over {rows} rows of {count} by {generator:?}");
    }
    taken
}

#[test]
fn every_fold_of_every_dtype() {
    let mut random = Random(13);
    let mut taken = 0;
    for dtype in DTYPES {
        for kind in FOLDS {
            let fold = Fold { kind, dtype };
            if !fold.has_neutral() || dtype.is_complex() && kind != ReduceKind::Sum {
                continue;
            }
            let is_bool = dtype == DType::Bool;
            if is_bool && matches!(kind, ReduceKind::Sum | ReduceKind::Prod) {
                continue;
            }
            for count in (1..70).chain([255, 256, 300, 2048]) {
                let sources = [Some(dtype), (!is_bool && !dtype.is_complex()).then_some(DType::I64), Some(DType::F32)];
                for from in sources.into_iter().flatten().filter(|from| !is_bool || *from == dtype) {
                    taken += check_fold(&mut random, fold, from, [1 + count % 3, count]);
                }
            }
        }
    }
    assert!(taken > 1000, "only {taken} were run");
}

/// The body of one op on contiguous operands, as the generator of wide kernels takes it.
fn refusal(operands: &[DType], result: DType, inst: impl FnOnce(&[Var]) -> Inst) -> Option<&'static str> {
    let operands: Vec<(DType, Stride)> = operands.iter().map(|dtype| (*dtype, Stride::Contiguous)).collect();
    let (nest, _) = region([1, 8], &operands, false, |builder, vars| builder.push(inst(vars), result));
    let part = &nest.parts[0];
    let loops = Loops::new(part, &part.blocks[0], &Frame::whole(&nest.extents)).expect("a box");
    listing(&Key::new(part, &loops)).err()
}

#[test]
fn few_ops_are_left_to_narrow_kernels() {
    let mut refused = String::new();
    let mut note = |what: &str, dtypes: &[DType], reason: Option<&str>| {
        if let Some(reason) = reason {
            refused += &format!("{what} {dtypes:?}: {reason}\n");
        }
    };
    for from in DTYPES {
        for op in Unary::ALL {
            let Some(to) = unary_dtype(op, from) else { continue };
            note(op.name(), &[from], refusal(&[from], to, |vars| Inst::Unary(op, vars[0])));
        }
        for other in DTYPES {
            note("cast", &[from, other], refusal(&[from], other, |vars| Inst::Cast(vars[0])));
            for op in Binary::ALL {
                let Some(to) = binary_dtype(op, from, other) else { continue };
                note(op.name(), &[from, other], refusal(&[from, other], to, |v| Inst::Binary(op, v[0], v[1])));
            }
        }
        let select = refusal(&[DType::Bool, from, from], from, |v| Inst::Select(v[0], v[1], v[2]));
        note("select", &[from], select);
    }
    insta::assert_snapshot!(refused);
}

/// What goes past the cache is written so where rows begin on cache lines, and as ever elsewhere; values of one and two bytes
/// are not.
#[test]
fn kernels_write_past_the_cache_where_they_are_told_to() {
    for dtype in DTYPES {
        let operands = [(dtype, Stride::Contiguous)];
        let (nest, _) = region([2, 64], &operands, false, |_, vars| vars[0]);
        let part = &nest.parts[0];
        let loops = Loops::new(part, &part.blocks[0], &Frame::whole(&nest.extents)).expect("there are elements");
        let stores = |past_cache| {
            let listing = listing(&Key { past_cache, ..Key::new(part, &loops) }).expect("a copy is covered");
            listing.matches("vmovntps").count()
        };
        assert_eq!((stores(false), stores(true) > 0), (0, dtype.bytes() >= 4), "{dtype}");
    }
}
