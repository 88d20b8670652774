//! Transcendental functions of tiles; the one place that says where they come from.
//!
//! They are the routines that machine code calls too, so that both give the same bits.

pub(super) use crate::cpu::vmath::{
    abs_c64, abs_c128, binary_f32, binary_f64, pow_c64, pow_c128, unary_c64, unary_c128, unary_f32, unary_f64,
};
