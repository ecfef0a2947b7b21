//! Placeholder table for `str`.

use crate::native::Method;

/// The methods.
pub const METHODS: &[Method] = &[];

use crate::objects::StrObj;
use crate::value::Value;

/// A string of one code point.
pub fn char_value(ch: char) -> Value {
    Value::new(StrObj::with_chars(ch.to_string(), 1))
}
