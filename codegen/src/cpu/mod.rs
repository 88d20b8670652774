//! Code for the host processor.

pub mod vmath;
