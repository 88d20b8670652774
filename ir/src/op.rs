//! The ops of the graph: what a node computes.
//!
//! Elementwise ops take operands of the result's shape or of rank 0; every other broadcast is an explicit view.

use crate::{Binary, DType, Kernel, Linalg, Scalar, Shape, Type, Unary, View};
use smallvec::SmallVec;

/// What a node computes from its operands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// An array given at run time.
    Input {
        /// Position among the inputs.
        slot: u32,
        /// Its type.
        ty: Type,
    },
    /// A number given at run time: rank 0, no memory of its own.
    Param {
        /// Position among the parameters.
        slot: u32,
        /// Its dtype.
        dtype: DType,
    },
    /// A constant of rank 0.
    Literal(Scalar),
    /// `0, 1, .., extent - 1` as `i64`.
    Iota(usize),
    /// Conversion to another dtype.
    Cast(DType),
    /// A function of one element.
    Unary(Unary),
    /// A function of two elements.
    Binary(Binary),
    /// Second operand where the first is true, third where it is false.
    Select,
    /// Another way to read the operand.
    View(View),
    /// The operands one after the other along an axis.
    Concat {
        /// The axis.
        axis: usize,
    },
    /// The first operand placed in the windows of a larger array filled with the second, of rank 0.
    Pad(Pad),
    /// The first operand with its windows, one per axis, overwritten by the second.
    Update(Vec<Window>),
    /// Elements of the first operand along `axis` at the positions of the second; negative positions count from the end.
    Gather {
        /// The axis that is indexed.
        axis: usize,
    },
    /// The first operand with the positions of the second (one axis) along `axis` overwritten by the third; the last
    /// write wins, negative positions count from the end.
    Scatter {
        /// The axis that is indexed.
        axis: usize,
    },
    /// Where the elements of the second operand would be inserted into the first, sorted and of one axis.
    SearchSorted {
        /// After equal elements (`right`) instead of before them.
        right: bool,
    },
    /// The elements along one axis in order, or the positions that put them in order.
    Sort(Sort),
    /// Products of the matrices `[.., m, k]` of the first operand with those `[.., k, n]` of the second.
    Matmul,
    /// Parts of a decomposition of the matrices of the first operand, or the solutions of their systems for the second.
    Linalg(Linalg),
    /// One value from all elements along some axes.
    Reduce(Reduce),
    /// Running values along one axis.
    Scan(Scan),
    /// Discrete Fourier transform, unnormalised.
    Fft(Fft),
    /// A fused group of the above.
    Kernel(Box<Kernel>),
}

/// Where the elements of an operand lie along one axis of a longer, cyclic one: `start + k * step` modulo its extent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// Position of the first element.
    pub start: usize,
    /// Distance between elements.
    pub step: usize,
    /// Number of elements.
    pub extent: usize,
}

/// A larger array around an operand.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pad {
    /// Extents of the result.
    pub shape: Shape,
    /// Where the operand lies, one window per axis.
    pub windows: Vec<Window>,
}

/// A stable order along one axis: equal elements, `-0` and `0` among them, keep their places. NaN counts as larger than
/// every number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sort {
    /// The axis.
    pub axis: usize,
    /// The largest first.
    pub descending: bool,
    /// The result holds positions along the axis instead of elements.
    pub positions: bool,
}

/// A reduction over some axes, which the result loses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reduce {
    /// How elements are combined.
    pub kind: ReduceKind,
    /// The axes, ascending.
    pub axes: SmallVec<[usize; 4]>,
}

/// How a reduction combines elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReduceKind {
    /// Sum.
    Sum,
    /// Product.
    Prod,
    /// Smallest; NaN wins. On bool: all.
    Min,
    /// Largest; NaN wins. On bool: any.
    Max,
    /// Row-major position of the first smallest among the reduced axes; the first NaN wins.
    ArgMin,
    /// Row-major position of the first largest among the reduced axes; the first NaN wins.
    ArgMax,
}

/// Running sums or products along one axis.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scan {
    /// `Sum` or `Prod`.
    pub kind: ReduceKind,
    /// The axis.
    pub axis: usize,
}

/// A discrete Fourier transform over some axes: `X[k] = sum over n of x[n] exp(-+2 pi i k n / len)`, unnormalised.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fft {
    /// Direction, and which side is real.
    pub kind: FftKind,
    /// The axes. In real transforms the last entry is the halved one: `RealForward` transforms it first, `RealInverse` last.
    pub axes: Vec<FftAxis>,
}

/// Direction of a transform, and which side is real.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FftKind {
    /// Complex to complex, `exp(-2 pi i k n / len)`.
    Forward,
    /// Complex to complex, `exp(+2 pi i k n / len)`.
    Inverse,
    /// Real to the bins `0..=len/2` of the forward transform.
    RealForward,
    /// The bins `0..=len/2` to real: the rest are the mirrored conjugates. The imaginary parts of bin 0 and, for even
    /// lengths, of bin `len/2` are ignored.
    RealInverse,
}

