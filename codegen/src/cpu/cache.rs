//! All kernels of the process by what they are made from, and the few that a nest uses.

use super::{Class, Kernel};
use crate::nest::{Access, Body, Loops, Nest, Part};
use ondine_ir::ReduceKind;
use smallvec::SmallVec;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What a kernel is made from. One process has one instruction set, so it is no part of the key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// What every element does.
    pub body: Body,
    /// How each access moves in the inner loop.
    pub classes: Classes,
    /// If the body's store combines with accumulators instead of writing, how.
    pub fold: Option<ReduceKind>,
    /// Whether rows that begin on cache lines are written past the cache, by generators that can.
    pub past_cache: bool,
}

/// One class for every access.
pub type Classes = SmallVec<[Class; 8]>;

/// Kernels of one generation; the older one is dropped when the younger one has as many.
const GENERATION: usize = 2048;

/// How many stride classes of one part are remembered with it.
const CHAIN: usize = 32;

impl Class {
    fn of(stride: i64) -> Class {
        match stride {
            1 => Class::Contiguous,
            0 => Class::Broadcast,
            -1 => Class::Reversed,
            _ => Class::Strided,
        }
    }
}

/// The classes of loops.
fn classes(part: &Part, loops: &Loops) -> Classes {
    let access = |(access, place): (&Access, &crate::nest::Place)| {
        let stride = *place.strides.last().expect("there is a loop");
        match (access, Class::of(stride)) {
            (Access::Position, _) => Class::Strided,
            (Access::Write(..), Class::Broadcast | Class::Reversed) => Class::Strided,
            (_, class) => class,
        }
    };
    part.accesses.iter().zip(&loops.places).map(access).collect()
}

impl Key {
    /// What the kernel for some loops of a part is made from.
    pub fn new(part: &Part, loops: &Loops) -> Key {
        Key { body: part.body.clone(), classes: classes(part, loops), fold: None, past_cache: false }
    }
}

/// A kernel, once it is compiled; `None` where that cannot be done.
type Slot = Arc<OnceLock<Option<Arc<Kernel>>>>;

/// Kernels by key, bounded.
pub struct Cache {
    generations: Mutex<[HashMap<Key, Slot>; 2]>,
    compile: fn(&Key) -> Result<Kernel, String>,
    compiled: AtomicU64,
    failed: AtomicU64,
    last_failure: Mutex<Option<String>>,
}

impl Default for Cache {
    fn default() -> Cache {
        Cache {
            generations: Mutex::default(),
            compile: Kernel::new,
            compiled: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            last_failure: Mutex::new(None),
        }
    }
}

/// What a cache has done so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Kernels held now.
    pub held: usize,
    /// Kernels compiled.
    pub compiled: u64,
    /// Bodies that could not be compiled and are interpreted.
    pub failed: u64,
}

impl Cache {
    /// The cache of this process.
    pub fn shared() -> &'static Cache {
        static CACHE: OnceLock<Cache> = OnceLock::new();
        CACHE.get_or_init(Cache::default)
    }

    /// The kernel of a key, compiled now if it is new.
    pub fn get(&self, key: &Key) -> Option<Arc<Kernel>> {
        let slot = self.slot(key);
        let compile = || match (self.compile)(key) {
            Ok(kernel) => {
                self.compiled.fetch_add(1, Ordering::Relaxed);
                Some(Arc::new(kernel))
            }
            Err(reason) => {
                self.failed.fetch_add(1, Ordering::Relaxed);
                *self.last_failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
                None
            }
        };
        slot.get_or_init(compile).clone()
    }

    /// The kernel of a key that was asked for before, `None` if there is none yet.
    fn find(&self, key: &Key) -> Option<Option<Arc<Kernel>>> {
        let generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        generations.iter().find_map(|slots| slots.get(key))?.get().cloned()
    }

    fn slot(&self, key: &Key) -> Slot {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        let [young, old] = &mut *generations;
        if let Some(slot) = young.get(key) {
            return slot.clone();
        }
        let (key, slot) = old.remove_entry(key).unwrap_or_else(|| (key.clone(), Slot::default()));
        if young.len() >= GENERATION {
            *old = std::mem::take(young);
        }
        young.insert(key, slot.clone());
        slot
    }

    /// Forgets all kernels; those that programs hold stay until these are dropped.
    pub fn clear(&self) {
        *self.generations.lock().unwrap_or_else(PoisonError::into_inner) = Default::default();
    }

    /// Why the last body that could not be compiled could not be.
    pub fn last_failure(&self) -> Option<String> {
        self.last_failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the cache has done so far.
    pub fn stats(&self) -> Stats {
        let generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        Stats {
            held: generations.iter().map(HashMap::len).sum(),
            compiled: self.compiled.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
        }
    }
}

/// The kernels of one nest: found without a lock, compiled when they are first needed.
#[derive(Default)]
pub struct Kernels {
    parts: Box<[Link]>,
    fold: Option<ReduceKind>,
    past_cache: bool,
}

/// The end of a chain, or a kernel and what comes after it.
#[derive(Default)]
struct Link(OnceLock<Box<Found>>);

struct Found {
    classes: Classes,
    kernel: Option<Arc<Kernel>>,
    next: Link,
}

impl Kernels {
    /// None compiled yet.
    pub fn new(nest: &Nest) -> Kernels {
        Kernels { parts: nest.parts.iter().map(|_| Link::default()).collect(), fold: None, past_cache: false }
    }

