//! What can go wrong for a user: one error, which knows the place in the user's source.
//!
//! Building an array never panics and never returns `Result`: an array that cannot be built carries its error, and whatever
//! is computed from it carries the same one.

use ondine_ir::{DType, Scalar, Type};
use std::fmt;
use std::panic::Location;
use std::path::PathBuf;
use std::sync::Arc;

/// Why an array cannot be built or evaluated, and where in the user's source.
#[derive(Clone, PartialEq)]
pub struct Error(Arc<Placed>);

#[derive(PartialEq)]
struct Placed {
    kind: ErrorKind,
    place: &'static Location<'static>,
}

/// The result of everything that can fail at once: evaluation, shapes and dtypes of failed arrays, dumps.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What is wrong.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An op that its operands do not allow: shapes, dtypes, axes, sizes.
    #[error(transparent)]
    Op(#[from] ondine_ir::Error),
    /// A device that failed: memory, positions found while running, or an unknown name.
    #[error(transparent)]
    Device(#[from] ondine_runtime::Error),
    /// Operands on two devices.
    #[error("{op}: {first} is on {first_device}, {second} on {second_device}; move one with to()")]
    Devices {
        /// The op.
        op: &'static str,
        /// An operand.
        first: Type,
        /// Where it is.
        first_device: String,
        /// Another operand.
        second: Type,
        /// Where that is.
        second_device: String,
    },
    /// An evaluation on another device than that of the array or of what it is computed from.
    #[error("eval: {operand} is on {at}, not on {asked}; move it with to()")]
    Placement {
        /// The array that is placed.
        operand: Type,
        /// Where it is.
        at: String,
        /// Where the evaluation was to run.
        asked: String,
    },
    /// A number that the array's dtype cannot hold.
    #[error("{op}: {value} does not fit {dtype}")]
    Number {
        /// The op.
        op: &'static str,
        /// The number.
        value: Scalar,
        /// The dtype.
        dtype: DType,
    },
    /// A complex array where a real one is wanted.
    #[error("{op}: {operand} does not convert to {dtype}; take its real() or imag() first")]
    Complex {
        /// The op.
        op: &'static str,
        /// The array.
        operand: Type,
        /// The dtype it was to become.
        dtype: DType,
    },
    /// A real transform of complex input.
    #[error("{op}: {operand} is complex; use {remedy}")]
    RealTransform {
        /// The transform.
        op: &'static str,
        /// Its operand.
        operand: Type,
        /// The transform for complex input.
        remedy: &'static str,
    },
    /// Values read as another Rust type.
    #[error("{op}: {operand} does not read as {asked}; convert it with astype()")]
    Element {
        /// The call.
        op: &'static str,
        /// The array.
        operand: Type,
        /// The dtype of the Rust type.
        asked: DType,
    },
    /// `item` of an array that is not one element.
    #[error("item: {operand} has {} elements; item takes exactly one", .operand.shape.elements())]
    Item {
        /// The array.
        operand: Type,
    },
    /// An integer index outside its axis.
    #[error("{op}: index {index} is out of range for axis {axis} of {operand}")]
    Index {
        /// The call.
        op: &'static str,
        /// The index as given.
        index: i64,
        /// The axis.
        axis: usize,
        /// The array.
        operand: Type,
    },
    /// A place for a new axis that the result has not.
    #[error("{op}: axis {axis} is out of range for a result of rank {rank}")]
    NewAxis {
        /// The call.
        op: &'static str,
        /// The place as given.
        axis: i64,
        /// The number of axes of the result.
        rank: usize,
    },
    /// More indices than axes.
    #[error("{op}: {given} indices for {operand}")]
    Indices {
        /// The call.
        op: &'static str,
        /// The number of indices.
        given: usize,
        /// The array.
        operand: Type,
    },
    /// An argument without a meaning; `what` says which and why.
    #[error("{op}: {what}")]
    Argument {
        /// The call.
        op: &'static str,
        /// What is so, with the values.
        what: String,
    },
    /// A file that cannot be read or written; `what` says why.
    #[error("{op}: {}: {what}", .path.display())]
    File {
        /// The call.
        op: &'static str,
        /// The file.
        path: PathBuf,
        /// What is so: the system's words, or what is wrong with the contents.
        what: String,
    },
    /// An evaluation where [`forbid_evaluation`](crate::forbid_evaluation) is in force.
    #[error("eval: {operand} is pending, and nothing may be evaluated in this scope")]
    Forbidden {
        /// The array.
        operand: Type,
    },
    /// A value asked for while a function is being compiled.
    #[error("{op}: {operand} is an argument of a function being compiled and has no value yet")]
    Traced {
        /// The call.
        op: &'static str,
        /// The argument.
        operand: Type,
    },
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, place: &'static Location<'static>) -> Error {
        Error(Arc::new(Placed { kind, place }))
    }

    /// An error at the caller's place.
    #[track_caller]
    pub(crate) fn here(failure: impl Into<Failure>) -> Error {
        match failure.into() {
            Failure::New(kind) => Error::new(*kind, Location::caller()),
            Failure::Earlier(error) => error,
        }
    }

    /// What is wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Where in the user's source the failing call stands.
    pub fn place(&self) -> &'static Location<'static> {
        self.0.place
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let place = self.place();
        write!(f, "{}\n  at {}:{}:{}", self.kind(), place.file(), place.line(), place.column())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.kind())
    }
}

impl From<ondine_runtime::Error> for Error {
    /// A device's error, at the place of the `?`.
    #[track_caller]
    fn from(error: ondine_runtime::Error) -> Error {
        Error::here(error)
    }
}

/// An error on its way to a place: new, or that of an operand, which has its place already.
#[derive(Debug)]
pub(crate) enum Failure {
    New(Box<ErrorKind>),
    Earlier(Error),
}

impl From<ErrorKind> for Failure {
    fn from(kind: ErrorKind) -> Failure {
        Failure::New(Box::new(kind))
    }
}

impl From<ondine_ir::Error> for Failure {
    fn from(error: ondine_ir::Error) -> Failure {
        ErrorKind::Op(error).into()
    }
}

impl From<ondine_runtime::Error> for Failure {
    fn from(error: ondine_runtime::Error) -> Failure {
        ErrorKind::Device(error).into()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Earlier(error)
    }
}

/// An argument without a meaning.
pub(crate) fn argument(op: &'static str, what: impl Into<String>) -> Failure {
    ErrorKind::Argument { op, what: what.into() }.into()
}

/// A result whose error, if it has no place yet, is at the caller's.
#[track_caller]
pub(crate) fn here<T>(result: Result<T, Failure>) -> Result<T> {
    match result {
        Ok(value) => Ok(value),
        Err(failure) => Err(Error::here(failure)),
    }
}
