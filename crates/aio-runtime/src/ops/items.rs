//! Subscripts: `a[i]`, `a[i] = x`, `del a[i]`.

use crate::error::R;
use crate::types::sequences;
use crate::value::{Tag, Value};
use crate::vm::Vm;

impl Vm {
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
