//! Passes on transforms.

pub(crate) mod split;
