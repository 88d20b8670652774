//! DLPack, both ways: arrays of other libraries over the same memory. The structs are those of its header, version 1.0.
//!
//! What leaves is read only, because arrays never change, unless it is a copy. What comes in is used where it is: nobody may
//! write to it while the array, or anything pending that needs it, lives.

use crate::array::PyArray;
use crate::device::{At, default, placed};
use crate::dtype::name;
use crate::error::{Raised, value_error};
use crate::functions::functions;
use ondine::{Array, Buffer, DType, Device};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyAttributeError, PyBufferError, PyTypeError};
use pyo3::ffi::{self, PyObject};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::ffi::{CStr, c_void};
use std::ptr::{NonNull, null_mut};

const CPU: i32 = 1;
const CUDA: i32 = 2;
/// Host memory that a GPU reaches too.
const CUDA_HOST: i32 = 3;
const READ_ONLY: u64 = 1;
const IS_COPIED: u64 = 2;

#[repr(C)]
struct Place {
    kind: i32,
    id: i32,
}

#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
struct Format {
    code: u8,
    bits: u8,
    lanes: u16,
}

#[repr(C)]
struct Tensor {
    data: *mut c_void,
    place: Place,
    rank: i32,
    format: Format,
    shape: *mut i64,
    /// In elements; null for row-major order.
    strides: *mut i64,
    byte_offset: u64,
}

/// `DLManagedTensor`.
#[repr(C)]
struct Legacy {
    tensor: Tensor,
    context: *mut c_void,
    delete: Option<unsafe extern "C" fn(*mut Legacy)>,
}

/// `DLManagedTensorVersioned`.
#[repr(C)]
struct Versioned {
    major: u32,
    minor: u32,
    context: *mut c_void,
    delete: Option<unsafe extern "C" fn(*mut Versioned)>,
    flags: u64,
    tensor: Tensor,
}

/// One of the two structs that a capsule may hold.
trait Managed: Sized + 'static {
    /// The capsule's name, and the one that a consumer gives it.
    const NAMES: [&'static CStr; 2];
    fn new(tensor: Tensor, context: *mut c_void, flags: u64) -> Self;
    fn tensor(&self) -> &Tensor;
    fn context(&self) -> *mut c_void;
    /// Frees the struct and what it points at.
    ///
    /// # Safety
    /// The struct is valid and not used again.
    unsafe fn delete(this: *mut Self);
}

