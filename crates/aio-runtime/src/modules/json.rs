//! `json`: the glue between values and the reader and writer of `text::json`. What takes hooks
//! and classes is in the text `lib/json.aio`.

use super::{Function, add_functions};
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::native::NativeFn;
use crate::objects::{DictObj, ListObj, ModuleObj};
use crate::text::json::{Event, Layout, ReadFault, Reader, Writer, float};
use crate::types::class_build::entries;
use crate::types::numbers::{int_ref, int_value};
use crate::types::text_values::{owned_value, text_value};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::borrow::Cow;

const FUNCTIONS: &[Function] = &[
    ("_read", NativeFn::Range(6, 6, read), "Text to value."),
    ("_write", NativeFn::Range(9, 9, write), "Value to text."),
];

/// Fills the module.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, FUNCTIONS);
    Ok(())
}

/// What is being built, and the keys that were read.
struct Builder {
    /// What stands in the open containers so far, keys and values in turn where that is an object.
    values: Vec<Value>,
    /// Where each open container begins.
    open: Vec<usize>,
    /// Keys by a number made of their text: objects of one document mostly have the same.
    keys: [Value; KEYS],
}

/// How many keys are kept at most.
const KEYS: usize = 16;

impl Builder {
    fn new() -> Builder {
        Builder {
            values: Vec::new(),
            open: Vec::new(),
            keys: [const { Value::UNSET }; KEYS],
        }
    }

    /// The items of the container that ends.
    fn close(&mut self) -> Vec<Value> {
        let begin = self.open.pop().unwrap_or(0);
        self.values.split_off(begin)
    }

    /// A key as a value: the one before of the same text, if that is still known.
    fn key(&mut self, name: &str) -> Value {
        let bytes = name.as_bytes();
        let (first, last) = (bytes.first(), bytes.last());
        let number = bytes.len() + usize::from(*first.unwrap_or(&0));
        let number = number + 3 * usize::from(*last.unwrap_or(&0));
        let Some(place) = self.keys.get_mut(number % KEYS) else {
            return text_value(name);
        };
        if place.as_str() != Some(name) {
            *place = text_value(name);
        }
        place.clone()
    }
}

/// The functions of the script that take part in reading; each may be `None`.
struct Hooks<'a> {
    object: &'a Value,
    pairs: &'a Value,
    float: &'a Value,
    int: &'a Value,
}

/// `_read(text, object_hook, object_pairs_hook, parse_float, parse_int, strict)`
fn read(vm: &mut Vm, args: &[Value]) -> R {
    let [text, object, pairs, parse_float, parse_int, strict] = args else {
        return Ok(Value::NONE);
    };
    let Some(text) = text.to_str_obj() else {
        return Err(vm.type_error("the JSON object must be str"));
    };
    let hooks = Hooks {
        object,
        pairs,
        float: parse_float,
        int: parse_int,
    };
    let strict = vm.truthy(strict)?;
    let mut reader = Reader::new(text.text(), strict, 4300);
    let mut builder = Builder::new();
    loop {
        let event = match reader.next_event() {
            Ok(Some(event)) => event,
            Ok(None) => break,
            Err(fault) => return Err(raise(vm, fault, &text)),
        };
        let value = match event {
            Event::Null => Value::NONE,
            Event::Bool(value) => Value::bool(value),
            Event::Int(int) if hooks.int.is_none() => int_value(int),
            Event::Float(value) if hooks.float.is_none() => Value::float(value),
            Event::Int(int) => converted(vm, &reader, int_value(int), hooks.int)?,
            Event::Float(value) => converted(vm, &reader, Value::float(value), hooks.float)?,
            Event::Text(Cow::Borrowed(value)) => text_value(value),
            Event::Text(Cow::Owned(value)) => owned_value(value),
            Event::Key(name) => builder.key(&name),
            Event::ListBegin | Event::ObjectBegin => {
                builder.open.push(builder.values.len());
                continue;
            }
            Event::ListEnd => Value::new(ListObj::new(builder.close())),
            Event::ObjectEnd => finish_object(vm, builder.close(), &hooks)?,
        };
        builder.values.push(value);
    }
    let result = builder.values.pop().unwrap_or(Value::NONE);
    match reader.finish() {
        Ok(()) => Ok(result),
        Err(fault) => Err(raise(vm, fault, &text)),
    }
}

