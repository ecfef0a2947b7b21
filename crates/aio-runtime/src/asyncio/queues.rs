//! `Queue`, `PriorityQueue`, `LifoQueue`.
//!
//! A wake-up is a hint: the woken getter looks again, so a newcomer may have taken the item; a
//! cancelled getter passes its wake-up on, so nothing is lost.

use super::classes::{allocate, is_plain, native_data, receiver};
use super::locks::{Waiters, overrides};
use super::queue_items::{Items, Kind};
use super::queue_join::{join, join_at_once};
use super::{futures, trace};
use crate::asyncio::reasons::{NativeWait, Waited};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::{GcCell, Ref};
use crate::native::{Args, Begun, Method, NativeFn, Signature};
use crate::objects::{ClassObj, FutureObj, ListObj, NativeCoroutine, NativeData, Resume, Step};
use crate::value::Value;
use crate::vm::Vm;
use std::cell::Cell;
use std::rc::Rc;

/// The methods of `Queue`.
pub const METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(new_fifo), "Make a queue."),
    Method::new("__init__", NativeFn::Any(init), "Set the greatest size."),
    Method::awaited(
        "put",
        NativeFn::F2(put),
        put_at_once,
        "Wait for room and put an item in.",
    ),
    Method::awaited(
        "get",
        NativeFn::F1(get),
        get_at_once,
        "Wait for an item and take it.",
    ),
    Method::new(
        "put_nowait",
        NativeFn::F2(put_nowait),
        "Put an item in, or raise QueueFull.",
    ),
    Method::new(
        "get_nowait",
        NativeFn::F1(get_nowait),
        "Take an item, or raise QueueEmpty.",
    ),
    Method::new("qsize", NativeFn::F1(qsize), "How many items."),
    Method::new("empty", NativeFn::F1(empty), "Whether there are none."),
    Method::new("full", NativeFn::F1(full), "Whether there is no room."),
    Method::get("maxsize", maxsize, "The greatest size; 0 is none."),
    Method::new(
        "task_done",
        NativeFn::F1(task_done),
        "One item is dealt with.",
    ),
    Method::awaited(
        "join",
        NativeFn::F1(join),
        join_at_once,
        "Wait until every item is dealt with.",
    ),
    Method::new("shutdown", NativeFn::Any(shutdown), "Refuse further items."),
    Method::new("_init", NativeFn::F2(hook_init), "For subclasses."),
    Method::new("_put", NativeFn::F2(hook_put), "For subclasses."),
    Method::new("_get", NativeFn::F1(hook_get), "For subclasses."),
    Method::get_set("_queue", storage, set_storage, "The items."),
    Method::get_set("_maxsize", maxsize, set_maxsize, "The greatest size."),
    Method::get(
        "_unfinished_tasks",
        unfinished,
        "How many items are not dealt with.",
    ),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
    Method::new("__str__", NativeFn::F1(text), "Return str(self)."),
];

/// The methods of `PriorityQueue`.
pub const PRIORITY_METHODS: &[Method] = &[Method::fixed(
    "__new__",
    NativeFn::Any(new_priority),
    "Make a queue that gives the smallest item first.",
)];

/// The methods of `LifoQueue`.
pub const LIFO_METHODS: &[Method] = &[Method::fixed(
    "__new__",
    NativeFn::Any(new_lifo),
    "Make a queue that gives the newest item first.",
)];

/// A queue.
#[derive(Default)]
pub struct QueueData {
    items: Items,
    maxsize: GcCell<Value>,
    limit: Cell<i64>,
    getters: Waiters,
    putters: Waiters,
    /// Items that were put in and not dealt with.
    pub(super) unfinished: Cell<i64>,
    /// Who waits for there being none.
    pub(super) joiners: Waiters,
    is_shut_down: Cell<bool>,
}

impl NativeData for QueueData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.items.visit(visitor);
        self.maxsize.with(&mut *visitor);
        for waiters in [&self.getters, &self.putters, &self.joiners] {
            waiters.visit(visitor);
        }
    }
    fn clear(&self) {
        self.items.clear();
        for waiters in [&self.getters, &self.putters, &self.joiners] {
            waiters.clear();
        }
    }
    fn made_at(&self) -> Option<&Cell<u32>> {
        Some(&self.getters.made_at.0)
    }
}

