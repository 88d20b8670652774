//! Programs that run often are made once more, with the regions around their transforms inside cuFFT's own kernels.
//!
//! That saves passes over memory, and takes cuFFT up to half a second a plan, because it links its kernels anew. So the
//! regions are kernels of their own at first. When the bytes that these have moved would have paid for the plans, the other
//! version is made behind the caller's back and runs from then on. Whatever is wrong with it, the first one stays.

use super::background;
use super::context::Context;
use super::program::target;
use super::version::Version;
use crate::{Buffer, Error, Meter, trace};
use ondine_compiler::Options;
use ondine_ir::{Anchor, Graph, NodeId, Op, Scalar};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// Bytes that a GPU moves while cuFFT makes one plan with callbacks: half a second, the longest that is reported, at 4 TB/s
/// (H200). Taken from what others report, not measured.
pub const PLAN_COST: u64 = 2_000_000_000_000;

/// The versions of a program.
pub(super) struct Versions {
    plain: Version,
    promotion: Option<Promotion>,
}

/// When a program is made once more, from what, and what became of it.
struct Promotion {
    graph: Graph,
    options: Options,
    /// Bytes that each run moves for kernels around transforms.
    spared: u64,
    /// The number of the run with which it is due.
    due: u64,
    runs: AtomicU64,
    made: OnceLock<Result<Version, String>>,
    /// Why it is used no more.
    failed: OnceLock<String>,
}

impl Versions {
    /// A version that stays the only one.
    pub(super) fn settled(version: Version) -> Versions {
        Versions { plain: version, promotion: None }
    }

    /// The version without callbacks of a graph, and another one when that pays.
    pub(super) fn new(plain: Version, graph: &Graph, options: &Options) -> Versions {
        let (transforms, spared) = spared(&plain);
        let promotion = (spared > 0).then(|| Promotion {
            graph: graph.clone(),
            options: Options { callbacks: true, ..*options },
            spared,
            due: plain.context.plan_cost.saturating_mul(transforms as u64).div_ceil(spared).max(1),
            runs: AtomicU64::new(0),
            made: OnceLock::new(),
            failed: OnceLock::new(),
        });
        Versions { plain, promotion }
    }

    pub(super) fn context(&self) -> &Arc<Context> {
        &self.plain.context
    }

    /// The version that runs now.
    pub(super) fn current(&self) -> &Version {
        self.promotion.as_ref().and_then(Promotion::version).unwrap_or(&self.plain)
    }

    /// The version that the next run takes. It is counted.
    pub(super) fn next(self: &Arc<Versions>) -> &Version {
        if let Some(promotion) = &self.promotion
            && promotion.runs.fetch_add(1, Ordering::Relaxed) + 1 == promotion.due
        {
            let versions = self.clone();
            background::later(move || versions.promote());
        }
        self.current()
    }

    /// Runs a version, the steps of which the meter expects.
    pub(super) fn run(
        &self,
        version: &Version,
        meter: &mut Meter,
        inputs: &[Buffer],
        params: &[Scalar],
    ) -> Result<Vec<Buffer>, Error> {
        let result = version.run(meter, inputs, params);
        match (result, &self.promotion) {
            (Err(why), Some(promotion)) if !std::ptr::eq(version, &self.plain) => {
                // Inputs are as they were. If it is the device that fails, this says so too.
                let _ = promotion.failed.set(why.to_string());
                meter.expect(self.plain.steps.len());
                self.plain.run(meter, inputs, params)
            }
            (result, _) => result,
        }
    }

    /// Makes the other version.
    fn promote(&self) {
        let Some(promotion) = &self.promotion else { return };
        let start = Instant::now();
        let made = promotion.make(self.context());
        if let Some(trace) = trace() {
            let callbacks = made.as_ref().map_or(0, |version| version.callbacks().count());
            trace.span("promote", promotion.graph.name(), start, &[("callbacks", callbacks as u64)]);
        }
        let is_made = made.is_ok();
        let _ = promotion.made.set(made);
        if is_made {
            self.plain.forget_recordings();
        }
    }

    /// What became of regions around transforms, for people.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = self.current().notes();
        if let Some(promotion) = &self.promotion {
            notes.insert(0, promotion.note());
        }
        notes
    }
}

impl Promotion {
    fn version(&self) -> Option<&Version> {
        self.made.get().and_then(|made| made.as_ref().ok()).filter(|_| self.failed.get().is_none())
    }

    fn make(&self, context: &Arc<Context>) -> Result<Version, String> {
        let program = ondine_compiler::compile(&self.graph, target(&self.options), &self.options, &mut |_| {});
        let program = program.map_err(|error| error.to_string())?;
        let version = Version::new(context.clone(), program.main, true).map_err(|error| error.to_string())?;
        let is_better = version.callbacks().next().is_some();
        if is_better { Ok(version) } else { Err(version.notes().join("; ")) }
    }

    fn note(&self) -> String {
        let Promotion { spared, due, .. } = self;
        match (self.made.get(), self.failed.get()) {
            (None, _) => {
                format!("kernels around transforms move {spared} B a run: cuFFT is asked to call them after {due} runs")
            }
            (Some(Err(why)), _) => format!("cuFFT was asked after {due} runs and calls nothing: {why}"),
            (Some(Ok(_)), Some(why)) => format!("what cuFFT calls was given up: {why}"),
            (Some(Ok(_)), None) => format!("made once more after {due} runs"),
        }
    }
}

/// Transforms with kernels around them, and the bytes that a run moves because these are kernels of their own: what one
/// side writes and the other reads, if nobody else does.
fn spared(version: &Version) -> (usize, u64) {
    let (plan, graph) = (&version.plan, &version.plan.graph);
    let is_map = |id: NodeId| matches!(&graph.node(id).op, Op::Kernel(kernel) if kernel.anchor == Anchor::Map);
    let bytes = |id: NodeId| 2 * graph.node(id).outputs[0].bytes() as u64;
    let is_between = |from: NodeId, to: NodeId| graph.users(from)[..] == [to] && !graph.is_result(from);
    // A kernel between two transforms becomes part of one of them.
    let mut taken: BTreeSet<NodeId> = BTreeSet::new();
    let (mut transforms, mut all) = (0, 0);
    for (at, lines) in version.lines().filter(|(_, lines)| lines.takes_callbacks()) {
        let id = plan.steps[at].node;
        let mut spared = lines.spared() as u64;
        for input in &graph.node(id).inputs {
            if is_map(input.node) && is_between(input.node, id) && taken.insert(input.node) {
                spared += bytes(input.node);
            }
        }
        if let [user] = graph.users(id)[..]
            && is_map(user)
            && is_between(id, user)
            && taken.insert(user)
        {
            spared += bytes(id);
        }
        transforms += (spared > 0) as usize;
        all += spared;
    }
    (transforms, all)
}
