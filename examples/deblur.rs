//! Sharpens a blurred, noisy picture in the Fourier domain by Wiener's filter.
//!
//! ```text
//! cargo run --release --example deblur -- --help
//! ```
//!
//! The blur is a Gaussian of known width, the noise is white and of known strength. Wiener's filter `h / (h^2 + n / p)` undoes the
//! blur `h` where the picture's power `p` is above that of the noise, `n`; pictures have a power of about `1 / f^2` at the
//! frequency `f`. Checks that the result is closer to the picture than the blurred one, and draws all three.

mod common;

use clap::Parser;
use common::figure::Panel;
use common::{Bar, Place, check, colour, figure, folder, picture};
use ondine::fft::{FftnOptions, fftfreq, irfftn_with, rfftfreq, rfftn};
use ondine::{Array, DType, NewAxis, s};
use std::error::Error;
use std::f64::consts::PI;
use std::path::PathBuf;
use std::process::ExitCode;

/// Sharpen a blurred picture in the Fourier domain.
#[derive(Parser)]
struct Arguments {
    /// The picture: PNG, JPEG, BMP or PNM; colours become grey.
    #[arg(default_value = picture::FACE)]
    picture: PathBuf,

    /// Where the pictures go.
    #[arg(long, default_value = "deblur-output")]
    output: PathBuf,

    /// The standard deviation of the blur, in pixels.
    #[arg(long, default_value_t = 3.0)]
    width: f64,

    /// The standard deviation of the noise, in grey levels of 256.
    #[arg(long, default_value_t = 0.5)]
    noise: f64,

    #[command(flatten)]
    place: Place,
}

fn main() -> ExitCode {
    common::exit("deblur", run(&Arguments::parse()))
}

/// Squares of the frequencies, in cycles per pixel, of the bins that `rfftn` gives of a picture.
fn frequencies([height, width]: [usize; 2]) -> Array {
    fftfreq(height).slice(s![.., NewAxis]).square() + rfftfreq(width).slice(s![NewAxis, ..]).square()
}

/// The spectrum of a Gaussian `exp(-r^2 / 2 width^2)` of sum 1.
fn gaussian(frequencies: &Array, width: f64) -> Array {
    (frequencies * (-2.0 * PI * PI * width * width)).exp()
}

/// A picture whose spectrum is multiplied by a factor that is real and even.
fn filtered(picture: &Array, factor: &Array, [height, width]: [usize; 2]) -> Array {
    let shape = FftnOptions { s: Some(vec![height as i64, width as i64]), ..FftnOptions::default() };
    irfftn_with(&(rfftn(picture) * factor), shape)
}

/// Wiener's filter for a blur, noise of this variance, and a picture of this one whose power falls as `1 / f^2`.
fn wiener(blur: &Array, frequencies: &Array, noise: f64, variance: &Array) -> Array {
    // Below the lowest frequency there is only the mean, which the filter leaves alone.
    let power = frequencies.greater(0.0).where_(frequencies.reciprocal(), 0.0);
    let noise_over_power = frequencies * power.mean() * noise / variance;
    blur / (blur.square() + noise_over_power)
}

/// The peak signal-to-noise ratio in decibels: of 255 grey levels to the root mean square difference.
fn psnr(x: &Array, picture: &Array) -> Result<f64, ondine::Error> {
    let mean_square = (x - picture).square().mean().item::<f64>()?;
    Ok(10.0 * (255.0f64.powi(2) / mean_square).log10())
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let device = arguments.place.device()?;
    let picture = picture::read(&arguments.picture)?.named("picture").astype(DType::F64);
    let shape = [picture.shape()?[0], picture.shape()?[1]];
    println!("{}: {}x{}, on {device}", arguments.picture.display(), shape[0], shape[1]);

    let f2 = frequencies(shape);
    let blur = gaussian(&f2, arguments.width);
    let blurred = filtered(&picture, &blur, shape) + common::noise(shape) * arguments.noise;
    let blurred = blurred.named("blurred").eval(&device)?;
    let sharpen = wiener(&blur, &f2, arguments.noise.powi(2), &blurred.var());
    let sharpened = filtered(&blurred, &sharpen, shape).clip(0.0, 255.0).named("sharpened");
    println!("\n{}", sharpened.explain(&device)?.plan());
    let bar = Bar::new();
    sharpened.eval(&device)?;
    drop(bar);

    let output = folder(&arguments.output)?;
    picture::write(&output.join("blurred.png"), &(&blurred / 255.0), &device)?;
    picture::write(&output.join("sharpened.png"), &(&sharpened / 255.0), &device)?;
    let [before, after] = [psnr(&blurred, &picture)?, psnr(&sharpened, &picture)?];
    // The middle of each, where the eye can compare pixels.
    let middle = |x: &Array| {
        let around = |extent: usize, most: usize| {
            let part = extent.min(most);
            ((extent - part) / 2) as i64..((extent + part) / 2) as i64
        };
        let part = x.slice(s![around(shape[0], 480), around(shape[1], 420)]) / 255.0;
        colour::picture(&colour::GREY.of(&part), &device)
    };
    let panel = |title: String, x: &Array| -> Result<Panel, Box<dyn Error>> {
        Ok(Panel { title, picture: middle(x)?, axes: None, scale: None })
    };
    let panels = [
        panel("picture".to_string(), &picture)?,
        panel(format!("blurred, with noise: {before:.1} dB"), &blurred)?,
        panel(format!("sharpened: {after:.1} dB"), &sharpened)?,
    ];
    figure::write(&output.join("deblur.png"), &panels)?;
    let what = format!("the peak signal-to-noise ratio rises by a decibel or more: from {before:.2} to {after:.2}");
    Ok(check(after >= before + 1.0, &what)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_picture_is_an_error_that_names_it() {
        let arguments = Arguments::parse_from(["deblur", "nowhere.png"]);
        assert_eq!(run(&arguments).unwrap_err().to_string(), "nowhere.png: No such file or directory (os error 2)");
    }

    #[test]
    fn a_picture_that_is_not_blurred_becomes_no_sharper() {
        let output = std::env::temp_dir().join(format!("ondine-deblur-{}", std::process::id()));
        let output = output.to_str().unwrap();
        let arguments = Arguments::parse_from(["deblur", "--noise", "0.5", "--width", "0", "--output", output]);
        let error = run(&arguments).unwrap_err().to_string();
        std::fs::remove_dir_all(output).unwrap();
        assert!(error.starts_with("this does not hold: the peak signal-to-noise ratio rises"), "{error}");
    }

    #[test]
    fn without_noise_the_filter_undoes_the_blur() {
        let x = common::noise([24, 31]);
        let f2 = frequencies([24, 31]);
        let blur = gaussian(&f2, 0.7);
        let blurred = filtered(&x, &blur, [24, 31]);
        let back = filtered(&blurred, &wiener(&blur, &f2, 0.0, &blurred.var()), [24, 31]);
        let worst = (back - &x).abs().max().item::<f64>().unwrap();
        assert!(worst < 1e-10, "{worst}");
        assert!((blurred - x).abs().max().item::<f64>().unwrap() > 0.1);
    }
}
