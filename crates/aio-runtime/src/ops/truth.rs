//! Truth, length, hash, index.

use crate::error::R;
use crate::types::bytearray::ByteArray;
use crate::value::{Tag, Value};
use crate::vm::Vm;

impl Vm {
    /// `bool(value)`
    ///
    /// # Errors
    /// What `__bool__` or `__len__` raises.
    #[inline]
    pub fn truthy(&mut self, value: &Value) -> R<bool> {
        match value.tag() {
            Tag::Bool => Ok(value.as_bool() == Some(true)),
            Tag::None | Tag::Unset => Ok(false),
            Tag::Int => Ok(value.as_int() != Some(0)),
            _ => self.truthy_slow(value),
        }
    }

    fn truthy_slow(&mut self, value: &Value) -> R<bool> {
        match value.tag() {
            Tag::Float => Ok(value.as_float() != Some(0.0)),
            Tag::Str => Ok(value.as_str() != Some("")),
            Tag::List => Ok(value.as_list().is_some_and(|list| !list.is_empty())),
            Tag::Tuple => Ok(value
                .as_tuple()
                .is_some_and(|tuple| !tuple.items.is_empty())),
            Tag::Dict => Ok(value
                .as_dict()
                .is_some_and(|d| d.table.with(|t| !t.is_empty()))),
            Tag::Set => Ok(value
                .as_set()
                .is_some_and(|s| s.table.with(|t| !t.is_empty()))),
            Tag::Bytes => Ok(value
                .as_bytes_obj()
                .is_some_and(|bytes| !bytes.data().is_empty())),
            Tag::Complex => Ok(value
                .as_complex()
                .is_some_and(|c| c.re != 0.0 || c.im != 0.0)),
            Tag::Range => Ok(value.as_range().is_some_and(crate::types::range::is_filled)),
            Tag::View => Ok(self.len(value)? != 0),
            Tag::Instance | Tag::Class => self.truthy_object(value),
            Tag::Coroutine => {
                if let Some(coroutine) = value.as_coroutine() {
                    coroutine.is_tested();
                }
                Ok(true)
            }
            _ => Ok(true),
        }
    }

    fn truthy_object(&mut self, value: &Value) -> R<bool> {
        let hook = self.names.__bool__.clone();
        if let Some(result) = self.call_special(value, &hook, &[])? {
            return match result.as_bool() {
                Some(result) => Ok(result),
                None => {
                    let name = self.type_name(&result);
                    Err(self.type_error(format!("__bool__ should return bool, returned {name}")))
                }
            };
        }
        let hook = self.names.__len__.clone();
        if self.lookup_special(value, &hook).is_some() {
            return Ok(self.len(value)? != 0);
        }
        Ok(true)
    }

    /// `len(value)`
    ///
    /// # Errors
    /// `TypeError` when it has none; what `__len__` raises.
    #[inline(always)]
    pub fn len(&mut self, value: &Value) -> R<usize> {
        let len = match value.tag() {
            Tag::Str => value.as_str_obj().map(|s| s.char_count()),
            Tag::List => value.as_list().map(|list| list.len()),
            Tag::Tuple => value.as_tuple().map(|tuple| tuple.items.len()),
            Tag::Dict => value
                .as_dict()
                .map(|dict| dict.table.with(|table| table.len())),
            Tag::Set => value
                .as_set()
                .map(|set| set.table.with(|table| table.len())),
            Tag::Bytes => value.as_bytes_obj().map(|bytes| bytes.data().len()),
            Tag::View => value
                .as_view()
                .map(|view| view.dict.table.with(|table| table.len())),
            Tag::Range => return self.range_len(value),
            _ => None,
        };
        match len {
            Some(len) => Ok(len),
            None => self.len_object(value),
        }
    }

    fn range_len(&mut self, value: &Value) -> R<usize> {
        let len = value.as_range().and_then(|range| match range.big {
            None => i64::try_from(range.len()).ok(),
            Some(_) => crate::types::range::len(range).try_into().ok(),
        });
        match len {
            Some(len) => Ok(len as usize),
            None => Err(self.overflow_error("Python int too large to convert to C ssize_t")),
        }
    }

    fn len_object(&mut self, value: &Value) -> R<usize> {
        if let Some(sequence) = self.sequence_in(value) {
            return self.len(&sequence);
        }
        if self.class_id_of(value) == self.types.bytearray.id
            && let Some(array) = ByteArray::of(value)
        {
            return Ok(array.len());
        }
        let hook = self.names.__len__.clone();
        let Some(result) = self.call_special(value, &hook, &[])? else {
            let name = self.type_name(value);
            return Err(self.type_error(format!("object of type '{name}' has no len()")));
        };
        let index = self.index(&result)?;
        match index.as_index() {
            Some(len) if len >= 0 => Ok(len as usize),
            Some(_) => Err(self.value_error("__len__() should return >= 0")),
            None => Err(self.overflow_error("cannot fit 'int' into an index-sized integer")),
        }
    }

    /// `operator.index(value)`: an int (small or large) or the result of `__index__`.
    ///
    /// # Errors
    /// `TypeError` when it is no integer.
    pub fn index(&mut self, value: &Value) -> R {
        match value.tag() {
            Tag::Int | Tag::BigInt => return Ok(value.clone()),
            Tag::Bool => return Ok(Value::int(value.as_index().unwrap_or(0))),
            _ => {}
        }
        if let Some(base) = value.as_instance().and_then(|i| i.base_value())
            && matches!(base.tag(), Tag::Int | Tag::BigInt)
        {
            return Ok(base);
        }
        let hook = self.names.__index__.clone();
        match self.call_special(value, &hook, &[])? {
            Some(result) if matches!(result.tag(), Tag::Int | Tag::BigInt | Tag::Bool) => {
                Ok(result.as_index().map_or(result, Value::int))
            }
            Some(result) => {
                let name = self.type_name(&result);
                Err(self.type_error(format!("__index__ returned non-int (type {name})")))
            }
            None => {
                let name = self.type_name(value);
                Err(self.type_error(format!(
                    "'{name}' object cannot be interpreted as an integer"
                )))
            }
        }
    }

    /// An index as a machine int.
    ///
    /// # Errors
    /// `TypeError`; `OverflowError` when it does not fit.
    pub fn index_i64(&mut self, value: &Value) -> R<i64> {
        if let Some(int) = value.as_index() {
            return Ok(int);
        }
        let index = self.index(value)?;
        match index.as_index() {
            Some(int) => Ok(int),
            None => Err(self.overflow_error("Python int too large to convert to C ssize_t")),
        }
    }
}
