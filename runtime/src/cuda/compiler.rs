//! From a program to an image that the driver loads: NVRTC, or whatever takes its place in tests.

use ondine_codegen::cuda::Program;

/// What compiles programs for a device.
pub trait Compile: Send + Sync {
    /// Everything beside the source that an image depends on: compiler, its version, options, architecture.
    fn identity(&self) -> String;

    /// The image of a program, or the compiler's complaint.
    fn compile(&self, program: &Program) -> Result<Vec<u8>, String>;
}
