//! Tasks that are lost: cut short by the end of the program, or failed without anybody looking.

use super::{first_line, is_news, short, site_in, tell, was_foretold};
use crate::asyncio::{self, LoopData, Names, Place, Waiting, Waits};
use crate::code::{NOWHERE, SourceFile};
use crate::error::exc_data;
use crate::heap::Ref;
use crate::objects::{FutureFlags, FutureObj};
use crate::report::site::{self, Site, Use};
use crate::value::Value;
use crate::vm::Vm;
use aio_syntax::ast::Module;
use aio_syntax::{Diagnostic, mistakes as code};
use std::rc::Rc;

/// More tasks than this are not looked through.
const MANY: usize = 1000;

/// The main task has ended and these are about to be cancelled.
pub fn tasks_left(vm: &mut Vm, event_loop: &LoopData) {
    let count = event_loop.tasks.with(|tasks| tasks.iter().count());
    if count == 0 || count > MANY || vm.speaks_python() {
        return;
    }
    let waits = Waits::of_loop(event_loop);
    let names = Names::new(&waits);
    let mut parsed: Option<(Rc<SourceFile>, Module)> = None;
    // By the place that made them, in order of creation.
    let mut groups: Vec<(Place, Vec<&Waiting>)> = Vec::new();
    for wait in &waits.list {
        if is_somebodys(wait) || is_service(wait, &mut parsed) {
            continue;
        }
        let Some(made_at) = asyncio::made_at(vm, &wait.task) else {
            continue;
        };
        let position = made_at.position();
        match groups
            .iter_mut()
            .find(|(place, _)| place.position() == position)
        {
            Some((_, group)) => group.push(wait),
            None => groups.push((made_at, vec![wait])),
        }
    }
    for (made_at, group) in &groups {
        if was_foretold(vm, &made_at.file, made_at.span)
            || !is_news(vm, code::TASK_LOST, made_at.position())
        {
            continue;
        }
        let tasks: Vec<_> = group.iter().map(|wait| wait.task.clone()).collect();
        let who = match tasks.as_slice() {
            [one] => format!("task {} was", names.tasks.list(std::slice::from_ref(one))),
            many => format!("{} were", names.tasks.list(many)),
        };
        if let Some(wait) = group.first() {
            let waits_for = asyncio::describe_wait(wait, &waits, &names);
            let name = names.tasks.of(&wait.task);
            let diagnostic = cut_short(vm, wait, made_at, (&who, &name), &waits_for);
            tell(vm, &made_at.file, diagnostic);
        }
    }
}

/// Whether its end is looked after: it was cancelled, or somebody waits for it.
fn is_somebodys(wait: &Waiting) -> bool {
    let task = &wait.task;
    let is_script = wait.frames.first().is_some_and(|root| {
        let func = root.func.as_ref();
        func.is_some_and(|func| func.code.source.is_users())
    });
    // What the library made a task of is its own affair.
    !is_script
        || task.created_at.get() == NOWHERE
        || task.cancel_requests.get() > 0
        || task.has(FutureFlags::MUST_CANCEL)
        || task.has(FutureFlags::SILENT)
        || task.callback.with(|callback| callback.is_waiting())
}

/// Whether it is one that serves as long as the program runs.
fn is_service(wait: &Waiting, parsed: &mut Option<(Rc<SourceFile>, Module)>) -> bool {
    let mut places = wait
        .frames
        .iter()
        .filter_map(|frame| asyncio::place_of(frame));
    places.any(|place| {
        let is_known = matches!(parsed, Some((file, _)) if Rc::ptr_eq(file, &place.file));
        if !is_known {
            let module = aio_syntax::parse(&place.file.text).module;
            *parsed = Some((place.file.clone(), module));
        }
        let module = parsed.as_ref().map(|(_, module)| module);
        module.is_some_and(|module| site::is_in_endless_loop(module, place.span.start))
    })
}

