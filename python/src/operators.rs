//! Operators of arrays, with arrays and numbers on both sides, and in place.

use crate::array::PyArray;
use crate::error::{Raised, type_error};
use crate::operand::{Either, either};
use ondine::Array;
use ondine::ir::Binary;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::pyclass::CompareOp;

type Any<'py> = PyResult<Bound<'py, PyAny>>;

impl PyArray {
    /// The operator with this array on the left; `NotImplemented` with what is no operand.
    fn left<'py>(&self, op: Binary, other: &Bound<'py, PyAny>) -> Any<'py> {
        settled(other, |other| ondine::binary(op, self.array(), other))
    }

    /// The operator with this array on the right.
    fn right<'py>(&self, op: Binary, other: &Bound<'py, PyAny>) -> Any<'py> {
        settled(other, |other| ondine::binary(op, other, self.array()))
    }

    fn in_place(&self, op: Binary, other: &Bound<PyAny>) -> Result<(), Raised> {
        match either(other)? {
            Some(other) => self.rebind(op.name(), ondine::binary(op, self.array(), other)),
            None => Err(type_error(format!("{}: {} is no operand", op.name(), other.get_type()))),
        }
    }
}

fn settled<'py>(other: &Bound<'py, PyAny>, build: impl FnOnce(Either) -> Array) -> Any<'py> {
    let py = other.py();
    match either(other)? {
        Some(other) => PyArray::new(build(other))?.into_bound_py_any(py),
        None => Ok(py.NotImplemented().into_bound(py)),
    }
}

/// A matrix product of what are arrays; `NotImplemented` with anything else, numbers included.
fn product<'py>(other: &Bound<'py, PyAny>, build: impl FnOnce(Array) -> Array) -> Any<'py> {
    let py = other.py();
    match either(other)? {
        Some(Either::Array(other)) => PyArray::new(build(other))?.into_bound_py_any(py),
        _ => Ok(py.NotImplemented().into_bound(py)),
    }
}

#[pymethods]
impl PyArray {
    fn __matmul__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        product(other, |other| self.array().matmul(&other))
    }

    fn __rmatmul__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        product(other, |other| other.matmul(&self.array()))
    }

    fn __imatmul__(&self, other: &Bound<PyAny>) -> Result<(), Raised> {
        match either(other)? {
            Some(Either::Array(other)) => self.rebind("matmul", self.array().matmul(&other)),
            _ => Err(type_error(format!("matmul: {} is no array", other.get_type()))),
        }
    }

    fn __neg__(&self) -> Result<PyArray, Raised> {
        PyArray::new(-self.array())
    }

    fn __pos__(&self) -> Result<PyArray, Raised> {
        PyArray::new(self.array())
    }

    fn __abs__(&self) -> Result<PyArray, Raised> {
        PyArray::new(self.array().abs())
    }

    fn __invert__(&self) -> Result<PyArray, Raised> {
        PyArray::new(!self.array())
    }

    fn __richcmp__<'py>(&self, other: &Bound<'py, PyAny>, op: CompareOp) -> Any<'py> {
        let op = match op {
            CompareOp::Lt => Binary::Lt,
            CompareOp::Le => Binary::Le,
            CompareOp::Eq => Binary::Eq,
            CompareOp::Ne => Binary::Ne,
            CompareOp::Gt => Binary::Gt,
            CompareOp::Ge => Binary::Ge,
        };
        self.left(op, other)
    }

    fn __pow__<'py>(&self, other: &Bound<'py, PyAny>, modulo: &Bound<'py, PyAny>) -> Any<'py> {
        power(modulo)?;
        self.left(Binary::Pow, other)
    }

    fn __rpow__<'py>(&self, other: &Bound<'py, PyAny>, modulo: &Bound<'py, PyAny>) -> Any<'py> {
        power(modulo)?;
        self.right(Binary::Pow, other)
    }

    fn __ipow__(&self, other: &Bound<PyAny>, modulo: &Bound<PyAny>) -> Result<(), Raised> {
        power(modulo)?;
        self.in_place(Binary::Pow, other)
    }

    fn __add__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.left(Binary::Add, other)
    }

    fn __radd__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.right(Binary::Add, other)
    }

    fn __iadd__(&self, other: &Bound<PyAny>) -> Result<(), Raised> {
        self.in_place(Binary::Add, other)
    }

    fn __sub__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.left(Binary::Sub, other)
    }

    fn __rsub__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.right(Binary::Sub, other)
    }

    fn __isub__(&self, other: &Bound<PyAny>) -> Result<(), Raised> {
        self.in_place(Binary::Sub, other)
    }

    fn __mul__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.left(Binary::Mul, other)
    }

    fn __rmul__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.right(Binary::Mul, other)
    }

    fn __imul__(&self, other: &Bound<PyAny>) -> Result<(), Raised> {
        self.in_place(Binary::Mul, other)
    }

    fn __truediv__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.left(Binary::Div, other)
    }

    fn __rtruediv__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.right(Binary::Div, other)
    }

    fn __itruediv__(&self, other: &Bound<PyAny>) -> Result<(), Raised> {
        self.in_place(Binary::Div, other)
    }

    fn __floordiv__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.left(Binary::FloorDiv, other)
    }

    fn __rfloordiv__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.right(Binary::FloorDiv, other)
    }

    fn __ifloordiv__(&self, other: &Bound<PyAny>) -> Result<(), Raised> {
        self.in_place(Binary::FloorDiv, other)
    }

    fn __mod__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.left(Binary::Rem, other)
    }

    fn __rmod__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.right(Binary::Rem, other)
    }

    fn __imod__(&self, other: &Bound<PyAny>) -> Result<(), Raised> {
        self.in_place(Binary::Rem, other)
    }

    fn __and__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.left(Binary::And, other)
    }

    fn __rand__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.right(Binary::And, other)
    }

    fn __iand__(&self, other: &Bound<PyAny>) -> Result<(), Raised> {
        self.in_place(Binary::And, other)
    }

    fn __or__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.left(Binary::Or, other)
    }

    fn __ror__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.right(Binary::Or, other)
    }

    fn __ior__(&self, other: &Bound<PyAny>) -> Result<(), Raised> {
        self.in_place(Binary::Or, other)
    }

    fn __xor__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.left(Binary::Xor, other)
    }

    fn __rxor__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.right(Binary::Xor, other)
    }

    fn __ixor__(&self, other: &Bound<PyAny>) -> Result<(), Raised> {
        self.in_place(Binary::Xor, other)
    }

    fn __lshift__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.left(Binary::Shl, other)
    }

    fn __rlshift__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.right(Binary::Shl, other)
    }

    fn __ilshift__(&self, other: &Bound<PyAny>) -> Result<(), Raised> {
        self.in_place(Binary::Shl, other)
    }

    fn __rshift__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.left(Binary::Shr, other)
    }

    fn __rrshift__<'py>(&self, other: &Bound<'py, PyAny>) -> Any<'py> {
        self.right(Binary::Shr, other)
    }

    fn __irshift__(&self, other: &Bound<PyAny>) -> Result<(), Raised> {
        self.in_place(Binary::Shr, other)
    }
}

fn power(modulo: &Bound<PyAny>) -> Result<(), Raised> {
    match modulo.is_none() {
        true => Ok(()),
        false => Err(type_error("pow: powers of arrays have no modulus")),
    }
}
