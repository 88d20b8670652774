//! `.npy` files, NumPy's format for one array. Feature `npy`.
//!
//! [`read`] copies a file into memory; [`map`] uses its pages where they are, so that a file may be larger than memory.
//! They touch files, so they fail at once instead of giving a failed array.
//!
//! ```
//! use ondine::npy;
//! # let folder = std::env::temp_dir().join(format!("ondine-npy-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let path = folder.join("x.npy");
//! npy::write(&path, &ondine::arange(6).reshape([2, 3]))?;
//! assert_eq!(npy::read(&path)?.to_vec::<i64>()?, [0, 1, 2, 3, 4, 5]);
//! assert_eq!(npy::map(&path)?.sum().item::<i64>()?, 15);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **What is read.** The 13 dtypes in either byte order, row-major and Fortran order (as a view of the reversed shape, which
//! costs nothing until it is stored), format versions 1.0 to 3.0. Everything else, such as text, dates, half precision,
//! objects and records, is refused by name. What follows the array is left alone.
//!
//! **What is written.** Row-major order, the machine's byte order, version 1.0 where it can say the shape. The file appears
//! whole, in the place of the one that was there before: whoever has mapped that one keeps its values.
//!
//! Source: NumPy's `numpy.lib.format`.

use super::file::{refused, replace};
use super::header::Header;
use crate::error::{Result, argument, here};
use crate::{Array, DType};
use bytemuck::Pod;
use ondine_runtime::{Buffer, HostMemory};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// The array in a file, copied into memory.
///
/// - result: dtype and shape as in the file, unplaced; in bool every byte but 0 is true
///
/// See [the module](self) for an example.
///
/// # Errors
/// `File` if it cannot be read, is no `.npy` file, has a dtype that is none of ours, or ends before its array does. Nothing is
/// allocated for elements that are not there.
#[track_caller]
pub fn read(path: impl AsRef<Path>) -> Result<Array> {
    let path = path.as_ref();
    let read = || -> Result<Array, String> {
        let mut source = File::open(path).map_err(says)?;
        let held = source.metadata().map_err(says)?.len();
        let header = Header::read(&mut source)?;
        elements(&header, &mut source, held.saturating_sub(header.len as u64))
    };
    here(read().map_err(|what| refused("npy::read", path, what)))
}

/// The array in a file, whose pages are its memory: the system reads them when they are touched, and drops them again when
/// memory is short. Nothing is copied, and nothing is written.
///
/// - result: dtype and shape as in the file, unplaced
///
/// Nobody may change the file while the array, or anything pending that needs it, lives. If somebody writes into it, there is
/// no saying which values are read. If somebody makes it shorter, reading what is gone ends the process with `SIGBUS`; so do
/// errors of the disk or the network behind the file. [`write()`] and renaming another file over it do neither.
///
/// Elements of bool are read once, to see that they are 0 or 1.
///
/// ```
/// # use ondine::npy;
/// # let path = std::env::temp_dir().join(format!("ondine-map-{}.npy", std::process::id()));
/// npy::write(&path, &ondine::ones([1000]))?;
/// let x = npy::map(&path)?;
/// npy::write(&path, &(&x * 2.0))?;
/// assert_eq!((x.sum().item::<f64>()?, npy::map(&path)?.sum().item::<f64>()?), (1000.0, 2000.0));
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// As [`read`], and `File` where only a copy can be used: numbers in the other byte order, elements that are not aligned,
/// elements of bool that are neither 0 nor 1.
#[track_caller]
pub fn map(path: impl AsRef<Path>) -> Result<Array> {
    let path = path.as_ref();
    let map = || -> Result<Array, String> {
        let mut source = File::open(path).map_err(says)?;
        let held = source.metadata().map_err(says)?.len();
        let header = Header::read(&mut source)?;
        header.check(held.saturating_sub(header.len as u64))?;
        let ty = &header.ty;
        if header.is_swapped {
            return Err("its numbers are in the other byte order than this machine's; copy it with read()".into());
        }
        if !header.len.is_multiple_of(ty.dtype.component().bytes()) {
            return Err(format!("its elements are not aligned for {}; copy it with read()", ty.dtype));
        }
        let memory = HostMemory::map(&source, header.len as u64, ty.bytes()).map_err(says)?;
        if ty.dtype == DType::Bool && memory.as_bytes().iter().any(|&byte| byte > 1) {
            return Err("elements of bool are neither 0 nor 1; copy it with read()".into());
        }
        array(&header, memory)
    };
    here(map().map_err(|what| refused("npy::map", path, what)))
}

