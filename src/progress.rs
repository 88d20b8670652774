//! Scopes in which a callback hears how far evaluations are.

use crate::error::Failure;
use crate::forbid_evaluation;
use ondine_runtime::{Meter, Progress};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

type Callback = Rc<RefCell<dyn FnMut(&Progress)>>;

thread_local! {
    /// The last one hears.
    static LISTENERS: RefCell<Vec<Callback>> = const { RefCell::new(Vec::new()) };
    /// What a callback panicked with while something was evaluated.
    static PANIC: Cell<Option<Box<dyn Any + Send>>> = const { Cell::new(None) };
}

/// While it lives, a callback hears how far the evaluations of its thread are; [`report_progress`] makes one.
#[must_use = "progress is reported while the guard lives"]
pub struct ProgressGuard(Callback);

/// Reports how far evaluations on this thread are to a callback, until the result is dropped. Of several callbacks the last
/// one hears.
///
/// Every evaluation is reported from its beginning, whatever asked for it: [`Array::eval`](crate::Array::eval),
/// [`Array::to_vec`](crate::Array::to_vec), a call of a compiled function. The callback is called on the thread that
/// evaluates, before each step of the plan (`done` steps of `total` have run, `label` is the line of the one that begins) and
/// once when all have run (`done` is `total`, `label` the name of the result). So the first call comes when the graph is
/// compiled, and one long step moves nothing until it has run. An evaluation without steps is not reported.
///
/// - `total` is known before the first step; constants that a first run computes are counted. It grows by the steps of the
///   plain program if a value turns out not to be finite and the graph was compiled for finite ones. Where more than 65,536 ops
///   run in parts, the steps of parts that are not yet compiled are estimated, and `total` changes as parts begin.
/// - On a GPU steps are queued and run later: the last report means that all are queued. They are queued one by one then,
///   not as a recording.
/// - What has to be computed on another device first is an evaluation of its own.
/// - A thread that waits for another one to compute the same array hears nothing.
///
/// The callback may evaluate nothing: that is an error, as under [`forbid_evaluation`]. If it panics, it hears nothing more of
/// that evaluation, which goes on; the panic is resumed when the results are there.
///
/// Without a callback nothing is reported and nothing is paid.
///
/// ```
/// use ondine::{Array, Device};
/// use std::{cell::RefCell, rc::Rc};
///
/// let lines = Rc::new(RefCell::new(Vec::new()));
/// let kept = lines.clone();
/// let guard = ondine::report_progress(move |progress| kept.borrow_mut().push(progress.to_string()));
/// let x = Array::from([3.0, 4.0]).named("x");
/// (x.square().sum() * 0.5).named("energy").eval(&Device::reference())?;
/// drop(guard);
/// assert_eq!(
///     *lines.borrow(),
///     ["0 of 3: %0 = mul(%x, %x)", "1 of 3: %1 = sum(%0, axes=[0])", "2 of 3: %2 = mul(%1, $0)", "3 of 3: energy"]
/// );
/// # Ok::<(), ondine::Error>(())
/// ```
pub fn report_progress(callback: impl FnMut(&Progress) + 'static) -> ProgressGuard {
    let callback: Callback = Rc::new(RefCell::new(callback));
    LISTENERS.with_borrow_mut(|listeners| listeners.push(callback.clone()));
    ProgressGuard(callback)
}

impl Drop for ProgressGuard {
    fn drop(&mut self) {
        // A thread that ends has let go of its listeners already.
        let _ = LISTENERS.try_with(|listeners| listeners.borrow_mut().retain(|other| !Rc::ptr_eq(other, &self.0)));
    }
}

/// Computes something of so many ops on a meter that the thread's listener hears; `name` is the last label.
pub(crate) fn heard<T>(
    ops: usize,
    name: impl FnOnce() -> String,
    compute: impl FnOnce(&mut Meter) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let Some(callback) = LISTENERS.with_borrow(|listeners| listeners.last().cloned()) else {
        return compute(&mut Meter::silent());
    };
    let mut listener = |progress: &Progress| tell(&callback, progress);
    let mut meter = Meter::heard_by(&mut listener, ops);
    let result = compute(&mut meter)?;
    meter.finish(&name());
    Ok(result)
}

fn tell(callback: &Callback, progress: &Progress) {
    let earlier = PANIC.take();
    // It is borrowed while it runs: what it calls itself is not reported.
    let borrowed = callback.try_borrow_mut();
    let panic = match (earlier, borrowed) {
        (None, Ok(mut callback)) => {
            // It runs under the locks of the evaluation.
            let _guard = forbid_evaluation();
            catch_unwind(AssertUnwindSafe(|| callback(progress))).err()
        }
        (earlier, _) => earlier,
    };
    PANIC.set(panic);
}

/// Lets a callback's panic out when an evaluation is over.
pub(crate) fn over<T>(evaluation: impl FnOnce() -> T) -> T {
    let result = evaluation();
    match PANIC.take() {
        Some(panic) => resume_unwind(panic),
        None => result,
    }
}
