//! Reads and updates at positions that other arrays hold: integers per axis, truth values, counts.
//!
//! All of it is arithmetic on positions around three ops: `gather`, `scatter`, and running sums of truth values.

use crate::element::Operand;
use crate::elementwise::{constant, whole, zip};
use crate::error::{Failure, Result, argument, here};
use crate::evaluate::evaluate;
use crate::lazy::{Built, Lazy, Source, axis_of};
use crate::manipulate::fit;
use crate::{Array, Options, Shape};
use ondine_ir::{Binary, DType, Op, ReduceKind, Scan};

fn gather(x: &Lazy, axis: usize, positions: &Lazy) -> Built {
    Lazy::apply(Op::Gather { axis }, [x.into(), positions.into()])
}

/// How many elements of an array of bool with one axis are true, up to and with each; in `i64`.
fn running_count(mask: &Lazy) -> Built {
    Lazy::apply(Op::Scan(Scan { kind: ReduceKind::Sum, axis: 0 }), [mask.cast(DType::I64)?.into()])
}

/// The positions of what is true in an array of bool with one axis. Evaluates it: where it is placed, or on the device
/// of the array that it is for.
pub(crate) fn true_positions(mask: &Lazy, of: &Lazy) -> Built {
    let extent = mask.shape()[0];
    if extent == 0 {
        return mask.cast(DType::I64);
    }
    let running = running_count(mask)?;
    let last = running.part(0, extent - 1, extent)?;
    evaluate(&[running.clone(), last.clone()], mask.placed().or(of.placed()), &Options::default())?;
    let count = Array::from(last).item::<i64>()? as usize;
    let ordinal = zip(Binary::Add, Lazy::apply(Op::Iota(count), [])?, whole(1))?;
    Lazy::apply(Op::SearchSorted { right: false }, [running.into(), ordinal.into()])
}

fn flat(x: &Lazy) -> Built {
    x.reshape([x.shape().elements()].into())
}

/// Positions on an axis as positions in memory: counted from the start, times the distance between neighbours. What is
/// out of range becomes `outside`.
fn in_memory(positions: &Lazy, extent: usize, distance: usize, outside: usize) -> Built {
    let is_negative = zip(Binary::Lt, positions, whole(0))?;
    let wrapped = zip(Binary::Add, positions, whole(extent))?;
    let from_start = Lazy::apply(Op::Select, [is_negative.into(), wrapped.into(), positions.into()])?;
    let below = zip(Binary::Lt, &from_start, whole(0))?;
    let above = zip(Binary::Ge, &from_start, whole(extent))?;
    let is_outside = zip(Binary::Or, below, above)?;
    let place = zip(Binary::Mul, from_start, whole(distance))?;
    Lazy::apply(Op::Select, [is_outside.into(), whole(outside), place.into()])
}

/// The sum of places, of which any that is `outside` makes the sum at least that.
fn total(places: Vec<Lazy>) -> Built {
    let mut places = places.into_iter();
    let first = places.next().expect("there is a place per axis");
    places.try_fold(first, |sum, place| zip(Binary::Add, sum, place))
}

fn integers(op: &'static str, indices: &Array) -> Result<Lazy, Failure> {
    let indices = indices.lazy()?;
    match indices.ty().dtype.is_integer() {
        true => indices.cast(DType::I64),
        false => Err(argument(op, format!("positions are integers, not {}", indices.ty()))),
    }
}

/// Integer positions for the leading axes as one array of positions in those axes flattened.
struct Leading {
    /// How many elements the indexed axes have together.
    extent: usize,
    /// Extents of the axes that are left.
    rest: Shape,
    positions: Lazy,
}

impl Leading {
    fn new(op: &'static str, x: &Lazy, indices: &[&Array]) -> Result<Leading, Failure> {
        let count = indices.len();
        if count == 0 || count > x.rank() {
            return Err(argument(op, format!("{count} arrays of positions for {}", x.ty())));
        }
        let (indexed, rest) = x.shape().split_at(count);
        let indices = indices.iter().map(|array| integers(op, array)).collect::<Result<Vec<Lazy>, _>>()?;
        let extent: usize = indexed.iter().product();
        let mut shape = Shape::default();
        for index in &indices {
            shape = shape.broadcast(index.shape()).ok_or_else(|| ondine_ir::Error::Broadcast {
                op,
                operands: indices.iter().map(|index| index.ty().clone()).collect(),
            })?;
        }
        let positions = match &indices[..] {
            // The op itself counts negative positions from the end, and says which one is out of range.
            [only] => only.clone(),
            _ => {
                let mut distance = extent;
                let place = |(index, &axis): (&Lazy, &usize)| {
                    distance /= axis.max(1);
                    in_memory(index, axis, distance, extent)?.broadcast(shape.clone())
                };
                total(indices.iter().zip(indexed).map(place).collect::<Result<Vec<Lazy>, _>>()?)?
            }
        };
        Ok(Leading { extent, rest: rest.into(), positions })
    }

