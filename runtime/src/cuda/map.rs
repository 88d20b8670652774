//! Elementwise launches of a step: regions lowered to kernels, and addresses put to them.

use super::driver::Address;
use super::step::Step;
use super::windows::Piece;
use crate::Error;
use ondine_codegen::cuda::{self, Kernel};
use ondine_codegen::nest::{self, Frame, Layout, Layouts, Nest, lower};
use ondine_ir::{Region, Type};
use smallvec::SmallVec;

/// The kernels of a program while it is lowered: a position for each that differs.
#[derive(Default)]
pub(super) struct Kernels(pub(super) Vec<Kernel>);

/// A kernel of a program, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At(pub(super) usize);

/// Elementwise launches.
#[derive(Default)]
pub(super) struct Map {
    launches: Vec<Queued>,
}

struct Queued {
    at: At,
    launch: cuda::Launch,
    /// The outputs that the nest's results are.
    outputs: SmallVec<[usize; 2]>,
}

/// The part of the anchor that store regions see.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// Elements from the anchor's start to what they see first.
    shift: i64,
    /// The part of an axis that they store; all of it if there is none.
    part: Option<(usize, Piece)>,
}

/// Memory that a step needs while it runs, and gives to the next.
#[derive(Default)]
pub(super) struct Scratch(pub(super) usize);

/// A place in the scratch memory of a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot(pub(super) usize);

impl Scratch {
    pub(super) fn take(&mut self, bytes: usize) -> Spot {
        let spot = Spot(self.0);
        self.0 = self.0.saturating_add(bytes).next_multiple_of(256);
        spot
    }
}

impl Kernels {
    pub(super) fn add(&mut self, kernel: Kernel) -> At {
        let known = self.0.iter().position(|have| *have == kernel);
        At(known.unwrap_or_else(|| {
            self.0.push(kernel);
            self.0.len() - 1
        }))
    }
}

impl Map {
    /// Store regions with dense operands and results; `is_aliased` says that a result may be an operand's memory.
    pub(super) fn new(
        stores: &[Region],
        operands: &[Type],
        anchor: Option<&Layout>,
        is_aliased: bool,
        kernels: &mut Kernels,
    ) -> Map {
        let mut map = Map::default();
        map.add_stores(stores, operands, anchor, is_aliased, Seen::default(), kernels);
        map
    }

    /// One region with a layout of its own.
    pub(super) fn single(region: &Region, operands: &[Type], result: Layout, kernels: &mut Kernels) -> Map {
        let mut map = Map::default();
        let nest = one(region, operands, result);
        map.add(cuda::launches(&nest, None, false, &|_| 0), &[0], kernels);
        map
    }

    /// One region that writes windows of lines along an axis.
    pub(super) fn load(
        region: &Region,
        operands: &[Type],
        result: Layout,
        axis: usize,
        pieces: &[Piece],
        kernels: &mut Kernels,
    ) -> Map {
        let mut map = Map::default();
        let (stride, nest) = (result.strides[axis], one(region, operands, result));
        for piece in pieces {
            let within = Frame::whole(&region.extents).with(axis, piece.start as i64, piece.count);
            let shift = |memory| if matches!(memory, nest::Memory::Result(_)) { piece.shift * stride } else { 0 };
            map.add(cuda::launches(&nest, Some(&within), false, &shift), &[0], kernels);
        }
        map
    }

    /// Store regions that read windows of lines along an axis. What they read in a window that wraps is their own element.
    pub(super) fn stores(
        stores: &[Region],
        operands: &[Type],
        anchor: &Layout,
        axis: usize,
        pieces: &[Piece],
        kernels: &mut Kernels,
    ) -> Map {
        let mut map = Map::default();
        for piece in pieces {
            let part = (pieces.len() > 1).then_some((axis, *piece));
            let seen = Seen { shift: piece.shift * anchor.strides[axis], part };
            map.add_stores(stores, operands, Some(anchor), false, seen, kernels);
        }
        map
    }

    fn add_stores(
        &mut self,
        stores: &[Region],
        operands: &[Type],
        anchor: Option<&Layout>,
        is_aliased: bool,
        seen: Seen,
        kernels: &mut Kernels,
    ) {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (at, store) in stores.iter().enumerate() {
            match groups.iter_mut().find(|group| stores[group[0]].extents == store.extents) {
                Some(group) => group.push(at),
                None => groups.push(vec![at]),
            }
        }
        for group in groups {
            let regions: Vec<&Region> = group.iter().map(|&at| &stores[at]).collect();
            let nest = together(&regions, operands, anchor);
            let shift = |memory| if memory == nest::Memory::Anchor { seen.shift } else { 0 };
            let frame = seen
                .part
                .map(|(axis, piece)| Frame::whole(&regions[0].extents).with(axis, piece.start as i64, piece.count));
            self.add(cuda::launches(&nest, frame.as_ref(), is_aliased, &shift), &group, kernels);
        }
    }

    fn add(&mut self, launches: Vec<cuda::Launch>, outputs: &[usize], kernels: &mut Kernels) {
        self.launches.extend(launches.into_iter().map(|launch| Queued {
            at: kernels.add(Kernel::Map(launch.key.clone())),
            launch,
            outputs: outputs.into(),
        }));
    }

    /// True if all parameters travel with the launches.
    pub(super) fn is_direct(&self) -> bool {
        self.launches.iter().all(|queued| !queued.launch.key.is_indirect)
    }

    /// Queues everything.
    ///
    /// # Safety
    /// The operands, the anchor and the results are memory of the types that the map was lowered for; nobody else writes
    /// the results.
    pub(super) unsafe fn run(
        &self,
        step: &Step,
        operands: &[Address],
        anchor: Option<Address>,
        results: &[Address],
    ) -> Result<(), Error> {
        for Queued { at, launch, outputs } in &self.launches {
            let address = |pointer: &cuda::Pointer| {
                let start = match pointer.memory {
                    nest::Memory::Operand(operand) => operands[operand as usize],
                    nest::Memory::Anchor => anchor.expect("a nest with an anchor is given one"),
                    nest::Memory::Result(result) => results[outputs[result as usize]],
                };
                start.wrapping_add_signed(pointer.offset)
            };
            let addresses: SmallVec<[Address; 16]> = launch.pointers.iter().map(address).collect();
            let data = launch.data(step.params, &addresses);
            // SAFETY: the caller's promise; the launch was made for this kernel, and `ir::verify` proves that index maps
            // stay inside their operands.
            unsafe {
                match launch.key.is_indirect {
                    true => step.launch_indirect(*at, launch.threads, &data)?,
                    false => step.launch(*at, launch.threads, &addresses, &data)?,
                }
            }
        }
        Ok(())
    }
}

/// Regions of one space with dense results.
pub(super) fn together(regions: &[&Region], operands: &[Type], anchor: Option<&Layout>) -> Nest {
    let operands: Vec<Layout> = operands.iter().map(|ty| Layout::dense(&ty.shape)).collect();
    let results: Vec<Layout> = regions.iter().map(|region| Layout::dense(&region.extents)).collect();
    lower(regions, &Layouts { operands: &operands, anchor, results: &results })
}

/// A region whose result has a layout of its own.
pub(super) fn one(region: &Region, operands: &[Type], result: Layout) -> Nest {
    let operands: Vec<Layout> = operands.iter().map(|ty| Layout::dense(&ty.shape)).collect();
    lower(&[region], &Layouts { operands: &operands, anchor: None, results: &[result] })
}
