//! `.npz` files, NumPy's format for several arrays with names: zip archives of `.npy` files. Feature `npy`.
//!
//! ```
//! use ondine::npz;
//! # let path = std::env::temp_dir().join(format!("ondine-npz-{}.npz", std::process::id()));
//! let x = ondine::arange(3);
//! npz::write(&path, [("x", &x), ("square", &x.square())])?;
//! let arrays = npz::read(&path)?;
//! assert_eq!(arrays["square"].to_vec::<i64>()?, [0, 1, 4]);
//! # std::fs::remove_file(&path).unwrap();
//! # Ok::<(), ondine::Error>(())
//! ```
//!
//! Source: NumPy's `savez` and `load`.

use super::file::{refused, replace};
use super::header::Header;
use super::npy::{elements, put, says};
use crate::error::{Failure, Result, argument, here};
use crate::evaluate::{download, evaluate};
use crate::lazy::Lazy;
use crate::{Array, Options};
use ondine_runtime::Buffer;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Bytes that one byte of deflated data becomes at most (zlib, "Technical Details").
const EXPANSION: u64 = 1032;

/// The arrays in a file by name, copied into memory and unpacked. Members of the archive that are no `.npy` files are left
/// out; of several with one name the last counts.
///
/// See [the module](self) for an example.
///
/// # Errors
/// `File` if it cannot be read or is no archive, or if one of its arrays is refused, as [`npy::read`](super::npy::read) would;
/// also if checksums do not agree.
#[track_caller]
pub fn read(path: impl AsRef<Path>) -> Result<BTreeMap<String, Array>> {
    let path = path.as_ref();
    let read = || -> Result<BTreeMap<String, Array>, String> {
        let source = File::open(path).map_err(says)?;
        let held = source.metadata().map_err(says)?.len();
        let mut archive = ZipArchive::new(BufReader::new(source)).map_err(|error| error.to_string())?;
        let mut arrays = BTreeMap::new();
        for at in 0..archive.len() {
            if let Some((name, array)) = member(&mut archive, at, held)? {
                arrays.insert(name, array);
            }
        }
        Ok(arrays)
    };
    here(read().map_err(|what| refused("npz::read", path, what)))
}

/// A member of an archive of `held` bytes, if it is an array.
fn member(archive: &mut ZipArchive<impl Read + Seek>, at: usize, held: u64) -> Result<Option<(String, Array)>, String> {
    let mut member = archive.by_index(at).map_err(|error| format!("member {at}: {error}"))?;
    let full = member.name().map_err(|error| format!("member {at}: {error}"))?.into_owned();
    let Some(name) = full.strip_suffix(".npy") else { return Ok(None) };
    // An archive may say what it likes of its sizes, but not be smaller than it is.
    let largest = member.compressed_size().min(held).saturating_mul(EXPANSION).min(member.size());
    let mut read = || {
        let header = Header::read(&mut member)?;
        let array = elements(&header, &mut member, largest.saturating_sub(header.len as u64))?;
        // The checksum is looked at where the member ends.
        io::copy(&mut member, &mut io::sink()).map_err(says)?;
        Ok(array)
    };
    read().map(|array| Some((name.to_string(), array))).map_err(|what: String| format!("{full}: {what}"))
}

/// Writes the values of arrays under their names, as they are. Those that are pending are evaluated as one graph.
///
/// See [the module](self) for an example. The file appears whole, as [`npy`](super::npy) says.
///
/// # Errors
/// Those of evaluation; `Argument` if two arrays have one name; `File` if it cannot be written.
#[track_caller]
pub fn write<'a, N: AsRef<str>>(
    path: impl AsRef<Path>,
    arrays: impl IntoIterator<Item = (N, &'a Array)>,
) -> Result<()> {
    let (names, arrays): (Vec<N>, Vec<&Array>) = arrays.into_iter().unzip();
    here(pack("npz::write", path.as_ref(), &names, &arrays, CompressionMethod::Stored))
}

/// As [`write()`], but smaller, and slower to write and to read (DEFLATE).
///
/// ```
/// # let path = std::env::temp_dir().join(format!("ondine-compressed-{}.npz", std::process::id()));
/// ondine::npz::write_compressed(&path, [("zeros", &ondine::zeros([100_000]))])?;
/// assert!(std::fs::metadata(&path)?.len() < 10_000);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`write()`].
#[track_caller]
pub fn write_compressed<'a, N: AsRef<str>>(
    path: impl AsRef<Path>,
    arrays: impl IntoIterator<Item = (N, &'a Array)>,
) -> Result<()> {
    let (names, arrays): (Vec<N>, Vec<&Array>) = arrays.into_iter().unzip();
    here(pack("npz::write_compressed", path.as_ref(), &names, &arrays, CompressionMethod::Deflated))
}

fn pack(
    op: &'static str,
    path: &Path,
    names: &[impl AsRef<str>],
    arrays: &[&Array],
    method: CompressionMethod,
) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    if let Some(name) = names.iter().map(AsRef::as_ref).find(|&name| !seen.insert(name)) {
        return Err(argument(op, format!("two arrays have the name {name:?}")));
    }
    let values = values(arrays)?;
    // Room for members of 4 GiB and more.
    let options = SimpleFileOptions::default().compression_method(method).large_file(true);
    let write = |target: &mut File| {
        let mut archive = ZipWriter::new(target);
        for (name, value) in names.iter().zip(&values) {
            archive.start_file(format!("{}.npy", name.as_ref()), options)?;
            put(value, &mut archive)?;
        }
        archive.finish()?;
        Ok(())
    };
    replace(path, write).map_err(|error| refused(op, path, error))
}

/// The values of some arrays in host memory, those that are pending evaluated as one graph.
fn values(arrays: &[&Array]) -> Result<Vec<Buffer>, Failure> {
    let all = arrays.iter().map(|array| Ok(array.lazy()?.clone())).collect::<Result<Vec<Lazy>, Failure>>()?;
    let pending: Vec<Lazy> = all.iter().filter(|lazy| !lazy.is_ready()).cloned().collect();
    if !pending.is_empty() {
        evaluate(&pending, None, &Options::default())?;
    }
    all.iter().map(download).collect()
}
