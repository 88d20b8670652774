//! Scopes in which nothing may be evaluated: they find what forces a value behind the user's back.

use crate::error::{ErrorKind, Failure};
use crate::lazy::{Body, Lazy};
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

/// An error where the thread may not evaluate and one of the results has to be computed.
pub(crate) fn check(results: &[Lazy]) -> Result<(), Failure> {
    if FORBIDDEN.get() == 0 {
        return Ok(());
    }
    let is_pending = |lazy: &&Lazy| match lazy.read(|body| match body {
        Body::Pending { .. } => Some(None),
        Body::Transfer(source) => Some(Some(source.clone())),
        _ => None,
    }) {
        // Copying a value computes nothing.
        Some(Some(source)) => !source.is_ready(),
        found => found.is_some(),
    };
    match results.iter().find(is_pending) {
        Some(lazy) => Err(ErrorKind::Forbidden { operand: lazy.ty().clone() }.into()),
        None => Ok(()),
    }
}
