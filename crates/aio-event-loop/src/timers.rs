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
//!
//! What is compared lies apart from what is carried: a way down a heap of a million timers reads
//! twenty pairs of deadlines, and the fewer bytes lie between them the less memory it touches.

mod places;

use crate::event_loop::Payload;
use crate::ready::MANY;
use crate::time::Time;
use places::Places;

/// Below this many timers cancelled ones are never filtered out.
const MIN_TIMERS_TO_FILTER: usize = 100;

/// A heap of payloads by deadline.
#[derive(Debug)]
pub struct Timers<P> {
    /// The heap: the deadlines …
    whens: Vec<Time>,
    /// … and for each of them the number of its place.
    numbers: Vec<u32>,
    places: Places<P>,
    /// How many were cancelled while in the heap. As in CPython it is not
    /// lowered when a cancelled timer falls due, so it may exceed the truth.
    cancelled: usize,
}

impl<P> Default for Timers<P> {
    fn default() -> Self {
        Timers {
            whens: Vec::new(),
            numbers: Vec::new(),
            places: Places::default(),
            cancelled: 0,
        }
    }
}

impl<P: Payload> Timers<P> {
    /// How many timers are in the heap, cancelled ones included.
    #[inline]
    pub fn len(&self) -> usize {
        self.whens.len()
    }

    /// Whether no timer is left.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.whens.is_empty()
    }

    /// The earliest deadline.
    #[inline]
    pub fn first_deadline(&self) -> Option<Time> {
        self.whens.first().copied()
    }

    /// Adds a timer.
    #[inline]
    pub fn push(&mut self, when: Time, payload: P) {
        let number = self.places.keep(payload);
        self.whens.push(when);
        self.numbers.push(number);
        self.sift_up(self.whens.len() - 1, 0, when, number);
    }

    /// Takes the root out.
    #[inline(always)]
    pub fn pop(&mut self) -> Option<(Time, P)> {
        let (last_when, last_number) = (self.whens.pop()?, self.numbers.pop()?);
        let (when, number) = match self.whens.first() {
            Some(root) => (*root, self.numbers[0]),
            None => (last_when, last_number),
        };
        if !self.whens.is_empty() {
            self.sift_to_leaf_and_back(0, last_when, last_number);
        }
        let mut payload = self.places.take(number)?;
        payload.left_timers();
        if self.whens.len() >= MANY
            && let Some(next) = self.places.get(self.numbers[0])
        {
            next.comes_soon();
        }
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
        if self.len() > MIN_TIMERS_TO_FILTER && self.cancelled * 2 > self.len() {
            self.filter_cancelled();
            return;
        }
        while let Some(number) = self.numbers.first() {
            if !self.is_cancelled(*number) {
                break;
            }
            self.cancelled = self.cancelled.saturating_sub(1);
            self.drop_root();
        }
    }

    #[inline(never)]
    fn drop_root(&mut self) {
        drop(self.pop());
    }

    #[cold]
    fn filter_cancelled(&mut self) {
        let mut kept = 0;
        for pos in 0..self.len() {
            let (when, number) = (self.whens[pos], self.numbers[pos]);
            if self.is_cancelled(number) {
                if let Some(mut payload) = self.places.take(number) {
                    payload.left_timers();
                }
                continue;
            }
            self.whens[kept] = when;
            self.numbers[kept] = number;
            kept += 1;
        }
        self.whens.truncate(kept);
        self.numbers.truncate(kept);
        for pos in (0..kept / 2).rev() {
            self.sift_to_leaf_and_back(pos, self.whens[pos], self.numbers[pos]);
        }
        self.cancelled = 0;
    }

    /// Removes all timers.
    pub fn clear(&mut self) {
        self.places.iter_mut().for_each(P::left_timers);
        *self = Timers::default();
    }

    fn is_cancelled(&self, number: u32) -> bool {
        self.places.get(number).is_some_and(P::is_cancelled)
    }

    /// Puts an item where `pos` is, or nearer to the root (but not above `start`) while it is
    /// strictly earlier than its parent there.
    #[inline(always)]
    fn sift_up(&mut self, mut pos: usize, start: usize, when: Time, number: u32) {
        let (whens, numbers) = self.heap();
        while pos > start {
            let parent = (pos - 1) / 2;
            if when >= whens[parent] {
                break;
            }
            whens[pos] = whens[parent];
            numbers[pos] = numbers[parent];
            pos = parent;
        }
        whens[pos] = when;
        numbers[pos] = number;
    }

    /// Puts an item in the place of the one at `start`: down to a leaf along the smaller
    /// children, then back up to its place but not above `start`.
    fn sift_to_leaf_and_back(&mut self, start: usize, when: Time, number: u32) {
        let (whens, numbers) = self.heap();
        let mut pos = start;
        let mut child = 2 * pos + 1;
        while child < whens.len() {
            let right = child + 1;
            if right < whens.len() && whens[child] >= whens[right] {
                child = right;
            }
            whens[pos] = whens[child];
            numbers[pos] = numbers[child];
            pos = child;
            child = 2 * pos + 1;
        }
        self.sift_up(pos, start, when, number);
    }

    /// Both halves of the heap, for whoever moves items: of one length, which saves checks.
    #[inline(always)]
    fn heap(&mut self) -> (&mut [Time], &mut [u32]) {
        let end = self.whens.len();
        (&mut self.whens[..], &mut self.numbers[..end])
    }
}

#[cfg(test)]
mod tests;
