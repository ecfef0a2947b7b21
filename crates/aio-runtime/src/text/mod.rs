//! Text algorithms: what `str` and `bytes` do, over Rust's `str` and `[u8]`.
//!
//! Nothing here knows the evaluator's values. Positions that a script sees are counted in code points;
//! functions that take or return such positions say so. Failures are `Fault`s, whose texts are
//! CPython's.

pub mod bytes;
pub mod bytes_case;
pub mod case;
pub mod code_points;
pub mod codecs;
pub mod format_spec;
pub mod isoformat;
pub mod json;
pub mod pad;
pub mod percent;
pub mod repr;
pub mod search;
pub mod split;
pub mod strftime;
pub mod strptime;
pub mod template;
pub mod unicode;
mod unicode_tables;
mod words;

pub use code_points::Text;
