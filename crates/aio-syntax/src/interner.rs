//! One `Rc<str>` per distinct identifier of a source.
//!
//! Most names occur many times; sharing saves an allocation each time and lets
//! later passes compare pointers first. The table is open-addressed with a hash
//! over the length and the first and last eight bytes: identifiers are short, and
//! the order of the table reaches nobody.

use std::rc::Rc;

use unicode_normalization::UnicodeNormalization;

/// The identifiers met so far.
pub(crate) struct Interner {
    /// A power of two of slots, at most three quarters used.
    slots: Vec<Option<Rc<str>>>,
    used: usize,
}

impl Interner {
    pub(crate) fn new() -> Self {
        Self {
            slots: vec![None; 256],
            used: 0,
        }
    }

    /// The shared copy of `name`, normalized as Python normalizes identifiers.
    pub(crate) fn identifier(&mut self, name: &str) -> Rc<str> {
        if name.is_ascii() {
            self.get(name)
        } else {
            let normalized: String = name.nfkc().collect();
            self.get(&normalized)
        }
    }

    fn get(&mut self, name: &str) -> Rc<str> {
        let mask = self.slots.len() - 1;
        let mut index = hash(name) & mask;
        while let Some(known) = &self.slots[index] {
            if **known == *name {
                return Rc::clone(known);
            }
            index = (index + 1) & mask;
        }
        let new: Rc<str> = Rc::from(name);
        self.slots[index] = Some(Rc::clone(&new));
        self.used += 1;
        if self.used * 4 > self.slots.len() * 3 {
            self.grow();
        }
        new
    }

    fn grow(&mut self) {
        let doubled = vec![None; self.slots.len() * 2];
        let old = std::mem::replace(&mut self.slots, doubled);
        let mask = self.slots.len() - 1;
        for name in old.into_iter().flatten() {
            let mut index = hash(&name) & mask;
            while self.slots[index].is_some() {
                index = (index + 1) & mask;
            }
            self.slots[index] = Some(name);
        }
    }
}

fn hash(name: &str) -> usize {
    let bytes = name.as_bytes();
    let (head, tail) =
        if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
            (u64::from_le_bytes(*first), u64::from_le_bytes(*last))
        } else {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(bytes) {
                *to = *from;
            }
            (u64::from_le_bytes(word), 0)
        };
    let mixed =
        (head ^ tail.rotate_left(23) ^ bytes.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    // The high bits are the well-mixed ones; a `usize` of 32 bits keeps 32 of them.
    (mixed >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_is_the_same_allocation() {
        let mut interner = Interner::new();
        let first = interner.identifier("a_long_identifier");
        for number in 0..1000 {
            interner.identifier(&format!("name{number}"));
        }
        assert!(Rc::ptr_eq(
            &first,
            &interner.identifier("a_long_identifier")
        ));
    }

    #[test]
    fn identifiers_are_normalized() {
        let mut interner = Interner::new();
        assert_eq!(&*interner.identifier("\u{fb01}x"), "fix");
    }
}
