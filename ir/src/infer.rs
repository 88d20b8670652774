//! The type of every op from the types of its operands, or the reason why there is none.

use crate::{
    Binary, DType, Error, Fft, FftAxis, FftKind, Kernel, Kind, Linalg, LinalgKind, Op, Pad, Reduce, ReduceKind, Scan,
    Shape, Sort, Type, Unary, View, Window,
};
use smallvec::{SmallVec, smallvec};

/// The types of a node's outputs.
pub type Types = SmallVec<[Type; 1]>;

/// The outputs of `op` on `operands`.
pub fn infer(op: &Op, operands: &[&Type]) -> Result<Types, Error> {
    let call = Call { op: op.name(operands), operands };
    let ty = match op {
        Op::Input { ty, .. } => ty.clone(),
        Op::Param { dtype, .. } => Type::new(*dtype, []),
        Op::Literal(scalar) => Type::new(scalar.dtype(), []),
        Op::Iota(extent) => Type::new(DType::I64, [*extent]),
        Op::Cast(dtype) => Type::new(*dtype, call.operand(0)?.shape.clone()),
        Op::Unary(unary) => call.unary(*unary)?,
        Op::Binary(binary) => call.binary(*binary)?,
        Op::Select => call.select()?,
        Op::View(view) => call.view(view)?,
        Op::Concat { axis } => call.concat(*axis)?,
        Op::Pad(pad) => call.pad(pad)?,
        Op::Update(windows) => call.update(windows)?,
        Op::Gather { axis } => call.gather(*axis)?,
        Op::Scatter { axis } => call.scatter(*axis)?,
        Op::SearchSorted { .. } => call.search_sorted()?,
        Op::Sort(sort) => call.sort(*sort)?,
        Op::Matmul => call.matmul()?,
        Op::Reduce(reduce) => call.reduce(reduce)?,
        Op::Scan(scan) => call.scan(scan)?,
        Op::Fft(fft) => call.fft(fft)?,
        Op::Linalg(linalg) => return call.linalg(linalg),
        Op::Kernel(kernel) => return call.kernel(kernel),
    };
    Ok(smallvec![call.addressable(ty)?])
}

/// The dtype of a unary function's result, `None` where it is not defined.
pub fn unary_dtype(op: Unary, dtype: DType) -> Option<DType> {
    use Unary::*;
    let floating = dtype.is_floating();
    let real = dtype.kind() == Kind::Real;
    match op {
        Neg | Sign => (dtype != DType::Bool).then_some(dtype),
        Abs => (dtype != DType::Bool).then_some(dtype.component()),
        Signbit => real.then_some(DType::Bool),
        Not => (dtype == DType::Bool || dtype.is_integer()).then_some(dtype),
        Real | Imag => dtype.is_complex().then_some(dtype.component()),
        Conj => dtype.is_complex().then_some(dtype),
        Floor | Ceil | Trunc | Cbrt | Exp2 | Erf | Erfc => real.then_some(dtype),
        IsNan | IsInf | IsFinite => floating.then_some(DType::Bool),
        Round | Sqrt | Exp | Expm1 | Log | Log1p | Log2 | Log10 | Sin | Cos | Tan | Sinh | Cosh | Tanh | Asin
        | Acos | Atan | Asinh | Acosh | Atanh => floating.then_some(dtype),
    }
}

/// The dtype of a binary function's result, `None` where it is not defined.
pub fn binary_dtype(op: Binary, a: DType, b: DType) -> Option<DType> {
    use Binary::*;
    let numeric = a == b && a != DType::Bool;
    let real = a == b && a.kind() == Kind::Real;
    let ordered = a == b && !a.is_complex();
    let bits = a == b && !a.is_floating();
    match op {
        Add | Sub => numeric.then_some(a),
        // Componentwise: a real factor must not become `x+0j`, which would turn infinities into NaN.
        Mul if b.is_complex() && a == b.component() => Some(b),
        Mul | Div if a.is_complex() && b == a.component() => Some(a),
        Mul => numeric.then_some(a),
        Div => (a == b && a.is_floating()).then_some(a),
        FloorDiv | Rem => (a == b && matches!(a.kind(), Kind::Integer | Kind::Real)).then_some(a),
        Pow => numeric.then_some(a),
        Atan2 | Hypot | Copysign | Nextafter | Logaddexp => real.then_some(a),
        Min | Max => ordered.then_some(a),
        And | Or | Xor => bits.then_some(a),
        Shl | Shr => (a == b && a.is_integer()).then_some(a),
        Eq | Ne => (a == b).then_some(DType::Bool),
        Lt | Le | Gt | Ge => ordered.then_some(DType::Bool),
        Complex => real.then_some(a.to_complex()),
    }
}

