//! Modules written in Rust.
