//! A plan ready to run: every kernel lowered and compiled once, then queued step by step.

use super::callback::Callback;
use super::context::Context;
use super::driver::{Address, Function, Queue};
use super::internal;
use super::library::Library;
use super::lines::Lines;
use super::map::{At, Kernels, Map, Scratch, Spot};
use super::memory::DeviceMemory;
use super::recordings::Recordings;
use super::reduce::Reduction;
use super::run::Run;
use crate::setup::Setup;
use crate::{Buffer, Error, Executable, Meter};
use ondine_codegen::cuda::{self, Kernel, THREADS};
use ondine_compiler::{Guard, Options, Place, Plan, Program, Target};
use ondine_ir::{Anchor, Op, Scalar, Type, Value};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A program of a `cuda` device.
pub(super) struct CudaProgram {
    pub(super) context: Arc<Context>,
    pub(super) program: Program,
    setup: Option<Setup>,
    pub(super) steps: Vec<Prepared>,
    pub(super) functions: Vec<Function>,
    kernels: Kernels,
    /// Held from writing what a callback reads until it is queued.
    pub(super) turn: Mutex<()>,
    /// The ops whose positions are checked while they run, with the number of positions and the extent.
    pub(super) checked: Vec<(&'static str, usize, usize)>,
    /// Bytes of scratch memory; steps use it one after the other.
    pub(super) scratch: usize,
    /// True if steps neither allocate nor copy from the host, and all of them can be recorded.
    pub(super) is_recordable: bool,
    pub(super) recordings: Mutex<Recordings>,
    /// Compiled when the guard first fails.
    fallback: OnceLock<Result<Box<CudaProgram>, Error>>,
}

/// What the compiler is told of the device.
pub(super) fn target(options: &Options) -> &'static Target {
    if options.callbacks { &Target::CUDA_CALLBACKS } else { &Target::CUDA }
}

/// A step with everything that does not change from run to run.
pub(super) struct Prepared {
    pub(super) lowered: Lowered,
    pub(super) operands: SmallVec<[Operand; 4]>,
    pub(super) results: SmallVec<[Place; 2]>,
}

/// Where an operand is found.
#[derive(Clone, Copy)]
pub(super) enum Operand {
    Memory(Place),
    Literal(Scalar),
    Param(u32),
}

pub(super) enum Lowered {
    Map(Map),
    Reduce(Reduction),
    Lines(Box<Lines>),
    Library(Library),
}

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
    /// True if the step neither allocates nor copies from the host.
    fn is_recordable(&self) -> bool {
        let is_direct = match &self.lowered {
            Lowered::Map(map) => map.is_direct(),
            Lowered::Reduce(reduction) => reduction.is_direct(),
            Lowered::Lines(lines) => lines.is_direct(),
            Lowered::Library(_) => true,
        };
        // Numbers that maps and reductions take travel with their launches.
        is_direct && self.operands.iter().all(|operand| matches!(operand, Operand::Memory(_)))
    }
}

impl CudaProgram {
    pub(super) fn new(context: Arc<Context>, program: Program, callbacks: bool) -> Result<CudaProgram, Error> {
        let setup = match &program.main.setup {
            None => None,
            Some(setup) => {
                let program = Program { main: Plan::clone(setup), guard: None };
                Some(Setup::new(setup.graph.name(), CudaProgram::new(context.clone(), program, callbacks)?))
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
                        let (kernels, scratch) = (&mut kernels, &mut scratch);
                        let lines = Lines::new(&context, kernel, lines, &types, callbacks, kernels, scratch)?;
                        Lowered::Lines(Box::new(lines))
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
        // One launch is as fast as a recording of it; a transform is several.
        let is_single = steps.len() == 1 && !matches!(steps[0].lowered, Lowered::Lines(_));
        let is_recordable = !is_single && steps.iter().all(Prepared::is_recordable);
        let functions = context.functions(&kernels.0)?;
        Ok(CudaProgram {
            context,
            program,
            setup,
            steps,
            functions,
            kernels,
            turn: Mutex::default(),
            checked,
            scratch,
            is_recordable,
            recordings: Mutex::default(),
            fallback: OnceLock::new(),
        })
    }

    fn fallback(&self, guard: &Guard) -> Result<&CudaProgram, Error> {
        let compiled = self.fallback.get_or_init(|| {
            let program =
                ondine_compiler::compile(&guard.fallback, target(&guard.options), &guard.options, &mut |_| {})?;
            CudaProgram::new(self.context.clone(), program, guard.options.callbacks).map(Box::new)
        });
        compiled.as_ref().map(|program| &**program).map_err(Clone::clone)
    }

    /// The transforms, by step.
    fn lines(&self) -> impl Iterator<Item = (usize, &Lines)> {
        let steps = self.steps.iter().enumerate();
        steps.filter_map(
            |(at, step)| if let Lowered::Lines(lines) = &step.lowered { Some((at, &**lines)) } else { None },
        )
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

impl Drop for CudaProgram {
    fn drop(&mut self) {
        // The library knows nothing of the transforms of a recording that is under way, whose plans go now.
        let recordings = self.recordings.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !recordings.is_empty() {
            // A device that has failed runs nothing any more.
            let _ = self.context.driver.synchronize();
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
        let callbacks = self.lines().flat_map(|(_, lines)| lines.callbacks()).map(Callback::text);
        Some(self.kernels.0.iter().map(Kernel::text).chain(callbacks).collect::<Vec<_>>().join("\n"))
    }

    fn notes(&self) -> Vec<String> {
        let notes =
            |(at, lines): (usize, &Lines)| lines.notes.iter().map(|note| format!("step {at}: {note}")).collect();
        self.lines().flat_map(|step| -> Vec<String> { notes(step) }).collect()
    }
}
