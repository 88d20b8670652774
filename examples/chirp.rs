//! Draws the spectrogram of a chirp, whose frequency rises in a straight line, in noise.
//!
//! ```text
//! cargo run --release --example chirp -- --help
//! ```
//!
//! Overlapping frames, window, transform, power and decibels are one graph. Checks that the loudest frequency of each frame is
//! that of the chirp to the width of a bin, and that a straight line through them rises as the chirp does.

mod common;

use clap::Parser;
use common::figure::{Axis, Panel};
use common::{Bar, Place, check, colour, figure, folder};
use ondine::{Array, arange, fft, s};
use std::error::Error;
use std::f64::consts::{PI, TAU};
use std::path::PathBuf;
use std::process::ExitCode;

/// Draw the spectrogram of a chirp.
#[derive(Parser)]
struct Arguments {
    /// Where the picture goes.
    #[arg(long, default_value = "chirp-output")]
    output: PathBuf,

    /// Samples per second.
    #[arg(long, default_value_t = 16_000)]
    rate: usize,

    /// The length of the chirp in seconds.
    #[arg(long, default_value_t = 4)]
    seconds: usize,

    /// The frequency at the beginning, in hertz.
    #[arg(long, default_value_t = 500.0)]
    from: f64,

    /// The frequency at the end, in hertz.
    #[arg(long, default_value_t = 7000.0)]
    to: f64,

    #[command(flatten)]
    place: Place,
}

/// Samples of a frame, and from one to the next.
const FRAME: usize = 1024;
const HOP: usize = 64;
/// The standard deviation of the noise; the chirp has amplitude 1.
const NOISE: f64 = 0.01;
/// Decibels below the loudest that are drawn.
const RANGE: f64 = 80.0;

fn main() -> ExitCode {
    common::exit("chirp", run(&Arguments::parse()))
}

/// The sine of the integral of a frequency that rises from `from` to `to` hertz, `[seconds * rate]`.
fn chirp(rate: usize, seconds: usize, [from, to]: [f64; 2]) -> Array {
    let t = arange((seconds * rate) as f64) / rate as f64;
    let rise = (to - from) / seconds as f64;
    ((&t * from + t.square() * (rise / 2.0)) * TAU).sin()
}

/// The power of a signal in decibels: frames down, frequencies from 0 to half the rate across.
fn spectrogram(signal: &Array) -> Result<Array, ondine::Error> {
    // A frame is some neighbouring blocks.
    let blocks = signal.reshape([-1, HOP as i64]);
    let count = blocks.shape()?[0] - FRAME / HOP + 1;
    let parts: Vec<Array> = (0..FRAME / HOP).map(|at| blocks.slice(s![at..at + count, ..])).collect();
    let frames = ondine::concat(&parts.iter().collect::<Vec<&Array>>(), 1);
    let hann = (arange(FRAME as f64) * (PI / FRAME as f64)).sin().square();
    let power = fft::rfft(&(frames * hann)).abs().square();
    Ok((power + 1e-10).log10() * 10.0)
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let &Arguments { rate, seconds, from, to, .. } = arguments;
    let samples = seconds * rate;
    if samples % HOP != 0 || samples < 2 * FRAME {
        return Err(format!("{seconds} s at {rate} Hz are not {} or more samples in blocks of {HOP}", 2 * FRAME).into());
    }
    let device = arguments.place.device()?;
    let signal = chirp(rate, seconds, [from, to]) + common::noise([samples]) * NOISE;
    let decibels = spectrogram(&signal)?.named("spectrogram");
    println!("{}", decibels.explain(&device)?.plan());
    let bar = Bar::new();
    decibels.eval(&device)?;
    drop(bar);

    // The loudest bin of each frame against the frequency in its middle.
    let bin = rate as f64 / FRAME as f64;
    let loudest = decibels.argmax_with(1) * bin;
    let count = decibels.shape()?[0];
    let time = (arange(count as f64) * HOP as f64 + FRAME as f64 / 2.0) / rate as f64;
    let rise = (to - from) / seconds as f64;
    let off = (&loudest - (&time * rise + from)).abs().max();
    // The straight line through them with the least squares.
    let (t, f) = (&time - time.mean(), &loudest - loudest.mean());
    let slope = (&t * f).sum() / t.square().sum();
    ondine::eval_all(&[&off, &slope], &device)?;
    let (off, slope) = (off.item::<f64>()?, slope.item::<f64>()?);

    let top = decibels.max();
    let level = ((&decibels - top) / RANGE + 1.0).matrix_transpose().flip(0);
    let [begin, end] = [0, count - 1].map(|frame| (frame * HOP + FRAME / 2) as f64 / rate as f64);
    // A sine has power 1/2.
    let above = 10.0 * (0.5 / (NOISE * NOISE)).log10();
    let panel = Panel {
        title: format!("a chirp from {from} to {to} Hz, {above:.0} dB above white noise"),
        picture: colour::picture(&colour::INFERNO.of(&level), &device)?,
        axes: Some([Axis::linear("time, s", [begin, end]), Axis::linear("frequency, kHz", [0.0, rate as f64 / 2e3])]),
        scale: Some((Axis::linear("dB", [-RANGE, 0.0]), colour::INFERNO.strip(FRAME / 2 + 1, &device)?)),
    };
    figure::write(&folder(&arguments.output)?.join("chirp.png"), &[panel])?;
    check(off <= bin, &format!("the loudest bins, {bin:.1} Hz wide, are within {off:.1} Hz of the chirp"))?;
    let what = format!("they rise by {slope:.1} Hz/s where the chirp does by {rise:.1}");
    Ok(check((slope - rise).abs() * (seconds as f64) < 0.1 * bin, &what)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chirp_that_is_too_short_is_an_error() {
        let arguments = Arguments::parse_from(["chirp", "--rate", "1000", "--seconds", "2"]);
        let error = run(&arguments).unwrap_err().to_string();
        assert_eq!(error, "2 s at 1000 Hz are not 2048 or more samples in blocks of 64");
    }

    #[test]
    fn a_chirp_above_half_the_rate_folds_back_and_is_found_out() {
        let output = std::env::temp_dir().join(format!("ondine-chirp-{}", std::process::id()));
        let output = output.to_str().unwrap();
        let arguments = Arguments::parse_from(["chirp", "--to", "9000", "--output", output]);
        let error = run(&arguments).unwrap_err().to_string();
        std::fs::remove_dir_all(output).unwrap();
        assert!(error.starts_with("this does not hold: the loudest bins"), "{error}");
    }

    #[test]
    fn a_tone_is_loud_in_its_bin_alone() {
        let t = arange(4096.0) / 1024.0;
        let decibels = spectrogram(&(t * (TAU * 100.0)).sin()).unwrap();
        assert_eq!(decibels.shape().unwrap(), [49, 513].into());
        assert!(decibels.argmax_with(1).equal(100).all().item::<bool>().unwrap());
        // A sine under a Hann window: a quarter of the frame in its bin, nothing two bins away.
        let power = decibels.slice(s![7, 100]).item::<f64>().unwrap();
        assert!((power - 20.0 * (FRAME as f64 / 4.0).log10()).abs() < 1e-9);
        assert!(decibels.slice(s![.., 102..]).less(-90.0).all().item::<bool>().unwrap());
    }
}
