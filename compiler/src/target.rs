//! What a device can do, as far as the compiler needs to know.

/// What a device can do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Its name in plans.
    pub name: &'static str,
    /// Whether load, mid and store regions run inside the transform's own sweep.
    pub fft_regions: bool,
    /// Whether a sweep holds whole lines between reading and writing them: it may transform them several times, and write
    /// over what it read.
    pub holds_lines: bool,
    /// Whether sweeps read and write values in any layout.
    pub layouts: bool,
    /// Bytes of two or more axes that one sweep may transform at once; 0 if it takes one axis only.
    pub slab: usize,
    /// Elements from which on a line is split in two passes, if at all.
    pub long_line: Option<usize>,
    /// Bytes from which on a value is cut into blocks to be read once where its mean is needed before its squares, if at all.
    pub read_once: Option<usize>,
    /// Bounds on one kernel.
    pub budget: Budget,
}

/// Bounds on one kernel, kept before code is generated.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Distinct operands.
    pub operands: usize,
    /// Instructions of one region.
    pub instructions: usize,
    /// Bytes of a row that several stages run over: few enough for a core's own cache to keep it, or a block of threads.
    pub row: usize,
}

/// Rows that are in the cache together where they lie across memory, so that it is read in runs. Each may have so many
/// times fewer bytes than a row along memory.
pub(crate) const BESIDE: usize = 128;

impl Target {
    /// The CPU: sweeps with prologue and epilogue per tile of lines.
    pub const CPU: Target = Target {
        name: "cpu",
        fft_regions: true,
        holds_lines: true,
        layouts: true,
        slab: 1 << 20,
        long_line: Some(1 << 16),
        read_once: Some(1 << 20),
        budget: Budget { operands: 32, instructions: 256, row: 128 << 10 },
    };

    /// NVIDIA GPUs: transforms are library calls between kernels.
    pub const CUDA: Target = Target {
        name: "cuda",
        fft_regions: false,
        holds_lines: true,
        layouts: false,
        slab: 0,
        long_line: None,
        read_once: None,
        budget: Budget { operands: 24, instructions: 128, row: 48 << 10 },
    };

    /// The same where the library calls what a region computes.
    pub const CUDA_CALLBACKS: Target = Target { fft_regions: true, holds_lines: false, ..Target::CUDA };
}
