//! Where CUDA's libraries are: found once by absolute path and kept loaded, so that whoever asks for them by name gets
//! these.
//!
//! The order is `ONDINE_CUDA_LIBS` (folders, separated as in `PATH`), the loader's own places, `CUDA_HOME` and
//! `CUDA_PATH`, `/usr/local/cuda`, and the folders of pip's packages in `VIRTUAL_ENV`. All libraries of one toolkit must
//! come from one folder, so the first folder that has NVRTC serves for all.

use libloading::Library;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The folders to look in, of those that exist.
pub(super) fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    if let Some(list) = std::env::var_os("ONDINE_CUDA_LIBS") {
        folders.extend(std::env::split_paths(&list));
    }
    for variable in ["CUDA_HOME", "CUDA_PATH"] {
        folders.extend(std::env::var_os(variable).map(|home| Path::new(&home).join("lib64")));
    }
    folders.push("/usr/local/cuda/lib64".into());
    if let Some(environment) = std::env::var_os("VIRTUAL_ENV") {
        let pythons = std::fs::read_dir(Path::new(&environment).join("lib")).into_iter().flatten().flatten();
        for python in pythons {
            let nvidia = python.path().join("site-packages/nvidia");
            folders.push(nvidia.join("cu13/lib"));
            folders.extend(["cuda_nvrtc", "cufft", "nvjitlink"].map(|name| nvidia.join(name).join("lib")));
        }
    }
    folders.retain(|folder| folder.is_dir());
    folders
}

/// Loads a library for the life of the process. `name` is a path or what the loader looks for.
pub(super) fn load(name: &Path) -> Option<Library> {
    // SAFETY: CUDA's libraries may be loaded at any time; their initialisers touch nothing of ours.
    unsafe { Library::new(name) }.ok()
}

/// The first file of a folder whose name begins so, but for the variants that are not meant to be loaded.
pub(super) fn file(folder: &Path, prefix: &str) -> Option<PathBuf> {
    let files = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let mut fitting: Vec<PathBuf> = files
        .filter(|path| {
            path.file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with(prefix) && !name.contains("alt"))
        })
        .collect();
    fitting.sort();
    fitting.pop()
}

/// Loads NVRTC from the first folder that has it, its builtins first: NVRTC does not find them by itself.
pub(super) fn preload_compiler() {
    static DONE: OnceLock<()> = OnceLock::new();
    DONE.get_or_init(|| {
        let loader_has = || ["libnvrtc.so.13", "libnvrtc.so.12"].iter().find_map(|name| load(Path::new(name)));
        let given = std::env::var_os("ONDINE_CUDA_LIBS").is_some();
        if !given && let Some(library) = loader_has() {
            std::mem::forget(library);
            return;
        }
        for folder in folders() {
            let Some(compiler) = file(&folder, "libnvrtc.so.") else { continue };
            for path in [file(&folder, "libnvrtc-builtins.so."), Some(compiler)].into_iter().flatten() {
                if let Some(library) = load(&path) {
                    std::mem::forget(library);
                }
            }
            return;
        }
    });
}
