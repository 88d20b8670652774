//! The instruction set that kernels are compiled for.

use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable, Flags, SetError};
use std::sync::OnceLock;

/// The features of x86-64-v3 that code generation relies on; machines without them use the interpreter.
const FEATURES: [&str; 10] = [
    "has_sse3",
    "has_ssse3",
    "has_sse41",
    "has_sse42",
    "has_popcnt",
    "has_avx",
    "has_avx2",
    "has_fma",
    "has_bmi1",
    "has_bmi2",
];

/// The instruction set of this machine, if kernels can be compiled for it.
pub(super) fn host() -> Option<&'static OwnedTargetIsa> {
    static HOST: OnceLock<Option<OwnedTargetIsa>> = OnceLock::new();
    HOST.get_or_init(find_host).as_ref()
}

#[cfg(target_arch = "x86_64")]
fn find_host() -> Option<OwnedTargetIsa> {
    use std::arch::is_x86_feature_detected as has;
    if !(has!("avx2") && has!("fma") && has!("bmi1") && has!("bmi2") && has!("popcnt") && has!("sse4.2")) {
        return None;
    }
    cranelift_native::builder().ok()?.finish(flags().ok()?).ok()
}

#[cfg(not(target_arch = "x86_64"))]
fn find_host() -> Option<OwnedTargetIsa> {
    None
}

/// An x86-64 with just the features that are required, for texts that do not depend on the machine.
pub(super) fn baseline() -> Option<OwnedTargetIsa> {
    let mut builder = cranelift_codegen::isa::lookup_by_name("x86_64-unknown-linux-gnu").ok()?;
    for feature in FEATURES {
        builder.enable(feature).ok()?;
    }
    builder.finish(flags().ok()?).ok()
}

fn flags() -> Result<Flags, SetError> {
    let mut flags = settings::builder();
    flags.set("opt_level", "speed")?;
    flags.set("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" })?;
    flags.set("unwind_info", "false")?;
    flags.set("is_pic", "false")?;
    flags.set("enable_probestack", "false")?;
    flags.set("log2_min_function_alignment", "5")?;
    Ok(Flags::new(flags))
}
