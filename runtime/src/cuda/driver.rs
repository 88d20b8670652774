//! The driver: the calls that this device makes, each an `Err` where it fails. The only user of cudarc's driver bindings.
//!
//! A missing library or symbol would panic inside cudarc, so nothing here is called before [`open`] has found the driver
//! and its version, and everything used is in every driver of that version.

use super::staging::Staging;
use cudarc::driver::{result, sys};
use std::ffi::{CString, c_void};
use std::ops::Range;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The oldest driver that has all calls of this page: that of CUDA 12.4, for `cuFuncLoad`.
const OLDEST: i32 = 12040;

/// A call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) call: &'static str,
    pub(super) code: u32,
}

pub(super) type Result<T> = std::result::Result<T, Failure>;

/// An address in device memory.
pub(super) type Address = u64;

fn checked<T>(call: &'static str, result: std::result::Result<T, result::DriverError>) -> Result<T> {
    result.map_err(|error| Failure { call, code: error.0 as u32 })
}

impl Failure {
    pub(super) fn is_out_of_memory(self) -> bool {
        self.code == sys::CUresult::CUDA_ERROR_OUT_OF_MEMORY as u32
    }

    /// The driver's own words would need the driver; these are for people who look the number up.
    fn meaning(self) -> &'static str {
        match self.code {
            1 => "a value is invalid",
            2 => "out of memory",
            3 => "the driver is not initialised",
            4 => "the driver is shutting down",
            46 => "the device is not available",
            100 => "there is no device",
            101 => "the device does not exist",
            200 => "the program is for another device",
            214 => "a memory error was found and not corrected",
            218 => "the program is for a newer driver",
            500 => "a symbol is missing",
            700 => "a kernel read or wrote outside its memory",
            701 => "a kernel needs more resources than there are",
            702 => "a kernel took too long",
            715 => "a kernel had an illegal instruction",
            716 => "a kernel used a misaligned address",
            719 => "a kernel failed",
            999 => "the driver does not know why",
            _ => "see cuda.h",
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{} gave error {}: {}", self.call, self.code, self.meaning())
    }
}

/// Why there is no device, in one line.
pub(super) fn open() -> std::result::Result<(), String> {
    static OPENED: OnceLock<std::result::Result<(), String>> = OnceLock::new();
    let open = || {
        // SAFETY: loading the driver runs its initialisers, which every CUDA program does.
        if !unsafe { sys::is_culib_present() } {
            return Err("no NVIDIA driver was found (libcuda.so.1)".to_string());
        }
        let mut version = 0;
        // SAFETY: the library is there and this symbol is in every driver; the pointer is valid for the call.
        checked("cuDriverGetVersion", unsafe { sys::cuDriverGetVersion(&mut version) }.result())
            .map_err(|failure| failure.to_string())?;
        if version < OLDEST {
            let text = |version: i32| format!("{}.{}", version / 1000, version % 1000 / 10);
            return Err(format!(
                "the driver is for CUDA {}, {} is the oldest that will do",
                text(version),
                text(OLDEST)
            ));
        }
        checked("cuInit", result::init()).map_err(|failure| match failure.code {
            100 => "the driver finds no GPU".to_string(),
            _ => failure.to_string(),
        })?;
        match checked("cuDeviceGetCount", result::device::get_count()) {
            Ok(0) => Err("the driver finds no GPU".to_string()),
            Ok(_) => Ok(()),
            Err(failure) => Err(failure.to_string()),
        }
    };
    OPENED.get_or_init(open).clone()
}

/// Where work goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Queue {
    /// It runs when what was queued before has run.
    Run,
    /// It is recorded, and runs when the recording is replayed.
    Record,
}

/// A recording, ready to be replayed.
pub(super) struct Recording(sys::CUgraphExec);

// SAFETY: a handle that the driver accepts from every thread; replays are queued under the lock of their owner.
unsafe impl Send for Recording {}

