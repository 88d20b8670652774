//! The text of one elementwise kernel: a function of one element, and the loop that calls it.

use super::arguments::Fields;
use super::emit::statements;
use super::name;
use super::program::THREADS;
use crate::nest::{Body, Inst};
use ondine_ir::DType;
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What the text of a kernel is made from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// What every element does.
    pub body: Body,
    /// What each access is.
    pub accesses: SmallVec<[Access; 8]>,
    /// How many loops there are; at least one.
    pub rank: usize,
    /// Elements along the innermost loop that one thread takes at a time.
    pub width: usize,
    /// True if what is written may be an operand's memory.
    pub is_aliased: bool,
    /// True if parameters are too many and lie in memory.
    pub is_indirect: bool,
}

/// An access of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Access {
    /// The dtype of its elements.
    pub dtype: DType,
    /// How it moves.
    pub motion: Motion,
    /// True if it is written.
    pub is_written: bool,
    /// True if it is read at computed offsets.
    pub is_gathered: bool,
}

/// How an access moves with the loops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Motion {
    /// It is no memory; its offset is the value.
    Position,
    /// Not at all.
    Still,
    /// To the next element in the innermost loop: vectors.
    Contiguous,
    /// Not at all in the innermost loop.
    Broadcast,
    /// By constants of the launch.
    Strided,
}

impl Access {
    pub(super) fn is_position(&self) -> bool {
        self.motion == Motion::Position
    }

    /// The type of a pointer to its elements.
    pub(super) fn pointer(&self) -> String {
        format!("{}{}* ", if self.is_written { "" } else { "const " }, name(self.dtype))
    }
}

impl Key {
    /// The scalar slots with their dtypes.
    pub(super) fn slots(&self) -> BTreeMap<usize, DType> {
        let slot = |(inst, dtype): &(Inst, DType)| match inst {
            Inst::Scalar { slot } => Some((*slot as usize, *dtype)),
            _ => None,
        };
        self.body.insts().iter().filter_map(slot).collect()
    }

    /// True if the last elements of the only loop may not fill a vector.
    pub(super) fn has_tail(&self) -> bool {
        self.rank == 1 && self.width > 1
    }

    /// Appends the kernel to a program.
    pub(super) fn emit(&self, kernel: &str, text: &mut String) {
        Fields::new(self).declare(self, kernel, text);
        self.element(kernel, text);
        self.loops(kernel, text).expect("a string takes all text");
    }

    /// The function of one element: values and positions come in, results go out by reference.
    pub(super) fn element(&self, kernel: &str, text: &mut String) {
        let mut parameters = vec![format!("const {kernel}_args& p")];
        for (at, access) in self.accesses.iter().enumerate() {
            parameters.push(match access {
                Access { motion: Motion::Position, .. } => format!("const i64 x{at}"),
                Access { is_written: true, dtype, .. } => format!("{}& y{at}", name(*dtype)),
                Access { is_gathered: true, .. } => format!("{}a{at}", access.pointer()),
                Access { dtype, .. } => format!("const {} x{at}", name(*dtype)),
            });
        }
        writeln!(text, "D void {kernel}_element({}) {{", parameters.join(", ")).expect("a string takes all text");
        statements(self, text);
        text.push_str("}\n");
    }

    fn loops(&self, kernel: &str, text: &mut String) -> std::fmt::Result {
        let restrict = if self.is_aliased { "" } else { "__restrict__ " };
        let memory = || self.accesses.iter().enumerate().filter(|(_, access)| !access.is_position());
        let mut parameters: Vec<String> = Vec::new();
        match self.is_indirect {
            true => parameters.push(format!("const {kernel}_args* __restrict__ q")),
            false => {
                parameters.extend(memory().map(|(at, access)| format!("{}{restrict}a{at}", access.pointer())));
                parameters.push(format!("const {kernel}_args p"));
            }
        }
        writeln!(
            text,
            "extern \"C\" __global__ void __launch_bounds__({THREADS}) {kernel}({}) {{",
            parameters.join(", ")
        )?;
        if self.is_indirect {
            writeln!(text, "  const {kernel}_args& p = *q;")?;
            for (at, access) in memory() {
                writeln!(text, "  {}const a{at} = p.a{at};", access.pointer())?;
            }
        }
        writeln!(text, "  const u32 first = blockIdx.x * {THREADS}u + threadIdx.x;")?;
        writeln!(text, "  for (u32 i = first; i < p.n; i += gridDim.x * {THREADS}u) {{")?;
        self.coordinates(text)?;
        self.turn(kernel, self.width, text)?;
        writeln!(text, "  }}")?;
        if self.has_tail() {
            writeln!(text, "  if (first < p.tail) {{")?;
            writeln!(text, "    const i32 c0 = p.n * {}u + first;", self.width)?;
            self.turn(kernel, 1, text)?;
            writeln!(text, "  }}")?;
        }
        text.push_str("}\n");
        Ok(())
    }

