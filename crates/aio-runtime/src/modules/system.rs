//! `sys`

use super::{Function, add, add_functions, files};
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Args, NativeFn};
use crate::objects::{ListObj, ModuleObj};
use crate::types::exceptions;
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// The functions.
const FUNCTIONS: &[Function] = &[
    (
        "exit",
        NativeFn::Range(0, 1, exit),
        "Exit the interpreter by raising SystemExit(status).",
    ),
    (
        "exc_info",
        NativeFn::F0(exc_info),
        "Return current exception information: (type, value, traceback).",
    ),
    (
        "exception",
        NativeFn::F0(exception),
        "Return the current exception.",
    ),
    (
        "getrecursionlimit",
        NativeFn::F0(get_limit),
        "Return the current value of the recursion limit.",
    ),
    (
        "setrecursionlimit",
        NativeFn::F1(set_limit),
        "Set the maximum depth of the Python interpreter stack to n.",
    ),
    (
        "get_int_max_str_digits",
        NativeFn::F0(|vm| Ok(Value::int(vm.max_str_digits as i64))),
        "Return the limit on digits between ints and text.",
    ),
    (
        "set_int_max_str_digits",
        NativeFn::F1(set_max_str_digits),
        "Set the limit on digits between ints and text; 0 is none.",
    ),
    (
        "getrefcount",
        NativeFn::F1(refcount),
        "Return the reference count of object.",
    ),
    (
        "_place_of_call",
        NativeFn::F0(place_of_call),
        "File, line and function of the call that logs.",
    ),
    ("intern", NativeFn::F1(intern), "Intern the given string."),
    (
        "getsizeof",
        NativeFn::Range(1, 2, size_of),
        "Not supported.",
    ),
    (
        "getdefaultencoding",
        NativeFn::F0(|vm| Ok(vm.str("utf-8"))),
        "The default encoding.",
    ),
    (
        "getfilesystemencoding",
        NativeFn::F0(|vm| Ok(vm.str("utf-8"))),
        "The encoding of file names.",
    ),
    (
        "gettrace",
        NativeFn::F0(|_| Ok(Value::NONE)),
        "The trace function.",
    ),
    (
        "settrace",
        NativeFn::F1(|_, _| Ok(Value::NONE)),
        "Set the trace function.",
    ),
    (
        "is_finalizing",
        NativeFn::F0(|vm| Ok(Value::bool(vm.finalizing))),
        "Whether the interpreter shuts down.",
    ),
    (
        "getswitchinterval",
        NativeFn::F0(|_| Ok(Value::float(0.005))),
        "The thread switch interval.",
    ),
    (
        "setswitchinterval",
        NativeFn::F1(|_, _| Ok(Value::NONE)),
        "Set the thread switch interval.",
    ),
    (
        "displayhook",
        NativeFn::F1(display),
        "Print an object to sys.stdout.",
    ),
    (
        "excepthook",
        NativeFn::Any(except_hook),
        "Handle an exception by displaying it with a traceback on sys.stderr.",
    ),
    (
        "unraisablehook",
        NativeFn::Any(|_, _| Ok(Value::NONE)),
        "Handle an unraisable exception.",
    ),
];

/// Fills the module.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, FUNCTIONS);
    let argv: Vec<Value> = vm
        .options
        .argv
        .iter()
        .map(|arg| vm.str(arg.clone()))
        .collect();
    let path: Vec<Value> = match &vm.options.script_dir {
        Some(dir) => vec![vm.str(dir.to_string_lossy().into_owned())],
        None => vec![vm.str("")],
    };
    let (argv, path) = (
        Value::new(ListObj::new(argv)),
        Value::new(ListObj::new(path)),
    );
    add(vm, module, "argv", argv);
    add(vm, module, "path", path);
    for (name, which) in [
        ("stdin", files::Standard::In),
        ("stdout", files::Standard::Out),
        ("stderr", files::Standard::Error),
    ] {
        let stream = files::standard(vm, which);
        add(vm, module, name, stream.clone());
        add(vm, module, &format!("__{name}__"), stream);
    }
    let modules = vm.modules.to_value();
    add(vm, module, "modules", modules);
    for (name, text) in [
        ("version", "3.13.0 (aio)"),
        ("platform", "linux"),
        ("byteorder", "little"),
        ("executable", ""),
        ("prefix", "/usr"),
        ("base_prefix", "/usr"),
        ("exec_prefix", "/usr"),
        ("copyright", ""),
    ] {
        let text = vm.str(text);
        add(vm, module, name, text);
    }
    for (name, int) in [
        ("maxsize", i64::MAX),
        ("maxunicode", 0x10ffff),
        ("hexversion", 0x030d_00f0),
        ("api_version", 1013),
    ] {
        add(vm, module, name, Value::int(int));
    }
    add(vm, module, "dont_write_bytecode", Value::TRUE);
    add(vm, module, "warnoptions", Value::new(ListObj::default()));
    add(vm, module, "orig_argv", Value::new(ListObj::default()));
    fill_records(vm, module)
}

