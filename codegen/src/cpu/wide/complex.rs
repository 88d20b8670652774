//! Complex numbers, interleaved in registers as in memory; the textbook formulas, every operation rounded once.

use super::super::vector::Form;
use super::asm::{Asm, Pin};
use super::registers::{Mask, Vector, Vectors};
use super::table::*;
use ondine_ir::{Binary, Unary};
use smallvec::SmallVec;

/// The second lane of every pair, twice; and pairs turned around. By width of the lanes.
const SECONDS: [u32; 2] = [0xF5, 0xFF];
const TURNED: [u32; 2] = [0xB1, 0x55];

fn lanes(form: Form) -> usize {
    64 / form.lane().bytes() as usize
}

impl Asm {
    /// The real parts of numbers twice each, the imaginary parts twice each. Once for all turns of the loop, or for all uses,
    /// where there are registers for that.
    fn twice(&mut self, form: Form, z: &Vector) -> [Vector; 2] {
        if let Some(parts) = self.known_parts(z) {
            return parts;
        }
        let is_wide = form.is_wide() as usize;
        let part = |asm: &mut Asm, which: usize, to: &Vector| match which {
            0 => asm.op2(FIRSTS[is_wide], to.zmm(), z.zmm()),
            _ => asm.op_by(NEAR[is_wide], to.zmm(), z.zmm(), SECONDS[is_wide]),
        };
        if self.is_pinned(z) {
            return [0, 1].map(|which| self.pinned(Pin::Twice(z.zmm(), which), |asm, to| part(asm, which, to)));
        }
        let parts = [0, 1].map(|which| {
            let to = self.vector();
            part(self, which, &to);
            to
        });
        self.know_parts(z, &parts);
        parts
    }

    fn turned(&mut self, form: Form, z: &Vector) -> Vector {
        self.map_by(NEAR, form, z, TURNED[form.is_wide() as usize])
    }

    pub(super) fn conjugate(&mut self, form: Form, z: &Vector) -> Vector {
        let signs = self.pinned(Pin::Imaginary(form), |asm, to| {
            asm.fill(form, std::array::from_fn(|lane| (lane % 2) as u8), to);
            asm.op_by(SHIFT_LEFT_BY[form.is_wide() as usize], to.zmm(), to.zmm(), if form.is_wide() { 63 } else { 31 });
        });
        self.map2(XOR, form, z, &signs)
    }

    /// `(ac - bd) + (bc + ad)j`. A product by one is exact, so the last step rounds as an addition does. Which factor is taken
    /// apart makes no difference.
    fn product(&mut self, form: Form, x: &Vector, y: &Vector) -> Vector {
        let is_apart = |asm: &mut Asm, z: &Vector| asm.is_pinned(z) || asm.known_parts(z).is_some();
        let [x, y] = if is_apart(self, y) { [x, y] } else { [y, x] };
        let [c, d] = self.twice(form, y);
        let straight = self.map2(MUL, form, x, &c);
        let turned = self.turned(form, x);
        let turned = self.map2(MUL, form, &turned, &d);
        let one = self.float(form, 1.0);
        self.map3(SUB_ADD, form, straight, &turned, &one)
    }

    /// `((ac + bd) + (bc - ad)j) / (c^2 + d^2)`.
    fn quotient(&mut self, form: Form, x: &Vector, y: &Vector) -> Vector {
        let [c, d] = self.twice(form, y);
        let straight = self.map2(MUL, form, x, &c);
        let turned = self.turned(form, x);
        let turned = self.map2(MUL, form, &turned, &d);
        let one = self.float(form, 1.0);
        let sum = self.map3(ADD_SUB, form, straight, &turned, &one);
        let (cc, dd) = (self.map2(MUL, form, &c, &c), self.map2(MUL, form, &d, &d));
        let norm = self.map2(ADD, form, &cc, &dd);
        self.map2(DIV, form, &sum, &norm)
    }

    pub(super) fn complex_binary(&mut self, op: Binary, form: Form, x: &Vector, y: &Vector) -> Vector {
        match op {
            Binary::Add => self.map2(ADD, form, x, y),
            Binary::Sub => self.map2(SUB, form, x, y),
            Binary::Mul => self.product(form, x, y),
            Binary::Div => self.quotient(form, x, y),
            _ => unreachable!("{op} of complex numbers is a routine"),
        }
    }

    /// Lanes of two real registers alternately: the parts of complex numbers to the numbers.
    pub(super) fn interleave(&mut self, form: Form, x: &Vector, y: &Vector) -> Vectors {
        let all = lanes(form);
        (0..2 * self.lanes / all)
            .map(|register| {
                let order = self.order(form, |lane| lane % 2 * all + register * all / 2 + lane / 2);
                self.map3(PICK, form, x.clone(), &order, y)
            })
            .collect()
    }

    /// Every lane of a real register twice.
    pub(super) fn doubled(&mut self, form: Form, x: &Vector) -> Vectors {
        let all = lanes(form);
        if self.is_uniform(x) {
            return std::iter::repeat_n(x.clone(), 2 * self.lanes / all).collect();
        }
        (0..2 * self.lanes / all)
            .map(|register| {
                let order = self.order(form, |lane| register * all / 2 + lane / 2);
                self.map2(ORDER, form, &order, x)
            })
            .collect()
    }

    /// A mask of numbers as masks of their parts.
    pub(super) fn part_masks(&mut self, form: Form, mask: &Mask) -> SmallVec<[Mask; 2]> {
        let is_wide = form.is_wide() as usize;
        let lanes = self.vector();
        self.op2(SPREAD[is_wide], lanes.zmm(), mask.k());
        let doubled = self.doubled(form, &lanes);
        let masks = doubled.iter().map(|lanes| {
            let to = self.mask();
            self.op2(SIGNS[is_wide], to.k(), lanes.zmm());
            to
        });
        masks.collect()
    }

    /// Masks of the parts of numbers as one of the numbers: either part (or), or both.
    pub(super) fn join_parts(&mut self, form: Form, parts: &[Mask], is_or: bool) -> Mask {
        let is_wide = form.is_wide() as usize;
        let joined: Vectors = parts
            .iter()
            .map(|mask| {
                let lanes = self.vector();
                self.op2(SPREAD[is_wide], lanes.zmm(), mask.k());
                let turned = self.turned(form, &lanes);
                self.map2(if is_or { OR } else { AND }, form, &lanes, &turned)
            })
            .collect();
        let lanes = self.part(form, &joined, 0);
        let to = self.mask();
        self.op2(SIGNS[is_wide], to.k(), lanes.zmm());
        to
    }

    /// A property of numbers: either part has it, or both.
    pub(super) fn complex_test(&mut self, op: Unary, form: Form, z: &Vectors) -> Mask {
        let parts: SmallVec<[Mask; 2]> = z.iter().map(|z| self.real_test(op, form, z)).collect();
        self.join_parts(form, &parts, op != Unary::IsFinite)
    }

    pub(super) fn complex_compare(&mut self, op: Binary, form: Form, x: &Vectors, y: &Vectors) -> Mask {
        let parts: SmallVec<[Mask; 2]> = x.iter().zip(y).map(|(x, y)| self.real_compare(op, form, x, y)).collect();
        self.join_parts(form, &parts, op == Binary::Ne)
    }

    /// The first (0) or second (1) parts of complex numbers.
    pub(super) fn part(&mut self, form: Form, z: &Vectors, which: usize) -> Vector {
        let order = self.order(form, |lane| 2 * lane + which);
        self.map3(PICK, form, z[0].clone(), &order, &z[z.len() - 1])
    }
}
