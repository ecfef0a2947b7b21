//! `Barrier`: tasks that wait for each other at a point. Built on a condition, so that the turns
//! it takes are those of CPython's; the last to arrive goes on first.

use super::{condition, shown_with};
use crate::asyncio::classes::{allocate, receiver};
use crate::asyncio::coroutines::immediate;
use crate::asyncio::reasons::{NativeWait, Waited};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::GcCell;
use crate::native::{Args, Arguments, Method, NativeFn, Signature};
use crate::objects::{NativeCoroutine, NativeData, Resume, Step};
use crate::value::Value;
use crate::vm::Vm;
use std::cell::Cell;
use std::rc::Rc;

/// The methods of `Barrier`.
pub const METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(new), "Make a barrier."),
    Method::new(
        "__init__",
        NativeFn::Any(init),
        "Set the number of parties.",
    ),
    Method::new("wait", NativeFn::F1(wait), "Wait for the other parties."),
    Method::new(
        "reset",
        NativeFn::F1(reset),
        "Back to the start; who waits gets an error.",
    ),
    Method::new("abort", NativeFn::F1(abort), "Break the barrier."),
    Method::get("parties", parties, "The number of parties."),
    Method::get("n_waiting", n_waiting, "How many wait."),
    Method::get("broken", broken, "Whether it is broken."),
    Method::new(
        "__aenter__",
        NativeFn::F1(wait),
        "Wait for the other parties.",
    ),
    Method::new("__aexit__", NativeFn::Range(4, 4, aexit), "Nothing to do."),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
];

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum State {
    #[default]
    Filling,
    Draining,
    Resetting,
    Broken,
}

impl State {
    fn text(self) -> &'static str {
        match self {
            State::Filling => "filling",
            State::Draining => "draining",
            State::Resetting => "resetting",
            State::Broken => "broken",
        }
    }
}

/// A barrier.
#[derive(Default)]
pub struct BarrierData {
    condition: GcCell<Value>,
    parties: Cell<i64>,
    state: Cell<State>,
    /// How many are inside.
    count: Cell<i64>,
}

impl NativeData for BarrierData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.condition.with(visitor);
    }
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    allocate(vm, args, Rc::new(BarrierData::default()))
}

fn init(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "Barrier.__init__",
        params: &["/self", "parties"],
        positional: 2,
        required: 2,
    };
    let [object, parties] = vm.bind_python::<2>(args, &SIGNATURE)?;
    let barrier = this(vm, &object, "__init__")?;
    let parties = vm.index_i64(&parties)?;
    if parties < 1 {
        return Err(vm.value_error("parties must be > 0"));
    }
    barrier.parties.set(parties);
    let condition = condition::make(vm)?;
    barrier.condition.set(condition);
    Ok(Value::NONE)
}

fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<BarrierData>> {
    receiver(vm, value, "Barrier", method)
}

/// How far a `wait()` is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Created,
    /// Takes the lock of the condition.
    Entering,
    /// Waits until a barrier that drains or resets has done so.
    Blocked,
    /// Waits for the others; its place.
    Inside(i64),
}

struct Wait {
    object: Value,
    barrier: Rc<BarrierData>,
    condition: Value,
    stage: Stage,
}

fn wait(vm: &mut Vm, object: &Value) -> R {
    let barrier = this(vm, object, "wait")?;
    let body = Wait {
        object: object.clone(),
        condition: barrier.condition.get(),
        barrier,
        stage: Stage::Created,
    };
    Ok(coroutine::new_native(vm, Box::new(body)))
}

fn broken_barrier(vm: &mut Vm, message: &str) -> Raised {
    let class = vm.types.broken_barrier_error.clone();
    let message = vm.str(message);
    vm.raise_with(&class, vec![message])
}

impl Wait {
    /// With the lock: waits until the barrier takes tasks in, then joins.
    fn blocked(&mut self, vm: &mut Vm) -> R<Step> {
        match self.barrier.state.get() {
            State::Draining | State::Resetting => {
                self.stage = Stage::Blocked;
                condition::wait(vm, &self.condition).map(Step::Await)
            }
            State::Broken => {
                let raised = broken_barrier(vm, "Barrier aborted");
                Err(self.release(vm, raised))
            }
            State::Filling => {
                let place = self.barrier.count.get();
                self.barrier.count.set(place + 1);
                self.stage = Stage::Inside(place);
                if place + 1 == self.barrier.parties.get() {
                    self.barrier.state.set(State::Draining);
                    condition::notify_all(vm, &self.condition)?;
                    return self.finish(vm, place);
                }
                self.inside(vm, place)
            }
        }
    }

    fn inside(&mut self, vm: &mut Vm, place: i64) -> R<Step> {
        match self.barrier.state.get() {
            State::Filling => condition::wait(vm, &self.condition).map(Step::Await),
            State::Draining => self.finish(vm, place),
            State::Broken | State::Resetting => {
                let raised = broken_barrier(vm, "Abort or reset of barrier");
                Err(self.fail(vm, raised))
            }
        }
    }

