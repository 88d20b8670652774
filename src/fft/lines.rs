//! Transforms along the axes of an array: lengths, scales, and the node.

use super::{FftOptions, FftnOptions, Norm};
use crate::elementwise::literal;
use crate::error::{ErrorKind, Failure, argument};
use crate::join::pad;
use crate::lazy::{Built, Lazy, axes_of, axis_of};
use ondine_ir::{Affine, Binary, Fft, FftAxis, FftKind, Index, Op, Scalar, View};

/// The array cut or padded with zeros at the end of an axis.
pub(super) fn resize(x: &Lazy, axis: usize, extent: usize) -> Built {
    let own = x.shape()[axis];
    if own < extent {
        let mut after = vec![0; x.rank()];
        after[axis] = extent - own;
        return pad(x, &vec![0; x.rank()], &after, literal(Scalar::zero(x.ty().dtype))?.into());
    }
    let shape = x.shape().with(axis, extent);
    x.view(View::Affine(Affine::new(shape, Index::identity(x.rank()))))
}

/// A transform along axes of given lengths.
pub(super) fn transform(op: &'static str, x: &Lazy, kind: FftKind, lines: &[(usize, usize)], norm: Norm) -> Built {
    let dtype = match kind {
        FftKind::RealForward if x.ty().dtype.is_complex() => {
            let remedy = if lines.len() == 1 { "fft" } else { "fftn" };
            return Err(ErrorKind::RealTransform { op, operand: x.ty().clone(), remedy }.into());
        }
        FftKind::RealForward => x.ty().dtype.to_floating(),
        _ => x.ty().dtype.to_complex(),
    };
    if let Some((axis, _)) = lines.iter().find(|(_, len)| *len == 0) {
        return Err(argument(op, format!("a transform of length 0 along axis {axis} of {}", x.ty())));
    }
    let mut fft = Fft { kind, axes: lines.iter().map(|&(axis, len)| FftAxis::whole(kind, axis, len)).collect() };
    let mut input = x.clone();
    for (at, &(axis, len)) in lines.iter().enumerate() {
        let kind = fft.axis_kind(at);
        fft.axes[at] = FftAxis::whole(kind, axis, len);
        input = resize(&input, axis, FftAxis::line(kind, len).0)?;
    }
    let spectrum = Lazy::apply(Op::Fft(fft), [input.cast(dtype)?.into()])?;
    let elements: f64 = lines.iter().map(|(_, len)| *len as f64).product();
    scaled(spectrum, norm.factor(kind.is_forward(), elements))
}

pub(super) fn scaled(x: Lazy, factor: f64) -> Built {
    if factor == 1.0 {
        return Ok(x);
    }
    let factor = literal(Scalar::from_f64(x.ty().dtype.component(), factor))?;
    Lazy::apply(Op::Binary(Binary::Mul), [x.into(), factor.into()])
}

/// The length of a transform without a given one.
fn natural(kind: FftKind, extent: usize) -> usize {
    if kind == FftKind::RealInverse { 2 * extent.saturating_sub(1) } else { extent }
}

pub(super) fn along_one(op: &'static str, x: &Lazy, kind: FftKind, options: &FftOptions) -> Built {
    let axis = axis_of(op, options.axis, x.ty())?;
    let len = options.n.unwrap_or_else(|| natural(kind, x.shape()[axis]));
    transform(op, x, kind, &[(axis, len)], options.norm)
}

/// The axes and the lengths along them, in the order given: by default all axes or the last two, and lengths without axes
/// belong to the last ones.
pub(super) fn lines_of(
    op: &'static str,
    x: &Lazy,
    s: Option<&[i64]>,
    axes: Option<&[i64]>,
    last_two: bool,
) -> Result<Vec<(usize, usize)>, Failure> {
    let axes: Vec<i64> = match (axes, s) {
        (Some(axes), _) => axes.to_vec(),
        (None, _) if last_two => vec![-2, -1],
        (None, Some(s)) => (-(s.len() as i64)..0).collect(),
        (None, None) => (0..x.rank() as i64).collect(),
    };
    let axes = axes_of(op, &axes, x.ty())?;
    let mut lines: Vec<(usize, usize)> = axes.iter().map(|&axis| (axis, x.shape()[axis])).collect();
    let Some(s) = s else { return Ok(lines) };
    if s.len() != axes.len() {
        return Err(argument(op, format!("{} lengths for {} axes", s.len(), axes.len())));
    }
    for (line, &len) in lines.iter_mut().zip(s) {
        match len {
            -1 => {}
            0.. => line.1 = len as usize,
            _ => return Err(argument(op, format!("a transform of length {len}"))),
        }
    }
    Ok(lines)
}

pub(super) fn along_several(op: &'static str, x: &Lazy, kind: FftKind, options: &FftnOptions, last_two: bool) -> Built {
    let mut lines = lines_of(op, x, options.s.as_deref(), options.axes.as_deref(), last_two)?;
    if let (None, Some(last)) = (&options.s, lines.last_mut()) {
        last.1 = natural(kind, last.1);
    }
    match (lines.is_empty(), kind) {
        (true, FftKind::Forward | FftKind::Inverse) => Ok(x.clone()),
        (true, _) => Err(argument(op, "a real transform needs at least one axis")),
        (false, _) => transform(op, x, kind, &lines, options.norm),
    }
}
