//! `BaseExceptionGroup` and `ExceptionGroup`, and the splitting that `except*` does.
//!
//! A group splits by a condition on exceptions: a group that satisfies it goes whole, otherwise
//! its members are split and regrouped by `derive`, so that the tree keeps its shape.

use super::exceptions::{is_exception, matches, new as new_exception};
use crate::error::{R, exc_data, with_exc_data};
use crate::heap::Ref;
use crate::native::{Args, Method, NativeFn};
use crate::objects::{GroupData, ListObj};
use crate::types::Types;
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
    Method::new("__str__", NativeFn::F1(str), "Return str(self)."),
    Method::new("split", NativeFn::F2(split), "Split by a condition."),
    Method::new(
        "subgroup",
        NativeFn::F2(subgroup),
        "The part that satisfies a condition.",
    ),
    Method::new(
        "derive",
        NativeFn::F2(derive),
        "A group of other exceptions.",
    ),
    Method::class(
        "__class_getitem__",
        NativeFn::F2(class_getitem),
        "See PEP 585",
    ),
    Method::get("message", message, "exception message"),
    Method::get("exceptions", exceptions, "nested exceptions"),
];

/// Gives `ExceptionGroup` its second base, `Exception`, which the table of classes cannot say.
pub fn add_second_base(types: &Types) {
    let class = &types.exception_group;
    class
        .bases
        .with_mut(|bases| bases.push(types.exception.clone()));
    class.mro.set(vec![
        class.clone(),
        types.base_exception_group.clone(),
        types.exception.clone(),
        types.base_exception.clone(),
        types.object.clone(),
    ]);
    types
        .exception
        .subclasses
        .with_mut(|list| list.push(class.clone()));
}

/// Message and members, if the value is a group.
pub fn group_parts(value: &Value) -> Option<(Value, Vec<Value>)> {
    exc_data(value, |data| {
        let group = data.group()?;
        let members = group
            .members
            .as_tuple()
            .map_or_else(Vec::new, |t| t.items.to_vec());
        Some((group.message.clone(), members))
    })
    .flatten()
}

