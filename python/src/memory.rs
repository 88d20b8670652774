//! The buffer protocol, both ways. The only unsafe code of this crate: the protocol is one of pointers.

use crate::array::PyArray;
use crate::progress::keep;
use ondine::{Buffer, DType};
use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::PyBufferError;
use pyo3::ffi::{self, Py_ssize_t};
use pyo3::prelude::*;
use std::ffi::{CStr, c_int};

/// The memory of another object, contiguous in C's order, for as long as this lives.
pub(crate) struct Lent(PyUntypedBuffer);

impl Lent {
    /// `None` if the elements do not lie one after the other.
    pub(crate) fn new(buffer: PyUntypedBuffer) -> Result<Lent, PyUntypedBuffer> {
        if buffer.is_c_contiguous() { Ok(Lent(buffer)) } else { Err(buffer) }
    }
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        match self.0.len_bytes() {
            0 => &[],
            // SAFETY: a contiguous buffer has that many bytes, and its exporter keeps them until it is released. Nobody
            // writes to them: either nobody can, or the interpreter is held, or the caller promised it (`copy=False`).
            len => unsafe { std::slice::from_raw_parts(self.0.buf_ptr().cast(), len) },
        }
    }
}

/// The code of a dtype in the buffer protocol.
fn code(dtype: DType) -> &'static CStr {
    match dtype {
        DType::Bool => c"?",
        DType::I8 => c"b",
        DType::I16 => c"h",
        DType::I32 => c"i",
        DType::I64 => c"q",
        DType::U8 => c"B",
        DType::U16 => c"H",
        DType::U32 => c"I",
        DType::U64 => c"Q",
        DType::F32 => c"f",
        DType::F64 => c"d",
        DType::C64 => c"Zf",
        DType::C128 => c"Zd",
    }
}

#[pymethods]
impl PyArray {
    unsafe fn __getbuffer__(slf: Bound<Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        let value = slf.get().host(slf.py());
        keep(&slf, value.as_ref().err());
        let buffer = value?;
        // SAFETY: the interpreter passes a view to be filled.
        unsafe { export(slf.into_any(), buffer, view, flags) }
    }

    unsafe fn __releasebuffer__(&self, view: *mut ffi::Py_buffer) {
        // SAFETY: the interpreter passes what `__getbuffer__` filled, once.
        unsafe { release(view) }
    }
}

/// What a view of an array points at.
struct Export {
    /// Keeps the memory.
    buffer: Buffer,
    shape: Vec<Py_ssize_t>,
    strides: Vec<Py_ssize_t>,
}

/// Fills a view of a value. The memory is read only, because arrays never change.
///
/// # Safety
/// `view` is a view to be filled, as `PyObject_GetBuffer` passes it.
unsafe fn export(owner: Bound<PyAny>, buffer: Buffer, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
    let asks = |flag: c_int| flags & flag == flag;
    let ty = buffer.ty();
    if asks(ffi::PyBUF_WRITABLE) {
        return Err(PyBufferError::new_err("arrays are read only; x[...] = y gives x another value"));
    }
    if asks(ffi::PyBUF_F_CONTIGUOUS) && ty.shape.rank() > 1 {
        return Err(PyBufferError::new_err("arrays lie in C's order"));
    }
    let (dtype, rank) = (ty.dtype, ty.shape.rank());
    let signed = |extent: &usize| *extent as Py_ssize_t;
    let export = Box::new(Export {
        shape: ty.shape.iter().map(signed).collect(),
        strides: ty.shape.strides().iter().map(|&stride| stride as Py_ssize_t * dtype.bytes() as Py_ssize_t).collect(),
        buffer,
    });
    let null = std::ptr::null_mut();
    let shape = if asks(ffi::PyBUF_ND) { export.shape.as_ptr().cast_mut() } else { null };
    let strides = if asks(ffi::PyBUF_STRIDES) { export.strides.as_ptr().cast_mut() } else { null };
    let format = if asks(ffi::PyBUF_FORMAT) { code(dtype).as_ptr().cast_mut() } else { std::ptr::null_mut() };
    let bytes = export.buffer.bytes();
    // SAFETY: `view` is the caller's to fill. All pointers are valid until `release` drops the export that they point
    // into, and nobody writes through them: the view is read only, and the protocol forbids changing the rest.
    unsafe {
        (*view).buf = bytes.as_ptr().cast_mut().cast();
        (*view).len = bytes.len() as Py_ssize_t;
        (*view).itemsize = dtype.bytes() as Py_ssize_t;
        (*view).readonly = 1;
        (*view).ndim = rank as c_int;
        (*view).format = format;
        (*view).shape = shape;
        (*view).strides = strides;
        (*view).suboffsets = std::ptr::null_mut();
        (*view).internal = Box::into_raw(export).cast();
        (*view).obj = owner.into_ptr();
    }
    Ok(())
}

/// Lets go of what a view points at.
///
/// # Safety
/// `view` was filled by [`export`] and is not used again.
unsafe fn release(view: *mut ffi::Py_buffer) {
    // SAFETY: the pointer is that of the box in `export`, which is dropped once.
    drop(unsafe { Box::from_raw((*view).internal.cast::<Export>()) });
}
