//! Pictures as arrays. Feature `image`.
//!
//! ```
//! use ondine::{DType, picture};
//! # let path = std::env::temp_dir().join(format!("ondine-picture-{}.png", std::process::id()));
//! let grey = ondine::arange(12).reshape([3, 4]) * 20;
//! picture::write(&path, &grey.astype(DType::U8))?;
//! assert_eq!(picture::read(&path)?.shape()?, [3, 4].into());
//! # std::fs::remove_file(&path).unwrap();
//! # Ok::<(), ondine::Error>(())
//! ```

use super::file::{refused, replace};
use crate::error::{Result, argument, here};
use crate::{Array, DType};
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageReader, Limits};
use ondine_ir::Type;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Bytes that a byte of a file becomes at most: DEFLATE makes 1032 of one (zlib, "Technical Details"), and a bit picks three
/// from a palette, which is 24,768; the rest is for what decoders work in. Other formats stay below.
const EXPANSION: u64 = 1 << 15;

/// Bytes that a picture may take, at the least and at the most, whatever it says of its size.
const ALLOWED: [u64; 2] = [16 << 20, 512 << 20];

/// The pixels of a picture: PNG, JPEG, BMP or PNM, told apart by content.
///
/// - result: shape `[height, width]` if it is grey, else `[height, width, channels]`, where the channels are grey and
///   opacity, or red, green and blue, or those and opacity; `u8` in `0..=255`, or `u16` in `0..=65535` where the picture
///   has more than 8 bits; unplaced. No gamma curve is undone
///
/// See [the module](self) for an example.
///
/// # Errors
/// `File` if it cannot be read, is none of these formats, takes more than 512 MiB unpacked, or says that it is larger than its
/// bytes can be.
#[track_caller]
pub fn read(path: impl AsRef<Path>) -> Result<Array> {
    let path = path.as_ref();
    let read = || {
        let held = path.metadata().map_err(|error| error.to_string())?.len();
        let reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format);
        let mut reader = reader.map_err(|error| error.to_string())?;
        let mut limits = Limits::default();
        limits.max_alloc = Some(held.saturating_mul(EXPANSION).clamp(ALLOWED[0], ALLOWED[1]));
        reader.limits(limits);
        let picture = reader.decode().map_err(|error| error.to_string())?;
        let channels = picture.color().channel_count() as usize;
        let mut shape = vec![picture.height() as usize, picture.width() as usize];
        if channels > 1 {
            shape.push(channels);
        }
        let array = match picture.color().bytes_per_pixel() as usize / channels {
            1 => Array::from_vec(picture.into_bytes(), shape),
            2 => Array::from_bytes(picture.as_bytes(), DType::U16, shape),
            _ => return Err(format!("its pixels are {:?}; 8 and 16 bits are read", picture.color())),
        };
        array.check().map_err(|error| error.kind().to_string())?;
        Ok(array)
    };
    here(read().map_err(|what| refused("picture::read", path, what)))
}

/// Writes pixels as a PNG. Evaluates as [`to_vec`](Array::to_vec) does.
///
/// - `x`: `u8` or `u16`, shape `[height, width]` or `[height, width, channels]` with the channels of [`read`]
///
/// See [the module](self) for an example. The file appears whole, in the place of the one that was there before.
///
/// # Errors
/// Those of evaluation; `Argument` if the array is no such thing; `File` if the file cannot be written or its name does not
/// end in `.png`.
#[track_caller]
pub fn write(path: impl AsRef<Path>, x: &Array) -> Result<()> {
    const OP: &str = "picture::write";
    let path = path.as_ref();
    let write = || {
        if !path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png")) {
            return Err(refused(OP, path, "pictures are written as PNG; let the name end in .png"));
        }
        let (color, size) = pixels(x.lazy()?.ty()).map_err(|what| argument(OP, what))?;
        let value = x.value()?;
        let encode = |target: &mut std::fs::File| {
            let mut target = BufWriter::new(target);
            PngEncoder::new(&mut target)
                .write_image(value.bytes(), size[1], size[0], color)
                .map_err(io::Error::other)?;
            target.flush()
        };
        replace(path, encode).map_err(|error| refused(OP, path, error))
    };
    here(write())
}

/// How an array is a picture: what its pixels are, height and width.
fn pixels(ty: &Type) -> Result<(ExtendedColorType, [u32; 2]), String> {
    use ExtendedColorType::*;
    let (size, channels) = match ty.shape[..] {
        [height, width] => ([height, width], 1),
        [height, width, channels] => ([height, width], channels),
        _ => ([0, 0], 0),
    };
    let color = match (ty.dtype, channels) {
        (DType::U8, 1) => L8,
        (DType::U8, 2) => La8,
        (DType::U8, 3) => Rgb8,
        (DType::U8, 4) => Rgba8,
        (DType::U16, 1) => L16,
        (DType::U16, 2) => La16,
        (DType::U16, 3) => Rgb16,
        (DType::U16, 4) => Rgba16,
        _ => {
            return Err(format!(
                "{ty} is no picture; it takes u8 or u16 of shape [height, width] or [height, width, 1 to 4 channels]"
            ));
        }
    };
    match size.map(u32::try_from) {
        [Ok(height @ 1..), Ok(width @ 1..)] => Ok((color, [height, width])),
        _ => Err(format!("{ty} is no picture; a PNG has 1 to 4294967295 rows and columns")),
    }
}
