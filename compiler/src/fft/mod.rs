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
