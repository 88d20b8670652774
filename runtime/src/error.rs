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
    /// A graph that would need more memory than the device may use.
    #[error(
        "{device}: a graph whose predicted peak is {peak} bytes needs {wanted} beside the {in_use} in use, and the \
         memory limit is {limit}"
    )]
    MemoryLimit {
        /// The device.
        device: String,
        /// Bytes of inputs, temporaries and results.
        peak: usize,
        /// Bytes of temporaries and results.
        wanted: usize,
        /// Bytes in use before it ran.
        in_use: usize,
        /// The limit.
        limit: usize,
    },
    /// A memory limit for a device that has none.
    #[error("set_memory_limit: {device} has no memory limit; cpu and cuda have")]
    NoMemoryLimit {
        /// The device.
        device: String,
    },
    /// A device that is not there.
    #[error("{device} is not available: {why}")]
    Unavailable {
        /// The device.
        device: String,
        /// What is missing, in one line.
        why: String,
    },
    /// A device that failed while it ran what was queued. It stays lost; other devices are not affected.
    #[error("{device} failed: {what}")]
    Fault {
        /// The device.
        device: String,
        /// What the driver says.
        what: String,
    },
    /// A library of the device that refused a call. The device goes on.
    #[error("{device}: {what}")]
    Library {
        /// The device.
        device: String,
        /// The call, what the library says, and what it was for.
        what: String,
    },
    /// A program that the device's compiler refuses: a mistake in Ondine itself.
    #[error("{device}: a generated program does not compile:\n{log}\n{text}")]
    Program {
        /// The device.
        device: String,
        /// What the compiler says.
        log: String,
        /// The program.
        text: String,
    },
    /// A device name that nobody answers to.
    #[error("device {name:?} is unknown; known are cpu, cuda (or cuda:1 and so on) and reference")]
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
    /// A matrix without the decomposition that was asked for, found while running: the caller's data.
    #[error("{op}: matrix {at} of the stack {flaw}")]
    Matrix {
        /// The op.
        op: &'static str,
        /// Which matrix, counted through the stack row-major; a single one is number 0.
        at: usize,
        /// What is wrong with it.
        flaw: crate::Flaw,
    },
    /// An op that this device does not run.
    #[error("{device}: {op} of {operand} does not run here; move the operand to cpu with to()")]
    Unsupported {
        /// The device.
        device: String,
        /// The op.
        op: &'static str,
        /// Its operand.
        operand: ondine_ir::Type,
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
