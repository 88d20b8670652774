//! From a graph as the user wrote it to a plan that a device can run. Depends on the IR alone.
//!
//! [`compile`] runs the [`PASSES`] in order, each a function from a graph to a graph, prunes and verifies the graph after
//! every one, and makes a [`Plan`] of the last. What a device can do is a [`Target`]; what a rewrite may assume is a
//! [`Licence`].
#![forbid(unsafe_code)]

mod error;
mod fft;
mod fuse;
mod hoist;
mod join_parts;
mod layout;
mod licence;
mod memory;
mod parts;
mod pass;
mod plan;
mod schedule;
mod simplify;
mod sink_views;
mod split_variance;
mod target;
mod work;

pub use error::Error;
pub use layout::Layout;
pub use licence::{Applied, Licence, Licences};
pub use pass::{Cx, PASSES, Pass, Remark};
pub use plan::{Guard, Place, Plan, Program, Step};
pub use target::{Budget, Target};
pub use work::Work;

use ondine_ir::{Graph, verify, verify_fused};

/// What a caller may choose about a compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Options {
    /// The licences that rewrites may use.
    pub licences: Licences,
    /// On `cuda`, whether what is computed before and behind a transform becomes part of cuFFT's own kernels at once, where
    /// it can: a pass over memory less for each, and a longer compilation, as cuFFT links its kernels anew. Without it that
    /// happens to programs that have run often enough to pay for it, while they run on. `explain` says what became of it.
    /// Other devices do not look at it.
    pub callbacks: bool,
}

/// A compilation as it passes one stage: shown to whoever watches.
pub struct Stage<'a> {
    /// The pass, or `input` for the graph as built.
    pub name: &'static str,
    /// The rules it applied.
    pub applied: &'a [Applied],
    /// The graph after it.
    pub graph: &'a Graph,
    /// False if the pass left the graph as it was.
    pub changed: bool,
    /// Remarks for people: why neighbours were not fused.
    pub remarks: &'a [String],
    /// What the graph's transforms take.
    pub work: Work,
    /// What they took before the pass.
    pub work_before: Work,
}

impl<'a> Stage<'a> {
    /// A graph as built.
    pub fn input(graph: &'a Graph) -> Stage<'a> {
        let work = Work::of(graph);
        Stage { name: "input", applied: &[], graph, changed: true, remarks: &[], work, work_before: work }
    }
}

/// Compiles a graph for a target; `watch` sees every stage.
pub fn compile(
    graph: &Graph,
    target: &Target,
    options: &Options,
    watch: &mut dyn FnMut(&Stage),
) -> Result<Program, Error> {
    let original = graph;
    let mut graph = graph.prune();
    let count = graph.results().len();
    verify(&graph).map_err(|source| Error::Pass { pass: "input", source })?;
    watch(&Stage::input(&graph));
    let mut setup = None;
    for pass in PASSES {
        graph = run(pass, &graph, target, options, &mut setup, watch)?;
    }
    verify_fused(&graph).map_err(|source| Error::Pass { pass: "fuse", source })?;
    let is_guarded = graph.results().len() > count;
    let assuming_nothing = Options { licences: Licences { finite: false, ..options.licences }, ..*options };
    let guard = is_guarded.then(|| Guard { flag: count, fallback: original.clone(), options: assuming_nothing });
    let mut main = Plan::new(graph, target, options.licences);
    if let Some(setup) = setup {
        // It has no inputs, so nothing is hoisted out of it in turn, and nothing is there to guard.
        main.setup = Some(Box::new(compile(&setup, target, &assuming_nothing, &mut |_| {})?.main));
    }
    Ok(Program { main, guard })
}

/// More would not be read.
const MOST_REMARKS: usize = 32;

/// Runs one pass, then prunes, verifies, and checks that the types of the results are unchanged.
fn run(
    pass: &Pass,
    before: &Graph,
    target: &Target,
    options: &Options,
    setup: &mut Option<Graph>,
    watch: &mut dyn FnMut(&Stage),
) -> Result<Graph, Error> {
    let mut cx = Cx { target, allowed: options.licences, applied: Vec::new(), remarks: Vec::new(), setup: None };
    let broken = |source| Error::Pass { pass: pass.name, source };
    let after = (pass.run)(before, &mut cx).map_err(broken)?.prune();
    *setup = setup.take().or(cx.setup);
    verify(&after).map_err(broken)?;
    for (result, (old, new)) in before.results().iter().zip(after.results()).enumerate() {
        let (old, new) = (before.ty(*old), after.ty(*new));
        if old != new {
            return Err(Error::ResultType { pass: pass.name, result, before: old.clone(), after: new.clone() });
        }
    }
    let changed = !after.is_same(before);
    let told = cx.remarks.iter().take(MOST_REMARKS);
    let lines = before.describe(told.clone().map(|remark| remark.node));
    let mut remarks: Vec<String> =
        lines.iter().zip(told).map(|(line, remark)| format!("{line} is written to memory: {}", remark.why)).collect();
    if cx.remarks.len() > MOST_REMARKS {
        remarks.push(format!("and {} more", cx.remarks.len() - MOST_REMARKS));
    }
    watch(&Stage {
        name: pass.name,
        applied: &cx.applied,
        graph: &after,
        changed,
        remarks: &remarks,
        work: Work::of(&after),
        work_before: Work::of(before),
    });
    Ok(after)
}
