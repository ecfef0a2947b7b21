//! The heap against a transcription of `heapq`'s specification, and against
//! orders of ties recorded from CPython 3.13.

use std::cell::Cell;
use std::rc::Rc;

use super::*;

#[derive(Clone, Debug)]
struct Named {
    id: u32,
    cancelled: Rc<Cell<bool>>,
}

impl Named {
    fn new(id: u32) -> Named {
        Named {
            id,
            cancelled: Rc::default(),
        }
    }
}

impl Payload for Named {
    fn is_cancelled(&self) -> bool {
        self.cancelled.get()
    }
}

/// The textbook form: items are moved, not swapped, and slices re-allocated.
#[derive(Default)]
struct Model(Vec<(i64, u32)>);

impl Model {
    fn push(&mut self, item: (i64, u32)) {
        self.0.push(item);
        self.settle(0, self.0.len() - 1);
    }

    fn pop(&mut self) -> Option<(i64, u32)> {
        let last = self.0.pop()?;
        if self.0.is_empty() {
            return Some(last);
        }
        let root = self.0[0];
        self.0[0] = last;
        self.sink(0);
        Some(root)
    }

    fn heapify(&mut self) {
        for pos in (0..self.0.len() / 2).rev() {
            self.sink(pos);
        }
    }

    fn settle(&mut self, start: usize, mut pos: usize) {
        let item = self.0[pos];
        while pos > start {
            let parent = (pos - 1) >> 1;
            if item.0 >= self.0[parent].0 {
                break;
            }
            self.0[pos] = self.0[parent];
            pos = parent;
        }
        self.0[pos] = item;
    }

    fn sink(&mut self, start: usize) {
        let (end, mut pos) = (self.0.len(), start);
        let item = self.0[pos];
        let mut child = 2 * pos + 1;
        while child < end {
            let right = child + 1;
            if right < end && self.0[child].0 >= self.0[right].0 {
                child = right;
            }
            self.0[pos] = self.0[child];
            pos = child;
            child = 2 * pos + 1;
        }
        self.0[pos] = item;
        self.settle(start, pos);
    }
}

/// A small generator of reproducible numbers (xorshift).
struct Dice(u64);

impl Dice {
    fn seeded(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

fn drain(timers: &mut Timers<Named>) -> Vec<u32> {
    std::iter::from_fn(|| timers.pop().map(|(_, named)| named.id)).collect()
}

#[test]
fn random_histories_pop_in_the_order_of_the_model() {
    for seed in 1..300 {
        let mut dice = Dice::seeded(seed);
        let (mut timers, mut model) = (Timers::default(), Model::default());
        for id in 0..200 {
            // Few distinct deadlines, so that ties are common.
            if dice.below(3) < 2 {
                let when = dice.below(6) as i64;
                timers.push(Time::from_nanos(when), Named::new(id));
                model.push((when, id));
            } else {
                let ours = timers
                    .pop()
                    .map(|(when, named)| (when.as_nanos(), named.id));
                assert_eq!(ours, model.pop(), "seed {seed}");
            }
        }
        let rest: Vec<u32> = std::iter::from_fn(|| model.pop().map(|item| item.1)).collect();
        assert_eq!(drain(&mut timers), rest, "seed {seed}");
    }
}

/// Recorded from CPython 3.13: eight equal items pushed, then popped.
const HEAPQ_ORDER_OF_EIGHT: [u32; 8] = [0, 2, 6, 5, 7, 4, 1, 3];

#[test]
fn equal_deadlines_fire_in_heapq_order() {
    let mut timers = Timers::default();
    for id in 0..8 {
        timers.push(Time::ZERO, Named::new(id));
    }
    assert_eq!(drain(&mut timers), HEAPQ_ORDER_OF_EIGHT);
}

#[test]
fn many_cancelled_timers_are_filtered_and_the_rest_heapified() {
    for seed in 1..50 {
        let mut dice = Dice::seeded(seed);
        let (mut timers, mut model) = (Timers::default(), Model::default());
        let mut handles = Vec::new();
        for id in 0..150 {
            let (when, named) = (dice.below(5) as i64, Named::new(id));
            handles.push(named.clone());
            timers.push(Time::from_nanos(when), named);
            model.push((when, id));
        }
        for handle in handles.iter().filter(|handle| handle.id % 3 != 0) {
            handle.cancelled.set(true);
            timers.note_cancelled();
        }
        timers.drop_cancelled();
        assert_eq!(timers.len(), 50);
        model.0.retain(|item| item.1 % 3 == 0);
        model.heapify();
        let rest: Vec<u32> = std::iter::from_fn(|| model.pop().map(|item| item.1)).collect();
        assert_eq!(drain(&mut timers), rest, "seed {seed}");
    }
}

#[test]
fn few_cancelled_timers_go_only_from_the_root() {
    let mut timers = Timers::default();
    let handles: Vec<Named> = (0..5).map(Named::new).collect();
    for handle in &handles {
        timers.push(Time::from_nanos(i64::from(handle.id)), handle.clone());
    }
    for id in [0, 1, 3] {
        handles[id].cancelled.set(true);
        timers.note_cancelled();
    }
    timers.drop_cancelled();
    assert_eq!(timers.len(), 3);
    assert_eq!(drain(&mut timers), [2, 3, 4]);
}

#[test]
fn timers_before_the_end_are_popped_and_no_others() {
    let mut timers = Timers::default();
    timers.push(Time::from_nanos(7), Named::new(1));
    assert!(timers.pop_before(Time::from_nanos(7)).is_none());
    assert!(timers.pop_before(Time::from_nanos(8)).is_some());
    assert!(timers.pop_before(Time::NEVER).is_none());
}
