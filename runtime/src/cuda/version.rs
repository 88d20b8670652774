//! One way to run a graph: a plan with every kernel lowered and compiled.

use super::callback::Callback;
use super::context::Context;
use super::driver::Function;
use super::internal;
use super::library::Library;
use super::lines::Lines;
use super::map::{Kernels, Map, Scratch};
use super::recordings::Recordings;
use super::reduce::Reduction;
use super::rows::RowSweep;
use super::run::Run;
use crate::{Buffer, Error, Meter};
use ondine_codegen::cuda::Kernel;
use ondine_compiler::{Place, Plan};
use ondine_ir::{Anchor, Op, Scalar, Type, Value};
use smallvec::SmallVec;
use std::sync::{Arc, Mutex, PoisonError};

/// A plan ready to run.
pub(super) struct Version {
    pub(super) context: Arc<Context>,
    pub(super) plan: Plan,
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
    Rows(RowSweep),
    Lines(Box<Lines>),
    Library(Library),
}

impl Prepared {
    /// True if the step neither allocates nor copies from the host.
    fn is_recordable(&self) -> bool {
        let is_direct = match &self.lowered {
            Lowered::Map(map) => map.is_direct(),
            Lowered::Reduce(reduction) => reduction.is_direct(),
            Lowered::Rows(rows) => rows.is_direct(),
            Lowered::Lines(lines) => lines.is_direct(),
            Lowered::Library(_) => true,
        };
        // Numbers that maps and reductions take travel with their launches.
        is_direct && self.operands.iter().all(|operand| matches!(operand, Operand::Memory(_)))
    }
}

impl Version {
    /// Lowers a plan and compiles its kernels. `callbacks` says whether the library is to call regions.
    pub(super) fn new(context: Arc<Context>, plan: Plan, callbacks: bool) -> Result<Version, Error> {
        let graph = &plan.graph;
        let place = |value: Value| {
            let missing = || internal(format!("the plan has no place for {value:?}"));
            plan.places.get(&value).copied().ok_or_else(missing)
        };
        let operand = |value: Value| match graph.op(value) {
            Op::Literal(scalar) => Ok(Operand::Literal(*scalar)),
            Op::Param { slot, .. } => Ok(Operand::Param(*slot)),
            _ => place(value).map(Operand::Memory),
        };
        let mut kernels = Kernels::default();
        let mut checked = Vec::new();
        let mut most = 0;
        let steps = plan.steps.iter().map(|step| {
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
                    Anchor::Rows(rows) => {
                        let (is_aliased, kernels) = (step.donated.is_some(), &mut kernels);
                        Lowered::Rows(RowSweep::new(kernel, rows, &types, is_aliased, kernels, &mut scratch))
                    }
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
        // One launch is as fast as a recording of it; a transform is several, and so are rows apart.
        let is_single =
            steps.len() == 1 && !matches!(steps[0].lowered, Lowered::Lines(_) | Lowered::Rows(RowSweep::Apart(..)));
        let is_recordable = !is_single && steps.iter().all(Prepared::is_recordable);
        let functions = context.functions(&kernels.0)?;
        Ok(Version {
            context,
            plan,
            steps,
            functions,
            kernels,
            turn: Mutex::default(),
            checked,
            scratch,
            is_recordable,
            recordings: Mutex::default(),
        })
    }

    /// Runs it once, with its steps, which the meter expects, counted. Inputs and parameters are those of the plan; so are the results.
    pub(super) fn run(&self, meter: &mut Meter, inputs: &[Buffer], params: &[Scalar]) -> Result<Vec<Buffer>, Error> {
        self.check_arguments(inputs, params)?;
        Run::new(self, inputs, params)?.finish(meter)
    }

    /// Forgets what was recorded. What is under way runs to its end.
    pub(super) fn forget_recordings(&self) {
        *self.recordings.lock().unwrap_or_else(PoisonError::into_inner) = Recordings::default();
    }

    /// The transforms, by step.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &Lines)> {
        let steps = self.steps.iter().enumerate();
        steps.filter_map(
            |(at, step)| if let Lowered::Lines(lines) = &step.lowered { Some((at, &**lines)) } else { None },
        )
    }

    fn check_arguments(&self, inputs: &[Buffer], params: &[Scalar]) -> Result<(), Error> {
        let graph = &self.plan.graph;
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

    /// The regions that run inside the library.
    pub(super) fn callbacks(&self) -> impl Iterator<Item = &Callback> {
        self.lines().flat_map(|(_, lines)| lines.callbacks())
    }

    /// The code of its kernels, for people.
    pub(super) fn code(&self) -> String {
        let callbacks = self.callbacks().map(Callback::text);
        self.kernels.0.iter().map(Kernel::text).chain(callbacks).collect::<Vec<_>>().join("\n")
    }

    /// What became of the regions around its transforms, for people.
    pub(super) fn notes(&self) -> Vec<String> {
        let of_step = |(at, lines)| Lines::notes(lines).map(move |note| format!("step {at}: {note}"));
        self.lines().flat_map(of_step).collect()
    }
}

impl Drop for Version {
    fn drop(&mut self) {
        // The library knows nothing of the transforms of a recording that is under way, whose plans go now.
        let recordings = self.recordings.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !recordings.is_empty() {
            // A device that has failed runs nothing any more.
            let _ = self.context.driver.synchronize();
        }
    }
}
