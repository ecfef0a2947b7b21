//! What single exception classes add: attributes, constructors with keywords, texts.

use super::exceptions::{args_of, init, new, receiver, text_of_args, tuple_of};
use crate::argument_errors::unexpected_keyword;
use crate::error::{R, exc_data, with_exc_data};
use crate::heap::Ref;
use crate::native::{Args, Arguments, Method, NativeFn};
use crate::objects::ClassObj;
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// Makes reader and writer of attributes: the value set, else what a function computes.
macro_rules! fields {
    ($($get:ident $set:ident $name:literal $default:expr;)*) => { $(
        fn $get(vm: &mut Vm, exception: &Value) -> R {
            if let Some(Some(value)) = exc_data(exception, |data| data.field($name)) {
                return Ok(value);
            }
            let default: fn(&mut Vm, &Value) -> Value = $default;
            Ok(default(vm, exception))
        }
        fn $set(_vm: &mut Vm, exception: &Value, value: Value) -> R<()> {
            let value = if value.is_unset() { Value::NONE } else { value };
            with_exc_data(exception, |data| data.set_field($name, value));
            Ok(())
        }
    )* };
}

fn none(_vm: &mut Vm, _exception: &Value) -> Value {
    Value::NONE
}

fn arg(exception: &Value, at: usize) -> Value {
    args_of(exception).get(at).cloned().unwrap_or(Value::NONE)
}

fn one_or_tuple(_vm: &mut Vm, exception: &Value) -> Value {
    let args = args_of(exception);
    match args.as_slice() {
        [] => Value::NONE,
        [one] => one.clone(),
        _ => Value::tuple(args),
    }
}

/// An argument of an `OSError` with two to five arguments.
fn os_arg(exception: &Value, at: usize) -> Value {
    let args = args_of(exception);
    if (2..=5).contains(&args.len()) {
        args.get(at).cloned().unwrap_or(Value::NONE)
    } else {
        Value::NONE
    }
}

/// A part of the second argument of a `SyntaxError`.
fn place_part(exception: &Value, at: usize) -> Value {
    let place = arg(exception, 1);
    place
        .as_tuple()
        .and_then(|tuple| tuple.items.get(at).cloned())
        .unwrap_or(Value::NONE)
}

fields! {
    get_code set_code "code" one_or_tuple;
    get_value set_value "value" |_, e| arg(e, 0);
    get_name set_name "name" none;
    get_obj set_obj "obj" none;
    get_path set_path "path" none;
    get_name_from set_name_from "name_from" none;
    get_import_msg set_import_msg "msg" |_, e| {
        let args = args_of(e);
        if args.len() == 1 { args.at(0).clone() } else { Value::NONE }
    };
    get_errno set_errno "errno" |_, e| os_arg(e, 0);
    get_strerror set_strerror "strerror" |_, e| os_arg(e, 1);
    get_filename set_filename "filename" none;
    get_filename2 set_filename2 "filename2" none;
    get_msg set_msg "msg" |_, e| arg(e, 0);
    get_source set_source "filename" |_, e| place_part(e, 0);
    get_lineno set_lineno "lineno" |_, e| place_part(e, 1);
    get_offset set_offset "offset" |_, e| place_part(e, 2);
    get_text set_text "text" |_, e| place_part(e, 3);
    get_end_lineno set_end_lineno "end_lineno" |_, e| place_part(e, 4);
    get_end_offset set_end_offset "end_offset" |_, e| place_part(e, 5);
    get_encoding set_encoding "encoding" |_, e| arg(e, 0);
    get_object set_object "object" |_, e| arg(e, 1);
    get_start set_start "start" |_, e| arg(e, 2);
    get_end set_end "end" |_, e| arg(e, 3);
    get_reason set_reason "reason" |_, e| arg(e, 4);
    get_object0 set_object0 "object" |_, e| arg(e, 0);
    get_start1 set_start1 "start" |_, e| arg(e, 1);
    get_end2 set_end2 "end" |_, e| arg(e, 2);
    get_reason3 set_reason3 "reason" |_, e| arg(e, 3);
}

/// `SystemExit`
pub const CODE_METHODS: &[Method] = &[Method::get_set(
    "code",
    get_code,
    set_code,
    "exception code",
)];

/// `StopIteration`
pub const VALUE_METHODS: &[Method] = &[Method::get_set(
    "value",
    get_value,
    set_value,
    "generator return value",
)];

/// `NameError`
pub const NAME_METHODS: &[Method] = &[
    Method::new("__init__", NativeFn::Any(name_init), "Initialize self."),
    Method::get_set("name", get_name, set_name, "name"),
];

