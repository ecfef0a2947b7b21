//! The allocator of the command: mimalloc behind free lists of small blocks.
//!
//! A script makes and drops the same few sizes of object all the time: a float list, a frame, an
//! instance. A dropped block of up to [`LARGEST`] bytes stays in a list of its size, as long as
//! that list is not too long, and the next object of the size takes it from there: a few
//! instructions where the general allocator needs forty.
//!
//! Very large blocks come from the system's allocator, which can grow them by moving pages: a
//! growing list of a million items leaves no trail of smaller copies.
//!
//! The lists belong to the thread; a block freed by another thread ends in that one's list.
//!
//! What comes from the general allocators and goes back to them is counted (`memory`).
#![expect(unsafe_code, reason = "an allocator hands out raw memory")]

use super::memory;
use libmimalloc_sys as mi;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr::null_mut;

/// Blocks up to this size are kept.
const LARGEST: usize = 256;
/// Sizes differ by this; also what every block is aligned to.
const STEP: usize = 8;
const CLASSES: usize = LARGEST / STEP + 1;
/// Blocks from this size on are the system's.
const HUGE: usize = 1 << 20;
/// Blocks kept of each size.
const KEPT: u32 = 8192;

/// Free blocks of one size; each begins with the address of the next.
struct FreeList {
    first: Cell<*mut u8>,
    length: Cell<u32>,
}

thread_local! {
    static LISTS: [FreeList; CLASSES] = const {
        [const {
            FreeList { first: Cell::new(null_mut()), length: Cell::new(0) }
        }; CLASSES]
    };
}

/// The allocator: `#[global_allocator] static ALLOCATOR: Allocator = Allocator;`
pub struct Allocator;

/// The size class of a layout that has one.
#[inline(always)]
fn class_of(layout: Layout) -> Option<usize> {
    let small = layout.size() <= LARGEST && layout.align() <= STEP && layout.size() > 0;
    small.then(|| layout.size().div_ceil(STEP))
}

// SAFETY: blocks come from mimalloc with at least the size and alignment asked for; a block in a
// list is nobody's, has the size of the list's class, and leaves the list when it is handed out.
unsafe impl GlobalAlloc for Allocator {
    #[inline(always)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(class) = class_of(layout) else {
            return large(layout);
        };
        LISTS.with(|lists| {
            let list = &lists[class];
            let block = list.first.get();
            if block.is_null() {
                return more(class);
            }
            // SAFETY: a block of the list begins with the address of the next.
            list.first.set(unsafe { block.cast::<*mut u8>().read() });
            list.length.set(list.length.get().wrapping_sub(1));
            block
        })
    }

    #[inline(always)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(class) = class_of(layout) {
            let kept = LISTS.with(|lists| {
                let list = &lists[class];
                if list.length.get() >= KEPT {
                    return false;
                }
                // SAFETY: the block is free, aligned, and has room for an address.
                unsafe { block.cast::<*mut u8>().write(list.first.get()) };
                list.first.set(block);
                list.length.set(list.length.get().wrapping_add(1));
                true
            });
            if kept {
                return;
            }
        }
        memory::give_back(counted(layout));
        if layout.size() >= HUGE {
            // SAFETY: blocks of this size are the system's.
            return unsafe { System.dealloc(block, layout) };
        }
        // SAFETY: every other block comes from mimalloc.
        unsafe { mi::mi_free(block.cast()) };
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        memory::take(counted(layout));
        match class_of(layout) {
            // SAFETY: the caller's promise; the block has that size.
            Some(_) => unsafe {
                let block = self.alloc(layout);
                if !block.is_null() {
                    block.write_bytes(0, layout.size());
                }
                block
            },
            // SAFETY: the caller's promise.
            None if layout.size() >= HUGE => unsafe { System.alloc_zeroed(layout) },
            // SAFETY: any size; mimalloc aligns to the word.
            None if layout.align() <= STEP => unsafe { mi::mi_zalloc(layout.size()) }.cast(),
            // SAFETY: any size and power of two.
            None => unsafe { mi::mi_zalloc_aligned(layout.size(), layout.align()) }.cast(),
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Ok(wanted) = Layout::from_size_align(size, layout.align()) else {
            return null_mut();
        };
        let (before, after) = (layout.size() >= HUGE, size >= HUGE);
        if before && after {
            memory::exchange(layout.size(), size);
            // SAFETY: blocks of this size are the system's.
            return unsafe { System.realloc(block, layout, size) };
        }
        let (small, still_small) = (class_of(layout), class_of(wanted));
        if small.is_some() && small == still_small {
            return block;
        }
        if before != after || small.is_some() && still_small.is_some() {
            // SAFETY: both blocks have room for the smaller of the sizes and are distinct.
            return unsafe {
                let moved = self.alloc(wanted);
                if !moved.is_null() {
                    moved.copy_from_nonoverlapping(block, size.min(layout.size()));
                    self.dealloc(block, layout);
                }
                moved
            };
        }
        memory::exchange(counted(layout), counted(wanted));
        if layout.align() > STEP {
            // SAFETY: the block comes from mimalloc.
            return unsafe { mi::mi_realloc_aligned(block.cast(), size, layout.align()) }.cast();
        }
        // SAFETY: the block comes from mimalloc; small ones keep the size of their class.
        unsafe { mi::mi_realloc(block.cast(), size.next_multiple_of(STEP)) }.cast()
    }
}

