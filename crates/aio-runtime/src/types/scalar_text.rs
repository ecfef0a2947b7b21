//! `repr`, `format` and `hash` of None, bool, numbers, str, bytes.
//!
//! Every function answers `None` for other kinds.

use super::numbers::{Number, number};
use crate::error::R;
use crate::num::{IntRef, complex, fixed, float_text, hash, int_text};
use crate::text::{format_spec, repr};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::fmt::Write as _;

/// `repr(value)`; `None` for other kinds.
///
/// # Errors
/// `ValueError` for an int with more digits than the limit.
pub fn repr(vm: &mut Vm, value: &Value) -> R<Option<String>> {
    if let Some(int) = value.as_int() {
        return Ok(Some(int.to_string()));
    }
    Ok(Some(match value.tag() {
        Tag::None => "None".to_owned(),
        Tag::NotImplemented => "NotImplemented".to_owned(),
        Tag::Ellipsis => "Ellipsis".to_owned(),
        Tag::Bool => bool_text(value.as_bool() == Some(true)).to_owned(),
        Tag::Float => float_text::repr(value.as_float().unwrap_or(0.0)),
        Tag::Str => repr::repr(value.as_str().unwrap_or("")),
        _ => return repr_rare(vm, value),
    }))
}

/// `True` or `False`
pub fn bool_text(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

fn repr_rare(vm: &mut Vm, value: &Value) -> R<Option<String>> {
    if let Some(big) = value.as_bigint() {
        let text = int_text::to_decimal(&big.0, vm.max_str_digits);
        return vm.checked(text).map(Some);
    }
    if let Some(z) = value.as_complex() {
        return Ok(Some(complex::repr((z.re, z.im))));
    }
    Ok(value
        .as_bytes_obj()
        .map(|bytes| repr::bytes_repr(bytes.data())))
}

/// Appends `str(value)` of a str, int, bool, float or None without a string in between; false
/// (and nothing appended) for other kinds.
pub fn push_text(out: &mut String, value: &Value) -> bool {
    if let Some(text) = value.as_str() {
        out.push_str(text);
    } else if let Some(int) = value.as_int() {
        // Writing to a string cannot fail.
        let _ = write!(out, "{int}");
    } else if let Some(x) = value.as_float() {
        out.push_str(&float_text::repr(x));
    } else if let Some(value) = value.as_bool() {
        out.push_str(bool_text(value));
    } else if value.is_none() {
        out.push_str("None");
    } else {
        return false;
    }
    true
}

/// `format(value, spec)`; `None` for other kinds.
///
/// # Errors
/// `ValueError` for a bad spec.
pub fn format(vm: &mut Vm, value: &Value, spec: &str) -> R<Option<String>> {
    if let Some(text) = value.as_str() {
        let result = format_spec::format_str(text, spec, "str");
        return vm.checked(result).map(Some);
    }
    let Some(number) = number(value) else {
        return Ok(None);
    };
    if spec.is_empty() {
        return repr(vm, value);
    }
    if let Some(text) = format_plainly(value, spec) {
        return Ok(Some(text));
    }
    let result = match number {
        Number::Int(int) => {
            let name = if value.tag() == Tag::Bool {
                "bool"
            } else {
                "int"
            };
            format_spec::format_int(int, spec, name, vm.max_str_digits)
        }
        Number::Float(x) => format_spec::format_float(x, spec, "float"),
        Number::Complex((re, im)) => format_spec::format_complex(re, im, spec, "complex"),
    };
    vm.checked(result).map(Some)
}

/// The two most frequent specs without parsing in general: `5d` (also `5`, `05d`) of an int and
/// `.2f` of a float.
fn format_plainly(value: &Value, spec: &str) -> Option<String> {
    if let Some(x) = value.as_float() {
        let [b'.', digit @ b'0'..=b'9', b'f'] = spec.as_bytes() else {
            return None;
        };
        let places = usize::from(digit - b'0');
        return x.is_finite().then(|| fixed::signed_text(x, places));
    }
    let int = value.as_int()?;
    let width = spec.strip_suffix('d').unwrap_or(spec);
    let zeros = width.starts_with('0');
    if width.is_empty() || width.len() > 3 || !width.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let width: usize = width.parse().ok()?;
    let mut text = int.to_string();
    let missing = width.saturating_sub(text.len());
    if zeros {
        text.insert_str(usize::from(int < 0), &"0".repeat(missing));
    } else {
        text.insert_str(0, &" ".repeat(missing));
    }
    Some(text)
}

/// `hash(value)`; `None` for other kinds.
///
/// # Errors
/// None: scalars are hashable.
pub fn hash(_vm: &mut Vm, value: &Value) -> R<Option<i64>> {
    if let Some(string) = value.as_str_obj() {
        return Ok(Some(string.hash()));
    }
    if let Some(bytes) = value.as_bytes_obj() {
        return Ok(Some(bytes.hash()));
    }
    if let Some(number) = number(value) {
        return Ok(Some(match number {
            Number::Int(IntRef::Small(int)) => hash::hash_i64(int),
            Number::Int(int) => hash::hash_int(int),
            Number::Float(x) => hash::hash_f64(x),
            Number::Complex((re, im)) => hash::hash_complex(re, im),
        }));
    }
    // Those of the other singletons are addresses in CPython; any fixed numbers will do.
    Ok(match value.tag() {
        Tag::None => Some(hash::NONE),
        Tag::NotImplemented => Some(0x0fca_6421),
        Tag::Ellipsis => Some(0x0fca_6422),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::numbers::big_value;
    use num_bigint::BigInt;

    #[test]
    fn equal_numbers_hash_alike() {
        let mut vm = Vm::new(crate::Options::default(), 1 << 20);
        let mut of = |value: Value| hash(&mut vm, &value);
        assert_eq!(of(Value::int(3)), of(Value::float(3.0)));
        assert_eq!(of(Value::TRUE), Ok(Some(1)));
        assert_eq!(of(Value::int(-1)), Ok(Some(-2)));
        assert_eq!(of(big_value(BigInt::from(1u8) << 64)), Ok(Some(8)));
    }
}
