//! What `bytes` and `bytearray` share: receivers, results, case, padding, decoding, hexadecimal.
//!
//! The rows are macros, as the same methods stand in both tables: `bytes.upper` gives bytes,
//! `bytearray.upper` a bytearray.

use crate::error::R;
use crate::native::{Args, Signature};
use crate::num::Fault;
use crate::objects::ListObj;
use crate::text::codecs::Encoding;
use crate::text::{bytes, bytes_case};
use crate::types::bytearray;
use crate::types::encoding;
use crate::types::numbers::unwrap;
use crate::types::text_values::{
    Bytes, ascii_value, bytes_argument, bytes_of, owned_value, size_argument, str_of, text_value,
};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::ops::Deref;

/// Which of the two types.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    /// `bytes`
    Bytes,
    /// `bytearray`
    Bytearray,
}

impl Family {
    /// The name of the type.
    pub fn name(self) -> &'static str {
        match self {
            Family::Bytes => "bytes",
            Family::Bytearray => "bytearray",
        }
    }

    /// A new value of the type.
    pub fn make(self, vm: &Vm, data: Vec<u8>) -> Value {
        match self {
            Family::Bytes => Value::bytes(data),
            Family::Bytearray => bytearray::make(vm, data),
        }
    }

    /// A new value of the type with a copy of bytes.
    pub fn make_copy(self, vm: &Vm, data: &[u8]) -> Value {
        match self {
            Family::Bytes => Value::bytes(data),
            Family::Bytearray => bytearray::make(vm, data.to_vec()),
        }
    }

    /// A part of a value that is perhaps all of it: then the value itself, if it is exactly `bytes`.
    pub fn part_or_same(self, vm: &Vm, original: &Value, whole: usize, part: &[u8]) -> Value {
        if part.len() == whole && original.tag() == Tag::Bytes {
            original.clone()
        } else {
            self.make_copy(vm, part)
        }
    }

    /// A list of new values of the type.
    pub fn make_list(self, vm: &Vm, parts: Vec<&[u8]>) -> Value {
        let parts = parts.into_iter().map(|part| self.make_copy(vm, part));
        Value::new(ListObj::new(parts.collect()))
    }

    /// The bytes of the receiver of a method.
    ///
    /// # Errors
    /// `TypeError` when it is of another type.
    pub fn receiver<'a>(self, vm: &mut Vm, value: &'a Value, method: &str) -> R<Bytes<'a>> {
        let bytes = bytes_of(value);
        match (self, bytes) {
            (Family::Bytearray, Some(bytes @ Bytes::Shared(_)))
            | (Family::Bytes, Some(bytes @ (Bytes::Plain(_) | Bytes::Inner(_)))) => Ok(bytes),
            _ => {
                let (owner, name) = (self.name(), vm.type_name(value));
                Err(vm.type_error(format!(
                    "descriptor '{method}' for '{owner}' objects doesn't apply to a '{name}' object"
                )))
            }
        }
    }
}

/// `bytes.upper()` and its like.
pub fn mapped(
    vm: &mut Vm,
    (family, method): (Family, &str),
    a: &Value,
    f: impl FnOnce(&[u8]) -> Vec<u8>,
) -> R {
    let data = family.receiver(vm, a, method)?;
    Ok(family.make(vm, f(&data)))
}

/// `bytes.isdigit()` and its like.
pub fn tested(vm: &mut Vm, (family, method): (Family, &str), a: &Value, f: fn(&[u8]) -> bool) -> R {
    let data = family.receiver(vm, a, method)?;
    Ok(Value::bool(f(&data)))
}

type Pad = fn(&[u8], i64, u8) -> Result<Vec<u8>, Fault>;

