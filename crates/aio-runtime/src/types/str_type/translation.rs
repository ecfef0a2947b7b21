//! `str.translate` and `str.maketrans`.

use crate::error::R;
use crate::heap::Ref;
use crate::native::{Method, NativeFn};
use crate::objects::DictObj;
use crate::types::numbers::unwrap;
use crate::types::text_values::{Str, index_opt, owned_value, str_argument, str_of, str_receiver};
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// The methods.
pub const METHODS: &[Method] = &[
    Method::new(
        "translate",
        NativeFn::F2(translate),
        "translate(table): with each character replaced by what the table has for its number.",
    ),
    Method::fixed(
        "maketrans",
        NativeFn::Range(1, 3, make_table),
        "maketrans(x, y, z): a table for translate.",
    ),
];

fn translate(vm: &mut Vm, receiver: &Value, table: &Value) -> R {
    let string = str_receiver(vm, receiver, "translate")?;
    let mut out = String::with_capacity(string.text().len());
    let mut known = [Becomes::Unknown; 128];
    // As in CPython: the table is asked once for each character of a text in ASCII, until one
    // becomes something else than a character in ASCII or nothing.
    let mut simple = string.is_ascii();
    for ch in string.text().chars() {
        if simple && let Some(place) = known.get_mut(ch as usize) {
            if let Becomes::Unknown = place {
                *place = becomes(ch, replacement(vm, table, ch)?.as_ref());
            }
            match place {
                Becomes::Ascii(byte) => out.push(char::from(*byte)),
                Becomes::Nothing => {}
                Becomes::Unknown => simple = false,
            }
            if simple {
                continue;
            }
        }
        match replacement(vm, table, ch)? {
            None => out.push(ch),
            Some(value) => push_replacement(vm, &mut out, &value)?,
        }
    }
    Ok(owned_value(out))
}

/// What a table makes of a character in ASCII.
#[derive(Clone, Copy)]
enum Becomes {
    /// Not asked yet, or something else.
    Unknown,
    /// Another character in ASCII.
    Ascii(u8),
    /// Nothing.
    Nothing,
}

fn becomes(ch: char, value: Option<&Value>) -> Becomes {
    let code = match value {
        None => Some(i64::from(u32::from(ch))),
        Some(value) if value.is_none() => return Becomes::Nothing,
        Some(value) => match str_of(value) {
            Some(text) => match text.text().as_bytes() {
                [byte] => Some(i64::from(*byte)),
                _ => None,
            },
            None => unwrap(value).as_index(),
        },
    };
    match code.and_then(|code| u8::try_from(code).ok()) {
        Some(byte) if byte.is_ascii() => Becomes::Ascii(byte),
        Some(_) | None => Becomes::Unknown,
    }
}

/// What the table has for a character; `None` where it has nothing.
fn replacement(vm: &mut Vm, table: &Value, ch: char) -> R<Option<Value>> {
    let key = Value::int(i64::from(u32::from(ch)));
    if let Some(dict) = table.as_dict() {
        return vm.dict_get(dict, &key);
    }
    match vm.get_item(table, &key) {
        Ok(value) => Ok(Some(value)),
        Err(raised) => {
            let lookup_error = vm.types.lookup_error.clone();
            if vm.pending_is(&lookup_error) {
                drop(vm.take_pending());
                return Ok(None);
            }
            Err(raised)
        }
    }
}

fn push_replacement(vm: &mut Vm, out: &mut String, value: &Value) -> R<()> {
    if value.is_none() {
        return Ok(());
    }
    if let Some(text) = str_of(value) {
        out.push_str(text.text());
        return Ok(());
    }
    let plain = unwrap(value);
    if !matches!(plain.tag(), Tag::Int | Tag::Bool | Tag::BigInt) {
        return Err(vm.type_error("character mapping must return integer, None or str"));
    }
    match plain
        .as_index()
        .and_then(|code| u32::try_from(code).ok())
        .and_then(char::from_u32)
    {
        Some(ch) => {
            out.push(ch);
            Ok(())
        }
        None => Err(vm.value_error("character mapping must be in range(0x110000)")),
    }
}

fn make_table(vm: &mut Vm, args: &[Value]) -> R {
    match args {
        [table] => table_of_dict(vm, table),
        [from, to, rest @ ..] => {
            let from = str_of(from);
            let to = argument(vm, to, 2)?;
            let Some(from) = from else {
                return Err(vm.type_error(
                    "first maketrans argument must be a string if there is a second argument",
                ));
            };
            if from.char_count() != to.char_count() {
                return Err(
                    vm.value_error("the first two maketrans arguments must have equal length")
                );
            }
            let table = Ref::new(DictObj::default());
            for (from, to) in from.text().chars().zip(to.text().chars()) {
                let to = Value::int(i64::from(u32::from(to)));
                vm.dict_set(&table, code(from), to)?;
            }
            if let Some(dropped) = rest.first() {
                let dropped = argument(vm, dropped, 3)?;
                for ch in dropped.text().chars() {
                    vm.dict_set(&table, code(ch), Value::NONE)?;
                }
            }
            Ok(table.into())
        }
        [] => Ok(Value::NONE),
    }
}

fn code(ch: char) -> Value {
    Value::int(i64::from(u32::from(ch)))
}

fn argument<'a>(vm: &mut Vm, value: &'a Value, nth: usize) -> R<Str<'a>> {
    str_argument(
        vm,
        value,
        &format!("maketrans() argument {nth} must be str"),
    )
}

/// A table whose keys are characters or their numbers.
fn table_of_dict(vm: &mut Vm, source: &Value) -> R {
    let plain = unwrap(source);
    let Some(dict) = plain.as_dict() else {
        return Err(vm.type_error("if you give only one argument to maketrans it must be a dict"));
    };
    let pairs: Vec<(Value, Value)> = dict.table.with(|table| {
        table
            .iter()
            .map(|entry| (entry.key.clone(), entry.value.clone()))
            .collect()
    });
    let table = Ref::new(DictObj::default());
    for (key, value) in pairs {
        let key = if let Some(text) = str_of(&key) {
            let mut chars = text.text().chars();
            match (chars.next(), chars.next()) {
                (Some(ch), None) => code(ch),
                _ => {
                    return Err(
                        vm.value_error("string keys in translate table must be of length 1")
                    );
                }
            }
        } else if index_opt(vm, &key)?.is_some() {
            key
        } else {
            return Err(vm.type_error("keys in translate table must be strings or integers"));
        };
        vm.dict_set(&table, key, value)?;
    }
    Ok(table.into())
}