fn new_of_kind(vm: &mut Vm, args: Args<'_>, kind: Kind) -> R {
    let data = QueueData {
        items: Items::new(kind),
        maxsize: GcCell::new(Value::int(0)),
        ..QueueData::default()
    };
    allocate(vm, args, Rc::new(data))
}

fn new_fifo(vm: &mut Vm, args: Args<'_>) -> R {
    new_of_kind(vm, args, Kind::Fifo)
}

fn new_priority(vm: &mut Vm, args: Args<'_>) -> R {
    new_of_kind(vm, args, Kind::Priority)
}

fn new_lifo(vm: &mut Vm, args: Args<'_>) -> R {
    new_of_kind(vm, args, Kind::Lifo)
}

fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<QueueData>> {
    receiver(vm, value, "Queue", method)
}

fn init(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "Queue.__init__",
        params: &["/self", "maxsize"],
        positional: 2,
        required: 1,
    };
    let [object, maxsize] = vm.bind_python::<2>(args, &SIGNATURE)?;
    let queue = this(vm, &object, "__init__")?;
    let maxsize = if maxsize.is_unset() {
        Value::int(0)
    } else {
        maxsize
    };
    set_limit(vm, &queue, maxsize.clone())?;
    if let Some(own) = overrides(vm, &object, "_init") {
        vm.call(&own, &[object.clone(), maxsize])?;
    }
    Ok(Value::NONE)
}

/// Sets the greatest size.
fn set_limit(vm: &mut Vm, queue: &QueueData, maxsize: Value) -> R<()> {
    let limit = match maxsize.as_float() {
        Some(limit) => limit.ceil() as i64,
        None => vm.index_i64(&maxsize)?,
    };
    queue.limit.set(limit);
    queue.maxsize.set(maxsize);
    Ok(())
}

#[inline(always)]
fn is_empty(vm: &mut Vm, object: &Value, queue: &QueueData) -> R<bool> {
    if let Some(own) = overrides(vm, object, "empty") {
        let answer = vm.call(&own, std::slice::from_ref(object))?;
        return vm.truthy(&answer);
    }
    Ok(queue.items.len(vm)? == 0)
}

#[inline(always)]
fn is_full(vm: &mut Vm, object: &Value, queue: &QueueData) -> R<bool> {
    if let Some(own) = overrides(vm, object, "full") {
        let answer = vm.call(&own, std::slice::from_ref(object))?;
        return vm.truthy(&answer);
    }
    let limit = queue.limit.get();
    if limit <= 0 {
        return Ok(false);
    }
    if let Some(own) = overrides(vm, object, "qsize") {
        let size = vm.call(&own, std::slice::from_ref(object))?;
        return Ok(vm.index_i64(&size)? >= limit);
    }
    Ok(queue.items.len(vm)? as i64 >= limit)
}

fn raise_queue(vm: &mut Vm, class: Ref<ClassObj>) -> Raised {
    vm.raise_with(&class, vec![])
}

fn shut_down_error(vm: &mut Vm) -> Raised {
    let class = vm.types.queue_shut_down.clone();
    raise_queue(vm, class)
}

#[inline(always)]
fn put_now(vm: &mut Vm, object: &Value, queue: &QueueData, item: &Value) -> R {
    if queue.is_shut_down.get() {
        return Err(shut_down_error(vm));
    }
    if is_full(vm, object, queue)? {
        let class = vm.types.queue_full.clone();
        return Err(raise_queue(vm, class));
    }
    match overrides(vm, object, "_put") {
        Some(own) => drop(vm.call(&own, &[object.clone(), item.clone()])?),
        None => queue.items.push(vm, item)?,
    }
    has_got(vm, object, queue)?;
    Ok(Value::NONE)
}

