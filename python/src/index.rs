//! What stands in brackets: integers, slices, `...`, `None`, arrays of integers, and masks.
//!
//! Without arrays it is a slice. A mask alone reads or writes what it selects. Arrays next to anything else follow NumPy: masks are
//! the positions of what is true, integers next to arrays are arrays without axes, all of them broadcast, and the axes that they
//! select together stand where the arrays stood if these are neighbours, else first.

use crate::array::PyArray;
use crate::convert;
use crate::error::Raised;
use crate::operand::{Either, either};
use crate::progress::detached;
use ondine::{Array, DType, Pick, Shape};
use pyo3::exceptions::{PyIndexError, PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyEllipsis, PySlice, PyTuple};

fn index_error(text: impl Into<String>) -> Raised {
    Raised(PyIndexError::new_err(text.into()))
}

/// One entry of a key.
enum Entry {
    Pick(Pick),
    Positions(Array),
    Mask(Array),
}

/// What a key selects with.
enum Key {
    Picks(Vec<Pick>),
    Mask(Array),
    Mixed(Vec<Entry>),
}

/// `x[key]`.
pub(crate) fn selected(x: &Array, key: &Bound<PyAny>) -> Result<Array, Raised> {
    match parse(key)? {
        Key::Picks(picks) => Ok(x.slice(picks)),
        Key::Mask(mask) => {
            fits(x, &mask)?;
            detached(key.py(), || x.masked(&mask))
        }
        Key::Mixed(entries) => {
            let mixed = Mixed::new(key.py(), x, entries)?;
            mixed.settle(&mixed.lead(&x.slice(&mixed.picks)).at(&mixed.positions()))
        }
    }
}

/// `x` after `x[key] = value`.
pub(crate) fn assigned(x: &Array, key: &Bound<PyAny>, value: &Bound<PyAny>) -> Result<Array, Raised> {
    let value = match either(value)? {
        Some(value) => value,
        None => Either::Array(convert::asarray(value, None, None)?),
    };
    match parse(key)? {
        Key::Picks(picks) => Ok(x.set(picks, value)),
        Key::Mask(mask) => {
            fits(x, &mask)?;
            detached(key.py(), || x.set_masked(&mask, value))
        }
        Key::Mixed(entries) => {
            let mixed = Mixed::new(key.py(), x, entries)?;
            let part = x.slice(&mixed.picks);
            let written = match value {
                Either::Array(value) if value.ndim()? > 0 => {
                    let shape = mixed.settle(&mixed.lead(&part).at(&mixed.positions()))?.shape()?;
                    let value = mixed.unsettle(&value.broadcast_to(shape))?;
                    mixed.lead(&part).set_at(&mixed.positions(), value)
                }
                value => mixed.lead(&part).set_at(&mixed.positions(), value),
            };
            Ok(x.set(&mixed.picks, mixed.unlead(&written)))
        }
    }
}

/// A mask has the extents of the leading axes of its array, or 0 in place of some.
fn fits(x: &Array, mask: &Array) -> Result<(), Raised> {
    let (extents, own) = (mask.shape()?, x.shape()?);
    match extents.rank() <= own.rank() && extents.iter().zip(own.iter()).all(|(mask, own)| mask == own || *mask == 0) {
        true => Ok(()),
        false => Err(index_error(format!("mask: one of shape {extents} does not fit an array of shape {own}"))),
    }
}

/// A key with arrays next to other entries.
struct Mixed {
    /// The entries that are no arrays, with whole axes where arrays stand.
    picks: Vec<Pick>,
    /// The arrays, all of integers.
    arrays: Vec<Array>,
    /// The axes of `x.slice(picks)` that they index, and those that are left.
    indexed: Vec<i64>,
    kept: Vec<i64>,
    /// How many axes the arrays select together.
    rank: usize,
    /// How many of the kept axes stand before those.
    before: usize,
}

