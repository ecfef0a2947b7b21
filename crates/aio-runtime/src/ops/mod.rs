//! What values do: operators, comparison, truth, iteration, items, text, hashing.
//!
//! Each file handles the built-in types directly and falls back to the special methods of
//! classes. These are methods of `Vm`, as they may run code of the script.

mod arithmetic;
mod compare;
mod dicts;
mod hashing;
mod items;
mod iterate;
mod keys;
mod sets;
mod text;
mod truth;

pub use iterate::Iter;