impl Managed for Legacy {
    const NAMES: [&'static CStr; 2] = [c"dltensor", c"used_dltensor"];

    fn new(tensor: Tensor, context: *mut c_void, _flags: u64) -> Legacy {
        Legacy { tensor, context, delete: Some(free::<Legacy>) }
    }

    fn tensor(&self) -> &Tensor {
        &self.tensor
    }

    fn context(&self) -> *mut c_void {
        self.context
    }

    unsafe fn delete(this: *mut Legacy) {
        // SAFETY: the caller passes a valid struct, whose deleter takes it.
        unsafe {
            if let Some(delete) = (*this).delete {
                delete(this);
            }
        }
    }
}

impl Managed for Versioned {
    const NAMES: [&'static CStr; 2] = [c"dltensor_versioned", c"used_dltensor_versioned"];

    fn new(tensor: Tensor, context: *mut c_void, flags: u64) -> Versioned {
        Versioned { major: 1, minor: 0, context, delete: Some(free::<Versioned>), flags, tensor }
    }

    fn tensor(&self) -> &Tensor {
        &self.tensor
    }

    fn context(&self) -> *mut c_void {
        self.context
    }

    unsafe fn delete(this: *mut Versioned) {
        // SAFETY: the caller passes a valid struct, whose deleter takes it.
        unsafe {
            if let Some(delete) = (*this).delete {
                delete(this);
            }
        }
    }
}

/// What an exported tensor points at.
struct Export {
    memory: Memory,
    shape: Vec<i64>,
    strides: Vec<i64>,
}

enum Memory {
    Shared(Buffer),
    /// A copy, in words so that every dtype is aligned.
    Own(Vec<u64>),
}

/// The deleter of what is exported.
unsafe extern "C" fn free<M: Managed>(this: *mut M) {
    // SAFETY: `pack` made the struct and its context from boxes, and a deleter is called once.
    unsafe {
        let managed = Box::from_raw(this);
        drop(Box::from_raw(managed.context().cast::<Export>()));
    }
}

/// The destructor of a capsule that nobody consumed.
unsafe extern "C" fn dispose<M: Managed>(capsule: *mut PyObject) {
    // SAFETY: the interpreter passes the capsule, which holds a struct of this type under its first name only.
    unsafe {
        if ffi::PyCapsule_IsValid(capsule, M::NAMES[0].as_ptr()) == 1 {
            M::delete(ffi::PyCapsule_GetPointer(capsule, M::NAMES[0].as_ptr()).cast());
        }
    }
}

fn format(dtype: DType) -> Format {
    let code = match dtype {
        DType::Bool => 6,
        dtype if dtype.is_complex() => 5,
        dtype if !dtype.is_integer() => 2,
        dtype if dtype.is_signed() => 0,
        _ => 1,
    };
    Format { code, bits: 8 * dtype.bytes() as u8, lanes: 1 }
}

fn buffer_error(text: impl Into<String>) -> Raised {
    Raised(PyBufferError::new_err(text.into()))
}

/// A capsule over a value in host memory, or over a copy of it.
fn pack<M: Managed>(py: Python, buffer: Buffer, copy: bool) -> PyResult<Bound<PyAny>> {
    let ty = buffer.ty().clone();
    let shape: Vec<i64> = ty.shape.iter().map(|&extent| extent as i64).collect();
    let strides: Vec<i64> = ty.shape.strides().to_vec();
    let memory = match copy {
        true => {
            let mut words = vec![0u64; buffer.bytes().len().div_ceil(8)];
            let words_bytes = words.iter_mut().zip(buffer.bytes().chunks(8));
            words_bytes.for_each(|(word, bytes)| {
                let mut whole = [0; 8];
                whole[..bytes.len()].copy_from_slice(bytes);
                *word = u64::from_ne_bytes(whole);
            });
            Memory::Own(words)
        }
        false => Memory::Shared(buffer),
    };
    let mut export = Box::new(Export { memory, shape, strides });
    let data = match &mut export.memory {
        Memory::Shared(buffer) => buffer.bytes().as_ptr().cast_mut().cast(),
        Memory::Own(words) => words.as_mut_ptr().cast(),
    };
    let tensor = Tensor {
        // A null pointer says that there are no elements.
        data: if ty.shape.elements() == 0 { null_mut() } else { data },
        place: Place { kind: CPU, id: 0 },
        rank: ty.shape.rank() as i32,
        format: format(ty.dtype),
        shape: export.shape.as_mut_ptr(),
        strides: export.strides.as_mut_ptr(),
        byte_offset: 0,
    };
    let flags = if copy { IS_COPIED } else { READ_ONLY };
    let managed = Box::into_raw(Box::new(M::new(tensor, Box::into_raw(export).cast(), flags)));
    // SAFETY: the capsule takes the struct, which its destructor or whoever consumes it frees; its name is static.
    unsafe {
        let capsule = ffi::PyCapsule_New(managed.cast(), M::NAMES[0].as_ptr(), Some(dispose::<M>));
        if capsule.is_null() {
            M::delete(managed);
        }
        Bound::from_owned_ptr_or_err(py, capsule)
    }
}

/// Where DLPack says that a device is.
fn place(device: &Device) -> (i32, i32) {
    match device.name().strip_prefix("cuda") {
        Some(rest) => (CUDA, rest.trim_start_matches(':').parse().unwrap_or(0)),
        None => (CPU, 0),
    }
}

#[pymethods]
impl PyArray {
    /// DLPack's kind and number of the device: 1 for host memory, 2 for CUDA.
    fn __dlpack_device__(&self) -> Result<(i32, i32), Raised> {
        Ok(match self.array().device()? {
            Some(device) => place(&device),
            None => place(&default()?),
        })
    }

