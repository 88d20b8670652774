//! Host memory as arrays and arrays as host memory, whatever the dtype: what other languages and files hand over.

use crate::array::Array;
use crate::error::{ErrorKind, Failure, Result, argument, here};
use crate::evaluate::{download, evaluate};
use crate::lazy::{Built, Lazy};
use crate::{DType, Options, Shape};
use ondine_ir::Type;
use ondine_runtime::{Buffer, Error as RuntimeError, HostMemory};
use std::sync::Arc;

/// The type that some bytes fill, which elements of bool do with 0 and 1 alone.
fn filled(op: &'static str, bytes: &[u8], dtype: DType, shape: Shape) -> Result<Type, Failure> {
    let ty = Type::new(dtype, shape);
    if !ty.is_addressable() || ty.bytes() != bytes.len() {
        return Err(argument(op, format!("{} bytes do not fill {ty}", bytes.len())));
    }
    Ok(ty)
}

fn copied(bytes: &[u8], dtype: DType, shape: Shape) -> Built {
    let ty = filled("from_bytes", bytes, dtype, shape)?;
    let mut memory = HostMemory::zeroed(bytes.len()).ok_or_else(|| RuntimeError::OutOfMemory {
        device: "host".to_string(),
        bytes: bytes.len(),
        what: "host data",
    })?;
    match dtype {
        DType::Bool => {
            memory.as_bytes_mut().iter_mut().zip(bytes).for_each(|(to, from)| *to = (*from != 0).into());
        }
        _ => memory.as_bytes_mut().copy_from_slice(bytes),
    }
    Ok(Lazy::host(Buffer::host(ty, Arc::new(memory))))
}

fn borrowed(owner: Arc<dyn AsRef<[u8]> + Send + Sync>, dtype: DType, shape: Shape) -> Built {
    let memory = HostMemory::borrow(owner);
    let ty = filled("from_owner", memory.as_bytes(), dtype, shape)?;
    // The component is what the processor loads: complex numbers are two of them.
    if !memory.as_bytes().as_ptr().addr().is_multiple_of(dtype.component().bytes()) {
        return Err(argument(
            "from_owner",
            format!("the memory is not aligned for {dtype}; copy it with from_bytes()"),
        ));
    }
    if dtype == DType::Bool && memory.as_bytes().iter().any(|&byte| byte > 1) {
        return Err(argument("from_owner", "elements of bool are neither 0 nor 1; copy them with from_bytes()"));
    }
    Ok(Lazy::host(Buffer::host(ty, Arc::new(memory))))
}

impl Array {
    /// An array of any dtype from the bytes of its elements, in row-major order and the machine's byte order. Copies them.
    ///
    /// - result: dtype and shape as given, unplaced, ready; in bool every byte but 0 is true
    ///
    /// ```
    /// use ondine::{Array, DType};
    /// let x = Array::from_bytes(&[1, 2, 3, 4], DType::U8, [2, 2]);
    /// assert_eq!(x.to_vec::<u8>()?, [1, 2, 3, 4]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Argument` if the number of bytes is not that of the array; `Device` without memory.
    #[track_caller]
    pub fn from_bytes(bytes: &[u8], dtype: DType, shape: impl Into<Shape>) -> Array {
        Array::settle(copied(bytes, dtype, shape.into()))
    }

    /// As [`from_bytes`](Array::from_bytes), but the memory is used where it is for as long as the array, or anything
    /// pending that needs it, lives. Nobody may write to it in that time.
    ///
    /// ```
    /// use ondine::{Array, DType};
    /// static TABLE: [u8; 3] = [1, 2, 3];
    /// let x = Array::from_owner(&TABLE[..], DType::U8, [3]);
    /// assert_eq!(x.sum().item::<u64>()?, 6);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: as [`from_bytes`](Array::from_bytes); `Argument` if the memory is not aligned for the dtype, or
    /// if bytes of bool are neither 0 nor 1.
    #[track_caller]
    pub fn from_owner(owner: impl AsRef<[u8]> + Send + Sync + 'static, dtype: DType, shape: impl Into<Shape>) -> Array {
        Array::settle(borrowed(Arc::new(owner), dtype, shape.into()))
    }

    /// The value in host memory, shared and not copied where the device computes there: type and bytes. Evaluates as
    /// [`to_vec`](Array::to_vec) does.
    ///
    /// ```
    /// let host = ondine::Array::from([1u8, 2]).to_host()?;
    /// assert_eq!(host.bytes(), [1, 2]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`to_vec`](Array::to_vec), but for `Element`.
    #[track_caller]
    pub fn to_host(&self) -> Result<Buffer> {
        here(self.value())
    }

    /// The value in host memory; evaluated if need be.
    pub(crate) fn value(&self) -> Result<Buffer, Failure> {
        let lazy = self.lazy()?;
        if !lazy.is_ready() {
            evaluate(std::slice::from_ref(lazy), None, &Options::default())?;
        }
        download(lazy)
    }

    /// The only element, whatever the dtype. Evaluates as [`to_vec`](Array::to_vec) does.
    ///
    /// ```
    /// let scalar = ondine::arange(5).sum().scalar()?;
    /// assert_eq!(scalar.to_i128(), Some(10));
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`to_vec`](Array::to_vec), but for `Element`; `Item` if there is not exactly one element.
    #[track_caller]
    pub fn scalar(&self) -> Result<ondine_ir::Scalar> {
        let operand = self.lazy()?.ty();
        if operand.shape.elements() != 1 {
            return Err(crate::Error::here(ErrorKind::Item { operand: operand.clone() }));
        }
        let host = self.to_host()?;
        Ok(ondine_ir::Scalar::from_bytes(host.ty().dtype, host.bytes()))
    }
}
