//! Runs of a program as recordings: what came twice with the same memory and the same numbers is one launch from then on.

use super::driver::{Driver, Recording};
use std::sync::{Mutex, PoisonError};

/// Recordings of one program; runs whose results live on get other memory each time.
const MOST_RECORDINGS: usize = 4;

/// What a program's steps were on earlier runs: every address and parameter, and the recording of those that came twice.
/// Memory is pinned to a recording by that: where a run gets other memory, work areas of transforms included, the recording
/// is not replayed.
#[derive(Default)]
pub(super) struct Recordings {
    seen: Vec<Vec<u64>>,
    kept: Vec<(Vec<u64>, Recording)>,
    /// True once something could not be recorded or replayed: it is not tried again.
    is_refused: bool,
}

impl Recordings {
    /// Queues the recording for a key, made now if the key comes for the second time. False where nothing was queued:
    /// then the steps run as they are, which shows whether anything is wrong with the device. `turn` is held while it is
    /// queued.
    ///
    /// # Safety
    /// The key holds every address that the steps use, and all of it is memory of this run.
    pub(super) unsafe fn replay<E>(
        &mut self,
        driver: &Driver,
        turn: &Mutex<()>,
        key: Vec<u64>,
        steps: impl FnOnce() -> Result<(), E>,
    ) -> bool {
        if self.is_refused {
            return false;
        }
        let known = self.kept.iter().position(|(have, _)| *have == key);
        let recording = match known {
            Some(at) => Some(self.kept.remove(at).1),
            None if self.seen.contains(&key) => driver.record(steps).ok().and_then(Result::ok),
            None => {
                self.seen.push(key);
                if self.seen.len() > MOST_RECORDINGS {
                    self.seen.remove(0);
                }
                return false;
            }
        };
        let queued = recording.filter(|recording| {
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            // SAFETY: the caller's promise; parameters are in the launches.
            unsafe { driver.replay(recording) }.is_ok()
        });
        let Some(recording) = queued else {
            self.is_refused = true;
            return false;
        };
        self.kept.push((key, recording));
        if self.kept.len() > MOST_RECORDINGS {
            self.kept.remove(0);
        }
        true
    }

    /// True if nothing was ever replayed.
    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}
