//! cuFFT: a table of the calls that transforms need, and plans by what they are for. Work areas belong to the run.

use super::context::Context;
use super::libraries;
use crate::Error;
use libloading::Library;
use ondine_ir::FftKind;
use std::ffi::{c_int, c_longlong, c_void};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Plans that a device keeps.
const MOST_PLANS: usize = 128;

type Handle = c_int;
type MakePlanMany = unsafe extern "C" fn(
    Handle,
    c_int,
    *mut c_longlong,
    *mut c_longlong,
    c_longlong,
    c_longlong,
    c_int,
    *mut c_longlong,
    c_longlong,
    c_longlong,
    c_int,
    c_longlong,
    *mut usize,
    c_int,
) -> c_int;

/// The library's functions, all of which are in every version since CUDA 8.
struct Table {
    create: unsafe extern "C" fn(*mut Handle) -> c_int,
    destroy: unsafe extern "C" fn(Handle) -> c_int,
    set_stream: unsafe extern "C" fn(Handle, *mut c_void) -> c_int,
    set_auto_allocation: unsafe extern "C" fn(Handle, c_int) -> c_int,
    set_work_area: unsafe extern "C" fn(Handle, *mut c_void) -> c_int,
    make_plan_many: MakePlanMany,
    exec: unsafe extern "C" fn(Handle, *mut c_void, *mut c_void, c_int) -> c_int,
}

/// What a plan is for: lines of one length, and how they lie. Distances count elements of their side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) len: usize,
    pub(super) kind: FftKind,
    pub(super) is_double: bool,
    /// From one element of a line to the next, on both sides.
    pub(super) stride: usize,
    /// From one line to the next, before and after.
    pub(super) distances: [usize; 2],
    pub(super) batch: usize,
}

/// A plan of the library.
pub(super) struct Plan {
    key: Key,
    handle: Handle,
    /// Bytes of work area that it needs.
    pub(super) bytes: usize,
    /// Held by whoever queues.
    queueing: Mutex<()>,
}

/// The plans of one device, the most recently used last. Programs keep theirs beside it.
#[derive(Default)]
pub(super) struct Plans(Mutex<Vec<Arc<Plan>>>);

fn table() -> &'static Result<Table, String> {
    static TABLE: OnceLock<Result<Table, String>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let named = || ["libcufft.so.12", "libcufft.so.11"].iter().find_map(|name| libraries::load(Path::new(name)));
        let placed = || {
            let files = libraries::folders().into_iter().filter_map(|folder| libraries::file(&folder, "libcufft.so."));
            files.into_iter().find_map(|file| libraries::load(&file))
        };
        let library = match std::env::var_os("ONDINE_CUDA_LIBS") {
            Some(_) => placed().or_else(named),
            None => named().or_else(placed),
        };
        let library = library.ok_or_else(|| {
            "no cuFFT was found (libcufft.so.12 or .11; pip install nvidia-cufft, or set ONDINE_CUDA_LIBS to the folder \
             it is in)"
                .to_string()
        })?;
        // SAFETY: the types above are those of cufft.h and cufftXt.h.
        let table = unsafe { Table::new(&library) };
        // The functions are used as long as the process lives.
        std::mem::forget(library);
        table.map_err(|error| format!("cuFFT lacks a function: {error}"))
    })
}

impl Table {
    /// # Safety
    /// The library is cuFFT.
    unsafe fn new(library: &Library) -> Result<Table, libloading::Error> {
        // SAFETY: the caller's promise, for every symbol.
        unsafe {
            Ok(Table {
                create: *library.get(b"cufftCreate\0")?,
                destroy: *library.get(b"cufftDestroy\0")?,
                set_stream: *library.get(b"cufftSetStream\0")?,
                set_auto_allocation: *library.get(b"cufftSetAutoAllocation\0")?,
                set_work_area: *library.get(b"cufftSetWorkArea\0")?,
                make_plan_many: *library.get(b"cufftXtMakePlanMany\0")?,
                exec: *library.get(b"cufftXtExec\0")?,
            })
        }
    }

