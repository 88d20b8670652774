//! `asarray`: arrays from numbers, nested sequences, and whatever shows its memory.

use crate::array::PyArray;
use crate::dtype::{PyDType, name};
use crate::error::{Raised, type_error, value_error};
use crate::memory::Lent;
use crate::operand::Number;
use ondine::ir::{Kind, Scalar};
use ondine::{Array, DType};
use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::{PyOverflowError, PyUserWarning};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyMemoryView, PyTuple};

/// An array from any object that is one in some way; `copy` as in the standard: `None` copies where it has to.
pub(crate) fn asarray(object: &Bound<PyAny>, dtype: Option<DType>, copy: Option<bool>) -> Result<Array, Raised> {
    let array = match object.cast::<PyArray>() {
        Ok(array) => array.get().array(),
        Err(_) => foreign(object, dtype, copy)?,
    };
    let own = array.dtype()?;
    match dtype {
        Some(dtype) if dtype != own && copy == Some(false) => {
            Err(value_error(format!("asarray: {} becomes {} only by a copy", name(own), name(dtype))))
        }
        Some(dtype) if dtype != own => Ok(for_dtype(&array, Some(dtype))?.astype(dtype)),
        _ => Ok(array),
    }
}

/// The array, or its real part with a warning where it is complex and the dtype that is asked for is not. `astype` refuses.
pub(crate) fn for_dtype(x: &Array, dtype: Option<DType>) -> Result<Array, Raised> {
    if !x.dtype()?.is_complex() || dtype.is_none_or(DType::is_complex) {
        return Ok(x.clone());
    }
    let text = c"complex numbers become real ones: imaginary parts are discarded";
    Python::attach(|py| PyErr::warn(py, &py.get_type::<PyUserWarning>(), text, 1))?;
    Ok(x.real())
}

fn foreign(object: &Bound<PyAny>, dtype: Option<DType>, copy: Option<bool>) -> Result<Array, Raised> {
    if let Some(number) = Number::of(object)? {
        refuse_copy(copy)?;
        return Ok(full(vec![], number, dtype));
    }
    if object.cast::<PyList>().is_ok() || object.cast::<PyTuple>().is_ok() {
        refuse_copy(copy)?;
        return sequence(object, dtype);
    }
    match PyUntypedBuffer::get(object) {
        Ok(buffer) => return from_buffer(object, buffer, copy),
        Err(_) => {
            if let Ok(view) = PyMemoryView::from(object) {
                return from_view(object, &view, copy);
            }
        }
    }
    if object.hasattr(intern!(object.py(), "__array__"))? {
        let numpy = object.py().import(intern!(object.py(), "numpy"))?;
        let array = numpy.call_method1(intern!(object.py(), "asarray"), (object,))?;
        if let Ok(buffer) = PyUntypedBuffer::get(&array) {
            return from_buffer(&array, buffer, copy);
        }
    }
    Err(type_error(format!("asarray: {} shows no elements of a dtype", object.get_type())))
}

fn refuse_copy(copy: Option<bool>) -> Result<(), Raised> {
    match copy {
        Some(false) => Err(value_error("asarray: Python's numbers become an array only by a copy")),
        _ => Ok(()),
    }
}

/// A shape filled with a number; without a dtype it is that of the number.
pub(crate) fn full(shape: Vec<usize>, number: Number, dtype: Option<DType>) -> Array {
    let natural = match number {
        Number::Bool(_) => DType::Bool,
        Number::Int(_) => DType::I64,
        Number::Large(_) => DType::U64,
        Number::Float(_) => DType::F64,
        Number::Complex(_) => DType::C128,
    };
    ondine::full_with(shape, number, dtype.unwrap_or(natural))
}

/// True for the arrays and numbers of NumPy, which never is imported for this.
pub(crate) fn is_numpy(object: &Bound<PyAny>) -> PyResult<bool> {
    object.get_type().hasattr(intern!(object.py(), "__array_interface__"))
}

/// The dtype that a format of the buffer protocol means, and whether its bytes are swapped.
fn parse(format: &[u8], itemsize: usize) -> Option<(DType, bool)> {
    let (order, code) = match format {
        [order @ (b'@' | b'=' | b'<' | b'>' | b'!'), code @ ..] => (*order, code),
        code => (b'@', code),
    };
    let dtype = match (code, itemsize) {
        (b"?", 1) => DType::Bool,
        (b"b" | b"h" | b"i" | b"l" | b"q" | b"n", 1) => DType::I8,
        (b"h" | b"i" | b"l" | b"q" | b"n", 2) => DType::I16,
        (b"i" | b"l" | b"q" | b"n", 4) => DType::I32,
        (b"l" | b"q" | b"n", 8) => DType::I64,
        (b"B" | b"H" | b"I" | b"L" | b"Q" | b"N", 1) => DType::U8,
        (b"H" | b"I" | b"L" | b"Q" | b"N", 2) => DType::U16,
        (b"I" | b"L" | b"Q" | b"N", 4) => DType::U32,
        (b"L" | b"Q" | b"N", 8) => DType::U64,
        (b"f", 4) => DType::F32,
        (b"d", 8) => DType::F64,
        (b"Zf", 8) => DType::C64,
        (b"Zd", 16) => DType::C128,
        _ => return None,
    };
    let little = cfg!(target_endian = "little");
    let swapped = match order {
        b'<' => !little,
        b'>' | b'!' => little,
        _ => false,
    };
    Some((dtype, swapped && dtype.component().bytes() > 1))
}

