//! Small writes to connections, held until the turn of the loop is nearly over.
//!
//! A server that is busy answers many connections in one turn. If each answer went to the system
//! at once, reader after reader would be woken, and the processor would go back and forth between
//! the interpreter and the network code of the system: sending seventy answers in a row takes a
//! sixth less time for the whole server. (uvloop holds all writes of a turn.)
//!
//! Nothing in the process can tell: whatever else reaches the system, reads what transports know,
//! blocks or ends the turn lets the writes go first ([`Vm::send_held`]), in the order in which they
//! were made. A write is held only if it cannot fail or fill buffers in a way that the script
//! would learn of at once, if many handles of the turn are still to run, and if it is the only one
//! of its connection. Other processes get it later by what the turn takes until then: some
//! milliseconds at most, as another thread watches (`watchman`).

use super::watchman::Watchman;
use super::{Chunk, Kind, TransportData, wants_to_wait};
use crate::error::R;
use crate::heap::Ref;
use crate::objects::BytesObj;
use crate::vm::Vm;
use aio_event_loop::{Direction, EventLoop};
use rustix::net::{AddressFamily, SocketAddrAny};
use std::rc::Rc;

/// The first write of a turn is held if at least so many handles are still to run.
const ENOUGH_HANDLES: usize = 8;

/// Transports with a write that is held, in the order of the writes.
#[derive(Default)]
pub struct Held {
    transports: Vec<Rc<TransportData>>,
    /// From the first write on that was held.
    watchman: Option<Watchman>,
}

impl Held {
    /// Whether there is none.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.transports.is_empty()
    }

    /// Before the first write of a turn is held; false if none may be.
    fn begin(&mut self) -> bool {
        if self.watchman.is_none() {
            self.watchman = Watchman::start();
        }
        match &self.watchman {
            Some(watchman) => {
                watchman.begin();
                true
            }
            None => false,
        }
    }
}

impl Vm {
    /// Sends what is held; to be called before anything else of the process can be seen outside,
    /// or anything outside by the script.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt` out of an exception handler.
    #[inline(always)]
    pub fn send_held(&mut self) -> R<()> {
        if self.asyncio.held.is_empty() {
            return Ok(());
        }
        self.send_all_held()
    }

    #[inline(never)]
    fn send_all_held(&mut self) -> R<()> {
        let held = &mut self.asyncio.held;
        if let Some(watchman) = &held.watchman {
            watchman.end();
        }
        let mut transports = std::mem::take(&mut held.transports);
        let mut result = Ok(());
        for transport in transports.drain(..) {
            result = result.and(transport.let_go(self));
        }
        // The room is used again.
        self.asyncio.held.transports = transports;
        result
    }
}

/// Whether a connection is one by TCP. (An error of another kind of socket shows in the very
/// write; here it is told by the other side.)
pub fn is_tcp(kind: Kind, sockname: Option<&SocketAddrAny>) -> bool {
    let family = sockname.map(SocketAddrAny::address_family);
    kind == Kind::Stream && matches!(family, Some(AddressFamily::INET | AddressFamily::INET6))
}

impl TransportData {
    /// Holds the first write to a connection that has nothing else to send; says whether it did.
    pub fn hold(self: &Rc<Self>, vm: &mut Vm, bytes: &Ref<BytesObj>) -> bool {
        let few = if vm.asyncio.held.is_empty() {
            ENOUGH_HANDLES
        } else {
            1
        };
        let core = &self.event_loop.core;
        let may = self.is_tcp
            && bytes.data().len() <= self.high.get()
            && core.with(EventLoop::left_in_turn) >= few
            // A side that has sent its end may be gone.
            && self.event_loop.is_watched(self.fd.get(), Direction::Read)
            && vm.threads.is_alone()
            && !vm.asyncio.traced;
        if !may {
            return false;
        }
        let held = &mut vm.asyncio.held;
        if held.is_empty() && !held.begin() {
            return false;
        }
        held.transports.push(self.clone());
        self.holds.set(true);
        self.out
            .with_mut(|out| out.push(Chunk::new(bytes.clone(), 0)));
        true
    }

    /// Sends what is held; what the system does not take waits in the buffer from now on.
    fn let_go(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        self.holds.set(false);
        if self.conn_lost.get() > 0 {
            return Ok(());
        }
        let sent = self.out.with(|out| match out.chunks.front() {
            Some(chunk) => self.send_now(chunk.rest()),
            // It was given up meanwhile.
            None => Ok(0),
        });
        match sent {
            Ok(count) => self.out.with_mut(|out| out.advance(count)),
            Err(error) if wants_to_wait(&error) => {}
            Err(error) => return self.fatal_write(vm, &error),
        }
        if self.out.with(|out| out.len > 0) {
            return self.watch(vm, Direction::Write);
        }
        self.close_if_due();
        Ok(())
    }
}
