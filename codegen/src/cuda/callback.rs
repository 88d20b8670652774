//! A region as a device function that a library's kernels call for every element that they read or write.

use super::arguments::Fields;
use super::kernel::{Access, Key, Motion};
use super::launch::{Launch, push, push_line, too_wide};
use super::program::{COMPLEX, CORE, has_complex_functions};
use super::{hash, name};
use crate::nest::{self, Layout, Memory, Nest, Place};
use ondine_ir::{DType, Window};
use smallvec::SmallVec;
use std::fmt::Write;

/// Instructions of one element. Registers of a callback count against those of the library's kernel.
const MOST_INSTRUCTIONS: usize = 40;

/// Arrays that one callback reads and writes.
const MOST_ARRAYS: usize = 4;

/// Which way elements go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The library reads what the region computes.
    Load,
    /// The region takes what the library would write.
    Store,
}

/// Where a region's elements are on the lines of a library.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    /// The axes of the region in the order of the library's offsets, the outermost first.
    pub order: &'a [usize],
    /// How the lines lie in the memory that the library would read or write.
    pub layout: &'a Layout,
    /// The axis along the lines.
    pub axis: usize,
    /// The extent of a whole line.
    pub extent: usize,
    /// The part of a line that the region covers; what is read elsewhere is zero, what is written there is dropped.
    pub window: Window,
    /// The dtype of the library's elements.
    pub dtype: DType,
    /// Positions of a line whose imaginary parts are read as zero.
    pub real: Option<[usize; 2]>,
}

/// What the text of a callback is made from. The parameters are those of a [`Launch`] whose addresses travel with them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Callback {
    key: Key,
    side: Side,
    dtype: DType,
    /// The accesses that are the library's element.
    elements: SmallVec<[usize; 2]>,
    /// The loop along a line.
    line: usize,
    window: Window,
    extent: usize,
    real: Option<[usize; 2]>,
}

/// A callback as a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name, which C++ mangles.
    pub name: String,
    /// What a kernel that calls it declares.
    pub declaration: String,
    /// The function with all that it calls.
    pub source: String,
    /// Which way elements go.
    pub side: Side,
    /// The dtype of the library's elements.
    pub dtype: DType,
}

