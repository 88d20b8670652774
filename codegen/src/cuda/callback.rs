//! A region as a device function that a library's kernels call for every element that they read or write.

use super::arguments::Fields;
use super::kernel::{Access, Key, Motion};
use super::launch::{Launch, push, push_whole, too_wide};
use super::program::{COMPLEX, CORE, has_complex_functions};
use super::{hash, name};
use crate::nest::{self, Block, Layout, Loops, Memory, Nest, Part, Place};
use ondine_ir::{DType, Window};
use smallvec::SmallVec;
use std::fmt::Write;

/// Instructions of all boxes. Registers of a callback count against those of the library's kernel.
const MOST_INSTRUCTIONS: usize = 40;

/// Arrays that one box reads and writes.
const MOST_ARRAYS: usize = 4;

/// Boxes of one callback.
const MOST_BOXES: usize = 6;

/// Bytes that the parameters of every box are aligned to.
const ALIGNMENT: usize = 16;

/// Loops with the first position of a box and the first one behind.
type Bounds = SmallVec<[(usize, i64, i64); 4]>;

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

/// What the text of a callback is made from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Callback {
    boxes: Vec<Piece>,
    side: Side,
    dtype: DType,
    /// The loop along a line.
    line: usize,
    window: Window,
    extent: usize,
    real: Option<[usize; 2]>,
}

