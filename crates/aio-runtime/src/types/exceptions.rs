//! Exceptions: what `BaseException` gives to all of them, raising and catching.
//!
//! What single classes add (`OSError.errno`, `KeyError`'s text, ...) is in `exception_kinds`,
//! groups are in `exception_groups`. Attributes that a class declares are computed from `args`
//! until a script sets them, so that the interpreter can raise without running `__init__`.

pub use super::exception_kinds::*;
use super::tracebacks;
pub use super::tracebacks::{FRAME_METHODS, TRACEBACK_METHODS};
use crate::error::{R, Raised, exc_data, with_exc_data};
use crate::native::{Args, Method, NativeFn};
use crate::objects::{ExcData, Layout, ListObj, Payload};
use crate::types::object;
use crate::types::type_type::new_instance;
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// The methods.
pub const METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new),
        "Create and return a new object.",
    ),
    Method::new("__init__", NativeFn::Any(init), "Initialize self."),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
    Method::new("__str__", NativeFn::F1(str), "Return str(self)."),
    Method::new(
        "with_traceback",
        NativeFn::F2(with_traceback),
        "Set self.__traceback__ to tb and return self.",
    ),
    Method::new(
        "add_note",
        NativeFn::F2(add_note_method),
        "Add a note to the exception",
    ),
    Method::get_set("args", get_args, set_args, "The arguments."),
    Method::get_set(
        "__cause__",
        get_cause,
        set_cause_attr,
        "What the exception was raised from.",
    ),
    Method::get_set(
        "__context__",
        get_context,
        set_context,
        "What was being handled.",
    ),
    Method::get_set(
        "__suppress_context__",
        get_suppress,
        set_suppress,
        "Whether the context is hidden.",
    ),
    Method::get_set(
        "__traceback__",
        get_traceback,
        set_traceback,
        "The frames it passed.",
    ),
    Method::get_set(
        "__dict__",
        object::get_dict,
        object::set_dict,
        "The attributes.",
    ),
];

/// The arguments of an exception.
pub fn args_of(exception: &Value) -> Vec<Value> {
    let args = exc_data(exception, |data| data.args.clone()).unwrap_or_default();
    args.as_tuple()
        .map_or_else(Vec::new, |tuple| tuple.items.to_vec())
}

/// Whether a value is an exception.
pub fn is_exception(vm: &Vm, value: &Value) -> bool {
    let base = &vm.types.base_exception;
    value
        .as_instance()
        .is_some_and(|i| i.class.with(|class| class.is_subclass_of(base)))
}

/// Whether a value is a class of exceptions.
fn is_exception_class(vm: &Vm, value: &Value) -> bool {
    value
        .as_class()
        .is_some_and(|class| class.is_subclass_of(&vm.types.base_exception))
}

/// Whether the `except` clause with this type catches the exception.
///
/// # Errors
/// `TypeError` when the type is no exception class.
pub fn matches(vm: &mut Vm, exception: &Value, typ: &Value) -> R<bool> {
    if let (Some(instance), Some(class)) = (exception.as_instance(), typ.as_class())
        && class.is_subclass_of(&vm.types.base_exception)
    {
        return Ok(instance.class.with(|own| own.is_subclass_of(class)));
    }
    let items = match typ.as_tuple() {
        Some(tuple) => tuple.items.to_vec(),
        None => vec![typ.clone()],
    };
    if !items.iter().all(|item| is_exception_class(vm, item)) {
        return Err(
            vm.type_error("catching classes that do not inherit from BaseException is not allowed")
        );
    }
    let Some(instance) = exception.as_instance() else {
        return Ok(false);
    };
    let own = instance.class.get();
    Ok(items
        .iter()
        .filter_map(Value::as_class)
        .any(|class| own.is_subclass_of(class)))
}

/// What `raise value` raises: a class is instantiated.
///
/// # Errors
/// `TypeError` when it is no exception; what the constructor raises.
pub fn make_raisable(vm: &mut Vm, value: Value) -> R {
    if is_exception(vm, &value) {
        return Ok(value);
    }
    if !is_exception_class(vm, &value) {
        return Err(vm.type_error("exceptions must derive from BaseException"));
    }
    let made = vm.call(&value, &[])?;
    if is_exception(vm, &made) {
        return Ok(made);
    }
    let class: Value = vm.class_of(&made).into();
    let (value, class) = (vm.repr(&value)?, vm.repr(&class)?);
    Err(vm.type_error(format!(
        "calling {value} should have returned an instance of BaseException, not {class}"
    )))
}

