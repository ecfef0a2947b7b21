//! Strings: the object and its text in one block.
//!
//! The text of a string stands right behind the object, with no more room than it needs. Only a
//! string that grows (`s += t`, when nobody else has `s`) gets room to spare, and from a certain
//! length on a block of its own, which can be made larger; so does a long text that comes in a
//! `String`.
#![expect(
    unsafe_code,
    reason = "the text of a string stands behind it in its block"
)]

use super::{HeapBox, HeapType, Ref};
use crate::value::{Tag, Value};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error, realloc};
use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// A text of this length that comes in a `String` is copied behind its object; a longer one is
/// taken over.
const SHORT: usize = 128;

/// The count of code points that is not known (or does not fit).
pub(crate) const NOT_COUNTED: u32 = u32::MAX;

/// Text: UTF-8 with the number of code points and the hash kept once computed.
///
/// Invariant: `place` is good for `room` bytes, of which the first `len` are UTF-8. If `is_apart`,
/// these are a block of their own (none if `room` is 0); else they stand right behind the object
/// in the block of its box, which is as large as that takes.
pub struct StrObj {
    place: NonNull<u8>,
    len: usize,
    room: usize,
    /// 0 is "not computed".
    pub(crate) hash: Cell<i64>,
    /// Code points; see [`NOT_COUNTED`].
    pub(crate) chars: Cell<u32>,
    /// Whether this is the one string of its text in the table of names.
    pub interned: Cell<bool>,
    is_apart: bool,
    /// A position (in code points) and its byte offset: see [`StrObj::char_at`].
    pub(crate) cursor: Cell<(u32, u32)>,
}

/// The block of a string with so many bytes behind it.
#[inline(always)]
fn block(room: usize) -> Layout {
    let size = size_of::<HeapBox<StrObj>>().checked_add(room);
    size.and_then(|size| Layout::from_size_align(size, align_of::<HeapBox<StrObj>>()).ok())
        .expect("a text fits into the address space")
}

/// A block for bytes alone.
fn bytes(room: usize) -> Layout {
    Layout::array::<u8>(room).expect("a text fits into the address space")
}

impl StrObj {
    /// The text.
    #[inline(always)]
    pub fn text(&self) -> &str {
        // SAFETY: the invariant of the type.
        unsafe {
            let bytes = std::slice::from_raw_parts(self.place.as_ptr(), self.len);
            std::str::from_utf8_unchecked(bytes)
        }
    }

    #[inline(always)]
    fn object(place: NonNull<u8>, (len, room): (usize, usize), chars: u32) -> StrObj {
        StrObj {
            place,
            len,
            room,
            hash: Cell::new(0),
            chars: Cell::new(chars),
            interned: Cell::new(false),
            is_apart: false,
            cursor: Cell::new((0, 0)),
        }
    }
}

/// Writes the text of a string that is being made, from the beginning to the end.
///
/// Invariant: `left` bytes at `place` belong to the new string; all before them is UTF-8.
pub struct Pen {
    place: NonNull<u8>,
    left: usize,
}

impl Pen {
    #[inline(always)]
    fn take(&mut self, len: usize) -> NonNull<u8> {
        assert!(len <= self.left, "a text is as long as was said");
        let place = self.place;
        self.left -= len;
        // SAFETY: there are `len` bytes, as was just checked.
        self.place = unsafe { place.add(len) };
        place
    }

    /// Appends a text.
    #[inline(always)]
    pub fn text(&mut self, text: &str) {
        let place = self.take(text.len());
        // SAFETY: `take` gives as many bytes, which nobody else has.
        unsafe { place.copy_from_nonoverlapping(NonNull::from(text).cast(), text.len()) }
    }

