//! Functions, methods, cells and code objects: their attributes.

use crate::code::Code;
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Args, Arguments, Method, NativeFn};
use crate::objects::{CellObj, DictObj, FuncObj, MethodObj, NativeData, NativeObj, Payload};
use crate::types::class_build::entries;
use crate::types::object_text;
use crate::types::type_type::new_instance;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::{CodeKind, Flavor};
use std::rc::Rc;

/// Functions written in the language.
pub const FUNCTION_METHODS: &[Method] = &[
    Method::new(
        "__get__",
        NativeFn::Range(2, 3, get),
        "Return an attribute of instance, which is of type owner.",
    ),
    Method::new("__call__", NativeFn::Any(call), "Call self as a function."),
    Method::get_set("__name__", get_name, set_name, "The name."),
    Method::get_set(
        "__qualname__",
        get_qualname,
        set_qualname,
        "The qualified name.",
    ),
    Method::get_set("__doc__", get_doc, set_doc, "The doc string."),
    Method::get_set("__module__", get_module, set_module, "The module."),
    Method::get_set(
        "__defaults__",
        get_defaults,
        set_defaults,
        "Defaults of positional parameters.",
    ),
    Method::get_set(
        "__kwdefaults__",
        get_kwdefaults,
        set_kwdefaults,
        "Defaults of keyword-only parameters.",
    ),
    Method::get_set(
        "__annotations__",
        get_annotations,
        set_annotations,
        "The annotations.",
    ),
    Method::get_set("__dict__", get_dict, set_dict, "The attributes."),
    Method::get("__code__", get_code, "The code."),
    Method::get("__globals__", get_globals, "The globals of its module."),
    Method::get("__closure__", get_closure, "The captured cells."),
    Method::get(
        "__type_params__",
        |_, _| Ok(Value::tuple(vec![])),
        "The type parameters.",
    ),
];

/// Bound methods.
pub const METHOD_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::F3(method_new),
        "Create and return a new object.",
    ),
    Method::new("__call__", NativeFn::Any(call), "Call self as a function."),
    Method::new("__eq__", NativeFn::F2(method_eq), "Return self==value."),
    Method::get(
        "__self__",
        method_self,
        "the instance to which a method is bound",
    ),
    Method::get(
        "__func__",
        method_func,
        "the function (or other callable) implementing a method",
    ),
    Method::get("__name__", |vm, m| of_func(vm, m, "__name__"), "The name."),
    Method::get(
        "__doc__",
        |vm, m| of_func(vm, m, "__doc__"),
        "The doc string.",
    ),
];

/// Functions written in Rust.
pub const NATIVE_METHODS: &[Method] = &[
    Method::new(
        "__get__",
        NativeFn::Range(2, 3, get),
        "Return an attribute of instance, which is of type owner.",
    ),
    Method::new("__call__", NativeFn::Any(call), "Call self as a function."),
    Method::new("__eq__", NativeFn::F2(method_eq), "Return self==value."),
    Method::get("__name__", native_name, "The name."),
    Method::get("__qualname__", native_qualname, "The qualified name."),
    Method::get("__doc__", native_doc, "The doc string."),
    Method::get("__module__", native_module, "The module."),
    Method::get("__self__", native_self, "The receiver or the module."),
    Method::get("__objclass__", native_class, "The class it is a method of."),
];

/// Cells.
pub const CELL_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Range(1, 2, cell_new),
        "Create and return a new object.",
    ),
    Method::get_set(
        "cell_contents",
        cell_contents,
        set_cell_contents,
        "The value.",
    ),
];

