//! Strings, bytes, large ints and complex numbers.

use crate::heap::HeapType;
use crate::value::Tag;
use num_bigint::BigInt;
use std::cell::Cell;

/// Text: UTF-8 with the number of code points and the hash kept once computed.
pub struct StrObj {
    text: String,
    /// Code points; `usize::MAX` is "not counted".
    chars: Cell<usize>,
    /// 0 is "not computed".
    hash: Cell<i64>,
    /// Whether this is the one string of its text in the table of names.
    pub interned: Cell<bool>,
}

impl StrObj {
    /// Wraps text.
    #[inline]
    pub fn new(text: String) -> StrObj {
        StrObj {
            text,
            chars: Cell::new(usize::MAX),
            hash: Cell::new(0),
            interned: Cell::new(false),
        }
    }

    /// Wraps text whose number of code points is known.
    #[inline]
    pub fn with_chars(text: String, chars: usize) -> StrObj {
        StrObj {
            text,
            chars: Cell::new(chars),
            hash: Cell::new(0),
            interned: Cell::new(false),
        }
    }

    /// The text.
    #[inline(always)]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number of code points.
    #[inline]
    pub fn char_count(&self) -> usize {
        if self.chars.get() == usize::MAX {
            self.chars.set(if self.text.is_ascii() {
                self.text.len()
            } else {
                self.text.chars().count()
            });
        }
        self.chars.get()
    }

    /// Whether every code point is one byte, so that indexes are byte offsets.
    #[inline]
    pub fn is_ascii(&self) -> bool {
        self.char_count() == self.text.len()
    }

    /// Appends in place (the caller is the only owner).
    pub fn push_str(&mut self, other: &StrObj) {
        let known = self.chars.get() != usize::MAX && other.chars.get() != usize::MAX;
        self.text.push_str(&other.text);
        self.interned.set(false);
        self.chars.set(if known {
            self.chars.get() + other.chars.get()
        } else {
            usize::MAX
        });
        self.hash.set(0);
    }

    /// `hash()` of the text; never 0.
    #[inline]
    pub fn hash(&self) -> i64 {
        if self.hash.get() == 0 {
            self.hash.set(hash_bytes(self.text.as_bytes()));
        }
        self.hash.get()
    }
}

/// The hash of text and bytes (CPython's is seeded per process, so no program can depend on it).
pub fn hash_bytes(bytes: &[u8]) -> i64 {
    use std::hash::Hasher;
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(bytes);
    let hash = hasher.finish() as i64;
    if hash == 0 || hash == -1 { 7 } else { hash }
}

impl HeapType for StrObj {
    const TAG: Tag = Tag::Str;
}

/// An int beyond 64 bits.
pub struct BigIntObj(pub BigInt);

impl HeapType for BigIntObj {
    const TAG: Tag = Tag::BigInt;
}

/// A complex number.
pub struct ComplexObj {
    /// The real part.
    pub re: f64,
    /// The imaginary part.
    pub im: f64,
}

impl HeapType for ComplexObj {
    const TAG: Tag = Tag::Complex;
}

/// Bytes.
pub struct BytesObj {
    data: Box<[u8]>,
    hash: Cell<i64>,
}

impl BytesObj {
    /// Wraps bytes.
    pub fn new(data: impl Into<Box<[u8]>>) -> BytesObj {
        BytesObj {
            data: data.into(),
            hash: Cell::new(0),
        }
    }

    /// The bytes.
    #[inline(always)]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// `hash()` of the bytes; never 0.
    pub fn hash(&self) -> i64 {
        if self.hash.get() == 0 {
            self.hash.set(hash_bytes(&self.data));
        }
        self.hash.get()
    }
}

impl HeapType for BytesObj {
    const TAG: Tag = Tag::Bytes;
}
