//! A plan ready to run: every kernel lowered once, then walked step by step.

use super::lines::Lines;
use super::map::Stores;
use super::pool::Pool;
use super::reduce::Reduction;
use super::rows::RowSweep;
use super::storage::{Code, Slot};
use super::watch::Watch;
use super::{Cpu, HostMemory, internal, library};
use crate::setup::Setup;
use crate::{Buffer, Error, Executable, Meter, trace};
use ondine_codegen::nest::Layout;
use ondine_compiler::{Guard, Licences, Place, Plan, Program, Target};
use ondine_ir::{Anchor, Kernel, NodeId, Op, Scalar, Type, Value};
use smallvec::SmallVec;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// A program of the `cpu` device.
pub(super) struct CpuProgram {
    cpu: &'static Cpu,
    program: Program,
    steps: Vec<Prepared>,
    setup: Option<Setup>,
    /// The dump line of every step, and the bytes that it reads and writes; made for the first run that is traced or heard.
    story: OnceLock<Vec<(String, [u64; 2])>>,
    /// Compiled when the guard first fails.
    fallback: OnceLock<Result<Box<CpuProgram>, Error>>,
}

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
    Map(Stores),
    Reduce(Box<Reduction>),
    Rows(RowSweep),
    Lines(Lines),
    Library,
    /// Another step does it on its way.
    Elsewhere,
}

impl Lowered {
    fn codes(&self) -> Vec<&Code> {
        match self {
            Lowered::Map(stores) => stores.nests().map(|(code, _)| code).collect(),
            Lowered::Reduce(reduction) => reduction.codes(),
            Lowered::Rows(rows) => rows.codes(),
            Lowered::Lines(lines) => lines.codes(),
            Lowered::Library | Lowered::Elsewhere => Vec::new(),
        }
    }
}

/// What a kernel is run on.
pub(super) struct Launch<'a> {
    pub(super) cpu: &'a Cpu,
    pub(super) operands: SmallVec<[Slot; 8]>,
    pub(super) results: SmallVec<[Slot; 2]>,
    pub(super) params: &'a [Scalar],
}

impl CpuProgram {
    pub(super) fn new(cpu: &'static Cpu, program: Program) -> Result<CpuProgram, Error> {
        let setup = match &program.main.setup {
            None => None,
            Some(setup) => {
                let program = Program { main: Plan::clone(setup), guard: None };
                Some(Setup::new(setup.graph.name(), CpuProgram::new(cpu, program)?))
            }
        };
        let graph = &program.main.graph;
        let place = |value: Value| {
            let missing = || internal(format!("the plan has no place for {value:?}"));
            program.main.places.get(&value).copied().ok_or_else(missing)
        };
        // Scalars have no memory of their own.
        let operand = |value: Value| match graph.op(value) {
            Op::Literal(scalar) => Ok(Operand::Literal(*scalar)),
            Op::Param { slot, .. } => Ok(Operand::Param(*slot)),
            _ => place(value).map(Operand::Memory),
        };
        let steps = program.main.steps.iter().map(|step| {
            let node = graph.node(step.node);
            let types: Vec<Type> = node.inputs.iter().map(|&value| graph.ty(value).clone()).collect();
            let lowered = match &node.op {
                Op::Kernel(kernel) => {
                    let layout = |value: Value, ty: &Type| match program.main.layouts.get(&value) {
                        Some(layout) => Layout::new(layout.strides.iter().copied()),
                        None => Layout::dense(&ty.shape),
                    };
                    let operands = node.inputs.iter().zip(&types).map(|(&value, ty)| layout(value, ty));
                    let results =
                        node.outputs.iter().zip(0..).map(|(ty, output)| layout(Value { node: step.node, output }, ty));
                    {
                        let layouts = (operands.collect(), results.collect());
                        lower(cpu, kernel, &types, layouts, program.main.licences)?
                    }
                }
                Op::Gather { .. }
                | Op::Scatter { .. }
                | Op::SearchSorted { .. }
                | Op::Sort(_)
                | Op::Matmul
                | Op::Linalg(_)
                | Op::Scan(_) => Lowered::Library,
                op => return Err(internal(format!("the plan has a step {} that the cpu does not run", op.name(&[])))),
            };
            let outputs = 0..node.outputs.len() as u8;
            Ok(Prepared {
                lowered,
                operands: node.inputs.iter().map(|&value| operand(value)).collect::<Result<_, _>>()?,
                results: outputs.map(|output| place(Value { node: step.node, output })).collect::<Result<_, _>>()?,
            })
        });
        let mut steps = steps.collect::<Result<Vec<_>, Error>>()?;
        join_tests(&program.main, &mut steps);
        Ok(CpuProgram { cpu, program, steps, setup, story: OnceLock::new(), fallback: OnceLock::new() })
    }