impl Drop for Recording {
    fn drop(&mut self) {
        // SAFETY: instantiated by `record`; replays that are under way keep what they need.
        let _ = unsafe { result::graph::exec_destroy(self.0) };
    }
}

/// Memory of the host that the device copies by itself, and the mark that says how far it is.
pub(super) struct Pinned {
    at: *mut u8,
    bytes: usize,
    mark: sys::CUevent,
}

// SAFETY: memory of ours alone, and a handle that the driver accepts from every thread.
unsafe impl Send for Pinned {}

impl Pinned {
    /// The memory.
    ///
    /// # Safety
    /// The device neither reads nor writes the part of it that is used.
    pub(super) unsafe fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: allocated with this length and written when it was made; the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.at, self.bytes) }
    }
}

/// A device with its primary context, which other libraries in the process share, and two streams: one that work runs on,
/// and one that only records.
pub(super) struct Driver {
    device: sys::CUdevice,
    context: sys::CUcontext,
    stream: sys::CUstream,
    recorder: sys::CUstream,
    recording: Mutex<()>,
    /// Made when something is first copied.
    staging: Mutex<Option<Staging>>,
    /// The architecture: 90 for compute capability 9.0.
    pub(super) architecture: u32,
    pub(super) multiprocessors: u32,
}

// SAFETY: the handles are valid in every thread; the driver locks what it must, and calls set the context first.
unsafe impl Send for Driver {}
// SAFETY: as above.
unsafe impl Sync for Driver {}

/// A loaded kernel. Modules are never unloaded, so it is valid while the process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Function(sys::CUfunction);

// SAFETY: a handle that the driver accepts from every thread.
unsafe impl Send for Function {}
// SAFETY: as above.
unsafe impl Sync for Function {}

