//! A plan ready to run: every kernel lowered and compiled once, then queued step by step.

use super::context::Context;
use super::driver::{Address, Function, Queue, Recording};
use super::internal;
use super::library::Library;
use super::lines::Lines;
use super::map::{At, Kernels, Map, Scratch, Spot};
use super::memory::{DeviceMemory, Doubt};
use super::reduce::Reduction;
use crate::setup::Setup;
use crate::{Buffer, Error, Executable, Meter};
use ondine_codegen::cuda::{self, Kernel, THREADS};
use ondine_compiler::{Guard, Place, Plan, Program, Target};
use ondine_ir::{Anchor, Op, Scalar, Type, Value};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A program of a `cuda` device.
pub(super) struct CudaProgram {
    context: Arc<Context>,
    program: Program,
    setup: Option<Setup>,
    steps: Vec<Prepared>,
    functions: Vec<Function>,
    kernels: Kernels,
    /// The ops whose positions are checked while they run, with the number of positions and the extent.
    checked: Vec<(&'static str, usize, usize)>,
    /// Bytes of scratch memory; steps use it one after the other.
    scratch: usize,
    /// True if steps neither allocate nor copy from the host, and all of them can be recorded.
    is_recordable: bool,
    recordings: Mutex<Recordings>,
    /// Compiled when the guard first fails.
    fallback: OnceLock<Result<Box<CudaProgram>, Error>>,
}

/// What a program's steps were on earlier runs: addresses and parameters, and the recording of those that came twice.
#[derive(Default)]
struct Recordings {
    seen: Vec<Vec<u64>>,
    kept: Vec<(Vec<u64>, Recording)>,
}

/// Recordings of one program; runs whose results live on get other memory each time.
const MOST_RECORDINGS: usize = 4;

/// A step with everything that does not change from run to run.
struct Prepared {
    lowered: Lowered,
    operands: SmallVec<[Operand; 4]>,
    results: SmallVec<[Place; 2]>,
}

/// Where an operand is found.
#[derive(Clone, Copy)]
enum Operand {
    Memory(Place),
    Literal(Scalar),
    Param(u32),
}

enum Lowered {
    Map(Map),
    Reduce(Reduction),
    Lines(Lines),
    Library(Library),
}

/// A step of a run: addresses, and where kernels are queued.
pub(super) struct Step<'a> {
    pub(super) context: &'a Arc<Context>,
    functions: &'a [Function],
    pub(super) operands: SmallVec<[Address; 8]>,
    pub(super) results: SmallVec<[Address; 2]>,
    pub(super) params: &'a [Scalar],
    /// Where this run's checks are recorded.
    pub(super) status: Address,
    scratch: Address,
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
    pub(super) unsafe fn launch_as(&self, At(at): At, threads: usize, arguments: &[&[u8]]) -> Result<(), Error> {
        let most = 32 * self.context.driver.multiprocessors as usize;
        let blocks = threads.div_ceil(THREADS).clamp(1, most) as u32;
        // SAFETY: the caller's promise.
        let queued =
            unsafe { self.context.driver.launch(self.queue, self.functions[at], blocks, THREADS as u32, arguments) };
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

    pub(super) fn fault(&self, failure: super::driver::Failure) -> Error {
        self.context.fault(failure)
    }
}

impl Prepared {
    /// True if the step neither allocates nor copies from the host. Library transforms are queued as they are.
    fn is_recordable(&self) -> bool {
        let is_direct = match &self.lowered {
            Lowered::Map(map) => map.is_direct(),
            Lowered::Reduce(reduction) => reduction.is_direct(),
            Lowered::Lines(_) => false,
            Lowered::Library(_) => true,
        };
        // Numbers that maps and reductions take travel with their launches.
        is_direct && self.operands.iter().all(|operand| matches!(operand, Operand::Memory(_)))
    }
}

impl CudaProgram {
    pub(super) fn new(context: Arc<Context>, program: Program) -> Result<CudaProgram, Error> {
        let setup = match &program.main.setup {
            None => None,
            Some(setup) => {
                let program = Program { main: Plan::clone(setup), guard: None };
                Some(Setup::new(setup.graph.name(), CudaProgram::new(context.clone(), program)?))
            }
        };
        let graph = &program.main.graph;
        let place = |value: Value| {
            let missing = || internal(format!("the plan has no place for {value:?}"));
            program.main.places.get(&value).copied().ok_or_else(missing)
        };
        let operand = |value: Value| match graph.op(value) {
            Op::Literal(scalar) => Ok(Operand::Literal(*scalar)),
            Op::Param { slot, .. } => Ok(Operand::Param(*slot)),
            _ => place(value).map(Operand::Memory),
        };
        let mut kernels = Kernels::default();
        let mut checked = Vec::new();
        let mut most = 0;
        let steps = program.main.steps.iter().map(|step| {
            let node = graph.node(step.node);
            let types: Vec<Type> = node.inputs.iter().map(|&value| graph.ty(value).clone()).collect();
            let mut scratch = Scratch::default();
            let lowered = match &node.op {
                Op::Kernel(kernel) => match &kernel.anchor {
                    Anchor::Map => {
                        Lowered::Map(Map::new(&kernel.stores, &types, None, step.donated.is_some(), &mut kernels))
                    }
                    Anchor::Reduce(reduce) => {
                        Lowered::Reduce(Reduction::new(kernel, reduce, &types, &mut kernels, &mut scratch))
                    }
                    Anchor::Rows(_) => return Err(internal("rows are not made for cuda")),
                    Anchor::Lines(lines) => {
                        Lowered::Lines(Lines::new(&context, kernel, lines, &types, &mut kernels, &mut scratch)?)
                    }
                },
                op => Lowered::Library(Library::new(
                    context.name(),
                    op,
                    &types,
                    &node.outputs[0],
                    &mut kernels,
                    &mut checked,
                    &mut scratch,
                )?),
            };
            most = most.max(scratch.0);
            let outputs = 0..node.outputs.len() as u8;
            Ok(Prepared {
                lowered,
                operands: node.inputs.iter().map(|&value| operand(value)).collect::<Result<_, _>>()?,
                results: outputs.map(|output| place(Value { node: step.node, output })).collect::<Result<_, _>>()?,
            })
        });
        let steps = steps.collect::<Result<Vec<Prepared>, Error>>()?;
        let scratch = most;
        let is_recordable = steps.len() > 1 && steps.iter().all(Prepared::is_recordable);
        let functions = context.functions(&kernels.0)?;
        Ok(CudaProgram {
            context,
            program,
            setup,
            steps,
            functions,
            kernels,
            checked,
            scratch,
            is_recordable,
            recordings: Mutex::default(),
            fallback: OnceLock::new(),
        })
    }

