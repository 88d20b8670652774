//! Elements of memory to registers and back. At the end of a row nothing is touched but its own elements.

use super::super::vector::Form;
use super::asm::{Asm, LIVE, LIVE_PARTS, SCRATCH};
use super::registers::{Mask, Val, Vector, Vectors};
use super::table::{self, BROADCAST, ORDER};
use iced_x86::{Code, MemoryOperand, Register};
use ondine_ir::DType;
use smallvec::smallvec;

/// The index in elements, and twice that.
pub(super) const INDEX: Register = Register::RAX;
pub(super) const INDEX_TWICE: Register = Register::RDX;

/// The element of an access at the index, at a distance in bytes.
pub(super) fn element(dtype: DType, start: Register, distance: i64) -> MemoryOperand {
    let (index, scale) = match dtype.bytes() {
        16 => (INDEX_TWICE, 8),
        size => (INDEX, size as u32),
    };
    let size = if i8::try_from(distance).is_ok() { 1 } else { 8 };
    MemoryOperand::with_base_index_scale_displ_size(start, index, scale, distance, if distance == 0 { 0 } else { size })
}

/// The same address, some bytes further.
fn further(mut at: MemoryOperand, bytes: i64) -> MemoryOperand {
    at.displacement += bytes;
    at.displ_size = if at.displacement == 0 { 0 } else { 8 };
    at
}

impl Asm {
    /// How many registers a number takes.
    pub(super) fn registers(&self, dtype: DType) -> usize {
        (self.lanes * dtype.bytes()).div_ceil(64).max(1)
    }

    fn live(&self) -> Option<Register> {
        self.is_tail.then_some(LIVE)
    }

    /// The mask of a register of a dtype at the end of a row.
    pub(super) fn live_in(&self, dtype: DType, register: usize) -> Register {
        if dtype.is_complex() { LIVE_PARTS[register] } else { LIVE }
    }

    /// The instruction that reads a register of elements, and the bits of that register.
    fn mover(&self, dtype: DType) -> (Code, Code, usize) {
        use Code::*;
        let is_full = self.lanes == 16;
        match (dtype.bytes(), Form::of(dtype).is_wide()) {
            (1, _) => {
                let read = match (dtype.is_signed(), is_full) {
                    (true, true) => EVEX_Vpmovsxbd_zmm_k1z_xmmm128,
                    (true, false) => EVEX_Vpmovsxbd_ymm_k1z_xmmm64,
                    (false, true) => EVEX_Vpmovzxbd_zmm_k1z_xmmm128,
                    (false, false) => EVEX_Vpmovzxbd_ymm_k1z_xmmm64,
                };
                (read, if is_full { EVEX_Vpmovdb_xmmm128_k1z_zmm } else { EVEX_Vpmovdb_xmmm64_k1z_ymm }, 4)
            }
            (2, _) => {
                let read = match (dtype.is_signed(), is_full) {
                    (true, true) => EVEX_Vpmovsxwd_zmm_k1z_ymmm256,
                    (true, false) => EVEX_Vpmovsxwd_ymm_k1z_xmmm128,
                    (false, true) => EVEX_Vpmovzxwd_zmm_k1z_ymmm256,
                    (false, false) => EVEX_Vpmovzxwd_ymm_k1z_xmmm128,
                };
                (read, if is_full { EVEX_Vpmovdw_ymmm256_k1z_zmm } else { EVEX_Vpmovdw_xmmm128_k1z_ymm }, 4)
            }
            (4, _) if !is_full => (EVEX_Vmovups_ymm_k1z_ymmm256, EVEX_Vmovups_ymmm256_k1z_ymm, 4),
            (_, false) => (EVEX_Vmovups_zmm_k1z_zmmm512, EVEX_Vmovups_zmmm512_k1z_zmm, 4),
            (_, true) => (EVEX_Vmovupd_zmm_k1z_zmmm512, EVEX_Vmovupd_zmmm512_k1z_zmm, 8),
        }
    }

    /// Whether elements of a dtype fill registers to the end.
    fn is_half(&self, dtype: DType) -> bool {
        self.lanes == 8 && !dtype.is_complex() && !Form::of(dtype).is_wide()
    }

    /// Elements next to each other.
    pub(super) fn read(&mut self, dtype: DType, at: MemoryOperand) -> Val {
        if dtype == DType::Bool {
            return Val::Mask(self.read_bools(at));
        }
        let code = self.mover(dtype).0;
        let is_half = self.is_half(dtype);
        let registers = (0..self.registers(dtype)).map(|register| {
            let to = self.vector();
            let mask = self.is_tail.then(|| self.live_in(dtype, register));
            let name = if is_half { to.ymm() } else { to.zmm() };
            self.load_masked(code, name, further(at, 64 * register as i64), mask);
            to
        });
        Val::Vectors(registers.collect())
    }

