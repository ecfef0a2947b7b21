//! The ready queue: what runs next, first in, first out.
//!
//! A short queue is one ring. A long one (a million tasks begin in one turn) goes on in chunks
//! that are given back as they are used up, so that their memory is there for what the tasks
//! make when they run.

use crate::event_loop::Payload;
use std::collections::VecDeque;

/// From so many payloads on they are told that their turn comes: what fewer need is in the cache
/// anyway.
pub(crate) const MANY: usize = 64;
/// How far from the front a payload is told that it comes soon, and that it comes next.
const SOON: usize = 6;
const NEXT: usize = 3;

/// Entries of a chunk.
pub(crate) const CHUNK: usize = 4096;

/// A queue of payloads.
#[derive(Debug)]
pub struct ReadyQueue<P> {
    /// The front.
    head: VecDeque<P>,
    /// What comes behind a full front: full chunks (or, when some were taken out of the middle,
    /// nearly full ones), none of them empty.
    chunks: VecDeque<Vec<P>>,
    /// What comes behind the chunks: the one that is being filled.
    tail: Vec<P>,
    /// Entries in `chunks` and `tail`.
    behind: usize,
}

impl<P> Default for ReadyQueue<P> {
    fn default() -> Self {
        ReadyQueue {
            head: VecDeque::new(),
            chunks: VecDeque::new(),
            tail: Vec::new(),
            behind: 0,
        }
    }
}

impl<P> ReadyQueue<P> {
    /// How many payloads are in it.
    #[inline]
    pub fn len(&self) -> usize {
        self.head.len() + self.behind
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.head.is_empty()
    }

    /// Appends a payload.
    #[inline]
    pub fn push_back(&mut self, payload: P) {
        if self.behind == 0 && self.head.len() < CHUNK {
            self.head.push_back(payload);
        } else {
            self.push_behind(payload);
        }
    }

    #[inline]
    fn push_behind(&mut self, payload: P) {
        if self.tail.len() == self.tail.capacity() {
            self.new_tail();
        }
        self.behind += 1;
        self.tail.push(payload);
    }

    #[inline(never)]
    fn new_tail(&mut self) {
        let full = std::mem::replace(&mut self.tail, Vec::with_capacity(CHUNK));
        if !full.is_empty() {
            self.chunks.push_back(full);
        }
    }

    /// Takes the first payload.
    #[inline(always)]
    pub fn pop_front(&mut self) -> Option<P> {
        let payload = self.head.pop_front();
        if self.head.is_empty() && self.behind > 0 {
            self.next_chunk();
        }
        payload
    }

    #[inline(never)]
    fn next_chunk(&mut self) {
        let chunk = match self.chunks.pop_front() {
            Some(chunk) => chunk,
            None => std::mem::take(&mut self.tail),
        };
        self.behind -= chunk.len();
        self.head = VecDeque::from(chunk);
    }

    /// Takes the payload at a place (0 is the first).
    pub fn remove(&mut self, place: usize) -> Option<P> {
        let Some(mut place) = place.checked_sub(self.head.len()) else {
            let payload = self.head.remove(place);
            if self.head.is_empty() && self.behind > 0 {
                self.next_chunk();
            }
            return payload;
        };
        let mut number = 0;
        while let Some(chunk) = self.chunks.get_mut(number) {
            if place < chunk.len() {
                let payload = chunk.remove(place);
                self.behind -= 1;
                if chunk.is_empty() {
                    self.chunks.remove(number);
                }
                return Some(payload);
            }
            place -= chunk.len();
            number += 1;
        }
        if place >= self.tail.len() {
            return None;
        }
        self.behind -= 1;
        Some(self.tail.remove(place))
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        *self = ReadyQueue::default();
    }
}

impl<P: Payload> ReadyQueue<P> {
    /// Tells payloads near the front, when there are many, that their turn comes.
    #[inline(always)]
    pub fn announce(&self) {
        if self.head.len() < MANY {
            return;
        }
        if let Some(payload) = self.head.get(SOON) {
            payload.comes_soon();
        }
        if let Some(payload) = self.head.get(NEXT) {
            payload.comes_next();
        }
    }
}

impl<P> Extend<P> for ReadyQueue<P> {
    fn extend<I: IntoIterator<Item = P>>(&mut self, payloads: I) {
        for payload in payloads {
            self.push_back(payload);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn payloads_leave_in_the_order_in_which_they_came() {
        let mut queue = ReadyQueue::default();
        let (mut next, mut expected) = (0, 0);
        // Grows beyond several chunks, shrinks, and grows again.
        for (more, less) in [(3 * CHUNK + 5, 2 * CHUNK), (CHUNK, 2 * CHUNK + 5), (10, 10)] {
            for _ in 0..more {
                queue.push_back(next);
                next += 1;
            }
            for _ in 0..less {
                assert_eq!(queue.pop_front(), Some(expected));
                expected += 1;
            }
            assert_eq!(queue.len(), next - expected);
            assert_eq!(queue.is_empty(), next == expected);
        }
        assert_eq!(queue.pop_front(), None);
    }

    #[test]
    fn payloads_are_told_that_their_turn_comes() {
        #[derive(Default)]
        struct Told(Cell<u32>);
        impl Payload for Told {
            fn is_cancelled(&self) -> bool {
                false
            }
            fn comes_soon(&self) {
                self.0.set(self.0.get() + 1);
            }
            fn comes_next(&self) {
                self.0.set(self.0.get() * 10);
            }
        }
        let mut queue = ReadyQueue::default();
        queue.extend((0..2 * MANY).map(|_| Told::default()));
        let told: Vec<u32> = std::iter::from_fn(|| {
            queue.announce();
            queue.pop_front().map(|payload| payload.0.get())
        })
        .collect();
        // Soon, and then next; each once.
        assert!(told[SOON..MANY].iter().all(|told| *told == 10));
        // The last ones are few.
        assert_eq!(told[2 * MANY - 1], 0);
    }

    #[test]
    fn any_place_can_be_taken() {
        let mut queue = ReadyQueue::default();
        queue.extend(0..2 * CHUNK + 3);
        assert_eq!(queue.remove(2 * CHUNK + 1), Some(2 * CHUNK + 1));
        assert_eq!(queue.remove(CHUNK), Some(CHUNK));
        assert_eq!(queue.remove(1), Some(1));
        assert_eq!(queue.remove(2 * CHUNK), None);
        let rest: Vec<usize> = std::iter::from_fn(|| queue.remove(0)).collect();
        assert_eq!(rest.len(), 2 * CHUNK);
        assert!(rest.is_sorted());
        assert!(queue.is_empty());
    }
}
