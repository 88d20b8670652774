//! One run of a version: memory, steps queued one by one or replayed, results.

use super::driver::{Address, Queue};
use super::internal;
use super::memory::{DeviceMemory, Doubt};
use super::step::Step;
use super::version::{Lowered, Operand, Prepared, Version};
use crate::{Buffer, Error, Meter};
use ondine_compiler::Place;
use ondine_ir::Scalar;
use smallvec::SmallVec;
use std::sync::{Arc, PoisonError};

/// One run of a plan, with its memory.
pub(super) struct Run<'a> {
    version: &'a Version,
    params: &'a [Scalar],
    inputs: Vec<Arc<DeviceMemory>>,
    arena: DeviceMemory,
    scratch: DeviceMemory,
    results: Vec<DeviceMemory>,
    doubts: Vec<Arc<Doubt>>,
}

impl<'a> Run<'a> {
    /// Takes all memory before anything is queued.
    pub(super) fn new(version: &'a Version, inputs: &[Buffer], params: &'a [Scalar]) -> Result<Run<'a>, Error> {
        let (context, plan) = (&version.context, &version.plan);
        let own = plan.arena.saturating_add(version.scratch);
        let total = plan.result_bytes.iter().fold(own, |sum, bytes| sum.saturating_add(*bytes));
        let (in_use, limit) = (context.in_use(), context.limit());
        if total > limit.saturating_sub(in_use) {
            let (device, peak) = (context.name().to_string(), plan.peak_bytes().saturating_add(version.scratch));
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
        if !version.checked.is_empty() {
            let words = DeviceMemory::new(context, 16 * version.checked.len(), "the checks of a graph")?;
            // SAFETY: the memory has this many bytes. All ones is behind every place.
            unsafe { context.driver.fill(Queue::Run, words.address(), 0xFF, words.len()) }
                .map_err(|f| context.fault(f))?;
            doubts.push(Arc::new(Doubt { words, steps: version.checked.clone() }));
        }
        let arena = DeviceMemory::new(context, plan.arena, "a graph")?;
        let scratch = DeviceMemory::new(context, version.scratch, "a graph")?;
        let results = plan.result_bytes.iter().map(|&bytes| DeviceMemory::new(context, bytes, "a graph"));
        Ok(Run { version, params, inputs, arena, scratch, results: results.collect::<Result<_, _>>()?, doubts })
    }

    fn at(&self, place: Place) -> Result<Address, Error> {
        match place {
            Place::Input(slot) => Ok(self.inputs[slot as usize].address()),
            Place::Temp { offset } if offset <= self.arena.len() => Ok(self.arena.address() + offset as u64),
            Place::Result(slot) => Ok(self.results[slot as usize].address()),
            place => Err(internal(format!("the arena ends before {place:?}"))),
        }
    }

    pub(super) fn finish(mut self, meter: &mut Meter) -> Result<Vec<Buffer>, Error> {
        let version = self.version;
        match meter.is_heard() {
            true => self.queue_heard(meter)?,
            false => self.queue_steps()?,
        }
        let doubts = std::mem::take(&mut self.doubts);
        for result in &mut self.results {
            result.doubt(&doubts);
        }
        let plan = &version.plan;
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
                    let mut copy = DeviceMemory::new(&version.context, ty.bytes(), "a result")?;
                    copy.doubt(&doubts);
                    let from = self.arena.address() + offset as u64;
                    // SAFETY: both have this many bytes.
                    unsafe { version.context.driver.copy(Queue::Run, from, copy.address(), ty.bytes()) }
                        .map_err(|failure| version.context.fault(failure))?;
                    Ok(Buffer::cuda(ty, Arc::new(copy)))
                }
                place => Err(internal(format!("a result of type {ty} does not fit {place:?}"))),
            }
        });
        buffers.collect()
    }

    /// Queues one step after the other, each of them announced.
    fn queue_heard(&self, meter: &mut Meter) -> Result<(), Error> {
        let plan = &self.version.plan;
        let lines = plan.graph.describe(plan.steps.iter().map(|step| step.node));
        self.version.steps.iter().zip(&lines).try_for_each(|(prepared, line)| {
            meter.step(|| line);
            self.step(Queue::Run, prepared)
        })
    }

    /// Queues all steps: as a recording where an earlier run had the same memory and parameters.
    fn queue_steps(&self) -> Result<(), Error> {
        let version = self.version;
        let steps = |queue| version.steps.iter().try_for_each(|prepared| self.step(queue, prepared));
        let replayed = version.is_recordable && {
            let mut recordings = version.recordings.lock().unwrap_or_else(PoisonError::into_inner);
            // SAFETY: the key holds the addresses of all memory of this run.
            unsafe { recordings.replay(&version.context.driver, &version.turn, self.key(), || steps(Queue::Record)) }
        };
        if replayed { Ok(()) } else { steps(Queue::Run) }
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
        let version = self.version;
        // Scalars that a step reads from memory get a place for its length.
        let mut scalars: SmallVec<[DeviceMemory; 2]> = SmallVec::new();
        let operands = prepared.operands.iter().map(|operand| {
            let scalar = match operand {
                Operand::Memory(place) => return self.at(*place),
                Operand::Literal(scalar) => *scalar,
                Operand::Param(slot) => self.params[*slot as usize],
            };
            let memory = DeviceMemory::new(&version.context, scalar.dtype().bytes(), "a number")?;
            memory.upload(&scalar.to_bytes()[..scalar.dtype().bytes()])?;
            let address = memory.address();
            scalars.push(memory);
            Ok(address)
        });
        let operands = operands.collect::<Result<_, Error>>()?;
        let results = prepared.results.iter().map(|&place| self.at(place)).collect::<Result<_, _>>()?;
        let step = Step {
            context: &version.context,
            functions: &version.functions,
            operands,
            results,
            params: self.params,
            turn: &version.turn,
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
                Lowered::Rows(rows) => rows.run(&step),
                Lowered::Lines(lines) => lines.run(&step),
                Lowered::Library(library) => library.run(&step),
            }
        }
    }
}