    /// A capsule over the value, which is evaluated: not copied where it is in host memory and the consumer knows of memory
    /// that is read only (`max_version` of 1.0 and up) or forbids a copy, else a copy that is the consumer's own.
    #[pyo3(signature = (*, stream = None, max_version = None, dl_device = None, copy = None))]
    fn __dlpack__<'py>(
        &self,
        py: Python<'py>,
        stream: Option<Bound<'py, PyAny>>,
        max_version: Option<(u32, u32)>,
        dl_device: Option<(Bound<'py, PyAny>, i32)>,
        copy: Option<bool>,
    ) -> Result<Bound<'py, PyAny>, Raised> {
        if let Some(stream) = stream {
            return Err(value_error(format!("__dlpack__: stream {stream} means nothing to host memory")));
        }
        let own = self.__dlpack_device__()?;
        let asked = match dl_device {
            Some((kind, id)) => (kind.extract::<i32>().or_else(|_| kind.getattr("value")?.extract())?, id),
            None => own,
        };
        if asked != (CPU, 0) {
            let text =
                format!("__dlpack__: device {asked:?} is not host memory; pass dl_device=(1, 0) for a copy there");
            return Err(buffer_error(text));
        }
        let versioned = max_version.is_some_and(|(major, _)| major >= 1);
        if own != asked && copy == Some(false) {
            return Err(buffer_error("__dlpack__: memory of a GPU comes to the host only by a copy"));
        }
        // The old struct can not say that memory is read only, so that it gets a copy unless that is forbidden.
        let copy = own != asked || copy.unwrap_or(!versioned);
        let buffer = self.host(py)?;
        Ok(match versioned {
            true => pack::<Versioned>(py, buffer, copy)?,
            false => pack::<Legacy>(py, buffer, copy)?,
        })
    }
}

/// A tensor of another library, for as long as this lives.
struct Imported<M: Managed> {
    managed: NonNull<M>,
    bytes: usize,
}

// SAFETY: the struct is only read, and a deleter may be called on any thread (DLPack: it takes the interpreter's lock itself).
unsafe impl<M: Managed> Send for Imported<M> {}
// SAFETY: as above.
unsafe impl<M: Managed> Sync for Imported<M> {}

impl<M: Managed> Drop for Imported<M> {
    fn drop(&mut self) {
        // SAFETY: the struct was taken from its capsule, and this is its only owner.
        unsafe { M::delete(self.managed.as_ptr()) }
    }
}

impl<M: Managed> Imported<M> {
    fn tensor(&self) -> &Tensor {
        // SAFETY: the struct lives as long as this does.
        unsafe { self.managed.as_ref() }.tensor()
    }

