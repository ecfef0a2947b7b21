//! `TaskGroup`: tasks that end together.
//!
//! The first failure cancels the siblings and, through its task, the body; the exit waits for all
//! of them and raises the errors in the order in which the tasks ended, the body's last.

use super::callback::DoneCallback;
use super::classes::{allocate, receiver};
use super::coroutines::immediate;
use super::foreign_futures::Request;
use super::future_set::FutureSet;
use super::reasons::NativeWait;
use super::task_methods::{method_task_arguments, quiet_exception, uncancel_task};
use super::tasks::close_refused;
use super::{LoopData, base_events, eager, events, futures};
use crate::coroutine;
use crate::error::{R, Raised, with_exc_data};
use crate::heap::{GcCell, Ref};
use crate::native::{Args, Arguments, Begun, Method, NativeFn};
use crate::objects::{FutureObj, ListObj, NativeCoroutine, NativeData, Resume, Step};
use crate::value::Value;
use crate::vm::Vm;
use std::cell::Cell;
use std::rc::Rc;

/// The methods of `TaskGroup`.
pub const METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(new), "Make a group."),
    Method::new("__init__", NativeFn::F1(init), "Nothing to set."),
    Method::new(
        "create_task",
        NativeFn::Any(create_task),
        "A task of this group.",
    ),
    Method::awaited(
        "__aenter__",
        NativeFn::F1(aenter),
        enter_at_once,
        "Begin the group.",
    ),
    Method::awaited(
        "__aexit__",
        NativeFn::Range(4, 4, aexit),
        exit_at_once,
        "Wait for the tasks.",
    ),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
];

/// A group.
#[derive(Default)]
pub struct GroupData {
    entered: Cell<bool>,
    exiting: Cell<bool>,
    aborting: Cell<bool>,
    parent_cancel_requested: Cell<bool>,
    event_loop: GcCell<Option<Rc<LoopData>>>,
    parent: GcCell<Option<Ref<FutureObj>>>,
    /// The tasks that are not done.
    tasks: GcCell<FutureSet>,
    errors: GcCell<Vec<Value>>,
    base_error: GcCell<Value>,
    on_completed: GcCell<Option<Ref<FutureObj>>>,
}

impl NativeData for GroupData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        let mut visit_task = |task: &Ref<FutureObj>| visitor(&task.to_value());
        self.parent
            .with(|parent| parent.iter().for_each(&mut visit_task));
        self.on_completed
            .with(|future| future.iter().for_each(&mut visit_task));
        self.errors
            .with(|errors| errors.iter().for_each(&mut *visitor));
        self.base_error.with(&mut *visitor);
        self.tasks.with(|tasks| tasks.visit(visitor));
    }
    fn clear(&self) {
        self.tasks.set(FutureSet::default());
        self.parent.set(None);
        self.on_completed.set(None);
        self.errors.set(Vec::new());
    }
}

impl GroupData {
    fn is_idle(&self) -> bool {
        self.tasks.with(FutureSet::is_empty)
    }

    fn abort(&self, vm: &mut Vm) {
        self.aborting.set(true);
        for task in self.tasks.with(FutureSet::in_order) {
            if !task.is_done() {
                futures::cancel(vm, &task, &Value::UNSET, Request::Outside);
            }
        }
    }

    /// A task of the group is done.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt` out of an exception handler.
    pub fn task_done(
        self: &Rc<Self>,
        vm: &mut Vm,
        event_loop: &Rc<LoopData>,
        task: &Ref<FutureObj>,
    ) -> R<()> {
        let removed = self.tasks.with_mut(|tasks| tasks.remove(task));
        drop(removed);
        if self.is_idle()
            && let Some(future) = self.on_completed.get()
            && !future.is_done()
        {
            futures::complete(&future, Value::TRUE);
        }
        let Some(exception) = quiet_exception(task) else {
            return Ok(());
        };
        self.errors
            .with_mut(|errors| errors.push(exception.clone()));
        if base_events::is_exit(vm, &exception) && self.base_error.with(Value::is_unset) {
            self.base_error.set(exception.clone());
        }
        let Some(parent) = self.parent.get() else {
            return Ok(());
        };
        if parent.is_done() {
            let (this, other) = (vm.repr(&task.to_value())?, vm.repr(&parent.to_value())?);
            let message = format!(
                "Task {this} has errored out but its parent task {other} is already completed"
            );
            let details = [("exception", exception), ("task", task.to_value())];
            return base_events::report_problem(vm, event_loop, &message, &details);
        }
        if !self.aborting.get() && !self.parent_cancel_requested.get() {
            self.abort(vm);
            self.parent_cancel_requested.set(true);
            futures::cancel(vm, &parent, &Value::UNSET, Request::Outside);
        }
        Ok(())
    }

