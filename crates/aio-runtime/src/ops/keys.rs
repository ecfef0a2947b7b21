//! Instances as keys and in `==`, where no code of the script has a say.

use crate::objects::{ClassObj, InstanceObj, Keys, Name};
use crate::table::quick_eq;
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
                (own, plain) => own.is_none() && plain.is_none(),
            },
        )
    }

    /// What stands for two values in a comparison, if one is an instance and no code of the script
    /// has a say.
    pub fn stand_in(&mut self, op: CmpOp, a: &Value, b: &Value) -> Option<Stand> {
        if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
            let (left, right) = (self.plain_sequence(a)?, self.plain_sequence(b)?);
            return (left.tag() == right.tag()).then_some(Stand::For(left, right));
        }
        let (left, right) = (self.plain_key(a)?, self.plain_key(b)?);
        Some(match (left, right) {
            (Some(left), Some(right)) => Stand::For(left, right),
            _ => Stand::Equal(a.is(b)),
        })
    }

    /// Equality of two values where no code of the script has a say and what they are compared as is
    /// plain and equals itself, which a NaN does not.
    pub fn plain_eq(&mut self, a: &Value, b: &Value) -> Option<bool> {
        match (self.key_kind(a)?, self.key_kind(b)?) {
            (Keys::Base, Keys::Base) => look_key(a, |a| match a.tag() {
                Tag::Float | Tag::Complex => None,
                _ => look_key(b, |b| quick_eq(a, b))?,
            })?,
            _ => Some(a.is(b)),
        }
    }

    /// What a value is as a key; one of a built-in class stands for itself. `None` if code of the
    /// script has a say.
    fn key_kind(&mut self, value: &Value) -> Option<Keys> {
        match value.tag() {
            Tag::Instance => match self.keys_of(value.as_instance()?) {
                Keys::Other => None,
                keys => Some(keys),
            },
            Tag::None
            | Tag::Bool
            | Tag::Int
            | Tag::Float
            | Tag::Str
            | Tag::Bytes
            | Tag::Tuple
            | Tag::List
            | Tag::Dict
            | Tag::Set => Some(Keys::Base),
            _ => None,
        }
    }

    /// What a value is compared as: `Some(None)` if it equals itself only.
    fn plain_key(&mut self, value: &Value) -> Option<Option<Value>> {
        match self.key_kind(value)? {
            Keys::Base => look_key(value, Value::clone).map(Some),
            Keys::Identity | Keys::Other => Some(None),
        }
    }

    /// The tuple or list in an instance of a class that extends one and is subscripted, iterated
    /// over, measured, searched and ordered as that is, such as a named tuple; a tuple or list
    /// itself.
    #[inline]
    pub fn plain_sequence(&mut self, value: &Value) -> Option<Value> {
        match value.tag() {
            Tag::Instance => self.sequence_in(value),
            Tag::Tuple | Tag::List => Some(value.clone()),
            _ => None,
        }
    }

    /// As [`Vm::plain_sequence`], of an instance.
    pub fn sequence_in(&mut self, value: &Value) -> Option<Value> {
        let instance = value.as_instance()?;
        let sequence = |base: &Value| {
            let known = matches!(base.tag(), Tag::Tuple | Tag::List);
            known.then(|| base.clone())
        };
        let sequence = instance.look_base(sequence)??;
        let (epoch, plain) = instance.class.with(|class| class.sequence.get());
        let plain = if epoch == self.epoch {
            plain
        } else {
            self.find_sequence(instance, &sequence)
        };
        plain.then_some(sequence)
    }

    #[inline(never)]
    fn find_sequence(&mut self, instance: &InstanceObj, base: &Value) -> bool {
        let (class, base) = (instance.class.get(), class_of_builtin(self, base).clone());
        let names = &self.names;
        let names = [
            &names.__getitem__,
            &names.__setitem__,
            &names.__iter__,
            &names.__len__,
            &names.__contains__,
            &names.__lt__,
            &names.__le__,
            &names.__gt__,
            &names.__ge__,
        ]
        .map(Name::clone);
        let plain = self.has_same(&class, &base, &names);
        class.sequence.set((self.epoch, plain));
        plain
    }
}

/// What `look` says of the value that another one is compared as: itself, or what it extends.
fn look_key<U>(value: &Value, look: impl FnOnce(&Value) -> U) -> Option<U> {
    match value.as_instance() {
        Some(instance) => instance.look_base(look),
        None => Some(look(value)),
    }
}
