//! Views and what is placed side by side: view, concat, pad, update.
//!
//! Each is spelled out from its definition; the index expressions that the compiler works with serve only where the op
//! itself is one.

use super::elements::{Array, Draft, for_each_index};
use crate::Error;
use ondine_ir::{Affine, Pad, Type, View, Window};

/// The elements of `operand` as a view reads them.
pub(super) fn view(view: &View, operand: &Array, ty: &Type) -> Result<Array, Error> {
    match view {
        View::Affine(affine) => affine_view(affine, operand, ty),
        View::Reshape(_) => {
            let mut draft = Draft::new(ty.clone())?;
            draft.set_bytes(operand.bytes());
            Ok(draft.finish())
        }
        View::Roll(shifts) => {
            let mut source = vec![0; shifts.len()];
            Array::from_index(ty, |index| {
                for axis in 0..index.len() {
                    source[axis] = (index[axis] - shifts[axis] as i64).rem_euclid(ty.shape[axis] as i64);
                }
                operand.at(&source)
            })
        }
    }
}

fn affine_view(affine: &Affine, operand: &Array, ty: &Type) -> Result<Array, Error> {
    let mut source = vec![0; affine.source.len()];
    Array::from_index(ty, |index| {
        for (position, expression) in source.iter_mut().zip(&affine.source) {
            *position = expression.at(index);
        }
        operand.at(&source)
    })
}

/// The operands one after the other along an axis.
pub(super) fn concat(axis: usize, operands: &[&Array], ty: &Type) -> Result<Array, Error> {
    let mut draft = Draft::new(ty.clone())?;
    let mut start = 0;
    for operand in operands {
        for_each_index(operand.shape(), |index| {
            let mut place = index.to_vec();
            place[axis] += start;
            draft.set(&place, operand.at(index)?)
        })?;
        start += operand.shape()[axis] as i64;
    }
    Ok(draft.finish())
}

/// The operand in the windows of a larger array full of `fill`.
pub(super) fn pad(pad: &Pad, operand: &Array, fill: &Array, ty: &Type) -> Result<Array, Error> {
    let mut draft = Draft::new(ty.clone())?;
    let fill = fill.at(&[])?;
    for_each_index(&ty.shape, |index| draft.set(index, fill))?;
    write_windows(&mut draft, &ty.shape, &pad.windows, operand)?;
    Ok(draft.finish())
}

/// The base with its windows overwritten; a value of rank 0 fills them.
pub(super) fn update(windows: &[Window], base: &Array, value: &Array) -> Result<Array, Error> {
    let mut draft = Draft::copy(base)?;
    write_windows(&mut draft, base.shape(), windows, value)?;
    Ok(draft.finish())
}

fn write_windows(draft: &mut Draft, shape: &[usize], windows: &[Window], value: &Array) -> Result<(), Error> {
    let extents: Vec<usize> = windows.iter().map(|window| window.extent).collect();
    let mut place = vec![0; extents.len()];
    for_each_index(&extents, |index| {
        for axis in 0..index.len() {
            place[axis] = position(windows[axis], index[axis], shape[axis]);
        }
        draft.set(&place, value.spread(index)?)
    })
}

/// Where element `k` of a window lies on a cyclic axis.
pub(super) fn position(window: Window, k: i64, extent: usize) -> i64 {
    (window.start as i64 + k * window.step as i64) % extent as i64
}
