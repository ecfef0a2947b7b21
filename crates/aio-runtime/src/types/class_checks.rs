//! `isinstance` and `issubclass`.

use crate::error::R;
use crate::objects::Name;
use crate::types::generic_alias;
use crate::value::{Tag, Value};
use crate::vm::Vm;

impl Vm {
    /// `isinstance(value, class)`; `class` may be a tuple or a union.
    ///
    /// # Errors
    /// `TypeError` when it is none of these; what `__instancecheck__` raises.
    pub fn is_instance(&mut self, value: &Value, class: &Value) -> R<bool> {
        if let Some(class) = class.as_class()
            && class.metaclass.is_none()
        {
            let own = self.class_of(value);
            if own.is_subclass_of(class) {
                return Ok(true);
            }
            return self.claims_class(value, class);
        }
        if let Some(items) = class.to_tuple() {
            self.check_stack()?;
            for item in &items.items {
                if self.is_instance(value, item)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        if let Some(members) = generic_alias::union_members(class) {
            for member in members {
                if self.is_instance(value, &member)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let hook = self.names.__instancecheck__.clone();
        if let Some(answer) = self.check_hook(class, &hook, value)? {
            return Ok(answer);
        }
        match class.as_class() {
            Some(class) => {
                let own = self.class_of(value);
                Ok(own.is_subclass_of(class) || self.claims_class(value, class)?)
            }
            None => {
                Err(self
                    .type_error("isinstance() arg 2 must be a type, a tuple of types, or a union"))
            }
        }
    }

    /// Asks a metaclass (or a library object that stands for a class); `None` when it leaves the
    /// answer to the default.
    fn check_hook(&mut self, class: &Value, hook: &Name, argument: &Value) -> R<Option<bool>> {
        let Some(found) = self.lookup_special(class, hook) else {
            return Ok(None);
        };
        // The built-in check of `type` is what the caller does by itself.
        if class.tag() == Tag::Class && found.tag() == Tag::Native {
            return Ok(None);
        }
        match self.call_special(class, hook, std::slice::from_ref(argument))? {
            Some(result) => self.truthy(&result).map(Some),
            None => Ok(None),
        }
    }

    /// Whether an instance that is no instance of a class says by its `__class__` that it is.
    fn claims_class(&mut self, value: &Value, class: &crate::objects::ClassObj) -> R<bool> {
        let Some(instance) = value.as_instance() else {
            return Ok(false);
        };
        let own = instance.class.get();
        if own.builtin {
            return Ok(false);
        }
        let hook = self.names.__class__.clone();
        let (found, plain) = (
            self.lookup(&own, &hook),
            self.lookup(&self.types.object.clone(), &hook),
        );
        let overridden = match (&found, &plain) {
            (Some(found), Some(plain)) => !found.is(plain),
            (found, plain) => found.is_some() != plain.is_some(),
        };
        if !overridden {
            return Ok(false);
        }
        let claimed = self.get_attr_opt(value, &hook)?;
        Ok(claimed
            .as_ref()
            .and_then(Value::as_class)
            .is_some_and(|claimed| claimed.is_subclass_of(class)))
    }

    /// `issubclass(class, other)`; `other` may be a tuple or a union.
    ///
    /// # Errors
    /// `TypeError` when they are no classes; what `__subclasscheck__` raises.
    pub fn is_subclass(&mut self, class: &Value, other: &Value) -> R<bool> {
        if let Some(items) = other.to_tuple() {
            self.check_stack()?;
            for item in &items.items {
                if self.is_subclass(class, item)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        if class.tag() != Tag::Class {
            return Err(self.type_error("issubclass() arg 1 must be a class"));
        }
        if let Some(members) = generic_alias::union_members(other) {
            for member in members {
                if self.is_subclass(class, &member)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let hook = self.names.__subclasscheck__.clone();
        if let Some(answer) = self.check_hook(other, &hook, class)? {
            return Ok(answer);
        }
        match (class.as_class(), other.as_class()) {
            (Some(class), Some(other)) => Ok(class.is_subclass_of(other)),
            _ => Err(self
                .type_error("issubclass() arg 2 must be a class, a tuple of classes, or a union")),
        }
    }
}

/// Whether the class of an instance derives from (or was registered with) an abstract class of
/// `collections.abc`, by name: what `match` asks for sequence and mapping patterns.
pub fn is_abc(vm: &mut Vm, value: &Value, name: &str) -> bool {
    let class = vm.class_of(value);
    class.mro.with(|mro| {
        mro.iter()
            .any(|base| base.name.with(|own| own.text() == name))
    })
}
