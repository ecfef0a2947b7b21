//! The heap: reference-counted boxes, their release, and the queue of finalizers.
//!
//! Every heap object is a [`HeapBox`]: a count, the index in the registry of the cycle collector
//! (0 when it is not tracked), and the data. [`Ref`] is the typed owning pointer, `Value` the
//! tagged one.
//!
//! Release is iterative: freeing a container drops its children, which may free them in turn;
//! up to a small native depth this recurses, beyond it the boxes go to a work list that the
//! outermost release empties. So a million nested lists are dropped without deep recursion.
//!
//! Release never runs code of the script. An object that has something to say when it dies (an
//! instance whose class has `__del__`, a suspended generator with a `finally`, a coroutine that
//! was never awaited, a failed task) is revived and put on the finalizer queue; the evaluator
//! empties the queue at the next safe point (the end of a statement).
#![expect(unsafe_code, reason = "counted boxes are made and freed here")]

#[cfg(not(target_family = "wasm"))]
mod allocator;
pub mod bytes;
mod cell;
pub mod collector;
mod frames;
#[cfg(target_os = "linux")]
mod fresh;
pub mod last_words;
#[cfg(not(target_family = "wasm"))]
pub mod memory;
pub mod text;
pub mod tuples;
pub mod weak;

#[cfg(not(target_family = "wasm"))]
pub use allocator::Allocator;
pub use cell::GcCell;

use crate::objects::*;
use crate::value::{Tag, Value};
use std::cell::{Cell, UnsafeCell};
use std::hint::cold_path;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What can live in a heap box.
pub trait HeapType: Sized + 'static {
    /// The tag of values that point to it.
    const TAG: Tag;
    /// Whether it can be part of a cycle and is registered with the collector.
    const TRACKED: bool = false;
    /// Reports every counted reference it holds, each exactly once.
    fn visit(&self, _visitor: &mut dyn FnMut(&Value)) {}
    /// As [`HeapType::visit`], of the values that stand behind the object in its block.
    fn visit_behind(_object: &Ref<Self>, _visitor: &mut dyn FnMut(&Value)) {}
    /// Frees the box.
    ///
    /// # Safety
    /// `pointer` is a box with count 0 that nobody refers to.
    unsafe fn release(pointer: NonNull<HeapBox<Self>>) {
        // SAFETY: made by `Box::leak` in `Ref::new`; the last owner is gone.
        drop(unsafe { Box::from_raw(pointer.as_ptr()) });
    }
    /// Whether it is alive for sure, so that no collection needs to look into it.
    fn is_root(&self) -> bool {
        false
    }
    /// Gives up references so that a cycle falls apart (only called on garbage).
    fn clear(&self) {}
    /// As [`HeapType::clear`], of the values that stand behind the object in its block.
    fn clear_behind(_object: &Ref<Self>) {}
    /// The flag of an object that can be referred to weakly: whether somebody does.
    fn weak_flag(&self) -> Option<&Cell<bool>> {
        None
    }
    /// Whether the object must be seen by the evaluator before it is freed.
    fn needs_finalizer(&self) -> bool {
        false
    }
}

/// A counted box.
#[repr(C)]
pub struct HeapBox<T> {
    count: Cell<u32>,
    /// Index in the collector's registry, plus one; 0 is "not tracked".
    registry: Cell<u32>,
    pub(crate) data: T,
}

#[repr(C)]
struct Header {
    count: Cell<u32>,
    registry: Cell<u32>,
}

/// # Safety
/// `pointer` is a live heap box.
#[inline(always)]
pub(crate) unsafe fn increment(pointer: NonNull<u8>) {
    // SAFETY: every heap box starts with a `Header` (`repr(C)`).
    let header = unsafe { pointer.cast::<Header>().as_ref() };
    header.count.set(header.count.get().wrapping_add(1));
}

/// Gives up one count; true when it was the last.
///
/// # Safety
/// `pointer` is a live heap box and the caller owns a count.
#[inline(always)]
pub(crate) unsafe fn decrement(pointer: NonNull<u8>) -> bool {
    // SAFETY: as in `increment`.
    let header = unsafe { pointer.cast::<Header>().as_ref() };
    let count = header.count.get().wrapping_sub(1);
    header.count.set(count);
    count == 0
}

/// # Safety
/// `pointer` is a live heap box.
#[inline(always)]
pub(crate) unsafe fn count(pointer: NonNull<u8>) -> u32 {
    // SAFETY: as in `increment`.
    unsafe { pointer.cast::<Header>().as_ref() }.count.get()
}

