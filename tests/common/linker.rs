//! nvJitLink, which links what cuFFT would link: a callback with a kernel that calls it. It needs no GPU.
#![allow(unreachable_pub)]

use libloading::Library;
use ondine_codegen::cuda::{Function, Side};
use ondine_ir::DType;
use ondine_runtime::cuda::Nvrtc;
use std::ffi::{CString, c_char, c_int, c_void};
use std::path::PathBuf;
use std::sync::OnceLock;

/// What `nvJitLink.h` calls code that is linked and optimised as a whole.
const LTO_IR: c_int = 3;

/// The library's functions. Their plain names are exported beside those with a version.
struct Table {
    create: unsafe extern "C" fn(*mut *mut c_void, u32, *const *const c_char) -> c_int,
    add: unsafe extern "C" fn(*mut c_void, c_int, *const c_void, usize, *const c_char) -> c_int,
    complete: unsafe extern "C" fn(*mut c_void) -> c_int,
    log_size: unsafe extern "C" fn(*mut c_void, *mut usize) -> c_int,
    log: unsafe extern "C" fn(*mut c_void, *mut c_char) -> c_int,
    ptx_size: unsafe extern "C" fn(*mut c_void, *mut usize) -> c_int,
    ptx: unsafe extern "C" fn(*mut c_void, *mut c_char) -> c_int,
    destroy: unsafe extern "C" fn(*mut *mut c_void) -> c_int,
}

fn table() -> &'static Result<Table, String> {
    static TABLE: OnceLock<Result<Table, String>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let folders = std::env::var_os("ONDINE_CUDA_LIBS").unwrap_or_default();
        let mut places: Vec<PathBuf> =
            std::env::split_paths(&folders).map(|folder| folder.join("libnvJitLink.so.13")).collect();
        places.push("libnvJitLink.so.13".into());
        // SAFETY: the library's initialisers touch nothing of ours.
        let library = places.iter().find_map(|place| unsafe { Library::new(place) }.ok());
        let library =
            library.ok_or("no nvJitLink was found (libnvJitLink.so.13; tests/cuda_libraries.sh fetches it)")?;
        // SAFETY: the types above are those of nvJitLink.h.
        let table = unsafe {
            (|| {
                Ok::<Table, libloading::Error>(Table {
                    create: *library.get(b"nvJitLinkCreate\0")?,
                    add: *library.get(b"nvJitLinkAddData\0")?,
                    complete: *library.get(b"nvJitLinkComplete\0")?,
                    log_size: *library.get(b"nvJitLinkGetErrorLogSize\0")?,
                    log: *library.get(b"nvJitLinkGetErrorLog\0")?,
                    ptx_size: *library.get(b"nvJitLinkGetLinkedPtxSize\0")?,
                    ptx: *library.get(b"nvJitLinkGetLinkedPtx\0")?,
                    destroy: *library.get(b"nvJitLinkDestroy\0")?,
                })
            })()
        };
        // The functions are used as long as the process lives.
        std::mem::forget(library);
        table.map_err(|error| error.to_string())
    })
}

/// Why callbacks cannot be linked here.
pub fn missing() -> Option<String> {
    table().as_ref().err().cloned()
}

/// A kernel that calls a callback for every element, as a library's does.
fn caller(function: &Function) -> String {
    let Function { name, declaration, side, dtype, .. } = function;
    let ty = match dtype {
        DType::C64 => "float2",
        DType::C128 => "double2",
        DType::F64 => "double",
        _ => "float",
    };
    let call = match side {
        Side::Load => format!("elements[threadIdx.x] = {name}(memory, threadIdx.x, info, nullptr);"),
        Side::Store => format!("{name}(memory, threadIdx.x, elements[threadIdx.x], info, nullptr);"),
    };
    format!(
        "{declaration};\nextern \"C\" __global__ void library({ty}* elements, void* memory, void* info) {{\n  {call}\n}}\n"
    )
}

/// The PTX of a kernel with a callback linked into it.
///
/// # Errors
/// The linker's log.
pub fn link(nvrtc: &Nvrtc, architecture: u32, function: &Function) -> Result<String, String> {
    let table = table().as_ref().map_err(Clone::clone)?;
    let options = [format!("-arch=sm_{architecture}"), "-lto".into(), "-ptx".into()];
    let options = options.map(|option| CString::new(option).expect("options have no NUL"));
    let pointers = options.each_ref().map(|option| option.as_ptr());
    let mut handle = std::ptr::null_mut();
    // SAFETY: the options live until the call returns.
    let code = unsafe { (table.create)(&mut handle, pointers.len() as u32, pointers.as_ptr()) };
    if code != 0 {
        return Err(format!("nvJitLinkCreate gave error {code}"));
    }
    let linked = || {
        for source in [&function.source, &caller(function)] {
            let (image, _) = nvrtc.run_for_linker(source)?;
            // SAFETY: the library copies the image.
            let code = unsafe { (table.add)(handle, LTO_IR, image.as_ptr().cast(), image.len(), c"callback".as_ptr()) };
            if code != 0 {
                return Err(format!("nvJitLinkAddData gave error {code}"));
            }
        }
        // SAFETY: the handle was made above.
        let code = unsafe { (table.complete)(handle) };
        if code != 0 {
            let log = text(handle, table.log_size, table.log);
            return Err(format!("nvJitLinkComplete gave error {code}: {log}"));
        }
        Ok(text(handle, table.ptx_size, table.ptx))
    };
    let linked = linked();
    // SAFETY: nobody else has the handle.
    unsafe { (table.destroy)(&mut handle) };
    linked
}

fn text(
    handle: *mut c_void,
    size: unsafe extern "C" fn(*mut c_void, *mut usize) -> c_int,
    get: unsafe extern "C" fn(*mut c_void, *mut c_char) -> c_int,
) -> String {
    let mut bytes = 0;
    // SAFETY: the handle is alive; the buffer has the length asked for.
    let text = unsafe {
        size(handle, &mut bytes);
        let mut text = vec![0u8; bytes];
        get(handle, text.as_mut_ptr().cast());
        text
    };
    String::from_utf8_lossy(&text).trim_end_matches('\0').to_string()
}
