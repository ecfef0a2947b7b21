//! The value: sixteen bytes, a tag and a payload, with an intrusive reference count.
//!
//! A value is either immediate (`None`, a bool, a 64-bit int, a float, ...) or a counted pointer
//! to a heap box. The tags are ordered so that "is on the heap" is one comparison; clone and drop
//! are inlined to that comparison and an increment or decrement, and freeing is out of line.
//! (A derived enum spends more than a third of a sieve in its out-of-line drop; this is the
//! place where `unsafe` pays.)
//!
//! Outside this module and `heap` nothing depends on the representation: everything goes through
//! the accessors (`as_int`, `Value::int`, `as_list`, ...).
//!
//! Invariant: a value with a heap tag points to a live `HeapBox<T>` where `T::TAG` is that tag,
//! and owns one count of it.
#![expect(unsafe_code, reason = "the value and its reference count live here")]

use crate::heap::{self, HeapBox, HeapType, Ref};
use crate::objects::*;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// The kind of a value. Heap kinds come last, so that one comparison tells them.
#[repr(u64)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Tag {
    /// No value: an unbound local, an empty cell. Never visible to a script.
    Unset,
    /// `None`
    None,
    /// `True`, `False`
    Bool,
    /// An int that fits 64 bits.
    Int,
    /// A float.
    Float,
    /// `NotImplemented`
    NotImplemented,
    /// `...`
    Ellipsis,
    /// A string (the first heap kind).
    Str,
    /// An int that does not fit 64 bits.
    BigInt,
    /// A complex number.
    Complex,
    /// Bytes.
    Bytes,
    /// A range.
    Range,
    /// A slice object.
    Slice,
    /// A tuple.
    Tuple,
    /// A list.
    List,
    /// A dict.
    Dict,
    /// A set or frozenset.
    Set,
    /// A view of a dict.
    View,
    /// A function written in the language.
    Func,
    /// A method bound to its receiver.
    Method,
    /// A function written in Rust.
    Native,
    /// Property, staticmethod, classmethod, built-in attribute.
    Descr,
    /// A class.
    Class,
    /// An instance of a class (exceptions and built-in library objects too).
    Instance,
    /// A variable shared between functions.
    Cell,
    /// A generator, coroutine or async generator.
    Coroutine,
    /// A future or task.
    Future,
    /// A built-in iterator.
    Iter,
    /// A module.
    Module,
}

const FIRST_HEAP: Tag = Tag::Str;

/// Any value of the language.
#[repr(C)]
pub struct Value {
    tag: Tag,
    bits: u64,
}

impl Clone for Value {
    #[inline(always)]
    fn clone(&self) -> Self {
        if self.tag >= FIRST_HEAP {
            // SAFETY: a heap tag means that `bits` points to a live heap box (module invariant);
            // every heap box starts with its count.
            unsafe { heap::increment(self.pointer()) }
        }
        Value {
            tag: self.tag,
            bits: self.bits,
        }
    }
}

impl Drop for Value {
    #[inline(always)]
    fn drop(&mut self) {
        if self.tag >= FIRST_HEAP {
            // SAFETY: as in `clone`; the count this value owned is given up here, once.
            unsafe {
                if heap::decrement(self.pointer()) {
                    std::hint::cold_path();
                    heap::free(self.tag, self.pointer());
                }
            }
        }
    }
}

impl Value {
    /// No value.
    pub const UNSET: Value = Value {
        tag: Tag::Unset,
        bits: 0,
    };
    /// `None`
    pub const NONE: Value = Value {
        tag: Tag::None,
        bits: 0,
    };
    /// `True`
    pub const TRUE: Value = Value {
        tag: Tag::Bool,
        bits: 1,
    };
    /// `False`
    pub const FALSE: Value = Value {
        tag: Tag::Bool,
        bits: 0,
    };
    /// `NotImplemented`
    pub const NOT_IMPLEMENTED: Value = Value {
        tag: Tag::NotImplemented,
        bits: 0,
    };
    /// `...`
    pub const ELLIPSIS: Value = Value {
        tag: Tag::Ellipsis,
        bits: 0,
    };

    /// An int.
    #[inline(always)]
    pub const fn int(value: i64) -> Value {
        Value {
            tag: Tag::Int,
            bits: value as u64,
        }
    }

    /// A float.
    #[inline(always)]
    pub const fn float(value: f64) -> Value {
        Value {
            tag: Tag::Float,
            bits: value.to_bits(),
        }
    }

