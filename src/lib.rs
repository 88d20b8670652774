//! A lazy array compiler: write array code once, run it fused on any device.
//!
//! ```
//! use ondine::{Array, Device, fft, s};
//!
//! let image = Array::from_vec((0..64).map(f64::from).collect(), [8, 8]).named("image");
//! let spectrum = fft::fftshift(&fft::fftn(&image));
//! let rough = spectrum.set(s![3..5, 3..5], 0);
//! let smooth = fft::ifftn(&fft::ifftshift(&(&spectrum - rough))).real().named("smooth");
//!
//! println!("{}", smooth.dump()?);                    // the graph as written
//! println!("{}", smooth.explain(&Device::cpu())?);   // what the compiler makes of it, and the plan
//! let values: Vec<f64> = smooth.eval(&Device::cpu())?.to_vec()?;
//! # assert_eq!(values.len(), 64);
//! # Ok::<(), ondine::Error>(())
//! ```
//!
//! **Model.** An [`Array`] has a dtype (13 of them, those of the array API standard), a static shape of any rank, and
//! values that nobody changes: [`Array::set`] gives a new array. Operands are promoted to a common dtype and broadcast, as
//! in NumPy; Rust numbers take the dtype of the array they meet, so that `f32` stays `f32`. Names and meanings are those of
//! the standard, 2025.12; what takes options has a second form that ends in `_with`.
//!
//! **Laziness.** Calls build a graph and compute nothing. [`Array::eval`], [`eval_all`], [`Array::to_vec`] and
//! [`Array::item`] do, and so do compiled functions ([`compile()`]). What is computed on the way to a result is not kept.
//! Numbers that the graph is given are parameters: another value needs no other code.
//!
//! **Errors.** Building never panics and never returns `Result`. An array that cannot be built carries an [`Error`] with
//! the place of the call, and whatever is computed from it carries the same one, so a formula needs one `?`, where it is
//! evaluated. [`Array::check`] asks earlier.
//!
//! **Devices.** [`Device::cpu`] runs compiled plans, [`Device::reference`] is the strict, slow definition of every op. Data
//! and results of creation functions belong to no device until they are evaluated on one; after that only
//! [`Array::to`] moves them. Where a call needs a device and none is named, `ONDINE_DEVICE` (`cpu`, `reference`) says
//! which; by default it is the `cpu`. One computation runs on one device.
//!
//! **Interchange.** Features that are off by default: `ndarray` takes and gives arrays of that crate without a copy where
//! their layout allows (`ondine::ndarray`), `npy` reads, maps and writes files of NumPy (`ondine::npy`, `ondine::npz`),
//! `image` pictures (`ondine::picture`). Complex numbers are those of `num_complex` throughout.
//!
//! **Pages.** [`guide`] shows jobs in SciPy and here side by side; [`support`] says which op runs with which dtype on which
//! device.
//!
//! **For people.** [`Array::dump`], [`Array::dot`], [`Array::explain`], [`stats`]; [`report_progress`] tells a callback how far
//! evaluations are; `ONDINE_DUMP=directory` writes every
//! stage of every compilation there as numbered text files, with plan and code, `ONDINE_TRACE=file.json` a span per pass,
//! step and evaluation for Perfetto.
#![forbid(unsafe_code)]

mod array;
mod capture;
mod create;
mod display;
mod dtypes;
mod element;
mod elementwise;
mod error;
mod evaluate;
mod explain;
pub mod fft;
mod functions;
mod guard;
#[doc = include_str!("guide.md")]
pub mod guide {}
mod host;
mod indexing;
mod interchange;
mod join;
mod lazy;
pub mod linalg;
mod manipulate;
mod operators;
mod positions;
mod products;
mod program;
mod progress;
mod reduce;
mod sort;
pub mod special;
#[doc = include_str!("support.md")]
pub mod support {}
pub mod testing;
mod trace;
mod triangles;

pub use array::{Array, eval_all};
pub use create::*;
pub use dtypes::{FloatInfo, IntInfo, can_cast, finfo, iinfo, isdtype, result_type};
pub use element::{Element, Int, Operand};
pub use elementwise::binary;
pub use error::{Error, ErrorKind, Result};
pub use explain::{Explanation, Stats, stats};
pub use guard::{EvaluationGuard, forbid_evaluation};
pub use indexing::{NewAxis, Pick, Side};
#[cfg(feature = "ndarray")]
pub use interchange::ndarray;
#[cfg(feature = "image")]
pub use interchange::picture;
#[cfg(feature = "npy")]
pub use interchange::{npy, npz};
pub use join::{broadcast_arrays, concat, stack};
pub use manipulate::Axes;
pub use num_complex::{self, Complex, Complex32, Complex64};
pub use ondine_ir::{self as ir, DType, Shape};
pub use ondine_runtime::{Buffer, Device, Error as DeviceError, Licences, Options, Progress};
pub use products::Contraction;
pub use progress::{ProgressGuard, report_progress};
pub use reduce::{CumulativeOptions, ReduceOptions};
pub use sort::{SortOptions, Unique};
pub use trace::{Compiled, Fixed, Results, compile, compile_for, compile_with};
pub use triangles::DiffOptions;