    fn fallback(&self, guard: &Guard) -> Result<&CudaProgram, Error> {
        let compiled = self.fallback.get_or_init(|| {
            let program = ondine_compiler::compile(&guard.fallback, &Target::CUDA, &guard.options, &mut |_| {})?;
            CudaProgram::new(self.context.clone(), program).map(Box::new)
        });
        compiled.as_ref().map(|program| &**program).map_err(Clone::clone)
    }

    fn check_arguments(&self, inputs: &[Buffer], params: &[Scalar]) -> Result<(), Error> {
        let graph = &self.program.main.graph;
        for (slot, input) in graph.inputs().iter().enumerate() {
            let ty = graph.ty(input.node.into());
            if inputs.get(slot).map(Buffer::ty) != Some(ty) {
                return Err(internal(format!("input {slot} is not a {ty}")));
            }
        }
        match params.iter().map(|param| param.dtype()).eq(graph.params().iter().copied()) {
            true => Ok(()),
            false => Err(internal("the parameters are not those of the graph")),
        }
    }
}

impl Executable for CudaProgram {
    fn run_on(&self, meter: &mut Meter, inputs: &[Buffer], params: &[Scalar]) -> Result<Vec<Buffer>, Error> {
        meter.expect(self.steps.len());
        let all = match &self.setup {
            None => Cow::Borrowed(inputs),
            Some(setup) => Cow::Owned([inputs, &setup.constants(meter)?].concat()),
        };
        self.check_arguments(&all, params)?;
        let mut results = Run::new(self, &all, params)?.finish(meter)?;
        if let Some(guard) = &self.program.guard {
            let flag = results.remove(guard.flag);
            let mut holds = [0u8];
            flag.as_cuda().ok_or_else(|| internal("a flag is not on its device"))?.download(&mut holds)?;
            if holds != [1] {
                return self.fallback(guard)?.run_on(meter, inputs, params);
            }
        }
        Ok(results)
    }

    fn plan(&self) -> Option<&Plan> {
        Some(&self.program.main)
    }

