//! The constants of a program: computed by its first run, on its device, and kept while it lives.

use crate::{Buffer, Error, Executable, Meter, trace};
use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Constants that a plan reads as its last inputs.
pub(crate) struct Setup {
    name: String,
    program: Box<dyn Executable>,
    /// Set by the first run, if the device still has room for them.
    kept: OnceLock<Constants>,
}

/// Values that live as long as a program.
struct Constants {
    buffers: Vec<Buffer>,
    bytes: usize,
}

/// Bytes of the constants of all programs, and the most of them; programs beyond that compute theirs in every run.
static CONSTANTS: AtomicUsize = AtomicUsize::new(0);
const MOST_CONSTANTS: usize = 256 << 20;

impl Constants {
    /// The buffers, counted; without being kept where there is no room.
    fn new(buffers: Vec<Buffer>) -> Result<Constants, Vec<Buffer>> {
        let bytes = buffers.iter().map(|buffer| buffer.ty().bytes()).sum();
        let room = |held: usize| held.checked_add(bytes).filter(|held| *held <= MOST_CONSTANTS);
        match CONSTANTS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room) {
            Ok(_) => Ok(Constants { buffers, bytes }),
            Err(_) => Err(buffers),
        }
    }
}

impl Drop for Constants {
    fn drop(&mut self) {
        CONSTANTS.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Setup {
    /// Constants that a program without inputs computes.
    pub(crate) fn new(name: &str, program: impl Executable + 'static) -> Setup {
        Setup { name: name.to_string(), program: Box::new(program), kept: OnceLock::new() }
    }

    /// The constants: computed now, unless an earlier run has kept them. Threads that come first together all do.
    pub(crate) fn constants(&self, meter: &mut Meter) -> Result<Cow<'_, [Buffer]>, Error> {
        if let Some(kept) = self.kept.get() {
            return Ok(Cow::Borrowed(&kept.buffers));
        }
        let start = Instant::now();
        let buffers = self.program.run_on(meter, &[], &[])?;
        if let Some(trace) = trace() {
            trace.span("setup", &self.name, start, &[]);
        }
        Ok(match Constants::new(buffers) {
            Ok(constants) => Cow::Borrowed(&self.kept.get_or_init(|| constants).buffers),
            Err(buffers) => Cow::Owned(buffers),
        })
    }
}
