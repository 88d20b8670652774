//! A `cuda` device without a GPU: the driver of `tests/emulator`, and kernels compiled by the host's C++ compiler.
//!
//! Everything of the device runs as it does on a GPU, but for the compiler. Where there is no C++ compiler the tests on this
//! device are skipped with a message; `ONDINE_REQUIRE_EMULATOR=1` makes that a failure. With `ONDINE_TEST_GPU=1` the same
//! tests run on the first GPU, but for those that make the driver fail.

use libloading::Library;
use ondine_codegen::cuda::{Function, Kernel, Program};
use ondine_runtime::Device;
use ondine_runtime::cuda::{Compile, Cuda};
use std::ffi::{CString, c_char};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Orders in which the threads of a block take their turns.
pub const ORDERS: i32 = 3;

/// The device, if this machine can compile for it.
pub fn device() -> Option<Device> {
    static DEVICE: OnceLock<Option<Device>> = OnceLock::new();
    if is_gpu() {
        return Some(Device::cuda(0).expect("there is a GPU to test"));
    }
    let device = DEVICE.get_or_init(|| match host() {
        Ok(compiler) => {
            Some(Device::new(Cuda::with_compiler(0, Box::new(compiler)).expect("the emulator has a device")))
        }
        Err(why) => {
            assert!(std::env::var_os("ONDINE_REQUIRE_EMULATOR").is_none(), "no emulator: {why}");
            eprintln!("skipped on cuda: {why}");
            None
        }
    });
    device.clone()
}

/// True if the tests run on a GPU.
pub fn is_gpu() -> bool {
    std::env::var_os("ONDINE_TEST_GPU").is_some()
}

/// The compiler of the device, with the driver loaded.
pub fn host() -> Result<Host, String> {
    emulator().as_ref().map_err(Clone::clone)?;
    Ok(Host { folder: folder()? })
}

/// Sets the order in which threads take their turns from now on.
pub fn set_order(order: i32) {
    if is_gpu() {
        return;
    }
    // SAFETY: a function of the emulator with this signature.
    call::<unsafe extern "C" fn(i32), ()>(b"emulator_set_order\0", |set| unsafe { set(order) });
}

/// Sets how many bytes of memory the device has.
pub fn set_memory(bytes: usize) {
    // SAFETY: a function of the emulator with this signature.
    call::<unsafe extern "C" fn(usize), ()>(b"emulator_set_memory\0", |set| unsafe { set(bytes) });
}

/// Makes every call from now on fail with this code; 0 ends it.
pub fn set_fault(code: i32) {
    // SAFETY: a function of the emulator with this signature.
    call::<unsafe extern "C" fn(i32), ()>(b"emulator_set_fault\0", |set| unsafe { set(code) });
}

/// Bytes that the device has allocated.
pub fn in_use() -> usize {
    // SAFETY: a function of the emulator with this signature.
    call::<unsafe extern "C" fn() -> usize, usize>(b"emulator_in_use\0", |get| unsafe { get() })
}

/// Bytes that were freed and that the driver keeps for later.
pub fn pooled() -> usize {
    // SAFETY: a function of the emulator with this signature.
    call::<unsafe extern "C" fn() -> usize, usize>(b"emulator_pooled\0", |get| unsafe { get() })
}

/// Says whether pinned memory can be had.
pub fn set_pinnable(yes: bool) {
    // SAFETY: a function of the emulator with this signature.
    call::<unsafe extern "C" fn(i32), ()>(b"emulator_set_pinnable\0", |set| unsafe { set(yes.into()) });
}

/// Makes recordings fail with this code from now on; 0 ends it.
pub fn set_capture_fault(code: i32) {
    // SAFETY: a function of the emulator with this signature.
    call::<unsafe extern "C" fn(i32), ()>(b"emulator_set_capture_fault\0", |set| unsafe { set(code) });
}

/// Makes the driver refuse so many images.
pub fn refuse_images(times: i32) {
    // SAFETY: a function of the emulator with this signature.
    call::<unsafe extern "C" fn(i32), ()>(b"emulator_refuse_images\0", |refuse| unsafe { refuse(times) });
}

/// Makes a function of cuFFT fail with a code so many times.
pub fn fail(function: &str, code: i32, times: i32) {
    let function = CString::new(function).expect("names have no NUL");
    // SAFETY: a function of the emulator with this signature.
    call::<unsafe extern "C" fn(*const c_char, i32, i32), ()>(b"emulator_fail\0", |fail| unsafe {
        fail(function.as_ptr(), code, times);
    });
}

/// Plans that cuFFT has made so far.
pub fn plans() -> i32 {
    // SAFETY: a function of the emulator with this signature.
    call::<unsafe extern "C" fn() -> i32, i32>(b"emulator_plans\0", |get| unsafe { get() })
}

/// Makes plans with callbacks take so many milliseconds; 0 ends it.
pub fn slow_linker(milliseconds: i32) {
    // SAFETY: a function of the emulator with this signature.
    call::<unsafe extern "C" fn(i32), ()>(b"emulator_slow_linker\0", |slow| unsafe { slow(milliseconds) });
}

