//! The end of a loop: closing the async generators that are left, and the executor; what becomes of
//! tasks that are pending then.

use super::base_events::{self, LoopData};
use super::tasks::TaskList;
use super::{gather, logger};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::objects::{FutureFlags, FutureObj, NativeCoroutine, Resume, Step};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use std::rc::{Rc, Weak};

/// `shutdown_asyncgens()`
struct CloseGenerators {
    event_loop: Rc<LoopData>,
    /// What is being closed, once it has begun.
    closing: Option<Vec<Value>>,
}

/// The coroutine of `loop.shutdown_asyncgens()`.
pub fn shutdown_asyncgens(vm: &mut Vm, event_loop: &Rc<LoopData>) -> Value {
    let body = CloseGenerators {
        event_loop: event_loop.clone(),
        closing: None,
    };
    coroutine::new_native(vm, Box::new(body))
}

impl CloseGenerators {
    fn begin(&mut self, vm: &mut Vm) -> R<Step> {
        self.event_loop.generators_closed.set(true);
        let weak = self.event_loop.generators.replace(Vec::new());
        let left: Vec<Value> = weak
            .iter()
            .filter_map(|generator| generator.upgrade().as_ref().map(Ref::to_value))
            .collect();
        if left.is_empty() {
            return Ok(Step::Return(Value::NONE));
        }
        let name = vm.intern("aclose");
        let mut closing = Vec::with_capacity(left.len());
        for generator in &left {
            closing.push(vm.call_method(generator, &name, &[])?);
        }
        let all = gather::gather_all(vm, &closing, true)?;
        self.closing = Some(left);
        Ok(Step::Await(all.into()))
    }

    fn report(&self, vm: &mut Vm, generators: &[Value], results: &[Value]) -> R<()> {
        for (generator, result) in generators.iter().zip(results) {
            let class = vm.class_of(result);
            if !class.is_subclass_of(&vm.types.exception) {
                continue;
            }
            let shown = vm.repr(generator)?;
            let message =
                format!("an error occurred during closing of asynchronous generator {shown}");
            let details = [
                ("exception", result.clone()),
                ("asyncgen", generator.clone()),
            ];
            base_events::report_problem(vm, &self.event_loop, &message, &details)?;
        }
        Ok(())
    }
}

impl NativeCoroutine for CloseGenerators {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        match (self.closing.take(), input) {
            (_, Resume::Throw) => Err(Raised),
            (None, Resume::Value(_)) => self.begin(vm),
            (Some(generators), Resume::Value(results)) => {
                let results = results
                    .as_list()
                    .map(|list| list.to_vec())
                    .unwrap_or_default();
                self.report(vm, &generators, &results)?;
                Ok(Step::Return(Value::NONE))
            }
        }
    }
    fn name(&self) -> &'static str {
        "BaseEventLoop.shutdown_asyncgens"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        if let Some(closing) = &self.closing {
            closing.iter().for_each(visitor);
        }
    }
}

/// So many tasks of loops that were closed are kept. (CPython's collector finds them some time.)
const MOST_LEFT: usize = 1000;

impl LoopData {
    /// The loop is closed: tasks that wait for something are cycles, which last until they are
    /// collected.
    pub(super) fn leave_tasks(&self, vm: &mut Vm) {
        let waiting = |task: &&Ref<FutureObj>| {
            task.has(FutureFlags::IN_TIMERS) || task.result.with(|on| on.tag() == Tag::Future)
        };
        let left: Vec<_> = self
            .tasks
            .with(|tasks| tasks.iter().filter(waiting).cloned().collect());
        if vm.asyncio.left.len() + left.len() > MOST_LEFT {
            vm.asyncio.left.clear();
        }
        vm.asyncio.left.extend(left);
    }
}

/// A collection: tasks of closed loops go, if nobody has them.
pub fn let_go_of_tasks(vm: &mut Vm) {
    for task in std::mem::take(&mut vm.asyncio.left) {
        drop(task);
        vm.run_finalizers();
    }
}

/// At the end of the program: the tasks that the loop that was set leads to, and those that others
/// do. Those that only wait for a future are nobody's from now on, unless somebody else leads to
/// them.
pub fn pending_tasks(vm: &mut Vm) -> (Vec<Value>, Vec<Value>) {
    let loops: Vec<_> = vm.asyncio.loops.iter().filter_map(Weak::upgrade).collect();
    let set = vm.asyncio.set_loop.as_ref();
    let (mut on_set, mut on_others) = (Vec::new(), Vec::new());
    for event_loop in loops {
        let is_set = set.is_some_and(|set| Rc::ptr_eq(set, &event_loop));
        let found = if is_set { &mut on_set } else { &mut on_others };
        let tasks = event_loop.tasks.replace(TaskList::default());
        let held = |task: &&Ref<FutureObj>| task.result.with(|on| on.tag() != Tag::Future);
        found.extend(tasks.iter().filter(held).map(Ref::to_value));
        tasks.disown();
    }
    (on_set, on_others)
}

/// Whether the program imported `asyncio`.
pub fn is_imported(vm: &Vm) -> bool {
    vm.asyncio.module.is_some()
}

/// Whether what a loop says of a task reaches the program, or somebody who knows CPython's words.
pub fn is_heard(vm: &mut Vm, task: &Value) -> bool {
    let hears = |task: &FutureObj| task.event_loop.hears_of_problems();
    task.as_future().is_some_and(hears) || logger::is_configured(vm) || vm.speaks_python()
}