    /// The most bytes of scratch memory that a step takes.
    fn scratch(&self) -> usize {
        let threads = self.cpu.threads();
        let bytes = |step: &Prepared| match &step.lowered {
            Lowered::Lines(lines) => lines.scratch_bytes(threads),
            _ => 0,
        };
        self.steps.iter().map(bytes).max().unwrap_or(0)
    }

    fn story(&self) -> &[(String, [u64; 2])] {
        self.story.get_or_init(|| {
            let plan = &self.program.main;
            let lines = plan.graph.describe(plan.steps.iter().map(|step| step.node));
            let moved = plan.steps.iter().map(|step| plan.bytes_moved(step));
            lines.into_iter().zip(moved.map(|(read, written)| [read as u64, written as u64])).collect()
        })
    }

    fn fallback(&self, guard: &Guard) -> Result<&CpuProgram, Error> {
        let compiled = self.fallback.get_or_init(|| {
            let program = ondine_compiler::compile(&guard.fallback, &Target::CPU, &guard.options, &mut |_| {})?;
            CpuProgram::new(self.cpu, program).map(Box::new)
        });
        compiled.as_ref().map(|program| &**program).map_err(Clone::clone)
    }
}

impl Executable for CpuProgram {
    fn run_on(&self, meter: &mut Meter, inputs: &[Buffer], params: &[Scalar]) -> Result<Vec<Buffer>, Error> {
        meter.expect(self.steps.len());
        let mut results = match &self.setup {
            None => Run::new(&self.program.main, self.scratch(), inputs, params)?.finish(self, meter)?,
            Some(setup) => {
                let all = [inputs, &setup.constants(meter)?].concat();
                Run::new(&self.program.main, self.scratch(), &all, params)?.finish(self, meter)?
            }
        };
        if let Some(guard) = &self.program.guard {
            let flag = results.remove(guard.flag);
            if flag.bytes().first() != Some(&1) {
                return self.fallback(guard)?.run_on(meter, inputs, params);
            }
        }
        Ok(results)
    }

    fn plan(&self) -> Option<&Plan> {
        Some(&self.program.main)
    }

    fn code(&self) -> Option<String> {
        let mut text = String::new();
        for (line, step) in self.story().iter().map(|(line, _)| line).zip(&self.steps) {
            for code in step.lowered.codes() {
                text.push_str(&format!("{line}\n{}\n", code.text()));
            }
        }
        Some(text)
    }
}

/// Lets sweeps test the inputs that they read, instead of steps that do nothing else.
fn join_tests(plan: &Plan, steps: &mut [Prepared]) {
    let graph = &plan.graph;
    let kernel = |at: usize| match graph.node(plan.steps[at].node).op {
        Op::Kernel(ref kernel) => Some(&**kernel),
        _ => None,
    };
    for test in 0..steps.len() {
        let Some(kernel_of_test) = kernel(test) else { continue };
        let Some(operand) = Watch::tested(kernel_of_test) else { continue };
        let (Operand::Memory(input @ Place::Input(_)), [result @ Place::Result(_)]) =
            (steps[test].operands[operand as usize], &steps[test].results[..])
        else {
            continue;
        };
        let result = *result;
        let passes = |at: &usize| {
            let Lowered::Lines(Lines { watch: None, .. }) = steps[*at].lowered else { return false };
            let is_input = |operand: &Operand| matches!(operand, Operand::Memory(place) if *place == input);
            let read = steps[*at].operands.iter().position(is_input);
            kernel(*at).zip(read).is_some_and(|(kernel, read)| Watch::passes(kernel, read as u32))
        };
        let Some(sweep) = (0..steps.len()).find(passes) else { continue };
        let types: Vec<Type> =
            graph.node(plan.steps[test].node).inputs.iter().map(|&value| graph.ty(value).clone()).collect();
        let (first, last) = (steps[sweep].operands.len(), steps[sweep].results.len());
        let Lowered::Lines(lines) = &mut steps[sweep].lowered else { continue };
        if !Watch::join(lines, kernel_of_test, &types, first, last) {
            continue;
        }
        let operands = std::mem::take(&mut steps[test].operands);
        steps[test].results.clear();
        steps[test].lowered = Lowered::Elsewhere;
        steps[sweep].operands.extend(operands);
        steps[sweep].results.push(result);
    }
}