/// What a unary function takes, for people.
pub fn unary_expects(op: Unary) -> &'static str {
    use Unary::*;
    match op {
        Neg | Sign | Abs => "numbers",
        Not => "bool or integers",
        Real | Imag | Conj => "complex numbers",
        Signbit | Floor | Ceil | Trunc | Cbrt | Exp2 | Erf | Erfc => "real floats",
        _ => "floats or complex numbers",
    }
}

/// What a binary function takes, for people.
pub fn binary_expects(op: Binary) -> &'static str {
    use Binary::*;
    match op {
        Add | Sub | Mul | Pow => "numbers of one dtype",
        Div => "floats or complex numbers",
        FloorDiv | Rem => "integers or real floats",
        Atan2 | Hypot | Copysign | Nextafter | Logaddexp | Complex => "real floats",
        And | Or | Xor => "bool or integers",
        Shl | Shr => "integers",
        Min | Max | Lt | Le | Gt | Ge => "bool or real numbers, which have an order",
        Eq | Ne => "operands of one dtype",
    }
}

struct Call<'a> {
    op: &'static str,
    operands: &'a [&'a Type],
}

impl Call<'_> {
    fn types(&self) -> Vec<Type> {
        self.operands.iter().map(|ty| (*ty).clone()).collect()
    }

    fn shape_error<T>(&self, reason: impl Into<String>) -> Result<T, Error> {
        Err(Error::Shape { op: self.op, operands: self.types(), reason: reason.into() })
    }

    fn dtype_error(&self, expected: &'static str) -> Error {
        Error::DType { op: self.op, operands: self.types(), expected }
    }

    fn operand(&self, at: usize) -> Result<&Type, Error> {
        match self.operands.get(at) {
            Some(ty) => Ok(ty),
            None => self.shape_error(format!("are too few; operand {at} is missing")),
        }
    }

    fn axis(&self, operand: &Type, axis: usize) -> Result<(), Error> {
        match axis < operand.shape.rank() {
            true => Ok(()),
            false => Err(Error::Axis { op: self.op, axis: axis as i64, operand: operand.clone() }),
        }
    }

    fn addressable(&self, ty: Type) -> Result<Type, Error> {
        match ty.is_addressable() {
            true => Ok(ty),
            false => Err(Error::TooLarge { op: self.op, dtype: ty.dtype, shape: ty.shape }),
        }
    }

    /// The one shape of elementwise operands: equal, or rank 0.
    fn elementwise(&self) -> Result<Shape, Error> {
        let shape =
            self.operands.iter().map(|ty| &ty.shape).find(|shape| shape.rank() > 0).cloned().unwrap_or_default();
        match self.operands.iter().all(|ty| ty.shape.rank() == 0 || ty.shape == shape) {
            true => Ok(shape),
            false => Err(Error::Broadcast { op: self.op, operands: self.types() }),
        }
    }

    fn unary(&self, op: Unary) -> Result<Type, Error> {
        let operand = self.operand(0)?;
        let dtype = unary_dtype(op, operand.dtype).ok_or_else(|| self.dtype_error(unary_expects(op)))?;
        Ok(Type::new(dtype, operand.shape.clone()))
    }

    fn binary(&self, op: Binary) -> Result<Type, Error> {
        let (a, b) = (self.operand(0)?, self.operand(1)?);
        let dtype = binary_dtype(op, a.dtype, b.dtype).ok_or_else(|| self.dtype_error(binary_expects(op)))?;
        Ok(Type::new(dtype, self.elementwise()?))
    }

    fn select(&self) -> Result<Type, Error> {
        let (condition, a, b) = (self.operand(0)?, self.operand(1)?, self.operand(2)?);
        match condition.dtype == DType::Bool && a.dtype == b.dtype {
            true => Ok(Type::new(a.dtype, self.elementwise()?)),
            false => Err(self.dtype_error("a bool condition and two operands of one dtype")),
        }
    }

    fn view(&self, view: &View) -> Result<Type, Error> {
        let source = self.operand(0)?;
        let shape = view.shape(&source.shape);
        match view {
            View::Reshape(_) if shape.elements() != source.shape.elements() => {
                self.shape_error(format!("of {} elements cannot become {shape}", source.shape.elements()))
            }
            View::Roll(shifts)
                if shifts.len() != source.shape.rank()
                    || shifts.iter().zip(source.shape.iter()).any(|(shift, extent)| shift >= &(*extent).max(1)) =>
            {
                self.shape_error(format!("cannot be shifted by {:?}", &shifts[..]))
            }
            View::Affine(affine) if !affine.fits(&source.shape) => {
                self.shape_error(format!("cannot be read at {:?} for a result of {shape}", affine.source))
            }
            View::Affine(affine) => {
                for (axis, index) in affine.source.iter().enumerate() {
                    let (low, high) = index.range(&shape);
                    let inside = low >= 0 && high < source.shape[axis] as i64;
                    if shape.elements() > 0 && !(inside && index.coefficients(shape.rank()).is_some()) {
                        return self.shape_error(format!("has no positions {low} to {high} along axis {axis}"));
                    }
                }
                Ok(Type::new(source.dtype, shape))
            }
            _ => Ok(Type::new(source.dtype, shape)),
        }
    }

    fn concat(&self, axis: usize) -> Result<Type, Error> {
        let first = self.operand(0)?;
        self.axis(first, axis)?;
        let rest = first.shape.without(&[axis]);
        let mut extent = 0usize;
        for ty in self.operands {
            if ty.dtype != first.dtype {
                return Err(self.dtype_error("operands of one dtype"));
            }
            if ty.shape.rank() != first.shape.rank() || ty.shape.without(&[axis]) != rest {
                return self.shape_error(format!("differ in another axis than {axis}"));
            }
            extent = extent.saturating_add(ty.shape[axis]);
        }
        Ok(Type::new(first.dtype, first.shape.with(axis, extent)))
    }

    fn windows(&self, operand: &Shape, windows: &[Window], shape: &Shape) -> Result<(), Error> {
        let agree = windows.len() == shape.rank()
            && operand.rank() == shape.rank()
            && (0..shape.rank()).all(|axis| windows[axis].extent == operand[axis] && windows[axis].fits(shape[axis]));
        if agree { Ok(()) } else { self.shape_error(format!("do not fit the windows in {shape}")) }
    }

    fn pad(&self, pad: &Pad) -> Result<Type, Error> {
        let (operand, fill) = (self.operand(0)?, self.operand(1)?);
        if fill.dtype != operand.dtype || fill.shape.rank() != 0 {
            return Err(self.dtype_error("an array and a fill of rank 0 and the same dtype"));
        }
        self.windows(&operand.shape, &pad.windows, &pad.shape)?;
        Ok(Type::new(operand.dtype, pad.shape.clone()))
    }

    fn update(&self, windows: &[Window]) -> Result<Type, Error> {
        let (base, value) = (self.operand(0)?, self.operand(1)?);
        if value.dtype != base.dtype {
            return Err(self.dtype_error("a value of the array's dtype"));
        }
        let shape =
            if value.shape.rank() == 0 { windows.iter().map(|w| w.extent).collect() } else { value.shape.clone() };
        self.windows(&shape, windows, &base.shape)?;
        Ok(base.clone())
    }

    fn gather(&self, axis: usize) -> Result<Type, Error> {
        let (operand, indices) = (self.operand(0)?, self.operand(1)?);
        self.axis(operand, axis)?;
        if indices.dtype != DType::I64 {
            return Err(self.dtype_error("positions of dtype i64"));
        }
        if operand.shape[axis] == 0 && indices.shape.elements() > 0 {
            return Err(Error::Empty { op: self.op, operand: operand.clone(), what: "take" });
        }
        let shape = operand.shape[..axis]
            .iter()
            .chain(indices.shape.iter())
            .chain(&operand.shape[axis + 1..])
            .copied()
            .collect::<Shape>();
        Ok(Type::new(operand.dtype, shape))
    }

    fn scatter(&self, axis: usize) -> Result<Type, Error> {
        let (base, indices, values) = (self.operand(0)?, self.operand(1)?, self.operand(2)?);
        self.axis(base, axis)?;
        if indices.dtype != DType::I64 || values.dtype != base.dtype {
            return Err(self.dtype_error("positions of dtype i64 and values of the array's dtype"));
        }
        if indices.shape.rank() != 1 || values.shape != base.shape.with(axis, indices.shape[0]) {
            return self.shape_error(format!("do not fit along axis {axis}"));
        }
        if base.shape[axis] == 0 && indices.shape.elements() > 0 {
            return Err(Error::Empty { op: self.op, operand: base.clone(), what: "overwrite" });
        }
        Ok(base.clone())
    }

    fn search_sorted(&self) -> Result<Type, Error> {
        let (sorted, values) = (self.operand(0)?, self.operand(1)?);
        if sorted.dtype != values.dtype || sorted.dtype.is_complex() {
            return Err(self.dtype_error("operands of one dtype, which has an order"));
        }
        if sorted.shape.rank() != 1 {
            return self.shape_error("need a sorted operand of one axis");
        }
        Ok(Type::new(DType::I64, values.shape.clone()))
    }

    fn sort(&self, sort: Sort) -> Result<Type, Error> {
        let operand = self.operand(0)?;
        self.axis(operand, sort.axis)?;
        if operand.dtype.is_complex() {
            return Err(self.dtype_error("bool or real numbers, which have an order"));
        }
        Ok(if sort.positions { Type::new(DType::I64, operand.shape.clone()) } else { operand.clone() })
    }

    fn matmul(&self) -> Result<Type, Error> {
        let (a, b) = (self.operand(0)?, self.operand(1)?);
        if a.dtype != b.dtype || a.dtype == DType::Bool {
            return Err(self.dtype_error("numbers of one dtype"));
        }
        let rank = a.shape.rank();
        let agree = rank >= 2
            && b.shape.rank() == rank
            && a.shape[..rank - 2] == b.shape[..rank - 2]
            && a.shape[rank - 1] == b.shape[rank - 2];
        match agree {
            true => Ok(Type::new(a.dtype, a.shape.with(rank - 1, b.shape[rank - 1]))),
            false => self.shape_error("need matrices [.., m, k] and [.., k, n] in equal stacks"),
        }
    }

    fn linalg(&self, linalg: &Linalg) -> Result<Types, Error> {
        let kind = linalg.kind;
        let matrix = self.operand(0)?;
        let rank = matrix.shape.rank();
        if !matrix.dtype.is_floating() {
            return Err(self.dtype_error("floats or complex numbers"));
        }
        if rank < 2 {
            return self.shape_error("need at least two axes");
        }
        if kind.is_square() && matrix.shape[rank - 1] != matrix.shape[rank - 2] {
            return self.shape_error("need square matrices [.., n, n]");
        }
        if kind == LinalgKind::Solve {
            let b = self.operand(1)?;
            if b.dtype != matrix.dtype {
                return Err(self.dtype_error("operands of one dtype"));
            }
            if b.shape.rank() != rank || b.shape[..rank - 1] != matrix.shape[..rank - 1] {
                return self.shape_error("need matrices [.., n, n] and [.., n, k] in equal stacks");
            }
        }
        let known = !linalg.parts.is_empty() && linalg.parts.iter().all(|&part| (part as usize) < kind.parts().len());
        if !known {
            return self.shape_error(format!("have no parts {:?}", &linalg.parts[..]));
        }
        linalg.parts.iter().map(|&part| self.addressable(kind.part(part, self.operands))).collect()
    }

    fn reduce(&self, reduce: &Reduce) -> Result<Type, Error> {
        let operand = self.operand(0)?;
        for (place, &axis) in reduce.axes.iter().enumerate() {
            self.axis(operand, axis)?;
            if place > 0 && reduce.axes[place - 1] >= axis {
                return Err(Error::RepeatedAxis { op: self.op, axis: axis as i64, operand: operand.clone() });
            }
        }
        let count: usize = reduce.axes.iter().map(|&axis| operand.shape[axis]).product();
        let shape = operand.shape.without(&reduce.axes);
        let dtype = match reduce.kind {
            ReduceKind::Sum | ReduceKind::Prod if operand.dtype == DType::Bool => {
                return Err(self.dtype_error("numbers"));
            }
            ReduceKind::Sum | ReduceKind::Prod => return Ok(Type::new(operand.dtype, shape)),
            _ if operand.dtype.is_complex() => {
                return Err(self.dtype_error("bool or real numbers, which have an order"));
            }
            ReduceKind::Min | ReduceKind::Max if operand.dtype == DType::Bool => {
                return Ok(Type::new(DType::Bool, shape));
            }
            ReduceKind::Min | ReduceKind::Max => operand.dtype,
            ReduceKind::ArgMin | ReduceKind::ArgMax => DType::I64,
        };
        if count == 0 && shape.elements() > 0 {
            return Err(Error::Empty { op: self.op, operand: operand.clone(), what: "choose" });
        }
        Ok(Type::new(dtype, shape))
    }

    fn scan(&self, scan: &Scan) -> Result<Type, Error> {
        let operand = self.operand(0)?;
        self.axis(operand, scan.axis)?;
        match operand.dtype != DType::Bool && matches!(scan.kind, ReduceKind::Sum | ReduceKind::Prod) {
            true => Ok(operand.clone()),
            false => Err(self.dtype_error("numbers")),
        }
    }

    fn fft(&self, fft: &Fft) -> Result<Type, Error> {
        let operand = self.operand(0)?;
        let fits = match fft.kind {
            FftKind::RealForward => operand.dtype.kind() == Kind::Real,
            _ => operand.dtype.is_complex(),
        };
        if !fits {
            let real = fft.kind == FftKind::RealForward;
            return Err(self.dtype_error(if real { "real floats" } else { "complex numbers" }));
        }
        let mut shape = operand.shape.clone();
        for (place, along) in fft.axes.iter().enumerate() {
            self.axis(operand, along.axis)?;
            if fft.axes[..place].iter().any(|earlier| earlier.axis == along.axis) {
                return Err(Error::RepeatedAxis { op: self.op, axis: along.axis as i64, operand: operand.clone() });
            }
            if along.len == 0 {
                return Err(Error::Empty { op: self.op, operand: operand.clone(), what: "transform" });
            }
            self.fft_axis(along, fft.axis_kind(place), operand)?;
            shape = shape.with(along.axis, along.output.extent);
        }
        let dtype = match fft.kind {
            FftKind::RealForward => operand.dtype.to_complex(),
            FftKind::RealInverse => operand.dtype.component(),
            _ => operand.dtype,
        };
        Ok(Type::new(dtype, shape))
    }

    fn fft_axis(&self, along: &FftAxis, kind: FftKind, operand: &Type) -> Result<(), Error> {
        let (input, output) = FftAxis::line(kind, along.len);
        let window = |window: Window, line: usize| window.step == 1 && window.fits(line);
        let agree = window(along.input, input) && window(along.output, output);
        match agree && along.input.extent == operand.shape[along.axis] {
            true => Ok(()),
            false => {
                self.shape_error(format!("does not fit a transform of length {} along axis {}", along.len, along.axis))
            }
        }
    }

    fn kernel(&self, kernel: &Kernel) -> Result<Types, Error> {
        if kernel.stores.iter().any(|store| store.result.0 as usize >= store.body.len()) {
            return self.shape_error("are stored from an instruction that does not exist");
        }
        kernel.stores.iter().map(|store| self.addressable(Type::new(store.dtype(), store.extents.clone()))).collect()
    }
}
