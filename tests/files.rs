//! Files of NumPy and pictures: what they hold, what is refused and in which words, and how files are replaced.

use ondine::testing::assert_equal;
use ondine::{Array, DType, Device, ErrorKind, Progress, Result, npy, npz, picture, report_progress};
use ondine_runtime::Cpu;
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name)
}

/// A folder that is there until it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("ondine-files-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The text of an error, without the place, and without the folders of the files in it.
#[track_caller]
fn fails<T>(result: Result<T>, text: &str) {
    let error = result.err().expect("it is refused");
    assert!(error.place().file().ends_with("tests/files.rs"), "{error}");
    let ErrorKind::File { op, path, what } = error.kind() else { panic!("{error}") };
    assert_eq!(format!("{op}: {}: {what}", path.file_name().unwrap().to_string_lossy()), text);
}

/// What is said of a header with a dtype that is none of ours.
fn nameless(descr: &str, count: usize) -> String {
    let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': ({count},), }}");
    format!("its header {header:?} names none of the 13 dtypes")
}

const CODES: [(DType, &str); 13] = [
    (DType::Bool, "b1"),
    (DType::I8, "i1"),
    (DType::I16, "i2"),
    (DType::I32, "i4"),
    (DType::I64, "i8"),
    (DType::U8, "u1"),
    (DType::U16, "u2"),
    (DType::U32, "u4"),
    (DType::U64, "u8"),
    (DType::F32, "f4"),
    (DType::F64, "f8"),
    (DType::C64, "c8"),
    (DType::C128, "c16"),
];

/// What `tests/golden/files.py` puts into a file of a dtype.
fn values(dtype: DType) -> Array {
    let x = Array::from([[0i64, 7, 3], [10, 6, 2]]);
    match dtype {
        DType::Bool => (x % 3).equal(0),
        _ if dtype.is_complex() => ((x.astype(DType::F64) - 5) / 2).complex(&x).astype(dtype),
        _ if dtype.is_floating() => ((x.astype(DType::F64) - 5) / 2).astype(dtype),
        _ if dtype.is_signed() => (x - 5).astype(dtype),
        _ => x.astype(dtype),
    }
}

#[test]
fn every_dtype_in_either_byte_order_and_order_of_axes() {
    for (dtype, code) in CODES {
        for layout in ["c", "fortran"] {
            let path = corpus(&format!("npy/{code}-little-{layout}.npy"));
            assert_equal(&npy::read(&path).unwrap(), &values(dtype));
            assert_equal(&npy::map(&path).unwrap(), &values(dtype));
            let path = corpus(&format!("npy/{code}-big-{layout}.npy"));
            if dtype.component().bytes() > 1 {
                assert_equal(&npy::read(&path).unwrap(), &values(dtype));
                let text = "its numbers are in the other byte order than this machine's; copy it with read()";
                fails(npy::map(&path), &format!("npy::map: {code}-big-{layout}.npy: {text}"));
            }
        }
    }
}

#[test]
fn every_shape() {
    let x = ondine::arange(3).astype(DType::F64);
    for name in ["version-2", "version-3", "more-behind"] {
        assert_equal(&npy::read(corpus(&format!("npy/{name}.npy"))).unwrap(), &x);
        assert_equal(&npy::map(corpus(&format!("npy/{name}.npy"))).unwrap(), &x);
    }
    for read in [npy::read, npy::map] {
        let shape = |name: &str| read(corpus(&format!("npy/{name}.npy"))).unwrap().shape().unwrap().to_vec();
        assert_eq!(shape("rank-0"), [0; 0]);
        assert_eq!(shape("empty"), [0, 3]);
        assert_eq!(shape("empty-fortran"), [2, 0, 3]);
        assert_eq!(shape("rank-64"), [vec![1; 63], vec![3]].concat());
        let x = read(corpus("npy/rank-5-fortran.npy")).unwrap();
        assert_equal(&x, &ondine::arange(12).astype(DType::I32).reshape([2, 1, 3, 1, 2]));
        assert_eq!(read(corpus("npy/rank-0.npy")).unwrap().item::<f64>().unwrap(), 2.5);
    }
}

