//! What is taken from others and handed over to them: files of NumPy, pictures, arrays of the `ndarray` crate. Each door
//! has a feature of its own, and none is open by default.

#[cfg(any(feature = "npy", feature = "image"))]
mod file;
#[cfg(feature = "npy")]
mod header;
#[cfg(feature = "ndarray")]
pub mod ndarray;
#[cfg(feature = "npy")]
pub mod npy;
#[cfg(feature = "npy")]
pub mod npz;
#[cfg(feature = "image")]
pub mod picture;
