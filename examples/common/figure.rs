//! Figures: panels side by side, each a picture with a title, axes and a scale of its colours.

use embedded_graphics::mono_font::ascii::{FONT_8X13, FONT_9X15_BOLD};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::{Circle, Line, PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Alignment, Baseline, Text, TextStyleBuilder};
use image::{Rgb, RgbImage};
use std::convert::Infallible;
use std::path::Path;

/// One picture of a figure.
pub struct Panel {
    pub title: String,
    pub picture: RgbImage,
    /// Below and to the left of the picture.
    pub axes: Option<[Axis; 2]>,
    /// To the right of it, beside its colours.
    pub scale: Option<(Axis, RgbImage)>,
}

/// What the places along an axis mean, from 0 at its beginning to 1 at its end.
pub struct Axis {
    label: String,
    ticks: Vec<(f64, String)>,
}

impl Axis {
    /// Numbers in equal steps.
    pub fn linear(label: &str, [from, to]: [f64; 2]) -> Axis {
        let rough = (to - from) / 5.0;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power).into_iter().find(|step| *step >= rough * 0.99);
        let step = step.unwrap_or(rough);
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        // A tick may lie on either end.
        let (first, last) = ((from / step - 1e-9).ceil() as i64, (to / step + 1e-9).floor() as i64);
        let tick = |at: i64| ((at as f64 * step - from) / (to - from), format!("{:.decimals$}", at as f64 * step));
        Axis { label: label.to_string(), ticks: (first..=last).map(tick).collect() }
    }

    /// The places and names of chosen ticks.
    pub fn marked(label: &str, ticks: Vec<(f64, String)>) -> Axis {
        Axis { label: label.to_string(), ticks }
    }
}

/// Space around a picture: for the title and the label of the axis on the left, that axis, the one below, the scale.
const ABOVE: u32 = 52;
const LEFT: u32 = 60;
const BELOW: u32 = 48;
const RIGHT: u32 = 20;
const SCALE: u32 = 96;
/// The length of a tick.
const TICK: i32 = 5;
const INK: Rgb888 = Rgb888::new(40, 40, 40);

impl Panel {
    fn left(&self) -> u32 {
        if self.axes.is_some() { LEFT } else { RIGHT }
    }

    fn size(&self) -> (u32, u32) {
        let right = if self.scale.is_some() { SCALE } else { RIGHT };
        let below = if self.axes.is_some() { BELOW } else { RIGHT };
        (self.left() + self.picture.width() + right, ABOVE + self.picture.height() + below)
    }

    fn draw(&self, canvas: &mut Canvas, x: u32) {
        let (width, height) = (self.picture.width() as i32, self.picture.height() as i32);
        let corner = Point::new((x + self.left()) as i32, ABOVE as i32);
        image::imageops::overlay(&mut canvas.0, &self.picture, corner.x.into(), corner.y.into());
        canvas.frame(corner, self.picture.width(), self.picture.height());
        canvas.text(&self.title, corner + Point::new(width / 2, -38), Alignment::Center, &FONT_9X15_BOLD);
        if let Some([below, left]) = &self.axes {
            for (place, name) in &below.ticks {
                let at = corner + Point::new((place * f64::from(width - 1)).round() as i32, height);
                canvas.line(at, at + Point::new(0, TICK));
                canvas.text(name, at + Point::new(0, 13), Alignment::Center, &FONT_8X13);
            }
            canvas.text(&below.label, corner + Point::new(width / 2, height + 31), Alignment::Center, &FONT_8X13);
            canvas.ticks(left, corner - Point::new(1, 0), height, -TICK);
            canvas.text(&left.label, corner - Point::new(0, 13), Alignment::Left, &FONT_8X13);
        }
        if let Some((axis, colours)) = &self.scale {
            let corner = corner + Point::new(width + 16, 0);
            image::imageops::overlay(&mut canvas.0, colours, corner.x.into(), corner.y.into());
            canvas.frame(corner, colours.width(), colours.height());
            canvas.ticks(axis, corner + Point::new(colours.width() as i32, 0), height, TICK);
            canvas.text(&axis.label, corner - Point::new(0, 13), Alignment::Left, &FONT_8X13);
        }
    }
}

