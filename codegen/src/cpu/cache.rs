//! All kernels of the process by what they are made from, and the few that a nest uses.

use super::{Class, Kernel};
use crate::nest::{Access, Body, Loops, Nest, Part};
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
        Key { body: part.body.clone(), classes: classes(part, loops) }
    }
}

/// A kernel, once it is compiled; `None` where that cannot be done.
type Slot = Arc<OnceLock<Option<Arc<Kernel>>>>;

/// Kernels by key, bounded.
#[derive(Default)]
pub struct Cache {
    generations: Mutex<[HashMap<Key, Slot>; 2]>,
    compiled: AtomicU64,
    failed: AtomicU64,
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
        let compile = || match Kernel::new(key) {
            Ok(kernel) => {
                self.compiled.fetch_add(1, Ordering::Relaxed);
                Some(Arc::new(kernel))
            }
            Err(reason) => {
                self.failed.fetch_add(1, Ordering::Relaxed);
                debug_assert!(super::isa::host().is_none(), "{reason}");
                None
            }
        };
        slot.get_or_init(compile).clone()
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
        Kernels { parts: nest.parts.iter().map(|_| Link::default()).collect() }
    }

    /// The kernel for some loops of a part, `None` if they are to be interpreted.
    pub fn get(&self, at: usize, part: &Part, loops: &Loops) -> Option<Arc<Kernel>> {
        let classes = classes(part, loops);
        let find = || Cache::shared().get(&Key { body: part.body.clone(), classes: classes.clone() });
        let mut link = &self.parts[at];
        for _ in 0..CHAIN {
            let fresh = || Box::new(Found { classes: classes.clone(), kernel: find(), next: Link::default() });
            let found = link.0.get_or_init(fresh);
            if found.classes == classes {
                return found.kernel.clone();
            }
            link = &found.next;
        }
        find()
    }
}