    fn describe(&self) -> String {
        let mut text = "<TaskGroup".to_owned();
        let open = self.tasks.with(FutureSet::len);
        if open > 0 {
            text.push_str(&format!(" tasks={open}"));
        }
        let errors = self.errors.with(Vec::len);
        if errors > 0 {
            text.push_str(&format!(" errors={errors}"));
        }
        if self.aborting.get() {
            text.push_str(" cancelling");
        } else if self.entered.get() {
            text.push_str(" entered");
        }
        text.push('>');
        text
    }
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    allocate(vm, args, Rc::new(GroupData::default()))
}

fn init(_vm: &mut Vm, _this: &Value) -> R {
    Ok(Value::NONE)
}

fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<GroupData>> {
    receiver(vm, value, "TaskGroup", method)
}

fn repr(vm: &mut Vm, group: &Value) -> R {
    let text = this(vm, group, "__repr__")?.describe();
    Ok(vm.str(text))
}

fn create_task(vm: &mut Vm, args: Args<'_>) -> R {
    let object = args.pos.first().cloned().unwrap_or_default();
    let group = this(vm, &object, "create_task")?;
    let (coroutine, options) = method_task_arguments(vm, "TaskGroup.create_task", args)?;
    let refusal = if !group.entered.get() {
        Some("has not been entered")
    } else if group.exiting.get() && group.is_idle() {
        Some("is finished")
    } else if group.aborting.get() {
        Some("is shutting down")
    } else {
        None
    };
    if let Some(why) = refusal {
        let shown = group.describe();
        let raised = vm.runtime_error(format!("TaskGroup {shown} {why}"));
        close_refused(vm, &coroutine);
        return Err(raised);
    }
    let event_loop = match group.event_loop.with(|event_loop| event_loop.clone()) {
        Some(event_loop) => event_loop,
        None => events::running_loop(vm)?,
    };
    let task = eager::create_named_task(vm, &event_loop, &coroutine, options)?;
    if task.is_done() {
        group.task_done(vm, &event_loop, &task)?;
    } else {
        group.tasks.with_mut(|tasks| tasks.add(&task));
        futures::add_done_callback(&task, DoneCallback::Group(group));
    }
    Ok(task.into())
}

fn enter(vm: &mut Vm, object: &Value) -> R {
    let group = this(vm, object, "__aenter__")?;
    if group.entered.get() {
        let shown = group.describe();
        return Err(vm.runtime_error(format!("TaskGroup {shown} has already been entered")));
    }
    let event_loop = events::running_loop(vm)?;
    let Some(parent) = vm.asyncio.current_task.clone() else {
        let shown = group.describe();
        return Err(vm.runtime_error(format!(
            "TaskGroup {shown} cannot determine the parent task"
        )));
    };
    group.event_loop.set(Some(event_loop));
    group.parent.set(Some(parent));
    group.entered.set(true);
    Ok(object.clone())
}

fn enter_at_once(vm: &mut Vm, object: &Value, _args: &[Value]) -> R<Begun> {
    enter(vm, object).map(Begun::Done)
}

fn aenter(vm: &mut Vm, object: &Value) -> R {
    this(vm, object, "__aenter__")?;
    let object = object.clone();
    Ok(immediate(vm, "TaskGroup.__aenter__", move |vm| {
        enter(vm, &object)
    }))
}

/// `__aexit__`
struct Exit {
    group: Rc<GroupData>,
    object: Value,
    /// The exception of the body, or `None`.
    exception: Value,
    /// The cancellation to go on with, or unset.
    propagate: Value,
    started: bool,
}

fn aexit(vm: &mut Vm, args: &[Value]) -> R {
    let group = this(vm, args.at(0), "__aexit__")?;
    let body = Exit::new(args.at(0), group, args.at(2));
    Ok(coroutine::new_native(vm, Box::new(body)))
}

fn exit_at_once(vm: &mut Vm, object: &Value, args: &[Value]) -> R<Begun> {
    let group = this(vm, object, "__aexit__")?;
    let body = Exit::new(object, group, args.at(1));
    Begun::run(vm, body)
}

