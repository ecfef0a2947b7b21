//! Set access with keys whose equality may be code of the script: see `dicts`.

use crate::error::R;
use crate::objects::SetObj;
use crate::table::Lookup;
use crate::value::Value;
use crate::vm::Vm;

impl Vm {
    /// The position of a key.
    ///
    /// # Errors
    /// What `__eq__` raises.
    pub fn set_find(&mut self, set: &SetObj, hash: i64, key: &Value) -> R<Option<usize>> {
        loop {
            let (lookup, version) = set
                .table
                .with(|table| (table.lookup(hash, key), table.version()));
            match lookup {
                Lookup::Found(at) => return Ok(Some(at)),
                Lookup::Missing => return Ok(None),
                Lookup::Ask(candidates) => {
                    let mut restart = false;
                    for at in candidates {
                        let found = set.table.with(|table| table.key(at).cloned());
                        let Some(found) = found else { continue };
                        let equal = self.eq(&found, key)?;
                        if set.table.with(|table| table.version()) != version {
                            restart = true;
                            break;
                        }
                        if equal {
                            return Ok(Some(at));
                        }
                    }
                    if !restart {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Adds a key; whether it was new.
    ///
    /// # Errors
    /// `TypeError` for an unhashable key; what `__hash__` or `__eq__` raises.
    pub fn set_add(&mut self, set: &SetObj, key: Value) -> R<bool> {
        let hash = self.hash(&key)?;
        if self.set_find(set, hash, &key)?.is_some() {
            return Ok(false);
        }
        set.table.with_mut(|table| table.insert_new(hash, key));
        Ok(true)
    }

    /// Whether a key is there.
    ///
    /// # Errors
    /// As for [`Vm::set_add`].
    pub fn set_contains(&mut self, set: &SetObj, key: &Value) -> R<bool> {
        let hash = self.hash(key)?;
        Ok(self.set_find(set, hash, key)?.is_some())
    }
}
