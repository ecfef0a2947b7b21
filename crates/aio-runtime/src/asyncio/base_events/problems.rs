//! Exception handlers: where errors go that nobody can catch.

use super::{LoopData, pending_is_exit};
use crate::asyncio::classes::native_data;
use crate::asyncio::contextvars::ContextData;
use crate::asyncio::events::HandleData;
use crate::asyncio::locks::overrides;
use crate::asyncio::{logger, tasks};
use crate::error::R;
use crate::heap::Ref;
use crate::objects::DictObj;
use crate::value::Value;
use crate::vm::Vm;
use std::rc::Rc;

/// Hands a problem to the exception handler of the loop. `details` are the keys of the context
/// besides `message`.
///
/// # Errors
/// `SystemExit` and `KeyboardInterrupt` out of the handler.
pub fn report_problem(
    vm: &mut Vm,
    event_loop: &Rc<LoopData>,
    message: &str,
    details: &[(&str, Value)],
) -> R<()> {
    let context = Ref::new(DictObj::default());
    let key = vm.intern("message");
    let message = vm.str(message);
    context.set_name(&key, message);
    for (name, value) in details {
        let key = vm.intern(name);
        context.set_name(&key, value.clone());
    }
    let object = event_loop.to_value();
    match overrides(vm, &object, "call_exception_handler") {
        Some(own) => vm.call(&own, &[object, context.into()]).map(drop),
        None => call_exception_handler(vm, event_loop, &context),
    }
}

/// `call_exception_handler(context)`
///
/// # Errors
/// `SystemExit` and `KeyboardInterrupt` out of the handler.
pub fn call_exception_handler(
    vm: &mut Vm,
    event_loop: &Rc<LoopData>,
    context: &Ref<DictObj>,
) -> R<()> {
    let handler = event_loop.exception_handler.get();
    if handler.is_unset() {
        return or_log(vm, "Exception in default exception handler", |vm| {
            by_default(vm, event_loop, context)
        });
    }
    let args = [event_loop.to_value(), context.to_value()];
    let around = match context_of_thing(vm, context) {
        Some(inner) => Some(vm.asyncio.context.replace(inner)),
        None => None,
    };
    let result = vm.call(&handler, &args);
    if let Some(before) = around {
        vm.asyncio.context = before;
    }
    if result.is_ok() {
        return Ok(());
    }
    if pending_is_exit(vm) {
        return Err(crate::error::Raised);
    }
    let exception = vm.take_pending();
    let nested = Ref::new(DictObj::default());
    let text = vm.str("Unhandled error in exception handler");
    for (name, value) in [
        ("message", text),
        ("exception", exception),
        ("context", context.to_value()),
    ] {
        let key = vm.intern(name);
        nested.set_name(&key, value);
    }
    let message = "Exception in default exception handler while handling an unexpected error in \
                   custom exception handler";
    or_log(vm, message, |vm| by_default(vm, event_loop, &nested))
}

/// The context of the task or handle that a problem is about: the handler runs in it.
fn context_of_thing(vm: &mut Vm, context: &Ref<DictObj>) -> Option<Rc<ContextData>> {
    let thing = ["task", "future", "handle"].into_iter().find_map(|name| {
        let key = vm.intern(name);
        context.get_name(&key).filter(|thing| !thing.is_none())
    })?;
    if let Some(task) = thing.to_future().filter(|future| future.is_task()) {
        return Some(tasks::context_of(vm, &task));
    }
    native_data::<HandleData>(&thing).map(|handle| handle.context())
}

fn or_log(vm: &mut Vm, message: &str, run: impl FnOnce(&mut Vm) -> R<()>) -> R<()> {
    if run(vm).is_ok() {
        return Ok(());
    }
    if pending_is_exit(vm) {
        return Err(crate::error::Raised);
    }
    let exception = vm.take_pending();
    log_error(vm, message, Some(&exception));
    Ok(())
}

/// `loop.default_exception_handler(context)`, by the method of its class.
fn by_default(vm: &mut Vm, event_loop: &Rc<LoopData>, context: &Ref<DictObj>) -> R<()> {
    let object = event_loop.to_value();
    match overrides(vm, &object, "default_exception_handler") {
        Some(own) => vm.call(&own, &[object, context.to_value()]).map(drop),
        None => default_exception_handler(vm, context),
    }
}

/// `default_exception_handler(context)`: message, the other keys one a line, traceback.
///
/// # Errors
/// What the repr of a value raises.
pub fn default_exception_handler(vm: &mut Vm, context: &Ref<DictObj>) -> R<()> {
    let (message_key, exception_key) = (vm.intern("message"), vm.intern("exception"));
    let message = match context.get_name(&message_key) {
        Some(message) if vm.truthy(&message)? => vm.to_text(&message)?,
        Some(_) | None => "Unhandled exception in event loop".to_owned(),
    };
    let mut lines = vec![message];
    let mut rest = Vec::new();
    context.table.with(|table| {
        for entry in table.iter() {
            if let Some(name) = entry.key.as_str()
                && name != "message"
                && name != "exception"
            {
                rest.push((name.to_owned(), entry.value.clone()));
            }
        }
    });
    rest.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, value) in rest {
        let shown = vm.repr(&value)?;
        lines.push(format!("{name}: {shown}"));
    }
    let exception = context
        .get_name(&exception_key)
        .filter(|value| !value.is_none());
    log_error(vm, &lines.join("\n"), exception.as_ref());
    Ok(())
}

/// Tells the logger `asyncio`; prints what that prints when the script has configured no logging.
fn log_error(vm: &mut Vm, message: &str, exception: Option<&Value>) {
    if logger::error(vm, message, exception) {
        return;
    }
    let mut text = format!("{message}\n");
    if let Some(exception) = exception {
        text.push_str(&crate::report::format_exception(vm, exception));
    }
    vm.out.error(&text);
}