/// There is one item more.
#[inline]
fn has_got(vm: &mut Vm, object: &Value, queue: &QueueData) -> R<()> {
    queue.unfinished.set(queue.unfinished.get() + 1);
    if vm.asyncio.traced {
        let len = queue.items.len(vm)?;
        trace::queue_changed(vm, object, len);
    }
    queue.getters.wake_next();
    Ok(())
}

#[inline(always)]
fn get_now(vm: &mut Vm, object: &Value, queue: &QueueData) -> R {
    if is_empty(vm, object, queue)? {
        if queue.is_shut_down.get() {
            return Err(shut_down_error(vm));
        }
        let class = vm.types.queue_empty.clone();
        return Err(raise_queue(vm, class));
    }
    let item = match overrides(vm, object, "_get") {
        Some(own) => vm.call(&own, std::slice::from_ref(object))?,
        None => queue.items.pop(vm)?,
    };
    has_given(vm, object, queue)?;
    Ok(item)
}

/// There is one item less.
#[inline]
fn has_given(vm: &mut Vm, object: &Value, queue: &QueueData) -> R<()> {
    if vm.asyncio.traced {
        let len = queue.items.len(vm)?;
        trace::queue_changed(vm, object, len);
    }
    queue.putters.wake_next();
    Ok(())
}

/// What a `Transfer` does.
enum Direction {
    Get,
    Put(Value),
}

/// `get()` and `put(item)`
struct Transfer {
    object: Value,
    queue: Rc<QueueData>,
    direction: Direction,
    waiter: Option<Ref<FutureObj>>,
}

impl Transfer {
    fn new(object: &Value, queue: Rc<QueueData>, direction: Direction) -> Transfer {
        Transfer {
            object: object.clone(),
            queue,
            direction,
            waiter: None,
        }
    }

    fn waiters(&self) -> &Waiters {
        match self.direction {
            Direction::Get => &self.queue.getters,
            Direction::Put(_) => &self.queue.putters,
        }
    }

    fn must_wait(&self, vm: &mut Vm) -> R<bool> {
        match self.direction {
            Direction::Get => is_empty(vm, &self.object, &self.queue),
            Direction::Put(_) => is_full(vm, &self.object, &self.queue),
        }
    }

    /// The wait was interrupted: the wake-up, if it came, goes to the next one.
    fn give_up(&mut self, vm: &mut Vm, waiter: &Ref<FutureObj>) -> R<()> {
        futures::cancel_plain(waiter, &Value::UNSET);
        self.waiters().leave(waiter);
        let pending = vm.pending.take();
        let useless = waiter.is_cancelled() || self.must_wait(vm)?;
        vm.pending = pending;
        if !useless {
            self.waiters().wake_next();
        }
        Ok(())
    }
}

impl NativeCoroutine for Transfer {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        let waiter = self.waiter.take();
        if matches!(input, Resume::Throw) {
            if let Some(waiter) = waiter {
                self.give_up(vm, &waiter)?;
            }
            return Err(Raised);
        }
        if is_plain(&self.object)
            && let Some(result) = try_plain(vm, &self.object, &self.queue, &self.direction)?
        {
            return Ok(Step::Return(result));
        }
        if self.must_wait(vm)? {
            if self.queue.is_shut_down.get() {
                return Err(shut_down_error(vm));
            }
            let waiter = self.waiters().join(vm, &self.object)?;
            self.waiter = Some(waiter.clone());
            return Ok(Step::Await(waiter.into()));
        }
        let (object, queue) = (&self.object, &self.queue);
        match &self.direction {
            Direction::Get => match overrides(vm, object, "get_nowait") {
                Some(own) => vm.call(&own, std::slice::from_ref(object)),
                None => get_now(vm, object, queue),
            },
            Direction::Put(item) => match overrides(vm, object, "put_nowait") {
                Some(own) => vm.call(&own, &[object.clone(), item.clone()]),
                None => put_now(vm, object, queue, item),
            },
        }
        .map(Step::Return)
    }
    fn waits_for(&self) -> Option<NativeWait> {
        let what = match self.direction {
            Direction::Get => Waited::QueueGet,
            Direction::Put(_) => Waited::QueuePut,
        };
        Some(NativeWait::Object(what, self.object.clone()))
    }
    fn name(&self) -> &'static str {
        match self.direction {
            Direction::Get => "Queue.get",
            Direction::Put(_) => "Queue.put",
        }
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.object);
        if let Direction::Put(item) = &self.direction {
            visitor(item);
        }
        if let Some(waiter) = &self.waiter {
            visitor(&waiter.to_value());
        }
    }
}

