//! The timers of a loop: Python's `heapq`, to the letter.
//!
//! Timers with equal deadlines do not fire in the order of creation but in the
//! order in which `heapq` happens to leave them, and that order is visible in a
//! program's output. So this is not "some priority queue": it compares the
//! deadline only, appends and sifts towards the root while *strictly* smaller,
//! and on removal moves the smaller child up all the way to a leaf (on a tie
//! the right one) before it sifts the displaced item back.
//!
//! A cancelled timer stays where it is until it reaches the root, unless more
//! than half of more than a hundred timers are cancelled: then they are filtered
//! out in array order and the rest is made a heap again, which changes the order
//! of ties. CPython does so, and so do we.

use crate::event_loop::Payload;
use crate::time::Time;

/// Below this many timers cancelled ones are never filtered out.
const MIN_TIMERS_TO_FILTER: usize = 100;

#[derive(Debug)]
struct Timer<P> {
    when: Time,
    payload: P,
}

/// A heap of payloads by deadline.
#[derive(Debug)]
pub struct Timers<P> {
    heap: Vec<Timer<P>>,
    /// How many were cancelled while in the heap. As in CPython it is not
    /// lowered when a cancelled timer falls due, so it may exceed the truth.
    cancelled: usize,
}

impl<P> Default for Timers<P> {
    fn default() -> Self {
        Timers {
            heap: Vec::new(),
            cancelled: 0,
        }
    }
}

impl<P: Payload> Timers<P> {
    /// How many timers are in the heap, cancelled ones included.
    #[inline]
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether no timer is left.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// The earliest deadline.
    #[inline]
    pub fn first_deadline(&self) -> Option<Time> {
        self.heap.first().map(|timer| timer.when)
    }

    /// Adds a timer.
    pub fn push(&mut self, when: Time, payload: P) {
        self.heap.push(Timer { when, payload });
        self.sift_towards_root(self.heap.len() - 1);
    }

    /// Takes the root out.
    pub fn pop(&mut self) -> Option<(Time, P)> {
        if self.heap.is_empty() {
            return None;
        }
        let Timer { when, mut payload } = self.heap.swap_remove(0);
        self.sift_to_leaf_and_back(0);
        payload.left_timers();
        Some((when, payload))
    }

    /// Takes the root out if its deadline lies before `end`.
    #[inline]
    pub fn pop_before(&mut self, end: Time) -> Option<(Time, P)> {
        if self.first_deadline()? < end {
            self.pop()
        } else {
            None
        }
    }

    /// Notes that a timer in the heap was cancelled.
    pub fn note_cancelled(&mut self) {
        self.cancelled += 1;
    }

    /// Drops cancelled timers: those at the root, or all if there are many.
    #[inline]
    pub fn drop_cancelled(&mut self) {
        if self.cancelled == 0 {
            return;
        }
        if self.heap.len() > MIN_TIMERS_TO_FILTER && self.cancelled * 2 > self.heap.len() {
            self.filter_cancelled();
            return;
        }
        while let Some(timer) = self.heap.first() {
            if !timer.payload.is_cancelled() {
                break;
            }
            self.cancelled = self.cancelled.saturating_sub(1);
            self.pop();
        }
    }

    #[cold]
    fn filter_cancelled(&mut self) {
        self.heap.retain_mut(|timer| {
            let cancelled = timer.payload.is_cancelled();
            if cancelled {
                timer.payload.left_timers();
            }
            !cancelled
        });
        for pos in (0..self.heap.len() / 2).rev() {
            self.sift_to_leaf_and_back(pos);
        }
        self.cancelled = 0;
    }

    /// Removes all timers.
    pub fn clear(&mut self) {
        for timer in &mut self.heap {
            timer.payload.left_timers();
        }
        self.heap.clear();
        self.cancelled = 0;
    }

    /// Moves the item at `pos` up while it is strictly earlier than its parent.
    fn sift_towards_root(&mut self, pos: usize) {
        self.sift_up_from(pos, 0);
    }

    fn sift_up_from(&mut self, mut pos: usize, start: usize) {
        while pos > start {
            let parent = (pos - 1) / 2;
            if self.heap[pos].when >= self.heap[parent].when {
                break;
            }
            self.heap.swap(pos, parent);
            pos = parent;
        }
    }

    /// Moves the item at `start` down to a leaf along the smaller children, then
    /// back up to its place but not above `start`.
    fn sift_to_leaf_and_back(&mut self, start: usize) {
        let end = self.heap.len();
        let mut pos = start;
        let mut child = 2 * pos + 1;
        while child < end {
            let right = child + 1;
            if right < end && self.heap[child].when >= self.heap[right].when {
                child = right;
            }
            self.heap.swap(pos, child);
            pos = child;
            child = 2 * pos + 1;
        }
        self.sift_up_from(pos, start);
    }
}

#[cfg(test)]
mod tests;
