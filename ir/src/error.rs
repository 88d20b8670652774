//! What can be wrong with an op: data in the variants, the text in one place.

use crate::{DType, Shape, Type};

/// Why a node cannot be built, or why a graph does not hold together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Shapes that do not broadcast.
    #[error("{op}: operands {} do not broadcast", types(.operands))]
    Broadcast {
        /// The op.
        op: &'static str,
        /// Its operands.
        operands: Vec<Type>,
    },
    /// A dtype the op is not defined for.
    #[error("{op}: operands {} are not allowed; it takes {expected}", types(.operands))]
    DType {
        /// The op.
        op: &'static str,
        /// Its operands.
        operands: Vec<Type>,
        /// What it takes.
        expected: &'static str,
    },
    /// An axis outside the operand's rank.
    #[error("{op}: axis {axis} is out of range for {operand}; its axes are {}", axes(.operand))]
    Axis {
        /// The op.
        op: &'static str,
        /// The axis as given.
        axis: i64,
        /// Its operand.
        operand: Type,
    },
    /// An axis named twice.
    #[error("{op}: axis {axis} is given twice for {operand}")]
    RepeatedAxis {
        /// The op.
        op: &'static str,
        /// The axis.
        axis: i64,
        /// Its operand.
        operand: Type,
    },
    /// A shape that does not fit; `reason` completes the sentence.
    #[error("{op}: {} {reason}", types(.operands))]
    Shape {
        /// The op.
        op: &'static str,
        /// Its operands.
        operands: Vec<Type>,
        /// What does not fit, with the values.
        reason: String,
    },
    /// An empty axis where at least one element is needed.
    #[error("{op}: {operand} has no element to {what}")]
    Empty {
        /// The op.
        op: &'static str,
        /// Its operand.
        operand: Type,
        /// What it would have done.
        what: &'static str,
    },
    /// A result whose bytes do not fit the address space.
    #[error("{op}: {dtype}{shape} has more bytes than can be addressed")]
    TooLarge {
        /// The op.
        op: &'static str,
        /// Element type of the result.
        dtype: DType,
        /// Shape of the result.
        shape: Shape,
    },
    /// A broken invariant: a mistake in Ondine itself, with the dump around the bad node.
    #[error("internal: {what}\n{dump}")]
    Internal {
        /// The invariant, and the pass that broke it.
        what: String,
        /// The graph around it.
        dump: String,
    },
}

fn types(operands: &[Type]) -> String {
    let texts: Vec<String> = operands.iter().map(Type::to_string).collect();
    match texts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "none".to_string(),
    }
}

fn axes(operand: &Type) -> String {
    match operand.shape.rank() {
        0 => "none".to_string(),
        rank => format!("-{rank} to {}", rank - 1),
    }
}
