//! `hash`.

use crate::error::R;
use crate::num::hash::TupleHasher;
use crate::objects::{InstanceObj, Keys, TupleObj};
use crate::table::{hash_item, hash_single};
use crate::types::object_text::identity_hash;
use crate::types::reprs::builtin_hash;
use crate::value::{Tag, Value};
use crate::vm::Vm;

impl Vm {
    /// `hash(value)`
    ///
    /// # Errors
    /// `TypeError` when it is unhashable; what `__hash__` raises; `RecursionError`.
    #[inline]
    pub fn hash(&mut self, value: &Value) -> R<i64> {
        match hash_single(value) {
            Some(hash) => Ok(hash),
            None => self.hash_other(value),
        }
    }

    #[inline(never)]
    fn hash_other(&mut self, value: &Value) -> R<i64> {
        if let Some(tuple) = value.as_tuple() {
            return self.hash_items(tuple);
        }
        if let Some(instance) = value.as_instance()
            && let Some(hash) = self.hash_plain(value, instance)?
        {
            return Ok(hash);
        }
        builtin_hash(self, value)
    }

    fn hash_items(&mut self, tuple: &TupleObj) -> R<i64> {
        self.check_stack()?;
        let mut state = TupleHasher::default();
        for item in &tuple.items {
            let hash = match hash_single(item).or_else(|| hash_item(item)) {
                Some(hash) => hash,
                None => self.hash_other(item)?,
            };
            state.add(hash);
        }
        Ok(state.finish())
    }

    /// The hash of an instance whose class leaves it to `object` or to a built-in base class.
    fn hash_plain(&mut self, value: &Value, instance: &InstanceObj) -> R<Option<i64>> {
        match self.keys_of(instance) {
            Keys::Identity => Ok(Some(identity_hash(value))),
            Keys::Base => match instance.base_value() {
                // The others have no hash, or keep it.
                Some(base) if !matches!(base.tag(), Tag::List | Tag::Dict | Tag::Set) => {
                    self.hash(&base).map(Some)
                }
                Some(_) | None => Ok(None),
            },
            Keys::Other => Ok(None),
        }
    }
}
