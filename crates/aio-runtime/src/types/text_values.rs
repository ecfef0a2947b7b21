//! Strings and bytes as values: how methods get at them and how they hand them out.
//!
//! A method borrows the text of its receiver ([`Str`], [`Bytes`]) wherever it stands: in the value
//! itself, inside an instance of a subclass, or (bytes only) in a bytearray, which is copied, as a
//! script may change it while the method runs. Results of one character in Latin-1 come from a table.

use super::bytearray::ByteArray;
use super::numbers::{IntRef, int_ref};
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::heap::text::{NOT_COUNTED, Pen};
use crate::objects::{BytesObj, ListObj, StrObj};
use crate::text::Text;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::rc::Rc;

thread_local! {
    // Never dropped: values must not be freed while the thread's other locals go away.
    static LATIN: ManuallyDrop<Vec<Value>> = ManuallyDrop::new(
        (0..=u8::MAX)
            .map(|byte| one_char(char::from(byte)))
            .collect(),
    );
    static EMPTY: ManuallyDrop<Value> =
        ManuallyDrop::new(Ref::counted_text("", 0).into());
}

fn one_char(ch: char) -> Value {
    Ref::counted_text(ch.encode_utf8(&mut [0; 4]), 1).into()
}

/// A string of one code point.
#[inline]
pub fn char_value(ch: char) -> Value {
    match LATIN.with(|table| table.get(ch as usize).cloned()) {
        Some(value) => value,
        None => one_char(ch),
    }
}

/// The empty string.
#[inline]
pub fn empty_str() -> Value {
    EMPTY.with(|value| Value::clone(value))
}

/// A string with a copy of a text.
#[inline(always)]
pub fn text_value(text: &str) -> Value {
    match text.as_bytes() {
        [] => empty_str(),
        [byte] => char_value(char::from(*byte)),
        _ => Ref::text(text).into(),
    }
}

/// A string with a copy of a text in ASCII.
#[inline(always)]
pub fn ascii_value(text: &str) -> Value {
    match text.as_bytes() {
        [] => empty_str(),
        [byte] => char_value(char::from(*byte)),
        _ => Ref::counted_text(text, text.len()).into(),
    }
}

/// A string of so many bytes, at least two, and code points (more than there can be if that is
/// not known), which are written now.
#[inline(always)]
pub fn written(len: usize, chars: usize, write: impl FnOnce(&mut Pen)) -> Value {
    Ref::written(len, u32::try_from(chars).unwrap_or(NOT_COUNTED), write).into()
}

/// A string that takes a text over.
pub fn owned_value(text: String) -> Value {
    if text.len() <= 1 {
        text_value(&text)
    } else {
        Ref::owned_text(text).into()
    }
}

/// A part of a string as a value; the count of code points is carried over where that is free.
#[inline(always)]
pub fn part_value(whole: &StrObj, part: &str) -> Value {
    if part.len() <= 1 {
        return text_value(part);
    }
    let string = if whole.is_ascii() {
        Ref::counted_text(part, part.len())
    } else {
        Ref::text(part)
    };
    string.into()
}

/// A part of a string that is perhaps all of it: then the string itself, if it is exactly a `str`.
#[inline]
pub fn part_or_same(original: &Value, whole: &StrObj, part: &str) -> Value {
    if part.len() == whole.text().len() && original.tag() == Tag::Str {
        original.clone()
    } else {
        part_value(whole, part)
    }
}

/// Parts of a string that become a list.
pub struct Parts {
    /// Whether the string is in ASCII.
    ascii: bool,
    values: Vec<Value>,
}

impl Parts {
    /// None yet, with room for so many.
    #[inline(always)]
    pub fn new(whole: &StrObj, room: usize) -> Parts {
        Parts {
            ascii: whole.is_ascii(),
            values: Vec::with_capacity(room),
        }
    }

    /// Adds a part.
    #[inline(always)]
    pub fn push(&mut self, part: &str) {
        self.values.push(if self.ascii {
            ascii_value(part)
        } else {
            text_value(part)
        });
    }

    /// Adds a part that is perhaps all of it: then the string itself, if it is exactly a `str`.
    #[inline(always)]
    pub fn push_or_same(&mut self, original: &Value, part: &str) {
        match original.as_str() {
            Some(text) if text.len() == part.len() => self.values.push(original.clone()),
            Some(_) | None => self.push(part),
        }
    }

    /// The list, without very much room to spare.
    #[inline(always)]
    pub fn list(mut self) -> Value {
        if self.values.capacity() > 2 * self.values.len() {
            self.values.shrink_to_fit();
        }
        Value::new(ListObj::new(self.values))
    }
}

impl<'a> Extend<&'a str> for Parts {
    fn extend<T: IntoIterator<Item = &'a str>>(&mut self, parts: T) {
        for part in parts {
            self.push(part);
        }
    }
}

/// A string, borrowed where that is possible.
pub enum Str<'a> {
    /// In a value of type `str`.
    Plain(&'a StrObj),
    /// Inside an instance of a subclass.
    Inner(Ref<StrObj>),
}

impl Deref for Str<'_> {
    type Target = StrObj;
    #[inline]
    fn deref(&self) -> &StrObj {
        match self {
            Str::Plain(string) => string,
            Str::Inner(string) => string,
        }
    }
}

impl Str<'_> {
    /// The text with its length.
    #[inline]
    pub fn counted(&self) -> Text<'_> {
        counted(self)
    }
}