/// Writes panels side by side.
pub fn write(path: &Path, panels: &[Panel]) -> Result<(), image::ImageError> {
    let sizes = panels.iter().map(Panel::size);
    let (width, height) = sizes.fold((0, 0), |all, panel| (all.0 + panel.0, all.1.max(panel.1)));
    let mut canvas = Canvas(RgbImage::from_pixel(width, height, Rgb([255; 3])));
    let mut x = 0;
    for panel in panels {
        panel.draw(&mut canvas, x);
        x += panel.size().0;
    }
    canvas.0.save(path)?;
    println!("wrote {}", path.display());
    Ok(())
}

/// A picture of marked points joined by lines: places from 0 to 1 to the right and upwards, and a colour for each curve.
pub fn curves(size: u32, curves: &[([u8; 3], Vec<[f64; 2]>)]) -> RgbImage {
    let mut canvas = Canvas(RgbImage::from_pixel(size, size, Rgb([255; 3])));
    let end = f64::from(size - 1);
    for &([red, green, blue], ref points) in curves {
        let style = PrimitiveStyle::with_stroke(Rgb888::new(red, green, blue), 2);
        let fill = PrimitiveStyle::with_fill(Rgb888::new(red, green, blue));
        let points: Vec<Point> = points
            .iter()
            .map(|[x, y]| Point::new((x * end).round() as i32, ((1.0 - y) * end).round() as i32))
            .collect();
        for pair in points.windows(2) {
            canvas.put(&Line::new(pair[0], pair[1]).into_styled(style));
        }
        for &point in &points {
            canvas.put(&Circle::with_center(point, 9).into_styled(fill));
        }
    }
    canvas.0
}

/// A picture that shapes and text are drawn on.
struct Canvas(RgbImage);

impl Canvas {
    fn put(&mut self, shape: &impl Drawable<Color = Rgb888>) {
        shape.draw(self).map(|_| ()).unwrap_or_else(|never| match never {});
    }

    fn line(&mut self, from: Point, to: Point) {
        self.put(&Line::new(from, to).into_styled(PrimitiveStyle::with_stroke(INK, 1)));
    }

    /// A frame around a picture.
    fn frame(&mut self, corner: Point, width: u32, height: u32) {
        let frame = Rectangle::new(corner - Point::new(1, 1), Size::new(width + 2, height + 2));
        self.put(&frame.into_styled(PrimitiveStyle::with_stroke(INK, 1)));
    }

    /// The ticks of an axis that goes up from `height` below a point: to the left of it if they are negative.
    fn ticks(&mut self, axis: &Axis, top: Point, height: i32, length: i32) {
        let side = if length < 0 { Alignment::Right } else { Alignment::Left };
        for (place, name) in &axis.ticks {
            let at = top + Point::new(0, ((1.0 - place) * f64::from(height - 1)).round() as i32);
            self.line(at, at + Point::new(length, 0));
            self.text(name, at + Point::new(length + length.signum() * 3, 0), side, &FONT_8X13);
        }
    }

    /// Text whose middle line goes through a point.
    fn text(&mut self, text: &str, at: Point, alignment: Alignment, font: &MonoFont) {
        let style = TextStyleBuilder::new().alignment(alignment).baseline(Baseline::Middle).build();
        self.put(&Text::with_text_style(text, at, MonoTextStyle::new(font, INK), style));
    }
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.0.width(), self.0.height())
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(point, colour) in pixels {
            let place = u32::try_from(point.x).ok().zip(u32::try_from(point.y).ok());
            // What lies outside is cut off.
            if let Some(pixel) = place.and_then(|(x, y)| self.0.get_pixel_mut_checked(x, y)) {
                *pixel = Rgb([colour.r(), colour.g(), colour.b()]);
            }
        }
        Ok(())
    }
}
