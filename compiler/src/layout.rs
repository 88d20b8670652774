//! How intermediates lie in memory: the compiler's own choice, so that every sweep reads contiguous lines.
//!
//! A value that only sweeps along one axis read has that axis last in memory; the sweep that makes it writes tiles of
//! neighbouring lines crosswise. A permuted view of a value is another type for its memory: the value is written so that the
//! view is dense. Lines of large values that only sweeps read begin on cache lines, and neither lines nor planes are a multiple of
//! 1 KiB apart. What has no layout here is dense and row-major.

use crate::Target;
use crate::memory::origin;
use ondine_ir::{Anchor, Atom, Graph, Index, Inst, Kernel, NodeId, Op, Shape, Type, Value, View};
use smallvec::SmallVec;
use std::collections::{HashMap, HashSet};

/// Where the elements of a value lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Distance in elements between neighbours along each axis.
    pub strides: SmallVec<[i64; 4]>,
    /// Elements from the first to the end of the memory, padding included.
    pub elements: usize,
}

/// Bytes from one position of a line to the next up to which writing crosswise pays. A stride of 1 MiB falls into few
/// cache sets: three crosswise sweeps over 256^3 were slower than gathering columns.
const FAR: i64 = 512 << 10;
/// Bytes of a cache line, on which lines of large values begin.
const CACHE_LINE: usize = 64;
/// Lines that begin a multiple of so many bytes apart fall into few cache sets.
const CLOSE: usize = 1024;
/// Bytes from which on values are stored past the cache, which takes whole cache lines.
const LARGE: usize = 1 << 20;

impl Layout {
    /// The axes from the outermost in memory to the contiguous one; `apart` gives the distance of neighbours along an axis, each
    /// of which takes so many elements.
    fn ordered(shape: &Shape, order: &[usize], apart: impl Fn(usize) -> usize) -> Layout {
        let mut strides = SmallVec::from_elem(0, shape.rank());
        let mut step = 1;
        for (place, &axis) in order.iter().enumerate().rev() {
            strides[axis] = step as i64;
            step *= shape[axis];
            if place > 0 {
                step = apart(step);
            }
        }
        Layout { strides, elements: step }
    }
}

/// The layouts of all values that are not dense and row-major.
pub(crate) fn layouts(graph: &Graph, target: &Target) -> HashMap<Value, Layout> {
    let mut layouts = HashMap::new();
    if !target.layouts {
        return layouts;
    }
    let results: HashSet<Value> = graph.results().iter().map(|&result| origin(graph, result)).collect();
    for id in graph.ids() {
        let node = graph.node(id);
        let Some((kernel, writes)) = sweep(&node.op) else { continue };
        let read = contiguous_read(graph, id, kernel, &layouts);
        let (value, [ty]) = (Value::from(id), &node.outputs[..]) else { continue };
        let users = graph.users(id);
        if kernel.stores.len() != 1 || ty.shape.elements() == 0 {
            continue;
        }
        if let [user] = users[..]
            && let Some(axes) = permutation(graph, user)
        {
            layouts.insert(value, Layout::ordered(&ty.shape, &axes, |elements| elements));
        } else if !results.contains(&value)
            && let Some(axis) = read_along(graph, &users, value)
        {
            // Tiles hold neighbours along one axis: where lines are read as columns, that axis is taken.
            let is_free = is_inside(kernel, axis) && (read == Some(writes) || read == Some(axis));
            let layout = if is_free { crosswise(ty, writes, axis) } else { None };
            layouts.extend(layout.or_else(|| padded(ty)).map(|layout| (value, layout)));
        }
    }
    layouts
}

/// The kernel of a sweep, and the axis of the lines that it writes.
fn sweep(op: &Op) -> Option<(&Kernel, usize)> {
    let Op::Kernel(kernel) = op else { return None };
    match &kernel.anchor {
        Anchor::Lines(lines) => Some((kernel, lines.last()?.axis.axis)),
        _ => None,
    }
}

/// True if tiles may hold lines along an axis: any axis, or one of the slab.
fn is_inside(kernel: &Kernel, axis: usize) -> bool {
    let Anchor::Lines(lines) = &kernel.anchor else { return false };
    let is_slab = lines.iter().any(|line| line.axis.axis != lines[0].axis.axis);
    !is_slab || lines.iter().any(|line| line.axis.axis == axis)
}

