//! Bytes: the object and its bytes in one block.
//!
//! The bytes stand right behind the object: one allocation for both. Many bytes that come in a
//! `Vec` stay where they are.
#![expect(unsafe_code, reason = "bytes stand behind their object in its block")]

use super::{HeapBox, HeapType, Ref};
use crate::value::{Tag, Value};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::borrow::Cow;
use std::cell::Cell;
use std::ptr::NonNull;

/// So many bytes that come in a `Vec` are copied behind their object; more are taken over.
const SHORT: usize = 128;

/// Bytes.
///
/// Invariant: at `place` are `len` bytes; either they stand behind the box in its block, or they
/// are `apart`, in a block of that size (none if that is 0).
pub struct BytesObj {
    place: NonNull<u8>,
    len: usize,
    /// 0 is "not computed".
    pub(crate) hash: Cell<i64>,
    apart: bool,
}

impl BytesObj {
    /// The bytes.
    #[inline(always)]
    pub fn data(&self) -> &[u8] {
        // SAFETY: the invariant of the type.
        unsafe { std::slice::from_raw_parts(self.place.as_ptr(), self.len) }
    }
}

/// The block of an object with so many bytes behind it.
#[inline(always)]
fn block(len: usize) -> Layout {
    let size = size_of::<HeapBox<BytesObj>>().checked_add(len);
    size.and_then(|size| Layout::from_size_align(size, align_of::<HeapBox<BytesObj>>()).ok())
        .expect("bytes fit into the address space")
}

impl Ref<BytesObj> {
    /// A copy of bytes.
    #[inline]
    pub fn bytes(data: &[u8]) -> Ref<BytesObj> {
        Ref::joined_bytes([data])
    }

    /// A copy of bytes that stand in several places, one behind the other.
    #[inline(always)]
    pub fn joined_bytes<const N: usize>(parts: [&[u8]; N]) -> Ref<BytesObj> {
        let len = parts.iter().map(|part| part.len()).sum();
        let layout = block(len);
        // SAFETY: the block has room for a box and `len` bytes behind it, all of which are written:
        // the parts have that many together. The box has the count of the pointer that is returned.
        unsafe {
            let Some(pointer) = NonNull::new(alloc(layout).cast::<HeapBox<BytesObj>>()) else {
                handle_alloc_error(layout);
            };
            let place = pointer.add(1).cast::<u8>();
            let mut end = place;
            for part in parts {
                end.copy_from_nonoverlapping(NonNull::from(part).cast(), part.len());
                end = end.add(part.len());
            }
            pointer.write(HeapBox {
                count: Cell::new(1),
                registry: Cell::new(0),
                data: BytesObj {
                    place,
                    len,
                    hash: Cell::new(0),
                    apart: false,
                },
            });
            Ref::from_raw(pointer)
        }
    }

    /// Bytes that are taken over.
    pub fn owned_bytes(data: Vec<u8>) -> Ref<BytesObj> {
        if data.len() <= SHORT {
            return Ref::bytes(&data);
        }
        // The block is theirs: as large as they are.
        let data = Box::leak(data.into_boxed_slice());
        Ref::new(BytesObj {
            len: data.len(),
            place: NonNull::from(data).cast(),
            hash: Cell::new(0),
            apart: true,
        })
    }
}

impl Value {
    /// Bytes: a copy of what is borrowed, or what is given.
    #[inline]
    pub fn bytes<'a>(data: impl Into<Cow<'a, [u8]>>) -> Value {
        match data.into() {
            Cow::Borrowed(data) => Ref::bytes(data).into(),
            Cow::Owned(data) => Ref::owned_bytes(data).into(),
        }
    }
}

impl HeapType for BytesObj {
    const TAG: Tag = Tag::Bytes;

    unsafe fn release(pointer: NonNull<HeapBox<BytesObj>>) {
        // SAFETY: the caller's promise: the box is alive and nobody else refers to it. What is
        // given back was asked for with the same layout (the invariant of the type).
        unsafe {
            let BytesObj {
                place, len, apart, ..
            } = pointer.as_ref().data;
            if apart {
                drop(Box::from_raw(
                    NonNull::slice_from_raw_parts(place, len).as_ptr(),
                ));
            }
            let behind = if apart { 0 } else { len };
            dealloc(pointer.as_ptr().cast(), block(behind));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_every_length_are_kept() {
        for len in [0, 1, 7, 8, SHORT, SHORT + 1, 5000] {
            let data: Vec<u8> = (0..len).map(|at| at as u8).collect();
            assert_eq!(Ref::bytes(&data).data(), data);
            assert_eq!(Ref::owned_bytes(data.clone()).data(), data);
            let joined = Ref::joined_bytes([&data, b"", b"end"]);
            assert_eq!(joined.data(), [&data[..], b"end"].concat());
            for value in [Value::bytes(&data), Value::bytes(data.clone())] {
                assert_eq!(value.as_bytes_obj().map(BytesObj::data), Some(&data[..]));
            }
        }
    }
}
