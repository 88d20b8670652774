//! Slices that read like Python's, functional updates of slices, and reads at computed positions.

use crate::array::Array;
use crate::element::{Int, Operand};
use crate::error::{ErrorKind, Failure, argument};
use crate::lazy::{Built, Lazy, Source, axis_of};
use crate::{DType, Shape};
use ondine_ir::{Affine, Index, Op, Type, View, Window};
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

/// What a slice takes from one axis; written with [`s!`](crate::s).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// One position; the result loses the axis. Negative positions count from the end.
    At(i64),
    /// Positions from `start` to before `stop`, `step` apart. Bounds count from the end where negative, and are clipped.
    Range {
        /// The first position; the first, or for negative steps the last, by default.
        start: Option<i64>,
        /// The position before which it ends; the end by default.
        stop: Option<i64>,
        /// The distance; negative to read backwards.
        step: i64,
    },
    /// A new axis of extent 1.
    NewAxis,
    /// All axes that the other entries leave, whole; `...` in [`s!`](crate::s).
    Ellipsis,
}

/// A new axis of extent 1 in a slice: `s![.., NewAxis]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewAxis;

impl From<NewAxis> for Pick {
    fn from(_: NewAxis) -> Pick {
        Pick::NewAxis
    }
}

impl<T: Int> From<T> for Pick {
    fn from(position: T) -> Pick {
        Pick::At(position.to_i64())
    }
}

fn range(start: Option<i64>, stop: Option<i64>) -> Pick {
    Pick::Range { start, stop, step: 1 }
}

/// The bound after an inclusive one. After -1, the last, there is no number: the range is open.
fn after(stop: i64) -> Option<i64> {
    if stop == -1 { None } else { stop.checked_add(1) }
}

impl From<RangeFull> for Pick {
    fn from(_: RangeFull) -> Pick {
        range(None, None)
    }
}

impl<T: Int> From<Range<T>> for Pick {
    fn from(bounds: Range<T>) -> Pick {
        range(Some(bounds.start.to_i64()), Some(bounds.end.to_i64()))
    }
}

impl<T: Int> From<RangeFrom<T>> for Pick {
    fn from(bounds: RangeFrom<T>) -> Pick {
        range(Some(bounds.start.to_i64()), None)
    }
}

impl<T: Int> From<RangeTo<T>> for Pick {
    fn from(bounds: RangeTo<T>) -> Pick {
        range(None, Some(bounds.end.to_i64()))
    }
}

impl<T: Int> From<RangeInclusive<T>> for Pick {
    fn from(bounds: RangeInclusive<T>) -> Pick {
        range(Some(bounds.start().to_i64()), after(bounds.end().to_i64()))
    }
}

impl<T: Int> From<RangeToInclusive<T>> for Pick {
    fn from(bounds: RangeToInclusive<T>) -> Pick {
        range(None, after(bounds.end.to_i64()))
    }
}

impl Pick {
    /// This range with another step: `a..b;step` in [`s!`](crate::s).
    #[doc(hidden)]
    pub fn by(self, step: i64) -> Pick {
        match self {
            Pick::Range { start, stop, .. } => Pick::Range { start, stop, step },
            other => other,
        }
    }
}

/// A slice that reads like Python's: per axis a position, a range, or a range with a step after a semicolon; `...` for all
/// axes that are left, [`NewAxis`] for a new one.
///
/// | here | Python |
/// |---|---|
/// | `s![2, ..]` | `[2, :]` |
/// | `s![354..414, -3..]` | `[354:414, -3:]` |
/// | `s![..;-1, 0..10;2]` | `[::-1, 0:10:2]` |
/// | `s![..., 0, NewAxis]` | `[..., 0, None]` |
///
/// ```
/// use ondine::s;
/// let x = ondine::arange(10);
/// assert_eq!(x.slice(s![8..2;-3]).to_vec::<i64>()?, [8, 5]);
/// # Ok::<(), ondine::Error>(())
/// ```
#[macro_export]
macro_rules! s {
    (@ [$($done:expr),*]) => { [$($done),*] as [$crate::Pick; _] };
    (@ [$($done:expr),*] ... $(, $($rest:tt)*)?) => {
        $crate::s!(@ [$($done,)* $crate::Pick::Ellipsis] $($($rest)*)?)
    };
    (@ [$($done:expr),*] $pick:expr; $step:expr $(, $($rest:tt)*)?) => {
        $crate::s!(@ [$($done,)* $crate::Pick::from($pick).by($step)] $($($rest)*)?)
    };
    (@ [$($done:expr),*] $pick:expr $(, $($rest:tt)*)?) => {
        $crate::s!(@ [$($done,)* $crate::Pick::from($pick)] $($($rest)*)?)
    };
    ($($picks:tt)*) => {{
        // Backwards ranges, and those to a negative bound, are what they look like here.
        #[allow(clippy::reversed_empty_ranges)]
        let picks = $crate::s!(@ [] $($picks)*);
        picks
    }};
}

