//! The `reference` device: the strict, slow definition of every op.
//!
//! It runs a graph as written, one op at a time, with naive algorithms. It may be slow; it may not be clever: no passes,
//! O(n^2) transforms, every index checked, every value in fresh memory poisoned before it is written.

mod dynamic;
mod elements;
mod fft;
mod linalg;
pub mod math;
mod reduce;
mod run;
mod views;

use crate::{Backend, Buffer, Device, Error, Executable, Options, Stage};
use ondine_ir::Graph;
use std::sync::{Arc, OnceLock};

const NAME: &str = "reference";

/// The device that defines what every op means.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reference;

impl Backend for Reference {
    fn name(&self) -> &str {
        NAME
    }

    fn compile(
        &self,
        graph: &Graph,
        _options: &Options,
        watch: &mut dyn FnMut(&Stage),
    ) -> Result<Arc<dyn Executable>, Error> {
        watch(&Stage::input(graph));
        Ok(Arc::new(run::Run::new(graph)))
    }

    fn upload(&self, host: &Buffer) -> Result<Buffer, Error> {
        Ok(host.clone())
    }

    fn download(&self, buffer: &Buffer) -> Result<Buffer, Error> {
        Ok(buffer.clone())
    }
}

impl Device {
    /// The strict, slow device that defines every op.
    pub fn reference() -> Device {
        static DEVICE: OnceLock<Device> = OnceLock::new();
        DEVICE.get_or_init(|| Device::new(Reference)).clone()
    }
}
