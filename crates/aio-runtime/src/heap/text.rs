//! Strings: the object and its text in one block.
//!
//! The text of a string stands right behind the object, with no more room than it needs. Only a
//! string that grows (`s += t`, when nobody else has `s`) gets room to spare, and from a certain
//! length on a block of its own, which can be made larger and begins with how much room it has. A
//! long text that comes in a `String` stays where it is.
#![expect(
    unsafe_code,
    reason = "the text of a string stands behind it in its block"
)]

use super::{HeapBox, HeapType, Ref};
use crate::value::{Tag, Value};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error, realloc};
use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

/// A text of this length that comes in a `String` is copied behind its object; a longer one is
/// taken over.
const SHORT: usize = 128;

/// The count of code points that is not known (or does not fit).
pub(crate) const NOT_COUNTED: u32 = u32::MAX;

/// Text: UTF-8 with the number of code points and the hash kept once computed.
///
/// Invariant: at `place` are `len` bytes of UTF-8; where they stand is as `kind` says.
pub struct StrObj {
    place: NonNull<u8>,
    len: usize,
    /// 0 is "not computed".
    pub(crate) hash: Cell<i64>,
    /// Code points; see [`NOT_COUNTED`].
    pub(crate) chars: Cell<u32>,
    /// Whether this is the one string of its text in the table of names.
    pub interned: Cell<bool>,
    /// Whether a position in it was remembered: see [`StrObj::char_at`].
    pub(crate) has_cursor: Cell<bool>,
    kind: Kind,
    /// How many bytes more there are in the block, if the text stands behind the object.
    spare: u8,
}

/// Where the text of a string stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Right behind the object, in the block of its box, which has `len + spare` bytes for it.
    Behind,
    /// In a block of `len` bytes (none if that is 0).
    Apart,
    /// In a block that begins with a `usize`, how many bytes come after it; there the text begins.
    Growing,
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

/// The head of the block of a text that grows: how much room there is.
const HEAD: usize = size_of::<usize>();

/// The block of a text that grows.
fn growing(room: usize) -> Layout {
    let size = room.checked_add(HEAD);
    size.and_then(|size| Layout::from_size_align(size, align_of::<usize>()).ok())
        .expect("a text fits into the address space")
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
    fn object(place: NonNull<u8>, len: usize, chars: u32, kind: Kind, spare: u8) -> StrObj {
        StrObj {
            place,
            len,
            hash: Cell::new(0),
            chars: Cell::new(chars),
            interned: Cell::new(false),
            has_cursor: Cell::new(false),
            kind,
            spare,
        }
    }

    /// How many bytes the text may have where it stands.
    #[inline]
    fn room(&self) -> usize {
        match self.kind {
            Kind::Behind => self.len + usize::from(self.spare),
            Kind::Apart => self.len,
            // SAFETY: such a block begins with its room.
            Kind::Growing => unsafe { self.place.sub(HEAD).cast::<usize>().read() },
        }
    }
}

/// The bits of a character in ASCII.
const ASCII: u8 = 0x7f;

/// Writes the text of a string that is being made, from the beginning to the end.
///
/// Invariant: `left` bytes at `place` belong to the new string; all before them is UTF-8.
pub struct Pen {
    place: NonNull<u8>,
    left: usize,
}

/// Copies bytes from one place to another one. Most texts are short, and the way to the copy that
/// the system has is longer than they are.
///
/// # Safety
/// There are `len` bytes at both places, of which those at `to` are nobody else's.
#[inline(always)]
unsafe fn copy(from: NonNull<u8>, to: NonNull<u8>, len: usize) {
    /// Copies the first `N` bytes and the last `N`, which may overlap.
    ///
    /// # Safety
    /// As for [`copy`], and there are at least `N` and at most `2 * N` bytes.
    #[inline(always)]
    unsafe fn ends<const N: usize>(from: NonNull<u8>, to: NonNull<u8>, len: usize) {
        // SAFETY: the caller's promise; arrays of bytes stand anywhere.
        unsafe {
            let first = from.cast::<[u8; N]>().read();
            let last = from.add(len - N).cast::<[u8; N]>().read();
            to.cast::<[u8; N]>().write(first);
            to.add(len - N).cast::<[u8; N]>().write(last);
        }
    }
    // SAFETY: the caller's promise; each part takes the lengths that it is made for.
    unsafe {
        match len {
            0 => {}
            1 => to.write(from.read()),
            2..4 => ends::<2>(from, to, len),
            4..8 => ends::<4>(from, to, len),
            8..=16 => ends::<8>(from, to, len),
            _ => to.copy_from_nonoverlapping(from, len),
        }
    }
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
        unsafe { copy(NonNull::from(text).cast(), place, text.len()) }
    }

    /// Appends what becomes of each byte of a text, a character in ASCII.
    #[inline(always)]
    pub fn mapped(&mut self, bytes: &[u8], change: impl Fn(u8) -> u8) {
        let place = self.take(bytes.len());
        let places = place.cast::<MaybeUninit<u8>>().as_ptr();
        // SAFETY: `take` gives as many bytes, which nobody else has; they need not be written yet.
        let places = unsafe { std::slice::from_raw_parts_mut(places, bytes.len()) };
        for (place, byte) in places.iter_mut().zip(bytes) {
            // What is written is UTF-8, whatever the byte.
            place.write(change(*byte) & ASCII);
        }
    }

    /// Appends bytes, each a character in ASCII.
    #[inline(always)]
    pub fn ascii(&mut self, bytes: impl ExactSizeIterator<Item = u8>) {
        let len = bytes.len();
        let place = self.take(len);
        let mut count = 0;
        for byte in bytes.take(len) {
            // SAFETY: as in `text`, below `len`; what is written is UTF-8, whatever the byte.
            unsafe { place.add(count).write(byte & ASCII) }
            count += 1;
        }
        assert_eq!(count, len, "there are as many bytes as was said");
    }
}