/// `AttributeError`
pub const ATTRIBUTE_ERROR_METHODS: &[Method] = &[
    Method::new(
        "__init__",
        NativeFn::Any(attribute_init),
        "Initialize self.",
    ),
    Method::get_set("name", get_name, set_name, "attribute name"),
    Method::get_set("obj", get_obj, set_obj, "object"),
];

/// `ImportError`
pub const IMPORT_ERROR_METHODS: &[Method] = &[
    Method::new("__init__", NativeFn::Any(import_init), "Initialize self."),
    Method::get_set("msg", get_import_msg, set_import_msg, "exception message"),
    Method::get_set("name", get_name, set_name, "module name"),
    Method::get_set("path", get_path, set_path, "module path"),
    Method::get_set(
        "name_from",
        get_name_from,
        set_name_from,
        "name imported from module",
    ),
];

/// `KeyError`
pub const KEY_ERROR_METHODS: &[Method] = &[Method::new(
    "__str__",
    NativeFn::F1(key_str),
    "Return str(self).",
)];

/// `OSError`
pub const OS_ERROR_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(os_new),
        "Create and return a new object.",
    ),
    Method::new("__init__", NativeFn::Any(os_init), "Initialize self."),
    Method::new("__str__", NativeFn::F1(os_str), "Return str(self)."),
    Method::get_set("errno", get_errno, set_errno, "POSIX exception code"),
    Method::get_set("strerror", get_strerror, set_strerror, "exception strerror"),
    Method::get_set("filename", get_filename, set_filename, "exception filename"),
    Method::get_set(
        "filename2",
        get_filename2,
        set_filename2,
        "second exception filename",
    ),
];

/// `SyntaxError`
pub const SYNTAX_ERROR_METHODS: &[Method] = &[
    Method::new("__init__", NativeFn::Any(syntax_init), "Initialize self."),
    Method::new("__str__", NativeFn::F1(syntax_str), "Return str(self)."),
    Method::get_set("msg", get_msg, set_msg, "exception msg"),
    Method::get_set("filename", get_source, set_source, "exception filename"),
    Method::get_set("lineno", get_lineno, set_lineno, "exception lineno"),
    Method::get_set("offset", get_offset, set_offset, "exception offset"),
    Method::get_set("text", get_text, set_text, "exception text"),
    Method::get_set(
        "end_lineno",
        get_end_lineno,
        set_end_lineno,
        "exception end lineno",
    ),
    Method::get_set(
        "end_offset",
        get_end_offset,
        set_end_offset,
        "exception end offset",
    ),
];

/// `UnicodeDecodeError` and `UnicodeEncodeError`
pub const UNICODE_METHODS: &[Method] = &[
    Method::new("__init__", NativeFn::Any(unicode_init), "Initialize self."),
    Method::new("__str__", NativeFn::F1(unicode_str), "Return str(self)."),
    Method::get_set("encoding", get_encoding, set_encoding, "exception encoding"),
    Method::get_set("object", get_object, set_object, "exception object"),
    Method::get_set("start", get_start, set_start, "exception start"),
    Method::get_set("end", get_end, set_end, "exception end"),
    Method::get_set("reason", get_reason, set_reason, "exception reason"),
];

/// `UnicodeTranslateError`
pub const TRANSLATE_METHODS: &[Method] = &[
    Method::new(
        "__init__",
        NativeFn::Any(translate_init),
        "Initialize self.",
    ),
    Method::new("__str__", NativeFn::F1(translate_str), "Return str(self)."),
    Method::get_set("object", get_object0, set_object0, "exception object"),
    Method::get_set("start", get_start1, set_start1, "exception start"),
    Method::get_set("end", get_end2, set_end2, "exception end"),
    Method::get_set("reason", get_reason3, set_reason3, "exception reason"),
];

/// A constructor that takes some attributes by keyword.
fn init_with(vm: &mut Vm, args: Args<'_>, owner: &str, allowed: &[&'static str]) -> R {
    let (exception, _) = receiver(vm, args, "__init__")?;
    for (name, value) in args.kw {
        let Some(field) = allowed.iter().copied().find(|field| *field == name.text()) else {
            let allowed = allowed.iter().copied();
            return Err(unexpected_keyword(vm, owner, name.text(), allowed));
        };
        with_exc_data(exception, |data| data.set_field(field, value.clone()));
    }
    init(vm, Args::positional(args.pos))
}

