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
use super::selector_events::{PendingLookup, SocketCall};
use super::server::Acceptor;
use super::subprocess::ChildWatch;
use super::transports::{Kind, TransportData};
use crate::error::{R, Raised};
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::{Direction, EventLoop, IoPoller, Origin, Remote};
use rustix::net::{AddressFamily, SocketType};
use std::cell::Cell;
use std::io;
use std::os::fd::RawFd;
use std::rc::Rc;

/// The poller of a loop.
pub type Poller = IoPoller<Rc<Watch>>;

/// What a failed read is reported as.
const READ: &str = "_SelectorTransport._read_ready";

/// What a failed write is reported as.
const WRITE: &str = "_SelectorTransport._write_ready";

/// One registration.
pub struct Watch {
    cancelled: Cell<bool>,
    target: Target,
}

/// Who is told.
pub enum Target {
    /// A function of the script: `add_reader`, `add_writer`.
    Script(Rc<HandleData>),
    /// A transport can read.
    Read(Rc<TransportData>),
    /// A transport can write.
    Write(Rc<TransportData>),
    /// A server has connections to take.
    Accept(Rc<Acceptor>),
    /// `sock_recv` and its kin.
    Socket(Rc<SocketCall>),
    /// A child has ended.
    Child(Rc<ChildWatch>),
    /// A thread has looked a name up.
    Lookup(Rc<PendingLookup>),
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
        vm.send_held()?;
        match &self.target {
            Target::Script(handle) => handle.run(vm, event_loop),
            Target::Read(transport) => transport.in_context(vm, READ, |vm| match transport.kind {
                Kind::Stream => transport.read_ready(vm),
                Kind::Datagram => transport.datagram_ready(vm),
                Kind::ReadPipe | Kind::WritePipe => transport.pipe_ready(vm),
            }),
            Target::Write(transport) => {
                transport.in_context(vm, WRITE, |vm| match transport.kind {
                    Kind::Datagram => transport.datagrams_go_on(vm),
                    Kind::Stream | Kind::ReadPipe | Kind::WritePipe => transport.write_ready(vm),
                })
            }
            Target::Child(child) => child.ready(vm, event_loop),
            Target::Accept(acceptor) => acceptor.accept_ready(vm),
            Target::Socket(call) => call.ready(vm),
            Target::Lookup(lookup) => {
                lookup.ready(vm);
                Ok(())
            }
        }
    }

    fn cancel(&self) {
        self.cancelled.set(true);
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
        // A loop of CPython takes three descriptors, this one two; the numbers that follow are
        // visible, so one more is taken.
        let spare = rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
        rustix::io::fcntl_setfd(&spare, rustix::io::FdFlags::CLOEXEC)?;
        self.spare.set(Some(spare));
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
    ) -> R<()> {
        let watch = Watch::new(target);
        let added = self
            .io()
            .and_then(|poller| poller.add(fd, direction, watch, origin));
        match added {
            Ok(None) => Ok(()),
            Ok(Some(old)) => {
                old.cancel();
                Ok(())
            }
            Err(error) => Err(vm.raise_io_error(&error, None)),
        }
    }

    /// Ends a registration; false when there was none.
    pub fn unwatch(&self, fd: RawFd, direction: Direction) -> bool {
        let removed = self.poller.with(|poller| {
            poller
                .as_ref()
                .and_then(|poller| poller.remove(fd, direction))
        });
        if let Some(watch) = &removed {
            watch.cancel();
        }
        removed.is_some()
    }

    /// Ends the registration of a call of a socket, if another one has not taken its place.
    pub fn unwatch_call(&self, call: &SocketCall) {
        let (fd, direction) = (call.number(), call.direction());
        let is_current = self.poller.with(|poller| {
            let watch = poller.as_ref()?.handle(fd, direction)?;
            match &watch.target {
                Target::Socket(current) => Some(std::ptr::eq(&raw const **current, call)),
                Target::Script(_)
                | Target::Read(_)
                | Target::Write(_)
                | Target::Accept(_)
                | Target::Child(_)
                | Target::Lookup(_) => Some(false),
            }
        });
        if is_current == Some(true) {
            self.unwatch(fd, direction);
        }
    }

    /// Ends the registration of a thread.
    pub fn unwatch_remote(&self, remote: &Remote) {
        let removed = self.poller.with(|poller| {
            poller
                .as_ref()
                .and_then(|poller| poller.remove_remote(remote))
        });
        if let Some(watch) = removed {
            watch.cancel();
        }
    }

    /// Whether a descriptor is registered.
    pub fn is_watched(&self, fd: RawFd, direction: Direction) -> bool {
        self.poller.with(|poller| {
            poller
                .as_ref()
                .is_some_and(|poller| poller.is_registered(fd, direction))
        })
    }

    /// See `IoPoller::drained`.
    #[inline]
    pub fn drained(&self, fd: RawFd, direction: Direction) {
        self.poller.with(|poller| {
            if let Some(poller) = poller {
                poller.drained(fd, direction);
            }
        });
    }

    /// Refuses a descriptor that a transport reads from or writes to.
    ///
    /// # Errors
    /// `RuntimeError`
    pub fn check_unused(&self, vm: &mut Vm, fd: RawFd) -> R<()> {
        let transport = self.poller.with(|poller| {
            let poller = poller.as_ref()?;
            [Direction::Read, Direction::Write]
                .into_iter()
                .filter_map(|direction| poller.handle(fd, direction))
                .find_map(|watch| match &watch.target {
                    Target::Read(transport) | Target::Write(transport) => Some(transport.clone()),
                    Target::Script(_)
                    | Target::Accept(_)
                    | Target::Socket(_)
                    | Target::Child(_)
                    | Target::Lookup(_) => None,
                })
        });
        match transport.filter(|transport| !transport.is_closing()) {
            None => Ok(()),
            Some(transport) => {
                let transport = transport.to_value(vm);
                let shown = vm.repr(&transport)?;
                Err(vm.runtime_error(format!("File descriptor {fd} is used by transport {shown}")))
            }
        }
    }

    /// Ends all registrations and gives the poller up, as closing the loop does.
    pub fn unwatch_all(&self) {
        self.spare.set(None);
        self.core.with_mut(EventLoop::remove_poller);
        let poller = self.poller.replace(None);
        let watches = poller.map(|poller| poller.clear());
        for watch in watches.into_iter().flatten() {
            watch.cancel();
            if let Target::Read(transport) | Target::Write(transport) = &watch.target {
                transport.abandon();
            }
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
