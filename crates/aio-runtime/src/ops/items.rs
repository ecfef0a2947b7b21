//! Subscripts: `a[i]`, `a[i] = x`, `del a[i]`.

use crate::error::R;
use crate::heap::Ref;
use crate::modules::deque;
use crate::objects::{DictObj, Payload};
use crate::types::sequences;
use crate::value::{Tag, Value};
use crate::vm::Vm;

impl Vm {
    /// The dict of an instance of a subclass of `dict` that takes subscripts as that does.
    #[inline]
    pub fn dict_behind(&mut self, object: &Value) -> Option<Ref<DictObj>> {
        let instance = object.as_instance()?;
        let dict = instance.payload.with(|payload| match payload {
            Payload::Base(base) => base.to_dict(),
            Payload::None | Payload::Exc(_) | Payload::Native(_) => None,
        })?;
        let known = instance.class.with(|class| class.dict_items_at.get());
        (known == self.epoch || self.has_dict_items(object)).then_some(dict)
    }

    #[inline(never)]
    fn has_dict_items(&mut self, object: &Value) -> bool {
        let (class, base) = (self.class_of(object), self.types.dict.clone());
        let hooks = [
            self.names.__getitem__.clone(),
            self.names.__setitem__.clone(),
        ];
        let same =
            hooks.iter().all(
                |hook| match (self.lookup(&class, hook), self.lookup(&base, hook)) {
                    (Some(own), Some(plain)) => own.is(&plain),
                    _ => false,
                },
            );
        if same {
            class.dict_items_at.set(self.epoch);
        }
        same
    }

    /// `object[key]` of an instance of a subclass of `dict`, which is asked for missing keys.
    ///
    /// # Errors
    /// `KeyError`; what `__missing__` raises.
    pub fn item_of_subclass(&mut self, object: &Value, dict: &DictObj, key: &Value) -> R {
        if let Some(value) = self.dict_get(dict, key)? {
            return Ok(value);
        }
        let hook = self.names.__missing__.clone();
        match self.call_special(object, &hook, std::slice::from_ref(key))? {
            Some(value) => Ok(value),
            None => Err(self.key_error(key.clone())),
        }
    }

    /// `object[index]`
    ///
    /// # Errors
    /// `IndexError`, `KeyError`, `TypeError`; what `__getitem__` raises.
    #[inline(never)]
    pub fn get_item(&mut self, object: &Value, index: &Value) -> R {
        if object.tag() != Tag::Instance {
            if let Some(result) = sequences::get_item(self, object, index)? {
                return Ok(result);
            }
            if object.tag() == Tag::Class {
                return crate::types::generic_alias::class_item(self, object, index);
            }
        }
        if let Some(sequence) = self.sequence_in(object) {
            return self.get_item(&sequence, index);
        }
        if let Some(dict) = self.dict_behind(object) {
            return self.item_of_subclass(object, &dict, index);
        }
        if self.class_id_of(object) == self.types.bytearray.id {
            return crate::types::bytearray::get_item(self, object, index);
        }
        if let Some(item) = deque::plain_item(object, index) {
            return Ok(item);
        }
        let hook = self.names.__getitem__.clone();
        match self.call_special(object, &hook, std::slice::from_ref(index))? {
            Some(result) => Ok(result),
            None => {
                let name = self.type_name(object);
                Err(self.type_error(format!("'{name}' object is not subscriptable")))
            }
        }
    }

    /// `object[index] = value`
    ///
    /// # Errors
    /// As for [`Vm::get_item`].
    #[inline(never)]
    pub fn set_item(&mut self, object: &Value, index: &Value, value: Value) -> R<()> {
        if object.tag() != Tag::Instance && sequences::set_item(self, object, index, &value)? {
            return Ok(());
        }
        if let Some(sequence) = self.sequence_in(object)
            && sequence.tag() == Tag::List
        {
            return self.set_item(&sequence, index, value);
        }
        if let Some(dict) = self.dict_behind(object) {
            return self.dict_set(&dict, index.clone(), value);
        }
        if self.class_id_of(object) == self.types.bytearray.id {
            return crate::types::bytearray::set_item(self, object, index, &value).map(drop);
        }
        let hook = self.names.__setitem__.clone();
        match self.call_special(object, &hook, &[index.clone(), value])? {
            Some(_) => Ok(()),
            None => {
                let name = self.type_name(object);
                Err(self.type_error(format!("'{name}' object does not support item assignment")))
            }
        }
    }

    /// `del object[index]`
    ///
    /// # Errors
    /// As for [`Vm::get_item`].
    pub fn del_item(&mut self, object: &Value, index: &Value) -> R<()> {
        if object.tag() != Tag::Instance && sequences::del_item(self, object, index)? {
            return Ok(());
        }
        let hook = self.names.__delitem__.clone();
        match self.call_special(object, &hook, std::slice::from_ref(index))? {
            Some(_) => Ok(()),
            None => {
                let name = self.type_name(object);
                Err(self.type_error(format!("'{name}' object doesn't support item deletion")))
            }
        }
    }
}
