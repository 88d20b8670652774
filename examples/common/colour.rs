//! Colour maps as array code: a level from 0 to 1 becomes a colour between two stops of a map.

use image::RgbImage;
use ondine::{Array, DType, Device};
use std::error::Error;

/// Colours at equal distances.
pub struct Map(pub &'static [[u8; 3]]);

/// From black to white.
pub const GREY: Map = Map(&[[0, 0, 0], [255, 255, 255]]);

/// From black over red to pale yellow, in steps that look equal: `inferno` of van der Walt and Smith (CC0).
pub const INFERNO: Map = Map(&[
    [0, 0, 4],
    [22, 11, 57],
    [66, 10, 104],
    [106, 23, 110],
    [147, 38, 103],
    [188, 55, 84],
    [221, 81, 58],
    [243, 120, 25],
    [252, 165, 10],
    [246, 215, 70],
    [252, 255, 164],
]);

/// From blue over white to red, for numbers of both signs: `RdBu` of ColorBrewer (Apache-2.0), backwards.
pub const BLUE_RED: Map = Map(&[
    [5, 48, 97],
    [33, 102, 172],
    [67, 147, 195],
    [146, 197, 222],
    [209, 229, 240],
    [247, 247, 247],
    [253, 219, 199],
    [244, 165, 130],
    [214, 96, 77],
    [178, 24, 43],
    [103, 0, 31],
]);

impl Map {
    /// The colours of levels `[..]`: `f64[.., 3]` from 0 to 255.
    pub fn of(&self, level: &Array) -> Array {
        let stops: Vec<f64> = self.0.iter().flatten().copied().map(f64::from).collect();
        let stops = Array::from_vec(stops, [self.0.len(), 3]);
        let last = self.0.len() - 1;
        let place = level.clip(0.0, 1.0) * last as f64;
        let below = place.floor().clip(0.0, last as f64 - 1.0);
        let part = (place - &below).expand_dims(-1);
        let below = below.astype(DType::I64);
        let (from, to) = (stops.take(&below, 0), stops.take(&(&below + 1), 0));
        &from + (to - &from) * part
    }

    /// All colours from the last one down, as a picture for a scale.
    pub fn strip(&self, height: usize, device: &Device) -> Result<RgbImage, Box<dyn Error>> {
        picture(&self.of(&ondine::linspace(1.0, 0.0, height).expand_dims(1).broadcast_to([height, 16])), device)
    }
}

/// A picture from colours `[rows, columns, 3]`.
pub fn picture(colours: &Array, device: &Device) -> Result<RgbImage, Box<dyn Error>> {
    let bytes = colours.round().astype(DType::U8);
    let shape = bytes.shape()?;
    let pixels: Vec<u8> = bytes.eval(device)?.to_vec()?;
    Ok(RgbImage::from_raw(shape[1] as u32, shape[0] as u32, pixels).ok_or("the picture has another size")?)
}