    /// The lanes of a register of a dtype in reverse order, for [`Asm::read_reversed`]; elements of 16 bytes need none.
    pub(super) fn reverse(&mut self, dtype: DType) -> Option<Vector> {
        match dtype.bytes() {
            16 => None,
            4 if self.is_half(dtype) => Some(self.order(Form::F32, |lane| 7 - lane % 8)),
            4 => Some(self.order(Form::F32, |lane| 15 - lane)),
            _ => Some(self.order(Form::F64, |lane| 7 - lane)),
        }
    }

    /// Elements of 4 bytes or more next to each other, in reverse order; the first one is at `SCRATCH`. Not for the end of a
    /// row.
    pub(super) fn read_reversed(&mut self, dtype: DType, order: Option<&Vector>) -> Val {
        use Code::*;
        let is_half = self.is_half(dtype);
        let bytes = if is_half { 32 } else { 64 };
        let registers = (1..=self.registers(dtype) as i64).map(|register| {
            let at = MemoryOperand::with_base_displ(SCRATCH, dtype.bytes() as i64 - bytes * register);
            let to = self.vector();
            match (dtype.bytes(), order) {
                (_, None) => {
                    let swap = EVEX_Vshuff64x2_zmm_k1z_zmm_zmmm512b64_imm8;
                    self.load(EVEX_Vmovupd_zmm_k1z_zmmm512, to.zmm(), at);
                    self.op3_by(swap, to.zmm(), to.zmm(), to.zmm(), 0b00_01_10_11);
                }
                (8, Some(order)) => self.op3_memory(ORDER[1], to.zmm(), order.zmm(), at),
                (_, Some(order)) if is_half => {
                    self.op3_memory(EVEX_Vpermps_ymm_k1z_ymm_ymmm256b32, to.ymm(), order.ymm(), at)
                }
                (_, Some(order)) => self.op3_memory(ORDER[0], to.zmm(), order.zmm(), at),
            }
            to
        });
        Val::Vectors(registers.collect())
    }

    /// What eight lanes differ by: 0, 1, .. times a word.
    pub(super) fn steps(&mut self, step: MemoryOperand, to: &Vector) {
        self.fill(Form::I64, std::array::from_fn(|lane| lane as u8), to);
        self.op3_memory(table::INT_MUL[1], to.zmm(), to.zmm(), MemoryOperand { is_broadcast: true, ..step });
    }

    /// Elements of 4 or 8 bytes at a constant distance, the word `step`, from `SCRATCH` on, which moves; `steps` has the
    /// distances of eight of them from the first.
    pub(super) fn gather(&mut self, dtype: DType, steps: &Vector, step: MemoryOperand) -> Val {
        use Code::*;
        let all: Vectors = (0..self.lanes / 8)
            .map(|eight| {
                if eight > 0 {
                    (0..8).for_each(|_| self.load(Add_r64_rm64, SCRATCH, step));
                }
                let (to, mask) = (self.vector(), self.mask());
                match self.is_tail {
                    true => self.op_by(VEX_Kshiftrw_kr_kr_imm8, mask.k(), LIVE, 8 * eight as u32),
                    false => self.op3(VEX_Kxnorw_kr_kr_kr, mask.k(), mask.k(), mask.k()),
                }
                self.op3(table::XOR[1], to.zmm(), to.zmm(), to.zmm());
                let at = MemoryOperand::with_base_index(SCRATCH, steps.zmm());
                match dtype.bytes() {
                    4 => self.load_merging(EVEX_Vgatherqps_ymm_k1_vm64z, to.ymm(), at, mask.k()),
                    _ => self.load_merging(EVEX_Vgatherqpd_zmm_k1_vm64z, to.zmm(), at, mask.k()),
                }
                to
            })
            .collect();
        if dtype.bytes() == 4 && all.len() == 2 {
            let both = self.vector();
            self.op3_by(EVEX_Vinsertf64x4_zmm_k1z_zmm_ymmm256_imm8, both.zmm(), all[0].zmm(), all[1].ymm(), 1);
            return Val::Vectors(smallvec![both]);
        }
        Val::Vectors(all)
    }

