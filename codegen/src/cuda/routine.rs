//! Kernels that are no elementwise body: instances of the templates in `prelude/routines.cu`.

use super::name;
use super::program::THREADS;
use ondine_ir::{DType, ReduceKind};

/// A kernel that is one call of a template. Parameters are addresses and 64-bit numbers, in the order stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Routine {
    /// Finds positions out of range: positions, status; count, extent.
    Check,
    /// Elements of this many bytes at positions: source, positions, result, status; elements, count, extent, inner.
    Gather(usize),
    /// Which value each position gets: positions, winners, status; count, extent.
    Winners,
    /// Elements of this many bytes to positions: base, values, winners, result; elements, count, extent, inner.
    Scatter(usize),
    /// Where values belong in a sorted array: sorted, values, result; elements, count.
    Search(DType, bool),
    /// Running values: source, result; lines, extent, inner.
    Scan(DType, ReduceKind),
    /// Positions as they are: positions; elements, extent.
    SortStart,
    /// Merges runs of positions, the largest first or last: values, positions, merged; elements, extent, inner, width.
    SortMerge(DType, bool),
    /// Elements of this many bytes in order: values, positions, result; elements, extent, inner.
    SortFinish(usize),
    /// Positions in order: positions, result; elements, extent, inner.
    SortPositions,
    /// Products of matrices: operands, result; elements, rows, depth, columns.
    Matmul(DType),
    /// Clears imaginary parts of bin 0 and of the middle one: half spectra; lines, line, inner, middle.
    Clear(DType),
    /// Folds blocks: elements, partials; outputs, count, blocks.
    Fold(DType, ReduceKind),
    /// Folds partial results: partials, result; outputs, blocks, blocks left.
    Combine(DType, ReduceKind),
    /// Finds the best of blocks: elements, values, positions; outputs, count, blocks.
    ArgFold(DType, ReduceKind),
    /// So many words to memory: target; the words.
    Put(usize),
    /// Finds the best of partial results: values, positions, result; outputs, blocks.
    ArgCombine(DType, ReduceKind),
}

impl Routine {
    /// Appends the kernel to a program.
    pub(super) fn emit(self, kernel: &str, text: &mut String) {
        let word = |bytes: usize| match bytes {
            1 => "u8",
            2 => "u16",
            4 => "u32",
            8 => "u64",
            _ => "c128",
        };
        // The call, what it reads and writes in order, and how many numbers follow.
        let (call, pointers, numbers) = match self {
            Routine::Check => ("check_positions".to_string(), vec![read("i64"), write("u64")], 2),
            Routine::Gather(bytes) => {
                let ty = word(bytes);
                (format!("gather<{ty}>"), vec![read(ty), read("i64"), write(ty), write("u64")], 4)
            }
            Routine::Winners => ("winners".to_string(), vec![read("i64"), write("i64"), write("u64")], 2),
            Routine::Scatter(bytes) => {
                let ty = word(bytes);
                (format!("scatter<{ty}>"), vec![read(ty), read(ty), read("i64"), write(ty)], 4)
            }
            Routine::Search(dtype, right) => {
                let ty = name(dtype);
                (format!("search<{ty}, {right}>"), vec![read(ty), read(ty), write("i64")], 2)
            }
            Routine::Scan(dtype, kind) => {
                let ty = name(dtype);
                (format!("scan<{ty}, {}>", by(kind)), vec![read(ty), write(ty)], 3)
            }
            Routine::SortStart => ("sort_start".to_string(), vec![write("i64")], 2),
            Routine::SortMerge(dtype, descending) => {
                let ty = name(dtype);
                (format!("sort_merge<{ty}, {descending}>"), vec![read(ty), read("i64"), write("i64")], 4)
            }
            Routine::SortFinish(bytes) => {
                let ty = word(bytes);
                (format!("sort_finish<{ty}>"), vec![read(ty), read("i64"), write(ty)], 3)
            }
            Routine::SortPositions => ("sort_positions".to_string(), vec![read("i64"), write("i64")], 3),
            Routine::Matmul(dtype) => {
                let ty = name(dtype);
                (format!("matmul<{ty}>"), vec![read(ty), read(ty), write(ty)], 4)
            }
            Routine::Clear(dtype) => (format!("clear<{}>", name(dtype)), vec![write(name(dtype))], 4),
            Routine::Fold(dtype, kind) => {
                let ty = name(dtype);
                (format!("fold<{ty}, {}>", by(kind)), vec![read(ty), write(ty)], 3)
            }
            Routine::Combine(dtype, kind) => {
                let ty = name(dtype);
                (format!("combine<{ty}, {}>", by(kind)), vec![read(ty), write(ty)], 3)
            }
            Routine::ArgFold(dtype, kind) => {
                let ty = name(dtype);
                let least = kind == ReduceKind::ArgMin;
                (format!("arg_fold<{ty}, {least}>"), vec![read(ty), write(ty), write("i64")], 3)
            }
            Routine::Put(words) => ("put".to_string(), vec![write("u64")], words),
            Routine::ArgCombine(dtype, kind) => {
                let ty = name(dtype);
                let least = kind == ReduceKind::ArgMin;
                (format!("arg_combine<{ty}, {least}>"), vec![read(ty), read("i64"), write("i64")], 2)
            }
        };
        let names = || (0..pointers.len()).map(|at| format!("a{at}"));
        let counts = || (0..numbers).map(|at| format!("n{at}"));
        let parameters: Vec<String> = pointers
            .iter()
            .zip(names())
            .map(|(pointer, name)| format!("{pointer}{name}"))
            .chain(counts().map(|name| format!("u64 {name}")))
            .collect();
        let mut arguments: Vec<String> = names().chain(counts()).collect();
        // Folds read their elements through an object; here those of one output lie together.
        if let Routine::Fold(dtype, _) | Routine::ArgFold(dtype, _) = self {
            arguments[0] = format!("dense<{}>{{a0, n1}}", name(dtype));
        }
        text.push_str(&format!(
            "extern \"C\" __global__ void __launch_bounds__({THREADS}) {kernel}({}) {{\n  {call}({});\n}}\n",
            parameters.join(", "),
            arguments.join(", ")
        ));
    }
}

fn read(ty: &str) -> String {
    format!("const {ty}* ")
}

fn write(ty: &str) -> String {
    format!("{ty}* ")
}

/// The functor that combines two elements.
pub(super) fn by(kind: ReduceKind) -> &'static str {
    match kind {
        ReduceKind::Sum => "by_sum",
        ReduceKind::Prod => "by_prod",
        ReduceKind::Min => "by_min",
        _ => "by_max",
    }
}
