//! Random graphs of transforms with what programs put around them, and how far two correct devices may differ in L2 norm.

use super::elements;
use super::random::{self, Dice};
use num_complex::Complex64;
use ondine_ir::*;
use ondine_runtime::{Buffer, HostMemory};
use std::collections::HashMap;
use std::sync::Arc;

const SHAPES: &[&[usize]] = &[&[16], &[7], &[1], &[6, 10], &[9, 8], &[5, 8, 3], &[4, 3, 6], &[2, 33], &[101], &[4, 1]];

/// A random graph around transforms: masks, windows, filters, shifts, sums, cuts and padding.
pub fn graph(words: &[u32]) -> Graph {
    let mut dice = Dice::new(words);
    let precise = dice.below(2) == 0;
    let (real, complex) = if precise { (DType::F64, DType::C128) } else { (DType::F32, DType::C64) };
    let shape = dice.pick(SHAPES);
    let mut grow = Grow { graph: Graph::new("transforms"), pool: Vec::new(), real, complex };
    for (name, dtypes) in [("x", [real, complex, DType::U8]), ("h", [real, real, complex])] {
        let ty = Type::new(dice.pick(&dtypes), shape);
        let input = grow.graph.input(name, ty).into();
        grow.pool.push(input);
    }
    let scale = grow.graph.param(real);
    let mut transforms = 0;
    while !dice.is_over() && transforms < 7 {
        let last = grow.pool.len() - 1;
        let x = grow.pool[last - dice.below(grow.pool.len()).min(dice.below(3))];
        let built = match dice.below(16) {
            0..=4 => {
                transforms += 1;
                grow.transform(x, &mut dice)
            }
            5 => grow.shifted(x, &mut dice),
            6 => grow.masked(x, &mut dice),
            7 => grow.windowed(x, &mut dice),
            8 | 9 => grow.combined(x, &mut dice),
            10 => grow.add(Op::Binary(Binary::Mul), &[x, scale.into()]),
            11 => grow.part(x, &mut dice),
            12 => grow.viewed(x, &mut dice),
            13 => grow.cut(x, &mut dice),
            14 => grow.padded(x, &mut dice),
            _ => grow.filtered(x, &mut dice),
        };
        if let Some(value) = built
            && grow.graph.ty(value).shape.elements() <= 2000
        {
            grow.pool.push(value);
        }
    }
    let results: Vec<Value> = grow.pool.iter().rev().take(2).copied().collect();
    grow.graph.set_results(results);
    grow.graph
}

struct Grow {
    graph: Graph,
    pool: Vec<Value>,
    real: DType,
    complex: DType,
}

impl Grow {
    fn add(&mut self, op: Op, inputs: &[Value]) -> Option<Value> {
        self.graph.add(op, inputs.iter().copied()).ok().map(Value::from)
    }

    fn ty(&self, x: Value) -> Type {
        self.graph.ty(x).clone()
    }

    fn as_dtype(&mut self, x: Value, dtype: DType) -> Option<Value> {
        match self.ty(x).dtype {
            own if own == dtype => Some(x),
            own if own.is_complex() && !dtype.is_complex() => self.add(Op::Unary(Unary::Real), &[x]),
            _ => self.add(Op::Cast(dtype), &[x]),
        }
    }

    /// Along some axes; half of all real data take a complex transform.
    fn transform(&mut self, x: Value, dice: &mut Dice) -> Option<Value> {
        use FftKind::*;
        let shape = self.ty(x).shape;
        let mask = 1 + dice.below((1 << shape.rank()) - 1);
        let mut axes: Vec<usize> = (0..shape.rank()).filter(|axis| mask >> axis & 1 == 1).collect();
        if dice.below(3) == 0 {
            axes.reverse();
        }
        let kind = match self.ty(x).dtype.is_complex() {
            true => dice.pick(&[Forward, Forward, Inverse, Inverse, Inverse, RealInverse]),
            false => dice.pick(&[Forward, Inverse, RealForward, Forward]),
        };
        let x = self.as_dtype(x, if kind == RealForward { self.real } else { self.complex })?;
        let last = axes.len() - 1;
        let odd = dice.below(2);
        let axis = |(at, &axis): (usize, &usize)| match kind {
            RealInverse if at == last => FftAxis::whole(kind, axis, ((shape[axis] - 1) * 2 + odd).max(1)),
            RealInverse => FftAxis::whole(Inverse, axis, shape[axis]),
            RealForward if at != last => FftAxis::whole(Forward, axis, shape[axis]),
            kind => FftAxis::whole(kind, axis, shape[axis]),
        };
        self.add(Op::Fft(Fft { kind, axes: axes.iter().enumerate().map(axis).collect() }), &[x])
    }