/// Code objects.
pub const CODE_METHODS: &[Method] = &[
    Method::get(
        "co_name",
        |vm, c| code_value(vm, c, |code| code.name.to_value()),
        "The name.",
    ),
    Method::get(
        "co_qualname",
        |vm, c| code_value(vm, c, |code| code.qualname.to_value()),
        "The qualified name.",
    ),
    Method::get("co_filename", co_filename, "The file."),
    Method::get(
        "co_firstlineno",
        |vm, c| code_value(vm, c, |code| Value::int(code.first_line() as i64)),
        "The first line.",
    ),
    Method::get(
        "co_argcount",
        |vm, c| code_value(vm, c, |code| Value::int(code.positional_count() as i64)),
        "How many positional parameters.",
    ),
    Method::get(
        "co_posonlyargcount",
        |vm, c| code_value(vm, c, |code| Value::int(i64::from(code.hir.params.posonly))),
        "How many positional-only parameters.",
    ),
    Method::get(
        "co_kwonlyargcount",
        |vm, c| code_value(vm, c, |code| Value::int(i64::from(code.hir.params.kwonly))),
        "How many keyword-only parameters.",
    ),
    Method::get(
        "co_nlocals",
        |vm, c| code_value(vm, c, |code| Value::int(local_names(code).len() as i64)),
        "How many locals.",
    ),
    Method::get(
        "co_varnames",
        |vm, c| code_value(vm, c, |code| tuple(local_names(code))),
        "Parameters and locals.",
    ),
    Method::get(
        "co_cellvars",
        |vm, c| code_value(vm, c, |code| tuple(cell_names(code))),
        "Captured locals.",
    ),
    Method::get(
        "co_freevars",
        co_freevars,
        "Captured variables of outer functions.",
    ),
    Method::get(
        "co_flags",
        |vm, c| code_value(vm, c, |code| Value::int(flags(code))),
        "What sort of code.",
    ),
    Method::new("__repr__", NativeFn::F1(code_repr), "Return repr(self)."),
];

/// What a code object holds.
pub struct CodeData {
    /// The body.
    pub code: Rc<Code>,
}

impl NativeData for CodeData {
    fn visit(&self, _visitor: &mut dyn FnMut(&Value)) {}
}

/// A code object.
pub fn new_code(vm: &mut Vm, code: &Rc<Code>) -> Value {
    let class = vm.types.code.clone();
    new_instance(
        &class,
        Payload::Native(Rc::new(CodeData { code: code.clone() })),
    )
}

/// The body of a code object.
pub fn code_of(value: &Value) -> Option<Rc<Code>> {
    let data = value.as_instance()?.native::<CodeData>()?;
    Some(data.code.clone())
}

fn tuple(items: Vec<Value>) -> Value {
    Value::tuple(items)
}

/// `function.__get__(object, owner)`
fn get(vm: &mut Vm, args: &[Value]) -> R {
    if args.at(1).is_none() {
        return Ok(args.at(0).clone());
    }
    let class = vm.class_of(args.at(1));
    vm.bind_attribute(args.at(0).clone(), args.at(1), &class)
}

fn call(vm: &mut Vm, args: Args<'_>) -> R {
    match args.pos.split_first() {
        Some((func, rest)) => vm.call_args(
            func,
            Args {
                pos: rest,
                kw: args.kw,
            },
        ),
        None => Err(vm.type_error("descriptor '__call__' needs an argument")),
    }
}

fn receiver(vm: &mut Vm, value: &Value, name: &str) -> R<Ref<FuncObj>> {
    match value.to_func() {
        Some(func) => Ok(func),
        None => {
            let given = vm.type_name(value);
            Err(vm.type_error(format!(
                "descriptor '{name}' for 'function' objects doesn't apply to a '{given}' object"
            )))
        }
    }
}

fn overridden(func: &FuncObj, name: &str) -> Option<Value> {
    func.extra.with(|extra| {
        let found = extra.overrides.iter().find(|(field, _)| *field == name);
        found.map(|(_, value)| value.clone())
    })
}

fn set_override(func: &FuncObj, name: &'static str, value: Value) {
    let old = func.extra.with_mut(|extra| {
        let at = extra.overrides.iter().position(|(field, _)| *field == name);
        let old = at.map(|at| extra.overrides.swap_remove(at));
        extra.overrides.push((name, value));
        old
    });
    drop(old);
}

fn get_name(vm: &mut Vm, value: &Value) -> R {
    let func = receiver(vm, value, "__name__")?;
    Ok(overridden(&func, "__name__").unwrap_or_else(|| func.code.name.to_value()))
}

fn set_text(vm: &mut Vm, value: &Value, name: &'static str, text: Value) -> R<()> {
    let func = receiver(vm, value, name)?;
    if text.as_str().is_none() {
        return Err(vm.type_error(format!("{name} must be set to a string object")));
    }
    set_override(&func, name, text);
    Ok(())
}

