//! Coroutines that nothing ran.

use super::{first_line, is_news, name_span, place, short, site_in, tell, was_foretold};
use crate::asyncio::Place;
use crate::code::{NOWHERE, SourceFile};
use crate::coroutine::name_of;
use crate::objects::{CoroState, CoroutineObj, DictObj};
use crate::report::site::Use;
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir::Flavor;
use aio_syntax::{Diagnostic, mistakes as code, wording};
use std::rc::Rc;

/// How many values are looked through for coroutines at the end of a program.
const SEARCHED: usize = 10_000;

/// A coroutine dies without having begun.
pub fn never_awaited(vm: &mut Vm, coroutine: &CoroutineObj) {
    if is_left_to_script(vm, coroutine) {
        return;
    }
    let made_at = coroutine.created_at.get();
    let known = place(vm, made_at);
    let statement = vm.mistakes.statement.clone();
    let at = match (known, &statement) {
        (Some(place), _) => Some(place),
        // A function of the library called it: then the statement says where.
        (None, Some((file, span))) if made_at == NOWHERE && file.is_users() => Some(Place {
            file: file.clone(),
            span: first_line(&file.text, *span),
        }),
        (None, _) => None,
    };
    let position = at.as_ref().map_or(NOWHERE, Place::position);
    if !is_news(vm, code::NEVER_AWAITED, position) {
        return;
    }
    if vm.speaks_python() {
        return in_cpythons_words(vm, coroutine, at.as_ref());
    }
    if vm.mistakes.over {
        return;
    }
    let Some(at) = at else {
        return in_cpythons_words(vm, coroutine, None);
    };
    if was_foretold(vm, &at.file, at.span) {
        return;
    }
    let diagnostic = diagnostic(vm, coroutine, &at);
    match vm.mistakes.accused.get_mut(&made_at) {
        Some(kept) => *kept = Some((at.file, diagnostic)),
        None => tell(vm, &at.file, diagnostic),
    }
}

/// Whether the script records warnings, or wants to hear of none of this kind.
fn is_left_to_script(vm: &mut Vm, coroutine: &CoroutineObj) -> bool {
    let key = vm.intern("warnings");
    let Some(warnings) = vm.modules.get_name(&key) else {
        return false;
    };
    let key = vm.intern("_never_awaited");
    let function = match warnings.as_module() {
        Some(module) => module.dict.get_name(&key),
        None => None,
    };
    let Some(function) = function else {
        return false;
    };
    let name = name_of(coroutine);
    let text = vm.str(format!("coroutine '{name}' was never awaited"));
    match vm.call(&function, &[text]) {
        Ok(answer) => answer.is(&Value::TRUE),
        Err(_) => {
            drop(vm.take_pending());
            false
        }
    }
}

fn diagnostic(vm: &Vm, coroutine: &CoroutineObj, at: &Place) -> Diagnostic {
    let Place { file, span } = at;
    let name = name_of(coroutine);
    let text = &file.text;
    let is_call = coroutine.created_at.get() != NOWHERE;
    let site = site_in(vm, at, Some(short(&name))).filter(|site| is_call || site.is_callee);
    let call = site.as_ref().map_or(*span, |site| site.call);
    let (code, message, label) = match site.as_ref().map(|site| &site.used) {
        Some(Use::Condition) if coroutine.was_tested() => (
            code::ALWAYS_TRUE,
            "a coroutine is always true".to_owned(),
            "is a coroutine, not its result".to_owned(),
        ),
        used => {
            let label = match used {
                Some(Use::Assigned(name)) => {
                    format!("makes a coroutine, and `{name}` was never awaited")
                }
                Some(_) => "makes a coroutine, but nothing runs it".to_owned(),
                None => format!("makes coroutines of `{name}`, but nothing runs them"),
            };
            let message = format!("coroutine '{name}' was never awaited");
            (code::NEVER_AWAITED, message, label)
        }
    };
    let mut diagnostic = Diagnostic::error(code, message, call).labeled(label);
    if let Some(func) = &coroutine.func
        && Rc::ptr_eq(&func.code.source, file)
    {
        let name = func.code.name.text();
        let defined = name_span(text, func.code.hir.span.start, name);
        diagnostic = diagnostic.and_label(defined, format!("`{name}` is an `async def`"));
    }
    diagnostic.with_help(match site {
        Some(site) if site.used == Use::Condition => {
            site.edit(&format!("await {}", wording::quote(text, call)))
        }
        Some(site) => site.awaited(text),
        None => "`await asyncio.gather(*coroutines)` runs several of them".to_owned(),
    })
}

fn in_cpythons_words(vm: &mut Vm, coroutine: &CoroutineObj, at: Option<&Place>) {
    let name = name_of(coroutine);
    let mut text = match at {
        Some(place) => format!("{}:{}: ", place.file.name, place.line()),
        None => "<sys>:0: ".to_owned(),
    };
    text.push_str(&format!(
        "RuntimeWarning: coroutine '{name}' was never awaited\n"
    ));
    if let Some(place) = at {
        let line = place.file.line_text(place.line()).trim();
        text.push_str(&format!("  {line}\n"));
    }
    text.push_str("RuntimeWarning: Enable tracemalloc to get the object allocation traceback\n");
    vm.out.error(&text);
}

/// At the end of the program: what is left in its variables, and what was kept back because an
/// error was to tell of it, unless that is the one that ends the program.
pub fn left_over(vm: &mut Vm, globals: &DictObj, uncaught: &Value) {
    vm.run_finalizers();
    if vm.speaks_python() {
        return;
    }
    super::errors::acquit(vm, uncaught);
    let mut kept: Vec<(Rc<SourceFile>, Diagnostic)> = vm
        .mistakes
        .accused
        .drain()
        .filter_map(|(_, kept)| kept)
        .collect();
    kept.sort_by_key(|(file, diagnostic)| (file.base, diagnostic.primary.span));
    for (file, diagnostic) in kept {
        tell(vm, &file, diagnostic);
    }
    let mut values: Vec<Value> = Vec::new();
    globals.table.with(|table| {
        let all = table.iter().map(|entry| entry.value.clone());
        values.extend(all.take(SEARCHED));
    });
    let mut at = 0;
    let direct = values.len();
    while let Some(value) = values.get(at).cloned() {
        if let Some(coroutine) = value.as_coroutine()
            && coroutine.flavor == Flavor::Coroutine
            && coroutine.state.get() == CoroState::Created
            && !coroutine.finalized.get()
            && crate::coroutine::warns(coroutine)
        {
            never_awaited(vm, coroutine);
        } else if value.as_future().is_some() {
            super::tasks::left_over(vm, &value);
        } else if at < direct {
            let room = SEARCHED.saturating_sub(values.len());
            values.extend(items_of(&value, room));
        }
        at += 1;
    }
    vm.mistakes.over = true;
}

/// The first items of a container, at most as many as there is room for.
fn items_of(value: &Value, room: usize) -> Vec<Value> {
    if let Some(list) = value.as_list() {
        let first = |items: &Vec<Value>| items.iter().take(room).cloned().collect();
        return list.items.with(first);
    }
    if let Some(tuple) = value.as_tuple() {
        return tuple.items.iter().take(room).cloned().collect();
    }
    match value.as_dict() {
        Some(dict) => dict.table.with(|table| {
            let values = table.iter().map(|entry| entry.value.clone());
            values.take(room).collect()
        }),
        None => Vec::new(),
    }
}