    /// The array with the indexed axes as one.
    fn merged(&self, x: &Lazy) -> Built {
        x.reshape([&[self.extent], &self.rest[..]].concat().into())
    }
}

/// A value as an array of a shape.
fn filled(op: &'static str, value: Source, shape: &Shape) -> Built {
    match value {
        Source::Scalar(value) => constant(shape, value),
        Source::Lazy(value) => fit(op, &value, shape),
    }
}

/// A mask over the leading axes of an array, flattened.
fn leading_mask(op: &'static str, x: &Lazy, mask: &Array) -> Result<Lazy, Failure> {
    let mask = mask.lazy()?;
    if mask.ty().dtype != DType::Bool {
        return Err(argument(op, format!("a mask is of bool, not {}", mask.ty())));
    }
    let extents = mask.shape();
    // An extent of 0 stands for no element, whatever the array has there.
    match extents.rank() <= x.rank() && extents.iter().zip(x.shape().iter()).all(|(m, n)| m == n || *m == 0) {
        true => flat(mask),
        false => Err(argument(op, format!("a mask {extents} does not fit {}", x.ty()))),
    }
}

/// The shape of an array with its leading axes, those of a mask, as one.
fn under_mask(x: &Lazy, mask: &Lazy, count: usize) -> Shape {
    let rest = &x.shape()[mask.rank()..];
    [&[count], rest].concat().into()
}

impl Array {
    /// The elements at integer positions: one array of positions per leading axis, broadcast against each other; negative
    /// ones count from the end.
    ///
    /// - result: dtype of this array; the common shape of the positions, then the axes that were not indexed
    /// - lazy: adds nodes, evaluates nothing
    ///
    /// ```
    /// use ondine::Array;
    /// let x = ondine::arange(6).reshape([2, 3]);
    /// let y = x.at(&[&Array::from([0, 1]), &Array::from([2, -3])]);
    /// assert_eq!(y.to_vec::<i64>()?, [2, 3]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Argument` if positions are not integers or there are more than axes; `Broadcast`. A position
    /// outside its axis is an error of the evaluation.
    ///
    /// Source: array API standard 2025.12, section "Indexing".
    #[track_caller]
    pub fn at(&self, indices: &[&Array]) -> Array {
        self.then(|x| {
            let leading = Leading::new("at", x, indices)?;
            gather(&leading.merged(x)?, 0, &leading.positions)
        })
    }

    /// The array with the elements at integer positions overwritten; where a position occurs twice the last one wins.
    ///
    /// - `indices`: as for [`at`](Array::at)
    /// - `value`: a number, or an array that broadcasts to what `at` gives; converted to this array's dtype
    ///
    /// ```
    /// let x = ondine::zeros([3]).set_at(&[&ondine::Array::from([0, -1])], 7.0);
    /// assert_eq!(x.to_vec::<f64>()?, [7.0, 0.0, 7.0]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`at`](Array::at); `Argument` if the value does not fit.
    #[track_caller]
    pub fn set_at(&self, indices: &[&Array], value: impl Into<Operand>) -> Array {
        let value = value.into().0;
        self.then(|x| {
            let leading = Leading::new("set_at", x, indices)?;
            let positions = flat(&leading.positions)?;
            let part: Shape = [&leading.positions.shape()[..], &leading.rest[..]].concat().into();
            let lines: Shape = [&positions.shape()[..], &leading.rest[..]].concat().into();
            let value = filled("set_at", value.to_dtype("set_at", x.ty().dtype)?, &part)?.reshape(lines)?;
            let merged = leading.merged(x)?;
            Lazy::apply(Op::Scatter { axis: 0 }, [merged.into(), positions.into(), value.into()])?
                .reshape(x.shape().clone())
        })
    }