fn parsed(object: &Bound<PyAny>, format: &[u8], itemsize: usize) -> Result<(DType, bool), Raised> {
    parse(format, itemsize).ok_or_else(|| {
        let format = String::from_utf8_lossy(format);
        type_error(format!("asarray: elements of {} have format {format:?}, which is no dtype", object.get_type()))
    })
}

fn from_buffer(object: &Bound<PyAny>, buffer: PyUntypedBuffer, copy: Option<bool>) -> Result<Array, Raised> {
    let py = object.py();
    let (dtype, swapped) = parsed(object, buffer.format().to_bytes(), buffer.item_size())?;
    if swapped {
        return from_view(object, &PyMemoryView::from(object)?, copy);
    }
    let shape = buffer.shape().to_vec();
    match Lent::new(buffer) {
        // Strided. NumPy rearranges its own faster; the copy is nobody else's then.
        Err(buffer) => {
            refuse(copy, "the elements do not lie one after the other")?;
            if let Ok(true) = is_numpy(object) {
                let dense = object.call_method1(intern!(py, "copy"), ("C",))?;
                return adopt(PyUntypedBuffer::get(&dense)?, dtype);
            }
            drop(buffer);
            let bytes = PyMemoryView::from(object)?.call_method0(intern!(py, "tobytes"))?;
            Ok(Array::from_bytes(bytes.cast::<PyBytes>().map_err(PyErr::from)?.as_bytes(), dtype, shape))
        }
        Ok(lent) => {
            let borrow = match copy {
                Some(copy) => !copy,
                // Bytes of bool may be anything; a copy makes them 0 and 1.
                None => dtype != DType::Bool && is_constant(object)?,
            };
            if !borrow {
                return Ok(Array::from_bytes(lent.as_ref(), dtype, shape));
            }
            let aligned = lent.as_ref().as_ptr().addr().is_multiple_of(dtype.component().bytes());
            match aligned || copy == Some(false) {
                true => Ok(Array::from_owner(lent, dtype, shape)),
                false => Ok(Array::from_bytes(lent.as_ref(), dtype, shape)),
            }
        }
    }
}

/// Memory that was made for this and is nobody else's.
fn adopt(buffer: PyUntypedBuffer, dtype: DType) -> Result<Array, Raised> {
    let shape = buffer.shape().to_vec();
    let lent = Lent::new(buffer).map_err(|_| value_error("asarray: a fresh copy does not lie in C's order"))?;
    Ok(match dtype {
        DType::Bool => Array::from_bytes(lent.as_ref(), dtype, shape),
        _ => Array::from_owner(lent, dtype, shape),
    })
}

fn refuse(copy: Option<bool>, why: &str) -> Result<(), Raised> {
    match copy {
        Some(false) => Err(value_error(format!("asarray: a copy is needed, because {why}"))),
        _ => Ok(()),
    }
}

/// A view element by element: of swapped bytes, or without axes, where the protocol leaves the shape out.
fn from_view(object: &Bound<PyAny>, view: &Bound<PyMemoryView>, copy: Option<bool>) -> Result<Array, Raised> {
    let py = object.py();
    refuse(copy, "there are no axes, or the bytes are swapped")?;
    let format: String = view.getattr(intern!(py, "format"))?.extract()?;
    let itemsize = view.getattr(intern!(py, "itemsize"))?.extract()?;
    let shape: Vec<usize> = view.getattr(intern!(py, "shape"))?.extract()?;
    let (dtype, swapped) = parsed(object, format.as_bytes(), itemsize)?;
    let bytes = view.call_method0(intern!(py, "tobytes"))?;
    let mut bytes = bytes.extract::<Vec<u8>>()?;
    if swapped {
        bytes.chunks_exact_mut(dtype.component().bytes()).for_each(<[u8]>::reverse);
    }
    Ok(Array::from_bytes(&bytes, dtype, shape))
}

