//! The head of a `.npy` file: dtype, byte order, order of axes and shape, in format versions 1 to 3.
//!
//! The `ndarray-npy` crate reads and writes the text. It believes what a file says of its own length, and takes time that
//! is exponential in the depth of brackets, so both are looked at before it sees the file.

use crate::lazy::{Built, Lazy};
use ndarray_npy::npy::header::{Header as Text, Layout, ParseHeaderError, ReadHeaderError};
use ondine_ir::{DType, Shape, Type};
use ondine_runtime::{Buffer, HostMemory};
use py_literal::Value;
use std::io::{self, Read};
use std::sync::Arc;

const MAGIC: &[u8] = b"\x93NUMPY";

/// Bytes of the longest text that is read: all that version 1 can say.
const LONGEST: usize = u16::MAX as usize;

/// Brackets of a plain header: those of the dictionary and of the shape. Dtypes with brackets are none of ours.
const BRACKETS: usize = 2;

/// Axes of the largest rank that NumPy knows.
const MOST_AXES: usize = 64;

/// What a `.npy` file holds.
pub(super) struct Header {
    /// Dtype and shape of the array.
    pub(super) ty: Type,
    /// True if the first axis is the innermost one in the file, and the last one the outermost.
    is_fortran: bool,
    /// True if the bytes of every number are in the other order than this machine's.
    pub(super) is_swapped: bool,
    /// Bytes before the first element.
    pub(super) len: usize,
}

impl Header {
    /// Reads the head of a file and leaves the reader at the first element.
    pub(super) fn read(reader: &mut impl Read) -> Result<Header, String> {
        let mut bytes = Vec::new();
        more(reader, &mut bytes, 10)?;
        if !bytes.starts_with(MAGIC) {
            return Err("it does not begin as a .npy file does".into());
        }
        if bytes.len() == 10 && bytes[6] > 1 {
            more(reader, &mut bytes, 2)?;
        }
        let len = match bytes[6..] {
            [1, 0, a, b] => u16::from_le_bytes([a, b]).into(),
            [2 | 3, 0, a, b, c, d] => u32::from_le_bytes([a, b, c, d]) as usize,
            [] | [_] | [1..=3, 0, ..] => return Err(SHORT.into()),
            [major, minor, ..] => {
                return Err(format!("its format is of version {major}.{minor}; known are 1.0, 2.0 and 3.0"));
            }
        };
        if len > LONGEST {
            return Err(format!("its header is {len} bytes long; headers of up to {LONGEST} are read"));
        }
        let start = bytes.len();
        more(reader, &mut bytes, len)?;
        if bytes.len() < start + len {
            return Err(SHORT.into());
        }
        Header::parse(&bytes, &String::from_utf8_lossy(&bytes[start..]))
    }

    fn parse(bytes: &[u8], text: &str) -> Result<Header, String> {
        let refused = || Err(format!("its header {:?} names none of the 13 dtypes", shortened(text)));
        if text.matches(['(', '[', '{']).count() > BRACKETS {
            return refused();
        }
        let text = match Text::from_reader(&mut &bytes[..]) {
            Ok(text) => text,
            Err(ReadHeaderError::Parse(ParseHeaderError::DictParse(_))) => {
                return Err(format!("its header {:?} is no dictionary", shortened(text)));
            }
            Err(error) => return Err(format!("its header {:?} is refused: {error}", shortened(text))),
        };
        let Some((dtype, is_swapped)) = text.type_descriptor.as_string().and_then(|text| parse_dtype(text)) else {
            return refused();
        };
        if text.shape.len() > MOST_AXES {
            return Err(format!("it has {} axes; arrays of up to {MOST_AXES} are read", text.shape.len()));
        }
        let ty = Type::new(dtype, text.shape);
        if !ty.is_addressable() {
            return Err(format!("the bytes of {ty} cannot be addressed"));
        }
        Ok(Header { ty, is_fortran: text.layout.is_fortran(), is_swapped, len: bytes.len() })
    }

    /// The head of a file with an array of this type in row-major order.
    pub(super) fn bytes(ty: &Type) -> Vec<u8> {
        let order = match ty.dtype.component().bytes() {
            1 => '|',
            _ if cfg!(target_endian = "little") => '<',
            _ => '>',
        };
        let type_descriptor = Value::String(format!("{order}{}", code(ty.dtype)));
        let text = Text { type_descriptor, layout: Layout::Standard, shape: ty.shape.to_vec() };
        text.to_bytes().expect("names of dtypes are ASCII, and shapes are far below 4 GiB of text")
    }

    /// The array whose elements lie in memory as they do in the file.
    pub(super) fn array(&self, memory: HostMemory) -> Built {
        let memory = Arc::new(memory);
        if !self.is_fortran {
            return Ok(Lazy::host(Buffer::host(self.ty.clone(), memory)));
        }
        let reversed: Shape = self.ty.shape.iter().rev().copied().collect();
        let stored = Lazy::host(Buffer::host(Type::new(self.ty.dtype, reversed), memory));
        stored.permute(&(0..stored.rank()).rev().collect::<Vec<usize>>())
    }

    /// Fails if a file holds less than its header promises.
    pub(super) fn check(&self, held: u64) -> Result<(), String> {
        match self.ty.bytes() as u64 > held {
            true => Err(format!("it holds {held} bytes of elements; {} takes {}", self.ty, self.ty.bytes())),
            false => Ok(()),
        }
    }
}

const SHORT: &str = "it ends within its header";

/// Reads up to so many bytes more.
fn more(reader: &mut impl Read, bytes: &mut Vec<u8>, count: usize) -> Result<(), String> {
    reader.take(count as u64).read_to_end(bytes).map(|_| ()).map_err(|error: io::Error| error.to_string())
}

/// The text of a header for people: without the blanks at its end, and not all of a long one.
fn shortened(text: &str) -> String {
    let text = text.trim_end();
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_string(),
    }
}

/// The name of a dtype in NumPy's array protocol, without the byte order.
fn code(dtype: DType) -> &'static str {
    match dtype {
        DType::Bool => "b1",
        DType::I8 => "i1",
        DType::I16 => "i2",
        DType::I32 => "i4",
        DType::I64 => "i8",
        DType::U8 => "u1",
        DType::U16 => "u2",
        DType::U32 => "u4",
        DType::U64 => "u8",
        DType::F32 => "f4",
        DType::F64 => "f8",
        DType::C64 => "c8",
        DType::C128 => "c16",
    }
}

/// A dtype by that name, and whether its bytes are in the other order than this machine's.
fn parse_dtype(text: &str) -> Option<(DType, bool)> {
    let name = text.strip_prefix(['<', '>', '=', '|']).unwrap_or(text);
    let dtype = DType::ALL.into_iter().find(|&dtype| code(dtype) == name)?;
    let other = if cfg!(target_endian = "little") { '>' } else { '<' };
    Some((dtype, text.starts_with(other) && dtype.component().bytes() > 1))
}
