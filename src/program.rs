//! Programs by the structure of their graphs: what was compiled once runs again without being built again.
//!
//! Pending nodes are written out as words (ops, operand numbers, types of inputs, bits of literals; neither parameters nor
//! names), and equal words mean equal graphs. A hit builds no graph: it takes one read lock.

use crate::capture::{Addresses, Capture, Walk};
use crate::element::is_literal;
use crate::error::Failure;
use crate::evaluate::compile;
use crate::lazy::{Body, Lazy, Source};
use ondine_ir::{Scalar, Type};
use ondine_runtime::{Device, Executable, Options};
use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError, RwLock};

/// A graph as words, and what it has to be given. Its memory is used again by the next graph of the thread.
#[derive(Default)]
pub(crate) struct Linear {
    words: Words,
    /// The inputs after the declared ones.
    pub(crate) inputs: Vec<Lazy>,
    pub(crate) params: Vec<Scalar>,
    numbers: HashMap<usize, u64, Addresses>,
}

/// What separates the words of one thing from those of the next.
enum Tag {
    Node,
    Input,
    Param,
    Literal,
    Known,
    Results,
}

/// Keeps what it is given to hash. `Hash` feeds whole values, lengths before elements, so equal words mean equal values.
#[derive(Clone, Default, PartialEq)]
struct Words(Vec<u64>);

impl Hasher for Words {
    fn finish(&self) -> u64 {
        unreachable!("words are compared, not hashed")
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0.push(bytes.len() as u64);
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0.push(u64::from_le_bytes(word));
        }
    }
    fn write_u8(&mut self, value: u8) {
        self.0.push(value as u64);
    }
    fn write_u16(&mut self, value: u16) {
        self.0.push(value as u64);
    }
    fn write_u32(&mut self, value: u32) {
        self.0.push(value as u64);
    }
    fn write_u64(&mut self, value: u64) {
        self.0.push(value);
    }
    fn write_usize(&mut self, value: usize) {
        self.0.push(value as u64);
    }
}

impl Linear {
    fn write(&mut self, arguments: &[Lazy], order: &[Lazy], results: &[Lazy], device: &Device, options: &Options) {
        self.words.0.clear();
        self.inputs.clear();
        self.params.clear();
        self.numbers.clear();
        device.name().hash(&mut self.words);
        options.hash(&mut self.words);
        self.words.write_usize(arguments.len());
        for argument in arguments {
            argument.ty().hash(&mut self.words);
            self.number(argument);
        }
        for lazy in order {
            self.node(lazy);
        }
        self.tag(Tag::Results);
        for result in results {
            self.operand(result);
        }
    }

    fn tag(&mut self, tag: Tag) {
        self.words.0.push(tag as u64);
    }

    fn number(&mut self, lazy: &Lazy) {
        let next = self.numbers.len() as u64;
        self.numbers.insert(lazy.address(), next);
    }

    /// A node whose operands are numbered or known.
    fn node(&mut self, lazy: &Lazy) {
        let is_pending = lazy.read(|body| match body {
            Body::Pending { op, sources } => {
                self.tag(Tag::Node);
                op.hash(&mut self.words);
                self.words.write_usize(sources.len());
                for source in sources {
                    match source {
                        Source::Lazy(operand) => self.operand(operand),
                        Source::Scalar(scalar) => self.scalar(*scalar),
                    }
                }
                true
            }
            _ => false,
        });
        match is_pending {
            true => self.number(lazy),
            false => self.operand(lazy),
        }
    }

    /// A numbered node, or one that is known: an input or a number.
    fn operand(&mut self, lazy: &Lazy) {
        if let Some(&number) = self.numbers.get(&lazy.address()) {
            self.tag(Tag::Known);
            self.words.0.push(number);
            return;
        }
        let scalar = lazy.read(|body| match body {
            Body::Scalar(scalar) => Some(*scalar),
            _ => None,
        });
        match scalar {
            Some(scalar) => self.scalar(scalar),
            None => {
                self.tag(Tag::Input);
                let Type { dtype, shape } = lazy.ty();
                self.words.0.push(*dtype as u64);
                shape.hash(&mut self.words);
                self.inputs.push(lazy.clone());
            }
        }
        self.number(lazy);
    }

    fn scalar(&mut self, scalar: Scalar) {
        if is_literal(scalar) {
            self.tag(Tag::Literal);
            return scalar.hash(&mut self.words);
        }
        self.tag(Tag::Param);
        self.words.0.push(scalar.dtype() as u64);
        self.params.push(scalar);
    }

    /// Lets go of all arrays.
    fn clear(&mut self) {
        self.inputs.clear();
        self.params.clear();
        self.numbers.clear();
    }
}

