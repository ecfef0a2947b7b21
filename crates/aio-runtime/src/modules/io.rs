//! `io`: `StringIO`, `BytesIO` and the exceptions of files.

use super::stream_classes;
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Args, Arguments, Method, NativeFn};
use crate::objects::{ClassObj, ListObj, ModuleObj, NativeData, Payload};
use crate::types::type_type::{new_class, new_instance};
use crate::value::Value;
use crate::vm::Vm;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The methods of both.
pub const METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new),
        "Create and return a new object.",
    ),
    Method::new(
        "__init__",
        NativeFn::Any(|_, _| Ok(Value::NONE)),
        "Initialize self.",
    ),
    Method::new(
        "getvalue",
        NativeFn::F1(get_value),
        "Retrieve the entire contents of the object.",
    ),
    Method::new("getbuffer", NativeFn::F1(get_value), "The contents."),
    Method::new(
        "read",
        NativeFn::Range(1, 2, read),
        "Read at most size characters.",
    ),
    Method::new(
        "readline",
        NativeFn::Range(1, 2, read_line),
        "Read until newline or EOF.",
    ),
    Method::new("readlines", NativeFn::Range(1, 2, read_lines), "The lines."),
    Method::new("write", NativeFn::F2(write), "Write to the object."),
    Method::new(
        "writelines",
        NativeFn::F2(write_lines),
        "Write a list of lines.",
    ),
    Method::new(
        "seek",
        NativeFn::Range(2, 3, seek),
        "Change stream position.",
    ),
    Method::new(
        "tell",
        NativeFn::F1(tell),
        "Tell the current file position.",
    ),
    Method::new(
        "truncate",
        NativeFn::Range(1, 2, truncate),
        "Truncate to pos.",
    ),
    Method::new(
        "flush",
        NativeFn::F1(|_, _| Ok(Value::NONE)),
        "Does nothing.",
    ),
    Method::new("close", NativeFn::F1(close), "Close the object."),
    Method::new("readable", NativeFn::F1(|_, _| Ok(Value::TRUE)), "True."),
    Method::new("writable", NativeFn::F1(|_, _| Ok(Value::TRUE)), "True."),
    Method::new("seekable", NativeFn::F1(|_, _| Ok(Value::TRUE)), "True."),
    Method::new("isatty", NativeFn::F1(|_, _| Ok(Value::FALSE)), "False."),
    Method::new(
        "__enter__",
        NativeFn::F1(|_, file| Ok(file.clone())),
        "Context manager.",
    ),
    Method::new("__exit__", NativeFn::Any(exit), "Context manager."),
    Method::new(
        "__iter__",
        NativeFn::F1(|_, file| Ok(file.clone())),
        "Implement iter(self).",
    ),
    Method::new("__next__", NativeFn::F1(next), "Implement next(self)."),
    Method::get(
        "closed",
        |vm, f| with(vm, f, |_, m| Ok(Value::bool(m.closed.get()))),
        "Whether it is closed.",
    ),
];

/// A file in memory; text is kept as UTF-8, and the position then counts code points.
struct Memory {
    text: bool,
    content: RefCell<Vec<u8>>,
    /// The position in bytes.
    at: Cell<usize>,
    closed: Cell<bool>,
}

impl NativeData for Memory {
    fn visit(&self, _visitor: &mut dyn FnMut(&Value)) {}
}

/// `io.UnsupportedOperation`
pub fn unsupported_operation(vm: &mut Vm) -> Ref<ClassObj> {
    if let Some(class) = vm.types.by_name.get("UnsupportedOperation") {
        return class.clone();
    }
    let bases = vec![vm.types.os_error.clone(), vm.types.value_error.clone()];
    let (name, type_) = (vm.intern("UnsupportedOperation"), vm.types.type_.clone());
    let namespace = crate::objects::DictObj::default();
    let (key, module) = (vm.names.__module__.clone(), vm.str("io"));
    namespace.set_name(&key, module);
    match new_class(vm, &type_, &name, bases, &namespace, &[]) {
        Ok(class) => {
            vm.types
                .by_name
                .insert("UnsupportedOperation", class.clone());
            class
        }
        Err(_) => {
            drop(vm.take_pending());
            vm.types.os_error.clone()
        }
    }
}

