//! Symmetry: which values equal the conjugate of their own mirror image, exactly as far as arithmetic goes.
//!
//! A value `x` is symmetric over some axes about a centre `c` if `x[c - k] = conj(x[k])` there, positions counted modulo the
//! extents; antisymmetric if the sign turns. Over no axes that says real and imaginary. A Hermitian spectrum is symmetric
//! about 0, and a transform over axes `B` takes what is symmetric over `A` to what is symmetric over the axes in one of
//! both: a real signal has a Hermitian spectrum, and that has a real inverse.

use crate::fft::cut::restriction;
use crate::fft::windows::Along;
use ondine_ir::{Affine, Binary, FftAxis, FftKind, Graph, Node, NodeId, Op, Scalar, Shape, Unary, Value, View, Window};
use smallvec::SmallVec;

/// One symmetry: over the axes that have a centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Symmetry {
    centres: SmallVec<[Option<usize>; 4]>,
    is_negated: bool,
}

/// The symmetries that are known of a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Symmetries {
    /// True for one real number everywhere: symmetric over every axis about every centre.
    is_uniform: bool,
    /// The number is zero: antisymmetric as well.
    is_zero: bool,
    list: SmallVec<[Symmetry; 2]>,
}

/// More symmetries than this of one value are not kept.
const MOST: usize = 8;

impl Symmetry {
    fn real(rank: usize) -> Symmetry {
        Symmetry { centres: SmallVec::from_elem(None, rank), is_negated: false }
    }

    /// True if a window is its own mirror image over these axes.
    fn keeps(&self, windows: &[Window], shape: &Shape) -> bool {
        windows.iter().enumerate().all(|(axis, window)| match self.centres[axis] {
            Some(centre) if window.extent > 0 && !window.is_whole(shape[axis]) => {
                let last = window.start + (window.extent - 1) * window.step;
                (centre + 2 * shape[axis] - last % shape[axis]) % shape[axis] == window.start
            }
            _ => true,
        })
    }
}

impl Symmetries {
    fn of(list: impl IntoIterator<Item = Symmetry>) -> Symmetries {
        let mut known = Symmetries::default();
        list.into_iter().for_each(|symmetry| known.add(symmetry));
        known
    }

    fn uniform(scalar: Option<Scalar>) -> Symmetries {
        let is_zero = scalar.is_some_and(|scalar| scalar.to_complex().norm() == 0.0);
        Symmetries { is_uniform: true, is_zero, list: SmallVec::new() }
    }

    fn add(&mut self, symmetry: Symmetry) {
        if self.list.len() < MOST && !self.list.contains(&symmetry) {
            self.list.push(symmetry);
        }
    }

    fn holds(&self, symmetry: &Symmetry) -> bool {
        self.is_uniform && !symmetry.is_negated || self.is_zero || self.list.contains(symmetry)
    }

    /// True if the value is symmetric about 0 over exactly these axes; over none, if it is real.
    pub(crate) fn over(&self, axes: &[usize], rank: usize) -> bool {
        let centres = (0..rank).map(|axis| axes.contains(&axis).then_some(0)).collect();
        self.holds(&Symmetry { centres, is_negated: false })
    }

    /// What holds of both.
    fn common(&self, other: &Symmetries) -> Symmetries {
        if self.is_uniform && other.is_uniform {
            return Symmetries { is_zero: self.is_zero && other.is_zero, ..self.clone() };
        }
        let both = self.list.iter().chain(&other.list).filter(|s| self.holds(s) && other.holds(s));
        Symmetries::of(both.cloned())
    }

    /// What holds of products and quotients: signs multiply.
    fn product(&self, other: &Symmetries) -> Symmetries {
        if self.is_uniform || other.is_uniform {
            let (scale, rest) = if self.is_uniform { (self, other) } else { (other, self) };
            return if rest.is_uniform { scale.clone() } else { Symmetries { is_zero: false, ..rest.clone() } };
        }
        let mut known = Symmetries::default();
        for a in &self.list {
            for b in other.list.iter().filter(|b| b.centres == a.centres) {
                known.add(Symmetry { centres: a.centres.clone(), is_negated: a.is_negated != b.is_negated });
            }
        }
        known
    }

    /// What any function keeps that commutes with conjugation.
    fn kept(&self) -> Symmetries {
        Symmetries {
            is_uniform: self.is_uniform,
            is_zero: false,
            list: self.list.iter().filter(|symmetry| !symmetry.is_negated).cloned().collect(),
        }
    }