/// How deep release may recurse natively before it queues.
const RELEASE_DEPTH: u32 = 100;

/// A box with count 0 that waits to be freed.
type Dead = (Tag, NonNull<u8>);

struct Local {
    depth: Cell<u32>,
    waiting: UnsafeCell<ManuallyDrop<Vec<Dead>>>,
    finalizers: UnsafeCell<ManuallyDrop<Vec<Value>>>,
    attention: Cell<Option<&'static Arc<AtomicBool>>>,
}

thread_local! {
    static LOCAL: Local = const {
        Local {
            depth: Cell::new(0),
            waiting: UnsafeCell::new(ManuallyDrop::new(Vec::new())),
            finalizers: UnsafeCell::new(ManuallyDrop::new(Vec::new())),
            attention: Cell::new(None),
        }
    };
}

/// The flag that says that something waits for the next safe point of this thread's interpreter:
/// finalizers, a collection, a signal. It lives for ever.
pub fn attention_flag() -> &'static AtomicBool {
    attention_arc()
}

/// As [`attention_flag`], to be shared with a signal handler.
pub fn attention_arc() -> &'static Arc<AtomicBool> {
    LOCAL.with(|local| match local.attention.get() {
        Some(flag) => flag,
        None => {
            let flag: &'static Arc<AtomicBool> = Box::leak(Box::default());
            local.attention.set(Some(flag));
            flag
        }
    })
}

/// Asks for (or takes back the request for) attention at the next safe point.
pub fn set_attention(wanted: bool) {
    attention_flag().store(wanted, Ordering::Relaxed);
}

/// Takes the objects whose finalizers are due, in the order in which they died.
pub fn take_finalizers() -> Vec<Value> {
    // SAFETY: the queue is touched only by short operations that do not re-enter.
    LOCAL.with(|local| unsafe { std::mem::take(&mut **local.finalizers.get()) })
}

/// Frees a box whose count fell to zero (or revives it for its finalizer).
///
/// # Safety
/// `pointer` is a heap box of kind `tag` with count 0 that nobody else refers to.
#[inline(never)]
pub(crate) unsafe fn free(tag: Tag, pointer: NonNull<u8>) {
    if tag <= Tag::Bytes {
        // Texts and numbers own nothing that could go deeper.
        // SAFETY: the caller's promise.
        unsafe { free_now(tag, pointer) };
        return;
    }
    let depth = LOCAL.with(|local| local.depth.replace(local.depth.get() + 1));
    if depth < RELEASE_DEPTH {
        // SAFETY: the caller's promise.
        unsafe { free_now(tag, pointer) };
    } else {
        // SAFETY: short, not re-entered.
        LOCAL.with(|local| unsafe { (**local.waiting.get()).push((tag, pointer)) });
    }
    LOCAL.with(|local| local.depth.set(depth));
    if depth == 0 {
        free_waiting();
    }
}

/// Frees what waits for the outermost release to end.
#[inline(always)]
fn free_waiting() {
    // SAFETY: the borrow of the list ends before anything is freed.
    while let Some((tag, pointer)) = LOCAL.with(|local| unsafe { (**local.waiting.get()).pop() }) {
        cold_path();
        LOCAL.with(|local| local.depth.set(1));
        // SAFETY: boxes on the list have count 0 and no other owner.
        unsafe { free(tag, pointer) };
        LOCAL.with(|local| local.depth.set(0));
    }
}

/// # Safety
/// As for [`free`].
#[inline(always)]
unsafe fn free_now(tag: Tag, pointer: NonNull<u8>) {
    macro_rules! by_tag {
        ($($tag:ident => $type:ty,)*) => {
            match tag {
                // SAFETY: the tag names the type of the box; the rest is the caller's promise.
                $(Tag::$tag => unsafe { free_typed::<$type>(pointer.cast()) },)*
                Tag::Unset | Tag::None | Tag::Bool | Tag::Int | Tag::Float
                | Tag::NotImplemented | Tag::Ellipsis => {}
            }
        };
    }
    with_heap_types!(by_tag)
}