    /// A bool.
    #[inline(always)]
    pub const fn bool(value: bool) -> Value {
        Value {
            tag: Tag::Bool,
            bits: value as u64,
        }
    }

    /// The kind.
    #[inline(always)]
    pub fn tag(&self) -> Tag {
        self.tag
    }

    #[inline(always)]
    fn pointer(&self) -> NonNull<u8> {
        // SAFETY: called for heap tags only; a heap pointer is never null.
        unsafe { NonNull::new_unchecked(self.bits as *mut u8) }
    }

    /// The heap object as a typed borrow, if it is of that kind.
    #[inline(always)]
    pub fn as_heap<T: HeapType>(&self) -> Option<&T> {
        if self.tag == T::TAG {
            // SAFETY: the tag is `T::TAG`, so the box holds a `T`, alive as long as this value.
            Some(unsafe { &self.pointer().cast::<HeapBox<T>>().as_ref().data })
        } else {
            None
        }
    }

    /// The heap object as an owning typed pointer, if it is of that kind.
    #[inline(always)]
    pub fn to_ref<T: HeapType>(&self) -> Option<Ref<T>> {
        if self.tag == T::TAG {
            let own = ManuallyDrop::new(self.clone());
            // SAFETY: the count of the clone moves into the `Ref`.
            Some(unsafe { Ref::from_raw(own.pointer().cast()) })
        } else {
            None
        }
    }

    /// The heap object as a borrowed owning pointer, if it is of that kind.
    #[inline(always)]
    pub fn borrow_ref<T: HeapType>(&self) -> Option<&Ref<T>> {
        if self.tag == T::TAG {
            // SAFETY: the tag says that `bits` is a pointer to a box of `T`, which is all that a
            // `Ref<T>` is (`repr(transparent)`); the count stays this value's.
            Some(unsafe { &*std::ptr::from_ref(&self.bits).cast::<Ref<T>>() })
        } else {
            None
        }
    }

    /// Turns the value into an owning typed pointer, if it is of that kind.
    #[inline(always)]
    pub fn into_ref<T: HeapType>(self) -> Result<Ref<T>, Value> {
        if self.tag == T::TAG {
            let own = ManuallyDrop::new(self);
            // SAFETY: the tag names the type, and the count moves into the `Ref`.
            Ok(unsafe { Ref::from_raw(own.pointer().cast()) })
        } else {
            Err(self)
        }
    }

    /// Makes a value of an owning typed pointer.
    #[inline(always)]
    pub fn from_ref<T: HeapType>(pointer: Ref<T>) -> Value {
        Value {
            tag: T::TAG,
            bits: pointer.into_raw().as_ptr() as u64,
        }
    }

    /// Allocates a heap object.
    #[inline(always)]
    pub fn new<T: HeapType>(data: T) -> Value {
        Value::from_ref(Ref::new(data))
    }

    /// Rebuilds a value from a box that the heap hands over (its count is taken over).
    ///
    /// # Safety
    /// `pointer` is a live heap box of kind `tag`, and one count of it becomes this value's.
    pub(crate) unsafe fn from_raw_parts(tag: Tag, pointer: NonNull<u8>) -> Value {
        Value {
            tag,
            bits: pointer.as_ptr() as u64,
        }
    }

    /// The address of the heap object (0 for an immediate): for identity and the collector.
    #[inline(always)]
    pub fn address(&self) -> usize {
        if self.tag >= FIRST_HEAP {
            self.bits as usize
        } else {
            0
        }
    }

    /// Whether the value lives on the heap.
    #[inline(always)]
    pub fn is_heap(&self) -> bool {
        self.tag >= FIRST_HEAP
    }

    /// How many counted references the heap object has (1 for an immediate).
    #[inline(always)]
    pub fn ref_count(&self) -> u32 {
        if self.tag >= FIRST_HEAP {
            // SAFETY: a heap tag means a live box.
            unsafe { heap::count(self.pointer()) }
        } else {
            1
        }
    }

    /// `is`: the same object. Small ints and floats compare by value, as their identity is
    /// not observable otherwise here.
    #[inline(always)]
    pub fn is(&self, other: &Value) -> bool {
        self.tag == other.tag && self.bits == other.bits
    }

    /// Whether there is no value.
    #[inline(always)]
    pub fn is_unset(&self) -> bool {
        self.tag == Tag::Unset
    }

    /// `is None`
    #[inline(always)]
    pub fn is_none(&self) -> bool {
        self.tag == Tag::None
    }

    /// `is NotImplemented`
    #[inline(always)]
    pub fn is_not_implemented(&self) -> bool {
        self.tag == Tag::NotImplemented
    }

