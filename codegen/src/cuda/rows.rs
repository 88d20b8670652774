//! Rows that stay with their threads through several stages: a warp takes each, or a block where they are long.

use super::element::{Element, Left};
use super::kernel::Key;
use super::name;
use super::program::THREADS;
use super::routine::by;
use crate::nest::BLOCK;
use ondine_ir::{DType, ReduceKind};
use smallvec::SmallVec;
use std::fmt::Write;

/// What the text of a kernel of rows is made from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rows {
    /// The stages in order, then what is stored.
    pub parts: Vec<RowPart>,
    /// True if a block takes a row, false if a warp does.
    pub is_wide: bool,
    /// True if what is stored may be an operand's memory.
    pub is_aliased: bool,
}

/// A stage, or what is stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RowPart {
    /// What every element is. One access takes it.
    pub key: Key,
    /// The first loops, which run over rows; the others run over the elements of one row.
    pub rows: usize,
    /// By access, what comes from an earlier stage.
    pub left: SmallVec<[Option<Left>; 8]>,
    /// What becomes of the elements.
    pub role: Role,
}

/// What becomes of the elements of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// They are combined to one value of the row.
    Reduce(ReduceKind),
    /// The one of the row is kept.
    Row,
    /// All of them are kept.
    Whole,
    /// The one of the row is stored.
    StoreRow,
    /// All of them are stored.
    StoreWhole,
}

impl Role {
    /// True if elements go to memory that others see.
    pub fn is_store(self) -> bool {
        matches!(self, Role::StoreRow | Role::StoreWhole)
    }
}

/// Bytes of shared memory that every device gives a block.
const MOST_SHARED: usize = 48 << 10;

/// Bytes of partial results of a block: 32 of the largest elements.
const PARTIALS: usize = 512;

impl Rows {
    /// The kernel of parts with rows of so many elements, and the bytes of shared memory of a block; `None` where these
    /// are more than there are.
    pub fn new(parts: Vec<RowPart>, count: usize, is_aliased: bool) -> Option<(Rows, usize)> {
        let whole = parts.iter().filter(|part| part.role == Role::Whole);
        let piece: usize = whole.map(|part| (count * part.element().dtype().bytes()).next_multiple_of(16)).sum();
        let narrow = THREADS / 32 * piece;
        let is_wide = count > BLOCK || narrow > MOST_SHARED;
        let shared = if is_wide { PARTIALS + piece } else { narrow };
        let is_folded = count.div_ceil(BLOCK) * 16 <= PARTIALS;
        (is_folded && shared <= MOST_SHARED).then_some((Rows { parts, is_wide, is_aliased }, shared))
    }

    /// Threads of one row.
    pub fn threads(&self) -> usize {
        if self.is_wide { THREADS } else { 32 }
    }

    /// Appends the kernel to a program. Parameters: of each part its memory and its struct; rows, elements of a row.
    pub(super) fn emit(&self, kernel: &str, text: &mut String) {
        for (at, part) in self.parts.iter().enumerate() {
            part.element().emit(&format!("{kernel}_{at}"), text);
        }
        self.call(kernel, text).expect("a string takes all text");
    }

    fn call(&self, kernel: &str, text: &mut String) -> std::fmt::Result {
        let mut parameters: Vec<String> = Vec::new();
        for (number, part) in self.parts.iter().enumerate() {
            for (at, access) in part.element().memory() {
                let restrict = if self.is_aliased || access.is_written { "" } else { "__restrict__ " };
                parameters.push(format!("{}{restrict}a{number}_{at}", access.pointer()));
            }
            parameters.push(format!("const {kernel}_{number}_args p{number}"));
        }
        parameters.extend(["u64 rows".to_string(), "u64 n".to_string()]);
        writeln!(
            text,
            "extern \"C\" __global__ void __launch_bounds__({THREADS}) {kernel}({}) {{",
            parameters.join(", ")
        )?;
        writeln!(text, "  typedef team<{}> row;\n  DYNAMIC_SHARED(memory);", self.is_wide)?;
        self.places(text)?;
        writeln!(text, "  for (u64 i = row::first(); i < rows; i += row::all()) {{")?;
        let mut is_stored = false;
        for (number, part) in self.parts.iter().enumerate() {
            let element = part.element();
            let made =
                element.made(&format!("{kernel}_{number}"), &format!("p{number}"), |at| format!("a{number}_{at}"));
            let ty = name(element.dtype());
            // What is stored may be memory that slower threads still read.
            if part.role.is_store() && !is_stored {
                is_stored = true;
                writeln!(text, "    row::meet();")?;
            }
            match part.role {
                Role::Reduce(kind @ (ReduceKind::ArgMin | ReduceKind::ArgMax)) => {
                    let is_least = kind == ReduceKind::ArgMin;
                    writeln!(text, "    const i64 v{number} = row::find<{ty}, {is_least}>({made}, i, n, memory);")?;
                }
                Role::Reduce(kind) => {
                    writeln!(text, "    const {ty} v{number} = row::fold<{ty}, {}>({made}, i, n, memory);", by(kind))?;
                }
                Role::Row => writeln!(text, "    const {ty} v{number} = {made}(i, 0);")?,
                Role::Whole => writeln!(text, "    row::keep({made}, i, n, w{number});")?,
                Role::StoreRow => writeln!(text, "    if (row::thread() == 0) {made}(i, 0);")?,
                Role::StoreWhole => writeln!(text, "    row::store({made}, i, n);")?,
            }
        }
        writeln!(text, "    row::meet();\n  }}\n}}")
    }

    /// Where in shared memory the elements are that stages keep.
    fn places(&self, text: &mut String) -> std::fmt::Result {
        let kept = self.parts.iter().enumerate().filter(|(_, part)| part.role == Role::Whole);
        let kept: Vec<(usize, DType)> = kept.map(|(number, part)| (number, part.element().dtype())).collect();
        let bytes = |kept: &[(usize, DType)]| {
            let sizes: Vec<String> = kept.iter().map(|(_, dtype)| format!("whole<{}>(n)", name(*dtype))).collect();
            sizes.join(" + ")
        };
        if kept.is_empty() {
            return Ok(());
        }
        writeln!(text, "  unsigned char* const kept = row::kept(memory, {});", bytes(&kept))?;
        for (at, (number, dtype)) in kept.iter().enumerate() {
            let ty = name(*dtype);
            let before = if at > 0 { format!(" + {}", bytes(&kept[..at])) } else { String::new() };
            writeln!(text, "  {ty}* const w{number} = reinterpret_cast<{ty}*>(kept{before});")?;
        }
        Ok(())
    }
}

impl RowPart {
    fn element(&self) -> Element<'_> {
        Element { key: &self.key, outputs: self.rows, left: &self.left, is_stored: self.role.is_store() }
    }

    /// True for accesses that are parameters of the kernel, by their order among those that are no positions.
    pub fn parameters(&self) -> SmallVec<[bool; 8]> {
        let element = self.element();
        let is_memory = |at: usize| element.memory().any(|(memory, _)| memory == at);
        let accesses = self.key.accesses.iter().enumerate().filter(|(_, access)| !access.is_position());
        accesses.map(|(at, _)| is_memory(at)).collect()
    }
}
