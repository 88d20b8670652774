//! Kernels in registers of 512 bits, for processors that have them: machine code written instruction by instruction.
//!
//! A body becomes the same function as Cranelift makes of it, with the same bits, in lanes four times as many and in a
//! tenth of the time. Bools are mask registers, the end of a row is one turn under a mask, and a register is free again
//! when nobody holds it ([`registers`]). What is not covered (strided stores, computed offsets, division of
//! integers, more values at once than there are registers) is refused, and compiled by Cranelift.

mod asm;
mod build;
mod cast;
mod complex;
mod emit;
mod fold;
mod frame;
mod integer;
mod memory;
mod real;
mod registers;
mod table;

use super::Key;
use super::plan::Plan;
use iced_x86::{BlockEncoder, BlockEncoderOptions, Formatter, Instruction, InstructionBlock, IntelFormatter, OpKind};
use std::collections::HashSet;

/// True if this machine runs what is made here.
#[cfg(all(target_arch = "x86_64", unix))]
pub(super) fn is_host() -> bool {
    use std::arch::is_x86_feature_detected as has;
    has!("avx512f") && has!("avx512vl") && has!("avx512dq") && has!("avx512bw") && has!("bmi2")
}

#[cfg(not(all(target_arch = "x86_64", unix)))]
pub(super) fn is_host() -> bool {
    false
}

/// The machine code of a kernel, or why it is left to Cranelift.
pub(super) fn compile(key: &Key, plan: &Plan) -> Result<Vec<u8>, String> {
    let instructions = build::build(key, plan)?;
    let block = InstructionBlock::new(&instructions, 0);
    let encoded = BlockEncoder::encode(64, block, BlockEncoderOptions::NONE).map_err(|error| error.to_string())?;
    Ok(encoded.code_buffer)
}

/// The instructions of a kernel, for dumps; the same on every machine.
pub(super) fn listing(key: &Key, plan: &Plan) -> Result<String, &'static str> {
    Ok(text(&build::build(key, plan)?))
}

fn text(instructions: &[Instruction]) -> String {
    let target = |instruction: &Instruction| {
        (instruction.op0_kind() == OpKind::NearBranch64).then(|| instruction.near_branch_target())
    };
    let targets: HashSet<u64> = instructions.iter().filter_map(target).collect();
    let mut formatter = IntelFormatter::new();
    formatter.options_mut().set_space_after_operand_separator(true);
    let mut lines = String::new();
    for instruction in instructions {
        if targets.contains(&instruction.ip()) {
            lines += &format!("l{}:\n", instruction.ip());
        }
        let mut line = String::new();
        match target(instruction) {
            Some(label) => {
                formatter.format_mnemonic(instruction, &mut line);
                line += &format!(" l{label}");
            }
            None => formatter.format(instruction, &mut line),
        }
        lines += &format!("    {line}\n");
    }
    lines
}