fn checked_members(vm: &mut Vm, given: &Value) -> R<Vec<Value>> {
    let is_sequence = match given.tag() {
        Tag::List | Tag::Tuple | Tag::Str | Tag::Range => true,
        _ => {
            let hook = vm.names.__getitem__.clone();
            given.tag() == Tag::Instance && vm.lookup_special(given, &hook).is_some()
        }
    };
    if !is_sequence {
        return Err(vm.type_error("second argument (exceptions) must be a sequence"));
    }
    let members = vm.collect(given)?;
    if members.is_empty() {
        return Err(vm.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    for (at, member) in members.iter().enumerate() {
        if !is_exception(vm, member) {
            return Err(vm.value_error(format!(
                "Item {at} of second argument (exceptions) is not an exception"
            )));
        }
    }
    Ok(members)
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let given = args.pos.len().saturating_sub(1);
    let [class, message, members] = args.pos else {
        return Err(vm.type_error(format!(
            "BaseExceptionGroup.__new__() takes exactly 2 arguments ({given} given)"
        )));
    };
    if message.as_str().is_none() {
        let name = vm.type_name(message);
        return Err(vm.type_error(format!(
            "BaseExceptionGroup.__new__() argument 1 must be str, not {name}"
        )));
    }
    let items = checked_members(vm, members)?;
    let Some(class) = class.to_class() else {
        return Err(vm.type_error("BaseExceptionGroup.__new__(X): X is not a type object"));
    };
    let exception = vm.types.exception.clone();
    let all_plain = items
        .iter()
        .all(|item| vm.class_of(item).is_subclass_of(&exception));
    let mut made = class.clone();
    if class.same(&vm.types.base_exception_group) {
        if all_plain {
            made = vm.types.exception_group.clone();
        }
    } else if class.same(&vm.types.exception_group) {
        if !all_plain {
            return Err(vm.type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
        }
    } else if class.is_subclass_of(&exception) && !all_plain {
        let name = class.name_text();
        return Err(vm.type_error(format!("Cannot nest BaseExceptions in '{name}'")));
    }
    let pos = [made.to_value(), message.clone(), members.clone()];
    let group = new_exception(vm, Args::positional(&pos))?;
    let data = GroupData {
        message: message.clone(),
        members: Value::tuple(items),
    };
    with_exc_data(&group, |exception| exception.story().group = Some(data));
    Ok(group)
}

fn init(vm: &mut Vm, args: Args<'_>) -> R {
    super::exceptions::init(vm, args)
}

fn str(vm: &mut Vm, group: &Value) -> R {
    let Some((message, members)) = group_parts(group) else {
        return Ok(vm.str(""));
    };
    let count = members.len();
    let plural = if count == 1 { "" } else { "s" };
    let message = vm.to_text(&message)?;
    Ok(vm.str(format!("{message} ({count} sub-exception{plural})")))
}

fn message(_vm: &mut Vm, group: &Value) -> R {
    Ok(group_parts(group).map_or(Value::NONE, |(message, _)| message))
}

fn exceptions(_vm: &mut Vm, group: &Value) -> R {
    let members = group_parts(group).map_or_else(Vec::new, |(_, members)| members);
    Ok(Value::tuple(members))
}

fn class_getitem(vm: &mut Vm, class: &Value, index: &Value) -> R {
    Ok(super::generic_alias::new_alias(vm, class.clone(), index))
}

/// A new `ExceptionGroup` (or `BaseExceptionGroup`, by its members).
///
/// # Errors
/// `ValueError` without members.
pub fn new_group(vm: &mut Vm, message: &str, members: Vec<Value>) -> R {
    let class = vm.types.base_exception_group.to_value();
    let (message, members) = (vm.str(message), Value::new(ListObj::new(members)));
    vm.call(&class, &[message, members])
}

fn derive(vm: &mut Vm, group: &Value, members: &Value) -> R {
    let message = message(vm, group)?;
    let class = vm.types.base_exception_group.to_value();
    vm.call(&class, &[message, members.clone()])
}

/// What is asked of an exception when a group is split.
enum Condition<'a> {
    /// Is of this type (or one of these).
    Type(&'a Value),
    /// A function of the script says yes.
    Call(&'a Value),
    /// Is one of these objects.
    Among(&'a [Value]),
}

impl Condition<'_> {
    fn holds(&self, vm: &mut Vm, exception: &Value) -> R<bool> {
        match self {
            Condition::Type(typ) => matches(vm, exception, typ),
            Condition::Call(func) => {
                let answer = vm.call(func, std::slice::from_ref(exception))?;
                vm.truthy(&answer)
            }
            Condition::Among(list) => {
                Ok(group_parts(exception).is_none() && list.iter().any(|item| item.is(exception)))
            }
        }
    }
}

fn condition<'a>(vm: &mut Vm, value: &'a Value) -> R<Condition<'a>> {
    let base = vm.types.base_exception.clone();
    let is_type = |value: &Value| value.as_class().is_some_and(|c| c.is_subclass_of(&base));
    let all_types = match value.as_tuple() {
        Some(tuple) => tuple.items.iter().all(is_type),
        None => is_type(value),
    };
    if all_types {
        return Ok(Condition::Type(value));
    }
    let hook = vm.names.__call__.clone();
    let callable = match value.tag() {
        Tag::Func | Tag::Method | Tag::Native => true,
        Tag::Class => false,
        _ => vm.lookup_special(value, &hook).is_some(),
    };
    if callable {
        return Ok(Condition::Call(value));
    }
    Err(vm.type_error(
        "expected an exception type, a tuple of exception types, or a callable (other than a \
         class)",
    ))
}

/// A group like `group` with other members; nothing when there are none.
fn regroup(vm: &mut Vm, group: &Value, members: Vec<Value>) -> R {
    if members.is_empty() {
        return Ok(Value::NONE);
    }
    let name = vm.intern("derive");
    let made = vm.call_method(group, &name, &[Value::new(ListObj::new(members))])?;
    let base = vm.types.base_exception_group.clone();
    if !vm.class_of(&made).is_subclass_of(&base) {
        return Err(vm.type_error("derive must return an instance of BaseExceptionGroup"));
    }
    let parts = exc_data(group, |data| {
        (
            data.trace.clone(),
            data.cause.clone(),
            data.context.clone(),
            data.suppress,
        )
    });
    if let Some((trace, cause, context, suppress)) = parts {
        with_exc_data(&made, |data| {
            data.trace = trace;
            data.cause = cause;
            data.context = context;
            data.suppress = suppress;
        });
    }
    let key = vm.names.__notes__.clone();
    if let Some(notes) = vm.get_attr_opt(group, &key)?
        && let Some(list) = notes.as_list()
    {
        let copy = Value::new(ListObj::new(list.to_vec()));
        vm.set_attr(&made, &key, copy)?;
    }
    Ok(made)
}

/// The part of an exception that satisfies the condition, and the rest (each may be `None`).
fn split_by(vm: &mut Vm, exception: &Value, by: &Condition<'_>) -> R<(Value, Value)> {
    vm.check_stack()?;
    if by.holds(vm, exception)? {
        return Ok((exception.clone(), Value::NONE));
    }
    let Some((_, members)) = group_parts(exception) else {
        return Ok((Value::NONE, exception.clone()));
    };
    let (mut yes, mut no) = (Vec::new(), Vec::new());
    for member in &members {
        let (matched, rest) = split_by(vm, member, by)?;
        if !matched.is_none() {
            yes.push(matched);
        }
        if !rest.is_none() {
            no.push(rest);
        }
    }
    Ok((regroup(vm, exception, yes)?, regroup(vm, exception, no)?))
}

fn split(vm: &mut Vm, group: &Value, by: &Value) -> R {
    let by = condition(vm, by)?;
    let (matched, rest) = split_by(vm, group, &by)?;
    Ok(Value::tuple(vec![matched, rest]))
}

fn subgroup(vm: &mut Vm, group: &Value, by: &Value) -> R {
    let by = condition(vm, by)?;
    split_by(vm, group, &by).map(|(matched, _)| matched)
}

/// What an `except*` clause takes of an exception, and what is left; `None` for nothing. A plain
/// exception that matches comes wrapped in a group.
///
/// # Errors
/// `TypeError` when the type is no exception class, or a group.
pub fn split_group(vm: &mut Vm, exception: &Value, typ: &Value) -> R<(Value, Value)> {
    let whole = matches(vm, exception, typ)?;
    let base = vm.types.base_exception_group.clone();
    let is_group = |item: &Value| item.as_class().is_some_and(|c| c.is_subclass_of(&base));
    let names_group = match typ.as_tuple() {
        Some(tuple) => tuple.items.iter().any(is_group),
        None => is_group(typ),
    };
    if names_group {
        return Err(vm.type_error(
            "catching ExceptionGroup with except* is not allowed. Use except instead.",
        ));
    }
    if group_parts(exception).is_some() {
        if whole {
            return Ok((exception.clone(), Value::NONE));
        }
        let name = vm.intern("split");
        let pair = vm.call_method(exception, &name, std::slice::from_ref(typ))?;
        return match pair.as_tuple().map(|pair| pair.items.to_vec()).as_deref() {
            Some([matched, rest, ..]) => Ok((matched.clone(), rest.clone())),
            Some(_) | None => {
                let (class, given) = (vm.type_name(exception), vm.type_name(&pair));
                Err(vm.type_error(format!("{class}.split must return a tuple, not {given}")))
            }
        };
    }
    if !whole {
        return Ok((Value::NONE, exception.clone()));
    }
    let group = new_group(vm, "", vec![exception.clone()])?;
    let trace = exc_data(exception, |data| data.trace.clone()).unwrap_or_default();
    with_exc_data(&group, |data| data.trace = trace);
    Ok((group, Value::NONE))
}

fn leaves(exception: &Value, found: &mut Vec<Value>) {
    match group_parts(exception) {
        Some((_, members)) => members.iter().for_each(|member| leaves(member, found)),
        None => found.push(exception.clone()),
    }
}

/// Whether an exception is a part of `original` that was raised again as it was.
fn same_metadata(a: &Value, b: &Value) -> bool {
    let links = |value: &Value| {
        exc_data(value, |data| {
            let trace: Vec<_> = data
                .trace
                .iter()
                .map(|e| (std::rc::Rc::as_ptr(&e.code), e.span))
                .collect();
            (trace, data.cause.clone(), data.context.clone())
        })
    };
    match (links(a), links(b)) {
        (Some(a), Some(b)) => a.0 == b.0 && a.1.is(&b.1) && a.2.is(&b.2),
        _ => false,
    }
}

/// What leaves a `try` with `except*` clauses: the errors that the clauses raised and the rest
/// that nobody took.
///
/// # Errors
/// What `derive` raises.
pub fn combine(vm: &mut Vm, original: &Value, rest: &Value, errors: Vec<Value>) -> R {
    let mut raised = errors;
    raised.push(rest.clone());
    combine_raised(vm, original, raised)
}

/// What leaves a `try` with `except*` clauses: what the clauses raised, with what nobody took
/// (which is raised again in the shape it had). `None` when nothing is left.
///
/// # Errors
/// What `derive` raises.
fn combine_raised(vm: &mut Vm, original: &Value, raised: Vec<Value>) -> R {
    let mut raised: Vec<Value> = raised.into_iter().filter(|e| !e.is_none()).collect();
    if raised.is_empty() {
        return Ok(Value::NONE);
    }
    if group_parts(original).is_none() {
        return Ok(raised.swap_remove(0));
    }
    let (again, mut fresh): (Vec<Value>, Vec<Value>) = raised
        .into_iter()
        .partition(|e| e.is(original) || group_parts(e).is_some() && same_metadata(e, original));
    if !again.is_empty() {
        let mut keep = Vec::new();
        again
            .iter()
            .for_each(|exception| leaves(exception, &mut keep));
        let (rest, _) = split_by(vm, original, &Condition::Among(&keep))?;
        if !rest.is_none() {
            fresh.push(rest);
        }
    }
    if fresh.len() == 1 {
        return Ok(fresh.swap_remove(0));
    }
    new_group(vm, "", fresh)
}

/// Whether a class is one of groups.
pub fn is_group_class(vm: &Vm, class: &Ref<crate::objects::ClassObj>) -> bool {
    class.is_subclass_of(&vm.types.base_exception_group)
}
