//! Dict access with keys whose equality may be code of the script.
//!
//! A look-up that the table cannot decide alone gives candidates; they are compared one by one
//! outside any borrow, and the look-up starts over when the table changed meanwhile.

use crate::error::R;
use crate::objects::DictObj;
use crate::table::{DictTable, Find, quick_hash};
use crate::value::Value;
use crate::vm::Vm;

impl Vm {
    /// The position of a key. (Good until the table changes: read or set the value there with
    /// `entry` and `set_value`, as `d[k] += v` does.)
    ///
    /// # Errors
    /// What `__eq__` raises.
    #[inline]
    pub fn dict_find(&mut self, dict: &DictObj, hash: i64, key: &Value) -> R<Option<usize>> {
        match dict.table.with(|table| table.find(hash, key)) {
            Find::Found(at) => Ok(Some(at)),
            Find::Missing => Ok(None),
            Find::Ask => self.dict_ask(dict, hash, key),
        }
    }

    #[cold]
    #[inline(never)]
    fn dict_ask(&mut self, dict: &DictObj, hash: i64, key: &Value) -> R<Option<usize>> {
        'again: loop {
            let (candidates, version) = dict
                .table
                .with(|table| (table.candidates(hash), table.version()));
            for at in candidates {
                let found = dict.table.with(|t| t.entry(at).map(|e| e.key.clone()));
                let Some(found) = found else { continue };
                let equal = self.eq(&found, key)?;
                if dict.table.with(|table| table.version()) != version {
                    continue 'again;
                }
                if equal {
                    return Ok(Some(at));
                }
            }
            return Ok(None);
        }
    }

    /// `dict[key]`, if it is there.
    ///
    /// # Errors
    /// `TypeError` for an unhashable key; what `__hash__` or `__eq__` raises.
    #[inline]
    pub fn dict_get(&mut self, dict: &DictObj, key: &Value) -> R<Option<Value>> {
        let hash = self.hash(key)?;
        match self.dict_find(dict, hash, key)? {
            Some(at) => Ok(dict
                .table
                .with(|table| table.entry(at).map(|e| e.value.clone()))),
            None => Ok(None),
        }
    }

    /// `dict[key] = value`
    ///
    /// # Errors
    /// As for [`Vm::dict_get`].
    #[inline]
    pub fn dict_set(&mut self, dict: &DictObj, key: Value, value: Value) -> R<()> {
        let hash = self.hash(&key)?;
        self.dict_set_hashed(dict, hash, key, value)
    }

    /// `dict[key] = value` where the hash of the key is known.
    ///
    /// # Errors
    /// What `__eq__` raises.
    #[inline]
    pub fn dict_set_hashed(
        &mut self,
        dict: &DictObj,
        hash: i64,
        key: Value,
        value: Value,
    ) -> R<()> {
        let (found, slot) = dict.table.with(|table| table.search(hash, &key));
        let at = match found {
            Find::Found(at) => at,
            Find::Missing => {
                dict.table
                    .with_mut(|table| table.insert_at(slot, hash, key, value));
                return Ok(());
            }
            Find::Ask => match self.dict_ask(dict, hash, &key)? {
                Some(at) => at,
                None => {
                    dict.table
                        .with_mut(|table| table.insert_new(hash, key, value));
                    return Ok(());
                }
            },
        };
        let old = dict.table.with_mut(|table| table.set_value(at, value));
        drop(old);
        Ok(())
    }

    /// Removes a key; gives its value.
    ///
    /// # Errors
    /// As for [`Vm::dict_get`].
    pub fn dict_remove(&mut self, dict: &DictObj, key: &Value) -> R<Option<Value>> {
        let quick = |table: &mut DictTable| {
            let hash = quick_hash(key)?;
            match table.find(hash, key) {
                Find::Found(at) => Some(Some(table.remove(at))),
                Find::Missing => Some(None),
                Find::Ask => None,
            }
        };
        if let Some(removed) = dict.table.with_mut(quick) {
            return Ok(removed.map(|(_, value)| value));
        }
        let hash = self.hash(key)?;
        match self.dict_find(dict, hash, key)? {
            Some(at) => Ok(Some(dict.table.with_mut(|table| table.remove(at)).1)),
            None => Ok(None),
        }
    }
}
