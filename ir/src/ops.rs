//! The elementwise vocabulary: one list of unary and one of binary functions.
//!
//! Graph nodes, region instructions, generators and interpreters all use these two enums; nobody re-declares them.
//! Semantics, special values included, are those of the array API standard 2025.12.

use std::fmt;

/// A function of one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    /// `-x`; wraps on integers.
    Neg,
    /// Absolute value; modulus of complex numbers (result real).
    Abs,
    /// `x / |x|`, 0 at 0, NaN at NaN.
    Sign,
    /// True where the sign bit is set; real dtypes only.
    Signbit,
    /// Logical not of bool, bitwise complement of integers.
    Not,
    /// Real part (result real).
    Real,
    /// Imaginary part (result real).
    Imag,
    /// Complex conjugate.
    Conj,
    /// Largest integer not above; floats.
    Floor,
    /// Smallest integer not below; floats.
    Ceil,
    /// Integer part; floats.
    Trunc,
    /// Nearest integer, ties to even; componentwise on complex numbers.
    Round,
    /// True at NaN.
    IsNan,
    /// True at infinities.
    IsInf,
    /// True where neither NaN nor infinite.
    IsFinite,
    /// Square root.
    Sqrt,
    /// Cube root; real dtypes only.
    Cbrt,
    /// `e^x`.
    Exp,
    /// `2^x`; real dtypes only.
    Exp2,
    /// `e^x - 1`, accurate near 0.
    Expm1,
    /// Natural logarithm.
    Log,
    /// `log(1 + x)`, accurate near 0.
    Log1p,
    /// Logarithm to base 2.
    Log2,
    /// Logarithm to base 10.
    Log10,
    /// Sine.
    Sin,
    /// Cosine.
    Cos,
    /// Tangent.
    Tan,
    /// Hyperbolic sine.
    Sinh,
    /// Hyperbolic cosine.
    Cosh,
    /// Hyperbolic tangent.
    Tanh,
    /// Inverse sine.
    Asin,
    /// Inverse cosine.
    Acos,
    /// Inverse tangent.
    Atan,
    /// Inverse hyperbolic sine.
    Asinh,
    /// Inverse hyperbolic cosine.
    Acosh,
    /// Inverse hyperbolic tangent.
    Atanh,
    /// Error function; real dtypes only.
    Erf,
    /// Complementary error function; real dtypes only.
    Erfc,
}

/// A function of two elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    /// Sum; wraps on integers.
    Add,
    /// Difference; wraps on integers.
    Sub,
    /// Product; wraps on integers; componentwise where exactly one side is complex.
    Mul,
    /// True division of floats; componentwise where only the dividend is complex.
    Div,
    /// Quotient rounded towards minus infinity; integers give 0 on division by 0.
    FloorDiv,
    /// Remainder with the sign of the divisor; integers give 0 on division by 0.
    Rem,
    /// Power.
    Pow,
    /// Angle of the point (second, first) from the positive x axis.
    Atan2,
    /// `sqrt(x^2 + y^2)` without overflow or underflow inside.
    Hypot,
    /// Magnitude of the first with the sign of the second.
    Copysign,
    /// Next representable number after the first towards the second.
    Nextafter,
    /// `log(e^x + e^y)` without overflow inside.
    Logaddexp,
    /// Smaller of the two; NaN wins.
    Min,
    /// Larger of the two; NaN wins.
    Max,
    /// Logical and of bool, bitwise and of integers.
    And,
    /// Logical or of bool, bitwise or of integers.
    Or,
    /// Logical exclusive or of bool, bitwise exclusive or of integers.
    Xor,
    /// Left shift; counts outside the width give 0.
    Shl,
    /// Arithmetic right shift; counts outside the width give the sign.
    Shr,
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// The complex number with the first as real and the second as imaginary part.
    Complex,
}