    /// Parts of a complex value: the real part is even, and the imaginary part odd where the value is symmetric.
    fn part(&self, is_imaginary: bool) -> Symmetries {
        let mut part = self.clone();
        part.is_zero |= is_imaginary && part.is_uniform;
        for symmetry in &mut part.list {
            symmetry.is_negated ^= is_imaginary;
        }
        part
    }
}

/// The symmetries of every node's first output.
pub(crate) fn symmetries(graph: &Graph) -> Vec<Symmetries> {
    let mut table: Vec<Symmetries> = Vec::with_capacity(graph.len());
    for id in graph.ids() {
        let mut known = of_node(graph, &table, id);
        let ty = &graph.node(id).outputs[0];
        if !ty.dtype.is_complex() && !known.is_uniform {
            known.add(Symmetry::real(ty.shape.rank()));
        }
        table.push(known);
    }
    table
}

fn of_node(graph: &Graph, table: &[Symmetries], id: NodeId) -> Symmetries {
    let node = graph.node(id);
    let rank = node.outputs[0].shape.rank();
    let of = |place: usize| -> &Symmetries { &table[node.inputs[place].node.index()] };
    match &node.op {
        Op::Literal(scalar) if !scalar.dtype().is_floating() => Symmetries::uniform(None),
        Op::Literal(scalar) if scalar.to_complex().im == 0.0 => Symmetries::uniform(Some(*scalar)),
        Op::Param { dtype, .. } if !dtype.is_complex() => Symmetries::uniform(None),
        // Real numbers become complex ones, or the other way round; neither touches where they lie.
        Op::Cast(_) if node.outputs[0].dtype.is_floating() => of(0).clone(),
        Op::Cast(_) => of(0).kept(),
        Op::Unary(op) => unary(*op, of(0), graph.ty(node.inputs[0]).dtype.is_complex()),
        Op::Binary(op) => binary(graph, table, *op, node),
        Op::Select => of(0).kept().common(&of(1).common(of(2))),
        Op::View(view) => viewed(of(0), view, &graph.ty(node.inputs[0]).shape),
        Op::Update(windows) if graph.ty(node.inputs[1]).shape.rank() == 0 && of(1).is_uniform => {
            masked(&of(0).common(of(1)), windows, &node.outputs[0].shape)
        }
        Op::Pad(pad) => match restriction(graph, id.into()) {
            Some(x) => masked(&table[x.node.index()], &pad.windows, &pad.shape),
            None => Symmetries::default(),
        },
        Op::Fft(fft) if matches!(fft.kind, FftKind::Forward | FftKind::Inverse) => {
            let is_whole = |along: &&FftAxis| **along == FftAxis::whole(fft.kind, along.axis, along.len);
            let axes: SmallVec<[usize; 4]> = fft.axes.iter().filter(is_whole).map(|along| along.axis).collect();
            let moved = |symmetry: &Symmetry| {
                let about_0 = axes.iter().all(|&axis| symmetry.centres[axis].is_none_or(|centre| centre == 0));
                let turned = (0..rank).map(|axis| match (axes.contains(&axis), symmetry.centres[axis]) {
                    (true, None) => Some(0),
                    (true, Some(_)) => None,
                    (false, centre) => centre,
                });
                about_0.then(|| Symmetry { centres: turned.collect(), is_negated: symmetry.is_negated })
            };
            match axes.len() == fft.axes.len() && !of(0).is_uniform {
                true => Symmetries::of(of(0).list.iter().filter_map(moved)),
                false => Symmetries::default(),
            }
        }
        _ => Symmetries::default(),
    }
}

fn unary(op: Unary, x: &Symmetries, is_complex: bool) -> Symmetries {
    use Unary::*;
    match op {
        Neg | Conj => x.clone(),
        Real => x.part(false),
        Imag => x.part(true),
        // Magnitudes are even either way.
        Abs => Symmetries {
            is_uniform: x.is_uniform,
            is_zero: x.is_zero,
            list: x.list.iter().map(|symmetry| Symmetry { is_negated: false, ..symmetry.clone() }).collect(),
        },
        // Entire functions that are real on the real line. Others are not real on all of it, or have branch cuts there.
        Exp | Sin | Cos | Sinh | Cosh | Expm1 => x.kept(),
        _ if is_complex => Symmetries::default(),
        _ => x.kept(),
    }
}

