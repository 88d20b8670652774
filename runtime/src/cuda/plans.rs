//! Plans of cuFFT by what they are for, bounded in bytes. Work areas belong to the run.

use super::callback::Callback;
use super::context::Context;
use super::cufft::{Handle, NOT_SUPPORTED, Refusal, Table, checked, table};
use super::driver::Queue;
use crate::Error;
use ondine_ir::FftKind;
use std::ffi::{c_longlong, c_void};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of device memory that the plans a device keeps may own together, by estimate.
pub const PLAN_BYTES: usize = 64 << 20;

/// Bytes that every plan owns beside its tables, by estimate.
const LEAST: usize = 64 << 10;

/// The largest prime factor of a length for which cuFFT has passes of its own.
const MOST_FACTOR: usize = 127;

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

impl Key {
    /// Bytes of device memory that a plan owns while it lives, beside its work area, by estimate.
    ///
    /// cuFFT tells only what its work area takes. What it owns besides are tables of twiddle factors, one for every element
    /// of a line, and for lengths with a large prime factor a chirp and its transform of twice the length (Bluestein). The
    /// free memory before and after would tell nothing: the driver hands out granules of 2 MiB, and others allocate too.
    fn bytes(&self) -> usize {
        let elements = match largest_factor(self.len) <= MOST_FACTOR {
            true => self.len,
            false => 3 * (2 * self.len).next_power_of_two(),
        };
        LEAST + if self.is_double { 16 } else { 8 } * elements
    }
}

/// The largest prime factor, 1 for 1.
fn largest_factor(mut number: usize) -> usize {
    let (mut largest, mut factor) = (1, 2);
    while factor * factor <= number {
        while number.is_multiple_of(factor) {
            (number, largest) = (number / factor, factor);
        }
        factor += 1;
    }
    largest.max(number)
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let kind = match self.kind {
            FftKind::Forward => "forward",
            FftKind::Inverse => "inverse",
            FftKind::RealForward => "real forward",
            FftKind::RealInverse => "real inverse",
        };
        let precision = if self.is_double { "f64" } else { "f32" };
        write!(f, "{} {kind} transforms of length {} in {precision}", self.batch, self.len)
    }
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

impl Plans {
    /// Forgets all plans, for the sake of their memory.
    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The plan for a key: a known one, or new.
    pub(super) fn get(&self, context: &Context, key: Key) -> Result<Arc<Plan>, Error> {
        let table = cufft(context)?;
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let plan = match plans.iter().position(|plan| plan.key == key) {
            Some(at) => plans.remove(at),
            None => {
                let make = || Plan::new(context, table, key, &[]);
                let made = match make()? {
                    Err(refusal) if refusal.is_out_of_memory() => {
                        plans.clear();
                        context.trim();
                        make()?
                    }
                    made => made,
                };
                let plan = made.map_err(|refusal| match refusal.is_out_of_memory() {
                    true => context.out_of_memory(key.bytes(), "a plan of cuFFT, by estimate"),
                    false => context.refused(refusal, &key),
                })?;
                Arc::new(plan)
            }
        };
        plans.push(plan.clone());
        let mut bytes: usize = plans.iter().map(|plan| plan.key.bytes()).sum();
        while bytes > PLAN_BYTES && plans.len() > 1 {
            bytes -= plans.remove(0).key.bytes();
        }
        Ok(plan)
    }
}

fn cufft(context: &Context) -> Result<&'static Table, Error> {
    let unavailable = |why: &String| Error::Unavailable { device: context.name().to_string(), why: why.clone() };
    table().as_ref().map_err(unavailable)
}

impl Plan {
    /// A plan that nobody else uses, whose kernels call functions of ours.
    ///
    /// # Errors
    /// Why there is none, for people.
    pub(super) fn with_callbacks(context: &Context, key: Key, callbacks: &[&Callback]) -> Result<Plan, String> {
        let table = cufft(context).map_err(|error| error.to_string())?;
        let made = Plan::new(context, table, key, callbacks).map_err(|error| error.to_string())?;
        made.map_err(|refusal| refusal.to_string())
    }