#[test]
fn what_is_no_array_of_ours_is_refused_by_name() {
    let refused = [
        ("nothing", "it does not begin as a .npy file does"),
        ("magic-alone", "it ends within its header"),
        ("length-missing-2", "it ends within its header"),
        ("header-short", "it ends within its header"),
        ("version-4", "its format is of version 4.0; known are 1.0, 2.0 and 3.0"),
        ("header-of-4-gib", "its header is 4294967295 bytes long; headers of up to 65535 are read"),
        ("no-python", "its header \"{'descr': <f8}\" is no dictionary"),
        (
            "shape-negative",
            "its header \"{'descr': '<f8', 'fortran_order': False, 'shape': (-2,), }\" is refused: error parsing header: \
             illegal value for key shape: (-2,)",
        ),
        ("rank-65", "it has 65 axes; arrays of up to 64 are read"),
        ("elements-overflow", "the bytes of f64[4294967296, 4294967296, 4294967296] cannot be addressed"),
        ("terabytes", "it holds 16 bytes of elements; f64[1099511627776] takes 8796093022208"),
        ("element-short", "it holds 23 bytes of elements; f64[3] takes 24"),
        ("no-elements", "it holds 0 bytes of elements; f64[3] takes 24"),
    ];
    for (name, text) in refused {
        fails(npy::read(corpus(&format!("npy/bad-{name}.npy"))), &format!("npy::read: bad-{name}.npy: {text}"));
        fails(npy::map(corpus(&format!("npy/bad-{name}.npy"))), &format!("npy::map: bad-{name}.npy: {text}"));
    }
    let dtypes = [
        ("records", "[('a', '<i4'), ('b', '<f8', (2,))]", 2),
        ("objects", "'|O'", 2),
        ("bytes", "'|S3'", 1),
        ("text", "'<U3'", 1),
        ("dates", "'<M8[ns]'", 2),
        ("half", "'<f2'", 2),
        ("long-double", "'<f16'", 2),
        ("void", "'|V3'", 2),
    ];
    for (name, descr, count) in dtypes {
        let text = nameless(descr, count);
        fails(npy::read(corpus(&format!("npy/bad-{name}.npy"))), &format!("npy::read: bad-{name}.npy: {text}"));
    }
    fails(npy::read("nowhere.npy"), "npy::read: nowhere.npy: No such file or directory (os error 2)");
    fails(npy::read(corpus("npy")), "npy::read: npy: Is a directory (os error 21)");
    let error = npy::from_bytes(b"text").unwrap_err().kind().to_string();
    assert_eq!(error, "npy::from_bytes: it does not begin as a .npy file does");
}

#[test]
fn elements_that_only_a_copy_can_use() {
    fails(
        npy::map(corpus("npy/not-aligned.npy")),
        "npy::map: not-aligned.npy: its elements are not aligned for f64; copy it with read()",
    );
    assert_equal(&npy::read(corpus("npy/not-aligned.npy")).unwrap(), &ondine::zeros([2]));
    fails(
        npy::map(corpus("npy/bool-of-other-bytes.npy")),
        "npy::map: bool-of-other-bytes.npy: elements of bool are neither 0 nor 1; copy it with read()",
    );
    let x = npy::read(corpus("npy/bool-of-other-bytes.npy")).unwrap();
    assert_equal(&x, &Array::from([false, true, true, true]));
    assert_eq!(x.to_host().unwrap().bytes(), [0, 1, 1, 1]);
}

#[test]
fn what_is_written_is_what_numpy_writes() {
    for (dtype, code) in CODES {
        let theirs = std::fs::read(corpus(&format!("npy/{code}-little-c.npy"))).unwrap();
        let ours = npy::to_bytes(&values(dtype)).unwrap();
        // The text of the dictionary has no comma at its end; all else is the same.
        let text = |bytes: &[u8]| String::from_utf8_lossy(&bytes[10..128]).replace(", }", "}").trim_end().to_string();
        assert_eq!(text(&ours), text(&theirs));
        assert_eq!((&ours[..10], &ours[128..]), (&theirs[..10], &theirs[128..]), "{dtype}");
    }
}

