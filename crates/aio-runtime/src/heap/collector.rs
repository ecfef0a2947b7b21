//! The cycle collector: trial deletion over a registry of containers.
//!
//! Reference counts free everything but cycles. Containers that can be part of one are in a
//! registry. A collection (1) copies the counts of all registered objects, (2) subtracts one for
//! every reference that a registered object holds to another, so that what is left counts the
//! references from outside, (3) marks everything reachable from objects with outside references,
//! and (4) clears the rest. It is the algorithm of CPython's `gc` (Neil Schemenauer's), with one
//! generation and a trigger proportional to the live heap: first at 10,000 registered objects,
//! then at three times what survived, so that growing to a million sleeping tasks costs little.
//!
//! A task that is not done is owned by its loop: it is a root, and nobody looks into it. (The
//! references that it holds count as references from outside then.) So a million tasks that sleep
//! cost a collection no more than a look at each.
//!
//! References through objects that are not registered (a tuple, a bound method, an iterator) are
//! followed when the collector's object is their only owner; a cycle through a *shared*
//! unregistered object is not found and stays.
//!
//! Objects with finalizers in a garbage cycle are given to the finalizer queue first, once; the
//! cycle is cleared by a later collection if they do not bring it back to life.
#![expect(unsafe_code, reason = "the collector walks raw boxes")]

use super::{Header, HeapBox, HeapType, Ref, with_heap_types};
use crate::objects::*;
use crate::value::{Tag, Value};
use std::cell::{Cell, UnsafeCell};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// Registered objects before the first collection: what is alive is looked through about once
/// for every object that a program makes and keeps, so a small program should not be looked
/// through at all.
const FIRST_THRESHOLD: usize = 60_000;

/// One place in the registry, in a word: a registered object (its address, with the tag in the
/// upper sixteen bits), or, with the lowest bit set, a free place and the number of the next free
/// one (plus one; 0 ends the chain).
#[derive(Clone, Copy)]
struct Entry(u64);

impl Entry {
    #[inline(always)]
    fn free(next: u32) -> Entry {
        Entry((next as u64) << 1 | 1)
    }

    #[inline(always)]
    fn next_free(self) -> u32 {
        (self.0 >> 1) as u32
    }

    #[inline(always)]
    fn used(self) -> Option<u64> {
        (self.0 & 1 == 0).then_some(self.0)
    }
}

struct Registry {
    entries: Vec<Entry>,
    /// The chain of free places that are used next.
    free: u32,
    /// The chain of those that became free since. They rest until there are some, so that what is
    /// made later comes later in a small program (see `last_words`).
    resting: u32,
    live: usize,
    threshold: usize,
}

/// So many places rest before they are used again.
const RESTING: usize = 1024;

impl Registry {
    /// Puts a box in; gives its index plus one.
    #[inline(always)]
    fn add(&mut self, used: Entry) -> u32 {
        let index = self.free;
        let Some(place) = self.entries.get_mut((index as usize).wrapping_sub(1)) else {
            return self.push(used);
        };
        self.free = place.next_free();
        *place = used;
        self.live += 1;
        index
    }

    /// Apart, and called last, so that the quick path needs no frame for it.
    #[cold]
    #[inline(never)]
    fn push(&mut self, used: Entry) -> u32 {
        if self.entries.len() - self.live >= RESTING && self.resting != 0 {
            self.free = std::mem::take(&mut self.resting);
            return self.add(used);
        }
        self.live += 1;
        self.entries.push(used);
        self.entries.len() as u32
    }

    /// [`Registry::add`], and asks for a collection.
    #[cold]
    #[inline(never)]
    fn add_wanting(&mut self, used: Entry) -> u32 {
        super::set_attention(true);
        self.add(used)
    }
}

struct Local {
    registry: UnsafeCell<ManuallyDrop<Registry>>,
    wanted: Cell<bool>,
    enabled: Cell<bool>,
}

thread_local! {
    static LOCAL: Local = const {
        Local {
            registry: UnsafeCell::new(ManuallyDrop::new(Registry {
                entries: Vec::new(),
                free: 0,
                resting: 0,
                live: 0,
                threshold: FIRST_THRESHOLD,
            })),
            wanted: Cell::new(false),
            enabled: Cell::new(true),
        }
    };
}

