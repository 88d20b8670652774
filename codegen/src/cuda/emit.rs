//! One statement per instruction.

use super::kernel::Key;
use super::name;
use crate::nest::{Emit, Literal, walk};
use ondine_ir::{Binary, DType, Unary};
use std::fmt::Write;

/// Writes the statements of a body into a function over references to the elements.
struct Statements<'a> {
    key: &'a Key,
    text: &'a mut String,
    next: usize,
}

/// Appends the statements of a body.
pub(super) fn statements(key: &Key, text: &mut String) {
    walk(&key.body, &mut Statements { key, text, next: 0 });
}

impl Statements<'_> {
    fn value(&mut self, dtype: DType, expression: std::fmt::Arguments) -> String {
        let value = format!("t{}", self.next);
        self.next += 1;
        self.line(format_args!("const {} {value} = {expression};", name(dtype)));
        value
    }

    fn line(&mut self, line: std::fmt::Arguments) {
        writeln!(self.text, "  {line}").expect("a string takes all text");
    }
}

impl Emit for Statements<'_> {
    type Value = String;

    fn load(&mut self, access: usize, dtype: DType) -> String {
        // What is gathered too has no element of its own; it does not move.
        match self.key.accesses[access].is_gathered {
            true => self.value(dtype, format_args!("a{access}[0]")),
            false => format!("x{access}"),
        }
    }

    fn gather(&mut self, access: usize, dtype: DType, offset: &String, mask: Option<(&String, &String)>) -> String {
        match mask {
            Some((mask, otherwise)) => self.value(dtype, format_args!("{mask} ? a{access}[{offset}] : {otherwise}")),
            None => self.value(dtype, format_args!("a{access}[{offset}]")),
        }
    }

    fn position(&mut self, access: usize) -> String {
        format!("x{access}")
    }

    fn scalar(&mut self, slot: usize, _dtype: DType) -> String {
        format!("p.s{slot}")
    }

    fn literal(&mut self, literal: Literal, dtype: DType) -> String {
        let value = match literal {
            Literal::Zero => 0,
            Literal::One => 1,
            Literal::MinusOne => -1,
        };
        match dtype {
            DType::Bool => format!("{}", literal != Literal::Zero),
            _ => format!("to<{}>({value})", name(dtype)),
        }
    }

    fn cast(&mut self, _from: DType, to: DType, a: &String) -> String {
        self.value(to, format_args!("to<{}>({a})", name(to)))
    }

    fn unary(&mut self, op: Unary, dtype: DType, a: &String) -> String {
        let result = ondine_ir::unary_dtype(op, dtype).expect("inference allowed it");
        self.value(result, format_args!("op_{op}({a})"))
    }

    fn binary(&mut self, op: Binary, (first, second): (DType, DType), a: &String, b: &String) -> String {
        let result = ondine_ir::binary_dtype(op, first, second).expect("inference allowed it");
        self.value(result, format_args!("op_{op}({a}, {b})"))
    }

    fn select(&mut self, dtype: DType, condition: &String, a: &String, b: &String) -> String {
        self.value(dtype, format_args!("op_select<{}>({condition}, {a}, {b})", name(dtype)))
    }

    fn store(&mut self, access: usize, _dtype: DType, value: &String) {
        self.line(format_args!("y{access} = {value};"));
    }
}