fn transfer(vm: &mut Vm, object: &Value, direction: Direction) -> R {
    let queue = this(vm, object, "get")?;
    let body = Transfer::new(object, queue, direction);
    Ok(coroutine::new_native(vm, Box::new(body)))
}

fn put(vm: &mut Vm, object: &Value, item: &Value) -> R {
    transfer(vm, object, Direction::Put(item.clone()))
}

fn get(vm: &mut Vm, object: &Value) -> R {
    transfer(vm, object, Direction::Get)
}

/// Begins a transfer of a queue of the library itself: of a class of the script everything could
/// be overridden.
#[inline(always)]
fn begin(vm: &mut Vm, object: &Value, direction: Direction) -> R<Begun> {
    let Some(queue) = native_data::<QueueData>(object).filter(|_| is_plain(object)) else {
        return Ok(Begun::Nothing);
    };
    match try_plain(vm, object, &queue, &direction)? {
        Some(result) => Ok(Begun::Done(result)),
        None => Begun::run(vm, Transfer::new(object, queue, direction)),
    }
}

/// The transfer of a queue of the library itself, if nothing stands in its way.
#[inline]
fn try_plain(
    vm: &mut Vm,
    object: &Value,
    queue: &QueueData,
    direction: &Direction,
) -> R<Option<Value>> {
    let Some(len) = queue.items.own_len() else {
        return Ok(None);
    };
    let limit = queue.limit.get();
    match direction {
        Direction::Get if len == 0 => Ok(None),
        Direction::Get => {
            let item = queue.items.pop(vm)?;
            has_given(vm, object, queue)?;
            Ok(Some(item))
        }
        Direction::Put(_) if queue.is_shut_down.get() || (limit > 0 && len as i64 >= limit) => {
            Ok(None)
        }
        Direction::Put(item) => {
            queue.items.push(vm, item)?;
            has_got(vm, object, queue)?;
            Ok(Some(Value::NONE))
        }
    }
}

fn get_at_once(vm: &mut Vm, object: &Value, args: &[Value]) -> R<Begun> {
    match args {
        [] => begin(vm, object, Direction::Get),
        _ => Ok(Begun::Nothing),
    }
}

fn put_at_once(vm: &mut Vm, object: &Value, args: &[Value]) -> R<Begun> {
    match args {
        [item] => begin(vm, object, Direction::Put(item.clone())),
        _ => Ok(Begun::Nothing),
    }
}

fn put_nowait(vm: &mut Vm, object: &Value, item: &Value) -> R {
    let queue = this(vm, object, "put_nowait")?;
    put_now(vm, object, &queue, item)
}

fn get_nowait(vm: &mut Vm, object: &Value) -> R {
    let queue = this(vm, object, "get_nowait")?;
    get_now(vm, object, &queue)
}

fn qsize(vm: &mut Vm, object: &Value) -> R {
    let queue = this(vm, object, "qsize")?;
    Ok(Value::int(queue.items.len(vm)? as i64))
}

fn empty(vm: &mut Vm, object: &Value) -> R {
    let queue = this(vm, object, "empty")?;
    Ok(Value::bool(queue.items.len(vm)? == 0))
}

fn full(vm: &mut Vm, object: &Value) -> R {
    let queue = this(vm, object, "full")?;
    let limit = queue.limit.get();
    Ok(Value::bool(
        limit > 0 && queue.items.len(vm)? as i64 >= limit,
    ))
}

fn maxsize(vm: &mut Vm, object: &Value) -> R {
    Ok(this(vm, object, "maxsize")?.maxsize.get())
}

