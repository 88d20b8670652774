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
    #[cfg(feature = "cuda")]
    Cuda(Arc<crate::cuda::DeviceMemory>),
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

    /// A buffer in a GPU's memory.
    #[cfg(feature = "cuda")]
    pub(crate) fn cuda(ty: Type, memory: Arc<crate::cuda::DeviceMemory>) -> Buffer {
        assert_eq!(memory.len(), ty.bytes(), "a buffer holds exactly its array");
        Buffer { ty, memory: Memory::Cuda(memory) }
    }

    /// The GPU's memory, if that is where the bytes are.
    #[cfg(feature = "cuda")]
    pub(crate) fn as_cuda(&self) -> Option<&Arc<crate::cuda::DeviceMemory>> {
        match &self.memory {
            Memory::Cuda(memory) => Some(memory),
            Memory::Host(_) => None,
        }
    }

    /// The host memory.
    ///
    /// # Panics
    /// If the bytes are elsewhere: [`Backend::download`](crate::Backend::download) brings them here.
    pub fn as_host(&self) -> &Arc<HostMemory> {
        match &self.memory {
            Memory::Host(memory) => memory,
            #[cfg(feature = "cuda")]
            Memory::Cuda(memory) => panic!("{memory:?} are read as if they were on the host"),
        }
    }

    /// The bytes in host memory.
    ///
    /// # Panics
    /// As [`Buffer::as_host`].
    pub fn bytes(&self) -> &[u8] {
        self.as_host().as_bytes()
    }
}
