//! `%`-formatting over values: `'%s: %5.1f' % (name, x)`.
//!
//! `text::percent` reads the format; here the values are fetched and converted, in CPython's order.
//! A format of bytes is read as if each byte were a character, and the result goes back the same
//! way: every value that is put in is bytes already.

use super::float_type;
use super::int_type;
use super::numbers::int_ref;
use super::scalar_text::push_text;
use super::text_values::{bytes_of, index_opt, str_of};
use crate::error::R;
use crate::num::convert;
use crate::text::percent::{self, Amount, Conversion, Directive, Directives, Flags, Piece};
use crate::text::repr;
use crate::types::numbers::int_value;
use crate::types::numbers::unwrap;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::borrow::Cow;

/// Where the values come from: a tuple, or one value alone.
struct Source {
    values: Value,
    /// The next one; counts from -2 for a value alone, which ends at -1.
    next: i64,
    end: i64,
    /// The right operand, if names may be looked up in it.
    mapping: Option<Value>,
}

impl Source {
    fn new(vm: &mut Vm, kind: Kind, operand: &Value) -> Source {
        let values = unwrap(operand);
        if let Some(tuple) = values.as_tuple() {
            let end = tuple.items.len() as i64;
            return Source {
                values,
                next: 0,
                end,
                mapping: None,
            };
        }
        let hook = vm.names.__getitem__.clone();
        let is_mapping = match values.tag() {
            Tag::Str | Tag::Int | Tag::Float | Tag::Bool | Tag::None => false,
            _ if kind == Kind::Bytes && bytes_of(&values).is_some() => false,
            Tag::Dict | Tag::List | Tag::Bytes | Tag::Range => true,
            _ => vm.lookup_special(operand, &hook).is_some(),
        };
        Source {
            values: operand.clone(),
            next: -2,
            end: -1,
            mapping: is_mapping.then(|| operand.clone()),
        }
    }

    fn next(&mut self, vm: &mut Vm) -> R {
        if self.next >= self.end {
            return Err(vm.raise_fault(percent::too_few_values()));
        }
        let at = self.next;
        self.next += 1;
        if self.end < 0 {
            return Ok(self.values.clone());
        }
        let item = self
            .values
            .as_tuple()
            .and_then(|tuple| tuple.items.get(at as usize));
        Ok(item.cloned().unwrap_or(Value::NONE))
    }

    /// `%(key)s`: what comes next is the value under the key.
    fn select(&mut self, vm: &mut Vm, key: &Value) -> R<()> {
        let Some(mapping) = self.mapping.clone() else {
            return Err(vm.raise_fault(percent::needs_mapping()));
        };
        self.values = vm.get_item(&mapping, key)?;
        (self.next, self.end) = (-2, -1);
        Ok(())
    }

    /// The value of a `*`.
    fn star(
        &mut self,
        vm: &mut Vm,
        amount: Amount,
        fits: fn(i64) -> bool,
        c: &str,
    ) -> R<Option<i64>> {
        if amount != Amount::Star {
            return Ok(None);
        }
        let value = self.next(vm)?;
        let value = unwrap(&value);
        let Some(int) = int_ref(&value) else {
            return Err(vm.type_error("* wants int"));
        };
        match int.to_i64().filter(|int| fits(*int)) {
            Some(int) => Ok(Some(int)),
            None => Err(vm.overflow_error(format!("Python int too large to convert to C {c}"))),
        }
    }
}

/// What kind of text is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Str,
    Bytes,
}

/// `format % operand`
///
/// # Errors
/// `TypeError` and `ValueError` for formats and values that do not go together.
pub fn format_str(vm: &mut Vm, format: &str, operand: &Value) -> R {
    let text = run(vm, Kind::Str, format, operand)?;
    Ok(super::text_values::owned_value(text))
}

