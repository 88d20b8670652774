//! Shapes: reshape, permute, flip, roll, broadcast. Views move no data.

use crate::element::Int;
use crate::error::{ErrorKind, Failure, argument};
use crate::lazy::{Built, Lazy, axes_of, axis_of};
use crate::{Array, Shape};
use ondine_ir::{Affine, Error as IrError, Index, Type, View};
use smallvec::SmallVec;

/// Which axes a function works along: all, or some by number, negative ones counted from the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Axes {
    /// All axes.
    #[default]
    All,
    /// These axes.
    Some(Vec<i64>),
}

impl<T: Int> From<T> for Axes {
    fn from(axis: T) -> Axes {
        Axes::Some(vec![axis.to_i64()])
    }
}

impl<T: Int, const N: usize> From<[T; N]> for Axes {
    fn from(axes: [T; N]) -> Axes {
        Axes::Some(axes.iter().map(|axis| axis.to_i64()).collect())
    }
}

impl<T: Int> From<&[T]> for Axes {
    fn from(axes: &[T]) -> Axes {
        Axes::Some(axes.iter().map(|axis| axis.to_i64()).collect())
    }
}

impl<T: Int> From<Vec<T>> for Axes {
    fn from(axes: Vec<T>) -> Axes {
        Axes::from(&axes[..])
    }
}

impl Axes {
    /// The axes of an operand, in the order given.
    pub(crate) fn of(&self, op: &'static str, ty: &Type) -> Result<SmallVec<[usize; 4]>, Failure> {
        match self {
            Axes::All => Ok((0..ty.shape.rank()).collect()),
            Axes::Some(axes) => axes_of(op, axes, ty),
        }
    }
}

fn numbers<T: Int>(list: impl AsRef<[T]>) -> Vec<i64> {
    list.as_ref().iter().map(|number| number.to_i64()).collect()
}

impl Lazy {
    pub(crate) fn reshape(&self, shape: Shape) -> Built {
        self.view(View::Reshape(shape))
    }

    pub(crate) fn permute(&self, axes: &[usize]) -> Built {
        self.view(View::Affine(Affine::permute(self.shape(), axes)))
    }

    pub(crate) fn flip(&self, axes: &[usize]) -> Built {
        let axes: SmallVec<[usize; 4]> = axes.iter().copied().filter(|&axis| self.shape()[axis] > 1).collect();
        match axes.is_empty() {
            true => Ok(self.clone()),
            false => self.view(View::Affine(Affine::flip(self.shape(), &axes))),
        }
    }

    pub(crate) fn roll(&self, shifts: impl IntoIterator<Item = i64>) -> Built {
        match View::roll(self.shape(), shifts) {
            Some(view) => self.view(view),
            None => Ok(self.clone()),
        }
    }

    /// Unit axes inserted at these positions of the result.
    pub(crate) fn expand(&self, axes: &[usize]) -> Built {
        let mut own = self.shape().iter();
        let rank = self.rank() + axes.len();
        let extent = |axis| if axes.contains(&axis) { 1 } else { *own.next().expect("one extent per old axis") };
        let shape: Vec<usize> = (0..rank).map(extent).collect();
        self.reshape(shape.into())
    }

    /// The positions `start..stop` of an axis.
    pub(crate) fn part(&self, axis: usize, start: usize, stop: usize) -> Built {
        let mut source = Index::identity(self.rank());
        source[axis] = Index::axis(axis).plus(start as i64);
        self.view(View::Affine(Affine::new(self.shape().with(axis, stop - start), source)))
    }

    fn moved(&self, source: &[i64], destination: &[i64]) -> Built {
        let from = axes_of("moveaxis", source, self.ty())?;
        let to = axes_of("moveaxis", destination, self.ty())?;
        if from.len() != to.len() {
            return Err(argument("moveaxis", format!("{} axes have {} destinations", from.len(), to.len())));
        }
        let mut rest = (0..self.rank()).filter(|axis| !from.contains(axis));
        let place = |at: usize| match to.iter().position(|&to| to == at) {
            Some(moved) => from[moved],
            None => rest.next().expect("as many axes are left as places"),
        };
        let axes: Vec<usize> = (0..self.rank()).map(place).collect();
        self.permute(&axes)
    }

