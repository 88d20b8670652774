//! Evaluation: from pending results to ready ones. The only place where devices are asked to do something.

use crate::capture::{LIMIT, Walk, parts};
use crate::error::{ErrorKind, Failure};
use crate::explain::{counters, dump_directory};
use crate::lazy::{Body, Lazy};
use crate::program::with_program;
use crate::{guard, progress};
use ondine_ir::{Scalar, Type};
use ondine_runtime::{Buffer, Device, Error as RuntimeError, Executable, HostMemory, Meter, Options, trace};
use smallvec::SmallVec;
use std::sync::Arc;
use std::time::Instant;

/// Makes the results ready and places them; without a device, on their own or the default one.
pub(crate) fn evaluate(roots: &[Lazy], device: Option<&Device>, options: &Options) -> Result<(), Failure> {
    // Before any lock: who may not evaluate may be called by an evaluation that holds them.
    guard::check(roots)?;
    if roots.iter().all(|root| root.placed().is_some() && root.is_ready()) {
        let device = device.or(roots.first().and_then(Lazy::placed));
        return device.map_or(Ok(()), |device| roots.iter().try_for_each(|root| check_placement(root, device)));
    }
    progress::over(|| evaluate_pending(roots, device, options))
}

fn evaluate_pending(roots: &[Lazy], device: Option<&Device>, options: &Options) -> Result<(), Failure> {
    let mut sorted: Vec<Lazy> = roots.to_vec();
    sorted.sort_by_key(Lazy::address);
    sorted.dedup_by_key(|lazy| lazy.address());
    // In address order, so that two evaluations never wait for each other. Nothing that builds arrays takes these locks.
    let _guards: Vec<_> = sorted.iter().map(Lazy::lock_evaluation).collect();
    let device = match device {
        Some(device) => device.clone(),
        None => match roots.iter().find_map(Lazy::placed) {
            Some(device) => device.clone(),
            None => Walk::from(roots, false).placed.map_or_else(Device::default, Ok)?,
        },
    };
    for root in roots {
        check_placement(root, &device)?;
    }
    let mut pending: Vec<Lazy> = Vec::new();
    for root in roots {
        let scalar = root.read(|body| match body {
            Body::Scalar(scalar) => Some(*scalar),
            _ => None,
        });
        if let Some(scalar) = scalar {
            root.publish(device.backend().upload(&scalar_buffer(scalar)?)?, &device);
        } else if root.is_ready() {
            root.place(&device)?;
        } else if pending.iter().all(|other| other.address() != root.address()) {
            pending.push(root.clone());
        }
    }
    let mut walk = Walk::from(&pending, false);
    if !walk.transfers.is_empty() {
        complete_transfers(&pending)?;
        pending.retain(|root| !root.is_ready());
        walk = Walk::from(&pending, false);
    }
    if pending.is_empty() {
        return Ok(());
    }
    let buffers = compute(&pending, walk, &device, options)?;
    for (root, buffer) in pending.iter().zip(buffers) {
        root.publish(buffer, &device);
    }
    Ok(())
}

pub(crate) fn check_placement(lazy: &Lazy, device: &Device) -> Result<(), Failure> {
    match lazy.placed() {
        Some(at) if at != device => {
            Err(ErrorKind::Placement { operand: lazy.ty().clone(), at: at.to_string(), asked: device.to_string() }
                .into())
        }
        _ => Ok(()),
    }
}

pub(crate) fn scalar_buffer(scalar: Scalar) -> Result<Buffer, Failure> {
    let ty = Type::new(scalar.dtype(), []);
    let mut memory = HostMemory::zeroed(ty.bytes()).ok_or_else(|| RuntimeError::OutOfMemory {
        device: "host".to_string(),
        bytes: ty.bytes(),
        what: "a number",
    })?;
    memory.as_bytes_mut().copy_from_slice(&scalar.to_bytes()[..ty.bytes()]);
    Ok(Buffer::host(ty, Arc::new(memory)))
}

/// Makes every transfer that the results need, in topological order, so that none waits for another.
pub(crate) fn complete_transfers(roots: &[Lazy]) -> Result<(), Failure> {
    for transfer in Walk::from(roots, true).transfers {
        let source = transfer.read(|body| match body {
            Body::Transfer(source) => Some(source.clone()),
            _ => None,
        });
        let (Some(source), Some(target)) = (source, transfer.placed()) else { continue };
        let buffer = transferred(&source, target)?;
        transfer.publish(buffer, target);
    }
    Ok(())
}

/// The value of `source` in the memory of `target`. The source itself stays as it is.
fn transferred(source: &Lazy, target: &Device) -> Result<Buffer, Failure> {
    let scalar = source.read(|body| match body {
        Body::Scalar(scalar) => Some(*scalar),
        _ => None,
    });
    if let Some(scalar) = scalar {
        return Ok(target.backend().upload(&scalar_buffer(scalar)?)?);
    }
    let (from, buffer) = match source.any_buffer() {
        Some(found) => found,
        None => {
            let placed = source.placed().cloned().or_else(|| Walk::from(std::slice::from_ref(source), false).placed);
            let device = placed.unwrap_or_else(|| target.clone());
            let walk = Walk::from(std::slice::from_ref(source), false);
            let buffer = compute(std::slice::from_ref(source), walk, &device, &Options::default())?
                .pop()
                .expect("one result was asked for");
            (Some(device), buffer)
        }
    };
    match from {
        Some(from) if from == *target => Ok(buffer),
        Some(from) => {
            counters::add(&counters::TRANSFERS, 1);
            Ok(target.backend().upload(&from.backend().download(&buffer)?)?)
        }
        None => {
            counters::add(&counters::UPLOADS, 1);
            Ok(target.backend().upload(&buffer)?)
        }
    }
}

