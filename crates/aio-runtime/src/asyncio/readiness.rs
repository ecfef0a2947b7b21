//! What becomes due when a descriptor is ready, or when another thread wakes the loop.
//!
//! A [`Watch`] is one registration: [`LoopData::io`] gives the poller, a watch goes in, and each
//! time its descriptor is ready `Callback::Ready` brings it back to [`Watch::run`]. The kinds of
//! targets are a closed list, as the callbacks are. Registering again or removing marks the old
//! watch as cancelled, so that one that is already in the ready queue does nothing.
//!
//! Whoever registers says where the wake-ups come from (see `Origin`): that decides whether an
//! idle loop is a deadlock and how virtual time passes.

use super::base_events::LoopData;
use super::callback::Callback;
use super::events::HandleData;
use crate::error::{R, Raised};
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::{Direction, IoPoller, Origin};
use std::cell::Cell;
use std::io;
use std::os::fd::RawFd;
use std::rc::Rc;

/// The poller of a loop.
pub type Poller = IoPoller<Rc<Watch>>;

/// One registration.
pub struct Watch {
    cancelled: Cell<bool>,
    target: Target,
}

/// Who is told.
pub enum Target {
    /// A function of the script: `add_reader`, `add_writer`.
    Script(Rc<HandleData>),
}

impl From<Rc<Watch>> for Callback {
    #[inline]
    fn from(watch: Rc<Watch>) -> Callback {
        Callback::Ready(watch)
    }
}

impl Watch {
    /// A registration for this target.
    pub fn new(target: Target) -> Rc<Watch> {
        Rc::new(Watch {
            cancelled: Cell::new(false),
            target,
        })
    }

    /// Whether it was removed or replaced.
    #[inline]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.get()
    }

    /// Tells the target.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt`.
    pub fn run(&self, vm: &mut Vm, event_loop: &Rc<LoopData>) -> R<()> {
        match &self.target {
            Target::Script(handle) => handle.run(vm, event_loop),
        }
    }

    /// Marks it, and the handle that the script may hold, as cancelled.
    fn cancel(&self, vm: &mut Vm) -> R<()> {
        self.cancelled.set(true);
        match &self.target {
            Target::Script(handle) => handle.cancel(vm),
        }
    }
}

impl LoopData {
    /// The poller, made and plugged in at its first use.
    ///
    /// # Errors
    /// What the system says.
    pub fn io(&self) -> io::Result<Poller> {
        if let Some(poller) = self.poller.get() {
            return Ok(poller);
        }
        let poller = Poller::new()?;
        self.core
            .with_mut(|core| core.set_poller(Box::new(poller.clone())));
        self.poller.set(Some(poller.clone()));
        Ok(poller)
    }

    /// Registers a watch; one that was there before is cancelled.
    ///
    /// # Errors
    /// `OSError`
    pub fn watch(
        &self,
        vm: &mut Vm,
        fd: RawFd,
        direction: Direction,
        target: Target,
        origin: Origin,
    ) -> R<Rc<Watch>> {
        let watch = Watch::new(target);
        let added = self
            .io()
            .and_then(|poller| poller.add(fd, direction, watch.clone(), origin));
        match added {
            Ok(None) => {}
            Ok(Some(old)) => old.cancel(vm)?,
            Err(error) => return Err(vm.raise_io_error(&error, None)),
        }
        Ok(watch)
    }

    /// Ends a registration; false when there was none.
    ///
    /// # Errors
    /// In debug mode, what the repr of a callback raises.
    pub fn unwatch(&self, vm: &mut Vm, fd: RawFd, direction: Direction) -> R<bool> {
        let removed = self.poller.with(|poller| {
            poller
                .as_ref()
                .and_then(|poller| poller.remove(fd, direction))
        });
        match removed {
            Some(watch) => watch.cancel(vm).map(|()| true),
            None => Ok(false),
        }
    }

    /// Ends all registrations, as closing the loop does.
    pub fn unwatch_all(&self) {
        let watches = self
            .poller
            .with(|poller| poller.as_ref().map(IoPoller::clear));
        for watch in watches.into_iter().flatten() {
            watch.cancelled.set(true);
        }
    }
}

/// The descriptor of an object of the script: a number, or what `fileno()` gives.
///
/// # Errors
/// `ValueError`
pub fn descriptor_of(vm: &mut Vm, object: &Value) -> R<RawFd> {
    let number = match object.as_index() {
        Some(number) => number,
        None => match ask_fileno(vm, object) {
            Ok(number) => number,
            Err(Raised) => return Err(invalid_file_object(vm, object)),
        },
    };
    match RawFd::try_from(number) {
        Ok(fd) if fd >= 0 => Ok(fd),
        Ok(_) | Err(_) => Err(vm.value_error(format!("Invalid file descriptor: {number}"))),
    }
}

fn ask_fileno(vm: &mut Vm, object: &Value) -> R<i64> {
    let name = vm.intern("fileno");
    let number = vm.call_method(object, &name, &[])?;
    vm.index_i64(&number)
}

fn invalid_file_object(vm: &mut Vm, object: &Value) -> Raised {
    drop(vm.take_pending());
    match vm.repr(object) {
        Ok(shown) => vm.value_error(format!("Invalid file object: {shown}")),
        Err(raised) => raised,
    }
}
