//! See the crate's description.
pub mod num;
pub mod text;
