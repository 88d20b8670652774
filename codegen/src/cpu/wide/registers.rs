//! Registers that free themselves: one is in use as long as somebody holds it.

use iced_x86::Register;
use smallvec::SmallVec;
use std::cell::Cell;
use std::rc::{Rc, Weak};

/// The registers of one kind that nobody uses: bit `n` is register `n`.
#[derive(Clone)]
pub(super) struct Pool(Rc<Cell<u32>>);

impl Pool {
    pub(super) fn new(free: u32) -> Pool {
        Pool(Rc::new(Cell::new(free)))
    }

    /// The lowest free register.
    pub(super) fn lowest(&self) -> Option<Claim> {
        let free = self.0.get();
        (free != 0).then(|| self.claim(free.trailing_zeros()))
    }

    /// The highest free register, if it lies above `least`.
    pub(super) fn highest_above(&self, least: u32) -> Option<Claim> {
        let free = self.0.get();
        (free != 0 && free.ilog2() > least).then(|| self.claim(free.ilog2()))
    }

    fn claim(&self, number: u32) -> Claim {
        self.0.set(self.0.get() & !(1 << number));
        Claim(Rc::new(Owned { pool: self.clone(), number }))
    }
}

struct Owned {
    pool: Pool,
    number: u32,
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.pool.0.set(self.pool.0.get() | 1 << self.number);
    }
}

/// A register in use.
#[derive(Clone)]
pub(super) struct Claim(Rc<Owned>);

impl Claim {
    pub(super) fn number(&self) -> u32 {
        self.0.number
    }

    /// True if nobody else holds it.
    pub(super) fn is_unique(&self) -> bool {
        Rc::strong_count(&self.0) == 1
    }

    /// What stands in the register now, without holding it.
    pub(super) fn seen(&self) -> Seen {
        Seen(Rc::downgrade(&self.0))
    }

    /// The register for something else: what was seen in it is gone.
    pub(super) fn renewed(self) -> Claim {
        let (pool, number) = (self.0.pool.clone(), self.0.number);
        drop(self);
        pool.claim(number)
    }
}

/// What stood in a register when it was seen.
pub(super) struct Seen(Weak<Owned>);

impl Seen {
    /// True if it still stands there.
    pub(super) fn is_there(&self) -> bool {
        self.0.strong_count() > 0
    }

    /// True if this register holds it.
    pub(super) fn is(&self, claim: &Claim) -> bool {
        std::ptr::eq(self.0.as_ptr(), Rc::as_ptr(&claim.0))
    }
}

/// A register of 512 bits.
#[derive(Clone)]
pub(super) struct Vector(pub(super) Claim);

impl Vector {
    pub(super) fn zmm(&self) -> Register {
        Register::ZMM0 + self.0.number()
    }

    pub(super) fn ymm(&self) -> Register {
        Register::YMM0 + self.0.number()
    }

    pub(super) fn xmm(&self) -> Register {
        Register::XMM0 + self.0.number()
    }
}

/// A register of one bit for each lane.
#[derive(Clone)]
pub(super) struct Mask(pub(super) Claim);

impl Mask {
    pub(super) fn k(&self) -> Register {
        Register::K0 + self.0.number()
    }
}

/// The registers of a number: one, or two where the parts of complex numbers take as many.
pub(super) type Vectors = SmallVec<[Vector; 2]>;

/// A value of the body.
#[derive(Clone)]
pub(super) enum Val {
    /// Numbers.
    Vectors(Vectors),
    /// Bools.
    Mask(Mask),
}