fn set_name(vm: &mut Vm, value: &Value, name: Value) -> R<()> {
    set_text(vm, value, "__name__", name)
}

/// `__qualname__`
fn get_qualname(vm: &mut Vm, value: &Value) -> R {
    receiver(vm, value, "__qualname__")?;
    let text = object_text::qualname_of(vm, value);
    Ok(vm.str(text))
}

fn set_qualname(vm: &mut Vm, value: &Value, name: Value) -> R<()> {
    set_text(vm, value, "__qualname__", name)
}

fn get_doc(vm: &mut Vm, value: &Value) -> R {
    let func = receiver(vm, value, "__doc__")?;
    if let Some(doc) = overridden(&func, "__doc__") {
        return Ok(doc);
    }
    Ok(match &func.code.hir.doc {
        Some(doc) => vm.str(doc.to_string()),
        None => Value::NONE,
    })
}

fn set_doc(vm: &mut Vm, value: &Value, doc: Value) -> R<()> {
    let func = receiver(vm, value, "__doc__")?;
    set_override(
        &func,
        "__doc__",
        if doc.is_unset() { Value::NONE } else { doc },
    );
    Ok(())
}

fn get_module(vm: &mut Vm, value: &Value) -> R {
    let func = receiver(vm, value, "__module__")?;
    if let Some(module) = overridden(&func, "__module__") {
        return Ok(module);
    }
    Ok(func
        .globals
        .get_name(&vm.names.__name__)
        .unwrap_or(Value::NONE))
}

fn set_module(vm: &mut Vm, value: &Value, module: Value) -> R<()> {
    let func = receiver(vm, value, "__module__")?;
    set_override(
        &func,
        "__module__",
        if module.is_unset() {
            Value::NONE
        } else {
            module
        },
    );
    Ok(())
}

fn get_defaults(vm: &mut Vm, value: &Value) -> R {
    let func = receiver(vm, value, "__defaults__")?;
    let defaults = func.defaults.get();
    Ok(if defaults.is_empty() {
        Value::NONE
    } else {
        tuple(defaults.to_vec())
    })
}

fn set_defaults(vm: &mut Vm, value: &Value, defaults: Value) -> R<()> {
    let func = receiver(vm, value, "__defaults__")?;
    let items: Rc<[Value]> = match defaults.as_tuple() {
        Some(tuple) => Rc::from(tuple.items.to_vec()),
        None if defaults.is_none() || defaults.is_unset() => Rc::from([]),
        None => return Err(vm.type_error("__defaults__ must be set to a tuple object")),
    };
    func.defaults.set(items);
    Ok(())
}

fn get_kwdefaults(vm: &mut Vm, value: &Value) -> R {
    let func = receiver(vm, value, "__kwdefaults__")?;
    let pairs = func.extra.with(|extra| extra.kw_defaults.clone());
    if pairs.is_empty() {
        return Ok(Value::NONE);
    }
    let dict = Ref::new(DictObj::default());
    for (name, value) in pairs {
        dict.set_name(&name, value);
    }
    Ok(dict.into())
}

fn set_kwdefaults(vm: &mut Vm, value: &Value, defaults: Value) -> R<()> {
    let func = receiver(vm, value, "__kwdefaults__")?;
    let mut pairs = Vec::new();
    match defaults.to_dict() {
        Some(dict) => {
            for (key, value) in entries(&dict) {
                if let Some(text) = key.to_str_obj() {
                    pairs.push((vm.intern_str(&text), value));
                }
            }
        }
        None if defaults.is_none() || defaults.is_unset() => {}
        None => return Err(vm.type_error("__kwdefaults__ must be set to a dict object")),
    }
    let old = func
        .extra
        .with_mut(|extra| std::mem::replace(&mut extra.kw_defaults, pairs));
    drop(old);
    Ok(())
}

fn get_annotations(vm: &mut Vm, value: &Value) -> R {
    let func = receiver(vm, value, "__annotations__")?;
    Ok(func.extra.with_mut(|extra| {
        let made = || Value::new(DictObj::default());
        extra.annotations.get_or_insert_with(made).clone()
    }))
}

