//! The device's threads: tasks dealt one by one to whoever is free, the caller working too.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Work predicted below this many nanoseconds stays on the caller.
const WORTH_DEALING: f64 = 20_000.0;

/// How long a thread that has nothing to do stays awake. Steps of a plan follow each other faster than threads wake up.
const AWAKE: Duration = Duration::from_micros(100);

/// A pool that is made when it is first needed.
pub(super) struct Threads {
    state: Mutex<State>,
}

struct State {
    count: usize,
    /// One thread fewer than `count`.
    pool: Option<Arc<ThreadPool>>,
    /// How many of them wait for work without sleeping.
    waiting: Arc<AtomicUsize>,
    /// `count` threads for libraries that deal their work themselves.
    library: Option<Arc<ThreadPool>>,
}

impl Threads {
    pub(super) fn from_environment() -> Threads {
        let asked = std::env::var("ONDINE_THREADS").ok().and_then(|text| text.trim().parse().ok());
        let count = asked.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |count| count.get()));
        Threads { state: Mutex::new(State { count: count.max(1), pool: None, waiting: Arc::default(), library: None }) }
    }

    pub(super) fn count(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).count
    }

    pub(super) fn set(&self, count: usize) {
        let old = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let same = state.count == count.max(1);
            state.count = count.max(1);
            if same { [None, None] } else { [state.pool.take(), state.library.take()] }
        };
        drop(old);
    }

    /// The number of threads, and those that are not the caller; none where there are none, or where the system has none to
    /// give.
    fn workers(&self) -> (usize, Option<Workers>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.count > 1 && state.pool.is_none() {
            let workers =
                ThreadPoolBuilder::new().num_threads(state.count - 1).thread_name(|at| format!("ondine-{at}")).build();
            (state.pool, state.waiting) = (workers.ok().map(Arc::new), Arc::default());
        }
        let workers = state.pool.clone().map(|pool| Workers { pool, waiting: state.waiting.clone() });
        (state.count, workers)
    }

    /// All threads as a pool, for a library that deals its work to the pool that it runs in; `None` where the system has none
    /// to give.
    pub(super) fn library(&self) -> Option<Arc<ThreadPool>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.library.is_none() {
            let threads = ThreadPoolBuilder::new().num_threads(state.count);
            state.library = threads.thread_name(|at| format!("ondine-library-{at}")).build().ok().map(Arc::new);
        }
        state.library.clone()
    }

    /// The threads for tasks that together take about `nanoseconds`.
    pub(super) fn crew(&self, tasks: usize, nanoseconds: f64) -> Crew {
        let (count, workers) = if tasks > 1 && nanoseconds > WORTH_DEALING { self.workers() } else { (1, None) };
        Crew { count: if workers.is_some() { count.min(tasks) } else { 1 }, workers }
    }

    /// Runs tasks `0..tasks` that together take about `nanoseconds`. Each thread that takes part makes one state.
    pub(super) fn deal<S>(
        &self,
        tasks: usize,
        nanoseconds: f64,
        state: impl Fn() -> S + Sync,
        task: impl Fn(&mut S, usize) + Sync,
    ) {
        self.crew(tasks, nanoseconds).deal(tasks, state, task);
    }

    /// As `deal`, with states that cannot always be made: the first error ends it, with tasks left undone.
    pub(super) fn try_deal<S, E: Send>(
        &self,
        tasks: usize,
        nanoseconds: f64,
        state: impl Fn() -> Result<S, E> + Sync,
        task: impl Fn(&mut S, usize) + Sync,
    ) -> Result<(), E> {
        self.crew(tasks, nanoseconds).try_deal(tasks, state, task)
    }
}

/// Tasks for each thread from which on it takes the next before it has done one. Fewer are left to whoever is free first.
const MANY: usize = 4;

/// Threads that work on one step, the caller included.
pub(super) struct Crew {
    count: usize,
    workers: Option<Workers>,
}

/// Threads of a pool.
struct Workers {
    pool: Arc<ThreadPool>,
    waiting: Arc<AtomicUsize>,
}