fn cut_short(
    vm: &Vm,
    wait: &Waiting,
    made_at: &Place,
    (who, name): (&str, &str),
    waits_for: &str,
) -> Diagnostic {
    let site = site_in(vm, made_at, None);
    let span = site.as_ref().map_or(made_at.span, |site| site.call);
    let message = format!("{who} cut short: the program ended first");
    let mut diagnostic = Diagnostic::warning(code::TASK_LOST, message, span).labeled(format!(
        "`{name}` is started here, and nobody waits for its end"
    ));
    match &wait.place {
        Some(place) if Rc::ptr_eq(&place.file, &made_at.file) => {
            let text = format!("it waited here for {waits_for}");
            diagnostic = diagnostic.and_label(place.span, text);
        }
        Some(_) => {}
        None => diagnostic = diagnostic.with_note(format!("`{name}` never had a turn")),
    }
    diagnostic.with_help(wait_for_it(site.as_ref()))
}

/// How to wait for a task.
fn wait_for_it(site: Option<&Site>) -> String {
    match site {
        Some(Site {
            used: Use::Assigned(task),
            ..
        }) => format!("`await {task}`"),
        Some(site) => format!(
            "`task = {}(...)`, and `await task`; a TaskGroup waits for its tasks by itself",
            site.create_task
        ),
        None => "keep the task, and `await` it".to_owned(),
    }
}

/// A future dies, or the program ends, and nobody has looked at its exception. False if that is
/// not told here.
pub fn exception_lost(vm: &mut Vm, future: &Ref<FutureObj>) -> bool {
    let exception = future.result.get();
    // One that ends the program is no secret.
    let is_error = vm.class_of(&exception).is_subclass_of(&vm.types.exception);
    let is_ours = is_error && !vm.speaks_python();
    let Some(at) = raised_at(&exception).filter(|_| is_ours) else {
        return false;
    };
    let what = match future.coroutine().as_coroutine() {
        Some(_) if future.has(FutureFlags::NAMED) => {
            format!("task `{}`", asyncio::task_name(future))
        }
        Some(body) => format!("task `{}`", short(&crate::coroutine::name_of(body))),
        None => "this future".to_owned(),
    };
    let class = vm.class_of(&future.to_value()).name_text();
    let last_line = crate::report::last_line(vm, &exception);
    let message = format!("{class} exception was never retrieved: {last_line}");
    let span = first_line(&at.file.text, at.span);
    let mut diagnostic = Diagnostic::error(code::EXCEPTION_LOST, message, span)
        .labeled(format!("raised in {what}, and nobody looked"));
    let mut site = None;
    if let Some(made_at) = asyncio::made_at(vm, future)
        && Rc::ptr_eq(&made_at.file, &at.file)
    {
        site = site_in(vm, &made_at, None);
        let span = site.as_ref().map_or(made_at.span, |site| site.call);
        diagnostic = diagnostic.and_label(span, format!("{what} is created here"));
    }
    let help = wait_for_it(site.as_ref());
    tell(vm, &at.file, diagnostic.with_help(help));
    if is_long_story(&exception) {
        crate::report::print_exception(vm, &exception);
    }
    true
}

/// Whether there is more to an exception than one place.
fn is_long_story(exception: &Value) -> bool {
    exc_data(exception, |data| {
        let users = data
            .trace
            .iter()
            .filter(|entry| entry.code.source.is_users());
        users.count() > 1
            || data.cause.is_heap()
            || data.context.is_heap()
            || data.group().is_some()
    })
    .unwrap_or(false)
}

/// Where an exception was raised, as far as the user's texts go.
pub(super) fn raised_at(exception: &Value) -> Option<Place> {
    exc_data(exception, |data| {
        let mut users = data.trace.iter();
        let entry = users.find(|entry| entry.code.source.is_users())?;
        Some(Place {
            file: entry.code.source.clone(),
            span: entry.span,
        })
    })
    .flatten()
}

/// A future that is left in a variable at the end of the program.
pub(super) fn left_over(vm: &mut Vm, value: &Value) {
    if let Some(future) = value.to_future()
        && future.has(FutureFlags::UNRETRIEVED)
        && !future.has(FutureFlags::FINALIZED)
    {
        asyncio::finalize_future(vm, value);
    }
}