/// `raise exception from cause`
///
/// # Errors
/// `TypeError` when the cause is neither an exception nor `None`.
pub fn set_cause(vm: &mut Vm, exception: &Value, cause: Value) -> R<()> {
    let cause = if cause.is_none() {
        Value::UNSET
    } else if is_exception(vm, &cause) {
        cause
    } else if is_exception_class(vm, &cause) {
        vm.call(&cause, &[])?
    } else {
        return Err(vm.type_error("exception causes must derive from BaseException"));
    };
    let old = with_exc_data(exception, |data| {
        data.suppress = true;
        std::mem::replace(&mut data.cause, cause)
    });
    drop(old);
    Ok(())
}

/// `exception.add_note(note)`
///
/// # Errors
/// `TypeError` when `__notes__` is no list.
pub fn add_note(vm: &mut Vm, exception: &Value, note: &str) -> R<()> {
    let key = vm.names.__notes__.clone();
    let note = vm.str(note);
    match vm.get_attr_opt(exception, &key)? {
        Some(notes) => match notes.as_list() {
            Some(list) => {
                list.items.with_mut(|items| items.push(note));
                Ok(())
            }
            None => Err(vm.type_error("Cannot add note: __notes__ is not a list")),
        },
        None => vm.set_attr(exception, &key, Value::new(ListObj::new(vec![note]))),
    }
}

fn add_note_method(vm: &mut Vm, exception: &Value, note: &Value) -> R {
    let base = note.as_instance().and_then(|i| i.base_value());
    let Some(text) = base.as_ref().unwrap_or(note).as_str() else {
        let given = vm.type_name(note);
        return Err(vm.type_error(format!("note must be a str, not '{given}'")));
    };
    add_note(vm, exception, text)?;
    Ok(Value::NONE)
}

/// A new exception of a class with these arguments, before `__init__`.
///
/// # Errors
/// `TypeError` when the first argument is no exception class.
pub fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let Some((class, rest)) = args.pos.split_first() else {
        return Err(vm.type_error("BaseException.__new__(): not enough arguments"));
    };
    let Some(class) = class
        .to_class()
        .filter(|class| class.layout.get() == Layout::Exception)
    else {
        let name = vm.type_name(class);
        return Err(vm.type_error(format!(
            "BaseException.__new__(X): X is not a type object ({name})"
        )));
    };
    let data = ExcData {
        args: tuple_of(rest),
        ..ExcData::default()
    };
    Ok(new_instance(&class, Payload::Exc(Box::new(data))))
}

/// The stored form of `args`.
pub fn tuple_of(args: &[Value]) -> Value {
    if args.is_empty() {
        Value::UNSET
    } else {
        Value::tuple(args.to_vec())
    }
}

/// The exception that a method was called on.
///
/// # Errors
/// `TypeError` when it is none.
pub fn receiver<'a>(vm: &mut Vm, args: Args<'a>, method: &str) -> R<(&'a Value, &'a [Value])> {
    match args.pos.split_first() {
        Some((object, rest)) if exc_data(object, |_| ()).is_some() => Ok((object, rest)),
        Some((object, _)) => {
            let given = vm.type_name(object);
            Err(vm.type_error(format!(
                "descriptor '{method}' requires a 'BaseException' object but received a '{given}'"
            )))
        }
        None => Err(vm.type_error(format!(
            "descriptor '{method}' of 'BaseException' object needs an argument"
        ))),
    }
}