    fn code(&self) -> Option<String> {
        Some(self.kernels.0.iter().map(Kernel::text).collect::<Vec<_>>().join("\n"))
    }
}

/// One run of a plan, with its memory.
struct Run<'a> {
    program: &'a CudaProgram,
    params: &'a [Scalar],
    inputs: Vec<Arc<DeviceMemory>>,
    arena: DeviceMemory,
    scratch: DeviceMemory,
    results: Vec<DeviceMemory>,
    doubts: Vec<Arc<Doubt>>,
}

impl<'a> Run<'a> {
    /// Takes all memory before anything is queued.
    fn new(program: &'a CudaProgram, inputs: &[Buffer], params: &'a [Scalar]) -> Result<Run<'a>, Error> {
        let (context, plan) = (&program.context, &program.program.main);
        let own = plan.arena.saturating_add(program.scratch);
        let total = plan.result_bytes.iter().fold(own, |sum, bytes| sum.saturating_add(*bytes));
        let (in_use, limit) = (context.in_use(), context.limit());
        if total > limit.saturating_sub(in_use) {
            let (device, peak) = (context.name().to_string(), plan.peak_bytes().saturating_add(program.scratch));
            return Err(Error::MemoryLimit { device, peak, wanted: total, in_use, limit });
        }
        let inputs = inputs.iter().map(|input| match input.as_cuda() {
            Some(memory) if memory.is_on(context) => Ok(memory.clone()),
            Some(_) => Err(internal("an input is on another device")),
            None => {
                let memory = DeviceMemory::new(context, input.ty().bytes(), "an input")?;
                memory.upload(input.bytes())?;
                Ok(Arc::new(memory))
            }
        });
        let inputs: Vec<Arc<DeviceMemory>> = inputs.collect::<Result<_, Error>>()?;
        let mut doubts: Vec<Arc<Doubt>> = Vec::new();
        for doubt in inputs.iter().flat_map(|input| input.doubts()) {
            if !doubts.iter().any(|have| Arc::ptr_eq(have, doubt)) {
                doubts.push(doubt.clone());
            }
        }
        if !program.checked.is_empty() {
            let words = DeviceMemory::new(context, 16 * program.checked.len(), "the checks of a graph")?;
            // SAFETY: the memory has this many bytes. All ones is behind every place.
            unsafe { context.driver.fill(Queue::Run, words.address(), 0xFF, words.len()) }
                .map_err(|f| context.fault(f))?;
            doubts.push(Arc::new(Doubt { words, steps: program.checked.clone() }));
        }
        let arena = DeviceMemory::new(context, plan.arena, "a graph")?;
        let scratch = DeviceMemory::new(context, program.scratch, "a graph")?;
        let results = plan.result_bytes.iter().map(|&bytes| DeviceMemory::new(context, bytes, "a graph"));
        Ok(Run { program, params, inputs, arena, scratch, results: results.collect::<Result<_, _>>()?, doubts })
    }

    fn at(&self, place: Place) -> Result<Address, Error> {
        match place {
            Place::Input(slot) => Ok(self.inputs[slot as usize].address()),
            Place::Temp { offset } if offset <= self.arena.len() => Ok(self.arena.address() + offset as u64),
            Place::Result(slot) => Ok(self.results[slot as usize].address()),
            place => Err(internal(format!("the arena ends before {place:?}"))),
        }
    }

    fn finish(mut self, meter: &mut Meter) -> Result<Vec<Buffer>, Error> {
        let program = self.program;
        match meter.is_heard() {
            true => self.queue_heard(meter)?,
            false => self.queue_steps()?,
        }
        let doubts = std::mem::take(&mut self.doubts);
        for result in &mut self.results {
            result.doubt(&doubts);
        }
        let plan = &program.program.main;
        let kept: Vec<Arc<DeviceMemory>> = self.results.into_iter().map(Arc::new).collect();
        let values = plan.graph.results().iter().zip(&plan.results);
        let buffers = values.map(|(&value, place)| {
            let ty = plan.graph.ty(value).clone();
            match *place {
                Place::Input(slot) if self.inputs[slot as usize].len() == ty.bytes() => {
                    Ok(Buffer::cuda(ty, self.inputs[slot as usize].clone()))
                }
                Place::Result(slot) if kept[slot as usize].len() == ty.bytes() => {
                    Ok(Buffer::cuda(ty, kept[slot as usize].clone()))
                }
                Place::Temp { offset } if offset + ty.bytes() <= self.arena.len() => {
                    let mut copy = DeviceMemory::new(&program.context, ty.bytes(), "a result")?;
                    copy.doubt(&doubts);
                    let from = self.arena.address() + offset as u64;
                    // SAFETY: both have this many bytes.
                    unsafe { program.context.driver.copy(Queue::Run, from, copy.address(), ty.bytes()) }
                        .map_err(|failure| program.context.fault(failure))?;
                    Ok(Buffer::cuda(ty, Arc::new(copy)))
                }
                place => Err(internal(format!("a result of type {ty} does not fit {place:?}"))),
            }
        });
        buffers.collect()
    }

    /// Queues one step after the other, each of them announced.
    fn queue_heard(&self, meter: &mut Meter) -> Result<(), Error> {
        let plan = &self.program.program.main;
        let lines = plan.graph.describe(plan.steps.iter().map(|step| step.node));
        self.program.steps.iter().zip(&lines).try_for_each(|(prepared, line)| {
            meter.step(|| line);
            self.step(Queue::Run, prepared)
        })
    }

    /// Queues all steps: as a recording where an earlier run had the same memory and parameters.
    fn queue_steps(&self) -> Result<(), Error> {
        let program = self.program;
        let steps = |queue| program.steps.iter().try_for_each(|prepared| self.step(queue, prepared));
        if !program.is_recordable {
            return steps(Queue::Run);
        }
        let driver = &program.context.driver;
        let fault = |failure| program.context.fault(failure);
        let key = self.key();
        let mut recordings = program.recordings.lock().unwrap_or_else(PoisonError::into_inner);
        let known = recordings.kept.iter().position(|(have, _)| *have == key);
        let recording = match known {
            Some(at) => recordings.kept.remove(at).1,
            None if recordings.seen.contains(&key) => driver.record(|| steps(Queue::Record)).map_err(fault)??,
            None => {
                recordings.seen.push(key);
                if recordings.seen.len() > MOST_RECORDINGS {
                    recordings.seen.remove(0);
                }
                return steps(Queue::Run);
            }
        };
        // SAFETY: all addresses are those of this run, and parameters are in the launches.
        let replayed = unsafe { driver.replay(&recording) }.map_err(fault);
        recordings.kept.push((key, recording));
        if recordings.kept.len() > MOST_RECORDINGS {
            recordings.kept.remove(0);
        }
        replayed
    }

    /// Every address and every parameter that the steps use.
    fn key(&self) -> Vec<u64> {
        let own = [self.arena.address(), self.scratch.address(), self.status()];
        let inputs = self.inputs.iter().map(|input| input.address());
        let results = self.results.iter().map(DeviceMemory::address);
        let params = self.params.iter().flat_map(|param| bytemuck::cast::<[u8; 16], [u64; 2]>(param.to_bytes()));
        own.into_iter().chain(inputs).chain(results).chain(params).collect()
    }

    fn status(&self) -> Address {
        self.doubts.last().map_or(0, |doubt| doubt.words.address())
    }

    fn step(&self, queue: Queue, prepared: &Prepared) -> Result<(), Error> {
        let program = self.program;
        // Scalars that a step reads from memory get a place for its length.
        let mut scalars: SmallVec<[DeviceMemory; 2]> = SmallVec::new();
        let operands = prepared.operands.iter().map(|operand| {
            let scalar = match operand {
                Operand::Memory(place) => return self.at(*place),
                Operand::Literal(scalar) => *scalar,
                Operand::Param(slot) => self.params[*slot as usize],
            };
            let memory = DeviceMemory::new(&program.context, scalar.dtype().bytes(), "a number")?;
            memory.upload(&scalar.to_bytes()[..scalar.dtype().bytes()])?;
            let address = memory.address();
            scalars.push(memory);
            Ok(address)
        });
        let operands = operands.collect::<Result<_, Error>>()?;
        let results = prepared.results.iter().map(|&place| self.at(place)).collect::<Result<_, _>>()?;
        let step = Step {
            context: &program.context,
            functions: &program.functions,
            operands,
            results,
            params: self.params,
            scratch: self.scratch.address(),
            queue,
            status: self.status(),
        };
        // SAFETY: the plan gives every value memory of its size that no other live value uses, except where a step
        // overwrites an operand element by element; kernels were lowered for these types, and the stream keeps the order.
        unsafe {
            match &prepared.lowered {
                Lowered::Map(map) => map.run(&step, &step.operands, None, &step.results),
                Lowered::Reduce(reduction) => reduction.run(&step),
                Lowered::Lines(lines) => lines.run(&step),
                Lowered::Library(library) => library.run(&step),
            }
        }
    }
}