fn name_init(vm: &mut Vm, args: Args<'_>) -> R {
    init_with(vm, args, "NameError", &["name"])
}

fn attribute_init(vm: &mut Vm, args: Args<'_>) -> R {
    init_with(vm, args, "AttributeError", &["name", "obj"])
}

fn import_init(vm: &mut Vm, args: Args<'_>) -> R {
    init_with(vm, args, "ImportError", &["name", "path", "name_from"])
}

fn key_str(vm: &mut Vm, exception: &Value) -> R {
    let args = args_of(exception);
    let text = match args.as_slice() {
        [one] => vm.repr(one)?,
        _ => text_of_args(vm, exception)?,
    };
    Ok(vm.str(text))
}

/// The class that `OSError(errno, ...)` makes an instance of.
pub fn os_error_class(vm: &Vm, errno: i64) -> Ref<ClassObj> {
    let types = &vm.types;
    match errno {
        1 | 13 => &types.permission_error,
        2 => &types.file_not_found_error,
        3 => &types.process_lookup_error,
        4 => &types.interrupted_error,
        10 => &types.child_process_error,
        11 | 114 | 115 => &types.blocking_io_error,
        17 => &types.file_exists_error,
        20 => &types.not_a_directory_error,
        21 => &types.is_a_directory_error,
        32 | 108 => &types.broken_pipe_error,
        103 => &types.connection_aborted_error,
        104 => &types.connection_reset_error,
        110 => &types.timeout_error,
        111 => &types.connection_refused_error,
        _ => &types.os_error,
    }
    .clone()
}

impl Vm {
    /// Raises the `OSError` for an error of the system, with the file it is about.
    pub fn raise_io_error(
        &mut self,
        error: &std::io::Error,
        file: Option<&str>,
    ) -> crate::error::Raised {
        let errno = i64::from(error.raw_os_error().unwrap_or(5));
        let class = os_error_class(self, errno);
        let text = error.to_string();
        let text = text.split(" (os error").next().unwrap_or("").to_owned();
        let args = vec![Value::int(errno), self.str(text)];
        let exception = self.new_exception(&class, args);
        if let Some(file) = file {
            let file = self.str(file);
            with_exc_data(&exception, |data| data.set_field("filename", file));
        }
        self.raise(exception)
    }
}

fn os_new(vm: &mut Vm, args: Args<'_>) -> R {
    let made = new(vm, args)?;
    let class = vm.class_of(&made);
    let rest = args.pos.get(1..).unwrap_or_default();
    if class.same(&vm.types.os_error)
        && (2..=5).contains(&rest.len())
        && let Some(errno) = rest.at(0).as_index()
        && let Some(instance) = made.as_instance()
    {
        let kind = os_error_class(vm, errno);
        instance.shape.set(kind.root_shape);
        instance.class.set(kind);
    }
    Ok(made)
}

#[expect(clippy::indexing_slicing, reason = "the arity is checked before")]
fn os_init(vm: &mut Vm, args: Args<'_>) -> R {
    let (exception, rest) = receiver(vm, args, "__init__")?;
    init(vm, args)?;
    let file = rest.get(2).filter(|file| !file.is_none());
    if (2..=5).contains(&rest.len())
        && let Some(file) = file
    {
        let second = rest.get(4).cloned();
        with_exc_data(exception, |data| {
            data.set_field("filename", file.clone());
            if let Some(second) = second {
                data.set_field("filename2", second);
            }
            data.args = tuple_of(&rest[..2]);
        });
    }
    Ok(Value::NONE)
}

fn os_str(vm: &mut Vm, exception: &Value) -> R {
    let (errno, strerror) = (get_errno(vm, exception)?, get_strerror(vm, exception)?);
    let (file, second) = (get_filename(vm, exception)?, get_filename2(vm, exception)?);
    let has_number = !(errno.is_none() && strerror.is_none());
    if !has_number && file.is_none() {
        let text = text_of_args(vm, exception)?;
        return Ok(vm.str(text));
    }
    let (errno, strerror) = (vm.to_text(&errno)?, vm.to_text(&strerror)?);
    let mut text = format!("[Errno {errno}] {strerror}");
    if !file.is_none() {
        text.push_str(&format!(": {}", vm.repr(&file)?));
        if !second.is_none() {
            text.push_str(&format!(" -> {}", vm.repr(&second)?));
        }
    }
    Ok(vm.str(text))
}

