//! The elementwise methods of `Array`, one per function of the standard.

use crate::element::{Argument, Operand};
use crate::elementwise::{broadcast, select};
use crate::lazy::Lazy;
use crate::{Array, DType};
use ondine_ir::{Binary, Op, Unary};

macro_rules! unary {
    ($($name:ident $op:ident $doc:literal $dtype:literal $example:literal $element:literal $result:literal;)*) => {
        impl Array {$(
            #[doc = $doc]
            ///
            #[doc = concat!("- result: ", $dtype, "; same shape, same device")]
            /// - lazy: adds nodes, evaluates nothing
            ///
            /// ```
            #[doc = concat!("let y = ondine::Array::from(", $example, ").", stringify!($name), "();")]
            #[doc = concat!("assert_eq!(y.to_vec::<", $element, ">()?, ", $result, ");")]
            /// # Ok::<(), ondine::Error>(())
            /// ```
            ///
            /// # Errors
            /// Carried by the result: `DType` where the function is not defined.
            ///
            #[doc = concat!("Source: array API standard 2025.12, `", stringify!($name), "`.")]
            #[track_caller]
            pub fn $name(&self) -> Array {
                self.unary(Unary::$op)
            }
        )*}
    };
}

unary! {
    abs Abs "Absolute value `|x|`; the modulus of complex numbers." "the dtype, real for complex numbers" "[-3.0]" "f64" "[3.0]";
    sign Sign "`x / |x|`, 0 at 0, NaN at NaN." "the dtype" "[-3.0, 0.0]" "f64" "[-1.0, 0.0]";
    signbit Signbit "True where the sign bit is set, that of `-0.0` and of NaN included." "bool" "[-0.0, 1.0]" "bool" "[true, false]";
    bitwise_invert Not "Every bit flipped; logical not of bool." "the dtype; integers and bool only" "[0u8]" "u8" "[255u8]";
    real Real "Real part; a real array is its own." "the component dtype" "[-3.0]" "f64" "[-3.0]";
    imag Imag "Imaginary part; zeros for a real array." "the component dtype" "[-3.0]" "f64" "[0.0]";
    conj Conj "Complex conjugate; a real array is its own." "the dtype" "[-3.0]" "f64" "[-3.0]";
    floor Floor "Largest integer not above `x`; integers are their own." "the dtype; no complex numbers" "[-1.5]" "f64" "[-2.0]";
    ceil Ceil "Smallest integer not below `x`; integers are their own." "the dtype; no complex numbers" "[1.5]" "f64" "[2.0]";
    trunc Trunc "Integer nearest to `x` towards zero; integers are their own." "the dtype; no complex numbers" "[-1.5]" "f64" "[-1.0]";
    round Round "Nearest integer, ties to even, componentwise; integers are their own." "the dtype" "[2.5]" "f64" "[2.0]";
    isnan IsNan "True at NaN." "bool" "[f64::NAN, 1.0]" "bool" "[true, false]";
    isinf IsInf "True at the infinities." "bool" "[f64::INFINITY, 1.0]" "bool" "[true, false]";
    isfinite IsFinite "True where neither NaN nor infinite." "bool" "[f64::NAN, 1.0]" "bool" "[false, true]";
    sqrt Sqrt "Square root, correctly rounded; NaN for negative real numbers." "the dtype, `f64` for integers and bool" "[4.0]" "f64" "[2.0]";
    cbrt Cbrt "Cube root of real numbers." "the dtype, `f64` for integers and bool" "[8.0]" "f64" "[2.0]";
    exp Exp "`e^x`." "the dtype, `f64` for integers and bool" "[0.0]" "f64" "[1.0]";
    exp2 Exp2 "`2^x` of real numbers." "the dtype, `f64` for integers and bool" "[3.0]" "f64" "[8.0]";
    expm1 Expm1 "`e^x - 1`, accurate near 0." "the dtype, `f64` for integers and bool" "[0.0]" "f64" "[0.0]";
    log Log "Natural logarithm." "the dtype, `f64` for integers and bool" "[1.0]" "f64" "[0.0]";
    log1p Log1p "`log(1 + x)`, accurate near 0." "the dtype, `f64` for integers and bool" "[0.0]" "f64" "[0.0]";
    log2 Log2 "Logarithm to base 2." "the dtype, `f64` for integers and bool" "[8.0]" "f64" "[3.0]";
    log10 Log10 "Logarithm to base 10." "the dtype, `f64` for integers and bool" "[1.0]" "f64" "[0.0]";
    sin Sin "Sine of an angle in radians." "the dtype, `f64` for integers and bool" "[0.0]" "f64" "[0.0]";
    cos Cos "Cosine of an angle in radians." "the dtype, `f64` for integers and bool" "[0.0]" "f64" "[1.0]";
    tan Tan "Tangent of an angle in radians." "the dtype, `f64` for integers and bool" "[0.0]" "f64" "[0.0]";
    sinh Sinh "Hyperbolic sine." "the dtype, `f64` for integers and bool" "[0.0]" "f64" "[0.0]";
    cosh Cosh "Hyperbolic cosine." "the dtype, `f64` for integers and bool" "[0.0]" "f64" "[1.0]";
    tanh Tanh "Hyperbolic tangent." "the dtype, `f64` for integers and bool" "[0.0]" "f64" "[0.0]";
    asin Asin "Inverse sine in radians." "the dtype, `f64` for integers and bool" "[0.0]" "f64" "[0.0]";
    acos Acos "Inverse cosine in radians." "the dtype, `f64` for integers and bool" "[1.0]" "f64" "[0.0]";
    atan Atan "Inverse tangent in radians." "the dtype, `f64` for integers and bool" "[0.0]" "f64" "[0.0]";
    asinh Asinh "Inverse hyperbolic sine." "the dtype, `f64` for integers and bool" "[0.0]" "f64" "[0.0]";
    acosh Acosh "Inverse hyperbolic cosine." "the dtype, `f64` for integers and bool" "[1.0]" "f64" "[0.0]";
    atanh Atanh "Inverse hyperbolic tangent." "the dtype, `f64` for integers and bool" "[0.0]" "f64" "[0.0]";
    erf Erf "Error function of real numbers." "the dtype, `f64` for integers and bool" "[0.0]" "f64" "[0.0]";
    erfc Erfc "Complementary error function of real numbers." "the dtype, `f64` for integers and bool" "[0.0]" "f64" "[1.0]";
}

