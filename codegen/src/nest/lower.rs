//! From regions and layouts to a nest.

use super::affine::{Affine, decide, resolve, resolve_atom};
use super::build::Builder;
use super::grid::grids;
use super::{Access, Block, Grid, Inst, Memory, Nest, Part, Place, Source, Var};
use ondine_ir::{self as ir, Atom, Binary, Bound, DType, Index, Region, Scalar, Shape};
use smallvec::SmallVec;

/// How a value lies in memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Layout {
    /// Distance in elements between neighbours along each axis.
    pub strides: SmallVec<[i64; 4]>,
}

/// The layouts of all that the regions touch.
#[derive(Clone, Debug)]
pub struct Layouts<'a> {
    /// Of the node's operands.
    pub operands: &'a [Layout],
    /// Of the anchor's values, over the regions' own axes.
    pub anchor: Option<&'a Layout>,
    /// Of the results, one per region, over the regions' own axes.
    pub results: &'a [Layout],
}

impl Layout {
    /// Dense and row-major.
    pub fn dense(shape: &Shape) -> Layout {
        Layout { strides: shape.strides() }
    }

    /// With these strides.
    pub fn new(strides: impl IntoIterator<Item = i64>) -> Layout {
        Layout { strides: strides.into_iter().collect() }
    }
}

/// Lowers regions over one iteration space; region `k` is stored to `Memory::Result(k)`.
///
/// # Panics
/// If the regions differ in their extents, or a layout is missing: the caller's mistake.
pub fn lower(regions: &[&Region], layouts: &Layouts) -> Nest {
    let extents = regions.first().expect("a nest has a region").extents.clone();
    assert!(regions.iter().all(|region| region.extents == extents), "the regions of a nest share their extents");
    let mut parts: Vec<Part> = Vec::new();
    for grid in grids(regions, &extents) {
        let mut lowering = Lowering { grid: &grid, layouts, builder: Builder::default() };
        let values: SmallVec<[Var; 2]> = regions.iter().map(|region| lowering.region(region)).collect();
        for (at, value) in values.into_iter().enumerate() {
            let index = Index::identity(extents.rank());
            let place = lowering.affine(&index, &layouts.results[at]).expect("the identity is affine");
            let access = Access::Write(Memory::Result(at as u32), lowering.builder.dtype(value));
            lowering.builder.store(access, place, value);
        }
        let built = lowering.builder.finish();
        let block = Block { grid, places: built.places, scalars: built.scalars };
        match parts.iter_mut().find(|part| part.body == built.body && part.accesses == built.accesses) {
            Some(part) => part.blocks.push(block),
            None => parts.push(Part { body: built.body, accesses: built.accesses, blocks: vec![block] }),
        }
    }
    for part in &mut parts {
        merge(&mut part.blocks);
    }
    Nest { extents, parts }
}

/// Joins neighbours whose accesses go on evenly: a cut that mattered to a bound need not matter to what is left.
fn merge(blocks: &mut Vec<Block>) {
    let mut at = 0;
    while at < blocks.len() {
        let after = |next: &Block| {
            let axis = blocks[at].grid.continues(&next.grid)?;
            let moved = blocks[at].grid.extents[axis] as i64;
            let even = blocks[at].places.iter().zip(&next.places).all(|(place, next)| {
                place.strides == next.strides && place.base + moved * place.strides[axis] == next.base
            });
            (even && blocks[at].scalars == next.scalars).then_some(axis)
        };
        match blocks.iter().enumerate().find_map(|(other, next)| Some((other, after(next)?))) {
            Some((other, axis)) => {
                blocks[at].grid.extents[axis] += blocks[other].grid.extents[axis];
                blocks.remove(other);
                // What is joined may now continue an earlier one.
                at = 0;
            }
            None => at += 1,
        }
    }
}

struct Lowering<'a> {
    grid: &'a Grid,
    layouts: &'a Layouts<'a>,
    builder: Builder,
}