/// What is taken from one axis, with bounds resolved.
#[derive(Clone, Copy)]
enum Taken {
    At(usize),
    Range { start: i64, step: i64, extent: usize },
}

/// A slice of an array of known shape.
struct Slice {
    /// One entry per axis of the array.
    axes: Vec<Taken>,
    /// Extents of the result before new axes are put in.
    shape: Shape,
    /// Positions of new axes in the result.
    new_axes: Vec<usize>,
}

fn resolve(op: &'static str, picks: &[Pick], ty: &Type) -> Result<Slice, Failure> {
    let rank = ty.shape.rank();
    let given = picks.iter().filter(|pick| matches!(pick, Pick::At(_) | Pick::Range { .. })).count();
    if given > rank {
        return Err(ErrorKind::Indices { op, given, operand: ty.clone() }.into());
    }
    if picks.iter().filter(|pick| **pick == Pick::Ellipsis).count() > 1 {
        return Err(argument(op, "more than one ellipsis"));
    }
    let mut slice = Slice { axes: Vec::new(), shape: Shape::default(), new_axes: Vec::new() };
    let mut extents: Vec<usize> = Vec::new();
    let whole = |slice: &mut Slice, extents: &mut Vec<usize>| {
        let extent = ty.shape[slice.axes.len()];
        slice.axes.push(Taken::Range { start: 0, step: 1, extent });
        extents.push(extent);
    };
    for pick in picks {
        let axis = slice.axes.len();
        match *pick {
            Pick::NewAxis => slice.new_axes.push(extents.len() + slice.new_axes.len()),
            Pick::Ellipsis => (given..rank).for_each(|_| whole(&mut slice, &mut extents)),
            Pick::At(index) => {
                let extent = ty.shape[axis] as i64;
                if !(-extent..extent).contains(&index) {
                    return Err(ErrorKind::Index { op, index, axis, operand: ty.clone() }.into());
                }
                slice.axes.push(Taken::At(index.rem_euclid(extent) as usize));
            }
            Pick::Range { step: 0, .. } => return Err(argument(op, format!("the step along axis {axis} is 0"))),
            Pick::Range { start, stop, step } => {
                let (start, extent) = clip(start, stop, step, ty.shape[axis]);
                slice.axes.push(Taken::Range { start, step, extent });
                extents.push(extent);
            }
        }
    }
    while slice.axes.len() < rank {
        whole(&mut slice, &mut extents);
    }
    slice.shape = extents.into();
    Ok(slice)
}

/// The first position and the number of positions of a range on an axis, as Python's lists count them.
fn clip(start: Option<i64>, stop: Option<i64>, step: i64, extent: usize) -> (i64, usize) {
    let extent = extent as i64;
    let (low, high) = if step > 0 { (0, extent) } else { (-1, extent - 1) };
    let bound = |bound: i64| if bound < 0 { bound.saturating_add(extent) } else { bound }.clamp(low, high);
    let start = start.map_or(if step > 0 { low } else { high }, bound);
    let stop = stop.map_or(if step > 0 { high } else { low }, bound);
    let distance = if step > 0 { stop - start } else { start - stop };
    match distance > 0 {
        true => (start, (distance as u64).div_ceil(step.unsigned_abs()) as usize),
        false => (0, 0),
    }
}

impl Slice {
    fn of(&self, x: &Lazy) -> Built {
        let mut result = 0;
        let index = |taken: &Taken| match *taken {
            Taken::At(position) => Index::constant(position as i64),
            Taken::Range { start, step, extent } => {
                result += 1;
                // A step past the only element would be a number without a meaning.
                if extent <= 1 { Index::constant(start) } else { Index::axis(result - 1).times(step).plus(start) }
            }
        };
        let source: Vec<Index> = self.axes.iter().map(index).collect();
        let view = View::Affine(Affine::new(self.shape.clone(), source));
        x.view(view)?.expand(&self.new_axes)
    }

    /// The array with the slice overwritten.
    fn update(&self, x: &Lazy, value: Source) -> Built {
        if self.shape.elements() == 0 {
            return Ok(x.clone());
        }
        let mut windows = Vec::new();
        let mut backwards = Vec::new();
        for (axis, taken) in self.axes.iter().enumerate() {
            windows.push(match *taken {
                Taken::At(position) => Window::run(position, 1),
                Taken::Range { start, extent: 1, .. } => Window::run(start as usize, 1),
                Taken::Range { start, step, extent } if step > 0 => {
                    Window { start: start as usize, step: step as usize, extent }
                }
                Taken::Range { start, step, extent } => {
                    backwards.push(axis);
                    let last = start + (extent as i64 - 1) * step;
                    Window { start: last as usize, step: step.unsigned_abs() as usize, extent }
                }
            });
        }
        let value = match value {
            Source::Lazy(value) if value.rank() > 0 => {
                let whole = windows.iter().map(|window| window.extent).collect();
                value.reshape(whole)?.flip(&backwards)?.into()
            }
            number => number,
        };
        Lazy::apply(Op::Update(windows), [x.into(), value])
    }

