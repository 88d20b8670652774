//! Scopes in which nothing may be evaluated: they find what forces a value behind the user's back.

use crate::error::{ErrorKind, Failure};
use crate::lazy::Lazy;
use std::cell::Cell;
use std::marker::PhantomData;

thread_local! {
    static FORBIDDEN: Cell<usize> = const { Cell::new(0) };
}

/// While it lives, the thread that made it evaluates nothing; [`forbid_evaluation`] makes one.
#[must_use = "evaluation is forbidden while the guard lives"]
pub struct EvaluationGuard(PhantomData<*const ()>);

/// Forbids evaluation on this thread until the result is dropped. Building and reading what is ready go on.
///
/// ```
/// let x = ondine::arange(3) + 1;
/// let guard = ondine::forbid_evaluation();
/// assert!(x.to_vec::<i64>().is_err());
/// drop(guard);
/// assert_eq!(x.to_vec::<i64>()?, [1, 2, 3]);
/// # Ok::<(), ondine::Error>(())
/// ```
pub fn forbid_evaluation() -> EvaluationGuard {
    FORBIDDEN.set(FORBIDDEN.get() + 1);
    EvaluationGuard(PhantomData)
}

impl Drop for EvaluationGuard {
    fn drop(&mut self) {
        FORBIDDEN.set(FORBIDDEN.get() - 1);
    }
}

/// An error where the thread may not evaluate the array.
pub(crate) fn check(lazy: &Lazy) -> Result<(), Failure> {
    match FORBIDDEN.get() {
        0 => Ok(()),
        _ => Err(ErrorKind::Forbidden { operand: lazy.ty().clone() }.into()),
    }
}