    /// Elements along an axis at positions given for every line of it; negative ones count from the end.
    ///
    /// - `indices`: integers, of this array's rank; axes other than `axis` broadcast
    /// - result: dtype of this array, shape of `indices` after broadcasting
    ///
    /// ```
    /// let x = ondine::Array::from([[3, 1], [2, 4]]);
    /// let y = x.take_along_axis(&x.argsort(), -1);
    /// assert_eq!(y.to_vec::<i32>()?, [1, 3, 2, 4]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Axis`; `Argument` if ranks differ or positions are not integers; `Broadcast`. A position
    /// outside its axis is an error of the evaluation.
    ///
    /// Source: array API standard 2025.12, `take_along_axis`.
    #[track_caller]
    pub fn take_along_axis(&self, indices: &Array, axis: i64) -> Array {
        const OP: &str = "take_along_axis";
        self.then(|x| {
            let axis = axis_of(OP, axis, x.ty())?;
            let indices = integers(OP, indices)?;
            if indices.rank() != x.rank() {
                return Err(argument(OP, format!("positions {} for {}", indices.ty(), x.ty())));
            }
            let lines = x.shape().with(axis, 1).broadcast(&indices.shape().with(axis, 1));
            let lines = lines.ok_or_else(|| ondine_ir::Error::Broadcast {
                op: OP,
                operands: vec![x.ty().clone(), indices.ty().clone()],
            })?;
            let source = x.broadcast(lines.with(axis, x.shape()[axis]))?;
            let shape = lines.with(axis, indices.shape()[axis]);
            let indices = indices.broadcast(shape.clone())?;
            let (strides, elements) = (source.shape().strides(), source.shape().elements());
            let place = |at: usize| -> Built {
                if at == axis {
                    return in_memory(&indices, source.shape()[axis], strides[axis] as usize, elements);
                }
                let line: Shape = (0..shape.rank()).map(|other| if other == at { shape[at] } else { 1 }).collect();
                let position = Lazy::apply(Op::Iota(shape[at]), [])?.reshape(line)?.broadcast(shape.clone())?;
                zip(Binary::Mul, position, whole(strides[at] as usize))
            };
            let places = (0..shape.rank()).map(place).collect::<Result<Vec<Lazy>, Failure>>()?;
            gather(&flat(&source)?, 0, &total(places)?)
        })
    }

    /// The positions of the elements that are not 0: one array per axis, in row-major order.
    ///
    /// Evaluates its operands: how many there are depends on them.
    ///
    /// ```
    /// let at = ondine::Array::from([[0, 3], [5, 0]]).nonzero()?;
    /// assert_eq!((at[0].to_vec::<i64>()?, at[1].to_vec::<i64>()?), (vec![0, 1], vec![1, 0]));
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Argument` at rank 0; those of the evaluation.
    ///
    /// Source: array API standard 2025.12, `nonzero`.
    #[track_caller]
    pub fn nonzero(&self) -> Result<Vec<Array>> {
        let find = || {
            let x = self.lazy()?;
            if x.rank() == 0 {
                return Err(argument("nonzero", format!("{} has no axis", x.ty())));
            }
            let mut rest = true_positions(&flat(&x.cast(DType::Bool)?)?, x)?;
            let mut places = Vec::new();
            for &extent in x.shape()[1..].iter().rev() {
                // Nothing is found along axes without positions.
                places.push(zip(Binary::Rem, &rest, whole(extent.max(1)))?.into());
                rest = zip(Binary::FloorDiv, rest, whole(extent.max(1)))?;
            }
            places.push(rest.into());
            places.reverse();
            Ok(places)
        };
        here(find())
    }

    /// The elements where a mask is true, in row-major order.
    ///
    /// - `mask`: bool, with the extents of the leading axes of this array
    /// - result: dtype of this array; the axes of the mask become one
    ///
    /// Evaluates the mask: how many elements there are depends on it.
    ///
    /// ```
    /// let x = ondine::Array::from([1.0, -2.0, 3.0]);
    /// assert_eq!(x.masked(&x.greater(0))?.to_vec::<f64>()?, [1.0, 3.0]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Argument` if the mask does not fit; those of the evaluation.
    ///
    /// Source: array API standard 2025.12, section "Indexing".
    #[track_caller]
    pub fn masked(&self, mask: &Array) -> Result<Array> {
        let read = || {
            let x = self.lazy()?;
            let positions = true_positions(&leading_mask("masked", x, mask)?, x)?;
            let extents = mask.lazy()?.shape();
            let count = x.shape()[..extents.rank()].iter().product();
            gather(&x.reshape(under_mask(x, mask.lazy()?, count))?, 0, &positions)
        };
        here(read()).map(Array::from)
    }