/// `bytes.center(width, fill)` and its like.
pub fn padded(vm: &mut Vm, (family, method): (Family, &str), args: &[Value], pad: Pad) -> R {
    let [a, width, rest @ ..] = args else {
        return Ok(Value::NONE);
    };
    let data = family.receiver(vm, a, method)?;
    let width = size_argument(vm, width)?;
    let fill = match rest.first() {
        None => b' ',
        Some(fill) => match bytes_of(fill).as_deref() {
            Some([byte]) => *byte,
            Some(_) | None => {
                let name = vm.type_name(fill);
                return Err(vm.type_error(format!(
                    "{method}() argument 2 must be a byte string of length 1, not {name}"
                )));
            }
        },
    };
    let result = pad(&data, width, fill);
    let result = vm.checked(result)?;
    Ok(family.make(vm, result))
}

/// `bytes.zfill(width)`
pub fn zfill(vm: &mut Vm, family: Family, a: &Value, width: &Value) -> R {
    let data = family.receiver(vm, a, "zfill")?;
    let width = size_argument(vm, width)?;
    let result = bytes::zfill(&data, width);
    let result = vm.checked(result)?;
    Ok(family.make(vm, result))
}

const EXPAND_TABS: Signature = Signature {
    name: "expandtabs",
    params: &["tabsize"],
    positional: 1,
    required: 0,
};

/// `bytes.expandtabs(tabsize=8)`
pub fn expand_tabs(vm: &mut Vm, family: Family, args: Args<'_>) -> R {
    let (a, args) = args.split_receiver(vm, family.name(), "expandtabs")?;
    let data = family.receiver(vm, a, "expandtabs")?;
    let [size] = vm.bind(args, &EXPAND_TABS)?;
    let size = if size.is_unset() {
        8
    } else {
        size_argument(vm, &size)?
    };
    let result = bytes::expand_tabs(&data, size);
    let result = vm.checked(result)?;
    Ok(family.make(vm, result))
}

const DECODE: Signature = Signature {
    name: "decode",
    params: &["encoding", "errors"],
    positional: 2,
    required: 0,
};

/// Bytes in ASCII, by a codec that gives them as they are, or in UTF-8.
fn decode_plain(args: Args<'_>) -> Option<Value> {
    let (bytes, encoding) = match (args.pos, args.kw) {
        ([bytes], []) => (bytes, Encoding::Utf8),
        ([bytes, encoding], []) => (bytes, Encoding::from_name(encoding.as_str()?).ok()?),
        _ => return None,
    };
    let bytes = bytes_of(bytes)?;
    if bytes.is_ascii() && encoding.extends_ascii() {
        return std::str::from_utf8(&bytes).ok().map(ascii_value);
    }
    let is_utf8 = encoding == Encoding::Utf8;
    let text = is_utf8.then(|| std::str::from_utf8(&bytes).ok());
    text.flatten().map(text_value)
}

/// `bytes.decode(encoding='utf-8', errors='strict')`
pub fn decode(vm: &mut Vm, family: Family, args: Args<'_>) -> R {
    if let Some(text) = decode_plain(args) {
        return Ok(text);
    }
    let (a, args) = args.split_receiver(vm, family.name(), "decode")?;
    let data = family.receiver(vm, a, "decode")?;
    let [encoding, errors] = vm.bind(args, &DECODE)?;
    let encoding = encoding::name_argument(vm, &encoding, "decode", "encoding", "utf-8")?;
    let errors = encoding::name_argument(vm, &errors, "decode", "errors", "strict")?;
    encoding::decode(vm, &data, &encoding, &errors).map(owned_value)
}

const HEX: Signature = Signature {
    name: "hex",
    params: &["sep", "bytes_per_sep"],
    positional: 2,
    required: 0,
};

/// `bytes.hex(sep, bytes_per_sep=1)`
pub fn hex(vm: &mut Vm, family: Family, args: Args<'_>) -> R {
    let (a, args) = args.split_receiver(vm, family.name(), "hex")?;
    let data = family.receiver(vm, a, "hex")?;
    let [separator, group] = vm.bind(args, &HEX)?;
    if separator.is_unset() {
        return Ok(owned_value(bytes_case::to_hex(&data)));
    }
    let separator = if let Some(text) = str_of(&separator) {
        text.text().to_owned()
    } else if let Some(bytes) = bytes_of(&separator) {
        bytes.iter().map(|byte| char::from(*byte)).collect()
    } else {
        vm.len(&separator)?;
        return Err(vm.type_error("sep must be str or bytes."));
    };
    let group = if group.is_unset() {
        1
    } else {
        size_argument(vm, &group)?
    };
    let text = bytes_case::to_hex_grouped(&data, &separator, group);
    vm.checked(text).map(owned_value)
}

