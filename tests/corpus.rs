//! Files of others, good ones and bad ones: every one is read or refused, and so is whatever random changes make of it.
//! `tests/golden/files.py` writes the corpus; `fuzz` starts from it.

#[path = "common/readers.rs"]
mod readers;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::path::Path;

/// The files of a folder of the corpus by name.
fn corpus(kind: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(kind);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the corpus is in the repository")
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// Reads every file of a folder, and refuses those that are bad by name.
fn reads(kind: &str, is_read: impl Fn(&[u8]) -> bool) {
    let files = corpus(kind);
    assert!(files.len() > 10, "{kind}");
    for (name, bytes) in files {
        assert_eq!(is_read(&bytes), !name.starts_with("bad-"), "{kind}/{name}");
    }
}

#[test]
fn npy_files() {
    reads("npy", readers::npy);
}

#[test]
fn npz_files() {
    reads("npz", readers::npz);
}

#[test]
fn pictures() {
    reads("picture", readers::picture);
}

/// What may happen to the bytes of a file.
#[derive(Clone, Debug)]
enum Change {
    Flip(Index, u8),
    Cut(Index),
    Remove(Index, usize),
    Insert(Index, Vec<u8>),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let text = select(vec![&b"("[..], b"[", b"{", b"'", b",", b"9", b"-", b"\n", b"\xff\xff\xff\xff", b"\0\0\0\0"]);
    let change = prop_oneof![
        4 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Flip(at, byte)),
        1 => any::<Index>().prop_map(Change::Cut),
        1 => (any::<Index>(), 1..9usize).prop_map(|(at, count)| Change::Remove(at, count)),
        2 => (any::<Index>(), text).prop_map(|(at, text)| Change::Insert(at, text.to_vec())),
    ];
    proptest::collection::vec(change, 1..4)
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        let len = bytes.len();
        match change {
            Change::Flip(index, byte) if len > 0 => bytes[index.index(len)] ^= byte,
            Change::Flip(..) => {}
            Change::Cut(index) => bytes.truncate(index.index(len + 1)),
            Change::Remove(index, count) => {
                let start = index.index(len + 1);
                bytes.drain(start..(start + count).min(len));
            }
            Change::Insert(index, text) => {
                let start = index.index(len + 1);
                bytes.splice(start..start, text.iter().copied());
            }
        }
    }
    bytes
}

/// Changes in the first bytes, where headers are, and anywhere.
fn damaged(kind: &str) -> impl Strategy<Value = Vec<u8>> {
    let small: Vec<_> = corpus(kind).into_iter().map(|(_, bytes)| bytes).filter(|bytes| bytes.len() < 4096).collect();
    (select(small), changes(), any::<bool>()).prop_map(|(bytes, changes, is_head)| {
        let (head, rest) = bytes.split_at(if is_head { bytes.len().min(80) } else { bytes.len() });
        [changed(head.to_vec(), &changes), rest.to_vec()].concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn damaged_npy_files(bytes in damaged("npy")) {
        readers::npy(&bytes);
    }

    #[test]
    fn damaged_npz_files(bytes in damaged("npz")) {
        readers::npz(&bytes);
    }

    #[test]
    fn damaged_pictures(bytes in damaged("picture")) {
        readers::picture(&bytes);
    }
}
