//! `repr`, `str`, `format`.

use crate::error::R;
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// Whether the class of a value may be one of the script.
fn is_of_script(value: &Value) -> bool {
    match value.as_future() {
        Some(future) => future.own_class().is_some(),
        None => value.tag() == Tag::Instance,
    }
}

impl Vm {
    /// `repr(value)`
    ///
    /// # Errors
    /// What `__repr__` raises; `RecursionError`.
    pub fn repr(&mut self, value: &Value) -> R<String> {
        self.check_native(" while getting the repr of an object")?;
        if is_of_script(value) {
            let hook = self.names.__repr__.clone();
            if let Some(result) = self.call_special(value, &hook, &[])? {
                return self.expect_text(result, "__repr__");
            }
        }
        crate::types::reprs::builtin_repr(self, value)
    }

    /// `str(value)`
    ///
    /// # Errors
    /// What `__str__` raises.
    pub fn to_text(&mut self, value: &Value) -> R<String> {
        if let Some(text) = value.as_str() {
            return Ok(text.to_owned());
        }
        if is_of_script(value) {
            let hook = self.names.__str__.clone();
            if let Some(result) = self.call_special(value, &hook, &[])? {
                return self.expect_text(result, "__str__");
            }
        }
        self.repr(value)
    }

    fn expect_text(&mut self, result: Value, method: &str) -> R<String> {
        if let Some(text) = result.as_str() {
            return Ok(text.to_owned());
        }
        if let Some(base) = result.as_instance().and_then(|i| i.base_value())
            && let Some(text) = base.as_str()
        {
            return Ok(text.to_owned());
        }
        let name = self.type_name(&result);
        if method == "__format__" {
            return Err(self.type_error(format!("{method} must return a str, not {name}")));
        }
        Err(self.type_error(format!("{method} returned non-string (type {name})")))
    }

    /// `format(value, spec)`
    ///
    /// # Errors
    /// `ValueError` for a bad spec; what `__format__` raises.
    pub fn format(&mut self, value: &Value, spec: &str) -> R<String> {
        if is_of_script(value) {
            let hook = self.names.__format__.clone();
            let spec_value = self.str(spec);
            if let Some(result) = self.call_special(value, &hook, &[spec_value])? {
                return self.expect_text(result, "__format__");
            }
        }
        crate::types::reprs::builtin_format(self, value, spec)
    }
}