const TAG_SHIFT: u32 = 48;

fn pack(tag: Tag, pointer: NonNull<u8>) -> u64 {
    (tag as u64) << TAG_SHIFT | pointer.as_ptr() as u64
}

fn address(packed: u64) -> u64 {
    packed & ((1 << TAG_SHIFT) - 1)
}

/// # Safety
/// `packed` was made by `pack` of a live box.
unsafe fn header<'a>(packed: u64) -> &'a Header {
    // SAFETY: the caller's promise; every box starts with a header.
    unsafe { &*(address(packed) as *const Header) }
}

/// Registers a box; gives its index plus one.
#[inline(always)]
pub(super) fn register(tag: Tag, pointer: NonNull<u8>) -> u32 {
    LOCAL.with(|local| {
        // SAFETY: short, not re-entered.
        let registry = unsafe { &mut **local.registry.get() };
        let used = Entry(pack(tag, pointer));
        if registry.live >= registry.threshold && local.enabled.get() {
            registry.threshold = usize::MAX;
            local.wanted.set(true);
            return registry.add_wanting(used);
        }
        registry.add(used)
    })
}

/// Takes a box out of the registry.
#[inline(always)]
pub(super) fn unregister(index: u32) {
    LOCAL.with(|local| {
        // SAFETY: short, not re-entered.
        let registry = unsafe { &mut **local.registry.get() };
        if let Some(place) = registry.entries.get_mut((index as usize).wrapping_sub(1)) {
            *place = Entry::free(registry.resting);
            registry.resting = index;
            registry.live -= 1;
        }
    });
}

/// Whether a collection is due at the next safe point.
pub fn is_wanted() -> bool {
    LOCAL.with(|local| local.wanted.get())
}

/// Turns automatic collections on or off (`gc.enable`, `gc.disable`).
pub fn set_enabled(enabled: bool) {
    LOCAL.with(|local| local.enabled.set(enabled));
}

/// Whether automatic collections are on.
pub fn is_enabled() -> bool {
    LOCAL.with(|local| local.enabled.get())
}

/// # Safety
/// `pointer` is a live box of `T`.
#[inline(always)]
unsafe fn visit_box<T: HeapType>(pointer: *const u8, visitor: &mut dyn FnMut(&Value)) {
    let Some(pointer) = NonNull::new(pointer.cast_mut().cast::<HeapBox<T>>()) else {
        return;
    };
    // SAFETY: the caller's promise; the count that this pointer has no part in stays as it is.
    let object = ManuallyDrop::new(unsafe { Ref::from_raw(pointer) });
    T::visit_behind(&object, visitor);
    object.visit(visitor);
}

fn visit_children(tag: Tag, pointer: *const u8, visitor: &mut dyn FnMut(&Value)) {
    macro_rules! by_tag {
        ($($tag:ident => $type:ty,)*) => {
            match tag {
                // SAFETY: the tag names the type of the box, which is alive.
                $(Tag::$tag => unsafe { visit_box::<$type>(pointer, visitor) },)*
                Tag::Unset | Tag::None | Tag::Bool | Tag::Int | Tag::Float
                | Tag::NotImplemented | Tag::Ellipsis => {}
            }
        };
    }
    with_heap_types!(by_tag)
}

/// # Safety
/// `packed` was made by `pack` of a live box.
unsafe fn is_root(packed: u64) -> bool {
    macro_rules! by_tag {
        ($($tag:ident => $type:ty,)*) => {
            match packed >> TAG_SHIFT {
                $(tag if tag == Tag::$tag as u64 => {
                    // SAFETY: the tag names the type of the box, which is alive.
                    unsafe { (*(address(packed) as *const HeapBox<$type>)).data.is_root() }
                })*
                _ => false,
            }
        };
    }
    with_heap_types!(by_tag)
}

fn clear_object(value: &Value) {
    macro_rules! by_tag {
        ($($tag:ident => $type:ty,)*) => {
            match value.tag() {
                $(Tag::$tag => if let Some(object) = value.borrow_ref::<$type>() {
                    <$type>::clear_behind(object);
                    object.clear();
                },)*
                Tag::Unset | Tag::None | Tag::Bool | Tag::Int | Tag::Float
                | Tag::NotImplemented | Tag::Ellipsis => {}
            }
        };
    }
    with_heap_types!(by_tag)
}