/// `bytes.fromhex(text)`
pub fn from_hex(vm: &mut Vm, family: Family, class: &Value, text: &Value) -> R {
    let Some(text) = str_of(text) else {
        let name = vm.type_name(text);
        return Err(vm.type_error(format!("fromhex() argument must be str, not {name}")));
    };
    let data = bytes_case::from_hex(text.text());
    let data = vm.checked(data)?;
    let exact = match family {
        Family::Bytes => vm.types.bytes.to_value(),
        Family::Bytearray => vm.types.bytearray.to_value(),
    };
    let value = family.make(vm, data);
    if class.is(&exact) {
        Ok(value)
    } else {
        vm.call(class, &[value])
    }
}

const TRANSLATE: Signature = Signature {
    name: "translate",
    params: &["/table", "delete"],
    positional: 2,
    required: 1,
};

/// `bytes.translate(table, delete=b'')`
pub fn translate(vm: &mut Vm, family: Family, args: Args<'_>) -> R {
    let (a, args) = args.split_receiver(vm, family.name(), "translate")?;
    let data = family.receiver(vm, a, "translate")?;
    if args.pos.is_empty() {
        return Err(vm.type_error("translate() takes at least 1 positional argument (0 given)"));
    }
    let [table, deleted] = vm.bind(args, &TRANSLATE)?;
    let table = if table.is_none() {
        None
    } else {
        Some(bytes_argument(vm, &table)?)
    };
    let deleted = if deleted.is_unset() {
        None
    } else {
        Some(bytes_argument(vm, &deleted)?)
    };
    let result = bytes::translate(&data, table.as_deref(), deleted.as_deref().unwrap_or(&[]));
    let result = vm.checked(result)?;
    Ok(family.make(vm, result))
}

/// `bytes.maketrans(frm, to)`
pub fn make_table(vm: &mut Vm, from: &Value, to: &Value) -> R {
    let from = bytes_argument(vm, from)?;
    let to = bytes_argument(vm, to)?;
    let table = bytes::make_translation(&from, &to);
    vm.checked(table).map(Value::bytes)
}

/// What is searched for.
pub enum Needle<'a> {
    /// A bytes-like object.
    Bytes(Bytes<'a>),
    /// A number.
    Byte([u8; 1]),
}

impl Deref for Needle<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Needle::Bytes(bytes) => bytes,
            Needle::Byte(byte) => byte,
        }
    }
}

/// A number or bytes-like object to search for.
///
/// # Errors
/// `TypeError` when it is neither; `ValueError` for a number beyond a byte.
pub fn needle<'a>(vm: &mut Vm, value: &'a Value) -> R<Needle<'a>> {
    if let Some(bytes) = bytes_of(value) {
        return Ok(Needle::Bytes(bytes));
    }
    let plain = unwrap(value);
    let hook = vm.names.__index__.clone();
    if !matches!(plain.tag(), Tag::Int | Tag::Bool | Tag::BigInt)
        && vm.lookup_special(value, &hook).is_none()
    {
        let name = vm.type_name(value);
        return Err(vm.type_error(format!(
            "argument should be integer or bytes-like object, not '{name}'"
        )));
    }
    let byte = super::byte_argument(vm, value, Family::Bytearray)?;
    Ok(Needle::Byte([byte]))
}

