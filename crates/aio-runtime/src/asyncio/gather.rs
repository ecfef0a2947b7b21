//! `gather`: one future for the results of many.
//!
//! Children start in the order of the arguments; results stand in it too. The first failure goes
//! out at once, the siblings run on, and their later failures count as looked at. Cancelling the
//! outer future cancels the children; it ends itself only when they all have.

use super::callback::DoneCallback;
use super::foreign_futures::Request;
use super::{events, futures, tasks};
use crate::argument_errors::unexpected_keyword;
use crate::error::{R, exception_with};
use crate::heap::{GcCell, Ref};
use crate::native::Args;
use crate::objects::{FutureFlags, FutureKind, FutureObj, FutureState, ListObj};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use rustc_hash::FxHashMap;
use std::cell::Cell;
use std::rc::Rc;

/// What the children and the outer future share.
pub struct Gather {
    /// The future of each argument; one that was given twice stands twice.
    pub children: GcCell<Vec<Ref<FutureObj>>>,
    outer: GcCell<Option<Ref<FutureObj>>>,
    /// How many distinct children are not done.
    left: Cell<usize>,
    return_exceptions: bool,
    cancel_requested: Cell<bool>,
}

impl Gather {
    /// Whether the end of the n-th child is no more than one less to wait for.
    #[inline]
    fn goes_on_after(&self, place: usize) -> bool {
        let is_result = |child: &Ref<FutureObj>| child.state.get() == FutureState::Done;
        self.left.get() > 0
            && self
                .outer
                .with(|outer| outer.as_ref().is_some_and(|outer| !outer.is_done()))
            && (self.return_exceptions
                || self
                    .children
                    .with(|children| children.get(place).is_some_and(is_result)))
    }

    /// Has the processor fetch the n-th child.
    #[inline(always)]
    pub fn prefetch(&self, place: usize) {
        self.children.with(|children| {
            if let Some(child) = children.get(place) {
                child.prefetch();
            }
        });
    }
}

/// `asyncio.gather(*aws, return_exceptions=False)`
///
/// # Errors
/// `TypeError` for what is not awaitable, `ValueError` for a future of another loop.
pub fn gather(vm: &mut Vm, args: Args<'_>) -> R {
    let mut return_exceptions = false;
    for (name, value) in args.kw {
        if name.text() != "return_exceptions" {
            let known = ["return_exceptions"];
            return Err(unexpected_keyword(vm, "gather", name.text(), known));
        }
        return_exceptions = vm.truthy(value)?;
    }
    gather_all(vm, args.pos, return_exceptions).map(Value::from)
}

/// [`gather`] over values.
///
/// # Errors
/// As [`gather`].
pub fn gather_all(vm: &mut Vm, awaitables: &[Value], return_exceptions: bool) -> R<Ref<FutureObj>> {
    if awaitables.is_empty() {
        let event_loop = events::current_loop(vm)?;
        let outer = futures::new_future(&event_loop);
        futures::complete(&outer, Value::new(ListObj::default()));
        return Ok(outer);
    }
    let shared = Rc::new(Gather {
        children: GcCell::new(Vec::with_capacity(awaitables.len())),
        outer: GcCell::new(None),
        left: Cell::new(0),
        return_exceptions,
        cancel_requested: Cell::new(false),
    });
    let mut children: Vec<Ref<FutureObj>> = Vec::with_capacity(awaitables.len());
    let mut seen: FxHashMap<usize, usize> = FxHashMap::default();
    let mut event_loop = None;
    let mut done = Vec::new();
    for (place, awaitable) in awaitables.iter().enumerate() {
        // Arguments are told apart as keys of a dict would be; those of our own kinds are
        // their addresses.
        let key = match awaitable.tag() {
            // One that nobody else has cannot stand among the arguments twice.
            Tag::Future | Tag::Coroutine if awaitable.ref_count() == 1 => 0,
            Tag::Future | Tag::Coroutine => awaitable.address(),
            _ => {
                if let Some(list) = awaitable.as_list() {
                    vm.accuse_all(aio_syntax::mistakes::GATHER_LIST, &list.to_vec());
                }
                vm.hash(awaitable)?;
                awaitable.address()
            }
        };
        if key != 0
            && let Some(child) = seen.get(&key).and_then(|first| children.get(*first))
        {
            let child = child.clone();
            children.push(child);
            continue;
        }
        let child = tasks::ensure_future(vm, awaitable, event_loop.as_ref())?;
        if event_loop.is_none() {
            event_loop = Some(child.event_loop.clone());
        }
        if awaitable.tag() != Tag::Future {
            child.mark(FutureFlags::SILENT, true);
        }
        if key != 0 {
            seen.insert(key, place);
        }
        shared.left.set(shared.left.get() + 1);
        if child.is_done() {
            done.push(place);
        } else {
            let callback = DoneCallback::Gather(place as u32, shared.clone());
            futures::add_done_callback(&child, callback);
        }
        children.push(child);
    }
    let event_loop = event_loop.expect("there was at least one argument");
    let outer = futures::new_of_kind(&event_loop, FutureKind::Gathering);
    shared.children.set(children);
    shared.outer.set(Some(outer.clone()));
    outer.with_rare(|rare| rare.gather = Some(shared.clone()));
    for place in done {
        child_done(vm, &shared, place);
    }
    Ok(outer)
}

