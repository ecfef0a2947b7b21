//! What `readuntil` reads up to.

use crate::objects::BytesObj;
use crate::text::search::{find_bytes, find_first_of};
use crate::value::Value;

/// One separator or several, none of them empty.
pub enum Separators {
    /// A bytes object.
    One(Value),
    /// The first that is found counts.
    Any(Vec<Vec<u8>>),
}

impl Separators {
    /// Where the first separator begins and ends.
    pub fn find(&self, bytes: &[u8]) -> Option<(usize, usize)> {
        match self {
            Separators::One(one) => {
                let separator = one.as_bytes_obj().map(BytesObj::data)?;
                let at = find_bytes(bytes, separator)?;
                Some((at, at + separator.len()))
            }
            Separators::Any(several) => find_first_of(bytes, several),
        }
    }

    /// How long the longest one is.
    pub fn longest(&self) -> usize {
        match self {
            Separators::One(one) => one.as_bytes_obj().map_or(1, |one| one.data().len()),
            Separators::Any(several) => several.iter().map(Vec::len).max().unwrap_or(1),
        }
    }
}