    /// The int, if it is one of 64 bits (bools do not count: see [`Value::as_index`]).
    #[inline(always)]
    pub fn as_int(&self) -> Option<i64> {
        if self.tag == Tag::Int {
            Some(self.bits as i64)
        } else {
            None
        }
    }

    /// The int or bool as an int of 64 bits.
    #[inline(always)]
    pub fn as_index(&self) -> Option<i64> {
        if self.tag == Tag::Int || self.tag == Tag::Bool {
            Some(self.bits as i64)
        } else {
            None
        }
    }

    /// The float.
    #[inline(always)]
    pub fn as_float(&self) -> Option<f64> {
        if self.tag == Tag::Float {
            Some(f64::from_bits(self.bits))
        } else {
            None
        }
    }

    /// The bool.
    #[inline(always)]
    pub fn as_bool(&self) -> Option<bool> {
        if self.tag == Tag::Bool {
            Some(self.bits != 0)
        } else {
            None
        }
    }

    /// Takes the value out, leaving none.
    #[inline(always)]
    pub fn take(&mut self) -> Value {
        std::mem::replace(self, Value::UNSET)
    }
}

macro_rules! accessors {
    ($($as_x:ident, $to_x:ident, $type:ty;)*) => {
        impl Value { $(
            /// The object as a borrow, if it is of that kind.
            #[inline(always)]
            pub fn $as_x(&self) -> Option<&$type> { self.as_heap() }
            /// The object as an owning pointer, if it is of that kind.
            #[inline(always)]
            pub fn $to_x(&self) -> Option<Ref<$type>> { self.to_ref() }
        )* }
    };
}

accessors! {
    as_str_obj, to_str_obj, StrObj;
    as_bigint, to_bigint, BigIntObj;
    as_complex, to_complex, ComplexObj;
    as_bytes_obj, to_bytes_obj, BytesObj;
    as_range, to_range, RangeObj;
    as_slice, to_slice, SliceObj;
    as_tuple, to_tuple, TupleObj;
    as_list, to_list, ListObj;
    as_dict, to_dict, DictObj;
    as_set, to_set, SetObj;
    as_view, to_view, ViewObj;
    as_func, to_func, FuncObj;
    as_method, to_method, MethodObj;
    as_native, to_native, NativeObj;
    as_descr, to_descr, DescrObj;
    as_class, to_class, ClassObj;
    as_instance, to_instance, InstanceObj;
    as_cell, to_cell, CellObj;
    as_coroutine, to_coroutine, CoroutineObj;
    as_future, to_future, FutureObj;
    as_iter, to_iter, IterObj;
    as_module, to_module, ModuleObj;
}

impl Value {
    /// The text, if it is a string.
    #[inline(always)]
    pub fn as_str(&self) -> Option<&str> {
        self.as_str_obj().map(|s| s.text())
    }
}

impl Value {
    /// The string, to be changed in place, when this is its only owner.
    #[inline]
    pub fn unique_str(&mut self) -> Option<&mut StrObj> {
        if self.tag == Tag::Str && self.ref_count() == 1 {
            // SAFETY: the tag says that the box holds a `StrObj`, and the count of one, with
            // `&mut self`, that no other borrow of it exists.
            Some(unsafe { &mut self.pointer().cast::<HeapBox<StrObj>>().as_mut().data })
        } else {
            None
        }
    }

    /// The tuple, to be filled again, when this is its only owner.
    #[inline]
    pub fn unique_tuple(&mut self) -> Option<&mut TupleObj> {
        if self.tag == Tag::Tuple && self.ref_count() == 1 {
            // SAFETY: as in `unique_str`.
            Some(unsafe { &mut self.pointer().cast::<HeapBox<TupleObj>>().as_mut().data })
        } else {
            None
        }
    }

    /// The large int, to be changed in place, when this is its only owner. (What comes out may
    /// fit 64 bits: the caller sees to that.)
    #[inline]
    pub fn unique_bigint(&mut self) -> Option<&mut BigIntObj> {
        if self.tag == Tag::BigInt && self.ref_count() == 1 {
            // SAFETY: as in `unique_str`.
            Some(unsafe { &mut self.pointer().cast::<HeapBox<BigIntObj>>().as_mut().data })
        } else {
            None
        }
    }
}

impl<T: HeapType> From<Ref<T>> for Value {
    #[inline(always)]
    fn from(pointer: Ref<T>) -> Value {
        Value::from_ref(pointer)
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}({:#x})", self.tag, self.bits)
    }
}