impl Workers {
    /// Wakes so many threads, if they sleep; they work until there was nothing to do for a while.
    fn wake(&self, count: usize) {
        while self.waiting.load(Ordering::Relaxed) < count {
            self.waiting.fetch_add(1, Ordering::Relaxed);
            let waiting = self.waiting.clone();
            self.pool.spawn(move || {
                let mut idle = Instant::now();
                while idle.elapsed() < AWAKE {
                    match rayon::yield_now() {
                        Some(rayon::Yield::Executed) => idle = Instant::now(),
                        _ => std::thread::yield_now(),
                    }
                }
                waiting.fetch_sub(1, Ordering::Relaxed);
            });
        }
    }
}

/// Waits for a count to come down to 0, but no longer than threads stay awake.
fn await_none(count: &AtomicUsize) {
    let start = Instant::now();
    while count.load(Ordering::Acquire) > 0 {
        if start.elapsed() > AWAKE {
            return;
        }
        std::thread::yield_now();
    }
    // What is left of their work is to say so.
    (0..32).for_each(|_| std::hint::spin_loop());
}

impl Crew {
    /// At most so many threads take part.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Runs tasks `0..tasks`. Each thread that takes part makes one state.
    pub(super) fn deal<S>(&self, tasks: usize, state: impl Fn() -> S + Sync, task: impl Fn(&mut S, usize) + Sync) {
        let dealt = self.try_deal(tasks, || Ok::<S, Infallible>(state()), task);
        dealt.unwrap_or_else(|never| match never {});
    }

    /// As `deal`, with states that cannot always be made: the first error ends it, with tasks left undone.
    pub(super) fn try_deal<S, E: Send>(
        &self,
        tasks: usize,
        state: impl Fn() -> Result<S, E> + Sync,
        task: impl Fn(&mut S, usize) + Sync,
    ) -> Result<(), E> {
        self.try_deal_ahead(tasks, state, |mine, at, _| task(mine, at))
    }

    /// As `try_deal`, for tasks that prepare the next one of their thread. While many are left, a thread knows which it is.
    pub(super) fn try_deal_ahead<S, E: Send>(
        &self,
        tasks: usize,
        state: impl Fn() -> Result<S, E> + Sync,
        task: impl Fn(&mut S, usize, Option<usize>) + Sync,
    ) -> Result<(), E> {
        let Some(workers) = &self.workers else {
            let mut state = state()?;
            (0..tasks).for_each(|at| task(&mut state, at, (at + 1 < tasks).then_some(at + 1)));
            return Ok(());
        };
        let next = AtomicUsize::new(0);
        let failure = Mutex::new(None);
        let work = || {
            // A thread that comes when all is dealt needs no state.
            if next.load(Ordering::Relaxed) >= tasks {
                return;
            }
            let mut mine = match state() {
                Ok(mine) => mine,
                Err(error) => {
                    next.store(tasks, Ordering::Relaxed);
                    failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    return;
                }
            };
            let take = || next.fetch_add(1, Ordering::Relaxed);
            let mut following = None;
            loop {
                let at = following.take().unwrap_or_else(take);
                if at >= tasks {
                    return;
                }
                if next.load(Ordering::Relaxed) + MANY * self.count < tasks {
                    following = Some(take());
                }
                task(&mut mine, at, following.filter(|&at| at < tasks));
            }
        };
        let others = AtomicUsize::new(self.count - 1);
        workers.wake(self.count - 1);
        workers.pool.in_place_scope(|scope| {
            for _ in 1..self.count {
                scope.spawn(|_| {
                    work();
                    others.fetch_sub(1, Ordering::Release);
                });
            }
            work();
            // The scope would put the caller to sleep.
            await_none(&others);
        });
        failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::cpu::storage::words;

    #[test]
    fn memory_that_a_thread_cannot_have_is_an_error_with_its_bytes() {
        let threads = Threads::from_environment();
        for count in [1, 3] {
            threads.set(count);
            let dealt = threads.try_deal(5, 1e9, || words(isize::MAX as usize), |_, _| ());
            assert!(matches!(dealt, Err(Error::OutOfMemory { bytes, .. }) if bytes == isize::MAX as usize));
            assert!(threads.try_deal(5, 1e9, || words(40), |memory, _| assert_eq!(memory.len(), 3)).is_ok());
        }
    }
}