    fn plan(&self, key: Key, stream: *mut c_void) -> Result<Plan, (&'static str, c_int)> {
        let checked = |call, code| if code == 0 { Ok(()) } else { Err((call, code)) };
        let mut handle = -1;
        // SAFETY: the pointer is valid for the call.
        checked("cufftCreate", unsafe { (self.create)(&mut handle) })?;
        let made = || {
            // SAFETY: the plan was created just now; the stream is that of the device.
            checked("cufftSetAutoAllocation", unsafe { (self.set_auto_allocation)(handle, 0) })?;
            // SAFETY: as above.
            checked("cufftSetStream", unsafe { (self.set_stream)(handle, stream) })?;
            let (real, complex) = if key.is_double { (1, 5) } else { (0, 4) };
            let half = key.len / 2 + 1;
            let ((from, from_line), (to, to_line)) = match key.kind {
                FftKind::RealForward => ((real, key.len), (complex, half)),
                FftKind::RealInverse => ((complex, half), (real, key.len)),
                _ => ((complex, key.len), (complex, key.len)),
            };
            let long = |number: usize| number as c_longlong;
            let (mut len, mut before, mut after) = ([long(key.len)], [long(from_line)], [long(to_line)]);
            let mut bytes = 0;
            // SAFETY: the arrays have one entry for the one axis and live until the call returns.
            let code = unsafe {
                (self.make_plan_many)(
                    handle,
                    1,
                    len.as_mut_ptr(),
                    before.as_mut_ptr(),
                    long(key.stride),
                    long(key.distances[0]),
                    from,
                    after.as_mut_ptr(),
                    long(key.stride),
                    long(key.distances[1]),
                    to,
                    long(key.batch),
                    &mut bytes,
                    complex,
                )
            };
            checked("cufftXtMakePlanMany", code)?;
            Ok(bytes)
        };
        match made() {
            Ok(bytes) => Ok(Plan { key, handle, bytes, queueing: Mutex::new(()) }),
            Err(failure) => {
                // SAFETY: nobody else has the handle.
                unsafe { (self.destroy)(handle) };
                Err(failure)
            }
        }
    }
}

impl Plans {
    /// Forgets all plans, for the sake of their memory.
    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The plan for a key: a known one, or new.
    pub(super) fn get(&self, context: &Context, key: Key) -> Result<Arc<Plan>, Error> {
        let unavailable = |why: &String| Error::Unavailable { device: context.name().to_string(), why: why.clone() };
        let table = table().as_ref().map_err(unavailable)?;
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let plan = match plans.iter().position(|plan| plan.key == key) {
            Some(at) => plans.remove(at),
            None => {
                let stream = context.driver.current_stream().map_err(|failure| context.fault(failure))?;
                Arc::new(table.plan(key, stream).map_err(|(call, code)| Error::Fault {
                    device: context.name().to_string(),
                    what: format!("{call} gave error {code} for {key:?}"),
                })?)
            }
        };
        plans.push(plan.clone());
        if plans.len() > MOST_PLANS {
            plans.remove(0);
        }
        Ok(plan)
    }
}

impl Plan {
    /// Queues transforms of lines, `repeats` times with both sides moved on by so many bytes.
    ///
    /// # Safety
    /// Both sides are memory for all lines of the plan; they are the same or do not overlap; the work area has the bytes
    /// that the plan needs. A complex-to-real transform destroys its input.
    pub(super) unsafe fn run(
        &self,
        context: &Context,
        [from, to]: [u64; 2],
        area: u64,
        repeats: usize,
        moves: [usize; 2],
    ) -> Result<(), Error> {
        let unavailable = |why: &String| Error::Unavailable { device: context.name().to_string(), why: why.clone() };
        let table = table().as_ref().map_err(unavailable)?;
        let checked = |call, code| match code {
            0 => Ok(()),
            _ => Err(Error::Fault {
                device: context.name().to_string(),
                what: format!("{call} gave error {code} for {:?}", self.key),
            }),
        };
        context.driver.current_stream().map_err(|failure| context.fault(failure))?;
        let _queueing = self.queueing.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the plan is alive; the caller's promise.
        checked("cufftSetWorkArea", unsafe { (table.set_work_area)(self.handle, area as *mut c_void) })?;
        let direction = if self.key.kind.is_forward() { -1 } else { 1 };
        for repeat in 0..repeats {
            let [from, to] = [(from, moves[0]), (to, moves[1])].map(|(at, by)| at + (repeat * by) as u64);
            // SAFETY: the caller's promise.
            let code = unsafe { (table.exec)(self.handle, from as *mut c_void, to as *mut c_void, direction) };
            checked("cufftXtExec", code)?;
        }
        Ok(())
    }
}

impl Drop for Plan {
    fn drop(&mut self) {
        if let Ok(table) = table() {
            // SAFETY: the handle is this plan's alone. The library waits for what it has queued.
            unsafe { (table.destroy)(self.handle) };
        }
    }
}