/// The values of pending results, found by a walk, on a device; published nowhere. Transfers are complete.
fn compute(roots: &[Lazy], walk: Walk, device: &Device, options: &Options) -> Result<Vec<Buffer>, Failure> {
    if let Some(placeholder) = walk.placeholder {
        return Err(ErrorKind::Traced { op: "eval", operand: placeholder.ty().clone() }.into());
    }
    let named = &roots[0];
    progress::heard(walk.order.len(), || name(named), |meter| compute_parts(roots, walk.order, device, options, meter))
}

/// The values of pending results from the nodes they need, captured as few graphs.
fn compute_parts(
    roots: &[Lazy],
    mut order: Vec<Lazy>,
    device: &Device,
    options: &Options,
    meter: &mut Meter,
) -> Result<Vec<Buffer>, Failure> {
    let mut run = |order: &[Lazy], results: &[Lazy]| run(order, results, &roots[0], device, options, meter);
    if order.len() <= LIMIT {
        return run(&order, roots);
    }
    let parts = parts(&order, roots, LIMIT);
    let mut done = 0;
    for part in &parts[..parts.len() - 1] {
        let frontier: Vec<Lazy> = part.frontier.iter().map(|&at| order[at - done].clone()).collect();
        let buffers = run(&order[..part.end - part.start], &frontier)?;
        for (lazy, buffer) in frontier.iter().zip(buffers) {
            lazy.publish(buffer, device);
        }
        // What the walk no longer holds, and nobody else, is freed before the next part runs.
        order.drain(..part.end - part.start);
        done = part.end;
    }
    run(&order, roots)
}

/// What the graph of a result is called.
fn name(result: &Lazy) -> String {
    result.label().filter(|label| !label.is_empty()).unwrap_or_else(|| "main".to_string())
}

/// Runs one graph, compiled now or earlier, under the name of an array.
fn run(
    order: &[Lazy],
    results: &[Lazy],
    named: &Lazy,
    device: &Device,
    options: &Options,
    meter: &mut Meter,
) -> Result<Vec<Buffer>, Failure> {
    let name = || name(named);
    let outputs = with_program(name, &[], order, results, device, options, |executable, linear| {
        let buffers = input_buffers(&linear.inputs, device)?;
        meter.part(order.len());
        run_executable(&**executable, &buffers, &linear.params, meter, name)
    })?;
    let mut published: SmallVec<[usize; 4]> = results.iter().map(Lazy::address).collect();
    published.sort_unstable();
    let mut repeated = 0;
    for lazy in order.iter().filter(|lazy| published.binary_search(&lazy.address()).is_err()) {
        repeated += lazy.mark_computed() as u64;
    }
    if repeated > 0 {
        counters::add(&counters::RECOMPUTED, repeated);
    }
    Ok(outputs)
}

/// Runs a compiled graph once; `name` says what a trace calls it.
pub(crate) fn run_executable(
    executable: &dyn Executable,
    inputs: &[Buffer],
    params: &[Scalar],
    meter: &mut Meter,
    name: impl Fn() -> String,
) -> Result<Vec<Buffer>, Failure> {
    counters::add(&counters::EVALUATIONS, 1);
    let Some(trace) = trace() else { return Ok(executable.run_on(meter, inputs, params)?) };
    let moved = executable.plan().map_or((0, 0), |plan| {
        let steps = plan.steps.iter().map(|step| plan.bytes_moved(step));
        steps.fold((0, 0), |sum, step| (sum.0 + step.0 as u64, sum.1 + step.1 as u64))
    });
    let start = Instant::now();
    let results = executable.run_on(meter, inputs, params)?;
    trace.span("evaluation", &name(), start, &[("read", moved.0), ("written", moved.1)]);
    Ok(results)
}

/// The values of a graph's inputs on a device.
pub(crate) fn input_buffers(inputs: &[Lazy], device: &Device) -> Result<Vec<Buffer>, Failure> {
    inputs
        .iter()
        .map(|input| match input.buffer_on(device) {
            Some(buffer) => buffer,
            None => Err(ErrorKind::Traced { op: "eval", operand: input.ty().clone() }.into()),
        })
        .collect()
}

/// Compiles a graph and writes its stages where `ONDINE_DUMP` says.
pub(crate) fn compile(
    graph: &ondine_ir::Graph,
    device: &Device,
    options: &Options,
) -> Result<Arc<dyn Executable>, Failure> {
    counters::add(&counters::COMPILATIONS, 1);
    match dump_directory() {
        None => Ok(device.backend().compile(graph, options, &mut |_| {})?),
        Some(directory) => {
            let mut writer = directory.compilation(graph.name());
            let executable = device.backend().compile(graph, options, &mut |stage| writer.stage(stage))?;
            writer.graph(graph);
            writer.plan(&*executable);
            writer.code(executable.code());
            Ok(executable)
        }
    }
}

/// The value of a ready array in host memory.
pub(crate) fn download(lazy: &Lazy) -> Result<Buffer, Failure> {
    let Some((from, buffer)) = lazy.any_buffer() else {
        return Err(ErrorKind::Traced { op: "to_vec", operand: lazy.ty().clone() }.into());
    };
    match from {
        None => Ok(buffer),
        Some(device) => {
            counters::add(&counters::DOWNLOADS, 1);
            Ok(device.backend().download(&buffer)?)
        }
    }
}