/// The text of a string with its length.
#[inline]
pub fn counted(string: &StrObj) -> Text<'_> {
    Text::with_len(string.text(), string.char_count())
}

/// The string that a value is, or holds as an instance of a subclass.
#[inline(always)]
pub fn str_of(value: &Value) -> Option<Str<'_>> {
    match value.as_str_obj() {
        Some(string) => Some(Str::Plain(string)),
        None => str_inside(value),
    }
}

#[cold]
#[inline(never)]
fn str_inside(value: &Value) -> Option<Str<'_>> {
    let base = value.as_instance()?.base_value()?;
    base.to_str_obj().map(Str::Inner)
}

/// The receiver of a method of `str`.
///
/// # Errors
/// `TypeError` when it is of another type.
#[inline(always)]
pub fn str_receiver<'a>(vm: &mut Vm, value: &'a Value, method: &str) -> R<Str<'a>> {
    match str_of(value) {
        Some(string) => Ok(string),
        None => Err(no_receiver(vm, value, method)),
    }
}

#[cold]
#[inline(never)]
fn no_receiver(vm: &mut Vm, value: &Value, method: &str) -> Raised {
    let name = vm.type_name(value);
    vm.type_error(format!(
        "descriptor '{method}' for 'str' objects doesn't apply to a '{name}' object"
    ))
}

/// A string argument; `what` begins the message, e.g. `find() argument 1 must be str`.
///
/// # Errors
/// `TypeError` when it is of another type.
#[inline(always)]
pub fn str_argument<'a>(vm: &mut Vm, value: &'a Value, what: &str) -> R<Str<'a>> {
    match str_of(value) {
        Some(string) => Ok(string),
        None => Err(no_argument(vm, value, what)),
    }
}

#[cold]
#[inline(never)]
fn no_argument(vm: &mut Vm, value: &Value, what: &str) -> Raised {
    let name = vm.type_name(value);
    vm.type_error(format!("{what}, not {name}"))
}

/// Bytes, borrowed where that is possible.
pub enum Bytes<'a> {
    /// In a value of type `bytes`.
    Plain(&'a BytesObj),
    /// Inside an instance of a subclass.
    Inner(Ref<BytesObj>),
    /// What a bytearray holds now: it changes a copy as long as this lives.
    Shared(Rc<Vec<u8>>),
}

impl Deref for Bytes<'_> {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Plain(bytes) => bytes.data(),
            Bytes::Inner(bytes) => bytes.data(),
            Bytes::Shared(bytes) => bytes,
        }
    }
}

/// The bytes of a bytes-like object.
pub fn bytes_of(value: &Value) -> Option<Bytes<'_>> {
    if let Some(bytes) = value.as_bytes_obj() {
        return Some(Bytes::Plain(bytes));
    }
    let instance = value.as_instance()?;
    match instance.base_value() {
        Some(base) => base.to_bytes_obj().map(Bytes::Inner),
        None => ByteArray::of(value).map(|array| Bytes::Shared(array.shared())),
    }
}

/// The bytes of a bytes-like argument.
///
/// # Errors
/// `TypeError` when it is of another type.
pub fn bytes_argument<'a>(vm: &mut Vm, value: &'a Value) -> R<Bytes<'a>> {
    match bytes_of(value) {
        Some(bytes) => Ok(bytes),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("a bytes-like object is required, not '{name}'")))
        }
    }
}

/// A bound of a slice or search: absent, `None`, or an index cut to 64 bits.
///
/// # Errors
/// `TypeError` when it is no integer.
pub fn bound(vm: &mut Vm, value: Option<&Value>) -> R<Option<i64>> {
    let Some(value) = value else {
        return Ok(None);
    };
    match value.tag() {
        Tag::Int | Tag::Bool => Ok(value.as_index()),
        Tag::None | Tag::Unset => Ok(None),
        _ => {
            let message = "slice indices must be integers or None or have an __index__ method";
            let Some(index) = index_opt(vm, value)? else {
                return Err(vm.type_error(message));
            };
            Ok(Some(saturate(&index)))
        }
    }
}

/// `operator.index(value)`; `None` when it is no integer and has no `__index__`.
///
/// # Errors
/// What `__index__` raises.
pub fn index_opt(vm: &mut Vm, value: &Value) -> R<Option<Value>> {
    let hook = vm.names.__index__.clone();
    if matches!(value.tag(), Tag::Int | Tag::Bool | Tag::BigInt)
        || value.tag() == Tag::Instance && vm.lookup_special(value, &hook).is_some()
    {
        return vm.index(value).map(Some);
    }
    Ok(None)
}

/// An int cut to 64 bits.
pub fn saturate(index: &Value) -> i64 {
    match int_ref(index) {
        Some(IntRef::Small(int)) => int,
        Some(int) if int.is_negative() => i64::MIN,
        Some(_) | None => i64::MAX,
    }
}

/// `value` as a count or width: an index that must fit 64 bits.
///
/// # Errors
/// `TypeError` when it is no integer; `OverflowError` when it does not fit.
pub fn size_argument(vm: &mut Vm, value: &Value) -> R<i64> {
    vm.index_i64(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_characters_are_shared() {
        assert!(char_value('a').is(&char_value('a')));
        assert_eq!(char_value('é').as_str(), Some("é"));
        assert!(char_value('ÿ').is(&char_value('ÿ')));
        assert_eq!(char_value('€').as_str(), Some("€"));
        assert!(text_value("x").is(&owned_value("x".to_owned())));
    }
}