impl Lowering<'_> {
    fn region(&mut self, region: &Region) -> Var {
        let mut vars: Vec<Var> = Vec::with_capacity(region.body.len());
        for (inst, dtype) in &region.body {
            let of = |var: &ir::Var| vars[var.0 as usize];
            let inst = match inst {
                ir::Inst::Cast(a) => Inst::Cast(of(a)),
                ir::Inst::Unary(op, a) => Inst::Unary(*op, of(a)),
                ir::Inst::Binary(op, a, b) => Inst::Binary(*op, of(a), of(b)),
                ir::Inst::Select(c, a, b) => Inst::Select(of(c), of(a), of(b)),
                leaf => {
                    vars.push(self.leaf(leaf, *dtype));
                    continue;
                }
            };
            vars.push(self.builder.push(inst, *dtype));
        }
        vars[region.result.0 as usize]
    }

    fn leaf(&mut self, inst: &ir::Inst, dtype: DType) -> Var {
        match inst {
            ir::Inst::Anchor => {
                let layout = self.layouts.anchor.expect("a region with an anchor is given its layout");
                let place =
                    self.affine(&Index::identity(self.grid.origin.len()), layout).expect("the identity is affine");
                self.load(Access::Read(Memory::Anchor, dtype), place, dtype)
            }
            ir::Inst::Line { index, within, otherwise } => {
                let layout = self.layouts.anchor.expect("a region with an anchor is given its layout");
                self.read(Memory::Anchor, layout, (index, within), *otherwise, dtype)
            }
            ir::Inst::Load { operand, index, within, otherwise } => {
                let layout = &self.layouts.operands[*operand as usize];
                self.read(Memory::Operand(*operand), layout, (index, within), *otherwise, dtype)
            }
            ir::Inst::Index(index) => self.index(index),
            ir::Inst::Inside(domain) => self.inside(domain),
            ir::Inst::Literal(scalar) => self.builder.scalar(Source::Literal(*scalar), dtype),
            ir::Inst::Param(slot) => self.builder.scalar(Source::Param(*slot), dtype),
            _ => unreachable!("the rest has operands"),
        }
    }

    fn load(&mut self, access: Access, place: Place, dtype: DType) -> Var {
        let access = self.builder.access(access, place);
        self.builder.push(Inst::Load { access }, dtype)
    }

    fn read(
        &mut self,
        memory: Memory,
        layout: &Layout,
        (index, within): (&[Index], &[Bound]),
        otherwise: Scalar,
        dtype: DType,
    ) -> Var {
        let inside = self.inside(within);
        if inside == self.builder.bool(false) {
            return self.builder.scalar(Source::Literal(otherwise), dtype);
        }
        let access = Access::Read(memory, dtype);
        let everywhere = inside == self.builder.bool(true);
        if everywhere && let Some(place) = self.affine(index, layout) {
            return self.load(access, place, dtype);
        }
        let offset = self.index(&offset(index, layout));
        let mask = (!everywhere).then(|| (inside, self.builder.scalar(Source::Literal(otherwise), dtype)));
        let nowhere = Place { base: 0, strides: SmallVec::from_elem(0, self.grid.origin.len()) };
        let access = self.builder.access(access, nowhere);
        self.builder.push(Inst::Gather { access, offset, mask }, dtype)
    }

    /// Where an element lies, if that is affine over the box.
    fn affine(&self, index: &[Index], layout: &Layout) -> Option<Place> {
        self.place(&offset(index, layout))
    }

    fn place(&self, index: &Index) -> Option<Place> {
        let affine = resolve(index, self.grid).ok()?;
        Some(Place { base: affine.constant, strides: affine.coefficients })
    }

    /// True where all bounds hold: a literal where the box decides that.
    fn inside(&mut self, domain: &[Bound]) -> Var {
        let mut inside = self.builder.bool(true);
        for bound in domain {
            let holds = match decide(bound, self.grid) {
                Ok(holds) => self.builder.bool(holds),
                Err(_) => {
                    let zero = self.builder.scalar(Source::Literal(Scalar::zero(DType::I64)), DType::I64);
                    let above = self.index(&bound.index.plus(-bound.start));
                    let above = self.builder.push(Inst::Binary(Binary::Ge, above, zero), DType::Bool);
                    let below = self.index(&bound.index.plus(-bound.end));
                    let below = self.builder.push(Inst::Binary(Binary::Lt, below, zero), DType::Bool);
                    self.builder.push(Inst::Binary(Binary::And, above, below), DType::Bool)
                }
            };
            inside = self.builder.push(Inst::Binary(Binary::And, inside, holds), DType::Bool);
        }
        inside
    }

    /// An index as `i64`: a position where it is affine, arithmetic on positions where it is not.
    fn index(&mut self, index: &Index) -> Var {
        // What is affine adds up to one position; each other atom is computed and added.
        let mut smooth = Affine::constant(index.offset(), self.grid.origin.len());
        let mut rough = Vec::new();
        for (atom, coefficient) in index.terms() {
            match resolve_atom(atom, self.grid) {
                Ok(affine) => smooth.add(&affine, *coefficient),
                Err(_) => rough.push((atom, *coefficient)),
            }
        }
        let place = Place { base: smooth.constant, strides: smooth.coefficients };
        let is_zero = place.base == 0 && place.strides.iter().all(|stride| *stride == 0);
        let mut sum = None;
        if !is_zero || rough.is_empty() {
            let access = self.builder.access(Access::Position, place);
            sum = Some(self.builder.push(Inst::Position { access }, DType::I64));
        }
        for (atom, coefficient) in rough {
            let (op, inner, constant) = match atom {
                Atom::Div(inner, divisor) => (Binary::FloorDiv, inner, *divisor),
                Atom::Rem(inner, modulus) => (Binary::Rem, inner, *modulus),
                Atom::Axis(_) => unreachable!("an axis is affine"),
            };
            let inner = self.index(inner);
            let value = self.with_constant(op, inner, constant);
            let value = self.with_constant(Binary::Mul, value, coefficient);
            sum = Some(match sum {
                Some(sum) => self.builder.push(Inst::Binary(Binary::Add, sum, value), DType::I64),
                None => value,
            });
        }
        sum.expect("an index has a constant part or an atom")
    }

    fn with_constant(&mut self, op: Binary, value: Var, constant: i64) -> Var {
        let scalar = Scalar::from_i128(DType::I64, constant as i128);
        let constant = self.builder.scalar(Source::Literal(scalar), DType::I64);
        self.builder.push(Inst::Binary(op, value, constant), DType::I64)
    }
}

/// The offset of an element as one expression.
fn offset(index: &[Index], layout: &Layout) -> Index {
    index.iter().zip(&layout.strides).fold(Index::constant(0), |sum, (index, stride)| sum.add(&index.times(*stride)))
}