    /// The position of every loop, the innermost one counted in elements.
    fn coordinates(&self, text: &mut String) -> std::fmt::Result {
        let mut rest = "i".to_string();
        for of in (1..self.rank).rev() {
            writeln!(text, "    const u32 q{of} = divide({rest}, p.e{of});")?;
            let times =
                if of + 1 == self.rank && self.width > 1 { format!(" * {}u", self.width) } else { String::new() };
            writeln!(text, "    const i32 c{of} = ({rest} - q{of} * p.e{of}.d){times};")?;
            rest = format!("q{of}");
        }
        let times = if self.rank == 1 && self.width > 1 { format!(" * {}u", self.width) } else { String::new() };
        writeln!(text, "    const i32 c0 = {rest}{times};")
    }

    /// Loads, the function of the element for each of `width` lanes, stores.
    fn turn(&self, kernel: &str, width: usize, text: &mut String) -> std::fmt::Result {
        let sum = |at: usize, loops: usize| (0..loops).map(|of| format!("c{of} * p.d{at}_{of}")).collect::<Vec<_>>();
        let inner = self.rank - 1;
        let mut arguments = vec!["p".to_string()];
        let mut stores = Vec::new();
        for (at, access) in self.accesses.iter().enumerate() {
            let mut terms = match access.motion {
                Motion::Still => Vec::new(),
                Motion::Strided => sum(at, self.rank),
                _ => sum(at, inner),
            };
            if access.motion == Motion::Contiguous {
                terms.push(format!("c{inner}"));
            }
            if terms.is_empty() {
                terms.push("0".to_string());
            }
            let offset = terms.join(" + ");
            let is_vector = access.motion == Motion::Contiguous && width > 1;
            let ty = name(access.dtype);
            match access {
                Access { motion: Motion::Position, .. } => {
                    let mut terms = vec![format!("p.b{at}")];
                    terms.extend(sum(at, inner));
                    let lane = if width > 1 { format!("(c{inner} + w)") } else { format!("c{inner}") };
                    terms.push(format!("{lane} * p.d{at}_{inner}"));
                    arguments.push(terms.join(" + "));
                }
                Access { is_gathered: true, .. } => arguments.push(format!("a{at}")),
                Access { is_written: true, .. } if is_vector => {
                    writeln!(text, "    pack<{ty}, {width}> v{at};")?;
                    stores.push(format!("*reinterpret_cast<pack<{ty}, {width}>*>(a{at} + ({offset})) = v{at};"));
                    arguments.push(format!("v{at}.x[w]"));
                }
                Access { is_written: true, .. } => {
                    writeln!(text, "    {ty} v{at};")?;
                    stores.push(format!("a{at}[{offset}] = v{at};"));
                    arguments.push(format!("v{at}"));
                }
                _ if is_vector => {
                    let pack = format!("pack<{ty}, {width}>");
                    writeln!(text, "    const {pack} v{at} = *reinterpret_cast<const {pack}*>(a{at} + ({offset}));")?;
                    arguments.push(format!("v{at}.x[w]"));
                }
                _ => {
                    writeln!(text, "    const {ty} v{at} = a{at}[{offset}];")?;
                    arguments.push(format!("v{at}"));
                }
            }
        }
        let call = format!("{kernel}_element({});", arguments.join(", "));
        match width {
            1 => writeln!(text, "    {call}")?,
            _ => {
                writeln!(text, "    #pragma unroll")?;
                writeln!(text, "    for (i32 w = 0; w < {width}; w++) {call}")?;
            }
        }
        for store in stores {
            writeln!(text, "    {store}")?;
        }
        Ok(())
    }
}