    fn shaped(&self, extents: &[i64]) -> Built {
        let given = extents.iter().filter(|&&extent| extent != -1);
        let known = given.fold(1i128, |product, &extent| product.saturating_mul(extent.into()));
        let unknown = extents.iter().filter(|&&extent| extent == -1).count();
        let elements = self.shape().elements();
        let refuse = |reason: &str| -> Failure {
            let reason = format!("of {elements} elements cannot become {extents:?}{reason}");
            IrError::Shape { op: "reshape", operands: vec![self.ty().clone()], reason }.into()
        };
        if extents.iter().any(|&extent| extent < -1) || unknown > 1 {
            return Err(refuse("; at most one extent may be -1"));
        }
        let left = if known == 0 { 0 } else { elements as i128 / known };
        if unknown == 1 && (known == 0 || left * known != elements as i128) {
            return Err(refuse(""));
        }
        let extent = |&extent: &i64| if extent == -1 { left as usize } else { extent as usize };
        let shape: Shape = extents.iter().map(extent).collect();
        if shape.elements() != elements {
            return Err(refuse(""));
        }
        self.reshape(shape)
    }

    fn rolled(&self, shifts: &[i64], axes: &[i64]) -> Built {
        let shift_of = |at: usize| if shifts.len() == 1 { shifts[0] } else { shifts[at] };
        if shifts.len() != 1 && shifts.len() != axes.len() {
            return Err(argument("roll", format!("{} shifts for {} axes", shifts.len(), axes.len())));
        }
        let mut total: SmallVec<[i64; 4]> = SmallVec::from_elem(0, self.rank());
        for (at, &axis) in axes.iter().enumerate() {
            // The same axis may be given several times; its shifts add up.
            let axis = axis_of("roll", axis, self.ty())?;
            let extent = self.shape()[axis].max(1) as i64;
            total[axis] = (total[axis] + shift_of(at).rem_euclid(extent)) % extent;
        }
        self.roll(total)
    }
}

/// An array repeated to a shape that is given.
pub(crate) fn fit(op: &'static str, x: &Lazy, shape: &Shape) -> Built {
    match x.shape().broadcast(shape) {
        Some(common) if common == *shape => x.broadcast(shape.clone()),
        _ => Err(argument(op, format!("{} does not broadcast to {shape}", x.ty()))),
    }
}

impl Array {
    /// The same elements in row-major order under another shape; one extent may be -1 and follows from the others.
    ///
    /// ```
    /// assert_eq!(ondine::arange(6).reshape([2, -1]).shape()?, [2, 3].into());
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Shape` if the numbers of elements differ.
    ///
    /// Source: array API standard 2025.12, `reshape`.
    #[track_caller]
    pub fn reshape<T: Int>(&self, extents: impl AsRef<[T]>) -> Array {
        self.then(|x| x.shaped(&numbers(extents)))
    }

    /// The axes in another order: axis `k` of the result is axis `axes[k]` of this array.
    ///
    /// ```
    /// assert_eq!(ondine::zeros([2, 3]).permute_dims([1, 0]).shape()?, [3, 2].into());
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Axis`, `RepeatedAxis`, `Argument` if not every axis is named once.
    ///
    /// Source: array API standard 2025.12, `permute_dims`.
    #[track_caller]
    pub fn permute_dims<T: Int>(&self, axes: impl AsRef<[T]>) -> Array {
        self.then(|x| {
            let axes = axes_of("permute_dims", &numbers(axes), x.ty())?;
            match axes.len() == x.rank() {
                true => x.permute(&axes),
                false => Err(argument("permute_dims", format!("{} axes are given for {}", axes.len(), x.ty()))),
            }
        })
    }

    /// The last two axes swapped: the transpose of a matrix, or of every matrix in a stack.
    ///
    /// ```
    /// let x = ondine::Array::from([[1, 2], [3, 4]]);
    /// assert_eq!(x.matrix_transpose().to_vec::<i32>()?, [1, 3, 2, 4]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Argument` if there are fewer than two axes.
    ///
    /// Source: array API standard 2025.12, `matrix_transpose`.
    #[track_caller]
    pub fn matrix_transpose(&self) -> Array {
        self.then(|x| {
            let rank = x.rank();
            if rank < 2 {
                return Err(argument("matrix_transpose", format!("{} has fewer than two axes", x.ty())));
            }
            let mut axes: Vec<usize> = (0..rank).collect();
            axes.swap(rank - 2, rank - 1);
            x.permute(&axes)
        })
    }

