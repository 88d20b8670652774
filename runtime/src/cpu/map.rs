//! Store regions on all threads: kernels without an anchor, and what follows a reduction.

use super::program::Launch;
use super::storage::{Code, Raw, Recent, Slot};
use super::stream;
use ondine_codegen::nest::{Frame, Inst, Layout, Layouts, Nest, Part, lower};
use ondine_ir::{Binary, Region, Type, Unary};

/// Elements that one task computes.
const TASK: usize = 16384;

/// Bytes of results that a cache does not hold beside what is read: they are written past it.
const LARGE: usize = 16 << 20;

/// Regions lowered together where their extents agree, with the outputs that they are.
pub(super) struct Stores {
    nests: Vec<(Code, Vec<usize>)>,
}

impl Stores {
    /// Lowers the store regions of a kernel with dense operands and results.
    pub(super) fn new(stores: &[Region], operands: &[Type], anchor: Option<&Layout>) -> Stores {
        let operands: Vec<Layout> = operands.iter().map(|ty| Layout::dense(&ty.shape)).collect();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (at, store) in stores.iter().enumerate() {
            match groups.iter_mut().find(|group| stores[group[0]].extents == store.extents) {
                Some(group) => group.push(at),
                None => groups.push(vec![at]),
            }
        }
        let nests = groups.into_iter().map(|group| {
            let regions: Vec<&Region> = group.iter().map(|&at| &stores[at]).collect();
            let results: Vec<Layout> = regions.iter().map(|region| Layout::dense(&region.extents)).collect();
            let nest = lower(&regions, &Layouts { operands: &operands, anchor, results: &results });
            let bytes: usize = regions.iter().map(|region| region.extents.elements() * region.dtype().bytes()).sum();
            (if bytes < LARGE { Code::new(nest) } else { Code::past_cache(nest) }, group)
        });
        Stores { nests: nests.collect() }
    }

    /// The nests, each with the outputs that it writes.
    pub(super) fn nests(&self) -> impl Iterator<Item = (&Code, &[usize])> {
        self.nests.iter().map(|(code, outputs)| (code, &outputs[..]))
    }

    /// Computes everything.
    ///
    /// # Safety
    /// The slots of the launch and of the anchor are valid, as [`Raw::new`] says, for the whole space.
    pub(super) unsafe fn run(&self, launch: &Launch, anchor: Option<Slot>) {
        for (code, outputs) in &self.nests {
            let nest = &code.nest;
            let tasks = Frame::whole(&nest.extents).chunks(TASK);
            let time = cost(nest) * nest.extents.elements() as f64;
            let results = || outputs.iter().map(|&at| launch.results[at]).collect();
            launch.cpu.threads.deal(tasks.len(), time, Recent::default, |recent, at| {
                // SAFETY: the caller's promise; tasks are disjoint boxes of the results.
                let mut raw = unsafe { Raw::new(&launch.operands, anchor, results()) };
                code.run_again(launch.cpu, &tasks[at], launch.params, &mut raw, recent);
                stream::fence();
            });
        }
    }
}

/// Nanoseconds per element, roughly.
pub(super) fn cost(nest: &Nest) -> f64 {
    let inst = |inst: &Inst| match inst {
        Inst::Unary(Unary::Sqrt, _) | Inst::Binary(Binary::Div, ..) => 0.5,
        Inst::Unary(op, _) if !op.is_cheap() => 2.0,
        Inst::Binary(op, ..) if !op.is_cheap() => 2.0,
        _ => 0.1,
    };
    let body = |part: &Part| part.body.insts().iter().map(|(at, _)| inst(at)).sum::<f64>();
    nest.parts.iter().map(body).fold(0.0, f64::max)
}
