//! The `cpu` device.

mod memory;

pub use memory::HostMemory;