macro_rules! binary {
    ($($name:ident $op:ident $doc:literal $dtype:literal $x:literal $y:literal $element:literal $result:literal;)*) => {
        impl Array {$(
            #[doc = $doc]
            ///
            #[doc = concat!("- `other`: an array that broadcasts with this one, or a number\n- result: ", $dtype)]
            /// - lazy: adds nodes, evaluates nothing
            ///
            /// ```
            #[doc = concat!("let z = ondine::Array::from(", $x, ").", stringify!($name), "(", $y, ");")]
            #[doc = concat!("assert_eq!(z.to_vec::<", $element, ">()?, ", $result, ");")]
            /// # Ok::<(), ondine::Error>(())
            /// ```
            ///
            /// # Errors
            /// Carried by the result: `Broadcast`, `DType`, `Devices`, `Number`.
            ///
            #[doc = concat!("Source: array API standard 2025.12, `", stringify!($name), "`.")]
            #[track_caller]
            pub fn $name(&self, other: impl Into<Operand>) -> Array {
                self.with(Binary::$op, other)
            }
        )*}
    };
}

binary! {
    floor_divide FloorDiv "Quotient rounded towards minus infinity: `floor(x / y)`. Integers give 0 on division by 0." "the promoted dtype; integers and real floats" "[-7]" "2" "i32" "[-4]";
    pow Pow "Power `x^y`." "the promoted dtype" "[2.0]" "3" "f64" "[8.0]";
    atan2 Atan2 "Angle in radians of the point (`other`, `self`) from the positive x axis." "the promoted dtype, `f64` for integers" "[0.0]" "1" "f64" "[0.0]";
    hypot Hypot "`sqrt(x^2 + y^2)` without overflow or underflow inside." "the promoted dtype, `f64` for integers" "[3.0]" "4" "f64" "[5.0]";
    copysign Copysign "The magnitude of the first with the sign of the second." "the promoted dtype, `f64` for integers" "[3.0]" "-0.0" "f64" "[-3.0]";
    nextafter Nextafter "The next representable number after the first towards the second." "the promoted dtype, `f64` for integers" "[0.0]" "1" "f64" "[5e-324]";
    logaddexp Logaddexp "`log(e^x + e^y)` without overflow inside." "the promoted dtype, `f64` for integers" "[1000.0]" "f64::NEG_INFINITY" "f64" "[1000.0]";
    minimum Min "The smaller of the two; NaN wins." "the promoted dtype; no complex numbers" "[1.0, 3.0]" "2" "f64" "[1.0, 2.0]";
    maximum Max "The larger of the two; NaN wins." "the promoted dtype; no complex numbers" "[1.0, 3.0]" "2" "f64" "[2.0, 3.0]";
    equal Eq "True where both are equal; NaN equals nothing." "bool" "[1.0, 2.0]" "2" "bool" "[false, true]";
    not_equal Ne "True where both differ; NaN differs from everything." "bool" "[1.0, 2.0]" "2" "bool" "[true, false]";
    less Lt "True where the first is less." "bool; no complex numbers" "[1.0, 2.0]" "2" "bool" "[true, false]";
    less_equal Le "True where the first is less or equal." "bool; no complex numbers" "[1.0, 3.0]" "2" "bool" "[true, false]";
    greater Gt "True where the first is greater." "bool; no complex numbers" "[1.0, 3.0]" "2" "bool" "[false, true]";
    greater_equal Ge "True where the first is greater or equal." "bool; no complex numbers" "[1.0, 2.0]" "2" "bool" "[false, true]";
}