/// Fills the module.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    for name in stream_classes::NAMES
        .into_iter()
        .chain(["StringIO", "BytesIO"])
    {
        let class = stream_classes::class_of(vm, name);
        super::add(vm, module, name, class.into());
    }
    let class = unsupported_operation(vm);
    super::add(vm, module, "UnsupportedOperation", class.into());
    let open = vm.intern("open");
    if let Some(open) = vm.builtins.get_name(&open) {
        super::add(vm, module, "open", open);
    }
    for (name, value) in [
        ("SEEK_SET", 0),
        ("SEEK_CUR", 1),
        ("SEEK_END", 2),
        ("DEFAULT_BUFFER_SIZE", 8192),
    ] {
        super::add(vm, module, name, Value::int(value));
    }
    Ok(())
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let Some(class) = args.pos.first().and_then(Value::to_class) else {
        return Err(vm.type_error("__new__(X): X is not a type object"));
    };
    let text = !class
        .mro
        .with(|mro| mro.iter().any(|base| base.name_text() == "BytesIO"));
    let keyword = args
        .kw
        .iter()
        .find(|(name, _)| name.text() == "initial_value" || name.text() == "initial_bytes");
    let initial = args
        .pos
        .get(1)
        .or(keyword.map(|(_, value)| value))
        .filter(|v| !v.is_none());
    let content = match initial {
        None => Vec::new(),
        Some(value) => content_of(vm, text, value, true)?,
    };
    let memory = Memory {
        text,
        content: RefCell::new(content),
        at: Cell::new(0),
        closed: Cell::new(false),
    };
    Ok(new_instance(&class, Payload::Native(Rc::new(memory))))
}

fn content_of(vm: &mut Vm, text: bool, value: &Value, initial: bool) -> R<Vec<u8>> {
    let base = value.as_instance().and_then(|i| i.base_value());
    let value = base.as_ref().unwrap_or(value);
    if text {
        if let Some(text) = value.as_str() {
            return Ok(text.as_bytes().to_vec());
        }
        let given = vm.type_name(value);
        return Err(vm.type_error(if initial {
            format!("initial_value must be str or None, not {given}")
        } else {
            format!("string argument expected, got '{given}'")
        }));
    }
    if let Some(bytes) = value.as_bytes_obj() {
        return Ok(bytes.data().to_vec());
    }
    if value.as_str().is_none() {
        let class = vm.types.bytes.to_value();
        let copy = vm.call(&class, std::slice::from_ref(value))?;
        if let Some(bytes) = copy.as_bytes_obj() {
            return Ok(bytes.data().to_vec());
        }
    }
    let given = vm.type_name(value);
    Err(vm.type_error(format!("a bytes-like object is required, not '{given}'")))
}

fn with<T>(vm: &mut Vm, value: &Value, f: impl FnOnce(&mut Vm, &Memory) -> R<T>) -> R<T> {
    match value.as_instance().and_then(|i| i.native::<Memory>()) {
        Some(memory) => f(vm, &memory),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("a file in memory is required, not '{name}'")))
        }
    }
}

fn open_memory<T>(vm: &mut Vm, value: &Value, f: impl FnOnce(&mut Vm, &Memory) -> R<T>) -> R<T> {
    with(vm, value, |vm, memory| {
        if memory.closed.get() {
            return Err(vm.value_error("I/O operation on closed file."));
        }
        f(vm, memory)
    })
}

/// A part of the content as what the file gives.
fn part(vm: &Vm, memory: &Memory, from: usize, to: usize) -> Value {
    let content = memory.content.borrow();
    let bytes = content.get(from..to).unwrap_or_default();
    if memory.text {
        vm.str(String::from_utf8_lossy(bytes).into_owned())
    } else {
        Value::bytes(bytes)
    }
}

fn get_value(vm: &mut Vm, file: &Value) -> R {
    open_memory(vm, file, |vm, memory| {
        let end = memory.content.borrow().len();
        Ok(part(vm, memory, 0, end))
    })
}

fn limit_of(vm: &mut Vm, args: &[Value]) -> R<Option<usize>> {
    match args.get(1) {
        Some(limit) if !limit.is_none() => Ok(usize::try_from(vm.index_i64(limit)?).ok()),
        Some(_) | None => Ok(None),
    }
}

/// The byte position that is so many units (code points or bytes) after `from`.
fn advance(memory: &Memory, from: usize, count: usize) -> usize {
    let content = memory.content.borrow();
    let rest = content.get(from..).unwrap_or_default();
    if !memory.text {
        return from + count.min(rest.len());
    }
    let text = std::str::from_utf8(rest).unwrap_or("");
    from + text
        .char_indices()
        .nth(count)
        .map_or(rest.len(), |(at, _)| at)
}

fn read(vm: &mut Vm, args: &[Value]) -> R {
    let limit = limit_of(vm, args)?;
    open_memory(vm, args.at(0), |vm, memory| {
        let from = memory.at.get();
        let to = match limit {
            Some(count) => advance(memory, from, count),
            None => memory.content.borrow().len().max(from),
        };
        memory.at.set(to);
        Ok(part(vm, memory, from, to))
    })
}

