//! Devices: a handle, and the trait behind it.

use crate::{Buffer, Error, Meter};
use ondine_compiler::{Options, Plan, Stage};
use ondine_ir::{Graph, Scalar};
use std::fmt;
use std::sync::Arc;

/// What a device does.
pub trait Backend: Send + Sync {
    /// Its name: `cpu`, `reference`.
    fn name(&self) -> &str;

    /// Makes a graph ready to run. `watch` sees every stage of the compilation.
    fn compile(
        &self,
        graph: &Graph,
        options: &Options,
        watch: &mut dyn FnMut(&Stage),
    ) -> Result<Arc<dyn Executable>, Error>;

    /// A copy of a host buffer in the device's memory; the same buffer where that is the host's.
    fn upload(&self, host: &Buffer) -> Result<Buffer, Error>;

    /// Sets how many threads work on one graph, the caller included; results do not depend on it.
    fn set_threads(&self, count: usize) -> Result<(), Error> {
        let _ = count;
        Err(Error::Threads { device: self.name().to_string() })
    }

    /// How many threads work on one graph, where that is a choice.
    fn threads(&self) -> Option<usize> {
        None
    }

    /// Sets how many bytes may be in use while a graph runs.
    fn set_memory_limit(&self, bytes: usize) -> Result<(), Error> {
        let _ = bytes;
        Err(Error::NoMemoryLimit { device: self.name().to_string() })
    }

    /// Gives memory that is kept for later runs back to the system.
    fn release(&self) {}

    /// A copy of the device's buffer in host memory; the same buffer where it already is there.
    fn download(&self, buffer: &Buffer) -> Result<Buffer, Error>;
}

/// A graph that a device is ready to run.
pub trait Executable: Send + Sync {
    /// Runs it once, with its steps counted on a meter. Inputs and parameters are those of the graph, in its order; the
    /// results are its results.
    fn run_on(&self, meter: &mut Meter, inputs: &[Buffer], params: &[Scalar]) -> Result<Vec<Buffer>, Error>;

    /// Runs it once, and nobody counts.
    fn run(&self, inputs: &[Buffer], params: &[Scalar]) -> Result<Vec<Buffer>, Error> {
        self.run_on(&mut Meter::silent(), inputs, params)
    }

    /// The plan it runs, if it has one.
    fn plan(&self) -> Option<&Plan>;

    /// What the device did with the plan, for people: which steps its libraries took over, and why not others.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    /// The code of its kernels in text, for people: nests, and what is generated from them. `None` if it makes none.
    fn code(&self) -> Option<String> {
        None
    }
}

/// A handle on a device. Handles on one device are equal.
#[derive(Clone)]
pub struct Device(Arc<dyn Backend>);

impl Device {
    /// A handle on a backend.
    pub fn new(backend: impl Backend + 'static) -> Device {
        Device(Arc::new(backend))
    }

    /// The device with a name: `cpu`, `cuda` (the first GPU), `cuda:1` (the second) and so on, or `reference`.
    ///
    /// # Errors
    /// `UnknownDevice` for every other name, `Unavailable` for a GPU that is not there.
    pub fn from_name(name: &str) -> Result<Device, Error> {
        match name {
            "cpu" => Ok(Device::cpu()),
            "reference" => Ok(Device::reference()),
            _ => Device::gpu_from_name(name),
        }
    }

    #[cfg(feature = "cuda")]
    fn gpu_from_name(name: &str) -> Result<Device, Error> {
        let ordinal = match name.strip_prefix("cuda") {
            Some("") => Some(0),
            Some(rest) => rest.strip_prefix(':').and_then(|ordinal| ordinal.parse().ok()),
            None => None,
        };
        Device::cuda(ordinal.ok_or_else(|| Error::UnknownDevice { name: name.to_string() })?)
    }

    #[cfg(not(feature = "cuda"))]
    fn gpu_from_name(name: &str) -> Result<Device, Error> {
        match name.starts_with("cuda") {
            true => Err(Error::Unavailable { device: name.to_string(), why: "it was left out of this build".into() }),
            false => Err(Error::UnknownDevice { name: name.to_string() }),
        }
    }

    /// The device that serves where none is named: the one in the environment variable `ONDINE_DEVICE`, else `cpu`.
    ///
    /// # Errors
    /// `UnknownDevice` if the variable names none.
    #[expect(clippy::should_implement_trait, reason = "the trait's method cannot fail")]
    pub fn default() -> Result<Device, Error> {
        match std::env::var_os("ONDINE_DEVICE") {
            Some(name) => Device::from_name(&name.to_string_lossy()),
            None => Ok(Device::cpu()),
        }
    }

    /// The backend behind the handle.
    pub fn backend(&self) -> &dyn Backend {
        &*self.0
    }

    /// Sets how many threads work on one graph, the caller included; results do not depend on it.
    ///
    /// # Errors
    /// `Threads` if the device has no choice of its own, or the count is 0.
    pub fn set_threads(&self, count: usize) -> Result<(), Error> {
        self.0.set_threads(count)
    }

    /// How many threads work on one graph, the caller included; `None` if the device has no choice of its own.
    pub fn threads(&self) -> Option<usize> {
        self.0.threads()
    }

    /// Sets how many bytes of memory may be in use while a graph runs: arrays that live, the graph's results and its
    /// temporaries. A graph that would need more is refused before it runs. Without a call the limit is that of the
    /// environment variable `ONDINE_MEMORY_LIMIT`, else there is none. Memory adopted from vectors is not counted.
    ///
    /// # Errors
    /// `NoMemoryLimit` if the device has none to set.
    pub fn set_memory_limit(&self, bytes: usize) -> Result<(), Error> {
        self.0.set_memory_limit(bytes)
    }

    /// Gives memory that is kept for later runs back to the system. Up to a quarter of the machine's memory is kept, or
    /// as many bytes as the environment variable `ONDINE_POOL_BYTES` says.
    pub fn release(&self) {
        self.0.release();
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.name()
    }
}

impl PartialEq for Device {
    fn eq(&self, other: &Device) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.name() == other.name()
    }
}

impl Eq for Device {}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}