impl Ref<StrObj> {
    /// A string of `len` bytes that are written now, with room for a few more.
    #[inline(always)]
    fn made(len: usize, spare: u8, chars: u32, write: impl FnOnce(&mut Pen)) -> Ref<StrObj> {
        let layout = block(len.saturating_add(spare.into()));
        // SAFETY: the block has room for a box of a string and more than `len` bytes behind it; the first
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
                data: StrObj::object(place, len, chars, Kind::Behind, spare),
            });
            Ref::from_raw(pointer)
        }
    }

    /// A string with a copy of texts, one behind the other, and room for some more.
    #[inline(always)]
    fn joined<const N: usize>(texts: [&str; N], spare: u8, chars: u32) -> Ref<StrObj> {
        let len = texts.iter().map(|text| text.len()).sum::<usize>();
        Ref::made(len, spare, chars, |pen| {
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
        // The block is the text's: as large as that, of single bytes.
        let text = Box::leak(text.into_boxed_str());
        let (place, len) = (NonNull::from(&mut *text).cast(), text.len());
        Ref::new(StrObj::object(place, len, NOT_COUNTED, Kind::Apart, 0))
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
            let string = &pointer.as_ref().data;
            let (place, room) = (string.place, string.room());
            match string.kind {
                Kind::Behind => return dealloc(pointer.as_ptr().cast(), block(room)),
                Kind::Apart if room == 0 => {}
                Kind::Apart => dealloc(place.as_ptr(), bytes(room)),
                Kind::Growing => dealloc(place.sub(HEAD).as_ptr(), growing(room)),
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
    if len > string.room() {
        match string.kind {
            Kind::Growing => string.grow(len),
            Kind::Behind if len <= SHORT => {
                *own = Ref::joined([string.text(), more.text()], len as u8, chars).into();
                return true;
            }
            Kind::Behind | Kind::Apart => {
                *own = string.with_room(len, chars).into();
                return extend(own, more);
            }
        }
    }
    // SAFETY: there is room for `len` bytes now; `more` is another object, as nobody else has this
    // one.
    unsafe {
        let end = string.place.add(string.len);
        copy(more.place, end, more.len);
    }
    if string.kind == Kind::Behind {
        // There was room to spare for all of it.
        string.spare -= more.len as u8;
    }
    string.len = len;
    string.chars.set(chars);
    string.hash.set(0);
    true
}

impl StrObj {
    /// A string with a copy of the text, which may grow to `len` bytes, and to as many again.
    fn with_room(&self, len: usize, chars: u32) -> Ref<StrObj> {
        let room = 2 * len;
        // SAFETY: the block has room for its head and `room` bytes, of which the first are written.
        let place = unsafe {
            let Some(block) = NonNull::new(alloc(growing(room))) else {
                handle_alloc_error(growing(room));
            };
            block.cast::<usize>().write(room);
            let place = block.add(HEAD);
            place.copy_from_nonoverlapping(self.place, self.len);
            place
        };
        Ref::new(StrObj::object(place, self.len, chars, Kind::Growing, 0))
    }

    /// Makes room for at least `len` bytes in the block of a text that grows.
    fn grow(&mut self, len: usize) {
        let before = self.room();
        let room = len.max(2 * before);
        // SAFETY: such a text has a block with this layout; the new size is not 0.
        self.place = unsafe {
            let block = self.place.sub(HEAD).as_ptr();
            let Some(block) = NonNull::new(realloc(block, growing(before), growing(room).size()))
            else {
                handle_alloc_error(growing(room));
            };
            block.cast::<usize>().write(room);
            block.add(HEAD)
        };
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