/// What a hook makes of the text of a number.
fn converted(vm: &mut Vm, reader: &Reader<'_>, value: Value, hook: &Value) -> R {
    match reader.number_text() {
        Some(text) => vm.call(hook, &[text_value(text)]),
        None => Ok(value),
    }
}

/// The object of these keys and values, which come in turn.
fn finish_object(vm: &mut Vm, mut items: Vec<Value>, hooks: &Hooks<'_>) -> R {
    let (pairs, _) = items.as_chunks_mut::<2>();
    if !hooks.pairs.is_none() {
        let pairs = pairs.iter_mut().map(Value::tuple);
        let pairs = Value::new(ListObj::new(pairs.collect()));
        return vm.call(hooks.pairs, &[pairs]);
    }
    let dict = Ref::new(DictObj::default());
    for [key, value] in pairs {
        vm.dict_set(&dict, key.take(), value.take())?;
    }
    if hooks.object.is_none() {
        return Ok(dict.into());
    }
    vm.call(hooks.object, &[dict.into()])
}

#[cold]
fn raise(vm: &mut Vm, fault: ReadFault, text: &Ref<crate::objects::StrObj>) -> Raised {
    match fault {
        ReadFault::Other(fault) => vm.raise_fault(fault),
        ReadFault::Decode(error) => {
            let Ok(module) = super::import(vm, "json") else {
                return Raised;
            };
            let name = vm.intern("JSONDecodeError");
            let message = vm.str(error.message);
            let args = [message, text.to_value(), Value::int(error.position as i64)];
            match vm.call_method(&module, &name, &args) {
                Ok(exception) => vm.raise(exception),
                Err(raised) => raised,
            }
        }
    }
}

/// How values are written.
struct Options<'a> {
    default: &'a Value,
    sort_keys: bool,
    skip_keys: bool,
    allow_nan: bool,
    check_cycles: bool,
}

/// `_write(value, default, indent, item_separator, key_separator, ascii, sort_keys, skip_keys,
/// allow_nan)`
fn write(vm: &mut Vm, args: &[Value]) -> R {
    let [
        value,
        default,
        indent,
        item,
        key,
        ascii,
        sort_keys,
        skip_keys,
        allow_nan,
    ] = args
    else {
        return Ok(Value::NONE);
    };
    let layout = Layout {
        indent: indent.as_str().map(str::to_owned),
        item_separator: item.as_str().unwrap_or(", ").to_owned(),
        key_separator: key.as_str().unwrap_or(": ").to_owned(),
        ascii_only: vm.truthy(ascii)?,
    };
    let options = Options {
        default,
        sort_keys: vm.truthy(sort_keys)?,
        skip_keys: vm.truthy(skip_keys)?,
        allow_nan: vm.truthy(allow_nan)?,
        check_cycles: true,
    };
    let mut writer = Writer::new(layout);
    let mut path = Vec::new();
    write_value(vm, &mut writer, value, &options, &mut path)?;
    Ok(vm.str(writer.finish()))
}

fn base_of(value: &Value) -> Value {
    let base = value.as_instance().and_then(|i| i.base_value());
    base.unwrap_or_else(|| value.clone())
}

fn write_value(
    vm: &mut Vm,
    writer: &mut Writer,
    value: &Value,
    options: &Options<'_>,
    path: &mut Vec<usize>,
) -> R<()> {
    vm.nested(" while encoding a JSON object", |vm| {
        write_nested(vm, writer, value, options, path)
    })
}