    fn start(&self) -> *const u8 {
        let tensor = self.tensor();
        tensor.data.cast_const().cast::<u8>().wrapping_add(tensor.byte_offset as usize)
    }
}

impl<M: Managed> AsRef<[u8]> for Imported<M> {
    fn as_ref(&self) -> &[u8] {
        match self.bytes {
            0 => &[],
            // SAFETY: `unpack` found the elements to lie one after the other, and the producer keeps them until the struct
            // is deleted. Nobody writes to them, as `from_dlpack` says.
            bytes => unsafe { std::slice::from_raw_parts(self.start(), bytes) },
        }
    }
}

/// The array in a capsule, if it holds a struct of this type. Takes the struct.
fn unpack<M: Managed>(capsule: &Bound<PyAny>, copy: Option<bool>) -> Result<Option<Array>, Raised> {
    let pointer = capsule.as_ptr();
    // SAFETY: these functions check what they are given; a capsule of this name holds such a struct, as DLPack has it.
    let managed = unsafe {
        if ffi::PyCapsule_IsValid(pointer, M::NAMES[0].as_ptr()) != 1 {
            return Ok(None);
        }
        ffi::PyCapsule_GetPointer(pointer, M::NAMES[0].as_ptr()).cast::<M>()
    };
    let Some(managed) = NonNull::new(managed) else { return Ok(None) };
    // SAFETY: under its other name the capsule no longer deletes the struct, which is ours then.
    if unsafe { ffi::PyCapsule_SetName(pointer, M::NAMES[1].as_ptr()) } != 0 {
        return Err(PyErr::fetch(capsule.py()).into());
    }
    let mut imported = Imported { managed, bytes: 0 };
    let tensor = imported.tensor();
    if ![CPU, CUDA_HOST].contains(&tensor.place.kind) {
        let text =
            format!("from_dlpack: memory of device {:?} is not host memory", (tensor.place.kind, tensor.place.id));
        return Err(buffer_error(text));
    }
    let found = DType::ALL.iter().copied().find(|&dtype| format(dtype) == tensor.format);
    let Some(dtype) = found else {
        let Format { code, bits, lanes } = tensor.format;
        let text = format!("from_dlpack: elements of code {code}, {bits} bits and {lanes} lanes are no dtype");
        return Err(buffer_error(text));
    };
    let rank = tensor.rank as usize;
    let list = |list: *const i64| match rank == 0 || list.is_null() {
        true => None,
        // SAFETY: the struct has one number per axis.
        false => Some(unsafe { std::slice::from_raw_parts(list, rank) }.to_vec()),
    };
    let extents: Vec<usize> = list(tensor.shape).unwrap_or_default().iter().map(|&extent| extent as usize).collect();
    let strides = list(tensor.strides);
    let count: usize = extents.iter().product();
    let mut dense = 1;
    let is_dense = strides.as_ref().is_none_or(|strides| {
        extents.iter().zip(strides).rev().all(|(&extent, &stride)| {
            let agrees = extent == 1 || stride == dense;
            dense *= extent as i64;
            agrees
        })
    });
    let is_aligned = imported.start().addr().is_multiple_of(dtype.component().bytes());
    match strides {
        Some(strides) if count > 0 && !is_dense => {
            refuse(copy, "the elements do not lie one after the other")?;
            let bytes = gathered(imported.start(), dtype.bytes(), &extents, &strides);
            Ok(Some(Array::from_bytes(&bytes, dtype, extents)))
        }
        _ => {
            imported.bytes = count * dtype.bytes();
            if copy == Some(true) || !is_aligned || count == 0 {
                if !is_aligned && count > 0 {
                    refuse(copy, &format!("the memory is not aligned for {}", name(dtype)))?;
                }
                return Ok(Some(Array::from_bytes(imported.as_ref(), dtype, extents)));
            }
            Ok(Some(Array::from_owner(imported, dtype, extents)))
        }
    }
}

fn refuse(copy: Option<bool>, why: &str) -> Result<(), Raised> {
    match copy {
        Some(false) => Err(buffer_error(format!("from_dlpack: a copy is needed, because {why}"))),
        _ => Ok(()),
    }
}

/// Strided elements one after the other.
fn gathered(start: *const u8, size: usize, extents: &[usize], strides: &[i64]) -> Vec<u8> {
    let count: usize = extents.iter().product();
    let mut bytes = Vec::with_capacity(count * size);
    let mut at = vec![0usize; extents.len()];
    for _ in 0..count {
        let offset: i64 = at.iter().zip(strides).map(|(&at, &stride)| at as i64 * stride).sum();
        let element = start.wrapping_offset(offset as isize * size as isize);
        // SAFETY: the position is in range of every axis, so the producer has an element there.
        bytes.extend_from_slice(unsafe { std::slice::from_raw_parts(element, size) });
        for axis in (0..extents.len()).rev() {
            at[axis] += 1;
            if at[axis] < extents[axis] {
                break;
            }
            at[axis] = 0;
        }
    }
    bytes
}

/// The capsule of an object: asked for in the newest form, or in the oldest if it knows no other.
fn capsule<'py>(x: &Bound<'py, PyAny>, copy: Option<bool>) -> Result<Bound<'py, PyAny>, Raised> {
    let py = x.py();
    let method = match x.getattr(intern!(py, "__dlpack__")) {
        Ok(method) => method,
        Err(_) => {
            let text = format!("from_dlpack: {} has no __dlpack__", x.get_type());
            return Err(Raised(PyAttributeError::new_err(text)));
        }
    };
    let device = x.call_method0(intern!(py, "__dlpack_device__"))?.extract::<(Bound<PyAny>, i32)>()?;
    let kind = device.0.extract::<i32>().or_else(|_| device.0.getattr("value")?.extract())?;
    let options = PyDict::new(py);
    options.set_item("max_version", (1, 0))?;
    options.set_item("copy", copy)?;
    if ![CPU, CUDA_HOST].contains(&kind) {
        options.set_item("dl_device", (CPU, 0))?;
    }
    match method.call(PyTuple::empty(py), Some(&options)) {
        Err(error) if error.is_instance_of::<PyTypeError>(py) => Ok(method.call0()?),
        other => Ok(other?),
    }
}

fn imported(x: &Bound<PyAny>, device: Option<At>, copy: Option<bool>) -> Result<PyArray, Raised> {
    let array = match x.cast::<PyArray>() {
        // It never changes, so that sharing it is a copy too.
        Ok(own) => own.get().array(),
        Err(_) => {
            let capsule = capsule(x, copy)?;
            match unpack::<Versioned>(&capsule, copy)? {
                Some(array) => array,
                None => unpack::<Legacy>(&capsule, copy)?
                    .ok_or_else(|| buffer_error(format!("from_dlpack: {capsule:?} is no capsule of DLPack")))?,
            }
        }
    };
    let moves = match (&device, array.device()?) {
        (Some(At(device)), Some(own)) => *device != own,
        (Some(At(device)), None) => place(device).0 != CPU,
        (None, _) => false,
    };
    if moves {
        refuse(copy, "it is on another device")?;
    }
    PyArray::new(placed(array, device)?)
}

functions! {
    /// An array over the memory of another library's, which nobody may write to as long as it is used. `copy=True` copies;
    /// `None` does so only where it has to.
    from_dlpack(x, /, *, device=None, copy=None) |x: Bound<'py, PyAny>, device: Option<At>, copy: Option<bool>|
        Python::attach(|py| imported(&x, device, copy)?.into_py_any(py).map_err(Raised::from))?;
}
