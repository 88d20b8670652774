//! A fold whose elements are computed where they are folded.

use super::arguments::Fields;
use super::kernel::{Access, Key, Motion};
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
        Fields::new(&self.key).declare(&self.key, kernel, text);
        self.key.element(kernel, text);
        self.load(kernel, text).expect("a string takes all text");
        self.call(kernel, text).expect("a string takes all text");
    }

    fn reads(&self) -> impl Iterator<Item = (usize, &Access)> {
        let accesses = self.key.accesses.iter().enumerate();
        accesses.filter(|(_, access)| !access.is_position() && !access.is_written)
    }

    /// The object that computes an element from its output and its place there.
    fn load(&self, kernel: &str, text: &mut String) -> std::fmt::Result {
        let ty = name(self.dtype);
        writeln!(text, "struct {kernel}_load {{\n  const {kernel}_args& p;")?;
        for (at, access) in self.reads() {
            writeln!(text, "  {}a{at};", access.pointer())?;
        }
        writeln!(text, "  __device__ __forceinline__ {ty} operator()(u64 output, u64 at) const {{")?;
        for (loops, index) in [(0..self.outputs, "output"), (self.outputs..self.key.rank, "at")] {
            let mut rest = format!("(u32){index}");
            let first = loops.start;
            for of in loops.skip(1).rev() {
                writeln!(text, "    const u32 q{of} = divide({rest}, p.e{of});")?;
                writeln!(text, "    const i32 c{of} = {rest} - q{of} * p.e{of}.d;")?;
                rest = format!("q{of}");
            }
            writeln!(text, "    const i32 c{first} = {rest};")?;
        }
        let mut arguments = vec!["p".to_string()];
        let steps = |at: usize| (0..self.key.rank).map(move |of| format!("c{of} * p.d{at}_{of}"));
        for (at, access) in self.key.accesses.iter().enumerate() {
            arguments.push(match access {
                Access { motion: Motion::Position, .. } => {
                    let terms: Vec<String> = std::iter::once(format!("p.b{at}")).chain(steps(at)).collect();
                    terms.join(" + ")
                }
                Access { is_written: true, .. } => "element".to_string(),
                Access { is_gathered: true, .. } => format!("a{at}"),
                Access { motion: Motion::Still, .. } => format!("a{at}[0]"),
                _ => format!("a{at}[{}]", steps(at).collect::<Vec<_>>().join(" + ")),
            });
        }
        writeln!(text, "    {ty} element;")?;
        writeln!(text, "    {kernel}_element({});", arguments.join(", "))?;
        writeln!(text, "    return element;\n  }}\n}};")
    }

    fn call(&self, kernel: &str, text: &mut String) -> std::fmt::Result {
        let ty = name(self.dtype);
        let is_arg = matches!(self.kind, ReduceKind::ArgMin | ReduceKind::ArgMax);
        let mut parameters: Vec<String> =
            self.reads().map(|(at, access)| format!("{}__restrict__ a{at}", access.pointer())).collect();
        parameters.push(format!("const {kernel}_args p"));
        parameters.push(format!("{ty}* r0"));
        if is_arg {
            parameters.push("i64* r1".to_string());
        }
        parameters.extend((0..3).map(|at| format!("u64 n{at}")));
        let members: Vec<String> =
            std::iter::once("p".to_string()).chain(self.reads().map(|(at, _)| format!("a{at}"))).collect();
        let load = format!("{kernel}_load{{{}}}", members.join(", "));
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