impl Mixed {
    fn new(py: Python, x: &Array, entries: Vec<Entry>) -> Result<Mixed, Raised> {
        let entries = expanded(py, x, entries)?;
        let mut mixed = Mixed { picks: vec![], arrays: vec![], indexed: vec![], kept: vec![], rank: 0, before: 0 };
        let (mut axis, mut shape) = (0, Shape::default());
        let own = x.shape()?;
        // Runs of neighbouring arrays, and the kept axes before the first of them.
        let (mut runs, mut is_run, mut source) = (0, false, 0);
        for entry in entries {
            let array = match entry {
                Entry::Pick(Pick::At(at)) => {
                    let extent = own.get(source).copied().unwrap_or(0);
                    if !(-(extent as i64)..extent as i64).contains(&at) {
                        let text = format!("getitem: index {at} is out of range for axis {source} of extent {extent}");
                        return Err(index_error(text));
                    }
                    ondine::full_with([], at, DType::I64)
                }
                Entry::Positions(array) => array,
                Entry::Mask(_) | Entry::Pick(Pick::Ellipsis) => {
                    is_run = false;
                    continue;
                }
                Entry::Pick(pick) => {
                    source += usize::from(!matches!(pick, Pick::NewAxis));
                    is_run = false;
                    mixed.picks.push(pick);
                    mixed.kept.push(axis);
                    axis += 1;
                    continue;
                }
            };
            if !is_run {
                runs += 1;
                mixed.before = if runs == 1 { mixed.kept.len() } else { 0 };
            }
            is_run = true;
            let own = array.shape()?;
            shape = shape.broadcast(&own).ok_or_else(|| {
                index_error(format!("getitem: arrays of positions of shapes {shape} and {own} do not broadcast"))
            })?;
            mixed.arrays.push(array);
            mixed.picks.push(Pick::Range { start: None, stop: None, step: 1 });
            mixed.indexed.push(axis);
            axis += 1;
            source += 1;
        }
        mixed.rank = shape.rank();
        Ok(mixed)
    }

    fn positions(&self) -> Vec<&Array> {
        self.arrays.iter().collect()
    }

    /// The indexed axes first.
    fn lead(&self, part: &Array) -> Array {
        part.permute_dims([&self.indexed[..], &self.kept[..]].concat())
    }

    /// Undoes `lead`.
    fn unlead(&self, part: &Array) -> Array {
        let order = [&self.indexed[..], &self.kept[..]].concat();
        let mut back = vec![0i64; order.len()];
        order.iter().enumerate().for_each(|(at, &axis)| back[axis as usize] = at as i64);
        part.permute_dims(back)
    }

    /// Where each axis of what the arrays select goes: the kept axes before them first.
    fn order(&self) -> Vec<i64> {
        let selected = 0..self.rank as i64;
        let kept = self.rank as i64..(self.rank + self.kept.len()) as i64;
        let (first, rest) = (kept.clone().take(self.before), kept.skip(self.before));
        first.chain(selected).chain(rest).collect()
    }

    fn settle(&self, found: &Array) -> Result<Array, Raised> {
        Ok(found.permute_dims(self.order()))
    }

    /// Undoes `settle`.
    fn unsettle(&self, value: &Array) -> Result<Array, Raised> {
        let order = self.order();
        let mut back = vec![0i64; order.len()];
        order.iter().enumerate().for_each(|(at, &axis)| back[axis as usize] = at as i64);
        Ok(value.permute_dims(back))
    }
}

/// Masks as positions, `...` as whole axes, and whole axes for what is missing at the end.
fn expanded(py: Python, x: &Array, entries: Vec<Entry>) -> Result<Vec<Entry>, Raised> {
    let own = x.shape()?;
    let mut used = 0;
    for entry in &entries {
        used += match entry {
            Entry::Pick(Pick::NewAxis | Pick::Ellipsis) => 0,
            Entry::Mask(mask) => mask.ndim()?,
            _ => 1,
        };
    }
    if used > own.rank() {
        return Err(index_error(format!("getitem: {used} indices for an array of shape {own}")));
    }
    let ellipses = entries.iter().filter(|entry| matches!(entry, Entry::Pick(Pick::Ellipsis))).count();
    if ellipses > 1 {
        return Err(index_error("getitem: more than one ellipsis"));
    }
    let whole = || Entry::Pick(Pick::Range { start: None, stop: None, step: 1 });
    let (mut every, mut axis) = (Vec::new(), 0);
    for entry in entries {
        match entry {
            Entry::Pick(Pick::Ellipsis) => {
                // Stays as a mark: arrays on both sides of it are no neighbours even if it is no axis.
                every.push(Entry::Pick(Pick::Ellipsis));
                every.extend((0..own.rank() - used).map(|_| whole()));
                axis += own.rank() - used;
            }
            Entry::Mask(mask) => {
                let (extents, rank) = (mask.shape()?, mask.ndim()?);
                if rank == 0 {
                    return Err(index_error("getitem: a truth value stands alone, not next to other indices"));
                }
                if extents[..] != own[axis..axis + rank] {
                    let text = format!("mask: one of shape {extents} does not fit axes from {axis} of shape {own}");
                    return Err(index_error(text));
                }
                every.extend(detached(py, || mask.nonzero())?.into_iter().map(Entry::Positions));
                axis += rank;
            }
            entry => {
                axis += usize::from(!matches!(entry, Entry::Pick(Pick::NewAxis)));
                every.push(entry);
            }
        }
    }
    every.extend((axis..own.rank()).map(|_| whole()));
    Ok(every)
}