    /// Extents of the result with the new axes.
    fn result_shape(&self) -> Shape {
        let mut extents = self.shape.to_vec();
        for &axis in &self.new_axes {
            extents.insert(axis, 1);
        }
        extents.into()
    }
}

/// Which position `searchsorted` gives among equal elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// Before them.
    #[default]
    Left,
    /// After them.
    Right,
}

impl Array {
    /// A part of the array, written with [`s!`](crate::s) as in Python: `x.slice(s![354..414, ..;-1])`.
    ///
    /// Bounds are clipped as in Python; missing entries at the end mean whole axes.
    ///
    /// - result: same dtype, same device; a view, which moves no data
    /// - lazy: adds nodes, evaluates nothing
    ///
    /// ```
    /// use ondine::s;
    /// let x = ondine::arange(6).reshape([2, 3]);
    /// assert_eq!(x.slice(s![1, ..;-1]).to_vec::<i64>()?, [5, 4, 3]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Index` for a position outside its axis, `Indices` for more entries than axes, `Argument` for
    /// a step of 0.
    ///
    /// Source: array API standard 2025.12, section "Indexing".
    #[track_caller]
    pub fn slice(&self, picks: impl AsRef<[Pick]>) -> Array {
        self.then(|x| resolve("slice", picks.as_ref(), x.ty())?.of(x))
    }

    /// The array with a part overwritten; this array itself stays as it is.
    ///
    /// - `value`: an array that broadcasts to the part, or a number; converted to this array's dtype
    /// - result: same dtype, shape and device
    ///
    /// ```
    /// use ondine::s;
    /// let x = ondine::zeros([4]).set(s![1..3], 7.0);
    /// assert_eq!(x.to_vec::<f64>()?, [0.0, 7.0, 7.0, 0.0]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: as [`slice`](Array::slice); `Argument` if the value does not broadcast; `Complex` for complex
    /// values in a real array.
    #[track_caller]
    pub fn set(&self, picks: impl AsRef<[Pick]>, value: impl Into<Operand>) -> Array {
        let value = value.into().0;
        self.then(|x| {
            let slice = resolve("set", picks.as_ref(), x.ty())?;
            let value = match value.to_dtype("set", x.ty().dtype)? {
                Source::Lazy(value) if value.rank() > 0 => {
                    crate::manipulate::fit("set", &value, &slice.result_shape())?.into()
                }
                number => number,
            };
            slice.update(x, value)
        })
    }

    /// Elements along an axis at the positions that another array holds; negative positions count from the end.
    ///
    /// - `indices`: integers of any shape
    /// - result: dtype of this array, with the shape of `indices` in place of the axis
    ///
    /// ```
    /// let x = ondine::Array::from([10, 20, 30]);
    /// assert_eq!(x.take(&ondine::Array::from([2, 0, -1]), 0).to_vec::<i32>()?, [30, 10, 30]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Axis`; `Argument` if the positions are not integers. A position outside the axis is an error
    /// of the evaluation.
    ///
    /// Source: array API standard 2025.12, `take`.
    #[track_caller]
    pub fn take(&self, indices: &Array, axis: i64) -> Array {
        self.then(|x| {
            let axis = axis_of("take", axis, x.ty())?;
            let indices = indices.lazy()?;
            if !indices.ty().dtype.is_integer() {
                return Err(argument("take", format!("positions are integers, not {}", indices.ty())));
            }
            Lazy::apply(Op::Gather { axis }, [x.into(), indices.cast(DType::I64)?.into()])
        })
    }

    /// Where elements would be inserted into this sorted array of one axis to keep it sorted.
    ///
    /// - `values`: an array of any shape, or a number
    /// - `side`: before or after equal elements
    /// - result: `i64`, shape of `values`
    ///
    /// ```
    /// use ondine::Side;
    /// let sorted = ondine::Array::from([1.0, 2.0, 2.0, 3.0]);
    /// assert_eq!(sorted.searchsorted(2.0, Side::Right).item::<i64>()?, 3);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Shape` if this array has not exactly one axis; `DType` for complex numbers.
    ///
    /// Source: array API standard 2025.12, `searchsorted`.
    #[track_caller]
    pub fn searchsorted(&self, values: impl Into<Operand>, side: Side) -> Array {
        let values = values.into().0;
        self.then(|x| {
            let common = values.promote(x.ty().dtype)?;
            let sources = [x.cast(common)?.into(), values.cast("searchsorted", common)?];
            Lazy::apply(Op::SearchSorted { right: side == Side::Right }, sources)
        })
    }
}
