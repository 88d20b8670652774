//! A lazy array compiler.
