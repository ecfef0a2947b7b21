//! Task factories, loops that make tasks their own way, and tasks whose first step runs inside the
//! call that makes them.

use super::base_events::LoopData;
use super::contextvars;
use super::events::loop_of_object;
use super::tasks::{self, StepInput, TaskOptions};
use super::trace;
use crate::error::R;
use crate::heap::Ref;
use crate::modules::native_function;
use crate::native::{Args, NativeFn, Signature};
use crate::objects::{FutureObj, MethodObj, NativeObj};
use crate::value::Value;
use crate::vm::Vm;
use std::rc::Rc;

/// Runs the first step of a task now. One that ends in it never goes through the loop.
///
/// # Errors
/// `SystemExit` and `KeyboardInterrupt` out of the coroutine.
pub(super) fn start(vm: &mut Vm, task: &Ref<FutureObj>) -> R<()> {
    let before_task = vm.asyncio.current_task.replace(task.clone());
    let before = contextvars::enter(vm, &task.context);
    tasks::register(task);
    if vm.asyncio.traced {
        trace::resumed(task);
    }
    let outcome = tasks::resume(vm, task, StepInput::Send);
    let result = tasks::settle(vm, task, outcome);
    if vm.asyncio.traced {
        trace::settled(vm, task);
    }
    contextvars::leave(vm, &task.context, before);
    vm.asyncio.current_task = before_task;
    if task.is_done() {
        task.set_coroutine(Value::UNSET);
    }
    result
}

/// Whether the factory of a loop is our own eager one.
fn is_eager_factory(factory: &Value) -> bool {
    let Some(native) = factory.as_native() else {
        return false;
    };
    native.name == FACTORY_NAME
}

const FACTORY_NAME: &str = "factory";

/// Has the task factory of the loop make a task.
///
/// # Errors
/// What the factory raises.
#[cold]
pub(super) fn task_by_factory(
    vm: &mut Vm,
    event_loop: &Rc<LoopData>,
    coroutine: &Value,
    options: TaskOptions,
) -> R<Ref<FutureObj>> {
    let factory = event_loop.task_factory.get();
    let name = if options.name.is_unset() {
        Value::NONE
    } else {
        options.name.clone()
    };
    let task = if is_eager_factory(&factory) {
        let options = TaskOptions {
            name: Value::UNSET,
            context: options.context,
            eager: true,
        };
        tasks::new_task(vm, event_loop, coroutine, options)?
    } else {
        let pos = [event_loop.to_value(), coroutine.clone()];
        let kw: Vec<_> = match options.context {
            Some(context) => {
                let key = vm.intern("context");
                vec![(key, contextvars::to_object(vm, context))]
            }
            None => Vec::new(),
        };
        let made = vm.call_args(&factory, Args { pos: &pos, kw: &kw })?;
        made_task(vm, &made, "task factory")?
    };
    // CPython names it again, whatever the name is.
    tasks::set_name(vm, &task, &name)?;
    Ok(task)
}

/// `loop.create_task(coroutine, name=name)`, where the name is given even if it is `None`.
///
/// # Errors
/// As `tasks::create_task`.
pub fn create_named_task(
    vm: &mut Vm,
    event_loop: &Rc<LoopData>,
    coroutine: &Value,
    mut options: TaskOptions,
) -> R<Ref<FutureObj>> {
    if options.name.is_unset() {
        options.name = Value::NONE;
    }
    tasks::create_task(vm, event_loop, coroutine, options)
}

/// Has the method `create_task` of a loop of the script make a task.
///
/// # Errors
/// What the method raises.
#[cold]
pub(super) fn task_by_loop(
    vm: &mut Vm,
    event_loop: &Rc<LoopData>,
    coroutine: &Value,
    options: TaskOptions,
) -> R<Ref<FutureObj>> {
    let mut kw = Vec::new();
    if !options.name.is_unset() {
        kw.push((vm.intern("name"), options.name));
    }
    if let Some(context) = options.context {
        kw.push((vm.intern("context"), contextvars::to_object(vm, context)));
    }
    let name = vm.intern("create_task");
    let method = vm.get_attr(&event_loop.to_value(), &name)?;
    let pos = [coroutine.clone()];
    let made = vm.call_args(&method, Args { pos: &pos, kw: &kw })?;
    made_task(vm, &made, "create_task of the loop")
}

/// What the script made as a task.
fn made_task(vm: &mut Vm, made: &Value, by: &str) -> R<Ref<FutureObj>> {
    match made.to_future() {
        Some(task) => Ok(task),
        None => {
            let given = vm.type_name(made);
            Err(vm.type_error(format!("{by} must give a Task, not '{given}'")))
        }
    }
}

/// `asyncio.eager_task_factory`
pub fn eager_task_factory() -> Value {
    Value::new(NativeObj {
        name: FACTORY_NAME,
        owner: None,
        function: NativeFn::Any(factory),
        at_once: None,
        doc: "A task factory whose tasks begin at once.",
        is_method: false,
    })
}

const SIGNATURE: Signature = Signature {
    name: "create_eager_task_factory.<locals>.factory",
    params: &["loop", "coro", "name", "context"],
    positional: 2,
    required: 2,
};

fn factory(vm: &mut Vm, args: Args<'_>) -> R {
    let [event_loop, coroutine, name, context] = vm.bind_python::<4>(args, &SIGNATURE)?;
    let event_loop = loop_of_object(vm, &event_loop)?;
    let context = if context.is_unset() || context.is_none() {
        None
    } else {
        Some(contextvars::of_object(vm, &context)?)
    };
    let options = TaskOptions {
        name,
        context,
        eager: true,
    };
    Ok(tasks::new_task(vm, &event_loop, &coroutine, options)?.into())
}

/// `asyncio.create_eager_task_factory(constructor)`: what the factory makes, it makes by
/// `constructor(coro, loop=loop, name=name, context=context, eager_start=True)`.
///
/// # Errors
/// None yet.
pub fn create_eager_task_factory(vm: &mut Vm, constructor: &Value) -> R {
    if constructor.is(&vm.types.task.to_value()) {
        return Ok(eager_task_factory());
    }
    Ok(Value::new(MethodObj {
        func: native_function(
            FACTORY_NAME,
            NativeFn::Any(factory_of),
            "A task factory whose tasks begin at once.",
        ),
        receiver: constructor.clone(),
    }))
}

fn factory_of(vm: &mut Vm, args: Args<'_>) -> R {
    let Some((constructor, pos)) = args.pos.split_first() else {
        return Ok(Value::NONE);
    };
    let given = Args { pos, kw: args.kw };
    let [event_loop, coroutine, name, context] = vm.bind_python::<4>(given, &SIGNATURE)?;
    let mut kw = vec![(vm.intern("loop"), event_loop)];
    for (key, value) in [("name", name), ("context", context)] {
        let value = if value.is_unset() { Value::NONE } else { value };
        kw.push((vm.intern(key), value));
    }
    kw.push((vm.intern("eager_start"), Value::TRUE));
    let pos = [coroutine];
    vm.call_args(constructor, Args { pos: &pos, kw: &kw })
}
