//! The node behind an array: its type, its placement, and what is known of its value.
//!
//! Nodes point at their operands and at nothing else. Dropping one takes its operands apart in a loop, because a chain of a
//! million nested handles dropped by recursion would overflow the stack.

use crate::error::{ErrorKind, Failure};
use crate::explain::counters;
use ondine_ir::{Error as IrError, Op, Scalar, Shape, Type, View, infer};
use ondine_runtime::{Buffer, Device};
use smallvec::SmallVec;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// A handle on a node that could be built.
#[derive(Clone)]
pub(crate) struct Lazy(Arc<Node>);

/// A node, or the reason why there is none.
pub(crate) type Built = Result<Lazy, Failure>;

/// What a node computes from: another node, or a number of its own.
#[derive(Clone)]
pub(crate) enum Source {
    Lazy(Lazy),
    Scalar(Scalar),
}

/// The operands of a node.
pub(crate) type Sources = SmallVec<[Source; 2]>;

pub(crate) struct Node {
    ty: Type,
    /// Where the value is or will be; empty while any device would do.
    placed: OnceLock<Device>,
    /// Held while the node is evaluated as a result, so that many threads compute it once.
    evaluating: Mutex<()>,
    /// Set once the node was computed on the way to something else.
    computed: AtomicBool,
    state: Mutex<State>,
}

struct State {
    label: Option<Box<str>>,
    body: Body,
}

/// What is known of a node's value.
pub(crate) enum Body {
    /// To be computed.
    Pending { op: Op, sources: Sources },
    /// A number that is given to graphs as a parameter.
    Scalar(Scalar),
    /// To be copied to the node's device: where graphs are cut.
    Transfer(Lazy),
    /// An argument of a function being compiled.
    Placeholder,
    /// Computed or given: one buffer per device, `None` for host data that is placed nowhere.
    Ready(Vec<(Option<Device>, Buffer)>),
}

impl Lazy {
    fn with(ty: Type, placed: Option<Device>, body: Body) -> Lazy {
        let cell = OnceLock::new();
        if let Some(device) = placed {
            cell.set(device).expect("the cell is new");
        }
        Lazy(Arc::new(Node {
            ty,
            placed: cell,
            evaluating: Mutex::new(()),
            computed: AtomicBool::new(false),
            state: Mutex::new(State { label: None, body }),
        }))
    }

    /// A node that applies an op.
    pub(crate) fn apply(op: Op, sources: impl IntoIterator<Item = Source>) -> Built {
        let sources: Sources = sources.into_iter().collect();
        let types: SmallVec<[Type; 3]> = sources.iter().map(Source::ty).collect();
        let operands: SmallVec<[&Type; 3]> = types.iter().collect();
        let ty = infer(&op, &operands)?.pop().expect("every op of the public interface has one output");
        let mut placed: Option<(&Lazy, &Device)> = None;
        for source in &sources {
            if let Source::Lazy(lazy) = source
                && let Some(device) = lazy.placed()
            {
                match placed {
                    Some((first, at)) if at != device => {
                        return Err(ErrorKind::Devices {
                            op: op.name(&operands),
                            first: first.ty().clone(),
                            first_device: at.to_string(),
                            second: lazy.ty().clone(),
                            second_device: device.to_string(),
                        }
                        .into());
                    }
                    _ => placed = Some((lazy, device)),
                }
            }
        }
        let placed = placed.map(|(_, device)| device.clone());
        Ok(Lazy::with(ty, placed, Body::Pending { op, sources }))
    }

    /// A number: a parameter of the graphs it takes part in.
    pub(crate) fn scalar(scalar: Scalar) -> Lazy {
        Lazy::with(Type::new(scalar.dtype(), []), None, Body::Scalar(scalar))
    }

    /// Host data, placed nowhere.
    pub(crate) fn host(buffer: Buffer) -> Lazy {
        Lazy::with(buffer.ty().clone(), None, Body::Ready(vec![(None, buffer)]))
    }

    /// A value on a device.
    pub(crate) fn ready(buffer: Buffer, device: &Device) -> Lazy {
        let body = Body::Ready(vec![(Some(device.clone()), buffer.clone())]);
        Lazy::with(buffer.ty().clone(), Some(device.clone()), body)
    }

    /// A copy on another device.
    pub(crate) fn transfer(self, device: &Device) -> Lazy {
        let ty = self.ty().clone();
        Lazy::with(ty, Some(device.clone()), Body::Transfer(self))
    }

    /// An argument of a function being compiled.
    pub(crate) fn placeholder(ty: Type, placed: Option<Device>) -> Lazy {
        Lazy::with(ty, placed, Body::Placeholder)
    }

    /// A view; an identity is the node itself.
    pub(crate) fn view(&self, view: View) -> Built {
        match view.is_identity(self.shape()) {
            true => Ok(self.clone()),
            false => Lazy::apply(Op::View(view), [self.into()]),
        }
    }

    pub(crate) fn ty(&self) -> &Type {
        &self.0.ty
    }

    pub(crate) fn shape(&self) -> &Shape {
        &self.0.ty.shape
    }

    pub(crate) fn rank(&self) -> usize {
        self.shape().rank()
    }

    pub(crate) fn placed(&self) -> Option<&Device> {
        self.0.placed.get()
    }

