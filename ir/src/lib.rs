//! The typed graph of the Ondine array compiler: what is computed, not how.
//!
//! A [`Graph`] is an append-only, interned DAG of typed [`Node`]s; [`Graph::add`] is its only constructor. After fusion
//! most nodes are [`Kernel`]s, whose [`Region`]s are scalar programs over [`Index`] expressions. The text form:
//!
//! ```text
//! graph    ::= "graph" name "(" (input ": " type | param ": " dtype), .. ")" "{" line* "return" value, .. "}"
//! line     ::= (value ": " type), .. "=" op "(" (value | literal), .. (key "=" const), .. ")" region*
//! region   ::= role "[" axis, .. "]" ("x: " dtype)? ( "=" load | inst* "yield" atom )
//! inst     ::= temp ": " dtype "=" (load | index | domain | op "(" atom, .. ")")
//! load     ::= value "[" index, .. "]" ("where" domain "else" literal)?
//! domain   ::= index "in" start ".." end ("and" ..)*
//! type     ::= dtype "[" extent, .. "]"          f32[768, 1024]   c64[]   bool[3]
//! value    ::= "%" (number | input name)         param ::= "$" number
//! temp     ::= "t" number                        axis ::= i j k l m n ..
//! role     ::= "load" | "load." number | "mid" | "mid." number | "store" | "store." number
//! ```
#![forbid(unsafe_code)]

mod dot;
mod dtype;
mod error;
mod graph;
mod index;
mod infer;
mod kernel;
mod linalg;
mod op;
mod ops;
mod scalar;
mod shape;
mod svg;
mod text;
mod verify;
mod view;

pub use dtype::{DType, Kind};
pub use error::Error;
pub use graph::{Graph, Input, Node, NodeId, Value};
pub use index::{Atom, Bound, Domain, Index, Range, axis_name};
pub use infer::{Types, binary_dtype, binary_expects, infer, unary_dtype, unary_expects};
pub use kernel::{Anchor, Inst, Kernel, Line, Region, RegionBuilder, Rows, Stage, Var};
pub use linalg::{Linalg, LinalgKind};
pub use op::{Fft, FftAxis, FftKind, Op, Pad, Reduce, ReduceKind, Scan, Sort, Window};
pub use ops::{Binary, Unary};
pub use scalar::Scalar;
pub use shape::{Shape, Type};
pub use verify::{verify, verify_fused};
pub use view::{Affine, Picked, View};