/// Words that the next graph of a thread may find memory for.
const MOST_KEPT: usize = 1 << 14;

/// The program of a graph in topological order, and what it has to be given. `name` is the graph's name, should it have to
/// be built; so are the labels of its nodes.
pub(crate) fn with_program<T>(
    name: impl Fn() -> String,
    arguments: &[Lazy],
    order: &[Lazy],
    results: &[Lazy],
    device: &Device,
    options: &Options,
    then: impl FnOnce(&Arc<dyn Executable>, &Linear) -> Result<T, Failure>,
) -> Result<T, Failure> {
    thread_local!(static KEPT: Cell<Option<Box<Linear>>> = const { Cell::new(None) });
    let mut linear = KEPT.take().unwrap_or_default();
    let found = program(&mut linear, name, arguments, order, results, device, options);
    let result = found.and_then(|executable| then(&executable, &linear));
    linear.clear();
    if linear.words.0.capacity() <= MOST_KEPT {
        KEPT.set(Some(linear));
    }
    result
}

/// The program that would run for a pending result, if there is one already.
pub(crate) fn known(result: &Lazy, device: &Device, options: &Options) -> Option<Arc<dyn Executable>> {
    let results = std::slice::from_ref(result);
    let mut linear = Linear::default();
    linear.write(&[], &Walk::from(results, false).order, results, device, options);
    PROGRAMS.get(&linear.words.0)?.executable.get().cloned()
}

fn program(
    linear: &mut Linear,
    name: impl Fn() -> String,
    arguments: &[Lazy],
    order: &[Lazy],
    results: &[Lazy],
    device: &Device,
    options: &Options,
) -> Result<Arc<dyn Executable>, Failure> {
    linear.write(arguments, order, results, device, options);
    loop {
        let entry = PROGRAMS.entry(&linear.words.0);
        if let Some(executable) = entry.executable.get() {
            return Ok(executable.clone());
        }
        let mut capture = Capture::new(&name());
        for argument in arguments {
            capture.argument(argument, argument.label());
        }
        capture.extend(order)?;
        capture.finish(results)?;
        // Other threads may have made some nodes ready since the words were written. That never goes back, so words that
        // are the same before and after are those of the graph.
        let before = std::mem::take(&mut linear.words);
        linear.write(arguments, order, results, device, options);
        if linear.words != before {
            continue;
        }
        debug_assert_eq!((capture.inputs.len(), &capture.params), (linear.inputs.len(), &linear.params));
        let _making = entry.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(executable) = entry.executable.get() {
            return Ok(executable.clone());
        }
        let executable = compile(&capture.graph, device, options)?;
        return Ok(entry.executable.get_or_init(|| executable).clone());
    }
}

/// All programs of the process.
static PROGRAMS: LazyLock<Programs> = LazyLock::new(Programs::default);

/// The most programs that are kept, and the most words of their graphs.
const MOST_PROGRAMS: usize = 1024;
const MOST_WORDS: usize = 1 << 22;

#[derive(Default)]
struct Programs {
    entries: RwLock<HashMap<Box<[u64]>, Arc<Entry>>>,
    clock: AtomicU64,
}

/// A program, or that it is being made.
#[derive(Default)]
struct Entry {
    executable: OnceLock<Arc<dyn Executable>>,
    /// Held while it is compiled, so that many threads compile it once.
    making: Mutex<()>,
    used: AtomicU64,
}

impl Programs {
    /// The entry of a graph that is known.
    fn get(&self, words: &[u64]) -> Option<Arc<Entry>> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).get(words).cloned()
    }

    /// The entry of a graph, old or new. The least recently used ones go when there are too many.
    fn entry(&self, words: &[u64]) -> Arc<Entry> {
        let now = self.clock.fetch_add(1, Ordering::Relaxed);
        let touch = |entry: Arc<Entry>| {
            entry.used.store(now, Ordering::Relaxed);
            entry
        };
        if let Some(entry) = self.get(words) {
            return touch(entry);
        }
        let mut dropped = Vec::new();
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let mut total = entries.keys().map(|words| words.len()).sum::<usize>() + words.len();
        while !entries.is_empty() && (entries.len() >= MOST_PROGRAMS || total > MOST_WORDS) {
            let oldest = entries.iter().min_by_key(|(_, entry)| entry.used.load(Ordering::Relaxed));
            let key = oldest.expect("there are entries").0.clone();
            total -= key.len();
            dropped.extend(entries.remove(&key));
        }
        let entry = touch(entries.entry(words.into()).or_default().clone());
        // Programs take their time to drop, so the lock goes first.
        drop(entries);
        drop(dropped);
        entry
    }
}
