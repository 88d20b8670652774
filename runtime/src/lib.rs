//! Where and when: devices, memory, and the execution of plans.
//!
//! A [`Device`] is one object behind the [`Backend`] trait; nothing above it is generic over devices. `cpu` runs compiled
//! plans, `cuda` runs them on a GPU, `reference` is the strict slow definition of every op.

mod buffer;
mod cpu;
#[cfg(feature = "cuda")]
pub mod cuda;
mod device;
mod error;
mod progress;
pub mod reference;
mod setup;
mod stages;
mod trace;

pub use buffer::Buffer;
pub use cpu::{Cpu, HostMemory};
pub use device::{Backend, Device, Executable};
pub use error::Error;
pub use ondine_compiler::{Applied, Licence, Licences, Options, Plan, Program, Stage};
pub use ondine_linalg::Flaw;
pub use progress::{Meter, Progress};
pub use reference::Reference;
pub use trace::{Trace, trace};
