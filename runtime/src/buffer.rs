//! Memory with a type: dense, row-major, shared and never written again once it is published.

use crate::HostMemory;
use ondine_ir::Type;
use std::sync::Arc;

/// A dense row-major array in some device's memory. Cloning shares the memory.
#[derive(Clone, Debug)]
pub struct Buffer {
    ty: Type,
    memory: Memory,
}

/// Where the bytes are. A device with memory of its own adds an arm.
#[derive(Clone, Debug)]
enum Memory {
    Host(Arc<HostMemory>),
}

impl Buffer {
    /// A buffer in host memory. The memory holds exactly the bytes of `ty`.
    pub fn host(ty: Type, memory: Arc<HostMemory>) -> Buffer {
        assert_eq!(memory.len(), ty.bytes(), "a buffer holds exactly its array");
        Buffer { ty, memory: Memory::Host(memory) }
    }

    /// Element type and shape.
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// The host memory; every device of today computes there.
    pub fn as_host(&self) -> &Arc<HostMemory> {
        match &self.memory {
            Memory::Host(memory) => memory,
        }
    }

    /// The bytes, if they are in host memory.
    pub fn bytes(&self) -> &[u8] {
        self.as_host().as_bytes()
    }
}
