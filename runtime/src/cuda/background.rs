//! Work that nobody waits for, one piece after the other on a thread of its own.
//!
//! A process that ends waits for the piece that is under way: the libraries that it calls are taken down next.

use std::collections::VecDeque;
use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::thread::Builder;
use std::time::Duration;

/// The longest that the end of a process waits.
const PATIENCE: Duration = Duration::from_secs(5);

type Piece = Box<dyn FnOnce() + Send>;

struct Pieces {
    waiting: VecDeque<Piece>,
    is_working: bool,
    is_ending: bool,
}

static PIECES: Mutex<Pieces> = Mutex::new(Pieces { waiting: VecDeque::new(), is_working: false, is_ending: false });
static IDLE: Condvar = Condvar::new();

fn pieces() -> MutexGuard<'static, Pieces> {
    PIECES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does a piece of work when those before it are done; never, if the process ends first or there is no thread to be had.
pub(super) fn later(piece: impl FnOnce() + Send + 'static) {
    wait_at_the_end();
    let mut pieces = pieces();
    if pieces.is_ending {
        return;
    }
    pieces.waiting.push_back(Box::new(piece));
    if !pieces.is_working {
        pieces.is_working = Builder::new().name("ondine-cuda".to_string()).spawn(work).is_ok();
    }
}

fn work() {
    loop {
        let piece = {
            let mut pieces = pieces();
            let Some(piece) = pieces.waiting.pop_front() else {
                pieces.is_working = false;
                IDLE.notify_all();
                return;
            };
            piece
        };
        // A piece that panics is none of the next one's business.
        let _ = catch_unwind(AssertUnwindSafe(piece));
    }
}

// SAFETY: declared as in `stdlib.h`.
unsafe extern "C" {
    safe fn atexit(handler: extern "C" fn()) -> c_int;
}

/// Registered after the libraries were loaded, so that it runs before they are taken down.
fn wait_at_the_end() {
    static REGISTERED: Once = Once::new();
    // Without room for it nobody waits.
    REGISTERED.call_once(|| _ = atexit(end));
}

extern "C" fn end() {
    let mut pieces = pieces();
    pieces.is_ending = true;
    pieces.waiting.clear();
    // Whatever the outcome, the process ends.
    drop(IDLE.wait_timeout_while(pieces, PATIENCE, |pieces| pieces.is_working));
}

#[cfg(test)]
mod tests {
    use super::later;
    use std::sync::mpsc::channel;

    #[test]
    fn pieces_are_done_in_order_whatever_becomes_of_others() {
        let (sender, receiver) = channel();
        for number in 0..4 {
            let sender = sender.clone();
            later(move || {
                assert_ne!(number, 1, "this piece fails, as it should");
                sender.send(number).expect("the test listens");
            });
        }
        drop(sender);
        assert_eq!(receiver.iter().collect::<Vec<_>>(), [0, 2, 3]);
    }
}