/// The array in the bytes of a `.npy` file, copied.
///
/// ```
/// let bytes = ondine::npy::to_bytes(&ondine::Array::from([1u8, 2]))?;
/// assert_eq!(ondine::npy::from_bytes(&bytes)?.to_vec::<u8>()?, [1, 2]);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// As [`read`], but `Argument` instead of `File`.
#[track_caller]
pub fn from_bytes(bytes: &[u8]) -> Result<Array> {
    let mut rest = bytes;
    let array = Header::read(&mut rest).and_then(|header| {
        let held = rest.len() as u64;
        elements(&header, &mut rest, held)
    });
    here(array.map_err(|what| argument("npy::from_bytes", what)))
}

/// Writes the value of an array to a file. Evaluates as [`to_vec`](Array::to_vec) does.
///
/// See [the module](self) for an example.
///
/// # Errors
/// Those of evaluation; `File` if it cannot be written: then what was there before is there still.
#[track_caller]
pub fn write(path: impl AsRef<Path>, x: &Array) -> Result<()> {
    let path = path.as_ref();
    let write = || {
        let value = x.value()?;
        replace(path, |target| put(&value, target)).map_err(|error| refused("npy::write", path, error))
    };
    here(write())
}

/// The value of an array as the bytes of a `.npy` file. Evaluates as [`to_vec`](Array::to_vec) does.
///
/// See [`from_bytes`] for an example.
///
/// # Errors
/// Those of evaluation.
#[track_caller]
pub fn to_bytes(x: &Array) -> Result<Vec<u8>> {
    let value = x.to_host()?;
    let mut bytes = Vec::new();
    put(&value, &mut bytes).expect("a vector takes all bytes");
    Ok(bytes)
}

/// What the system says.
pub(super) fn says(error: io::Error) -> String {
    error.to_string()
}

/// Writes a value as a `.npy` file.
pub(super) fn put(value: &Buffer, to: &mut impl Write) -> io::Result<()> {
    to.write_all(&Header::bytes(value.ty()))?;
    to.write_all(value.bytes())
}

/// The array behind a header, copied, if the `held` bytes that are left hold it.
pub(super) fn elements(header: &Header, reader: &mut impl Read, held: u64) -> Result<Array, String> {
    header.check(held)?;
    let ty = &header.ty;
    let memory = HostMemory::zeroed(ty.bytes());
    let mut memory = memory.ok_or_else(|| format!("{} bytes for {ty} could not be allocated", ty.bytes()))?;
    let bytes = memory.as_bytes_mut();
    reader.read_exact(bytes).map_err(says)?;
    if ty.dtype == DType::Bool {
        bytes.iter_mut().for_each(|byte| *byte = (*byte != 0).into());
    }
    match ty.dtype.component().bytes() {
        2 if header.is_swapped => swap(bytes, u16::swap_bytes),
        4 if header.is_swapped => swap(bytes, u32::swap_bytes),
        8 if header.is_swapped => swap(bytes, u64::swap_bytes),
        _ => {}
    }
    array(header, memory)
}

fn swap<T: Pod>(bytes: &mut [u8], swapped: impl Fn(T) -> T) {
    bytemuck::cast_slice_mut(bytes).iter_mut().for_each(|number| *number = swapped(*number));
}

fn array(header: &Header, memory: HostMemory) -> Result<Array, String> {
    let array = Array::settle(header.array(memory));
    array.check().map_err(|error| error.kind().to_string())?;
    Ok(array)
}