/// A child is done.
pub fn child_done(vm: &mut Vm, gather: &Rc<Gather>, place: usize) {
    gather.left.set(gather.left.get().saturating_sub(1));
    if gather.goes_on_after(place) {
        return;
    }
    let child = gather
        .children
        .with(|children| children.get(place).cloned());
    let outer = gather.outer.get();
    let (Some(child), Some(outer)) = (child, outer) else {
        return;
    };
    if outer.is_done() {
        child.mark(FutureFlags::UNRETRIEVED, false);
    } else if !gather.return_exceptions && child.state.get() != FutureState::Done {
        child.mark(FutureFlags::UNRETRIEVED, false);
        let exception = if child.is_cancelled() {
            futures::make_cancelled_error(vm, &child)
        } else {
            child.result.get()
        };
        if vm.options.dev {
            crate::report::mistakes::others_go_on(vm, gather, &outer, &exception);
        }
        futures::fail(&outer, exception);
    } else if gather.left.get() == 0 {
        all_done(vm, gather, &child, &outer);
    }
    if gather.left.get() == 0 {
        // The shared part and the outer future own each other until here.
        gather.outer.set(None);
    }
}

fn all_done(vm: &mut Vm, gather: &Gather, last: &FutureObj, outer: &Ref<FutureObj>) {
    let children = gather.children.get();
    let mut results = Vec::with_capacity(children.len());
    // The `args` of those that were cancelled without a message: one tuple for all of them.
    let mut unsaid = Value::UNSET;
    for child in &children {
        child.mark(FutureFlags::UNRETRIEVED, false);
        results.push(match child.state.get() {
            FutureState::Cancelled => {
                let message = futures::cancel_message(child);
                if message.is_unset() {
                    if unsaid.is_unset() {
                        unsaid = Value::tuple([vm.str("")]);
                    }
                    exception_with(&vm.types.cancelled_error, unsaid.clone())
                } else {
                    futures::cancelled_error(vm, message)
                }
            }
            FutureState::Done | FutureState::Failed | FutureState::Pending => child.result.get(),
        });
    }
    if gather.cancel_requested.get() {
        let exception = futures::make_cancelled_error(vm, last);
        futures::fail(outer, exception);
    } else {
        futures::complete(outer, Value::new(ListObj::new(results)));
    }
}

/// `cancel(msg)` of the outer future: passed on to the children.
pub fn cancel(vm: &mut Vm, outer: &FutureObj, message: &Value) -> bool {
    if outer.is_done() {
        return false;
    }
    let gather = outer
        .rare
        .with(|rare| rare.as_ref().and_then(|rare| rare.gather.clone()));
    let Some(gather) = gather else {
        return false;
    };
    if vm.check_stack().is_err() {
        drop(vm.take_pending());
        return false;
    }
    let mut accepted = false;
    for child in gather.children.get() {
        if futures::cancel(vm, &child, message, Request::Gather) {
            accepted = true;
        }
    }
    if accepted {
        gather.cancel_requested.set(true);
    }
    accepted
}
