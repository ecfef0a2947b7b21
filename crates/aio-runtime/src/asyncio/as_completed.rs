//! `as_completed`: awaitables in the order in which they end.
//!
//! The object is both kinds of iterator: a plain one gives new coroutines that wait for the next
//! result; an asynchronous one gives the original futures.

use super::callback::{Callback, DoneCallback};
use super::classes::{AsyncClass, instance_of, receiver};
use super::coroutines::is_awaitable;
use super::future_set::FutureSet;
use super::sleep::seconds;
use super::{LoopData, events, futures, tasks};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::{GcCell, Ref};
use crate::native::{Args, Method, NativeFn, Signature};
use crate::objects::{FutureObj, NativeCoroutine, NativeData, Resume, Step};
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::EventLoop;
use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

/// The methods of the iterator.
pub const METHODS: &[Method] = &[
    Method::new("__iter__", NativeFn::F1(itself), "Itself."),
    Method::new(
        "__next__",
        NativeFn::F1(next),
        "A coroutine for the next result.",
    ),
    Method::new("__aiter__", NativeFn::F1(itself), "Itself."),
    Method::new(
        "__anext__",
        NativeFn::F1(anext),
        "The next future that ends.",
    ),
];

/// What the iterator and its futures share.
pub struct AsCompletedData {
    event_loop: Rc<LoopData>,
    /// What is not done.
    todo: GcCell<FutureSet>,
    /// What is done and not fetched; `None` stands for "the time is over".
    done: GcCell<VecDeque<Option<Ref<FutureObj>>>>,
    /// Who waits for the next one.
    getters: GcCell<VecDeque<Ref<FutureObj>>>,
    /// How many will still be asked for.
    left: Cell<usize>,
    /// The timer was cancelled, or never set.
    pub timer_cancelled: Cell<bool>,
    /// The timer is in the timers of the loop.
    pub in_timers: Cell<bool>,
}

impl NativeData for AsCompletedData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.todo.with(|todo| todo.visit(visitor));
        self.done.with(|done| {
            done.iter()
                .flatten()
                .for_each(|future| visitor(&future.to_value()));
        });
    }
    fn clear(&self) {
        self.todo.set(FutureSet::default());
        self.done.set(VecDeque::new());
    }
}

impl AsCompletedData {
    fn put(&self, item: Option<Ref<FutureObj>>) {
        self.done.with_mut(|done| done.push_back(item));
        while let Some(getter) = self.getters.with_mut(VecDeque::pop_front) {
            if !getter.is_done() {
                futures::complete(&getter, Value::NONE);
                break;
            }
        }
    }

    /// One of the futures is done.
    pub fn child_done(&self, future: &Ref<FutureObj>) {
        let Some(removed) = self.todo.with_mut(|todo| todo.remove(future)) else {
            return;
        };
        self.put(Some(removed));
        if self.todo.with(FutureSet::is_empty)
            && !self.timer_cancelled.replace(true)
            && self.in_timers.get()
        {
            self.event_loop.core.with_mut(EventLoop::timer_cancelled);
        }
    }

    /// The time is over.
    ///
    /// # Errors
    /// None so far.
    pub fn time_is_over(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        let _ = vm;
        for future in self.todo.replace(FutureSet::default()).in_order() {
            futures::remove_native_callback(
                &future,
                |callback| matches!(callback, DoneCallback::AsCompleted(of) if Rc::ptr_eq(of, self)),
            );
            self.put(None);
        }
        Ok(())
    }
}