/// True if nobody can write to the memory that an object shows: it is that of `bytes` or of an array of ours.
fn is_constant(object: &Bound<PyAny>) -> PyResult<bool> {
    let py = object.py();
    let mut owner = object.clone();
    loop {
        if owner.is_instance_of::<PyBytes>() || owner.is_instance_of::<PyArray>() {
            return Ok(true);
        }
        owner = if owner.is_instance_of::<PyMemoryView>() {
            owner.getattr(intern!(py, "obj"))?
        } else if is_numpy(&owner)? {
            owner.getattr(intern!(py, "base"))?
        } else {
            return Ok(false);
        };
    }
}

/// What a nested sequence holds.
#[derive(Default)]
struct Nested {
    shape: Vec<usize>,
    numbers: Vec<Number>,
    /// True if an array was met: then the sequence is stacked.
    has_arrays: bool,
}

impl Nested {
    fn walk(&mut self, object: &Bound<PyAny>, depth: usize) -> Result<(), Raised> {
        let is_sequence = object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>();
        if !is_sequence {
            match Number::of(object)? {
                Some(number) => self.numbers.push(number),
                None => self.has_arrays = true,
            }
            return match self.has_arrays || depth == self.shape.len() {
                true => Ok(()),
                false => Err(ragged()),
            };
        }
        let extent = object.len()?;
        match self.shape.get(depth) {
            Some(&known) if known != extent => return Err(ragged()),
            Some(_) => {}
            None if self.numbers.is_empty() => self.shape.push(extent),
            None => return Err(ragged()),
        }
        for item in object.try_iter()? {
            self.walk(&item?, depth + 1)?;
            if self.has_arrays {
                break;
            }
        }
        Ok(())
    }
}

fn ragged() -> Raised {
    value_error("asarray: the sequences differ in length or depth")
}

fn sequence(object: &Bound<PyAny>, dtype: Option<DType>) -> Result<Array, Raised> {
    let mut nested = Nested::default();
    nested.walk(object, 0)?;
    if nested.has_arrays {
        let arrays =
            object.try_iter()?.map(|item| asarray(&item?, dtype, None)).collect::<Result<Vec<Array>, Raised>>()?;
        return Ok(ondine::stack(&arrays.iter().collect::<Vec<&Array>>(), 0));
    }
    let kind = nested.numbers.iter().map(kind).max().unwrap_or(Kind::Real);
    let dtype = dtype.unwrap_or(match kind {
        Kind::Bool => DType::Bool,
        Kind::Integer if nested.numbers.iter().any(|number| matches!(number, Number::Large(_))) => DType::U64,
        Kind::Integer => DType::I64,
        Kind::Real => DType::F64,
        Kind::Complex => DType::C128,
    });
    let mut bytes = Vec::with_capacity(nested.numbers.len() * dtype.bytes());
    for &number in &nested.numbers {
        bytes.extend_from_slice(&scalar(number, dtype)?.to_bytes()[..dtype.bytes()]);
    }
    Ok(Array::from_bytes(&bytes, dtype, nested.shape))
}

fn kind(number: &Number) -> Kind {
    match number {
        Number::Bool(_) => Kind::Bool,
        Number::Int(_) | Number::Large(_) => Kind::Integer,
        Number::Float(_) => Kind::Real,
        Number::Complex(_) => Kind::Complex,
    }
}

/// A number in a dtype that can hold it.
fn scalar(number: Number, dtype: DType) -> Result<Scalar, Raised> {
    let integer = match number {
        Number::Bool(value) => value.into(),
        Number::Int(value) => value.into(),
        Number::Large(value) => value.into(),
        Number::Float(value) => return Ok(Scalar::from_f64(dtype, value)),
        Number::Complex(value) if dtype.is_complex() || dtype == DType::Bool => {
            return Ok(Scalar::from_complex(dtype, value));
        }
        Number::Complex(value) => return Err(type_error(format!("asarray: {value} is no {}", name(dtype)))),
    };
    let converted = Scalar::from_i128(dtype, integer);
    match dtype.is_integer() && converted.to_i128() != Some(integer) {
        true => Err(Raised(PyOverflowError::new_err(format!("asarray: {integer} does not fit {}", name(dtype))))),
        false => Ok(converted),
    }
}

/// The dtype of a parameter `dtype=None`.
pub(crate) fn dtype_of(dtype: Option<PyDType>) -> Option<DType> {
    dtype.map(|dtype| dtype.0)
}

/// NumPy's memory of an array, which is read only and not copied.
pub(crate) fn to_numpy<'py>(
    array: &Bound<'py, PyAny>,
    dtype: Option<Bound<'py, PyAny>>,
    copy: Option<bool>,
) -> PyResult<Bound<'py, PyAny>> {
    static NUMPY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = array.py();
    let make = NUMPY.get_or_try_init(py, || PyResult::Ok(py.import("numpy")?.getattr("array")?.unbind()))?.bind(py);
    let view = PyMemoryView::from(array)?;
    let options = PyDict::new(py);
    options.set_item("copy", copy)?;
    make.call((view, dtype), Some(&options))
}
