//! Arrays of the `ndarray` crate (0.17), in and out without a copy where the layout allows. Feature `ndarray`.
//!
//! ```
//! use ondine::{Array, Device, ndarray::view};
//!
//! let table = ndarray::arr2(&[[1.0, 2.0], [3.0, 4.0]]);
//! let x = Array::from(table.reversed_axes());                  // its vector is adopted
//! let y = (x * 2.0).eval(&Device::cpu())?;
//!
//! let host = y.to_host()?;                                      // shared with y
//! assert_eq!(view::<f64>(&host)?, ndarray::arr2(&[[2.0, 6.0], [4.0, 8.0]]).into_dyn());
//! assert_eq!(y.to_ndarray::<f64>()?.sum(), 20.0);               // a copy of one's own
//! # Ok::<(), ondine::Error>(())
//! ```
//!
//! **In.** [`Array::from`] takes `Array`, `ArcArray` and `ArrayView` of every element type and dimension. An owned array whose
//! elements lie without gaps gives its memory, in whatever order its axes are and whichever way they run: other orders than
//! row-major become a view, which costs nothing until it is stored. A shared one is used where it is, and stays as it is,
//! because its other owners copy before they write. Views are copied, because an array may outlive them; so is what has gaps.
//!
//! **Out.** [`view()`] of what [`Array::to_host`] gives, or [`Array::to_ndarray`].

use crate::error::{ErrorKind, Failure, Result, argument, here};
use crate::{Array, Buffer, Element, Shape};
use ::ndarray::{ArcArray, ArrayD, ArrayView, ArrayViewD, Dimension, IxDyn};

impl<T: Element, D: Dimension> From<::ndarray::Array<T, D>> for Array {
    /// An array over the same memory, if its elements lie there without gaps; otherwise over a copy.
    #[track_caller]
    fn from(x: ::ndarray::Array<T, D>) -> Array {
        let Some(layout) = Layout::of(x.view()) else { return Array::from(x.view()) };
        let (mut values, first) = x.into_raw_vec_and_offset();
        // What the array was sliced from may be longer at both ends.
        let start = first.unwrap_or(0) - layout.before;
        values.truncate(start + layout.extents.elements());
        values.drain(..start);
        layout.array(|extents| Array::from_vec(values, extents))
    }
}

impl<T: Element, D: Dimension> From<ArcArray<T, D>> for Array {
    /// An array over the same memory, if its elements lie there without gaps; otherwise over a copy.
    #[track_caller]
    fn from(x: ArcArray<T, D>) -> Array {
        match Layout::of(x.view()) {
            Some(layout) => layout.array(|extents| Array::from_owner(Shared(x.into_dyn()), T::DTYPE, extents)),
            None => Array::from(x.view()),
        }
    }
}

impl<T: Element, D: Dimension> From<ArrayView<'_, T, D>> for Array {
    /// An array over a copy.
    #[track_caller]
    fn from(x: ArrayView<'_, T, D>) -> Array {
        Array::from(x.to_owned())
    }
}

/// What lends the memory of a shared array whose elements lie without gaps.
struct Shared<T>(ArcArray<T, IxDyn>);

impl<T: Element> AsRef<[u8]> for Shared<T> {
    fn as_ref(&self) -> &[u8] {
        T::bytes(self.0.as_slice_memory_order().expect("a layout was found for it"))
    }
}

/// How elements that lie without gaps are an array.
struct Layout {
    /// The extents in the order in which the axes lie in memory, the outermost first.
    extents: Shape,
    /// For each axis of the array its place among those.
    places: Vec<usize>,
    /// The axes of the array along which memory is read from its end.
    backwards: Vec<usize>,
    /// Elements that lie before the one at position 0.
    before: usize,
}

impl Layout {
    /// `None` if there are gaps, or if elements are repeated.
    fn of<T, D: Dimension>(x: ArrayView<T, D>) -> Option<Layout> {
        let (extents, strides) = (x.shape(), x.strides());
        if x.is_standard_layout() {
            let places = (0..extents.len()).collect();
            return Some(Layout { extents: extents.into(), places, backwards: Vec::new(), before: 0 });
        }
        x.as_slice_memory_order()?;
        let mut axes: Vec<usize> = (0..extents.len()).collect();
        axes.sort_by_key(|&axis| std::cmp::Reverse(strides[axis].unsigned_abs()));
        let mut places = vec![0; axes.len()];
        axes.iter().enumerate().for_each(|(place, &axis)| places[axis] = place);
        let backwards: Vec<usize> = (0..extents.len()).filter(|&axis| extents[axis] > 1 && strides[axis] < 0).collect();
        let before = backwards.iter().map(|&axis| strides[axis].unsigned_abs() * (extents[axis] - 1)).sum();
        Some(Layout { extents: axes.iter().map(|&axis| extents[axis]).collect(), places, backwards, before })
    }

    /// The array over memory that is taken as row-major.
    #[track_caller]
    fn array(self, take: impl FnOnce(Shape) -> Array) -> Array {
        take(self.extents).then(|x| x.permute(&self.places)?.flip(&self.backwards))
    }
}

/// A view of a value in host memory, which [`Array::to_host`] gives. Nothing is copied.
///
/// See [the module](self) for an example.
///
/// # Errors
/// `Element` if `T` is not the value's dtype; `Argument` if elements of bool, in memory of others, are neither 0 nor 1.
#[track_caller]
pub fn view<T: Element>(host: &Buffer) -> Result<ArrayViewD<'_, T>> {
    here(viewed("view", host))
}

fn viewed<'a, T: Element>(op: &'static str, host: &'a Buffer) -> Result<ArrayViewD<'a, T>, Failure> {
    let ty = host.ty();
    if T::DTYPE != ty.dtype {
        return Err(ErrorKind::Element { op, operand: ty.clone(), asked: T::DTYPE }.into());
    }
    let values = T::view(host.bytes()).ok_or_else(|| argument(op, "elements of bool are neither 0 nor 1"))?;
    ArrayViewD::from_shape(&ty.shape[..], values).map_err(|error| argument(op, format!("{ty}: {error}")))
}

impl Array {
    /// The value as an array of the `ndarray` crate: a copy, in row-major order. [`ndarray::view`](view()) copies nothing.
    /// Evaluates as [`to_vec`](Array::to_vec) does. Feature `ndarray`.
    ///
    /// ```
    /// let x = ondine::arange(4).reshape([2, 2]).to_ndarray::<i64>()?;
    /// assert_eq!(x[[1, 0]], 2);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`to_vec`](Array::to_vec).
    #[track_caller]
    pub fn to_ndarray<T: Element>(&self) -> Result<ArrayD<T>> {
        let read = || Ok(viewed("to_ndarray", &self.value()?)?.to_owned());
        here(read())
    }
}
