//! See the description of the crate.
fn main() {}
