//! Memory that was never touched, asked for in larger pieces than pages.
//!
//! A page that is touched for the first time is a fault, and most of what a fault takes is not the page.
//! Where a heap grows, the system is asked for the next piece of it as a whole. What is in use decides how
//! large pieces are: a small program never asks, and no program gets much more than it needs.
//!
//! The general allocator hands out a region of 32 MB upwards, so what of it is fresh is behind one
//! address; several are under way at a time.

use rustix::mm::{Advice, madvise};
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Regions are told apart by these bits of an address.
const REGION_BITS: u32 = 25;
const REGIONS: usize = 64;
/// What may be touched page by page.
const SMALL_HEAP: usize = 4 << 20;
/// The least that is asked for; as what the general allocator gives to blocks of one size.
const LEAST: usize = 64 << 10;
const MOST: usize = 1 << 20;
/// Pieces are this part of what is in use.
const PART: usize = 64;

/// Where the fresh memory of each region begins, as far as known.
static FRESH: [AtomicUsize; REGIONS] = [const { AtomicUsize::new(0) }; REGIONS];
/// Whether the system knows the request.
static IS_KNOWN: AtomicBool = AtomicBool::new(true);

/// A block that the general allocator gave.
#[inline(always)]
pub(super) fn taken(block: *mut u8) {
    let fresh = &FRESH[(block.addr() >> REGION_BITS) % REGIONS];
    if block.addr() >= fresh.load(Ordering::Relaxed) {
        prepare(block, fresh);
    }
}

#[cold]
#[inline(never)]
fn prepare(block: *mut u8, fresh: &AtomicUsize) {
    // The blocks of one size lie in a piece that begins at a multiple of its size.
    let begin = block.addr() & !(LEAST - 1);
    let known = IS_KNOWN.load(Ordering::Relaxed);
    let Some(size) = piece(begin, super::memory::used()).filter(|_| known) else {
        fresh.store(begin + LEAST, Ordering::Relaxed);
        return;
    };
    fresh.store(begin + size, Ordering::Relaxed);
    let start = block.with_addr(begin).cast::<c_void>();
    // SAFETY: the request changes nothing that a program can see; pages that are there stay.
    if unsafe { madvise(start, size, Advice::LinuxPopulateWrite) }.is_err() {
        IS_KNOWN.store(false, Ordering::Relaxed);
    }
}

/// How many bytes from `begin` on are asked for where `used` are in use.
fn piece(begin: usize, used: usize) -> Option<usize> {
    let end_of_region = ((begin >> REGION_BITS) + 1) << REGION_BITS;
    let size = (used / PART).clamp(LEAST, MOST) & !(LEAST - 1);
    (used >= SMALL_HEAP).then_some(size.min(end_of_region - begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_grow_with_what_is_in_use_and_end_with_their_region() {
        let begin = 5 << REGION_BITS;
        assert_eq!(piece(begin, SMALL_HEAP - 1), None);
        assert_eq!(piece(begin, SMALL_HEAP), Some(LEAST));
        assert_eq!(piece(begin, 16 << 20), Some(256 << 10));
        assert_eq!(piece(begin, 1 << 40), Some(MOST));
        let last = (6 << REGION_BITS) - LEAST;
        assert_eq!(piece(last, 1 << 40), Some(LEAST));
    }

    #[test]
    fn a_piece_is_asked_for_once_and_is_there() {
        let mut memory = vec![1_u8; 4 * LEAST];
        let block = memory.as_mut_ptr();
        taken(block);
        let fresh = &FRESH[(block.addr() >> REGION_BITS) % REGIONS];
        let behind = fresh.load(Ordering::Relaxed);
        assert!(behind > block.addr());
        taken(block);
        assert_eq!(fresh.load(Ordering::Relaxed), behind);
        assert!(memory.iter().all(|byte| *byte == 1));
    }
}