fn set_annotations(vm: &mut Vm, value: &Value, annotations: Value) -> R<()> {
    let func = receiver(vm, value, "__annotations__")?;
    let annotations = match annotations.tag() {
        Tag::Dict => Some(annotations),
        Tag::None | Tag::Unset => None,
        _ => return Err(vm.type_error("__annotations__ must be set to a dict object")),
    };
    drop(
        func.extra
            .with_mut(|extra| std::mem::replace(&mut extra.annotations, annotations)),
    );
    Ok(())
}

fn get_dict(vm: &mut Vm, value: &Value) -> R {
    let func = receiver(vm, value, "__dict__")?;
    Ok(func.extra.with_mut(|extra| {
        let made = || Ref::new(DictObj::default());
        extra.attributes.get_or_insert_with(made).to_value()
    }))
}

fn set_dict(vm: &mut Vm, value: &Value, dict: Value) -> R<()> {
    let func = receiver(vm, value, "__dict__")?;
    let Some(dict) = dict.to_dict() else {
        let given = vm.type_name(&dict);
        return Err(vm.type_error(format!(
            "__dict__ must be set to a dictionary, not a '{given}'"
        )));
    };
    drop(func.extra.with_mut(|extra| extra.attributes.replace(dict)));
    Ok(())
}

fn get_code(vm: &mut Vm, value: &Value) -> R {
    let func = receiver(vm, value, "__code__")?;
    Ok(new_code(vm, &func.code))
}

fn get_globals(vm: &mut Vm, value: &Value) -> R {
    Ok(receiver(vm, value, "__globals__")?.globals.to_value())
}

fn get_closure(vm: &mut Vm, value: &Value) -> R {
    let func = receiver(vm, value, "__closure__")?;
    Ok(if func.closure.is_empty() {
        Value::NONE
    } else {
        tuple(func.closure.to_vec())
    })
}

fn method_new(vm: &mut Vm, _class: &Value, func: &Value, receiver: &Value) -> R {
    if receiver.is_none() {
        return Err(vm.type_error("instance must not be None"));
    }
    Ok(Value::new(MethodObj {
        func: func.clone(),
        receiver: receiver.clone(),
    }))
}

/// Whether two methods are the same function bound to the same object.
pub fn same_method(a: &Value, b: &Value) -> bool {
    match (a.as_method(), b.as_method()) {
        (Some(a), Some(b)) => a.receiver.is(&b.receiver) && a.func.is(&b.func),
        _ => a.is(b),
    }
}

fn method_eq(_vm: &mut Vm, a: &Value, b: &Value) -> R {
    Ok(match a.tag() == b.tag() {
        true => Value::bool(same_method(a, b)),
        false => Value::NOT_IMPLEMENTED,
    })
}

fn method_self(_vm: &mut Vm, method: &Value) -> R {
    Ok(method
        .as_method()
        .map_or(Value::NONE, |method| method.receiver.clone()))
}

fn method_func(_vm: &mut Vm, method: &Value) -> R {
    Ok(method
        .as_method()
        .map_or(Value::NONE, |method| method.func.clone()))
}

fn of_func(vm: &mut Vm, method: &Value, name: &str) -> R {
    let func = method_func(vm, method)?;
    let name = vm.intern(name);
    vm.get_attr(&func, &name)
}

/// The native function of a native function or of a method bound to one.
fn native_of(value: &Value) -> Option<Ref<NativeObj>> {
    match value.as_method() {
        Some(method) => method.func.to_native(),
        None => value.to_native(),
    }
}

fn native_name(vm: &mut Vm, value: &Value) -> R {
    Ok(native_of(value).map_or(Value::NONE, |native| vm.str(native.name)))
}

fn native_qualname(vm: &mut Vm, value: &Value) -> R {
    let Some(native) = native_of(value) else {
        return Ok(Value::NONE);
    };
    Ok(match native.owner {
        Some(owner) => vm.str(format!("{owner}.{}", native.name)),
        None => vm.str(native.name),
    })
}

fn native_doc(vm: &mut Vm, value: &Value) -> R {
    Ok(match native_of(value) {
        Some(native) if !native.doc.is_empty() => vm.str(native.doc),
        Some(_) | None => Value::NONE,
    })
}

fn native_module(vm: &mut Vm, value: &Value) -> R {
    Ok(match native_of(value) {
        Some(native) if native.owner.is_none() => vm.str("builtins"),
        Some(_) | None => Value::NONE,
    })
}

