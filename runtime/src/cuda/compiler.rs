//! From a program to an image that the driver loads: NVRTC, or whatever takes its place in tests.

use ondine_codegen::cuda::{Function, Program};

/// What compiles programs for a device.
pub trait Compile: Send + Sync {
    /// Everything beside the source that an image depends on: compiler, its version, options, architecture.
    fn identity(&self) -> String;

    /// The image of a program, or the compiler's complaint.
    fn compile(&self, program: &Program) -> Result<Vec<u8>, String>;

    /// The code of a function that kernels of a library call, in the form that its linker takes, or why there is none.
    fn callback(&self, function: &Function) -> Result<Vec<u8>, String> {
        let _ = function;
        Err("the compiler makes no callbacks".to_string())
    }
}
