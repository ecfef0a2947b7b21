//! Children on the loop: told by a descriptor when one ends, so that each is reaped whether or
//! not anybody waits for it. What a script sees of them is written in our own language, in the
//! text `asyncio.subprocess`.
//!
//! A loop that is closed ends the children that it started and that still run.

use super::LoopData;
use super::events::{HandleData, loop_of_object};
use super::readiness::Target;
use super::reasons::NativeWait;
use crate::coroutine;
use crate::error::{R, Raised};
use crate::modules::import;
use crate::modules::processes::{ChildData, child_of};
use crate::native::Args;
use crate::objects::{NativeCoroutine, Resume, Step};
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::{Direction, Origin};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::rc::Rc;

/// The name of the text.
pub const TEXT: &str = "asyncio.subprocess";

/// The table of names of `asyncio` that the text defines.
pub const NAMES: &[&str] = &["create_subprocess_exec", "create_subprocess_shell"];

/// A name that the text defines.
///
/// # Errors
/// What running the text raises.
pub fn attribute(vm: &mut Vm, name: &str) -> R {
    let text = import(vm, TEXT)?;
    let name = vm.intern(name);
    vm.get_attr(&text, &name)
}

/// `loop.subprocess_exec(protocol_factory, *args, ...)`
///
/// # Errors
/// What the text raises.
pub fn subprocess_exec(vm: &mut Vm, args: Args<'_>) -> R {
    let function = attribute(vm, "_subprocess_exec")?;
    vm.call_args(&function, args)
}

/// `loop.subprocess_shell(protocol_factory, command, ...)`
///
/// # Errors
/// What the text raises.
pub fn subprocess_shell(vm: &mut Vm, args: Args<'_>) -> R {
    let function = attribute(vm, "_subprocess_shell")?;
    vm.call_args(&function, args)
}

/// A child that is watched.
pub struct ChildWatch {
    fd: OwnedFd,
    child: Rc<ChildData>,
    callback: Value,
}

impl ChildWatch {
    /// The child has ended: it is reaped and the function told.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt`.
    pub fn ready(&self, vm: &mut Vm, event_loop: &Rc<LoopData>) -> R<()> {
        let Some(code) = self.child.reap() else {
            return Ok(());
        };
        event_loop.unwatch(self.fd.as_raw_fd(), Direction::Read);
        event_loop
            .children
            .with_mut(|children| children.retain(|child| !Rc::ptr_eq(child, &self.child)));
        let args = Box::from([Value::int(code)]);
        let handle = HandleData::new(event_loop, self.callback.clone(), args, None, None);
        handle.run(vm, event_loop)
    }
}

/// `watch(loop, child, callback)`: calls it with the return code when the child has ended.
///
/// # Errors
/// `OSError`
pub fn watch_child(vm: &mut Vm, event_loop: &Value, child: &Value, callback: &Value) -> R {
    let event_loop = loop_of_object(vm, event_loop)?;
    let child = child_of(vm, child)?;
    let opened = Pid::from_raw(child.pid.cast_signed())
        .ok_or(rustix::io::Errno::SRCH)
        .and_then(|pid| pidfd_open(pid, PidfdFlags::empty()));
    let fd = match opened {
        Ok(fd) => fd,
        Err(error) => return Err(vm.raise_io_error(&error.into(), None)),
    };
    let number = fd.as_raw_fd();
    let watch = Rc::new(ChildWatch {
        fd,
        child: child.clone(),
        callback: callback.clone(),
    });
    let target = Target::Child(watch);
    event_loop.watch(vm, number, Direction::Read, target, Origin::World)?;
    event_loop
        .children
        .with_mut(|children| children.push(child));
    Ok(Value::NONE)
}

/// Ends the children of a loop that is closed.
pub fn end_children(event_loop: &LoopData) {
    for child in event_loop.children.replace(Vec::new()) {
        child.kill();
    }
}

/// A coroutine that awaits a future, and says that it is a child's end.
struct WaitingForChild {
    child: Rc<ChildData>,
    future: Value,
}

/// `waiting_for_child(child, future)`
///
/// # Errors
/// `TypeError` for what is no child.
pub fn waiting_for_child(vm: &mut Vm, child: &Value, future: &Value) -> R {
    let body = WaitingForChild {
        child: child_of(vm, child)?,
        future: future.clone(),
    };
    Ok(coroutine::new_native(vm, Box::new(body)))
}

impl NativeCoroutine for WaitingForChild {
    fn resume(&mut self, _vm: &mut Vm, input: Resume) -> R<Step> {
        match input {
            Resume::Throw => Err(Raised),
            Resume::Value(value) => Ok(if self.future.is_unset() {
                Step::Return(value)
            } else {
                Step::Await(self.future.take())
            }),
        }
    }
    fn name(&self) -> &'static str {
        "_wait"
    }
    fn waits_for(&self) -> Option<NativeWait> {
        Some(NativeWait::Process(self.child.pid))
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.future);
    }
}