    /// Appends what a function makes of bytes, each a character in ASCII.
    #[inline(always)]
    pub fn ascii(&mut self, bytes: &[u8], change: impl Fn(u8) -> u8) {
        const ASCII: u8 = 0x7f;
        let place = self.take(bytes.len());
        for (at, byte) in bytes.iter().enumerate() {
            // SAFETY: as in `text`; what is written is UTF-8, whatever the function says.
            unsafe { place.add(at).write(change(*byte) & ASCII) }
        }
    }

    /// Appends a character in ASCII so many times.
    #[inline(always)]
    pub fn repeat(&mut self, byte: u8, count: usize) {
        let place = self.take(count);
        // SAFETY: as in `ascii`.
        unsafe { place.write_bytes(byte & 0x7f, count) }
    }
}

impl Ref<StrObj> {
    /// A string of `len` bytes that are written now, with room for at least `room`.
    #[inline(always)]
    fn made(len: usize, room: usize, chars: u32, write: impl FnOnce(&mut Pen)) -> Ref<StrObj> {
        let room = room.max(len);
        let layout = block(room);
        // SAFETY: the block has room for a box of a string and `room` bytes behind it; the first
        // `len` of these are written, and are UTF-8, or the process ends. The box has the count of
        // the pointer that is returned.
        unsafe {
            let Some(pointer) = NonNull::new(alloc(layout)) else {
                handle_alloc_error(layout);
            };
            let place = pointer.add(size_of::<HeapBox<StrObj>>());
            let mut pen = Pen { place, left: len };
            write(&mut pen);
            assert_eq!(pen.left, 0, "a text is as long as was said");
            let pointer = pointer.cast::<HeapBox<StrObj>>();
            pointer.write(HeapBox {
                count: Cell::new(1),
                registry: Cell::new(0),
                data: StrObj::object(place, (len, room), chars),
            });
            Ref::from_raw(pointer)
        }
    }

    /// A string with a copy of texts, one behind the other, and room for some more.
    #[inline(always)]
    fn joined<const N: usize>(texts: [&str; N], room: usize, chars: u32) -> Ref<StrObj> {
        let len = texts.iter().map(|text| text.len()).sum::<usize>();
        Ref::made(len, room, chars, |pen| {
            for text in texts {
                pen.text(text);
            }
        })
    }

    /// A string of so many bytes, which are written now, and code points (`NOT_COUNTED` if that
    /// is not known).
    #[inline(always)]
    pub fn written(len: usize, chars: u32, write: impl FnOnce(&mut Pen)) -> Ref<StrObj> {
        Ref::made(len, 0, chars, write)
    }

    /// A string with a copy of a text.
    #[inline]
    pub fn text(text: &str) -> Ref<StrObj> {
        Ref::joined([text], 0, NOT_COUNTED)
    }

    /// As [`Ref::text`], for a text whose number of code points is known.
    #[inline]
    pub fn counted_text(text: &str, chars: usize) -> Ref<StrObj> {
        Ref::joined([text], 0, u32::try_from(chars).unwrap_or(NOT_COUNTED))
    }

    /// A string that takes a text over.
    pub fn owned_text(text: String) -> Ref<StrObj> {
        if text.len() <= SHORT {
            return Ref::text(&text);
        }
        Ref::apart(text, NOT_COUNTED)
    }

    fn apart(text: String, chars: u32) -> Ref<StrObj> {
        let mut text = ManuallyDrop::new(text.into_bytes());
        let (len, room) = (text.len(), text.capacity());
        let place = NonNull::from(text.as_mut_slice()).cast();
        // The block is the vector's: as large as its capacity, of single bytes.
        Ref::new(StrObj {
            is_apart: true,
            ..StrObj::object(place, (len, room), chars)
        })
    }

    /// A string that is one followed by another one.
    pub fn concat(head: &StrObj, tail: &StrObj) -> Ref<StrObj> {
        Ref::joined([head.text(), tail.text()], 0, head.count_with(tail))
    }
}

impl HeapType for StrObj {
    const TAG: Tag = Tag::Str;

