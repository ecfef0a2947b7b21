//! How futures, tasks and callbacks are shown.

use super::callback::DoneCallback;
use super::coroutines::format_coroutine;
use super::tasks::name_of;
use crate::error::R;
use crate::modules::functional::parts_of_partial;
use crate::objects::{FutureObj, FutureState, Name};
use crate::types::short_repr::short_repr;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::borrow::Cow;

/// `repr(future)`
///
/// # Errors
/// What the repr of the result raises.
pub fn future_repr(vm: &mut Vm, future: &FutureObj) -> R<String> {
    let address = std::ptr::from_ref(future) as usize;
    if vm.repr_stack.contains(&address) {
        return Ok("...".to_owned());
    }
    vm.check_stack()?;
    vm.repr_stack.push(address);
    let words = words_of(vm, future);
    vm.repr_stack.retain(|at| *at != address);
    let class = match future.own_class() {
        Some(class) => class.name_text(),
        None => crate::asyncio::class_of_future(&vm.types, future).name_text(),
    };
    Ok(format!("<{class} {}>", words?.join(" ")))
}

fn words_of(vm: &mut Vm, future: &FutureObj) -> R<Vec<String>> {
    let is_cancelling = future.is_task() && future.cancel_requests.get() > 0 && !future.is_done();
    let state = match future.state.get() {
        FutureState::Pending if is_cancelling => "cancelling",
        FutureState::Pending => "pending",
        FutureState::Done | FutureState::Failed => "finished",
        FutureState::Cancelled => "cancelled",
    };
    let mut words = vec![state.to_owned()];
    if future.is_task() {
        task_words(vm, future, &mut words)?;
    }
    let value = future.result.get();
    match future.state.get() {
        FutureState::Done => words.push(format!("result={}", short_repr(vm, &value)?)),
        FutureState::Failed => words.push(format!("exception={}", vm.repr(&value)?)),
        FutureState::Pending | FutureState::Cancelled => {}
    }
    let callbacks = callback_names(vm, future)?;
    match callbacks.as_slice() {
        [] => {}
        [one] => words.push(format!("cb=[{one}]")),
        [one, two] => words.push(format!("cb=[{one}, {two}]")),
        [first, middle @ .., last] => {
            let more = middle.len();
            words.push(format!("cb=[{first}, <{more} more>, {last}]"));
        }
    }
    Ok(words)
}

fn task_words(vm: &mut Vm, task: &FutureObj, words: &mut Vec<String>) -> R<()> {
    let name = vm.str(name_of(task));
    words.push(format!("name={}", vm.repr(&name)?));
    let coroutine = task.coroutine();
    if !coroutine.is_unset() {
        words.push(format!("coro=<{}>", format_coroutine(vm, &coroutine)?));
    }
    if task.is_done() {
        return Ok(());
    }
    let waiting = task.result.get();
    let shown = match waiting.tag() {
        Tag::Future => vm.repr(&waiting)?,
        // A plain sleep: as the future that it stands for.
        Tag::Float => format!("<Future pending cb=[{}]>", wakeup_name(task)),
        Tag::Bool => "<Future finished result=None>".to_owned(),
        Tag::Instance => "<Future cancelled>".to_owned(),
        _ => return Ok(()),
    };
    words.push(format!("wait_for={shown}"));
    Ok(())
}

/// What wakes a task, as a callback of what it waits for.
fn wakeup_name(task: &FutureObj) -> String {
    let class = task.own_class();
    let class = class.map_or("Task".to_owned(), |class| class.name_text());
    format!("{class}.task_wakeup()")
}

