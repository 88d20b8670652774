//! `+ - * / % & | ^ << >>`, negation and `!`: arrays with arrays and with Rust numbers on both sides, owned or borrowed.

use crate::element::{Argument, Element, Operand};
use crate::{Array, Complex32, Complex64};
use ondine_ir::Binary;
use std::ops::*;

macro_rules! operators {
    ($($(#[$doc:meta])* $operator:ident $method:ident $assign:ident $assign_method:ident $op:ident;)*) => {$(
        impl<R: Into<Operand>> $operator<R> for Array {
            type Output = Array;
            #[track_caller]
            fn $method(self, rhs: R) -> Array {
                Array::binary(Binary::$op, Argument::Array(self), rhs.into().0)
            }
        }
        impl<R: Into<Operand>> $operator<R> for &Array {
            type Output = Array;
            #[track_caller]
            fn $method(self, rhs: R) -> Array {
                Array::binary(Binary::$op, Argument::Array(self.clone()), rhs.into().0)
            }
        }
        impl<R: Into<Operand>> $assign<R> for Array {
            #[track_caller]
            fn $assign_method(&mut self, rhs: R) {
                *self = Array::binary(Binary::$op, Argument::Array(self.clone()), rhs.into().0);
            }
        }
        operators! { @numbers $operator $method $op: bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 Complex32 Complex64 }
    )*};
    (@numbers $operator:ident $method:ident $op:ident: $($number:ty)*) => {$(
        impl $operator<Array> for $number {
            type Output = Array;
            #[track_caller]
            fn $method(self, rhs: Array) -> Array {
                Array::binary(Binary::$op, Argument::Scalar(self.to_scalar()), Argument::Array(rhs))
            }
        }
        impl $operator<&Array> for $number {
            type Output = Array;
            #[track_caller]
            fn $method(self, rhs: &Array) -> Array {
                Array::binary(Binary::$op, Argument::Scalar(self.to_scalar()), Argument::Array(rhs.clone()))
            }
        }
    )*};
}

operators! {
    Add add AddAssign add_assign Add;
    Sub sub SubAssign sub_assign Sub;
    Mul mul MulAssign mul_assign Mul;
    Div div DivAssign div_assign Div;
    Rem rem RemAssign rem_assign Rem;
    BitAnd bitand BitAndAssign bitand_assign And;
    BitOr bitor BitOrAssign bitor_assign Or;
    BitXor bitxor BitXorAssign bitxor_assign Xor;
    Shl shl ShlAssign shl_assign Shl;
    Shr shr ShrAssign shr_assign Shr;
}

impl Neg for &Array {
    type Output = Array;
    #[track_caller]
    fn neg(self) -> Array {
        self.unary(ondine_ir::Unary::Neg)
    }
}

impl Neg for Array {
    type Output = Array;
    #[track_caller]
    fn neg(self) -> Array {
        -&self
    }
}

impl Not for &Array {
    type Output = Array;
    #[track_caller]
    fn not(self) -> Array {
        self.unary(ondine_ir::Unary::Not)
    }
}

impl Not for Array {
    type Output = Array;
    #[track_caller]
    fn not(self) -> Array {
        !&self
    }
}
