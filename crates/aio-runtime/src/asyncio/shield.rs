//! `shield`: an outer future whose cancellation does not reach the inner one.

use super::callback::DoneCallback;
use super::{futures, tasks};
use crate::error::R;
use crate::heap::Ref;
use crate::objects::{FutureFlags, FutureObj, FutureState};
use crate::value::Value;
use crate::vm::Vm;

/// `asyncio.shield(arg)`
///
/// # Errors
/// `TypeError` for what is not awaitable.
pub fn shield(vm: &mut Vm, awaitable: &Value) -> R {
    let inner = tasks::ensure_future(vm, awaitable, None)?;
    if inner.is_done() {
        return Ok(inner.into());
    }
    let outer = futures::new_future(&inner.event_loop);
    futures::add_done_callback(&inner, DoneCallback::ShieldInner(outer.clone()));
    futures::add_done_callback(&outer, DoneCallback::ShieldOuter(inner));
    Ok(outer.into())
}

/// The inner future ended: the outer one gets its outcome, unless it was cancelled meanwhile.
pub fn inner_done(vm: &mut Vm, inner: &Ref<FutureObj>, outer: &Ref<FutureObj>) {
    let _ = vm;
    inner.mark(FutureFlags::UNRETRIEVED, false);
    if outer.is_done() {
        return;
    }
    match inner.state.get() {
        FutureState::Done => futures::complete(outer, inner.result.get()),
        FutureState::Failed => futures::fail(outer, inner.result.get()),
        FutureState::Cancelled => drop(futures::cancel_plain(outer, &Value::UNSET)),
        FutureState::Pending => {}
    }
}

/// The outer future ended first: nobody waits for the inner one through it any more.
pub fn outer_done(outer: &Ref<FutureObj>, inner: &Ref<FutureObj>) {
    if inner.is_done() {
        return;
    }
    futures::remove_native_callback(
        inner,
        |callback| matches!(callback, DoneCallback::ShieldInner(of) if of.same(outer)),
    );
}
