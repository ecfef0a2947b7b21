//! What is told with `--dev` only: what may be meant so, and is worth a look.

use super::{first_line, is_news, place, site_in, tell};
use crate::asyncio::{self, Gather, Place};
use crate::code::SourceFile;
use crate::heap::Ref;
use crate::objects::FutureObj;
use crate::value::Value;
use crate::vm::Vm;
use aio_syntax::{Diagnostic, Span, mistakes as code};
use std::rc::Rc;

/// So many tasks are named.
const NAMED: usize = 3;

/// A turn of the event loop was long, and stood here when that was clear.
pub fn long_turn(vm: &mut Vm, at: (&SourceFile, Span), message: &str) {
    let (file, span) = at;
    let module = aio_syntax::parse(&file.text).module;
    let write = |name| aio_syntax::wording::asyncio(&module, name);
    let diagnostic = Diagnostic::warning(code::LONG_TURN, message, first_line(&file.text, span))
        .labeled("it was here, and had not awaited anything for long")
        .with_help(format!(
            "`await {}(0)` now and then, or leave the work to `{}`",
            write("sleep"),
            write("to_thread")
        ));
    tell(vm, file, diagnostic);
}

/// A child of a `gather` failed, and others go on.
pub fn others_go_on(vm: &mut Vm, gather: &Gather, outer: &FutureObj, exception: &Value) {
    let is_error = vm.class_of(exception).is_subclass_of(&vm.types.exception);
    let Some(made_at) = place(vm, asyncio::made_position(outer)).filter(|_| is_error) else {
        return;
    };
    let children = gather.children.get();
    let open: Vec<&Ref<FutureObj>> = children.iter().filter(|one| !one.is_done()).collect();
    if open.is_empty() || vm.speaks_python() || !is_news(vm, code::OTHERS_GO_ON, made_at.position())
    {
        return;
    }
    let diagnostic = others(vm, &made_at, &open, exception);
    tell(vm, &made_at.file, diagnostic);
}

fn others(vm: &mut Vm, made_at: &Place, open: &[&Ref<FutureObj>], exception: &Value) -> Diagnostic {
    let last = crate::report::last_line(vm, exception);
    let names = open.iter().take(NAMED);
    let mut names: Vec<String> = names
        .map(|task| format!("`{}`", asyncio::shown_name(task)))
        .collect();
    if open.len() > NAMED {
        names.push(format!("{} more", open.len() - NAMED));
    }
    let verb = if open.len() == 1 { "runs" } else { "run" };
    let span = site_in(vm, made_at, None).map_or(made_at.span, |site| site.call);
    let mut diagnostic = Diagnostic::warning(
        code::OTHERS_GO_ON,
        format!("one of a gather failed, the others go on: {last}"),
        span,
    )
    .as_hint()
    .labeled(format!("{} still {verb}", names.join(", ")))
    .with_help("a TaskGroup cancels the others; or cancel them where the error is caught");
    if let Some(raised) = super::tasks::raised_at(exception)
        && Rc::ptr_eq(&raised.file, &made_at.file)
    {
        let span = first_line(&raised.file.text, raised.span);
        diagnostic = diagnostic.and_label(span, "raised here");
    }
    diagnostic
}
