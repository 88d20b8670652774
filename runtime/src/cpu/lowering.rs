//! Lowers one phase of a sweep: which lines make a tile, how they run, and how they are read and written.

use super::abreast;
use super::ahead::Read;
use super::lines::{Grid, Phase, Planned, Side, Sink, Source, Stage, Store, Strided, Way};
use super::map::cost;
use super::picked::Picked;
use super::storage::Code;
use super::transform::{Key, Transform};
use super::turned::Turned;
use super::{Cpu, internal};
use crate::Error;
use ondine_codegen::nest::{Frame, Layout, Layouts, lower};
use ondine_ir::{DType, FftAxis, FftKind, Index, Inst, Kernel, Line, Region, Shape, Type, Window};
use smallvec::{SmallVec, smallvec};

/// Bytes of neighbouring elements that a tile reads or writes at one position of its lines. Below 128 the memory is not
/// kept busy; long strides want more.
const WRITTEN: usize = 128;
const READ: usize = 256;
const READ_OF_SHORT: usize = 512;
/// Lines up to this many elements are short.
const SHORT: usize = 512;
/// Rows that are copied into the result and transformed there at a time.
const ROWS: usize = 4;
/// Elements that a tile should have, so that its overhead does not show.
const TILE: usize = 4096;
/// Bytes that the lines of a tile may take, unless a few lines take more.
const MOST: usize = 1 << 20;
/// Elements between lines, so that lines of power-of-two lengths do not share cache sets.
const PADDING: usize = 4;
/// Bytes of scratch memory that a vector of lines may take to be turned for the sake of speed: it has to stay in a core's cache.
const NEAR: usize = 640 << 10;
/// Complex numbers of lines whose positions share cache sets although rows are padded by cache lines.
const FAR: usize = 2048;
/// Bytes of an operand from which on it is fetched before it is read.
const HELD: usize = 256 << 10;
/// Bytes of a result from which on it is stored past the cache.
const LARGE: usize = 4 << 20;

/// How tiles lie whose neighbouring lines are contiguous, over the axes of a region.
fn crosswise(rank: usize, axis: usize, across: Option<usize>, width: usize) -> Layout {
    Layout::new((0..rank).map(|at| match at {
        _ if at == axis => width as i64,
        _ if Some(at) == across => 1,
        _ => 0,
    }))
}

/// Complex numbers of this precision that lie side by side in the vectors of transforms abreast.
fn lanes(dtype: DType) -> usize {
    match dtype.component() {
        DType::F64 => abreast::lanes::<f64>(),
        _ => abreast::lanes::<f32>(),
    }
}

/// Elements from one position of lines abreast to the next, if there are so many side by side: positions whose distance is a
/// power of two would fall into few cache sets. Wide rows are an odd number of cache lines of complex numbers apart; very long
/// lines visit positions so far from each other that rows have to begin at other places of a cache line, too.
fn apart(step: usize, len: usize, dtype: DType) -> usize {
    let complex = 2 * dtype.component().bytes();
    let row = step * complex;
    match len.is_multiple_of(64) {
        true if len >= FAR => step + 3,
        true if row >= READ && row.is_multiple_of(128) => step + super::stream::LINE / complex,
        _ => step,
    }
}

/// What lowering a phase needs to know.
pub(super) struct Lowering<'a> {
    pub(super) cpu: &'a Cpu,
    pub(super) kernel: &'a Kernel,
    pub(super) operands: &'a [(Type, Layout)],
    pub(super) layouts: Vec<Layout>,
    pub(super) results: &'a [Layout],
    /// All axes that the sweep transforms.
    pub(super) inside: &'a [usize],
    /// Whether the bits of a transform may depend on what is around it.
    pub(super) is_free: bool,
}

