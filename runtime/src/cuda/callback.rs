//! Regions before and behind a transform inside cuFFT's own kernels: functions that it calls for every element that it reads
//! or writes. What they need to know lies at a fixed address, which is written before every call of the library.

use super::context::Context;
use super::driver::Address;
use super::map::{At, Kernels, one, together};
use super::memory::DeviceMemory;
use super::step::Step;
use crate::Error;
use ondine_codegen::cuda::{self, Kernel, Routine};
use ondine_codegen::nest::{Memory, Nest};
use ondine_ir::{DType, Region, Type};
use std::ffi::{CString, c_int};
use std::sync::Arc;

/// Words that one launch may carry beside an address: every device takes 4 kB.
const MOST_WORDS: usize = 500;

/// A region that runs inside the library.
pub(super) struct Callback {
    callback: cuda::Callback,
    /// The parameters, by box.
    launches: Vec<cuda::Launch>,
    side: cuda::Side,
    /// What cuFFT looks for.
    pub(super) name: CString,
    /// What `cufftXt.h` calls the kind of callback.
    pub(super) kind: c_int,
    /// The code that cuFFT links.
    pub(super) image: Vec<u8>,
    info: DeviceMemory,
    /// Writes the parameters. They travel with its launch, so that it can be recorded.
    put: At,
}

impl Callback {
    /// What a region computes, read by the library.
    ///
    /// # Errors
    /// Why there is no callback, for people; so below.
    pub(super) fn load(
        context: &Arc<Context>,
        region: &Region,
        operands: &[Type],
        lines: &cuda::Lines,
        kernels: &mut Kernels,
    ) -> Result<Callback, String> {
        let nest = one(region, operands, lines.layout.clone());
        Callback::new(context, &nest, cuda::Side::Load, lines, kernels)
    }

    /// What the library computes, taken by regions.
    pub(super) fn stores(
        context: &Arc<Context>,
        stores: &[Region],
        operands: &[Type],
        lines: &cuda::Lines,
        kernels: &mut Kernels,
    ) -> Result<Callback, String> {
        let extents = &stores[0].extents;
        let is_one = stores.iter().all(|store| store.extents == *extents)
            && extents.rank() == lines.order.len()
            && extents[lines.axis] == lines.window.extent;
        if !is_one {
            return Err("its results have other shapes".to_string());
        }
        let nest = together(&stores.iter().collect::<Vec<_>>(), operands, Some(lines.layout));
        Callback::new(context, &nest, cuda::Side::Store, lines, kernels)
    }

    fn new(
        context: &Arc<Context>,
        nest: &Nest,
        side: cuda::Side,
        lines: &cuda::Lines,
        kernels: &mut Kernels,
    ) -> Result<Callback, String> {
        let (launches, callback) = cuda::Callback::new(nest, side, lines)?;
        let function = callback.function();
        let image = context.callback(&function)?;
        let words = cuda::Callback::data(&launches, |launch| vec![0; launch.bytes()]).len() / 8;
        if words > MOST_WORDS {
            return Err("it has too many parameters".to_string());
        }
        let info = DeviceMemory::new(context, 8 * words, "the parameters of a callback").map_err(|e| e.to_string())?;
        let is_store = side == cuda::Side::Store;
        let is_real = !lines.dtype.is_complex();
        let is_double = lines.dtype.component() == DType::F64;
        Ok(Callback {
            callback,
            launches,
            side,
            name: CString::new(function.name).map_err(|error| error.to_string())?,
            kind: 4 * is_store as c_int + 2 * is_real as c_int + is_double as c_int,
            image,
            info,
            put: kernels.add(Kernel::Routine(Routine::Put(words))),
        })
    }

    /// Where cuFFT tells the function to look.
    pub(super) fn info(&self) -> Address {
        self.info.address()
    }

    /// The text of the function, for people.
    pub(super) fn text(&self) -> String {
        self.callback.text(&self.name.to_string_lossy())
    }

    /// Queues writing the parameters.
    ///
    /// # Safety
    /// The addresses of the step are memory of the types that the nest was lowered for, and whatever the library has queued
    /// with this callback runs before.
    pub(super) unsafe fn put(&self, step: &Step) -> Result<(), Error> {
        let address = |pointer: &cuda::Pointer| {
            let start = match (pointer.memory, self.side) {
                (Memory::Operand(operand), _) => step.operands[operand as usize],
                (Memory::Result(result), cuda::Side::Store) => step.results[result as usize],
                // What the library hands over and takes has no address.
                _ => return 0,
            };
            start.wrapping_add_signed(pointer.offset)
        };
        let data = cuda::Callback::data(&self.launches, |launch| {
            let addresses: Vec<Address> = launch.pointers.iter().map(address).collect();
            launch.data(step.params, &addresses)
        });
        let word = |bytes: &[u8]| bytemuck::pod_read_unaligned::<u64>(bytes) as usize;
        let words: Vec<usize> = data.chunks_exact(8).map(word).collect();
        // SAFETY: the memory holds all words.
        unsafe { step.routine(self.put, 1, &[self.info()], &words) }
    }
}
