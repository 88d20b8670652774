//! A fold whose elements are computed where they are folded.

use super::element::Element;
use super::kernel::Key;
use super::name;
use super::program::THREADS;
use super::routine::by;
use ondine_ir::{DType, ReduceKind};
use std::fmt::Write;

/// What the text of a fold is made from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fold {
    /// What every element is. Its last access takes the element.
    pub key: Key,
    /// The first loops, which run over outputs; the others run over the elements of one output.
    pub outputs: usize,
    /// How elements are combined.
    pub kind: ReduceKind,
    /// The dtype of the elements.
    pub dtype: DType,
    /// True if neighbouring threads take neighbouring outputs, false if they take neighbouring elements of one.
    pub is_across: bool,
}

impl Fold {
    /// Appends the kernel to a program. Parameters: what is read, the struct, partial results (for positions values and
    /// positions); outputs, count, blocks.
    pub(super) fn emit(&self, kernel: &str, text: &mut String) {
        let element = Element { key: &self.key, outputs: self.outputs, left: &[], is_stored: false };
        element.emit(kernel, text);
        self.call(kernel, &element, text).expect("a string takes all text");
    }

    fn call(&self, kernel: &str, element: &Element, text: &mut String) -> std::fmt::Result {
        let ty = name(self.dtype);
        let is_arg = matches!(self.kind, ReduceKind::ArgMin | ReduceKind::ArgMax);
        let mut parameters: Vec<String> =
            element.memory().map(|(at, access)| format!("{}__restrict__ a{at}", access.pointer())).collect();
        parameters.push(format!("const {kernel}_args p"));
        parameters.push(format!("{ty}* r0"));
        if is_arg {
            parameters.push("i64* r1".to_string());
        }
        parameters.extend((0..3).map(|at| format!("u64 n{at}")));
        let load = element.made(kernel, "p", |at| format!("a{at}"));
        let call = match (is_arg, self.is_across) {
            (true, _) => format!("arg_fold<{ty}, {}>({load}, r0, r1", self.kind == ReduceKind::ArgMin),
            (false, true) => format!("fold_across<{ty}, {}>({load}, r0", by(self.kind)),
            (false, false) => format!("fold<{ty}, {}>({load}, r0", by(self.kind)),
        };
        writeln!(
            text,
            "extern \"C\" __global__ void __launch_bounds__({THREADS}) {kernel}({}) {{\n  {call}, n0, n1, n2);\n}}",
            parameters.join(", ")
        )
    }
}
