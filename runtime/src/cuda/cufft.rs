//! cuFFT: a table of the calls that transforms need, and what its error codes mean.

use super::libraries;
use libloading::Library;
use std::ffi::{c_char, c_int, c_longlong, c_void};
use std::fmt;
use std::path::Path;
use std::sync::OnceLock;

pub(super) type Handle = c_int;
pub(super) type MakePlanMany = unsafe extern "C" fn(
    Handle,
    c_int,
    *mut c_longlong,
    *mut c_longlong,
    c_longlong,
    c_longlong,
    c_int,
    *mut c_longlong,
    c_longlong,
    c_longlong,
    c_int,
    c_longlong,
    *mut usize,
    c_int,
) -> c_int;

pub(super) type SetCallback =
    unsafe extern "C" fn(Handle, *const c_char, *const c_void, usize, c_int, *mut *mut c_void) -> c_int;

/// What the library says of what it does not do.
pub(super) const NOT_SUPPORTED: c_int = 16;

/// The library's functions, all but one of which are in every version since CUDA 8.
pub(super) struct Table {
    pub(super) create: unsafe extern "C" fn(*mut Handle) -> c_int,
    pub(super) destroy: unsafe extern "C" fn(Handle) -> c_int,
    pub(super) set_stream: unsafe extern "C" fn(Handle, *mut c_void) -> c_int,
    pub(super) set_auto_allocation: unsafe extern "C" fn(Handle, c_int) -> c_int,
    pub(super) set_work_area: unsafe extern "C" fn(Handle, *mut c_void) -> c_int,
    pub(super) make_plan_many: MakePlanMany,
    pub(super) exec: unsafe extern "C" fn(Handle, *mut c_void, *mut c_void, c_int) -> c_int,
    /// Public since CUDA 13, the same under another name since 12.6.
    pub(super) set_callback: Option<SetCallback>,
}

/// A call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) call: &'static str,
    pub(super) code: c_int,
}

/// `Ok` for code 0.
pub(super) fn checked(call: &'static str, code: c_int) -> Result<(), Refusal> {
    if code == 0 { Ok(()) } else { Err(Refusal { call, code }) }
}

impl Refusal {
    pub(super) fn is_out_of_memory(self) -> bool {
        self.code == 2
    }

    /// As `cufft.h` has it.
    fn meaning(self) -> &'static str {
        match self.code {
            1 => "there is no such plan",
            2 => "out of memory",
            3 => "a type is not one it knows",
            4 => "a value is invalid",
            5 => "it does not know why",
            6 => "it could not run on the device",
            7 => "it could not be set up",
            8 => "the length is not one it takes",
            9 => "memory is not aligned",
            14 | NOT_SUPPORTED => "it does not do that",
            17 => "a library that it needs is missing",
            18 => "NVRTC failed",
            19 => "nvJitLink failed",
            _ => "see cufft.h",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} gave error {}: {}", self.call, self.code, self.meaning())
    }
}

/// The library, or why there is none in one line.
pub(super) fn table() -> &'static Result<Table, String> {
    static TABLE: OnceLock<Result<Table, String>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let named = || ["libcufft.so.12", "libcufft.so.11"].iter().find_map(|name| libraries::load(Path::new(name)));
        let placed = || {
            libraries::folders().into_iter().find_map(|folder| {
                let file = libraries::file(&folder, "libcufft.so.")?;
                // cuFFT asks for its linker by name when a plan has callbacks; it has to be that of the same toolkit.
                let linker = libraries::file(&folder, "libnvJitLink.so.");
                std::mem::forget(linker.and_then(|linker| libraries::load(&linker)));
                libraries::load(&file)
            })
        };
        let library = match std::env::var_os("ONDINE_CUDA_LIBS") {
            Some(_) => placed().or_else(named),
            None => named().or_else(placed),
        };
        let library = library.ok_or_else(|| {
            "transforms need cuFFT, and none was found (libcufft.so.12 or .11; pip install nvidia-cufft, or set \
             ONDINE_CUDA_LIBS to the folder it is in)"
                .to_string()
        })?;
        // SAFETY: the types above are those of cufft.h and cufftXt.h.
        let table = unsafe { Table::new(&library) };
        // The functions are used as long as the process lives.
        std::mem::forget(library);
        table
    })
}

impl Table {
    /// # Safety
    /// The library is cuFFT.
    unsafe fn new(library: &Library) -> Result<Table, String> {
        // SAFETY: the caller's promise, for every symbol.
        unsafe {
            Ok(Table {
                create: function(library, "cufftCreate")?,
                destroy: function(library, "cufftDestroy")?,
                set_stream: function(library, "cufftSetStream")?,
                set_auto_allocation: function(library, "cufftSetAutoAllocation")?,
                set_work_area: function(library, "cufftSetWorkArea")?,
                make_plan_many: function(library, "cufftXtMakePlanMany")?,
                exec: function(library, "cufftXtExec")?,
                set_callback: function(library, "cufftXtSetJITCallback")
                    .or_else(|_| function(library, "__cufftXtSetJITCallback_12_7"))
                    .ok(),
            })
        }
    }
}

/// # Safety
/// The function has this type.
unsafe fn function<F: Copy>(library: &Library, name: &str) -> Result<F, String> {
    // SAFETY: the caller's promise.
    let found = unsafe { library.get::<F>(name) };
    found.map(|function| *function).map_err(|_| {
        format!("transforms need cuFFT of CUDA 12 or 13, and the one that was found lacks the function {name}")
    })
}