    /// Elements of 16 bytes in the same way.
    pub(super) fn collect(&mut self, step: MemoryOperand) -> Val {
        use Code::*;
        let here = MemoryOperand::with_base(SCRATCH);
        let all = (0..self.lanes / 4).map(|register| {
            let to = self.vector();
            for element in 0..4 {
                if register > 0 || element > 0 {
                    self.load(Add_r64_rm64, SCRATCH, step);
                }
                let insert = EVEX_Vinsertf64x2_zmm_k1z_zmm_xmmm128_imm8;
                match (element, self.is_tail) {
                    (0, false) => self.load(EVEX_Vmovupd_xmm_k1z_xmmm128, to.xmm(), here),
                    (_, false) => self.op3_memory_by(insert, to.zmm(), to.zmm(), here, element),
                    (_, true) => {
                        let (part, mask) = (self.vector(), self.mask());
                        self.op_by(VEX_Kshiftrw_kr_kr_imm8, mask.k(), LIVE_PARTS[register], 2 * element);
                        self.load_masked(EVEX_Vmovupd_xmm_k1z_xmmm128, part.xmm(), here, Some(mask.k()));
                        self.op3_by(insert, to.zmm(), to.zmm(), part.xmm(), element);
                    }
                }
            }
            to
        });
        Val::Vectors(all.collect())
    }

    fn read_bools(&mut self, at: MemoryOperand) -> Mask {
        let (bytes, mask) = (self.vector(), self.mask());
        match self.live() {
            None if self.lanes == 8 => self.load(Code::EVEX_Vmovq_xmm_rm64, bytes.xmm(), at),
            live => self.load_masked(Code::EVEX_Vmovdqu8_xmm_k1z_xmmm128, bytes.xmm(), at, live),
        }
        self.op3(Code::EVEX_Vptestmb_kr_k1_xmm_xmmm128, mask.k(), bytes.xmm(), bytes.xmm());
        mask
    }

    /// Writes elements next to each other.
    pub(super) fn write(&mut self, dtype: DType, value: &Val, at: MemoryOperand) {
        match value {
            Val::Mask(mask) => {
                let bytes = self.vector();
                self.op2(Code::EVEX_Vpmovm2b_xmm_kr, bytes.xmm(), mask.k());
                self.op2(Code::EVEX_Vpabsb_xmm_k1z_xmmm128, bytes.xmm(), bytes.xmm());
                match self.live() {
                    None if self.lanes == 8 => self.store(Code::EVEX_Vmovq_rm64_xmm, at, bytes.xmm()),
                    live => self.store_masked(Code::EVEX_Vmovdqu8_xmmm128_k1z_xmm, at, bytes.xmm(), live),
                }
            }
            Val::Vectors(vectors) => {
                let code = self.mover(dtype).1;
                let is_half = self.is_half(dtype);
                for (register, vector) in vectors.iter().enumerate() {
                    let mask = self.is_tail.then(|| self.live_in(dtype, register));
                    let name = if is_half { vector.ymm() } else { vector.zmm() };
                    self.store_masked(code, further(at, 64 * register as i64), name, mask);
                }
            }
        }
    }

    /// As `write`, past the cache where whole registers are written: of a row that begins on a cache line, and not at its end.
    pub(super) fn write_past_cache(&mut self, dtype: DType, value: &Val, at: MemoryOperand) {
        let vectors = match value {
            Val::Vectors(vectors) if dtype.bytes() >= 4 => vectors,
            _ => return self.write(dtype, value, at),
        };
        let is_half = self.is_half(dtype);
        for (register, vector) in vectors.iter().enumerate() {
            let at = further(at, 64 * register as i64);
            match is_half {
                true => self.store(Code::EVEX_Vmovntps_m256_ymm, at, vector.ymm()),
                false => self.store(Code::EVEX_Vmovntps_m512_zmm, at, vector.zmm()),
            }
        }
    }

    /// Fills a register with one element of memory; narrow integers take a whole word there if `is_word`.
    pub(super) fn broadcast(&mut self, dtype: DType, at: MemoryOperand, is_word: bool, to: &Vector) {
        use Code::*;
        let widened = match (dtype.bytes(), dtype.is_signed()) {
            (1, true) => Movsx_r32_rm8,
            (1, false) => Movzx_r32_rm8,
            (2, true) => Movsx_r32_rm16,
            _ => Movzx_r32_rm16,
        };
        match dtype {
            DType::C128 => self.load(EVEX_Vbroadcastf64x2_zmm_k1z_m128, to.zmm(), at),
            DType::C64 => self.load(BROADCAST[1], to.zmm(), at),
            _ if dtype.bytes() < 4 && !is_word => {
                self.load(widened, Register::EDI, at);
                self.op2(EVEX_Vpbroadcastd_zmm_k1z_r32, to.zmm(), Register::EDI);
            }
            _ => self.load(BROADCAST[Form::of(dtype).is_wide() as usize], to.zmm(), at),
        }
    }

    /// The same bool in every lane.
    pub(super) fn broadcast_bool(&mut self, at: MemoryOperand) -> Mask {
        let mask = self.mask();
        self.load(Code::Movzx_r32_rm8, Register::EDI, at);
        self.op1(Code::Neg_rm32, Register::EDI);
        self.op2(Code::VEX_Kmovd_kr_r32, mask.k(), Register::EDI);
        debug_assert_eq!(SCRATCH, Register::RDI);
        mask
    }
}