#[test]
fn a_mapped_array_takes_no_memory_and_is_never_written() {
    let folder = Folder::new("map");
    let path = folder.file("x.npy");
    npy::write(&path, &ondine::ones([1 << 20])).unwrap();
    let before = Cpu::shared().memory_in_use();
    let x = npy::map(&path).unwrap();
    assert_eq!(x.sum().item::<f64>().unwrap(), (1 << 20) as f64);
    assert!(Cpu::shared().memory_in_use() < before + (1 << 20), "it was copied");
    // Not even where it dies with its only user.
    let y = (x.eval(&Device::cpu()).unwrap() + 1.0).eval(&Device::cpu()).unwrap();
    drop(x);
    assert_eq!(y.sum().item::<f64>().unwrap(), (2 << 20) as f64);
    assert_eq!(npy::read(&path).unwrap().sum().item::<f64>().unwrap(), (1 << 20) as f64);
}

#[test]
fn a_file_that_is_mapped_keeps_its_values_when_another_takes_its_place() {
    let folder = Folder::new("replace");
    let path = folder.file("x.npy");
    npy::write(&path, &ondine::arange(3)).unwrap();
    let x = npy::map(&path).unwrap();
    npy::write(&path, &x).unwrap();
    npy::write(&path, &(&x + 1)).unwrap();
    npy::write(&path, &(&npy::map(&path).unwrap() * 2)).unwrap();
    assert_eq!(x.to_vec::<i64>().unwrap(), [0, 1, 2]);
    assert_eq!(npy::map(&path).unwrap().to_vec::<i64>().unwrap(), [2, 4, 6]);
    // What fails leaves the file as it is, and nothing beside it.
    npz::write(folder.file("a.npz"), [("x", &x)]).unwrap();
    let error = npz::write(folder.file("a.npz"), [("x", &x), ("x", &x)]).unwrap_err().kind().to_string();
    assert_eq!(error, "npz::write: two arrays have the name \"x\"");
    let text = "invalid Zip archive: ZipLocalBlock + filename + extra fields must be less than 64KiB when combined";
    fails(npz::write(folder.file("a.npz"), [("x".repeat(70_000), &x)]), &format!("npz::write: a.npz: {text}"));
    assert_eq!(npz::read(folder.file("a.npz")).unwrap().len(), 1);
    let mut names = folder.names();
    names.sort();
    assert_eq!(names, ["a.npz", "x.npy"]);
    fails(npy::write(folder.file("nowhere/x.npy"), &x), "npy::write: x.npy: No such file or directory (os error 2)");
    fails(
        npy::write(&folder.0, &x),
        &format!("npy::write: {}: Is a directory (os error 21)", folder.0.file_name().unwrap().to_string_lossy()),
    );
    let failed = ondine::zeros([2]) + ondine::zeros([3]);
    assert!(npy::write(&path, &failed).unwrap_err().to_string().starts_with("add: "));
}

#[cfg(unix)]
#[test]
fn links_stay_links_and_files_keep_their_permissions() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new("links");
    let (path, link) = (folder.file("x.npy"), folder.file("link.npy"));
    npy::write(&path, &ondine::arange(2)).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    symlink(&path, &link).unwrap();
    npy::write(&link, &ondine::arange(3)).unwrap();
    assert!(link.is_symlink());
    assert_eq!(npy::read(&path).unwrap().size().unwrap(), 3);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    // What is no file is written to as it is.
    npy::write("/dev/null", &ondine::arange(2)).unwrap();
}

#[test]
fn archives() {
    let x = ondine::arange(3).astype(DType::F64);
    let y = Array::from([[0i16, 1, 2], [3, 4, 5]]);
    for name in ["stored", "compressed", "other-members"] {
        let arrays = npz::read(corpus(&format!("npz/{name}.npz"))).unwrap();
        assert!(arrays.keys().eq(["deep/y", "x"]), "{:?}", arrays.keys());
        assert_equal(&arrays["x"], &x);
        assert_equal(&arrays["deep/y"], &y);
    }
    assert_eq!(npz::read(corpus("npz/zeros.npz")).unwrap()["zeros"].size().unwrap(), 100_000);
    assert_equal(&npz::read(corpus("npz/twice.npz")).unwrap()["x"], &(&x * 2.0));
    assert!(npz::read(corpus("npz/empty.npz")).unwrap().is_empty());

    let folder = Folder::new("archives");
    let path = folder.file("a.npz");
    // One graph computes both: this thread hears of one evaluation.
    let sum = &x + 1.0;
    let product = &sum * 2.0;
    let ended = Rc::new(Cell::new(0));
    let heard = ended.clone();
    let guard = report_progress(move |progress: &Progress| {
        heard.set(heard.get() + (progress.done == progress.total) as usize);
    });
    npz::write(&path, [("sum", &sum), ("product", &product)]).unwrap();
    drop(guard);
    assert_eq!(ended.get(), 1);
    let arrays = npz::read(&path).unwrap();
    assert_equal(&arrays["product"], &Array::from([2.0, 4.0, 6.0]));
    npz::write_compressed(&path, &arrays).unwrap();
    assert_equal(&npz::read(&path).unwrap()["sum"], &Array::from([1.0, 2.0, 3.0]));
}