/// The records: `version_info`, `implementation`, `flags`, ... The text of our own library makes
/// them, as they are tuples with names.
fn fill_records(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    let text = include_str!("lib/_sys_records.aio");
    let code = crate::builtins::evaluation::compile_module(vm, "<library sys>", text)?;
    crate::builtins::evaluation::run_code(vm, &code, &module.dict)?;
    Ok(())
}

fn exit(vm: &mut Vm, args: &[Value]) -> R {
    let class = vm.types.system_exit.clone();
    let args = match args.first() {
        Some(code) if code.is_none() => vec![],
        Some(code) if code.tag() == Tag::Tuple => code
            .as_tuple()
            .map_or_else(Vec::new, |tuple| tuple.items.to_vec()),
        Some(code) => vec![code.clone()],
        None => vec![],
    };
    Err(vm.raise_with(&class, args))
}

fn exception(vm: &mut Vm) -> R {
    Ok(if vm.handled.is_unset() {
        Value::NONE
    } else {
        vm.handled.clone()
    })
}

fn exc_info(vm: &mut Vm) -> R {
    let value = exception(vm)?;
    if value.is_none() {
        return Ok(Value::tuple(vec![Value::NONE, Value::NONE, Value::NONE]));
    }
    let class = vm.class_of(&value).into();
    let name = vm.names.__traceback__.clone();
    let traceback = vm.get_attr(&value, &name)?;
    Ok(Value::tuple(vec![class, value, traceback]))
}

fn get_limit(vm: &mut Vm) -> R {
    Ok(Value::int(i64::from(vm.recursion_limit)))
}

fn set_limit(vm: &mut Vm, limit: &Value) -> R {
    let limit = vm.index_i64(limit)?;
    match u32::try_from(limit) {
        Ok(limit) if limit > 0 => {
            vm.recursion_limit = vm.bound_depth(limit);
            Ok(Value::NONE)
        }
        Ok(_) | Err(_) => Err(vm.value_error("recursion limit must be greater or equal than 1")),
    }
}

fn set_max_str_digits(vm: &mut Vm, limit: &Value) -> R {
    const LEAST: usize = 640;
    match usize::try_from(vm.index_i64(limit)?) {
        Ok(limit) if limit == 0 || limit >= LEAST => {
            vm.max_str_digits = limit;
            Ok(Value::NONE)
        }
        Ok(_) | Err(_) => Err(vm.value_error("maxdigits must be 0 or larger than 640")),
    }
}

fn refcount(_vm: &mut Vm, value: &Value) -> R {
    Ok(Value::int(i64::from(value.ref_count())))
}

/// Where the innermost call stands that looks as if it logged (see `eval::placed`): file, line and
/// name of the function, or `None`.
fn place_of_call(vm: &mut Vm) -> R {
    let Some(place) = &vm.placed else {
        return Ok(Value::NONE);
    };
    let code = place.code.clone();
    let line = code.line_of(place.span) as i64;
    let file = vm.str(code.source.name.as_str());
    Ok(Value::tuple([file, Value::int(line), code.name.to_value()]))
}

fn intern(vm: &mut Vm, value: &Value) -> R {
    match value.to_str_obj() {
        Some(text) => Ok(vm.intern_str(&text).into()),
        None => {
            let given = vm.type_name(value);
            Err(vm.type_error(format!("intern() argument must be str, not {given}")))
        }
    }
}

fn size_of(vm: &mut Vm, _args: &[Value]) -> R {
    Err(vm.not_implemented_error("sys.getsizeof is unsupported"))
}

fn display(vm: &mut Vm, value: &Value) -> R {
    if !value.is_none() {
        let text = vm.repr(value)?;
        files::write_stdout(vm, &format!("{text}\n"))?;
    }
    Ok(Value::NONE)
}

fn except_hook(vm: &mut Vm, args: Args<'_>) -> R {
    if let Some(exception) = args.pos.get(1)
        && exceptions::is_exception(vm, exception)
    {
        crate::report::print_exception(vm, exception);
    }
    Ok(Value::NONE)
}
