//! Cuts a body into segments at calls of tile functions.
//!
//! A segment is a loop over a tile of 256 elements. Values that a later segment or a call needs are written to scratch
//! tiles; what is cheap to make again (loads, scalars, positions) is made again instead.

use super::routine::{Routine, routine};
use crate::nest::{Body, Inst};

/// What a segment does about an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing.
    Skip,
    /// Computes it, and writes it to a scratch tile if one is given.
    Emit(Option<usize>),
    /// Reads it from a scratch tile.
    Reload(usize),
}

/// A tile function applied between two segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// Its position among the routines of the plan.
    pub(super) routine: usize,
    /// The scratch tile of the result.
    pub(super) to: usize,
    /// The scratch tiles of the operands.
    pub(super) from: [usize; 2],
}

/// A loop and the calls after it.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) roles: Vec<Role>,
    pub(super) calls: Vec<Call>,
}

/// A body in segments.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) segments: Vec<Segment>,
    pub(super) routines: Vec<Routine>,
    /// How many scratch tiles.
    pub(super) tiles: usize,
}

fn is_cheap(inst: &Inst) -> bool {
    matches!(inst, Inst::Load { .. } | Inst::Position { .. } | Inst::Scalar { .. } | Inst::Literal(_))
}

impl Plan {
    pub(super) fn new(body: &Body) -> Plan {
        let insts = body.insts();
        let calls: Vec<Option<Routine>> = insts.iter().map(|(inst, _)| routine(body, inst)).collect();
        // The segment that has each value at hand first; a call runs after the segment before it.
        let mut level = vec![0; insts.len()];
        for (at, (inst, _)) in insts.iter().enumerate() {
            let operands = inst.uses().iter().map(|used| level[used.0 as usize]).max().unwrap_or(0);
            level[at] = operands + calls[at].is_some() as usize;
        }
        let last = level.iter().copied().max().unwrap_or(0);
        for (at, (inst, _)) in insts.iter().enumerate() {
            if matches!(inst, Inst::Store { .. }) {
                level[at] = last;
            }
        }
        let mut needed = vec![vec![false; insts.len()]; last + 1];
        let mut spilled: Vec<Option<usize>> = vec![None; insts.len()];
        for (at, (inst, _)) in insts.iter().enumerate() {
            for used in inst.uses().iter().map(|used| used.0 as usize) {
                let segment = level[at] - calls[at].is_some() as usize;
                needed[segment][used] = true;
                let crosses = segment > level[used] && !is_cheap(&insts[used].0);
                if calls[at].is_some() || crosses || calls[used].is_some() {
                    let home = if is_cheap(&insts[used].0) { segment } else { level[used] };
                    spilled[used] = Some(spilled[used].map_or(home, |first| first.min(home)));
                }
            }
        }
        let mut tiles = Tiles { free: Vec::new(), count: 0 };
        let mut slots: Vec<Option<usize>> = vec![None; insts.len()];
        let mut plan = Plan { segments: Vec::new(), routines: Vec::new(), tiles: 0 };
        for segment in 0..=last {
            let mut roles = vec![Role::Skip; insts.len()];
            let mut run = Vec::new();
            for (at, (inst, _)) in insts.iter().enumerate() {
                let is_store = matches!(inst, Inst::Store { .. });
                let here = level[at] == segment;
                roles[at] = match (calls[at].is_some(), is_cheap(inst)) {
                    (true, _) if needed[segment][at] && level[at] <= segment => {
                        Role::Reload(slots[at].expect("the result of a call has a tile"))
                    }
                    (true, _) => Role::Skip,
                    (false, true) if spilled[at] == Some(segment) => Role::Emit(Some(tiles.take(&mut slots[at]))),
                    (false, true) if needed[segment][at] => Role::Emit(None),
                    (false, false) if here && spilled[at].is_some() => Role::Emit(Some(tiles.take(&mut slots[at]))),
                    (false, false) if here && (is_store || needed[segment][at]) => Role::Emit(None),
                    (false, false) if needed[segment][at] => {
                        Role::Reload(slots[at].expect("what crosses segments has a tile"))
                    }
                    _ => Role::Skip,
                };
            }
            for (at, (inst, _)) in insts.iter().enumerate() {
                let Some(found) = calls[at].filter(|_| level[at] == segment + 1) else { continue };
                let slot = |used: usize| slots[used].expect("the operands of a call have tiles");
                let uses = inst.uses();
                let first = slot(uses[0].0 as usize);
                let second = uses.get(1).map_or(first, |used| slot(used.0 as usize));
                let to = tiles.take(&mut slots[at]);
                run.push(Call { routine: plan.routines.len(), to, from: [first, second] });
                plan.routines.push(found);
            }
            // Tiles that nobody reads later are free again.
            for at in 0..insts.len() {
                let later = (segment + 1..=last).any(|later| needed[later][at]) || level[at] > segment;
                if !later && let Some(slot) = slots[at].take() {
                    tiles.free.push(slot);
                }
            }
            plan.segments.push(Segment { roles, calls: run });
        }
        plan.tiles = tiles.count;
        plan
    }
}

struct Tiles {
    free: Vec<usize>,
    count: usize,
}

impl Tiles {
    fn take(&mut self, slot: &mut Option<usize>) -> usize {
        *slot.get_or_insert_with(|| {
            self.free.pop().unwrap_or_else(|| {
                self.count += 1;
                self.count - 1
            })
        })
    }
}