macro_rules! logical {
    ($($name:ident $op:ident $doc:literal $result:literal;)*) => {
        impl Array {$(
            #[doc = $doc]
            ///
            /// - `other`: an array that broadcasts with this one, or a truth value; numbers count as true unless they are 0
            /// - result: bool
            /// - lazy: adds nodes, evaluates nothing
            ///
            /// ```
            #[doc = concat!("let z = ondine::Array::from([true, false]).", stringify!($name), "(true);")]
            #[doc = concat!("assert_eq!(z.to_vec::<bool>()?, ", $result, ");")]
            /// # Ok::<(), ondine::Error>(())
            /// ```
            ///
            #[doc = concat!("Source: array API standard 2025.12, `", stringify!($name), "`.")]
            #[track_caller]
            pub fn $name(&self, other: impl Into<Operand>) -> Array {
                let other = other.into().0;
                self.then(|x| {
                    let op = Binary::$op;
                    let sources = [x.cast(DType::Bool)?.into(), other.cast(op.name(), DType::Bool)?];
                    Lazy::apply(Op::Binary(op), broadcast(op.name(), sources)?)
                })
            }
        )*}
    };
}

logical! {
    logical_and And "True where both are true." "[true, false]";
    logical_or Or "True where at least one is true." "[true, true]";
    logical_xor Xor "True where exactly one is true." "[false, true]";
}

impl Array {
    /// True where the element is false; numbers count as true unless they are 0.
    ///
    /// ```
    /// assert_eq!(ondine::Array::from([0, 2]).logical_not().to_vec::<bool>()?, [true, false]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// Source: array API standard 2025.12, `logical_not`.
    #[track_caller]
    pub fn logical_not(&self) -> Array {
        self.then(|x| x.cast(DType::Bool)?.apply_unary(Unary::Not))
    }

