//! Number algorithms: what `int`, `float` and `complex` do, over `i64`, `f64` and `BigInt`.
//!
//! Nothing here knows the evaluator's values. Failures are `Fault`s, whose texts are CPython's.

pub mod bits;
pub mod combinatorics;
pub mod complex;
pub mod convert;
pub mod dates;
pub mod division;
pub mod erf;
pub mod fault;
pub mod fixed;
pub mod float_hex;
pub mod float_text;
pub mod gamma;
pub mod hash;
pub mod int_text;
pub mod math;
pub mod power;
pub mod random;
pub mod round;
pub mod slice;
pub mod timedelta;

pub use fault::Fault;
pub use int_text::{Int, IntRef};
