//! At the end of a program: what is alive and still has something to say, in CPython's order.
//!
//! CPython's last collection finalizes all that the modules lead to, in the order of its list of
//! objects: that of their making, but for those that stand before what refers to them (the items
//! of a list that is written out, say). Those were taken for garbage at first, and follow in
//! the order in which they are met again. So a program that imports `asyncio`, which takes so many
//! objects that the program's variables have become old by then, sees the order of making; another
//! one sees its variables, then what is in them, and so on. The registry of our collector stands for that list; it
//! is in order of making as far as no place was used twice. What is in no registry (generators) is
//! taken to be as old as what it is met behind, or in a container to be older than that.

use super::collector::{children_of, object_at, object_needs_finalizer, place_of, places};
use super::weak::{Weak, downgrade};
use crate::objects::InstanceObj;
use crate::value::{Tag, Value};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::VecDeque;

/// What is known of a place of the registry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Met {
    /// Nobody refers to it so far.
    Not,
    /// Somebody does.
    Reached,
    /// Its turn came before anybody did.
    Passed,
}

/// Something that has last words. It may lose its last owner before its turn.
pub enum Last {
    /// An instance with `__del__`.
    Instance(Weak<InstanceObj>),
    /// Anything else.
    Other(Value),
}

impl Last {
    fn of(value: Value) -> Last {
        match value.to_instance() {
            Some(instance) => Last::Instance(downgrade(&instance)),
            None => Last::Other(value),
        }
    }

    /// The object, if it is still alive.
    pub fn value(self) -> Option<Value> {
        match self {
            Last::Instance(instance) => instance.upgrade().map(Value::from),
            Last::Other(value) => Some(value),
        }
    }
}

/// A way through all that is alive.
pub struct Walk {
    met: Vec<Met>,
    /// Those that were passed and met later, in order.
    later: VecDeque<Value>,
    /// What is in no registry: behind which place it comes, and what was met of it.
    between: FxHashMap<usize, Vec<Value>>,
    unregistered: FxHashSet<usize>,
    /// What has last words, in order.
    found: Vec<Last>,
}

impl Walk {
    /// Nothing was met so far.
    pub fn begin() -> Walk {
        Walk {
            met: vec![Met::Not; places()],
            later: VecDeque::new(),
            between: FxHashMap::default(),
            unregistered: FxHashSet::default(),
            found: Vec::new(),
        }
    }

    /// Something that is in no registry is met: from something at `at`, which is as old as what is
    /// at `behind`.
    fn meet_unregistered(&mut self, value: Value, at: usize, behind: usize) {
        if !self.unregistered.insert(value.address()) {
            return;
        }
        if at == usize::MAX {
            self.later.push_back(value);
            return;
        }
        // A generator is older than what it made; what is no generator is younger than what is in it.
        let mut behind = behind;
        if value.tag() != Tag::Coroutine {
            children_of(&value, &mut |child| {
                if child.is_heap() {
                    behind = behind.max(place_of(child).unwrap_or(0));
                }
            });
        }
        self.between.entry(behind).or_default().push(value);
    }

    /// Meets what an object refers to. `at` is the place from which on things are still to come.
    fn meet_children(&mut self, value: &Value, at: usize, is_root: bool) {
        let mut children = Vec::new();
        children_of(value, &mut |child| {
            if child.is_heap() {
                children.push(child.clone());
            }
        });
        // As CPython goes through them.
        if matches!(value.tag(), Tag::List | Tag::Tuple) {
            children.reverse();
        }
        let is_instance = value.tag() == Tag::Instance;
        let mut behind = at;
        for child in children {
            let Some(place) = place_of(&child) else {
                let from = if is_instance || is_root {
                    at
                } else {
                    usize::MAX
                };
                self.meet_unregistered(child, from, behind);
                continue;
            };
            let Some(met) = self.met.get_mut(place) else {
                continue;
            };
            if std::mem::replace(met, Met::Reached) == Met::Passed {
                self.later.push_back(child);
            } else if place > behind {
                behind = place;
            }
        }
    }

    fn look_at(&mut self, value: Value, at: usize) {
        self.meet_children(&value, at, false);
        if object_needs_finalizer(&value) {
            self.found.push(Last::of(value));
        }
    }

    /// All that the variables of the program lead to, as far as it has last words.
    ///
    /// CPython has come to know what holds the variables before what the program makes (`is_old`),
    /// or only then: so it passes all that at first.
    pub fn lead_from_variables(&mut self, variables: &Value, is_old: bool) -> Vec<Last> {
        if !is_old {
            self.pass_all();
            return self.lead_on_from(std::slice::from_ref(variables));
        }
        self.meet_children(variables, 0, true);
        for place in 0..self.met.len() {
            match self.met.get_mut(place) {
                Some(met @ Met::Not) => *met = Met::Passed,
                Some(Met::Reached) => {
                    if let Some(value) = object_at(place) {
                        self.look_at(value, place);
                    }
                }
                Some(Met::Passed) | None => {}
            }
            while let Some(values) = self.between.remove(&place) {
                values
                    .into_iter()
                    .for_each(|value| self.look_at(value, place));
            }
        }
        self.follow();
        std::mem::take(&mut self.found)
    }

    fn pass_all(&mut self) {
        let unmet = self.met.iter_mut().filter(|met| **met == Met::Not);
        unmet.for_each(|met| *met = Met::Passed);
    }

    /// What a loop that stays leads to has nothing to say; whether that is `value` as well.
    pub fn keep(&mut self, roots: &[Value], value: &Value) -> bool {
        self.pass_all();
        drop(self.lead_on_from(roots));
        let is_kept = place_of(value).is_some_and(|at| self.met.get(at) == Some(&Met::Reached));
        let again = self.met.iter_mut().filter(|met| **met == Met::Passed);
        again.for_each(|met| *met = Met::Not);
        is_kept
    }

    /// All that the roots lead to and nobody led to before, as far as it has last words.
    pub fn lead_on_from(&mut self, roots: &[Value]) -> Vec<Last> {
        for root in roots {
            if let Some(met) = place_of(root).and_then(|place| self.met.get_mut(place)) {
                *met = Met::Reached;
            }
            self.meet_children(root, usize::MAX, true);
            self.follow();
        }
        std::mem::take(&mut self.found)
    }

    fn follow(&mut self) {
        while let Some(value) = self.later.pop_front() {
            self.look_at(value, usize::MAX);
        }
    }

    /// What nobody led to and has last words, in order of making.
    pub fn strays(&self) -> Vec<Last> {
        let passed = self.met.iter().enumerate();
        passed
            .filter(|(_, met)| **met == Met::Passed)
            .filter_map(|(place, _)| object_at(place))
            .filter(object_needs_finalizer)
            .map(Last::of)
            .collect()
    }
}
