//! The `cpu` device: compiled plans on all cores, fused kernels as machine code, transforms by rustfft.

mod abreast;
mod across;
mod ahead;
mod beside;
mod fold;
mod library;
mod linalg;
mod lines;
mod lowering;
mod map;
mod matmul;
mod memory;
mod picked;
mod pool;
mod program;
mod quick;
mod reduce;
mod rows;
mod scan;
mod sort;
mod storage;
mod stream;
mod sweep;
mod threads;
mod transform;
mod turned;
mod watch;

pub use memory::HostMemory;

use crate::{Backend, Buffer, Device, Error, Executable, trace};
use ondine_compiler::{Options, Program, Stage, Target};
use ondine_ir::Graph;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// The processor that the program itself runs on.
pub struct Cpu {
    threads: threads::Threads,
    transforms: transform::Cache,
    abreast: transform::Cache<Option<abreast::Plan>>,
    /// An [`Interpretation`].
    interpretation: AtomicU8,
}

/// Which nests are interpreted instead of compiled. Results do not depend on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Interpretation {
    /// Tiny ones that have not run often.
    Cold,
    /// None that can be compiled.
    Never,
    /// All.
    Always,
}

impl Cpu {
    /// The one processor.
    pub fn shared() -> &'static Cpu {
        static CPU: OnceLock<Cpu> = OnceLock::new();
        CPU.get_or_init(|| Cpu {
            threads: threads::Threads::from_environment(),
            transforms: transform::Cache::new(),
            abreast: transform::Cache::new(),
            interpretation: AtomicU8::new(match std::env::var("ONDINE_INTERPRET").as_deref().map(str::trim) {
                Ok("1") => Interpretation::Always,
                Ok("0") => Interpretation::Never,
                _ => Interpretation::Cold,
            } as u8),
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

    /// True if all kernels are interpreted instead of compiled: the environment has `ONDINE_INTERPRET=1`, or
    /// [`Cpu::set_interpreted`] said so. Machines that kernels cannot be compiled for interpret them anyway.
    pub fn is_interpreted(&self) -> bool {
        self.interpretation() == Interpretation::Always
    }

    /// Chooses between interpreted and compiled kernels, as `ONDINE_INTERPRET=1` and `=0` do. Without a choice kernels of
    /// few elements are interpreted until they have run often. Results do not depend on it.
    pub fn set_interpreted(&self, is_interpreted: bool) {
        let chosen = if is_interpreted { Interpretation::Always } else { Interpretation::Never };
        self.interpretation.store(chosen as u8, Ordering::Relaxed);
    }

    fn interpretation(&self) -> Interpretation {
        let all = [Interpretation::Cold, Interpretation::Never, Interpretation::Always];
        all[self.interpretation.load(Ordering::Relaxed) as usize]
    }

    /// Makes a compiled program ready to run.
    pub fn prepare(&'static self, program: Program) -> Result<Arc<dyn Executable>, Error> {
        Ok(Arc::new(program::CpuProgram::new(self, program)?))
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
            return self.prepare(program);
        };
        let mut start = Instant::now();
        let program = ondine_compiler::compile(graph, &Target::CPU, options, &mut |stage| {
            trace.span("pass", stage.name, start, &[("nodes", stage.graph.len() as u64)]);
            watch(stage);
            start = Instant::now();
        })?;
        trace.span("pass", "plan", start, &[("steps", program.main.steps.len() as u64)]);
        start = Instant::now();
        let executable = self.prepare(program)?;
        trace.span("pass", "code", start, &[]);
        Ok(executable)
    }

    fn threads(&self) -> Option<usize> {
        Some(Cpu::threads(self))
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
