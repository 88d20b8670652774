//! The real part of a transform from half of what goes in.
//!
//! If only the real part of an inverse transform of `y` is read, the symmetric part `(y[k] + conj(y[-k])) / 2` gives it, and
//! half of that is enough. Between half a spectrum and such a transform a value is held as a pair: itself and its mirrored
//! conjugate, both at the bins of the half. Elementwise work applies to each alone, so nothing has to be mirrored but the
//! filters that come from outside.

use crate::fft::cut::{restrict, restriction};
use crate::fft::halve::{Axes, Half, Walk, first_bins};
use crate::fft::windows::{self, Windows};
use ondine_ir::{Affine, Binary, Error, FftKind, Graph, NodeId, Op, Scalar, Shape, Unary, Value, View, Window};
use smallvec::SmallVec;

/// A value and its mirrored conjugate over some axes, at the bins `0..=n/2` of one of them.
#[derive(Clone)]
pub(super) struct Pair {
    own: Value,
    twin: Value,
    pub(super) axis: usize,
    pub(super) axes: Axes,
}

/// Which transforms are read for their real parts alone, and which nodes lie before them.
pub(super) struct Read {
    pub(super) real_only: Vec<bool>,
    pub(super) pairs: Vec<bool>,
}

impl Read {
    pub(super) fn new(graph: &Graph) -> Read {
        let mut real_only = vec![false; graph.len()];
        let mut pairs = vec![false; graph.len()];
        for id in graph.ids().rev() {
            let node = graph.node(id);
            if let Op::Fft(fft) = &node.op
                && matches!(fft.kind, FftKind::Forward | FftKind::Inverse)
                && !graph.is_result(id)
            {
                let users = graph.users(id);
                let only = users.iter().all(|&user| graph.node(user).op == Op::Unary(Unary::Real));
                real_only[id.index()] = only && !users.is_empty();
            }
            let passes = node.op.is_elementwise() || matches!(node.op, Op::Update(_) | Op::Pad(_));
            if real_only[id.index()] || pairs[id.index()] && passes {
                node.inputs.iter().for_each(|value| pairs[value.node.index()] = true);
            }
        }
        Read { real_only, pairs }
    }
}

impl Walk<'_> {
    /// Half of the symmetric part of what a pair stands for.
    pub(super) fn symmetric_part(&mut self, pair: &Pair) -> Result<Value, Error> {
        let sum = self.new.add(Op::Binary(Binary::Add), [pair.own, pair.twin])?;
        let component = self.new.ty(pair.own).dtype.component();
        let half = self.new.literal(Scalar::from_f64(component, 0.5));
        Ok(self.new.add(Op::Binary(Binary::Mul), [sum.into(), half.into()])?.into())
    }

    /// A node as a pair, if an operand is half a spectrum or a pair already.
    pub(super) fn as_pair(&mut self, id: NodeId) -> Result<Option<Pair>, Error> {
        let node = self.graph.node(id);
        let shape = &node.outputs[0].shape;
        if let Some(source) = restriction(self.graph, id.into())
            && let Some(like) = self.place(source)
            && let Op::Pad(pad) = &node.op
        {
            let Some([own, twin]) = sides(&pad.windows, &like, shape) else { return Ok(None) };
            let Some(pair) = self.pair(source, &like)? else { return Ok(None) };
            let own = restrict(&mut self.new, pair.own, &own)?;
            let twin = restrict(&mut self.new, pair.twin, &twin)?;
            return Ok(Some(Pair { own, twin, ..pair }));
        }
        let Some(like) = node.inputs.iter().find_map(|&value| self.place(value)) else { return Ok(None) };
        let [own_op, twin_op] = match &node.op {
            Op::Update(windows) => {
                if self.shape(node.inputs[1]).rank() > 0 || windows.iter().any(|window| window.step != 1) {
                    return Ok(None);
                }
                let Some(sides) = sides(windows, &like, shape) else { return Ok(None) };
                sides.map(|windows| Op::Update(windows.to_vec()))
            }
            Op::Cast(_)
            | Op::Select
            | Op::Unary(Unary::Neg)
            | Op::Binary(Binary::Add | Binary::Sub | Binary::Mul | Binary::Div) => [node.op.clone(), node.op.clone()],
            _ => return Ok(None),
        };
        let (mut own, mut twin): (SmallVec<[Value; 3]>, SmallVec<[Value; 3]>) = Default::default();
        for &value in &node.inputs {
            let Some(pair) = self.pair(value, &like)? else { return Ok(None) };
            own.push(pair.own);
            twin.push(pair.twin);
        }
        let (own, twin) = (self.new.add(own_op, own)?.into(), self.new.add(twin_op, twin)?.into());
        Ok(Some(Pair { own, twin, ..like }))
    }

    /// Where the half or the pair of a value lies.
    fn place(&self, value: Value) -> Option<Pair> {
        let of_half =
            |Half { value, axis, axes, .. }: &Half| Pair { own: *value, twin: *value, axis: *axis, axes: axes.clone() };
        self.held(value).pair.clone().or_else(|| self.held(value).half.as_ref().map(of_half))
    }

    /// An operand as a pair at the same place; `None` if it is held at another one.
    fn pair(&mut self, value: Value, like: &Pair) -> Result<Option<Pair>, Error> {
        if let Some(pair) = self.place(value) {
            return Ok((pair.axis == like.axis && pair.axes == like.axes).then_some(pair));
        }
        let Some(whole) = self.held(value).whole else { return Ok(None) };
        let is_complex = self.graph.ty(value).dtype.is_complex();
        let (mut own, mut twin) = (whole, whole);
        if self.shape(value).rank() > 0 {
            own = first_bins(&mut self.new, whole, like.axis)?;
            let shape = self.shape(value).clone();
            let flip = Affine::flip(&shape, &like.axes);
            twin = self.new.view(View::Affine(flip), whole)?;
            if let Some(roll) = View::roll(&shape, (0..shape.rank()).map(|axis| like.axes.contains(&axis) as i64)) {
                twin = self.new.view(roll, twin)?;
            }
            twin = first_bins(&mut self.new, twin, like.axis)?;
        }
        if let Some(scalar) = self.graph.as_literal(value) {
            let conjugate = Scalar::from_complex(scalar.dtype(), scalar.to_complex().conj());
            twin = if is_complex { self.new.literal(conjugate).into() } else { twin };
        } else if is_complex {
            twin = self.conjugate(twin)?;
        }
        Ok(Some(Pair { own, twin, ..like.clone() }))
    }
}

/// Windows and their mirror images, over half of an axis; `None` where that is not one run.
fn sides(all: &[Window], like: &Pair, shape: &Shape) -> Option<[Windows; 2]> {
    let halved = |window: Window, extent: usize| {
        let half = windows::run(0, extent / 2 + 1, extent);
        let both = windows::intersection(window, half, extent);
        (windows::contains(window, both, extent) && windows::contains(half, both, extent)).then_some(both)
    };
    let side = |is_twin: bool| -> Option<Windows> {
        (0..shape.rank())
            .map(|axis| {
                let (window, extent) = (windows::filled(all[axis], shape[axis]), shape[axis]);
                let turned = is_twin && like.axes.contains(&axis) && window.extent > 0 && !window.is_whole(extent);
                let window = if turned { windows::mirrored(window, 0, extent) } else { window };
                if axis == like.axis { halved(window, extent) } else { Some(window) }
            })
            .collect()
    };
    Some([side(false)?, side(true)?])
}
