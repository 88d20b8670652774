//! What can go wrong in the compiler. All of it is Ondine's own fault; a user's mistakes end in `ondine_ir::Error`.

/// A compilation that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A pass broke an invariant of the graph.
    #[error("pass {pass}: {source}")]
    Pass {
        /// The pass.
        pass: &'static str,
        /// The invariant.
        source: ondine_ir::Error,
    },
    /// A pass changed the type of a result.
    #[error("internal: pass {pass} changed result {result} from {before} to {after}")]
    ResultType {
        /// The pass.
        pass: &'static str,
        /// Position among the results.
        result: usize,
        /// Its type before.
        before: ondine_ir::Type,
        /// Its type after.
        after: ondine_ir::Type,
    },
}
