//! What all files have in common: how their errors read, and that they appear whole. They are written under another name
//! first, so that nobody reads half of one, and a file that is mapped keeps its values when another takes its place.

use crate::error::{ErrorKind, Failure};
use std::fs::{File, rename, set_permissions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// What is wrong with a file.
pub(super) fn refused(op: &'static str, path: &Path, what: impl ToString) -> Failure {
    ErrorKind::File { op, path: path.to_path_buf(), what: what.to_string() }.into()
}

/// Puts what `write` writes in the place of a file, if there is one. What is no file, such as a pipe, is written to directly.
pub(super) fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    // A link stays; what it points at is replaced.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let before = path.metadata().ok();
    if before.as_ref().is_some_and(|before| !before.is_file()) {
        return write(&mut File::create(&path)?);
    }
    let (partial, mut file) = beside(&path)?;
    let finish = || {
        write(&mut file)?;
        if let Some(before) = before {
            set_permissions(&partial, before.permissions())?;
        }
        rename(&partial, &path)
    };
    finish().inspect_err(|_| {
        // What went wrong first is what counts.
        let _ = std::fs::remove_file(&partial);
    })
}

/// A new file in the folder of another, where renaming is no copy.
fn beside(path: &Path) -> io::Result<(PathBuf, File)> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{count}", std::process::id()));
        let partial = path.with_file_name(hidden);
        match File::create_new(&partial) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => return Ok((partial, created?)),
        }
    }
}