    /// The elements backwards along some axes.
    ///
    /// - `axes`: [`Axes::All`], one axis, or several
    ///
    /// ```
    /// assert_eq!(ondine::arange(3).flip(0).to_vec::<i64>()?, [2, 1, 0]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Axis`, `RepeatedAxis`.
    ///
    /// Source: array API standard 2025.12, `flip`.
    #[track_caller]
    pub fn flip(&self, axes: impl Into<Axes>) -> Array {
        let axes = axes.into();
        self.then(|x| x.flip(&axes.of("flip", x.ty())?))
    }

    /// A cyclic shift: what leaves at the end of an axis comes in at its start.
    ///
    /// - `shift`: one for all axes, or one per axis, in elements
    /// - `axes`: the axes, of which some may repeat; [`Axes::All`] shifts the array as if it had one axis
    ///
    /// ```
    /// assert_eq!(ondine::arange(4).roll(1, 0).to_vec::<i64>()?, [3, 0, 1, 2]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Axis`; `Argument` if shifts and axes differ in number.
    ///
    /// Source: array API standard 2025.12, `roll`.
    #[track_caller]
    pub fn roll(&self, shift: impl Into<Axes>, axes: impl Into<Axes>) -> Array {
        let (shift, axes) = (shift.into(), axes.into());
        self.then(|x| {
            let Axes::Some(shifts) = shift else { return Err(argument("roll", "no shift is given")) };
            match axes {
                Axes::Some(axes) => x.rolled(&shifts, &axes),
                Axes::All => {
                    x.reshape([x.shape().elements()].into())?.rolled(&shifts, &[0])?.reshape(x.shape().clone())
                }
            }
        })
    }

    /// Axes of extent 1 inserted at positions of the result.
    ///
    /// ```
    /// assert_eq!(ondine::zeros([3]).expand_dims([0, 2]).shape()?, [1, 3, 1].into());
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `NewAxis` if a position is out of range; `Argument` if it is given twice.
    ///
    /// Source: array API standard 2025.12, `expand_dims`.
    #[track_caller]
    pub fn expand_dims(&self, axes: impl Into<Axes>) -> Array {
        let axes = axes.into();
        self.then(|x| {
            let Axes::Some(given) = axes else { return Err(argument("expand_dims", "no axis is given")) };
            let rank = (x.rank() + given.len()) as i64;
            let mut places: Vec<usize> = Vec::new();
            for axis in given {
                if !(-rank..rank).contains(&axis) {
                    return Err(ErrorKind::NewAxis { op: "expand_dims", axis, rank: rank as usize }.into());
                }
                let place = axis.rem_euclid(rank) as usize;
                if places.contains(&place) {
                    return Err(argument("expand_dims", format!("axis {axis} of the result is given twice")));
                }
                places.push(place);
            }
            x.expand(&places)
        })
    }

