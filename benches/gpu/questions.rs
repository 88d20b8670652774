//! What only a GPU can answer about plans of cuFFT and recordings. The answers belong into `promotion.rs` and `recordings.rs`
//! of the runtime, and into the documentation.

use crate::common::{row, wants};
use crate::jobs::columns;
use crate::measure::Gpu;
use ondine::{Array, DType, Options, compile, fft};
use std::time::Instant;

pub(crate) fn all(gpu: &Gpu) -> ondine::Result<()> {
    plans(gpu)?;
    awkward_lengths(gpu)?;
    recordings(gpu)
}

fn callbacks() -> Options {
    Options { callbacks: true, ..Options::default() }
}

/// Makes a plan without running it; seconds, and what became of the regions.
fn planned(gpu: &Gpu, x: &Array, options: &Options) -> ondine::Result<(f64, Vec<String>)> {
    let start = Instant::now();
    let story = x.explain_with(&gpu.device, options)?;
    let seconds = start.elapsed().as_secs_f64();
    let notes = story.plan().lines().filter_map(|line| line.strip_prefix("- "));
    Ok((seconds, notes.map(String::from).collect()))
}

/// How long plans take, with and without callbacks, when a length is new and when it is known.
fn plans(gpu: &Gpu) -> ondine::Result<()> {
    type Job = fn(&Array, &[usize]) -> Array;
    let kinds: [(&str, Job, bool); 3] = [
        ("c2c", |x, _| fft::fftn(&(x * 2.0)) * 0.5, true),
        ("r2c", |x, _| fft::rfftn(&(x * 2.0)).abs(), false),
        ("c2r", |x, _| fft::irfftn(&(x * 2.0)).tanh(), true),
    ];
    for (kind, job, is_complex) in kinds {
        for (rank, side) in [(1, gpu.extent(1 << 20, 40)), (2, gpu.extent(1024, 12)), (3, gpu.extent(128, 8))] {
            for (precision, real, complex) in [("f32", DType::F32, DType::C64), ("f64", DType::F64, DType::C128)] {
                let name = format!("plan_{kind}_{rank}d_{precision}");
                if !wants(&name) {
                    continue;
                }
                let shape = vec![side; rank];
                let x = match is_complex {
                    true => gpu.phases(complex, &shape, 3),
                    false => gpu.real(real, &shape),
                };
                let y = job(&x, &shape);
                for (how, options) in [("", Options::default()), ("_callbacks", callbacks())] {
                    let (first, notes) = planned(gpu, &y, &options)?;
                    let (again, _) = planned(gpu, &y, &options)?;
                    row(&format!("{name}{how}"), first * 1e3, "ms");
                    row(&format!("{name}{how}_again"), again * 1e3, "ms");
                    notes.iter().for_each(|note| println!("{name}{how}: {note}"));
                }
            }
        }
    }
    Ok(())
}

/// Lengths for which cuFFT has no passes of its own: whether they take callbacks.
fn awkward_lengths(gpu: &Gpu) -> ondine::Result<()> {
    for length in [127, 131, 2 * 131, 509, 1009] {
        let name = format!("callbacks_at_{length}");
        if !wants(&name) {
            continue;
        }
        let x = gpu.phases(DType::C64, &[gpu.extent(1000, 2), length], 3);
        let (seconds, notes) = planned(gpu, &(fft::fft(&(x * 2.0)) * 0.5), &callbacks())?;
        row(&name, seconds * 1e3, "ms");
        notes.iter().for_each(|note| println!("{name}: {note}"));
    }
    Ok(())
}

/// A hundred small kernels, queued one by one and as a recording.
fn recordings(gpu: &Gpu) -> ondine::Result<()> {
    if !wants("hundred_launches") {
        return Ok(());
    }
    let x = gpu.real(DType::F32, &[64, 64]).to(&gpu.device).eval(&gpu.device)?;
    let call = compile(|[x]: [Array; 1]| columns(x, 50));
    // A result that lives on has its memory; the next run gets other memory, and is no recording.
    let mut kept: Vec<Array> = Vec::new();
    let seconds = gpu.time(|| call.call([&x], &gpu.device).map(|y| kept.push(y)))?;
    row("hundred_launches_one_by_one", seconds * 1e6, "us");
    drop(kept);
    let seconds = gpu.time(|| call.call([&x], &gpu.device).map(drop))?;
    row("hundred_launches_recorded", seconds * 1e6, "us");
    Ok(())
}
