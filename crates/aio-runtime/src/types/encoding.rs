//! From text to bytes and back: the codecs, with their errors as exceptions.

use super::text_values::{Str, str_of};
use crate::error::{R, Raised};
use crate::text::codecs::{self, CodecError, CodecFault, Encoding};
use crate::value::Value;
use crate::vm::Vm;
use std::borrow::Cow;

/// The `encoding` or `errors` argument of a function; `default` when it is absent.
///
/// # Errors
/// `TypeError` when it is no string.
pub fn name_argument<'a>(
    vm: &mut Vm,
    value: &'a Value,
    function: &str,
    argument: &str,
    default: &'static str,
) -> R<Cow<'a, str>> {
    if value.is_unset() {
        return Ok(Cow::Borrowed(default));
    }
    match str_of(value) {
        Some(Str::Plain(name)) => Ok(Cow::Borrowed(name.text())),
        Some(Str::Inner(name)) => Ok(Cow::Owned(name.text().to_owned())),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!(
                "{function}() argument '{argument}' must be str, not {name}"
            )))
        }
    }
}

/// `text.encode(encoding, errors)`
///
/// # Errors
/// `LookupError` for an unknown encoding, `UnicodeEncodeError`.
pub fn encode(vm: &mut Vm, text: &str, encoding: &str, errors: &str) -> R<Vec<u8>> {
    let known = Encoding::from_name(encoding);
    let known = vm.checked(known)?;
    match codecs::encode(text, known, errors) {
        Ok(bytes) => Ok(bytes),
        Err(fault) => {
            let object = vm.str(text);
            Err(raise(vm, fault, object))
        }
    }
}

/// `bytes.decode(encoding, errors)`
///
/// # Errors
/// `LookupError` for an unknown encoding, `UnicodeDecodeError`.
pub fn decode(vm: &mut Vm, bytes: &[u8], encoding: &str, errors: &str) -> R<String> {
    let known = Encoding::from_name(encoding);
    let known = vm.checked(known)?;
    if known == Encoding::Utf8
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Ok(text.to_owned());
    }
    match codecs::decode(bytes, known, errors) {
        Ok(text) => Ok(text),
        Err(fault) => Err(raise(vm, fault, Value::bytes(bytes))),
    }
}

#[cold]
fn raise(vm: &mut Vm, fault: CodecFault, object: Value) -> Raised {
    let (class, error) = match fault {
        CodecFault::Decode(error) => (vm.types.unicode_decode_error.clone(), error),
        CodecFault::Encode(error) => (vm.types.unicode_encode_error.clone(), error),
        CodecFault::Other(fault) => return vm.raise_fault(fault),
    };
    let CodecError {
        encoding,
        start,
        end,
        reason,
    } = error;
    let args = vec![
        vm.str(encoding),
        object,
        Value::int(start as i64),
        Value::int(end as i64),
        vm.str(reason),
    ];
    vm.raise_with(&class, args)
}
