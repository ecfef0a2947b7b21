//! `await sleep(delay)`, the most usual suspension there is: no coroutine object when the task
//! itself drives the chain, and no look at what the name means beyond checking that it is still
//! the function of the library.

use crate::asyncio::{is_sleep, sleep_in_place};
use crate::error::R;
use crate::eval::access::Attr;
use crate::eval::names::Global;
use crate::eval::{Frame, Node, NodeBox};
use crate::heap::GcCell;
use crate::value::Value;
use crate::vm::Vm;

/// How the function is named.
pub enum SleepName {
    /// `sleep`
    Bare(Global),
    /// `asyncio.sleep`
    InModule(Attr<Global>),
}

impl SleepName {
    /// Whether it means this function; false also when that is not known.
    #[inline(always)]
    fn means(&self, vm: &Vm, frame: &Frame<'_>, function: &Value) -> bool {
        let known = match self {
            SleepName::Bare(global) => global.peek(vm, frame, |value| value.is(function)),
            SleepName::InModule(attr) => attr.look(frame, |value| value.is(function)),
        };
        known.unwrap_or(false)
    }

    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        match self {
            SleepName::Bare(global) => global.eval(vm, frame),
            SleepName::InModule(attr) => attr.eval(vm, frame),
        }
    }
}

/// A call that looks like `sleep(delay)`. What it really calls is checked when it runs.
pub struct SleepCall {
    /// How the function is named.
    pub name: SleepName,
    /// The only argument.
    pub delay: NodeBox,
    /// Whether that is a constant that means no delay.
    pub is_zero: bool,
    /// What the name meant the last time, if that was the function of the library.
    pub known: GcCell<Value>,
}

impl SleepCall {
    /// Begins to sleep: `None` when the chain is to suspend with a bare yield, else what the
    /// call gave, to be awaited.
    ///
    /// # Errors
    /// What the name, the delay or the call raises.
    #[inline(always)]
    pub(super) fn begin(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<Option<Value>> {
        let known = |function: &Value| self.name.means(vm, frame, function);
        if self.is_zero && self.known.with(known) {
            return Ok(None);
        }
        self.begin_for(vm, frame)
    }

    #[inline(never)]
    fn begin_for(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<Option<Value>> {
        let func = self.name.eval(vm, frame)?;
        let delay = self.delay.eval(vm, frame)?;
        if is_sleep(&func) {
            self.known.set(func.clone());
            if sleep_in_place(vm, &delay)? {
                return Ok(None);
            }
        }
        vm.call(&func, &[delay]).map(Some)
    }
}
