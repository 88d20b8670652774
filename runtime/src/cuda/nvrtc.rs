//! NVRTC: programs to machine code of the device at hand. The only user of cudarc's NVRTC bindings.

use super::compiler::Compile;
use cudarc::nvrtc::{result, sys};
use ondine_codegen::cuda::{Function, Program};
use std::ffi::{CStr, CString};
use std::os::raw::c_char;
use std::sync::OnceLock;

/// The compiler for one architecture.
pub struct Nvrtc {
    architecture: u32,
    /// True for machine code, false for PTX, which the driver compiles.
    is_native: bool,
    build: String,
    is_verbose: bool,
}

/// What NVRTC makes of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Machine code.
    Native,
    /// What the driver compiles.
    Ptx,
    /// What nvJitLink links and optimises as a whole.
    Linked,
}

/// Why there is no compiler, in one line.
fn open() -> Result<(), String> {
    static OPENED: OnceLock<Result<(), String>> = OnceLock::new();
    let open = || {
        super::libraries::preload_compiler();
        // SAFETY: loading NVRTC runs its initialisers.
        match unsafe { sys::is_culib_present() } {
            true => Ok(()),
            false => Err("no NVRTC was found (libnvrtc.so.13 or .12; pip install nvidia-cuda-nvrtc, or set \
                          ONDINE_CUDA_LIBS to the folder it is in)"
                .to_string()),
        }
    };
    OPENED.get_or_init(open).clone()
}

impl Nvrtc {
    /// The compiler for an architecture: 90 for compute capability 9.0.
    ///
    /// # Errors
    /// In one line, why there is none.
    pub fn new(architecture: u32) -> Result<Nvrtc, String> {
        open()?;
        let mut count = 0;
        // SAFETY: NVRTC is loaded, and has had this symbol since CUDA 11.
        let code = unsafe { sys::nvrtcGetNumSupportedArchs(&mut count) };
        let mut all = vec![0; count.max(1) as usize];
        // SAFETY: as above; the list has the length asked for.
        let code = code.result().and_then(|()| unsafe { sys::nvrtcGetSupportedArchs(all.as_mut_ptr()) }.result());
        code.map_err(|error| format!("NVRTC does not say what it compiles for: {:?}", error.0))?;
        let below = all.iter().map(|&have| have as u32).filter(|&have| have <= architecture).max();
        let Some(highest) = below else {
            return Err(format!("NVRTC does not compile for architecture {architecture}"));
        };
        let mut nvrtc = Nvrtc {
            architecture: highest,
            is_native: highest == architecture,
            build: String::new(),
            is_verbose: false,
        };
        // The version has no patch level; the comments that head an empty program's PTX have.
        let empty = Nvrtc { architecture: highest, is_native: false, build: String::new(), is_verbose: false };
        let (ptx, _) = empty.run("")?;
        let comments = ptx.split(|&byte| byte == b'\n').filter(|line| line.starts_with(b"//"));
        nvrtc.build = comments.map(|line| String::from_utf8_lossy(line).into_owned()).collect::<Vec<_>>().join(" ");
        Ok(nvrtc)
    }

    /// The same compiler telling registers, stack and spills of every kernel in its log.
    #[must_use]
    pub fn verbose(mut self) -> Nvrtc {
        self.is_verbose = true;
        self
    }

    fn options(&self, form: Form) -> Vec<String> {
        let kind = if form == Form::Native { "sm" } else { "compute" };
        // Nothing is contracted: results round where the graph says.
        let mut options = vec![
            format!("-arch={kind}_{}", self.architecture),
            "--std=c++17".to_string(),
            "--fmad=false".to_string(),
            "-default-device".to_string(),
            // Not every program calls all that it could; a template compares unsigned numbers with 0.
            "-diag-suppress=177,186".to_string(),
        ];
        match form {
            Form::Linked => options.extend(["-dlto", "--relocatable-device-code=true"].map(String::from)),
            _ if self.is_verbose => options.push("--ptxas-options=-v".to_string()),
            _ => {}
        }
        options
    }

    /// The image of a source and the compiler's log.
    ///
    /// # Errors
    /// The log of what does not compile.
    pub fn run(&self, source: &str) -> Result<(Vec<u8>, String), String> {
        self.compiled(source, if self.is_native { Form::Native } else { Form::Ptx })
    }

    /// The code of a source that nvJitLink links and optimises as a whole, and the compiler's log.
    ///
    /// # Errors
    /// The log of what does not compile.
    pub fn run_for_linker(&self, source: &str) -> Result<(Vec<u8>, String), String> {
        self.compiled(source, Form::Linked)
    }

    fn compiled(&self, source: &str, form: Form) -> Result<(Vec<u8>, String), String> {
        let text = CString::new(source).map_err(|_| "the source has a NUL".to_string())?;
        let handle = result::create_program(&text, Some(c"ondine.cu")).map_err(|error| format!("{:?}", error.0))?;
        // SAFETY: the program was made just now and is destroyed below; source and name live until then.
        let outcome = unsafe {
            let compiled = result::compile_program(handle, &self.options(form));
            let log = result::get_program_log(handle).map(|log| text_of(&log)).unwrap_or_default();
            match compiled {
                Ok(()) => image(handle, form).map(|image| (image, log)),
                Err(error) => Err(format!("{:?}\n{log}", error.0)),
            }
        };
        // SAFETY: nobody else has the handle.
        let _ = unsafe { result::destroy_program(handle) };
        outcome
    }
}

fn text_of(log: &[c_char]) -> String {
    let bytes: Vec<u8> = log.iter().map(|&byte| byte as u8).collect();
    CStr::from_bytes_until_nul(&bytes)
        .map_or_else(|_| String::from_utf8_lossy(&bytes).into_owned(), |text| text.to_string_lossy().trim().to_string())
}

/// # Safety
/// The program is compiled.
unsafe fn image(handle: sys::nvrtcProgram, form: Form) -> Result<Vec<u8>, String> {
    let mut bytes = 0;
    // SAFETY: the caller's promise; the buffer has the length that NVRTC asks for.
    let code = unsafe {
        let size = match form {
            Form::Native => sys::nvrtcGetCUBINSize(handle, &mut bytes),
            Form::Ptx => sys::nvrtcGetPTXSize(handle, &mut bytes),
            Form::Linked => sys::nvrtcGetLTOIRSize(handle, &mut bytes),
        };
        let mut image = vec![0u8; bytes];
        let code = size.result().and_then(|()| {
            let to = image.as_mut_ptr().cast();
            match form {
                Form::Native => sys::nvrtcGetCUBIN(handle, to).result(),
                Form::Ptx => sys::nvrtcGetPTX(handle, to).result(),
                Form::Linked => sys::nvrtcGetLTOIR(handle, to).result(),
            }
        });
        code.map(|()| image)
    };
    code.map_err(|error| format!("{:?}", error.0))
}

impl Compile for Nvrtc {
    fn identity(&self) -> String {
        let form = if self.is_native { Form::Native } else { Form::Ptx };
        format!("{} {}", self.options(form).join(" "), self.build)
    }

    fn compile(&self, program: &Program) -> Result<Vec<u8>, String> {
        self.run(&program.source).map(|(image, _)| image)
    }

    fn callback(&self, function: &Function) -> Result<Vec<u8>, String> {
        self.run_for_linker(&function.source).map(|(image, _)| image)
    }
}