    /// The array without some axes of extent 1.
    ///
    /// ```
    /// assert_eq!(ondine::zeros([1, 3]).squeeze(0).shape()?, [3].into());
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Axis`, `RepeatedAxis`; `Argument` if an axis has another extent.
    ///
    /// Source: array API standard 2025.12, `squeeze`.
    #[track_caller]
    pub fn squeeze(&self, axes: impl Into<Axes>) -> Array {
        let axes = axes.into();
        self.then(|x| {
            let axes = axes.of("squeeze", x.ty())?;
            match axes.iter().find(|&&axis| x.shape()[axis] != 1) {
                Some(axis) => Err(argument("squeeze", format!("axis {axis} of {} has not extent 1", x.ty()))),
                None => x.reshape(x.shape().without(&axes)),
            }
        })
    }

    /// Axes at other positions; the rest keep their order.
    ///
    /// ```
    /// assert_eq!(ondine::zeros([2, 3, 4]).moveaxis(0, -1).shape()?, [3, 4, 2].into());
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Axis`, `RepeatedAxis`; `Argument` if the numbers of axes differ.
    ///
    /// Source: array API standard 2025.12, `moveaxis`.
    #[track_caller]
    pub fn moveaxis(&self, source: impl Into<Axes>, destination: impl Into<Axes>) -> Array {
        let (source, destination) = (source.into(), destination.into());
        self.then(|x| match (&source, &destination) {
            (Axes::Some(source), Axes::Some(destination)) => x.moved(source, destination),
            _ => Err(argument("moveaxis", "no axis is given")),
        })
    }

    /// The array repeated to a shape: along new leading axes and along axes of extent 1.
    ///
    /// ```
    /// assert_eq!(ondine::arange(2).broadcast_to([2, 2]).to_vec::<i64>()?, [0, 1, 0, 1]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Argument` if the shapes do not fit.
    ///
    /// Source: array API standard 2025.12, `broadcast_to`.
    #[track_caller]
    pub fn broadcast_to(&self, shape: impl Into<Shape>) -> Array {
        let shape = shape.into();
        self.then(|x| fit("broadcast_to", x, &shape))
    }

    /// The array repeated along its axes; counts are aligned at the last axis.
    ///
    /// ```
    /// assert_eq!(ondine::arange(2).tile([2]).to_vec::<i64>()?, [0, 1, 0, 1]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// Source: array API standard 2025.12, `tile`.
    #[track_caller]
    pub fn tile(&self, repetitions: impl AsRef<[usize]>) -> Array {
        self.then(|x| {
            let counts = repetitions.as_ref();
            let rank = x.rank().max(counts.len());
            let aligned =
                |list: &[usize], at: usize| if at + list.len() < rank { 1 } else { list[at + list.len() - rank] };
            let pairs: Vec<(usize, usize)> =
                (0..rank).map(|at| (aligned(counts, at), aligned(x.shape(), at))).collect();
            let apart = |pick: fn(&(usize, usize)) -> [usize; 2]| pairs.iter().flat_map(pick).collect::<Shape>();
            let one = x.reshape(apart(|&(_, extent)| [1, extent]))?;
            let many = one.broadcast(apart(|&(count, extent)| [count, extent]))?;
            many.reshape(pairs.iter().map(|(count, extent)| count.saturating_mul(*extent)).collect())
        })
    }

    /// Every element several times in a row along an axis.
    ///
    /// ```
    /// assert_eq!(ondine::arange(2).repeat(2, 0).to_vec::<i64>()?, [0, 0, 1, 1]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Axis`.
    ///
    /// Source: array API standard 2025.12, `repeat`.
    #[track_caller]
    pub fn repeat(&self, count: usize, axis: i64) -> Array {
        self.then(|x| {
            let axis = axis_of("repeat", axis, x.ty())?;
            let apart = x.expand(&[axis + 1])?;
            let many = apart.broadcast(apart.shape().with(axis + 1, count))?;
            many.reshape(x.shape().with(axis, x.shape()[axis].saturating_mul(count)))
        })
    }
}