/// `format % operand` for bytes.
///
/// # Errors
/// As for [`format_str`].
pub fn format_bytes(vm: &mut Vm, format: &[u8], operand: &Value) -> R<Vec<u8>> {
    let format = match std::str::from_utf8(format) {
        Ok(format) if format.is_ascii() => Cow::Borrowed(format),
        _ => Cow::Owned(format.iter().map(|byte| char::from(*byte)).collect()),
    };
    let text = run(vm, Kind::Bytes, &format, operand)?;
    // Every character came from a byte.
    Ok(if text.is_ascii() {
        text.into_bytes()
    } else {
        text.chars().map(|c| c as u8).collect()
    })
}

fn run(vm: &mut Vm, kind: Kind, format: &str, operand: &Value) -> R<String> {
    let mut source = Source::new(vm, kind, operand);
    let mut out = String::with_capacity(format.len() + 16);
    for piece in Directives::new(format) {
        match vm.checked(piece)? {
            Piece::Literal(text) => out.push_str(text),
            Piece::Directive(directive) => {
                convert_one(vm, kind, &directive, &mut source, &mut out)?;
            }
        }
    }
    if source.next < source.end && source.mapping.is_none() {
        let name = match kind {
            Kind::Str => "string",
            Kind::Bytes => "bytes",
        };
        return Err(vm.raise_fault(percent::too_many_values(name)));
    }
    Ok(out)
}

fn convert_one(
    vm: &mut Vm,
    kind: Kind,
    directive: &Directive<'_>,
    source: &mut Source,
    out: &mut String,
) -> R<()> {
    if let Some(key) = directive.key {
        let key = match kind {
            Kind::Str => vm.str(key),
            Kind::Bytes => Value::bytes(key.chars().map(|c| c as u8).collect::<Vec<u8>>()),
        };
        source.select(vm, &key)?;
    }
    let width = source.star(vm, directive.width, |_| true, "ssize_t")?;
    let fits_int = |int| i32::try_from(int).is_ok();
    let precision = source.star(vm, directive.precision, fits_int, "int")?;
    let Some(code) = directive.code else {
        return Err(vm.raise_fault(percent::incomplete_format()));
    };
    let value = source.next(vm)?;
    let plain = directive.width == Amount::Absent && directive.precision == Amount::Absent;
    if code == 's'
        && plain
        && kind == Kind::Str
        && directive.flags == Flags::default()
        && push_text(out, &value)
    {
        return Ok(());
    }
    if matches!(code, 'd' | 'i')
        && plain
        && directive.flags == Flags::default()
        && value.tag() == Tag::Int
    {
        push_text(out, &value);
        return Ok(());
    }
    if code == 'r' && plain && kind == Kind::Str && directive.flags == Flags::default() {
        out.push_str(&vm.repr(&value)?);
        return Ok(());
    }
    let conversion = Conversion::new(directive, width, precision);
    let conversion = vm.checked(conversion)?;
    match code {
        's' if kind == Kind::Str && value.tag() == Tag::Str => {
            percent::push_text(out, value.as_str().unwrap_or(""), &conversion);
        }
        's' | 'r' | 'a' | 'b' => {
            let text = text_of(vm, kind, directive, &value)?;
            percent::push_text(out, &text, &conversion);
        }
        'c' => {
            let text = character(vm, kind, &value)?;
            percent::push_text(out, &text, &conversion);
        }
        'd' | 'i' | 'u' | 'o' | 'x' | 'X' => {
            let int = integer(vm, code, &value)?;
            let int = int_ref(&int).unwrap_or(crate::num::IntRef::Small(0));
            let done = percent::push_int(out, int, &conversion, vm.max_str_digits);
            vm.checked(done)?;
        }
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
            let x = float_type::real_argument(vm, &value)?;
            let done = percent::push_float(out, x, &conversion);
            vm.checked(done)?;
        }
        _ => return Err(unsupported(vm, code, directive.position)),
    }
    Ok(())
}

#[cold]
fn unsupported(vm: &mut Vm, code: char, position: usize) -> crate::error::Raised {
    vm.raise_fault(percent::unsupported_code(code, position))
}

