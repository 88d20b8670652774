//! What a GPU reaches: whole jobs, bytes per second of elementwise chains, reductions and transforms, time per launch, and what
//! plans of cuFFT cost.
//!
//! `cargo bench --bench gpu [-- name..]`. Every result is compared with the `cpu` device's before it is timed. With
//! `-- --dry-run` everything runs once and small on the emulator of the tests: its figures mean nothing, but the code is known
//! to work before a GPU is at hand.

#[path = "../common/mod.rs"]
mod common;
#[allow(dead_code, unreachable_pub)]
#[path = "../../tests/common/emulator.rs"]
mod emulator;
mod jobs;
mod measure;
mod questions;
#[path = "../common/smooth.rs"]
mod smooth;

use measure::Gpu;
use ondine::Device;

fn main() -> ondine::Result<()> {
    let is_dry = std::env::args().any(|argument| argument == "--dry-run");
    let device = if is_dry { emulator::device().ok_or("no emulator".to_string()) } else { gpu() };
    match device {
        Ok(device) => {
            let gpu = Gpu { device, is_dry };
            jobs::all(&gpu)?;
            questions::all(&gpu)
        }
        Err(why) => {
            println!("skipped: {why}");
            Ok(())
        }
    }
}

fn gpu() -> Result<Device, String> {
    Device::cuda(0).map_err(|why| why.to_string())
}
