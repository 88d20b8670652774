//! Arrays of the reference device, read and written one element at a time, every index checked.
//!
//! An [`Array`] is finished and read only. A [`Draft`] is fresh memory full of poison (all bits set: NaN in floats, -1 in
//! integers), so that an element that nobody wrote shows in the result.

use crate::{Buffer, Error, HostMemory};
use ondine_ir::{Scalar, Shape, Type};
use std::sync::Arc;

/// A finished array.
#[derive(Clone)]
pub(super) struct Array {
    buffer: Buffer,
}

/// An array being written.
pub(super) struct Draft {
    ty: Type,
    memory: HostMemory,
}

impl Array {
    /// The array in a buffer.
    pub(super) fn new(buffer: Buffer) -> Array {
        Array { buffer }
    }

    /// The array of one scalar.
    pub(super) fn scalar(scalar: Scalar) -> Result<Array, Error> {
        let mut draft = Draft::new(Type::new(scalar.dtype(), []))?;
        draft.set(&[], scalar)?;
        Ok(draft.finish())
    }

    /// An array from the value at each index.
    pub(super) fn from_index(
        ty: &Type,
        mut value: impl FnMut(&[i64]) -> Result<Scalar, Error>,
    ) -> Result<Array, Error> {
        let mut draft = Draft::new(ty.clone())?;
        for_each_index(&ty.shape, |index| draft.set(index, value(index)?))?;
        Ok(draft.finish())
    }

    /// Element type and shape.
    pub(super) fn ty(&self) -> &Type {
        self.buffer.ty()
    }

    /// Extents.
    pub(super) fn shape(&self) -> &Shape {
        &self.ty().shape
    }

    /// The bytes, row-major.
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.bytes()
    }

    /// The element at an index.
    pub(super) fn at(&self, index: &[i64]) -> Result<Scalar, Error> {
        read(self.ty(), self.bytes(), index)
    }

    /// The element at an index of a result that a rank-0 array spreads over.
    pub(super) fn spread(&self, index: &[i64]) -> Result<Scalar, Error> {
        if self.shape().rank() == 0 { self.at(&[]) } else { self.at(index) }
    }

    /// The buffer that holds the array.
    pub(super) fn into_buffer(self) -> Buffer {
        self.buffer
    }
}

impl Draft {
    /// Poisoned memory for an array.
    pub(super) fn new(ty: Type) -> Result<Draft, Error> {
        const POISON: u8 = 0xFF;
        let memory = HostMemory::filled(ty.bytes(), POISON).ok_or_else(|| out_of_memory(ty.bytes()))?;
        Ok(Draft { ty, memory })
    }

    /// A copy of an array, to be changed.
    pub(super) fn copy(array: &Array) -> Result<Draft, Error> {
        let mut draft = Draft::new(array.ty().clone())?;
        draft.set_bytes(array.bytes());
        Ok(draft)
    }

    /// Writes all elements at once; `bytes` holds exactly the array.
    pub(super) fn set_bytes(&mut self, bytes: &[u8]) {
        self.memory.as_bytes_mut().copy_from_slice(bytes);
    }

    /// Reads back an element.
    pub(super) fn at(&self, index: &[i64]) -> Result<Scalar, Error> {
        read(&self.ty, self.memory.as_bytes(), index)
    }

    /// Writes an element.
    pub(super) fn set(&mut self, index: &[i64], scalar: Scalar) -> Result<(), Error> {
        if scalar.dtype() != self.ty.dtype {
            return Err(Error::Internal { what: format!("{scalar:?} is written into {}", self.ty) });
        }
        let (at, bytes) = (offset(&self.ty, index)?, self.ty.dtype.bytes());
        self.memory.as_bytes_mut()[at..at + bytes].copy_from_slice(&scalar.to_bytes()[..bytes]);
        Ok(())
    }

    /// The finished array.
    pub(super) fn finish(self) -> Array {
        Array { buffer: Buffer::host(self.ty, Arc::new(self.memory)) }
    }
}

fn read(ty: &Type, bytes: &[u8], index: &[i64]) -> Result<Scalar, Error> {
    Ok(Scalar::from_bytes(ty.dtype, &bytes[offset(ty, index)?..]))
}

/// The byte at which an element starts, row-major.
fn offset(ty: &Type, index: &[i64]) -> Result<usize, Error> {
    let inside = index.len() == ty.shape.rank()
        && index.iter().zip(ty.shape.iter()).all(|(&position, &extent)| (0..extent as i64).contains(&position));
    if !inside {
        return Err(Error::Internal { what: format!("index {index:?} lies outside {ty}") });
    }
    let position = index.iter().zip(ty.shape.iter()).fold(0, |at, (&position, extent)| at * extent + position as usize);
    Ok(position * ty.dtype.bytes())
}

/// Calls `visit` with every index of a shape in row-major order.
pub(super) fn for_each_index(shape: &[usize], mut visit: impl FnMut(&[i64]) -> Result<(), Error>) -> Result<(), Error> {
    if shape.contains(&0) {
        return Ok(());
    }
    let mut index = vec![0; shape.len()];
    loop {
        visit(&index)?;
        let Some(axis) = (0..shape.len()).rev().find(|&axis| index[axis] + 1 < shape[axis] as i64) else {
            return Ok(());
        };
        index[axis] += 1;
        index[axis + 1..].fill(0);
    }
}

/// Working memory that could not be had.
pub(super) fn out_of_memory(bytes: usize) -> Error {
    Error::OutOfMemory { device: super::NAME.to_string(), bytes, what: "a value" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ondine_ir::DType;

    #[test]
    fn what_nobody_wrote_is_poison() {
        let floats = Draft::new(Type::new(DType::F32, [2])).unwrap().finish();
        assert!(floats.at(&[1]).unwrap().to_complex().re.is_nan());
        let integers = Draft::new(Type::new(DType::I16, [])).unwrap().finish();
        assert_eq!(integers.at(&[]).unwrap(), Scalar::from_i128(DType::I16, -1));
    }

    #[test]
    fn every_index_is_checked() {
        let array = Draft::new(Type::new(DType::F64, [2, 3])).unwrap().finish();
        let error = |index: &[i64]| array.at(index).unwrap_err().to_string();
        assert_eq!(error(&[0, 3]), "internal: index [0, 3] lies outside f64[2, 3]");
        assert_eq!(error(&[-1, 0]), "internal: index [-1, 0] lies outside f64[2, 3]");
        assert_eq!(error(&[0]), "internal: index [0] lies outside f64[2, 3]");
    }
}
