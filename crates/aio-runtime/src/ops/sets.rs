//! Set access with keys whose equality may be code of the script: see `dicts`.

use crate::error::R;
use crate::objects::SetObj;
use crate::table::{Added, Find};
use crate::value::Value;
use crate::vm::Vm;

impl Vm {
    /// The position of a key.
    ///
    /// # Errors
    /// What `__eq__` raises.
    #[inline]
    pub fn set_find(&mut self, set: &SetObj, hash: i64, key: &Value) -> R<Option<usize>> {
        match set.table.with(|table| table.find(hash, key)) {
            Find::Found(at) => Ok(Some(at)),
            Find::Missing => Ok(None),
            Find::Ask => self.set_ask(set, hash, key),
        }
    }

    #[cold]
    #[inline(never)]
    fn set_ask(&mut self, set: &SetObj, hash: i64, key: &Value) -> R<Option<usize>> {
        'again: loop {
            let (candidates, version) = set
                .table
                .with(|table| (table.candidates(hash), table.version()));
            for at in candidates {
                let found = set.table.with(|t| t.key(at).cloned());
                let Some(found) = found else { continue };
                let equal = self.eq(&found, key)?;
                if set.table.with(|table| table.version()) != version {
                    continue 'again;
                }
                if equal {
                    return Ok(Some(at));
                }
            }
            return Ok(None);
        }
    }

    /// Adds a key; whether it was new.
    ///
    /// # Errors
    /// `TypeError` for an unhashable key; what `__hash__` or `__eq__` raises.
    #[inline]
    pub fn set_add(&mut self, set: &SetObj, key: Value) -> R<bool> {
        let hash = self.hash(&key)?;
        self.set_add_hashed(set, hash, &key)
    }

    /// Adds a key whose hash is known; whether it was new.
    ///
    /// # Errors
    /// What `__eq__` raises.
    #[inline(always)]
    pub fn set_add_hashed(&mut self, set: &SetObj, hash: i64, key: &Value) -> R<bool> {
        match set.table.with_mut(|table| table.add(hash, key)) {
            Added::New => Ok(true),
            Added::Present => Ok(false),
            Added::Ask => {
                let new = self.set_ask(set, hash, key)?.is_none();
                if new {
                    set.table
                        .with_mut(|table| table.insert_new(hash, key.clone()));
                }
                Ok(new)
            }
        }
    }

    /// Whether a key is there.
    ///
    /// # Errors
    /// As for [`Vm::set_add`].
    #[inline]
    pub fn set_contains(&mut self, set: &SetObj, key: &Value) -> R<bool> {
        let hash = self.hash(key)?;
        Ok(self.set_find(set, hash, key)?.is_some())
    }
}
