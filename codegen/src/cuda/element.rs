//! An object that computes one element from its output and its place there: what folds and rows are made of.

use super::arguments::Fields;
use super::kernel::{Access, Key, Motion};
use super::name;
use ondine_ir::DType;
use std::fmt::Write;

/// What an access reads that is no memory of the kernel's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Left {
    /// The value that a stage left behind for the row.
    Row(u32),
    /// What a stage left behind for every element of the row.
    Whole(u32),
}

/// An element with its loops.
pub(super) struct Element<'a> {
    /// What it is. One access takes it.
    pub(super) key: &'a Key,
    /// The first loops, which run over outputs; the others run over the elements of one output.
    pub(super) outputs: usize,
    /// By access, what comes from a stage; accesses behind the last of these are memory.
    pub(super) left: &'a [Option<Left>],
    /// True if it goes to memory, false if it is handed over.
    pub(super) is_stored: bool,
}

impl Element<'_> {
    /// The dtype of the element.
    pub(super) fn dtype(&self) -> DType {
        let written = self.key.accesses.iter().find(|access| access.is_written);
        written.expect("something takes the element").dtype
    }

    fn left(&self, at: usize) -> Option<Left> {
        self.left.get(at).copied().flatten()
    }

    /// The accesses that are memory.
    pub(super) fn memory(&self) -> impl Iterator<Item = (usize, &Access)> {
        let accesses = self.key.accesses.iter().enumerate();
        accesses.filter(|(at, access)| {
            !access.is_position() && (self.is_stored || !access.is_written) && self.left(*at).is_none()
        })
    }

    /// Appends the struct of parameters, the function, and the object that calls it.
    pub(super) fn emit(&self, kernel: &str, text: &mut String) {
        Fields::new(self.key).declare(self.key, kernel, text);
        self.key.element(kernel, text);
        self.object(kernel, text).expect("a string takes all text");
    }

    /// The object, made from its parameters and a pointer to each memory.
    pub(super) fn made(&self, kernel: &str, parameters: &str, pointer: impl Fn(usize) -> String) -> String {
        let left = (0..self.key.accesses.len()).filter_map(|at| self.left(at)).map(Left::name);
        let pointers = self.memory().map(|(at, _)| pointer(at));
        let members: Vec<String> = std::iter::once(parameters.to_string()).chain(pointers).chain(left).collect();
        format!("{kernel}_load{{{}}}", members.join(", "))
    }

    fn object(&self, kernel: &str, text: &mut String) -> std::fmt::Result {
        let ty = name(self.dtype());
        writeln!(text, "struct {kernel}_load {{\n  const {kernel}_args& p;")?;
        for (at, access) in self.memory() {
            writeln!(text, "  {}a{at};", access.pointer())?;
        }
        for (at, access) in self.key.accesses.iter().enumerate() {
            match self.left(at) {
                Some(left @ Left::Row(_)) => writeln!(text, "  const {} {};", name(access.dtype), left.name())?,
                Some(left @ Left::Whole(_)) => writeln!(text, "  const {}* {};", name(access.dtype), left.name())?,
                None => {}
            }
        }
        let result = if self.is_stored { "void" } else { ty };
        writeln!(text, "  __device__ __forceinline__ {result} operator()(u64 output, u64 at) const {{")?;
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
        let mut store = String::new();
        let steps = |at: usize| (0..self.key.rank).map(move |of| format!("c{of} * p.d{at}_{of}"));
        for (at, access) in self.key.accesses.iter().enumerate() {
            let offset = || match access.motion {
                Motion::Still => "0".to_string(),
                _ => steps(at).collect::<Vec<_>>().join(" + "),
            };
            arguments.push(match (access, self.left(at)) {
                (_, Some(left @ Left::Row(_))) => left.name(),
                (_, Some(left @ Left::Whole(_))) => format!("{}[at]", left.name()),
                (Access { motion: Motion::Position, .. }, _) => {
                    let terms: Vec<String> = std::iter::once(format!("p.b{at}")).chain(steps(at)).collect();
                    terms.join(" + ")
                }
                (Access { is_written: true, .. }, _) => {
                    store = format!("a{at}[{}] = element", offset());
                    "element".to_string()
                }
                (Access { is_gathered: true, .. }, _) => format!("a{at}"),
                _ => format!("a{at}[{}]", offset()),
            });
        }
        writeln!(text, "    {ty} element;")?;
        writeln!(text, "    {kernel}_element({});", arguments.join(", "))?;
        let end = if self.is_stored { store.as_str() } else { "return element" };
        writeln!(text, "    {end};\n  }}\n}};")
    }
}

impl Left {
    fn name(self) -> String {
        match self {
            Left::Row(stage) => format!("v{stage}"),
            Left::Whole(stage) => format!("w{stage}"),
        }
    }
}
