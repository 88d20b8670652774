//! Grey pictures from files and to files.

use image::ImageReader;
use ondine::{Array, DType, Device};
use std::error::Error;
use std::path::Path;

/// The picture of the repository.
pub const FACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/face_gray.png");

/// The grey levels of a picture, `u8[rows, columns]`; colours become grey.
pub fn read(path: &Path) -> Result<Array, String> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    // By content: a picture may have any name.
    let reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format).map_err(|error| named(&error))?;
    let picture = reader.decode().map_err(|error| named(&error))?.into_luma8();
    let shape = [picture.height() as usize, picture.width() as usize];
    Ok(Array::from_vec(picture.into_raw(), shape))
}

/// Writes levels from 0, which is black, to 1, which is white.
pub fn write(path: &Path, level: &Array, device: &Device) -> Result<(), Box<dyn Error>> {
    let grey = (level.clip(0.0, 1.0) * 255.0).round().astype(DType::U8);
    ondine::picture::write(path, &grey.eval(device)?)?;
    println!("wrote {}", path.display());
    Ok(())
}
