//! Passes on transforms.

pub(crate) mod long;
pub(crate) mod split;