#[test]
fn archives_that_are_refused() {
    let half = format!("npz::read: bad-member.npz: half.npy: {}", nameless("'<f2'", 3));
    fails(npz::read(corpus("npz/bad-member.npz")), &half);
    let refused = [
        ("checksum", "x.npy: Invalid checksum"),
        ("terabytes", "x.npy: it holds 0 bytes of elements; f64[1099511627776] takes 8796093022208"),
        ("size", "x.npy: it holds 131968 bytes of elements; u8[2147483648] takes 2147483648"),
        ("nothing", "invalid Zip archive: Could not find EOCD"),
        ("encrypted", "member 0: unsupported Zip archive: Password required to decrypt file"),
    ];
    for (name, text) in refused {
        fails(npz::read(corpus(&format!("npz/bad-{name}.npz"))), &format!("npz::read: bad-{name}.npz: {text}"));
    }
}

#[test]
fn pictures() {
    let grey = (ondine::arange(4).reshape([4, 1]) + ondine::arange(5)) * 20;
    assert_equal(&picture::read(corpus("picture/grey.png")).unwrap(), &grey.astype(DType::U8));
    assert_equal(&picture::read(corpus("picture/grey.pgm")).unwrap(), &grey.astype(DType::U8));
    assert_equal(&picture::read(corpus("picture/grey-16.png")).unwrap(), &(&grey * 300).astype(DType::U16));
    assert_equal(&picture::read(corpus("picture/grey-1.png")).unwrap(), &(grey.greater(60).astype(DType::U8) * 255));
    let shape = |name: &str| picture::read(corpus(&format!("picture/{name}"))).unwrap().shape().unwrap().to_vec();
    assert_eq!(shape("grey.jpg"), [4, 5]);
    assert_eq!(shape("rgb.jpg"), [4, 5, 3]);
    assert_eq!(shape("grey-alpha.png"), [4, 5, 2]);
    assert_eq!(shape("rgba.png"), [4, 5, 4]);
    assert_eq!(shape("palette.png"), [4, 5, 3]);
    let (png, bmp) = ["picture/rgb.png", "picture/rgb.bmp"].map(|name| picture::read(corpus(name)).unwrap()).into();
    assert_equal(&png, &bmp);
}

#[test]
fn pictures_that_are_refused() {
    let refused = [
        ("text.png", "Format error decoding Png: Invalid PNG signature."),
        ("huge.png", "Memory limit exceeded"),
        ("size.jpg", "Memory limit exceeded"),
        ("short.png", "unexpected end of file"),
    ];
    for (name, text) in refused {
        fails(picture::read(corpus(&format!("picture/bad-{name}"))), &format!("picture::read: bad-{name}: {text}"));
    }
    let folder = Folder::new("pictures");
    fails(
        picture::write(folder.file("x.jpg"), &ondine::zeros([2, 2])),
        "picture::write: x.jpg: pictures are written as PNG; let the name end in .png",
    );
    let text = |x: Array| picture::write(folder.file("x.png"), &x).unwrap_err().kind().to_string();
    let what = "is no picture; it takes u8 or u16 of shape [height, width] or [height, width, 1 to 4 channels]";
    assert_eq!(text(ondine::zeros([2, 2])), format!("picture::write: f64[2, 2] {what}"));
    assert_eq!(text(Array::from([1u8, 2])), format!("picture::write: u8[2] {what}"));
    assert_eq!(text(ondine::zeros_with([2, 2, 5], DType::U8)), format!("picture::write: u8[2, 2, 5] {what}"));
    assert_eq!(
        text(ondine::zeros_with([0, 2], DType::U8)),
        "picture::write: u8[0, 2] is no picture; a PNG has 1 to 4294967295 rows and columns"
    );
    assert!(folder.names().is_empty());
}
