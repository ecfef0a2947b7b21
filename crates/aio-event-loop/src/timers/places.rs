//! Where the payloads of timers lie: in numbered places.
//!
//! The places come in chunks, and a chunk that is empty gives its memory back. Chunks are as
//! large as those of the ready queue: when a million tasks begin to sleep in one turn, the memory
//! that they had in the queue is what their timers lie in, and the other way round when they
//! wake up.

use crate::ready::CHUNK;

/// No place, or no chunk.
const NONE: u32 = u32::MAX;

/// A place of a chunk.
#[derive(Debug)]
enum Place<P> {
    Used(P),
    /// Free, with the next free one of the chunk.
    Free(u32),
}

/// So many places in a row.
#[derive(Debug)]
struct Chunk<P> {
    /// Those that were ever used.
    places: Vec<Place<P>>,
    /// The first free one of them.
    first_free: u32,
    used: usize,
    /// The next chunk with room, if this one has room.
    next: u32,
}

/// Payloads by number.
#[derive(Debug)]
pub struct Places<P> {
    chunks: Vec<Chunk<P>>,
    /// The first chunk with room.
    with_room: u32,
    /// The memory of an empty chunk, for the next one that is needed.
    spare: Vec<Place<P>>,
}

impl<P> Default for Places<P> {
    fn default() -> Self {
        Places {
            chunks: Vec::new(),
            with_room: NONE,
            spare: Vec::new(),
        }
    }
}

impl<P> Places<P> {
    /// Puts a payload somewhere; gives the number of the place.
    #[inline]
    pub fn keep(&mut self, payload: P) -> u32 {
        if self.with_room == NONE {
            self.new_chunk();
        }
        let number = self.with_room as usize;
        let chunk = &mut self.chunks[number];
        let mut at = chunk.first_free;
        match chunk.places.get_mut(at as usize) {
            Some(place) => {
                if let Place::Free(next) = *place {
                    chunk.first_free = next;
                }
                *place = Place::Used(payload);
            }
            None => {
                if chunk.places.is_empty() && number > 0 {
                    chunk.places = std::mem::take(&mut self.spare);
                    chunk.places.reserve_exact(CHUNK);
                }
                at = chunk.places.len() as u32;
                chunk.places.push(Place::Used(payload));
            }
        }
        chunk.used += 1;
        if chunk.used == CHUNK {
            self.with_room = chunk.next;
        }
        (number * CHUNK) as u32 + at
    }

    #[inline(never)]
    fn new_chunk(&mut self) {
        self.with_room = u32::try_from(self.chunks.len())
            .ok()
            .filter(|number| *number < NONE / CHUNK as u32)
            .expect("places are numbered by 32 bits");
        self.chunks.push(Chunk {
            places: Vec::new(),
            first_free: NONE,
            used: 0,
            next: NONE,
        });
    }

    /// The payload in a place.
    pub fn get(&self, number: u32) -> Option<&P> {
        let chunk = self.chunks.get(number as usize / CHUNK)?;
        match chunk.places.get(number as usize % CHUNK)? {
            Place::Used(payload) => Some(payload),
            Place::Free(_) => None,
        }
    }

    /// Takes the payload out of a place.
    #[inline(always)]
    pub fn take(&mut self, number: u32) -> Option<P> {
        let (number, at) = (number as usize / CHUNK, number as usize % CHUNK);
        let chunk = self.chunks.get_mut(number)?;
        let place = chunk.places.get_mut(at)?;
        if matches!(place, Place::Free(_)) {
            return None;
        }
        let taken = std::mem::replace(place, Place::Free(chunk.first_free));
        chunk.first_free = at as u32;
        if chunk.used == CHUNK {
            chunk.next = self.with_room;
            self.with_room = number as u32;
        }
        chunk.used -= 1;
        if chunk.used == 0 {
            self.empty(number);
        }
        match taken {
            Place::Used(payload) => Some(payload),
            Place::Free(_) => None,
        }
    }

    /// The memory of a chunk in which nothing is left is kept or given back.
    #[inline(never)]
    fn empty(&mut self, number: usize) {
        let Some(chunk) = self.chunks.get_mut(number) else {
            return;
        };
        chunk.first_free = NONE;
        // The next ones lie in a row again.
        chunk.places.clear();
        if number > 0 {
            let memory = std::mem::take(&mut chunk.places);
            if self.spare.capacity() == 0 {
                self.spare = memory;
            }
        }
    }

    /// The payloads.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut P> {
        let places = self.chunks.iter_mut().flat_map(|chunk| &mut chunk.places);
        places.filter_map(|place| match place {
            Place::Used(payload) => Some(payload),
            Place::Free(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_are_where_they_were_put() {
        let count = 2 * CHUNK + 3;
        let mut places = Places::default();
        let numbers: Vec<u32> = (0..count).map(|payload| places.keep(payload)).collect();
        assert_eq!(places.get(numbers[CHUNK]), Some(&CHUNK));
        assert_eq!(places.iter_mut().count(), count);
        // Every other one leaves, and others come instead.
        for payload in (0..count).step_by(2) {
            assert_eq!(places.take(numbers[payload]), Some(payload));
            assert_eq!(places.take(numbers[payload]), None);
        }
        let more: Vec<u32> = (count..2 * count)
            .map(|payload| places.keep(payload))
            .collect();
        for payload in (1..count).step_by(2) {
            assert_eq!(places.take(numbers[payload]), Some(payload));
        }
        for (place, payload) in more.iter().zip(count..) {
            assert_eq!(places.take(*place), Some(payload));
        }
        assert_eq!(places.iter_mut().count(), 0);
    }

    #[test]
    fn empty_chunks_give_their_memory_back() {
        let mut places = Places::default();
        let numbers: Vec<u32> = (0..4 * CHUNK).map(|payload| places.keep(payload)).collect();
        for number in &numbers {
            places.take(*number);
        }
        let kept = places.chunks.iter().map(|chunk| chunk.places.capacity());
        assert!(kept.sum::<usize>() + places.spare.capacity() <= 2 * CHUNK);
        // The numbers are given out again.
        let again = (0..4 * CHUNK).map(|payload| places.keep(payload));
        assert!(again.max() < Some(4 * CHUNK as u32));
    }
}