fn binary(graph: &Graph, table: &[Symmetries], op: Binary, node: &Node) -> Symmetries {
    let [a, b] = [node.inputs[0], node.inputs[1]];
    let of = |value: Value| &table[value.node.index()];
    match op {
        Binary::Add | Binary::Sub => {
            let mut known = of(a).common(of(b));
            if op == Binary::Add
                && let Some(axes) = mirror_axes(graph, a, b).or_else(|| mirror_axes(graph, b, a))
            {
                let rank = node.outputs[0].shape.rank();
                let centres = (0..rank).map(|axis| axes.contains(&axis).then_some(0)).collect();
                known.add(Symmetry { centres, is_negated: false });
            }
            known
        }
        Binary::Mul => of(a).product(of(b)),
        Binary::Div => of(a).product(&Symmetries { is_zero: false, ..of(b).clone() }),
        Binary::Complex => of(a).common(&of(b).part(true)),
        // Functions of real numbers, whatever they are: even operands give an even result.
        _ if !graph.ty(a).dtype.is_complex() => of(a).kept().common(&of(b).kept()),
        _ => Symmetries::default(),
    }
}

/// The axes over which `b` is the mirrored conjugate of `a` about 0.
fn mirror_axes(graph: &Graph, a: Value, b: Value) -> Option<SmallVec<[usize; 4]>> {
    let Op::Unary(Unary::Conj) = graph.op(b) else { return None };
    let rolled = graph.node(b.node).inputs[0];
    let Op::View(View::Roll(shifts)) = graph.op(rolled) else { return None };
    let flipped = graph.node(rolled.node).inputs[0];
    let Op::View(View::Affine(affine)) = graph.op(flipped) else { return None };
    let source = graph.node(flipped.node).inputs[0];
    let shape = &graph.ty(source).shape;
    let axes = affine.as_flip(shape).filter(|_| source == a)?;
    // An axis of extent 1 is its own mirror image, and no roll moves it.
    let moved = |axis: usize| usize::from(axes.contains(&axis) && shape[axis] > 1);
    (0..shape.rank()).all(|axis| shifts[axis] == moved(axis)).then_some(axes)
}

/// What is left where an array is kept in windows and real or zero elsewhere, or the other way round.
fn masked(x: &Symmetries, windows: &[Window], shape: &Shape) -> Symmetries {
    Symmetries::of(x.list.iter().filter(|symmetry| symmetry.keeps(windows, shape)).cloned())
}

fn viewed(x: &Symmetries, view: &View, source: &Shape) -> Symmetries {
    if x.is_uniform {
        return x.clone();
    }
    match view {
        View::Roll(shifts) => {
            let moved = |symmetry: &Symmetry| {
                let centres = (0..source.rank())
                    .map(|axis| symmetry.centres[axis].map(|centre| (centre + 2 * shifts[axis]) % source[axis].max(1)));
                Symmetry { centres: centres.collect(), is_negated: symmetry.is_negated }
            };
            Symmetries::of(x.list.iter().map(moved))
        }
        View::Affine(affine) => through_affine(x, affine, source),
        View::Reshape(_) => Symmetries::of(x.list.iter().filter(|s| s.centres.iter().all(Option::is_none)).map(|s| {
            Symmetry { centres: SmallVec::from_elem(None, view.shape(source).rank()), is_negated: s.is_negated }
        })),
    }
}

fn through_affine(x: &Symmetries, affine: &Affine, source: &Shape) -> Symmetries {
    let rank = affine.shape.rank();
    let along: Option<SmallVec<[Along; 4]>> = affine.source.iter().map(|index| Along::of(index, rank)).collect();
    let Some(along) = along else { return Symmetries::default() };
    let reads = |axis: usize| along.iter().filter(|a| matches!(a, Along::Axis { axis: by, .. } if *by == axis)).count();
    let moved = |symmetry: &Symmetry| {
        let mut centres: SmallVec<[Option<usize>; 4]> = SmallVec::from_elem(None, rank);
        for (at, along) in along.iter().enumerate() {
            let Some(centre) = symmetry.centres[at] else { continue };
            match *along {
                // One position that is its own mirror image.
                Along::Fixed(position) if (2 * position as usize) % source[at].max(1) == centre => {}
                Along::Axis { axis, factor, offset }
                    if reads(axis) == 1 && Along::is_cyclic(factor, offset, affine.shape[axis], source[at]) =>
                {
                    let extent = source[at];
                    centres[axis] = Some(if factor == 1 { centre } else { (2 * extent - 2 - centre) % extent });
                }
                _ => return None,
            }
        }
        Some(Symmetry { centres, is_negated: symmetry.is_negated })
    };
    let mut known = Symmetries::of(x.list.iter().filter_map(moved));
    // Along an axis that repeats the source, the value is its own mirror image about every centre; 0 is what is asked for.
    for axis in (0..rank).filter(|&axis| reads(axis) == 0) {
        for at in 0..known.list.len() {
            let mut more = known.list[at].clone();
            more.centres[axis] = Some(0);
            known.add(more);
        }
    }
    known
}
