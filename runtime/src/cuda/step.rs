//! A step of a run while it is queued: addresses, and the launches that take them.

use super::context::Context;
use super::driver::{Address, Failure, Function, Queue};
use super::map::{At, Spot};
use super::memory::DeviceMemory;
use crate::Error;
use ondine_codegen::cuda::{self, THREADS};
use ondine_ir::Scalar;
use smallvec::SmallVec;
use std::sync::{Arc, Mutex};

/// A step of a run: addresses, and where kernels are queued.
pub(super) struct Step<'a> {
    pub(super) context: &'a Arc<Context>,
    pub(super) functions: &'a [Function],
    pub(super) operands: SmallVec<[Address; 8]>,
    pub(super) results: SmallVec<[Address; 2]>,
    pub(super) params: &'a [Scalar],
    pub(super) turn: &'a Mutex<()>,
    /// Where this run's checks are recorded.
    pub(super) status: Address,
    pub(super) scratch: Address,
    pub(super) queue: Queue,
}

impl Step<'_> {
    /// Queues a kernel that takes addresses and a struct.
    ///
    /// # Safety
    /// These are the kernel's parameters, and it stays inside the memory that they name.
    pub(super) unsafe fn launch(
        &self,
        at: At,
        threads: usize,
        addresses: &[Address],
        data: &[u8],
    ) -> Result<(), Error> {
        let mut arguments: SmallVec<[&[u8]; 16]> = addresses.iter().map(bytemuck::bytes_of).collect();
        // Structs with complex numbers are aligned to 16 bytes; the driver copies bytes.
        arguments.push(data);
        // SAFETY: the caller's promise.
        unsafe { self.launch_as(at, threads, &arguments) }
    }

    /// Queues a kernel whose parameters lie in memory.
    ///
    /// # Safety
    /// As for `launch`.
    pub(super) unsafe fn launch_indirect(&self, at: At, threads: usize, data: &[u8]) -> Result<(), Error> {
        let memory = DeviceMemory::new(self.context, data.len(), "the parameters of a kernel")?;
        memory.upload(data)?;
        // SAFETY: the caller's promise; the memory is freed in stream order, after the kernel.
        unsafe { self.launch_as(at, threads, &[bytemuck::bytes_of(&memory.address())]) }
    }

    /// Queues a routine: addresses, then numbers.
    ///
    /// # Safety
    /// These are the routine's parameters, and it stays inside the memory that they name.
    pub(super) unsafe fn routine(
        &self,
        at: At,
        threads: usize,
        addresses: &[Address],
        numbers: &[usize],
    ) -> Result<(), Error> {
        let numbers: SmallVec<[u64; 4]> = numbers.iter().map(|&number| number as u64).collect();
        let words = addresses.iter().chain(&numbers);
        let arguments: SmallVec<[&[u8]; 8]> = words.map(bytemuck::bytes_of).collect();
        // SAFETY: the caller's promise.
        unsafe { self.launch_as(at, threads, &arguments) }
    }

    /// # Safety
    /// As for `launch`.
    pub(super) unsafe fn launch_as(&self, at: At, threads: usize, arguments: &[&[u8]]) -> Result<(), Error> {
        // SAFETY: the caller's promise.
        unsafe { self.launch_shared(at, threads, 0, arguments) }
    }

    /// Queues a kernel whose blocks have so many bytes of shared memory.
    ///
    /// # Safety
    /// As for `launch`.
    pub(super) unsafe fn launch_shared(
        &self,
        At(at): At,
        threads: usize,
        shared: usize,
        arguments: &[&[u8]],
    ) -> Result<(), Error> {
        let most = 32 * self.context.driver.multiprocessors as usize;
        let blocks = threads.div_ceil(THREADS).clamp(1, most) as u32;
        // SAFETY: the caller's promise.
        let queued = unsafe {
            let shape = [blocks, THREADS as u32, shared as u32];
            self.context.driver.launch(self.queue, self.functions[at], shape, arguments)
        };
        queued.map_err(|failure| self.context.fault(failure))
    }

    /// The address of a place in scratch memory.
    pub(super) fn at(&self, Spot(offset): Spot) -> Address {
        self.scratch + offset as u64
    }

    /// The bytes of a launch's struct.
    pub(super) fn data(&self, launch: &cuda::Launch) -> Vec<u8> {
        launch.data(self.params, &[])
    }

    pub(super) fn fault(&self, failure: Failure) -> Error {
        self.context.fault(failure)
    }
}
