//! Passes on transforms, and the analyses that they are decided by.

mod behind;
mod cut;
mod demand;
pub(crate) mod factors;
pub(crate) mod finite;
pub(crate) mod halve;
pub(crate) mod long;
pub(crate) mod magnitude;
pub(crate) mod merge;
pub(crate) mod narrow;
mod pair;
mod poison;
mod range;
pub(crate) mod scale;
pub(crate) mod shorten;
pub(crate) mod split;
mod support;
mod symmetry;
pub(crate) mod windows;

use crate::Licence;
use crate::pass::Cx;
use ondine_ir::{Graph, NodeId, Op};

/// True if rules of this licence may be applied, and there is a transform that they could be about.
fn is_for(graph: &Graph, cx: &Cx, licence: Licence) -> bool {
    cx.allowed.allows(licence) && graph.ids().any(|id| matches!(graph.node(id).op, Op::Fft(_)))
}

/// True if one other node reads a node, and nobody else: what becomes of it concerns that one alone.
fn is_private(graph: &Graph, id: NodeId) -> bool {
    graph.users(id).len() == 1 && !graph.is_result(id)
}
