//! The `reference` device against values that were worked out elsewhere: by hand, or by NumPy.

mod common;
mod device;
mod dynamic;
mod elementwise;
mod nothing;
mod reduce;
mod transforms;
mod views;