fn line(vm: &mut Vm, file: &Value) -> R {
    open_memory(vm, file, |vm, memory| {
        let from = memory.at.get();
        let to = {
            let content = memory.content.borrow();
            let rest = content.get(from..).unwrap_or_default();
            from + memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1)
        };
        memory.at.set(to);
        Ok(part(vm, memory, from, to))
    })
}

fn read_line(vm: &mut Vm, args: &[Value]) -> R {
    line(vm, args.at(0))
}

fn read_lines(vm: &mut Vm, args: &[Value]) -> R {
    let mut lines = Vec::new();
    loop {
        let next = line(vm, args.at(0))?;
        if !vm.truthy(&next)? {
            return Ok(Value::new(ListObj::new(lines)));
        }
        lines.push(next);
    }
}

fn next(vm: &mut Vm, file: &Value) -> R {
    let next = line(vm, file)?;
    if vm.truthy(&next)? {
        Ok(next)
    } else {
        Err(vm.stop_iteration(Value::NONE))
    }
}

fn write(vm: &mut Vm, file: &Value, data: &Value) -> R {
    open_memory(vm, file, |vm, memory| {
        let bytes = content_of(vm, memory.text, data, false)?;
        let count = match data.as_str_obj() {
            Some(text) => text.char_count(),
            None if memory.text => String::from_utf8_lossy(&bytes).chars().count(),
            None => bytes.len(),
        };
        let at = memory.at.get();
        let end = if memory.text && at < memory.content.borrow().len() {
            advance(memory, at, count)
        } else {
            at + bytes.len()
        };
        let mut content = memory.content.borrow_mut();
        if content.len() < at {
            content.resize(at, 0);
        }
        let end = end.min(content.len());
        content.splice(at..end, bytes.iter().copied());
        memory.at.set(at + bytes.len());
        Ok(Value::int(count as i64))
    })
}

fn write_lines(vm: &mut Vm, file: &Value, lines: &Value) -> R {
    let iter = vm.iter(lines)?;
    while let Some(line) = vm.next(&iter)? {
        write(vm, file, &line)?;
    }
    Ok(Value::NONE)
}

fn seek(vm: &mut Vm, args: &[Value]) -> R {
    let offset = vm.index_i64(args.at(1))?;
    let whence = match args.get(2) {
        Some(whence) => vm.index_i64(whence)?,
        None => 0,
    };
    open_memory(vm, args.at(0), |vm, memory| {
        let end = memory.content.borrow().len();
        if memory.text && whence != 0 && offset != 0 {
            let class = unsupported_operation(vm);
            let message = vm.str("Can't do nonzero cur-relative seeks");
            return Err(vm.raise_with(&class, vec![message]));
        }
        if whence == 0 && offset < 0 {
            let message = if memory.text {
                format!("Negative seek position {offset}")
            } else {
                format!("negative seek value {offset}")
            };
            return Err(vm.value_error(message));
        }
        let target = match whence {
            0 if memory.text => advance(memory, 0, offset as usize) as i64,
            0 => offset,
            1 => memory.at.get() as i64 + offset,
            _ => end as i64 + offset,
        };
        memory.at.set(usize::try_from(target).unwrap_or(0));
        Ok(position(memory))
    })
}

fn position(memory: &Memory) -> Value {
    let at = memory.at.get();
    if !memory.text {
        return Value::int(at as i64);
    }
    let content = memory.content.borrow();
    let before = content.get(..at).unwrap_or_default();
    Value::int(String::from_utf8_lossy(before).chars().count() as i64)
}

fn tell(vm: &mut Vm, file: &Value) -> R {
    open_memory(vm, file, |_, memory| Ok(position(memory)))
}

fn truncate(vm: &mut Vm, args: &[Value]) -> R {
    let limit = limit_of(vm, args)?;
    open_memory(vm, args.at(0), |_, memory| {
        let at = limit.map_or(memory.at.get(), |count| advance(memory, 0, count));
        memory.content.borrow_mut().truncate(at);
        Ok(Value::int(limit.unwrap_or(at) as i64))
    })
}

fn close(vm: &mut Vm, file: &Value) -> R {
    with(vm, file, |_, memory| {
        memory.closed.set(true);
        Ok(Value::NONE)
    })
}

fn exit(vm: &mut Vm, args: Args<'_>) -> R {
    match args.pos.first() {
        Some(file) => close(vm, file),
        None => Ok(Value::NONE),
    }
}