/// `asyncio.as_completed(fs, *, timeout=None)`
///
/// # Errors
/// `TypeError` for an awaitable in the place of an iterable.
pub fn as_completed(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "as_completed",
        params: &["fs", "timeout"],
        positional: 1,
        required: 1,
    };
    let [fs, timeout] = vm.bind_python::<2>(args, &SIGNATURE)?;
    if is_awaitable(vm, &fs) {
        let given = vm.class_name(&fs);
        return Err(vm.type_error(format!("expects an iterable of awaitables, not {given}")));
    }
    let event_loop = events::current_loop(vm)?;
    let mut todo: Vec<Ref<FutureObj>> = Vec::new();
    let mut seen = rustc_hash::FxHashSet::default();
    for awaitable in vm.collect(&fs)? {
        vm.hash(&awaitable)?;
        if awaitable.is_heap() && !seen.insert(awaitable.address()) {
            continue;
        }
        todo.push(tasks::ensure_future(vm, &awaitable, Some(&event_loop))?);
    }
    let mut set = FutureSet::default();
    for future in &todo {
        set.add(future);
    }
    let data = Rc::new(AsCompletedData {
        event_loop: event_loop.clone(),
        todo: GcCell::new(set),
        done: GcCell::default(),
        getters: GcCell::default(),
        left: Cell::new(todo.len()),
        timer_cancelled: Cell::new(true),
        in_timers: Cell::new(false),
    });
    for future in &todo {
        futures::add_done_callback(future, DoneCallback::AsCompleted(data.clone()));
    }
    if !todo.is_empty() && !timeout.is_unset() && !timeout.is_none() {
        let delay = seconds(vm, &timeout)?;
        data.timer_cancelled.set(false);
        data.in_timers.set(true);
        let callback = Callback::AsCompletedOver(data.clone());
        event_loop.core.with_mut(|core| {
            core.call_later(delay, callback);
        });
    }
    Ok(instance_of(vm, AsyncClass::_AsCompletedIterator, data))
}

fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<AsCompletedData>> {
    receiver(vm, value, "_AsCompletedIterator", method)
}

fn itself(_vm: &mut Vm, iterator: &Value) -> R {
    Ok(iterator.clone())
}

/// Waits for the next one that ends.
struct NextDone {
    data: Rc<AsCompletedData>,
    getter: Option<Ref<FutureObj>>,
    /// Whether its result is wanted, or the future.
    resolve: bool,
    /// Whether a place among those still to come is to be taken at the first resume.
    take_place: bool,
}

fn next(vm: &mut Vm, iterator: &Value) -> R {
    let data = this(vm, iterator, "__next__")?;
    if data.left.get() == 0 {
        return Err(vm.stop_iteration(Value::NONE));
    }
    data.left.set(data.left.get() - 1);
    let body = NextDone {
        data,
        getter: None,
        resolve: true,
        take_place: false,
    };
    Ok(coroutine::new_native(vm, Box::new(body)))
}

fn anext(vm: &mut Vm, iterator: &Value) -> R {
    let data = this(vm, iterator, "__anext__")?;
    let body = NextDone {
        data,
        getter: None,
        resolve: false,
        take_place: true,
    };
    Ok(coroutine::new_native(vm, Box::new(body)))
}

impl NextDone {
    fn fetch(&mut self, vm: &mut Vm) -> R<Step> {
        let item = self.data.done.with_mut(VecDeque::pop_front);
        match item {
            None => {
                let getter = futures::new_future(&self.data.event_loop);
                self.data
                    .getters
                    .with_mut(|getters| getters.push_back(getter.clone()));
                self.getter = Some(getter.clone());
                Ok(Step::Await(getter.into()))
            }
            Some(None) => {
                let class = vm.types.timeout_error.clone();
                Err(vm.raise_with(&class, vec![]))
            }
            Some(Some(future)) if self.resolve => futures::result(vm, &future).map(Step::Return),
            Some(Some(future)) => Ok(Step::Return(future.into())),
        }
    }

    /// The wait was interrupted: another one is to be woken in this one's place.
    fn give_up(&mut self, getter: &Ref<FutureObj>) {
        futures::cancel_plain(getter, &Value::UNSET);
        self.data
            .getters
            .with_mut(|getters| getters.retain(|other| !other.same(getter)));
        if getter.is_cancelled() || self.data.done.with(VecDeque::is_empty) {
            return;
        }
        while let Some(other) = self.data.getters.with_mut(VecDeque::pop_front) {
            if !other.is_done() {
                futures::complete(&other, Value::NONE);
                break;
            }
        }
    }
}

impl NativeCoroutine for NextDone {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        let getter = self.getter.take();
        if matches!(input, Resume::Throw) {
            if let Some(getter) = getter {
                self.give_up(&getter);
            }
            return Err(Raised);
        }
        if std::mem::take(&mut self.take_place) {
            if self.data.left.get() == 0 {
                let class = vm.types.stop_async_iteration.clone();
                return Err(vm.raise_with(&class, vec![]));
            }
            self.data.left.set(self.data.left.get() - 1);
        }
        self.fetch(vm)
    }
    fn name(&self) -> &'static str {
        if self.resolve {
            "_AsCompletedIterator._wait_for_one"
        } else {
            "_AsCompletedIterator.__anext__"
        }
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        if let Some(getter) = &self.getter {
            visitor(&getter.to_value());
        }
    }
}