/// The axis of a sweep along which its largest operand is contiguous.
fn contiguous_read(graph: &Graph, id: NodeId, kernel: &Kernel, layouts: &HashMap<Value, Layout>) -> Option<usize> {
    let node = graph.node(id);
    let loads = kernel.loads.iter().flat_map(|load| &load.body).filter_map(|(inst, _)| match inst {
        Inst::Load { operand, index, .. } => Some((node.inputs[*operand as usize], index)),
        _ => None,
    });
    let (value, index) = loads.max_by_key(|(value, _)| graph.ty(*value).bytes())?;
    let strides = layouts.get(&value).map(|layout| layout.strides.clone());
    let strides = strides.unwrap_or_else(|| graph.ty(value).shape.strides());
    let neighbours = index.iter().zip(&strides).filter(|(_, stride)| **stride == 1);
    let steps = neighbours.flat_map(|(index, _)| index.terms()).filter(|(_, coefficient)| coefficient.abs() == 1);
    let extents = &kernel.loads[0].extents;
    (0..extents.rank())
        .rev()
        .filter(|axis| extents[*axis] > 1)
        .find(|axis| steps.clone().any(|(atom, _)| atom_mentions(atom, *axis)))
}

/// The axes of the source in the order of the view, if the node is a permuted view.
pub(crate) fn permutation(graph: &Graph, id: NodeId) -> Option<SmallVec<[usize; 4]>> {
    let node = graph.node(id);
    match &node.op {
        Op::View(View::Affine(affine)) => affine.as_permute(&graph.ty(node.inputs[0]).shape),
        _ => None,
    }
}

/// The axis of the value along which all its readers read lines.
fn read_along(graph: &Graph, users: &[NodeId], value: Value) -> Option<usize> {
    let mut wish = None;
    for &user in users {
        let node = graph.node(user);
        let (Op::Kernel(kernel), Some(_)) = (&node.op, sweep(&node.op)) else { return None };
        let Anchor::Lines(lines) = &kernel.anchor else { return None };
        let line = lines.first()?.axis.axis;
        for (inst, _) in kernel.regions().flat_map(|region| &region.body) {
            let Inst::Load { operand, index, .. } = inst else { continue };
            if node.inputs[*operand as usize] != value {
                continue;
            }
            let mut moving = (0..index.len()).filter(|&axis| mentions(&index[axis], line));
            let (Some(axis), None) = (moving.next(), moving.next()) else { return None };
            if *wish.get_or_insert(axis) != axis {
                return None;
            }
        }
    }
    wish
}

fn mentions(index: &Index, axis: usize) -> bool {
    index.terms().iter().any(|(atom, _)| atom_mentions(atom, axis))
}

fn atom_mentions(atom: &Atom, axis: usize) -> bool {
    match atom {
        Atom::Axis(own) => *own as usize == axis,
        Atom::Div(inner, _) | Atom::Rem(inner, _) => mentions(inner, axis),
    }
}

/// The layout with `axis` contiguous, unless the value has it anyway, or lines along `writes` would be scattered too far.
fn crosswise(ty: &Type, writes: usize, axis: usize) -> Option<Layout> {
    let rank = ty.shape.rank();
    let order: SmallVec<[usize; 4]> = (0..rank).filter(|&other| other != axis).chain([axis]).collect();
    let unit = |axis: &&usize| ty.shape[**axis] > 1;
    if (0..rank).collect::<Vec<_>>().iter().filter(unit).eq(order.iter().filter(unit)) {
        return None;
    }
    let layout = Layout::ordered(&ty.shape, &order, |elements| apart(ty, elements));
    (layout.strides[writes] * ty.dtype.bytes() as i64 <= FAR).then_some(layout)
}

/// Row-major, with what [`apart`] puts between lines and between planes, unless that is nothing.
fn padded(ty: &Type) -> Option<Layout> {
    let order: SmallVec<[usize; 4]> = (0..ty.shape.rank()).collect();
    let layout = Layout::ordered(&ty.shape, &order, |elements| apart(ty, elements));
    (layout.strides[..] != ty.shape.strides()[..]).then_some(layout)
}

/// The distance of neighbours that take so many elements each: whole cache lines where the value is large, and no multiple of
/// [`CLOSE`].
fn apart(ty: &Type, elements: usize) -> usize {
    let whole = CACHE_LINE / ty.dtype.bytes();
    let rounded = elements.next_multiple_of(whole);
    match ty.bytes() >= LARGE {
        true if (rounded * ty.dtype.bytes()).is_multiple_of(CLOSE) => rounded + whole,
        true => rounded,
        false => elements,
    }
}