/// The text of a value under `%s`, `%r`, `%a`, `%b`.
fn text_of(vm: &mut Vm, kind: Kind, directive: &Directive<'_>, value: &Value) -> R<String> {
    match (kind, directive.code) {
        (Kind::Str, Some('s')) => vm.to_text(value),
        (Kind::Str, Some('r')) => vm.repr(value),
        (Kind::Bytes, Some('r')) | (_, Some('a')) => {
            let text = vm.repr(value)?;
            Ok(repr::escape_non_ascii(&text))
        }
        (Kind::Str, _) => Err(unsupported(vm, 'b', directive.position)),
        (Kind::Bytes, _) => {
            if let Some(bytes) = bytes_of(value) {
                return Ok(match std::str::from_utf8(&bytes) {
                    Ok(text) if text.is_ascii() => text.to_owned(),
                    _ => bytes.iter().map(|byte| char::from(*byte)).collect(),
                });
            }
            let hook = vm.names.__bytes__.clone();
            if let Some(result) = vm.call_special(value, &hook, &[])?
                && let Some(bytes) = bytes_of(&result)
            {
                return Ok(bytes.iter().map(|byte| char::from(*byte)).collect());
            }
            let name = vm.type_name(value);
            Err(vm.type_error(format!(
                "%b requires a bytes-like object, or an object that implements __bytes__, not '{name}'"
            )))
        }
    }
}

/// The character of a value under `%c`.
fn character(vm: &mut Vm, kind: Kind, value: &Value) -> R<String> {
    match kind {
        Kind::Str => {
            if let Some(text) = str_of(value) {
                if text.char_count() == 1 {
                    return Ok(text.text().to_owned());
                }
            } else if let Some(index) = index_opt(vm, value)?
                && let Some(int) = int_ref(&index)
            {
                let c = percent::code_point(int);
                return vm.checked(c).map(String::from);
            }
            Err(vm.type_error("%c requires int or char"))
        }
        Kind::Bytes => {
            if let Some(bytes) = bytes_of(value) {
                if let [byte] = *bytes {
                    return Ok(char::from(byte).to_string());
                }
            } else if let Some(index) = index_opt(vm, value)? {
                return match index.as_int().map(u8::try_from) {
                    Some(Ok(byte)) => Ok(char::from(byte).to_string()),
                    Some(Err(_)) | None => Err(vm.overflow_error("%c arg not in range(256)")),
                };
            }
            Err(vm.type_error("%c requires an integer in range(256) or a single byte"))
        }
    }
}

/// The integer of a value under `%d`, `%x`, ...: the first takes any number that has an integer
/// part, the others only what counts. A `TypeError` on the way gets the text of the format.
fn integer(vm: &mut Vm, code: char, value: &Value) -> R {
    let plain = unwrap(value);
    if int_ref(&plain).is_some() {
        return Ok(plain);
    }
    let found = if matches!(code, 'd' | 'i' | 'u') {
        whole(vm, value, &plain)
    } else {
        index_opt(vm, value)
    };
    match found {
        Ok(Some(int)) => return Ok(int),
        Ok(None) => {}
        Err(raised) => {
            let type_error = vm.types.type_error.clone();
            if !vm.pending_is(&type_error) {
                return Err(raised);
            }
            drop(vm.take_pending());
        }
    }
    let name = vm.type_name(value);
    Err(vm.raise_fault(percent::wrong_int_type(code, &name)))
}

fn whole(vm: &mut Vm, value: &Value, plain: &Value) -> R<Option<Value>> {
    if let Some(x) = plain.as_float() {
        let int = convert::from_f64(x);
        return vm.checked(int).map(|int| Some(int_value(int)));
    }
    match int_type::int_hook(vm, value)? {
        Some(int) => Ok(Some(int)),
        None => index_opt(vm, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_in_order() {
        let mut vm = Vm::new(crate::Options::default(), 1 << 20);
        let values = Value::tuple([Value::int(7), Value::float(1.5)]);
        let text = format_str(&mut vm, "%03d|%-6.2f|%%", &values).expect("it fits");
        assert_eq!(text.as_str(), Some("007|1.50  |%"));
        let bytes = format_bytes(&mut vm, b"\xff%x", &Value::int(255));
        assert_eq!(bytes, Ok(b"\xffff".to_vec()));
        assert!(format_str(&mut vm, "%d", &values).is_err());
        drop(vm.take_pending());
    }
}