impl Driver {
    /// A device by its number.
    ///
    /// Nothing may be called before [`open`] succeeded.
    pub(super) fn new(ordinal: usize) -> std::result::Result<Driver, String> {
        open()?;
        let text = |failure: Failure| failure.to_string();
        let count = checked("cuDeviceGetCount", result::device::get_count()).map_err(text)? as usize;
        if ordinal >= count {
            return Err(format!("there are {count} devices, numbered from 0"));
        }
        let device = checked("cuDeviceGet", result::device::get(ordinal as i32)).map_err(text)?;
        let attribute = |which| {
            // SAFETY: the device was given by the driver.
            checked("cuDeviceGetAttribute", unsafe { result::device::get_attribute(device, which) }).map_err(text)
        };
        use sys::CUdevice_attribute::*;
        let major = attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?;
        let minor = attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?;
        let multiprocessors = attribute(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?;
        if attribute(CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED)? == 0 {
            return Err("the device has no memory pools".to_string());
        }
        // SAFETY: the device was given by the driver; the context is kept for the life of the process.
        let context =
            checked("cuDevicePrimaryCtxRetain", unsafe { result::primary_ctx::retain(device) }).map_err(text)?;
        // SAFETY: the context was given by the driver and is not released.
        checked("cuCtxSetCurrent", unsafe { result::ctx::set_current(context) }).map_err(text)?;
        let stream =
            || checked("cuStreamCreate", result::stream::create(result::stream::StreamKind::NonBlocking)).map_err(text);
        let (stream, recorder) = (stream()?, stream()?);
        let driver = Driver {
            device,
            context,
            stream,
            recorder,
            recording: Mutex::new(()),
            staging: Mutex::new(None),
            architecture: (major * 10 + minor) as u32,
            multiprocessors: multiprocessors as u32,
        };
        driver.keep_freed_memory().map_err(text)?;
        Ok(driver)
    }

    /// Without this the pool gives its memory back to the system at every synchronisation.
    fn keep_freed_memory(&self) -> Result<()> {
        let mut everything = u64::MAX;
        // SAFETY: the device was given by the driver; the attribute is a 64-bit number.
        checked("cuMemPoolSetAttribute", unsafe {
            let pool = result::device::get_default_mem_pool(self.device);
            pool.and_then(|pool| {
                let which = sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD;
                result::mem_pool::set_attribute(pool, which, (&raw mut everything).cast())
            })
        })
    }

    fn on(&self, queue: Queue) -> sys::CUstream {
        match queue {
            Queue::Run => self.stream,
            Queue::Record => self.recorder,
        }
    }

    /// Records what `work` queues. It may neither allocate nor copy from or to the host.
    pub(super) fn record<E>(
        &self,
        work: impl FnOnce() -> std::result::Result<(), E>,
    ) -> Result<std::result::Result<Recording, E>> {
        let _recording = self.recording.lock().unwrap_or_else(PoisonError::into_inner);
        self.enter()?;
        let mode = sys::CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;
        // SAFETY: the stream is ours, and the lock is held until the recording ends.
        checked("cuStreamBeginCapture", unsafe { result::stream::begin_capture(self.recorder, mode) })?;
        let done = work();
        // SAFETY: as above.
        let graph = checked("cuStreamEndCapture", unsafe { result::stream::end_capture(self.recorder) })?;
        let recording = match done {
            // SAFETY: the graph was recorded just now.
            Ok(()) => checked("cuGraphInstantiate", unsafe {
                result::graph::instantiate(graph, sys::CUgraphInstantiate_flags_enum(0))
            })
            .map(|executable| Ok(Recording(executable))),
            Err(error) => Ok(Err(error)),
        };
        // SAFETY: the graph is used no more.
        let _ = unsafe { result::graph::destroy(graph) };
        recording
    }

    /// Queues a recording.
    ///
    /// # Safety
    /// All memory that it names is still, or again, what it was when it was recorded.
    pub(super) unsafe fn replay(&self, recording: &Recording) -> Result<()> {
        self.enter()?;
        // SAFETY: the caller's promise.
        checked("cuGraphLaunch", unsafe { result::graph::launch(recording.0, self.stream) })
    }

    /// Makes the context that of this thread.
    fn enter(&self) -> Result<()> {
        // SAFETY: the context lives as long as the process.
        checked("cuCtxSetCurrent", unsafe { result::ctx::set_current(self.context) })
    }

    /// The stream of a queue, for libraries that launch on it; the context is made that of this thread.
    pub(super) fn current_stream(&self, queue: Queue) -> Result<*mut c_void> {
        self.enter()?;
        Ok(self.on(queue).cast())
    }

    pub(super) fn alloc(&self, bytes: usize) -> Result<Address> {
        self.enter()?;
        // SAFETY: the stream is ours; whoever gets the memory writes before reading, on this stream.
        checked("cuMemAllocAsync", unsafe { result::malloc_async(self.stream, bytes.max(1)) })
    }

    /// Frees memory once all that was queued before has run.
    ///
    /// # Safety
    /// The address came from `alloc`, and nobody queues work on it after this.
    pub(super) unsafe fn free(&self, at: Address) -> Result<()> {
        self.enter()?;
        // SAFETY: the caller's promise.
        checked("cuMemFreeAsync", unsafe { result::free_async(at, self.stream) })
    }

    /// Gives memory that nobody uses back to the system.
    pub(super) fn trim(&self) -> Result<()> {
        self.synchronize()?;
        let staging = self.staging.lock().unwrap_or_else(PoisonError::into_inner).take();
        for pinned in staging.into_iter().flat_map(Staging::into_sides) {
            // SAFETY: all copies are over, and nobody else knows of the memory.
            checked("cuMemFreeHost", unsafe {
                result::event::destroy(pinned.mark).and_then(|()| result::free_host(pinned.at.cast()))
            })?;
        }
        // SAFETY: the pool is the device's own.
        checked("cuMemPoolTrimTo", unsafe {
            let pool = result::device::get_default_mem_pool(self.device);
            pool.and_then(|pool| result::mem_pool::trim_to(pool, 0))
        })
    }

    /// Free bytes and all bytes of the device.
    pub(super) fn memory(&self) -> Result<(usize, usize)> {
        self.enter()?;
        checked("cuMemGetInfo", result::mem_get_info())
    }

    /// Waits until everything queued has run.
    pub(super) fn synchronize(&self) -> Result<()> {
        self.enter()?;
        // SAFETY: the stream is ours.
        checked("cuStreamSynchronize", unsafe { result::stream::synchronize(self.stream) })
    }

    /// Copies from the host and returns when the source may be used again.
    ///
    /// # Safety
    /// The device memory has as many bytes from the address on.
    pub(super) unsafe fn upload(&self, from: &[u8], to: Address) -> Result<()> {
        if from.is_empty() {
            return Ok(());
        }
        self.enter()?;
        // SAFETY: the caller's promise.
        if let Some(done) = self.staged(|staging| unsafe { staging.upload(self, from, to) }) {
            return done;
        }
        // SAFETY: the caller's promise. Of pageable memory the driver makes a copy of its own before it returns, except
        // on the rare systems where the device reads it in place; hence the wait.
        checked("cuMemcpyHtoDAsync", unsafe { result::memcpy_htod_async(to, from, self.stream) })?;
        self.synchronize()
    }

    /// Waits for everything queued, then copies to the host.
    ///
    /// # Safety
    /// The device memory has as many bytes from the address on.
    pub(super) unsafe fn download(&self, from: Address, to: &mut [u8]) -> Result<()> {
        if to.is_empty() {
            return self.synchronize();
        }
        self.enter()?;
        // SAFETY: the caller's promise.
        if let Some(done) = self.staged(|staging| unsafe { staging.download(self, from, to) }) {
            return done;
        }
        // SAFETY: the caller's promise; the copy is over when this function returns.
        checked("cuMemcpyDtoHAsync", unsafe { result::memcpy_dtoh_async(to, from, self.stream) })?;
        self.synchronize()
    }

    /// Works with pinned memory, where there is any.
    fn staged(&self, work: impl FnOnce(&mut Staging) -> Result<()>) -> Option<Result<()>> {
        let mut staging = self.staging.lock().unwrap_or_else(PoisonError::into_inner);
        if staging.is_none() {
            *staging = Staging::new(self).ok();
        }
        staging.as_mut().map(work)
    }

    /// Pinned memory.
    pub(super) fn pinned(&self, bytes: usize) -> Result<Pinned> {
        self.enter()?;
        let flags = sys::CUevent_flags::CU_EVENT_DISABLE_TIMING;
        let mark = checked("cuEventCreate", result::event::create(flags))?;
        // SAFETY: the context is that of this thread.
        let at = checked("cuMemHostAlloc", unsafe { result::malloc_host(bytes, 0) });
        match at {
            Ok(at) => {
                // SAFETY: allocated just now with this length.
                unsafe { at.cast::<u8>().write_bytes(0, bytes) };
                Ok(Pinned { at: at.cast(), bytes, mark })
            }
            Err(failure) => {
                // SAFETY: made above, and used by nobody.
                let _ = unsafe { result::event::destroy(mark) };
                Err(failure)
            }
        }
    }

    /// Queues a copy of a part of pinned memory.
    ///
    /// # Safety
    /// The device memory has as many bytes; the part is left alone until a later mark is reached.
    pub(super) unsafe fn send(&self, from: &Pinned, part: Range<usize>, to: Address) -> Result<()> {
        // SAFETY: the part lies inside the memory, or slicing panics; the caller's promise.
        checked("cuMemcpyHtoDAsync", unsafe {
            let from = &std::slice::from_raw_parts(from.at, from.bytes)[part];
            result::memcpy_htod_async(to, from, self.stream)
        })
    }

    /// Queues a copy to the beginning of pinned memory.
    ///
    /// # Safety
    /// As for `send`.
    pub(super) unsafe fn receive(&self, from: Address, to: &mut Pinned, bytes: usize) -> Result<()> {
        // SAFETY: the part lies inside the memory, or slicing panics; the caller's promise.
        checked("cuMemcpyDtoHAsync", unsafe {
            let to = &mut std::slice::from_raw_parts_mut(to.at, to.bytes)[..bytes];
            result::memcpy_dtoh_async(to, from, self.stream)
        })
    }

    /// Marks what was queued until now as what pinned memory waits for.
    pub(super) fn mark(&self, pinned: &Pinned) -> Result<()> {
        // SAFETY: the event and the stream are ours.
        checked("cuEventRecord", unsafe { result::event::record(pinned.mark, self.stream) })
    }

    /// Waits until the last mark is reached.
    pub(super) fn settle(&self, pinned: &Pinned) -> Result<()> {
        // SAFETY: the event is ours.
        checked("cuEventSynchronize", unsafe { result::event::synchronize(pinned.mark) })
    }

    /// Queues a copy inside the device.
    ///
    /// # Safety
    /// Both ranges are device memory.
    pub(super) unsafe fn copy(&self, queue: Queue, from: Address, to: Address, bytes: usize) -> Result<()> {
        if bytes == 0 {
            return Ok(());
        }
        self.enter()?;
        // SAFETY: the caller's promise.
        checked("cuMemcpyDtoDAsync", unsafe { result::memcpy_dtod_async(to, from, bytes, self.on(queue)) })
    }

    /// Queues filling with one byte.
    ///
    /// # Safety
    /// The range is device memory.
    pub(super) unsafe fn fill(&self, queue: Queue, at: Address, byte: u8, bytes: usize) -> Result<()> {
        if bytes == 0 {
            return Ok(());
        }
        self.enter()?;
        // SAFETY: the caller's promise.
        checked("cuMemsetD8Async", unsafe { result::memset_d8_async(at, byte, bytes, self.on(queue)) })
    }

    /// Loads an image and finds its kernels.
    pub(super) fn load(&self, image: &[u8], names: &[String]) -> Result<Vec<Function>> {
        self.enter()?;
        // The driver wants no alignment of images, and reads their length from them.
        // SAFETY: the image is a whole one, made by the compiler of this device.
        let module = checked("cuModuleLoadData", unsafe { result::module::load_data(image.as_ptr().cast()) })?;
        let function = |name: &String| {
            let name = CString::new(name.as_str()).map_err(|_| Failure { call: "cuModuleGetFunction", code: 1 })?;
            // SAFETY: the module was loaded just now and is never unloaded.
            let function = checked("cuModuleGetFunction", unsafe { result::module::get_function(module, name) })?;
            // Loading is lazy otherwise, and may wait for the device at the first launch.
            // SAFETY: the function was found just now.
            checked("cuFuncLoad", unsafe { sys::cuFuncLoad(function) }.result())?;
            Ok(Function(function))
        };
        names.iter().map(function).collect()
    }

    /// Queues a kernel whose blocks have so many bytes of shared memory.
    ///
    /// # Safety
    /// The arguments are those of the kernel, and it reads and writes only device memory that lives until it has run.
    pub(super) unsafe fn launch(
        &self,
        queue: Queue,
        function: Function,
        [blocks, threads, shared]: [u32; 3],
        arguments: &[&[u8]],
    ) -> Result<()> {
        self.enter()?;
        let mut pointers: Vec<*mut c_void> =
            arguments.iter().map(|argument| argument.as_ptr().cast_mut().cast()).collect();
        // SAFETY: the caller's promise; arguments are copied before the call returns.
        checked("cuLaunchKernel", unsafe {
            result::launch_kernel(function.0, (blocks, 1, 1), (threads, 1, 1), shared, self.on(queue), &mut pointers)
        })
    }
}
