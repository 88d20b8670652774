//! What the examples share: where they run, the bar of their progress, pictures, figures, and how a check fails.
#![allow(dead_code, unreachable_pub)]

pub mod colour;
pub mod figure;
pub mod picture;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use ondine::{Array, Device, ProgressGuard};
use std::error::Error;
use std::f64::consts::TAU;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Where an example runs.
#[derive(Args)]
pub struct Place {
    /// The device: cpu, cuda or reference.
    #[arg(long, default_value = "cpu")]
    device: String,

    /// Threads of the cpu device [default: all]
    #[arg(long)]
    threads: Option<usize>,
}

impl Place {
    pub fn device(&self) -> Result<Device, ondine::Error> {
        let device = Device::from_name(&self.device)?;
        if let Some(threads) = self.threads {
            device.set_threads(threads)?;
        }
        Ok(device)
    }
}

/// How an example ends: silent, or with what is wrong.
pub fn exit(name: &str, outcome: Result<(), Box<dyn Error>>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Says what was checked, and fails if it does not hold.
pub fn check(holds: bool, what: &str) -> Result<(), String> {
    match holds {
        true => {
            println!("checked: {what}");
            Ok(())
        }
        false => Err(format!("this does not hold: {what}")),
    }
}

/// A bar on the terminal, if there is one, that shows how far evaluations are while it lives.
pub struct Bar {
    bar: ProgressBar,
    _guard: ProgressGuard,
}

impl Bar {
    pub fn new() -> Bar {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} [{elapsed}] {wide_msg}");
        bar.set_style(style.expect("the template is one"));
        // Drawn from a thread of its own, so that a long step is seen.
        bar.enable_steady_tick(Duration::from_millis(100));
        let shown = bar.clone();
        let _guard = ondine::report_progress(move |progress| {
            shown.set_length(progress.total as u64);
            shown.set_position(progress.done as u64);
            shown.set_message(progress.label.to_string());
        });
        Bar { bar, _guard }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Makes the folder of an example's pictures.
pub fn folder(path: &Path) -> Result<&Path, String> {
    std::fs::create_dir_all(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

/// Normal numbers of mean 0 and standard deviation 1, the same ones each time: Box and Muller's method on uniform ones.
pub fn noise<const N: usize>(shape: [usize; N]) -> Array {
    let mut random = fastrand::Rng::with_seed(1);
    let count = shape.iter().product();
    let mut uniform = || Array::from_vec((0..count).map(|_| random.f64()).collect(), shape);
    // The logarithm of 0 is left out.
    let radius: Array = 1.0 - uniform();
    let angle = uniform();
    (radius.log() * -2.0).sqrt() * (angle * TAU).cos()
}