/// What a block is counted as.
#[inline(always)]
fn counted(layout: Layout) -> usize {
    class_of(layout).map_or(layout.size(), |class| class * STEP)
}

/// A block of a size that has no class.
#[inline(never)]
fn large(layout: Layout) -> *mut u8 {
    memory::take(layout.size());
    if layout.size() >= HUGE {
        // SAFETY: the size is not 0; the block is as large.
        return unsafe { System.alloc(layout) };
    }
    // The way of blocks without a wish is the shorter one.
    let block = if layout.align() <= STEP {
        // SAFETY: any size; mimalloc aligns to the word.
        unsafe { mi::mi_malloc(layout.size()) }
    } else {
        // SAFETY: any size and power of two.
        unsafe { mi::mi_malloc_aligned(layout.size(), layout.align()) }
    };
    let block: *mut u8 = block.cast();
    note_fresh(block);
    block
}

/// Where the heap grows, memory is asked for in larger pieces.
#[inline(always)]
fn note_fresh(_block: *mut u8) {
    #[cfg(target_os = "linux")]
    super::fresh::taken(_block);
}

/// A block from the general allocator.
#[cold]
#[inline(never)]
fn more(class: usize) -> *mut u8 {
    memory::take(class * STEP);
    // SAFETY: any size; mimalloc aligns to the word.
    let block: *mut u8 = unsafe { mi::mi_malloc(class * STEP) }.cast();
    note_fresh(block);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freed_block_is_the_next_of_its_size() {
        let layout = Layout::from_size_align(42, 8).expect("a layout");
        let other = Layout::from_size_align(41, 1).expect("a layout");
        // SAFETY: blocks are given back with the layout they were asked for.
        unsafe {
            let first = Allocator.alloc(layout);
            let second = Allocator.alloc(layout);
            assert_ne!(first, second);
            Allocator.dealloc(first, layout);
            // 41 and 42 bytes are of the same class.
            assert_eq!(Allocator.alloc(other), first);
            Allocator.dealloc(first, other);
            Allocator.dealloc(second, layout);
        }
    }

    #[test]
    fn a_block_grows_with_its_content() {
        let small = Layout::from_size_align(8, 8).expect("a layout");
        // SAFETY: as above; the block is as large as its layout says.
        unsafe {
            let block = Allocator.alloc(small);
            block.write_bytes(7, 8);
            let block = Allocator.realloc(block, small, 1000);
            assert_eq!(std::slice::from_raw_parts(block, 8), [7; 8]);
            let middle = Layout::from_size_align(1000, 8).expect("a layout");
            let block = Allocator.realloc(block, middle, HUGE);
            let huge = Layout::from_size_align(HUGE, 8).expect("a layout");
            let block = Allocator.realloc(block, huge, 2 * HUGE);
            let larger = Layout::from_size_align(2 * HUGE, 8).expect("a layout");
            let block = Allocator.realloc(block, larger, 8);
            assert_eq!(std::slice::from_raw_parts(block, 8), [7; 8]);
            Allocator.dealloc(block, small);
        }
    }

    #[test]
    fn zeroed_blocks_are_zero() {
        let layout = Layout::from_size_align(64, 8).expect("a layout");
        // SAFETY: as above.
        unsafe {
            let block = Allocator.alloc(layout);
            block.write_bytes(1, 64);
            Allocator.dealloc(block, layout);
            let block = Allocator.alloc_zeroed(layout);
            assert_eq!(std::slice::from_raw_parts(block, 64), [0; 64]);
            Allocator.dealloc(block, layout);
        }
    }
}
