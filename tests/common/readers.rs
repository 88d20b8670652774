//! What is asked of everything that reads files, whatever the bytes: a result or an error, and what was read is written and
//! read again. The targets under `fuzz` call it with bytes of their own making, `tests/corpus.rs` with a corpus.

use ondine::{Array, Result, npy, npz, picture};
use std::path::PathBuf;

/// A file of this process with these bytes, which is there until it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(bytes: &[u8], ending: &str) -> Scratch {
        // Memory, where there is such a folder.
        let memory = PathBuf::from("/dev/shm");
        let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let thread = format!("{:?}", std::thread::current().id()).replace(['(', ')'], "-");
        let path = folder.join(format!("ondine-{}-{thread}.{ending}", std::process::id()));
        std::fs::write(&path, bytes).expect("a scratch file can be written");
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Type and bytes of a value: floats by their bits, so that NaN equals itself.
fn value(x: &Array) -> (String, Vec<u8>) {
    let host = x.to_host().expect("what was read is evaluated");
    (host.ty().to_string(), host.bytes().to_vec())
}

/// True if the bytes are a `.npy` file.
pub(crate) fn npy(bytes: &[u8]) -> bool {
    let file = Scratch::new(bytes, "npy");
    let (read, mapped) = (npy::read(&file.0), npy::map(&file.0));
    let Ok(x) = npy::from_bytes(bytes) else {
        assert!(read.is_err() && mapped.is_err(), "a file is read whose bytes are not");
        return false;
    };
    let want = value(&x);
    assert_eq!(value(&read.expect("a file is read whose bytes are")), want);
    if let Ok(mapped) = mapped {
        assert_eq!(value(&mapped), want);
    }
    let written = npy::to_bytes(&x).expect("what was read is written");
    assert_eq!(value(&npy::from_bytes(&written).expect("what was written is read")), want);
    true
}

/// True if the bytes are a `.npz` file.
pub(crate) fn npz(bytes: &[u8]) -> bool {
    let file = Scratch::new(bytes, "npz");
    let Ok(arrays) = npz::read(&file.0) else { return false };
    for write in [npz::write, npz::write_compressed] {
        write(&file.0, &arrays).expect("what was read is written");
        let again = npz::read(&file.0).expect("what was written is read");
        assert!(again.keys().eq(arrays.keys()));
        assert!(again.values().map(value).eq(arrays.values().map(value)));
    }
    true
}

/// True if the bytes are a picture.
pub(crate) fn picture(bytes: &[u8]) -> bool {
    let read = |bytes: &[u8]| -> Result<Array> { picture::read(&Scratch::new(bytes, "png").0) };
    let Ok(x) = read(bytes) else { return false };
    let file = Scratch::new(&[], "png");
    // A PNG has a pixel at least.
    if x.size().expect("it was read") > 0 {
        picture::write(&file.0, &x).expect("what was read is written");
        assert_eq!(value(&picture::read(&file.0).expect("what was written is read")), value(&x));
    }
    true
}