/// The table of heap kinds: tag → type.
macro_rules! with_heap_types {
    ($do:ident) => {
        $do! {
            Str => StrObj, BigInt => BigIntObj, Complex => ComplexObj, Bytes => BytesObj,
            Range => RangeObj, Slice => SliceObj, Tuple => TupleObj, List => ListObj,
            Dict => DictObj, Set => SetObj, View => ViewObj, Func => FuncObj,
            Method => MethodObj, Native => NativeObj, Descr => DescrObj, Class => ClassObj,
            Instance => InstanceObj, Cell => CellObj, Coroutine => CoroutineObj,
            Future => FutureObj, Iter => IterObj, Module => ModuleObj,
        }
    };
}
pub(crate) use with_heap_types;

/// # Safety
/// `pointer` is a box of `T` with count 0 that nobody else refers to.
#[inline(always)]
unsafe fn free_typed<T: HeapType>(pointer: NonNull<HeapBox<T>>) {
    // SAFETY: the box is alive until `Box::from_raw` below.
    let boxed = unsafe { pointer.as_ref() };
    if boxed.data.needs_finalizer() {
        boxed.count.set(1);
        // SAFETY: the count just set becomes the queue's.
        let value = unsafe { Value::from_raw_parts(T::TAG, pointer.cast()) };
        LOCAL.with(|local| {
            // SAFETY: short, not re-entered.
            unsafe { (**local.finalizers.get()).push(value) };
            set_attention(true);
        });
        return;
    }
    if boxed.data.weak_flag().is_some_and(Cell::get) {
        weak::forget(pointer.cast());
    }
    if T::TRACKED && boxed.registry.get() != 0 {
        collector::unregister(boxed.registry.get());
    }
    // SAFETY: the caller's promise.
    unsafe { T::release(pointer) };
}

/// Has the processor fetch what is at an address (two lines of its cache), for whoever reads it
/// soon. It is a hint, and none at all for processors that we do not know.
#[inline(always)]
pub fn prefetch<T>(pointer: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let first = pointer.cast::<i8>();
        // SAFETY: nothing is read, whatever the address.
        unsafe {
            _mm_prefetch(first, _MM_HINT_T0);
            _mm_prefetch(first.wrapping_add(64), _MM_HINT_T0);
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = pointer;
}

/// A typed owning pointer to a heap box.
#[repr(transparent)]
pub struct Ref<T: HeapType> {
    pointer: NonNull<HeapBox<T>>,
}

impl<T: HeapType> Ref<T> {
    /// Allocates a box with count 1.
    #[inline(always)]
    pub fn new(data: T) -> Ref<T> {
        let boxed = Box::new(HeapBox {
            count: Cell::new(1),
            registry: Cell::new(0),
            data,
        });
        let pointer = NonNull::from(Box::leak(boxed));
        if T::TRACKED {
            let index = collector::register(T::TAG, pointer.cast());
            // SAFETY: just made.
            unsafe { pointer.as_ref() }.registry.set(index);
        }
        Ref { pointer }
    }

    /// # Safety
    /// `pointer` is a live box; one count of it becomes this pointer's.
    #[inline(always)]
    pub(crate) unsafe fn from_raw(pointer: NonNull<HeapBox<T>>) -> Ref<T> {
        Ref { pointer }
    }

    #[inline(always)]
    pub(crate) fn into_raw(self) -> NonNull<HeapBox<T>> {
        ManuallyDrop::new(self).pointer
    }

    /// The address: identity.
    #[inline(always)]
    pub fn address(&self) -> usize {
        self.pointer.as_ptr() as usize
    }

    /// Whether both point to the same object.
    #[inline(always)]
    pub fn same(&self, other: &Ref<T>) -> bool {
        self.pointer == other.pointer
    }

    /// Has the processor fetch the object, for whoever reads it soon.
    #[inline(always)]
    pub fn prefetch(&self) {
        prefetch(self.pointer.as_ptr());
    }

    /// The same object as a value.
    #[inline(always)]
    pub fn to_value(&self) -> Value {
        Value::from_ref(self.clone())
    }
}

impl<T: HeapType> Clone for Ref<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        // SAFETY: this pointer owns a count, so the box is alive.
        unsafe { increment(self.pointer.cast()) };
        Ref {
            pointer: self.pointer,
        }
    }
}

impl<T: HeapType> Drop for Ref<T> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: this pointer owns a count and gives it up once.
        unsafe {
            if decrement(self.pointer.cast()) {
                cold_path();
                free(T::TAG, self.pointer.cast());
            }
        }
    }
}

impl<T: HeapType> Deref for Ref<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: this pointer owns a count, so the box is alive.
        unsafe { &self.pointer.as_ref().data }
    }
}