    fn new(
        context: &Context,
        table: &Table,
        key: Key,
        callbacks: &[&Callback],
    ) -> Result<Result<Plan, Refusal>, Error> {
        context.driver.current_stream(Queue::Run).map_err(|failure| context.fault(failure))?;
        let mut handle = -1;
        // SAFETY: the pointer is valid for the call.
        if let Err(refusal) = checked("cufftCreate", unsafe { (table.create)(&mut handle) }) {
            return Ok(Err(refusal));
        }
        let mut plan = Plan { key, handle, bytes: 0, queueing: Mutex::new(()) };
        Ok(plan.make(table, callbacks).map(|bytes| {
            plan.bytes = bytes;
            plan
        }))
    }

    /// Makes the plan; the bytes of its work area.
    fn make(&self, table: &Table, callbacks: &[&Callback]) -> Result<usize, Refusal> {
        let key = &self.key;
        // SAFETY: the plan was created.
        checked("cufftSetAutoAllocation", unsafe { (table.set_auto_allocation)(self.handle, 0) })?;
        // The library reads names, images and addresses until the plan is made: all of them live that long.
        let mut infos: Vec<*mut c_void> = callbacks.iter().map(|callback| callback.info() as *mut c_void).collect();
        for (callback, info) in callbacks.iter().zip(&mut infos) {
            let call = "cufftXtSetJITCallback";
            let set = table.set_callback.ok_or(Refusal { call, code: NOT_SUPPORTED })?;
            let (name, image) = (callback.name.as_ptr(), &callback.image);
            // SAFETY: the plan was created and is not made yet; what is pointed to lives until it is.
            checked(call, unsafe { set(self.handle, name, image.as_ptr().cast(), image.len(), callback.kind, info) })?;
        }
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
            (table.make_plan_many)(
                self.handle,
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
    }

    /// Queues transforms of lines, `repeats` times with both sides moved on by so many bytes.
    ///
    /// # Safety
    /// Both sides are memory for all lines of the plan; they are the same or do not overlap; the work area has the bytes
    /// that the plan needs. A complex-to-real transform destroys its input. What is recorded is replayed only while the plan
    /// lives.
    pub(super) unsafe fn run(
        &self,
        context: &Context,
        queue: Queue,
        [from, to]: [u64; 2],
        area: u64,
        repeats: usize,
        moves: [usize; 2],
    ) -> Result<(), Error> {
        let table = cufft(context)?;
        let refused = |refusal| context.refused(refusal, &self.key);
        let stream = context.driver.current_stream(queue).map_err(|failure| context.fault(failure))?;
        let _queueing = self.queueing.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the plan is alive; the stream is that of the device, or the one that records.
        checked("cufftSetStream", unsafe { (table.set_stream)(self.handle, stream) }).map_err(refused)?;
        // SAFETY: the plan is alive; the caller's promise.
        checked("cufftSetWorkArea", unsafe { (table.set_work_area)(self.handle, area as *mut c_void) })
            .map_err(refused)?;
        let direction = if self.key.kind.is_forward() { -1 } else { 1 };
        for repeat in 0..repeats {
            let [from, to] = [(from, moves[0]), (to, moves[1])].map(|(at, by)| at + (repeat * by) as u64);
            // SAFETY: the caller's promise.
            let code = unsafe { (table.exec)(self.handle, from as *mut c_void, to as *mut c_void, direction) };
            checked("cufftXtExec", code).map_err(refused)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_factor_is_prime() {
        let factors = [1, 2, 4, 12, 127, 254, 131 * 128, 127 * 127, 1009].map(largest_factor);
        assert_eq!(factors, [1, 2, 2, 3, 127, 127, 131, 127, 1009]);
    }
}