    unsafe fn release(pointer: NonNull<HeapBox<StrObj>>) {
        // SAFETY: the caller's promise: the box is alive and nobody else refers to it. What is
        // given back was asked for with the same layout (the invariant of the type).
        unsafe {
            let StrObj {
                place,
                room,
                is_apart,
                ..
            } = pointer.as_ref().data;
            if !is_apart {
                return dealloc(pointer.as_ptr().cast(), block(room));
            }
            if room > 0 {
                dealloc(place.as_ptr(), bytes(room));
            }
            dealloc(pointer.as_ptr().cast(), block(0));
        }
    }
}

/// Appends to a string where it stands, when nobody else has it; else says no.
pub fn extend(own: &mut Value, more: &StrObj) -> bool {
    let Some(string) = own.unique_str() else {
        return false;
    };
    let chars = string.count_with(more);
    let len = string.len + more.len;
    if len > string.room {
        if !string.is_apart {
            *own = with_room(string, more, chars).into();
            return true;
        }
        string.grow(len);
    }
    // SAFETY: there is room for `len` bytes now; `more` is another object, as nobody else has this
    // one.
    unsafe {
        let end = string.place.add(string.len);
        end.copy_from_nonoverlapping(more.place, more.len);
    }
    string.len = len;
    string.chars.set(chars);
    string.hash.set(0);
    true
}

/// A string that is one followed by another one, with room for as much again.
fn with_room(head: &StrObj, tail: &StrObj, chars: u32) -> Ref<StrObj> {
    let len = head.len + tail.len;
    if len <= SHORT {
        return Ref::joined([head.text(), tail.text()], 2 * len, chars);
    }
    let mut text = String::with_capacity(2 * len);
    text.push_str(head.text());
    text.push_str(tail.text());
    Ref::apart(text, chars)
}

impl StrObj {
    /// Makes room for at least `len` bytes in the block that the text has for itself.
    fn grow(&mut self, len: usize) {
        let room = len.max(2 * self.room);
        // SAFETY: a text apart has a block of its own with this layout; the new size is not 0.
        let place = unsafe { realloc(self.place.as_ptr(), bytes(self.room), bytes(room).size()) };
        let Some(place) = NonNull::new(place) else {
            handle_alloc_error(bytes(room));
        };
        self.place = place;
        self.room = room;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Ref::text(text).into()
    }

    #[test]
    fn texts_of_every_length_are_kept() {
        for len in [0, 1, 7, 8, 9, SHORT, SHORT + 1, 5000] {
            let text = "x".repeat(len);
            assert_eq!(value(&text).as_str(), Some(text.as_str()));
            assert_eq!(Ref::owned_text(text.clone()).text(), text);
            let joined = Ref::concat(&Ref::text(&text), &Ref::text("é"));
            assert_eq!(joined.text(), format!("{text}é"));
        }
    }

    #[test]
    fn a_string_grows_where_it_stands() {
        let mut own = value("a");
        let mut expected = String::from("a");
        for round in 0..3000 {
            let more = ["b", "é", "", "twelve bytes"][round % 4];
            assert!(extend(&mut own, &Ref::text(more)));
            expected.push_str(more);
            let string = own.as_str_obj().expect("a string");
            assert_eq!(string.text(), expected);
            assert_eq!(string.char_count(), expected.chars().count());
        }
        let place = own.address();
        assert!(extend(&mut own, &Ref::text("!")));
        assert_eq!(own.address(), place);
        let mut long = Value::from(Ref::owned_text("y".repeat(SHORT + 1)));
        assert!(extend(&mut long, &Ref::text("z")));
        assert_eq!(long.as_str().map(str::len), Some(SHORT + 2));
    }

    #[test]
    fn a_string_that_somebody_else_has_does_not_change() {
        let mut own = value("a");
        let other = own.clone();
        assert!(!extend(&mut own, &Ref::text("b")));
        assert_eq!(other.as_str(), Some("a"));
    }
}
