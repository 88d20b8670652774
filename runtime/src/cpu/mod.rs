//! The `cpu` device: compiled plans on all cores, fused kernels as machine code, transforms by rustfft.

mod library;
mod lines;
mod map;
mod memory;
mod pool;
mod program;
mod reduce;
mod storage;
mod stream;
mod sweep;
mod threads;
mod transform;

pub use memory::HostMemory;

use crate::{Backend, Buffer, Device, Error, Executable, trace};
use ondine_compiler::{Options, Program, Stage, Target};
use ondine_ir::Graph;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// The processor that the program itself runs on.
pub struct Cpu {
    threads: threads::Threads,
    transforms: transform::Cache,
    is_interpreted: AtomicBool,
}

impl Cpu {
    /// The one processor.
    pub fn shared() -> &'static Cpu {
        static CPU: OnceLock<Cpu> = OnceLock::new();
        CPU.get_or_init(|| Cpu {
            threads: threads::Threads::from_environment(),
            transforms: transform::Cache::new(),
            is_interpreted: AtomicBool::new(std::env::var("ONDINE_INTERPRET").is_ok_and(|text| text.trim() == "1")),
        })
    }

    /// How many threads work on one graph, the caller included: `ONDINE_THREADS`, or as many as the machine has.
    pub fn threads(&self) -> usize {
        self.threads.count()
    }

    /// Sets how many threads work on one graph, the caller included. Results do not depend on it.
    pub fn set_threads(&self, count: usize) {
        self.threads.set(count);
    }

    /// Bytes of memory in use by arrays and runs; adopted memory is not counted.
    pub fn memory_in_use(&self) -> usize {
        pool::Pool::shared().in_use()
    }

    /// True if kernels are interpreted instead of compiled: the environment has `ONDINE_INTERPRET=1`, or
    /// [`Cpu::set_interpreted`] said so. Machines that kernels cannot be compiled for interpret them anyway.
    pub fn is_interpreted(&self) -> bool {
        self.is_interpreted.load(Ordering::Relaxed)
    }

    /// Chooses between interpreted and compiled kernels. Results do not depend on it.
    pub fn set_interpreted(&self, is_interpreted: bool) {
        self.is_interpreted.store(is_interpreted, Ordering::Relaxed);
    }

    /// Makes a compiled program ready to run.
    pub fn prepare(&'static self, program: Program, options: &Options) -> Result<Arc<dyn Executable>, Error> {
        Ok(Arc::new(program::CpuProgram::new(self, program, *options)?))
    }
}

impl Backend for &'static Cpu {
    fn name(&self) -> &str {
        Target::CPU.name
    }

    fn compile(
        &self,
        graph: &Graph,
        options: &Options,
        watch: &mut dyn FnMut(&Stage),
    ) -> Result<Arc<dyn Executable>, Error> {
        let Some(trace) = trace() else {
            let program = ondine_compiler::compile(graph, &Target::CPU, options, watch)?;
            return self.prepare(program, options);
        };
        let mut start = Instant::now();
        let program = ondine_compiler::compile(graph, &Target::CPU, options, &mut |stage| {
            trace.span("pass", stage.name, start, &[("nodes", stage.graph.len() as u64)]);
            watch(stage);
            start = Instant::now();
        })?;
        trace.span("pass", "plan", start, &[("steps", program.main.steps.len() as u64)]);
        start = Instant::now();
        let executable = self.prepare(program, options)?;
        trace.span("pass", "code", start, &[]);
        Ok(executable)
    }

    fn set_threads(&self, count: usize) -> Result<(), Error> {
        if count == 0 {
            return Err(Error::Threads { device: self.name().to_string() });
        }
        Cpu::set_threads(self, count);
        Ok(())
    }

    fn set_memory_limit(&self, bytes: usize) -> Result<(), Error> {
        pool::Pool::shared().set_limit(bytes);
        Ok(())
    }

    fn release(&self) {
        pool::Pool::shared().release();
    }

    fn upload(&self, host: &Buffer) -> Result<Buffer, Error> {
        Ok(host.clone())
    }

    fn download(&self, buffer: &Buffer) -> Result<Buffer, Error> {
        Ok(buffer.clone())
    }
}

impl Device {
    /// The `cpu` device: one per process.
    pub fn cpu() -> Device {
        static DEVICE: OnceLock<Device> = OnceLock::new();
        DEVICE.get_or_init(|| Device::new(Cpu::shared())).clone()
    }
}

/// A broken invariant.
fn internal(what: impl Into<String>) -> Error {
    Error::Internal { what: what.into() }
}