/// Whether an object has a finalizer that did not run.
pub fn object_needs_finalizer(value: &Value) -> bool {
    macro_rules! by_tag {
        ($($tag:ident => $type:ty,)*) => {
            match value.tag() {
                $(Tag::$tag => value.as_heap::<$type>().is_some_and(|object| object.needs_finalizer()),)*
                Tag::Unset | Tag::None | Tag::Bool | Tag::Int | Tag::Float
                | Tag::NotImplemented | Tag::Ellipsis => false,
            }
        };
    }
    with_heap_types!(by_tag)
}

/// How many places the registry has.
pub(super) fn places() -> usize {
    LOCAL.with(|local| {
        // SAFETY: short, not re-entered.
        let registry = unsafe { &**local.registry.get() };
        registry.entries.len()
    })
}

/// The object at a place of the registry.
pub(super) fn object_at(place: usize) -> Option<Value> {
    let packed = LOCAL.with(|local| {
        // SAFETY: short, not re-entered.
        let registry = unsafe { &**local.registry.get() };
        registry.entries.get(place)?.used()
    })?;
    let pointer = NonNull::new(address(packed) as *mut u8)?;
    // SAFETY: registered objects are alive; the increment is the new value's count.
    unsafe {
        super::increment(pointer);
        Some(Value::from_raw_parts(tag_of(packed), pointer))
    }
}

/// The place of an object in the registry, if it has one.
pub(super) fn place_of(value: &Value) -> Option<usize> {
    // SAFETY: a heap value points to a live box.
    let head = unsafe { &*(value.address() as *const Header) };
    (head.registry.get() as usize).checked_sub(1)
}

/// Calls a function with everything that an object refers to.
pub(super) fn children_of(value: &Value, visitor: &mut dyn FnMut(&Value)) {
    if value.is_heap() {
        visit_children(value.tag(), value.address() as *const u8, visitor);
    }
}

/// What is made from now on comes after all that there is in the registry: its free places are
/// given up.
pub fn begin_order() {
    LOCAL.with(|local| {
        // SAFETY: short, not re-entered.
        let registry = unsafe { &mut **local.registry.get() };
        registry.free = 0;
        registry.resting = 0;
    });
}

/// One object during a collection.
#[derive(Clone, Copy)]
struct Candidate {
    packed: u64,
    /// References not yet explained by other candidates.
    outside: u32,
    reachable: bool,
}

/// So far unregistered objects are followed that own each other.
const DEEPEST: u32 = 50;

/// Whether a value is an unregistered object with a single reference, which its owner has.
fn owned_alone(child: &Value) -> bool {
    if !child.is_heap() {
        return false;
    }
    // SAFETY: a heap value points to a live box.
    let head = unsafe { &*(child.address() as *const Header) };
    head.registry.get() == 0 && head.count.get() == 1
}

/// Calls `found` with the candidate index of every registered object that the object refers to,
/// passing through unregistered objects it owns alone.
fn for_each_target(tag: Tag, pointer: *const u8, depth: u32, found: &mut dyn FnMut(u32)) {
    visit_children(tag, pointer, &mut |child| {
        if !child.is_heap() {
            return;
        }
        // SAFETY: a heap value points to a live box.
        let head = unsafe { &*(child.address() as *const Header) };
        if head.registry.get() != 0 {
            found(head.registry.get() - 1);
        } else if head.count.get() == 1 && depth < DEEPEST {
            for_each_target(child.tag(), child.address() as *const u8, depth + 1, found);
        }
    });
}

