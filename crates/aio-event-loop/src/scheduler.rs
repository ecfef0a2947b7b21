//! Who decides which ready handle runs next.
//!
//! The contract is first in, first out, and the loop has that built in: without
//! a scheduler there is no choice to make and nothing to pay. A scheduler makes
//! the choice explicit, so that a program can be run under another order that
//! is just as legal from the programmer's point of view: a seeded one to shake
//! out races, or a recorded one to see the same race again.

use std::fmt::Debug;

/// Picks the next handle of a turn.
pub trait Scheduler: Debug {
    /// Picks one of the `count` handles left in this turn, `count >= 1`, by its
    /// place in the queue. An answer out of range counts as the last one.
    fn choose(&mut self, count: usize) -> usize;
}

/// First in, first out, spelled out: what the loop does without a scheduler.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fifo;

impl Scheduler for Fifo {
    fn choose(&mut self, _count: usize) -> usize {
        0
    }
}

/// A reproducible shuffle: one seed, one order.
#[derive(Clone, Debug)]
pub struct Seeded {
    state: u64,
}

impl Seeded {
    /// The order that belongs to `seed`.
    pub fn new(seed: u64) -> Seeded {
        Seeded { state: seed }
    }
}

impl Scheduler for Seeded {
    fn choose(&mut self, count: usize) -> usize {
        // splitmix64: every seed, zero too, gives a good sequence.
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        (bits % count as u64) as usize
    }
}

/// Recorded choices; first in, first out once they are used up.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    choices: std::vec::IntoIter<usize>,
}

impl Replay {
    /// Repeats `choices`. Turns with one handle left consume no choice.
    pub fn new(choices: Vec<usize>) -> Replay {
        Replay {
            choices: choices.into_iter(),
        }
    }
}

impl Scheduler for Replay {
    fn choose(&mut self, count: usize) -> usize {
        if count == 1 {
            return 0;
        }
        self.choices.next().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_names_one_order() {
        let run = |seed| {
            let mut scheduler = Seeded::new(seed);
            (1..50)
                .map(|count| scheduler.choose(count))
                .collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        assert!(
            run(0)
                .iter()
                .zip(1..)
                .all(|(&choice, count)| choice < count)
        );
    }

    #[test]
    fn a_replay_ends_in_fifo_order() {
        let mut scheduler = Replay::new(vec![2, 1]);
        assert_eq!(scheduler.choose(3), 2);
        assert_eq!(scheduler.choose(1), 0);
        assert_eq!(scheduler.choose(2), 1);
        assert_eq!(scheduler.choose(5), 0);
    }
}