/// `BaseException.__init__`: keeps the arguments.
///
/// # Errors
/// `TypeError` for keywords.
pub fn init(vm: &mut Vm, args: Args<'_>) -> R {
    let (object, rest) = receiver(vm, args, "__init__")?;
    if !args.kw.is_empty() {
        let name = vm.type_name(object);
        return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    let args = tuple_of(rest);
    let old = with_exc_data(object, |data| std::mem::replace(&mut data.args, args));
    drop(old);
    Ok(Value::NONE)
}

fn repr(vm: &mut Vm, exception: &Value) -> R {
    let name = vm.type_name(exception);
    let args = args_of(exception);
    let text = match args.as_slice() {
        [one] => format!("({})", vm.repr(one)?),
        _ => vm.repr(&Value::tuple(args))?,
    };
    Ok(vm.str(format!("{name}{text}")))
}

/// `str(exception)` from its arguments.
///
/// # Errors
/// What their texts raise.
pub fn text_of_args(vm: &mut Vm, exception: &Value) -> R<String> {
    let args = args_of(exception);
    match args.as_slice() {
        [] => Ok(String::new()),
        [one] => vm.to_text(one),
        _ => vm.repr(&Value::tuple(args)),
    }
}

fn str(vm: &mut Vm, exception: &Value) -> R {
    let text = text_of_args(vm, exception)?;
    Ok(vm.str(text))
}

fn with_traceback(vm: &mut Vm, exception: &Value, traceback: &Value) -> R {
    set_traceback(vm, exception, traceback.clone())?;
    Ok(exception.clone())
}

fn get_args(_vm: &mut Vm, exception: &Value) -> R {
    Ok(Value::tuple(args_of(exception)))
}

fn set_args(vm: &mut Vm, exception: &Value, value: Value) -> R<()> {
    if value.is_unset() {
        return Err(vm.type_error("args may not be deleted"));
    }
    let args = tuple_of(&vm.collect(&value)?);
    drop(with_exc_data(exception, |data| {
        std::mem::replace(&mut data.args, args)
    }));
    Ok(())
}

fn or_none(value: Option<Value>) -> Value {
    value
        .filter(|value| !value.is_unset())
        .unwrap_or(Value::NONE)
}

fn get_cause(_vm: &mut Vm, exception: &Value) -> R {
    Ok(or_none(exc_data(exception, |data| data.cause.clone())))
}

fn checked_link(vm: &mut Vm, value: Value, what: &str) -> R {
    if value.is_unset() {
        return Err(vm.type_error(format!("__{what}__ may not be deleted")));
    }
    if value.is_none() {
        return Ok(Value::UNSET);
    }
    if is_exception(vm, &value) {
        return Ok(value);
    }
    Err(vm.type_error(format!(
        "exception {what} must be None or derive from BaseException"
    )))
}

fn set_cause_attr(vm: &mut Vm, exception: &Value, value: Value) -> R<()> {
    let cause = checked_link(vm, value, "cause")?;
    drop(with_exc_data(exception, |data| {
        data.suppress = true;
        std::mem::replace(&mut data.cause, cause)
    }));
    Ok(())
}

fn get_context(_vm: &mut Vm, exception: &Value) -> R {
    Ok(or_none(exc_data(exception, |data| data.context.clone())))
}

fn set_context(vm: &mut Vm, exception: &Value, value: Value) -> R<()> {
    let context = checked_link(vm, value, "context")?;
    drop(with_exc_data(exception, |data| {
        std::mem::replace(&mut data.context, context)
    }));
    Ok(())
}

fn get_suppress(_vm: &mut Vm, exception: &Value) -> R {
    Ok(Value::bool(
        exc_data(exception, |data| data.suppress) == Some(true),
    ))
}

fn set_suppress(vm: &mut Vm, exception: &Value, value: Value) -> R<()> {
    let Some(suppress) = value.as_bool() else {
        return Err(vm.type_error("attribute value type must be bool"));
    };
    with_exc_data(exception, |data| data.suppress = suppress);
    Ok(())
}

fn get_traceback(vm: &mut Vm, exception: &Value) -> R {
    let trace = exc_data(exception, |data| data.trace.clone()).unwrap_or_default();
    Ok(tracebacks::new_traceback(vm, trace))
}

fn set_traceback(vm: &mut Vm, exception: &Value, value: Value) -> R<()> {
    let trace = if value.is_none() {
        Vec::new()
    } else {
        match tracebacks::trace_of(&value) {
            Some(trace) => trace,
            None if value.is_unset() => {
                return Err(vm.type_error("__traceback__ may not be deleted"));
            }
            None => return Err(vm.type_error("__traceback__ must be a traceback or None")),
        }
    };
    drop(with_exc_data(exception, |data| {
        std::mem::replace(&mut data.trace, trace)
    }));
    Ok(())
}

/// Raises again what is being handled (`raise` alone).
///
/// # Errors
/// Always: that exception, or `RuntimeError` when there is none.
pub fn reraise_handled(vm: &mut Vm) -> Raised {
    if vm.handled.is_unset() || vm.handled.tag() == Tag::None {
        return vm.runtime_error("No active exception to reraise");
    }
    let exception = vm.handled.clone();
    vm.reraise(exception)
}