/// One axis of a transform. What lies outside the input window is zero; what lies outside the output window is not wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FftAxis {
    /// The axis.
    pub axis: usize,
    /// Length of the transform.
    pub len: usize,
    /// The part of the input line that the operand holds.
    pub input: Window,
    /// The part of the output line that the result holds.
    pub output: Window,
}

impl Window {
    /// The whole of an axis.
    pub fn whole(extent: usize) -> Window {
        Window { start: 0, step: 1, extent }
    }

    /// A run of neighbours.
    pub fn run(start: usize, extent: usize) -> Window {
        Window { start, step: 1, extent }
    }

    /// True if the window is the axis itself.
    pub fn is_whole(self, extent: usize) -> bool {
        self == Window::whole(extent)
    }

    /// True if all elements fit a cyclic axis of this extent without meeting each other.
    pub fn fits(self, extent: usize) -> bool {
        self.extent == 0
            || (self.start < extent
                && self.step > 0
                && (self.extent - 1).checked_mul(self.step).is_some_and(|last| last < extent))
    }

    /// True if the window passes the end of the axis and goes on at its start.
    pub fn wraps(self, extent: usize) -> bool {
        self.extent > 0 && self.start + (self.extent - 1) * self.step >= extent
    }

    /// The window after a cyclic shift of the axis.
    pub fn rolled(self, shift: usize, extent: usize) -> Window {
        if extent == 0 { self } else { Window { start: (self.start + shift) % extent, ..self } }
    }
}

impl FftKind {
    /// The name in dumps.
    pub fn name(self) -> &'static str {
        match self {
            FftKind::Forward => "fft",
            FftKind::Inverse => "ifft",
            FftKind::RealForward => "rfft",
            FftKind::RealInverse => "irfft",
        }
    }

    /// True for the kinds with `exp(-..)`.
    pub fn is_forward(self) -> bool {
        matches!(self, FftKind::Forward | FftKind::RealForward)
    }
}

impl FftAxis {
    /// One axis of a transform without windows.
    pub fn whole(kind: FftKind, axis: usize, len: usize) -> FftAxis {
        FftAxis {
            axis,
            len,
            input: Window::whole(FftAxis::line(kind, len).0),
            output: Window::whole(FftAxis::line(kind, len).1),
        }
    }

    /// The extents of whole input and output lines of a one-axis transform of this kind and length.
    pub fn line(kind: FftKind, len: usize) -> (usize, usize) {
        match kind {
            FftKind::Forward | FftKind::Inverse => (len, len),
            FftKind::RealForward => (len, len / 2 + 1),
            FftKind::RealInverse => (len / 2 + 1, len),
        }
    }
}

impl Fft {
    /// The kind of the transform along the axis at place `at`: only the last place of a real transform is real.
    pub fn axis_kind(&self, at: usize) -> FftKind {
        let last = at + 1 == self.axes.len();
        match self.kind {
            FftKind::RealForward if !last => FftKind::Forward,
            FftKind::RealInverse if !last => FftKind::Inverse,
            kind => kind,
        }
    }
}

impl ReduceKind {
    /// The name in dumps.
    pub fn name(self) -> &'static str {
        match self {
            ReduceKind::Sum => "sum",
            ReduceKind::Prod => "prod",
            ReduceKind::Min => "min",
            ReduceKind::Max => "max",
            ReduceKind::ArgMin => "argmin",
            ReduceKind::ArgMax => "argmax",
        }
    }
}

impl Op {
    /// The name in dumps and errors; views need their source to know it.
    pub fn name(&self, operands: &[&Type]) -> &'static str {
        match self {
            Op::Input { .. } => "input",
            Op::Param { .. } => "param",
            Op::Literal(_) => "literal",
            Op::Iota(_) => "iota",
            Op::Cast(_) => "cast",
            Op::Unary(unary) => unary.name(),
            Op::Binary(binary) => binary.name(),
            Op::Select => "select",
            Op::View(view) => operands.first().map_or("view", |source| view.name(&source.shape)),
            Op::Concat { .. } => "concat",
            Op::Pad(_) => "pad",
            Op::Update(_) => "update",
            Op::Gather { .. } => "gather",
            Op::Scatter { .. } => "scatter",
            Op::SearchSorted { .. } => "searchsorted",
            Op::Sort(sort) => {
                if sort.positions {
                    "argsort"
                } else {
                    "sort"
                }
            }
            Op::Matmul => "matmul",
            Op::Linalg(linalg) => linalg.kind.name(),
            Op::Reduce(reduce) => reduce.kind.name(),
            Op::Scan(scan) if scan.kind == ReduceKind::Prod => "cumprod",
            Op::Scan(_) => "cumsum",
            Op::Fft(fft) => fft.kind.name(),
            Op::Kernel(kernel) => kernel.anchor.name(),
        }
    }

    /// True for casts, unary, binary functions and select.
    pub fn is_elementwise(&self) -> bool {
        matches!(self, Op::Cast(_) | Op::Unary(_) | Op::Binary(_) | Op::Select)
    }

    /// True if the node needs no operand.
    pub fn is_leaf(&self) -> bool {
        matches!(self, Op::Input { .. } | Op::Param { .. } | Op::Literal(_) | Op::Iota(_))
    }
}