fn native_self(vm: &mut Vm, value: &Value) -> R {
    if let Some(method) = value.as_method() {
        return Ok(method.receiver.clone());
    }
    let builtins = vm.intern("builtins");
    Ok(vm.modules.get_name(&builtins).unwrap_or(Value::NONE))
}

fn native_class(vm: &mut Vm, value: &Value) -> R {
    let owner = native_of(value).and_then(|native| native.owner);
    Ok(owner
        .and_then(|owner| vm.types.by_name.get(owner))
        .map_or(Value::NONE, Ref::to_value))
}

fn cell_new(_vm: &mut Vm, args: &[Value]) -> R {
    Ok(Value::new(CellObj::new(
        args.get(1).cloned().unwrap_or_default(),
    )))
}

fn cell_contents(vm: &mut Vm, cell: &Value) -> R {
    match cell.as_cell().and_then(|cell| cell.value.get()) {
        Some(value) => Ok(value),
        None => Err(vm.value_error("cell is empty")),
    }
}

fn set_cell_contents(_vm: &mut Vm, cell: &Value, value: Value) -> R<()> {
    if let Some(cell) = cell.as_cell() {
        cell.value
            .set(if value.is_unset() { None } else { Some(value) });
    }
    Ok(())
}

fn code_value(vm: &mut Vm, value: &Value, read: fn(&Code) -> Value) -> R {
    match code_of(value) {
        Some(code) => Ok(read(&code)),
        None => Err(vm.type_error("a code object is required")),
    }
}

fn param_count(code: &Code) -> usize {
    let params = &code.hir.params;
    code.positional_count()
        + params.kwonly as usize
        + usize::from(params.has_varargs)
        + usize::from(params.has_varkw)
}

/// Parameters, then locals that are no cells.
fn local_names(code: &Code) -> Vec<Value> {
    if matches!(code.hir.kind, CodeKind::Module | CodeKind::Class) {
        return Vec::new();
    }
    let params = param_count(code);
    let names = code.slot_names.iter().enumerate();
    names
        .filter(|(at, name)| {
            *at < params || !name.text().starts_with('.') && !code.cells.contains(&(*at as u32))
        })
        .map(|(_, name)| name.to_value())
        .collect()
}

fn cell_names(code: &Code) -> Vec<Value> {
    let names = code
        .cells
        .iter()
        .filter_map(|slot| code.slot_names.get(*slot as usize));
    names.map(Ref::to_value).collect()
}

fn co_freevars(vm: &mut Vm, value: &Value) -> R {
    let Some(code) = code_of(value) else {
        return Ok(Value::NONE);
    };
    let names = code
        .hir
        .free
        .iter()
        .map(|free| vm.intern(&free.name).to_value())
        .collect();
    Ok(tuple(names))
}

fn co_filename(vm: &mut Vm, value: &Value) -> R {
    Ok(match code_of(value) {
        Some(code) => vm.str(code.source.name.clone()),
        None => Value::NONE,
    })
}

/// `co_flags` (`inspect.CO_*`).
fn flags(code: &Code) -> i64 {
    let params = &code.hir.params;
    let mut flags = 0;
    if matches!(
        code.hir.kind,
        CodeKind::Function | CodeKind::Lambda | CodeKind::GenExpr
    ) {
        flags |= 3;
        if code.hir.qualname.contains("<locals>") {
            flags |= 16;
        }
    }
    if params.has_varargs {
        flags |= 4;
    }
    if params.has_varkw {
        flags |= 8;
    }
    flags
        | match code.flavor {
            Flavor::Plain => 0,
            Flavor::Generator => 32,
            Flavor::Coroutine => 128,
            Flavor::AsyncGenerator => 512,
        }
}

fn code_repr(vm: &mut Vm, value: &Value) -> R {
    let Some(code) = code_of(value) else {
        return Ok(Value::NONE);
    };
    let (name, file, line) = (code.name.text(), &code.source.name, code.first_line());
    let address = Rc::as_ptr(&code) as usize;
    Ok(vm.str(format!(
        "<code object {name} at {address:#x}, file \"{file}\", line {line}>"
    )))
}
