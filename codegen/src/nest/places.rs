//! Folds that find a place: of the first best element, or of the first NaN. A partial is the element and its place, 8 bytes
//! each.

use super::reduce::{ACCUMULATORS, Slab};
use bytemuck::Pod;
use ondine_ir::{DType, ReduceKind};

/// Something to do with the type of elements that have an order.
trait VisitOrdered {
    fn visit<T: Pod + PartialOrd>(self);
}

fn dispatch_ordered(dtype: DType, visit: impl VisitOrdered) {
    match dtype {
        DType::Bool | DType::U8 => visit.visit::<u8>(),
        DType::I8 => visit.visit::<i8>(),
        DType::I16 => visit.visit::<i16>(),
        DType::I32 => visit.visit::<i32>(),
        DType::I64 => visit.visit::<i64>(),
        DType::U16 => visit.visit::<u16>(),
        DType::U32 => visit.visit::<u32>(),
        DType::U64 => visit.visit::<u64>(),
        DType::F32 => visit.visit::<f32>(),
        DType::F64 => visit.visit::<f64>(),
        DType::C64 | DType::C128 => unreachable!("complex numbers have no order, as inference says"),
    }
}

/// True if an element takes the place of an earlier one: it is strictly better, or the first NaN.
#[allow(clippy::eq_op)]
pub(super) fn beats<T: PartialOrd>(kind: ReduceKind, new: &T, old: &T) -> bool {
    if old != old {
        return false;
    }
    new != new || if kind == ReduceKind::ArgMin { new < old } else { new > old }
}

/// Finds the best element of each output in a block, and its place.
pub(super) struct ArgBlock<'a> {
    pub(super) slab: Slab,
    pub(super) first: usize,
    pub(super) elements: &'a [u8],
    pub(super) accumulators: &'a mut [u8],
    pub(super) partials: &'a mut [u8],
    pub(super) kind: ReduceKind,
}

impl VisitOrdered for ArgBlock<'_> {
    fn visit<T: Pod + PartialOrd>(self) {
        match (self.slab.is_outer, self.kind) {
            (true, ReduceKind::ArgMin) => self.across::<T>(|new, old| new < old),
            (true, _) => self.across::<T>(|new, old| new > old),
            (false, ReduceKind::ArgMin) => self.along::<T>(|new, old| new < old),
            (false, _) => self.along::<T>(|new, old| new > old),
        }
    }
}

impl ArgBlock<'_> {
    pub(super) fn run(self, dtype: DType) {
        dispatch_ordered(dtype, self);
    }

    /// The best value of each output, then the place where it is first.
    fn along<T: Pod + PartialOrd>(mut self, better: impl Fn(T, T) -> bool + Copy) {
        let Slab { outputs, count, pitch, .. } = self.slab;
        let elements: &[T] = bytemuck::cast_slice(self.elements);
        for output in 0..outputs {
            let elements = &elements[output * pitch..][..count];
            let at = match find(elements, is_nan) {
                Some(at) => at,
                None => {
                    let best = best(elements, better);
                    find(elements, |x| x == best).unwrap_or(0)
                }
            };
            self.set(output, elements[at], at);
        }
    }

    /// The best value of all outputs and its place, element by element.
    fn across<T: Pod + PartialOrd>(mut self, better: impl Fn(T, T) -> bool) {
        let Slab { outputs, count, pitch, .. } = self.slab;
        let elements: &[T] = bytemuck::cast_slice(self.elements);
        let (values, places) = std::mem::take(&mut self.accumulators).split_at_mut(outputs * ACCUMULATORS / 2);
        let values: &mut [T] = &mut bytemuck::cast_slice_mut(values)[..outputs];
        let places: &mut [u64] = &mut bytemuck::cast_slice_mut(places)[..outputs];
        values.copy_from_slice(&elements[..outputs]);
        places.fill(0);
        for at in 1..count {
            let row = &elements[at * pitch..][..outputs];
            for ((value, place), &new) in values.iter_mut().zip(&mut *places).zip(row) {
                let old = *value;
                let wins = !is_nan(old) & (better(new, old) | is_nan(new));
                *value = if wins { new } else { old };
                *place = if wins { at as u64 } else { *place };
            }
        }
        for (output, (value, place)) in values.iter().zip(&*places).enumerate() {
            self.set(output, *value, *place as usize);
        }
    }

    fn set<T: Pod>(&mut self, output: usize, value: T, at: usize) {
        let partial = &mut self.partials[output * 16..][..16];
        partial[..size_of::<T>()].copy_from_slice(bytemuck::bytes_of(&value));
        partial[8..].copy_from_slice(&((self.first + at) as i64).to_ne_bytes());
    }
}

#[allow(clippy::eq_op)]
fn is_nan<T: Copy + PartialEq>(x: T) -> bool {
    x != x
}

/// Where something first holds; asked of many elements at once.
fn find<T: Copy>(elements: &[T], holds: impl Fn(T) -> bool + Copy) -> Option<usize> {
    const MANY: usize = 64;
    let any = |many: &&[T]| many.iter().fold(false, |any, &x| any | holds(x));
    let (at, many) = elements.chunks(MANY).enumerate().find(|(_, many)| any(many))?;
    many.iter().position(|&x| holds(x)).map(|place| at * MANY + place)
}

/// The best of some elements that are in order, one at least.
fn best<T: Copy>(elements: &[T], better: impl Fn(T, T) -> bool + Copy) -> T {
    const LANES: usize = 16;
    let choose = |old: T, new: T| if better(new, old) { new } else { old };
    let mut lanes = [elements[0]; LANES];
    let chunks = elements.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(best, &x)| *best = choose(*best, x));
    }
    rest.iter().chain(&lanes).copied().fold(elements[0], choose)
}

/// Finds the best of the partials of each output.
pub(super) struct ArgCombine<'a> {
    pub(super) blocks: usize,
    pub(super) partials: &'a [u8],
    pub(super) out: &'a mut [u8],
    pub(super) kind: ReduceKind,
}

impl ArgCombine<'_> {
    pub(super) fn run(self, dtype: DType) {
        dispatch_ordered(dtype, self);
    }
}

impl VisitOrdered for ArgCombine<'_> {
    fn visit<T: Pod + PartialOrd>(self) {
        let value = |partial: &[u8]| bytemuck::pod_read_unaligned::<T>(&partial[..size_of::<T>()]);
        let outputs = bytemuck::cast_slice_mut::<u8, i64>(self.out);
        for (out, partials) in outputs.iter_mut().zip(self.partials.chunks_exact((16 * self.blocks).max(16))) {
            let mut best = &partials[..16];
            for partial in partials[16..].chunks_exact(16) {
                if beats(self.kind, &value(partial), &value(best)) {
                    best = partial;
                }
            }
            *out = bytemuck::pod_read_unaligned(&best[8..16]);
        }
    }
}