impl Exit {
    fn new(object: &Value, group: Rc<GroupData>, exception: &Value) -> Exit {
        Exit {
            group,
            object: object.clone(),
            exception: exception.clone(),
            propagate: Value::UNSET,
            started: false,
        }
    }

    fn is_cancellation(&self, vm: &Vm) -> bool {
        !self.exception.is_none()
            && vm
                .class_of(&self.exception)
                .is_subclass_of(&vm.types.cancelled_error)
    }

    fn begin(&mut self, vm: &mut Vm) -> R<Step> {
        let group = self.group.clone();
        self.started = true;
        group.exiting.set(true);
        if !self.exception.is_none() {
            if base_events::is_exit(vm, &self.exception) && group.base_error.with(Value::is_unset) {
                group.base_error.set(self.exception.clone());
            }
            if self.is_cancellation(vm) {
                self.propagate = self.exception.clone();
            }
            if !group.aborting.get() {
                group.abort(vm);
            }
        }
        self.wait_or_end(vm)
    }

    fn wait_or_end(&mut self, vm: &mut Vm) -> R<Step> {
        if self.group.is_idle() {
            return self.end(vm);
        }
        let event_loop = self.group.event_loop.with(|event_loop| event_loop.clone());
        let event_loop = match event_loop {
            Some(event_loop) => event_loop,
            None => events::running_loop(vm)?,
        };
        let future = futures::new_future(&event_loop);
        self.group.on_completed.set(Some(future.clone()));
        Ok(Step::Await(future.into()))
    }

    /// The wait was interrupted.
    fn interrupted(&mut self, vm: &mut Vm) -> R<()> {
        let cancelled = vm.types.cancelled_error.clone();
        if !vm.pending_is(&cancelled) {
            return Err(Raised);
        }
        let exception = vm.take_pending();
        if !self.group.aborting.get() {
            self.propagate = exception;
            self.group.abort(vm);
        }
        Ok(())
    }

    fn end(&mut self, vm: &mut Vm) -> R<Step> {
        let group = self.group.clone();
        let base_error = group.base_error.get();
        if !base_error.is_unset() {
            return Err(vm.raise(base_error));
        }
        let parent = group.parent.get();
        if group.parent_cancel_requested.get()
            && let Some(parent) = &parent
            && uncancel_task(parent) == 0
        {
            self.propagate = Value::UNSET;
        }
        if !self.propagate.is_unset() && group.errors.with(Vec::is_empty) {
            let exception = self.propagate.take();
            return Err(vm.raise(exception));
        }
        if !self.exception.is_none() && !self.is_cancellation(vm) {
            let exception = self.exception.clone();
            group.errors.with_mut(|errors| errors.push(exception));
        }
        if group.errors.with(Vec::is_empty) {
            return Ok(Step::Return(Value::NONE));
        }
        if let Some(parent) = &parent
            && parent.cancel_requests.get() > 0
        {
            uncancel_task(parent);
            futures::cancel(vm, parent, &Value::UNSET, Request::Outside);
        }
        let errors = group.errors.replace(Vec::new());
        Err(raise_group(vm, errors))
    }
}

/// `raise BaseExceptionGroup('unhandled errors in a TaskGroup', errors) from None`
fn raise_group(vm: &mut Vm, errors: Vec<Value>) -> Raised {
    let class = vm.types.base_exception_group.to_value();
    let message = vm.str("unhandled errors in a TaskGroup");
    let errors = Value::new(ListObj::new(errors));
    match vm.call(&class, &[message, errors]) {
        Ok(group) => {
            with_exc_data(&group, |data| data.suppress = true);
            vm.raise(group)
        }
        Err(raised) => raised,
    }
}

impl NativeCoroutine for Exit {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        if !self.started {
            return match input {
                Resume::Value(_) => self.begin(vm),
                Resume::Throw => Err(Raised),
            };
        }
        self.group.on_completed.set(None);
        if matches!(input, Resume::Throw) {
            self.interrupted(vm)?;
        }
        self.wait_or_end(vm)
    }
    fn waits_for(&self) -> Option<NativeWait> {
        Some(NativeWait::All(self.group.tasks.with(FutureSet::in_order)))
    }
    fn name(&self) -> &'static str {
        "TaskGroup.__aexit__"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.object);
        visitor(&self.exception);
        visitor(&self.propagate);
    }
}