    /// `x * x`.
    ///
    /// ```
    /// assert_eq!(ondine::Array::from([3]).square().to_vec::<i32>()?, [9]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// Source: array API standard 2025.12, `square`.
    #[track_caller]
    pub fn square(&self) -> Array {
        self * self
    }

    /// `1 / x`; integers give `f64`.
    ///
    /// ```
    /// assert_eq!(ondine::Array::from([4.0]).reciprocal().to_vec::<f64>()?, [0.25]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// Source: array API standard 2025.12, `reciprocal`.
    #[track_caller]
    pub fn reciprocal(&self) -> Array {
        1 / self
    }

    /// The elements limited to `min ..= max`: `minimum(maximum(x, min), max)`. NaN anywhere gives NaN. For one bound use
    /// [`maximum`](Array::maximum) or [`minimum`](Array::minimum).
    ///
    /// - `min`, `max`: arrays that broadcast with this one, or numbers; converted to its dtype
    /// - result: the dtype of this array
    ///
    /// ```
    /// assert_eq!(ondine::Array::from([-1, 5, 12]).clip(0, 10).to_vec::<i32>()?, [0, 5, 10]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// Source: array API standard 2025.12, `clip`.
    #[track_caller]
    pub fn clip(&self, min: impl Into<Operand>, max: impl Into<Operand>) -> Array {
        let (min, max) = (min.into().0, max.into().0);
        self.then(|x| {
            let dtype = x.ty().dtype;
            let [x, min] = broadcast("clip", [x.into(), min.to_dtype("clip", dtype)?])?;
            let raised = Lazy::apply(Op::Binary(Binary::Max), [x, min])?;
            let [raised, max] = broadcast("clip", [raised.into(), max.to_dtype("clip", dtype)?])?;
            Lazy::apply(Op::Binary(Binary::Min), [raised, max])
        })
    }

    /// `a` where this array of bool is true, `b` elsewhere.
    ///
    /// - `a`, `b`: arrays that broadcast with this one, or numbers
    /// - result: the dtype that `a` and `b` promote to
    ///
    /// ```
    /// let x = ondine::Array::from([-1.0, 2.0]);
    /// assert_eq!(x.greater(0).where_(&x, 0).to_vec::<f64>()?, [0.0, 2.0]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `DType` if this array is not bool; `Broadcast`, `Devices`, `Number`.
    ///
    /// Source: array API standard 2025.12, `where`.
    #[track_caller]
    pub fn where_(&self, a: impl Into<Operand>, b: impl Into<Operand>) -> Array {
        let (a, b) = (a.into().0, b.into().0);
        self.then(|condition| select(condition, &a, &b))
    }

    /// The complex array with this one as real and `imag` as imaginary part.
    ///
    /// - `imag`: a real array that broadcasts with this one, or a number
    /// - result: complex of the promoted precision; `f64` for integers
    ///
    /// ```
    /// use ondine::Complex64;
    /// let z = ondine::Array::from([1.0]).complex(2.0);
    /// assert_eq!(z.to_vec::<Complex64>()?, [Complex64::new(1.0, 2.0)]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `DType` if one of the two is complex already.
    #[track_caller]
    pub fn complex(&self, imag: impl Into<Operand>) -> Array {
        Array::binary(Binary::Complex, Argument::Array(self.clone()), imag.into().0)
    }

    /// The elements in another dtype. Truth values become 0 and 1, numbers are true unless 0, floats lose their fraction on
    /// the way to integers, where what is out of range saturates and NaN becomes 0; integers wrap.
    ///
    /// ```
    /// assert_eq!(ondine::Array::from([1.7]).astype(ondine::DType::I32).to_vec::<i32>()?, [1]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Complex` if a complex array is to become real; take [`real`](Array::real) first.
    ///
    /// Source: array API standard 2025.12, `astype`.
    #[track_caller]
    pub fn astype(&self, dtype: DType) -> Array {
        self.then(|x| crate::elementwise::convert_array("astype", x, dtype))
    }
}
