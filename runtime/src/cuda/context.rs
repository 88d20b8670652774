//! What all programs of one device share: the driver, the compiler, kernels by what they are made from, and the account of
//! memory.

use super::cache::Cache;
use super::compiler::Compile;
use super::cufft::Refusal;
use super::driver::{Address, Driver, Failure, Function};
use super::plans::Plans;
use super::promotion::PLAN_COST;
use crate::Error;
use ondine_codegen::cuda::{self, Kernel, Program};
use std::collections::HashMap;
use std::fmt::Display;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

pub(super) struct Context {
    name: String,
    pub(super) driver: Driver,
    compiler: Box<dyn Compile>,
    cache: Cache,
    kernels: Mutex<HashMap<Kernel, Function>>,
    pub(super) plans: Plans,
    in_use: AtomicUsize,
    limit: AtomicUsize,
    /// Bytes that could be moved in the time that a plan with callbacks takes.
    pub(super) plan_cost: u64,
}

impl Context {
    pub(super) fn new(
        ordinal: usize,
        compiler: impl FnOnce(u32) -> Result<Box<dyn Compile>, String>,
    ) -> Result<Context, Error> {
        let name = format!("cuda:{ordinal}");
        let unavailable = |why: String| Error::Unavailable { device: name.clone(), why };
        let driver = Driver::new(ordinal).map_err(unavailable)?;
        let compiler = compiler(driver.architecture).map_err(unavailable)?;
        Ok(Context {
            driver,
            compiler,
            cache: Cache::from_environment(),
            kernels: Mutex::default(),
            plans: Plans::default(),
            in_use: AtomicUsize::new(0),
            limit: AtomicUsize::new(usize::MAX),
            plan_cost: PLAN_COST,
            name,
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn set_limit(&self, bytes: usize) {
        self.limit.store(bytes, Ordering::Relaxed);
    }

    pub(super) fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    pub(super) fn in_use(&self) -> usize {
        self.in_use.load(Ordering::Relaxed)
    }

    /// Gives back what is kept for later.
    pub(super) fn release(&self) {
        self.plans.clear();
        self.trim();
    }

    /// Gives back memory that nobody uses.
    pub(super) fn trim(&self) {
        // A device that has failed has nothing to give back.
        let _ = self.driver.trim();
    }

    /// The failure of a call as an error of this device.
    pub(super) fn fault(&self, failure: Failure) -> Error {
        Error::Fault { device: self.name.clone(), what: failure.to_string() }
    }

    /// The failure of a call of cuFFT, or of the device if that is lost: a lost device shows in whatever calls it.
    pub(super) fn refused(&self, refusal: Refusal, what: &dyn Display) -> Error {
        match self.driver.synchronize() {
            Err(failure) => self.fault(failure),
            Ok(()) => Error::Library { device: self.name.clone(), what: format!("{refusal}; for {what}") },
        }
    }

    /// Memory that could not be had although all that is kept for later was given back.
    pub(super) fn out_of_memory(&self, bytes: usize, what: &'static str) -> Error {
        let free = self.driver.memory().map_or(0, |(free, _)| free);
        Error::OutOfMemory { device: format!("{} with {free} bytes free", self.name), bytes, what }
    }

    /// Memory; when there is none, what is kept for later is given back first.
    pub(super) fn alloc(&self, bytes: usize, what: &'static str) -> Result<Address, Error> {
        let address = match self.driver.alloc(bytes) {
            Err(failure) if failure.is_out_of_memory() => {
                self.release();
                self.driver.alloc(bytes)
            }
            other => other,
        };
        match address {
            Ok(address) => {
                self.in_use.fetch_add(bytes, Ordering::Relaxed);
                Ok(address)
            }
            Err(failure) if failure.is_out_of_memory() => Err(self.out_of_memory(bytes, what)),
            Err(failure) => Err(self.fault(failure)),
        }
    }

    /// # Safety
    /// As for [`Driver::free`], with the length given to `alloc`.
    pub(super) unsafe fn free(&self, at: Address, bytes: usize) {
        self.in_use.fetch_sub(bytes, Ordering::Relaxed);
        // SAFETY: the caller's promise. A failure means that the device is lost, and its memory with it.
        let _ = unsafe { self.driver.free(at) };
    }

    /// The code of a callback for the library's linker; what is wrong with it, for people.
    pub(super) fn callback(&self, function: &cuda::Function) -> Result<Vec<u8>, String> {
        let identity = format!("callback {}", self.compiler.identity());
        if let Some(kept) = self.cache.get(&identity, &function.source) {
            return Ok(kept);
        }
        let image = self.compiler.callback(function)?;
        self.cache.put(&identity, &function.source, &image);
        Ok(image)
    }

    /// The functions of kernels; those that are new are compiled as one program.
    pub(super) fn functions(&self, kernels: &[Kernel]) -> Result<Vec<Function>, Error> {
        let lock = || self.kernels.lock().unwrap_or_else(PoisonError::into_inner);
        let missing: Vec<Kernel> = {
            let known = lock();
            kernels.iter().filter(|kernel| !known.contains_key(kernel)).cloned().collect()
        };
        if !missing.is_empty() {
            let program = Program::new(&missing);
            let names: Vec<String> = (0..program.kernels).map(Kernel::name).collect();
            let identity = self.compiler.identity();
            let kept = self.cache.get(&identity, &program.source);
            // What is kept may be refused by a newer driver.
            let functions = match kept.and_then(|image| self.driver.load(&image, &names).ok()) {
                Some(functions) => functions,
                None => {
                    let image = self.compiler.compile(&program).map_err(|log| Error::Program {
                        device: self.name.clone(),
                        log,
                        text: program.source.clone(),
                    })?;
                    let functions = self.driver.load(&image, &names).map_err(|failure| self.fault(failure))?;
                    self.cache.put(&identity, &program.source, &image);
                    functions
                }
            };
            lock().extend(missing.into_iter().zip(functions));
        }
        let known = lock();
        let find = |kernel: &Kernel| {
            known.get(kernel).copied().ok_or_else(|| super::internal("a kernel was compiled and is not there"))
        };
        kernels.iter().map(find).collect()
    }
}