impl Lowering<'_> {
    /// The region before a transform.
    fn region(&self, line: usize) -> &Region {
        if line == 0 { &self.kernel.loads[0] } else { &self.kernel.mids[line - 1] }
    }

    /// The space after so many transforms.
    pub(super) fn shape_after(&self, lines: &[Line], done: usize) -> Shape {
        let FftAxis { axis, output, .. } = lines[done - 1].axis;
        self.region(done - 1).extents.with(axis, output.extent)
    }

    /// A phase of the transforms from `first` on, and its time.
    pub(super) fn phase(
        &self,
        group: &[Line],
        first: usize,
        before: Option<Strided>,
        is_last: bool,
    ) -> Result<(Phase, f64), Error> {
        let region = self.region(first);
        let (axis, rank) = (group[0].axis.axis, region.extents.rank());
        let ends = group.last().ok_or_else(|| internal("a sweep without a transform"))?.axis;
        let after = &self.region(first + group.len() - 1).extents.with(axis, ends.output.extent);
        let read = before.clone().filter(|_| region.is_anchor()).or_else(|| self.largest(region));
        let is_bare = if before.is_some() { region.is_anchor() } else { region.body.len() == 1 && read.is_some() };
        let sides = self.sides(group, first);
        let last = sides.last().ok_or_else(|| internal("a sweep without a transform"))?.1;
        let slab = (!is_last).then(|| self.slab(after, last.dtype));
        let only_store = match &self.kernel.stores[..] {
            [store] if is_last && store.extents.without(&[axis]) == after.without(&[axis]) => Some(store),
            _ => None,
        };
        let write = slab.clone().or_else(|| {
            let store = only_store?;
            let strides = self.results[0].strides.clone();
            Some(Strided { operand: None, base: 0, strides, size: store.dtype().bytes() })
        });
        // Tiles hold several lines along the axis that is contiguous where they go, or else where they come from.
        let inside = |at: usize| (is_last && self.inside.len() == 1) || self.inside.contains(&at);
        let contiguous = |side: &Option<Strided>, shape: &Shape| {
            let side = side.as_ref()?;
            (0..rank).rev().find(|&at| at != axis && inside(at) && side.strides[at] == 1 && shape[at] > 1)
        };
        let (columns_out, columns_in) = (contiguous(&write, after), contiguous(&read, &region.extents));
        let across = columns_out
            .or(columns_in)
            .or_else(|| (0..rank).rev().find(|&at| at != axis && inside(at) && region.extents[at] > 1));
        let is_crosswise = across.is_some() && across == columns_out;
        let is_gathered = across.is_some() && across == columns_in;
        let steps = |side: &Option<Strided>| side.as_ref().map_or(0, |side| side.strides[axis]);
        let whole = sides.iter().all(|(input, output)| input.is_whole() && output.is_whole());
        let complex = group.iter().all(|line| matches!(line.kind, FftKind::Forward | FftKind::Inverse));
        let home = only_store.filter(|store| {
            self.inside.len() == 1
                && group.len() == 1
                && complex
                && whole
                && steps(&write) == 1
                // In its own place a line can not change its order, nor its length.
                && !store.is_reordering()
                && store.reads_anchor()
                && store.dtype() == last.dtype
        });

        // Rows run abreast too, turned twice, where that pays. The library takes a real line of odd length for a complex one,
        // and real lines in two steps; along a line another order costs an instruction for every element, while in lines
        // abreast all orders cost the same; and the memory of large results is idle while the library computes.
        let per_line = sides.iter().map(|(input, output)| input.bytes().max(output.bytes())).max().unwrap_or(1).max(1);
        let longest = sides.iter().map(|(input, output)| input.line.max(output.line)).max().unwrap_or(1).max(1);
        let is_odd = !complex && group.iter().all(|line| line.axis.len % 2 == 1);
        let is_reordering = self.is_reordering(group, first, is_last);
        let neighbours = across.map_or(1, |at| region.extents[at]);
        let is_large = after.elements() * last.dtype.bytes() >= LARGE;
        let is_needed = is_gathered || is_crosswise || ((is_odd || is_reordering) && neighbours >= ROWS);
        let is_quick = neighbours >= lanes(last.dtype) && (!complex || (is_large && longest >= SHORT));
        let is_abreast = is_needed || is_quick;
        let is_near = |plans: &SmallVec<[abreast::Plan; 2]>| plans.iter().all(|plan| plan.scratch_bytes() <= NEAR);
        // Columns are read where they lie.
        let is_far = is_gathered && is_bare && before.is_none() && sides[0].0.is_whole();
        let plans = match self.is_free && is_abreast {
            true => self.abreast(group, first, is_far).filter(|plans| is_needed || is_near(plans)),
            false => None,
        };
        let home = home.filter(|_| plans.is_none());
        let piece = |bytes: usize, side: &Option<Strided>| bytes / side.as_ref().map_or(16, |side| side.size);
        let mut width = match (is_gathered, is_crosswise) {
            (true, _) if longest <= SHORT => piece(READ_OF_SHORT, &read),
            (true, _) => piece(READ, &read),
            _ if is_reordering && plans.is_some() => piece(READ, &read),
            (false, true) => piece(WRITTEN, &write),
            (false, false) => plans.as_ref().map_or(ROWS, |plans| plans[0].lanes()),
        };
        width = width.max((TILE / longest).next_multiple_of(width));
        let least = if is_abreast { ROWS } else { 1 };
        width = width.min((MOST / per_line).max(least));
        width = across.map_or(1, |at| width.min(region.extents[at]));

        let step = plans.as_ref().map_or(0, |plans| {
            let step = width.next_multiple_of(plans[0].lanes());
            match self.is_dear(group, first, is_last) {
                true => step,
                false => apart(step, if complex { longest } else { longest / 2 }, last.dtype),
            }
        });
        let source = match &read {
            Some(read) if is_bare && sides[0].0.is_whole() && read.size == region.dtype().bytes() => match step {
                0 if read.strides[axis] == 1 && self.plan(&group[0], region).can_keep() => Source::Lines(read.clone()),
                0 if is_gathered && !matches!(group[0].kind, FftKind::RealForward | FftKind::RealInverse) => {
                    Source::Columns(read.clone())
                }
                0 => Source::Computed,
                _ if is_gathered => Source::Columns(read.clone()),
                _ if read.strides[axis] == 1 => Source::Lines(read.clone()),
                _ => Source::Crosswise,
            },
            Some(read) if step == 0 && is_gathered && read.strides[axis] != 1 && home.is_none() => Source::Crosswise,
            _ if step > 0 && before.as_ref().or(read.as_ref()).is_none_or(|read| read.strides[axis] != 1) => {
                Source::Crosswise
            }
            _ => Source::Computed,
        };
        let turned = match (across, &source) {
            (Some(across), Source::Computed | Source::Crosswise) if step > 0 && before.is_none() => {
                Turned::of(region, self.operands, [axis, across], step)
            }
            _ => SmallVec::new(),
        };
        let source = if turned.is_empty() { source } else { Source::Crosswise };
        let mut picked = None;
        let mut stages: Vec<Stage> = Vec::new();
        let mut time = 0.0;
        for (at, (line, (input, output))) in group.iter().zip(&sides).enumerate() {
            let region = self.region(first + at);
            let anchor = match (at, &before) {
                (0, Some(slab)) => Some(Layout::new(slab.strides.iter().copied())),
                (0, None) => None,
                _ if step > 0 => Some(crosswise(rank, axis, across, step)),
                _ => Some(sides[at - 1].1.layout(rank, axis, across)),
            };
            let result = match home {
                Some(_) => self.results[0].clone(),
                None if step > 0 && (at > 0 || matches!(source, Source::Crosswise)) => {
                    crosswise(rank, axis, across, step)
                }
                None if at == 0 && matches!(source, Source::Crosswise) => crosswise(rank, axis, across, width),
                None => input.layout(rank, axis, across),
            };
            let mut operands = self.layouts.clone();
            for turned in turned.iter().filter(|_| at == 0) {
                operands[turned.operand()] = turned.layout().clone();
            }
            let layouts = Layouts { operands: &operands, anchor: anchor.as_ref(), results: &[result] };
            let nest = lower(&[region], &layouts);
            if let (0, Some(across), Some(plans)) = (at, across, &plans)
                && plans[0].can_pick()
                && input.is_whole()
            {
                picked = Picked::of(&nest, [axis, across], step);
            }
            let n = line.axis.len as f64;
            time += cost(&nest) * region.extents[axis] as f64 + 0.3 * n * n.log2().max(1.0);
            let plan = match &plans {
                Some(plans) => Planned::Abreast(plans[at].clone()),
                None => Planned::Alone(self.plan(line, region)),
            };
            let is_reordering = region.is_reordering() || !region.reads_anchor();
            let is_passing = at > 0 && region.is_anchor() && sides[at - 1].1.is_whole() && input.is_whole();
            stages.push(Stage {
                region: Code::new(nest),
                is_reordering,
                is_passing,
                plan,
                input: *input,
                output: *output,
            });
        }
        let lines = region.extents.without(&[axis]).elements() as f64;
        let anchor = if step > 0 { crosswise(rank, axis, across, step) } else { last.layout(rank, axis, across) };
        let sink = match (slab, home) {
            (Some(slab), _) => Sink::Slab(slab),
            (None, Some(store)) => {
                let strided = write.expect("a single store has a place");
                let is_large = after.elements() * strided.size >= LARGE;
                let store = (!store.is_anchor()).then(|| {
                    let there = &self.results[..1];
                    let layouts = Layouts { operands: &self.layouts, anchor: Some(&there[0]), results: there };
                    Code::new(lower(&[store], &layouts))
                });
                Sink::Home { result: 0, strided, store, is_large }
            }
            (None, None) => Sink::Stores(self.stores(&anchor, axis, across, [width, step], last.dtype)),
        };
        let lines_of = |at: usize| if Some(at) == across { width } else { 1 };
        let shape = &region.extents;
        let spans = (0..rank).filter(|&at| at != axis && inside(at)).map(|at| [at, shape[at], lines_of(at)]).collect();
        let phase = Phase { axis, across, width, step, tiles: Grid { spans }, source, turned, picked, stages, sink };
        Ok((phase, time * lines))
    }

    /// True if a region of a group has functions that take more than an addition: they want many elements side by side.
    fn is_dear(&self, group: &[Line], first: usize, is_last: bool) -> bool {
        let is_dear = |region: &Region| {
            region.body.iter().any(|(inst, _)| match inst {
                Inst::Unary(unary, _) => !unary.is_cheap(),
                Inst::Binary(binary, ..) => !binary.is_cheap(),
                _ => false,
            })
        };
        (first..first + group.len()).any(|at| is_dear(self.region(at)))
            || (is_last && self.kernel.stores.iter().any(is_dear))
    }

    /// True if a region of a group reads a line in another order.
    fn is_reordering(&self, group: &[Line], first: usize, is_last: bool) -> bool {
        let axis = group[0].axis.axis;
        let is_other = |index: &Index| index.depends_on(axis) && index.as_axis() != Some(axis);
        let is_reading = |(inst, _): &(Inst, DType)| match inst {
            Inst::Load { index, .. } => index.iter().any(is_other),
            _ => false,
        };
        let regions = first..first + group.len();
        regions.into_iter().any(|at| self.region(at).is_reordering())
            || self.region(first).body.iter().any(is_reading)
            || (is_last && self.kernel.stores.iter().any(|store| store.is_reordering()))
    }

    /// What a line is planned by.
    fn key(&self, line: &Line, region: &Region) -> Key {
        let FftAxis { len, input, output, .. } = line.axis;
        let is_double = region.dtype().component() == DType::F64;
        match self.is_free {
            true => Key::new(line.kind, is_double, len, input, output),
            false => Key { len, kind: line.kind, is_double, few: None, is_near: false },
        }
    }

    /// The plan for a line alone.
    fn plan(&self, line: &Line, region: &Region) -> Transform {
        self.cpu.transforms.get(self.key(line, region), Transform::new)
    }

    /// Plans for lines abreast, if there are some for all transforms of a group, and one of them reads and gives so much of its
    /// line that it is not better off alone. The first reads memory that may be far if `is_far`.
    fn abreast(&self, group: &[Line], first: usize, is_far: bool) -> Option<SmallVec<[abreast::Plan; 2]>> {
        let key = |(at, line)| self.key(line, self.region(first + at));
        let keys: SmallVec<[Key; 2]> = group.iter().enumerate().map(key).collect();
        let is_few = |key: &Key| key.few.is_some() && self.cpu.transforms.get(*key, Transform::new).is_few();
        if keys.iter().all(is_few) {
            return None;
        }
        let plan = |key: Key| abreast::Plan::new(key.kind, key.len, key.is_double, key.is_near);
        let plan_of = |(at, key): (usize, Key)| {
            // Only passes of radix 9 stand elsewhere.
            let is_near = key.len.is_multiple_of(9) && (at > 0 || !is_far);
            self.cpu.abreast.get(Key { few: None, is_near, ..key }, plan)
        };
        keys.into_iter().enumerate().map(plan_of).collect()
    }

    /// Input and output of every transform of a group, as they lie in scratch memory.
    fn sides(&self, group: &[Line], first: usize) -> Vec<(Side, Side)> {
        let side = |(at, line): (usize, &Line)| {
            let dtype = self.region(first + at).dtype();
            let FftAxis { len, input, output, .. } = line.axis;
            let (from, to) = FftAxis::line(line.kind, len);
            let transformed = match line.kind {
                FftKind::RealForward => dtype.to_complex(),
                FftKind::RealInverse => dtype.component(),
                _ => dtype,
            };
            let input = Side { dtype, window: input, line: from, pitch: from + PADDING };
            (input, Side { dtype: transformed, window: output, line: to, pitch: to + PADDING })
        };
        group.iter().enumerate().map(side).collect()
    }

    /// The slab that holds a space over the axes of the sweep, the others left out.
    fn slab(&self, shape: &Shape, dtype: DType) -> Strided {
        let mut strides: SmallVec<[i64; 4]> = smallvec![0; shape.rank()];
        let mut step = 1;
        for (turn, &axis) in self.inside.iter().rev().enumerate() {
            strides[axis] = step;
            step *= shape[axis] as i64 + if turn == 0 { PADDING as i64 } else { 0 };
        }
        Strided { operand: None, base: 0, strides, size: dtype.bytes() }
    }

    /// The largest operand that a region reads at an affine place, as it lies over the axes of the region.
    fn largest(&self, region: &Region) -> Option<Strided> {
        let all = region.body.iter().filter_map(|(inst, _)| self.place(region, inst));
        let (_, found, is_everywhere) = all.max_by_key(|(bytes, ..)| *bytes)?;
        (is_everywhere || region.body.len() > 1).then_some(found)
    }

    /// What the regions read of operands that do not stay in the cache.
    pub(super) fn reads(&self) -> Vec<Read> {
        let Kernel { loads, mids, stores, .. } = self.kernel;
        let read = |(region, inst): (&Region, &Inst)| {
            let (bytes, from, _) = self.place(region, inst)?;
            let mut frame = Frame::whole(&region.extents);
            let Inst::Load { within, .. } = inst else { return None };
            for bound in within {
                if let Some(axis) = bound.index.as_axis() {
                    let start = frame.origin[axis].max(bound.start);
                    let extent = frame.end(axis).min(bound.end) - start;
                    frame = frame.with(axis, start, extent.max(0) as usize);
                }
            }
            (bytes >= HELD).then(|| Read { from, within: frame, extents: region.extents.iter().copied().collect() })
        };
        let regions = loads.iter().chain(mids).chain(stores);
        regions.flat_map(|region| region.body.iter().map(move |(inst, _)| (region, inst))).filter_map(read).collect()
    }

    /// The operand that an instruction reads at an affine place: its bytes, how it lies over the axes of the region, and
    /// whether it is read at all positions.
    fn place(&self, region: &Region, inst: &Inst) -> Option<(usize, Strided, bool)> {
        let Inst::Load { operand, index, within, .. } = inst else { return None };
        let rank = region.extents.rank();
        let (ty, layout) = &self.operands[*operand as usize];
        let mut strides: SmallVec<[i64; 4]> = smallvec![0; rank];
        let mut base = 0;
        for (index, step) in index.iter().zip(&layout.strides) {
            base += index.offset() * step;
            for (stride, coefficient) in strides.iter_mut().zip(index.coefficients(rank)?) {
                *stride += coefficient * step;
            }
        }
        let found = Strided { operand: Some(*operand), base, strides, size: ty.dtype.bytes() };
        Some((ty.bytes(), found, within.is_empty()))
    }

    /// The store regions, each with its way to memory.
    fn stores(
        &self,
        anchor: &Layout,
        axis: usize,
        across: Option<usize>,
        [width, step]: [usize; 2],
        dtype: DType,
    ) -> Vec<Store> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (at, store) in self.kernel.stores.iter().enumerate() {
            match groups.iter_mut().find(|group| self.kernel.stores[group[0]].extents == store.extents) {
                Some(group) => group.push(at),
                None => groups.push(vec![at]),
            }
        }
        let store = |outputs: Vec<usize>| {
            let regions: Vec<&Region> = outputs.iter().map(|&at| &self.kernel.stores[at]).collect();
            let mut results: Vec<Layout> = outputs.iter().map(|&at| self.results[at].clone()).collect();
            let way = match step {
                0 => self.way(&outputs, axis, across, dtype),
                _ => self.way_abreast(&outputs, axis, across, dtype),
            };
            let rank = regions[0].extents.rank();
            let mut anchor = anchor.clone();
            match way {
                Way::Direct => {}
                Way::Staged { .. } if step > 0 => results = vec![anchor.clone()],
                Way::Staged { pitch, .. } => {
                    let staged = Side { dtype, window: Window::whole(0), line: 0, pitch };
                    results = vec![staged.layout(rank, axis, across)];
                }
                Way::Crosswise { .. } => {
                    anchor = crosswise(rank, axis, across, width);
                    results = vec![anchor.clone()];
                }
            }
            let layouts = Layouts { operands: &self.layouts, anchor: Some(&anchor), results: &results };
            let is_reordering = regions.iter().any(|region| region.is_reordering())
                || !regions.iter().any(|region| region.reads_anchor());
            let nest = lower(&regions, &layouts);
            let is_large = regions.iter().all(|region| region.extents.elements() * region.dtype().bytes() >= LARGE);
            let code = match way {
                Way::Direct if is_large => Code::past_cache(nest),
                _ => Code::new(nest),
            };
            Store { code, is_reordering, outputs, way }
        };
        groups.into_iter().map(store).collect()
    }

    fn way(&self, outputs: &[usize], axis: usize, across: Option<usize>, dtype: DType) -> Way {
        let [output] = outputs[..] else { return Way::Direct };
        let region = &self.kernel.stores[output];
        let (strides, size) = (self.results[output].strides.clone(), region.dtype().bytes());
        let past_cache = region.extents.elements() * size >= LARGE;
        let is_crosswise = across.is_some_and(|across| strides[across] == 1) && strides[axis] != 1;
        let is_computed = !(region.is_anchor() && region.dtype() == dtype);
        let past_cache = past_cache
            && (is_crosswise || strides[axis] == 1)
            && across.is_none_or(|across| {
                let step = if is_crosswise { strides[axis] } else { strides[across] };
                (step.unsigned_abs() as usize * size).is_multiple_of(super::stream::LINE)
            });
        if !is_crosswise && !past_cache {
            return Way::Direct;
        }
        let to = Strided { operand: None, base: 0, strides, size };
        if is_crosswise && is_computed && across.is_some() {
            return Way::Crosswise { pitch: region.extents[axis], to, past_cache };
        }
        Way::Staged { is_computed, pitch: region.extents[axis] + PADDING, to, past_cache }
    }

    /// As `way`, from lines abreast: rows of neighbours are written as they are, lines are turned.
    fn way_abreast(&self, outputs: &[usize], axis: usize, across: Option<usize>, dtype: DType) -> Way {
        let [output] = outputs[..] else { return Way::Direct };
        let region = &self.kernel.stores[output];
        let (strides, size) = (self.results[output].strides.clone(), region.dtype().bytes());
        let is_computed = !(region.is_anchor() && region.dtype() == dtype);
        let is_columns = across.is_some_and(|across| strides[across] == 1);
        let past_cache = region.extents.elements() * size >= LARGE;
        let is_direct = !past_cache || ondine_codegen::cpu::can_write_past_cache();
        if (is_columns && is_computed && is_direct) || (!is_columns && strides[axis] != 1) {
            return Way::Direct;
        }
        let pitch = region.extents[axis] + PADDING;
        Way::Staged { is_computed, pitch, to: Strided { operand: None, base: 0, strides, size }, past_cache }
    }
}