    fn shifted(&mut self, x: Value, dice: &mut Dice) -> Option<Value> {
        let shape = self.ty(x).shape;
        let middle = dice.below(2) == 0;
        let shifts = shape.iter().map(|&extent| if middle { extent as i64 / 2 } else { dice.below(9) as i64 });
        let view = View::roll(&shape, shifts.collect::<Vec<_>>())?;
        self.add(Op::View(view), &[x])
    }

    /// A window set to zero, or to something else.
    fn masked(&mut self, x: Value, dice: &mut Dice) -> Option<Value> {
        let ty = self.ty(x);
        let value = dice.pick(&[0, 0, 0, 1]);
        let value = self.graph.literal(Scalar::from_i128(ty.dtype, value)).into();
        let windows = windows(&ty.shape, dice);
        self.add(Op::Update(windows), &[x, value])
    }

    /// All but a window set to zero, as a difference.
    fn windowed(&mut self, x: Value, dice: &mut Dice) -> Option<Value> {
        let ty = self.ty(x);
        let zero = self.graph.literal(Scalar::zero(ty.dtype)).into();
        let cut = self.add(Op::Update(windows(&ty.shape, dice)), &[x, zero])?;
        self.add(Op::Binary(Binary::Sub), &[x, cut])
    }

    fn combined(&mut self, x: Value, dice: &mut Dice) -> Option<Value> {
        let ty = self.ty(x);
        let same: Vec<Value> = self.pool.iter().copied().filter(|y| self.ty(*y) == ty).collect();
        let y = dice.pick(&same);
        self.add(Op::Binary(dice.pick(&[Binary::Add, Binary::Sub])), &[x, y])
    }

    /// A product with something of the same shape.
    fn filtered(&mut self, x: Value, dice: &mut Dice) -> Option<Value> {
        let ty = self.ty(x);
        let x = if ty.dtype.is_floating() { x } else { self.as_dtype(x, self.real)? };
        let same: Vec<Value> = self.pool.iter().copied().filter(|y| self.ty(*y).shape == ty.shape).collect();
        let y = dice.pick(&same);
        let dtype = if self.ty(y).dtype.is_complex() { self.complex } else { self.real };
        let y = self.as_dtype(y, dtype)?;
        self.add(Op::Binary(Binary::Mul), &[x, y])
    }

    fn part(&mut self, x: Value, dice: &mut Dice) -> Option<Value> {
        use Unary::*;
        let op = if self.ty(x).dtype.is_complex() { dice.pick(&[Real, Real, Imag, Conj, Abs]) } else { Neg };
        self.add(Op::Unary(op), &[x])
    }

    fn viewed(&mut self, x: Value, dice: &mut Dice) -> Option<Value> {
        let shape = self.ty(x).shape;
        let view = match dice.below(2) {
            0 => Affine::flip(&shape, &[dice.below(shape.rank())]),
            _ => {
                let turn = dice.below(shape.rank());
                let axes: Vec<usize> = (0..shape.rank()).map(|axis| (axis + turn) % shape.rank()).collect();
                Affine::permute(&shape, &axes)
            }
        };
        self.add(Op::View(View::Affine(view)), &[x])
    }

    fn cut(&mut self, x: Value, dice: &mut Dice) -> Option<Value> {
        let shape = self.ty(x).shape;
        let starts: Vec<usize> = shape.iter().map(|&extent| dice.below(extent.div_ceil(2))).collect();
        let steps: Vec<usize> = shape.iter().map(|_| 1 + dice.below(8) / 7).collect();
        let extents = (0..shape.rank()).map(|axis| 1 + dice.below((shape[axis] - starts[axis]).div_ceil(steps[axis])));
        let index = (0..shape.rank()).map(|axis| Index::axis(axis).times(steps[axis] as i64).plus(starts[axis] as i64));
        self.add(Op::View(View::Affine(Affine::new(extents.collect(), index))), &[x])
    }

    fn padded(&mut self, x: Value, dice: &mut Dice) -> Option<Value> {
        let ty = self.ty(x);
        let shape: Shape = ty.shape.iter().map(|&extent| extent + dice.below(5)).collect();
        let windows = (0..shape.rank()).map(|axis| Window::run(dice.below(shape[axis]), ty.shape[axis])).collect();
        let fill = dice.pick(&[0, 0, 0, 1]);
        let fill = self.graph.literal(Scalar::from_i128(ty.dtype, fill)).into();
        self.add(Op::Pad(Pad { shape, windows }), &[x, fill])
    }
}