fn parse(key: &Bound<PyAny>) -> Result<Key, Raised> {
    let mut entries = match key.cast::<PyTuple>() {
        Ok(tuple) => tuple.iter().map(|item| entry(&item)).collect::<Result<Vec<Entry>, Raised>>()?,
        Err(_) => vec![entry(key)?],
    };
    if let [Entry::Mask(_)] = entries[..]
        && let Some(Entry::Mask(mask)) = entries.pop()
    {
        return Ok(Key::Mask(mask));
    }
    match entries.iter().all(|entry| matches!(entry, Entry::Pick(_))) {
        true => Ok(Key::Picks(
            entries
                .into_iter()
                .filter_map(|entry| if let Entry::Pick(pick) = entry { Some(pick) } else { None })
                .collect(),
        )),
        false => Ok(Key::Mixed(entries)),
    }
}

fn is_array(item: &Bound<PyAny>) -> PyResult<bool> {
    Ok(item.is_instance_of::<PyArray>() || item.is_instance_of::<PyBool>() || convert::is_numpy(item)?)
}

fn entry(item: &Bound<PyAny>) -> Result<Entry, Raised> {
    if !is_array(item)? {
        return Ok(Entry::Pick(pick(item)?));
    }
    let array = convert::asarray(item, None, None)?;
    match (array.dtype()?, array.ndim()?) {
        (DType::Bool, _) => Ok(Entry::Mask(array)),
        // A number of NumPy is there already.
        (dtype, 0) if dtype.is_integer() && !item.is_instance_of::<PyArray>() => Ok(Entry::Pick(pick(item)?)),
        (dtype, _) if dtype.is_integer() => Ok(Entry::Positions(array)),
        (dtype, _) => Err(index_error(format!("getitem: {dtype} is no index; integers and bool are"))),
    }
}

fn pick(item: &Bound<PyAny>) -> Result<Pick, Raised> {
    if item.is_none() {
        return Ok(Pick::NewAxis);
    }
    if item.is_instance_of::<PyEllipsis>() {
        return Ok(Pick::Ellipsis);
    }
    if let Ok(slice) = item.cast::<PySlice>() {
        let bound = |name: &str| -> PyResult<Option<i64>> {
            let bound = slice.getattr(name)?;
            if bound.is_none() { Ok(None) } else { Ok(Some(integer(&bound)?)) }
        };
        return Ok(Pick::Range { start: bound("start")?, stop: bound("stop")?, step: bound("step")?.unwrap_or(1) });
    }
    match integer(item) {
        Ok(at) => Ok(Pick::At(at)),
        Err(error) if error.is_instance_of::<PyTypeError>(item.py()) => Err(index_error(format!(
            "getitem: {} stands in no tuple of indices; integers, slices, ..., None and arrays do",
            item.get_type()
        ))),
        Err(error) => Err(error.into()),
    }
}

/// An integer, clipped to where the ends of all axes are.
fn integer(item: &Bound<PyAny>) -> PyResult<i64> {
    match item.extract::<i64>() {
        Err(error) if error.is_instance_of::<PyOverflowError>(item.py()) => {
            Ok(if item.lt(0)? { i64::MIN } else { i64::MAX })
        }
        other => other,
    }
}
