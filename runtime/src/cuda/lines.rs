//! Transforms along one axis: what they read to memory as whole lines, a library call, and the store regions behind it.

use super::callback::Callback;
use super::context::Context;
use super::driver::Queue;
use super::map::{At, Kernels, Map, Scratch, Spot};
use super::plans::{Key, Plan};
use super::step::Step;
use super::{internal, windows};
use crate::Error;
use ondine_codegen::cuda::{self, Kernel, Routine};
use ondine_codegen::nest::Layout;
use ondine_ir::{self as ir, DType, FftAxis, FftKind, Index, Inst, Line, RegionBuilder, Scalar, Shape, Type};
use std::sync::{Arc, PoisonError};

/// The most calls for one transform; past it lines are laid one after the other first.
const MOST_CALLS: usize = 16;

/// A transform, lowered.
pub(super) struct Lines {
    /// Makes the lines that are read, where the operand itself will not do.
    load: Option<(Work, Spot)>,
    is_padded: bool,
    operand: usize,
    from: Side,
    to: Side,
    batch: usize,
    /// `None` for lines of one element.
    plan: Option<(Arc<Plan>, Spot)>,
    /// How often the library is called, for lines that one call does not reach.
    calls: usize,
    /// Clears the imaginary parts that real lines do not have: bins and lines.
    clear: Option<At>,
    /// The bin in the middle, 0 if there is none.
    middle: usize,
    /// The transform of lines of one element.
    convert: Option<Map>,
    /// Takes what is wanted of the lines, where the result itself will not do.
    stores: Option<(Work, Spot)>,
    notes: Vec<String>,
}

/// How a region is computed.
enum Work {
    /// By kernels of its own.
    Mapped(Map),
    /// By the library's kernels.
    Called(Box<Callback>),
}

/// Whole lines in memory.
struct Side {
    bytes: usize,
    /// Bytes from what one call transforms to the next.
    moves: usize,
    /// Elements of a line, and lines.
    shape: [usize; 3],
}