/// A box of the region. Its parameters are those of a [`Launch`] whose addresses travel with them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Piece {
    key: Key,
    /// The accesses that are the library's element.
    elements: SmallVec<[usize; 2]>,
    /// For loops of which the box is a part: the first position and the first one behind.
    bounds: Bounds,
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
    /// The callback of a nest on lines, with the parameters of its boxes.
    ///
    /// # Errors
    /// Why the nest is none, for people.
    pub fn new(nest: &Nest, side: Side, lines: &Lines) -> Result<(Vec<Launch>, Callback), &'static str> {
        let all = nest.parts.iter().flat_map(|part| part.blocks.iter().map(move |block| (part, block)));
        let all: Vec<(&Part, &Block)> = all.collect();
        match all.len() {
            0 => return Err("it has no elements"),
            1..=MOST_BOXES => {}
            _ => return Err("it has too many boxes"),
        }
        let (mut line, mut boxes, mut launches) = (0, Vec::new(), Vec::new());
        for (part, block) in &all {
            let (loops, along, bounds) = loops(nest, block, lines, all.len() == 1)?;
            line = along;
            let launch = Launch::new(part, block, &loops, false, 1, true);
            let elements = elements(part, side);
            let is_own = |at: usize| {
                let is_still = |axis: usize| nest.extents[axis] == 1;
                let moves =
                    |axis: usize| is_still(axis) || block.places[at].strides[axis] == lines.layout.strides[axis];
                let is_affine = !launch.key.accesses[at].is_gathered;
                is_affine && loops.places[at].base == 0 && (0..nest.extents.rank()).all(moves)
            };
            match () {
                () if !elements.iter().all(|&at| is_own(at)) => return Err("it reads other elements of the lines"),
                () if has_complex_functions(&launch.key) => return Err("it has functions of complex numbers"),
                () if launch.pointers.len() - elements.len() > MOST_ARRAYS => return Err("it has too many arrays"),
                () => {}
            }
            boxes.push(Piece { key: launch.key.clone(), elements, bounds });
            launches.push(launch);
        }
        if boxes.iter().map(|part| part.key.body.insts().len()).sum::<usize>() > MOST_INSTRUCTIONS {
            return Err("it has too many instructions");
        }
        let (dtype, window, extent, real) = (lines.dtype, lines.window, lines.extent, lines.real);
        Ok((launches, Callback { boxes, side, dtype, line, window, extent, real }))
    }

    /// The bytes of all parameters, one box after the other.
    pub fn data(launches: &[Launch], data: impl Fn(&Launch) -> Vec<u8>) -> Vec<u8> {
        let mut all = Vec::new();
        for launch in launches {
            all.extend(data(launch));
            all.resize(all.len().next_multiple_of(ALIGNMENT), 0);
        }
        all
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
        for (at, part) in self.boxes.iter().enumerate() {
            let name = format!("{function}_{at}");
            Fields::new(&part.key).declare(&part.key, &name, &mut text);
            part.key.element(&name, &mut text);
        }
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
        let (ty, rank) = (name(self.dtype), self.boxes[0].key.rank);
        writeln!(text, "{} {{", self.declaration(function))?;
        let mut offset = 0;
        for (at, part) in self.boxes.iter().enumerate() {
            let args = format!("const {function}_{at}_args");
            writeln!(text, "  {args}& p{at} = *({args}*)((const char*)info + {offset});")?;
            offset = (offset + Fields::new(&part.key).bytes).next_multiple_of(ALIGNMENT);
        }
        // The loops of all boxes are those of the lines.
        let mut rest = "(u32)at".to_string();
        for of in (1..rank).rev() {
            writeln!(text, "  const u32 q{of} = divide({rest}, p0.e{of});")?;
            writeln!(text, "  const i32 {} = {rest} - q{of} * p0.e{of}.d;", self.coordinate(of))?;
            rest = format!("q{of}");
        }
        writeln!(text, "  const i32 {} = {rest};", self.coordinate(0))?;
        self.window(text)?;
        match (self.side, self.dtype.is_complex()) {
            (Side::Load, _) => writeln!(text, "  {ty} element;")?,
            (Side::Store, true) => writeln!(text, "  const {ty} element = {{given.x, given.y}};")?,
            (Side::Store, false) => writeln!(text, "  const {ty} element = given;")?,
        }
        for (at, part) in self.boxes.iter().enumerate() {
            let tests = part.bounds.iter().map(|(of, from, to)| format!("c{of} >= {from} && c{of} < {to}"));
            let tests = tests.collect::<Vec<_>>().join(" && ");
            // Together the boxes are the whole.
            match (at, at + 1 == self.boxes.len()) {
                (0, true) => writeln!(text, "  {{")?,
                (0, false) => writeln!(text, "  if ({tests}) {{")?,
                (_, false) => writeln!(text, "  }} else if ({tests}) {{")?,
                (_, true) => writeln!(text, "  }} else {{")?,
            }
            part.emit(at, function, text)?;
        }
        writeln!(text, "  }}")?;
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

impl Piece {
    /// Loads, the function of the element, stores.
    fn emit(&self, number: usize, function: &str, text: &mut String) -> std::fmt::Result {
        let sum = |at: usize| (0..self.key.rank).map(move |of| format!("c{of} * p{number}.d{at}_{of}"));
        let mut arguments = vec![format!("p{number}")];
        let mut stores = Vec::new();
        for (at, access) in self.key.accesses.iter().enumerate() {
            let offset = match access.motion {
                Motion::Still => "0".to_string(),
                _ => sum(at).collect::<Vec<_>>().join(" + "),
            };
            let array = format!("p{number}.a{at}");
            arguments.push(match access {
                Access { motion: Motion::Position, .. } => format!("p{number}.b{at} + {offset}"),
                _ if self.elements.contains(&at) => "element".to_string(),
                Access { is_gathered: true, .. } => array,
                Access { is_written: true, dtype, .. } => {
                    writeln!(text, "    {} v{at};", name(*dtype))?;
                    stores.push(format!("{array}[{offset}] = v{at};"));
                    format!("v{at}")
                }
                _ => format!("{array}[{offset}]"),
            });
        }
        writeln!(text, "    {function}_{number}_element({});", arguments.join(", "))?;
        stores.iter().try_for_each(|store| writeln!(text, "    {store}"))
    }
}

/// The loops of a block in the order of the library's offsets, which of them is along a line, and the bounds of the block
/// where there are others. Offsets count from the origin of the region.
fn loops(nest: &Nest, block: &Block, lines: &Lines, is_only: bool) -> Result<(Loops, usize, Bounds), &'static str> {
    let grid = &block.grid;
    if grid.steps.iter().any(|&step| step != 1) {
        return Err("its boxes lie between each other");
    }
    let bare = |place: &Place| {
        let moved = grid.origin.iter().zip(&place.strides).map(|(origin, stride)| origin * stride);
        Place { base: place.base - moved.sum::<i64>(), strides: SmallVec::new() }
    };
    let places = block.places.iter().map(bare).collect();
    let mut loops = Loops { extents: SmallVec::new(), places, is_transposed: false };
    let mut bounds = Bounds::new();
    // What lies before a line, the line, and what lies behind it stay apart.
    let (mut line, mut before) = (0, 0);
    for &axis in lines.order {
        let of = loops.extents.len();
        let extent = nest.extents[axis];
        match axis == lines.axis {
            true => {
                push_whole(&mut loops, block, axis, lines.extent);
                (line, before) = (of, of + 1);
            }
            false if is_only => push(&mut loops, block, axis, before),
            false if extent == 1 => continue,
            false => push_whole(&mut loops, block, axis, extent),
        }
        if grid.extents[axis] < extent {
            bounds.push((of, grid.origin[axis], grid.end(axis)));
        }
    }
    if too_wide(&loops) { Err("its offsets need more than 32 bits") } else { Ok((loops, line, bounds)) }
}

/// The accesses that are the library's element.
fn elements(part: &Part, side: Side) -> SmallVec<[usize; 2]> {
    let is_element = |access: &nest::Access| match side {
        Side::Load => matches!(access, nest::Access::Write(..)),
        Side::Store => matches!(access, nest::Access::Read(Memory::Anchor, _)),
    };
    (0..part.accesses.len()).filter(|&at| is_element(&part.accesses[at])).collect()
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