fn lower(
    cpu: &Cpu,
    kernel: &Kernel,
    operands: &[Type],
    (layouts, results): (Vec<Layout>, Vec<Layout>),
    licences: Licences,
) -> Result<Lowered, Error> {
    match &kernel.anchor {
        Anchor::Map => Ok(Lowered::Map(Stores::new(&kernel.stores, operands, None))),
        Anchor::Reduce(reduce) => Ok(Lowered::Reduce(Box::new(Reduction::new(kernel, reduce, operands)))),
        Anchor::Rows(rows) => Ok(Lowered::Rows(RowSweep::new(kernel, rows, operands))),
        Anchor::Lines(lines) => {
            let operands: Vec<(Type, Layout)> = operands.iter().cloned().zip(layouts).collect();
            Ok(Lowered::Lines(Lines::new(cpu, kernel, lines, &operands, &results, licences)?))
        }
    }
}

/// One run of a plan, with its memory.
struct Run<'a> {
    plan: &'a Plan,
    inputs: &'a [Buffer],
    params: &'a [Scalar],
    arena: HostMemory,
    results: Vec<HostMemory>,
}

impl<'a> Run<'a> {
    /// Takes all memory before anything runs, but for the `scratch` bytes of one step, which are counted.
    fn new(plan: &'a Plan, scratch: usize, inputs: &'a [Buffer], params: &'a [Scalar]) -> Result<Run<'a>, Error> {
        let kept = plan.arena.saturating_add(scratch);
        let total = plan.result_bytes.iter().fold(kept, |sum, bytes| sum.saturating_add(*bytes));
        let lacking = || Error::OutOfMemory { device: Target::CPU.name.into(), bytes: total, what: "a graph" };
        let (in_use, limit) = (Pool::shared().in_use(), Pool::shared().limit());
        if total > limit.saturating_sub(in_use) {
            let (device, peak) = (Target::CPU.name.into(), plan.peak_bytes().saturating_add(scratch));
            return Err(Error::MemoryLimit { device, peak, wanted: total, in_use, limit });
        }
        let take = |bytes: usize| {
            if total > isize::MAX as usize {
                return Err(lacking());
            }
            // SAFETY: the steps of a plan write every value in full before another reads it, and every result.
            unsafe { HostMemory::unwritten(bytes) }.ok_or_else(lacking)
        };
        let graph = &plan.graph;
        for (slot, input) in graph.inputs().iter().enumerate() {
            let ty = graph.ty(input.node.into());
            if inputs.get(slot).map(Buffer::ty) != Some(ty) {
                return Err(internal(format!("input {slot} is not a {ty}")));
            }
        }
        if params.len() != graph.params().len()
            || params.iter().zip(graph.params()).any(|(param, dtype)| param.dtype() != *dtype)
        {
            return Err(internal("the parameters are not those of the graph"));
        }
        let results = plan.result_bytes.iter().map(|&bytes| take(bytes)).collect::<Result<_, _>>()?;
        Ok(Run { plan, inputs, params, arena: take(plan.arena)?, results })
    }

    fn at(&self, place: Place) -> Result<Slot, Error> {
        let missing = || internal(format!("the plan names {place:?}, which does not exist"));
        match place {
            Place::Input(slot) => Ok(Slot::new(self.inputs.get(slot as usize).ok_or_else(missing)?.as_host().start())),
            Place::Temp { offset } if offset <= self.plan.arena => {
                Ok(Slot::new(self.arena.start().wrapping_add(offset)))
            }
            Place::Temp { .. } => Err(missing()),
            Place::Result(slot) => Ok(Slot::new(self.results.get(slot as usize).ok_or_else(missing)?.start())),
        }
    }

    fn finish(self, program: &CpuProgram, meter: &mut Meter) -> Result<Vec<Buffer>, Error> {
        for (at, (step, prepared)) in self.plan.steps.iter().zip(&program.steps).enumerate() {
            meter.step(|| &program.story()[at].0);
            let Some(trace) = trace() else {
                self.step(program.cpu, step.node, prepared)?;
                continue;
            };
            let (line, [read, written]) = &program.story()[at];
            let start = Instant::now();
            self.step(program.cpu, step.node, prepared)?;
            trace.span("step", line, start, &[("read", *read), ("written", *written)]);
        }
        let kept: Vec<Arc<HostMemory>> = self.results.into_iter().map(Arc::new).collect();
        let graph = &self.plan.graph;
        let values = graph.results().iter().zip(&self.plan.results);
        let buffers = values.map(|(&value, place)| {
            let ty = graph.ty(value).clone();
            match *place {
                // A reshape of an input is its memory under another type.
                Place::Input(slot) if self.inputs[slot as usize].ty().bytes() == ty.bytes() => {
                    Ok(Buffer::host(ty, self.inputs[slot as usize].as_host().clone()))
                }
                Place::Result(slot) if kept[slot as usize].len() == ty.bytes() => {
                    Ok(Buffer::host(ty, kept[slot as usize].clone()))
                }
                Place::Temp { offset } if offset + ty.bytes() <= self.plan.arena => {
                    let lacking =
                        || Error::OutOfMemory { device: Target::CPU.name.into(), bytes: ty.bytes(), what: "a result" };
                    // SAFETY: the copy below writes every byte.
                    let mut copy = unsafe { HostMemory::unwritten(ty.bytes()) }.ok_or_else(lacking)?;
                    // SAFETY: the arena has this many bytes here, and a step has written them.
                    let from = unsafe { std::slice::from_raw_parts(self.arena.start().add(offset), ty.bytes()) };
                    copy.as_bytes_mut().copy_from_slice(from);
                    Ok(Buffer::host(ty, Arc::new(copy)))
                }
                place => Err(internal(format!("a result of type {ty} does not fit {place:?}"))),
            }
        });
        buffers.collect()
    }

    fn step(&self, cpu: &Cpu, id: NodeId, prepared: &Prepared) -> Result<(), Error> {
        // Scalars get a place for the length of the step: all of them before any address is taken.
        let scalar = |operand: &Operand| match operand {
            Operand::Literal(scalar) => Some(*scalar),
            Operand::Param(slot) => Some(self.params[*slot as usize]),
            Operand::Memory(_) => None,
        };
        let words = |scalar: Scalar| bytemuck::cast::<[u8; 16], [u64; 2]>(scalar.to_bytes());
        let mut scalars: SmallVec<[[u64; 2]; 4]> = prepared.operands.iter().filter_map(scalar).map(words).collect();
        let mut words = scalars.iter_mut();
        let operands = prepared.operands.iter().map(|operand| match operand {
            Operand::Memory(place) => self.at(*place),
            _ => Ok(Slot::new(words.next().expect("every scalar has its words").as_mut_ptr().cast())),
        });
        let operands = operands.collect::<Result<_, _>>()?;
        let results = prepared.results.iter().map(|&place| self.at(place)).collect::<Result<_, _>>()?;
        let launch = Launch { cpu, operands, results, params: self.params };
        // SAFETY: the plan gives every value memory of its size that no other live value uses, except where a step
        // overwrites an operand element by element; kernels were lowered for these types.
        unsafe {
            match &prepared.lowered {
                Lowered::Map(stores) => stores.run(&launch, None),
                Lowered::Reduce(reduction) => reduction.run(&launch)?,
                Lowered::Rows(rows) => rows.run(&launch)?,
                Lowered::Lines(lines) => lines.run(&launch)?,
                Lowered::Elsewhere => {}
                Lowered::Library => {
                    let graph = &self.plan.graph;
                    let node = graph.node(id);
                    let types: Vec<&Type> = node.inputs.iter().map(|&value| graph.ty(value)).collect();
                    library::run(&node.op, &types, &node.outputs, &launch)?;
                }
            }
        }
        drop(scalars);
        Ok(())
    }
}
