//! What can go wrong on a device. The machine's fault, except where the variant says otherwise.

/// A device call that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Memory that could not be had.
    #[error("{device}: {bytes} bytes could not be allocated for {what}")]
    OutOfMemory {
        /// The device.
        device: String,
        /// How many bytes.
        bytes: usize,
        /// What they were for.
        what: &'static str,
    },
    /// A device name that nobody answers to.
    #[error("device {name:?} is unknown; known are cpu and reference")]
    UnknownDevice {
        /// The name as given.
        name: String,
    },
    /// A number of threads that the device cannot be set to.
    #[error("set_threads: {device} runs on at least one thread, and reference on exactly one")]
    Threads {
        /// The device.
        device: String,
    },
    /// A position outside its axis, found while running: the caller's data.
    #[error("{op}: position {position} is out of range for an axis of extent {extent}")]
    Position {
        /// The op.
        op: &'static str,
        /// The position as given.
        position: i64,
        /// The extent of the axis.
        extent: usize,
    },
    /// The compiler gave up: a mistake in Ondine itself.
    #[error(transparent)]
    Compile(#[from] ondine_compiler::Error),
    /// A broken invariant: a mistake in Ondine itself.
    #[error("internal: {what}")]
    Internal {
        /// What does not hold.
        what: String,
    },
}
