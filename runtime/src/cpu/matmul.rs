//! Matrix products: tiles of the result are dealt to the threads, each one call of the `gemm` crate. Tiles follow from
//! extents alone, so that the number of threads changes no bit. Integers, which it does not know, take plain loops.

use super::Cpu;
use super::storage::Slot;
use bytemuck::Pod;
use num_complex::Complex;
use num_traits::{One, WrappingAdd, WrappingMul, Zero};
use ondine_ir::{DType, Type};

/// Rows and columns of a tile.
const TILE: (usize, usize) = (256, 512);

/// One product: `[m, k]` times `[k, n]`.
#[derive(Clone, Copy)]
struct Product {
    m: usize,
    k: usize,
    n: usize,
}

/// The operands of a launch, shared by tasks that write disjoint tiles.
struct Memory([Slot; 3]);

// SAFETY: tasks read the operands and write disjoint tiles of the result.
unsafe impl Sync for Memory {}

impl Memory {
    fn start<T>(&self, at: usize) -> *mut T {
        self.0[at].start().cast()
    }
}

/// Multiplies stacks of matrices.
///
/// # Safety
/// The slots hold dense arrays of these types, and nobody else uses that of the result, the last.
pub(super) unsafe fn matmul(cpu: &Cpu, a: &Type, b: &Type, slots: [Slot; 3]) {
    let rank = a.shape.rank();
    let product = Product { m: a.shape[rank - 2], k: a.shape[rank - 1], n: b.shape[rank - 1] };
    let count: usize = a.shape[..rank - 2].iter().product();
    let memory = Memory(slots);
    // SAFETY: the caller's promise, for the type of the elements.
    unsafe {
        match a.dtype {
            DType::F32 => floats::<f32>(cpu, product, count, &memory),
            DType::F64 => floats::<f64>(cpu, product, count, &memory),
            DType::C64 => floats::<Complex<f32>>(cpu, product, count, &memory),
            DType::C128 => floats::<Complex<f64>>(cpu, product, count, &memory),
            DType::Bool | DType::U8 => integers::<u8>(cpu, product, count, &memory),
            DType::I8 => integers::<i8>(cpu, product, count, &memory),
            DType::I16 => integers::<i16>(cpu, product, count, &memory),
            DType::I32 => integers::<i32>(cpu, product, count, &memory),
            DType::I64 => integers::<i64>(cpu, product, count, &memory),
            DType::U16 => integers::<u16>(cpu, product, count, &memory),
            DType::U32 => integers::<u32>(cpu, product, count, &memory),
            DType::U64 => integers::<u64>(cpu, product, count, &memory),
        }
    }
}

/// Deals tiles: `task` gets the number of a product, the first row and column of a tile, and its extents.
fn deal(cpu: &Cpu, product: Product, count: usize, task: impl Fn(usize, [usize; 2], [usize; 2]) + Sync) {
    let Product { m, k, n } = product;
    let (rows, columns) = (m.div_ceil(TILE.0), n.div_ceil(TILE.1));
    // Small products go out in groups that are worth a thread's while.
    let time = 0.1 * (m * n) as f64 * k.max(1) as f64 + 20.0;
    let group = if rows * columns > 1 { 1 } else { ((20_000.0 / time) as usize).clamp(1, count.max(1)) };
    let tiles = count * rows * columns;
    cpu.threads.deal(
        tiles.div_ceil(group),
        time * count as f64,
        || (),
        |(), at| {
            for tile in at * group..((at + 1) * group).min(tiles) {
                let (which, tile) = (tile / (rows * columns), tile % (rows * columns));
                let first = [tile / columns * TILE.0, tile % columns * TILE.1];
                task(which, first, [TILE.0.min(m - first[0]), TILE.1.min(n - first[1])]);
            }
        },
    );
}

/// # Safety
/// As for [`matmul`], with elements of this type.
unsafe fn floats<T: Pod + Zero + One + Send + Sync>(cpu: &Cpu, product: Product, count: usize, memory: &Memory) {
    let Product { m, k, n } = product;
    deal(cpu, product, count, |which, [row, column], [rows, columns]| {
        let (a, b, c) = (memory.start::<T>(0), memory.start::<T>(1), memory.start::<T>(2));
        // SAFETY: all three pointers are inside their arrays, and the tile is this task's alone. Reading the result is
        // switched off.
        unsafe {
            gemm::gemm(
                rows,
                columns,
                k,
                c.add((which * m + row) * n + column),
                1,
                n as isize,
                false,
                a.add((which * m + row) * k).cast_const(),
                1,
                k as isize,
                b.add(which * k * n + column).cast_const(),
                1,
                n as isize,
                T::zero(),
                T::one(),
                false,
                false,
                false,
                gemm::Parallelism::None,
            );
        }
    });
}

/// # Safety
/// As for [`matmul`], with elements of this type.
unsafe fn integers<T>(cpu: &Cpu, product: Product, count: usize, memory: &Memory)
where
    T: Pod + Zero + WrappingAdd + WrappingMul,
{
    let Product { m, k, n } = product;
    deal(cpu, product, count, |which, [row, column], [rows, columns]| {
        let (a, b, c) = (memory.start::<T>(0), memory.start::<T>(1), memory.start::<T>(2));
        for i in row..row + rows {
            // SAFETY: a part of one row of the result, which is this task's alone; written before it is read.
            let out = unsafe {
                let start = c.add((which * m + i) * n + column);
                start.write_bytes(0, columns);
                std::slice::from_raw_parts_mut(start, columns)
            };
            for j in 0..k {
                // SAFETY: places inside the operands, which nobody writes.
                let (factor, line) = unsafe {
                    let line = b.add((which * k + j) * n + column).cast_const();
                    (*a.add((which * m + i) * k + j), std::slice::from_raw_parts(line, columns))
                };
                for (out, value) in out.iter_mut().zip(line) {
                    *out = out.wrapping_add(&factor.wrapping_mul(value));
                }
            }
        }
    });
}
