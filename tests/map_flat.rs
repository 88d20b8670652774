//! A file that is mapped and summed takes no memory but the pages that the system has of it. Alone in its process, whose
//! memory it reads.
#![cfg(target_os = "linux")]

use ondine::{Array, Result, npy};
use std::path::Path;

/// Bytes of resident memory that no file is behind.
fn anonymous() -> usize {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("Linux says it");
    line.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() << 10
}

/// How much memory an array takes while it lives and after it was summed.
fn grown(path: &Path, get: fn(&Path) -> Result<Array>, count: usize) -> usize {
    let before = anonymous();
    let x = get(path).unwrap();
    assert_eq!(x.sum().item::<f64>().unwrap(), count as f64);
    anonymous().saturating_sub(before)
}

#[test]
fn a_mapped_file_takes_no_memory_of_the_process() {
    const COUNT: usize = 8 << 20;
    let path = std::env::temp_dir().join(format!("ondine-map-flat-{}.npy", std::process::id()));
    npy::write(&path, &ondine::ones([COUNT])).unwrap();
    ondine::Device::cpu().backend().release();
    // Threads and code are there from the first time on.
    grown(&path, |path| npy::map(path), COUNT);
    let mapped = (0..10).map(|_| grown(&path, |path| npy::map(path), COUNT)).max().unwrap();
    let read = grown(&path, |path| npy::read(path), COUNT);
    std::fs::remove_file(&path).unwrap();
    assert!(mapped < 1 << 20, "{mapped} bytes for a file of 64 MiB that is mapped");
    assert!(read >= COUNT * 8, "{read} bytes for one that is copied: the measure does not see memory");
}
