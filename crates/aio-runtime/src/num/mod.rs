//! Number algorithms: what `int`, `float` and `complex` do, over `i64`, `f64` and `BigInt`.
//!
//! Nothing here knows the evaluator's values. Failures are `Fault`s, whose texts are CPython's.

pub mod convert;
pub mod fault;
pub mod float_text;
pub mod int_text;

pub use fault::Fault;
pub use int_text::{Int, IntRef};