fn write_nested(
    vm: &mut Vm,
    writer: &mut Writer,
    value: &Value,
    options: &Options<'_>,
    path: &mut Vec<usize>,
) -> R<()> {
    let base = base_of(value);
    match base.tag() {
        Tag::None => writer.literal("null"),
        Tag::Bool => writer.literal(if base.as_bool() == Some(true) {
            "true"
        } else {
            "false"
        }),
        Tag::Int => {
            let int = base.as_int().unwrap_or(0);
            writer.literal(itoa::Buffer::new().format(int));
        }
        Tag::BigInt => {
            let text = vm.repr(&base)?;
            writer.literal(&text);
        }
        Tag::Float => match float(base.as_float().unwrap_or(0.0), options.allow_nan) {
            Ok(text) => writer.literal(&text),
            Err(fault) => return Err(vm.raise_fault(fault)),
        },
        Tag::Str => writer.string(base.as_str().unwrap_or("")),
        Tag::List | Tag::Tuple => {
            enter(vm, value, path, options)?;
            writer.begin('[');
            for item in vm.collect(&base)? {
                write_value(vm, writer, &item, options, path)?;
            }
            writer.end(']');
            path.pop();
        }
        Tag::Dict => {
            enter(vm, value, path, options)?;
            write_object(vm, writer, &base, options, path)?;
            path.pop();
        }
        _ => {
            if options.default.is_none() {
                let given = vm.type_name(value);
                return Err(
                    vm.type_error(format!("Object of type {given} is not JSON serializable"))
                );
            }
            enter(vm, value, path, options)?;
            let replacement = vm.call(options.default, std::slice::from_ref(value))?;
            write_value(vm, writer, &replacement, options, path)?;
            path.pop();
        }
    }
    Ok(())
}

fn enter(vm: &mut Vm, value: &Value, path: &mut Vec<usize>, options: &Options<'_>) -> R<()> {
    if options.check_cycles && value.is_heap() && path.contains(&value.address()) {
        return Err(vm.value_error("Circular reference detected"));
    }
    path.push(value.address());
    Ok(())
}

fn write_object(
    vm: &mut Vm,
    writer: &mut Writer,
    dict: &Value,
    options: &Options<'_>,
    path: &mut Vec<usize>,
) -> R<()> {
    let mut pairs = dict.as_dict().map(entries).unwrap_or_default();
    if options.sort_keys {
        let list: Vec<Value> = pairs
            .into_iter()
            .map(|(key, value)| Value::tuple(vec![key, value]))
            .collect();
        let sorted = super::import(vm, "json")?;
        let name = vm.intern("_by_key");
        let sorted = vm.call_method(&sorted, &name, &[Value::new(ListObj::new(list))])?;
        pairs = vm
            .collect(&sorted)?
            .iter()
            .filter_map(|pair| {
                let items = &pair.as_tuple()?.items;
                Some((items.first()?.clone(), items.get(1)?.clone()))
            })
            .collect();
    }
    writer.begin('{');
    for (key, value) in pairs {
        match key.as_str() {
            Some(name) => writer.key(name),
            None => match key_text(vm, &key, options)? {
                Some(name) => writer.key(&name),
                None => continue,
            },
        }
        write_value(vm, writer, &value, options, path)?;
    }
    writer.end('}');
    Ok(())
}

/// How a key is written; `None` when it is left out.
fn key_text(vm: &mut Vm, key: &Value, options: &Options<'_>) -> R<Option<String>> {
    let base = base_of(key);
    if let Some(text) = base.as_str() {
        return Ok(Some(text.to_owned()));
    }
    if let Some(flag) = base.as_bool() {
        return Ok(Some(if flag { "true" } else { "false" }.to_owned()));
    }
    if base.is_none() {
        return Ok(Some("null".to_owned()));
    }
    if int_ref(&base).is_some() {
        return vm.repr(&base).map(Some);
    }
    if let Some(number) = base.as_float() {
        return match float(number, options.allow_nan) {
            Ok(text) => Ok(Some(text)),
            Err(fault) => Err(vm.raise_fault(fault)),
        };
    }
    if options.skip_keys {
        return Ok(None);
    }
    let given = vm.type_name(key);
    Err(vm.type_error(format!(
        "keys must be str, int, float, bool or None, not {given}"
    )))
}