fn syntax_init(vm: &mut Vm, args: Args<'_>) -> R {
    let (_, rest) = receiver(vm, args, "__init__")?;
    init(vm, args)?;
    if rest.len() == 2 {
        let place = vm.collect(rest.at(1))?;
        let given = place.len();
        if given < 4 {
            return Err(vm.type_error(format!(
                "function takes at least 4 arguments ({given} given)"
            )));
        }
        if given > 6 {
            return Err(vm.type_error(format!(
                "function takes at most 6 arguments ({given} given)"
            )));
        }
    }
    Ok(Value::NONE)
}

fn syntax_str(vm: &mut Vm, exception: &Value) -> R {
    let (msg, file) = (get_msg(vm, exception)?, get_source(vm, exception)?);
    let line = get_lineno(vm, exception)?;
    let msg = vm.to_text(&msg)?;
    let file = file
        .as_str()
        .map(|file| file.rsplit('/').next().unwrap_or("").to_owned());
    let text = match (file, line.as_index()) {
        (Some(file), Some(line)) => format!("{msg} ({file}, line {line})"),
        (Some(file), None) => format!("{msg} ({file})"),
        (None, Some(line)) => format!("{msg} (line {line})"),
        (None, None) => msg,
    };
    Ok(vm.str(text))
}

fn exact_count(vm: &mut Vm, args: Args<'_>, wanted: usize) -> R<()> {
    let (_, rest) = receiver(vm, args, "__init__")?;
    let given = rest.len();
    if given != wanted {
        return Err(vm.type_error(format!(
            "function takes exactly {wanted} arguments ({given} given)"
        )));
    }
    Ok(())
}

fn unicode_init(vm: &mut Vm, args: Args<'_>) -> R {
    exact_count(vm, args, 5)?;
    let decodes = args.pos.first().is_some_and(|e| {
        let class = vm.types.unicode_decode_error.clone();
        vm.class_of(e).is_subclass_of(&class)
    });
    let object = args.pos.at(2);
    if decodes && object.as_str().is_some() {
        return Err(vm.type_error("a bytes-like object is required, not 'str'"));
    }
    init(vm, args)
}

fn translate_init(vm: &mut Vm, args: Args<'_>) -> R {
    exact_count(vm, args, 4)?;
    init(vm, args)
}

/// What stands at the place of the error: `character '\xe9'`, `byte 0xff`, or the range.
fn place_text(object: &Value, start: i64, end: i64) -> String {
    let at = usize::try_from(start).ok();
    let last = end - 1;
    if let (Some(text), Some(at)) = (object.as_str(), at) {
        if end == start + 1
            && let Some(ch) = text.chars().nth(at)
        {
            let code = ch as u32;
            let shown = match code {
                0..=0xff => format!("\\x{code:02x}"),
                0x100..=0xffff => format!("\\u{code:04x}"),
                _ => format!("\\U{code:08x}"),
            };
            return format!("character '{shown}' in position {start}");
        }
        return format!("characters in position {start}-{last}");
    }
    let byte = object
        .as_bytes_obj()
        .and_then(|bytes| bytes.data().get(at?).copied());
    match byte {
        Some(byte) if end == start + 1 => format!("byte 0x{byte:02x} in position {start}"),
        Some(_) | None => format!("bytes in position {start}-{last}"),
    }
}

fn unicode_str(vm: &mut Vm, exception: &Value) -> R {
    if args_of(exception).len() != 5 {
        let text = text_of_args(vm, exception)?;
        return Ok(vm.str(text));
    }
    let (encoding, object) = (get_encoding(vm, exception)?, get_object(vm, exception)?);
    let (start, end) = (get_start(vm, exception)?, get_end(vm, exception)?);
    let reason = get_reason(vm, exception)?;
    let (encoding, reason) = (vm.to_text(&encoding)?, vm.to_text(&reason)?);
    let (start, end) = (vm.index_i64(&start)?, vm.index_i64(&end)?);
    let verb = if object.tag() == Tag::Str {
        "encode"
    } else {
        "decode"
    };
    let place = place_text(&object, start, end);
    Ok(vm.str(format!("'{encoding}' codec can't {verb} {place}: {reason}")))
}

fn translate_str(vm: &mut Vm, exception: &Value) -> R {
    let (object, reason) = (get_object0(vm, exception)?, get_reason3(vm, exception)?);
    let (start, end) = (get_start1(vm, exception)?, get_end2(vm, exception)?);
    let reason = vm.to_text(&reason)?;
    let (start, end) = (vm.index_i64(&start)?, vm.index_i64(&end)?);
    let place = place_text(&object, start, end);
    Ok(vm.str(format!("can't translate {place}: {reason}")))
}