impl Lines {
    pub(super) fn new(
        context: &Arc<Context>,
        kernel: &ir::Kernel,
        lines: &[Line],
        operands: &[Type],
        callbacks: bool,
        kernels: &mut Kernels,
        scratch: &mut Scratch,
    ) -> Result<Lines, Error> {
        let [Line { kind, axis }] = lines else {
            return Err(internal("a sweep on cuda has one transform"));
        };
        let (kind, FftAxis { axis, len, input, output }) = (*kind, *axis);
        let region = &kernel.loads[0];
        let extents = &region.extents;
        let (from_line, to_line) = FftAxis::line(kind, len);
        let outer: usize = extents[..axis].iter().product();
        let inner: usize = extents[axis + 1..].iter().product();
        // Lines across the inner axes are one call per outer position; past some calls they are laid end to end, and where
        // a real line would begin at an address that is not a complex number's.
        let is_real = matches!(kind, FftKind::RealForward | FftKind::RealInverse);
        let is_turned = inner > 1 && outer > if is_real { 1 } else { MOST_CALLS };
        let dtype = region.dtype();
        let result = match kind {
            FftKind::RealForward => dtype.to_complex(),
            FftKind::RealInverse => dtype.component(),
            _ => dtype,
        };
        let layout = |line: usize| match is_turned {
            true => turned(extents, axis, line),
            false => Layout::dense(&extents.with(axis, line)),
        };
        let side = |line: usize, dtype: DType| Side {
            bytes: outer * inner * line * dtype.bytes(),
            moves: inner * line * dtype.bytes(),
            shape: if is_turned { [outer * inner, line, 1] } else { [outer, line, inner] },
        };
        // What the library reads is all of an operand: a region may be the first part of one.
        let whole = region.as_identity_load().filter(|&operand| operands[operand as usize].shape == *extents);
        let is_plain_load = whole.is_some() && input.is_whole(from_line) && !is_turned;
        // A library may destroy what a complex-to-real transform reads.
        let is_kept = kind == FftKind::RealInverse && len > 1;
        let is_plain_store = kernel.stores.len() == 1
            && matches!(kernel.stores[0].body[..], [(Inst::Anchor, _)])
            && output.is_whole(to_line)
            && !is_turned;
        let from_spot = (!is_plain_load || is_kept).then(|| scratch.take(side(from_line, dtype).bytes));
        let to_spot = (!is_plain_store).then(|| scratch.take(side(to_line, result).bytes));
        let middle = if len.is_multiple_of(2) { len / 2 } else { 0 };
        let (stride, distances, batch, calls) = match (is_turned, inner) {
            (true, _) => (1, [from_line, to_line], outer * inner, 1),
            (false, 1) => (1, [from_line, to_line], outer, 1),
            (false, _) => (inner, [1, 1], inner, outer),
        };
        let key = Key { len, kind, is_double: dtype.component() == DType::F64, stride, distances, batch };
        let is_planned = len > 1 && batch * calls > 0;
        let order: Vec<usize> = match is_turned {
            true => (0..extents.rank()).filter(|&other| other != axis).chain([axis]).collect(),
            false => (0..extents.rank()).collect(),
        };
        let (from_layout, to_layout) = (layout(from_line), layout(to_line));
        let (mut before, mut behind, mut notes) = (None, None, Vec::new());
        if callbacks && is_planned {
            let mut note = |what: &str, made: Result<Callback, String>| match made {
                Ok(callback) => {
                    notes.push(format!("{what} fused into cuFFT"));
                    Some(callback)
                }
                Err(why) => {
                    notes.push(format!("{what} not fused into cuFFT: {why}"));
                    None
                }
            };
            let is_one_call = || if calls == 1 { Ok(()) } else { Err(format!("that is called {calls} times")) };
            before = from_spot.and_then(|_| {
                let real = is_kept.then_some([0, middle]);
                let (layout, extent, window) = (&from_layout, from_line, input);
                let lines = cuda::Lines { order: &order, layout, axis, extent, window, dtype, real };
                note("reads", is_one_call().and_then(|()| Callback::load(context, region, operands, &lines, kernels)))
            });
            behind = to_spot.and_then(|_| {
                let (layout, extent, window) = (&to_layout, to_line, output);
                let lines = cuda::Lines { order: &order, layout, axis, extent, window, dtype: result, real: None };
                let mut stores = || Callback::stores(context, &kernel.stores, operands, &lines, kernels);
                note("stores", is_one_call().and_then(|()| stores()))
            });
        }
        let asked: Vec<&Callback> = before.iter().chain(&behind).collect();
        let mut plan = None;
        if !asked.is_empty() {
            match Plan::with_callbacks(context, key, &asked) {
                Ok(made) => plan = Some(Arc::new(made)),
                Err(why) => {
                    (before, behind) = (None, None);
                    notes = vec![format!("nothing fused into cuFFT: {why}")];
                }
            }
        }
        let plan = match plan {
            None if is_planned => Some(context.plans.get(context, key)?),
            plan => plan,
        };
        let load = from_spot.map(|spot| match before {
            Some(callback) => (Work::Called(Box::new(callback)), spot),
            None => {
                let pieces = windows::pieces(input, from_line);
                (Work::Mapped(Map::load(region, operands, from_layout, axis, &pieces, kernels)), spot)
            }
        });
        let stores = to_spot.map(|spot| match behind {
            Some(callback) => (Work::Called(Box::new(callback)), spot),
            None => {
                let pieces = windows::pieces(output, to_line);
                let map = Map::stores(&kernel.stores, operands, &to_layout, axis, &pieces, kernels);
                (Work::Mapped(map), spot)
            }
        });
        let convert = (len == 1).then(|| {
            let ty = Type::new(dtype, [outer * inner]);
            let mut builder = RegionBuilder::new(ty.shape.clone());
            let load = Inst::Load {
                operand: 0,
                index: vec![Index::axis(0)],
                within: Default::default(),
                otherwise: Scalar::zero(dtype),
            };
            let value = builder.push(load, dtype);
            let value = builder.push(Inst::Cast(value), result);
            Map::single(&builder.finish(value), &[ty], Layout::new([1]), kernels)
        });
        let is_cleared = is_kept && !matches!(load, Some((Work::Called(_), _)));
        Ok(Lines {
            operand: whole.unwrap_or(0) as usize,
            is_padded: !input.is_whole(from_line),
            load,
            from: side(from_line, dtype),
            to: side(to_line, result),
            batch,
            plan: plan.map(|plan| {
                let area = scratch.take(plan.bytes);
                (plan, area)
            }),
            calls,
            middle,
            clear: is_cleared.then(|| kernels.add(Kernel::Routine(Routine::Clear(dtype)))),
            convert,
            stores,
            notes,
        })
    }