    /// The identity of the node while a handle on it lives.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lock_evaluation(&self) -> MutexGuard<'_, ()> {
        self.0.evaluating.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the body; nothing may be built or dropped inside.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&Body) -> T) -> T {
        look(&self.state().body)
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.read(|body| matches!(body, Body::Ready(_)))
    }

    pub(crate) fn label(&self) -> Option<String> {
        self.state().label.as_deref().map(str::to_string)
    }

    pub(crate) fn set_label(&self, label: &str) {
        self.state().label = Some(label.into());
    }

    /// Notes that the node was computed on the way to something else; true if that happened before.
    pub(crate) fn mark_computed(&self) -> bool {
        self.0.computed.swap(true, Ordering::Relaxed)
    }

    /// Makes the node ready on a device and lets its operands go. A node that already is ready stays as it is.
    pub(crate) fn publish(&self, buffer: Buffer, device: &Device) {
        let mut state = self.state();
        if matches!(state.body, Body::Ready(_)) {
            return;
        }
        let ready = Body::Ready(vec![(Some(device.clone()), buffer)]);
        let old = std::mem::replace(&mut state.body, ready);
        drop(state);
        // A node that is pending on a device can only be evaluated there, so an earlier placement is the same.
        let _ = self.0.placed.set(device.clone());
        drop_flat(old);
    }

    /// The value of a ready node on a device; host data is uploaded there once. `None` if the node is not ready.
    pub(crate) fn buffer_on(&self, device: &Device) -> Option<Result<Buffer, Failure>> {
        let mut state = self.state();
        let Body::Ready(buffers) = &mut state.body else { return None };
        if let Some((_, buffer)) = buffers.iter().find(|(at, _)| at.as_ref() == Some(device)) {
            return Some(Ok(buffer.clone()));
        }
        let Some((_, host)) = buffers.iter().find(|(at, _)| at.is_none()) else {
            let at = self.placed().map_or(String::new(), Device::to_string);
            return Some(
                Err(ErrorKind::Placement { operand: self.ty().clone(), at, asked: device.to_string() }.into()),
            );
        };
        match device.backend().upload(host) {
            Ok(buffer) => {
                counters::add(&counters::UPLOADS, 1);
                buffers.push((Some(device.clone()), buffer.clone()));
                Some(Ok(buffer))
            }
            Err(error) => Some(Err(error.into())),
        }
    }

    /// Places host data on a device for good: the buffer there is the only one that stays.
    pub(crate) fn place(&self, device: &Device) -> Result<(), Failure> {
        let buffer = self.buffer_on(device).expect("only ready nodes are placed")?;
        if self.0.placed.set(device.clone()).is_ok() {
            self.state().body = Body::Ready(vec![(Some(device.clone()), buffer)]);
        }
        Ok(())
    }

    /// The value of a ready node and the device it comes from: host data first.
    pub(crate) fn any_buffer(&self) -> Option<(Option<Device>, Buffer)> {
        self.read(|body| match body {
            Body::Ready(buffers) => buffers.first().cloned(),
            _ => None,
        })
    }
}

impl Source {
    pub(crate) fn ty(&self) -> Type {
        match self {
            Source::Lazy(lazy) => lazy.ty().clone(),
            Source::Scalar(scalar) => Type::new(scalar.dtype(), []),
        }
    }

    pub(crate) fn as_lazy(&self) -> Option<&Lazy> {
        match self {
            Source::Lazy(lazy) => Some(lazy),
            Source::Scalar(_) => None,
        }
    }
}

impl From<&Lazy> for Source {
    fn from(lazy: &Lazy) -> Source {
        Source::Lazy(lazy.clone())
    }
}

impl From<Lazy> for Source {
    fn from(lazy: Lazy) -> Source {
        Source::Lazy(lazy)
    }
}

impl From<Scalar> for Source {
    fn from(scalar: Scalar) -> Source {
        Source::Scalar(scalar)
    }
}

impl Body {
    fn take_sources(&mut self, into: &mut Vec<Lazy>) {
        match self {
            Body::Pending { sources, .. } => into.extend(sources.drain(..).filter_map(|source| match source {
                Source::Lazy(lazy) => Some(lazy),
                Source::Scalar(_) => None,
            })),
            Body::Transfer(_) => {
                if let Body::Transfer(source) = std::mem::replace(self, Body::Placeholder) {
                    into.push(source);
                }
            }
            _ => {}
        }
    }
}

/// Drops a body and all that only it keeps alive, in a loop.
fn drop_flat(mut body: Body) {
    let mut stack = Vec::new();
    body.take_sources(&mut stack);
    while let Some(lazy) = stack.pop() {
        // Exactly one of the threads that drop the last handles gets the node.
        if let Some(mut node) = Arc::into_inner(lazy.0) {
            node.state.get_mut().unwrap_or_else(PoisonError::into_inner).body.take_sources(&mut stack);
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if matches!(state.body, Body::Pending { .. } | Body::Transfer(_)) {
            drop_flat(std::mem::replace(&mut state.body, Body::Placeholder));
        }
    }
}

/// The axis that a possibly negative number names.
pub(crate) fn axis_of(op: &'static str, axis: i64, ty: &Type) -> Result<usize, Failure> {
    let rank = ty.shape.rank() as i64;
    match (-rank..rank).contains(&axis) {
        true => Ok(axis.rem_euclid(rank) as usize),
        false => Err(IrError::Axis { op, axis, operand: ty.clone() }.into()),
    }
}

/// The axes that some numbers name, in the order given; none twice.
pub(crate) fn axes_of(op: &'static str, axes: &[i64], ty: &Type) -> Result<SmallVec<[usize; 4]>, Failure> {
    let mut found: SmallVec<[usize; 4]> = SmallVec::new();
    for &axis in axes {
        let place = axis_of(op, axis, ty)?;
        if found.contains(&place) {
            return Err(IrError::RepeatedAxis { op, axis, operand: ty.clone() }.into());
        }
        found.push(place);
    }
    Ok(found)
}
