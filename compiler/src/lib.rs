//! From a graph as the user wrote it to a plan that a device can run. Depends on the IR alone.
//!
//! [`compile`] runs the [`PASSES`] in order, each a function from a graph to a graph, verifies the graph after every one,
//! and makes a [`Plan`] of the last. What a device can do is a [`Target`]; what a rewrite may assume is a [`Licences`].
#![forbid(unsafe_code)]

mod error;
mod licence;
mod plan;
mod target;

pub use error::Error;
pub use licence::{Applied, Licence, Licences};
pub use plan::{Guard, Place, Plan, Program, Step};
pub use target::{Budget, Target};

use ondine_ir::Graph;

/// What a caller may choose about a compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Options {
    /// The licences that rewrites may use.
    pub licences: Licences,
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
}

/// Compiles a graph for a target; `watch` sees every stage.
pub fn compile(
    graph: &Graph,
    target: &Target,
    options: &Options,
    watch: &mut dyn FnMut(&Stage),
) -> Result<Program, Error> {
    let _ = (graph, target, options, watch);
    unimplemented!()
}