    /// What became of the regions, for people.
    pub(super) fn notes(&self) -> impl Iterator<Item = &String> {
        self.notes.iter()
    }

    /// True if the library could call regions.
    pub(super) fn takes_callbacks(&self) -> bool {
        self.plan.is_some() && self.calls == 1
    }

    /// Bytes that are written and read between the library and kernels of this step.
    pub(super) fn spared(&self) -> usize {
        let sides = [(&self.load, &self.from), (&self.stores, &self.to)];
        let mapped = sides.iter().filter(|(work, _)| matches!(work, Some((Work::Mapped(_), _))));
        mapped.map(|(_, side)| 2 * side.bytes).sum()
    }

    /// True if all parameters travel with the launches.
    pub(super) fn is_direct(&self) -> bool {
        let works = [&self.load, &self.stores].into_iter().flatten();
        let mapped = works.filter_map(|(work, _)| if let Work::Mapped(map) = work { Some(map) } else { None });
        mapped.chain(&self.convert).all(Map::is_direct)
    }

    /// The regions that run inside the library.
    pub(super) fn callbacks(&self) -> impl Iterator<Item = &Callback> {
        let works = [&self.load, &self.stores].into_iter().flatten();
        works.filter_map(|(work, _)| if let Work::Called(callback) = work { Some(&**callback) } else { None })
    }

    /// Queues the transform.
    ///
    /// # Safety
    /// The addresses of the step are memory of the types that the kernel was lowered for.
    pub(super) unsafe fn run(&self, step: &Step) -> Result<(), Error> {
        if self.batch * self.calls == 0 {
            return Ok(());
        }
        let context: &Arc<Context> = step.context;
        let from = self.load.as_ref().map_or_else(|| step.operands[self.operand], |(_, spot)| step.at(*spot));
        let to = self.stores.as_ref().map_or_else(|| step.results[0], |(_, spot)| step.at(*spot));
        // SAFETY: the caller's promise; scratch memory holds whole lines of both sides and the work area. What a
        // complex-to-real transform destroys is memory of this run.
        unsafe {
            if let Some((Work::Mapped(load), _)) = &self.load {
                if self.is_padded {
                    context.driver.fill(step.queue, from, 0, self.from.bytes).map_err(|failure| step.fault(failure))?;
                }
                load.run(step, &step.operands, None, &[from])?;
            }
            if let Some(clear) = self.clear {
                let [outer, line, inner] = self.from.shape;
                step.routine(clear, outer * inner, &[from], &[outer * inner, line, inner, self.middle])?;
            }
            if let Some(convert) = &self.convert {
                convert.run(step, &[from], None, &[to])?;
            }
            if let Some((plan, area)) = &self.plan {
                // Nobody else's parameters come between these and the call that reads them.
                let mut turn = None;
                for callback in self.callbacks() {
                    if step.queue == Queue::Run && turn.is_none() {
                        turn = Some(step.turn.lock().unwrap_or_else(PoisonError::into_inner));
                    }
                    callback.put(step)?;
                }
                let moves = [self.from.moves, self.to.moves];
                plan.run(context, step.queue, [from, to], step.at(*area), self.calls, moves)?;
            }
            match &self.stores {
                Some((Work::Mapped(stores), _)) => stores.run(step, &step.operands, Some(to), &step.results),
                _ => Ok(()),
            }
        }
    }
}

/// Lines of one extent end to end.
fn turned(extents: &Shape, axis: usize, line: usize) -> Layout {
    let others = extents.without(&[axis]).strides();
    let mut strides: Vec<i64> = others.iter().map(|stride| stride * line as i64).collect();
    strides.insert(axis, 1);
    Layout::new(strides)
}