impl Callback {
    /// The callback of a nest on lines, with its parameters.
    ///
    /// # Errors
    /// Why the nest is none, for people.
    pub fn new(nest: &Nest, side: Side, lines: &Lines) -> Result<(Launch, Callback), &'static str> {
        let [part] = &nest.parts[..] else { return Err("it has several boxes") };
        let [block] = &part.blocks[..] else { return Err("it has several boxes") };
        if !block.grid.is_whole(&nest.extents) {
            return Err("it has several boxes");
        }
        let bare = |place: &Place| Place { base: place.base, strides: SmallVec::new() };
        let places = block.places.iter().map(bare).collect();
        let mut loops = nest::Loops { extents: SmallVec::new(), places, is_transposed: false };
        // What lies before a line, the line, and what lies behind it stay apart.
        let (mut line, mut before) = (0, 0);
        for &axis in lines.order {
            if axis != lines.axis {
                push(&mut loops, block, axis, before);
                continue;
            }
            line = loops.extents.len();
            push_line(&mut loops, block, axis, lines.extent);
            before = line + 1;
        }
        if too_wide(&loops) {
            return Err("its offsets need more than 32 bits");
        }
        let launch = Launch::new(part, block, &loops, false, 1, true);
        let is_element = |access: &nest::Access| match side {
            Side::Load => matches!(access, nest::Access::Write(..)),
            Side::Store => matches!(access, nest::Access::Read(Memory::Anchor, _)),
        };
        let elements: SmallVec<[usize; 2]> =
            (0..part.accesses.len()).filter(|&at| is_element(&part.accesses[at])).collect();
        let key = launch.key.clone();
        let arrays = launch.pointers.len() - elements.len();
        let is_own = |at: usize| {
            let Place { base, strides } = &block.places[at];
            let moves = |axis: usize| nest.extents[axis] == 1 || strides[axis] == lines.layout.strides[axis];
            !key.accesses[at].is_gathered && *base == 0 && (0..strides.len()).all(moves)
        };
        match () {
            () if !elements.iter().all(|&at| is_own(at)) => return Err("it reads other elements of the lines"),
            () if has_complex_functions(&key) => return Err("it has functions of complex numbers"),
            () if key.body.insts().len() > MOST_INSTRUCTIONS => return Err("it has too many instructions"),
            () if arrays > MOST_ARRAYS => return Err("it has too many arrays"),
            () => {}
        }
        let callback = Callback {
            key,
            side,
            dtype: lines.dtype,
            elements,
            line,
            window: lines.window,
            extent: lines.extent,
            real: lines.real,
        };
        Ok((launch, callback))
    }

    /// The callback as a program, with a name that says which one it is.
    pub fn function(&self) -> Function {
        let side = if self.side == Side::Load { "load" } else { "store" };
        let name = format!("{side}_{:016x}", hash(self.text(side).as_bytes()));
        let source = [CORE, COMPLEX, &self.text(&name)].concat();
        Function { declaration: self.declaration(&name), name, source, side: self.side, dtype: self.dtype }
    }

    /// The text of the callback without what it calls, for people and tests.
    pub fn text(&self, function: &str) -> String {
        let mut text = String::new();
        Fields::new(&self.key).declare(&self.key, function, &mut text);
        self.key.element(function, &mut text);
        self.emit(function, &mut text).expect("a string takes all text");
        text
    }

    /// The signature is the library's; its types are CUDA's own, because they are part of the name that is looked for.
    fn declaration(&self, function: &str) -> String {
        let ty = library_type(self.dtype);
        match self.side {
            Side::Load => {
                format!("__device__ {ty} {function}(void* in, unsigned long long at, void* info, void* shared)")
            }
            Side::Store => {
                format!(
                    "__device__ void {function}(void* out, unsigned long long at, {ty} given, void* info, void* shared)"
                )
            }
        }
    }

    fn emit(&self, function: &str, text: &mut String) -> std::fmt::Result {
        let (ty, rank) = (name(self.dtype), self.key.rank);
        writeln!(text, "{} {{", self.declaration(function))?;
        writeln!(text, "  const {function}_args& p = *(const {function}_args*)info;")?;
        let mut rest = "(u32)at".to_string();
        for of in (1..rank).rev() {
            writeln!(text, "  const u32 q{of} = divide({rest}, p.e{of});")?;
            writeln!(text, "  const i32 {} = {rest} - q{of} * p.e{of}.d;", self.coordinate(of))?;
            rest = format!("q{of}");
        }
        writeln!(text, "  const i32 {} = {rest};", self.coordinate(0))?;
        self.window(text)?;
        let elements = |at: usize| self.elements.contains(&at);
        let sum = |at: usize| (0..rank).map(move |of| format!("c{of} * p.d{at}_{of}"));
        let mut arguments = vec!["p".to_string()];
        let mut stores = Vec::new();
        for (at, access) in self.key.accesses.iter().enumerate() {
            let offset = match access.motion {
                Motion::Still => "0".to_string(),
                _ => sum(at).collect::<Vec<_>>().join(" + "),
            };
            arguments.push(match access {
                Access { motion: Motion::Position, .. } => format!("p.b{at} + {offset}"),
                _ if elements(at) => "element".to_string(),
                Access { is_gathered: true, .. } => format!("p.a{at}"),
                Access { is_written: true, dtype, .. } => {
                    writeln!(text, "  {} v{at};", name(*dtype))?;
                    stores.push(format!("p.a{at}[{offset}] = v{at};"));
                    format!("v{at}")
                }
                _ => format!("p.a{at}[{offset}]"),
            });
        }
        match (self.side, self.dtype.is_complex()) {
            (Side::Load, _) => writeln!(text, "  {ty} element;")?,
            (Side::Store, true) => writeln!(text, "  const {ty} element = {{given.x, given.y}};")?,
            (Side::Store, false) => writeln!(text, "  const {ty} element = given;")?,
        }
        writeln!(text, "  {function}_element({});", arguments.join(", "))?;
        for store in stores {
            writeln!(text, "  {store}")?;
        }
        if let Some([first, second]) = self.real {
            writeln!(text, "  if (line == {first} || line == {second}) element.im = 0;")?;
        }
        match (self.side, self.dtype.is_complex()) {
            (Side::Load, true) => writeln!(text, "  return {}{{element.re, element.im}};", library_type(self.dtype))?,
            (Side::Load, false) => writeln!(text, "  return element;")?,
            (Side::Store, _) => {}
        }
        writeln!(text, "}}")
    }

    /// The position along a line is that of the library, the others are those of the region.
    fn coordinate(&self, of: usize) -> String {
        if of == self.line { "line".to_string() } else { format!("c{of}") }
    }

    /// The region's position along a line, and the way out where it has none.
    fn window(&self, text: &mut String) -> std::fmt::Result {
        let (of, Window { start, extent, .. }) = (self.line, self.window);
        if self.window.is_whole(self.extent) {
            return writeln!(text, "  const i32 c{of} = line;");
        }
        writeln!(text, "  const i32 c{of} = line - {start} + (line < {start} ? {} : 0);", self.extent)?;
        let nothing = match (self.side, self.dtype.is_complex()) {
            (Side::Load, true) => format!(" {}{{0, 0}}", library_type(self.dtype)),
            (Side::Load, false) => " 0".to_string(),
            (Side::Store, _) => String::new(),
        };
        writeln!(text, "  if (c{of} >= {extent}) return{nothing};")
    }
}

/// CUDA's own name of a dtype.
fn library_type(dtype: DType) -> &'static str {
    match dtype {
        DType::C64 => "float2",
        DType::C128 => "double2",
        DType::F64 => "double",
        _ => "float",
    }
}
