//! Smooths a picture by removing the lowest frequencies from its spectrum and putting them back alone: the job that Ondine
//! is measured by, written as any SciPy user would write it.
//!
//! ```text
//! cargo run --release --example smooth -- --help
//! ```
//!
//! Prints the graph as written, as optimised, the plan, and cold and warm times; writes `smoothed.png` (the real part) and
//! `spectrum.png` (the logarithm of the shifted spectrum's modulus).

mod common;

use clap::Parser;
use common::{Bar, Place, folder, picture};
use ondine::{Array, Complex64, DType, Device, fft, npy, s};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Smooth a picture in the Fourier domain.
#[derive(Parser)]
struct Arguments {
    /// The picture: PNG, JPEG, BMP or PNM; colours become grey.
    #[arg(default_value = picture::FACE)]
    picture: PathBuf,

    /// Where the pictures go.
    #[arg(long, default_value = "smooth-output")]
    output: PathBuf,

    /// The frequencies to keep as TOP:BOTTOM,LEFT:RIGHT of the shifted spectrum, whose zero frequency is in the middle
    /// [default: 30 above to 30 below, 30 left to 20 right of the middle]
    #[arg(long)]
    window: Option<String>,

    #[command(flatten)]
    place: Place,

    /// Also write the complex result as a NumPy file.
    #[arg(long)]
    npy: Option<PathBuf>,
}

fn main() -> ExitCode {
    common::exit("smooth", run(&Arguments::parse()))
}

/// The job. `window` is rows, then columns, of the shifted spectrum.
fn smooth(image: &Array, [rows, columns]: [(i64, i64); 2]) -> Array {
    let f = fft::fftn(image);
    let s = fft::fftshift(&f);
    let original = s.clone();
    let s = s.set(s![rows.0..rows.1, columns.0..columns.1], 0);
    fft::ifftn(&fft::ifftshift(&(original - s)))
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let device = arguments.place.device()?;
    let image = picture::read(&arguments.picture)?.named("image");
    let [height, width] = [image.shape()?[0], image.shape()?[1]];
    let window = match &arguments.window {
        Some(text) => parse_window(text, [height, width])?,
        None => default_window([height, width]),
    };
    println!(
        "{}: {height}x{width}, window {window:?} of the shifted spectrum, on {device}\n",
        arguments.picture.display()
    );

    let precise = image.astype(DType::F64);
    let smoothed = smooth(&precise, window).named("smooth");
    let explanation = smoothed.explain(&device)?;
    println!("as written:\n\n{}", explanation.before());
    println!("as optimised:\n\n{}", explanation.after());
    println!("{}", explanation.plan());

    let bar = Bar::new();
    let start = Instant::now();
    let smoothed = smoothed.eval(&device)?;
    let cold = start.elapsed();
    drop(bar);
    let warm = warm_time(&image, window, &device)?;
    println!("cold, compilation included: {:.2} ms", milliseconds(cold));
    println!("warm, compiled once:        {:.2} ms (median)", milliseconds(warm));

    let values: Vec<Complex64> = smoothed.to_vec()?;
    let norm = values.iter().map(Complex64::norm_sqr).sum::<f64>().sqrt();
    let imaginary = values.iter().fold(0.0f64, |most, z| most.max(z.im.abs()));
    println!("x[0, 0] = {}, largest |imaginary part| {imaginary}, 2-norm {norm}", values[0]);

    let output = folder(&arguments.output)?;
    let spectrum = (fft::fftshift(&fft::fftn(&precise)).abs() + 1.0).log();
    picture::write(&output.join("smoothed.png"), &stretched(&smoothed.real()), &device)?;
    picture::write(&output.join("spectrum.png"), &stretched(&spectrum), &device)?;
    if let Some(path) = &arguments.npy {
        npy::write(path, &smoothed)?;
        println!("wrote {}", path.display());
    }
    Ok(())
}

/// Warm runs: as many as fit the time, within these bounds.
const WARM_RUNS: std::ops::RangeInclusive<usize> = 3..=51;
const WARM_TIME: Duration = Duration::from_secs(2);

/// The median time of the compiled job, from 8-bit pixels to the complex result.
fn warm_time(image: &Array, window: [(i64, i64); 2], device: &Device) -> Result<Duration, ondine::Error> {
    let job = ondine::compile(move |[image]: [Array; 1]| smooth(&image.astype(DType::F64), window));
    job.call([image], device)?;
    let mut times = Vec::new();
    let begin = Instant::now();
    while times.len() < *WARM_RUNS.start() || times.len() < *WARM_RUNS.end() && begin.elapsed() < WARM_TIME {
        let start = Instant::now();
        job.call([image], device)?;
        times.push(start.elapsed());
    }
    times.sort();
    Ok(times[times.len() / 2])
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn default_window([height, width]: [usize; 2]) -> [(i64, i64); 2] {
    let around = |extent: usize, before: usize, after: usize| {
        let middle = extent / 2;
        (middle.saturating_sub(before) as i64, (middle + after).min(extent) as i64)
    };
    [around(height, 30, 30), around(width, 30, 20)]
}

fn parse_window(text: &str, shape: [usize; 2]) -> Result<[(i64, i64); 2], String> {
    let range = |text: &str, extent: usize| {
        let (start, end) = text.split_once(':')?;
        let (start, end): (usize, usize) = (start.trim().parse().ok()?, end.trim().parse().ok()?);
        (start <= end && end <= extent).then_some((start as i64, end as i64))
    };
    let parsed =
        text.split_once(',').and_then(|(rows, columns)| Some([range(rows, shape[0])?, range(columns, shape[1])?]));
    parsed.ok_or_else(|| {
        format!(
            "--window {text}: not TOP:BOTTOM,LEFT:RIGHT within 0:{},0:{}, such as 354:414,482:532",
            shape[0], shape[1]
        )
    })
}

/// A real array with its smallest value as 0 and its largest as 1.
fn stretched(x: &Array) -> Array {
    let (low, high) = (x.min(), x.max());
    (x - &low) / (high - low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_picture_is_an_error_that_names_it() {
        let mut arguments = Arguments::parse_from(["smooth", "nowhere.png"]);
        assert_eq!(run(&arguments).unwrap_err().to_string(), "nowhere.png: No such file or directory (os error 2)");
        arguments.picture = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").into();
        let error = run(&arguments).unwrap_err().to_string();
        assert!(error.ends_with("was not recognized as an image format"), "{error}");
    }

    #[test]
    fn a_window_outside_the_spectrum_is_an_error() {
        assert_eq!(parse_window("354:414,482:532", [768, 1024]), Ok([(354, 414), (482, 532)]));
        assert_eq!(default_window([768, 1024]), [(354, 414), (482, 532)]);
        for text in ["", "1:2", "1:2,3", "2:1,3:4", "0:769,0:4", "-1:4,0:4", "a:b,c:d"] {
            assert!(parse_window(text, [768, 1024]).unwrap_err().starts_with(&format!("--window {text}: ")));
        }
    }
}