/// Windows of any kind, half of them their own mirror images modulo the extents.
fn windows(shape: &Shape, dice: &mut Dice) -> Vec<Window> {
    let symmetric = dice.below(2) == 0;
    let window = |&extent: &usize| match symmetric {
        true if dice.below(4) == 0 => Window::whole(extent),
        true => {
            let reach = dice.below(extent.div_ceil(2));
            let low = Window::run((extent - reach) % extent, 2 * reach + 1);
            let high = Window::run(reach + 1, extent - 2 * reach - 1);
            if dice.below(3) == 0 && high.extent > 0 && high.fits(extent) { high } else { low }
        }
        false => Window::run(dice.below(extent), dice.below(extent + 1)),
    };
    shape.iter().map(window).collect()
}

/// Finite data of moderate size.
pub fn data(graph: &Graph, seed: u64) -> (Vec<Buffer>, Vec<Scalar>) {
    let (inputs, params) = random::data(graph, seed);
    let finite = |x: f64| if x.is_finite() && x.abs() < 1e3 { x } else { 1.0 };
    let moderate = |scalar: Scalar| {
        let z = scalar.to_complex();
        Scalar::from_complex(scalar.dtype(), Complex64::new(finite(z.re), finite(z.im)))
    };
    let inputs = inputs.iter().map(|input| {
        let dtype = input.ty().dtype;
        let mut memory = HostMemory::zeroed(input.ty().bytes()).expect("small arrays fit");
        for (to, from) in memory.as_bytes_mut().chunks_exact_mut(dtype.bytes()).zip(elements(input)) {
            to.copy_from_slice(&moderate(from).to_bytes()[..dtype.bytes()]);
        }
        Buffer::host(input.ty().clone(), Arc::new(memory))
    });
    (inputs.collect(), params.into_iter().map(moderate).collect())
}

/// How far two correct devices may be apart in the L2 norm of every value: errors of operands passed on by what the op does
/// to norms, and a small multiple of eps of what it works on, per transform with the root of its length's logarithm.
pub fn error_bounds(graph: &Graph, values: &HashMap<Value, Buffer>) -> HashMap<Value, f64> {
    let mut bounds: HashMap<Value, f64> = HashMap::new();
    for id in graph.ids() {
        let node = graph.node(id);
        let dtype = node.outputs[0].dtype;
        let unit = if dtype.component() == DType::F32 { f32::EPSILON as f64 } else { f64::EPSILON };
        let norm = l2(&elements(&values[&id.into()]), None);
        let of = |place: usize| bounds[&node.inputs[place]];
        let norm_of = |place: usize| l2(&elements(&values[&node.inputs[place]]), None);
        // Of a scalar, as many as the result has elements.
        let most = |place: usize| {
            let all = elements(&values[&node.inputs[place]]);
            all.iter().map(|x| x.to_complex().norm()).fold(0.0, f64::max)
        };
        let bound = match &node.op {
            Op::Fft(fft) => {
                let points: f64 = fft.axes.iter().map(|axis| axis.len as f64).product();
                // The mirrored half of a real inverse doubles the energy.
                let gain = points.sqrt() * if fft.kind == FftKind::RealInverse { 2.0 } else { 1.0 };
                gain * (of(0) + 8.0 * unit * points.log2().max(1.0).sqrt() * norm_of(0))
            }
            Op::Binary(Binary::Mul) => {
                let passed = of(0) * most(1) + of(1) * most(0) + of(0) * of(1);
                passed + 4.0 * unit * norm
            }
            _ => {
                let operands = (0..node.inputs.len()).filter(|&place| graph.ty(node.inputs[place]).shape.rank() > 0);
                operands.map(of).sum::<f64>() + 4.0 * unit * norm
            }
        };
        // Both devices err, and rewrites work on sums and parts of what the graph says.
        let leaf = node.inputs.is_empty();
        bounds.insert(id.into(), if leaf { 0.0 } else { bound });
    }
    bounds.into_iter().map(|(value, bound)| (value, 4.0 * bound + f64::MIN_POSITIVE)).collect()
}

/// The L2 norm of a list, or of its difference from another.
pub fn l2(x: &[Scalar], y: Option<&[Scalar]>) -> f64 {
    let zero = Complex64::ZERO;
    let squares =
        x.iter().enumerate().map(|(at, x)| (x.to_complex() - y.map_or(zero, |y| y[at].to_complex())).norm_sqr());
    squares.sum::<f64>().sqrt()
}