fn task_done(vm: &mut Vm, object: &Value) -> R {
    let queue = this(vm, object, "task_done")?;
    if queue.unfinished.get() <= 0 {
        return Err(vm.value_error("task_done() called too many times"));
    }
    queue.unfinished.set(queue.unfinished.get() - 1);
    if queue.unfinished.get() == 0 {
        finished(&queue);
    }
    Ok(Value::NONE)
}

/// All items are dealt with.
fn finished(queue: &QueueData) {
    for waiter in queue.joiners.first_pending(usize::MAX) {
        futures::complete(&waiter, Value::TRUE);
    }
}

fn shutdown(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "Queue.shutdown",
        params: &["/self", "immediate"],
        positional: 2,
        required: 1,
    };
    let [object, immediate] = vm.bind_python::<2>(args, &SIGNATURE)?;
    let queue = this(vm, &object, "shutdown")?;
    queue.is_shut_down.set(true);
    if !immediate.is_unset() && vm.truthy(&immediate)? {
        while !is_empty(vm, &object, &queue)? {
            match overrides(vm, &object, "_get") {
                Some(own) => drop(vm.call(&own, std::slice::from_ref(&object))?),
                None => drop(queue.items.pop(vm)?),
            }
            if queue.unfinished.get() > 0 {
                queue.unfinished.set(queue.unfinished.get() - 1);
            }
        }
        if queue.unfinished.get() == 0 {
            finished(&queue);
        }
    }
    queue.getters.wake_all();
    queue.putters.wake_all();
    Ok(Value::NONE)
}

fn hook_init(vm: &mut Vm, object: &Value, _maxsize: &Value) -> R {
    this(vm, object, "_init")?.items.clear();
    Ok(Value::NONE)
}

fn hook_put(vm: &mut Vm, object: &Value, item: &Value) -> R {
    let queue = this(vm, object, "_put")?;
    queue.items.push(vm, item)?;
    Ok(Value::NONE)
}

fn hook_get(vm: &mut Vm, object: &Value) -> R {
    let queue = this(vm, object, "_get")?;
    queue.items.pop(vm)
}

fn storage(vm: &mut Vm, object: &Value) -> R {
    this(vm, object, "_queue")?.items.share(vm)
}

fn set_storage(vm: &mut Vm, object: &Value, value: Value) -> R<()> {
    this(vm, object, "_queue")?.items.replace(value);
    Ok(())
}

fn unfinished(vm: &mut Vm, object: &Value) -> R {
    Ok(Value::int(
        this(vm, object, "_unfinished_tasks")?.unfinished.get(),
    ))
}

fn set_maxsize(vm: &mut Vm, object: &Value, value: Value) -> R<()> {
    let queue = this(vm, object, "_maxsize")?;
    set_limit(vm, &queue, value)
}

fn describe(vm: &mut Vm, queue: &QueueData) -> R<String> {
    let maxsize = queue.maxsize.get();
    let mut text = format!("maxsize={}", vm.repr(&maxsize)?);
    let held = queue.items.list(vm)?;
    if !held.is_empty() {
        let list = Value::new(ListObj::new(held));
        text.push_str(&format!(" _queue={}", vm.repr(&list)?));
    }
    for (name, waiters) in [("_getters", &queue.getters), ("_putters", &queue.putters)] {
        if waiters.len() > 0 {
            text.push_str(&format!(" {name}[{}]", waiters.len()));
        }
    }
    if queue.unfinished.get() != 0 {
        text.push_str(&format!(" tasks={}", queue.unfinished.get()));
    }
    if queue.is_shut_down.get() {
        text.push_str(" shutdown");
    }
    Ok(text)
}

fn repr(vm: &mut Vm, object: &Value) -> R {
    let queue = this(vm, object, "__repr__")?;
    let (name, at) = (vm.type_name(object), object.address());
    let inside = describe(vm, &queue)?;
    Ok(vm.str(format!("<{name} at {at:#x} {inside}>")))
}

fn text(vm: &mut Vm, object: &Value) -> R {
    let queue = this(vm, object, "__str__")?;
    let name = vm.type_name(object);
    let inside = describe(vm, &queue)?;
    Ok(vm.str(format!("<{name} {inside}>")))
}
