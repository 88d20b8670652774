//! Random graphs and random data from a list of words, so that a failing case shrinks to a short list.

use ondine_ir::*;
use ondine_runtime::{Buffer, HostMemory};
use std::sync::Arc;

/// Draws numbers from a list of words; when the list is used up, zeros.
pub struct Dice<'a> {
    words: &'a [u32],
    at: usize,
}

impl<'a> Dice<'a> {
    pub fn new(words: &'a [u32]) -> Dice<'a> {
        Dice { words, at: 0 }
    }

    pub fn is_over(&self) -> bool {
        self.at >= self.words.len()
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        let word = self.words.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        word as usize % limit.max(1)
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// Which ops a graph may hold, and which values its inputs.
#[derive(Clone, Copy, PartialEq)]
pub enum Flavour {
    /// Every op whose result is the same bits on every device; NaN, infinities, signed zeros.
    Exact,
    /// All elementwise ops and reductions, for comparing a device with itself.
    Any,
}

const SHAPES: &[&[usize]] =
    &[&[], &[1], &[5], &[7], &[2, 3], &[3, 4], &[3, 1, 4], &[2, 3, 4], &[0], &[3, 0, 2], &[300]];

/// A random graph. Its results are the last values that were built.
pub fn graph(words: &[u32], flavour: Flavour) -> Graph {
    let mut dice = Dice::new(words);
    let mut grow = Grow { graph: Graph::new("random"), pool: Vec::new(), flavour };
    for name in ["a", "b", "c"] {
        let ty = Type::new(dice.pick(&DType::ALL), dice.pick(SHAPES));
        let input = grow.graph.input(name, ty);
        grow.pool.push(input.into());
    }
    let param = grow.graph.param(dice.pick(&DType::ALL));
    grow.pool.push(param.into());
    while !dice.is_over() {
        grow.step(&mut dice);
    }
    let results: Vec<Value> = grow.pool.iter().rev().take(3).copied().collect();
    grow.graph.set_results(results);
    grow.graph
}

struct Grow {
    graph: Graph,
    pool: Vec<Value>,
    flavour: Flavour,
}

impl Grow {
    /// Adds a node if the ops drawn fit the operands drawn.
    fn step(&mut self, dice: &mut Dice) {
        let a = self.draw(dice);
        let built = match dice.below(20) {
            0..=3 => self.unary(a, dice),
            4..=8 => self.binary(a, dice),
            9 => self.add(Op::Cast(dice.pick(&DType::ALL)), &[a]),
            10 => self.select(a, dice),
            11..=14 => self.view(a, dice),
            15 => self.concat(a, dice),
            16 => self.pad(a, dice),
            17 => self.update(a, dice),
            18 => self.reduce(a, dice),
            _ => match dice.below(3) {
                0 => self.matmul(a, dice),
                _ => self.dynamic(a, dice),
            },
        };
        if let Some(value) = built
            && self.graph.ty(value).shape.elements() < 5000
            && self.graph.ty(value).shape.rank() < 6
        {
            self.pool.push(value);
        }
    }

    /// A value of the pool, the youngest more likely, so that graphs get deep.
    fn draw(&self, dice: &mut Dice) -> Value {
        let last = self.pool.len() - 1;
        self.pool[last - dice.below(self.pool.len()).min(dice.below(self.pool.len()))]
    }

    fn add(&mut self, op: Op, inputs: &[Value]) -> Option<Value> {
        self.graph.add(op, inputs.iter().copied()).ok().map(Value::from)
    }

    fn unary(&mut self, a: Value, dice: &mut Dice) -> Option<Value> {
        use Unary::*;
        let op = dice.pick(&Unary::ALL);
        let real = !self.graph.ty(a).dtype.is_complex();
        let exact = match op {
            Neg | Signbit | Not | Real | Imag | Conj | Floor | Ceil | Trunc | Round | IsNan | IsInf | IsFinite => true,
            Abs | Sign | Sqrt => real,
            _ => false,
        };
        let a = if op == Signbit { self.without_nan(a)? } else { a };
        (exact || self.flavour == Flavour::Any).then(|| self.add(Op::Unary(op), &[a])).flatten()
    }

    /// The value with 1 for NaN, whose sign is nobody's promise.
    fn without_nan(&mut self, a: Value) -> Option<Value> {
        let nan = self.add(Op::Unary(Unary::IsNan), &[a])?;
        let one = self.graph.literal(Scalar::one(self.graph.ty(a).dtype)).into();
        self.add(Op::Select, &[nan, one, a])
    }

    fn binary(&mut self, a: Value, dice: &mut Dice) -> Option<Value> {
        let op = dice.pick(&Binary::ALL);
        let b = self.draw(dice);
        let dtype = self.graph.ty(a).dtype.promote(self.graph.ty(b).dtype);
        let exact = match op {
            Binary::Atan2 | Binary::Hypot | Binary::Logaddexp => false,
            Binary::Pow => dtype.is_integer(),
            _ => true,
        };
        if !exact && self.flavour == Flavour::Exact {
            return None;
        }
        let (a, b) = self.spread(a, b)?;
        let mixed = matches!(op, Binary::Mul | Binary::Div) && dtype.is_complex() && dice.below(2) == 0;
        let (a, b) = match mixed {
            true => (self.add(Op::Cast(dtype), &[a])?, self.add(Op::Cast(dtype.component()), &[b])?),
            false => (self.add(Op::Cast(dtype), &[a])?, self.add(Op::Cast(dtype), &[b])?),
        };
        let b = if op == Binary::Copysign { self.without_nan(b)? } else { b };
        self.add(Op::Binary(op), &[a, b])
    }

    /// Both under their common shape; scalars may stay scalars.
    fn spread(&mut self, a: Value, b: Value) -> Option<(Value, Value)> {
        let shape = self.graph.ty(a).shape.broadcast(&self.graph.ty(b).shape)?;
        let mut spread = |value: Value| match self.graph.ty(value).shape.rank() {
            0 => Some(value),
            _ => self.graph.broadcast(value, &shape).ok(),
        };
        Some((spread(a)?, spread(b)?))
    }

    fn select(&mut self, a: Value, dice: &mut Dice) -> Option<Value> {
        let (b, c) = (self.draw(dice), self.draw(dice));
        let (b, c) = self.spread(b, c)?;
        let dtype = self.graph.ty(b).dtype.promote(self.graph.ty(c).dtype);
        let (b, c) = (self.add(Op::Cast(dtype), &[b])?, self.add(Op::Cast(dtype), &[c])?);
        let a = self.add(Op::Cast(DType::Bool), &[a])?;
        let (a, b) = self.spread(a, b)?;
        let (a, c) = self.spread(a, c)?;
        self.add(Op::Select, &[a, b, c])
    }

    fn view(&mut self, a: Value, dice: &mut Dice) -> Option<Value> {
        let shape = self.graph.ty(a).shape.clone();
        let rank = shape.rank();
        let view = match dice.below(6) {
            0 => View::roll(&shape, (0..rank).map(|_| dice.below(9) as i64 - 4).collect::<Vec<_>>())?,
            1 => {
                let turn = dice.below(rank);
                let axes: Vec<usize> = (0..rank).map(|axis| (axis + turn) % rank).collect();
                View::Affine(Affine::permute(&shape, &axes))
            }
            2 => View::Affine(Affine::flip(&shape, &[dice.below(rank)])),
            3 => {
                let mut wide = vec![1 + dice.below(3)];
                wide.extend(shape.iter().map(|&extent| if extent == 1 { 1 + dice.below(4) } else { extent }));
                View::Affine(Affine::broadcast(&shape, wide.into()))
            }
            4 => {
                let elements = shape.elements();
                let first = (1..=4).filter(|divisor| elements.is_multiple_of(*divisor)).nth(dice.below(3)).unwrap_or(1);
                View::Reshape([first, elements / first].into())
            }
            _ => slice(&shape, dice),
        };
        self.add(Op::View(view), &[a])
    }

    fn concat(&mut self, a: Value, dice: &mut Dice) -> Option<Value> {
        let b = self.draw(dice);
        let b = self.add(Op::Cast(self.graph.ty(a).dtype), &[b])?;
        let axis = dice.below(self.graph.ty(a).shape.rank());
        self.add(Op::Concat { axis }, &[a, b, a])
    }

    fn windows(&self, shape: &Shape, dice: &mut Dice) -> Vec<Window> {
        shape
            .iter()
            .map(|&extent| {
                let step = 1 + dice.below(3);
                let most = if extent == 0 { 0 } else { (extent - 1) / step + 1 };
                Window { start: dice.below(extent), step, extent: dice.below(most + 1) }
            })
            .collect()
    }

    fn pad(&mut self, a: Value, dice: &mut Dice) -> Option<Value> {
        let (ty, fill) = (self.graph.ty(a).clone(), self.draw(dice));
        let step = 1 + dice.below(2);
        let shape: Shape = ty.shape.iter().map(|&extent| extent * step + dice.below(4)).collect();
        let windows = (0..shape.rank())
            .map(|axis| Window { start: dice.below(shape[axis]), step, extent: ty.shape[axis] })
            .collect();
        let fill = self.add(Op::Cast(ty.dtype), &[fill])?;
        self.add(Op::Pad(Pad { shape, windows }), &[a, fill])
    }

    fn update(&mut self, a: Value, dice: &mut Dice) -> Option<Value> {
        let ty = self.graph.ty(a).clone();
        let windows = self.windows(&ty.shape, dice);
        let extents: Shape = windows.iter().map(|window| window.extent).collect();
        let value = self.draw(dice);
        let value = self.add(Op::Cast(ty.dtype), &[value])?;
        let value = match self.graph.ty(value).shape.broadcast(&extents) == Some(extents.clone()) {
            true => self.graph.broadcast(value, &extents).ok()?,
            false => self.graph.literal(Scalar::one(ty.dtype)).into(),
        };
        self.add(Op::Update(windows), &[a, value])
    }

    fn reduce(&mut self, a: Value, dice: &mut Dice) -> Option<Value> {
        use ReduceKind::*;
        let ty = self.graph.ty(a).clone();
        let kind = dice.pick(&[Sum, Prod, Min, Max, ArgMin, ArgMax]);
        // The order of a sum is free.
        if self.flavour == Flavour::Exact && matches!(kind, Sum | Prod) && ty.dtype.is_floating() {
            return None;
        }
        let mask = dice.below(1 << ty.shape.rank());
        let axes = (0..ty.shape.rank()).filter(|axis| mask >> axis & 1 == 1).collect();
        self.add(Op::Reduce(Reduce { kind, axes }), &[a])
    }

    /// The matrices times themselves, transposed.
    fn matmul(&mut self, a: Value, dice: &mut Dice) -> Option<Value> {
        let ty = self.graph.ty(a).clone();
        let rank = ty.shape.rank();
        if rank < 2 || (self.flavour == Flavour::Exact && ty.dtype.is_floating()) {
            return None;
        }
        let mut axes: Vec<usize> = (0..rank).collect();
        axes.swap(rank - 2, rank - 1);
        let turned = self.add(Op::View(View::Affine(Affine::permute(&ty.shape, &axes))), &[a])?;
        let (a, b) = if dice.below(2) == 0 { (a, turned) } else { (turned, a) };
        self.add(Op::Matmul, &[a, b])
    }

    fn dynamic(&mut self, a: Value, dice: &mut Dice) -> Option<Value> {
        let ty = self.graph.ty(a).clone();
        let axis = dice.below(ty.shape.rank());
        let extent = *ty.shape.get(axis)?;
        if extent == 0 {
            return None;
        }
        match dice.below(4) {
            3 => {
                let (descending, positions) = (dice.below(2) == 0, dice.below(2) == 0);
                self.add(Op::Sort(Sort { axis, descending, positions }), &[a])
            }
            0 => {
                let kind = if self.flavour == Flavour::Exact && ty.dtype.is_floating() {
                    return None;
                } else {
                    ReduceKind::Sum
                };
                self.add(Op::Scan(Scan { kind, axis }), &[a])
            }
            gather => {
                // Positions in -extent..extent: some iota, shifted and folded.
                let count = 1 + dice.below(4);
                let iota = self.add(Op::Iota(count), &[])?;
                let shift = self.graph.literal(Scalar::from_i128(DType::I64, dice.below(50) as i128)).into();
                let period = self.graph.literal(Scalar::from_i128(DType::I64, 2 * extent as i128)).into();
                let half = self.graph.literal(Scalar::from_i128(DType::I64, extent as i128)).into();
                let positions = self.add(Op::Binary(Binary::Mul), &[iota, shift])?;
                let positions = self.add(Op::Binary(Binary::Rem), &[positions, period])?;
                let positions = self.add(Op::Binary(Binary::Sub), &[positions, half])?;
                let taken = self.add(Op::Gather { axis }, &[a, positions])?;
                match gather {
                    1 => Some(taken),
                    _ => self.add(Op::Scatter { axis }, &[a, positions, taken]),
                }
            }
        }
    }
}

fn slice(shape: &Shape, dice: &mut Dice) -> View {
    let mut extents = Vec::new();
    let mut source = Vec::new();
    for &extent in shape.iter() {
        let start = dice.below(extent);
        if extent > 0 && dice.below(4) == 0 {
            source.push(Index::constant(start as i64));
            continue;
        }
        let step = 1 + dice.below(2) as i64;
        let axis = extents.len();
        if extent == 0 {
            extents.push(0);
            source.push(Index::axis(axis));
        } else if dice.below(2) == 0 {
            extents.push(((extent - start - 1) as i64 / step + 1) as usize);
            source.push(Index::axis(axis).times(step).plus(start as i64));
        } else {
            extents.push((start as i64 / step + 1) as usize);
            source.push(Index::axis(axis).times(-step).plus(start as i64));
        }
    }
    View::Affine(Affine::new(extents.into(), source))
}

/// Data for the inputs and parameters of a graph: ordinary values and, one in four, special ones.
pub fn data(graph: &Graph, seed: u64) -> (Vec<Buffer>, Vec<Scalar>) {
    let mut state = seed | 1;
    let mut next = move || {
        // xorshift64*, Vigna 2016.
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    };
    let inputs = graph.inputs().iter().map(|input| {
        let ty = graph.ty(input.node.into()).clone();
        let mut memory = HostMemory::zeroed(ty.bytes()).expect("small arrays fit");
        for element in memory.as_bytes_mut().chunks_exact_mut(ty.dtype.bytes()) {
            element.copy_from_slice(&scalar(ty.dtype, &mut next).to_bytes()[..ty.dtype.bytes()]);
        }
        Buffer::host(ty, Arc::new(memory))
    });
    let inputs = inputs.collect();
    (inputs, graph.params().iter().map(|&dtype| scalar(dtype, &mut next)).collect())
}

fn scalar(dtype: DType, next: &mut impl FnMut() -> u64) -> Scalar {
    const SPECIAL: [f64; 9] = [0.0, -0.0, 1.0, -1.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e300, 5e-324];
    let mut real = || match next() % 4 {
        0 => SPECIAL[next() as usize % SPECIAL.len()],
        _ => (next() % 4001) as f64 / 100.0 - 20.0,
    };
    match dtype {
        DType::Bool => Scalar::bool(real() > 0.0),
        dtype if dtype.is_integer() => match next() % 4 {
            0 => Scalar::from_i128(dtype, [0, 1, -1, i64::MIN as i128, i64::MAX as i128][next() as usize % 5]),
            _ => Scalar::from_i128(dtype, (next() % 41) as i128 - 20),
        },
        dtype => Scalar::from_complex(dtype, num_complex::Complex64::new(real(), real())),
    }
}
