//! `Debug` of arrays: type, placement, and the values of ready ones. Never evaluates.

use crate::Array;
use crate::array::Repr;
use crate::lazy::Body;
use ondine_ir::{DType, Scalar};
use ondine_runtime::Buffer;
use std::fmt::{self, Write};

/// Elements shown at both ends of an axis that is cut short.
const EDGE: usize = 3;
/// Arrays of more elements are cut short.
const WHOLE: usize = 100;
/// Arrays of more axes show no values.
const AXES: usize = 8;

impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let lazy = match &self.0 {
            Repr::Live(lazy) => lazy,
            Repr::Failed(error) => return write!(f, "Array(failed: {error})"),
        };
        write!(f, "Array({}, ", lazy.ty())?;
        match lazy.placed() {
            Some(device) => write!(f, "{device}, ")?,
            None => f.write_str("unplaced, ")?,
        }
        let value = lazy.read(|body| match body {
            Body::Scalar(scalar) => Some(scalar.to_string()),
            Body::Placeholder => Some("argument".to_string()),
            _ => None,
        });
        match (value, lazy.any_buffer()) {
            (Some(text), _) => f.write_str(&text)?,
            (None, None) => f.write_str("pending")?,
            (None, Some((None, buffer))) => f.write_str(&values(&buffer))?,
            (None, Some((Some(device), buffer))) => match device.backend().download(&buffer) {
                Ok(buffer) => f.write_str(&values(&buffer))?,
                Err(error) => write!(f, "unreadable: {error}")?,
            },
        }
        f.write_str(")")
    }
}

/// Nested lists like NumPy's: one line per row, long axes cut short in the middle.
fn values(buffer: &Buffer) -> String {
    let shape = &buffer.ty().shape;
    if shape.rank() > AXES {
        return "..".to_string();
    }
    let mut text = String::new();
    let edge = if shape.elements() > WHOLE { EDGE } else { usize::MAX };
    write_axis(&mut text, buffer, shape, 0, edge, 0);
    text
}

fn write_axis(text: &mut String, buffer: &Buffer, shape: &[usize], first: usize, edge: usize, depth: usize) {
    let Some((&extent, inner)) = shape.split_first() else {
        let dtype: DType = buffer.ty().dtype;
        let bytes = dtype.bytes();
        let _ = write!(text, "{}", Scalar::from_bytes(dtype, &buffer.bytes()[first * bytes..(first + 1) * bytes]));
        return;
    };
    let stride: usize = inner.iter().product();
    let separator = match inner.is_empty() {
        true => ", ".to_string(),
        false => format!(",\n{}", " ".repeat(depth + 1)),
    };
    text.push('[');
    for at in 0..extent {
        let hidden = extent > edge.saturating_mul(2) && (edge..extent - edge).contains(&at);
        if hidden && at > edge {
            continue;
        }
        if at > 0 {
            text.push_str(&separator);
        }
        match hidden {
            true => text.push_str(".."),
            false => write_axis(text, buffer, inner, first + at * stride, edge, depth + 1),
        }
    }
    text.push(']');
}