    /// The array with the elements overwritten where a mask is true.
    ///
    /// - `mask`: as for [`masked`](Array::masked)
    /// - `value`: a number, an array of rank 0, or one that broadcasts to what `masked` gives; converted to this array's
    ///   dtype
    ///
    /// Evaluates the mask if the value has axes: how many elements there are depends on it.
    ///
    /// ```
    /// let x = ondine::Array::from([1.0, -2.0, 3.0]);
    /// assert_eq!(x.set_masked(&x.less(0), 0)?.to_vec::<f64>()?, [1.0, 0.0, 3.0]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Argument` if mask or value do not fit; those of the evaluation.
    #[track_caller]
    pub fn set_masked(&self, mask: &Array, value: impl Into<Operand>) -> Result<Array> {
        const OP: &str = "set_masked";
        let value = value.into().0;
        let write = || {
            let x = self.lazy()?;
            let flat_mask = leading_mask(OP, x, mask)?;
            if x.shape()[..mask.lazy()?.rank()] != mask.lazy()?.shape()[..] {
                return Ok(x.clone());
            }
            let lines = under_mask(x, mask.lazy()?, flat_mask.shape()[0]);
            let spread = |mask: &Lazy| -> Built {
                let ones = vec![1; lines.rank() - 1];
                mask.reshape([&mask.shape()[..], &ones].concat().into())?.broadcast(lines.clone())
            };
            let base = x.reshape(lines.clone())?;
            let written = match value.to_dtype(OP, x.ty().dtype)? {
                Source::Lazy(value) if value.rank() > 0 => {
                    let count = true_positions(&flat_mask, x)?.shape()[0];
                    let value = fit(OP, &value, &lines.with(0, count))?;
                    if count == 0 {
                        return Ok(x.clone());
                    }
                    let ordinal = zip(Binary::Sub, running_count(&flat_mask)?, whole(1))?;
                    let value = gather(&value, 0, &zip(Binary::Max, ordinal, whole(0))?)?;
                    Lazy::apply(Op::Select, [spread(&flat_mask)?.into(), value.into(), base.into()])?
                }
                number => Lazy::apply(Op::Select, [spread(&flat_mask)?.into(), number, base.into()])?,
            };
            written.reshape(x.shape().clone())
        };
        here(write()).map(Array::from)
    }

    /// Every element along an axis as often as `counts` says.
    ///
    /// - `counts`: integers, one per position of the axis, or one for all
    ///
    /// Evaluates the counts: the extent of the result depends on them.
    ///
    /// ```
    /// let x = ondine::arange(3).repeat_by(&ondine::Array::from([2, 0, 1]), 0)?;
    /// assert_eq!(x.to_vec::<i64>()?, [0, 0, 2]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Axis`; `Argument` if the counts do not fit or one is negative; those of the evaluation.
    ///
    /// Source: array API standard 2025.12, `repeat`.
    #[track_caller]
    pub fn repeat_by(&self, counts: &Array, axis: i64) -> Result<Array> {
        const OP: &str = "repeat_by";
        let build = || {
            let x = self.lazy()?;
            let axis = axis_of(OP, axis, x.ty())?;
            let counts = fit(OP, &integers(OP, counts)?, &[x.shape()[axis]].into())?;
            if counts.shape()[0] == 0 {
                return Ok(x.clone());
            }
            let ends = Lazy::apply(Op::Scan(Scan { kind: ReduceKind::Sum, axis: 0 }), [(&counts).into()])?;
            let last = ends.part(0, counts.shape()[0] - 1, counts.shape()[0])?;
            let least = Array::from(counts).min();
            let place = ends.placed().or(x.placed()).cloned();
            evaluate(&[ends.clone(), last.clone(), least.lazy()?.clone()], place.as_ref(), &Options::default())?;
            let (total, least) = (Array::from(last).item::<i64>()?, least.item::<i64>()?);
            if least < 0 {
                return Err(argument(OP, format!("a count is {least}")));
            }
            let place = Lazy::apply(Op::Iota(total as usize), [])?;
            gather(x, axis, &Lazy::apply(Op::SearchSorted { right: true }, [ends.into(), place.into()])?)
        };
        here(build()).map(Array::from)
    }
}