impl Unary {
    /// Every unary function.
    pub const ALL: [Unary; 38] = {
        use Unary::*;
        [
            Neg, Abs, Sign, Signbit, Not, Real, Imag, Conj, Floor, Ceil, Trunc, Round, IsNan, IsInf, IsFinite, Sqrt,
            Cbrt, Exp, Exp2, Expm1, Log, Log1p, Log2, Log10, Sin, Cos, Tan, Sinh, Cosh, Tanh, Asin, Acos, Atan, Asinh,
            Acosh, Atanh, Erf, Erfc,
        ]
    };

    /// The name in dumps and errors.
    pub fn name(self) -> &'static str {
        use Unary::*;
        match self {
            Neg => "neg",
            Abs => "abs",
            Sign => "sign",
            Signbit => "signbit",
            Not => "not",
            Real => "real",
            Imag => "imag",
            Conj => "conj",
            Floor => "floor",
            Ceil => "ceil",
            Trunc => "trunc",
            Round => "round",
            IsNan => "isnan",
            IsInf => "isinf",
            IsFinite => "isfinite",
            Sqrt => "sqrt",
            Cbrt => "cbrt",
            Exp => "exp",
            Exp2 => "exp2",
            Expm1 => "expm1",
            Log => "log",
            Log1p => "log1p",
            Log2 => "log2",
            Log10 => "log10",
            Sin => "sin",
            Cos => "cos",
            Tan => "tan",
            Sinh => "sinh",
            Cosh => "cosh",
            Tanh => "tanh",
            Asin => "asin",
            Acos => "acos",
            Atan => "atan",
            Asinh => "asinh",
            Acosh => "acosh",
            Atanh => "atanh",
            Erf => "erf",
            Erfc => "erfc",
        }
    }

    /// True if one evaluation costs about as much as an addition, so that fusion may repeat it.
    pub fn is_cheap(self) -> bool {
        use Unary::*;
        matches!(
            self,
            Neg | Abs
                | Sign
                | Signbit
                | Not
                | Real
                | Imag
                | Conj
                | Floor
                | Ceil
                | Trunc
                | Round
                | IsNan
                | IsInf
                | IsFinite
        )
    }
}

impl Binary {
    /// Every binary function.
    pub const ALL: [Binary; 26] = {
        use Binary::*;
        [
            Add, Sub, Mul, Div, FloorDiv, Rem, Pow, Atan2, Hypot, Copysign, Nextafter, Logaddexp, Min, Max, And, Or,
            Xor, Shl, Shr, Eq, Ne, Lt, Le, Gt, Ge, Complex,
        ]
    };

    /// The name in dumps and errors.
    pub fn name(self) -> &'static str {
        use Binary::*;
        match self {
            Add => "add",
            Sub => "sub",
            Mul => "mul",
            Div => "div",
            FloorDiv => "floor_div",
            Rem => "rem",
            Pow => "pow",
            Atan2 => "atan2",
            Hypot => "hypot",
            Copysign => "copysign",
            Nextafter => "nextafter",
            Logaddexp => "logaddexp",
            Min => "min",
            Max => "max",
            And => "and",
            Or => "or",
            Xor => "xor",
            Shl => "shl",
            Shr => "shr",
            Eq => "eq",
            Ne => "ne",
            Lt => "lt",
            Le => "le",
            Gt => "gt",
            Ge => "ge",
            Complex => "complex",
        }
    }

    /// True for the six comparisons, whose result is bool.
    pub fn is_comparison(self) -> bool {
        use Binary::*;
        matches!(self, Eq | Ne | Lt | Le | Gt | Ge)
    }

    /// True if the operands may be swapped without changing a bit of the result (NaN payloads excepted).
    pub fn is_commutative(self) -> bool {
        use Binary::*;
        matches!(self, Add | Mul | Hypot | Logaddexp | And | Or | Xor | Eq | Ne)
    }

    /// True if one evaluation costs about as much as an addition, so that fusion may repeat it.
    pub fn is_cheap(self) -> bool {
        use Binary::*;
        !matches!(self, Div | FloorDiv | Rem | Pow | Atan2 | Hypot | Nextafter | Logaddexp)
    }
}

impl fmt::Display for Unary {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Binary {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}
