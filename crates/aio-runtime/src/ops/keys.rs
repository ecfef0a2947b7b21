//! Instances as keys and in `==`, where no code of the script has a say.

use crate::objects::{ClassObj, InstanceObj, Keys, Name};
use crate::types::class_of_builtin;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::CmpOp;

/// What is compared instead of two values.
pub enum Stand {
    /// Nothing: this is what `==` says.
    Equal(bool),
    /// These.
    For(Value, Value),
}

impl Vm {
    /// Where `__eq__`, `__ne__` and `__hash__` of an instance come from.
    pub fn keys_of(&mut self, instance: &InstanceObj) -> Keys {
        let (epoch, keys) = instance.class.with(|class| class.keys.get());
        if epoch == self.epoch {
            return keys;
        }
        self.find_keys(instance)
    }

    #[inline(never)]
    fn find_keys(&mut self, instance: &InstanceObj) -> Keys {
        let class = instance.class.get();
        let names = &self.names;
        let names = [
            names.__eq__.clone(),
            names.__ne__.clone(),
            names.__hash__.clone(),
        ];
        let object = self.types.object.clone();
        let keys = if self.has_same(&class, &object, &names) {
            Keys::Identity
        } else {
            let base = instance.base_value();
            let base = base.map(|base| class_of_builtin(self, &base).clone());
            match base {
                Some(base) if self.has_same(&class, &base, &names) => Keys::Base,
                Some(_) | None => Keys::Other,
            }
        };
        class.keys.set((self.epoch, keys));
        keys
    }

    /// Whether names mean the same in two classes.
    fn has_same(&mut self, class: &ClassObj, other: &ClassObj, names: &[Name]) -> bool {
        names.iter().all(
            |name| match (self.lookup(class, name), self.lookup(other, name)) {
                (Some(own), Some(plain)) => own.is(&plain),
                _ => false,
            },
        )
    }

    /// What stands for two values in `a == b` or `a != b`, if one is an instance and no code of the
    /// script has a say.
    pub fn stand_in(&mut self, op: CmpOp, a: &Value, b: &Value) -> Option<Stand> {
        if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
            return None;
        }
        let (left, right) = (self.plain_key(a)?, self.plain_key(b)?);
        Some(match (left, right) {
            (Some(left), Some(right)) => Stand::For(left, right),
            _ => Stand::Equal(a.is(b)),
        })
    }

    /// What a value is compared as: `Some(None)` if it equals itself only.
    fn plain_key(&mut self, value: &Value) -> Option<Option<Value>> {
        match value.tag() {
            Tag::Instance => {
                let instance = value.as_instance()?;
                match self.keys_of(instance) {
                    Keys::Identity => Some(None),
                    Keys::Base => Some(instance.base_value()),
                    Keys::Other => None,
                }
            }
            Tag::None
            | Tag::Bool
            | Tag::Int
            | Tag::Float
            | Tag::Str
            | Tag::Bytes
            | Tag::Tuple
            | Tag::List
            | Tag::Dict
            | Tag::Set => Some(Some(value.clone())),
            _ => None,
        }
    }
}