/// Runs a collection. Gives how many unreachable objects were found.
///
/// Call at safe points only: no borrow of a container may be alive.
pub fn collect() -> usize {
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut place: Vec<u32> = Vec::new();
    LOCAL.with(|local| {
        local.wanted.set(false);
        // SAFETY: short, not re-entered.
        let registry = unsafe { &mut **local.registry.get() };
        place.resize(registry.entries.len(), u32::MAX);
        candidates.reserve(registry.live);
        for (index, entry) in registry.entries.iter().enumerate() {
            if let Some(packed) = entry.used() {
                // SAFETY: registered objects are alive.
                let (outside, reachable) = unsafe { (header(packed).count.get(), is_root(packed)) };
                place[index] = candidates.len() as u32;
                candidates.push(Candidate {
                    packed,
                    outside,
                    reachable,
                });
            }
        }
    });
    subtract_inner_references(&mut candidates, &place);
    mark_reachable(&mut candidates, &place);
    let garbage = take_garbage(&candidates);
    let found = garbage.len();
    drop(candidates);
    release(garbage);
    LOCAL.with(|local| {
        // SAFETY: short, not re-entered.
        let registry = unsafe { &mut **local.registry.get() };
        registry.threshold = FIRST_THRESHOLD.max(registry.live.saturating_mul(3));
    });
    found
}

fn tag_of(packed: u64) -> Tag {
    macro_rules! by_tag {
        ($($tag:ident => $type:ty,)*) => {
            match packed >> TAG_SHIFT { $(t if t == Tag::$tag as u64 => Tag::$tag,)* _ => Tag::None }
        };
    }
    with_heap_types!(by_tag)
}

fn subtract_inner_references(candidates: &mut [Candidate], place: &[u32]) {
    for index in 0..candidates.len() {
        let Candidate {
            packed, reachable, ..
        } = candidates[index];
        if reachable {
            continue;
        }
        for_each_target(
            tag_of(packed),
            address(packed) as *const u8,
            0,
            &mut |target| {
                let target = &mut candidates[place[target as usize] as usize];
                target.outside = target.outside.saturating_sub(1);
            },
        );
    }
}

fn mark_reachable(candidates: &mut [Candidate], place: &[u32]) {
    let mut work: Vec<u32> = Vec::new();
    for index in 0..candidates.len() {
        if candidates[index].outside > 0 && !candidates[index].reachable {
            candidates[index].reachable = true;
            work.push(index as u32);
        }
        while let Some(current) = work.pop() {
            let packed = candidates[current as usize].packed;
            for_each_target(
                tag_of(packed),
                address(packed) as *const u8,
                0,
                &mut |target| {
                    let target = place[target as usize];
                    let candidate = &mut candidates[target as usize];
                    if !candidate.reachable {
                        candidate.reachable = true;
                        work.push(target);
                    }
                },
            );
        }
    }
}

/// Owning values of everything unreachable, so that clearing one cannot free another under us.
fn take_garbage(candidates: &[Candidate]) -> Vec<Value> {
    let mut garbage = Vec::new();
    for candidate in candidates.iter().filter(|c| !c.reachable) {
        let tag = tag_of(candidate.packed);
        if let Some(pointer) = NonNull::new(address(candidate.packed) as *mut u8) {
            // SAFETY: registered objects are alive; the increment is the new value's count.
            unsafe {
                super::increment(pointer);
                garbage.push(Value::from_raw_parts(tag, pointer));
            }
        }
    }
    garbage
}

/// Clears garbage, unless some of it has finalizers: then those go first, and the rest waits.
fn release(garbage: Vec<Value>) {
    let with_finalizers = with_finalizers(&garbage);
    if with_finalizers.is_empty() {
        for value in &garbage {
            clear_object(value);
        }
        return;
    }
    super::LOCAL.with(|local| {
        // SAFETY: short, not re-entered.
        unsafe { (**local.finalizers.get()).extend(with_finalizers) };
        super::set_attention(true);
    });
}

/// What has a finalizer that did not run: garbage, and unregistered objects that garbage owns alone.
fn with_finalizers(garbage: &[Value]) -> Vec<Value> {
    let mut found = Vec::new();
    for value in garbage {
        if object_needs_finalizer(value) {
            found.push(value.clone());
        }
        add_owned_with_finalizers(value, 0, &mut found);
    }
    found
}

fn add_owned_with_finalizers(owner: &Value, depth: u32, found: &mut Vec<Value>) {
    children_of(owner, &mut |child| {
        if owned_alone(child) && depth < DEEPEST {
            add_owned_with_finalizers(child, depth + 1, found);
            if object_needs_finalizer(child) {
                found.push(child.clone());
            }
        }
    });
}
