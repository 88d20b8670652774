//! The `cuda` device: plans as kernels compiled when the program runs, transforms by cuFFT, one stream per device.
//!
//! Everything of CUDA is found when it is first asked for, and what is missing is said in one line. Work is queued and
//! runs behind the caller's back; what goes wrong there surfaces when a result is read.

mod background;
mod cache;
mod callback;
mod compiler;
mod context;
mod cufft;
mod driver;
mod libraries;
mod library;
mod lines;
mod map;
mod memory;
mod nvrtc;
mod plans;
mod program;
mod promotion;
mod recordings;
mod reduce;
mod rows;
mod run;
mod staging;
mod step;
mod version;
mod windows;

pub use compiler::Compile;
pub use memory::DeviceMemory;
pub use nvrtc::Nvrtc;
pub use plans::PLAN_BYTES;
pub use promotion::PLAN_COST;

use crate::{Backend, Buffer, Device, Error, Executable, HostMemory};
use context::Context;
use ondine_compiler::{Options, Stage};
use ondine_ir::Graph;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// One NVIDIA GPU.
pub struct Cuda(Arc<Context>);

impl Cuda {
    /// A GPU by its number.
    ///
    /// # Errors
    /// `Unavailable`, which says in one line what is missing.
    pub fn new(ordinal: usize) -> Result<Cuda, Error> {
        let nvrtc = |architecture| Nvrtc::new(architecture).map(|nvrtc| Box::new(nvrtc) as Box<dyn Compile>);
        Ok(Cuda(Arc::new(Context::new(ordinal, nvrtc)?)))
    }

    /// A GPU whose programs somebody else compiles.
    ///
    /// # Errors
    /// `Unavailable`, which says in one line what is missing.
    pub fn with_compiler(ordinal: usize, compiler: Box<dyn Compile>) -> Result<Cuda, Error> {
        Ok(Cuda(Arc::new(Context::new(ordinal, |_| Ok(compiler))?)))
    }

    /// The same device where a plan of cuFFT with callbacks costs something else than [`PLAN_COST`], in bytes that the device
    /// could move meanwhile. Tests cannot run a program that often.
    ///
    /// # Panics
    /// If the device has compiled something already.
    #[must_use]
    pub fn with_plan_cost(mut self, bytes: u64) -> Cuda {
        Arc::get_mut(&mut self.0).expect("a device that has compiled nothing is this handle's alone").plan_cost = bytes;
        self
    }
}

impl Backend for Cuda {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn compile(
        &self,
        graph: &Graph,
        options: &Options,
        watch: &mut dyn FnMut(&Stage),
    ) -> Result<Arc<dyn Executable>, Error> {
        Ok(Arc::new(program::CudaProgram::new(&self.0, graph, options, watch)?))
    }

    fn set_memory_limit(&self, bytes: usize) -> Result<(), Error> {
        self.0.set_limit(bytes);
        Ok(())
    }

    fn release(&self) {
        self.0.release();
    }

    fn upload(&self, host: &Buffer) -> Result<Buffer, Error> {
        let memory = DeviceMemory::new(&self.0, host.ty().bytes(), "an array")?;
        memory.upload(host.bytes())?;
        Ok(Buffer::cuda(host.ty().clone(), Arc::new(memory)))
    }

    fn download(&self, buffer: &Buffer) -> Result<Buffer, Error> {
        let Some(memory) = buffer.as_cuda() else { return Ok(buffer.clone()) };
        let bytes = buffer.ty().bytes();
        let lacking = || Error::OutOfMemory { device: "host".into(), bytes, what: "an array" };
        let mut host = HostMemory::zeroed(bytes).ok_or_else(lacking)?;
        memory.download(host.as_bytes_mut())?;
        Ok(Buffer::host(buffer.ty().clone(), Arc::new(host)))
    }
}

impl Device {
    /// An NVIDIA GPU by its number: one handle per process.
    ///
    /// # Errors
    /// `Unavailable`, which says in one line what is missing: a driver, a newer driver, a GPU, NVRTC.
    pub fn cuda(ordinal: usize) -> Result<Device, Error> {
        static DEVICES: OnceLock<Mutex<HashMap<usize, Device>>> = OnceLock::new();
        let devices = DEVICES.get_or_init(Mutex::default);
        let mut devices = devices.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(device) = devices.get(&ordinal) {
            return Ok(device.clone());
        }
        let device = Device::new(Cuda::new(ordinal)?);
        devices.insert(ordinal, device.clone());
        Ok(device)
    }
}

/// A broken invariant.
fn internal(what: impl Into<String>) -> Error {
    Error::Internal { what: what.into() }
}