/// Plans with callbacks that a slow linker has begun.
pub fn linking() -> i32 {
    // SAFETY: a function of the emulator with this signature.
    call::<unsafe extern "C" fn() -> i32, i32>(b"emulator_linking\0", |get| unsafe { get() })
}

/// Bytes of the tables of all plans that are alive.
pub fn plan_bytes() -> usize {
    // SAFETY: a function of the emulator with this signature.
    call::<unsafe extern "C" fn() -> usize, usize>(b"emulator_plan_bytes\0", |get| unsafe { get() })
}

/// Launches and copies replayed from recordings so far.
pub fn replayed() -> usize {
    // SAFETY: a function of the emulator with this signature.
    call::<unsafe extern "C" fn() -> usize, usize>(b"emulator_replayed\0", |get| unsafe { get() })
}

fn call<F: Copy, R>(name: &[u8], call: impl FnOnce(F) -> R) -> R {
    let libraries = emulator().as_ref().expect("there is a device");
    // SAFETY: the signatures above are those of `driver.cpp` and `cufft.cpp`.
    let function = libraries.iter().find_map(|library| unsafe { library.get::<F>(name) }.ok().map(|found| *found));
    call(function.expect("the emulator has its own functions"))
}

/// Which cuFFT there is: `none`, or an `old` one that lacks a function; the emulator's own otherwise.
pub const CUFFT: &str = "ONDINE_EMULATOR_CUFFT";

/// The driver and cuFFT, built and loaded once: whoever asks for them later gets these.
fn emulator() -> &'static Result<Vec<Library>, String> {
    static EMULATOR: OnceLock<Result<Vec<Library>, String>> = OnceLock::new();
    EMULATOR.get_or_init(|| {
        // SAFETY: this is the first thing that the tests of the device do. Programs are kept from run to run.
        unsafe { std::env::set_var("ONDINE_CACHE", folder()?.join("programs")) };
        let which = std::env::var(CUFFT).unwrap_or_default();
        let mut built = vec![build("driver.cpp", "libcuda.so", "libcuda.so", &[])?];
        match which.as_str() {
            "none" => {}
            "old" => built.push(build("cufft.cpp", "libcufft.so.12", "libcufft-old.so", &["-DEMULATOR_OLD"])?),
            _ => built.push(build("cufft.cpp", "libcufft.so.12", "libcufft.so.12", &[])?),
        }
        // SAFETY: libraries of ours; their initialisers do nothing.
        let load = |path: PathBuf| unsafe { Library::new(path) }.map_err(|error| error.to_string());
        built.into_iter().map(load).collect()
    })
}

fn folder() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("emulator");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    Ok(folder)
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emulator")
}

/// Compiles a library of the emulator that others know by a name; the file appears whole or not at all.
fn build(source: &str, name: &str, file: &str, flags: &[&str]) -> Result<PathBuf, String> {
    let unfinished = unfinished(&folder()?);
    let mut all = vec![format!("-Wl,-soname,{name}"), "-ldl".to_string()];
    all.extend(flags.iter().map(ToString::to_string));
    compile(&sources().join(source), &unfinished, &all)?;
    let path = folder()?.join(file);
    std::fs::rename(&unfinished, &path).map_err(|error| error.to_string())?;
    Ok(path)
}

/// A file name that nobody else uses.
fn unfinished(folder: &Path) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    folder.join(format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)))
}

fn compile(source: &Path, target: &Path, flags: &[String]) -> Result<(), String> {
    let output = Command::new(std::env::var("CXX").unwrap_or("g++".into()))
        .args(["-O1", "-std=c++17", "-shared", "-fPIC", "-w", "-ffp-contract=off", "-fno-strict-aliasing", "-o"])
        .arg(target)
        .arg(source)
        .args(flags)
        .output()
        .map_err(|error| format!("there is no C++ compiler: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// The host's compiler in place of NVRTC.
pub struct Host {
    folder: PathBuf,
}

impl Compile for Host {
    fn identity(&self) -> String {
        format!("emulator {}", std::fs::read_to_string(sources().join("kernel.h")).unwrap_or_default())
    }

    fn compile(&self, program: &Program) -> Result<Vec<u8>, String> {
        let kernels = (0..program.kernels).map(|at| format!("EMULATED_KERNEL({})\n", Kernel::name(at)));
        self.image(&program.source, &kernels.collect::<String>())
    }

    fn callback(&self, function: &Function) -> Result<Vec<u8>, String> {
        self.image(&function.source, "")
    }
}

impl Host {
    /// A shared object behind its length.
    fn image(&self, source: &str, kernels: &str) -> Result<Vec<u8>, String> {
        let text = format!("#include \"{}\"\n{source}{kernels}", sources().join("kernel.h").display());
        let file = unfinished(&self.folder);
        let (source, target) = (file.with_extension("cpp"), file.with_extension("so"));
        std::fs::write(&source, text).map_err(|error| error.to_string())?;
        let outcome = compile(&source, &target, &[]).and_then(|()| std::fs::read(&target).map_err(|e| e.to_string()));
        let _ = std::fs::remove_file(&source);
        let _ = std::fs::remove_file(&target);
        let object = outcome?;
        let mut image = (object.len() as u64).to_le_bytes().to_vec();
        image.extend(object);
        Ok(image)
    }
}