    /// Kernels that write what nobody reads soon: past the cache, which saves reading what is overwritten. Another thread may
    /// read it after a fence (`sfence`).
    pub fn past_cache(nest: &Nest) -> Kernels {
        Kernels { past_cache: true, ..Kernels::new(nest) }
    }

    /// Kernels that combine what the nest's one region computes with the accumulators at its result
    /// ([`Fold`](crate::nest::Fold)), and write nothing else.
    pub fn folding(nest: &Nest, kind: ReduceKind) -> Kernels {
        Kernels { fold: Some(kind), ..Kernels::new(nest) }
    }

    /// What the kernel for some loops of a part is made from.
    pub fn key(&self, part: &Part, loops: &Loops) -> Key {
        Key { fold: self.fold, past_cache: self.past_cache, ..Key::new(part, loops) }
    }

    /// The kernel for some loops of a part, `None` if they are to be interpreted: because they cannot be compiled, or
    /// because that is not worth it (`compile` is false) and nobody did it before.
    pub fn get(&self, at: usize, part: &Part, loops: &Loops, compile: bool) -> Option<Arc<Kernel>> {
        let classes = classes(part, loops);
        let Kernels { fold, past_cache, .. } = *self;
        let key = || Key { body: part.body.clone(), classes: classes.clone(), fold, past_cache };
        let mut link = &self.parts[at];
        for _ in 0..CHAIN {
            let found = match link.0.get() {
                Some(found) => found,
                None => {
                    let kernel = if compile { Cache::shared().get(&key()) } else { Cache::shared().find(&key())? };
                    let fresh = || Box::new(Found { classes: classes.clone(), kernel, next: Link::default() });
                    link.0.get_or_init(fresh)
                }
            };
            if found.classes == classes {
                return found.kernel.clone();
            }
            link = &found.next;
        }
        Cache::shared().get(&key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nest::{Frame, Layout, Layouts, lower};
    use ondine_ir::{Binary, DType, Index, Inst, RegionBuilder, Scalar};

    /// `x + x + ..`, one body for every count.
    fn nest(sums: usize) -> Nest {
        let mut builder = RegionBuilder::new([8].into());
        let load =
            Inst::Load { operand: 0, index: Index::identity(1), within: vec![], otherwise: Scalar::zero(DType::F64) };
        let x = builder.push(load, DType::F64);
        let sum = (0..sums).fold(x, |sum, _| builder.push(Inst::Binary(Binary::Add, sum, x), DType::F64));
        let region = builder.finish(sum);
        let layout = [Layout::new([1])];
        lower(&[&region], &Layouts { operands: &layout, anchor: None, results: &layout })
    }

    fn key(nest: &Nest) -> Key {
        let part = &nest.parts[0];
        Key::new(part, &Loops::new(part, &part.blocks[0], &Frame::whole(&nest.extents)).expect("a box"))
    }

    #[test]
    fn equal_bodies_share_a_kernel_that_goes_with_its_last_user() {
        if crate::cpu::isa::host().is_none() {
            return;
        }
        let cache = Cache::default();
        let kernel = cache.get(&key(&nest(3))).expect("it can be compiled");
        assert!(Arc::ptr_eq(&kernel, &cache.get(&key(&nest(3))).expect("it can be compiled")));
        assert_eq!(cache.stats(), Stats { held: 1, compiled: 1, failed: 0 });
        let watch = Arc::downgrade(&kernel);
        cache.clear();
        assert!(watch.upgrade().is_some(), "somebody may be running it");
        drop(kernel);
        assert!(watch.upgrade().is_none(), "nobody needs it");
    }

    #[test]
    fn threads_that_want_one_kernel_compile_it_once() {
        if crate::cpu::isa::host().is_none() {
            return;
        }
        let cache = Cache::default();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (1..20).for_each(|sums| assert!(cache.get(&key(&nest(sums))).is_some())));
            }
        });
        assert_eq!(cache.stats(), Stats { held: 19, compiled: 19, failed: 0 });
    }

    #[test]
    fn the_cache_is_bounded_and_keeps_what_is_used() {
        let cache = Cache { compile: |_| Err("not now".to_string()), ..Cache::default() };
        let used = key(&nest(0));
        let slot = cache.slot(&used);
        let mut part = nest(1).parts.remove(0);
        for at in 0..3 * GENERATION {
            // Keys need not be sensible to be counted.
            let classes =
                (0..12).map(|bit| if at >> bit & 1 == 1 { Class::Strided } else { Class::Reversed }).collect();
            cache.slot(&Key { body: part.body.clone(), classes, ..used.clone() });
            if at % 1000 == 0 {
                assert!(Arc::ptr_eq(&slot, &cache.slot(&used)), "it was used a moment ago");
            }
            if at % 4096 == 4095 {
                part = nest(2 + at / 4096).parts.remove(0);
            }
        }
        assert!(cache.stats().held <= 2 * GENERATION);
    }

    #[test]
    fn what_cannot_be_compiled_is_counted_once_and_named() {
        let cache = Cache { compile: |_| Err("not now".to_string()), ..Cache::default() };
        for _ in 0..3 {
            assert!(cache.get(&key(&nest(2))).is_none());
        }
        assert_eq!(cache.stats(), Stats { held: 1, compiled: 0, failed: 1 });
        assert_eq!(cache.last_failure().as_deref(), Some("not now"));
    }
}
