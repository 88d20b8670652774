//! The packed last parameter of a kernel: one struct, laid out here once for the text and for the bytes.

use super::kernel::{Key, Motion};
use super::name;
use ondine_ir::DType;
use std::fmt::Write;

/// A field of the struct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// A scalar slot.
    Scalar(usize, DType),
    /// An access where the launch's pointers travel in the struct too.
    Pointer(usize),
    /// Offset of a position at the origin.
    Base(usize),
    /// What a loop adds to a position.
    Step(usize, usize),
    /// What a loop adds to the offset of an access.
    Stride(usize, usize),
    /// The extent of a loop, in turns, for division.
    Divisor(usize),
    /// How many turns all loops make together.
    Turns,
    /// Elements after the last whole vector.
    Tail,
}

/// The fields of a kernel's struct, the strictest alignment first, each with the byte at which it begins.
pub(super) struct Fields {
    pub(super) fields: Vec<(Field, usize)>,
    pub(super) bytes: usize,
}

impl Field {
    fn bytes(self) -> usize {
        match self {
            Field::Scalar(_, dtype) => dtype.bytes(),
            Field::Pointer(_) | Field::Base(_) | Field::Step(..) => 8,
            Field::Stride(..) | Field::Turns | Field::Tail => 4,
            Field::Divisor(_) => 12,
        }
    }

    /// Every size here is a multiple of its alignment.
    fn alignment(self) -> usize {
        if let Field::Divisor(_) = self { 4 } else { self.bytes() }
    }
}

impl Fields {
    pub(super) fn new(key: &Key) -> Fields {
        let mut all: Vec<Field> = key.slots().into_iter().map(|(slot, dtype)| Field::Scalar(slot, dtype)).collect();
        for (at, access) in key.accesses.iter().enumerate() {
            if key.is_indirect && !access.is_position() {
                all.push(Field::Pointer(at));
            }
            match access.motion {
                Motion::Position => {
                    all.push(Field::Base(at));
                    all.extend((0..key.rank).map(|of| Field::Step(at, of)));
                }
                Motion::Still => {}
                Motion::Contiguous => all.extend((0..key.rank - 1).map(|of| Field::Stride(at, of))),
                Motion::Broadcast => all.extend((0..key.rank - 1).map(|of| Field::Stride(at, of))),
                Motion::Strided => all.extend((0..key.rank).map(|of| Field::Stride(at, of))),
            }
        }
        all.extend((1..key.rank).map(Field::Divisor));
        all.push(Field::Turns);
        if key.has_tail() {
            all.push(Field::Tail);
        }
        all.sort_by_key(|field| std::cmp::Reverse(field.alignment()));
        let mut end = 0;
        let fields = all.into_iter().map(|field| {
            let start = end;
            end += field.bytes();
            (field, start)
        });
        let fields: Vec<(Field, usize)> = fields.collect();
        let alignment = fields.first().map_or(4, |(field, _)| field.alignment());
        Fields { fields, bytes: end.next_multiple_of(alignment) }
    }

    /// The declaration of the struct.
    pub(super) fn declare(&self, key: &Key, kernel: &str, text: &mut String) {
        writeln!(text, "struct {kernel}_args {{").expect("a string takes all text");
        for (field, _) in &self.fields {
            let line = match field {
                Field::Scalar(slot, dtype) => format!("{} s{slot};", name(*dtype)),
                Field::Pointer(at) => format!("{}a{at};", key.accesses[*at].pointer()),
                Field::Base(at) => format!("i64 b{at};"),
                Field::Step(at, of) => format!("i64 d{at}_{of};"),
                Field::Stride(at, of) => format!("i32 d{at}_{of};"),
                Field::Divisor(of) => format!("divisor e{of};"),
                Field::Turns => "u32 n;".to_string(),
                Field::Tail => "u32 tail;".to_string(),
            };
            writeln!(text, "  {line}").expect("a string takes all text");
        }
        text.push_str("};\n");
    }
}