/// Rows for case, questions, padding, decoding and hexadecimal.
macro_rules! shape_rows {
    ($family:expr) => {
        &[
            shared::shape_rows!(@map $family, "upper", |data| data.to_ascii_uppercase(), "In upper case."),
            shared::shape_rows!(@map $family, "lower", |data| data.to_ascii_lowercase(), "In lower case."),
            shared::shape_rows!(@map $family, "title", crate::text::bytes_case::title,
                "With each word capitalized."),
            shared::shape_rows!(@map $family, "capitalize", crate::text::bytes_case::capitalize,
                "With the first letter in upper case and the rest in lower."),
            shared::shape_rows!(@map $family, "swapcase", crate::text::bytes_case::swapcase,
                "With upper and lower case exchanged."),
            shared::shape_rows!(@test $family, "isalpha", crate::text::bytes_case::is_alpha,
                "Whether there are bytes and all are letters."),
            shared::shape_rows!(@test $family, "isalnum", crate::text::bytes_case::is_alnum,
                "Whether there are bytes and all are letters or digits."),
            shared::shape_rows!(@test $family, "isdigit", crate::text::bytes_case::is_digit,
                "Whether there are bytes and all are digits."),
            shared::shape_rows!(@test $family, "isspace", crate::text::bytes_case::is_space,
                "Whether there are bytes and all are white space."),
            shared::shape_rows!(@test $family, "islower", crate::text::bytes_case::is_lower,
                "Whether there is case, and all of it lower."),
            shared::shape_rows!(@test $family, "isupper", crate::text::bytes_case::is_upper,
                "Whether there is case, and all of it upper."),
            shared::shape_rows!(@test $family, "istitle", crate::text::bytes_case::is_title,
                "Whether each word is capitalized."),
            shared::shape_rows!(@test $family, "isascii", <[u8]>::is_ascii,
                "Whether all bytes are ASCII."),
            shared::shape_rows!(@pad $family, "center", crate::text::bytes::center,
                "center(width, fillbyte=b' '): padded on both sides."),
            shared::shape_rows!(@pad $family, "ljust", crate::text::bytes::ljust,
                "ljust(width, fillbyte=b' '): padded at the end."),
            shared::shape_rows!(@pad $family, "rjust", crate::text::bytes::rjust,
                "rjust(width, fillbyte=b' '): padded at the start."),
            Method::new("zfill", NativeFn::F2(|vm, a, width| shared::zfill(vm, $family, a, width)),
                "zfill(width): padded with zeros behind the sign."),
            Method::new("expandtabs", NativeFn::Any(|vm, args| shared::expand_tabs(vm, $family, args)),
                "expandtabs(tabsize=8): with spaces for tabs."),
            Method::new("decode", NativeFn::Any(|vm, args| shared::decode(vm, $family, args)),
                "decode(encoding='utf-8', errors='strict'): the bytes as text."),
            Method::new("hex", NativeFn::Any(|vm, args| shared::hex(vm, $family, args)),
                "hex(sep, bytes_per_sep=1): the bytes in hexadecimal."),
            Method::class("fromhex", NativeFn::F2(|vm, class, text| {
                shared::from_hex(vm, $family, class, text)
            }), "fromhex(text): the bytes that hexadecimal text spells."),
            Method::new("translate", NativeFn::Any(|vm, args| shared::translate(vm, $family, args)),
                "translate(table, delete=b''): with each byte replaced by what the table has for it."),
            Method::fixed("maketrans", NativeFn::F2(shared::make_table),
                "maketrans(frm, to): a table for translate."),
        ]
    };
    (@map $family:expr, $name:literal, $function:expr, $doc:literal) => {
        Method::new($name, NativeFn::F1(|vm, a| {
            shared::mapped(vm, ($family, $name), a, $function)
        }), $doc)
    };
    (@test $family:expr, $name:literal, $function:expr, $doc:literal) => {
        Method::new($name, NativeFn::F1(|vm, a| {
            shared::tested(vm, ($family, $name), a, $function)
        }), $doc)
    };
    (@pad $family:expr, $name:literal, $function:expr, $doc:literal) => {
        Method::new($name, NativeFn::Range(2, 3, |vm, args| {
            shared::padded(vm, ($family, $name), args, $function)
        }), $doc)
    };
}

pub(in crate::types) use shape_rows;