    /// Leaves the barrier; the last one opens it again.
    fn leave(&self, vm: &mut Vm) -> R<()> {
        let barrier = &self.barrier;
        barrier.count.set(barrier.count.get() - 1);
        if barrier.count.get() == 0 {
            if matches!(barrier.state.get(), State::Resetting | State::Draining) {
                barrier.state.set(State::Filling);
            }
            condition::notify_all(vm, &self.condition)?;
        }
        Ok(())
    }

    fn finish(&mut self, vm: &mut Vm, place: i64) -> R<Step> {
        self.leave(vm)?;
        condition::release(vm, &self.condition)?;
        Ok(Step::Return(Value::int(place)))
    }

    fn fail(&mut self, vm: &mut Vm, raised: Raised) -> Raised {
        let pending = vm.pending.take();
        if let Err(raised) = self.leave(vm) {
            return raised;
        }
        vm.pending = pending;
        self.release(vm, raised)
    }

    fn release(&self, vm: &mut Vm, raised: Raised) -> Raised {
        let pending = vm.pending.take();
        if let Err(raised) = condition::release(vm, &self.condition) {
            return raised;
        }
        vm.pending = pending;
        raised
    }
}

impl NativeCoroutine for Wait {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        let thrown = matches!(input, Resume::Throw);
        match self.stage {
            Stage::Created | Stage::Entering if thrown => Err(Raised),
            Stage::Created => {
                self.stage = Stage::Entering;
                condition::acquire(vm, &self.condition).map(Step::Await)
            }
            Stage::Blocked if thrown => Err(self.release(vm, Raised)),
            Stage::Entering | Stage::Blocked => self.blocked(vm),
            Stage::Inside(_) if thrown => Err(self.fail(vm, Raised)),
            Stage::Inside(place) => self.inside(vm, place),
        }
    }
    fn waits_for(&self) -> Option<NativeWait> {
        match self.stage {
            Stage::Blocked | Stage::Inside(_) => {
                Some(NativeWait::Object(Waited::Barrier, self.object.clone()))
            }
            Stage::Created | Stage::Entering => None,
        }
    }
    fn name(&self) -> &'static str {
        "Barrier.wait"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.object);
        visitor(&self.condition);
    }
}

/// `reset()` and `abort()`: with the lock, a new state, and all are told.
struct Change {
    barrier: Rc<BarrierData>,
    condition: Value,
    to: State,
    started: bool,
}

impl NativeCoroutine for Change {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        if matches!(input, Resume::Throw) {
            return Err(Raised);
        }
        if !self.started {
            self.started = true;
            return condition::acquire(vm, &self.condition).map(Step::Await);
        }
        let state = match self.to {
            State::Resetting if self.barrier.count.get() == 0 => State::Filling,
            other @ (State::Resetting | State::Broken | State::Filling | State::Draining) => other,
        };
        self.barrier.state.set(state);
        condition::notify_all(vm, &self.condition)?;
        condition::release(vm, &self.condition)?;
        Ok(Step::Return(Value::NONE))
    }
    fn name(&self) -> &'static str {
        match self.to {
            State::Broken => "Barrier.abort",
            State::Filling | State::Draining | State::Resetting => "Barrier.reset",
        }
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.condition);
    }
}

fn change(vm: &mut Vm, object: &Value, to: State) -> R {
    let barrier = this(vm, object, "reset")?;
    let body = Change {
        condition: barrier.condition.get(),
        barrier,
        to,
        started: false,
    };
    Ok(coroutine::new_native(vm, Box::new(body)))
}

fn reset(vm: &mut Vm, object: &Value) -> R {
    change(vm, object, State::Resetting)
}

fn abort(vm: &mut Vm, object: &Value) -> R {
    change(vm, object, State::Broken)
}

fn parties(vm: &mut Vm, object: &Value) -> R {
    Ok(Value::int(this(vm, object, "parties")?.parties.get()))
}

fn waiting(barrier: &BarrierData) -> i64 {
    match barrier.state.get() {
        State::Filling => barrier.count.get(),
        State::Draining | State::Resetting | State::Broken => 0,
    }
}

fn n_waiting(vm: &mut Vm, object: &Value) -> R {
    let barrier = this(vm, object, "n_waiting")?;
    Ok(Value::int(waiting(&barrier)))
}

fn broken(vm: &mut Vm, object: &Value) -> R {
    let state = this(vm, object, "broken")?.state.get();
    Ok(Value::bool(state == State::Broken))
}

fn aexit(vm: &mut Vm, args: &[Value]) -> R {
    this(vm, args.at(0), "__aexit__")?;
    Ok(immediate(vm, "Barrier.__aexit__", |_| Ok(Value::NONE)))
}

fn repr(vm: &mut Vm, object: &Value) -> R {
    let barrier = this(vm, object, "__repr__")?;
    let state = barrier.state.get();
    let extra = if state == State::Broken {
        state.text().to_owned()
    } else {
        let (waiting, parties) = (waiting(&barrier), barrier.parties.get());
        format!("{}, waiters:{waiting}/{parties}", state.text())
    };
    shown_with(vm, object, &extra)
}