fn callback_names(vm: &mut Vm, future: &FutureObj) -> R<Vec<String>> {
    let mut names = Vec::new();
    let mut note = |callback: &DoneCallback| {
        names.push(match callback {
            DoneCallback::None => return,
            DoneCallback::Script(script) => Err(script.function.clone()),
            DoneCallback::WakeUp(task) => Ok(Cow::Owned(wakeup_name(task))),
            DoneCallback::Stop => Ok(Cow::Borrowed("_run_until_complete_cb()")),
            DoneCallback::Gather(..) => Ok(Cow::Borrowed("gather.<locals>._done_callback()")),
            DoneCallback::Release(_) => Ok(Cow::Borrowed("_release_waiter()")),
            DoneCallback::Wait(_) => Ok(Cow::Borrowed("_wait.<locals>._on_completion()")),
            DoneCallback::ShieldInner(_) => {
                Ok(Cow::Borrowed("shield.<locals>._inner_done_callback()"))
            }
            DoneCallback::ShieldOuter(_) => {
                Ok(Cow::Borrowed("shield.<locals>._outer_done_callback()"))
            }
            DoneCallback::AsCompleted(_) => {
                Ok(Cow::Borrowed("_AsCompletedIterator._handle_completion()"))
            }
            DoneCallback::Group(_) => Ok(Cow::Borrowed("TaskGroup._on_task_done()")),
            DoneCallback::StreamHandler(_) => Ok(Cow::Borrowed(
                "StreamReaderProtocol.connection_made.<locals>.callback()",
            )),
        });
    };
    future.callback.with(&mut note);
    future.rare.with(|rare| {
        if let Some(rare) = rare {
            rare.callbacks.iter().for_each(&mut note);
        }
    });
    names
        .into_iter()
        .map(|name| match name {
            Ok(name) => Ok(name.into_owned()),
            Err(function) => format_callback_source(vm, &function, &[], false),
        })
        .collect()
}

/// `f() at FILE:LINE`; in debug mode with the arguments.
///
/// # Errors
/// What an attribute of the function raises.
pub fn format_callback_source(
    vm: &mut Vm,
    function: &Value,
    args: &[Value],
    debug: bool,
) -> R<String> {
    let mut text = format_callback(vm, function, args, &[], debug, String::new())?;
    if let Some(source) = function_source(vm, function)? {
        text.push_str(" at ");
        text.push_str(&source);
    }
    Ok(text)
}

fn format_callback(
    vm: &mut Vm,
    function: &Value,
    args: &[Value],
    kw: &[(Name, Value)],
    debug: bool,
    suffix: String,
) -> R<String> {
    let mut items = Vec::new();
    if debug {
        for arg in args {
            items.push(short_repr(vm, arg)?);
        }
        for (name, value) in kw {
            items.push(format!("{}={}", name.text(), short_repr(vm, value)?));
        }
    }
    let shown_args = format!("({})", items.join(", "));
    if let Some((inner, args, kw)) = parts_of_partial(function) {
        vm.check_stack()?;
        let suffix = shown_args + &suffix;
        return format_callback(vm, &inner, &args, &kw, debug, suffix);
    }
    let mut name = None;
    for attribute in [vm.names.__qualname__.clone(), vm.names.__name__.clone()] {
        if let Some(found) = vm.get_attr_opt(function, &attribute)?
            && let Some(text) = found.as_str()
            && !text.is_empty()
        {
            name = Some(text.to_owned());
            break;
        }
    }
    let name = match name {
        Some(name) => name,
        None => vm.repr(function)?,
    };
    Ok(format!("{name}{shown_args}{suffix}"))
}

fn function_source(vm: &mut Vm, function: &Value) -> R<Option<String>> {
    let mut function = function.clone();
    let wrapped = vm.names.__wrapped__.clone();
    for _ in 0..100 {
        if let Some((inner, ..)) = parts_of_partial(&function) {
            function = inner;
            continue;
        }
        if function.tag() != Tag::Func {
            return Ok(None);
        }
        match vm.get_attr_opt(&function, &wrapped)? {
            Some(inner) => function = inner,
            None => break,
        }
    }
    Ok(function
        .as_func()
        .map(|func| format!("{}:{}", func.code.source.name, func.code.first_line())))
}
